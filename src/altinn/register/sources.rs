//! The register as a source for a PDP: a subject and a party → facts of every kind, each with its
//! path.

use std::sync::Arc;

use super::derive::{Actor, Derived, Reached, Route};
use super::in_force::InForce;
use super::state::{PartyNo, RecordOrigin, RegisterState, ResourceDelegation};
use super::{Register, Snapshot};
use crate::altinn::catalogue::PackageId;
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::{Fact, Moment, Path, RoleName, Step, Window};
use crate::altinn::facts::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, Asked, Delegations,
    Instances, Parties, ResourceRight, ResourceRights, Resources, Roles,
};
use crate::altinn::level::MinimumLevel;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::value::DateTime;

impl RegisterState {
    fn roles(&self, asked: &Asked<'_>) -> Vec<Fact<Arc<str>>> {
        let mut facts = Vec::new();
        self.reach(asked.subject, asked.party, |found| {
            let path = found.route.to_path(self);
            let role = match found.what {
                Reached::Role(held, _) => held.role,
                Reached::Oneself(role) => role,
                Reached::Package(..) | Reached::Client(..) => return,
            };
            let role = self.catalogue.role_by_id(role);
            facts.push(Fact {
                value: role.urn.clone(),
                window: found.window,
                path,
            });
        });
        facts.extend(self.estate_roles(asked));
        facts
    }

    pub(super) fn estate_roles(&self, asked: &Asked<'_>) -> Vec<Fact<Arc<str>>> {
        match (self.find(asked.subject), self.find(asked.party)) {
            (Some(to), Some(from)) => self.estate(to, from),
            _ => Vec::new(),
        }
    }

    /// Returns the roles of an heir in an estate.
    pub(super) fn estate(&self, to: PartyNo, from: PartyNo) -> Vec<Fact<Arc<str>>> {
        // Only the heir must exist: the party is the deceased.
        let roles = self.estates.get(&(to, from)).filter(|_| !self.is_gone(to));
        let roles = roles.into_iter();
        roles
            .flat_map(|roles| roles.iter())
            .map(|(role, window)| Fact::new(role.clone()).during(*window))
            .collect()
    }

    fn access_packages(&self, asked: &Asked<'_>) -> Vec<Fact<Arc<str>>> {
        let mut facts = Vec::new();
        self.reach(asked.subject, asked.party, |found| {
            let path = found.route.to_path(self);
            let window = found.window;
            let mut package = |package, path| {
                let package = self.catalogue.package_by_id(package);
                facts.push(Fact {
                    value: package.code.clone(),
                    window,
                    path,
                });
            };
            let (role, form) = match &found.what {
                Reached::Package(single, _) => return package(*single, path),
                Reached::Client(..) => return,
                Reached::Oneself(role) => (*role, None),
                Reached::Role(held, from) => {
                    let from = self.party(*from);
                    (held.role, from.and_then(|from| from.legal_form.as_deref()))
                }
            };
            let known = self.catalogue.role_by_id(role);
            let path = path.then(Step::Role(RoleName::of(known)));
            for single in self.catalogue.packages_of(role, form) {
                package(*single, path.clone());
            }
        });
        facts
    }

    pub(super) fn delegations(&self, asked: &Asked<'_>, resource: &ResourceId) -> Vec<Delegation> {
        let mut usable = Vec::new();
        self.each_delegation(asked, resource, |_, delegation| usable.push(delegation));
        usable
    }

    /// Visits the delegations as [`delegations`](Self::delegations) returns them, each with its record.
    pub(super) fn each_delegation(
        &self,
        asked: &Asked<'_>,
        resource: &ResourceId,
        mut visit: impl FnMut(&RecordOrigin, Delegation),
    ) {
        let (Some(asker), Some(party)) = (self.find(asked.subject), self.find(asked.party)) else {
            return;
        };
        if self.is_gone(asker) || self.is_gone(party) {
            return;
        }
        let in_force = InForce::of(self);
        let main_unit = self.party(party).and_then(|party| self.main_unit(party));
        let mut actors: Vec<(PartyNo, Window, Path)> = Vec::new();
        for from in [Some(party), main_unit].into_iter().flatten() {
            let on_file = self.delegated.get(&(from, resource.clone()));
            for delegation in on_file.into_iter().flat_map(|list| list.iter()) {
                if !self.is_about(delegation, party) {
                    continue;
                }
                if actors.is_empty() {
                    actors = self.receivers(&self.actors(&in_force, asker));
                }
                for (actor, window, path) in &actors {
                    if delegation.to == *actor {
                        let through = (from != party).then_some(from);
                        let path = self.through(path, through);
                        let window = in_force.delegation(delegation).and(*window);
                        let used = self.delegation(delegation, window, path);
                        visit(&delegation.grant, used);
                    }
                }
            }
        }
        self.reach(asked.subject, asked.party, |found: Derived<'_>| {
            if matches!(&found.what, Reached::Client(_, known, _) if *known == resource)
                && let Some((grant, used)) = self.client_right(asker, party, found)
            {
                visit(grant, used);
            }
        });
    }

    /// Whether a delegation is about a party: it is not if its instance is known to be another's,
    /// as those of a main unit are not its sub-units'.
    pub(super) fn is_about(&self, delegation: &ResourceDelegation, party: PartyNo) -> bool {
        let known = delegation.instance.as_ref();
        let known = known.and_then(|instance| self.instances.get(instance));
        known.is_none_or(|(owner, _)| *owner == party)
    }

    /// Returns the delegation by which an agent has rights for a client; `None` if something else
    /// was found.
    pub(super) fn client_right<'s>(
        &self,
        agent: PartyNo,
        client: PartyNo,
        found: Derived<'s>,
    ) -> Option<(&'s RecordOrigin, Delegation)> {
        let route = found.route;
        let Reached::Client(given, resource, rights) = found.what else {
            return None;
        };
        let used = Delegation {
            id: given.grant.id.to_string().into(),
            resource: resource.clone(),
            instance: None,
            from: self.key(client),
            to: self.key(agent),
            rights,
            window: found.window,
            path: route.to_path(self),
            level: MinimumLevel::default(),
            out_of: self.code_of(route.out_of),
        };
        Some((&given.grant, used))
    }

    /// Returns the parties whose received delegations a subject may use by its actors: itself,
    /// organisations in which it has a key role, and their sub-units.
    pub(super) fn receivers(&self, actors: &[Actor<'_>]) -> Vec<(PartyNo, Window, Path)> {
        let mut receivers = Vec::new();
        for actor in actors {
            let route = Route {
                key_role: actor.key_role,
                ..Route::default()
            };
            let path = route.to_path(self);
            if actor.key_role.is_some() {
                let units = self.parts.get(&actor.party).into_iter();
                for unit in units.flat_map(|units| units.iter()) {
                    let is_unit = self.party(*unit).is_some_and(|party| {
                        party.kind == crate::altinn::party::PartyKind::Organisation
                    });
                    if is_unit && !self.is_gone(*unit) {
                        let step = Step::SubUnit(self.name(*unit).into());
                        receivers.push((*unit, actor.window, path.clone().then(step)));
                    }
                }
            }
            receivers.push((actor.party, actor.window, path));
        }
        receivers
    }

    pub(super) fn through(&self, path: &Path, main_unit: Option<PartyNo>) -> Path {
        match main_unit {
            Some(unit) => {
                let step = Step::MainUnit(self.name(unit).into());
                path.clone().then(step)
            }
            None => path.clone(),
        }
    }

    pub(super) fn delegation(
        &self,
        held: &ResourceDelegation,
        window: Window,
        path: Path,
    ) -> Delegation {
        Delegation {
            id: held.grant.id.to_string().into(),
            resource: held.resource.clone(),
            instance: held.instance.clone(),
            from: self.key(held.from),
            to: self.key(held.to),
            rights: held.rights.clone(),
            window,
            path,
            level: MinimumLevel::default(),
            out_of: self.code_of(held.out_of),
        }
    }

    fn code_of(&self, package: Option<PackageId>) -> Option<Arc<str>> {
        package.map(|package| self.catalogue.package_by_id(package).code.clone())
    }

    /// Returns the first key of a party; every party has one.
    pub(super) fn key(&self, party: PartyNo) -> PartyKey {
        let key = self.party(party).and_then(|party| party.keys().next());
        // INVARIANT: a party without keys is refused when it is added.
        key.unwrap_or(PartyKey::Id(0))
    }

    fn resource_rights(&self, resource: &ResourceId, party: &Party) -> Vec<ResourceRight> {
        let Some(number) = self.find(party).filter(|party| !self.is_gone(*party)) else {
            return Vec::new();
        };
        let rights = self.rights.get(&(resource.clone(), number)).into_iter();
        rights
            .flat_map(|rights| rights.iter())
            .map(|right| ResourceRight {
                resource: resource.clone(),
                party: self.key(number),
                performed_by: right.performed_by.map(|person| self.key(person)),
                rights_type: right.rights_type.clone(),
                rights_value: right.rights_value.clone(),
                window: right.window,
            })
            .collect()
    }

    fn access_groups(&self, asked: &Asked<'_>) -> Vec<Fact<Arc<str>>> {
        let here = |party| self.find(party).filter(|party| !self.is_gone(*party));
        let (Some(party), subject) = (here(asked.party), here(asked.subject)) else {
            return Vec::new();
        };
        let Some(members) = self.groups.get(&party) else {
            return Vec::new();
        };
        // A group for everyone counts while the subject has a role or a package for the party: its
        // window ends, or begins, at the next moment at which that may change.
        let acts = || {
            let held = self.held(asked.subject, asked.party, Moment::of(&asked.at));
            let (always, changes) = (Window::ALWAYS, held.changes);
            match held.is_empty() {
                true => Window {
                    from: changes,
                    ..always
                },
                false => Window {
                    until: changes,
                    ..always
                },
            }
        };
        let of = |member: Option<PartyNo>| {
            let from = members.range((member, Arc::from(""))..);
            from.take_while(move |((known, _), _)| *known == member)
        };
        let mut facts = Vec::new();
        let mut acting = None;
        for ((_, group), window) in of(None) {
            let acts = *acting.get_or_insert_with(acts);
            facts.push(Fact::new(group.clone()).during(window.and(acts)));
        }
        for ((_, group), window) in subject.into_iter().flat_map(|subject| of(Some(subject))) {
            facts.push(Fact::new(group.clone()).during(*window));
        }
        facts
    }

    fn access_lists(&self, party: &Party) -> Vec<Fact<Arc<str>>> {
        let number = self.find(party).filter(|party| !self.is_gone(*party));
        let lists = number.and_then(|number| self.memberships.get(&number));
        lists
            .into_iter()
            .flat_map(|lists| lists.iter())
            .map(|(list, window)| Fact::new(list.clone()).during(*window))
            .collect()
    }

    pub(super) fn connections(
        &self,
        resource: &ResourceId,
        party: &Party,
    ) -> Vec<Fact<AccessListConnection>> {
        let mut facts = Vec::new();
        for member in self.access_lists(party) {
            let list = self.lists.get(&member.value);
            if let Some(actions) = list.and_then(|list| list.connections.get(resource)) {
                let connection = AccessListConnection {
                    list: member.value.clone(),
                    actions: actions.clone(),
                };
                facts.push(Fact::new(connection).during(member.window));
            }
        }
        facts
    }
}

impl Snapshot {
    pub(in crate::altinn) fn estate_roles(&self, asked: &Asked<'_>) -> Vec<Fact<Arc<str>>> {
        self.0.estate_roles(asked)
    }
}

/// Implements traits for a [`Snapshot`], and for a [`Register`] by its present one.
macro_rules! sources {
    ($($trait:ident {
        $(fn $method:ident(&$state:ident, $($argument:ident: $type:ty),*) -> $result:ty = $found:expr;)*
    })*) => {$(
        impl $trait for Snapshot {
            $(fn $method(&self, $($argument: $type),*) -> Answer<$result> {
                let $state = &*self.0;
                Ok($found)
            })*
        }

        impl $trait for Register {
            $(fn $method(&self, $($argument: $type),*) -> Answer<$result> {
                self.snapshot().$method($($argument),*)
            })*
        }
    )*};
}

sources! {
    Roles {
        fn roles(&state, asked: &Asked<'_>) -> Vec<Fact<Arc<str>>> = state.roles(asked);
    }
    AccessPackages {
        fn access_packages(&state, asked: &Asked<'_>) -> Vec<Fact<Arc<str>>> =
            state.access_packages(asked);
    }
    AccessGroups {
        fn access_groups(&state, asked: &Asked<'_>) -> Vec<Fact<Arc<str>>> =
            state.access_groups(asked);
    }
    ResourceRights {
        fn resource_rights(&state, resource: &ResourceId, party: &Party, _at: DateTime)
            -> Vec<ResourceRight> = state.resource_rights(resource, party);
    }
    AccessLists {
        fn access_lists(&state, party: &Party, _at: DateTime) -> Vec<Fact<Arc<str>>> =
            state.access_lists(party);
        fn connections(&state, resource: &ResourceId, party: &Party, _at: DateTime)
            -> Vec<Fact<AccessListConnection>> = state.connections(resource, party);
    }
    Delegations {
        fn delegations(
            &state,
            asked: &Asked<'_>,
            resource: &ResourceId,
            _instance: Option<&InstanceId>
        ) -> Vec<Delegation> = state.delegations(asked, resource);
    }
    Parties {
        fn party(&state, key: &PartyKey) -> Option<Arc<Party>> =
            state.number(key).and_then(|number| state.party(number)).cloned();
    }
    Instances {
        fn instance(&state, id: &InstanceId) -> Option<Instance> =
            state.instance(id);
    }
    Resources {
        fn resource(&state, id: &ResourceId) -> Option<Arc<Resource>> =
            state.resources.get(id).cloned();
    }
}
