//! XPath 1.0: text → compiled path; XML → tree of nodes; both → the nodes selected. Knows nothing
//! of XACML, and reads only its arguments: no DTD, no entity, no `document()`.
//!
//! This is the seam to the engine: [`Path`], [`Tree`] and [`Budget`] are all that is used of it.
//! Without the feature `xpath` there is none, and no path compiles.

#[cfg(not(feature = "xpath"))]
mod absent;
#[cfg(feature = "xpath")]
mod axis;
#[cfg(feature = "xpath")]
mod call;
#[cfg(feature = "xpath")]
mod compare;
#[cfg(feature = "xpath")]
mod evaluate;
#[cfg(feature = "xpath")]
mod expression;
#[cfg(feature = "xpath")]
mod lex;
#[cfg(feature = "xpath")]
mod number;
#[cfg(feature = "xpath")]
mod parse;
#[cfg(all(test, feature = "xpath"))]
mod tests;
#[cfg(feature = "xpath")]
mod tree;
#[cfg(feature = "xpath")]
mod version;

use std::cell::Cell;
use std::sync::Arc;

#[cfg(not(feature = "xpath"))]
pub(crate) use absent::{Path, Tree};
#[cfg(feature = "xpath")]
pub(crate) use expression::Path;
#[cfg(feature = "xpath")]
pub(crate) use tree::Tree;

/// Whether this build evaluates XPath.
pub(crate) const SUPPORTED: bool = cfg!(feature = "xpath");

/// The version of XPath that a document declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// XPath 1.0.
    One,
    /// XPath 2.0, of which paths are taken that mean the same in 1.0.
    Two,
}

impl Version {
    /// The identifier of XPath 1.0.
    pub(crate) const ONE: &'static str = "http://www.w3.org/TR/1999/REC-xpath-19991116";

    /// The version of an identifier. That of 1.0 is written in two ways by XACML 2.0 and 3.0.
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        match uri {
            "http://www.w3.org/TR/2007/REC-xpath20-20070123" => Some(Self::Two),
            _ if uri.eq_ignore_ascii_case(Self::ONE) => Some(Self::One),
            _ => None,
        }
    }

    /// The reason why a path is refused in this version; none if it is not.
    pub(crate) fn refuses(self, path: &Path) -> Option<String> {
        let part = path.differs_in_2().filter(|_| self == Self::Two)?;
        Some(format!(
            "it is written for XPath 2.0 (`XPathVersion`), where {part} means something else than in \
             XPath 1.0, which is supported"
        ))
    }
}

/// Prefixes and their namespaces.
pub(crate) type Prefixes = [(Arc<str>, Arc<str>)];

/// A node of a tree: its place in document order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Node(pub(crate) u32);

impl Node {
    /// The document node of any tree.
    pub(crate) const DOCUMENT: Self = Self(0);
}

/// The reason why a text is no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathError {
    /// The byte of the text where it shows.
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// The work an evaluation may take. A unit is about the visit of one node.
#[derive(Debug)]
pub(crate) struct Budget {
    left: Cell<u64>,
}

/// No work is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl Budget {
    pub(crate) fn new(units: u64) -> Self {
        Self {
            left: Cell::new(units),
        }
    }

    /// Spends work before it is done.
    pub(crate) fn charge(&self, units: u64) -> Result<(), Exhausted> {
        let left = self.left.get().checked_sub(units);
        self.left.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(Exhausted)
    }

    pub(crate) fn left(&self) -> u64 {
        self.left.get()
    }
}
