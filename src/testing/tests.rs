use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::yaml::{Converted, to_json};
use super::{CaseReport, Failure, FileReport, Report};
use crate::error::{Error, Position, Source};
use crate::limits::Limits;

fn convert(text: &str) -> Result<Converted, Error> {
    let source = Source {
        name: "t".into(),
        text,
    };
    to_json(&source, &Limits::default())
}

fn value(text: &str) -> Value {
    let converted = convert(text).unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&converted.text).unwrap_or_else(|error| {
        panic!("{error}: {} is made from {text}", converted.text);
    })
}

fn message(text: &str) -> String {
    let error = convert(text).expect_err(text);
    error.diagnostics()[0].message().to_owned()
}

#[test]
fn nothing_is_guessed() {
    for text in [
        "yes",
        "no",
        "on",
        "Yes",
        "True",
        "NULL",
        "010",
        "0x1f",
        "0o17",
        "1_000",
        "1.10",
        "2.5",
        "1e3",
        "+1",
        "-0",
        ".inf",
        "2026-11-29",
        "10:00:00",
        "=",
        "<<",
        "a b",
    ] {
        assert_eq!(
            value(&format!("k: [{text}]")),
            json!({"k": [text]}),
            "{text}"
        );
    }
    for (text, expected) in [
        ("true", json!(true)),
        ("false", json!(false)),
        ("null", json!(null)),
        ("~", json!(null)),
        ("", json!(null)),
        ("0", json!(0)),
        ("-7", json!(-7)),
        ("310000401", json!(310_000_401)),
        ("'true'", json!("true")),
        ("\"7\"", json!("7")),
        ("|\n  a\n  b\n", json!("a\nb\n")),
        (">-\n  a\n  b\n", json!("a b")),
        ("{}", json!({})),
        ("[]", json!([])),
        ("'it''s'", json!("it's")),
        ("\"\\u00e6\\n\"", json!("æ\n")),
    ] {
        assert_eq!(
            value(&format!("k: {text}")),
            json!({"k": expected}),
            "{text}"
        );
    }
    assert_eq!(value("true: 1\n7: ~\n"), json!({"true": 1, "7": null}));
    let large = "123456789012345678901234567890";
    assert_eq!(convert(large).expect("is a number").text, large);
}

#[test]
fn what_json_cannot_say_is_refused() {
    for (text, expected) in [
        ("a: &x 1\nb: *x\n", "anchors"),
        ("- *x\n", "YAML"),
        ("a: !!str 1\n", "tags"),
        ("--- 1\n--- 2\n", "one document"),
        ("? [a]\n: b\n", "a key is a text"),
        ("", "empty"),
        ("# nothing\n", "empty"),
        ("a: [1\n", "YAML"),
        ("a: 'b\n", "YAML"),
    ] {
        let found = message(text);
        assert!(found.contains(expected), "{text}: {found}");
    }
    let error = convert("æ: 1\nb:\n  - &x 1\n  - &y 2\n").expect_err("has anchors");
    let places = error.diagnostics().iter().map(|problem| {
        let position = problem.position().expect("has a place");
        (position.line, position.column)
    });
    let places: Vec<_> = places.collect();
    assert_eq!(places.len(), 2);
    assert!(
        places.iter().all(|(line, _)| [3, 4].contains(line)),
        "{places:?}"
    );
}

#[test]
fn every_value_has_its_place() {
    let text = "æ: [1, \"ø\"]\nb:\n  - c: d\n    e: 'f'\r\n  - g\n";
    let converted = convert(text).expect("is YAML");
    let starts = converted.places.iter().map(|(made, place)| {
        let made = converted.text[*made as usize..].chars().next();
        let place = text[*place as usize..].chars().next();
        (made.expect("is inside"), place.expect("is inside"))
    });
    for (made, place) in starts {
        let expected: &[char] = match made {
            '{' => &['æ', 'c', '{'],
            '[' => &['[', '-'],
            '"' => &['æ', '"', 'b', 'c', 'd', 'e', '\'', 'g'],
            other => &[other],
        };
        assert!(expected.contains(&place), "{made} is made from {place}");
    }
    assert!(
        converted
            .places
            .windows(2)
            .all(|pair| pair[0].0 < pair[1].0)
    );
}

/// Conversion makes no more than the length of the text, up to a factor, whatever the text.
#[test]
fn hostile_texts_make_no_more_than_their_length() {
    const MANY: usize = 20_000;
    let mut laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in ('b'..='z').zip('a'..) {
        let _ = writeln!(
            laughs,
            "{name}: &{name} [*{of}, *{of}, *{of}, *{of}, *{of}, *{of}, *{of}]"
        );
    }
    let wide = "a: {".to_owned() + &"k: [], ".repeat(MANY) + "}";
    for text in [
        laughs,
        "[".repeat(MANY),
        "{".repeat(MANY),
        "- ".repeat(MANY),
        "? ".repeat(MANY),
        "a: ".repeat(MANY),
        "!".repeat(MANY),
        "&a ".repeat(MANY),
        "*".repeat(MANY),
        "\"".to_owned() + &"\\".repeat(MANY),
        "#".repeat(MANY),
        "\u{feff}".repeat(MANY),
        "\0".repeat(MANY),
        "--- \n".repeat(MANY),
        "- &a x\n".repeat(MANY),
        "- \u{1}\n".repeat(MANY),
        "a: |\n".to_owned() + &"  x\n".repeat(MANY),
        "a: \"".to_owned() + &"\\x01".repeat(MANY) + "\"",
        "%YAML 1.2\n".repeat(MANY),
        wide,
    ] {
        match convert(&text) {
            Ok(made) => {
                assert!(made.text.len() <= 8 * text.len() + 8, "{}", &text[..9]);
                assert!(made.places.len() <= text.len() + 1, "{}", &text[..9]);
            }
            Err(error) => assert!(error.diagnostics().len() <= 100, "{}", &text[..9]),
        }
    }
}

/// A value of JSON, without numbers that are not whole.
fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "(yes|no|true|null|~|1|-|#| |: |a|'|\")".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,6}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Writes a value in the block style, texts in double quotes.
fn block(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let _ = write!(out, "\n{:indent$}-", "");
                block(item, indent + 2, out);
            }
        }
        Value::Object(members) if !members.is_empty() => {
            for (name, value) in members {
                let name = Value::from(name.as_str());
                let _ = write!(out, "\n{:indent$}{name}:", "");
                block(value, indent + 2, out);
            }
        }
        scalar => {
            let _ = write!(out, " {scalar}");
        }
    }
}

proptest! {
    #[test]
    fn yaml_of_a_value_is_that_value(expected in any_value()) {
        let mut text = String::new();
        block(&expected, 0, &mut text);
        prop_assert_eq!(&value(&text), &expected, "{}", text);
    }

    #[test]
    fn no_text_is_too_much(text in "[-a:#\\[\\]{},&*!|>'\"%@` \t\n\u{1}æ?]{0,60}") {
        if let Ok(made) = convert(&text) {
            let read: Result<Value, _> = serde_json::from_str(&made.text);
            prop_assert!(read.is_ok(), "{:?} makes {}", text, made.text);
        }
    }
}

/// A report of one file and one case that fails, with these texts in all places.
fn report(texts: &[String; 6]) -> Report {
    let [file, name, difference, enough, explanation, problem] = texts.clone();
    let position = Position { line: 1, column: 2 };
    let failure = Failure {
        differences: vec![difference],
        enough: vec![enough],
        explanation,
    };
    let case = CaseReport {
        name,
        position,
        notes: vec![texts[2].clone()],
        failure: Some(failure),
    };
    let of_case = FileReport {
        file: file.clone(),
        problems: None,
        cases: vec![case],
        sources: Vec::new(),
    };
    let broken = FileReport {
        file,
        problems: Some(Error::plain(problem)),
        cases: Vec::new(),
        sources: Vec::new(),
    };
    Report {
        files: vec![of_case, broken],
        cover: None,
        not_counted: Vec::new(),
        at_least: None,
    }
}

proptest! {
    #[test]
    fn any_text_is_held_by_every_form(texts in prop::array::uniform6("(?s).{0,12}")) {
        let report = report(&texts);
        let junit = report.to_junit();
        let (_, root) = junit.split_once("?>").expect("has a declaration");
        let read = crate::xml::elements(root.as_bytes(), &Limits::default());
        prop_assert_eq!(read.map(|elements| elements.len()), Ok(1), "{}", junit);
        let json: Value = serde_json::from_str(&report.to_json()).expect("is JSON");
        prop_assert_eq!(&json["files"][0]["cases"][0]["name"], &Value::from(texts[1].as_str()));
    }
}

#[test]
fn characters_that_xml_cannot_hold_are_replaced() {
    let text = "a\u{0}\u{1b}[2K]]>\u{ffff}<&\"'\r\n\t\u{b}";
    let junit = report(&std::array::from_fn(|_| text.to_owned())).to_junit();
    let (_, root) = junit.split_once("?>").expect("has a declaration");
    assert!(
        crate::xml::elements(root.as_bytes(), &Limits::default()).is_ok(),
        "{junit}"
    );
    assert!(
        !junit.contains('\u{1b}') && junit.contains("&lt;&amp;"),
        "{junit}"
    );
}
