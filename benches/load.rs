//! What loading costs: from policy XML to a program, and the memory it keeps.

mod workload;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vedtak::{Pdp, syntax::Document};
use workload::memory::{Counting, in_use};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const EQUAL: &str = "urn:oasis:names:tc:xacml:1.0:function:string-equal";

fn load(criterion: &mut Criterion) {
    let policies: Vec<String> = (0..200)
        .map(|i| workload::altinn_policy(&format!("bench-{i}"), 5, EQUAL))
        .collect();
    let bytes: usize = policies.iter().map(String::len).sum();
    let build = || {
        let builder = Pdp::builder().root_combining(
            "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides",
        );
        policies
            .iter()
            .fold(builder, |builder, policy| builder.policy("bench", policy))
            .build()
            .expect("compiles")
    };
    let before = in_use();
    let pdp = build();
    let kept = in_use() - before;
    println!(
        "memory: {} bytes a policy of 5 rules and {} bytes of XML",
        kept / policies.len(),
        bytes / policies.len()
    );
    drop(pdp);

    let mut group = criterion.benchmark_group("load");
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("200 policies of 5 rules, XML to program", |bencher| {
        bencher.iter(|| black_box(build()));
    });
    group.bench_function("200 policies of 5 rules, XML to syntax", |bencher| {
        bencher.iter(|| {
            for policy in &policies {
                black_box(Document::read("bench", policy).expect("reads"));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, load);
criterion_main!(benches);
