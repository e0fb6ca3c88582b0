//! The paths of the server.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use vedtak::authzen::{self, path};
use vedtak::rest;

use crate::access::Right;
use crate::evaluation::only_json;
use crate::gate::{demand, enter};
use crate::problem::{Problem, details};
use crate::service::Service;
use crate::strict::no_query;
use crate::{altinn, evaluation, explain, pages, telemetry, trial, xacml};

/// Returns the routes of a service.
pub fn routes(service: Arc<Service>) -> Router {
    // With a register, searches are not answered.
    let calls = match service.options.deciding.altinn {
        None => &evaluation::CALLS[..],
        Some(_) => &evaluation::CALLS[..2],
    };
    let address = service.options.address();
    let metadata = authzen::metadata(&address, calls);
    let headers = [
        (header::CONTENT_TYPE, authzen::MEDIA_TYPE),
        (header::CACHE_CONTROL, "max-age=300"),
    ];
    let metadata = (headers, metadata);
    // The metadata of an address with a path are at that path behind the well-known one (RFC 8615).
    let path_of = address
        .parse()
        .map(|address: Uri| address.path().to_owned());
    let own = format!("{}{}", path::CONFIGURATION, path_of.unwrap_or_default());
    let of_path = metadata.clone();
    let home = rest::home("/pdp");
    let home = ([(header::CONTENT_TYPE, "application/xml")], home);
    let needs = |right| from_fn(move |request: Request, next: Next| demand(right, request, next));
    let decisions = Router::new()
        .route(path::EVALUATION, post(evaluation::evaluate))
        .route(path::EVALUATIONS, post(evaluation::evaluate))
        .route(path::SEARCH_SUBJECT, post(evaluation::search))
        .route(path::SEARCH_RESOURCE, post(evaluation::search))
        .route(path::SEARCH_ACTION, post(evaluation::search))
        .route_layer(from_fn(only_json))
        .route("/pdp", post(xacml::decide))
        .route_layer(from_fn(no_query))
        .route_layer(needs(Right::Decide));
    let reasons = Router::new()
        .route("/altinn/{question}", post(altinn::answer))
        .route("/try", post(trial::answer))
        .route_layer(from_fn(only_json))
        .route("/explain", post(explain::explain))
        .route("/policies", get(pages::list))
        .route("/policies/{source}", get(pages::policy))
        .route("/tests", get(trial::tests))
        .route_layer(from_fn(no_query))
        .route("/why-not", post(explain::why_not))
        .route_layer(needs(Right::Explain));
    let operations = Router::new()
        .route("/metrics", get(metrics))
        .route_layer(needs(Right::Operate));
    let mut router = Router::new()
        .merge(decisions)
        .merge(reasons)
        .merge(operations)
        .route("/", get(home))
        .route(path::CONFIGURATION, get(metadata))
        .route("/health", get("alive\n"))
        .route("/ready", get(ready));
    if service.options.pages {
        router = router.merge(pages::files());
    }
    let nothing =
        async move |method: Method, uri: Uri| match method == Method::GET && uri.path() == own {
            true => of_path.into_response(),
            false => Problem::new(StatusCode::NOT_FOUND, "there is nothing here").into_response(),
        };
    with_layers(router.fallback(nothing), service)
}

/// Puts around routes what every request goes through.
pub fn with_layers(router: Router<Arc<Service>>, service: Arc<Service>) -> Router {
    let panicked = |_| {
        tracing::error!("a request made the server panic");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the server has a defect").into_response()
    };
    router
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(
            service.options.max_body as usize,
        ))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            service.options.answer_within,
        ))
        .layer(from_fn(details))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(service.clone(), enter))
        .with_state(service)
}

async fn metrics(State(service): State<Arc<Service>>) -> impl IntoResponse {
    let kind = [(header::CONTENT_TYPE, telemetry::METRICS)];
    (kind, service.recorder.text())
}

/// Says whether requests are to be sent here. Where no policy decides by itself, every answer would be
/// NotApplicable: not what anybody waits for; and where files have been refused since the start, what denies may be missing.
async fn ready(State(service): State<Arc<Service>>) -> (StatusCode, Json<Value>) {
    let version = service.version();
    let is_ready = version.is_whole && version.deciding() > 0 && !service.is_stopping();
    let status = match is_ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let mut told = json!({
        "ready": is_ready,
        "version": version.number,
        "policies": version.deciding(),
        "followed": !version.unread,
        "digest": version.digest,
        "refused": version.refused.len(),
        "kept": version.kept,
    });
    if let Some(log) = &service.recorder.log {
        told["decision_log_lost"] = log.lost().get().into();
    }
    (status, Json(told))
}
