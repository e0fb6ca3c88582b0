//! Why a decision is what it is, and what would be enough for a Permit.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use vedtak::analysis::explain::Explanation;
use vedtak::analysis::{Costs, Enough, Sufficient};
use vedtak::attribute::Designator;
use vedtak::attribute::category;
use vedtak::authzen::{Evaluation, Mapping, Obligations};
use vedtak::rest::{Representation, preferred};
use vedtak::{Decision, Pdp, ReadOptions, Request};

use crate::altinn;
use crate::engine::Engine;
use crate::gate::is_over;
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
    let Question { request, authzen } = question(&service, xacml::sent(&headers)?, &body)?;
    match service.version().engine.clone() {
        Engine::Altinn(pdp) => {
            let (form, language) = (form(&headers, &FORMS[..2])?, altinn::language(&headers));
            let explained = service.heavily(move || pdp.explain(&request)).await?;
            let result = &explained.ruling.result;
            let lost = lost(&authzen, result.decision, result.obligations.len());
            let text = format!("{}{}\n", line(lost), altinn::said!(explained, language));
            let mut told = altinn::explanation(&explained, language);
            tell(&mut told, lost);
            Ok(in_form(form, told, text))
        }
        Engine::Policies(pdp) => {
            let form = form(&headers, &FORMS)?;
            let work = move || self::explained(&pdp, &request);
            let explained = service.heavily(work).await?;
            let lost = lost_of(&authzen, &explained);
            let each = explained.iter();
            let text = match form {
                "text/plain" => {
                    let all: String = each.map(|one| format!("{one}\n")).collect();
                    line(lost) + &all
                }
                "text/markdown" => {
                    let all: String = each.map(Explanation::to_markdown).collect();
                    lost.map_or(String::new(), |lost| format!("{lost}\n\n")) + &all
                }
                // A picture is of one decision.
                "image/svg+xml" => each.take(1).map(Explanation::to_svg).collect(),
                _ => {
                    let all = each.map(|one| crate::raw(one.to_json()));
                    let mut told = json!({"explanations": all.collect::<Vec<_>>()});
                    tell(&mut told, lost);
                    told.to_string()
                }
            };
            Ok(typed(form, text))
        }
    }
}

/// Decides a request, and explains each of its decisions while somebody waits for it.
pub fn explained(pdp: &Pdp, request: &Request) -> Vec<Explanation> {
    let mut all = Vec::new();
    let mut call = pdp.call().observe(|event| {
        if !is_over() {
            all.push(event.explain());
        }
    });
    call.decide(request);
    drop(call);
    all
}

/// A Permit that whoever asked in AuthZEN is told as `false`.
const LOST: &str = "Permit, with obligations that AuthZEN cannot carry: the answer is false";

/// Says that an answer of AuthZEN is not the decision.
fn lost(authzen: &Option<Mapping>, decision: Decision, obligations: usize) -> Option<&'static str> {
    let mapping = authzen.as_ref()?;
    let is_lost = decision == Decision::Permit && obligations > 0;
    (is_lost && mapping.obligations == Obligations::Refused).then_some(LOST)
}

/// Says that the answer of AuthZEN is not the decision that is explained.
pub fn lost_of(authzen: &Option<Mapping>, explained: &[Explanation]) -> Option<&'static str> {
    let mut each = explained.iter();
    each.find_map(|one| lost(authzen, one.decision, one.obligations.len()))
}

fn line(lost: Option<&str>) -> String {
    lost.map_or(String::new(), |lost| format!("{lost}\n"))
}

/// Adds the answer of AuthZEN to an answer about its question, where it is not the decision.
pub fn tell(told: &mut Value, lost: Option<&str>) {
    if let Some(lost) = lost {
        told["answer"] = false.into();
        told["note"] = lost.into();
    }
}

/// The query of `/why-not`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhyNot {
    open: Option<String>,
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
    let asked = question(&service, xacml::sent(&headers)?, &body)?;
    let (form, language) = (form(&headers, &FORMS[..2])?, altinn::language(&headers));
    let only = |_| Problem::bad("`open` is all that may be asked for, once");
    let Query(WhyNot { open }) = Query::try_from_uri(&uri).map_err(only)?;
    let is_open = open.is_some();
    let open = categories(open.as_deref().unwrap_or("subject").split(','))?;
    let version = service.version();
    let work = move || match &version.engine {
        Engine::Policies(pdp) => {
            let unanswered = |why: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why);
            let enough = enough(pdp, &asked, &open).map_err(unanswered)?;
            let lost = match enough.decision {
                Decision::Permit => lost_of(&asked.authzen, &explained(pdp, &asked.request)),
                _ => None,
            };
            let text = lost.map_or_else(|| enough_text(&enough), |lost| line(Some(lost)));
            Ok::<_, Problem>((enough_json(&enough), text, lost))
        }
        Engine::Altinn(pdp) => {
            if is_open {
                let detail = "with a register, `open` is not taken: what somebody can be given is looked for";
                return Err(Problem::bad(detail));
            }
            let found = altinn::why_not(pdp, &version.documents, &asked.request, language)?;
            let result = &found.explained.ruling.result;
            let lost = lost(&asked.authzen, result.decision, result.obligations.len());
            Ok((found.told, line(lost) + &found.text, lost))
        }
    };
    let (mut value, text, lost) = service.heavily(work).await??;
    tell(&mut value, lost);
    Ok(in_form(form, value, text))
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

/// Finds what would be enough for whoever asked, if other values were known in some categories. Errors:
/// the policies are not simple enough to say, in words.
pub fn enough(pdp: &Pdp, asked: &Question, open: &[&'static str]) -> Result<Enough, String> {
    let is_open = |of: &Designator| open.iter().any(|open| **open == *of.category);
    // A request of AuthZEN names one subject, one action and one resource, each by one text.
    let of_mapping = |of: &Designator| {
        let mapping = asked.authzen.as_ref();
        mapping.is_some_and(|mapping| is_single(mapping, of))
    };
    let found = |is_open: &Which<'_>, is_single: &Which<'_>| {
        let analysis = pdp.analysis(&asked.request).budget(BUDGET).open(is_open);
        let found = analysis.presume_single(is_single);
        let found = found.enough_for_asker(Costs::default(), WAYS);
        found.map_err(|error| error.to_string())
    };
    let others = found(&|of| is_open(of) && !of_mapping(of), &|_| false)?;
    match others.sets.is_empty() && asked.authzen.is_some() {
        true => found(&is_open, &of_mapping),
        false => Ok(others),
    }
}

type Which<'w> = dyn Fn(&Designator) -> bool + 'w;

/// Whether an attribute is the id, the name or the type of a member of AuthZEN.
fn is_single(mapping: &Mapping, of: &Designator) -> bool {
    let mut members = [&mapping.subject, &mapping.action, &mapping.resource].into_iter();
    members.any(|member| {
        let own = member.id.iter().chain(&member.kind);
        let mut own = own.chain(member.id_of_type.values());
        member.category == of.category && own.any(|own| own.id == of.id)
    })
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

/// A request, and the mapping by which it was read if it was one of AuthZEN.
pub struct Question {
    /// The request.
    pub request: Request,
    /// The mapping; none for a request of XACML.
    pub authzen: Option<Mapping>,
}

/// Reads a request in any of the languages: XACML in XML or JSON, or an evaluation of AuthZEN. Errors: 400:
/// it cannot be read, or has no place in the mapping.
pub fn question(service: &Service, sent: Representation, body: &[u8]) -> Result<Question, Problem> {
    let of_xacml = |request| Question {
        request,
        authzen: None,
    };
    if sent == Representation::Xml {
        return Ok(of_xacml(xacml::read(sent, body)?));
    }
    // AuthZEN leaves members that it does not know, such as `Request`, in which the JSON Profile has all.
    let unread = match Evaluation::from_json(body) {
        Ok(evaluation) => {
            let mapping = service.mapping();
            return Ok(Question {
                request: evaluation.to_request(&mapping)?,
                authzen: Some(mapping),
            });
        }
        Err(error) => error,
    };
    let request = Request::read_json(body, ReadOptions::new().source("request"));
    request.map(of_xacml).map_err(|error| {
        let mut all = error.diagnostics().iter();
        let is_evaluation = all.any(|one| one.message() == NO_REQUEST);
        Problem::from(if is_evaluation { unread } else { error })
    })
}

/// The problem of JSON that is not of the JSON Profile.
const NO_REQUEST: &str = "the document must have the member `Request`";

/// The form that a client prefers.
fn form(headers: &HeaderMap, forms: &[&'static str]) -> Result<&'static str, Problem> {
    let form = preferred(xacml::text(headers, header::ACCEPT), forms);
    form.ok_or_else(|| Problem::media_types(StatusCode::NOT_ACCEPTABLE, &forms.join(", ")))
}

/// Answers with JSON, or with text.
fn in_form(form: &'static str, value: Value, text: String) -> Response {
    match form {
        "text/plain" => typed(form, text),
        _ => Json(value).into_response(),
    }
}

fn typed(media_type: &'static str, text: String) -> Response {
    let kind = match media_type {
        "text/plain" => "text/plain; charset=utf-8",
        "text/markdown" => "text/markdown; charset=utf-8",
        other => other,
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
