//! A case → its decision, and what of it differs from what is expected.

use std::fmt;

use super::case::Case;
use super::expected::{Expected, ExpectedObligation};
use super::given::Given;
use super::kind::{Decided, Decider};
use super::names::ends_with;
use super::provided::Provided;
use super::report::Failure;
use crate::analysis::Costs;
use crate::analysis::cover::Cover;
use crate::attribute::category;
use crate::decision::{Decision, StatusCode};
use crate::error::{cut, last_part};
use crate::pdp::{Call, Pdp};
use crate::response::{Advice, AttributeAssignment, Obligation, ResponseResult, Status};
use crate::value::DateTime;

/// The most sets of changes of which the report of a failure tells that they would be enough.
const MOST_ENOUGH: usize = 3;

/// The decision point of a test file.
pub(super) enum Engine {
    /// The policies, and what the file provides.
    Policies { pdp: Pdp, provided: Provided },
    /// A decision point of another kind.
    Other {
        decider: Box<dyn Decider>,
        at: DateTime,
    },
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policies { pdp, .. } => f.debug_tuple("Policies").field(pdp).finish(),
            Self::Other { at, .. } => f.debug_tuple("Other").field(at).finish(),
        }
    }
}

impl Engine {
    /// The cover of no cases, of policies alone.
    pub(super) fn cover(&self) -> Option<Cover> {
        match self {
            Self::Policies { pdp, .. } => Some(pdp.cover([])),
            Self::Other { .. } => None,
        }
    }

    /// Decides a case, which is added to the cover; none if all is as expected.
    pub(super) fn run(&self, case: &Case, cover: Option<&mut Cover>) -> Option<Failure> {
        let decided = self.decide(case, cover);
        let mut differences = differences(&case.expected, &decided);
        if let Some((given, enough)) = &case.enough
            && let Self::Policies { pdp, provided } = self
        {
            differences.extend(not_enough(pdp, provided, case, (given, enough)));
        }
        if differences.is_empty() {
            return None;
        }
        let is_refused = case.expected.decisions.contains(&Decision::Permit)
            && decided
                .iter()
                .all(|one| one.result.decision != Decision::Permit);
        let mut failure = Failure {
            differences,
            enough: Vec::new(),
            explanation: String::new(),
        };
        match self {
            Self::Policies { pdp, .. } => {
                failure.explanation = explanation(pdp, case);
                if is_refused || case.enough.is_some() {
                    failure.enough = enough(pdp, case);
                }
            }
            Self::Other { .. } => {
                let explanations = decided.into_iter().map(|one| one.explanation);
                failure.explanation = explanations.collect::<Vec<_>>().join("\n");
            }
        }
        Some(failure)
    }

    /// Decides a case: one decision for each that its request asks for.
    fn decide(&self, case: &Case, mut cover: Option<&mut Cover>) -> Vec<Decided> {
        match self {
            Self::Policies { pdp, .. } => {
                let mut rules = Vec::new();
                let mut call = call(pdp, case).observe(|event| {
                    let behind = event.outcome.iter().flat_map(|outcome| outcome.rules());
                    let behind = behind.map(|rule| (rule.rule.to_owned(), rule.policy.to_owned()));
                    rules.push(behind.collect::<Vec<_>>());
                    if let Some(cover) = cover.as_deref_mut() {
                        event.cover(cover);
                    }
                });
                let response = call.decide(&case.request);
                drop(call);
                let is_combined = rules.len() != response.results.len();
                let mut rules = rules.into_iter();
                let results = response.results.into_iter();
                let decided = results.map(|result| Decided {
                    rules: match is_combined {
                        true => rules.by_ref().flatten().collect(),
                        false => rules.next().unwrap_or_default(),
                    },
                    ..Decided::new(result)
                });
                decided.collect()
            }
            Self::Other { decider, at } => {
                vec![decider.decide(&case.request, case.instant.unwrap_or(*at))]
            }
        }
    }
}

fn call<'p>(pdp: &'p Pdp, case: &Case) -> Call<'p> {
    match case.instant {
        Some(instant) => pdp.call().at(instant),
        None => pdp.call(),
    }
}

fn explanation(pdp: &Pdp, case: &Case) -> String {
    let mut explanations = Vec::new();
    let mut call = call(pdp, case).observe(|event| explanations.push(event.explain().to_string()));
    call.decide(&case.request);
    drop(call);
    explanations.join("\n")
}

/// Changes of the subject that would be enough for a Permit.
fn enough(pdp: &Pdp, case: &Case) -> Vec<String> {
    if case.request.is_multiple() {
        return Vec::new();
    }
    let mut analysis = pdp
        .analysis(&case.request)
        .open_category(category::ACCESS_SUBJECT);
    if let Some(instant) = case.instant {
        analysis = analysis.at(instant);
    }
    // Where there is no answer, the explanation says enough.
    let enough = analysis.enough(Costs::default(), MOST_ENOUGH);
    let sets = enough.into_iter().flat_map(|enough| enough.sets);
    let sets = sets.filter(|set| !set.changes.is_empty());
    let told = sets.map(|set| {
        let changes = set.changes.iter().map(ToString::to_string);
        let rests = set.rests_on.iter().map(ToString::to_string);
        changes.chain(rests).collect::<Vec<_>>().join(" and ")
    });
    told.collect()
}

/// Tries what is said to be enough: it is with all of the attributes, and not without one of them.
fn not_enough(
    pdp: &Pdp,
    provided: &Provided,
    case: &Case,
    (given, enough): (&Given, &Given),
) -> Vec<String> {
    let decide = |without: Option<usize>| {
        let mut given = given.clone();
        for (number, (name, added)) in enough.attributes.iter().enumerate() {
            if without == Some(number) {
                continue;
            }
            let own = given.attributes.entry(name.clone()).or_default();
            if own.values.is_empty() {
                // The provider is not asked for what the request has.
                let place = (&*name.category, &*name.id);
                let known = provided.values(place, name.issuer.as_deref(), &case.request);
                own.values.extend(known.unwrap_or_default());
            }
            for value in &added.values {
                if !own.values.contains(value) {
                    own.values.push(value.clone());
                }
            }
        }
        call(pdp, case).decide(&given.request()).decision()
    };
    let with_all = decide(None);
    let mut differences = Vec::new();
    if with_all != Decision::Permit {
        differences.push(format!(
            "`enough` is not: with it the decision is {with_all}"
        ));
        return differences;
    }
    for (number, name) in enough.attributes.keys().enumerate() {
        if decide(Some(number)) == Decision::Permit {
            let id = cut(&name.id);
            differences.push(format!(
                "`enough` is more than that: without `{id}` the decision is Permit as well"
            ));
        }
    }
    differences
}

fn differences(expected: &Expected, found: &[Decided]) -> Vec<String> {
    let mut differences = Vec::new();
    let decisions = found.iter().map(|one| one.result.decision.as_str());
    let decisions = decisions.collect::<Vec<_>>().join(", ");
    let wanted = expected.decisions.iter().map(|one| one.as_str());
    let wanted = wanted.collect::<Vec<_>>().join(", ");
    if decisions != wanted {
        differences.push(format!("decision: expected {wanted}, found {decisions}"));
    }
    for one in found {
        of_one(expected, one, &mut differences);
    }
    differences
}

fn of_one(expected: &Expected, found: &Decided, differences: &mut Vec<String>) {
    let result = &found.result;
    if let Some(wanted) = &expected.obligations {
        let of = result.obligations.iter().map(Fulfilled::of);
        fulfilled("obligation", wanted, &of.collect::<Vec<_>>(), differences);
    }
    if let Some(wanted) = &expected.advice {
        let of = result.advice.iter().map(Fulfilled::of_advice);
        fulfilled("advice", wanted, &of.collect::<Vec<_>>(), differences);
    }
    let rules: Vec<&str> = found.rules.iter().map(|(rule, _)| &**rule).collect();
    let policies: Vec<&str> = found.rules.iter().map(|(_, policy)| &**policy).collect();
    for (what, wanted, found) in [
        ("rule", &expected.rules, rules),
        ("policy", &expected.policies, policies),
    ] {
        for wanted in wanted {
            if !found.iter().any(|id| is_named(id, wanted)) {
                let found = quoted(found.iter().copied());
                let wanted = cut(wanted);
                differences.push(format!("{what}: expected `{wanted}`, found {found}"));
            }
        }
    }
    if let Some(wanted) = &expected.status {
        let ok = Status::ok();
        let status = result.status.as_ref().unwrap_or(&ok);
        let codes = || {
            let minor = status.minor_codes.iter().map(String::as_str);
            [StatusCode::uri(&status.code)].into_iter().chain(minor)
        };
        if !codes().any(|code| is_named(code, wanted)) {
            let found = quoted(codes().map(last_part));
            let wanted = cut(wanted);
            differences.push(format!("status: expected `{wanted}`, found {found}"));
        }
    }
    if let Some(wanted) = &expected.says {
        let message = message(result);
        if !message.contains(&**wanted) {
            let found = cut(message);
            let wanted = cut(wanted);
            differences.push(format!(
                "status message: expected something with `{wanted}`, found `{found}`"
            ));
        }
    }
    for (word, wanted) in &expected.tells {
        let told = found.told.iter().filter(|(known, _)| known == word);
        let told: Vec<&str> = told.map(|(_, text)| &**text).collect();
        if !told.iter().any(|text| text.contains(&**wanted)) {
            let found = quoted(told.into_iter());
            let wanted = cut(wanted);
            differences.push(format!(
                "{word}: expected something with `{wanted}`, found {found}"
            ));
        }
    }
}

fn message(result: &ResponseResult) -> &str {
    let message = result
        .status
        .as_ref()
        .and_then(|status| status.message.as_deref());
    message.unwrap_or_default()
}

/// Whether an identifier is called so: in full or by its last parts.
fn is_named(id: &str, name: &str) -> bool {
    id == name || ends_with(id, name)
}

fn quoted<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let quoted: Vec<String> = texts.map(|text| format!("`{}`", cut(text))).collect();
    match quoted.is_empty() {
        true => "none".to_owned(),
        false => quoted.join(", "),
    }
}

/// An obligation or advice of a result.
struct Fulfilled<'r> {
    id: &'r str,
    assignments: &'r [AttributeAssignment],
}

impl<'r> Fulfilled<'r> {
    fn of(obligation: &'r Obligation) -> Self {
        Self {
            id: &obligation.id,
            assignments: &obligation.assignments,
        }
    }

    fn of_advice(advice: &'r Advice) -> Self {
        Self {
            id: &advice.id,
            assignments: &advice.assignments,
        }
    }

    /// The values that an attribute is assigned.
    fn values(&self, name: &str) -> Vec<String> {
        let own = self.assignments.iter();
        let own = own.filter(|assignment| is_named(&assignment.id, name));
        own.map(|assignment| assignment.value.lexical()).collect()
    }

    /// The first attribute whose values differ from those expected, and its values.
    fn difference<'w>(&self, wanted: &'w ExpectedObligation) -> Option<(&'w str, Vec<String>)> {
        let values = wanted.values.iter().flatten();
        let mut differing = values.filter_map(|(name, texts)| {
            let mut found = self.values(name);
            let mut texts = texts.clone();
            found.sort();
            texts.sort();
            (found != texts).then_some((&**name, found))
        });
        differing.next()
    }
}

/// Compares obligations in any order: each that is expected with one that is found.
fn fulfilled(
    what: &str,
    wanted: &[ExpectedObligation],
    found: &[Fulfilled<'_>],
    differences: &mut Vec<String>,
) {
    let mut left: Vec<&Fulfilled<'_>> = found.iter().collect();
    for wanted in wanted {
        let named = || left.iter().filter(|one| is_named(one.id, &wanted.id));
        let same = left
            .iter()
            .position(|one| is_named(one.id, &wanted.id) && one.difference(wanted).is_none());
        if let Some(same) = same {
            left.remove(same);
            continue;
        }
        let id = cut(&wanted.id);
        match named().next().and_then(|one| one.difference(wanted)) {
            Some((name, values)) => {
                let found = quoted(values.iter().map(String::as_str));
                let texts = wanted.values.iter().flatten();
                let texts = texts.filter(|(known, _)| known == name);
                let texts = quoted(texts.flat_map(|(_, texts)| texts).map(String::as_str));
                let name = cut(name);
                differences.push(format!(
                    "{what} `{id}`: expected {texts} for `{name}`, found {found}"
                ));
                let at = left.iter().position(|one| is_named(one.id, &wanted.id));
                if let Some(at) = at {
                    left.remove(at);
                }
            }
            None => {
                let found = quoted(found.iter().map(|one| one.id));
                differences.push(format!("{what}: expected `{id}`, found {found}"));
            }
        }
    }
    for one in left {
        differences.push(format!("{what}: `{}` is not expected", cut(one.id)));
    }
}
