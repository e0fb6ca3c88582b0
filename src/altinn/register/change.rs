//! A change of the register: one transaction, in which everything happens or nothing.

use std::fmt;
use std::sync::Arc;

use super::Register;
use super::refusal::Refusal;
use super::state::{PartyNo, State};
use crate::altinn::catalogue::{EntityType, PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::{InstanceId, Resource, ResourceId};
use crate::value::DateTime;

/// What policies say about rights, which the register itself does not know; see
/// [`Change::who_may`].
///
/// [`Pdp::who_may`](crate::altinn::Pdp::who_may) answers both questions. A closure answers the
/// first alone, and lets every right be one that a policy knows.
pub trait WhoMay {
    /// Whether somebody has a right for a party. `instance`: none for the whole resource.
    fn may(
        &self,
        subject: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> bool;

    /// Whether a delegation of a right can permit anything, whoever receives it; if not, the
    /// actions of the resource's policy of which a delegation can.
    ///
    /// # Errors
    ///
    /// Those actions, where the right is not one that can be delegated.
    fn can_be_delegated(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Result<(), Vec<Arc<str>>> {
        let _ = (resource, instance, right);
        Ok(())
    }
}

impl<F> WhoMay for F
where
    F: Fn(&Party, &Party, &ResourceId, Option<&InstanceId>, &Right) -> bool,
{
    fn may(
        &self,
        subject: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> bool {
        self(subject, party, resource, instance, right)
    }
}

impl Register {
    /// Changes the register, wholly or not at all: when `change` returns a refusal, or panics,
    /// the register is as before. Readers see the state before until all is done, and then the
    /// state after.
    ///
    /// ```
    /// use vedtak::altinn::{Giving, Party, PartyKey, Refusal, Register, Window};
    ///
    /// let register = Register::new();
    /// let fjell = PartyKey::organisation("910000001");
    /// let [kari, ola] = ["01017012345", "01017012346"].map(PartyKey::person);
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    ///
    /// // What the registers say.
    /// register.update(|change| {
    ///     change.party(Party::new(fjell.clone(), "FJELL AS").legal_form("AS"))?;
    ///     change.party(Party::new(kari.clone(), "KARI"))?;
    ///     change.party(Party::new(ola.clone(), "OLA"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)
    /// })?;
    ///
    /// // What their managing director decides.
    /// let record = register.update(|change| {
    ///     change.delegate_package(&Giving::new(&kari, &fjell, &ola, now), "jordbruk")
    /// })?;
    ///
    /// // Ola does not become an administrator by that.
    /// let refused = register.update(|change| {
    ///     change.delegate_package(&Giving::new(&ola, &fjell, &kari, now), "jordbruk")
    /// });
    /// assert!(matches!(refused, Err(Refusal::NotAdministrator { .. })));
    ///
    /// register.update(|change| change.revoke(&kari, record, now))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What `change` refuses.
    pub fn update<'h, T>(
        &self,
        change: impl FnOnce(&mut Change<'_, 'h>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.change(|state| {
            change(&mut Change {
                state,
                who_may: None,
            })
        })
    }
}

/// The register as it will be, while it is being changed; from [`Register::update`].
///
/// Two kinds of operation: what registers and hosts report is taken as it is, if it fits what is
/// there; what users do is refused unless the rules of the domain let them. The instant of doing
/// it is always given: the register has no clock.
pub struct Change<'s, 'h> {
    pub(super) state: &'s mut State,
    who_may: Option<&'h dyn WhoMay>,
}

impl<'h> Change<'_, 'h> {
    /// Asks `who_may` which rights an access administrator has herself, so that she may delegate
    /// them, and which rights a policy knows at all, so that nobody delegates others: not even a
    /// main administrator, who need not have what she gives. The register knows no policies; a
    /// host whose PDP does asks it here, with [`Pdp::who_may`](crate::altinn::Pdp::who_may). The
    /// PDP answers from the register as it was before the change.
    ///
    /// Without it, only rights that were delegated to her in this register count, and all rights
    /// to what is a person's own; and every right is taken to be one that a policy knows.
    ///
    /// ```
    /// use vedtak::altinn::{
    ///     Giving, Party, PartyKey, Pdp, Refusal, Register, Resource, ResourceId, Window,
    /// };
    /// # let policy = include_str!("../../../fixtures/altinn/scenarios/01-letter-with-attachment/policies/ttd-straffesak-brev.xml");
    ///
    /// let letters = ResourceId::new("ttd-straffesak-brev");
    /// let fjell = PartyKey::organisation("910000001");
    /// let [kari, ola] = ["01017012345", "01017012346"].map(PartyKey::person);
    /// let register = Register::new();
    /// let pdp = Pdp::builder().policy(letters.as_str(), policy).register(&register).build()?;
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// register.update(|change| {
    ///     change.resource(Resource::new(letters.clone(), "ttd"));
    ///     change.party(Party::new(fjell.clone(), "FJELL AS").legal_form("AS"))?;
    ///     change.party(Party::new(kari.clone(), "KARI"))?;
    ///     change.party(Party::new(ola.clone(), "OLA"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)
    /// })?;
    ///
    /// // The policy lets a managing director read the letters, so she may let Ola read them.
    /// let may = pdp.who_may(now);
    /// let giving = Giving::new(&kari, &fjell, &ola, now);
    /// register.update(|change| {
    ///     change.who_may(&may);
    ///     change.delegate_resource(&giving, &letters, None, &["read".into()])
    /// })?;
    ///
    /// // There is nothing to `fly` in the policy.
    /// let refused = register.update(|change| {
    ///     change.who_may(&may);
    ///     change.delegate_resource(&giving, &letters, None, &["fly".into()])
    /// });
    /// assert!(matches!(refused, Err(Refusal::RightNotInPolicy { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn who_may(&mut self, who_may: &'h dyn WhoMay) -> &mut Self {
        self.who_may = Some(who_may);
        self
    }

    /// Whether a party itself has a right for another, as far as can be known here.
    pub(super) fn has_right(
        &self,
        by: PartyNo,
        of: PartyNo,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
        at: DateTime,
    ) -> bool {
        let (Some(subject), Some(party)) = (self.state.party(by), self.state.party(of)) else {
            return false;
        };
        match self.who_may {
            Some(who_may) => who_may.may(subject, party, resource, instance, right),
            None => {
                by == of
                    || self
                        .state
                        .has_delegated_right(by, of, resource, instance, right, at)
            }
        }
    }

    /// Refuses rights that no delegation can give, as far as can be known here.
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

    /// Whether a host has said who may what.
    pub(super) fn knows_who_may(&self) -> bool {
        self.who_may.is_some()
    }
}

impl fmt::Debug for Change<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").finish_non_exhaustive()
    }
}

impl State {
    pub(super) fn known(&self, key: &PartyKey) -> Result<PartyNo, Refusal> {
        self.number(key)
            .ok_or_else(|| Refusal::UnknownParty(key.clone()))
    }

    /// A party that can give and receive.
    pub(super) fn living(&self, key: &PartyKey) -> Result<PartyNo, Refusal> {
        let number = self.known(key)?;
        if !self.is_gone(number) {
            return Ok(number);
        }
        let is_deleted = self.party(number).is_some_and(|party| party.is_deleted);
        let owner = self.owner(number).filter(|_| !is_deleted);
        Err(match owner {
            Some(owner) => Refusal::UserOfDeletedParty {
                name: self.called(number),
                owner: self.called(owner),
            },
            None => Refusal::DeletedParty {
                name: self.called(number),
            },
        })
    }

    /// As messages call it.
    pub(super) fn called(&self, party: PartyNo) -> Arc<str> {
        self.party(party)
            .map_or_else(|| "a party".into(), |party| party.to_string().into())
    }

    pub(super) fn role_named(&self, name: &str) -> Result<RoleId, Refusal> {
        let role = self.catalogue.role(name);
        role.ok_or_else(|| Refusal::UnknownRole {
            name: name.into(),
            similar: self.catalogue.similar_role(name).map(Into::into),
        })
    }

    pub(super) fn package_named(&self, name: &str) -> Result<PackageId, Refusal> {
        let package = self.catalogue.package(name);
        package.ok_or_else(|| Refusal::UnknownPackage {
            name: name.into(),
            similar: self.catalogue.similar_package(name).map(Into::into),
        })
    }

    pub(super) fn resource_named(&self, id: &ResourceId) -> Result<Arc<Resource>, Refusal> {
        let resource = self.resources.get(id).cloned();
        resource.ok_or_else(|| Refusal::UnknownResource(id.clone()))
    }

    /// Whether a package is about the affairs of such a party.
    pub(super) fn package_fits(&self, package: PackageId, of: PartyNo) -> Result<(), Refusal> {
        let known = self.catalogue.package_by_id(package);
        let kind = kind_of(known.entity_type);
        if self.party(of).is_none_or(|party| party.kind != kind) {
            return Err(Refusal::PackageDoesNotFit {
                package: known.name.clone(),
                party: self.called(of),
            });
        }
        Ok(())
    }

    /// Whether a role of a register can be one for this party: not if it is one in an organisation,
    /// and an organisation has it for a person, or the other way round.
    pub(super) fn role_fits(&self, role: RoleId, of: PartyNo, to: PartyNo) -> Result<(), Refusal> {
        let known = self.catalogue.role_by_id(role);
        let kind = kind_of(known.entity_type);
        let is = |party| self.party(party).is_some_and(|party| party.kind == kind);
        if known.is_from_register() && !is(of) && is(to) {
            return Err(Refusal::RoleDoesNotFit {
                role: known.name.clone(),
                party: self.called(of),
            });
        }
        Ok(())
    }

    pub(super) fn role_name(&self, role: RoleId) -> Arc<str> {
        self.catalogue.role_by_id(role).name.clone()
    }

    pub(super) fn package_name(&self, package: PackageId) -> Arc<str> {
        self.catalogue.package_by_id(package).name.clone()
    }
}

fn kind_of(entity: EntityType) -> PartyKind {
    match entity {
        EntityType::Person => PartyKind::Person,
        EntityType::Organisation => PartyKind::Organisation,
    }
}

/// A window that contains some instant.
pub(super) fn not_empty(window: Window) -> Result<Window, Refusal> {
    if window.is_empty() {
        return Err(Refusal::EmptyWindow(window));
    }
    Ok(window)
}

/// A window that is not over.
pub(super) fn not_over(window: Window, at: DateTime) -> Result<Window, Refusal> {
    let window = not_empty(window)?;
    match window.ends() {
        Some(ended) if window.until <= Moment::of(&at) => Err(Refusal::PastWindow { ended, at }),
        _ => Ok(window),
    }
}
