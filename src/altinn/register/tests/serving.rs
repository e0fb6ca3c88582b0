//! Tests of client delegation: its conditions, and the events that end it.

use super::{World, at, later, now};
use crate::altinn::Pdp;
use crate::altinn::fact::Window;
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::register::{
    CheckedGrantable, ClientDelegationOrder, DelegationOrder, Grantable, OwnUse, Refusal, Register,
    WhoMay,
};
use crate::altinn::resource::{Resource, ResourceId};

const PAYROLL: &str = "regnskapsforer-lonn";

impl World {
    /// Returns an order by Berit, the managing director of bjerk, for an agent and the client
    /// fjell.
    fn serving(&self, agent: &PartyKey) -> ClientDelegationOrder {
        ClientDelegationOrder::new(&self.berit, &self.bjerk, &self.fjell, agent, now())
    }

    fn not_served(&self, serving: &ClientDelegationOrder) -> Refusal {
        self.refused(|change| change.delegate_client(serving))
    }
}

#[test]
fn agents_and_systems_act_for_a_client() {
    let world = World::new();
    for agent in [&world.anne, &world.robot] {
        assert!(!world.has_package(agent, &world.fjell, PAYROLL, now()));
        world.must(|change| change.delegate_client(&world.serving(agent).package(PAYROLL)));
        assert!(world.has_package(agent, &world.fjell, PAYROLL, now()));
        assert!(!world.has_package(agent, &world.dal, PAYROLL, now()));
    }
}

#[test]
fn nothing_is_given_to_an_agent_twice() {
    let world = World::new();
    let form = ResourceId::new("ttd-skjema");
    world.must(|change| {
        change.resource(Resource::new(form.clone(), "ttd"))?;
        let to_bjerk = world.fjell_to(&world.bjerk);
        change.delegate_resource(&to_bjerk, &form, None, &["read".into(), "write".into()])
    });
    let again = |serving: &ClientDelegationOrder| match world.not_served(serving) {
        Refusal::AlreadyDelegated { record, what } => (record, what.to_string()),
        other => panic!("{other}"),
    };
    let until = |order: ClientDelegationOrder| order.during(Window::until(later()));
    let pay = || world.serving(&world.anne).package(PAYROLL);
    let record = world.must(|change| change.delegate_client(&until(pay())));
    let (known, told) = again(&until(pay()));
    assert_eq!(known, record);
    assert!(told.starts_with("the package"), "{told}");
    // For longer, it is another.
    world.must(|change| change.delegate_client(&pay()));

    let form = |rights: &[&'static str]| {
        let order = world.serving(&world.anne);
        order.resource(form.clone(), rights.iter().copied())
    };
    let record = world.must(|change| change.delegate_client(&form(&["read", "write"])));
    assert_eq!(
        again(&form(&["write"])),
        (record, "write on `ttd-skjema`".to_owned())
    );
    world.must(|change| change.revoke(&world.berit, record, now()));
    world.must(|change| change.delegate_client(&form(&["write"])));
    world.must(|change| change.delegate_client(&form(&["write", "read"])));
}

/// An agent by a role of Altinn II alone is none when these roles have ended, and no new one either.
#[test]
fn a_role_that_has_ended_makes_no_agent() {
    let world = World::new();
    let filler = DelegationOrder::new(&world.berit, &world.bjerk, &world.ola, now());
    world.must(|change| change.delegate_role(&filler, "utinn"));
    world.must(|change| change.delegate_client(&world.serving(&world.ola).package(PAYROLL)));
    world.must(|change| change.delegate_client(&world.serving(&world.anne).package(PAYROLL)));
    let has = |who: &PartyKey, instant| world.has_package(who, &world.fjell, PAYROLL, at(instant));
    for (instant, is_agent) in [
        ("2026-12-31T23:59:59+01:00", true),
        ("2027-01-01T00:00:00+01:00", false),
    ] {
        assert_eq!(has(&world.ola, instant), is_agent, "{instant}");
        assert!(has(&world.anne, instant), "an agent by a role of Altinn 3");
    }
    let later = at("2027-02-01T09:00:00+01:00");
    let order =
        ClientDelegationOrder::new(&world.berit, &world.bjerk, &world.fjell, &world.ola, later);
    let refusal = world.not_served(&order.package(PAYROLL));
    assert!(matches!(refusal, Refusal::NoAgent { .. }), "{refusal}");
}

#[test]
fn only_client_administrators_let_them() {
    let world = World::new();
    let by_ola =
        ClientDelegationOrder::new(&world.ola, &world.bjerk, &world.fjell, &world.anne, now());
    let by_ola = by_ola.package(PAYROLL);
    let refusal = world.not_served(&by_ola);
    assert!(
        matches!(refusal, Refusal::NotClientAdministrator { .. }),
        "{refusal}"
    );
    world.package(
        &DelegationOrder::new(&world.berit, &world.bjerk, &world.ola, now()),
        "tilgangsstyrer",
    );
    assert_eq!(world.not_served(&by_ola), refusal);
    let to_ola = DelegationOrder::new(&world.berit, &world.bjerk, &world.ola, now());
    world.package(&to_ola, "klientadministrator");
    world.must(|change| change.delegate_client(&by_ola));
}

#[test]
fn only_ones_own_and_only_what_one_has() {
    let world = World::new();
    let refusal = world.not_served(&world.serving(&world.ola).package(PAYROLL));
    assert!(matches!(refusal, Refusal::NoAgent { .. }), "{refusal}");
    for lacking in ["jordbruk", "ansvarlig-revisor"] {
        let refusal = world.not_served(&world.serving(&world.anne).package(lacking));
        assert!(matches!(refusal, Refusal::NotServed { .. }), "{refusal}");
    }
    let wrong = world
        .serving(&world.anne)
        .package(PAYROLL)
        .as_role("revisor");
    assert!(matches!(
        world.not_served(&wrong),
        Refusal::NotServed { .. }
    ));
    let strange = world.serving(&world.anne).package(PAYROLL).as_role("dagl");
    assert!(matches!(
        world.not_served(&strange),
        Refusal::RoleNotDelegable { .. }
    ));
    assert_eq!(
        world.not_served(&world.serving(&world.anne)),
        Refusal::Nothing
    );
    let read = world
        .serving(&world.anne)
        .resource(world.form.clone(), ["read"]);
    assert!(matches!(world.not_served(&read), Refusal::NotServed { .. }));
    let over = world
        .serving(&world.anne)
        .package(PAYROLL)
        .during(Window::until(now()));
    assert!(matches!(
        world.not_served(&over),
        Refusal::PastWindow { .. }
    ));
    let own =
        ClientDelegationOrder::new(&world.berit, &world.bjerk, &world.bjerk, &world.anne, now());
    assert!(matches!(
        world.not_served(&own.package(PAYROLL)),
        Refusal::ToItself { .. }
    ));
    world.package(&world.fjell_to(&world.bjerk), "tilgangsstyrer");
    let refusal = world.not_served(&world.serving(&world.anne).package("tilgangsstyrer"));
    assert!(
        matches!(refusal, Refusal::PackageNotDelegable { .. }),
        "{refusal}"
    );
    world.must(|change| {
        change.resource(Resource::new(world.form.clone(), "ttd").not_delegable())?;
        Ok(())
    });
    assert!(matches!(
        world.not_served(&read),
        Refusal::ResourceNotDelegable(_)
    ));
}

#[test]
fn the_end_of_a_client_relation_ends_them() {
    let world = World::new();
    let record =
        world.must(|change| change.delegate_client(&world.serving(&world.anne).package(PAYROLL)));
    let end = |change: &mut crate::altinn::register::Change<'_, '_>| {
        change.end_register_role(&world.fjell, &world.bjerk, "REGN")
    };
    assert!(world.must(end));
    assert!(!world.has_package(&world.anne, &world.fjell, PAYROLL, now()));
    let gone = world.refused(|change| change.revoke(&world.berit, record, now()));
    assert!(matches!(gone, Refusal::NotInvolved { .. }), "{gone}");
    assert!(!world.must(end), "nothing more to end");
    // A new relation does not bring the old delegations back.
    world.must(|change| change.register_role(&world.fjell, &world.bjerk, "regn", Window::ALWAYS));
    assert!(!world.has_package(&world.anne, &world.fjell, PAYROLL, now()));
}

#[test]
fn a_relation_that_is_over_gives_nothing_before_it_is_ended() {
    let world = World::new();
    world.must(|change| change.delegate_client(&world.serving(&world.anne).package(PAYROLL)));
    let window = Window::until(later());
    world.must(|change| change.register_role(&world.fjell, &world.bjerk, "regn", window));
    assert!(world.has_package(&world.anne, &world.fjell, PAYROLL, now()));
    assert!(!world.has_package(&world.anne, &world.fjell, PAYROLL, later()));
}

#[test]
fn they_end_with_the_packages_and_rights_the_client_gave() {
    let world = World::new();
    let [farming, fishing] =
        ["jordbruk", "fiske"].map(|name| world.package(&world.fjell_to(&world.bjerk), name));
    let rights = world.resource(&world.fjell_to(&world.bjerk), &["read", "write"]);
    let both = world
        .serving(&world.anne)
        .package("jordbruk")
        .package("fiske");
    let both = both.resource(world.form.clone(), ["write"]);
    let record = world.must(|change| change.delegate_client(&both));
    let has = || {
        let package = |code| world.has_package(&world.anne, &world.fjell, code, now());
        let write = world.has_right(&world.anne, &world.fjell, "write", now());
        (package("jordbruk"), package("fiske"), write)
    };
    assert_eq!(has(), (true, true, true));
    assert!(!world.has_right(&world.anne, &world.fjell, "read", now()));
    world.revoke(&world.kari, farming);
    assert_eq!(has(), (false, true, true));
    world.revoke(&world.kari, rights);
    assert_eq!(has(), (false, true, false));
    world.revoke(&world.kari, fishing);
    assert_eq!(has(), (false, false, false));
    let gone = world.refused(|change| change.revoke(&world.berit, record, now()));
    let has_ended = matches!(gone, Refusal::NotInvolved { .. });
    assert!(has_ended, "the last package has ended it: {gone}");
    assert_eq!(world.register.snapshot().0.served.len(), 0);
}

#[test]
fn rights_alone_make_a_client() {
    let world = World::new();
    let to_dal = world.resource(&world.fjell_to(&world.dal), &["read"]);
    world.must(|change| {
        change.import_role(&world.dal, &world.ola, "agent", Window::ALWAYS)?;
        let serving =
            ClientDelegationOrder::new(&world.dina, &world.dal, &world.fjell, &world.ola, now());
        change.delegate_client(&serving.resource(world.form.clone(), ["read"]))
    });
    assert!(world.has_right(&world.ola, &world.fjell, "read", now()));
    world.revoke(&world.dina, to_dal);
    assert!(!world.has_right(&world.ola, &world.fjell, "read", now()));
}

#[test]
fn an_agent_who_leaves_takes_nothing_along() {
    let world = World::new();
    world.must(|change| change.delegate_client(&world.serving(&world.anne).package(PAYROLL)));
    let ended = world.must(|change| change.end_imported_role(&world.bjerk, &world.anne, "agent"));
    assert!(ended);
    assert!(!world.has_package(&world.anne, &world.fjell, PAYROLL, now()));
    assert_eq!(world.register.snapshot().0.places.len(), 0);
}

#[test]
fn provider_client_and_agent_take_them_back() {
    let world = World::new();
    for by in [&world.berit, &world.kari, &world.anne] {
        let serving = world.serving(&world.anne).package(PAYROLL);
        let record = world.must(|change| change.delegate_client(&serving));
        let stranger = world.refused(|change| change.revoke(&world.dina, record, now()));
        assert!(
            matches!(stranger, Refusal::NotInvolved { .. }),
            "{stranger}"
        );
        world.revoke(by, record);
        assert!(!world.has_package(&world.anne, &world.fjell, PAYROLL, now()));
    }
}

#[test]
fn agents_pass_nothing_on() {
    let world = World::new();
    world.must(|change| change.import_role(&world.bjerk, &world.dal, "agent", Window::ALWAYS));
    let record =
        world.must(|change| change.delegate_client(&world.serving(&world.dal).package(PAYROLL)));
    let on = DelegationOrder::new(&world.dina, &world.fjell, &world.ola, now()).on_from(record);
    let refusal =
        world.refused(|change| change.delegate_resource(&on, &world.form, None, &["read".into()]));
    assert_eq!(refusal, Refusal::NotDelegableOn(record));
}

#[test]
fn a_package_makes_no_agent() {
    let world = World::new();
    let to_ola = DelegationOrder::new(&world.berit, &world.bjerk, &world.ola, now());
    world.package(&to_ola, "jordbruk");
    let refusal = world.not_served(&world.serving(&world.ola).package(PAYROLL));
    assert!(matches!(refusal, Refusal::NoAgent { .. }), "{refusal}");
    // Nor does it keep one.
    world.must(|change| change.import_role(&world.bjerk, &world.ola, "agent", Window::ALWAYS));
    world.must(|change| change.delegate_client(&world.serving(&world.ola).package(PAYROLL)));
    assert!(world.has_package(&world.ola, &world.fjell, PAYROLL, now()));
    world.must(|change| change.end_imported_role(&world.bjerk, &world.ola, "agent"));
    assert!(!world.has_package(&world.ola, &world.fjell, PAYROLL, now()));
    assert_eq!(world.register.snapshot().0.clients.len(), 0);
}

#[test]
fn an_agent_ends_with_what_makes_it_one() {
    let world = World::new();
    let to_dal = DelegationOrder::new(&world.berit, &world.bjerk, &world.dal, now());
    let to_dal = to_dal.during(Window::until(later()));
    let root = world.must(|change| change.delegate_role(&to_dal, "loper"));
    let on = DelegationOrder::new(&world.dina, &world.bjerk, &world.ola, now()).on_from(root);
    world.must(|change| change.delegate_role(&on, "loper"));
    world.must(|change| change.delegate_client(&world.serving(&world.ola).package(PAYROLL)));
    assert!(world.has_package(&world.ola, &world.fjell, PAYROLL, now()));
    assert!(!world.has_package(&world.ola, &world.fjell, PAYROLL, later()));
    // The organisation that gave it on is deleted, and restored.
    for is_dissolved in [true, false] {
        let mut dal = Party::new(world.dal.clone(), "DAL AS").legal_form("AS");
        dal.is_deleted = is_dissolved;
        world.must(|change| change.party(dal));
        let has = world.has_package(&world.ola, &world.fjell, PAYROLL, now());
        assert_eq!(has, !is_dissolved);
    }
    let late = world.serving(&world.ola).package(PAYROLL);
    let late = world.not_served(&late.during(Window::from(later())));
    assert!(matches!(late, Refusal::AgentOtherwise { .. }), "{late}");
    assert!(late.to_string().contains("until 1 September 2026 at 14:00"));
}

#[test]
fn a_package_ends_with_the_legal_form_that_its_role_gives_it_for() {
    let world = World::new();
    const PROPERTY: &str = "forretningsforer-eiendom";
    let fjell = |form: &str| Party::new(world.fjell.clone(), "FJELL").legal_form(form);
    world.must(|change| {
        change.party(fjell("BRL"))?;
        let manager = "urn:altinn:external-role:ccr:forretningsforer";
        change.register_role(&world.fjell, &world.bjerk, manager, Window::ALWAYS)?;
        change.delegate_client(&world.serving(&world.anne).package(PROPERTY))
    });
    assert!(world.has_package(&world.anne, &world.fjell, PROPERTY, now()));
    world.must(|change| change.party(fjell("AS")));
    assert!(!world.has_package(&world.anne, &world.fjell, PROPERTY, now()));
    assert_eq!(world.register.snapshot().0.clients.len(), 0);
}

#[test]
fn a_system_takes_nothing_along_to_another_owner() {
    let world = World::new();
    world.must(|change| change.delegate_client(&world.serving(&world.robot).package(PAYROLL)));
    let robot = Party::new(world.robot.clone(), "ROBOT").of_kind(PartyKind::SystemUser);
    for owner in [&world.dal, &world.bjerk] {
        world.must(|change| change.party(robot.clone().part_of(owner.clone())));
        assert!(!world.has_package(&world.robot, &world.fjell, PAYROLL, now()));
    }
}

#[test]
fn what_a_file_gives_to_nobodys_agent_is_refused() {
    let text = r#"{"format": "vedtak-register", "version": 1, "parties": [
        {"kind": "organisation", "name": "TALL AS", "number": "910000001", "legal_form": "AS"},
        {"kind": "organisation", "name": "KUNDE AS", "number": "910000002", "legal_form": "AS"},
        {"kind": "person", "name": "OLA", "number": "01017012345"}],
      "roles": [{"to": "TALL AS", "from": "KUNDE AS", "role": "regn"}],
      "packages": [{"to": "OLA", "from": "TALL AS", "package": "jordbruk"}],
      "client_delegations": [{"agent": "OLA", "provider": "TALL AS", "client": "KUNDE AS",
        "role": "regn", "packages": ["regnskapsforer-lonn"]}]}"#;
    let error = Register::from_json("r", text.as_bytes()).expect_err("never counts");
    let error = error.to_string();
    assert!(
        error.contains("OLA is no agent of TALL AS (910000001)"),
        "{error}"
    );
    let agent = r#""role": "regn"}, {"to": "OLA", "from": "TALL AS", "role": "agent"}],"#;
    let with_agent = text.replace(r#""role": "regn"}],"#, agent);
    assert!(Register::from_json("r", with_agent.as_bytes()).is_ok());
}

#[test]
fn what_a_file_gives_on_for_another_time_is_refused() {
    let text = |from: &str| {
        format!(
            r#"{{"format": "vedtak-register", "version": 1, "parties": [
            {{"kind": "organisation", "name": "A", "number": "910000001", "legal_form": "AS"}},
            {{"kind": "organisation", "name": "B", "number": "910000002", "legal_form": "AS"}},
            {{"kind": "person", "name": "OLA", "number": "01017012345"}}],
          "packages": [
            {{"to": "B", "from": "A", "package": "fiske", "id": 1, "valid_until": "2026-05-31"}},
            {{"to": "B", "from": "A", "package": "fiske", "id": 2, "on_from": 1}},
            {{"to": "OLA", "from": "A", "package": "fiske", "id": 3, "on_from": 2, "valid_from": "{from}"}}]}}"#
        )
    };
    assert!(Register::from_json("r", text("2026-05-31").as_bytes()).is_ok());
    let error = Register::from_json("r", text("2026-06-01").as_bytes()).expect_err("never holds");
    let error = error.to_string();
    let message = "it can never hold: record 2, which it was delegated on from, holds until \
                   1 June 2026 at 00:00";
    assert!(error.contains(message), "{error}");
}

#[test]
fn an_agent_does_not_give_on_what_it_has_for_a_client() {
    let world = World::new();
    let form = ResourceId::new("ttd-skjema");
    let policy = include_str!("../../../../fixtures/altinn/model-policy.xml");
    let pdp = Pdp::builder().policy("ttd-skjema", policy);
    let pdp = pdp.register(&world.register).build().expect("is valid");
    world.must(|change| {
        change.resource(Resource::new(form.clone(), "ttd"))?;
        let to_bjerk = world.fjell_to(&world.bjerk);
        change.delegate_package(&to_bjerk, "jordbruk")?;
        change.delegate_resource(&to_bjerk, &form, None, &["write".into()])?;
        change.delegate_package(&world.fjell_to(&world.anne), "tilgangsstyrer")?;
        let serving = world.serving(&world.anne).package("jordbruk");
        change.delegate_client(&serving.resource(form.clone(), ["write"]))
    });
    let may = pdp.who_may(now());
    let order = DelegationOrder::new(&world.anne, &world.fjell, &world.per, now());
    let write = Grantable::resource(form.clone(), ["write"]);
    let what = [Grantable::package("jordbruk"), write];
    let policies: [Option<&dyn WhoMay>; 2] = [None, Some(&may)];
    let allowed = || {
        policies.map(|policies| {
            let snapshot = world.register.snapshot();
            let (anne, fjell) = (&world.anne, &world.fjell);
            let checked = snapshot.delegation_check(anne, fjell, &what, policies, now());
            let checked = checked.expect("she is an access administrator");
            Vec::from_iter(checked.iter().map(CheckedGrantable::may_be_delegated))
        })
    };
    assert_eq!(allowed(), [[false, false], [false, false]]);
    for what in &what {
        for policies in policies {
            let refusal = world.refused(|change| {
                if let Some(policies) = policies {
                    change.who_may(policies);
                }
                change.delegate(&order, what)
            });
            // The register alone knows only what may be given on.
            let is_told = match (what, policies) {
                (Grantable::Resource { .. }, Some(_)) => {
                    let why = OwnUse::AsAgent;
                    matches!(&refusal, Refusal::RightNotToGiveOn { why: known, .. } if *known == why)
                }
                _ => matches!(refusal, Refusal::NotHeld { .. }),
            };
            assert!(is_told, "{refusal}");
        }
    }
    // What she also has by herself she gives on.
    world.must(|change| {
        let to_anne = world.fjell_to(&world.anne);
        change.delegate_package(&to_anne, "jordbruk")?;
        change.delegate_resource(&to_anne, &form, None, &["write".into()])
    });
    assert_eq!(allowed(), [[true, true], [true, true]]);
    world.must(|change| {
        change.who_may(&may);
        change.delegate_all(&order, &what)
    });
}
