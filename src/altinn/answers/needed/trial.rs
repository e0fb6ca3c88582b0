//! Things that are given on a copy of the register → whether they are enough, and who can give them.

use std::sync::Arc;

use crate::altinn::Pdp;
use crate::altinn::answers::{Need, NeedKind};
use crate::altinn::facts::Window;
use crate::altinn::id;
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::pdp::Failures;
use crate::altinn::pdp::rights::WhoMayByPolicy;
use crate::altinn::register::{
    ClientDelegationOrder, DelegationOrder, Grantable, Refusal, Register, Snapshot,
};
use crate::altinn::resource::ResourceId;
use crate::altinn::ruling::{Basis, Veto};
use crate::decision::Decision;
use crate::request::Request;
use crate::response::Trouble;
use crate::value::DateTime;

/// An order by those who may be able to give something.
pub(super) struct Trial<'t> {
    pub(super) pdp: &'t Pdp,
    pub(super) register: &'t Register,
    pub(super) order: DelegationOrder,
    pub(super) givers: Vec<Arc<Party>>,
    /// The organisations that have something for the party, each with those who administer its clients.
    pub(super) providers: Vec<(Arc<Party>, Vec<Arc<Party>>)>,
    pub(super) resource: &'t ResourceId,
    /// The request that is to be permitted.
    pub(super) asked: Request,
}

/// The decision with some things that are missing.
pub(super) struct Tried {
    /// Those who can give all of them, by name.
    pub(super) givers: Vec<Arc<Party>>,
    /// Whether the request is permitted then.
    pub(super) is_enough: bool,
    /// The veto that it meets then.
    pub(super) veto: Option<Veto>,
    /// The failures that the decision meets then, if it is not Permit.
    pub(super) troubles: Vec<Trouble>,
}

impl Trial<'_> {
    /// Decides as if some things were given; none if nobody can give them.
    pub(super) fn give(&self, things: &[Grantable]) -> Option<Tried> {
        let snapshot = self.register.snapshot();
        let may = self.pdp.who_may(self.order.at);
        let (from, at) = (&self.order.from, self.order.at);
        let mut givers = Vec::new();
        let mut with_them = None;
        for giver in &self.givers {
            let Some(by) = giver.keys().next() else {
                continue;
            };
            if !snapshot.may_give_all(&by, from, things, &may, at) {
                continue;
            }
            // What is given is the same, whoever gives it, and so is a refusal for its receiver.
            if with_them.is_none() {
                with_them = Some(self.given(by, things, &may));
            }
            givers.push(giver.clone());
        }
        givers.sort_by(|one, other| one.name.cmp(&other.name));
        let tried = self.decide(with_them.flatten()?);
        Some(Tried { givers, ..tried })
    }

    /// Decides as if what is missing were there, whoever could give it; none if it cannot be there.
    pub(super) fn suppose(&self, missing: &[&Need]) -> Option<Tried> {
        self.supposed(missing).map(|register| self.decide(register))
    }

    fn decide(&self, register: Register) -> Tried {
        let ruling = self.pdp.with_register(register);
        let ruling = ruling.decide_at(&self.asked, self.order.at);
        let mut failures = Failures::default();
        Tried {
            givers: Vec::new(),
            is_enough: failures.permits(&ruling),
            veto: match ruling.basis {
                Basis::Veto(veto) => Some(veto),
                _ => None,
            },
            troubles: failures.0,
        }
    }

    /// Whether a register can have what is missing, and the decision would ask that register for it.
    pub(super) fn is_of_register(&self, need: &Need) -> bool {
        let is_known = matches!(
            need.kind,
            NeedKind::Role(_)
                | NeedKind::Package(_)
                | NeedKind::EstateRole
                | NeedKind::AccessGroup
                | NeedKind::AccessList
                | NeedKind::ResourceRight
        );
        let kind = id::kind(&need.category, &need.id);
        let is_asked = kind.is_some_and(|kind| !self.pdp.has_source_of(kind));
        is_known && need.issuer.is_none() && is_asked
    }

    /// Returns the organisations that serve the party, each with those who can give some things to the one
    /// who asks as its agent, by name: where that is enough.
    pub(super) fn serve(&self, things: &[Grantable]) -> Vec<(Arc<Party>, Vec<Arc<Party>>)> {
        let may = self.pdp.who_may(self.order.at);
        let (client, agent, at) = (&self.order.from, &self.order.to, self.order.at);
        let mut served = Vec::new();
        for (provider, givers) in &self.providers {
            let by = givers.iter().find_map(|giver| giver.keys().next());
            let (Some(key), Some(by)) = (provider.keys().next(), by) else {
                continue;
            };
            let mut order = ClientDelegationOrder::new(&by, &key, client, agent, at);
            for thing in things {
                order = match thing {
                    Grantable::Package(package) => order.package(package),
                    Grantable::Resource {
                        resource, rights, ..
                    } => order.resource(resource.clone(), rights.clone()),
                    Grantable::Role(_) => return Vec::new(),
                };
            }
            let copy = self.register.copy();
            let given = copy.update(|change| {
                change.who_may(&may);
                change.delegate_client(&order).map(drop)
            });
            if given.is_err() {
                continue;
            }
            let ruling = self.pdp.with_register(copy).decide_at(&self.asked, at);
            if ruling.decision() == Decision::Permit {
                served.push((provider.clone(), givers.clone()));
            }
        }
        served
    }

    /// Returns a copy of the register in which what is missing is there, whoever could give it; none if it
    /// cannot be.
    fn supposed(&self, missing: &[&Need]) -> Option<Register> {
        let copy = self.register.copy();
        let (from, to) = (&self.order.from, &self.order.to);
        let resource = &self.resource;
        let supposed = copy.update(|change| {
            missing.iter().try_for_each(|need| match need.kind {
                NeedKind::Role(_) => change.suppose_role(from, to, &need.urn()),
                NeedKind::Package(_) => change.suppose_package(from, to, &need.urn()),
                NeedKind::EstateRole => change.suppose_estate_role(from, to, &need.value),
                NeedKind::AccessGroup => {
                    change.access_group(from, &need.value, Some(to), Window::ALWAYS)
                }
                NeedKind::AccessList => {
                    change.access_list(&need.value)?;
                    change.access_list_member(&need.value, to, Window::ALWAYS)
                }
                NeedKind::ResourceRight => {
                    change.suppose_resource_right(resource, from, (&need.id, &need.value))
                }
                _ => Err(Refusal::Nothing),
            })
        });
        supposed.ok().map(|()| copy)
    }

    /// Returns a copy of the register in which these things are given; none if they cannot be.
    fn given(&self, by: PartyKey, things: &[Grantable], may: &WhoMayByPolicy) -> Option<Register> {
        let mut order = self.order.clone();
        order.by = by;
        let copy = self.register.copy();
        let given = copy.update(|change| {
            change.who_may(may);
            let mut things = things.iter();
            things.try_for_each(|thing| change.delegate(&order, thing).map(drop))
        });
        given.ok().map(|()| copy)
    }
}

/// Returns the organisations among those who act for a party, each with those who administer its clients,
/// by name.
pub(super) fn providers(
    snapshot: &Snapshot,
    acting: &[Arc<Party>],
    but: [&Arc<Party>; 2],
    resource: &ResourceId,
    at: DateTime,
) -> Vec<(Arc<Party>, Vec<Arc<Party>>)> {
    let mut providers = Vec::new();
    for one in acting {
        if one.kind != PartyKind::Organisation || but.iter().any(|but| one.is(but)) {
            continue;
        }
        let Some(key) = one.keys().next() else {
            continue;
        };
        let mut givers = snapshot.acting_for(&key, resource, at);
        givers.retain(|giver| {
            let by = giver.keys().next();
            by.is_some_and(|by| snapshot.administers_clients(&by, &key, at))
        });
        if !givers.is_empty() {
            givers.sort_by(|one, other| one.name.cmp(&other.name));
            providers.push((one.clone(), givers));
        }
    }
    providers.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    providers
}
