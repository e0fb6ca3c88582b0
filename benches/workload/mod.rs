//! Policies and requests that the benches decide, made on the spot and the same every time.
#![allow(dead_code, reason = "each bench uses its part")]

pub(crate) mod memory;

use vedtak::{Decision, Pdp, Request};

const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
const ACTION: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
const ENVIRONMENT: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:environment";
const ACTION_ID: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";
const NAMESPACE: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";
const EQUAL: &str = "urn:oasis:names:tc:xacml:1.0:function:string-equal";
pub(crate) const IGNORE_CASE: &str =
    "urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case";

/// A policy in the shape of Altinn's: each rule lists two roles and an access package, one
/// resource, and two to four actions.
pub(crate) fn altinn_policy(name: &str, rules: usize, equal: &str) -> String {
    let actions = ["read", "write", "sign", "confirm", "delete", "list"];
    let mut text = format!(
        "<Policy xmlns=\"{NAMESPACE}\" PolicyId=\"urn:bench:{name}\" Version=\"1.0\" \
         RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\">\n<Target/>\n"
    );
    for rule in 0..rules {
        let subjects = any_of(&[
            matching(
                equal,
                &format!("ROLE{rule}"),
                SUBJECT,
                "urn:altinn:rolecode",
            ),
            matching(
                equal,
                &format!("ROLE{}", rule + 100),
                SUBJECT,
                "urn:altinn:rolecode",
            ),
            matching(
                equal,
                &format!("urn:altinn:accesspackage:p{rule}"),
                SUBJECT,
                "urn:altinn:accesspackage",
            ),
        ]);
        let resource = any_of(&[matching(EQUAL, name, RESOURCE, "urn:altinn:resource")]);
        let chosen: Vec<String> = (0..2 + rule % 3)
            .map(|i| {
                matching(
                    EQUAL,
                    actions[(rule + i) % actions.len()],
                    ACTION,
                    ACTION_ID,
                )
            })
            .collect();
        let actions = any_of(&chosen);
        text += &format!(
            "<Rule RuleId=\"urn:bench:{name}:rule:{rule}\" Effect=\"Permit\">\n\
             <Description>Roles {rule} and their package may act on {name}</Description>\n\
             <Target>{subjects}{resource}{actions}</Target></Rule>\n"
        );
    }
    text + "</Policy>\n"
}

/// A request that only the last rule of [`altinn_policy`] permits: number `variant` of many.
pub(crate) fn altinn_request(name: &str, rules: usize, variant: usize) -> Request {
    let actions = ["read", "write", "sign", "confirm", "delete", "list"];
    let last = rules - 1;
    let action = actions[(last + variant % (2 + last % 3)) % actions.len()];
    let builder = Request::builder()
        .subject(
            "urn:altinn:userid",
            20_000_000 + i64::try_from(variant).expect("is small"),
        )
        .subject("urn:altinn:rolecode", "UNKNOWN");
    let builder = if variant.is_multiple_of(2) {
        builder.subject("urn:altinn:rolecode", format!("ROLE{last}"))
    } else {
        builder.subject(
            "urn:altinn:accesspackage",
            format!("urn:altinn:accesspackage:p{last}"),
        )
    };
    builder
        .subject("urn:altinn:accesspackage", "urn:altinn:accesspackage:other")
        .resource(
            "urn:altinn:instance-id",
            "50318029/f515a823-cc9c-b4c9-d4c0-8feb81167346",
        )
        .resource("urn:altinn:partyid", "50318029")
        .resource("urn:altinn:resource", name)
        .resource("urn:altinn:task", "Task_1")
        .action(action)
        .build()
}

/// 64 requests that all are permitted, checked.
pub(crate) fn altinn_requests(pdp: &Pdp, name: &str, rules: usize) -> Vec<Request> {
    let requests: Vec<Request> = (0..64).map(|v| altinn_request(name, rules, v)).collect();
    for request in &requests {
        assert_eq!(pdp.decide(request).decision(), Decision::Permit);
    }
    requests
}

/// 20 rules of one long condition each; every term is evaluated in every rule, and the last rule
/// permits.
pub(crate) fn condition_policy() -> String {
    let types = "http://www.w3.org/2001/XMLSchema#";
    let f1 = "urn:oasis:names:tc:xacml:1.0:function:";
    let apply = |function: &str, arguments: &str| {
        format!("<Apply FunctionId=\"{function}\">{arguments}</Apply>")
    };
    let value = |data_type: &str, text: &str| {
        format!("<AttributeValue DataType=\"{types}{data_type}\">{text}</AttributeValue>")
    };
    let bag = |category: &str, id: &str, data_type: &str| {
        format!(
            "<AttributeDesignator Category=\"{category}\" AttributeId=\"{id}\" \
             DataType=\"{types}{data_type}\" MustBePresent=\"false\"/>"
        )
    };
    let only = |category: &str, id: &str, data_type: &str| {
        apply(
            &format!("{f1}{data_type}-one-and-only"),
            &bag(category, id, data_type),
        )
    };
    let mut text = format!(
        "<Policy xmlns=\"{NAMESPACE}\" PolicyId=\"urn:bench:conditions\" Version=\"1.0\" \
         RuleCombiningAlgId=\"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides\">\n<Target/>\n"
    );
    for rule in 0..20 {
        let terms = [
            apply(
                "urn:oasis:names:tc:xacml:3.0:function:any-of",
                &format!(
                    "<Function FunctionId=\"{EQUAL}\"/>{}{}",
                    value("string", "auditor"),
                    bag(SUBJECT, "urn:altinn:rolecode", "string")
                ),
            ),
            apply(
                "urn:oasis:names:tc:xacml:2.0:function:time-in-range",
                &format!(
                    "{}{}{}",
                    only(
                        ENVIRONMENT,
                        "urn:oasis:names:tc:xacml:1.0:environment:current-time",
                        "time"
                    ),
                    value("time", "06:00:00Z"),
                    value("time", "20:00:00Z")
                ),
            ),
            apply(
                &format!("{f1}integer-greater-than"),
                &format!(
                    "{}{}",
                    apply(
                        &format!("{f1}integer-add"),
                        &format!(
                            "{}{}",
                            apply(
                                &format!("{f1}integer-multiply"),
                                &(only(SUBJECT, "urn:bench:level", "integer")
                                    + &value("integer", "10"))
                            ),
                            value("integer", "7")
                        )
                    ),
                    value("integer", "30")
                ),
            ),
            apply(
                &format!("{f1}string-at-least-one-member-of"),
                &format!(
                    "{}{}",
                    bag(SUBJECT, "urn:altinn:accesspackage", "string"),
                    apply(
                        &format!("{f1}string-bag"),
                        &(value("string", "a")
                            + &value("string", "revisor")
                            + &value("string", "c"))
                    )
                ),
            ),
            apply(
                &format!("{f1}dateTime-less-than"),
                &format!(
                    "{}{}",
                    only(SUBJECT, "urn:bench:since", "dateTime"),
                    value("dateTime", "2026-01-01T00:00:00Z")
                ),
            ),
            apply(
                &format!("{f1}integer-equal"),
                &format!(
                    "{}{}",
                    apply(
                        &format!("{f1}string-bag-size"),
                        &bag(SUBJECT, "urn:altinn:rolecode", "string")
                    ),
                    value("integer", "2")
                ),
            ),
            apply(
                &format!("{f1}string-regexp-match"),
                &format!(
                    "{}{}",
                    value("string", "^urn:altinn:app:[a-z]+/[a-z0-9-]+$"),
                    only(RESOURCE, "urn:bench:app", "string")
                ),
            ),
            // Only the last rule's number is the request's.
            apply(
                &format!("{f1}integer-equal"),
                &(only(ACTION, "urn:bench:number", "integer")
                    + &value("integer", &rule.to_string())),
            ),
        ];
        let condition = apply(&format!("{f1}and"), &terms.concat());
        text += &format!(
            "<Rule RuleId=\"rule:{rule}\" Effect=\"Permit\"><Condition>{condition}</Condition></Rule>\n"
        );
    }
    text + "</Policy>\n"
}

/// What the last rule of [`condition_policy`] permits.
pub(crate) fn condition_request() -> Request {
    let time: vedtak::value::Time = "12:00:00Z".parse().expect("is a time");
    let since: vedtak::value::DateTime = "2020-05-17T10:00:00Z".parse().expect("is a dateTime");
    Request::builder()
        .subject("urn:altinn:rolecode", "auditor")
        .subject("urn:altinn:rolecode", "regna")
        .subject("urn:altinn:accesspackage", "revisor")
        .subject("urn:bench:level", 4)
        .subject("urn:bench:since", since)
        .resource("urn:bench:app", "urn:altinn:app:skd/tax-report-2026")
        .attribute(ACTION, "urn:bench:number", 19)
        .environment(
            "urn:oasis:names:tc:xacml:1.0:environment:current-time",
            time,
        )
        .build()
}

fn matching(function: &str, value: &str, category: &str, id: &str) -> String {
    format!(
        "<Match MatchId=\"{function}\"><AttributeValue DataType=\"{STRING}\">{value}</AttributeValue>\
         <AttributeDesignator Category=\"{category}\" AttributeId=\"{id}\" DataType=\"{STRING}\" \
         MustBePresent=\"false\"/></Match>"
    )
}

fn any_of(matches: &[String]) -> String {
    let all: Vec<String> = matches
        .iter()
        .map(|m| format!("<AllOf>{m}</AllOf>"))
        .collect();
    format!("<AnyOf>{}</AnyOf>\n", all.concat())
}
