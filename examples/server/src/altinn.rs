//! Questions about a register, as Altinn's own interfaces answer them: who may, for whom, by what.

mod asked;
mod page;
mod told;
mod why_not;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use vedtak::altinn::answers::{HolderPage, NoAnswer, PolicyAnswers};
use vedtak::altinn::explain::Language;
use vedtak::altinn::facts::{Parties as _, Resources as _};
use vedtak::altinn::register::{PartyQuery, Snapshot};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{Party, PartyKind, Pdp};
use vedtak::value::DateTime;

use crate::engine::Engine;
use crate::policies::PolicyText;
use crate::problem::Problem;
use crate::service::Service;
use crate::xacml::text;
use asked::Asked;
pub use told::explanation;
pub(crate) use told::said;
pub use why_not::why_not;

/// The most parties of one answer.
const PAGE: usize = 200;

/// The most parties that somebody chooses among.
const CHOICE: usize = 1_000;

/// Answers `POST /altinn/{question}`. Errors: 404 for another question or without a register, 400 for what
/// cannot be read, 422 where there is no answer.
pub async fn answer(
    State(service): State<Arc<Service>>,
    axum::extract::Path(question): axum::extract::Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let version = service.version();
    let Engine::Altinn(pdp) = version.engine.clone() else {
        let detail = "this server has no register: start it with --altinn";
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    };
    let asked = Asked::read(&question, &body)?;
    // An explanation is a decision, and is told as one.
    if question != "explain" {
        service.recorder.question(&question, &body);
    }
    let language = language(&headers);
    let work = move || match &*question {
        "register" => register(&pdp, &asked, &version.documents, language),
        "explain" => {
            let explained = pdp.explain_at(&asked.request()?, asked.at()?);
            Ok(explanation(&explained, language))
        }
        "needed" => {
            let (who, party, at) = (asked.who()?, asked.party()?, asked.at()?);
            let needed = pdp.needed(&who, &asked.resource()?, &asked.right()?, &party, at);
            Ok(told::needed(&needed.map_err(no_answer)?, language))
        }
        "parties" => parties(&pdp, &asked, language),
        "who" => who(&pdp, &asked, language),
        _ => {
            let rights = answers(&pdp, &asked.resource()?, asked.at()?)?.rights();
            let rights = rights.map_err(|why| no_answer(why.into()))?;
            Ok(told::rights(&rights, language))
        }
    };
    service.heavily(work).await?.map(Json)
}

/// The persons and the parties that there are, by name, and the services, for whoever chooses among them. Of
/// each of the first two it is a page that begins after the same party.
fn register(
    pdp: &Pdp,
    asked: &Asked,
    services: &[PolicyText],
    language: Language,
) -> Result<Value, Problem> {
    let (snapshot, size) = (snapshot(pdp)?, asked.size(CHOICE)?);
    let mut all = snapshot.parties();
    all.retain(|party| !party.is_deleted);
    let order = |party: &Arc<Party>| (party.name.clone(), party.keys().next());
    all.sort_by_cached_key(order);
    if let Some(last) = asked.last_of_page(&snapshot)? {
        let last = order(&last);
        all.retain(|party| order(party) > last);
    }
    let of = |is: fn(PartyKind) -> bool| -> Vec<Value> {
        let own = all.iter().filter(|party| is(party.kind));
        own.take(size).map(|party| told::party(party)).collect()
    };
    let services = services.iter().map(|service| {
        let known = snapshot.resource(&ResourceId::new(&*service.id));
        let known = known.ok().flatten();
        json!({"id": service.id, "title": known.map(|known| known.title_in(language).to_owned())})
    });
    let has_more = all.len() > size;
    let last = all[..all.len().min(size)].last().filter(|_| has_more);
    Ok(json!({
        "services": services.collect::<Vec<_>>(),
        "subjects": of(|kind| kind != PartyKind::Organisation),
        "parties": of(|_| true),
        "has_more": has_more,
        "after": page::next(last.map(|last| &**last), &snapshot),
    }))
}

fn who(pdp: &Pdp, asked: &Asked, language: Language) -> Result<Value, Problem> {
    let (party, right, snapshot) = (asked.party()?, asked.right()?, snapshot(pdp)?);
    let mut page = HolderPage::default().size(asked.size(PAGE)?);
    if let Some(last) = asked.last_of_page(&snapshot)? {
        page = page.after(&last);
    }
    let found = pdp.holders_on(&page, &asked.resource()?, &right, &party, asked.at()?);
    let found = found.map_err(no_answer)?;
    let last = found.holders.last().filter(|_| found.has_more);
    let after = page::next(last.map(|last| &*last.party), &snapshot);
    Ok(told::holders(&found, after, language))
}

fn parties(pdp: &Pdp, asked: &Asked, language: Language) -> Result<Value, Problem> {
    let (who, at, snapshot) = (asked.who()?, asked.at()?, snapshot(pdp)?);
    if snapshot.party(&who).ok().flatten().is_none() {
        return Err(no_answer(NoAnswer::UnknownParty(who)));
    }
    let mut query = PartyQuery::new().size(asked.size(PAGE)?);
    if let Some(last) = asked.last_of_page(&snapshot)? {
        query = query.after(&last);
    }
    let mut opened = None;
    let found = match (&asked.resource, &asked.action) {
        (Some(_), Some(_)) => {
            let (resource, right) = (asked.resource()?, asked.right()?);
            let by_policy = answers(pdp, &resource, at)?.who_may(&right);
            opened = Some(by_policy.map_err(|why| no_answer(why.into()))?);
            pdp.authorized_parties(&who, &resource, &right, &query.without_holdings(), at)
        }
        (None, None) if !asked.names_part() => snapshot.authorized_parties(&who, &query, at),
        _ => {
            return Err(Problem::bad(
                "`resource` and `action` go together, with or without `task` and `part`",
            ));
        }
    };
    let last = found.parties.last().filter(|_| found.has_more);
    let after = page::next(last.map(|last| &*last.party), &snapshot);
    Ok(told::parties(&found, opened.as_ref(), after, language))
}

/// Returns the answers about the policy of a service. Errors: 422, it has none.
fn answers(pdp: &Pdp, resource: &ResourceId, at: DateTime) -> Result<PolicyAnswers, Problem> {
    let answers = pdp.answers(resource, at);
    let answers = answers.map_err(|error| no_answer(error.into()))?;
    answers.ok_or_else(|| no_answer(NoAnswer::NoPolicy(resource.clone())))
}

/// Returns the language that a client wants: bokmål if it accepts Norwegian, and English otherwise.
pub fn language(headers: &HeaderMap) -> Language {
    let wanted = text(headers, header::ACCEPT_LANGUAGE).unwrap_or_default();
    let first = wanted.split([',', ';', '-']).next().unwrap_or_default();
    match first.trim().to_ascii_lowercase().as_str() {
        "nb" | "no" | "nn" => Language::Bokmal,
        _ => Language::English,
    }
}

fn snapshot(pdp: &Pdp) -> Result<Snapshot, Problem> {
    let none = || no_answer(NoAnswer::NoRegister);
    Ok(pdp.register().ok_or_else(none)?.snapshot())
}

fn no_answer(why: NoAnswer) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why.to_string())
}
