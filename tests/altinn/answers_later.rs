//! Sources of Altinn's facts that answer later: what is asked, how often, and what a failure does.

use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::altinn::facts::{Answer, Fact, Pair, Resources};
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{Party, Pdp};
use vedtak::decision::StatusCode;
use vedtak::provider::{BoxFuture, ProviderError};
use vedtak::value::DateTime;
use vedtak::{Decision, Request};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");
const KARI: &str = "01017012345";
const FIRM: &str = "910000001";

type Facts = Answer<Vec<Fact<Arc<str>>>>;
type Reply = fn() -> BoxFuture<'static, Facts>;

/// A source that does as it is told, and counts how often it is asked.
fn source(answer: Reply) -> (impl Fn(Pair, DateTime) -> BoxFuture<'static, Facts>, Count) {
    let asked = Count::default();
    let count = asked.clone();
    let source = move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        answer()
    };
    (source, asked)
}

type Count = Arc<AtomicUsize>;

fn manager() -> BoxFuture<'static, Facts> {
    Box::pin(ready(Ok(vec![Fact::new("dagl")])))
}

fn nothing() -> BoxFuture<'static, Facts> {
    Box::pin(ready(Ok(vec![])))
}

fn request(action: &str) -> Request {
    Request::builder()
        .subject("urn:altinn:person:identifier-no", KARI)
        .resource("urn:altinn:resource", "vedtak-brev")
        .resource("urn:altinn:organization:identifier-no", FIRM)
        .action(action)
        .build()
}

#[test]
fn a_batch_asks_each_question_once() {
    let (roles, of_roles) = source(manager);
    let (packages, of_packages) = source(nothing);
    let of_parties = Count::default();
    let count = of_parties.clone();
    let party = move |key| {
        count.fetch_add(1, Ordering::Relaxed);
        async { Ok(Some(Arc::new(Party::new(key, "known")))) }
    };
    let pdp = Pdp::builder()
        .policy("vedtak-brev", POLICY)
        .roles_async(roles)
        .packages_async(packages)
        .parties_async(party)
        .build()
        .expect("compiles");
    let requests = ["read", "write", "read", "nonsense"].map(request);
    let rulings = pollster::block_on(pdp.decide_all_async(&requests));
    let decisions: Vec<Decision> = rulings.iter().map(|ruling| ruling.decision()).collect();
    use Decision::{NotApplicable, Permit};
    assert_eq!(decisions, [Permit, Permit, Permit, NotApplicable]);
    let asked = [of_roles, of_packages, of_parties].map(|asked| asked.load(Ordering::Relaxed));
    assert_eq!(asked, [1, 1, 2]);
}

#[test]
fn what_fails_panics_or_is_late_is_indeterminate_by_name_and_never_empty() {
    let failing: [(Reply, &str); 4] = [
        (
            || Box::pin(ready(Err(ProviderError::new("no connection")))),
            "no connection",
        ),
        (|| Box::pin(async { panic!("out of luck") }), "it panicked"),
        (|| panic!("before it begins"), "it panicked"),
        (|| Box::pin(pending()), "did not answer before the deadline"),
    ];
    for (answer, why) in failing {
        let (roles, _) = source(answer);
        let pdp = Pdp::builder()
            .policy("vedtak-brev", POLICY)
            .roles_async(roles)
            .build()
            .expect("compiles");
        let request = request("read");
        let ruling = pollster::block_on(pdp.decide_async_until(&request, ready(())));
        assert_eq!(ruling.decision(), Decision::Indeterminate);
        let status = ruling.result.status.as_ref().expect("says why");
        assert_eq!(status.code, StatusCode::ProcessingError);
        let message = status.message.as_deref().expect("says why");
        assert!(
            message.contains("the source of roles") && message.contains(why),
            "{message}"
        );
        // And where nobody waits.
        let ruling = pdp.decide(&request);
        let status = ruling.result.status.as_ref().expect("says why");
        let message = status.message.as_deref().expect("says why");
        assert!(message.contains("it answers asynchronously"), "{message}");
    }
}

#[test]
fn sources_of_both_kinds_stand_side_by_side() {
    struct Registry(Arc<AtomicUsize>);
    impl Resources for Registry {
        fn resource(&self, id: &ResourceId) -> Answer<Option<Arc<Resource>>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let resource = Resource::new(id.clone(), "ttd").with_access_list();
            Ok(Some(Arc::new(resource)))
        }
    }
    let (roles, _) = source(manager);
    let asked = Arc::new(AtomicUsize::new(0));
    let pdp = Pdp::builder()
        .policy("vedtak-brev", POLICY)
        .roles_async(roles)
        .resources(Registry(asked.clone()))
        .build()
        .expect("compiles");
    let ruling = pollster::block_on(pdp.decide_async(&request("read")));
    assert_eq!(ruling.decision(), Decision::Deny, "the firm is on no list");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[test]
fn the_futures_may_be_sent_and_dropped() {
    fn send<T: Send>(value: T) -> T {
        value
    }
    let (roles, _) = source(|| Box::pin(pending()));
    let pdp = Pdp::builder()
        .policy("vedtak-brev", POLICY)
        .roles_async(roles)
        .build()
        .expect("compiles");
    let request = request("read");
    let mut poller = std::task::Context::from_waker(std::task::Waker::noop());
    let mut decision = Box::pin(send(pdp.decide_async(&request)));
    assert!(decision.as_mut().poll(&mut poller).is_pending());
    drop(decision);
    let mut response = Box::pin(send(pdp.respond_async(&request)));
    assert!(response.as_mut().poll(&mut poller).is_pending());
}
