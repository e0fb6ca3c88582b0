//! Answers about a register → JSON.

use std::sync::Arc;

use serde_json::{Value, json};
use vedtak::altinn::answers::{
    Holder, Need, NeedKind, Needed, PolicyRight, PolicyRights, RightHolders,
};
use vedtak::altinn::explain::{Explanation, Language, Through};
use vedtak::altinn::register::AuthorizedParties;
use vedtak::altinn::{Party, delegation::shown_part};
use vedtak::attribute::Designator;
use vedtak::response::Trouble;
use vedtak::{Decision, altinn::resource::ResourceId};

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

/// A party with a key to name it by. Of a national identity number, and of an address, it is the beginning.
pub fn party(of: &Party) -> Value {
    json!({
        "key": of.masked_key(),
        "name": &*of.name,
        "kind": of.kind.as_str(),
        "number": of.masked_number(),
    })
}

fn named(of: &Option<Arc<Party>>) -> Option<Value> {
    of.as_deref().map(party)
}

/// An explanation.
pub fn explanation(of: &Explanation, language: Language) -> Value {
    let decision = of.ruling.decision();
    json!({
        "decision": decision.as_str(),
        "text": said!(of, language),
        "subject": named(&of.subject),
        "service_owners": of.service_owners,
        "party": named(&of.party),
        "resource": of.resource.as_ref().map(ResourceId::as_str),
        "actions": of.actions,
        "through": through(&of.through, language),
        "valid_until": of.valid_until.map(|until| until.to_string()),
        // Where nothing could be decided, there may be rules that were not looked at.
        "is_complete": of.is_complete && decision != Decision::Indeterminate,
    })
}

fn through(rules: &[Through], language: Language) -> Vec<Value> {
    let each = rules.iter().map(|through| {
        let what = through.what.iter();
        let what = what.map(|what| said!(what, language));
        json!({
            "rule": through.rule,
            "what": what.collect::<Vec<_>>(),
            "path": said!(through.path, language),
        })
    });
    each.collect()
}

/// The things that somebody needs.
pub fn needed(of: &Needed, language: Language) -> Value {
    let ways = of.ways.iter().map(|way| {
        let missing = way.missing.iter();
        let missing = missing.map(|need| said!(need, language));
        let givers = way.givers.iter().map(|giver| party(giver));
        json!({
            "text": said!(way, language),
            "missing": missing.collect::<Vec<_>>(),
            "givers": givers.collect::<Vec<_>>(),
            // The organisation whose clients' administrators they are, if they give it as such.
            "provider": named(&way.provider),
        })
    });
    let untried = of.untried.iter();
    let untried = untried.map(|one| said!(one, language));
    let is_whole = of.untried.is_empty() && of.troubles.is_empty();
    json!({
        "decision": of.decision.as_str(),
        "text": said!(of, language),
        "enough": ways.collect::<Vec<_>>(),
        "veto": of.veto.as_ref().map(|veto| said!(veto, language)),
        "exists_no_longer": named(&of.gone),
        // What else may be enough, and could not be tried.
        "untried": untried.collect::<Vec<_>>(),
        "lacking": lacking(&of.right.lacking),
        "troubles": troubles(&of.troubles),
        "is_complete": of.right.is_complete && is_whole,
    })
}

/// A Permit, in the form of what somebody needs.
pub fn nothing_needed(text: &str) -> Value {
    json!({
        "decision": Decision::Permit.as_str(),
        "text": text,
        "enough": [],
        "veto": null,
        "exists_no_longer": null,
        "untried": [],
        "lacking": [],
        "troubles": [],
        "is_complete": true,
    })
}

/// A page of those who may.
pub fn holders(of: &RightHolders, after: Option<String>, language: Language) -> Value {
    let holders = of.holders.iter().map(|holder| {
        let mut one = party(&holder.party);
        one["ways"] = ways(holder, language).into();
        one["through"] = through(&holder.through, language).into();
        one["basis"] = said!(holder.basis, language).into();
        one["valid_until"] = holder.valid_until.map(|until| until.to_string()).into();
        one
    });
    json!({
        "holders": holders.collect::<Vec<_>>(),
        "has_more": of.has_more,
        "after": after,
        // Whoever else: anyone, the members of an access list, a service owner.
        "others": of.others.iter().map(|other| said!(other, language)).collect::<Vec<_>>(),
        // Ways that rest on what the environment says.
        "conditional": of.conditional.iter().map(|one| said!(one, language)).collect::<Vec<_>>(),
        // Where nobody may: the rights of the policy that somebody has.
        "other_rights": of.other_rights.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "veto": of.veto.as_ref().map(|veto| said!(veto, language)),
        "exists_no_longer": named(&of.gone),
        "lacking": lacking(&of.lacking),
        // Somebody may be missing because of these.
        "troubles": troubles(&of.troubles),
        "is_complete": of.is_complete && of.troubles.is_empty(),
    })
}

fn ways(holder: &Holder, language: Language) -> Vec<String> {
    match language {
        Language::English => holder.ways(),
        language => holder.ways_in_language(language),
    }
}

/// A page of the parties for whom somebody may act; or for whom she may use a right, which the policy may open
/// to others as well, of whom the register has nothing.
pub fn parties(
    of: &AuthorizedParties,
    opened: Option<&PolicyRight>,
    after: Option<String>,
    language: Language,
) -> Value {
    let parties = of.parties.iter().map(|listed| {
        let mut one = party(&listed.party);
        one["only_sub_units"] = listed.only_sub_units.into();
        one["is_access_manager"] = listed.is_access_manager.into();
        one
    });
    // No person is a service owner, nor an app.
    let is_of_none =
        |need: &Need| matches!(need.kind, NeedKind::ServiceOwner | NeedKind::DelegatingApp);
    let others = opened.into_iter().flat_map(|opened| &opened.alternatives);
    let others = others.filter(|one| one.is_for_others() && !one.needs.iter().any(is_of_none));
    let is_complete = opened.is_none_or(|opened| opened.is_complete);
    json!({
        "parties": parties.collect::<Vec<_>>(),
        "has_more": of.has_more,
        "after": after,
        "others": others.map(|other| said!(other, language)).collect::<Vec<_>>(),
        "lacking": lacking(opened.map_or(&[], |opened| &opened.lacking)),
        // Parties may be missing because of these.
        "troubles": troubles(&of.troubles),
        "is_complete": is_complete && of.troubles.is_empty(),
    })
}

/// The rights of a policy.
pub fn rights(of: &PolicyRights, language: Language) -> Value {
    let rights = of.rights.iter().map(|one| right(one, language));
    json!({
        "rights": rights.collect::<Vec<_>>(),
        "lacking": lacking(&of.lacking),
        "is_complete": of.is_complete,
    })
}

fn right(of: &PolicyRight, language: Language) -> Value {
    let any_of = of.alternatives.iter().map(|alternative| {
        let needs = alternative.needs.iter();
        json!({
            "text": said!(alternative, language),
            "needs": needs.map(|need| said!(need, language)).collect::<Vec<_>>(),
            "rests_on": alternative.rests_on_in_language(language),
            "ends": alternative.ends().map(|ends| ends.to_string()),
            "may_be_refused": alternative.may_be_refused,
        })
    });
    let part = shown_part(&of.part);
    let part = part.map(|(id, value)| json!({"id": id, "value": &*value}));
    json!({
        "right": of.key(),
        "action": of.action,
        "part": part.collect::<Vec<_>>(),
        "any_of": any_of.collect::<Vec<_>>(),
        "may_be_delegated": of.may_be_delegated,
        "requires_access_list": of.requires_access_list,
        "requires_resource_right": of.requires_resource_right,
        "lacking": lacking(&of.lacking),
        "is_complete": of.is_complete,
    })
}

/// Attributes of a request that a policy also reads, and that the question does not say.
fn lacking(of: &[Designator]) -> Vec<Value> {
    let each = of.iter();
    each.map(|of| json!({"category": &*of.category, "attribute": &*of.id}))
        .collect()
}

fn troubles(of: &[Trouble]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}
