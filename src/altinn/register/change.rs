//! A change of the register: one transaction, in which all operations apply or none.

use std::fmt;
use std::sync::Arc;

use super::Register;
use super::giving::Rules;
use super::refusal::Refusal;
use super::state::{PartyNo, RegisterState};
use super::who_may::WhoMay;
use crate::altinn::catalogue::{EntityType, PackageId, RoleId};
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{PartyKey, PartyKind};
use crate::altinn::resource::{Resource, ResourceId};
use crate::value::DateTime;

impl Register {
    /// Changes the register atomically: if `change` returns a refusal or panics, the register stays
    /// as it was. Readers see the state before until the change is complete, and then the state
    /// after.
    ///
    /// ```
    /// use vedtak::altinn::facts::Window;
    /// use vedtak::altinn::register::{DelegationOrder, Refusal};
    /// use vedtak::altinn::{Party, PartyKey, Register};
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
    ///     change.delegate_package(&DelegationOrder::new(&kari, &fjell, &ola, now), "jordbruk")
    /// })?;
    ///
    /// // Ola does not become an administrator by that.
    /// let refused = register.update(|change| {
    ///     change.delegate_package(&DelegationOrder::new(&ola, &fjell, &kari, now), "jordbruk")
    /// });
    /// assert!(matches!(refused, Err(Refusal::NotAdministrator { .. })));
    ///
    /// register.update(|change| change.revoke(&kari, record, now))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The refusal that `change` returns.
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

/// A register under change, from [`Register::update`].
///
/// Reports of registers and hosts are accepted if they fit the existing facts; acts of users are
/// refused unless the rules of the domain allow them. Each act takes its instant as an argument:
/// the register has no clock.
pub struct Change<'s, 'h> {
    pub(super) state: &'s mut RegisterState,
    who_may: Option<&'h dyn WhoMay>,
}

impl<'h> Change<'_, 'h> {
    /// Sets the answers from policies: which rights an access administrator has, and therefore may
    /// delegate, and which rights a delegation can give at all. Other rights cannot be delegated,
    /// not even by a main administrator, who need not have what she gives. The register has no
    /// policies; a host whose PDP has them passes [`Pdp::who_may`](crate::altinn::Pdp::who_may).
    /// The PDP answers from the register as it was before the change.
    ///
    /// Without it, an access administrator has only the rights delegated to her in this register,
    /// and a person all rights to her own affairs; every right counts as one that a delegation can
    /// give.
    ///
    /// ```
    /// use vedtak::altinn::facts::Window;
    /// use vedtak::altinn::register::{DelegationOrder, Refusal};
    /// use vedtak::altinn::resource::{Resource, ResourceId};
    /// use vedtak::altinn::{Party, PartyKey, Pdp, Register};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/policies/ttd-straffesak-brev.xml")?;
    ///
    /// let letters = ResourceId::new("ttd-straffesak-brev");
    /// let fjell = PartyKey::organisation("910000001");
    /// let [kari, ola] = ["01017012345", "01017012346"].map(PartyKey::person);
    /// let register = Register::new();
    /// let pdp = Pdp::builder().policy(letters.as_str(), policy).register(&register).build()?;
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// register.update(|change| {
    ///     change.resource(Resource::new(letters.clone(), "ttd"))?;
    ///     change.party(Party::new(fjell.clone(), "FJELL AS").legal_form("AS"))?;
    ///     change.party(Party::new(kari.clone(), "KARI"))?;
    ///     change.party(Party::new(ola.clone(), "OLA"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)
    /// })?;
    ///
    /// // The policy lets a managing director read the letters, so she may let Ola read them.
    /// let may = pdp.who_may(now);
    /// let giving = DelegationOrder::new(&kari, &fjell, &ola, now);
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

    /// Returns the rules about who may give what, by the facts under change.
    pub(super) fn rules(&self) -> Rules<'_> {
        Rules {
            state: &*self.state,
            who_may: self.who_may,
        }
    }

    /// Whether the host has set `who_may`.
    pub(super) fn knows_who_may(&self) -> bool {
        self.who_may.is_some()
    }
}

impl fmt::Debug for Change<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").finish_non_exhaustive()
    }
}

impl RegisterState {
    pub(super) fn existing(&self, key: &PartyKey) -> Result<PartyNo, Refusal> {
        self.number(key)
            .ok_or_else(|| Refusal::UnknownParty(key.clone()))
    }

    /// Returns a party that can give and receive; refuses a deleted one, and a user of a deleted
    /// one.
    pub(super) fn living(&self, key: &PartyKey) -> Result<PartyNo, Refusal> {
        let number = self.existing(key)?;
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

    /// Returns the name of a party in messages.
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

    pub(super) fn role_name(&self, role: RoleId) -> Arc<str> {
        self.catalogue.role_by_id(role).name.clone()
    }

    pub(super) fn package_name(&self, package: PackageId) -> Arc<str> {
        self.catalogue.package_by_id(package).name.clone()
    }
}

impl PartyKind {
    /// Returns the kind of party whose affairs a role or package is about.
    pub(in crate::altinn) fn of(entity: EntityType) -> Self {
        match entity {
            EntityType::Person => Self::Person,
            EntityType::Organisation => Self::Organisation,
        }
    }
}

/// Returns the window; refuses one that contains no instant.
pub(super) fn not_empty(window: Window) -> Result<Window, Refusal> {
    if window.is_empty() {
        return Err(Refusal::EmptyWindow(window));
    }
    Ok(window)
}

/// Returns the window; refuses one that is empty, or over at `at`.
pub(super) fn not_over(window: Window, at: DateTime) -> Result<Window, Refusal> {
    let window = not_empty(window)?;
    match window.ends() {
        Some(ended) if window.until <= Moment::of(&at) => Err(Refusal::PastWindow { ended, at }),
        _ => Ok(window),
    }
}
