//! Tests of lists for an asker.

use super::{World, now};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{
    ClientDelegationOrder, Grantable, NotDelegable, Refusal, RightSourceType,
};

#[test]
fn lists_are_for_administrators_of_the_party_and_for_the_holder() {
    let world = World::new();
    world.package(&world.fjell_to(&world.ola), "jordbruk");
    world.package(&world.fjell_to(&world.dal), "fiske");
    let snapshot = world.register.snapshot();
    let lists = |by, holder| snapshot.holdings_for(by, holder, &world.fjell, now());
    for (by, holder, may) in [
        (&world.kari, &world.ola, true),
        (&world.ola, &world.ola, true),
        (&world.per, &world.ola, false),
        (&world.ola, &world.kari, false),
        // The director of an organisation acts for it; its agent does not.
        (&world.dina, &world.dal, true),
        (&world.berit, &world.robot, true),
        (&world.anne, &world.bjerk, false),
    ] {
        let refused = matches!(lists(by, holder), Err(Refusal::NotAdministrator { .. }));
        assert_eq!(!refused, may, "{by:?} asks about {holder:?}");
    }
    let holders = |by| snapshot.rightholders_for(by, &world.fjell, now());
    assert_eq!(holders(&world.kari).map(|holders| holders.len()), Ok(4));
    for by in [&world.ola, &world.dal, &world.per] {
        assert!(matches!(holders(by), Err(Refusal::NotAdministrator { .. })));
    }
    let unknown = PartyKey::Id(77);
    assert_eq!(
        lists(&unknown, &world.ola),
        Err(Refusal::UnknownParty(unknown))
    );
    world.must(|change| change.party(Party::new(world.kari.clone(), "KARI").deleted()));
    let refused = world.register.snapshot();
    let refused = refused.rightholders_for(&world.kari, &world.fjell, now());
    assert!(matches!(refused, Err(Refusal::DeletedParty { .. })));
}

#[test]
fn rights_are_listed_one_by_one_and_those_of_roles_can_be_left_out() {
    let world = World::new();
    let record = world.resource(&world.fjell_to(&world.dal), &["read", "write"]);
    world.must(|change| change.delegate_role(&world.fjell_to(&world.dal), "utinn"));
    let snapshot = world.register.snapshot();
    let all = snapshot.holdings_for(&world.kari, &world.dal, &world.fjell, now());
    let all = all.expect("is allowed");
    assert_eq!(all.rights.len(), 2);
    assert!(
        all.rights
            .iter()
            .all(|right| right.record() == Some(record))
    );
    let dina = snapshot.holdings_for(&world.dina, &world.dina, &world.fjell, now());
    let dina = dina.expect("is allowed");
    assert_eq!(dina.rights.len(), 2);
    let kind = dina.rights[0].right_source_type();
    assert_eq!(
        (kind, kind.as_str()),
        (RightSourceType::Role, "RoleTypeRights")
    );
    let direct = dina.only_direct();
    assert!(direct.rights.is_empty() && direct.roles.is_empty() && direct.packages.is_empty());

    let utinn = Grantable::role("urn:altinn:rolecode:utinn");
    let opens = |held: &Grantable| match *held == utinn {
        true => vec![Grantable::resource(world.form.clone(), ["read", "sign"])],
        false => Vec::new(),
    };
    let by_policy = snapshot.rights_by_policies(&all, opens);
    let rights = Vec::from_iter(by_policy.iter().map(|right| right.what.to_string()));
    assert_eq!(
        rights,
        ["read on `app_ttd_skjema`", "sign on `app_ttd_skjema`"]
    );
    assert!(by_policy.iter().all(|right| right.record().is_none()));
    assert!(by_policy.iter().all(|right| right.may_be_delegated()));
}

#[test]
fn what_is_not_delegable_says_why() {
    let world = World::new();
    world.must(|change| {
        let order = ClientDelegationOrder::new(
            &world.berit,
            &world.bjerk,
            &world.fjell,
            &world.anne,
            now(),
        );
        change.delegate_client(&order.package("regnskapsforer-lonn"))
    });
    let snapshot = world.register.snapshot();
    let of = |who: &PartyKey, what: Grantable, at| {
        let held = snapshot.holdings_for(&world.kari, who, &world.fjell, at);
        let held = held.expect("is allowed");
        let mut all = held.roles.into_iter().chain(held.packages);
        all.find(|held| held.what == what)
            .expect("is listed")
            .not_delegable
    };
    let role = |code: &str| Grantable::role(format!("urn:altinn:{code}"));
    let director = role("external-role:ccr:daglig-leder");
    assert_eq!(
        of(&world.kari, director, now()),
        Some(NotDelegable::FromRegister)
    );
    let filler = role("rolecode:utinn");
    assert_eq!(of(&world.kari, filler.clone(), now()), None);
    let later = super::later();
    assert_eq!(
        of(&world.kari, filler, later),
        Some(NotDelegable::NoNewAltinn2Roles)
    );
    let payroll = Grantable::package("regnskapsforer-lonn");
    let of_bjerk = of(&world.bjerk, payroll.clone(), now());
    assert_eq!(of_bjerk, Some(NotDelegable::PackageNotAssignable));
    let of_anne = of(&world.anne, payroll, now());
    assert_eq!(of_anne, Some(NotDelegable::PackageNotAssignable));
}
