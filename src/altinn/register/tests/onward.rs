//! Tests of one service that is delegated on out of a package, and of delegations from elsewhere.

use super::{Given, World, at, later, now};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Window;
use crate::altinn::level::MinimumLevel;
use crate::altinn::register::{
    CheckReason, ClientDelegationOrder, DelegationOrder, Grantable, Holding, RecordId, Refusal,
    Register, WhoMay,
};
use crate::altinn::resource::{Resource, ResourceId};
use crate::altinn::{PartyKey, Pdp};
use crate::{Decision, Limits, Request};

const POLICY: &str = include_str!("../../../../fixtures/altinn/model-policy.xml");

fn pdp(world: &World, policy: &str) -> Pdp {
    let pdp = Pdp::builder().policy("ttd-skjema", policy);
    pdp.register(&world.register).build().expect("is valid")
}

/// A world in which a policy opens a form for those who have a package: `write` for farming.
fn with_policy() -> (World, Pdp, ResourceId) {
    let world = World::new();
    let form = ResourceId::new("ttd-skjema");
    let pdp = pdp(&world, POLICY);
    world.must(|change| {
        change.resource(Resource::new(form.clone(), "ttd"))?;
        Ok(())
    });
    (world, pdp, form)
}

fn may_write(pdp: &Pdp, party: &PartyKey, who: &PartyKey) -> bool {
    decision(pdp, party, who) == Decision::Permit
}

fn decision(pdp: &Pdp, party: &PartyKey, who: &PartyKey) -> Decision {
    pdp.decide_at(&request(party, who), now()).decision()
}

/// Asks to write in the form.
fn request(party: &PartyKey, who: &PartyKey) -> Request {
    let text = |key: &PartyKey| {
        let text = key.to_string();
        let (id, value) = text.rsplit_once(':').expect("is an id and a value");
        (id.to_owned(), value.to_owned())
    };
    let ((subject, who), (id, of)) = (text(who), text(party));
    let request = Request::builder()
        .subject(&*subject, who)
        .resource("urn:altinn:resource", "ttd-skjema")
        .resource(&*id, of)
        .action("write");
    request.build()
}

impl World {
    fn service_on(
        &self,
        pdp: &Pdp,
        root: RecordId,
        form: &ResourceId,
        right: &str,
    ) -> Result<RecordId, Refusal> {
        let may = pdp.who_may(now());
        let order = DelegationOrder::new(&self.dina, &self.fjell, &self.ola, now()).on_from(root);
        let result = self.register.update(|change| {
            change.who_may(&may);
            change.delegate_resource(&order, form, None, &[right.into()])
        });
        self.register.snapshot().0.check();
        result
    }
}

/// The check of what is delegated on from a record says what a delegation of it does, of each of these by
/// the managing director and by an access administrator of the organisation that received it.
#[test]
fn what_is_delegated_on_is_checked_beforehand() {
    let (world, pdp, form) = with_policy();
    let farming = world.package(&world.fjell_to(&world.dal), "jordbruk");
    let write = world.must(|change| {
        let to_dal = world.fjell_to(&world.dal);
        change.delegate_resource(&to_dal, &form, None, &["write".into()])
    });
    let to_per = DelegationOrder::new(&world.dina, &world.dal, &world.per, now());
    world.must(|change| change.delegate_package(&to_per, "tilgangsstyrer"));
    let rights = |rights: &[&'static str]| Grantable::resource(form.clone(), rights.to_vec());
    let what = [
        Grantable::package("jordbruk"),
        Grantable::package("fiske"),
        Grantable::role("utinn"),
        rights(&["write"]),
        rights(&["read"]),
    ];
    let may = pdp.who_may(now());
    let policies: [Option<&dyn WhoMay>; 2] = [None, Some(&may)];
    let mut given = Vec::new();
    for (by, root) in [&world.dina, &world.per]
        .into_iter()
        .flat_map(|by| [(by, farming), (by, write)])
    {
        for who_may in policies {
            let snapshot = world.register.snapshot();
            let checked = snapshot.delegation_check_on(by, root, &what, who_may, now());
            let checked = checked.expect("is an administrator of dal");
            for (what, checked) in what.iter().zip(&checked) {
                let order = DelegationOrder::new(by, &world.fjell, &world.ola, now()).on_from(root);
                let trial = world.register.copy();
                let result = trial.update(|change| {
                    if let Some(who_may) = who_may {
                        change.who_may(who_may);
                    }
                    change.delegate_all(&order, std::slice::from_ref(what))
                });
                assert_eq!(checked.result, result.map(drop), "{by:?} {what} {root:?}");
                let is_given = checked.may_be_delegated();
                given.extend(is_given.then(|| (by == &world.dina, root, what.to_string())));
            }
        }
    }
    let by_director = given.iter().filter(|(is_director, ..)| *is_director);
    assert_eq!(by_director.count(), 5, "{given:?}");
    assert_eq!(
        given.len(),
        5,
        "she may not give what she does not have: {given:?}"
    );

    let snapshot = world.register.snapshot();
    let refused = |by, root| {
        let checked = snapshot.delegation_check_on(by, root, &what, None, now());
        checked.expect_err("is refused")
    };
    let by_kari = refused(&world.kari, farming);
    assert!(
        matches!(by_kari, Refusal::NotAdministrator { .. }),
        "{by_kari}"
    );
    let unknown = refused(&world.dina, RecordId(99));
    assert!(matches!(unknown, Refusal::NotInvolved { .. }), "{unknown}");
    let to_per = world.package(&world.fjell_to(&world.per), "jordbruk");
    let by_person =
        world
            .register
            .snapshot()
            .delegation_check_on(&world.per, to_per, &what, None, now());
    assert_eq!(by_person, Err(Refusal::NotDelegableOn(to_per)));
}

#[test]
fn one_service_is_delegated_on_out_of_a_package() {
    let (world, pdp, form) = with_policy();
    let farming = world.package(&world.fjell_to(&world.dal), "jordbruk");
    let fishing = world.package(&world.fjell_to(&world.dal), "fiske");
    let less = |result| matches!(result, Err(Refusal::RecordGivesLess { .. }));
    for (root, right) in [(farming, "read"), (farming, "sign"), (fishing, "write")] {
        assert!(less(world.service_on(&pdp, root, &form, right)), "{right}");
    }
    let order = DelegationOrder::new(&world.dina, &world.fjell, &world.ola, now()).on_from(farming);
    let without =
        world.refused(|change| change.delegate_resource(&order, &form, None, &["write".into()]));
    assert!(
        less(Err(without)),
        "only policies know the services of a package"
    );

    assert!(!may_write(&pdp, &world.fjell, &world.ola));
    let given = world
        .service_on(&pdp, farming, &form, "write")
        .expect("is in the package");
    assert!(may_write(&pdp, &world.fjell, &world.ola));
    let saved = world.register.snapshot().to_json();
    let again = Register::from_json("again.json", saved.as_bytes()).expect("is read");
    assert_eq!(again.snapshot().to_json(), saved);
    let again = again.snapshot().rights_of(&world.ola, &world.fjell, now());
    assert_eq!(again[0].record(), Some(given));

    world.revoke(&world.kari, farming);
    assert!(!may_write(&pdp, &world.fjell, &world.ola));
    assert!(
        world
            .register
            .snapshot()
            .rights_of(&world.ola, &world.fjell, now())
            .is_empty()
    );
}

/// The policy of the form with `write` moved from farming to fishing.
fn moved() -> String {
    POLICY.replace(">jordbruk<", ">fiske<")
}

#[test]
fn a_service_out_of_a_package_ends_when_the_policy_takes_it_out() {
    let (world, farming, form) = with_policy();
    let fishing = pdp(&world, &moved());
    let root = world.package(&world.fjell_to(&world.dal), "jordbruk");
    let order = DelegationOrder::new(&world.dina, &world.fjell, &world.bjerk, now());
    let may = farming.who_may(now());
    let to_bjerk = world.must(|change| {
        change.who_may(&may);
        change.delegate_resource(&order.clone().on_from(root), &form, None, &["write".into()])
    });
    // And on, as rights to a resource; and to an agent of the last receiver.
    let by_berit = |to| DelegationOrder::new(&world.berit, &world.fjell, to, now());
    world.must(|change| {
        change.who_may(&may);
        let on = by_berit(&world.per).on_from(to_bjerk);
        change.delegate_resource(&on, &form, None, &["write".into()])?;
        let (provider, client) = (&world.bjerk, &world.fjell);
        let serving =
            ClientDelegationOrder::new(&world.berit, provider, client, &world.anne, now());
        change.delegate_client(&serving.resource(form.clone(), ["write"]))
    });
    // Rights given by themselves stay.
    world.must(|change| {
        let order = world.fjell_to(&world.ola);
        change.delegate_resource(&order, &form, None, &["write".into()])
    });
    let saved = world.register.snapshot().to_json();
    let again = Register::from_json("again.json", saved.as_bytes()).expect("is read");
    again.snapshot().0.check();
    let again = |policy: &str| {
        let pdp = Pdp::builder().policy("ttd-skjema", policy);
        pdp.register(&again).build().expect("is valid")
    };
    // What the policy no longer gives with the package is not given on to an agent.
    let serve = |may: Option<&crate::altinn::explain::WhoMayByPolicy>| {
        world.register.copy().update(|change| {
            if let Some(may) = may {
                change.who_may(may);
            }
            let (provider, client) = (&world.bjerk, &world.fjell);
            let serving =
                ClientDelegationOrder::new(&world.berit, provider, client, &world.robot, now());
            change.delegate_client(&serving.resource(form.clone(), ["write"]))
        })
    };
    let after = fishing.who_may(now());
    for may in [Some(&after), None] {
        let refusal = serve(may).expect_err("the package does not give it");
        assert!(
            matches!(refusal, Refusal::PackageGivesNoLonger { .. }),
            "{refusal}"
        );
        let told = refusal.to_string();
        assert!(
            told.contains("out of the access package `Jordbruk`"),
            "{told}"
        );
    }
    serve(Some(&may)).expect("the package gives it");
    for (before, after) in [(farming, fishing), (again(POLICY), again(&moved()))] {
        for who in [&world.dina, &world.berit, &world.per, &world.anne] {
            assert!(may_write(&before, &world.fjell, who), "{who:?}");
            assert!(!may_write(&after, &world.fjell, who), "{who:?}");
        }
        assert!(may_write(&after, &world.fjell, &world.ola));
    }
}

#[test]
fn a_delegation_of_a_source_may_be_a_service_out_of_a_package() {
    let (fjell, ola) = (PartyKey::Id(50001), PartyKey::User(201));
    for (package, expected) in [("jordbruk", true), ("fiske", false)] {
        let form = ResourceId::new("ttd-skjema");
        let given = Delegation::new("1", form, fjell.clone(), ola.clone());
        let given = given.right("write").out_of(package);
        let pdp = Pdp::builder().policy("ttd-skjema", POLICY);
        let source = Given::default();
        source.0.lock().expect("is whole").push(given);
        let pdp = pdp.delegations(source).build().expect("is valid");
        assert_eq!(may_write(&pdp, &fjell, &ola), expected, "{package}");
    }
}

/// Returns the least work within which the decision about Ola is made, and not Indeterminate.
fn work(world: &World) -> u64 {
    least_work(|limits| {
        let pdp = Pdp::builder().limits(limits);
        let pdp = pdp.policy("ttd-skjema", moved()).register(&world.register);
        let pdp = pdp.build().expect("is valid");
        decision(&pdp, &world.fjell, &world.ola) == Decision::NotApplicable
    })
}

/// Returns the least work that is enough.
fn least_work(is_enough: impl Fn(Limits) -> bool) -> u64 {
    let is_enough = |work| {
        is_enough(Limits {
            work,
            ..Limits::default()
        })
    };
    let (mut least, mut enough) = (0, 1 << 20);
    while least + 1 < enough {
        let middle = (least + enough) / 2;
        match is_enough(middle) {
            true => enough = middle,
            false => least = middle,
        }
    }
    enough
}

#[test]
fn each_package_is_tried_once_at_the_cost_of_the_decision() {
    let (world, farming, form) = with_policy();
    let may = farming.who_may(now());
    let root = world.package(&world.fjell_to(&world.dal), "jordbruk");
    let give = |days: std::ops::Range<usize>| {
        world.must(|change| {
            change.who_may(&may);
            for day in days {
                let until = Window::until(at(&format!("2027-01-{:02}T00:00:00Z", day + 1)));
                let on = DelegationOrder::new(&world.dina, &world.fjell, &world.ola, now());
                let on = on.on_from(root).during(until);
                change.delegate_resource(&on, &form, None, &["write".into()])?;
            }
            Ok(())
        });
        work(&world)
    };
    let [none, one, many] = [0..0, 0..1, 1..28].map(give);
    assert!(none < one, "the policy was asked: {none}, {one}");
    assert_eq!(many, one, "once for all delegations out of a package");
}

#[test]
fn near_misses_take_the_work_of_one() {
    let (world, farming, form) = with_policy();
    let may = farming.who_may(now());
    let root = world.package(&world.fjell_to(&world.dal), "jordbruk");
    let counted = [1..7, 7..13, 13..25].map(|days| {
        let last = days.end - 1;
        world.must(|change| {
            change.who_may(&may);
            for day in days {
                let [from, until] =
                    [0, 12].map(|hour| at(&format!("2027-01-{day:02}T{hour:02}:00:00Z")));
                let one = Window::from(from).and(Window::until(until));
                let on = DelegationOrder::new(&world.dina, &world.fjell, &world.ola, now());
                let on = on.on_from(root).during(one);
                change.delegate_resource(&on, &form, None, &["write".into()])?;
            }
            Ok(())
        });
        least_work(|limits| {
            let pdp = Pdp::builder().limits(limits);
            let pdp = pdp.policy("ttd-skjema", POLICY).register(&world.register);
            let pdp = pdp.build().expect("is valid");
            let request = request(&world.fjell, &world.ola);
            let explanation = pdp.explain_at(&request, now());
            explanation.is_complete && explanation.near.len() == last
        })
    });
    assert_eq!(counted, [counted[0]; 3]);
}

#[test]
fn an_explanation_reads_rights_within_its_work() {
    let (world, ..) = with_policy();
    let told = |work| {
        let limits = Limits {
            work,
            ..Limits::default()
        };
        let pdp = Pdp::builder().limits(limits);
        let pdp = pdp.policy("ttd-skjema", POLICY).register(&world.register);
        let pdp = pdp.build().expect("is valid");
        let request = Request::builder()
            .subject("urn:altinn:person:identifier-no", "01017012345")
            .resource("urn:altinn:resource", "ttd-skjema")
            .resource("urn:altinn:organization:identifier-no", "910000001")
            .action("fly");
        let told = pdp.explain_at(&request.build(), now());
        (told.is_complete, told.known_actions.len())
    };
    assert_eq!(told(Limits::default().work), (true, 3));
    let least = (0..20).map(|power| 1 << power).find(|work| told(*work).0);
    let least = least.expect("is complete with enough");
    // With less, it is told that something is missing.
    assert!(
        (1..least)
            .step_by(7)
            .all(|work| told(work).0 || told(work).1 == 0)
    );
}

#[test]
fn the_check_knows_whether_a_package_or_a_role_gives_a_right() {
    let (world, pdp, form) = with_policy();
    world.must(|change| {
        change.delegate_package(&world.fjell_to(&world.ola), "tilgangsstyrer")?;
        change.delegate_package(&world.fjell_to(&world.ola), "jordbruk")?;
        change.register_role(&world.fjell, &world.ola, "medl", Window::ALWAYS)
    });
    let what = [Grantable::resource(form, ["read", "write", "sign"])];
    let may = pdp.who_may(now());
    let codes = |by: &PartyKey| {
        let checked = world.register.snapshot();
        let checked = checked.delegation_check(by, &world.fjell, &what, Some(&may), now());
        let checked = checked.expect("administers").into_iter();
        Vec::from_iter(checked.map(|one| (one.may_be_delegated(), one.reasons[0])))
    };
    let missing = (false, CheckReason::MissingRoleAccess);
    let [package, role] = [CheckReason::PackageAccess, CheckReason::RoleAccess];
    assert_eq!(codes(&world.ola), [missing, (true, package), missing]);
    let none = (false, CheckReason::Unknown);
    assert_eq!(codes(&world.kari), [(true, role), (true, role), none]);

    let behind = |by: &PartyKey| {
        let checked = world.register.snapshot();
        let checked = checked.delegation_check(by, &world.fjell, &what, Some(&may), now());
        let checked = checked.expect("administers").into_iter();
        let told = |held: &Holding| held.what.to_string();
        Vec::from_iter(checked.map(|one| Vec::from_iter(one.permissions.iter().map(told))))
    };
    let farming = "the package `jordbruk`";
    // A board member fills in forms, too.
    let [board, filler] = ["external-role:ccr:styremedlem", "rolecode:utinn"];
    let [board, filler] = [board, filler].map(|role| format!("the role `urn:altinn:{role}`"));
    let of_ola = behind(&world.ola);
    assert_eq!(of_ola, [vec![], vec![&*board, &*filler, farming], vec![]]);
    let kari = behind(&world.kari);
    let director = "the role `urn:altinn:external-role:ccr:daglig-leder`";
    assert_eq!(kari[0], [director]);
    assert!(
        kari[1].contains(&director.into()) && kari[1].contains(&farming.into()),
        "{kari:?}"
    );
    assert!(kari[2].is_empty());
}

#[test]
fn a_service_ends_with_its_package() {
    let (world, pdp, form) = with_policy();
    let until = world.fjell_to(&world.dal).during(Window::until(later()));
    let farming = world.package(&until, "jordbruk");
    world
        .service_on(&pdp, farming, &form, "write")
        .expect("is in the package");
    let snapshot = world.register.snapshot();
    let held = snapshot.rights_of(&world.ola, &world.fjell, now());
    assert_eq!(held[0].window, Window::until(later()));
    assert!(
        snapshot
            .rights_of(&world.ola, &world.fjell, later())
            .is_empty()
    );
}

#[test]
fn delegations_from_elsewhere_replace_their_former_state() {
    let world = World::new();
    let (fjell, ola) = (&world.fjell, &world.ola);
    let given = || Delegation::new("a", world.form.clone(), fjell.clone(), ola.clone());
    let put = |given: &Delegation| world.must(|change| change.put_delegation(given));
    let by_kari = world.resource(&world.fjell_to(ola), &["sign"]);
    put(&given().right("read")).expect("is a record");
    put(&given().right("write")).expect("is a record");
    let actions = || {
        let rights = world.register.snapshot().rights_of(ola, fjell, now());
        Vec::from_iter(rights.iter().map(|right| right.what.to_string()))
    };
    let form = "on `app_ttd_skjema`";
    assert_eq!(actions(), [format!("sign {form}"), format!("write {form}")]);
    assert_eq!(put(&given()), None);
    assert_eq!(
        actions(),
        [format!("sign {form}")],
        "record {by_kari} was made here"
    );

    let level = given().right("read").at_level(MinimumLevel {
        user: Some(4),
        ..MinimumLevel::default()
    });
    let refused = world.refused(|change| change.put_delegation(&level));
    assert!(matches!(refused, Refusal::DelegationWithLevel(_)));
    let service = given().right("read").out_of("jordbruk");
    let refused = world.refused(|change| change.put_delegation(&service));
    assert!(matches!(refused, Refusal::DelegationOutOfPackage(_)));
    let unknown = Delegation::new("a", world.form.clone(), fjell.clone(), PartyKey::Id(77));
    let refused = world.refused(|change| change.put_delegation(&unknown));
    assert_eq!(refused, Refusal::UnknownParty(PartyKey::Id(77)));
}
