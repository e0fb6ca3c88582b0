//! Functions that search texts → pieces of text without which they are False.

use smallvec::SmallVec;

use super::Pair;
use crate::compile::Vocabulary;
use crate::function::Meaning;
use crate::function::regexp::Regexp;
use crate::program::{By, FunctionId, Presence, SlotId};
use crate::value::Value;

/// Pieces of which a text has at least one, by their numbers in the vocabulary.
pub(super) struct Set {
    pieces: SmallVec<[u64; 2]>,
    /// The length of the shortest of them.
    pub(super) shortest: usize,
}

impl Set {
    /// Alternatives of which one must hold of an attribute.
    pub(super) fn pairs(&self, slot: SlotId, needs: Presence) -> impl Iterator<Item = Pair> {
        self.pieces.iter().map(move |key| Pair {
            slot,
            by: By::Part,
            key: *key,
            needs,
        })
    }
}

/// Sets of pieces: a text that the function holds of has one of each. `first` is its first
/// argument, or `pattern` the regular expression that this is. The longest come first.
pub(super) fn sets(
    function: FunctionId,
    pattern: Option<&Regexp>,
    first: Option<&Value>,
    vocabulary: &mut Vocabulary,
) -> Vec<Set> {
    if let Some(pattern) = pattern {
        let sets = pattern.parts().iter().map(|set| Set {
            pieces: set.iter().map(|piece| vocabulary.piece(piece)).collect(),
            shortest: set.iter().map(|piece| piece.len()).min().unwrap_or(0),
        });
        return sets.collect();
    }
    let function = vocabulary.functions.get(function.index());
    let is_contained = function.is_some_and(|function| function.meaning == Meaning::Contains);
    match first.and_then(Value::as_str) {
        Some(text) if is_contained && (1..=LONGEST).contains(&text.len()) => vec![Set {
            pieces: SmallVec::from_elem(vocabulary.piece(text.as_bytes()), 1),
            shortest: text.len(),
        }],
        _ => Vec::new(),
    }
}

/// The most bytes of a piece: longer ones are as rare, and take more memory.
const LONGEST: usize = 256;
