//! A monotone formula → its prime implicants: the smallest sets of matches that make it hold.
//!
//! Without negation they are the terms of its only minimal disjunctive normal form, so two targets
//! are the same function of their matches exactly if these sets are the same.

/// The number of terms a formula may have during the computation.
const MOST_TERMS: usize = 4096;

/// The limit on comparing terms for one document, in machine words read.
pub(super) struct TermBudget(u64);

impl Default for TermBudget {
    fn default() -> Self {
        // About a tenth of a second: enough for a hundred targets of hundreds of terms each.
        Self(200_000_000)
    }
}

impl TermBudget {
    fn spend(&mut self, words: usize) -> Option<()> {
        self.0 = self.0.checked_sub(words as u64)?;
        Some(())
    }
}

/// A set of matches, by number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Implicant {
    size: u32,
    words: Box<[u64]>,
}

impl Implicant {
    fn of(numbers: &[usize], variables: usize) -> Self {
        let mut words = vec![0_u64; variables.div_ceil(64)].into_boxed_slice();
        for number in numbers {
            words[number / 64] |= 1 << (number % 64);
        }
        Self::from_words(words)
    }

    fn from_words(words: Box<[u64]>) -> Self {
        let size = words.iter().map(|word| word.count_ones()).sum();
        Self { size, words }
    }

    fn union(&self, other: &Self) -> Self {
        let both = self.words.iter().zip(&other.words);
        Self::from_words(both.map(|(a, b)| a | b).collect())
    }

    fn is_subset(&self, other: &Self) -> bool {
        let mut both = self.words.iter().zip(&other.words);
        both.all(|(a, b)| a & !b == 0)
    }

    /// The numbers in the set, ascending.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(i, word)| {
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| i * 64 + bit)
        })
    }
}

/// Returns the prime implicants of a conjunction of disjunctions of conjunctions, in a fixed order;
/// `None` beyond the limits.
pub(super) fn prime(
    formula: &[Vec<Vec<usize>>],
    variables: usize,
    budget: &mut TermBudget,
) -> Option<Vec<Implicant>> {
    let words = variables.div_ceil(64);
    let mut terms = vec![Implicant::of(&[], variables)];
    for any_of in formula {
        if any_of.len() > MOST_TERMS {
            return None;
        }
        budget.spend(any_of.len().checked_mul(words)?)?;
        let alternatives = any_of.iter().map(|all_of| Implicant::of(all_of, variables));
        let alternatives = minimal(alternatives.collect(), words, budget)?;
        let count = terms.len() * alternatives.len();
        if count > MOST_TERMS {
            return None;
        }
        budget.spend(count.checked_mul(words)?)?;
        let pairs = terms.iter().flat_map(|term| {
            alternatives
                .iter()
                .map(|alternative| term.union(alternative))
        });
        terms = minimal(pairs.collect(), words, budget)?;
    }
    Some(terms)
}

/// Returns the terms that contain no other, from small to large.
fn minimal(
    mut terms: Vec<Implicant>,
    words: usize,
    budget: &mut TermBudget,
) -> Option<Vec<Implicant>> {
    terms.sort_unstable();
    let mut kept: Vec<Implicant> = Vec::new();
    for term in terms {
        budget.spend(kept.len().checked_mul(words)?)?;
        // INVARIANT: terms are sorted by size, so a subset of this one comes before it.
        if !kept.iter().any(|known| known.is_subset(&term)) {
            kept.push(term);
        }
    }
    Some(kept)
}

/// Whether a formula with these prime implicants holds when exactly the matches of `term` do.
pub(super) fn holds(implicants: &[Implicant], term: &Implicant) -> bool {
    implicants.iter().any(|implicant| implicant.is_subset(term))
}
