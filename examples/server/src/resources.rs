//! The file of a register and the policies of resources → what decides as Altinn does.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use vedtak::altinn::catalogue::Catalogue;
use vedtak::altinn::lint::Lint;
use vedtak::altinn::policy::ResourcePolicy;
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{self, Register};
use vedtak::store::SourceDocument;
use vedtak::{Error, Limits};

use crate::Failure;
use crate::engine::Engine;
use crate::hidden::told;
use crate::options::Settings;
use crate::policies::{PolicyText, Version};
use crate::telemetry::Recorder;

/// The files that decide as Altinn does.
pub struct Resources {
    register: PathBuf,
    limits: Limits,
    recorder: Recorder,
    known: Mutex<Known>,
}

fn resource_of(file: &SourceDocument) -> ResourceId {
    ResourceId::new(&file.source[..file.source.len() - ".xml".len()])
}

/// The files as they were read last, each with what was made of it.
#[derive(Default)]
struct Known {
    register: Option<(Arc<[u8]>, Register)>,
    policies: HashMap<ResourceId, (SourceDocument, Arc<ResourcePolicy>)>,
    /// Whether some of this does not decide yet.
    is_pending: bool,
}

impl Resources {
    /// Follows the file of a register.
    pub fn new(register: &Path, limits: Limits, recorder: Recorder) -> Self {
        Self {
            register: register.to_owned(),
            limits,
            recorder,
            known: Mutex::default(),
        }
    }

    /// Makes the version of the register and of these policies. What is refused stays what it was. Errors:
    /// the register cannot be read, or there was none before.
    pub fn sync(
        &self,
        files: Vec<SourceDocument>,
        before: &Version,
        settings: &Settings,
    ) -> Result<Version, Failure> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut refused = Vec::new();
        self.read_register(&mut known, &mut refused)?;
        self.read_policies(&mut known, files, &mut refused);
        if !known.is_pending {
            let before = before.clone();
            return Ok(Version { refused, ..before });
        }
        let (bytes, register) = known.register.as_ref().ok_or("there is no register")?;
        let policies = known.policies.iter();
        let policies = policies.map(|(resource, (_, policy))| (resource.clone(), policy.clone()));
        let policies: HashMap<ResourceId, Arc<ResourcePolicy>> = policies.collect();
        let recorder = self.recorder.clone();
        let pdp = altinn::Pdp::builder().limits(self.limits.clone());
        let pdp = pdp.policies(policies).register(register);
        let pdp = pdp.audit(move |audited| recorder.audited(audited));
        let documents = known.policies.iter();
        let documents = documents.map(|(resource, (file, _))| PolicyText {
            source: file.source.clone(),
            id: resource.as_str().to_owned(),
            bytes: file.bytes.as_slice().into(),
            is_library: false,
        });
        let mut documents: Vec<PolicyText> = documents.collect();
        documents.sort_by(|one, other| one.source.cmp(&other.source));
        let (engine, number) = (Engine::Altinn(pdp.build()?), before.number + 1);
        let mut next = Version::new(engine, number, documents, Some(bytes.clone()), settings);
        next.refused = refused;
        known.is_pending = false;
        Ok(next)
    }

    fn read_register(&self, known: &mut Known, refused: &mut Vec<String>) -> Result<(), Failure> {
        let name = self.register.display().to_string();
        let bytes = std::fs::read(&self.register);
        let bytes = bytes.map_err(|error| format!("the register `{name}`: {error}"))?;
        let old = known.register.as_ref();
        if old.is_some_and(|(old, _)| **old == *bytes) {
            return Ok(());
        }
        match Register::from_json(&name, &bytes) {
            Ok(register) => {
                known.register = Some((bytes.into(), register));
                known.is_pending = true;
            }
            Err(error) => {
                let told = told(&error, &bytes);
                match old {
                    None => return Err(told.into()),
                    Some(_) => refused.push(told),
                }
            }
        }
        Ok(())
    }

    fn read_policies(
        &self,
        known: &mut Known,
        files: Vec<SourceDocument>,
        refused: &mut Vec<String>,
    ) {
        let mut before = std::mem::take(&mut known.policies);
        let mut counts: HashMap<ResourceId, usize> = HashMap::new();
        for file in &files {
            *counts.entry(resource_of(file)).or_default() += 1;
        }
        for file in files {
            let resource = resource_of(&file);
            let old = before.get(&resource);
            let is_known = old.is_some_and(|(old, _)| old.source == file.source);
            // Of several, the one that decides does so on; by chance, none does.
            if counts[&resource] > 1 && !is_known {
                let name = &file.source;
                refused.push(format!(
                    "{name}: another file is named after `{resource}`, too"
                ));
                continue;
            }
            let now = match before.remove(&resource) {
                Some(old) if old.0 == file => Some(old),
                old => match self.compiled(&resource, &file) {
                    Ok(policy) => {
                        known.is_pending = true;
                        Some((file, Arc::new(policy)))
                    }
                    Err(error) => {
                        refused.push(error.to_string());
                        old
                    }
                },
            };
            known.policies.extend(now.map(|now| (resource, now)));
        }
        // Those that are left have no file any more.
        known.is_pending |= !before.is_empty();
    }

    /// Compiles the policy of a resource, and logs what its author hardly intends, such as rules for
    /// another resource.
    fn compiled(
        &self,
        resource: &ResourceId,
        file: &SourceDocument,
    ) -> Result<ResourcePolicy, Error> {
        let compiler = ResourcePolicy::compiler().of_resource(resource.as_str());
        let compiler = compiler.limits(self.limits.clone());
        let policy = compiler.compile(&file.source, &file.bytes)?;
        let lint = Lint::new(&Catalogue::standard()).of_resource(resource.as_str());
        for warning in lint.warnings(&file.source, &file.bytes)? {
            tracing::warn!(%warning, "a probable mistake");
        }
        Ok(policy)
    }
}
