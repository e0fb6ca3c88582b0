//! A snapshot → lists of holdings: roles, packages and rights, their source, and whether they can
//! be delegated or revoked.

use std::sync::Arc;

use super::Snapshot;
use super::derive::{Derived, Reached};
use super::grantable::Grantable;
use super::in_force::InForce;
use super::state::{PartyNo, RecordId, RecordOrigin, RegisterState};
use crate::altinn::catalogue::RoleId;
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::{Moment, Path, Window};
use crate::altinn::facts::Asked;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::ResourceId;
use crate::value::DateTime;

/// A role, a package or rights that a party has for another.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Holding {
    /// A role by its URN, a package by its code, or rights to a resource.
    pub what: Grantable,
    /// The origin: the person herself, a register, a role or a delegation.
    pub source: Source,
    /// The path from the holder; empty if it is held directly.
    pub path: Path,
    /// The window in which it holds.
    pub window: Window,
    /// Whether an administrator who has it may delegate it.
    pub may_be_delegated: bool,
    /// Whether it can be revoked by itself, as it was delegated to the holder directly. A holding
    /// through a role ends with the role, and a register's role ends when the register reports
    /// that.
    pub may_be_deleted: bool,
    /// The party that delegated it; `None` if it was not delegated.
    pub given_by: Option<PartyKey>,
    /// The instant at which it was delegated, if known.
    pub given_at: Option<DateTime>,
}

impl Holding {
    /// The record whose revocation, by [`Change::revoke`], ends this holding; `None` if it cannot
    /// be revoked by itself.
    ///
    /// ```
    /// use vedtak::altinn::{PartyKey, Register};
    /// # let file = include_str!("../../../fixtures/altinn/scenarios/01-letter-with-attachment/register.json");
    /// let register = Register::from_json("register.json", file.as_bytes())?;
    /// let (dag, vera) = (PartyKey::User(203), PartyKey::User(201));
    /// let firm = PartyKey::organisation("310000101");
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    ///
    /// let packages = register.snapshot().packages_of(&vera, &firm, now);
    /// let record = packages[0].record().expect("was delegated to her");
    /// register.update(|change| change.revoke(&dag, record, now))?;
    /// assert!(register.snapshot().packages_of(&vera, &firm, now).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// [`Change::revoke`]: super::Change::revoke
    pub fn record(&self) -> Option<RecordId> {
        match self.source {
            Source::Direct(record) if self.may_be_deleted => Some(record),
            _ => None,
        }
    }
}

/// The origin of a [`Holding`]: a register, a role or a delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// The holder is the person herself.
    Oneself,
    /// A register or the host reports it.
    Register,
    /// A role gives it; this is the role's name.
    Role(Arc<str>),
    /// A delegation gives it; this is its record.
    Direct(RecordId),
}

impl Snapshot {
    /// Returns every party that has a role (registers' roles too), a package, or a right to a
    /// resource or an instance for a party at an instant, also as the agent of an organisation.
    ///
    /// ```
    /// use vedtak::altinn::facts::Window;
    /// use vedtak::altinn::register::Source;
    /// use vedtak::altinn::{Party, PartyKey, Register};
    ///
    /// let register = Register::new();
    /// let (fjell, kari) = (PartyKey::organisation("910000001"), PartyKey::person("01017012345"));
    /// register.update(|change| {
    ///     change.party(Party::new(fjell.clone(), "FJELL AS"))?;
    ///     change.party(Party::new(kari.clone(), "KARI"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)
    /// })?;
    ///
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// let snapshot = register.snapshot();
    /// assert_eq!(&*snapshot.rightholders(&fjell, now)[0].name, "KARI");
    /// let roles = snapshot.roles_of(&kari, &fjell, now);
    /// assert_eq!(roles[0].source, Source::Register);
    /// assert!(!roles[0].may_be_deleted);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rightholders(&self, of: &PartyKey, at: DateTime) -> Vec<Arc<Party>> {
        let state = &*self.0;
        let Some(of) = state.number(of) else {
            return Vec::new();
        };
        let at = Moment::of(&at);
        let in_force = InForce::of(state);
        let connected = state.given.get(&of).into_iter();
        let connected = connected.flat_map(|receivers| receivers.iter()).copied();
        let connected = connected.filter(|to| {
            let bare = &state.known.bare;
            let mut roles = in_force.roles(*to, of);
            roles.any(|(role, window)| window.holds(at) && !bare.contains(&Some(role.role)))
                || in_force
                    .packages(*to, of)
                    .any(|(_, window)| window.holds(at))
        });
        let mut holders = Vec::from_iter(connected);
        let resources = state.resources_given.get(&of).into_iter();
        let places = resources
            .flat_map(|resources| resources.iter())
            .map(|resource| (of, resource.clone()));
        let delegated = places.filter_map(|place| state.delegated.get(&place));
        let delegated = delegated.flat_map(|delegations| delegations.iter());
        holders.extend(
            delegated
                .filter(|delegation| in_force.delegation(delegation).holds(at))
                .map(|delegation| delegation.to),
        );
        holders.sort_unstable();
        holders.dedup();
        for provider in holders.clone() {
            let agents = state.agents.get(&(provider, of)).into_iter().flatten();
            holders.extend(
                agents
                    .copied()
                    .filter(|agent| state.reaches(*agent, of, at)),
            );
        }
        let heirs = state
            .heirs
            .get(&of)
            .into_iter()
            .flat_map(|heirs| heirs.iter());
        holders.extend(heirs.copied().filter(|heir| {
            let roles = state.estates.get(&(*heir, of));
            roles.is_some_and(|roles| roles.iter().any(|(_, window)| window.holds(at)))
        }));
        holders.sort_unstable();
        holders.dedup();
        holders.retain(|holder| !state.is_gone(*holder));
        let parties = holders.into_iter().filter_map(|holder| state.party(holder));
        parties.cloned().collect()
    }

    /// Returns the roles a party has for another at an instant, with the roles they imply.
    pub fn roles_of(&self, holder: &PartyKey, of: &PartyKey, at: DateTime) -> Vec<Holding> {
        let state = &*self.0;
        let mut roles = Vec::new();
        state.reach_at(holder, of, at, |derived| {
            let (role, source, grant) = match &derived.what {
                Reached::Role(held_role, _) => match held_role.grant.as_deref() {
                    Some(grant) => (held_role.role, Source::Direct(grant.id), Some(grant)),
                    None => (held_role.role, Source::Register, None),
                },
                Reached::Oneself(role) => (*role, Source::Oneself, None),
                Reached::Package(..) | Reached::Client(..) => return,
            };
            roles.push(state.role_holding(role, source, grant, &derived, at));
            for implied in state.catalogue.implied_roles(role) {
                let source = Source::Role(state.role_name(role));
                roles.push(state.role_holding(*implied, source, None, &derived, at));
            }
        });
        if let Some(asked) = state.asked(holder, of, at) {
            let estates = state.estate_roles(&asked).into_iter();
            roles.extend(
                estates
                    .filter(|role| role.window.contains(at))
                    .map(|role| Holding {
                        what: Grantable::Role(role.value),
                        source: Source::Register,
                        path: role.path,
                        window: role.window,
                        may_be_delegated: false,
                        may_be_deleted: false,
                        given_by: None,
                        given_at: None,
                    }),
            );
        }
        roles
    }

    /// Returns the access packages a party has for another at an instant: those of its roles, and
    /// delegated ones.
    pub fn packages_of(&self, holder: &PartyKey, of: &PartyKey, at: DateTime) -> Vec<Holding> {
        let state = &*self.0;
        let catalogue = &state.catalogue;
        let mut packages = Vec::new();
        state.reach_at(holder, of, at, |derived| {
            let (role, form) = match &derived.what {
                Reached::Package(package, grant) => {
                    let item = catalogue.package_by_id(*package);
                    let what = Grantable::Package(item.code.clone());
                    let may = item.is_assignable && item.is_delegable;
                    let source = Source::Direct(grant.id);
                    packages.push(state.holding(what, source, Some(grant), &derived, may));
                    return;
                }
                Reached::Oneself(role) => (*role, None),
                Reached::Role(held_role, from) => {
                    let from = state.party(*from);
                    (
                        held_role.role,
                        from.and_then(|from| from.legal_form.as_deref()),
                    )
                }
                Reached::Client(..) => return,
            };
            for package in catalogue.packages_of(role, form) {
                let item = catalogue.package_by_id(*package);
                let what = Grantable::Package(item.code.clone());
                let mut grants = catalogue.grants(role, form);
                let may = item.is_assignable
                    && grants.any(|grant| grant.package == *package && grant.can_delegate);
                let source = Source::Role(state.role_name(role));
                packages.push(state.holding(what, source, None, &derived, may));
            }
        });
        packages
    }

    /// Returns the delegated rights to resources and instances that a party may use for another at
    /// an instant. The register does not know the rights that policies give to roles and packages:
    /// a PDP does.
    pub fn rights_of(&self, holder: &PartyKey, of: &PartyKey, at: DateTime) -> Vec<Holding> {
        let state = &*self.0;
        let Some(asked) = state.asked(holder, of, at) else {
            return Vec::new();
        };
        let main_unit = state.main_unit(asked.party);
        let from = [state.number(of), main_unit].into_iter().flatten();
        let resources = from.filter_map(|from| state.resources_given.get(&from));
        let mut resources = Vec::from_iter(resources.flat_map(|resources| resources.iter()));
        resources.sort_unstable();
        resources.dedup();
        let mut rights = Vec::new();
        for resource in resources {
            let described = state.resources.get(resource);
            state.each_delegation(&asked, resource, |grant, delegation| {
                if !delegation.window.contains(at) {
                    return;
                }
                rights.push(Holding {
                    what: Grantable::Resource {
                        resource: delegation.resource,
                        instance: delegation.instance,
                        rights: delegation.rights,
                    },
                    source: Source::Direct(grant.id),
                    may_be_delegated: described.is_none_or(|described| described.is_delegable),
                    may_be_deleted: delegation.path.steps().is_empty(),
                    path: delegation.path,
                    window: delegation.window,
                    given_by: Some(state.key(grant.by)),
                    given_at: grant.at.to_date_time(),
                });
            });
        }
        rights
    }

    /// Returns all delegations of a resource and its instances, each with the window in which it
    /// holds.
    pub fn delegations_of(&self, resource: &ResourceId) -> Vec<Delegation> {
        let state = &*self.0;
        let in_force = InForce::of(state);
        let from = state.delegators.get(resource).into_iter();
        let places = from
            .flat_map(|from| from.iter())
            .map(|from| (*from, resource.clone()));
        let delegated = places.filter_map(|place| state.delegated.get(&place));
        let delegated = delegated.flat_map(|delegations| delegations.iter());
        delegated
            .map(|delegation| {
                let window = in_force.delegation(delegation);
                state.delegation(delegation, window, Path::default())
            })
            .collect()
    }
}

impl RegisterState {
    fn asked(&self, holder: &PartyKey, of: &PartyKey, at: DateTime) -> Option<Asked<'_>> {
        let subject = self.party(self.number(holder)?)?;
        let party = self.party(self.number(of)?)?;
        Some(Asked::new(subject, party, at))
    }

    fn reach_at<'s>(
        &'s self,
        holder: &PartyKey,
        of: &PartyKey,
        at: DateTime,
        mut visit: impl FnMut(Derived<'s>),
    ) {
        if let Some(asked) = self.asked(holder, of, at) {
            self.reach(asked.subject, asked.party, |one| {
                if one.window.contains(at) {
                    visit(one);
                }
            });
        }
    }

    fn reaches(&self, holder: PartyNo, of: PartyNo, at: Moment) -> bool {
        let mut reaches = false;
        if let (Some(holder), Some(of)) = (self.party(holder), self.party(of)) {
            self.reach(holder, of, |derived| reaches |= derived.window.holds(at));
        }
        reaches
    }

    fn role_holding(
        &self,
        role: RoleId,
        source: Source,
        grant: Option<&RecordOrigin>,
        derived: &Derived<'_>,
        at: DateTime,
    ) -> Holding {
        let item = self.catalogue.role_by_id(role);
        let may = item.is_altinn2() && Moment::of(&at) < self.no_new_altinn2_roles;
        self.holding(
            Grantable::Role(item.urn.clone()),
            source,
            grant,
            derived,
            may,
        )
    }

    fn holding(
        &self,
        what: Grantable,
        source: Source,
        grant: Option<&RecordOrigin>,
        derived: &Derived<'_>,
        may_be_delegated: bool,
    ) -> Holding {
        let path = derived.route.to_path(self);
        let is_agent = derived.route.client.is_some();
        Holding {
            what,
            source,
            window: derived.window,
            may_be_delegated: may_be_delegated && !is_agent,
            // A client delegation has a path, but was made to the agent directly.
            may_be_deleted: grant.is_some() && (path.steps().is_empty() || is_agent),
            path,
            given_by: grant.map(|grant| self.key(grant.by)),
            given_at: grant.and_then(|grant| grant.at.to_date_time()),
        }
    }
}
