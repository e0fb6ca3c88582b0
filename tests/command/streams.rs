//! Files, folders and streams as they come.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use crate::{code, folder, text, vedtak};

const POLICY: &str = include_str!("../../examples/letters.xml");

/// Whoever has seen enough closes the pipe.
#[test]
fn a_closed_pipe_is_no_error() {
    for arguments in [
        &["decide", "--explain"][..],
        &["completions", "bash"],
        &["altinn", "package", "skatt"],
        &["check", "fixtures/lint", "--sarif"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vedtak"))
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        drop(child.stdout.take());
        let mut told = String::new();
        let mut errors = child.stderr.take().expect("is piped");
        errors.read_to_string(&mut told).expect("is text");
        let ended = child.wait().expect("it ends").code();
        assert!(matches!(ended, Some(0 | 1)), "{arguments:?}: {ended:?}");
        assert!(!told.contains("panicked"), "{told}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("is there");
    let output = Command::new(env!("CARGO_BIN_EXE_vedtak"))
        .arg("decide")
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("it starts");
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("the answer cannot be written"));
}

#[cfg(unix)]
#[test]
fn names_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;

    let folder = folder("names");
    let name = std::ffi::OsStr::from_bytes(b"br\xE5v.xml");
    if std::fs::write(folder.join(name), POLICY).is_err() {
        return; // A file system of texts.
    }
    let words = ["--subject", "role=manager", "--action", "read"];
    let named = [Path::new("decide"), &folder.join(name)].map(|path| path.as_os_str().to_owned());
    let named = named.into_iter().chain(words.map(Into::into));
    let output = vedtak(named, b"");
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    std::fs::write(folder.join("\u{1b}[31mred.xml"), "<Policy/>").expect("can be written");
    let output = vedtak(["check".as_ref(), folder.as_os_str()], b"");
    assert!(
        text(&output.stdout).contains("red.xml:1:1"),
        "{}",
        text(&output.stdout)
    );
    assert!(!text(&output.stdout).contains('\u{1b}'));
    std::fs::remove_file(folder.join("\u{1b}[31mred.xml")).expect("is there");
    let found = [Path::new("decide"), &folder].map(|path| path.as_os_str().to_owned());
    let output = vedtak(found.into_iter().chain(words.map(Into::into)), b"");
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_ends() {
    use std::os::unix::fs::symlink;

    let folder = folder("loop");
    std::fs::create_dir(folder.join("inner")).expect("can be made");
    std::fs::write(folder.join("inner/letters.xml"), POLICY).expect("can be written");
    symlink("..", folder.join("inner/outer")).expect("can be made");
    symlink(".", folder.join("again")).expect("can be made");
    let path = folder.display().to_string();
    let output = vedtak(["check", &path, "--json"], b"");
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(json["files"], 1, "{json}");
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_told_with_all_others() {
    use std::os::unix::fs::symlink;

    let folder = folder("unreadable");
    symlink("nowhere.xml", folder.join("a.xml")).expect("can be made");
    symlink("b.xml", folder.join("b.xml")).expect("can be made");
    std::fs::write(folder.join("c.xml"), POLICY).expect("can be written");
    let path = folder.display().to_string();
    let output = vedtak(["decide", &path, "--action", "read"], b"");
    let told = text(&output.stderr);
    assert_eq!(code(&output), 2);
    assert_eq!(text(&output.stdout), "");
    for part in [
        "a.xml: there is no such file or folder",
        "b.xml: ",
        "nothing was decided",
    ] {
        assert!(told.contains(part), "{told}");
    }
}

/// A document that is too large is not read to its end.
#[cfg(unix)]
#[test]
fn an_endless_file_is_refused() {
    let output = vedtak(["decide", "/dev/zero", "--action", "read"], b"");
    let told = text(&output.stderr);
    assert_eq!(code(&output), 2);
    assert!(
        told.contains("/dev/zero: it has more than 67108864 bytes"),
        "{told}"
    );
}

#[test]
fn migrated_policies_are_written_over_nothing() {
    let folder = folder("migrated");
    let to = folder.display().to_string();
    let arguments = ["migrate", "fixtures/xacml2/policy.xml", "--to", &to];
    let output = vedtak(arguments, b"");
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let written = std::fs::read_to_string(folder.join("policy.xml")).expect("was written");
    assert_eq!(
        written,
        include_str!("../../fixtures/xacml2/policy.migrated.xml")
    );
    let output = vedtak(arguments, b"");
    assert_eq!(code(&output), 2);
    assert!(
        text(&output.stderr).contains("policy.xml: "),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn colours_are_for_terminals_and_those_who_force_them() {
    let coloured = |forced: bool, refused: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vedtak"));
        command
            .arg("decide")
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE");
        if forced {
            command.env("CLICOLOR_FORCE", "1");
        }
        if refused {
            command.env("NO_COLOR", "1");
        }
        let output = command.output().expect("it starts");
        text(&output.stdout).contains('\u{1b}')
    };
    assert!(!coloured(false, false));
    assert!(!coloured(false, true));
    assert!(coloured(true, false));
}

#[test]
fn speed_is_measured() {
    let arguments = [
        "bench",
        "examples/letters.xml",
        "--subject",
        "role=manager",
        "--action",
        "read",
    ];
    let output = vedtak(
        arguments.iter().chain(&["--seconds", "0.05", "--json"]),
        b"",
    );
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(code(&output), 0);
    assert_eq!(json["requests"], 1);
    for number in ["load_ns", "median_ns", "decisions_a_second"] {
        assert!(
            json[number].as_u64().is_some_and(|number| number > 0),
            "{json}"
        );
    }
    assert!(
        json["p99_ns"].as_u64() >= json["median_ns"].as_u64(),
        "{json}"
    );
}

/// Each shell has completions, and each verb has an example.
#[test]
fn shells_complete() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = vedtak(["completions", shell], b"");
        assert_eq!(code(&output), 0);
        assert!(text(&output.stdout).contains("why-not"), "{shell}");
    }
}

#[cfg(unix)]
#[test]
fn policies_are_formatted_in_their_place() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = folder("formatted");
    let (file, link) = (folder.join("night.xml"), folder.join("link.xml"));
    std::fs::copy("fixtures/command/unformatted.xml", &file).expect("can be copied");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("can be set");
    symlink("night.xml", &link).expect("can be made");
    let path = link.display().to_string();
    for (arguments, ended) in [
        (["fmt", &path, "--check"], 1),
        (["fmt", &path, "--write"], 0),
        (["fmt", &path, "--check"], 0),
    ] {
        let output = vedtak(arguments, b"");
        assert_eq!(code(&output), ended, "{}", text(&output.stderr));
    }
    assert!(link.is_symlink());
    let mode = std::fs::metadata(&file)
        .expect("is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(
        std::fs::read_dir(&folder).expect("can be listed").count(),
        2
    );
}

#[test]
fn tests_write_reports() {
    let folder = folder("reports");
    let [junit, html] =
        ["report.xml", "cover.html"].map(|name| folder.join(name).display().to_string());
    let output = vedtak(
        [
            "test",
            "fixtures/testing/letters",
            "--junit",
            &junit,
            "--html",
            &html,
        ],
        b"",
    );
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let read = |file: &str| std::fs::read_to_string(file).expect("was written");
    assert!(read(&junit).contains("<testsuite"));
    assert!(read(&html).starts_with("<!"));
    let tests = [
        "test",
        "fixtures/testing/letters",
        "--only",
        "secret",
        "--junit",
        &junit,
    ];
    let output = vedtak(tests.iter().chain(&["--at-least", "90"]), b"");
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    let junit_of_cover = read(&junit);
    for part in [
        r#"<testsuite name="cover" tests="1" failures="1" errors="0">"#,
        r#"<failure message="2 of 8 are covered, which is less than 90 %"/>"#,
    ] {
        assert!(junit_of_cover.contains(part), "{junit_of_cover}");
    }
    let nowhere = folder.join("nowhere/report.xml").display().to_string();
    let output = vedtak(
        ["test", "fixtures/testing/letters", "--junit", &nowhere],
        b"",
    );
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("nowhere/report.xml: there is no such file or folder"));
}

/// Whoever writes a policy and its tests sees how they come out, again and again.
#[test]
fn tests_run_again_when_a_file_changes() {
    use std::io::{BufRead, BufReader};

    let folder = folder("watched");
    for file in ["letters.xml", "letters.test.yaml"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/testing/letters");
        std::fs::copy(from.join(file), folder.join(file)).expect("can be copied");
    }
    /// It ends with the test, whatever the test finds.
    struct Ends(std::process::Child);
    impl Drop for Ends {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
    let child = Command::new(env!("CARGO_BIN_EXE_vedtak"))
        .args(["test", "--watch"])
        .arg(&folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut child = Ends(child);
    let mut lines = BufReader::new(child.0.stdout.take().expect("is piped")).lines();
    let mut told = || {
        let lines = lines.by_ref().map(|line| line.expect("is text"));
        let told: Vec<String> = lines.take_while(|line| line != "watching …").collect();
        told.join("\n")
    };
    assert!(told().contains("0 failed"));
    let policy = folder.join("letters.xml");
    let xml = std::fs::read_to_string(&policy).expect("is text");
    std::fs::write(&policy, xml.replace(">clerk<", ">porter<")).expect("can be written");
    let told = told();
    assert!(
        told.contains("decision: expected Permit, found NotApplicable"),
        "{told}"
    );
}

/// A code host shows what is wrong beside the lines of a change: errors as well as findings.
#[test]
fn findings_are_sarif_for_code_hosts() {
    let output = vedtak(
        [
            "check",
            "fixtures/command/broken",
            "fixtures/lint/whole/redundant.xml",
            "--sarif",
        ],
        b"",
    );
    assert_eq!(code(&output), 1);
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    let run = &json["runs"][0];
    let rules = run["tool"]["driver"]["rules"]
        .as_array()
        .expect("is a list");
    let results = run["results"].as_array().expect("is a list");
    assert_eq!(results[0]["ruleId"], "invalid-document");
    assert_eq!(results[0]["level"], "error");
    assert!(
        results
            .iter()
            .any(|result| result["ruleId"] == "redundant-rule")
    );
    for result in results {
        assert!(
            rules.iter().any(|rule| rule["id"] == result["ruleId"]),
            "{result}"
        );
        let place = &result["locations"][0]["physicalLocation"];
        assert!(
            place["region"]["startLine"]
                .as_u64()
                .is_some_and(|line| line > 0),
            "{result}"
        );
    }
}

/// What others refer to is in a folder of that name below the one that is named, wherever that is.
#[test]
fn a_library_is_a_folder_of_the_policies() {
    let folder = folder("library").join("policies");
    std::fs::create_dir_all(folder.join("library")).expect("can be made");
    for (from, to) in [
        ("main.xml", "main.xml"),
        ("library.xml", "library/library.xml"),
    ] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/nested")
            .join(from);
        std::fs::copy(from, folder.join(to)).expect("can be copied");
    }
    let path = folder.display().to_string();
    let output = vedtak(["decide", &path, "fixtures/nested/request.xml"], b"");
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).starts_with("Permit: Rule `staff-may`"),
        "{}",
        text(&output.stdout)
    );
}

/// Whoever asks a verb for help sees an example of it.
#[test]
fn the_help_of_each_verb_has_an_example() {
    for (of, least) in [(&[][..], 13), (&["altinn"], 8)] {
        let all = vedtak(of.iter().chain(&["--help"]), b"");
        let all = text(&all.stdout);
        let listed = all.split_once("Commands:\n").expect("lists verbs").1;
        let listed = listed.lines().take_while(|line| !line.is_empty());
        let mut count = 0;
        for line in listed {
            // A long text goes on in lines that begin further right.
            let Some(verb) = line
                .strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
            else {
                continue;
            };
            let verb = verb.split_whitespace().next().unwrap_or_default();
            if verb == "help" {
                continue;
            }
            let help = vedtak(of.iter().chain(&[verb, "--help"]), b"");
            let help = text(&help.stdout);
            let example = format!("\n  {} ", [&["vedtak"], of, &[verb]].concat().join(" "));
            assert!(help.contains("Example"), "{verb}: {help}");
            assert!(help.contains(&example), "{verb}: {help}");
            count += 1;
        }
        assert!(count >= least, "{count} verbs: {all}");
    }
}

/// An answer that is one of this moment says so, unless the moment was asked for.
#[test]
fn an_answer_of_now_says_so() {
    let alfa = r#"policy p {
        apply denyUnlessPermit
        rule r { permit condition Attributes.currentDate > "2000-01-01":date }
    }"#;
    let now = "the answer is that of now, 20";
    for (arguments, is_said) in [
        (&["who", "-", "-a", "read"][..], true),
        (&["who", "-", "-a", "read", "--of", "environment"], false),
        (
            &["who", "-", "-a", "read", "--at", "2026-11-29T10:00:00Z"],
            false,
        ),
        (
            &["who", "-", "-a", "read", "-e", "current-date=2026-11-29"],
            false,
        ),
    ] {
        let output = vedtak(arguments, alfa.as_bytes());
        let told = text(&output.stdout);
        assert_eq!(code(&output), 0, "{told}{}", text(&output.stderr));
        assert_eq!(told.contains(now), is_said, "{arguments:?}: {told}");
        assert_eq!(
            told.contains("Z, and --at asks for another"),
            is_said,
            "{told}"
        );
        let at = "2026-11-29T10:00:00Z";
        assert_eq!(told.contains(at), arguments.contains(&at), "{told}");
    }
}
