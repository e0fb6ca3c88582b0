//! The files of parties and users → parties of the register. Several files tell of one party.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::FileKind;
use crate::Diagnostic;
use crate::altinn::catalogue::Catalogue;
use crate::altinn::json::{self, Object, PlacedText, Report};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::register::state::RegisterState;
use crate::altinn::register::{Refusal, valid};
use crate::json::JsonValue;
use crate::report::{cut, did_you_mean};
use crate::syntax::Offset;

/// The parties of the files so far.
pub(super) struct DraftParties<'c> {
    catalogue: &'c Catalogue,
    drafts: Vec<Draft>,
    /// Every key of every draft.
    by_key: HashMap<PartyKey, usize>,
}

/// A party, and the index of the one that it is part of.
struct Draft {
    party: Party,
    parent: Option<usize>,
}

impl<'c> DraftParties<'c> {
    pub(super) fn new(catalogue: &Catalogue) -> DraftParties<'_> {
        DraftParties {
            catalogue,
            drafts: Vec::new(),
            by_key: HashMap::new(),
        }
    }

    /// Reads a file of one party, of several, or of a user.
    pub(super) fn read(
        &mut self,
        kind: FileKind,
        path: &str,
        bytes: &[u8],
        remarks: &mut Vec<Diagnostic>,
    ) {
        let (_, problems) = json::read_partly(path, bytes, "the file", |whole, report| {
            match (kind, whole.items()) {
                (FileKind::User, _) => self.user(whole, report),
                (FileKind::Organisation, _) => self.entry(whole, PartyKind::Organisation, report),
                (FileKind::Person, _) => self.entry(whole, PartyKind::Person, report),
                (_, Some(several)) => self.parties(several.collect(), report),
                (_, None) => self.parties(vec![whole], report),
            }
            Some(())
        });
        remarks.extend(problems);
    }

    /// Puts all parties into an empty register.
    pub(super) fn put(self, state: &mut RegisterState, remarks: &mut Vec<Diagnostic>) {
        for draft in &self.drafts {
            // It cannot fail: no key belongs to two drafts.
            let _ = state.put_party(draft.party.clone());
        }
        let parents = self.drafts.iter().enumerate();
        let parents = parents.filter_map(|(number, draft)| Some((number, draft.parent?)));
        let circles = valid::circles(&parents.collect());
        // A parent must be there before its parts.
        for (number, draft) in self.drafts.iter().enumerate() {
            if circles.contains(&number) {
                let name = cut(&draft.party.name);
                let message =
                    format!("`{name}` is part of itself, through others: it is part of none");
                remarks.push(Diagnostic::placeless("", message));
                continue;
            }
            let Some(parent) = draft.parent.map(|parent| &self.drafts[parent].party) else {
                continue;
            };
            let mut party = draft.party.clone();
            party.parent = parent.id.map(PartyKey::Id).or(parent.keys().next());
            let _ = state.put_party(party);
        }
    }

    /// Reads parties, and the units in each of them.
    fn parties<'a>(&mut self, values: Vec<JsonValue<'a>>, report: &'a Report) {
        let mut open: Vec<_> = values
            .into_iter()
            .rev()
            .map(|value| (value, None))
            .collect();
        // A work list and no recursion: the file decides how deep units are in each other.
        while let Some((value, parent)) = open.pop() {
            let Some(mut object) = Object::read_foreign(value, "party".into(), report) else {
                continue;
            };
            let units = object.optional_items("childParties").unwrap_or_default();
            let Some(number) = self.party(&mut object, parent) else {
                continue;
            };
            open.extend(units.into_iter().rev().map(|unit| (unit, Some(number))));
        }
    }

    fn party(&mut self, object: &mut Object<'_>, parent: Option<usize>) -> Option<usize> {
        let name = object.optional_scalar("name");
        if let Some(name) = &name {
            object.path = format!("party `{}`", name.value);
        }
        let (id, place) = object.spelt_number("partyId")?;
        let kind = party_kind(object)?;
        let number = match self.by_key.get(&PartyKey::Id(id)) {
            Some(known) => *known,
            None => self.add(Party::new(PartyKey::Id(id), "").of_kind(kind)),
        };
        let known = self.drafts[number].party.kind;
        if known != kind {
            let message = format!("an earlier file says that it is {}", known.with_article());
            object.problem(place, message);
            return None;
        }
        self.name(number, name);
        let text = match kind {
            PartyKind::Person => object.optional_scalar("ssn"),
            PartyKind::Organisation => object.optional_scalar("orgNumber"),
            // The file has both members, empty.
            _ => None,
        };
        self.national_number(number, kind, text, object);
        self.uuid(number, object);
        self.legal_form(number, object);
        let is_deleted = object.optional_flag("isDeleted").unwrap_or(false);
        self.drafts[number].party.is_deleted |= is_deleted;
        if let Some(parent) = parent {
            let known = *self.drafts[number].parent.get_or_insert(parent);
            if known != parent || known == number {
                let message =
                    "it cannot be a unit of this party: it is one of another, or the same";
                object.problem(place, message);
            }
            // A party that is said to be part of itself is part of none.
            let draft = &mut self.drafts[number];
            draft.parent = draft.parent.filter(|parent| *parent != number);
        }
        Some(number)
    }

    /// Reads an entry of the register of organisations, or of that of persons.
    fn entry(&mut self, value: JsonValue<'_>, kind: PartyKind, report: &Report) {
        let Some(mut object) = Object::read_foreign(value, kind.as_str().into(), report) else {
            return;
        };
        let member = match kind {
            PartyKind::Person => "ssn",
            _ => "orgNumber",
        };
        let Some(text) = object.optional_scalar(member) else {
            object.problem(object.place, format!("member `{member}` is missing"));
            return;
        };
        let Some(key) = national_key(kind, &text, &object) else {
            return;
        };
        let number = match self.by_key.get(&key) {
            Some(known) => *known,
            None => self.add(Party::new(key, "")),
        };
        let name = object.optional_scalar("name");
        self.name(number, name);
        self.legal_form(number, &mut object);
    }

    /// Reads the profile of a user.
    fn user(&mut self, value: JsonValue<'_>, report: &Report) {
        let Some(mut object) = Object::read_foreign(value, "user".into(), report) else {
            return;
        };
        let Some((user, place)) = object.spelt_number("userId") else {
            return;
        };
        object.path = format!("user `{user}`");
        let Some((id, place_of_party)) = object.spelt_number("partyId") else {
            return;
        };
        let Some(&number) = self.by_key.get(&PartyKey::Id(id)) else {
            object.problem(place_of_party, format!("there is no party `{id}`"));
            return;
        };
        let key = PartyKey::User(user);
        if self.by_key.contains_key(&key) {
            let message = "another profile has this user: this one is left out";
            object.problem(place, message);
            return;
        }
        let party = &mut self.drafts[number].party;
        if party.kind == PartyKind::Organisation {
            let name = object.optional_scalar("userName");
            let name = name.map_or_else(|| "".into(), |name| name.value);
            let user = Party::new(key, name).of_kind(PartyKind::EnterpriseUser);
            let user = self.add(user);
            self.drafts[user].parent = Some(number);
            return;
        }
        if let Some(known) = party.user_id {
            let message = format!("the party has the user `{known}`: this one is left out");
            object.problem(place, message);
            return;
        }
        party.user_id = Some(user);
        self.by_key.insert(key, number);
        if party.kind == PartyKind::SelfIdentified
            && let Some(name) = object.optional_scalar("userName")
        {
            let key = PartyKey::username(&name.value);
            if !valid::is_key(&key) {
                object.problem(
                    name.place,
                    format!("{}: it is left out", Refusal::NoKey(key)),
                );
            } else if !self.by_key.contains_key(&key) {
                let party = &mut self.drafts[number].party;
                *party = party.clone().key(key.clone());
                self.by_key.insert(key, number);
            }
        }
    }

    /// Adds a party, none of whose keys another has.
    fn add(&mut self, party: Party) -> usize {
        let number = self.drafts.len();
        self.by_key.extend(party.keys().map(|key| (key, number)));
        let parent = None;
        self.drafts.push(Draft { party, parent });
        number
    }

    /// Names a party that has no name yet.
    fn name(&mut self, number: usize, name: Option<PlacedText>) {
        let party = &mut self.drafts[number].party;
        if let Some(name) = name
            && party.name.is_empty()
        {
            party.name = name.value;
        }
    }

    fn national_number(
        &mut self,
        number: usize,
        kind: PartyKind,
        text: Option<PlacedText>,
        object: &Object<'_>,
    ) {
        let Some(text) = text else {
            return;
        };
        let Some(key) = national_key(kind, &text, object) else {
            return;
        };
        if self.give_key(number, key, text.place, object) {
            self.drafts[number].party.number = Some(text.value);
        }
    }

    fn uuid(&mut self, number: usize, object: &mut Object<'_>) {
        let Some(text) = object.optional_scalar("partyUuid") else {
            return;
        };
        match Uuid::try_parse(&text.value) {
            Ok(uuid) => {
                if self.give_key(number, PartyKey::Uuid(uuid), text.place, object) {
                    self.drafts[number].party.uuid = Some(uuid);
                }
            }
            Err(_) => {
                let message = format!("`partyUuid` is a UUID, but found `{}`", cut(&text.value));
                object.problem(text.place, message);
            }
        }
    }

    /// Whether the party gets the key: it has none of this kind, and no other party has this one.
    fn give_key(
        &mut self,
        number: usize,
        key: PartyKey,
        place: Offset,
        object: &Object<'_>,
    ) -> bool {
        let party = &self.drafts[number].party;
        if party.has_key(&key) {
            return false;
        }
        let is_free = match &key {
            PartyKey::Uuid(_) => party.uuid.is_none(),
            _ => party.number.is_none(),
        };
        if !is_free {
            let message = format!("an earlier file gives it another key than `{key:?}`");
            object.problem(place, message);
            return false;
        }
        if self.by_key.contains_key(&key) {
            let message = format!("`{key:?}` already stands for another party");
            object.problem(place, message);
            return false;
        }
        self.by_key.insert(key, number);
        true
    }

    fn legal_form(&mut self, number: usize, object: &mut Object<'_>) {
        let Some(text) = object.optional_scalar("unitType") else {
            return;
        };
        let form = match self.catalogue.legal_form(&text.value) {
            Ok(form) => form.name.clone(),
            Err(similar) => {
                let (found, similar) = (cut(&text.value), did_you_mean(similar));
                let message = format!("the catalogue has no legal form `{found}`{similar}");
                object.problem(text.place, message);
                return;
            }
        };
        let known: &Arc<str> = self.drafts[number]
            .party
            .legal_form
            .get_or_insert(form.clone());
        if *known != form {
            let message = format!("an earlier file gives it the legal form `{known}`");
            object.problem(text.place, message);
        }
    }
}

/// Reads the type of a party, which is a number or a word.
fn party_kind(object: &mut Object<'_>) -> Option<PartyKind> {
    let Some(text) = object.optional_scalar("partyTypeName") else {
        object.problem(object.place, "member `partyTypeName` is missing");
        return None;
    };
    match &*text.value.to_ascii_lowercase() {
        "1" | "person" => Some(PartyKind::Person),
        "3" | "selfidentified" => Some(PartyKind::SelfIdentified),
        "2" | "organisation" | "organization" | "4" | "subunit" | "5" | "bankruptcyestate" => {
            Some(PartyKind::Organisation)
        }
        _ => {
            let found = cut(&text.value);
            let message = format!("`partyTypeName` is a number from 1 to 5, but found `{found}`");
            object.problem(text.place, message);
            None
        }
    }
}

/// Returns the key of a person or an organisation by its number.
fn national_key(kind: PartyKind, text: &PlacedText, object: &Object<'_>) -> Option<PartyKey> {
    let (digits, key) = match kind {
        PartyKind::Person => (11, PartyKey::Person(text.value.clone())),
        _ => (9, PartyKey::Organisation(text.value.clone())),
    };
    let is_number = text.value.bytes().all(|digit| digit.is_ascii_digit());
    if text.value.len() == digits && is_number {
        return Some(key);
    }
    let (whose, found) = (kind.with_article(), cut(&text.value));
    let message = format!("the number of {whose} is {digits} digits, but found `{found}`");
    object.problem(text.place, message);
    None
}
