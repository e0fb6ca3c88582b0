//! One request, several decisions (Multiple Decision Profile 1.0).

mod budget;
mod forms;

use vedtak::{Decision, Pdp, Request, Response};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");
const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
const ACTION: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
const ACTION_ID: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";

fn attributes(xml_id: &str, category: &str, id: &str, value: &str) -> String {
    format!(
        "<Attributes Category=\"{category}\" xml:id=\"{xml_id}\"><Attribute AttributeId=\"{id}\" \
         IncludeInResult=\"{}\"><AttributeValue DataType=\"http://www.w3.org/2001/XMLSchema#string\">\
         {value}</AttributeValue></Attribute></Attributes>",
        category == ACTION
    )
}

/// The general manager asks to do three things with the letter.
fn request(combined: bool, references: &[&[&str]]) -> Request {
    let mut text = format!(
        "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
         CombinedDecision=\"{combined}\" ReturnPolicyIdList=\"false\">"
    );
    text += &attributes("s", SUBJECT, "urn:altinn:rolecode", "dagl");
    text += &attributes("r", RESOURCE, "urn:altinn:resource", "vedtak-brev");
    for action in ["read", "sign", "delete"] {
        text += &attributes(action, ACTION, ACTION_ID, action);
    }
    if !references.is_empty() {
        text += "<MultiRequests>";
        for ids in references {
            text += "<RequestReference>";
            for id in *ids {
                text += &format!("<AttributesReference ReferenceId=\"{id}\"/>");
            }
            text += "</RequestReference>";
        }
        text += "</MultiRequests>";
    }
    Request::from_xml(text + "</Request>").expect("can be read")
}

fn decisions(response: &Response) -> Vec<Decision> {
    let results = response.results.iter();
    results.map(|result| result.decision).collect()
}

fn pdp() -> Pdp {
    Pdp::from_xml(POLICY).expect("compiles")
}

use Decision::{Indeterminate, NotApplicable, Permit};

#[test]
fn repeated_categories_are_answered_one_by_one_and_in_order() {
    let response = pdp().decide(&request(false, &[]));
    assert_eq!(decisions(&response), [Permit, NotApplicable, Permit]);
    // Each result tells which it is, by the attributes that asked to be repeated.
    let told = response.results.iter().map(|result| {
        let value = &result.attributes[0].attributes[0].values[0];
        value.to_string()
    });
    assert_eq!(told.collect::<Vec<_>>(), ["read", "sign", "delete"]);
    assert_eq!(
        response.decision(),
        Indeterminate,
        "three answers are no Permit"
    );
}

#[test]
fn references_choose_and_a_bad_one_harms_nobody_else() {
    let references: [&[&str]; 3] = [&["s", "r", "delete"], &["s", "r"], &["r", "read"]];
    let response = pdp().decide(&request(false, &references));
    assert_eq!(decisions(&response), [Permit, NotApplicable, NotApplicable]);
}

#[test]
fn a_combined_decision_is_one_only_if_all_agree_and_bind_to_nothing() {
    // The policy's Permit carries an obligation.
    let combined = |references: &[&[&str]]| {
        let response = pdp().decide(&request(true, references));
        assert_eq!(response.results.len(), 1);
        response.decision()
    };
    assert_eq!(combined(&[&["s", "r", "sign"], &["s", "r"]]), NotApplicable);
    assert_eq!(
        combined(&[&["s", "r", "read"], &["s", "r", "read"]]),
        Indeterminate
    );
    assert_eq!(
        combined(&[&["s", "r", "read"], &["s", "r", "sign"]]),
        Indeterminate
    );
}

#[cfg(not(feature = "xpath"))]
#[test]
fn without_xpath_no_decision_is_made_about_nodes() {
    let text = format!(
        "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
         CombinedDecision=\"false\" ReturnPolicyIdList=\"false\"><Attributes Category=\"{RESOURCE}\">\
         <Content><a/></Content><Attribute IncludeInResult=\"true\" \
         AttributeId=\"urn:oasis:names:tc:xacml:3.0:profile:multiple:content-selector\">\
         <AttributeValue DataType=\"urn:oasis:names:tc:xacml:3.0:data-type:xpathExpression\" \
         XPathCategory=\"{RESOURCE}\">//*</AttributeValue></Attribute></Attributes></Request>"
    );
    let response = pdp().decide(&Request::from_xml(text).expect("can be read"));
    assert_eq!(decisions(&response), [Decision::Indeterminate]);
    let status = response.results[0].status.as_ref();
    let message = status.and_then(|status| status.message.as_deref());
    assert_eq!(
        message,
        Some(
            "the nodes that the request asks about cannot be told: that needs XPath, and this \
             build is without the feature `xpath`"
        )
    );
}
