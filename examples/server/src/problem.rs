//! Errors as problem details (RFC 9457).

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use vedtak::Error;

/// The media type of problem details.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// An answer that is an error.
#[derive(Clone, Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    problems: Vec<serde_json::Value>,
}

impl Problem {
    /// Returns a problem of a status, with a sentence about this one.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            problems: Vec::new(),
        }
    }

    /// The request cannot be read, or not decided: all that is wrong, with lines and columns.
    pub fn of_error(status: StatusCode, error: &Error) -> Self {
        let problems = error.diagnostics().iter().map(|one| {
            let position = one.position();
            json!({
                "message": one.message(),
                "source": one.source(),
                "line": position.map(|position| position.line),
                "column": position.map(|position| position.column),
            })
        });
        Self {
            problems: problems.collect(),
            ..Self::new(status, error.to_string())
        }
    }

    /// The request is not as this path takes it.
    pub fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// The client sends, or accepts, none of these.
    pub fn media_types(status: StatusCode, known: &str) -> Self {
        let header = match status {
            StatusCode::NOT_ACCEPTABLE => "Accept",
            _ => "Content-Type",
        };
        Self::new(status, format!("`{header}` may be {known}"))
    }
}

/// The request is at fault.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::of_error(StatusCode::BAD_REQUEST, &error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if !self.problems.is_empty() {
            body["problems"] = self.problems.into();
        }
        let mut response = (self.status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// Answers errors of the framework as problem details too: no such path or method, a body that is too
/// long, no answer in time.
pub async fn details(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_ours = kind.is_some_and(|kind| kind == MEDIA_TYPE || kind == "application/json");
    if is_ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let detail = match status {
        StatusCode::NOT_FOUND => "there is nothing here",
        StatusCode::METHOD_NOT_ALLOWED => "this path has other methods: see `Allow`",
        StatusCode::REQUEST_TIMEOUT => {
            "the request did not come, or was not answered, in the time it has"
        }
        StatusCode::PAYLOAD_TOO_LARGE => "the body is longer than this server reads",
        _ => "the request is not answered",
    };
    let mut answer = Problem::new(status, detail).into_response();
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    answer
}
