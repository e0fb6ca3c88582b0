//! Tests of the lists of holdings, their sources, and whether they can be delegated or revoked.

use super::{World, at, later, now};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::party::PartyKey;
use crate::altinn::register::{
    ClientDelegationOrder, DelegationOrder, Grantable, Holding, NotDelegable, PartyQuery, Register,
    Source,
};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::value::DateTime;

fn of(holdings: Vec<Holding>, what: &Grantable) -> Holding {
    let found = holdings.into_iter().find(|held| held.what == *what);
    found.unwrap_or_else(|| panic!("{what} is listed"))
}

#[test]
fn rightholders_are_all_who_have_anything_now() {
    let world = World::new();
    let names = |at| {
        let holders = world.register.snapshot().rightholders(&world.fjell, at);
        Vec::from_iter(holders.iter().map(|holder| holder.name.to_string()))
    };
    assert_eq!(
        names(now()),
        ["BJERK REGNSKAP AS", "KARI", "BERIT"],
        "she runs the accountant"
    );
    world.package(
        &world.fjell_to(&world.ola).during(Window::until(later())),
        "jordbruk",
    );
    world.resource(&world.fjell_to(&world.per), &["read"]);
    world.must(|change| {
        let serving = ClientDelegationOrder::new(
            &world.berit,
            &world.bjerk,
            &world.fjell,
            &world.anne,
            now(),
        );
        change.delegate_client(&serving.package("regnskapsforer-lonn"))
    });
    assert_eq!(
        names(now()),
        ["BJERK REGNSKAP AS", "KARI", "BERIT", "ANNE", "OLA", "PER"]
    );
    assert_eq!(
        names(later()),
        ["BJERK REGNSKAP AS", "KARI", "BERIT", "ANNE", "PER"]
    );
    let agents = world.register.snapshot().rightholders(&world.bjerk, now());
    assert_eq!(
        agents.len(),
        1,
        "that Anne is an agent gives her nothing for bjerk itself"
    );
}

/// Checks the list of holders of each party against the lists of everybody else.
fn rightholders_are_those_with_lists(register: &Register, at: DateTime, told: &str) -> usize {
    let snapshot = register.snapshot();
    let keys = snapshot.parties();
    let keys = Vec::from_iter(keys.iter().filter_map(|party| party.keys().next()));
    let mut pairs = 0;
    for of in &keys {
        let mut expected = Vec::new();
        for who in keys.iter().filter(|who| *who != of) {
            let lists = [
                snapshot.roles_of(who, of, at),
                snapshot.packages_of(who, of, at),
                snapshot.rights_of(who, of, at),
            ];
            expected.extend(
                lists
                    .iter()
                    .any(|list| !list.is_empty())
                    .then(|| who.clone()),
            );
        }
        expected.sort_by_key(|who| snapshot.0.number(who));
        let found = snapshot.rightholders(of, at);
        let found = Vec::from_iter(found.iter().filter_map(|party| party.keys().next()));
        assert_eq!(found, expected, "of {of:?} at {at} in {told}");
        pairs += found.len();
    }
    pairs
}

#[test]
fn rightholders_are_those_with_lists_in_every_scenario() {
    let scenarios = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/altinn/scenarios");
    let mut pairs = 0;
    for scenario in std::fs::read_dir(scenarios).expect("is there") {
        let file = scenario.expect("is there").path().join("register.json");
        let Ok(text) = std::fs::read(&file) else {
            continue;
        };
        let told = file.display().to_string();
        let register = Register::from_json(&told, &text).expect("is read");
        for day in ["2026-03-02", "2026-07-06", "2027-06-01"] {
            let at = at(&format!("{day}T09:00:00+01:00"));
            pairs += rightholders_are_those_with_lists(&register, at, &told);
        }
    }
    assert!(pairs > 500, "{pairs}");
}

#[test]
fn rightholders_are_listed_by_every_route() {
    let world = World::new();
    let names = |of: &PartyKey| {
        let holders = world.register.snapshot().rightholders(of, now());
        Vec::from_iter(holders.iter().map(|holder| holder.name.to_string()))
    };
    // Those of a main unit are its sub-units' too; Berit runs the accountant, Dina a receiver.
    let letter = InstanceId::new("letter");
    world.must(|change| {
        change.instance(
            letter.clone(),
            Instance::new(world.form.clone(), world.fjell.clone()),
        )?;
        let read = ["read".into()];
        change.delegate_resource(
            &world.fjell_to(&world.ola),
            &world.form,
            Some(&letter),
            &read,
        )?;
        change.delegate_package(&world.fjell_to(&world.dal), "jordbruk")
    });
    let of_both = ["BJERK REGNSKAP AS", "DAL AS", "KARI", "BERIT", "DINA"];
    assert_eq!(names(&world.unit), of_both);
    assert_eq!(names(&world.fjell), [&of_both[..], &["OLA"]].concat());
    rightholders_are_those_with_lists(&world.register, now(), "a small world");
}

#[test]
fn an_instance_of_the_main_unit_is_not_its_sub_units() {
    let world = World::new();
    let [known, unknown] = ["known", "unknown"].map(InstanceId::new);
    world.must(|change| {
        change.instance(
            known.clone(),
            Instance::new(world.form.clone(), world.fjell.clone()),
        )?;
        let (order, read) = (world.fjell_to(&world.ola), ["read".into()]);
        change.delegate_resource(&order, &world.form, Some(&known), &read)?;
        change.delegate_resource(&order, &world.form, Some(&unknown), &read)
    });
    let snapshot = world.register.snapshot();
    for (instance, expected) in [
        (&known, &["FJELL AS"][..]),
        (&unknown, &["FJELL AS", "FJELL AVD. NORD"]),
    ] {
        let query = PartyQuery::new().instance(instance.clone());
        let listed = snapshot
            .authorized_parties(&world.ola, &query, now())
            .parties;
        let names = Vec::from_iter(listed.iter().map(|listed| &*listed.party.name));
        assert_eq!(names, expected, "{instance}");
    }
    let rights = |of| snapshot.rights_of(&world.ola, of, now()).len();
    assert_eq!((rights(&world.fjell), rights(&world.unit)), (2, 1));
}

#[test]
fn rights_are_closed_one_by_one() {
    let world = World::new();
    let listed = ResourceId::new("ttd-liste");
    world.must(|change| {
        change.resource(Resource::new(listed.clone(), "ttd").with_access_list())?;
        change.access_list("ttd:alle")?;
        change.connect_access_list("ttd:alle", &listed, None)?;
        change.access_list_member("ttd:alle", &world.fjell, Window::ALWAYS)?;
        let rights = ["read", "write"].map(Right::from);
        change.delegate_resource(&world.fjell_to(&world.ola), &listed, None, &rights)?;
        change.connect_access_list("ttd:alle", &listed, Some(&["read"]))
    });
    let rights = world.register.snapshot();
    let rights = rights.rights_of(&world.ola, &world.fjell, now());
    let closed = [
        ("read", None),
        ("write", Some(NotDelegable::NotOnAccessList)),
    ];
    for (action, why) in closed {
        let right = of(
            rights.clone(),
            &Grantable::resource(listed.clone(), [action]),
        );
        assert_eq!(right.not_delegable, why, "{action}");
    }
}

#[test]
fn a_role_that_has_ended_makes_no_rightholder_and_is_not_held() {
    let world = World::new();
    world.must(|change| change.delegate_role(&world.fjell_to(&world.ola), "utinn"));
    let snapshot = world.register.snapshot();
    let utinn = [Grantable::role("utinn")];
    for (at, names, is_held) in [
        (
            now(),
            &["BJERK REGNSKAP AS", "KARI", "BERIT", "OLA"][..],
            true,
        ),
        (
            at("2027-01-01T12:00:00Z"),
            &["BJERK REGNSKAP AS", "KARI", "BERIT"],
            false,
        ),
    ] {
        let open = snapshot.rightholders(&world.fjell, at);
        let told = snapshot.rightholders_for(&world.kari, &world.fjell, at);
        for holders in [open, told.expect("she is an administrator")] {
            let holders = Vec::from_iter(holders.iter().map(|holder| &*holder.name));
            assert_eq!(holders, names);
        }
        let checked = snapshot.delegation_check(&world.kari, &world.fjell, &utinn, None, at);
        assert_eq!(checked.expect("may ask")[0].is_held, is_held);
    }
}

#[test]
fn roles_come_from_registers_roles_and_people() {
    let world = World::new();
    let record = world.must(|change| change.delegate_role(&world.fjell_to(&world.ola), "utinn"));
    let utinn = Grantable::role("urn:altinn:rolecode:utinn");
    let snapshot = world.register.snapshot();
    let roles = |who: &PartyKey, at| snapshot.roles_of(who, &world.fjell, at);

    let given = of(roles(&world.ola, now()), &utinn);
    assert_eq!(given.source, Source::Direct(record));
    assert!(given.may_be_delegated() && given.may_be_deleted);
    assert_eq!(given.given_by.as_ref(), Some(&world.kari));
    assert_eq!(given.given_at, Some(now()));
    assert!(
        !of(roles(&world.ola, later()), &utinn).may_be_delegated(),
        "no new ones by then"
    );

    let implied = of(roles(&world.kari, now()), &utinn);
    assert_eq!(implied.source, Source::Role("Daglig leder".into()));
    assert!(!implied.may_be_deleted);
    let director = Grantable::role("urn:altinn:external-role:ccr:daglig-leder");
    let director = of(roles(&world.kari, now()), &director);
    assert_eq!(director.source, Source::Register);
    assert!(!director.may_be_delegated() && !director.may_be_deleted);
    let herself = snapshot.roles_of(&world.ola, &world.ola, now());
    let herself = of(herself, &Grantable::role("urn:altinn:role:privatperson"));
    assert_eq!(herself.source, Source::Oneself);
}

#[test]
fn packages_come_from_roles_and_people() {
    let world = World::new();
    let record = world.package(&world.fjell_to(&world.dal), "jordbruk");
    let farming = Grantable::package("jordbruk");
    let snapshot = world.register.snapshot();
    let packages = |who: &PartyKey| snapshot.packages_of(who, &world.fjell, now());
    let direct = of(packages(&world.dal), &farming);
    assert_eq!(direct.source, Source::Direct(record));
    assert!(direct.may_be_delegated() && direct.may_be_deleted);
    let received = of(packages(&world.dina), &farming);
    assert_eq!(received.source, Source::Direct(record));
    assert!(!received.may_be_deleted, "it is dal that has it");
    assert_eq!(
        received.path.to_string(),
        "via key role daglig leder in DAL AS"
    );
    let own = of(packages(&world.kari), &farming);
    assert_eq!(own.source, Source::Role("Daglig leder".into()));
    assert!(own.may_be_delegated() && !own.may_be_deleted);
    let main = of(
        packages(&world.kari),
        &Grantable::package("hovedadministrator"),
    );
    assert!(main.may_be_delegated());
    let payroll = of(
        packages(&world.bjerk),
        &Grantable::package("regnskapsforer-lonn"),
    );
    assert!(!payroll.may_be_delegated(), "only to agents");
}

#[test]
fn rights_are_listed_with_their_delegations() {
    let world = World::new();
    let record = world.resource(&world.fjell_to(&world.ola), &["read", "write"]);
    let what = Grantable::resource(world.form.clone(), ["read", "write"]);
    let snapshot = world.register.snapshot();
    for (party, direct) in [(&world.fjell, true), (&world.unit, false)] {
        let given = of(snapshot.rights_of(&world.ola, party, now()), &what);
        assert_eq!(given.source, Source::Direct(record));
        assert!(given.may_be_delegated());
        assert_eq!(given.may_be_deleted, direct, "through the main unit");
    }
    assert!(
        snapshot
            .rights_of(&world.per, &world.fjell, now())
            .is_empty()
    );
    let all = snapshot.delegations_of(&world.form);
    assert_eq!(all.len(), 1);
    assert_eq!((&all[0].from, &all[0].to), (&world.fjell, &world.ola));

    let to_bjerk = DelegationOrder::new(&world.kari, &world.fjell, &world.bjerk, now());
    world.resource(&to_bjerk, &["read"]);
    world.must(|change| {
        let serving = ClientDelegationOrder::new(
            &world.berit,
            &world.bjerk,
            &world.fjell,
            &world.anne,
            now(),
        );
        change.delegate_client(&serving.resource(world.form.clone(), ["read"]))
    });
    let snapshot = world.register.snapshot();
    let what = Grantable::resource(world.form.clone(), ["read"]);
    let as_agent = of(snapshot.rights_of(&world.anne, &world.fjell, now()), &what);
    assert_eq!(as_agent.given_by.as_ref(), Some(&world.berit));
    assert_eq!(snapshot.delegations_of(&world.form).len(), 2);
}
