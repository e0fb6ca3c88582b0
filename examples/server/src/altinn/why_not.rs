//! A request → what would be enough for it, as the question about what somebody needs.

use std::sync::Arc;

use serde_json::Value;
use vedtak::Request;
use vedtak::altinn::explain::{Explanation, Language};
use vedtak::altinn::{Party, Pdp};

use super::asked::now;
use super::no_answer;
use super::told::{self, said};
use crate::problem::Problem;

/// The answer to a request, with its explanation.
pub struct WhyNot {
    pub told: Value,
    pub text: String,
    pub explained: Explanation,
}

/// Returns what is missing for a request that names all of who, for whom, what and which action. Errors: 400,
/// it does not; 422, there is no answer.
pub fn why_not(pdp: &Pdp, request: &Request, language: Language) -> Result<WhyNot, Problem> {
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
    let needed = pdp.needed(&who, resource, &action.as_str().into(), &party, at);
    let needed = needed.map_err(no_answer)?;
    Ok(WhyNot {
        told: told::needed(&needed, language),
        text: said!(needed, language),
        explained,
    })
}
