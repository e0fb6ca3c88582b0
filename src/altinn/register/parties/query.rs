//! The filters of a list of parties.

use std::sync::Arc;

use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{InstanceId, ResourceId};

/// A selection of the parties for which somebody may act, and of what is listed of each.
///
/// Of several values of one filter, a party needs one, or all ([`needing_all`](Self::needing_all)); and
/// each of those that are added by [`also_role`](Self::also_role) and its like. Of several filters, it
/// needs all. Roles and packages are named by any name of the catalogue or by their UUIDs there; a
/// name that it lacks fits no party, and is among the troubles of the answer.
///
/// ```
/// use vedtak::altinn::register::PartyQuery;
/// let farms = PartyQuery::new().package("jordbruk").without_key_roles().size(100);
/// # let _ = farms;
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PartyQuery {
    pub(super) parties: Option<Vec<PartyKey>>,
    pub(super) roles: Wanted<Arc<str>>,
    pub(super) packages: Wanted<Arc<str>>,
    pub(super) resources: Wanted<ResourceId>,
    pub(super) instances: Wanted<InstanceId>,
    pub(super) actions: Vec<Arc<str>>,
    pub(super) needs_all: bool,
    pub(super) owner: Option<Arc<str>>,
    pub(super) includes_deleted: bool,
    pub(super) includes_sub_units: bool,
    pub(super) includes_key_roles: bool,
    pub(super) lists: ListedKinds,
    pub(super) after: Option<(Arc<str>, Option<PartyKey>)>,
    pub(super) size: Option<usize>,
}

/// The values of a filter.
#[derive(Clone, Debug)]
pub(super) struct Wanted<T> {
    /// Those of which a party needs one.
    pub(super) any: Vec<T>,
    /// Those of which it needs each.
    pub(super) each: Vec<T>,
}

impl<T> Default for Wanted<T> {
    fn default() -> Self {
        Self {
            any: Vec::new(),
            each: Vec::new(),
        }
    }
}

impl<T> Wanted<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.any.is_empty() && self.each.is_empty()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.any.iter_mut().chain(&mut self.each)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.any.iter().chain(&self.each)
    }
}

/// The kinds of holdings that are listed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct ListedKinds {
    pub(super) roles: bool,
    pub(super) packages: bool,
    pub(super) resources: bool,
    pub(super) instances: bool,
}

impl ListedKinds {
    const ALL: Self = Self {
        roles: true,
        packages: true,
        resources: true,
        instances: true,
    };

    pub(super) const NONE: Self = Self {
        roles: false,
        packages: false,
        resources: false,
        instances: false,
    };
}

impl Default for PartyQuery {
    fn default() -> Self {
        Self::new()
    }
}

impl PartyQuery {
    /// Creates a query for all parties, with all that gives access, on one page.
    pub fn new() -> Self {
        Self {
            parties: None,
            roles: Wanted::default(),
            packages: Wanted::default(),
            resources: Wanted::default(),
            instances: Wanted::default(),
            actions: Vec::new(),
            needs_all: false,
            owner: None,
            includes_deleted: false,
            includes_sub_units: true,
            includes_key_roles: true,
            lists: ListedKinds::ALL,
            after: None,
            size: None,
        }
    }

    /// Selects these parties only.
    #[must_use]
    pub fn only(mut self, parties: impl IntoIterator<Item = PartyKey>) -> Self {
        self.parties.get_or_insert_default().extend(parties);
        self
    }

    /// Selects parties for which this role is held, or one that implies it.
    #[must_use]
    pub fn role(mut self, role: impl Into<Arc<str>>) -> Self {
        self.roles.any.push(role.into());
        self
    }

    /// Selects parties for which this package is held, by a role or by delegation.
    #[must_use]
    pub fn package(mut self, package: impl Into<Arc<str>>) -> Self {
        self.packages.any.push(package.into());
        self
    }

    /// Selects parties for which a right to this resource or one of its instances was delegated.
    /// Policies are not asked; [`Pdp::authorized_parties`](crate::altinn::Pdp::authorized_parties)
    /// asks them.
    #[must_use]
    pub fn resource(mut self, resource: ResourceId) -> Self {
        self.resources.any.push(resource);
        self
    }

    /// Selects parties for which a right to this instance was delegated.
    #[must_use]
    pub fn instance(mut self, instance: InstanceId) -> Self {
        self.instances.any.push(instance);
        self
    }

    /// Selects parties for which this role is held besides: each that is added so, and of those by
    /// [`role`](Self::role) one.
    ///
    /// ```
    /// use vedtak::altinn::register::PartyQuery;
    /// // A managing director or a chair who also may fill in forms.
    /// let leaders = PartyQuery::new().role("dagl").role("lede").also_role("utinn");
    /// # let _ = leaders;
    /// ```
    #[must_use]
    pub fn also_role(mut self, role: impl Into<Arc<str>>) -> Self {
        self.roles.each.push(role.into());
        self
    }

    /// Selects parties for which this package is held besides, as [`also_role`](Self::also_role) does
    /// by roles.
    #[must_use]
    pub fn also_package(mut self, package: impl Into<Arc<str>>) -> Self {
        self.packages.each.push(package.into());
        self
    }

    /// Selects parties for which a right to this resource was delegated besides, as
    /// [`also_role`](Self::also_role) does by roles.
    #[must_use]
    pub fn also_resource(mut self, resource: ResourceId) -> Self {
        self.resources.each.push(resource);
        self
    }

    /// Selects parties for which a right to this instance was delegated besides, as
    /// [`also_role`](Self::also_role) does by roles.
    #[must_use]
    pub fn also_instance(mut self, instance: InstanceId) -> Self {
        self.instances.each.push(instance);
        self
    }

    /// Of several roles, packages, resources or instances, a party needs all, not one.
    ///
    /// ```
    /// use vedtak::altinn::register::PartyQuery;
    /// let both = PartyQuery::new().package("jordbruk").package("fiske").needing_all();
    /// # let _ = both;
    /// ```
    #[must_use]
    pub fn needing_all(mut self) -> Self {
        self.needs_all = true;
        self
    }

    /// Selects parties for which a right to this action was delegated, of the resource if one is
    /// named.
    #[must_use]
    pub fn action(mut self, action: impl Into<Arc<str>>) -> Self {
        self.actions.push(action.into());
        self
    }

    /// Lists of the delegated rights only those to the resources of a service owner, such as `skd`.
    /// Roles and packages stay, and so do all parties for which there is one, as the register does not
    /// know which services they open.
    #[must_use]
    pub fn service_owner(mut self, owner: impl Into<Arc<str>>) -> Self {
        self.owner = Some(owner.into());
        self
    }

    /// Includes deleted parties for which there would be access if they existed. They are listed
    /// without holdings, as there is no access to them.
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.includes_deleted = true;
        self
    }

    /// Leaves out sub-units to which there is access only through their main unit.
    #[must_use]
    pub fn without_sub_units(mut self) -> Self {
        self.includes_sub_units = false;
        self
    }

    /// Leaves out what others have given to organisations in which the subject has a key role.
    #[must_use]
    pub fn without_key_roles(mut self) -> Self {
        self.includes_key_roles = false;
        self
    }

    /// Lists parties without their roles, packages and rights, which is faster.
    #[must_use]
    pub fn without_holdings(mut self) -> Self {
        self.lists = ListedKinds::NONE;
        self
    }

    /// Lists parties without their roles. The same parties are listed.
    #[must_use]
    pub fn without_roles(mut self) -> Self {
        self.lists.roles = false;
        self
    }

    /// Lists parties without their packages. The same parties are listed.
    #[must_use]
    pub fn without_packages(mut self) -> Self {
        self.lists.packages = false;
        self
    }

    /// Lists parties without the rights to resources. The same parties are listed.
    #[must_use]
    pub fn without_resources(mut self) -> Self {
        self.lists.resources = false;
        self
    }

    /// Lists parties without the rights to single instances. The same parties are listed.
    #[must_use]
    pub fn without_instances(mut self) -> Self {
        self.lists.instances = false;
        self
    }

    /// Begins after this party, the last one of the page before. The party need not exist any more.
    #[must_use]
    pub fn after(mut self, party: &Party) -> Self {
        self.after = Some((party.name.clone(), party.keys().next()));
        self
    }

    /// Sets the largest number of parties on the page; without it, all are on one.
    #[must_use]
    pub fn size(mut self, size: usize) -> Self {
        self.size = Some(size);
        self
    }
}
