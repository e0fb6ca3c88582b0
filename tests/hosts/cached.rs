//! Answers that are remembered: how long, how many, and what is never.

use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context as Poller, Poll, Wake, Waker};
use std::time::Duration;

use vedtak::attribute::{Designator, category};
use vedtak::provider::{
    AsyncAttributeProvider, AttributeProvider, BoxFuture, Cached, Fetched, Inputs, ProviderError,
    TimeLimit,
};
use vedtak::value::{DateTime, Value, Zone};
use vedtak::{Pdp, Request};

type Answer = Result<Fetched, ProviderError>;

#[derive(Default)]
struct World {
    now: AtomicI64,
    asked: AtomicUsize,
    polled: AtomicUsize,
    dropped: AtomicUsize,
    /// What is answered; none: not yet.
    answer: Mutex<Option<Answer>>,
    wakers: Mutex<Vec<Waker>>,
}

impl World {
    fn now(&self) -> DateTime {
        DateTime::from_unix(self.now.load(Relaxed), 0, Zone::UTC).expect("is a date")
    }

    fn says(&self, answer: Answer) {
        *self.answer.lock().expect("works") = Some(answer);
        for waker in self.wakers.lock().expect("works").drain(..) {
            waker.wake();
        }
    }

    fn said(&self) -> Option<Answer> {
        self.answer.lock().expect("works").clone()
    }

    fn asked(&self) -> usize {
        self.asked.load(Relaxed)
    }
}

struct Source(Arc<World>);

impl AttributeProvider for Source {
    fn name(&self) -> &str {
        "source"
    }

    fn supplies(&self, _: &Designator) -> bool {
        true
    }

    fn fetch(&self, _: &Designator, _: &Request) -> Answer {
        self.0.asked.fetch_add(1, Relaxed);
        self.0.said().expect("answers at once")
    }
}

struct Later(Arc<World>);

struct Dropped<'a>(&'a World);

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Relaxed);
    }
}

impl AsyncAttributeProvider for Later {
    fn name(&self) -> &str {
        "later"
    }

    fn supplies(&self, _: &Designator) -> bool {
        true
    }

    fn inputs(&self, _: &Designator) -> Inputs {
        Inputs::nothing().category(category::ACCESS_SUBJECT)
    }

    fn fetch<'a>(&'a self, _: &'a Designator, _: &'a Request) -> BoxFuture<'a, Answer> {
        self.0.asked.fetch_add(1, Relaxed);
        let world = &self.0;
        Box::pin(async move {
            let _dropped = Dropped(world);
            poll_fn(|context| {
                world.polled.fetch_add(1, Relaxed);
                match world.said() {
                    Some(answer) => Poll::Ready(answer),
                    None => {
                        // Like most sources: only the last waker is kept.
                        *world.wakers.lock().expect("works") = vec![context.waker().clone()];
                        Poll::Pending
                    }
                }
            })
            .await
        })
    }
}

fn wanted() -> Designator {
    let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    let pdp = Pdp::from_xml(policy).expect("compiles");
    let mut all = pdp.attributes();
    let role = all.find(|wanted| &*wanted.id == "urn:altinn:rolecode");
    role.expect("is asked for").clone()
}

fn request(user: &str) -> Request {
    Request::builder().subject("urn:user", user).build()
}

fn texts(texts: &[&str]) -> Answer {
    let values: Vec<Value> = texts.iter().map(|text| (*text).into()).collect();
    Ok(values.into())
}

fn cached(seconds: u64) -> (Cached<Source>, Arc<World>) {
    let world = Arc::new(World::default());
    world.says(texts(&["dagl"]));
    let clock = world.clone();
    let live = Duration::from_secs(seconds);
    let cached = Cached::with_clock(Source(world.clone()), live, move || clock.now());
    (cached, world)
}

fn ask(cached: &Cached<Source>, user: &str) -> Answer {
    AttributeProvider::fetch(cached, &wanted(), &request(user))
}

#[test]
fn an_answer_lives_as_long_as_it_may() {
    let (cached, world) = cached(10);
    let until = "1970-01-01T00:00:05Z".parse().expect("is a dateTime");
    for (answer, lives) in [
        (texts(&["dagl"]), 10),
        (texts(&[]), 10),
        (texts(&["dagl"]).map(|a| a.with_valid_until(Some(until))), 5),
    ] {
        world.now.store(0, Relaxed);
        world.asked.store(0, Relaxed);
        world.says(answer.clone());
        cached.clear();
        for now in [0, lives - 1] {
            world.now.store(now, Relaxed);
            let known = ask(&cached, "kari").expect("answers");
            let answer = answer.as_ref().expect("is no error");
            assert_eq!(known.values(), answer.values());
            assert_eq!(known.valid_until(), answer.valid_until());
            assert_eq!(world.asked(), 1);
        }
        world.now.store(lives, Relaxed);
        ask(&cached, "kari").expect("answers");
        assert_eq!(world.asked(), 2);
        // A clock that was put back makes no answer live longer.
        world.now.store(lives - 1, Relaxed);
        ask(&cached, "kari").expect("answers");
        assert_eq!(world.asked(), 3);
    }
}

#[test]
fn another_question_gets_another_answer() {
    let (cached, world) = cached(10);
    for user in ["kari", "ola", "kari", "ola"] {
        ask(&cached, user).expect("answers");
    }
    assert_eq!(world.asked(), 2);
    let mut other = wanted();
    other.issuer = Some("urn:issuer".into());
    AttributeProvider::fetch(&cached, &other, &request("kari")).expect("answers");
    assert_eq!(world.asked(), 3);
    cached.clear();
    assert!(cached.is_empty());
    ask(&cached, "kari").expect("answers");
    assert_eq!(world.asked(), 4);
}

#[test]
fn errors_and_lies_are_not_remembered() {
    let (cached, world) = cached(10);
    for answer in [Err(ProviderError::new("down")), Ok(vec![1.into()].into())] {
        world.says(answer);
        let _ = ask(&cached, "kari");
        assert!(cached.is_empty());
    }
    world.says(texts(&["dagl"]));
    assert_eq!(ask(&cached, "kari").expect("answers").values().len(), 1);
    assert_eq!(world.asked(), 3);
}

#[test]
fn memory_is_bounded_and_the_oldest_goes_first() {
    let (few, world) = cached(10);
    let few = few.entries(2);
    for user in ["a", "b", "c", "b", "c"] {
        ask(&few, user).expect("answers");
    }
    assert_eq!((few.len(), world.asked()), (2, 3));
    ask(&few, "a").expect("answers");
    assert_eq!((few.len(), world.asked()), (2, 4));

    let (light, world) = cached(10);
    let light = light.bytes(2_000);
    for user in 0..100 {
        ask(&light, &user.to_string()).expect("answers");
    }
    assert!((1..6).contains(&light.len()), "{}", light.len());
    // Asked over and over, each time too old: nothing is left behind.
    for now in (0..1_000).map(|n| n * 10) {
        world.now.store(now, Relaxed);
        ask(&light, "kari").expect("answers");
    }
    assert!((1..6).contains(&light.len()), "{}", light.len());
    world.says(texts(&["dagl"; 1_000]));
    ask(&light, "heavy").expect("answers");
    assert!((1..6).contains(&light.len()), "{}", light.len());
    let (none, world) = cached(10);
    let none = none.entries(0);
    for _ in 0..2 {
        ask(&none, "kari").expect("answers");
    }
    assert_eq!((none.len(), world.asked()), (0, 2));
}

/// Counts how often it is told to go on.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

fn later() -> (Cached<Later>, Arc<World>) {
    let world = Arc::new(World::default());
    let clock = world.clone();
    let live = Duration::from_secs(10);
    let cached = Cached::with_clock(Later(world.clone()), live, move || clock.now());
    (cached, world)
}

#[test]
fn who_asks_the_same_waits_for_the_same_fetch() {
    let (cached, world) = later();
    let (wanted, kari) = (wanted(), request("kari"));
    let ask = || AsyncAttributeProvider::fetch(&cached, &wanted, &kari);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut poller = Poller::from_waker(&waker);
    let mut asking: Vec<_> = (0..5).map(|_| ask()).collect();
    for one in &mut asking {
        assert!(one.as_mut().poll(&mut poller).is_pending());
    }
    assert_eq!(world.asked(), 1);
    world.says(texts(&["dagl"]));
    // Whoever polled last, all are told.
    assert_eq!(woken.0.load(Relaxed), 5);
    for one in &mut asking {
        let answer = one.as_mut().poll(&mut poller);
        let Poll::Ready(Ok(fetched)) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(fetched.values(), [Value::from("dagl")]);
    }
    assert!(ask().as_mut().poll(&mut poller).is_ready());
    assert_eq!((world.asked(), cached.len()), (1, 1));
}

#[test]
fn who_leaves_strands_nobody_and_the_last_one_ends_the_fetch() {
    let (cached, world) = later();
    let (wanted, kari) = (wanted(), request("kari"));
    let ask = || AsyncAttributeProvider::fetch(&cached, &wanted, &kari);
    let leaver = Arc::new(Woken::default());
    let stayer = Arc::new(Woken::default());
    let poll = |future: &mut BoxFuture<'_, Answer>, woken: &Arc<Woken>| {
        let waker = Waker::from(woken.clone());
        future.as_mut().poll(&mut Poller::from_waker(&waker))
    };
    let (mut first, mut second) = (ask(), ask());
    assert!(poll(&mut second, &stayer).is_pending());
    assert!(poll(&mut first, &leaver).is_pending());
    // The fetch last knew the one who leaves.
    drop(first);
    assert!(stayer.0.load(Relaxed) > 0, "the other takes over");
    assert_eq!(world.dropped.load(Relaxed), 0);
    assert!(poll(&mut second, &stayer).is_pending());
    world.says(texts(&["dagl"]));
    assert!(poll(&mut second, &stayer).is_ready());
    assert_eq!(world.asked(), 1);
    drop(second);

    cached.clear();
    *world.answer.lock().expect("works") = None;
    let dropped = world.dropped.load(Relaxed);
    let mut alone = ask();
    assert!(poll(&mut alone, &leaver).is_pending());
    drop(alone);
    assert_eq!(
        world.dropped.load(Relaxed),
        dropped + 1,
        "nobody waits for it"
    );
    let mut anew = ask();
    assert!(poll(&mut anew, &leaver).is_pending());
    assert_eq!(world.asked(), 3);
}

#[test]
fn all_who_wait_hear_of_an_error_and_the_next_asks_anew() {
    let (cached, world) = later();
    let (wanted, kari) = (wanted(), request("kari"));
    let ask = || AsyncAttributeProvider::fetch(&cached, &wanted, &kari);
    let mut poller = Poller::from_waker(Waker::noop());
    let mut asking: Vec<_> = (0..3).map(|_| ask()).collect();
    for one in &mut asking {
        assert!(one.as_mut().poll(&mut poller).is_pending());
    }
    world.says(Err(ProviderError::new("down")));
    for one in &mut asking {
        let answer = one.as_mut().poll(&mut poller);
        assert!(matches!(answer, Poll::Ready(Err(_))), "{answer:?}");
    }
    world.says(texts(&["dagl"]));
    assert!(matches!(
        ask().as_mut().poll(&mut poller),
        Poll::Ready(Ok(_))
    ));
    assert_eq!((world.asked(), cached.len()), (2, 1));
}

#[test]
fn what_was_forgotten_while_it_was_fetched_stays_forgotten() {
    let (cached, world) = later();
    let (wanted, kari) = (wanted(), request("kari"));
    let mut before = AsyncAttributeProvider::fetch(&cached, &wanted, &kari);
    let mut poller = Poller::from_waker(Waker::noop());
    assert!(before.as_mut().poll(&mut poller).is_pending());
    cached.clear();
    let mut after = AsyncAttributeProvider::fetch(&cached, &wanted, &kari);
    assert!(after.as_mut().poll(&mut poller).is_pending());
    assert_eq!(world.asked(), 2);
    world.says(texts(&["dagl"]));
    assert!(before.as_mut().poll(&mut poller).is_ready());
    assert!(cached.is_empty());
    assert!(after.as_mut().poll(&mut poller).is_ready());
    assert_eq!(cached.len(), 1);
}

#[test]
fn many_threads_ask_once() {
    let (cached, world) = later();
    let (wanted, kari) = (wanted(), request("kari"));
    std::thread::scope(|scope| {
        let ask = || {
            let answer = AsyncAttributeProvider::fetch(&cached, &wanted, &kari);
            assert_eq!(
                pollster::block_on(answer).expect("answers").values().len(),
                1
            );
        };
        for _ in 0..16 {
            scope.spawn(ask);
        }
        while world.polled.load(Relaxed) == 0 {
            std::thread::yield_now();
        }
        world.says(texts(&["dagl"]));
    });
    assert_eq!(world.asked(), 1);
}

#[test]
fn a_provider_in_a_pdp_may_be_remembered_and_timed() {
    let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    let (cached, world) = later();
    world.says(texts(&["dagl"]));
    let pdp = Pdp::builder()
        .policy("p", policy)
        .async_provider(TimeLimit::new(cached, pending::<()>))
        .build()
        .expect("compiles");
    let of = |action: &str| {
        Request::builder()
            .subject("urn:altinn:userid", 1)
            .resource("urn:altinn:resource", "vedtak-brev")
            .action(action)
            .build()
    };
    let asked: Vec<usize> = ["read", "write", "read"]
        .into_iter()
        .map(|action| {
            pollster::block_on(pdp.decide_async(&of(action)));
            world.asked()
        })
        .collect();
    assert_eq!(asked[0], asked[2], "the subject is the same: {asked:?}");

    let late = TimeLimit::new(later().0, || std::future::ready(()));
    let pdp = Pdp::builder().policy("p", policy).async_provider(late);
    let pdp = pdp.build().expect("compiles");
    let response = pollster::block_on(pdp.decide_async(&of("read")));
    let status = response.status().expect("says why");
    let message = status.message.as_deref().expect("says why");
    assert!(
        message.contains("`later`") && message.contains("took longer"),
        "{message}"
    );
}
