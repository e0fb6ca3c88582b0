//! The register as a host elsewhere would have it: every kind of fact answered later.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use vedtak::altinn::delegation::Delegation;
use vedtak::altinn::facts::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, Asked,
    AsyncAccessGroups, AsyncAccessLists, AsyncAccessPackages, AsyncDelegations, AsyncFacts,
    AsyncInstances, AsyncParties, AsyncResourceRights, AsyncResources, AsyncRoles, Delegations,
    Fact, FactKind, FactQuery, FactReplies, FactReply, Facts, Instances, Parties, ResourceRight,
    ResourceRights, Resources, Roles,
};
use vedtak::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey, PdpBuilder, Register};
use vedtak::provider::BoxFuture;
use vedtak::value::DateTime;

/// Every source is the host's, and answers at once.
pub(crate) fn at_once(builder: PdpBuilder, register: &Register) -> PdpBuilder {
    let of = || register.clone();
    let builder = builder.roles(of()).packages(of()).groups(of());
    let builder = builder.rights(of()).lists(of()).delegations(of());
    let builder = builder.parties(of()).instances(of()).resources(of());
    builder.catalogue(register.snapshot().catalogue().clone())
}

/// Every source is the host's, and answers later but one.
pub(crate) fn later(builder: PdpBuilder, register: &Register) -> PdpBuilder {
    let of = || Later(register.clone());
    let builder = builder.roles_async(of()).packages_async(of());
    let builder = builder.groups(register.clone()).rights_async(of());
    let builder = builder.lists_async(of()).delegations_async(of());
    let builder = builder.parties_async(of()).instances_async(of());
    let builder = builder.resources_async(of());
    builder.catalogue(register.snapshot().catalogue().clone())
}

/// One source of every kind of fact, which takes many questions in one call.
pub(crate) fn together(builder: PdpBuilder, register: &Register) -> PdpBuilder {
    let builder = builder.facts(Together(register.clone()));
    builder.catalogue(register.snapshot().catalogue().clone())
}

/// The same, answered later.
pub(crate) fn together_later(builder: PdpBuilder, register: &Register) -> PdpBuilder {
    let builder = builder.facts_async(Together(register.clone()));
    builder.catalogue(register.snapshot().catalogue().clone())
}

struct Together(Register);

impl Together {
    fn reply(&self, query: &FactQuery, at: DateTime) -> Answer<FactReply> {
        let register = &self.0;
        Ok(match query {
            FactQuery::Roles(pair) => FactReply::Names(register.roles(&pair.at(at))?),
            FactQuery::AccessPackages(pair) => {
                FactReply::Names(register.access_packages(&pair.at(at))?)
            }
            FactQuery::AccessGroups(pair) => {
                FactReply::Names(register.access_groups(&pair.at(at))?)
            }
            FactQuery::ResourceRights(resource, party) => {
                FactReply::ResourceRights(register.resource_rights(resource, party, at)?)
            }
            FactQuery::AccessLists(party) => FactReply::Names(register.access_lists(party, at)?),
            FactQuery::Connections(resource, party) => {
                FactReply::Connections(register.connections(resource, party, at)?)
            }
            FactQuery::Delegations(pair, resource, instance) => FactReply::Delegations(
                register.delegations(&pair.at(at), resource, instance.as_ref())?,
            ),
            FactQuery::Party(key) => FactReply::Party(register.party(key)?),
            FactQuery::Instance(id) => FactReply::Instance(register.instance(id)?),
            FactQuery::Resource(id) => FactReply::Resource(register.resource(id)?),
            other => panic!("{other:?} is new"),
        })
    }
}

impl Facts for Together {
    fn supplies(&self, _: FactKind) -> bool {
        true
    }
    fn facts(&self, queries: &[FactQuery], at: DateTime) -> FactReplies {
        Ok(queries.iter().map(|query| self.reply(query, at)).collect())
    }
}

impl AsyncFacts for Together {
    fn supplies(&self, _: FactKind) -> bool {
        true
    }
    fn facts<'a>(&'a self, queries: &'a [FactQuery], at: DateTime) -> BoxFuture<'a, FactReplies> {
        Box::pin(async move {
            later_on().await;
            Facts::facts(self, queries, at)
        })
    }
}

struct Later(Register);

/// Lets others go first.
async fn later_on() {
    let mut waited = false;
    poll_fn(|context| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => {
            context.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

macro_rules! later {
    ($($trait:ident {$(
        fn $method:ident($($name:ident: $type:ty $(= $given:expr)?),*) -> $answer:ty;
    )*})*) => {$(
        impl $trait for Later {$(
            fn $method<'a>(&'a self, $($name: $type),*) -> BoxFuture<'a, Answer<$answer>> {
                Box::pin(async move {
                    later_on().await;
                    self.0.$method($(later!(@ $name $($given)?)),*)
                })
            }
        )*}
    )*};
    (@ $name:ident) => { $name };
    (@ $name:ident $given:expr) => { $given };
}

later! {
    AsyncRoles {
    fn roles(asked: Asked<'a> = &asked) -> Vec<Fact<Arc<str>>>;
    }
    AsyncAccessPackages {
    fn access_packages(asked: Asked<'a> = &asked) -> Vec<Fact<Arc<str>>>;
    }
    AsyncAccessGroups {
    fn access_groups(asked: Asked<'a> = &asked) -> Vec<Fact<Arc<str>>>;
    }
    AsyncResourceRights {
    fn resource_rights(resource: &'a ResourceId, party: &'a Party, at: DateTime)
        -> Vec<ResourceRight>;
    }
    AsyncAccessLists {
    fn access_lists(party: &'a Party, at: DateTime) -> Vec<Fact<Arc<str>>>;
    fn connections(resource: &'a ResourceId, party: &'a Party, at: DateTime)
        -> Vec<Fact<AccessListConnection>>;
    }
    AsyncDelegations {
    fn delegations(asked: Asked<'a> = &asked, resource: &'a ResourceId, instance: Option<&'a InstanceId>)
        -> Vec<Delegation>;
    }
    AsyncParties {
    fn party(key: &'a PartyKey) -> Option<Arc<Party>>;
    }
    AsyncInstances {
    fn instance(id: &'a InstanceId) -> Option<Instance>;
    }
    AsyncResources {
    fn resource(id: &'a ResourceId) -> Option<Arc<Resource>>;
    }
}
