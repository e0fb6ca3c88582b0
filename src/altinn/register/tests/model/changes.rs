//! Random changes of all kinds, made in the register and, if accepted, in the model.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::naive::{
    ACCESS_ADMINISTRATOR, ACCOUNTANT, AGENT, AUDITOR, CHAIR, CONTACT, DIRECTOR, Day, FILLER, Gives,
    Naive, NaiveKind, NaiveRecord, OWNER, One, PARTNER, RIGHT_HOLDER, Someone,
};
use super::random::Random;
use crate::altinn::Pdp;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::register::{
    Change, ClientDelegationOrder, DelegationOrder, Grantable, RecordId, Refusal, Register,
    RequestState,
};
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
        match random.below(20) {
            0..6 => self.give(random, change),
            6..9 => self.give_client(random, change),
            9 | 10 => self.revoke(random, change),
            11 => self.revoke_held(random, change),
            12..15 => self.report_role(random, change),
            15 => self.end_role(random, change),
            16 => self.party(random, change),
            17 => self.ask_for(random, change),
            18 => self.answer(random, change),
            _ => self.give_on(random, change),
        }
    }

    /// Delegates a role, a package or rights, mostly by a party that may.
    fn give(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let from = if random.one_in(4) {
            random.below(PARTIES.len())
        } else {
            random.below(ORGANISATIONS)
        };
        self.give_from(random, change, from, None)
    }

    /// Delegates on from a record that an organisation has received.
    fn give_on(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter().enumerate();
        let received = records.filter(|(_, record)| {
            record.id.is_some() && record.to < ORGANISATIONS && self.naive.stands(record)
        });
        let received = Vec::from_iter(received.map(|(place, _)| place));
        if received.is_empty() {
            return self.give(random, change);
        }
        let root = *random.pick(&received);
        let from = self.naive.records[root].from;
        self.give_from(random, change, from, Some(root))
    }

    fn give_from(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
        from: One,
        root: Option<usize>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let administered = root.map_or(from, |root| self.naive.records[root].to);
        let by = administrator(random, administered);
        let to = if random.one_in(2) {
            random.below(ORGANISATIONS)
        } else {
            random.below(PARTIES.len())
        };
        let when = when(random);
        let mut gives = match root.map(|root| &self.naive.records[root].gives) {
            Some(given) if !random.one_in(8) => given.clone(),
            _ => match random.below(5) {
                0 => Gives::Role(random.pick::<&str>(&[FILLER, ACCESS_ADMINISTRATOR, FILLER])),
                1 | 2 => Gives::Package(random.pick::<&str>(&PACKAGES)),
                _ => Gives::Rights(random.one_in(3), vec![]),
            },
        };
        if let Gives::Client { .. } = gives {
            gives = Gives::Package("jordbruk");
        }
        if let Gives::Rights(_, actions) = &mut gives {
            let first = random.below(3);
            *actions = ACTIONS[first..=(first + random.below(2)).min(2)].to_vec();
        }
        let mut order = DelegationOrder::new(&key(by), &key(from), &key(to), instant(self.today));
        order = order.during(window(when));
        if let Some(root) = root {
            let id = self.naive.records[root].id.expect("was given");
            order = order.on_from(RecordId(id));
        }
        let kind = match (&gives, root) {
            (Gives::Role(_), None) => "a role",
            (Gives::Package(_), None) => "a package",
            (_, None) => "rights",
            (Gives::Role(_), _) => "a role, on",
            (Gives::Package(_), _) => "a package, on",
            (_, _) => "rights, on",
        };
        let what = format!("{by} gives {to} for {from} {gives:?} in {when:?}, on from {root:?}");
        let result = match &gives {
            Gives::Role(role) => change.delegate_role(&order, role),
            Gives::Package(package) => change.delegate_package(&order, package),
            Gives::Rights(is_instance, actions) => {
                let rights = Vec::from_iter(actions.iter().map(|action| (*action).into()));
                let letter = letter();
                let instance = is_instance.then_some(&letter);
                change.delegate_resource(&order, &resource(), instance, &rights)
            }
            Gives::Client { .. } => unreachable!("is another change"),
        };
        let result = self.took(by, administered, from, to, gives, when, root, result, &what);
        (kind, what, result)
    }

    /// Adds an accepted delegation to the model, and checks that the model agrees with its
    /// acceptance or refusal.
    #[expect(
        clippy::too_many_arguments,
        reason = "they are what there is to say of a delegation"
    )]
    fn took(
        &mut self,
        by: One,
        administered: One,
        from: One,
        to: One,
        gives: Gives,
        when: (Day, Day),
        root: Option<usize>,
        result: Result<RecordId, Refusal>,
        what: &str,
    ) -> Result<(), Refusal> {
        let may = self.naive.administers(by, administered, self.today);
        match result {
            Ok(id) => {
                assert!(
                    may,
                    "{by} does not administer {administered}: {}",
                    self.story(what)
                );
                let record = NaiveRecord {
                    id: Some(id.number()),
                    from,
                    to,
                    gives,
                    begins: when.0,
                    ends: when.1,
                    root,
                    is_taken: false,
                };
                let counts = self.can_hold(&record);
                assert!(counts, "it can never hold: {}", self.story(what));
                self.naive.records.push(record);
                Ok(())
            }
            Err(refusal) => {
                let is_that = matches!(refusal, Refusal::NotAdministrator { .. });
                assert!(!(is_that && may), "{by} may: {}", self.story(what));
                Err(refusal)
            }
        }
    }

    /// Whether a record holds on any day from today on.
    fn can_hold(&self, record: &NaiveRecord) -> bool {
        let mut edges = vec![self.today, record.begins];
        edges.extend(self.naive.records.iter().map(|record| record.begins));
        edges.retain(|day| *day >= self.today);
        edges.iter().any(|day| self.naive.holds(record, *day))
    }

    fn give_client(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter();
        let served =
            records.filter(|record| record.to < ORGANISATIONS && self.naive.stands(record));
        let served = Vec::from_iter(served.map(|record| (record.from, record.to)));
        let (client, provider) = match random.one_in(6) || served.is_empty() {
            true => (random.below(PARTIES.len()), random.below(ORGANISATIONS)),
            false => *random.pick(&served),
        };
        let ties = self.naive.records.iter();
        let ties = ties.filter(|record| record.from == provider && self.naive.stands(record));
        let mut agents = Vec::from_iter(ties.map(|record| record.to));
        agents.extend([random.below(PARTIES.len()), 12]);
        let agent = *random.pick(&agents);
        let by = administrator(random, provider);
        let when = when(random);
        let mut serving = ClientDelegationOrder::new(
            &key(by),
            &key(provider),
            &key(client),
            &key(agent),
            instant(self.today),
        );
        serving = serving.during(window(when));
        let role = *random.pick(&[ACCOUNTANT, AUDITOR, RIGHT_HOLDER, RIGHT_HOLDER]);
        serving = serving.as_role(role);
        let mut packages = match role {
            ACCOUNTANT => vec!["regnskapsforer-lonn"],
            AUDITOR => vec!["ansvarlig-revisor"],
            _ => vec![*random.pick(&PACKAGES[..3])],
        };
        let mut actions = Vec::new();
        if random.one_in(3) {
            actions.push(*random.pick(&ACTIONS));
            if random.one_in(2) {
                packages.clear();
            }
        }
        for package in &packages {
            serving = serving.package(package);
        }
        if !actions.is_empty() {
            serving = serving.resource(resource(), actions.iter().copied());
        }
        let what = format!(
            "{by} lets {agent} of {provider} act for {client} as {role}, {packages:?} {actions:?} in {when:?}"
        );
        let result = change.delegate_client(&serving);
        let may = self.naive.administers_clients(by, provider, self.today);
        let is_agent = self.naive.is_agent(agent, provider, self.today);
        let result = match result {
            Ok(id) => {
                assert!(may && is_agent, "{}", self.story(&what));
                self.naive.records.push(NaiveRecord {
                    id: Some(id.number()),
                    from: client,
                    to: agent,
                    gives: Gives::Client {
                        provider,
                        role,
                        packages,
                        actions,
                    },
                    begins: when.0,
                    ends: when.1,
                    root: None,
                    is_taken: false,
                });
                let counts = self.client_counts();
                assert!(counts, "it can never count: {}", self.story(&what));
                Ok(())
            }
            Err(refusal) => {
                let wrong = match refusal {
                    Refusal::NotClientAdministrator { .. } => may,
                    Refusal::NoAgent { .. } => is_agent,
                    _ => false,
                };
                assert!(!wrong, "{refusal}: {}", self.story(&what));
                Err(refusal)
            }
        };
        ("a client", what, result)
    }

    /// Whether the last client delegation gives something on any day from today on.
    fn client_counts(&mut self) -> bool {
        let place = self.naive.records.len() - 1;
        let mut edges = vec![self.today];
        edges.extend(self.naive.records.iter().map(|record| record.begins));
        edges.retain(|day| *day >= self.today);
        edges
            .into_iter()
            .any(|day| self.naive.client_gives(place, day))
    }

    fn revoke(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter().enumerate();
        let given = records.filter(|(_, record)| record.id.is_some());
        let given = Vec::from_iter(given.map(|(place, _)| place));
        if given.is_empty() {
            return self.give(random, change);
        }
        let place = *random.pick(&given);
        let record = &self.naive.records[place];
        let by = match random.below(3) {
            0 => record.to,
            1 => administrator(random, record.from),
            _ => random.below(PARTIES.len()),
        };
        let id = RecordId(record.id.expect("was given"));
        let what = format!("{by} revokes {place}");
        let stands = self.naive.stands(record);
        let result = change.revoke(&key(by), id, instant(self.today));
        match &result {
            Ok(()) => {
                assert!(stands, "it is gone already: {}", self.story(&what));
                self.naive.records[place].is_taken = true;
            }
            Err(Refusal::NotInvolved { .. }) => {
                let is_empty = matches!(&self.naive.records[place].gives, Gives::Rights(..))
                    && self.naive.actions(&self.naive.records[place]).is_empty();
                // Who administers the giver has a part.
                let (from, today) = (self.naive.records[place].from, self.today);
                let may = self.naive.administers(by, from, today);
                assert!(
                    !stands || is_empty || !may,
                    "it is there: {}",
                    self.story(&what)
                );
            }
            Err(_) => {}
        }
        ("revoke", what, result)
    }

    fn revoke_held(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter();
        let given = records.filter(|record| {
            let is_client = matches!(record.gives, Gives::Client { .. });
            record.id.is_some() && !is_client && self.naive.stands(record)
        });
        let given = Vec::from_iter(given.cloned());
        if given.is_empty() {
            return self.give(random, change);
        }
        let known = random.pick(&given).clone();
        let (from, to) = (known.from, known.to);
        let by = if random.one_in(2) {
            to
        } else {
            administrator(random, from)
        };
        let action = *random.pick(&ACTIONS);
        let what = match &known.gives {
            Gives::Role(role) => Grantable::role(*role),
            Gives::Package(package) => Grantable::package(*package),
            Gives::Rights(true, _) => Grantable::instance(resource(), letter(), [action]),
            _ => Grantable::resource(resource(), [action]),
        };
        let told = format!("{by} takes {what} of {from} from {to}");
        let at = instant(self.today);
        let result = change.revoke_held(&key(by), &key(from), &key(to), &what, at);
        if result.is_ok() {
            for record in &mut self.naive.records {
                if (record.from, record.to) != (from, to) || record.id.is_none() {
                    continue;
                }
                match (&mut record.gives, &known.gives) {
                    (Gives::Role(role), Gives::Role(known)) => record.is_taken |= role == known,
                    (Gives::Package(package), Gives::Package(known)) => {
                        record.is_taken |= package == known;
                    }
                    (Gives::Rights(is_instance, actions), Gives::Rights(known, _))
                        if is_instance == known =>
                    {
                        actions.retain(|known| *known != action);
                        record.is_taken |= actions.is_empty();
                    }
                    _ => {}
                }
            }
        }
        ("revoke by name", told, result)
    }

    fn report_role(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let (from, to) = (random.below(ORGANISATIONS), random.below(PARTIES.len()));
        let when = when(random);
        let is_register = random.one_in(2);
        let role = *random.pick(if is_register {
            &REGISTER_ROLES[..]
        } else {
            &OTHER_ROLES
        });
        let what = format!("{to} has {role} for {from} in {when:?}");
        let result = match is_register {
            true => change.register_role(&key(from), &key(to), role, window(when)),
            false => change.import_role(&key(from), &key(to), role, window(when)),
        };
        if result.is_ok() {
            self.naive.report(from, to, role, when);
        }
        (
            if is_register { "a report" } else { "an import" },
            what,
            result,
        )
    }

    fn end_role(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter();
        let reported = records.filter(|record| record.id.is_none() && !record.is_taken);
        let reported = Vec::from_iter(reported.cloned());
        if reported.is_empty() {
            return self.report_role(random, change);
        }
        let mut known = random.pick(&reported).clone();
        let mut role = FILLER;
        if let Gives::Role(known) = known.gives {
            role = known;
        }
        if random.one_in(8) {
            known.to = known.from;
        }
        let (from, to) = (known.from, known.to);
        let what = format!("{to} has {role} for {from} no longer");
        let result = match REGISTER_ROLES.contains(&role) {
            true => change.end_register_role(&key(from), &key(to), role),
            false => change.end_imported_role(&key(from), &key(to), role),
        };
        if result.is_ok() {
            self.naive.end(from, to, role);
        }
        // Directors often come back; without them there would be no further delegations.
        if role == DIRECTOR && result.is_ok() && from < ORGANISATIONS - 1 && random.one_in(2) {
            let director = from + ORGANISATIONS;
            let back = change.register_role(&key(from), &key(director), role, Window::ALWAYS);
            if back.is_ok() {
                self.naive.settle();
                self.naive.report(from, director, role, ALWAYS);
            }
        }
        ("an end", what, result.map(drop))
    }

    /// Deletes or restores a party, or changes its legal form or its owner.
    fn party(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let mut one = random.below(PARTIES.len());
        let gone =
            Vec::from_iter((0..PARTIES.len()).filter(|one| self.naive.parties[*one].is_dissolved));
        if !gone.is_empty() && random.one_in(2) {
            one = *random.pick(&gone);
        }
        let known = &mut self.naive.parties[one];
        match (random.below(4), known.kind) {
            (0, NaiveKind::User) => known.parent = Some(random.below(3)),
            (0 | 1, NaiveKind::Organisation) if one != 5 => {
                known.form = Some(*random.pick::<&str>(&FORMS))
            }
            _ => known.is_dissolved = !known.is_dissolved,
        }
        let what = format!("{one} is {:?}", self.naive.parties[one]);
        let result = change.party(party(&self.naive, one));
        ("party", what, result)
    }

    fn ask_for(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let (person, of) = (random.below(PEOPLE), random.below(ORGANISATIONS));
        let gives = match random.below(3) {
            0 => Gives::Role(FILLER),
            1 => Gives::Package(random.pick::<&str>(&PACKAGES)),
            _ => Gives::Rights(false, vec![*random.pick(&ACTIONS)]),
        };
        let what = match &gives {
            Gives::Role(role) => Grantable::role(*role),
            Gives::Package(package) => Grantable::package(*package),
            Gives::Rights(_, actions) => Grantable::resource(resource(), actions.iter().copied()),
            Gives::Client { .. } => unreachable!("nobody asks for it"),
        };
        let told = format!("{person} asks {of} for {what}");
        let asked = change.ask_for(&key(person), &key(of), &what, instant(self.today));
        let result = asked.map(|id| self.requests.push((id, person, of, gives)));
        ("ask", told, result)
    }

    fn answer(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        if self.requests.is_empty() {
            return self.ask_for(random, change);
        }
        let place = random.below(self.requests.len());
        let (id, person, of, gives) = self.requests[place].clone();
        let at = instant(self.today);
        if random.one_in(6) {
            let what = format!("{person} withdraws request {id}");
            let result = change.withdraw(&key(person), id, at);
            if result.is_ok() {
                self.requests.remove(place);
            }
            return ("withdraw", what, result);
        }
        let by = administrator(random, of);
        if random.one_in(6) {
            let what = format!("{by} declines request {id}");
            let result = change.decline(&key(by), id, at);
            if result.is_ok() {
                self.requests.remove(place);
            }
            return ("decline", what, result);
        }
        let when = when(random);
        let what = format!("{by} approves request {id} in {when:?}");
        let result = change.approve(&key(by), id, window(when), at);
        if result.is_ok() {
            self.requests.remove(place);
        }
        let result = self.took(by, of, of, person, gives, when, None, result, &what);
        ("approve", what, result)
    }

    /// Checks that the open requests of register and model are equal.
    pub(super) fn check_requests(&self) {
        let snapshot = self.register.snapshot();
        for of in 0..ORGANISATIONS {
            let open = snapshot.open_requests(&key(of));
            assert!(
                open.iter()
                    .all(|request| request.state == RequestState::Open)
            );
            let mut open = Vec::from_iter(open.iter().map(|request| request.id));
            let waits = |(_, person, party, _): &&(RecordId, One, One, Gives)| {
                *party == of && self.naive.exists(*person) && self.naive.exists(of)
            };
            let expected = self.requests.iter().filter(waits);
            let mut expected = Vec::from_iter(expected.map(|(id, ..)| *id));
            open.sort();
            expected.sort();
            assert_eq!(open, expected, "{}", self.story("the open requests"));
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
