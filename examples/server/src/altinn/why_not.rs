//! A request → what would be enough for it, as the question about what somebody needs. What that question
//! cannot say of the request is refused, and not left out.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::Value;
use vedtak::altinn::delegation::Right;
use vedtak::altinn::explain::{Explanation, Language};
use vedtak::altinn::id::resource;
use vedtak::altinn::{Party, PartyKey, Pdp};
use vedtak::attribute::{category, id};
use vedtak::report::cut;
use vedtak::{Decision, Request, value};

use super::asked::now;
use super::no_answer;
use super::told::{self, said};
use crate::policies::PolicyText;
use crate::problem::Problem;

/// The answer to a request, with its explanation.
pub struct WhyNot {
    pub told: Value,
    pub text: String,
    pub explained: Explanation,
}

/// Returns what is missing for a request that names all of who, for whom, what and which action. Errors: 400,
/// it does not; 422, it says more than can be asked about, or there is no answer.
pub fn why_not(
    pdp: &Pdp,
    policies: &[PolicyText],
    request: &Request,
    language: Language,
) -> Result<WhyNot, Problem> {
    let at = now()?;
    let explained = pdp.explain_at(request, at);
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
    let said = Said::of(request, action);
    let mut policies = policies.iter();
    let policy = policies.find(|policy| policy.id == resource.as_str());
    match (said.left_out(policy), explained.ruling.decision()) {
        (None, _) => {}
        (Some(_), Decision::Permit) => {
            let text = said!(explained, language);
            let told = told::nothing_needed(&text);
            return Ok(WhyNot {
                told,
                text,
                explained,
            });
        }
        (Some(left_out), _) => {
            let left_out = cut(&left_out);
            let detail = format!(
                "what would be enough is not told of a request with `{left_out}`, which may decide here: \
                 /explain tells why it is decided so"
            );
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, detail));
        }
    }
    let needed = pdp.needed(&who, resource, &said.right, &party, at);
    let needed = needed.map_err(no_answer)?;
    Ok(WhyNot {
        told: told::needed(&needed, language),
        text: said!(needed, language),
        explained,
    })
}

/// The attributes of a request, as far as the question has them, and the others.
struct Said {
    /// The action, on the part of the resource.
    right: Right,
    /// The categories and ids of attributes that the question does not have.
    others: Vec<(Arc<str>, Arc<str>)>,
    /// The attribute that names an instance: the question is about the resource, whatever the policy reads.
    instance: Option<Arc<str>>,
}

impl Said {
    fn of(request: &Request, action: &str) -> Self {
        let mut said = Self {
            right: Right::from(action),
            others: Vec::new(),
            instance: None,
        };
        for own in request.categories() {
            let is_resource = *own.category == *category::RESOURCE;
            let unusable = own.unusable().iter().map(|one| one.id.clone());
            let content = own.content.iter().map(|_| CONTENT.into());
            let mut others: Vec<Arc<str>> = unusable.chain(content).collect();
            for attribute in &own.attributes {
                let id = &attribute.id;
                let is_known = match &*own.category {
                    category::ACTION => **id == *id::ACTION_ID,
                    category::RESOURCE => NAMES.contains(&&**id) || is_key(id, &attribute.values),
                    category::ACCESS_SUBJECT => is_key(id, &attribute.values),
                    _ => false,
                };
                let is_part = is_resource && !said.right.part.iter().any(|(known, _)| known == id);
                match &attribute.values[..] {
                    _ if is_known && attribute.issuer.is_none() => {}
                    _ if is_resource && INSTANCES.contains(&&**id) => {
                        said.instance = Some(id.clone());
                    }
                    [value::Value::String(value)] if is_part && attribute.issuer.is_none() => {
                        said.right = said.right.on(id.clone(), &**value);
                    }
                    _ => others.push(id.clone()),
                }
            }
            let others = others.into_iter();
            said.others
                .extend(others.map(|id| (own.category.clone(), id)));
        }
        // The question names the party itself.
        said.right = said.right.of_party();
        said
    }

    /// An attribute that may decide, and that the question does not have.
    fn left_out(&self, policy: Option<&PolicyText>) -> Option<Arc<str>> {
        if self.instance.is_some() || self.others.is_empty() {
            return self.instance.clone();
        }
        let policy = policy.and_then(|policy| {
            let builder = vedtak::Pdp::builder();
            builder.policy(&policy.source, &policy.bytes).build().ok()
        });
        // A delegation may be of any part of the resource, and a policy that is not understood here may read
        // anything.
        let may_decide = |(of, id): &&(Arc<str>, Arc<str>)| {
            let is_read = |policy: &vedtak::Pdp| {
                let mut read = policy.attributes();
                read.any(|read| read.category == *of && read.id == *id)
            };
            **of == *category::RESOURCE || **id == *CONTENT || policy.as_ref().is_none_or(is_read)
        };
        let mut others = self.others.iter();
        others.find(may_decide).map(|(_, id)| id.clone())
    }
}

/// The attributes that name the resource.
const NAMES: [&str; 3] = [resource::RESOURCE, resource::ORG, resource::APP];

/// The attributes that name an instance.
const INSTANCES: [&str; 2] = [resource::INSTANCE_ID, resource::RESOURCE_INSTANCE_ID];

/// The element in which a request has a document, for XPath: no attribute of it is named.
const CONTENT: &str = "Content";

/// Whether values of an attribute are keys of a party.
fn is_key(id: &str, values: &[value::Value]) -> bool {
    let is_key = |value: &value::Value| format!("{id}:{value}").parse::<PartyKey>().is_ok();
    values.iter().all(is_key)
}
