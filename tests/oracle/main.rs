//! Random policies and requests through the engine and through a second evaluator, written from
//! the standard's text alone: both must agree in decision, status code, obligations and advice.
//! Requests in XML and in JSON get the same answer, and so do several decisions asked for at once.
//!
//! The run is the same every time. `VEDTAK_ORACLE_SEED` makes it another one, and
//! `VEDTAK_ORACLE_CASES` a longer one:
//!
//! ```text
//! VEDTAK_ORACLE_CASES=10000000 VEDTAK_ORACLE_SEED=7 cargo test --release --test oracle -- --nocapture
//! ```
//!
//! What fails is made small first, and then shown as XML with both answers.

mod analysis;
mod choices;
mod compare;
mod evaluate;
#[path = "../support/explained.rs"]
mod explained;
mod generate;
mod multiple;
#[cfg(feature = "alfa")]
#[path = "../support/normal.rs"]
mod normal;
mod printed;
mod searched;
mod shrink;
mod small;
mod sql;
mod statistics;

use choices::Noise;
use compare::{Case, Workbench};
use statistics::Statistics;

const CASES: u64 = 100_000;
const CASES_OF_2: u64 = 50_000;
const SEED: u64 = 1;

/// Policies are dear and requests cheap: each policy is asked this many.
const REQUESTS: usize = 16;
/// More than most policies need; the rest is the simplest choices.
const POLICY_BYTES: usize = 3_072;
const REQUEST_BYTES: usize = 448;

#[test]
fn engine_and_oracle_agree() {
    agree(false, CASES);
}

/// Most policies are documents of XACML 2.0, written and read as such; they and those of 3.0 refer to
/// one another.
#[test]
fn engine_and_oracle_agree_about_xacml_2() {
    agree(true, CASES_OF_2);
}

fn agree(of_2: bool, cases: u64) {
    let cases = setting("VEDTAK_ORACLE_CASES").unwrap_or(cases);
    let seed = setting("VEDTAK_ORACLE_SEED").unwrap_or(SEED);
    let policies = cases.div_ceil(REQUESTS as u64);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let statistics = std::thread::scope(|scope| {
        let start = |first| {
            scope.spawn(move || run(seed, of_2, (first..policies).step_by(threads as usize)))
        };
        let running: Vec<_> = (0..threads).map(start).collect();
        let mut all = Statistics::default();
        for thread in running {
            match thread.join() {
                Ok(statistics) => all.add(&statistics),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    println!("seed {seed}\n{statistics}");
    if cases >= 10_000 {
        statistics.assert_all_was_seen(of_2);
    }
}

/// The cases with these numbers; each depends on the seed and its number only.
fn run(seed: u64, of_2: bool, numbers: impl Iterator<Item = u64>) -> Statistics {
    let mut statistics = Statistics::default();
    let mut workbench = Workbench::new();
    let mut policy = vec![0; POLICY_BYTES];
    let mut requests = vec![vec![0; REQUEST_BYTES]; REQUESTS];
    for number in numbers {
        let mut noise = Noise(seed.wrapping_mul(0x1_0000_0001).wrapping_add(number << 20));
        noise.fill(&mut policy);
        for request in &mut requests {
            noise.fill(request);
        }
        let case = Case {
            of_2,
            policy: &policy,
            requests: &requests,
        };
        if let Err(trouble) = workbench.try_case(&case, &mut statistics) {
            let (policy, requests) = shrink::shrink(&case, &trouble);
            let smallest = Case {
                of_2,
                policy: &policy,
                requests: &requests,
            };
            panic!(
                "policy {number} of seed {seed}: {trouble}\n\nmade smaller:\n\n{}",
                compare::show(&smallest)
            );
        }
    }
    statistics
}

fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.replace('_', "")
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number")),
    )
}
