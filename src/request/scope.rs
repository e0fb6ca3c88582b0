//! What lies below a resource as well: the attribute `scope` (Multiple Decision Profile 1.0, §2.1).

use super::{Attribute, Attributes, PartError, Request, SharedAttributes};
use crate::attribute::{category, id};

/// What a request with `scope` asks about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Its resource.
    Immediate,
    /// Its resource, and what lies directly below.
    Children,
    /// Its resource, and all that lies below.
    Descendants,
}

const NAMES: [(&str, Scope); 3] = [
    ("Immediate", Scope::Immediate),
    ("Children", Scope::Children),
    ("Descendants", Scope::Descendants),
];

impl Request {
    /// What the request asks about, if it says so. Of a request for one decision but for this.
    pub(crate) fn scope(&self) -> Option<Result<Scope, PartError>> {
        if !self.has_scope() {
            return None;
        }
        let values = scopes(&self.categories).flat_map(|attribute| &attribute.values);
        let values: Vec<_> = values.collect();
        let only = match values.as_slice() {
            // An attribute without values says no more than none (§7.3.5).
            [] => return Some(Ok(Scope::Immediate)),
            [only] => only,
            several => {
                let message = format!("{} values", several.len());
                return Some(Err(PartError::Scope(message)));
            }
        };
        let known = NAMES.into_iter().find(|(name, _)| is(only, name));
        let unknown = || PartError::Scope(format!("`{}`", crate::error::cut(&only.lexical())));
        Some(known.map(|(_, scope)| scope).ok_or_else(unknown))
    }

    /// Whether there is a `scope`, of whatever value.
    pub(crate) fn has_scope(&self) -> bool {
        scopes(&self.categories).next().is_some()
    }
}

/// Whether a `scope` of a resource asks about more than that, or cannot be understood.
pub(super) fn asks_below(resource: &Attributes) -> bool {
    let scopes = resource.attributes.iter().filter(|a| is_scope(a));
    let (mut count, mut immediate) = (0, true);
    for value in scopes.flat_map(|attribute| &attribute.values) {
        count += 1;
        immediate &= is(value, "Immediate");
    }
    count > 1 || !immediate
}

/// Whether the attribute says what a request asks about, and nothing about its resource.
pub(crate) fn is_scope(attribute: &Attribute) -> bool {
    *attribute.id == *id::SCOPE
}

fn scopes(categories: &[SharedAttributes]) -> impl Iterator<Item = &Attribute> {
    let resources = categories
        .iter()
        .filter(|attributes| *attributes.category == *category::RESOURCE);
    resources
        .flat_map(|attributes| &attributes.attributes)
        .filter(|attribute| is_scope(attribute))
}

/// A string of this name; another data type says nothing here.
fn is(value: &crate::value::Value, name: &str) -> bool {
    matches!(value, crate::value::Value::String(text) if **text == *name)
}
