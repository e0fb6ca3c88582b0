//! An agent and a client of its provider → the packages and rights that the agent has for the
//! client.

use super::{Derived, Reached, Route};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::fact::Window;
use crate::altinn::register::in_force::InForce;
use crate::altinn::register::state::{
    ClientDelegation, PartyNo, RegisterState, ResourceDelegation,
};
use crate::altinn::resource::ResourceId;

impl RegisterState {
    /// Finds what an agent may do for a client, in the windows in which it is the provider's agent
    /// and the provider itself has it for the client.
    pub(in crate::altinn::register) fn served<'s>(
        &'s self,
        in_force: &InForce<'s>,
        agent: PartyNo,
        client: PartyNo,
        route: Route<'s>,
        counts: impl Fn(&ClientDelegation) -> bool,
        found: &mut impl FnMut(Derived<'s>),
    ) {
        for (delegation, holds) in in_force.clients(agent, client) {
            if !counts(delegation) || holds.is_empty() {
                continue;
            }
            let route = Route {
                client: Some(delegation),
                ..route
            };
            for as_agent in in_force.agent(agent, delegation.provider) {
                let holds = holds.and(as_agent);
                for package in &delegation.packages {
                    let provider = (delegation.provider, delegation.role);
                    self.of_provider(in_force, provider, client, *package, |window| {
                        found(Derived {
                            what: Reached::Package(*package, &delegation.grant),
                            window: window.and(holds),
                            route,
                        });
                    });
                }
                for (resource, rights) in &delegation.resources {
                    let own = in_force.given_to(client, resource, delegation.provider);
                    for (held, window) in own {
                        let rights = rights.iter().filter(|right| held.covers(right));
                        let rights = Vec::from_iter(rights.cloned());
                        if !rights.is_empty() {
                            let out_of = held.out_of;
                            found(Derived {
                                what: Reached::Client(delegation, resource, rights),
                                window: window.and(holds),
                                route: Route { out_of, ..route },
                            });
                        }
                    }
                }
            }
        }
    }

    /// Calls `found` with each window in which a provider itself has a package for a client: the
    /// client delegated it, or it comes with the role by which the provider serves the client.
    pub(in crate::altinn::register) fn of_provider(
        &self,
        in_force: &InForce<'_>,
        (provider, role): (PartyNo, RoleId),
        client: PartyNo,
        package: PackageId,
        mut found: impl FnMut(Window),
    ) {
        if Some(role) == self.known.right_holder {
            let own = in_force.packages(provider, client);
            let own = own.filter(|(held, _)| held.package == package);
            own.for_each(|(_, window)| found(window));
        } else if self.role_gives(role, package, client) {
            let own = in_force.roles(provider, client);
            let own = own.filter(|(held, _)| held.role == role);
            own.for_each(|(_, window)| found(window));
        }
    }

    /// Whether a role gives a package for a party of this legal form.
    pub(in crate::altinn::register) fn role_gives(
        &self,
        role: RoleId,
        package: PackageId,
        of: PartyNo,
    ) -> bool {
        let form = self.party(of).and_then(|party| party.legal_form.as_deref());
        let packages = self.catalogue.packages_of(role, form);
        packages.binary_search(&package).is_ok()
    }

    /// Returns the delegations of a whole resource from one party to another, at any time.
    pub(in crate::altinn::register) fn given_to<'s>(
        &'s self,
        from: PartyNo,
        resource: &ResourceId,
        to: PartyNo,
    ) -> impl Iterator<Item = &'s ResourceDelegation> + use<'s> {
        let delegated = self.delegated.get(&(from, resource.clone())).into_iter();
        delegated
            .flat_map(|delegated| delegated.iter())
            .filter(move |held| held.to == to && held.instance.is_none())
            .map(|held| &**held)
    }
}
