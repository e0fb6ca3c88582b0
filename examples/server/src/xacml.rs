//! The REST Profile of XACML: a request in XML or JSON, and its decision as the client accepts it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use vedtak::rest::{self, Representation};
use vedtak::{ReadOptions, Request};

use crate::access::Right;
use crate::gate::may;
use crate::problem::Problem;
use crate::service::{Service, disclosure};

/// The media types that clients may send, and ask for.
pub const MEDIA_TYPES: &str = "application/xacml+xml, application/xacml+json, application/xml or \
     application/json";

/// Answers `POST /pdp`. Errors: 415 and 406 for media types, 400 for a body that is no request.
pub async fn decide(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let sent = sent(&headers)?;
    let wanted = rest::accepted(text(&headers, header::ACCEPT), sent);
    let wanted =
        wanted.ok_or_else(|| Problem::media_types(StatusCode::NOT_ACCEPTABLE, MEDIA_TYPES))?;
    let engine = service.version().engine.clone();
    let own = service.clone();
    let work = move || {
        let request = read(sent, &body)?;
        let response = own.timed(|| engine.decide(&request));
        let response = disclosed(response);
        Ok::<_, Problem>(match wanted {
            Representation::Xml => response.to_xml_for(&request),
            Representation::Json => response.to_json(),
        })
    };
    let answer = service.deciding(work).await??;
    Ok(([(header::CONTENT_TYPE, wanted.media_type())], answer).into_response())
}

/// Returns what of a response the caller may see: without the right to explain, no message, no missing
/// attribute and no policy.
fn disclosed(response: vedtak::Response) -> vedtak::Response {
    let mut response = response.disclosing(disclosure());
    if !may(Right::Explain) {
        for result in &mut response.results {
            result.policies.clear();
            if let Some(status) = &mut result.status {
                status.missing.clear();
            }
        }
    }
    response
}

/// Returns the language that a body says it is in. Errors: 415, as it says another, or none.
pub fn sent(headers: &HeaderMap) -> Result<Representation, Problem> {
    let sent = text(headers, header::CONTENT_TYPE).and_then(rest::representation);
    sent.ok_or_else(|| Problem::media_types(StatusCode::UNSUPPORTED_MEDIA_TYPE, MEDIA_TYPES))
}

/// Reads a request. Errors: 400, with all that is wrong.
pub fn read(sent: Representation, body: &[u8]) -> Result<Request, Problem> {
    let options = ReadOptions::new().source("request");
    Ok(match sent {
        Representation::Xml => Request::read_xml(body, options)?,
        Representation::Json => Request::read_json(body, options)?,
    })
}

/// The value of a header; one that is no text is none.
pub fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
