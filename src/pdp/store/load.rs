//! Many documents → one change of a store; they are read on all threads.

mod batches;
mod read;

pub(super) use batches::LoadKey;

use super::listing::DocumentRole;
use super::{ChangeSummary, Store};
use crate::error::Error;
use batches::Batches;

/// A document to be put into a [`Store`] with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceDocument {
    /// Its name in problems and listings, such as a file name.
    pub source: String,
    /// Its XML.
    pub bytes: Vec<u8>,
    /// Whether it is evaluated only where a reference leads to it.
    pub is_library: bool,
}

impl SourceDocument {
    /// Returns a root policy, as [`put`](Store::put) takes.
    pub fn policy(source: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            source: source.into(),
            bytes: bytes.into(),
            is_library: false,
        }
    }

    /// Returns a [library](Store::put_library) document.
    pub fn library(source: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            is_library: true,
            ..Self::policy(source, bytes)
        }
    }

    fn role(&self) -> DocumentRole {
        match self.is_library {
            true => DocumentRole::Library,
            false => DocumentRole::Root,
        }
    }
}

/// Makes it a root policy.
impl From<(String, Vec<u8>)> for SourceDocument {
    fn from((source, bytes): (String, Vec<u8>)) -> Self {
        Self::policy(source, bytes)
    }
}

/// The effect of a refused document on the others of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnRefusal {
    /// Nothing changes.
    Fail,
    /// The refused documents stay as they were, and the others change. A root policy that
    /// [`sync`](Store::sync) cannot remove, as others refer to it, decides only where they do.
    Keep,
}

/// The result of [`Store::load`] and its siblings: the documents put, and those refused.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct LoadSummary {
    /// The number of documents that are new in the store or changed.
    pub loaded: usize,
    /// The ids of these, in their order.
    pub ids: Vec<String>,
    /// The number of documents of [`sync`](Store::sync) that the store already had.
    pub unchanged: usize,
    /// The ids of the documents that [`sync`](Store::sync) removed, and of those that decide by
    /// themselves no more.
    pub removed: Vec<String>,
    /// The number of other documents that refer to a changed one, directly or not.
    pub referring: usize,
    /// The refused documents, by name, each with all its problems.
    pub refused: Vec<(String, Error)>,
    /// The first version of the store with all these changes.
    pub version: u64,
}

/// The progress of loading documents into a [`Store`], as a callback sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadProgress {
    /// The number of documents that were read and compiled, for the store to hold when loading
    /// ends; those it already has included.
    pub loaded: usize,
    /// The number of documents that were refused.
    pub refused: usize,
    /// The number of bytes of both.
    pub bytes: u64,
}

impl Store {
    /// Puts many documents, each with its name. They are read on all threads and are all in the
    /// next version; a refused document changes nothing. `progress` is called every few hundred
    /// documents. It and the iterator may call the store.
    ///
    /// The second of two documents with one id in one call is refused, unless both have the same
    /// text and are one document. References may lead to any document of the call; a document that
    /// refers to a refused one is refused.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// let store = vedtak::Pdp::builder().root_combining(deny).store()?;
    /// let documents = [("a.xml".to_owned(), policy.as_bytes().to_vec())];
    /// let loading = store.load(documents, |progress| println!("{} so far", progress.loaded));
    /// assert_eq!((loading.loaded, loading.refused.len()), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn load<D: Into<SourceDocument>>(
        &self,
        documents: impl IntoIterator<Item = D>,
        mut progress: impl FnMut(LoadProgress),
    ) -> LoadSummary {
        let mut batches = Batches::new(self, None);
        batches.compile_all(documents.into_iter().map(Into::into), &mut progress);
        // The refused documents are in the result.
        self.shown_loading(batches.finish(OnRefusal::Keep))
            .unwrap_or_default()
    }

    /// Makes the store hold exactly these documents, beside the builder's library, in one version:
    /// new and changed ones are put, and all others are removed. A document with the bytes, the
    /// name and the role of one in the store is not even read: the store identifies it by its
    /// [digest](super::StoredDocument::digest).
    ///
    /// If documents are refused, `refusal` determines whether nothing changes, or only they stay as
    /// they were. A document that cannot be read stays under the name it was put with: a damaged
    /// file is not a deleted file. Of two documents with one id, the one under the name by which
    /// the store has it counts, or else the one with the bytes that it has, and the other is refused. If
    /// there is no such one, both are: their order would choose.
    /// A document that is not among these decides by itself no more. If others that stay refer to it,
    /// it is refused: with [`OnRefusal::Keep`] it is in the [library](Self::put_library) from then on,
    /// for them alone.
    ///
    /// A file that is renamed *and* cannot be read is a deleted file and a damaged one: nobody can
    /// tell which document it was. **No documents are no policies**: when a folder cannot be
    /// listed, do not call this.
    ///
    /// ```
    /// # let policy = std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// use vedtak::{Pdp, store::{OnRefusal, SourceDocument}};
    /// let store = Pdp::builder().root_combining(deny).store()?;
    /// let all = [SourceDocument::policy("brev.xml", policy)];
    /// let first = store.sync(all.clone(), OnRefusal::Fail, |_| {})?;
    /// assert_eq!((first.loaded, first.version), (1, 1));
    /// let again = store.sync(all, OnRefusal::Fail, |_| {})?;
    /// assert_eq!((again.unchanged, again.version), (1, 1)); // nothing has changed
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem, if nothing changes because of them; or another call meanwhile changed a
    /// document that was to stay.
    pub fn sync<D: Into<SourceDocument>>(
        &self,
        documents: impl IntoIterator<Item = D>,
        refusal: OnRefusal,
        mut progress: impl FnMut(LoadProgress),
    ) -> Result<LoadSummary, Error> {
        let mut batches = Batches::new(self, Some(self.documents()));
        batches.compile_all(documents.into_iter().map(Into::into), &mut progress);
        self.shown_loading(batches.finish(refusal))
    }

    /// Shows the change, and every refused document, to the observers.
    fn shown_loading(&self, loading: Result<LoadSummary, Error>) -> Result<LoadSummary, Error> {
        match &loading {
            Ok(loading) => {
                if loading.loaded > 0 || !loading.removed.is_empty() {
                    let changed = ChangeSummary {
                        version: loading.version,
                        ids: loading.ids.clone(),
                        removed: loading.removed.clone(),
                        referring: loading.referring,
                    };
                    self.shared.host.show(|observer| observer.changed(&changed));
                }
                for (_, error) in &loading.refused {
                    self.shared.host.show(|observer| observer.refused(error));
                }
            }
            Err(error) => self.shared.host.show(|observer| observer.refused(error)),
        }
        loading
    }
}
