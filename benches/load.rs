//! What loading costs, on one thread: from the XML of W3's policies to a program.

mod support;
mod workload;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vedtak::{Pdp, PdpBuilder, syntax::Document};
use workload::{many, service, sizes};

fn load(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    for n in sizes(&[10, 1_000]) {
        let policies: Vec<String> = (0..n).map(|i| service::one_of_many(i).xml()).collect();
        let bytes: usize = policies.iter().map(String::len).sum();
        let (kept, pdp) = support::bytes_kept(|| build(&policies));
        println!(
            "W3-{n}: {} bytes kept of a policy of {} bytes",
            kept / n,
            bytes / n
        );
        drop(pdp);
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(format!("W3-{n}, XML to program"), |bencher| {
            bencher.iter(|| black_box(build(&policies)));
        });
        group.bench_function(format!("W3-{n}, XML to syntax"), |bencher| {
            bencher.iter(|| {
                for policy in &policies {
                    black_box(Document::from_xml(policy).expect("reads"));
                }
            });
        });
    }
    group.finish();
}

fn build(policies: &[String]) -> Pdp {
    let policies = policies.iter();
    let builder: PdpBuilder = policies.fold(many(), |builder, text| builder.policy("w3", text));
    builder.build().expect("compiles")
}

fn settings() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5))
}

criterion_group! {
    name = benches;
    config = settings();
    targets = load
}
criterion_main!(benches);
