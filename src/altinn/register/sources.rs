//! The register as a source for a PDP: a subject and a party → facts of every kind, each with its
//! path.

use std::sync::Arc;

use super::derive::{Derived, Reached, Route};
use super::in_force::InForce;
use super::state::{PartyNo, RegisterState, ResourceDelegation};
use super::{Register, Snapshot};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::{Fact, Moment, Path, Window};
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
        let (Some(to), Some(from)) = (self.find(asked.subject), self.find(asked.party)) else {
            return Vec::new();
        };
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
            let name = self.catalogue.role_by_id(role).name.to_lowercase();
            let path = path.then(format!("with the role {name}"));
            for single in self.catalogue.packages_of(role, form) {
                package(*single, path.clone());
            }
        });
        facts
    }

    pub(super) fn delegations(&self, asked: &Asked<'_>, resource: &ResourceId) -> Vec<Delegation> {
        let (Some(asker), Some(party)) = (self.find(asked.subject), self.find(asked.party)) else {
            return Vec::new();
        };
        if self.is_gone(asker) || self.is_gone(party) {
            return Vec::new();
        }
        let mut usable = Vec::new();
        let in_force = InForce::of(self);
        let main_unit = self.party(party).and_then(|party| self.main_unit(party));
        let mut actors: Vec<(PartyNo, Window, Path)> = Vec::new();
        for from in [Some(party), main_unit].into_iter().flatten() {
            let on_file = self.delegated.get(&(from, resource.clone()));
            for delegation in on_file.into_iter().flat_map(|list| list.iter()) {
                if actors.is_empty() {
                    actors = self.receivers(&in_force, asker);
                }
                for (actor, window, path) in &actors {
                    if delegation.to == *actor {
                        let through = (from != party).then_some(from);
                        let path = self.through(path, through);
                        let window = in_force.delegation(delegation).and(*window);
                        usable.push(self.delegation(delegation, window, path));
                    }
                }
            }
        }
        self.reach(asked.subject, asked.party, |found: Derived<'_>| {
            let Reached::Client(given, known, rights) = found.what else {
                return;
            };
            if known == resource {
                usable.push(Delegation {
                    id: given.grant.id.to_string().into(),
                    resource: known.clone(),
                    instance: None,
                    from: self.key(party),
                    to: self.key(asker),
                    rights,
                    window: found.window,
                    path: found.route.to_path(self),
                    level: MinimumLevel::default(),
                });
            }
        });
        usable
    }

    /// Returns the parties whose received delegations `asker` may use: itself, organisations in
    /// which it has a key role, and their sub-units.
    fn receivers(&self, in_force: &InForce<'_>, asker: PartyNo) -> Vec<(PartyNo, Window, Path)> {
        let mut receivers = Vec::new();
        for actor in self.actors(in_force, asker) {
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
                        let step = format!("and its sub-unit {}", self.name(*unit));
                        receivers.push((*unit, actor.window, path.clone().then(step)));
                    }
                }
            }
            receivers.push((actor.party, actor.window, path));
        }
        receivers
    }

    fn through(&self, path: &Path, main_unit: Option<PartyNo>) -> Path {
        match main_unit {
            Some(unit) => {
                let step = format!("through the main unit {}", self.name(unit));
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
        }
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
        let members = self.groups.get(&party).into_iter();
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
        let mut acting = None;
        members
            .flat_map(|members| members.iter())
            .filter_map(|member| {
                let window = match member.subject {
                    Some(only) if subject == Some(only) => Window::ALWAYS,
                    Some(_) => return None,
                    None => *acting.get_or_insert_with(acts),
                };
                Some(Fact::new(member.group.clone()).during(member.window.and(window)))
            })
            .collect()
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
            let connections = list.into_iter().flat_map(|list| list.connections.iter());
            for (_, actions) in connections.filter(|(known, _)| known == resource) {
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

macro_rules! from_snapshot {
    ($($trait:ident { $(fn $method:ident($($argument:ident: $type:ty),*) -> $result:ty;)* })*) => {$(
        impl $trait for Register {
            $(fn $method(&self, $($argument: $type),*) -> Answer<$result> {
                self.snapshot().$method($($argument),*)
            })*
        }
    )*};
}

from_snapshot! {
    Roles { fn roles(asked: &Asked<'_>) -> Vec<Fact<Arc<str>>>; }
    AccessPackages { fn access_packages(asked: &Asked<'_>) -> Vec<Fact<Arc<str>>>; }
    AccessGroups { fn access_groups(asked: &Asked<'_>) -> Vec<Fact<Arc<str>>>; }
    ResourceRights {
        fn resource_rights(resource: &ResourceId, party: &Party, at: DateTime) -> Vec<ResourceRight>;
    }
    AccessLists {
        fn access_lists(party: &Party, at: DateTime) -> Vec<Fact<Arc<str>>>;
        fn connections(resource: &ResourceId, party: &Party, at: DateTime)
            -> Vec<Fact<AccessListConnection>>;
    }
    Delegations {
        fn delegations(asked: &Asked<'_>, resource: &ResourceId, instance: Option<&InstanceId>)
            -> Vec<Delegation>;
    }
    Parties { fn party(key: &PartyKey) -> Option<Arc<Party>>; }
    Instances { fn instance(id: &InstanceId) -> Option<Instance>; }
    Resources { fn resource(id: &ResourceId) -> Option<Arc<Resource>>; }
}

impl Roles for Snapshot {
    fn roles(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        Ok(self.0.roles(asked))
    }
}

impl AccessPackages for Snapshot {
    fn access_packages(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        Ok(self.0.access_packages(asked))
    }
}

impl AccessGroups for Snapshot {
    fn access_groups(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        Ok(self.0.access_groups(asked))
    }
}

impl ResourceRights for Snapshot {
    fn resource_rights(
        &self,
        resource: &ResourceId,
        party: &Party,
        _: DateTime,
    ) -> Answer<Vec<ResourceRight>> {
        Ok(self.0.resource_rights(resource, party))
    }
}

impl AccessLists for Snapshot {
    fn access_lists(&self, party: &Party, _: DateTime) -> Answer<Vec<Fact<Arc<str>>>> {
        Ok(self.0.access_lists(party))
    }

    fn connections(
        &self,
        resource: &ResourceId,
        party: &Party,
        _: DateTime,
    ) -> Answer<Vec<Fact<AccessListConnection>>> {
        Ok(self.0.connections(resource, party))
    }
}

impl Delegations for Snapshot {
    fn delegations(
        &self,
        asked: &Asked<'_>,
        resource: &ResourceId,
        _: Option<&InstanceId>,
    ) -> Answer<Vec<Delegation>> {
        Ok(self.0.delegations(asked, resource))
    }
}

impl Parties for Snapshot {
    fn party(&self, key: &PartyKey) -> Answer<Option<Arc<Party>>> {
        let number = self.0.number(key);
        Ok(number.and_then(|number| self.0.party(number)).cloned())
    }
}

impl Instances for Snapshot {
    fn instance(&self, id: &InstanceId) -> Answer<Option<Instance>> {
        Ok(self
            .0
            .instances
            .get(id)
            .map(|instance| (**instance).clone()))
    }
}

impl Resources for Snapshot {
    fn resource(&self, id: &ResourceId) -> Answer<Option<Arc<Resource>>> {
        Ok(self.0.resources.get(id).cloned())
    }
}
