//! What answers say of what was given, and what they keep to themselves.

use std::fs;

use serde_json::{Value as Json, json};

use crate::{code, folder, text, vedtak};

const LETTERS: &str = "fixtures/explain/letters.policy.xml";

/// A report of tests is not written over what the tests are made of, nor over the other one.
#[test]
fn reports_are_written_over_no_input() {
    let folder = folder("over");
    for name in ["letters.xml", "letters.test.yaml"] {
        fs::copy(
            format!("fixtures/testing/letters/{name}"),
            folder.join(name),
        )
        .expect("can be copied");
    }
    // A policy beside the tests, which they do not read.
    let other = crate::folder("over-other").join("other.xml");
    fs::copy("examples/letters.xml", &other).expect("can be copied");
    let at = |name: &str| folder.join(name).display().to_string();
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("letters.xml", folder.join("linked.html")).expect("can be made");
        symlink("page.html", folder.join("page2.html")).expect("can be made");
        fs::hard_link(folder.join("letters.xml"), folder.join("hard.html")).expect("can be made");
    }
    let files = || {
        let all = fs::read_dir(&folder).expect("can be listed");
        let mut all: Vec<_> = all
            .map(|one| one.expect("can be listed").path())
            .map(|path| (path.clone(), fs::read(path).ok()))
            .collect();
        all.sort();
        all
    };
    let before = files();
    let tests = at("letters.test.yaml");
    let own = at("./letters.test.yaml");
    let mut refused = vec![
        vec!["--junit".to_owned(), at("letters.xml")],
        vec!["--html".to_owned(), at("letters.xml")],
        vec!["--html".to_owned(), own],
        vec!["--junit".to_owned(), other.display().to_string()],
        ["--html", &at("page.html"), "--junit", &at("./page.html")]
            .map(str::to_owned)
            .to_vec(),
        ["--html", "-", "--junit", "-"].map(str::to_owned).to_vec(),
    ];
    if cfg!(unix) {
        refused.push(vec!["--html".to_owned(), at("linked.html")]);
        refused.push(vec!["--html".to_owned(), at("hard.html")]);
        refused.push(
            ["--html", &at("page.html"), "--junit", &at("page2.html")]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    for options in refused {
        let arguments = ["test".to_owned(), tests.clone()];
        let output = vedtak(arguments.iter().chain(&options), b"");
        let told = text(&output.stderr);
        assert_eq!(code(&output), 2, "{options:?}: {told}");
        assert!(told.contains("nothing was written"), "{options:?}: {told}");
        assert_eq!(files(), before, "{options:?}");
        let kept = fs::read(&other).expect("is there");
        assert_eq!(kept, fs::read("examples/letters.xml").expect("is there"));
    }
    let output = vedtak(["test", &tests, "--junit", "-"], b"");
    let told = text(&output.stdout);
    assert!(told.starts_with("<?xml"), "{told}{}", text(&output.stderr));
    assert_eq!(files(), before);
    // A report takes the place of an earlier one.
    for _ in 0..2 {
        let output = vedtak(["test", &tests, "--html", &at("page.html")], b"");
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    }
}

/// What is given of what is asked for does not count, and that is told.
#[test]
fn who_says_what_does_not_count() {
    let facts = folder("facts").join("facts.json");
    fs::write(&facts, r#"{"subject": {"*": {"role": "porter"}}}"#).expect("can be written");
    let facts = facts.display().to_string();
    for (arguments, is_told) in [
        (&["-a", "read", "-s", "role=porter"][..], true),
        (&["-a", "read", "--attributes", &facts], true),
        (&["-s", "role=porter", "--of", "action"], false),
        (&["-a", "read"], false),
    ] {
        let output = vedtak([&["who", LETTERS], arguments].concat(), b"");
        let told = text(&output.stderr);
        let said = "`role` of the subject: what is given of it does not count";
        assert_eq!(told.contains(said), is_told, "{arguments:?}: {told}");
    }
    let request = json!({
        "subject": {"type": "user", "id": "a", "properties": {"role": "clerk"}},
        "action": {"name": "read"},
        "resource": {"type": "t", "id": "r", "properties": {"secrecy": null}},
    });
    let output = vedtak(
        ["who", LETTERS, "-", "--of", "action"],
        request.to_string().as_bytes(),
    );
    let told = text(&output.stdout);
    assert!(!told.contains("which the request lacks"), "{told}");
    assert!(told.contains("which cannot be used: it is null"), "{told}");
}

/// The reasons of several decisions that differ are all told with the one that they come to.
#[test]
fn a_combined_decision_has_its_reasons() {
    let subject = |role: &str| json!({"Attribute": [{"AttributeId": "role", "Value": role}]});
    let request = json!({"Request": {
        "CombinedDecision": true,
        "AccessSubject": [subject("manager"), subject("clerk")],
        "Action": {"Attribute": [{
            "AttributeId": "urn:oasis:names:tc:xacml:1.0:action:action-id", "Value": "read",
        }]},
    }});
    let policy = "examples/letters.xml";
    let output = vedtak(["decide", policy, "-"], request.to_string().as_bytes());
    let told = text(&output.stdout);
    assert_eq!(code(&output), 1, "{told}{}", text(&output.stderr));
    for part in [
        "Indeterminate",
        "\n  Permit: Rule `",
        "\n  Deny: in Policy `",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

/// A policy and a policy set of one id, and two versions of equal numbers, may not be told apart.
#[test]
fn what_may_mean_two_policies_is_refused() {
    let folder = folder("two-of-one-id");
    let xmlns = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";
    let of = "urn:oasis:names:tc:xacml:3.0";
    let policy = |id: &str, version: &str| {
        format!(
            "<Policy xmlns=\"{xmlns}\" PolicyId=\"{id}\" Version=\"{version}\" \
             RuleCombiningAlgId=\"{of}:rule-combining-algorithm:deny-overrides\"><Target/>\
             <Rule RuleId=\"{version}\" Effect=\"Permit\"/></Policy>"
        )
    };
    let set = |parts: &str| {
        format!(
            "<PolicySet xmlns=\"{xmlns}\" PolicySetId=\"root\" Version=\"1.0\" \
             PolicyCombiningAlgId=\"{of}:policy-combining-algorithm:deny-overrides\"><Target/>{parts}</PolicySet>"
        )
    };
    let reference = "<PolicyIdReference>a</PolicyIdReference>";
    for (name, files, options, part) in [
        (
            "versions",
            [
                ("root.xml", set(reference)),
                ("a.xml", policy("a", "1.0")),
                ("b.xml", policy("a", "1.00")),
            ],
            &["-a", "read"][..],
            "has the id `a` and the version `1.00`, too",
        ),
        (
            "kinds",
            [
                ("root.xml", set(reference)),
                ("a.xml", policy("a", "1.0")),
                ("b.xml", policy("root", "1.0")),
            ],
            &["-a", "read", "--root", "root"],
            "a Policy and a PolicySet have the id `root`",
        ),
    ] {
        let here = folder.join(name);
        fs::create_dir_all(&here).expect("can be made");
        for (file, text) in files {
            fs::write(here.join(file), text).expect("can be written");
        }
        let here = here.display().to_string();
        let output = vedtak([&["decide", &here], options].concat(), b"");
        let told = text(&output.stderr);
        assert_eq!(code(&output), 2, "{name}: {told}");
        assert!(told.contains(part), "{name}: {told}");
    }
}

/// The number of a person is in no message whole, wherever it was typed.
#[test]
fn numbers_of_people_are_not_repeated() {
    let folder = folder("numbers");
    let file = folder.join("a.test.yaml");
    let cases = "policies: [letters.xml]\ncases:\n\
                 - {name: a, who: \"identifier-no:22847318547\", action: read, expected: Deny}\n";
    fs::write(&file, cases).expect("can be written");
    fs::copy("examples/letters.xml", folder.join("letters.xml")).expect("can be copied");
    let file = file.display().to_string();
    for arguments in [
        &["test", &file][..],
        &["test", &file, "--json"],
        &["who", "--of", "22847318547"],
        &["completions", "bash", "22847318547"],
        &["completions", "bash", "22847318547", "--json"],
    ] {
        let output = vedtak(arguments, b"");
        let told = [text(&output.stdout), text(&output.stderr)].concat();
        assert_eq!(code(&output), 2, "{arguments:?}: {told}");
        assert!(!told.contains("22847318547"), "{arguments:?}: {told}");
        if arguments.contains(&"--json") {
            let json: Result<Json, _> = serde_json::from_slice(&output.stdout);
            assert!(json.is_ok(), "{told}");
        }
    }
}

/// Characters that nobody sees are escapes.
#[test]
fn controls_of_formats_are_escapes() {
    for hidden in ["\u{1bca0}", "\u{13430}", "\u{202e}"] {
        let role = format!("role={hidden}");
        let output = vedtak(["decide", LETTERS, "-a", "read", "-s", &role], b"");
        let told = [text(&output.stdout), text(&output.stderr)].concat();
        assert!(!told.contains(hidden), "{told:?}");
        assert!(told.contains(r"\u{"), "{told:?}");
    }
}
