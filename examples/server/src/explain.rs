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
use vedtak::{Pdp, Request};

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

/// Answers `POST /explain`: a request as `/pdp` and AuthZEN take it, decided and explained. Errors: as of
/// `/pdp`.
pub async fn explain(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let request = question(&service, xacml::sent(&headers)?, &body)?;
    match service.version().engine.clone() {
        Engine::Altinn(pdp) => {
            let (form, language) = (form(&headers, &FORMS[..2])?, altinn::language(&headers));
            let explained = service.heavily(move || pdp.explain(&request)).await?;
            Ok(match form {
                "text/plain" => typed(form, format!("{}\n", altinn::said!(explained, language))),
                _ => Json(altinn::explanation(&explained, language)).into_response(),
            })
        }
        Engine::Policies(pdp) => {
            let form = form(&headers, &FORMS)?;
            let explained = service.heavily(move || pdp.explain(&request)).await?;
            let each = explained.iter();
            let text = match form {
                "text/plain" => each.map(|one| format!("{one}\n")).collect(),
                "text/markdown" => each.map(Explanation::to_markdown).collect(),
                // A picture is of one decision.
                "image/svg+xml" => each.take(1).map(Explanation::to_svg).collect(),
                _ => {
                    let all = each.map(|one| crate::raw(one.to_json()));
                    json!({"explanations": all.collect::<Vec<_>>()}).to_string()
                }
            };
            Ok(typed(form, text))
        }
    }
}

/// Answers `POST /why-not`: the least changes of what is known of the subject, or of the categories in
/// `?open=`, that would be a Permit. Errors: as of `/pdp`, and 400 for another category; 422 if the
/// policies are not simple enough to say.
pub async fn why_not(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let request = question(&service, xacml::sent(&headers)?, &body)?;
    let (form, language) = (form(&headers, &FORMS[..2])?, altinn::language(&headers));
    let query = uri.query().filter(|query| !query.is_empty());
    let named = query.unwrap_or("open=subject").strip_prefix("open=");
    let named = named.filter(|named| !named.contains('&'));
    let only = || Problem::bad("`open` is all that may be asked for");
    let open = categories(named.ok_or_else(only)?.split(','))?;
    let (value, text) = match service.version().engine.clone() {
        Engine::Policies(pdp) => {
            let told = service.heavily(move || {
                let enough = enough(&pdp, &request, &open)?;
                Ok((enough_json(&enough), enough_text(&enough)))
            });
            let unanswered = |why: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why);
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

/// Returns the categories of short names. Errors: 400, as there is no such category.
pub fn categories<'n>(
    names: impl IntoIterator<Item = &'n str>,
) -> Result<Vec<&'static str>, Problem> {
    let named = names.into_iter().map(|name| match name {
        "subject" => Ok(category::ACCESS_SUBJECT),
        "resource" => Ok(category::RESOURCE),
        "action" => Ok(category::ACTION),
        "environment" => Ok(category::ENVIRONMENT),
        _ => Err(Problem::bad(
            "`open` takes subject, resource, action and environment",
        )),
    });
    named.collect()
}

/// Finds what would be enough, if more or other values were known in some categories. Errors: the policies
/// are not simple enough to say, in words.
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
        let all: Vec<String> = changes.chain(rests).collect();
        format!("  {}\n", all.join(", and "))
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

/// Reads a request in any of the languages: XACML in XML or JSON, or an evaluation of AuthZEN. Errors: 400:
/// it cannot be read, or has no place in the mapping.
pub fn question(service: &Service, sent: Representation, body: &[u8]) -> Result<Request, Problem> {
    if sent == Representation::Json && is_evaluation(body) {
        return Ok(Evaluation::from_json(body)?.to_request(&service.mapping())?);
    }
    xacml::read(sent, body)
}

/// Whether JSON is an evaluation: the JSON Profile has all in one member `Request`.
fn is_evaluation(body: &[u8]) -> bool {
    let read: Result<Value, _> = serde_json::from_slice(body);
    read.is_ok_and(|value| value.is_object() && value.get("Request").is_none())
}

/// The form that a client prefers.
fn form(headers: &HeaderMap, forms: &[&'static str]) -> Result<&'static str, Problem> {
    let form = preferred(xacml::text(headers, header::ACCEPT), forms);
    form.ok_or_else(|| Problem::media_types(StatusCode::NOT_ACCEPTABLE, &forms.join(", ")))
}

fn typed(media_type: &'static str, text: String) -> Response {
    let kind = match media_type {
        "text/plain" => "text/plain; charset=utf-8",
        "text/markdown" => "text/markdown; charset=utf-8",
        other => other,
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
