//! A host with a flow of its own around the policies: what it needs of the crate, used from outside.

use std::future::pending;
use std::pin::pin;

use vedtak::attribute::{category, id};
use vedtak::decision::StatusCode;
use vedtak::evaluate::Budget;
use vedtak::hierarchy::individual_requests;
use vedtak::provider::{BoxFuture, Deadline, ProviderError, each_answer};
use vedtak::report::Source;
use vedtak::request::{IndividualRequestError, Matrix};
use vedtak::response::{MatrixResponse, ResponseResult, Status, answer_json, answer_xml};
use vedtak::syntax::{Document, Offset};
use vedtak::{Decision, Error, Limits, Pdp, ReadOptions, Request, Response};

const POLICY: &str = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="æ" Version="1.0"
    RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
  <Target><AnyOf><AllOf>
    <Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
      <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">print</AttributeValue>
      <AttributeDesignator Category="urn:oasis:names:tc:xacml:3.0:attribute-category:action"
        AttributeId="urn:oasis:names:tc:xacml:1.0:action:action-id"
        DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/>
    </Match>
  </AllOf></AnyOf></Target>
  <Rule RuleId="r" Effect="Permit"/></Policy>"#;

fn reads() -> Request {
    Request::builder().action("read").build()
}

type Answer = Result<u32, ProviderError>;

fn ask(fetches: Vec<BoxFuture<'_, Answer>>, deadline: impl Future<Output = ()>) -> Vec<String> {
    let deadline = pin!(deadline);
    let mut deadline = Deadline::new(deadline);
    let shown = |answers: Vec<Answer>| {
        let answers = answers.into_iter();
        let shown = answers.map(|a| a.map_or_else(|error| error.to_string(), |n| n.to_string()));
        shown.collect()
    };
    pollster::block_on(async { shown(deadline.ask(fetches).await) })
}

#[test]
fn sources_are_asked_together_and_fail_alone() {
    let answers = |number| -> BoxFuture<'_, Answer> { Box::pin(async move { Ok(number) }) };
    let panics = || -> BoxFuture<'_, Answer> { Box::pin(async { panic!("on purpose") }) };
    let never = || -> BoxFuture<'_, Answer> { Box::pin(pending()) };
    assert_eq!(ask(Vec::new(), pending()), Vec::<String>::new());
    assert_eq!(
        ask(vec![answers(1), panics(), answers(2)], pending()),
        ["1", "it panicked", "2"]
    );
    let late = "it did not answer before the deadline";
    assert_eq!(
        ask(vec![never(), answers(1), never()], async {}),
        [late, "1", late]
    );
}

#[test]
fn nobody_is_asked_after_the_deadline() {
    let deadline = pin!(async {});
    let mut deadline = Deadline::new(deadline);
    let never = || -> [BoxFuture<'_, Answer>; 1] { [Box::pin(pending())] };
    let unasked = || -> [BoxFuture<'_, Answer>; 1] { [Box::pin(async { panic!("was asked") })] };
    pollster::block_on(async {
        assert!(deadline.ask(never()).await[0].is_err());
        for _ in 0..2 {
            let answer = deadline.ask(unasked()).await.remove(0);
            let message = answer.expect_err("is too late").to_string();
            assert_eq!(message, "it was not asked: the deadline had passed");
        }
    });
}

#[test]
fn answers_belong_to_queries_only_if_there_is_one_for_each() {
    assert_eq!(each_answer(Ok(vec![Ok(1), Ok(2)]), 2), [Ok(1), Ok(2)]);
    for (given, count) in [(0, 1), (1, 2), (3, 2)] {
        let answers = each_answer(Ok(vec![Ok(7); given]), count);
        assert_eq!(answers.len(), count);
        assert!(answers.iter().all(Result::is_err), "{given} for {count}");
    }
    assert!(each_answer::<u32>(Ok(Vec::new()), 0).is_empty());
}

#[test]
fn a_changed_request_is_decided_by_what_it_says_now() {
    let pdp = Pdp::from_xml(POLICY).expect("is valid");
    let mut request = reads();
    assert_eq!(pdp.decide(&request).decision(), Decision::NotApplicable);
    let copy = request.clone();
    for attribute in &mut request.categories_mut()[0].to_mut().attributes {
        attribute.values = vec!["print".into()];
    }
    assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
    assert_eq!(pdp.decide(&copy).decision(), Decision::NotApplicable);
    // Whether it asks for several decisions is found anew, too.
    let printing = request.categories()[0].clone();
    let about = Request::builder().resource(id::RESOURCE_ID, "a").build();
    let mut several = Request::builder()
        .category(printing)
        .category(about.categories()[0].clone())
        .build();
    assert!(!several.is_multiple());
    several.categories_mut()[1].to_mut().category = category::ACTION.into();
    assert!(several.is_multiple());
}

#[test]
fn parts_are_told_from_the_whole() {
    let limits = Limits::default();
    let parts = |request: &Request, limits: &Limits| {
        let parts = individual_requests(request, None, limits, &mut Budget::new(limits));
        parts.map(|parts| parts.into_iter().flatten().count())
    };
    assert_eq!(parts(&reads(), &limits), Ok(1));
    let mut both = Request::builder();
    for _ in 0..3 {
        both = both.category(reads().categories()[0].clone());
    }
    let both = both.build();
    assert_eq!(parts(&both, &limits), Ok(3));
    let mut few = Limits::default();
    few.decisions = 2;
    assert_eq!(parts(&both, &few), Err(IndividualRequestError::TooMany(2)));
}

#[test]
fn a_matrix_is_decided_cell_by_cell_or_not_at_all() {
    let matrix = Matrix::new(reads())
        .resources(id::RESOURCE_ID, ["a", "b", "c"])
        .subjects("urn:id", [1, 2]);
    let said = |cell: &Request| {
        let resource = cell.values(category::RESOURCE, id::RESOURCE_ID).next();
        resource.map(|name| name.to_string()).unwrap_or_default()
    };
    let mut calls = 0;
    let told = MatrixResponse::decide(&matrix, 6, |cell| {
        calls += 1;
        cell.map_or_else(ToString::to_string, said)
    });
    assert_eq!(told.cells(), ["a", "a", "b", "b", "c", "c"]);
    assert_eq!((calls, told.is_complete()), (6, true));
    let mut calls = 0;
    let told = MatrixResponse::decide(&matrix, 5, |cell| {
        calls += 1;
        cell.is_ok()
    });
    assert_eq!(
        (calls, told.refusal()),
        (1, Some(&IndividualRequestError::TooMany(5)))
    );
    assert_eq!(told.at([2, 1]), Some(&false));
}

#[test]
fn a_text_is_answered_in_its_own_version_and_within_the_limit() {
    let deny = |_: Result<&Request, &Error>| {
        let status = Status::new(StatusCode::ProcessingError, "x".repeat(500));
        Response::new(vec![ResponseResult::indeterminate(status)])
    };
    let mut limits = Limits::default();
    let unreadable =
        r#"<Request xmlns="urn:oasis:names:tc:xacml:2.0:context:schema:os"><Oops/></Request>"#;
    let answer = answer_xml(unreadable, ReadOptions::new(), deny);
    assert!(answer.contains("xacml:2.0:context"), "{answer}");
    let answer = answer_xml(reads().to_xml(), ReadOptions::new(), deny);
    assert!(answer.contains("core:schema:wd-17"), "{answer}");
    limits.response = 400;
    let options = ReadOptions::new().limits(&limits);
    let answer = answer_xml(reads().to_xml(), options, deny);
    assert!(answer.contains("longer than 400 bytes"), "{answer}");
    let json = reads().to_json();
    let answer = answer_json(json, options, deny);
    assert!(answer.contains("longer than 400 bytes"), "{answer}");
}

/// Offsets are those of the text that comes with the document, however its bytes are encoded.
#[test]
fn a_host_finds_places_in_the_text_of_a_document() {
    let wide: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(POLICY.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [POLICY.as_bytes(), &wide] {
        let (document, text) =
            Document::read_with_text(bytes, ReadOptions::new()).expect("is valid");
        let Document::Policy(policy) = &document else {
            panic!("is a policy");
        };
        let offset = policy.target.any_of[0].offset;
        assert!(text[offset.bytes()..].starts_with("<AnyOf>"));
        let source = Source {
            name: "p".into(),
            text: &text,
        };
        let problem = source.diagnostic(offset, "", "not ours");
        let position = problem.position().map(|at| (at.line, at.column));
        assert_eq!(position, Some((3, 11)));
        let ends = source.positions([Offset::new(0), Offset::new(usize::MAX)]);
        assert_eq!((ends[0].line, ends[1].line), (1, 11));
    }
    let broken = Document::read_with_text(b"<Policy", ReadOptions::new());
    assert_eq!(
        broken.err(),
        Document::read_xml(b"<Policy", ReadOptions::new()).err()
    );
}

#[test]
fn an_error_never_says_nothing() {
    let error = Error::new(Vec::new());
    assert_eq!(error.diagnostics().len(), 1);
    assert_eq!(
        error.to_string(),
        "something is wrong, but no problem was named"
    );
}
