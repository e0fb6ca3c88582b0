//! Tests of reports by registers, hosts and service owners.

use super::{World, at, later, now, person};
use crate::altinn::fact::Window;
use crate::altinn::facts::{AccessGroups, AccessLists};
use crate::altinn::facts::{Asked, ResourceRight};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::register::Refusal;
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};

const ESTATE: &str = "urn:digitaltdodsbo:formuesfullmakt";

#[test]
fn parties_have_keys_of_their_own_and_known_parents() {
    let world = World::new();
    let party = |party: &Party| world.refused(|change| change.party(party.clone()));
    let keyless = Party::new(person(9), "ROBOT").of_kind(PartyKind::SystemUser);
    assert_eq!(
        party(&keyless),
        Refusal::PartyWithoutKey {
            name: "ROBOT".into()
        }
    );
    let id = PartyKey::Id(1);
    world.must(|change| change.party(Party::new(world.ola.clone(), "OLA").key(id.clone())));
    let two = Party::new(world.per.clone(), "PER").key(id);
    assert!(matches!(party(&two), Refusal::TwoParties(..)));
    let nowhere = PartyKey::organisation("910000099");
    let lost = Party::new(PartyKey::Id(2), "AVD.").part_of(nowhere.clone());
    assert_eq!(party(&lost), Refusal::UnknownParent(nowhere));
    let own = Party::new(world.fjell.clone(), "FJELL AS").part_of(world.fjell.clone());
    assert!(matches!(party(&own), Refusal::PartOfItself { .. }));
    // Through others, too: the unit is part of Fjell.
    let through = own.part_of(world.unit.clone());
    assert!(matches!(party(&through), Refusal::PartOfItself { .. }));
    let deeper = Party::new(PartyKey::Id(3), "AVD.").part_of(world.unit.clone());
    world.must(|change| change.party(deeper.clone()));
    let through = through.part_of(PartyKey::Id(3));
    assert!(matches!(party(&through), Refusal::PartOfItself { .. }));
    // What has no part in it is no circle.
    world.must(|change| change.party(deeper.clone().part_of(world.fjell.clone())));
    world.must(|change| change.party(deeper.clone().part_of(world.unit.clone())));
}

#[test]
fn a_party_keeps_its_parts_when_it_changes_its_key() {
    let world = World::new();
    world.resource(&world.fjell_to(&world.ola), &["read"]);
    let id = PartyKey::Id(7);
    let both = Party::new(world.fjell.clone(), "FJELL AS")
        .key(id.clone())
        .legal_form("AS");
    world.must(|change| change.party(both));
    world.must(|change| change.party(Party::new(id.clone(), "FJELL NYE AS").legal_form("AS")));
    assert!(world.has_right(&world.ola, &world.unit, "read", now()));
    assert!(world.has_role(
        &world.kari,
        &id,
        "urn:altinn:external-role:ccr:daglig-leder",
        now()
    ));
}

#[test]
fn registers_give_and_end_roles() {
    let world = World::new();
    let chair = "urn:altinn:external-role:ccr:styreleder";
    for name in ["LEDE", "styreleder", "urn:altinn:rolecode:lede", chair] {
        let window = Window::until(later());
        world.must(|change| change.register_role(&world.fjell, &world.ola, name, window));
        assert!(world.has_role(&world.ola, &world.fjell, chair, now()));
        assert!(!world.has_role(&world.ola, &world.fjell, chair, later()));
        assert!(world.must(|change| change.end_register_role(&world.fjell, &world.ola, name)));
        assert!(!world.has_role(&world.ola, &world.fjell, chair, now()));
    }
    world.must(|change| change.register_role(&world.ola, &world.per, ESTATE, Window::ALWAYS));
    assert!(world.has_role(&world.per, &world.ola, ESTATE, now()));
    assert!(world.must(|change| change.end_register_role(&world.ola, &world.per, ESTATE)));
    assert!(!world.has_role(&world.per, &world.ola, ESTATE, now()));
    assert!(!world.must(|change| change.end_register_role(&world.ola, &world.per, ESTATE)));
}

#[test]
fn roles_are_known_and_of_their_kind() {
    let world = World::new();
    let register = |role: &str| {
        world.refused(|change| change.register_role(&world.fjell, &world.ola, role, Window::ALWAYS))
    };
    assert!(matches!(
        register("kaptein"),
        Refusal::UnknownRole { similar: None, .. }
    ));
    assert!(matches!(
        register("utinn"),
        Refusal::RoleFromNoRegister { .. }
    ));
    let import = |role: &str| {
        world.refused(|change| change.import_role(&world.fjell, &world.ola, role, Window::ALWAYS))
    };
    assert!(matches!(import("dagl"), Refusal::RoleFromRegister { .. }));
    assert!(matches!(import("priv"), Refusal::RoleFromRegister { .. }));
    let empty = Window::new(Some(later()), Some(now()));
    let refusal =
        world.refused(|change| change.register_role(&world.fjell, &world.ola, "dagl", empty));
    assert_eq!(refusal, Refusal::EmptyWindow(empty));
    let refusal = world
        .refused(|change| change.register_role(&world.fjell, &world.fjell, "dagl", Window::ALWAYS));
    assert!(matches!(refusal, Refusal::ToItself { .. }));
}

#[test]
fn instances_are_of_known_resources_and_parties() {
    let world = World::new();
    let unknown = ResourceId::new("ukjent");
    let refused = |instance: Instance| {
        world.refused(|change| change.instance(InstanceId::new("1"), instance.clone()))
    };
    let refusal = refused(Instance::new(unknown.clone(), world.fjell.clone()));
    assert_eq!(refusal, Refusal::UnknownResource(unknown));
    let refusal = refused(Instance::new(world.form.clone(), person(9)));
    assert_eq!(refusal, Refusal::UnknownParty(person(9)));
}

#[test]
fn access_lists_are_created_before_they_are_used() {
    let world = World::new();
    let unknown = Refusal::UnknownList("ttd:banks".into());
    let member = |change: &mut crate::altinn::register::Change<'_, '_>| {
        change.access_list_member("ttd:banks", &world.fjell, Window::ALWAYS)
    };
    assert_eq!(world.refused(member), unknown);
    let connect = |change: &mut crate::altinn::register::Change<'_, '_>| {
        change.connect_access_list("ttd:banks", &world.form, Some(&["read"]))
    };
    assert_eq!(world.refused(connect), unknown);
    world.must(|change| {
        change.access_list("ttd:banks")?;
        connect(change)?;
        member(change)
    });
    let fjell = world.party(&world.fjell);
    let found = world
        .register
        .connections(&world.form, &fjell, now())
        .expect("answers");
    assert_eq!(
        found[0].value.actions.as_deref(),
        Some(&["read".into()][..])
    );
    let leave = |change: &mut crate::altinn::register::Change<'_, '_>| {
        change.remove_access_list_member("ttd:banks", &world.fjell)
    };
    assert!(world.must(leave));
    assert!(!world.must(leave));
    assert!(
        world
            .register
            .connections(&world.form, &fjell, now())
            .expect("answers")
            .is_empty()
    );
}

#[test]
fn access_groups_have_members_or_everyone() {
    let world = World::new();
    let (kari, fjell) = (world.party(&world.kari), world.party(&world.fjell));
    let groups = || {
        let groups = world
            .register
            .access_groups(&Asked::new(&kari, &fjell, now()));
        Vec::from_iter(
            groups
                .expect("answers")
                .into_iter()
                .map(|group| group.value.to_string()),
        )
    };
    world.must(|change| {
        change.access_group(&world.fjell, "alle", None, Window::ALWAYS)?;
        change.access_group(&world.fjell, "kari", Some(&world.kari), Window::ALWAYS)?;
        change.access_group(&world.fjell, "ola", Some(&world.ola), Window::ALWAYS)
    });
    assert_eq!(groups(), ["alle", "kari"]);
    let left = world.must(|change| change.leave_access_group(&world.fjell, "alle", None));
    assert!(left);
    let left = world.must(|change| change.leave_access_group(&world.fjell, "alle", None));
    assert!(!left);
    assert_eq!(groups(), ["kari"]);
}

#[test]
fn resource_rights_are_the_owners() {
    let world = World::new();
    let fish = ResourceId::new("fdir-kvoter");
    let right = |value: &str| {
        ResourceRight::new(
            fish.clone(),
            world.fjell.clone(),
            "urn:resourceright:action",
            value,
        )
    };
    let visible = |at| {
        let resources = world
            .register
            .snapshot()
            .visible_resources(&world.fjell, at);
        resources.iter().any(|resource| resource.id == fish)
    };
    let unknown = world.refused(|change| change.add_resource_right("fdir", right("read")));
    assert_eq!(unknown, Refusal::UnknownResource(fish.clone()));
    world.must(|change| {
        change.resource(Resource::new(fish.clone(), "fdir").with_resource_rights())?;
        Ok(())
    });
    assert!(!visible(now()));
    let not_owner = Refusal::NotOwner {
        resource: fish.clone(),
        owner: "fdir".into(),
        by: "skd".into(),
    };
    let refusal = world.refused(|change| change.add_resource_right("skd", right("read")));
    assert_eq!(refusal, not_owner);
    let until = Window::until(later());
    let id = world.must(|change| change.add_resource_right("fdir", right("read").during(until)));
    assert!(visible(now()) && !visible(later()));
    let refusal = world.refused(|change| change.update_resource_right("skd", id, right("write")));
    assert_eq!(refusal, Refusal::NotFound(id), "whose it is, is not said");
    world.must(|change| change.update_resource_right("fdir", id, right("write")));
    assert!(visible(later()));
    let snapshot = world.register.snapshot();
    let of_fish = snapshot.resource_rights_of(&fish, now());
    assert_eq!((of_fish[0].id, &of_fish[0].right), (id, &right("write")));
    assert_eq!(of_fish, snapshot.resource_rights_for(&world.fjell, now()));
    let summer = Window::new(Some(now()), Some(later()));
    let other =
        world.must(|change| change.add_resource_right("fdir", right("read").during(summer)));
    let states = |at| {
        let listed = world.register.snapshot().resource_rights_of(&fish, at);
        Vec::from_iter(listed.iter().map(|listed| listed.state.as_str()))
    };
    assert_eq!(states(at("2026-01-01T00:00:00Z")), ["current", "future"]);
    assert_eq!(states(now()), ["current", "current"]);
    assert_eq!(states(later()), ["current", "expired"]);
    world.must(|change| change.delete_resource_right("fdir", other));
    assert_eq!(snapshot.resource_rights_for(&world.dal, now()), []);
    let refusal = world.refused(|change| change.delete_resource_right("skd", id));
    assert_eq!(refusal, Refusal::NotFound(id), "whose it is, is not said");
    world.must(|change| change.delete_resource_right("fdir", id));
    let refusal = world.refused(|change| change.delete_resource_right("fdir", id));
    assert_eq!(refusal, Refusal::NotFound(id));
    let empty = right("read").during(Window::new(Some(later()), Some(now())));
    let refusal = world.refused(|change| change.add_resource_right("fdir", empty.clone()));
    assert!(matches!(refusal, Refusal::EmptyWindow(_)));
}
