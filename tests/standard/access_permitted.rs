//! `access-permitted` (A.3.16): policies that ask what would be decided if a category said
//! something else. `fixtures/access-permitted/` has a policy, a request and what comes of them.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use vedtak::attribute::{Designator, category};
use vedtak::evaluate::{Context, Step};
use vedtak::provider::{
    AsyncAttributeProvider, AttributeProvider, BoxFuture, Fetched, Inputs, ProviderError,
};
use vedtak::{Decision, Limits, Pdp, Request, Response};

use crate::bless::difference;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/access-permitted")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn case(name: &str) -> (Pdp, Request) {
    let policy = text(&format!("{name}.policy.xml"));
    let request = text(&format!("{name}.request.xml"));
    let pdp = Pdp::from_xml(policy).unwrap_or_else(|error| panic!("{name}: {error}"));
    let request = Request::from_xml(request).unwrap_or_else(|error| panic!("{name}: {error}"));
    (pdp, request)
}

/// What came of it, as the fixtures say it.
fn told(response: &Response) -> String {
    let mut told = format!("{}\n", response.decision());
    if let Some(status) = response.status().filter(|status| status.message.is_some()) {
        let message = status.message.as_deref().unwrap_or_default();
        let _ = writeln!(told, "{}\n{message}", status.code.uri());
    }
    told
}

#[test]
fn cases_come_out_as_expected() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .expect("is there")
        .filter_map(|entry| entry.expect("can be listed").file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".policy.xml").map(str::to_owned))
        .collect();
    names.sort_unstable();
    assert!(names.len() > 20);
    let mut wrong = String::new();
    for name in names {
        let (pdp, request) = case(&name);
        let found = told(&pdp.decide(&request));
        wrong += &difference(folder().join(format!("{name}.txt")), &found);
        let later = told(&pollster::block_on(pdp.decide_async(&request)));
        assert_eq!(later, found, "{name}");
        for response in pdp.decide_all([&request, &request]) {
            assert_eq!(told(&response), found, "{name}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_circle_ends_within_the_limit_on_a_small_stack() {
    let (_, request) = case("asks-itself");
    for (limit, honoured) in [(0, 0), (1, 1), (7, 7), (1_000_000, 200)] {
        let mut limits = Limits::default();
        limits.access_permitted = limit;
        for policy in ["asks-itself", "asks-two-each-time", "asks-more-each-time"] {
            let request = match policy {
                "asks-more-each-time" => case(policy).1,
                _ => request.clone(),
            };
            let pdp = Pdp::builder()
                .limits(limits.clone())
                .policy("p", text(&format!("{policy}.policy.xml")))
                .build()
                .expect("compiles");
            let deciding = std::thread::Builder::new().stack_size(2 << 20);
            let deciding = deciding.spawn(move || pdp.decide(&request));
            let response = deciding.expect("starts").join().expect("ends");
            assert_eq!(response.decision(), Decision::Indeterminate);
            let status = response.status().expect("says why");
            let message = status.message.as_deref().expect("says why");
            let limit = format!("than {honoured}, which is the limit");
            let ends = [
                &limit,
                "more work than the limit allows",
                "longer than 1 MiB",
            ];
            assert!(ends.iter().any(|end| message.contains(end)), "{message}");
            assert!(message.len() < 400, "{message}");
        }
    }
}

/// Roles by name of the subject; it notes for whom it is asked.
#[derive(Clone, Default)]
struct Roles {
    asked: Arc<Mutex<Vec<String>>>,
}

impl Roles {
    fn answer(&self, request: &Request) -> Result<Fetched, ProviderError> {
        let name = request.values(category::ACCESS_SUBJECT, "urn:name");
        let name = name.map(ToString::to_string).collect::<Vec<_>>().concat();
        self.asked.lock().expect("works").push(name.clone());
        Ok(match &*name {
            "kari" => vec!["dagl".into()].into(),
            _ => vec![].into(),
        })
    }
}

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "urn:role"
    }
    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().category(category::ACCESS_SUBJECT)
    }
    fn fetch(&self, _: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        self.answer(request)
    }
}

impl AsyncAttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }
    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == "urn:role"
    }
    fn fetch<'a>(
        &'a self,
        _: &'a Designator,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        Box::pin(async { self.answer(request) })
    }
}

/// The deputy's policy, which asks about the name of the one stood in for.
fn by_name() -> String {
    text("deputy-of-the-manager.policy.xml").replace(
        "&lt;Attribute AttributeId=\"urn:role\"",
        "&lt;Attribute AttributeId=\"urn:name\"",
    )
}

fn deputy_of(name: &str) -> Request {
    Request::builder()
        .subject("urn:stands-in-for", name)
        .build()
}

#[test]
fn providers_are_asked_about_the_other_request() {
    for (name, decision) in [("kari", Decision::Permit), ("ola", Decision::NotApplicable)] {
        let roles = Roles::default();
        let (policy, request) = (by_name(), deputy_of(name));
        let pdp = Pdp::builder().policy("p", &policy).provider(roles.clone());
        let pdp = pdp.build().expect("compiles");
        let response = pdp.decide(&request);
        assert_eq!(response.decision(), decision, "{response:?}");
        // The deputy, who gives no name, and the other.
        assert_eq!(*roles.asked.lock().expect("works"), ["", name]);
        let later = Pdp::builder()
            .policy("p", &policy)
            .async_provider(roles.clone());
        let later = later.build().expect("compiles");
        assert_eq!(pollster::block_on(later.decide_async(&request)), response);
        let both = [request.clone(), request.clone()];
        assert_eq!(
            pollster::block_on(later.decide_all_async(&both))[1],
            response
        );
    }
}

#[test]
fn a_host_that_does_not_look_whose_a_need_is_gives_nobody_the_roles_of_another() {
    let pdp = Pdp::builder()
        .policy("p", by_name())
        .supplied_by_host("the host", |wanted| &*wanted.id == "urn:role")
        .build()
        .expect("compiles");
    let request = deputy_of("kari");
    let decide = |answers_inquiries: bool| {
        let mut context = Context::new();
        let mut evaluation = pdp.begin(&mut context, &request);
        if answers_inquiries {
            evaluation = evaluation.with_inquiries();
        }
        let mut asked = Vec::new();
        while let Step::Needs(needs) = evaluation.step() {
            for need in needs {
                let other = need.request().map(|request| request.categories().len());
                asked.push(other);
                let roles = match other {
                    Some(_) => vec!["dagl".into()],
                    None => vec![],
                };
                evaluation.supply(&need, Ok(roles));
            }
        }
        (evaluation.finish().to_response(), asked)
    };
    let (response, asked) = decide(false);
    assert_eq!(response.decision(), Decision::Indeterminate);
    assert!(told(&response).contains("the host"), "{}", told(&response));
    assert_eq!(asked, [None]);
    let (response, asked) = decide(true);
    assert_eq!(response.decision(), Decision::Permit);
    assert_eq!(asked, [None, Some(1)]);
}

#[test]
fn a_guard_that_is_fetched_ends_a_circle() {
    // The role is not known in the first pass: what stands behind the guard is not asked yet.
    let policy = text("guarded.policy.xml");
    let expected = Pdp::from_xml(&policy).expect("compiles");
    for (name, decision) in [("kari", Decision::Permit), ("ola", Decision::NotApplicable)] {
        let roles = Roles::default();
        let later = Pdp::builder()
            .policy("p", &policy)
            .async_provider(roles.clone())
            .build()
            .expect("compiles");
        let request = Request::builder().subject("urn:name", name).build();
        let response = pollster::block_on(later.decide_async(&request));
        assert_eq!(response.decision(), decision, "{response:?}");
        let mut with_role = Request::builder().subject("urn:name", name);
        if name == "kari" {
            with_role = with_role.subject("urn:role", "dagl");
        }
        let response = expected.decide(&with_role.build());
        assert_eq!(response.decision(), decision);
    }
}

#[test]
fn what_the_other_decision_read_counts_as_read() {
    let policy = by_name();
    let key = |pdp: &Pdp, request: &Request| {
        let mut context = Context::new();
        let outcome = pdp.decide_with(&mut context, request);
        (outcome.cache_key(), outcome.decision())
    };
    let (roles, nobody) = (Roles::default(), Pdp::builder().policy("p", &policy));
    let with = Pdp::builder().policy("p", &policy).provider(roles);
    let (with, without) = (
        with.build().expect("compiles"),
        nobody.build().expect("compiles"),
    );
    let (one, permit) = key(&with, &deputy_of("kari"));
    let (other, none) = key(&without, &deputy_of("kari"));
    assert_eq!((permit, none), (Decision::Permit, Decision::NotApplicable));
    assert_ne!(one, other);
    assert_eq!(one, key(&with, &deputy_of("kari")).0);
}

/// A record says why the other decision read nothing, in the provider's words.
#[test]
fn a_record_says_why_the_other_decision_read_nothing() {
    struct Broken;
    impl AttributeProvider for Broken {
        fn name(&self) -> &str {
            "broken"
        }
        fn supplies(&self, wanted: &Designator) -> bool {
            &*wanted.id == "urn:role"
        }
        fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
            Err(ProviderError::new("the disk is away"))
        }
    }
    let builder = Pdp::builder().policy("p", by_name()).provider(Broken);
    let pdp = builder.build().expect("compiles");
    let mut records = Vec::new();
    let mut call = pdp.call().observe(|event| records.extend(event.record()));
    call.decide(&deputy_of("kari"));
    drop(call);
    let mut read = records[0].read.iter();
    let role = read.find(|read| &*read.attribute.id == "urn:role");
    let failure = role.expect("was read").failure.as_deref();
    assert_eq!(failure, Some("the disk is away"));
}

#[test]
fn the_other_decision_is_made_at_the_same_instant_and_ends_with_it() {
    let policy = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable"><Target/>
      <Rule RuleId="noon" Effect="Permit"><Condition>
        <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-equal">
          <Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:dateTime-one-and-only">
            <AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
              AttributeId="urn:oasis:names:tc:xacml:1.0:environment:current-dateTime" MustBePresent="true"
              DataType="http://www.w3.org/2001/XMLSchema#dateTime"/>
          </Apply>
          <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#dateTime">2026-06-01T12:00:00Z</AttributeValue>
        </Apply></Condition></Rule>
      <Rule RuleId="asks" Effect="Permit"><Condition>
        <Apply FunctionId="urn:oasis:names:tc:xacml:3.0:function:access-permitted">
          <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#anyURI">urn:oasis:names:tc:xacml:3.0:attribute-category:environment</AttributeValue>
          <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string"/>
        </Apply></Condition></Rule></Policy>"#;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let noon = "2026-06-01T12:00:00Z".parse().expect("is a dateTime");
    let pdp = Pdp::builder().policy("p", policy).clock(move || {
        count.fetch_add(1, Ordering::Relaxed);
        noon
    });
    let pdp = pdp.build().expect("compiles");
    // The request says another time; the one asked about says none, and gets the clock's.
    let then: vedtak::value::DateTime = "2000-01-01T00:00:00Z".parse().expect("is a dateTime");
    let request = Request::builder()
        .environment(
            "urn:oasis:names:tc:xacml:1.0:environment:current-dateTime",
            vedtak::value::Value::DateTime(then),
        )
        .build();
    let mut context = Context::new();
    let outcome = pdp.decide_with(&mut context, &request);
    assert_eq!(outcome.decision(), Decision::Permit);
    assert_eq!(outcome.valid_until(), Some(noon));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn long_requests_asked_about_often_run_out_of_work() {
    let mut builder = Request::builder();
    for number in 0..50_000 {
        builder = builder.attribute("urn:other", "urn:x", number);
    }
    let (pdp, _) = case("asks-itself");
    let response = pdp.decide(&builder.build());
    assert!(
        told(&response).contains("more work than the limit"),
        "{}",
        told(&response)
    );
}
