//! Targets → clauses: the equalities and the pieces of patterns that their `AnyOf`s ask for.

use smallvec::SmallVec;

use super::{Attribute, Clause, MOST_CLAUSES, Pair, distinct, part};
use crate::compile::Vocabulary;
use crate::program::{Applied, By, Comparison, Condition, Literal, Policy, Presence, Target, Test};

/// The clauses of a target of this policy or of one of its rules: of each of its `AnyOf`s, one for
/// each attribute that all its `AllOf`s compare, or one of several attributes if there is no such.
///
/// Where an `AnyOf` is False, a target of 3.0 is NoMatch. One of 2.0 is so only if none of the
/// others is Indeterminate (2.0 §7.5): a clause counts if no other `AnyOf` may be Indeterminate.
/// Errors in its own `AnyOf` are outweighed as in 3.0, and a child is left out only if the values
/// of its alternatives are known.
pub(in crate::compile) fn of_target(
    target: &Target,
    of: &Policy,
    vocabulary: &mut Vocabulary,
) -> Vec<Clause> {
    let (range, is_of_2) = match target {
        Target::Tests { start, end } => (*start as usize..*end as usize, false),
        Target::Sections { start, end } => (*start as usize..*end as usize, true),
        Target::Any | Target::AnyOfs(_) => return Vec::new(),
    };
    let tests = of.tests.get(range.clone()).unwrap_or(&[]);
    let mut literals = of.literals.get(range).unwrap_or(&[]);
    let any_ofs = tests.split_inclusive(|test| test.ends_any_of).map(|tests| {
        let (of_these, rest) = literals.split_at(tests.len().min(literals.len()));
        literals = rest;
        AnyOfClauses {
            tests,
            literals: of_these,
        }
    });
    let any_ofs: SmallVec<[AnyOfClauses<'_>; 4]> = any_ofs.collect();
    let fails = |any_of: &AnyOfClauses<'_>, vocabulary: &Vocabulary| {
        is_of_2 && may_fail(any_of.tests, any_of.literals, vocabulary)
    };
    let failing = any_ofs.iter().filter(|any_of| fails(any_of, vocabulary));
    let failing = failing.count();
    let mut clauses = Vec::new();
    for any_of in any_ofs {
        if failing != usize::from(fails(&any_of, vocabulary)) {
            continue;
        }
        any_of.clauses(vocabulary, &mut clauses);
        if clauses.len() >= MOST_CLAUSES {
            break;
        }
    }
    clauses.truncate(MOST_CLAUSES);
    clauses
}

/// Whether tests may be Indeterminate, for some request and some providers.
pub(in crate::compile) fn may_fail(
    tests: &[Test],
    literals: &[Literal],
    vocabulary: &Vocabulary,
) -> bool {
    tests.iter().zip(literals).any(|(test, literal)| {
        // A provider may fail.
        vocabulary.is_supplied(test.slot)
            || test.must_be_present
            || match test.comparison {
                Comparison::Exact | Comparison::Folded => false,
                Comparison::Keyed => true,
                Comparison::Other => !is_pattern(literal),
            }
    })
}

/// Whether a `Match` is with a regular expression that is known: it has a result for any value.
fn is_pattern(literal: &Literal) -> bool {
    let Literal::Match(matching) = literal else {
        return false;
    };
    matches!(&**matching, Condition::Match(matching) if matching.applied.pattern.is_some())
}

struct AnyOfClauses<'t> {
    tests: &'t [Test],
    literals: &'t [Literal],
}

/// A condition on one attribute without which an `AllOf` is False, and how selective it is.
#[derive(Clone)]
struct Needed {
    pairs: SmallVec<[Pair; 1]>,
    strength: usize,
}

impl Needed {
    fn attribute(&self) -> Option<Attribute> {
        self.pairs.first().map(Pair::attribute)
    }
}

impl AnyOfClauses<'_> {
    /// Reads every test once: the first `AllOf` gives the attributes, of which the others must
    /// compare each. No more attributes are kept than there may be clauses.
    fn clauses(&self, vocabulary: &mut Vocabulary, clauses: &mut Vec<Clause>) {
        let mut shared: SmallVec<[(Attribute, Clause); 4]> = SmallVec::new();
        let mut joined = Some(Clause::new());
        let mut rest = self.literals;
        let all_ofs = self.tests.split_inclusive(|test| test.ends_all_of);
        for (number, tests) in all_ofs.enumerate() {
            let (literals, after) = rest.split_at(tests.len().min(rest.len()));
            rest = after;
            let mut first: Option<Needed> = None;
            let mut best: SmallVec<[Option<Needed>; 4]> = shared.iter().map(|_| None).collect();
            for (test, literal) in tests.iter().zip(literals) {
                for needed in needed(test, literal, vocabulary) {
                    let Some(attribute) = needed.attribute() else {
                        continue;
                    };
                    if number == 0 {
                        if shared.len() < MOST_CLAUSES {
                            shared.push((attribute, needed.pairs.iter().copied().collect()));
                        }
                    } else {
                        let wanted = shared.iter().zip(&mut best);
                        for (_, best) in wanted.filter(|((wanted, _), _)| *wanted == attribute) {
                            let least = best.as_ref().map_or(0, |best| best.strength);
                            if needed.strength > least {
                                *best = Some(needed.clone());
                            }
                        }
                    }
                    first.get_or_insert(needed);
                }
            }
            if number > 0 {
                let mut best = best.into_iter();
                shared.retain(|(_, clause)| match best.next().flatten() {
                    Some(needed) => {
                        clause.extend(needed.pairs);
                        true
                    }
                    None => false,
                });
            }
            joined = joined.zip(first).map(|(mut joined, first)| {
                joined.extend(first.pairs);
                joined
            });
            if shared.is_empty() && joined.is_none() {
                return;
            }
        }
        if shared.is_empty() {
            clauses.extend(joined.filter(|joined| !joined.is_empty()).map(distinct));
        } else {
            clauses.extend(shared.into_iter().map(|(_, clause)| distinct(clause)));
        }
    }
}

/// The conditions without which a test is False; each of them must hold.
fn needed(test: &Test, literal: &Literal, vocabulary: &mut Vocabulary) -> SmallVec<[Needed; 1]> {
    let needs = Presence::of(test.must_be_present);
    let by = match (test.comparison, literal) {
        (Comparison::Exact | Comparison::Keyed, _) => By::Exact,
        (Comparison::Folded, _) => By::Folded,
        (Comparison::Other, Literal::Match(matching)) => {
            let Condition::Match(matching) = &**matching else {
                return SmallVec::new();
            };
            let Applied {
                function, pattern, ..
            } = &matching.applied;
            let value = Some(&matching.value);
            let sets = part::sets(*function, pattern.as_ref(), value, vocabulary);
            let needed = sets.into_iter().map(|set| Needed {
                pairs: set.pairs(test.slot, needs).collect(),
                strength: set.shortest,
            });
            return needed.collect();
        }
        (Comparison::Other, Literal::Text(_)) => return SmallVec::new(),
    };
    let pair = Pair {
        slot: test.slot,
        by,
        key: test.key,
        needs,
    };
    SmallVec::from_elem(
        Needed {
            pairs: SmallVec::from_elem(pair, 1),
            strength: usize::MAX,
        },
        1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::SlotId;

    /// The clauses of an AnyOf of two AllOfs of as many tests each as there are keys.
    fn clauses(keys: u64, slot: impl Fn(u64) -> u32) -> Vec<Clause> {
        let test = |key: u64| Test {
            key,
            slot: SlotId(slot(key)),
            comparison: Comparison::Exact,
            must_be_present: false,
            ends_all_of: key + 1 == keys,
            ends_any_of: false,
        };
        let mut tests: Vec<Test> = (0..keys).chain(0..keys).map(test).collect();
        if let Some(last) = tests.last_mut() {
            last.ends_any_of = true;
        }
        let literals: Vec<Literal> = tests.iter().map(|_| Literal::Text("".into())).collect();
        let mut clauses = Vec::new();
        let (tests, literals) = (&tests[..], &literals[..]);
        AnyOfClauses { tests, literals }.clauses(&mut Vocabulary::default(), &mut clauses);
        clauses
    }

    #[test]
    fn clauses_are_bounded_however_many_tests_there_are() {
        for keys in [1_000, 2_000, 4_000] {
            for clauses in [clauses(keys, |_| 0), clauses(keys, |key| key as u32)] {
                assert_eq!(clauses.len(), MOST_CLAUSES);
                assert!(clauses.iter().map(SmallVec::len).sum::<usize>() <= 2 * MOST_CLAUSES);
            }
        }
    }

    #[test]
    fn an_attribute_that_all_look_at_is_one_clause_and_others_are_joined() {
        let both = clauses(2, |key| key as u32);
        assert_eq!(both.len(), 2);
        assert!(both.iter().all(|clause| clause.len() == 1));
    }
}
