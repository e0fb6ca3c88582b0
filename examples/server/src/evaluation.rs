//! AuthZEN: evaluations and searches.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use vedtak::authzen::{
    Answer, Evaluation, Evaluations, MEDIA_TYPE, Search, SearchKind, UnmappedProperties, path,
};
use vedtak::rest::{Representation, preferred, representation};
use vedtak::{Error, ReadOptions, SearchOutcome};

use crate::engine::Engine;
use crate::gate::ASKED;
use crate::hidden;
use crate::problem::Problem;
use crate::service::Service;
use crate::xacml::text;

/// The calls that are answered, searches last.
pub const CALLS: [&str; 5] = [
    path::EVALUATION,
    path::EVALUATIONS,
    path::SEARCH_SUBJECT,
    path::SEARCH_RESOURCE,
    path::SEARCH_ACTION,
];

/// The steps that a search takes at most.
const SEARCH_BUDGET: usize = 1_000_000;

/// Lets questions through that say they are JSON: what a form of a web page sends is none. Answers are
/// JSON, and a client that accepts none gets none. Another method than POST asks nothing here, and the
/// route answers that. AuthZEN knows 400 for all that is wrong with a request.
pub async fn only_json(headers: HeaderMap, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let sent = text(&headers, header::CONTENT_TYPE).and_then(representation);
    if sent != Some(Representation::Json) {
        let status = match CALLS.contains(&request.uri().path()) {
            true => StatusCode::BAD_REQUEST,
            false => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        };
        return Problem::media_types(status, MEDIA_TYPE).into_response();
    }
    if preferred(text(&headers, header::ACCEPT), &[MEDIA_TYPE]).is_none() {
        return Problem::media_types(StatusCode::NOT_ACCEPTABLE, MEDIA_TYPE).into_response();
    }
    next.run(request).await
}

/// Answers one evaluation, or several. Errors: 400, as they cannot be read, or one alone has no place in the
/// mapping.
pub async fn evaluate(
    State(service): State<Arc<Service>>,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Problem> {
    let (version, mapping, own) = (service.version(), service.mapping(), service.clone());
    // The decision log has the answer, which is not always the decision.
    let _ = ASKED.try_with(|asked| asked.mapping.set(mapping.clone().into()));
    let work = move || {
        let engine = &version.engine;
        if uri.path() == path::EVALUATION {
            let asked = Evaluation::from_json(&body)?;
            let answer = own.timed(|| engine.evaluate(&asked, &mapping))?;
            log_reason(&answer);
            return Ok(answer.to_json());
        }
        let asked = Evaluations::from_json(&body)?;
        let answers = own.timed(|| engine.evaluate_all(&asked, &mapping))?;
        answers.answers.iter().for_each(log_reason);
        Ok::<_, Error>(answers.to_json())
    };
    Ok(json(service.deciding(work).await??))
}

/// Answers a search with the ids that the policies name, of those that are permitted. Errors: 400, as it
/// cannot be read. 501: the policies permit more than they name, so that only a list of candidates tells,
/// which this server does not have.
pub async fn search(
    State(service): State<Arc<Service>>,
    uri: Uri,
    body: Bytes,
) -> Result<Response, Problem> {
    let none = |detail| Err(Problem::new(StatusCode::NOT_IMPLEMENTED, detail));
    let mut mapping = service.mapping();
    let (kind, sought) = match uri.path() {
        path::SEARCH_SUBJECT => (SearchKind::Subjects, &mut mapping.subject),
        path::SEARCH_RESOURCE => (SearchKind::Resources, &mut mapping.resource),
        _ => (SearchKind::Actions, &mut mapping.action),
    };
    // What is sought has a type and an id: this server knows no properties of it.
    sought.others = UnmappedProperties::Ignored;
    let version = service.version();
    service.recorder.question(uri.path(), &body);
    let Engine::Policies(pdp) = version.engine.clone() else {
        return none("with a register, /altinn/who and /altinn/parties are what searches");
    };
    let work = move || {
        let asked = Search::read_json(kind, &body, ReadOptions::new())?;
        pdp.call().search_policies(&asked, &mapping, SEARCH_BUDGET)
    };
    let others = "the policies permit others than those that they name";
    let reason = match service.heavily(work).await?? {
        SearchOutcome::Finite(answer) => return Ok(json(answer.to_json())),
        SearchOutcome::Unanswered(why) => why.to_string(),
        _ => others.to_owned(),
    };
    tracing::info!(reason, "a search has no answer");
    none(others)
}

fn json(body: String) -> Response {
    ([(header::CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
}

/// Logs why an answer is `false`: whoever asks learns it only with the right to. A Deny has no reason;
/// the event of the decision has it and its rules. An evaluation that cannot be read is told to whoever
/// sent it, with its lines, which may name persons: the log has its status alone, and reasons without the values that they quote.
fn log_reason(answer: &Answer) {
    if let Some(error) = &answer.error {
        let status = error.status;
        tracing::info!(decision = answer.decision, status, "answered");
    } else if let Some(reason) = &answer.reason {
        let reason = hidden::reason(reason);
        tracing::info!(decision = answer.decision, reason, "answered");
    }
}
