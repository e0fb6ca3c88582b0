//! AuthZEN's evaluations, decided by a policy: cases in `fixtures/authzen`.

use vedtak::authzen::{Answers, Evaluation, Evaluations, Mapping, Obligations, UnmappedProperties};
use vedtak::authzen::{Property, Search, SearchKind, SearchQuestion};
use vedtak::response::{ResponseResult, StatusDisclosure};
use vedtak::{Decision, Error, Limits, Pdp, ReadOptions, Request, Response};

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
fn mappings_rename_type_refuse_and_ignore() {
    let body = r#"{"subject":{"type":"user","id":"alice","properties":{"age":7}},
        "action":{"name":"read"},"resource":{"type":"service","id":"letters"}}"#;
    let asked = Evaluation::from_json(body).expect("can be read");
    let ids = |mapping: &Mapping| -> Result<Vec<String>, Error> {
        let request: Request = asked.to_request(mapping)?;
        let categories = request.categories().iter();
        let all = categories.flat_map(|category| &category.attributes);
        Ok(all.map(|attribute| attribute.id.to_string()).collect())
    };
    let mut mapping = Mapping::standard();
    mapping.subject.kind = None;
    mapping.subject.others = UnmappedProperties::Named("urn:p:".into());
    mapping
        .resource
        .id_of_type
        .insert("service".into(), "urn:service".into());
    let subject = "urn:oasis:names:tc:xacml:1.0:subject:subject-id";
    let action = "urn:oasis:names:tc:xacml:1.0:action:action-id";
    assert_eq!(
        ids(&mapping).expect("is mapped"),
        [subject, "urn:p:age", "type", "urn:service", action]
    );
    mapping.subject.others = UnmappedProperties::Ignored;
    assert_eq!(
        ids(&mapping).expect("is mapped"),
        [subject, "type", "urn:service", action]
    );
    mapping.subject.others = UnmappedProperties::Refused;
    let error = ids(&mapping).unwrap_err();
    assert_eq!(error.diagnostics()[0].path(), "subject.properties.age");

    let age = vedtak::authzen::MappedAttribute::new("urn:age");
    mapping.subject.properties.insert(
        "age".into(),
        age.clone().of(vedtak::value::DataType::Double),
    );
    let request = asked.to_request(&mapping).expect("an integer is a double");
    let category = vedtak::attribute::category::ACCESS_SUBJECT;
    assert_eq!(
        request.values(category, "urn:age").next(),
        Some(&vedtak::value::Value::Double(7.0))
    );
    mapping
        .subject
        .properties
        .insert("age".into(), age.of(vedtak::value::DataType::Date));
    assert!(asked.to_request(&mapping).is_err(), "7 is no date");
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

/// A policy that permits alice what is not secret: whether it says anything about a tag, its target asks
/// for it, its condition or nothing.
fn tagged(target: &str, condition: &str) -> Pdp {
    let policy = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
             RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-overrides"><Target/>
             <Rule RuleId="secret" Effect="Deny"><Target>{target}</Target>{condition}</Rule>
             <Rule RuleId="other" Effect="Permit"><Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">
               <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">bob</AttributeValue>
               <AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject" AttributeId="id"
                 DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/></Apply></Condition></Rule>
           </Policy>"#
    );
    Pdp::from_xml(policy).expect("compiles")
}

#[test]
fn what_cannot_be_used_is_indeterminate_where_it_is_asked_for() {
    let designator = |id: &str| {
        format!(
            r#"<AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
              AttributeId="{id}" DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="false"/>"#
        )
    };
    let literal = r#"<AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">secret</AttributeValue>"#;
    let target = format!(
        r#"<AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">{literal}{}</Match></AllOf></AnyOf>"#,
        designator("tag")
    );
    let is_in = |id: &str| {
        format!(
            r#"<Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in">{literal}{}</Apply></Condition>"#,
            designator(id)
        )
    };
    let own_words = [
        ("null", "is null"),
        (r#"[{"id": "a"}]"#, "holds an object"),
        (r#"["a", 1]"#, "holds both `string` and `integer`"),
        (r#"["a", null]"#, "holds null"),
        ("[[1]]", "holds an array"),
        (r#"{"inside": 1}"#, "is an object, whose members"),
        ("{}", "is an object, whose members"),
    ];
    for (value, reason) in own_words {
        let body = format!(
            r#"{{"subject": {{"type": "user", "id": "alice", "properties": {{"tag": {value}}}}},
                "action": {{"name": "read"}}, "resource": {{"type": "record", "id": "r"}}}}"#
        );
        let asked = Evaluation::from_json(&body).expect("is ordinary JSON");
        let request = asked.to_request(&Mapping::default()).expect("is mapped");
        for (target, condition) in [
            (&*target, String::new()),
            ("", is_in("tag")),
            // The condition is False, and finds the rule where targets cannot be Indeterminate.
            (&*target, is_in("kind")),
        ] {
            let response = tagged(target, &condition).decide(&request);
            assert_eq!(
                response.decision(),
                Decision::Indeterminate,
                "{value}: {condition}"
            );
            let status = response.status().expect("says why");
            assert_eq!(status.code, vedtak::decision::StatusCode::SyntaxError);
            let message = status.message.as_deref().expect("says why");
            let expected = format!(
                "the attribute `tag` of category \
                 `urn:oasis:names:tc:xacml:1.0:subject-category:access-subject` cannot be used: it \
                 {reason}"
            );
            assert!(message.contains(&expected), "{value}: {message}");
        }
        let response = tagged("", &is_in("kind")).decide(&request);
        assert_eq!(response.decision(), Decision::NotApplicable, "{value}");
    }
}

#[test]
fn a_property_of_two_makes_cannot_be_used() {
    let body = r#"{"subject": {"type": "user", "id": "alice", "properties": {"a.b": "x", "a": {"b": "x"}}},
        "action": {"name": "read"}, "resource": {"type": "record", "id": "r"}}"#;
    let asked = Evaluation::from_json(body).expect("can be read");
    let names: Vec<&str> = asked.subject.properties.iter().map(|p| &*p.name).collect();
    assert_eq!(names, ["a.b", "a"]);
    assert!(
        asked
            .subject
            .properties
            .iter()
            .all(|p| p.unusable.is_some() && p.values.is_empty())
    );
}

#[test]
fn refused_properties_are_those_that_are_there() {
    let body = r#"{"subject": {"type": "user", "id": "alice", "properties": {"a": {"b": 1}, "c": null}},
        "action": {"name": "read"}, "resource": {"type": "record", "id": "r"}}"#;
    let asked = Evaluation::from_json(body).expect("can be read");
    let mut mapping = Mapping::default();
    mapping.subject.others = UnmappedProperties::Refused;
    mapping
        .subject
        .properties
        .insert("a.b".into(), "urn:b".into());
    let error = asked
        .to_request(&mapping)
        .expect_err("has another property");
    let paths: Vec<&str> = error.diagnostics().iter().map(|d| d.path()).collect();
    assert_eq!(paths, ["subject.properties.c"]);
}

#[test]
fn a_candidate_has_no_properties_but_its_own() {
    let pdp = records();
    let limits = Limits::default();
    let body = r#"{"subject": {"type": "user", "properties": {"role": "admin"}}, "action": {"name": "write"},
        "resource": {"type": "record", "id": "r", "properties": {"status": "archived"}}}"#;
    let search = Search::read_json(
        SearchKind::Subjects,
        body,
        ReadOptions::new().limits(&limits),
    )
    .expect("can be read");
    let own = search.candidate_with("carol", vec![Property::new("role", ["admin".into()])]);
    let candidates = Evaluations::new([search.candidate("bob"), own]);
    let answers = pdp
        .call()
        .decide_evaluations(&candidates, &Mapping::default())
        .expect("is a batch");
    let decisions: Vec<bool> = answers
        .answers
        .iter()
        .map(|answer| answer.decision)
        .collect();
    assert_eq!(decisions, [false, true]);
    let body = r#"{"resource": {"type": "record", "properties": {"status": "archived"}}, "action": {"name": "write"},
        "subject": {"type": "user", "id": "alice"}, "page": {"token": null, "limit": null, "properties": null}}"#;
    let search = Search::read_json(
        SearchKind::Resources,
        body,
        ReadOptions::new().limits(&limits),
    )
    .expect("can be read");
    let answer = pdp
        .call()
        .decide_evaluation(&search.candidate("r"), &Mapping::default());
    assert!(
        answer.expect("is mapped").decision,
        "whether it is archived the host knows"
    );
}

#[test]
fn members_that_become_one_category_are_one_category() {
    let mut mapping = Mapping::default();
    mapping.context.category = mapping.subject.category.clone();
    let body = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
        "resource": {"type": "record", "id": "record-1"}, "context": {"ip": "::1"},
        "evaluations": [{}, {"context": {"id": "bob"}}, {"context": {}}]}"#;
    let evaluations = Evaluations::from_json(body).expect("can be read");
    let mut counts = Vec::new();
    let decide = |request: &Request| {
        counts.push(request.categories().len());
        Response::new(vec![ResponseResult::new(Decision::Permit)])
    };
    let answers = evaluations.decide(&mapping, decide).expect("is a batch");
    let error = answers.answers[1].error.as_ref();
    let message = &error.expect("makes the subject two").message;
    assert!(
        message.contains("this becomes the attribute `id`"),
        "{message}"
    );
    assert_eq!((answers.answers.len(), counts), (3, vec![3, 3]));
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
