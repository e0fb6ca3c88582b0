//! The documents of one load, as they are read → the changes they make.

use std::collections::{HashMap, HashSet};
use std::thread;

use super::super::apply::{AppliedChanges, Edit};
use super::super::listing::{Digest, DocumentRole, Documents, StoredDocument};
use super::super::writer::StoreWriter;
use super::super::{ChangeSummary, Pending, Store};
use super::{LoadProgress, LoadSummary, OnRefusal, SourceDocument};
use crate::error::Error;
use crate::pdp::documents::{ReadDocument, digest};
use crate::program::PolicyId;
use crate::syntax::Version;

/// The number of documents that are read before they are compiled.
const BATCH: usize = 256;

/// A document, and its place if the store already has it.
pub(super) struct LoadItem {
    pub(super) document: SourceDocument,
    pub(super) known: Option<PolicyId>,
}

pub(super) enum Incoming {
    Read(Box<ReadDocument>),
    Known(PolicyId),
}

/// The identity of a document that must be unique: the id of a root policy; kind, id and version of
/// a library document.
#[derive(PartialEq, Eq, Hash)]
pub(in super::super) enum LoadKey {
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

    pub(in super::super) fn of(
        role: DocumentRole,
        is_set: bool,
        id: &str,
        version: &Version,
    ) -> Self {
        match role {
            DocumentRole::Root => Self::Root(id.to_owned()),
            DocumentRole::Library | DocumentRole::Builder => {
                Self::Library(is_set, id.to_owned(), version.clone())
            }
        }
    }
}

/// The documents of one call.
pub(super) struct Batches<'s> {
    pub(super) store: &'s Store,
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

/// The claim of a document to be the one in the store, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    None,
    Bytes,
    Name,
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
    pub(super) fn new(store: &'s Store, documents: Option<Documents>) -> Self {
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
    pub(super) fn compile_all(
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
                known: self.unchanged(&document),
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
    fn unchanged(&self, document: &SourceDocument) -> Option<PolicyId> {
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
                let policy = read.policy();
                let key = LoadKey::of(role, policy.is_set(), policy.id(), policy.version());
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
            let is_withdrawn = first
                .change
                .is_some_and(|one| self.withdrawn.contains(&one));
            if digest.is_some() && first.digest == digest && !is_withdrawn {
                self.copies += 1;
                return Ok(());
            }
            let taken = Error::plain(key.is_taken(name, &first.name));
            let (of_first, own) = (
                self.claim(&first.name, first.digest, &key),
                self.claim(name, digest, &key),
            );
            let may_yield = own >= of_first && self.before.is_some();
            let Some(change) = first.change.filter(|_| may_yield) else {
                return Err(taken);
            };
            if !is_withdrawn {
                let first = first.name.clone();
                let error = Error::plain(key.is_taken(&first, name));
                self.withdraw(change, first, error);
            }
            // Of two that are new, the order in which they are listed would choose one.
            if own == Claim::None {
                return Err(taken);
            }
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

    /// Returns what a document has of the one that the store has of this identity. The file that the
    /// store has it from keeps its identity, wherever it stands: a copy that somebody edits, and that is
    /// listed before it, takes nothing over.
    fn claim(&self, name: &str, digest: Option<Digest>, key: &LoadKey) -> Claim {
        let before = self.before.as_ref();
        let known = before.and_then(|before| {
            let place = before.identities.get(key)?;
            before.documents.listing.get(*place)
        });
        match known {
            Some(known) if known.source() == name => Claim::Name,
            Some(known) if digest.is_some() && known.digest().copied() == digest => Claim::Bytes,
            _ => Claim::None,
        }
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
            let is_displaced = old != met.name
                && self.refused_names.contains(old)
                && !self.withdrawn.contains(&change);
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

    pub(super) fn finish(mut self, refusal: OnRefusal) -> Result<LoadSummary, Error> {
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
