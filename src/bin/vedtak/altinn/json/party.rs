//! A party → JSON: by everything that anybody may see of her.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use vedtak::altinn::delegation::shown_part;
use vedtak::altinn::facts::Parties as _;
use vedtak::altinn::register::Snapshot;
use vedtak::altinn::{Party, PartyKey};

/// A party. Of a person's number, and of an address where there is no other key, it is the beginning.
pub(in super::super) fn named(party: &Party) -> Json {
    json!({
        "name": party.name,
        "key": party.masked_key(),
        "kind": party.kind.as_str(),
        "number": party.masked_number(),
        "id": party.id,
        "uuid": party.uuid.map(|uuid| uuid.to_string()),
        "user_id": party.user_id,
        "legal_form": party.legal_form,
        "parent": party.parent.as_ref().map(|key| format!("{key:?}")),
        "deleted": party.is_deleted,
    })
}

/// The party of a key, as a register has it.
pub(in super::super) fn by_key(key: &PartyKey, known: &Snapshot) -> Json {
    match known.party(key).ok().flatten() {
        Some(party) => named(&party),
        None => json!({"name": format!("{key:?}"), "key": format!("{key:?}")}),
    }
}

/// The attributes of a part of a service, as they may be shown.
pub(in super::super) fn part(of: &[(Arc<str>, Arc<str>)]) -> Json {
    let each = shown_part(of).map(|(id, value)| json!({"id": id, "value": &*value}));
    each.collect()
}
