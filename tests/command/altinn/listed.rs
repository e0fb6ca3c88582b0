//! The lists of `vedtak altinn`: parties, requests and holders, and their pages.

use std::path::Path;

use serde_json::Value as Json;

use super::NOW;
use crate::{code, text, vedtak};

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
            ", open from 1 March 2026 at 12:00: TORE TJENESTE asks for the access package Skatt næring (skatt-naering)",
            ": TORE TJENESTE asks for read on `ttd-begge`",
        ]
    );
    let said = ask(&["--norwegian"]);
    assert!(
        said.contains(
            ", åpen fra 1. mars 2026 kl. 12.00: TORE TJENESTE ber om tilgangspakken Skatt næring (skatt-naering)"
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
        let json: Json = serde_json::from_str(text(&output.stdout)).expect("is JSON");
        json["parts"][0].clone()
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

/// Where a page ends at a person who has no key but her number, the next one begins after her place in the
/// register, and the number is told nowhere.
#[test]
fn a_page_ends_at_a_person_with_a_number_alone() {
    let folder = crate::folder("altinn-pages");
    let numbers = ["22884919731", "22884919812", "22884919901"];
    let people = numbers
        .map(|number| format!(r#"{{"kind": "person", "name": "AAA", "number": "{number}"}}"#));
    let roles = numbers.map(|number| {
        format!(
            r#"{{"to": "urn:altinn:person:identifier-no:{number}", "from": "B", "role": "utinn"}},
            {{"to": "KARI", "from": "urn:altinn:person:identifier-no:{number}", "role": "utinn"}}"#
        )
    });
    let register = format!(
        r#"{{"format": "vedtak-register", "version": 1, "parties": [
        {{"kind": "organisation", "name": "B", "number": "310000401"}},
        {{"kind": "person", "name": "KARI", "user": 201}}, {}],
        "roles": [{}], "resources": [{{"id": "ttd-begge", "owner": "ttd"}}]}}"#,
        people.join(","),
        roles.join(",")
    );
    let register = register.as_bytes();
    std::fs::write(folder.join("register.json"), register).expect("can be written");
    let register = folder.join("register.json");
    let register = register.to_str().expect("is text");
    let policy = "fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-begge.xml";
    let of = "urn:altinn:organization:identifier-no:310000401";
    let kari = "urn:altinn:userid:201";
    let questions = [
        (&["who", "ttd-begge", "read", of][..], "holders", 3),
        (&["parties", kari, "ttd-begge", "read"], "parties", 4),
        (&["parties", kari], "parties", 4),
    ];
    for (question, member, count) in questions {
        let mut after = None::<String>;
        let mut listed = 0;
        loop {
            let common = ["--at", NOW, "--register", register, "--json", "--size", "1"];
            let mut all = vec!["altinn"];
            all.extend(question);
            all.extend(common);
            if question.contains(&"read") {
                all.extend(["--policy", policy]);
            }
            if let Some(after) = &after {
                all.extend(["--after", after]);
            }
            let output = vedtak(all, b"");
            let (told, notes) = (text(&output.stdout), text(&output.stderr));
            assert_eq!(code(&output), 0, "{question:?}: {notes}");
            for number in numbers {
                assert!(
                    !told.contains(number) && !notes.contains(number),
                    "{told}{notes}"
                );
            }
            let whole: Json = serde_json::from_str(told).expect("is JSON");
            let page = whole.pointer("/parts/0").unwrap_or(&whole);
            listed += page[member].as_array().expect("is a list").len();
            match page["after"].as_str() {
                Some(next) => after = Some(next.to_owned()),
                None => break,
            }
        }
        assert_eq!(listed, count, "{question:?}");
    }
    for (place, told) in [
        ("6", "has fewer parties"),
        ("0", "has fewer parties"),
        (numbers[0], "228849*****"),
    ] {
        let question = [
            "altinn",
            "parties",
            kari,
            "--register",
            register,
            "--after",
            place,
        ];
        let output = vedtak(question, b"");
        assert_eq!(code(&output), 2);
        assert!(
            text(&output.stderr).contains(told),
            "{}",
            text(&output.stderr)
        );
    }
}

/// A number of a person where another word was forgotten is not told.
#[test]
fn a_number_in_a_wrong_place_is_hidden() {
    let number = "15834619694";
    let (kari, of) = (
        "urn:altinn:userid:231",
        "urn:altinn:organization:identifier-no:310000401",
    );
    let urn = format!("urn:altinn:person:identifier-no:{number}");
    for question in [
        &["who", "ttd-begge", number][..],
        &["who", number],
        &["who", "ttd-begge", &urn],
        &["decide", kari, of, "ttd-begge", number],
        &["decide", kari, of, number, "read"],
        &["needed", kari, of, "ttd-begge", "read", "--task", number],
        &["parties", kari, "ttd-begge", number],
        &["rights", kari, of, kari, number],
        &["delegable", kari, of, number],
    ] {
        let output = vedtak(["altinn"].iter().chain(question), b"");
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(code(&output), 2, "{question:?}: {told}");
        assert!(
            !told.contains(number) && told.contains("158346*****"),
            "{question:?}: {told}"
        );
    }
}

/// What a policy permits by several things together is listed beside what is held; and of a right to a whole
/// app, the tasks are told in which a delegation opens it.
#[test]
fn rights_are_told_beside_holdings_and_in_their_tasks() {
    let ask = |arguments: &[&str], scenario: &str, service: &str, more: &[&str]| {
        let folder = format!("fixtures/altinn/scenarios/{scenario}");
        let register = format!("{folder}/register.json");
        let policy = format!("{folder}/policies/{service}.xml");
        let with = [
            service,
            "--register",
            &register,
            "--policy",
            &policy,
            "--at",
            NOW,
        ];
        let all = ["altinn"].iter().chain(arguments);
        let output = vedtak(all.chain(&with).chain(more), b"");
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        text(&output.stdout).to_owned()
    };
    let json = |text: &str| serde_json::from_str::<Json>(text).expect("is JSON");
    let (inga, of) = (
        "urn:altinn:userid:221",
        "urn:altinn:organization:identifier-no:310000301",
    );
    let rights = |more: &[&str]| {
        let arguments = ["rights", inga, of, inga];
        ask(&arguments, "03-access-groups", "ttd-kvotehandel", more)
    };
    for (more, said) in [
        (
            &[][..],
            "read on Handel med kvoter (`ttd-kvotehandel`) — by the access group innehaver and the resource right read \
             — directly\n",
        ),
        (
            &["--norwegian"],
            "read på Handel med kvoter (`ttd-kvotehandel`) — av tilgangsgruppen innehaver og ressursrettigheten read \
             — direkte\n",
        ),
    ] {
        let told = rights(more);
        assert!(told.contains(said), "{told}");
    }
    let told = json(&rights(&["--json"]));
    assert_eq!(told["otherwise"][0]["action"], "read", "{told}");
    assert_eq!(told["complete"], true, "{told}");

    let (dina, of) = (
        "urn:altinn:userid:4601",
        "urn:altinn:organization:identifier-no:310004601",
    );
    let delegable = |more: &[&str]| {
        let arguments = ["delegable", dina, of];
        let app = "app_ttd_byggemelding";
        ask(&arguments, "46-a-right-to-a-whole-app", app, more)
    };
    let told = delegable(&[]);
    let of_app =
        "yes: write on `app_ttd_byggemelding`: opens only write (urn:altinn:task Task_1)\n";
    assert!(told.contains(of_app), "{told}");
    assert!(
        told.contains("yes: sign (urn:altinn:task Task_2) on `app_ttd_byggemelding`\n"),
        "{told}"
    );
    assert!(delegable(&["--norwegian"]).contains(": åpner bare write (urn:altinn:task Task_1)\n"));
    let told = json(&delegable(&["--json"]));
    let checked = told["checked"].as_array().expect("is a list");
    let write = checked.iter().find(|one| one["rights"][0] == "write");
    let write = write.expect("is there");
    assert_eq!(
        write["opens"][0], "write (urn:altinn:task Task_1)",
        "{told}"
    );
}
