//! The small traits over whatever is asked by query: a source of the host, or the answers of a
//! batch.

use std::sync::Arc;

use super::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, Asked, AsyncFacts,
    Delegations, FactQuery, FactReply, Facts, Instances, Pair, Parties, ResourceRight,
    ResourceRights, Resources, Roles,
};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Fact;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::provider::{BoxFuture, ProviderError, each_answer};
use crate::value::DateTime;

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

/// A source that is asked by query, one query a call: for work that is not batched, such as
/// explanations.
pub(in crate::altinn) struct OneByOne {
    pub(in crate::altinn) source: Queried,
    /// The instant of queries that have none.
    pub(in crate::altinn) clock: Arc<dyn Fn() -> DateTime + Send + Sync>,
}

impl Ask for OneByOne {
    fn ask(&self, query: FactQuery, at: Option<DateTime>) -> Answer<FactReply> {
        let replies = match &self.source {
            Queried::Now(facts) => facts.facts(&[query], at.unwrap_or_else(|| (self.clock)())),
            Queried::Later(_) | Queried::OneLater(_) => not_now(),
        };
        let reply = each_answer(replies, 1).pop();
        reply.unwrap_or_else(|| Err(ProviderError::new("it gave no reply")))
    }
}

/// Replies to one query at a time.
pub(in crate::altinn) trait Ask: Send + Sync {
    /// `at` is the instant, if the small trait has one.
    fn ask(&self, query: FactQuery, at: Option<DateTime>) -> Answer<FactReply>;
}

/// The small traits over [`Ask`].
#[derive(Default)]
pub(in crate::altinn) struct ByQuery<A>(pub(in crate::altinn) A);

impl<A: Ask> ByQuery<A> {
    fn ask<T>(
        &self,
        query: FactQuery,
        at: Option<DateTime>,
        told: fn(FactReply) -> Option<T>,
    ) -> Answer<T> {
        told(self.0.ask(query, at)?).ok_or_else(something_else)
    }
}

fn something_else() -> ProviderError {
    ProviderError::new("it answered something else")
}

/// A closure that takes the reply of one variant.
macro_rules! told {
    ($shape:ident) => {
        |told| match told {
            FactReply::$shape(told) => Some(told),
            _ => None,
        }
    };
}

impl<A: Ask> Roles for ByQuery<A> {
    fn roles(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        let query = FactQuery::Roles(Pair::of(asked));
        self.ask(query, Some(asked.at), told!(Names))
    }
}

impl<A: Ask> AccessPackages for ByQuery<A> {
    fn access_packages(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        let query = FactQuery::AccessPackages(Pair::of(asked));
        self.ask(query, Some(asked.at), told!(Names))
    }
}

impl<A: Ask> AccessGroups for ByQuery<A> {
    fn access_groups(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        let query = FactQuery::AccessGroups(Pair::of(asked));
        self.ask(query, Some(asked.at), told!(Names))
    }
}

impl<A: Ask> ResourceRights for ByQuery<A> {
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

impl<A: Ask> AccessLists for ByQuery<A> {
    fn access_lists(&self, party: &Party, at: DateTime) -> Answer<Vec<Fact<Arc<str>>>> {
        let query = FactQuery::AccessLists(party.clone());
        self.ask(query, Some(at), told!(Names))
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

impl<A: Ask> Delegations for ByQuery<A> {
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

impl<A: Ask> Parties for ByQuery<A> {
    fn party(&self, key: &PartyKey) -> Answer<Option<Arc<Party>>> {
        self.ask(FactQuery::Party(key.clone()), None, told!(Party))
    }
}

impl<A: Ask> Instances for ByQuery<A> {
    fn instance(&self, id: &InstanceId) -> Answer<Option<Instance>> {
        self.ask(FactQuery::Instance(id.clone()), None, told!(Instance))
    }
}

impl<A: Ask> Resources for ByQuery<A> {
    fn resource(&self, id: &ResourceId) -> Answer<Option<Arc<Resource>>> {
        self.ask(FactQuery::Resource(id.clone()), None, told!(Resource))
    }
}
