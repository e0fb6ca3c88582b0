//! The parties of a file → parties of the register, and the names by which the file refers to them.

use std::collections::HashMap;

use uuid::Uuid;

use super::read::RegisterReader;
use crate::altinn::json::{Object, PlacedText, Word};
use crate::altinn::party::{Party, PartyKey, PartyKind, Place};
use crate::altinn::register::Refusal;
use crate::altinn::register::state::PartyNo;
use crate::altinn::register::valid;
use crate::json::JsonValue;
use crate::report::{cut, did_you_mean};
use crate::syntax::Offset;

impl RegisterReader<'_> {
    pub(super) fn parties(&mut self, values: Vec<JsonValue<'_>>) {
        let mut parts = Vec::new();
        for (number, value) in (1..).zip(values) {
            let path = format!("party {number}");
            match Object::read(value, path, self.report) {
                Some(object) => parts.extend(self.party(object)),
                None => self.knows_all_parties = false,
            }
        }
        // Parents can be found only after all parties are read.
        let mut wholes = HashMap::new();
        for (number, parent, path) in &parts {
            if let Some(whole) = self.find_party(parent, path) {
                wholes.insert(*number, whole);
            }
        }
        let circles = valid::circles(&wholes);
        for (number, parent, path) in parts {
            let Some(whole) = wholes.get(&number).copied() else {
                continue;
            };
            if circles.contains(&number) {
                let message = match whole == number {
                    true => "it is part of itself".to_owned(),
                    false => format!("it is part of itself, through `{}`", cut(&parent.value)),
                };
                self.report.problem(parent.place, &path, message);
                continue;
            }
            let key = self.party_key(&parent, whole);
            if let Some(party) = self.state.party(number) {
                let mut party = (**party).clone();
                party.parent = key;
                // It cannot fail: the keys were checked when the party was added.
                let _ = self.state.put_party(party);
            }
        }
    }

    /// Reads a party; returns it with its parent, if it has one.
    fn party(&mut self, mut object: Object<'_>) -> Option<(PartyNo, PlacedText, String)> {
        let name = object.optional_text("name");
        if let Some(name) = &name {
            object.path = format!("party `{}`", cut(&name.value));
        }
        let kind = object.word("kind");
        // The keys depend on the kind.
        self.knows_all_parties &= kind.is_some();
        let kind = kind.unwrap_or(PartyKind::Organisation);
        let number = object.optional_text("number");
        let small = 1..=u64::from(u32::MAX);
        let id = object.optional_number("id", small.clone());
        let user = object.optional_number("user", small);
        let uuid = object.optional_text("uuid");
        let email = object.optional_text("email");
        let username = object.optional_text("username");
        let legal_form = object.optional_text("legal_form");
        if let Some(form) = &legal_form
            && let Err(similar) = self.state.catalogue.legal_form(&form.value)
        {
            let message = format!(
                "the catalogue has no legal form `{}`{}",
                form.value,
                did_you_mean(similar)
            );
            object.problem(form.place, message);
        }
        let part_of = object.optional_text("part_of");
        let is_deleted = object.optional_flag("deleted");
        let path = object.path.clone();
        let place = object.place;
        object.end();

        let parsed = uuid.as_ref().map(|text| Uuid::try_parse(&text.value));
        if let (Some(text), Some(Err(_))) = (&uuid, &parsed) {
            let message = format!("`uuid` is a UUID, but found `{}`", cut(&text.value));
            self.report.problem(text.place, &path, message);
        }
        let narrow =
            |number: Option<(u64, Offset)>| number.and_then(|(n, _)| u32::try_from(n).ok());
        let mut party = Party {
            kind,
            name: name
                .as_ref()
                .map_or_else(|| "".into(), |name| name.value.clone()),
            id: narrow(id),
            uuid: parsed.and_then(Result::ok),
            number: number.as_ref().map(|number| number.value.clone()),
            user_id: narrow(user),
            email: None,
            username: None,
            legal_form: legal_form.map(|form| self.word(form.value)),
            parent: None,
            is_deleted: is_deleted.unwrap_or(false),
            place: Place::NONE,
        };
        let address = email.as_ref().map(|text| PartyKey::email(&text.value));
        let login = username
            .as_ref()
            .map(|text| PartyKey::username(&text.value));
        for key in [address, login].into_iter().flatten() {
            party = party.key(key);
        }
        if party.keys().next().is_none() {
            let message = "it has no key: `number`, `id`, `user`, `uuid`, `email` or `username`";
            self.report.problem(place, &path, message);
        }
        let places = [
            number.map(|number| number.place),
            id.map(|(_, place)| place),
            user.map(|(_, place)| place),
            uuid.map(|uuid| uuid.place),
            email.map(|email| email.place),
            username.map(|username| username.place),
        ];
        for key in party.keys().filter(|key| !valid::is_key(key)) {
            let place = places[rank(&key)].unwrap_or(place);
            self.report.problem(place, &path, not_a_key(kind, &key));
        }
        let number = self.new_party(party, place, places, &path)?;
        Some((number, part_of?, path))
    }

    /// Adds a party; `places` are those of its keys, by their rank.
    fn new_party(
        &mut self,
        party: Party,
        whole: Offset,
        places: [Option<Offset>; 6],
        path: &str,
    ) -> Option<PartyNo> {
        let mut is_new = true;
        for key in party.keys() {
            if let Some(known) = self.state.number(&key) {
                let place = places[rank(&key)].unwrap_or(whole);
                let message = format!("`{key:?}` already stands for another party");
                let first = self.place_of_party(known).unwrap_or(place);
                self.report.duplicate(place, first, path, message);
                is_new = false;
            }
        }
        if !is_new {
            return None;
        }
        let name = party.name.clone();
        let number = self.state.put_party(party).ok()?;
        self.party_stands(number, whole);
        let known = self.names.entry(name).or_insert(Some(number));
        if *known != Some(number) {
            *known = None;
        }
        Some(number)
    }

    /// Returns the party that a required member refers to.
    pub(super) fn named(&mut self, object: &mut Object<'_>, name: &'static str) -> Option<PartyNo> {
        let text = object.text(name)?;
        self.find_party(&text, &object.path)
    }

    /// Returns the party that an optional member refers to.
    pub(super) fn optional_named(
        &mut self,
        object: &mut Object<'_>,
        name: &'static str,
    ) -> Option<PartyNo> {
        let text = object.optional_text(name)?;
        self.find_party(&text, &object.path)
    }

    /// Returns the party that a text refers to, by a key or by a name that no other party has.
    pub(super) fn find_party(&mut self, text: &PlacedText, path: &str) -> Option<PartyNo> {
        let value = &*text.value;
        let found = if value.starts_with("urn:") {
            match value.parse::<PartyKey>() {
                Ok(key) => self.state.number(&key),
                Err(error) => {
                    self.report.problem(text.place, path, error.to_string());
                    return None;
                }
            }
        } else {
            match self.names.get(value) {
                Some(None) => {
                    let message = format!(
                        "several parties are called `{}`: \
                         name it by a key, such as `urn:altinn:partyid:50001`",
                        cut(value)
                    );
                    self.report.problem(text.place, path, message);
                    return None;
                }
                Some(found) => *found,
                None => None,
            }
        };
        if found.is_none() && self.knows_all_parties {
            let message = format!("there is no party `{}`", cut(value));
            self.report.problem(text.place, path, message);
        }
        found
    }

    /// Returns the key in a text; for a name, the party's first key.
    pub(super) fn party_key(&self, text: &PlacedText, party: PartyNo) -> Option<PartyKey> {
        let itself = text.value.parse().ok();
        let itself = itself.filter(|_| text.value.starts_with("urn:"));
        itself.or_else(|| self.state.party(party).and_then(|party| first_key(party)))
    }
}

/// Returns the message on a key that is none.
fn not_a_key(kind: PartyKind, key: &PartyKey) -> String {
    let digits = |expected: usize, number: &str| {
        let party = kind.with_article();
        format!(
            "the number of {party} is {expected} digits, but found `{}`",
            cut(number)
        )
    };
    match key {
        PartyKey::Person(number) => digits(11, number),
        PartyKey::Organisation(number) => digits(9, number),
        PartyKey::Email(text) => format!("`email` is an e-mail address, but found `{}`", cut(text)),
        PartyKey::Username(text) => {
            format!(
                "`username` is one word without a colon, but found `{}`",
                cut(text)
            )
        }
        PartyKey::Id(_) | PartyKey::User(_) | PartyKey::Uuid(_) => {
            Refusal::NoKey(key.clone()).to_string()
        }
    }
}

/// Returns the key by which a file refers to a party.
pub(super) fn first_key(party: &Party) -> Option<PartyKey> {
    party.keys().min_by_key(rank)
}

/// Returns the rank of a key; a file uses the first.
fn rank(key: &PartyKey) -> usize {
    match key {
        PartyKey::Organisation(_) | PartyKey::Person(_) => 0,
        PartyKey::Id(_) => 1,
        PartyKey::User(_) => 2,
        PartyKey::Uuid(_) => 3,
        PartyKey::Email(_) => 4,
        PartyKey::Username(_) => 5,
    }
}

impl Word for PartyKind {
    const WORDS: &'static [(&'static str, Self)] = &[
        (Self::Person.as_str(), Self::Person),
        (Self::Organisation.as_str(), Self::Organisation),
        (Self::SystemUser.as_str(), Self::SystemUser),
        (Self::EnterpriseUser.as_str(), Self::EnterpriseUser),
        (Self::SelfIdentified.as_str(), Self::SelfIdentified),
    ];
}
