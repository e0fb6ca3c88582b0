//! Pages for a browser: their files, and the policies that they show.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::service::Service;

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

/// Answers `GET /policies`: the policies that decide.
pub async fn list(State(service): State<Arc<Service>>) -> Json<Value> {
    let version = service.version();
    let documents = version.documents.iter();
    let documents = documents.map(|document| json!({"source": document.source, "id": document.id}));
    Json(json!({
        "altinn": service.options.deciding.altinn.is_some(),
        "digest": version.digest,
        "policies": documents.collect::<Vec<_>>(),
    }))
}

/// Answers `GET /policies/FILE` with its text. Errors: 404, as there is none of this name.
pub async fn policy(
    State(service): State<Arc<Service>>,
    Path(source): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let version = service.version();
    let mut documents = version.documents.iter();
    let none = || Problem::new(StatusCode::NOT_FOUND, "there is no policy of this name");
    let found = documents.find(|document| document.source == source);
    // Of text, axum says that it is text/plain in UTF-8.
    Ok(String::from_utf8_lossy(&found.ok_or_else(none)?.bytes).into_owned())
}
