//! `vedtak altinn` in Norwegian: there is no English in it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::{NOW, verbs};
use crate::{text, vedtak};

/// Words that are English and not Norwegian, nor the standard's.
const ENGLISH: [&str; 59] = [
    "a",
    "access",
    "add",
    "all",
    "and",
    "any",
    "are",
    "as",
    "asks",
    "be",
    "because",
    "by",
    "can",
    "denied",
    "directly",
    "does",
    "file",
    "from",
    "given",
    "has",
    "have",
    "holds",
    "in",
    "is",
    "it",
    "its",
    "kept",
    "lacks",
    "least",
    "lost",
    "may",
    "missing",
    "more",
    "needs",
    "no",
    "nobody",
    "none",
    "not",
    "note",
    "nothing",
    "of",
    "on",
    "only",
    "or",
    "package",
    "party",
    "record",
    "register's",
    "role",
    "rule",
    "that",
    "the",
    "this",
    "through",
    "to",
    "unless",
    "until",
    "which",
    "with",
];

/// The English words of a text that are neither names, in capitals or between backticks, nor quoted from
/// the engine.
fn english(said: &str) -> Vec<String> {
    let mut plain = String::new();
    for line in said.lines() {
        // Lines of a policy that a finding shows.
        let number = line
            .trim_start()
            .trim_start_matches(|c: char| c.is_ascii_digit());
        if line.starts_with("  ") && number.starts_with(" |")
            || line.trim_start().starts_with("| ^")
        {
            continue;
        }
        let mut is_quoted = false;
        for part in line.replace("\\`", "`").split('`') {
            if !is_quoted {
                plain += part;
            }
            is_quoted = !is_quoted;
        }
        plain.push('\n');
    }
    while let Some((before, after)) = plain.split_once('«') {
        let after = after.split_once('»').map_or("", |(_, after)| after);
        plain = format!("{before}{after}");
    }
    // `urn:…` and what has a slash, an underscore or a dot is an id.
    let words = plain.split(|c: char| c.is_whitespace() || "(),;|—".contains(c));
    let words = words.map(|word| word.trim_matches(['.', ':', '!', '?', '*', '#']));
    let is_english = |word: &&str| ENGLISH.contains(word);
    words.filter(is_english).map(ToOwned::to_owned).collect()
}

#[test]
fn english_is_recognised() {
    assert_eq!(
        english("Permit: kan utføre `the rule` på «the engine» A/S"),
        [""; 0]
    );
    assert_eq!(english("rollen, which it lacks"), ["which", "it", "lacks"]);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

/// A person and an organisation of a register, by keys.
fn somebody(register: &Path) -> (String, String) {
    let register = std::fs::read_to_string(register).expect("is text");
    let register: Json = serde_json::from_str(&register).expect("is JSON");
    let parties = register["parties"].as_array().expect("has parties");
    let key = |kind: Option<&str>, of: &str, urn: &str| {
        let is_it = |party: &&Json| kind.is_none_or(|kind| party["kind"] == kind);
        let found = parties
            .iter()
            .filter(is_it)
            .find(|party| !party[of].is_null());
        let value = found.map(|party| party[of].to_string().replace('"', ""));
        value.map(|value| format!("{urn}:{value}"))
    };
    let of = key(
        Some("organisation"),
        "number",
        "urn:altinn:organization:identifier-no",
    );
    let who = key(Some("person"), "number", "urn:altinn:person:identifier-no")
        .or_else(|| key(None, "id", "urn:altinn:partyid"))
        .or_else(|| key(None, "user", "urn:altinn:userid"))
        .or_else(|| of.clone())
        .unwrap_or_else(|| panic!("{parties:?}"));
    (who.clone(), of.unwrap_or(who))
}

/// The texts of a document, without codes and names in other languages.
fn texts(json: &Json, found: &mut Vec<String>) {
    match json {
        Json::String(text) => found.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Json::Object(members) => {
            let members = members.iter();
            let is_code = |name: &str| ["outcome", "kind", "field"].contains(&name);
            let members = members.filter(|(name, _)| !name.ends_with("_en") && !is_code(name));
            members.for_each(|(_, value)| texts(value, found));
        }
        _ => {}
    }
}

#[test]
fn every_verb_answers_in_norwegian_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut asked = BTreeSet::new();
    let mut ask = |arguments: &[&str]| {
        asked.insert(arguments[0].to_owned());
        let all = ["altinn"].iter().chain(arguments).chain(&["--norwegian"]);
        let output = vedtak(all, b"");
        for said in [text(&output.stdout), text(&output.stderr)] {
            let found = english(said);
            assert!(found.is_empty(), "{arguments:?}: {found:?}\n{said}");
        }
        if arguments.contains(&"--as") {
            return;
        }
        let all = ["altinn"].iter().chain(arguments);
        let output = vedtak(all.chain(&["--norwegian", "--json"]), b"");
        let json = text(&output.stdout);
        let json = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
        let mut said = Vec::new();
        texts(&json, &mut said);
        for said in said {
            let found = english(&said);
            assert!(found.is_empty(), "{arguments:?} --json: {found:?}\n{said}");
        }
    };
    for (place, folder) in files(&root.join("fixtures/altinn/scenarios"))
        .iter()
        .enumerate()
    {
        let register = folder.join("register.json");
        let policies = folder.join("policies");
        let found = files(&policies);
        let Some(policy) = found.get(place % found.len().max(1)) else {
            continue;
        };
        let (who, of) = somebody(&register);
        let service = policy.file_stem().expect("has a name").to_string_lossy();
        let [register, policies, policy] =
            [&register, &policies, policy].map(|path| path.to_str().expect("is text"));
        let with = ["--register", register, "--at", NOW];
        let with_policy = [&with[..], &["--policy", policy]].concat();
        // Each scenario asks some of the questions, and all together each many times.
        match place % 4 {
            0 => {
                ask(&[&["decide", &who, &of, &service, "read"], &with_policy[..]].concat());
                ask(&[&["decide", &who, "-", &service, "fly"], &with_policy[..]].concat());
                ask(&[&["who", &service], &with_policy[..]].concat());
                ask(&["report", policies, register, "--at", NOW]);
            }
            1 => {
                ask(&[&["needed", &who, &of, &service, "read"], &with_policy[..]].concat());
                ask(&[&["who", &service, "read", &of], &with_policy[..]].concat());
                ask(&[
                    "who",
                    &service,
                    "--served",
                    "--register",
                    register,
                    "--at",
                    NOW,
                ]);
                ask(&["check", policies]);
            }
            2 => {
                ask(&[&["parties", &who, &service, "read"], &with_policy[..]].concat());
                ask(&[&["parties", &who], &with[..]].concat());
                ask(&[&["delegable", &who, &of, &service], &with_policy[..]].concat());
                ask(&["requests", &of, "--register", register]);
                ask(&[&["who", "--any-right-for", &of, "--asker", &who], &with[..]].concat());
            }
            _ => {
                ask(&[&["rights", &who, &of, &who, &service], &with_policy[..]].concat());
                ask(&[&["needed", &who, &of, &service, ""], &with_policy[..]].concat());
                ask(&[
                    &["rights", &who, &of, &who, "--services", policies],
                    &with[..],
                ]
                .concat());
                ask(&["package", "utinn", "--services", policies, "--at", NOW]);
                ask(&[
                    "package",
                    "skatt-naering",
                    "--services",
                    policies,
                    "--at",
                    NOW,
                ]);
            }
        }
    }
    let scenario = "fixtures/altinn/scenarios/20-requests-for-access/register.json";
    let (_, of) = somebody(&root.join(scenario));
    let metadata = "fixtures/altinn/metadata/roles.nn.json";
    let of_role = "regnskapsforer=fixtures/altinn/metadata/regnskapsforer.json";
    for arguments in [
        &["requests", &of, "--register", scenario][..],
        &["package", "regnskap"],
        &["package", "xyzzy"],
        &["package", "utinn"],
        &["check", "nowhere.xml", "--of", "urn:altinn:resource:x"],
        &["parties", "urn:altinn:userid:231", "--needing-all"],
        &["who", "ttd-begge", "--policy", "examples"],
        &["package", "regnskap", "--all"],
        &["package", "regnskapp", "--services", "fixtures/altinn/lint"],
        &["catalogue", "--nynorsk", metadata],
        &["catalogue", "--packages-of", of_role],
        &["check", "fixtures/altinn/lint"],
        &["check", "nowhere.xml"],
        &["check", "examples"],
        &["report", "nowhere", scenario],
        &[
            "report",
            "fixtures/altinn/scenarios/04-roles-and-packages/policies",
        ],
        &["decide", "nobody", "-", "ttd-begge", "read"],
        &["decide", "urn:altinn:userid:1", "-", "ttd-ukjent", "read"],
        &[
            "decide",
            "urn:altinn:userid:1",
            "-",
            "ttd-begge",
            "read",
            "--register",
            scenario,
        ],
        &[
            "decide",
            "urn:altinn:userid:1",
            "-",
            "ttd-begge",
            "read",
            "--policy",
            "examples/letters.xml",
        ],
        &[
            "needed",
            "urn:altinn:userid:9",
            "urn:altinn:partyid:1",
            "ttd-begge",
            "read",
        ],
        &[
            "rights",
            "urn:altinn:userid:231",
            "urn:altinn:userid:232",
            "urn:altinn:userid:234",
            "ttd-begge",
        ],
        &["who", "ttd-ukjent", "read"],
        &["parties", "urn:altinn:userid:231", "--size", "1"],
        &[
            "parties",
            "urn:altinn:userid:231",
            "--after",
            "urn:altinn:userid:9",
        ],
        &["package", "skatt", "--register", "register.json"],
        &[
            "parties",
            "urn:altinn:userid:231",
            "--local-test",
            "nowhere",
        ],
    ] {
        ask(arguments);
    }
    assert_eq!(asked, verbs());
}
