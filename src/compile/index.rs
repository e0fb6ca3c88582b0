//! The clauses of children → an index of them.

use std::borrow::Cow;
use std::collections::HashMap;

use indexmap::IndexMap;

use super::Vocabulary;
use super::clause::{Clause, Clauses, Pair};
use crate::program::{Entry, Found, Index, Probe, Seeded, SlotId, entry_key};

/// With fewer children, visiting them is as fast as looking them up.
const FEWEST_CHILDREN: usize = 8;

/// A list longer than this gets an index of its own, by the next clause.
const LONGEST_LIST: usize = 4;

/// How deep indexes nest.
const MOST_DEPTH: usize = 5;

/// What an index of some children may hold, for each of them.
const ENTRIES_PER_CHILD: usize = 24;

/// Makes indexes.
pub(super) struct Indexer<'v> {
    pub(super) vocabulary: &'v Vocabulary,
}

/// A child that is being indexed: its place, and which of its clauses are used up.
struct Member<'c> {
    child: u32,
    clauses: Vec<&'c Clause>,
}

impl Indexer<'_> {
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
            Member {
                child,
                clauses: clauses.own.iter().chain(derived).collect(),
            }
        });
        let mut room = children.len().saturating_mul(ENTRIES_PER_CHILD);
        self.of(members.collect(), 1, &mut room).map(Box::new)
    }

    fn of(&self, members: Vec<Member<'_>>, depth: usize, room: &mut usize) -> Option<Index> {
        let count = members.len();
        // Children that stand under each pair, if all their clauses were used.
        let mut frequency: HashMap<(SlotId, bool, u64), u64> = HashMap::new();
        for pair in members
            .iter()
            .flat_map(|m| &m.clauses)
            .flat_map(|c| c.iter())
        {
            *frequency
                .entry((pair.slot, pair.folded, pair.key))
                .or_default() += 1;
        }
        let expected = |clause: &Clause| {
            let of_pair = |pair: &Pair| {
                let seen = frequency[&(pair.slot, pair.folded, pair.key)];
                seen.saturating_mul(self.vocabulary.cost(pair.slot))
            };
            clause.iter().map(of_pair).sum::<u64>()
        };
        let mut always = Vec::new();
        let mut chosen: IndexMap<Pair, Vec<Member<'_>>> = IndexMap::new();
        let mut probes: IndexMap<(SlotId, bool), (bool, Vec<u32>)> = IndexMap::new();
        for member in members {
            let best = (0..member.clauses.len()).min_by_key(|at| expected(member.clauses[*at]));
            let Some(best) = best else {
                always.push(member.child);
                continue;
            };
            let clause = member.clauses[best];
            for pair in clause {
                let (required, under) = probes.entry(pair.attribute()).or_default();
                *required |= pair.must_be_present;
                if under.last() != Some(&member.child) {
                    under.push(member.child);
                }
                let pair = Pair {
                    must_be_present: false,
                    ..*pair
                };
                let mut clauses = member.clauses.clone();
                clauses.remove(best);
                let child = member.child;
                let same = chosen.entry(pair).or_default();
                // An attribute with one value twice in a clause, once required and once not.
                if same.last().is_none_or(|last| last.child != child) {
                    same.push(Member { child, clauses });
                }
            }
        }
        let listed: usize = chosen.values().map(Vec::len).sum();
        let longest = chosen.values().map(Vec::len).max()?;
        // Worth while only if a value leads to far fewer children than there are.
        let most = if depth > 1 { count / 2 } else { count / 4 * 3 };
        if always.len() + longest > most || listed > *room {
            return None;
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
        let numbers: HashMap<(SlotId, bool), u32> = probes.keys().copied().zip(0_u32..).collect();
        let (mut lists, mut below) = (Vec::new(), Vec::new());
        let mut entries = Vec::with_capacity(chosen.len());
        // Documents are shorter than 4 GiB, and whatever is listed takes some bytes.
        let short = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        for (pair, members) in chosen {
            let found = match members.as_slice() {
                [only] => Found::Child(only.child),
                _ => {
                    let children: Vec<u32> = members.iter().map(|m| m.child).collect();
                    let deeper = children.len() > LONGEST_LIST && depth < MOST_DEPTH;
                    let nested = deeper.then(|| self.of(members, depth + 1, room)).flatten();
                    match nested {
                        Some(nested) => {
                            below.push(nested);
                            Found::Below(short(below.len() - 1))
                        }
                        None => {
                            let at = lists.len();
                            lists.push(short(children.len()));
                            lists.extend(children);
                            Found::List(short(at))
                        }
                    }
                }
            };
            let number = numbers[&pair.attribute()];
            entries.push(Entry {
                key: entry_key(number, pair.key),
                found,
            });
        }
        index.entries = table(&entries, index.seed)?;
        index.lists = lists.into();
        index.below = below.into();
        index.probes = probes
            .into_iter()
            .map(|((slot, folded), (must_be_present, children))| Probe {
                slot,
                folded,
                must_be_present,
                children: children.into(),
            })
            .collect();
        Some(index)
    }
}

/// `None` if two values have one key: only one of them would be found. Nobody has such values but by
/// looking for them.
fn table(entries: &[Entry], seed: Seeded) -> Option<Box<[Entry]>> {
    let free = Entry {
        key: 0,
        found: Found::Nothing,
    };
    let length = (entries.len() * 2 + 1).next_power_of_two();
    let mut table = vec![free; length];
    for entry in entries {
        let mut at = seed.place(entry.key) as usize & (length - 1);
        while !matches!(table[at].found, Found::Nothing) {
            if table[at].key == entry.key {
                return None;
            }
            at = (at + 1) & (length - 1);
        }
        table[at] = *entry;
    }
    Some(table.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_values_of_one_key_make_no_table() {
        let entry = |key, child| Entry {
            key,
            found: Found::Child(child),
        };
        let seed = Seeded::default();
        assert!(table(&[entry(7, 0), entry(8, 1)], seed).is_some());
        assert!(table(&[entry(7, 0), entry(8, 1), entry(7, 2)], seed).is_none());
    }
}
