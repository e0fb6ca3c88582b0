//! The traits of [`source`](super) for hosts that fetch: the same questions, answered
//! asynchronously.
//!
//! The builder takes a source of either form for each kind of fact; an asynchronous one needs an
//! asynchronous decision ([`Pdp::decide_async`](crate::altinn::Pdp::decide_async)). A batch asks
//! each question once, and independent questions at the same time. Dropping the future cancels its
//! questions; a source that panics fails.

use std::sync::Arc;

use super::{AccessListConnection, Answer, Asked, ResourceRight};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Fact;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::provider::BoxFuture;
use crate::value::DateTime;

/// The asynchronous form of [`Roles`](super::Roles).
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::facts::{Answer, Asked, AsyncRoles, Fact};
/// use vedtak::altinn::{PartyKey, Pdp};
/// use vedtak::provider::BoxFuture;
/// use vedtak::{Decision, Request};
///
/// struct OneManager;
///
/// impl AsyncRoles for OneManager {
///     fn roles<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, Answer<Vec<Fact<Arc<str>>>>> {
///         Box::pin(async move {
///             // Ask a register, with whatever client you have.
///             let manager = asked.subject.has_key(&PartyKey::person("01017012345"))
///                 && asked.party.has_key(&PartyKey::organisation("910000001"));
///             Ok(if manager { vec![Fact::new("dagl")] } else { vec![] })
///         })
///     }
/// }
///
/// let policy = include_str!("../../../fixtures/altinn/resource-policy.xml");
/// let pdp = Pdp::builder().policy("vedtak-brev", policy).roles_async(OneManager).build()?;
/// let request = Request::builder()
///     .subject("urn:altinn:person:identifier-no", "01017012345")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .resource("urn:altinn:organization:identifier-no", "910000001")
///     .action("read")
///     .build();
/// let ruling = pollster::block_on(pdp.decide_async(&request));
/// assert_eq!(ruling.decision(), Decision::Permit);
/// # Ok::<(), vedtak::Error>(())
/// ```
pub trait AsyncRoles: Send + Sync {
    /// As [`Roles::roles`](super::Roles::roles).
    fn roles<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, Answer<Vec<Fact<Arc<str>>>>>;
}

/// The asynchronous form of [`AccessPackages`](super::AccessPackages).
pub trait AsyncAccessPackages: Send + Sync {
    /// As [`AccessPackages::access_packages`](super::AccessPackages::access_packages).
    fn access_packages<'a>(
        &'a self,
        asked: Asked<'a>,
    ) -> BoxFuture<'a, Answer<Vec<Fact<Arc<str>>>>>;
}

/// The asynchronous form of [`AccessGroups`](super::AccessGroups).
pub trait AsyncAccessGroups: Send + Sync {
    /// As [`AccessGroups::access_groups`](super::AccessGroups::access_groups).
    fn access_groups<'a>(&'a self, asked: Asked<'a>) -> BoxFuture<'a, Answer<Vec<Fact<Arc<str>>>>>;
}

/// The asynchronous form of [`ResourceRights`](super::ResourceRights).
pub trait AsyncResourceRights: Send + Sync {
    /// As [`ResourceRights::resource_rights`](super::ResourceRights::resource_rights).
    fn resource_rights<'a>(
        &'a self,
        resource: &'a ResourceId,
        party: &'a Party,
        at: DateTime,
    ) -> BoxFuture<'a, Answer<Vec<ResourceRight>>>;
}

/// The asynchronous form of [`AccessLists`](super::AccessLists).
pub trait AsyncAccessLists: Send + Sync {
    /// As [`AccessLists::access_lists`](super::AccessLists::access_lists).
    fn access_lists<'a>(
        &'a self,
        party: &'a Party,
        at: DateTime,
    ) -> BoxFuture<'a, Answer<Vec<Fact<Arc<str>>>>>;

    /// As [`AccessLists::connections`](super::AccessLists::connections).
    fn connections<'a>(
        &'a self,
        resource: &'a ResourceId,
        party: &'a Party,
        at: DateTime,
    ) -> BoxFuture<'a, Answer<Vec<Fact<AccessListConnection>>>>;
}

/// The asynchronous form of [`Delegations`](super::Delegations).
pub trait AsyncDelegations: Send + Sync {
    /// As [`Delegations::delegations`](super::Delegations::delegations).
    fn delegations<'a>(
        &'a self,
        asked: Asked<'a>,
        resource: &'a ResourceId,
        instance: Option<&'a InstanceId>,
    ) -> BoxFuture<'a, Answer<Vec<Delegation>>>;
}

/// The asynchronous form of [`Parties`](super::Parties).
pub trait AsyncParties: Send + Sync {
    /// As [`Parties::party`](super::Parties::party).
    fn party<'a>(&'a self, key: &'a PartyKey) -> BoxFuture<'a, Answer<Option<Arc<Party>>>>;
}

/// The asynchronous form of [`Instances`](super::Instances).
pub trait AsyncInstances: Send + Sync {
    /// As [`Instances::instance`](super::Instances::instance).
    fn instance<'a>(&'a self, id: &'a InstanceId) -> BoxFuture<'a, Answer<Option<Instance>>>;
}

/// The asynchronous form of [`Resources`](super::Resources).
pub trait AsyncResources: Send + Sync {
    /// As [`Resources::resource`](super::Resources::resource).
    fn resource<'a>(&'a self, id: &'a ResourceId) -> BoxFuture<'a, Answer<Option<Arc<Resource>>>>;
}
