//! A source of facts of several kinds, which answers many questions in one call.

use std::sync::Arc;

use super::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, Asked, Delegations,
    Instances, Parties, ResourceRight, ResourceRights, Resources, Roles,
};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Fact;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::provider::{BoxFuture, ProviderError, each_answer};
use crate::value::DateTime;

/// A kind of fact, which one of the small traits supplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FactKind {
    /// [`Roles`].
    Roles,
    /// [`AccessPackages`].
    AccessPackages,
    /// [`AccessGroups`].
    AccessGroups,
    /// [`ResourceRights`].
    ResourceRights,
    /// [`AccessLists`]: memberships and connections.
    AccessLists,
    /// [`Delegations`].
    Delegations,
    /// [`Parties`].
    Parties,
    /// [`Instances`].
    Instances,
    /// [`Resources`].
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
    /// [`Roles::roles`].
    Roles(Pair),
    /// [`AccessPackages::access_packages`].
    AccessPackages(Pair),
    /// [`AccessGroups::access_groups`].
    AccessGroups(Pair),
    /// [`ResourceRights::resource_rights`].
    ResourceRights(ResourceId, Party),
    /// [`AccessLists::access_lists`].
    AccessLists(Party),
    /// [`AccessLists::connections`].
    Connections(ResourceId, Party),
    /// [`Delegations::delegations`].
    Delegations(Pair, ResourceId, Option<InstanceId>),
    /// [`Parties::party`].
    Party(PartyKey),
    /// [`Instances::instance`].
    Instance(InstanceId),
    /// [`Resources::resource`].
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
/// let policy = include_str!("../../../fixtures/altinn/resource-policy.xml");
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
/// # Ok::<(), vedtak::Error>(())
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

/// A source that is asked by query.
#[derive(Clone)]
pub(in crate::altinn) enum Queried {
    Now(Arc<dyn Facts>),
    Later(Arc<dyn AsyncFacts>),
    /// An asynchronous source of one kind of fact, which takes one query a call.
    OneLater(Arc<OneLater>),
}

/// Asks one query; none for a query of another kind.
pub(in crate::altinn) type OneLater =
    dyn Fn(FactQuery, DateTime) -> Option<BoxFuture<'static, Answer<FactReply>>> + Send + Sync;

impl Queried {
    /// Whether it takes many queries in one call.
    pub(in crate::altinn) fn takes_many(&self) -> bool {
        !matches!(self, Self::OneLater(_))
    }

    /// Whether queries to the other are queries to this one, in the same call.
    pub(in crate::altinn) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Now(a), Self::Now(b)) => Arc::ptr_eq(a, b),
            (Self::Later(a), Self::Later(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    /// Returns the reply to each query, in their order. An asynchronous source fails if the
    /// decision does not wait.
    pub(in crate::altinn) async fn ask(
        &self,
        queries: &[FactQuery],
        at: DateTime,
        waits: bool,
    ) -> Vec<Answer<FactReply>> {
        let replies = match self {
            Self::Now(facts) => facts.facts(queries, at),
            Self::Later(facts) if waits => facts.facts(queries, at).await,
            Self::OneLater(ask) if waits => {
                let mut replies = Vec::with_capacity(queries.len());
                for query in queries {
                    replies.push(match ask(query.clone(), at) {
                        Some(reply) => reply.await,
                        None => Err(something_else()),
                    });
                }
                Ok(replies)
            }
            Self::Later(_) | Self::OneLater(_) => not_now(),
        };
        each_answer(replies, queries.len())
    }
}

fn not_now<T>() -> Answer<T> {
    Err(ProviderError::new(
        "it answers asynchronously, and this decision is not made that way",
    ))
}

pub(in crate::altinn) fn something_else() -> ProviderError {
    ProviderError::new("it answered something else")
}

/// A closure that takes the reply of one variant.
macro_rules! told {
    ($shape:ident) => {
        |told| match told {
            $crate::altinn::facts::FactReply::$shape(told) => Some(told),
            _ => None,
        }
    };
}
pub(in crate::altinn) use told;

/// The small traits over a source that is asked by query, one query a call: for work that is not
/// batched, such as explanations.
pub(in crate::altinn) struct OneByOne {
    pub(in crate::altinn) source: Queried,
    /// The instant of queries that have none.
    pub(in crate::altinn) clock: Arc<dyn Fn() -> DateTime + Send + Sync>,
}

impl OneByOne {
    fn ask<T>(
        &self,
        query: FactQuery,
        at: Option<DateTime>,
        told: fn(FactReply) -> Option<T>,
    ) -> Answer<T> {
        let at = at.unwrap_or_else(|| (self.clock)());
        let replies = match &self.source {
            Queried::Now(facts) => facts.facts(&[query], at),
            Queried::Later(_) | Queried::OneLater(_) => not_now(),
        };
        let reply = each_answer(replies, 1).pop();
        let reply = reply.unwrap_or_else(|| Err(ProviderError::new("it gave no reply")))?;
        told(reply).ok_or_else(something_else)
    }
}

impl Roles for OneByOne {
    fn roles(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        self.ask(
            FactQuery::Roles(Pair::of(asked)),
            Some(asked.at),
            told!(Names),
        )
    }
}

impl AccessPackages for OneByOne {
    fn access_packages(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        let query = FactQuery::AccessPackages(Pair::of(asked));
        self.ask(query, Some(asked.at), told!(Names))
    }
}

impl AccessGroups for OneByOne {
    fn access_groups(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        let query = FactQuery::AccessGroups(Pair::of(asked));
        self.ask(query, Some(asked.at), told!(Names))
    }
}

impl ResourceRights for OneByOne {
    fn resource_rights(
        &self,
        resource: &ResourceId,
        party: &Party,
        at: DateTime,
    ) -> Answer<Vec<ResourceRight>> {
        let query = FactQuery::ResourceRights(resource.clone(), party.clone());
        self.ask(query, Some(at), told!(ResourceRights))
    }
}

impl AccessLists for OneByOne {
    fn access_lists(&self, party: &Party, at: DateTime) -> Answer<Vec<Fact<Arc<str>>>> {
        self.ask(
            FactQuery::AccessLists(party.clone()),
            Some(at),
            told!(Names),
        )
    }

    fn connections(
        &self,
        resource: &ResourceId,
        party: &Party,
        at: DateTime,
    ) -> Answer<Vec<Fact<AccessListConnection>>> {
        let query = FactQuery::Connections(resource.clone(), party.clone());
        self.ask(query, Some(at), told!(Connections))
    }
}

impl Delegations for OneByOne {
    fn delegations(
        &self,
        asked: &Asked<'_>,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
    ) -> Answer<Vec<Delegation>> {
        let query = FactQuery::Delegations(Pair::of(asked), resource.clone(), instance.cloned());
        self.ask(query, Some(asked.at), told!(Delegations))
    }
}

impl Parties for OneByOne {
    fn party(&self, key: &PartyKey) -> Answer<Option<Arc<Party>>> {
        self.ask(FactQuery::Party(key.clone()), None, told!(Party))
    }
}

impl Instances for OneByOne {
    fn instance(&self, id: &InstanceId) -> Answer<Option<Instance>> {
        self.ask(FactQuery::Instance(id.clone()), None, told!(Instance))
    }
}

impl Resources for OneByOne {
    fn resource(&self, id: &ResourceId) -> Answer<Option<Arc<Resource>>> {
        self.ask(FactQuery::Resource(id.clone()), None, told!(Resource))
    }
}
