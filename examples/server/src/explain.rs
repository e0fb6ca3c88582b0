//! Why a decision is what it is, and what would be enough for a Permit.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use vedtak::analysis::explain::Explanation;
use vedtak::analysis::{Costs, Enough, Sufficient};
use vedtak::attribute::category;
use vedtak::authzen::Evaluation;
use vedtak::rest::{Representation, preferred};
use vedtak::{Error, Pdp, Request};

use crate::altinn;
use crate::engine::Engine;
use crate::problem::Problem;
use crate::service::Service;
use crate::xacml;

/// The forms of an explanation, the first one for clients that do not say.
const FORMS: [&str; 4] = [
    "application/json",
    "text/plain",
    "text/markdown",
    "image/svg+xml",
];

/// The steps that an analysis takes at most: some tenths of a second.
const BUDGET: usize = 1_000_000;

/// The ways to a Permit that are told at most.
const WAYS: usize = 10;

/// Answers `POST /explain`: a request as `/pdp` and AuthZEN take it, decided and explained.
///
/// # Errors
///
/// As of `/pdp`.
pub async fn explain(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let request = question(&service, &headers, &body)?;
    let version = service.version();
    let form = |forms: &[&'static str]| {
        let form = preferred(xacml::text(&headers, header::ACCEPT), forms);
        form.ok_or_else(|| Problem::not_acceptable(&forms.join(", ")))
    };
    match version.engine.clone() {
        Engine::Altinn(pdp) => {
            let (form, language) = (form(&FORMS[..2])?, altinn::language(&headers));
            let explained = service.heavily(move || pdp.explain(&request)).await?;
            Ok(match form {
                "text/plain" => typed(form, format!("{}\n", explained.in_language(language))),
                _ => Json(altinn::explanation(&explained, language)).into_response(),
            })
        }
        Engine::Policies(pdp) => {
            let form = form(&FORMS)?;
            let explained = service.heavily(move || pdp.explain(&request)).await?;
            let each =
                |of: fn(&Explanation) -> String| -> String { explained.iter().map(of).collect() };
            let text = match form {
                "text/plain" => each(|one| format!("{one}\n")),
                "text/markdown" => each(Explanation::to_markdown),
                // A picture is of one decision.
                "image/svg+xml" => explained
                    .first()
                    .map_or_else(String::new, Explanation::to_svg),
                _ => {
                    let all = explained.iter().map(|one| crate::raw(one.to_json()));
                    json!({"explanations": all.collect::<Vec<_>>()}).to_string()
                }
            };
            Ok(typed(form, text))
        }
    }
}

/// Answers `POST /why-not`: the least changes of what is known of the subject, or of the categories in
/// `?open=`, that would be a Permit.
///
/// # Errors
///
/// As of `/pdp`, and 400 for another category; 422 if the policies are not simple enough to say.
pub async fn why_not(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let request = question(&service, &headers, &body)?;
    let forms = &FORMS[..2];
    let form = preferred(xacml::text(&headers, header::ACCEPT), forms);
    let form = form.ok_or_else(|| Problem::not_acceptable(&forms.join(", ")))?;
    let query = uri.query().filter(|query| !query.is_empty());
    let named = query.unwrap_or("open=subject").strip_prefix("open=");
    let named = named.filter(|named| !named.contains('&'));
    let only = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "`open` is all that may be asked for",
        )
    };
    let open = categories(named.ok_or_else(only)?.split(','))?;
    let version = service.version();
    let language = altinn::language(&headers);
    let (value, text) = match version.engine.clone() {
        Engine::Policies(pdp) => {
            let told = service.heavily(move || {
                let enough = enough(&pdp, &request, &open)?;
                Ok((enough_json(&enough), enough_text(&enough)))
            });
            told.await?.map_err(unanswered)?
        }
        Engine::Altinn(pdp) => {
            let told = service.heavily(move || altinn::needed_for(&pdp, &request, language));
            told.await??
        }
    };
    Ok(match form {
        "text/plain" => typed(form, text),
        _ => Json(value).into_response(),
    })
}

/// Returns the categories of short names.
///
/// # Errors
///
/// 400: there is no such category.
pub fn categories<'n>(
    names: impl IntoIterator<Item = &'n str>,
) -> Result<Vec<&'static str>, Problem> {
    let named = names.into_iter().map(|name| match name {
        "subject" => Ok(category::ACCESS_SUBJECT),
        "resource" => Ok(category::RESOURCE),
        "action" => Ok(category::ACTION),
        "environment" => Ok(category::ENVIRONMENT),
        _ => {
            let known = "`open` takes subject, resource, action and environment";
            Err(Problem::new(StatusCode::BAD_REQUEST, known))
        }
    });
    named.collect()
}

/// Finds what would be enough, if more or other values were known in some categories.
///
/// # Errors
///
/// The policies are not simple enough to say, in words.
pub fn enough(pdp: &Pdp, request: &Request, open: &[&'static str]) -> Result<Enough, String> {
    let analysis = pdp.analysis(request).budget(BUDGET);
    let analysis = open
        .iter()
        .fold(analysis, |analysis, of| analysis.open_category(of));
    let found = analysis.enough(Costs::default(), WAYS);
    found.map_err(|error| error.to_string())
}

/// Writes what would be enough.
pub fn enough_json(enough: &Enough) -> Value {
    let sets = enough.sets.iter().map(|set| {
        let changes = set.changes.iter().map(|change| {
            let values = |all: &[vedtak::value::Value]| -> Vec<String> {
                all.iter().map(ToString::to_string).collect()
            };
            json!({
                "text": change.to_string(),
                "category": &*change.attribute.category,
                "attribute": &*change.attribute.id,
                "add": values(&change.add),
                "remove": values(&change.remove),
            })
        });
        let rests_on: Vec<String> = set.rests_on.iter().map(ToString::to_string).collect();
        json!({"changes": changes.collect::<Vec<_>>(), "rests_on": rests_on})
    });
    json!({
        "decision": enough.decision.as_str(),
        "enough": sets.collect::<Vec<_>>(),
        "is_complete": enough.is_complete,
    })
}

fn enough_text(enough: &Enough) -> String {
    let way = |set: &Sufficient| {
        let changes = set.changes.iter().map(ToString::to_string);
        let rests = set.rests_on.iter().map(|on| format!("provided that {on}"));
        format!(
            "  {}\n",
            changes.chain(rests).collect::<Vec<_>>().join(", and ")
        )
    };
    let text = match (enough.decision, &enough.sets[..]) {
        (vedtak::Decision::Permit, _) => "Permit: nothing is missing\n".to_owned(),
        (decision, []) => format!("{decision}: no change of these attributes would be enough\n"),
        (decision, sets) => {
            let ways: String = sets.iter().map(way).collect();
            format!("{decision}: one of these would be enough\n{ways}")
        }
    };
    match enough.is_complete {
        true => text,
        false => text + "  there may be others\n",
    }
}

/// The policies are not simple enough to say.
pub fn unanswered(why: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why)
}

/// Reads a request in any of the languages: XACML in XML or JSON, or an evaluation of AuthZEN.
fn question(service: &Service, headers: &HeaderMap, body: &[u8]) -> Result<Request, Problem> {
    let sent = xacml::sent(headers)?;
    if sent == Representation::Json && is_evaluation(body) {
        return Ok(evaluation(service, body)?);
    }
    xacml::read(sent, body)
}

/// Returns the request of an evaluation.
///
/// # Errors
///
/// It cannot be read, or has no place in the mapping.
pub fn evaluation(service: &Service, body: &[u8]) -> Result<Request, Error> {
    Evaluation::from_json(body)?.to_request(&service.mapping())
}

/// Whether JSON is an evaluation: the JSON Profile has all in one member `Request`.
pub fn is_evaluation(body: &[u8]) -> bool {
    let read: Result<Value, _> = serde_json::from_slice(body);
    read.is_ok_and(|value| value.is_object() && value.get("Request").is_none())
}

fn typed(media_type: &'static str, text: String) -> Response {
    let kind = match media_type {
        "text/plain" => "text/plain; charset=utf-8",
        "text/markdown" => "text/markdown; charset=utf-8",
        other => other,
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
