//! Policies, requests and responses of XACML 2.0: what they decide, and the documents of 3.0 they
//! become.
//!
//! In `fixtures/xacml2`, `NAME.xml` is a document of 2.0 and `NAME.migrated.xml` is what it becomes.
//! With `VEDTAK_BLESS=1` in the environment the latter are written, not compared.

mod answers;
mod decisions;

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::attribute::{category, id};
use vedtak::syntax::{Document, XacmlVersion};
use vedtak::{Decision, Error, Limits, Pdp, ReadOptions, Request, Response};

use crate::bless::difference;

const POLICY: &str = include_str!("../../fixtures/xacml2/policy.xml");
const LIBRARY: &str = include_str!("../../fixtures/xacml2/library.xml");
const PATHS: &str = include_str!("../../fixtures/xacml2/paths.xml");
const REQUEST: &str = include_str!("../../fixtures/xacml2/request.xml");
const RESPONSE: &str = include_str!("../../fixtures/xacml2/response.xml");
const RESULTS: &str = include_str!("../../fixtures/xacml2/results.xml");

/// The text of 3.0 that `text` becomes, which must say the same.
fn migrated(text: &str) -> String {
    let limits = Limits::default();
    if let Ok(document) = Document::from_xml(text) {
        let migrated = document.to_xml();
        let same = document.under(XacmlVersion::V3);
        assert_eq!(Document::from_xml(&migrated), Ok(same));
        return migrated;
    }
    if let Ok(request) = Request::read_xml(text, ReadOptions::new().limits(&limits)) {
        let migrated = request.to_xml();
        assert_eq!(
            Request::read_xml(
                &migrated,
                ReadOptions::new().source("migrated").limits(&limits)
            ),
            Ok(request)
        );
        return migrated;
    }
    let response =
        Response::read_xml(text, ReadOptions::new().limits(&limits)).expect("is a response");
    let migrated = response.to_xml();
    assert_eq!(
        Response::read_xml(
            &migrated,
            ReadOptions::new().source("migrated").limits(&limits)
        ),
        Ok(response)
    );
    migrated
}

#[test]
fn every_document_becomes_what_is_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xacml2");
    let mut documents: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.is_file() && !path.to_string_lossy().ends_with(".migrated.xml"))
        .collect();
    documents.sort();
    assert_eq!(documents.len(), 6, "the folder is whole");
    let mut wrong = String::new();
    for document in documents {
        let text = fs::read_to_string(&document).expect("is text");
        let found = migrated(&text);
        assert!(found.contains("urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"));
        wrong += &difference(document.with_extension("migrated.xml"), &found);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn pdp(policy: &str, library: &str) -> Pdp {
    let builder = Pdp::builder().policy("policy.xml", policy);
    builder
        .library("library.xml", library)
        .build()
        .expect("loads")
}

/// Documents of both versions may be told to decide together.
#[test]
fn a_policy_decides_as_its_migration_does() {
    let expected = Response::from_xml(RESPONSE).expect("is read");
    let request = Request::from_xml(REQUEST).expect("is read");
    for policy in [POLICY, &migrated(POLICY)] {
        for library in [LIBRARY, &migrated(LIBRARY)] {
            let pdp = pdp(policy, library);
            assert_eq!(pdp.decide(&request), expected);
            let mut answer = Response::from_xml(pdp.decide_xml(REQUEST.as_bytes())).unwrap();
            // An answer of 2.0 says what it is about.
            let about = answer.results[0].attributes.remove(0);
            let about = &about.attributes[0];
            assert_eq!(&*about.id, id::RESOURCE_ID);
            assert_eq!(about.values, ["urn:vedtak:box:17".into()]);
            assert_eq!(answer, expected);
        }
    }
    let pdp = pdp(POLICY, LIBRARY);
    for (from, to, decision) in [
        (">read<", ">burn<", Decision::Deny),
        (">read<", ">write<", Decision::NotApplicable),
        (">archivist<", ">guest<", Decision::NotApplicable),
        (
            "Issuer=\"register\"",
            "Issuer=\"Kari\"",
            Decision::NotApplicable,
        ),
        (">terminal<", ">telephone<", Decision::NotApplicable),
        ("@people.example", "@archive.example", Decision::Permit),
        ("09:30:00Z", "06:30:00Z", Decision::NotApplicable),
        (">1950-", ">2019-", Decision::NotApplicable),
        (
            "urn:vedtak:kind",
            "urn:vedtak:sort",
            Decision::Indeterminate,
        ),
    ] {
        let request = Request::from_xml(REQUEST.replace(from, to)).expect(to);
        assert_eq!(pdp.decide(&request).decision(), decision, "{to}");
    }
}

#[test]
fn subjects_of_one_category_are_one_and_resources_are_asked_about_one_by_one() {
    let request = Request::from_xml(REQUEST).expect("is read");
    let subjects = request.categories().iter();
    let subjects = subjects.filter(|known| &*known.category == category::ACCESS_SUBJECT);
    assert_eq!(
        subjects
            .map(|subject| subject.attributes.len())
            .sum::<usize>(),
        2
    );
    assert_eq!(request.categories().len(), 5);

    let second = "<Resource><Attribute DataType=\"http://www.w3.org/2001/XMLSchema#string\" \
                  AttributeId=\"urn:oasis:names:tc:xacml:1.0:resource:resource-id\">\
                  <AttributeValue>18</AttributeValue></Attribute></Resource><Action>";
    let request = Request::from_xml(REQUEST.replace("<Action>", second)).expect("is read");
    assert_eq!(request.categories().len(), 6);
    let attributes = request.categories().iter().flat_map(|all| &all.attributes);
    let named: Vec<&str> = attributes
        .filter(|attribute| attribute.include_in_result)
        .map(|attribute| &*attribute.id)
        .collect();
    assert_eq!(named, [id::RESOURCE_ID; 2]);
}

#[test]
fn obligations_of_a_response_are_those_of_its_policy() {
    let wrong = RESPONSE.replace("policy:", "");
    let error = Response::from_xml(wrong).expect_err("they are in the wrong namespace");
    let messages: Vec<&str> = error.diagnostics().iter().map(|d| d.message()).collect();
    let expected =
        "`Obligations` must be in the namespace `urn:oasis:names:tc:xacml:2.0:policy:schema:os`";
    assert_eq!(messages, [expected]);
}

/// Each element of a version is one that the other does not know.
#[test]
fn no_document_is_of_both_versions() {
    let version_3 = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";
    let policy_2 = "urn:oasis:names:tc:xacml:2.0:policy:schema:os";
    let context_2 = "urn:oasis:names:tc:xacml:2.0:context:schema:os";
    let policy = |text: String| Document::from_xml(text).map(drop);
    let request = |text: String| Request::from_xml(text).map(drop);
    let refused = |result: Result<(), Error>| assert!(result.is_err());
    refused(policy(POLICY.replace(policy_2, version_3)));
    refused(policy(POLICY.replace(policy_2, context_2)));
    refused(policy(migrated(POLICY).replace(version_3, policy_2)));
    refused(request(REQUEST.replace(context_2, version_3)));
    refused(request(REQUEST.replace(context_2, policy_2)));
    refused(request(migrated(REQUEST).replace(version_3, context_2)));
}

#[test]
fn damaged_documents_never_panic() {
    for text in [POLICY, LIBRARY, PATHS, REQUEST, RESPONSE, RESULTS] {
        let bytes = text.as_bytes();
        for at in 0..bytes.len() {
            let mut damaged = bytes.to_vec();
            damaged[at] = b"<>\"&/ x:[(\0\xFF"[at % 12];
            for bytes in [&damaged[..], &bytes[..at]] {
                if let Ok(document) = Document::from_xml(bytes) {
                    let printed = Document::from_xml(document.to_xml());
                    assert_eq!(printed, Ok(document.under(XacmlVersion::V3)));
                }
                let _ = Request::from_xml(bytes);
                let _ = Response::from_xml(bytes);
            }
        }
    }
}

#[test]
fn the_deepest_documents_need_no_more_stack_than_a_thread_has() {
    let mut limits = Limits::default();
    limits.depth = usize::MAX;
    let nested = |times: usize, open: &str, inside: &str, close: &str| {
        format!("{}{inside}{}", open.repeat(times), close.repeat(times))
    };
    let set = "<PolicySet xmlns=\"urn:oasis:names:tc:xacml:2.0:policy:schema:os\" PolicySetId=\"s\" \
               PolicyCombiningAlgId=\"urn:a\"><Target/>";
    let sets = nested(198, set, "", "</PolicySet>");
    let apply = nested(195, "<Apply FunctionId=\"urn:f\">", "", "</Apply>");
    let policy = format!(
        "<Policy xmlns=\"urn:oasis:names:tc:xacml:2.0:policy:schema:os\" PolicyId=\"p\" \
         RuleCombiningAlgId=\"urn:a\"><Target/><Rule RuleId=\"r\" Effect=\"Permit\">\
         <Condition>{apply}</Condition></Rule></Policy>"
    );
    for text in [sets, policy] {
        let document =
            Document::read_xml(text, ReadOptions::new().limits(&limits)).expect("is read");
        assert_eq!(
            Document::read_xml(document.to_xml(), ReadOptions::new().limits(&limits)),
            Ok(document.under(XacmlVersion::V3))
        );
    }
}
