use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::attribute::category::{ACCESS_SUBJECT, ACTION, ENVIRONMENT, RESOURCE};
use crate::combining;
use crate::function::id as function;
use crate::request::AttributeBuilder;
use crate::syntax::{
    AttributeDesignator, AttributeValue, Effect, Offset, Policy, PolicySet, PolicySetChild, Rule,
    XacmlVersion,
};
use crate::{Decision, Pdp, Request};

const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const CATEGORIES: [&str; 3] = [ACCESS_SUBJECT, RESOURCE, ACTION];

/// A match of a small policy: its category, its value, and whether it must be present.
type Small = (usize, u8, bool);
type SmallTarget = Vec<Vec<Vec<Small>>>;

fn string(text: &str) -> AttributeValue {
    AttributeValue {
        data_type: STRING.to_owned(),
        text: text.to_owned(),
        element: None,
        entity: None,
        xpath_category: None,
        other_attributes: Vec::new(),
        namespaces: Vec::new(),
        offset: Offset::default(),
    }
}

fn matching(category: &str, id: &str, value: &str) -> Match {
    Match {
        function: function::STRING_EQUAL.to_owned(),
        value: string(value),
        attribute: AttributeReference::Designator(AttributeDesignator {
            category: category.to_owned(),
            id: id.to_owned(),
            data_type: STRING.to_owned(),
            issuer: None,
            must_be_present: false,
            offset: Offset::default(),
        }),
        offset: Offset::default(),
    }
}

fn demanding(mut matching: Match) -> Match {
    if let AttributeReference::Designator(designator) = &mut matching.attribute {
        designator.must_be_present = true;
    }
    matching
}

fn target(any_of: Vec<Vec<Vec<Match>>>) -> Target {
    let any_of = any_of.into_iter().map(|all_of| AnyOf {
        all_of: all_of
            .into_iter()
            .map(|matches| AllOf {
                matches,
                offset: Offset::default(),
            })
            .collect(),
        offset: Offset::default(),
    });
    Target {
        any_of: any_of.collect(),
        offset: Offset::default(),
    }
}

fn small(target_of: &SmallTarget) -> Target {
    let matches = |all_of: &Vec<Small>| {
        let all = all_of.iter().map(|&(category, value, must_be_present)| {
            let plain = matching(CATEGORIES[category], "id", &value.to_string());
            if must_be_present {
                demanding(plain)
            } else {
                plain
            }
        });
        all.collect()
    };
    let some = |any_of: &Vec<Vec<Small>>| any_of.iter().map(matches).collect();
    target(target_of.iter().map(some).collect())
}

fn policy(rules: Vec<(Effect, Target)>) -> Document {
    let rules = rules.into_iter().enumerate().map(|(i, (effect, target))| {
        PolicyChild::Rule(Rule {
            id: format!("r{i}"),
            effect,
            description: None,
            target: Some(target),
            condition: None,
            obligations: Vec::new(),
            advice: Vec::new(),
            offset: Offset::default(),
        })
    });
    Document::Policy(Policy {
        xacml: XacmlVersion::V3,
        id: "p".to_owned(),
        version: "1.0".parse().unwrap(),
        combining_algorithm: combining::policy::DENY_OVERRIDES.to_owned(),
        max_delegation_depth: None,
        description: None,
        issuer: None,
        xpath_version: None,
        target: Target::default(),
        children: rules.collect(),
        obligations: Vec::new(),
        advice: Vec::new(),
        offset: Offset::default(),
    })
}

fn permit(any_of: Vec<Vec<Vec<Match>>>) -> Document {
    policy(vec![(Effect::Permit, target(any_of))])
}

fn decide(document: &Document, reading: Reading, request: &Request) -> Decision {
    let document = read_as(document, reading);
    let pdp = Pdp::builder().document(document).build().unwrap();
    pdp.decide(request).decision()
}

fn role(value: &str) -> Match {
    matching(ACCESS_SUBJECT, "urn:altinn:rolecode", value)
}

fn org(value: &str) -> Match {
    matching(RESOURCE, "urn:altinn:org", value)
}

fn app(value: &str) -> Match {
    matching(RESOURCE, "urn:altinn:app", value)
}

fn action(value: &str) -> Match {
    matching(ACTION, crate::attribute::id::ACTION_ID, value)
}

/// Returns the only difference of a policy, as text.
fn difference(document: &Document) -> String {
    let found = differences(document);
    assert_eq!(found.len(), 1);
    found[0].to_string()
}

#[test]
fn a_category_in_one_any_of_each_reads_alike() {
    let plain = permit(vec![
        vec![vec![role("dagl")], vec![role("lede")]],
        vec![vec![org("ttd"), app("form")]],
        vec![vec![action("read")], vec![action("write")]],
    ]);
    assert!(differences(&plain).is_empty());
    assert_eq!(read_as(&plain, Reading::Altinn), plain);
    assert_eq!(read_as(&plain, Reading::Standard), plain);
}

#[test]
fn a_mixed_any_of_of_one_alternative_reads_alike() {
    let mixed = permit(vec![
        vec![vec![role("dagl")]],
        vec![vec![org("ttd"), action("read"), app("form")]],
    ]);
    assert!(differences(&mixed).is_empty());
    let cut = permit(vec![
        vec![vec![role("dagl")]],
        vec![vec![org("ttd"), app("form")]],
        vec![vec![action("read")]],
    ]);
    assert_eq!(read_as(&mixed, Reading::Altinn), cut);
}

#[test]
fn mixed_alternatives_that_share_a_category_read_alike() {
    // (ttd and read) or (ttd and write) is ttd and (read or write): the forms do not show it, the
    // implicants do.
    let shared = permit(vec![vec![
        vec![org("ttd"), action("read")],
        vec![org("ttd"), action("write")],
    ]]);
    assert!(differences(&shared).is_empty());
    // Two equal AnyOf.
    let twice = permit(vec![vec![vec![org("ttd")]], vec![vec![org("ttd")]]]);
    assert!(differences(&twice).is_empty());
}

#[test]
fn two_any_of_on_a_category_differ() {
    let two = permit(vec![
        vec![vec![action("read")]],
        vec![vec![org("skd")]],
        vec![vec![app("form")]],
    ]);
    assert_eq!(
        difference(&two),
        "2 `AnyOf` ask for the resource: Altinn takes either, the standard demands both; with the \
         action's `urn:oasis:names:tc:xacml:1.0:action:action-id` = `read` and the resource's \
         `urn:altinn:org` = `skd` the rule is Permit for Altinn, NotApplicable by the standard"
    );
    let three = permit(vec![
        vec![vec![org("skd")]],
        vec![vec![org("ttd")]],
        vec![vec![app("form")]],
    ]);
    assert!(difference(&three).starts_with(
        "3 `AnyOf` ask for the resource: Altinn takes any of them, the standard demands all of \
         them; with the resource's `urn:altinn:org` = `skd` the"
    ));
}

#[test]
fn mixed_alternatives_differ() {
    let mixed = permit(vec![vec![
        vec![org("ttd"), action("read")],
        vec![org("skd"), action("write")],
    ]]);
    assert_eq!(
        difference(&mixed),
        "the alternatives of one `AnyOf` mix resource and action: the standard takes one \
         alternative as a whole, Altinn the resource of one with the action of another; with the \
         action's `urn:oasis:names:tc:xacml:1.0:action:action-id` = `read` and the resource's \
         `urn:altinn:org` = `skd` the rule is Permit for Altinn, NotApplicable by the standard"
    );
    // Either is enough in the standard; Altinn requires both.
    let either = permit(vec![vec![vec![role("dagl")], vec![action("read")]]]);
    let found = differences(&either);
    let witness = found[0].witness.as_ref().unwrap();
    assert_eq!(witness.holds.len(), 1);
    assert_eq!(witness.standard, Decision::Permit);
    assert_eq!(witness.altinn, Decision::NotApplicable);
}

#[test]
fn missing_attributes_are_part_of_the_proof() {
    // One match requires the attribute, the other does not: both hold or neither, but for Altinn
    // they are alternatives, and an absent attribute is Indeterminate.
    let demand = permit(vec![
        vec![vec![demanding(role("dagl"))]],
        vec![vec![role("dagl")]],
    ]);
    let found = differences(&demand);
    let witness = found[0].witness.as_ref().unwrap();
    assert_eq!(witness.standard, Decision::NotApplicable);
    assert_eq!(witness.altinn, Decision::Indeterminate);
    assert!(witness.holds.is_empty());
    assert!(
        difference(&demand).contains("; with none of the attributes the rule is Indeterminate")
    );
}

#[test]
fn matches_that_imply_one_another_may_differ() {
    let mut ignoring_case = role("DAGL");
    ignoring_case.function = function::STRING_EQUAL_IGNORE_CASE.to_owned();
    let narrow = permit(vec![vec![vec![role("dagl")]], vec![vec![ignoring_case]]]);
    // Altinn takes the wider of the two, and a request that shows it is found.
    assert!(differences(&narrow)[0].witness.is_some());
    // With an unknown function, no case can be tried.
    let mut unknown = app("form");
    unknown.function = "urn:example:resembles".to_owned();
    let unknown = permit(vec![vec![vec![org("skd")]], vec![vec![unknown]]]);
    assert!(difference(&unknown).ends_with("; no case was found, but the readings may differ"));
}

#[test]
fn what_is_too_large_is_said_to_be() {
    // 2^20 combinations, none of which contains another.
    let pairs = (0..20).map(|i| vec![vec![org(&format!("a{i}"))], vec![org(&format!("b{i}"))]]);
    let found = differences(&permit(pairs.collect()));
    assert!(found[0].reason.ends_with("(too large to prove)"));
    assert!(found[0].witness.is_none());
}

#[test]
fn policies_in_sets_are_read_and_their_targets_left() {
    let two = vec![vec![vec![org("skd")]], vec![vec![app("form")]]];
    let Document::Policy(mut inner) = permit(two.clone()) else {
        unreachable!("is a policy");
    };
    inner.target = target(two.clone());
    let set = Document::PolicySet(PolicySet {
        xacml: XacmlVersion::V3,
        id: "s".to_owned(),
        version: "1.0".parse().unwrap(),
        combining_algorithm: combining::policy::DENY_OVERRIDES.to_owned(),
        max_delegation_depth: None,
        description: None,
        issuer: None,
        xpath_version: None,
        target: target(two),
        children: vec![PolicySetChild::Policy(inner)],
        obligations: Vec::new(),
        advice: Vec::new(),
        offset: Offset::default(),
    });
    assert_eq!(differences(&set).len(), 1);
    let Document::PolicySet(read) = read_as(&set, Reading::Altinn) else {
        unreachable!("is a policy set");
    };
    assert_eq!(read.target.any_of.len(), 2);
    let PolicySetChild::Policy(inner) = &read.children[0] else {
        unreachable!("is a policy");
    };
    assert_eq!(inner.target.any_of.len(), 2);
    let PolicyChild::Rule(rule) = &inner.children[0] else {
        unreachable!("is a rule");
    };
    assert_eq!(rule.target.as_ref().unwrap().any_of.len(), 1);
}

#[test]
fn a_target_that_does_not_compile_stays_so() {
    let empty = permit(vec![vec![vec![org("skd")]], vec![]]);
    assert_eq!(read_as(&empty, Reading::Altinn), empty);
    assert!(differences(&empty).is_empty());
}

#[test]
fn the_environment_and_the_issuer_are_honoured() {
    let mut signed = role("dagl");
    if let AttributeReference::Designator(designator) = &mut signed.attribute {
        designator.issuer = Some("register".to_owned());
    }
    let night = matching(ENVIRONMENT, "urn:example:time-of-day", "night");
    let policy = permit(vec![vec![vec![signed, night]]]);
    let request = |issuer: Option<&str>, time: &str| {
        let role = AttributeBuilder::new(ACCESS_SUBJECT, "urn:altinn:rolecode").value("dagl");
        let role = match issuer {
            Some(issuer) => role.issuer(issuer),
            None => role,
        };
        let request = Request::builder().with(role);
        request.environment("urn:example:time-of-day", time).build()
    };
    let altinn = |request| decide(&policy, Reading::Altinn, &request);
    assert_eq!(altinn(request(Some("register"), "night")), Decision::Permit);
    assert_eq!(altinn(request(None, "night")), Decision::NotApplicable);
    assert_eq!(
        altinn(request(Some("register"), "day")),
        Decision::NotApplicable
    );
}

/// Altinn's procedure, step by step and on the small form only: rules whose resource and action
/// match are candidates, and among those the subject decides.
fn naive(rules: &[(Effect, SmallTarget)], held: &HashSet<(usize, u8)>) -> Decision {
    let category_matches = |target: &SmallTarget, category: usize| {
        let mut named = false;
        for all_of in target.iter().flatten() {
            let part: Vec<_> = all_of.iter().filter(|m| m.0 == category).collect();
            if part.is_empty() {
                continue;
            }
            named = true;
            if part.iter().all(|m| held.contains(&(m.0, m.1))) {
                return true;
            }
        }
        !named
    };
    let candidates = rules
        .iter()
        .filter(|(_, target)| category_matches(target, 1) && category_matches(target, 2));
    let effects: Vec<Effect> = candidates
        .filter(|(_, target)| category_matches(target, 0))
        .map(|(effect, _)| *effect)
        .collect();
    if effects.contains(&Effect::Deny) {
        Decision::Deny
    } else if effects.contains(&Effect::Permit) {
        Decision::Permit
    } else {
        Decision::NotApplicable
    }
}

/// Returns every request of two values in each of three categories.
fn requests() -> impl Iterator<Item = (HashSet<(usize, u8)>, Request)> {
    (0..64_u8).map(|bits| {
        let held: HashSet<_> = (0..6_u8)
            .filter(|bit| bits >> bit & 1 == 1)
            .map(|bit| (usize::from(bit / 2), bit % 2))
            .collect();
        let request = held.iter().fold(Request::builder(), |request, held| {
            request.attribute(CATEGORIES[held.0], "id", held.1.to_string())
        });
        (held, request.build())
    })
}

fn any_target(must_be_present: impl Strategy<Value = bool>) -> impl Strategy<Value = SmallTarget> {
    let all_of = prop::collection::vec((0..3_usize, 0..2_u8, must_be_present), 1..4);
    let any_of = prop::collection::vec(all_of, 1..4);
    prop::collection::vec(any_of, 0..4)
}

fn any_effect() -> impl Strategy<Value = Effect> {
    prop_oneof![4 => Just(Effect::Permit), 1 => Just(Effect::Deny)]
}

/// Checks that `differences` finds whether the two readings of a target differ, with requests that
/// show it.
fn is_told_apart(effect: Effect, written: &SmallTarget) -> Result<(), TestCaseError> {
    let document = policy(vec![(effect, small(written))]);
    let found = differences(&document);
    let [standard, altinn] = [Reading::Standard, Reading::Altinn].map(|reading| {
        Pdp::builder()
            .document(read_as(&document, reading))
            .build()
            .unwrap()
    });
    let told = requests().find(|(_, request)| {
        standard.decide(request).decision() != altinn.decide(request).decision()
    });
    if found.is_empty() {
        prop_assert!(told.is_none(), "{:?}", told);
    }
    // Matches that differ only in `MustBePresent` imply one another; all others are independent,
    // and then there is always a witness.
    let demanded = |demanded| {
        written
            .iter()
            .flatten()
            .flatten()
            .filter(move |m| m.2 == demanded)
    };
    let twins = demanded(true).any(|a| demanded(false).any(|b| (a.0, a.1) == (b.0, b.1)));
    for difference in found {
        let Some(witness) = difference.witness else {
            prop_assert!(twins);
            continue;
        };
        let decision = standard.decide(&witness.request).decision();
        prop_assert_eq!(decision, witness.standard);
        prop_assert_eq!(altinn.decide(&witness.request).decision(), witness.altinn);
        prop_assert_ne!(witness.standard, witness.altinn);
    }
    Ok(())
}

/// A value must be present for one match, and need not be for another of the same attribute.
#[test]
fn twins_of_which_one_must_be_present_are_told_apart() {
    let all_of = vec![vec![(0, 1, false)], vec![(2, 0, false), (0, 1, false)]];
    let written = vec![vec![vec![(2, 0, true)]], all_of];
    is_told_apart(Effect::Permit, &written).expect("holds");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_difference_means_no_request_tells(
        effect in any_effect(),
        written in any_target(prop::bool::weighted(0.2)),
    ) {
        is_told_apart(effect, &written)?;
    }

    #[test]
    fn altinns_reading_is_altinns(
        rules in prop::collection::vec((any_effect(), any_target(Just(false))), 0..4),
    ) {
        let document = policy(rules.iter().map(|(effect, t)| (*effect, small(t))).collect());
        let document = read_as(&document, Reading::Altinn);
        let again = read_as(&document, Reading::Altinn);
        prop_assert_eq!(&again, &document, "reading twice changes nothing");
        prop_assert!(differences(&document).is_empty());
        let pdp = Pdp::builder().document(document).build().unwrap();
        for (held, request) in requests() {
            prop_assert_eq!(pdp.decide(&request).decision(), naive(&rules, &held), "{:?}", held);
        }
    }
}
