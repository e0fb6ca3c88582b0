//! Tests of the list of parties for which somebody may act.

use std::sync::{Arc, Mutex};

use super::{World, later, now};
use crate::altinn::Pdp;
use crate::altinn::fact::Window;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::parties::candidates::Candidates;
use crate::altinn::register::{
    AuthorizedParty, ClientDelegationOrder, DelegationOrder, PartyQuery, Register,
};
use crate::altinn::resource::{InstanceId, Resource, ResourceId};
use crate::decision::Decision;

impl World {
    fn list(&self, who: &PartyKey, query: &PartyQuery) -> Vec<AuthorizedParty> {
        let snapshot = self.register.snapshot();
        snapshot.authorized_parties(who, query, now()).parties
    }

    fn names(&self, who: &PartyKey, query: &PartyQuery) -> Vec<String> {
        let listed = self.list(who, query).into_iter();
        listed.map(|listed| listed.party.name.to_string()).collect()
    }
}

#[test]
fn a_director_is_listed_with_her_company_its_unit_and_herself() {
    let world = World::new();
    let all = world.list(&world.kari, &PartyQuery::new());
    let names = Vec::from_iter(all.iter().map(|listed| &*listed.party.name));
    assert_eq!(names, ["FJELL AS", "FJELL AVD. NORD", "KARI"]);
    assert!(all[0].has_key_role && all[0].is_main_administrator && all[0].is_access_manager);
    assert!(all[1].has_key_role, "through the main unit");
    assert_eq!(all[1].main_unit.as_ref(), Some(&all[0].party));
    assert!(!all[2].has_key_role && all[2].is_access_manager && !all[2].is_main_administrator);
    let without = PartyQuery::new().without_sub_units();
    assert_eq!(world.names(&world.kari, &without), ["FJELL AS", "KARI"]);
    let bare = world.list(&world.kari, &PartyQuery::new().without_holdings());
    assert!(bare[0].has_key_role && bare[0].roles.is_empty() && bare[0].packages.is_empty());
}

#[test]
fn a_main_unit_is_listed_above_its_sub_unit() {
    let world = World::new();
    let order = DelegationOrder::new(&world.kari, &world.unit, &world.ola, now());
    world.resource(&order, &["read"]);
    let all = world.list(&world.ola, &PartyQuery::new());
    let names = all
        .iter()
        .map(|listed| (&*listed.party.name, listed.only_sub_units));
    let expected = [
        ("FJELL AS", true),
        ("FJELL AVD. NORD", false),
        ("OLA", false),
    ];
    assert_eq!(Vec::from_iter(names), expected);
    assert_eq!((all[1].resources.len(), all[0].resources.len()), (1, 0));
    let only = PartyQuery::new().only([world.fjell.clone()]);
    assert_eq!(world.names(&world.ola, &only), ["FJELL AS"]);
}

#[test]
fn clients_are_listed_for_agents_and_not_for_the_agents_of_others() {
    let world = World::new();
    let serve = |agent| {
        ClientDelegationOrder::new(&world.berit, &world.bjerk, &world.fjell, agent, now())
            .package("regnskapsforer-lonn")
    };
    world.must(|change| change.delegate_client(&serve(&world.anne)));
    world.must(|change| change.delegate_client(&serve(&world.robot)));
    let payroll = PartyQuery::new().package("regnskapsforer-lonn");
    for agent in [&world.anne, &world.robot] {
        let all = world.list(agent, &payroll);
        let names = Vec::from_iter(all.iter().map(|listed| &*listed.party.name));
        assert_eq!(names, ["FJELL AS", "FJELL AVD. NORD"]);
        assert!(
            all[0].packages[0]
                .path
                .to_string()
                .contains("as agent of BJERK")
        );
    }
    assert!(world.names(&world.per, &payroll).is_empty());
    let own = PartyQuery::new().without_key_roles();
    assert_eq!(
        world.names(&world.berit, &own),
        ["BERIT", "BJERK REGNSKAP AS"]
    );
    let all = world.names(&world.berit, &PartyQuery::new());
    assert_eq!(
        all,
        ["BERIT", "BJERK REGNSKAP AS", "FJELL AS", "FJELL AVD. NORD"]
    );
}

#[test]
fn instances_and_services_of_an_owner_are_told_apart() {
    let world = World::new();
    let other = ResourceId::new("skd-skatt");
    world.must(|change| {
        change.resource(Resource::new(other.clone(), "skd"))?;
        let order = world.fjell_to(&world.ola);
        change.delegate_resource(&order, &other, None, &["read".into()])?;
        let letter = InstanceId::new("letter");
        change.delegate_resource(&order, &world.form, Some(&letter), &["write".into()])
    });
    let of = |query: &PartyQuery| {
        let all = world.list(&world.ola, query);
        let fjell = all.iter().find(|listed| &*listed.party.name == "FJELL AS");
        fjell.map(|fjell| (fjell.resources.len(), fjell.instances.len()))
    };
    assert_eq!(of(&PartyQuery::new()), Some((1, 1)));
    assert_eq!(of(&PartyQuery::new().service_owner("skd")), Some((1, 0)));
    assert_eq!(of(&PartyQuery::new().service_owner("nav")), None);
    assert_eq!(of(&PartyQuery::new().resource(other.clone())), Some((1, 1)));
    assert_eq!(of(&PartyQuery::new().action("write")), Some((1, 1)));
    assert_eq!(of(&PartyQuery::new().resource(other).action("write")), None);
}

#[test]
fn estates_are_listed_though_the_deceased_is_deleted() {
    let world = World::new();
    let role = "urn:digitaltdodsbo:formuesfullmakt";
    world.must(|change| {
        change.register_role(&world.per, &world.ola, role, Window::until(later()))?;
        change.party(Party::new(world.per.clone(), "PER").deleted())
    });
    let all = world.list(&world.ola, &PartyQuery::new());
    let names = Vec::from_iter(all.iter().map(|listed| &*listed.party.name));
    assert_eq!(names, ["OLA", "PER"]);
    assert_eq!(all[1].roles.len(), 1);
    assert_eq!(
        world.names(&world.ola, &PartyQuery::new().role(role)),
        ["PER"]
    );
    world.must(|change| change.end_register_role(&world.per, &world.ola, role));
    assert_eq!(world.names(&world.ola, &PartyQuery::new()), ["OLA"]);
}

#[test]
fn deleted_parties_are_listed_on_demand_and_give_nothing() {
    let world = World::new();
    world.must(|change| {
        change.party(
            Party::new(world.fjell.clone(), "FJELL AS")
                .legal_form("AS")
                .deleted(),
        )
    });
    assert_eq!(world.names(&world.kari, &PartyQuery::new()), ["KARI"]);
    let all = world.list(&world.kari, &PartyQuery::new().with_deleted());
    assert_eq!(&*all[0].party.name, "FJELL AS");
    assert!(all[0].party.is_deleted && all[0].roles.is_empty() && !all[0].is_access_manager);
}

#[test]
fn deleted_parties_are_listed_only_where_the_decision_would_be_permit() {
    let world = World::new();
    let letters = ResourceId::new("ttd-straffesak-brev");
    let policy = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/altinn/scenarios/01-letter-with-attachment/policies/ttd-straffesak-brev.xml"
    );
    let policy = std::fs::read(policy).expect("is there");
    let pdp = Pdp::builder().policy(letters.as_str(), policy);
    let audited = Arc::new(Mutex::new(0));
    let counted = audited.clone();
    let pdp = pdp.register(&world.register).audit(move |audited| {
        let is_permit = audited.ruling.decision() == Decision::Permit;
        *counted.lock().expect("is whole") += usize::from(is_permit);
    });
    let pdp = pdp.build().expect("is built");
    world.must(|change| {
        change.resource(Resource::new(letters.clone(), "ttd"))?;
        // Ola has something for both, and may read the letters of one; Kari directs one.
        change.delegate_package(&world.fjell_to(&world.ola), "jordbruk")?;
        let of_dal = DelegationOrder::new(&world.dina, &world.dal, &world.ola, now());
        change.delegate_resource(&of_dal, &letters, None, &["read".into()])?;
        for (key, name) in [(&world.fjell, "FJELL AS"), (&world.dal, "DAL AS")] {
            change.party(Party::new(key.clone(), name).legal_form("AS").deleted())?;
        }
        Ok(())
    });
    let query = PartyQuery::new().with_deleted();
    let listed = |who: &PartyKey, action: &str| {
        let listed = pdp.authorized_parties(who, &letters, &action.into(), &query, now());
        assert!(listed.troubles.is_empty(), "{:?}", listed.troubles);
        let listed = listed.parties.into_iter();
        Vec::from_iter(listed.map(|listed| listed.party.name.to_string()))
    };
    assert_eq!(
        world.names(&world.ola, &query),
        ["DAL AS", "FJELL AS", "OLA"]
    );
    assert_eq!(listed(&world.ola, "read"), ["DAL AS"]);
    assert!(listed(&world.ola, "confirm").is_empty());
    assert_eq!(listed(&world.kari, "read"), ["FJELL AS"]);
    assert_eq!(
        *audited.lock().expect("is whole"),
        0,
        "nobody may do anything"
    );
}

#[test]
fn filters_say_what_the_register_does_not_know() {
    let world = World::new();
    let troubles = |query: PartyQuery| {
        let snapshot = world.register.snapshot();
        let listed = snapshot.authorized_parties(&world.kari, &query, now());
        let troubles = listed.troubles.into_iter();
        Vec::from_iter(troubles.map(|trouble| trouble.message))
    };
    let all = || PartyQuery::new();
    for (query, expected) in [
        (all().resource(world.form.clone()).service_owner("ttd"), ""),
        (all().only([world.fjell.clone()]), ""),
        (all().instance(InstanceId::new("elsewhere")), ""),
        (
            all().resource(ResourceId::new("ttd-feil")),
            "the resource `ttd-feil` is not in the register",
        ),
        (
            all().also_resource(ResourceId::new("ttd-feil")),
            "the resource `ttd-feil` is not in the register",
        ),
        (
            all().only([PartyKey::Id(77)]),
            "urn:altinn:partyid:77 is not in the register",
        ),
        (
            all().service_owner("TTD"),
            "no resource in the register has the service owner `TTD`; did you mean `ttd`?",
        ),
        (
            all().role("7da509f0-3cab-4c25-a0a2-2d67c5a9d9c5"),
            "the catalogue has no role `7da509f0-3cab-4c25-a0a2-2d67c5a9d9c5`",
        ),
    ] {
        assert_eq!(troubles(query).concat(), expected);
    }
}

#[test]
fn roles_and_packages_are_named_by_their_uuids_too() {
    let world = World::new();
    let catalogue = world.register.snapshot().catalogue().clone();
    let role = catalogue.role("dagl").expect("is known");
    let role = catalogue.role_by_id(role).uuid.to_uppercase();
    let package = catalogue.package("jordbruk").expect("is known");
    let package = catalogue.package_by_id(package).uuid.clone();
    let firms = ["FJELL AS", "FJELL AVD. NORD"];
    for query in [
        PartyQuery::new().role(role.clone()),
        PartyQuery::new().also_role(role),
        PartyQuery::new().package(package.clone()),
        PartyQuery::new().also_package(package),
    ] {
        assert_eq!(world.names(&world.kari, &query), firms);
    }
}

/// An accountant with agents and `n` clients, among `m` other companies.
fn office(n: usize, m: usize) -> (Register, PartyKey) {
    let register = Register::new();
    let (office, agent) = (PartyKey::Id(1), PartyKey::person("01017012345"));
    let director = PartyKey::person("01017012346");
    let changed = register.update(|change| {
        change.party(Party::new(office.clone(), "OFFICE AS").legal_form("AS"))?;
        change.party(Party::new(agent.clone(), "AGENT"))?;
        change.party(Party::new(director.clone(), "DIRECTOR"))?;
        change.register_role(&office, &director, "dagl", Window::ALWAYS)?;
        change.import_role(&office, &agent, "agent", Window::ALWAYS)?;
        for i in 0..n + m {
            let client = PartyKey::Id(u32::try_from(i).expect("is small") + 2);
            change.party(Party::new(client.clone(), format!("CLIENT {i:05}")).legal_form("AS"))?;
            if i < n {
                change.register_role(&client, &office, "regn", Window::ALWAYS)?;
                let order = ClientDelegationOrder::new(&director, &office, &client, &agent, now());
                change.delegate_client(&order.package("regnskapsforer-lonn"))?;
            }
        }
        Ok(())
    });
    changed.expect("is accepted");
    (register, agent)
}

#[test]
fn only_what_leads_from_the_subject_is_visited() {
    for (clients, others) in [(20, 0), (20, 2_000), (40, 0)] {
        let (register, agent) = office(clients, others);
        let state = register.snapshot().0;
        let candidates = Candidates::of(&state, &agent, &PartyQuery::new()).expect("exists");
        // Her clients, the office and herself.
        assert_eq!(candidates.looked_at.get(), clients + 2, "{others}");
        let links = candidates.in_force.looked_at.get();
        let page = PartyQuery::new().size(5);
        let listed = register.snapshot().authorized_parties(&agent, &page, now());
        assert_eq!((listed.parties.len(), listed.has_more), (5, true));
        assert_eq!(links, 0, "there are no chains");
    }
}

#[test]
#[ignore = "prints a time"]
fn five_thousand_clients() {
    let (register, agent) = office(5_000, 5_000);
    let snapshot = register.snapshot();
    for query in [
        PartyQuery::new(),
        PartyQuery::new().without_holdings(),
        PartyQuery::new().size(100),
    ] {
        let start = std::time::Instant::now();
        let listed = snapshot.authorized_parties(&agent, &query, now());
        println!("{} parties in {:?}", listed.parties.len(), start.elapsed());
    }
}
