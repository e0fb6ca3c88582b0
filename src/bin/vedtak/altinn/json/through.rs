//! Rules that permit, needs and paths → JSON.

use serde_json::{Value as Json, json};
use vedtak::altinn::PartyKey;
use vedtak::altinn::answers::{Need, NeedKind};
use vedtak::altinn::explain::{Requirement, Through};
use vedtak::altinn::facts::{Path, Step};
use vedtak::report::without_long_numbers;
use vedtak::value::DateTime;

use super::super::wording::{Wording, said};

/// A rule that permits, with what of the subject meets it and the path to that.
pub(super) fn through(of: &Through, words: Wording) -> Json {
    let what = of.what.iter().map(|one| requirement(one, words));
    json!({
        "rule": of.rule,
        "what": what.collect::<Vec<Json>>(),
        "path": said!(words, of.path),
        "steps": steps(&of.path),
        "until": ends(of).map(|until| until.to_string()),
    })
}

/// The instant until which somebody meets the rule by this: the end of her facts, or of the roles of Altinn II
/// among what it asks for.
fn ends(of: &Through) -> Option<DateTime> {
    let roles = of.what.iter().filter_map(|one| match one {
        Requirement::Need(need) => need.ends,
        _ => None,
    });
    let all = roles.chain(of.window.ends());
    all.min_by_key(DateTime::to_unix)
}

fn requirement(of: &Requirement, words: Wording) -> Json {
    let mut json = match of {
        Requirement::Need(of) | Requirement::Ended(of) => need(of, words),
        _ => json!({}),
    };
    json["text"] = said!(words, of).into();
    json
}

/// A role, a package or another value that a policy asks for, with its code and names if it is one of the
/// catalogue.
pub(super) fn need(of: &Need, words: Wording) -> Json {
    let mut json = json!({
        "kind": kind(of.kind),
        "category": of.category,
        "urn": urn(of, words),
        "ends": of.ends.map(|ends| ends.to_string()),
        "text": said!(words, of),
    });
    if let NeedKind::Package(_) | NeedKind::Role(_) = of.kind {
        json["code"] = (&*of.value).into();
        json["name"] = (&*of.name).into();
        json["name_en"] = (&*of.name_en).into();
    }
    json
}

fn kind(of: NeedKind) -> &'static str {
    match of {
        NeedKind::Package(_) => "package",
        NeedKind::Role(_) => "role",
        NeedKind::UnknownPackage => "unknown-package",
        NeedKind::UnknownRole => "unknown-role",
        NeedKind::EstateRole => "estate-role",
        NeedKind::AccessGroup => "access-group",
        NeedKind::AccessList => "access-list",
        NeedKind::ResourceRight => "resource-right",
        NeedKind::ServiceOwner => "service-owner",
        NeedKind::Party => "party",
        NeedKind::PartyType => "party-type",
        NeedKind::DelegatingApp => "app",
        _ => "other",
    }
}

/// The URN of a need; numbers of persons and addresses are shown in part.
pub(super) fn urn(need: &Need, words: Wording) -> String {
    let urn = need.urn();
    match (urn.parse::<PartyKey>(), need.kind) {
        (Ok(key), _) => format!("{key:?}"),
        (Err(_), NeedKind::Party) => said!(words, need),
        (Err(_), NeedKind::Other) => without_long_numbers(&urn),
        (Err(_), _) => urn,
    }
}

/// The steps of a path, each with the roles and the parties that it names.
pub(super) fn steps(of: &Path) -> Json {
    let each = of.steps().iter().map(|step| match step {
        Step::Words(words) => json!({"kind": "words", "text": words}),
        Step::KeyRole { role, organisation } => json!({
            "kind": "key-role", "role": role.name, "role_en": role.name_en, "party": organisation,
        }),
        Step::Agent { provider, role } => json!({
            "kind": "agent", "role": role.name, "role_en": role.name_en, "party": provider,
        }),
        Step::MainUnit(name) => json!({"kind": "main-unit", "party": name}),
        Step::SubUnit(name) => json!({"kind": "sub-unit", "party": name}),
        Step::Proprietorship(name) => json!({"kind": "proprietorship", "party": name}),
        Step::Role(role) => json!({"kind": "role", "role": role.name, "role_en": role.name_en}),
        _ => json!({"kind": "other"}),
    });
    each.collect()
}
