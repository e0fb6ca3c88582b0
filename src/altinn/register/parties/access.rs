//! A candidate → what gives the subject access to it, and its entry in the list.

use std::sync::Arc;

use super::AuthorizedParty;
use super::candidates::Candidates;
use super::query::{ListedKinds, PartyQuery, Wanted};
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::Party;
use crate::altinn::register::derive::{Derived, Held, Reached};
use crate::altinn::register::grantable::Grantable;
use crate::altinn::register::holding::Holding;
use crate::altinn::register::in_force::InForce;
use crate::altinn::register::power::Power;
use crate::altinn::register::state::{PartyNo, RegisterState, ResourceDelegation};
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::value::DateTime;

/// Everything that a subject has for one party at an instant.
pub(super) struct Access<'c, 's> {
    candidates: &'c Candidates<'s>,
    party: &'s Arc<Party>,
    of: PartyNo,
    at: DateTime,
    /// Roles, packages, and rights as an agent.
    found: Vec<Derived<'s>>,
    /// The roles and packages among them.
    held: Held,
    rights: Vec<UsableRight<'s>>,
    has_estate: bool,
}

/// A delegation of the party or its main unit that the subject may use.
struct UsableRight<'s> {
    delegation: &'s ResourceDelegation,
    window: Window,
    /// The index of the receiver.
    receiver: usize,
}

impl<'c, 's> Access<'c, 's> {
    /// Returns the access to an existing party, and to the estate of one that need not exist.
    pub(super) fn of(
        candidates: &'c Candidates<'s>,
        query: &PartyQuery,
        of: PartyNo,
        at: DateTime,
    ) -> Option<Self> {
        let state = candidates.in_force.state;
        let party = state.party(of)?;
        let mut access = Self {
            candidates,
            party,
            of,
            at,
            found: Vec::new(),
            held: Held::default(),
            rights: Vec::new(),
            has_estate: state
                .listed_estate(candidates.asker, of, at)
                .next()
                .is_some(),
        };
        if !state.is_gone(of) {
            access.search(&candidates.in_force, query);
        }
        Some(access)
    }

    fn search(&mut self, in_force: &InForce<'s>, query: &PartyQuery) {
        let candidates = self.candidates;
        let state = candidates.in_force.state;
        let at = Moment::of(&self.at);
        let (found, held) = (&mut self.found, &mut self.held);
        let mut keep = |one: Derived<'s>| {
            let counts = match &one.what {
                Reached::Role(held, _) => state.counts(held.role, at),
                _ => true,
            };
            if counts && one.window.holds(at) && is_of_owner(state, query, &one) {
                held.add(state, &one, at);
                found.push(one);
            }
        };
        let actors = |target| candidates.actors(target);
        state.reach_by(in_force, candidates.asker, self.of, actors, &mut keep);
        for from in [Some(self.of), state.main_unit(self.party)]
            .into_iter()
            .flatten()
        {
            for (id, receiver) in candidates.delegated(from) {
                let delegation = state.resource_delegation(*id);
                let Some(delegation) = delegation.filter(|one| state.is_about(one, self.of)) else {
                    continue;
                };
                let window = in_force.delegation(delegation);
                let window = window.and(candidates.receivers[*receiver].1);
                let owned = query.owner.as_deref();
                if window.holds(at) && owned.is_none_or(|owner| owns(state, owner, delegation)) {
                    self.rights.push(UsableRight {
                        delegation,
                        window,
                        receiver: *receiver,
                    });
                }
            }
        }
        let is_direct = |found: &Derived<'_>| found.route.main_unit.is_none();
        let mut from = self.rights.iter().map(|right| right.delegation.from);
        let has_direct = self.found.iter().any(is_direct) || from.any(|from| from == self.of);
        if !query.includes_sub_units && !has_direct {
            self.found.clear();
            self.held = Held::default();
            self.rights.clear();
        }
    }

    pub(super) fn party(&self) -> &'s Arc<Party> {
        self.party
    }

    pub(super) fn gives_anything(&self) -> bool {
        !self.found.is_empty() || !self.rights.is_empty() || self.has_estate
    }

    /// Whether the filters of a query select the party.
    pub(super) fn fits(&self, query: &PartyQuery) -> bool {
        let state = self.candidates.in_force.state;
        let catalogue = &state.catalogue;
        let has_role = |name: &Arc<str>| match catalogue.role(name) {
            Some(role) => state.holds_role(&self.held, role, Moment::of(&self.at)),
            None => {
                let mut estate = state.listed_estate(self.candidates.asker, self.of, self.at);
                estate.any(|held| held.what == Grantable::Role(name.clone()))
            }
        };
        let has_package = |name: &Arc<str>| {
            let package = catalogue.package(name);
            package.is_some_and(|package| state.holds_package(&self.held, package))
        };
        has_wanted(query, &query.roles, has_role)
            && has_wanted(query, &query.packages, has_package)
            && self.has_right(query)
    }

    fn has_right(&self, query: &PartyQuery) -> bool {
        let is_asked =
            !(query.resources.is_empty() && query.instances.is_empty() && query.actions.is_empty());
        !is_asked
            || has_wanted(query, &query.resources, |resource| {
                self.has_right_to(query, Some(resource), None)
            }) && has_wanted(query, &query.instances, |instance| {
                self.has_right_to(query, None, Some(instance))
            }) && self.has_right_to(query, None, None)
    }

    /// Whether one of the actions of a query is a delegated right; to this resource and this instance,
    /// if they are given.
    fn has_right_to(
        &self,
        query: &PartyQuery,
        resource: Option<&ResourceId>,
        instance: Option<&InstanceId>,
    ) -> bool {
        let is_resource = |of: &ResourceId| resource.is_none_or(|wanted| wanted == of);
        let is_action = |action| query.actions.is_empty() || query.actions.contains(action);
        let delegated = self.rights.iter().map(|right| right.delegation);
        let mut delegated = delegated.filter(|given| {
            is_resource(&given.resource)
                && (instance.is_none() || given.instance.as_ref() == instance)
        });
        let mut as_agent = self.found.iter().filter_map(|found| match &found.what {
            Reached::Client(_, of, rights) if instance.is_none() && is_resource(of) => Some(rights),
            _ => None,
        });
        delegated.any(|given| given.rights.iter().any(|right| is_action(&right.action)))
            || as_agent.any(|rights| rights.iter().any(|right| is_action(&right.action)))
    }

    /// Adds what gives access to an entry of the list.
    fn describe(self, query: &PartyQuery, listed: &mut AuthorizedParty) {
        let candidates = self.candidates;
        let state = candidates.in_force.state;
        let (asker, of) = (candidates.asker, self.of);
        listed.has_key_role = self.found.iter().any(|found| match found.what {
            Reached::Role(held, organisation) => {
                let route = &found.route;
                route.key_role.is_none()
                    && route.proprietorship.is_none()
                    && state.runs(held.role, organisation)
            }
            _ => false,
        });
        let power = state.power_by(&self.held, asker, of, Moment::of(&self.at));
        listed.is_main_administrator = power == Some(Power::Main);
        listed.is_access_manager = power.is_some();
        let lists = query.lists;
        if lists == ListedKinds::NONE {
            return;
        }
        let mut rights = Vec::new();
        if lists.resources || lists.instances {
            for right in &self.rights {
                let path = &candidates.receivers[right.receiver].2;
                let main_unit = Some(right.delegation.from).filter(|from| *from != of);
                let path = state.through(path, main_unit);
                let used = state.delegation(right.delegation, right.window, path);
                rights.push(state.listed_right(&right.delegation.grant, used));
            }
        }
        for found in self.found {
            if lists.roles {
                state.list_roles(&found, self.at, &mut listed.roles);
            }
            if lists.packages {
                state.list_packages(&found, &mut listed.packages);
            }
            if lists.resources
                && let Some((grant, used)) = state.client_right(asker, of, found)
            {
                rights.push(state.listed_right(grant, used));
            }
        }
        for right in rights {
            for one in state.closed_apart(right, of, self.at) {
                listed.put(lists, one);
            }
        }
        if lists.roles {
            listed.roles.extend(state.listed_estate(asker, of, self.at));
            state.close_main(asker, of, self.at, &mut listed.roles);
            Holding::end_roles(
                &mut listed.roles,
                &state.catalogue,
                state.transition,
                self.at,
            );
        }
    }
}

/// Whether one of the values of a filter is there, or all, or none is wanted; and each that is
/// wanted besides.
fn has_wanted<T>(query: &PartyQuery, wanted: &Wanted<T>, has: impl Fn(&T) -> bool) -> bool {
    let Wanted { any, each } = wanted;
    let has_any = match query.needs_all {
        true => any.iter().all(&has),
        false => any.is_empty() || any.iter().any(&has),
    };
    has_any && each.iter().all(has)
}

impl AuthorizedParty {
    fn put(&mut self, lists: ListedKinds, right: Holding) {
        match &right.what {
            Grantable::Resource {
                instance: Some(_), ..
            } => self
                .instances
                .extend(Some(right).filter(|_| lists.instances)),
            _ => self
                .resources
                .extend(Some(right).filter(|_| lists.resources)),
        }
    }
}

impl<'s> Candidates<'s> {
    /// Returns the access that there would be to a deleted party if it existed; `None` for one that is
    /// not deleted.
    pub(super) fn access_if_it_existed(
        &self,
        query: &PartyQuery,
        of: PartyNo,
        at: DateTime,
    ) -> Option<Access<'_, 's>> {
        let state = self.in_force.state;
        let party = state.party(of).filter(|party| party.is_deleted)?;
        let mut access = Access {
            candidates: self,
            party,
            of,
            at,
            found: Vec::new(),
            held: Held::default(),
            rights: Vec::new(),
            has_estate: false,
        };
        access.search(&InForce::as_if_existed(state, of), query);
        Some(access)
    }

    /// Returns the entry of a party in the list.
    pub(super) fn listed(
        &self,
        of: PartyNo,
        access: Option<Access<'_, '_>>,
        only_sub_units: bool,
        query: &PartyQuery,
    ) -> Option<AuthorizedParty> {
        let state = self.in_force.state;
        let party = state.party(of)?;
        let main_unit = state.main_unit(party).and_then(|main| state.party(main));
        let mut listed = AuthorizedParty {
            party: party.clone(),
            main_unit: main_unit.cloned(),
            only_sub_units,
            has_key_role: false,
            is_main_administrator: false,
            is_access_manager: false,
            roles: Vec::new(),
            packages: Vec::new(),
            resources: Vec::new(),
            instances: Vec::new(),
        };
        if let Some(access) = access {
            access.describe(query, &mut listed);
        }
        Some(listed)
    }
}

/// Whether a finding is no right to a resource, or one to a resource of the owner asked for.
fn is_of_owner(state: &RegisterState, query: &PartyQuery, found: &Derived<'_>) -> bool {
    match (&found.what, &query.owner) {
        (Reached::Client(_, resource, _), Some(owner)) => {
            let known = state.resources.get(*resource);
            known.is_some_and(|known| known.owner == *owner)
        }
        _ => true,
    }
}

fn owns(state: &RegisterState, owner: &str, delegation: &ResourceDelegation) -> bool {
    let known = state.resources.get(&delegation.resource);
    known.is_some_and(|known| *known.owner == *owner)
}
