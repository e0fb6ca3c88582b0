//! Random changes of all kinds, made in the register and, if accepted, in the model.

mod delegating;
mod ending;
mod requests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::naive::{
    ACCOUNTANT, AGENT, AUDITOR, CHAIR, CONTACT, DIRECTOR, Day, Gives, Naive, NaiveKind,
    NaiveRecord, OWNER, One, PARTNER, RIGHT_HOLDER, Someone,
};
use super::random::Random;
use crate::altinn::Pdp;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::register::{Change, RecordId, Refusal, Register};
use crate::altinn::resource::{InstanceId, Resource, ResourceId};
use crate::value::DateTime;

/// The first of February 2026 in Norway.
const START: i64 = 1_769_900_400_000;
pub(super) const DAYS: usize = 300;
const ALWAYS: (Day, Day) = (Day::MIN, Day::MAX);

pub(super) const PACKAGES: [&str; 7] = [
    "jordbruk",
    "fiske",
    "regnskapsforer-lonn",
    "tilgangsstyrer",
    "hovedadministrator",
    "klientadministrator",
    "innbygger-samliv",
];
const ACTIONS: [&str; 3] = ["read", "write", "sign"];
const REGISTER_ROLES: [&str; 7] = [
    DIRECTOR, CHAIR, PARTNER, OWNER, ACCOUNTANT, AUDITOR, CONTACT,
];
const OTHER_ROLES: [&str; 3] = [AGENT, RIGHT_HOLDER, AGENT];
const FORMS: [&str; 5] = ["AS", "AS", "ENK", "IKS", "NUF"];

/// Organisations, a unit, a business of one person, persons and users.
const PARTIES: [(&str, NaiveKind, Option<&str>, Option<One>); 14] = [
    ("A AS", NaiveKind::Organisation, Some("AS"), None),
    ("B AS", NaiveKind::Organisation, Some("AS"), None),
    ("C AS", NaiveKind::Organisation, Some("AS"), None),
    ("D IKS", NaiveKind::Organisation, Some("IKS"), None),
    ("E ENK", NaiveKind::Organisation, Some("ENK"), None),
    ("A NORD", NaiveKind::Organisation, Some("BEDR"), Some(0)),
    ("ANNE", NaiveKind::Person, None, None),
    ("BERIT", NaiveKind::Person, None, None),
    ("CAMILLA", NaiveKind::Person, None, None),
    ("DINA", NaiveKind::Person, None, None),
    ("EVA", NaiveKind::Person, None, None),
    ("FRØYDIS", NaiveKind::Person, None, None),
    ("ROBOT", NaiveKind::User, None, Some(1)),
    ("KONTO", NaiveKind::User, None, Some(2)),
];
/// Organisations come first; the director of each is as many places later.
const ORGANISATIONS: usize = 6;
const PEOPLE: usize = 12;

/// A register, and the model that must agree with it.
pub(super) struct ModelWorld {
    pub(super) register: Register,
    pub(super) pdp: Pdp,
    /// The clock of the PDP.
    pub(super) now: Arc<AtomicI64>,
    pub(super) naive: Naive,
    /// Open requests: number, person, party and object.
    requests: Vec<(RecordId, One, One, Gives)>,
    pub(super) today: Day,
    pub(super) log: Vec<String>,
}

/// The numbers of accepted and refused changes of each kind.
#[derive(Default)]
pub(super) struct ChangeCounts(BTreeMap<&'static str, (usize, usize)>);

impl ChangeCounts {
    pub(super) fn check(&self) {
        for (kind, (made, refused)) in &self.0 {
            let is_report = matches!(*kind, "party" | "withdraw");
            assert!(*made > 0, "{kind} is never made");
            assert!(*refused > 0 || is_report, "{kind} is never refused");
        }
        assert!(self.0.len() > 13, "{:?}", self.0.keys());
    }
}

pub(super) fn name(one: One) -> &'static str {
    PARTIES[one].0
}

pub(super) fn key(one: One) -> PartyKey {
    let digit = u32::try_from(one).expect("is small");
    match PARTIES[one].1 {
        NaiveKind::Organisation => PartyKey::organisation(format!("9100001{digit:02}")),
        NaiveKind::Person => PartyKey::person(format!("010170100{digit:02}")),
        NaiveKind::User => PartyKey::Uuid(uuid::Uuid::from_u128(u128::from(digit))),
    }
}

pub(super) fn instant(day: Day) -> DateTime {
    moment(day).to_date_time().expect("is near")
}

pub(super) fn moment(day: Day) -> Moment {
    Moment(START + day * 86_400_000)
}

pub(super) fn resource() -> ResourceId {
    ResourceId::new("ttd-skjema")
}

fn letter() -> InstanceId {
    InstanceId::new("brev")
}

fn window((begins, ends): (Day, Day)) -> Window {
    Window {
        from: if begins == Day::MIN {
            Window::ALWAYS.from
        } else {
            moment(begins)
        },
        until: if ends == Day::MAX {
            Window::ALWAYS.until
        } else {
            moment(ends)
        },
    }
}

impl ModelWorld {
    pub(super) fn new() -> Self {
        let register = Register::new();
        let policy = include_str!("../../../../../fixtures/altinn/model-policy.xml");
        let now = Arc::new(AtomicI64::new(0));
        let clock = now.clone();
        let pdp = Pdp::builder()
            .policy("ttd-skjema", policy)
            .register(&register)
            .clock(move || instant(clock.load(Ordering::Relaxed)));
        Self {
            pdp: pdp.build().expect("compiles"),
            now,
            naive: Naive::new(register.snapshot().catalogue(), Vec::new()),
            register,
            requests: Vec::new(),
            today: 0,
            log: Vec::new(),
        }
    }

    /// Resets both to all parties, a director for each organisation, and an accountant for one.
    pub(super) fn start_again(&mut self) {
        let empty =
            br#"{"format": "vedtak-register", "version": 1, "altinn2_roles_stop": "never"}"#;
        self.register
            .replace_from_json("empty", empty)
            .expect("is read");
        let catalogue = self.register.snapshot().catalogue().clone();
        let parties = PARTIES.iter().map(|(_, kind, form, parent)| Someone {
            kind: *kind,
            form: *form,
            parent: *parent,
            is_dissolved: false,
        });
        if self.naive.parties.is_empty() {
            self.naive = Naive::new(&catalogue, Vec::new());
        }
        self.naive.parties = parties.collect();
        self.naive.records.clear();
        self.requests.clear();
        self.today = 0;
        self.log.clear();
        let mut records = Vec::new();
        let made = self.register.update(|change| {
            for one in 0..PARTIES.len() {
                change.party(party(&self.naive, one))?;
            }
            change.resource(Resource::new(resource(), "ttd"))?;
            for organisation in 0..ORGANISATIONS - 1 {
                let role = if organisation == 4 { OWNER } else { DIRECTOR };
                records.push((organisation, organisation + ORGANISATIONS, role));
            }
            records.push((0, 1, ACCOUNTANT));
            for (from, to, role) in &records {
                change.register_role(&key(*from), &key(*to), role, Window::ALWAYS)?;
            }
            Ok(())
        });
        made.expect("is taken");
        for (from, to, role) in records {
            self.naive.report(from, to, role, ALWAYS);
        }
    }

    /// Makes changes in one transaction; refused ones change nothing.
    pub(super) fn change(&mut self, random: &mut Random, changes: u64, counts: &mut ChangeCounts) {
        let register = self.register.clone();
        let made = register.update(|change| {
            for _ in 0..changes {
                if random.one_in(3) {
                    self.today = days(random);
                }
                let (kind, what, result) = self.one(random, change);
                let count = counts.0.entry(kind).or_default();
                let day = self.today;
                match &result {
                    Ok(()) => count.0 += 1,
                    Err(_) => count.1 += 1,
                }
                let result = result.map_or_else(|refusal| refusal.to_string(), |()| "made".into());
                self.log.push(format!("day {day}: {what}: {result}"));
                self.naive.settle();
            }
            Ok(())
        });
        made.expect("nothing refuses all of them");
    }

    fn one(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        match random.below(21) {
            0..6 => self.give(random, change),
            6..9 => self.give_client(random, change),
            9 | 10 => self.revoke(random, change),
            11 => self.revoke_held(random, change),
            12..15 => self.report_role(random, change),
            15 => self.end_role(random, change),
            16 => self.party(random, change),
            17 => self.ask_for(random, change),
            18 => self.answer(random, change),
            19 => self.revoke_part(random, change),
            _ => self.give_on(random, change),
        }
    }

    /// Returns the log of all changes, as the context of a failure.
    pub(super) fn story(&self, what: &str) -> String {
        format!("{what}\n{}", self.log.join("\n"))
    }
}

impl Naive {
    /// Adds a reported role; an earlier report of it ends.
    fn report(&mut self, from: One, to: One, role: &'static str, (begins, ends): (Day, Day)) {
        self.end(from, to, role);
        self.records.push(NaiveRecord {
            id: None,
            from,
            to,
            gives: Gives::Role(role),
            begins,
            ends,
            root: None,
            is_taken: false,
        });
    }

    fn end(&mut self, from: One, to: One, role: &str) {
        for record in &mut self.records {
            let is_it = matches!(record.gives, Gives::Role(known) if known == role);
            if is_it && record.id.is_none() && (record.from, record.to) == (from, to) {
                record.is_taken = true;
            }
        }
    }
}

fn party(naive: &Naive, one: One) -> Party {
    let (name, kind, ..) = PARTIES[one];
    let known = &naive.parties[one];
    let mut party = Party::new(key(one), name);
    match kind {
        NaiveKind::Person => {
            party = party.key(PartyKey::User(u32::try_from(one).expect("is small") + 1))
        }
        NaiveKind::User if one == 12 => party = party.of_kind(PartyKind::SystemUser),
        NaiveKind::User => party = party.of_kind(PartyKind::EnterpriseUser),
        NaiveKind::Organisation => {}
    }
    if let Some(form) = known.form {
        party = party.legal_form(form);
    }
    if let Some(parent) = known.parent {
        party = party.part_of(key(parent));
    }
    party.is_deleted = known.is_dissolved;
    party
}

/// Returns mostly the director of an organisation, or the person herself.
fn administrator(random: &mut Random, of: One) -> One {
    if random.one_in(5) {
        return random.below(PARTIES.len());
    }
    if of < ORGANISATIONS {
        of + ORGANISATIONS
    } else {
        of
    }
}

fn days(random: &mut Random) -> Day {
    Day::try_from(random.below(DAYS)).expect("is small")
}

/// Returns a window, mostly without bounds.
fn when(random: &mut Random) -> (Day, Day) {
    let begins = if random.one_in(4) {
        days(random)
    } else {
        Day::MIN
    };
    let ends = if random.one_in(3) {
        days(random) + 1
    } else {
        Day::MAX
    };
    match begins < ends {
        true => (begins, ends),
        false => (begins, Day::MAX),
    }
}
