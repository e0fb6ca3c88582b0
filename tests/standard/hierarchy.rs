//! Resources below resources: the Hierarchical Resource Profile, and `scope` of the Multiple
//! Decision Profile.

use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::attribute::{category, id};
use vedtak::decision::StatusCode;
use vedtak::hierarchy::{Ancestors, Hierarchy, Node};
use vedtak::provider::ProviderError;
use vedtak::request::{AttributeBuilder, IndividualRequestError, RequestBuilder};
use vedtak::response::ResponseResult;
use vedtak::value::Value;
use vedtak::{Context, Decision, Limits, Pdp, Request, Response};

const FOLDERS: &str = include_str!("../../fixtures/hierarchy/folders.xml");

/// What lies where. `loop` lies in itself, `endless` has ever more below it, `gone` cannot be
/// listed.
struct Tree;

static ASKED: AtomicUsize = AtomicUsize::new(0);

impl Hierarchy for Tree {
    fn name(&self) -> &str {
        "tree"
    }

    fn children(&self, of: &Node, _: &Request) -> Result<Vec<Node>, ProviderError> {
        ASKED.fetch_add(1, Ordering::Relaxed);
        let node = |name: &str| Node::new(name).below(of);
        Ok(match of.name().unwrap_or_default() {
            "letters" => vec![node("in"), node("out")],
            "in" => {
                let secret = AttributeBuilder::new(category::RESOURCE, "confidential").value("yes");
                vec![node("secret").with(secret), node("open")]
            }
            "house" => vec![node("letters"), node("gone")],
            "loop" => vec![node("loop"), node("other"), node("other")],
            "other" => vec![node("loop")],
            "drawer" => {
                let secret = AttributeBuilder::new(category::RESOURCE, "confidential");
                vec![node("letters").with(secret.unusable("is null"))]
            }
            "broken" => panic!("the disk is wet"),
            "gone" => return Err(ProviderError::new("the disk is away")),
            name if name.starts_with("endless") => vec![node(&format!("{name}+"))],
            "wide" => (0..5000).map(|i| node(&format!("w{i}"))).collect(),
            _ => Vec::new(),
        })
    }
}

fn pdp() -> Pdp {
    let builder = Pdp::builder().policy("folders.xml", FOLDERS);
    builder.hierarchy(Tree).build().expect("compiles")
}

fn reading(resource: &str, scope: &str) -> RequestBuilder {
    let name = AttributeBuilder::new(category::RESOURCE, id::RESOURCE_ID).value(resource);
    Request::builder()
        .with(name.include_in_result())
        .resource(id::SCOPE, scope)
        .action("read")
}

/// Each result as its resource and its decision.
fn results(response: &Response) -> Vec<(String, Decision)> {
    let one = |result: &ResponseResult| {
        let attributes = result.attributes.iter().flat_map(|a| &a.attributes);
        let names = attributes.flat_map(|attribute| &attribute.values);
        let names: Vec<String> = names.map(ToString::to_string).collect();
        (names.join(" "), result.decision)
    };
    response.results.iter().map(one).collect()
}

fn decide(resource: &str, scope: &str) -> Vec<(String, Decision)> {
    results(&pdp().decide(&reading(resource, scope).build()))
}

fn named(expected: &[(&str, Decision)]) -> Vec<(String, Decision)> {
    let expected = expected.iter();
    expected
        .map(|(name, decision)| ((*name).to_owned(), *decision))
        .collect()
}

use Decision::{Deny, Indeterminate, NotApplicable, Permit};

#[test]
fn each_node_is_decided_for_itself_the_upper_first() {
    assert_eq!(
        decide("letters", "Immediate"),
        named(&[("letters", Permit)])
    );
    assert_eq!(
        decide("letters", "Children"),
        named(&[("letters", Permit), ("in", Permit), ("out", Permit)])
    );
    assert_eq!(
        decide("letters", "Descendants"),
        named(&[
            ("letters", Permit),
            ("in", Permit),
            ("secret", Deny),
            ("open", Permit),
            ("out", Permit)
        ])
    );
    assert_eq!(
        decide("out", "Descendants"),
        named(&[("out", NotApplicable)])
    );
}

#[test]
fn nodes_know_what_they_lie_below() {
    let root = Node::new("letters").below(&Node::new("archive"));
    let request = root
        .add_to(Request::builder())
        .resource(id::SCOPE, "Descendants");
    let parts = pdp().individual_requests(&request.build());
    let names = |attribute| -> Vec<String> {
        let open = parts[3].as_ref().expect("is a request");
        let values = open.values(category::RESOURCE, attribute);
        values.map(ToString::to_string).collect()
    };
    assert_eq!(names(id::RESOURCE_ID), ["open"]);
    assert_eq!(names(id::RESOURCE_PARENT), ["in"]);
    assert_eq!(names(id::RESOURCE_ANCESTOR), ["archive", "letters", "in"]);
    assert_eq!(
        names(id::RESOURCE_ANCESTOR_OR_SELF),
        ["archive", "letters", "in", "open"]
    );
    assert!(names(id::SCOPE).is_empty());
    assert!(parts.iter().flatten().all(|part| !part.is_multiple()));
}

#[test]
fn what_is_said_of_one_is_not_said_of_those_below() {
    let request = reading("letters", "Children")
        .resource("confidential", "yes")
        .build();
    assert_eq!(
        results(&pdp().decide(&request)),
        named(&[("letters", Deny), ("in", Permit), ("out", Permit)])
    );
    let parts = pdp().individual_requests(&request);
    let below = parts[1].as_ref().expect("is a request");
    assert_eq!(below.values(category::RESOURCE, "confidential").count(), 0);
}

fn only(response: &Response) -> (Decision, StatusCode, String) {
    let [result] = response.results.as_slice() else {
        panic!("one result: {response}");
    };
    let status = result.status.clone().expect("has a status");
    (
        result.decision,
        status.code,
        status.message.unwrap_or_default(),
    )
}

#[test]
fn a_list_that_is_not_complete_is_no_list() {
    // Much of the house can be listed; nobody shall take that for all of it.
    for (resource, scope) in [("gone", "Children"), ("house", "Descendants")] {
        let (decision, code, message) = only(&pdp().decide(&reading(resource, scope).build()));
        assert_eq!(
            (decision, code),
            (Indeterminate, StatusCode::ProcessingError)
        );
        assert!(
            message.contains("`tree`") && message.contains("the disk is away"),
            "{message}"
        );
    }
    assert_eq!(decide("house", "Children").len(), 3);
}

#[test]
fn a_list_whose_making_panics_is_no_list() {
    let pdp = pdp();
    let (decision, code, message) = only(&pdp.decide(&reading("broken", "Children").build()));
    assert_eq!(
        (decision, code),
        (Indeterminate, StatusCode::ProcessingError)
    );
    assert!(
        message.contains("`tree`") && message.contains("it panicked"),
        "{message}"
    );
    // The requests beside it have their answers.
    let requests = ["letters", "broken", "out"].map(|name| reading(name, "Children").build());
    let all = pdp.decide_all(&requests).into_iter();
    let counts: Vec<usize> = all.map(|response| response.results.len()).collect();
    assert_eq!(counts, [3, 1, 1]);
}

#[test]
fn an_attribute_of_a_node_that_cannot_be_used_is_not_taken_for_absent() {
    let response = pdp().decide(&reading("drawer", "Children").build());
    let results = results(&response);
    assert_eq!(results[1], ("letters".to_owned(), Indeterminate));
    let status = response.results[1].status.clone().expect("is there");
    assert_eq!(status.code, StatusCode::SyntaxError);
    let message = status.message.unwrap_or_default();
    assert!(message.contains("is null"), "{message}");
    // As it is where a host adds a node to a request.
    let secret = AttributeBuilder::new(category::RESOURCE, "confidential").unusable("is null");
    let node = Node::new("letters").with(secret);
    let request = node.add_to(Request::builder()).action("read").build();
    assert_eq!(pdp().decide(&request).decision(), Indeterminate);
}

#[test]
fn without_a_hierarchy_only_the_resource_can_be_asked_about() {
    let pdp = Pdp::from_xml(FOLDERS).expect("compiles");
    let immediate = pdp.decide(&reading("letters", "Immediate").build());
    assert_eq!(results(&immediate), named(&[("letters", Permit)]));
    for scope in ["Children", "Descendants"] {
        let (decision, code, message) = only(&pdp.decide(&reading("letters", scope).build()));
        assert_eq!(
            (decision, code),
            (Indeterminate, StatusCode::ProcessingError)
        );
        assert!(message.contains("no hierarchy"), "{message}");
        let mut context = Context::new();
        let request = reading("letters", scope).build();
        assert_eq!(
            pdp.decide_with(&mut context, &request).decision(),
            Indeterminate
        );
    }
}

#[test]
fn scopes_that_mean_nothing_are_refused() {
    let syntax = |request: RequestBuilder, expected: &str| {
        let (decision, code, message) = only(&pdp().decide(&request.build()));
        assert_eq!((decision, code), (Indeterminate, StatusCode::SyntaxError));
        assert!(message.contains(expected), "{message}");
    };
    syntax(reading("letters", "descendants"), "found `descendants`");
    syntax(
        reading("letters", "Children").resource(id::SCOPE, "Immediate"),
        "found 2 values",
    );
    let uri = Value::AnyUri("Descendants".into());
    let request = Request::builder()
        .resource(id::RESOURCE_ID, "letters")
        .action("read");
    syntax(request.resource(id::SCOPE, uri), "found `Descendants`");
    syntax(
        Request::builder().resource(id::SCOPE, "Children"),
        "no resource-id",
    );
}

/// Clients of XACML 1.0 and 2.0 have another name for it, which is read wherever they may send it.
#[cfg(feature = "json")]
/// A question that cannot be read must not become a smaller one.
#[test]
fn a_scope_that_cannot_be_used_is_no_question_about_the_resource_alone() {
    let everybody = "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" \
        Version=\"1\" RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:\
        deny-overrides\"><Target/><Rule RuleId=\"r\" Effect=\"Permit\"/></Policy>";
    let builder = Pdp::builder().policy("p", everybody);
    let pdp = builder.hierarchy(Tree).build().expect("compiles");
    let old = "urn:oasis:names:tc:xacml:1.0:resource:scope";
    let each_node = "urn:oasis:names:tc:xacml:3.0:profile:multiple:content-selector";
    for id in [id::SCOPE, old, each_node] {
        for beside in [None, Some("Immediate"), Some("Children")] {
            let unusable = AttributeBuilder::new(category::RESOURCE, id).unusable("is null");
            let mut builder = Request::builder()
                .resource(id::RESOURCE_ID, "letters")
                .with(unusable);
            if let Some(scope) = beside {
                builder = builder.resource(id::SCOPE, scope);
            }
            let request = builder.build();
            let (decision, code, message) = only(&pdp.decide(&request));
            assert_eq!((decision, code), (Indeterminate, StatusCode::SyntaxError));
            assert!(message.contains("cannot be told"), "{message}");
            let later = pollster::block_on(pdp.decide_async(&request));
            assert_eq!(later, pdp.decide(&request));
            let mut context = Context::new();
            let outcome = pdp.decide_with(&mut context, &request);
            assert_eq!(outcome.decision(), Decision::Indeterminate);
            let all = pdp.individual_requests(&request);
            assert!(matches!(
                all.as_slice(),
                [Err(IndividualRequestError::Unclear(_))]
            ));
        }
    }
}

#[test]
fn a_scope_is_the_same_question_under_either_name_and_in_every_format() {
    const OLD: &str = "urn:oasis:names:tc:xacml:1.0:resource:scope";
    let everybody = "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" \
        Version=\"1\" RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:\
        deny-overrides\"><Target/><Rule RuleId=\"r\" Effect=\"Permit\"/></Policy>";
    let without = Pdp::from_xml(everybody).expect("compiles");
    let builder = Pdp::builder().policy("p", everybody);
    let with = builder.hierarchy(Tree).build().expect("compiles");
    for id in [id::SCOPE, OLD] {
        let string = "http://www.w3.org/2001/XMLSchema#string";
        let old = |scope: &str| {
            format!(
                "<Request xmlns=\"urn:oasis:names:tc:xacml:2.0:context:schema:os\"><Subject/><Resource>\
                 <Attribute AttributeId=\"{}\" DataType=\"{string}\"><AttributeValue>letters\
                 </AttributeValue></Attribute><Attribute AttributeId=\"{id}\" DataType=\"{string}\">\
                 <AttributeValue>{scope}</AttributeValue></Attribute></Resource><Action/><Environment/>\
                 </Request>",
                id::RESOURCE_ID
            )
        };
        let new = |scope: &str| {
            let request = Request::builder().resource(id::RESOURCE_ID, "letters");
            request.resource(id, scope).build()
        };
        let formats = |scope: &str| {
            let xml = Request::from_xml(new(scope).to_xml()).expect("can be read");
            let old = Request::from_xml(old(scope)).expect("can be read");
            let json = Request::from_json(new(scope).to_json()).expect("can be read");
            [xml, old, json]
        };
        let below = formats("Children")
            .into_iter()
            .chain(formats("Descendants"));
        for request in below {
            let (decision, code, message) = only(&without.decide(&request));
            assert_eq!(
                (decision, code),
                (Indeterminate, StatusCode::ProcessingError)
            );
            assert!(
                message.contains("no hierarchy of resources is known"),
                "{message}"
            );
            let results = with.decide(&request).results;
            assert!(results.len() > 1 && results.iter().all(|r| r.decision == Permit));
        }
        for request in formats("Immediate") {
            assert_eq!(only(&without.decide(&request)).0, Permit);
        }
        for request in formats("children") {
            let (decision, code, message) = only(&with.decide(&request));
            assert_eq!((decision, code), (Indeterminate, StatusCode::SyntaxError));
            assert!(message.contains("found `children`"), "{message}");
        }
    }
    // Both are one question asked twice.
    let both = reading("letters", "Children").resource(OLD, "Children");
    let (decision, _, message) = only(&pdp().decide(&both.build()));
    assert_eq!(decision, Indeterminate);
    assert!(message.contains("found 2 values"), "{message}");
}

#[test]
fn hierarchies_that_lie_come_to_an_end() {
    assert_eq!(
        decide("loop", "Descendants"),
        named(&[("loop", NotApplicable), ("other", NotApplicable)])
    );
    let mut limits = Limits::default();
    limits.decisions = 50;
    let builder = Pdp::builder().policy("folders.xml", FOLDERS).limits(limits);
    let pdp = builder.hierarchy(Tree).build().expect("compiles");
    for resource in ["endless", "wide"] {
        ASKED.store(0, Ordering::Relaxed);
        let parts = pdp.individual_requests(&reading(resource, "Descendants").build());
        assert_eq!(parts, [Err(IndividualRequestError::TooMany(50))]);
    }
}

#[test]
fn scopes_multiply_with_other_categories_and_combine() {
    let xml = reading("letters", "Children").build().to_xml();
    let again = "<Attributes Category=\"urn:oasis:names:tc:xacml:3.0:attribute-category:action\"/></Request>";
    let twice = xml.replace("</Request>", again);
    let request = Request::from_xml(&twice).expect("can be read");
    let decisions: Vec<Decision> = results(&pdp().decide(&request))
        .into_iter()
        .map(|(_, decision)| decision)
        .collect();
    let n = NotApplicable;
    assert_eq!(decisions, [Permit, Permit, Permit, n, n, n]);

    let combined = xml.replace("CombinedDecision=\"false\"", "CombinedDecision=\"true\"");
    let response = pdp().decide(&Request::from_xml(&combined).expect("can be read"));
    assert_eq!(response.decision(), Permit);
    let combined = combined.replace("Children", "Descendants");
    let response = pdp().decide(&Request::from_xml(&combined).expect("can be read"));
    assert_eq!(response.decision(), Indeterminate, "one of them is Deny");
}

#[test]
fn ancestors_are_supplied_to_requests_that_lack_them() {
    let find = |name: &Value| match name.as_str() {
        Some("in") => Ok(Node::new("in").below(&Node::new("letters"))),
        Some("gone") => Err(ProviderError::new("the disk is away")),
        _ => Ok(Node::new(name.clone())),
    };
    let builder = Pdp::builder().policy("folders.xml", FOLDERS);
    let pdp = builder
        .provider(Ancestors::new("folders", find))
        .build()
        .expect("compiles");
    for (name, expected) in [
        ("in", Permit),
        ("elsewhere", NotApplicable),
        ("gone", Indeterminate),
    ] {
        let request = Request::builder()
            .resource(id::RESOURCE_ID, name)
            .action("read")
            .build();
        assert_eq!(pdp.decide(&request).decision(), expected, "{name}");
    }
}

/// What lies above a resource is not known where its name cannot be used.
#[test]
fn ancestors_of_what_has_no_usable_name_are_not_known() {
    let find = |name: &Value| Ok(Node::new(name.clone()).below(&Node::new("letters")));
    let pdp = Pdp::builder()
        .policy("folders.xml", FOLDERS)
        .provider(Ancestors::new("folders", find))
        .build()
        .expect("compiles");
    let name = || AttributeBuilder::new(category::RESOURCE, id::RESOURCE_ID);
    let other = AttributeBuilder::new(category::RESOURCE, "colour").unusable("is null");
    for (request, expected) in [
        (
            Request::builder().with(name().value("in")),
            Decision::Permit,
        ),
        (
            Request::builder().with(name().value("in")).with(other),
            Decision::Permit,
        ),
        (
            Request::builder().with(name().unusable("is null")),
            Decision::Indeterminate,
        ),
        (
            Request::builder().with(name().value("in").unusable("is null")),
            Decision::Indeterminate,
        ),
    ] {
        let response = pdp.decide(&request.action("read").build());
        assert_eq!(response.decision(), expected, "{response:?}");
    }
}
