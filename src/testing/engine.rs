//! A case → its decision, and what of it differs from what is expected.

use std::fmt;
use std::sync::OnceLock;

use super::case::Case;
use super::compare::{Ids, differences};
use super::given::Given;
use super::kind::{Decided, Decider};
use super::report::Failure;
use crate::analysis::Costs;
use crate::analysis::cover::Cover;
use crate::attribute::category;
use crate::decision::Decision;
use crate::error::cut;
use crate::pdp::{Call, Pdp};
use crate::value::{DateTime, Value};

/// The most sets of changes of which the report of a failure tells that they would be enough.
const MOST_ENOUGH: usize = 3;

/// The decision point of a test file.
pub(super) enum Engine {
    /// The policies, and the ids of their parts once a case differs.
    Policies { pdp: Pdp, ids: OnceLock<Ids> },
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
    /// The cover of no cases.
    pub(super) fn cover(&self) -> Option<Cover> {
        match self {
            Self::Policies { pdp, .. } => Some(pdp.cover([])),
            Self::Other { decider, .. } => decider.cover(),
        }
    }

    /// Remarks about the request of a case: attributes that are nearly those that policies read.
    pub(super) fn notes(&self, case: &Case) -> Vec<String> {
        match self {
            Self::Policies { pdp, .. } if case.is_whole => pdp.near_misses(&case.request),
            _ => Vec::new(),
        }
    }

    /// Decides a case, which is added to the cover; none if all is as expected.
    pub(super) fn run(&self, case: &Case, cover: Option<&mut Cover>) -> Option<Failure> {
        let decided = self.decide(case, cover);
        let ids = || match self {
            Self::Policies { pdp, ids } => Some(ids.get_or_init(|| Ids::of(pdp))),
            Self::Other { .. } => None,
        };
        let mut differences = differences(&case.expected, &decided, &ids);
        if let Some((given, enough)) = &case.enough
            && let Self::Policies { pdp, .. } = self
        {
            differences.extend(not_enough(pdp, case, (given, enough)));
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
                let at = case.instant.unwrap_or(*at);
                if let Some(cover) = cover
                    && let Some(own) = decider.cover_of(&case.request, at)
                {
                    cover.merge(own);
                }
                vec![decider.decide(&case.request, at)]
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
    let enough = analysis.enough_for_asker(Costs::default(), MOST_ENOUGH);
    let sets = enough.into_iter().flat_map(|enough| enough.sets);
    let sets = sets.filter(|set| !set.changes.is_empty());
    let told = sets.map(|set| {
        let changes = set.changes.iter().map(ToString::to_string);
        let rests = set.rests_on.iter().map(ToString::to_string);
        changes.chain(rests).collect::<Vec<_>>().join(" and ")
    });
    told.collect()
}

/// Tries what is said to be enough, in place of the request's own values: it is with all of the
/// attributes, and neither without one of them nor without one of the values that an attribute gains.
fn not_enough(pdp: &Pdp, case: &Case, (given, enough): (&Given, &Given)) -> Vec<String> {
    let decide = |without: Option<usize>, without_value: Option<(usize, &Value)>| {
        let mut given = given.clone();
        for (number, (name, instead)) in enough.attributes.iter().enumerate() {
            if without != Some(number) {
                let mut instead = instead.clone();
                if let Some((_, value)) = without_value.filter(|(of, _)| *of == number) {
                    instead.values.retain(|one| one != value);
                }
                given.attributes.insert(name.clone(), instead);
            }
        }
        call(pdp, case).decide(&given.request()).decision()
    };
    let with_all = decide(None, None);
    let mut differences = Vec::new();
    if with_all != Decision::Permit {
        differences.push(format!(
            "`enough` is not: with it the decision is {with_all}"
        ));
        return differences;
    }
    for (number, (name, instead)) in enough.attributes.iter().enumerate() {
        let id = cut(&name.id);
        if decide(Some(number), None) == Decision::Permit {
            differences.push(format!(
                "`enough` is more than that: without `{id}` the decision is Permit as well"
            ));
            continue;
        }
        // Another value in place of the only one is a change of its own.
        let own = given.attributes.get(name).map(|own| &own.values);
        let gained = instead.values.iter();
        let gained = gained.filter(|value| own.is_none_or(|own| !own.contains(value)));
        for value in gained.filter(|_| instead.values.len() > 1) {
            if decide(None, Some((number, value))) == Decision::Permit {
                differences.push(format!(
                    "`enough` is more than that: without `{}` in `{id}` the decision is Permit as well",
                    cut(&value.lexical())
                ));
            }
        }
    }
    differences
}
