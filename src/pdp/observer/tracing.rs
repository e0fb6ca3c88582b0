//! Decisions, provider calls and store changes → events of the crate `tracing`.

use std::time::Duration;

use ::tracing::{Level, debug, enabled, info, warn};

use super::{Observer, ProviderCall};
use crate::error::{Error, cut};
use crate::pdp::call::DecisionEvent;
use crate::pdp::store::ChangeSummary;

/// The target of all events and spans.
const TARGET: &str = "vedtak";

/// An observer that makes every decision, call of a provider and change of a store an event of
/// `tracing`, of the target `vedtak` (feature `tracing`).
///
/// Decisions and changes are at level INFO, troubles and refusals at WARN, calls of providers at
/// DEBUG. Each call of a provider also has a span, `provider`, which the provider's own events are
/// in.
///
/// Events hold names of rules, policies, attributes and providers. Values of attributes, and texts
/// that may repeat them, such as messages of errors, are left out unless the host
/// [asks](Self::with_values) for them.
///
/// ```
/// use vedtak::observer::Tracing;
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// let pdp = vedtak::Pdp::builder().policy("policy.xml", policy).observer(Tracing::new()).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Tracing {
    has_values: bool,
}

impl Tracing {
    /// Returns an observer whose events hold no values of attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the values that a decision read and the messages of failures, which may show who asked
    /// for whose data.
    #[must_use]
    pub fn with_values(mut self) -> Self {
        self.has_values = true;
        self
    }
}

fn microseconds(elapsed: Option<Duration>) -> Option<u64> {
    elapsed.and_then(|elapsed| u64::try_from(elapsed.as_micros()).ok())
}

impl Observer for Tracing {
    fn decided(&self, decided: &DecisionEvent<'_>) {
        let (request, part) = (decided.request_number, decided.part_number);
        let microseconds = microseconds(decided.elapsed);
        let outcome = match decided.outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                let error = self.has_values.then(|| on_one_line(error));
                warn!(target: TARGET, request, part, error, "no decision");
                return;
            }
        };
        if enabled!(target: TARGET, Level::INFO) {
            let rules: Vec<String> = outcome.rules().map(|rule| rule.to_string()).collect();
            let policies: Vec<String> = outcome.policies_behind().map(|p| cut(&p.id)).collect();
            let read = self.has_values.then(|| {
                let read = outcome.attributes_read();
                let read = read.map(|read| format!("{}={:?}", read.designator.id, read.values));
                read.collect::<Vec<_>>().join(" ")
            });
            info!(
                target: TARGET,
                decision = %decided.decision,
                rules = rules.join(", "),
                policies = policies.join(", "),
                read,
                request,
                part,
                version = decided.version,
                microseconds,
                "decided"
            );
        }
        if outcome.has_troubles() && enabled!(target: TARGET, Level::WARN) {
            for trouble in outcome.troubles() {
                let attribute = trouble.attribute.as_ref();
                let place = trouble.places.first();
                warn!(
                    target: TARGET,
                    provider = trouble.provider.as_deref(),
                    attribute = attribute.map(|attribute| &*attribute.id),
                    rule = place.and_then(|place| place.rule.as_deref()),
                    policy = place.map(|place| &*place.policy.id),
                    code = %trouble.code,
                    why = self.has_values.then_some(&*trouble.message),
                    request,
                    part,
                    "trouble"
                );
            }
        }
    }

    fn unreadable(&self, error: &Error) {
        let error = self.has_values.then(|| on_one_line(error));
        warn!(target: TARGET, error, "unreadable request");
    }

    fn fetched(&self, call: &ProviderCall<'_>) {
        let microseconds = microseconds(call.elapsed);
        let ProviderCall {
            provider,
            queries,
            failed,
            from_cache,
            ..
        } = *call;
        debug!(target: TARGET, provider, queries, failed, from_cache, microseconds, "fetched");
    }

    fn provider_span(&self, provider: &str, queries: usize) -> ::tracing::Span {
        ::tracing::debug_span!(target: TARGET, "provider", provider, queries)
    }

    fn changed(&self, change: &ChangeSummary) {
        let ChangeSummary {
            version, referring, ..
        } = *change;
        let (put, removed) = (change.ids.len(), change.removed.len());
        info!(target: TARGET, version, put, removed, referring, "policies changed");
    }

    fn refused(&self, error: &Error) {
        warn!(target: TARGET, error = on_one_line(error), "policies refused");
    }
}

/// A message without line breaks and other control characters: a name of a file that holds some must
/// not make lines of a log.
fn on_one_line(error: &impl ToString) -> String {
    let text = error.to_string();
    let shown = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    text.chars()
        .map(shown)
        .collect::<String>()
        .replace('\n', " | ")
}
