//! What agents may do for the clients of their employers.

use smallvec::SmallVec;

use super::{Found, Route, What};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::fact::Window;
use crate::altinn::register::state::{
    ClientDelegation, Connection, PartyNo, ResourceDelegation, State,
};
use crate::altinn::resource::ResourceId;

impl State {
    /// What an agent may do for a client of its employer, as long as the client is one.
    pub(super) fn served<'s>(
        &'s self,
        agent: PartyNo,
        client: PartyNo,
        route: Route<'s>,
        counts: impl Fn(&ClientDelegation) -> bool,
        found: &mut impl FnMut(Found<'s>),
    ) {
        let delegations = self.clients.get(&(agent, client)).into_iter();
        for delegation in delegations
            .flat_map(|list| list.iter())
            .filter(|d| counts(d))
        {
            if self.is_gone(delegation.provider) {
                continue;
            }
            let route = Route {
                client: Some(delegation),
                ..route
            };
            let relation = self.connections.get(&(delegation.provider, client));
            let own = self.of_employer(agent, delegation.provider);
            let mut found = |inner: Found<'s>| {
                for window in &own {
                    let window = inner.window.and(*window);
                    let what = inner.what.clone();
                    found(Found {
                        what,
                        window,
                        ..inner
                    });
                }
            };
            for package in &delegation.packages {
                let windows = relation.map(|r| self.of_provider(r, delegation, *package));
                for window in windows.into_iter().flatten() {
                    found(Found {
                        what: What::Package(*package, &delegation.grant),
                        window: window.and(delegation.window),
                        route,
                    });
                }
            }
            for (resource, rights) in &delegation.resources {
                for held in self.given_to(client, resource, delegation.provider) {
                    let rights = rights.iter().filter(|right| held.covers(right));
                    let rights = Vec::from_iter(rights.cloned());
                    if !rights.is_empty() {
                        found(Found {
                            what: What::Client(delegation, resource, rights),
                            window: held
                                .window
                                .and(self.rests(&held.grant))
                                .and(delegation.window),
                            route,
                        });
                    }
                }
            }
        }
    }

    /// When an agent belongs to a provider: by any role there, or for good as a system or
    /// enterprise user of its own.
    fn of_employer(&self, agent: PartyNo, provider: PartyNo) -> SmallVec<[Window; 2]> {
        let owner = self.party(agent).and_then(|agent| agent.parent.as_ref());
        if owner.and_then(|owner| self.number(owner)) == Some(provider) {
            return SmallVec::from_slice(&[Window::ALWAYS]);
        }
        let connection = self.connections.get(&(agent, provider));
        let roles = connection
            .into_iter()
            .flat_map(|connection| &connection.roles);
        roles.map(|held| held.window).collect()
    }

    /// What a party has delegated of a whole resource to another.
    pub(in crate::altinn::register) fn given_to<'s>(
        &'s self,
        from: PartyNo,
        resource: &ResourceId,
        to: PartyNo,
    ) -> impl Iterator<Item = &'s ResourceDelegation> {
        let delegated = self.delegated.get(&(from, resource.clone())).into_iter();
        delegated
            .flat_map(|delegated| delegated.iter())
            .filter(move |held| held.to == to && held.instance.is_none())
            .map(|held| &**held)
    }

    /// When a provider itself has a package it delegated to an agent.
    fn of_provider<'c>(
        &'c self,
        relation: &'c Connection,
        delegation: &ClientDelegation,
        package: PackageId,
    ) -> impl Iterator<Item = Window> + 'c {
        let by_delegation = Some(delegation.role) == self.known.right_holder;
        let delegated = relation.packages.iter();
        let role = delegation.role;
        let delegated = delegated
            .filter(move |held| by_delegation && held.package == package)
            .map(|held| held.window.and(self.rests(&held.grant)));
        let served = (!by_delegation).then(|| relation_windows(relation, role));
        delegated.chain(served.into_iter().flatten())
    }
}

fn relation_windows(relation: &Connection, role: RoleId) -> impl Iterator<Item = Window> + '_ {
    let roles = relation.roles.iter();
    roles
        .filter(move |held| held.role == role)
        .map(|held| held.window)
}
