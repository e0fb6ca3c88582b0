//! Files that an attacker could have made, and answers that must not say less than is so.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};

use crate::{code, folder, text, vedtak};

const POLICY: &str = include_str!("../../examples/letters.xml");

/// A policy and its test, which says `Deny` where a second policy denies.
const TEST: &str = "combining: deny-overrides\ncases:\n  - name: a manager reads\n    subject: {role: manager}\n    action: read\n    expect: ";

fn write(file: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    fs::write(file, bytes).expect("can be written");
}

/// A policy that denies everything.
fn denying(id: &str) -> String {
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="{id}" Version="1.0" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/><Rule RuleId="r" Effect="Deny"/></Policy>"#
    )
}

#[test]
fn documents_are_printed_as_they_are() {
    let policy = denying("p").replace("<Target/>", "<Description>a\u{7f}b</Description><Target/>");
    // One form is canonical: what nobody sees is a reference there.
    for (arguments, shown) in [
        (&["fmt", "-"][..], "a&#x7F;b"),
        (&["alfa", "-"], "a\u{7f}b"),
        (&["fmt", "-", "--json"], "a&#x7F;b"),
    ] {
        let output = vedtak(arguments, policy.as_bytes());
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert!(text(&output.stdout).contains(shown), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_is_written_anew_beside_others() {
    let folder = folder("beside");
    let [file, victim] = ["night.xml", "victim"].map(|name| folder.join(name));
    fs::copy("fixtures/command/unformatted.xml", &file).expect("can be copied");
    write(&victim, "kept");
    std::os::unix::fs::symlink("victim", folder.join("night.xml.new")).expect("can be made");
    let output = vedtak(["fmt", &file.display().to_string(), "--write"], b"");
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(&victim).expect("is there"), "kept");
    assert!(folder.join("night.xml.new").is_symlink());
    assert_eq!(fs::read_dir(&folder).expect("can be listed").count(), 3);
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_of_tests_lead_nowhere_twice() {
    let folder = folder("circles");
    write(folder.join("letters.xml"), POLICY);
    write(folder.join("letters.test.yaml"), format!("{TEST}Permit\n"));
    for link in ["a", "b"] {
        std::os::unix::fs::symlink(".", folder.join(link)).expect("can be made");
    }
    let output = vedtak(["test", &folder.display().to_string()], b"");
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("1 case"),
        "{}",
        text(&output.stdout)
    );
}

/// Whatever is wrong with an argument, the message repeats it without what a terminal obeys.
#[test]
fn an_argument_that_is_none_does_not_change_the_terminal() {
    let hidden = [
        "\u{1b}[8m\u{1b}[2J",
        "\u{1b}]0;title\u{7}",
        "\u{9b}2J",
        "\u{202e}",
        "\u{8}\u{8}",
    ];
    for hidden in hidden {
        let bad = format!("x{hidden}");
        let (long, equal) = (format!("--{bad}"), format!("--json={bad}"));
        let short = format!("-{hidden}");
        for arguments in [
            &["check", &long][..],
            &["check", &short],
            &["check", "a.xml", &equal],
            &[&bad],
            &["altinn", &bad],
            &["completions", &bad],
            &["check", "a.xml", "--allow", &bad],
            &["check", "a.xml", "--budget", &bad],
            &["who", "a.xml", "--decision", &bad],
            &["why-not", "a.xml", "--change", &bad],
            &["decide", "a.xml", "--combining", &bad],
            &["decide", "a.xml", "--zone", &bad],
            &["decide", "a.xml", "-s", &bad],
            &["fmt", &bad, &bad, "--write", &bad, "--check", &long],
        ] {
            let output = vedtak(arguments, b"");
            let told = text(&output.stderr);
            assert_eq!(code(&output), 2, "{arguments:?}: {told}");
            let is_obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!told.contains(is_obeyed), "{arguments:?}: {told:?}");
            assert!(output.stdout.is_empty(), "{arguments:?}");
        }
    }
}

#[test]
fn every_policy_of_an_alfa_file_decides_where_it_is_written() {
    let folder = folder("dots");
    let alfa = r#"policy p = "a" { apply permitOverrides rule r { permit } }
policy q = ".." { apply denyOverrides rule stop { deny } }"#;
    let to = folder.join("to").display().to_string();
    let output = vedtak(["alfa", "-", "--to", &to], alfa.as_bytes());
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let output = vedtak(["decide", &to, "-a", "read"], b"");
    assert!(
        text(&output.stdout).starts_with("Deny"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn files_are_written_together_or_not_at_all() {
    let folder = folder("together");
    let old = folder.join("old");
    fs::create_dir_all(folder.join("new\u{202e}")).expect("can be made");
    fs::create_dir(&old).expect("can be made");
    for name in ["a.xml", "b.xml"] {
        fs::copy("fixtures/xacml2/policy.xml", old.join(name)).expect("can be copied");
    }
    let new = folder.join("new\u{202e}");
    write(new.join("b.xml"), "kept");
    let [from, to] = [&old, &new].map(|path| path.display().to_string());
    let output = vedtak(["migrate", &from, "--to", &to], b"");
    assert_eq!(code(&output), 2);
    let told = text(&output.stderr);
    assert!(told.contains("b.xml: it is there already"), "{told}");
    assert!(told.contains("nothing was written"), "{told}");
    assert!(!told.contains('\u{202e}'), "{told}");
    assert!(!new.join("a.xml").exists());
    fs::remove_file(new.join("b.xml")).expect("can be removed");
    let output = vedtak(["migrate", &from, "--to", &to], b"");
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(!text(&output.stdout).contains('\u{202e}'));
}

/// What decides is what is tested.
#[test]
fn a_folder_has_the_same_policies_for_decisions_and_tests() {
    let utf16 = format!("\u{feff}{}", denying("denying"));
    let utf16: Vec<u8> = utf16.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes) in [
        ("deny.XML", denying("denying").into_bytes()),
        ("sub/deny.xml", denying("denying").into_bytes()),
        ("utf16.xml", utf16),
    ] {
        let folder = folder(&format!("same-{}", name.replace('/', "-")));
        fs::create_dir(folder.join("sub")).expect("can be made");
        write(folder.join("letters.xml"), POLICY);
        write(folder.join("a.Test.YAML"), format!("{TEST}Deny\n"));
        write(folder.join(name), bytes);
        let path = folder.display().to_string();
        let output = vedtak(["decide", &path, "-s", "role=manager", "-a", "read"], b"");
        assert!(text(&output.stdout).starts_with("Deny"), "{name}");
        let output = vedtak(["test", &path], b"");
        assert_eq!(code(&output), 0, "{name}: {}", text(&output.stdout));
    }
    let folder = folder("misspelt");
    write(folder.join("letters.xml"), POLICY);
    write(folder.join("a.test.yaml"), format!("{TEST}Permit\n"));
    write(
        folder.join("deny.xml"),
        denying("denying").replace("Policy ", "Polciy "),
    );
    let path = folder.display().to_string();
    for arguments in [&["decide", &path, "-a", "read"][..], &["test", &path]] {
        let output = vedtak(arguments, b"");
        assert_eq!(code(&output), 2, "{arguments:?}: {}", text(&output.stdout));
        let told = format!("{}{}", text(&output.stderr), text(&output.stdout));
        assert!(told.contains("deny.xml"), "{told}");
    }
}

/// A pipe that nobody writes to would be read forever.
#[cfg(unix)]
#[test]
fn a_pipe_in_a_folder_is_refused() {
    let folder = folder("pipe");
    write(folder.join("letters.xml"), POLICY);
    write(folder.join("a.test.yaml"), format!("{TEST}Permit\n"));
    let made = std::process::Command::new("mkfifo")
        .arg(folder.join("pipe.xml"))
        .status();
    assert!(made.is_ok_and(|made| made.success()));
    let path = folder.display().to_string();
    for arguments in [&["check", &path][..], &["test", &path], &["fmt", &path]] {
        let output = vedtak(arguments, b"");
        assert_eq!(code(&output), 2, "{arguments:?}");
        let told = format!("{}{}", text(&output.stderr), text(&output.stdout));
        assert!(told.contains("pipe.xml: it is no regular file"), "{told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_named_is_read_within_bounds() {
    let folder = folder("bounds");
    let file = folder.join("a.test.yaml");
    write(&file, "policies: /dev/zero\ncases: []\n");
    let path = file.display().to_string();
    let decide = [
        "decide",
        "examples/letters.xml",
        "-a",
        "read",
        "--attributes",
        "/dev/zero",
    ];
    for arguments in [&["test", &path][..], &decide] {
        let output = vedtak(arguments, b"");
        assert_eq!(code(&output), 2);
        let told = format!("{}{}", text(&output.stderr), text(&output.stdout));
        assert!(told.contains("it has more than 67108864 bytes"), "{told}");
    }
}

#[test]
fn facts_are_those_of_an_id_and_are_given_once() {
    let folder = folder("facts");
    let facts = folder.join("facts.json");
    let file = facts.display().to_string();
    let decide = |facts_text: &str, words: &[&str], policy: &str| {
        write(&facts, facts_text);
        let mut arguments = vec!["decide", policy, "-a", "read", "--attributes", &file];
        arguments.extend(words);
        vedtak(arguments, b"")
    };
    let policy = "fixtures/explain/letters.policy.xml";
    let of_kari = r#"{"subject": {"kari": {"role": "clerk"}}}"#;
    assert_eq!(code(&decide(of_kari, &["-s", "kari"], policy)), 0);
    let other = decide(of_kari, &["-s", "ola", "-s", "nickname=kari"], policy);
    assert_eq!(code(&other), 1);
    for (wrong, expected) in [
        (
            r#"{"subject": {"kari": {"role": "guest", "role": "clerk"}}}"#,
            "`role` is given twice",
        ),
        (
            r#"{"subject": {"kari": {"role": "guest", "urn:example:role": "clerk"}}}"#,
            "two names",
        ),
        (
            r#"{"environment": {"kari": {"level": 1}}}"#,
            "`environment` has no ids",
        ),
    ] {
        let output = decide(wrong, &["-s", "kari"], policy);
        assert_eq!(code(&output), 2, "{wrong}");
        assert!(
            text(&output.stderr).contains(expected),
            "{}",
            text(&output.stderr)
        );
    }
    // A designator with an issuer wants the statement of that one.
    let issued = folder.join("issued.xml");
    let text_of = fs::read_to_string(policy).expect("is text");
    let text_of = text_of.replace(
        r#"AttributeId="role""#,
        r#"AttributeId="role" Issuer="urn:office""#,
    );
    write(&issued, text_of);
    let output = decide(of_kari, &["-s", "kari"], &issued.display().to_string());
    assert_eq!(code(&output), 1, "{}", text(&output.stdout));
}

/// AuthZEN has no place for obligations, so that such a Permit is none.
#[test]
fn an_answer_that_is_false_is_not_a_permit() {
    let evaluation = json!({
        "subject": {"type": "user", "id": "kari", "properties": {"role": "clerk"}},
        "action": {"name": "read"},
        "resource": {"type": "letter", "id": "1"},
    });
    let policy = "fixtures/explain/letters.policy.xml";
    let output = vedtak(
        ["decide", policy, "-", "--response"],
        evaluation.to_string().as_bytes(),
    );
    let answer: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(answer["decision"], false);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stderr).contains("under obligations"));
    // A test file asks with the same names.
    let folder = folder("evaluation");
    fs::copy(policy, folder.join("letters.xml")).expect("can be copied");
    let case = json!({"cases": [{"name": "n", "request": evaluation, "expect": "Permit"}]});
    write(folder.join("a.test.json"), case.to_string());
    let output = vedtak(["test", &folder.display().to_string()], b"");
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
}

#[test]
fn broken_alfa_is_found_beside_others() {
    let files = [
        "fixtures/command/misspelt.alfa",
        "fixtures/lint/whole/redundant.xml",
    ];
    let output = vedtak(["check", files[0], files[1]], b"");
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for part in ["misspelt.alfa", "redundant-rule", "in 2 files"] {
        assert!(told.contains(part), "{told}");
    }
    let output = vedtak(["check", files[0], files[1], "--sarif"], b"");
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(code(&output), 1);
    assert_eq!(json["runs"][0]["results"][0]["ruleId"], "invalid-document");
}

#[test]
fn nothing_counted_is_not_enough() {
    let folder = folder("uncounted");
    let empty = r#"<PolicySet xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicySetId="p" Version="1" PolicyCombiningAlgId="urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides"><Target/></PolicySet>"#;
    write(folder.join("p.xml"), empty);
    let test = "cases:\n  - name: a\n    action: read\n    expect: NotApplicable\n";
    write(folder.join("a.test.yaml"), test);
    let page = folder.join("page.html");
    let [path, html] = [&folder, &page].map(|path| path.display().to_string());
    let output = vedtak(["test", &path, "--at-least", "100", "--html", &html], b"");
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("nothing was counted"));
    assert!(!page.exists());
}

/// A person without another key has her number in part in what programs read.
#[test]
fn numbers_of_persons_are_not_written_whole() {
    let folder = folder("numbers");
    let scenario = "fixtures/altinn/scenarios/04-roles-and-packages";
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(scenario);
    let register = std::fs::read_to_string(root.join("register.json")).expect("is text");
    let mut register: Json = serde_json::from_str(&register).expect("is JSON");
    let parties = register["parties"].as_array_mut().expect("is a list");
    let mut numbers = Vec::new();
    for party in parties {
        let party = party.as_object_mut().expect("is an object");
        if party["kind"] == "person" {
            numbers.extend(party["number"].as_str().map(str::to_owned));
            party.remove("id");
            party.remove("user");
        }
    }
    assert!(numbers.len() > 2, "{register}");
    let path = folder.join("register.json");
    write(&path, register.to_string());
    let (path, policy) = (
        path.display().to_string(),
        root.join("policies/ttd-begge.xml").display().to_string(),
    );
    let of = "urn:altinn:organization:identifier-no:310000401";
    let output = vedtak(
        [
            "altinn",
            "who",
            "ttd-begge",
            "read",
            of,
            "--register",
            &path,
            "--policy",
            &policy,
            "--at",
            "2026-03-02T09:00:00+01:00",
            "--json",
        ],
        b"",
    );
    let told = text(&output.stdout);
    assert!(told.contains("*****"), "{told}{}", text(&output.stderr));
    for number in numbers {
        assert!(!told.contains(&number), "{told}");
    }
}

/// A folder is reported as a whole, whatever one of its services or parties is.
#[test]
fn a_report_is_of_all_services_of_a_folder() {
    let folder = folder("reported");
    let scenario = "fixtures/altinn/scenarios/04-roles-and-packages";
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(scenario);
    for (from, to) in [
        ("ttd-kun-rolle", "ttd-kun-rolle"),
        ("ttd-begge", "ttd-annen"),
    ] {
        let policy = std::fs::read(root.join(format!("policies/{from}.xml")));
        write(folder.join(format!("{to}.xml")), policy.expect("is there"));
    }
    let folder = folder.display().to_string();
    let register = std::fs::read_to_string(root.join("register.json")).expect("is text");
    let mut register: Json = serde_json::from_str(&register).expect("is JSON");
    let parties = register["parties"].as_array_mut().expect("is a list");
    parties.push(json!({"kind": "person", "name": "DØD", "user": 299, "deleted": true}));
    let path = std::path::Path::new(&folder).join("register.json");
    write(&path, register.to_string());
    let register = path.display().to_string();
    let output = vedtak(
        [
            "altinn",
            "report",
            &folder,
            &register,
            "--at",
            "2027-02-01T00:00:00+01:00",
            "--until",
            "2027-03-01T00:00:00+01:00",
        ],
        b"",
    );
    let notes = text(&output.stderr);
    assert_eq!(code(&output), 0, "{notes}");
    let said = text(&output.stdout);
    // A policy is of the service that it names, whatever its file is called.
    for service in ["## ttd-kun-rolle\n", "## ttd-begge\n"] {
        assert!(said.contains(service), "{said}");
    }
    let note = "ttd-annen.xml: the policy is of `ttd-begge`";
    assert!(notes.contains(note), "{notes}");
    let nobodys = "no rule permits anything to the service `ttd-kun-rolle`";
    assert!(notes.contains(nobodys), "{notes}");
    assert_eq!(notes.matches("no rule permits").count(), 1, "{notes}");
}

/// A report that may lack something is no good one.
#[test]
fn an_incomplete_report_is_not_good() {
    let folder = folder("incomplete");
    let scenario = "fixtures/altinn/scenarios/04-roles-and-packages/register.json";
    let rule = |effect: &str, role: &str, condition: &str| {
        let matching = |of: &str, id: &str, value: &str| {
            format!(
                r#"<AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case"><AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue><AttributeDesignator Category="{of}" AttributeId="{id}" MustBePresent="false" DataType="http://www.w3.org/2001/XMLSchema#string"/></Match></AllOf></AnyOf>"#
            )
        };
        let subject = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
        let action = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
        let id = "urn:oasis:names:tc:xacml:1.0:action:action-id";
        format!(
            r#"<Rule RuleId="{effect}" Effect="{effect}"><Target>{}{}</Target>{condition}</Rule>"#,
            matching(subject, "urn:altinn:rolecode", role),
            matching(action, id, "read"),
        )
    };
    // Managing directors have the other role, too, and are let in with a package: what is found is one thing
    // alone that is enough.
    let unless = r#"<Condition><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:not"><Apply FunctionId="urn:oasis:names:tc:xacml:1.0:function:string-is-in"><AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">jordbruk</AttributeValue><AttributeDesignator Category="urn:oasis:names:tc:xacml:1.0:subject-category:access-subject" AttributeId="urn:altinn:accesspackage" MustBePresent="false" DataType="http://www.w3.org/2001/XMLSchema#string"/></Apply></Apply></Condition>"#;
    let rules = rule("Permit", "dagl", "") + &rule("Deny", "utinn", unless);
    let policy = format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/>{rules}</Policy>"#
    );
    write(folder.join("svc.xml"), policy);
    let folder = folder.display().to_string();
    let at = "2026-03-02T09:00:00+01:00";
    let output = vedtak(["altinn", "report", &folder, scenario, "--at", at], b"");
    let told = text(&output.stdout);
    assert!(told.contains("Not all of the policy"), "{told}");
    assert_eq!(code(&output), 2, "{}", text(&output.stderr));
}

/// Numbers are taken as they are, or refused.
#[test]
fn no_number_is_too_large_and_none_is_too_small() {
    let policy = "examples/letters.xml";
    let most = usize::MAX.to_string();
    for arguments in [
        &["who", policy][..],
        &["why-not", policy, "-s", "role=porter", "-a", "read"],
        &["diff", policy, policy],
    ] {
        let ask = |option: &str, number: &str| {
            vedtak(arguments.iter().copied().chain([option, number]), b"")
        };
        let output = ask("--most", &most);
        assert!(!output.stdout.is_empty(), "{}", text(&output.stderr));
        ask("--budget", &most);
        let output = ask("--most", "0");
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).contains("it is 1 or more"));
    }
}

/// What was not looked at is said in every form.
#[test]
fn a_check_that_is_cut_says_so() {
    let cut = |option: &str| {
        let policy = "fixtures/lint/whole/redundant.xml";
        let output = vedtak(["check", policy, "--budget", "1", option], b"");
        assert_eq!(code(&output), 2);
        output
    };
    let said = "--budget allows more steps";
    assert!(text(&cut("--allow=redundant-rule").stdout).contains(said));
    let json: Json = serde_json::from_slice(&cut("--json").stdout).expect("is JSON");
    assert!(
        json["not_complete"][0]
            .as_str()
            .is_some_and(|note| note.contains(said)),
        "{json}"
    );
    let log: Json = serde_json::from_slice(&cut("--sarif").stdout).expect("is JSON");
    let note = &log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0];
    assert!(
        note["message"]["text"]
            .as_str()
            .is_some_and(|note| note.contains(said)),
        "{log}"
    );
}

/// Programs read what a terminal would carry out, and a terminal does not.
#[test]
fn json_is_printed_without_what_a_terminal_carries_out() {
    let hidden = "a\u{9b}2J\u{202e}b";
    let policy = denying("p").replace(
        "<Target/>",
        &format!("<Description>{hidden}</Description><Target/>"),
    );
    let output = vedtak(["alfa", "-", "--json"], policy.as_bytes());
    let printed = text(&output.stdout);
    assert!(printed.contains("a\\u009b2J\\u202eb"), "{printed}");
    let json: Json = serde_json::from_str(printed).expect("is JSON");
    assert!(
        json["alfa"]
            .as_str()
            .is_some_and(|alfa| alfa.contains(hidden)),
        "{json}"
    );
}

/// What changes of an obligation is told, whatever part of it that is.
#[test]
fn a_changed_obligation_is_told_as_what_it_is() {
    let folder = folder("obligations");
    let of = |about: &str, value: &str, times: usize| {
        let one = format!(
            r#"<ObligationExpression ObligationId="log" FulfillOn="Deny"><AttributeAssignmentExpression AttributeId="a"{about}><AttributeValue DataType="http://www.w3.org/2001/XMLSchema#{value}</AttributeValue></AttributeAssignmentExpression></ObligationExpression>"#
        );
        let all = format!(
            "<ObligationExpressions>{}</ObligationExpressions></Policy>",
            one.repeat(times)
        );
        denying("p").replace("</Policy>", &all)
    };
    let plain = "string\">1";
    let [one, other] = ["one.xml", "other.xml"].map(|name| folder.join(name));
    write(&one, of("", plain, 1));
    for (changed, told) in [
        (of(" Category=\"urn:x\"", plain, 1), "of category urn:x"),
        (of(" Issuer=\"urn:i\"", plain, 1), "issued by urn:i"),
        (of("", "integer\">1", 1), "in place of log"),
        (of("", plain, 2), "with another log"),
    ] {
        write(&other, changed);
        let paths = [&one, &other].map(|path| path.display().to_string());
        let output = vedtak(["diff", &paths[0], &paths[1]], b"");
        let printed = text(&output.stdout);
        assert_eq!(code(&output), 1, "{printed}");
        assert!(
            printed.contains(told) && !printed.contains("another order"),
            "{printed}"
        );
    }
}
