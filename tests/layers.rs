//! A room of the library may use only rooms further down.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From top to bottom.
const ROOMS: [&str; 34] = [
    "bin",
    "manual",
    "altinn",
    "testing",
    "pdp",
    "analysis",
    "evaluate",
    "hierarchy",
    "provider",
    "compile",
    "program",
    "alfa",
    "combining",
    "function",
    "authzen",
    "saml",
    "rest",
    "response",
    "request",
    "syntax",
    "attribute",
    "decision",
    "clock",
    "read_options",
    "value",
    "json",
    "xpath",
    "xml",
    "report",
    "folder",
    "error",
    "limits",
    "serialized",
    "lib",
];

/// What must not be known although it is further down.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    ("evaluate", &["syntax", "compile", "json", "xml"]),
    ("compile", &["request", "response", "json"]),
    ("provider", &["compile", "syntax", "json", "xml"]),
    ("json", &["xml"]),
];

#[test]
fn rooms_use_only_rooms_further_down() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&source, "rs", &mut files);
    assert!(files.len() > 50, "the sources were found");
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&source).expect("is inside");
        let first = relative
            .iter()
            .next()
            .and_then(|part| part.to_str())
            .expect("has a name");
        // A language of its own, which knows the types of functions.
        let room = match relative
            .strip_prefix("syntax")
            .is_ok_and(|rest| rest.starts_with("alfa"))
            || relative == Path::new("syntax/alfa.rs")
        {
            true => "alfa",
            false => first.trim_end_matches(".rs"),
        };
        let place = ROOMS.iter().position(|known| *known == room);
        let place = place.unwrap_or_else(|| panic!("`{room}` has no place in the table"));
        if room == "lib" {
            continue;
        }
        let forbidden = FORBIDDEN
            .iter()
            .find(|(known, _)| *known == room)
            .map_or(&[][..], |(_, forbidden)| forbidden);
        let text = fs::read_to_string(&file).expect("is text");
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            for used in uses(code) {
                let Some(other) = ROOMS.iter().position(|known| *known == used) else {
                    continue;
                };
                if other < place || forbidden.contains(&used) {
                    wrong.push(format!(
                        "{}:{}: {room} uses {used}",
                        relative.display(),
                        number + 1
                    ));
                }
            }
            let knows_altinn = code.to_lowercase().contains("altinn");
            let may_know =
                ["altinn", "bin", "manual"].contains(&room) || relative.ends_with("tests.rs");
            if knows_altinn && !may_know {
                wrong.push(format!(
                    "{}:{}: the word altinn",
                    relative.display(),
                    number + 1
                ));
            }
            if code.contains("quick_xml") && room != "xml" {
                wrong.push(format!(
                    "{}:{}: quick-xml outside xml",
                    relative.display(),
                    number + 1
                ));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// `tests/border` compiles `src/altinn` outside the crate: whatever it uses is public, because nothing
/// else is there.
#[test]
fn the_border_has_nothing_but_what_is_public() {
    let border = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/border");
    let text = fs::read_to_string(border.join("lib.rs")).expect("is text");
    let code = text.lines().filter(|line| !line.starts_with("//!"));
    let code: Vec<&str> = code.filter(|line| !line.is_empty()).collect();
    assert_eq!(
        code,
        [
            "#[path = \"../../src/altinn/mod.rs\"]",
            "pub mod altinn;",
            "pub use vedtak::*;"
        ]
    );
    let manifest = fs::read_to_string(border.join("Cargo.toml")).expect("is text");
    let engine = r#"vedtak = { path = "../..", default-features = false, features = ["json"] }"#;
    assert!(manifest.lines().any(|line| line == engine), "{manifest}");
}

/// A reader of attributes that looks only at those with values takes one that cannot be used for one
/// that is not there: in Altinn's flow one file reads them.
#[test]
fn one_file_of_the_flow_reads_attributes() {
    let altinn = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/altinn");
    let mut files = Vec::new();
    collect(&altinn, "rs", &mut files);
    let mut readers = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("is text");
        // A call may stand on several lines.
        let code: String = text
            .lines()
            .map(|line| line.split("//").next().unwrap_or("").trim())
            .collect();
        let reads = [".categories()", "request.values(", "values(category::"];
        if reads.into_iter().any(|read| code.contains(read)) {
            let relative = file.strip_prefix(&altinn).expect("is inside");
            readers.push(relative.display().to_string());
        }
    }
    assert_eq!(readers, ["pdp/said.rs"]);
}

/// The front page of the documentation has no files to lead to: `lib.rs` says before the README where its
/// links lead instead.
#[test]
fn links_of_the_readme_lead_somewhere_in_a_clone_and_in_the_documentation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |file: &str| fs::read_to_string(root.join(file)).expect("is text");
    let (readme, library) = (read("README.md"), read("src/lib.rs"));
    let (before, _) = library
        .split_once("include_str!(\"../README.md\")")
        .expect("has the README");
    let mut labels = Vec::new();
    for line in readme.lines().filter(|line| line.starts_with('[')) {
        let Some((label, file)) = line.split_once("]: ") else {
            continue;
        };
        assert!(root.join(file).is_file(), "{file} is not there");
        assert!(
            before.contains(&format!("{label}]: ")),
            "lib.rs has no {label}]"
        );
        labels.push(label.trim_start_matches('[').to_owned());
    }
    assert!(labels.len() > 5);
    for link in readme.split("](").skip(1) {
        let target = link.split(')').next().expect("has a part");
        let leads = target.starts_with('#') || target.starts_with("https://");
        assert!(
            leads,
            "{target}: give it a label, so that `lib.rs` can lead it elsewhere"
        );
        assert!(
            !target.contains("docs.rs"),
            "{target}: it is not there in a clone"
        );
    }
    for link in readme.split("][").skip(1) {
        let label = link.split(']').next().expect("has a part").to_owned();
        assert!(labels.contains(&label), "no link is called {label}");
    }
}

/// Names of types that more than two rooms have, each with its reason.
const SHARED_NAMES: [(&str, &str); 5] = [
    ("Document", "of policies, of XML and of JSON"),
    (
        "Entity",
        "AuthZEN's, and the expression and the value of the profile",
    ),
    (
        "Expression",
        "as it was read and as it was compiled, and XPath's",
    ),
    ("Kind", "of a value of JSON, of a policy and of a type"),
    ("Node", "of a hierarchy, of JSON and of XPath"),
];

#[test]
fn a_type_has_a_name_of_its_own() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&source, "rs", &mut files);
    let mut rooms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let relative = file.strip_prefix(&source).expect("is inside");
        if relative.to_string_lossy().contains("tests") {
            continue;
        }
        let first = relative.iter().next().and_then(|part| part.to_str());
        let room = first.expect("has a name").trim_end_matches(".rs");
        let text = fs::read_to_string(&file).expect("is text");
        for name in text.lines().filter_map(defined_type) {
            let of_name = rooms.entry(name.to_owned()).or_default();
            of_name.insert(room.to_owned());
        }
    }
    assert!(rooms.len() > 500, "the types were found");
    let in_many = |(_, rooms): &(&String, &BTreeSet<String>)| rooms.len() > 2;
    let shared: Vec<&str> = rooms
        .iter()
        .filter(in_many)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(shared, SHARED_NAMES.map(|(name, _)| name));
}

/// A doc comment begins with its subject, not with a relative clause or a reference to another item.
#[test]
fn no_doc_comment_begins_without_its_subject() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&source, "rs", &mut files);
    let mut headless = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("is text");
        let mut goes_on = false;
        for (number, line) in text.lines().enumerate() {
            let comment = line.trim_start();
            let comment = comment
                .strip_prefix("/// ")
                .or_else(|| comment.strip_prefix("//! "));
            if let (Some(comment), false) = (comment, goes_on) {
                let heads = ["What ", "Who ", "Whoever ", "The same "];
                if heads.into_iter().any(|head| comment.starts_with(head)) {
                    headless.push(format!("{}:{}: {comment}", file.display(), number + 1));
                }
            }
            goes_on = comment.is_some();
        }
    }
    assert_eq!(headless, Vec::<String>::new());
}

/// Rustdoc builds the examples together, from a folder of its own, where no relative path leads to a file
/// of ours. If one of them does not compile there, each is built alone, which takes ten times as long.
#[test]
fn no_example_includes_a_file() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&source, "rs", &mut files);
    collect(&source, "md", &mut files);
    let mut including = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("is text");
        let is_chapter = file.extension().is_some_and(|extension| extension == "md");
        for (number, line) in text.lines().enumerate() {
            let is_text = is_chapter || ["///", "//!"].iter().any(|c| line.trim().starts_with(c));
            if is_text
                && ["include_str!", "include_bytes!"]
                    .iter()
                    .any(|m| line.contains(m))
            {
                including.push(format!("{}:{}: {line}", file.display(), number + 1));
            }
        }
    }
    assert_eq!(including, Vec::<String>::new());
}

/// The type that a line defines.
fn defined_type(line: &str) -> Option<&str> {
    let code = line.trim_start();
    let code = match code.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.trim_start(),
        None => code,
    };
    let (kind, rest) = code.split_once(' ')?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    let is_type = ["struct", "enum", "trait"].contains(&kind);
    is_type.then(|| &rest[..end.unwrap_or(rest.len())])
}

/// The rooms that `crate::room` names in a line.
fn uses(code: &str) -> impl Iterator<Item = &str> {
    code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

fn collect(folder: &Path, ending: &str, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("can be listed") {
        let path = entry.expect("can be listed").path();
        if path.is_dir() {
            collect(&path, ending, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == ending)
        {
            files.push(path);
        }
    }
}
