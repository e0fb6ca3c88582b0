//! Covers: cases in `fixtures/cover`, and what holds for the counts of any decisions.
//!
//! `NAME.policy.xml` is a policy, `NAME.library.xml` what it refers to, `NAME.requests.json` an array of
//! requests, `NAME.txt` the table of their cover, and `NAME.annotated.txt` the documents with its margin.
//! With `VEDTAK_BLESS=1` in the environment the texts are written, not compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vedtak::analysis::cover::{Cover, Coverage, CoveredElement};
use vedtak::analysis::explain::Element;
use vedtak::syntax::Document;
use vedtak::{Limits, Pdp, PdpBuilder, Request};

use crate::bless::difference;
use crate::lint::random::{self, Noise};

fn folder(name: &str) -> PathBuf {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fixtures.join(name)
}

fn records() -> PdpBuilder {
    let read = |name: &str| fs::read_to_string(folder("cover").join(name)).expect("is there");
    let name = ["records.policy.xml", "records.library.xml"];
    Pdp::builder()
        .policy(name[0], read(name[0]))
        .library(name[1], read(name[1]))
}

fn requests() -> Vec<Request> {
    let text = fs::read_to_string(folder("cover/records.requests.json")).expect("is there");
    let all: Vec<serde_json::Value> = serde_json::from_str(&text).expect("is an array");
    let all = all.iter();
    all.map(|one| Request::from_json(one.to_string()).expect("is a request"))
        .collect()
}

#[test]
fn every_cover_reads_as_recorded() {
    let pdp = records().build().expect("compiles");
    let cover = pdp.cover(&requests());
    assert_eq!((cover.cut, cover.unplaced), (0, 0));
    check(&cover);
    let of = |name: &str| {
        let mut elements = cover.elements.iter();
        let one = elements.find(|one| one.name == name).expect("is there");
        let times = (one.reached, one.was_true, one.decided, one.lost);
        (one.coverage(), times, one.not_reached)
    };
    assert_eq!(of("nobody-else"), (Coverage::Covered, (3, 3, 2, 1), 4));
    let closed = (Coverage::Partly, (5, 0, 0, 0), 2);
    assert_eq!(of("the-cellar-is-closed"), closed);
    assert_eq!(of("after-the-last"), (Coverage::Never, (0, 0, 0, 0), 7));
    let text = difference(folder("cover/records.txt"), &cover.to_string());
    let annotated = folder("cover/records.annotated.txt");
    let differences = text + &difference(annotated, &cover.annotated());
    assert!(differences.is_empty(), "{differences}");
}

/// What holds for each element of any cover that is not cut.
fn check(cover: &Cover) {
    check_parts(cover);
    for one in &cover.elements {
        let values = one.was_true + one.was_false + one.indeterminate;
        assert_eq!(one.reached, values, "{one:?}");
        assert!(one.not_reached <= cover.decisions, "{one:?}");
        assert!(
            one.reached + one.not_reached >= cover.decisions,
            "{one:?} in {} decisions",
            cover.decisions
        );
        let is_decision = matches!(
            one.element,
            Element::Rule | Element::Policy | Element::PolicySet
        );
        let applied = if is_decision { one.was_true } else { 0 };
        assert_eq!(one.decided + one.lost, applied, "{one:?}");
        let is_never = one.coverage() == Coverage::Never;
        assert_eq!(
            is_never,
            one.not_reached == cover.decisions && one.reached == 0,
            "{one:?}"
        );
    }
}

/// No part is missed: a target is reached with its rule and a condition after a target that is true,
/// and both with the first part of them.
fn check_parts(cover: &Cover) {
    let mut expected = 0;
    let mut elements = cover.elements.iter().peekable();
    while let Some(one) = elements.next() {
        match one.element {
            Element::Rule | Element::Policy | Element::PolicySet => expected = one.reached,
            Element::Target => {
                assert_eq!(one.reached, expected, "{one:?}");
                let first = elements.peek().expect("is a match");
                assert_eq!(
                    (first.element, first.reached),
                    (Element::Match, one.reached)
                );
                expected = one.was_true;
            }
            Element::Condition => {
                assert_eq!(one.reached, expected, "{one:?}");
                if let Some(first) = elements.peek().filter(|next| next.place == one.place) {
                    let values =
                        |of: &CoveredElement| (of.was_true, of.was_false, of.indeterminate);
                    assert_eq!(values(first), values(one));
                }
            }
            _ => {}
        }
    }
}

fn decided(cover: &Cover) -> BTreeMap<String, usize> {
    let mut decided = BTreeMap::new();
    for one in &cover.elements {
        if one.element == Element::Rule && one.decided > 0 {
            *decided.entry(one.name.clone()).or_default() += one.decided;
        }
    }
    decided
}

/// Every policy of the explanations with each of its requests, the counts beside those rules that
/// the outcome of a decision names.
#[test]
fn rules_of_an_outcome_are_counted_as_decided() {
    let mut count = 0;
    for file in fs::read_dir(folder("explain")).expect("is there") {
        let file = file.expect("can be read").file_name();
        let file = file.into_string().expect("is ASCII");
        let Some(policy) = file.strip_suffix(".policy.xml") else {
            continue;
        };
        let read = |name: &str| fs::read_to_string(folder("explain").join(name));
        let mut builder = Pdp::builder().policy(&file, read(&file).expect("is there"));
        if let Ok(library) = read(&format!("{policy}.library.xml")) {
            builder = builder.library("library.xml", library);
        }
        let pdp = builder.build().expect("compiles");
        let mut all = Vec::new();
        for request in fs::read_dir(folder("explain")).expect("is there") {
            let request = request.expect("can be read").path();
            let name = request.file_name().expect("has a name").to_string_lossy();
            if name.starts_with(&format!("{policy}.")) && name.ends_with(".request.json") {
                let text = fs::read_to_string(&request).expect("is there");
                all.push(Request::from_json(text).expect("is a request"));
            }
        }
        count += agree(&pdp, &all);
    }
    count += agree(&records().build().expect("compiles"), &requests());
    assert!(count >= 8, "{count} rules decided");
}

/// Under any algorithm, with targets and conditions of any kind.
#[test]
fn random_policies_count_what_their_outcomes_say() {
    let requests = random::requests();
    let mut noise = Noise(2);
    let count: usize = (0..60)
        .map(|_| {
            let text = Document::from(noise.policy()).to_xml();
            agree(&Pdp::from_xml(text).expect("compiles"), &requests)
        })
        .sum();
    assert!(count > 1_000, "{count} rules decided");
}

/// The number of rules that decided, by the outcomes and by the cover.
fn agree(pdp: &Pdp, requests: &[Request]) -> usize {
    let mut named: BTreeMap<String, usize> = BTreeMap::new();
    let mut cover = pdp.cover([]);
    let mut call = pdp.call().observe(|event| {
        event.cover(&mut cover);
        for rule in event.outcome.iter().flat_map(|outcome| outcome.rules()) {
            *named.entry(rule.rule.to_owned()).or_default() += 1;
        }
    });
    call.decide_all(requests);
    drop(call);
    check(&cover);
    assert_eq!(cover.cut, 0);
    let decided = decided(&cover);
    assert_eq!(decided, named, "{}", cover.annotated());
    named.values().sum()
}

/// A policy with as many rules as no explanation shows.
fn rules(count: usize) -> String {
    let rule = |number: usize| format!("<Rule RuleId='r{number}' Effect='Permit'/>\n");
    let rules: String = (0..count).map(rule).collect();
    format!(
        "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicyId='p' Version='1.0' \
         RuleCombiningAlgId='urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-unless-deny'>\
         <Target/>{rules}</Policy>"
    )
}

#[test]
fn no_count_lacks_what_an_explanation_does_not_show() {
    let pdp = Pdp::from_xml(rules(6_000)).expect("compiles");
    let cover = pdp.cover(&[Request::builder().build()]);
    check(&cover);
    assert_eq!(cover.cut, 0);
    let share = cover.share(&[Element::Rule]);
    assert_eq!((share.covered, share.all), (6_000, 6_000));
    let rules = cover.elements.iter();
    let mut rules = rules.filter(|one| one.element == Element::Rule);
    assert!(rules.all(|rule| (rule.reached, rule.decided) == (1, 1)));
    assert!(share.is_at_least(100));
}

#[test]
fn a_cover_that_is_cut_says_so() {
    let mut limits = Limits::default();
    limits.work = 700;
    let builder = Pdp::builder().limits(limits).policy("p.xml", rules(600));
    let pdp = builder.build().expect("compiles");
    let cover = pdp.cover(&[Request::builder().build()]);
    assert_eq!((cover.decisions, cover.cut), (1, 1));
    let said = "decisions of which a part is not counted: 1;";
    assert!(cover.to_string().contains(said), "{cover}");
}

#[test]
fn without_documents_nothing_is_counted_and_the_cover_says_so() {
    let pdp = records().drop_documents().build().expect("compiles");
    let cover = pdp.cover(&requests());
    assert_eq!(cover.elements, Vec::<CoveredElement>::new());
    assert!(cover.unplaced > 0 && cover.decisions == 7, "{cover}");
    assert_eq!(cover.annotated(), "");
    let said = "no policy is covered, as the documents are not kept: ";
    assert!(cover.to_string().contains(said), "{cover}");
}
