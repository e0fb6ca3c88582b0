//! Policies and changes of them → versions of a [`Pdp`]: one policy of a million is replaced
//! without any reader waiting.

mod apply;
mod attempt;
mod changes;
mod compiled;
mod graph;
mod ids;
mod listing;
mod load;
mod reader;
mod saved;
mod writer;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

pub use changes::{ChangeSet, ChangeSummary};
pub use listing::{Documents, StoredDocument};
pub use load::{LoadProgress, LoadSummary, OnRefusal, SourceDocument};
pub use reader::{Reader, SharedReader};

use super::builder::Language;
use super::documents::Loaded;
use super::explain::Explained;
use super::{Host, Inner, Pdp, PdpBuilder, SlotProviders};
use crate::error::Error;
use crate::program::PolicyId;
use crate::syntax::Document;
use apply::{AppliedChanges, Edit};
use changes::ChangeStep;
use compiled::CompiledDocument;
use listing::{DocumentRole, Listing};
pub(in crate::pdp) use saved::Packer;
use writer::StoreWriter;

/// Policies that are combined with one combining algorithm, and can be changed while they decide.
///
/// A decision uses one version of the store: the one at the call of [`pdp`](Self::pdp) or
/// [`Reader::pdp`]. A change makes the next version, and does not affect decisions with an earlier
/// one. Cheap to clone; all clones are the same store.
///
/// Each policy is indexed by the values that its target requires, as rules and policies of a policy
/// set are, so that a decision visits only policies that may apply. Policies combine in the order
/// in which they were first put. See also [the chapter on stores](crate::manual::stores).
///
/// A document that is [`put`](Self::put) is a root policy, and replaces the root policy of its id,
/// of whatever version. A document of the [library](Self::put_library) is evaluated only where a
/// reference leads to it, and may have several versions. A reference leads to the latest version
/// that fits, in the library or of a root policy, and is resolved again with every change. A change
/// that would leave a reference unresolved, or in a circle, is refused.
///
/// ```
/// use vedtak::{Decision, Pdp, Request};
/// let store = Pdp::builder()
///     .root_combining("urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides")
///     .store()?;
/// let changed = store.put("brev.xml", std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?)?;
/// assert_eq!((changed.version, store.len()), (1, 1));
/// assert_eq!(changed.ids, ["urn:vedtak:policy:brev"]);
///
/// let mut reader = store.reader(); // one for each thread
/// let request = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// assert_eq!(reader.pdp().decide(&request).decision(), Decision::Permit);
///
/// // By the id of the policy, not the name of its document.
/// let gone = store.remove("urn:vedtak:policy:brev")?;
/// assert_eq!(gone.map(|changed| changed.version), Some(2));
/// assert_eq!(reader.pdp().decide(&request).decision(), Decision::NotApplicable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    host: Arc<Host>,
    language: Arc<Language>,
    /// The identifier of the algorithm that combines its policies.
    root_combining: String,
    /// The library documents of the builder.
    library: Vec<Loaded>,
    /// Locked during a change.
    writer: Mutex<StoreWriter>,
    /// The version for new decisions. Locked only to copy it.
    current: RwLock<Current>,
    /// The version of `current`, which readers compare first.
    version: AtomicU64,
}

/// A version of the store.
struct Current {
    inner: Arc<Inner>,
    listing: Listing,
}

impl Store {
    pub(super) fn new(builder: PdpBuilder, documents: Vec<Loaded>) -> Result<Self, Error> {
        let (host, language, root_combining, _) = builder.split();
        let mut writer = StoreWriter::new(&language, root_combining.as_deref())?;
        let host = Arc::new(host);
        let first = Inner::new(writer.program().clone(), host.clone());
        let library = documents.iter().filter(|loaded| !loaded.is_root);
        let store = Self {
            shared: Arc::new(Shared {
                host,
                language: Arc::new(language),
                root_combining: root_combining.unwrap_or_default(),
                library: library.cloned().collect(),
                writer: Mutex::new(writer),
                current: RwLock::new(Current {
                    inner: Arc::new(first),
                    listing: Listing::default(),
                }),
                version: AtomicU64::new(0),
            }),
        };
        store.begin(documents)?;
        Ok(store)
    }

    /// Puts the documents of the builder.
    fn begin(&self, documents: Vec<Loaded>) -> Result<(), Error> {
        if documents.is_empty() {
            return Ok(());
        }
        let mut writer = self.writer();
        let (mut edits, mut problems) = (Vec::new(), Vec::new());
        let version = u64::from(documents.iter().any(|loaded| loaded.is_root));
        for loaded in documents {
            match self.compile_loaded(&mut writer, loaded) {
                Ok(compiled) => edits.push(Edit::Put(compiled)),
                Err(error) => problems.extend(error.into_diagnostics()),
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(problems));
        }
        let slot_providers = self.slot_providers(&mut writer);
        writer.apply(edits, false, version, &self.shared.host.settings.limits)?;
        self.publish(&mut writer, slot_providers, version);
        Ok(())
    }

    fn compile_loaded(
        &self,
        writer: &mut StoreWriter,
        loaded: Loaded,
    ) -> Result<Box<CompiledDocument>, Error> {
        let shared = &*self.shared;
        let role = match loaded.is_root {
            true => DocumentRole::Root,
            false => DocumentRole::Builder,
        };
        let read = loaded.content.read_known(&shared.host.settings.limits)?;
        writer.compile(read, role, &shared.host, &shared.language)
    }

    /// Returns a PDP of the current version. Later changes do not affect it.
    pub fn pdp(&self) -> Pdp {
        let current = self.shared.current.read();
        Pdp {
            inner: current
                .unwrap_or_else(PoisonError::into_inner)
                .inner
                .clone(),
        }
    }

    /// Returns a reader that follows the store, for a thread that decides all the time.
    pub fn reader(&self) -> Reader {
        Reader::new(self)
    }

    /// Returns a reader that follows the store and that all threads share, for the state of a web
    /// framework.
    pub fn shared_reader(&self) -> SharedReader {
        SharedReader::new(self)
    }

    /// The number of changes so far.
    pub fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    /// Returns the documents of the current version: ids, versions, sources, references. Later
    /// changes do not affect the list, and this never waits for a change.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// let store = vedtak::Pdp::builder().root_combining(deny).store()?;
    /// store.put("brev.xml", policy)?;
    /// let documents = store.documents();
    /// let brev = documents.iter().next().expect("it is there");
    /// assert_eq!((brev.source(), brev.since(), brev.is_library()), ("brev.xml", 1, false));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn documents(&self) -> Documents {
        let current = self.shared.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner);
        Documents {
            listing: current.listing.clone(),
            version: current.inner.version,
        }
    }

    /// The number of documents, those of the library included.
    pub fn len(&self) -> usize {
        let current = self.shared.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner);
        current.listing.len()
    }

    /// Whether there are no documents.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `PolicyId`s and `PolicySetId`s of all documents, root policies in the order in which
    /// they combine. [`documents`](Self::documents) lists more of each.
    pub fn ids(&self) -> Vec<String> {
        let documents = self.documents();
        documents
            .iter()
            .map(|known| known.id().to_owned())
            .collect()
    }

    /// Puts a root policy; it replaces the root policy of its id, of whatever version.
    ///
    /// # Errors
    ///
    /// Every problem of the document, or of references of other documents that would be unresolved,
    /// in a circle, or nested too deep. The store then stays as it was.
    pub fn put(&self, source: &str, bytes: impl AsRef<[u8]>) -> Result<ChangeSummary, Error> {
        self.change(ChangeSet::new().put(source, bytes))
    }

    /// Puts a policy tree, as [`put`](Self::put) puts a document.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn put_document(&self, document: impl Into<Document>) -> Result<ChangeSummary, Error> {
        self.change(ChangeSet::new().put_document(document))
    }

    /// Puts a library document, which is evaluated only where a reference leads to it; it replaces
    /// the one of its id and version. Its other versions stay.
    ///
    /// ```
    /// # let base = &std::fs::read_to_string("fixtures/store/base.xml")?;
    /// # let patient = &std::fs::read_to_string("fixtures/store/patient.xml")?;
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// use vedtak::{Decision, Pdp, Request};
    /// let store = Pdp::builder().root_combining(deny).store()?;
    /// store.put_library("base.xml", base)?;
    /// store.put("patient.xml", patient)?; // refers to it
    /// let request = Request::builder().subject("doctor", "doctor-7").action("read").build();
    /// assert_eq!(store.pdp().decide(&request).decision(), Decision::Permit);
    /// let changed = store.put_library("base.xml", base.replace("Permit", "Deny"))?;
    /// assert_eq!(changed.referring, 1);
    /// assert_eq!(store.pdp().decide(&request).decision(), Decision::Deny);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn put_library(
        &self,
        source: &str,
        bytes: impl AsRef<[u8]>,
    ) -> Result<ChangeSummary, Error> {
        self.change(ChangeSet::new().put_library(source, bytes))
    }

    /// Removes the root policy of this id; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The references of other documents that would be unresolved. The store then stays as it was.
    pub fn remove(&self, id: &str) -> Result<Option<ChangeSummary>, Error> {
        self.remove_all(|writer| writer.root(id).into_iter().collect())
    }

    /// Removes the library document of this id, in one version or in all; `None` if there is none.
    ///
    /// # Errors
    ///
    /// As [`remove`](Self::remove), or the document is from the builder's library.
    pub fn remove_library(
        &self,
        id: &str,
        version: Option<&str>,
    ) -> Result<Option<ChangeSummary>, Error> {
        self.remove_all(|writer| writer.library(id, version))
    }

    fn remove_all(
        &self,
        places: impl FnOnce(&StoreWriter) -> Vec<PolicyId>,
    ) -> Result<Option<ChangeSummary>, Error> {
        let mut writer = self.writer();
        let places = places(&writer);
        if places.is_empty() {
            return Ok(None);
        }
        let edits = places.into_iter().map(Edit::Remove).collect();
        let slot_providers = self.slot_providers(&mut writer);
        let applied = self.apply(&mut writer, edits, false, slot_providers);
        drop(writer);
        self.shown(applied.map(|(_, changed)| changed)).map(Some)
    }

    /// Makes several changes as one: all of them are in the next version, or none is.
    ///
    /// # Errors
    ///
    /// Every problem, as of [`put`](Self::put) and [`remove`](Self::remove), or of a document that
    /// is to be removed and does not exist.
    pub fn change(&self, changes: ChangeSet) -> Result<ChangeSummary, Error> {
        self.shown(self.make(changes))
    }

    /// Shows a change, or its error, to the observers. They may call the store: no lock is held.
    fn shown(&self, changed: Result<ChangeSummary, Error>) -> Result<ChangeSummary, Error> {
        match &changed {
            Ok(changed) => self.shared.host.show(|observer| observer.changed(changed)),
            Err(error) => self.shared.host.show(|observer| observer.refused(error)),
        }
        changed
    }

    fn make(&self, changes: ChangeSet) -> Result<ChangeSummary, Error> {
        let shared = &*self.shared;
        let mut problems = Vec::new();
        let mut steps = Vec::with_capacity(changes.all.len());
        for step in changes.all {
            match step {
                ChangeStep::Put(content, role) => {
                    match content.read_known(&shared.host.settings.limits) {
                        Ok(read) => steps.push(Ok((read, role))),
                        Err(error) => problems.extend(error.into_diagnostics()),
                    }
                }
                step => steps.push(Err(step)),
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(problems));
        }
        let mut pending = Pending::new(self);
        let mut writer = self.writer();
        for step in steps {
            let edits = match step {
                Ok((read, role)) => {
                    let compiled = writer.compile(read, role, &shared.host, &shared.language);
                    compiled.map(|compiled| vec![Edit::Put(compiled)])
                }
                Err(step) => removals(&writer, step),
            };
            match edits {
                Ok(edits) => pending.edits.extend(edits),
                Err(error) => problems.extend(error.into_diagnostics()),
            }
        }
        if !problems.is_empty() {
            return Err(Error::new(problems));
        }
        let slot_providers = self.slot_providers(&mut writer);
        let applied = self.apply(&mut writer, pending.take(), false, slot_providers);
        applied.map(|(_, changed)| changed)
    }

    /// Applies compiled changes, and publishes them.
    fn apply(
        &self,
        writer: &mut StoreWriter,
        edits: Vec<Edit>,
        partly: bool,
        slot_providers: Arc<SlotProviders>,
    ) -> Result<(AppliedChanges, ChangeSummary), Error> {
        let version = self.version() + 1;
        let mut applied =
            writer.apply(edits, partly, version, &self.shared.host.settings.limits)?;
        let ids = applied
            .put
            .iter()
            .filter_map(|place| writer.listing.get(*place));
        let is_nothing = applied.is_nothing();
        let mut changed = ChangeSummary {
            version: self.version(),
            ids: ids.map(|known| known.id().to_owned()).collect(),
            removed: std::mem::take(&mut applied.removed),
            referring: applied.referring,
        };
        if !is_nothing {
            self.publish(writer, slot_providers, version);
            changed.version = version;
        }
        Ok((applied, changed))
    }

    /// Returns the provider of each attribute of the next version. It calls the host's providers,
    /// so it runs before readers see the first change.
    fn slot_providers(&self, writer: &mut StoreWriter) -> Arc<SlotProviders> {
        let before = self.pdp().inner;
        let (slots, functions) = writer.names();
        let (slots, functions) = (slots.clone(), functions.clone());
        // Providers are asked only about new attributes or functions.
        let same = Arc::ptr_eq(&before.program.slots, &slots)
            && Arc::ptr_eq(&before.program.functions, &functions);
        let may_be_supplied = |slot| writer.may_be_supplied(slot);
        match same {
            true => before.slot_providers.clone(),
            false => Arc::new(
                self.shared
                    .host
                    .slot_providers(&slots, &functions, may_be_supplied),
            ),
        }
    }

    /// Publishes the changed version to readers. No code of the host runs here.
    fn publish(&self, writer: &mut StoreWriter, slot_providers: Arc<SlotProviders>, version: u64) {
        let shared = &*self.shared;
        let next = Inner {
            program: writer.program().clone(),
            host: shared.host.clone(),
            slot_providers,
            version,
            explained: self.explained(&writer.listing),
        };
        let next = Current {
            inner: Arc::new(next),
            listing: writer.listing.clone(),
        };
        // The earlier version is dropped after the lock is released.
        let _before = {
            let mut current = shared
                .current
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, next)
        };
        shared.version.store(version, Ordering::Release);
    }

    /// The documents of a version, for its explanations; nothing unless they are kept.
    fn explained(&self, listing: &Listing) -> Arc<Explained> {
        let shared = &*self.shared;
        if !shared.language.explainable {
            return Arc::default();
        }
        let combined = (Some(shared.root_combining.clone()), None);
        let listing = listing.clone();
        Explained::new(shared.language.clone(), combined, move |limits| {
            let written = listing.written()?.into_iter();
            let read = written.map(|(is_root, written)| Some((is_root, written.read(limits)?)));
            read.collect()
        })
    }

    fn writer(&self) -> MutexGuard<'_, StoreWriter> {
        // INVARIANT: a panic of the host leaves no change half made: its code runs only before the
        // first one ([`StoreWriter::compile`], [`slot_providers`](Self::slot_providers)).
        let writer = self.shared.writer.lock();
        writer.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the removals of a step, or an error if there is nothing to remove.
fn removals(writer: &StoreWriter, step: ChangeStep) -> Result<Vec<Edit>, Error> {
    let (places, what) = match step {
        ChangeStep::Put(..) => return Ok(Vec::new()),
        ChangeStep::Remove(id) => {
            let what = format!(
                "no policy `{}` that decides by itself",
                crate::xml::cut(&id)
            );
            (writer.root(&id).into_iter().collect(), what)
        }
        ChangeStep::RemoveLibrary(id, version) => {
            let of_version = version.as_deref().map_or_else(String::new, |version| {
                format!(" of version `{}`", crate::xml::cut(version))
            });
            let what = format!(
                "no policy `{}`{of_version} in the library",
                crate::xml::cut(&id)
            );
            (writer.library(&id, version.as_deref()), what)
        }
    };
    match places.is_empty() {
        true => Err(Error::plain(format!(
            "there is {what} of the store to take out"
        ))),
        false => Ok(places.into_iter().map(Edit::Remove).collect()),
    }
}

/// Documents compiled with the vocabulary of a store. On drop, those that were not applied, as
/// after a panic of the host, are removed from the vocabulary.
struct Pending<'s> {
    store: &'s Store,
    edits: Vec<Edit>,
}

impl<'s> Pending<'s> {
    fn new(store: &'s Store) -> Self {
        Self {
            store,
            edits: Vec::new(),
        }
    }

    /// Takes the documents, to be applied before any code of the host runs.
    fn take(&mut self) -> Vec<Edit> {
        std::mem::take(&mut self.edits)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if self.edits.is_empty() {
            return;
        }
        let mut writer = self.store.writer();
        for edit in &self.edits {
            if let Edit::Put(compiled) = edit {
                writer.forget_compiled(compiled);
            }
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}
