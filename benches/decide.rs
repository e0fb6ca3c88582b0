//! What a decision costs: parsed request, warm context; and from text to text, in XML and in
//! JSON.

mod workload;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use vedtak::{Context, Decision, Pdp};

const RULES: usize = 10;

fn decide(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    for (name, equal) in [
        (
            "altinn, 10 rules",
            "urn:oasis:names:tc:xacml:1.0:function:string-equal",
        ),
        ("altinn, 10 rules, ignoring case", workload::IGNORE_CASE),
    ] {
        let pdp =
            Pdp::from_xml(workload::altinn_policy("bench-brev", RULES, equal)).expect("compiles");
        let requests = workload::altinn_requests(&pdp, "bench-brev", RULES);
        let mut context = Context::new();
        let mut next = requests.iter().cycle();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let request = next.next().expect("never ends");
                black_box(pdp.decide_with(&mut context, request).decision())
            });
        });
        let texts: Vec<String> = requests.iter().map(|request| request.to_xml()).collect();
        let mut next = texts.iter().cycle();
        group.bench_function(format!("{name}, XML to XML"), |bencher| {
            bencher.iter(|| black_box(pdp.decide_xml(next.next().expect("never ends"))));
        });
        let texts: Vec<String> = requests.iter().map(|request| request.to_json()).collect();
        let mut next = texts.iter().cycle();
        group.bench_function(format!("{name}, JSON to JSON"), |bencher| {
            bencher.iter(|| black_box(pdp.decide_json(next.next().expect("never ends"))));
        });
    }
    let pdp = Pdp::from_xml(workload::condition_policy()).expect("compiles");
    let request = workload::condition_request();
    assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
    let mut context = Context::new();
    group.bench_function("conditions, 20 rules", |bencher| {
        bencher.iter(|| black_box(pdp.decide_with(&mut context, &request).decision()));
    });
    group.finish();
}

criterion_group!(benches, decide);
criterion_main!(benches);
