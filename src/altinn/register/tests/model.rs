//! Tests that a naive model and the register give the same answers after the same random changes,
//! by every public query.
//!
//! `VEDTAK_REGISTER_CHANGES` is the number of changes, `VEDTAK_REGISTER_SEED` the seed of the
//! random numbers. A disagreement prints the changes before it.

mod changes;
mod naive;
mod parties;
mod questions;
pub(super) mod random;

use changes::ModelWorld;
use random::Random;

/// Changes between two fresh starts.
const IN_A_WORLD: u64 = 320;
/// Changes in one transaction.
const AT_ONCE: u64 = 8;

#[test]
fn a_naive_model_gives_the_same_answers() {
    let number = |name: &str, default: u64| {
        let given = std::env::var(name).ok();
        given.map_or(default, |text| text.parse().expect("is a number"))
    };
    let changes = number("VEDTAK_REGISTER_CHANGES", 100_000);
    let mut random = Random(number("VEDTAK_REGISTER_SEED", 1));
    let mut world = ModelWorld::new();
    let (mut made, mut counts) = (0, changes::ChangeCounts::default());
    while made < changes {
        world.start_again();
        for _ in 0..IN_A_WORLD / AT_ONCE {
            world.change(&mut random, AT_ONCE, &mut counts);
            world.ask(&mut random);
            made += AT_ONCE;
        }
        world.ask_in_every_way(&mut random);
        world.list_parties(&mut random);
        world.list_holders(&mut random);
        world.save_and_load(&mut random);
    }
    // If all changes were refused, the test would show nothing.
    counts.check();
}
