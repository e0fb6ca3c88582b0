//! Files of ALFA that are wrong or too large: what is told of them, and where.
//!
//! In `fixtures/alfa/errors`, `NAME.txt` is the error of `NAME.alfa`, which `VEDTAK_BLESS=1` writes anew.

use std::fs;

use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::syntax::Document;
use vedtak::syntax::alfa::{read, write};
use vedtak::{Limits, Pdp, ReadOptions, Request};

use super::fixtures;
use crate::bless::difference;
use crate::normal::normal;

#[test]
fn errors_read_as_recorded() {
    let mut differences = String::new();
    for path in fixtures("errors") {
        let bytes = fs::read(&path).expect("can be read");
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("is a name");
        let error = read(bytes, ReadOptions::new().source(name)).expect_err(name);
        differences += &difference(path.with_extension("txt"), &format!("{error}\n"));
    }
    assert!(differences.is_empty(), "{differences}");
}

/// A rule that is broken, or uses what is broken, has no other problem, wherever it is taken in.
#[test]
fn problems_of_compiling_are_told_beside_those_of_reading() {
    let rules = r#"namespace a {
    attribute job { id = "job" type = strng category = subjectCat }
    attribute name { id = "name" type = string category = subjectCat }
    rule broken { permit condition stringEqual(name, "a") target clause nothing == "b" }
    rule uses { permit condition stringEqual("a", job) }
}"#;
    let policies = r#"namespace a {
    policy p { apply denyOverrides  broken  uses }
    policy q { apply denyOverrides  rule r { permit condition stringEqual(name, "a") } }
}
policy s { apply denyOverrides"#;
    let files = [
        ("p.alfa", policies.as_bytes()),
        ("r.alfa", rules.as_bytes()),
    ];
    let xml =
        include_str!("../../../examples/letters.xml").replace(":string-equal", ":strng-equal");
    let pdp = Pdp::builder().policy("letters.xml", xml).alfa(files);
    let error = pdp.root_combining(DENY_OVERRIDES).build();
    let error = error.expect_err("has problems");
    let places = error.diagnostics().iter().map(|problem| {
        let source = problem.source().unwrap_or_default();
        format!("{source}:{}", problem.position().map_or(0, |at| at.line))
    });
    let places: Vec<String> = places.collect();
    let expected = [
        "letters.xml:9",
        "letters.xml:14",
        "p.alfa:3",
        "p.alfa:5",
        "r.alfa:2",
        "r.alfa:4",
    ];
    assert_eq!(places, expected, "{error}");
}

/// Of a file that compiles, one word is left out: if that cannot be read, there is no other problem.
#[test]
fn what_follows_from_a_problem_of_reading_is_not_told() {
    let built = |text: &str| {
        let pdp = Pdp::builder().alfa([("p.alfa", text.as_bytes())]);
        pdp.root_combining(DENY_OVERRIDES).build()
    };
    let (mut files, mut unread) = (0, 0);
    for name in ["documents", "first", "library", "literals", "operators"] {
        let text = fs::read_to_string(format!("fixtures/alfa/{name}.alfa"));
        let text = text.expect("is text");
        if built(&text).is_err() {
            continue;
        }
        files += 1;
        let is_in_word = |c: char| c.is_alphanumeric() || c == '"';
        let mut begin = 0;
        while let Some(first) = text[begin..].chars().next() {
            let rest = &text[begin..];
            let length = match is_in_word(first) {
                true => rest.find(|c| !is_in_word(c)).unwrap_or(rest.len()),
                false => first.len_utf8(),
            };
            let end = begin + length;
            let without = text[..begin].to_owned() + &text[end..];
            let word = &text[begin..end];
            begin = end;
            if word.trim().is_empty() {
                continue;
            }
            let Err(of_reading) = read(&without, ReadOptions::new().source("p.alfa")) else {
                continue;
            };
            unread += 1;
            let all = built(&without).expect_err("cannot be read");
            assert_eq!(
                all.diagnostics(),
                of_reading.diagnostics(),
                "{name} without `{word}` at {begin}: {all}"
            );
        }
    }
    assert!(files > 2 && unread > 200, "{files} files, {unread} faults");
}

/// What is nested is bounded, however it is nested, and so is what a name stands for.
#[test]
fn limits_hold() {
    let many = 100_000;
    let wrapped = |text: String| {
        format!("policy p {{ apply firstApplicable rule r {{ permit condition {text} }} }}")
    };
    let too_deep = [
        wrapped("(".repeat(many)),
        wrapped("not(".repeat(many)),
        wrapped(format!("1{}", " + 1".repeat(many))),
        wrapped(format!("true{}", " && (true || true".repeat(many))),
        "namespace a {".repeat(many),
        "policyset a { apply firstApplicable ".repeat(many),
        "policy a { rule b {".repeat(many),
    ];
    for text in too_deep {
        let error = read(&text, ReadOptions::new())
            .expect_err("is too deep")
            .to_string();
        assert!(error.lines().count() < 500, "{error}");
        let is_limited = error.contains("`Limits::depth`") || text.starts_with("policy a { rule");
        assert!(is_limited, "{}", &error[..300]);
    }
    let mut limits = Limits::default();
    limits.depth = 10_000;
    let deepest = |levels: usize| {
        let sets = "policyset { apply firstApplicable ".repeat(levels);
        let condition = format!("{}true{}", "not(".repeat(levels), ")".repeat(levels));
        let policy = wrapped(condition);
        format!("{sets}{}{policy}", "}".repeat(levels))
    };
    let options = ReadOptions::new().limits(&limits);
    let documents = read(deepest(197), options).unwrap_or_else(|error| panic!("{error}"));
    let text = write(&documents).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(read(text, options), Ok(documents));
    assert!(read(deepest(198), options).is_err());

    // A long name that is used often, and a large rule that is taken in often.
    limits = Limits::default();
    limits.bytes = 20_000;
    let text = format!(
        "attribute x {{ id = \"{}\" type = string category = subjectCat }} policy p {{ apply firstApplicable \
         rule r {{ permit target clause x == \"a\" {} }} }}",
        "x".repeat(3_000),
        "or x == \"a\" ".repeat(100)
    );
    let error = read(&text, ReadOptions::new().limits(&limits))
        .expect_err("is large")
        .to_string();
    assert!(
        error.contains("the limit is 20000 bytes (`Limits::bytes`)"),
        "{error}"
    );
    limits = Limits::default();
    limits.elements = 5_000;
    let text = format!(
        "rule r {{ permit condition true {} }} policy p {{ apply firstApplicable {} }}",
        "or true ".repeat(100),
        "r ".repeat(100)
    );
    let error = read(&text, ReadOptions::new().limits(&limits))
        .expect_err("is large")
        .to_string();
    assert!(
        error.contains("the limit is 5000 (`Limits::elements`)"),
        "{error}"
    );
}

#[test]
fn the_chapter_shows_a_file_and_what_is_wrong_with_another() {
    let text = |path: &str| fs::read_to_string(path).expect("is text");
    let chapter = text("src/manual/alfa.md");
    assert!(chapter.contains(&text("fixtures/alfa/first.alfa")));
    let shown = chapter.split("```text\n").last().expect("has a block");
    let shown = shown.split("```").next().expect("ends");
    assert!(
        text("fixtures/alfa/errors/unknown-names.txt").contains(shown),
        "{shown}"
    );
}

/// Files with parts that are gone, doubled or exchanged are read or refused; what is read is printed.
#[test]
fn spoilt_files_are_refused_in_good_order() {
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % (below.max(1) as u64)).expect("is small")
    };
    let mut files = fixtures("");
    files.extend(fixtures("errors"));
    let texts: Vec<String> = files
        .iter()
        .map(|path| fs::read_to_string(path).expect("is text"))
        .collect();
    let (mut read_well, mut refused) = (0, 0);
    for round in 0..1_500 {
        let text = &texts[round % texts.len()];
        let mut parts: Vec<&str> = text
            .split_inclusive(|c: char| !c.is_alphanumeric())
            .collect();
        let other = &texts[random(texts.len())];
        let others: Vec<&str> = other
            .split_inclusive(|c: char| !c.is_alphanumeric())
            .collect();
        for _ in 0..=random(3) {
            let at = random(parts.len());
            match random(4) {
                0 if parts.len() > 1 => drop(parts.remove(at)),
                1 => parts.insert(at, others[random(others.len())]),
                2 => {
                    parts[at] =
                        ["{", "}", "(", ")", "[", "\"", "/*", "\u{0}", ".*", "-", "æ"][random(11)]
                }
                _ => parts.truncate(at.max(1)),
            }
        }
        let spoilt = parts.concat();
        match read(&spoilt, ReadOptions::new()) {
            Ok(documents) => {
                read_well += 1;
                let printed = write(&documents).unwrap_or_else(|error| panic!("{error}\n{spoilt}"));
                let again = read(&printed, ReadOptions::new());
                let again = again.unwrap_or_else(|error| panic!("{error}\n{spoilt}"));
                let documents: Vec<Document> = documents.into_iter().map(normal).collect();
                assert_eq!(again, documents, "{spoilt}");
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    assert!(read_well > 20 && refused > 500, "{read_well} {refused}");
}

/// The places of what is wrong, and of what is explained and counted, are those of the files.
#[test]
fn places_are_those_of_the_files() {
    let names = r#"namespace a {
        attribute job { id = "job" type = string category = subjectCat }
        rule shared { permit target clause job == "nurse" condition not(job == "x") && not(job == "y") }
    }"#;
    let policies = |function: &str| {
        format!(
            r#"// æ
namespace a {{
    function {function} = "urn:{function}" : anyAtomicOrBag* -> boolean
    rule near {{ permit condition job == "near" }}
    policy p {{
        target clause job == " nurse"
        apply denyUnlessPermit
        rule r {{ permit condition {function}(job, "a") }}
        shared
        near
    }}
    policy q {{ apply denyOverrides  near }}
}}"#
        )
    };
    let built = |function: &str| {
        let policies = policies(function);
        let files = [
            ("policies.alfa", policies.as_bytes()),
            ("names.alfa", names.as_bytes()),
        ];
        let pdp = Pdp::builder().alfa(files);
        pdp.root_combining(DENY_OVERRIDES).build()
    };
    let error = built("nothing").expect_err("is no function").to_string();
    assert!(
        error.starts_with("policies.alfa:8:35: the function `urn:nothing` is not known"),
        "{error}"
    );
    let pdp = built("anyOf").map_err(|error| error.to_string());
    assert!(pdp.is_err_and(|error| error.contains("of the standard")));

    let good = policies("nothing").replace("nothing(job, \"a\")", "job == \"a\"");
    let files = [
        ("policies.alfa", good.as_bytes()),
        ("names.alfa", names.as_bytes()),
    ];
    let pdp = Pdp::builder().alfa(files);
    let pdp = pdp.root_combining(DENY_OVERRIDES).build();
    let pdp = pdp.unwrap_or_else(|error| panic!("{error}"));
    let linted = pdp.lint(&vedtak::analysis::lint::Lint::new(), 1_000_000);
    let places = linted.findings.iter().map(|finding| {
        let at = finding.diagnostic.position().expect("is in a file");
        let file = finding.diagnostic.source().expect("is in a file");
        (finding.code.as_str(), format!("{file}:{at}"))
    });
    let places: Vec<(&str, String)> = places.collect();
    let blanks = ("blanks-around-value", "policies.alfa:6:30".to_owned());
    assert!(places.contains(&blanks), "{places:?}");
    assert!(
        places
            .iter()
            .all(|(_, place)| place.starts_with("policies.alfa:")),
        "{places:?}"
    );

    let request = Request::builder().subject("job", "near").build();
    let cover = pdp.cover([&request]);
    let places = cover.elements.iter().map(|one| {
        (
            one.element.as_str(),
            one.name.as_str(),
            one.place.position.to_string(),
            one.reached,
        )
    });
    let places: Vec<_> = places.collect();
    let mut distinct = places.clone();
    distinct.sort_unstable();
    distinct.dedup_by_key(|one| (one.0, one.2.clone()));
    assert_eq!(distinct.len(), places.len(), "{places:?}");
    for (element, name, place) in [
        ("Policy", "a.p", "5:5"),
        ("Rule", "r", "8:9"),
        ("Rule", "shared", "9:9"),
        ("Rule", "near", "10:9"),
        ("Policy", "a.q", "12:5"),
        ("Rule", "near", "12:37"),
    ] {
        let is_there = |one: &(&str, &str, String, usize)| {
            (one.0, one.1, one.2.as_str()) == (element, name, place)
        };
        assert!(places.iter().any(is_there), "{element} {name}: {places:?}");
    }
    // The condition of the rule that both take in is one, and `p` does not reach it.
    let condition = places
        .iter()
        .find(|one| one.0 == "Condition" && one.2.starts_with("4:"));
    assert_eq!(condition.map(|one| one.3), Some(1), "{places:?}");
    let texts = cover.annotated();
    assert_eq!(texts.matches("policies.alfa").count(), 1, "{texts}");
}
