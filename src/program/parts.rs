//! One pass over a text → the pieces of many patterns in it.
//!
//! The pieces of all patterns over an attribute are in one Aho-Corasick automaton, which finds
//! those in a text in time that grows with the text and not with the patterns. A pattern without a
//! piece in the text does not match it (`function/regexp/parts.rs`). One with a piece may match,
//! which its own automaton decides: a piece in the wrong place costs time and changes nothing.

use std::borrow::Cow;

use aho_corasick::automaton::{Automaton, OverlappingState};
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, Input};

/// Finds the pieces that texts have.
#[derive(Debug)]
pub(crate) struct TextPieces {
    automaton: NFA,
    /// The keys of the pieces, by their numbers in the automaton.
    keys: Box<[u64]>,
}

impl TextPieces {
    /// An automaton of pieces and their keys; none if it would be too large.
    pub(crate) fn new<'p>(pieces: impl Iterator<Item = (u64, &'p [u8])>) -> Option<Self> {
        let (keys, pieces): (Vec<u64>, Vec<&[u8]>) = pieces.unzip();
        Some(Self {
            automaton: NFA::new(pieces).ok()?,
            keys: keys.into(),
        })
    }

    pub(crate) fn key(&self, piece: u32) -> Option<u64> {
        self.keys.get(piece as usize).copied()
    }

    /// Adds the numbers of the pieces in some of the texts to `found`, each once. `afford` is
    /// called before work is done; if it returns false, some may be missing.
    pub(crate) fn find<'t>(
        &self,
        texts: impl Iterator<Item = Cow<'t, str>>,
        afford: &impl Fn(usize) -> bool,
        found: &mut Vec<u32>,
    ) {
        let start = found.len();
        // A piece may be in a text a million times.
        let mut room = start + 2 * self.keys.len() + 64;
        for text in texts {
            if !afford(1 + text.len() / 16) {
                return;
            }
            let input = Input::new(text.as_bytes()).anchored(Anchored::No);
            let mut state = OverlappingState::start();
            loop {
                // Fails only of anchored searches, and this is none.
                let searched = self.automaton.try_find_overlapping(&input, &mut state);
                let Some(piece) = state.get_match().filter(|_| searched.is_ok()) else {
                    break;
                };
                found.push(piece.pattern().as_u32());
                if found.len() == room {
                    if !afford(found.len() - start) {
                        return;
                    }
                    each_once(start, found);
                    room = found.len() + self.keys.len() + 64;
                }
            }
        }
        each_once(start, found);
    }
}

/// Sorts the numbers after `start`, and drops repeated ones.
pub(crate) fn each_once(start: usize, found: &mut Vec<u32>) {
    let rest = &mut found[start..];
    if rest.is_sorted_by(|a, b| a < b) {
        return;
    }
    rest.sort_unstable();
    let mut kept = 0;
    for at in 0..rest.len() {
        if kept == 0 || rest[kept - 1] != rest[at] {
            rest[kept] = rest[at];
            kept += 1;
        }
    }
    found.truncate(start + kept);
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn found(pieces: &[&str], texts: &[&str]) -> (Vec<u64>, usize) {
        let keyed = pieces.iter().zip(100..);
        let parts = TextPieces::new(keyed.map(|(piece, key)| (key, piece.as_bytes())));
        let parts = parts.expect("they are few");
        let work = Cell::new(0);
        let afford = |units| {
            work.set(work.get() + units);
            true
        };
        let mut found = vec![7];
        let texts = texts.iter().map(|text| Cow::Borrowed(*text));
        parts.find(texts, &afford, &mut found);
        assert_eq!(found[0], 7);
        let keys = found[1..].iter().map(|piece| parts.key(*piece));
        (keys.map(|key| key.expect("is one")).collect(), work.get())
    }

    #[test]
    fn pieces_are_found_that_overlap_and_hold_one_another() {
        let pieces = ["abc", "b", "bcd", "x", "c"];
        assert_eq!(found(&pieces, &["abcd"]).0, [100, 101, 102, 104]);
        assert_eq!(found(&pieces, &["ab", "x"]).0, [101, 103]);
        assert_eq!(found(&pieces, &["", "yz"]).0, [] as [u64; 0]);
        assert_eq!(found(&["æ", "ø"], &["bære"]).0, [100]);
    }

    #[test]
    fn what_is_there_a_million_times_is_found_once_and_paid_for() {
        let work = |length| {
            let (keys, work) = found(&["a", "aa", "aaa"], &[&"a".repeat(length)]);
            assert_eq!(keys, [100, 101, 102]);
            work
        };
        let (once, twice) = (work(100_000), work(200_000));
        assert!(once > 300_000, "{once}");
        assert!(
            (2 * once - 1000..=2 * once + 1000).contains(&twice),
            "{once} {twice}"
        );
    }
}
