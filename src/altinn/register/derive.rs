//! What someone has for a party: directly, and by everything that follows from it.
//!
//! The ways, in the order they are gone: oneself (a private person), a direct connection, a key
//! role in an organisation that has the connection, the main unit of a sub-unit, the agent of an
//! organisation that serves the party, and the sole proprietorship of a person.

use std::sync::Arc;

use smallvec::SmallVec;

use super::state::{
    ClientDelegation, Connection, Grant, HeldRole, PartyNo, ResourceDelegation, State,
};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Path, Window};
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::resource::ResourceId;

/// Something found on the way.
pub(super) struct Found<'s> {
    pub(super) what: What<'s>,
    /// When all that it rests on holds.
    pub(super) window: Window,
    pub(super) route: Route<'s>,
}

#[derive(Clone)]
pub(super) enum What<'s> {
    /// A role, and the party it is held for, whose legal form decides which packages it gives.
    Role(&'s HeldRole, PartyNo),
    /// A person's role for herself.
    Oneself(RoleId),
    /// A package that was delegated, and by which grant.
    Package(PackageId, &'s Grant),
    /// A resource of a client that was delegated to an agent, with those of its rights that the
    /// provider itself has from one delegation of the client.
    Client(&'s ClientDelegation, &'s ResourceId, Vec<Right>),
}

/// How it was found.
#[derive(Clone, Copy, Default)]
pub(super) struct Route<'s> {
    /// In which organisation the asker has a key role, and which.
    pub(super) key_role: Option<(&'s HeldRole, PartyNo)>,
    /// The main unit that has what its sub-unit gets.
    pub(super) main_unit: Option<PartyNo>,
    /// Whose agent the asker is, for a client.
    pub(super) client: Option<&'s ClientDelegation>,
    /// The sole proprietorship of the person asked for.
    pub(super) proprietorship: Option<PartyNo>,
}

impl Route<'_> {
    pub(super) fn to_path(self, state: &State) -> Path {
        let mut path = Path::default();
        let role = |role: RoleId| state.catalogue.role_by_id(role).name.to_lowercase();
        if let Some((held, organisation)) = self.key_role {
            let organisation = state.name(organisation);
            path = path.then(format!(
                "via key role {} in {organisation}",
                role(held.role)
            ));
        }
        if let Some(client) = self.client {
            let provider = state.name(client.provider);
            path = path.then(format!("as agent of {provider}, the {}", role(client.role)));
        }
        if let Some(unit) = self.main_unit {
            path = path.then(format!("through the main unit {}", state.name(unit)));
        }
        if let Some(business) = self.proprietorship {
            path = path.then(format!(
                "through the sole proprietorship {}",
                state.name(business)
            ));
        }
        path
    }
}

/// Someone whose connections count: the asker, or an organisation it has a key role in.
#[derive(Clone, Copy)]
pub(super) struct Actor<'s> {
    pub(super) party: PartyNo,
    pub(super) key_role: Option<(&'s HeldRole, PartyNo)>,
    pub(super) window: Window,
}

impl State {
    /// Calls `found` for whatever `subject` has for `party`, at whatever time: what does not hold
    /// now tells until when an answer holds.
    pub(super) fn reach<'s>(
        &'s self,
        subject: &Party,
        party: &Party,
        mut found: impl FnMut(Found<'s>),
    ) {
        let (Some(asker), Some(asked)) = (self.find(subject), self.find(party)) else {
            return;
        };
        let (Some(subject), Some(party)) = (self.party(asker), self.party(asked)) else {
            return;
        };
        if self.is_gone(asker) || self.is_gone(asked) {
            return;
        }
        let herself = asker == asked && subject.kind == PartyKind::Person;
        if let Some(role) = self.known.private_person.filter(|_| herself) {
            found(Found {
                what: What::Oneself(role),
                window: Window::ALWAYS,
                route: Route::default(),
            });
        }
        let actors = self.actors(asker);
        let main_unit = self.main_unit(party);
        for target in [Some(asked), main_unit].into_iter().flatten() {
            let unit = Some(target).filter(|target| *target != asked);
            if self.is_gone(target) {
                continue;
            }
            for actor in &actors {
                let route = Route {
                    key_role: actor.key_role,
                    main_unit: unit,
                    ..Route::default()
                };
                self.connected(actor, target, route, &mut found);
            }
            let route = Route {
                main_unit: unit,
                ..Route::default()
            };
            self.served(asker, target, route, |_| true, &mut found);
        }
        if party.kind == PartyKind::Person {
            self.proprietorships(&actors, asker, asked, &mut found);
        }
    }

    /// The asker and the organisations in which it has a key role.
    pub(super) fn actors(&self, asker: PartyNo) -> SmallVec<[Actor<'_>; 4]> {
        let mut actors = SmallVec::new();
        actors.push(Actor {
            party: asker,
            key_role: None,
            window: Window::ALWAYS,
        });
        for organisation in self.key_roles.get(&asker).into_iter().flatten() {
            let Some(connection) = self.connections.get(&(asker, *organisation)) else {
                continue;
            };
            let is_inter_municipal = self.party(*organisation).is_none_or(|organisation| {
                organisation.is_deleted
                    || organisation
                        .legal_form
                        .as_deref()
                        .is_some_and(|form| form.eq_ignore_ascii_case("IKS"))
            });
            for held in &connection.roles {
                let is_partner = Some(held.role) == self.known.shared_liability;
                // A municipality that takes part in an inter-municipal company does not run it.
                let excluded = is_partner && is_inter_municipal || self.is_gone(*organisation);
                if self.catalogue.role_by_id(held.role).is_key_role && !excluded {
                    actors.push(Actor {
                        party: *organisation,
                        key_role: Some((held, *organisation)),
                        window: held.window,
                    });
                }
            }
        }
        actors
    }

    /// Whether a party acts for nobody and nobody for it: it exists no longer, or is a user of an
    /// organisation that exists no longer.
    pub(super) fn is_gone(&self, party: PartyNo) -> bool {
        self.party(party).is_none_or(|party| {
            let is_user = matches!(
                party.kind,
                PartyKind::SystemUser | PartyKind::EnterpriseUser
            );
            let owner = party.parent.as_ref().filter(|_| is_user);
            let owner = owner.and_then(|owner| self.number(owner));
            let owner = owner.and_then(|owner| self.party(owner));
            party.is_deleted || owner.is_some_and(|owner| owner.is_deleted)
        })
    }

    /// When that holds which a grant was delegated on from, all the way to the root; never, where
    /// one of those who gave it on exists no longer.
    pub(super) fn rests(&self, grant: &Grant) -> Window {
        let mut window = Window::ALWAYS;
        let mut next = grant.on_from;
        // INVARIANT: no grant is delegated on from itself; reading a file refuses it.
        while let Some(id) = next {
            let Some(root) = self.record(id).filter(|root| !self.is_gone(root.to)) else {
                return Window::NEVER;
            };
            window = window.and(root.window);
            next = root.grant.on_from;
        }
        window
    }

    /// What an actor's connection to a party gives: roles, unless they are bare relations, and
    /// delegated packages.
    fn connected<'s>(
        &'s self,
        actor: &Actor<'s>,
        target: PartyNo,
        route: Route<'s>,
        found: &mut impl FnMut(Found<'s>),
    ) {
        let Some(connection) = self.connections.get(&(actor.party, target)) else {
            return;
        };
        for held in &connection.roles {
            if !self.known.bare.contains(&Some(held.role)) {
                let rests = held.grant.as_ref().map(|grant| self.rests(grant));
                let window = held.window.and(rests.unwrap_or(Window::ALWAYS));
                found(Found {
                    what: What::Role(held, target),
                    window: window.and(actor.window),
                    route,
                });
            }
        }
        for held in &connection.packages {
            found(Found {
                what: What::Package(held.package, &held.grant),
                window: held.window.and(self.rests(&held.grant)).and(actor.window),
                route,
            });
        }
    }

    /// What an agent may do for a client of its employer, as long as the client is one.
    fn served<'s>(
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
    pub(super) fn given_to<'s>(
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

    /// Accountants and auditors of a sole proprietorship reach its owner, too.
    fn proprietorships<'s>(
        &'s self,
        actors: &[Actor<'s>],
        asker: PartyNo,
        person: PartyNo,
        found: &mut impl FnMut(Found<'s>),
    ) {
        let reaches_owner =
            |role: RoleId| [self.known.accountant, self.known.auditor].contains(&Some(role));
        for business in self.key_roles.get(&person).into_iter().flatten().copied() {
            let is_sole = self.party(business).is_some_and(|business| {
                !business.is_deleted
                    && business
                        .legal_form
                        .as_deref()
                        .is_some_and(|form| form.eq_ignore_ascii_case("ENK"))
            });
            let Some(owned) = self
                .connections
                .get(&(person, business))
                .filter(|_| is_sole)
            else {
                continue;
            };
            for owner in owned
                .roles
                .iter()
                .filter(|held| Some(held.role) == self.known.owner)
            {
                let mut as_owner = |mut inner: Found<'s>| {
                    let counts = match &inner.what {
                        What::Role(held, _) => reaches_owner(held.role),
                        What::Package(..) => inner.route.client.is_some(),
                        _ => false,
                    };
                    if counts {
                        inner.window = inner.window.and(owner.window);
                        found(inner);
                    }
                };
                for actor in actors {
                    let route = Route {
                        key_role: actor.key_role,
                        proprietorship: Some(business),
                        ..Route::default()
                    };
                    self.connected(actor, business, route, &mut as_owner);
                }
                let route = Route {
                    proprietorship: Some(business),
                    ..Route::default()
                };
                let counts = |d: &ClientDelegation| reaches_owner(d.role);
                self.served(asker, business, route, counts, &mut as_owner);
            }
        }
    }

    /// Roles and packages that hold at an instant, for the decision: no paths, few allocations.
    pub(super) fn held(&self, subject: &Party, party: &Party, at: Moment) -> Held {
        let mut held = Held {
            changes: Moment::FOREVER,
            ..Held::default()
        };
        self.reach(subject, party, |found| {
            held.changes = held.changes.min(found.window.changes_after(at));
            if !found.window.holds(at) {
                return;
            }
            let (role, from) = match found.what {
                What::Role(role, from) => (role.role, Some(from)),
                What::Oneself(role) => (role, None),
                What::Package(package, _) => return held.packages.push(package),
                What::Client(..) => return,
            };
            if !held.roles.contains(&role) {
                held.roles.push(role);
            }
            let legal_form = from
                .and_then(|from| self.party(from))
                .and_then(|from| from.legal_form.clone());
            let source = (role, legal_form);
            if !held.sources.contains(&source) {
                held.sources.push(source);
            }
        });
        held
    }
}

fn relation_windows(relation: &Connection, role: RoleId) -> impl Iterator<Item = Window> + '_ {
    let roles = relation.roles.iter();
    roles
        .filter(move |held| held.role == role)
        .map(|held| held.window)
}

/// What someone has for a party at an instant.
#[derive(Clone, Debug)]
pub(in crate::altinn) struct Held {
    /// Roles, without those they imply.
    pub(in crate::altinn) roles: SmallVec<[RoleId; 4]>,
    /// Roles with the legal form of the party they are held for, for the packages they give.
    pub(in crate::altinn) sources: SmallVec<[(RoleId, Option<Arc<str>>); 2]>,
    /// Packages that were delegated.
    pub(in crate::altinn) packages: SmallVec<[PackageId; 8]>,
    /// When this may change.
    pub(in crate::altinn) changes: Moment,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            roles: SmallVec::new(),
            sources: SmallVec::new(),
            packages: SmallVec::new(),
            changes: Moment::FOREVER,
        }
    }
}

impl Held {
    /// Whether nothing at all is held.
    pub(in crate::altinn) fn is_empty(&self) -> bool {
        self.roles.is_empty() && self.packages.is_empty()
    }
}
