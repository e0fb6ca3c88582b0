//! Tests that whatever a change takes is written and read back equal, hostile words too.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::altinn::delegation::{Delegation, Right};
use crate::altinn::fact::Window;
use crate::altinn::facts::ResourceRight;
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::register::{
    Change, ClientDelegationOrder, DelegationOrder, Grantable, RecordId, Refusal,
};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::value::DateTime;

const WORDS: [&str; 20] = [
    "read",
    "",
    " ",
    "\u{a0}\n",
    "a b",
    "\u{0}",
    "\u{202e}",
    "\u{202e}a@b",
    "urn:altinn:task",
    "urn:altinn:partyid:8",
    "50001/",
    "\"\\",
    "x@y",
    "ab",
    "123",
    "910000009",
    "01017010009",
    "a:b",
    "A\u{301}İ",
    "urn:digitaltdodsbo: ",
];
const NOW: &str = "2026-03-01T12:00:00+01:00";

type Step = (u8, [u8; 6]);

fn fjell() -> PartyKey {
    PartyKey::organisation("910000001")
}

fn bjerk() -> PartyKey {
    PartyKey::Id(2)
}

fn kari() -> PartyKey {
    PartyKey::person("01017010001")
}

fn ola() -> PartyKey {
    PartyKey::person("01017010002")
}

fn robot() -> PartyKey {
    PartyKey::username("robot")
}

fn svc() -> ResourceId {
    ResourceId::new("svc")
}

fn word(number: u8) -> &'static str {
    WORDS[usize::from(number) % WORDS.len()]
}

fn who(number: u8) -> PartyKey {
    [fjell(), bjerk(), kari(), ola(), robot()][usize::from(number) % 5].clone()
}

fn window(number: u8) -> Window {
    let far = |text: &str| text.parse().expect("is an instant");
    match number % 6 {
        0 => Window::new(
            Some(far("2026-03-01T12:00:00.0011+01:00")),
            Some(far("2026-03-01T12:00:00.0029+01:00")),
        ),
        1 => Window::new(
            Some(far("-290000000-01-01T00:00:00Z")),
            Some(far("290000000-01-01T00:00:00Z")),
        ),
        2 => Window::until(far("2026-10-25T02:30:00Z")),
        _ => Window::ALWAYS,
    }
}

fn right(n: &[u8; 6]) -> Right {
    let mut right = Right::from(word(n[0]));
    for place in 1..usize::from(n[1] % 5) {
        right = right.on(word(n[place + 1]), word(n[5 - place]));
    }
    right
}

fn key(kind: u8, number: u8) -> PartyKey {
    let text = word(number);
    match kind % 8 {
        0 => PartyKey::person(text),
        1 => PartyKey::organisation(text),
        2 => PartyKey::Id(u32::from(number)),
        3 => PartyKey::User(u32::from(number)),
        4 => PartyKey::email(text),
        5 => PartyKey::username(text),
        6 => PartyKey::Uuid(Uuid::from_u128(u128::from(number))),
        _ => who(number),
    }
}

fn kind(number: u8) -> PartyKind {
    [
        PartyKind::Person,
        PartyKind::Organisation,
        PartyKind::SystemUser,
        PartyKind::EnterpriseUser,
        PartyKind::SelfIdentified,
    ][usize::from(number) % 5]
}

fn party(n: &[u8; 6]) -> Party {
    let mut party = Party::new(key(n[0], n[1]), word(n[2]));
    if !n[3].is_multiple_of(3) {
        party = party.of_kind(kind(n[3]));
    }
    party = match n[4] % 6 {
        0 => party.part_of(who(n[5])),
        1 => party.legal_form(word(n[5])),
        2 => party.key(key(n[5], n[2])),
        3 => {
            party.number = Some(word(n[5]).into());
            party
        }
        4 => party.legal_form("AS"),
        _ => party,
    };
    party
}

fn register(start: u64) -> Register {
    let text = format!(
        r#"{{"format": "vedtak-register", "version": 1, "next_id": {start}, "parties": [
        {{"kind": "organisation", "name": "FJELL AS", "number": "910000001", "legal_form": "AS"}},
        {{"kind": "organisation", "name": "BJERK AS", "id": 2, "legal_form": "AS"}},
        {{"kind": "person", "name": "KARI", "number": "01017010001"}},
        {{"kind": "person", "name": "OLA", "number": "01017010002", "id": 50002}},
        {{"kind": "system user", "name": "ROBOT", "username": "robot", "part_of": "FJELL AS"}}],
        "resources": [{{"id": "svc", "owner": "ttd"}}],
        "access_lists": [{{"list": "ttd:l"}}],
        "roles": [{{"to": "KARI", "from": "FJELL AS", "role": "dagl"}},
        {{"to": "KARI", "from": "BJERK AS", "role": "dagl"}},
        {{"to": "OLA", "from": "BJERK AS", "role": "agent"}}]}}"#
    );
    Register::from_json("start.json", text.as_bytes()).expect("reads")
}

fn step(change: &mut Change<'_, '_>, (operation, n): &Step, now: DateTime) -> Result<(), Refusal> {
    let order = DelegationOrder::new(&kari(), &who(n[4] % 2), &who(n[5]), now);
    let order = order.during(window(n[3]));
    let instance = (!n[2].is_multiple_of(3)).then(|| InstanceId::new(word(n[2])));
    let what = match (n[5] % 4, &instance) {
        (0, _) => Grantable::package("jordbruk"),
        (1, Some(instance)) => Grantable::instance(svc(), instance.clone(), [right(n)]),
        _ => Grantable::resource(svc(), [right(n), Right::from("read")]),
    };
    match operation % 18 {
        0..3 => change.party(party(n)),
        3 => {
            let known = Resource::new(ResourceId::new(word(n[0])), word(n[1]));
            change.resource(match n[2] % 2 {
                0 => known.titled(word(n[3])),
                _ => known,
            })
        }
        4 => {
            change.access_list(word(n[0]))?;
            change.connect_access_list(word(n[0]), &svc(), Some(&[word(n[1]), word(n[2])]))?;
            change.access_list_member(word(n[0]), &who(n[4]), window(n[3]))
        }
        5 => change.access_group(&who(n[4]), word(n[0]), None, window(n[3])),
        6 => change.access_group(&who(n[4]), word(n[0]), Some(&who(n[5])), window(n[3])),
        7 | 8 => change.delegate(&order, &what).map(drop),
        9 => change.ask_for(&ola(), &who(n[4]), &what, now).map(drop),
        10 => {
            let right = ResourceRight::new(svc(), who(n[4]), word(n[0]), word(n[1]));
            change.add_resource_right("ttd", right).map(drop)
        }
        11 => {
            let mut told = Instance::new(svc(), key(n[0], n[1]));
            if n[2] % 2 == 0 {
                told = told.in_task(word(n[3]));
            }
            change.instance(InstanceId::new(word(n[4])), told.ended(word(n[5])))
        }
        12 => {
            let role = format!("urn:digitaltdodsbo:{}", word(n[0]));
            change.register_role(&who(n[4]), &who(n[5]), &role, window(n[3]))
        }
        13 => {
            let roles = ["dagl", "regn", "agent", "utinn", "hovedadministrator"];
            let role = roles[usize::from(n[0]) % 5];
            let (from, to) = (who(n[4]), who(n[5]));
            match n[1] % 2 {
                0 => change.register_role(&from, &to, role, window(n[3])),
                _ => change.import_role(&from, &to, role, window(n[3])),
            }
        }
        14 => {
            let given = Delegation::new("1", svc(), who(n[4]), who(n[5])).right(right(n));
            let given = given.during(window(n[3]));
            change.put_delegation(&match instance {
                Some(instance) => given.of_instance(instance),
                None => given,
            })?;
            Ok(())
        }
        15 => {
            let serving = ClientDelegationOrder::new(&kari(), &bjerk(), &fjell(), &ola(), now);
            let serving = match n[0] % 2 {
                0 => serving.package("jordbruk"),
                _ => serving.resource(svc(), [right(n)]),
            };
            change.delegate_client(&serving).map(drop)
        }
        16 => change.revoke(&kari(), RecordId::from(u64::from(n[0] % 8) + 1), now),
        _ => {
            let on = DelegationOrder::new(&kari(), &fjell(), &who(n[5]), now);
            let on = on.on_from(RecordId::from(u64::from(n[0] % 8) + 1));
            change.delegate(&on, &what).map(drop)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn what_a_change_takes_is_written_and_read_back(
        steps in prop::collection::vec((any::<u8>(), any::<[u8; 6]>()), 1..24),
        is_last in any::<bool>(),
    ) {
        let now = NOW.parse().expect("is an instant");
        let register = register(if is_last { (1 << 53) - 3 } else { 1 });
        for one in &steps {
            // What is refused changes nothing.
            let _ = register.update(|change| step(change, one, now));
        }
        register.snapshot().0.check();
        round_trip(&register.snapshot());
    }
}

#[test]
fn what_a_file_cannot_have_is_refused() {
    let now: DateTime = NOW.parse().expect("is an instant");
    let register = register(1);
    let refused = |step: &dyn Fn(&mut Change<'_, '_>) -> Result<(), Refusal>| {
        register
            .update(|change| step(change))
            .expect_err("is refused")
    };
    let order = DelegationOrder::new(&kari(), &fjell(), &ola(), now);
    let nameless = Grantable::instance(svc(), InstanceId::new(""), ["read"]);
    let blank = |refusal: Refusal| assert!(matches!(refusal, Refusal::Blank { .. }), "{refusal}");
    blank(refused(&|change| {
        change.ask_for(&ola(), &fjell(), &nameless, now).map(drop)
    }));
    blank(refused(&|change| {
        change.delegate(&order, &nameless).map(drop)
    }));
    let action = Grantable::resource(svc(), [""]);
    blank(refused(&|change| {
        change.ask_for(&ola(), &fjell(), &action, now).map(drop)
    }));
    for key in [
        PartyKey::person("123"),
        PartyKey::organisation("abc"),
        PartyKey::username("a b"),
        PartyKey::email("ab"),
        PartyKey::Id(0),
        PartyKey::User(0),
    ] {
        let refusal = refused(&|change| change.party(Party::new(key.clone(), "Y")));
        assert_eq!(refusal, Refusal::NoKey(key));
    }
    let given = register.update(|change| change.delegate_package(&order, "jordbruk"));
    given.expect("is allowed");
    let person = Party::new(fjell(), "FJELL").of_kind(PartyKind::Person);
    let person = person.key(PartyKey::Id(1));
    register
        .update(|change| change.party(Party::new(fjell(), "FJELL").key(PartyKey::Id(1))))
        .expect("has another key");
    let refusal = refused(&|change| change.party(person.clone()));
    assert!(matches!(
        refusal,
        Refusal::PackageDoesNotFit { .. } | Refusal::NoKey(_)
    ));
    let person = Party::new(PartyKey::Id(1), "FJELL").of_kind(PartyKind::Person);
    let refusal = refused(&|change| change.party(person.clone()));
    assert!(
        matches!(refusal, Refusal::PackageDoesNotFit { .. }),
        "{refusal}"
    );
}

#[test]
fn the_last_number_is_given_once() {
    let now: DateTime = NOW.parse().expect("is an instant");
    let register = register((1 << 53) - 1);
    let order = DelegationOrder::new(&kari(), &fjell(), &ola(), now);
    let last = register.update(|change| change.delegate_package(&order, "jordbruk"));
    let last = last.expect("is the last");
    round_trip(&register.snapshot());
    let none = register.update(|change| change.delegate_package(&order, "fiske"));
    assert_eq!(none, Err(Refusal::NoMoreNumbers));
    let taken = register.update(|change| change.revoke(&kari(), last, now));
    assert_eq!(taken, Ok(()));
    round_trip(&register.snapshot());
}

#[test]
fn a_system_user_has_no_role() {
    let now: DateTime = NOW.parse().expect("is an instant");
    let register = register(1);
    let order = DelegationOrder::new(&kari(), &fjell(), &robot(), now);
    let refused = [
        register.update(|change| change.delegate_role(&order, "utinn").map(drop)),
        register.update(|change| {
            change.import_role(&fjell(), &robot(), "hovedadministrator", Window::ALWAYS)
        }),
        register.update(|change| change.register_role(&fjell(), &robot(), "medl", Window::ALWAYS)),
        register.update(|change| {
            change
                .ask_for(&robot(), &fjell(), &Grantable::role("utinn"), now)
                .map(drop)
        }),
    ];
    for refused in refused {
        assert!(
            matches!(refused, Err(Refusal::RoleOfSystemUser { .. })),
            "{refused:?}"
        );
    }
    // Being an agent gives no access by itself.
    let agent =
        register.update(|change| change.import_role(&bjerk(), &robot(), "agent", Window::ALWAYS));
    assert_eq!(agent, Ok(()));
    let text = register.snapshot().to_json().replace("agent", "utinn");
    let problems = Register::from_json("role.json", text.as_bytes()).expect_err("is refused");
    assert!(
        problems.to_string().contains("is a system user"),
        "{problems}"
    );
    // Nor does somebody with a role become one.
    let ola = Party::new(ola(), "OLA").key(PartyKey::Id(50002));
    let role = register.update(|change| {
        let order = DelegationOrder::new(&kari(), &fjell(), &PartyKey::Id(50002), now);
        change.delegate_role(&order, "utinn")?;
        change.party(ola.of_kind(PartyKind::SystemUser))
    });
    assert!(
        matches!(role, Err(Refusal::RoleOfSystemUser { .. })),
        "{role:?}"
    );
}
