//! Attributes that the request lacks: who is asked, how often, and what a failure does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::attribute::{Designator, category};
use vedtak::decision::StatusCode;
use vedtak::evaluate::{Context, Step};
use vedtak::provider::{
    AsyncAttributeProvider, AttributeProvider, BoxFuture, Cached, Fetched, Inputs, ProviderError,
};
use vedtak::request::AttributeBuilder;
use vedtak::value::{DateTime, Value};
use vedtak::{Decision, Pdp, Request};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");

type Answer = fn() -> Result<Vec<Value>, ProviderError>;

struct Register {
    id: &'static str,
    answer: Answer,
    asked: Arc<AtomicUsize>,
}

impl AttributeProvider for Register {
    fn name(&self) -> &str {
        "the register"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == self.id
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let until = Some("2026-12-31T23:59:59Z".parse().expect("is a dateTime"));
        Ok(Fetched::from((self.answer)()?).with_valid_until(until))
    }
}

fn pdp(answer: Answer) -> (Pdp, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let register = Register {
        id: "urn:altinn:rolecode",
        answer,
        asked: asked.clone(),
    };
    let pdp = Pdp::builder()
        .policy("p", POLICY)
        .provider(register)
        .build();
    (pdp.expect("compiles"), asked)
}

fn request() -> Request {
    Request::builder()
        .subject("urn:altinn:userid", 1)
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("read")
        .build()
}

#[test]
fn a_missing_attribute_is_asked_for_once() {
    let (pdp, asked) = pdp(|| Ok(vec!["dagl".into()]));
    assert_eq!(pdp.decide(&request()).decision(), Decision::Permit);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn what_the_request_says_is_not_asked_for() {
    let (pdp, asked) = pdp(|| Ok(vec!["dagl".into()]));
    let request = Request::builder()
        .subject("urn:altinn:rolecode", "regna")
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("read")
        .build();
    assert_eq!(pdp.decide(&request).decision(), Decision::NotApplicable);
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[test]
fn an_attribute_that_cannot_matter_is_not_asked_for_twice_nor_its_failure_told() {
    let (pdp, _) = pdp(|| Err(ProviderError::new("down")));
    let request = Request::builder()
        .subject(
            "urn:altinn:accesspackage",
            "post-til-virksomheten-med-taushetsbelagt-innhold",
        )
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("confirm")
        .build();
    // The package alone permits, whatever the roles are.
    assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
}

#[test]
fn a_failing_or_lying_provider_is_indeterminate_with_its_name() {
    let answers: [(Answer, &str); 3] = [
        (|| Err(ProviderError::new("no connection")), "no connection"),
        (
            || Ok(vec![1.into()]),
            "a value of type integer, asked for string",
        ),
        (|| Ok(vec!["dagl".into(); 200_000]), "200000 values"),
    ];
    for (answer, why) in answers {
        let (pdp, _) = pdp(answer);
        let response = pdp.decide(&request());
        assert_eq!(response.decision(), Decision::Indeterminate);
        let status = response.status().expect("says why");
        assert_eq!(status.code, StatusCode::ProcessingError);
        let message = status.message.as_deref().expect("says why");
        assert!(message.contains("`the register`"), "{message}");
        assert!(message.contains(why), "{message}");
    }
}

#[test]
fn independent_attributes_come_in_one_step_and_unanswered_ones_again() {
    let register = |id| Register {
        id,
        answer: || Ok(vec![]),
        asked: Arc::default(),
    };
    let pdp = Pdp::builder()
        .policy("p", POLICY)
        .provider(register("urn:altinn:rolecode"))
        .provider(register("urn:altinn:accesspackage"))
        .build()
        .expect("compiles");
    let (mut context, request) = (Context::new(), request());
    let mut evaluation = pdp.begin(&mut context, &request);
    for _ in 0..2 {
        let Step::Needs(needs) = evaluation.step() else {
            panic!("needs attributes");
        };
        let ids: Vec<&str> = needs.iter().map(|need| &*need.designator.id).collect();
        assert_eq!(ids, ["urn:altinn:rolecode", "urn:altinn:accesspackage"]);
    }
    let Step::Needs(needs) = evaluation.step() else {
        panic!("needs attributes");
    };
    for need in needs {
        evaluation.supply(&need, Ok(vec!["dagl".into()]));
    }
    assert!(matches!(evaluation.step(), Step::Decided));
    assert_eq!(evaluation.finish().decision(), Decision::Permit);

    let unfinished = pdp.begin(&mut context, &request);
    assert_eq!(unfinished.finish().decision(), Decision::Indeterminate);
}

#[test]
fn several_decisions_at_once_are_never_a_permit() {
    let pdp = Pdp::from_xml(POLICY).expect("compiles");
    let text = request().to_xml();
    let subject = format!(
        "<Attributes Category=\"{}\"/></Request>",
        category::ACCESS_SUBJECT
    );
    let repeated = text.replace("</Request>", &subject);
    let request = Request::from_xml(repeated).expect("reads");
    assert_eq!(pdp.decide(&request).decision(), Decision::Indeterminate);
}

#[test]
fn a_decision_holds_as_long_as_the_facts_it_read() {
    let (pdp, _) = pdp(|| Ok(vec!["dagl".into()]));
    let mut context = Context::new();
    let request = request();
    let outcome = pdp.decide_with(&mut context, &request);
    let until: DateTime = "2026-12-31T23:59:59Z".parse().expect("is a dateTime");
    assert_eq!(outcome.valid_until(), Some(until));
    let elsewhere = Request::builder()
        .resource("urn:altinn:resource", "another")
        .action("read")
        .build();
    let outcome = pdp.decide_with(&mut context, &elsewhere);
    assert_eq!(outcome.valid_until(), None, "the role was not needed");
}

#[test]
fn what_was_read_makes_a_key_that_covers_all_that_matters() {
    let key = |pdp: &Pdp, request: &Request| {
        let mut context = Context::new();
        let outcome = pdp.decide_with(&mut context, request);
        outcome.cache_key()
    };
    let (manager, _) = pdp(|| Ok(vec!["dagl".into()]));
    let (nobody, _) = pdp(|| Ok(vec![]));
    let (down, _) = pdp(|| Err(ProviderError::new("down")));
    let base = key(&manager, &request());
    assert!(base.contains("urn:altinn:rolecode") && base.contains("dagl"));
    // What is not read makes no difference, in whatever order the request says things.
    let same = Request::builder()
        .action("read")
        .resource("urn:altinn:resource", "vedtak-brev")
        .subject("urn:altinn:userid", 1)
        .subject("urn:altinn:name", "KARI")
        .build();
    assert_eq!(key(&manager, &same), base);
    let write = Request::builder()
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("write")
        .build();
    let keys = [
        base,
        key(&nobody, &request()),
        key(&down, &request()),
        key(&manager, &write),
    ];
    for (i, one) in keys.iter().enumerate() {
        assert!(!keys[..i].contains(one), "{one} twice");
    }
}

#[test]
fn what_crosses_threads_may() {
    fn send<T: Send>() {}
    fn share<T: Send + Sync>() {}
    share::<Pdp>();
    share::<Request>();
    share::<vedtak::Response>();
    send::<Context>();
    send::<vedtak::evaluate::Evaluation<'_>>();
    send::<vedtak::evaluate::Outcome<'_>>();
}

#[test]
fn what_is_added_twice_is_refused() {
    struct Never;
    impl vedtak::combining::CombiningAlgorithm for Never {
        fn combine(
            &self,
            _: &mut dyn vedtak::combining::Children,
        ) -> vedtak::decision::ExtendedDecision {
            vedtak::decision::ExtendedDecision::Deny
        }
    }
    let twice = Pdp::builder()
        .policy("p", POLICY)
        .combining_algorithm("urn:never", Never)
        .combining_algorithm("urn:never", Never)
        .build();
    assert!(twice.unwrap_err().to_string().contains("added twice"));
}

/// A policy that denies what a provider says is blocked, and permits everything else.
const BLOCKED: &str = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
    RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
  <Target/>
  <Rule RuleId="blocked" Effect="Deny"><Condition>
    <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">
      <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">blocked</AttributeValue>
      <AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
          AttributeId="restriction" DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/>
    </Apply>
  </Condition></Rule>
  <Rule RuleId="others" Effect="Permit"/>
</Policy>"#;

/// Blocks the department `closed`.
struct Restrictions(Inputs);

impl AttributeProvider for Restrictions {
    fn name(&self) -> &str {
        "restrictions"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "restriction"
    }

    fn inputs(&self, _: &Designator) -> Inputs {
        self.0.clone()
    }

    fn fetch(&self, _: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        let departments = request.values(category::ACCESS_SUBJECT, "department");
        let blocked = departments.filter(|department| department.as_str() == Some("closed"));
        Ok(blocked
            .map(|_| "blocked".into())
            .collect::<Vec<Value>>()
            .into())
    }
}

impl AsyncAttributeProvider for Restrictions {
    fn name(&self) -> &str {
        "restrictions"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        AttributeProvider::supplies(self, wanted)
    }

    fn inputs(&self, wanted: &Designator) -> Inputs {
        AttributeProvider::inputs(self, wanted)
    }

    fn fetch<'a>(
        &'a self,
        wanted: &'a Designator,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        Box::pin(async { AttributeProvider::fetch(self, wanted, request) })
    }
}

/// To a provider, an attribute that cannot be used would look like one that is not there.
#[test]
fn a_provider_is_not_asked_about_what_cannot_be_used() {
    let subject = |id: &str| AttributeBuilder::new(category::ACCESS_SUBJECT, id);
    let department = || subject("department");
    let usable = [
        (Request::builder().build(), Decision::Permit),
        (
            Request::builder().with(department().value("open")).build(),
            Decision::Permit,
        ),
        (
            Request::builder()
                .with(department().value("closed"))
                .build(),
            Decision::Deny,
        ),
    ];
    let unusable = [
        Request::builder()
            .with(department().unusable("is null"))
            .build(),
        Request::builder()
            .with(department().value("open").unusable("is null"))
            .build(),
        Request::builder()
            .with(department().issuer("somebody").unusable("is null"))
            .build(),
    ];
    let elsewhere = Request::builder()
        .with(subject("shoe-size").unusable("is null"))
        .build();
    let declared = Inputs::nothing().attribute(category::ACCESS_SUBJECT, "department");
    let by_category = Inputs::nothing().category(category::ACCESS_SUBJECT);
    for (inputs, is_exact) in [
        (declared, true),
        (by_category, false),
        (Inputs::everything(), false),
    ] {
        let provider = || Restrictions(inputs.clone());
        let builder = || Pdp::builder().policy("p", BLOCKED);
        let clock = || DateTime::from_unix(0, 0, vedtak::value::Zone::UTC).expect("is a time");
        let minute = std::time::Duration::from_secs(60);
        let cached = Cached::with_clock(provider(), minute, clock);
        let pdps = [
            builder().provider(provider()).build().expect("compiles"),
            builder().provider(cached).build().expect("compiles"),
            builder()
                .async_provider(provider())
                .build()
                .expect("compiles"),
        ];
        for (pdp, is_later) in pdps.iter().zip([false, false, true]) {
            let decide = |request: &Request| match is_later {
                false => pdp.decide_all([request]).remove(0),
                true => pollster::block_on(pdp.decide_async(request)),
            };
            for (request, expected) in &usable {
                assert_eq!(decide(request).decision(), *expected);
            }
            for request in &unusable {
                let response = decide(request);
                assert_eq!(response.decision(), Decision::Indeterminate);
                let message = response.status().and_then(|status| status.message.clone());
                let message = message.expect("it says why");
                let why = "the attribute `department` of the request, whose value cannot be used: it is null";
                assert!(message.contains(why), "{message}");
            }
            let expected = match is_exact {
                true => Decision::Permit,
                false => Decision::Indeterminate,
            };
            assert_eq!(decide(&elsewhere).decision(), expected);
        }
    }
}
