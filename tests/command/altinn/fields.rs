//! The fields of `vedtak altinn --json`, of which a page is made without a look at the prose.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::NOW;
use crate::{code, folder, text, vedtak};

const SCENARIO: &str = "fixtures/altinn/scenarios/04-roles-and-packages";
const OF: &str = "urn:altinn:organization:identifier-no:310000401";
const LIV: &str = "urn:altinn:userid:233";
const TORE: &str = "urn:altinn:userid:234";
const BEATE: &str = "urn:altinn:userid:235";

/// The answer to a question about the files of the scenario, and how it ends.
fn ask(arguments: &[&str]) -> (Json, i32) {
    let all = ["altinn"].iter().chain(arguments).chain(&["--json"]);
    let output = vedtak(all, b"");
    let told = text(&output.stdout);
    let json = serde_json::from_str(told);
    let told = || format!("{arguments:?}: {told}{}", text(&output.stderr));
    (json.unwrap_or_else(|_| panic!("{}", told())), code(&output))
}

/// The register of the scenario with one more text in place of one that it has.
fn register(folder: &Path, replaced: &str, by: &str) -> String {
    let register = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCENARIO);
    let register = std::fs::read_to_string(register.join("register.json")).expect("is text");
    assert!(register.contains(replaced));
    let path = folder.join("register.json");
    std::fs::write(&path, register.replacen(replaced, by, 1)).expect("is written");
    path.to_str().expect("is text").to_owned()
}

/// The policy of `ttd-begge`, changed.
fn policy(folder: &Path, change: impl Fn(String) -> String) -> String {
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join(SCENARIO);
    let policy = std::fs::read_to_string(policy.join("policies/ttd-begge.xml")).expect("is text");
    let path = folder.join("ttd-begge.xml");
    std::fs::write(&path, change(policy)).expect("is written");
    path.to_str().expect("is text").to_owned()
}

/// A person is told by everything but her whole number.
#[test]
fn parties_are_alike_in_all_answers() {
    let liv = json!({
        "name": "LIV LEDER", "key": "urn:altinn:partyid:30233", "kind": "person", "number": "088279*****",
        "id": 30233, "uuid": null, "user_id": 233, "legal_form": null, "parent": null, "deleted": false,
    });
    let firm = json!({
        "name": "BJARKØY MASKIN AS", "key": "urn:altinn:partyid:40401", "kind": "organisation",
        "number": "310000401", "id": 40401, "uuid": null, "user_id": null, "legal_form": "AS",
        "parent": null, "deleted": false,
    });
    let now = ["--at", NOW];
    let decide = [&["decide", LIV, OF, "ttd-begge", "read"], &now[..]].concat();
    let who = [&["who", "ttd-begge", "read", OF], &now[..]].concat();
    let needed = [&["needed", TORE, OF, "ttd-begge", "read"], &now[..]].concat();
    for (arguments, place, party) in [
        (&decide, "/who", &liv),
        (&decide, "/for", &firm),
        (&who, "/parts/0/holders/1/party", &liv),
        (&needed, "/parts/0/for", &firm),
        (&needed, "/parts/0/ways/0/givers/0", &liv),
    ] {
        let (json, _) = ask(arguments);
        assert_eq!(json.pointer(place), Some(party), "{arguments:?}: {json}");
    }
    let (json, _) = ask(&[&["parties", LIV, "--only", OF], &now[..]].concat());
    for (name, value) in firm.as_object().expect("is one") {
        assert_eq!(json["parties"][0][name], *value, "{name}");
    }
}

/// A holding has its code and names, the record, who gave it and when; a right its action and part, and one
/// that only several things give together what they are.
#[test]
fn holdings_have_fields() {
    let folder = folder("altinn-fields");
    let given = r#"{"id": 77, "resource": "ttd-kun-rolle", "from": "BJARKØY MASKIN AS", "to": "TORE TJENESTE",
        "by": "LIV LEDER", "at": "2026-02-01T12:00:00+01:00",
        "rights": [{"action": "read", "on": {"urn:altinn:task": "Task_1"}}], "#;
    let given_before =
        r#"{"resource": "ttd-kun-rolle", "from": "BJARKØY MASKIN AS", "to": "TORE TJENESTE", "#;
    let register = register(
        &folder,
        &format!(r#"{given_before}"rights": ["read"]}}"#),
        &format!(r#"{given}"valid_until": "2026-04-01T00:00:00+02:00"}}"#),
    );
    let policy = format!("{SCENARIO}/policies/ttd-begge.xml");
    let with = ["--register", &register, "--policy", &policy, "--at", NOW];

    let (json, _) = ask(&[&["rights", BEATE, OF, LIV, "ttd-begge"], &with[..]].concat());
    let role = &json["roles"][0];
    assert_eq!(role["code"], "utinn");
    assert_eq!(role["name"], "Utfyller/Innsender");
    assert_eq!(role["name_en"], "Reporter/sender");
    assert_eq!(role["definition_id"], 11);
    assert_eq!(role["source"]["kind"], "register");
    let package = &json["packages"][0];
    assert_eq!(package["code"], "skatt-naering");
    assert_eq!(package["name_en"], "Business tax");
    assert_eq!(package["source"]["kind"], "delegation");
    assert!(package["record"].is_string(), "{package}");
    assert_eq!(package["record"], package["source"]["record"]);
    let by_role = &json["rights"][0];
    assert_eq!(by_role["resource"], "ttd-begge");
    assert_eq!(by_role["action"], "read");
    assert_eq!(by_role["part"], json!([]));
    assert_eq!(by_role["source"]["kind"], "role");
    assert_eq!(by_role["source"]["code"], "utinn");
    assert_eq!(by_role["record"], Json::Null);
    let other = &json["otherwise"][0];
    assert_eq!(other["action"], "sign");
    let through = &other["through"][0];
    assert_eq!(through["rule"], "urn:altinn:resource:ttd-begge:2");
    assert_eq!(through["until"], "2026-12-31T23:00:00Z");
    assert_eq!(other["valid_until"], "2026-12-31T23:00:00Z");
    let what = through["what"].as_array().expect("is a list").iter();
    let what: Vec<_> = what.map(|one| (&one["kind"], &one["code"])).collect();
    assert_eq!(
        what,
        [
            (&json!("role"), &json!("utinn")),
            (&json!("package"), &json!("skatt-naering"))
        ]
    );

    let (json, _) = ask(&[
        &["parties", TORE],
        &["--register", &register, "--at", NOW][..],
    ]
    .concat());
    let right = &json["parties"][0]["resources"][0];
    assert_eq!(right["record"], "77");
    assert_eq!(right["given_by"]["key"], "urn:altinn:partyid:30233");
    assert_eq!(right["given_by"]["kind"], "person");
    assert_eq!(right["given_at"], "2026-02-01T11:00:00Z");
    assert_eq!(right["until"], "2026-03-31T22:00:00Z");
    let part = json!([{"id": "urn:altinn:task", "value": "Task_1"}]);
    assert_eq!(right["action"], "read");
    assert_eq!(right["part"], part);
    assert_eq!(
        right["each_right"],
        json!([{"action": "read", "part": part}])
    );
}

/// A rule that permits says what of somebody meets it, in the language of the rest of the row.
#[test]
fn rules_have_what_they_go_through() {
    let (json, _) = ask(&["decide", LIV, OF, "ttd-begge", "read", "--at", NOW]);
    assert_eq!(json["through"][0]["until"], "2026-12-31T23:00:00Z");
    let through = &json["through"][1];
    assert_eq!(through["what"][0]["kind"], "package");
    assert_eq!(through["until"], Json::Null);
    assert_eq!(through["what"][0]["code"], "skatt-naering");
    let step = json!({"kind": "role", "role": "Daglig leder", "role_en": "Managing Director"});
    assert_eq!(through["steps"], json!([step]), "{through}");
    let (json, _) = ask(&["who", "ttd-begge", "read", OF, "--at", NOW]);
    let liv = &json["parts"][0]["holders"][1];
    let path = liv["through"][0]["path"].as_str().expect("is text");
    let way = liv["ways"][0].as_str().expect("is text");
    assert!(way.ends_with(path), "{way}: {path}");

    let (json, _) = ask(&["needed", TORE, OF, "ttd-begge", "read", "--at", NOW]);
    let ways = json["parts"][0]["ways"].as_array().expect("is a list");
    let single = ways.iter().find(|way| way["missing"] == json!([]));
    let right = json!({"resource": "ttd-begge", "action": "read", "part": []});
    assert_eq!(single.expect("is a way")["right"], right);
    let by_package = ways.iter().find(|way| way["right"].is_null());
    let by_package = by_package.expect("is a way");
    assert_eq!(by_package["each_missing"][0]["code"], "skatt-naering");
}

/// A part that names a person has the beginning of her number.
#[test]
fn numbers_in_parts_are_hidden() {
    let folder = folder("altinn-fields-person");
    let policy = policy(&folder, |policy| {
        policy
            .replacen(
                r#"AttributeId="urn:altinn:resource""#,
                r#"AttributeId="urn:altinn:person:identifier-no""#,
                1,
            )
            .replacen(">ttd-begge<", ">22847318547<", 1)
    });
    let (json, _) = ask(&["who", "ttd-begge", "read", "--policy", &policy, "--at", NOW]);
    let part = &json["rights"][0]["part"];
    let hidden = json!([{"id": "urn:altinn:person:identifier-no", "value": "228473*****"}]);
    assert_eq!(*part, hidden, "{json}");
}

/// What is not checked before a delegation is said: rights that a policy has with more of a request, those
/// to every action, and parts that only delegations name.
#[test]
fn delegable_says_what_it_leaves_out() {
    let (json, ended) = ask(&["delegable", LIV, OF, "ttd-begge", "--at", NOW]);
    assert_eq!((&json["complete"], ended), (&json!(true), 0));
    assert_eq!(json["lacking"], json!([]));
    assert_eq!(json["every_action"], json!([]));
    assert_eq!(json["checked"][0]["action"], "read");

    let folder = folder("altinn-left-out");
    let of_every_action = policy(&folder, |policy| {
        let (before, after) = policy
            .split_once("action:action-id")
            .expect("names actions");
        let begins = before.rfind("<xacml:AnyOf>").expect("begins");
        let ends = after.find("</xacml:AnyOf>").expect("ends") + "</xacml:AnyOf>".len();
        format!("{}{}", &before[..begins], &after[ends..])
    });
    let given = r#""delegations": [{"resource": "ttd-begge", "from": "BJARKØY MASKIN AS", "to": "TORE TJENESTE",
        "rights": [{"action": "read", "on": {"urn:altinn:task": "Task_9"}}]},"#;
    let register = register(&folder, r#""delegations": ["#, given);
    let with = ["--register", &register, "--at", NOW, "--policy"];
    let about = ["delegable", LIV, OF, "ttd-begge"];
    let (json, ended) = ask(&[&about[..], &with, &[&of_every_action]].concat());
    assert_eq!(json["complete"], true, "{json}");
    assert_eq!(ended, 0);
    let every = json!([{"part": [], "may_be_delegated": true}]);
    assert_eq!(json["every_action"], every);
    assert!(
        json["notes"]
            .to_string()
            .contains("an action that it does not name may be delegated"),
        "{json}"
    );
    let checked = json["checked"].as_array().expect("is a list").iter();
    let parts: Vec<&Json> = checked.map(|one| &one["part"]).collect();
    let part = json!([{"id": "urn:altinn:task", "value": "Task_9"}]);
    assert!(parts.contains(&&part), "{json}");

    let lacking = policy(&folder, |policy| {
        let read = r#"<xacml:Target><xacml:AnyOf><xacml:AllOf>
            <xacml:Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
            <xacml:AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">app</xacml:AttributeValue>
            <xacml:AttributeDesignator AttributeId="urn:ttd:kanal" MustBePresent="false"
                Category="urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
                DataType="http://www.w3.org/2001/XMLSchema#string"/>
            </xacml:Match></xacml:AllOf></xacml:AnyOf></xacml:Target>"#;
        policy.replacen("<xacml:Target/>", read, 1)
    });
    let (json, ended) = ask(&[&about[..], &with, &[&lacking]].concat());
    assert_eq!((&json["complete"], ended), (&json!(false), 2), "{json}");
    assert_eq!(json["lacking"][0]["AttributeId"], "urn:ttd:kanal");
}
