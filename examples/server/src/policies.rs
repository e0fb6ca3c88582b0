//! The policies that decide, and their versions as the folder changes.

use std::collections::{HashMap, HashSet};
use std::error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ring::digest::{Context, SHA256};
use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::lint::Lint;
use vedtak::altinn::policy::ResourcePolicy;
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{self, Register};
use vedtak::observer::Tracing;
use vedtak::store::{OnRefusal, SourceDocument};
use vedtak::{Error, Limits, Store};

use crate::access::hex;
use crate::engine::Engine;
use crate::folder::{self, PolicyFile};
use crate::options::Deciding;
use crate::telemetry::Recorder;

type Failure = Box<dyn error::Error + Send + Sync>;

/// A version of the policies, which decides whatever was asked while it was the newest.
pub struct Version {
    /// What decides.
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
    Altinn(PathBuf, Limits, Mutex<AltinnFiles>),
}

/// What was read last in Altinn mode, each with what was made of it.
#[derive(Default)]
struct AltinnFiles {
    register: Option<(Vec<u8>, Register)>,
    policies: HashMap<ResourceId, AltinnFile>,
    /// Whether some of this does not decide yet.
    is_pending: bool,
}

#[derive(Clone)]
struct AltinnFile {
    file: PolicyFile,
    policy: Arc<ResourcePolicy>,
}

impl Policies {
    /// Makes an empty version; with the file of a register, one that decides as Altinn does.
    ///
    /// # Errors
    ///
    /// The settings contradict themselves, or there is no such time zone.
    pub fn new(how: &Deciding, recorder: Recorder) -> Result<Self, Error> {
        let limits = how.limits();
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
                let kind = Kind::Altinn(file.clone(), limits, Mutex::default());
                (kind, Engine::Altinn(pdp))
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
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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
            Kind::Altinn(register, limits, known) => {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                self.of_altinn(register, limits, &mut known, files, &before)?
            }
        };
        next.is_whole = before.is_whole || next.refused.is_empty();
        self.recorder.policies(&next);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }

    fn of_altinn(
        &self,
        file: &Path,
        limits: &Limits,
        known: &mut AltinnFiles,
        files: Vec<PolicyFile>,
        before: &Version,
    ) -> Result<Version, Failure> {
        let mut refused = Vec::new();
        let mut is_changed = known.is_pending;
        let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        if known
            .register
            .as_ref()
            .is_none_or(|(known, _)| *known != bytes)
        {
            match Register::from_json(&file.display().to_string(), &bytes) {
                Ok(register) => {
                    known.register = Some((bytes, register));
                    is_changed = true;
                }
                Err(error) if known.register.is_none() => return Err(error.into()),
                Err(error) => refused.push(error.to_string()),
            }
        }
        let mut policies: HashMap<ResourceId, AltinnFile> = HashMap::new();
        for file in files {
            let resource = ResourceId::new(&file.name[..file.name.len() - ".xml".len()]);
            if let Some(first) = policies.get(&resource) {
                let (name, first) = (&file.name, &first.file.name);
                refused.push(format!("{name}: `{resource}` has a policy, `{first}`"));
                continue;
            }
            let old = known.policies.remove(&resource);
            let now = match old {
                Some(old) if old.file == file => old,
                old => match compiled(&resource, file, limits) {
                    Ok(new) => {
                        is_changed = true;
                        new
                    }
                    Err(error) => {
                        refused.push(error.to_string());
                        let Some(old) = old else { continue };
                        old
                    }
                },
            };
            policies.insert(resource, now);
        }
        is_changed |= !known.policies.is_empty();
        known.policies = policies;
        known.is_pending = is_changed;
        for error in &refused {
            tracing::error!(%error, "refused");
            self.recorder.count_refusal();
        }
        if !is_changed {
            return Ok(Version {
                engine: before.engine.clone(),
                number: before.number,
                digest: before.digest.clone(),
                documents: before.documents.clone(),
                refused,
                is_whole: before.is_whole,
            });
        }
        let (register_bytes, register) = known.register.as_ref().ok_or("there is no register")?;
        let compiled = known.policies.iter();
        let compiled: HashMap<ResourceId, Arc<ResourcePolicy>> = compiled
            .map(|(resource, known)| (resource.clone(), known.policy.clone()))
            .collect();
        let recorder = self.recorder.clone();
        let pdp = altinn::Pdp::builder().limits(limits.clone());
        let pdp = pdp.policies(compiled).register(register);
        let pdp = pdp
            .audit(move |audited| recorder.audited(audited))
            .build()?;
        let documents = known.policies.iter().map(|(resource, known)| PolicyText {
            source: known.file.name.clone(),
            id: resource.as_str().to_owned(),
            text: String::from_utf8_lossy(&known.file.bytes).into(),
            is_library: false,
        });
        let mut documents: Vec<PolicyText> = documents.collect();
        documents.sort_by(|one, other| one.source.cmp(&other.source));
        self.recorder.count_change();
        let digest = digest(&documents, register_bytes);
        known.is_pending = false;
        Ok(Version {
            engine: Engine::Altinn(pdp),
            number: before.number + 1,
            digest,
            documents,
            refused,
            is_whole: before.is_whole,
        })
    }
}

/// Compiles the policy of a resource, and logs what its author hardly intends, such as rules for another
/// resource.
fn compiled(resource: &ResourceId, file: PolicyFile, limits: &Limits) -> Result<AltinnFile, Error> {
    let compiler = ResourcePolicy::compiler().of_resource(resource.as_str());
    let policy = compiler
        .limits(limits.clone())
        .compile(&file.name, &file.bytes)?;
    let lint = Lint::new(&Catalogue::standard()).of_resource(resource.as_str());
    for warning in lint.warnings(&file.name, &file.bytes)? {
        tracing::warn!(%warning, "a probable mistake");
    }
    let policy = Arc::new(policy);
    Ok(AltinnFile { file, policy })
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
        refused: loaded
            .refused
            .iter()
            .map(|(_, why)| why.to_string())
            .collect(),
        is_whole: before.is_whole,
    })
}

/// The digest of policies in the order of their ids, whatever their files are called.
fn digest(documents: &[PolicyText], register: &[u8]) -> Arc<str> {
    let mut texts: Vec<(bool, &str, &str)> = documents
        .iter()
        .map(|document| (document.is_library, &*document.id, &*document.text))
        .collect();
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
    hex(all.finish().as_ref()).into()
}
