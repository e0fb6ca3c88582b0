//! Compares the answers of register and model to random questions, by every public query.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::changes::{DAYS, ModelWorld, instant, key, moment, resource};
use super::naive::{Access, DIRECTOR, Day, FILLER, NaiveKind, One};
use super::random::Random;
use crate::Decision;
use crate::altinn::Register;
use crate::altinn::facts::{AccessPackages, Asked, Delegations, Parties, Roles};
use crate::altinn::party::Party;
use crate::altinn::register::{Grantable, Snapshot};
use crate::altinn::ruling::Basis;
use crate::request::{Matrix, Request};
use crate::value::DateTime;

impl ModelWorld {
    /// Asks a few questions, mostly about the latest changes.
    pub(super) fn ask(&mut self, random: &mut Random) {
        let snapshot = self.register.snapshot();
        for _ in 0..6 {
            let (asker, party, day) = self.question(random);
            let access = self.naive.access(asker, party, day);
            self.compare_held(&snapshot, asker, party, day, &access);
            self.compare_rights(&snapshot, asker, party, day, &access);
        }
        if random.one_in(4) {
            self.check_requests();
        }
    }

    pub(super) fn question(&self, random: &mut Random) -> (One, One, Day) {
        let parties = self.naive.parties.len();
        let (mut asker, mut party) = (random.below(parties), random.below(parties));
        let records = &self.naive.records;
        if !random.one_in(3) {
            // Often one of the latest records.
            let first = if random.one_in(2) {
                records.len().saturating_sub(8)
            } else {
                0
            };
            let record = random.pick(&records[first..]);
            party = record.from;
            if random.one_in(2) {
                asker = record.to;
            }
        }
        (
            asker,
            party,
            Day::try_from(random.below(DAYS)).expect("is small"),
        )
    }

    /// Compares roles and packages at an instant, and the next moment at which they may change.
    fn compare_held(
        &mut self,
        snapshot: &Snapshot,
        asker: One,
        party: One,
        day: Day,
        access: &Access,
    ) {
        let (subject, of) = (in_register(snapshot, asker), in_register(snapshot, party));
        let held = snapshot.held(&subject, &of, moment(day));
        let catalogue = snapshot.catalogue();
        let roles = held.sources.iter();
        let roles = roles.map(|(role, form)| (&*catalogue.role_by_id(*role).urn, form.as_deref()));
        let told = || format!("{asker} for {party} on day {day}");
        let expected = BTreeSet::from_iter(access.roles.iter().copied());
        assert_eq!(
            BTreeSet::from_iter(roles),
            expected,
            "{}",
            self.story(&told())
        );
        let packages = held.packages.iter();
        let packages = packages.map(|package| &*catalogue.package_by_id(*package).code);
        let packages = BTreeSet::from_iter(packages);
        assert_eq!(packages, access.packages, "{}", self.story(&told()));
        // Everything that a decision uses stays unchanged until then.
        let mut changes = (0..Day::try_from(DAYS).expect("is small"))
            .filter(|other| *other > day && moment(*other) < held.changes);
        if let Some(last) = changes.next_back() {
            let later = self.naive.access(asker, party, last);
            let same = (&later.roles, &later.packages) == (&access.roles, &access.packages);
            assert!(same, "not until day {last}: {}", self.story(&told()));
        }
    }

    fn compare_rights(
        &self,
        snapshot: &Snapshot,
        asker: One,
        party: One,
        day: Day,
        access: &Access,
    ) {
        let (subject, of) = (in_register(snapshot, asker), in_register(snapshot, party));
        let at = instant(day);
        let given = snapshot.delegations(&Asked::new(&subject, &of, at), &resource(), None);
        let given = given.expect("answers").into_iter();
        let mut rights = BTreeSet::new();
        for given in given.filter(|given| given.window.contains(at)) {
            let id = given.id.parse().expect("is a number");
            for right in given.rights {
                rights.insert((id, given.instance.is_some(), right.action));
            }
        }
        let expected = access.rights.iter();
        let expected =
            expected.map(|(id, is_instance, action)| (*id, *is_instance, (*action).into()));
        let told = || self.story(&format!("rights of {asker} for {party} on day {day}"));
        assert_eq!(rights, BTreeSet::from_iter(expected), "{}", told());
    }

    /// Compares facts with their windows, lists of holdings, and the holders of any access.
    fn compare_facts(&mut self, register: &Register, asker: One, party: One, day: Day) {
        let snapshot = register.snapshot();
        let access = self.naive.access(asker, party, day);
        self.compare_held(&snapshot, asker, party, day, &access);
        self.compare_rights(&snapshot, asker, party, day, &access);
        let (subject, of) = (in_register(&snapshot, asker), in_register(&snapshot, party));
        let at = instant(day);
        let asked = Asked::new(&subject, &of, at);
        let told = format!("facts of {asker} for {party} on day {day}");
        let roles = snapshot.roles(&asked).expect("answers").into_iter();
        let roles = roles
            .filter(|role| role.window.contains(at))
            .map(|role| role.value);
        let expected = access.roles.iter().map(|(role, _)| Arc::from(*role));
        let expected: BTreeSet<Arc<str>> = expected.collect();
        assert_eq!(
            BTreeSet::from_iter(roles),
            expected,
            "{}",
            self.story(&told)
        );
        let expected = self.naive.all_packages(&access);
        let packages = snapshot
            .access_packages(&asked)
            .expect("answers")
            .into_iter();
        let packages = packages
            .filter(|fact| fact.window.contains(at))
            .map(|fact| fact.value);
        assert_eq!(
            BTreeSet::from_iter(packages),
            expected,
            "{}",
            self.story(&told)
        );
        let listed = snapshot
            .packages_of(&key(asker), &key(party), at)
            .into_iter();
        let listed = listed.filter_map(|holding| match holding.what {
            Grantable::Package(code) => Some(code),
            _ => None,
        });
        assert_eq!(
            BTreeSet::from_iter(listed),
            expected,
            "{}",
            self.story(&told)
        );
        let rights = snapshot.rights_of(&key(asker), &key(party), at);
        assert_eq!(
            rights.is_empty(),
            access.rights.is_empty(),
            "{}",
            self.story(&told)
        );
    }

    /// Compares decisions of a small policy: single, in a batch, in a matrix, and at a later time.
    pub(super) fn ask_in_every_way(&mut self, random: &mut Random) {
        let day = Day::try_from(random.below(DAYS)).expect("is small");
        self.now.store(day, Ordering::Relaxed);
        let actions = ["read", "write", "sign"];
        let people = self.naive.parties.iter().enumerate();
        let people = people.filter(|(_, known)| known.kind == NaiveKind::Person);
        let people = Vec::from_iter(people.map(|(one, _)| one));
        for _ in 0..4 {
            let (_, party, _) = self.question(random);
            let mut requests = Vec::new();
            let mut expected = Vec::new();
            for one in &people {
                let access = self.naive.access(*one, party, day);
                for action in actions {
                    requests.push(request(Some(*one), party, Some(action)));
                    expected.push(self.permits(&access, action));
                }
            }
            let told = format!("decisions about {party} on day {day}");
            let at = instant(day);
            let is_permit = |ruling: &crate::altinn::Ruling| ruling.decision() == Decision::Permit;
            let single = requests
                .iter()
                .map(|request| self.pdp.decide_at(request, at));
            let single = Vec::from_iter(single);
            for (ruling, request) in single.iter().zip(&requests) {
                let by_right = matches!(ruling.basis, Basis::Delegation { .. });
                assert!(!by_right || is_permit(ruling), "{request:?}");
            }
            let permits = Vec::from_iter(single.iter().map(is_permit));
            assert_eq!(permits, expected, "{}", self.story(&told));
            let batch = self.pdp.decide_all_at(&requests, at);
            assert_eq!(
                Vec::from_iter(batch.iter().map(is_permit)),
                expected,
                "{told}"
            );
            let later = pollster::block_on(self.pdp.decide_all_async(&requests));
            assert_eq!(
                Vec::from_iter(later.iter().map(is_permit)),
                expected,
                "{told}"
            );
            let users = people.iter().map(|one| (one + 1).to_string());
            let users = Vec::from_iter(users);
            let matrix = Matrix::new(request(None, party, None))
                .subjects("urn:altinn:userid", users.iter().map(String::as_str))
                .resources("urn:altinn:resource", [resource().as_str()])
                .actions(actions);
            let grid = self.pdp.decide_matrix_at(&matrix, at);
            let mut cells = Vec::new();
            for one in 0..people.len() {
                for action in 0..actions.len() {
                    cells.push(grid.at([one, 0, action]).is_some_and(is_permit));
                }
            }
            assert_eq!(cells, expected, "{told}");
        }
    }

    /// Whether the policy and the delegations permit an action, by the model.
    fn permits(&mut self, access: &Access, action: &str) -> bool {
        let packages = self.naive.all_packages(access);
        let by_policy = match action {
            "read" => {
                self.naive.has_role(access, DIRECTOR)
                    || packages.contains("regnskapsforer-lonn")
                    || packages.contains("innbygger-samliv")
            }
            "write" => self.naive.has_role(access, FILLER) || packages.contains("jordbruk"),
            _ => false,
        };
        // `sign` is the service owner's, and no delegation gives it.
        let mut rights = access.rights.iter();
        let is_given =
            |(_, is_instance, given): &(u64, bool, &str)| !is_instance && *given == action;
        by_policy || action != "sign" && rights.any(is_given)
    }

    /// Checks that a saved and reloaded register gives equal answers.
    pub(super) fn save_and_load(&mut self, random: &mut Random) {
        let text = self.register.snapshot().to_json();
        let again = match Register::from_json("again.json", text.as_bytes()) {
            Ok(again) => again,
            Err(error) => panic!("{error}\n{}", self.story(&text)),
        };
        assert_eq!(again.snapshot().to_json(), text);
        for _ in 0..30 {
            let (asker, party, day) = self.question(random);
            let register = self.register.clone();
            self.compare_facts(&register, asker, party, day);
            self.compare_facts(&again, asker, party, day);
        }
    }
}

fn in_register(snapshot: &Snapshot, one: One) -> Arc<Party> {
    let party = snapshot.party(&key(one)).expect("answers");
    party.expect("is in the register")
}

pub(super) fn request(asker: Option<One>, party: One, action: Option<&str>) -> Request {
    let text = key(party).to_string();
    let (id, value) = text.rsplit_once(':').expect("is an id and a value");
    let mut request = Request::builder().resource(id, value);
    if let Some(asker) = asker {
        request = request.subject("urn:altinn:userid", (asker + 1).to_string());
    }
    if let Some(action) = action {
        request = request
            .resource("urn:altinn:resource", resource().as_str())
            .action(action);
    }
    request.build()
}

/// Days of the model start at instants of the register.
#[test]
fn days_are_instants() {
    let first: DateTime = "2026-02-01T00:00:00+01:00".parse().expect("is an instant");
    assert_eq!(instant(0), first);
}
