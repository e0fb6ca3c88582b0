//! `vedtak altinn` over the files of the scenarios: in Norwegian there is no English, and no option is
//! passed over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::{code, text, vedtak};

pub(super) const NOW: &str = "2026-03-02T09:00:00+01:00";

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
                ask(&["check", policies]);
            }
            2 => {
                ask(&[&["parties", &who, &service, "read"], &with_policy[..]].concat());
                ask(&[&["parties", &who], &with[..]].concat());
                ask(&[&["delegable", &who, &of, &service], &with_policy[..]].concat());
                ask(&["requests", &of, "--register", register]);
            }
            _ => {
                ask(&[&["rights", &who, &of, &who, &service], &with_policy[..]].concat());
                ask(&[&["needed", &who, &of, &service, ""], &with_policy[..]].concat());
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
    let rows: [(&[&str], &[&str]); 13] = [
        (&["decide", who, of, "ttd-begge", "read"], &[]),
        (&["who", "ttd-begge", "read"], &[]),
        (&["rights", who, of, who, "ttd-begge"], &[]),
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

/// In the register alone, too, roles of Altinn II end; pages follow each other; and what is left out is
/// said.
#[test]
fn parties_are_listed_by_pages_and_roles_end() {
    let who = "urn:altinn:userid:231";
    let ask = |more: &[&str]| {
        let all: Vec<&str> = ["altinn", "parties", who]
            .iter()
            .chain(more)
            .copied()
            .collect();
        let output = vedtak(all.iter().chain(&["--json"]), b"");
        let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
        let told = vedtak(all, b"");
        (json, text(&told.stderr).to_owned())
    };
    let names = |json: &Json| -> Vec<String> {
        let all = json["parties"].as_array().expect("has parties").iter();
        all.map(|party| party["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    let (before, told) = ask(&["--at", NOW]);
    assert_eq!(names(&before), ["BJARKØY MASKIN AS", "UNNI UTFYLLER"]);
    assert!(
        told.contains("only what the register has is listed"),
        "{told}"
    );
    let role = &before["parties"][0]["roles"][0];
    assert_eq!(role["until"], "2026-12-31T23:00:00Z");
    assert_eq!(role["right_source_type"], "RoleTypeRights");
    assert_eq!(role["decision"], Json::Null, "no policy was asked");
    assert_eq!(before["parties"][0]["is_access_manager"], false);
    assert_eq!(before["parties"][1]["is_access_manager"], true);
    let (after, _) = ask(&["--at", "2027-01-01T00:00:00+01:00"]);
    assert_eq!(names(&after), ["UNNI UTFYLLER"]);
    let (none, _) = ask(&["--at", "2027-01-01T00:00:00+01:00", "--role", "utinn"]);
    assert_eq!(names(&none), [""; 0]);

    let (first, told) = ask(&["--at", NOW, "--size", "1", "--brief"]);
    assert_eq!(names(&first), ["BJARKØY MASKIN AS"]);
    assert_eq!(first["has_more"], true);
    let next = first["after"].as_str().expect("is there");
    assert!(
        told.contains(&format!("there are more: --after {next}")),
        "{told}"
    );
    let (second, _) = ask(&["--at", NOW, "--size", "1", "--after", next]);
    assert_eq!(names(&second), ["UNNI UTFYLLER"]);
    assert_eq!(second["has_more"], false);

    for (filter, found) in [
        // Whoever acts for herself has it, too.
        (
            &["--role", "utinn"][..],
            &["BJARKØY MASKIN AS", "UNNI UTFYLLER"][..],
        ),
        (&["--role", "privatperson"], &["UNNI UTFYLLER"]),
        (
            &["--role", "utinn", "--role", "privatperson", "--needing-all"],
            &["UNNI UTFYLLER"],
        ),
        (&["--package", "innbygger-kjoretoy"], &["UNNI UTFYLLER"]),
        (&["--delegated", "ttd-begge"], &[]),
        (&["--delegated-action", "read"], &[]),
        (
            &["--only", "urn:altinn:organization:identifier-no:310000401"],
            &["BJARKØY MASKIN AS"],
        ),
    ] {
        let (json, _) = ask(&[&["--at", NOW], filter].concat());
        assert_eq!(names(&json), found, "{filter:?}");
    }
}

/// The requests of a register that nobody has answered.
#[test]
fn open_requests_are_listed() {
    let register = "fixtures/altinn/scenarios/04-roles-and-packages/register.json";
    let register = Path::new(env!("CARGO_MANIFEST_DIR")).join(register);
    let register = std::fs::read_to_string(register).expect("is text");
    let asked = r#", "access_requests": [
        {"person": "TORE TJENESTE", "party": "BJARKØY MASKIN AS", "package": "skatt-naering", "at": "2026-03-01T12:00:00+01:00"},
        {"person": "TORE TJENESTE", "party": "BJARKØY MASKIN AS", "resource": "ttd-begge", "rights": ["read"]}]}"#;
    let (before, _) = register.rsplit_once('}').expect("is an object");
    let register = format!("{before}{asked}");
    let of = "urn:altinn:organization:identifier-no:310000401";
    let ask = |more: &[&str]| {
        let all = ["altinn", "requests", of, "--register", "-"];
        let output = vedtak(all.iter().chain(more), register.as_bytes());
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let said = ask(&[]);
    // Behind the number.
    let lines = said.lines();
    let lines = lines.map(|line| line.trim_start_matches(|c: char| c.is_ascii_digit()));
    assert_eq!(
        lines.collect::<Vec<_>>(),
        [
            " (from 1 March 2026 at 12:00): TORE TJENESTE asks for the package `skatt-naering`",
            ": TORE TJENESTE asks for read on `ttd-begge`",
        ]
    );
    let said = ask(&["--norwegian"]);
    assert!(
        said.contains(
            "(fra 1. mars 2026 kl. 12.00): TORE TJENESTE ber om tilgangspakken `skatt-naering`"
        ),
        "{said}"
    );
    let json: Json = serde_json::from_str(&ask(&["--json"])).expect("is JSON");
    assert_eq!(
        json["requests"][0]["person"]["key"],
        "urn:altinn:partyid:30234"
    );
}

/// The holders of a right come by pages, and those of all pages are those of none.
#[test]
fn holders_come_by_pages() {
    let of = "urn:altinn:organization:identifier-no:310000401";
    let ask = |more: &[&str]| -> Json {
        let all = [
            "altinn",
            "who",
            "ttd-begge",
            "read",
            of,
            "--at",
            NOW,
            "--json",
        ];
        let output = vedtak(all.iter().chain(more), b"");
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        serde_json::from_str(text(&output.stdout)).expect("is JSON")
    };
    let names = |json: &Json| -> Vec<String> {
        let holders = json["holders"].as_array().expect("has holders").iter();
        let name = |holder: &Json| holder["party"]["name"].as_str().map(ToOwned::to_owned);
        holders.filter_map(name).collect()
    };
    let all = ask(&[]);
    assert_eq!(all["has_more"], false);
    let (mut listed, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = match &after {
            Some(after) => ask(&["--size", "1", "--after", after]),
            None => ask(&["--size", "1"]),
        };
        listed.extend(names(&page));
        assert_eq!(page["has_more"], page["after"].is_string());
        match page["after"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(listed, names(&all));
    assert_eq!(listed.len(), 4);
    let unknown = [
        "altinn",
        "who",
        "ttd-begge",
        "read",
        of,
        "--after",
        "urn:altinn:userid:9",
    ];
    let output = vedtak(unknown, b"");
    assert_eq!(code(&output), 2);
    assert!(text(&output.stderr).contains("is not in the register"));
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
    std::fs::create_dir_all(folder.join("old")).expect("can be made");
    let path = folder.to_str().expect("is text").to_owned();
    let check = |more: &[&str]| vedtak(["altinn", "check", &path].iter().chain(more), b"");

    let output = check(&[]);
    assert_eq!(code(&output), 1);
    let told = text(&output.stdout);
    assert!(told.ends_with("3 findings in 2 policies\n"), "{told}");
    assert!(
        told.contains("ttd-begge.xml:3:1: ") && told.contains("ttd-kun-rolle.xml:7:3: "),
        "{told}"
    );
    let notes = text(&output.stderr);
    for note in [
        "notes.txt: no policy",
        "old: a folder in the folder is not looked at",
    ] {
        assert!(notes.contains(note), "{notes}");
    }

    std::fs::write(folder.join("ttd-annen.xml"), "<Policy").expect("can be written");
    let output = check(&["--json"]);
    assert_eq!(code(&output), 2, "one policy could not be read");
    let json: Json = serde_json::from_str(text(&output.stdout)).expect("is JSON");
    assert_eq!(json["policies"], 2);
    let findings = json["findings"].as_array().expect("has findings");
    assert_eq!(findings.len(), 3);
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

    let empty = folder.join("old");
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
