//! What a PDP does, as it happens: for logs, metrics and traces of the host.

mod counters;
#[cfg(feature = "tracing")]
mod tracing;

use std::sync::Arc;
use std::time::Duration;

pub use counters::{Counters, Counts};
#[cfg(feature = "tracing")]
pub use self::tracing::Tracing;

use super::call::Decided;
use crate::error::Error;

/// Sees every decision of a [`Pdp`](crate::Pdp), every call of its providers and every change of its
/// [`Store`](crate::Store): for the logs and metrics of the host. It is given to the builder with
/// [`PdpBuilder::observer`](crate::PdpBuilder::observer); each method does nothing unless the host
/// says what.
///
/// It runs on the thread that decides, after the decision is made and before it is answered, so it
/// should be quick. It changes no answer; if it panics, so does the call it was told of. Decisions
/// whose steps the host runs itself ([`Evaluation`](crate::evaluate::Evaluation)) are its own to
/// observe.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use vedtak::observer::Observer;
/// use vedtak::{Decided, Pdp, Request};
///
/// #[derive(Default)]
/// struct Log(Mutex<Vec<String>>);
///
/// impl Observer for Log {
///     fn decided(&self, decided: &Decided<'_>) {
///         let rules = decided.outcome.iter().flat_map(|outcome| outcome.rules());
///         let rules: Vec<String> = rules.map(|rule| rule.rule.to_owned()).collect();
///         self.0.lock().unwrap().push(format!("{} by {}", decided.decision, rules.join(", ")));
///     }
/// }
///
/// let log = Arc::new(Log::default());
/// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
/// let pdp = Pdp::builder().policy("policy.xml", policy).observer(log.clone()).build()?;
/// let request = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// pdp.decide(&request);
/// assert!(log.0.lock().unwrap()[0].starts_with("Permit by "));
/// # Ok::<(), vedtak::Error>(())
/// ```
pub trait Observer: Send + Sync {
    /// A decision was made, or could not be made at all.
    fn decided(&self, decided: &Decided<'_>) {
        let _ = decided;
    }

    /// A text that [`decide_xml`](crate::Pdp::decide_xml) or `decide_json` was given is no request:
    /// the answer is Indeterminate.
    fn unreadable(&self, error: &Error) {
        let _ = error;
    }

    /// A call of a provider ended.
    fn fetched(&self, call: &ProviderCall<'_>) {
        let _ = call;
    }

    /// A store has another version. It is published by now, and may be asked by the observer.
    fn changed(&self, change: &StoreChange) {
        let _ = change;
    }

    /// A store refused a document: what was there before goes on deciding.
    fn refused(&self, source: &str, error: &Error) {
        let _ = (source, error);
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn decided(&self, decided: &Decided<'_>) {
        (**self).decided(decided);
    }

    fn unreadable(&self, error: &Error) {
        (**self).unreadable(error);
    }

    fn fetched(&self, call: &ProviderCall<'_>) {
        (**self).fetched(call);
    }

    fn changed(&self, change: &StoreChange) {
        (**self).changed(change);
    }

    fn refused(&self, source: &str, error: &Error) {
        (**self).refused(source, error);
    }
}

/// Two observers see the same.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn decided(&self, decided: &Decided<'_>) {
        self.0.decided(decided);
        self.1.decided(decided);
    }

    fn unreadable(&self, error: &Error) {
        self.0.unreadable(error);
        self.1.unreadable(error);
    }

    fn fetched(&self, call: &ProviderCall<'_>) {
        self.0.fetched(call);
        self.1.fetched(call);
    }

    fn changed(&self, change: &StoreChange) {
        self.0.changed(change);
        self.1.changed(change);
    }

    fn refused(&self, source: &str, error: &Error) {
        self.0.refused(source, error);
        self.1.refused(source, error);
    }
}

/// A call of a provider that ended: of `fetch`, or of `fetch_many`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProviderCall<'a> {
    /// The name of the provider.
    pub provider: &'a str,
    /// How many queries it was asked.
    pub queries: usize,
    /// How many of them it did not answer, or not in time.
    pub failed: usize,
    /// How many answers a [`Cached`](crate::provider::Cached) provider had remembered.
    pub from_cache: usize,
    /// How long it took; none where there is no clock, as in a browser.
    pub elapsed: Option<Duration>,
}

/// A change of a store that is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreChange {
    /// The version that the store has by it.
    pub version: u64,
    /// Documents that were put in or replaced.
    pub put: usize,
    /// Policies that were taken out.
    pub removed: usize,
}

/// The time since something began. It is taken only for an observer: elsewhere no clock is asked.
#[derive(Clone, Copy)]
pub(super) struct Stopwatch(Option<std::time::Instant>);

impl Stopwatch {
    #[inline]
    pub(super) fn start(is_wanted: bool) -> Self {
        // A browser has no such clock: there `Instant::now` panics.
        let has_clock = cfg!(not(all(target_family = "wasm", target_os = "unknown")));
        Self((is_wanted && has_clock).then(std::time::Instant::now))
    }

    pub(super) fn elapsed(self) -> Option<Duration> {
        self.0.map(|start| start.elapsed())
    }
}
