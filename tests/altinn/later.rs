//! The register as a host elsewhere would have it: every kind of fact answered later.

use std::future::poll_fn;
use std::task::Poll;

use vedtak::altinn::facts::{
    AccessGroups, AccessLists, AccessPackages, Answer, AsyncFacts, Delegations, FactKind,
    FactQuery, FactReplies, FactReply, Facts, Instances, Parties, ResourceRights, Resources, Roles,
};
use vedtak::altinn::{PdpBuilder, Register};
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
    macro_rules! later {
        (|$register:ident, $($given:ident),*| $answer:expr) => {{
            let register = register.clone();
            move |$($given),*| {
                let $register = register.clone();
                async move {
                    later_on().await;
                    $answer
                }
            }
        }};
    }
    builder
        .roles_async(later!(|of, pair, at| of.roles(&pair.at(at))))
        .packages_async(later!(|of, pair, at| of.access_packages(&pair.at(at))))
        .groups(register.clone())
        .rights_async(later!(
            |of, resource, party, at| of.resource_rights(&resource, &party, at)
        ))
        .lists_async(
            later!(|of, party, at| of.access_lists(&party, at)),
            later!(|of, resource, party, at| of.connections(&resource, &party, at)),
        )
        .delegations_async(later!(|of, pair, resource, instance, at| {
            of.delegations(&pair.at(at), &resource, instance.as_ref())
        }))
        .parties_async(later!(|of, key| of.party(&key)))
        .instances_async(later!(|of, id| of.instance(&id)))
        .resources_async(later!(|of, id| of.resource(&id)))
        .catalogue(register.snapshot().catalogue().clone())
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
