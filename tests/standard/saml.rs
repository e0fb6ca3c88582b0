//! The messages of the SAML Profile: what is read of them, and that what is written reads back.
//!
//! In `fixtures/saml`, `query.xml` is a query and `answer.xml` what it is answered; those in `refused`
//! are no such messages, which `NAME.txt` says. With `VEDTAK_BLESS=1` in the environment the answer and
//! the texts are written, not compared.

use std::fs;
use std::path::Path;

use vedtak::saml::{AuthzDecisionQuery, AuthzDecisionResponse, Schema};
use vedtak::syntax::XacmlVersion;
use vedtak::value::DateTime;
use vedtak::{Decision, Limits, Pdp, ReadOptions, Request, Response};

use crate::bless::difference;

const QUERY: &str = include_str!("../../fixtures/saml/query.xml");

fn query(text: impl AsRef<[u8]>) -> Result<AuthzDecisionQuery, vedtak::Error> {
    AuthzDecisionQuery::read_xml(text, ReadOptions::new())
}

fn response(text: impl AsRef<[u8]>) -> Result<AuthzDecisionResponse, vedtak::Error> {
    AuthzDecisionResponse::read_xml(text, ReadOptions::new())
}

fn written(text: Result<String, vedtak::Error>) -> String {
    text.unwrap_or_else(|error| panic!("{error}"))
}

fn instant(text: &str) -> DateTime {
    text.parse().expect("is one")
}

fn decided(query: &AuthzDecisionQuery) -> Response {
    let policy = include_str!("../../fixtures/xacml2/answers/policy.xml");
    Pdp::from_xml(policy)
        .expect("loads")
        .decide(query.request_with_demands())
}

fn answer(query: &AuthzDecisionQuery) -> AuthzDecisionResponse {
    AuthzDecisionResponse {
        id: "_response-1".to_owned(),
        assertion_id: "_assertion-1".to_owned(),
        issuer: Some("https://pdp.example/?a&b".to_owned()),
        destination: Some("https://pep.example".to_owned()),
        not_on_or_after: Some(instant("2026-01-01T00:05:00Z")),
        ..query.answer(&decided(query), instant("2026-01-01T00:00:01Z"))
    }
}

#[test]
fn a_query_says_what_is_asked_and_how() {
    let query = query(QUERY).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(query.schema, Schema::V2Xacml2);
    assert_eq!(query.id, "_query-1");
    assert_eq!(query.issue_instant, instant("2026-01-01T00:00:00Z"));
    assert_eq!(query.destination.as_deref(), Some("https://pdp.example/"));
    assert_eq!(query.issuer.as_deref(), Some(" https://pep.example "));
    assert!(query.is_signed && query.return_context);
    assert!(!query.input_context_only && query.combine_policies);
    // As it stands alone, it is the same request.
    assert_eq!(Request::from_xml(query.context()), query.request().cloned());
    assert_eq!(query.request_with_demands().xacml(), XacmlVersion::V2);

    let mut unsigned = query;
    unsigned.is_signed = false;
    assert_eq!(
        self::query(written(unsigned.to_xml())).as_ref(),
        Ok(&unsigned)
    );
}

#[test]
fn a_demand_of_a_query_is_not_passed_over() {
    type Demand = fn(&mut AuthzDecisionQuery);
    let demands: [(&str, Demand); 5] = [
        ("InputContextOnly", |query| query.input_context_only = true),
        ("CombinePolicies", |query| query.combine_policies = false),
        ("Policy", |query| query.policies.push("<Policy/>".into())),
        ("ReferencedPolicies", |query| {
            query.referenced_policies.push("<Policy/>".into());
        }),
        ("Extensions", |query| query.extensions.push("<x/>".into())),
    ];
    for (name, demand) in demands {
        let mut query = query(QUERY).expect("is read");
        assert_eq!(query.request(), Ok(query.request_with_demands()));
        demand(&mut query);
        let refused = query.request().expect_err(name).to_string();
        let expected = format!("the query has a demand that is not met: its `{name}`");
        assert_eq!(refused, expected);
    }
}

#[test]
fn a_query_is_answered_as_recorded() {
    let query = query(QUERY).expect("is read");
    let answer = answer(&query);
    let text = written(answer.to_xml());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/saml");
    let difference = difference(folder.join("answer.xml"), &text);
    assert!(difference.is_empty(), "{difference}");
    let read = response(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(read.response.decision(), Decision::Permit);
    // What stands alone has the declarations of where it stood.
    let context = read.context.as_ref().expect("was asked for");
    assert_eq!(Request::from_xml(context), query.request().cloned());
    let same = AuthzDecisionResponse {
        context: answer.context.clone(),
        ..read
    };
    assert_eq!(same, answer, "{text}");
}

#[test]
fn messages_of_every_schema_read_back() {
    let of_2 = query(QUERY).expect("is read");
    for schema in Schema::ALL {
        let context = match schema.xacml() {
            XacmlVersion::V2 => of_2.context().to_owned(),
            XacmlVersion::V3 => of_2.request_with_demands().to_xml(),
        };
        let built = AuthzDecisionQuery::new(schema, "_a", instant("2026-01-01T00:00:00Z"), context);
        let policy = match schema.xacml() {
            XacmlVersion::V2 => include_str!("../../fixtures/xacml2/policy.xml"),
            XacmlVersion::V3 => include_str!("../../fixtures/xacml2/answers/policy.xml"),
        };
        let mut query = built.expect("is one");
        query.consent = Some("urn:oasis:names:tc:SAML:2.0:consent:obtained".to_owned());
        query.extensions = vec!["<x xmlns=\"urn:x\"/>".to_owned()];
        query.input_context_only = true;
        query.combine_policies = false;
        query.policies = vec![policy.to_owned()];
        query.referenced_policies = vec![policy.to_owned()];
        let text = written(query.to_xml());
        let read = self::query(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        // What stands alone is written otherwise in another document, and says the same.
        let again = self::query(written(read.to_xml())).expect("is read");
        assert_eq!(read.to_xml(), again.to_xml());
        assert_eq!(read.request_with_demands(), query.request_with_demands());
        assert_eq!(
            (read.policies.len(), read.referenced_policies.len()),
            (1, 1)
        );
        let builder = Pdp::builder().policy("p", &read.policies[0]);
        let builder = builder.library("l", include_str!("../../fixtures/xacml2/library.xml"));
        assert!(builder.build().is_ok());

        let answer = answer(&query);
        let text = written(answer.to_xml());
        assert_eq!(response(&text).as_ref(), Ok(&answer), "{text}");
        // Some write the statement as an element of its own.
        let begin = text.find("<Statement").expect("is there");
        let end = text[begin..].find('>').expect("ends") + begin + 1;
        let statement = format!(
            "<XACMLAuthzDecisionStatement xmlns=\"{}\">{}",
            schema.assertion(),
            text[end..].replace("</Statement>", "</XACMLAuthzDecisionStatement>")
        );
        let otherwise = format!("{}{statement}", &text[..begin]);
        assert_eq!(response(&otherwise).as_ref(), Ok(&answer), "{otherwise}");
    }
    let wrong = AuthzDecisionQuery::new(
        Schema::V2Xacml3,
        "_a",
        instant("2026-01-01T00:00:00Z"),
        of_2.context(),
    );
    assert!(
        wrong
            .expect_err("is of 2.0")
            .to_string()
            .contains("another version")
    );
}

#[test]
fn other_messages_are_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/saml/refused");
    let (mut count, mut wrong) = (0, String::new());
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("has a name");
        let text = fs::read_to_string(&path).expect("is text");
        let limits = Limits::default();
        let error = match name.starts_with("query-") {
            true => {
                AuthzDecisionQuery::read_xml(text, ReadOptions::new().source(name).limits(&limits))
                    .expect_err(name)
            }
            false => AuthzDecisionResponse::read_xml(
                text,
                ReadOptions::new().source(name).limits(&limits),
            )
            .expect_err(name),
        };
        wrong += &difference(path.with_extension("txt"), &format!("{error}\n"));
        count += 1;
    }
    assert_eq!(count, 11, "the folder is whole");
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whatever a host puts into a field: either the message is refused with the name of the field, or
/// it reads back with the same.
#[test]
fn what_is_written_reads_back_or_is_refused() {
    let mut base = query(QUERY).expect("is read");
    base.is_signed = false;
    let answered = answer(&base);
    type OfQuery = fn(&mut AuthzDecisionQuery, String);
    type OfResponse = fn(&mut AuthzDecisionResponse, String);
    let of_query: [(&str, OfQuery); 7] = [
        ("`ID`", |query, text| query.id = text),
        ("`Destination`", |query, text| {
            query.destination = Some(text)
        }),
        ("`Consent`", |query, text| query.consent = Some(text)),
        ("`Issuer`", |query, text| query.issuer = Some(text)),
        ("`Policy`", |query, text| query.policies = vec![text]),
        ("`ReferencedPolicies`", |query, text| {
            query.referenced_policies = vec![text]
        }),
        ("`Extensions`", |query, text| query.extensions = vec![text]),
    ];
    let of_response: [(&str, OfResponse); 6] = [
        ("`ID`", |answer, text| answer.id = text),
        ("`InResponseTo`", |answer, text| {
            answer.in_response_to = Some(text)
        }),
        ("`ID` of the `Assertion`", |answer, text| {
            answer.assertion_id = text
        }),
        ("`Destination`", |answer, text| {
            answer.destination = Some(text)
        }),
        ("`Issuer`", |answer, text| answer.issuer = Some(text)),
        ("`Request`", |answer, text| answer.context = Some(text)),
    ];
    let mut without = answered.clone();
    without.response.results.clear();
    let told = without.to_xml().expect_err("it has no result").to_string();
    assert!(told.contains("at least one `Result`"), "{told}");
    let mut counts = [0, 0];
    for text in [
        "",
        " ",
        "_a",
        " _a",
        "_a ",
        "a b",
        "1",
        "a:b",
        "a.b-c",
        "-a",
        "\u{1}",
        "a\u{1}",
        "a\nb",
        "\ta",
        "a\r",
        "\u{FFFE}",
        "\u{FFFF}",
        "a\u{0}",
        "\"'&<>",
        "æ",
        "<x",
        "<x/>",
        "<x/><y/>",
        "<x>\u{1}</x>",
        "<p:x/>",
        "<x xmlns='urn:x'/>",
        "<!DOCTYPE x><x/>",
        "<Request/>",
        "<Policy/>",
        "]]>",
        "urn:x#a%20",
        "<Policy xmlns='urn:oasis:names:tc:xacml:2.0:policy:schema:os'/>",
        "<PolicySet xmlns='urn:oasis:names:tc:xacml:2.0:policy:schema:os'/>",
        "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17'/>",
        "<Request xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17'/>",
    ] {
        for (field, set) in of_query {
            let mut query = base.clone();
            set(&mut query, text.to_owned());
            match query.to_xml() {
                Ok(text) => {
                    let read = self::query(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
                    assert_eq!(written(read.to_xml()), text);
                    assert_eq!((&read.id, &read.issuer), (&query.id, &query.issuer));
                    let uris = |query: &AuthzDecisionQuery| {
                        (query.destination.clone(), query.consent.clone())
                    };
                    assert_eq!(uris(&read), uris(&query));
                    counts[0] += 1;
                }
                Err(error) => {
                    assert!(error.to_string().contains(field), "{field}: {error}");
                    counts[1] += 1;
                }
            }
        }
        for (field, set) in of_response {
            let mut answer = answered.clone();
            set(&mut answer, text.to_owned());
            match answer.to_xml() {
                Ok(text) => {
                    let read = response(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
                    // But for the namespace declarations in it.
                    let context = answer.context.clone();
                    assert_eq!(read.context.is_some(), context.is_some());
                    assert_eq!(AuthzDecisionResponse { context, ..read }, answer);
                    counts[0] += 1;
                }
                Err(error) => {
                    assert!(error.to_string().contains(field), "{field}: {error}");
                    counts[1] += 1;
                }
            }
        }
    }
    assert!(counts[0] > 100 && counts[1] > 200, "{counts:?}");
    // One that sets nothing is told everything that it has to set.
    let unset = base.answer(&decided(&base), instant("2026-01-01T00:00:01Z"));
    let error = unset.to_xml().expect_err("there are no identifiers");
    assert_eq!(error.diagnostics().len(), 2, "{error}");
}

#[test]
fn damaged_messages_never_panic() {
    let answer = written(answer(&query(QUERY).expect("is read")).to_xml());
    for text in [QUERY, &answer] {
        let bytes = text.as_bytes();
        for at in (0..bytes.len()).step_by(5) {
            let mut damaged = bytes.to_vec();
            damaged[at] = b"<>\"&/ x:[(\0\xFF"[at % 12];
            for bytes in [&damaged[..], &bytes[..at]] {
                if let Ok(read) = query(bytes) {
                    assert!(query(written(read.to_xml())).is_ok());
                }
                if let Ok(read) = response(bytes) {
                    assert!(response(written(read.to_xml())).is_ok());
                }
            }
        }
    }
}
