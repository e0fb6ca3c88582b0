//! What 100 decisions cost that are asked for in one request, against as many requests.

mod support;
mod workload;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use vedtak::attribute::category;
use vedtak::request::{Matrix, SharedAttributes};
use vedtak::{Context, Decision, Request};

const PARTS: usize = 100;

/// One who asks and one action, for a hundred resources of which the policy knows one.
fn requests(first: &Request) -> (Request, Vec<Request>) {
    let first = first.to_xml();
    let start = first
        .find("<Attributes Category=\"urn:oasis:names:tc:xacml:3.0:attribute-category:resource");
    let start = start.expect("has a resource");
    let end =
        start + first[start..].find("</Attributes>").expect("has an end") + "</Attributes>".len();
    let (before, resource, after) = (&first[..start], &first[start..end], &first[end..]);
    let value = resource.rfind("</AttributeValue>").expect("has a value");
    let other = |number: usize| format!("{}-{number}{}", &resource[..value], &resource[value..]);
    let resources: Vec<String> = std::iter::once(resource.to_owned())
        .chain((1..PARTS).map(other))
        .collect();
    let read = |resource: &str| {
        Request::from_xml(format!("{before}{resource}{after}")).expect("can be read")
    };
    let single = resources.iter().map(|resource| read(resource)).collect();
    (read(&resources.concat()), single)
}

fn multiple(criterion: &mut Criterion) {
    let workload::Ready {
        pdp, requests: all, ..
    } = workload::w2("deny-overrides", false);
    let (together, single) = requests(&all[0]);
    let results = pdp.decide(&together).results;
    assert_eq!(results.len(), PARTS);
    for (result, request) in results.iter().zip(&single) {
        assert_eq!(Some(result), pdp.decide(request).results.first());
    }
    assert_eq!(results[0].decision, Decision::Permit);

    let mut group = criterion.benchmark_group("100 decisions");
    group.throughput(Throughput::Elements(PARTS as u64));
    let mut context = Context::new();
    group.bench_function("one by one, to the decision", |bencher| {
        bencher.iter(|| {
            for request in &single {
                black_box(pdp.decide_with(&mut context, request).decision());
            }
        });
    });
    group.bench_function("one by one", |bencher| {
        bencher.iter(|| {
            for request in &single {
                black_box(pdp.decide(request));
            }
        });
    });
    group.bench_function("in one request", |bencher| {
        bencher.iter(|| black_box(pdp.decide(&together)));
    });
    let mut sections = together.categories().iter();
    let is_resource = |section: &&SharedAttributes| *section.category == *category::RESOURCE;
    let resources = sections.clone().filter(is_resource);
    let resources = resources.map(|one| Request::builder().category(one.clone()).build());
    let resources: Vec<Request> = resources.collect();
    let base = sections.by_ref().filter(|section| !is_resource(section));
    let base = base.fold(Request::builder(), |base, one| base.category(one.clone()));
    let matrix = Matrix::new(base.build()).axis(resources);
    let cells = pdp.decide_matrix(&matrix).into_cells();
    assert!(
        cells
            .iter()
            .zip(&results)
            .all(|(a, b)| a.decision == b.decision)
    );
    group.bench_function("in a matrix", |bencher| {
        bencher.iter(|| black_box(pdp.decide_matrix(&matrix)));
    });
    group.bench_function("in a matrix, to the decision", |bencher| {
        bencher.iter(|| black_box(pdp.call().brief().decide_matrix(&matrix)));
    });
    let texts: Vec<String> = single.iter().map(Request::to_json).collect();
    group.bench_function("one by one, JSON to JSON", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                black_box(pdp.decide_json(text));
            }
        });
    });
    let text = together.to_json();
    group.bench_function("in one request, JSON to JSON", |bencher| {
        bencher.iter(|| black_box(pdp.decide_json(&text)));
    });
    let texts: Vec<String> = single.iter().map(Request::to_xml).collect();
    group.bench_function("one by one, XML to XML", |bencher| {
        bencher.iter(|| {
            for text in &texts {
                black_box(pdp.decide_xml(text));
            }
        });
    });
    let text = together.to_xml();
    group.bench_function("in one request, XML to XML", |bencher| {
        bencher.iter(|| black_box(pdp.decide_xml(&text)));
    });
    group.finish();
}

criterion_group!(benches, multiple);
criterion_main!(benches);
