//! Listed rights → the same with the decision about each, so that no list says of a right that it
//! is there which the policies refuse.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::rights::{WhoMayByPolicy, request};
use super::{Pdp, Ruling};
use crate::altinn::delegation::Right;
use crate::altinn::party::Party;
use crate::altinn::register::{Grantable, Holding, NotDelegable, Snapshot, Source, WhoMay};
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

/// The policy's word on a right.
#[derive(Clone, PartialEq)]
struct Word {
    decision: Decision,
    /// Whether a delegation can give it.
    can_be_given: bool,
    /// The rights in which alone it has effect; empty if that is so wherever the policy has it.
    only: Vec<Right>,
}

/// A listed right that is decided about.
struct AskedRight {
    /// The numbers of its list and of its holding.
    place: (usize, usize),
    right: Right,
    /// The number of its request: lists may have one right by many records.
    request: usize,
    word: Word,
    troubles: Vec<Trouble>,
    /// The requests for those that it covers, by number, with the rights.
    parts: Vec<(usize, Right)>,
}

impl Pdp {
    /// Decides about the rights of lists, as of an instant and one version of the register. A holding
    /// of several rights becomes one for each decision. Rights to resources without a policy stay
    /// undecided.
    ///
    /// A delegated right has effect if any request that it covers is permitted: one to a whole app in
    /// some of its tasks, and one to an instance also in a task that the instance is not in.
    pub(in crate::altinn) fn decide_listed(
        &self,
        who: &Party,
        mut lists: Vec<ListedRights<'_>>,
        snapshot: &Snapshot,
        at: DateTime,
    ) -> Failures {
        let may = self.who_may(at);
        let (mut asked, requests) = self.asked_of(who, &lists, &may);
        let decided = self.decisions(requests.iter(), snapshot, at);
        for asked in &mut asked {
            let (decision, troubles) = &decided[asked.request];
            asked.word.decision = *decision;
            asked.troubles = troubles.clone();
        }
        self.decide_parts(who, &lists, &mut asked, (&may, snapshot, at));
        let failed = asked.iter().flat_map(|asked| &asked.troubles);
        let failures = Failures(Trouble::joined(failed));
        let mut words: HashMap<(usize, usize), Vec<Word>> = HashMap::new();
        for asked in asked {
            words.entry(asked.place).or_default().push(asked.word);
        }
        for (list, listed) in lists.iter_mut().enumerate() {
            let held = std::mem::take(listed.held).into_iter().enumerate();
            let decided = held.flat_map(|(place, held)| match words.remove(&(list, place)) {
                Some(words) => with_words(held, words),
                None => vec![held],
            });
            *listed.held = decided.collect();
        }
        failures
    }

    /// Returns the rights to decide about, those of holdings with a policy, and the requests for them, each
    /// once.
    fn asked_of(
        &self,
        who: &Party,
        lists: &[ListedRights<'_>],
        may: &WhoMayByPolicy,
    ) -> (Vec<AskedRight>, Vec<Request>) {
        let mut policies: HashMap<ResourceId, bool> = HashMap::new();
        // One that its source cannot supply now counts as there: then the decisions tell why not.
        let mut has_policy = |resource: &ResourceId| match policies.get(resource) {
            Some(known) => *known,
            None => {
                let has = !matches!(self.policy_of(resource), Ok(None));
                policies.insert(resource.clone(), has);
                has
            }
        };
        let (mut asked, mut requests) = (Vec::new(), Vec::new());
        let mut numbers: HashMap<(usize, &ResourceId, Option<&InstanceId>, &Right), usize> =
            HashMap::new();
        for (list, listed) in lists.iter().enumerate() {
            for (place, held) in listed.held.iter().enumerate() {
                let Some((resource, instance, rights)) = held.what.as_rights() else {
                    continue;
                };
                if held.decision.is_some() || !has_policy(resource) {
                    continue;
                }
                for right in rights {
                    let number = match numbers.entry((list, resource, instance, right)) {
                        Entry::Occupied(known) => *known.get(),
                        Entry::Vacant(new) => {
                            // A party without a key is asked about in none of its rights.
                            let Some(request) = request(who, &listed.of, resource, instance, right)
                            else {
                                break;
                            };
                            requests.push(request);
                            *new.insert(requests.len() - 1)
                        }
                    };
                    asked.push(AskedRight {
                        place: (list, place),
                        right: right.clone(),
                        request: number,
                        word: Word {
                            decision: Decision::Indeterminate,
                            can_be_given: !may
                                .opened(&listed.of, resource, instance, right)
                                .is_empty(),
                            only: Vec::new(),
                        },
                        troubles: Vec::new(),
                        parts: Vec::new(),
                    });
                }
            }
        }
        (asked, requests)
    }

    /// Decides about the parts that delegated rights cover which are not permitted as they stand.
    fn decide_parts(
        &self,
        who: &Party,
        lists: &[ListedRights<'_>],
        asked: &mut [AskedRight],
        (may, snapshot, at): (&WhoMayByPolicy, &Snapshot, DateTime),
    ) {
        let mut requests: Vec<Request> = Vec::new();
        let mut parts_of: HashMap<usize, Vec<(usize, Right)>> = HashMap::new();
        for asked in &mut *asked {
            let listed = &lists[asked.place.0];
            let held = &listed.held[asked.place.1];
            let Some((resource, instance, _)) = held.what.as_rights() else {
                continue;
            };
            let is_delegated = matches!(held.source, Source::Direct(_));
            if asked.word.decision == Decision::Permit || !is_delegated {
                continue;
            }
            let right = &asked.right;
            let parts = parts_of.entry(asked.request).or_insert_with(|| {
                let mut parts = may.covered(resource, instance, right);
                // The right itself is decided about, but for an instance as it is now.
                parts.retain(|part| part != right || instance.is_some() && !right.part.is_empty());
                let parts = parts.into_iter().filter_map(|part| {
                    let request = request(who, &listed.of, resource, instance, &part)?;
                    requests.push(request);
                    Some((requests.len() - 1, part))
                });
                parts.collect()
            });
            asked.parts.clone_from(parts);
        }
        if requests.is_empty() {
            return;
        }
        let pdp = self.in_any_state(Some(snapshot));
        let decided = pdp.decisions(requests.iter(), snapshot, at);
        for asked in asked.iter_mut().filter(|asked| !asked.parts.is_empty()) {
            let parts = std::mem::take(&mut asked.parts);
            let all = parts.len();
            let permitted = parts.into_iter().filter_map(|(number, part)| {
                let (decision, troubles) = &decided[number];
                if *decision == Decision::Permit {
                    return Some(part);
                }
                asked.troubles.extend(troubles.iter().cloned());
                None
            });
            let permitted: Vec<Right> = permitted.collect();
            if permitted.is_empty() {
                continue;
            }
            asked.troubles.clear();
            asked.word.decision = Decision::Permit;
            if permitted.len() < all {
                asked.word.only = permitted;
            }
        }
    }

    /// Says of listed rights that somebody has for her own use only why she may not give them on, as
    /// [`WhoMay::own_use`] does of each.
    pub(in crate::altinn) fn tell_own_use(
        &self,
        (who, of): (&Party, &Party),
        held: &mut Vec<Holding>,
        (snapshot, at): (&Snapshot, DateTime),
    ) {
        let may = self.who_may(at);
        let is_asked =
            |held: &Holding| held.decision == Some(Decision::Permit) && held.may_be_delegated();
        let mut numbers: HashMap<(ResourceId, Option<InstanceId>, Right), usize> = HashMap::new();
        let (mut reasons, mut asked, mut requests) = (Vec::new(), Vec::new(), Vec::new());
        for held in held.iter().filter(|held| is_asked(held)) {
            let Some((resource, instance, rights)) = held.what.as_rights() else {
                continue;
            };
            for right in rights {
                let key = (resource.clone(), instance.cloned(), right.clone());
                let Entry::Vacant(new) = numbers.entry(key) else {
                    continue;
                };
                let number = *new.insert(reasons.len());
                let Ok(parts) = may.parts(resource, instance, right) else {
                    reasons.push(Some(NotDelegable::NotInEachPart));
                    continue;
                };
                reasons.push(None);
                for part in &parts {
                    if let Some(request) = request(who, of, resource, instance, part) {
                        asked.push(number);
                        requests.push(request);
                    }
                }
            }
        }
        let pdp = self.in_any_state(Some(snapshot));
        let of_agents = pdp.without_agents().and_then(|pdp| {
            let without = pdp.register()?.snapshot();
            Some((pdp, without, NotDelegable::AsAgent))
        });
        let all = (pdp, snapshot.clone(), NotDelegable::NotInEachPart);
        for (pdp, snapshot, reason) in std::iter::once(all).chain(of_agents) {
            let decided = pdp.decisions(requests.iter(), &snapshot, at);
            for (number, (decision, _)) in asked.iter().zip(decided) {
                if decision != Decision::Permit && reasons[*number].is_none() {
                    reasons[*number] = Some(reason);
                }
            }
        }
        let told = std::mem::take(held).into_iter().flat_map(|held| {
            let rights = held.what.as_rights().filter(|_| is_asked(&held));
            let Some((resource, instance, rights)) = rights else {
                return vec![held];
            };
            let mut by_reason: Vec<(Option<NotDelegable>, Vec<Right>)> = Vec::new();
            for right in rights {
                let key = (resource.clone(), instance.cloned(), right.clone());
                let reason = numbers.get(&key).and_then(|number| reasons[*number]);
                match by_reason.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, rights)) => rights.push(right.clone()),
                    None => by_reason.push((reason, vec![right.clone()])),
                }
            }
            let each = by_reason
                .into_iter()
                .map(|(not_delegable, rights)| Holding {
                    what: Grantable::Resource {
                        resource: resource.clone(),
                        instance: instance.cloned(),
                        rights,
                    },
                    not_delegable,
                    ..held.clone()
                });
            each.collect()
        });
        *held = told.collect();
    }

    /// Lets listed roles of Altinn II end as they do in decisions, and leaves out those that have ended.
    pub(in crate::altinn) fn end_listed(&self, roles: &mut Vec<Holding>, at: DateTime) {
        Holding::end_roles(roles, &self.inner.catalogue, self.inner.transition, at);
    }

    /// Decides about requests: returns each decision, with the failures if it is no Permit.
    pub(in crate::altinn) fn decisions<'r>(
        &self,
        requests: impl Iterator<Item = &'r Request>,
        snapshot: &Snapshot,
        at: DateTime,
    ) -> Vec<(Decision, Vec<Trouble>)> {
        let told = |ruling: Ruling| {
            let mut failures = Failures::default();
            failures.permits(&ruling);
            (ruling.decision(), failures.0)
        };
        if self.asks_many() {
            let requests: Vec<Request> = requests.cloned().collect();
            let rulings = self.decide_all_at(&requests, at);
            return rulings.into_iter().map(told).collect();
        }
        let sources = self.sources(Some(snapshot));
        let (mut session, mut context) = (self.inner.session(), Context::new());
        let decide = |request| {
            session.budget = self.inner.budget();
            told(self.one(&mut session, &mut context, &sources, request, at, None))
        };
        requests.map(decide).collect()
    }
}

/// Returns a holding with the words on its rights: one for each word, in the order of the rights.
fn with_words(held: Holding, words: Vec<Word>) -> Vec<Holding> {
    let Some((resource, instance, rights)) = held.what.as_rights() else {
        return vec![held];
    };
    let mut by_word: Vec<(Word, Vec<Right>)> = Vec::new();
    let mut partly: Vec<(Word, Vec<Right>)> = Vec::new();
    for (right, word) in rights.iter().zip(words) {
        if !word.only.is_empty() {
            partly.push((word, vec![right.clone()]));
            continue;
        }
        // There are eight such words at most.
        match by_word.iter_mut().find(|(known, _)| *known == word) {
            Some((_, rights)) => rights.push(right.clone()),
            None => by_word.push((word, vec![right.clone()])),
        }
    }
    let each = by_word.into_iter().chain(partly).map(|(word, rights)| {
        let reason = (!word.can_be_given).then_some(NotDelegable::NotInPolicy);
        Holding {
            what: Grantable::Resource {
                resource: resource.clone(),
                instance: instance.cloned(),
                rights,
            },
            decision: Some(word.decision),
            only_as: word.only,
            not_delegable: held.not_delegable.or(reason),
            ..held.clone()
        }
    });
    each.collect()
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
