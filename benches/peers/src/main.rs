//! Asks vedtak and other engines in Rust the same questions in one run, and prints what it costs.
//!
//! `cargo run --release`, with `VEDTAK_BENCH_N=10,1000` for other sizes. Names after `--` choose
//! engines or workloads by their beginning: `cargo run --release -- W2 vedtak regorus`. Every
//! answer is checked before it is timed.

mod casbin;
mod cedar;
mod equivalent;
mod rego;
#[path = "../../support/mod.rs"]
mod support;
mod vedtak;
#[path = "../../workload/mod.rs"]
mod workload;

use std::hint::black_box;
use std::time::{Duration, Instant};

use ::vedtak::Decision;
use support::{bytes_kept, cost};
use workload::policy::Policy;
use workload::question::Question;
use workload::{condition, matrix, service, sizes};

/// What each engine is asked about.
struct Workload {
    name: String,
    policies: Policies,
    questions: Vec<Question>,
}

enum Policies {
    /// Rules of subjects, resource and actions.
    Rules(Vec<Policy>),
    /// The conditions of W5.
    Conditions(String),
}

/// An engine with policies loaded.
trait Engine: Sized {
    const NAME: &str;
    /// The policies in the engine's language.
    type Source;
    /// A request as the engine takes it.
    type Request;

    /// None: the policies are not written in the engine's language.
    fn source(policies: &Policies) -> Option<Self::Source>;
    fn load(source: &Self::Source) -> Self;
    fn request(question: &Question) -> Self::Request;
    fn decide(&mut self, request: &Self::Request) -> Answer;
}

/// What an engine makes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Decision(Decision),
    /// Deny or NotApplicable: the engine does not tell them apart.
    NotPermit,
}

impl Answer {
    fn is(self, expected: Decision) -> bool {
        match self {
            Self::Decision(decision) => decision == expected,
            Self::NotPermit => matches!(expected, Decision::Deny | Decision::NotApplicable),
        }
    }
}

fn main() {
    println!("| workload | engine | median | p99 | allocations | load | memory | × vedtak |");
    println!("|---|---|--:|--:|--:|--:|--:|--:|");
    run("W1", || {
        let (policy, questions) = service::single();
        (Policies::Rules(vec![policy]), questions)
    });
    run("W2", || {
        let (policy, questions) = service::alone();
        (Policies::Rules(vec![policy]), questions)
    });
    for n in sizes(&[10, 1_000, 10_000]) {
        run(&format!("W3, {n} policies"), || {
            let policies = (0..n).map(service::one_of_many).collect();
            (Policies::Rules(policies), service::about_many(n))
        });
    }
    for n in sizes(&[10, 1_000, 10_000]) {
        run(&format!("W4, {n} rules"), || {
            let (policy, questions) = matrix::matrix(n, "permit-overrides");
            (Policies::Rules(vec![policy]), questions)
        });
    }
    run("W5", || {
        let (policy, questions) = condition::conditions();
        (Policies::Conditions(policy), questions)
    });
}

fn run(name: &str, make: impl FnOnce() -> (Policies, Vec<Question>)) {
    if !chosen(name, &["W1", "W2", "W3", "W4", "W5"]) {
        return;
    }
    let (policies, questions) = make();
    let workload = Workload {
        name: name.to_owned(),
        policies,
        questions,
    };
    let own = measure::<vedtak::Vedtak>(&workload, None);
    measure::<rego::Rego>(&workload, own);
    measure::<cedar::Cedar>(&workload, own);
    measure::<casbin::Casbin>(&workload, own);
}

/// Whether the command line says nothing about names of this kind, or chooses this one.
fn chosen(name: &str, kind: &[&str]) -> bool {
    let of_kind = |word: &String| kind.iter().any(|known| word.starts_with(known));
    let mut words = std::env::args().skip(1).filter(of_kind).peekable();
    words.peek().is_none() || words.any(|word| name.starts_with(&word))
}

/// Prints the engine's line; gives the median.
fn measure<E: Engine>(workload: &Workload, own: Option<Duration>) -> Option<Duration> {
    let engines = [
        vedtak::Vedtak::NAME,
        rego::Rego::NAME,
        cedar::Cedar::NAME,
        casbin::Casbin::NAME,
    ];
    if !chosen(E::NAME, &engines) {
        return None;
    }
    let Workload {
        name,
        policies,
        questions,
    } = workload;
    let Some(source) = E::source(policies) else {
        println!("| {name} | {} | not asked | | | | | |", E::NAME);
        return None;
    };
    let started = Instant::now();
    let (kept, mut engine) = bytes_kept(|| E::load(&source));
    let loaded = started.elapsed();
    drop(source);
    let mut requests: Vec<E::Request> = questions.iter().map(E::request).collect();
    // Whoever takes long is asked fewer questions.
    let started = Instant::now();
    engine.decide(&requests[0]);
    if started.elapsed() > Duration::from_millis(20) {
        requests.truncate(16);
    }
    for (request, question) in requests.iter().zip(questions) {
        let answer = engine.decide(request);
        let expected = question.expected;
        assert!(
            answer.is(expected),
            "{}: {answer:?}, not {expected:?}",
            E::NAME
        );
    }
    let cost = cost(requests.len(), Duration::from_secs(4), |i| {
        black_box(engine.decide(&requests[i]));
    });
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let times = own.map_or(String::new(), |own| {
        let times = micros(cost.median) / micros(own);
        match times {
            ..0.1 => format!("{times:.3}"),
            ..10.0 => format!("{times:.2}"),
            _ => format!("{times:.0}"),
        }
    });
    println!(
        "| {name} | {} | {:.3} µs | {:.3} µs | {:.1} | {:.1} ms | {:.0} KB | {times} |",
        E::NAME,
        micros(cost.median),
        micros(cost.p99),
        cost.allocations,
        micros(loaded) / 1e3,
        kept as f64 / 1e3,
    );
    Some(cost.median)
}
