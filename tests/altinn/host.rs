//! A scenario's folder → a decision point with a register, a clock that is set by hand, and an
//! audit that counts.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use vedtak::altinn::delegation::Delegation;
use vedtak::altinn::facts::{Answer, Asked, Delegations};
use vedtak::altinn::policy::Transition;
use vedtak::altinn::resource::{InstanceId, ResourceId};
use vedtak::altinn::{PartyKey, Pdp, PdpBuilder, Register};
use vedtak::value::DateTime;

use crate::later;
use crate::members::Names;
use crate::scenario::{Instant, Scenario};

pub(crate) struct Host {
    pub(crate) pdp: Pdp,
    /// The same, with every source of facts the host's.
    pub(crate) at_once: Pdp,
    /// The same, with sources that answer later.
    pub(crate) later: Pdp,
    /// The same, with one source that takes many questions in one call, at once and later.
    pub(crate) together: [Pdp; 2],
    pub(crate) register: Register,
    /// The names of the policies' files.
    pub(crate) policies: BTreeSet<String>,
    /// What the parties of the register are called.
    pub(crate) names: Names,
    /// When everything happens that does not say when.
    pub(crate) default: DateTime,
    clock: Arc<Mutex<DateTime>>,
    audits: Arc<AtomicUsize>,
}

impl Host {
    pub(crate) fn of(scenario: &Scenario) -> Result<Self, String> {
        let read = |name: &str| {
            fs::read(scenario.folder.join(name)).map_err(|error| format!("{name}: {error}"))
        };
        let text = read("register.json")?;
        let register =
            Register::from_json("register.json", &text).map_err(|error| error.to_string())?;
        let clock = Arc::new(Mutex::new(scenario.at.0));
        let audits = Arc::new(AtomicUsize::new(0));
        let (time, count) = (clock.clone(), audits.clone());
        let builder = || {
            let (time, count) = (time.clone(), count.clone());
            Pdp::builder()
                .clock(move || *time.lock().expect("the clock goes"))
                .audit(move |_| {
                    count.fetch_add(1, Ordering::Relaxed);
                })
        };
        let mut policies = BTreeSet::new();
        let mut build = |builder| Self::pdp(scenario, builder, &mut policies);
        let pdp = build(builder().register(&register))?;
        let at_once = build(later::at_once(builder(), &register))?;
        let later = build(later::later(builder(), &register))?;
        let together = [
            build(later::together(builder(), &register))?,
            build(later::together_later(builder(), &register))?,
        ];
        let default = scenario.at.0;
        Ok(Self {
            pdp,
            at_once,
            later,
            together,
            register,
            policies,
            names: names(&text)?,
            default,
            clock,
            audits,
        })
    }

    fn pdp(
        scenario: &Scenario,
        mut builder: PdpBuilder,
        policies: &mut BTreeSet<String>,
    ) -> Result<Pdp, String> {
        if let Some(reading) = &scenario.reading {
            builder = builder.reading(reading.parse()?);
        }
        if let Some(end) = scenario.altinn2_roles_end {
            builder = builder.transition(Transition::ending(end.0));
        }
        let folder = scenario.folder.join("policies");
        let files = fs::read_dir(&folder).map_err(|error| format!("policies: {error}"))?;
        for file in files {
            let path = file.map_err(|error| error.to_string())?.path();
            let name = path
                .file_stem()
                .expect("a file has a name")
                .to_string_lossy();
            let text = fs::read(&path).map_err(|error| format!("{name}: {error}"))?;
            builder = builder.policy(&name, text);
            policies.insert(name.into_owned());
        }
        builder.build().map_err(|error| error.to_string())
    }

    /// Sets the clock to an instant, or to the scenario's.
    pub(crate) fn set_clock(&self, at: Option<Instant>) -> DateTime {
        let at = at.map_or(self.default, |at| at.0);
        *self.clock.lock().expect("the clock goes") = at;
        at
    }

    /// Decides something that must be audited so many times.
    pub(crate) fn audited<T>(
        &self,
        times: usize,
        problems: &mut Vec<String>,
        decide: impl FnOnce() -> T,
    ) -> T {
        let before = self.audits.load(Ordering::Relaxed);
        let decided = decide();
        let found = self.audits.load(Ordering::Relaxed) - before;
        if found != times {
            problems.push(format!("{times} decisions are audited {found} times"));
        }
        decided
    }
}

/// Names of parties, as the register's file has them.
fn names(text: &[u8]) -> Result<Names, String> {
    #[derive(Deserialize)]
    struct File {
        parties: Vec<Party>,
    }
    #[derive(Deserialize)]
    struct Party {
        name: String,
        id: Option<u32>,
        uuid: Option<String>,
    }
    let file: File = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let mut names = Names::default();
    for party in file.parties {
        let key = match (party.id, party.uuid) {
            (Some(id), _) => PartyKey::Id(id),
            (None, Some(uuid)) => format!("urn:altinn:party:uuid:{uuid}")
                .parse()
                .map_err(|error| format!("{}: {error}", party.name))?,
            _ => return Err(format!("{} has neither `id` nor `uuid`", party.name)),
        };
        names.parties.insert(party.name, key);
    }
    Ok(names)
}

/// A source of delegations that has these, whatever it is asked for.
pub(crate) struct OnFile(pub(crate) Vec<Delegation>);

impl Delegations for OnFile {
    fn delegations(
        &self,
        _: &Asked<'_>,
        _: &ResourceId,
        _: Option<&InstanceId>,
    ) -> Answer<Vec<Delegation>> {
        Ok(self.0.clone())
    }
}
