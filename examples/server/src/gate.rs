//! The way of every request: its id and trace, who sent it, what is counted.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom, SystemRandom};
use tracing::Instrument;
use vedtak::authzen::{Mapping, REQUEST_ID_HEADER};

use crate::access::{Caller, Right};
use crate::problem::Problem;
use crate::service::Service;

/// The header that tells by which policies a request was answered.
pub const POLICIES_HEADER: HeaderName = HeaderName::from_static("vedtak-policies");

tokio::task_local! {
    /// The request that is being answered.
    pub static ASKED: Arc<Asked>;
}

/// A request, as logs name it.
#[derive(Debug, Default)]
pub struct Asked {
    /// `X-Request-ID`, or one that was made for it.
    pub request_id: String,
    /// The trace of `traceparent` (W3C Trace Context).
    pub trace_id: Option<String>,
    /// The path, as the routes have it.
    pub path: String,
    pub caller: Caller,
    /// The digest of the policies that it is answered by, once they are looked at.
    pub policies: OnceLock<Arc<str>>,
    /// The mapping of AuthZEN by which it is answered `true` or `false`, if it is an evaluation.
    pub mapping: OnceLock<Arc<Mapping>>,
    /// The bytes that the decision log has for it.
    pub logged: AtomicUsize,
    /// Whether nobody waits for its answer any more.
    pub is_over: AtomicBool,
}

/// Answers a request in a span of its own, and counts it.
pub async fn enter(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("none", MatchedPath::as_str).to_owned();
    let headers = request.headers();
    let (id, request_id) = request_id(headers);
    let (trace_id, parent) = trace(headers).unzip();
    let caller = service.access.caller(headers);
    let unfit = unfit(&request);
    let span = tracing::info_span!(
        "request", method = %request.method(), path, request_id,
        trace_id, parent_id = parent, caller = caller.as_ref().map(|caller| &*caller.name).ok(),
    );
    let asked = Asked {
        request_id,
        trace_id,
        path,
        caller: caller.as_ref().cloned().unwrap_or_default(),
        ..Asked::default()
    };
    let asked = Arc::new(asked);
    let answer = async {
        if let Some(problem) = unfit.or(caller.err()) {
            return problem.into_response();
        }
        next.run(request).await
    };
    let answer = answer.instrument(span.clone());
    let mut response = ASKED.scope(asked.clone(), answer).await;
    let (status, elapsed) = (response.status().as_u16(), begun.elapsed());
    service.recorder.answered(&asked.path, status, elapsed);
    span.in_scope(|| tracing::debug!(status, seconds = elapsed.as_secs_f64(), "answered"));
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    let digest = asked.policies.get().and_then(|digest| digest.get(..16));
    if let Some(digest) = digest.and_then(|digest| HeaderValue::from_str(digest).ok()) {
        headers.insert(POLICIES_HEADER, digest);
    }
    if service.is_stopping() {
        // So that nobody asks again here while the connection is closed.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Lets a request through if its caller has a right.
pub async fn demand(right: Right, request: Request, next: Next) -> Response {
    match ASKED.with(|asked| asked.caller.demand(right)) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// Whether the one who sent the request may have this.
pub fn may(right: Right) -> bool {
    ASKED
        .try_with(|asked| asked.caller.may(right))
        .unwrap_or(false)
}

/// Whether nobody waits any more for the answer to the request that is being answered: what is left of its work
/// is left undone.
pub fn is_over() -> bool {
    let is_over = ASKED.try_with(|asked| asked.is_over.load(Relaxed));
    is_over.unwrap_or(false)
}

/// The problem of a request whose host or body nobody knows for sure.
fn unfit(request: &Request) -> Option<Problem> {
    let headers = request.headers();
    let hosts = headers.get_all(header::HOST).iter().count();
    // Checks of balancers in HTTP/1.0 have none.
    if hosts > 1 || hosts == 0 && request.version() > Version::HTTP_10 {
        return Some(Problem::bad("a request has one `Host`"));
    }
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    let is_plain = |one: &HeaderValue| one.as_bytes().eq_ignore_ascii_case(b"identity");
    if !encodings.all(is_plain) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let detail = "`Content-Encoding` may be identity";
        return Some(Problem::new(status, detail));
    }
    None
}

/// The bytes of an id that a client gives at most.
const LONGEST_ID: usize = 200;

/// The id that the client gave, which the answer and the logs have as it is, if it is of printable ASCII and
/// not too long; or a random one.
fn request_id(headers: &HeaderMap) -> (HeaderValue, String) {
    let given = headers.get(REQUEST_ID_HEADER);
    let given = given.filter(|id| (1..=LONGEST_ID).contains(&id.len()));
    // Tabs are allowed in headers, and not in ids.
    if let Some((id, Ok(text))) = given.map(|id| (id, id.to_str()))
        && !text.contains('\t')
    {
        return (id.clone(), text.to_owned());
    }
    let mut bytes = [0; 12];
    // Without random bits, ids repeat: nothing rests on them.
    let _ = SystemRandom::new().fill(&mut bytes);
    let id = HEXLOWER.encode(&bytes);
    let none = HeaderValue::from_static("none");
    (HeaderValue::try_from(&*id).unwrap_or(none), id)
}

/// The trace and the span that a request is part of.
fn trace(headers: &HeaderMap) -> Option<(String, String)> {
    let given = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = given.split('-');
    let (version, trace, parent) = (parts.next()?, parts.next()?, parts.next()?);
    let read = |text: &str| HEXLOWER.decode(text.as_bytes()).ok();
    let is_id = |text, length| {
        read(text).is_some_and(|id| id.len() == length && id.iter().any(|byte| *byte != 0))
    };
    let is_known = read(version).is_some_and(|version| version.len() == 1 && version != [0xff]);
    let is_valid = is_known && is_id(trace, 16) && is_id(parent, 8);
    is_valid.then(|| (trace.to_owned(), parent.to_owned()))
}
