//! The files of roles and resources → facts of the register, whose parties are there already.

use super::{FileKind, last_names};
use crate::Diagnostic;
use crate::altinn::fact::Window;
use crate::altinn::json::{self, Object, PlacedText, Report};
use crate::altinn::party::{PartyKey, PartyKind};
use crate::altinn::register::state::{PartyNo, RegisterState};
use crate::altinn::resource::{Resource, ResourceId, ResourceKind};
use crate::json::JsonValue;
use crate::report::{cut, did_you_mean};

pub(super) fn read(
    state: &mut RegisterState,
    kind: FileKind,
    path: &str,
    bytes: &[u8],
    remarks: &mut Vec<Diagnostic>,
) {
    let (_, problems) = json::read_partly(path, bytes, "the file", |whole, report| {
        match kind {
            FileKind::Roles => roles(state, path, whole, report),
            _ => match whole.items() {
                Some(several) => several.for_each(|value| resource(state, value, report)),
                None => resource(state, whole, report),
            },
        }
        Some(())
    });
    remarks.extend(problems);
}

/// Reads the roles of the user for the party that the path names.
fn roles(state: &mut RegisterState, path: &str, whole: JsonValue<'_>, report: &Report) {
    let [_, user, party, _] = last_names(path);
    let to = named(state, user, "user_", PartyKey::User);
    let from = named(state, party, "party_", PartyKey::Id);
    let (to, from) = match (to, from) {
        (Some(to), Some(from)) => (to, from),
        (to, _) => {
            let unknown = if to.is_none() { user } else { party };
            let message = format!("there is no `{}`: these roles are left out", cut(unknown));
            report.problem(whole.offset(), "", message);
            return;
        }
    };
    let Some(items) = whole.items() else {
        report.problem(whole.offset(), "", "roles are an array");
        return;
    };
    for (number, item) in (1..).zip(items) {
        let Some(mut item) = Object::read_foreign(item, format!("role {number}"), report) else {
            continue;
        };
        match item.optional_scalar("value") {
            Some(text) => role(state, to, from, &text, &item),
            None => item.problem(item.place, "member `value` is missing"),
        }
    }
}

fn role(
    state: &mut RegisterState,
    to: PartyNo,
    from: PartyNo,
    text: &PlacedText,
    item: &Object<'_>,
) {
    let name = cut(&text.value);
    let Some(role) = state.catalogue.role(&text.value) else {
        let similar = did_you_mean(state.catalogue.similar_role(&text.value));
        let message = format!("the catalogue has no role `{name}`: it is left out{similar}");
        item.problem(text.place, message);
        return;
    };
    let own = [state.known.private_person, state.known.self_registered];
    let is_link = Some(role) == state.known.self_registered
        && to != from
        && state.role_fits(role, from, to).is_ok();
    if !is_link && (to == from || own.contains(&Some(role))) {
        // Everybody is the private person of herself, or the self-identified user; of somebody else
        // at most the latter, where two users are linked.
        let kind = state.party(to).map(|party| party.kind);
        let is_own = match kind {
            Some(PartyKind::Person) => Some(role) == state.known.private_person,
            Some(PartyKind::SelfIdentified) => Some(role) == state.known.self_registered,
            _ => false,
        };
        if to != from || !is_own {
            let message = format!("`{name}` cannot be a role for this party: it is left out");
            item.problem(text.place, message);
        }
        return;
    }
    match state.role_fits(role, from, to) {
        Ok(()) => state.put_role(to, from, role, Window::ALWAYS, None),
        Err(refusal) => item.problem(text.place, refusal.to_string()),
    }
}

/// Returns the party that a folder names: `User_201`, `party_60001`.
fn named(
    state: &RegisterState,
    folder: &str,
    prefix: &str,
    key: impl Fn(u32) -> PartyKey,
) -> Option<PartyNo> {
    let start = folder.get(..prefix.len())?;
    let number = folder.get(prefix.len()..)?.parse().ok()?;
    state
        .number(&key(number))
        .filter(|_| start.eq_ignore_ascii_case(prefix))
}

fn resource(state: &mut RegisterState, value: JsonValue<'_>, report: &Report) {
    let Some(mut object) = Object::read_foreign(value, "resource".into(), report) else {
        return;
    };
    let Some(id) = object.optional_scalar("identifier") else {
        object.problem(object.place, "member `identifier` is missing");
        return;
    };
    object.path = format!("resource `{}`", id.value);
    let authority = object.optional_value("hasCompetentAuthority");
    let authority =
        authority.and_then(|value| Object::read_foreign(value, object.path.clone(), report));
    let Some(owner) = authority.and_then(|mut owner| owner.optional_scalar("orgcode")) else {
        object.problem(id.place, "it has no owner, `orgcode`: it is left out");
        return;
    };
    let key = ResourceId::new(id.value);
    if state.resources.get(&key).is_some() {
        object.problem(id.place, "an earlier file has it: this one is left out");
        return;
    }
    let mut resource = Resource::new(key, owner.value.to_lowercase());
    titles(&mut resource, &mut object, report);
    if let Some(kind) = object.optional_scalar("resourceType") {
        match ResourceKind::named(&kind.value) {
            Some(known) => resource.kind = known,
            None => object.problem(kind.place, ResourceKind::unknown(&kind.value)),
        }
    }
    let lists = object.optional_scalar("accessListMode");
    resource.requires_access_list =
        lists.is_some_and(|mode| mode.value.eq_ignore_ascii_case("enabled"));
    resource.requires_resource_right = object.optional_flag("limitedByRRR").unwrap_or(false);
    resource.is_delegable = object.optional_flag("delegable").unwrap_or(true);
    state.put_resource(resource);
}

/// Reads the title: a text, or one for each language.
fn titles(resource: &mut Resource, object: &mut Object<'_>, report: &Report) {
    let Some(value) = object.optional_value("title") else {
        return;
    };
    if value.as_str().is_some() {
        let title = json::text(value, "title", &object.path, report);
        resource.title = title.map_or_else(|| resource.title.clone(), |title| title.value);
        return;
    }
    let Some(mut texts) = Object::read_foreign(value, object.path.clone(), report) else {
        return;
    };
    let [bokmal, nynorsk, english] = ["nb", "nn", "en"]
        .map(|language| texts.optional_scalar(language))
        .map(|text| Some(text?.value).filter(|text| !json::is_blank(text)));
    // A title in any language says more than the id.
    if let Some(title) = bokmal.or(nynorsk.clone()).or(english.clone()) {
        resource.title = title;
    }
    resource.title_nn = nynorsk;
    resource.title_en = english;
}
