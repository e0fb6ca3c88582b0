//! Tests of lists for an asker.

use super::{World, at, now};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::facts::WindowState;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{
    CheckReason, ClientDelegationOrder, DelegationOrder, Grantable, NotDelegable, Refusal,
    RightSourceType,
};
use crate::altinn::resource::{InstanceId, Resource, ResourceId};

#[test]
fn what_was_given_is_listed_with_its_windows() {
    let world = World::new();
    let (past, soon) = (at("2026-02-01T12:00:00Z"), at("2026-07-01T12:00:00Z"));
    let early = DelegationOrder::new(
        &world.kari,
        &world.fjell,
        &world.ola,
        at("2026-01-01T12:00:00Z"),
    );
    let farming = world.package(&early.during(Window::until(past)), "jordbruk");
    let role = world.fjell_to(&world.ola).during(Window::from(soon));
    let role = world.must(|change| change.delegate_role(&role, "utinn"));
    let root = world.resource(&world.fjell_to(&world.dal), &["read", "write"]);
    let on = DelegationOrder::new(&world.dina, &world.fjell, &world.per, now()).on_from(root);
    let on = world.resource(&on, &["read"]);
    let serving =
        ClientDelegationOrder::new(&world.berit, &world.bjerk, &world.fjell, &world.anne, now());
    let serving = serving.package("regnskapsforer-lonn");
    let serving = world.must(|change| change.delegate_client(&serving));
    // What others have given is not there.
    let of_bjerk = DelegationOrder::new(&world.berit, &world.bjerk, &world.ola, now());
    world.package(&of_bjerk, "jordbruk");

    let snapshot = world.register.snapshot();
    let given = snapshot
        .given_for(&world.kari, &world.fjell, now())
        .expect("administers");
    let told = given.iter().map(|given| {
        let what = Vec::from_iter(given.what.iter().map(|what| what.to_string())).join(", ");
        (given.id, &*given.to.name, what, given.state, given.on_from)
    });
    let text = |text: &str| text.to_owned();
    let expected = [
        (
            farming,
            "OLA",
            text("the package `jordbruk`"),
            WindowState::Expired,
            None,
        ),
        (
            role,
            "OLA",
            text("the role `urn:altinn:rolecode:utinn`"),
            WindowState::Future,
            None,
        ),
        (
            root,
            "DAL AS",
            text("read, write on `app_ttd_skjema`"),
            WindowState::Current,
            None,
        ),
        (
            on,
            "PER",
            text("read on `app_ttd_skjema`"),
            WindowState::Current,
            Some(root),
        ),
        (
            serving,
            "ANNE",
            text("the package `regnskapsforer-lonn`"),
            WindowState::Current,
            None,
        ),
    ];
    assert_eq!(Vec::from_iter(told), expected);
    assert_eq!(given[1].window, Window::from(soon));
    assert_eq!(
        (&given[3].given_by, given[3].given_at),
        (&world.dina, Some(now()))
    );
    let providers = given
        .iter()
        .map(|given| given.provider.as_ref().map(|one| &*one.name));
    let bjerk = Some("BJERK REGNSKAP AS");
    assert_eq!(Vec::from_iter(providers), [None, None, None, None, bjerk]);
    for by in [&world.ola, &world.dal, &world.anne] {
        let refused = snapshot.given_for(by, &world.fjell, now());
        assert!(matches!(refused, Err(Refusal::NotAdministrator { .. })));
    }
    // Each is all that was given of the party, and what it says it is.
    for given in given.iter().rev() {
        world.revoke(&world.kari, given.id);
    }
    let snapshot = world.register.snapshot();
    assert_eq!(
        snapshot.given_for(&world.kari, &world.fjell, now()),
        Ok(Vec::new())
    );
}

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
    assert_eq!(holders(&world.kari).map(|holders| holders.len()), Ok(6));
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

#[test]
fn the_check_tells_power_from_possession() {
    let world = World::new();
    let january = at("2026-01-01T00:00:00Z");
    world.must(|change| {
        change.delegate_package(&world.fjell_to(&world.ola), "hovedadministrator")?;
        let past = DelegationOrder::new(&world.kari, &world.fjell, &world.ola, january);
        let past = past.during(Window::until(at("2026-02-01T00:00:00Z")));
        change.delegate_role(&past, "utinn")
    });
    let what = [
        Grantable::role("utinn"),
        Grantable::package("jordbruk"),
        Grantable::resource(world.form.clone(), ["read"]),
    ];
    let codes = |at| {
        let snapshot = world.register.snapshot();
        let checked = snapshot.delegation_check(&world.ola, &world.fjell, &what, None, at);
        let checked = checked.expect("administers").into_iter();
        Vec::from_iter(checked.map(|one| {
            assert!(one.may_be_delegated(), "{}", one.what);
            (one.reasons[0], one.is_held)
        }))
    };
    let [package, delegation] = [CheckReason::PackageAccess, CheckReason::DelegationAccess];
    let power = (package, false);
    assert_eq!(codes(now()), [power, power, power]);
    assert_eq!(
        codes(at("2026-01-15T00:00:00Z")),
        [(delegation, true), power, power]
    );
    world.must(|change| {
        change.delegate_package(&world.fjell_to(&world.ola), "jordbruk")?;
        change.delegate_resource(
            &world.fjell_to(&world.ola),
            &world.form,
            None,
            &["read".into()],
        )
    });
    assert_eq!(codes(now()), [power, (package, true), (delegation, true)]);
}

#[test]
fn a_list_says_no_where_the_act_does() {
    let world = World::new();
    world.must(|change| {
        change.import_role(&world.fjell, &world.ola, "hadm", Window::ALWAYS)?;
        change.delegate_resource(
            &world.fjell_to(&world.per),
            &world.form,
            None,
            &["read".into(), "write".into()],
        )?;
        change.resource(Resource::new(world.form.clone(), "ttd").with_access_list())?;
        change.access_list("ttd:l")?;
        change.access_list_member("ttd:l", &world.fjell, Window::ALWAYS)?;
        change.connect_access_list("ttd:l", &world.form, Some(&["read"]))
    });
    let snapshot = world.register.snapshot();
    let main = Grantable::role("urn:altinn:rolecode:hadm");
    let of = |who: &PartyKey| {
        let roles = snapshot.roles_of(who, &world.fjell, now());
        let main = roles.into_iter().find(|held| held.what == main);
        main.expect("has it").not_delegable
    };
    let by_delegation = Some(NotDelegable::MainAdministratorByDelegation);
    assert_eq!(of(&world.ola), by_delegation);
    assert_eq!(of(&world.kari), None, "by her role");
    let order = DelegationOrder::new(&world.ola, &world.fjell, &world.per, now());
    let refusal = world.refused(|change| change.delegate(&order, &main));
    assert!(matches!(
        refusal,
        Refusal::MainAdministratorByDelegation { .. }
    ));

    let held = snapshot.holdings_for(&world.kari, &world.per, &world.fjell, now());
    let held = held.expect("is allowed");
    let closed = Some(NotDelegable::NotOnAccessList);
    let reasons = Vec::from_iter(held.rights.iter().map(|right| right.not_delegable));
    assert_eq!(reasons, [None, closed]);
    let whole = snapshot.rights_of(&world.per, &world.fjell, now());
    let reasons = Vec::from_iter(whole.iter().map(|right| right.not_delegable));
    assert_eq!(reasons, [None, closed], "one for each reason");
    let opens = |_: &Grantable| vec![Grantable::resource(world.form.clone(), ["read", "write"])];
    let kari = snapshot.holdings_for(&world.kari, &world.kari, &world.fjell, now());
    let by_policy = snapshot.rights_by_policies(&kari.expect("is allowed"), opens);
    assert!(by_policy.iter().all(|right| {
        let is_read = right.what == Grantable::resource(world.form.clone(), ["read"]);
        right.may_be_delegated() == is_read
    }));
}

/// A giver of all of something is known before it is given.
#[test]
fn whoever_may_give_all_of_it_can_give_it() {
    let world = World::new();
    world.package(&world.fjell_to(&world.ola), "jordbruk");
    world.package(&world.fjell_to(&world.ola), "tilgangsstyrer");
    world.package(&world.fjell_to(&world.per), "hovedadministrator");
    world.resource(&world.fjell_to(&world.dal), &["read"]);
    let may =
        |subject: &Party, _: &Party, _: &ResourceId, _: Option<&InstanceId>, right: &Right| {
            &*subject.name != "OLA" || &*right.action == "read"
        };
    let rights = |actions: &[&str]| {
        let actions = actions.iter().map(|action| Right::from(*action));
        Grantable::resource(world.form.clone(), actions)
    };
    let things = [
        vec![Grantable::package("jordbruk")],
        vec![Grantable::package("fiske")],
        vec![Grantable::package("jordbruk"), Grantable::package("fiske")],
        vec![Grantable::package("hovedadministrator")],
        vec![Grantable::package("no-such-package")],
        vec![Grantable::role("utinn")],
        vec![Grantable::role("dagl")],
        vec![rights(&["read"])],
        vec![rights(&["read", "write"])],
        vec![rights(&["read"]), Grantable::package("jordbruk")],
    ];
    let mut counted = [0, 0];
    for by in [
        &world.kari,
        &world.ola,
        &world.per,
        &world.dina,
        &world.berit,
        &world.dal,
    ] {
        for what in &things {
            let copy = world.register.copy();
            let order = DelegationOrder::new(by, &world.fjell, &world.anne, now());
            let given = copy.update(|change| {
                change.who_may(&may);
                change.delegate_all(&order, what)
            });
            let snapshot = world.register.snapshot();
            let may_give = snapshot.may_give_all(by, &world.fjell, what, &may, now());
            assert_eq!(may_give, given.is_ok(), "{by:?} {what:?} {given:?}");
            counted[usize::from(may_give)] += 1;
        }
    }
    assert!(counted.iter().all(|count| *count > 10), "{counted:?}");
}
