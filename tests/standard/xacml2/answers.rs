//! Whoever asks in XACML 2.0 is answered in XACML 2.0.
//!
//! In `fixtures/xacml2/answers`, `NAME.request.xml` is a request of 2.0 and `NAME.answer.xml` what
//! `policy.xml` there, a policy of 3.0, answers. With `VEDTAK_BLESS=1` in the environment the latter are
//! written, not compared.

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::syntax::XacmlVersion;
use vedtak::{Decision, Limits, Pdp, Request, Response};

use super::{LIBRARY, POLICY, REQUEST, pdp};
use crate::bless::difference;

const CONTEXT_2: &str = "urn:oasis:names:tc:xacml:2.0:context:schema:os";

fn cases() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xacml2/answers");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.to_string_lossy().ends_with(".request.xml"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("is text");
            (path, text)
        })
        .collect();
    cases.sort();
    assert_eq!(cases.len(), 9, "the folder is whole");
    cases
}

fn answers() -> Pdp {
    let policy = include_str!("../../../fixtures/xacml2/answers/policy.xml");
    Pdp::from_xml(policy).expect("loads")
}

#[test]
fn every_request_is_answered_as_recorded() {
    let pdp = answers();
    let mut wrong = String::new();
    for (path, request) in cases() {
        let name = path
            .to_string_lossy()
            .replace(".request.xml", ".answer.xml");
        let answer = pdp.decide_xml(&request);
        wrong += &difference(&name, &answer);
        assert!(answer.contains(CONTEXT_2), "{name}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What was read of an answer says what the decision said, and reads back.
#[test]
fn answers_read_back() {
    let pdp = answers();
    for (path, text) in cases() {
        let Ok(request) = Request::from_xml(&text) else {
            continue;
        };
        assert_eq!(request.xacml(), XacmlVersion::V2);
        let response = pdp.decide(&request);
        let answer = response.to_xml_for(&request);
        assert_eq!(answer, pdp.decide_xml(&text));
        let read = Response::from_xml(&answer).unwrap_or_else(|error| panic!("{error}\n{answer}"));
        assert_eq!(
            Response::from_xml(read.to_xml_for(&request)).as_ref(),
            Ok(&read)
        );
        for (read, decided) in read.results.iter().zip(&response.results) {
            // Advice has no counterpart, and an obligation without one makes its Permit Indeterminate.
            let is_held = path.to_string_lossy().contains("without-counterpart");
            assert_eq!(read.decision == decided.decision, !is_held);
            if !is_held {
                assert_eq!(read.obligations, decided.obligations);
            }
        }
    }
}

/// Whoever asks in 3.0, and in JSON, is answered as before.
#[test]
fn requests_of_3_are_answered_in_3() {
    let pdp = pdp(POLICY, LIBRARY);
    let request = Request::from_xml(REQUEST).expect("is read");
    let of_3 = Request::from_xml(request.to_xml()).expect("is read");
    assert_eq!((of_3.xacml(), &of_3), (XacmlVersion::V3, &request));
    let answer = pdp.decide_xml(request.to_xml());
    assert!(!answer.contains(CONTEXT_2));
    assert_eq!(pdp.decide(&of_3).to_xml_for(&of_3), answer);
    assert!(
        pdp.decide(&request)
            .to_xml_for(&request)
            .contains(CONTEXT_2)
    );
    assert_eq!(Request::builder().build().xacml(), XacmlVersion::V3);
}

#[test]
fn an_answer_that_is_too_long_is_one_of_2_as_well() {
    let mut limits = Limits::default();
    limits.response = 100;
    let policy = include_str!("../../../fixtures/xacml2/answers/policy.xml");
    let built = Pdp::builder().policy("p", policy).limits(limits).build();
    let answer = built.expect("loads").decide_xml(REQUEST);
    assert!(answer.contains(CONTEXT_2), "{answer}");
    let read = Response::from_xml(answer).expect("is read");
    assert_eq!(read.decision(), Decision::Indeterminate);
}
