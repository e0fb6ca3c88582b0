//! Failures that combining algorithms make a Deny or a Permit of: what is told of them, in every
//! way to ask, and what a PDP that is told to be Indeterminate makes of them.

mod bounds;
mod status;

use std::fmt::Write;

use vedtak::attribute::{Designator, category};
use vedtak::decision::StatusCode;
use vedtak::evaluate::{Context, Step};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::request::Matrix;
use vedtak::response::{ResponseResult, Trouble};
use vedtak::{Decision, Pdp, PdpBuilder, Request};

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
