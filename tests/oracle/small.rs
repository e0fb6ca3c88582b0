//! Small policies over small domains: every answer about them against every request there is.

mod meets;
mod policies;

use std::collections::BTreeSet;

use vedtak::analysis::{
    Analysis, Answer, Costs, Idleness, Question, Requirement, Residual, ResidualPolicyError,
};
use vedtak::attribute::{Designator, category};
use vedtak::decision::ExtendedDecision;
use vedtak::response::{Advice, Obligation};
use vedtak::value::{DataType, Value};
use vedtak::{Context, Decision, Pdp, Request};

use crate::choices::Noise;
use crate::searched;
use crate::searched::Searched;

use meets::{are_met, check_words, distance, is_answer, items, meets, only, told, with};
use policies::{Dice, head, policy, rule, rules};

/// Each policy is asked all requests, some two hundred.
const POLICIES: u64 = 80;

#[test]
fn answers_hold_for_every_request() {
    let cases = crate::setting("VEDTAK_SMALL_POLICIES").unwrap_or(POLICIES);
    let seed = crate::setting("VEDTAK_ORACLE_SEED").unwrap_or(1);
    let requests = requests();
    let mut seen = Seen::default();
    for number in 0..cases {
        let mut dice = Dice(Noise(
            seed.wrapping_mul(0x1_0000_0001).wrapping_add(number << 16),
        ));
        let rules = rules(&mut dice);
        let head = head(&mut dice);
        let text = policy(&head, &rules);
        let pdp = Pdp::from_xml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let is_single = dice.roll(2) == 0;
        let check = Check {
            pdp: &pdp,
            text: &text,
            requests: &requests,
            is_single,
        };
        check.residual(&mut seen);
        check.attributes(&mut dice, &mut seen);
        check.permitted(&mut seen);
        check.alternatives(&mut seen);
        searched::check(&pdp, &text, &mut seen.searched);
        check.enough(&mut dice, &mut seen);
        let mut changed = rules.clone();
        let place = dice.roll(changed.len());
        changed[place] = rule(&mut dice, place);
        check.difference(&policy(&head, &changed), &mut seen);
        check.idle_rules(&head, &rules, &mut seen);
    }
    println!("{seen:?}");
    assert!(
        seen.sets > cases / 2 && seen.changes > cases / 2 && seen.idle > cases / 20,
        "{seen:?}"
    );
    assert!(seen.policies > cases / 3, "{seen:?}");
    assert!(
        seen.always > 0 && seen.sometimes > 0 && seen.never > 0 && seen.classes > 0,
        "{seen:?}"
    );
    assert!(
        seen.unread > cases && seen.assigned > 0 && seen.told > cases && seen.failures > 0,
        "{seen:?}"
    );
    let Searched {
        results,
        finite,
        not_finite,
    } = seen.searched;
    assert!(results > 0 && finite > 0 && not_finite > 0, "{seen:?}");
}

#[derive(Debug, Default)]
struct Seen {
    sets: u64,
    classes: u64,
    changes: u64,
    idle: u64,
    policies: u64,
    always: u64,
    sometimes: u64,
    never: u64,
    /// Attributes that made no difference, and that obligations alone read.
    unread: u64,
    assigned: u64,
    /// Requests with several values or none that a class in words has.
    told: u64,
    /// Permits that rest on the failure of a rule.
    failures: u64,
    searched: Searched,
}

const NAMES: [&str; 3] = ["role", "action", "level"];

fn attribute(name: &str) -> Designator {
    match name {
        "role" => Designator::new(category::ACCESS_SUBJECT, "role", DataType::String),
        "action" => Designator::new(category::ACTION, "action", DataType::String),
        _ => Designator::new(category::ENVIRONMENT, "level", DataType::Integer),
    }
}

/// Every request of the domain.
fn requests() -> Vec<Request> {
    let roles: [&[&str]; 12] = [
        &[],
        &["a"],
        &["b"],
        &["A"],
        &["other"],
        &["a", "b"],
        &["a", "A"],
        &["a", "a"],
        &["b", "other"],
        &["other", "other"],
        &["A", "other"],
        &["a", "b", "other"],
    ];
    let actions: [&[&str]; 6] = [&[], &["r"], &["w"], &["x"], &["R"], &["r", "w"]];
    let levels: [&[i64]; 6] = [&[], &[0], &[1], &[2], &[5], &[0, 3]];
    let mut all = Vec::new();
    for roles in roles {
        for actions in actions {
            for levels in levels {
                let mut builder = Request::builder();
                for role in roles {
                    builder = builder.attribute(category::ACCESS_SUBJECT, "role", *role);
                }
                for action in actions {
                    builder = builder.attribute(category::ACTION, "action", *action);
                }
                for level in levels {
                    builder = builder.attribute(category::ENVIRONMENT, "level", *level);
                }
                all.push(builder.build());
            }
        }
    }
    all
}

/// The ids of the obligations and the advice of a decision.
fn duties(pdp: &Pdp, request: &Request) -> [Vec<String>; 2] {
    let response = pdp.decide(request);
    let result = &response.results[0];
    let obligations = result.obligations.iter().map(|one| one.id.to_string());
    let advice = result.advice.iter().map(|one| one.id.to_string());
    let (mut obligations, mut advice): (Vec<_>, Vec<_>) = (obligations.collect(), advice.collect());
    obligations.sort_unstable();
    advice.sort_unstable();
    [obligations, advice]
}

/// The decision of a request with all that comes with it.
fn obliged(pdp: &Pdp, request: &Request) -> (Decision, Vec<Obligation>, Vec<Advice>) {
    let mut response = pdp.decide(request);
    let result = response.results.remove(0);
    (result.decision, result.obligations, result.advice)
}

struct Check<'c> {
    pdp: &'c Pdp,
    text: &'c str,
    requests: &'c [Request],
    /// The action is declared to have one value at most.
    is_single: bool,
}

fn has_one(request: &Request) -> bool {
    request.values(category::ACTION, "action").count() < 2
}

fn decided(pdp: &Pdp, request: &Request) -> ExtendedDecision {
    let mut context = Context::new();
    pdp.decide_with(&mut context, request).extended_decision()
}

impl Check<'_> {
    fn analysis<'p>(&self, pdp: &'p Pdp, request: &'p Request) -> Analysis<'p> {
        let is_single = self.is_single;
        let analysis = pdp.analysis(request).open(|_| true);
        analysis.single_valued(move |attribute| is_single && &*attribute.id == "action")
    }

    /// The requests that the declarations allow.
    fn allowed(&self) -> impl Iterator<Item = &Request> {
        let requests = self.requests.iter();
        requests.filter(|request| !self.is_single || has_one(request))
    }

    fn residual(&self, seen: &mut Seen) {
        let nothing = Request::default();
        let residual = self
            .analysis(self.pdp, &nothing)
            .residual()
            .expect("is small");
        for request in self.allowed() {
            let decided = decided(self.pdp, request);
            if let Some(followed) = residual.decide(request) {
                assert_eq!(
                    followed, decided,
                    "{}\n{request:?}\n{residual:#?}",
                    self.text
                );
            }
            // What is known earlier makes no difference.
            let known = residual.given(request, |attribute| &*attribute.id == "role");
            if let Some(followed) = known.decide(request) {
                assert_eq!(followed, decided, "{}\n{request:?}\n{known:#?}", self.text);
            }
        }
        self.residual_as_policy(&residual, seen);
        self.residual_as_json(&residual);
    }

    /// The residual as a policy decides as the policies do, with their obligations.
    fn residual_as_policy(&self, residual: &Residual, seen: &mut Seen) {
        let policy = match residual.to_policy("rest", 100_000) {
            Ok(policy) => policy,
            Err(ResidualPolicyError::Whole { .. } | ResidualPolicyError::Assignments(_)) => return,
            Err(error) => panic!("{error}\n{}", self.text),
        };
        let shown = || format!("{}\n{}", self.text, policy.to_xml());
        let rest = Pdp::builder().document(policy.clone()).build();
        let rest = rest.unwrap_or_else(|error| panic!("{error}\n{}", shown()));
        seen.policies += 1;
        for request in self.allowed() {
            let told = decided(&rest, request);
            assert_eq!(told, decided(self.pdp, request), "{request:?}\n{}", shown());
            let duties = [self.pdp, &rest].map(|pdp| duties(pdp, request));
            assert_eq!(duties[0], duties[1], "{request:?}\n{}", shown());
        }
    }

    /// Whoever follows the residual as JSON comes to the decision.
    fn residual_as_json(&self, residual: &Residual) {
        let json: serde_json::Value = serde_json::from_str(&residual.to_json()).expect("is JSON");
        let nodes = json["Nodes"].as_array().expect("is an array");
        assert_eq!(nodes.len(), residual.size());
        for request in self.allowed() {
            let mut node = nodes.last().expect("is there");
            let followed = loop {
                let Some(otherwise) = node["Otherwise"].as_u64() else {
                    break Some(node["Decision"].as_str().expect("is an end"));
                };
                let answers = node["Answers"].as_array().expect("is an array").iter();
                let mut to = otherwise;
                let mut is_known = true;
                for answer in answers {
                    match is_answer(&node["Question"], answer, request) {
                        Some(true) => to = answer["To"].as_u64().expect("is a place"),
                        Some(false) => {}
                        None => is_known = false,
                    }
                }
                if !is_known {
                    break None;
                }
                node = &nodes[to as usize];
            };
            let decided = match decided(self.pdp, request) {
                ExtendedDecision::IndeterminateP => "Indeterminate{P}",
                ExtendedDecision::IndeterminateD => "Indeterminate{D}",
                ExtendedDecision::IndeterminateDP => "Indeterminate{DP}",
                ExtendedDecision::Permit => "Permit",
                ExtendedDecision::Deny => "Deny",
                ExtendedDecision::NotApplicable => "NotApplicable",
            };
            if let Some(followed) = followed {
                assert_eq!(followed, decided, "{request:?}\n{json:#}\n{}", self.text);
            }
        }
    }

    /// What is not among the attributes makes no difference to the decision and its obligations.
    fn attributes(&self, dice: &mut Dice, seen: &mut Seen) {
        for name in NAMES {
            let request = &self.requests[dice.roll(self.requests.len())];
            let is_known = |of: &Designator| *of.id == *name;
            if self.is_single && !has_one(request) {
                continue;
            }
            let residual = self.analysis(self.pdp, request).residual();
            let given = residual.expect("is small").given(request, is_known);
            let analysis = self.pdp.analysis(request).open(|of| !is_known(of));
            let is_single = self.is_single;
            let analysis = analysis.single_valued(move |of| is_single && &*of.id == "action");
            for residual in [analysis.residual().expect("is small"), given] {
                let (read, decides) = (residual.attributes(), residual.decided_by());
                assert!(!read.iter().any(is_known), "{}", self.text);
                seen.unread += 2_u64.saturating_sub(read.len() as u64);
                seen.assigned += (read.len() - decides.len()) as u64;
                let is_same = |other: &&Request| {
                    let known = attribute(name);
                    let values = |of: &Request| -> Vec<Value> {
                        of.values(&known.category, name).cloned().collect()
                    };
                    values(other) == values(request)
                };
                for other in self.allowed().filter(is_same) {
                    let only =
                        |kept: &[Designator]| only(other, |of| is_known(of) || kept.contains(of));
                    let told = || format!("{read:?}\n{}\n{}", other.to_xml(), self.text);
                    let all = obliged(self.pdp, other);
                    assert_eq!(obliged(self.pdp, &only(&read)), all, "{}", told());
                    let decision = obliged(self.pdp, &only(&decides)).0;
                    assert_eq!(decision, all.0, "{}", told());
                }
            }
        }
    }

    /// Whether a Permit rests on the failure of a rule that would deny.
    fn rests_on_failure(&self, request: &Request) -> bool {
        let permits_unless = "3.0:rule-combining-algorithm:permit-unless-deny";
        if !self.text.contains(permits_unless) {
            return false;
        }
        let heeding = "3.0:rule-combining-algorithm:deny-overrides";
        let heeding = Pdp::from_xml(self.text.replace(permits_unless, heeding));
        let heeded = decided(&heeding.expect("is a policy"), request);
        use ExtendedDecision::{IndeterminateD, IndeterminateDP};
        self.pdp.decide(request).decision() == Decision::Permit
            && [IndeterminateD, IndeterminateDP].contains(&heeded)
    }

    fn permitted(&self, seen: &mut Seen) {
        let nothing = Request::default();
        let residual = self
            .analysis(self.pdp, &nothing)
            .residual()
            .expect("is small");
        let permitted = residual
            .permitted(&attribute("action"), 1_000_000)
            .expect("is small");
        seen.always += permitted.always.len() as u64;
        seen.sometimes += permitted.sometimes.len() as u64;
        seen.never += permitted.never.len() as u64;
        let named = |action: &str| {
            let is = |answer: &Answer| {
                *answer == Answer::Value(action.into())
                    || matches!(answer, Answer::ValueIgnoringCase(value)
                        if value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(action)))
            };
            let any = |answer: &Answer| matches!(answer, Answer::Between(_));
            let sometimes: Vec<Answer> = permitted
                .sometimes
                .iter()
                .map(|(answer, _)| answer.clone())
                .collect();
            let all = [&permitted.always, &sometimes, &permitted.never];
            let found = all.iter().position(|answers| answers.iter().any(is));
            found.or_else(|| all.iter().position(|answers| answers.iter().any(any)))
        };
        for action in ["r", "w", "x"] {
            let of_action = self.requests.iter().filter(|request| {
                let values: Vec<&Value> = request.values(category::ACTION, "action").collect();
                values == [&Value::from(action)]
            });
            let permits: Vec<bool> = of_action
                .map(|request| decided(self.pdp, request) == ExtendedDecision::Permit)
                .collect();
            let (all, some) = (permits.iter().all(|p| *p), permits.iter().any(|p| *p));
            match named(action) {
                Some(0) => assert!(all, "{action} is not always permitted\n{}", self.text),
                Some(1) => {}
                _ => assert!(!some, "{action} is permitted sometimes\n{}", self.text),
            }
        }
    }

    /// The classes are all requests that get a decision, and no others.
    fn alternatives(&self, seen: &mut Seen) {
        let nothing = Request::default();
        let residual = self.analysis(self.pdp, &nothing).residual();
        let residual = residual.expect("is small");
        for decision in [Decision::Permit, Decision::Deny] {
            let classes = residual.alternatives(decision, usize::MAX, 1_000_000);
            let classes = classes.expect("is small");
            for request in self.allowed() {
                let met: Vec<Option<bool>> = classes
                    .iter()
                    .map(|class| are_met(class, request))
                    .collect();
                for (class, _) in classes
                    .iter()
                    .zip(&met)
                    .filter(|(_, met)| **met == Some(true))
                {
                    for requirement in class {
                        seen.told += u64::from(check_words(requirement, request));
                    }
                }
                let is = match met.contains(&Some(true)) {
                    true => true,
                    false if met.contains(&None) => continue,
                    false => false,
                };
                seen.classes += 1;
                let decided = self.pdp.decide(request).decision();
                assert_eq!(
                    decided == decision,
                    is,
                    "{decision}\n{}\n{}\n{classes:#?}",
                    self.text,
                    request.to_xml()
                );
            }
        }
    }

    fn enough(&self, dice: &mut Dice, seen: &mut Seen) {
        for _ in 0..6 {
            let request = &self.requests[dice.roll(self.requests.len())];
            if self.is_single && !has_one(request) {
                continue;
            }
            let analysis = self.analysis(self.pdp, request);
            let enough = analysis.enough(Costs::default(), 20).expect("is small");
            assert_eq!(enough.decision, self.pdp.decide(request).decision());
            let certain = enough.sets.iter().filter(|set| set.rests_on.is_empty());
            for set in certain.clone() {
                seen.sets += 1;
                let subsets = 1_u32 << items(&set.changes).len();
                for subset in 0..subsets {
                    let changed = with(request, &set.changes, subset);
                    if self.is_single && !has_one(&changed) {
                        continue;
                    }
                    let permits = self.pdp.decide(&changed).decision() == Decision::Permit;
                    let is_changed = subset > 0;
                    let permits = permits && !(is_changed && self.rests_on_failure(&changed));
                    assert_eq!(
                        permits,
                        subset == subsets - 1,
                        "{}\n{}\n{}{}",
                        self.text,
                        request.to_xml(),
                        told(&enough.sets),
                        changed.to_xml()
                    );
                }
            }
            // A Permit of the domain that costs less than the first set was not found.
            let cheapest = certain.clone().map(|set| set.cost).min();
            let rests =
                !enough.is_complete || enough.sets.iter().any(|set| !set.rests_on.is_empty());
            for other in self.allowed() {
                if rests || self.pdp.decide(other).decision() != Decision::Permit {
                    continue;
                }
                let cost = distance(request, other);
                let is_found = cheapest.is_some_and(|cheapest| cheapest <= cost);
                if !is_found && self.rests_on_failure(other) {
                    seen.failures += 1;
                    continue;
                }
                assert!(
                    is_found,
                    "{}\n{request:?}\nis nearer: {other:?} costs {cost}\n{enough:#?}",
                    self.text
                );
            }
        }
    }

    fn difference(&self, changed: &str, seen: &mut Seen) {
        let after = Pdp::from_xml(changed).unwrap_or_else(|error| panic!("{error}\n{changed}"));
        let nothing = Request::default();
        let before = self.analysis(self.pdp, &nothing);
        let difference = before.difference(&self.analysis(&after, &nothing), 100_000);
        let difference = difference.expect("is small");
        assert!(difference.is_complete);
        seen.changes += difference.changes.len() as u64;
        let show = || {
            let changes = difference
                .changes
                .iter()
                .map(|change| format!("{change}\n"));
            format!("{}\n{changed}\n{}", self.text, changes.collect::<String>())
        };
        for change in &difference.changes {
            let Some(witness) = &change.witness else {
                let is_whole = |of: &Requirement| {
                    matches!(
                        of.question,
                        Question::Whole { .. } | Question::HasPassing(..)
                    )
                };
                assert!(
                    change.requirements.iter().any(is_whole),
                    "no witness\n{change:#?}{}",
                    show()
                );
                continue;
            };
            let decisions = [self.pdp, &after].map(|pdp| pdp.decide(witness).decision());
            assert_eq!(
                decisions,
                [change.before.decision, change.after.decision],
                "{}",
                show()
            );
            assert_ne!(
                meets(change, witness),
                Some(false),
                "{change:#?}\n{}",
                show()
            );
        }
        for request in self.allowed() {
            let [first, second] = [self.pdp, &after].map(|pdp| pdp.decide(request));
            let differs = first.decision() != second.decision();
            let met = difference
                .changes
                .iter()
                .map(|change| (change, meets(change, request)));
            let met: Vec<_> = met.filter(|(_, met)| *met != Some(false)).collect();
            let is_uncertain = met.iter().any(|(_, met)| met.is_none());
            if differs && !is_uncertain {
                let decisions = (first.decision(), second.decision());
                assert!(
                    !met.is_empty(),
                    "{decisions:?} {}\n{}",
                    request.to_xml(),
                    show()
                );
            }
            for (change, met) in met {
                if met == Some(true) {
                    for requirement in &change.requirements {
                        seen.told += u64::from(check_words(requirement, request));
                    }
                    let decisions = [first.decision(), second.decision()];
                    let told = [change.before.decision, change.after.decision];
                    assert_eq!(decisions, told, "{request:?}\n{}", show());
                }
            }
        }
    }

    fn idle_rules(&self, head: &(String, String), rules: &[String], seen: &mut Seen) {
        let nothing = Request::default();
        let idle = self
            .analysis(self.pdp, &nothing)
            .idle_rules()
            .expect("is small");
        assert!(idle.left_out.is_empty());
        for found in &idle.rules {
            seen.idle += 1;
            let place = rules
                .iter()
                .position(|rule| rule.contains(&format!("'{}'", found.rule)));
            let mut fewer = rules.to_vec();
            fewer.remove(place.expect("is one of them"));
            let without = Pdp::from_xml(policy(head, &fewer)).expect("is a policy");
            for request in self.allowed() {
                let mut contexts = [Context::new(), Context::new()];
                let [first, second] = &mut contexts;
                let with = self.pdp.decide_with(first, request);
                let outcome = without.decide_with(second, request);
                assert_eq!(
                    with.decision(),
                    outcome.decision(),
                    "{found:?}\n{}",
                    self.text
                );
                let decides = with.rules().any(|rule| *rule.rule == *found.rule);
                assert!(
                    !decides || found.why == Idleness::Redundant,
                    "{found:?} decides {request:?}\n{}",
                    self.text
                );
            }
        }
    }
}

/// Every attribute is in the domain.
#[test]
fn the_domain_has_every_class() {
    let levels: BTreeSet<usize> = requests()
        .iter()
        .map(|request| request.values(category::ENVIRONMENT, "level").count())
        .collect();
    assert_eq!(levels, BTreeSet::from([0, 1, 2]));
}
