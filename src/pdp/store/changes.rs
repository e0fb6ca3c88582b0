//! Several changes of a store, made as one.

use std::fmt;

use super::super::documents::Content;
use super::listing::DocumentRole;
use crate::syntax::Document;

/// Documents to put into a [`Store`](super::Store) and to remove from it, as one change. References
/// among them need to resolve only after all of it.
///
/// ```
/// use vedtak::{Pdp, store::ChangeSet};
/// # let base = &std::fs::read_to_string("fixtures/store/base.xml")?;
/// # let patient = &std::fs::read_to_string("fixtures/store/patient.xml")?;
/// let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
/// let store = Pdp::builder().root_combining(deny).store()?;
/// // The order makes no difference to what refers to what.
/// let changed = store.change(
///     ChangeSet::new()
///         .put("patient.xml", patient)
///         .put_library("base.xml", base),
/// )?;
/// assert_eq!((changed.version, store.len()), (1, 2));
/// // `patient-1` refers to it.
/// let error = store.remove_library("level-normal", None).unwrap_err();
/// assert!(error.to_string().contains("patient-1"), "{error}");
/// store.change(ChangeSet::new().remove("patient-1").remove_library("level-normal", None))?;
/// assert!(store.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct ChangeSet {
    pub(super) all: Vec<ChangeStep>,
}

pub(super) enum ChangeStep {
    Put(Content, DocumentRole),
    Remove(String),
    RemoveLibrary(String, Option<String>),
}

impl fmt::Debug for ChangeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeSet")
            .field("count", &self.all.len())
            .finish_non_exhaustive()
    }
}

impl ChangeSet {
    /// Returns an empty change.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a root policy, as [`Store::put`](super::Store::put) does.
    pub fn put(self, source: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.with(ChangeStep::Put(
            Content::bytes(source, bytes),
            DocumentRole::Root,
        ))
    }

    /// Puts a policy tree as a root policy.
    pub fn put_document(self, document: impl Into<Document>) -> Self {
        let tree = Content::Tree(Box::new(document.into()), None);
        self.with(ChangeStep::Put(tree, DocumentRole::Root))
    }

    /// Puts a library document, as [`Store::put_library`](super::Store::put_library) does.
    pub fn put_library(self, source: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.with(ChangeStep::Put(
            Content::bytes(source, bytes),
            DocumentRole::Library,
        ))
    }

    /// Puts a policy tree as a library document.
    pub fn put_library_document(self, document: impl Into<Document>) -> Self {
        let tree = Content::Tree(Box::new(document.into()), None);
        self.with(ChangeStep::Put(tree, DocumentRole::Library))
    }

    /// Removes the root policy of this id. A missing one is an error.
    pub fn remove(self, id: impl Into<String>) -> Self {
        self.with(ChangeStep::Remove(id.into()))
    }

    /// Removes the library document of this id, in one version or in all. A missing one is an
    /// error.
    pub fn remove_library(self, id: impl Into<String>, version: Option<&str>) -> Self {
        let version = version.map(str::to_owned);
        self.with(ChangeStep::RemoveLibrary(id.into(), version))
    }

    fn with(mut self, step: ChangeStep) -> Self {
        self.all.push(step);
        self
    }
}

/// The result of a change of a [`Store`](super::Store).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangeSummary {
    /// The first version of the store with the change.
    pub version: u64,
    /// The ids of the documents that were put, in their order.
    pub ids: Vec<String>,
    /// The ids of the documents that were removed, in their order.
    pub removed: Vec<String>,
    /// The number of other documents that refer to any of these, directly or not. They now refer to
    /// the changed documents. They are not compiled again, but the depth of each is checked, which
    /// takes time.
    pub referring: usize,
}
