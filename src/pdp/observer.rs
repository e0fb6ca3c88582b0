//! What a PDP does, as it happens: for logs, metrics and traces of the host.

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

use super::call::Decided;
use super::store::Changed;
use crate::error::Error;

/// Sees every decision of a [`Pdp`](crate::Pdp), every call of its providers and every change of its
/// [`Store`](crate::Store): for the logs and metrics of the host. It is given to the builder with
/// [`PdpBuilder::observer`](crate::PdpBuilder::observer); each method does nothing unless the host
/// says what.
///
/// Several observers are told in the order in which they were added. An observer runs on the thread
/// that decides, after the decision is made and before it is answered, so it should be quick. It
/// changes no answer; if it panics, so does the call it was told of. Decisions whose steps the host
/// runs itself ([`Evaluation`](crate::evaluate::Evaluation)) are the host's to observe.
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

    /// A store was changed, by [`put`](crate::Store::put) and its like. It decides by that now, and the
    /// observer may look at it.
    fn changed(&self, change: &Changed) {
        let _ = change;
    }

    /// The span of a call of a provider, in which the provider's own events are. Default: none.
    #[cfg(feature = "tracing")]
    fn provider_span(&self, provider: &str, queries: usize) -> ::tracing::Span {
        let _ = (provider, queries);
        ::tracing::Span::none()
    }

    /// A store refused documents or a change: what was there before goes on deciding.
    fn refused(&self, error: &Error) {
        let _ = error;
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

    fn changed(&self, change: &Changed) {
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
