//! Requests and policies that try to gain by costing too much, or by what was decided before.

use vedtak::attribute::{Designator, category};
use vedtak::evaluate::{Context, Step};
use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
use vedtak::request::AttributeBuilder;
use vedtak::{Decision, Limits, Pdp, Request};

const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const BOOLEAN: &str = "http://www.w3.org/2001/XMLSchema#boolean";
const F1: &str = "urn:oasis:names:tc:xacml:1.0:function:";
const PERMIT_UNLESS_DENY: &str =
    "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-unless-deny";
const DENY_OVERRIDES: &str = "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides";

fn policy(algorithm: &str, content: &str) -> String {
    format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" PolicyId=\"p\" \
         Version=\"1\" RuleCombiningAlgId=\"{algorithm}\"><Target/>{content}</Policy>"
    )
}

fn designator(id: &str, data_type: &str) -> String {
    format!(
        "<AttributeDesignator Category=\"{}\" AttributeId=\"{id}\" DataType=\"{data_type}\" \
         MustBePresent=\"false\"/>",
        category::ACCESS_SUBJECT
    )
}

fn with_work(work: u64, policy: &str) -> Pdp {
    let mut limits = Limits::default();
    limits.work = work;
    let pdp = Pdp::builder().limits(limits).policy("p", policy).build();
    pdp.expect("compiles")
}

fn groups(count: usize) -> Request {
    let padding = (0..count).map(|i| format!("group{i}"));
    let groups = AttributeBuilder::new(category::ACCESS_SUBJECT, "groups")
        .value("blocked")
        .values(padding);
    Request::builder().with(groups).build()
}

#[test]
fn nobody_buys_a_permit_with_work() {
    // Whoever is in the group `blocked` is denied, in three ways; whoever is not is permitted.
    let literals: String = (0..50)
        .chain([999])
        .map(|i| {
            let name = if i == 999 {
                "blocked".into()
            } else {
                format!("other{i}")
            };
            format!("<AttributeValue DataType=\"{STRING}\">{name}</AttributeValue>")
        })
        .collect();
    let bag = designator("groups", STRING);
    let by_set = format!(
        "<Rule RuleId=\"r\" Effect=\"Deny\"><Condition>\
         <Apply FunctionId=\"{F1}string-at-least-one-member-of\">{bag}\
         <Apply FunctionId=\"{F1}string-bag\">{literals}</Apply></Apply></Condition></Rule>"
    );
    let by_match = format!(
        "<Rule RuleId=\"r\" Effect=\"Deny\"><Target><AnyOf><AllOf>\
         <Match MatchId=\"{F1}string-equal\">\
         <AttributeValue DataType=\"{STRING}\">blocked</AttributeValue>{bag}</Match>\
         </AllOf></AnyOf></Target></Rule>"
    );
    let by_regexp = format!(
        "<Rule RuleId=\"r\" Effect=\"Deny\"><Target><AnyOf><AllOf>\
         <Match MatchId=\"{F1}string-regexp-match\">\
         <AttributeValue DataType=\"{STRING}\">^blocked$</AttributeValue>{bag}</Match>\
         </AllOf></AnyOf></Target></Rule>"
    );
    for rule in [by_set, by_match, by_regexp] {
        let pdp = with_work(20_000, &policy(PERMIT_UNLESS_DENY, &rule));
        assert_eq!(pdp.decide(&groups(10)).decision(), Decision::Deny);
        let response = pdp.decide(&groups(50_000));
        assert_ne!(response.decision(), Decision::Permit, "{rule}");
        assert!(response.obligations().is_empty());
    }
}

#[test]
fn what_obligations_copy_is_paid_for() {
    let bag = designator("groups", STRING);
    let assignment = format!(
        "<AttributeAssignmentExpression AttributeId=\"a\">{bag}</AttributeAssignmentExpression>"
    );
    let rule = format!(
        "<Rule RuleId=\"r\" Effect=\"Permit\"><ObligationExpressions>\
         <ObligationExpression ObligationId=\"o\" FulfillOn=\"Permit\">{}</ObligationExpression>\
         </ObligationExpressions></Rule>",
        assignment.repeat(100)
    );
    let pdp = with_work(1_000_000, &policy(DENY_OVERRIDES, &rule));
    assert_eq!(pdp.decide(&groups(10)).decision(), Decision::Permit);
    let response = pdp.decide(&groups(50_000));
    assert_eq!(response.decision(), Decision::Indeterminate);
    assert!(
        response.obligations().is_empty(),
        "none is dropped in silence"
    );
}

#[test]
fn a_context_tells_nothing_of_the_decision_before() {
    let secret = policy(DENY_OVERRIDES, "<Rule RuleId=\"r\" Effect=\"Permit\"/>");
    let first = Pdp::from_xml(secret).expect("compiles");
    let other = policy(DENY_OVERRIDES, "");
    let other = Pdp::from_xml(other).expect("compiles");
    let asks_for_ids = Request::builder()
        .action("read")
        .return_policy_id_list()
        .build();
    let several = Request::from_xml(
        "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
         CombinedDecision=\"true\" ReturnPolicyIdList=\"false\"><Attributes Category=\"c\"/></Request>",
    )
    .expect("can be read");
    for second in [&first, &other] {
        let mut context = Context::new();
        let outcome = first.decide_with(&mut context, &asks_for_ids);
        assert_eq!(outcome.to_response().results[0].policies.len(), 1);
        let outcome = second.decide_with(&mut context, &several);
        assert_eq!(outcome.attributes_read().count(), 0);
        assert_ne!(outcome.cache_key(), "");
        let response = outcome.to_response();
        assert_eq!(response.decision(), Decision::Indeterminate);
        assert!(response.results[0].policies.is_empty());
    }
}

#[test]
fn variables_that_wait_are_met_once() {
    let mut content = format!(
        "<VariableDefinition VariableId=\"v0\"><Apply FunctionId=\"{F1}boolean-one-and-only\">{}\
         </Apply></VariableDefinition>",
        designator("p1", BOOLEAN)
    );
    for i in 1..18 {
        let before = format!("<VariableReference VariableId=\"v{}\"/>", i - 1).repeat(10);
        content += &format!(
            "<VariableDefinition VariableId=\"v{i}\"><Apply FunctionId=\"{F1}and\">{before}</Apply>\
             </VariableDefinition>"
        );
    }
    content += "<Rule RuleId=\"r\" Effect=\"Permit\"><Condition><VariableReference VariableId=\"v17\"/>\
                </Condition></Rule>";
    let pdp = Pdp::builder()
        .policy("p", policy(DENY_OVERRIDES, &content))
        .supplied_by_host("host", |wanted| &*wanted.id == "p1")
        .build()
        .expect("compiles");
    let (mut context, request) = (Context::new(), Request::builder().action("read").build());
    let mut evaluation = pdp.begin(&mut context, &request);
    let Step::Needs(needs) = evaluation.step() else {
        panic!("it waits");
    };
    evaluation.supply(&needs[0], Ok(vec![true.into()]));
    assert!(matches!(evaluation.step(), Step::Decided));
    assert_eq!(evaluation.finish().decision(), Decision::Permit);
}

#[test]
fn definitions_nested_in_definitions_do_not_exhaust_the_stack() {
    let mut content = String::new();
    for i in 0..20 {
        let inner = match i {
            0 => format!("<AttributeValue DataType=\"{BOOLEAN}\">true</AttributeValue>"),
            i => format!("<VariableReference VariableId=\"v{}\"/>", i - 1),
        };
        let open = format!("<Apply FunctionId=\"{F1}not\">").repeat(59);
        let close = "</Apply>".repeat(59);
        // The last first, so that each is met from inside the next.
        content = format!(
            "<VariableDefinition VariableId=\"v{i}\">{open}{inner}{close}</VariableDefinition>{content}"
        );
    }
    let error = Pdp::from_xml(policy(DENY_OVERRIDES, &content)).expect_err("too deep");
    assert!(error.to_string().contains("the limit is 60"), "{error}");
}

#[test]
fn many_categories_are_counted_quickly() {
    let categories: String = (0..100_000)
        .map(|i| format!("<Attributes Category=\"c{i}\"/>"))
        .collect();
    let request = Request::from_xml(format!(
        "<Request xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" \
         CombinedDecision=\"false\" ReturnPolicyIdList=\"false\">{categories}</Request>"
    ))
    .expect("can be read");
    let pdp = Pdp::from_xml(policy(DENY_OVERRIDES, "")).expect("compiles");
    assert_eq!(pdp.decide(&request).decision(), Decision::NotApplicable);
}

/// Supplies one boolean after the other.
struct Slowly;

impl AttributeProvider for Slowly {
    fn name(&self) -> &str {
        "slowly"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        wanted.id.starts_with('p')
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Ok(vec![false.into()].into())
    }
}

#[test]
fn work_is_that_of_all_passes_together() {
    let bag = designator("groups", STRING);
    // Looked at again in every pass, and never true.
    let heavy = format!(
        "<Rule RuleId=\"heavy\" Effect=\"Deny\"><Condition><Apply FunctionId=\"{F1}string-subset\">\
         {bag}<Apply FunctionId=\"{F1}string-bag\"/></Apply></Condition></Rule>"
    );
    let waiting: String = (0..50)
        .map(|i| {
            let flag = designator(&format!("p{i}"), BOOLEAN);
            format!(
                "<Rule RuleId=\"r{i}\" Effect=\"Permit\"><Condition>\
                 <Apply FunctionId=\"{F1}boolean-one-and-only\">{flag}</Apply></Condition></Rule>"
            )
        })
        .collect();
    let first = "urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable";
    let content = policy(first, &format!("{heavy}{waiting}"));
    let decide = |work: u64| {
        let mut limits = Limits::default();
        limits.work = work;
        let pdp = Pdp::builder()
            .limits(limits)
            .policy("p", &content)
            .provider(Slowly)
            .build()
            .expect("compiles");
        pdp.decide(&Request::builder().action("read").build())
            .decision()
    };
    assert_eq!(decide(100_000), Decision::Deny, "an empty bag is a subset");
    assert_eq!(decide(10), Decision::Indeterminate);
}

#[test]
fn a_failed_provider_is_not_to_be_remembered() {
    struct Down;
    impl AttributeProvider for Down {
        fn name(&self) -> &str {
            "down"
        }
        fn supplies(&self, _: &Designator) -> bool {
            true
        }
        fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
            Err(ProviderError::new("timeout"))
        }
    }
    let rule = format!(
        "<Rule RuleId=\"r\" Effect=\"Deny\"><Condition><Apply FunctionId=\"{F1}boolean-one-and-only\">\
         {}</Apply></Condition></Rule>",
        designator("p1", BOOLEAN)
    );
    let pdp = Pdp::builder()
        .policy("p", policy(PERMIT_UNLESS_DENY, &rule))
        .provider(Down)
        .build()
        .expect("compiles");
    let mut context = Context::new();
    let request = Request::builder().action("read").build();
    let outcome = pdp.decide_with(&mut context, &request);
    let until = outcome.valid_until().expect("there is a bound");
    assert_eq!(until.to_unix(), (0, 0));
}
