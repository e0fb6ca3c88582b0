//! Delegating roles, packages and rights to resources, by the rules of the domain.

use super::change::Change;
use super::delegation_order::{CheckedOrder, DelegationOrder};
use super::grantable::Grantable;
use super::holding::NotDelegable;
use super::power::Power;
use super::record::Gave;
use super::refusal::{Refusal, rights as what_rights};
use super::state::{PartyNo, RecordId, RecordPlace, ResourceDelegation};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::resource::{InstanceId, Resource, ResourceId};
use crate::value::DateTime;

impl Change<'_, '_> {
    /// Delegates a role of Altinn II; returns the number of the record.
    ///
    /// # Errors
    ///
    /// `by` may not; the role cannot be delegated; roles of Altinn II can no longer be delegated.
    pub fn delegate_role(
        &mut self,
        order: &DelegationOrder,
        role: &str,
    ) -> Result<RecordId, Refusal> {
        let role = self.state.role_named(role)?;
        self.delegable_role(role, order.at)?;
        let checked = self.given(order, &|root| match root.gave {
            Gave::Role(delegated) if delegated.role == role => Ok(()),
            _ => Err(Grantable::role(self.state.role_name(role))),
        })?;
        let standing = self
            .state
            .standing(checked.by, checked.from, Moment::of(&checked.at));
        let needs_it = checked.power == Power::Access;
        if needs_it && !self.state.holds_role(&standing.held, role) {
            return Err(self.not_held(&checked, Grantable::role(self.state.role_name(role))));
        }
        let is_main = Some(role) == self.state.known.old_main_administrator;
        if is_main && !self.state.is_main_by_role(&standing.held) {
            return Err(self.main_by_delegation(&checked));
        }
        let connection = self.state.connections.get(&(checked.to, checked.from));
        let roles = connection
            .into_iter()
            .flat_map(|connection| connection.roles.iter());
        let same = roles
            .filter(|other| other.role == role)
            .filter_map(|other| {
                let grant = other.grant.as_deref()?;
                Some((grant, other.stated))
            });
        checked.is_new(same)?;
        let (to, from) = (checked.to, checked.from);
        let grant = self.grant(&checked, RecordPlace::Connection { to, from });
        let id = grant.id;
        self.state
            .put_role(to, from, role, checked.window, Some(grant));
        Ok(id)
    }

    pub(super) fn delegable_role(&self, role: RoleId, at: DateTime) -> Result<(), Refusal> {
        let refused = self.state.role_delegable(role, Moment::of(&at));
        let role = self.state.role_name(role);
        refused.map_err(|reason| match reason {
            NotDelegable::FromRegister => Refusal::RoleFromRegister { role },
            NotDelegable::NoNewAltinn2Roles => {
                let since = self.state.no_new_altinn2_roles.to_date_time();
                Refusal::NoNewAltinn2Roles {
                    since: since.unwrap_or(at),
                }
            }
            _ => Refusal::RoleNotDelegable { role },
        })
    }

    /// Delegates an access package; returns the number of the record.
    ///
    /// # Errors
    ///
    /// `by` may not; the package cannot be given on its own, or delegated on; it does not concern
    /// the affairs of this kind of party.
    pub fn delegate_package(
        &mut self,
        order: &DelegationOrder,
        package: &str,
    ) -> Result<RecordId, Refusal> {
        let package = self.state.package_named(package)?;
        let item = self.state.catalogue.package_by_id(package);
        let name = || item.name.clone();
        if !item.is_assignable {
            return Err(Refusal::PackageNotAssignable { package: name() });
        }
        if order.on_from.is_some() && !item.is_delegable {
            return Err(Refusal::PackageNotDelegable { package: name() });
        }
        let checked = self.given(order, &|root| match root.gave {
            Gave::Package(delegated) if delegated.package == package => Ok(()),
            _ => Err(Grantable::package(name())),
        })?;
        self.state.package_fits(package, checked.from)?;
        self.may_give_package(&checked, package)?;
        let connection = self.state.connections.get(&(checked.to, checked.from));
        let packages = connection
            .into_iter()
            .flat_map(|connection| connection.packages.iter());
        let same = packages.filter(|other| other.package == package);
        checked.is_new(same.map(|other| (&other.grant, other.stated)))?;
        let (to, from) = (checked.to, checked.from);
        let grant = self.grant(&checked, RecordPlace::Connection { to, from });
        let id = grant.id;
        self.state
            .put_package(to, from, package, checked.window, grant.clone());
        Ok(id)
    }

    fn may_give_package(&self, checked: &CheckedOrder, package: PackageId) -> Result<(), Refusal> {
        let standing = self
            .state
            .standing(checked.by, checked.from, Moment::of(&checked.at));
        if self.state.is_main_package(package) {
            return match self.state.is_main_by_role(&standing.held) {
                true => Ok(()),
                false => Err(self.main_by_delegation(checked)),
            };
        }
        let may = match (checked.on_from, checked.power) {
            // What is delegated on cannot exceed the record, so the package is within it.
            (Some(_), Power::Main) => true,
            (Some(_), Power::Access) => self.state.holds_to_give(&standing.held, package),
            (None, _) => self.state.may_give(&standing, package),
        };
        if !may {
            let name = self.state.package_name(package);
            return Err(self.not_held(checked, Grantable::package(name)));
        }
        Ok(())
    }

    /// Delegates rights to a resource, or to one instance of it; returns the number of the record.
    ///
    /// # Errors
    ///
    /// `by` may not; the resource cannot be delegated; the resource is not open to `from` itself;
    /// the resource's policy has no such right that a delegation can give.
    pub fn delegate_resource(
        &mut self,
        order: &DelegationOrder,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        rights: &[Right],
    ) -> Result<RecordId, Refusal> {
        let described = self.state.resource_named(resource)?;
        if !described.is_delegable {
            return Err(Refusal::ResourceNotDelegable(resource.clone()));
        }
        if rights.is_empty() {
            return Err(Refusal::Nothing);
        }
        let checked = self.given(order, &|root| {
            let missing = |rights: &[Right]| Err(what_rights(resource, instance, rights));
            let Gave::Resource(delegated) = root.gave else {
                return missing(rights);
            };
            let is_within = delegated.instance.is_none() || delegated.instance.as_ref() == instance;
            if delegated.resource != *resource || !is_within {
                return missing(rights);
            }
            match rights.iter().find(|right| !delegated.covers(right)) {
                Some(right) => missing(std::slice::from_ref(right)),
                None => Ok(()),
            }
        })?;
        self.instance_fits(resource, instance, checked.from)?;
        self.is_served(&described, checked.from, rights, checked.at)?;
        if checked.power == Power::Access {
            for right in rights {
                if !self.has_right(
                    checked.by,
                    checked.from,
                    resource,
                    instance,
                    right,
                    checked.at,
                ) {
                    let right = what_rights(resource, instance, std::slice::from_ref(right));
                    return Err(self.not_held(&checked, right));
                }
            }
        }
        self.are_in_policy(resource, instance, rights)?;
        let delegations = self.state.delegated.get(&(checked.from, resource.clone()));
        let same = delegations
            .into_iter()
            .flat_map(|delegations| delegations.iter())
            .filter(|other| {
                let all = rights.iter().all(|right| other.covers(right));
                other.to == checked.to && other.instance.as_ref() == instance && all
            });
        checked.is_new(same.map(|other| (&other.grant, other.stated)))?;
        let from = checked.from;
        let place = RecordPlace::Delegation {
            from,
            resource: resource.clone(),
        };
        let grant = self.grant(&checked, place);
        let id = grant.id;
        self.state.put_delegation(ResourceDelegation {
            resource: resource.clone(),
            instance: instance.cloned(),
            from,
            to: checked.to,
            rights: rights.to_vec(),
            stated: checked.window,
            grant,
        });
        Ok(id)
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
            Some((id, registered))
                if registered.resource != *resource
                    || self.state.number(&registered.party) != Some(of) =>
            {
                Err(Refusal::ForeignInstance {
                    instance: id.clone(),
                    resource: resource.clone(),
                    party: self.state.called(of),
                })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a party that lacks a required resource right or a place on an access list.
    fn is_served(
        &self,
        resource: &Resource,
        of: PartyNo,
        rights: &[Right],
        at: DateTime,
    ) -> Result<(), Refusal> {
        let Some(party) = self.state.party(of) else {
            return Ok(());
        };
        if resource.requires_resource_right && !self.state.has_resource_right(resource, of, at) {
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
