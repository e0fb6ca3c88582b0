//! Facts → tables, without a check of rights, for files, reports and permitted changes. Keeps every
//! index in step.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use super::state::{
    AccessList, ClientDelegation, Connection, HeldPackage, HeldRight, HeldRole, PartyNo, RecordId,
    RecordOrigin, RecordPlace, RegisterState, ResourceDelegation,
};
use super::table::{ShardedMap, counted};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::fact::Window;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};

impl RegisterState {
    /// Adds a party, or replaces the one that has one of these keys; returns its number.
    ///
    /// # Errors
    ///
    /// Two keys that belong to different parties of the register.
    pub(super) fn put_party(&mut self, party: Party) -> Result<PartyNo, [PartyKey; 2]> {
        let mut existing: Option<(PartyKey, PartyNo)> = None;
        for key in party.keys() {
            let Some(number) = self.number(&key) else {
                continue;
            };
            match &existing {
                Some((other, first)) if *first != number => return Err([other.clone(), key]),
                _ => existing = Some((key, number)),
            }
        }
        let number = existing.map_or(self.next_party(), |(_, number)| number);
        if let Some(old) = self.party(number).cloned() {
            for key in old.keys() {
                self.keys.remove(&key);
            }
            if let Some(parent) = old.parent.as_ref().and_then(|parent| self.number(parent)) {
                let parts = Arc::make_mut(self.parts.entry(parent));
                parts.retain(|part| *part != number);
            }
        }
        for key in party.keys() {
            self.keys.insert(key, number);
        }
        if let Some(parent) = party.parent.as_ref().and_then(|parent| self.number(parent)) {
            Arc::make_mut(self.parts.entry(parent)).push(number);
        }
        self.set_party(number, party);
        Ok(number)
    }

    /// Sorts records by their numbers, after they were added in another order.
    pub(super) fn sort_records(&mut self) {
        for connection in self.connections.values_mut() {
            let connection = Arc::make_mut(connection);
            let number = |held: &HeldRole| held.grant.as_ref().map(|grant| grant.id);
            connection.roles.sort_by_key(number);
            connection.packages.sort_by_key(|held| held.grant.id);
        }
        for clients in self.clients.values_mut() {
            Arc::make_mut(clients).sort_by_key(|held| held.grant.id);
        }
        for delegated in self.delegated.values_mut() {
            Arc::make_mut(delegated).sort_by_key(|held| held.grant.id);
        }
    }

    fn connection(&mut self, to: PartyNo, from: PartyNo) -> &mut Connection {
        if self.connections.get(&(to, from)).is_none() {
            Arc::make_mut(self.received.entry(to)).push(from);
            Arc::make_mut(self.given.entry(from)).push(to);
        }
        Arc::make_mut(self.connections.entry((to, from)))
    }

    /// Removes a connection without roles and packages.
    pub(super) fn tidy(&mut self, to: PartyNo, from: PartyNo) {
        if self.end_if_empty(to, from) {
            self.forget_connections(&[(to, from)]);
        }
    }

    /// Removes a connection without roles and packages from its table; returns whether it did.
    /// [`forget_connections`](Self::forget_connections) must follow.
    pub(super) fn end_if_empty(&mut self, to: PartyNo, from: PartyNo) -> bool {
        let connection = self.connections.get(&(to, from));
        let is_empty = connection.is_some_and(|c| c.roles.is_empty() && c.packages.is_empty());
        if is_empty {
            self.connections.remove(&(to, from));
        }
        is_empty
    }

    /// Removes connections, each (to, from), from the lists of both parties.
    pub(super) fn forget_connections(&mut self, ended: &[(PartyNo, PartyNo)]) {
        forget_all(&mut self.received, ended.iter().copied());
        let given = ended.iter().map(|(to, from)| (*from, *to));
        forget_all(&mut self.given, given);
    }

    /// Adds a role. One that a register or the host reports again gets the new window.
    pub(super) fn put_role(
        &mut self,
        to: PartyNo,
        from: PartyNo,
        role: RoleId,
        window: Window,
        grant: Option<RecordOrigin>,
    ) {
        let catalogue = self.catalogue.clone();
        let is_key_role = |role: RoleId| catalogue.role_by_id(role).is_key_role;
        let connection = self.connection(to, from);
        let is_first =
            is_key_role(role) && !connection.roles.iter().any(|other| is_key_role(other.role));
        let added = HeldRole {
            role,
            stated: window,
            grant: grant.map(Arc::new),
        };
        if added.grant.is_some() {
            connection.roles.push(added);
        } else {
            let roles = &mut connection.roles;
            let reported = roles.partition_point(|other| other.grant.is_none());
            match roles[..reported]
                .iter_mut()
                .find(|other| other.role == role)
            {
                Some(other) => other.stated = window,
                None => roles.insert(reported, added),
            }
        }
        if is_first {
            self.key_roles.entry(to).push(from);
            self.run_by.entry(from).push(to);
        }
    }

    /// Removes the roles of a connection for which `leaves` is true; returns them. The connection
    /// stays, even if it is empty.
    pub(super) fn take_roles(
        &mut self,
        to: PartyNo,
        from: PartyNo,
        leaves: impl Fn(&HeldRole) -> bool,
    ) -> Vec<HeldRole> {
        if self.connections.get(&(to, from)).is_none() {
            return Vec::new();
        }
        let connection = Arc::make_mut(self.connections.entry((to, from)));
        let (gone, kept): (Vec<HeldRole>, Vec<HeldRole>) = std::mem::take(&mut connection.roles)
            .into_iter()
            .partition(|held| leaves(held));
        connection.roles = kept.into();
        let is_key = |held: &HeldRole| self.catalogue.role_by_id(held.role).is_key_role;
        if gone.iter().any(is_key) && !connection.roles.iter().any(is_key) {
            self.key_roles
                .entry(to)
                .retain(|organisation| *organisation != from);
            self.run_by.entry(from).retain(|runner| *runner != to);
        }
        gone
    }

    /// Adds a delegated package to a connection.
    pub(super) fn put_package(
        &mut self,
        to: PartyNo,
        from: PartyNo,
        package: PackageId,
        window: Window,
        grant: RecordOrigin,
    ) {
        self.connection(to, from).packages.push(HeldPackage {
            package,
            stated: window,
            grant,
        });
    }

    /// Adds a client delegation.
    pub(super) fn put_client(
        &mut self,
        agent: PartyNo,
        client: PartyNo,
        delegation: ClientDelegation,
    ) {
        let provider = delegation.provider;
        let delegations = self.clients.get(&(agent, client));
        if !delegations
            .is_some_and(|delegations| delegations.iter().any(|other| other.provider == provider))
        {
            Arc::make_mut(self.agents.entry((provider, client))).push(agent);
            Arc::make_mut(self.served.entry((agent, provider))).push(client);
        }
        Arc::make_mut(self.clients.entry((agent, client))).push(delegation);
    }

    /// Adds a delegation of a resource or an instance.
    pub(super) fn put_delegation(&mut self, delegation: ResourceDelegation) {
        let (from, resource) = (delegation.from, delegation.resource.clone());
        let received = self.delegated_to.entry(delegation.to);
        Arc::make_mut(received).push(delegation.grant.id);
        let place = (from, resource.clone());
        if self.delegated.get(&place).is_none() {
            Arc::make_mut(self.resources_given.entry(from)).push(resource.clone());
            Arc::make_mut(self.delegators.entry(resource)).push(from);
        }
        Arc::make_mut(self.delegated.entry(place)).push(Arc::new(delegation));
    }

    /// Records that one record was delegated on from another.
    pub(super) fn put_on_from(&mut self, id: RecordId, on_from: Option<RecordId>) {
        if let Some(root) = on_from {
            self.delegated_on.entry(root).push(id);
        }
    }

    pub(super) fn put_right(&mut self, resource: ResourceId, party: PartyNo, right: HeldRight) {
        if self.rights.get(&(resource.clone(), party)).is_none() {
            Arc::make_mut(self.rights_by_party.entry(party)).push(resource.clone());
            Arc::make_mut(self.rights_by_resource.entry(resource.clone())).push(party);
        }
        let place = RecordPlace::Right {
            resource: resource.clone(),
            party,
        };
        self.places.insert(right.id, place);
        if let Some(only) = right.performed_by {
            Arc::make_mut(self.performs.entry(only)).push(party);
        }
        Arc::make_mut(self.rights.entry((resource, party))).push(right);
    }

    /// Removes a resource right; returns whether it existed.
    pub(super) fn take_right(&mut self, id: RecordId) -> bool {
        let Some(RecordPlace::Right { resource, party }) = self.places.get(&id).cloned() else {
            return false;
        };
        self.places.remove(&id);
        let place = (resource, party);
        let rights = Arc::make_mut(self.rights.entry(place.clone()));
        let found = rights.iter().position(|right| right.id == id);
        let taken = found.map(|found| rights.remove(found));
        let is_last = rights.is_empty();
        if let Some(only) = taken.and_then(|taken| taken.performed_by) {
            let parties = Arc::make_mut(self.performs.entry(only));
            if let Some(found) = parties.iter().position(|other| *other == place.1) {
                parties.swap_remove(found);
            }
        }
        if is_last {
            self.rights.remove(&place);
            let (resource, party) = place;
            Arc::make_mut(self.rights_by_party.entry(party)).retain(|other| *other != resource);
            Arc::make_mut(self.rights_by_resource.entry(resource)).retain(|other| *other != party);
        }
        true
    }

    pub(super) fn put_resource(&mut self, resource: Resource) {
        self.resources
            .insert(resource.id.clone(), Arc::new(resource));
    }

    pub(super) fn put_instance(&mut self, id: InstanceId, party: PartyNo, instance: Instance) {
        self.instances.insert(id, (party, Arc::new(instance)));
    }

    /// Returns an instance, with a key that its party has.
    pub(super) fn instance(&self, id: &InstanceId) -> Option<Instance> {
        let (number, described) = self.instances.get(id)?;
        let mut instance = (**described).clone();
        instance.party = self.key_of_instance(*number, &instance.party);
        Some(instance)
    }

    /// Returns the key by which an instance names its party, or another one if the party has lost
    /// it.
    pub(super) fn key_of_instance(&self, party: PartyNo, stated: &PartyKey) -> PartyKey {
        match self.number(stated) == Some(party) {
            true => stated.clone(),
            false => self.key(party),
        }
    }

    /// Connects an access list to a resource, for all actions (`None`) or some.
    pub(super) fn put_list_connection(
        &mut self,
        list: &Arc<str>,
        resource: ResourceId,
        actions: Option<Vec<Arc<str>>>,
    ) {
        let entry = Arc::make_mut(self.lists.entry(list.clone()));
        entry.name = list.clone();
        entry.connections.insert(resource, actions);
    }

    pub(super) fn put_list_member(&mut self, list: &Arc<str>, party: PartyNo, window: Window) {
        let entry = Arc::make_mut(self.lists.entry(list.clone()));
        entry.name = list.clone();
        let was_member = entry.members.insert(party, window).is_some();
        let memberships = Arc::make_mut(self.memberships.entry(party));
        if was_member {
            counted(memberships.len());
            memberships.retain(|(other, _)| other != list);
        }
        memberships.push((list.clone(), window));
    }

    pub(super) fn take_list_member(&mut self, list: &Arc<str>, party: PartyNo) -> bool {
        let known = self.lists.get(list);
        let was_member = known.is_some_and(|known| known.members.contains_key(&party));
        if was_member {
            let entry = Arc::make_mut(self.lists.entry(list.clone()));
            entry.members.remove(&party);
            let memberships = Arc::make_mut(self.memberships.entry(party));
            counted(memberships.len());
            memberships.retain(|(other, _)| other != list);
        }
        was_member
    }

    /// Adds an access list, which must be new.
    pub(super) fn put_list(&mut self, list: AccessList) {
        for (party, window) in &list.members {
            let memberships = Arc::make_mut(self.memberships.entry(*party));
            memberships.push((list.name.clone(), *window));
        }
        self.lists.insert(list.name.clone(), Arc::new(list));
    }

    /// Adds a membership of an access group; an existing one gets the new window.
    pub(super) fn put_group_member(
        &mut self,
        party: PartyNo,
        group: Arc<str>,
        subject: Option<PartyNo>,
        window: Window,
    ) {
        let members = Arc::make_mut(self.groups.entry(party));
        let is_new = members.insert((subject, group), window).is_none();
        if let Some(subject) = subject.filter(|_| is_new) {
            Arc::make_mut(self.grouped.entry(subject)).push(party);
        }
    }

    /// Removes a membership of an access group; returns whether it existed.
    pub(super) fn take_group_member(
        &mut self,
        party: PartyNo,
        group: &str,
        subject: Option<PartyNo>,
    ) -> bool {
        let member = (subject, group.into());
        let known = self.groups.get(&party);
        if !known.is_some_and(|members| members.contains_key(&member)) {
            return false;
        }
        let members = Arc::make_mut(self.groups.entry(party));
        members.remove(&member);
        if members.is_empty() {
            self.groups.remove(&party);
        }
        if let Some(subject) = subject {
            let parties = Arc::make_mut(self.grouped.entry(subject));
            counted(parties.len());
            if let Some(place) = parties.iter().position(|other| *other == party) {
                parties.swap_remove(place);
            }
        }
        true
    }

    /// Adds a role in an estate; an existing one gets the new window.
    pub(super) fn put_estate_role(
        &mut self,
        to: PartyNo,
        from: PartyNo,
        role: Arc<str>,
        window: Window,
    ) {
        if self.estates.get(&(to, from)).is_none() {
            Arc::make_mut(self.heirs.entry(from)).push(to);
            Arc::make_mut(self.inherits.entry(to)).push(from);
        }
        let roles = Arc::make_mut(self.estates.entry((to, from)));
        match roles.iter_mut().find(|(other, _)| *other == role) {
            Some((_, stated)) => *stated = window,
            None => roles.push((role, window)),
        }
    }

    /// Removes a role in an estate; returns whether it existed.
    pub(super) fn take_estate_role(&mut self, to: PartyNo, from: PartyNo, role: &str) -> bool {
        let roles = self.estates.get(&(to, from));
        if !roles.is_some_and(|roles| roles.iter().any(|(other, _)| **other == *role)) {
            return false;
        }
        let roles = Arc::make_mut(self.estates.entry((to, from)));
        roles.retain(|(other, _)| **other != *role);
        if roles.is_empty() {
            self.estates.remove(&(to, from));
            Arc::make_mut(self.heirs.entry(from)).retain(|heir| *heir != to);
            Arc::make_mut(self.inherits.entry(to)).retain(|estate| *estate != from);
        }
        true
    }
}

/// Removes a value from a list of a table; an empty list is removed as well.
pub(super) fn forget<K, V>(table: &mut ShardedMap<K, Arc<Vec<V>>>, key: K, value: &V)
where
    K: Eq + Hash + Clone,
    V: Eq + Hash + Clone,
{
    forget_all(table, [(key, value.clone())].into_iter());
}

/// Removes values from the lists of a table, each list filtered once; empty lists are removed as
/// well.
pub(super) fn forget_all<K, V>(
    table: &mut ShardedMap<K, Arc<Vec<V>>>,
    values: impl Iterator<Item = (K, V)>,
) where
    K: Eq + Hash + Clone,
    V: Eq + Hash + Clone,
{
    let mut gone: HashMap<K, HashSet<V>> = HashMap::new();
    for (key, value) in values {
        gone.entry(key).or_default().insert(value);
    }
    for (key, gone) in gone {
        if table.get(&key).is_none() {
            continue;
        }
        let list = Arc::make_mut(table.entry(key.clone()));
        counted(list.len());
        list.retain(|value| !gone.contains(value));
        if list.is_empty() {
            table.remove(&key);
        }
    }
}
