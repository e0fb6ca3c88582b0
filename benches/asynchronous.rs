//! What asking asynchronously costs over asking at once, when every provider is ready.

mod workload;

use std::future::ready;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use vedtak::attribute::{Designator, category};
use vedtak::provider::{
    AsyncAttributeProvider, AttributeProvider, BoxFuture, Fetched, Inputs, ProviderError,
    SharedValues,
};
use vedtak::value::Value;
use vedtak::{Context, Decision, Pdp, Request};

const ROLE: &str = "urn:altinn:rolecode";

struct Roles(SharedValues);

impl AttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == ROLE
    }

    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().category(category::ACCESS_SUBJECT)
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
        Ok(self.0.clone().into())
    }
}

impl AsyncAttributeProvider for Roles {
    fn name(&self) -> &str {
        "roles"
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        &*wanted.id == ROLE
    }

    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().category(category::ACCESS_SUBJECT)
    }

    fn fetch<'a>(
        &'a self,
        _: &'a Designator,
        _: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        Box::pin(ready(Ok(self.0.clone().into())))
    }
}

fn asynchronous(criterion: &mut Criterion) {
    let equal = "urn:oasis:names:tc:xacml:1.0:function:string-equal";
    let policy = workload::altinn_policy("bench-brev", 10, equal);
    let full =
        workload::altinn_requests(&Pdp::from_xml(&policy).expect("compiles"), "bench-brev", 10);
    let held = full[0].values(category::ACCESS_SUBJECT, ROLE).cloned();
    let held: Vec<Value> = held.collect();
    let roles = || Roles(SharedValues::new(held.clone()));
    let request = without_roles(&full[0]);
    let now = Pdp::builder().policy("p", &policy).provider(roles());
    let now = now.build().expect("compiles");
    let later = Pdp::builder().policy("p", &policy).async_provider(roles());
    let later = later.build().expect("compiles");
    assert_eq!(now.decide(&request).decision(), Decision::Permit);
    assert_eq!(
        pollster::block_on(later.decide_async(&request)),
        now.decide(&request)
    );

    let mut group = criterion.benchmark_group("asynchronous");
    let mut context = Context::new();
    group.bench_function("one need, provider at once", |bencher| {
        bencher.iter(|| black_box(now.decide_with(&mut context, &request).decision()));
    });
    group.bench_function("one need, ready future", |bencher| {
        bencher.iter(|| {
            let outcome = pollster::block_on(later.decide_async_with(&mut context, &request));
            black_box(outcome.decision())
        });
    });
    let requests = vec![request; 100];
    group.bench_function("100 requests, provider at once", |bencher| {
        bencher.iter(|| black_box(now.decide_all(&requests)));
    });
    group.bench_function("100 requests, ready future", |bencher| {
        bencher.iter(|| black_box(pollster::block_on(later.decide_all_async(&requests))));
    });
    group.finish();
}

/// The request with nothing of the subject but the user.
fn without_roles(request: &Request) -> Request {
    let mut builder = Request::builder().subject("urn:altinn:userid", 1);
    for attributes in request.categories() {
        if &*attributes.category == category::ACCESS_SUBJECT {
            continue;
        }
        for attribute in &attributes.attributes {
            for value in &attribute.values {
                builder = builder.attribute(
                    attributes.category.clone(),
                    attribute.id.clone(),
                    value.clone(),
                );
            }
        }
    }
    builder.build()
}

criterion_group!(benches, asynchronous);
criterion_main!(benches);
