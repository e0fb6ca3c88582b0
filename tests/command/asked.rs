//! `vedtak altinn` about policies and arguments that are easily mistaken: parties that a policy names, parts of
//! apps, names of files, files of one service, and policies of apps.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::altinn::NOW;
use crate::{code, folder, text, vedtak};

const REGISTER: &str = "fixtures/altinn/scenarios/04-roles-and-packages/register.json";
const POLICIES: &str = "fixtures/altinn/scenarios/04-roles-and-packages/policies";
const WHO: &str = "urn:altinn:userid:231";
const OF: &str = "urn:altinn:organization:identifier-no:310000401";
const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
const ACTION: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
const ACTION_ID: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";

/// An attribute and its value, by category.
type Of<'a> = (&'a str, &'a str, &'a str);

/// A policy of rules, each of attributes of which all count.
fn policy(rules: &[&[Of<'_>]]) -> String {
    let mut text = String::new();
    for (place, rule) in rules.iter().enumerate() {
        text += &format!(r#"<Rule RuleId="r{place}" Effect="Permit"><Target>"#);
        for (category, id, value) in *rule {
            text += &format!(
                r#"<AnyOf><AllOf><Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
                <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">{value}</AttributeValue>
                <AttributeDesignator Category="{category}" AttributeId="{id}" MustBePresent="false"
                DataType="http://www.w3.org/2001/XMLSchema#string"/></Match></AllOf></AnyOf>"#
            );
        }
        text += "</Target></Rule>";
    }
    format!(
        r#"<Policy xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17" PolicyId="p" Version="1.0"
        RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides">
        <Target/>{text}</Policy>"#
    )
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).expect("can be written");
    path
}

/// The exit code of a question, and all that is said.
fn ask(arguments: &[&str]) -> (i32, String) {
    let output = vedtak(["altinn"].iter().chain(arguments), b"");
    let told = text(&output.stdout).to_owned() + text(&output.stderr);
    (code(&output), told)
}

#[track_caller]
fn says(arguments: &[&str], ended: i32, said: &[&str]) -> String {
    let (code, told) = ask(arguments);
    assert_eq!(code, ended, "{arguments:?}\n{told}");
    for said in said {
        assert!(told.contains(said), "{arguments:?}: {said}\n{told}");
    }
    told
}

/// A right that a policy opens to parties by name is told as theirs, and as one that no package opens.
#[test]
fn a_party_that_a_policy_names_is_told() {
    let folder = folder("named");
    let of = |action| {
        [
            (RESOURCE, "urn:altinn:resource", "ttd-begge"),
            (ACTION, ACTION_ID, action),
        ]
    };
    let rule = |subject: (&'static str, &'static str), action| {
        let mut rule = vec![(SUBJECT, subject.0, subject.1)];
        rule.extend(of(action));
        rule
    };
    let rules = [
        rule(("urn:altinn:rolecode", "utinn"), "read"),
        rule(("urn:altinn:organizationnumber", "310000401"), "read"),
        rule(("urn:altinn:org", "ttd"), "read"),
        rule(("urn:altinn:userid", "231"), "write"),
        rule(("urn:altinn:person:identifier-no", "22847318547"), "write"),
        rule(("urn:altinn:partyid", "40401"), "write"),
    ];
    let rules: Vec<&[Of<'_>]> = rules.iter().map(|rule| &rule[..]).collect();
    let path = written(&folder, "ttd-begge.xml", &policy(&rules));
    let [path, folder] = [&path, &folder].map(|path| path.to_str().expect("is text"));
    let with = ["--policy", path, "--at", NOW];
    let told = says(
        &[&["who", "ttd-begge"], &with[..]].concat(),
        0,
        &[
            "or the organisation 310000401\n",
            "write\n  the party 40401\n  or the person 228473*****\n  or the user 231\n  \
             no role or access package opens it\n",
        ],
    );
    assert_eq!(
        told.matches("no role or access package").count(),
        1,
        "{told}"
    );
    says(
        &[&["who", "ttd-begge", "--norwegian"], &with[..]].concat(),
        0,
        &["eller brukeren 231\n  ingen rolle eller tilgangspakke åpner for den\n"],
    );
    let with_register = [&with[..], &["--register", REGISTER]].concat();
    let told = says(
        &[&["rights", WHO, OF, WHO, "ttd-begge"], &with_register[..]].concat(),
        0,
        &[
            "the role utfyller/innsender (utinn) — directly",
            "by a rule of the policy, and by no role or package, write is open to the user 231\n",
        ],
    );
    // What is open to others is not hers.
    assert!(!told.contains("the organisation"), "{told}");
    let report = ["report", folder, REGISTER, "--at", NOW];
    says(
        &report,
        1,
        &[
            "1 right is left to parties that the policy names only; ",
            "### read: only parties that the policy names are left, and no package opens it",
            "- kept: the organisation 310000401\n- kept: the service owner ttd\n",
        ],
    );
    let output = vedtak(["altinn"].iter().chain(&report).chain(&["--json"]), b"");
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    let right = &json["services"][0]["rights"][0];
    assert_eq!(right["outcome"], "only-named-parties", "{json}");
}

/// Parts of an app that are no tasks are asked about as tasks are.
#[test]
fn any_part_of_a_service_can_be_asked_about() {
    let folder = folder("parts");
    let of = |part: &'static str, value| {
        [
            (SUBJECT, "urn:altinn:rolecode", "utinn"),
            (RESOURCE, "urn:altinn:org", "ttd"),
            (RESOURCE, "urn:altinn:app", "skjema"),
            (RESOURCE, part, value),
            (ACTION, ACTION_ID, "read"),
        ]
    };
    let policy = policy(&[
        &of("urn:altinn:appresource", "events"),
        &of("urn:altinn:task", "Task_1"),
    ]);
    let path = written(&folder, "app_ttd_skjema.xml", &policy);
    let path = path.to_str().expect("is text");
    let with = ["--policy", path, "--register", REGISTER, "--at", NOW];
    const APP: &str = "app_ttd_skjema";
    const EVENTS: [&str; 2] = ["--part", "urn:altinn:appresource=events"];
    const TASK: [&str; 2] = ["--part", "urn:altinn:task=Task_1"];
    for verb in [
        &["who", APP, "read"][..],
        &["who", APP, "read", OF],
        &["needed", WHO, OF, APP, "read"],
        &["parties", WHO, APP, "read"],
    ] {
        let events = [verb, &EVENTS, &with].concat();
        let told = says(&events, 0, &["read (urn:altinn:appresource events)\n"]);
        assert!(!told.contains("Task_1"), "{told}");
        let task = says(
            &[verb, &["--task", "Task_1"], &with].concat(),
            0,
            &["Task_1"],
        );
        assert_eq!(says(&[verb, &TASK, &with].concat(), 0, &[]), task);
        let both = says(
            &[verb, &with].concat(),
            0,
            &["appresource events", "Task_1"],
        );
        assert_ne!(both, task);
    }
    let decide = ["decide", WHO, OF, APP, "read"];
    says(&[&decide[..], &EVENTS, &with].concat(), 0, &["Permit"]);
    says(&[&decide[..], &with].concat(), 1, &["NotApplicable"]);
    says(
        &["who", APP, "read", "--part", "Task_1"],
        2,
        &["urn:altinn:task=Task_1"],
    );
}

/// An argument that is nobody, no service or a file is told as such, with what to write.
#[test]
fn what_an_argument_is_not_is_told() {
    let policy = format!("{POLICIES}/ttd-begge.xml");
    for (arguments, said) in [
        (
            &["needed", WHO, "-", "ttd-begge", "read"][..],
            ["`-` is nobody in particular", "urn:altinn:userid:"],
        ),
        (
            &["who", "ttd-begge", "read", "-"],
            ["`-` is nobody in particular", "urn:altinn:userid:"],
        ),
        (
            &["needed", WHO, OF, "-", "read"],
            ["`-` is no service", "resource registry"],
        ),
        (
            &["who", "-", "--policy", &policy],
            ["`-` is no service", "resource registry"],
        ),
        (
            &["who", "my-service.xml"],
            [
                "is a file, and no service",
                "`my-service --policy my-service.xml`",
            ],
        ),
        (
            &["parties", WHO, "Cargo.toml", "read"],
            ["is a file, and no service", "--policy"],
        ),
        (
            &["parties", WHO, "ttd-ukjent", "read"],
            ["the resource `ttd-ukjent`", "has no policy"],
        ),
    ] {
        says(arguments, 2, &said);
    }
}

/// Files of one service are named, and the others are gone on with.
#[test]
fn files_of_one_service_are_left_out() {
    let folder = folder("doubled");
    let begge = std::fs::read_to_string(format!("{POLICIES}/ttd-begge.xml")).expect("is text");
    let other = std::fs::read_to_string(format!("{POLICIES}/ttd-kun-rolle.xml")).expect("is text");
    written(&folder, "old.xml", &begge);
    written(&folder, "ttd-begge.xml", &begge);
    let path = folder.to_str().expect("is text");
    const SAID: &str = "the policy of `ttd-begge` is in several files: ";
    says(&["report", path, REGISTER, "--at", NOW], 2, &[SAID]);
    written(&folder, "ttd-kun-rolle.xml", &other);
    for arguments in [
        &["report", path, REGISTER, "--at", NOW][..],
        &["package", "skatt-naering", "--services", path, "--at", NOW],
    ] {
        let left_out = format!("left out: {SAID}");
        let told = says(
            arguments,
            2,
            &[&left_out, "old.xml", "2 policies were left out"],
        );
        assert_eq!(told.contains("kun"), arguments[0] == "report", "{told}");
    }
    // Each of them is checked.
    says(&["check", path], 2, &[SAID, "in 3 policies"]);
}

/// A policy with the placeholders of an app is told as that, unless it is known of which app it is.
#[test]
fn a_policy_of_an_unknown_app_is_told() {
    let folder = folder("unknown-app");
    let app = "fixtures/altinn/scenarios/25-placeholders-of-apps/policies/app_ttd_barnehage.xml";
    let app = std::fs::read_to_string(app).expect("is text");
    let path = written(&folder, "policy.xml", &app);
    let [path, folder] = [&path, &folder].map(|path| path.to_str().expect("is text").to_owned());
    const NOTHING_SAYS: &str = "this is the policy of an app, and nothing says of which";
    let told = says(
        &["check", &path],
        1,
        &[
            NOTHING_SAYS,
            "`app_ttd_skjema.xml`",
            "--of app_ttd_skjema",
            "placeholder: ",
        ],
    );
    assert!(!told.contains("no request can reach"), "{told}");
    let (_, told) = ask(&["check", &path, "--of", "app_ttd_barnehage"]);
    assert!(!told.contains(NOTHING_SAYS), "{told}");
    assert!(!told.contains("placeholder: "), "{told}");
    says(
        &["check", &folder, "--of", "app_ttd_barnehage"],
        2,
        &["--of is about one policy"],
    );
    says(
        &["report", &folder, REGISTER, "--at", NOW],
        2,
        &[NOTHING_SAYS],
    );
    let told = says(
        &["who", "ttd-barnehage", "--policy", &path],
        1,
        &["the policy is of an app, and permits nothing for `ttd-barnehage`"],
    );
    assert!(!told.contains("probable mistake"), "{told}");
    // The command that it names finds as many.
    let (_, told) = ask(&["who", "app_ttd_barnehage", "--policy", &path]);
    if let Some((_, named)) = told.split_once("which `vedtak ") {
        let named = named.split_once('`').expect("ends").0;
        let found = vedtak(named.split(' '), b"");
        let count = told.split_once("note: ").expect("is a note").1;
        let count = count.split(' ').next().expect("is a number");
        let last = format!("{count} finding");
        let found = text(&found.stdout);
        assert!(
            found
                .lines()
                .last()
                .is_some_and(|line| line.starts_with(&last)),
            "{told}\n{found}"
        );
    }
}

/// Parties that exist no longer are listed as such.
#[test]
fn deleted_parties_are_told() {
    let folder = folder("deleted");
    let register = std::fs::read_to_string(REGISTER).expect("is text");
    let mut register: Json = serde_json::from_str(&register).expect("is JSON");
    register["parties"][0]["deleted"] = true.into();
    let path = written(&folder, "register.json", &register.to_string());
    let path = path.to_str().expect("is text");
    let policy = format!("{POLICIES}/ttd-begge.xml");
    let with = ["--register", path, "--at", NOW];
    for verb in [
        &["parties", WHO][..],
        &["parties", WHO, "ttd-begge", "read", "--policy", &policy],
    ] {
        says(
            &[verb, &["--deleted"], &with].concat(),
            0,
            &[
                "BJARKØY MASKIN AS (310000401), AS, deleted",
                "parties that exist no longer are among them",
            ],
        );
        let (_, told) = ask(&[verb, &with].concat());
        assert!(!told.contains("BJARKØY"), "{told}");
        assert!(!told.contains("no longer"), "{told}");
    }
}

/// A page of parties that may use a service says that there are more, as one without a service does.
#[test]
fn pages_about_a_service_go_on() {
    let policy = format!("{POLICIES}/ttd-begge.xml");
    let with = ["--register", REGISTER, "--policy", &policy, "--at", NOW];
    let page = [
        &["parties", WHO, "ttd-begge", "read", "--size", "1"],
        &with[..],
    ]
    .concat();
    says(
        &page,
        0,
        &[
            "BJARKØY MASKIN AS",
            "there are more: --after urn:altinn:partyid:40401",
        ],
    );
}

/// Nothing that is called so by others changes what a report in Markdown is.
#[test]
fn names_are_no_markdown() {
    let folder = folder("markdown");
    let service = "a|b`c``d";
    let policies = folder.join("policies");
    std::fs::create_dir_all(&policies).expect("can be made");
    let rule = [
        (SUBJECT, "urn:altinn:rolecode", "utinn"),
        (RESOURCE, "urn:altinn:resource", service),
        (ACTION, ACTION_ID, "re|ad`x"),
    ];
    written(&policies, "service.xml", &policy(&[&rule]));
    let register = std::fs::read_to_string(REGISTER).expect("is text");
    let register = register.replace("UNNI UTFYLLER", "UNNI | `U` <b>");
    let register = register.replace("\"ttd-begge\"", &format!("\"{service}\""));
    let path = written(&folder, "register.json", &register);
    let [path, policies] = [&path, &policies].map(|path| path.to_str().expect("is text"));
    let told = says(&["report", policies, path, "--at", NOW], 1, &["| who |"]);
    let mut rows = 0;
    for line in told.lines().filter(|line| !line.starts_with("note: ")) {
        let bare = line
            .replace("\\|", "")
            .replace("\\`", "")
            .replace("\\<", "");
        assert!(!bare.contains('`') && !bare.contains('<'), "{line}");
        let is_row = line.starts_with('|');
        rows += usize::from(is_row);
        assert_eq!(
            bare.matches('|').count(),
            if is_row { 6 } else { 0 },
            "{line}"
        );
    }
    assert!(rows > 2, "{told}");
    assert!(told.contains("UNNI \\| \\`U\\` &lt;b&gt;"), "{told}");
}

/// A role and a package have their names and codes in every list, and JSON has the roles of a package.
#[test]
fn roles_and_packages_are_called_by_their_names() {
    let (lead, scenario) = ("urn:altinn:userid:233", "urn:altinn:userid:232");
    let given = ["--package", "skatt-naering", "--role", "dagl"];
    let delegable = [&["delegable", lead, OF], &given[..]].concat();
    says(
        &delegable,
        0,
        &[
            "yes: the access package Skatt næring (skatt-naering)\n",
            "no: the role daglig leder (dagl): ",
        ],
    );
    says(
        &[&delegable[..], &["--norwegian"]].concat(),
        0,
        &[
            "ja: tilgangspakken Skatt næring (skatt-naering)\n",
            "nei: rollen daglig leder (dagl): ",
        ],
    );
    let parties = ["parties", lead, "--only", OF, "--at", NOW];
    says(
        &parties,
        0,
        &[
            "the role daglig leder (daglig-leder) — directly",
            ", by the role daglig leder (daglig-leder)",
        ],
    );
    says(
        &["rights", scenario, OF, scenario, "ttd-begge", "--at", NOW],
        0,
        &[
            "the access package Skatt næring (skatt-naering) — directly",
            ", by the access package Skatt næring (skatt-naering)",
        ],
    );
    let output = vedtak(["altinn", "package", "skatt-naering", "--json"], b"");
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    let roles = json["packages"][0]["roles"].as_array().expect("has roles");
    assert!(
        roles
            .iter()
            .any(|one| one["role"] == "daglig-leder" && one["legal_form"].is_null()),
        "{json}"
    );
}
