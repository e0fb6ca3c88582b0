//! Compares the parties for which somebody may act with all parties of the model, one by one.

use std::collections::BTreeSet;

use super::changes::{ModelWorld, instant, key, resource};
use super::naive::{Access, DIRECTOR, Day, FILLER, NaiveKind, One};
use super::random::Random;
use crate::Decision;
use crate::altinn::PartyKey;
use crate::altinn::facts::Parties;
use crate::altinn::pdp::rights::request;
use crate::altinn::register::{AuthorizedParties, PartyQuery, Snapshot};

impl ModelWorld {
    /// Compares the lists of a few subjects, with and without filters, on one page and on many.
    pub(super) fn list_parties(&mut self, random: &mut Random) {
        let snapshot = self.register.snapshot();
        for _ in 0..3 {
            let (asker, _, day) = self.question(random);
            let at = instant(day);
            let all = snapshot.authorized_parties(&key(asker), &PartyQuery::new(), at);
            let has = self.everything(asker, day);
            let expected = self.listed(|one| has[one] != Access::default());
            let told = self.story(&format!("the parties of {asker} on day {day}"));
            assert_eq!(names(&all), expected, "{told}");
            for listed in &all.parties {
                let one = self.find(&listed.party.name);
                let codes = listed.packages.iter().map(|held| held.what.to_string());
                let packages = self.naive.all_packages(&has[one]).into_iter();
                let packages = packages.map(|code| format!("the package `{code}`"));
                assert_eq!(BTreeSet::from_iter(codes), packages.collect(), "{told}");
                let rights = listed.resources.len() + listed.instances.len();
                assert_eq!(rights == 0, has[one].rights.is_empty(), "{told}");
                assert_eq!(
                    listed.is_main_administrator,
                    self.naive.is_main(asker, one, day) && !listed.only_sub_units,
                    "{told}"
                );
                let manages = self.naive.administers(asker, one, day) && !listed.only_sub_units;
                assert_eq!(listed.is_access_manager, manages, "{told}");
            }
            let package = *random.pick(&super::changes::PACKAGES);
            let filtered =
                snapshot.authorized_parties(&key(asker), &PartyQuery::new().package(package), at);
            let held = Vec::from_iter(
                has.iter()
                    .map(|has| self.naive.all_packages(has).contains(package)),
            );
            assert_eq!(
                names(&filtered),
                self.listed(|one| held[one]),
                "{package}: {told}"
            );
            let reads = snapshot.authorized_parties(
                &key(asker),
                &PartyQuery::new().resource(resource()).action("read"),
                at,
            );
            let given = |one: One| {
                has[one]
                    .rights
                    .iter()
                    .any(|(_, _, action)| *action == "read")
            };
            assert_eq!(names(&reads), self.listed(given), "{told}");
            self.list_filtered(&snapshot, random, (asker, day), &all, &has);
            self.list_deleted(&snapshot, asker, day);
            self.in_pages(&snapshot, asker, day, &all);
            self.list_by_decisions(asker, day);
        }
    }

    /// Compares lists by several values of each filter, and by those that are needed besides.
    fn list_filtered(
        &mut self,
        snapshot: &Snapshot,
        random: &mut Random,
        (asker, day): (One, Day),
        all: &AuthorizedParties,
        has: &[Access],
    ) {
        let roles = [DIRECTOR, FILLER, super::naive::ACCESS_ADMINISTRATOR];
        let packages = &super::changes::PACKAGES[..3];
        let mut some = |all: &[&'static str]| {
            let some = all.iter().filter(|_| random.one_in(3));
            Vec::from_iter(some.copied())
        };
        let (any_role, each_role) = (some(&roles), some(&roles));
        let (any_package, each_package) = (some(packages), some(packages));
        let needs_all = !some(&["all"]).is_empty();
        let hidden = some(&["roles", "packages", "resources", "instances"]);
        let mut query = PartyQuery::new();
        query = any_role.iter().fold(query, |query, role| query.role(*role));
        query = each_role
            .iter()
            .fold(query, |query, role| query.also_role(*role));
        query = any_package
            .iter()
            .fold(query, |query, one| query.package(*one));
        query = each_package
            .iter()
            .fold(query, |query, one| query.also_package(*one));
        if needs_all {
            query = query.needing_all();
        }
        for hidden in &hidden {
            query = match *hidden {
                "roles" => query.without_roles(),
                "packages" => query.without_packages(),
                "resources" => query.without_resources(),
                _ => query.without_instances(),
            };
        }
        let listed = snapshot.authorized_parties(&key(asker), &query, instant(day));
        let fits = |any: &[&str], each: &[&str], has: &mut dyn FnMut(&str) -> bool| {
            let (mut any, mut each) = (any.iter(), each.iter());
            let has_any = match needs_all {
                true => any.all(|one| has(one)),
                false => any.len() == 0 || any.any(|one| has(one)),
            };
            has_any && each.all(|one| has(one))
        };
        let mut fit = Vec::new();
        for access in has {
            let packages = self.naive.all_packages(access);
            let has_roles = fits(&any_role, &each_role, &mut |role| {
                self.naive.has_role(access, role)
            });
            let has_packages = fits(&any_package, &each_package, &mut |one| {
                packages.contains(one)
            });
            fit.push(*access != Access::default() && has_roles && has_packages);
        }
        let told = self.story(&format!("{query:?} of {asker} on day {day}"));
        assert_eq!(names(&listed), self.listed(|one| fit[one]), "{told}");
        for one in listed.parties.iter().filter(|one| !one.only_sub_units) {
            let mut whole = all.parties.iter();
            let whole = whole.find(|whole| whole.party.name == one.party.name);
            let whole = whole.expect("is listed without filters");
            for (kind, of_one, of_all) in [
                ("roles", &one.roles, &whole.roles),
                ("packages", &one.packages, &whole.packages),
                ("resources", &one.resources, &whole.resources),
                ("instances", &one.instances, &whole.instances),
            ] {
                match hidden.contains(&kind) {
                    true => assert!(of_one.is_empty(), "{kind}: {told}"),
                    false => assert_eq!(of_one, of_all, "{kind}: {told}"),
                }
            }
        }
    }

    /// Compares the list with deleted parties with what each would give if it existed.
    fn list_deleted(&mut self, snapshot: &Snapshot, asker: One, day: Day) {
        let query = PartyQuery::new().with_deleted();
        let all = snapshot.authorized_parties(&key(asker), &query, instant(day));
        let mut has = self.everything(asker, day);
        for (one, has) in has.iter_mut().enumerate() {
            if self.naive.exists(asker) && self.naive.parties[one].is_dissolved {
                self.naive.parties[one].is_dissolved = false;
                *has = self.naive.access(asker, one, day);
                self.naive.parties[one].is_dissolved = true;
            }
        }
        let listed = names(&all);
        let is_there = |one: One| has[one] != Access::default();
        let told = self.story(&format!("deleted parties of {asker} on day {day}"));
        for one in 0..has.len() {
            let name = super::changes::name(one).to_owned();
            let is_above = listed.contains(&(name.clone(), true));
            let is_listed = listed.contains(&(name, false));
            // A deleted main unit may be listed for its sub-unit.
            let is_expected = is_there(one) && !(is_above && self.naive.parties[one].is_dissolved);
            assert_eq!(is_listed, is_expected, "{one}: {told}");
        }
    }

    fn in_pages(&self, snapshot: &Snapshot, asker: One, day: Day, all: &AuthorizedParties) {
        let mut query = PartyQuery::new().size(2);
        let mut parties = Vec::new();
        loop {
            let page = snapshot.authorized_parties(&key(asker), &query, instant(day));
            assert!(page.parties.len() <= 2);
            let has_more = page.has_more;
            parties.extend(page.parties);
            match parties.last().filter(|_| has_more) {
                Some(last) => query = PartyQuery::new().size(2).after(&last.party),
                None => break,
            }
        }
        assert_eq!(parties, all.parties, "{}", self.story("pages"));
    }

    /// Compares the list by decisions with decisions about every party.
    fn list_by_decisions(&mut self, asker: One, day: Day) {
        if self.naive.parties[asker].kind != NaiveKind::Person {
            return;
        }
        let at = instant(day);
        for action in ["read", "write"] {
            let listed = self.pdp.authorized_parties(
                &key(asker),
                &resource(),
                &action.into(),
                &PartyQuery::new(),
                at,
            );
            let mut permitted = Vec::new();
            for party in 0..self.naive.parties.len() {
                let request = super::questions::request(Some(asker), party, Some(action));
                let ruling = self.pdp.decide_at(&request, at);
                permitted.push(ruling.decision() == Decision::Permit);
            }
            let told = self.story(&format!("who may {action}: {asker} on day {day}"));
            assert_eq!(names(&listed), self.listed(|one| permitted[one]), "{told}");
        }
    }

    /// Compares those who may use a right with decisions about everybody.
    pub(super) fn list_holders(&mut self, random: &mut Random) {
        let (_, asked, day) = self.question(random);
        let (at, of) = (instant(day), key(asked));
        let snapshot = self.register.snapshot();
        let party = |key: &PartyKey| snapshot.party(key).expect("answers").expect("is known");
        let mut have = BTreeSet::new();
        for one in 0..self.naive.parties.len() {
            if one != asked && self.naive.access(one, asked, day) != Access::default() {
                have.insert(super::changes::name(one).to_owned());
            }
        }
        let listed = snapshot.rightholders(&of, at).into_iter();
        let listed: BTreeSet<String> = listed.map(|one| one.name.to_string()).collect();
        let told = self.story(&format!("the holders of {of:?} on day {day}"));
        assert_eq!(listed, have, "{told}");
        for action in ["read", "write"] {
            let right = action.into();
            let held = self.pdp.holders(&resource(), &right, &of, at);
            let held = held.expect("is answered").holders.into_iter();
            let found: BTreeSet<String> = held.map(|one| one.party.name.to_string()).collect();
            let mut expected = BTreeSet::new();
            for one in 0..self.naive.parties.len() {
                let who = party(&key(one));
                let asked = request(&who, &party(&of), &resource(), None, &right);
                let ruling = self.pdp.decide_at(&asked.expect("has keys"), at);
                if ruling.decision() == Decision::Permit {
                    expected.insert(who.name.to_string());
                }
            }
            let told = self.story(&format!("who may {action} for {of:?} on day {day}"));
            assert_eq!(found, expected, "{told}");
        }
    }

    fn everything(&mut self, asker: One, day: Day) -> Vec<Access> {
        let parties = 0..self.naive.parties.len();
        parties
            .map(|party| self.naive.access(asker, party, day))
            .collect()
    }

    /// Returns the names of the parties for which `has` is true, and of the main units above them,
    /// each with whether it is only that.
    fn listed(&self, has: impl Fn(One) -> bool) -> BTreeSet<(String, bool)> {
        let mut listed = BTreeSet::new();
        for (one, known) in self.naive.parties.iter().enumerate() {
            if !has(one) {
                continue;
            }
            listed.insert((super::changes::name(one).to_owned(), false));
            let main = known
                .parent
                .filter(|_| known.kind == NaiveKind::Organisation);
            if let Some(main) = main.filter(|main| !has(*main)) {
                listed.insert((super::changes::name(main).to_owned(), true));
            }
        }
        listed
    }

    fn find(&self, name: &str) -> One {
        let mut all = 0..self.naive.parties.len();
        all.find(|one| super::changes::name(*one) == name)
            .expect("is in the model")
    }
}

fn names(listed: &AuthorizedParties) -> BTreeSet<(String, bool)> {
    let parties = listed.parties.iter();
    let names = parties.map(|listed| (listed.party.name.to_string(), listed.only_sub_units));
    let all = Vec::from_iter(names);
    assert!(all.is_sorted(), "by name");
    assert_eq!(
        all.len(),
        BTreeSet::from_iter(all.iter()).len(),
        "nothing twice"
    );
    all.into_iter().collect()
}
