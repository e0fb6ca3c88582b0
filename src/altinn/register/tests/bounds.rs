//! Tests that count the cost of chains of delegations.

use super::{World, now};
use crate::altinn::register::in_force::InForce;
use crate::altinn::register::state::RegisterState;
use crate::altinn::register::{DelegationOrder, RecordId, Register};

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

#[test]
fn to_and_fro_ends_with_what_was_given() {
    let world = World::new();
    let first = world.to_and_fro(50);
    assert!(world.has_package(&world.bjerk, &world.fjell, "jordbruk", now()));
    world.revoke(&world.kari, first);
    assert!(!world.has_package(&world.bjerk, &world.fjell, "jordbruk", now()));
    assert_eq!(world.register.snapshot().0.places.len(), 0);
}
