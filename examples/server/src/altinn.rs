//! Questions about a register, as Altinn's own interfaces answer them: who may, for whom, by what.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use vedtak::Request;
use vedtak::altinn::answers::{Holder, Needed, NoAnswer};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::explain::{Explanation, Language};
use vedtak::altinn::facts::Resources;
use vedtak::altinn::register::{PartyQuery, Snapshot};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{Party, PartyKey, PartyKind, Pdp};
use vedtak::clock;
use vedtak::value::{DateTime, Zone};

use crate::engine::Engine;
use crate::policies::PolicyText;
use crate::problem::Problem;
use crate::service::Service;
use crate::xacml::text;

/// Says something in a language: in English as the command does, with the names of roles and packages by
/// which Norway knows them.
macro_rules! said {
    ($what:expr, $language:expr) => {
        match $language {
            vedtak::altinn::explain::Language::English => $what.to_string(),
            language => $what.in_language(language).to_string(),
        }
    };
}
pub(crate) use said;

/// The most parties of one answer.
const PAGE: usize = 200;

/// The most parties that somebody chooses among.
const CHOICE: usize = 1_000;

/// The questions that are answered.
const QUESTIONS: [&str; 6] = ["register", "explain", "needed", "parties", "who", "rights"];

/// The attribute of the resource that names a task of an app.
const TASK: &str = "urn:altinn:task";

/// A question; which members it has depends on the path.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Asked {
    who: Option<String>,
    party: Option<String>,
    resource: Option<String>,
    action: Option<String>,
    task: Option<String>,
    at: Option<String>,
}

impl Asked {
    fn who(&self) -> Result<PartyKey, Problem> {
        key(&self.who, "who")
    }

    fn party(&self) -> Result<PartyKey, Problem> {
        key(&self.party, "party")
    }

    fn resource(&self) -> Result<ResourceId, Problem> {
        Ok(ResourceId::new(member(&self.resource, "resource")?))
    }

    fn action(&self) -> Result<&str, Problem> {
        member(&self.action, "action")
    }

    /// The right to the action, on a task of an app if one is named.
    fn right(&self) -> Result<Right, Problem> {
        let right = Right::from(self.action()?);
        Ok(match &self.task {
            Some(task) => right.on(TASK, &**task),
            None => right,
        })
    }

    fn at(&self) -> Result<DateTime, Problem> {
        let Some(at) = &self.at else { return now() };
        let at: Option<DateTime> = at.parse().ok();
        let at = at.filter(|at| at.zone().is_some());
        let none = || Problem::bad("`at` is no instant, such as 2026-03-02T09:00:00+01:00");
        at.ok_or_else(none)
    }
}

fn member<'m>(value: &'m Option<String>, name: &str) -> Result<&'m str, Problem> {
    let missing = || Problem::bad(format!("`{name}` is missing"));
    value.as_deref().ok_or_else(missing)
}

fn key(value: &Option<String>, name: &str) -> Result<PartyKey, Problem> {
    let none = |_| Problem::bad(format!("`{name}` is no key, such as urn:altinn:userid:201"));
    member(value, name)?.parse().map_err(none)
}

fn now() -> Result<DateTime, Problem> {
    let none = || Problem::bad("there is no clock: give `at`");
    clock::system(Zone::UTC).ok_or_else(none)
}

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
    let asked: Asked =
        serde_json::from_slice(&body).map_err(|error| Problem::bad(error.to_string()))?;
    if !QUESTIONS.contains(&&*question) {
        let known = format!("{} are answered", QUESTIONS.join(", "));
        return Err(Problem::new(StatusCode::NOT_FOUND, known));
    }
    // An explanation is a decision, and is told as one.
    if question != "explain" {
        service.recorder.question(&question, &body);
    }
    let language = language(&headers);
    let work = move || match &*question {
        "register" => register(&pdp, &version.documents),
        "explain" => explain(&pdp, &asked, language),
        "needed" => {
            let (who, party, at) = (asked.who()?, asked.party()?, asked.at()?);
            let needed = pdp.needed(&who, &asked.resource()?, &asked.right()?, &party, at);
            Ok(needed_json(&needed.map_err(no_answer)?, language))
        }
        "parties" => parties(&pdp, &asked),
        "who" => who(&pdp, &asked, language),
        _ => rights(&pdp, &asked, language),
    };
    service.heavily(work).await?.map(Json)
}

/// The persons, the parties and the services that there are, for whoever chooses among them: the first
/// of each by name.
fn register(pdp: &Pdp, services: &[PolicyText]) -> Result<Value, Problem> {
    let snapshot = snapshot(pdp)?;
    let mut all = snapshot.parties();
    all.retain(|party| !party.is_deleted);
    all.sort_by(|one, other| one.name.cmp(&other.name));
    let of = |is: fn(PartyKind) -> bool| -> Vec<Value> {
        let own = all.iter().filter(|party| is(party.kind));
        own.take(CHOICE).map(|party| party_json(party)).collect()
    };
    let services = services.iter().take(CHOICE).map(|service| {
        let known = snapshot.resource(&ResourceId::new(&*service.id));
        let title = known.ok().flatten().map(|known| known.title.to_string());
        json!({"id": service.id, "title": title})
    });
    Ok(json!({
        "services": services.collect::<Vec<_>>(),
        "subjects": of(|kind| kind != PartyKind::Organisation),
        "parties": of(|_| true),
        "has_more": all.len() > CHOICE,
    }))
}

fn explain(pdp: &Pdp, asked: &Asked, language: Language) -> Result<Value, Problem> {
    let (who, party) = (asked.who()?.to_string(), asked.party()?.to_string());
    // A key as text is an attribute's id and its value.
    let [who, party] = [&who, &party].map(|key| key.rsplit_once(':').unwrap_or((key, "")));
    let mut request = Request::builder()
        .subject(who.0, who.1)
        .resource("urn:altinn:resource", member(&asked.resource, "resource")?)
        .resource(party.0, party.1)
        .action(asked.action()?);
    if let Some(task) = &asked.task {
        request = request.resource(TASK, &**task);
    }
    let explained = pdp.explain_at(&request.build(), asked.at()?);
    Ok(explanation(&explained, language))
}

fn who(pdp: &Pdp, asked: &Asked, language: Language) -> Result<Value, Problem> {
    let (party, right) = (asked.party()?, asked.right()?);
    let found = pdp.holders(&asked.resource()?, &right, &party, asked.at()?);
    let found = found.map_err(no_answer)?;
    let holders = found.holders.iter().take(PAGE).map(|holder| {
        let mut one = party_json(&holder.party);
        one["through"] = ways(holder, language).into();
        one
    });
    let others = found.others.iter();
    let others = others.map(|other| other.in_language(language).to_string());
    Ok(json!({
        "holders": holders.collect::<Vec<_>>(),
        "has_more": found.holders.len() > PAGE,
        // Whoever else: anyone, the members of an access list, a service owner.
        "others": others.collect::<Vec<_>>(),
        // Somebody may be missing because of these.
        "troubles": found.troubles.iter().map(ToString::to_string).collect::<Vec<_>>(),
    }))
}

fn parties(pdp: &Pdp, asked: &Asked) -> Result<Value, Problem> {
    let (who, at) = (asked.who()?, asked.at()?);
    let query = PartyQuery::new().size(PAGE);
    let found = match (&asked.resource, &asked.action) {
        (Some(_), Some(_)) => {
            let (resource, right) = (asked.resource()?, asked.right()?);
            pdp.authorized_parties(&who, &resource, &right, &query.without_holdings(), at)
        }
        (None, None) if asked.task.is_none() => snapshot(pdp)?.authorized_parties(&who, &query, at),
        _ => {
            return Err(Problem::bad(
                "`resource` and `action` go together, with or without `task`",
            ));
        }
    };
    let parties = found.parties.iter().map(|listed| {
        let mut one = party_json(&listed.party);
        one["only_sub_units"] = listed.only_sub_units.into();
        one["is_access_manager"] = listed.is_access_manager.into();
        one
    });
    Ok(json!({"parties": parties.collect::<Vec<_>>(), "has_more": found.has_more}))
}

fn ways(holder: &Holder, language: Language) -> Vec<String> {
    match language {
        Language::English => holder.ways(),
        language => holder.ways_in_language(language),
    }
}

/// The rights of a service, each with what opens it.
fn rights(pdp: &Pdp, asked: &Asked, language: Language) -> Result<Value, Problem> {
    let resource = asked.resource()?;
    let answers = pdp.answers(&resource, asked.at()?);
    let answers = answers.map_err(|error| no_answer(NoAnswer::Source(error)))?;
    let answers = answers.ok_or_else(|| no_answer(NoAnswer::NoPolicy(resource)))?;
    let rights = answers.rights();
    let rights = rights.map_err(|error| no_answer(NoAnswer::Unanswered(error)))?;
    let told = rights.rights.iter().map(|right| {
        let alternatives = right.alternatives.iter().map(|alternative| {
            let needs = alternative.needs.iter();
            needs.map(|need| said!(need, language)).collect::<Vec<_>>()
        });
        json!({"right": right.key(), "action": right.action, "any_of": alternatives.collect::<Vec<_>>()})
    });
    Ok(json!({"rights": told.collect::<Vec<_>>(), "is_complete": rights.is_complete}))
}

/// Returns what is missing for a request that names all of who, for whom, what and which action. Errors: it
/// does not, or there is no answer.
pub fn needed_for(
    pdp: &Pdp,
    request: &Request,
    language: Language,
) -> Result<(Value, String), Problem> {
    let explained = pdp.explain(request);
    let key = |party: &Option<Arc<Party>>| party.as_ref().and_then(|party| party.keys().next());
    let (who, party) = (key(&explained.subject), key(&explained.party));
    let (Some(who), Some(party), Some(resource), [action]) =
        (who, party, &explained.resource, &explained.actions[..])
    else {
        // Whoever is named, and unknown, is told so.
        let status = explained.ruling.result.status.as_ref();
        let unknown = status.and_then(|status| status.message.clone());
        let detail = "a person, a party, a resource and one action are to be named";
        return Err(Problem::bad(unknown.unwrap_or_else(|| detail.into())));
    };
    let needed = pdp.needed(&who, resource, &action.as_str().into(), &party, now()?);
    let needed = needed.map_err(no_answer)?;
    let text = said!(needed, language);
    Ok((needed_json(&needed, language), text))
}

fn needed_json(needed: &Needed, language: Language) -> Value {
    let ways = needed.ways.iter().map(|way| {
        let missing = way.missing.iter();
        let missing = missing.map(|need| said!(need, language));
        let givers = way.givers.iter().map(|giver| party_json(giver));
        json!({
            "text": said!(way, language),
            "missing": missing.collect::<Vec<_>>(),
            "givers": givers.collect::<Vec<_>>(),
        })
    });
    let untried = needed.untried.iter();
    let untried = untried.map(|one| said!(one, language));
    let is_whole = needed.untried.is_empty() && needed.troubles.is_empty();
    json!({
        "decision": needed.decision.as_str(),
        "text": said!(needed, language),
        "enough": ways.collect::<Vec<_>>(),
        // What else may be enough, and could not be tried.
        "untried": untried.collect::<Vec<_>>(),
        "is_complete": needed.right.is_complete && is_whole,
    })
}

/// Writes an explanation.
pub fn explanation(explained: &Explanation, language: Language) -> Value {
    let through = explained.through.iter().map(|through| {
        let what = through.what.iter();
        let what = what.map(|what| said!(what, language));
        json!({
            "rule": through.rule,
            "what": what.collect::<Vec<_>>(),
            "path": said!(through.path, language),
        })
    });
    let party = |party: &Option<Arc<Party>>| party.as_ref().map(|party| party_json(party));
    json!({
        "decision": explained.ruling.decision().as_str(),
        "text": said!(explained, language),
        "subject": party(&explained.subject),
        "party": party(&explained.party),
        "resource": explained.resource.as_ref().map(|resource| resource.as_str()),
        "actions": explained.actions,
        "through": through.collect::<Vec<_>>(),
        "valid_until": explained.ruling.valid_until.map(|until| until.to_string()),
        "is_complete": explained.is_complete,
    })
}

/// A party with a key to name it by. Of a national identity number, and of an address, it is the beginning.
fn party_json(party: &Party) -> Value {
    json!({
        "key": party.masked_key(),
        "name": &*party.name,
        "kind": party.kind.as_str(),
        "number": party.masked_number(),
    })
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
