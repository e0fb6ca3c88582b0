//! Delegating roles, packages and rights to resources, by the rules of the domain.

use super::change::Change;
use super::delegation_order::DelegationOrder;
use super::giving::Rules;
use super::grantable::Grantable;
use super::record::{DelegationRecord, Gave};
use super::refusal::{Refusal, rights as what_rights};
use super::state::{RecordId, RecordPlace, ResourceDelegation};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::resource::{InstanceId, ResourceId};

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
        let role = self.rules().role(role, order.at)?;
        let checked = self.given(order, &|root| self.rules().record_gives_role(root, role))?;
        self.rules().may_give_role(&checked.giver, role)?;
        let (to, from) = (checked.to, checked.giver.from);
        self.state.role_fits(role, from, to)?;
        let connection = self.state.connections.get(&(to, from));
        let roles = connection
            .into_iter()
            .flat_map(|connection| connection.roles.iter());
        let same = roles
            .filter(|other| other.role == role)
            .filter_map(|other| {
                let grant = other.grant.as_deref()?;
                Some((grant, other.stated))
            });
        let what = || Grantable::role(self.state.role_name(role));
        checked.is_new(what, same)?;
        let grant = self.grant(&checked, RecordPlace::Connection { to, from })?;
        let id = grant.id;
        self.state
            .put_role(to, from, role, checked.window, Some(grant));
        Ok(id)
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
        let package = self.rules().package(package, order.on_from.is_some())?;
        let checked = self.given(order, &|root| {
            self.rules().record_gives_package(root, package)
        })?;
        self.rules().may_give_package(&checked.giver, package)?;
        let (to, from) = (checked.to, checked.giver.from);
        let connection = self.state.connections.get(&(to, from));
        let packages = connection
            .into_iter()
            .flat_map(|connection| connection.packages.iter());
        let same = packages.filter(|other| other.package == package);
        let what = || Grantable::package(self.state.package_name(package));
        checked.is_new(what, same.map(|other| (&other.grant, other.stated)))?;
        let grant = self.grant(&checked, RecordPlace::Connection { to, from })?;
        let id = grant.id;
        self.state
            .put_package(to, from, package, checked.window, grant);
        Ok(id)
    }

    /// Delegates rights to a resource, or to one instance of it; returns the number of the record.
    ///
    /// An organisation may delegate on, by [`on_from`](DelegationOrder::on_from), rights that it has
    /// received, or those of one service out of a package that it has received: the package alone
    /// must give them by the policy ([`who_may`](Self::who_may)).
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
        let (described, rights) = self.rules().resource(resource, instance, rights)?;
        let rights = &rights[..];
        let checked = self.given(order, &|root| {
            let rules = self.rules();
            rules.record_gives_rights(root, resource, instance, rights)
        })?;
        let giver = &checked.giver;
        self.rules()
            .may_give_rights(giver, &described, instance, rights)?;
        let from = giver.from;
        let delegations = self.state.delegated.get(&(from, resource.clone()));
        let same = delegations
            .into_iter()
            .flat_map(|delegations| delegations.iter())
            .filter(|other| {
                let all = rights.iter().all(|right| other.covers(right));
                other.to == checked.to && other.instance.as_ref() == instance && all
            });
        let what = || what_rights(resource, instance, rights);
        checked.is_new(what, same.map(|other| (&other.grant, other.stated)))?;
        let place = RecordPlace::Delegation {
            from,
            resource: resource.clone(),
        };
        let root = giver.on_from.and_then(|root| self.state.record(root));
        let out_of = root.and_then(|root| root.gave.package());
        let grant = self.grant(&checked, place)?;
        let id = grant.id;
        self.state.put_delegation(ResourceDelegation {
            resource: resource.clone(),
            instance: instance.cloned(),
            from,
            to: checked.to,
            rights: rights.to_vec(),
            stated: checked.window,
            grant,
            out_of,
        });
        Ok(id)
    }
}

/// A record to delegate on → whether it gives this; the errors are the part that it lacks.
impl Rules<'_> {
    pub(super) fn record_gives_role(
        &self,
        root: &DelegationRecord<'_>,
        role: RoleId,
    ) -> Result<(), Grantable> {
        match root.gave {
            Gave::Role(delegated) if delegated.role == role => Ok(()),
            _ => Err(Grantable::role(self.state.role_name(role))),
        }
    }

    pub(super) fn record_gives_package(
        &self,
        root: &DelegationRecord<'_>,
        package: PackageId,
    ) -> Result<(), Grantable> {
        match root.gave {
            Gave::Package(delegated) if delegated.package == package => Ok(()),
            _ => Err(Grantable::package(self.state.package_name(package))),
        }
    }

    /// One service of a package is given on by itself.
    pub(super) fn record_gives_rights(
        &self,
        root: &DelegationRecord<'_>,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        rights: &[Right],
    ) -> Result<(), Grantable> {
        let missing = |rights: &[Right]| Err(what_rights(resource, instance, rights));
        let delegated = match root.gave {
            Gave::Resource(delegated) => delegated,
            Gave::Package(delegated) => {
                let between = (root.to, root.from);
                let package = delegated.package;
                let may = self.state.catalogue.package_by_id(package).is_delegable;
                return match self.package_gives_alone(package, between, resource, instance, rights)
                {
                    true if may => Ok(()),
                    _ => missing(rights),
                };
            }
            _ => return missing(rights),
        };
        let is_within = delegated.instance.is_none() || delegated.instance.as_ref() == instance;
        if delegated.resource != *resource || !is_within {
            return missing(rights);
        }
        match rights.iter().find(|right| !delegated.covers(right)) {
            Some(right) => missing(std::slice::from_ref(right)),
            None => Ok(()),
        }
    }
}
