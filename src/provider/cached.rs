//! A provider that caches the answers of another, with one fetch for all queries that wait for it.

mod flight;
mod memory;

use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{
    Answers, AsyncAttributeProvider, AttributeProvider, BoxFuture, Fetched, Fetching, Guarded,
    ProviderError, Query, SharedValues, canonical, each_answer,
};
use crate::attribute::Designator;
use crate::clock;
use crate::request::Request;
use crate::value::{DateTime, Zone};
use flight::{Flight, Waiting};
pub use memory::CacheStatistics;
use memory::Memory;

type Answer = Result<Fetched, ProviderError>;

/// A provider around another, of either kind, that remembers its answers.
///
/// An answer is reused for the same query: the attribute, and the parts of the request that the
/// provider sees (see [`Inputs`](super::Inputs): the answers of a provider that declares none are
/// reused for equal requests only). It is removed after a time to live, or at its own
/// [`Fetched::valid_until`]; and, the oldest first, when memory is short. Errors are not cached, nor
/// are answers of the wrong data type. Answers to [other attributes](Fetched::with_attribute) are cached like
/// those that were asked for.
///
/// Of several queries in one call of [`fetch_many`](AttributeProvider::fetch_many), those without a
/// remembered answer are taken to the provider in one call.
///
/// While an asynchronous fetch is under way, others with the same question wait for it instead of
/// asking again; it goes on as long as one of them waits.
///
/// A cached answer may be outdated by up to the time to live: a user who lost a role may keep it
/// that long. [`clear`](Self::clear) removes all answers at once. Clones share one cache.
///
/// ```
/// use std::time::Duration;
/// use vedtak::attribute::Designator;
/// use vedtak::provider::{AttributeProvider, Cached, Fetched, ProviderError};
/// use vedtak::{Pdp, Request};
/// # use std::sync::atomic::{AtomicUsize, Ordering};
/// # static ASKED: AtomicUsize = AtomicUsize::new(0);
/// # struct Roles;
/// # impl AttributeProvider for Roles {
/// #     fn name(&self) -> &str { "roles" }
/// #     fn supplies(&self, wanted: &Designator) -> bool { &*wanted.id == "urn:altinn:rolecode" }
/// #     fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
/// #         ASKED.fetch_add(1, Ordering::Relaxed);
/// #         Ok(vec!["dagl".into()].into())
/// #     }
/// # }
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// let roles = Cached::new(Roles, Duration::from_secs(30)).entries(10_000);
/// let pdp = Pdp::builder().policy("policy.xml", policy).provider(roles.clone()).build()?;
/// let request = Request::builder()
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// assert_eq!(pdp.decide(&request), pdp.decide(&request)); // asks once
/// # assert_eq!(ASKED.load(Ordering::Relaxed), 1);
/// roles.clear(); // when it is known that something changed
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Cached<P> {
    inner: Arc<Cache<P>>,
}

struct Cache<P> {
    provider: P,
    time_to_live: Duration,
    clock: Box<dyn Fn() -> Option<DateTime> + Send + Sync>,
    memory: Mutex<Memory>,
}

impl<P> Cached<P> {
    /// Caches the answers of `provider` for `time_to_live` at most, by the system's clock: by
    /// default 10,000 answers and 64 MiB of them. Where the platform has no clock, as in plain
    /// WebAssembly, no answer is reused.
    pub fn new(provider: P, time_to_live: Duration) -> Self {
        Self::of(provider, time_to_live, || clock::system(Zone::UTC))
    }

    /// A cache as [`new`](Self::new) makes it, with a clock of the host.
    ///
    /// ```
    /// use std::time::Duration;
    /// use vedtak::provider::Cached;
    /// # fn caches<P>(roles: P) {
    /// let noon = "2026-06-01T12:00:00Z".parse().unwrap();
    /// let roles = Cached::with_clock(roles, Duration::from_secs(30), move || noon);
    /// # }
    /// ```
    pub fn with_clock(
        provider: P,
        time_to_live: Duration,
        clock: impl Fn() -> DateTime + Send + Sync + 'static,
    ) -> Self {
        Self::of(provider, time_to_live, move || Some(clock()))
    }

    fn of(
        provider: P,
        time_to_live: Duration,
        clock: impl Fn() -> Option<DateTime> + Send + Sync + 'static,
    ) -> Self {
        Self {
            inner: Arc::new(Cache {
                provider,
                time_to_live,
                clock: Box::new(clock),
                memory: Mutex::new(Memory::new(10_000, 64 << 20)),
            }),
        }
    }

    /// Caches at most so many answers.
    #[must_use]
    pub fn entries(self, most: usize) -> Self {
        self.inner.memory().most_entries = most;
        self
    }

    /// Caches answers, with their queries, of at most about so many bytes.
    #[must_use]
    pub fn bytes(self, most: usize) -> Self {
        self.inner.memory().most_bytes = most;
        self
    }

    /// Removes every answer. A fetch that is under way still answers those that wait for it, but is
    /// not cached.
    pub fn clear(&self) {
        self.inner.memory().clear();
    }

    /// The number of cached answers, some of them perhaps expired.
    pub fn len(&self) -> usize {
        self.inner.memory().len()
    }

    /// The counts of queries since the cache was made.
    pub fn statistics(&self) -> CacheStatistics {
        self.inner.memory().statistics
    }

    /// Whether no answer is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<P> Clone for Cached<P> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
        }
    }
}

impl<P> fmt::Debug for Cached<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("time_to_live", &self.inner.time_to_live)
            .field("entries", &self.len())
            .finish_non_exhaustive()
    }
}

impl<P: AttributeProvider> AttributeProvider for Cached<P> {
    super::like_inner!(|self| self.inner.provider);

    fn fetch(&self, wanted: &Designator, request: &Request) -> Answer {
        let key = key(wanted, request);
        let asked = AskedAt::now(&self.inner);
        {
            let mut memory = self.inner.memory();
            if let Some(known) = memory.held(&key, asked.at) {
                return Ok(known);
            }
            memory.statistics.misses += 1;
        }
        let answer = self.inner.provider.fetch(wanted, request);
        let supplies = |other: &Designator| self.inner.provider.supplies(other);
        self.inner
            .remember(&key, Query { wanted, request }, answer, asked, supplies)
    }

    fn fetch_many(&self, queries: &[Query<'_>]) -> Answers {
        let provider = &self.inner.provider;
        let asked = AskedAt::now(&self.inner);
        let mut answers: Vec<Option<Answer>> = Vec::with_capacity(queries.len());
        let mut keys = Vec::new();
        let mut missing = Vec::new();
        {
            let mut memory = self.inner.memory();
            for query in queries {
                let key = key(query.wanted, query.request);
                let known = memory.held(&key, asked.at);
                if known.is_none() {
                    memory.statistics.misses += 1;
                    keys.push(key);
                    missing.push(*query);
                }
                answers.push(known.map(Ok));
            }
        }
        let fetched = match &missing[..] {
            [] => Vec::new(),
            [one] => vec![provider.fetch(one.wanted, one.request)],
            several => each_answer(provider.fetch_many(several), several.len()),
        };
        let supplies = |other: &Designator| provider.supplies(other);
        let fetched = keys.iter().zip(missing).zip(fetched);
        let mut fetched = fetched
            .map(|((key, query), answer)| self.inner.remember(key, query, answer, asked, supplies));
        let unanswered = || Err(ProviderError::new("it gave no answer"));
        let answers = answers.into_iter().map(|known| {
            let answer = known.or_else(|| fetched.next());
            answer.unwrap_or_else(unanswered)
        });
        Ok(answers.collect())
    }
}

impl<P: AsyncAttributeProvider + 'static> AsyncAttributeProvider for Cached<P> {
    super::like_inner!(|self| self.inner.provider);

    fn fetch<'a>(&'a self, wanted: &'a Designator, request: &'a Request) -> BoxFuture<'a, Answer> {
        let mut answers = self.depart(&[Query { wanted, request }]);
        let unanswered = || Box::pin(ready(Err(ProviderError::new("it gave no answer"))));
        answers.pop().unwrap_or_else(|| unanswered())
    }

    fn fetch_many<'a>(&'a self, queries: &'a [Query<'a>]) -> BoxFuture<'a, Answers> {
        let mut fetching = Fetching::default();
        for answer in self.depart(queries) {
            fetching.add(Guarded::new(|| answer));
        }
        Box::pin(async move { Ok(fetching.all().await) })
    }
}

impl<P: AsyncAttributeProvider + 'static> Cached<P> {
    /// Returns one answer for each query, in order: a cached one, one of a fetch that is under way,
    /// or one of the single fetch for the rest that begins here.
    fn depart(&self, queries: &[Query<'_>]) -> Vec<BoxFuture<'static, Answer>> {
        let keys = queries.iter().map(|query| key(query.wanted, query.request));
        let keys: Vec<Arc<str>> = keys.collect();
        let asked = AskedAt::now(&self.inner);
        let mut answers: Vec<Option<BoxFuture<'static, Answer>>> = Vec::with_capacity(keys.len());
        let mut memory = self.inner.memory();
        let mut missing = Vec::new();
        for (key, query) in keys.iter().zip(queries) {
            answers.push(if let Some(known) = memory.held(key, asked.at) {
                Some(Box::pin(ready(Ok(known))))
            } else if let Some((flight, place)) = memory.flight(key) {
                memory.statistics.joined += 1;
                Some(Box::pin(Waiting::new(flight, place)))
            } else {
                memory.statistics.misses += 1;
                missing.push((key.clone(), query.wanted.clone(), query.request.clone()));
                None
            });
        }
        let flight = (!missing.is_empty()).then(|| {
            let own: Vec<Arc<str>> = missing.iter().map(|(key, ..)| key.clone()).collect();
            let flight = Flight::new(Box::pin(self.inner.clone().fly(missing, asked)));
            for (place, key) in own.into_iter().enumerate() {
                memory.take_off(key, &flight, place);
            }
            flight
        });
        drop(memory);
        let mut places = 0..;
        let answers = answers.into_iter().map(|answer| match (answer, &flight) {
            (Some(answer), _) => answer,
            (None, Some(flight)) => {
                let place = places.next().unwrap_or_default();
                Box::pin(Waiting::new(flight.clone(), place))
            }
            (None, None) => unreachable!("a fetch was begun for what is missing"),
        });
        answers.collect()
    }
}

impl<P: AsyncAttributeProvider> Cache<P> {
    /// Fetches the answers to some questions and keeps them.
    async fn fly(
        self: Arc<Self>,
        missing: Vec<(Arc<str>, Designator, Request)>,
        asked: AskedAt,
    ) -> Result<Vec<Answer>, ProviderError> {
        let queries = missing.iter();
        let queries = queries.map(|(_, wanted, request)| Query { wanted, request });
        let queries: Vec<Query<'_>> = queries.collect();
        let answers = match &queries[..] {
            [one] => vec![self.provider.fetch(one.wanted, one.request).await],
            several => each_answer(self.provider.fetch_many(several).await, several.len()),
        };
        let supplies = |other: &Designator| self.provider.supplies(other);
        let answers = missing.iter().zip(&queries).zip(answers);
        let answers = answers.map(|(((key, ..), query), answer)| {
            self.remember(key, *query, answer, asked, supplies)
        });
        Ok(answers.collect())
    }
}

/// The instant and generation of a query: its answer may be as old as that.
#[derive(Clone, Copy)]
struct AskedAt {
    at: (i64, u32),
    generation: u64,
}

/// The instant of every question where there is no clock: every answer is past its time then.
const NEVER: (i64, u32) = (i64::MAX, 999_999_999);

impl AskedAt {
    fn now<P>(inner: &Cache<P>) -> Self {
        Self {
            // The host's clock, outside the lock.
            at: (inner.clock)().map_or(NEVER, |now| now.to_unix()),
            generation: inner.memory().generation,
        }
    }
}

impl<P> Cache<P> {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        // No code of a host runs under the lock, so the data of a poisoned one is whole.
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an answer that may be given again, and those to other attributes that came with it.
    fn remember(
        &self,
        key: &Arc<str>,
        query: Query<'_>,
        answer: Answer,
        asked: AskedAt,
        supplies: impl Fn(&Designator) -> bool,
    ) -> Answer {
        let fetched = answer?;
        fetched.check(query.wanted, supplies)?;
        let (fetched, also) = fetched.apart();
        let mut fetched = self.keep(key, query.wanted, fetched, asked);
        for (other, answer) in also {
            let key = self::key(&other, query.request);
            let answer = self.keep(&key, &other, answer, asked);
            fetched = fetched.with_attribute(other, answer);
        }
        Ok(fetched)
    }

    fn keep(
        &self,
        key: &Arc<str>,
        wanted: &Designator,
        fetched: Fetched,
        asked: AskedAt,
    ) -> Fetched {
        let fits = |value: &crate::value::Value| value.data_type() == wanted.data_type;
        if asked.at == NEVER || !fetched.values().iter().all(fits) {
            return fetched;
        }
        let (seconds, nanoseconds) = asked.at;
        let live = i64::try_from(self.time_to_live.as_secs()).unwrap_or(i64::MAX);
        let nanoseconds = nanoseconds + self.time_to_live.subsec_nanos();
        let seconds = seconds.saturating_add(live);
        let (carry, nanoseconds) = (nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
        let mut until = (seconds.saturating_add(carry.into()), nanoseconds);
        if let Some(end) = fetched.valid_until() {
            until = until.min(end.to_unix());
        }
        // What is given again and again is copied once.
        let shared = match fetched.shared() {
            Some(shared) => shared.clone(),
            None => SharedValues::new(fetched.values().iter().cloned()),
        };
        let fetched = Fetched::from(shared).with_valid_until(fetched.valid_until());
        self.memory().keep(key, &fetched, asked, until);
        fetched
    }
}

/// The question: the attribute and all that the provider is shown.
fn key(wanted: &Designator, request: &Request) -> Arc<str> {
    let text = |text: &str| format!("{}:{text}", text.len());
    let issuer = wanted.issuer.as_deref().map(text);
    let data_type = wanted.data_type.unique_name();
    let names = [text(&wanted.category), text(&wanted.id), text(data_type)].concat();
    (names + &issuer.unwrap_or_default() + ";" + &canonical(request)).into()
}
