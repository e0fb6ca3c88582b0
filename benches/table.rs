//! Prints the README's table of what decisions, loading and memory cost.
//!
//! `cargo bench --bench table`, with `VEDTAK_BENCH_N=10,1000,10000,100000` for other sizes of W3
//! and W4. Names after `--` choose lines by their beginning: `cargo bench --bench table -- W2 load`.

mod support;
mod workload;

use std::hint::black_box;
use std::time::{Duration, Instant};

use support::{Cost, bytes_kept, cost, quickest};
use vedtak::{Context, Pdp, PdpBuilder, syntax::Document};
use workload::{Ready, is_smoke_test, many, service, sizes};

fn main() {
    let table = Table::from_arguments();
    println!("| what | median | p99 | allocations |");
    println!("|---|--:|--:|--:|");
    table.decisions("W1", workload::w1);
    table.decisions("W2", || workload::w2("deny-overrides", false));
    table.decisions("W2, permit-overrides", || {
        workload::w2("permit-overrides", false)
    });
    table.decisions("W2, ignoring case", || workload::w2("deny-overrides", true));
    for n in sizes(&[10, 1_000, 10_000]) {
        table.decisions(&format!("W3, {n} policies"), || workload::w3(n));
    }
    for n in sizes(&[10, 1_000, 10_000]) {
        for algorithm in ["permit-overrides", "first-applicable"] {
            let name = format!("W4, {n} rules, {algorithm}");
            table.decisions(&name, || workload::w4(n, algorithm));
        }
    }
    table.decisions("W5", workload::w5);
    for n in sizes(&[10, 1_000]) {
        let name = format!("patterns, {n} rules: one rule");
        table.each_of(&name, n, || workload::patterns(n));
    }
    table.texts("W2", || workload::w2("deny-overrides", false));
    table.threads();
    table.load();
}

struct Table {
    /// What the lines chosen begin with; none chooses all.
    wanted: Vec<String>,
    /// How long a line may take.
    budget: Duration,
}

impl Table {
    fn from_arguments() -> Self {
        let arguments = std::env::args().skip(1);
        Self {
            wanted: arguments.filter(|a| !a.starts_with("--")).collect(),
            budget: match is_smoke_test() {
                true => Duration::from_millis(5),
                false => Duration::from_secs(4),
            },
        }
    }

    fn wants(&self, name: &str) -> bool {
        let mut wanted = self.wanted.iter();
        self.wanted.is_empty() || wanted.any(|start| name.starts_with(start.as_str()))
    }

    fn decisions(&self, name: &str, make: impl FnOnce() -> Ready) {
        self.each_of(name, 1, make);
    }

    /// One of `parts` equal parts of a decision.
    fn each_of(&self, name: &str, parts: usize, make: impl FnOnce() -> Ready) {
        if !self.wants(name) {
            return;
        }
        let Ready { pdp, requests, .. } = make();
        let mut context = Context::new();
        let cost = cost(requests.len(), self.budget, |i| {
            black_box(pdp.decide_with(&mut context, &requests[i]).decision());
        });
        line(name, cost, parts);
    }

    fn texts(&self, name: &str, make: impl FnOnce() -> Ready) {
        let names = [
            format!("{name}, XML to XML"),
            format!("{name}, JSON to JSON"),
        ];
        if !names.iter().any(|name| self.wants(name)) {
            return;
        }
        let ready = make();
        let texts = ready.texts();
        let count = ready.requests.len();
        let xml = cost(count, self.budget, |i| {
            black_box(ready.pdp.decide_xml(&texts.xml[i]));
        });
        line(&names[0], xml, 1);
        let json = cost(count, self.budget, |i| {
            black_box(ready.pdp.decide_json(&texts.json[i]));
        });
        line(&names[1], json, 1);
    }

    /// How many times what one thread decides do two threads decide that share one PDP.
    fn threads(&self) {
        const NAME: &str = "W2, two threads";
        if !self.wants(NAME) {
            return;
        }
        let ready = workload::w2("deny-overrides", false);
        let rate = |threads: usize| {
            let count = || decisions_within(&ready, self.budget / 20);
            std::thread::scope(|scope| {
                let all: Vec<_> = (0..threads).map(|_| scope.spawn(count)).collect();
                let counts = all.into_iter().map(|one| one.join().expect("no panic"));
                counts.sum::<f64>()
            })
        };
        // The best of ten turns each: other users of the machine only ever slow them down.
        let best = |threads| (0..10).map(|_| rate(threads)).fold(0.0, f64::max);
        println!("| {NAME} | {:.2} × one | | |", best(2) / best(1));
    }

    fn load(&self) {
        if !self.wants("load") {
            return;
        }
        let n = if is_smoke_test() { 10 } else { 1_000 };
        let policies: Vec<String> = (0..n).map(|i| service::one_of_many(i).xml()).collect();
        let bytes: usize = policies.iter().map(String::len).sum();
        let build = || -> Pdp {
            let policies = policies.iter();
            let builder: PdpBuilder = policies.fold(many(), |b, text| b.policy("w3", text));
            builder.build().expect("compiles")
        };
        let (kept, pdp) = bytes_kept(build);
        drop(pdp);
        let read = || {
            for text in &policies {
                black_box(Document::read("w3", text).expect("reads"));
            }
        };
        let speed = |time: Duration| bytes as f64 / 1e6 / time.as_secs_f64();
        let goes = if is_smoke_test() { 1 } else { 10 };
        println!(
            "| load, XML to program | {:.0} MB/s | | |",
            speed(quickest(goes, build))
        );
        println!(
            "| load, XML to syntax | {:.0} MB/s | | |",
            speed(quickest(goes, read))
        );
        println!(
            "| memory of a W3 policy ({:.1} KB of XML) | {:.2} KB | | |",
            bytes as f64 / n as f64 / 1e3,
            kept as f64 / n as f64 / 1e3
        );
    }
}

/// Decisions a second on this thread.
fn decisions_within(ready: &Ready, time: Duration) -> f64 {
    let mut context = Context::new();
    let mut decided = 0;
    let started = Instant::now();
    while started.elapsed() < time {
        for request in &ready.requests {
            black_box(ready.pdp.decide_with(&mut context, request).decision());
        }
        decided += ready.requests.len();
    }
    decided as f64 / started.elapsed().as_secs_f64()
}

fn line(name: &str, cost: Cost, parts: usize) {
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / parts as f64;
    println!(
        "| {name} | {:.3} µs | {:.3} µs | {} |",
        micros(cost.median),
        micros(cost.p99),
        (cost.allocations * 10.0).round() / 10.0
    );
}
