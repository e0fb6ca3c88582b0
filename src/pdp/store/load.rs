//! Many documents → one change of a store; they are read on all threads.

use std::collections::{HashMap, HashSet};
use std::thread;

use super::super::documents::{Content, ReadDocument, digest};
use super::apply::{AppliedChanges, Edit};
use super::listing::{Digest, DocumentRole, Documents, StoredDocument};
use super::writer::StoreWriter;
use super::{ChangeSummary, Pending, Store};
use crate::error::Error;
use crate::program::PolicyId;
use crate::syntax::Version;

/// The number of documents that are read before they are compiled.
const BATCH: usize = 256;

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
    /// The refused documents stay as they were, and the others change.
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
    /// The ids of the documents that [`sync`](Store::sync) removed.
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
    /// # let policy = include_str!("../../../fixtures/altinn/resource-policy.xml");
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// let store = vedtak::Pdp::builder().root_combining(deny).store()?;
    /// let documents = [("a.xml".to_owned(), policy.as_bytes().to_vec())];
    /// let loading = store.load(documents, |progress| println!("{} so far", progress.loaded));
    /// assert_eq!((loading.loaded, loading.refused.len()), (1, 0));
    /// # Ok::<(), vedtak::Error>(())
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
    /// the store has it counts, and the other is refused; if it has neither, the first one counts.
    /// A file that is renamed *and* cannot be read is a deleted file and a damaged one: nobody can
    /// tell which document it was. **No documents are no policies**: when a folder cannot be
    /// listed, do not call this.
    ///
    /// ```
    /// # let policy = include_str!("../../../fixtures/altinn/resource-policy.xml");
    /// # let deny = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";
    /// use vedtak::{Pdp, store::{OnRefusal, SourceDocument}};
    /// let store = Pdp::builder().root_combining(deny).store()?;
    /// let all = [SourceDocument::policy("brev.xml", policy)];
    /// let first = store.sync(all.clone(), OnRefusal::Fail, |_| {})?;
    /// assert_eq!((first.loaded, first.version), (1, 1));
    /// let again = store.sync(all, OnRefusal::Fail, |_| {})?;
    /// assert_eq!((again.unchanged, again.version), (1, 1)); // nothing has changed
    /// # Ok::<(), vedtak::Error>(())
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

/// A document, and its place if the store already has it.
struct LoadItem {
    document: SourceDocument,
    known: Option<PolicyId>,
}

enum Incoming {
    Read(Box<ReadDocument>),
    Known(PolicyId),
}

/// The identity of a document that must be unique: the id of a root policy; kind, id and version of
/// a library document.
#[derive(PartialEq, Eq, Hash)]
pub(super) enum LoadKey {
    Root(String),
    Library(bool, String, Version),
}

impl LoadKey {
    fn id(&self) -> &str {
        match self {
            Self::Root(id) | Self::Library(_, id, _) => id,
        }
    }

    fn into_id(self) -> String {
        match self {
            Self::Root(id) | Self::Library(_, id, _) => id,
        }
    }

    /// The message that `other` has the identity of `name`.
    fn is_taken(&self, name: &str, other: &str) -> String {
        let id = crate::xml::cut(self.id());
        match self {
            Self::Root(_) => format!("{name}: `{other}` has the id `{id}`, too"),
            Self::Library(_, _, version) => {
                format!("{name}: `{other}` has the id `{id}` and the version `{version}`, too")
            }
        }
    }

    pub(super) fn of(role: DocumentRole, is_set: bool, id: &str, version: &Version) -> Self {
        match role {
            DocumentRole::Root => Self::Root(id.to_owned()),
            DocumentRole::Library | DocumentRole::Builder => {
                Self::Library(is_set, id.to_owned(), version.clone())
            }
        }
    }
}

/// The documents of one call.
struct Batches<'s> {
    store: &'s Store,
    pending: Pending<'s>,
    /// The earlier documents of the store, for [`sync`](Store::sync).
    before: Option<Before>,
    /// The names of documents, by the number of the change.
    names: Vec<String>,
    /// The documents so far.
    met: HashMap<LoadKey, Met>,
    /// The numbers of changes that are refused after all.
    withdrawn: HashSet<usize>,
    /// The documents that stay as they are.
    kept: HashSet<PolicyId>,
    /// The names of refused documents, and their ids if they were read.
    refused_names: HashSet<String>,
    refused_ids: HashSet<String>,
    loading: LoadSummary,
    bytes: u64,
    copies: usize,
}

/// A document of the call.
struct Met {
    name: String,
    digest: Option<Digest>,
    /// The number of its change; none if it stays as it is.
    change: Option<usize>,
}

struct Before {
    documents: Documents,
    places: HashMap<(bool, Digest), PolicyId>,
    identities: HashMap<LoadKey, PolicyId>,
}

impl Before {
    /// Returns the name under which the store has a document of this identity.
    fn name_of(&self, key: &LoadKey) -> Option<&str> {
        let place = self.identities.get(key)?;
        Some(self.documents.listing.get(*place)?.source())
    }
}

impl<'s> Batches<'s> {
    fn new(store: &'s Store, documents: Option<Documents>) -> Self {
        let before = documents.map(|documents| {
            let (mut places, mut identities) = (HashMap::new(), HashMap::new());
            for (place, known) in documents.listing.iter() {
                if known.role == DocumentRole::Builder {
                    continue;
                }
                if let Some(digest) = known.digest() {
                    places.insert((known.is_library(), *digest), place);
                }
                let key = LoadKey::of(known.role, known.is_set, &known.id, &known.version);
                identities.insert(key, place);
            }
            Before {
                places,
                identities,
                documents,
            }
        });
        Self {
            store,
            pending: Pending::new(store),
            before,
            names: Vec::new(),
            met: HashMap::new(),
            withdrawn: HashSet::new(),
            kept: HashSet::new(),
            refused_names: HashSet::new(),
            refused_ids: HashSet::new(),
            loading: LoadSummary::default(),
            bytes: 0,
            copies: 0,
        }
    }

    /// Reads and compiles documents. The iterator, the callback and the providers are the host's:
    /// no lock is held while the first two run, and nothing changes before all are done.
    fn compile_all(
        &mut self,
        mut documents: impl Iterator<Item = SourceDocument>,
        progress: &mut impl FnMut(LoadProgress),
    ) {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        loop {
            let batch: Vec<_> = documents.by_ref().take(BATCH * threads).collect();
            if batch.is_empty() {
                return;
            }
            self.bytes += batch.iter().map(|d| d.bytes.len() as u64).sum::<u64>();
            let batch = batch.into_iter().map(|document| LoadItem {
                known: self.known(&document),
                document,
            });
            let read = self.read(batch.collect(), threads);
            let mut writer = self.store.writer();
            for (name, role, read) in read {
                if let Err(error) =
                    read.and_then(|found| self.take(&mut writer, &name, role, found))
                {
                    self.refused_names.insert(name.clone());
                    self.loading.refused.push((name, error));
                }
            }
            drop(writer);
            progress(LoadProgress {
                loaded: self.pending.edits.len() + self.kept.len(),
                refused: self.loading.refused.len(),
                bytes: self.bytes,
            });
        }
    }

    /// Returns the place of a document in the store, if it is the same there.
    fn known(&self, document: &SourceDocument) -> Option<PolicyId> {
        let before = self.before.as_ref()?;
        let digest = digest(&document.bytes);
        let place = *before.places.get(&(document.is_library, digest))?;
        // A document of another name is put again, so that the store has its new name.
        let known = before.documents.listing.get(place)?;
        (known.source() == document.source).then_some(place)
    }

    fn take(
        &mut self,
        writer: &mut StoreWriter,
        name: &str,
        role: DocumentRole,
        found: Incoming,
    ) -> Result<(), Error> {
        let (key, digest) = match &found {
            Incoming::Read(read) => {
                let key = LoadKey::of(role, read.is_set(), read.id(), read.version());
                (key, read.digest)
            }
            Incoming::Known(place) => {
                let before = self.before.as_ref();
                let known = before.and_then(|before| before.documents.listing.get(*place));
                let Some(known) = known else { return Ok(()) };
                let key = LoadKey::of(role, known.is_set, &known.id, &known.version);
                (key, known.digest)
            }
        };
        if let Some(first) = self.met.get(&key) {
            if digest.is_some() && first.digest == digest {
                self.copies += 1;
                return Ok(());
            }
            // The file that the store has the document from keeps its identity, wherever it stands:
            // a copy of it that somebody edits, and that is listed before it, takes nothing over.
            let Some(change) = first.change.filter(|_| self.is_incumbent(name, &key)) else {
                return Err(Error::plain(key.is_taken(name, &first.name)));
            };
            let newcomer = first.name.clone();
            let error = Error::plain(key.is_taken(&newcomer, name));
            self.withdraw(change, newcomer, error);
        }
        let change = match found {
            Incoming::Known(place) => {
                self.kept.insert(place);
                None
            }
            Incoming::Read(read) => {
                let shared = &*self.store.shared;
                let compiled = writer.compile(*read, role, &shared.host, &shared.language);
                let compiled = match compiled {
                    Ok(compiled) => compiled,
                    Err(error) => {
                        self.refused_ids.insert(key.into_id());
                        return Err(error);
                    }
                };
                self.pending.edits.push(Edit::Put(compiled));
                self.names.push(name.to_owned());
                Some(self.names.len() - 1)
            }
        };
        let name = name.to_owned();
        let met = Met {
            name,
            digest,
            change,
        };
        self.met.insert(key, met);
        Ok(())
    }

    /// Whether the store has the document of this identity under this name.
    fn is_incumbent(&self, name: &str, key: &LoadKey) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| before.name_of(key) == Some(name))
    }

    /// Refuses a document that was compiled.
    fn withdraw(&mut self, change: usize, name: String, error: Error) {
        self.withdrawn.insert(change);
        self.refused_names.insert(name.clone());
        self.loading.refused.push((name, error));
    }

    /// Refuses the documents that would replace one whose own file is there, but was refused: it
    /// stays as it was.
    fn withdraw_successors_of_refused(&mut self) {
        let Some(before) = &self.before else { return };
        let displacing = self.met.iter().filter_map(|(key, met)| {
            let (change, old) = (met.change?, before.name_of(key)?);
            let is_displaced = old != met.name && self.refused_names.contains(old);
            is_displaced.then(|| {
                let id = crate::xml::cut(key.id());
                let message = format!(
                    "{}: `{old}`, which is refused, has the id `{id}` in the store",
                    met.name
                );
                (change, met.name.clone(), Error::plain(message))
            })
        });
        let mut displacing: Vec<_> = displacing.collect();
        displacing.sort_by_key(|(change, ..)| *change);
        for (change, name, error) in displacing {
            self.withdraw(change, name, error);
        }
    }

    /// Takes the changes that are left, with their names beside them.
    fn take_changes(&mut self, writer: &mut StoreWriter) -> Vec<Edit> {
        let names = std::mem::take(&mut self.names);
        let mut edits = Vec::new();
        for ((number, edit), name) in self.pending.take().into_iter().enumerate().zip(names) {
            match edit {
                Edit::Put(compiled) if self.withdrawn.contains(&number) => {
                    writer.forget_compiled(&compiled);
                }
                edit => {
                    edits.push(edit);
                    self.names.push(name);
                }
            }
        }
        edits
    }

    fn finish(mut self, refusal: OnRefusal) -> Result<LoadSummary, Error> {
        let store = self.store;
        let fails = refusal == OnRefusal::Fail;
        self.withdraw_successors_of_refused();
        if fails && !self.loading.refused.is_empty() {
            let refused = std::mem::take(&mut self.loading.refused).into_iter();
            let problems = refused.flat_map(|(_, error)| error.into_diagnostics());
            return Err(Error::new(problems.collect()));
        }
        let mut writer = store.writer();
        let removals = self.removals(&writer)?;
        let slot_providers = store.slot_providers(&mut writer);
        let mut edits = self.take_changes(&mut writer);
        // A refused document keeps the earlier one of its name, and the one of its id.
        let (mut by_name, mut by_id): (HashMap<_, Vec<usize>>, HashMap<_, Vec<usize>>) =
            (HashMap::new(), HashMap::new());
        for (number, edit) in edits.iter().enumerate() {
            if let Edit::Put(compiled) = edit {
                by_name
                    .entry(self.names[number].clone())
                    .or_default()
                    .push(number);
                by_id
                    .entry(compiled.name.1.to_string())
                    .or_default()
                    .push(number);
            }
        }
        for Removal { place, name, id } in removals {
            let of_name = by_name.get(&name).into_iter().flatten();
            let of_id = by_id.get(&id).into_iter().flatten();
            let successors = of_name.chain(of_id).copied().collect();
            edits.push(Edit::Succeed(place, successors));
            self.names.push(name);
        }
        let (applied, changed) = match store.apply(&mut writer, edits, !fails, slot_providers) {
            Ok(applied) => applied,
            Err(error) if fails => return Err(error),
            // All of them are refused for one reason.
            Err(error) => {
                let all = self.names.drain(..).map(|name| (name, error.clone()));
                self.loading.refused.extend(all);
                (AppliedChanges::default(), ChangeSummary::default())
            }
        };
        drop(writer);
        let mut loading = self.loading;
        loading.version = match changed.version {
            0 => store.version(),
            version => version,
        };
        loading.loaded = changed.ids.len();
        loading.ids = changed.ids;
        loading.unchanged = self.kept.len();
        loading.removed = changed.removed;
        loading.referring = changed.referring;
        let refused = applied.refused.into_iter();
        loading.refused.extend(
            refused.filter_map(|(number, error)| Some((self.names.get(number)?.clone(), error))),
        );
        Ok(loading)
    }

    /// The documents to remove.
    fn removals(&self, writer: &StoreWriter) -> Result<Vec<Removal>, Error> {
        let Some(before) = &self.before else {
            return Ok(Vec::new());
        };
        let same = |place: &PolicyId| {
            let now = writer.listing.get(*place);
            now.is_some() && now == before.documents.listing.get(*place)
        };
        if !self.kept.iter().all(same) {
            return Err(Error::plain(
                "somebody else changed the store while its documents were read: do it again",
            ));
        }
        let all = writer.listing.iter();
        let gone = all.filter(|(place, known)| {
            let key = || LoadKey::of(known.role, known.is_set, &known.id, &known.version);
            known.role != DocumentRole::Builder
                && !self.kept.contains(place)
                && !self.refused_names.contains(known.source())
                && !self.met.contains_key(&key())
                && !self.refused_ids.contains(known.id())
        });
        let removal = |(place, known): (PolicyId, &StoredDocument)| Removal {
            place,
            name: known.source().to_owned(),
            id: known.id().to_owned(),
        };
        Ok(gone.map(removal).collect())
    }
}

/// A document to remove.
struct Removal {
    place: PolicyId,
    name: String,
    id: String,
}

impl Batches<'_> {
    /// Reads documents on several threads, and keeps their order.
    fn read(
        &self,
        documents: Vec<LoadItem>,
        threads: usize,
    ) -> Vec<(String, DocumentRole, Result<Incoming, Error>)> {
        let limits = &self.store.shared.host.settings.limits;
        let read = |item: LoadItem| {
            let role = item.document.role();
            let SourceDocument { source, bytes, .. } = item.document;
            let found = match item.known {
                Some(place) => Ok(Incoming::Known(place)),
                None => {
                    let content = Content::Bytes(source.as_str().into(), bytes);
                    content
                        .read_known(limits)
                        .map(|read| Incoming::Read(Box::new(read)))
                }
            };
            (source, role, found)
        };
        if threads == 1 || documents.len() < 2 * threads {
            return documents.into_iter().map(read).collect();
        }
        let share = documents.len().div_ceil(threads);
        let mut rest = documents;
        let mut shares = Vec::new();
        while !rest.is_empty() {
            let after = rest.split_off(share.min(rest.len()));
            shares.push(std::mem::replace(&mut rest, after));
        }
        thread::scope(|scope| {
            let start = |share: Vec<_>| {
                scope.spawn(move || share.into_iter().map(read).collect::<Vec<_>>())
            };
            let running: Vec<_> = shares.into_iter().map(start).collect();
            let mut all = Vec::new();
            for thread in running {
                match thread.join() {
                    Ok(read) => all.extend(read),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        })
    }
}
