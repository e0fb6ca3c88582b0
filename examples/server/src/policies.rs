//! The policies that decide, and their versions as the folder changes.

use std::collections::HashMap;
use std::error;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ring::digest::{Context, SHA256};
use vedtak::altinn::policy::ResourcePolicy;
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{self, Register};
use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::observer::Tracing;
use vedtak::store::{OnRefusal, SourceDocument};
use vedtak::{Error, Pdp, Store};

use crate::access::hex;
use crate::engine::Engine;
use crate::folder::{self, PolicyFile};
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
    /// The number of files that were refused at the last look.
    pub refused: usize,
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
}

/// The policies of a folder.
pub struct Policies {
    kind: Kind,
    recorder: Recorder,
    current: RwLock<Arc<Version>>,
}

enum Kind {
    Store(Store),
    Altinn(PathBuf, Mutex<AltinnFiles>),
}

/// What was read last in Altinn mode, each with what was made of it.
#[derive(Default)]
struct AltinnFiles {
    register: Option<(Vec<u8>, Register)>,
    policies: HashMap<String, (Vec<u8>, Arc<ResourcePolicy>)>,
}

impl Policies {
    /// Makes an empty version; with the file of a register, one that decides as Altinn does.
    ///
    /// # Errors
    ///
    /// The settings contradict themselves.
    pub fn new(register: Option<PathBuf>, recorder: Recorder) -> Result<Self, Error> {
        let (kind, engine) = match register {
            None => {
                let builder = Pdp::builder().root_combining(DENY_OVERRIDES).explainable();
                let builder = builder.observer(recorder.clone()).observer(Tracing::new());
                let store = builder.store()?;
                let pdp = store.pdp();
                (Kind::Store(store), Engine::Policies(pdp))
            }
            Some(file) => {
                let pdp = altinn::Pdp::builder().build()?;
                (Kind::Altinn(file, Mutex::default()), Engine::Altinn(pdp))
            }
        };
        let first = Version {
            engine,
            number: 0,
            digest: "".into(),
            documents: Vec::new(),
            refused: 0,
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

    /// Makes the newest version what the folder holds. A file that is refused leaves what it was decide
    /// on, and the log says why.
    ///
    /// # Errors
    ///
    /// The folder, or the register at the start, cannot be read: then nothing changes.
    pub fn sync(&self, folder: &Path) -> Result<(), Failure> {
        let files = folder::read(folder)?;
        let before = self.current();
        let next = match &self.kind {
            Kind::Store(store) => of_store(store, files, &before)?,
            Kind::Altinn(register, known) => {
                let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                self.of_altinn(register, &mut known, files, &before)?
            }
        };
        self.recorder.policies(&next);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(())
    }

    fn of_altinn(
        &self,
        file: &Path,
        known: &mut AltinnFiles,
        files: Vec<PolicyFile>,
        before: &Version,
    ) -> Result<Version, Failure> {
        let mut refused = Vec::new();
        let mut is_changed = false;
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
                Err(error) => refused.push(error),
            }
        }
        let mut policies = HashMap::new();
        for file in files {
            let resource = file.name[..file.name.len() - ".xml".len()].to_owned();
            let old = known.policies.remove(&resource);
            if let Some(old) = old.as_ref().filter(|(bytes, _)| *bytes == file.bytes) {
                policies.insert(resource, old.clone());
                continue;
            }
            let compiler = ResourcePolicy::compiler().of_resource(&resource);
            match compiler.compile(&file.name, &file.bytes) {
                Ok(policy) => {
                    is_changed = true;
                    policies.insert(resource, (file.bytes, Arc::new(policy)));
                }
                Err(error) => {
                    refused.push(error);
                    policies.extend(old.map(|old| (resource, old)));
                }
            }
        }
        is_changed |= !known.policies.is_empty();
        known.policies = policies;
        for error in &refused {
            tracing::error!(%error, "refused");
            self.recorder.count_refusal();
        }
        let (register_bytes, register) = known.register.as_ref().ok_or("there is no register")?;
        let compiled = known.policies.iter();
        let compiled: HashMap<ResourceId, Arc<ResourcePolicy>> = compiled
            .map(|(resource, (_, policy))| (ResourceId::new(resource.as_str()), policy.clone()))
            .collect();
        let recorder = self.recorder.clone();
        let pdp = altinn::Pdp::builder().policies(compiled).register(register);
        let pdp = pdp
            .audit(move |audited| recorder.audited(audited))
            .build()?;
        let mut documents: Vec<PolicyText> = known
            .policies
            .iter()
            .map(|(resource, (bytes, _))| PolicyText {
                source: format!("{resource}.xml"),
                id: resource.clone(),
                text: String::from_utf8_lossy(bytes).into(),
            })
            .collect();
        documents.sort_by(|one, other| one.source.cmp(&other.source));
        if is_changed {
            self.recorder.count_change();
        }
        Ok(Version {
            engine: Engine::Altinn(pdp),
            number: before.number + u64::from(is_changed),
            digest: digest(&documents, register_bytes),
            documents,
            refused: refused.len(),
        })
    }
}

fn of_store(store: &Store, files: Vec<PolicyFile>, before: &Version) -> Result<Version, Error> {
    let documents = files
        .iter()
        .map(|file| SourceDocument::policy(&file.name, file.bytes.clone()));
    let loaded = store.sync(documents, OnRefusal::Keep, |_| {})?;
    let is_refused = |name: &str| loaded.refused.iter().any(|(refused, _)| refused == name);
    let listed = store.documents();
    let texts = listed.iter().filter_map(|document| {
        let source = document.source();
        let text = match files.iter().find(|file| file.name == source) {
            Some(file) if !is_refused(source) => String::from_utf8_lossy(&file.bytes).into(),
            _ => {
                let mut old = before.documents.iter();
                old.find(|old| old.source == source)?.text.clone()
            }
        };
        Some(PolicyText {
            source: source.to_owned(),
            id: document.id().to_owned(),
            text,
        })
    });
    let documents: Vec<PolicyText> = texts.collect();
    Ok(Version {
        engine: Engine::Policies(store.pdp()),
        number: store.version(),
        digest: digest(&documents, &[]),
        documents,
        refused: loaded.refused.len(),
    })
}

/// The digest of policies in the order of their ids, whatever their files are called.
fn digest(documents: &[PolicyText], register: &[u8]) -> Arc<str> {
    let mut texts: Vec<(&str, &str)> = documents
        .iter()
        .map(|document| (&*document.id, &*document.text))
        .collect();
    texts.sort_unstable();
    let mut all = Context::new(&SHA256);
    for (id, text) in texts {
        for part in [id, text] {
            all.update(&(part.len() as u64).to_be_bytes());
            all.update(part.as_bytes());
        }
    }
    all.update(register);
    hex(all.finish().as_ref()).into()
}
