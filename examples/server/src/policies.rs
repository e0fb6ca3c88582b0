//! The policies that decide, and their versions as the folder changes.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use data_encoding::HEXLOWER;
use ring::digest::{Context, SHA256};
use vedtak::observer::Tracing;
use vedtak::store::{OnRefusal, SourceDocument};
use vedtak::{Error, Store, altinn};

use crate::Failure;
use crate::engine::Engine;
use crate::folder::{self, PolicyFile};
use crate::options::Deciding;
use crate::resources::Resources;
use crate::telemetry::Recorder;

/// A version of the policies, which decides whatever was asked while it was the newest.
#[derive(Clone)]
pub struct Version {
    /// The engine that decides by them.
    pub engine: Engine,
    /// The number of changes that this process has seen.
    pub number: u64,
    /// SHA-256 of the policies, and of the register: the same in every process that has the same.
    pub digest: Arc<str>,
    /// The policies as they were written.
    pub documents: Vec<PolicyText>,
    /// The problems of the files that were refused at the last look.
    pub refused: Vec<String>,
    /// Whether there was a look since the start at which nothing was refused: until then, what denies
    /// may be missing.
    pub is_whole: bool,
}

/// The text of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyText {
    /// The name of its file.
    pub source: String,
    /// `PolicyId` or `PolicySetId`; in Altinn mode the resource.
    pub id: String,
    /// The text.
    pub text: Arc<str>,
    /// Whether it decides only where others refer to it.
    pub is_library: bool,
}

/// The policies of a folder.
pub struct Policies {
    kind: Kind,
    recorder: Recorder,
    current: RwLock<Arc<Version>>,
}

enum Kind {
    Store(Store),
    Altinn(Box<Resources>),
}

impl Policies {
    /// Makes an empty version; with the file of a register, one that decides as Altinn does.
    ///
    /// # Errors
    ///
    /// The settings contradict themselves, or there is no such time zone.
    pub fn new(how: &Deciding, recorder: Recorder) -> Result<Self, Error> {
        let (kind, engine) = match &how.altinn {
            None => {
                let builder = how.builder().explainable();
                let builder = builder.observer(recorder.clone()).observer(Tracing::new());
                let store = builder.store()?;
                let pdp = store.pdp();
                (Kind::Store(store), Engine::Policies(pdp))
            }
            Some(file) => {
                let pdp = altinn::Pdp::builder().build()?;
                let resources = Resources::new(file, how.limits(), recorder.clone());
                (Kind::Altinn(Box::new(resources)), Engine::Altinn(pdp))
            }
        };
        let first = Version {
            engine,
            number: 0,
            digest: "".into(),
            documents: Vec::new(),
            refused: Vec::new(),
            is_whole: false,
        };
        Ok(Self {
            kind,
            recorder,
            current: RwLock::new(Arc::new(first)),
        })
    }

    /// Returns the newest version.
    pub fn current(&self) -> Arc<Version> {
        let current = self.current.read();
        current.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the folder for the first time. A refused file has no earlier version that could decide in
    /// its place, and may be the one that denies.
    ///
    /// # Errors
    ///
    /// As [`sync`](Self::sync), and all problems of the files that are refused, unless the settings say
    /// to start with these.
    pub fn start(&self, folder: &Path, how: &Deciding) -> Result<(), Failure> {
        self.sync(folder)
            .map_err(|why| format!("the folder `{}`: {why}", folder.display()))?;
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

    /// Makes the newest version what the folder holds. A file that is refused leaves what it was decide
    /// on, and the log says why.
    ///
    /// # Errors
    ///
    /// The folder, or the register at the start, cannot be read: then nothing changes.
    pub fn sync(&self, folder: &Path) -> Result<(), Failure> {
        let mut files = folder::read(folder, matches!(self.kind, Kind::Store(_)))?;
        let before = self.current();
        // What decides already keeps its id, whatever a file that takes it is called.
        let documents = before.documents.iter();
        let known: HashSet<&str> = documents.map(|document| &*document.source).collect();
        files.sort_by_key(|file| !known.contains(&*file.name));
        let mut next = match &self.kind {
            Kind::Store(store) => of_store(store, &files, &before)?,
            Kind::Altinn(resources) => resources.sync(files, &before)?,
        };
        next.is_whole = before.is_whole || next.refused.is_empty();
        self.recorder.policies(&next);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }
}

fn of_store(store: &Store, files: &[PolicyFile], before: &Version) -> Result<Version, Error> {
    let documents = files.iter().map(|file| SourceDocument {
        source: file.name.clone(),
        bytes: file.bytes.clone(),
        is_library: file.is_library,
    });
    let loaded = store.sync(documents, OnRefusal::Keep, |_| {})?;
    let refused = loaded.refused.iter().map(|(name, _)| &**name);
    let refused: HashSet<&str> = refused.collect();
    let files: HashMap<&str, &PolicyFile> = files.iter().map(|file| (&*file.name, file)).collect();
    let old = before.documents.iter();
    let old: HashMap<&str, &PolicyText> = old.map(|old| (&*old.source, old)).collect();
    let listed = store.documents();
    let texts = listed.iter().filter_map(|document| {
        let source = document.source();
        let text = match files.get(source) {
            Some(file) if !refused.contains(source) => String::from_utf8_lossy(&file.bytes).into(),
            _ => old.get(source)?.text.clone(),
        };
        Some(PolicyText {
            source: source.to_owned(),
            id: document.id().to_owned(),
            text,
            is_library: document.is_library(),
        })
    });
    let documents: Vec<PolicyText> = texts.collect();
    let problems = loaded.refused.iter().map(|(_, why)| why.to_string());
    let number = store.version();
    if number != before.number {
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
    Ok(Version {
        engine: Engine::Policies(store.pdp()),
        number,
        digest: digest(&documents, &[]),
        documents,
        refused: problems.collect(),
        is_whole: before.is_whole,
    })
}

/// The digest of policies in the order of their ids, whatever their files are called.
pub fn digest(documents: &[PolicyText], register: &[u8]) -> Arc<str> {
    let texts = documents.iter();
    let texts = texts.map(|document| (document.is_library, &*document.id, &*document.text));
    let mut texts: Vec<(bool, &str, &str)> = texts.collect();
    texts.sort_unstable();
    let mut all = Context::new(&SHA256);
    for (is_library, id, text) in texts {
        if is_library {
            // No text is as long as this.
            all.update(&u64::MAX.to_be_bytes());
        }
        for part in [id, text] {
            all.update(&(part.len() as u64).to_be_bytes());
            all.update(part.as_bytes());
        }
    }
    all.update(register);
    HEXLOWER.encode(all.finish().as_ref()).into()
}
