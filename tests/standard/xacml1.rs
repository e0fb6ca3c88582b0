//! Policies of XACML 1.0 and 1.1, and the documents of 3.0 they become.
//!
//! In `fixtures/xacml1`, `NAME.xml` is a document of 1.x and `NAME.migrated.xml` what it becomes; those
//! in `refused` have no counterpart, which `NAME.txt` says. With `VEDTAK_BLESS=1` in the environment
//! the latter are written, not compared.

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::syntax::{Document, XacmlVersion};
use vedtak::{Decision, Error, Pdp, ReadOptions, Request, Response};

use crate::bless::difference;

const POLICY: &str = include_str!("../../fixtures/xacml1/policy.xml");
const SET: &str = include_str!("../../fixtures/xacml1/set.xml");

fn migrate(source: &str, text: impl AsRef<[u8]>) -> Result<Document, Error> {
    Document::migrate(text, ReadOptions::new().source(source))
}

fn documents(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut documents: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
        .filter(|path| !path.to_string_lossy().ends_with(".migrated.xml"))
        .collect();
    documents.sort();
    documents
}

#[test]
fn every_document_becomes_what_is_recorded() {
    let documents = documents("fixtures/xacml1");
    assert_eq!(documents.len(), 2, "the folder is whole");
    let mut wrong = String::new();
    for path in documents {
        let text = fs::read_to_string(&path).expect("is text");
        let document = migrate("policy", &text).unwrap_or_else(|error| panic!("{error}"));
        let migrated = document.to_xml();
        wrong += &difference(path.with_extension("migrated.xml"), &migrated);
        let of_3 = document.under(XacmlVersion::V3);
        assert_eq!(migrate("migrated", &migrated).as_ref(), Ok(&of_3));
        assert_eq!(Document::from_xml(&migrated), Ok(of_3));
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_has_no_counterpart_is_a_problem_at_its_place() {
    let documents = documents("fixtures/xacml1/refused");
    assert_eq!(documents.len(), 14, "the folder is whole");
    let mut wrong = String::new();
    for path in documents {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("has a name");
        let text = fs::read_to_string(&path).expect("is text");
        let error = migrate(name, text).expect_err(name);
        wrong += &difference(path.with_extension("txt"), &format!("{error}\n"));
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// It is migrated once, and what it became is kept: a PDP loads none of 1.x.
#[test]
fn a_pdp_says_that_it_is_to_be_migrated() {
    let error = Pdp::from_xml(SET).expect_err("is of 1.0");
    let message = error.diagnostics()[0].message();
    assert!(
        message.contains("XACML 1.0") && message.contains("Document::migrate"),
        "{message}"
    );
}

/// Requests and responses are made by programs, which are told what a program of 2.0 does
/// otherwise. No version has the namespace of 1.1.
#[test]
fn a_request_says_how_it_becomes_one_of_2() {
    for (namespace, beginning) in [
        ("1.0", "this is a document of XACML 1.0 or 1.1"),
        (
            "1.1",
            "`ELEMENT` is in the namespace `NAMESPACE`, which no version of XACML has",
        ),
    ] {
        let namespace = format!("urn:oasis:names:tc:xacml:{namespace}:context");
        for (element, advice, message) in [
            ("Request", "as a request of 2.0", {
                let text = format!("<Request xmlns='{namespace}'/>");
                Request::from_xml(text).expect_err("is of 1.0").to_string()
            }),
            ("Response", "as a response of 2.0", {
                let text = format!("<Response xmlns='{namespace}'/>");
                let read = Response::from_xml(text);
                read.expect_err("is of 1.0").to_string()
            }),
            ("Other", "", {
                let text = format!("<Other xmlns='{namespace}'/>");
                Request::from_xml(text).expect_err("is of 1.0").to_string()
            }),
        ] {
            let beginning = beginning.replace("ELEMENT", element);
            let beginning = beginning.replace("NAMESPACE", &namespace);
            assert!(message.contains(&beginning), "{message}");
            assert!(message.contains(advice), "{message}");
            let of_2 = "urn:oasis:names:tc:xacml:2.0:context:schema:os";
            assert!(message.contains(of_2) || advice.is_empty(), "{message}");
            assert!(!message.contains("migrate"), "{message}");
        }
    }
}

#[test]
fn documents_of_other_versions_are_read_as_ever() {
    let of_2 = include_str!("../../fixtures/xacml2/policy.xml");
    let of_3 = include_str!("../../fixtures/altinn/resource-policy.xml");
    for text in [of_2, of_3] {
        assert_eq!(migrate("p", text), Document::from_xml(text));
    }
}

#[test]
fn what_a_policy_became_decides() {
    let document = migrate("set.xml", SET).expect("is read").to_xml();
    let others = r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
        PolicySetId="urn:vedtak:others" Version="1.0"
        PolicyCombiningAlgId="urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:first-applicable">
        <Target><AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">nobody</AttributeValue>
        <AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
        AttributeId="urn:oasis:names:tc:xacml:1.0:subject:subject-id" MustBePresent="false"
        DataType="http://www.w3.org/2001/XMLSchema#string"/></Match></AllOf></AnyOf></Target></PolicySet>"#;
    let boxes = r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="urn:vedtak:boxes"
        Version="1.0" RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable">
        <Target><AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
        <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">ola</AttributeValue>
        <AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject"
        AttributeId="urn:oasis:names:tc:xacml:1.0:subject:subject-id" MustBePresent="false"
        DataType="http://www.w3.org/2001/XMLSchema#string"/></Match></AllOf></AnyOf></Target>
        <Rule RuleId="r" Effect="Deny"/></Policy>"#;
    let pdp = Pdp::builder()
        .policy("set.xml", document)
        .library("boxes.xml", boxes)
        .library("others.xml", others)
        .build();
    let pdp = pdp.unwrap_or_else(|error| panic!("{error}"));
    let decision = |who: &str| {
        let id = "urn:oasis:names:tc:xacml:1.0:subject:subject-id";
        pdp.decide(&Request::builder().subject(id, who).build())
            .decision()
    };
    assert_eq!(decision("kari"), Decision::Permit);
    assert_eq!(decision("ola"), Decision::Deny);
    assert_eq!(decision("per"), Decision::NotApplicable);
}

#[test]
fn damaged_documents_never_panic() {
    for text in [POLICY, SET] {
        let bytes = text.as_bytes();
        for at in (0..bytes.len()).step_by(5) {
            let mut damaged = bytes.to_vec();
            damaged[at] = b"<>\"&/ x:[(\0\xFF"[at % 12];
            for bytes in [&damaged[..], &bytes[..at]] {
                if let Ok(document) = migrate("p", bytes) {
                    let printed = Document::from_xml(document.to_xml());
                    assert_eq!(printed, Ok(document.under(XacmlVersion::V3)));
                }
            }
        }
    }
}
