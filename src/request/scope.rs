//! The attribute `scope` → whether a request is about its resource, the children of the resource
//! or its descendants (Multiple Decision Profile 1.0, §2.1).

use super::nodes::EACH_NODE;
use super::{
    Attribute, Attributes, IndividualRequestError, Request, SharedAttributes, UnusableAttribute,
};
use crate::attribute::{category, id};

/// The value of `scope`: the resources that a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The resource.
    Immediate,
    /// The resource and its children.
    Children,
    /// The resource and all its descendants.
    Descendants,
}

const NAMES: [(&str, Scope); 3] = [
    ("Immediate", Scope::Immediate),
    ("Children", Scope::Children),
    ("Descendants", Scope::Descendants),
];

/// The identifiers of the attribute, by the profile of XACML 3.0 and 2.0 and by XACML 1.0. Clients
/// send either, so both are accepted.
const IDS: [&str; 2] = [id::SCOPE, "urn:oasis:names:tc:xacml:1.0:resource:scope"];

impl Request {
    /// The scope of a request that asks for one decision apart from it; none without a `scope`.
    pub(crate) fn scope(&self) -> Option<Result<Scope, IndividualRequestError>> {
        Scope::said(scopes(&self.categories))
    }

    /// Whether there is a `scope`, of any value.
    pub(crate) fn has_scope(&self) -> bool {
        scopes(&self.categories).next().is_some()
    }

    /// The request without its `scope`.
    pub(crate) fn without_scope(&self) -> Self {
        let mut request = self.clone();
        for attributes in &mut request.categories {
            if *attributes.category == *category::RESOURCE && has_scope(attributes) {
                let attributes = &mut attributes.to_mut().attributes;
                attributes.retain(|attribute| !is_scope(attribute));
            }
        }
        request
    }
}

impl Request {
    /// The error of a `scope` or `content-selector` whose value cannot be used: decided without it,
    /// the request would be about fewer resources.
    pub(crate) fn unclear(&self) -> Option<IndividualRequestError> {
        let mut unusable = self.categories.iter().flat_map(|all| all.unusable());
        let unusable = unusable.find(|unusable| is_question(unusable))?;
        Some(IndividualRequestError::Unclear(unusable.to_string()))
    }
}

/// Whether an attribute that cannot be used is a `scope` or a `content-selector`.
pub(super) fn is_question(unusable: &UnusableAttribute) -> bool {
    IDS.contains(&&*unusable.id) || EACH_NODE.contains(&&*unusable.id)
}

impl Scope {
    /// The scope that these attributes give; none if there is no attribute.
    pub(super) fn said<'a>(
        attributes: impl Iterator<Item = &'a Attribute>,
    ) -> Option<Result<Self, IndividualRequestError>> {
        let mut attributes = attributes.peekable();
        attributes.peek()?;
        let values: Vec<_> = attributes.flat_map(|scope| &scope.values).collect();
        let only = match values.as_slice() {
            // An attribute without values says no more than none (§7.3.5).
            [] => return Some(Ok(Self::Immediate)),
            [only] => only,
            several => {
                let message = format!("{} values", several.len());
                return Some(Err(IndividualRequestError::Scope(message)));
            }
        };
        let known = NAMES.into_iter().find(|(name, _)| is(only, name));
        let unknown =
            || IndividualRequestError::Scope(format!("`{}`", crate::error::cut(&only.lexical())));
        Some(known.map(|(_, scope)| scope).ok_or_else(unknown))
    }
}

/// Whether a category has a `scope`, of any value.
pub(super) fn has_scope(attributes: &Attributes) -> bool {
    attributes.attributes.iter().any(is_scope)
}

/// Whether the attribute is a `scope`, which is no attribute of the resource itself.
pub(crate) fn is_scope(attribute: &Attribute) -> bool {
    IDS.contains(&&*attribute.id)
}

fn scopes(categories: &[SharedAttributes]) -> impl Iterator<Item = &Attribute> {
    let resources = categories
        .iter()
        .filter(|attributes| *attributes.category == *category::RESOURCE);
    resources
        .flat_map(|attributes| &attributes.attributes)
        .filter(|attribute| is_scope(attribute))
}

/// Whether a value is a string of this name; other data types do not count.
fn is(value: &crate::value::Value, name: &str) -> bool {
    matches!(value, crate::value::Value::String(text) if **text == *name)
}
