//! Decisions and requests → metrics and the decision log.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};
use serde_json::json;
use serde_json::value::RawValue;
use vedtak::observer::{Observer, Tracing};
use vedtak::response::ResponseResult;
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

type ByLabels = Family<Vec<(&'static str, String)>, Counter>;

/// The metrics of a server, and its decision log. Clones share both. `new` says what each metric counts.
#[derive(Clone)]
pub struct Recorder {
    registry: Arc<Registry>,
    pub log: Option<Arc<DecisionLog>>,
    decisions: ByLabels,
    questions: ByLabels,
    troubles: Counter,
    engine: Histogram,
    requests: ByLabels,
    http: Histogram,
    /// The connections that are open, to be counted up and down.
    pub connections: Gauge,
    policies: Gauge,
    refused: Gauge,
    unread: Gauge,
    version: Gauge,
    pub changes: Counter,
    pub refusals: Counter,
}

impl Recorder {
    /// Makes metrics that are all zero.
    pub fn new(log: Option<DecisionLog>) -> Self {
        let mut registry = Registry::with_prefix("vedtak");
        let all = &mut registry;
        if let Some(log) = &log {
            let help = "Lines that the decision log has lost";
            all.register("decision_log_lost", help, log.lost());
        }
        let recorder = Self {
            log: log.map(Arc::new),
            decisions: new(all, "decisions", "Decisions by their value"),
            questions: new(all, "questions", "Searches, and questions about a register"),
            troubles: new(all, "decisions_with_troubles", "Decisions with a failure"),
            engine: seconds(all, "engine", "Time of the engine", &OF_ENGINE),
            requests: new(all, "http_requests", "Requests by path and status"),
            http: seconds(all, "http_request", "Headers to answer", &OF_HTTP),
            connections: new(all, "connections", "Connections that are open"),
            policies: new(all, "policies", "Policies that decide by themselves"),
            refused: new(all, "policies_refused", "Files refused at the last look"),
            unread: new(all, "folder_unread", "1 if the last look could not read"),
            version: new(all, "policy_version", "Changes of policies so far"),
            changes: new(all, "policy_changes", "Changes of policies"),
            refusals: new(all, "policy_refusals", "Files refused, at each look"),
            registry: Arc::new(registry),
        };
        for decision in ["Permit", "Deny", "NotApplicable", "Indeterminate"] {
            let labels = vec![("decision", decision.to_owned())];
            drop(recorder.decisions.get_or_create(&labels));
        }
        recorder
    }

    /// Returns the metrics as text of OpenMetrics, which Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        in_order(&text)
    }

    /// Counts a request that was answered.
    pub fn answered(&self, path: &str, status: u16, elapsed: Duration) {
        let labels = vec![("path", path.to_owned()), ("status", status.to_string())];
        self.requests.get_or_create(&labels).inc();
        self.http.observe(elapsed.as_secs_f64());
    }

    /// Counts the time of the engine for a request.
    pub fn decided_in(&self, elapsed: Duration) {
        self.engine.observe(elapsed.as_secs_f64());
    }

    /// Tells the version that decides now.
    pub fn policies(&self, version: &Version) {
        for (gauge, count) in [
            (&self.policies, version.deciding() as u64),
            (&self.refused, version.refused.len() as u64),
            (&self.unread, u64::from(version.unread)),
            (&self.version, version.number),
        ] {
            gauge.set(count.try_into().unwrap_or(i64::MAX));
        }
    }

    /// Counts and logs a decision of Altinn's.
    pub fn audited(&self, audited: &Audited<'_>) {
        let ruling = audited.ruling;
        self.count(ruling.decision(), !ruling.result.troubles.is_empty());
        let Some(log) = &self.log else { return };
        let request = audited.request;
        let request = request.filter(|request| !request.categories().is_empty());
        log.write("altinn", request, ruling.result.clone(), || {
            let line = json!({
                "Request": request.map(|request| crate::raw(request.to_json())),
                "Instant": audited.at.to_string(),
                "Decision": ruling.decision().as_str(),
                "Basis": ruling.basis.to_string(),
            });
            crate::raw(line.to_string())
        });
    }

    /// Counts and logs a question that is no request for a decision, and asks about many: it is answered
    /// from a register, or by an analysis.
    pub fn question(&self, name: &str, body: &[u8]) {
        let labels = vec![("question", name.to_owned())];
        self.questions.get_or_create(&labels).inc();
        if let Some(log) = &self.log {
            log.question(name, body);
        }
    }

    fn count(&self, decision: Decision, is_troubled: bool) {
        let labels = vec![("decision", decision.as_str().to_owned())];
        self.decisions.get_or_create(&labels).inc();
        if is_troubled {
            self.troubles.inc();
        }
    }
}

fn new<M: Metric + Clone + Default>(all: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    all.register(name, help, metric.clone());
    metric
}

/// Sorts the lines of each counter by their labels, which a family has in no order.
fn in_order(text: &str) -> String {
    let counter = |line: &str| {
        let (name, _) = line.split_once('{')?;
        name.strip_suffix("_total").map(str::to_owned)
    };
    let mut lines: Vec<&str> = text.lines().collect();
    let is_same =
        |one: &&str, other: &&str| counter(one).is_some() && counter(one) == counter(other);
    lines
        .chunk_by_mut(is_same)
        .for_each(<[&str]>::sort_unstable);
    lines.join("\n") + "\n"
}

fn seconds(all: &mut Registry, name: &str, help: &str, buckets: &[f64]) -> Histogram {
    let metric = Histogram::new(buckets.iter().copied());
    all.register_with_unit(name, help, Unit::Seconds, metric.clone());
    metric
}

/// What the library logs is logged, but for changes and refusals of policies, which the server tells by files.
impl Observer for Recorder {
    fn unreadable(&self, error: &Error) {
        Tracing::new().unreadable(error);
    }

    fn decided(&self, decided: &DecisionEvent<'_>) {
        Tracing::new().decided(decided);
        let outcome = decided.outcome;
        let is_troubled = outcome.map_or(true, |outcome| outcome.has_troubles());
        self.count(decided.decision, is_troubled);
        let Some(log) = &self.log else { return };
        match decided.outcome {
            Ok(outcome) => {
                let record = || decided.record().map(|record| crate::raw(record.to_json()));
                let whole = || record().unwrap_or_else(|| RawValue::NULL.to_owned());
                log.write("record", Some(decided.request), outcome.to_result(), whole);
            }
            Err(_) => {
                let line =
                    || crate::raw(json!({"Decision": decided.decision.as_str()}).to_string());
                log.write(
                    "undecided",
                    None,
                    ResponseResult::new(decided.decision),
                    line,
                );
            }
        }
    }
}
