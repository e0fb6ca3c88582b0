//! Answers about Altinn → JSON.

mod held;
mod party;
mod through;

use std::sync::Arc;

use serde_json::{Value as Json, json};
use vedtak::altinn::answers::{
    Alternative, Needed, OpenedService, PolicyRight, PolicyRights, RightHolders,
};
use vedtak::altinn::catalogue::{CatalogueDifference, FoundPackage, ItemDifference};
use vedtak::altinn::explain::Explanation;
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::ruling::{Basis, MinimumLevel};
use vedtak::attribute::Designator;

use super::wording::{Wording, said};
pub(super) use held::{checked, holdings, party, request};
pub(super) use party::{by_key, named, part};
use through::{need, through, urn};

/// JSON about a resource, with its titles by language if it has one.
fn titled(mut json: Json, described: Option<&Arc<Resource>>) -> Json {
    let has_title = |of: &&Arc<Resource>| {
        *of.title != *of.id.as_str() || of.title_nn.is_some() || of.title_en.is_some()
    };
    if let Some(described) = described.filter(has_title) {
        json["title"] = (&*described.title).into();
        json["title_nn"] = described.title_nn.as_deref().into();
        json["title_en"] = described.title_en.as_deref().into();
    }
    json
}

pub(super) fn explanation(of: &Explanation, text: &str, words: Wording) -> Json {
    let level = of.level();
    let json = json!({
        "who": of.subject.as_deref().map(named),
        "service_owners": of.service_owners,
        "for": of.party.as_deref().map(named),
        "resource": of.resource.as_ref().map(ResourceId::as_str),
        "actions": of.actions,
        "level": level.filter(|level| *level != MinimumLevel::UNREADABLE),
        "level_is_unreadable": level == Some(MinimumLevel::UNREADABLE),
        "decision": of.ruling.decision().as_str(),
        "basis": said!(words, of.ruling.basis),
        "delegation": delegation(&of.ruling.basis),
        "through": of.through.iter().map(|one| through(one, words)).collect::<Vec<Json>>(),
        "valid_until": of.valid_until.map(|until| until.to_string()),
        "text": text,
    });
    titled(json, of.described.as_ref())
}

/// The delegation by which it is permitted, if it is by one.
fn delegation(basis: &Basis) -> Option<&str> {
    match basis {
        Basis::Delegation { id, .. } => Some(id),
        _ => None,
    }
}

pub(super) fn right(of: &PolicyRight, words: Wording) -> Json {
    let json = json!({
        "resource": of.resource.as_str(),
        "action": of.action,
        "part": part(&of.part),
        "alternatives": of.alternatives.iter().map(|one| alternative(one, words)).collect::<Vec<Json>>(),
        "may_be_delegated": of.may_be_delegated,
        "requires_access_list": of.requires_access_list,
        "requires_resource_right": of.requires_resource_right,
        "lacking": lacking(&of.lacking),
        "complete": of.is_complete,
    });
    titled(json, of.described.as_ref())
}

/// One right, as rights are.
pub(super) fn one_right(of: &PolicyRight, words: Wording) -> Json {
    let json = json!({
        "resource": of.resource.as_str(),
        "rights": [right(of, words)],
        "lacking": lacking(&of.lacking),
        "complete": of.is_complete,
    });
    titled(json, of.described.as_ref())
}

pub(super) fn rights(of: &PolicyRights, words: Wording) -> Json {
    let json = json!({
        "resource": of.resource.as_str(),
        "rights": of.rights.iter().map(|one| right(one, words)).collect::<Vec<_>>(),
        "lacking": lacking(&of.lacking),
        "complete": of.is_complete,
    });
    titled(json, of.described.as_ref())
}

/// Attributes that a policy also reads, by their names in XACML.
pub(super) fn lacking<'d>(of: impl IntoIterator<Item = &'d Designator>) -> Json {
    let each = of.into_iter().map(|of| {
        let mut json = json!({
            "Category": of.category,
            "AttributeId": of.id,
            "DataType": of.data_type.uri(),
        });
        if let Some(issuer) = &of.issuer {
            json["Issuer"] = (&**issuer).into();
        }
        json
    });
    each.collect()
}

fn alternative(of: &Alternative, words: Wording) -> Json {
    let needs: Vec<String> = of.needs.iter().map(|need| urn(need, words)).collect();
    json!({
        "needs": needs,
        "each_need": of.needs.iter().map(|one| need(one, words)).collect::<Vec<Json>>(),
        "rests_on": of.rests_on_in_language(words.language()),
        "ends": of.ends().map(|ends| ends.to_string()),
        "may_be_refused": of.may_be_refused,
        "text": said!(words, of),
    })
}

pub(super) fn holders(
    of: &RightHolders,
    described: Option<&Arc<Resource>>,
    words: Wording,
) -> Json {
    let holders = of.holders.iter().map(|holder| {
        let ways = match words.names() {
            Some(language) => holder.ways_in_language(language),
            None => holder.ways(),
        };
        json!({
            "party": named(&holder.party),
            "ways": ways,
            "through": holder.through.iter().map(|one| through(one, words)).collect::<Vec<Json>>(),
            "basis": said!(words, holder.basis),
            "delegation": delegation(&holder.basis),
            "valid_until": holder.valid_until.map(|until| until.to_string()),
        })
    });
    let json = json!({
        "holders": holders.collect::<Vec<Json>>(),
        "others": of.others.iter().map(|one| alternative(one, words)).collect::<Vec<Json>>(),
        "conditional": of.conditional.iter().map(|one| alternative(one, words)).collect::<Vec<Json>>(),
        "lacking": lacking(&of.lacking),
        "complete": of.is_complete,
        "other_rights": of.other_rights.iter().map(ToString::to_string).collect::<Vec<String>>(),
        "veto": of.veto.as_ref().map(|veto| said!(words, veto)),
        "exists_no_longer": of.gone.as_ref().map(|party| named(party)),
    });
    titled(json, described)
}

pub(super) fn needed(of: &Needed, words: Wording) -> Json {
    let ways = of.ways.iter().map(|way| {
        // Without an alternative of the policy, it is the single right that is to be given.
        let right = way.alternative.is_none().then(|| {
            let right = &of.right;
            json!({"resource": right.resource.as_str(), "action": right.action, "part": part(&right.part)})
        });
        json!({
            "missing": way.missing.iter().map(|need| urn(need, words)).collect::<Vec<String>>(),
            "each_missing": way.missing.iter().map(|one| need(one, words)).collect::<Vec<Json>>(),
            "right": right,
            "givers": way.givers.iter().map(|party| named(party)).collect::<Vec<Json>>(),
            "provider": way.provider.as_ref().map(|party| named(party)),
            "text": said!(words, way),
        })
    });
    let json = json!({
        "resource": of.right.resource.as_str(),
        "who": named(&of.who),
        "for": named(&of.party),
        "decision": of.decision.as_str(),
        "veto": of.veto.as_ref().map(|veto| said!(words, veto)),
        "exists_no_longer": of.gone.as_ref().map(|party| named(party)),
        "ways": ways.collect::<Vec<Json>>(),
        "text": said!(words, of),
        "lacking": lacking(&of.right.lacking),
        "untried": of.untried.iter().map(|one| said!(words, one)).collect::<Vec<String>>(),
        "complete": of.right.is_complete && of.troubles.is_empty() && of.untried.is_empty(),
    });
    titled(json, of.right.described.as_ref())
}

pub(super) fn opened(of: &OpenedService, words: Wording) -> Json {
    let json = json!({
        "resource": of.resource.as_str(),
        "rights": of.rights.iter().map(|one| right(one, words)).collect::<Vec<Json>>(),
        "is_enough": of.is_enough,
    });
    titled(json, of.described.as_ref())
}

pub(super) fn package(of: &FoundPackage) -> Json {
    let roles = of.roles.iter();
    let roles = roles.map(|(role, form)| json!({"role": role, "legal_form": form}));
    json!({
        "code": of.code,
        "name": of.name,
        "name_en": of.name_en,
        "area": of.area,
        "score": of.score,
        "roles": roles.collect::<Vec<Json>>(),
    })
}

pub(super) fn difference(of: &CatalogueDifference) -> Json {
    let items = |items: &ItemDifference| {
        let changed = items.changed.iter().map(|changed| {
            json!({
                "urn": changed.urn,
                "field": changed.field,
                "before": changed.before,
                "after": changed.after,
            })
        });
        json!({
            "added": items.added,
            "gone": items.gone,
            "changed": changed.collect::<Vec<Json>>(),
        })
    };
    let grants = of.grants.iter().map(|grant| {
        json!({
            "role": grant.role,
            "package": grant.package,
            "legal_form": grant.legal_form,
            "before": grant.before,
            "after": grant.after,
        })
    });
    json!({
        "packages": items(&of.packages),
        "roles": items(&of.roles),
        "grants": grants.collect::<Vec<Json>>(),
    })
}
