//! Tests of one service that is delegated on out of a package, and of delegations from elsewhere.

use super::{World, later, now};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Window;
use crate::altinn::level::MinimumLevel;
use crate::altinn::register::{
    CheckReason, DelegationOrder, Grantable, RecordId, Refusal, Register,
};
use crate::altinn::resource::{Resource, ResourceId};
use crate::altinn::{PartyKey, Pdp};
use crate::{Decision, Request};

/// A world in which a policy opens a form for those who have a package: `write` for farming.
fn with_policy() -> (World, Pdp, ResourceId) {
    let world = World::new();
    let form = ResourceId::new("ttd-skjema");
    let policy = include_str!("../../../../fixtures/altinn/model-policy.xml");
    let pdp = Pdp::builder().policy("ttd-skjema", policy);
    let pdp = pdp.register(&world.register).build().expect("is valid");
    world.must(|change| {
        change.resource(Resource::new(form.clone(), "ttd"));
        Ok(())
    });
    (world, pdp, form)
}

fn may_write(pdp: &Pdp, party: &PartyKey, who: &PartyKey) -> bool {
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
    pdp.decide_at(&request.build(), now()).decision() == Decision::Permit
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
    let unknown = Delegation::new("a", world.form.clone(), fjell.clone(), PartyKey::Id(77));
    let refused = world.refused(|change| change.put_delegation(&unknown));
    assert_eq!(refused, Refusal::UnknownParty(PartyKey::Id(77)));
}
