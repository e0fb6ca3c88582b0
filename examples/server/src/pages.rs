//! Pages for a browser: their files, and the questions that they ask.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use vedtak::analysis::explain::Element;
use vedtak::rest::{Representation, representation};
use vedtak::{Pdp, Request};

use crate::engine::Engine;
use crate::explain::{categories, enough, enough_json, evaluation, is_evaluation};
use crate::options::Deciding;
use crate::problem::Problem;
use crate::service::Service;
use crate::xacml::{read, text};

/// The pages use what this server sends, and nothing else; no other site may frame them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! page {
    ($kind:expr, $file:literal) => {
        get(async || file($kind, include_str!(concat!("../pages/", $file))))
    };
}

/// Returns the files of the pages.
pub fn files() -> Router<Arc<Service>> {
    Router::new()
        .route("/ui", get(async || Redirect::permanent("/ui/")))
        .route("/ui/", get(first))
        .route("/ui/policies.html", page!(HTML, "policies.html"))
        .route("/ui/altinn.html", page!(HTML, "altinn.html"))
        .route("/ui/page.css", page!("text/css; charset=utf-8", "page.css"))
        .route("/ui/icon.svg", page!("image/svg+xml", "icon.svg"))
        .route("/ui/common.js", page!(SCRIPT, "common.js"))
        .route("/ui/policies.js", page!(SCRIPT, "policies.js"))
        .route("/ui/altinn.js", page!(SCRIPT, "altinn.js"))
}

/// Returns the questions that the pages ask.
pub fn questions() -> Router<Arc<Service>> {
    Router::new()
        .route("/policies", get(list))
        .route("/policies/{source}", get(policy))
        .route("/try", post(try_out))
}

fn file(kind: &'static str, content: &'static str) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    (headers, content)
}

/// The page of this server: of policies, or of a register.
async fn first(State(service): State<Arc<Service>>) -> Redirect {
    match service.options.deciding.altinn {
        None => Redirect::temporary("/ui/policies.html"),
        Some(_) => Redirect::temporary("/ui/altinn.html"),
    }
}

async fn list(State(service): State<Arc<Service>>) -> Json<Value> {
    let version = service.version();
    let documents = version.documents.iter();
    let documents = documents.map(|document| json!({"source": document.source, "id": document.id}));
    Json(json!({
        "altinn": service.options.deciding.altinn.is_some(),
        "digest": version.digest,
        "policies": documents.collect::<Vec<_>>(),
    }))
}

async fn policy(
    State(service): State<Arc<Service>>,
    Path(source): Path<String>,
) -> Result<Response, Problem> {
    let version = service.version();
    let found = version
        .documents
        .iter()
        .find(|document| document.source == source);
    let none = || Problem::new(StatusCode::NOT_FOUND, "there is no policy of this name");
    let text = found.ok_or_else(none)?.text.to_string();
    let mut response = text.into_response();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}

/// A request to be tried, as text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trial {
    /// Policies in place of those of the folder.
    policies: Option<Vec<TriedPolicy>>,
    request: String,
    /// The categories that may change for a Permit.
    #[serde(default)]
    open: Vec<String>,
    /// Requests that were tried before, for the coverage.
    #[serde(default)]
    earlier: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TriedPolicy {
    source: String,
    text: String,
}

/// The requests of a coverage at most.
const EARLIER: usize = 100;

/// Decides a request by the policies of the folder, or by others: the explanations, what would be
/// enough, and what of the policies the requests so far have reached.
async fn try_out(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let sent = text(&headers, header::CONTENT_TYPE).and_then(representation);
    if sent != Some(Representation::Json) {
        return Err(Problem::unsupported("application/json"));
    }
    let bad = |why: String| Problem::new(StatusCode::BAD_REQUEST, why);
    let trial: Trial = serde_json::from_slice(&body).map_err(|error| bad(error.to_string()))?;
    let asked = question(&service, &trial.request)?;
    let earlier = trial.earlier.iter().take(EARLIER);
    let mut requests: Vec<Request> = earlier
        .filter_map(|text| question(&service, text).ok())
        .collect();
    requests.push(asked.clone());
    let open = categories(trial.open.iter().map(String::as_str))?;
    let engine = service.version().engine.clone();
    let how = service.options.deciding.clone();
    let work = move || {
        let pdp = match (trial.policies, engine) {
            (Some(policies), _) => compiled(policies, &how)?,
            (None, Engine::Policies(pdp)) => pdp,
            (None, Engine::Altinn(_)) => {
                return Err(bad(
                    "with a register, `policies` are to be given here".into()
                ));
            }
        };
        let explained = pdp.explain(&asked);
        let lacking = match enough(&pdp, &asked, &open) {
            Ok(enough) => enough_json(&enough),
            Err(why) => json!({"unanswered": why}),
        };
        let cover = pdp.cover(&requests);
        let rules = cover.share(&[Element::Rule]);
        Ok(json!({
            "pictures": explained.iter().map(|one| one.to_svg()).collect::<Vec<_>>(),
            "explanations": explained.iter().map(|one| crate::raw(one.to_json())).collect::<Vec<_>>(),
            "enough": lacking,
            "coverage": {
                "requests": requests.len(),
                "covered": rules.covered,
                "rules": rules.all,
                "annotated": cover.annotated(),
            },
        }))
    };
    service.heavily(work).await?.map(Json)
}

/// Compiles what somebody has pasted, with limits that keep it small.
fn compiled(policies: Vec<TriedPolicy>, how: &Deciding) -> Result<Pdp, Problem> {
    let mut limits = how.limits();
    limits.elements = 100_000;
    let mut builder = how.builder().limits(limits);
    for policy in policies {
        builder = builder.policy(&policy.source, policy.text);
    }
    let refused = |error| Problem::of_error(StatusCode::UNPROCESSABLE_ENTITY, &error);
    builder.build().map_err(refused)
}

/// Reads a request of any language: XML begins with `<`.
fn question(service: &Service, text: &str) -> Result<Request, Problem> {
    let text = text.trim();
    if text.starts_with('<') {
        return read(Representation::Xml, text.as_bytes());
    }
    if is_evaluation(text.as_bytes()) {
        return Ok(evaluation(service, text.as_bytes())?);
    }
    read(Representation::Json, text.as_bytes())
}
