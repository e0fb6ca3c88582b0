//! A source of facts of several kinds, which answers many questions in one call.

use std::sync::Arc;

use super::{AccessListConnection, Answer, Asked, ResourceRight};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Fact;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::provider::BoxFuture;
use crate::value::DateTime;

/// A kind of fact, which one of the small traits supplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FactKind {
    /// [`Roles`](super::Roles).
    Roles,
    /// [`AccessPackages`](super::AccessPackages).
    AccessPackages,
    /// [`AccessGroups`](super::AccessGroups).
    AccessGroups,
    /// [`ResourceRights`](super::ResourceRights).
    ResourceRights,
    /// [`AccessLists`](super::AccessLists): memberships and connections.
    AccessLists,
    /// [`Delegations`](super::Delegations).
    Delegations,
    /// [`Parties`](super::Parties).
    Parties,
    /// [`Instances`](super::Instances).
    Instances,
    /// [`Resources`](super::Resources).
    Resources,
}

impl FactKind {
    /// All kinds, in the order of the variants.
    pub const ALL: [Self; 9] = [
        Self::Roles,
        Self::AccessPackages,
        Self::AccessGroups,
        Self::ResourceRights,
        Self::AccessLists,
        Self::Delegations,
        Self::Parties,
        Self::Instances,
        Self::Resources,
    ];
}

/// A question to a source of [`Facts`]: a method of one of the small traits, with its arguments
/// except the instant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FactQuery {
    /// [`Roles::roles`](super::Roles::roles).
    Roles(Pair),
    /// [`AccessPackages::access_packages`](super::AccessPackages::access_packages).
    AccessPackages(Pair),
    /// [`AccessGroups::access_groups`](super::AccessGroups::access_groups).
    AccessGroups(Pair),
    /// [`ResourceRights::resource_rights`](super::ResourceRights::resource_rights).
    ResourceRights(ResourceId, Party),
    /// [`AccessLists::access_lists`](super::AccessLists::access_lists).
    AccessLists(Party),
    /// [`AccessLists::connections`](super::AccessLists::connections).
    Connections(ResourceId, Party),
    /// [`Delegations::delegations`](super::Delegations::delegations).
    Delegations(Pair, ResourceId, Option<InstanceId>),
    /// [`Parties::party`](super::Parties::party).
    Party(PartyKey),
    /// [`Instances::instance`](super::Instances::instance).
    Instance(InstanceId),
    /// [`Resources::resource`](super::Resources::resource).
    Resource(ResourceId),
}

/// A subject and the party it acts for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Pair {
    /// The access subject of the request.
    pub subject: Party,
    /// The party that the subject acts for.
    pub party: Party,
}

impl Pair {
    pub(in crate::altinn) fn of(asked: &Asked<'_>) -> Self {
        Self {
            subject: asked.subject.clone(),
            party: asked.party.clone(),
        }
    }

    /// Returns the question about this pair at an instant, for the small traits.
    pub fn at(&self, at: DateTime) -> Asked<'_> {
        Asked::new(&self.subject, &self.party, at)
    }
}

/// The reply to a [`FactQuery`], of the type that its method returns.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FactReply {
    /// To `Roles`, `AccessPackages`, `AccessGroups` and `AccessLists`.
    Names(Vec<Fact<Arc<str>>>),
    /// To `ResourceRights`.
    ResourceRights(Vec<ResourceRight>),
    /// To `Connections`.
    Connections(Vec<Fact<AccessListConnection>>),
    /// To `Delegations`.
    Delegations(Vec<Delegation>),
    /// To `Party`.
    Party(Option<Arc<Party>>),
    /// To `Instance`.
    Instance(Option<Instance>),
    /// To `Resource`.
    Resource(Option<Arc<Resource>>),
}

/// The replies to several queries, in their order, or the failure of the whole call.
pub type FactReplies = Answer<Vec<Answer<FactReply>>>;

impl FactQuery {
    /// The kind of fact of the query.
    pub fn kind(&self) -> FactKind {
        match self {
            Self::Roles(_) => FactKind::Roles,
            Self::AccessPackages(_) => FactKind::AccessPackages,
            Self::AccessGroups(_) => FactKind::AccessGroups,
            Self::ResourceRights(..) => FactKind::ResourceRights,
            Self::AccessLists(_) | Self::Connections(..) => FactKind::AccessLists,
            Self::Delegations(..) => FactKind::Delegations,
            Self::Party(_) => FactKind::Parties,
            Self::Instance(_) => FactKind::Instances,
            Self::Resource(_) => FactKind::Resources,
        }
    }
}

/// A source of facts of one kind or several, which answers many queries in one call: a table with
/// the roles and packages of 100 users is called once, and not 200 times.
///
/// [`PdpBuilder::facts`](crate::altinn::PdpBuilder::facts) adds one. For the requests of a
/// [`decide_all`](crate::altinn::Pdp::decide_all), the cells of a matrix and the parts of a
/// request, all independent queries are in one call, without duplicates.
///
/// ```
/// use vedtak::altinn::facts::{Fact, FactKind, FactQuery, FactReplies, FactReply, Facts};
/// use vedtak::altinn::{PartyKey, Pdp};
/// use vedtak::value::DateTime;
/// use vedtak::{Decision, Request};
///
/// struct Table;
///
/// impl Facts for Table {
///     fn supplies(&self, kind: FactKind) -> bool {
///         matches!(kind, FactKind::Roles | FactKind::AccessPackages)
///     }
///     fn facts(&self, queries: &[FactQuery], _: DateTime) -> FactReplies {
///         // One statement for all pairs; then the rows are given out.
///         let reply = |query: &FactQuery| match query {
///             FactQuery::Roles(pair) if pair.subject.has_key(&PartyKey::person("01017012345")) => {
///                 Ok(FactReply::Names(vec![Fact::new("dagl")]))
///             }
///             _ => Ok(FactReply::Names(vec![])),
///         };
///         Ok(queries.iter().map(reply).collect())
///     }
/// }
///
/// let policy = std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// let pdp = Pdp::builder().policy("vedtak-brev", policy).facts(Table).build()?;
/// let of = |person: &str| {
///     Request::builder()
///         .subject("urn:altinn:person:identifier-no", person)
///         .resource("urn:altinn:resource", "vedtak-brev")
///         .resource("urn:altinn:organization:identifier-no", "910000001")
///         .action("read")
///         .build()
/// };
/// let rulings = pdp.decide_all(&["01017012345", "01017012346"].map(of));
/// assert_eq!(rulings[0].decision(), Decision::Permit);
/// assert_eq!(rulings[1].decision(), Decision::NotApplicable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Facts: Send + Sync {
    /// Whether it supplies facts of a kind; called when the PDP is built. Facts of other kinds come
    /// from the register or from other sources.
    fn supplies(&self, kind: FactKind) -> bool;

    /// Returns the reply to each query, in the order of the queries.
    ///
    /// # Errors
    ///
    /// An error of the call fails every query, and so does a wrong number of replies. An error
    /// among the replies fails its query only, and so does a reply of the wrong type.
    fn facts(&self, queries: &[FactQuery], at: DateTime) -> FactReplies;
}

/// The asynchronous form of [`Facts`], for
/// [`PdpBuilder::facts_async`](crate::altinn::PdpBuilder::facts_async).
pub trait AsyncFacts: Send + Sync {
    /// As [`Facts::supplies`].
    fn supplies(&self, kind: FactKind) -> bool;

    /// As [`Facts::facts`].
    fn facts<'a>(&'a self, queries: &'a [FactQuery], at: DateTime) -> BoxFuture<'a, FactReplies>;
}
