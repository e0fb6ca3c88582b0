//! Failures that combining algorithms make a Deny or a Permit of: what is told of them, in every
//! way to ask, and what a PDP that is told to be Indeterminate makes of them.

use std::fmt::Write;

use vedtak::attribute::{Designator, category};
use vedtak::decision::StatusCode;
use vedtak::evaluate::{Context, Step};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::request::{AttributeBuilder, Matrix};
use vedtak::response::{ResponseResult, Status, StatusDisclosure, Trouble};
use vedtak::{Decision, Limits, Pdp, PdpBuilder, Request, Response};

use crate::bless::difference;

const OUTAGE: &str = include_str!("../../fixtures/troubles/outage.xml");
const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const F1: &str = "urn:oasis:names:tc:xacml:1.0:function:";
const XACML: &str = "urn:oasis:names:tc:xacml:";
const NAMESPACE: &str = r#"xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17""#;

/// A database that is down.
struct Roles;

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        wanted.id.starts_with("role")
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Err(ProviderError::new("connection refused"))
    }
}

fn under(algorithm: &str) -> String {
    let id = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-unless-permit";
    assert!(OUTAGE.contains(id));
    let version = if algorithm.ends_with("applicable") {
        "1.0"
    } else {
        "3.0"
    };
    let other = format!("{XACML}{version}:policy-combining-algorithm:{algorithm}");
    OUTAGE.replace(id, &other)
}

const ALGORITHMS: [&str; 6] = [
    "permit-overrides",
    "deny-overrides",
    "first-applicable",
    "only-one-applicable",
    "deny-unless-permit",
    "permit-unless-deny",
];

fn builder(policy: &str) -> PdpBuilder {
    Pdp::builder().policy("policy.xml", policy).provider(Roles)
}

fn built(builder: PdpBuilder) -> Pdp {
    builder.build().unwrap_or_else(|error| panic!("{error}"))
}

fn read() -> Request {
    Request::builder().action("read").build()
}

#[test]
fn an_outage_is_told_under_every_algorithm() {
    let mut told = String::new();
    for algorithm in ALGORITHMS {
        let response = built(builder(&under(algorithm))).decide(&read());
        let wary = built(builder(&under(algorithm)).indeterminate_on_trouble());
        let _ = writeln!(told, "{algorithm}: {response}");
        assert_eq!(wary.decide(&read()).decision(), Decision::Indeterminate);
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/troubles/outage.txt");
    let difference = difference(path, &told);
    assert!(difference.is_empty(), "{difference}");
    let chapter = include_str!("../../src/manual/errors.md");
    assert!(chapter.contains(&told), "the chapter on errors shows it");
}

/// Every way to ask, and every form of the program: decision, status, obligations and troubles.
#[test]
fn every_way_to_ask_tells_the_same() {
    for algorithm in ALGORITHMS {
        for wary in [false, true] {
            let with = |builder: PdpBuilder| match wary {
                true => builder.indeterminate_on_trouble(),
                false => builder,
            };
            let pdp = built(with(builder(&under(algorithm))));
            let request = read();
            let expected = pdp.decide(&request);
            let [expected] = &expected.results[..] else {
                panic!("one result");
            };
            assert!(!expected.troubles.is_empty(), "{algorithm}");
            let same = |found: &ResponseResult, how: &str| {
                assert_eq!(found, expected, "{algorithm} {how}");
                assert_eq!(found.troubles, expected.troubles, "{algorithm} {how}");
            };
            for (lowering, index) in [(false, false), (true, false), (true, true)] {
                let pdp = built(with(
                    builder(&under(algorithm)).optimizations(lowering, index),
                ));
                same(&pdp.decide(&request).results[0], "steps");
            }
            let mut context = Context::new();
            let outcome = pdp.decide_with(&mut context, &request);
            assert!(outcome.has_troubles());
            same(&outcome.to_result(), "decide_with");
            let mut evaluation = pdp.begin(&mut context, &request);
            while let Step::Needs(needs) = evaluation.step() {
                for need in needs {
                    evaluation.supply(&need, pdp.fetch(&need, &request));
                }
            }
            same(&evaluation.finish().to_result(), "steps of the host");
            same(
                &pollster::block_on(pdp.decide_async(&request)).results[0],
                "async",
            );
            let requests = [request.clone(), request.clone()];
            for response in pdp.decide_all(&requests) {
                same(&response.results[0], "batch");
            }
            for response in pollster::block_on(pdp.decide_all_async(&requests)) {
                same(&response.results[0], "async batch");
            }
            let matrix = Matrix::new(Request::builder().build()).actions(["read", "sign"]);
            for found in pdp.decide_matrix(&matrix).cells() {
                same(found, "matrix");
            }
            for found in pollster::block_on(pdp.decide_matrix_async(&matrix)).cells() {
                same(found, "async matrix");
            }
            for cell in pdp.call().brief().decide_matrix(&matrix).cells() {
                assert_eq!(cell.decision, expected.decision);
                assert!(cell.has_troubles);
            }
            let store = with(builder(&under(algorithm)))
                .root_combining(format!(
                    "{XACML}3.0:policy-combining-algorithm:deny-overrides"
                ))
                .store()
                .unwrap_or_else(|error| panic!("{error}"));
            same(&store.pdp().decide(&request).results[0], "store");
        }
    }
}

#[test]
fn one_decision_for_all_has_the_troubles_of_all() {
    let combined = format!(
        r#"<Request {NAMESPACE} ReturnPolicyIdList="false" CombinedDecision="true">{}{}</Request>"#,
        attributes("read"),
        attributes("sign")
    );
    let combined = Request::from_xml(combined).expect("can be read");
    for (wary, expected) in [(false, Decision::Deny), (true, Decision::Indeterminate)] {
        let builder = builder(OUTAGE);
        let pdp = built(match wary {
            true => builder.indeterminate_on_trouble(),
            false => builder,
        });
        let alone = pdp.decide(&read());
        for response in [
            pdp.decide(&combined),
            pollster::block_on(pdp.decide_async(&combined)),
        ] {
            assert_eq!(response.decision(), expected);
            // The same cause in the same places.
            assert_eq!(response.results[0].troubles, alone.results[0].troubles);
        }
    }
}

fn attributes(action: &str) -> String {
    format!(
        r#"<Attributes Category="{}"><Attribute AttributeId="{}" IncludeInResult="false">
            <AttributeValue DataType="{STRING}">{action}</AttributeValue></Attribute></Attributes>"#,
        category::ACTION,
        "urn:oasis:names:tc:xacml:1.0:action:action-id"
    )
}

fn designator(id: &str, must_be_present: bool) -> String {
    format!(
        r#"<AttributeDesignator Category="{SUBJECT}" AttributeId="{id}" DataType="{STRING}"
            MustBePresent="{must_be_present}"/>"#
    )
}

/// A target that asks for a role, or for another attribute, of the subject.
fn asks_for(id: &str, must_be_present: bool) -> String {
    format!(
        r#"<Target><AnyOf><AllOf><Match MatchId="{F1}string-equal">
            <AttributeValue DataType="{STRING}">yes</AttributeValue>{}</Match></AllOf></AnyOf></Target>"#,
        designator(id, must_be_present)
    )
}

fn policy(algorithm: &str, rules: &str) -> String {
    format!(
        r#"<Policy {NAMESPACE} PolicyId="p" Version="1.0"
            RuleCombiningAlgId="{XACML}3.0:rule-combining-algorithm:{algorithm}">
            <Target/>{rules}</Policy>"#
    )
}

fn is_in(bag: &str) -> String {
    format!(
        r#"<Apply FunctionId="{F1}string-is-in">
            <AttributeValue DataType="{STRING}">yes</AttributeValue>{bag}</Apply>"#
    )
}

fn joined(function: &str, parts: &[String]) -> String {
    format!(
        r#"<Apply FunctionId="{F1}{function}">{}</Apply>"#,
        parts.concat()
    )
}

/// A failure is a trouble where it left something Indeterminate, and nowhere else.
#[test]
fn a_failure_that_does_not_matter_is_no_trouble() {
    let (fails, holds) = (
        is_in(&designator("role", false)),
        is_in(&designator("name", false)),
    );
    let does_not = joined("not", std::slice::from_ref(&holds));
    for (condition, troubles) in [
        (joined("or", &[fails.clone(), holds.clone()]), 0),
        (joined("or", &[fails.clone(), does_not.clone()]), 1),
        (joined("and", &[fails.clone(), does_not.clone()]), 0),
        (joined("and", &[fails.clone(), holds.clone()]), 1),
        (fails.clone(), 1),
    ] {
        let rule = format!(
            r#"<Rule RuleId="r" Effect="Permit"><Condition>{condition}</Condition></Rule>"#
        );
        let named = Request::builder().subject("name", "yes").build();
        let pdp = built(builder(&policy("deny-unless-permit", &rule)));
        let response = pdp.decide(&named);
        assert_eq!(
            response.troubles().count(),
            troubles,
            "{condition}\n{response}"
        );
        let wary = builder(&policy("deny-unless-permit", &rule)).indeterminate_on_trouble();
        let expected = match troubles {
            0 => response.decision(),
            _ => Decision::Indeterminate,
        };
        assert_eq!(built(wary).decide(&named).decision(), expected);
    }
}

#[test]
fn obligations_that_cannot_be_made_are_troubles() {
    let obligation = format!(
        r#"<ObligationExpressions><ObligationExpression ObligationId="log" FulfillOn="Permit">
            <AttributeAssignmentExpression AttributeId="a">{}</AttributeAssignmentExpression>
            </ObligationExpression></ObligationExpressions>"#,
        designator("role", false)
    );
    let of_rule = format!(r#"<Rule RuleId="r" Effect="Permit">{obligation}</Rule>"#);
    let of_policy = format!(r#"<Rule RuleId="r" Effect="Permit"/>{obligation}"#);
    for (text, rule) in [(of_rule, Some("r")), (of_policy, None)] {
        let inner = policy("deny-unless-permit", &text).replacen(NAMESPACE, "", 1);
        let set = format!(
            r#"<PolicySet {NAMESPACE} PolicySetId="s" Version="2.0"
                PolicyCombiningAlgId="{XACML}3.0:policy-combining-algorithm:deny-unless-permit">
                <Target/>{inner}</PolicySet>"#
        );
        let response = built(builder(&set)).decide(&read());
        assert_eq!(response.decision(), Decision::Deny);
        let troubles: Vec<&Trouble> = response.troubles().collect();
        let [trouble] = troubles[..] else {
            panic!("{response}");
        };
        assert_eq!(trouble.code, StatusCode::ProcessingError);
        assert_eq!(trouble.provider.as_deref(), Some("roles"));
        assert_eq!(trouble.attribute.as_ref().map(|a| &*a.id), Some("role"));
        let place = &trouble.places[0];
        assert_eq!(place.rule.as_deref(), rule);
        assert_eq!(&*place.policy.id, "p");
        assert_eq!(place.policy.version.as_deref(), Some("1.0"));
        assert!(!place.policy.is_set);
    }
}

/// Rules that miss an attribute each, or all the same, and the troubles that are told of them.
fn rules(count: usize, id: impl Fn(usize) -> String) -> String {
    let rule = |number: usize| {
        let target = asks_for(&id(number), true);
        format!(r#"<Rule RuleId="r{number}" Effect="Permit">{target}</Rule>"#)
    };
    (0..count).map(rule).collect()
}

#[test]
fn the_list_is_bounded_and_says_how_many_more() {
    for count in [50, 100, 200] {
        let same = policy("deny-unless-permit", &rules(count, |_| "name".to_owned()));
        let response = built(builder(&same)).decide(&read());
        let troubles: Vec<&Trouble> = response.troubles().collect();
        assert_eq!(troubles.len(), 1);
        assert_eq!(troubles[0].places.len(), 20);
        assert_eq!(troubles[0].more_places, count - 20);
        let line = troubles[0].to_string();
        let end = format!(
            "; in Rule `r0` of Policy `p`, in Rule `r1` of Policy `p`, in Rule `r2` of Policy `p` \
             and {} more",
            count - 3
        );
        assert!(line.ends_with(&end), "{line}");
        let own = policy(
            "deny-unless-permit",
            &rules(count, |number| format!("name-{number}")),
        );
        let response = built(builder(&own)).decide(&read());
        let troubles: Vec<&Trouble> = response.troubles().collect();
        assert_eq!(troubles.len(), count.min(101));
        let last = troubles.last().map(ToString::to_string).unwrap_or_default();
        let left_out = count > 100 && last == "failures of more causes than 100 (100)";
        assert_eq!(left_out, count > 100, "{last}");
    }
}

/// Troubles of several results are one list, which counts those that each of them left out.
#[test]
fn joined_lists_count_all_that_was_left_out() {
    let of = |prefix: &str, count: usize| {
        let own = policy(
            "deny-unless-permit",
            &rules(count, |number| format!("{prefix}-{number}")),
        );
        let response = built(builder(&own)).decide(&read());
        response.troubles().cloned().collect::<Vec<Trouble>>()
    };
    for (one, other, left_out) in [(150, 150, 200), (150, 1, 51), (60, 60, 20), (50, 50, 0)] {
        let (first, second) = (of("one", one), of("other", other));
        let joined = Trouble::joined(first.iter().chain(&second));
        let again = Trouble::joined(&joined);
        assert_eq!(again, joined);
        assert_eq!(joined.last().map(|last| last.left_out), Some(left_out));
        let last = joined.last().map(ToString::to_string);
        let expected =
            (left_out > 0).then(|| format!("failures of more causes than 100 ({left_out})"));
        match expected {
            Some(expected) => assert_eq!(last, Some(expected)),
            None => assert_eq!(joined.len(), one + other),
        }
    }
}

/// A cause is counted by what it is, not by its words.
#[test]
fn a_cause_that_reads_like_the_count_of_others_is_one() {
    let status = |message: &str| Status::new(StatusCode::ProcessingError, message);
    let of = |message: &str| ResponseResult::indeterminate(status(message)).troubles;
    let like = of("failures of more causes than 100 (7)");
    let joined = Trouble::joined(like.iter().chain(&of("down")));
    assert_eq!(joined.len(), 2);
    assert!(joined.iter().all(|trouble| trouble.left_out == 0));
}

/// The cause of a status is told, whatever number of other causes was met before it and after it.
#[test]
fn the_list_has_the_cause_of_the_status() {
    for (before, after) in [
        (0, 1),
        (99, 0),
        (99, 1),
        (100, 0),
        (149, 0),
        (149, 30),
        (250, 0),
    ] {
        let many = |prefix: &'static str, count: usize| {
            let rules = rules(count, |number| format!("{prefix}-{number}"));
            let text = policy("deny-unless-permit", &rules);
            text.replace(r#"PolicyId="p""#, &format!(r#"PolicyId="{prefix}""#))
        };
        // Deny, then Indeterminate{P}, so that the whole is Indeterminate for the sake of the latter.
        let own = policy("deny-overrides", &rules(1, |_| "decisive".to_owned()));
        let text = format!(
            r#"<PolicySet {NAMESPACE} PolicySetId="s" Version="1.0"
                PolicyCombiningAlgId="{XACML}3.0:policy-combining-algorithm:permit-overrides">
                <Target/>{}{own}{}</PolicySet>"#,
            many("before", before),
            many("after", after),
        );
        let response = built(builder(&text)).decide(&read());
        assert_eq!(response.decision(), Decision::Indeterminate);
        let status = response.status().and_then(|status| status.message.clone());
        let status = status.unwrap_or_default();
        assert!(status.contains("`decisive`"), "{status}");
        let lines: Vec<String> = response.troubles().map(ToString::to_string).collect();
        let same = lines.iter().filter(|line| **line == status);
        assert_eq!(
            same.count(),
            1,
            "{before} and {after}: {status}\n{lines:#?}"
        );
        let all = before + 1 + after;
        assert_eq!(lines.len(), all.min(101), "{before} and {after}");
        let counted = format!(
            "failures of more causes than 100 ({})",
            all.saturating_sub(100)
        );
        let is_counted = lines.last() == Some(&counted);
        assert_eq!(is_counted, all > 100, "{counted}\n{lines:#?}");
    }
}

/// What an outage costs grows with the rules that it hits, and is paid for.
#[test]
fn troubles_are_paid_for() {
    let work = |count: usize| {
        let text = policy(
            "deny-unless-permit",
            &rules(count, |number| format!("n{number}")),
        );
        let fits = |work: u64| {
            let mut limits = Limits::default();
            limits.work = work;
            let response = built(builder(&text).limits(limits)).decide(&read());
            response.decision() == Decision::Deny
        };
        let mut work = 1;
        while !fits(work) {
            work += work / 16 + 1;
        }
        work
    };
    let counts = [50, 100, 200].map(work);
    assert!(counts[0] > 50 * 32, "{counts:?}");
    assert!(counts[2] < 5 * counts[0], "{counts:?}");
    assert!(counts[1] < 3 * counts[0], "{counts:?}");
}

#[test]
fn a_decision_beyond_the_limit_says_only_that() {
    let mut limits = Limits::default();
    limits.work = 200;
    let text = policy("deny-unless-permit", &rules(50, |_| "name".to_owned()));
    let response = built(builder(&text).limits(limits)).decide(&read());
    let lines: Vec<String> = response.troubles().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        ["the decision takes more work than the limit allows (`Limits::work`)"]
    );
}

#[test]
fn a_context_forgets_the_troubles_of_the_decision_before() {
    let pdp = built(builder(OUTAGE));
    let mut context = Context::new();
    assert!(pdp.decide_with(&mut context, &read()).has_troubles());
    let named = Request::builder().subject("role", "manager").build();
    let outcome = pdp.decide_with(&mut context, &named);
    assert_eq!(outcome.decision(), Decision::Permit);
    assert!(!outcome.has_troubles() && outcome.troubles().is_empty());
}

/// A request for something that a deputy may if the one they stand in for may.
fn deputy(of: &str, condition: impl Fn(&str) -> String) -> String {
    let asks = format!(
        r#"<Apply FunctionId="{XACML}3.0:function:access-permitted">
            <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#anyURI">{SUBJECT}</AttributeValue>
            <AttributeValue DataType="{STRING}">&lt;Attribute AttributeId="who"
              IncludeInResult="false">&lt;AttributeValue DataType="{STRING}">{of}&lt;/AttributeValue>&lt;/Attribute></AttributeValue></Apply>"#
    );
    let is = |who: &str| {
        format!(
            r#"<Apply FunctionId="{F1}string-is-in"><AttributeValue DataType="{STRING}">{who}</AttributeValue>{}</Apply>"#,
            designator("who", false)
        )
    };
    let principals = joined("and", &[is("principal"), is_in(&designator("role", false))]);
    let rules = format!(
        r#"<Rule RuleId="principals" Effect="Permit"><Condition>{principals}</Condition></Rule>
           <Rule RuleId="deputies" Effect="Permit"><Condition>{}</Condition></Rule>"#,
        joined("and", &[is("deputy"), condition(&asks)])
    );
    policy("deny-unless-permit", &rules)
}

/// An outage in a decision that was asked for makes it a Deny, and the answer False.
#[test]
fn decisions_that_were_asked_for_tell_their_troubles() {
    let asked = Request::builder().subject("who", "deputy").build();
    let never = is_in(&designator("name", false));
    for (text, is_told) in [
        (deputy("principal", |asks| asks.to_owned()), true),
        (deputy("nobody", |asks| asks.to_owned()), false),
        // Its answer matters nothing, whether or not it was asked for.
        (
            deputy("principal", |asks| {
                joined("and", &[asks.to_owned(), never.clone()])
            }),
            false,
        ),
        (
            deputy("principal", |asks| {
                joined("not", &[joined("not", &[asks.to_owned()])])
            }),
            true,
        ),
    ] {
        for (lowering, index) in [(false, false), (true, false), (true, true)] {
            let pdp = || builder(&text).optimizations(lowering, index);
            let response = built(pdp()).decide(&asked);
            assert_eq!(response.decision(), Decision::Deny, "{text}");
            let lines: Vec<String> = response.troubles().map(ToString::to_string).collect();
            let expected = "the attribute provider `roles`, asked for `role`: connection refused; in \
                            Rule `principals` of Policy `p`";
            assert_eq!(lines, vec![expected; usize::from(is_told)], "{text}");
            let later = pollster::block_on(built(pdp()).decide_async(&asked));
            assert_eq!(later.results[0].troubles, response.results[0].troubles);
            let wary = built(pdp().indeterminate_on_trouble()).decide(&asked);
            let is_wary = wary.decision() == Decision::Indeterminate;
            assert_eq!(is_wary, is_told, "{text}\n{wary}");
            assert_eq!(
                wary.troubles().any(|t| t.provider.is_some()),
                is_told,
                "{wary}"
            );
        }
    }
}

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
