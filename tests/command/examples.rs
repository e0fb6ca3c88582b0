//! The examples of `diff`: each can be typed in a shell, and is decided as the change says.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::{code, folder, text, vedtak_in};

/// A sequence of numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % sides
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.roll(all.len())]
    }
}

const CATEGORIES: [&str; 5] = [
    "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:resource",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:action",
    "urn:oasis:names:tc:xacml:3.0:attribute-category:environment",
    "urn:own:subject",
];

const IDS: [&str; 8] = [
    "role",
    "urn:a:role",
    "urn:b:role",
    "urn:a=b:role",
    "urn:oasis:names:tc:xacml:1.0:subject:subject-id",
    "urn:oasis:names:tc:xacml:1.0:action:action-id",
    "urn:oasis:names:tc:xacml:1.0:environment:current-time",
    "-x",
];

const VALUES: [&str; 9] = [
    "a",
    "5",
    "it's",
    "a=b",
    "-a",
    "$HOME `x` \"y\" !",
    "09:00:00Z",
    "two\nlines",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

/// A policy of matches.
fn policy(dice: &mut Dice) -> String {
    let mut rules = String::new();
    for number in 0..=dice.roll(3) {
        let mut matches = String::new();
        for _ in 0..=dice.roll(2) {
            let (category, id) = (dice.of(&CATEGORIES), dice.of(&IDS));
            let (data_type, value) = match id.ends_with("current-time") {
                true => ("time", "09:00:00Z"),
                false => match (dice.roll(4), dice.of(&VALUES)) {
                    (0, "5") => ("integer", "5"),
                    (1, value) if !value.contains(['\n', ' ', '"', ':']) => ("anyURI", value),
                    (_, value) => ("string", value),
                },
            };
            let issuer = if dice.roll(6) == 0 {
                " Issuer='register'"
            } else {
                ""
            };
            let value = value.replace('"', "&quot;");
            let uri = format!("http://www.w3.org/2001/XMLSchema#{data_type}");
            // Writing to a text does not fail.
            let _ = write!(
                matches,
                "<Match MatchId='urn:oasis:names:tc:xacml:1.0:function:{data_type}-equal'>\
                 <AttributeValue DataType='{uri}'>{value}</AttributeValue>\
                 <AttributeDesignator Category='{category}' AttributeId='{id}' DataType='{uri}'{issuer} \
                 MustBePresent='{}'/></Match>",
                dice.roll(5) == 0
            );
        }
        let effect = dice.of(&["Permit", "Deny"]);
        rules += &format!(
            "<Rule RuleId='r{number}' Effect='{effect}'><Target><AnyOf><AllOf>{matches}</AllOf></AnyOf></Target></Rule>"
        );
    }
    format!(
        "<Policy xmlns='urn:oasis:names:tc:xacml:3.0:core:schema:wd-17' PolicyId='p' Version='1.0' \
         RuleCombiningAlgId='urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides'>\
         <Target/>{rules}</Policy>"
    )
}

/// The decision of a request as it is typed, and whether it is typed in words.
fn decided(folder: &Path, policy: &str, example: &str) -> String {
    let (at, request) = match example
        .strip_prefix("at ")
        .and_then(|of| of.split_once(", "))
    {
        Some((at, request)) => (format!(" --at {at}"), request),
        None => (String::new(), example),
    };
    let output = match request.starts_with('{') {
        true => {
            let arguments = format!("decide {policy} -{at}");
            vedtak_in(folder, arguments.split(' '), request.as_bytes())
        }
        false => {
            let line = format!("\"$VEDTAK\" decide {policy} {example}");
            let mut shell = Command::new("sh");
            shell.args(["-c", &line]).current_dir(folder);
            shell.env("VEDTAK", env!("CARGO_BIN_EXE_vedtak"));
            shell.output().expect("there is a shell")
        }
    };
    assert_ne!(code(&output), 2, "{example}: {}", text(&output.stderr));
    let told = text(&output.stdout);
    let is_end = |c: char| !c.is_alphabetic();
    told.split(is_end).next().unwrap_or_default().to_owned()
}

#[test]
fn an_example_can_be_typed_and_is_what_it_claims() {
    let folder = folder("examples");
    let (mut in_words, mut in_json, mut changes) = (0, 0, 0);
    for seed in 0..10 {
        let mut dice = Dice(seed);
        for name in ["old.xml", "new.xml"] {
            std::fs::write(folder.join(name), policy(&mut dice)).expect("can be written");
        }
        let mut arguments = vec!["diff", "old.xml", "new.xml", "--most", "6"];
        if dice.roll(2) == 0 {
            arguments.extend(["--at", "2026-03-02T10:00:00+01:00"]);
        }
        let output = vedtak_in(&folder, &arguments, b"");
        let told = text(&output.stdout);
        assert_ne!(code(&output), 2, "{}", text(&output.stderr));
        let mut change = "";
        for line in told.lines() {
            if let Some(begun) = line.strip_prefix("- ") {
                change = begun;
                changes += 1;
            }
            let Some(example) = line.strip_prefix("  for example: ") else {
                continue;
            };
            match example.contains('{') {
                true => in_json += 1,
                false => in_words += 1,
            }
            let found = ["old.xml", "new.xml"].map(|name| decided(&folder, name, example));
            let expected = format!("{} becomes {}", found[0], found[1]);
            assert!(
                change.starts_with(&expected),
                "{seed}: {expected}: {change}\n{example}"
            );
        }
        arguments.push("--json");
        let output = vedtak_in(&folder, &arguments, b"");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("is JSON");
        for change in json["changes"].as_array().expect("is a list") {
            let example = &change["example"];
            if example.is_object() {
                let at = json["at"].as_str().map(|at| format!("at {at}, "));
                let example = format!("{}{example}", at.unwrap_or_default());
                let found = ["old.xml", "new.xml"].map(|name| decided(&folder, name, &example));
                let expected = ["before", "after"].map(|side| change[side]["decision"].clone());
                assert_eq!(
                    found,
                    expected.map(|of| of.as_str().unwrap_or_default().to_owned())
                );
            }
        }
    }
    println!("{in_words} in words, {in_json} in JSON, of {changes} changes");
    assert!(in_words > 5 && in_json > 5 && changes < (in_words + in_json) * 2);
}
