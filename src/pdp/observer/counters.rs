//! Decisions, provider calls and store changes → counters for a metrics library.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::{Observer, ProviderCall};
use crate::decision::Decision;
use crate::error::Error;
use crate::pdp::call::DecisionEvent;
use crate::pdp::store::ChangeSummary;

/// An observer that counts. Clones share their counters; the host reads them as often as it likes.
///
/// ```
/// use vedtak::observer::Counters;
/// use vedtak::{Pdp, Request};
///
/// let counters = Counters::new();
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// let pdp = Pdp::builder().policy("policy.xml", policy).observer(counters.clone()).build()?;
/// pdp.decide(&Request::builder().action("read").build());
/// let counts = counters.read();
/// assert_eq!((counts.decisions(), counts.not_applicable), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Counters(Arc<Atomics>);

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        #[derive(Debug, Default)]
        struct Atomics {
            $($name: AtomicU64,)*
            decision_nanoseconds: AtomicU64,
            provider_nanoseconds: AtomicU64,
        }

        /// The counts that [`Counters`] has made so far; each only grows.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct Counts {
            $($(#[$doc])* pub $name: u64,)*
            /// The time that decisions took, waiting included. Each decision of a batch counts the
            /// time of the whole batch, as they are made together.
            pub decision_time: Duration,
            /// The time that calls of providers took.
            pub provider_time: Duration,
        }

        impl Counters {
            /// The counts up to now.
            pub fn read(&self) -> Counts {
                Counts {
                    $($name: self.0.$name.load(Relaxed),)*
                    decision_time: Duration::from_nanos(self.0.decision_nanoseconds.load(Relaxed)),
                    provider_time: Duration::from_nanos(self.0.provider_nanoseconds.load(Relaxed)),
                }
            }
        }
    };
}

counts! {
    /// Decisions that were Permit.
    permit,
    /// Decisions that were Deny.
    deny,
    /// Decisions that were NotApplicable.
    not_applicable,
    /// Decisions that were Indeterminate, those of invalid requests included.
    indeterminate,
    /// Decisions, of whatever value, with a failure
    /// ([troubles](crate::evaluate::Outcome::troubles)).
    with_troubles,
    /// Requests that could not be read.
    unreadable,
    /// Calls of providers, including calls that a [`Cached`](crate::provider::Cached) provider
    /// answers from memory.
    provider_calls,
    /// Queries in these calls.
    queries,
    /// Queries without an answer.
    failed_queries,
    /// Queries that a cache answered.
    queries_from_cache,
    /// Changes of the store.
    changes,
    /// Documents and changes that the store refused.
    refusals,
}

impl Counters {
    /// Returns counters that are all zero.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Counts {
    /// The number of all decisions.
    pub fn decisions(&self) -> u64 {
        self.permit + self.deny + self.not_applicable + self.indeterminate
    }
}

/// Prints the counts in Prometheus' text format.
///
/// ```
/// let counts = vedtak::observer::Counters::new().read();
/// let metrics = counts.to_string();
/// assert!(metrics.starts_with("vedtak_decisions_total{decision=\"Permit\"} 0\n"));
/// ```
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (decision, count) in [
            ("Permit", self.permit),
            ("Deny", self.deny),
            ("NotApplicable", self.not_applicable),
            ("Indeterminate", self.indeterminate),
        ] {
            writeln!(
                f,
                "vedtak_decisions_total{{decision=\"{decision}\"}} {count}"
            )?;
        }
        for (what, time) in [
            ("decision", self.decision_time),
            ("provider", self.provider_time),
        ] {
            writeln!(f, "vedtak_{what}_seconds_total {}", time.as_secs_f64())?;
        }
        for (what, count) in [
            ("decisions_with_troubles", self.with_troubles),
            ("unreadable_requests", self.unreadable),
            ("provider_calls", self.provider_calls),
            ("provider_queries", self.queries),
            ("provider_queries_failed", self.failed_queries),
            ("provider_queries_from_cache", self.queries_from_cache),
            ("policy_changes", self.changes),
            ("policy_refusals", self.refusals),
        ] {
            writeln!(f, "vedtak_{what}_total {count}")?;
        }
        Ok(())
    }
}

impl Observer for Counters {
    fn decided(&self, decided: &DecisionEvent<'_>) {
        let counters = &*self.0;
        let counter = match decided.decision {
            Decision::Permit => &counters.permit,
            Decision::Deny => &counters.deny,
            Decision::NotApplicable => &counters.not_applicable,
            Decision::Indeterminate => &counters.indeterminate,
        };
        add(counter, 1);
        if decided
            .outcome
            .map_or(true, |outcome| outcome.has_troubles())
        {
            add(&counters.with_troubles, 1);
        }
        add_time(&counters.decision_nanoseconds, decided.elapsed);
    }

    fn unreadable(&self, _: &Error) {
        add(&self.0.unreadable, 1);
    }

    fn fetched(&self, call: &ProviderCall<'_>) {
        let counters = &*self.0;
        add(&counters.provider_calls, 1);
        add(&counters.queries, call.queries);
        add(&counters.failed_queries, call.failed);
        add(&counters.queries_from_cache, call.from_cache);
        add_time(&counters.provider_nanoseconds, call.elapsed);
    }

    fn changed(&self, _: &ChangeSummary) {
        add(&self.0.changes, 1);
    }

    fn refused(&self, _: &Error) {
        add(&self.0.refusals, 1);
    }
}

fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Relaxed);
}

fn add_time(counter: &AtomicU64, elapsed: Option<Duration>) {
    let nanoseconds = elapsed.map_or(0, |elapsed| elapsed.as_nanos());
    counter.fetch_add(u64::try_from(nanoseconds).unwrap_or(u64::MAX), Relaxed);
}
