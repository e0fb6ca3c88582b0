//! Policies that change while they decide: a million of them, one of which is replaced without any
//! reader waiting.

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

pub use changes::{Changed, Changes};
pub use listing::{Documents, StoredDocument};
pub use load::{Loading, OnRefusal, Progress, SourceDocument};
pub use reader::{Reader, SharedReader};

use super::builder::Language;
use super::documents::Loaded;
use super::{Host, Inner, Pdp, PdpBuilder, Seats};
use crate::error::Error;
use crate::program::PolicyId;
use crate::syntax::Document;
use apply::{Applied, Edit};
use changes::Step;
use compiled::Compiled;
use listing::{Listing, Role};
pub(in crate::pdp) use saved::Packer;
use writer::Writer;

/// Policies by their ids, decided together with one combining algorithm, and changed while they
/// decide.
///
/// A decision is made with one version of the store: with what was in it when [`pdp`](Self::pdp)
/// or [`Reader::pdp`] was called. A change makes the next version; who decides with an earlier one
/// is not disturbed. Cheap to clone; all clones are the same store.
///
/// Each policy is found by the values it asks for, as rules and policies of a policy set are, so
/// that a decision visits only policies that may apply. Policies combine in the order in which they
/// were first put in. [The chapter on stores](crate::manual::stores) tells more.
///
/// A document that is [`put`](Self::put) decides by itself, and takes the place of the one with its
/// id, of whatever version. One of the [library](Self::put_library) decides where a reference leads to
/// it, and several versions of it may be there side by side. A reference means the latest version
/// that fits, of the library or of what decides by itself, and what it means is found anew with every
/// change. A change after which a reference would mean nothing, or go in a circle, is refused.
///
/// ```
/// use vedtak::{Decision, Pdp, Request};
/// let store = Pdp::builder()
///     .root_combining("urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides")
///     .store()?;
/// let changed = store.put("brev.xml", include_str!("../../fixtures/altinn/resource-policy.xml"))?;
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
/// # Ok::<(), vedtak::Error>(())
/// ```
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    host: Arc<Host>,
    language: Language,
    /// The identifier of the algorithm that combines its policies.
    root_combining: String,
    /// The library that the builder was given.
    library: Vec<Loaded>,
    /// Held while something is changed.
    writer: Mutex<Writer>,
    /// What new decisions are made with. Held for as long as it takes to copy it.
    current: RwLock<Current>,
    /// The version of `current`: readers look here first.
    version: AtomicU64,
}

/// A version of the store.
struct Current {
    inner: Arc<Inner>,
    listing: Listing,
}

impl Store {
    pub(super) fn new(builder: PdpBuilder, documents: Vec<Loaded>) -> Result<Self, Error> {
        let (host, language, root_combining) = builder.split();
        let mut writer = Writer::new(&language, root_combining.as_deref())?;
        let host = Arc::new(host);
        let first = Inner::new(writer.program().clone(), host.clone());
        let library = documents.iter().filter(|loaded| !loaded.is_root);
        let store = Self {
            shared: Arc::new(Shared {
                host,
                language,
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

    /// Puts in what the builder was given.
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
        let seats = self.seats(&mut writer);
        writer.apply(edits, false, version, &self.shared.host.choices.limits)?;
        self.publish(&mut writer, seats, version);
        Ok(())
    }

    fn compile_loaded(&self, writer: &mut Writer, loaded: Loaded) -> Result<Box<Compiled>, Error> {
        let shared = &*self.shared;
        let role = match loaded.is_root {
            true => Role::Root,
            false => Role::Builder,
        };
        let read = loaded.content.read_known(&shared.host.choices.limits)?;
        writer.compile(read, role, &shared.host, &shared.language)
    }

    /// What is in the store now, to decide with. It stays as it is, whatever is changed later.
    pub fn pdp(&self) -> Pdp {
        let current = self.shared.current.read();
        Pdp {
            inner: current
                .unwrap_or_else(PoisonError::into_inner)
                .inner
                .clone(),
        }
    }

    /// A view that follows the store: for threads that decide all the time.
    pub fn reader(&self) -> Reader {
        Reader::new(self)
    }

    /// A view that follows the store: one for all threads, for the state of a web framework.
    pub fn shared_reader(&self) -> SharedReader {
        SharedReader::new(self)
    }

    /// How often the store has changed.
    pub fn version(&self) -> u64 {
        self.shared.version.load(Ordering::Acquire)
    }

    /// What is in the store now: ids, versions, sources, references. It stays as it is, whatever is
    /// changed later, and asking for it never waits for a change.
    ///
    /// ```
    /// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// let store = vedtak::Pdp::builder().root_combining(deny).store()?;
    /// store.put("brev.xml", policy)?;
    /// let documents = store.documents();
    /// let brev = documents.iter().next().expect("it is there");
    /// assert_eq!((brev.source(), brev.since(), brev.is_library()), ("brev.xml", 1, false));
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn documents(&self) -> Documents {
        let current = self.shared.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner);
        Documents {
            listing: current.listing.clone(),
            version: current.inner.version,
        }
    }

    /// How many documents it holds, those of the library included.
    pub fn len(&self) -> usize {
        let current = self.shared.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner);
        current.listing.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The `PolicyId`s and `PolicySetId`s of all documents; those that decide by themselves in the
    /// order in which they combine. [`documents`](Self::documents) tells more of each.
    pub fn ids(&self) -> Vec<String> {
        let documents = self.documents();
        documents
            .iter()
            .map(|known| known.id().to_owned())
            .collect()
    }

    /// Adds a policy document that decides by itself, or puts it in the place of the one with its id,
    /// of whatever version.
    ///
    /// # Errors
    ///
    /// Every problem of the document; or a reference of another that is in the store would mean
    /// nothing then, go in a circle, or be nested too deep. What was in its place stays there and
    /// goes on deciding.
    pub fn put(&self, source: &str, bytes: impl AsRef<[u8]>) -> Result<Changed, Error> {
        self.change(Changes::new().put(source, bytes))
    }

    /// Adds a policy tree, as [`put`](Self::put) does a document.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn put_document(&self, document: Document) -> Result<Changed, Error> {
        self.change(Changes::new().put_document(document))
    }

    /// Adds a policy document that counts only where a reference leads to it, or puts it in the place
    /// of the one of its id and version. Other versions of it stay beside it.
    ///
    /// ```
    /// # let base = include_str!("../../fixtures/store/base.xml");
    /// # let patient = include_str!("../../fixtures/store/patient.xml");
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
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn put_library(&self, source: &str, bytes: impl AsRef<[u8]>) -> Result<Changed, Error> {
        self.change(Changes::new().put_library(source, bytes))
    }

    /// Takes out the policy or policy set with this id that decides by itself; `None` if there is no
    /// such policy.
    ///
    /// # Errors
    ///
    /// A reference of another document would mean nothing then. It says which, and nothing changes.
    pub fn remove(&self, id: &str) -> Result<Option<Changed>, Error> {
        self.remove_all(|writer| writer.root(id).into_iter().collect())
    }

    /// Takes the policy or policy set with this id out of the library, in one version or in all that
    /// there are; `None` if there is no such policy.
    ///
    /// # Errors
    ///
    /// As [`remove`](Self::remove); or the builder was given it.
    pub fn remove_library(
        &self,
        id: &str,
        version: Option<&str>,
    ) -> Result<Option<Changed>, Error> {
        self.remove_all(|writer| writer.library(id, version))
    }

    fn remove_all(
        &self,
        places: impl FnOnce(&Writer) -> Vec<PolicyId>,
    ) -> Result<Option<Changed>, Error> {
        let mut writer = self.writer();
        let places = places(&writer);
        if places.is_empty() {
            return Ok(None);
        }
        let edits = places.into_iter().map(Edit::Remove).collect();
        let seats = self.seats(&mut writer);
        let applied = self.apply(&mut writer, edits, false, seats);
        drop(writer);
        self.shown(applied.map(|(_, changed)| changed)).map(Some)
    }

    /// Makes several changes as one: they decide together from one version on, or none of them does.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put) and [`remove`](Self::remove); or there is nothing of what was to be taken
    /// out. It holds every problem.
    pub fn change(&self, changes: Changes) -> Result<Changed, Error> {
        self.shown(self.make(changes))
    }

    /// Shows the observers what a change came to. They may look at the store: nobody holds its lock.
    fn shown(&self, changed: Result<Changed, Error>) -> Result<Changed, Error> {
        match &changed {
            Ok(changed) => self.shared.host.show(|observer| observer.changed(changed)),
            Err(error) => self.shared.host.show(|observer| observer.refused(error)),
        }
        changed
    }

    fn make(&self, changes: Changes) -> Result<Changed, Error> {
        let shared = &*self.shared;
        let mut problems = Vec::new();
        let mut steps = Vec::with_capacity(changes.all.len());
        for step in changes.all {
            match step {
                Step::Put(content, role) => match content.read_known(&shared.host.choices.limits) {
                    Ok(read) => steps.push(Ok((read, role))),
                    Err(error) => problems.extend(error.into_diagnostics()),
                },
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
        let seats = self.seats(&mut writer);
        let applied = self.apply(&mut writer, pending.take(), false, seats);
        applied.map(|(_, changed)| changed)
    }

    /// Makes changes that were compiled.
    fn apply(
        &self,
        writer: &mut Writer,
        edits: Vec<Edit>,
        partly: bool,
        seats: Arc<Seats>,
    ) -> Result<(Applied, Changed), Error> {
        let version = self.version() + 1;
        let applied = writer.apply(edits, partly, version, &self.shared.host.choices.limits)?;
        let ids = applied
            .put
            .iter()
            .filter_map(|place| writer.listing.get(*place));
        let mut changed = Changed {
            version: self.version(),
            ids: ids.map(|known| known.id().to_owned()).collect(),
            removed: applied.removed,
            referring: applied.referring,
        };
        if !applied.is_nothing() {
            self.publish(writer, seats, version);
            changed.version = version;
        }
        Ok((applied, changed))
    }

    /// Who supplies the attributes of the next version. Asks the host's providers, so that it comes
    /// before the first change that readers will see.
    fn seats(&self, writer: &mut Writer) -> Arc<Seats> {
        let before = self.pdp().inner;
        let (slots, functions) = writer.names();
        let (slots, functions) = (slots.clone(), functions.clone());
        // Providers are asked what they supply only when there is something new to ask for.
        let same = Arc::ptr_eq(&before.program.slots, &slots)
            && Arc::ptr_eq(&before.program.functions, &functions);
        let may_be_supplied = |slot| writer.may_be_supplied(slot);
        match same {
            true => before.seats.clone(),
            false => Arc::new(self.shared.host.seats(&slots, &functions, may_be_supplied)),
        }
    }

    /// Lets readers see what was changed. No code of the host runs here.
    fn publish(&self, writer: &mut Writer, seats: Arc<Seats>, version: u64) {
        let shared = &*self.shared;
        let next = Inner {
            program: writer.program().clone(),
            host: shared.host.clone(),
            seats,
            version,
        };
        let next = Current {
            inner: Arc::new(next),
            listing: writer.listing.clone(),
        };
        // What was before is dropped after the lock is given back.
        let _before = {
            let mut current = shared
                .current
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, next)
        };
        shared.version.store(version, Ordering::Release);
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // INVARIANT: a host that panicked left no change half made: its code runs only before the
        // first one ([`Writer::compile`], [`seats`](Self::seats)).
        let writer = self.shared.writer.lock();
        writer.unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a step takes out.
fn removals(writer: &Writer, step: Step) -> Result<Vec<Edit>, Error> {
    let (places, what) = match step {
        Step::Put(..) => return Ok(Vec::new()),
        Step::Remove(id) => {
            let what = format!(
                "no policy `{}` that decides by itself",
                crate::xml::cut(&id)
            );
            (writer.root(&id).into_iter().collect(), what)
        }
        Step::RemoveLibrary(id, version) => {
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

/// Documents that were compiled with the names of a store. Those that are not put in, be it that the
/// host's code panicked, are forgotten there.
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

    /// The documents, to be put in now: no code of the host runs before that is done.
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
