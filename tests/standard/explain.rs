//! Explanations of decisions: cases in `fixtures/explain`, each with the text of its explanation, some in
//! every form; and what holds for the tree of any decision.
//!
//! `POLICY.policy.xml` is a policy, `POLICY.library.xml` what it refers to, `POLICY.CASE.request.json` a
//! request, and `POLICY.CASE.txt` its explanation. Where there is a `POLICY.CASE.md`, the other forms are
//! there as well. With `VEDTAK_BLESS=1` in the environment the texts are written, not compared.

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::analysis::explain::{Element, Explanation, Node, NodeRole, NodeValue};
use vedtak::attribute::{Designator, id};
use vedtak::decision::ExtendedDecision;
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::{Decision, Pdp, PdpBuilder, Request};

use crate::bless::difference;

/// A register of roles. It is down for the subject `outage`.
struct Roles;

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "register of roles"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        ["role", "study"].contains(&&*wanted.id)
    }

    fn fetch(&self, _: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        let subject = vedtak::attribute::category::ACCESS_SUBJECT;
        let name = request.values(subject, id::SUBJECT_ID).next();
        match name.and_then(|name| name.as_str()) {
            Some("outage") => Err(ProviderError::new("connection refused")),
            _ => {
                let until = "2026-03-02T12:00:00Z".parse().expect("is an instant");
                Ok(Fetched::from(vec!["doctor".into()]).with_valid_until(Some(until)))
            }
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/explain")
}

fn read(name: &str) -> Option<String> {
    fs::read_to_string(folder().join(name)).ok()
}

fn builder(policy: &str) -> PdpBuilder {
    let name = format!("{policy}.policy.xml");
    let noon = "2026-03-02T11:00:00Z".parse().expect("is an instant");
    let mut builder = Pdp::builder().clock(move || noon);
    builder = builder.policy(&name, read(&name).expect("is there"));
    let library = format!("{policy}.library.xml");
    if let Some(text) = read(&library) {
        builder = builder.library(&library, text);
    }
    if policy == "provided" {
        builder = builder.provider(Roles);
    }
    builder
}

/// The names of all cases, `POLICY.CASE`.
fn cases() -> Vec<String> {
    let files = fs::read_dir(folder()).expect("the folder is there");
    let names = files.map(|file| file.expect("can be read").file_name());
    let names = names.map(|name| name.into_string().expect("is ASCII"));
    let mut cases: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".request.json").map(str::to_owned))
        .collect();
    cases.sort();
    assert!(cases.len() >= 15, "the cases were found");
    cases
}

fn request_of(case: &str) -> Request {
    let text = read(&format!("{case}.request.json")).expect("is there");
    Request::from_json(text).expect("is a request")
}

#[test]
fn every_explanation_reads_as_recorded() {
    let mut differences = Vec::new();
    for case in cases() {
        let (policy, _) = case.split_once('.').expect("has a policy");
        let pdp = builder(policy).build().expect("compiles");
        let request = request_of(&case);
        let explanations = pdp.explain(&request);
        let [explanation] = &explanations[..] else {
            panic!("{case} has {} explanations", explanations.len());
        };
        assert_eq!(explanation.decision, pdp.decide(&request).decision(), "{case}");
        check(explanation, &case);
        let mut forms = vec![("txt", explanation.to_string())];
        if folder().join(format!("{case}.md")).exists() {
            forms.push(("md", explanation.to_markdown()));
            forms.push(("json", format!("{}\n", explanation.to_json())));
            forms.push(("mmd", explanation.to_mermaid()));
            forms.push(("svg", explanation.to_svg()));
        }
        for (form, found) in forms {
            differences.push(difference(folder().join(format!("{case}.{form}")), &found));
        }
    }
    differences.retain(|difference| !difference.is_empty());
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// What holds for every explanation: the tree has the decision, and each parent follows from its children.
fn check(explanation: &Explanation, of: &str) {
    assert_eq!(explanation.disagreement, None, "{of}");
    let Some(tree) = &explanation.tree else {
        return;
    };
    if let NodeValue::Decision(value) = tree.value
        && explanation.remarks.is_empty()
    {
        assert_eq!(Decision::from(value), explanation.decision, "{of}");
    }
    check_node(tree, of);
}

fn check_node(node: &Node, of: &str) {
    let truths: Vec<bool> = node
        .children
        .iter()
        .filter_map(|child| match child.value {
            NodeValue::Boolean(value) => Some(value),
            _ => None,
        })
        .collect();
    let is_whole = truths.len() == node.children.len() && node.not_shown == 0;
    match (&node.element, &node.value) {
        // One that is false outweighs the others (§7.7).
        (Element::Target | Element::AllOf, NodeValue::Boolean(true)) if is_whole => {
            assert!(truths.iter().all(|truth| *truth), "{of}: {node:?}");
        }
        (Element::AnyOf, NodeValue::Boolean(true)) => {
            assert!(truths.contains(&true), "{of}: {node:?}");
        }
        (Element::AnyOf, NodeValue::Boolean(false)) if is_whole => {
            assert!(!truths.contains(&true), "{of}: {node:?}");
        }
        (Element::Condition, NodeValue::Boolean(value)) if is_whole && !truths.is_empty() => {
            assert_eq!(truths, [*value], "{of}: {node:?}");
        }
        (Element::Rule, NodeValue::Decision(value)) if value.effect().is_some() => {
            assert!(truths.iter().all(|truth| *truth), "{of}: {node:?}");
        }
        (Element::Rule, NodeValue::Decision(ExtendedDecision::NotApplicable)) => {
            let is_false = |child: &Node| {
                child.value == NodeValue::Boolean(false)
                    || matches!(&child.value, NodeValue::Values(all, _)
                        if all.first().and_then(|value| value.as_bool()) == Some(false))
            };
            assert!(node.children.iter().any(is_false), "{of}: {node:?}");
        }
        (Element::Policy | Element::PolicySet, NodeValue::Decision(value)) => {
            for child in node.children.iter().filter(|child| child.is_child_of_policy()) {
                let own = child.decision();
                match child.role {
                    NodeRole::LeftOut => {
                        assert_eq!(own, Some(ExtendedDecision::NotApplicable), "{of}: {child:?}");
                    }
                    NodeRole::Decides if value.effect().is_some() && !own.is_some_and(ExtendedDecision::is_indeterminate) => {
                        assert_eq!(own, Some(*value), "{of}: {child:?}");
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
    for child in &node.children {
        check_node(child, of);
    }
}
