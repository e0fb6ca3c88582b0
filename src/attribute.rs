//! Names of attributes: the standard's identifiers in [`category`] and [`id`] (appendix B),
//! [`Designator`], which providers are asked for, and [`ShortNames`] for people.

mod names;

use std::fmt;
use std::sync::Arc;

use crate::value::DataType;

pub use names::ShortNames;
#[cfg(feature = "testing")]
pub(crate) use names::{ambiguous, ends_with};

/// Identifiers of the standard's categories (B.2, B.4, B.6, B.7).
pub mod category {
    /// The entity that requests access.
    pub const ACCESS_SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
    /// The data, service or system that access is requested to.
    pub const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
    /// The action on the resource.
    pub const ACTION: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
    /// Everything else, such as the time.
    pub const ENVIRONMENT: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:environment";
}

/// Identifiers of the standard's attributes (B.5, B.6, B.7; Hierarchical Resource and Multiple
/// Decision Profiles).
pub mod id {
    /// The name of the subject.
    pub const SUBJECT_ID: &str = "urn:oasis:names:tc:xacml:1.0:subject:subject-id";
    /// The name of the resource.
    pub const RESOURCE_ID: &str = "urn:oasis:names:tc:xacml:1.0:resource:resource-id";
    /// The names of the nodes directly above the resource (Hierarchical Resource Profile).
    pub const RESOURCE_PARENT: &str = "urn:oasis:names:tc:xacml:2.0:resource:resource-parent";
    /// The names of all nodes above the resource.
    pub const RESOURCE_ANCESTOR: &str = "urn:oasis:names:tc:xacml:2.0:resource:resource-ancestor";
    /// The names of all nodes above the resource, and its own.
    pub const RESOURCE_ANCESTOR_OR_SELF: &str =
        "urn:oasis:names:tc:xacml:2.0:resource:resource-ancestor-or-self";
    /// The name of the document that the resource is a node of.
    pub const DOCUMENT_ID: &str = "urn:oasis:names:tc:xacml:2.0:resource:document-id";
    /// The scope of a request: its resource alone, or its children or descendants as well (Multiple
    /// Decision Profile).
    pub const SCOPE: &str = "urn:oasis:names:tc:xacml:2.0:resource:scope";
    /// The name of the action.
    pub const ACTION_ID: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";
    /// The time of the decision; supplied if the request has none (§7.3.6).
    pub const CURRENT_TIME: &str = "urn:oasis:names:tc:xacml:1.0:environment:current-time";
    /// The date of the decision; supplied if the request has none (§7.3.6).
    pub const CURRENT_DATE: &str = "urn:oasis:names:tc:xacml:1.0:environment:current-date";
    /// The date and time of the decision; supplied if the request has none (§7.3.6).
    pub const CURRENT_DATE_TIME: &str = "urn:oasis:names:tc:xacml:1.0:environment:current-dateTime";
}

/// The name of a bag of values, which a policy reads and a provider supplies (§5.29).
///
/// All names are compared code point by code point (§7.20).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "PascalCase", deny_unknown_fields)
)]
pub struct Designator {
    /// `Category`.
    pub category: Arc<str>,
    /// `AttributeId`.
    #[cfg_attr(feature = "serde", serde(rename = "AttributeId"))]
    pub id: Arc<str>,
    /// `DataType`.
    pub data_type: DataType,
    /// `Issuer`; none matches values of any issuer.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub issuer: Option<Arc<str>>,
}

impl Designator {
    /// Makes a name without an issuer, which matches values of any issuer.
    pub fn new(
        category: impl Into<Arc<str>>,
        id: impl Into<Arc<str>>,
        data_type: DataType,
    ) -> Self {
        Self {
            category: category.into(),
            id: id.into(),
            data_type,
            issuer: None,
        }
    }

    /// The attribute as messages name it that give the data type elsewhere.
    pub(crate) fn named(&self) -> String {
        let issuer = match &self.issuer {
            Some(issuer) => format!(" from issuer `{issuer}`"),
            None => String::new(),
        };
        format!("`{}` of category `{}`{issuer}", self.id, self.category)
    }
}

/// Prints the attribute as messages name it, with its data type.
///
/// ```
/// use vedtak::attribute::{Designator, category};
/// use vedtak::value::DataType;
/// let role = Designator::new(category::ACCESS_SUBJECT, "role", DataType::String);
/// let category = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
/// assert_eq!(role.to_string(), format!("`role` of category `{category}` and type string"));
/// ```
impl fmt::Display for Designator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (named, of) = (self.named(), self.data_type.short_name());
        write!(f, "{named} and type {of}")
    }
}
