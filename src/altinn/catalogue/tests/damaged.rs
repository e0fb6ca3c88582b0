//! Tables of the host's own, sound and not.

use super::*;

/// Two packages and four roles; every line is one item.
const SMALL: &str = r#"{
"date":"2027-01-15",
"description":"a small table",
"areas":[
{"urn":"area:sea","name":"Sjø","name_en":"Sea","group":"Bransje","entity_type":"Organisation","uuid":"a1"}
],
"legal_forms":[
{"name":"SÆR","kind":"Organisation","uuid":"f1"}
],
"packages":[
{"urn":"p:fish","code":"fish","name":"Fisk","name_nn":"Fisk","name_en":"Fish","area":"area:sea","entity_type":"Organisation","provider":"Altinn3","is_assignable":true,"is_delegable":true,"is_available_for_service_owners":true,"uuid":"p1"},
{"urn":"p:whales","code":"p:fish","name":"Hval","name_nn":"Kval","name_en":"Whales","area":"area:sea","entity_type":"Organisation","provider":"Altinn3","is_assignable":true,"is_delegable":true,"is_available_for_service_owners":true,"uuid":"p2"}
],
"roles":[
{"urn":"r:skipper","code":"skipper","legacy_code":"skip","name":"Skipper","name_en":"Skipper","provider":"CentralCoordinatingRegister","entity_type":"Organisation","is_key_role":true,"is_assignable":false,"is_available_for_service_owners":true,"uuid":"r1","implies":["mate"],"may_delegate":["cook"]},
{"urn":"r:mate","code":"mate","name":"Styrmann","name_en":"Mate","provider":"Altinn3","entity_type":"Organisation","is_key_role":false,"is_assignable":false,"is_available_for_service_owners":true,"uuid":"r2","implies":["urn:altinn:rolecode:hand","r:skipper"]},
{"urn":"r:cook","code":"hand","name":"Kokk","name_en":"Cook","provider":"Altinn3","entity_type":"Organisation","is_key_role":false,"is_assignable":true,"is_available_for_service_owners":true,"uuid":"r3"},
{"urn":"urn:altinn:rolecode:hand","code":"hand","legacy_code":"cook","name":"Matros","name_en":"Hand","provider":"Altinn2","entity_type":"Organisation","is_key_role":false,"is_assignable":false,"is_available_for_service_owners":true,"uuid":"r4"}
],
"grants":[
{"package":"fish","roles":["skipper","mate"],"has_access":true,"can_delegate":false,"can_assign":false},
{"package":"fish","legal_form":"SÆR","roles":["skipper"],"has_access":true,"can_delegate":true,"can_assign":false},
{"package":"p:whales","legal_form":"SÆR","roles":["skipper"],"has_access":true,"can_delegate":true,"can_assign":false}
]
}
"#;

fn small() -> Catalogue {
    Catalogue::from_json("small.json", SMALL.as_bytes()).expect("is sound")
}

/// Returns the problems of a text, each as `line at source text: message in path`.
fn problems(text: &[u8]) -> Vec<String> {
    let error = Catalogue::from_json("t", text).expect_err("is damaged");
    let text = String::from_utf8_lossy(text);
    let problems = error.diagnostics().iter().map(|problem| {
        let at = problem.position().expect("is in the text");
        assert_eq!(problem.source(), Some("t"));
        let line = text.split('\n').nth(at.line - 1).unwrap_or("");
        let there: String = line
            .chars()
            .skip(at.column - 1)
            .take_while(|c| !",]}".contains(*c))
            .collect();
        let path = match problem.path() {
            "" => String::new(),
            path => format!(" in {path}"),
        };
        format!("{} at {there}: {}{path}", at.line, problem.message())
    });
    problems.collect()
}

/// Returns the problems of the small table with a part replaced.
fn damaged(part: &str, by: &str) -> Vec<String> {
    assert!(SMALL.contains(part), "`{part}` is in the table");
    problems(SMALL.replacen(part, by, 1).as_bytes())
}

#[test]
fn a_table_of_the_host_replaces_the_standard_one() {
    let catalogue = small();
    assert_eq!(catalogue.date(), "2027-01-15");
    assert_eq!(catalogue.description(), "a small table");
    assert_eq!(catalogue.role("dagl"), None);
    let [area] = catalogue.areas().collect::<Vec<_>>()[..] else {
        panic!("one area")
    };
    assert_eq!(area.name_en.as_deref(), Some("Sea"));
    let skipper = role(&catalogue, "urn:altinn:rolecode:SKIP");
    assert_eq!(catalogue.key_roles(), [skipper]);
    let [fish, whales] = ["p:fish", "p:whales"].map(|name| package(&catalogue, name));
    // The same package with and without a legal form is one package and two grants.
    assert_eq!(catalogue.packages_of(skipper, None), [fish]);
    assert_eq!(catalogue.packages_of(skipper, Some("sær")), [fish, whales]);
    assert_eq!(catalogue.packages_of(skipper, Some("AS")), [fish]);
    assert_eq!(catalogue.grants(skipper, None).count(), 1);
    assert_eq!(catalogue.grants(skipper, Some("SÆR")).count(), 3);
    assert_eq!(catalogue.roles_giving(fish).count(), 3);
}

#[test]
fn implied_roles_are_a_closure_without_the_role_itself() {
    let catalogue = small();
    let implied = |name| {
        let implied = catalogue.implied_roles(role(&catalogue, name)).iter();
        implied
            .map(|id| catalogue.role_by_id(*id).urn.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(implied("skipper"), ["r:mate", "urn:altinn:rolecode:hand"]);
    assert_eq!(implied("mate"), ["r:skipper", "urn:altinn:rolecode:hand"]);
    assert!(implied("hand").is_empty());
    // Roles that may be given to others are not implied further.
    assert!(
        catalogue
            .delegable_roles(role(&catalogue, "mate"))
            .is_empty()
    );
}

#[test]
fn a_name_of_several_is_resolved_by_kind() {
    let catalogue = small();
    let urn = |name| &*catalogue.role_by_id(role(&catalogue, name)).urn;
    // A code of Altinn 2 goes before another code, although it is later in the table.
    assert_eq!(urn("hand"), "urn:altinn:rolecode:hand");
    assert_eq!(urn("cook"), "urn:altinn:rolecode:hand");
    // A URN before a code.
    assert_eq!(
        &*catalogue.package_by_id(package(&catalogue, "P:FISH")).name,
        "Fisk"
    );
}

#[test]
fn tables_survive_being_written() {
    // The names in the grants and lists of roles are those that find the same role again.
    for catalogue in [small(), standard()] {
        let written = catalogue.to_json();
        let read = Catalogue::from_json("again", written.as_bytes()).expect("is sound");
        assert_eq!(read.to_json(), written);
        assert!(read.roles().eq(catalogue.roles()));
        assert!(read.packages().eq(catalogue.packages()));
        assert!(read.areas().eq(catalogue.areas()));
        assert!(read.legal_forms().eq(catalogue.legal_forms()));
        for (id, _) in read.roles() {
            let forms = catalogue.legal_forms().map(|form| Some(&*form.name));
            for form in forms.chain([None]) {
                assert!(read.grants(id, form).eq(catalogue.grants(id, form)));
                assert_eq!(read.packages_of(id, form), catalogue.packages_of(id, form));
            }
            assert_eq!(read.implied_roles(id), catalogue.implied_roles(id));
            assert_eq!(read.delegable_roles(id), catalogue.delegable_roles(id));
        }
    }
}

#[test]
fn an_empty_table_is_a_table() {
    let text = br#"{"date":"2026-01-01","description":"none","areas":[],"legal_forms":[],
        "packages":[],"roles":[],"grants":[]}"#;
    let catalogue = Catalogue::from_json("empty", text).expect("is sound");
    assert_eq!(catalogue.roles().len(), 0);
    assert_eq!(catalogue.role(""), None);
}

#[test]
fn what_is_not_json_is_refused_where_it_stops_being_so() {
    assert_eq!(
        problems(b""),
        ["1 at : expected a value, but the document ends here"]
    );
    assert_eq!(
        problems(b"[]"),
        ["1 at [: expected an object, but found an array"]
    );
    assert_eq!(
        problems(b"{} x"),
        ["1 at x: expected the end of the document, found `x`"]
    );
    assert_eq!(
        damaged("},\n{\"urn\":\"p:whales\"", "}\n{\"urn\":\"p:whales\""),
        ["12 at {\"urn\":\"p:whales\": expected `,` or `]`, found `{` in packages[0].uuid"]
    );
    let cut = SMALL.find("\"grants\"").expect("is there");
    assert_eq!(
        problems(&SMALL.as_bytes()[..cut]),
        [
            "20 at : expected the name of a member in double quotes, but the document ends here in roles[3].uuid"
        ]
    );
    let mut bytes = SMALL.as_bytes().to_vec();
    let at = SMALL.find("Kokk").expect("is there");
    bytes[at] = 0xff;
    assert_eq!(
        problems(&bytes),
        ["17 at �okk\": the table is not encoded in UTF-8"]
    );
    assert_eq!(
        damaged("Sjø", "Sj\\ud800"),
        ["5 at \\ud800\": this escape is half a character in areas[0].name"]
    );
    let deep = "[".repeat(100_000);
    assert_eq!(problems(deep.as_bytes()).len(), 1);
    let deep = SMALL.replace("\"implies\":[\"mate\"]", &format!("\"implies\":{deep}"));
    assert_eq!(problems(deep.as_bytes()).len(), 1);
}

#[test]
fn wrong_types_and_words_are_refused_where_they_stand() {
    assert_eq!(
        damaged("\"is_key_role\":true", "\"is_key_role\":\"yes\""),
        ["15 at \"yes\": expected a boolean, but found a string in role `r:skipper`"]
    );
    assert_eq!(
        damaged("\"name_nn\":\"Kval\"", "\"name_nn\":null"),
        ["12 at null: expected a string, but found null in package `p:whales`"]
    );
    assert_eq!(
        damaged("\"roles\":[\"skipper\"]", "\"roles\":\"skipper\""),
        ["22 at \"skipper\": expected an array, but found a string in grant 2"]
    );
    assert_eq!(
        damaged("\"kind\":\"Organisation\"", "\"kind\":\"Organization\""),
        [
            "8 at \"Organization\": `kind` is `Organisation` or `Person` or `SelfIdentified` or `SystemUser` or \
             `Internal`, but found `Organization`; did you mean `Organisation`? in legal form `SÆR`"
        ]
    );
    assert_eq!(
        damaged("2027-01-15", "15.01.2027"),
        ["2 at \"15.01.2027\": `date` is a day such as `2026-09-01`, but found `15.01.2027`"]
    );
    assert_eq!(
        damaged("\"areas\":[\n", "\"areas\":[\n7,"),
        ["5 at 7: expected an object, but found a number in area 1"]
    );
}

#[test]
fn unknown_missing_and_repeated_members_are_all_reported() {
    assert_eq!(
        damaged(
            "\"is_assignable\":true,\"is_delegable\":true",
            "\"is_asignable\":true,\"colour\":1"
        ),
        [
            "11 at {\"urn\":\"p:fish\": member `is_assignable` is missing in package `p:fish`",
            "11 at {\"urn\":\"p:fish\": member `is_delegable` is missing in package `p:fish`",
            "11 at \"is_asignable\":true: member `is_asignable` is not known here; did you mean `is_assignable`? in package `p:fish`",
            "11 at \"colour\":1: member `colour` is not known here in package `p:fish`",
        ]
    );
    assert_eq!(
        damaged("\"name\":\"Fisk\"", "\"name\":\"Fisk\",\"name\":\"Fesk\""),
        [
            "11 at \"name\":\"Fesk\": member `name` is given twice; the first is at 11:31 in package 1"
        ]
    );
    assert_eq!(
        damaged("\"description\"", "\"source\":\"x\",\"descripton\""),
        [
            "1 at {: member `description` is missing",
            "3 at \"source\":\"x\": member `source` is not known here",
            "3 at \"descripton\":\"a small table\": member `descripton` is not known here; did you mean `description`?",
        ]
    );
    assert_eq!(
        damaged("\"uuid\":\"f1\"", "\"uuid\":\"f1\",\"urn\":\"x\"").len(),
        1
    );
    // Names that a damaged item would have had are not reported as unknown on top.
    assert_eq!(
        damaged("\"urn\":\"r:mate\",", ""),
        ["16 at {\"code\":\"mate\": member `urn` is missing in role 2"]
    );
}

#[test]
fn empty_names_are_refused() {
    assert_eq!(
        damaged("\"code\":\"fish\"", "\"code\":\"\""),
        ["11 at \"\": `code` is empty in package `p:fish`"]
    );
    assert_eq!(
        damaged("\"r:cook\"", "\" \""),
        ["17 at \" \": `urn` is empty in role 3"]
    );
    assert_eq!(
        damaged("\"roles\":[\"skipper\"]", "\"roles\":[]"),
        ["22 at [: `roles` is empty in grant 2"]
    );
    assert_eq!(
        damaged("[\"mate\"]", "[\"\"]"),
        ["15 at \"\": `implies` is empty in role `r:skipper`"]
    );
}

#[test]
fn what_stands_for_two_things_is_refused() {
    assert_eq!(
        damaged(
            "\"urn\":\"p:whales\",\"code\":\"p:fish\"",
            "\"urn\":\"P:Fish\",\"code\":\"p:whales\""
        ),
        ["12 at \"P:Fish\": `P:Fish` already stands for another package in package `P:Fish`"]
    );
    assert_eq!(
        damaged("\"code\":\"p:fish\"", "\"code\":\"FISH\""),
        ["12 at \"FISH\": `FISH` already stands for another package in package `p:whales`"]
    );
    assert_eq!(
        damaged("\"uuid\":\"r3\"", "\"uuid\":\"r1\""),
        ["17 at \"r1\": `r1` already stands for another role in role `r:cook`"]
    );
    assert_eq!(
        damaged("\"code\":\"hand\"", "\"code\":\"mate\""),
        ["17 at \"mate\": `mate` already stands for another role in role `r:cook`"]
    );
    assert_eq!(
        damaged(
            "\"name\":\"Styrmann\"",
            "\"legacy_code\":\"SKIP\",\"name\":\"Styrmann\""
        ),
        [
            "16 at \"SKIP\": `urn:altinn:rolecode:SKIP` already stands for another role in role `r:mate`"
        ]
    );
    assert_eq!(
        damaged(
            "\"legal_forms\":[\n",
            "\"legal_forms\":[\n{\"name\":\"sær\",\"kind\":\"Person\",\"uuid\":\"f2\"},\n"
        ),
        ["9 at \"SÆR\": `SÆR` already stands for another legal form in legal form `SÆR`"]
    );
    assert_eq!(
        damaged("[\"skipper\",\"mate\"]", "[\"skipper\",\"mate\",\"skip\"]"),
        ["21 at \"skip\": role `skip` already has a grant of `fish` in grant 1"]
    );
    assert_eq!(
        damaged("[\"mate\"]", "[\"mate\",\"r:mate\",\"skip\"]"),
        [
            "15 at \"r:mate\": `r:mate` is named twice in role `r:skipper`",
            "15 at \"skip\": `skip` is the role itself in role `r:skipper`",
        ]
    );
}

#[test]
fn references_to_nothing_are_refused() {
    assert_eq!(
        damaged("\"area\":\"area:sea\"", "\"area\":\"area:air\""),
        ["11 at \"area:air\": there is no area `area:air` in package `p:fish`"]
    );
    assert_eq!(
        damaged("[\"skipper\",\"mate\"]", "[\"captain\",\"mat\"]"),
        [
            "21 at \"captain\": there is no role `captain` in grant 1",
            "21 at \"mat\": there is no role `mat` in grant 1",
        ]
    );
    assert_eq!(
        damaged(
            "\"package\":\"p:whales\",\"legal_form\":\"SÆR\"",
            "\"package\":\"whales\",\"legal_form\":\"SÄR\""
        ),
        [
            "23 at \"whales\": there is no package `whales` in grant 3",
            "23 at \"SÄR\": there is no legal form `SÄR` in grant 3",
        ]
    );
    assert_eq!(
        damaged(
            "\"may_delegate\":[\"cook\"]",
            "\"may_delegate\":[\"baker\"]"
        ),
        ["15 at \"baker\": there is no role `baker` in role `r:skipper`"]
    );
    assert_eq!(
        damaged("\"has_access\":true", "\"has_access\":false"),
        ["21 at {\"package\":\"fish\": the grant gives nothing in grant 1"]
    );
}

#[test]
fn problems_of_all_kinds_are_reported_together_in_order() {
    let text = SMALL
        .replace("\"date\"", "\"day\"")
        .replace("\"name\":\"Sjø\"", "\"name\":\"\"")
        .replace("\"is_key_role\":true", "\"is_key_role\":1")
        .replace("\"package\":\"p:whales\"", "\"package\":\"whales\"");
    assert_eq!(
        problems(text.as_bytes()),
        [
            "1 at {: member `date` is missing",
            "2 at \"day\":\"2027-01-15\": member `day` is not known here",
            "5 at \"\": `name` is empty in area `area:sea`",
            "15 at 1: expected a boolean, but found a number in role `r:skipper`",
            "23 at \"whales\": there is no package `whales` in grant 3",
        ]
    );
}

#[test]
fn problems_are_shown_with_their_line() {
    let text = SMALL
        .replace("\"Internal\"", "")
        .replace("\"cook\"]", "\"baker\"]");
    let error = Catalogue::from_json("mine.json", text.as_bytes()).expect_err("is damaged");
    let shown = error.to_string();
    assert!(
        shown.starts_with(
            "mine.json:15:292: there is no role `baker`\n  in role `r:skipper`\n  15 | …"
        ),
        "{shown}"
    );
}

#[test]
fn more_items_than_ids_are_refused() {
    let form = |i: usize| format!("{{\"name\":\"f{i}\",\"kind\":\"Person\",\"uuid\":\"{i}\"}},\n");
    let forms: String = (0..70_000).map(form).collect();
    let part = "\"legal_forms\":[\n";
    assert_eq!(
        damaged(part, &format!("{part}{forms}")),
        ["1 at {: there are 70001 legal forms, which is more than 65535"]
    );
}

#[test]
fn any_bytes_are_read_without_panic() {
    // Every place where one byte is missing or another one, in a table that has it all.
    for at in 0..SMALL.len() {
        let mut bytes = SMALL.as_bytes().to_vec();
        bytes.remove(at);
        let _ = Catalogue::from_json("t", &bytes);
        for byte in [b'"', b'{', b']', b'\\', 0, 0xc3] {
            let mut bytes = SMALL.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = Catalogue::from_json("t", &bytes).map_err(|error| error.to_string());
        }
        let _ = Catalogue::from_json("t", &SMALL.as_bytes()[..at]);
    }
}
