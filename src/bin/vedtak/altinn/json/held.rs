//! Holdings, checks before a delegation and requests → JSON.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use vedtak::altinn::catalogue::{Catalogue, Package, Role};
use vedtak::altinn::delegation::Right;
use vedtak::altinn::register::{
    AccessRequest, AuthorizedParty, CheckedGrantable, Grantable, Holding, Holdings, Snapshot,
    Source,
};
use vedtak::altinn::resource::Resource;

use super::super::wording::{Wording, said};
use super::party::{by_key, named, part};
use super::through::{steps, through};
use super::{lacking, titled};

pub(in super::super) fn party(of: &AuthorizedParty, known: &Snapshot, words: Wording) -> Json {
    let each = |held: &[Holding]| -> Json {
        let held = held.iter();
        held.map(|one| holding(one, known, words)).collect()
    };
    let mut json = named(&of.party);
    json["main_unit"] = of.main_unit.as_deref().map(named).into();
    json["only_sub_units"] = of.only_sub_units.into();
    json["has_key_role"] = of.has_key_role.into();
    json["is_main_administrator"] = of.is_main_administrator.into();
    json["is_access_manager"] = of.is_access_manager.into();
    json["roles"] = each(&of.roles);
    json["packages"] = each(&of.packages);
    json["resources"] = each(&of.resources);
    json["instances"] = each(&of.instances);
    json
}

fn holding(of: &Holding, known: &Snapshot, words: Wording) -> Json {
    let catalogue = known.catalogue();
    let mut json = json!({
        "what": said!(words, of.what),
        "record": of.record().map(|record| record.to_string()),
        "source": source(&of.source, catalogue),
        "path": said!(words, of.path),
        "steps": steps(&of.path),
        "given_by": of.given_by.as_ref().map(|key| by_key(key, known)),
        "given_at": of.given_at.map(|at| at.to_string()),
        "out_of": of.out_of,
        "until": of.until().map(|until| until.to_string()),
        "right_source_type": of.right_source_type().as_str(),
        "decision": of.decision.map(|decision| decision.as_str()),
        "only_as": of.only_as.iter().map(ToString::to_string).collect::<Vec<String>>(),
        "may_be_delegated": of.may_be_delegated(),
        "not_delegable": of.not_delegable.map(|why| said!(words, why)),
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
    titled(
        with_grantable(json, &of.what, catalogue),
        of.described.as_ref(),
    )
}

/// The origin of a holding: `record` is there of what is given by a delegation, also where it cannot be
/// revoked by itself.
fn source(of: &Source, catalogue: &Catalogue) -> Json {
    match of {
        Source::Oneself => json!({"kind": "oneself"}),
        Source::Register => json!({"kind": "register"}),
        Source::Role(name) => {
            let mut roles = catalogue.roles().map(|(_, role)| role);
            let json = json!({"kind": "role", "name": name});
            match roles.find(|role| role.name == *name) {
                Some(role) => with_role(json, role),
                None => json,
            }
        }
        Source::Package(code) => {
            let json = json!({"kind": "package", "code": code});
            match catalogue.package(code) {
                Some(package) => with_package(json, catalogue.package_by_id(package)),
                None => json,
            }
        }
        Source::Direct(record) => json!({"kind": "delegation", "record": record.to_string()}),
        _ => json!({"kind": "other"}),
    }
}

fn with_role(mut json: Json, role: &Role) -> Json {
    json["code"] = (&*role.code).into();
    json["name"] = (&*role.name).into();
    json["name_en"] = (&*role.name_en).into();
    json["definition_id"] = role.definition_id.into();
    json["is_from_register"] = role.is_from_register().into();
    json
}

fn with_package(mut json: Json, package: &Package) -> Json {
    json["code"] = (&*package.code).into();
    json["name"] = (&*package.name).into();
    json["name_en"] = (&*package.name_en).into();
    json
}

/// JSON about something that may be given, with its code and names, or the rights to a resource. A single
/// right has its `action` and `part`, too.
fn with_grantable(mut json: Json, what: &Grantable, catalogue: &Catalogue) -> Json {
    match what {
        Grantable::Role(name) => {
            json["role"] = (&**name).into();
            match catalogue.role(name) {
                Some(role) => with_role(json, catalogue.role_by_id(role)),
                None => json,
            }
        }
        Grantable::Package(name) => {
            json["package"] = (&**name).into();
            match catalogue.package(name) {
                Some(package) => with_package(json, catalogue.package_by_id(package)),
                None => json,
            }
        }
        Grantable::Resource {
            resource,
            instance,
            rights,
        } => {
            json["resource"] = resource.as_str().into();
            json["instance"] = instance.as_ref().map(|instance| instance.as_str()).into();
            json["rights"] = rights.iter().map(ToString::to_string).collect();
            json["each_right"] = each_right(rights);
            if let [only] = &rights[..] {
                json["action"] = (&*only.action).into();
                json["part"] = part(&only.part);
            }
            json
        }
        _ => json,
    }
}

/// Rights, each as an action and the part that it is on.
fn each_right(rights: &[Right]) -> Json {
    let each = rights.iter();
    each.map(|right| json!({"action": right.action, "part": part(&right.part)}))
        .collect()
}

pub(in super::super) fn holdings(of: &Holdings, known: &Snapshot, words: Wording) -> Json {
    let each = |held: &[Holding]| -> Json {
        let held = held.iter();
        held.map(|one| holding(one, known, words)).collect()
    };
    let otherwise = of.otherwise.iter().map(|other| {
        let through = other.through.iter().map(|one| through(one, words));
        json!({
            "resource": other.resource.as_str(),
            "action": other.action,
            "part": part(&other.part),
            "through": through.collect::<Vec<Json>>(),
            "valid_until": other.valid_until.map(|until| until.to_string()),
        })
    });
    json!({
        "otherwise": otherwise.collect::<Vec<Json>>(),
        "complete": of.is_complete,
        "roles": each(&of.roles),
        "packages": each(&of.packages),
        "rights": each(&of.rights),
    })
}

pub(in super::super) fn checked(
    of: &CheckedGrantable,
    described: Option<&Arc<Resource>>,
    known: &Snapshot,
    words: Wording,
) -> Json {
    let reasons: Vec<&str> = of.reasons.iter().map(|reason| reason.as_str()).collect();
    let through = of.permissions.iter().map(|one| holding(one, known, words));
    let json = json!({
        "what": said!(words, of.what),
        "may_be_delegated": of.may_be_delegated(),
        "reasons": reasons,
        "refusal": of.result.as_ref().err().map(|why| said!(words, why)),
        "is_held": of.is_held,
        "through": through.collect::<Vec<Json>>(),
        "opens": of.opens.iter().map(ToString::to_string).collect::<Vec<String>>(),
        "each_opened": each_right(&of.opens),
    });
    titled(with_grantable(json, &of.what, known.catalogue()), described)
}

pub(in super::super) fn request(
    of: &AccessRequest,
    described: Option<&Arc<Resource>>,
    known: &Snapshot,
    words: Wording,
) -> Json {
    let json = json!({
        "id": of.id.to_string(),
        "person": by_key(&of.person, known),
        "what": said!(words, of.what),
        "asked_at": of.asked_at.map(|at| at.to_string()),
    });
    titled(with_grantable(json, &of.what, known.catalogue()), described)
}
