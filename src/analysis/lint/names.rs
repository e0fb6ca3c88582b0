//! Categories and attributes → those of the standard that they nearly are.

use crate::attribute::{category, id};
use crate::error::{last_part, similar_name};
use crate::syntax::AttributeDesignator;
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

/// The mistake in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misnamed {
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
pub(super) fn misnamed(designator: &AttributeDesignator) -> Option<Misnamed> {
    let of = &*designator.category;
    if let Some(meant) = category_meant(of) {
        return Some(Misnamed::Category(meant));
    }
    let standard = ATTRIBUTES.iter().find(|(id, _)| *id == designator.id);
    let Some((id, place)) = standard else {
        return attribute_meant(&designator.id).map(Misnamed::Attribute);
    };
    // The categories that a host adds may have any attribute.
    if CATEGORIES.contains(&of) {
        match place {
            Of::Subjects if !of.starts_with(SUBJECTS) && !of.ends_with(":delegate") => {
                return Some(Misnamed::Elsewhere(category::ACCESS_SUBJECT));
            }
            Of::One(category) if *category != of => return Some(Misnamed::Elsewhere(category)),
            _ => {}
        }
    }
    let data_type = type_of_clock(id)?;
    (data_type.uri() != designator.data_type).then_some(Misnamed::Type(data_type))
}

/// The category of the standard that a text nearly is.
pub(super) fn category_meant(text: &str) -> Option<&'static str> {
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

/// The data type of an attribute that the PDP supplies (B.7).
pub(super) fn type_of_clock(attribute: &str) -> Option<DataType> {
    match attribute {
        id::CURRENT_TIME => Some(DataType::Time),
        id::CURRENT_DATE => Some(DataType::Date),
        id::CURRENT_DATE_TIME => Some(DataType::DateTime),
        _ => None,
    }
}
