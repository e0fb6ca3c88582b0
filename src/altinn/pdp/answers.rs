//! The host's sources as the flow sees them: questions with their answers, and questions that wait
//! for one.
//!
//! The flow runs from the beginning over the known answers, as an evaluation does. A question
//! without an answer fails and is recorded; the result of a pass with such a question is discarded.
//! So the flow does not depend on waiting, and its last pass decides what it would have decided
//! with synchronous sources.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use indexmap::IndexSet;

use super::HostSources;
use crate::altinn::facts::{Answer, Ask, FactQuery, FactReply};
use crate::provider::ProviderError;
use crate::value::DateTime;

/// The questions and answers of one decision or batch.
#[derive(Default)]
pub(super) struct FactAnswers(Mutex<AnswersSoFar>);

#[derive(Default)]
struct AnswersSoFar {
    known: HashMap<FactQuery, Answer<FactReply>>,
    /// In the order in which they were asked.
    missing: IndexSet<FactQuery>,
}

impl FactAnswers {
    fn state(&self) -> MutexGuard<'_, AnswersSoFar> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

impl Ask for FactAnswers {
    fn ask(&self, question: FactQuery, _: Option<DateTime>) -> Answer<FactReply> {
        let mut state = self.state();
        if let Some(known) = state.known.get(&question) {
            return known.clone();
        }
        state.missing.insert(question);
        Err(ProviderError::new("it has not answered yet"))
    }
}

/// Asks one of the host's synchronous sources.
pub(super) fn answer(host: &HostSources, question: &FactQuery, at: DateTime) -> Answer<FactReply> {
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
