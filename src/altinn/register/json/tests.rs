mod accepted;
mod damaged;
mod problems;
mod random;
mod save;

use crate::altinn::facts::{Asked, Delegations, Parties, Roles};
use crate::altinn::party::PartyKey;
use crate::altinn::register::state::{PartyNo, RegisterState};
use crate::altinn::register::{Register, Snapshot};

use super::party::first_key;

/// The file that comes with the crate.
const FIXTURE: &str = include_str!("../../../../fixtures/altinn/register.json");

fn fixture() -> Register {
    Register::from_json("register.json", FIXTURE.as_bytes()).expect("is sound")
}

fn read(text: &str) -> Snapshot {
    let register = Register::from_json("t", text.as_bytes());
    register
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
        .snapshot()
}

/// A file with these arrays and two parties.
fn file(arrays: &str) -> String {
    format!(
        r#"{{"format": "vedtak-register", "version": 1,
"parties": [
{{"kind": "organisation", "name": "FJELL AS", "number": "910000001", "id": 60001}},
{{"kind": "person", "name": "KARI", "number": "01810100001", "id": 50001, "user": 20001}},
{{"kind": "person", "name": "OLA", "id": 50002}},
{{"kind": "person", "name": "OLA", "id": 50003}}
],
{arrays}
}}"#
    )
}

/// Returns every entry of every table, indexes too, sorted and with parties as keys: equal for
/// equal registers.
fn facts(state: &RegisterState) -> Vec<String> {
    let mut facts = vec![format!("stop {:?}", state.no_new_altinn2_roles)];
    facts.push(format!("next {}", state.next_record));
    macro_rules! table {
        ($table:ident) => {
            for (key, value) in state.$table.iter() {
                facts.push(format!("{} {key:?} {value:?}", stringify!($table)));
            }
        };
        ($table:ident $(. $list:ident)? each) => {
            for (key, value) in state.$table.iter() {
                for element in value$(.$list)?.iter() {
                    let names = concat!(stringify!($table), $(".", stringify!($list))?);
                    facts.push(format!("{names} {key:?} {element:?}"));
                }
            }
        };
    }
    facts.extend(state.parties().map(|party| format!("party {party:?}")));
    table!(keys);
    table!(connections.roles each);
    table!(connections.packages each);
    table!(received each);
    table!(given each);
    table!(key_roles each);
    table!(parts each);
    table!(clients each);
    table!(agents each);
    table!(delegated each);
    table!(places);
    table!(delegated_on each);
    table!(rights each);
    table!(rights_by_party each);
    table!(rights_by_resource each);
    table!(estates each);
    table!(groups each);
    table!(lists.members each);
    table!(lists.connections each);
    table!(memberships each);
    table!(resources);
    table!(instances);
    for (name, list) in state.lists.iter() {
        facts.push(format!("list {name} {}", list.name));
    }
    let mut facts = Vec::from_iter(facts.iter().map(|fact| with_keys(state, fact)));
    facts.sort();
    facts
}

/// Returns the text with every number of a party replaced by a key.
fn with_keys(state: &RegisterState, text: &str) -> String {
    let mut parts = text.split("PartyNo(");
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (number, rest) = part.split_once(')').expect("is closed");
        let party = state.party(PartyNo(number.parse().expect("is a number")));
        let key = party
            .and_then(|party| first_key(party))
            .expect("is a party");
        out.push_str(&format!("{key}{rest}"));
    }
    out
}

/// Checks that a state equals itself after writing and reading, and so does the text.
fn round_trip(snapshot: &Snapshot) {
    let text = snapshot.to_json();
    let again = read(&text);
    assert_eq!(facts(&again.0), facts(&snapshot.0), "{text}");
    assert_eq!(again.to_json(), text);
}

#[test]
fn the_fixture_says_what_it_looks_like() {
    let register = fixture();
    let party = |key: &str| {
        let key: PartyKey = key.parse().expect("is a key");
        register.party(&key).expect("answers").expect("is known")
    };
    let fjell = party("urn:altinn:organization:identifier-no:910000001");
    let (kari, anne) = (
        party("urn:altinn:userid:20001"),
        party("urn:altinn:partyid:50006"),
    );
    let bergen = party("urn:altinn:partyid:60002");
    assert_eq!(bergen.parent, Some(PartyKey::organisation("910000001")));
    let at = "2026-07-01T12:00:00+02:00".parse().expect("is a time");

    let roles = register
        .roles(&Asked::new(&kari, &bergen, at))
        .expect("answers");
    let roles = Vec::from_iter(
        roles
            .iter()
            .map(|role| format!("{} {}", role.value, role.path)),
    );
    assert_eq!(
        roles,
        ["urn:altinn:external-role:ccr:daglig-leder through the main unit FJELL OG FJORD AS"]
    );
    let app = crate::altinn::resource::ResourceId::app("ttd", "skogsmelding");
    let asked = Asked::new(&anne, &fjell, at);
    let delegated = register.delegations(&asked, &app, None).expect("answers");
    assert_eq!(delegated.len(), 1);
    assert_eq!(
        delegated[0]
            .window
            .ends()
            .map(|end| end.to_string())
            .as_deref(),
        Some("2026-12-31T23:00:00Z")
    );

    let state = &register.snapshot().0;
    let counts = [
        state.parties().count(),
        state.lists.len(),
        state.resources.len(),
        state.instances.len(),
    ];
    assert_eq!(counts, [18, 1, 5, 2]);
    // Records without a number got those after 10, in the order of the file.
    assert_eq!(state.places.len(), 1 + 3 + 3 + 4 + 3);
    assert_eq!(state.next_record, 11 + state.places.len() as u64 - 3);
}

#[test]
fn the_fixture_survives_being_written() {
    round_trip(&fixture().snapshot());
}

#[test]
fn nothing_is_written_as_nothing() {
    let empty = Register::new().snapshot().to_json();
    assert_eq!(
        empty,
        "{\n  \"format\": \"vedtak-register\",\n  \"version\": 1\n}\n"
    );
    round_trip(&read(&empty));
}

#[test]
fn what_is_written_reads_well() {
    let text = file(
        r#""altinn2_roles_stop": "never", "next_id": 40,
        "roles": [{"role": "DAGL", "from": "FJELL AS", "to": "urn:altinn:userid:20001"},
          {"to": "KARI", "from": "FJELL AS", "role": "urn:digitaltdodsbo:x", "valid_from": "2026-06-01T00:00:00+02:00"}],
        "packages": [{"to": "urn:altinn:partyid:50003", "from": "FJELL AS", "package": "fiske", "valid_until": "2026-12-31", "on_from": 7},
          {"to": "KARI", "from": "FJELL AS", "package": "fiske", "id": 7, "by": "KARI", "at": "2026-01-01T12:00:00Z"}],
        "client_delegations": [{"agent": "KARI", "provider": "FJELL AS", "client": "urn:altinn:partyid:50002", "role": "regn", "resources": [{"resource": "r", "rights": ["read"]}]}],
        "delegations": [{"resource": "r", "from": "FJELL AS", "to": "KARI", "rights": ["read", {"action": "write", "on": {"urn:altinn:task": "Task_1", "x": ["1", "2"]}}]}],
        "access_lists": [{"list": "ttd:b", "members": [{"party": "KARI", "valid_until": "2026-06-30"}, "FJELL AS"], "resources": [{"resource": "r", "actions": []}, {"resource": "q"}]}, {"list": "ttd:a"}],
        "resources": [{"id": "r", "owner": "ttd", "title": "R", "delegable": false},
          {"edition_code": 1, "service_code": "1234", "type": "Altinn2Service", "id": "se_1234_1", "owner": "ttd"},
          {"service_code": "7", "edition_code": 2, "title_en": "T", "title_nn": "Tn", "id": "t", "owner": "ttd"}]"#,
    );
    let snapshot = read(&text);
    round_trip(&snapshot);
    let expected = r#"{
  "format": "vedtak-register",
  "version": 1,
  "altinn2_roles_stop": "never",
  "next_id": 43,
  "parties": [
    {"kind": "organisation", "name": "FJELL AS", "number": "910000001", "id": 60001},
    {"kind": "person", "name": "KARI", "number": "01810100001", "id": 50001, "user": 20001},
    {"kind": "person", "name": "OLA", "id": 50002},
    {"kind": "person", "name": "OLA", "id": 50003}
  ],
  "roles": [
    {"to": "KARI", "from": "FJELL AS", "role": "daglig-leder"},
    {"to": "KARI", "from": "FJELL AS", "role": "urn:digitaltdodsbo:x", "valid_from": "2026-06-01"}
  ],
  "packages": [
    {"to": "KARI", "from": "FJELL AS", "package": "fiske", "id": 7, "by": "KARI", "at": "2026-01-01T12:00:00Z"},
    {"to": "urn:altinn:partyid:50003", "from": "FJELL AS", "package": "fiske", "valid_until": "2026-12-31", "id": 40, "on_from": 7}
  ],
  "client_delegations": [
    {"agent": "KARI", "provider": "FJELL AS", "client": "urn:altinn:partyid:50002", "role": "regnskapsforer", "resources": [{"resource": "r", "rights": ["read"]}], "id": 41}
  ],
  "delegations": [
    {"resource": "r", "from": "FJELL AS", "to": "KARI", "rights": ["read", {"action": "write", "on": {"urn:altinn:task": "Task_1", "x": ["1", "2"]}}], "id": 42}
  ],
  "access_lists": [
    {"list": "ttd:a"},
    {"list": "ttd:b",
     "members": [
      "FJELL AS",
      {"party": "KARI", "valid_until": "2026-06-30"}],
     "resources": [
      "q",
      {"resource": "r", "actions": []}]}
  ],
  "resources": [
    {"id": "r", "owner": "ttd", "title": "R", "delegable": false},
    {"id": "se_1234_1", "owner": "ttd"},
    {"id": "t", "owner": "ttd", "title_nn": "Tn", "title_en": "T", "service_code": "7", "edition_code": 2}
  ]
}
"#;
    let expected = expected.replace("  \"next_id\": 43,\n", "");
    assert_eq!(snapshot.to_json(), expected);
}

#[test]
fn a_byte_order_mark_and_other_line_ends_are_no_part_of_it() {
    let text = format!("\u{feff}{}", FIXTURE.replace('\n', "\r\n"));
    assert_eq!(facts(&read(&text).0), facts(&fixture().snapshot().0));
    let error = Register::from_json("t", "\u{feff}{\n7}".as_bytes()).unwrap_err();
    assert!(error.to_string().starts_with("t:2:1:"), "{error}");
}

#[test]
fn the_ends_of_time_are_written() {
    for (stop, text) in [
        (i64::MIN, "-292275"),
        (i64::MAX, "never"),
        (0, "1970-01-01"),
    ] {
        let mut state = RegisterState::new(crate::altinn::catalogue::Catalogue::standard());
        state.no_new_altinn2_roles = crate::altinn::fact::Moment(stop);
        let written = Snapshot(std::sync::Arc::new(state)).to_json();
        assert!(
            written.contains(&format!("\"altinn2_roles_stop\": \"{text}")),
            "{written}"
        );
        read(&written);
    }
}

#[test]
fn numbers_of_records_that_are_gone_stay_taken() {
    let text = r#"{"format": "vedtak-register", "version": 1, "next_id": 9}"#;
    let snapshot = read(text);
    assert_eq!(snapshot.0.next_record, 9);
    round_trip(&snapshot);
}

#[test]
fn a_register_is_replaced_wholly_or_not_at_all() {
    let register = fixture();
    let before = register.snapshot();
    let error = register
        .replace_from_json("t", &FIXTURE.as_bytes()[..2000])
        .unwrap_err();
    assert!(error.to_string().starts_with("t:"), "{error}");
    assert_eq!(facts(&register.snapshot().0), facts(&before.0));

    let small = file("\"roles\": [{\"to\": \"KARI\", \"from\": \"FJELL AS\", \"role\": \"dagl\"}]");
    register
        .replace_from_json("t", small.as_bytes())
        .expect("is sound");
    assert_eq!(register.snapshot().0.parties().count(), 4);
    // Numbers of records from before are not assigned again.
    assert_eq!(register.snapshot().0.next_record, before.0.next_record);
    assert_eq!(before.0.parties().count(), 18);
}

#[test]
fn another_catalogue_knows_other_names() {
    let table = crate::altinn::catalogue::Catalogue::standard().to_json();
    let table = table.replace("\"code\":\"fiske\"", "\"code\":\"hvalfangst\"");
    let table = table.replace("\"package\":\"fiske\"", "\"package\":\"hvalfangst\"");
    let catalogue = crate::altinn::catalogue::Catalogue::from_json("c", table.as_bytes());
    let catalogue = catalogue.expect("is sound");
    let text = file(r#""packages": [{"to": "KARI", "from": "FJELL AS", "package": "hvalfangst"}]"#);
    let register = Register::from_json_with(catalogue, "t", text.as_bytes()).expect("is sound");
    assert!(register.snapshot().to_json().contains("hvalfangst"));
    register
        .replace_from_json("t", text.as_bytes())
        .expect("the catalogue stays");
    assert!(Register::from_json("t", text.as_bytes()).is_err());
}
