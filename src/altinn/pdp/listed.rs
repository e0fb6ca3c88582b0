//! Listed rights → the same with the decision about each, so that no list says of a right that it
//! is there which the policies refuse.

use std::collections::HashMap;
use std::sync::Arc;

use super::rights::request;
use super::{Pdp, Ruling};
use crate::altinn::delegation::Right;
use crate::altinn::party::Party;
use crate::altinn::register::{Grantable, Holding, NotDelegable, Snapshot, WhoMay};
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::decision::Decision;
use crate::evaluate::Context;
use crate::request::Request;
use crate::response::Trouble;
use crate::value::DateTime;

/// The rights that somebody has for a party, as they are listed.
pub(in crate::altinn) struct ListedRights<'l> {
    pub(in crate::altinn) of: Arc<Party>,
    pub(in crate::altinn) held: &'l mut Vec<Holding>,
}

/// The policy's word on a right: the decision, and whether a delegation can give it.
type Word = (Decision, bool);

impl Pdp {
    /// Decides about the rights of lists, as of an instant and one version of the register. A holding
    /// of several rights becomes one for each decision. Rights to resources without a policy stay
    /// undecided.
    pub(in crate::altinn) fn decide_listed(
        &self,
        who: &Party,
        mut lists: Vec<ListedRights<'_>>,
        snapshot: &Snapshot,
        at: DateTime,
    ) -> Failures {
        let mut can_be_given = CanBeGiven::new(self, at);
        let mut requests: Vec<Request> = Vec::new();
        // Of each holding with a policy, whether its rights can be given.
        let mut asked: Vec<(usize, usize, Vec<bool>)> = Vec::new();
        for (list, listed) in lists.iter().enumerate() {
            for (place, held) in listed.held.iter().enumerate() {
                let Some((resource, instance, rights)) = held.what.as_rights() else {
                    continue;
                };
                let ask = |right| request(who, &listed.of, resource, instance, right);
                let of_rights: Option<Vec<Request>> = rights.iter().map(ask).collect();
                let of_rights = of_rights.filter(|_| can_be_given.has_policy(resource));
                if let Some(of_rights) = of_rights.filter(|_| held.decision.is_none()) {
                    let given = rights.iter();
                    let given = given.map(|right| can_be_given.check(resource, instance, right));
                    asked.push((list, place, given.collect()));
                    requests.extend(of_rights);
                }
            }
        }
        let mut failures = Failures::default();
        let mut decisions = self
            .decisions(&requests, snapshot, at, &mut failures)
            .into_iter();
        let mut words: HashMap<(usize, usize), Vec<Word>> = HashMap::new();
        for (list, place, given) in asked {
            let of_rights = given.into_iter();
            let of_rights = of_rights.filter_map(|given| Some((decisions.next()?, given)));
            words.insert((list, place), of_rights.collect());
        }
        for (list, listed) in lists.iter_mut().enumerate() {
            let held = std::mem::take(listed.held).into_iter().enumerate();
            let decided = held.flat_map(|(place, held)| match words.remove(&(list, place)) {
                Some(words) => decided(held, words),
                None => vec![held],
            });
            *listed.held = decided.collect();
        }
        failures
    }

    /// Lets listed roles of Altinn II end as they do in decisions, and leaves out those that have ended.
    pub(in crate::altinn) fn end_listed(&self, roles: &mut Vec<Holding>, at: DateTime) {
        Holding::end_roles(roles, &self.inner.catalogue, self.inner.transition, at);
    }

    fn decisions(
        &self,
        requests: &[Request],
        snapshot: &Snapshot,
        at: DateTime,
        failures: &mut Failures,
    ) -> Vec<Decision> {
        if self.asks_many() {
            let rulings = self.decide_all_at(requests, at).into_iter();
            return rulings
                .map(|ruling| {
                    failures.permits(&ruling);
                    ruling.decision()
                })
                .collect();
        }
        let sources = self.sources(Some(snapshot));
        let (mut session, mut context) = (self.inner.session(), Context::new());
        let decide = |request| {
            session.budget = self.inner.budget();
            let ruling = self.one(&mut session, &mut context, &sources, request, at, None);
            failures.permits(&ruling);
            ruling.decision()
        };
        requests.iter().map(decide).collect()
    }
}

/// Returns a holding with the words on its rights: one for each word, in the order of the rights.
fn decided(held: Holding, words: Vec<Word>) -> Vec<Holding> {
    let Some((resource, instance, rights)) = held.what.as_rights() else {
        return vec![held];
    };
    let mut by_word: Vec<(Word, Vec<Right>)> = Vec::new();
    for (right, word) in rights.iter().zip(words) {
        // There are eight words at most.
        match by_word.iter_mut().find(|(known, _)| *known == word) {
            Some((_, rights)) => rights.push(right.clone()),
            None => by_word.push((word, vec![right.clone()])),
        }
    }
    let each = by_word
        .into_iter()
        .map(|((decision, can_be_given), rights)| {
            let reason = (!can_be_given).then_some(NotDelegable::NotInPolicy);
            Holding {
                what: Grantable::Resource {
                    resource: resource.clone(),
                    instance: instance.cloned(),
                    rights,
                },
                decision: Some(decision),
                not_delegable: held.not_delegable.or(reason),
                ..held.clone()
            }
        });
    each.collect()
}

/// The rights that delegations can give by the policies, each looked up once.
struct CanBeGiven<'p> {
    pdp: &'p Pdp,
    at: DateTime,
    policies: HashMap<ResourceId, bool>,
    known: HashMap<(ResourceId, bool, Right), bool>,
}

impl<'p> CanBeGiven<'p> {
    fn new(pdp: &'p Pdp, at: DateTime) -> Self {
        Self {
            pdp,
            at,
            policies: HashMap::new(),
            known: HashMap::new(),
        }
    }

    /// Whether the resource has a policy. One that its source cannot supply now counts as there:
    /// then the decisions tell why not.
    fn has_policy(&mut self, resource: &ResourceId) -> bool {
        if let Some(known) = self.policies.get(resource) {
            return *known;
        }
        let has = !matches!(self.pdp.policy_of(resource), Ok(None));
        self.policies.insert(resource.clone(), has);
        has
    }

    fn check(
        &mut self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> bool {
        let key = (resource.clone(), instance.is_some(), right.clone());
        let (pdp, at) = (self.pdp, self.at);
        *self.known.entry(key).or_insert_with(|| {
            let may = pdp.who_may(at);
            may.can_be_delegated(resource, instance, right).is_ok()
        })
    }
}

/// The failures that decisions without a Permit met, each once.
#[derive(Default)]
pub(in crate::altinn) struct Failures(pub(in crate::altinn) Vec<Trouble>);

impl Failures {
    /// Whether a ruling is a Permit; the failures of another are kept.
    pub(in crate::altinn) fn permits(&mut self, ruling: &Ruling) -> bool {
        let permits = ruling.decision() == Decision::Permit;
        let met = &ruling.result.troubles;
        if !permits && !met.is_empty() {
            self.0 = Trouble::joined(self.0.iter().chain(met));
        }
        permits
    }
}
