//! Answers about Altinn → JSON.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use vedtak::altinn::answers::{
    Alternative, Need, NeedKind, Needed, OpenedService, PolicyRight, PolicyRights, RightHolders,
};
use vedtak::altinn::catalogue::{CatalogueDifference, FoundPackage, ItemDifference};
use vedtak::altinn::delegation::shown_part;
use vedtak::altinn::explain::{Explanation, Through};
use vedtak::altinn::register::{
    AccessRequest, AuthorizedParty, CheckedGrantable, Grantable, Holding, Holdings,
};
use vedtak::altinn::resource::{Resource, ResourceId};
use vedtak::altinn::ruling::MinimumLevel;
use vedtak::altinn::{Party, PartyKey};
use vedtak::attribute::Designator;
use vedtak::report::without_long_numbers;

use super::wording::{Wording, said};

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
        "through": of.through.iter().map(|one| through(one, words)).collect::<Vec<Json>>(),
        "valid_until": of.valid_until.map(|until| until.to_string()),
        "text": text,
    });
    titled(json, of.described.as_ref())
}

fn through(of: &Through, words: Wording) -> Json {
    json!({"rule": of.rule, "path": said!(words, of.path)})
}

pub(super) fn right(of: &PolicyRight, words: Wording) -> Json {
    let part = shown_part(&of.part);
    let part = part.map(|(id, value)| json!({"id": id, "value": &*value}));
    let json = json!({
        "resource": of.resource.as_str(),
        "action": of.action,
        "part": part.collect::<Vec<Json>>(),
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
        json!({
            "party": named(&holder.party),
            "ways": holder.ways_in_language(words.language()),
            "through": holder.through.iter().map(|one| through(one, words)).collect::<Vec<Json>>(),
            "basis": said!(words, holder.basis),
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

fn named(party: &Party) -> Json {
    json!({"name": party.name, "key": party.masked_key()})
}

/// The URN of a need; numbers of persons and addresses are shown in part.
fn urn(need: &Need, words: Wording) -> String {
    let urn = need.urn();
    match (urn.parse::<PartyKey>(), need.kind) {
        (Ok(key), _) => format!("{key:?}"),
        (Err(_), NeedKind::Party) => said!(words, need),
        (Err(_), NeedKind::Other) => without_long_numbers(&urn),
        (Err(_), _) => urn,
    }
}

pub(super) fn party(of: &AuthorizedParty, words: Wording) -> Json {
    let mut json = named(&of.party);
    json["main_unit"] = of.main_unit.as_deref().map(named).into();
    json["deleted"] = of.party.is_deleted.into();
    json["only_sub_units"] = of.only_sub_units.into();
    json["has_key_role"] = of.has_key_role.into();
    json["is_main_administrator"] = of.is_main_administrator.into();
    json["is_access_manager"] = of.is_access_manager.into();
    json["roles"] = of.roles.iter().map(|one| holding(one, words)).collect();
    json["packages"] = of.packages.iter().map(|one| holding(one, words)).collect();
    json["resources"] = of.resources.iter().map(|one| holding(one, words)).collect();
    json["instances"] = of.instances.iter().map(|one| holding(one, words)).collect();
    json
}

fn holding(of: &Holding, words: Wording) -> Json {
    let mut json = json!({
        "what": said!(words, of.what),
        "until": of.until().map(|until| until.to_string()),
        "right_source_type": of.right_source_type().as_str(),
        "decision": of.decision.map(|decision| decision.as_str()),
        "only_as": of.only_as.iter().map(ToString::to_string).collect::<Vec<String>>(),
        "may_be_delegated": of.may_be_delegated(),
        "may_be_deleted": of.may_be_deleted,
        "lacking": lacking(&of.lacking),
        "text": said!(words, of),
    });
    if let Grantable::Resource { resource, .. } = &of.what {
        // As lists of rights in Altinn II name a service. The register may know it by another id.
        let service = match &of.described {
            Some(described) => described.altinn2_service.clone(),
            None => resource.as_altinn2_service(),
        };
        if let Some(service) = service {
            json["service_code"] = (&*service.code).into();
            json["edition_code"] = service.edition.into();
        }
    }
    titled(json, of.described.as_ref())
}

pub(super) fn holdings(of: &Holdings, words: Wording) -> Json {
    let otherwise = of.otherwise.iter().map(|other| {
        let part = shown_part(&other.part);
        let part = part.map(|(id, value)| json!({"id": id, "value": &*value}));
        json!({
            "resource": other.resource.as_str(),
            "action": other.action,
            "part": part.collect::<Vec<Json>>(),
        })
    });
    json!({
        "otherwise": otherwise.collect::<Vec<Json>>(),
        "complete": of.is_complete,
        "roles": of.roles.iter().map(|one| holding(one, words)).collect::<Vec<Json>>(),
        "packages": of.packages.iter().map(|one| holding(one, words)).collect::<Vec<Json>>(),
        "rights": of.rights.iter().map(|one| holding(one, words)).collect::<Vec<Json>>(),
    })
}

pub(super) fn needed(of: &Needed, words: Wording) -> Json {
    let ways = of.ways.iter().map(|way| {
        json!({
            "missing": way.missing.iter().map(|need| urn(need, words)).collect::<Vec<String>>(),
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

/// JSON about something that may be given, with its code, or the rights to a resource.
fn with_grantable(mut json: Json, what: &Grantable) -> Json {
    match what {
        Grantable::Role(role) => json["role"] = (&**role).into(),
        Grantable::Package(package) => json["package"] = (&**package).into(),
        Grantable::Resource {
            resource,
            instance,
            rights,
        } => {
            json["resource"] = resource.as_str().into();
            json["instance"] = instance.as_ref().map(|instance| instance.as_str()).into();
            json["rights"] = rights.iter().map(ToString::to_string).collect();
        }
        _ => {}
    }
    json
}

pub(super) fn checked(
    of: &CheckedGrantable,
    described: Option<&Arc<Resource>>,
    words: Wording,
) -> Json {
    let reasons: Vec<&str> = of.reasons.iter().map(|reason| reason.as_str()).collect();
    let json = json!({
        "what": said!(words, of.what),
        "may_be_delegated": of.may_be_delegated(),
        "reasons": reasons,
        "refusal": of.result.as_ref().err().map(|why| said!(words, why)),
        "is_held": of.is_held,
        "through": of.permissions.iter().map(|one| holding(one, words)).collect::<Vec<Json>>(),
        "opens": of.opens.iter().map(ToString::to_string).collect::<Vec<String>>(),
    });
    titled(with_grantable(json, &of.what), described)
}

pub(super) fn request(
    of: &AccessRequest,
    person: &str,
    described: Option<&Arc<Resource>>,
    words: Wording,
) -> Json {
    let json = json!({
        "id": of.id.to_string(),
        "person": {"name": person, "key": format!("{:?}", of.person)},
        "what": said!(words, of.what),
        "asked_at": of.asked_at.map(|at| at.to_string()),
    });
    titled(with_grantable(json, &of.what), described)
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
