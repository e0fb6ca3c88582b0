//! What a search finds without candidates, against a decision of each action.

use vedtak::analysis::{Answer, Between, Permitted};
use vedtak::authzen::{Entity, Mapping, Obligations, Property, Search, SearchAnswer};
use vedtak::authzen::{Page, SearchQuestion, UnmappedProperties};
use vedtak::value::Value;
use vedtak::{Pdp, SearchOutcome};

/// The last stands for all that no policy names.
const ACTIONS: [&str; 3] = ["r", "w", "x"];

#[derive(Debug, Default)]
pub(crate) struct Searched {
    pub(crate) results: usize,
    pub(crate) finite: usize,
    pub(crate) not_finite: usize,
}

/// A subject has a role alone, and the context a level.
fn mapping() -> Mapping {
    let mut mapping = Mapping::by_name();
    mapping.subject.kind = None;
    mapping.subject.id = Some("role".into());
    mapping.resource.kind = None;
    mapping.resource.id = None;
    mapping.action.id = Some("action".into());
    mapping.action.others = UnmappedProperties::Ignored;
    // Permits are compared, whatever comes with them.
    mapping.obligations = Obligations::InContext;
    mapping
}

/// Searches for the actions of each role at each level.
pub(crate) fn check(pdp: &Pdp, text: &str, seen: &mut Searched) {
    let mapping = mapping();
    for role in ["a", "b", "A", "other"] {
        for level in [None, Some(0), Some(1), Some(2), Some(5)] {
            let context = level.map(|level: i64| Property::new("level", [level.into()]));
            let search = Search {
                question: SearchQuestion::Actions {
                    subject: Entity::new("", role).into(),
                    resource: Entity::new("", "").into(),
                },
                context: context.into_iter().collect(),
                page: Page::default(),
            };
            let mut call = pdp.call();
            let mut is_permitted = |action: &str| {
                let asked = search.candidate(action);
                let answer = call.decide_evaluation(&asked, &mapping);
                answer.expect("can be mapped").decision
            };
            let permitted = ACTIONS.into_iter().filter(|action| is_permitted(action));
            let permitted: Vec<&str> = permitted.collect();
            let mut call = pdp.call();
            let among = call.search(&search, &mapping, ACTIONS);
            assert_eq!(names(&among.expect("can be mapped")), permitted, "{text}");
            let outcome = call.search_policies(&search, &mapping, 1_000_000);
            let show = || format!("{role} {level:?}: {outcome:#?}\n{text}");
            match outcome.as_ref().expect("can be mapped") {
                SearchOutcome::Finite(answer) => {
                    let names = names(answer);
                    // Policies may name others, such as the name of a role.
                    assert!(names.iter().all(|name| is_permitted(name)), "{}", show());
                    assert!(
                        permitted.iter().all(|name| names.contains(name)),
                        "{}",
                        show()
                    );
                    seen.finite += 1;
                    seen.results += permitted.len();
                }
                SearchOutcome::NotFinite {
                    named,
                    permitted: all,
                } => {
                    let names = names(named);
                    assert!(names.iter().all(|name| is_permitted(name)), "{}", show());
                    for action in permitted {
                        assert!(names.contains(&action) || may(all, action), "{}", show());
                    }
                    seen.not_finite += 1;
                }
                _ => panic!("{}", show()),
            }
        }
    }
}

fn names(answer: &SearchAnswer) -> Vec<&str> {
    answer.results.iter().map(|result| &**result.id()).collect()
}

/// Whether an action is among what is permitted, always or sometimes.
fn may(permitted: &Permitted, action: &str) -> bool {
    let is = Value::from(action);
    let names = |answer: &Answer| match answer {
        Answer::Value(value) | Answer::ValueIgnoringCase(value) => *value == is,
        _ => false,
    };
    let is_rest = |answer: &Answer| *answer == Answer::Between(Between::default());
    let sometimes = permitted.sometimes.iter().map(|(answer, _)| answer);
    let mut all = permitted.always.iter().chain(sometimes);
    match permitted.never.iter().any(names) {
        true => false,
        false => all.clone().any(names) || all.any(is_rest),
    }
}
