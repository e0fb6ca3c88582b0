//! What a decision says it read is all that it depends on, and whoever fetches, in whatever order and
//! however many decisions at once, the answer is the same.

use std::collections::HashMap;
use std::task::Poll;

use vedtak::attribute::Designator;
use vedtak::provider::{
    AsyncAttributeProvider, AttributeProvider, BoxFuture, Fetched, Inputs, ProviderError,
};
use vedtak::request::AttributeBuilder;
use vedtak::{Context, Pdp, Request};

use crate::generate::{Dice, Failing, Groups, REQUESTED, attribute, id, node, request};
use crate::version::Version;

const POLICIES: u64 = 600;
const REQUESTS: usize = 40;

/// A provider that answers when it is polled for the second time, and sees what it may depend on.
pub(crate) struct Later<P>(pub(crate) P);

impl<P: AttributeProvider> AsyncAttributeProvider for Later<P> {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn supplies(&self, wanted: &Designator) -> bool {
        self.0.supplies(wanted)
    }

    fn inputs(&self, wanted: &Designator) -> Inputs {
        self.0.inputs(wanted)
    }

    fn fetch<'a>(
        &'a self,
        wanted: &'a Designator,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        let mut polled = false;
        Box::pin(std::future::poll_fn(move |context| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(self.0.fetch(wanted, request));
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }))
    }
}

fn built(attributes: &[AttributeBuilder]) -> Request {
    let builder = attributes
        .iter()
        .fold(Request::builder(), |builder, attribute| {
            builder.with(attribute.clone())
        });
    builder.build()
}

#[test]
fn what_was_not_read_makes_no_difference() {
    let mut context = Context::new();
    let (mut changed, mut met) = (0, 0);
    for number in 0..POLICIES {
        let mut dice = Dice(number << 24 | 7);
        let mut text = String::new();
        let sets = dice.below(3);
        node(&mut dice, &mut text, sets, &mut 0, true);
        let builder = Pdp::builder()
            .policy("policy.xml", &text)
            .data_type::<Version>();
        let builder = builder.provider(Groups).provider(Failing);
        let pdp = builder.build().expect("it compiles");
        let mut seen: HashMap<String, (String, String)> = HashMap::new();
        let mut decide = |request: &Request| {
            let outcome = pdp.decide_with(&mut context, request);
            let read: Vec<String> = outcome
                .attributes_read()
                .map(|read| read.designator.id.to_string())
                .collect();
            let result = outcome.to_result();
            let mut duties: Vec<String> = result
                .obligations
                .iter()
                .map(|duty| {
                    let all = duty.assignments.iter();
                    let mut all: Vec<String> = all.map(|one| format!("{one:?}")).collect();
                    all.sort_unstable();
                    format!("{} {all:?}", duty.id)
                })
                .collect();
            duties.sort_unstable();
            let answer = format!("{:?} {duties:?}", outcome.extended_decision());
            let asked = request.to_xml();
            if let Some((before, first)) = seen.get(&outcome.cache_key()) {
                met += 1;
                assert_eq!(
                    *before, answer,
                    "one cache key, two decisions\n{text}\n{first}\n{asked}"
                );
            } else {
                seen.insert(outcome.cache_key(), (answer.clone(), asked));
            }
            (answer, read)
        };
        for _ in 0..REQUESTS {
            let mut attributes: Vec<_> = (0..REQUESTED)
                .map(|which| attribute(&mut dice, which))
                .collect();
            let one = built(&attributes);
            let (answer, read) = decide(&one);
            // What the providers look at is as good as read if they were asked.
            let asked = read.iter().any(|id| id == "group" || id == "package");
            for (which, changing) in attributes.iter_mut().enumerate() {
                let is_input = asked && ["action", "resource"].contains(&id(which));
                if !is_input && !read.iter().any(|read| read == id(which)) {
                    changed += 1;
                    *changing = attribute(&mut dice, which);
                }
            }
            let other = built(&attributes);
            let (again, _) = decide(&other);
            assert_eq!(
                answer,
                again,
                "{text}\n{}\n{}",
                one.to_xml(),
                other.to_xml()
            );
        }
    }
    assert!(changed > 10_000 && met > 5_000, "{changed} {met}");
}

#[test]
fn all_ways_to_ask_give_one_answer() {
    let mut context = Context::new();
    for number in 0..POLICIES / 2 {
        let mut dice = Dice(number << 24 | 11);
        let mut text = String::new();
        let sets = dice.below(3);
        node(&mut dice, &mut text, sets, &mut 0, true);
        let builder = || {
            Pdp::builder()
                .policy("policy.xml", &text)
                .data_type::<Version>()
        };
        let pdp = builder()
            .provider(Groups)
            .provider(Failing)
            .build()
            .expect("it compiles");
        let later = builder()
            .async_provider(Later(Groups))
            .async_provider(Later(Failing));
        let later = later.build().expect("it compiles");
        let requests: Vec<Request> = (0..REQUESTS / 2).map(|_| request(&mut dice)).collect();
        let alone: Vec<_> = requests.iter().map(|request| pdp.decide(request)).collect();
        for (request, response) in requests.iter().zip(&alone) {
            let reused = pdp.decide_with(&mut context, request).to_response();
            assert_eq!(*response, reused, "{text}\n{}", request.to_xml());
            let asynchronous = pollster::block_on(later.decide_async(request));
            assert_eq!(*response, asynchronous, "{text}\n{}", request.to_xml());
        }
        assert_eq!(alone, pdp.decide_all(&requests), "{text}");
        assert_eq!(
            alone,
            pollster::block_on(later.decide_all_async(&requests)),
            "{text}"
        );
    }
}
