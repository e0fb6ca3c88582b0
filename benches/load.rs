//! What loading costs: from policy XML to a program, and the memory it keeps.

mod workload;

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vedtak::{Pdp, syntax::Document};

/// Counts the bytes in use.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: defers to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

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
    let before = IN_USE.load(Ordering::Relaxed);
    let pdp = build();
    let kept = IN_USE.load(Ordering::Relaxed) - before;
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
