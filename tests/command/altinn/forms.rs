//! Forms of the questions of `vedtak altinn`: of everybody with a right, of the services of a folder or a
//! role, and those that are refused.

use serde_json::Value as Json;

use super::NOW;
use crate::{code, text, vedtak};

const SCENARIO: &str = "fixtures/altinn/scenarios/04-roles-and-packages";
const OF: &str = "urn:altinn:organization:identifier-no:310000401";
const LIV: &str = "urn:altinn:userid:233";
const BEATE: &str = "urn:altinn:userid:235";

/// The JSON of an answer, what is told, and how it ends.
fn ask(arguments: &[&str]) -> (Json, String, i32) {
    let all = ["altinn"].iter().chain(arguments);
    let output = vedtak(all.clone().chain(&["--json"]), b"");
    let json = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let output = vedtak(all, b"");
    let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
    (json, told, code(&output))
}

fn names(json: &Json) -> Vec<&str> {
    let all = json.as_array().expect("is a list").iter();
    all.filter_map(|one| one["name"].as_str()).collect()
}

/// Everybody with any right is listed for whoever administers the party's accesses, and for nobody else.
#[test]
fn who_lists_everybody_with_a_right() {
    let (json, told, ended) = ask(&["who", "--any-right-for", OF, "--asker", LIV, "--at", NOW]);
    assert_eq!(ended, 0, "{told}");
    let all = [
        "BEATE BEGGE",
        "LIV LEDER",
        "PETTER PAKKE",
        "TORE TJENESTE",
        "UNNI UTFYLLER",
    ];
    assert_eq!(names(&json["rightholders"]), all);
    assert_eq!(json["rightholders"][0]["number"], "229285*****");
    assert!(
        told.contains("BEATE BEGGE — urn:altinn:partyid:30235\n"),
        "{told}"
    );
    let (_, told, ended) = ask(&["who", "--any-right-for", OF, "--asker", BEATE, "--at", NOW]);
    assert_eq!(ended, 2);
    assert!(told.contains("BEATE BEGGE"), "{told}");
    for incomplete in [
        &["who"][..],
        &["who", "--any-right-for", OF],
        &["who", "ttd-begge", "--any-right-for", OF, "--asker", LIV],
        &["who", "ttd-begge", "--asker", LIV],
    ] {
        assert_eq!(ask(incomplete).2, 2, "{incomplete:?}");
    }
}

/// Rights to all services of a folder are those to each of them.
#[test]
fn rights_are_listed_for_the_services_of_a_folder() {
    let (register, policies) = (
        format!("{SCENARIO}/register.json"),
        format!("{SCENARIO}/policies"),
    );
    let with = ["--register", &register, "--at", NOW];
    let folder = ["rights", BEATE, OF, LIV, "--services", &policies];
    let (all, told, ended) = ask(&[&folder, &with[..]].concat());
    assert_eq!(ended, 0, "{told}");
    let rights = |json: &Json| -> Vec<(String, String, String)> {
        let lists = ["rights", "otherwise"];
        let rights = lists
            .iter()
            .flat_map(|list| json[list].as_array().expect("is a list"));
        let right = rights.map(|right| {
            let [resource, action] = ["resource", "action"].map(|name| right[name].to_string());
            (resource, action, right["source"]["kind"].to_string())
        });
        let mut rights: Vec<_> = right.collect();
        rights.sort();
        rights
    };
    let mut each = Vec::new();
    for file in std::fs::read_dir(&policies).expect("is a folder") {
        let path = file.expect("is there").path();
        let service = path
            .file_stem()
            .expect("has a name")
            .to_str()
            .expect("is text");
        let policy = path.to_str().expect("is text");
        let one = ["rights", BEATE, OF, LIV, service, "--policy", policy];
        each.extend(rights(&ask(&[&one, &with[..]].concat()).0));
    }
    each.sort();
    assert_eq!(rights(&all), each);
    assert!(each.len() > 4, "{each:?}");
    // A folder is not the policy of a service.
    let one = ["rights", BEATE, OF, LIV, "ttd-begge", "--policy", &policies];
    let (_, told, ended) = ask(&[&one, &with[..]].concat());
    assert_eq!(ended, 2);
    assert!(
        told.contains("is a folder, and --policy is the policy of one service"),
        "{told}"
    );
}

/// The services that a role opens are listed as those of a package are, and a name of neither is no other one.
#[test]
fn services_of_a_role_are_listed() {
    let policies = format!("{SCENARIO}/policies");
    let of = |name| ask(&["package", name, "--services", &policies, "--at", NOW]);
    let services = |json: &Json| -> Vec<String> {
        let all = json["services"].as_array().expect("is a list").iter();
        all.map(|one| one["resource"].to_string()).collect()
    };
    let (json, told, ended) = of("utinn");
    assert_eq!(ended, 0, "{told}");
    assert_eq!(services(&json), [r#""ttd-begge""#, r#""ttd-kun-rolle""#]);
    assert!(
        told.contains("that come with this role is not among these"),
        "{told}"
    );
    assert_eq!(of("Reporter/sender").0, json);
    let (_, told, ended) = of("nope");
    assert_eq!(ended, 2);
    assert!(
        told.contains("no access package and no role `nope`"),
        "{told}"
    );
    assert!(!told.contains("did you mean"), "{told}");
    let (_, told, _) = of("skat-naering");
    assert!(told.contains("did you mean `skatt-naering`?"), "{told}");
    let (_, told, _) = ask(&["package", "utinn"]);
    assert!(
        told.contains("`utinn` is a role: with --services"),
        "{told}"
    );
}

/// A question that says nothing where something is to be said is refused, and a part that is unknown is told.
#[test]
fn nothing_is_passed_over() {
    let policy = format!("{SCENARIO}/policies/ttd-begge.xml");
    for (arguments, told) in [
        (
            &["parties", LIV, "--needing-all"][..],
            "--needing-all is about what a party needs",
        ),
        (&["check", &policy, "--of", ""], "`` is no service"),
        (
            &["check", &policy, "--of", "urn:altinn:resource:ttd-begge"],
            "such as `ttd-begge`",
        ),
        (
            &["decide", LIV, OF, "urn:altinn:resource:ttd-begge", "read"],
            "such as `ttd-begge`",
        ),
    ] {
        let (_, found, ended) = ask(arguments);
        assert_eq!(ended, 2, "{arguments:?}: {found}");
        assert!(found.contains(told), "{arguments:?}: {found}");
    }
    let (json, told, ended) = ask(&[
        "decide",
        LIV,
        OF,
        "ttd-begge",
        "read",
        "--task",
        "Task_9",
        "--at",
        NOW,
    ]);
    assert_eq!(ended, 0, "{told}");
    let note = "opens no more for `urn:altinn:task` `Task_9` than for the whole service";
    assert!(told.contains(note), "{told}");
    assert!(json["notes"].to_string().contains(note), "{json}");
}

/// The parties that a service is for are listed with their access lists and resource rights.
#[test]
fn parties_that_a_service_is_for_are_listed() {
    let folder = crate::folder("altinn-served");
    let register = r#"{"format": "vedtak-register", "version": 1, "parties": [
        {"kind": "organisation", "name": "BERG AS", "number": "310000401", "id": 40401},
        {"kind": "organisation", "name": "ALM AS", "number": "310000402", "id": 40402},
        {"kind": "organisation", "name": "ELV AS", "number": "310000403", "id": 40403},
        {"kind": "person", "name": "KARI", "user": 201}],
        "resources": [
        {"id": "ttd-for", "owner": "ttd", "access_list": true, "resource_rights": true},
        {"id": "ttd-alle", "owner": "ttd"}],
        "access_lists": [{"list": "ttd:first", "members": ["BERG AS", {"party": "ALM AS", "valid_until": "2026-04-01T00:00:00+02:00"}],
        "resources": [{"resource": "ttd-for", "actions": ["read"]}]}],
        "resource_rights": [{"resource": "ttd-for", "party": "BERG AS", "type": "urn:resourceright:action",
        "value": "read", "performed_by": "KARI", "valid_from": "2026-05-01T00:00:00+02:00"}]}"#;
    let path = folder.join("register.json");
    std::fs::write(&path, register).expect("is written");
    let register = path.to_str().expect("is text");
    let of = |service| {
        ask(&[
            "who",
            service,
            "--served",
            "--register",
            register,
            "--at",
            NOW,
        ])
    };
    let (json, told, ended) = of("ttd-for");
    assert_eq!(ended, 0, "{told}");
    assert_eq!(names(&json["served"]), ["ALM AS", "BERG AS"]);
    let list = &json["served"][0]["access_lists"][0];
    assert_eq!(
        (&list["list"], &list["actions"][0]),
        (&"ttd:first".into(), &"read".into())
    );
    assert_eq!(list["until"], "2026-03-31T22:00:00Z");
    let right = &json["served"][1]["resource_rights"][0];
    assert_eq!(
        (&right["value"], &right["state"]),
        (&"read".into(), &"future".into())
    );
    assert_eq!(right["performed_by"]["name"], "KARI");
    assert_eq!(
        (&list["holds"], &right["holds"]),
        (&true.into(), &false.into())
    );
    let lines = "ALM AS (310000402) — the access list `ttd:first`: read, until 1 April 2026 at 00:00\n\
        BERG AS (310000401) — the access list `ttd:first`: read; the resource right read for KARI alone, \
        from 1 May 2026 at 00:00 (to come)\n";
    assert!(told.contains(lines), "{told}");
    let (json, told, ended) = of("ttd-alle");
    assert_eq!(
        (json["served"].as_array().map(Vec::len), ended),
        (Some(0), 0),
        "{told}"
    );
    assert!(told.contains("it is for any party"), "{told}");
    assert_eq!(of("ttd-ukjent").2, 2);
}
