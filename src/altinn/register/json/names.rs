//! The parties of a state → the texts by which a file refers to them, and their order in it.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::party::first_key;
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::register::state::{PartyNo, RegisterState};
use crate::json::write_string;

/// The text and the rank of every party in a file.
pub(super) struct PartyNames {
    /// By the number of the party: its rank, and its name or key as JSON.
    known: Vec<(u32, Box<str>)>,
}

impl PartyNames {
    pub(super) fn of(state: &RegisterState) -> Self {
        let mut parties = Vec::from_iter(state.parties());
        parties.sort_by(|(_, one), (_, other)| order(one, other));
        let mut called: HashMap<&str, usize> = HashMap::new();
        for (_, party) in &parties {
            *called.entry(&party.name).or_default() += 1;
        }
        let mut known = vec![(u32::MAX, Box::default()); parties.len()];
        for (rank, (number, party)) in (0..).zip(parties) {
            let is_name = called[&*party.name] == 1
                && !party.name.trim().is_empty()
                && !party.name.starts_with("urn:");
            let mut text = String::new();
            match first_key(party) {
                Some(key) if !is_name => write_string(&mut text, &key.to_string()),
                _ => write_string(&mut text, &party.name),
            }
            known[number.0 as usize] = (rank, text.into());
        }
        Self { known }
    }

    pub(super) fn rank(&self, party: PartyNo) -> u32 {
        // INVARIANT: the numbers of parties are those from 0 on.
        self.known[party.0 as usize].0
    }

    pub(super) fn json(&self, party: PartyNo) -> &str {
        &self.known[party.0 as usize].1
    }
}

/// The order of parties: organisations, persons, users of organisations and self-identified
/// users, each by name.
fn order(one: &Party, other: &Party) -> Ordering {
    let kind = |party: &Party| match party.kind {
        PartyKind::Organisation => 0,
        PartyKind::Person => 1,
        PartyKind::SystemUser => 2,
        PartyKind::EnterpriseUser => 3,
        PartyKind::SelfIdentified => 4,
    };
    let by_name = (kind(one), &one.name).cmp(&(kind(other), &other.name));
    by_name.then_with(|| first_key(one).cmp(&first_key(other)))
}
