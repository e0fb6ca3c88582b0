//! AuthZEN's evaluations, decided by a policy: cases in `fixtures/authzen`.

mod batches;
mod mappings;

use vedtak::authzen::{Answers, Evaluation, Evaluations, Mapping, Obligations};
use vedtak::authzen::{Search, SearchKind, SearchQuestion};
use vedtak::response::StatusDisclosure;
use vedtak::{Decision, Error, Limits, Pdp, ReadOptions};

const CASES: &str = include_str!("../../fixtures/authzen/cases.txt");
const RECORDS: &str = include_str!("../../fixtures/authzen/records.xml");

fn records() -> Pdp {
    Pdp::from_xml(RECORDS).expect("compiles")
}

fn answers(pdp: &Pdp, body: &str) -> Result<Answers, Error> {
    Evaluations::from_json(body)?.decide(&Mapping::default(), |request| pdp.decide(request))
}

#[test]
fn requests_are_answered_as_the_cases_say() {
    let pdp = records();
    let mut asked: Option<&str> = None;
    let mut count = 0;
    for (number, line) in CASES.lines().enumerate() {
        let number = number + 1;
        if line.starts_with('{') {
            assert_eq!(asked.replace(line), None, "line {number} follows a request");
        } else if let Some(expected) = line.strip_prefix("= ") {
            let body = asked.take().expect("a request before its answer");
            let answers = answers(&pdp, body).unwrap_or_else(|e| panic!("line {number}: {e}"));
            assert_eq!(answers.to_json(), expected, "line {number}");
            if answers.is_single {
                let alone = Evaluation::from_json(body).expect("can be read");
                let answer = alone.decide(&Mapping::default(), |request| pdp.decide(request));
                assert_eq!(answer.as_ref(), Ok(&answers.answers[0]), "line {number}");
            }
            count += 1;
        } else if let Some(expected) = line.strip_prefix("! ") {
            let body = asked.take().expect("a request before its answer");
            let error = answers(&pdp, body).expect_err(&format!("line {number} is refused"));
            let text = error.to_string();
            assert!(text.contains(expected), "line {number}: {text}");
            count += 1;
        }
    }
    assert!(count > 30, "the cases were found");
}

#[test]
fn limits_hold() {
    let mut limits = Limits::default();
    limits.decisions = 3;
    limits.attribute_values = 5;
    let read = |body: &str| Evaluations::read_json(body, ReadOptions::new().limits(&limits));
    let error = read(r#"{"evaluations": [{}, {}, {}, {}]}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("too many evaluations; the limit is 3")
    );

    // Whatever one of them lacks because of the limit might have denied: none is answered.
    let full = r#"{"subject": {"type": "u", "id": "a"}, "action": {"name": "r"},
        "resource": {"type": "r", "id": "1"},
        "evaluations": [{"context": {"a": [1, 2, 3, 4, 5, 6]}}, {"context": {"b": 1}}, {}]}"#;
    let error = read(full).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("too many values in all; the limit is 5"),
        "{error}"
    );
    let empty = full.replace(
        "[1, 2, 3, 4, 5, 6]",
        r#"{"b":[],"c":[],"d":[],"e":[],"f":[],"g":[]}"#,
    );
    assert!(
        read(&empty).is_err(),
        "properties without values take room, too"
    );

    let name = "x".repeat(600);
    let deep = full.replace(
        r#"{"a": [1, 2, 3, 4, 5, 6]}"#,
        &format!(r#"{{"{name}":{{"{name}":1}}}}"#),
    );
    let evaluations = read(&deep).expect("the others can be read");
    let error = evaluations.items[0]
        .as_ref()
        .expect_err("has too long a name");
    assert!(
        error.to_string().contains("the limit is 1024 bytes"),
        "{error}"
    );
    assert!(evaluations.items[1].is_ok());
}

/// Each problem with a place takes a walk through the document: only so many get one.
#[test]
fn a_thousand_bad_items_are_answered() {
    let items = vec!["{\"action\": 7}"; 1000].join(",");
    let body = format!(r#"{{"evaluations": [{items}]}}"#);
    let evaluations = Evaluations::from_json(body).expect("the list can be read");
    assert_eq!(evaluations.items.len(), 1000);
    assert!(evaluations.items.iter().all(|item| item.is_err()));
    let places = evaluations
        .items
        .iter()
        .filter_map(|item| item.as_ref().err());
    let places = places.flat_map(|error| error.diagnostics());
    assert_eq!(
        places
            .filter(|problem| problem.position().is_some())
            .count(),
        100
    );
}

const OBLIGED: &str = r#"
  <Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="urn:p" Version="1.0"
      RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit">
    <Target/>
    <Rule RuleId="r" Effect="Permit"/>
    <ObligationExpressions>
      <ObligationExpression ObligationId="urn:log" FulfillOn="Permit">
        <AttributeAssignmentExpression AttributeId="level">
          <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#integer">3</AttributeValue>
        </AttributeAssignmentExpression>
        <AttributeAssignmentExpression AttributeId="to">
          <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">a</AttributeValue>
        </AttributeAssignmentExpression>
        <AttributeAssignmentExpression AttributeId="to">
          <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">b "c"</AttributeValue>
        </AttributeAssignmentExpression>
      </ObligationExpression>
    </ObligationExpressions>
  </Policy>"#;

const ALICE_READS: &str = r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"record","id":"record-1"}}"#;

#[test]
fn obligations_are_never_lost() {
    let pdp = Pdp::from_xml(OBLIGED).expect("compiles");
    let asked = Evaluation::from_json(ALICE_READS).expect("can be read");
    let mut mapping = Mapping::default();
    let answer = asked
        .decide(&mapping, |request| pdp.decide(request))
        .expect("is mapped");
    assert!(!answer.decision);
    assert_eq!(
        answer.to_json(),
        r#"{"decision":false}"#,
        "reasons are the host's"
    );
    let reason = "access is granted under obligations, which this answer cannot carry";
    assert_eq!(answer.reason.as_deref(), Some(reason));
    mapping.disclosure = StatusDisclosure::Message;
    let answer = pdp
        .call()
        .decide_evaluation(&asked, &mapping)
        .expect("is mapped");
    assert_eq!(
        answer.to_json(),
        format!(r#"{{"decision":false,"context":{{"reason":"{reason}"}}}}"#)
    );
    mapping.obligations = Obligations::InContext;
    let answer = asked
        .decide(&mapping, |request| pdp.decide(request))
        .expect("is mapped");
    assert_eq!(
        answer.to_json(),
        r#"{"decision":true,"context":{"obligations":[{"id":"1","type":"urn:log","properties":{"level":3,"to":["a","b \"c\""]}}]}}"#
    );
}

#[test]
fn indeterminate_is_false_and_says_why() {
    let policy = RECORDS.replace("MustBePresent=\"false\"", "MustBePresent=\"true\"");
    let policy = policy.replace("AttributeId=\"type\"", "AttributeId=\"kind\"");
    let strict = Pdp::from_xml(policy).expect("compiles");
    let asked = Evaluation::from_json(ALICE_READS).expect("can be read");
    let answer = asked.decide(&Mapping::default(), |request| {
        let response = strict.decide(request);
        assert_eq!(response.decision(), Decision::Indeterminate);
        response
    });
    let answer = answer.expect("is mapped");
    assert!(!answer.decision);
    assert!(answer.reason.is_some_and(|reason| reason.contains("kind")));
}

#[test]
fn searches_are_read_and_checked() {
    let limits = Limits::default();
    let subject = r#""subject":{"type":"user","id":"alice"}"#;
    let resource = r#""resource":{"type":"record","id":"record-1"}"#;
    let action = r#""action":{"name":"read"}"#;
    let read =
        |sought, body: &str| Search::read_json(sought, body, ReadOptions::new().limits(&limits));
    let body = format!(r#"{{{subject},{resource},{action},"page":{{"token":"t","limit":10}}}}"#);

    let search = read(SearchKind::Subjects, &body).expect("the id of what is sought is ignored");
    assert!(matches!(&search.question, SearchQuestion::Subjects { kind, .. } if &**kind == "user"));
    assert_eq!(search.page.limit, Some(10));
    assert_eq!(search.page.token.as_deref(), Some("t"));
    assert_eq!(&*search.candidate("bob").subject.id, "bob");
    assert_eq!(&*search.candidate("bob").resource.id, "record-1");
    let search = read(SearchKind::Resources, &body).expect("can be read");
    assert_eq!(&*search.candidate("record-2").resource.id, "record-2");
    let search =
        read(SearchKind::Actions, &format!("{{{subject},{resource}}}")).expect("needs no action");
    assert_eq!(&*search.candidate("write").action.name, "write");

    for (sought, body, message) in [
        (
            SearchKind::Subjects,
            format!("{{{subject},{resource}}}"),
            "must have the member `action`",
        ),
        (
            SearchKind::Resources,
            format!("{{{action},{resource}}}"),
            "must have the member `subject`",
        ),
        (
            SearchKind::Subjects,
            format!(r#"{{{subject},{action},"resource":{{"type":"r"}}}}"#),
            "must have the member `id`",
        ),
        (
            SearchKind::Actions,
            format!(r#"{{{subject},{resource},"page":{{"limit":-1}}}}"#),
            "`limit` must be an integer",
        ),
        (
            SearchKind::Subjects,
            format!(r#"{{"subject":{{}},{action},{resource}}}"#),
            "`subject` must have the member `type`",
        ),
    ] {
        let error = read(sought, &body).unwrap_err().to_string();
        assert!(error.contains(message), "{body}: {error}");
    }
}
