//! A subject and a party → everything that the subject has for the party, directly or derived.
//!
//! The routes, in the order in which they are followed: oneself (a person or self-identified user), a direct
//! connection, a key role in an organisation that has the connection, the main unit of a sub-unit,
//! the agent of an organisation that serves the party, and the sole proprietorship of a person.

mod held;
mod served;

use std::sync::Arc;

use indexmap::IndexSet;
use smallvec::SmallVec;

pub(in crate::altinn) use held::Held;

use super::in_force::InForce;
use super::state::{ClientDelegation, HeldRole, PartyNo, RecordOrigin, RegisterState};
use super::table::counted;
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Path, RoleName, Step, Window};
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::resource::ResourceId;

/// A role, a package or a client's resource, found by one route.
pub(super) struct Derived<'s> {
    pub(super) what: Reached<'s>,
    /// The window in which everything on the route holds.
    pub(super) window: Window,
    pub(super) route: Route<'s>,
}

#[derive(Clone)]
pub(super) enum Reached<'s> {
    /// A role, and the party it is held for, whose legal form decides which packages it gives.
    Role(&'s HeldRole, PartyNo),
    /// The role that a person or a self-identified user has for herself.
    Oneself(RoleId),
    /// A delegated package, with its grant.
    Package(PackageId, &'s RecordOrigin),
    /// A client's resource delegated to an agent, with the rights that one delegation of the client
    /// gives to the provider.
    Client(&'s ClientDelegation, &'s ResourceId, Vec<Right>),
}

/// The route from the subject to a role, a package or a resource; empty if direct.
#[derive(Clone, Copy, Default)]
pub(super) struct Route<'s> {
    /// The key role by which the subject acts, and the organisation in which it has the role.
    pub(super) key_role: Option<(&'s HeldRole, PartyNo)>,
    /// The party's main unit, if the connection is to that.
    pub(super) main_unit: Option<PartyNo>,
    /// The client delegation by which the subject acts as an agent.
    pub(super) client: Option<&'s ClientDelegation>,
    /// The sole proprietorship, if the party is its owner.
    pub(super) proprietorship: Option<PartyNo>,
    /// The package out of which the client gave its resource on; see [`Delegation::out_of`].
    ///
    /// [`Delegation::out_of`]: crate::altinn::delegation::Delegation::out_of
    pub(super) out_of: Option<PackageId>,
}

impl Route<'_> {
    pub(super) fn to_path(self, state: &RegisterState) -> Path {
        let mut path = Path::default();
        let role = |role: RoleId| RoleName::of(state.catalogue.role_by_id(role));
        if let Some((held, organisation)) = self.key_role {
            path = path.then(Step::KeyRole {
                role: role(held.role),
                organisation: state.name(organisation).into(),
            });
        }
        if let Some(client) = self.client {
            path = path.then(Step::Agent {
                provider: state.name(client.provider).into(),
                role: role(client.role),
            });
        }
        if let Some(unit) = self.main_unit {
            path = path.then(Step::MainUnit(state.name(unit).into()));
        }
        if let Some(business) = self.proprietorship {
            path = path.then(Step::Proprietorship(state.name(business).into()));
        }
        path
    }
}

/// A party whose connections count: the subject, or an organisation in which it has a key role.
#[derive(Clone, Copy)]
pub(super) struct Actor<'s> {
    pub(super) party: PartyNo,
    pub(super) key_role: Option<(&'s HeldRole, PartyNo)>,
    pub(super) window: Window,
}

impl Actor<'_> {
    /// Returns the actor that is the subject itself.
    pub(super) fn itself(party: PartyNo) -> Self {
        Self {
            party,
            key_role: None,
            window: Window::ALWAYS,
        }
    }
}

impl RegisterState {
    /// Calls `found` for everything that `subject` has for `party`, at any time: from the windows,
    /// the caller derives how long its answer is valid.
    pub(super) fn reach<'s>(
        &'s self,
        subject: &Party,
        party: &Party,
        mut found: impl FnMut(Derived<'s>),
    ) {
        let (Some(asker), Some(asked)) = (self.find(subject), self.find(party)) else {
            return;
        };
        if self.is_gone(asker) || self.is_gone(asked) {
            return;
        }
        let in_force = InForce::of(self);
        let actors = self.actors_near(&in_force, asker, asked);
        self.reach_by(&in_force, asker, asked, |_| &actors, &mut found);
    }

    /// Calls `found` as [`reach`](Self::reach) does, for an asker that exists. `actors` returns
    /// those of the asker's actors that may be connected to a party.
    pub(super) fn reach_by<'s, 'a>(
        &'s self,
        in_force: &InForce<'s>,
        asker: PartyNo,
        asked: PartyNo,
        actors: impl Fn(PartyNo) -> &'a [Actor<'s>],
        found: &mut impl FnMut(Derived<'s>),
    ) where
        's: 'a,
    {
        let Some(party) = self.party(asked) else {
            return;
        };
        let own_role = match party.kind {
            PartyKind::Person => self.known.private_person,
            PartyKind::SelfIdentified => self.known.self_registered,
            _ => None,
        };
        if let Some(role) = own_role.filter(|_| asker == asked) {
            found(Derived {
                what: Reached::Oneself(role),
                window: Window::ALWAYS,
                route: Route::default(),
            });
        }
        let main_unit = self.main_unit(party);
        for target in [Some(asked), main_unit].into_iter().flatten() {
            let unit = Some(target).filter(|target| *target != asked);
            for actor in actors(target) {
                let route = Route {
                    key_role: actor.key_role,
                    main_unit: unit,
                    ..Route::default()
                };
                self.connected(in_force, actor, target, route, found);
            }
            let route = Route {
                main_unit: unit,
                ..Route::default()
            };
            self.served(in_force, asker, target, route, |_| true, found);
        }
        if party.kind == PartyKind::Person {
            self.proprietorships(in_force, &actors, asker, asked, found);
        }
    }

    /// Returns the subject and the organisations in which it has a key role.
    pub(super) fn actors<'s>(
        &'s self,
        in_force: &InForce<'s>,
        asker: PartyNo,
    ) -> SmallVec<[Actor<'s>; 4]> {
        let organisations = self.key_roles.get(&asker).into_iter().flatten();
        self.actors_in(in_force, asker, organisations.copied())
    }

    /// Returns the actors that may be connected to a party, by itself, its main unit or the businesses of a
    /// person: of many organisations that the subject runs, those with a connection are looked for if these
    /// are fewer.
    fn actors_near<'s>(
        &'s self,
        in_force: &InForce<'s>,
        asker: PartyNo,
        asked: PartyNo,
    ) -> SmallVec<[Actor<'s>; 4]> {
        const FEW: usize = 16;
        let run = self.key_roles.get(&asker).map_or(&[][..], |run| &run[..]);
        let all = || self.actors_in(in_force, asker, run.iter().copied());
        if run.len() <= FEW {
            return all();
        }
        let party = self.party(asked);
        let main_unit = party.and_then(|party| self.main_unit(party));
        let is_person = party.is_some_and(|party| party.kind == PartyKind::Person);
        let businesses = self.key_roles.get(&asked).filter(|_| is_person);
        let targets = [Some(asked), main_unit].into_iter().flatten();
        let targets = targets.chain(businesses.into_iter().flatten().copied());
        let given = targets.filter_map(|target| self.given.get(&target));
        let given: Vec<&Arc<Vec<PartyNo>>> = given.collect();
        if given.iter().map(|given| given.len()).sum::<usize>() >= run.len() {
            return all();
        }
        let near: IndexSet<PartyNo> = given
            .iter()
            .flat_map(|given| given.iter().copied())
            .collect();
        self.actors_in(in_force, asker, near.into_iter())
    }

    fn actors_in<'s>(
        &'s self,
        in_force: &InForce<'s>,
        asker: PartyNo,
        organisations: impl Iterator<Item = PartyNo>,
    ) -> SmallVec<[Actor<'s>; 4]> {
        let mut actors = SmallVec::new();
        actors.push(Actor::itself(asker));
        for organisation in organisations {
            counted(1);
            for (held, window) in in_force.roles(asker, organisation) {
                if self.runs(held.role, organisation) {
                    actors.push(Actor {
                        party: organisation,
                        key_role: Some((held, organisation)),
                        window,
                    });
                }
            }
        }
        actors
    }

    /// Whether a role for an organisation is a key role there.
    pub(super) fn runs(&self, role: RoleId, organisation: PartyNo) -> bool {
        // A municipality that is a partner of an inter-municipal company does not run it.
        let is_partner = Some(role) == self.known.shared_liability;
        self.catalogue.role_by_id(role).is_key_role
            && !(is_partner && self.has_legal_form(organisation, "IKS"))
    }

    pub(super) fn has_legal_form(&self, party: PartyNo, wanted: &str) -> bool {
        let form = self
            .party(party)
            .and_then(|party| party.legal_form.as_deref());
        form.is_some_and(|form| form.eq_ignore_ascii_case(wanted))
    }

    /// Finds what an actor's connection to a party gives: roles, unless they are bare relations,
    /// and delegated packages.
    fn connected<'s>(
        &'s self,
        in_force: &InForce<'s>,
        actor: &Actor<'s>,
        target: PartyNo,
        route: Route<'s>,
        found: &mut impl FnMut(Derived<'s>),
    ) {
        let Some(connection) = in_force.connection(actor.party, target) else {
            return;
        };
        for (held, window) in in_force.roles_of(connection) {
            if !self.known.bare.contains(&Some(held.role)) {
                found(Derived {
                    what: Reached::Role(held, target),
                    window: window.and(actor.window),
                    route,
                });
            }
        }
        for (held, window) in in_force.packages_of(connection) {
            found(Derived {
                what: Reached::Package(held.package, &held.grant),
                window: window.and(actor.window),
                route,
            });
        }
    }

    /// Whether a role at a sole proprietorship counts for its owner.
    pub(super) fn reaches_owner(&self, role: RoleId) -> bool {
        [self.known.accountant, self.known.auditor].contains(&Some(role))
    }

    /// Finds what accountants and auditors of a sole proprietorship thereby have for its owner.
    fn proprietorships<'s, 'a>(
        &'s self,
        in_force: &InForce<'s>,
        actors: &impl Fn(PartyNo) -> &'a [Actor<'s>],
        asker: PartyNo,
        person: PartyNo,
        found: &mut impl FnMut(Derived<'s>),
    ) where
        's: 'a,
    {
        for business in self.key_roles.get(&person).into_iter().flatten().copied() {
            if !self.has_legal_form(business, "ENK") {
                continue;
            }
            let owns = in_force.roles(person, business);
            for (_, owns) in owns.filter(|(held, _)| Some(held.role) == self.known.owner) {
                let mut as_owner = |mut inner: Derived<'s>| {
                    let counts = match &inner.what {
                        Reached::Role(held, _) => self.reaches_owner(held.role),
                        Reached::Package(..) => inner.route.client.is_some(),
                        _ => false,
                    };
                    if counts {
                        inner.window = inner.window.and(owns);
                        found(inner);
                    }
                };
                for actor in actors(business) {
                    let route = Route {
                        key_role: actor.key_role,
                        proprietorship: Some(business),
                        ..Route::default()
                    };
                    self.connected(in_force, actor, business, route, &mut as_owner);
                }
                let route = Route {
                    proprietorship: Some(business),
                    ..Route::default()
                };
                let counts = |d: &ClientDelegation| self.reaches_owner(d.role);
                self.served(in_force, asker, business, route, counts, &mut as_owner);
            }
        }
    }
}
