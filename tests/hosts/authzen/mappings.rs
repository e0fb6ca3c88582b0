//! The members of a question become attributes, under the names of a mapping.

use vedtak::authzen::{
    Evaluation, Evaluations, Mapping, Property, Search, SearchKind, UnmappedProperties,
};
use vedtak::response::ResponseResult;
use vedtak::{Decision, Error, Limits, Pdp, ReadOptions, Request, Response};

use super::records;

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
