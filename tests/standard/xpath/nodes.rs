//! Decisions for each node of a Content (§7.19 and the Multiple Decision Profile).

use std::fmt::Write;

use vedtak::request::IndividualRequestError;
use vedtak::{Context, Decision, Response};

use super::bounds::{about, attribute};
use super::{RESOURCE, apply, individual_requests, path, pdp, selector, value, when};

/// The decisions in their order, with the nodes they are about.
fn told(response: &Response) -> String {
    let mut text = String::new();
    for result in &response.results {
        let attributes = result.attributes.iter().flat_map(|all| &all.attributes);
        let nodes: Vec<String> = attributes
            .flat_map(|attribute| &attribute.values)
            .map(|value| value.to_string())
            .collect();
        writeln!(text, "{} {}", result.decision.as_str(), nodes.join(" ")).expect("fits");
    }
    text
}

#[test]
fn a_request_may_ask_about_each_node() {
    const EACH: &str = "urn:oasis:names:tc:xacml:3.0:profile:multiple:content-selector";
    let content =
        "<brev xmlns='urn:brev'><til n='1'>Kari</til><til>Ola</til><kopi>Per</kopi></brev>";
    let found = selector(
        ".",
        "string",
        "ContextSelectorId='urn:oasis:names:tc:xacml:3.0:content-selector'",
    );
    let pdp = pdp(&when(&apply(
        "1.0:function:string-is-in",
        &[value("string", "Ola"), found],
    )));
    let ask = |id: &str, path_text: &str, more: &str| {
        let value = path(RESOURCE, path_text);
        told(&pdp.decide(&about(content, &(attribute(id, &value) + more))))
    };
    for id in [
        EACH,
        "urn:oasis:names:tc:xacml:3.0:multiple:content-selector",
    ] {
        assert_eq!(
            ask(id, "/b:brev/*", ""),
            "NotApplicable /*[1]/*[1]\nPermit /*[1]/*[2]\nNotApplicable /*[1]/*[3]\n"
        );
    }
    assert_eq!(
        ask(EACH, "//@n", ""),
        "NotApplicable /*[1]/*[1]/@*[local-name()='n' and namespace-uri()='']\n"
    );
    let scope = |text: &str| {
        let attribute = attribute(
            "urn:oasis:names:tc:xacml:2.0:resource:scope",
            &value("string", text),
        );
        attribute.replace("'true'", "'false'")
    };
    let selector = "urn:oasis:names:tc:xacml:3.0:content-selector";
    assert_eq!(
        ask(selector, "//b:til[2]", &scope("Immediate")),
        "Permit /*[1]/*[2]\n"
    );
    assert_eq!(
        ask(selector, "/b:brev", &scope("Children"))
            .lines()
            .collect::<Vec<_>>(),
        [
            "NotApplicable /*[1]",
            "NotApplicable /*[1]/*[1]",
            "Permit /*[1]/*[2]",
            "NotApplicable /*[1]/*[3]"
        ]
    );
    assert_eq!(
        ask(selector, "/b:brev", &scope("Descendants"))
            .lines()
            .count(),
        5
    );
    // The resource-id may be what names the node.
    assert_eq!(
        ask(
            "urn:oasis:names:tc:xacml:1.0:resource:resource-id",
            "/b:brev",
            &scope("Children")
        )
        .lines()
        .count(),
        4
    );
    // What makes no sense is Indeterminate, and says why.
    for (id, path_text, more, message) in [
        (
            EACH,
            "//b:none",
            String::new(),
            "`//b:none` selects no node of the Content",
        ),
        (
            EACH,
            "//x:til",
            String::new(),
            "the namespace prefix `x` is not declared",
        ),
        (
            EACH,
            "count(//*)",
            String::new(),
            "it gives a number, not nodes",
        ),
        (EACH, "//b:til", scope("Children"), "goes with one node"),
        (
            selector,
            "//b:til",
            scope("Everything"),
            "must be `Immediate`, `Children` or `Descendants`, found `Everything`",
        ),
    ] {
        let value = path(RESOURCE, path_text);
        let response = pdp.decide(&about(content, &(attribute(id, &value) + &more)));
        let [result] = &response.results[..] else {
            panic!("one result");
        };
        assert_eq!(result.decision, Decision::Indeterminate, "{path_text}");
        let status = result
            .status
            .as_ref()
            .and_then(|status| status.message.clone());
        assert!(
            status.as_ref().is_some_and(|s| s.contains(message)),
            "{status:?}"
        );
    }
    // One decision at a time is no answer to it.
    let many = about(content, &attribute(EACH, &path(RESOURCE, "//b:til")));
    assert!(many.is_multiple());
    let mut context = Context::new();
    assert_eq!(
        pdp.decide_with(&mut context, &many).decision(),
        Decision::Indeterminate
    );
    assert_eq!(individual_requests(&many, 100).len(), 2);
    let limited = individual_requests(&many, 1);
    assert!(limited.len() == 1 && limited[0].is_err());
}

#[test]
fn finding_the_nodes_asked_about_is_bounded() {
    let content = format!("<a>{}</a>", "<b/>".repeat(3_000));
    let each = "urn:oasis:names:tc:xacml:3.0:profile:multiple:content-selector";
    let hostile = attribute(each, &path(RESOURCE, "//*[//*[//*[//*]]]"));
    let parts = individual_requests(&about(&content, &hostile), 1_000);
    assert_eq!(parts.len(), 1);
    let error = parts[0].as_ref().expect_err("takes too long").to_string();
    assert!(
        error.contains("takes more work than the limit allows"),
        "{error}"
    );
    let many = attribute(each, &path(RESOURCE, "/*/*"));
    let parts = individual_requests(&about(&content, &many), 1_000);
    assert_eq!(parts, [Err(IndividualRequestError::TooMany(1_000))]);
}
