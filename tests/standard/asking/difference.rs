//! Two sets of policies, two instants: the classes of requests that they decide otherwise.

use vedtak::analysis::{Answer, Question, Reply, Requirement, Unanswered};
use vedtak::attribute::category;
use vedtak::value::{DataType, Value, Zone};
use vedtak::{Decision, Pdp, Request};

use super::{SERVICE, about, apply, literal, of_subject, only, permit_if, policy};

#[test]
fn one_policy_is_compared_with_itself_at_another_instant() {
    let until = policy(
        "<Rule RuleId='until' Effect='Permit'><Condition>\
         <Apply FunctionId='urn:oasis:names:tc:xacml:1.0:function:dateTime-less-than'>\
         <Apply FunctionId='urn:oasis:names:tc:xacml:1.0:function:dateTime-one-and-only'>\
         <AttributeDesignator Category='urn:oasis:names:tc:xacml:3.0:attribute-category:environment' \
         AttributeId='urn:oasis:names:tc:xacml:1.0:environment:current-dateTime' \
         DataType='http://www.w3.org/2001/XMLSchema#dateTime' MustBePresent='true'/></Apply>\
         <AttributeValue DataType='http://www.w3.org/2001/XMLSchema#dateTime'>2027-01-01T00:00:00Z</AttributeValue>\
         </Apply></Condition></Rule>",
    );
    let pdp = Pdp::from_xml(until).expect("is a policy");
    let request = Request::default();
    let at = |text: &str| {
        let Ok(Value::DateTime(instant)) = Value::parse(DataType::DateTime, text) else {
            panic!("{text} is no instant");
        };
        pdp.analysis(&request).at(instant)
    };
    let (before, after) = (at("2026-12-31T23:59:59Z"), at("2027-01-01T00:00:00Z"));
    let difference = before.difference(&after, 10).expect("is small");
    let [change] = &difference.changes[..] else {
        panic!("{difference:?}");
    };
    assert_eq!(change.to_string(), "Permit becomes NotApplicable");
    assert_eq!(change.before.decision, Decision::Permit);
    assert!(change.witness.is_some());
    let again = before
        .difference(&at("2026-01-01T00:00:00Z"), 10)
        .expect("is small");
    assert!(again.changes.is_empty() && again.is_complete);
}

#[test]
fn two_zones_are_not_compared() {
    let pdp = |minutes| {
        let zone = Zone::from_minutes(minutes).expect("is a zone");
        let builder = Pdp::builder()
            .policy("service", SERVICE)
            .implicit_zone(zone);
        builder.build().expect("is a policy")
    };
    let (first, second, request) = (pdp(0), pdp(60), about("read"));
    let refused = first
        .analysis(&request)
        .difference(&second.analysis(&request), 5);
    assert_eq!(refused.unwrap_err(), Unanswered::TwoZones);
}

#[test]
fn a_witness_is_of_its_class_and_shows_the_change() {
    // Two attributes compared with each other are taken whole: without values, nothing changes.
    let equal = |limit: &str| {
        let sum = apply(
            "1.0:function:integer-add",
            &[&only("amount"), &only("other")],
        );
        let few = apply(
            "1.0:function:integer-less-than",
            &[&sum, &literal(DataType::Integer, limit)],
        );
        permit_if(&few)
    };
    let nobody = Request::default();
    let [before, after] = [equal("10"), equal("20")];
    let analysis = [&before, &after].map(|pdp| pdp.analysis(&nobody).open(|_| true));
    let difference = analysis[0].difference(&analysis[1], 10).expect("is small");
    assert!(!difference.changes.is_empty());
    for change in &difference.changes {
        if let Some(witness) = &change.witness {
            let decided = [&before, &after].map(|pdp| pdp.decide(witness));
            assert_ne!(decided[0].results[0], decided[1].results[0], "{change}");
        }
    }
    assert_eq!(difference.whole.len(), 2);
    assert!(
        difference.whole[0].contains(", 10)"),
        "{:?}",
        difference.whole
    );
}

/// Classes that depend on an expression that is taken whole hold for each request, also where it is
/// Indeterminate.
#[test]
fn a_class_says_when_an_expression_may_be_indeterminate() {
    let subject = |name| of_subject(name, DataType::Integer);
    let equal = "<Function FunctionId='urn:oasis:names:tc:xacml:1.0:function:integer-equal'/>";
    let must = |name| subject(name).replace("'false'", "'true'");
    let less = apply(
        "1.0:function:integer-less-than",
        &[&only("amount"), &only("other")],
    );
    let any = apply(
        "3.0:function:any-of-any",
        &[equal, &must("amount"), &must("other")],
    );
    let limit = literal(DataType::Integer, "7");
    let is_limit = apply("1.0:function:integer-is-in", &[&limit, &must("more")]);
    let mut requests = Vec::new();
    let bags: [&[i64]; 5] = [&[], &[1], &[2], &[7], &[1, 2]];
    for amount in bags {
        for other in bags {
            for more in bags {
                let mut builder = Request::builder();
                for (name, values) in [("amount", amount), ("other", other), ("more", more)] {
                    builder = values
                        .iter()
                        .fold(builder, |to, value| to.subject(name, *value));
                }
                requests.push(builder.build());
            }
        }
    }
    let decided = |pdp: &Pdp, request: &Request| pdp.decide(request).decision();
    let nobody = Request::default();
    for (whole, name) in [(&less, "integer-less-than"), (&any, "any-of-any")] {
        let rule = |id: &str, effect: &str, condition: &str| {
            format!(
                "<Rule RuleId='{id}' Effect='{effect}'><Condition>{condition}</Condition></Rule>"
            )
        };
        let not = apply("1.0:function:not", &[whole]);
        let both = apply("1.0:function:and", &[&is_limit, whole]);
        let either = apply("1.0:function:or", &[&is_limit, &not]);
        let (truth, limited) = (permit_if(whole), permit_if(&is_limit));
        let pdps: Vec<Pdp> = [whole, &not, &both, &either]
            .iter()
            .flat_map(|condition| {
                let deny = rule("d", "Deny", &is_limit);
                [
                    rule("p", "Permit", condition),
                    rule("p", "Deny", condition) + &deny,
                ]
            })
            .flat_map(|rules| {
                // False and Indeterminate lead to one decision.
                let unless = policy(&rules).replace("deny-overrides", "deny-unless-permit");
                [policy(&rules), unless].map(|text| Pdp::from_xml(text).expect("compiles"))
            })
            .collect();
        // None if the requirement is another's.
        let is_met = |requirement: &Requirement, request: &Request| {
            let text = requirement.to_string();
            let Question::Whole { .. } = &requirement.question else {
                let has = matches!(requirement.question, Question::Has(..));
                let is_yes = requirement.reply == Reply::Is(Answer::Yes);
                let values: Vec<&Value> =
                    request.values(category::ACCESS_SUBJECT, "more").collect();
                return match has {
                    true => values.contains(&&Value::from(7)) == is_yes,
                    false => match text.rsplit_once("`more` of the subject ").map(|(_, is)| is) {
                        Some("is absent") => values.is_empty(),
                        Some("is there") => !values.is_empty(),
                        _ => panic!("{text}"),
                    },
                };
            };
            assert!(text.starts_with(&format!("`{name}`(")), "{text}");
            let actual = decided(&truth, request);
            match text.rsplit_once(" is ").map(|(_, is)| is) {
                Some("True") => actual == Decision::Permit,
                Some("not True") => actual != Decision::Permit,
                Some("False") => actual == Decision::NotApplicable,
                Some("not False") => actual != Decision::NotApplicable,
                Some("Indeterminate") => actual == Decision::Indeterminate,
                Some("not Indeterminate") => actual != Decision::Indeterminate,
                _ => panic!("{text}"),
            }
        };
        let all_met = |class: &[Requirement], request: &Request| {
            class.iter().all(|requirement| is_met(requirement, request))
        };
        for pdp in &pdps {
            let residual = pdp.analysis(&nobody).open(|_| true).residual();
            let residual = residual.expect("is small");
            for decision in [
                Decision::Permit,
                Decision::Deny,
                Decision::NotApplicable,
                Decision::Indeterminate,
            ] {
                let classes = residual
                    .alternatives(decision, 100, 100_000)
                    .expect("is small");
                for request in &requests {
                    let is_in = classes.iter().any(|class| all_met(class, request));
                    assert_eq!(
                        is_in,
                        decided(pdp, request) == decision,
                        "{classes:?} {request:?}"
                    );
                }
            }
            for other in [&limited, &pdps[0], &pdps[pdps.len() - 1]] {
                let [old, new] = [pdp, other].map(|pdp| pdp.analysis(&nobody).open(|_| true));
                let difference = old.difference(&new, 100).expect("is small");
                for request in &requests {
                    let pair = (decided(pdp, request), decided(other, request));
                    let of = difference.changes.iter();
                    let of = of.filter(|change| all_met(&change.requirements, request));
                    let told: Vec<_> = of
                        .map(|of| (of.before.decision, of.after.decision))
                        .collect();
                    let is_changed = pair.0 != pair.1;
                    assert!(
                        told.iter().all(|told| *told == pair),
                        "{told:?} {request:?}"
                    );
                    assert_eq!(is_changed, !told.is_empty(), "{request:?}");
                }
            }
        }
    }
}

#[test]
fn operands_of_an_equality_may_stand_either_way_round() {
    let [owner, name] = ["owner", "name"].map(|name| of_subject(name, DataType::String));
    let each = |bag: &String| apply("1.0:function:string-one-and-only", &[bag]);
    let equal = "1.0:function:string-equal";
    let function = format!("<Function FunctionId='urn:oasis:names:tc:xacml:{equal}'/>");
    let any = |a, b| apply("1.0:function:any-of-any", &[&function, a, b]);
    let member =
        |a: &String, b: &String| apply("1.0:function:string-at-least-one-member-of", &[a, b]);
    let not = |condition: &str| apply("1.0:function:not", &[condition]);
    let same = [
        vec![
            any(&owner, &name),
            any(&name, &owner),
            member(&owner, &name),
            member(&name, &owner),
        ],
        vec![
            apply(equal, &[&each(&owner), &each(&name)]),
            apply(equal, &[&each(&name), &each(&owner)]),
        ],
        vec![not(&any(&owner, &name)), not(&member(&name, &owner))],
    ];
    let nothing = Request::default();
    for same in &same {
        let pdps: Vec<Pdp> = same.iter().map(|condition| permit_if(condition)).collect();
        for other in &pdps {
            let [before, after] =
                [&pdps[0], other].map(|pdp| pdp.analysis(&nothing).open(|_| true));
            let difference = before.difference(&after, 10).expect("is small");
            assert!(difference.changes.is_empty(), "{:?}", difference.changes);
        }
    }
    // A comparison is another the other way round.
    let less = |a: &str, b: &str| apply("1.0:function:integer-less-than", &[&only(a), &only(b)]);
    let pdps = [less("a", "b"), less("b", "a")].map(|condition| permit_if(&condition));
    let [before, after] = [&pdps[0], &pdps[1]].map(|pdp| pdp.analysis(&nothing).open(|_| true));
    let difference = before.difference(&after, 10).expect("is small");
    assert!(!difference.changes.is_empty());
}

/// Values that need not be there are equal, or are not.
#[test]
fn an_expression_that_cannot_fail_is_not_said_to() {
    let [owner, name] = ["owner", "name"].map(|name| of_subject(name, DataType::String));
    let member = |a: &str, b: &str| {
        permit_if(&apply(
            "1.0:function:string-at-least-one-member-of",
            &[a, b],
        ))
    };
    let told = |must_be_present: bool| {
        let nobody = permit_if(&literal(DataType::Boolean, "false"));
        let owner = owner.replace(
            "MustBePresent='false'",
            &format!("MustBePresent='{must_be_present}'"),
        );
        let pdp = member(&owner, &name);
        let nothing = Request::default();
        let [before, after] = [&nobody, &pdp].map(|pdp| pdp.analysis(&nothing).open(|_| true));
        let difference = before.difference(&after, 10).expect("is small");
        let changes = difference.changes.iter();
        changes.map(ToString::to_string).collect::<Vec<_>>()
    };
    let is = |truth: &str| {
        format!(
            "`string-at-least-one-member-of`(`owner` of the subject, `name` of the subject) is {truth}"
        )
    };
    let permit = format!("NotApplicable becomes Permit, where {}", is("True"));
    assert_eq!(told(false), std::slice::from_ref(&permit));
    let fails = format!(
        "NotApplicable becomes Indeterminate, where {}",
        is("Indeterminate")
    );
    assert_eq!(told(true), [permit, fails]);
}

/// The only value of a bag, where there is one, is what the bag assigns.
#[test]
fn an_only_value_is_assigned_as_its_bag_is() {
    let bag = of_subject("name", DataType::String);
    let only = apply("1.0:function:string-one-and-only", &[&bag]);
    let [before, after] = [bag, only].map(|value| {
        Pdp::from_xml(policy(&format!(
            "<Rule RuleId='r' Effect='Permit'><ObligationExpressions>\
             <ObligationExpression ObligationId='log' FulfillOn='Permit'>\
             <AttributeAssignmentExpression AttributeId='who'>{value}</AttributeAssignmentExpression>\
             </ObligationExpression></ObligationExpressions></Rule>"
        )))
        .expect("is a policy")
    });
    let nothing = Request::default();
    let [before, after] = [&before, &after].map(|pdp| pdp.analysis(&nothing).open(|_| true));
    let difference = before.difference(&after, 10).expect("is small");
    let told: Vec<String> = difference.changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "Permit becomes Indeterminate, where `name` of the subject is absent or has several values"
        ]
    );
}
