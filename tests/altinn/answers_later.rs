//! Sources of Altinn's facts that answer later: what is asked, how often, and what a failure does.

use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use vedtak::altinn::facts::{
    Answer, Asked, AsyncAccessPackages, AsyncParties, AsyncRoles, Fact, Resources,
};
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::{Party, PartyKey, Pdp};
use vedtak::decision::StatusCode;
use vedtak::provider::{BoxFuture, ProviderError};
use vedtak::{Decision, Request};

const POLICY: &str = include_str!("../../fixtures/altinn/resource-policy.xml");
const KARI: &str = "01017012345";
const FIRM: &str = "910000001";

type Facts = Answer<Vec<Fact<Arc<str>>>>;
type Reply = fn() -> BoxFuture<'static, Facts>;

/// A source that does as it is told, and counts how often it is asked.
struct Source(Reply, Arc<AtomicUsize>);

impl Source {
    fn new(answer: Reply) -> (Self, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        (Self(answer, asked.clone()), asked)
    }
}

impl AsyncRoles for Source {
    fn roles<'a>(&'a self, _: Asked<'a>) -> BoxFuture<'a, Facts> {
        self.1.fetch_add(1, Ordering::Relaxed);
        (self.0)()
    }
}

impl AsyncAccessPackages for Source {
    fn access_packages<'a>(&'a self, _: Asked<'a>) -> BoxFuture<'a, Facts> {
        self.1.fetch_add(1, Ordering::Relaxed);
        (self.0)()
    }
}

struct Known(Arc<AtomicUsize>);

impl AsyncParties for Known {
    fn party<'a>(&'a self, key: &'a PartyKey) -> BoxFuture<'a, Answer<Option<Arc<Party>>>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(Some(Arc::new(Party::new(key.clone(), "known")))) })
    }
}

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
    let (roles, of_roles) = Source::new(manager);
    let (packages, of_packages) = Source::new(nothing);
    let of_parties = Arc::new(AtomicUsize::new(0));
    let pdp = Pdp::builder()
        .policy("vedtak-brev", POLICY)
        .roles_async(roles)
        .packages_async(packages)
        .parties_async(Known(of_parties.clone()))
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
    let failing: [(Reply, &str); 3] = [
        (
            || Box::pin(ready(Err(ProviderError::new("no connection")))),
            "no connection",
        ),
        (|| Box::pin(async { panic!("out of luck") }), "it panicked"),
        (|| Box::pin(pending()), "did not answer before the deadline"),
    ];
    for (answer, why) in failing {
        let (roles, _) = Source::new(answer);
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
    let (roles, _) = Source::new(manager);
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
    let (roles, _) = Source::new(|| Box::pin(pending()));
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
