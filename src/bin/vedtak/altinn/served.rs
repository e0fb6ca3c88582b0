//! `vedtak altinn who --served`: the parties that a service is for → the answer, as text and as JSON.

use std::collections::HashMap;

use serde_json::{Value as Json, json};
use vedtak::altinn::facts::{
    AccessListConnection, AccessLists as _, Fact, Parties as _, Resources as _, Window,
};
use vedtak::altinn::register::{ListedResourceRight, Snapshot};
use vedtak::altinn::resource::ResourceId;
use vedtak::altinn::{Party, PartyKey};
use vedtak::report::cut;
use vedtak::value::DateTime;

use super::answer::lines;
use super::files::Asked;
use super::json;
use super::wording::{Wording, said};
use crate::output::{Ended, Output, Undone};

/// The parties with a resource right for a service or on an access list that is connected to it.
pub(super) fn served(asked: &mut Asked<'_>, resource: &str) -> Result<Output, Undone> {
    let (words, at) = (asked.words, asked.at);
    words.id(resource)?;
    let of = ResourceId::new(resource);
    let known = asked.register_or_example()?.snapshot();
    let described = known.resource(&of).ok().flatten();
    let described = described.ok_or_else(|| words.not_in_register(&of))?;
    let mut rights: HashMap<PartyKey, Vec<ListedResourceRight>> = HashMap::new();
    for right in known.resource_rights_of(&of, at) {
        rights
            .entry(right.right.party.clone())
            .or_default()
            .push(right);
    }
    let mut parties = known.parties();
    parties.sort_by(|one, other| one.name.cmp(&other.name));
    let (mut told, mut rows, mut is_served) = (Vec::new(), Vec::new(), false);
    for party in &parties {
        let lists = known.connections(&of, party, at);
        let lists = lists.map_err(|why| words.quoted(&why.to_string()))?;
        let rights = party.keys().find_map(|key| rights.remove(&key));
        let rights = rights.unwrap_or_default();
        if lists.is_empty() && rights.is_empty() {
            continue;
        }
        let windows = lists.iter().map(|fact| fact.window);
        let mut windows = windows.chain(rights.iter().map(|one| one.right.window));
        is_served |= windows.any(|window| window.contains(at));
        told.push(line(words, party, (&lists, &rights), (&known, at)));
        let mut row = json::named(party);
        row["access_lists"] = lists.iter().map(|one| list_json(one, at)).collect();
        let rights = rights.iter().map(|one| right_json(one, &known, at));
        row["resource_rights"] = rights.collect();
        rows.push(row);
    }
    let is_for_any = !described.requires_access_list && !described.requires_resource_right;
    if is_for_any {
        let note = words.pick(
            "the service asks for no access list and no resource right: it is for any party",
            "tjenesten krever verken tilgangsliste eller ressursrettighet: den er for alle aktører",
        );
        asked.notes.push(note.to_owned());
    }
    let json = json!({
        "resource": of.as_str(),
        "requires_access_list": described.requires_access_list,
        "requires_resource_right": described.requires_resource_right,
        "served": rows,
    });
    let ended = Ended::good_if(is_for_any || is_served);
    Ok(Output::new(ended, lines(words, told.into_iter()), json))
}

/// A party with its lists and resource rights, in words.
fn line(
    words: Wording,
    party: &Party,
    (lists, rights): (&[Fact<AccessListConnection>], &[ListedResourceRight]),
    (known, at): (&Snapshot, DateTime),
) -> String {
    let during = |window: Window| {
        let has_begun = window
            .begins()
            .is_none_or(|from| from.to_unix() <= at.to_unix());
        let state = match (window.contains(at), has_begun) {
            (true, _) => "",
            (false, true) => words.pick(" (has ended)", " (er utløpt)"),
            (false, false) => words.pick(" (to come)", " (kommer)"),
        };
        match window == Window::ALWAYS {
            true => String::new(),
            false => format!(", {}{state}", said!(words, window)),
        }
    };
    let lists = lists.iter().map(|fact| {
        let list = words.pick("the access list", "tilgangslisten");
        let actions = fact.value.actions.iter().flatten();
        let actions: Vec<String> = actions.map(|action| cut(action)).collect();
        let actions = match actions.is_empty() {
            true => String::new(),
            false => format!(": {}", actions.join(", ")),
        };
        let (name, during) = (cut(&fact.value.list), during(fact.window));
        format!("{list} `{name}`{actions}{during}")
    });
    let rights = rights.iter().map(|one| {
        let right = words.pick("the resource right", "ressursrettigheten");
        let person = one.right.performed_by.as_ref().map(|person| {
            let named = known.party(person).ok().flatten();
            let named = named.map_or_else(|| format!("{person:?}"), |named| cut(&named.name));
            words.pick(format!(" for {named} alone"), format!(" bare for {named}"))
        });
        let (value, during) = (cut(&one.right.rights_value), during(one.right.window));
        format!("{right} {value}{}{during}", person.unwrap_or_default())
    });
    let all: Vec<String> = lists.chain(rights).collect();
    format!("{party} — {}", all.join("; "))
}

fn list_json(of: &Fact<AccessListConnection>, at: DateTime) -> Json {
    json!({
        "list": of.value.list,
        // None are all of them.
        "actions": of.value.actions,
        "from": of.window.begins().map(|from| from.to_string()),
        "until": of.window.ends().map(|until| until.to_string()),
        "holds": of.window.contains(at),
    })
}

fn right_json(of: &ListedResourceRight, known: &Snapshot, at: DateTime) -> Json {
    json!({
        "record": of.id.to_string(),
        "type": of.right.rights_type,
        "value": of.right.rights_value,
        "performed_by": of.right.performed_by.as_ref().map(|key| json::by_key(key, known)),
        "from": of.right.window.begins().map(|from| from.to_string()),
        "until": of.right.window.ends().map(|until| until.to_string()),
        "state": of.state.as_str(),
        "holds": of.right.window.contains(at),
    })
}
