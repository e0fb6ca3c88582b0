//! One workload, decided a fixed number of times in a function of its own, whose instructions
//! `benches/instructions.sh` counts under callgrind.
//!
//! `cargo bench --bench instructions -- W2` decides W2 and prints how many decisions it made.

mod workload;

use std::hint::black_box;

use vedtak::{Context, Store};
use workload::{Ready, is_smoke_test, service};

/// Each request is decided so often where instructions are counted.
const ROUNDS: usize = 4;

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let all = [
        "W1",
        "W2",
        "W3-10",
        "W5",
        "W2-xml",
        "W2-json",
        "store-10",
        "replace-10",
    ]
    .map(String::from);
    let names = match wanted.as_slice() {
        [] if is_smoke_test() => &all[..],
        names => names,
    };
    for name in names {
        println!("{name} decisions {}", run(name));
    }
}

/// Decides the workload of this name. Gives the number of decisions that were counted.
///
/// # Panics
///
/// There is no such workload.
fn run(name: &str) -> usize {
    let (workload, size) = name.split_once('-').unwrap_or((name, ""));
    if let ("store" | "replace", Ok(size)) = (workload, size.parse()) {
        return run_in_store(size, workload == "replace");
    }
    let ready = match (workload, size.parse()) {
        ("W1", _) => workload::w1(),
        ("W2", _) => workload::w2("deny-overrides", false),
        ("W3", Ok(size)) => workload::w3(size),
        ("W4", Ok(size)) => workload::w4(size, "permit-overrides"),
        ("W5", _) => workload::w5(),
        _ => panic!(
            "there is no workload `{name}`: W1, W2, W2-xml, W2-json, W3-N, W4-N, W5, store-N or replace-N"
        ),
    };
    match size {
        "xml" => {
            let texts = ready.texts().xml;
            measured_texts(&texts, |text| ready.pdp.decide_xml(text))
        }
        "json" => {
            let texts = ready.texts().json;
            measured_texts(&texts, |text| ready.pdp.decide_json(text))
        }
        _ => {
            let mut context = Context::new();
            for request in &ready.requests {
                black_box(ready.pdp.decide_with(&mut context, request).decision());
            }
            measured_decisions(&ready, &mut context)
        }
    }
}

/// W3 in a store: decisions, or policies replaced. Gives how many were counted.
fn run_in_store(n: usize, replaces: bool) -> usize {
    let store = workload::many().store().expect("is empty");
    let text = |number| {
        (
            format!("{number}.xml"),
            service::one_of_many(number).xml().into_bytes(),
        )
    };
    let loading = store.load((0..n).map(text), |_| {});
    assert!(loading.refused.is_empty(), "{:?}", loading.refused);
    let some: Vec<_> = (0..64).map(|i| text(i * 7919 % n)).collect();
    if replaces {
        return measured_replacements(&store, &some);
    }
    let pdp = store.pdp();
    measured_decisions(
        &Ready::new(pdp, service::about_many(n)),
        &mut Context::new(),
    )
}

#[inline(never)]
fn measured_replacements(store: &Store, documents: &[(String, Vec<u8>)]) -> usize {
    for (name, text) in documents {
        black_box(store.put(name, text).expect("compiles"));
    }
    documents.len()
}

#[inline(never)]
fn measured_decisions(ready: &Ready, context: &mut Context) -> usize {
    let mut decisions = 0;
    for request in (0..ROUNDS).flat_map(|_| &ready.requests) {
        black_box(ready.pdp.decide_with(context, request).decision());
        decisions += 1;
    }
    decisions
}

#[inline(never)]
fn measured_texts(texts: &[String], decide: impl Fn(&str) -> String) -> usize {
    let mut decisions = 0;
    for text in (0..ROUNDS).flat_map(|_| texts) {
        black_box(decide(text));
        decisions += 1;
    }
    decisions
}
