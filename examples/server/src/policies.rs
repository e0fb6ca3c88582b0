//! The policies that decide, and their versions as the folder changes.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use vedtak::store::{OnRefusal, SourceDocument};
use vedtak::syntax::Document;
use vedtak::{Error, Store, altinn};

use crate::Failure;
use crate::engine::Engine;
use crate::folder;
use crate::options::{Deciding, Settings};
use crate::resources::Resources;
use crate::telemetry::Recorder;

/// A version of the policies, which decides whatever was asked while it was the newest.
#[derive(Clone)]
pub struct Version {
    pub engine: Engine,
    /// The number of changes that this process has seen.
    pub number: u64,
    /// SHA-256 of the policies, of the register and of the settings that change answers: the same in every
    /// process that has the same.
    pub digest: Arc<str>,
    /// The policies as they were written.
    pub documents: Vec<PolicyText>,
    /// The register as it was written, in Altinn mode.
    pub register: Option<Arc<[u8]>>,
    /// The problems of the files that were refused at the last look.
    pub refused: Vec<String>,
    /// The policies whose files are gone, and that decide on, as a file that is refused may be one of these.
    pub kept: usize,
    /// The files of the last look.
    pub looked: Arc<Looked>,
    /// Whether the last look could not read the folder, or the register: what decides is as it was.
    pub unread: bool,
    /// Whether there was a look since the start at which nothing was refused: until then, what denies
    /// may be missing.
    pub is_whole: bool,
}

impl Version {
    /// Makes a version of what decides now; [`Policies`] adds what its look has found.
    pub fn new(
        engine: Engine,
        number: u64,
        documents: Vec<PolicyText>,
        register: Option<Arc<[u8]>>,
        settings: &Settings,
    ) -> Self {
        Self {
            engine,
            number,
            digest: digest(
                &documents,
                register.as_deref().unwrap_or_default(),
                settings,
            ),
            documents,
            register,
            refused: Vec::new(),
            kept: 0,
            looked: Arc::default(),
            unread: false,
            is_whole: false,
        }
    }

    /// Returns the number of policies that decide by themselves: those of the library do not.
    pub fn deciding(&self) -> usize {
        let documents = self.documents.iter();
        documents.filter(|document| !document.is_library).count()
    }
}

/// The text of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    pub source: String,
    /// `PolicyId` or `PolicySetId`; in Altinn mode the resource.
    pub id: String,
    pub bytes: Arc<[u8]>,
    /// Whether it decides only where others refer to it.
    pub is_library: bool,
}

/// The policies of a folder.
pub struct Policies {
    kind: Kind,
    settings: Settings,
    recorder: Recorder,
    current: RwLock<Arc<Version>>,
}

enum Kind {
    Store(Store),
    Altinn(Box<Resources>),
}

impl Policies {
    /// Makes an empty version; with the file of a register, one that decides as Altinn does. Errors: the
    /// settings contradict themselves, or there is no such time zone.
    pub fn new(how: &Deciding, settings: Settings, recorder: Recorder) -> Result<Self, Error> {
        let (kind, engine) = match &how.altinn {
            None => {
                let builder = how.builder().explainable();
                let store = builder.observer(recorder.clone()).store()?;
                let pdp = store.pdp();
                (Kind::Store(store), Engine::Policies(pdp))
            }
            Some(file) => {
                let pdp = altinn::Pdp::builder().build()?;
                let resources = Resources::new(file, how.limits(), recorder.clone());
                (Kind::Altinn(Box::new(resources)), Engine::Altinn(pdp))
            }
        };
        let first = Version::new(engine, 0, Vec::new(), None, &settings);
        Ok(Self {
            kind,
            settings,
            recorder,
            current: RwLock::new(Arc::new(first)),
        })
    }

    pub fn current(&self) -> Arc<Version> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the folder for the first time. A refused file has no earlier version that could decide in its
    /// place, and may be the one that denies. Errors: as [`sync`](Self::sync), and all problems of the
    /// files that are refused, unless the settings say to start with these.
    pub fn start(&self, folder: &Path, how: &Deciding) -> Result<(), Failure> {
        self.sync(folder)?;
        let refused = &self.current().refused;
        if refused.is_empty() || how.start_with_refused {
            return Ok(());
        }
        let (files, all) = (folder.display(), refused.join("\n"));
        let count = refused.len();
        Err(format!(
            "{all}\n{count} refused in `{files}`: what decides without them may permit what they deny; \
             --start-with-refused starts nevertheless"
        )
        .into())
    }

    /// Makes the newest version what the folder holds. A file that is refused leaves what it was decide on,
    /// and the log says why; it names the policies that were put, replaced and removed. Errors: the folder,
    /// or the register, cannot be read: then what decides stays, and the version says so.
    pub fn sync(&self, folder: &Path) -> Result<(), Failure> {
        let before = self.current();
        let (next, looked) = match self.next(folder, &before) {
            Ok(next) => {
                self.tell(&before, &next);
                (next, Ok(()))
            }
            Err(why) => {
                let mut same = Version::clone(&before);
                same.unread = true;
                (same, Err(why))
            }
        };
        self.recorder.policies(&next);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        looked
    }

    fn next(&self, folder: &Path, before: &Version) -> Result<Version, Failure> {
        let files = folder::read(folder, matches!(self.kind, Kind::Store(_)));
        let files = files.map_err(|why| format!("the folder `{}`: {why}", folder.display()))?;
        let known = texts_by_source(before);
        let (mut read, mut looked, mut problems) = (files.read, Looked::default(), Vec::new());
        for (source, why) in files.unread {
            let problem = format!("{source}: it cannot be read: {why}");
            read.extend(known.get(&*source).map(|document| SourceDocument {
                source: source.clone(),
                bytes: document.bytes.to_vec(),
                is_library: document.is_library,
            }));
            looked.unread.insert(source);
            problems.push(problem);
        }
        let files = read.iter();
        looked.files = files
            .map(|file| (file.source.clone(), hash(&file.bytes)))
            .collect();
        looked.problems.clone_from(&problems);
        let mut next = match &self.kind {
            // Of the same files, the same is made; before the first change, there was no look.
            Kind::Store(_) if before.number > 0 && *before.looked == looked => {
                let mut same = Version::clone(before);
                same.unread = false;
                return Ok(same);
            }
            Kind::Store(store) => of_store(store, read, &looked, before, &self.settings)?,
            Kind::Altinn(resources) => resources.sync(read, before, &self.settings)?,
        };
        next.refused.extend(problems);
        next.looked = looked.into();
        next.unread = false;
        next.is_whole = before.is_whole || next.refused.is_empty();
        Ok(next)
    }

    /// Logs and counts what a look has found.
    fn tell(&self, before: &Version, next: &Version) {
        for error in &next.refused {
            tracing::error!(%error, "refused");
            self.recorder.refusals.inc();
        }
        if next.number == before.number {
            return;
        }
        self.recorder.changes.inc();
        let old = texts_by_source(before);
        let now = texts_by_source(next);
        let is_put = |document: &&PolicyText| !old.contains_key(&*document.source);
        let is_replaced = |document: &&PolicyText| {
            let old = old.get(&*document.source);
            old.is_some_and(|old| **old != **document)
        };
        let is_removed = |document: &&PolicyText| !now.contains_key(&*document.source);
        tracing::info!(
            version = next.number,
            digest = &*next.digest,
            put = named(next.documents.iter().filter(is_put)),
            replaced = named(next.documents.iter().filter(is_replaced)),
            removed = named(before.documents.iter().filter(is_removed)),
            "policies changed"
        );
    }
}

/// The names in one line of the log at most.
const NAMED: usize = 20;

fn named<'d>(documents: impl Iterator<Item = &'d PolicyText>) -> Option<String> {
    let mut names: Vec<&str> = documents.map(|document| &*document.source).collect();
    let others = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let names = names.join(", ");
    match others {
        0 => (!names.is_empty()).then_some(names),
        others => Some(format!("{names} and {others} others")),
    }
}

fn texts_by_source(version: &Version) -> HashMap<&str, &PolicyText> {
    let documents = version.documents.iter();
    documents
        .map(|document| (&*document.source, document))
        .collect()
}

/// Has a store hold what a folder does. Of files with one text, neither is more wanted than the other, and
/// whoever made the copy meant another policy to be there: so all but the first are refused. A policy whose file
/// is gone decides on while a file is refused, or cannot be read, that may have it.
fn of_store(
    store: &Store,
    mut files: Vec<SourceDocument>,
    looked: &Looked,
    before: &Version,
    settings: &Settings,
) -> Result<Version, Error> {
    let is_known = texts_by_source(before);
    // Of two with one text, the one that decides already is the first, whatever the other is called.
    files.sort_by_key(|file| !is_known.contains_key(&*file.source));
    let known = before.documents.iter();
    let known = known.map(|one| (hash(&one.bytes), one.bytes.clone()));
    let mut texts: HashMap<Hash, Arc<[u8]>> = known.collect();
    let (mut first, mut copies) = (HashMap::new(), HashMap::new());
    for file in &mut files {
        let text = hash(&file.bytes);
        let known = first
            .entry((file.is_library, text))
            .or_insert_with(|| file.source.clone());
        if *known != file.source {
            copies.insert(file.source.clone(), known.clone());
            // The store takes two of one text for one document. What is no policy, it refuses.
            file.bytes.clear();
        } else {
            texts
                .entry(text)
                .or_insert_with(|| file.bytes.as_slice().into());
        }
    }
    let mut loaded = store.sync(files.clone(), OnRefusal::Keep, |_| {})?;
    let refused = loaded.refused.iter().map(|(name, _)| &**name);
    let refused: HashSet<&str> = refused.collect();
    // Of a copy it is known which policy it has.
    let unknown = files.iter().filter(|file| {
        refused.contains(&*file.source)
            && !copies.contains_key(&file.source)
            && Document::from_xml(&file.bytes).is_err()
    });
    let unknown = unknown.map(|file| &file.source).chain(&looked.unread);
    let renamed = maybe_renamed(store, unknown, looked, before);
    if !renamed.is_empty() {
        files.extend(renamed);
        loaded = store.sync(files, OnRefusal::Keep, |_| {})?;
    }
    let refused = loaded.refused.iter().map(|(name, _)| name);
    let refused: HashSet<&String> = refused.collect();
    let problems = loaded
        .refused
        .iter()
        .map(|(name, why)| match copies.get(name) {
            Some(first) if refused.contains(first) => {
                format!("{name}: `{first}`, which is refused, has the same text")
            }
            Some(first) => format!("{name}: `{first}` has the same text"),
            None => why.to_string(),
        });
    let problems: Vec<String> = problems.collect();
    let listed = store.documents();
    let documents = listed.iter().filter_map(|document| {
        Some(PolicyText {
            source: document.source().to_owned(),
            id: document.id().to_owned(),
            bytes: texts.get(document.digest()?)?.clone(),
            is_library: document.is_library(),
        })
    });
    let documents: Vec<PolicyText> = documents.collect();
    let is_kept = |one: &&PolicyText| !one.is_library && !looked.files.contains_key(&one.source);
    let kept = documents.iter().filter(is_kept).map(|PolicyText { source, .. }| {
        format!(
            "{source}: it is gone, and decides on: a file that is refused may have its policy. Mend that \
             file, or remove it"
        )
    });
    let kept: Vec<String> = kept.collect();
    // What was gone and is back between two versions of the store has not changed.
    let is_same = documents == before.documents;
    let number = before.number + u64::from(!is_same);
    if !is_same {
        let parts =
            vedtak::syntax::referred(listed.iter().flat_map(|document| document.refers_to()));
        for document in listed.iter().filter(|document| !document.is_library()) {
            if parts.contains(&(document.kind(), document.id())) {
                tracing::warn!(
                    file = document.source(),
                    "another policy refers to this one, and it decides by itself as well: what decides \
                     only where referred to belongs into the folder `library`"
                );
            }
        }
    }
    let engine = Engine::Policies(store.pdp());
    let mut next = Version::new(engine, number, documents, None, settings);
    next.kept = kept.len();
    next.refused = problems.into_iter().chain(kept).collect();
    Ok(next)
}

/// Finds the policies whose files are gone, where there are files of which nobody can tell which policies they
/// have. One that was gone before decides on while there are; one that is gone now, if one of them has come to be so
/// at this look. Where a file that is refused says its id, the store keeps the policy of that id.
fn maybe_renamed<'f>(
    store: &Store,
    unknown: impl Iterator<Item = &'f String>,
    looked: &Looked,
    before: &Version,
) -> Vec<SourceDocument> {
    let old = &before.looked;
    let is_fresh = |source: &String| {
        old.files.get(source) != looked.files.get(source)
            || looked.unread.contains(source) != old.unread.contains(source)
    };
    let fresh: Vec<bool> = unknown.map(is_fresh).collect();
    let listed = store.documents();
    let roots = listed.iter().filter(|document| !document.is_library());
    let ids: HashSet<&str> = roots.map(|document| document.id()).collect();
    let is_gone = |one: &&PolicyText| {
        let was_there = old.files.contains_key(&one.source);
        !one.is_library
            && !looked.files.contains_key(&one.source)
            && !ids.contains(&*one.id)
            && fresh.iter().any(|is_fresh| *is_fresh || !was_there)
    };
    let gone = before.documents.iter().filter(is_gone);
    gone.map(|one| SourceDocument::policy(&*one.source, &*one.bytes))
        .collect()
}

/// The files of a look into the folder.
#[derive(Default, PartialEq, Eq)]
pub struct Looked {
    /// The digests of those that could be read, or were before.
    files: HashMap<String, Hash>,
    /// The names of those that cannot be read.
    unread: HashSet<String>,
    problems: Vec<String>,
}

/// BLAKE3, by which the store tells texts apart.
type Hash = [u8; 32];

fn hash(text: &[u8]) -> Hash {
    blake3::hash(text).into()
}

/// The digest of policies in the order of their ids, whatever their files are called, and of the settings.
fn digest(documents: &[PolicyText], register: &[u8], settings: &Settings) -> Arc<str> {
    let texts = documents.iter();
    let texts = texts.map(|document| (document.is_library, &*document.id, &*document.bytes));
    let mut texts: Vec<(bool, &str, &[u8])> = texts.collect();
    texts.sort_unstable();
    let mut all = Context::new(&SHA256);
    for (is_library, id, text) in texts {
        if is_library {
            // No text is as long as this.
            all.update(&u64::MAX.to_be_bytes());
        }
        for part in [id.as_bytes(), text] {
            all.update(&(part.len() as u64).to_be_bytes());
            all.update(part);
        }
    }
    // Behind it, a number that no policy begins with.
    let settings = serde_json::json!(settings).to_string();
    all.update(&(u64::MAX - 1).to_be_bytes());
    for part in [settings.as_bytes(), register] {
        all.update(&(part.len() as u64).to_be_bytes());
        all.update(part);
    }
    HEXLOWER.encode(all.finish().as_ref()).into()
}
