//! Test files whose cases a register and the policies of resources decide: a [`Kind`] for
//! [`testing`](crate::testing).
//!
//! ```yaml
#![doc = include_str!("../../fixtures/testing/register/mail.test.yaml")]
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use super::id::{attributes_of, resource};
use super::policy::{PolicyCompiler, ResourcePolicy, Transition};
use super::register::Snapshot;
use super::resource::ResourceId;
use super::ruling::{Basis, Veto};
use super::{Party, PartyKey, Pdp, Register};
use crate::analysis::cover::Cover;
use crate::attribute::{Designator, category};
use crate::report::{cut, did_you_mean, similar_name};
use crate::request::Request;
use crate::testing::{Decided, Decider, Kind, KindFiles, NamedFile};
use crate::value::{DataType, DateTime, Value, Zone};
use crate::{Diagnostic, Error};

/// The kind of test file with a `register`. Each policy is that of the resource after which its file is
/// named. Cases ask `who` may do something `for` which party, both by their names in the register or by a
/// key such as `urn:altinn:userid:201`, with which `service`, by the id of its resource; or by attributes.
///
/// Cases expect, beside a decision, parts of the texts that [`explain`](super::explain) gives:
///
/// | word | a part of |
/// |---|---|
/// | `through` | what lets the asker in, such as `the role daglig leder` |
/// | `path` | the path by which the asker has it |
/// | `opens` | what would let the asker in |
/// | `basis` | `policy`, `delegation`, `access list`, `resource right`, `no party`, or the reason of another veto |
/// | `level` | the authentication level that the one who asks needs |
/// | `until` | the instant until which the answer holds, in UTC |
/// | `explained` | the explanation as people read it |
///
/// The file may have the settings `reading` and `altinn2_roles_end`.
///
/// ```
/// use vedtak::altinn::testing::Registers;
/// use vedtak::testing::Runner;
/// let report = Runner::new().kind(Registers).run(["fixtures/testing/register"])?;
/// assert!(report.is_passed(), "{report}");
/// # Ok::<(), vedtak::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers;

const WHO: &str = "who";
const FOR: &str = "for";
const SERVICE: &str = "service";
const READING: &str = "reading";
const ROLES_END: &str = "altinn2_roles_end";

impl Kind for Registers {
    fn member(&self) -> &'static str {
        "register"
    }

    fn settings(&self) -> &'static [&'static str] {
        &[READING, ROLES_END]
    }

    fn expectations(&self) -> &'static [&'static str] {
        &[
            "through",
            "path",
            "opens",
            "basis",
            "level",
            "until",
            "explained",
        ]
    }

    fn words(&self) -> &'static [&'static str] {
        &[WHO, FOR, SERVICE]
    }

    fn attributes(&self) -> Vec<Designator> {
        let categories = [category::ACCESS_SUBJECT, category::RESOURCE];
        let known = categories.into_iter().flat_map(|category| {
            let own = attributes_of(category);
            own.map(move |known| Designator::new(category, known.id, DataType::String))
        });
        known.collect()
    }

    fn cover(&self, policies: &[NamedFile]) -> Result<Option<Cover>, Error> {
        let compiler = ResourcePolicy::compiler();
        let policies = policies.iter().map(|file| compiled(&compiler, file));
        let policies: Vec<_> = policies.collect::<Result<_, _>>()?;
        Ok(merged(policies.iter().map(|(_, policy)| policy.cover())))
    }

    fn open(&self, files: KindFiles) -> Result<Box<dyn Decider>, Error> {
        let register = Register::from_json(&files.facts.name, &files.facts.bytes);
        let mut problems = Vec::new();
        let mut builder = Pdp::builder();
        match register {
            Ok(register) => builder = builder.register(&register),
            Err(error) => problems.extend(error.into_diagnostics()),
        }
        let mut compiler = ResourcePolicy::compiler();
        for (name, text) in &files.settings {
            let wrong = |why: String| Diagnostic::placeless("", format!("`{name}`: {why}"));
            match *name {
                READING => match text.parse() {
                    Ok(reading) => compiler = compiler.reading(reading),
                    Err(error) => problems.push(wrong(error.to_string())),
                },
                _ => match text.parse() {
                    Ok(end) => builder = builder.transition(Transition::ending(end)),
                    Err(error) => problems.push(wrong(error.to_string())),
                },
            }
        }
        let mut policies = HashMap::new();
        for file in &files.policies {
            match compiled(&compiler, file) {
                Ok((id, policy)) => {
                    let message = format!("the resource `{}` has two policies", cut(id.as_str()));
                    if policies.insert(id, Arc::new(policy)).is_some() {
                        problems.push(Diagnostic::placeless("", message));
                    }
                }
                Err(error) => problems.extend(error.into_diagnostics()),
            }
        }
        match builder.policies(policies.clone()).build() {
            Ok(pdp) if problems.is_empty() => {
                let mut parties: HashMap<Arc<str>, Vec<Arc<Party>>> = HashMap::new();
                let snapshot = pdp.register().map(Register::snapshot);
                for party in snapshot.iter().flat_map(Snapshot::parties) {
                    parties.entry(party.name.clone()).or_default().push(party);
                }
                return Ok(Box::new(Resources {
                    pdp,
                    policies,
                    parties,
                }));
            }
            Ok(_) => {}
            Err(error) => problems.extend(error.into_diagnostics()),
        }
        Err(Error::new(problems))
    }
}

/// Compiles the policy of the resource after which its file is named.
fn compiled(
    compiler: &PolicyCompiler,
    file: &NamedFile,
) -> Result<(ResourceId, ResourcePolicy), Error> {
    let resource = file.path.file_stem().unwrap_or_default().to_string_lossy();
    let own = compiler.clone().of_resource(&resource);
    let policy = own.compile(&file.name, &file.bytes)?;
    Ok((ResourceId::new(&*resource), policy))
}

fn merged(covers: impl Iterator<Item = Cover>) -> Option<Cover> {
    covers.reduce(|mut all, own| {
        all.merge(own);
        all
    })
}

/// The policies of resources, with a register.
struct Resources {
    pdp: Pdp,
    policies: HashMap<ResourceId, Arc<ResourcePolicy>>,
    /// By their names, which several may have in common.
    parties: HashMap<Arc<str>, Vec<Arc<Party>>>,
}

impl Resources {
    /// The key of the party of a name, or of a key.
    fn key(&self, text: &str) -> Result<PartyKey, String> {
        let named = self.parties.get(text).map_or(&[][..], Vec::as_slice);
        let shown = cut(text);
        match named {
            [only] => only
                .keys()
                .next()
                .ok_or_else(|| format!("`{shown}` has no key")),
            [] => text.parse().map_err(|_| {
                let meant = did_you_mean(similar_name(text, self.parties.keys()));
                format!("the register has no party `{shown}`{meant}")
            }),
            _ => Err(format!(
                "several parties are called `{shown}`: write the key of one, such as \
                 `urn:altinn:userid:201`"
            )),
        }
    }
}

impl Decider for Resources {
    fn attributes_of(&self, word: &str, text: &str) -> Result<Vec<(Designator, Value)>, String> {
        let one = |category: &str, id: &str, value: &str| {
            let designator = Designator::new(category, id, DataType::String);
            Ok(vec![(designator, Value::from(value))])
        };
        if word == SERVICE {
            return one(category::RESOURCE, resource::RESOURCE, text);
        }
        let key = self.key(text)?.to_string();
        // A key as text is an attribute's id and its value.
        let (id, value) = key.rsplit_once(':').unwrap_or((&key, ""));
        match word {
            WHO => one(category::ACCESS_SUBJECT, id, value),
            _ => one(category::RESOURCE, id, value),
        }
    }

    fn cover(&self) -> Option<Cover> {
        let mut policies: Vec<(&ResourceId, &Arc<ResourcePolicy>)> = self.policies.iter().collect();
        policies.sort_by_key(|(id, _)| id.as_str());
        merged(policies.into_iter().map(|(_, policy)| policy.cover()))
    }

    fn cover_of(&self, request: &Request, at: DateTime) -> Option<Cover> {
        self.pdp.cover_at(request, at)
    }

    fn decide(&self, request: &Request, at: DateTime) -> Decided {
        let why = self.pdp.explain_at(request, at);
        let joined = |parts: Vec<String>| parts.join("; ");
        let through = why.through.iter().map(|through| {
            let what = through.what.iter().map(ToString::to_string);
            what.collect::<Vec<_>>().join(" and ")
        });
        let mut paths: Vec<String> = why.through.iter().map(|by| by.path.to_string()).collect();
        if let Basis::Delegation { path, .. } = &why.ruling.basis {
            paths.push(path.to_string());
        }
        let opens = why.openings.iter().flat_map(|opening| &opening.any_of);
        let opens = opens.map(|all| {
            let all = all.iter().map(ToString::to_string);
            all.collect::<Vec<_>>().join(" and ")
        });
        let until = why.ruling.valid_until.and_then(|until| {
            let (seconds, nanoseconds) = until.to_unix();
            DateTime::from_unix(seconds, nanoseconds, Zone::UTC)
        });
        let until = until.map(|until| until.as_written());
        let level = why.level();
        let explanation = why.to_string();
        let mut decided = Decided::new(why.ruling.result.clone());
        let policy = why.resource.iter().map(|resource| resource.as_str());
        let policy = policy.collect::<String>();
        let rules = why.through.iter().map(|through| through.rule.clone());
        decided.rules = rules.map(|rule| (rule, policy.clone())).collect();
        decided.told = vec![
            ("through", joined(through.collect())),
            ("path", joined(paths)),
            ("opens", joined(opens.collect())),
            ("basis", basis(&why.ruling.basis)),
            (
                "level",
                level.map_or_else(String::new, |level| level.to_string()),
            ),
            ("until", until.unwrap_or_else(|| "no end is known".into())),
            ("explained", explanation.clone()),
        ];
        decided.explanation = explanation;
        decided
    }
}

fn basis(basis: &Basis) -> String {
    match basis {
        Basis::Policy => "policy".to_owned(),
        Basis::Delegation { .. } => "delegation".to_owned(),
        Basis::Veto(veto) => match veto {
            Veto::AccessList { .. } | Veto::NotAnOrganisation => format!("access list: {veto}"),
            Veto::ResourceRight { .. } => format!("resource right: {veto}"),
            Veto::NoParty => format!("no party: {veto}"),
            other => other.to_string(),
        },
    }
}
