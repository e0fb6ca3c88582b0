//! The status of a decision as the host lets it be told, and the attributes that it misses.

use vedtak::attribute::category;
use vedtak::decision::StatusCode;
use vedtak::request::AttributeBuilder;
use vedtak::response::StatusDisclosure;
use vedtak::{Request, Response};

use super::bounds::rules;
use super::{OUTAGE, SUBJECT, asks_for, builder, built, policy, read, under};

#[test]
fn a_status_is_told_as_the_host_chose() {
    let secrets = [
        "roles",
        "connection refused",
        "managers",
        "blocked",
        "StatusMessage",
    ];
    let text = under("deny-overrides");
    let asked = read().to_xml();
    let in_json = read().to_json();
    let answers = |disclosure: StatusDisclosure| {
        let pdp = built(builder(&text).status_disclosure(disclosure));
        [
            pdp.decide_xml(&asked),
            pdp.decide_json(&in_json),
            pdp.decide_xml("<Request><managers/></Request>"),
            pdp.decide_json(r#"{"managers": 1}"#),
        ]
    };
    for answer in answers(StatusDisclosure::CodeOnly) {
        assert!(
            secrets.iter().all(|secret| !answer.contains(secret)),
            "{answer}"
        );
        assert!(answer.contains("processing-error") || answer.contains("syntax-error"));
    }
    for answer in answers(StatusDisclosure::Message) {
        assert!(
            answer.contains("StatusMessage") && answer.contains("managers"),
            "{answer}"
        );
    }
    let [xml, json, ..] = answers(StatusDisclosure::Troubles);
    for answer in [xml, json] {
        assert!(
            answer.contains("managers") && answer.contains("blocked"),
            "{answer}"
        );
    }
    // A Deny of deny-unless-permit says what it met only if it is to.
    for (disclosure, is_told) in [
        (StatusDisclosure::CodeOnly, false),
        (StatusDisclosure::Message, false),
        (StatusDisclosure::Troubles, true),
    ] {
        let pdp = built(builder(OUTAGE).status_disclosure(disclosure));
        let answer = pdp.decide_xml(&asked);
        assert!(answer.contains("<Decision>Deny</Decision>"), "{answer}");
        assert_eq!(answer.contains("connection refused"), is_told, "{answer}");
        Response::from_xml(&answer).expect("can be read");
    }
}

/// The attributes that are missing are told whoever asks (§7.19.3).
#[test]
fn missing_attributes_are_told_without_a_message() {
    let text = policy("deny-overrides", &rules(1, |_| "name".to_owned()));
    let pdp = built(builder(&text).status_disclosure(StatusDisclosure::CodeOnly));
    let answer = Response::from_xml(pdp.decide_xml(read().to_xml())).expect("can be read");
    let status = answer.status().expect("has one");
    assert_eq!(status.code, StatusCode::MissingAttribute);
    assert_eq!(status.message, None);
    assert_eq!(&*status.missing[0].designator.id, "name");
}

#[test]
fn a_missing_attribute_is_told_with_what_the_request_has() {
    let issued = r#"<Rule RuleId="r" Effect="Permit">TARGET</Rule>"#;
    let plain = asks_for("clearance", true);
    let by_issuer = plain.replace("AttributeId", r#"Issuer="https://id.example" AttributeId"#);
    let urn = asks_for("urn:example:clearance-level", true);
    let of = |category: &str, id: &str| AttributeBuilder::new(category, id);
    for (target, attribute, expected) in [
        (
            &plain,
            of(SUBJECT, "clearance").value(3),
            "(the request has it as integer)",
        ),
        (
            &plain,
            of(category::RESOURCE, "clearance").value("3"),
            "(the request has it in category `urn:oasis:names:tc:xacml:3.0:attribute-category:resource`)",
        ),
        (
            &plain,
            of(category::RESOURCE, "clearance").value(3),
            "(the request has it as integer in category \
             `urn:oasis:names:tc:xacml:3.0:attribute-category:resource`)",
        ),
        (
            &plain,
            of(SUBJECT, "Clearance").value("3"),
            "(the request has `Clearance`)",
        ),
        (
            &plain,
            of(category::RESOURCE, "Clearance").value(3),
            "(the request has `Clearance` as integer in category \
             `urn:oasis:names:tc:xacml:3.0:attribute-category:resource`)",
        ),
        (
            &by_issuer,
            of(SUBJECT, "clearence").value(3),
            "(the request has `clearence` as integer without issuer)",
        ),
        (
            &plain,
            of(SUBJECT, "clearence").value("3"),
            "(the request has `clearence`)",
        ),
        (
            &plain,
            of(SUBJECT, " clearance").value("3"),
            "(the request has ` clearance`)",
        ),
        (
            &urn,
            of(SUBJECT, "urn:example:clearancelevel").value("3"),
            "(the request has `urn:example:clearancelevel`)",
        ),
        (
            &by_issuer,
            of(SUBJECT, "clearance").value("3"),
            "(the request has it without issuer)",
        ),
        (
            &by_issuer,
            of(SUBJECT, "clearance")
                .issuer("https://other.example")
                .value("3"),
            "(the request has it from issuer `https://other.example`)",
        ),
        (
            &plain,
            of(SUBJECT, "height").value("3"),
            "must be present; in Rule",
        ),
        (
            &plain,
            of(category::RESOURCE, "clearence").value("3"),
            "must be present; in Rule",
        ),
    ] {
        for algorithm in ["deny-overrides", "deny-unless-permit"] {
            let text = policy(algorithm, &issued.replace("TARGET", target));
            let asked = Request::builder().with(attribute.clone()).build();
            let response = built(builder(&text)).decide(&asked);
            let line = response
                .troubles()
                .map(ToString::to_string)
                .collect::<String>();
            assert!(line.contains(expected), "{line}\n{expected}");
            if algorithm == "deny-overrides" {
                let status = response.status().and_then(|status| status.message.clone());
                assert_eq!(status, Some(line));
            }
        }
    }
}

/// However much a request says, little of it is looked at.
#[test]
fn of_a_huge_request_little_is_looked_at() {
    let text = policy(
        "deny-unless-permit",
        &rules(100, |number| format!("clearance-{number}")),
    );
    let pdp = built(builder(&text));
    let mut asked = Request::builder();
    for number in 0..5_000 {
        asked =
            asked.with(AttributeBuilder::new(SUBJECT, format!("clearanse-{number}")).value("x"));
    }
    let response = pdp.decide(&asked.build());
    // The nearest is among the first for each.
    let lines: Vec<String> = response.troubles().map(ToString::to_string).collect();
    assert_eq!(lines.len(), 100);
    for (number, line) in lines.iter().enumerate() {
        assert!(
            line.contains(&format!("the request has `clearanse-{number}`)")),
            "{line}"
        );
    }
    let far = (0..500).fold(Request::builder(), |asked, number| {
        asked.with(AttributeBuilder::new(SUBJECT, format!("height-{number}")).value("x"))
    });
    let far = far.with(AttributeBuilder::new(SUBJECT, "clearanse-1").value("x"));
    let response = pdp.decide(&far.build());
    assert!(
        response
            .troubles()
            .all(|trouble| !trouble.message.contains("the request has `"))
    );
}
