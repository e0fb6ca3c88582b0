//! What asking asynchronously costs over asking at once, when every provider is ready.

mod support;
mod workload;

use std::future::ready;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use vedtak::attribute::{Designator, category};
use vedtak::provider::{
    AsyncAttributeProvider, AttributeProvider, BoxFuture, Fetched, Inputs, ProviderError,
    SharedValues,
};
use vedtak::{Context, Decision, Pdp, Request};
use workload::service;

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
    let policy = service::alone().0.xml();
    let with_roles = |request: &Request| {
        let held = request.values(category::ACCESS_SUBJECT, ROLE).cloned();
        let roles = SharedValues::new(held);
        let builder = Pdp::builder().policy("p", &policy);
        let now = builder.provider(Roles(roles.clone()));
        (
            roles,
            now.build().expect("compiles"),
            without_roles(request),
        )
    };
    // Some questions are answered by a package: one that a role answers is wanted.
    let all = workload::w2("deny-overrides", false).requests;
    let mut all = all.iter().map(with_roles);
    let (roles, now, request) = all
        .find(|(_, now, request)| now.decide(request).decision() == Decision::Permit)
        .expect("some role opens the service");
    let later = Pdp::builder()
        .policy("p", &policy)
        .async_provider(Roles(roles));
    let later = later.build().expect("compiles");
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
            let outcome =
                pollster::block_on(later.call().decide_with_async(&mut context, &request));
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
