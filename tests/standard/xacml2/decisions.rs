//! Policies of XACML 2.0 decide as 2.0 says, by whatever steps they are compiled and wherever they
//! are kept.
//!
//! `fixtures/xacml2/decisions/NAME.xml` is a policy, `NAME.library.xml` what it refers to, if it does,
//! and `NAME.cases` has a line for each request: attributes, then the decision and its status code
//! or obligations.

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::syntax::Document;
use vedtak::{Pdp, PdpBuilder, Request, Response};

const STRING: &str = "http://www.w3.org/2001/XMLSchema#string";
const OF_2: &str = "urn:oasis:names:tc:xacml:2.0:data-type:";

/// The attributes of the cases: name, section, data type.
const ATTRIBUTES: [(&str, &str, &str); 7] = [
    ("status", "Subject", STRING),
    ("role", "Subject", STRING),
    ("kind", "Resource", STRING),
    ("action", "Action", STRING),
    ("place", "Environment", STRING),
    ("dayTimeDuration", "Environment", OF_2),
    ("yearMonthDuration", "Environment", OF_2),
];

/// A request of 2.0 with these attributes, each `name=value`.
fn request(attributes: &str) -> Request {
    let mut text = r#"<Request xmlns="urn:oasis:names:tc:xacml:2.0:context:schema:os">"#.to_owned();
    for section in ["Subject", "Resource", "Action", "Environment"] {
        text += &format!("<{section}>");
        for given in attributes.split_whitespace() {
            let (name, value) = given.split_once('=').expect("NAME=VALUE");
            let known = ATTRIBUTES.iter().find(|(known, ..)| *known == name);
            let (_, of, data_type) = known.expect("an attribute of the cases");
            if *of == section {
                let name_of_type = if *data_type == OF_2 { name } else { "" };
                text += &format!(
                    "<Attribute AttributeId=\"{name}\" DataType=\"{data_type}{name_of_type}\">\
                     <AttributeValue>{value}</AttributeValue></Attribute>"
                );
            }
        }
        text += &format!("</{section}>");
    }
    Request::from_xml(text + "</Request>").expect("is a request")
}

/// The decision, and what goes with it.
fn told(response: &Response) -> String {
    let mut told = response.decision().to_string();
    if let Some(status) = response.status().filter(|_| told == "Indeterminate") {
        let code = status.code.to_string();
        told += &format!(" {}", code.rsplit(':').next().unwrap_or_default());
    }
    for obligation in response.obligations() {
        told += &format!(" {}", obligation.id);
    }
    told
}

fn policies() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xacml2/decisions");
    let files = fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|entry| entry.expect("the folder can be read").path());
    let name = |path: &PathBuf| path.to_string_lossy().into_owned();
    let mut paths: Vec<_> = paths
        .filter(|path| name(path).ends_with(".xml") && !name(path).ends_with(".library.xml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 24, "the folder is whole");
    paths
}

/// In every way there is: the three forms of a program, and, of documents that refer to no other, a
/// store and what is restored from one that was saved.
fn every_way(policy: &str, library: Option<&str>) -> Vec<(&'static str, Pdp)> {
    let with = |builder: PdpBuilder| {
        let builder = builder.policy("policy.xml", policy);
        match library {
            Some(library) => builder.library("library.xml", library),
            None => builder,
        }
    };
    let mut all = Vec::new();
    for (name, lowering, index) in [
        ("plain", false, false),
        ("lowered", true, false),
        ("indexed", true, true),
    ] {
        let pdp = with(Pdp::builder().optimizations(lowering, index)).build();
        all.push((name, pdp.expect("it compiles")));
    }
    if library.is_none() {
        // Of one policy it gives what that one gives.
        let only = "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:first-applicable";
        let builder = || Pdp::builder().root_combining(only).saveable();
        let store = builder().store().expect("an empty store");
        store.put("policy.xml", policy).expect("it compiles");
        all.push(("store", store.pdp()));
        let mut saved = Vec::new();
        store.save(&mut saved).expect("memory can be written");
        let restored = builder().store().expect("an empty store");
        restored.restore(&saved[..], |_| {}).expect("it was saved");
        all.push(("restored", restored.pdp()));
    }
    all
}

#[test]
fn policies_decide_as_2_says() {
    let mut differ = Vec::new();
    let mut cases = 0;
    for path in policies() {
        let read = |path: &Path| fs::read_to_string(path).expect("is text");
        let policy = read(&path);
        let library = path.with_extension("library.xml");
        let library = library.exists().then(|| read(&library));
        let all = every_way(&policy, library.as_deref());
        let lines = read(&path.with_extension("cases"));
        for line in lines.lines().filter(|line| !line.starts_with('#')) {
            let (attributes, expected) = line.split_once(" : ").expect("ATTRIBUTES : DECISION");
            cases += 1;
            for (way, pdp) in &all {
                let found = told(&pdp.decide(&request(attributes)));
                if found != expected {
                    let name = path.file_stem().unwrap_or_default().display();
                    differ.push(format!("{name}, {way}: {line}; found {found}"));
                }
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert!(cases > 80, "the cases are there");
}

/// What is printed is of 3.0: where that decides otherwise, a comment says so.
#[test]
fn what_is_printed_says_where_it_decides_otherwise() {
    let printed = |text: &str| Document::from_xml(text).expect("is read").to_xml();
    let mut otherwise = 0;
    for path in policies() {
        let read = |path: &Path| fs::read_to_string(path).expect("is text");
        let policy = read(&path);
        let library = path.with_extension("library.xml");
        let library = library.exists().then(|| read(&library));
        let (main, other) = (printed(&policy), library.as_deref().map(printed));
        let pdp = |policy: &str, library: Option<&str>| every_way(policy, library).swap_remove(0).1;
        let (before, after) = (
            pdp(&policy, library.as_deref()),
            pdp(&main, other.as_deref()),
        );
        let lines = read(&path.with_extension("cases"));
        for line in lines.lines().filter(|line| !line.starts_with('#')) {
            let (attributes, _) = line.split_once(" : ").expect("ATTRIBUTES : DECISION");
            let asked = request(attributes);
            if told(&before.decide(&asked)) == told(&after.decide(&asked)) {
                continue;
            }
            otherwise += 1;
            let all = [Some(main.as_str()), other.as_deref()];
            let mut all = all.into_iter().flatten();
            let says = all.any(|text| text.contains("<!-- XACML 2.0: "));
            assert!(says, "{}: {line}\n{main}", path.display());
        }
    }
    assert!(otherwise > 15, "most fixtures are about a difference");
}
