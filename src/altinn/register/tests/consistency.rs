//! Tests that the indexes agree with the tables after any sequence of operations.

use proptest::prelude::*;

use super::{World, later, now};
use crate::altinn::fact::Window;
use crate::altinn::facts::ResourceRight;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::record::Gave;
use crate::altinn::register::state::RecordId;
use crate::altinn::register::{Change, ClientDelegationOrder, DelegationOrder, Grantable, Refusal};
use crate::altinn::resource::{InstanceId, ResourceId};

/// One operation, with parties and records from a small choice.
#[derive(Clone, Debug)]
struct ConsistencyStep {
    kind: u8,
    who: [u8; 3],
    thing: u8,
    /// The index of a record, modulo their number.
    record: usize,
    on: bool,
}

fn steps() -> impl Strategy<Value = Vec<ConsistencyStep>> {
    let step = (
        0..24u8,
        [0..10u8, 0..3, 0..10],
        0..6u8,
        0..64usize,
        any::<bool>(),
    );
    let step = step.prop_map(|(kind, who, thing, record, on)| ConsistencyStep {
        kind,
        who,
        thing,
        record,
        on,
    });
    prop::collection::vec(step, 0..80)
}

const PACKAGES: [&str; 6] = [
    "jordbruk",
    "fiske",
    "tilgangsstyrer",
    "hovedadministrator",
    "klientadministrator",
    "skogbruk",
];
const ACTIONS: [&str; 6] = ["read", "write", "sign", "read", "write", "read"];
const ROLES: [&str; 6] = [
    "dagl",
    "regn",
    "revi",
    "lede",
    "regn",
    "urn:digitaltdodsbo:formuesfullmakt",
];

fn take(world: &World, change: &mut Change<'_, '_>, step: &ConsistencyStep) -> Result<(), Refusal> {
    let everyone = [
        &world.fjell,
        &world.bjerk,
        &world.dal,
        &world.kari,
        &world.berit,
        &world.dina,
        &world.anne,
        &world.robot,
        &world.ola,
        &world.per,
    ];
    let directors = [&world.kari, &world.berit, &world.dina];
    // Mostly the director of a company, so that something happens.
    let [anyone, from, to] = step.who.map(|who| everyone[usize::from(who)]);
    let director = directors[usize::from(step.who[1])];
    let by = if step.on || step.thing > 2 {
        director
    } else {
        anyone
    };
    let state = &*change.state;
    let companies = Vec::from_iter(everyone[..3].iter().map(|key| state.number(key)));
    let is_for_company = |id: &RecordId| {
        state
            .record(*id)
            .is_some_and(|found| companies.contains(&Some(found.to)))
    };
    let mut records = match step.kind {
        14 | 15 => Vec::from_iter(state.requests.iter().map(|(id, _)| *id)),
        _ => state.places.iter().map(|(id, _)| *id).collect(),
    };
    if step.kind > 17 {
        records.retain(is_for_company);
    }
    records.sort();
    let record = records.get(step.record % records.len().max(1)).copied();
    let record = record.unwrap_or(RecordId(1));
    let thing = usize::from(step.thing);
    let (package, action, role) = (PACKAGES[thing], ACTIONS[thing], ROLES[thing]);
    let window = if thing == 0 {
        Window::until(later())
    } else {
        Window::ALWAYS
    };
    let order = DelegationOrder::new(by, from, to, now()).during(window);
    let form = &world.form;
    let letter = InstanceId::new("letter");
    let instance = Some(&letter).filter(|_| step.thing > 3);
    match step.kind {
        0 => change.register_role(from, to, role, window),
        1 if step.on => change.end_register_role(from, to, role).map(drop),
        1 => change
            .end_register_role(&world.fjell, &world.bjerk, "regn")
            .map(drop),
        2 => change.import_role(from, to, "agent", window),
        3 => change.end_imported_role(from, to, "agent").map(drop),
        4 | 5 => change.delegate_package(&order, package).map(drop),
        6 => change.delegate_role(&order, "utinn").map(drop),
        7 | 8 => {
            let rights = [action.into(), "read".into()];
            change
                .delegate_resource(&order, form, instance, &rights)
                .map(drop)
        }
        9..12 => {
            let (director, provider, client) = match step.on {
                true => (&world.berit, &world.bjerk, &world.fjell),
                false => (director, from, everyone[usize::from(step.who[2] % 3)]),
            };
            let agent = if thing > 1 { &world.anne } else { anyone };
            let serving = ClientDelegationOrder::new(director, provider, client, agent, now());
            let serving = match thing {
                0 | 1 => serving.package(package),
                2 => serving.resource(form.clone(), [action]),
                3 => serving
                    .package("regnskapsforer-lonn")
                    .resource(form.clone(), ["read"]),
                4 => serving.package("jordbruk").resource(form.clone(), ["read"]),
                _ => serving.package("regnskapsforer-lonn"),
            };
            change.delegate_client(&serving).map(drop)
        }
        12 if step.on => {
            let what = match step.who[2] % 3 {
                0 => Grantable::package(package),
                _ => Grantable::resource(form.clone(), [action]),
            };
            change.revoke_part(director, record, &what, now())
        }
        12 => change.revoke(by, record, now()),
        13 => {
            let Some(found) = change.state.record(record) else {
                return Err(Refusal::Closed(record));
            };
            let what = match found.gave {
                Gave::Package(held) => Grantable::package(
                    change
                        .state
                        .catalogue
                        .package_by_id(held.package)
                        .code
                        .clone(),
                ),
                Gave::Resource(held) if held.instance.is_none() => {
                    Grantable::resource(held.resource.clone(), [action])
                }
                _ => Grantable::role("utinn"),
            };
            let (from, to) = (change.state.key(found.from), change.state.key(found.to));
            let by = if step.on { director } else { &to };
            change.revoke_held(by, &from, &to, &what, now())
        }
        14 => {
            let what = if step.on {
                Grantable::package(package)
            } else {
                Grantable::role("utinn")
            };
            change.ask_for(to, from, &what, now()).map(drop)
        }
        15 if step.on => change.approve(director, record, window, now()).map(drop),
        15 => change.decline(director, record, now()),
        16 => {
            let kind = "urn:resourceright:action";
            let right = ResourceRight::new(form.clone(), from.clone(), kind, action);
            match step.thing {
                0..3 => change.add_resource_right("ttd", right).map(drop),
                3 => change.update_resource_right("ttd", record, right),
                _ => change.delete_resource_right("ttd", record),
            }
        }
        17 => {
            let number = change.state.number(from);
            let known = number.and_then(|number| change.state.party(number).cloned());
            let known = known.map(|known| (*known).clone());
            let party = known.unwrap_or_else(|| Party::new(from.clone(), "NEW"));
            let id = PartyKey::Id(u32::from(step.who[1]) + 1);
            change.party(if step.on { party.key(id) } else { party })
        }
        _ => give_on(change, record, &everyone, step),
    }
}

/// Delegates on a record or a part of it, by the director of the receiver.
fn give_on(
    change: &mut Change<'_, '_>,
    root: RecordId,
    everyone: &[&PartyKey; 10],
    step: &ConsistencyStep,
) -> Result<(), Refusal> {
    let found = change.state.record(root).ok_or(Refusal::Closed(root))?;
    let from = change.state.key(found.from);
    let company = everyone
        .iter()
        .position(|one| change.state.number(one) == Some(found.to));
    // A company's director is three places after it.
    let by = everyone[(company.unwrap_or(0) + 3) % 10];
    let to = everyone[usize::from(step.who[2] % if step.on { 3 } else { 10 })];
    let order = DelegationOrder::new(by, &from, to, now()).on_from(root);
    match found.gave {
        Gave::Role(_) => change.delegate_role(&order, "utinn").map(drop),
        Gave::Package(held) => {
            let package = change
                .state
                .catalogue
                .package_by_id(held.package)
                .code
                .clone();
            change.delegate_package(&order, &package).map(drop)
        }
        Gave::Resource(held) => {
            let (resource, instance) = (held.resource.clone(), held.instance.clone());
            let rights = Vec::from(&held.rights[..1 + step.record % held.rights.len()]);
            change
                .delegate_resource(&order, &resource, instance.as_ref(), &rights)
                .map(drop)
        }
        Gave::Client(_) => change.delegate_package(&order, "jordbruk").map(drop),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_changes_leaves_the_tables_in_step(steps in steps()) {
        let world = World::new();
        for company in [&world.fjell, &world.bjerk, &world.dal] {
            let to_anne = |change: &mut Change<'_, '_>| {
                change.import_role(company, &world.anne, "agent", Window::ALWAYS)
            };
            world.must(to_anne);
        }
        for step in &steps {
            let before = world.register.snapshot().0;
            let result = world.register.update(|change| take(&world, change, step));
            let after = world.register.snapshot().0;
            if result.is_err() {
                prop_assert!(std::sync::Arc::ptr_eq(&before, &after));
            }
            after.check();
        }
    }
}

#[test]
fn a_refusal_halfway_leaves_everything_as_it_was() {
    let world = World::new();
    let order = world.fjell_to(&world.ola);
    let refusal = world.refused(|change| {
        change.delegate_package(&order, "jordbruk")?;
        change.resource(crate::altinn::resource::Resource::new(
            ResourceId::new("ny"),
            "ttd",
        ))?;
        change.delegate_package(&order, "jord-og-bruk")
    });
    assert!(matches!(refusal, Refusal::UnknownPackage { .. }));
    assert!(!world.has_package(&world.ola, &world.fjell, "jordbruk", now()));
    let number = world.register.snapshot().0.next_record;
    assert_eq!(number, 1);
}
