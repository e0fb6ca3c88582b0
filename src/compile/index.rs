//! The clauses of children → an index of them.
//!
//! **Benefit.** A decision visits the few children whose values the request has, and not all
//! thousand. An index is made only if the longest list and the children without a clause together
//! are clearly fewer than all children; otherwise visiting all of them is as fast.
//!
//! **Mechanism.** Each child is entered under all alternatives of one of its clauses. Any clause
//! would be exact, so the choice is free to be about cost: that with the fewest children expected
//! under its values, weighted by the cost of reading the attribute. Where a value still leads to
//! more than [`LONGEST_LIST`] children, these get an index of their own by their remaining clauses.
//!
//! **Failure.** Authors choose the number of alternatives and, through references, how often they
//! are repeated. Every size here is bounded by a number for each child. Beyond a bound there is no
//! index and all children are visited: slower, with the same decision.
//!
//! **Exactness.** A child without a usable clause is in `always`, so no child is lost. The reason
//! why a child that is not found is NotApplicable is in `program/index.rs`.

use std::borrow::Cow;
use std::collections::HashMap;

use indexmap::{IndexMap, IndexSet};

use super::Vocabulary;
use super::clause::{Attribute, Clause, Clauses, Pair};
use crate::limits::short;
use crate::program::{
    By, Entry, FoundChildren, Index, Lookup, Presence, Probe, Seeded, SlotId, TextPieces, entry_key,
};

/// The fewest children of an index: fewer are visited as fast as they are looked up.
const FEWEST_CHILDREN: usize = 8;

/// A list longer than this gets an index of its own, by the next clause.
const LONGEST_LIST: usize = 4;

/// The deepest nesting of indexes.
const MOST_DEPTH: usize = 5;

/// The most entries of an index, for each child.
const ENTRIES_PER_CHILD: usize = 24;

/// The most alternatives in the clauses of some children, for each child; with more, there is no
/// index.
const PAIRS_PER_CHILD: usize = 1536;

/// The most bytes of patterns' pieces in one index, for each child. Each becomes some twenty bytes
/// of an automaton.
const PIECES_PER_CHILD: usize = 256;

/// The cost of searching a value for pieces, relative to that of using its key.
const COST_OF_PIECES: u64 = 4;

/// The length in bytes from which few values contain a piece.
const LONG_PIECE: usize = 8;

/// A child that is being indexed: its place, and which of its clauses are used up.
struct IndexedChild<'c> {
    child: u32,
    clauses: Vec<&'c Clause>,
}

impl Vocabulary {
    /// An index of these children by their clauses, if it is worth while. `by_target` uses those
    /// of their own targets alone.
    pub(super) fn index(
        &self,
        children: &[Cow<'_, Clauses>],
        by_target: bool,
    ) -> Option<Box<Index>> {
        if children.len() < FEWEST_CHILDREN {
            return None;
        }
        let members = children.iter().zip(0..).map(|(clauses, child)| {
            let derived: &[Clause] = if by_target { &[] } else { &clauses.derived };
            IndexedChild {
                child,
                clauses: clauses.own.iter().chain(derived).collect(),
            }
        });
        let mut room = children.len().saturating_mul(ENTRIES_PER_CHILD);
        self.index_of(members.collect(), 1, &mut room).map(Box::new)
    }

    fn index_of(
        &self,
        members: Vec<IndexedChild<'_>>,
        depth: usize,
        room: &mut usize,
    ) -> Option<Index> {
        let count = members.len();
        // References may lead to one policy of many alternatives again and again.
        let clauses = || members.iter().flat_map(|m| &m.clauses);
        let pairs = clauses().try_fold(0_usize, |sum, clause| sum.checked_add(clause.len()));
        if pairs.is_none_or(|pairs| pairs > count.saturating_mul(PAIRS_PER_CHILD)) {
            return None;
        }
        // Children that stand under each pair, if all their clauses were used.
        let mut frequency: HashMap<(Attribute, u64), u64> = HashMap::new();
        for pair in clauses().flat_map(|clause| clause.iter()) {
            *frequency.entry((pair.attribute(), pair.key)).or_default() += 1;
        }
        let expected = |clause: &Clause| {
            let of_pair = |pair: &Pair| {
                let seen = frequency[&(pair.attribute(), pair.key)];
                seen.saturating_mul(self.cost_of_child(pair))
            };
            clause.iter().map(of_pair).sum::<u64>()
        };
        let mut always = Vec::new();
        // By the key of the entry: two values of one key, of whatever attributes, lead to the
        // children of both. In the order of insertion: lists get nested indexes while there is room,
        // and no random order decides which.
        let mut chosen: IndexMap<u64, Vec<IndexedChild<'_>>> = IndexMap::new();
        let mut probes: IndexMap<Attribute, (Presence, Vec<u32>)> = IndexMap::new();
        // Of the attributes whose values are searched.
        let mut pieces: HashMap<SlotId, IndexSet<u64>> = HashMap::new();
        let mut listed = 0;
        for member in members {
            let best = (0..member.clauses.len()).min_by_key(|at| expected(member.clauses[*at]));
            let Some(best) = best else {
                always.push(member.child);
                continue;
            };
            let clause = member.clauses[best];
            listed += clause.len();
            if listed > *room {
                return None;
            }
            for pair in clause {
                let probe = probes.entry(pair.attribute());
                let key = entry_key(short(probe.index()), pair.key);
                let (needs, under) = probe.or_insert((Presence::Any, Vec::new()));
                *needs = (*needs).max(pair.needs);
                if under.last() != Some(&member.child) {
                    under.push(member.child);
                }
                if pair.by == By::Part {
                    pieces.entry(pair.slot).or_default().insert(pair.key);
                }
                let mut clauses = member.clauses.clone();
                clauses.remove(best);
                let child = member.child;
                let same = chosen.entry(key).or_default();
                // One value twice in a clause, once required and once not; or two of one key.
                if same.last().is_none_or(|last| last.child != child) {
                    same.push(IndexedChild { child, clauses });
                }
            }
        }
        let longest = chosen.values().map(Vec::len).max()?;
        // Worth while only if a value leads to far fewer children than there are.
        let most = if depth > 1 { count / 2 } else { count / 4 * 3 };
        if always.len() + longest > most {
            return None;
        }
        let lengths = pieces
            .values()
            .flatten()
            .map(|piece| self.piece_of(*piece).len());
        if lengths.sum::<usize>() > count.saturating_mul(PIECES_PER_CHILD) {
            return None;
        }
        let mut searches = Vec::with_capacity(probes.len());
        for (slot, by) in probes.keys() {
            searches.push(match by {
                By::Exact => Lookup::Exact,
                By::Folded => Lookup::Folded,
                By::Part => {
                    let pieces = pieces.get(slot).into_iter().flatten();
                    let pieces = pieces.map(|key| (*key, self.piece_of(*key)));
                    Lookup::Parts(Box::new(TextPieces::new(pieces)?))
                }
            });
        }
        *room -= listed;
        let mut index = Index {
            probes: Box::new([]),
            entries: Box::new([]),
            lists: Box::new([]),
            below: Box::new([]),
            always: always.into(),
            seed: Seeded::default(),
        };
        let (mut lists, mut below) = (Vec::new(), Vec::new());
        let mut entries = Vec::with_capacity(chosen.len());
        for (key, members) in chosen {
            let found = match members.as_slice() {
                [only] => FoundChildren::Child(only.child),
                _ => {
                    let children: Vec<u32> = members.iter().map(|m| m.child).collect();
                    let deeper = children.len() > LONGEST_LIST && depth < MOST_DEPTH;
                    let nested = deeper
                        .then(|| self.index_of(members, depth + 1, room))
                        .flatten();
                    match nested {
                        Some(nested) => {
                            below.push(nested);
                            FoundChildren::Below(short(below.len() - 1))
                        }
                        None => {
                            let at = lists.len();
                            lists.push(short(children.len()));
                            lists.extend(children);
                            FoundChildren::List(short(at))
                        }
                    }
                }
            };
            entries.push(Entry { key, found });
        }
        index.entries = table(&entries, index.seed);
        index.lists = lists.into();
        index.below = below.into();
        index.probes = probes
            .into_iter()
            .zip(searches)
            .map(|(((slot, _), (needs, children)), by)| Probe {
                slot,
                by,
                needs,
                children: children.into(),
            })
            .collect();
        Some(index)
    }

    /// The cost of one more child that is found by this alternative.
    fn cost_of_child(&self, pair: &Pair) -> u64 {
        let cost = self.cost(pair.slot);
        if pair.by != By::Part {
            return cost;
        }
        let rare = LONG_PIECE / self.piece_of(pair.key).len().max(1);
        cost.saturating_mul(COST_OF_PIECES * (rare as u64).max(1))
    }
}

/// No two entries have one key.
fn table(entries: &[Entry], seed: Seeded) -> Box<[Entry]> {
    let free = Entry {
        key: 0,
        found: FoundChildren::Nothing,
    };
    let length = (entries.len() * 2 + 1).next_power_of_two();
    let mut table = vec![free; length];
    for entry in entries {
        let mut at = seed.place(entry.key) as usize & (length - 1);
        while !matches!(table[at].found, FoundChildren::Nothing) {
            at = (at + 1) & (length - 1);
        }
        table[at] = *entry;
    }
    table.into()
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;
    use crate::value::key::Keys;

    const FIRST: SlotId = SlotId(0);
    const SECOND: SlotId = SlotId(1);

    fn child(slot: SlotId, key: u64) -> Clauses {
        let pair = Pair {
            slot,
            by: By::Exact,
            key,
            needs: Presence::Any,
        };
        Clauses {
            own: vec![smallvec![pair]],
            derived: Vec::new(),
        }
    }

    /// Keys are hashes without a secret: the author of one policy can choose its text so that its
    /// entry is that of another's attribute. Both must be found.
    #[test]
    fn entries_of_one_key_hide_nobody() {
        let key = |number: u64| number.wrapping_mul(0x2545_F491_4F6C_DD1D);
        // The second probe maps this key to the place to which the first maps `key(number)`.
        let twin = |number| key(number).wrapping_sub(entry_key(1, 0));
        let of_first = (0..8).map(|number| child(FIRST, key(number)));
        let of_second = (0..8).map(|number| child(SECOND, twin(number)));
        let children = of_first.chain(of_second).map(Cow::Owned);
        let children: Vec<Cow<'_, Clauses>> = children.collect();
        let vocabulary = Vocabulary::default();
        let index = vocabulary
            .index(&children, false)
            .expect("it is worth while");
        for number in 0..8 {
            let keys = [key(number), twin(number)].map(|exact| Keys {
                exact,
                folded: exact,
            });
            for (slot, child) in [(FIRST, number as u32), (SECOND, 8 + number as u32)] {
                let bag = |asked: SlotId| match asked == slot {
                    true => Some(&keys[slot.index()..=slot.index()]),
                    false => Some(&[][..]),
                };
                let mut found = Vec::new();
                index.find(&bag, &|_| &[], &|_| true, &mut found);
                assert!(found.contains(&child), "child {child} is found");
            }
        }
    }

    /// Alternatives that references lead to again and again are not spelled out for each of them.
    #[test]
    fn many_references_to_many_alternatives_take_no_memory() {
        let pairs = (0..20_000).map(|key| Pair {
            slot: FIRST,
            by: By::Exact,
            key,
            needs: Presence::Any,
        });
        let clauses = Clauses {
            own: vec![pairs.collect()],
            derived: Vec::new(),
        };
        let children = vec![Cow::Borrowed(&clauses); 100];
        let vocabulary = Vocabulary::default();
        assert!(vocabulary.index(&children, false).is_none());
    }
}
