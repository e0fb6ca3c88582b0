//! Folders with links and odd files: no policy is lost by how its folder is reached or named.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::{code, folder, text, vedtak, vedtak_in};

const XMLNS: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";

/// A policy with one rule for all requests.
fn policy(folder: &Path, id: &str, effect: &str) {
    let text = format!(
        r#"<Policy xmlns="{XMLNS}" PolicyId="{id}" Version="1.0" RuleCombiningAlgId="urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"><Target/><Rule RuleId="r" Effect="{effect}"/></Policy>"#
    );
    fs::create_dir_all(folder).expect("can be made");
    fs::write(folder.join(format!("{id}.xml")), text).expect("can be written");
}

fn shown(path: impl AsRef<Path>) -> String {
    path.as_ref().display().to_string()
}

/// Each side of a comparison has all that is in its folder, also what the other side has.
#[test]
fn two_sides_may_have_a_folder_in_common() {
    let folder = folder("sides");
    policy(&folder.join("old"), "a", "Permit");
    policy(&folder.join("old/v2"), "c", "Deny");
    let [old, inner] = ["old", "old/v2"].map(|name| shown(folder.join(name)));
    for (one, other, is_same) in [
        (&old, &old, true),
        (&old, &inner, true),
        (&inner, &old, true),
    ] {
        let output = vedtak(["diff", one, other], b"");
        let told = text(&output.stdout);
        assert_eq!(
            code(&output) == 0,
            is_same,
            "{told}{}",
            text(&output.stderr)
        );
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_the_other_side_hides_nothing() {
    let folder = folder("linked-sides");
    for side in ["old", "new"] {
        policy(&folder.join(side), "a", "Permit");
    }
    policy(&folder.join("old/library"), "b", "Deny");
    std::os::unix::fs::symlink("../old/library", folder.join("new/live")).expect("can be made");
    let [old, new] = ["old", "new"].map(|name| shown(folder.join(name)));
    for (one, other) in [(&old, &new), (&new, &old)] {
        let output = vedtak(["diff", one, other], b"");
        let told = text(&output.stdout);
        assert_eq!(code(&output), 1, "{told}{}", text(&output.stderr));
        assert!(told.contains("Deny"), "{told}");
    }
}

/// A library that is reached by another name decides, whatever the names are.
#[cfg(unix)]
#[test]
fn a_folder_that_is_in_a_library_and_elsewhere_decides() {
    use std::os::unix::fs::symlink;
    for (number, (link, to)) in [
        ("aa", "library"),
        ("zz", "library"),
        ("library/inner", "../shared"),
        ("library/zz", "../zz"),
        ("aa", "library/inner"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = folder(&format!("both-ways-{number}"));
        policy(&folder, "a", "Permit");
        let real = match (link, to) {
            ("library/inner", _) => "shared",
            ("library/zz", _) => "zz",
            (_, real) => real,
        };
        policy(&folder.join(real), "d", "Deny");
        fs::create_dir_all(folder.join("library")).expect("can be made");
        symlink(to, folder.join(link)).expect("can be made");
        let path = shown(&folder);
        let output = vedtak(["decide", &path, "-s", "kari", "-a", "read"], b"");
        let told = text(&output.stdout);
        assert!(
            told.starts_with("Deny"),
            "{link}: {told}{}",
            text(&output.stderr)
        );
        let test = "cases: [{name: a, action: read, expect: Deny}]";
        fs::write(folder.join("a.test.yaml"), test).expect("can be written");
        let output = vedtak(["test", &path], b"");
        assert_eq!(code(&output), 0, "{link}: {}", text(&output.stdout));
    }
    // Without another way to it, it does not.
    let folder = folder("one-way");
    policy(&folder, "a", "Permit");
    policy(&folder.join("library"), "d", "Deny");
    let output = vedtak(["decide", &shown(&folder), "-s", "kari", "-a", "read"], b"");
    assert!(text(&output.stdout).starts_with("Permit"));
    // A folder that is named decides, though it is the library of another one.
    let paths = [folder.clone(), folder.join("library")].map(shown);
    for [one, other] in [[0, 1], [1, 0]] {
        let named = [&paths[one], &paths[other]].map(String::as_str);
        let output = vedtak([&["decide"], &named[..], &["-a", "read"]].concat(), b"");
        assert!(
            text(&output.stdout).starts_with("Deny"),
            "{}",
            text(&output.stderr)
        );
    }
}

/// A pipe or a device among the services of a folder is refused: to read it may never end.
#[cfg(unix)]
#[test]
fn odd_files_in_a_folder_of_services_are_refused() {
    let folder = folder("odd-services");
    let odd = folder.join("svc.xml");
    std::os::unix::fs::symlink("/dev/zero", &odd).expect("can be made");
    let [path, file] = [&folder, &odd].map(shown);
    let register = "fixtures/altinn/scenarios/04-roles-and-packages/register.json";
    for arguments in [
        &["altinn", "report", &path, register][..],
        &["altinn", "package", "skatt-naering", "--services", &path],
    ] {
        let output = vedtak(arguments, b"");
        assert_eq!(code(&output), 2, "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.contains("it is no regular file"), "{told}");
    }
    for arguments in [
        &["altinn", "check", &file][..],
        &["altinn", "who", "svc", "read", "--policy", &file],
        &["altinn", "catalogue", &file],
        &[
            "altinn",
            "who",
            "svc",
            "read",
            "--register",
            &file,
            "--policy",
            "examples/letters.xml",
        ],
    ] {
        let output = vedtak(arguments, b"");
        assert_eq!(code(&output), 2, "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.contains("which is the limit"), "{arguments:?}: {told}");
    }
    let set = folder.join("Register/Party");
    fs::create_dir_all(&set).expect("can be made");
    std::os::unix::fs::symlink("/dev/zero", set.join("1.json")).expect("can be made");
    let policy = "examples/letters.xml";
    let who = ["altinn", "who", "svc", "read", "--policy", policy];
    let output = vedtak([&who[..], &["--local-test", &path]].concat(), b"");
    assert_eq!(code(&output), 2);
    let told = text(&output.stderr);
    assert!(told.contains("it is no regular file"), "{told}");
}

/// What a catalogue is not compared in is said, and nothing is no metadata.
#[test]
fn a_catalogue_of_one_kind_says_what_is_not_compared() {
    let folder = folder("catalogue");
    let file = folder.join("a.json");
    fs::write(&file, "[]").expect("can be written");
    let output = vedtak(["altinn", "catalogue", &shown(&file)], b"");
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("the metadata has no item"));
    let role = r#"[{"id": "1", "name": "T", "code": "t", "urn": "urn:altinn:external-role:ccr:t", "isKeyRole": false, "isResourcePolicyAvailable": true}]"#;
    fs::write(&file, role).expect("can be written");
    let output = vedtak(["altinn", "catalogue", &shown(&file), "--json"], b"");
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(json["not_compared"], serde_json::json!(["packages"]));
    let output = vedtak(["altinn", "catalogue", &shown(&file)], b"");
    let told = text(&output.stderr);
    assert!(told.contains("no file has packages"), "{told}");
}

/// The cover of a folder is that of all policies in it.
#[test]
fn a_policy_without_a_test_is_not_covered() {
    let folder = folder("untested");
    policy(&folder.join("a"), "a", "Permit");
    let test = "policies: [a.xml]\ncases: [{name: a, action: read, expect: Permit}]";
    fs::write(folder.join("a/a.test.yaml"), test).expect("can be written");
    let path = shown(&folder);
    let covered = || vedtak(["test", &path, "--at-least", "100"], b"");
    assert_eq!(code(&covered()), 0, "{}", text(&covered().stdout));
    // One beside it, and one in another folder.
    for (of, rest) in [("a", "1 of 2"), ("b", "1 of 3")] {
        policy(&folder.join(of), &format!("not-{of}"), "Deny");
        let output = covered();
        assert_eq!(code(&output), 1, "{}", text(&output.stderr));
        let told = text(&output.stdout);
        assert!(
            told.contains(rest) && told.contains(&format!("not-{of}.xml")),
            "{told}"
        );
    }
    let output = vedtak_in(&folder.join("a"), ["test", ".", "--at-least", "100"], b"");
    assert_eq!(code(&output), 1, "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("1 of 2"),
        "{}",
        text(&output.stdout)
    );
    // The file that is named has what it reads.
    let file = shown(folder.join("a/a.test.yaml"));
    let output = vedtak(["test", &file, "--at-least", "100"], b"");
    assert_eq!(code(&output), 0, "{}", text(&output.stdout));
    // Nothing is counted of what is broken, which is not enough either.
    fs::remove_dir_all(folder.join("b")).expect("is there");
    fs::write(folder.join("a/not-a.xml"), "<Policy").expect("can be written");
    let output = covered();
    assert_eq!(code(&output), 1, "{}", text(&output.stdout));
    let told = text(&output.stderr);
    assert!(
        told.contains("policies in no test are not counted") && told.contains("not-a.xml"),
        "{told}"
    );
    let output = vedtak(["test", &path, "--coverage", "--json"], b"");
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(
        json["not_counted"].as_array().map(Vec::len),
        Some(1),
        "{json}"
    );
}
