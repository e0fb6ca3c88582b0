use super::*;
use std::sync::Arc;

use crate::attribute::category;
use crate::read_options::ReadOptions;
use crate::request::{Attribute, AttributeBuilder, Attributes};
use crate::value::{DataType, Value, XPathExpression};

/// Text with everything that escaping and white space may spoil.
const NASTY: &str = "n \t\r\n<&>\"'æ]]>\u{1F600}\u{85}&#10; n";

/// A lexical form of every data type.
pub(in crate::request) const LITERALS: [(DataType, &str); 17] = [
    (DataType::String, "  a\tb\r\nc  "),
    (DataType::Boolean, " 1\n"),
    (DataType::Integer, "-12345678901234567890123"),
    (DataType::Double, "-1.5E-10"),
    (DataType::Time, "12:00:00.5+02:00"),
    (DataType::Date, "2024-02-29"),
    (DataType::DateTime, "2024-02-29T23:59:59.999-05:00"),
    (DataType::AnyUri, "urn:a?b=<c>&d"),
    (DataType::HexBinary, "00FF"),
    (DataType::Base64Binary, "AP8="),
    (DataType::DayTimeDuration, "-P1DT2H3.5S"),
    (DataType::YearMonthDuration, "P1Y2M"),
    (DataType::X500Name, "CN=Kari Nordmann, O=Medi & Co, C=NO"),
    (DataType::Rfc822Name, "kari@Example.com"),
    (DataType::IpAddress, "10.0.0.1/255.255.255.0:80-443"),
    (DataType::DnsName, "*.example.com:1024-"),
    (DataType::XPathExpression, " md:record[@a < '1'] "),
];

pub(in crate::request) fn value(data_type: DataType, text: &str) -> Value {
    match data_type {
        DataType::XPathExpression => Value::from(XPathExpression {
            text: text.into(),
            category: NASTY.into(),
            namespaces: Arc::new([("a".into(), NASTY.into()), ("md".into(), "urn:md".into())]),
        }),
        _ => Value::parse(data_type, text).expect(text),
    }
}

/// A request with everything the schema knows.
pub(in crate::request) fn full() -> Request {
    let everything = Attribute {
        id: NASTY.into(),
        issuer: Some(NASTY.into()),
        include_in_result: true,
        values: LITERALS
            .map(|(data_type, text)| value(data_type, text))
            .into(),
    };
    let nasty = Attribute {
        id: "".into(),
        issuer: Some("".into()),
        include_in_result: false,
        values: vec![Value::from(NASTY), Value::from(""), Value::from(" ")],
    };
    let content = "<x xmlns=\"\" xmlns:p=\"&lt;\"><p:y z='1'>\r\n<![CDATA[<]]></p:y><!-- c --></x>";
    Request {
        categories: vec![
            Attributes {
                category: NASTY.into(),
                xml_id: Some("one".to_owned()),
                content: Some(content.into()),
                attributes: vec![everything, nasty],
            }
            .into(),
            Attributes {
                category: category::ACTION.into(),
                xml_id: None,
                content: None,
                attributes: vec![],
            }
            .into(),
            Attributes {
                category: category::ACTION.into(),
                xml_id: Some("two".to_owned()),
                content: None,
                attributes: vec![],
            }
            .into(),
        ],
        return_policy_id_list: true,
        combined_decision: true,
        xpath_version: Some("http://www.w3.org/TR/1999/REC-xpath-19991116".to_owned()),
        multi_requests: vec![
            RequestReference {
                references: vec!["one".to_owned(), "two".to_owned()],
            },
            RequestReference {
                references: vec!["one".to_owned()],
            },
        ],
        ..Request::default()
    }
}

#[test]
fn what_is_written_reads_back() {
    let request = full();
    let text = request.to_xml();
    let again = Request::from_xml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again, request, "{text}");
    assert_eq!(again.to_xml(), text);
}

#[test]
fn an_attribute_without_values_is_not_written() {
    let with = |builder: AttributeBuilder| Request::builder().action("read").with(builder).build();
    let request = with(AttributeBuilder::new(category::ACTION, "empty"));
    let read = Request::from_xml(request.to_xml()).expect("is valid");
    assert_eq!(read, Request::builder().action("read").build());
}

/// Text that XML cannot hold must not turn a request into another document.
#[test]
fn text_that_is_no_xml_cannot_pass_for_xml() {
    let written = |content: &str| {
        let mut request = full();
        request.categories[0].to_mut().content = Some(content.into());
        request.to_xml()
    };
    for content in [
        "",
        "text",
        "<x>",
        "<x/><y/>",
        "</Content></Attributes><Attributes Category='c'><Content><x/>",
        "<x><!DOCTYPE y></x>",
        "<p:x/>",
    ] {
        let error = Request::from_xml(written(content)).expect_err(content);
        assert!(
            error.to_string().contains("`Content`"),
            "{content}: {error}"
        );
    }
    // A name without a namespace does not get that of the document.
    let read = Request::from_xml(written("<?xml version='1.0'?> <x/> ")).expect("is valid");
    let content = read.categories[0].content.as_deref();
    assert_eq!(content, Some("<x xmlns=\"\"/>"));
}

/// `Category` and `AttributeId` of the attribute that [`read`] puts its values into.
const PATH: &str = "Attribute `i` of Attributes `c`";

fn read(request: &str) -> Result<Request, Vec<(String, String)>> {
    let text = format!(
        "<Request xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' xmlns:p='urn:p' \
         xmlns:s='http://www.w3.org/2001/XMLSchema-instance' {request}"
    );
    Request::from_xml(text).map_err(|error| {
        let problem = |d: &crate::error::Diagnostic| (d.message().to_owned(), d.path().to_owned());
        error.diagnostics().iter().map(problem).collect()
    })
}

fn problems(request: &str) -> Vec<(String, String)> {
    read(request).expect_err(request)
}

fn read_values(values: &str) -> Result<Request, Vec<(String, String)>> {
    read(&format!(
        "ReturnPolicyIdList='0' CombinedDecision='0'><Attributes Category='c'>\
         <Attribute AttributeId='i' IncludeInResult='1'>{values}</Attribute></Attributes></Request>"
    ))
}

#[test]
fn values_are_parsed_while_reading() {
    for (data_type, text) in LITERALS {
        if data_type == DataType::XPathExpression {
            continue;
        }
        let escaped = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('\r', "&#13;");
        let values = format!("<AttributeValue DataType='{data_type}'>{escaped}</AttributeValue>");
        let request = read_values(&values).expect("is valid");
        let read = &request.categories[0].attributes[0].values;
        assert_eq!(read[..], [value(data_type, text)]);
    }
    let request = read_values(
        "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string' s:type='x' xml:lang='no'>\
         <!-- 1 --> a<![CDATA[ &amp; ]]></AttributeValue>",
    );
    let values = &request.expect("is valid").categories[0].attributes[0].values;
    assert_eq!(values[..], [Value::from(" a &amp; ")]);
}

#[test]
fn xpath_expressions_keep_what_gives_them_meaning() {
    let request = read_values(
        "<AttributeValue XPathCategory='k' xmlns:q='urn:q' \
         DataType='urn:oasis:names:tc:xacml:3.0:data-type:xpathExpression'> p:a/q:b</AttributeValue>",
    )
    .expect("is valid");
    let value = &request.categories[0].attributes[0].values[0];
    let expression = value.as_xpath_expression().expect("is one");
    assert_eq!(
        (&*expression.text, &*expression.category),
        (" p:a/q:b", "k")
    );
    let prefixes: Vec<(&str, &str)> = expression
        .namespaces
        .iter()
        .map(|(p, u)| (&**p, &**u))
        .collect();
    let xsi = ("s", "http://www.w3.org/2001/XMLSchema-instance");
    assert_eq!(prefixes, [("p", "urn:p"), ("q", "urn:q"), xsi]);
}

#[test]
fn problems_of_values_name_the_attribute() {
    for (values, message) in [
        (
            "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#integer'>12x</AttributeValue>",
            "`AttributeValue` `12x` is not a valid integer: ",
        ),
        (
            "<AttributeValue DataType='urn:x'>1</AttributeValue>",
            "the data type `urn:x` is not known",
        ),
        (
            "<AttributeValue>1</AttributeValue>",
            "`AttributeValue` must have the attribute `DataType`",
        ),
        (
            "<AttributeValue DataType='http://www.w3.org/2001/XMLSchema#string'><p:x/></AttributeValue>",
            "`AttributeValue` holds text only, found the element `x`",
        ),
        (
            "<AttributeValue DataType='urn:oasis:names:tc:xacml:3.0:data-type:xpathExpression'/>",
            "`AttributeValue` must have the attribute `XPathCategory`",
        ),
        ("", "`Attribute` must have at least one `AttributeValue`"),
        (
            "<p:AttributeValue/>",
            "`AttributeValue` of the namespace `urn:p` is not allowed in `Attribute`",
        ),
    ] {
        let found = read_values(values).expect_err(values);
        assert!(found[0].0.starts_with(message), "{values}: {found:?}");
        assert_eq!(found[0].1, PATH, "{values}");
    }
}

#[test]
fn problems_of_requests_are_all_told() {
    const HEAD: &str = "ReturnPolicyIdList='false' CombinedDecision='false'>";
    for (request, expected) in [
        (
            "><Attributes Category='c'/></Request>",
            &[
                "`Request` must have the attribute `ReturnPolicyIdList`",
                "`Request` must have the attribute `CombinedDecision`",
            ][..],
        ),
        (
            "ReturnPolicyIdList='yes' CombinedDecision='' Other=''></Request>",
            &[
                "`Request` has no attribute `Other`; it may have `ReturnPolicyIdList` or `CombinedDecision`",
                "`ReturnPolicyIdList` is `yes`, expected `true` or `false`",
                "`CombinedDecision` is ``, expected `true` or `false`",
                "`Request` must have at least one `Attributes`",
            ],
        ),
        (
            "HEAD<Attributes/></Request>",
            &["`Attributes` must have the attribute `Category`"],
        ),
        (
            "HEAD<Attributes Category='c' Other=''><Attribute/></Attributes></Request>",
            &[
                "`Attributes` has no attribute `Other`; it may have `Category` or `xml:id`",
                "`Attribute` must have the attribute `AttributeId`",
                "`Attribute` must have the attribute `IncludeInResult`",
                "`Attribute` must have at least one `AttributeValue`",
            ],
        ),
        (
            "HEAD<Attributes Category='c'><Content>1</Content><Content/></Attributes></Request>",
            &[
                "text `1` beside the elements in `Content`",
                "`Content` must have one child element, found 0",
                "`Attributes` may have only one `Content`",
                "`Content` must have one child element, found 0",
            ],
        ),
        (
            "HEAD<Attributes Category='c'/><RequestDefaults/></Request>",
            &[
                "`RequestDefaults` must come before `Attributes` in `Request`",
                "`RequestDefaults` must have one `XPathVersion`",
            ],
        ),
        (
            "HEAD<Attributes Category='c' xml:id='a'/><Attributes Category='d' xml:id=' a '/></Request>",
            &["the `Attributes` at 1:185 has the `xml:id` `a`, too"],
        ),
        (
            "HEAD<Attributes Category='c' xml:id='a'/><MultiRequests><RequestReference>\
            <AttributesReference ReferenceId=' a'/><AttributesReference ReferenceId='b'/>\
            </RequestReference><RequestReference/><RequestReference><AttributesReference/>\
            </RequestReference></MultiRequests></Request>",
            &[
                "`RequestReference` must have at least one `AttributesReference`",
                "`AttributesReference` must have the attribute `ReferenceId`",
                "`ReferenceId` is `b`, but no `Attributes` has this `xml:id`",
            ],
        ),
        (
            "HEAD<Attributes Category='c'/><MultiRequests/></Request>",
            &["`MultiRequests` must have at least one `RequestReference`"],
        ),
        (
            "HEAD<Attributes Category='c'/>",
            &["the document ends inside `Request`, which opens at line 1, column 1"],
        ),
    ] {
        let found = problems(&request.replace("HEAD", HEAD));
        let found: Vec<&str> = found.iter().map(|(message, _)| &**message).collect();
        assert_eq!(found, expected, "{request}");
    }
}

#[test]
fn values_beyond_the_limit_are_one_problem() {
    let text = Request::builder()
        .subject("a", 1)
        .subject("a", 2)
        .subject("b", 3)
        .action("read")
        .build()
        .to_xml();
    let within = |attribute_values| {
        let limits = Limits {
            attribute_values,
            ..Limits::default()
        };
        Request::read_xml(&text, ReadOptions::new().limits(&limits))
    };
    assert!(within(4).is_ok());
    let error = within(2).expect_err("are too many");
    let [only] = error.diagnostics() else {
        panic!("{error}")
    };
    assert_eq!(
        only.message(),
        "too many attribute values; the limit is 2 (`Limits::attribute_values`)"
    );
}

#[test]
fn no_prefix_and_no_mutation_panics() {
    let text = full().to_xml();
    for at in (0..text.len()).step_by(4) {
        let _ = Request::from_xml(&text.as_bytes()[..at]);
        let mut mutated = text.clone().into_bytes();
        mutated[at] = b"<>\"&/ x\0\xFF"[at % 9];
        if let Ok(request) = Request::from_xml(mutated) {
            assert_eq!(Request::from_xml(request.to_xml()).as_ref(), Ok(&request));
        }
    }
}
