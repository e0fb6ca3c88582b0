//! A snapshot → lists of holdings: roles, packages and rights.

use std::sync::Arc;

use indexmap::IndexSet;

use super::Snapshot;
use super::derive::{Derived, Reached};
use super::giving::Rules;
use super::grantable::Grantable;
use super::holding::{Holding, NamedBy, NotDelegable, Source};
use super::in_force::InForce;
use super::refusal::Refusal;
use super::state::{PartyNo, RecordOrigin, RecordPlace, RegisterState};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::{Moment, Path};
use crate::altinn::facts::Asked;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::ResourceId;
use crate::value::DateTime;

impl Snapshot {
    /// Returns every other party that has something for a party at an instant: those for which
    /// [`roles_of`](Self::roles_of), [`packages_of`](Self::packages_of) or
    /// [`rights_of`](Self::rights_of) is not empty, directly or by one of the routes of the register,
    /// such as a key role, the main unit or an agency. They come in the order in which the register
    /// got to know them. Roles of Altinn II end with the transition of the register.
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
        let now = Moment::of(&at);
        let holders = state.holders_of(of, now, |role| state.counts(role, now));
        let holders = holders.into_iter();
        let parties = holders.filter_map(|holder| state.party(holder));
        parties.cloned().collect()
    }

    /// Returns the roles a party has for another at an instant, with the roles they imply. Roles of
    /// Altinn II end with the transition of the register.
    pub fn roles_of(&self, holder: &PartyKey, of: &PartyKey, at: DateTime) -> Vec<Holding> {
        let state = &*self.0;
        let mut roles = Vec::new();
        state.reach_at(holder, of, at, |derived| {
            state.list_roles(&derived, at, &mut roles);
        });
        if let (Some(holder), Some(of)) = (state.number(holder), state.number(of)) {
            roles.extend(state.listed_estate(holder, of, at));
            state.close_main(holder, of, at, &mut roles);
        }
        Holding::end_roles(&mut roles, &state.catalogue, state.transition, at);
        roles
    }

    /// Returns the access packages a party has for another at an instant: those of its roles, and
    /// delegated ones.
    pub fn packages_of(&self, holder: &PartyKey, of: &PartyKey, at: DateTime) -> Vec<Holding> {
        let state = &*self.0;
        let mut packages = Vec::new();
        state.reach_at(holder, of, at, |derived| {
            state.list_packages(&derived, &mut packages);
        });
        packages
    }

    /// Returns the delegated rights to resources and instances that a party may use for another at
    /// an instant: a holding for each record, or, of a resource that is closed to the party for some
    /// of the rights, one for each reason. The register does not know the rights that policies give
    /// to roles and packages: a PDP does.
    pub fn rights_of(&self, holder: &PartyKey, of: &PartyKey, at: DateTime) -> Vec<Holding> {
        let rights = self.each_record_of(holder, of, at);
        let Some(of) = self.0.number(of) else {
            return rights;
        };
        let rights = rights.into_iter();
        rights
            .flat_map(|held| self.0.closed_apart(held, of, at))
            .collect()
    }

    /// Returns the delegated rights, a holding for each record, without the reasons that concern
    /// single rights.
    pub(super) fn each_record_of(
        &self,
        holder: &PartyKey,
        of: &PartyKey,
        at: DateTime,
    ) -> Vec<Holding> {
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
            state.each_delegation(&asked, resource, |grant, delegation| {
                if delegation.window.contains(at) {
                    rights.push(state.listed_right(grant, delegation));
                }
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

impl Snapshot {
    /// Returns the parties that have delegated a resource, or an instance of it, to a subject, in the
    /// order in which it received them; those of one giver once.
    pub(in crate::altinn) fn givers_to(
        &self,
        to: &Party,
        resource: &ResourceId,
    ) -> Vec<Arc<Party>> {
        let state = &*self.0;
        let received = state.find(to).and_then(|to| state.delegated_to.get(&to));
        let places = received.into_iter().flat_map(|records| records.iter());
        let givers = places.filter_map(|record| match state.places.get(record)? {
            RecordPlace::Delegation { from, resource: of } if of == resource => Some(*from),
            _ => None,
        });
        let givers: IndexSet<PartyNo> = givers.collect();
        let givers = givers.into_iter().filter_map(|giver| state.party(giver));
        givers.cloned().collect()
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

    /// Says of the role of a main administrator whether its holder cannot give it.
    pub(super) fn close_main(
        &self,
        holder: PartyNo,
        of: PartyNo,
        at: DateTime,
        roles: &mut [Holding],
    ) {
        let main = self.known.old_main_administrator;
        let main = main.map(|role| self.catalogue.role_by_id(role).urn.clone());
        let mut held = None;
        for role in roles.iter_mut().filter(|role| role.not_delegable.is_none()) {
            if matches!((&role.what, &main), (Grantable::Role(urn), Some(main)) if urn == main) {
                let held = held.get_or_insert_with(|| self.held_by(holder, of, Moment::of(&at)));
                let is_by_role = self.is_main_by_role(held);
                role.not_delegable =
                    (!is_by_role).then_some(NotDelegable::MainAdministratorByDelegation);
            }
        }
    }

    /// Says of rights to a resource whether it is closed to the party.
    pub(super) fn close_unserved(&self, held: &mut Holding, of: PartyNo, at: DateTime) {
        let Grantable::Resource {
            resource, rights, ..
        } = &held.what
        else {
            return;
        };
        let Some(described) = self.resources.get(resource) else {
            return;
        };
        let rules = Rules {
            state: self,
            who_may: None,
        };
        if held.not_delegable.is_none() {
            held.not_delegable = match rules.is_served(described, of, rights, at) {
                Err(Refusal::NotOnAccessList { .. }) => Some(NotDelegable::NotOnAccessList),
                Err(_) => Some(NotDelegable::NoResourceRight),
                Ok(()) => None,
            };
        }
    }

    /// Returns the rights of a holding with the reason why they are not delegated, if the resource is
    /// closed to the party: where it is closed for some of them only, a holding for each reason.
    pub(super) fn closed_apart(&self, held: Holding, of: PartyNo, at: DateTime) -> Vec<Holding> {
        let mut apart: Vec<Holding> = Vec::new();
        for mut one in held.each_right() {
            self.close_unserved(&mut one, of, at);
            // There are three reasons at most.
            let mut known = apart.iter_mut();
            match known.find(|known| known.not_delegable == one.not_delegable) {
                Some(known) => known.what.also(one.what),
                None => apart.push(one),
            }
        }
        apart
    }

    /// Adds the role that was found, and those that it implies.
    pub(super) fn list_roles(&self, found: &Derived<'_>, at: DateTime, roles: &mut Vec<Holding>) {
        let (role, source, grant) = match &found.what {
            Reached::Role(held_role, _) => match held_role.grant.as_deref() {
                Some(grant) => (held_role.role, Source::Direct(grant.id), Some(grant)),
                None => (held_role.role, Source::Register, None),
            },
            Reached::Oneself(role) => (*role, Source::Oneself, None),
            Reached::Package(..) | Reached::Client(..) => return,
        };
        let mut list = |role, source, grant| {
            let urn = self.catalogue.role_by_id(role).urn.clone();
            let reason = self.role_delegable(role, Moment::of(&at)).err();
            roles.push(self.listed(Grantable::Role(urn), source, grant, found, reason));
        };
        list(role, source, grant);
        for implied in self.catalogue.implied_roles(role) {
            list(*implied, Source::Role(self.role_name(role)), None);
        }
    }

    /// Adds the package that was found, or those of the role that was.
    pub(super) fn list_packages(&self, found: &Derived<'_>, packages: &mut Vec<Holding>) {
        let catalogue = &self.catalogue;
        let (role, form) = match &found.what {
            Reached::Package(package, grant) => {
                let item = catalogue.package_by_id(*package);
                let what = Grantable::Package(item.code.clone());
                let reason = match (item.is_assignable, item.is_delegable) {
                    (false, _) => Some(NotDelegable::PackageNotAssignable),
                    (true, false) => Some(NotDelegable::PackageNotDelegable),
                    (true, true) => None,
                };
                let source = Source::Direct(grant.id);
                packages.push(self.listed(what, source, Some(grant), found, reason));
                return;
            }
            Reached::Oneself(role) => (*role, None),
            Reached::Role(held_role, from) => {
                let from = self.party(*from);
                let form = from.and_then(|from| from.legal_form.as_deref());
                (held_role.role, form)
            }
            Reached::Client(..) => return,
        };
        for package in catalogue.packages_of(role, form) {
            let item = catalogue.package_by_id(*package);
            let what = Grantable::Package(item.code.clone());
            let mut grants = catalogue.grants(role, form);
            let may_give = grants.any(|grant| grant.package == *package && grant.can_delegate);
            let reason = match (item.is_assignable, may_give) {
                (false, _) => Some(NotDelegable::PackageNotAssignable),
                (true, false) => Some(NotDelegable::OwnUseOnly),
                (true, true) => None,
            };
            let source = Source::Role(self.role_name(role));
            packages.push(self.listed(what, source, None, found, reason));
        }
    }

    /// Returns the roles in an estate at an instant.
    pub(super) fn listed_estate(
        &self,
        to: PartyNo,
        from: PartyNo,
        at: DateTime,
    ) -> impl Iterator<Item = Holding> {
        let roles = self.estate(to, from).into_iter();
        let roles = roles.filter(move |role| role.window.contains(at));
        roles.map(|role| Holding {
            what: Grantable::Role(role.value),
            described: None,
            source: Source::Register,
            path: role.path,
            window: role.window,
            not_delegable: Some(NotDelegable::FromRegister),
            may_be_deleted: false,
            given_by: None,
            given_at: None,
            only_as: Vec::new(),
            lacking: Vec::new(),
            decision_until: None,
            out_of: None,
            decision: None,
            named_by: NamedBy(self.catalogue.clone()),
        })
    }

    /// Returns the rights of a delegation that is usable as `delegation` says.
    pub(super) fn listed_right(&self, grant: &RecordOrigin, delegation: Delegation) -> Holding {
        let described = self.resources.get(&delegation.resource);
        let may = described.is_none_or(|described| described.may_be_delegated());
        let is_agent = self.is_of_agent(grant.id);
        let reason = (!may).then_some(NotDelegable::ResourceNotDelegable);
        Holding {
            described: described.cloned(),
            source: Source::Direct(grant.id),
            not_delegable: reason.or(is_agent.then_some(NotDelegable::AsAgent)),
            may_be_deleted: delegation.path.steps().is_empty() || is_agent,
            what: Grantable::Resource {
                resource: delegation.resource,
                instance: delegation.instance,
                rights: delegation.rights,
            },
            path: delegation.path,
            window: delegation.window,
            given_by: Some(self.key(grant.by)),
            given_at: grant.at.to_date_time(),
            only_as: Vec::new(),
            lacking: Vec::new(),
            decision_until: None,
            out_of: delegation.out_of,
            decision: None,
            named_by: NamedBy(self.catalogue.clone()),
        }
    }

    fn listed(
        &self,
        what: Grantable,
        source: Source,
        grant: Option<&RecordOrigin>,
        found: &Derived<'_>,
        reason: Option<NotDelegable>,
    ) -> Holding {
        let path = found.route.to_path(self);
        let is_agent = found.route.client.is_some();
        Holding {
            what,
            described: None,
            source,
            window: found.window,
            not_delegable: reason.or(is_agent.then_some(NotDelegable::AsAgent)),
            // A client delegation has a path, but was made to the agent directly.
            may_be_deleted: grant.is_some() && (path.steps().is_empty() || is_agent),
            path,
            given_by: grant.map(|grant| self.key(grant.by)),
            given_at: grant.and_then(|grant| grant.at.to_date_time()),
            only_as: Vec::new(),
            lacking: Vec::new(),
            decision_until: None,
            out_of: None,
            decision: None,
            named_by: NamedBy(self.catalogue.clone()),
        }
    }
}
