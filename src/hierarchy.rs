//! Resources within resources, such as folders: names of the ancestors of a resource (Hierarchical
//! Resource Profile 1.0), and a decision for each resource below it (Multiple Decision Profile 1.0,
//! §2.1).
//!
//! # Which resource
//!
//! A policy may be about all resources below one. A request can give the place of its resource in
//! three ways; two of them are here, the third is XPath's.
//!
//! - *By ancestors* (`attribute-node-id`): the attributes `resource-parent`, `resource-ancestor` and
//!   `resource-ancestor-or-self` name the nodes above. A [`Node`] makes them; [`Ancestors`] supplies
//!   them for requests that have no more than a `resource-id`.
//! - *By URI* (`URI-node-id`): the `resource-id` is a hierarchical URI that says it all, and policies
//!   match on how it begins. A [`UriName`] checks that it is one that cannot be mistaken.
//!
//! # What lies below
//!
//! A request whose resource has the attribute `scope` is about more resources: with `Children` also
//! those directly below, with `Descendants` all below. Each is decided by itself, the resource
//! first, then depth first in the order of the [`Hierarchy`], which the host implements.
//!
//! ```
//! use vedtak::hierarchy::{Hierarchy, Node};
//! use vedtak::provider::ProviderError;
//! use vedtak::{Pdp, Request};
//! use vedtak::attribute::id;
//!
//! struct Folders;
//!
//! impl Hierarchy for Folders {
//!     fn name(&self) -> &str {
//!         "folders"
//!     }
//!     fn children(&self, of: &Node, _: &Request) -> Result<Vec<Node>, ProviderError> {
//!         let names: &[&str] = match of.name() {
//!             Some("letters") => &["letters/in", "letters/out"],
//!             _ => &[],
//!         };
//!         Ok(names.iter().map(|name| Node::new(*name).below(of)).collect())
//!     }
//! }
//!
//! # let policy = &std::fs::read_to_string("fixtures/hierarchy/folders.xml")?;
//! let pdp = Pdp::builder().policy("folders.xml", policy).hierarchy(Folders).build()?;
//! let request = Request::builder()
//!     .resource(id::RESOURCE_ID, "letters")
//!     .resource(id::SCOPE, "Descendants")
//!     .action("read")
//!     .build();
//! assert_eq!(pdp.decide(&request).results.len(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod ancestors;
mod node;
mod parts;
mod spread;
mod uri;

pub use ancestors::Ancestors;
pub use node::Node;
pub(crate) use parts::Parts;
pub use parts::individual_requests;
use spread::spread;
pub use uri::{UriName, UriNameError};

use crate::provider::ProviderError;
use crate::request::Request;

/// The tree of resources that a request with a `scope` is about: the host implements it, and gives
/// it to [`PdpBuilder::hierarchy`](crate::PdpBuilder::hierarchy).
///
/// It is called for one `scope` after the other,
/// and within it for one node after the other.
pub trait Hierarchy: Send + Sync {
    /// The name of the hierarchy in the status of a decision that it fails.
    fn name(&self) -> &str;

    /// The resources directly below a node, in the order in which they are decided; empty if it has
    /// none. `request` is the request with the `scope`, about the node it began with.
    ///
    /// The resource in a node's request has the attributes of the node alone: those of the first
    /// node, such as its owner, need not be true of the nodes below, and are not copied. Add
    /// attributes that a node shares with the one above by [`Node::with`]. A node that was already
    /// visited is left out.
    ///
    /// # Errors
    ///
    /// The whole `scope` becomes one Indeterminate with `processing-error`, the hierarchy's name
    /// and the error's text, for an incomplete list could be taken for a complete one.
    fn children(&self, of: &Node, request: &Request) -> Result<Vec<Node>, ProviderError>;
}
