//! Tests of several delegations in one call, of receivers by name, and of the check beforehand.

use super::{World, later, now};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Window;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{CheckReason, DelegationOrder, Grantable, Refusal};
use crate::altinn::resource::{InstanceId, Resource, ResourceId, ResourceKind};

impl World {
    fn some(&self) -> [Grantable; 3] {
        [
            Grantable::role("utinn"),
            Grantable::package("jordbruk"),
            Grantable::resource(self.form.clone(), ["read", "write"]),
        ]
    }
}

#[test]
fn all_are_delegated_or_none() {
    let world = World::new();
    let order = world.fjell_to(&world.ola);
    let records = world.must(|change| change.delegate_all(&order, &world.some()));
    assert_eq!(records.len(), 3);
    assert!(world.has_role(&world.ola, &world.fjell, "urn:altinn:rolecode:utinn", now()));
    assert!(world.has_package(&world.ola, &world.fjell, "jordbruk", now()));
    assert!(world.has_right(&world.ola, &world.fjell, "write", now()));

    // A refusal in one call leaves the earlier part of the transaction as it is.
    let mut wrong = Vec::from(world.some());
    wrong.push(Grantable::role("dagl"));
    let to_per = world.fjell_to(&world.per);
    world.must(|change| {
        change.delegate_package(&to_per, "fiske")?;
        let refused = change.delegate_all(&to_per, &wrong);
        assert!(matches!(refused, Err(Refusal::RoleFromRegister { .. })));
        assert_eq!(change.delegate_all(&to_per, &[]), Err(Refusal::Nothing));
        Ok(())
    });
    assert!(world.has_package(&world.per, &world.fjell, "fiske", now()));
    assert!(!world.has_package(&world.per, &world.fjell, "jordbruk", now()));
    let listed = world.register.snapshot();
    let listed = listed.roles_of(&world.per, &world.fjell, now());
    assert!(listed.is_empty());
}

#[test]
fn a_receiver_has_both_the_number_and_the_name() {
    let world = World::new();
    let kari = Party::new(PartyKey::person("01017012349"), "Kari Von  Der Lippe");
    let lippe = PartyKey::person("01017012349");
    world.must(|change| change.party(kari));
    let order = |to: &PartyKey, name: &str| world.fjell_to(to).to_called(name);
    for (to, name) in [
        (&lippe, "LIPPE"),
        (&lippe, " von der  lippe "),
        (&lippe, "kari von der lippe"),
        (&world.dal, "dal as"),
        (&world.robot, "ROBOT"),
    ] {
        let record = world.must(|change| change.delegate_package(&order(to, name), "jordbruk"));
        world.revoke(&world.kari, record);
    }
    let unknown = PartyKey::person("01017012300");
    for (to, name) in [
        (&lippe, "kari"),
        (&lippe, "ippe"),
        (&lippe, ""),
        (&lippe, "  "),
        (&world.dal, "dal"),
        (&world.dal, "as"),
        (&unknown, "lippe"),
    ] {
        let refused = world.refused(|change| change.delegate_package(&order(to, name), "jordbruk"));
        assert_eq!(refused, Refusal::NoSuchReceiver, "{to:?} {name}");
    }
}

#[test]
fn what_was_received_is_given_up_all_or_none() {
    let world = World::new();
    let what = world.some();
    let order = world.fjell_to(&world.ola);
    world.must(|change| change.delegate_all(&order, &what));
    let mut with_another = Vec::from(what.clone());
    with_another.push(Grantable::package("fiske"));
    let (ola, fjell) = (&world.ola, &world.fjell);
    let refused = world.refused(|change| change.give_up(ola, fjell, &with_another, now()));
    assert!(matches!(refused, Refusal::NotGiven { .. }));
    world.must(|change| change.give_up(ola, fjell, &what, now()));
    let snapshot = world.register.snapshot();
    let left = snapshot.holdings_for(ola, ola, fjell, now()).expect("may");
    assert!(left.roles.is_empty() && left.packages.is_empty() && left.rights.is_empty());
    let director = [Grantable::role("dagl")];
    let refused = world.refused(|change| change.give_up(&world.kari, fjell, &director, now()));
    assert!(matches!(refused, Refusal::RoleFromRegister { .. }));
}

#[test]
fn rights_of_one_resource_are_given_up_all_or_none() {
    let world = World::new();
    let (ola, fjell) = (&world.ola, &world.fjell);
    world.resource(&world.fjell_to(ola), &["sign"]);
    world.resource(&world.fjell_to(ola), &["read", "sign"]);
    let on = |rights: &[&str]| Grantable::resource(world.form.clone(), rights.iter().copied());
    for (rights, lacks) in [
        (&["sign", "fly"][..], "fly"),
        (&["fly", "sign"], "fly"),
        (&["write", "fly"], "write"),
    ] {
        let expected = Refusal::NotGiven {
            from: "FJELL AS (910000001)".into(),
            to: "OLA".into(),
            what: on(&[lacks]),
        };
        let give_up = [on(rights)];
        let refused = world.refused(|change| change.give_up(ola, fjell, &give_up, now()));
        assert_eq!(refused, expected);
        let refused =
            world.refused(|change| change.revoke_held(&world.kari, fjell, ola, &on(rights), now()));
        assert_eq!(refused, expected);
    }
    // She has one of them by a role, as the policies say.
    let writes = |_: &Party, _: &Party, _: &ResourceId, _: Option<&InstanceId>, right: &Right| {
        *right.action == *"write"
    };
    world.must(|change| change.delegate_role(&world.fjell_to(ola), "utinn"));
    let refused = world.refused(|change| {
        change.who_may(&writes);
        change.give_up(ola, fjell, &[on(&["sign", "write"])], now())
    });
    assert!(
        matches!(&refused, Refusal::ThroughRole { what, .. } if *what == on(&["write"])),
        "{refused}"
    );
    world.must(|change| change.give_up(ola, fjell, &[on(&["read", "sign"])], now()));
    assert!(!world.has_right(ola, fjell, "sign", now()));
}

#[test]
fn one_order_does_not_name_the_same_twice() {
    let world = World::new();
    let order = world.fjell_to(&world.ola);
    let write = Grantable::resource(world.form.clone(), ["write"]);
    let both = Grantable::resource(world.form.clone(), ["read", "write"]);
    let farming = Grantable::package("jordbruk");
    for (one, other) in [(&write, &write), (&both, &write), (&farming, &farming)] {
        let what = [one.clone(), other.clone()];
        let refused = world.refused(|change| change.delegate_all(&order, &what));
        let Refusal::NamedTwice { what } = &refused else {
            panic!("{refused}");
        };
        assert!(
            what == other || *what == Grantable::package("Jordbruk"),
            "{refused}"
        );
        // What follows in one transaction has numbers of its own.
        let given = world.must(|change| {
            let first = change.delegate(&order, one)?;
            let two = [Grantable::package("fiske"), Grantable::package("fiske")];
            assert!(change.delegate_all(&order, &two).is_err());
            let next = change.delegate_package(&order, "skogbruk")?;
            assert_eq!(next.number(), first.number() + 2);
            Ok([first, next])
        });
        let again =
            world.refused(|change| change.delegate_all(&order, std::slice::from_ref(other)));
        assert!(
            matches!(again, Refusal::AlreadyDelegated { record, .. } if record == given[0]),
            "{again}"
        );
        for record in given {
            world.revoke(&world.kari, record);
        }
    }
}

#[test]
fn the_check_has_a_code_for_each_right() {
    let world = World::new();
    let shut = ResourceId::new("ttd-lukket");
    let listed = ResourceId::new("ttd-liste");
    let api = ResourceId::new("ttd-api");
    world.must(|change| {
        let mut closed = Resource::new(shut.clone(), "ttd");
        closed.is_delegable = false;
        change.resource(closed)?;
        change.resource(
            Resource::new(api.clone(), "ttd").of_kind(ResourceKind::MaskinportenSchema),
        )?;
        change.resource(Resource::new(listed.clone(), "ttd").with_access_list())?;
        // Ola administers access and has a package, a right and little else.
        let order = world.fjell_to(&world.ola);
        change.delegate_package(&order, "tilgangsstyrer")?;
        change.delegate_package(&order, "jordbruk")?;
        change.delegate_resource(&order, &world.form, None, &["read".into()])
    });
    let what = [
        Grantable::package("jordbruk"),
        Grantable::package("fiske"),
        Grantable::role("utinn"),
        Grantable::resource(world.form.clone(), ["read", "write"]),
        Grantable::resource(shut, ["read"]),
        Grantable::resource(listed, ["read"]),
        Grantable::package("hovedadministrator"),
        Grantable::role("dagl"),
        Grantable::resource(api, ["read"]),
    ];
    let check = |by: &PartyKey| {
        let snapshot = world.register.snapshot();
        snapshot.delegation_check(by, &world.fjell, &what, None, now())
    };
    let of = |by| {
        let checked = check(by).expect("administers");
        let codes = checked
            .iter()
            .map(|one| (one.may_be_delegated(), one.reasons[0].as_str()));
        Vec::from_iter(codes)
    };
    assert_eq!(
        of(&world.ola),
        [
            (true, "PackageAccess"),
            (false, "MissingPackageAccess"),
            (false, "MissingRoleAccess"),
            (true, "DelegationAccess"),
            (false, "MissingRoleAccess"),
            (false, "ResourceNotDelegable"),
            (false, "AccessListValidationFail"),
            (false, "MissingRoleAccess"),
            (false, "Unknown"),
            (false, "ResourceIsMaskinPortenSchema"),
        ]
    );
    let director = of(&world.kari);
    assert_eq!(director[..4], [(true, "RoleAccess"); 4]);
    assert_eq!(director[7], (true, "RoleAccess"));
    assert!(matches!(
        check(&world.per),
        Err(Refusal::NotAdministrator { .. })
    ));
    let missing = check(&world.ola).expect("administers")[4].reasons.clone();
    assert_eq!(missing.len(), 3);
    assert_eq!(CheckReason::MissingPackageAccess.code(), 12);
}

#[test]
fn the_check_agrees_with_delegations() {
    let world = World::new();
    let everyone = [
        &world.kari,
        &world.ola,
        &world.dina,
        &world.dal,
        &world.bjerk,
        &world.anne,
    ];
    world.must(|change| {
        change.delegate_package(&world.fjell_to(&world.dal), "hovedadministrator")?;
        change.delegate_package(&world.fjell_to(&world.ola), "tilgangsstyrer")?;
        change.delegate_role(&world.fjell_to(&world.ola), "utinn")?;
        change.delegate_resource(
            &world.fjell_to(&world.ola),
            &world.form,
            None,
            &["read".into()],
        )?;
        change.register_role(&world.bjerk, &world.ola, "lede", Window::until(later()))
    });
    let mut what = Vec::new();
    let snapshot = world.register.snapshot();
    for package in [
        "jordbruk",
        "hovedadministrator",
        "tilgangsstyrer",
        "regnskapsforer-lonn",
        "innbygger-samliv",
        "klientadministrator",
        "x",
    ] {
        what.push(Grantable::package(package));
    }
    for role in ["utinn", "hadm", "admai", "dagl", "agent", "x"] {
        what.push(Grantable::role(role));
    }
    for right in ["read", "write"] {
        what.push(Grantable::resource(world.form.clone(), [right]));
    }
    let mut permitted = 0;
    for at in [now(), later()] {
        for by in everyone {
            for from in [&world.fjell, &world.unit, &world.bjerk, &world.ola, by] {
                let check = snapshot.delegation_check(by, from, &what, None, at);
                for (i, one) in what.iter().enumerate() {
                    let order = DelegationOrder::new(by, from, &world.per, at);
                    let result = world.register.update(|change| {
                        // Never kept: each delegation begins with the same register.
                        let result = change.delegate(&order, one);
                        assert!(result != Err(Refusal::Nothing));
                        Err::<(), _>(result.err().unwrap_or(Refusal::Nothing))
                    });
                    let may = result == Err(Refusal::Nothing);
                    let checked = check.as_ref().map(|all| all[i].may_be_delegated());
                    assert_eq!(
                        checked.unwrap_or(false),
                        may,
                        "{by:?} {from:?} {one} {result:?}"
                    );
                    permitted += usize::from(may);
                }
            }
        }
    }
    assert!(permitted > 40, "{permitted}");
}
