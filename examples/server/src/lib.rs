//! The server without its socket: routes, and a folder that a store is kept in step with.

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response, Result};
use axum::routing::{get, post};
use vedtak::authzen::{self, Evaluation, Evaluations, Mapping, REQUEST_ID_HEADER, path};
use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::observer::{Counters, Tracing};
use vedtak::rest::{self, Representation};
use vedtak::store::{OnRefusal, SourceDocument};
use vedtak::{Error, Pdp, Store};

struct App {
    store: Store,
    mapping: Mapping,
    counters: Counters,
}

/// The routes of a server at an address, and the store that it decides with.
pub fn server(address: &str) -> Result<(Router, Store), Error> {
    let counters = Counters::new();
    let builder = Pdp::builder().root_combining(DENY_OVERRIDES);
    let builder = builder.observer(counters.clone()).observer(Tracing::new());
    let store = builder.store()?;
    let metadata = authzen::metadata(address, &[path::EVALUATION, path::EVALUATIONS]);
    let metadata = typed(authzen::MEDIA_TYPE, metadata);
    let app = App {
        store: store.clone(),
        mapping: Mapping::default(),
        counters,
    };
    let router = Router::new()
        .route("/", get(typed("application/xml", rest::home("/pdp"))))
        .route("/pdp", post(decide))
        .route(path::EVALUATION, post(evaluation))
        .route(path::EVALUATIONS, post(evaluations))
        .route(path::CONFIGURATION, get(metadata))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(1 << 20))
        .layer(middleware::from_fn(repeat_request_id))
        .with_state(Arc::new(app));
    Ok((router, store))
}

/// Makes the store hold what the folder holds. A file that is refused leaves what it was decide on,
/// and the log says why; a folder that cannot be listed changes nothing.
pub fn sync(store: &Store, folder: impl AsRef<Path>) -> io::Result<()> {
    let mut documents = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            let (name, bytes) = (path.display().to_string(), fs::read(&path)?);
            documents.push(SourceDocument::policy(name, bytes));
        }
    }
    documents.sort_by(|one, other| one.source.cmp(&other.source));
    let done = store.sync(documents, OnRefusal::Keep, |_| {});
    done.map(drop).map_err(io::Error::other)
}

/// A decision of the REST profile: XML or JSON, and the answer as the client accepts it.
async fn decide(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Result<Response> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let sent = text(CONTENT_TYPE).and_then(rest::representation);
    let sent = sent.ok_or(StatusCode::UNSUPPORTED_MEDIA_TYPE)?;
    let wanted = rest::accepted(text(ACCEPT), sent).ok_or(StatusCode::NOT_ACCEPTABLE)?;
    let pdp = app.store.pdp();
    let request = match sent {
        Representation::Xml => pdp.read_request("body", &body),
        Representation::Json => pdp.read_json_request("body", &body),
    };
    let response = pdp.decide_async(&request.map_err(bad_request)?).await;
    let answer = match wanted {
        Representation::Xml => response.to_xml(),
        Representation::Json => response.to_json(),
    };
    Ok(typed(wanted.media_type(), answer).into_response())
}

async fn evaluation(State(app): State<Arc<App>>, body: Bytes) -> Result<impl IntoResponse> {
    let asked = Evaluation::from_json(&body).map_err(bad_request)?;
    let pdp = app.store.pdp();
    let answer = pdp.decide_evaluation_async(&asked, &app.mapping).await;
    let answer = answer.map_err(bad_request)?.to_json();
    Ok(typed(authzen::MEDIA_TYPE, answer))
}

async fn evaluations(State(app): State<Arc<App>>, body: Bytes) -> Result<impl IntoResponse> {
    let asked = Evaluations::from_json(&body).map_err(bad_request)?;
    let pdp = app.store.pdp();
    let answers = pdp.decide_evaluations_async(&asked, &app.mapping).await;
    let answers = answers.map_err(bad_request)?.to_json();
    Ok(typed(authzen::MEDIA_TYPE, answers))
}

fn bad_request(error: Error) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, format!("{error}\n"))
}

fn typed(media_type: &'static str, body: String) -> impl IntoResponse + Clone {
    ([(CONTENT_TYPE, media_type)], body)
}

async fn repeat_request_id(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID_HEADER).cloned();
    let mut response = next.run(request).await;
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID_HEADER, id);
    }
    response
}

/// Without policies every answer is NotApplicable: not what anybody waits for.
async fn health(State(app): State<Arc<App>>) -> (StatusCode, String) {
    let (version, policies) = (app.store.version(), app.store.len());
    let code = match policies {
        0 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    (code, format!("version {version}, {policies} policies\n"))
}

/// Counters in Prometheus' text format.
async fn metrics(State(app): State<Arc<App>>) -> String {
    let counts = app.counters.read();
    let seconds = counts.decision_time.as_secs_f64();
    let of = |name, count| format!("vedtak_decisions_total{{decision=\"{name}\"}} {count}\n");
    of("Permit", counts.permit)
        + &of("Deny", counts.deny)
        + &of("NotApplicable", counts.not_applicable)
        + &of("Indeterminate", counts.indeterminate)
        + &format!("vedtak_decision_seconds_total {seconds}\n")
        + &format!("vedtak_policy_refusals_total {}\n", counts.refusals)
}
