//! A party → JSON: by everything that anybody may see of her.

use serde_json::{Value as Json, json};
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

/// The attributes of a part of a service. Of one that names a party, it is what anybody may see of the key.
pub(in super::super) fn part<'p, S: AsRef<str> + 'p>(
    of: impl IntoIterator<Item = &'p (S, S)>,
) -> Json {
    let each = of.into_iter().map(|(id, value)| {
        let (id, value) = (id.as_ref(), value.as_ref());
        let key = format!("{id}:{value}").parse::<PartyKey>().ok();
        let shown = key.map(|key| format!("{key:?}"));
        let shown = shown.as_deref().and_then(|key| key.rsplit_once(':'));
        json!({"id": id, "value": shown.map_or(value, |(_, shown)| shown)})
    });
    each.collect()
}
