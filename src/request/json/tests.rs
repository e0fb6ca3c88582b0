use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::limits::Limits;
use crate::read_options::ReadOptions;
use crate::request::xml::tests::{LITERALS, full, value};
use crate::request::{Attribute, Attributes};
use crate::value::{DataType, Value};

/// The request as JSON can say it: values of one data type in each attribute.
fn split(mut request: Request) -> Request {
    for attributes in &mut request.categories {
        let attributes = attributes.to_mut();
        let all = std::mem::take(&mut attributes.attributes);
        for attribute in all {
            if attribute.values.is_empty() {
                attributes.attributes.push(attribute);
                continue;
            }
            let runs = attribute
                .values
                .chunk_by(|a, b| a.data_type() == b.data_type());
            for values in runs {
                attributes.attributes.push(Attribute {
                    values: values.to_vec(),
                    ..attribute.clone()
                });
            }
        }
    }
    request
}

fn read_back(request: &Request, dialect: &JsonDialect) {
    let text = request.to_json_as(dialect);
    serde_json::from_str::<serde_json::Value>(&text).expect("is JSON");
    let again = Request::read_json(&text, ReadOptions::new().dialect(dialect));
    let again = again.unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again, split(request.clone()), "{text}");
    assert_eq!(again.to_json_as(dialect), text);
}

/// Every departure from the profile at once.
const ODD: JsonDialect = JsonDialect {
    any_case: true,
    ignores_unknown: true,
    empty_is_absent: true,
    strings_only: true,
    renamed: &[("Attr", "Attribute"), ("V", "Value")],
    ignored: &[],
};

#[test]
fn what_is_written_reads_back() {
    for dialect in [JsonDialect::PROFILE, ODD] {
        read_back(&full(), &dialect);
    }
}

/// The path of the value whose members [`read`] takes.
const PATH: &str = "Request.Category.Attribute.Value";

fn read(members: &str) -> Result<Vec<Value>, Error> {
    let text = format!(
        r#"{{"Request": {{"Category": {{"CategoryId": "c", "Attribute": {{"AttributeId": "i", {members}}}}}}}}}"#
    );
    let request = Request::from_json(text)?;
    Ok(request.categories[0].attributes[0].values.clone())
}

fn problem(members: &str) -> (String, String) {
    let error = read(members).expect_err(members);
    let [only] = error.diagnostics() else {
        panic!("{members}: {error}")
    };
    (only.path().to_owned(), only.message().to_owned())
}

fn values(data_type: DataType, texts: &[&str]) -> Vec<Value> {
    let parse = |text: &&str| Value::parse(data_type, text).expect(text);
    texts.iter().map(parse).collect()
}

#[test]
fn data_types_are_inferred() {
    use DataType::{Boolean, Double, Integer, String};
    let big = "123456789012345678901234567890";
    for (json, data_type, texts) in [
        (r#""2024-01-01""#, String, &["2024-01-01"][..]),
        (r#""NaN""#, String, &["NaN"]),
        ("true", Boolean, &["true"]),
        ("[false, true]", Boolean, &["false", "true"]),
        ("5", Integer, &["5"]),
        ("-0", Integer, &["0"]),
        (big, Integer, &[big]),
        ("5.0", Double, &["5"]),
        ("1e3", Double, &["1000"]),
        ("[1, 2.5, 3]", Double, &["1", "2.5", "3"]),
        ("[2.5, 1]", Double, &["2.5", "1"]),
        (r#"["a", "b"]"#, String, &["a", "b"]),
        ("[]", String, &[]),
    ] {
        let found = read(&format!("\"Value\": {json}")).unwrap_or_else(|e| panic!("{json}: {e}"));
        assert_eq!(found, values(data_type, texts), "{json}");
    }
}

#[test]
fn data_types_are_given_in_full_or_in_short() {
    for (data_type, text) in LITERALS {
        if data_type == DataType::XPathExpression {
            continue;
        }
        for name in [data_type.uri(), data_type.short_name()] {
            let text = serde_json::to_string(text).expect("is written");
            let members = format!(r#""Value": [{text}], "DataType": "{name}""#);
            let found = read(&members).unwrap_or_else(|error| panic!("{members}: {error}"));
            assert_eq!(
                found,
                [value(
                    data_type,
                    &serde_json::from_str::<String>(&text).expect("is")
                )]
            );
        }
    }
    for (members, data_type, texts) in [
        (
            r#""DataType": "double", "Value": 5"#,
            DataType::Double,
            &["5"][..],
        ),
        (
            r#""DataType": "double", "Value": -0"#,
            DataType::Double,
            &["-0"],
        ),
        (
            r#""DataType": "double", "Value": ["NaN", "INF", "-INF", "-0", 1]"#,
            DataType::Double,
            &["NaN", "INF", "-INF", "-0", "1"],
        ),
        (
            r#""DataType": "string", "Value": [5.0, true]"#,
            DataType::String,
            &["5.0", "true"],
        ),
        (
            r#""Value": "7", "DataType": "integer""#,
            DataType::Integer,
            &["7"],
        ),
    ] {
        assert_eq!(
            read(members).expect(members),
            values(data_type, texts),
            "{members}"
        );
    }
}

#[test]
fn problems_of_values_name_their_place() {
    for (members, path, message) in [
        (
            r#""Value": null"#,
            PATH,
            "`Value` must be a value, found null",
        ),
        (
            r#""Value": [1, null]"#,
            "Request.Category.Attribute.Value[1]",
            "`Value` must be a value, found null",
        ),
        (
            r#""Value": [[1]]"#,
            "Request.Category.Attribute.Value[0]",
            "`Value` must be a value, found an array",
        ),
        (
            r#""Value": ["a", 1]"#,
            "Request.Category.Attribute.Value[1]",
            "`Value` holds both `string` and `integer`; values of one attribute without `DataType` are of one data type",
        ),
        (
            r#""DataType": "integer", "Value": 5.0"#,
            PATH,
            "`Value` `5.0` is not a valid integer: expected digits after an optional sign",
        ),
        (
            r#""DataType": "date", "Value": {}"#,
            PATH,
            "`Value` must be a value of the data type `date`, found an object",
        ),
        (
            r#""DataType": "dateTimeDuration", "Value": "P1D""#,
            "Request.Category.Attribute.DataType",
            "the data type `dateTimeDuration` is not known",
        ),
        (
            r#""DataType": "http://www.w3.org/2001/XMLSchema#in", "Value": 1"#,
            "Request.Category.Attribute.DataType",
            "the data type `http://www.w3.org/2001/XMLSchema#in` is not known",
        ),
        (
            r#""DataType": "xpathExpression", "Value": "/a""#,
            PATH,
            "`Value`, an XPath expression, must be an object, found a string",
        ),
        (
            r#""Value": {"XPath": "/a"}"#,
            PATH,
            "`Value`, an XPath expression, must have the member `XPathCategory`",
        ),
        (
            r#""Values": 1"#,
            "Request.Category.Attribute.Values",
            "`Attribute` has no member `Values`; did you mean `Value`?",
        ),
        (
            r#""Issuer": "i""#,
            "Request.Category.Attribute",
            "`Attribute` must have the member `Value`",
        ),
    ] {
        let (found_path, found) = problem(members);
        assert_eq!(found_path, path, "{members}");
        assert!(found.starts_with(message), "{members}: {found}");
    }
}

#[test]
fn xpath_expressions_keep_what_gives_them_meaning() {
    let found = read(
        r#""Value": {"XPathCategory": "k", "XPath": "md:a", "Namespaces":
            [{"Namespace": "urn:d"}, {"Prefix": "md", "Namespace": "urn:md"}]}"#,
    )
    .expect("is valid");
    let expression = found[0].as_xpath_expression().expect("is one");
    assert_eq!((&*expression.text, &*expression.category), ("md:a", "k"));
    let declared: Vec<(&str, &str)> = expression
        .namespaces
        .iter()
        .map(|(p, u)| (&**p, &**u))
        .collect();
    assert_eq!(declared, [("", "urn:d"), ("md", "urn:md")]);
}

fn request_of(members: &str) -> Result<Request, Error> {
    Request::from_json(format!("{{\"Request\": {{{members}}}}}"))
}

#[test]
fn content_is_xml_as_it_is_or_in_base64() {
    let content = |json: &str| {
        let read = request_of(&format!(r#""Resource": {{"Content": "{json}"}}"#));
        read.map(|request| request.categories[0].content.clone().expect("is there"))
    };
    let expected = "<a xmlns=\"urn:a\"> æ <b/></a>";
    let plain = r#" <?xml version='1.0'?><a xmlns=\"urn:a\"> \u00e6 <b/></a>\n"#;
    // XML declarations stand first.
    assert_eq!(&*content(plain.trim_start()).expect("is XML"), expected);
    let encoded = data_encoding::BASE64.encode(expected.as_bytes());
    assert_eq!(&*content(&encoded).expect("is base64"), expected);
    let utf16: Vec<u8> = expected.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        &*content(&data_encoding::BASE64.encode(&utf16)).expect("is base64"),
        expected
    );
    for (json, message) in [
        ("", "`Content` must be one element, found 0"),
        ("<a/><b/>", "`Content` must be one element, found 2"),
        (
            "<a>",
            "`Content` cannot be read: the document ends inside `a`",
        ),
        (
            "a b c",
            "`Content` cannot be read: expected XML, or base64 of XML",
        ),
        (
            "YWJj",
            "`Content` cannot be read: text outside of an element (line 1, column 1 in it)",
        ),
        (
            "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>",
            "`Content` cannot be read: ",
        ),
    ] {
        let error = content(json).expect_err(json);
        assert_eq!(error.diagnostics()[0].path(), "Request.Resource.Content");
        let found = error.diagnostics()[0].message();
        assert!(found.starts_with(message), "{json}: {found}");
    }
}

#[test]
fn categories_stand_in_the_order_of_the_document() {
    let request = request_of(
        r#""Action": [{"Id": "1"}, {"Id": "2"}], "Category": {"CategoryId": "c", "Id": "3"},
           "AccessSubject": {"CategoryId": "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"},
           "ReturnPolicyIdList": true, "CombinedDecision": true, "XPathVersion": "x",
           "MultiRequests": {"RequestReference": {"ReferenceId": ["1", "3"]}}"#,
    )
    .expect("is valid");
    let categories: Vec<&str> = request.categories.iter().map(|a| &*a.category).collect();
    assert_eq!(
        categories,
        [id::ACTION, id::ACTION, "c", id::ACCESS_SUBJECT]
    );
    assert!(request.return_policy_id_list && request.combined_decision && request.is_multiple());
    assert_eq!(request.xpath_version(), Some("x"));
    assert_eq!(request.multi_requests[0].references, ["1", "3"]);
}

#[test]
fn every_category_has_its_name() {
    for (name, _, category) in CATEGORIES {
        let request = request_of(&format!("\"{name}\": {{}}")).expect("is valid");
        assert_eq!(&*request.categories[0].category, category);
    }
}

#[test]
fn problems_of_requests_are_all_told() {
    for (members, expected) in [
        ("", &["`Request` must have at least one category"][..]),
        (r#""Category": []"#, &["`Category` must not be empty"]),
        (
            r#""ReturnPolicyIdList": 1, "Category": {"Attribute": {}}"#,
            &[
                "`ReturnPolicyIdList` must be `true` or `false`, found a number",
                "`Category` must have the member `CategoryId`",
                "`Attribute` must have the member `AttributeId`",
                "`Attribute` must have the member `Value`",
            ],
        ),
        (
            r#""Action": {"CategoryId": "c", "Id": "a"}, "Resource": [{"Id": "a"}, 7]"#,
            &[
                "`Action` has the category `urn:oasis:names:tc:xacml:3.0:attribute-category:action`, found `c`",
                "a second category has the `Id` `a`",
                "`Resource` must be an object, found a number",
            ],
        ),
        (
            r#""Action": {}, "MultiRequests": {"RequestReference": [{"ReferenceId": ["x"]}, {}, {"ReferenceId": []}]}"#,
            &[
                "`ReferenceId` is `x`, but no category has this `Id`",
                "`RequestReference` must have the member `ReferenceId`",
                "`ReferenceId` must not be empty",
            ],
        ),
        (
            r#""Action": {"Attribute": {"AttributeId": null, "Issuer": 7, "IncludeInResult": "true", "Value": 1}}"#,
            &[
                "`AttributeId` must be a string, found null",
                "`Issuer` must be a string, found a number",
                "`IncludeInResult` must be `true` or `false`, found a string",
            ],
        ),
    ] {
        let error = request_of(members).expect_err(members);
        let found: Vec<&str> = error.diagnostics().iter().map(|d| d.message()).collect();
        assert_eq!(found, expected, "{members}");
    }
}

#[test]
fn values_beyond_the_limit_are_one_problem() {
    let limits = Limits {
        attribute_values: 3,
        ..Limits::default()
    };
    let text = r#"{"Request": {"Action": {"Attribute": [{"AttributeId": "a", "Value": [1, 2]},
        {"AttributeId": "b", "Value": [3, 4, 5]}, {"AttributeId": "c", "Value": 6}]}}}"#;
    let error =
        Request::read_json(text, ReadOptions::new().limits(&limits)).expect_err("are too many");
    let [only] = error.diagnostics() else {
        panic!("{error}")
    };
    assert_eq!(
        only.message(),
        "too many attribute values; the limit is 3 (`Limits::attribute_values`)"
    );
    assert_eq!(only.path(), "Request.Action.Attribute[1].Value[1]");
}

#[test]
fn a_dialect_of_strings_guesses_nothing() {
    let read = |value: &str| {
        let text = format!(
            r#"{{"request": {{"action": [{{"ATTR": [{{"attributeId": "a", "v": {value}, "issuer": null}}], "$x": {{}}}}], "category": []}}}}"#
        );
        let read = Request::read_json(text, ReadOptions::new().dialect(&ODD));
        read.map(|request| request.categories[0].attributes[0].values.clone())
    };
    assert_eq!(read(r#""5""#).expect("is valid"), [Value::from("5")]);
    assert_eq!(
        read(r#"["5", "x"]"#).expect("is valid"),
        [Value::from("5"), Value::from("x")]
    );
    assert_eq!(
        read(r#""5", "DataType": "integer""#).expect("is valid"),
        [Value::from(5)]
    );
    for value in ["5", "true", "[\"a\", 1.0]"] {
        let error = read(value).expect_err(value);
        assert!(
            error
                .to_string()
                .contains("`Value` must be a string, found"),
            "{error}"
        );
    }
}

#[test]
fn no_prefix_and_no_mutation_panics() {
    for dialect in [JsonDialect::PROFILE, ODD] {
        let text = full().to_json_as(&dialect);
        for at in 0..text.len() {
            let _ = Request::from_json(&text.as_bytes()[..at]);
            for byte in [b"{}[],:\"0\\n\xFF <"[at % 13], text.as_bytes()[at] ^ 0x20] {
                let mut mutated = text.clone().into_bytes();
                mutated[at] = byte;
                let limits = Limits::default();
                if let Ok(request) = Request::read_json(
                    mutated,
                    ReadOptions::new().limits(&limits).dialect(&dialect),
                ) {
                    read_back(&request, &dialect);
                }
            }
        }
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,8}".prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-9i64..9).prop_map(Value::from),
        "-?[1-9][0-9]{20,30}".prop_map(|text| Value::parse(DataType::Integer, &text).expect("is")),
        any::<f64>().prop_map(Value::from),
        prop::num::f64::ANY.prop_map(Value::from),
        (0..LITERALS.len()).prop_map(|i| value(LITERALS[i].0, LITERALS[i].1)),
    ]
}

prop_compose! {
    fn any_attribute()(
        id in ".{0,5}", issuer in prop::option::of(".{0,5}"), include_in_result: bool,
        values in prop::collection::vec(any_value(), 0..4),
    ) -> Attribute {
        Attribute { id: id.into(), issuer: issuer.map(Arc::from), include_in_result, values }
    }
}

prop_compose! {
    fn any_category(number: usize)(
        category in ".{0,5}", named: bool, attributes in prop::collection::vec(any_attribute(), 0..4),
        content in prop::option::of(Just("<x xmlns=\"\">\"\\\u{1F600}</x>".to_owned())),
    ) -> Attributes {
        let xml_id = named.then(|| format!("\"{number}\\"));
        Attributes { category: category.into(), xml_id, content: content.map(Arc::from), attributes }
    }
}

prop_compose! {
    fn any_request()(
        first in any_category(0), second in prop::option::of(any_category(1)),
        return_policy_id_list: bool, combined_decision: bool,
        xpath_version in prop::option::of(".{0,9}"),
    ) -> Request {
        let mut categories = vec![first];
        categories.extend(second);
        let ids: Vec<String> = categories.iter().filter_map(|a| a.xml_id.clone()).collect();
        let all = RequestReference { references: ids };
        let multi_requests = if all.references.is_empty() { vec![] } else { vec![all.clone(), all] };
        let categories = categories.into_iter().map(Into::into).collect();
        Request { categories, return_policy_id_list, combined_decision, xpath_version, multi_requests, ..Request::default() }
    }
}

proptest! {
    #[test]
    fn any_request_reads_back(request in any_request()) {
        read_back(&request, &JsonDialect::PROFILE);
        read_back(&request, &ODD);
    }
}

/// A document with `null` for every member that may be left out says what it says without them, in
/// every dialect.
#[test]
fn optional_members_that_are_null_are_not_there() {
    let with = r#"{"Request": {"ReturnPolicyIdList": null, "CombinedDecision": null, "XPathVersion": null,
        "MultiRequests": null, "Category": null, "AccessSubject": null, "RecipientSubject": null,
        "Resource": {"CategoryId": null, "Id": null, "Content": null, "Attribute": null},
        "Action": {"Attribute": [
            {"AttributeId": "a", "Issuer": null, "DataType": null, "IncludeInResult": null, "Value": "v"},
            {"AttributeId": "x", "Value": {"XPathCategory": "c", "XPath": "/a", "Namespaces": null}},
            {"AttributeId": "y", "Value": {"XPathCategory": "c", "XPath": "/a",
                "Namespaces": [{"Prefix": null, "Namespace": "urn:n"}]}},
            {"AttributeId": "e", "DataType": "urn:oasis:names:tc:xacml:3.0:data-type:entity",
                "Value": {"Content": null, "Attribute": null}}]}}}"#;
    let without = r#"{"Request": {"Resource": {}, "Action": {"Attribute": [
            {"AttributeId": "a", "Value": "v"},
            {"AttributeId": "x", "Value": {"XPathCategory": "c", "XPath": "/a"}},
            {"AttributeId": "y", "Value": {"XPathCategory": "c", "XPath": "/a",
                "Namespaces": [{"Namespace": "urn:n"}]}},
            {"AttributeId": "e", "DataType": "urn:oasis:names:tc:xacml:3.0:data-type:entity", "Value": {}}]}}}"#;
    let mut lenient = JsonDialect::PROFILE;
    lenient.empty_is_absent = true;
    for dialect in [JsonDialect::PROFILE, lenient] {
        let read = |text| Request::read_json(text, ReadOptions::new().dialect(&dialect));
        assert_eq!(read(with), read(without));
        assert!(read(with).is_ok(), "{:?}", read(with));
    }
}
