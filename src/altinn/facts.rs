//! Facts from the host: one small trait for each kind of fact.
//!
//! Each can be used alone; the register implements them all. These answer at once. For each kind, a
//! function may answer later instead, such as that of [`PdpBuilder::roles_async`]; decisions that
//! wait, such as [`Pdp::decide_async`], ask each question once in a batch, and independent questions
//! at the same time. [`Facts`] and [`AsyncFacts`] are for a source that takes many questions in one
//! call.
//!
//! A source that fails or panics makes the decision Indeterminate, unless it does not depend on the
//! fact. A source without an answer must return an error, not an empty list.
//!
//! [`Pdp::decide_async`]: crate::altinn::Pdp::decide_async
//! [`PdpBuilder::roles_async`]: crate::altinn::PdpBuilder::roles_async

mod by_query;
mod many;

use std::sync::Arc;

pub use super::fact::{Fact, Path, RoleName, Step, Window, WindowState};
pub(in crate::altinn) use by_query::{Ask, ByQuery, OneByOne, OneLater, Queried};
pub use many::{AsyncFacts, FactKind, FactQuery, FactReplies, FactReply, Facts, Pair};

use super::delegation::Delegation;
use super::party::{Party, PartyKey};
use super::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::provider::ProviderError;
use crate::value::DateTime;

/// A question to a source: the subject, the party it acts for, and the instant.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Asked<'a> {
    /// The access subject of the request.
    pub subject: &'a Party,
    /// The party that the subject acts for.
    pub party: &'a Party,
    /// The instant of the decision.
    pub at: DateTime,
}

impl<'a> Asked<'a> {
    /// Returns a question about `subject` acting for `party`.
    pub fn new(subject: &'a Party, party: &'a Party, at: DateTime) -> Self {
        Self { subject, party, at }
    }
}

/// The answer of a source, or its failure. A source that cannot answer returns the error: an empty
/// answer says that there is nothing.
pub type Answer<T> = Result<T, ProviderError>;

/// A source of the roles of a subject for a party.
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::facts::{Answer, Asked, Fact, Roles};
/// use vedtak::altinn::PartyKey;
///
/// struct OneManager;
///
/// impl Roles for OneManager {
///     fn roles(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
///         let manager = asked.subject.has_key(&PartyKey::person("01017012345"))
///             && asked.party.has_key(&PartyKey::organisation("910000001"));
///         Ok(if manager { vec![Fact::new("dagl")] } else { vec![] })
///     }
/// }
/// ```
pub trait Roles: Send + Sync {
    /// Returns roles of every kind: of Enhetsregisteret, guardianship roles, Altinn II role codes,
    /// Altinn 3 roles, roles in estates (`urn:digitaltdodsbo:formuesfullmakt`). A role may have any
    /// of its names in the catalogue, in any letter case: URN, code, short code. The PDP adds roles
    /// that another role implies.
    fn roles(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>>;
}

/// A source of the access packages of a subject for a party.
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::facts::{AccessPackages, Answer, Asked, Fact};
///
/// struct EveryoneFishes;
///
/// impl AccessPackages for EveryoneFishes {
///     fn access_packages(&self, _: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
///         Ok(vec![Fact::new("fiske")])
///     }
/// }
/// ```
pub trait AccessPackages: Send + Sync {
    /// Returns packages by code or URN: delegated ones and those that come with a role.
    fn access_packages(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>>;
}

/// A source of the access groups of a subject for a party.
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::facts::{AccessGroups, Answer, Asked, Fact};
///
/// struct NoGroups;
///
/// impl AccessGroups for NoGroups {
///     fn access_groups(&self, _: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
///         Ok(vec![])
///     }
/// }
/// ```
pub trait AccessGroups: Send + Sync {
    /// Returns groups by name, as policies spell it.
    fn access_groups(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>>;
}

/// A right of a party to be served by a resource (the Resource Rights Registry).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ResourceRight {
    /// `ResourceId`.
    pub resource: ResourceId,
    /// `PartyId` or `PartyNumber`: the party that may be served.
    pub party: PartyKey,
    /// `PerformedBy`: the only subject with the right; none: any subject that may act for the
    /// party.
    pub performed_by: Option<PartyKey>,
    /// `RightsType`: the id of the attribute in policies, such as `urn:resourceright:action`.
    pub rights_type: Arc<str>,
    /// `RightsValue`: its value, such as `read`.
    pub rights_value: Arc<str>,
    /// `ValidFrom` and `ValidTo`.
    pub window: Window,
}

impl ResourceRight {
    /// Returns a right that always holds, for any subject that acts for the party.
    pub fn new(
        resource: ResourceId,
        party: PartyKey,
        rights_type: impl Into<Arc<str>>,
        rights_value: impl Into<Arc<str>>,
    ) -> Self {
        Self {
            resource,
            party,
            performed_by: None,
            rights_type: rights_type.into(),
            rights_value: rights_value.into(),
            window: Window::ALWAYS,
        }
    }

    /// Limits the right to one subject.
    #[must_use]
    pub fn performed_by(mut self, person: PartyKey) -> Self {
        self.performed_by = Some(person);
        self
    }

    /// Limits the right to a window of time.
    #[must_use]
    pub fn during(mut self, window: Window) -> Self {
        self.window = window;
        self
    }
}

/// A source of the resource rights of parties.
///
/// ```
/// use vedtak::altinn::facts::{Answer, ResourceRight, ResourceRights};
/// use vedtak::altinn::resource::ResourceId;
/// use vedtak::altinn::Party;
/// use vedtak::value::DateTime;
///
/// struct Rights(Vec<ResourceRight>);
///
/// impl ResourceRights for Rights {
///     fn resource_rights(
///         &self,
///         resource: &ResourceId,
///         party: &Party,
///         _: DateTime,
///     ) -> Answer<Vec<ResourceRight>> {
///         let of_party = self.0.iter().filter(|right| party.has_key(&right.party));
///         Ok(of_party.filter(|right| right.resource == *resource).cloned().collect())
///     }
/// }
/// ```
pub trait ResourceRights: Send + Sync {
    /// Returns the rights of a party to a resource, for all subjects.
    fn resource_rights(
        &self,
        resource: &ResourceId,
        party: &Party,
        at: DateTime,
    ) -> Answer<Vec<ResourceRight>>;
}

/// A connection of an access list to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessListConnection {
    /// The list, as `owner:list`.
    pub list: Arc<str>,
    /// The actions it permits, compared letter by letter; none: every action.
    pub actions: Option<Vec<Arc<str>>>,
}

impl AccessListConnection {
    /// Returns a connection that permits every action.
    pub fn new(list: impl Into<Arc<str>>) -> Self {
        Self {
            list: list.into(),
            actions: None,
        }
    }

    /// Limits the connection to some actions.
    #[must_use]
    pub fn only<A: Into<Arc<str>>>(mut self, actions: impl IntoIterator<Item = A>) -> Self {
        self.actions = Some(actions.into_iter().map(Into::into).collect());
        self
    }
}

/// A source of the access lists of service owners.
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::facts::{AccessListConnection, AccessLists, Answer, Fact};
/// use vedtak::altinn::resource::ResourceId;
/// use vedtak::altinn::Party;
/// use vedtak::value::DateTime;
///
/// struct Banks;
///
/// impl AccessLists for Banks {
///     fn access_lists(&self, party: &Party, _: DateTime) -> Answer<Vec<Fact<Arc<str>>>> {
///         let is_bank = party.name.ends_with("BANK");
///         Ok(if is_bank { vec![Fact::new("ttd:banks")] } else { vec![] })
///     }
///     fn connections(
///         &self,
///         _: &ResourceId,
///         party: &Party,
///         _: DateTime,
///     ) -> Answer<Vec<Fact<AccessListConnection>>> {
///         let list = AccessListConnection::new("ttd:banks").only(["read"]);
///         let is_bank = party.name.ends_with("BANK");
///         Ok(if is_bank { vec![Fact::new(list)] } else { vec![] })
///     }
/// }
/// ```
pub trait AccessLists: Send + Sync {
    /// Returns the lists that a party is a member of, each as `owner:list`, in the window of the
    /// membership. It need not contain the instant: a decision looks at the window.
    fn access_lists(&self, party: &Party, at: DateTime) -> Answer<Vec<Fact<Arc<str>>>>;

    /// Returns the connections to a resource of lists that the party is a member of, in the window of
    /// the membership, as [`access_lists`](Self::access_lists) does.
    fn connections(
        &self,
        resource: &ResourceId,
        party: &Party,
        at: DateTime,
    ) -> Answer<Vec<Fact<AccessListConnection>>>;
}

/// A source of delegations of single resources and instances.
///
/// ```
/// use vedtak::altinn::delegation::Delegation;
/// use vedtak::altinn::facts::{Answer, Asked, Delegations};
/// use vedtak::altinn::resource::{InstanceId, ResourceId};
///
/// struct Delegated(Vec<Delegation>);
///
/// impl Delegations for Delegated {
///     fn delegations(
///         &self,
///         asked: &Asked<'_>,
///         resource: &ResourceId,
///         _: Option<&InstanceId>,
///     ) -> Answer<Vec<Delegation>> {
///         let usable = self.0.iter().filter(|delegation| {
///             delegation.resource == *resource
///                 && asked.party.has_key(&delegation.from)
///                 && asked.subject.has_key(&delegation.to)
///         });
///         Ok(usable.cloned().collect())
///     }
/// }
/// ```
pub trait Delegations: Send + Sync {
    /// Returns the delegations that the subject may use for this party and resource: those to the
    /// subject, and, with their path, those to parties it acts for; from the party, and from its
    /// main unit. Delegations of other instances, and those outside their window, may be among
    /// them.
    fn delegations(
        &self,
        asked: &Asked<'_>,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
    ) -> Answer<Vec<Delegation>>;
}

/// A source of the parties behind the keys in requests.
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::facts::{Answer, Parties};
/// use vedtak::altinn::{Party, PartyKey};
///
/// struct Known(Vec<Arc<Party>>);
///
/// impl Parties for Known {
///     fn party(&self, key: &PartyKey) -> Answer<Option<Arc<Party>>> {
///         Ok(self.0.iter().find(|party| party.has_key(key)).cloned())
///     }
/// }
/// ```
pub trait Parties: Send + Sync {
    /// Returns the party with this key, if there is one. The [parent](Party::parent) of a system
    /// user or enterprise user is requested, too, as such a user is refused once its organisation
    /// ceases to exist.
    fn party(&self, key: &PartyKey) -> Answer<Option<Arc<Party>>>;
}

/// A source of the resource, the party and the state of instances.
///
/// ```
/// use vedtak::altinn::facts::{Answer, Instances};
/// use vedtak::altinn::resource::{Instance, InstanceId, ResourceId};
/// use vedtak::altinn::PartyKey;
///
/// struct OneForm;
///
/// impl Instances for OneForm {
///     fn instance(&self, _: &InstanceId) -> Answer<Option<Instance>> {
///         let app = ResourceId::app("ttd", "form");
///         Ok(Some(Instance::new(app, PartyKey::Id(50001)).in_task("Task_1")))
///     }
/// }
/// ```
pub trait Instances: Send + Sync {
    /// Returns the instance of this id, if there is one.
    fn instance(&self, id: &InstanceId) -> Answer<Option<Instance>>;
}

/// A source of the resource registry's data about resources.
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::facts::{Answer, Resources};
/// use vedtak::altinn::resource::{Resource, ResourceId};
///
/// struct OnlyForBanks;
///
/// impl Resources for OnlyForBanks {
///     fn resource(&self, id: &ResourceId) -> Answer<Option<Arc<Resource>>> {
///         Ok(Some(Arc::new(Resource::new(id.clone(), "ttd").with_access_list())))
///     }
/// }
/// ```
pub trait Resources: Send + Sync {
    /// Returns the resource of this id, if it is known.
    fn resource(&self, id: &ResourceId) -> Answer<Option<Arc<Resource>>>;
}
