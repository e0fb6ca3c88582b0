//! The attributes that a host declares → whether one that a policy reads is among them.

use std::collections::{BTreeMap, HashMap};

use crate::attribute::{Designator, category};
use crate::error::{cut, did_you_mean, last_part, similar_name};
use crate::syntax::AttributeDesignator;
use crate::value::DataType;

/// The attributes that requests and providers of a host have. With it, a linter finds attributes
/// that a policy reads and that will never be there.
///
/// The current time, date and dateTime belong to every vocabulary. Issuers are not compared.
///
/// ```
/// use vedtak::analysis::lint::{Code, Lint, Vocabulary};
/// use vedtak::attribute::{Designator, category};
/// use vedtak::value::DataType;
///
/// let role = Designator::new(category::ACCESS_SUBJECT, "role", DataType::String);
/// let lint = Lint::new().vocabulary(Vocabulary::new().attribute(role));
/// let policy = std::fs::read_to_string("examples/letters.xml")?.replace("\"role\"", "\"roles\"");
/// let findings = lint.findings("letters.xml", policy)?;
/// assert_eq!(findings[0].code, Code::OutsideVocabulary);
/// assert!(findings[0].diagnostic.message().ends_with("did you mean `role`?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// By id and category: the data types, and whether there is at most one value.
    attributes: HashMap<String, BTreeMap<String, Vec<(DataType, bool)>>>,
}

impl Vocabulary {
    /// A vocabulary without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an attribute that may have any number of values.
    #[must_use]
    pub fn attribute(self, designator: Designator) -> Self {
        self.add(designator, false)
    }

    /// Adds an attribute that has at most one value in any request. Two tests of it that no one
    /// value passes are found; of other attributes a request may hold a value for each.
    #[must_use]
    pub fn single_valued(self, designator: Designator) -> Self {
        self.add(designator, true)
    }

    fn add(mut self, designator: Designator, is_single: bool) -> Self {
        let of_id = self
            .attributes
            .entry(designator.id.to_string())
            .or_default();
        let types = of_id.entry(designator.category.to_string()).or_default();
        types.push((designator.data_type, is_single));
        self
    }

    /// Whether the attribute has at most one value; none if it is not in the vocabulary.
    pub(super) fn is_single(&self, designator: &AttributeDesignator) -> Option<bool> {
        let types = self.attributes.get(&designator.id)?;
        let mut types = types.get(&designator.category)?.iter();
        let found = types.find(|(data_type, _)| data_type.uri() == designator.data_type);
        found.map(|(_, is_single)| *is_single)
    }

    pub(super) fn is_single_valued(&self, designator: &Designator) -> bool {
        let types = self.attributes.get(&*designator.id);
        let types = types.and_then(|types| types.get(&*designator.category));
        let mut types = types.into_iter().flatten();
        types.any(|(data_type, is_single)| *is_single && *data_type == designator.data_type)
    }

    pub(super) fn has(&self, designator: &AttributeDesignator) -> bool {
        self.is_single(designator).is_some()
    }

    /// The end of a message about an attribute that is not in the vocabulary: what is there instead.
    pub(super) fn hint(&self, designator: &AttributeDesignator) -> String {
        if let Some(of_id) = self.attributes.get(&designator.id) {
            let Some(types) = of_id.get(&designator.category) else {
                let others = of_id.keys().take(3);
                let others = others.map(|category| format!("`{}`", cut(last_part(category))));
                let others: Vec<String> = others.collect();
                return format!("; it has one in {}", others.join(" and "));
            };
            let types = types.iter().map(|(data_type, _)| data_type.short_name());
            let types: Vec<&str> = types.take(3).collect();
            return format!("; it has one of type {}", types.join(" and "));
        }
        let ids = self
            .attributes
            .iter()
            .filter(|(_, of_id)| of_id.contains_key(&designator.category));
        let mut ids: Vec<&str> = ids.map(|(id, _)| &**id).collect();
        // Of two equally near names the same one is always suggested.
        ids.sort_unstable();
        did_you_mean(similar_name(&designator.id, ids).map(cut))
    }
}

/// Whether the PDP supplies the attribute if the request has none (§7.3.6).
pub(super) fn is_of_clock(designator: &AttributeDesignator) -> bool {
    designator.category == category::ENVIRONMENT
        && super::names::type_of_clock(&designator.id)
            .is_some_and(|data_type| data_type.uri() == designator.data_type)
}
