//! The server without its socket: routes, and a folder that a store is kept in step with.

use std::{error, fs, path::Path, sync::LazyLock, time};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response, Result};
use axum::routing::{get, post};
use vedtak::authzen::{
    self, Answer, Evaluation, Evaluations, Mapping, REQUEST_ID_HEADER, Search, SearchKind,
    UnmappedProperties, path,
};
use vedtak::combining::policy::DENY_OVERRIDES;
use vedtak::observer::{Counters, Tracing};
use vedtak::rest::{self, Representation};
use vedtak::store::{OnRefusal, SourceDocument};
use vedtak::{Error, Pdp, ReadOptions, SearchOutcome, Store};

/// The attributes that the members of AuthZEN requests become, and the treatment of obligations.
static MAPPING: LazyLock<Mapping> = LazyLock::new(Mapping::default);

/// The time in which a question is read and answered.
const IN_TIME: time::Duration = time::Duration::from_secs(10);

/// The steps that a search takes at most.
const SEARCH_BUDGET: usize = 1_000_000;

/// The calls of AuthZEN that this server answers.
const CALLS: [&str; 5] = [
    path::EVALUATION,
    path::EVALUATIONS,
    path::SEARCH_SUBJECT,
    path::SEARCH_RESOURCE,
    path::SEARCH_ACTION,
];

/// What a client is told whose media type is none of these.
const MEDIA_TYPES: &str = "`Content-Type` and `Accept` take application/xacml+xml, \
    application/xacml+json, application/xml and application/json\n";

/// The routes of a server at an address, and the store that it decides with.
pub fn server(address: &str) -> Result<(Router, Store), Error> {
    let counters = Counters::new();
    let builder = Pdp::builder().root_combining(DENY_OVERRIDES);
    let builder = builder.observer(counters.clone()).observer(Tracing::new());
    let store = builder.store()?;
    let metadata = authzen::metadata(address, &CALLS);
    let metadata = typed(authzen::MEDIA_TYPE, metadata);
    let router = Router::new()
        .route(path::EVALUATION, post(evaluation))
        .route(path::EVALUATIONS, post(evaluations))
        .route(path::SEARCH_SUBJECT, post(search))
        .route(path::SEARCH_RESOURCE, post(search))
        .route(path::SEARCH_ACTION, post(search))
        .route_layer(middleware::from_fn(only_json))
        .route("/", get(typed("application/xml", rest::home("/pdp"))))
        .route("/pdp", post(decide))
        .route(path::CONFIGURATION, get(metadata))
        .route("/health", get(health))
        .route("/metrics", get(async move || counters.read().to_string()))
        .layer(DefaultBodyLimit::max(1 << 20))
        .layer(middleware::from_fn(answer_in_time))
        .with_state(store.clone());
    Ok((router, store))
}

/// Makes the store hold what the folder holds, without the folders inside it, which the log names. A
/// file that is refused leaves what it was decide on, and the log says why; a folder that cannot be
/// read changes nothing.
pub fn sync(store: &Store, folder: impl AsRef<Path>) -> Result<(), Box<dyn error::Error>> {
    let mut documents = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let extension = path.extension().map(|name| name.to_ascii_lowercase());
        if extension.is_some_and(|extension| extension == "xml") {
            // What is not XML is refused: what it was stays, and the log has its name. A pipe would
            // keep whoever reads it waiting.
            let read = path.is_file().then(|| fs::read(&path).ok()).flatten();
            let bytes = read.unwrap_or_else(|| b"this file cannot be read".to_vec());
            documents.push(SourceDocument::policy(path.display().to_string(), bytes));
        } else if path.is_dir() {
            tracing::warn!(folder = %path.display(), "a folder in the folder is not followed");
        }
    }
    documents.sort_by(|one, other| one.source.cmp(&other.source));
    store.sync(documents, OnRefusal::Keep, |_| {})?;
    Ok(())
}

/// A decision of the REST profile: XML or JSON, and the answer as the client accepts it.
async fn decide(State(store): State<Store>, headers: HeaderMap, body: Bytes) -> Result<Response> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let sent = text(header::CONTENT_TYPE).and_then(rest::representation);
    let sent = sent.ok_or((StatusCode::UNSUPPORTED_MEDIA_TYPE, MEDIA_TYPES))?;
    let wanted = rest::accepted(text(header::ACCEPT), sent);
    let wanted = wanted.ok_or((StatusCode::NOT_ACCEPTABLE, MEDIA_TYPES))?;
    let pdp = store.pdp();
    let request = match sent {
        Representation::Xml => vedtak::Request::read_xml(&body, pdp.read_options()),
        Representation::Json => vedtak::Request::read_json(&body, pdp.read_options()),
    };
    let request = request.map_err(bad_request)?;
    let response = pdp.decide_async(&request).await;
    let answer = match wanted {
        Representation::Xml => response.to_xml_for(&request),
        Representation::Json => response.to_json(),
    };
    Ok(typed(wanted.media_type(), answer).into_response())
}

/// Questions of AuthZEN are JSON and say so. What a form of a web page sends is none, and is answered
/// with the media type of those.
async fn only_json(headers: HeaderMap, request: Request, next: Next) -> Result<Response> {
    let sent = headers.get(header::CONTENT_TYPE);
    match sent.and_then(|sent| rest::representation(sent.to_str().ok()?)) {
        Some(Representation::Json) => Ok(next.run(request).await),
        _ => Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, authzen::MEDIA_TYPE).into()),
    }
}

async fn evaluation(State(store): State<Store>, body: Bytes) -> Result<impl IntoResponse> {
    let asked = Evaluation::from_json(&body).map_err(bad_request)?;
    let answer = store
        .pdp()
        .call()
        .decide_evaluation_async(&asked, &MAPPING)
        .await;
    let answer = answer.map_err(bad_request)?;
    log_reason(&answer);
    Ok(typed(authzen::MEDIA_TYPE, answer.to_json()))
}

async fn evaluations(State(store): State<Store>, body: Bytes) -> Result<impl IntoResponse> {
    let asked = Evaluations::from_json(&body).map_err(bad_request)?;
    let answers = store
        .pdp()
        .call()
        .decide_evaluations_async(&asked, &MAPPING)
        .await;
    let answers = answers.map_err(bad_request)?;
    answers.answers.iter().for_each(log_reason);
    Ok(typed(authzen::MEDIA_TYPE, answers.to_json()))
}

/// The ids that the policies name, of those that are permitted. Where the policies permit more than
/// they name, only a list of candidates tells, which this server does not have.
async fn search(State(store): State<Store>, uri: Uri, body: Bytes) -> Result<Response> {
    let mut mapping = MAPPING.clone();
    let (kind, sought) = match uri.path() {
        path::SEARCH_SUBJECT => (SearchKind::Subjects, &mut mapping.subject),
        path::SEARCH_RESOURCE => (SearchKind::Resources, &mut mapping.resource),
        _ => (SearchKind::Actions, &mut mapping.action),
    };
    // What is sought has a type and an id: this server knows no properties of it.
    sought.others = UnmappedProperties::Ignored;
    let asked = Search::read_json(kind, &body, ReadOptions::new()).map_err(bad_request)?;
    let pdp = store.pdp();
    let found = pdp.call().search_policies(&asked, &mapping, SEARCH_BUDGET);
    match found.map_err(bad_request)? {
        SearchOutcome::Finite(answer) => {
            Ok(typed(authzen::MEDIA_TYPE, answer.to_json()).into_response())
        }
        other => {
            tracing::info!(outcome = ?other, "no search");
            let text = "the policies permit others than those that they name\n";
            Ok((StatusCode::NOT_IMPLEMENTED, text).into_response())
        }
    }
}

/// Whoever asks learns only `false`: the reason is for the log. A Deny has none; the event of the
/// decision has it and its rules.
fn log_reason(answer: &Answer) {
    let error = answer.error.as_ref().map(|error| &*error.message);
    if let Some(reason) = answer.reason.as_deref().or(error) {
        tracing::info!(decision = answer.decision, reason, "answered");
    }
}

fn bad_request(error: Error) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, format!("{error}\n"))
}

fn typed(media_type: &'static str, body: String) -> impl IntoResponse + Clone {
    ([(header::CONTENT_TYPE, media_type)], body)
}

/// The answer, with the id of its request; or 408 if its body comes too slowly to be answered in time.
async fn answer_in_time(request: Request, next: Next) -> Response {
    let id = request.headers().get(REQUEST_ID_HEADER).cloned();
    let answered = tokio::time::timeout(IN_TIME, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response());
    if let Some(id) = id {
        response.headers_mut().insert(REQUEST_ID_HEADER, id);
    }
    response
}

/// Without policies every answer is NotApplicable: not what anybody waits for.
async fn health(State(store): State<Store>) -> (StatusCode, String) {
    let text = format!("version {}, {} policies\n", store.version(), store.len());
    if store.is_empty() {
        return (StatusCode::SERVICE_UNAVAILABLE, text);
    }
    (StatusCode::OK, text)
}
