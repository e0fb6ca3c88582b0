use std::path::Path;

use super::LocalTestSet;
use crate::altinn::fact::Window;
use crate::altinn::party::{PartyKey, PartyKind};
use crate::altinn::register::Register;
use crate::altinn::resource::ResourceId;
use crate::json::write_string;

fn fixture() -> LocalTestSet {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = root.join("fixtures/altinn/local-test");
    Register::load_local_test(folder).expect("has parties")
}

/// Returns each remark as the last name of its file, line, column and message.
fn remarks(set: &LocalTestSet) -> Vec<String> {
    let remarks = set.remarks.iter().map(|remark| {
        let (source, at) = (remark.source(), remark.position());
        let file = source.and_then(|source| source.rsplit('/').next());
        let at = at.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
        format!("{}{at}: {}", file.unwrap_or_default(), remark.message())
    });
    remarks.collect()
}

#[test]
fn a_folder_becomes_a_register() {
    let set = fixture();
    let state = &set.register.snapshot().0;
    let party = |key: PartyKey| {
        let number = state
            .number(&key)
            .unwrap_or_else(|| panic!("{key} is there"));
        (number, state.party(number).expect("has a number").clone())
    };
    let (kari, person) = party(PartyKey::User(201));
    assert_eq!(person.id, Some(50001));
    assert_eq!(person.number.as_deref(), Some("01810100001"));
    assert_eq!(&*person.name, "KARI NORDMANN");
    let (fjell, company) = party(PartyKey::organisation("910000001"));
    assert_eq!(company.legal_form.as_deref(), Some("AS"));
    let uuid = "7f1d6a20-1111-4222-8333-444455556666";
    assert_eq!(
        company.uuid.map(|uuid| uuid.to_string()).as_deref(),
        Some(uuid)
    );
    let (_, unit) = party(PartyKey::Id(60002));
    assert_eq!(state.main_unit(&unit), Some(fjell));
    let (_, dal) = party(PartyKey::Id(60003));
    assert!(dal.is_deleted && dal.number.is_none());
    let (_, self_identified) = party(PartyKey::User(202));
    assert_eq!(self_identified.kind, PartyKind::SelfIdentified);
    assert!(self_identified.has_key(&PartyKey::username("epost")));
    let (_, enterprise_user) = party(PartyKey::User(203));
    assert_eq!(enterprise_user.kind, PartyKind::EnterpriseUser);
    assert_eq!(enterprise_user.parent, Some(PartyKey::Id(60001)));
    let (_, vik) = party(PartyKey::organisation("910000004"));
    assert_eq!((&*vik.name, vik.id), ("VIK SA", None));

    let held = state
        .connections
        .get(&(kari, fjell))
        .expect("she has roles");
    let codes = held.roles.iter().map(|held| {
        assert_eq!(held.stated, Window::ALWAYS);
        &*state.catalogue.role_by_id(held.role).code
    });
    assert_eq!(codes.collect::<Vec<_>>(), ["daglig-leder", "regna"]);
    assert_eq!(
        state.key_roles.get(&kari).map(|within| within.to_vec()),
        Some(vec![fjell])
    );

    let form = state
        .resources
        .get(&ResourceId::new("ttd-skjema"))
        .expect("is there");
    assert_eq!((&*form.owner, &*form.title), ("ttd", "Et skjema"));
    assert_eq!(form.title_nn.as_deref(), Some("Eit skjema"));
    assert_eq!(form.title_en.as_deref(), Some("A form"));
    assert!(form.requires_access_list && form.requires_resource_right && !form.is_delegable);
    assert_eq!(state.resources.iter().count(), 2);
}

#[test]
fn what_is_left_out_is_told_with_its_place() {
    let expected = [
        "60003.json:4:16: the number of an organisation is 9 digits, but found `910000****`",
        "60003.json:5:15: the catalogue has no legal form `AKS`; did you mean `ANS`?",
        "201.json:7:18: an earlier file gives it another key than \
         `urn:altinn:organization:identifier-no:910000002`",
        "910000001.json:1:74: an earlier file gives it the legal form `AS`",
        "204.json:1:51: there is no party `70001`",
        "uleselig.json:1:29: a comma stands before `}`; JSON has none after the last member",
        "uten-eier.json:1:17: it has no owner, `orgcode`: it is left out",
        "roles.json:3:32: `SELN` cannot be a role for this party: it is left out",
        "roles.json:3:32: the catalogue has no role `ECKEYROLE`: it is left out",
        "roles.json:5:32: `PRIV` cannot be a role for this party: it is left out",
        "roles.json:1:1: there is no `User_204`: these roles are left out",
    ];
    assert_eq!(remarks(&fixture()), expected);
}

#[test]
fn a_register_of_the_set_is_written_and_read() {
    let snapshot = fixture().register.snapshot();
    let text = snapshot.to_json();
    let again = Register::from_json("register.json", text.as_bytes()).expect("is sound");
    assert_eq!(again.snapshot().to_json(), text);
}

#[test]
fn a_set_without_parties_is_no_set() {
    let none: [(&str, &str); 0] = [];
    assert!(Register::from_local_test(none).is_err());
    let error = Register::from_local_test([("Register/Party/1.json", "[1")]).unwrap_err();
    assert_eq!(error.diagnostics().len(), 2, "{error}");
}

#[test]
fn units_of_each_other_are_units_of_none() {
    let party = |id: u32, unit: u32| {
        let party = |id| format!(r#""partyId": {id}, "partyTypeName": 2, "name": "A{id}""#);
        let file = format!("Register/Party/{id}.json");
        (
            file,
            format!(
                r#"{{{}, "childParties": [{{{}}}]}}"#,
                party(id),
                party(unit)
            ),
        )
    };
    let set = Register::from_local_test([party(1, 2), party(2, 3), party(3, 1), party(4, 5)]);
    let set = set.expect("has parties");
    let told = remarks(&set);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0].contains("`A1` is part of itself"), "{told:?}");
    let parties = set.register.snapshot().parties();
    let parts = parties.iter().filter(|party| party.parent.is_some());
    assert_eq!(Vec::from_iter(parts.map(|part| &*part.name)), ["A5"]);
    let text = set.register.snapshot().to_json();
    assert!(Register::from_json("register.json", text.as_bytes()).is_ok());
}

#[test]
fn the_order_of_files_is_of_no_importance() {
    let mut files = vec![
        (
            "a/Register/Party/1.json",
            r#"{"partyId": 1, "partyTypeName": 1, "name": "A"}"#,
        ),
        (
            "a/Register/Party/2.json",
            r#"{"partyId": 2, "partyTypeName": "Organisation"}"#,
        ),
        (
            "b\\Profile\\User\\7.JSON",
            r#"{"USERID": "7", "partyid": 1}"#,
        ),
        (
            "a/authorization/roles/user_7/PARTY_2/roles.json",
            r#"[{"value": "dagl"}]"#,
        ),
        ("a/authorization/resources/x/policy.xml", "<Policy/>"),
    ];
    let read = |files: &[(&str, &str)]| {
        let set = Register::from_local_test(files.iter().copied()).expect("has parties");
        assert_eq!(remarks(&set), [""; 0]);
        set.register.snapshot().to_json()
    };
    let text = read(&files);
    assert!(
        text.contains("daglig-leder") || text.contains("dagl"),
        "{text}"
    );
    for _ in 0..files.len() {
        files.rotate_left(1);
        assert_eq!(read(&files), text);
    }
}

/// Whatever the values are, reading ends with a register or a problem, and with no key in two
/// places.
#[test]
fn damaged_files_are_read_as_far_as_they_go() {
    let values = [
        "null",
        "true",
        "-1",
        "0",
        "1",
        "2",
        "1e9",
        "\"\"",
        "\"1\"",
        "\"910000001\"",
        "[]",
        "[{}]",
        "{}",
    ];
    let names = [
        "partyId",
        "partyTypeName",
        "orgNumber",
        "ssn",
        "partyUuid",
        "unitType",
        "name",
        "isDeleted",
        "childParties",
    ];
    let sound = [
        "\"3\"",
        "2",
        "\"910000002\"",
        "null",
        "null",
        "\"AS\"",
        "\"X\"",
        "false",
        "[]",
    ];
    for (broken, _) in names.iter().enumerate() {
        for value in values {
            let mut text = String::from("{");
            for (number, name) in names.iter().enumerate() {
                if number > 0 {
                    text.push(',');
                }
                write_string(&mut text, name);
                text.push(':');
                text.push_str(if number == broken {
                    value
                } else {
                    sound[number]
                });
            }
            text.push('}');
            let files = [
                (
                    "Register/Party/1.json",
                    r#"{"partyId": 1, "partyTypeName": 2, "orgNumber": "910000001"}"#,
                ),
                ("Register/Party/3.json", &text),
                ("authorization/partylist/3.json", &text),
                ("Register/Org/3.json", &text),
                ("Profile/User/3.json", &text),
                ("authorization/resources/3.json", &text),
                ("authorization/roles/User_3/party_1/roles.json", &text),
            ];
            let set = Register::from_local_test(files).expect("has a party");
            let state = &set.register.snapshot().0;
            for (number, party) in state.parties() {
                assert!(
                    party.keys().all(|key| state.number(&key) == Some(number)),
                    "{text}"
                );
            }
        }
    }
}
