use proptest::prelude::*;

use super::*;
use crate::json::Writer;

fn read(text: &str) -> Result<(), Error> {
    Document::read(
        &"t".into(),
        text,
        &Limits::default(),
        &JsonDialect::PROFILE,
        |_, _| (),
    )
}

/// The first problem of a text: its place, its path and its message.
fn fault(text: &str) -> (usize, String, String) {
    let error = read(text).expect_err(text);
    let first = &error.diagnostics()[0];
    let column = first.position().expect("has a place").column;
    (column, first.path().to_owned(), first.message().to_owned())
}

#[test]
fn what_is_no_json_is_told_where_and_why() {
    for (text, column, path, message) in [
        ("", 1, "", "expected a value, but the document ends here"),
        (
            "{",
            2,
            "",
            "expected the name of a member in double quotes, but the document ends here",
        ),
        (
            "{'a': 1}",
            2,
            "",
            "expected the name of a member in double quotes, found `'`",
        ),
        ("{\"a\" 1}", 6, "a", "expected `:`, found `1`"),
        (
            "{\"a\": 1 \"b\"}",
            9,
            "a",
            "expected `,` or `}`, found `\"`",
        ),
        (
            "{\"a\": [1, 2",
            12,
            "a[1]",
            "expected `,` or `]`, but the document ends here",
        ),
        (
            "{\"a\": [1, ]}",
            11,
            "a[0]",
            "a comma stands before `]`; JSON has none after the last value",
        ),
        (
            "{\"a\": 1, }",
            10,
            "a",
            "a comma stands before `}`; JSON has none after the last member",
        ),
        ("<Request/>", 1, "", "this is XML, where JSON is expected"),
        (
            "{\"a\": {\"b\": tru}}",
            13,
            "a.b",
            "expected a value, found `t`",
        ),
        (
            "[1] 2",
            5,
            "[0]",
            "expected the end of the document, found `2`",
        ),
        ("01", 2, "", "expected the end of the document, found `1`"),
        ("[1.]", 4, "", "expected a digit, found `]`"),
        ("[-]", 3, "", "expected a digit, found `]`"),
        ("[NaN]", 2, "", "expected a value, found `N`"),
        (
            "[\"a\nb\"]",
            4,
            "",
            "the character U+000A must be escaped in a string",
        ),
        ("[\"ab", 2, "", "the string that begins here does not end"),
        (
            "[\"\\x\"]",
            3,
            "",
            "`\\` begins an escape that JSON does not have",
        ),
        (
            "[\"\\u00g0\"]",
            3,
            "",
            "`\\u` needs four hexadecimal digits",
        ),
        ("[\"\\ud800\"]", 3, "", "this escape is half a character"),
        (
            "[\"\\ud800\\u0041\"]",
            3,
            "",
            "this escape is half a character",
        ),
        ("[\"\\udc00\"]", 3, "", "this escape is half a character"),
    ] {
        let expected = (column, path.to_owned(), message.to_owned());
        assert_eq!(fault(text), expected, "{text}");
    }
}

#[test]
fn escapes_are_the_characters_they_stand_for() {
    let text = r#"["\"\\\/\b\f\n\r\t\u00e6\uD83D\uDE00\u0000x"]"#;
    let expected: Vec<String> = serde_json::from_str(text).expect("is JSON");
    let read = Document::read(
        &"t".into(),
        text,
        &Limits::default(),
        &JsonDialect::PROFILE,
        |json, root| {
            let first = json.items(root).next(json).expect("is there");
            json.text(first).into_owned()
        },
    );
    assert_eq!(read.expect("is JSON"), expected[0]);
}

#[test]
fn limits_are_kept() {
    let within = |text: &str, limits: &Limits| {
        Document::read(&"t".into(), text, limits, &JsonDialect::PROFILE, |_, _| ())
    };
    let mut limits = Limits {
        depth: 3,
        ..Limits::default()
    };
    assert!(within("[[[1]]]", &limits).is_ok());
    let error = within("[[[[1]]]]", &limits).expect_err("is too deep");
    assert!(error.to_string().contains("the limit is 3"), "{error}");
    limits.elements = 4;
    assert!(within("[1,2,3]", &limits).is_ok());
    let error = within("[1,2,3,4]", &limits).expect_err("are too many");
    assert!(error.to_string().contains("too many values"), "{error}");
    // Whatever the host asks for, depth ends somewhere; and the reader does not recurse.
    limits.depth = usize::MAX;
    assert!(within(&"[".repeat(1_000_000), &limits).is_err());
}

#[test]
fn members_are_told_apart() {
    let text = r#"{"First": 1, "Secnod": {"Second": 2}, "First": 3, "T\u0068ird": null, "x y": 4}"#;
    let problems = |dialect: &JsonDialect| {
        let read = Document::read(
            &"t".into(),
            text,
            &Limits::default(),
            dialect,
            |json, root| {
                let found = json.members(root, "it", ["First", "Second", "Third"], &["Third"]);
                let [first, second, third] = found.expect("is an object");
                assert_eq!(json.raw(first.expect("is there")), "1");
                json.required(root, "it", second, "Second");
                assert_eq!(third.is_none(), dialect.empty_is_absent);
            },
        );
        let error = read.expect_err("has problems");
        let all = error.diagnostics().iter();
        let all = all.map(|d| (d.path().to_owned(), d.message().to_owned()));
        all.collect::<Vec<_>>()
    };
    let problem = |path: &str, message: &str| (path.to_owned(), message.to_owned());
    let twice = problem("First", "it has the member `First` twice");
    assert_eq!(
        problems(&JsonDialect::PROFILE),
        [
            problem(
                "Secnod",
                "it has no member `Secnod`; did you mean `Second`?"
            ),
            twice.clone(),
            problem(
                "x y",
                "it has no member `x y`; it may have `First`, `Second` or `Third`"
            ),
        ]
    );
    let dialect = JsonDialect {
        any_case: true,
        ignores_unknown: true,
        empty_is_absent: true,
        renamed: &[("SECNOD", "Second")],
        ..JsonDialect::PROFILE
    };
    assert_eq!(problems(&dialect), [twice]);
}

#[test]
fn what_is_ignored_has_no_member_twice_either() {
    let dialect = JsonDialect {
        ignores_unknown: true,
        ..JsonDialect::PROFILE
    };
    let text = r#"{"x": [{"a": 1}, {"b": {"c": 1, "c": 2}}], "x": 1}"#;
    let read = Document::read(
        &"t".into(),
        text,
        &Limits::default(),
        &dialect,
        |json, root| {
            json.members(root, "it", ["One"], &[]);
        },
    );
    let error = read.expect_err("has problems");
    let paths: Vec<&str> = error.diagnostics().iter().map(|d| d.path()).collect();
    assert_eq!(paths, ["x[1].b.c", "x"]);
}

/// Texts that are JSON, or nearly.
fn near_json() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just(" "),
        Just("\n"),
        Just("\"a\""),
        Just("\"\\u00e6\\ud83d\\ude00\""),
        Just("\"\\ud83d\""),
        Just("1"),
        Just("-0.5e+3"),
        Just("01"),
        Just("1."),
        Just("true"),
        Just("nul"),
        Just("null"),
        Just("\"a\":"),
        Just("\"æ\\n\""),
        Just("\u{1}"),
        Just("\""),
    ];
    prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn what_is_json_is_what_others_say_it_is(text in near_json()) {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        // A number that no double holds is JSON (RFC 8259, section 6), but not to serde_json.
        let range = |e: &serde_json::Error| e.to_string().starts_with("number out of range");
        prop_assume!(!theirs.as_ref().is_err_and(range));
        prop_assert_eq!(read(&text).is_ok(), theirs.is_ok(), "{}", text);
    }

    #[test]
    fn strings_read_back(text in ".*") {
        let mut writer = Writer::new(&JsonDialect::PROFILE);
        writer.string(&text);
        let written = writer.finish();
        prop_assert_eq!(serde_json::from_str::<String>(&written).expect("is JSON"), text.clone());
        let limits = Limits::default();
        let read = Document::read(&"t".into(), &written, &limits, &JsonDialect::PROFILE, |json, root| {
            json.text(root).into_owned()
        });
        prop_assert_eq!(read.expect("is JSON"), text);
    }
}
