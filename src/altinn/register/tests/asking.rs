//! Requests for access and their answers.

use super::{World, later, now, person};
use crate::altinn::fact::Window;
use crate::altinn::register::state::RecordId;
use crate::altinn::register::{AccessRequest, Grantable, Refusal, Register, RequestState};
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
fn what_she_has_is_not_asked_for_and_what_was_given_since_is_approved() {
    let world = World::new();
    let some = [
        Grantable::package("jordbruk"),
        Grantable::role("utinn"),
        Grantable::resource(world.form.clone(), ["read"]),
        Grantable::instance(world.form.clone(), InstanceId::new("letter"), ["write"]),
    ];
    for (place, what) in some.iter().enumerate() {
        let request = world.asks(what);
        // Meanwhile she gets it.
        let record = world.must(|change| change.delegate(&world.fjell_to(&world.ola), what));
        let refused =
            world.refused(|change| change.approve(&world.per, request, Window::ALWAYS, now()));
        assert!(matches!(refused, Refusal::NotInvolved { .. }), "{refused}");
        let approved =
            world.must(|change| change.approve(&world.kari, request, Window::ALWAYS, now()));
        assert_eq!(approved, record);
        assert_eq!(world.open(), place);
        let again = world.refused(|change| change.ask_for(&world.ola, &world.fjell, what, now()));
        assert!(
            matches!(again, Refusal::AlreadyDelegated { record: known, .. } if known == record),
            "{again}"
        );
        world.revoke(&world.kari, record);
        // For longer than what ends, or for another party, she may ask.
        let until = world.fjell_to(&world.ola).during(Window::until(later()));
        world.must(|change| change.delegate(&until, what));
        world.asks(what);
    }
    assert_eq!(world.open(), some.len());
}

#[test]
fn requests_are_listed_for_an_asker() {
    let world = World::new();
    let (farming, fishing) = (Grantable::package("jordbruk"), Grantable::package("fiske"));
    let first = world.asks(&farming);
    let second = world.asks(&fishing);
    let other = world.must(|change| change.ask_for(&world.per, &world.fjell, &farming, now()));
    world.must(|change| change.decline(&world.kari, first, now()));
    let saved = world.register.snapshot().to_json();
    let again = Register::from_json("again.json", saved.as_bytes()).expect("is read");
    for register in [&world.register, &again] {
        let snapshot = register.snapshot();
        let ids = |requests: Vec<AccessRequest>| {
            Vec::from_iter(requests.into_iter().map(|request| request.id))
        };
        assert_eq!(ids(snapshot.requests_by(&world.ola)), [first, second]);
        assert_eq!(ids(snapshot.requests_by(&world.per)), [other]);
        assert!(snapshot.requests_by(&world.kari).is_empty());
        let open = snapshot.open_requests_for(&world.kari, &world.fjell, now());
        assert_eq!(ids(open.expect("administers")), [second, other]);
        let open = snapshot.open_requests_for(&world.ola, &world.fjell, now());
        assert!(matches!(open, Err(Refusal::NotAdministrator { .. })));
        for (by, id, may) in [
            (&world.ola, first, true),
            (&world.kari, first, true),
            (&world.per, first, false),
            (&world.ola, other, false),
            (&world.kari, RecordId(77), false),
        ] {
            let found = snapshot.request_for(by, id, now());
            match may {
                true => assert_eq!(found.map(|request| request.id), Ok(id)),
                false => assert!(matches!(found, Err(Refusal::NotInvolved { .. }))),
            }
        }
    }
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
