//! Tests of the lists of holdings, their sources, and whether they can be delegated or revoked.

use super::{World, at, later, now};
use crate::altinn::fact::Window;
use crate::altinn::party::PartyKey;
use crate::altinn::register::{ClientDelegationOrder, DelegationOrder, Grantable, Holding, Source};

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
    assert_eq!(names(now()), ["BJERK REGNSKAP AS", "KARI"]);
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
        ["BJERK REGNSKAP AS", "KARI", "ANNE", "OLA", "PER"]
    );
    assert_eq!(names(later()), ["BJERK REGNSKAP AS", "KARI", "ANNE", "PER"]);
    let agents = world.register.snapshot().rightholders(&world.bjerk, now());
    assert_eq!(
        agents.len(),
        1,
        "that Anne is an agent gives her nothing for bjerk itself"
    );
}

#[test]
fn a_role_that_has_ended_makes_no_rightholder_and_is_not_held() {
    let world = World::new();
    world.must(|change| change.delegate_role(&world.fjell_to(&world.ola), "utinn"));
    let snapshot = world.register.snapshot();
    let utinn = [Grantable::role("utinn")];
    for (at, names, is_held) in [
        (now(), &["BJERK REGNSKAP AS", "KARI", "OLA"][..], true),
        (
            at("2027-01-01T12:00:00Z"),
            &["BJERK REGNSKAP AS", "KARI"],
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
