//! Tests that every problem is reported with its place.

use super::*;

/// Returns the problems of a text, each as `line at source text: message in path`.
fn problems(text: &str) -> Vec<String> {
    let error = Register::from_json("t", text.as_bytes()).expect_err("is damaged");
    let problems = error.diagnostics().iter().map(|problem| {
        let at = problem.position().expect("is in the text");
        let line = text.lines().nth(at.line - 1).unwrap_or("");
        let there = line.chars().skip(at.column - 1);
        let there: String = there.take_while(|c| !",]}".contains(*c)).collect();
        let path = match problem.path() {
            "" => String::new(),
            path => format!(" in {path}"),
        };
        format!("{} at {there}: {}{path}", at.line, problem.message())
    });
    problems.collect()
}

/// Returns the problems of a file with these arrays, which start on line 8.
fn damaged(arrays: &str) -> Vec<String> {
    problems(&file(arrays))
}

#[test]
fn other_documents_are_refused() {
    let version = r#"{"format": "vedtak-register", "version": 2, "parties": 7}"#;
    assert_eq!(problems(version), ["1 at 2: `version` is 1, but found `2`"]);
    let format = r#"{"format": "other", "version": 1}"#;
    let message = "1 at \"other\": `format` is `vedtak-register`, but found `other`";
    assert_eq!(problems(format), [message]);
    assert_eq!(
        problems("{}"),
        [
            "1 at {: member `format` is missing",
            "1 at {: member `version` is missing"
        ]
    );
    assert!(problems("[]")[0].contains("expected an object"));
    assert!(problems("")[0].contains("the document ends here"));
    let error = Register::from_json("t", b"{\"\xff\"}").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the register is not encoded in UTF-8"),
        "{error}"
    );
}

#[test]
fn parties_that_are_wrong() {
    let text = r#"{"format": "vedtak-register", "version": 1, "parties": [
{"kind": "organisation", "name": "A", "number": "91000001"},
{"kind": "person", "name": "B", "number": "910000001"},
{"kind": "system user", "name": "C", "number": "1"},
{"kind": "robot", "name": "D", "id": 1},
{"kind": "person", "name": "E", "id": 0, "user": -1, "uuid": "1-2"},
{"kind": "person", "name": "F", "id": 4, "colour": "red"},
{"kind": "person", "name": "G", "id": 4, "user": "7"},
{"kind": "organisation", "name": "H", "id": 8, "part_of": "H"},
{"kind": "organisation", "name": "I", "id": 9, "part_of": "J", "deleted": "no"},
{"kind": "person", "name": "", "id": 10, "id": 11},
7
]}"#;
    let expected = [
        "2 at \"91000001\": the number of an organisation is 9 digits, but found `91000001` in party `A`",
        "3 at \"910000001\": the number of a person is 11 digits, but found `910000001` in party `B`",
        "4 at {\"kind\": \"system user\": it has no key: `number`, `id`, `user`, `uuid`, `email` or `username` in party `C`",
        "5 at \"robot\": `kind` is `person` or `organisation` or `system user` or `enterprise user` or `self-identified user`, but found `robot` in party `D`",
        "6 at {\"kind\": \"person\": it has no key: `number`, `id`, `user`, `uuid`, `email` or `username` in party `E`",
        "6 at 0: `id` is a whole number from 1 to 4294967295, but found `0` in party `E`",
        "6 at -1: `user` is a whole number from 1 to 4294967295, but found `-1` in party `E`",
        "6 at \"1-2\": `uuid` is a UUID, but found `1-2` in party `E`",
        "7 at \"colour\": \"red\": member `colour` is not known here in party `F`",
        "8 at 4: `urn:altinn:partyid:4` already stands for another party; the first is at 7:1 in party `G`",
        "8 at \"7\": `user` is a whole number from 1 to 4294967295, but found `\"7\"` in party `G`",
        "9 at \"H\": it is part of itself in party `H`",
        // A missing party `J` is not reported: it may be one of the unreadable ones.
        "10 at \"no\": expected a boolean, but found a string in party `I`",
        "11 at \"\": `name` is empty in party 10",
        "11 at \"id\": 11: member `id` is given twice; the first is at 11:32 in party 10",
        "12 at 7: expected an object, but found a number in party 11",
    ];
    assert_eq!(problems(text), expected);
}

/// A problem quotes no more of a name than one reads.
#[test]
fn a_long_name_is_cut() {
    let long = "X".repeat(40_000);
    let text = format!(r#""roles": [{{"to": "{long}", "from": "KARI", "role": "{long}"}}]"#);
    let found = damaged(&text);
    assert_eq!(found.len(), 2);
    let messages = found
        .iter()
        .filter_map(|problem| problem.split_once(": there is no "));
    let lengths: Vec<usize> = messages.map(|(_, message)| message.len()).collect();
    assert!(lengths.len() == 2 && lengths.iter().all(|length| *length < 200));
}

#[test]
fn parties_are_named_by_what_is_one_of_them() {
    let text = r#""roles": [
{"to": "KARI", "from": "OLA", "role": "dagl"},
{"to": "kari", "from": "urn:altinn:partyid:7", "role": "dagl"},
{"to": "urn:altinn:partyid:050001", "from": "urn:altinn:thing:1", "role": "dagl"},
{"to": "urn:altinn:partyid:50001", "from": "urn:altinn:organization:identifier-no:910000001", "role": "dagl"},
{"to": 50001, "role": "dagl"}
]"#;
    let found = damaged(text);
    let expected = [
        "9 at \"OLA\": several parties are called `OLA`: name it by a key, such as `urn:altinn:partyid:50001` in role 1",
        "10 at \"kari\": there is no party `kari` in role 2",
        "10 at \"urn:altinn:partyid:7\": there is no party `urn:altinn:partyid:7` in role 2",
        "11 at \"urn:altinn:partyid:050001\": `urn:altinn:partyid:050001` names no party: expected",
        "11 at \"urn:altinn:thing:1\": `urn:altinn:thing:1` names no party: expected",
        "13 at {\"to\": 50001: member `from` is missing in role 5",
        "13 at 50001: expected a string, but found a number in role 5",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn facts_that_are_wrong() {
    let text = r#""roles": [
{"to": "KARI", "from": "FJELL AS", "role": "dagl", "valid_from": "2026-06-01", "valid_until": "2026-05-31"},
{"to": "KARI", "from": "FJELL AS", "role": "daglig-leder"},
{"to": "KARI", "from": "FJELL AS", "role": "dalg", "valid_from": "soon"},
{"to": "KARI", "from": "FJELL AS", "role": "urn:digitaltdodsbo:x", "id": 5},
{"to": "KARI", "from": "FJELL AS", "role": "urn:digitaltdodsbo:x", "valid_until": "2026-06-01T00:00:00"}
],
"packages": [{"to": "KARI", "from": "FJELL AS", "package": "jord"}],
"client_delegations": [
{"agent": "KARI", "provider": "FJELL AS", "client": "KARI", "role": "regn"},
{"agent": "KARI", "provider": "FJELL AS", "client": "KARI", "role": "regn", "packages": []},
{"agent": "KARI", "provider": "FJELL AS", "client": "KARI", "role": "regn", "resources": [{"resource": "r", "rights": [], "x": 1}]}
],
"delegations": [
{"resource": "r", "from": "FJELL AS", "to": "KARI", "rights": []},
{"resource": " ", "from": "FJELL AS", "to": "KARI", "rights": [7, {"action": "read", "on": {"a": 1, "b": [], "c": ""}}, {"on": []}]}
],
"resource_rights": [{"resource": "r", "party": "KARI", "type": "t"}],
"access_groups": [{"party": "KARI", "group": "g"}, {"party": "urn:altinn:userid:20001", "group": "g"}],
"access_lists": [
{"list": "l", "members": ["KARI", {"party": "KARI"}, 7], "resources": ["r", {"resource": "r"}, {"actions": [""]}]},
{"list": "l"}
],
"resources": [{"id": "r", "owner": "o"}, {"id": "r", "owner": "p", "access_list": 1, "type": "Brev"}],
"instances": [{"id": "1", "resource": "r", "party": "KARI"}, {"id": "1", "resource": "r", "party": "X"}],
"extra": []"#;
    let expected = [
        "9 at \"2026-05-31\": it ends before it begins in role 1",
        "10 at \"daglig-leder\": the role `daglig-leder` is given twice; the first is at 9:44 in role 2",
        "11 at \"dalg\": there is no role `dalg`; did you mean `dagl`? in role 3",
        "11 at \"soon\": expected a day (`2026-06-01`) or an instant (`2026-06-01T12:00:00+02:00`), but found `soon` in role 3",
        "12 at \"id\": 5: member `id` is not known here in role 4",
        "13 at \"urn:digitaltdodsbo:x\": the role `urn:digitaltdodsbo:x` is given twice; the first is at 12:44 in role 5",
        "13 at \"2026-06-01T00:00:00\": `2026-06-01T00:00:00` has no time zone, such as `+01:00` or `Z` at its end in role 5",
        "15 at \"jord\": there is no package `jord` in package 1",
        "17 at {\"agent\": \"KARI\": it gives nothing: neither `packages` nor `resources` in client delegation 1",
        "18 at [: `packages` is empty in client delegation 2",
        "19 at {\"resource\": \"r\": it gives nothing: `rights` is empty in client delegation 3",
        "19 at \"x\": 1: member `x` is not known here in client delegation 3",
        "22 at {\"resource\": \"r\": it gives nothing: `rights` is empty in delegation 1",
        "23 at \" \": `resource` is empty in delegation 2",
        "23 at 7: expected an object, but found a number in delegation 2",
        "23 at 1: expected a string, but found a number in delegation 2",
        "23 at [: `b` is empty in delegation 2",
        "23 at \"\": `c` is empty in delegation 2",
        "23 at {\"on\": [: member `action` is missing in delegation 2",
        "25 at {\"resource\": \"r\": member `value` is missing in resource right 1",
        "26 at \"g\": the place in the group `g` is given twice; the first is at 26:46 in access group 2",
        "28 at \"KARI\": the member `KARI` is given twice; the first is at 28:27 in access list `l`",
        "28 at 7: expected an object, but found a number in access list `l`",
        "28 at \"r\": the resource `r` is given twice; the first is at 28:72 in access list `l`",
        "28 at {\"actions\": [\"\": member `resource` is missing in access list `l`",
        "28 at \"\": `actions` is empty in access list `l`",
        "29 at \"l\": the list `l` is given twice; the first is at 28:10 in access list `l`",
        "31 at \"r\": the resource `r` is given twice; the first is at 31:22 in resource `r`",
        "31 at 1: expected a boolean, but found a number in resource `r`",
        "31 at \"Brev\": no resource has the type `Brev`; the types are `AltinnApp`, `Altinn2Service`, `GenericAccessResource`, `Systemresource`, `MaskinportenSchema`, `BrokerService`, `CorrespondenceService`, `Consent` in resource `r`",
        "32 at \"1\": the instance `1` is given twice; the first is at 32:22 in instance `1`",
        "32 at \"X\": there is no party `X` in instance `1`",
        "33 at \"extra\": [: member `extra` is not known here",
    ];
    assert_eq!(damaged(text), expected);
}

#[test]
fn records_that_are_wrong() {
    let text = r#""next_id": 4, "altinn2_roles_stop": "later",
"packages": [
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "id": 1, "on_from": 2},
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "id": 2, "on_from": 1},
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "id": 2, "on_from": 9},
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "on_from": 8},
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "id": 3, "on_from": 3},
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "id": 1.5, "by": "NOBODY", "at": "x"}
],
"resource_rights": [{"resource": "r", "party": "KARI", "type": "t", "value": "v", "id": 8}]"#;
    let expected = [
        "8 at 4: `next_id` is 4, but there is a record 8",
        "8 at \"later\": expected a day (`2026-06-01`) or an instant (`2026-06-01T12:00:00+02:00`), but found `later`",
        "11 at 1: record 2 is delegated on from itself in package 2",
        "12 at 2: there is another record 2; the first is at 11:62 in package 3",
        "12 at 9: there is no record 9 in package 3",
        "13 at 8: record 8 is nothing that is delegated on in package 4",
        "14 at 3: record 3 is delegated on from itself in package 5",
        "15 at 1.5: `id` is a whole number from 1 to 9007199254740991, but found `1.5` in package 6",
        "15 at \"NOBODY\": there is no party `NOBODY` in package 6",
        "15 at \"x\": expected a day (`2026-06-01`) or an instant (`2026-06-01T12:00:00+02:00`), but found `x` in package 6",
    ];
    assert_eq!(damaged(text), expected);
}

/// A party is not part of itself through others, however many: whoever leads one would lead all.
#[test]
fn parties_that_are_part_of_each_other() {
    let text = r#"{"format": "vedtak-register", "version": 1, "parties": [
{"kind": "organisation", "name": "A", "id": 1, "part_of": "B"},
{"kind": "organisation", "name": "B", "id": 2, "part_of": "urn:altinn:partyid:1"},
{"kind": "organisation", "name": "C", "id": 3, "part_of": "E"},
{"kind": "organisation", "name": "D", "id": 4, "part_of": "C"},
{"kind": "organisation", "name": "E", "id": 5, "part_of": "D"},
{"kind": "organisation", "name": "F", "id": 6, "part_of": "E"},
{"kind": "system user", "name": "G", "id": 7, "part_of": "F"},
{"kind": "organisation", "name": "H", "id": 8, "part_of": "I"},
{"kind": "organisation", "name": "I", "id": 9}
]}"#;
    let expected = [
        "2 at \"B\": it is part of itself, through `B` in party `A`",
        "3 at \"urn:altinn:partyid:1\": it is part of itself, through `urn:altinn:partyid:1` in party `B`",
        "4 at \"E\": it is part of itself, through `E` in party `C`",
        "5 at \"C\": it is part of itself, through `C` in party `D`",
        "6 at \"D\": it is part of itself, through `D` in party `E`",
    ];
    assert_eq!(problems(text), expected);
}

/// A record that differs from another in its number alone is a repetition: whoever revoked one would leave the
/// other unnoticed.
#[test]
fn records_that_are_given_twice() {
    let text = r#""roles": [
{"to": "KARI", "from": "FJELL AS", "role": "utinn", "id": 1},
{"to": "KARI", "from": "FJELL AS", "role": "UTINN", "id": 2},
{"to": "KARI", "from": "FJELL AS", "role": "utinn", "by": "KARI", "id": 3}
],
"packages": [
{"to": "KARI", "from": "FJELL AS", "package": "fiske"},
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "by": "FJELL AS"},
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "by": "KARI"},
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "valid_until": "2026-12-31"},
{"to": "KARI", "from": "FJELL AS", "package": "fiske", "at": "2026-01-01T12:00:00Z"},
{"to": "KARI", "from": "FJELL AS", "package": "jordbruk"}
],
"client_delegations": [
{"agent": "KARI", "provider": "FJELL AS", "client": "KARI", "role": "regn", "packages": ["fiske"]},
{"agent": "KARI", "provider": "FJELL AS", "client": "KARI", "role": "regn", "packages": ["fiske"]},
{"agent": "KARI", "provider": "FJELL AS", "client": "KARI", "role": "regn", "packages": ["fiske"], "at": "2026-01-01T12:00:00Z"},
{"agent": "KARI", "provider": "FJELL AS", "client": "KARI", "role": "regn", "packages": ["fiske"], "at": "2026-01-01T12:00:00Z"}
],
"delegations": [
{"resource": "r", "from": "FJELL AS", "to": "KARI", "rights": ["read"]},
{"resource": "r", "from": "FJELL AS", "to": "KARI", "rights": ["read"]},
{"resource": "r", "from": "FJELL AS", "to": "KARI", "rights": ["read", "write"]},
{"resource": "r", "from": "FJELL AS", "to": "KARI", "rights": ["read"], "instance": "1"}
]"#;
    let expected = [
        "10 at \"UTINN\": the role `UTINN` is given twice; the first is at 9:44 in role 2",
        "15 at \"fiske\": the package `fiske` is given twice; the first is at 14:47 in package 2",
        "23 at \"regn\": the client delegation of `regn` is given twice; the first is at 22:69 in client delegation 2",
        "29 at \"r\": the delegation of `r` is given twice; the first is at 28:14 in delegation 2",
    ];
    assert_eq!(damaged(text), expected);
}

#[test]
fn nobody_gives_to_itself() {
    let text = r#""roles": [
{"to": "KARI", "from": "KARI", "role": "utinn"},
{"to": "KARI", "from": "urn:altinn:partyid:50001", "role": "urn:digitaltdodsbo:x"}
],
"packages": [{"to": "FJELL AS", "from": "FJELL AS", "package": "fiske"}],
"delegations": [{"resource": "r", "from": "KARI", "to": "KARI", "rights": ["read"]}]"#;
    let found = damaged(text);
    let of = |found: &&String| found.contains("cannot give access to itself");
    assert_eq!(
        (found.len(), found.iter().filter(of).count()),
        (4, 4),
        "{found:#?}"
    );
}

#[test]
fn roles_in_estates_are_one_word() {
    for word in ["", " ", "rollekode:x", "a b"] {
        let role = format!("urn:digitaltdodsbo:{word}");
        let text = format!(r#""roles": [{{"to": "KARI", "from": "FJELL AS", "role": "{role}"}}]"#);
        let found = damaged(&text);
        assert!(
            found.len() == 1 && found[0].contains("there is no role `urn:digitaltdodsbo:"),
            "{found:?}"
        );
    }
}

#[test]
fn beyond_a_thousand_problems_are_counted() {
    let text = file(&format!("\"roles\": [{}0]", "0,".repeat(4999)));
    let error = Register::from_json("t", text.as_bytes()).unwrap_err();
    assert_eq!(error.diagnostics().len(), 1001);
    assert_eq!(
        error.diagnostics()[1000].message(),
        "and 4000 more problems"
    );
}

/// Problems go to logs, where no national identity number belongs, whoever's it is.
#[test]
fn no_problem_shows_a_national_identity_number() {
    let numbers = ["01017012345", "02027012345", "020270123456"];
    let urn = "urn:altinn:person:identifier-no:02027012345";
    for (of, more) in [
        (
            numbers[0],
            format!(r#""roles": [{{"to": "{urn}", "from": "KARI", "role": "dagl"}}]"#),
        ),
        (
            numbers[0],
            format!(
                r#""roles": [{{"to": "{}", "from": "KARI", "role": "x"}}]"#,
                numbers[1]
            ),
        ),
        (
            numbers[0],
            r#""roles": [{"to": "urn:altinn:person:02027012345"}]"#.to_owned(),
        ),
        (numbers[0], r#""02027012345": 1"#.to_owned()),
        (numbers[2], r#""roles": 02027012345"#.to_owned()),
    ] {
        let file = format!(
            r#"{{"format": "vedtak-register", "version": 1, "parties": [
  {{"kind": "person", "number": "01017012345", "name": "KARI"}}, {{"kind": "person", "number": "{of}"}}], {more}}}"#
        );
        let error = Register::from_json("t", file.as_bytes()).expect_err("is damaged");
        for shown in [
            error.to_string(),
            format!("{error:?}"),
            format!("{:?}", error.diagnostics()),
        ] {
            let is_shown = numbers.iter().any(|number| shown.contains(number));
            assert!(!is_shown, "{shown}");
            assert!(shown.contains("*****"), "{shown}");
        }
    }
}
