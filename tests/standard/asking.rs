//! Questions with open attributes, and the policies that they are asked of.

mod difference;
mod enough;
mod unanswered;
mod who;

use vedtak::attribute::category;
use vedtak::value::DataType;
use vedtak::{Pdp, Request};

const SERVICE: &str = include_str!("../../fixtures/altinn/resource-policy.xml");

fn about(action: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:rolecode", "regna")
        .resource("urn:altinn:resource", "vedtak-brev")
        .action(action)
        .build()
}

fn policy(rules: &str) -> String {
    format!(
        "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicyId='p' Version='1.0' \
         RuleCombiningAlgId='urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides'>\
         <Target/>{rules}</Policy>"
    )
}

/// A subject's attribute in a condition: its only value, or all of them.
fn of_subject(name: &str, data_type: DataType) -> String {
    format!(
        "<AttributeDesignator Category='{}' AttributeId='{name}' DataType='{}' MustBePresent='false'/>",
        category::ACCESS_SUBJECT,
        data_type.uri()
    )
}

fn apply(function: &str, arguments: &[&str]) -> String {
    let arguments = arguments.concat();
    format!("<Apply FunctionId='urn:oasis:names:tc:xacml:{function}'>{arguments}</Apply>")
}

fn literal(data_type: DataType, text: &str) -> String {
    format!(
        "<AttributeValue DataType='{}'>{text}</AttributeValue>",
        data_type.uri()
    )
}

fn permit_if(condition: &str) -> Pdp {
    let rule =
        format!("<Rule RuleId='r' Effect='Permit'><Condition>{condition}</Condition></Rule>");
    Pdp::from_xml(policy(&rule)).expect("compiles")
}

/// The only integer of an attribute.
fn only(name: &str) -> String {
    let bag = of_subject(name, DataType::Integer);
    apply("1.0:function:integer-one-and-only", &[&bag])
}
