//! The documents of a version of a store, which are listed without compiled policies and without
//! waiting for a change.

use std::sync::Arc;

use super::super::documents::WrittenDocument;
use crate::program::{Chunks, PolicyId};
use crate::syntax::{DocumentKind, Reference, Version};

/// A document of a [`Store`](super::Store).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDocument {
    pub(super) is_set: bool,
    pub(super) id: Arc<str>,
    pub(super) version: Version,
    pub(super) role: DocumentRole,
    pub(super) source: Arc<str>,
    pub(super) digest: Option<Digest>,
    pub(super) since: u64,
    pub(super) refers_to: Box<[(bool, Reference)]>,
}

/// BLAKE3 of the bytes of a document.
pub(super) type Digest = [u8; 32];

/// The role of a document in its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DocumentRole {
    /// A root policy.
    Root,
    /// A library document: it is evaluated where a reference leads to it.
    Library,
    /// A library document of the builder, which never changes.
    Builder,
}

impl StoredDocument {
    /// Whether it is a policy or a policy set.
    pub fn kind(&self) -> DocumentKind {
        kind(self.is_set)
    }

    /// Whether it is a `PolicySet`, and not a `Policy`.
    pub fn is_set(&self) -> bool {
        self.is_set
    }

    /// Its `PolicyId` or `PolicySetId`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its `Version`.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Whether it is evaluated only where a reference leads to it.
    pub fn is_library(&self) -> bool {
        self.role != DocumentRole::Root
    }

    /// The name it was put with, or that of its file in ALFA; empty for a tree of the host.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// BLAKE3 of the bytes it was read from, which `b3sum` prints in hexadecimal; `None` for a
    /// tree.
    pub fn digest(&self) -> Option<&[u8; 32]> {
        self.digest.as_ref()
    }

    /// The first version of the store with this document; 0 for the builder's library. The store
    /// has no clock, so the host records when each version began.
    pub fn since(&self) -> u64 {
        self.since
    }

    /// Its references to other documents, in their order, and the kind that each refers to; see
    /// [`syntax::referred`](crate::syntax::referred).
    pub fn refers_to(&self) -> impl Iterator<Item = (DocumentKind, &Reference)> {
        self.refers_to
            .iter()
            .map(|(is_set, reference)| (kind(*is_set), reference))
    }
}

fn kind(is_set: bool) -> DocumentKind {
    match is_set {
        true => DocumentKind::PolicySet,
        false => DocumentKind::Policy,
    }
}

/// The documents by their places. A changed copy shares most of its memory.
///
/// They are in groups, as no decision looks for one: a change copies a few hundred pointers among a
/// million documents, where one list of chunks would have four thousand.
#[derive(Clone, Default)]
pub(in crate::pdp) struct Listing {
    groups: Chunks<Group, 64>,
    count: usize,
}

type Group = Chunks<ListedDocument, 64>;

#[derive(Clone)]
pub(super) struct ListedDocument {
    pub(super) about: StoredDocument,
    /// The document itself, if the store keeps it for explanations.
    pub(super) written: Option<WrittenDocument>,
}

const GROUP: usize = 64 * 64;

impl Listing {
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn get(&self, place: PolicyId) -> Option<&StoredDocument> {
        let place = place.index();
        let listed = self.groups.get(place / GROUP)?.get(place % GROUP)?;
        Some(&listed.about)
    }

    /// Returns the document of a place as one of the library.
    pub(super) fn demoted(&self, place: PolicyId) -> Option<ListedDocument> {
        let place = place.index();
        let listed = self.groups.get(place / GROUP)?.get(place % GROUP)?;
        let mut listed = ListedDocument::clone(listed);
        listed.about.role = DocumentRole::Library;
        Some(listed)
    }

    pub(super) fn set(&mut self, place: PolicyId, document: Option<Arc<ListedDocument>>) {
        self.count -= usize::from(self.get(place).is_some());
        self.count += usize::from(document.is_some());
        let place = place.index();
        let group = self.groups.place(place / GROUP).get_or_insert_default();
        Arc::make_mut(group).set(place % GROUP, document);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PolicyId, &StoredDocument)> {
        self.listed().map(|(place, listed)| (place, &listed.about))
    }

    /// The documents as they were put, in their order; none unless all are kept.
    pub(in crate::pdp) fn written(&self) -> Option<Vec<(bool, &WrittenDocument)>> {
        self.listed()
            .map(|(_, listed)| Some((!listed.about.is_library(), listed.written.as_ref()?)))
            .collect()
    }

    fn listed(&self) -> impl Iterator<Item = (PolicyId, &ListedDocument)> {
        self.groups.iter().flat_map(|(group, documents)| {
            let all = documents.iter();
            all.map(move |(place, document)| (PolicyId::next(group * GROUP + place), document))
        })
    }
}

impl std::fmt::Debug for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(_, about)| about))
            .finish()
    }
}

/// The documents of one version of a [`Store`](super::Store), unaffected by later changes. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub struct Documents {
    pub(super) listing: Listing,
    pub(super) version: u64,
}

impl Documents {
    /// The version of the store.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The number of documents, those of the library included.
    pub fn len(&self) -> usize {
        self.listing.len()
    }

    /// Whether there are no documents.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All documents; root policies come in the order in which they combine.
    pub fn iter(&self) -> impl Iterator<Item = &StoredDocument> {
        self.listing.iter().map(|(_, document)| document)
    }
}
