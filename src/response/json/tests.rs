use super::*;
use crate::read_options::ReadOptions;
use crate::response::xml::tests::full;
use crate::value::DataType;

/// Policies before policy sets, as JSON has them.
pub(super) fn in_order(mut response: Response) -> Response {
    for result in &mut response.results {
        result.policies.sort_by_key(|policy| policy.is_set);
    }
    response
}

/// Every departure from the profile at once.
const ODD: JsonDialect = JsonDialect {
    any_case: true,
    ignores_unknown: true,
    empty_is_absent: true,
    strings_only: true,
    renamed: &[
        ("AssociateAdvice", "AssociatedAdvice"),
        ("StatusDetails", "StatusDetail"),
    ],
    ignored: &[],
};

fn read_back(response: &Response, dialect: &JsonDialect) {
    let text = response.to_json_as(dialect);
    let again = Response::read_json(&text, ReadOptions::new().dialect(dialect));
    let again = again.unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again, in_order(response.clone()), "{text}");
    assert_eq!(again.to_json_as(dialect), text);
}

#[test]
fn what_is_written_reads_back() {
    for dialect in [JsonDialect::PROFILE, ODD] {
        read_back(&full(), &dialect);
    }
    let text = full().to_json_as(&ODD);
    assert!(text.contains("\"AssociateAdvice\":[") && text.contains("\"StatusDetails\":[\""));
}

fn read(result: &str) -> Result<ResponseResult, Error> {
    let mut response = Response::from_json(format!("{{\"Response\": {result}}}"))?;
    Ok(response.results.remove(0))
}

#[test]
fn one_result_may_stand_for_an_array_of_one() {
    let result = read(
        r#"{"Decision": "Deny", "Category": [], "PolicyIdentifierList": {"PolicySetIdReference":
            {"Id": "s", "Version": "1.2"}, "PolicyIdReference": []},
            "AssociatedAdvice": {"Id": "a", "AttributeAssignment": {"AttributeId": "i", "Value": [1, 2]}},
            "Status": {"StatusMessage": "m"}}"#,
    )
    .expect("is valid");
    assert_eq!(result.decision, Decision::Deny);
    assert_eq!(result.policies[0].version.as_deref(), Some("1.2"));
    let values: Vec<&Value> = result.advice[0]
        .assignments
        .iter()
        .map(|a| &a.value)
        .collect();
    assert_eq!(values, [&Value::from(1), &Value::from(2)]);
    let status = result.status.expect("is there");
    assert_eq!(
        (status.code, status.message.as_deref()),
        (StatusCode::Ok, Some("m"))
    );
}

#[test]
fn details_of_a_status_are_never_dropped() {
    let missing = |values: &[Value]| MissingAttribute {
        designator: Designator::new("c", "i", DataType::Integer),
        values: values.to_vec(),
    };
    let status = |detail: &str| {
        let text = format!(
            r#"{{"Decision": "Indeterminate", "Status": {{"StatusCode": {{"Value": "urn:oasis:names:tc:xacml:1.0:status:missing-attribute",
                "StatusCode": {{"Value": "urn:minor"}}}}, "StatusDetail": {detail}}}}}"#
        );
        let result = read(&text).unwrap_or_else(|error| panic!("{error}"));
        result.status.expect("is there")
    };
    let found = status(
        r#"[{"AttributeId": "i", "Category": "c", "DataType": "integer", "Value": [1, 2]}, "<x/><y/>",
            {"AttributeId": "i", "Category": "c", "DataType": "integer", "AttributeValue": "3"},
            "<MissingAttributeDetail xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' Category='c' AttributeId='i' DataType='http://www.w3.org/2001/XMLSchema#integer'/>"]"#,
    );
    assert_eq!(found.code, StatusCode::MissingAttribute);
    assert_eq!(found.minor_codes, ["urn:minor"]);
    assert_eq!(
        found.missing,
        [
            missing(&[1.into(), 2.into()]),
            missing(&[3.into()]),
            missing(&[])
        ]
    );
    assert_eq!(found.detail, ["<x xmlns=\"\"/>", "<y xmlns=\"\"/>"]);
    let encoded = data_encoding::BASE64.encode(b"<x/>");
    assert_eq!(
        status(&format!("\"{encoded}\"")).detail,
        ["<x xmlns=\"\"/>"]
    );
}

#[test]
fn problems_of_responses_are_all_told() {
    for (result, expected) in [
        ("[]", &["`Response` must have at least one result"][..]),
        ("[{}]", &["a result must have the member `Decision`"]),
        (
            r#"[{"Decision": "Maybe", "Obligations": [], "Status": {"StatusCode": {}, "StatusDetail": "x y"}}]"#,
            &[
                "`Decision` is `Maybe`, expected `Permit`, `Deny`, `Indeterminate` or `NotApplicable`",
                "`StatusCode` must have the member `Value`",
                "`StatusDetail` cannot be read: expected XML, or base64 of XML",
                "`Obligations` must not be empty",
            ],
        ),
        (
            r#"{"Decision": "Permit", "Obligations": [{"AttributeAssignment": [{"AttributeId": "a"}, {"Value": []}]}],
                "PolicyIdentifierList": {"PolicyIdReference": [{"Version": 1}]}, "Category": {}}"#,
            &[
                "`Obligations` must have the member `Id`",
                "`AttributeAssignment` must have the member `Value`",
                "`AttributeAssignment` must have the member `AttributeId`",
                "`Value` must not be empty",
                "`Category` must have the member `CategoryId`",
                "`PolicyIdReference` must have the member `Id`",
                "`Version` must be a string, found a number",
            ],
        ),
    ] {
        let error = Response::from_json(format!("{{\"Response\": {result}}}")).expect_err(result);
        let found: Vec<&str> = error.diagnostics().iter().map(|d| d.message()).collect();
        assert_eq!(found, expected, "{result}");
    }
}

#[test]
fn no_prefix_and_no_mutation_panics() {
    let text = full().to_json();
    for at in 0..text.len() {
        let _ = Response::from_json(&text.as_bytes()[..at]);
        let mut mutated = text.clone().into_bytes();
        mutated[at] = b"{}[],:\"0\\n\xFF <"[at % 13];
        if let Ok(response) = Response::from_json(mutated) {
            read_back(&response, &JsonDialect::PROFILE);
        }
    }
}

#[test]
fn optional_members_that_are_null_are_not_there() {
    let with = r#"{"Response": [
        {"Decision": "Permit", "Status": null, "Obligations": null, "AssociatedAdvice": null,
         "Category": null, "PolicyIdentifierList": null},
        {"Decision": "Deny", "Status": {"StatusCode": null, "StatusMessage": null, "StatusDetail": null},
         "Obligations": [{"Id": "o", "AttributeAssignment": null}],
         "AssociatedAdvice": [{"Id": "a", "AttributeAssignment": [
            {"AttributeId": "i", "Category": null, "Issuer": null, "DataType": null, "Value": 1}]}],
         "PolicyIdentifierList": {"PolicyIdReference": null, "PolicySetIdReference": [{"Id": "s", "Version": null}]}}]}"#;
    let without = r#"{"Response": [{"Decision": "Permit"},
        {"Decision": "Deny", "Status": {}, "Obligations": [{"Id": "o"}],
         "AssociatedAdvice": [{"Id": "a", "AttributeAssignment": [{"AttributeId": "i", "Value": 1}]}],
         "PolicyIdentifierList": {"PolicySetIdReference": [{"Id": "s"}]}}]}"#;
    let read = |text| Response::from_json(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read(with), read(without));
    let wrong = r#"{"Response": [{"Decision": null}, {"Decision": "Deny", "Obligations": [{"Id": null}]}]}"#;
    let error = Response::from_json(wrong).expect_err("lacks what it must have");
    let messages: Vec<&str> = error.diagnostics().iter().map(|d| d.message()).collect();
    assert_eq!(
        messages,
        [
            "`Decision` must be a string, found null",
            "`Id` must be a string, found null"
        ]
    );
}
