//! What a cache keeps: answers, bounded in number and size, and who is asking.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use super::Asked;
use super::flight::Flight;
use crate::provider::Fetched;

/// Seconds and nanoseconds since 1970.
type Instant = (i64, u32);

/// What an entry takes besides its texts, about.
const ENTRY: usize = 256;

/// What a value takes besides its text, about.
const VALUE: usize = 128;

pub(super) struct Memory {
    pub(super) most_entries: usize,
    pub(super) most_bytes: usize,
    /// How often everything was forgotten.
    pub(super) generation: u64,
    entries: HashMap<Arc<str>, Entry>,
    /// Keys by their number: the oldest answer first.
    order: BTreeMap<u64, Arc<str>>,
    next: u64,
    bytes: usize,
    flights: HashMap<Arc<str>, Weak<Flight>>,
    /// Flights at which those that have ended are looked for.
    crowd: usize,
}

struct Entry {
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
    pub(super) fn known(&mut self, key: &str, at: Instant) -> Option<Fetched> {
        let entry = self.entries.get(key)?;
        if (entry.since..entry.until).contains(&at) {
            return Some(entry.fetched.clone());
        }
        self.forget(key);
        None
    }

    /// Keeps an answer, and forgets the oldest for it.
    pub(super) fn keep(&mut self, key: &Arc<str>, fetched: &Fetched, asked: Asked, until: Instant) {
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
        let entry = Entry {
            number,
            fetched: fetched.clone(),
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

    /// The fetch under way for a question.
    pub(super) fn flight(&self, key: &str) -> Option<Arc<Flight>> {
        let flight = self.flights.get(key)?.upgrade()?;
        (!flight.has_landed()).then_some(flight)
    }

    /// Notes a fetch that begins.
    pub(super) fn take_off(&mut self, key: Arc<str>, flight: &Arc<Flight>) {
        if self.flights.len() >= self.crowd {
            self.flights.retain(|_, flight| flight.strong_count() > 0);
            self.crowd = (2 * self.flights.len()).max(16);
        }
        self.flights.insert(key, Arc::downgrade(flight));
    }
}
