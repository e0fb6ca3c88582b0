//! Tests that count the cost of chains of delegations, and of changes of long lists.

use super::{World, now};
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::facts::{Parties, ResourceRight};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::in_force::InForce;
use crate::altinn::register::state::RegisterState;
use crate::altinn::register::table::COUNTED;
use crate::altinn::register::{
    Change, ClientDelegationOrder, DelegationOrder, Grantable, RecordId, Refusal, Register,
};
use crate::altinn::resource::{Resource, ResourceId};

impl World {
    /// Delegates a package from fjell to dal and on, alternately to bjerk and dal: `n` records.
    fn to_and_fro(&self, n: usize) -> RecordId {
        let first = self.package(&self.fjell_to(&self.dal), "jordbruk");
        self.must(|change| {
            let mut root = first;
            for i in 1..n {
                let (by, to) = match i % 2 {
                    1 => (&self.dina, &self.bjerk),
                    _ => (&self.berit, &self.dal),
                };
                let on = DelegationOrder::new(by, &self.fjell, to, now()).on_from(root);
                root = change.delegate_package(&on, "jordbruk")?;
            }
            Ok(())
        });
        first
    }
}

/// Returns the number of links visited for the packages that dal has for fjell.
fn looked_at(world: &World, state: &RegisterState) -> usize {
    let numbers = [&world.dal, &world.fjell].map(|key| state.number(key).expect("is known"));
    let in_force = InForce::of(state);
    let packages = in_force.packages(numbers[0], numbers[1]);
    assert!(packages.count() > 0);
    in_force.looked_at.get()
}

#[test]
fn each_link_of_a_chain_is_looked_at_a_few_times_for_all_that_rest_on_it() {
    let counted = [100, 200, 400].map(|n| {
        let world = World::new();
        world.to_and_fro(n);
        let state = world.register.snapshot().0;
        let again =
            Register::from_json("again.json", world.register.snapshot().to_json().as_bytes());
        let again = again.expect("is read").snapshot().0;
        (looked_at(&world, &state), looked_at(&world, &again))
    });
    for (n, (looked_at, again)) in [100, 200, 400].into_iter().zip(counted) {
        assert!(looked_at <= 4 * n && again <= 4 * n, "{counted:?}");
    }
}

/// Each question to one state begins anew, and finds what those before it have found.
#[test]
fn a_chain_is_followed_once_for_all_questions() {
    let counted = [100, 200, 400].map(|n| {
        let world = World::new();
        let first = world.to_and_fro(n);
        let state = world.register.snapshot().0;
        let looked_at = (first.0..first.0 + n as u64).rev().map(|id| {
            let record = state.record(RecordId(id)).expect("is there");
            let in_force = InForce::of(&state);
            assert!(in_force.record(&record).contains(now()));
            in_force.looked_at.get()
        });
        (n, looked_at.sum::<usize>())
    });
    for (n, looked_at) in counted {
        assert!(looked_at <= 12 * n, "{counted:?}");
    }
    // What a change ends is found ended.
    let world = World::new();
    world.to_and_fro(40);
    let has = || world.has_package(&world.bjerk, &world.fjell, "jordbruk", now());
    assert!(has());
    let dal = world.register.snapshot().party(&world.dal);
    let dal = dal.expect("answers").expect("is known");
    world.must(|change| change.party(Party::clone(&dal).deleted()));
    assert!(!has());
}

/// Leaders of one organisation have nothing to do with the affairs of one another.
#[test]
fn leaders_are_not_asked_about_for_one_another() {
    let world = with_people(20);
    world.must(|change| {
        (0..20).try_for_each(|i| {
            change.register_role(&world.fjell, &user(i), "styreleder", Window::ALWAYS)
        })
    });
    let snapshot = world.register.snapshot();
    let asked = snapshot.acting_for(&user(3), &world.form, now());
    assert_eq!(asked.len(), 1, "{asked:?}");
}

/// Of all that somebody runs, what concerns a party is looked for from the party.
#[test]
fn who_runs_many_is_asked_about_each_in_proportion_to_their_number() {
    in_proportion(|n| {
        let world = World::new();
        let firm = |i: u32| PartyKey::organisation(format!("{}", 810_000_000 + i));
        world.must(|change| {
            (0..n).try_for_each(|i| {
                change.party(Party::new(firm(i), format!("AS {i}")).legal_form("AS"))?;
                change.register_role(&firm(i), &world.per, "dagl", Window::ALWAYS)?;
                // Each has something for the next.
                let order = DelegationOrder::new(&world.per, &firm(i), &firm(i.max(1) - 1), now());
                match i {
                    0 => Ok(()),
                    _ => change.delegate_package(&order, "jordbruk").map(drop),
                }
            })
        });
        let state = world.register.snapshot().0;
        let per = state.number(&world.per).and_then(|per| state.party(per));
        let per = per.expect("is known");
        let before = COUNTED.get();
        for i in 0..n {
            let of = state.number(&firm(i)).and_then(|of| state.party(of));
            let held = state.held(per, of.expect("is known"), Moment::of(&now()));
            assert!(!held.roles.is_empty());
            assert_eq!(held.packages.len(), usize::from(i > 0));
        }
        COUNTED.get() - before
    });
}

#[test]
fn to_and_fro_ends_with_what_was_given() {
    let world = World::new();
    let first = world.to_and_fro(50);
    assert!(world.has_package(&world.bjerk, &world.fjell, "jordbruk", now()));
    world.revoke(&world.kari, first);
    assert!(!world.has_package(&world.bjerk, &world.fjell, "jordbruk", now()));
    assert_eq!(world.register.snapshot().0.places.len(), 0);
}

/// Returns the number of elements of lists that a change visits.
fn counted<T>(
    world: &World,
    change: impl FnOnce(&mut Change<'_, '_>) -> Result<T, Refusal>,
) -> usize {
    let before = COUNTED.get();
    world.must(change);
    COUNTED.get() - before
}

/// Checks that a cost grows no faster than the number of elements.
fn in_proportion(cost: impl Fn(u32) -> usize) {
    let counted = [50, 100, 200].map(|n| (n, cost(n)));
    for (n, cost) in counted {
        assert!(cost <= 8 * n as usize + 64, "{counted:?}");
    }
}

fn user(number: u32) -> PartyKey {
    PartyKey::User(number + 1)
}

/// A world with more people.
fn with_people(n: u32) -> World {
    let world = World::new();
    world.must(|change| {
        (0..n).try_for_each(|i| change.party(Party::new(user(i), format!("NR. {i}"))))
    });
    world
}

#[test]
fn a_root_goes_in_proportion_to_its_branches() {
    // To many people, of a package; and to one, of many resources out of the package.
    in_proportion(|n| {
        let world = with_people(n);
        let root = world.package(&world.fjell_to(&world.dal), "jordbruk");
        world.must(|change| {
            (0..n).try_for_each(|i| {
                let on = DelegationOrder::new(&world.dina, &world.fjell, &user(i), now());
                change
                    .delegate_package(&on.on_from(root), "jordbruk")
                    .map(drop)
            })
        });
        counted(&world, |change| change.revoke(&world.kari, root, now()))
    });
    in_proportion(|n| {
        let world = with_people(n);
        let farming = world.package(&world.fjell_to(&world.dal), "jordbruk");
        // Without a check of the tables: the records do not know what they were given on from.
        let given = world.register.update(|change| {
            let root = change
                .state
                .record(farming)
                .expect("is there")
                .grant
                .clone();
            (0..n).try_for_each(|i| {
                let form = ResourceId::new(format!("skjema-{i}"));
                change.resource(Resource::new(form.clone(), "ttd"))?;
                let order = world.fjell_to(&world.ola);
                let id = change.delegate_resource(&order, &form, None, &["read".into()])?;
                // As if given on, which takes policies.
                change.state.put_on_from(id, Some(root.id));
                Ok(())
            })
        });
        given.expect("is allowed");
        let before = COUNTED.get();
        let revoked = world
            .register
            .update(|change| change.revoke(&world.kari, farming, now()));
        revoked.expect("is allowed");
        assert_eq!(world.register.snapshot().0.places.len(), 0);
        COUNTED.get() - before
    });
}

#[test]
fn client_delegations_go_in_proportion_to_their_number() {
    in_proportion(|n| {
        let world = with_people(n);
        world.must(|change| {
            (0..n).try_for_each(|i| {
                change.import_role(&world.bjerk, &user(i), "agent", Window::ALWAYS)?;
                let (provider, client) = (&world.bjerk, &world.fjell);
                let serving =
                    ClientDelegationOrder::new(&world.berit, provider, client, &user(i), now());
                change
                    .delegate_client(&serving.package("regnskapsforer-lonn"))
                    .map(drop)
            })
        });
        counted(&world, |change| {
            change.end_register_role(&world.fjell, &world.bjerk, "regn")
        })
    });
}

#[test]
fn members_of_lists_and_groups_are_added_in_proportion_to_their_number() {
    in_proportion(|n| {
        let world = with_people(n);
        counted(&world, |change| {
            change.access_list("ttd:l")?;
            for _ in 0..2 {
                for i in 0..n {
                    change.access_list_member("ttd:l", &user(i), Window::ALWAYS)?;
                    change.access_group(&world.fjell, "g", Some(&user(i)), Window::ALWAYS)?;
                }
            }
            for i in 0..n {
                change.remove_access_list_member("ttd:l", &user(i))?;
                change.leave_access_group(&world.fjell, "g", Some(&user(i)))?;
            }
            Ok(())
        })
    });
}

#[test]
fn nobody_is_asked_about_for_what_she_has_elsewhere() {
    let counted = [50, 100, 200].map(|n| {
        let world = with_people(n);
        world.must(|change| {
            let right = |of: &PartyKey| {
                ResourceRight::new(
                    world.form.clone(),
                    of.clone(),
                    "urn:resourceright:action",
                    "read",
                )
            };
            (0..n).try_for_each(|i| {
                // The accountant of fjell has many people, and they have others in turn.
                let order = DelegationOrder::new(&world.berit, &world.bjerk, &user(i), now());
                change.delegate_package(&order, "jordbruk")?;
                change.import_role(&world.bjerk, &user(i), "agent", Window::ALWAYS)?;
                change.add_resource_right("ttd", right(&user(i))).map(drop)
            })
        });
        let snapshot = world.register.snapshot();
        let asked = snapshot.acting_for(&world.fjell, &world.form, now());
        let has_berit = asked.iter().any(|who| who.has_key(&world.berit));
        assert!(has_berit, "runs the accountant");
        asked.len()
    });
    assert_eq!(counted, [counted[0]; 3]);
}

#[test]
fn rightholders_cost_what_was_given_of_the_party() {
    let cost = |world: &World, of: &PartyKey| {
        let snapshot = world.register.snapshot();
        let before = COUNTED.get();
        let holders = snapshot.rightholders(of, now());
        assert!(holders.iter().any(|who| who.has_key(&world.berit)));
        COUNTED.get() - before
    };
    // What the accountant has besides does not count.
    let counted = [10, 20, 40].map(|n| {
        let world = with_people(n);
        world.must(|change| {
            (0..n).try_for_each(|i| {
                let order = DelegationOrder::new(&world.berit, &world.bjerk, &user(i), now());
                change.delegate_package(&order, "jordbruk").map(drop)?;
                change.import_role(&world.bjerk, &user(i), "agent", Window::ALWAYS)
            })
        });
        cost(&world, &world.unit)
    });
    assert_eq!(counted, [counted[0]; 3]);
    in_proportion(|n| {
        let world = with_people(n);
        world.must(|change| {
            (0..n).try_for_each(|i| {
                let order = world.fjell_to(&user(i));
                let read = ["read".into()];
                change.delegate_package(&order, "jordbruk")?;
                change.delegate_resource(&order, &world.form, None, &read)?;
                let agent = user(i);
                change.import_role(&world.bjerk, &agent, "agent", Window::ALWAYS)?;
                let serving = ClientDelegationOrder::new(
                    &world.berit,
                    &world.bjerk,
                    &world.fjell,
                    &agent,
                    now(),
                );
                change
                    .delegate_client(&serving.package("regnskapsforer-lonn"))
                    .map(drop)
            })
        });
        cost(&world, &world.unit)
    });
}

#[test]
fn a_person_has_a_bounded_number_of_open_requests() {
    let world = World::new();
    let form = |i: usize| {
        let right = Right::from("read").on("urn:altinn:task", format!("T{i}"));
        Grantable::resource(world.form.clone(), [right])
    };
    let ask = |i| {
        let (ola, fjell) = (&world.ola, &world.fjell);
        world
            .register
            .update(|change| change.ask_for(ola, fjell, &form(i), now()))
    };
    let asked = Vec::from_iter((0..101).map(ask));
    assert!(asked[..100].iter().all(Result::is_ok));
    assert!(matches!(
        asked[100],
        Err(Refusal::TooManyRequests { of: 100, .. })
    ));
    // Others may ask, and so may she once one is answered.
    let per = Grantable::package("jordbruk");
    world.must(|change| change.ask_for(&world.per, &world.fjell, &per, now()));
    let first = *asked[0].as_ref().expect("was made");
    world.must(|change| change.decline(&world.kari, first, now()));
    assert!(ask(100).is_ok());
    // One request of each of many is looked up alone.
    in_proportion(|n| {
        let world = with_people(n);
        counted(&world, |change| {
            (0..n).try_for_each(|i| {
                let farming = Grantable::package("jordbruk");
                change
                    .ask_for(&user(i), &world.fjell, &farming, now())
                    .map(drop)
            })
        })
    });
}

#[test]
fn a_request_without_an_instant_is_seen() {
    let text = r#"{"format": "vedtak-register", "version": 1,
        "parties": [{"kind": "person", "name": "A", "id": 1}, {"kind": "person", "name": "B", "id": 2}],
        "access_requests": [{"id": 1, "person": "A", "party": "B", "package": "innbygger-samliv"},
            {"id": 2, "person": "A", "party": "B", "package": "innbygger-samliv", "answer": "withdrawn"}]}"#;
    let register = Register::from_json("r", text.as_bytes()).expect("reads");
    let snapshot = register.snapshot();
    let open = snapshot.open_requests(&PartyKey::Id(2));
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].asked_at, None);
    assert!(snapshot.request(RecordId(2)).is_some());
}
