//! The host's sources, one for each kind of fact or one for several: at once, or later.

use std::sync::Arc;

use super::{PdpBuilder, system_clock};
use crate::altinn::delegation::Delegation;
use crate::altinn::facts::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, AsyncFacts, ByQuery,
    Delegations, Fact, FactKind, FactQuery, FactReply, Facts, Instances, OneByOne, OneLater, Pair,
    Parties, Queried, ResourceRight, ResourceRights, Resources, Roles,
};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::provider::BoxFuture;
use crate::value::DateTime;

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident: $kind:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, source: impl $kind + 'static) -> Self {
            self.host.$name = Some(Arc::new(source));
            self.host.queried.remove(&FactKind::$kind);
            self
        }
    )*};
}

// `_now` is not used where the method of the small trait has no instant.
macro_rules! asynchronous_sources {
    ($($(#[$doc:meta])* $name:ident: $kind:ident, $query:ident($($part:ident: $type:ty),*)
        $(at $at:ident: $instant:ty)? => $reply:ident($of:ty);)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name<A: Future<Output = Answer<$of>> + Send + 'static>(
            self,
            ask: impl Fn($($type,)* $($instant)?) -> A + Send + Sync + 'static,
        ) -> Self {
            self.later(FactKind::$kind, move |query, _now| match query {
                FactQuery::$query($($part),*) => {
                    $(let $at = _now;)?
                    Some(reply(ask($($part,)* $($at)?), FactReply::$reply))
                }
                _ => None,
            })
        }
    )*};
}

impl PdpBuilder {
    sources! {
        /// Sets the source of roles.
        roles: Roles;
        /// Sets the source of access packages.
        packages: AccessPackages;
        /// Sets the source of access groups.
        groups: AccessGroups;
        /// Sets the source of resource rights.
        rights: ResourceRights;
        /// Sets the source of access lists.
        lists: AccessLists;
        /// Sets the source of delegations.
        delegations: Delegations;
        /// Sets the source of parties.
        parties: Parties;
        /// Sets the source of instances.
        instances: Instances;
        /// Sets the source of resources.
        resources: Resources;
    }

    asynchronous_sources! {
        /// Sets the source of roles: a function that asks for those of a subject and a party, as
        /// [`Roles::roles`] does, and answers later.
        ///
        /// It is for decisions that wait, such as
        /// [`decide_async`](crate::altinn::Pdp::decide_async). In any other decision it fails.
        ///
        /// ```
        /// use vedtak::altinn::facts::Fact;
        /// use vedtak::altinn::{PartyKey, Pdp};
        /// use vedtak::{Decision, Request};
        ///
        /// let policy = std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
        /// let pdp = Pdp::builder()
        ///     .policy("vedtak-brev", policy)
        ///     .roles_async(|pair, _| async move {
        ///         // Ask a register, with whatever client you have.
        ///         let manager = pair.subject.has_key(&PartyKey::person("01017012345"))
        ///             && pair.party.has_key(&PartyKey::organisation("910000001"));
        ///         Ok(if manager { vec![Fact::new("dagl")] } else { vec![] })
        ///     })
        ///     .build()?;
        /// let request = Request::builder()
        ///     .subject("urn:altinn:person:identifier-no", "01017012345")
        ///     .resource("urn:altinn:resource", "vedtak-brev")
        ///     .resource("urn:altinn:organization:identifier-no", "910000001")
        ///     .action("read")
        ///     .build();
        /// let ruling = pollster::block_on(pdp.decide_async(&request));
        /// assert_eq!(ruling.decision(), Decision::Permit);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        roles_async: Roles, Roles(pair: Pair) at at: DateTime => Names(Vec<Fact<Arc<str>>>);
        /// As [`roles_async`](Self::roles_async), for [`AccessPackages::access_packages`].
        packages_async: AccessPackages, AccessPackages(pair: Pair)
            at at: DateTime => Names(Vec<Fact<Arc<str>>>);
        /// As [`roles_async`](Self::roles_async), for [`AccessGroups::access_groups`].
        groups_async: AccessGroups, AccessGroups(pair: Pair)
            at at: DateTime => Names(Vec<Fact<Arc<str>>>);
        /// As [`roles_async`](Self::roles_async), for [`ResourceRights::resource_rights`].
        rights_async: ResourceRights, ResourceRights(resource: ResourceId, party: Party)
            at at: DateTime => ResourceRights(Vec<ResourceRight>);
        /// As [`roles_async`](Self::roles_async), for [`Delegations::delegations`].
        delegations_async: Delegations,
            Delegations(pair: Pair, resource: ResourceId, instance: Option<InstanceId>)
            at at: DateTime => Delegations(Vec<Delegation>);
        /// As [`roles_async`](Self::roles_async), for [`Parties::party`].
        parties_async: Parties, Party(key: PartyKey) => Party(Option<Arc<Party>>);
        /// As [`roles_async`](Self::roles_async), for [`Instances::instance`].
        instances_async: Instances, Instance(id: InstanceId) => Instance(Option<Instance>);
        /// As [`roles_async`](Self::roles_async), for [`Resources::resource`].
        resources_async: Resources, Resource(id: ResourceId) => Resource(Option<Arc<Resource>>);
    }

    /// As [`roles_async`](Self::roles_async), for [`AccessLists::access_lists`] and
    /// [`AccessLists::connections`].
    #[must_use]
    pub fn lists_async<L, C>(
        self,
        lists: impl Fn(Party, DateTime) -> L + Send + Sync + 'static,
        connections: impl Fn(ResourceId, Party, DateTime) -> C + Send + Sync + 'static,
    ) -> Self
    where
        L: Future<Output = Answer<Vec<Fact<Arc<str>>>>> + Send + 'static,
        C: Future<Output = Answer<Vec<Fact<AccessListConnection>>>> + Send + 'static,
    {
        self.later(FactKind::AccessLists, move |query, at| match query {
            FactQuery::AccessLists(party) => Some(reply(lists(party, at), FactReply::Names)),
            FactQuery::Connections(resource, party) => {
                let connections = connections(resource, party, at);
                Some(reply(connections, FactReply::Connections))
            }
            _ => None,
        })
    }

    fn later(
        mut self,
        kind: FactKind,
        ask: impl Fn(FactQuery, DateTime) -> Option<BoxFuture<'static, Answer<FactReply>>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let ask: Arc<OneLater> = Arc::new(ask);
        self.host.queried.insert(kind, Queried::OneLater(ask));
        self
    }

    /// Sets the source of the kinds of facts that it supplies, many in one call.
    #[must_use]
    pub fn facts(self, source: impl Facts + 'static) -> Self {
        let kinds = FactKind::ALL.map(|kind| (kind, source.supplies(kind)));
        self.many(kinds, &Queried::Now(Arc::new(source)))
    }

    /// Sets an asynchronous source of the kinds of facts that it supplies, many in one call: for
    /// decisions that wait, such as [`decide_async`](crate::altinn::Pdp::decide_async). In any other
    /// decision it fails.
    #[must_use]
    pub fn facts_async(self, source: impl AsyncFacts + 'static) -> Self {
        let kinds = FactKind::ALL.map(|kind| (kind, source.supplies(kind)));
        self.many(kinds, &Queried::Later(Arc::new(source)))
    }

    fn many(mut self, kinds: [(FactKind, bool); 9], source: &Queried) -> Self {
        let own = kinds.into_iter().filter(|(_, supplies)| *supplies);
        let queried = &mut self.host.queried;
        queried.extend(own.map(|(kind, _)| (kind, source.clone())));
        self
    }

    /// Puts sources that are asked by query in place of the small traits of the kinds that they
    /// supply: a decision that does not wait has an asynchronous source, which fails, and never the
    /// register's facts.
    pub(super) fn place_queried(&mut self) {
        for (kind, source) in self.host.queried.clone() {
            let clock = self.clock.clone().unwrap_or_else(system_clock);
            let source = Arc::new(ByQuery(OneByOne { source, clock }));
            let host = &mut self.host;
            match kind {
                FactKind::Roles => host.roles = Some(source),
                FactKind::AccessPackages => host.packages = Some(source),
                FactKind::AccessGroups => host.groups = Some(source),
                FactKind::ResourceRights => host.rights = Some(source),
                FactKind::AccessLists => host.lists = Some(source),
                FactKind::Delegations => host.delegations = Some(source),
                FactKind::Parties => host.parties = Some(source),
                FactKind::Instances => host.instances = Some(source),
                FactKind::Resources => host.resources = Some(source),
            }
        }
    }
}

fn reply<T: 'static>(
    answer: impl Future<Output = Answer<T>> + Send + 'static,
    told: fn(T) -> FactReply,
) -> BoxFuture<'static, Answer<FactReply>> {
    Box::pin(async move { answer.await.map(told) })
}
