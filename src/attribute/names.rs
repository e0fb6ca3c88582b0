//! Attributes → the names that people call them by, and these names → attributes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use super::{Designator, category};
use crate::error::{Visible, cut, last_part, list};

/// The attributes of some policies by short names: the last part of an identifier, where no other of these
/// attributes ends so.
///
/// ```
/// use vedtak::attribute::{Designator, ShortNames, category};
/// use vedtak::value::DataType;
/// let of = |id: &str| Designator::new(category::ACCESS_SUBJECT, id, DataType::String);
/// let all = [of("urn:a:role"), of("urn:b:role"), of("urn:a:age")];
/// let names = ShortNames::of(&all);
/// assert_eq!(names.in_words(&all[0]), "`urn:a:role` of the subject");
/// assert_eq!(names.in_words(&all[2]), "`age` of the subject");
/// let found = names.find(category::ACCESS_SUBJECT, "age").unwrap();
/// assert_eq!(found.as_deref(), Some("urn:a:age"));
/// let ambiguous = names.find(category::ACCESS_SUBJECT, "role").unwrap_err();
/// assert_eq!(ambiguous, "`role` may be `urn:a:role` or `urn:b:role`: write the whole identifier");
/// ```
#[derive(Clone, Default)]
pub struct ShortNames {
    /// By category and id, the data types.
    known: BTreeMap<Arc<str>, BTreeMap<Arc<str>, BTreeSet<String>>>,
    /// By category and last part, the number of identifiers.
    ends: HashMap<(Arc<str>, String), usize>,
    /// By last part, the number of categories.
    categories: HashMap<String, usize>,
}

impl ShortNames {
    /// The names of these attributes.
    pub fn of<'d>(attributes: impl IntoIterator<Item = &'d Designator>) -> Self {
        let mut names = Self::default();
        for of in attributes {
            let ids = names.known.entry(of.category.clone()).or_insert_with(|| {
                let end = last_part(&of.category).to_owned();
                *names.categories.entry(end).or_default() += 1;
                BTreeMap::new()
            });
            let types = ids.entry(of.id.clone()).or_insert_with(|| {
                let end = (of.category.clone(), last_part(&of.id).to_owned());
                *names.ends.entry(end).or_default() += 1;
                BTreeSet::new()
            });
            types.insert(of.data_type.short_name().to_owned());
        }
        names
    }

    /// An attribute in words, as no other of these is called: `` `role` of the subject ``. Where attributes
    /// end alike, it has the whole identifier, where they differ in nothing else the data type, and always
    /// the issuer that a policy asks for.
    pub fn in_words(&self, of: &Designator) -> String {
        let category = match &*of.category {
            category::ACCESS_SUBJECT => "the subject".to_owned(),
            category::RESOURCE => "the resource".to_owned(),
            category::ACTION => "the action".to_owned(),
            category::ENVIRONMENT => "the environment".to_owned(),
            other => match self.categories.get(last_part(other)) {
                Some(2..) => format!("`{}`", visible(other)),
                _ => format!("`{}`", cut(last_part(other))),
            },
        };
        let ids = self.known.get(&of.category);
        let types = ids.and_then(|ids| ids.get(&of.id));
        let end = (of.category.clone(), last_part(&of.id).to_owned());
        let is_only = match self.ends.get(&end) {
            None => true,
            Some(1) => types.is_some(),
            Some(_) => false,
        };
        let name = match is_only {
            true => cut(last_part(&of.id)),
            false => visible(&of.id),
        };
        let mut apart = Vec::new();
        if types.is_some_and(|types| types.len() > 1) {
            apart.push(of.data_type.short_name().to_owned());
        }
        // Values of other issuers are not what a policy asks for.
        let issuer = of.issuer.as_deref().map(visible);
        apart.extend(issuer.map(|issuer| format!("from issuer `{issuer}`")));
        match apart.is_empty() {
            true => format!("`{name}` of {category}"),
            false => format!("`{name}` ({}) of {category}", apart.join(", ")),
        }
    }

    /// The identifier of the attribute that is called so in a category: by the whole of it, or by its last
    /// parts if only one ends so. None if there is no such attribute.
    ///
    /// # Errors
    ///
    /// Several attributes end so: the error names them.
    pub fn find(&self, category: &str, name: &str) -> Result<Option<Arc<str>>, String> {
        let Some(ids) = self.known.get(category) else {
            return Ok(None);
        };
        if let Some((id, _)) = ids.get_key_value(name) {
            return Ok(Some(id.clone()));
        }
        let found: Vec<&Arc<str>> = ids.keys().filter(|id| ends_with(id, name)).collect();
        match found[..] {
            [] => Ok(None),
            [only] => Ok(Some(only.clone())),
            _ => Err(ambiguous(name, found.iter().map(|id| &***id))),
        }
    }
}

impl fmt::Debug for ShortNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShortNames").finish_non_exhaustive()
    }
}

/// A foreign text, whole: what is cut is not told apart.
fn visible(text: &str) -> String {
    Visible(text).to_string().replace('`', r"\u{60}")
}

/// Whether an identifier ends with a name that is one or more of its parts.
pub(crate) fn ends_with(id: &str, name: &str) -> bool {
    let before = id.strip_suffix(name);
    !name.is_empty() && before.is_some_and(|before| before.ends_with([':', '#', '/']))
}

/// Says that several identifiers end with a name.
pub(crate) fn ambiguous<'i>(name: &str, found: impl Iterator<Item = &'i str>) -> String {
    let found: Vec<String> = found.map(visible).collect();
    let found = list(found.iter().map(String::as_str));
    format!("`{}` may be {found}: write the whole identifier", cut(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::DataType;

    #[test]
    fn attributes_that_differ_are_not_called_the_same() {
        let mut all = Vec::new();
        let long = "a".repeat(100);
        for category in [category::RESOURCE, "urn:one:recipient", "urn:two:recipient"] {
            for id in [
                "role",
                "urn:a:role",
                &format!("{long}:x"),
                &format!("{long}:y"),
            ] {
                for data_type in [DataType::String, DataType::Integer] {
                    for issuer in [None, Some("i"), Some("j")] {
                        let mut of = Designator::new(category, id, data_type);
                        of.issuer = issuer.map(Into::into);
                        all.push(of);
                    }
                }
            }
        }
        let names = ShortNames::of(&all);
        let told: BTreeSet<String> = all.iter().map(|of| names.in_words(of)).collect();
        assert_eq!(told.len(), all.len(), "{told:?}");
        let one = ShortNames::of(&all[..1]);
        assert_eq!(one.in_words(&all[0]), "`role` of the resource");
        assert_eq!(one.in_words(&all[6]), "`urn:a:role` of the resource");
    }
}
