//! Several evaluations in one question: decided at once or later, observed, and bounded.

use vedtak::authzen::{Evaluation, Evaluations, Mapping, UnmappedProperties};
use vedtak::{Error, Pdp, Request};

use super::{ALICE_READS, RECORDS, answers, records};

/// A batch with one bad item, whatever is bad about it.
#[test]
fn a_bad_item_is_false_alone() {
    let pdp = records();
    let bad = [
        (r#"7"#, "the evaluation must be an object"),
        (r#"{"action": {}}"#, "`action` must have the member `name`"),
        (r#"{"action": 1}"#, "`action` must be an object"),
        (
            r#"{"resource": {"type": "record", "id": null}}"#,
            "`id` must be a string, found null",
        ),
        (
            r#"{"context": [[1]]}"#,
            "`context` must be an object, found an array",
        ),
        (
            r#"{"subject": {"type": "user", "id": "bob", "properties": {"type": "x"}}}"#,
            "this becomes the attribute `type`",
        ),
        (
            r#"{"context": {}, "context": {}}"#,
            "the evaluation has the member `context` twice",
        ),
    ];
    for (item, message) in bad {
        let body = format!(
            r#"{{"subject": {{"type": "user", "id": "alice"}}, "action": {{"name": "read"}},
                "resource": {{"type": "record", "id": "record-1"}},
                "evaluations": [{{}}, {item}, {{}}]}}"#
        );
        let answers = answers(&pdp, &body).expect("the rest can be read").answers;
        let decisions: Vec<bool> = answers.iter().map(|answer| answer.decision).collect();
        assert_eq!(decisions, [true, false, true], "{item}");
        let error = answers[1].error.as_ref().expect("says what is wrong");
        assert_eq!(error.status, 400);
        assert!(error.message.contains(message), "{item}: {}", error.message);
    }
}

#[test]
fn problems_of_items_have_their_place() {
    let body = "{\"action\": {\"name\": \"read\"},\n \"evaluations\": [{},\n  {\"subject\": []}]}";
    let evaluations = Evaluations::from_json(body).expect("can be read");
    let errors: Vec<&Error> = evaluations
        .items
        .iter()
        .filter_map(|i| i.as_ref().err())
        .collect();
    let [first, second] = errors.as_slice() else {
        panic!("both are bad");
    };
    assert!(
        first
            .to_string()
            .contains("the evaluation must have the member `subject`")
    );
    let place = second.diagnostics()[0].position().expect("has one");
    assert_eq!((place.line, place.column), (3, 15));
    assert_eq!(second.diagnostics()[0].path(), "evaluations[1].subject");
}

/// The problems of a default are those of every item: told of the first, counted of the others.
#[test]
fn an_answer_is_not_much_longer_than_its_question() {
    let properties: Vec<String> = (0..200).map(|i| format!("\"p{i}\":1")).collect();
    let items = vec!["{}"; 1000].join(",");
    let body = format!(
        r#"{{"subject":{{"type":"user","id":"alice","properties":{{{}}}}},"action":{{"name":"read"}},
            "resource":{{"type":"record","id":"r"}},"evaluations":[{items}]}}"#,
        properties.join(",")
    );
    let mut mapping = Mapping::default();
    mapping.subject.others = UnmappedProperties::Refused;
    let evaluations = Evaluations::from_json(&body).expect("can be read");
    let answers = records()
        .call()
        .decide_evaluations(&evaluations, &mapping)
        .expect("is a batch");
    assert_eq!(answers.answers.len(), 1000);
    let errors: Vec<&str> = answers
        .answers
        .iter()
        .map(|answer| &*answer.error.as_ref().expect("is refused").message)
        .collect();
    assert!(
        errors[0].contains("subject.properties.p99"),
        "{}",
        errors[0]
    );
    assert!(
        errors[0].contains("100 more problems are not listed"),
        "{}",
        errors[0]
    );
    assert_eq!(errors[999], "this has 200 problems, which are not listed");
    assert!(answers.to_json().len() < 40 * body.len());
}

struct Roles(std::sync::atomic::AtomicUsize);

impl vedtak::provider::AttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }

    fn supplies(&self, wanted: &vedtak::attribute::Designator) -> bool {
        &*wanted.id == "role"
    }

    fn inputs(&self, _: &vedtak::attribute::Designator) -> vedtak::provider::Inputs {
        let subject = vedtak::attribute::category::ACCESS_SUBJECT;
        vedtak::provider::Inputs::nothing().attribute(subject, "id")
    }

    fn fetch(
        &self,
        _: &vedtak::attribute::Designator,
        _: &Request,
    ) -> Result<vedtak::provider::Fetched, vedtak::provider::ProviderError> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Ok(vec!["admin".into()].into())
    }
}

/// Sync and async, all three semantics, and one fetch for what all ask alike.
#[test]
fn all_ways_to_decide_a_batch_give_one_answer() {
    let roles = std::sync::Arc::new(Roles(std::sync::atomic::AtomicUsize::new(0)));
    let pdp = Pdp::builder()
        .policy("records.xml", RECORDS)
        .provider(roles.clone())
        .build();
    let pdp = pdp.expect("compiles");
    let mapping = Mapping::default();
    for (semantic, count) in [
        ("execute_all", 5),
        ("deny_on_first_deny", 2),
        ("permit_on_first_permit", 1),
    ] {
        let body = format!(
            r#"{{"subject": {{"type": "user", "id": "carol"}}, "action": {{"name": "write"}},
                "resource": {{"type": "record", "id": "r", "properties": {{"status": "archived"}}}},
                "options": {{"evaluations_semantic": "{semantic}"}},
                "evaluations": [{{}}, {{"action": 7}}, {{"action": {{"name": "delete"}}}}, {{}}, {{}}]}}"#
        );
        let evaluations = Evaluations::from_json(body).expect("can be read");
        let before = roles.0.load(std::sync::atomic::Ordering::Relaxed);
        let now = pdp
            .call()
            .decide_evaluations(&evaluations, &mapping)
            .expect("is a batch");
        let asked = roles.0.load(std::sync::atomic::Ordering::Relaxed) - before;
        assert_eq!(asked, 1, "{semantic}");
        assert_eq!(now.answers.len(), count, "{semantic}");
        let decisions: Vec<bool> = now.answers.iter().map(|answer| answer.decision).collect();
        assert_eq!(decisions, [true, false, false, true, true][..count]);
        let later = pollster::block_on(pdp.call().decide_evaluations_async(&evaluations, &mapping));
        assert_eq!(later.as_ref(), Ok(&now), "{semantic}");
        let alone = evaluations.decide(&mapping, |request| pdp.decide(request));
        assert_eq!(alone, Ok(now), "{semantic}");
    }
    let alone = Evaluation::from_json(ALICE_READS).expect("can be read");
    let answer = pollster::block_on(pdp.call().decide_evaluation_async(&alone, &mapping));
    assert_eq!(answer, pdp.call().decide_evaluation(&alone, &mapping));
}

/// Under permit-unless-deny an outage makes a Permit: the host's log has to say so.
#[test]
fn a_permit_that_an_outage_made_has_its_reason_in_the_log() {
    struct Down;
    impl vedtak::provider::AttributeProvider for Down {
        fn name(&self) -> &str {
            "register"
        }
        fn supplies(&self, wanted: &vedtak::attribute::Designator) -> bool {
            &*wanted.id == "banned"
        }
        fn fetch(
            &self,
            _: &vedtak::attribute::Designator,
            _: &Request,
        ) -> Result<vedtak::provider::Fetched, vedtak::provider::ProviderError> {
            Err(vedtak::provider::ProviderError::new("connection refused"))
        }
    }
    let policy = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-unless-deny">
      <Target/><Rule RuleId="banned" Effect="Deny"><Target><AnyOf><AllOf>
        <Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
          <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">yes</AttributeValue>
          <AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
            AttributeId="banned" DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/>
        </Match></AllOf></AnyOf></Target></Rule></Policy>"#;
    let pdp = Pdp::builder()
        .policy("p.xml", policy)
        .provider(Down)
        .build();
    let pdp = pdp.expect("compiles");
    let body = r#"{"subject":{"type":"u","id":"a"},"resource":{"type":"r","id":"1"},"action":{"name":"read"}}"#;
    let evaluation = Evaluation::from_json(body).expect("can be read");
    let answer = pdp
        .call()
        .decide_evaluation(&evaluation, &Mapping::default());
    let answer = answer.expect("can be mapped");
    assert!(answer.decision);
    let reason = answer.reason.as_deref().expect("the log is told");
    assert!(reason.contains("connection refused"), "{reason}");
    assert_eq!(answer.to_json(), r#"{"decision":true}"#);
}

/// The number that an observer is told is the place in the batch, however it is decided.
#[test]
fn evaluations_are_observed_by_their_places() {
    let pdp = records();
    for semantic in ["execute_all", "permit_on_first_permit"] {
        let body = format!(
            r#"{{"subject": {{"type": "user", "id": "carol"}}, "resource": {{"type": "record", "id": "r"}},
                "options": {{"evaluations_semantic": "{semantic}"}},
                "evaluations": [{{"action": {{"name": "burn"}}}}, {{"action": {{}}}},
                                {{"action": {{"name": "delete"}}}}]}}"#
        );
        let evaluations = Evaluations::from_json(body).expect("can be read");
        let mapping = Mapping::default();
        let (mut now, mut later) = (Vec::new(), Vec::new());
        let mut call = pdp
            .call()
            .observe(|decided| now.push(decided.request_number));
        call.decide_evaluations(&evaluations, &mapping)
            .expect("is a batch");
        drop(call);
        let mut call = pdp
            .call()
            .observe(|decided| later.push(decided.request_number));
        let answers = call.decide_evaluations_async(&evaluations, &mapping);
        pollster::block_on(answers).expect("is a batch");
        drop(call);
        assert_eq!((now, later), (vec![0, 2], vec![0, 2]), "{semantic}");
    }
}
