//! The host's sources as the flow sees them: questions with their answers, and questions that wait
//! for one.
//!
//! The flow runs from the beginning over the known answers, as an evaluation does. A question
//! without an answer fails and is recorded; the result of a pass with such a question is discarded.
//! So the flow does not depend on waiting, and its last pass decides what it would have decided
//! with synchronous sources.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indexmap::IndexSet;

use super::Host;
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Fact;
use crate::altinn::facts::{
    AccessGroups, AccessListConnection, AccessLists, AccessPackages, Answer, Asked, Delegations,
    FactQuery, FactReply, Instances, Pair, Parties, ResourceRight, ResourceRights, Resources,
    Roles, something_else, told,
};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::provider::ProviderError;
use crate::value::DateTime;

/// The questions and answers of one decision or batch.
#[derive(Default)]
pub(super) struct Answers(Mutex<State>);

#[derive(Default)]
struct State {
    known: HashMap<FactQuery, Answer<FactReply>>,
    /// In the order in which they were asked.
    missing: IndexSet<FactQuery>,
}

impl Answers {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ask<T>(&self, question: FactQuery, told: fn(FactReply) -> Option<T>) -> Answer<T> {
        let mut state = self.state();
        if let Some(known) = state.known.get(&question) {
            let answer = told(known.clone()?);
            return answer.ok_or_else(something_else);
        }
        state.missing.insert(question);
        Err(ProviderError::new("it has not answered yet"))
    }

    /// Takes the questions of the last pass without an answer; without any, the pass is final.
    pub(super) fn missing(&self) -> Vec<FactQuery> {
        std::mem::take(&mut self.state().missing)
            .into_iter()
            .collect()
    }

    pub(super) fn tell(&self, question: FactQuery, answer: Answer<FactReply>) {
        self.state().known.insert(question, answer);
    }
}

/// Asks one of the host's synchronous sources.
pub(super) fn answer(host: &Host, question: &FactQuery, at: DateTime) -> Answer<FactReply> {
    macro_rules! ask {
        ($told:ident, $kind:ident.$method:ident($($given:expr),*)) => {
            match &host.$kind {
                Some(source) => source.$method($($given),*).map(FactReply::$told),
                None => Err(ProviderError::new("there is none")),
            }
        };
    }
    match question {
        FactQuery::Roles(whose) => ask!(Names, roles.roles(&whose.at(at))),
        FactQuery::AccessPackages(whose) => ask!(Names, packages.access_packages(&whose.at(at))),
        FactQuery::AccessGroups(whose) => ask!(Names, groups.access_groups(&whose.at(at))),
        FactQuery::ResourceRights(resource, party) => {
            ask!(ResourceRights, rights.resource_rights(resource, party, at))
        }
        FactQuery::AccessLists(party) => ask!(Names, lists.access_lists(party, at)),
        FactQuery::Connections(resource, party) => {
            ask!(Connections, lists.connections(resource, party, at))
        }
        FactQuery::Delegations(whose, resource, instance) => {
            let whose = whose.at(at);
            ask!(
                Delegations,
                delegations.delegations(&whose, resource, instance.as_ref())
            )
        }
        FactQuery::Party(key) => ask!(Party, parties.party(key)),
        FactQuery::Instance(id) => ask!(Instance, instances.instance(id)),
        FactQuery::Resource(id) => ask!(Resource, resources.resource(id)),
    }
}

impl Roles for Answers {
    fn roles(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        self.ask(FactQuery::Roles(Pair::of(asked)), told!(Names))
    }
}

impl AccessPackages for Answers {
    fn access_packages(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        self.ask(FactQuery::AccessPackages(Pair::of(asked)), told!(Names))
    }
}

impl AccessGroups for Answers {
    fn access_groups(&self, asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        self.ask(FactQuery::AccessGroups(Pair::of(asked)), told!(Names))
    }
}

impl ResourceRights for Answers {
    fn resource_rights(
        &self,
        resource: &ResourceId,
        party: &Party,
        _: DateTime,
    ) -> Answer<Vec<ResourceRight>> {
        let question = FactQuery::ResourceRights(resource.clone(), party.clone());
        self.ask(question, told!(ResourceRights))
    }
}

impl AccessLists for Answers {
    fn access_lists(&self, party: &Party, _: DateTime) -> Answer<Vec<Fact<Arc<str>>>> {
        self.ask(FactQuery::AccessLists(party.clone()), told!(Names))
    }

    fn connections(
        &self,
        resource: &ResourceId,
        party: &Party,
        _: DateTime,
    ) -> Answer<Vec<Fact<AccessListConnection>>> {
        let question = FactQuery::Connections(resource.clone(), party.clone());
        self.ask(question, told!(Connections))
    }
}

impl Delegations for Answers {
    fn delegations(
        &self,
        asked: &Asked<'_>,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
    ) -> Answer<Vec<Delegation>> {
        let (resource, instance) = (resource.clone(), instance.cloned());
        let question = FactQuery::Delegations(Pair::of(asked), resource, instance);
        self.ask(question, told!(Delegations))
    }
}

impl Parties for Answers {
    fn party(&self, key: &PartyKey) -> Answer<Option<Arc<Party>>> {
        self.ask(FactQuery::Party(key.clone()), told!(Party))
    }
}

impl Instances for Answers {
    fn instance(&self, id: &InstanceId) -> Answer<Option<Instance>> {
        self.ask(FactQuery::Instance(id.clone()), told!(Instance))
    }
}

impl Resources for Answers {
    fn resource(&self, id: &ResourceId) -> Answer<Option<Arc<Resource>>> {
        self.ask(FactQuery::Resource(id.clone()), told!(Resource))
    }
}
