//! What a decision costs, from a parsed request, in warm scratch memory; and on two threads.

mod workload;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use vedtak::Context;
use workload::urls::Form;
use workload::{Ready, sizes};

fn small(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    let mut bench = |name: &str, ready: &Ready| {
        let mut context = Context::new();
        let mut requests = ready.requests.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let request = requests.next().expect("never ends");
                black_box(ready.pdp.decide_with(&mut context, request).decision())
            });
        });
    };
    bench("W1", &workload::w1());
    bench("W2", &workload::w2("deny-overrides", false));
    bench(
        "W2, permit-overrides",
        &workload::w2("permit-overrides", false),
    );
    bench("W2, ignoring case", &workload::w2("deny-overrides", true));
    bench("W5", &workload::w5());
    for n in sizes(&[10, 1_000, 10_000]) {
        bench(&format!("W3-{n}"), &workload::w3(n));
    }
    for n in sizes(&[10, 1_000, 10_000]) {
        for algorithm in ["permit-overrides", "first-applicable"] {
            bench(&format!("W4-{n}, {algorithm}"), &workload::w4(n, algorithm));
        }
    }
    for n in sizes(&[10, 1_000]) {
        bench(&format!("patterns-{n}"), &workload::patterns(n));
    }
    for form in Form::ALL {
        for n in sizes(&[10, 1_000]) {
            bench(&format!("URLs-{n}, {form:?}"), &workload::urls(n, form));
        }
    }
    group.finish();
}

/// W2 on two threads that share one PDP: the time of a decision on one of them. Nothing is shared
/// well if it is longer than that of W2 alone.
fn shared(criterion: &mut Criterion) {
    let ready = workload::w2("deny-overrides", false);
    let decide = |times: u64| {
        let mut context = Context::new();
        let started = Instant::now();
        let mut requests = ready.requests.iter().cycle();
        for _ in 0..times {
            let request = requests.next().expect("never ends");
            black_box(ready.pdp.decide_with(&mut context, request).decision());
        }
        started.elapsed()
    };
    criterion.bench_function("decide/W2, each of two threads", |bencher| {
        bencher.iter_custom(|times| {
            std::thread::scope(|scope| {
                let other = scope.spawn(|| decide(times));
                let own = decide(times);
                own.max(other.join().expect("does not panic"))
            })
        });
    });
}

fn settings() -> Criterion {
    Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
}

criterion_group! {
    name = benches;
    config = settings();
    targets = small, shared
}
criterion_main!(benches);
