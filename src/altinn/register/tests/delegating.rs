//! Tests of delegations by those who may, and of every refusal.

use super::{World, at, later, now, person};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::facts::ResourceRight;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::state::RecordId;
use crate::altinn::register::{DelegationOrder, Grantable, Refusal};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};

fn package(world: &World, order: &DelegationOrder, package: &str) -> Refusal {
    world.refused(|change| change.delegate_package(order, package))
}

fn resource(world: &World, order: &DelegationOrder, rights: &[&str]) -> Refusal {
    let rights = Vec::from_iter(rights.iter().map(|right| Right::from(*right)));
    world.refused(|change| change.delegate_resource(order, &world.form, None, &rights))
}

#[test]
fn a_director_gives_packages_roles_and_rights() {
    let world = World::new();
    let order = world.fjell_to(&world.ola);
    world.package(&order, "urn:altinn:accesspackage:JORDBRUK");
    world.must(|change| change.delegate_role(&order, "UTINN"));
    world.resource(&order, &["read"]);
    assert!(world.has_package(&world.ola, &world.fjell, "jordbruk", now()));
    assert!(world.has_role(&world.ola, &world.fjell, "urn:altinn:rolecode:utinn", now()));
    assert!(world.has_right(&world.ola, &world.fjell, "read", now()));
    assert!(
        world.has_right(&world.ola, &world.unit, "read", now()),
        "of a sub-unit, too"
    );
    assert!(!world.has_right(&world.ola, &world.fjell, "write", now()));
    assert!(!world.has_package(&world.ola, &world.dal, "jordbruk", now()));
}

#[test]
fn only_administrators_delegate() {
    let world = World::new();
    let by_ola = DelegationOrder::new(&world.ola, &world.fjell, &world.per, now());
    let refusal = Refusal::NotAdministrator {
        by: "OLA".into(),
        of: "FJELL AS (910000001)".into(),
    };
    assert_eq!(package(&world, &by_ola, "jordbruk"), refusal);
    // A holder of a package is not thereby an administrator.
    world.package(&world.fjell_to(&world.ola), "jordbruk");
    world.resource(&world.fjell_to(&world.ola), &["read"]);
    assert_eq!(package(&world, &by_ola, "jordbruk"), refusal);
    assert_eq!(resource(&world, &by_ola, &["read"]), refusal);
    assert_eq!(
        world.refused(|change| change.delegate_role(&by_ola, "utinn")),
        refusal
    );
}

#[test]
fn an_access_administrator_gives_what_she_has() {
    let world = World::new();
    world.package(&world.fjell_to(&world.ola), "tilgangsstyrer");
    let by_ola = DelegationOrder::new(&world.ola, &world.fjell, &world.per, now());
    let not_held = |what| Refusal::NotHeld {
        by: "OLA".into(),
        what,
        of: "FJELL AS (910000001)".into(),
    };
    assert_eq!(
        package(&world, &by_ola, "jordbruk"),
        not_held(Grantable::package("Jordbruk"))
    );
    let read = Grantable::resource(world.form.clone(), ["read"]);
    assert_eq!(resource(&world, &by_ola, &["read"]), not_held(read));
    let role = world.refused(|change| change.delegate_role(&by_ola, "utinn"));
    assert_eq!(role, not_held(Grantable::role("Utfyller/Innsender")));
    // A package that she has but may not give on is not enough either.
    let own = package(&world, &by_ola, "tilgangsstyrer");
    assert_eq!(
        own,
        Refusal::NotToGiveOn {
            by: "OLA".into(),
            what: Grantable::package("Tilgangsstyrer"),
            of: "FJELL AS (910000001)".into(),
        }
    );

    world.package(&world.fjell_to(&world.ola), "jordbruk");
    world.must(|change| change.delegate_role(&world.fjell_to(&world.ola), "utinn"));
    world.resource(&world.fjell_to(&world.ola), &["read"]);
    world.package(&by_ola, "jordbruk");
    world.must(|change| change.delegate_role(&by_ola, "utinn"));
    let write = Grantable::resource(world.form.clone(), ["write"]);
    assert_eq!(
        resource(&world, &by_ola, &["read", "write"]),
        not_held(write)
    );
    world.resource(&by_ola, &["read"]);
}

#[test]
fn a_host_says_who_may_what() {
    let world = World::new();
    world.package(&world.fjell_to(&world.ola), "tilgangsstyrer");
    let by_ola = DelegationOrder::new(&world.ola, &world.fjell, &world.per, now());
    let only_write =
        |by: &Party, of: &Party, _: &ResourceId, _: Option<&InstanceId>, right: &Right| {
            *by.name == *"OLA" && *of.name == *"FJELL AS" && *right.action == *"write"
        };
    for (action, may) in [("write", true), ("read", false)] {
        let result = world.register.update(|change| {
            change.who_may(&only_write);
            change.delegate_resource(&by_ola, &world.form, None, &[action.into()])
        });
        assert_eq!(result.is_ok(), may, "{action}");
    }
}

#[test]
fn a_main_administrator_gives_what_she_has_not() {
    let world = World::new();
    world.package(&world.fjell_to(&world.ola), "hovedadministrator");
    assert!(!world.has_package(&world.ola, &world.fjell, "jordbruk", now()));
    let by_ola = DelegationOrder::new(&world.ola, &world.fjell, &world.per, now());
    world.package(&by_ola, "jordbruk");
    world.package(&by_ola, "tilgangsstyrer");
    world.resource(&by_ola, &["read", "sign"]);
    world.must(|change| change.delegate_role(&by_ola, "utinn"));
    // She cannot make another main administrator, nor give a package that the catalogue withholds.
    let refusal = Refusal::MainAdministratorByDelegation {
        by: "OLA".into(),
        of: "FJELL AS (910000001)".into(),
    };
    assert_eq!(package(&world, &by_ola, "hovedadministrator"), refusal);
    assert_eq!(
        world.refused(|change| change.delegate_role(&by_ola, "HADM")),
        refusal
    );
    let estate = package(&world, &by_ola, "konkursbo-lesetilgang");
    let is_told = matches!(estate, Refusal::NotGivenByMain { .. });
    assert!(is_told, "{estate}");
}

#[test]
fn a_role_makes_administrators_too() {
    let world = World::new();
    let by_ola = DelegationOrder::new(&world.ola, &world.fjell, &world.per, now());
    world.must(|change| {
        change.delegate_role(
            &world.fjell_to(&world.ola).during(Window::until(later())),
            "ADMAI",
        )
    });
    world.must(|change| {
        change.import_role(
            &world.fjell,
            &world.anne,
            "hovedadministrator",
            Window::ALWAYS,
        )
    });
    let unheld = package(&world, &by_ola, "jordbruk");
    assert!(matches!(unheld, Refusal::NotHeld { .. }));
    let expired = DelegationOrder::new(&world.ola, &world.fjell, &world.per, later());
    let expired = package(&world, &expired, "jordbruk");
    assert!(matches!(expired, Refusal::NotAdministrator { .. }));
    world.package(
        &DelegationOrder::new(&world.anne, &world.fjell, &world.per, now()),
        "jordbruk",
    );
}

#[test]
fn a_person_gives_what_is_her_own() {
    let world = World::new();
    let own = DelegationOrder::new(&world.ola, &world.ola, &world.per, now());
    world.package(&own, "innbygger-tilgangsstyring-privatperson");
    world.resource(&own, &["read"]);
    world.must(|change| change.delegate_role(&own, "utinn"));
    // An administrator by delegation gives what he has, which is not everything.
    let by_per = DelegationOrder::new(&world.per, &world.ola, &world.anne, now());
    world.resource(&by_per, &["read"]);
    assert!(matches!(
        resource(&world, &by_per, &["write"]),
        Refusal::NotHeld { .. }
    ));
    // A person without delegations is no administrator.
    let by_anne = DelegationOrder::new(&world.anne, &world.ola, &world.kari, now());
    assert!(matches!(
        resource(&world, &by_anne, &["read"]),
        Refusal::NotAdministrator { .. }
    ));
}

#[test]
fn register_roles_are_not_delegated_and_old_roles_not_for_ever() {
    let world = World::new();
    let order = world.fjell_to(&world.ola);
    for (role, name) in [("dagl", "Daglig leder"), ("privatperson", "Privatperson")] {
        let refusal = world.refused(|change| change.delegate_role(&order, role));
        assert_eq!(refusal, Refusal::RoleFromRegister { role: name.into() });
    }
    let refusal = world.refused(|change| change.delegate_role(&order, "rettighetshaver"));
    assert_eq!(
        refusal,
        Refusal::RoleNotDelegable {
            role: "Rettighetshaver".into()
        }
    );
    let refusal = world.refused(|change| change.delegate_role(&order, "høvding"));
    let unknown = "the catalogue has no role `høvding`";
    assert_eq!(refusal.to_string(), unknown);

    let too_late = DelegationOrder::new(&world.kari, &world.fjell, &world.ola, later());
    let since = at("2026-05-31T22:00:00Z");
    let refusal = world.refused(|change| change.delegate_role(&too_late, "utinn"));
    let role = world.register.snapshot().catalogue().role("utinn");
    let role = world
        .register
        .snapshot()
        .0
        .role_name(role.expect("is known"));
    assert_eq!(refusal, Refusal::NoNewAltinn2Roles { role, since });
    world.must(|change| {
        change.no_new_altinn2_roles_from(at("2027-01-01T00:00:00Z"));
        change.delegate_role(&too_late, "utinn")
    });
}

#[test]
fn packages_must_be_given_singly_and_fit() {
    let world = World::new();
    let order = world.fjell_to(&world.ola);
    let refusal = package(&world, &order, "regnskapsforer-lonn");
    assert!(
        matches!(refusal, Refusal::PackageNotAssignable { .. }),
        "{refusal}"
    );
    let refusal = package(&world, &order, "innbygger-tilgangsstyring-privatperson");
    assert!(
        matches!(refusal, Refusal::PackageDoesNotFit { .. }),
        "{refusal}"
    );
    let own = DelegationOrder::new(&world.ola, &world.ola, &world.per, now());
    let refusal = package(&world, &own, "jordbruk");
    assert!(
        matches!(refusal, Refusal::PackageDoesNotFit { .. }),
        "{refusal}"
    );
    assert_eq!(
        package(&world, &order, "jordbrug").to_string(),
        "the catalogue has no access package `jordbrug`; did you mean `jordbruk`?"
    );
}

#[test]
fn resources_must_be_known_delegable_and_open_for_the_party() {
    let world = World::new();
    let order = world.fjell_to(&world.ola);
    let refused = |id: &ResourceId| {
        world.refused(|change| change.delegate_resource(&order, id, None, &["read".into()]))
    };
    let [unknown, closed, listed, rare] = ["a", "b", "c", "d"].map(ResourceId::new);
    assert_eq!(refused(&unknown), Refusal::UnknownResource(unknown.clone()));
    let nothing = Refusal::NoRight(world.form.clone());
    assert_eq!(resource(&world, &order, &[]), nothing);
    let right = ResourceRight::new(
        rare.clone(),
        world.fjell.clone(),
        "urn:resourceright:action",
        "x",
    );
    world.must(|change| {
        change.resource(Resource::new(closed.clone(), "ttd").not_delegable())?;
        change.resource(Resource::new(listed.clone(), "ttd").with_access_list())?;
        change.resource(Resource::new(rare.clone(), "ttd").with_resource_rights())?;
        change.access_list("ttd:list")?;
        change.connect_access_list("ttd:list", &listed, Some(&["write"]))?;
        change.add_resource_right("ttd", right.during(Window::from(later())))
    });
    assert_eq!(
        refused(&closed),
        Refusal::ResourceNotDelegable(closed.clone())
    );
    assert!(matches!(refused(&listed), Refusal::NotOnAccessList { .. }));
    assert!(matches!(refused(&rare), Refusal::NoResourceRight { .. }));
    world.must(|change| {
        change.access_list_member("ttd:list", &world.fjell, Window::ALWAYS)?;
        change.delegate_resource(&order, &listed, None, &["write".into()])?;
        let afterwards = DelegationOrder::new(&world.kari, &world.fjell, &world.ola, later());
        change.delegate_resource(&afterwards, &rare, None, &["read".into()])
    });
    assert!(
        matches!(refused(&listed), Refusal::NotOnAccessList { .. }),
        "for another action"
    );
}

#[test]
fn an_instance_is_of_its_resource_and_party() {
    let world = World::new();
    let (own, other) = (InstanceId::new("own"), InstanceId::new("other"));
    world.must(|change| {
        change.instance(
            own.clone(),
            Instance::new(world.form.clone(), world.fjell.clone()),
        )?;
        change.instance(
            other.clone(),
            Instance::new(world.form.clone(), world.dal.clone()),
        )
    });
    let order = world.fjell_to(&world.ola);
    let read = [Right::from("read")];
    world.must(|change| change.delegate_resource(&order, &world.form, Some(&own), &read));
    let refusal =
        world.refused(|change| change.delegate_resource(&order, &world.form, Some(&other), &read));
    assert!(
        matches!(refusal, Refusal::ForeignInstance { .. }),
        "{refusal}"
    );
}

#[test]
fn windows_contain_something_that_is_not_over() {
    let world = World::new();
    let order = world.fjell_to(&world.ola);
    let empty = Window::new(Some(later()), Some(now()));
    let refusal = package(&world, &order.clone().during(empty), "jordbruk");
    assert_eq!(refusal, Refusal::EmptyWindow(empty));
    let over = Window::until(now());
    let refusal = package(&world, &order.clone().during(over), "jordbruk");
    assert_eq!(
        refusal,
        Refusal::PastWindow {
            ended: now(),
            at: now()
        }
    );
    world.package(&order.during(Window::from(later())), "jordbruk");
    assert!(!world.has_package(&world.ola, &world.fjell, "jordbruk", now()));
    assert!(world.has_package(&world.ola, &world.fjell, "jordbruk", later()));
}

#[test]
fn parties_are_two_known_and_alive() {
    let world = World::new();
    let refusal = package(&world, &world.fjell_to(&world.fjell), "jordbruk");
    assert_eq!(
        refusal,
        Refusal::ToItself {
            name: "FJELL AS (910000001)".into()
        }
    );
    let nobody = person(9);
    for order in [
        world.fjell_to(&nobody),
        DelegationOrder::new(&nobody, &world.fjell, &world.ola, now()),
        DelegationOrder::new(&world.kari, &nobody, &world.ola, now()),
    ] {
        let refusal = package(&world, &order, "jordbruk");
        assert_eq!(refusal, Refusal::UnknownParty(nobody.clone()));
        assert!(
            !refusal.to_string().contains("01010170"),
            "no national identity number"
        );
        assert!(!refusal.to_string().contains("12349"), "{refusal}");
    }
    world.must(|change| change.party(Party::new(world.ola.clone(), "OLA").deleted()));
    let refusal = package(&world, &world.fjell_to(&world.ola), "jordbruk");
    assert_eq!(refusal, Refusal::DeletedParty { name: "OLA".into() });
}

#[test]
fn nothing_is_given_twice() {
    let world = World::new();
    let order = world.fjell_to(&world.ola).during(Window::until(later()));
    let record = world.package(&order, "jordbruk");
    assert_eq!(
        package(&world, &order, "jordbruk"),
        Refusal::AlreadyDelegated {
            record,
            what: Grantable::package("Jordbruk")
        }
    );
    world.package(&world.fjell_to(&world.ola), "jordbruk");
    let record = world.resource(&order, &["read", "write"]);
    assert_eq!(
        resource(&world, &order, &["write"]),
        Refusal::AlreadyDelegated {
            record,
            what: Grantable::resource(world.form.clone(), ["write"])
        }
    );
    world.resource(&order, &["write", "sign"]);
}

#[test]
fn what_an_organisation_received_is_delegated_on() {
    let world = World::new();
    let until = Window::until(later());
    let root = world.package(&world.fjell_to(&world.dal).during(until), "jordbruk");
    let on =
        |by: &PartyKey| DelegationOrder::new(by, &world.fjell, &world.ola, now()).on_from(root);
    world.package(&on(&world.dina), "jordbruk");
    assert!(world.has_package(&world.ola, &world.fjell, "jordbruk", now()));
    assert!(
        !world.has_package(&world.ola, &world.fjell, "jordbruk", later()),
        "cut to the root's"
    );

    // Kari gives for fjell, not for dal.
    let by_kari = package(&world, &on(&world.kari), "jordbruk");
    assert!(
        matches!(by_kari, Refusal::NotAdministrator { .. }),
        "{by_kari}"
    );
    let other = package(&world, &on(&world.dina), "fiske");
    let what = Grantable::package("Fiske");
    assert_eq!(other, Refusal::RecordGivesLess { record: root, what });
    let afterwards = on(&world.dina).during(Window::from(later()));
    let refusal = package(&world, &afterwards, "jordbruk");
    assert_eq!(
        refusal,
        Refusal::RecordHoldsOtherwise {
            record: root,
            holds: until
        }
    );
    let from_dal = DelegationOrder::new(&world.dina, &world.dal, &world.ola, now()).on_from(root);
    let refusal = package(&world, &from_dal, "jordbruk");
    assert!(
        matches!(refusal, Refusal::RecordFromAnother { .. }),
        "{refusal}"
    );
    let back = DelegationOrder::new(&world.dina, &world.fjell, &world.dal, now()).on_from(root);
    assert!(matches!(
        package(&world, &back, "jordbruk"),
        Refusal::ToItself { .. }
    ));
    let missing = RecordId(99);
    let refusal = package(
        &world,
        &world.fjell_to(&world.ola).on_from(missing),
        "jordbruk",
    );
    assert!(matches!(refusal, Refusal::NotInvolved { .. }), "{refusal}");
}

#[test]
fn not_everything_received_is_delegated_on() {
    let world = World::new();
    let root = world.package(&world.fjell_to(&world.dal), "tilgangsstyrer");
    let on = DelegationOrder::new(&world.dina, &world.fjell, &world.ola, now()).on_from(root);
    let refusal = package(&world, &on, "tilgangsstyrer");
    assert!(
        matches!(refusal, Refusal::PackageNotDelegable { .. }),
        "{refusal}"
    );
    let root = world.package(&world.fjell_to(&world.per), "jordbruk");
    let on = DelegationOrder::new(&world.per, &world.fjell, &world.ola, now()).on_from(root);
    assert_eq!(
        package(&world, &on, "jordbruk"),
        Refusal::NotDelegableOn(root),
        "by a person"
    );

    let root = world.resource(&world.fjell_to(&world.dal), &["read"]);
    let on = DelegationOrder::new(&world.dina, &world.fjell, &world.ola, now()).on_from(root);
    let refusal = resource(&world, &on, &["read", "write"]);
    let what = Grantable::resource(world.form.clone(), ["write"]);
    assert_eq!(refusal, Refusal::RecordGivesLess { record: root, what });
    let task = [Right::from("read").on("urn:altinn:task", "Task_1")];
    let one = InstanceId::new("one");
    world.must(|change| change.delegate_resource(&on, &world.form, Some(&one), &task));
    assert!(!world.has_right(&world.ola, &world.fjell, "write", now()));
}

#[test]
fn an_access_administrator_delegates_on_what_she_has() {
    let world = World::new();
    let root = world.package(&world.fjell_to(&world.dal), "jordbruk");
    let in_dal = DelegationOrder::new(&world.dina, &world.dal, &world.ola, now());
    world.package(&in_dal, "tilgangsstyrer");
    let on = DelegationOrder::new(&world.ola, &world.fjell, &world.per, now()).on_from(root);
    assert!(matches!(
        package(&world, &on, "jordbruk"),
        Refusal::NotHeld { .. }
    ));
    let to_ola = DelegationOrder::new(&world.dina, &world.fjell, &world.ola, now()).on_from(root);
    world.package(&to_ola, "jordbruk");
    world.package(&on, "jordbruk");
}
