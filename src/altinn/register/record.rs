//! The number of a record → its delegation; removal of records with everything that is based on
//! them.
//!
//! **Benefit.** What a removal costs grows with what may be based on the delegation and with the
//! lists that hold it, and hardly with the register: a table copies the shards that change.
//!
//! **Mechanism.** Questions read lists by the parties (`connections`, `clients`, `delegated`).
//! `places` leads from a number to its list, where the record is found by binary search: numbers
//! grow, and lists keep their order. `delegated_on` leads from a delegation to those delegated on
//! from it. A removal follows `delegated_on` with a work list, then filters each list once, then
//! examines which client delegations have lost their basis. These are removed in the next round,
//! with what is based on them.
//!
//! **Failure.** A table that is out of step with the others would keep a revoked delegation in a
//! list that questions read. So every table that names a record is changed here together, and
//! `tests/consistency.rs` computes the tables anew after random sequences of changes.
//!
//! **Exactness.** The rounds end: each removes records, and none is added. The result does not
//! depend on their order: a record without a basis does not get it back by another's removal.

use std::collections::HashSet;
use std::sync::Arc;

use super::put::forget_all;
use super::state::{
    ClientDelegation, HeldPackage, HeldRole, PartyNo, RecordId, RecordOrigin, RecordPlace,
    RegisterState, ResourceDelegation,
};
use super::table::counted;
use crate::altinn::catalogue::PackageId;
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::resource::ResourceId;

/// A delegation of any kind, with its receiver, window and grant.
#[derive(Clone, Copy)]
pub(super) struct DelegationRecord<'s> {
    pub(super) from: PartyNo,
    pub(super) to: PartyNo,
    pub(super) stated: Window,
    pub(super) grant: &'s RecordOrigin,
    pub(super) gave: Gave<'s>,
}

impl DelegationRecord<'_> {
    /// Whether this may be delegated on from `root`: it is for the same party, and gives no more.
    /// [`InForce`](super::in_force::InForce) decides when it holds.
    pub(super) fn rests_on(&self, root: &DelegationRecord<'_>) -> bool {
        self.from == root.from
            && match (self.gave, root.gave) {
                (Gave::Role(gave), Gave::Role(root)) => gave.role == root.role,
                (Gave::Package(gave), Gave::Package(root)) => gave.package == root.package,
                (Gave::Resource(gave), Gave::Resource(root)) => {
                    let is_within = root.instance.is_none() || root.instance == gave.instance;
                    let mut rights = gave.rights.iter();
                    gave.resource == root.resource
                        && is_within
                        && rights.all(|right| root.covers(right))
                }
                // A service of the package: only the policy knows whether it is one.
                (Gave::Resource(_), Gave::Package(_)) => true,
                (Gave::Client(gave), _) => gave.provider == root.to,
                _ => false,
            }
    }
}

/// The entries of other tables that leave with the records that leave theirs.
#[derive(Default)]
struct Leaving {
    /// (to, from).
    connections: Vec<(PartyNo, PartyNo)>,
    /// (from, resource).
    delegated: Vec<(PartyNo, ResourceId)>,
    /// The receivers of delegations of resources.
    receivers: HashSet<PartyNo>,
    /// (agent, provider, client).
    served: Vec<(PartyNo, PartyNo, PartyNo)>,
}

#[derive(Clone, Copy)]
pub(super) enum Gave<'s> {
    Role(&'s HeldRole),
    Package(&'s HeldPackage),
    Resource(&'s ResourceDelegation),
    Client(&'s ClientDelegation),
}

impl Gave<'_> {
    /// Returns the package of which rights are a part that are delegated on from this.
    pub(super) fn package(&self) -> Option<PackageId> {
        match self {
            Self::Package(held) => Some(held.package),
            Self::Resource(held) => held.out_of,
            Self::Role(_) | Self::Client(_) => None,
        }
    }
}

impl RegisterState {
    /// Returns the delegation of this number; `None` for resource rights too.
    pub(super) fn record(&self, id: RecordId) -> Option<DelegationRecord<'_>> {
        match self.places.get(&id)? {
            RecordPlace::Connection { to, from } => self.connection_record(*to, *from, id),
            RecordPlace::Client { agent, client } => {
                let delegations = self.clients.get(&(*agent, *client))?;
                let place = place_of(id, delegations, |delegation| &delegation.grant)?;
                let delegation = delegations.get(place)?;
                Some(DelegationRecord {
                    from: *client,
                    to: *agent,
                    stated: delegation.stated,
                    grant: &delegation.grant,
                    gave: Gave::Client(delegation),
                })
            }
            RecordPlace::Delegation { from, resource } => {
                let delegations = self.delegated.get(&(*from, resource.clone()))?;
                let place = place_of(id, delegations, |delegation| &delegation.grant)?;
                let delegation = delegations.get(place)?;
                Some(DelegationRecord {
                    from: *from,
                    to: delegation.to,
                    stated: delegation.stated,
                    grant: &delegation.grant,
                    gave: Gave::Resource(delegation),
                })
            }
            RecordPlace::Right { .. } => None,
        }
    }

    /// Returns the delegation of a resource or an instance of this number.
    pub(super) fn resource_delegation(&self, id: RecordId) -> Option<&ResourceDelegation> {
        match self.record(id)?.gave {
            Gave::Resource(delegation) => Some(delegation),
            _ => None,
        }
    }

    /// Sets the package of which a delegation of a resource is one service.
    pub(super) fn put_out_of(&mut self, id: RecordId, package: PackageId) {
        let Some(RecordPlace::Delegation { from, resource }) = self.places.get(&id).cloned() else {
            return;
        };
        let delegated = Arc::make_mut(self.delegated.entry((from, resource)));
        let place = place_of(id, delegated, |delegation| &delegation.grant);
        if let Some(delegation) = place.and_then(|place| delegated.get_mut(place)) {
            Arc::make_mut(delegation).out_of = Some(package);
        }
    }

    fn connection_record(
        &self,
        to: PartyNo,
        from: PartyNo,
        id: RecordId,
    ) -> Option<DelegationRecord<'_>> {
        let connection = self.connections.get(&(to, from))?;
        let package = place_of(id, &connection.packages, |package| &package.grant);
        let package = package.and_then(|place| connection.packages.get(place));
        let (stated, grant, gave) = match package {
            Some(package) => (package.stated, &package.grant, Gave::Package(package)),
            None => {
                // Roles that a register reported have no grant. They come first, as None is less
                // than any number, so the whole list is in order.
                let roles = &connection.roles;
                let number = |role: &HeldRole| role.grant.as_ref().map(|grant| grant.id);
                let role = roles.get(roles.binary_search_by_key(&Some(id), number).ok()?)?;
                (role.stated, role.grant.as_deref()?, Gave::Role(role))
            }
        };
        Some(DelegationRecord {
            from,
            to,
            stated,
            grant,
            gave,
        })
    }

    /// Removes a delegation, those delegated on from it, and those based on either; returns whether
    /// it existed.
    pub(super) fn take_record(&mut self, id: RecordId) -> bool {
        let is_delegation = self.record(id).is_some();
        if is_delegation {
            self.take_all(vec![id]);
        }
        is_delegation
    }

    /// Removes client delegations that have lost their basis, after `to` has lost something of
    /// `from`.
    pub(super) fn settle(&mut self, mut lost: Vec<(PartyNo, PartyNo)>) {
        lost.sort_unstable();
        lost.dedup();
        let mut baseless = Vec::new();
        for (to, from) in lost {
            baseless.extend(self.baseless(to, from));
        }
        self.take_all(baseless);
    }

    /// Removes delegations, those delegated on from them, and those based on any of them.
    ///
    /// Each list of records is filtered once for all records that leave it: users decide the length
    /// of chains and lists.
    fn take_all(&mut self, mut pending: Vec<RecordId>) {
        while !pending.is_empty() {
            let gone = self.with_branches(pending);
            let mut places = HashSet::new();
            let mut lost = Vec::new();
            let mut roots = HashSet::new();
            for id in &gone {
                // Only existing records are removed, each with its place.
                let Some(record) = self.record(*id) else {
                    continue;
                };
                lost.push((record.to, record.from));
                roots.extend(record.grant.on_from.filter(|root| !gone.contains(root)));
                places.extend(self.places.get(id).cloned());
            }
            let mut leaving = Leaving::default();
            for place in places {
                self.take_from(place, &gone, &mut leaving);
            }
            self.leave(leaving, &gone);
            for id in &gone {
                self.places.remove(id);
            }
            for root in roots {
                self.forget_branches(root, &gone);
            }
            lost.sort_unstable();
            lost.dedup();
            pending = Vec::new();
            for (to, from) in lost {
                pending.extend(self.baseless(to, from));
            }
        }
    }

    /// Returns these records, and all that were delegated on from them.
    fn with_branches(&mut self, mut pending: Vec<RecordId>) -> HashSet<RecordId> {
        let mut all = HashSet::new();
        // A work list and no recursion: users decide the length of chains.
        while let Some(id) = pending.pop() {
            if all.insert(id) {
                let on_from_it = self.delegated_on.remove(&id);
                pending.extend(on_from_it.into_iter().flatten());
            }
        }
        all
    }

    fn forget_branches(&mut self, root: RecordId, gone: &HashSet<RecordId>) {
        if self.delegated_on.get(&root).is_none() {
            return;
        }
        let branches = self.delegated_on.entry(root);
        branches.retain(|branch| !gone.contains(branch));
        if branches.is_empty() {
            self.delegated_on.remove(&root);
        }
    }

    fn take_from(&mut self, place: RecordPlace, gone: &HashSet<RecordId>, leaving: &mut Leaving) {
        match place {
            RecordPlace::Connection { to, from } => {
                let is_gone = |grant: Option<&RecordOrigin>| {
                    grant.is_some_and(|grant| gone.contains(&grant.id))
                };
                self.take_roles(to, from, |held| is_gone(held.grant.as_deref()));
                if self.connections.get(&(to, from)).is_some() {
                    let connection = Arc::make_mut(self.connections.entry((to, from)));
                    counted(connection.packages.len());
                    connection
                        .packages
                        .retain(|held| !is_gone(Some(&held.grant)));
                }
                if self.end_if_empty(to, from) {
                    leaving.connections.push((to, from));
                }
            }
            RecordPlace::Client { agent, client } => {
                self.take_clients(agent, client, gone, leaving);
            }
            RecordPlace::Delegation { from, resource } => {
                let place = (from, resource);
                let delegated = Arc::make_mut(self.delegated.entry(place.clone()));
                counted(delegated.len());
                delegated.retain(|held| {
                    let leaves = gone.contains(&held.grant.id);
                    leaving.receivers.extend(leaves.then_some(held.to));
                    !leaves
                });
                if delegated.is_empty() {
                    self.delegated.remove(&place);
                    leaving.delegated.push(place);
                }
            }
            RecordPlace::Right { .. } => unreachable!("`record` finds delegations only"),
        }
    }

    fn take_clients(
        &mut self,
        agent: PartyNo,
        client: PartyNo,
        gone: &HashSet<RecordId>,
        leaving: &mut Leaving,
    ) {
        let delegations = Arc::make_mut(self.clients.entry((agent, client)));
        counted(delegations.len());
        let mut providers = HashSet::new();
        delegations.retain(|delegation| {
            let leaves = gone.contains(&delegation.grant.id);
            providers.extend(leaves.then_some(delegation.provider));
            !leaves
        });
        for kept in delegations.iter() {
            providers.remove(&kept.provider);
        }
        if delegations.is_empty() {
            self.clients.remove(&(agent, client));
        }
        let served = providers.into_iter();
        leaving
            .served
            .extend(served.map(|provider| (agent, provider, client)));
    }

    /// Removes what has left its place from the other tables, each list filtered once: users decide
    /// how many records are removed together.
    fn leave(&mut self, leaving: Leaving, gone: &HashSet<RecordId>) {
        self.forget_connections(&leaving.connections);
        for receiver in leaving.receivers {
            let received = Arc::make_mut(self.delegated_to.entry(receiver));
            counted(received.len());
            received.retain(|id| !gone.contains(id));
        }
        let delegated = || leaving.delegated.iter().cloned();
        forget_all(&mut self.resources_given, delegated());
        let delegators = delegated().map(|(from, resource)| (resource, from));
        forget_all(&mut self.delegators, delegators);
        let served = leaving.served.iter();
        forget_all(
            &mut self.served,
            served.map(|(agent, provider, client)| ((*agent, *provider), *client)),
        );
        let served = leaving.served.iter();
        forget_all(
            &mut self.agents,
            served.map(|(agent, provider, client)| ((*provider, *client), *agent)),
        );
    }

    /// Returns the client delegations without a basis after `to` has lost something of `from`.
    /// Those with part of their basis are reduced to it.
    fn baseless(&mut self, to: PartyNo, from: PartyNo) -> Vec<RecordId> {
        let mut baseless = self.of_former_agent(to, from);
        let (provider, client) = (to, from);
        let agents = self.agents.get(&(provider, client)).cloned();
        for agent in agents.iter().flat_map(|agents| agents.iter().copied()) {
            let place = (agent, client);
            let Some(delegations) = self.clients.get(&place).cloned() else {
                continue;
            };
            let is_its = |delegation: &&ClientDelegation| delegation.provider == provider;
            for old in delegations.iter().filter(is_its) {
                let (packages, resources) = self.still_served(client, old);
                if packages.is_empty() && resources.is_empty() {
                    baseless.push(old.grant.id);
                } else if packages.len() < old.packages.len() || resources != old.resources {
                    self.narrow_client(old.grant.id, packages, resources);
                }
            }
        }
        baseless
    }

    /// Returns the packages and rights of a client delegation that the provider itself still has,
    /// at any time.
    pub(super) fn still_served(
        &self,
        client: PartyNo,
        delegation: &ClientDelegation,
    ) -> (Vec<PackageId>, Vec<(ResourceId, Vec<Right>)>) {
        let packages = delegation.packages.iter().copied();
        let packages = packages.filter(|package| self.is_served(client, delegation, *package));
        let mut resources = Vec::new();
        for (resource, rights) in &delegation.resources {
            let own = Vec::from_iter(self.given_to(client, resource, delegation.provider));
            let mut rights = rights.clone();
            rights.retain(|right| own.iter().any(|own| own.covers(right)));
            if !rights.is_empty() {
                resources.push((resource.clone(), rights));
            }
        }
        (packages.collect(), resources)
    }

    /// Whether the provider itself has a package by its role for the client, at any time.
    fn is_served(
        &self,
        client: PartyNo,
        delegation: &ClientDelegation,
        package: PackageId,
    ) -> bool {
        let Some(relation) = self.connections.get(&(delegation.provider, client)) else {
            return false;
        };
        if Some(delegation.role) == self.known.right_holder {
            let mut packages = relation.packages.iter();
            return packages.any(|own| own.package == package);
        }
        let mut roles = relation.roles.iter();
        self.role_gives(delegation.role, package, client)
            && roles.any(|role| role.role == delegation.role)
    }

    /// Returns the client delegations of a former agent of the provider; none if it still is an
    /// agent.
    fn of_former_agent(&self, agent: PartyNo, provider: PartyNo) -> Vec<RecordId> {
        if self.is_agent(agent, provider) {
            return Vec::new();
        }
        let served = self.served.get(&(agent, provider)).into_iter();
        let clients = served.flat_map(|clients| clients.iter());
        clients
            .filter_map(|client| self.clients.get(&(agent, *client)))
            .flat_map(|held| held.iter())
            .filter(|held| held.provider == provider)
            .map(|held| held.grant.id)
            .collect()
    }

    /// Whether a party is an agent of a provider at any time; see [`InForce::agent`].
    ///
    /// [`InForce::agent`]: super::in_force::InForce::agent
    pub(super) fn is_agent(&self, agent: PartyNo, provider: PartyNo) -> bool {
        let connection = self.connections.get(&(agent, provider));
        self.belongs_to(agent, provider) || connection.is_some_and(|own| !own.roles.is_empty())
    }

    /// Reduces a client delegation to these packages and rights; removes one without either.
    pub(super) fn narrow_client(
        &mut self,
        id: RecordId,
        packages: Vec<PackageId>,
        resources: Vec<(ResourceId, Vec<Right>)>,
    ) {
        if packages.is_empty() && resources.is_empty() {
            self.take_record(id);
            return;
        }
        let Some(RecordPlace::Client { agent, client }) = self.places.get(&id) else {
            return;
        };
        let delegations = Arc::make_mut(self.clients.entry((*agent, *client)));
        let place = place_of(id, delegations, |delegation| &delegation.grant);
        if let Some(delegation) = place.and_then(|place| delegations.get_mut(place)) {
            delegation.packages = packages;
            delegation.resources = resources;
        }
    }

    /// Reduces a resource delegation to these rights; removes one without rights left, and any
    /// other delegation.
    pub(super) fn narrow_or_take(&mut self, id: RecordId, rights: Vec<Right>) {
        if rights.is_empty() {
            self.take_record(id);
        } else {
            self.narrow(id, rights);
        }
    }

    /// Reduces a resource delegation to these rights, and those delegated on from it to what these
    /// rights cover, and so on.
    fn narrow(&mut self, id: RecordId, rights: Vec<Right>) {
        let mut pending = vec![(id, rights)];
        let mut gone = Vec::new();
        let mut lost = Vec::new();
        while let Some((id, rights)) = pending.pop() {
            if rights.is_empty() {
                gone.push(id);
                continue;
            }
            let Some(RecordPlace::Delegation { from, resource }) = self.places.get(&id).cloned()
            else {
                continue;
            };
            for child in self.delegated_on.get(&id).cloned().into_iter().flatten() {
                if let Some(Gave::Resource(delegation)) = self.record(child).map(|child| child.gave)
                {
                    let mut still = delegation.rights.clone();
                    still.retain(|right| rights.iter().any(|own| own.covers(right)));
                    if still != delegation.rights {
                        pending.push((child, still));
                    }
                }
            }
            let delegated = Arc::make_mut(self.delegated.entry((from, resource)));
            let place = place_of(id, delegated, |delegation| &delegation.grant);
            if let Some(delegation) = place.and_then(|place| delegated.get_mut(place)) {
                let delegation = Arc::make_mut(delegation);
                delegation.rights = rights;
                lost.push((delegation.to, from));
            }
        }
        self.take_all(gone);
        self.settle(lost);
    }
}

/// Returns the index of a record in a list, which is in the order of numbers.
fn place_of<T>(id: RecordId, list: &[T], grant: impl Fn(&T) -> &RecordOrigin) -> Option<usize> {
    list.binary_search_by_key(&id, |held| grant(held).id).ok()
}
