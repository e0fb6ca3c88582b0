//! The check before a delegation: what an administrator may give, and why not the rest.

use std::collections::HashMap;
use std::sync::Arc;

use super::Snapshot;
use super::change::not_over;
use super::check_reason::CheckReason;
use super::derive::Held;
use super::giving::{Giver, Rules};
use super::grantable::Grantable;
use super::holding::{Holding, Source};
use super::in_force::InForce;
use super::power::Standing;
use super::record::DelegationRecord;
use super::refusal::Refusal;
use super::state::{PartyNo, RecordId, RegisterState};
use super::who_may::WhoMay;
use crate::altinn::catalogue::PackageId;
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Step};
use crate::altinn::party::PartyKey;
use crate::value::DateTime;

/// A role, a package or one right, and whether it may be delegated.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CheckedGrantable {
    /// The role, the package or the right.
    pub what: Grantable,
    /// The refusal of a delegation of it; `Ok` if there is none but for the receiver.
    pub result: Result<(), Refusal>,
    /// The reason codes, for or against. Of a right that only a role and a package give together, it is the
    /// one of the role.
    pub reasons: Vec<CheckReason>,
    /// Whether the asker has it herself now, also where she has it for her own use only
    /// ([`OwnUse`](super::OwnUse)). A main administrator need not: then the code is the one of what makes her
    /// an administrator.
    pub is_held: bool,
    /// If it may be delegated: what is behind it, each a role, a package or a record that gives it by
    /// itself, with its source, its path and its window, also by another way than the reason code
    /// says; or that makes her an administrator, who need not have it. Empty for a right that only
    /// several of them give together.
    pub permissions: Vec<Holding>,
    /// If it may be delegated, the rights that a delegation opens to a receiver who has nothing else:
    /// the right itself; or, of a right to a whole app, those to the tasks and parts for which the policy
    /// has it. Empty for a role or a package.
    pub opens: Vec<Right>,
}

impl CheckedGrantable {
    /// Whether it may be delegated.
    pub fn may_be_delegated(&self) -> bool {
        self.result.is_ok()
    }
}

impl Snapshot {
    /// Returns which roles, packages and rights somebody may delegate for a party, one by one: the
    /// rights to a resource each by itself, in the order given. A delegation of one that may be
    /// delegated is refused only for its receiver or its window, and opens what it says to a receiver
    /// who has nothing else for the party. Where only some receivers can use it, as those with a role
    /// there besides, the check refuses with [`Refusal::NotAlone`], and a delegation does not.
    ///
    /// `who_may` are the policies, as in [`Change::who_may`](super::Change::who_may).
    ///
    /// ```
    /// use vedtak::altinn::facts::Window;
    /// use vedtak::altinn::register::{CheckReason, Grantable};
    /// use vedtak::altinn::{Party, PartyKey, Register};
    ///
    /// let register = Register::new();
    /// let (fjell, kari) = (PartyKey::organisation("910000001"), PartyKey::person("01017012345"));
    /// register.update(|change| {
    ///     change.party(Party::new(fjell.clone(), "FJELL AS").legal_form("AS"))?;
    ///     change.party(Party::new(kari.clone(), "KARI"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)
    /// })?;
    ///
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// let what = [Grantable::package("jordbruk"), Grantable::role("dagl")];
    /// let checked = register.snapshot().delegation_check(&kari, &fjell, &what, None, now)?;
    /// assert!(checked[0].may_be_delegated());
    /// assert_eq!(checked[0].reasons, [CheckReason::RoleAccess]);
    /// assert!(checked[0].permissions[0].to_string().contains("by the role daglig leder (daglig-leder)"));
    /// assert!(!checked[1].may_be_delegated());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The asker administers no access of the party; one of them is unknown or deleted.
    pub fn delegation_check(
        &self,
        by: &PartyKey,
        from: &PartyKey,
        what: &[Grantable],
        who_may: Option<&dyn WhoMay>,
        at: DateTime,
    ) -> Result<Vec<CheckedGrantable>, Refusal> {
        let (giver, standing) = self.0.giver(by, from, at)?;
        Ok(self.check_each((&giver, &standing), None, what, who_may))
    }

    /// Returns which roles, packages and rights somebody may delegate on from a record, as
    /// [`delegation_check`](Self::delegation_check) does of those that a party gives itself: those of
    /// [`DelegationOrder::on_from`](super::DelegationOrder::on_from). She administers the organisation that
    /// received the record; `is_held` says whether she has them for the party that gave it.
    ///
    /// # Errors
    ///
    /// The asker administers no access of the organisation that received the record, or has no part in the
    /// record; nothing is delegated on from it, now or ever.
    pub fn delegation_check_on(
        &self,
        by: &PartyKey,
        record: RecordId,
        what: &[Grantable],
        who_may: Option<&dyn WhoMay>,
        at: DateTime,
    ) -> Result<Vec<CheckedGrantable>, Refusal> {
        let state = &*self.0;
        let by = state.living(by)?;
        let root = state.root(by, record, at)?;
        let standing = state.standing(by, root.to, Moment::of(&at));
        let Some(power) = standing.power else {
            return Err(state.not_administrator(by, root.to));
        };
        state.is_delegable_on(&root, record)?;
        not_over(state.root_holds(&root, record)?, at)?;
        let giver = Giver {
            by,
            from: root.from,
            at,
            on_from: Some(record),
            power,
        };
        let root = Some((&root, record));
        Ok(self.check_each((&giver, &standing), root, what, who_may))
    }

    /// Checks each by itself. The standing is the one that gives her power: at the party, or at the
    /// organisation that received the record to delegate on.
    fn check_each(
        &self,
        (giver, standing): (&Giver, &Standing),
        root: Option<(&DelegationRecord<'_>, RecordId)>,
        what: &[Grantable],
        who_may: Option<&dyn WhoMay>,
    ) -> Vec<CheckedGrantable> {
        let state = &*self.0;
        let (by, from, at) = (giver.by, giver.from, giver.at);
        let rules = Rules { state, who_may };
        let own = self.own(by, from, at);
        let at_receiver = root.map(|(root, _)| self.own(by, root.to, at));
        let of_from = root.map(|_| state.standing(by, from, Moment::of(&at)));
        let has = &of_from.as_ref().unwrap_or(standing).held;
        let single = what.iter().flat_map(Grantable::each);
        let of_power = || state.reason_of_power(&standing.held, Moment::of(&at));
        let checked = single.map(|what| {
            let may = rules.may_give(giver, root, &what);
            let (result, opens) = match may.and_then(|()| rules.opens(giver, &what)) {
                Ok(opens) => (Ok(()), opens),
                Err(refusal) => (Err(refusal), Vec::new()),
            };
            let held = rules.held(giver, has, &what);
            let is_held = held.is_some() || rules.has_for_own_use(giver, &what, &result);
            let reasons = match &result {
                Ok(()) => vec![held.unwrap_or_else(of_power)],
                Err(refusal) => reasons_against(refusal, &what),
            };
            let permissions = match (&result, held) {
                (Ok(()), Some(_)) => rules.behind(giver, &own, &what),
                (Ok(()), None) => state.behind_power(at_receiver.as_ref().unwrap_or(&own)),
                (Err(_), _) => Vec::new(),
            };
            CheckedGrantable {
                what,
                result,
                reasons,
                is_held,
                permissions,
                opens,
            }
        });
        checked.collect()
    }

    fn own(&self, by: PartyNo, from: PartyNo, at: DateTime) -> OwnHoldings {
        let (by, from) = (self.0.key(by), self.0.key(from));
        OwnHoldings {
            roles: self.roles_of(&by, &from, at),
            packages: self.packages_of(&by, &from, at),
            rights: self.each_record_of(&by, &from, at),
        }
    }
}

impl Snapshot {
    /// Whether somebody may delegate all of this for a party, as
    /// [`delegation_check`](Self::delegation_check) says of each, to some receiver.
    pub(in crate::altinn) fn may_give_all(
        &self,
        by: &PartyKey,
        from: &PartyKey,
        what: &[Grantable],
        who_may: &dyn WhoMay,
        at: DateTime,
    ) -> bool {
        let rules = Rules {
            state: &self.0,
            who_may: Some(who_may),
        };
        self.0.giver(by, from, at).is_ok_and(|(giver, _)| {
            let mut single = what.iter().flat_map(Grantable::each);
            single.all(|what| rules.may_give(&giver, None, &what).is_ok())
        })
    }
}

impl RegisterState {
    /// Returns who gives for a party, with her standing there.
    fn giver(
        &self,
        by: &PartyKey,
        from: &PartyKey,
        at: DateTime,
    ) -> Result<(Giver, Standing), Refusal> {
        let (by, from) = (self.living(by)?, self.living(from)?);
        let standing = self.standing(by, from, Moment::of(&at));
        let Some(power) = standing.power else {
            return Err(self.not_administrator(by, from));
        };
        let giver = Giver {
            by,
            from,
            at,
            on_from: None,
            power,
        };
        Ok((giver, standing))
    }
}

impl Rules<'_> {
    /// Refuses what may not be given, or what the record to delegate on does not give.
    fn may_give(
        &self,
        giver: &Giver,
        root: Option<(&DelegationRecord<'_>, RecordId)>,
        what: &Grantable,
    ) -> Result<(), Refusal> {
        let within = |gives: &dyn Fn(&DelegationRecord<'_>) -> Result<(), Grantable>| match root {
            Some((root, record)) => {
                gives(root).map_err(|what| Refusal::RecordGivesLess { record, what })
            }
            None => Ok(()),
        };
        match what {
            Grantable::Role(name) => {
                let role = self.role(name, giver.at)?;
                within(&|root| self.record_gives_role(root, role))?;
                self.may_give_role(giver, role)
            }
            Grantable::Package(name) => {
                let package = self.package(name, root.is_some())?;
                within(&|root| self.record_gives_package(root, package))?;
                self.may_give_package(giver, package)
            }
            Grantable::Resource {
                resource,
                instance,
                rights,
            } => {
                let instance = instance.as_ref();
                let (described, rights) = self.resource(resource, instance, rights)?;
                within(&|root| self.record_gives_rights(root, resource, instance, &rights))?;
                self.may_give_rights(giver, &described, instance, &rights)
            }
        }
    }

    /// Returns the rights that a delegation opens to a receiver who has nothing else for the party.
    fn opens(&self, giver: &Giver, what: &Grantable) -> Result<Vec<Right>, Refusal> {
        let Grantable::Resource {
            resource,
            instance,
            rights,
        } = what
        else {
            return Ok(Vec::new());
        };
        let (described, rights) = self.resource(resource, instance.as_ref(), rights)?;
        self.opened_alone(giver.from, &described, instance.as_ref(), &rights, giver.at)
    }

    /// Whether somebody has rights that she may not give on; `result` is what was said of giving them.
    fn has_for_own_use(
        &self,
        giver: &Giver,
        what: &Grantable,
        result: &Result<(), Refusal>,
    ) -> bool {
        match (result, what) {
            (Err(Refusal::RightNotToGiveOn { .. }), _) => true,
            (Err(Refusal::NotHeld { .. } | Refusal::NotDecided { .. }), _) => false,
            (
                _,
                Grantable::Resource {
                    resource,
                    instance,
                    rights,
                },
            ) => {
                let (between, instance) = ((giver.by, giver.from), instance.as_ref());
                let own_use = |right| self.own_use(between, resource, instance, right);
                !rights.is_empty()
                    && rights
                        .iter()
                        .all(|right| matches!(own_use(right), Ok(Some(_))))
            }
            _ => false,
        }
    }

    /// Returns the code of that by which somebody has something now, other than as an agent; `None`
    /// if she does not have it.
    fn held(&self, giver: &Giver, held: &Held, what: &Grantable) -> Option<CheckReason> {
        let state = self.state;
        let (by, from, at) = (giver.by, giver.from, giver.at);
        match what {
            Grantable::Role(name) => {
                let role = state.catalogue.role(name)?;
                let now = Moment::of(&at);
                let in_force = InForce::of(state);
                let roles = in_force.roles(by, from);
                let mut own = roles.filter(|(own, window)| own.role == role && window.holds(now));
                let is_delegated = own.any(|(own, _)| own.grant.is_some());
                match state.holds_role(held, role, now) {
                    true if is_delegated => Some(CheckReason::DelegationAccess),
                    true => Some(CheckReason::RoleAccess),
                    false => None,
                }
            }
            Grantable::Package(name) => {
                let package = state.catalogue.package(name)?;
                if state.role_giving(held, package).is_some() {
                    return Some(CheckReason::RoleAccess);
                }
                let is_delegated = held.was_delegated(package);
                is_delegated.then_some(CheckReason::PackageAccess)
            }
            Grantable::Resource {
                resource,
                instance,
                rights,
            } => {
                let instance = instance.as_ref();
                let mut each = rights.iter();
                if rights.is_empty()
                    || !each.all(|right| self.has_right(by, from, resource, instance, right, at))
                {
                    return None;
                }
                let delegated =
                    |right| self.has_delegated_right((by, from), resource, instance, right, at);
                let by_package = |package: &PackageId| {
                    self.package_gives_alone(*package, (by, from), resource, instance, rights)
                };
                // What she has as an agent is not hers to give.
                let packages = held.packages.iter();
                let mut packages = packages.filter(|package| held.was_delegated(**package));
                Some(if rights.iter().all(delegated) {
                    CheckReason::DelegationAccess
                } else if packages.any(by_package) || held.roles.is_empty() && by != from {
                    CheckReason::PackageAccess
                } else {
                    CheckReason::RoleAccess
                })
            }
        }
    }
}

/// Everything that somebody has for a party, as it is listed.
struct OwnHoldings {
    roles: Vec<Holding>,
    packages: Vec<Holding>,
    rights: Vec<Holding>,
}

impl Rules<'_> {
    /// Returns the holdings each of which gives something by itself, other than as an agent.
    fn behind(&self, giver: &Giver, own: &OwnHoldings, what: &Grantable) -> Vec<Holding> {
        let between = (giver.by, giver.from);
        let catalogue = &self.state.catalogue;
        let holds = |list: &[Holding], gives: &mut dyn FnMut(&Holding) -> bool| {
            let own = list.iter().filter(|held| !is_of_agent(held));
            Vec::from_iter(own.filter(|held| gives(held)).cloned())
        };
        match what {
            Grantable::Role(name) => holds(
                &own.roles,
                &mut |held| matches!(&held.what, Grantable::Role(urn) if catalogue.role(urn) == catalogue.role(name)),
            ),
            Grantable::Package(name) => holds(&own.packages, &mut |held| {
                matches!(&held.what, Grantable::Package(code)
                    if catalogue.package(code) == catalogue.package(name))
            }),
            Grantable::Resource {
                resource,
                instance,
                rights,
            } => {
                let instance = instance.as_ref();
                let mut known: HashMap<Grantable, bool> = HashMap::new();
                let mut gives = |held: &Holding| {
                    let by_policy =
                        || self.gives_alone(&held.what, between, resource, instance, rights);
                    // Without policies, a person has all rights to her own affairs.
                    let is_own = self.who_may.is_none() && held.source == Source::Oneself;
                    is_own || *known.entry(held.what.clone()).or_insert_with(by_policy)
                };
                let mut behind = holds(&own.roles, &mut gives);
                behind.extend(holds(&own.packages, &mut gives));
                let covers = |held: &Holding| {
                    let Some((of, given, held)) = held.what.as_rights() else {
                        return false;
                    };
                    let fits = given.is_none() || given == instance;
                    let mut rights = rights.iter();
                    of == resource
                        && fits
                        && rights.all(|right| held.iter().any(|held| held.covers(right)))
                };
                behind.extend(holds(&own.rights, &mut |held| {
                    let counts = |code: &Arc<str>| {
                        let package = Grantable::Package(code.clone());
                        self.gives_alone(&package, between, resource, instance, rights)
                    };
                    covers(held) && held.out_of.as_ref().is_none_or(counts)
                }));
                behind
            }
        }
    }
}

impl RegisterState {
    /// Returns the holdings that make somebody a main administrator.
    fn behind_power(&self, own: &OwnHoldings) -> Vec<Holding> {
        let holdings = own.roles.iter().chain(&own.packages);
        let of_power = holdings.filter(|held| match &held.what {
            Grantable::Role(urn) => {
                let known = [
                    self.known.main_administrator,
                    self.known.old_main_administrator,
                ];
                let role = self.catalogue.role(urn);
                role.is_some() && known.contains(&role)
            }
            Grantable::Package(code) => {
                let package = self.catalogue.package(code);
                package.is_some_and(|package| self.is_main_package(package))
            }
            Grantable::Resource { .. } => false,
        });
        of_power.cloned().collect()
    }
}

/// Whether something is held as the agent of an organisation.
fn is_of_agent(held: &Holding) -> bool {
    let mut steps = held.path.steps().iter();
    steps.any(|step| matches!(step, Step::Agent { .. }))
}

fn reasons_against(refusal: &Refusal, what: &Grantable) -> Vec<CheckReason> {
    match (refusal, what) {
        (Refusal::NotHeld { .. }, Grantable::Role(_)) => vec![CheckReason::MissingRoleAccess],
        (
            Refusal::NotHeld { .. } | Refusal::NotGivenByMain { .. } | Refusal::NotToGiveOn { .. },
            Grantable::Package(_),
        ) => {
            vec![CheckReason::MissingPackageAccess]
        }
        (
            Refusal::NotHeld { .. } | Refusal::RightNotToGiveOn { .. },
            Grantable::Resource { .. },
        ) => vec![
            CheckReason::MissingRoleAccess,
            CheckReason::MissingPackageAccess,
            CheckReason::MissingDelegationAccess,
        ],
        (Refusal::MainAdministratorByDelegation { .. }, _) => vec![CheckReason::MissingRoleAccess],
        (Refusal::NotOnAccessList { .. }, _) => vec![CheckReason::AccessListValidationFail],
        (Refusal::ResourceNotDelegable(_), _) => vec![CheckReason::ResourceNotDelegable],
        (Refusal::MaskinportenSchema(_), _) => vec![CheckReason::ResourceIsMaskinPortenSchema],
        _ => vec![CheckReason::Unknown],
    }
}
