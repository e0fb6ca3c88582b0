//! `fixtures/lint`: policies with one kind of probable mistake each, and near it what only resembles
//! one; beside them what the linter says, all of it. `VEDTAK_BLESS=1` writes the texts anew.

pub(crate) mod random;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use vedtak::analysis::lint::{Code, Finding, Level, Lint, RuleFinding, Vocabulary, to_sarif};
use vedtak::attribute::{Designator, category, id};
use vedtak::report::Source;
use vedtak::syntax::{Document, Version};
use vedtak::value::DataType;
use vedtak::{Pdp, ReadOptions};

use crate::bless::difference;
use crate::others::documents_of_other_people;

fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint");
    let entries = fs::read_dir(folder).expect("can be listed");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let is_policy = |path: &PathBuf| path.extension().is_some_and(|end| end == "xml");
    let mut policies: Vec<PathBuf> = paths.filter(is_policy).collect();
    policies.sort();
    policies
}

#[test]
fn the_chapter_shows_what_is_found() {
    let text = fs::read_to_string("fixtures/lint/never-equal.xml").expect("can be read");
    let findings = Lint::new().findings("policy.xml", text).expect("is one");
    let chapter = fs::read_to_string("src/manual/linting.md").expect("can be read");
    assert!(
        chapter.contains(&findings[0].to_string()),
        "{}",
        findings[0]
    );
}

#[test]
fn rules_that_others_together_make_idle_are_found_in_a_pdp_and_in_a_store() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint/whole/redundant.xml");
    let text = fs::read_to_string(&path).expect("can be read");
    let pdp = Pdp::builder().policy("archive.xml", &text);
    let pdp = pdp.build().expect("compiles");
    let linted = pdp.lint(&Lint::new(), 1_000_000);
    assert!(linted.left_out.is_empty() && linted.unanswered.is_none());
    let said: Vec<String> = linted.findings.iter().map(ToString::to_string).collect();
    let wrong = difference(
        path.with_extension("txt"),
        &format!("{}\n", said.join("\n\n")),
    );
    assert!(wrong.is_empty(), "{wrong}");

    let builder = Pdp::builder().root_combining(vedtak::combining::policy::DENY_OVERRIDES);
    let store = builder.explainable().store().expect("is empty");
    store.put("archive.xml", &text).expect("compiles");
    let of_store = store.pdp().lint(&Lint::new(), 1_000_000);
    assert_eq!(of_store.findings, linted.findings);
    assert_eq!(pdp.lint(&Lint::new(), 10).left_out.len(), 1);
}

/// A policy that a set refers to is a part of that, unless it is in the library or is no root.
#[test]
fn parts_that_decide_by_themselves_are_found_in_a_pdp_and_in_a_store() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint/whole");
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("can be read");
    let (set, part) = (text("set.xml"), text("part.xml"));
    let builder = || {
        let builder = Pdp::builder().root_combining(vedtak::combining::policy::DENY_OVERRIDES);
        builder.explainable().policy("set.xml", &set)
    };
    let findings = |pdp: &Pdp| pdp.lint(&Lint::new(), 1_000_000).findings;
    let both = builder().policy("part.xml", &part);
    let found = findings(&both.build().expect("compiles"));
    let said: Vec<String> = found.iter().map(ToString::to_string).collect();
    let wrong = difference(folder.join("part.txt"), &format!("{}\n", said.join("\n\n")));
    assert!(wrong.is_empty(), "{wrong}");
    let store = builder().policy("part.xml", &part).store();
    assert_eq!(findings(&store.expect("compiles").pdp()), found);
    for good in [
        builder().library("part.xml", &part).build(),
        builder().policy("part.xml", &part).root("archive").build(),
    ] {
        assert_eq!(findings(&good.expect("compiles")), []);
    }
}

/// A policy about every request outweighs those beside it, under some algorithms and in some places.
#[test]
fn policies_that_block_the_others_are_found() {
    use vedtak::combining::{policy, rule};
    use vedtak::function::id::STRING_EQUAL;
    use vedtak::syntax::{AttributeDesignator, Match, Policy, PolicySet, Rule, Target};

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/lint/whole");
    let text = |name: &str| fs::read_to_string(folder.join(name)).expect("can be read");
    let (closed, letters) = (text("part.xml"), text("redundant.xml"));
    let found = |algorithm: &str, documents: &[&str]| -> Vec<Finding> {
        let builder = Pdp::builder().root_combining(algorithm);
        let documents = documents.iter().enumerate();
        let builder = documents.fold(builder, |builder, (number, text)| {
            builder.policy(&format!("{number}.xml"), text)
        });
        let pdp = builder.build().expect("compiles");
        let findings = pdp.lint(&Lint::new(), 1_000_000).findings;
        let blocks = |finding: &Finding| finding.code == Code::BlocksOthers;
        findings.into_iter().filter(blocks).collect()
    };
    let mut said = String::new();
    let always = |id: &str, of: Rule| Policy::new(id, rule::FIRST_APPLICABLE).rule(of).to_xml();
    let permits = always("permits", Rule::permit("r"));
    let denies = always("denies", Rule::deny("r"));
    let nobody = || Policy::new("nobody", rule::DENY_UNLESS_PERMIT);
    let role = Designator::new(category::ACCESS_SUBJECT, "role", DataType::String);
    let clerks = Target::new().any_of([Match::new(
        STRING_EQUAL,
        "clerk",
        AttributeDesignator::from(&role),
    )]);
    let about_some = nobody().target(clerks).to_xml();
    let set = PolicySet::new("s", policy::PERMIT_OVERRIDES)
        .child(nobody())
        .to_xml();
    let nobody = nobody().to_xml();
    for (algorithm, documents, number) in [
        (policy::DENY_OVERRIDES, vec![&closed, &letters], 1),
        (policy::PERMIT_UNLESS_DENY, vec![&letters, &denies], 1),
        (policy::PERMIT_OVERRIDES, vec![&permits, &denies], 1),
        (policy::FIRST_APPLICABLE, vec![&permits, &letters], 1),
        (policy::DENY_OVERRIDES, vec![&set, &letters], 1),
        // The last one is meant for the rest.
        (policy::FIRST_APPLICABLE, vec![&letters, &denies], 0),
        // A Deny outweighs nothing.
        (policy::PERMIT_OVERRIDES, vec![&closed, &letters], 0),
        (policy::DENY_UNLESS_PERMIT, vec![&closed, &letters], 0),
        (policy::DENY_OVERRIDES, vec![&about_some, &letters], 0),
        // Nobody else permits.
        (policy::DENY_OVERRIDES, vec![&denies, &nobody], 0),
        (policy::DENY_OVERRIDES, vec![&closed], 0),
    ] {
        let documents: Vec<&str> = documents.into_iter().map(|text| &**text).collect();
        let findings = found(algorithm, &documents);
        assert_eq!(findings.len(), number, "{algorithm} {documents:?}");
        findings
            .iter()
            .for_each(|finding| said += &format!("{finding}\n\n"));
    }
    let wrong = difference(folder.join("blocks.txt"), &said);
    assert!(wrong.is_empty(), "{wrong}");
}

fn vocabulary() -> Vocabulary {
    let role = Designator::new(category::ACCESS_SUBJECT, "role", DataType::String);
    let age = Designator::new(category::ACCESS_SUBJECT, "age", DataType::Integer);
    let action = Designator::new(category::ACTION, id::ACTION_ID, DataType::String);
    let vocabulary = Vocabulary::new().attribute(role).attribute(age);
    vocabulary.single_valued(action)
}

#[test]
fn the_linter_says_what_is_recorded() {
    let mut codes = BTreeSet::new();
    let mut wrong = String::new();
    for path in fixtures() {
        let name = path.file_name().expect("has a name").to_string_lossy();
        let lint = match name.starts_with("vocabulary-") {
            true => Lint::new().vocabulary(vocabulary()),
            false => Lint::new(),
        };
        let text = fs::read_to_string(&path).expect("can be read");
        Pdp::from_xml(&text).unwrap_or_else(|error| panic!("{name} compiles: {error}"));
        let findings = lint.findings(&name, &text);
        let findings = findings.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(findings.is_empty(), name == "clean.xml", "{name}");
        let mut said = String::new();
        for finding in &findings {
            codes.insert(finding.code);
            let _ = writeln!(said, "{finding}\n");
        }
        wrong += &difference(path.with_extension("txt"), &said);
    }
    assert!(wrong.is_empty(), "{wrong}");
    // What is about several documents has its fixtures in `whole`.
    let of_several = [Code::PartDecidesAlone, Code::BlocksOthers];
    let of_one = Code::ALL.iter().filter(|code| !of_several.contains(code));
    assert!(codes.iter().eq(of_one), "each code has a fixture");
}

/// The chapter lists every code as the table has it.
#[test]
fn the_chapter_lists_the_codes() {
    let chapter = include_str!("../../src/manual/linting.md");
    let rows = Code::ALL.iter().map(|code| {
        let (level, explanation, section) = (code.level(), code.explanation(), code.section());
        format!("| `{code}` | {level} | {explanation} | {section} |\n")
    });
    let rows: String = rows.collect();
    assert!(chapter.contains(&rows), "{rows}");
}

#[test]
fn a_host_sets_the_level_of_each_code() {
    let name = "must-be-present-in-target.xml";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/lint")
        .join(name);
    let text = fs::read_to_string(path).expect("can be read");
    let code = Code::MustBePresentInTarget;
    let levels = |lint: Lint| -> Vec<Level> {
        let findings = lint.findings(name, &text).expect("can be read");
        findings.iter().map(|finding| finding.level).collect()
    };
    assert_eq!(levels(Lint::new()), [Level::Note]);
    assert_eq!(
        levels(Lint::new().level(code, Level::Error)),
        [Level::Error]
    );
    assert_eq!(levels(Lint::new().level(code, Level::Allow)), []);
}

#[test]
fn findings_of_another_analysis_are_joined() {
    let name = "shadowed-rule.xml";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/lint")
        .join(name);
    let bytes = fs::read(path).expect("can be read");
    let (document, text) = Document::read_with_text(&bytes, ReadOptions::new()).expect("is one");
    let source = Source {
        name: name.into(),
        text: &text,
    };
    let about = |policy: &str, rule: &str, nth, code| RuleFinding {
        policy: policy.to_owned(),
        version: Version::default(),
        rule: rule.to_owned(),
        nth,
        code,
        message: "found\nelsewhere".to_owned(),
        cure: None,
    };
    let others = [
        about("first", "too-late", 1, Code::ShadowedRule),
        about("first", "reads", 1, Code::UnreachableRule),
        about("first", "reads", 2, Code::UnreachableRule),
        about("first", "none", 1, Code::UnreachableRule),
        about("none", "reads", 1, Code::UnreachableRule),
        RuleFinding {
            version: "2.0".parse().expect("is a version"),
            ..about("first", "everything", 1, Code::UnreachableRule)
        },
    ];
    let findings = Lint::new().document_findings(&document, &source, &others);
    let said = |finding: &Finding| {
        let message = finding.diagnostic.message();
        (finding.code, message == r"found\nelsewhere")
    };
    assert_eq!(
        findings.iter().map(said).collect::<Vec<_>>(),
        [
            (Code::UnreachableRule, true),
            // Why it changes nothing, the linter knows itself.
            (Code::ShadowedRule, false),
            (Code::ShadowedRule, false),
        ]
    );
}

/// SARIF 2.1.0, as far as its schema requires members: §3.13, §3.14, §3.19, §3.27 and §3.49.
#[test]
fn findings_are_written_as_sarif() {
    let policies = fixtures();
    let mut findings = Vec::new();
    for path in &policies {
        let text = fs::read_to_string(path).expect("can be read");
        let name = path.file_name().expect("has a name").to_string_lossy();
        let source = format!("C:\\lint files/{name}");
        findings.extend(Lint::new().findings(&source, text).expect("can be read"));
    }
    let log: serde_json::Value = serde_json::from_str(&to_sarif(&findings)).expect("is JSON");
    assert_eq!(log["version"], "2.1.0");
    let [run] = &log["runs"].as_array().expect("runs")[..] else {
        panic!("one run");
    };
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(run["tool"]["driver"]["name"], "vedtak");
    let mut levels = BTreeMap::new();
    for rule in rules {
        let text = rule["shortDescription"]["text"].as_str().expect("a text");
        assert!(
            text.ends_with('.') && text.starts_with(char::is_uppercase),
            "{text}"
        );
        assert!(rule["help"]["text"].as_str().is_some());
        levels.insert(
            rule["id"].as_str(),
            rule["defaultConfiguration"]["level"].as_str(),
        );
    }
    // One more is for documents that cannot be loaded.
    assert_eq!(levels[&Some("invalid-document")], Some("error"));
    assert_eq!(levels.len(), Code::ALL.len() + 1);
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), findings.len());
    for (result, finding) in results.iter().zip(&findings) {
        assert_eq!(levels[&result["ruleId"].as_str()], result["level"].as_str());
        assert!(
            result["message"]["text"]
                .as_str()
                .is_some_and(|text| text.ends_with('.'))
        );
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().expect("a URI");
        assert!(uri.starts_with("C%3A/lint%20files/"), "{uri}");
        let position = finding.diagnostic.position().expect("a position");
        assert_eq!(place["region"]["startLine"], position.line);
        assert_eq!(place["region"]["startColumn"], position.column);
    }
    let none = to_sarif(&[]);
    assert!(none.contains(r#""results":[]"#), "{none}");
}

#[test]
fn findings_beyond_the_limit_are_counted() {
    let rules = r#"<Rule RuleId="r" Effect="Permit"/>"#.repeat(6_000);
    let text = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable">
        <Target/>{rules}</Policy>"#
    );
    // All rules but the first never apply, and have the id of the first.
    let findings = Lint::new().findings("p.xml", &text).expect("can be read");
    assert_eq!(findings.len(), 10_001);
    let last = findings
        .iter()
        .find(|finding| finding.diagnostic.message().contains("not listed"));
    let last = last.expect("says how many").diagnostic.message();
    assert_eq!(last, "1998 more problems are not listed");
}

/// Names in a document cannot forge a line of a report, and are cut.
#[test]
fn names_of_a_document_stay_within_their_line() {
    let long = "x".repeat(10_000);
    let text = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p&#10;Permit" Version="1"
    RuleCombiningAlgId="urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable">
    <Target/><Rule RuleId="a&#10;{long}" Effect="Permit"/><Rule RuleId="a&#10;{long}" Effect="Deny"/>
    <Rule RuleId="&#x9b;1m" Effect="Deny"><Condition><Apply
      FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in"><AttributeValue
      DataType="http://www.w3.org/2001/XMLSchema#string">&#10;forged: line&#10;</AttributeValue><AttributeDesignator
      Category="urn:oasis:names:tc:xacml:3.0:attribute-category:{long}" AttributeId="&#10;" MustBePresent="false"
      DataType="http://www.w3.org/2001/XMLSchema#string"/></Apply></Condition></Rule></Policy>"#
    );
    let lint = Lint::new().vocabulary(vocabulary());
    let findings = lint.findings("p.xml", text).expect("can be read");
    assert!(findings.len() >= 4, "{findings:?}");
    for finding in findings {
        let said = finding.to_string();
        assert!(said.len() < 1500, "{said}");
        assert!(said.lines().count() <= 6, "{said}");
        assert!(
            !said.contains('\u{9b}') && !said.contains("\nforged"),
            "{said}"
        );
    }
}

/// Every policy of the conformance suites and every published one, if they are there: each that can be
/// read is linted. `VEDTAK_SHOW=1` prints what is found.
#[test]
fn policies_of_other_people_are_linted() {
    for (files, least) in documents_of_other_people() {
        let mut counts: BTreeMap<Code, usize> = BTreeMap::new();
        let mut policies = 0;
        for path in files {
            let name = path.display().to_string();
            let bytes = fs::read(&path).expect("can be read");
            let Ok(findings) = Lint::new().findings(&name, bytes) else {
                continue;
            };
            policies += 1;
            for finding in findings {
                *counts.entry(finding.code).or_default() += 1;
                if std::env::var_os("VEDTAK_SHOW").is_some() {
                    println!("{finding}\n");
                }
            }
        }
        println!("{policies} policies: {counts:?}");
        assert!(policies > least, "only {policies}");
    }
}
