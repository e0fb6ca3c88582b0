//! The roles and packages a party has for another → the administrator it is, and the packages it
//! may give.

use super::Snapshot;
use super::check_reason::CheckReason;
use super::derive::Held;
use super::holding::NotDelegable;
use super::state::{PartyNo, RecordId, RecordPlace, RegisterState};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{PartyKey, PartyKind};
use crate::value::DateTime;

/// The kinds of administrator of a party's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    /// A main administrator: may give what she does not have.
    Main,
    /// An access administrator: may give only what she has.
    Access,
}

/// The roles and packages a party has for another at an instant, and its power by them.
pub(super) struct Standing {
    pub(super) held: Held,
    pub(super) power: Option<Power>,
}

impl Snapshot {
    /// Whether somebody is a main administrator of a party, who may give what she does not have.
    pub(in crate::altinn) fn is_main_administrator(
        &self,
        by: &PartyKey,
        of: &PartyKey,
        at: DateTime,
    ) -> bool {
        let state = &*self.0;
        let both = state.number(by).zip(state.number(of));
        both.is_some_and(|(by, of)| {
            state.standing(by, of, Moment::of(&at)).power == Some(Power::Main)
        })
    }
}

impl RegisterState {
    /// Returns what `by` has for `of`; the power is `None` if `by` is no administrator.
    pub(super) fn standing(&self, by: PartyNo, of: PartyNo, at: Moment) -> Standing {
        let held = self.held_by(by, of, at);
        let power = self.power_by(&held, by, of, at);
        Standing { held, power }
    }

    /// Returns the power of `by` for `of` with these roles and packages.
    pub(super) fn power_by(
        &self,
        held: &Held,
        by: PartyNo,
        of: PartyNo,
        at: Moment,
    ) -> Option<Power> {
        let is_person = self
            .party(of)
            .is_some_and(|party| party.kind == PartyKind::Person);
        let role = |role: Option<RoleId>| self.holds_role_of_power(held, role, at);
        let package = |code: &str| {
            let package = self.catalogue.package(code);
            package.is_some_and(|package| self.holds_package(held, package))
        };
        let known = &self.known;
        if role(known.main_administrator)
            || role(known.old_main_administrator)
            || package(MAIN_ADMINISTRATOR)
        {
            Some(Power::Main)
        } else if role(known.access_administrator)
            || package(ACCESS_ADMINISTRATOR)
            || is_person && (by == of || package(ACCESS_ADMINISTRATOR_OF_PERSON))
        {
            Some(Power::Access)
        } else {
            None
        }
    }

    /// Returns the code of what makes somebody a main administrator: a role or a package.
    pub(super) fn reason_of_power(&self, held: &Held, at: Moment) -> CheckReason {
        let known = &self.known;
        let roles = [known.main_administrator, known.old_main_administrator];
        let mut roles = roles.into_iter().flatten();
        match self.is_main_by_role(held) || roles.any(|role| self.holds_role(held, role, at)) {
            true => CheckReason::RoleAccess,
            false => CheckReason::PackageAccess,
        }
    }

    /// Whether a role is one that a person or a user has by being who one is.
    pub(super) fn is_own_role(&self, role: RoleId) -> bool {
        [self.known.private_person, self.known.self_registered].contains(&Some(role))
    }

    /// Whether a role is one that can be delegated at an instant.
    pub(super) fn role_delegable(&self, role: RoleId, at: Moment) -> Result<(), NotDelegable> {
        let item = self.catalogue.role_by_id(role);
        if item.is_from_register() || self.is_own_role(role) {
            Err(NotDelegable::FromRegister)
        } else if !item.is_altinn2() {
            Err(NotDelegable::Altinn3Role)
        } else if at >= self.no_new_altinn2_roles {
            Err(NotDelegable::NoNewAltinn2Roles)
        } else {
            Ok(())
        }
    }

    pub(super) fn administers(&self, by: PartyNo, of: PartyNo, at: Moment) -> bool {
        self.standing(by, of, at).power.is_some()
    }

    /// Whether `by` is a party or administers it; an owner's administrators administer its system
    /// and enterprise users.
    pub(super) fn is_or_administers(&self, by: PartyNo, party: PartyNo, at: Moment) -> bool {
        let owner = self.owner(party);
        by == party
            || self.administers(by, party, at)
            || owner.is_some_and(|owner| self.administers(by, owner, at))
    }

    pub(super) fn administers_clients(&self, by: PartyNo, of: PartyNo, at: Moment) -> bool {
        let standing = self.standing(by, of, at);
        let role = self.known.client_administrator;
        let package = self.catalogue.package(CLIENT_ADMINISTRATOR);
        standing.power == Some(Power::Main)
            || self.holds_role_of_power(&standing.held, role, at)
            || package.is_some_and(|package| self.holds_package(&standing.held, package))
    }

    /// Whether a role is held that makes administrators.
    fn holds_role_of_power(&self, held: &Held, role: Option<RoleId>, at: Moment) -> bool {
        role.is_some_and(|role| self.holds_role(held, role, at))
    }

    pub(super) fn held_by(&self, by: PartyNo, of: PartyNo, at: Moment) -> Held {
        match (self.party(by), self.party(of)) {
            (Some(subject), Some(party)) => self.held(subject, party, at),
            _ => Held::default(),
        }
    }

    /// Whether a role counts at a moment: one of Altinn II has an end.
    pub(super) fn counts(&self, role: RoleId, at: Moment) -> bool {
        self.role_counts(role).holds(at)
    }

    /// The window in which a role counts: one of Altinn II does until the transition.
    pub(super) fn role_counts(&self, role: RoleId) -> Window {
        match self.catalogue.role_by_id(role).is_altinn2() {
            true => Window {
                until: self.transition.end,
                ..Window::ALWAYS
            },
            false => Window::ALWAYS,
        }
    }

    /// Whether a role is held, or implied by one that is; one of Altinn II is until the transition.
    pub(super) fn holds_role(&self, held: &Held, role: RoleId, at: Moment) -> bool {
        let mut roles = held.roles.iter();
        self.counts(role, at)
            && roles
                .any(|other| *other == role || self.catalogue.implied_roles(*other).contains(&role))
    }

    pub(super) fn holds_package(&self, held: &Held, package: PackageId) -> bool {
        held.packages.contains(&package) || self.role_giving(held, package).is_some()
    }

    /// Returns the role that gives a package to its holder; `None` if no role does.
    pub(super) fn role_giving(&self, held: &Held, package: PackageId) -> Option<RoleId> {
        let mut sources = held.sources.iter();
        let source = sources.find(|(role, form)| {
            let packages = self.catalogue.packages_of(*role, form.as_deref());
            packages.binary_search(&package).is_ok()
        });
        source.map(|(role, _)| *role)
    }

    /// Whether a package is held together with the right to give it on, and not only as an agent.
    pub(super) fn holds_to_give(&self, held: &Held, package: PackageId) -> bool {
        held.was_delegated(package) && self.catalogue.package_by_id(package).is_delegable
            || held.sources.iter().any(|(role, form)| {
                let mut grants = self.catalogue.grants(*role, form.as_deref());
                grants
                    .any(|grant| grant.package == package && grant.has_access && grant.can_delegate)
            })
    }

    /// Whether an administrator may give a package: one she holds and may give on, or, as a main
    /// administrator, one that the catalogue lets her give.
    pub(super) fn may_give(&self, standing: &Standing, package: PackageId) -> bool {
        let as_main = || match self.known.main_administrator {
            Some(role) => {
                let mut grants = self.catalogue.grants(role, None);
                grants.any(|grant| grant.package == package && grant.can_delegate)
            }
            None => true,
        };
        self.holds_to_give(&standing.held, package)
            || standing.power == Some(Power::Main) && as_main()
    }

    /// Whether this is the package that makes its holder a main administrator.
    pub(super) fn is_main_package(&self, package: PackageId) -> bool {
        self.catalogue.package(MAIN_ADMINISTRATOR) == Some(package)
    }

    /// Whether the holder is a main administrator by a role that gives the package, and not by a
    /// delegation from another main administrator.
    pub(super) fn is_main_by_role(&self, held: &Held) -> bool {
        let package = self.catalogue.package(MAIN_ADMINISTRATOR);
        package.is_some_and(|package| self.role_giving(held, package).is_some())
    }

    /// Whether a record is a client delegation, by which its receiver is an agent.
    pub(super) fn is_of_agent(&self, record: RecordId) -> bool {
        matches!(self.places.get(&record), Some(RecordPlace::Client { .. }))
    }
}

const MAIN_ADMINISTRATOR: &str = "urn:altinn:accesspackage:hovedadministrator";
const ACCESS_ADMINISTRATOR: &str = "urn:altinn:accesspackage:tilgangsstyrer";
const ACCESS_ADMINISTRATOR_OF_PERSON: &str =
    "urn:altinn:accesspackage:innbygger-tilgangsstyring-privatperson";
const CLIENT_ADMINISTRATOR: &str = "urn:altinn:accesspackage:klientadministrator";
