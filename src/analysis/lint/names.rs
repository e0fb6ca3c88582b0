//! Categories and attributes → those of the standard that they nearly are.

use super::Code;
use super::together::attribute;
use super::vocabulary::{Vocabulary, is_of_clock};
use super::walk::{LintWalk, Place};
use crate::attribute::{category, id};
use crate::error::{cut, did_you_mean, last_part, similar_name};
use crate::syntax::{AttributeDesignator, Offset};
use crate::value::DataType;

/// The categories of the standard (B.2, B.4, B.6, B.7), and those of its profiles. The first of two
/// equally near ones is suggested.
const CATEGORIES: [&str; 10] = [
    category::ACCESS_SUBJECT,
    category::RESOURCE,
    category::ACTION,
    category::ENVIRONMENT,
    "urn:oasis:names:tc:xacml:1.0:subject-category:recipient-subject",
    "urn:oasis:names:tc:xacml:1.0:subject-category:intermediary-subject",
    "urn:oasis:names:tc:xacml:1.0:subject-category:codebase",
    "urn:oasis:names:tc:xacml:1.0:subject-category:requesting-machine",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:delegate",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:delegation-info",
];

const SUBJECTS: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:";
const OASIS: &str = "urn:oasis:names:tc:xacml:";

/// The categories in which an attribute of the standard may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// Those of subjects: an attribute of B.4.
    Subjects,
    One(&'static str),
    /// Any: an attribute of a profile that says so, or does not say which.
    Any,
}

/// The attributes of appendix B and of the profiles that are supported.
const ATTRIBUTES: [(&str, Of); 29] = [
    (id::SUBJECT_ID, Of::Subjects),
    (
        "urn:oasis:names:tc:xacml:1.0:subject:subject-id-qualifier",
        Of::Subjects,
    ),
    (
        "urn:oasis:names:tc:xacml:1.0:subject:key-info",
        Of::Subjects,
    ),
    (
        "urn:oasis:names:tc:xacml:1.0:subject:authentication-time",
        Of::Subjects,
    ),
    (
        "urn:oasis:names:tc:xacml:1.0:subject:authentication-method",
        Of::Subjects,
    ),
    (
        "urn:oasis:names:tc:xacml:1.0:subject:request-time",
        Of::Subjects,
    ),
    (
        "urn:oasis:names:tc:xacml:1.0:subject:session-start-time",
        Of::Subjects,
    ),
    (
        "urn:oasis:names:tc:xacml:1.0:subject:authn-locality:ip-address",
        Of::Subjects,
    ),
    (
        "urn:oasis:names:tc:xacml:1.0:subject:authn-locality:dns-name",
        Of::Subjects,
    ),
    (
        "urn:oasis:names:tc:xacml:3.0:subject:authn-locality:ip-address",
        Of::Subjects,
    ),
    (
        "urn:oasis:names:tc:xacml:3.0:subject:authn-locality:dns-name",
        Of::Subjects,
    ),
    // The RBAC Profile has roles as resources, too.
    ("urn:oasis:names:tc:xacml:2.0:subject:role", Of::Any),
    (id::RESOURCE_ID, Of::One(category::RESOURCE)),
    (
        "urn:oasis:names:tc:xacml:1.0:resource:resource-location",
        Of::One(category::RESOURCE),
    ),
    (
        "urn:oasis:names:tc:xacml:1.0:resource:simple-file-name",
        Of::One(category::RESOURCE),
    ),
    (
        "urn:oasis:names:tc:xacml:2.0:resource:target-namespace",
        Of::One(category::RESOURCE),
    ),
    (id::RESOURCE_PARENT, Of::One(category::RESOURCE)),
    (id::RESOURCE_ANCESTOR, Of::One(category::RESOURCE)),
    (id::RESOURCE_ANCESTOR_OR_SELF, Of::One(category::RESOURCE)),
    (id::DOCUMENT_ID, Of::One(category::RESOURCE)),
    (id::SCOPE, Of::One(category::RESOURCE)),
    (
        "urn:oasis:names:tc:xacml:1.0:resource:scope",
        Of::One(category::RESOURCE),
    ),
    (id::ACTION_ID, Of::One(category::ACTION)),
    (
        "urn:oasis:names:tc:xacml:1.0:action:implied-action",
        Of::One(category::ACTION),
    ),
    (
        "urn:oasis:names:tc:xacml:1.0:action:action-namespace",
        Of::One(category::ACTION),
    ),
    (id::CURRENT_TIME, Of::One(category::ENVIRONMENT)),
    (id::CURRENT_DATE, Of::One(category::ENVIRONMENT)),
    (id::CURRENT_DATE_TIME, Of::One(category::ENVIRONMENT)),
    ("urn:oasis:names:tc:xacml:3.0:content-selector", Of::Any),
];

/// The most suggestions for attributes outside a vocabulary: each is looked for in all of it.
const MOST_HINTS: usize = 100;

/// The mistake in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MisspeltName {
    /// This category is meant.
    Category(&'static str),
    /// This attribute is meant.
    Attribute(&'static str),
    /// The attribute belongs to this category.
    Elsewhere(&'static str),
    /// The attribute has this data type.
    Type(DataType),
}

/// The mistake in the names of an attribute, if there is one.
fn misnamed(designator: &AttributeDesignator) -> Option<MisspeltName> {
    let of = &*designator.category;
    if let Some(meant) = category_meant(of) {
        return Some(MisspeltName::Category(meant));
    }
    let standard = ATTRIBUTES.iter().find(|(id, _)| *id == designator.id);
    let Some((id, place)) = standard else {
        return attribute_meant(&designator.id).map(MisspeltName::Attribute);
    };
    // The categories that a host adds may have any attribute.
    if CATEGORIES.contains(&of) {
        match place {
            Of::Subjects if !of.starts_with(SUBJECTS) && !of.ends_with(":delegate") => {
                return Some(MisspeltName::Elsewhere(category::ACCESS_SUBJECT));
            }
            Of::One(category) if *category != of => return Some(MisspeltName::Elsewhere(category)),
            _ => {}
        }
    }
    let data_type = type_of_clock(id)?;
    (data_type.uri() != designator.data_type).then_some(MisspeltName::Type(data_type))
}

/// The category of the standard that a text nearly is.
fn category_meant(text: &str) -> Option<&'static str> {
    if CATEGORIES.contains(&text) {
        return None;
    }
    if text.starts_with(OASIS) {
        // OASIS has no two categories of one name. In 1.0, `subject` alone is a category as well.
        let last = last_part(text).trim();
        let mut named = CATEGORIES.into_iter();
        let named = named.find(|known| last_part(known).eq_ignore_ascii_case(last));
        let is_subject = last.eq_ignore_ascii_case("subject");
        let named = named.or(is_subject.then_some(category::ACCESS_SUBJECT));
        if named.is_some() {
            return named;
        }
    }
    similar_name(text, CATEGORIES)
}

/// The attribute of the standard that an id nearly is.
fn attribute_meant(text: &str) -> Option<&'static str> {
    let ids = ATTRIBUTES.iter().map(|(id, _)| *id);
    if let Some(rest) = text.strip_prefix(OASIS) {
        // The version and the kind before the name may be any: `3.0:action:action-id`.
        let last = last_part(text).trim();
        if rest.split(':').count() == 3
            && let Some(named) = ids
                .clone()
                .find(|id| last_part(id).eq_ignore_ascii_case(last))
        {
            return Some(named);
        }
    }
    similar_name(text, ids)
}

impl<'d> LintWalk<'_, 'd> {
    pub(super) fn category(&mut self, category: &str, at: Offset, place: Place<'d>) {
        if let Some(meant) = category_meant(category) {
            self.misspelt_category(category, meant, at, place);
        }
    }

    fn misspelt_category(&mut self, category: &str, meant: &str, at: Offset, place: Place<'d>) {
        let hint = did_you_mean(Some(meant));
        let message = format!("`{}` is no category of the standard{hint}", cut(category));
        let reason = (message, Some(format!("write Category=`{meant}`")));
        self.add(Code::MisspeltCategory, at, place, reason);
    }

    pub(super) fn designator(&mut self, designator: &'d AttributeDesignator, place: Place<'d>) {
        let vocabulary = self.lint.vocabulary.as_ref();
        if vocabulary.is_some_and(|vocabulary| vocabulary.has(designator)) {
            return;
        }
        let (of, at) = (attribute(designator), designator.offset);
        let known = self.misnamed.entry(of);
        let misnamed = *known.or_insert_with(|| misnamed(designator));
        let id = cut(&designator.id);
        match misnamed {
            Some(MisspeltName::Category(meant)) => {
                self.misspelt_category(&designator.category, meant, at, place);
            }
            Some(MisspeltName::Attribute(meant)) => {
                let hint = did_you_mean(Some(meant));
                let message = format!("`{id}` is no attribute of the standard{hint}");
                let reason = (message, Some(format!("write AttributeId=`{meant}`")));
                self.add(Code::MisspeltAttribute, at, place, reason);
            }
            Some(MisspeltName::Elsewhere(category)) => {
                let (is, of) = (last_part(category), last_part(&designator.category));
                let message = format!("`{id}` is an attribute of the {is}, not of the {of}");
                let reason = (message, Some(format!("write Category=`{category}`")));
                self.add(Code::OtherCategory, at, place, reason);
            }
            Some(MisspeltName::Type(data_type)) => {
                let message = format!(
                    "`{id}` is of type {}, and the clock has none of type {}",
                    data_type.short_name(),
                    cut(last_part(&designator.data_type))
                );
                let reason = (message, Some(format!("write DataType=`{data_type}`")));
                self.add(Code::OtherType, at, place, reason);
            }
            None => {
                if let Some(vocabulary) = vocabulary
                    && !is_of_clock(designator)
                {
                    self.outside(vocabulary, designator, place);
                }
            }
        }
    }

    fn outside(
        &mut self,
        vocabulary: &Vocabulary,
        designator: &'d AttributeDesignator,
        place: Place<'d>,
    ) {
        let are_many = self.outside.len() >= MOST_HINTS;
        let hint = self.outside.entry(attribute(designator));
        let hint = hint.or_insert_with(|| match are_many {
            true => String::new(),
            false => vocabulary.hint(designator),
        });
        let message = format!(
            "the vocabulary has no `{}` of type {} in the category `{}`{hint}",
            cut(&designator.id),
            cut(last_part(&designator.data_type)),
            cut(last_part(&designator.category))
        );
        let reason = (message, None);
        self.add(Code::OutsideVocabulary, designator.offset, place, reason);
    }
}

/// Whether it is the name of the action, the resource or the subject.
pub(super) fn is_name(designator: &AttributeDesignator) -> bool {
    [id::ACTION_ID, id::RESOURCE_ID, id::SUBJECT_ID].contains(&&*designator.id)
}

/// The data type of an attribute that the PDP supplies (B.7).
pub(super) fn type_of_clock(attribute: &str) -> Option<DataType> {
    match attribute {
        id::CURRENT_TIME => Some(DataType::Time),
        id::CURRENT_DATE => Some(DataType::Date),
        id::CURRENT_DATE_TIME => Some(DataType::DateTime),
        _ => None,
    }
}
