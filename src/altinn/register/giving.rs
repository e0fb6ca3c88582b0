//! The rules about who may give what. Delegating and the check beforehand use the same.

use std::sync::Arc;

use super::grantable::Grantable;
use super::holding::NotDelegable;
use super::power::Power;
use super::refusal::{Refusal, rights as what_rights};
use super::state::{HeldRight, PartyNo, RecordId, RegisterState};
use super::valid;
use super::who_may::{OwnUse, WhoMay};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::facts::{Answer, Asked};
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::{InstanceId, Resource, ResourceId, ResourceKind};
use crate::attribute::category;
use crate::provider::ProviderError;
use crate::value::DateTime;

/// A party that gives access to the affairs of another.
#[derive(Clone, Copy)]
pub(super) struct Giver {
    pub(super) by: PartyNo,
    pub(super) from: PartyNo,
    pub(super) at: DateTime,
    pub(super) on_from: Option<RecordId>,
    /// The power of `by`: for `from`, or, with `on_from`, for the organisation that received that
    /// record.
    pub(super) power: Power,
}

/// Refuses a resource of which no single right is delegated.
pub(super) fn check_delegable(resource: &Resource) -> Result<(), Refusal> {
    let id = || resource.id.clone();
    match resource.kind {
        _ if resource.may_be_delegated() => Ok(()),
        ResourceKind::MaskinportenSchema => Err(Refusal::MaskinportenSchema(id())),
        _ => Err(Refusal::ResourceNotDelegable(id())),
    }
}

/// The facts by which the rules are applied: a register, and what policies say.
#[derive(Clone, Copy)]
pub(super) struct Rules<'r> {
    pub(super) state: &'r RegisterState,
    pub(super) who_may: Option<&'r dyn WhoMay>,
}

impl Rules<'_> {
    /// Returns the role of this name; refuses one that cannot be delegated at an instant.
    pub(super) fn role(&self, name: &str, at: DateTime) -> Result<RoleId, Refusal> {
        let id = self.state.role_named(name)?;
        let refused = self.state.role_delegable(id, Moment::of(&at));
        let role = self.state.role_name(id);
        refused.map_err(|reason| match reason {
            NotDelegable::FromRegister => Refusal::RoleFromRegister { role },
            NotDelegable::NoNewAltinn2Roles => {
                let since = self.state.no_new_altinn2_roles.to_date_time();
                Refusal::NoNewAltinn2Roles {
                    role,
                    since: since.unwrap_or(at),
                }
            }
            _ => Refusal::RoleNotDelegable { role },
        })?;
        Ok(id)
    }

    /// Returns the package of this name; refuses one that cannot be given on its own, or delegated
    /// on if it is to be.
    pub(super) fn package(&self, name: &str, is_given_on: bool) -> Result<PackageId, Refusal> {
        let package = self.state.package_named(name)?;
        let item = self.state.catalogue.package_by_id(package);
        let name = || item.name.clone();
        if !item.is_assignable {
            return Err(Refusal::PackageNotAssignable { package: name() });
        }
        if is_given_on && !item.is_delegable {
            return Err(Refusal::PackageNotDelegable { package: name() });
        }
        Ok(package)
    }

    /// Returns the resource of this id, and rights to it as the register keeps them; refuses one
    /// that cannot be delegated, and no or blank rights.
    pub(super) fn resource(
        &self,
        id: &ResourceId,
        instance: Option<&InstanceId>,
        rights: &[Right],
    ) -> Result<(Arc<Resource>, Vec<Right>), Refusal> {
        let described = self.state.resource_named(id)?;
        check_delegable(&described)?;
        if rights.is_empty() {
            return Err(Refusal::NoRight(id.clone()));
        }
        Ok((described, valid::rights(instance, rights)?))
    }

    pub(super) fn may_give_role(&self, giver: &Giver, role: RoleId) -> Result<(), Refusal> {
        let state = self.state;
        let at = Moment::of(&giver.at);
        let standing = state.standing(giver.by, giver.from, at);
        let needs_it = giver.power == Power::Access;
        if needs_it && !state.holds_role(&standing.held, role, at) {
            return Err(self.not_held(giver, Grantable::role(state.role_name(role))));
        }
        let is_main = Some(role) == state.known.old_main_administrator;
        if is_main && !state.is_main_by_role(&standing.held) {
            return Err(self.main_by_delegation(giver));
        }
        Ok(())
    }

    pub(super) fn may_give_package(
        &self,
        giver: &Giver,
        package: PackageId,
    ) -> Result<(), Refusal> {
        let state = self.state;
        state.package_fits(package, giver.from)?;
        let standing = state.standing(giver.by, giver.from, Moment::of(&giver.at));
        if state.is_main_package(package) {
            return match state.is_main_by_role(&standing.held) {
                true => Ok(()),
                false => Err(self.main_by_delegation(giver)),
            };
        }
        let may = match (giver.on_from, giver.power) {
            // What is delegated on cannot exceed the record, so the package is within it.
            (Some(_), Power::Main) => true,
            (Some(_), Power::Access) => state.holds_to_give(&standing.held, package),
            (None, _) => state.may_give(&standing, package),
        };
        if !may {
            let (by, of) = (state.called(giver.by), state.called(giver.from));
            let what = Grantable::package(state.package_name(package));
            let held = &standing.held;
            let has_it = held.was_delegated(package) || state.role_giving(held, package).is_some();
            return Err(match giver.power {
                Power::Main => Refusal::NotGivenByMain { by, what, of },
                Power::Access if has_it => Refusal::NotToGiveOn { by, what, of },
                Power::Access => Refusal::NotHeld { by, what, of },
            });
        }
        Ok(())
    }

    pub(super) fn may_give_rights(
        &self,
        giver: &Giver,
        described: &Resource,
        instance: Option<&InstanceId>,
        rights: &[Right],
    ) -> Result<(), Refusal> {
        let resource = &described.id;
        self.instance_fits(resource, instance, giver.from)?;
        if let Some(right) = rights
            .iter()
            .find(|right| self.is_for_another(right, giver.from))
        {
            return Err(Refusal::RightForAnother {
                what: what_rights(resource, instance, std::slice::from_ref(right)),
                of: self.state.called(giver.from),
            });
        }
        // Also by a resource right that is kept for one person: she may be the receiver.
        self.is_served_by(described, giver.from, rights, giver.at, |_| true)?;
        if giver.power == Power::Access {
            let (by, of, at) = (giver.by, giver.from, giver.at);
            for right in rights {
                let what = || what_rights(resource, instance, std::slice::from_ref(right));
                match self.ask_right(by, of, resource, instance, right, at) {
                    Ok(true) => {}
                    Ok(false) => {
                        let own_use = self.own_use((by, of), resource, instance, right);
                        return Err(match own_use {
                            Ok(Some(why)) => Refusal::RightNotToGiveOn {
                                by: self.state.called(by),
                                what: what(),
                                of: self.state.called(of),
                                why,
                            },
                            Ok(None) => self.not_held(giver, what()),
                            Err(failure) => self.not_decided(giver, what(), &failure),
                        });
                    }
                    Err(failure) => return Err(self.not_decided(giver, what(), &failure)),
                }
            }
        }
        self.are_in_policy(resource, instance, rights)
    }

    /// Returns the rights that a delegation opens to a receiver who has nothing else for the party:
    /// themselves, or those to parts of the resource for which the policy has them.
    pub(super) fn opened_alone(
        &self,
        of: PartyNo,
        described: &Resource,
        instance: Option<&InstanceId>,
        rights: &[Right],
        at: DateTime,
    ) -> Result<Vec<Right>, Refusal> {
        let resource = &described.id;
        let not_alone = |rights: &[Right]| Refusal::NotAlone {
            what: what_rights(resource, instance, rights),
            of: self.state.called(of),
        };
        self.is_served(described, of, rights, at)
            .map_err(|_| not_alone(rights))?;
        let mut opened = Vec::new();
        for right in rights {
            let more = match (self.who_may, self.state.party(of)) {
                (Some(who_may), Some(party)) => who_may.opened(party, resource, instance, right),
                _ => vec![right.clone()],
            };
            if more.is_empty() {
                return Err(not_alone(std::slice::from_ref(right)));
            }
            opened.extend(more);
        }
        Ok(opened)
    }

    /// Whether a party is known to have a right for another.
    pub(super) fn has_right(
        &self,
        by: PartyNo,
        of: PartyNo,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
        at: DateTime,
    ) -> bool {
        let asked = self.ask_right(by, of, resource, instance, right, at);
        asked.unwrap_or(false)
    }

    /// Whether a party has a right for another: by policies, or else by delegations in the
    /// register.
    ///
    /// # Errors
    ///
    /// A source that a policy asks does not answer.
    fn ask_right(
        &self,
        by: PartyNo,
        of: PartyNo,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
        at: DateTime,
    ) -> Answer<bool> {
        let state = self.state;
        let (Some(subject), Some(party)) = (state.party(by), state.party(of)) else {
            return Ok(false);
        };
        match self.who_may {
            Some(who_may) => who_may.may(subject, party, resource, instance, right),
            None => {
                let between = (by, of);
                Ok(by == of || self.has_delegated_right(between, resource, instance, right, at))
            }
        }
    }

    /// Whether a delegation in the register, direct or by a route that counts, gives a party a right for
    /// another, to give on: what it has as an agent does not count. One service out of an access package
    /// counts if the package gives the right.
    pub(super) fn has_delegated_right(
        &self,
        (by, of): (PartyNo, PartyNo),
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
        at: DateTime,
    ) -> bool {
        let state = self.state;
        let (Some(subject), Some(party)) = (state.party(by), state.party(of)) else {
            return false;
        };
        let gives = |code: &Arc<str>| {
            let package = Grantable::Package(code.clone());
            let rights = std::slice::from_ref(right);
            self.gives_alone(&package, (by, of), resource, instance, rights)
        };
        let mut has_it = false;
        let asked = Asked::new(subject, party, at);
        state.each_delegation(&asked, resource, |grant, delegation| {
            let fits = delegation.instance.is_none() || delegation.instance.as_ref() == instance;
            let covers = delegation.rights.iter().any(|held| held.covers(right));
            let holds = fits && covers && delegation.window.contains(at);
            let counts = || delegation.out_of.as_ref().is_none_or(gives);
            has_it |= !has_it && holds && !state.is_of_agent(grant.id) && counts();
        });
        has_it
    }

    /// Whether a package alone gives all these rights by policies.
    pub(super) fn package_gives_alone(
        &self,
        package: PackageId,
        between: (PartyNo, PartyNo),
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        rights: &[Right],
    ) -> bool {
        let code = &self.state.catalogue.package_by_id(package).code;
        let package = Grantable::Package(code.clone());
        self.gives_alone(&package, between, resource, instance, rights)
    }

    /// Whether a role, by its URN, or a package, by its code, alone gives all these rights by policies.
    pub(super) fn gives_alone(
        &self,
        what: &Grantable,
        (holder, party): (PartyNo, PartyNo),
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        rights: &[Right],
    ) -> bool {
        let state = self.state;
        let (Some(holder), Some(party)) = (state.party(holder), state.party(party)) else {
            return false;
        };
        self.who_may.is_some_and(|who_may| {
            let mut rights = rights.iter();
            rights.all(|right| who_may.gives_alone(what, holder, party, resource, instance, right))
        })
    }

    /// Refuses rights that no delegation can give, by policies; without them, accepts all.
    pub(super) fn are_in_policy(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        rights: &[Right],
    ) -> Result<(), Refusal> {
        let Some(who_may) = self.who_may else {
            return Ok(());
        };
        for right in rights {
            who_may
                .can_be_delegated(resource, instance, right)
                .map_err(|known| Refusal::RightNotInPolicy {
                    resource: resource.clone(),
                    right: right.clone(),
                    known,
                })?;
        }
        Ok(())
    }

    /// The reason why somebody has a right for her own use only, by policies; none without them.
    ///
    /// # Errors
    ///
    /// A source that a policy asks does not answer.
    pub(super) fn own_use(
        &self,
        (by, of): (PartyNo, PartyNo),
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Answer<Option<OwnUse>> {
        match (self.who_may, self.state.party(by), self.state.party(of)) {
            (Some(who_may), Some(subject), Some(party)) => {
                who_may.own_use(subject, party, resource, instance, right)
            }
            _ => Ok(None),
        }
    }

    fn not_decided(&self, giver: &Giver, what: Grantable, failure: &ProviderError) -> Refusal {
        Refusal::NotDecided {
            by: self.state.called(giver.by),
            what,
            of: self.state.called(giver.from),
            why: failure.to_string().into(),
        }
    }

    fn not_held(&self, giver: &Giver, what: Grantable) -> Refusal {
        Refusal::NotHeld {
            by: self.state.called(giver.by),
            what,
            of: self.state.called(giver.from),
        }
    }

    fn main_by_delegation(&self, giver: &Giver) -> Refusal {
        Refusal::MainAdministratorByDelegation {
            by: self.state.called(giver.by),
            of: self.state.called(giver.from),
        }
    }

    /// Whether a part of a right names another party: no request for this one is for it.
    fn is_for_another(&self, right: &Right, of: PartyNo) -> bool {
        let of = self.state.party(of);
        right.part.iter().any(|(id, value)| {
            let Some(AttributeKind::Party(form, _)) = id::kind(category::RESOURCE, id) else {
                return false;
            };
            let key = PartyKey::in_form(form, id, value);
            !of.is_some_and(|of| key.is_ok_and(|key| of.has_key(&key)))
        })
    }

    fn instance_fits(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        of: PartyNo,
    ) -> Result<(), Refusal> {
        // An instance unknown to the register may be in another source of the host.
        let registered = instance.and_then(|id| Some((id, self.state.instances.get(id)?)));
        match registered {
            Some((id, (party, registered))) if registered.resource != *resource || *party != of => {
                Err(Refusal::ForeignInstance {
                    instance: id.clone(),
                    resource: resource.clone(),
                    party: self.state.called(of),
                })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a party that lacks a place on an access list, or a required resource right that
    /// everybody may use who acts for it.
    pub(super) fn is_served(
        &self,
        resource: &Resource,
        of: PartyNo,
        rights: &[Right],
        at: DateTime,
    ) -> Result<(), Refusal> {
        let is_for_all = |right: &HeldRight| right.performed_by.is_none();
        self.is_served_by(resource, of, rights, at, is_for_all)
    }

    /// Refuses a party that lacks a place on an access list, or a required resource right that counts.
    fn is_served_by(
        &self,
        resource: &Resource,
        of: PartyNo,
        rights: &[Right],
        at: DateTime,
        counts: impl Fn(&HeldRight) -> bool,
    ) -> Result<(), Refusal> {
        let Some(party) = self.state.party(of) else {
            return Ok(());
        };
        let has_right = || {
            let held = self.state.rights.get(&(resource.id.clone(), of));
            let mut held = held.into_iter().flat_map(|held| held.iter());
            held.any(|right| right.window.holds(Moment::of(&at)) && counts(right))
        };
        if resource.requires_resource_right && (self.state.is_gone(of) || !has_right()) {
            return Err(Refusal::NoResourceRight {
                resource: resource.id.clone(),
                party: self.state.called(of),
            });
        }
        if resource.requires_access_list {
            let closed = |right: &&Right| !self.is_listed(resource, party, &right.action, at);
            if let Some(right) = rights.iter().find(closed) {
                return Err(Refusal::NotOnAccessList {
                    resource: resource.id.clone(),
                    action: right.action.clone(),
                    party: self.state.called(of),
                });
            }
        }
        Ok(())
    }

    fn is_listed(&self, resource: &Resource, party: &Party, action: &str, at: DateTime) -> bool {
        let connections = self.state.connections(&resource.id, party);
        // Only organisations are on access lists; a person's membership does not count.
        party.kind == PartyKind::Organisation
            && connections.iter().any(|connection| {
                let actions = connection.value.actions.as_ref();
                let opens = actions.is_none_or(|open| open.iter().any(|open| **open == *action));
                opens && connection.window.contains(at)
            })
    }
}
