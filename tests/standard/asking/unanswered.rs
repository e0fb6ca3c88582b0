//! Questions without an answer: bounds that are reached, sources that fail, requests for several decisions.

use vedtak::analysis::{Costs, Unanswered};
use vedtak::attribute::{Designator, category};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::{Decision, Pdp, Request};

use super::{SERVICE, about, apply, only, policy};

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
