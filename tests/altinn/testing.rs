//! Scenarios as test files: what a scenario asks before it changes anything passes as a case.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use vedtak::altinn::testing::Registers;
use vedtak::analysis::explain::Element;
use vedtak::testing::{Report, Runner};

const SCENARIOS: &str = "fixtures/altinn/scenarios";

/// What a scenario expects that a case of a test file may, too.
const EXPECTED: [&str; 8] = [
    "expect",
    "basis",
    "path",
    "through",
    "opens",
    "explained",
    "says",
    "at",
];

fn run(path: &Path) -> Report {
    let report = Runner::new().kind(Registers).run([path]);
    report.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn questions_of_scenarios_pass_as_cases() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scenarios");
    fs::create_dir_all(&folder).expect("can be made");
    let entries = fs::read_dir(SCENARIOS).expect("can be listed");
    let (mut cases, mut failed) = (0, String::new());
    for scenario in entries.map(|entry| entry.expect("is one").path()) {
        let Some(file) = test_file(&scenario) else {
            continue;
        };
        let name = scenario.file_name().expect("has a name").to_string_lossy();
        let path = folder.join(format!("{name}.test.json"));
        fs::write(&path, file.to_string()).expect("can be written");
        let report = run(&path);
        cases += report.passed();
        if !report.is_passed() {
            failed += &report.to_string();
        }
    }
    assert!(failed.is_empty(), "{failed}");
    assert!(cases > 300, "{cases} cases");
}

/// The questions of a scenario that come before its first change; none if there are none.
fn test_file(scenario: &Path) -> Option<Value> {
    let text = fs::read_to_string(scenario.join("scenario.json")).expect("is text");
    let scenario_file: Value = serde_json::from_str(&text).expect("is JSON");
    let steps = scenario_file["steps"].as_array().expect("is a list");
    let asked = steps.iter().take_while(|step| step.get("do").is_none());
    let asked = asked.filter(|step| step.get("ask").is_some());
    let cases: Vec<Value> = asked
        .enumerate()
        .filter_map(|(i, ask)| case(i, ask))
        .collect();
    if cases.is_empty() {
        return None;
    }
    let here = std::env::current_dir().expect("is there").join(scenario);
    let policies = fs::read_dir(here.join("policies")).expect("can be listed");
    let policies: Vec<PathBuf> = policies
        .map(|entry| entry.expect("is one").path())
        .collect();
    let mut file = json!({
        "register": here.join("register.json"),
        "policies": policies,
        "at": scenario_file["at"],
        "cases": cases,
    });
    for setting in ["reading", "altinn2_roles_end"] {
        if let Some(value) = scenario_file.get(setting) {
            file[setting] = value.clone();
        }
    }
    Some(file)
}

fn case(number: usize, ask: &Value) -> Option<Value> {
    let mut case = Map::new();
    case.insert("name".into(), format!("{number} {}", ask["ask"]).into());
    for asked in ["subject", "resource", "action", "environment"] {
        let given = ask.get(asked).into_iter();
        // Values of several issuers are several attributes, which a test file does not give.
        let issued = given
            .clone()
            .filter_map(Value::as_object)
            .flat_map(Map::values);
        let mut lists = issued.filter_map(Value::as_array).flatten();
        if lists.any(Value::is_object) {
            return None;
        }
        case.extend(given.map(|given| (asked.to_owned(), given.clone())));
    }
    for word in EXPECTED {
        case.extend(ask.get(word).map(|value| (word.to_owned(), value.clone())));
    }
    // A service owner who asks alone needs its own level.
    let is_owner = ask["subject"].get("urn:altinn:org").is_some();
    let of = if is_owner { "service_owner" } else { "user" };
    let level = ask.get("level");
    if let Some(level) = level.and_then(|level| level.get(of).or(level.get("user"))) {
        case.insert("level".into(), level.clone());
    }
    Some(case.into())
}

#[test]
fn a_register_or_a_setting_that_is_wrong_is_told() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong");
    fs::create_dir_all(&folder).expect("can be made");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("can be written");
        path
    };
    write(
        "register.json",
        r#"{"format": "vedtak-register", "version": 1, "partis": []}"#,
    );
    write("r.xml", "<Policy/>");
    let path = write(
        "wrong.test.yaml",
        "register: register.json\npolicies: r.xml\nreading: none\nroot: r\ncases:\n  - name: a\n    \
         subject: {usrid: 1}\n    expect: Permit\n",
    );
    let report = run(&path);
    let text = report.to_string();
    assert_eq!((report.broken(), report.passed()), (1, 0));
    for part in [
        "`partis`",
        "`reading`",
        "`root`",
        "`at`",
        "`userid`",
        "namespace",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
}

#[test]
fn the_policies_of_resources_have_a_cover() {
    let runner = Runner::new().kind(Registers).with_cover();
    let report = runner.run(["fixtures/testing/register"]).expect("is one");
    assert!(report.is_passed(), "{report}");
    let cover = report.cover.expect("is asked for");
    assert_eq!(cover.decisions, report.files[0].cases.len());
    assert_eq!((cover.cut, cover.unplaced), (0, 0));
    let rules = cover
        .elements
        .iter()
        .filter(|element| element.element == Element::Rule);
    let applied = rules.filter(|rule| rule.was_true > 0).count();
    let policies = cover
        .elements
        .iter()
        .filter(|element| element.element == Element::Policy);
    let names: Vec<&str> = policies.map(|policy| &*policy.place.source).collect();
    assert!(names.iter().all(|name| name.ends_with(".xml")), "{names:?}");
    assert!(applied > 0 && names.len() == 2, "{cover}");
    // Every decision is of one policy, and passes the other by.
    let not_reached = cover
        .elements
        .iter()
        .filter(|element| element.element == Element::Policy);
    let passed_by: usize = not_reached.map(|policy| policy.not_reached).sum();
    assert_eq!(passed_by, cover.decisions);
}

#[test]
fn a_name_that_the_register_does_not_have_is_told() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("names");
    fs::create_dir_all(&folder).expect("can be made");
    let here = std::env::current_dir().expect("is there").join(SCENARIOS);
    let scenario = here.join("01-letter-with-attachment");
    let path = folder.join("names.test.yaml");
    let text = format!(
        "register: {0}/register.json\npolicies: {0}/policies/ttd-straffesak-brev.xml\n\
         at: 2026-03-02T09:00:00Z\ncases:\n  - name: a\n    who: DAG LEDRE\n    for: NOBODY\n    \
         service: ttd-straffesak-brev\n    action: read\n    expect: Permit\n",
        scenario.display()
    );
    fs::write(&path, &text).expect("can be written");
    let report = run(&path).to_string();
    for part in [
        "names.test.yaml:6:10: the register has no party `DAG LEDRE`; did you mean `DAG LEDER`?",
        "names.test.yaml:7:10: the register has no party `NOBODY`",
    ] {
        assert!(report.contains(part), "{part} is not in {report}");
    }
    fs::write(
        &path,
        text.replace("LEDRE", "LEDER")
            .replace("NOBODY", "urn:altinn:partyid:40101"),
    )
    .expect("can be written");
    assert!(run(&path).is_passed());
}
