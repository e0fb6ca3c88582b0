//! Requests for access and their answers.

use super::{World, now, person};
use crate::altinn::fact::Window;
use crate::altinn::register::state::RecordId;
use crate::altinn::register::{Grantable, Refusal, RequestState};
use crate::altinn::resource::{InstanceId, Resource, ResourceId};

impl World {
    fn asks(&self, what: &Grantable) -> RecordId {
        self.must(|change| change.ask_for(&self.ola, &self.fjell, what, now()))
    }

    fn state(&self, id: RecordId) -> RequestState {
        self.register
            .snapshot()
            .request(id)
            .expect("is known")
            .state
    }

    fn open(&self) -> usize {
        self.register.snapshot().open_requests(&self.fjell).len()
    }
}

#[test]
fn an_administrator_approves() {
    let world = World::new();
    let instance = InstanceId::new("letter");
    let requests = [
        Grantable::package("jordbruk"),
        Grantable::resource(world.form.clone(), ["read"]),
        Grantable::instance(world.form.clone(), instance, ["write"]),
        Grantable::role("utinn"),
    ];
    for what in requests {
        let request = world.asks(&what);
        assert_eq!(world.state(request), RequestState::Open);
        let approve = |by| {
            move |change: &mut crate::altinn::register::Change<'_, '_>| {
                change.approve(by, request, Window::ALWAYS, now())
            }
        };
        let refusal = world.refused(approve(&world.per));
        assert!(matches!(refusal, Refusal::NotInvolved { .. }), "{refusal}");
        let refusal = world.refused(approve(&world.ola));
        assert!(
            matches!(refusal, Refusal::NotAdministrator { .. }),
            "{refusal}"
        );
        assert_eq!(world.open(), 1, "a refusal leaves it open");
        let record = world.must(approve(&world.kari));
        assert_eq!(world.open(), 0);
        let approved = RequestState::Approved {
            by: world.kari.clone(),
            at: Some(now()),
            record,
        };
        assert_eq!(world.state(request), approved);
        assert_eq!(
            world.refused(approve(&world.kari)),
            Refusal::Closed(request)
        );
        world.revoke(&world.kari, record);
    }
    assert!(!world.has_package(&world.ola, &world.fjell, "jordbruk", now()));
}

#[test]
fn an_administrator_declines_and_the_asker_withdraws() {
    let world = World::new();
    let farming = Grantable::package("urn:altinn:accesspackage:jordbruk");
    let request = world.asks(&farming);
    let again = world.refused(|change| {
        change.ask_for(
            &world.ola,
            &world.fjell,
            &Grantable::package("JORDBRUK"),
            now(),
        )
    });
    assert_eq!(again, Refusal::AlreadyAsked(request));
    let refusal = world.refused(|change| change.decline(&world.per, request, now()));
    assert!(matches!(refusal, Refusal::NotInvolved { .. }), "{refusal}");
    world.must(|change| change.decline(&world.kari, request, now()));
    assert!(matches!(
        world.state(request),
        RequestState::Declined { .. }
    ));

    let request = world.asks(&farming);
    let refusal = world.refused(|change| change.withdraw(&world.kari, request, now()));
    assert_eq!(refusal, Refusal::NotTheAsker(request));
    world.must(|change| change.withdraw(&world.ola, request, now()));
    assert_eq!(
        world.state(request),
        RequestState::Withdrawn { at: Some(now()) }
    );
    let refusal = world.refused(|change| change.decline(&world.kari, request, now()));
    assert_eq!(refusal, Refusal::Closed(request));
    let refusal = world.refused(|change| change.withdraw(&world.ola, RecordId(77), now()));
    assert!(matches!(refusal, Refusal::NotInvolved { .. }), "{refusal}");
}

#[test]
fn what_nobody_could_give_is_not_asked_for() {
    let world = World::new();
    let closed = ResourceId::new("lukket");
    world.must(|change| {
        change.resource(Resource::new(closed.clone(), "ttd").not_delegable())?;
        Ok(())
    });
    let refused = |what: &Grantable| {
        world.refused(|change| change.ask_for(&world.ola, &world.fjell, what, now()))
    };
    assert!(matches!(
        refused(&Grantable::package("regnskapsforer-lonn")),
        Refusal::PackageNotAssignable { .. }
    ));
    assert!(matches!(
        refused(&Grantable::package(
            "innbygger-tilgangsstyring-privatperson"
        )),
        Refusal::PackageDoesNotFit { .. }
    ));
    assert!(matches!(
        refused(&Grantable::package("x")),
        Refusal::UnknownPackage { .. }
    ));
    assert!(matches!(
        refused(&Grantable::role("dagl")),
        Refusal::RoleFromRegister { .. }
    ));
    let unknown = Grantable::resource(ResourceId::new("x"), ["read"]);
    assert!(matches!(refused(&unknown), Refusal::UnknownResource(_)));
    let closed = Grantable::resource(closed, ["read"]);
    assert!(matches!(refused(&closed), Refusal::ResourceNotDelegable(_)));
    let nothing = Grantable::resource(world.form.clone(), [] as [&str; 0]);
    assert_eq!(refused(&nothing), Refusal::NoRight(world.form.clone()));
    let refusal = world.refused(|change| change.ask_for(&person(9), &world.fjell, &nothing, now()));
    assert_eq!(refusal, Refusal::UnknownParty(person(9)));
    let refusal = world.refused(|change| change.ask_for(&world.ola, &world.ola, &nothing, now()));
    assert!(matches!(refusal, Refusal::ToItself { .. }));
}
