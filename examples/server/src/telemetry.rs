//! Decisions and requests → metrics and the decision log.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use serde_json::json;
use vedtak::observer::Observer;
use vedtak::store::ChangeSummary;
use vedtak::{Decision, DecisionEvent, Error, altinn::ruling::Audited};

use crate::decision_log::DecisionLog;
use crate::policies::Version;

/// The media type of metrics.
pub const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The buckets of a decision, in seconds: from 2 microseconds to a second.
const OF_ENGINE: [f64; 12] = [
    2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2, 1e-1, 1.0,
];

/// The buckets of a request, in seconds.
const OF_HTTP: [f64; 10] = [1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 2e-2, 1e-1, 1.0, 10.0];

type ByLabels = Vec<(&'static str, String)>;

/// The metrics of a server, and its decision log. Clones share both.
#[derive(Clone)]
pub struct Recorder(Arc<Recorded>);

struct Recorded {
    registry: Registry,
    log: Option<DecisionLog>,
    decisions: Family<ByLabels, Counter>,
    engine: Histogram,
    requests: Family<ByLabels, Counter>,
    http: Histogram,
    connections: Gauge,
    changes: Counter,
    refusals: Counter,
    policies: Gauge,
    refused: Gauge,
    version: Gauge,
    troubles: Counter,
}

impl Recorder {
    /// Makes metrics that are all zero.
    pub fn new(log: Option<DecisionLog>) -> Self {
        let mut registry = Registry::with_prefix("vedtak");
        let recorded = Recorded {
            log,
            decisions: Family::default(),
            engine: Histogram::new(OF_ENGINE),
            requests: Family::default(),
            http: Histogram::new(OF_HTTP),
            connections: Gauge::default(),
            changes: Counter::default(),
            refusals: Counter::default(),
            policies: Gauge::default(),
            refused: Gauge::default(),
            version: Gauge::default(),
            troubles: Counter::default(),
            registry: Registry::default(),
        };
        for decision in ["Permit", "Deny", "NotApplicable", "Indeterminate"] {
            drop(
                recorded
                    .decisions
                    .get_or_create(&vec![("decision", decision.to_owned())]),
            );
        }
        let Recorded {
            decisions,
            engine,
            requests,
            http,
            connections,
            ..
        } = &recorded;
        let Recorded {
            changes,
            refusals,
            policies,
            refused,
            version,
            troubles,
            ..
        } = &recorded;
        registry.register("decisions", "Decisions by their value", decisions.clone());
        let help = "Decisions with a failure, whatever their value";
        registry.register("decisions_with_troubles", help, troubles.clone());
        let help = "Time of the engine for a request";
        registry.register_with_unit("engine", help, Unit::Seconds, engine.clone());
        registry.register(
            "http_requests",
            "Requests by path and status",
            requests.clone(),
        );
        let help = "Time of a request from its headers to its answer";
        registry.register_with_unit("http_request", help, Unit::Seconds, http.clone());
        registry.register(
            "connections",
            "Connections that are open",
            connections.clone(),
        );
        registry.register("policies", "Policies that decide", policies.clone());
        let help = "Files that were refused at the last look into the folder";
        registry.register("policies_refused", help, refused.clone());
        registry.register(
            "policy_version",
            "Changes of policies so far",
            version.clone(),
        );
        registry.register("policy_changes", "Changes of policies", changes.clone());
        let help = "Files that were refused, at each look into the folder";
        registry.register("policy_refusals", help, refusals.clone());
        if let Some(log) = &recorded.log {
            let help = "Lines that the decision log has lost";
            registry.register("decision_log_lost", help, log.lost());
        }
        Self(Arc::new(Recorded {
            registry,
            ..recorded
        }))
    }

    /// Returns the metrics as text of OpenMetrics, which Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.0.registry);
        text
    }

    /// The connections that are open, to be counted up and down.
    pub fn connections(&self) -> &Gauge {
        &self.0.connections
    }

    /// Counts a request that was answered.
    pub fn answered(&self, path: &str, status: u16, elapsed: Duration) {
        let labels = vec![("path", path.to_owned()), ("status", status.to_string())];
        self.0.requests.get_or_create(&labels).inc();
        self.0.http.observe(elapsed.as_secs_f64());
    }

    /// Counts the time of the engine for a request.
    pub fn decided_in(&self, elapsed: Duration) {
        self.0.engine.observe(elapsed.as_secs_f64());
    }

    /// Tells the version that decides now.
    pub fn policies(&self, version: &Version) {
        self.0
            .policies
            .set(i64::try_from(version.documents.len()).unwrap_or(i64::MAX));
        self.0
            .refused
            .set(i64::try_from(version.refused.len()).unwrap_or(i64::MAX));
        self.0
            .version
            .set(i64::try_from(version.number).unwrap_or(i64::MAX));
    }

    /// Counts a change of policies.
    pub fn count_change(&self) {
        self.0.changes.inc();
    }

    /// Counts a file that was refused.
    pub fn count_refusal(&self) {
        self.0.refusals.inc();
    }

    /// Counts and logs a decision of Altinn's.
    pub fn audited(&self, audited: &Audited<'_>) {
        let ruling = audited.ruling;
        self.count(ruling.decision(), !ruling.result.troubles.is_empty());
        let Some(log) = &self.0.log else { return };
        let request = audited
            .request
            .filter(|request| !request.categories().is_empty());
        let request = request.map(|request| crate::raw(request.to_json()));
        log.write(
            "altinn",
            &json!({
                "Request": request,
                "Instant": audited.at.to_string(),
                "Decision": ruling.decision().as_str(),
                "Basis": ruling.basis.to_string(),
            }),
        );
    }

    /// Opens the file of the decision log again, which somebody has renamed.
    pub fn reopen(&self) {
        if let Some(log) = &self.0.log {
            log.reopen();
        }
    }

    /// The lines that the decision log has lost; none without one.
    pub fn lost(&self) -> Option<u64> {
        self.0.log.as_ref().map(|log| log.lost().get())
    }

    /// Writes what is not written yet.
    pub fn close(&self) {
        if let Some(log) = &self.0.log {
            log.close();
        }
    }

    fn count(&self, decision: Decision, is_troubled: bool) {
        let labels = vec![("decision", decision.as_str().to_owned())];
        self.0.decisions.get_or_create(&labels).inc();
        if is_troubled {
            self.0.troubles.inc();
        }
    }
}

impl Observer for Recorder {
    fn decided(&self, decided: &DecisionEvent<'_>) {
        let is_troubled = decided
            .outcome
            .map_or(true, |outcome| outcome.has_troubles());
        self.count(decided.decision, is_troubled);
        let Some(log) = &self.0.log else { return };
        match decided.record() {
            Some(record) => log.write("record", &crate::raw(record.to_json())),
            None => log.write("undecided", &json!({"Decision": decided.decision.as_str()})),
        }
    }

    fn changed(&self, _: &ChangeSummary) {
        self.count_change();
    }

    fn refused(&self, _: &Error) {
        self.count_refusal();
    }
}
