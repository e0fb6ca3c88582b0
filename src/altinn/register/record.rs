//! Records by their numbers: what each gave, and taking it away together with all that rests on
//! it.

use std::sync::Arc;

use super::state::{
    ClientDelegation, Grant, HeldPackage, HeldRole, PartyNo, Place, RecordId, ResourceDelegation,
    State,
};
use crate::altinn::catalogue::PackageId;
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::resource::ResourceId;

/// What a record gave, from whom to whom.
#[derive(Clone, Copy)]
pub(super) struct Record<'s> {
    pub(super) from: PartyNo,
    pub(super) to: PartyNo,
    pub(super) window: Window,
    pub(super) grant: &'s Grant,
    pub(super) gave: Gave<'s>,
}

impl Record<'_> {
    /// Whether this may be delegated on from `root`: for the same party, and no more than it gives.
    /// When it gives it is another matter; see [`State::rests`].
    pub(super) fn rests_on(&self, root: &Record<'_>) -> bool {
        self.from == root.from
            && match (self.gave, root.gave) {
                (Gave::Role(held), Gave::Role(root)) => held.role == root.role,
                (Gave::Package(held), Gave::Package(root)) => held.package == root.package,
                (Gave::Resource(held), Gave::Resource(root)) => {
                    let is_within = root.instance.is_none() || root.instance == held.instance;
                    let mut rights = held.rights.iter();
                    held.resource == root.resource
                        && is_within
                        && rights.all(|right| root.covers(right))
                }
                (Gave::Client(held), _) => held.provider == root.to,
                _ => false,
            }
    }
}

#[derive(Clone, Copy)]
pub(super) enum Gave<'s> {
    Role(&'s HeldRole),
    Package(&'s HeldPackage),
    Resource(&'s ResourceDelegation),
    Client(&'s ClientDelegation),
}

impl State {
    /// The delegation of this number; resource rights are none.
    pub(super) fn record(&self, id: RecordId) -> Option<Record<'_>> {
        match self.places.get(&id)? {
            Place::Connection { to, from } => self.connection_record(*to, *from, id),
            Place::Client { agent, client } => {
                let held = self.clients.get(&(*agent, *client))?;
                let held = held.iter().find(|held| held.grant.id == id)?;
                Some(Record {
                    from: *client,
                    to: *agent,
                    window: held.window,
                    grant: &held.grant,
                    gave: Gave::Client(held),
                })
            }
            Place::Delegation { from, resource } => {
                let held = self.delegated.get(&(*from, resource.clone()))?;
                let held = held.iter().find(|held| held.grant.id == id)?;
                Some(Record {
                    from: *from,
                    to: held.to,
                    window: held.window,
                    grant: &held.grant,
                    gave: Gave::Resource(held),
                })
            }
            Place::Right { .. } => None,
        }
    }

    fn connection_record(&self, to: PartyNo, from: PartyNo, id: RecordId) -> Option<Record<'_>> {
        let connection = self.connections.get(&(to, from))?;
        let packages = connection.packages.iter();
        let packages = packages.map(|held| (&held.grant, held.window, Gave::Package(held)));
        let roles = connection.roles.iter();
        let roles = roles.filter_map(|held| {
            let grant = held.grant.as_deref()?;
            Some((grant, held.window, Gave::Role(held)))
        });
        let (grant, window, gave) = packages.chain(roles).find(|(grant, ..)| grant.id == id)?;
        Some(Record {
            from,
            to,
            window,
            grant,
            gave,
        })
    }

    /// Takes a delegation away, what was delegated on from it, and what rested on either; tells
    /// whether it was there.
    pub(super) fn take_record(&mut self, id: RecordId) -> bool {
        let is_delegation = self.record(id).is_some();
        if is_delegation {
            self.take_all(vec![id]);
        }
        is_delegation
    }

    /// Takes away what no longer rests on anything, after `to` has lost something of `from`.
    pub(super) fn settle(&mut self, lost: Vec<(PartyNo, PartyNo)>) {
        let mut baseless = Vec::new();
        for (to, from) in lost {
            baseless.extend(self.baseless(to, from));
        }
        self.take_all(baseless);
    }

    // A list of work and no recursion: chains of delegations are as long as users like.
    fn take_all(&mut self, mut pending: Vec<RecordId>) {
        while let Some(id) = pending.pop() {
            let on_from_it = self.delegated_on.remove(&id);
            pending.extend(on_from_it.into_iter().flatten());
            if let Some((to, from)) = self.take_one(id) {
                pending.extend(self.baseless(to, from));
            }
        }
    }

    /// Takes one record out of its place; tells to whom and from whom it gave.
    fn take_one(&mut self, id: RecordId) -> Option<(PartyNo, PartyNo)> {
        let record = self.record(id)?;
        let (to, from, root) = (record.to, record.from, record.grant.on_from);
        match self.places.remove(&id)? {
            Place::Connection { to, from } => {
                let connection = Arc::make_mut(self.connections.entry((to, from)));
                connection.packages.retain(|held| held.grant.id != id);
                // Tidies up, too.
                self.take_roles(to, from, |held| {
                    held.grant.as_ref().is_some_and(|grant| grant.id == id)
                });
            }
            Place::Client { agent, client } => self.take_client(agent, client, id),
            Place::Delegation { from, resource } => {
                let place = (from, resource);
                let delegated = Arc::make_mut(self.delegated.entry(place.clone()));
                delegated.retain(|held| held.grant.id != id);
                if delegated.is_empty() {
                    self.delegated.remove(&place);
                    forget(&mut self.resources_given, from, &place.1);
                    forget(&mut self.delegators, place.1, &from);
                }
            }
            Place::Right { .. } => unreachable!("`record` finds delegations only"),
        }
        if let Some(root) = root.filter(|root| self.delegated_on.get(root).is_some()) {
            let siblings = self.delegated_on.entry(root);
            siblings.retain(|other| *other != id);
            if siblings.is_empty() {
                self.delegated_on.remove(&root);
            }
        }
        Some((to, from))
    }

    fn take_client(&mut self, agent: PartyNo, client: PartyNo, id: RecordId) {
        let held = Arc::make_mut(self.clients.entry((agent, client)));
        let Some(index) = held.iter().position(|held| held.grant.id == id) else {
            return;
        };
        let provider = held.remove(index).provider;
        let still_agent = held.iter().any(|held| held.provider == provider);
        if held.is_empty() {
            self.clients.remove(&(agent, client));
        }
        if still_agent {
            return;
        }
        let agents = self.agents.entry((provider, client));
        agents.retain(|other| *other != agent);
        if agents.is_empty() {
            self.agents.remove(&(provider, client));
            forget(&mut self.served, provider, &client);
        }
    }

    /// The client delegations that rest on nothing now that `to` has lost something of `from`.
    /// Those that rest on part of what they gave are cut down to it.
    fn baseless(&mut self, to: PartyNo, from: PartyNo) -> Vec<RecordId> {
        let mut baseless = self.of_former_agent(to, from);
        let (provider, client) = (to, from);
        let agents = self.agents.get(&(provider, client)).cloned();
        for agent in agents.into_iter().flatten() {
            let place = (agent, client);
            let Some(held) = self.clients.get(&place).cloned() else {
                continue;
            };
            let is_its = |held: &&ClientDelegation| held.provider == provider;
            for old in held.iter().filter(is_its) {
                let (packages, resources) = self.still_served(client, old);
                if packages.is_empty() && resources.is_empty() {
                    baseless.push(old.grant.id);
                } else if packages.len() < old.packages.len() || resources != old.resources {
                    let held = Arc::make_mut(self.clients.entry(place));
                    let its = held.iter_mut().find(|held| held.grant.id == old.grant.id);
                    if let Some(its) = its {
                        its.packages = packages;
                        its.resources = resources;
                    }
                }
            }
        }
        baseless
    }

    /// What of a client delegation the provider itself still has.
    fn still_served(
        &self,
        client: PartyNo,
        held: &ClientDelegation,
    ) -> (Vec<PackageId>, Vec<(ResourceId, Vec<Right>)>) {
        let relation = self.connections.get(&(held.provider, client));
        let is_by_packages = Some(held.role) == self.known.right_holder;
        let serves = relation.is_some_and(|relation| {
            !is_by_packages && relation.roles.iter().any(|role| role.role == held.role)
        });
        let has = |package| {
            serves
                || is_by_packages
                    && relation.is_some_and(|relation| {
                        relation.packages.iter().any(|own| own.package == package)
                    })
        };
        let packages = held
            .packages
            .iter()
            .copied()
            .filter(|package| has(*package));
        let mut resources = Vec::new();
        for (resource, rights) in &held.resources {
            let own = Vec::from_iter(self.given_to(client, resource, held.provider));
            let mut rights = rights.clone();
            rights.retain(|right| own.iter().any(|own| own.covers(right)));
            if !rights.is_empty() {
                resources.push((resource.clone(), rights));
            }
        }
        (packages.collect(), resources)
    }

    /// The client delegations of somebody who has nothing with the provider any more.
    fn of_former_agent(&self, agent: PartyNo, provider: PartyNo) -> Vec<RecordId> {
        if self.is_agent(agent, provider, |_| true) {
            return Vec::new();
        }
        let served = self.served.get(&provider).into_iter();
        let clients = served.flat_map(|clients| clients.iter());
        clients
            .filter_map(|client| self.clients.get(&(agent, *client)))
            .flat_map(|held| held.iter())
            .filter(|held| held.provider == provider)
            .map(|held| held.grant.id)
            .collect()
    }

    /// Whether somebody belongs to a provider, by a role or package there at some time that
    /// counts, or as its system.
    pub(super) fn is_agent(
        &self,
        agent: PartyNo,
        provider: PartyNo,
        counts: impl Fn(Window) -> bool,
    ) -> bool {
        let parent = self.party(agent).and_then(|agent| agent.parent.as_ref());
        if parent.is_some_and(|parent| self.number(parent) == Some(provider)) {
            return true;
        }
        self.connections.get(&(agent, provider)).is_some_and(|own| {
            let roles = own.roles.iter().map(|held| held.window);
            let packages = own.packages.iter().map(|held| held.window);
            roles.chain(packages).any(counts)
        })
    }

    /// Cuts a resource delegation down to these rights; takes any other delegation away, and one
    /// that is left without rights.
    pub(super) fn narrow_or_take(&mut self, id: RecordId, rights: Vec<Right>) {
        if rights.is_empty() {
            self.take_record(id);
        } else {
            self.narrow(id, rights);
        }
    }

    /// Cuts a resource delegation down to these rights, what was delegated on from it to what
    /// those still cover, and so on.
    fn narrow(&mut self, id: RecordId, rights: Vec<Right>) {
        let mut pending = vec![(id, rights)];
        let mut gone = Vec::new();
        let mut lost = Vec::new();
        while let Some((id, rights)) = pending.pop() {
            if rights.is_empty() {
                gone.push(id);
                continue;
            }
            let Some(Place::Delegation { from, resource }) = self.places.get(&id).cloned() else {
                continue;
            };
            for child in self.delegated_on.get(&id).cloned().into_iter().flatten() {
                if let Some(Gave::Resource(held)) = self.record(child).map(|child| child.gave) {
                    let mut still = held.rights.clone();
                    still.retain(|right| rights.iter().any(|own| own.covers(right)));
                    if still != held.rights {
                        pending.push((child, still));
                    }
                }
            }
            let delegated = Arc::make_mut(self.delegated.entry((from, resource)));
            if let Some(held) = delegated.iter_mut().find(|held| held.grant.id == id) {
                let held = Arc::make_mut(held);
                held.rights = rights;
                lost.push((held.to, from));
            }
        }
        self.take_all(gone);
        self.settle(lost);
    }
}

/// Takes one value out of a list, and the list out of its table when it becomes empty.
fn forget<K, V>(table: &mut super::table::Table<K, Arc<Vec<V>>>, key: K, value: &V)
where
    K: Eq + std::hash::Hash + Clone,
    V: PartialEq + Clone,
{
    if table.get(&key).is_none() {
        return;
    }
    let list = Arc::make_mut(table.entry(key.clone()));
    list.retain(|other| other != value);
    if list.is_empty() {
        table.remove(&key);
    }
}
