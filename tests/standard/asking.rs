//! Questions with open attributes: what the host says of costs, providers and instants, and bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::analysis::{Answer, Costs, Question, Reply, Requirement, Unanswered};
use vedtak::attribute::{Designator, category, id};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::request::AttributeBuilder;
use vedtak::value::{DataType, Value, Zone};
use vedtak::{Decision, Pdp, Request};

const SERVICE: &str = include_str!("../../fixtures/altinn/resource-policy.xml");

fn about(action: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:rolecode", "regna")
        .resource("urn:altinn:resource", "vedtak-brev")
        .action(action)
        .build()
}

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

fn policy(rules: &str) -> String {
    format!(
        "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicyId='p' Version='1.0' \
         RuleCombiningAlgId='urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides'>\
         <Target/>{rules}</Policy>"
    )
}

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

/// A policy whose rules each ask for two roles of their own: of a bag, each may be there or not.
fn pairs(count: usize) -> String {
    let of = |role: usize| {
        format!(
            "<AnyOf><AllOf><Match MatchId='urn:oasis:names:tc:xacml:1.0:function:string-equal'>\
             <AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string'>role{role}</AttributeValue>\
             <AttributeDesignator Category='urn:oasis:names:tc:xacml:1.0:subject-category:access-subject' \
             AttributeId='role' DataType='http://www.w3.org/2001/XMLSchema#string' MustBePresent='false'/>\
             </Match></AllOf></AnyOf>"
        )
    };
    // The partner of each stands far away in the order of the questions.
    let rule = |number: usize| {
        let effect = if number.is_multiple_of(2) {
            "Permit"
        } else {
            "Deny"
        };
        format!(
            "<Rule RuleId='r{number}' Effect='{effect}'><Target>{}{}</Target></Rule>",
            of(number),
            of(count + number)
        )
    };
    policy(&(0..count).map(rule).collect::<String>())
}

#[test]
fn an_answer_past_its_budget_is_none_and_takes_no_longer() {
    let pdp = Pdp::from_xml(pairs(60)).expect("is a policy");
    let nothing = Request::default();
    let analysis = || pdp.analysis(&nothing).open(|_| true).budget(20_000);
    assert_eq!(analysis().residual().unwrap_err(), Unanswered::TooLarge);
    assert_eq!(
        analysis().enough(Costs::default(), 5).unwrap_err(),
        Unanswered::TooLarge
    );
    assert_eq!(
        analysis().difference(&analysis(), 5).unwrap_err(),
        Unanswered::TooLarge
    );
    // A few are no trouble, and with one value at most no number is.
    let few = Pdp::from_xml(pairs(6)).expect("is a policy");
    let residual = few
        .analysis(&nothing)
        .open(|_| true)
        .budget(20_000)
        .residual();
    assert!(residual.expect("is small").size() > 12);
    let single = analysis()
        .single_valued(|_| true)
        .residual()
        .expect("is small");
    assert_eq!(
        single.decision().map(Decision::from),
        Some(Decision::NotApplicable)
    );
}

#[test]
fn a_pdp_whose_decisions_depend_on_troubles_is_not_analysed() {
    let pdp = Pdp::builder()
        .policy("service", SERVICE)
        .indeterminate_on_trouble()
        .build()
        .expect("is a policy");
    let request = about("read");
    let refused = pdp.analysis(&request).residual().unwrap_err();
    assert_eq!(refused, Unanswered::IndeterminateOnTrouble);
    assert_eq!(
        refused.to_string(),
        "a PDP that is Indeterminate on every trouble cannot be analysed"
    );
}

/// Of a decision that the limit of work has made, no change is enough, and it is not said that none is
/// needed.
#[test]
fn a_decision_that_is_over_its_limit_of_work_has_no_answer() {
    let mut limits = vedtak::Limits::default();
    limits.work = 1;
    let pdp = Pdp::builder().policy("service", SERVICE).limits(limits);
    let pdp = pdp.build().expect("is a policy");
    let request = about("read");
    assert_eq!(pdp.decide(&request).decision(), Decision::Indeterminate);
    let analysis = pdp
        .analysis(&request)
        .open_category(category::ACCESS_SUBJECT);
    let refused = Unanswered::WorkExceeded;
    assert_eq!(analysis.enough(Costs::default(), 5).unwrap_err(), refused);
    let for_asker = analysis.enough_for_asker(Costs::default(), 5);
    assert_eq!(for_asker.unwrap_err(), refused);
    assert!(refused.to_string().contains("the limit decided"));
}

#[test]
fn a_request_for_several_decisions_is_refused() {
    let pdp = Pdp::from_xml(SERVICE).expect("is a policy");
    let one = about("read");
    let mut twice = Request::builder();
    for category in one.categories().iter().chain(one.categories()) {
        twice = twice.category(category.clone());
    }
    let twice = twice.build();
    let analysis = pdp.analysis(&twice).open_category(category::ACCESS_SUBJECT);
    let refused = Unanswered::SeveralDecisions;
    assert_eq!(analysis.residual().unwrap_err(), refused);
    assert_eq!(analysis.enough(Costs::default(), 5).unwrap_err(), refused);
    assert_eq!(analysis.idle_rules().unwrap_err(), refused);
    let about_one = pdp.analysis(&one);
    assert_eq!(about_one.difference(&analysis, 5).unwrap_err(), refused);
    assert_eq!(analysis.difference(&about_one, 5).unwrap_err(), refused);
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

/// Rules about a resource of their own each.
fn resources(count: usize) -> String {
    let rule = |number: usize| {
        format!(
            "<Rule RuleId='r{number}' Effect='Permit'><Target><AnyOf><AllOf>\
             <Match MatchId='urn:oasis:names:tc:xacml:1.0:function:string-equal'>\
             <AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string'>r{number}</AttributeValue>\
             <AttributeDesignator Category='urn:oasis:names:tc:xacml:3.0:attribute-category:resource' \
             AttributeId='resource' DataType='http://www.w3.org/2001/XMLSchema#string' \
             MustBePresent='false'/></Match>\
             <Match MatchId='urn:oasis:names:tc:xacml:1.0:function:string-equal'>\
             <AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string'>role{}</AttributeValue>\
             <AttributeDesignator Category='urn:oasis:names:tc:xacml:1.0:subject-category:access-subject' \
             AttributeId='role' DataType='http://www.w3.org/2001/XMLSchema#string' \
             MustBePresent='false'/></Match></AllOf></AnyOf></Target></Rule>",
            number % 7
        )
    };
    policy(&(0..count).map(rule).collect::<String>())
}

/// One variable refers twice to the one before it.
fn doubled(count: usize) -> String {
    let role = |number: usize| {
        format!(
            "<Apply FunctionId='urn:oasis:names:tc:xacml:1.0:function:string-is-in'>\
             <AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string'>role{number}</AttributeValue>\
             <AttributeDesignator Category='urn:oasis:names:tc:xacml:1.0:subject-category:access-subject' \
             AttributeId='role' DataType='http://www.w3.org/2001/XMLSchema#string' \
             MustBePresent='false'/></Apply>"
        )
    };
    let definition = |number: usize| {
        let inside = match number {
            0 => role(0),
            _ => format!(
                "<Apply FunctionId='urn:oasis:names:tc:xacml:1.0:function:and'>\
                 <VariableReference VariableId='v{0}'/>{1}<VariableReference VariableId='v{0}'/></Apply>",
                number - 1,
                role(number)
            ),
        };
        format!("<VariableDefinition VariableId='v{number}'>{inside}</VariableDefinition>")
    };
    let definitions: String = (0..count).map(definition).collect();
    policy(&format!(
        "{definitions}<Rule RuleId='r' Effect='Permit'><Condition>\
         <VariableReference VariableId='v{}'/></Condition></Rule>",
        count - 1
    ))
}

#[test]
fn what_an_answer_takes_grows_with_the_policies() {
    let nothing = Request::default();
    for count in [250, 500, 1_000, 2_000] {
        let pdp = Pdp::from_xml(resources(count)).expect("is a policy");
        let is_single = |attribute: &Designator| &*attribute.id == "resource";
        let analysis = pdp
            .analysis(&nothing)
            .open(|_| true)
            .single_valued(is_single);
        let residual = analysis.budget(100 * count).residual();
        let residual = residual.unwrap_or_else(|error| panic!("{count}: {error}"));
        assert_eq!(residual.size(), 1 + 7 + 2);
        let classes = residual.alternatives(Decision::Permit, 10, 10 * count);
        let classes = classes.unwrap_or_else(|error| panic!("{count}: {error}"));
        assert!(classes.len() == 7 && classes.iter().all(|class| class.len() == 2));
    }
    for count in [5, 10, 20] {
        let pdp = Pdp::from_xml(doubled(count)).expect("is a policy");
        // Each variable is a chain of all roles before it; two to the power of them it is not.
        let analysis = pdp.analysis(&nothing).open(|_| true);
        let residual = analysis.budget(20 * count * count).residual();
        let residual = residual.unwrap_or_else(|error| panic!("{count}: {error}"));
        assert_eq!(residual.size(), count + 2);
    }
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

/// A register that is down.
struct Outage;

impl AttributeProvider for Outage {
    fn name(&self) -> &str {
        "outage"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "clearance"
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Err(ProviderError::new("connection refused"))
    }
}

#[test]
fn an_outage_is_no_answer() {
    let condition = apply(
        "1.0:function:integer-equal",
        &[&only("clearance"), &only("asked")],
    );
    let rule =
        format!("<Rule RuleId='r' Effect='Permit'><Condition>{condition}</Condition></Rule>");
    let pdp = Pdp::builder().policy("p.xml", policy(&rule));
    let pdp = pdp.provider(Outage).build().expect("compiles");
    let request = Request::builder().subject("asked", 1).build();
    let analysis = pdp.analysis(&request).open(|of| &*of.id == "asked");
    let refused = analysis.residual().unwrap_err().to_string();
    assert!(
        refused.contains("`clearance`") && refused.contains("connection refused"),
        "{refused}"
    );
    assert!(analysis.enough(Costs::default(), 10).is_err());
    let open = pdp.analysis(&request).open(|_| true);
    assert!(open.residual().is_ok(), "nobody is asked for what is open");
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
