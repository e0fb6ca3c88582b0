//! The server without its socket: routes, and a folder that a store is kept in step with.

use std::io;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use vedtak::authzen::{self, Evaluation, Evaluations, Mapping};
use vedtak::observer::{Counters, Tracing};
use vedtak::rest::{self, Representation};
use vedtak::store::{OnRefusal, SourceDocument};
use vedtak::{Error, Limits, Pdp, Store};

const DENY_OVERRIDES: &str =
    "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:deny-overrides";

#[derive(Clone)]
pub struct App {
    pub store: Store,
    mapping: Arc<Mapping>,
    counters: Counters,
    address: Arc<str>,
}

impl App {
    pub fn new(address: String) -> Result<Self, Error> {
        let counters = Counters::new();
        let builder = Pdp::builder().root_combining(DENY_OVERRIDES);
        let store = builder
            .observer(counters.clone())
            .observer(Tracing::new())
            .store()?;
        let (mapping, address) = (Arc::default(), address.into());
        Ok(Self {
            store,
            mapping,
            counters,
            address,
        })
    }

    pub fn router(self) -> Router {
        Router::new()
            .route("/", get(home))
            .route("/pdp", post(decide))
            .route(authzen::path::EVALUATION, post(evaluation))
            .route(authzen::path::EVALUATIONS, post(evaluations))
            .route(authzen::path::CONFIGURATION, get(metadata))
            .route("/health", get(health))
            .route("/metrics", get(metrics))
            .layer(DefaultBodyLimit::max(1 << 20))
            .with_state(self)
    }
}

/// Makes the store hold what the folder holds. A file that is refused leaves what it was decide on,
/// and the log says why; a folder that cannot be listed changes nothing.
pub fn sync(store: &Store, folder: &Path) -> io::Result<()> {
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            let bytes = std::fs::read(&path)?;
            documents.push(SourceDocument::policy(path.display().to_string(), bytes));
        }
    }
    documents.sort_by(|one, other| one.source.cmp(&other.source));
    let done = store.sync(documents, OnRefusal::Keep, |_| {});
    done.map(drop).map_err(io::Error::other)
}

/// A decision of the REST profile: XML or JSON, and the answer as the client accepts it.
async fn decide(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(sent) = text(header::CONTENT_TYPE).and_then(rest::representation) else {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    };
    let Some(wanted) = rest::accepted(text(header::ACCEPT), sent) else {
        return StatusCode::NOT_ACCEPTABLE.into_response();
    };
    let pdp = app.store.pdp();
    let request = match sent {
        Representation::Xml => pdp.read_request("body", &body),
        Representation::Json => pdp.read_json_request("body", &body),
    };
    let response = match request {
        Ok(request) => pdp.decide_async(&request).await,
        Err(error) => return bad_request(&error),
    };
    match wanted {
        Representation::Xml => typed(rest::XML, response.to_xml()),
        Representation::Json => typed(rest::JSON, response.to_json()),
    }
}

async fn evaluation(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = async {
        let asked = Evaluation::read("body", &body, &Limits::default())?;
        let pdp = app.store.pdp();
        Ok((pdp.decide_evaluation_async(&asked, &app.mapping).await?).to_json())
    };
    authzen_answer(&headers, answer.await)
}

async fn evaluations(State(app): State<App>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = async {
        let asked = Evaluations::read("body", &body, &Limits::default())?;
        let pdp = app.store.pdp();
        Ok((pdp.decide_evaluations_async(&asked, &app.mapping).await?).to_json())
    };
    authzen_answer(&headers, answer.await)
}

fn authzen_answer(headers: &HeaderMap, answer: Result<String, Error>) -> Response {
    let mut response = match answer {
        Ok(answer) => typed(authzen::MEDIA_TYPE, answer),
        Err(error) => bad_request(&error),
    };
    if let Some(id) = headers.get(authzen::REQUEST_ID_HEADER) {
        response.headers_mut().insert("x-request-id", id.clone());
    }
    response
}

fn typed(media_type: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, media_type)], body).into_response()
}

fn bad_request(error: &Error) -> Response {
    (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response()
}

async fn home() -> Response {
    typed("application/xml", rest::home("/pdp"))
}

async fn metadata(State(app): State<App>) -> Response {
    let answered = [authzen::path::EVALUATION, authzen::path::EVALUATIONS];
    typed(
        authzen::MEDIA_TYPE,
        authzen::metadata(&app.address, &answered),
    )
}

/// Without policies every answer is NotApplicable: not what anybody waits for.
async fn health(State(app): State<App>) -> Response {
    let code = match app.store.is_empty() {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::OK,
    };
    (
        code,
        format!(
            "version {}, {} policies\n",
            app.store.version(),
            app.store.len()
        ),
    )
        .into_response()
}

/// Counters in Prometheus' text format.
async fn metrics(State(app): State<App>) -> String {
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
