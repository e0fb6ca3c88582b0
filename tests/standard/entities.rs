//! The Related and Nested Entities Profile 1.0. `fixtures/entities/` has a policy, a request and what
//! comes of them; a request in JSON beside one in XML is the same request.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use vedtak::attribute::{Designator, category};
use vedtak::decision::StatusCode;
use vedtak::evaluate::{Context, Step};
use vedtak::provider::{AttributeProvider, Fetched, Inputs, ProviderError};
use vedtak::syntax::Document;
use vedtak::value::{DataType, Entity, Value};
use vedtak::{Decision, Limits, Pdp, ReadOptions, Request, Response};

use crate::bless::difference;

fn folders() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/entities");
    let xpath = cfg!(feature = "xpath").then(|| folder.join("xpath"));
    [folder].into_iter().chain(xpath).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn policy(name: &str) -> String {
    read(&folders()[0].join(format!("{name}.policy.xml")))
}

fn request(name: &str) -> Request {
    let text = read(&folders()[0].join(format!("{name}.request.xml")));
    Request::from_xml(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn pdp_of(policy: &str, steps: (bool, bool)) -> Pdp {
    let builder = Pdp::builder()
        .policy("policy.xml", policy)
        .clock(|| "2024-02-29T12:00:00Z".parse().expect("is a moment"))
        .optimizations(steps.0, steps.1);
    builder
        .build()
        .unwrap_or_else(|error| panic!("{error}\n{policy}"))
}

/// What came of it, as the fixtures say it.
fn told(response: &Response) -> String {
    let mut told = response.to_xml();
    told.retain(|c| c != '\r');
    told
}

#[test]
fn cases_come_out_as_expected() {
    let mut wrong = String::new();
    let mut count = 0;
    for folder in folders() {
        let mut names: Vec<String> = fs::read_dir(&folder)
            .expect("is there")
            .filter_map(|entry| entry.expect("can be listed").file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".policy.xml").map(str::to_owned))
            .collect();
        names.sort_unstable();
        for name in names {
            count += 1;
            let file = |end: &str| folder.join(format!("{name}.{end}"));
            let policy = read(&file("policy.xml"));
            let request = Request::from_xml(read(&file("request.xml")));
            let request = request.unwrap_or_else(|error| panic!("{name}: {error}"));
            let pdp = pdp_of(&policy, (true, true));
            let response = pdp.decide(&request);
            let found = told(&response);
            wrong += &difference(file("txt"), &found);
            // Whatever it was compiled to, and however it is asked.
            for steps in [(false, false), (true, false)] {
                assert_eq!(
                    told(&pdp_of(&policy, steps).decide(&request)),
                    found,
                    "{name}"
                );
            }
            let later = pollster::block_on(pdp.decide_async(&request));
            assert_eq!(told(&later), found, "{name}");
            // What is written is what was read.
            let document = Document::from_xml(&policy).expect("was read before");
            let written = document.to_xml();
            assert_eq!(Document::from_xml(&written).expect("is one"), document);
            assert_eq!(
                told(&pdp_of(&written, (true, true)).decide(&request)),
                found,
                "{name}"
            );
            assert_eq!(
                Request::from_xml(request.to_xml()).expect("is one"),
                request,
                "{name}"
            );
            assert_eq!(
                Response::from_xml(&found).expect("is one"),
                response,
                "{name}"
            );
            in_json(&name, &file("request.json"), &pdp, &request, &response);
        }
    }
    assert!(count > 20, "only {count} cases");
    assert!(wrong.is_empty(), "{wrong}");
}

#[cfg(feature = "json")]
fn in_json(name: &str, file: &Path, pdp: &Pdp, request: &Request, response: &Response) {
    assert_eq!(
        Request::from_json(request.to_json()).expect("is one"),
        *request,
        "{name}"
    );
    assert_eq!(
        Response::from_json(response.to_json()).expect("is one"),
        *response,
        "{name}"
    );
    if file.exists() {
        let same = Request::from_json(read(file)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(same, *request, "{name}");
        let answer = Response::from_json(pdp.decide_json(read(file))).expect("is one");
        assert_eq!(answer, *response, "{name}");
    }
}

#[cfg(not(feature = "json"))]
fn in_json(_: &str, _: &Path, _: &Pdp, _: &Request, _: &Response) {}

type Log = Arc<Mutex<Vec<String>>>;

/// Knows the names of organisations, whose categories nobody knew when the policy was loaded.
struct Register {
    asked: Log,
    answer: fn(&str) -> Result<Vec<Value>, ProviderError>,
}

impl AttributeProvider for Register {
    fn name(&self) -> &str {
        "organisations"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        wanted.category.starts_with("urn:example:organization:")
            && &*wanted.id == "urn:example:name"
    }

    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing()
    }

    fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        assert!(
            request.categories().is_empty(),
            "it declared that it needs nothing"
        );
        self.asked
            .lock()
            .expect("works")
            .push(wanted.category.to_string());
        let until = "2030-01-01T00:00:00Z".parse().expect("is a moment");
        Ok(Fetched::from((self.answer)(&wanted.category)?).with_valid_until(Some(until)))
    }
}

fn names(category: &str) -> Result<Vec<Value>, ProviderError> {
    Ok(match category.rsplit(':').next() {
        Some("1") => vec!["Acme".into()],
        Some("2") => vec!["Orgland".into()],
        _ => vec![],
    })
}

fn with_register(
    policy: &str,
    answer: fn(&str) -> Result<Vec<Value>, ProviderError>,
) -> (Pdp, Log) {
    let asked = Log::default();
    let register = Register {
        asked: asked.clone(),
        answer,
    };
    let builder = Pdp::builder().policy("policy.xml", policy);
    (builder.provider(register).build().expect("compiles"), asked)
}

/// Employments with these organisations, and who owns the letter.
fn employed(organizations: &[u32], owner: &str) -> Request {
    let mut request = Request::builder().resource("urn:example:owner", owner);
    for number in organizations {
        let category: Arc<str> = format!("urn:example:organization:{number}").into();
        let employment = Entity::builder()
            .attribute("urn:example:organization", Value::AnyUri(category))
            .build()
            .expect("is small");
        request = request.subject("urn:example:employment", employment);
    }
    request.build()
}

#[test]
fn providers_are_asked_for_categories_that_are_worked_out() {
    let (pdp, asked) = with_register(&policy("related"), names);
    let request = employed(&[1, 2], "Orgland");
    let mut context = Context::new();
    let outcome = pdp.decide_with(&mut context, &request);
    assert_eq!(outcome.decision(), Decision::Permit);
    assert_eq!(
        outcome.valid_until(),
        Some("2030-01-01T00:00:00Z".parse().unwrap())
    );
    let read: Vec<String> = outcome
        .attributes_read()
        .map(|read| read.designator.category.to_string())
        .collect();
    assert!(
        read.contains(&"urn:example:organization:2".to_owned()),
        "{read:?}"
    );
    let key = outcome.cache_key();
    assert!(
        key.contains("Orgland") && key.contains("urn:example:organization:1"),
        "{key}"
    );
    // Each once, and both in one step.
    let expected = ["urn:example:organization:1", "urn:example:organization:2"];
    assert_eq!(*asked.lock().unwrap(), expected);
    let mut evaluation = pdp.begin(&mut context, &request);
    let Step::Needs(needs) = evaluation.step() else {
        panic!("it takes names");
    };
    assert_eq!(needs.len(), 2);
    // Answers to other needs are dropped, and an answer stands.
    let mut other = needs[0].clone();
    other.designator.id = "urn:example:other".into();
    evaluation.supply(&other, Ok(vec!["Orgland".into()]));
    evaluation.supply(&needs[0], Ok(vec!["No".into()]));
    evaluation.supply(&needs[0], Ok(vec!["Orgland".into()]));
    evaluation.supply(&needs[1], Ok(Vec::new()));
    assert!(matches!(evaluation.step(), Step::Decided));
    let decision = evaluation.finish().decision();
    // One of them is not the owner, the other has no name: deny-unless-permit knows no errors.
    assert_eq!(decision, Decision::Deny);
    // What the request says is not asked for.
    let said = self::request("related");
    asked.lock().unwrap().clear();
    assert_eq!(pdp.decide(&said).decision(), Decision::Permit);
    assert_eq!(*asked.lock().unwrap(), [""; 0]);
}

#[test]
fn batches_do_not_mix_up_what_is_worked_out() {
    let requests = [
        employed(&[1], "Acme"),
        employed(&[2], "Acme"),
        employed(&[2, 1], "Orgland"),
        employed(&[1, 2], "Acme"),
    ];
    let expected = [
        Decision::Permit,
        Decision::Deny,
        Decision::Permit,
        Decision::Permit,
    ];
    let (pdp, asked) = with_register(&policy("related"), names);
    let decisions = |responses: Vec<Response>| -> Vec<Decision> {
        responses.iter().map(Response::decision).collect()
    };
    assert_eq!(decisions(pdp.decide_all(&requests)), expected);
    assert_eq!(asked.lock().unwrap().len(), 2, "each once for all");
    let later = pollster::block_on(pdp.decide_all_async(&requests));
    assert_eq!(decisions(later), expected);
}

#[test]
fn a_provider_that_fails_lies_or_panics_makes_no_empty_bag() {
    type Answer = fn(&str) -> Result<Vec<Value>, ProviderError>;
    let answers: [(Answer, &str); 4] = [
        (|_| Err(ProviderError::new("it is closed")), "it is closed"),
        (|_| panic!("of the provider"), "it panicked"),
        (
            |_| Ok(vec![Value::from(1)]),
            "it returned a value of type integer",
        ),
        (
            |_| Ok((0..200_000).map(|_| Value::from("a")).collect()),
            "it returned 200000 values",
        ),
    ];
    // Permits unless it knows of a name: an empty bag would permit.
    let policy = policy("related-missing").replace("ForAll", "ForAny");
    let policy = policy.replace("Effect=\"Permit\"", "Effect=\"Deny\"");
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for (answer, said) in answers {
        let (pdp, _) = with_register(&policy, answer);
        let response = pdp.decide(&employed(&[1], "Acme"));
        assert_eq!(response.decision(), Decision::Indeterminate);
        let status = response.status().expect("says why");
        assert_eq!(status.code, StatusCode::ProcessingError);
        let message = status.message.as_deref().unwrap_or_default();
        assert!(
            message.contains(said) && message.contains("organisations"),
            "{message}"
        );
    }
    std::panic::set_hook(hook);
}

#[test]
fn a_missing_attribute_of_a_category_is_told_with_its_name() {
    let (pdp, asked) = with_register(&policy("related-missing"), names);
    let response = pdp.decide(&employed(&[9], "Acme"));
    assert_eq!(asked.lock().unwrap().len(), 1);
    let status = response.status().expect("says why");
    assert_eq!(status.code, StatusCode::MissingAttribute);
    let missing = &status.missing[0].designator;
    assert_eq!(&*missing.category, "urn:example:organization:9");
    assert_eq!(missing.data_type, DataType::String);
}

#[test]
fn deep_entities_are_bounded_wherever_they_come_from() {
    let mut limits = Limits::default();
    limits.depth = 1_000_000;
    let open = r#"<AttributeValue DataType="urn:oasis:names:tc:xacml:3.0:data-type:entity"><Attribute AttributeId="a" IncludeInResult="false">"#;
    let close = "</Attribute></AttributeValue>";
    let value =
        r#"<AttributeValue DataType="http://www.w3.org/2001/XMLSchema#integer">1</AttributeValue>"#;
    let xml = move |depth: usize| {
        let inside = format!("{}{value}{}", open.repeat(depth), close.repeat(depth));
        format!(
            r#"<Request xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" CombinedDecision="false" ReturnPolicyIdList="false"><Attributes Category="c"><Attribute AttributeId="a" IncludeInResult="true">{inside}</Attribute></Attributes></Request>"#
        )
    };
    let policy = move |depth: usize| {
        let inside = format!("{}{value}{}", open.repeat(depth), close.repeat(depth));
        let text = self::policy("literal");
        let start = text.find("<AttributeValue").expect("has one");
        format!("{}{inside}{}", &text[..start], &text[start..])
    };
    // On a small stack, as far as documents may nest.
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let work = move || {
        let request = Request::read_xml(xml(97), ReadOptions::new().limits(&limits))
            .expect("nests within the limit");
        let copy = request.clone();
        assert_eq!(request, copy);
        assert_eq!(
            Request::read_xml(request.to_xml(), ReadOptions::new().limits(&limits))
                .expect("is one"),
            request
        );
        let pdp = Pdp::builder()
            .limits(limits.clone())
            .policy("p", policy(90))
            .build()
            .expect("nests within the limit");
        let response = pdp.decide(&request);
        assert_eq!(response.decision(), Decision::NotApplicable);
        assert!(response.to_xml().contains("integer"));
        #[cfg(feature = "json")]
        assert!(response.to_json().contains("Category"));
        for depth in [200, 10_000] {
            let error = Request::read_xml(xml(depth), ReadOptions::new().limits(&limits))
                .expect_err("is too deep");
            assert!(error.to_string().contains("the limit is 200"), "{error}");
            let error = Document::read_xml(policy(depth), ReadOptions::new().limits(&limits))
                .expect_err("is too deep");
            assert!(error.to_string().contains("the limit is 200"), "{error}");
        }
    };
    small.spawn(work).expect("starts").join().expect("ends");
    // Values in entities count like any other.
    let mut few = Limits::default();
    few.attribute_values = 3;
    let nested = request("nested").to_xml();
    let error = Request::read_xml(nested, ReadOptions::new().limits(&few)).expect_err("has more");
    assert!(
        error
            .to_string()
            .contains("too many attribute values; the limit is 3"),
        "{error}"
    );
}

#[test]
fn quantifiers_nest_as_deep_as_applications_may_and_no_deeper() {
    let nested = |depth: usize| {
        let bag = r#"<Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:integer-bag"><AttributeValue DataType="http://www.w3.org/2001/XMLSchema#integer">1</AttributeValue></Apply>"#;
        let mut inside =
            r#"<AttributeValue DataType="http://www.w3.org/2001/XMLSchema#boolean">true</AttributeValue>"#
                .to_owned();
        for number in 0..depth {
            inside = format!(r#"<ForAny VariableId="v{number}">{bag}{inside}</ForAny>"#);
        }
        let text = policy("for-any-none");
        let start = text.find("<Condition>").expect("has one") + "<Condition>".len();
        let end = text.find("</Condition>").expect("has one");
        format!("{}{inside}{}", &text[..start], &text[end..])
    };
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let work = move || {
        let mut limits = Limits::default();
        limits.depth = 200;
        limits.apply_depth = 200;
        let build = |depth| {
            Pdp::builder()
                .limits(limits.clone())
                .policy("p", nested(depth))
                .build()
        };
        let pdp = build(190).expect("is within the limit");
        let response = pdp.decide(&request("for-any-none"));
        assert_eq!(response.decision(), Decision::Permit);
        limits.apply_depth = 60;
        let build = |depth| {
            Pdp::builder()
                .limits(limits.clone())
                .policy("p", nested(depth))
                .build()
        };
        build(59).expect("is within the limit");
        let error = build(61).expect_err("is too deep").to_string();
        assert!(
            error.contains("nested too deep; the limit is 60"),
            "{error}"
        );
    };
    small.spawn(work).expect("starts").join().expect("ends");
}

#[test]
fn a_store_looks_into_entities_too() {
    let store = Pdp::builder()
        .policy("policy.xml", policy("related"))
        .root_combining("urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides")
        .provider(Register {
            asked: Log::default(),
            answer: names,
        })
        .store()
        .expect("compiles");
    let request = employed(&[2], "Orgland");
    assert_eq!(store.pdp().decide(&request).decision(), Decision::Permit);
    // The same after slots were added that the names of these are counted behind.
    store
        .put(
            "nested.xml",
            policy("nested").replace("urn:example:policy", "urn:example:nested"),
        )
        .expect("compiles");
    let mut context = Context::new();
    for _ in 0..2 {
        let pdp = store.pdp();
        let outcome = pdp.decide_with(&mut context, &request);
        assert_ne!(outcome.decision(), Decision::Indeterminate);
    }
}

#[test]
fn entities_are_attributes_of_any_category() {
    let entity = Entity::builder()
        .attribute("urn:example:kind", "employee")
        .build()
        .unwrap();
    let request = Request::builder()
        .subject("urn:example:employment", entity.clone())
        .build();
    let mut values = request.values(category::ACCESS_SUBJECT, "urn:example:employment");
    let found = values.next().and_then(Value::as_entity).expect("is one");
    assert_eq!(*found, entity);
    assert_eq!(
        found.values("urn:example:kind").next(),
        Some(&"employee".into())
    );
}
