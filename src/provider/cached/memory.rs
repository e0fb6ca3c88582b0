//! The memory of a cache: answers, bounded in number and size, and the fetches under way.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use super::AskedAt;
use super::flight::Flight;
use crate::provider::Fetched;

/// Seconds and nanoseconds since 1970.
type Instant = (i64, u32);

/// Bytes that an entry takes besides its texts, about.
const ENTRY: usize = 256;

/// Bytes that a value takes besides its text, about.
const VALUE: usize = 128;

pub(super) struct Memory {
    pub(super) most_entries: usize,
    pub(super) most_bytes: usize,
    /// The number of times that the cache was cleared.
    pub(super) generation: u64,
    entries: HashMap<Arc<str>, CacheEntry>,
    /// Keys by their number: the oldest answer first.
    order: BTreeMap<u64, Arc<str>>,
    next: u64,
    bytes: usize,
    pub(super) statistics: CacheStatistics,
    /// Fetches under way by the key of a query, with the place of the query in the fetch.
    flights: HashMap<Arc<str>, (Weak<Flight>, usize)>,
    /// The number of flights at which those that have ended are removed.
    crowd: usize,
}

/// The hits and misses of a [`Cached`](super::Cached) provider, for a library of metrics.
///
/// Each query is counted once, as one of the three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStatistics {
    /// Queries whose answer was remembered.
    pub hits: u64,
    /// Queries that were taken to the provider.
    pub misses: u64,
    /// Queries that waited for a fetch of the same, which was under way.
    pub joined: u64,
}

struct CacheEntry {
    number: u64,
    fetched: Fetched,
    since: Instant,
    until: Instant,
    bytes: usize,
}

impl Memory {
    pub(super) fn new(most_entries: usize, most_bytes: usize) -> Self {
        Self {
            most_entries,
            most_bytes,
            generation: 0,
            entries: HashMap::new(),
            order: BTreeMap::new(),
            next: 0,
            bytes: 0,
            statistics: CacheStatistics::default(),
            flights: HashMap::new(),
            crowd: 16,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn clear(&mut self) {
        self.generation += 1;
        self.entries.clear();
        self.order.clear();
        self.bytes = 0;
        self.flights.clear();
    }

    /// The answer that holds at an instant. One from the future does not: the clock was put back.
    pub(super) fn held(&mut self, key: &str, at: Instant) -> Option<Fetched> {
        let holds = |entry: &CacheEntry| (entry.since..entry.until).contains(&at);
        match self.entries.get(key) {
            Some(entry) if holds(entry) => {
                self.statistics.hits += 1;
                return Some(entry.fetched.clone());
            }
            Some(_) => self.forget(key),
            None => {}
        }
        None
    }

    /// Keeps an answer, and removes the oldest if there is no room.
    pub(super) fn keep(
        &mut self,
        key: &Arc<str>,
        fetched: &Fetched,
        asked: AskedAt,
        until: Instant,
    ) {
        let text = |value: &crate::value::Value| match value.as_str() {
            // Kept as it is, and in lower case to be found.
            Some(text) => VALUE + 2 * text.len(),
            None => VALUE + value.lexical().len(),
        };
        let values: usize = fetched.values().iter().map(text).sum();
        let bytes = ENTRY + key.len() + values;
        let is_kept = asked.generation == self.generation
            && asked.at < until
            && bytes <= self.most_bytes
            && self.most_entries > 0;
        if !is_kept {
            return;
        }
        self.forget(key);
        while self.entries.len() >= self.most_entries || self.bytes + bytes > self.most_bytes {
            let Some(oldest) = self.order.values().next().cloned() else {
                break;
            };
            self.forget(&oldest);
        }
        let number = self.next;
        self.next += 1;
        self.bytes += bytes;
        self.order.insert(number, key.clone());
        let mut fetched = fetched.clone();
        fetched.is_from_cache = true;
        let entry = CacheEntry {
            number,
            fetched,
            since: asked.at,
            until,
            bytes,
        };
        self.entries.insert(key.clone(), entry);
    }

    fn forget(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.order.remove(&entry.number);
            self.bytes -= entry.bytes;
        }
    }

    /// The fetch under way for a question, and the place of the question in it.
    pub(super) fn flight(&self, key: &str) -> Option<(Arc<Flight>, usize)> {
        let (flight, place) = self.flights.get(key)?;
        let flight = flight.upgrade()?;
        (!flight.has_landed()).then_some((flight, *place))
    }

    /// Notes a fetch that begins, for the question at a place of it.
    pub(super) fn take_off(&mut self, key: Arc<str>, flight: &Arc<Flight>, place: usize) {
        if self.flights.len() >= self.crowd {
            self.flights
                .retain(|_, (flight, _)| flight.strong_count() > 0);
            self.crowd = (2 * self.flights.len()).max(16);
        }
        self.flights.insert(key, (Arc::downgrade(flight), place));
    }
}
