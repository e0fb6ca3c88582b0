//! A subject → the parties for which it may have any access, with the routes to each.

#[cfg(test)]
use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use smallvec::SmallVec;

use super::query::PartyQuery;
use crate::altinn::fact::{Path, Window};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::register::derive::Actor;
use crate::altinn::register::in_force::InForce;
use crate::altinn::register::state::{PartyNo, RecordId, RegisterState};

/// The parties to which any fact leads from a subject, at any time, whether it holds or not. No
/// other party can be one for which the subject may act.
pub(in crate::altinn::register) struct Candidates<'s> {
    pub(in crate::altinn::register) in_force: InForce<'s>,
    pub(super) asker: PartyNo,
    /// A party → the actors with a connection to it.
    actors: HashMap<PartyNo, SmallVec<[Actor<'s>; 1]>>,
    /// The parties whose delegations the subject may use.
    pub(super) receivers: Vec<(PartyNo, Window, Path)>,
    /// A party → its delegations, each with the index of the receiver.
    delegated: HashMap<PartyNo, Vec<(RecordId, usize)>>,
    /// A main unit → those of its sub-units that are candidates.
    units: HashMap<PartyNo, Vec<PartyNo>>,
    /// The candidates and the main units above them, by name and key.
    sorted: Vec<(Arc<Party>, PartyNo)>,
    /// The number of entries visited.
    #[cfg(test)]
    pub(in crate::altinn::register) looked_at: Cell<usize>,
}

impl<'s> Candidates<'s> {
    /// Returns the candidates of a subject; `None` if it does not exist.
    pub(in crate::altinn::register) fn of(
        state: &'s RegisterState,
        who: &PartyKey,
        query: &PartyQuery,
    ) -> Option<Self> {
        let asker = state.number(who).filter(|asker| !state.is_gone(*asker))?;
        let in_force = InForce::of(state);
        let actors = match query.includes_key_roles {
            true => state.actors(&in_force, asker),
            false => SmallVec::from_elem(Actor::itself(asker), 1),
        };
        let receivers = state.receivers(&actors);
        let mut candidates = Self {
            in_force,
            asker,
            actors: HashMap::new(),
            receivers,
            delegated: HashMap::new(),
            units: HashMap::new(),
            sorted: Vec::new(),
            #[cfg(test)]
            looked_at: Cell::new(0),
        };
        candidates.collect(&actors, query);
        Some(candidates)
    }

    fn state(&self) -> &'s RegisterState {
        self.in_force.state
    }

    fn collect(&mut self, actors: &[Actor<'s>], query: &PartyQuery) {
        let state = self.state();
        for actor in actors {
            for from in state
                .received
                .get(&actor.party)
                .into_iter()
                .flat_map(|all| all.iter())
            {
                self.actors.entry(*from).or_default().push(*actor);
            }
        }
        let mut found: HashSet<PartyNo> = self.actors.keys().copied().collect();
        // An agent has a role at the provider, or is a user of it.
        let own = state.received.get(&self.asker).into_iter();
        let providers = own.flat_map(|own| own.iter().copied());
        for provider in providers.chain(state.owner(self.asker)) {
            let served = state.served.get(&(self.asker, provider)).into_iter();
            found.extend(served.flat_map(|clients| clients.iter()));
        }
        for (place, (receiver, ..)) in self.receivers.iter().enumerate() {
            let records = state.delegated_to.get(receiver).into_iter();
            for id in records.flat_map(|records| records.iter()) {
                if let Some(record) = state.record(*id) {
                    let of_party = self.delegated.entry(record.from).or_default();
                    of_party.push((*id, place));
                }
            }
        }
        found.extend(self.delegated.keys());
        let mut more: Vec<PartyNo> = Vec::new();
        for target in &found {
            if query.includes_sub_units {
                let parts = state.parts.get(target).into_iter();
                more.extend(
                    parts
                        .flat_map(|parts| parts.iter())
                        .filter(|part| is_unit(state, **part)),
                );
            }
            if state.has_legal_form(*target, "ENK") {
                more.extend(state.run_by.get(target).into_iter().flatten());
            }
        }
        found.extend(more);
        found.insert(self.asker);
        for table in [&state.inherits, &state.grouped, &state.performs] {
            found.extend(
                table
                    .get(&self.asker)
                    .into_iter()
                    .flat_map(|all| all.iter()),
            );
        }
        let mut mains = Vec::new();
        for unit in &found {
            let main = state.party(*unit).and_then(|party| state.main_unit(party));
            if let Some(main) = main {
                self.units.entry(main).or_default().push(*unit);
                mains.push(main);
            }
        }
        found.extend(mains);
        if let Some(only) = &query.parties {
            let only: HashSet<PartyNo> = only.iter().filter_map(|key| state.number(key)).collect();
            found.retain(|one| only.contains(one));
        }
        #[cfg(test)]
        self.looked_at.set(self.looked_at.get() + found.len());
        let named = found
            .into_iter()
            .filter_map(|one| Some((state.party(one)?.clone(), one)));
        self.sorted = named.collect();
        self.sorted.sort_unstable_by(|(one, _), (other, _)| {
            let by_name = one.name.cmp(&other.name);
            by_name.then_with(|| one.keys().next().cmp(&other.keys().next()))
        });
    }

    /// Returns the candidates that come after the last party of the page before, in order.
    pub(super) fn after(&self, query: &PartyQuery) -> impl Iterator<Item = PartyNo> {
        let first = query.after.as_ref().map_or(0, |(name, key)| {
            self.sorted.partition_point(|(party, _)| {
                let by_name = party.name.cmp(name);
                by_name.then_with(|| party.keys().next().cmp(key)).is_le()
            })
        });
        self.sorted[first..].iter().map(|(_, one)| *one)
    }

    pub(super) fn parties(&self) -> Vec<Arc<Party>> {
        self.sorted.iter().map(|(party, _)| party.clone()).collect()
    }

    /// Returns the actors with a connection to a party.
    pub(super) fn actors(&self, target: PartyNo) -> &[Actor<'s>] {
        self.actors.get(&target).map_or(&[], |actors| actors)
    }

    /// Returns the delegations of a party that the subject may use, each with the index of its
    /// receiver.
    pub(super) fn delegated(&self, from: PartyNo) -> &[(RecordId, usize)] {
        self.delegated.get(&from).map_or(&[], |records| records)
    }

    pub(super) fn units_of(&self, main: PartyNo) -> &[PartyNo] {
        self.units.get(&main).map_or(&[], |units| units)
    }
}

fn is_unit(state: &RegisterState, part: PartyNo) -> bool {
    let part = state.party(part);
    part.is_some_and(|part| part.kind == PartyKind::Organisation)
}
