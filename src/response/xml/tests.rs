use super::*;
use crate::attribute::category;
use crate::limits::Limits;
use crate::read_options::ReadOptions;
use crate::request::{Attribute, Attributes, SharedAttributes};
use crate::value::XPathExpression;

/// Text with everything that escaping and white space may spoil.
const NASTY: &str = "n \t\r\n<&>\"'æ]]>\u{1F600}\u{85}&#10; n";

/// A response with everything the schema knows.
pub(in crate::response) fn full() -> Response {
    let expression = Value::from(XPathExpression {
        text: NASTY.into(),
        category: category::RESOURCE.into(),
        namespaces: Arc::new([("p".into(), NASTY.into())]),
    });
    let assignments = || {
        vec![
            AttributeAssignment {
                id: NASTY.into(),
                category: Some(NASTY.into()),
                issuer: Some(NASTY.into()),
                value: Value::from(NASTY),
            },
            AttributeAssignment {
                id: "".into(),
                category: None,
                issuer: None,
                value: expression.clone(),
            },
        ]
    };
    let missing = |issuer: Option<&str>, values| MissingAttribute {
        designator: Designator {
            issuer: issuer.map(Arc::from),
            ..Designator::new(NASTY, "id", DataType::DateTime)
        },
        values,
    };
    let policy = |is_set, version: Option<&str>| PolicyIdentifier {
        is_set,
        id: "urn:<policy>".into(),
        version: version.map(Arc::from),
    };
    let full = ResponseResult {
        decision: Decision::Indeterminate,
        status: Some(Status {
            code: StatusCode::MissingAttribute,
            minor_codes: vec!["urn:outer".to_owned(), "urn:inner".to_owned()],
            message: Some(NASTY.to_owned()),
            missing: vec![
                missing(None, vec![]),
                missing(
                    Some(NASTY),
                    vec![Value::from(NASTY), Value::from(true), expression.clone()],
                ),
            ],
            detail: vec![
                "<x xmlns=\"\"/>".to_owned(),
                "<y xmlns=\"urn:y\"> <![CDATA[<]]>\r\n<!----></y>".to_owned(),
            ],
        }),
        obligations: vec![
            Obligation {
                id: NASTY.into(),
                assignments: assignments(),
            },
            Obligation {
                id: "".into(),
                assignments: vec![],
            },
        ],
        advice: vec![Advice {
            id: NASTY.into(),
            assignments: assignments(),
        }],
        attributes: vec![SharedAttributes::from(Attributes {
            category: category::ACTION.into(),
            xml_id: Some("a".to_owned()),
            content: Some("<x xmlns=\"\"/>".into()),
            attributes: vec![Attribute {
                id: "i".into(),
                issuer: None,
                include_in_result: true,
                values: vec![expression.clone()],
            }],
        })],
        policies: vec![
            policy(false, None),
            policy(true, Some("1.0")),
            policy(false, Some("2")),
        ],
        troubles: vec![],
    };
    let others = [
        Decision::Permit,
        Decision::Deny,
        Decision::Indeterminate,
        Decision::NotApplicable,
    ];
    let mut results = vec![full.clone()];
    results.extend(others.map(ResponseResult::new));
    // The same `xml:id` may come with each of several decisions.
    results.push(ResponseResult {
        status: Some(Status {
            message: None,
            missing: vec![],
            detail: vec![],
            code: StatusCode::Other(NASTY.to_owned()),
            minor_codes: vec![],
        }),
        ..full
    });
    Response { results }
}

#[test]
fn what_is_written_reads_back() {
    let response = full();
    let text = response.to_xml();
    let again = Response::from_xml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again, response, "{text}");
    assert_eq!(again.to_xml(), text);
}

#[test]
fn status_codes_nest_as_deep_as_elements_may() {
    let nested = |depth: usize| {
        let mut response = full();
        response.results[0]
            .status
            .as_mut()
            .expect("has one")
            .minor_codes = vec!["c".into(); depth];
        response
    };
    // The outermost code is the fourth element.
    let response = nested(96);
    assert_eq!(Response::from_xml(response.to_xml()), Ok(response));
    assert!(Response::from_xml(nested(97).to_xml()).is_err());
    let limits = Limits {
        depth: usize::MAX,
        ..Limits::default()
    };
    let response = nested(196);
    assert_eq!(
        Response::read_xml(response.to_xml(), ReadOptions::new().limits(&limits)),
        Ok(response)
    );
    assert!(Response::read_xml(nested(197).to_xml(), ReadOptions::new().limits(&limits)).is_err());
}

fn read(result: &str) -> Result<ResponseResult, Vec<String>> {
    let text = format!(
        "<Response xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' xmlns:p='urn:p'>\
         <Result>{result}</Result></Response>"
    );
    match Response::from_xml(text) {
        Ok(response) => Ok(response.results[0].clone()),
        Err(error) => Err(error
            .diagnostics()
            .iter()
            .map(|d| d.message().to_owned())
            .collect()),
    }
}

#[test]
fn status_detail_holds_anything() {
    const STATUS: &str = "<StatusCode Value='urn:oasis:names:tc:xacml:1.0:status:ok'/>";
    let read = |detail: &str| {
        read(&format!(
            "<Decision> Deny </Decision><Status>{STATUS}<StatusDetail>{detail}</StatusDetail></Status>"
        ))
        .map(|result| result.status.expect("has one"))
    };
    let status = read(
        "<q:x xmlns:q='urn:q'/> <MissingAttributeDetail Category='c' AttributeId='i' DataType='urn:other'/>\
         <MissingAttributeDetail Category='c' AttributeId='i' \
         DataType='http://www.w3.org/2001/XMLSchema#string'/><p:MissingAttributeDetail/>",
    )
    .expect("is valid");
    let designator = Designator::new("c", "i", DataType::String);
    let values = vec![];
    assert_eq!(status.missing, [MissingAttribute { designator, values }]);
    let around = "xmlns=\"urn:oasis:names:tc:xacml:3.0:core:schema:wd-17\" xmlns:p=\"urn:p\"";
    let other = "Category='c' AttributeId='i' DataType='urn:other'";
    let expected = [
        format!("<q:x {around} xmlns:q='urn:q'/>"),
        format!("<MissingAttributeDetail {around} {other}/>"),
        format!("<p:MissingAttributeDetail {around}/>"),
    ];
    assert_eq!(status.detail, expected);
    assert_eq!(read("").expect("is valid").detail, [""; 0]);
    let found =
        read("1<MissingAttributeDetail DataType='http://www.w3.org/2001/XMLSchema#string'/>");
    assert_eq!(
        found.expect_err("is not valid"),
        [
            "text `1` beside the elements in `StatusDetail`",
            "`MissingAttributeDetail` must have the attribute `Category`",
            "`MissingAttributeDetail` must have the attribute `AttributeId`"
        ]
    );
}

#[test]
fn an_effect_on_an_obligation_is_passed_over() {
    let result = read(
        "<Decision>Permit</Decision><Obligations><Obligation ObligationId='o' FulfillOn='Permit'/>\
         </Obligations>",
    );
    assert_eq!(&*result.expect("is read").obligations[0].id, "o");
}

#[test]
fn problems_of_responses_are_all_told() {
    for (result, expected) in [
        ("", &["`Result` must have one `Decision`"][..]),
        (
            "<Decision>permit</Decision>",
            &[
                "`Decision` is `permit`, expected `Permit`, `Deny`, `Indeterminate` or `NotApplicable`",
            ],
        ),
        (
            "<Status/><Decision>Deny</Decision>",
            &[
                "`Status` must have one `StatusCode`",
                "`Decision` must come before `Status` in `Result`",
            ],
        ),
        (
            "<Decision>Deny</Decision><Status><StatusCode><StatusCode Value=''/><StatusCode/></StatusCode></Status>",
            &[
                "`StatusCode` must have the attribute `Value`",
                "`StatusCode` may have only one `StatusCode`",
                "`StatusCode` must have the attribute `Value`",
            ],
        ),
        (
            "<Decision>Deny</Decision><Obligations/><AssociatedAdvice/>",
            &[
                "`Obligations` must have at least one `Obligation`",
                "`AssociatedAdvice` must have at least one `Advice`",
            ],
        ),
        (
            "<Decision>Deny</Decision><Obligations><Obligation><AttributeAssignment/></Obligation></Obligations>",
            &[
                "`Obligation` must have the attribute `ObligationId`",
                "`AttributeAssignment` must have the attribute `AttributeId`",
                "`AttributeAssignment` must have the attribute `DataType`",
            ],
        ),
        (
            "<Decision>Deny</Decision><AssociatedAdvice><Advice AdviceId='a' AppliesTo='Deny'>\
            <AttributeAssignment AttributeId='i' DataType='http://www.w3.org/2001/XMLSchema#boolean'>yes\
            </AttributeAssignment></Advice></AssociatedAdvice>",
            &[
                "`Advice` has no attribute `AppliesTo`; it may have `AdviceId`",
                "`AttributeAssignment` `yes` is not a valid boolean: expected `true`, `false`, `1` or `0`",
            ],
        ),
        (
            "<Decision>Deny</Decision><PolicyIdentifierList><PolicyIdReference/><p:x/>\
            </PolicyIdentifierList>",
            &[
                "`PolicyIdReference` names no policy",
                "`x` of the namespace `urn:p` is not allowed in `PolicyIdentifierList`; expected \
               `PolicyIdReference` or `PolicySetIdReference`",
            ],
        ),
    ] {
        assert_eq!(read(result).expect_err(result), expected, "{result}");
    }
    let empty = Response { results: vec![] };
    let error = Response::from_xml(empty.to_xml()).expect_err("has no result");
    assert_eq!(
        error.diagnostics()[0].message(),
        "`Response` must have at least one `Result`"
    );
}

#[test]
fn no_prefix_and_no_mutation_panics() {
    let text = full().to_xml();
    for at in (0..text.len()).step_by(4) {
        let _ = Response::from_xml(&text.as_bytes()[..at]);
        let mut mutated = text.clone().into_bytes();
        mutated[at] = b"<>\"&/ x\0\xFF"[at % 9];
        if let Ok(response) = Response::from_xml(mutated) {
            assert_eq!(
                Response::from_xml(response.to_xml()).as_ref(),
                Ok(&response)
            );
        }
    }
}
