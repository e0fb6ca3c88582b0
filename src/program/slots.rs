//! The attributes that policies ask for, by number.

use std::collections::BTreeSet;
use std::ops::Deref;

use super::{Clock, Names, SlotId};
use crate::attribute::Designator;
use crate::value::{DataType, key};

/// One distinct designator.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) designator: Designator,
    /// The value of the clock that it has if the request has none (§7.3.6).
    pub(crate) clock: Option<Clock>,
}

/// The distinct designators.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    all: Vec<Slot>,
    /// Category and attribute id → the slots.
    pub(crate) names: Names,
    /// The slots that the clock can fill.
    pub(crate) from_clock: Vec<SlotId>,
    /// Slots that no policy asks for: no request fills them, and the next designator takes one.
    free: BTreeSet<SlotId>,
}

impl Slots {
    pub(crate) fn add(&mut self, slot: Slot) -> SlotId {
        let free = self.free.pop_first();
        let id = free.unwrap_or_else(|| SlotId::next(self.all.len()));
        self.names.insert(&slot, id);
        self.from_clock.extend(slot.clock.map(|_| id));
        match self.all.get_mut(id.index()) {
            Some(place) => *place = slot,
            None => self.all.push(slot),
        }
        id
    }

    /// The slot of a designator.
    pub(crate) fn of(&self, wanted: &Designator) -> Option<SlotId> {
        let name = key::name_key(key::text_key(&wanted.category), &wanted.id);
        let mut named = self.names.get(name, || wanted.issuer.as_deref());
        named.find(|slot| self.all[slot.index()].designator == *wanted)
    }

    /// Whether a designator asks for an attribute of this name and of a data type that it has.
    pub(crate) fn are_for(
        &self,
        category: &str,
        id: &str,
        issuer: Option<&str>,
        has: impl Fn(DataType) -> bool,
    ) -> bool {
        let name = key::name_key(key::text_key(category), id);
        let mut named = self.names.get(name, || issuer);
        named.any(|slot| {
            let wanted = &self.all[slot.index()].designator;
            let is_named = *wanted.category == *category && *wanted.id == *id;
            let is_issued = wanted.issuer.is_none() || wanted.issuer.as_deref() == issuer;
            is_named && is_issued && has(wanted.data_type)
        })
    }

    /// Frees slots that no policy asks for any more.
    pub(crate) fn forget(&mut self, slots: impl IntoIterator<Item = SlotId>) {
        self.free.extend(slots);
        while let Some(last) = self.all.len().checked_sub(1)
            && self.free.remove(&SlotId::next(last))
        {
            self.all.pop();
        }
        let free = &self.free;
        let length = self.all.len();
        self.from_clock
            .retain(|id| id.index() < length && !free.contains(id));
        let mut names = Names::default();
        for (id, slot) in self.in_use() {
            names.insert(slot, id);
        }
        self.names = names;
    }

    /// The slots that some policy asks for.
    pub(crate) fn in_use(&self) -> impl Iterator<Item = (SlotId, &Slot)> {
        let all = self.all.iter().enumerate();
        let all = all.map(|(index, slot)| (SlotId::next(index), slot));
        all.filter(|(id, _)| !self.free.contains(id))
    }
}

impl Deref for Slots {
    type Target = [Slot];

    fn deref(&self) -> &[Slot] {
        &self.all
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::program) fn slot(id: usize, issuer: Option<usize>, data_type: DataType) -> Slot {
        Slot {
            designator: Designator {
                category: "c".into(),
                id: format!("a{id}").into(),
                data_type,
                issuer: issuer.map(|issuer| format!("i{issuer}").into()),
            },
            clock: None,
        }
    }

    /// The slots that an attribute of the name and the issuer of a designator may fill.
    pub(in crate::program) fn found(names: &Names, of: &Designator) -> Vec<usize> {
        let name = key::name_key(key::text_key(&of.category), &of.id);
        let found = names.get(name, || of.issuer.as_deref());
        let mut found: Vec<usize> = found.map(SlotId::index).collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn what_is_forgotten_hides_nobody_and_is_used_again() {
        let all: Vec<Slot> = (0..400)
            .map(|n| {
                let issuer = (n % 3 > 0).then_some(n % 7);
                slot(n * n % 97, issuer, DataType::ALL[n % 5])
            })
            .collect();
        let mut slots = Slots::default();
        // By slot: which of all it is.
        let mut known: Vec<Option<usize>> = Vec::new();
        let (mut next, mut most) = (0, 0);
        for (added, every) in [(150, 3), (20, 2), (200, 7), (0, 1), (30, 5)] {
            for _ in 0..added {
                let id = slots.add(all[next].clone()).index();
                known.resize(known.len().max(id + 1), None);
                assert!(known[id].replace(next).is_none(), "{id} is taken");
                next += 1;
            }
            most = most.max(known.iter().flatten().count());
            assert!(slots.len() <= most, "free ones are used again");
            let gone = (0..known.len()).filter(|id| id % every == 0 && known[*id].is_some());
            let gone: Vec<usize> = gone.collect();
            slots.forget(gone.iter().map(|id| SlotId::next(*id)));
            for id in gone {
                known[id] = None;
            }
            for asked in &all {
                let asked = &asked.designator;
                let takes = |id: &usize| {
                    known[*id].is_some_and(|of| {
                        let other = &all[of].designator;
                        other.id == asked.id
                            && (other.issuer.is_none() || other.issuer == asked.issuer)
                    })
                };
                let expected: Vec<usize> = (0..known.len()).filter(takes).collect();
                assert_eq!(found(&slots.names, asked), expected);
            }
        }
        slots.forget(
            (0..known.len())
                .filter(|id| known[*id].is_some())
                .map(SlotId::next),
        );
        assert!(slots.is_empty(), "nothing is kept of what nobody asks for");
    }
}
