//! Questions with open attributes: what the host says of costs, providers and instants, and bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::analysis::{Answer, Costs, Unanswered};
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
            (format!("add `{package}` to `accesspackage`"), 1),
            ("add `dagl` to `rolecode`".to_owned(), u64::MAX),
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
