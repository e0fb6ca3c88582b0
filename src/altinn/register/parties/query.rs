//! The filters of a list of parties.

use std::sync::Arc;

use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{InstanceId, ResourceId};

/// A selection of the parties for which somebody may act, and of what is listed of each.
///
/// Of several values of one filter, a party needs one, or all ([`needing_all`](Self::needing_all)); of
/// several filters, all. Roles and packages
/// are named by any name of the catalogue; a name that it lacks fits no party, and
/// is among the troubles of the answer.
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
    pub(super) roles: Vec<Arc<str>>,
    pub(super) packages: Vec<Arc<str>>,
    pub(super) resources: Vec<ResourceId>,
    pub(super) instances: Vec<InstanceId>,
    pub(super) actions: Vec<Arc<str>>,
    pub(super) needs_all: bool,
    pub(super) owner: Option<Arc<str>>,
    pub(super) includes_deleted: bool,
    pub(super) includes_sub_units: bool,
    pub(super) includes_key_roles: bool,
    pub(super) lists_holdings: bool,
    pub(super) after: Option<(Arc<str>, Option<PartyKey>)>,
    pub(super) size: Option<usize>,
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
            roles: Vec::new(),
            packages: Vec::new(),
            resources: Vec::new(),
            instances: Vec::new(),
            actions: Vec::new(),
            needs_all: false,
            owner: None,
            includes_deleted: false,
            includes_sub_units: true,
            includes_key_roles: true,
            lists_holdings: true,
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
        self.roles.push(role.into());
        self
    }

    /// Selects parties for which this package is held, by a role or by delegation.
    #[must_use]
    pub fn package(mut self, package: impl Into<Arc<str>>) -> Self {
        self.packages.push(package.into());
        self
    }

    /// Selects parties for which a right to this resource or one of its instances was delegated.
    /// Policies are not asked; [`Pdp::authorized_parties`](crate::altinn::Pdp::authorized_parties)
    /// asks them.
    #[must_use]
    pub fn resource(mut self, resource: ResourceId) -> Self {
        self.resources.push(resource);
        self
    }

    /// Selects parties for which a right to this instance was delegated.
    #[must_use]
    pub fn instance(mut self, instance: InstanceId) -> Self {
        self.instances.push(instance);
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

    /// Lists only delegated rights to the resources of a service owner, such as `skd`. Roles and
    /// packages stay, as the register does not know which services they open.
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
        self.lists_holdings = false;
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
