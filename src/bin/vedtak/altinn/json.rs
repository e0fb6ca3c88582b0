//! Answers about Altinn → JSON.

use serde_json::{Value as Json, json};
use vedtak::altinn::answers::{
    Alternative, Need, NeedKind, Needed, OpenedService, PolicyRight, RightHolders,
};
use vedtak::altinn::catalogue::{CatalogueDifference, FoundPackage, ItemDifference};
use vedtak::altinn::explain::{Explanation, Through};
use vedtak::altinn::register::{AuthorizedParty, CheckedGrantable, Grantable, Holding, Holdings};
use vedtak::altinn::{Party, PartyKey};

pub(super) fn explanation(of: &Explanation, text: &str) -> Json {
    json!({
        "decision": of.ruling.decision().as_str(),
        "basis": of.ruling.basis.to_string(),
        "through": of.through.iter().map(through).collect::<Vec<Json>>(),
        "valid_until": of.ruling.valid_until.map(|until| until.to_string()),
        "text": text,
    })
}

fn through(of: &Through) -> Json {
    json!({"rule": of.rule, "path": of.path.to_string()})
}

pub(super) fn right(of: &PolicyRight) -> Json {
    json!({
        "resource": of.resource.as_str(),
        "action": of.action,
        "alternatives": of.alternatives.iter().map(alternative).collect::<Vec<Json>>(),
        "may_be_delegated": of.may_be_delegated,
        "complete": of.is_complete,
    })
}

fn alternative(of: &Alternative) -> Json {
    let needs: Vec<String> = of.needs.iter().map(urn).collect();
    let rests: Vec<String> = of.rests_on.iter().map(ToString::to_string).collect();
    json!({
        "needs": needs,
        "rests_on": rests,
        "ends": of.ends().map(|ends| ends.to_string()),
        "text": of.to_string(),
    })
}

pub(super) fn holders(of: &RightHolders) -> Json {
    let holders = of.holders.iter().map(|holder| {
        json!({
            "party": named(&holder.party),
            "ways": holder.ways(),
            "through": holder.through.iter().map(through).collect::<Vec<Json>>(),
            "basis": holder.basis.to_string(),
            "valid_until": holder.valid_until.map(|until| until.to_string()),
        })
    });
    json!({
        "holders": holders.collect::<Vec<Json>>(),
        "others": of.others.iter().map(alternative).collect::<Vec<Json>>(),
    })
}

fn named(party: &Party) -> Json {
    json!({"name": party.name, "key": key(party)})
}

/// A key of a party. National identity numbers and addresses are shown in part, where there is no other.
pub(super) fn key(party: &Party) -> Option<String> {
    let is_shown = |key: &PartyKey| !matches!(key, PartyKey::Person(_) | PartyKey::Email(_));
    let key = party.keys().find(is_shown).or_else(|| party.keys().next());
    key.map(|key| format!("{key:?}"))
}

/// The URN of a need; numbers of persons and addresses are shown in part.
fn urn(need: &Need) -> String {
    let urn = need.urn();
    match (urn.parse::<PartyKey>(), need.kind) {
        (Ok(key), _) => format!("{key:?}"),
        (Err(_), NeedKind::Party) => need.to_string(),
        (Err(_), _) => urn,
    }
}

pub(super) fn party(of: &AuthorizedParty) -> Json {
    let mut json = named(&of.party);
    json["deleted"] = of.party.is_deleted.into();
    json["only_sub_units"] = of.only_sub_units.into();
    json["roles"] = of.roles.iter().map(holding).collect();
    json["packages"] = of.packages.iter().map(holding).collect();
    json["resources"] = of.resources.iter().map(holding).collect();
    json["instances"] = of.instances.iter().map(holding).collect();
    json
}

fn holding(of: &Holding) -> Json {
    let mut json = json!({
        "what": of.what.to_string(),
        "until": of.window.ends().map(|until| until.to_string()),
        "may_be_deleted": of.may_be_deleted,
        "text": of.to_string(),
    });
    // As lists of rights in Altinn II name a service.
    if let Grantable::Resource { resource, .. } = &of.what
        && let Some(service) = resource.as_altinn2_service()
    {
        json["service_code"] = (&*service.code).into();
        json["edition_code"] = service.edition.into();
    }
    json
}

pub(super) fn holdings(of: &Holdings) -> Json {
    json!({
        "roles": of.roles.iter().map(holding).collect::<Vec<Json>>(),
        "packages": of.packages.iter().map(holding).collect::<Vec<Json>>(),
        "rights": of.rights.iter().map(holding).collect::<Vec<Json>>(),
    })
}

pub(super) fn needed(of: &Needed) -> Json {
    let ways = of.ways.iter().map(|way| {
        json!({
            "missing": way.missing.iter().map(urn).collect::<Vec<String>>(),
            "givers": way.givers.iter().map(|party| named(party)).collect::<Vec<Json>>(),
            "text": way.to_string(),
        })
    });
    json!({
        "who": named(&of.who),
        "for": named(&of.party),
        "decision": of.decision.as_str(),
        "veto": of.veto.as_ref().map(ToString::to_string),
        "exists_no_longer": of.gone.as_ref().map(|party| named(party)),
        "ways": ways.collect::<Vec<Json>>(),
    })
}

pub(super) fn opened(of: &OpenedService) -> Json {
    json!({
        "resource": of.resource.as_str(),
        "rights": of.rights.iter().map(right).collect::<Vec<Json>>(),
        "is_enough": of.is_enough,
    })
}

pub(super) fn checked(of: &CheckedGrantable) -> Json {
    let reasons: Vec<&str> = of.reasons.iter().map(|reason| reason.as_str()).collect();
    json!({
        "what": of.what.to_string(),
        "may_be_delegated": of.may_be_delegated(),
        "reasons": reasons,
        "refusal": of.result.as_ref().err().map(ToString::to_string),
        "is_held": of.is_held,
        "through": of.permissions.iter().map(holding).collect::<Vec<Json>>(),
    })
}

pub(super) fn package(of: &FoundPackage) -> Json {
    json!({
        "code": of.code,
        "name": of.name,
        "name_en": of.name_en,
        "area": of.area,
        "score": of.score,
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
