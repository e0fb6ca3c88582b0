//! Logs, metrics and traces: an [`Observer`] sees every decision, provider call and store change as it
//! happens.
//!
//! [`Counters`] counts them, and `Tracing` (feature `tracing`) makes them events and spans.
//! [The chapter on observing](crate::manual::observing) shows a log.

mod counters;
#[cfg(feature = "tracing")]
mod tracing;

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(feature = "tracing")]
pub use self::tracing::Tracing;
pub use counters::{Counters, Counts};

use super::call::DecisionEvent;
use super::store::ChangeSummary;
use crate::error::Error;

/// Sees every decision of a [`Pdp`](crate::Pdp), every call of its providers and every change of
/// its [`Store`](crate::Store), for the logs and metrics of the host.
///
/// [`PdpBuilder::observer`](crate::PdpBuilder::observer) adds one; each method does nothing by
/// default.
///
/// Several observers are called in the order in which they were added. An observer runs on the
/// thread that decides, after the decision and before the answer, so it should be quick. It changes
/// no answer; if it panics, so does the call that it observes. It does not see decisions whose
/// steps the host runs itself ([`Evaluation`](crate::evaluate::Evaluation)).
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use vedtak::observer::Observer;
/// use vedtak::{DecisionEvent, Pdp, Request};
///
/// #[derive(Default)]
/// struct Log(Mutex<Vec<String>>);
///
/// impl Observer for Log {
///     fn decided(&self, decided: &DecisionEvent<'_>) {
///         let rules = decided.outcome.iter().flat_map(|outcome| outcome.rules());
///         let rules: Vec<String> = rules.map(|rule| rule.rule.to_owned()).collect();
///         self.0.lock().unwrap().push(format!("{} by {}", decided.decision, rules.join(", ")));
///     }
/// }
///
/// let log = Arc::new(Log::default());
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// let pdp = Pdp::builder().policy("policy.xml", policy).observer(log.clone()).build()?;
/// let request = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// pdp.decide(&request);
/// assert!(log.0.lock().unwrap()[0].starts_with("Permit by "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Observer: Send + Sync {
    /// A request was decided, or could not be decided at all.
    fn decided(&self, decided: &DecisionEvent<'_>) {
        let _ = decided;
    }

    /// A request of [`decide_xml`](crate::Pdp::decide_xml) or `decide_json` could not be read: the
    /// answer is Indeterminate.
    fn unreadable(&self, error: &Error) {
        let _ = error;
    }

    /// A call of a provider ended.
    fn fetched(&self, call: &ProviderCall<'_>) {
        let _ = call;
    }

    /// A store has changed, by [`put`](crate::Store::put) and its like. The new version already
    /// decides, and the observer may read it.
    fn changed(&self, change: &ChangeSummary) {
        let _ = change;
    }

    /// Returns the span of a call of a provider, which the provider's own events are in. Default:
    /// none.
    #[cfg(feature = "tracing")]
    fn provider_span(&self, provider: &str, queries: usize) -> ::tracing::Span {
        let _ = (provider, queries);
        ::tracing::Span::none()
    }

    /// A store refused documents or a change: its version stays.
    fn refused(&self, error: &Error) {
        let _ = error;
    }
}

impl<O: Observer + ?Sized> Observer for Arc<O> {
    fn decided(&self, decided: &DecisionEvent<'_>) {
        (**self).decided(decided);
    }

    fn unreadable(&self, error: &Error) {
        (**self).unreadable(error);
    }

    fn fetched(&self, call: &ProviderCall<'_>) {
        (**self).fetched(call);
    }

    fn changed(&self, change: &ChangeSummary) {
        (**self).changed(change);
    }

    #[cfg(feature = "tracing")]
    fn provider_span(&self, provider: &str, queries: usize) -> ::tracing::Span {
        (**self).provider_span(provider, queries)
    }

    fn refused(&self, error: &Error) {
        (**self).refused(error);
    }
}

/// A finished call of a provider, by `fetch` or `fetch_many`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ProviderCall<'a> {
    /// The name of the provider.
    pub provider: &'a str,
    /// The number of queries in the call.
    pub queries: usize,
    /// The number of queries that were not answered, or not in time.
    pub failed: usize,
    /// The number of answers from the memory of a [`Cached`](crate::provider::Cached) provider.
    pub from_cache: usize,
    /// The duration of the call; none where there is no clock, as in a browser.
    pub elapsed: Option<Duration>,
}

/// The time since something began. The clock is read only for an observer.
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

/// The span of a call of a provider, if an observer has one.
pub(super) struct Span {
    #[cfg(feature = "tracing")]
    span: ::tracing::Span,
}

impl Span {
    #[cfg_attr(
        not(feature = "tracing"),
        expect(unused_variables, reason = "there are no spans")
    )]
    pub(super) fn of(observers: &[Box<dyn Observer>], provider: &str, queries: usize) -> Self {
        #[cfg(feature = "tracing")]
        let mut spans = observers.iter().map(|o| o.provider_span(provider, queries));
        Self {
            #[cfg(feature = "tracing")]
            span: spans
                .find(|span| !span.is_none())
                .unwrap_or_else(::tracing::Span::none),
        }
    }

    pub(super) fn inside<T>(&self, run: impl FnOnce() -> T) -> T {
        #[cfg(feature = "tracing")]
        let _entered = self.span.enter();
        run()
    }
}

/// A future that is polled inside a span.
pub(super) struct Inside<F> {
    pub(super) span: Span,
    pub(super) future: F,
}

impl<F: Future + Unpin> Future for Inside<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self { span, future } = &mut *self;
        span.inside(|| Pin::new(future).poll(context))
    }
}
