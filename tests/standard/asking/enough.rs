//! Changes of a request that would be enough for another decision, by what they cost.

use vedtak::analysis::Costs;
use vedtak::attribute::{Designator, category, id};
use vedtak::request::AttributeBuilder;
use vedtak::value::{DataType, Value};
use vedtak::{Decision, Pdp, Request};

use super::{SERVICE, about, apply, literal, of_subject, only, permit_if, policy};

fn enough(costs: Costs<'_>) -> Vec<(String, u64)> {
    let pdp = Pdp::from_xml(SERVICE).expect("is a policy");
    let request = about("read");
    let analysis = pdp
        .analysis(&request)
        .open_category(category::ACCESS_SUBJECT);
    let enough = analysis.enough(costs, 10).expect("is small");
    assert!(enough.is_complete);
    let sets = enough.sets.iter();
    sets.map(|set| (set.changes[0].to_string(), set.cost))
        .collect()
}

#[test]
fn the_host_says_what_a_value_costs_and_what_cannot_be_had() {
    let add = |attribute: &Designator, value: &Value| match &*attribute.id {
        "urn:altinn:accesspackage" => Some(0),
        _ if value.as_str() == Some("lede") => None,
        _ => Some(u64::MAX),
    };
    let remove = |_: &Designator, _: &Value| None;
    let package = "post-til-virksomheten-med-taushetsbelagt-innhold";
    assert_eq!(
        enough(Costs::new(&add, &remove)),
        [
            (
                format!("add `{package}` to `accesspackage` of the subject"),
                1
            ),
            (
                "add `dagl` to `rolecode` of the subject".to_owned(),
                u64::MAX
            ),
        ]
    );
    assert_eq!(enough(Costs::default()).len(), 3);
}

/// What would be enough is not what hides an attribute that cannot be used.
#[test]
fn an_attribute_that_cannot_be_used_stays_in_the_way() {
    let pdp = Pdp::from_xml(SERVICE).expect("is a policy");
    let request = Request::builder()
        .subject("urn:altinn:rolecode", "regna")
        .with(AttributeBuilder::new(category::RESOURCE, "urn:altinn:resource").unusable("is null"))
        .action("read")
        .build();
    let analysis = pdp
        .analysis(&request)
        .open_category(category::ACCESS_SUBJECT);
    let enough = analysis.enough(Costs::default(), 5).expect("is small");
    assert!(enough.sets.is_empty(), "{enough:?}");
}

#[test]
fn a_host_that_allows_no_example_is_not_told_that_nothing_would_do() {
    let text = DataType::String;
    let above = apply(
        "1.0:function:integer-greater-than",
        &[&only("clearance"), &literal(DataType::Integer, "2")],
    );
    let begins = apply(
        "1.0:function:any-of",
        &[
            "<Function FunctionId='urn:oasis:names:tc:xacml:3.0:function:string-starts-with'/>",
            &literal(text, "/public/"),
            &of_subject("path", text),
        ],
    );
    let size = apply(
        "1.0:function:string-bag-size",
        &[&of_subject("group", text)],
    );
    let two = apply(
        "1.0:function:integer-greater-than",
        &[&size, &literal(DataType::Integer, "1")],
    );
    let cases: [(String, &str, Vec<Value>); 3] = [
        (above, "clearance", vec![1.into(), 5.into()]),
        (begins, "path", vec!["/a".into(), "/public/a".into()]),
        (two, "group", vec!["a".into(), "b".into()]),
    ];
    for (condition, name, can_be_had) in cases {
        let pdp = permit_if(&condition);
        let nobody = Request::default();
        let analysis = pdp
            .analysis(&nobody)
            .open_category(category::ACCESS_SUBJECT);
        let add = |_: &Designator, value: &Value| can_be_had.contains(value).then_some(1);
        let costs = Costs::new(&add, &|_, _| None);
        let enough = analysis.enough(costs, 10).expect("is small");
        assert!(enough.sets.is_empty() && !enough.is_complete, "{enough:?}");

        let offered = |of: &Designator| (&*of.id == name).then(|| can_be_had.clone());
        let enough = analysis.enough(costs.offering(&offered), 10);
        let enough = enough.expect("is small");
        assert!(enough.is_complete, "{enough:?}");
        let change = &enough.sets[0].changes[0];
        assert!(!change.any_for.is_empty(), "{change}");
        let mut request = Request::builder();
        for value in &change.add {
            request = request.subject(name, value.clone());
        }
        assert_eq!(pdp.decide(&request.build()).decision(), Decision::Permit);

        // Nothing of what is offered would do, and that is all.
        let nothing = |of: &Designator| (&*of.id == name).then(Vec::new);
        let enough = analysis.enough(costs.offering(&nothing), 10);
        let enough = enough.expect("is small");
        assert!(enough.sets.is_empty() && enough.is_complete, "{enough:?}");
    }
}

#[test]
fn a_text_in_lower_case_is_seen_through() {
    let text = DataType::String;
    let bag = of_subject("role", text);
    let one = apply("1.0:function:string-one-and-only", &[&bag]);
    let lower = apply("1.0:function:string-normalize-to-lower-case", &[&one]);
    let condition = |literal: &str| apply("1.0:function:string-equal", &[&lower, literal]);
    let nobody = Request::default();
    let pdp = permit_if(&condition(&literal(text, "clerk")));
    let analysis = pdp.analysis(&nobody).open(|_| true);
    let enough = analysis.enough(Costs::default(), 10).expect("is small");
    assert!(enough.is_complete && enough.sets[0].rests_on.is_empty());
    let change = enough.sets[0].changes[0].to_string();
    assert_eq!(change, "add `clerk` to `role` of the subject");

    let never = permit_if(&condition(&literal(text, "Clerk")));
    let analysis = never.analysis(&nobody).open(|_| true);
    let enough = analysis.enough(Costs::default(), 10).expect("is small");
    assert!(
        enough.sets.iter().all(|set| !set.rests_on.is_empty()),
        "{enough:?}"
    );
}

/// One value takes the place of another, unless both are asked for; and another one asks only if nothing else
/// would do.
#[test]
fn the_one_who_asked_is_answered() {
    let has = |name: &str, value: &str| {
        let bag = of_subject(name, DataType::String);
        apply(
            "1.0:function:string-is-in",
            &[&literal(DataType::String, value), &bag],
        )
    };
    let both = |one: &str, other: &str| apply("1.0:function:and", &[one, other]);
    let either = |one: &str, other: &str| apply("1.0:function:or", &[one, other]);
    let (manager, auditor) = (has("role", "manager"), has("role", "auditor"));
    let kari = has(id::SUBJECT_ID, "kari");
    let clerk = || {
        Request::builder()
            .subject(id::SUBJECT_ID, "ola")
            .subject("role", "clerk")
    };
    let replaced = "replace `clerk` by `manager` in `role` of the subject";
    let added = "add `manager` and `auditor` to `role` of the subject";
    let other = "replace `ola` by `kari` in `subject-id` of the subject";
    for (condition, request, expected) in [
        (manager.clone(), clerk(), vec![replaced]),
        (either(&manager, &kari), clerk(), vec![replaced]),
        (both(&manager, &auditor), clerk(), vec![added]),
        (kari.clone(), clerk(), vec![other]),
        // Of two values, none need go.
        (
            manager.clone(),
            clerk().subject("role", "porter"),
            vec!["add `manager` to `role` of the subject"],
        ),
        (
            manager.clone(),
            Request::builder(),
            vec!["add `manager` to `role` of the subject"],
        ),
        (has("role", "clerk"), clerk(), vec![""]),
    ] {
        let (pdp, request) = (permit_if(&condition), request.build());
        let analysis = pdp
            .analysis(&request)
            .open_category(category::ACCESS_SUBJECT);
        let enough = analysis.enough_for_asker(Costs::default(), 10);
        let enough = enough.expect("is small");
        let told = enough.sets.iter().map(|set| {
            let changes = set.changes.iter().map(ToString::to_string);
            changes.collect::<Vec<_>>().join("; ")
        });
        assert_eq!(told.collect::<Vec<_>>(), expected, "{condition}");
        assert_eq!(enough.decision, pdp.decide(&request).decision());
    }
}

/// A policy that permits unless a rule denies does so, too, where the rule fails.
#[test]
fn a_failure_is_no_way_in() {
    let nurse = literal(DataType::String, "nurse");
    let only = apply(
        "1.0:function:string-one-and-only",
        &[&of_subject("job", DataType::String)],
    );
    let condition = apply("1.0:function:string-equal", &[&only, &nurse]);
    let rule = format!("<Rule RuleId='r' Effect='Deny'><Condition>{condition}</Condition></Rule>");
    let text = policy(&rule).replace("deny-overrides", "permit-unless-deny");
    let pdp = Pdp::from_xml(text).expect("is a policy");
    let request = Request::builder().subject("job", "nurse").build();
    let analysis = pdp.analysis(&request).open(|_| true);
    for enough in [
        analysis.enough(Costs::default(), 10),
        analysis.enough_for_asker(Costs::default(), 10),
    ] {
        let enough = enough.expect("is small");
        let told: Vec<String> = enough
            .sets
            .iter()
            .map(|set| set.changes[0].to_string())
            .collect();
        assert_eq!(
            told,
            [
                "replace `nurse` by `another` in `job` of the subject, or whatever else: `job` of the subject \
                 has one value, and that is not `nurse`"
            ]
        );
    }
    // Nothing can be lost: there is no way but a failure.
    let costs = Costs::new(&|_, _| Some(1), &|_, _| None);
    let enough = analysis.enough(costs, 10).expect("is small");
    assert!(enough.sets.is_empty());
    let two = Request::builder()
        .subject("job", "nurse")
        .subject("job", "doctor")
        .build();
    assert_eq!(pdp.decide(&two).decision(), Decision::Permit);
}
