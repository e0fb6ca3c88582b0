//! JSON beside XML: the same decisions; and JSON made to hurt.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use vedtak::attribute::category;
use vedtak::json::JsonDialect;
use vedtak::request::AttributeBuilder;
use vedtak::{Decision, Limits, Pdp, ReadOptions, Request, Response};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");
const REQUEST: &str = include_str!("../../fixtures/altinn/request.xml");

fn fixtures(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("can be listed") {
        let path = entry.expect("can be listed").path();
        if path.is_dir() {
            fixtures(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            files.push(path);
        }
    }
}

/// Every request with every policy, whether meant for each other or not.
#[test]
fn a_request_gets_one_decision_in_xml_and_in_json() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files = Vec::new();
    fixtures(&folder, &mut files);
    let texts: Vec<String> = files
        .iter()
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect();
    let requests = texts.iter().filter_map(|text| Request::from_xml(text).ok());
    let requests: Vec<Request> = requests.collect();
    let pdps: Vec<Pdp> = texts
        .iter()
        .filter_map(|text| Pdp::from_xml(text).ok())
        .collect();
    assert!(
        requests.len() > 1 && pdps.len() > 1,
        "the fixtures were found"
    );
    for request in &requests {
        let read = Request::from_json(request.to_json()).expect("what is written is valid");
        assert_eq!(&read, request);
        for pdp in &pdps {
            let answer = pdp.decide_json(request.to_json());
            let answer =
                Response::from_json(&answer).unwrap_or_else(|error| panic!("{error}\n{answer}"));
            assert_eq!(
                answer,
                Response::from_xml(pdp.decide_xml(request.to_xml())).expect("is valid")
            );
        }
    }
}

#[cfg(feature = "altinn")]
#[test]
fn a_request_of_altinns_gets_the_decision_of_its_xml() {
    let json = include_str!("../../fixtures/altinn/request.json");
    let dialect = vedtak::altinn::DIALECT;
    let request = Request::read_json(json, ReadOptions::new().dialect(&dialect));
    let request = request.unwrap_or_else(|error| panic!("{error}"));
    let xml = Request::from_xml(REQUEST).expect("is valid");
    let pdp = Pdp::from_xml(POLICY).expect("compiles");
    assert_eq!(pdp.decide(&request), pdp.decide(&xml));
    assert!(Request::from_json(json).is_err());

    let pdp = vedtak::altinn::Pdp::builder()
        .policy("vedtak-brev", POLICY)
        .build();
    let pdp = pdp.expect("compiles");
    let answer = pdp.decide_json(json);
    let read = Response::read_json(&answer, ReadOptions::new().dialect(&dialect));
    let read = read.unwrap_or_else(|error| panic!("{error}\n{answer}"));
    assert_eq!(
        read,
        Response::from_xml(pdp.decide_xml(REQUEST)).expect("is valid")
    );
    assert!(
        pdp.decide_json("{")
            .contains("urn:oasis:names:tc:xacml:1.0:status:syntax-error")
    );
}

#[test]
fn what_cannot_be_read_is_indeterminate_and_says_why() {
    let pdp = Pdp::from_xml(POLICY).expect("compiles");
    let mut texts: Vec<String> = ["", "{", "null", "[]", "{\"Request\": 7}", "\u{FEFF}{}"]
        .map(str::to_owned)
        .into();
    for (open, close) in [("[", "]"), ("{\"Request\":", "}"), ("{\"Request\":[", "]}")] {
        texts.push(open.repeat(100_000));
        texts.push(open.repeat(100_000) + &close.repeat(100_000));
    }
    let codes = "{\"Value\":\"u\",\"StatusCode\":".repeat(99);
    texts.push(format!(
        "{{\"Response\":[{{\"Decision\":\"Permit\",\"Status\":{{\"StatusCode\":{codes}"
    ));
    for text in texts {
        let response = Response::from_json(pdp.decide_json(&text)).expect("is an answer");
        assert_eq!(response.decision(), Decision::Indeterminate);
        let message = response
            .status()
            .and_then(|status| status.message.as_deref());
        assert!(message.is_some_and(|message| message.starts_with("request:1:")));
        assert!(Response::from_json(&text).is_err());
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_and_other_encodings_are_read() {
    let text = r#"{"Request": {"Action": {"Id": "æ"}}}"#;
    let utf8 = Request::from_json(text).expect("is valid");
    let with_mark = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    assert_eq!(Request::from_json(with_mark), Ok(utf8.clone()));
    let mut utf16 = vec![0xFF, 0xFE];
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(Request::from_json(utf16), Ok(utf8));
    let latin1 = b"{\"Request\": {\"Action\": {\"Id\": \"\xE6\"}}}";
    let error = Request::from_json(latin1).expect_err("is no UTF-8");
    assert!(error.to_string().contains("not UTF-8"), "{error}");
}

#[test]
fn a_document_beyond_the_limit_is_refused() {
    let mut limits = Limits::default();
    limits.bytes = 100;
    let error = Request::read_json(vec![b' '; 101], ReadOptions::new().limits(&limits))
        .expect_err("is too long");
    assert!(error.to_string().contains("the limit is 100 bytes"));
}

/// One byte after the other is damaged: the answer may be another, but it is an answer.
#[test]
fn a_damaged_request_gets_an_answer() {
    let pdp = Pdp::from_xml(POLICY).expect("compiles");
    let text = Request::from_xml(REQUEST)
        .expect("is valid")
        .to_json()
        .into_bytes();
    for at in 0..text.len() {
        for byte in [0, b'"', b'{', b']', b'9', 0xFF] {
            let mut damaged = text.clone();
            damaged[at] = byte;
            Response::from_json(pdp.decide_json(&damaged)).expect("is an answer");
        }
        Response::from_json(pdp.decide_json(&text[..at])).expect("is an answer");
    }
}

/// JSON of the words of the profile, in any arrangement.
fn any_json() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "Request",
        "Response",
        "Category",
        "Action",
        "AccessSubject",
        "Attribute",
        "AttributeId",
        "Value",
        "DataType",
        "Issuer",
        "IncludeInResult",
        "CategoryId",
        "Id",
        "Content",
        "MultiRequests",
        "RequestReference",
        "ReferenceId",
        "Decision",
        "Status",
        "StatusCode",
        "StatusDetail",
        "Obligations",
        "AttributeAssignment",
        "PolicyIdentifierList",
        "PolicyIdReference",
        "XPath",
        "XPathCategory",
        "Namespaces",
        "x",
    ]);
    let leaf = prop_oneof![
        name.clone().prop_map(|name| format!("\"{name}\"")),
        prop::sample::select(vec![
            "null",
            "true",
            "1",
            "-2.5",
            "1e400",
            "\"\"",
            "\"NaN\"",
            "\"integer\"",
            "\"<a/>\"",
            "\"Permit\"",
            "\"PGEvPg==\"",
            "[]",
            "{}",
        ])
        .prop_map(str::to_owned),
    ];
    let tree = leaf.prop_recursive(7, 60, 5, move |inner| {
        let member =
            (name.clone(), inner.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::vec(member, 0..5).prop_map(|all| format!("{{{}}}", all.join(","))),
        ]
    });
    let root = prop::sample::select(vec!["Request", "Response"]);
    (root, tree).prop_map(|(root, tree)| format!("{{\"{root}\":{tree}}}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_or_refused(text in any_json()) {
        let mut lenient = JsonDialect::PROFILE;
        lenient.ignores_unknown = true;
        lenient.empty_is_absent = true;
        for dialect in [&JsonDialect::PROFILE, &lenient] {
            let limits = Limits::default();
            match Request::read_json(&text, ReadOptions::new().limits(&limits).dialect(dialect)) {
                Ok(request) => prop_assert_eq!(Request::from_json(request.to_json()), Ok(request)),
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
            if let Ok(response) = Response::read_json(&text, ReadOptions::new().limits(&limits).dialect(dialect)) {
                prop_assert_eq!(Response::from_json(response.to_json()), Ok(response));
            }
        }
    }
}

/// A policy that repeats a resource's id in an obligation or advice of its effect.
fn repeating(effect: &str, kind: &str) -> Pdp {
    let id = if kind == "Advice" {
        "AdviceId"
    } else {
        "ObligationId"
    };
    let on = if kind == "Advice" {
        "AppliesTo"
    } else {
        "FulfillOn"
    };
    let policy = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
             RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/>
             <Rule RuleId="r" Effect="{effect}"/>
             <{kind}Expressions><{kind}Expression {id}="log" {on}="{effect}">
               <AttributeAssignmentExpression AttributeId="what"><AttributeDesignator
                 Category="urn:oasis:names:tc:xacml:3.0:attribute-category:resource"
                 AttributeId="urn:oasis:names:tc:xacml:1.0:resource:resource-id"
                 DataType="http://www.w3.org/2001/XMLSchema#string" MustBePresent="true"/></AttributeAssignmentExpression>
             </{kind}Expression></{kind}Expressions></Policy>"#
    );
    Pdp::from_xml(policy).expect("compiles")
}

fn about(id: &str, includes: bool) -> Request {
    let id = serde_json::to_string(id).expect("is text");
    let text = format!(
        r#"{{"Request":{{"Resource":{{"Attribute":[{{"AttributeId":"urn:oasis:names:tc:xacml:1.0:resource:resource-id",
            "Value":{id},"IncludeInResult":{includes}}},{{"AttributeId":"urn:other","Value":1,"IncludeInResult":{includes}}}]}}}}}}"#
    );
    Request::from_json(text).expect("is a request")
}

#[test]
fn what_xml_cannot_hold_is_never_written_as_something_else() {
    for bad in [
        '\0', '\u{1}', '\u{8}', '\u{b}', '\u{1f}', '\u{FFFE}', '\u{FFFF}',
    ] {
        let id = format!("a{bad}b");
        let request = about(&id, true);
        let error = Request::from_xml(request.to_xml()).expect_err("is no such request");
        assert!(
            error
                .to_string()
                .contains("a character that XML does not allow"),
            "{error}"
        );
        for (effect, kind, decision) in [
            ("Permit", "Obligation", Decision::Indeterminate),
            ("Deny", "Obligation", Decision::Deny),
            ("Permit", "Advice", Decision::Permit),
            ("Deny", "Advice", Decision::Deny),
        ] {
            let response = repeating(effect, kind).decide(&request);
            let in_json = Response::from_json(response.to_json()).expect("is a response");
            assert_eq!(in_json, response, "JSON holds all of it");
            let in_xml = Response::from_xml(response.to_xml()).expect("is a response");
            assert_eq!(in_xml.decision(), decision, "{effect} with {kind}");
            assert_eq!((in_xml.obligations(), in_xml.advice()), (&[][..], &[][..]));
            let [result] = &in_xml.results[..] else {
                panic!("has one result");
            };
            let repeated = &result.attributes[0].attributes;
            let ids: Vec<&str> = repeated.iter().map(|attribute| &*attribute.id).collect();
            assert_eq!(ids, ["urn:other"]);
            let status = in_xml.status().expect("says what is left out");
            let message = status.message.as_deref().expect("says what is left out");
            let what = kind.to_lowercase();
            assert!(
                message
                    .contains("the attribute `urn:oasis:names:tc:xacml:1.0:resource:resource-id`")
                    && message.contains(&format!("the {what} `log`")),
                "{message}"
            );
        }
    }
    for good in [
        '\t',
        '\n',
        '\r',
        '\u{7f}',
        '\u{85}',
        '\u{2028}',
        '\u{FFFD}',
        '\u{10FFFF}',
    ] {
        let request = about(&format!("a{good}b"), true);
        assert_eq!(Request::from_xml(request.to_xml()), Ok(request.clone()));
        let response = repeating("Permit", "Obligation").decide(&request);
        assert_eq!(Response::from_xml(response.to_xml()), Ok(response));
    }
}

#[test]
fn identifiers_that_xml_cannot_hold_are_left_out() {
    let text = r#"{"Response": [{"Decision": "Permit",
        "Status": {"StatusMessage": "a\u0001b", "StatusCode": {"Value": "urn:oasis:names:tc:xacml:1.0:status:ok",
            "StatusCode": {"Value": "a\u0001"}}},
        "Category": [{"CategoryId": "c\u0001", "Attribute": [{"AttributeId": "a", "Value": 1}]}],
        "AssociatedAdvice": [{"Id": "x\u0001"}, {"Id": "y"}],
        "PolicyIdentifierList": {"PolicyIdReference": [{"Id": "p\u0001"}, {"Id": "q"}]}}]}"#;
    let response = Response::from_json(text).expect("is a response");
    let written = Response::from_xml(response.to_xml()).expect("is a response");
    assert_eq!(written.decision(), Decision::Permit);
    let [result] = &written.results[..] else {
        panic!("has one result");
    };
    assert!(result.attributes.is_empty());
    assert_eq!((&*result.advice[0].id, result.advice.len()), ("y", 1));
    assert_eq!((&*result.policies[0].id, result.policies.len()), ("q", 1));
    let status = written.status().expect("has one");
    assert!(status.minor_codes.is_empty());
    let message = status.message.as_deref().expect("has one");
    assert!(
        message.starts_with("a\u{FFFD}b; left out, as XML cannot hold"),
        "{message}"
    );
}

/// A request that is forwarded says what cannot be used, or cannot be read at all: never does it look as
/// if the attribute were not there.
#[test]
fn what_cannot_be_used_is_forwarded_or_refused() {
    let unusable =
        |category: &str, id: &str| AttributeBuilder::new(category, id).unusable("is null");
    let request = Request::builder()
        .with(unusable(category::ACCESS_SUBJECT, "urn:altinn:rolecode").issuer("somebody"))
        .with(unusable("urn:alone", "colour"))
        .subject("urn:altinn:rolecode", "dagl")
        .resource("urn:altinn:resource", "vedtak-brev")
        .action("read")
        .build();
    let read_back = Request::from_json(request.to_json()).expect("is read");
    assert_eq!(read_back, request);
    let text = serde_json::to_string(&request).expect("is written");
    assert_eq!(
        serde_json::from_str::<Request>(&text).expect("is read"),
        request
    );
    let pdp = Pdp::from_xml(POLICY).expect("compiles");
    for forwarded in [&request, &read_back] {
        assert_eq!(pdp.decide(forwarded).decision(), Decision::Indeterminate);
    }
    let told = Request::from_xml(request.to_xml())
        .expect_err("is refused")
        .to_string();
    for id in ["urn:altinn:rolecode", "colour"] {
        assert!(told.contains(&format!("Attribute `{id}`")), "{told}");
    }
    assert!(
        told.contains("must have at least one `AttributeValue`"),
        "{told}"
    );
    // What is wrong with the member is told, and it holds something.
    for (member, expected) in [
        ("[]", "`Unusable`"),
        (r#"[{"AttributeId": "a"}]"#, "Reason"),
        (
            r#"[{"AttributeId": "a", "Reason": "is null", "Value": 1}]"#,
            "Value",
        ),
    ] {
        let text = format!(r#"{{"Request": {{"Action": {{"Unusable": {member}}}}}}}"#);
        let told = Request::from_json(&text).expect_err(&text).to_string();
        assert!(told.contains(expected), "{told}");
    }
    // A result repeats what was asked for, and nothing about the rest.
    let repeated = AttributeBuilder::new(category::ACTION, "a")
        .value("x")
        .include_in_result();
    let request = Request::builder()
        .with(repeated)
        .with(unusable(category::ACTION, "b"));
    let response = pdp.decide(&request.build());
    assert_eq!(response.results[0].attributes[0].unusable(), []);
    assert_eq!(
        Response::from_json(response.to_json()).expect("is read"),
        response
    );
}
