//! Tests of revocation: who may, and the records that end with the revoked one.

use super::{World, later, now};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::facts::ResourceRight;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{
    ClientDelegationOrder, DelegationOrder, Grantable, Refusal, Register,
};
use crate::altinn::resource::{InstanceId, ResourceId};

#[test]
fn the_giver_takes_back_and_the_receiver_gives_up() {
    let world = World::new();
    for by in [&world.kari, &world.ola] {
        let record = world.package(&world.fjell_to(&world.ola), "jordbruk");
        let stranger = world.refused(|change| change.revoke(&world.per, record, now()));
        assert!(
            matches!(stranger, Refusal::NotInvolved { .. }),
            "{stranger}"
        );
        world.revoke(by, record);
        assert!(!world.has_package(&world.ola, &world.fjell, "jordbruk", now()));
        let again = world.refused(|change| change.revoke(by, record, now()));
        assert!(matches!(again, Refusal::NotInvolved { .. }), "{again}");
    }
    // An organisation gives up by its administrators.
    let record = world.package(&world.fjell_to(&world.dal), "jordbruk");
    world.revoke(&world.dina, record);
    let role = world.must(|change| change.delegate_role(&world.fjell_to(&world.ola), "utinn"));
    world.revoke(&world.kari, role);
    assert!(!world.has_role(&world.ola, &world.fjell, "urn:altinn:rolecode:utinn", now()));
    let right = world.resource(&world.fjell_to(&world.ola), &["read"]);
    world.revoke(&world.ola, right);
    assert!(!world.has_right(&world.ola, &world.fjell, "read", now()));
}

#[test]
fn what_was_delegated_on_goes_with_its_root() {
    let world = World::new();
    for kind in 0..3 {
        let give = |order: &DelegationOrder| match kind {
            0 => world.package(order, "jordbruk"),
            1 => world.resource(order, &["read"]),
            _ => world.must(|change| change.delegate_role(order, "utinn")),
        };
        let has = |who: &PartyKey| match kind {
            0 => world.has_package(who, &world.fjell, "jordbruk", now()),
            1 => world.has_right(who, &world.fjell, "read", now()),
            _ => world.has_role(who, &world.fjell, "urn:altinn:rolecode:utinn", now()),
        };
        let root = give(&world.fjell_to(&world.dal));
        let on = |by: &PartyKey, to: &PartyKey, root| {
            DelegationOrder::new(by, &world.fjell, to, now()).on_from(root)
        };
        let second = give(&on(&world.dina, &world.bjerk, root));
        let third = give(&on(&world.berit, &world.ola, second));
        let other = give(&on(&world.dina, &world.per, root));
        assert!(has(&world.ola) && has(&world.per), "{kind}");
        world.revoke(&world.berit, third);
        assert!(!has(&world.ola) && has(&world.per), "{kind}");
        give(&on(&world.berit, &world.ola, second));
        world.revoke(&world.kari, root);
        assert!(!has(&world.ola) && !has(&world.per), "{kind}");
        for gone in [root, second, third, other] {
            let refusal = world.refused(|change| change.revoke(&world.kari, gone, now()));
            assert!(matches!(refusal, Refusal::NotInvolved { .. }), "{refusal}");
        }
    }
}

#[test]
fn a_long_chain_goes_at_once() {
    let world = World::new();
    let company = |i: u32| PartyKey::Id(60_000 + i);
    let root = world.package(&world.fjell_to(&world.dal), "jordbruk");
    world.must(|change| {
        let mut root = root;
        let mut by = world.dina.clone();
        for i in 0..2000 {
            change.party(Party::new(company(i), "NR.").legal_form("AS"))?;
            let director = PartyKey::User(i + 1);
            change.party(Party::new(director.clone(), "SJEF"))?;
            change.register_role(&company(i), &director, "dagl", Window::ALWAYS)?;
            let on = DelegationOrder::new(&by, &world.fjell, &company(i), now()).on_from(root);
            root = change.delegate_package(&on, "jordbruk")?;
            by = director;
        }
        Ok(())
    });
    assert!(world.has_package(&PartyKey::User(2000), &world.fjell, "jordbruk", now()));
    world.revoke(&world.kari, root);
    assert!(!world.has_package(&PartyKey::User(2000), &world.fjell, "jordbruk", now()));
    assert_eq!(world.register.snapshot().0.places.len(), 0);
}

#[test]
fn by_name() {
    let world = World::new();
    let order = world.fjell_to(&world.ola);
    let revoke = |what: &Grantable| {
        world.must(|change| change.revoke_held(&world.kari, &world.fjell, &world.ola, what, now()));
    };
    world.package(&order, "jordbruk");
    world.package(&order.clone().during(Window::from(later())), "fiske");
    world.must(|change| change.delegate_role(&order, "utinn"));
    revoke(&Grantable::package("Jordbruk"));
    revoke(&Grantable::role("UTINN"));
    assert!(!world.has_package(&world.ola, &world.fjell, "jordbruk", now()));
    assert!(
        world.has_package(&world.ola, &world.fjell, "fiske", later()),
        "untouched"
    );
    assert!(!world.has_role(&world.ola, &world.fjell, "urn:altinn:rolecode:utinn", now()));

    let what = Grantable::package("jordbruk");
    let stranger = |change: &mut crate::altinn::register::Change<'_, '_>| {
        change.revoke_held(
            &world.per,
            &world.fjell,
            &world.ola,
            &Grantable::package("fiske"),
            now(),
        )
    };
    assert!(matches!(
        world.refused(stranger),
        Refusal::NotAdministrator { .. }
    ));
    let refusal = world
        .refused(|change| change.revoke_held(&world.kari, &world.fjell, &world.ola, &what, now()));
    assert!(matches!(refusal, Refusal::NotGiven { .. }), "{refusal}");
    let refusal = world
        .refused(|change| change.revoke_held(&world.per, &world.fjell, &world.ola, &what, now()));
    assert!(
        matches!(refusal, Refusal::NotAdministrator { .. }),
        "tells strangers nothing"
    );
}

#[test]
fn a_right_is_taken_out_of_a_delegation_and_of_those_on_from_it() {
    let world = World::new();
    let root = world.resource(&world.fjell_to(&world.dal), &["read", "write"]);
    let on = |by: &PartyKey, to: &PartyKey, root| {
        DelegationOrder::new(by, &world.fjell, to, now()).on_from(root)
    };
    let second = world.resource(&on(&world.dina, &world.bjerk, root), &["read", "write"]);
    world.resource(&on(&world.dina, &world.ola, root), &["write"]);
    let anne =
        ClientDelegationOrder::new(&world.berit, &world.bjerk, &world.fjell, &world.anne, now());
    let anne = anne.resource(world.form.clone(), ["read", "write"]);
    world.must(|change| change.delegate_client(&anne));
    assert!(world.has_right(&world.anne, &world.fjell, "write", now()));
    let write = Grantable::resource(world.form.clone(), ["write"]);
    world.must(|change| change.revoke_held(&world.kari, &world.fjell, &world.dal, &write, now()));
    for who in [&world.dina, &world.berit, &world.anne] {
        assert!(world.has_right(who, &world.fjell, "read", now()), "{who:?}");
        assert!(
            !world.has_right(who, &world.fjell, "write", now()),
            "{who:?}"
        );
    }
    assert!(!world.has_right(&world.ola, &world.fjell, "write", now()));
    let all = Grantable::resource(world.form.clone(), [] as [&str; 0]);
    world.must(|change| change.revoke_held(&world.kari, &world.fjell, &world.dal, &all, now()));
    let refusal = world.refused(|change| change.revoke(&world.kari, second, now()));
    assert!(matches!(refusal, Refusal::NotInvolved { .. }), "{refusal}");
}

#[test]
fn a_part_of_a_record_is_revoked() {
    let world = World::new();
    let rights = |rights: &[&str]| Grantable::resource(world.form.clone(), rights.iter().copied());
    let revoke = |by: &PartyKey, record, what: &Grantable| {
        world.must(|change| change.revoke_part(by, record, what, now()));
    };
    let listed = |who: &PartyKey| {
        let held = world
            .register
            .snapshot()
            .rights_of(who, &world.fjell, now());
        let held = held.into_iter().filter(|held| held.may_be_deleted);
        Vec::from_iter(held.map(|held| (held.what.to_string(), held.window)))
    };
    let form = "on `app_ttd_skjema`";
    let window = Window::until(later());
    // Two records of one receiver, one of which was given on.
    let order = world.fjell_to(&world.dal).during(window);
    let first = world.resource(&order, &["read", "write", "fly"]);
    world.resource(&world.fjell_to(&world.dal), &["read", "write"]);
    let on = DelegationOrder::new(&world.dina, &world.fjell, &world.bjerk, now()).on_from(first);
    world.resource(&on, &["write", "fly"]);
    let serving =
        ClientDelegationOrder::new(&world.berit, &world.bjerk, &world.fjell, &world.anne, now());
    let serving = serving
        .package("regnskapsforer-lonn")
        .resource(world.form.clone(), ["write", "fly"]);
    let serving = world.must(|change| change.delegate_client(&serving));

    revoke(&world.kari, first, &rights(&["write"]));
    let second = (format!("read, write {form}"), Window::ALWAYS);
    let expected = [(format!("read, fly {form}"), window), second.clone()];
    assert_eq!(
        listed(&world.dal),
        expected,
        "in its window, and the other as it was"
    );
    for who in [&world.bjerk, &world.anne] {
        assert_eq!(listed(who), [(format!("fly {form}"), window)], "{who:?}");
    }
    let saved = world.register.snapshot().to_json();
    let again = Register::from_json("again.json", saved.as_bytes()).expect("is read");
    assert_eq!(again.snapshot().to_json(), saved);

    // All of what is named, or nothing; and only by who may.
    let (nope, farming) = (rights(&["nope"]), Grantable::package("jordbruk"));
    let role = Grantable::role("utinn");
    let letter = Grantable::instance(world.form.clone(), InstanceId::new("letter"), ["read"]);
    for (what, lacks) in [
        (&rights(&["read", "nope"]), &nope),
        (&farming, &farming),
        (&role, &role),
        (&letter, &letter),
    ] {
        for record in [first, serving] {
            let refused =
                world.refused(|change| change.revoke_part(&world.kari, record, what, now()));
            let lacks = match (record == serving, what == lacks) {
                (true, false) => &rights(&["read"]),
                _ => lacks,
            };
            let what = lacks.clone();
            assert_eq!(refused, Refusal::NotInRecord { record, what });
        }
    }
    let read = rights(&["read"]);
    let stranger = world.refused(|change| change.revoke_part(&world.per, first, &read, now()));
    assert!(
        matches!(stranger, Refusal::NotInvolved { .. }),
        "{stranger}"
    );

    // Of a client delegation too; without a rest, the record is gone.
    revoke(&world.anne, serving, &rights(&["fly"]));
    assert!(listed(&world.anne).is_empty());
    let payroll = Grantable::package("regnskapsforer-lonn");
    assert!(world.has_package(&world.anne, &world.fjell, "regnskapsforer-lonn", now()));
    revoke(&world.berit, serving, &payroll);
    revoke(&world.dina, first, &rights(&[]));
    assert_eq!(listed(&world.dal), [second]);
    for gone in [first, serving] {
        let gone = world.refused(|change| change.revoke_part(&world.kari, gone, &read, now()));
        assert!(matches!(gone, Refusal::NotInvolved { .. }), "{gone}");
    }
    let role = world.must(|change| change.delegate_role(&world.fjell_to(&world.ola), "utinn"));
    let farming = world.package(&world.fjell_to(&world.ola), "jordbruk");
    revoke(&world.ola, role, &Grantable::role("UTINN"));
    revoke(&world.ola, farming, &Grantable::package("Jordbruk"));
    let snapshot = world.register.snapshot();
    let left = snapshot.holdings_for(&world.ola, &world.ola, &world.fjell, now());
    assert!(left.expect("may").packages.is_empty());
}

#[test]
fn what_comes_with_a_role_goes_with_the_role() {
    let world = World::new();
    let refused = |what: &Grantable| {
        world.refused(|change| {
            change.revoke_held(&world.kari, &world.fjell, &world.kari, what, now())
        })
    };
    let from_register = refused(&Grantable::role("dagl"));
    assert_eq!(
        from_register,
        Refusal::RoleFromRegister {
            role: "Daglig leder".into()
        }
    );
    for what in [Grantable::role("utinn"), Grantable::package("jordbruk")] {
        let refusal = refused(&what);
        let expected = Refusal::ThroughRole {
            to: "KARI".into(),
            what,
            role: "Daglig leder".into(),
        };
        assert_eq!(refusal, expected);
    }
    let read = Grantable::resource(world.form.clone(), ["read"]);
    assert!(matches!(refused(&read), Refusal::NotGiven { .. }));
    let everyone = |_: &Party, _: &Party, _: &ResourceId, _: Option<&InstanceId>, _: &Right| true;
    let refusal = world.refused(|change| {
        change.who_may(&everyone);
        change.revoke_held(&world.kari, &world.fjell, &world.kari, &read, now())
    });
    assert!(matches!(refusal, Refusal::ThroughRole { .. }), "{refusal}");
}

#[test]
fn a_resource_right_is_the_owners_to_delete() {
    let world = World::new();
    let right = ResourceRight::new(world.form.clone(), world.fjell.clone(), "t", "v");
    let id = world.must(|change| change.add_resource_right("ttd", right));
    let refusal = world.refused(|change| change.revoke(&world.kari, id, now()));
    assert!(matches!(refusal, Refusal::NotOwner { .. }), "{refusal}");
}
