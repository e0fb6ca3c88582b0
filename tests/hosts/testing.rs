//! Test files for policies: those that pass, those that fail with their exact report, and wrong ones with
//! their exact problems.

use std::fs;
use std::path::{Path, PathBuf};

use vedtak::testing::{Report, Runner};

use crate::bless::difference;

const FOLDER: &str = "fixtures/testing";

fn run(path: &str) -> Report {
    let runner = Runner::new().with_cover();
    runner.run([path]).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn all_that_a_test_file_may_say_passes() {
    for folder in ["letters", "more"] {
        let report = run(&format!("{FOLDER}/{folder}"));
        assert!(report.is_passed(), "{report}");
        assert_eq!(report.failed() + report.broken(), 0);
    }
    vedtak::testing::assert(format!("{FOLDER}/letters"));
}

#[test]
fn what_fails_is_told_in_every_form() {
    let report = run(&format!("{FOLDER}/failing"));
    assert!(!report.is_passed());
    let forms = [
        ("report.txt", report.to_string()),
        ("report.junit.xml", report.to_junit()),
        ("report.json", report.to_json() + "\n"),
    ];
    let differences: String = forms
        .iter()
        .map(|(file, found)| difference(format!("{FOLDER}/failing/{file}"), found))
        .collect();
    assert!(differences.is_empty(), "{differences}");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).expect("is JSON");
    assert_eq!(json["failed"], report.failed());
}

#[test]
fn every_problem_of_a_file_is_told() {
    let mut differences = String::new();
    for path in files(Path::new(FOLDER).join("wrong")) {
        if path.extension().is_some_and(|end| end == "txt") {
            continue;
        }
        let path = path.to_string_lossy().into_owned();
        let report = run(&path);
        assert_eq!((report.broken(), report.passed()), (1, 0), "{report}");
        differences += &difference(format!("{path}.txt"), &report.to_string());
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn nothing_to_test_is_an_error() {
    let error =
        |paths: &[&str], runner: Runner| runner.run(paths).expect_err("is none").to_string();
    let found = error(&["fixtures/errors"], Runner::new());
    assert!(
        found.starts_with("there is no test file in `fixtures/errors`"),
        "{found}"
    );
    let found = error(&["fixtures/nowhere"], Runner::new());
    assert!(
        found.starts_with("`fixtures/nowhere` cannot be read"),
        "{found}"
    );
    assert!(error(&[], Runner::new()).contains("no file or folder"));
    let found = error(&["fixtures/testing/letters"], Runner::new().only("nobody"));
    assert_eq!(found, "no case, and no file, has a name with `nobody`");
    let report = Runner::new()
        .only("secret")
        .run(["fixtures/testing/letters"])
        .expect("is one");
    assert_eq!(report.files[0].cases.len(), 1);
}

#[test]
fn the_cover_of_several_files_is_that_of_all_their_cases() {
    let paths = ["letters/letters.test.yaml", "failing/letters.test.yaml"];
    let paths = paths.map(|path| format!("{FOLDER}/{path}"));
    let [one, other] = paths
        .clone()
        .map(|path| run(&path).cover.expect("is asked for"));
    let both = Runner::new().with_cover().run(&paths).expect("can be read");
    let both = both.cover.expect("is asked for");
    assert_eq!(both.decisions, one.decisions + other.decisions);
    for ((both, one), other) in both.elements.iter().zip(&one.elements).zip(&other.elements) {
        assert_eq!(both.place, one.place);
        assert_eq!(both.reached, one.reached + other.reached);
        assert_eq!(both.not_reached, one.not_reached + other.not_reached);
    }
}

fn files(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("can be listed");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("is one").path()).collect();
    files.sort();
    files
}
