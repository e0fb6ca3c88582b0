//! A party → everybody who has something for it.
//!
//! The routes are those of `derive`, gone backwards. What providers and other organisations have
//! besides is never visited, so the cost grows with what was given of this party, and not with the
//! register.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use indexmap::IndexSet;

use super::Snapshot;
use super::derive::{Derived, Reached, Route};
use super::in_force::InForce;
use super::state::{ClientDelegation, PartyNo, RegisterState};
use super::table::counted;
use crate::altinn::catalogue::RoleId;
use crate::altinn::fact::Moment;
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::ResourceId;
use crate::value::DateTime;

impl Snapshot {
    /// Returns everybody who may have something for a party at an instant, or may use a right of the
    /// party to a resource: nobody else has. Not all of these need have anything.
    pub(in crate::altinn) fn acting_for(
        &self,
        of: &PartyKey,
        resource: &ResourceId,
        at: DateTime,
    ) -> Vec<Arc<Party>> {
        let state = &*self.0;
        let Some(of) = state.number(of) else {
            return Vec::new();
        };
        let acting = state.acting_for(of, resource, Moment::of(&at));
        let parties = acting.into_iter().filter_map(|one| state.party(one));
        parties.cloned().collect()
    }
}

impl RegisterState {
    fn acting_for(&self, of: PartyNo, resource: &ResourceId, at: Moment) -> IndexSet<PartyNo> {
        let main_unit = self.party(of).and_then(|party| self.main_unit(party));
        let mut acting = IndexSet::from_iter([of].into_iter().chain(main_unit));
        // A PDP decides when roles of Altinn II end.
        acting.extend(self.holders_of(of, at, |_| true));
        let members = self.groups.get(&of).into_iter();
        acting.extend(members.flat_map(|members| members.keys().filter_map(|(who, _)| *who)));
        let rights = self.rights.get(&(resource.clone(), of)).into_iter();
        acting.extend(rights.flat_map(|rights| rights.iter().filter_map(|held| held.performed_by)));
        // Those who run an organisation use what it has, and what a sub-unit of it has received.
        let mut runners: Vec<PartyNo> = Vec::new();
        for one in &acting {
            let main_unit = self.party(*one).and_then(|party| self.main_unit(party));
            for organisation in [Some(*one), main_unit].into_iter().flatten() {
                runners.extend(self.run_by.get(&organisation).into_iter().flatten());
            }
        }
        acting.extend(runners);
        acting.retain(|one| *one == of || !self.is_gone(*one));
        acting
    }

    /// Returns the other parties that have a role, a package or a delegated right for a party at an
    /// instant. `counts`: whether a role does.
    pub(super) fn holders_of(
        &self,
        of: PartyNo,
        at: Moment,
        counts: impl Fn(RoleId) -> bool,
    ) -> BTreeSet<PartyNo> {
        let mut search = HolderSearch {
            in_force: InForce::of(self),
            at,
            counts,
            holders: BTreeSet::new(),
            run: HashSet::new(),
        };
        if let Some(party) = self.party(of).filter(|_| !self.is_gone(of)) {
            for target in [Some(of), self.main_unit(party)].into_iter().flatten() {
                search.connected(target, |_| true, true);
                search.delegated(target, of);
                search.agents(target, |_| true, |_| true);
            }
            if party.kind == PartyKind::Person {
                search.proprietorships(of);
            }
        }
        search.heirs(of);
        search.holders.remove(&of);
        search.holders
    }
}

/// The search for the parties that have something for one party at an instant.
struct HolderSearch<'s, C> {
    in_force: InForce<'s>,
    at: Moment,
    counts: C,
    holders: BTreeSet<PartyNo>,
    /// The organisations of which those who run them were found.
    run: HashSet<PartyNo>,
}

impl<'s, C: Fn(RoleId) -> bool> HolderSearch<'s, C> {
    fn state(&self) -> &'s RegisterState {
        self.in_force.state
    }

    /// Finds those that are connected to a party, by a role that `fits` or a package.
    fn connected(&mut self, target: PartyNo, fits: impl Fn(RoleId) -> bool, packages_count: bool) {
        let state = self.state();
        for to in listed(state.given.get(&target)) {
            let counts = |role: RoleId| {
                let is_bare = state.known.bare.contains(&Some(role));
                !is_bare && fits(role) && (self.counts)(role)
            };
            let has_package = || {
                let mut packages = self.in_force.packages(*to, target);
                packages.any(|(_, window)| window.holds(self.at))
            };
            if self.has_role(*to, target, counts) || packages_count && has_package() {
                self.holders.insert(*to);
                self.runners(*to);
            }
        }
    }

    /// Whether one party has a role for another that counts.
    fn has_role(&self, to: PartyNo, of: PartyNo, counts: impl Fn(RoleId) -> bool) -> bool {
        let mut roles = self.in_force.roles(to, of);
        roles.any(|(held, window)| window.holds(self.at) && counts(held.role))
    }

    /// Finds those that may use what a party, or its main unit as the target, has delegated.
    fn delegated(&mut self, target: PartyNo, of: PartyNo) {
        let state = self.state();
        for resource in listed(state.resources_given.get(&target)) {
            for delegation in listed(state.delegated.get(&(target, resource.clone()))) {
                let to = delegation.to;
                let holds = || self.in_force.delegation(delegation).holds(self.at);
                if !state.is_about(delegation, of) || !holds() {
                    continue;
                }
                self.holders.insert(to);
                self.runners(to);
                // Those who run a main unit use what its sub-unit has received.
                let main_unit = state.party(to).and_then(|to| state.main_unit(to));
                if let Some(main_unit) = main_unit {
                    self.runners(main_unit);
                }
            }
        }
    }

    /// Finds those who run an organisation.
    fn runners(&mut self, organisation: PartyNo) {
        if !self.run.insert(organisation) {
            return;
        }
        let state = self.state();
        let runners = state.run_by.get(&organisation).into_iter().flatten();
        for runner in runners {
            counted(1);
            if self.has_role(*runner, organisation, |role| state.runs(role, organisation)) {
                self.holders.insert(*runner);
            }
        }
    }

    /// Finds the agents of those that serve a party, by client delegations and findings that count.
    fn agents(
        &mut self,
        client: PartyNo,
        counts: impl Fn(&ClientDelegation) -> bool,
        fits: impl Fn(&Reached<'_>) -> bool,
    ) {
        let state = self.state();
        // A provider has a role, a package or a right itself.
        let connected = listed(state.given.get(&client)).iter().copied();
        let resources = listed(state.resources_given.get(&client)).iter();
        let received = resources
            .flat_map(|resource| listed(state.delegated.get(&(client, resource.clone()))))
            .map(|delegation| delegation.to);
        let providers: HashSet<PartyNo> = connected.chain(received).collect();
        let agents = providers
            .into_iter()
            .flat_map(|provider| listed(state.agents.get(&(provider, client))));
        for agent in agents.copied().collect::<HashSet<PartyNo>>() {
            let mut has_one = false;
            let mut found =
                |one: Derived<'s>| has_one |= fits(&one.what) && one.window.holds(self.at);
            let route = Route::default();
            state.served(&self.in_force, agent, client, route, &counts, &mut found);
            if has_one {
                self.holders.insert(agent);
            }
        }
    }

    /// Finds the accountants and auditors of a person's sole proprietorships, and their agents.
    fn proprietorships(&mut self, person: PartyNo) {
        let state = self.state();
        for business in state.key_roles.get(&person).into_iter().flatten().copied() {
            let is_owner = self.has_role(person, business, |role| Some(role) == state.known.owner);
            if is_owner && state.has_legal_form(business, "ENK") {
                self.connected(business, |role| state.reaches_owner(role), false);
                let is_package = |what: &Reached<'_>| matches!(what, Reached::Package(..));
                self.agents(
                    business,
                    |given| state.reaches_owner(given.role),
                    is_package,
                );
            }
        }
    }

    /// Finds those that have a role in the estate of a party.
    fn heirs(&mut self, of: PartyNo) {
        let state = self.state();
        for heir in listed(state.heirs.get(&of)) {
            let mut roles = state.estate(*heir, of).into_iter();
            if roles.any(|role| role.window.holds(self.at)) {
                self.holders.insert(*heir);
            }
        }
    }
}

/// Returns the elements of a list that a table may have.
fn listed<T>(list: Option<&Arc<Vec<T>>>) -> &[T] {
    let list = list.map_or(&[][..], |list| list);
    counted(list.len());
    list
}
