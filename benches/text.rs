//! What a decision costs from the text of the request to the text of the response.

mod workload;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use workload::Ready;

fn text(criterion: &mut Criterion) {
    for (name, ready) in [
        ("W1", workload::w1()),
        ("W2", workload::w2("deny-overrides", false)),
        ("W5", workload::w5()),
    ] {
        bench(criterion, name, &ready);
    }
}

fn bench(criterion: &mut Criterion, name: &str, ready: &Ready) {
    let texts = ready.texts();
    let mut group = criterion.benchmark_group("text");
    let mean = |texts: &[String]| {
        let bytes: usize = texts.iter().map(String::len).sum();
        Throughput::Bytes((bytes / texts.len()) as u64)
    };
    group.throughput(mean(&texts.xml));
    let mut next = texts.xml.iter().cycle();
    group.bench_function(format!("{name}, XML to XML"), |bencher| {
        bencher.iter(|| black_box(ready.pdp.decide_xml(next.next().expect("never ends"))));
    });
    group.throughput(mean(&texts.json));
    let mut next = texts.json.iter().cycle();
    group.bench_function(format!("{name}, JSON to JSON"), |bencher| {
        bencher.iter(|| black_box(ready.pdp.decide_json(next.next().expect("never ends"))));
    });
    group.finish();
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
    targets = text
}
criterion_main!(benches);
