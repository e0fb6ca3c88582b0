//! `vedtak altinn` about services: their titles and codes, and the attributes that an answer lacks.

use std::path::Path;

use serde_json::Value as Json;

use crate::altinn::NOW;
use crate::{code, folder, text, vedtak};

/// A policy of `ttd-begge` whose rules permit only in an environment that a question does not say.
fn in_an_environment(folder: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let policy =
        root.join("fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-begge.xml");
    let policy = std::fs::read_to_string(policy).expect("is text");
    let channel = r#"<xacml:AnyOf><xacml:AllOf>
      <xacml:Match MatchId="urn:oasis:names:tc:xacml:1.0:function:string-equal">
        <xacml:AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">app</xacml:AttributeValue>
        <xacml:AttributeDesignator AttributeId="urn:ttd:kanal" MustBePresent="false"
          Category="urn:oasis:names:tc:xacml:3.0:attribute-category:environment"
          DataType="http://www.w3.org/2001/XMLSchema#string"/>
      </xacml:Match></xacml:AllOf></xacml:AnyOf>"#;
    let target = format!("<xacml:Target>{channel}</xacml:Target>");
    let path = folder.join("ttd-begge.xml");
    std::fs::write(&path, policy.replacen("<xacml:Target/>", &target, 1)).expect("is written");
    path.to_str().expect("is text").to_owned()
}

/// Where nobody is found and an attribute lacks, it is named, and the answer is not the whole one; a report,
/// which compares in any environment, is.
#[test]
fn attributes_that_lack_are_named() {
    let folder = folder("lacking");
    let policy = in_an_environment(&folder);
    let folder = folder.to_str().expect("is text");
    let (who, of) = (
        "urn:altinn:userid:234",
        "urn:altinn:organization:identifier-no:310000401",
    );
    let register = "fixtures/altinn/scenarios/04-roles-and-packages/register.json";
    let with = ["--register", register, "--policy", &policy, "--at", NOW];
    let package = [
        "package",
        "skatt-naering",
        "--services",
        folder,
        "--at",
        NOW,
    ];
    let report = ["report", folder, register, "--at", NOW];
    for (arguments, ended, lacking) in [
        ([&["who", "ttd-begge"], &with[..]].concat(), 2, "/lacking"),
        (
            [&["who", "ttd-begge", "read"], &with[..]].concat(),
            2,
            "/lacking",
        ),
        (
            [&["who", "ttd-begge", "read", of], &with[..]].concat(),
            2,
            "/parts/0/lacking",
        ),
        (
            [&["needed", who, of, "ttd-begge", "read"], &with[..]].concat(),
            2,
            "/parts/0/lacking",
        ),
        (package.to_vec(), 2, "/lacking"),
        (
            [&["rights", who, of, who, "ttd-begge"], &with[..]].concat(),
            2,
            "/lacking",
        ),
        // Something is lost.
        (report.to_vec(), 1, "/services/0/lacking"),
    ] {
        for (language, read) in [
            (None, "`urn:ttd:kanal` of the environment"),
            (
                Some("--norwegian"),
                "`urn:ttd:kanal` i kategorien environment",
            ),
        ] {
            let all = ["altinn"].iter().chain(&arguments).copied().chain(language);
            let output = vedtak(all, b"");
            let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
            // Markdown escapes the quotes.
            let told = told.replace("\\`", "`");
            assert_eq!(code(&output), ended, "{arguments:?}: {told}");
            assert!(told.contains(read), "{arguments:?}: {told}");
        }
        let output = vedtak(["altinn"].iter().chain(&arguments).chain(&["--json"]), b"");
        let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
        let read = json.pointer(lacking).unwrap_or_else(|| panic!("{json}"));
        assert_eq!(read[0]["AttributeId"], "urn:ttd:kanal", "{json}");
    }
    let output = vedtak(["altinn"].iter().chain(&report).chain(&["--json"]), b"");
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    let right = &json["services"][0]["rights"][0];
    assert_eq!(right["outcome"], "some-lost", "{json}");
    assert_eq!(right["single_right_stays"], true, "{json}");
}

/// The register of the scenario in which `ttd-begge` has titles and the codes of a service of Altinn II.
fn described(folder: &Path) -> String {
    let register = "fixtures/altinn/scenarios/04-roles-and-packages/register.json";
    let register = Path::new(env!("CARGO_MANIFEST_DIR")).join(register);
    let register = std::fs::read_to_string(register).expect("is text");
    let asked = r#""access_requests": [{"person": "TORE TJENESTE", "party": "BJARKØY MASKIN AS",
        "resource": "ttd-begge", "rights": ["read"]}], "delegations": ["#;
    let given = r#"{"resource": "ttd-begge", "from": "BJARKØY MASKIN AS", "to": "TORE TJENESTE", "rights": ["read"]},"#;
    let register = register
        .replacen(r#""delegations": ["#, &format!("{asked}{given}"), 1)
        .replacen(
            r#"{"id": "ttd-begge", "owner": "ttd"}"#,
            r#"{"id": "ttd-begge", "owner": "ttd", "title": "Skattemelding", "title_nn": "Skattemeldinga",
                "title_en": "Tax return", "service_code": "1111", "edition_code": 2}"#,
            1,
        );
    let path = folder.join("register.json");
    std::fs::write(&path, register).expect("is written");
    path.to_str().expect("is text").to_owned()
}

/// A service has its title in the language of the answer wherever people read of it; JSON has its id, all
/// titles and the codes.
#[test]
fn services_are_called_by_their_titles() {
    let folder = folder("titles");
    let register = described(&folder);
    let policies = "fixtures/altinn/scenarios/04-roles-and-packages/policies";
    let policy = format!("{policies}/ttd-begge.xml");
    let (tore, liv, of) = (
        "urn:altinn:userid:234",
        "urn:altinn:userid:233",
        "urn:altinn:organization:identifier-no:310000401",
    );
    let with = ["--register", &register, "--at", NOW];
    let with_policy = [&with[..], &["--policy", &policy]].concat();
    let package = ["package", "skatt-naering", "--services", policies];
    let about = "ttd-begge";
    for (arguments, titled) in [
        (
            [&["decide", tore, of, about, "read"], &with_policy[..]].concat(),
            "",
        ),
        ([&["who", about], &with_policy[..]].concat(), ""),
        ([&["who", about, "read"], &with_policy[..]].concat(), ""),
        (
            [&["who", about, "read", of], &with_policy[..]].concat(),
            "/parts/0",
        ),
        (
            [&["needed", tore, of, about, "write"], &with_policy[..]].concat(),
            "/parts/0",
        ),
        (
            [&["rights", tore, of, liv, about], &with_policy[..]].concat(),
            "/rights/0",
        ),
        (
            [&["parties", tore, "--only", of], &with[..]].concat(),
            "/parties/0/resources/0",
        ),
        (
            [&["delegable", liv, of, about], &with_policy[..]].concat(),
            "/checked/0",
        ),
        (vec!["requests", of, "--register", &register], "/requests/0"),
        ([&package[..], &with[..]].concat(), "/services/0"),
        (
            vec!["report", policies, &register, "--at", NOW],
            "/services/0",
        ),
    ] {
        for (language, title) in [(None, "Tax return"), (Some("--norwegian"), "Skattemelding")] {
            let all = ["altinn"].iter().chain(&arguments).copied().chain(language);
            let output = vedtak(all, b"");
            let told = text(&output.stdout).replace("\\`", "`");
            let named = format!("{title} (`ttd-begge`)");
            assert!(
                told.contains(&named),
                "{arguments:?}: {told}{}",
                text(&output.stderr)
            );
        }
        let output = vedtak(["altinn"].iter().chain(&arguments).chain(&["--json"]), b"");
        let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
        let titled = json.pointer(titled).unwrap_or_else(|| panic!("{json}"));
        for (name, title) in [
            ("title", "Skattemelding"),
            ("title_nn", "Skattemeldinga"),
            ("title_en", "Tax return"),
        ] {
            assert_eq!(titled[name], title, "{arguments:?}: {titled}");
        }
        if ["rights", "parties"].contains(&arguments[0]) {
            assert_eq!(titled["service_code"], "1111", "{titled}");
            assert_eq!(titled["edition_code"], 2, "{titled}");
        }
    }
}

/// A policy is of the service that it names, whatever its file is called; where the file's name resembles
/// it, one of them is a mistake, and the report is no answer.
#[test]
fn a_policy_is_of_the_service_that_it_names() {
    let folder = folder("named");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/altinn/first-service");
    let register = root.join("register.json");
    let policy = folder.join("policy.xml");
    std::fs::copy(root.join("policy.xml"), &policy).expect("is copied");
    let told = |arguments: &[&str]| {
        let output = vedtak([&["altinn"], arguments].concat(), b"");
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        (code(&output), told)
    };
    let (folder_name, register) = (folder.to_str(), register.to_str());
    let folder_name = folder_name.expect("is text");
    let report = [
        "report",
        folder_name,
        register.expect("is text"),
        "--at",
        NOW,
    ];
    let (ended, said) = told(&report);
    assert_eq!(ended, 0, "{said}");
    assert!(said.contains("\n## ttd-brev\n"), "{said}");
    let note = "policy.xml: the policy is of `ttd-brev`";
    let policy_name = policy.to_str().expect("is text");
    let (ended, said) = told(&["check", policy_name]);
    assert_eq!(ended, 0, "{said}");
    assert!(
        said.contains("0 findings in 1 policy") && said.contains(note),
        "{said}"
    );
    let (ended, said) = told(&["who", "my-service", "--policy", policy_name]);
    assert_eq!(ended, 1, "{said}");
    assert_eq!(said.matches("note: ").count(), 1, "{said}");
    assert!(said.contains(note), "{said}");
    std::fs::rename(&policy, folder.join("ttd-brov.xml")).expect("is renamed");
    let (ended, said) = told(&report);
    assert_eq!(ended, 2, "{said}");
    assert!(said.contains("1 service was not looked at"), "{said}");
    let (ended, said) = told(&["check", folder_name]);
    assert_eq!(ended, 1, "{said}");
}

/// What an answer says of a whole answer is said whatever the register or the policy lacks: pages go on, and
/// the reason for an empty list is told, in JSON as well.
#[test]
fn the_list_of_parties_keeps_its_own_notes() {
    let folder = "fixtures/altinn/scenarios/47-a-service-owner-looks-through";
    let register = format!("{folder}/register.json");
    let policy = format!("{folder}/policies/ttd-serveringsregister.xml");
    let with = ["--register", &register, "--policy", &policy, "--at", NOW];
    let lea = "urn:altinn:userid:4601";
    let ask = |arguments: &[&str]| {
        let output = vedtak([&["altinn", "parties"], arguments, &with[..]].concat(), b"");
        let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
        (code(&output), told)
    };
    let (ended, told) = ask(&["urn:altinn:userid:9", "ttd-serveringsregister", "read"]);
    assert_eq!(ended, 2, "{told}");
    assert!(
        told.contains("urn:altinn:userid:9 is not in the register"),
        "{told}"
    );
    let others = "opens this, for any party on an access list of its owner, to: anyone";
    assert!(told.contains(others), "{told}");
    let (ended, told) = ask(&[
        "urn:altinn:userid:9",
        "ttd-serveringsregister",
        "read",
        "--json",
    ]);
    assert_eq!(ended, 2, "{told}");
    assert!(
        told.contains("urn:altinn:userid:9 is not in the register"),
        "{told}"
    );
    let (ended, told) = ask(&[lea, "ttd-serveringsregister", "read", "--size", "1"]);
    assert!(told.contains(others), "{ended}: {told}");
    // The service is not in this register.
    let (_, told) = ask(&[lea, "ttd-annen", "read"]);
    assert!(told.contains("add it to its `resources`"), "{told}");
}

/// Who administers nothing for a party delegates nothing: that is an answer.
#[test]
fn who_is_no_administrator_delegates_nothing() {
    let (tore, of) = (
        "urn:altinn:userid:234",
        "urn:altinn:organization:identifier-no:310000401",
    );
    let ask = ["altinn", "delegable", tore, of, "ttd-begge", "--at", NOW];
    let output = vedtak(ask, b"");
    let told = text(&output.stdout);
    assert_eq!(code(&output), 1, "{told}{}", text(&output.stderr));
    assert!(told.starts_with("no: "), "{told}");
    let output = vedtak([&ask[..], &["--json"]].concat(), b"");
    let json: Json = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(json["checked"], serde_json::json!([]));
    assert!(json["refusal"].is_string(), "{json}");
}

/// A part for which the policy opens no more than for the whole service is told, and so is one that differs
/// from a part of it in the case of letters.
#[test]
fn a_part_that_no_rule_names_is_told() {
    let folder = "fixtures/altinn/scenarios/42-a-service-owner-who-sees-all";
    let register = format!("{folder}/register.json");
    let policy = format!("{folder}/policies/app_ttd_melding.xml");
    let with = ["--register", &register, "--policy", &policy, "--at", NOW];
    let of = "urn:altinn:organization:identifier-no:310004201";
    let no_more = "the policy opens no more for `urn:altinn:task` `Task_9` than for the whole service; it does for \
                   `Task_1`";
    let other =
        "the policy has `urn:altinn:task` `Task_1`: `task_1` is another one where letters count";
    for (task, note) in [
        ("Task_9", Some(no_more)),
        ("task_1", Some(other)),
        ("Task_1", None),
    ] {
        for party in [None, Some(of)] {
            let asked = ["altinn", "who", "app_ttd_melding", "read", "--task", task];
            let output = vedtak(asked.into_iter().chain(party).chain(with), b"");
            let told = text(&output.stderr);
            let is_told = told.contains("urn:altinn:task");
            assert_eq!(is_told, note.is_some(), "{told}");
            assert!(note.is_none_or(|note| told.contains(note)), "{told}");
        }
    }
}
