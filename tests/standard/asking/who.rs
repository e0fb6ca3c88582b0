//! Classes of requests with one decision: who is permitted, and what is presumed of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::analysis::{Answer, Between, Unanswered};
use vedtak::attribute::{Designator, category, id};
use vedtak::decision::ExtendedDecision;
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::value::{DataType, Value};
use vedtak::{Decision, Pdp, Request};

use super::{SERVICE, apply, literal, of_subject, only, permit_if, policy};

/// A register of roles that counts how often it is asked.
struct Roles(Arc<AtomicUsize>);

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "urn:altinn:rolecode"
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(Fetched::from(vec![Value::from("lede")]))
    }
}

#[test]
fn what_is_not_open_comes_from_its_provider_and_what_is_open_does_not() {
    let asked = Arc::new(AtomicUsize::new(0));
    let pdp = Pdp::builder()
        .policy("service", SERVICE)
        .provider(Roles(asked.clone()))
        .build()
        .expect("is a policy");
    let request = Request::builder()
        .resource("urn:altinn:resource", "vedtak-brev")
        .build();
    let residual = pdp
        .analysis(&request)
        .open_category(category::ACTION)
        .residual();
    let residual = residual.expect("is small");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let action = Designator::new(category::ACTION, id::ACTION_ID, DataType::String);
    let permitted = residual.permitted(&action, 1_000).expect("is small");
    assert_eq!(
        permitted.always,
        ["read", "list"].map(|name| Answer::Value(name.into()))
    );
    let open = pdp
        .analysis(&request)
        .open(|_| true)
        .residual()
        .expect("is small");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    let names = open
        .attributes()
        .into_iter()
        .map(|attribute| attribute.id.to_string());
    assert!(
        names
            .collect::<Vec<_>>()
            .contains(&"urn:altinn:rolecode".to_owned())
    );
}

#[test]
fn who_is_permitted_is_only_said_of_what_is_open() {
    let condition = apply(
        "1.0:function:integer-equal",
        &[&only("clearance"), &literal(DataType::Integer, "2")],
    );
    let pdp = permit_if(&condition);
    let request = Request::builder().subject("clearance", 1).build();
    let clearance = |data_type| Designator::new(category::ACCESS_SUBJECT, "clearance", data_type);
    let closed = pdp.analysis(&request).residual().expect("is small");
    let refused = closed
        .permitted(&clearance(DataType::Integer), 100)
        .unwrap_err();
    let attribute = "clearance".to_owned();
    assert_eq!(refused, Unanswered::NotOpen { attribute });
    let open = pdp
        .analysis(&request)
        .open(|_| true)
        .residual()
        .expect("is small");
    let of = |data_type| {
        open.permitted(&clearance(data_type), 100)
            .expect("is small")
    };
    assert!(of(DataType::Integer).is_read && !of(DataType::String).is_read);
}

#[test]
fn a_requirement_says_all_that_its_class_meets() {
    let condition = apply(
        "1.0:function:integer-less-than-or-equal",
        &[&only("amount"), &literal(DataType::Integer, "50000")],
    );
    let pdp = permit_if(&condition);
    let nobody = Request::default();
    let residual = pdp
        .analysis(&nobody)
        .open(|_| true)
        .residual()
        .expect("is small");
    let permits = residual
        .alternatives(Decision::Permit, 10, 1_000)
        .expect("is small");
    let told: Vec<String> = permits.iter().flatten().map(ToString::to_string).collect();
    let several = Request::builder()
        .subject("amount", 1)
        .subject("amount", 2)
        .build();
    assert_ne!(pdp.decide(&several).decision(), Decision::Permit);
    assert!(
        told.iter()
            .all(|text| text.contains("has one value") || text.contains(" is ")),
        "{told:?}"
    );
}

/// Where a policy asks how many values there are, or for the only one or all, none is presumed; where it
/// looks for one, it is, and the answer says so.
#[test]
fn a_number_of_values_is_not_presumed_where_policies_ask_for_it() {
    let tag = of_subject("tag", DataType::String);
    let x = "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string'>x</AttributeValue>";
    let one =
        "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#integer'>1</AttributeValue>";
    let equal = "<Function FunctionId='urn:oasis:names:tc:xacml:1.0:function:string-equal'/>";
    let only = apply("1.0:function:string-one-and-only", &[&tag]);
    let size = apply("1.0:function:string-bag-size", &[&tag]);
    let bag = apply("1.0:function:string-bag", &[x]);
    let nothing = Request::default();
    for (condition, is_presumed) in [
        (apply("1.0:function:string-is-in", &[x, &tag]), true),
        (apply("3.0:function:any-of", &[equal, x, &tag]), true),
        (apply("3.0:function:all-of", &[equal, x, &tag]), false),
        (apply("1.0:function:string-equal", &[x, &only]), false),
        (
            apply("1.0:function:integer-greater-than", &[&size, one]),
            false,
        ),
        (apply("1.0:function:integer-equal", &[&size, one]), false),
        (
            apply("1.0:function:string-set-equals", &[&bag, &tag]),
            false,
        ),
    ] {
        let of = |condition: &str| {
            let rule = format!(
                "<Rule RuleId='r' Effect='Permit'><Condition>{condition}</Condition></Rule>"
            );
            Pdp::from_xml(policy(&rule)).expect("is a policy")
        };
        let (pdp, other) = (
            of(&condition),
            of(&apply("1.0:function:string-is-in", &[x, &tag])),
        );
        let analysis = |pdp| {
            let analysis = vedtak::Pdp::analysis(pdp, &nothing).open(|_| true);
            analysis.presume_single(|_| true)
        };
        let residual = analysis(&pdp).residual().expect("is small");
        let presumed = residual.presumed_single();
        assert_eq!(presumed.len(), usize::from(is_presumed), "{condition}");
        let difference = analysis(&other).difference(&analysis(&pdp), 10);
        let difference = difference.expect("is small");
        assert_eq!(difference.presumed_single, presumed, "{condition}");
        // What is declared is not presumed.
        let declared = analysis(&pdp).single_valued(|_| true).residual();
        assert_eq!(declared.expect("is small").presumed_single(), []);
    }
}

/// A permit that is logged with a name, of those who have a role or three.
fn logged() -> Pdp {
    let bag = of_subject("role", DataType::String);
    let size = apply("1.0:function:string-bag-size", &[&bag]);
    let three = literal(DataType::Integer, "3");
    let many = apply(
        "1.0:function:integer-greater-than-or-equal",
        &[&size, &three],
    );
    let clerk = literal(DataType::String, "clerk");
    let is_clerk = apply("1.0:function:string-is-in", &[&clerk, &bag]);
    let condition = apply("1.0:function:or", &[&is_clerk, &many]);
    Pdp::from_xml(policy(&format!(
        "<Rule RuleId='r' Effect='Permit'><Condition>{condition}</Condition><ObligationExpressions>\
         <ObligationExpression ObligationId='log' FulfillOn='Permit'>\
         <AttributeAssignmentExpression AttributeId='who'>{}</AttributeAssignmentExpression>\
         </ObligationExpression></ObligationExpressions></Rule>",
        of_subject("name", DataType::String)
    )))
    .expect("is a policy")
}

#[test]
fn what_an_obligation_assigns_is_an_attribute_that_makes_a_difference() {
    let pdp = logged();
    let nothing = Request::default();
    let open = pdp.analysis(&nothing).open(|_| true).residual();
    let open = open.expect("is small");
    let ids = |all: Vec<Designator>| all.iter().map(|of| of.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(open.attributes()), ["role", "name"]);
    assert_eq!(ids(open.decided_by()), ["role"]);
    let clerk = Request::builder().subject("role", "clerk").build();
    let given = open.given(&clerk, |of| &*of.id == "role");
    assert_eq!(given.decision(), Some(ExtendedDecision::Permit));
    assert_eq!(ids(given.attributes()), ["name"]);
    assert!(given.decided_by().is_empty());
    // Nobody is logged who is not permitted, and a name that is given is not asked for.
    let porter = Request::builder().subject("role", "porter").build();
    let porter = pdp
        .analysis(&porter)
        .open(|of| &*of.id == "name")
        .residual();
    assert!(porter.expect("is small").attributes().is_empty());
    assert!(
        given
            .given(&nothing, |of| &*of.id == "name")
            .attributes()
            .is_empty()
    );
}

#[test]
fn an_only_value_is_no_three() {
    let open = logged();
    let nothing = Request::default();
    let open = open.analysis(&nothing).open(|_| true).residual();
    let role = Designator::new(category::ACCESS_SUBJECT, "role", DataType::String);
    let permitted = open.expect("is small").permitted(&role, 1_000);
    let permitted = permitted.expect("is small");
    assert_eq!(permitted.always, [Answer::Value("clerk".into())]);
    assert_eq!(permitted.never, [Answer::Between(Between::default())]);
    assert!(permitted.sometimes.is_empty());
}

#[test]
fn a_value_does_not_depend_on_itself() {
    let owner = of_subject("owner", DataType::String);
    let name = of_subject("name", DataType::String);
    let pdp = permit_if(&apply(
        "1.0:function:string-at-least-one-member-of",
        &[&owner, &name],
    ));
    let nothing = Request::default();
    let residual = pdp.analysis(&nothing).open(|_| true).residual();
    let of = Designator::new(category::ACCESS_SUBJECT, "name", DataType::String);
    let permitted = residual.expect("is small").permitted(&of, 1_000);
    let permitted = permitted.expect("is small");
    let [(_, rest)] = &permitted.sometimes[..] else {
        panic!("{permitted:?}");
    };
    let names: Vec<String> = rest
        .decided_by()
        .iter()
        .map(|of| of.id.to_string())
        .collect();
    assert_eq!(names, ["owner"]);
}

#[test]
fn a_value_that_is_not_one_may_be_beside_others() {
    let nurse = literal(DataType::String, "nurse");
    let only = apply(
        "1.0:function:string-one-and-only",
        &[&of_subject("job", DataType::String)],
    );
    let condition = apply("1.0:function:string-equal", &[&only, &nurse]);
    let rule = format!("<Rule RuleId='r' Effect='Deny'><Condition>{condition}</Condition></Rule>");
    let text = policy(&rule).replace("deny-overrides", "permit-unless-deny");
    let pdp = Pdp::from_xml(text).expect("is a policy");
    let nothing = Request::default();
    let words = |is_single: bool| {
        let analysis = pdp.analysis(&nothing).open(|_| true);
        let residual = analysis.single_valued(move |_| is_single).residual();
        let residual = residual.expect("is small");
        let classes = residual.alternatives(Decision::Permit, 10, 1_000);
        let classes = classes.expect("is small").concat();
        classes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let not = "`job` of the subject is not `nurse`, if it is there";
    assert_eq!(words(true), [not]);
    assert_eq!(words(false), [format!("{not}, or has several values")]);
}
