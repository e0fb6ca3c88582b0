//! `vedtak altinn` over the files of the scenarios: no option is passed over, a folder is checked, and an
//! action is asked for each task.

mod fields;
mod forms;
mod listed;
mod norwegian;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use crate::{code, text, vedtak};

pub(super) const NOW: &str = "2026-03-02T09:00:00+01:00";

/// The verbs that the help lists.
fn verbs() -> BTreeSet<String> {
    let all = vedtak(["altinn", "--help"], b"");
    let listed = text(&all.stdout)
        .split_once("Commands:\n")
        .expect("lists verbs")
        .1;
    let listed = listed.lines().take_while(|line| !line.is_empty());
    let verbs = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let verbs = verbs.filter(|verb| !verb.is_empty() && *verb != "help");
    verbs.map(ToOwned::to_owned).collect()
}

/// Each verb uses an option for all verbs, or refuses it.
#[test]
fn no_option_is_passed_over() {
    let (who, of) = (
        "urn:altinn:userid:231",
        "urn:altinn:organization:identifier-no:310000401",
    );
    let scenario = "fixtures/altinn/scenarios/04-roles-and-packages";
    let policies = format!("{scenario}/policies");
    let (register, policy) = (
        format!("{scenario}/register.json"),
        format!("{policies}/ttd-begge.xml"),
    );
    let both = ["--register", "--policy", "--at"];
    // The verb, the options that are needed with a policy, and those that have no use.
    let of_role = "regnskapsforer=fixtures/altinn/metadata/regnskapsforer.json";
    let all = ["--register", "--local-test", "--policy", "--at"];
    let rows: [(&[&str], &[&str]); 16] = [
        (&["decide", who, of, "ttd-begge", "read"], &[]),
        (&["who", "ttd-begge", "read"], &[]),
        (
            &[
                "who",
                "--any-right-for",
                of,
                "--asker",
                "urn:altinn:userid:233",
            ],
            &["--policy"],
        ),
        (&["rights", who, of, who, "ttd-begge"], &[]),
        (
            &["rights", who, of, who, "--services", &policies],
            &["--policy"],
        ),
        (&["who", "ttd-begge", "--served"], &["--policy"]),
        (&["needed", who, of, "ttd-begge", "read"], &[]),
        (&["parties", who, "ttd-begge", "read"], &[]),
        (&["parties", who], &["--policy"]),
        (&["delegable", who, of, "ttd-begge"], &[]),
        (&["requests", of], &["--policy", "--at"]),
        (&["package", "skatt"], &all),
        (
            &["package", "skatt-naering", "--services", &policies],
            &["--policy"],
        ),
        (&["check", &policies], &all),
        (&["catalogue", "--packages-of", of_role], &all[..3]),
        (&["report", &policies, &register], &all[..3]),
    ];
    let mut seen = BTreeSet::new();
    for (arguments, unused) in rows {
        seen.insert(arguments[0].to_owned());
        let help = vedtak(["altinn", arguments[0], "--help"], b"");
        for option in all {
            // The help lists what some question of the verb has a use for.
            let of_verb = rows.iter().filter(|(other, _)| other[0] == arguments[0]);
            let mut of_verb = of_verb.map(|(_, unused)| unused.contains(&option));
            let is_listed = text(&help.stdout).contains(&format!("{option} <"));
            let is_report = arguments[0] == "report" && option != "--policy";
            assert_eq!(
                is_listed,
                is_report
                    || of_verb.any(|is_unused| !is_unused)
                        && !(arguments[0] == "package" && option == "--policy"),
                "{arguments:?} {option}"
            );
        }
        let used = both.iter().filter(|option| !unused.contains(option));
        for option in all {
            let value = match option {
                "--register" => &*register,
                "--local-test" => "fixtures/altinn/local-test",
                "--policy" => &policy,
                _ => NOW,
            };
            let is_unused = unused.contains(&option);
            let mut given = ["altinn"]
                .iter()
                .chain(arguments)
                .copied()
                .collect::<Vec<_>>();
            given.extend([option, value]);
            // An option that is used may need another.
            for other in used.clone().filter(|other| !is_unused && **other != option) {
                match *other {
                    "--register" if option != "--local-test" => {
                        given.extend(["--register", &register])
                    }
                    "--policy" => given.extend(["--policy", &policy]),
                    _ => {}
                }
            }
            let output = vedtak(&given, b"");
            let told = text(&output.stderr);
            let refused = format!("this question makes no use of {option}");
            assert_eq!(told.contains(&refused), is_unused, "{given:?}: {told}");
            assert!(!is_unused || code(&output) == 2, "{given:?}");
        }
    }
    assert_eq!(seen, verbs());
    let output = vedtak(
        [
            "altinn",
            "delegable",
            who,
            of,
            "--package",
            "jordbruk",
            "--policy",
            &policy,
        ],
        b"",
    );
    assert_eq!(code(&output), 2);
    let output = vedtak(
        [
            "altinn", "report", &policies, &register, "--as", "html", "--json",
        ],
        b"",
    );
    assert_eq!(code(&output), 2, "{}", text(&output.stdout));
}

/// The check of a folder tells the findings of each policy in it, and of what it could not read.
#[test]
fn a_folder_is_checked() {
    let folder = crate::folder("altinn-check");
    let policies = "fixtures/altinn/scenarios/04-roles-and-packages/policies";
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join(policies);
    let copy = |name: &str| {
        let text = std::fs::read_to_string(policies.join(name)).expect("is text");
        std::fs::write(folder.join(name), text).expect("can be written");
    };
    copy("ttd-begge.xml");
    copy("ttd-kun-rolle.xml");
    std::fs::write(folder.join("notes.txt"), "no policy").expect("can be written");
    // A folder stands for what is below it, too.
    std::fs::create_dir_all(folder.join("below")).expect("can be made");
    copy("ttd-kun-pakke.xml");
    let below = folder.join("below/ttd-kun-pakke.xml");
    std::fs::rename(folder.join("ttd-kun-pakke.xml"), below).expect("can be moved");
    let path = folder.to_str().expect("is text").to_owned();
    let check = |more: &[&str]| vedtak(["altinn", "check", &path].iter().chain(more), b"");

    let output = check(&[]);
    assert_eq!(code(&output), 1);
    let told = text(&output.stdout);
    assert!(told.ends_with("5 findings in 3 policies\n"), "{told}");
    assert!(
        told.contains("ttd-begge.xml:3:1: ")
            && told.contains("below/ttd-kun-pakke.xml:3:1: ")
            && told.contains("ttd-kun-rolle.xml:7:3: "),
        "{told}"
    );
    let notes = text(&output.stderr);
    assert!(notes.contains("notes.txt: no policy"), "{notes}");

    std::fs::write(folder.join("ttd-annen.xml"), "<Policy").expect("can be written");
    let output = check(&["--json"]);
    assert_eq!(code(&output), 2, "one policy could not be read");
    let json: Json = serde_json::from_str(text(&output.stdout)).expect("is JSON");
    assert_eq!(json["policies"], 3);
    let findings = json["findings"].as_array().expect("has findings");
    assert_eq!(findings.len(), 5);
    assert!(
        findings
            .iter()
            .all(|one| one["file"].is_string() && one["line"].is_number())
    );
    let problems = json["problems"].as_array().expect("has problems");
    assert!(problems.iter().any(|one| {
        one["file"]
            .as_str()
            .is_some_and(|file| file.ends_with("ttd-annen.xml"))
    }));

    let empty = folder.join("empty");
    std::fs::create_dir_all(&empty).expect("can be made");
    let output = vedtak(["altinn", "check", empty.to_str().expect("is text")], b"");
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("no file in this folder ends in `.xml`"));
}

/// An action that the policy of an app has for its tasks is asked for each of them, or for the one that is
/// named.
#[test]
fn an_action_is_asked_for_each_task_that_has_it() {
    const FOLDER: &str = "fixtures/altinn/scenarios/40-an-app-step-by-step";
    const APP: &str = "app_ttd_byggesak";
    const OF: &str = "urn:altinn:organization:identifier-no:310004001";
    const ARCHITECT: &str = "urn:altinn:userid:4002";
    const NEIGHBOUR: &str = "urn:altinn:userid:4005";
    let register = format!("{FOLDER}/register.json");
    let policy = format!("{FOLDER}/policies/{APP}.xml");
    let ask = |arguments: &[&str]| {
        let with = ["--register", &register, "--policy", &policy, "--at", NOW];
        let all = ["altinn"].iter().chain(arguments).chain(&with);
        let output = vedtak(all, b"");
        (
            code(&output),
            text(&output.stdout).to_owned() + text(&output.stderr),
        )
    };
    const TASK_1: &str = "(urn:altinn:task Task_1)";
    const TASK_2: &str = "(urn:altinn:task Task_2)";
    for (arguments, ended, said) in [
        (&["who", APP, "write"][..], 0, &[TASK_1, "byggesoknad"][..]),
        (&["who", APP, "read"], 0, &[TASK_1, TASK_2, "dagl"]),
        (
            &["who", APP, "write", OF],
            0,
            &[TASK_1, "ARK ITEKT", "PLAN PEDER"],
        ),
        (
            &["who", APP, "read", OF],
            0,
            &[TASK_1, TASK_2, "ARK ITEKT", "DAGFINN DAGLIG"],
        ),
        (
            &["who", APP, "read", OF, "--size", "1"],
            2,
            &["for 2 parts", "--task"],
        ),
        (
            &["who", APP, "read", OF, "--size", "1", "--task", "Task_1"],
            0,
            &[TASK_1, "ARK ITEKT", "there are more"],
        ),
        (
            &["who", APP, "write", OF, "--task", "Task_2"],
            1,
            &["nobody"],
        ),
        (&["who", APP, "write", "--task", "Task_2"], 1, &["nobody"]),
        (
            &["parties", ARCHITECT, APP, "write"],
            0,
            &[TASK_1, "HUSBYGG AS"],
        ),
        (
            &["parties", ARCHITECT, APP, "read"],
            0,
            &[TASK_1, TASK_2, "none"],
        ),
        (&["parties", ARCHITECT, APP, "sign"], 1, &[TASK_2, "none"]),
        (
            &["needed", NEIGHBOUR, OF, APP, "write"],
            1,
            &[TASK_1, "byggesoknad", "can be given by DAGFINN DAGLIG"],
        ),
        (
            &["needed", ARCHITECT, OF, APP, "read"],
            1,
            &["has read", TASK_2],
        ),
        (
            &["needed", ARCHITECT, OF, APP, "write", "--task", "Task_1"],
            0,
            &[],
        ),
        (
            &["decide", ARCHITECT, OF, APP, "write", "--task", "Task_1"],
            0,
            &["Permit"],
        ),
        (
            &["decide", ARCHITECT, OF, APP, "sign"],
            1,
            &["the policy has `sign (urn:altinn:task Task_2)`"],
        ),
    ] {
        let (code, told) = ask(arguments);
        assert_eq!(code, ended, "{arguments:?}\n{told}");
        for said in said {
            assert!(told.contains(said), "{arguments:?}: {said}\n{told}");
        }
    }
    let (_, told) = ask(&["who", APP, "read", OF, "--json"]);
    let json = told.lines().take_while(|line| !line.starts_with("note"));
    let json: Json = serde_json::from_str(&json.collect::<String>()).expect("is JSON");
    let parts = json["parts"].as_array().expect("has parts").iter();
    let tasks: Vec<&str> = parts
        .filter_map(|one| one["part"][0]["value"].as_str())
        .collect();
    assert_eq!(tasks, ["Task_1", "Task_2"]);
}

/// A delegation may name a part that the policy, which has a rule for the whole, does not.
#[test]
fn an_action_is_asked_for_each_part_that_was_delegated() {
    const OF: &str = "urn:altinn:organization:identifier-no:310000101";
    const OLA: &str = "urn:altinn:userid:202";
    const APP: &str = "app_ttd_melding";
    let folder = crate::folder("delegated-parts");
    let register = folder.join("register.json");
    let text_of = |parts: usize| {
        let part =
            |task| format!(r#"{{"action": "read", "on": {{"urn:altinn:task": "Part_{task}"}}}}"#);
        let parts: Vec<String> = (0..parts).map(part).collect();
        let parts = parts.join(", ");
        format!(
            r#"{{"format": "vedtak-register", "version": 1, "parties": [
  {{"kind": "organisation", "name": "FJELL AS", "number": "310000101", "legal_form": "AS"}},
  {{"kind": "person", "name": "OLA", "user": 202}}],
"delegations": [
  {{"resource": "app_ttd_melding", "from": "FJELL AS", "to": "OLA", "rights": [{parts}]}},
  {{"resource": "ttd-begge", "from": "FJELL AS", "to": "OLA", "rights": [{parts}]}}],
"resources": [{{"id": "app_ttd_melding", "owner": "ttd"}}, {{"id": "ttd-begge", "owner": "ttd"}}]}}"#
        )
    };
    let ask = |arguments: &[&str]| {
        let register = register.to_str().expect("is text");
        let policy = match arguments.contains(&APP) {
            true => "45-a-task-and-the-whole-app/policies/app_ttd_melding.xml",
            false => "04-roles-and-packages/policies/ttd-begge.xml",
        };
        let policy = format!("fixtures/altinn/scenarios/{policy}");
        let with = ["--register", register, "--policy", &policy, "--at", NOW];
        let output = vedtak(["altinn"].iter().chain(arguments).chain(&with), b"");
        let told = text(&output.stdout).to_owned() + text(&output.stderr);
        (code(&output), told)
    };
    std::fs::write(&register, text_of(1)).expect("can be written");
    for (arguments, said) in [
        (&["who", APP, "read", OF][..], "OLA"),
        (&["parties", OLA, APP, "read"], "FJELL AS"),
        (
            &["needed", OLA, OF, APP, "read"],
            "OLA has read (urn:altinn:task Part_0)",
        ),
    ] {
        let (_, told) = ask(arguments);
        assert!(told.contains("read (urn:altinn:task Part_0)\n"), "{told}");
        assert!(told.contains(said), "{arguments:?}\n{told}");
        assert!(!told.contains("for other parts"), "{told}");
    }
    // The policy of this has one right to it: the pages are of that.
    let (ended, told) = ask(&["who", "ttd-begge", "read", OF, "--size", "1"]);
    assert!(ended == 2 && told.contains("for other parts"), "{told}");
    assert!(!told.contains("Part_0"), "{told}");
    std::fs::write(&register, text_of(101)).expect("can be written");
    let (ended, told) = ask(&["who", APP, "read", OF]);
    assert!(ended == 2 && told.contains("for other parts"), "{told}");
    assert_eq!(told.matches("OLA").count(), 100);
}
