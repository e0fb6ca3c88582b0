//! Test files whose cases a register and the policies of resources decide: a [`Kind`] for
//! [`testing`](crate::testing).
//!
//! ```yaml
#![doc = include_str!("../../fixtures/testing/register/mail.test.yaml")]
//! ```

use super::id::attributes_of;
use super::policy::Transition;
use super::ruling::{Basis, Veto};
use super::{Pdp, Register};
use crate::attribute::{Designator, category};
use crate::request::Request;
use crate::testing::{Decided, Decider, Kind, KindFiles};
use crate::value::{DataType, DateTime, Zone};
use crate::{Diagnostic, Error};

/// The kind of test file with a `register`. Each policy is that of the resource after which its file is
/// named. Cases expect, beside a decision, parts of the texts that [`explain`](super::explain) gives:
///
/// | word | a part of |
/// |---|---|
/// | `through` | what lets the asker in, such as `the role daglig leder` |
/// | `path` | the path by which the asker has it |
/// | `opens` | what would let the asker in |
/// | `basis` | `policy`, `delegation`, `access list`, `resource right`, `no party`, or the reason of another veto |
/// | `level` | the authentication level of a user that is required |
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

    fn attributes(&self) -> Vec<Designator> {
        let categories = [category::ACCESS_SUBJECT, category::RESOURCE];
        let known = categories.into_iter().flat_map(|category| {
            let own = attributes_of(category);
            own.map(move |known| Designator::new(category, known.id, DataType::String))
        });
        known.collect()
    }

    fn open(&self, files: KindFiles) -> Result<Box<dyn Decider>, Error> {
        let register = Register::from_json(&files.facts.name, &files.facts.bytes);
        let mut problems = Vec::new();
        let mut builder = Pdp::builder();
        match register {
            Ok(register) => builder = builder.register(&register),
            Err(error) => problems.extend(error.into_diagnostics()),
        }
        for (name, text) in &files.settings {
            let wrong = |why: String| Diagnostic::placeless("", format!("`{name}`: {why}"));
            match *name {
                READING => match text.parse() {
                    Ok(reading) => builder = builder.reading(reading),
                    Err(error) => problems.push(wrong(error.to_string())),
                },
                _ => match text.parse() {
                    Ok(end) => builder = builder.transition(Transition::ending(end)),
                    Err(error) => problems.push(wrong(error.to_string())),
                },
            }
        }
        for policy in &files.policies {
            let resource = policy.path.file_stem().unwrap_or_default();
            builder = builder.policy(&resource.to_string_lossy(), &policy.bytes);
        }
        match builder.build() {
            Ok(pdp) if problems.is_empty() => return Ok(Box::new(Resources { pdp })),
            Ok(_) => {}
            Err(error) => problems.extend(error.into_diagnostics()),
        }
        Err(Error::new(problems))
    }
}

/// The policies of resources, with a register.
struct Resources {
    pdp: Pdp,
}

impl Decider for Resources {
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
        let level = why.ruling.level.user;
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
