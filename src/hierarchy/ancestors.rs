//! A resource's place in a hierarchy → the attributes of its parents and ancestors, for requests
//! without them.

use super::Node;
use crate::attribute::{Designator, category, id};
use crate::provider::{AttributeProvider, Fetched, Inputs, ProviderError};
use crate::request::Request;
use crate::value::Value;
use std::fmt;

/// Supplies `resource-parent`, `resource-ancestor` and `resource-ancestor-or-self`
/// (Hierarchical Resource Profile 1.0) for requests that have no more than a `resource-id`.
///
/// `find` gives the [`Node`] of a name. One that it does not know is an error of its choice, or a
/// node below no other.
///
/// ```
/// use vedtak::hierarchy::{Ancestors, Node};
/// use vedtak::value::Value;
/// use vedtak::{Decision, Pdp, Request, attribute::id};
///
/// let find = |name: &Value| match name.as_str() {
///     Some("letters/in") => Ok(Node::new("letters/in").below(&Node::new("letters"))),
///     _ => Ok(Node::new(name.clone())),
/// };
/// # let policy = &std::fs::read_to_string("fixtures/hierarchy/folders.xml")?;
/// let pdp = Pdp::builder()
///     .policy("folders.xml", policy) // permits what lies in `letters`
///     .provider(Ancestors::new("folders", find))
///     .build()?;
/// let request = Request::builder().resource(id::RESOURCE_ID, "letters/in").action("read").build();
/// assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Ancestors<F> {
    name: String,
    find: F,
}

impl<F> fmt::Debug for Ancestors<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ancestors")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<F: Fn(&Value) -> Result<Node, ProviderError> + Send + Sync> Ancestors<F> {
    /// A provider of this name.
    pub fn new(name: impl Into<String>, find: F) -> Self {
        Self {
            name: name.into(),
            find,
        }
    }
}

impl<F: Fn(&Value) -> Result<Node, ProviderError> + Send + Sync> AttributeProvider
    for Ancestors<F>
{
    fn name(&self) -> &str {
        &self.name
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        let known = [
            id::RESOURCE_PARENT,
            id::RESOURCE_ANCESTOR,
            id::RESOURCE_ANCESTOR_OR_SELF,
        ];
        *wanted.category == *category::RESOURCE
            && known.contains(&&*wanted.id)
            && wanted.issuer.is_none()
    }

    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().attribute(category::RESOURCE, id::RESOURCE_ID)
    }

    fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        let mut all = Vec::new();
        for name in request.values(category::RESOURCE, id::RESOURCE_ID) {
            let node = (self.find)(name)?;
            let or_self;
            let values = match &*wanted.id {
                id::RESOURCE_PARENT => node.parents(),
                id::RESOURCE_ANCESTOR => node.ancestors(),
                _ => {
                    or_self = node.or_self();
                    &or_self
                }
            };
            let of_type = values
                .iter()
                .filter(|value| value.data_type() == wanted.data_type);
            all.extend(of_type.cloned());
        }
        Ok(all.into())
    }
}
