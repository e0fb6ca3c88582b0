//! Conditions → clauses: tests of attributes without which a condition is False.
//!
//! A rule whose condition is False is NotApplicable (§7.11) only if its target is not
//! Indeterminate: a target that is Indeterminate makes the rule Indeterminate with any condition.
//! So the clauses of a condition count only where the target cannot be Indeterminate.

use super::{Clause, MOST_CLAUSES, Pair, distinct, may_fail, part};
use crate::compile::Vocabulary;
use crate::program::{
    Applied, BagOf, By, Condition, Expression, Policy, PredicateCall, Presence, Rule, SlotId,
    Target, Term,
};
use crate::value::key;

/// The most expressions of one condition that are examined: variables may refer to variables again
/// and again.
const MOST_LOOKED_AT: usize = 64;

/// The clauses of the condition of a rule.
pub(super) fn of_rule(rule: &Rule, of: &Policy, vocabulary: &mut Vocabulary) -> Vec<Clause> {
    match &rule.condition {
        Some(condition) if !target_may_fail(&rule.target, of, vocabulary) => {
            let mut conditions = Conditions {
                variables: &of.variables,
                vocabulary,
                left: MOST_LOOKED_AT,
            };
            let mut clauses = conditions.clauses(condition);
            clauses.truncate(MOST_CLAUSES);
            clauses
        }
        _ => Vec::new(),
    }
}

/// Whether a target may be Indeterminate, for some request and some providers.
fn target_may_fail(target: &Target, of: &Policy, vocabulary: &Vocabulary) -> bool {
    match target {
        Target::Any => false,
        Target::Tests { start, end } => {
            let range = *start as usize..*end as usize;
            let tests = of.tests.get(range.clone()).zip(of.literals.get(range));
            tests.is_none_or(|(tests, literals)| may_fail(tests, literals, vocabulary))
        }
        Target::Sections { .. } | Target::AnyOfs(_) => true,
    }
}

struct Conditions<'c> {
    variables: &'c [Expression],
    vocabulary: &'c mut Vocabulary,
    left: usize,
}

impl Conditions<'_> {
    /// Each of them: if no alternative holds, the condition is False.
    fn clauses(&mut self, condition: &Condition) -> Vec<Clause> {
        let Some(left) = self.left.checked_sub(1) else {
            return Vec::new();
        };
        self.left = left;
        match condition {
            // One False outweighs whatever the others are (A.3.5).
            Condition::And(parts) => parts.iter().flat_map(|part| self.clauses(part)).collect(),
            // All must be False.
            Condition::Or(parts) => {
                let smallest = |part| {
                    let clauses = self.clauses(part);
                    clauses.into_iter().min_by_key(|clause| clause.len())
                };
                let each: Option<Vec<Clause>> = parts.iter().map(smallest).collect();
                let joined = each
                    .filter(|each| !each.is_empty())
                    .map(|each| each.concat());
                joined
                    .map(|pairs| distinct(pairs.into()))
                    .into_iter()
                    .collect()
            }
            Condition::Term(term) => self.of_term(term),
            // Without literals there is no key to wait for, and yet the attribute may be missing, or
            // its provider may fail.
            Condition::IsIn(is_in) if is_in.keys.is_empty() => Vec::new(),
            Condition::IsIn(is_in) => {
                let pair = |key: &u64| Pair {
                    slot: is_in.bag.slot,
                    by: if is_in.folded { By::Folded } else { By::Exact },
                    key: *key,
                    needs: Presence::of(is_in.bag.must_be_present),
                };
                vec![is_in.keys.iter().map(pair).collect()]
            }
            Condition::Predicate(call) => match self.equality(call) {
                Some(clause) => vec![clause],
                None => self.containing(call),
            },
            Condition::RegexpMatch(fits) => match &fits.text {
                Term::OneAndOnly(bag, _) => {
                    let sets =
                        part::sets(fits.function, Some(&fits.pattern), None, self.vocabulary);
                    of_parts(sets, bag.slot, Presence::One)
                }
                _ => Vec::new(),
            },
            // §A.3.12: False if the function is False of every value.
            Condition::AnyOf(products) => match &*products.arguments {
                [
                    Expression::Term(Term::Literal(first)),
                    Expression::Bag(BagOf::Attribute(bag)),
                ] => {
                    let Applied {
                        function, pattern, ..
                    } = &products.applied;
                    let sets =
                        part::sets(*function, pattern.as_ref(), Some(first), self.vocabulary);
                    of_parts(sets, bag.slot, Presence::of(bag.must_be_present))
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn of_term(&mut self, term: &Term) -> Vec<Clause> {
        let variables = self.variables;
        match term {
            Term::Condition(condition) => self.clauses(condition),
            Term::Variable(variable) => match variables.get(variable.index()) {
                Some(Expression::Term(definition)) => self.of_term(definition),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// A function that looks for a literal in the only value of an attribute.
    fn containing(&mut self, call: &PredicateCall) -> Vec<Clause> {
        let (Term::Literal(first), Term::OneAndOnly(bag, _)) = (&call.first, &call.second) else {
            return Vec::new();
        };
        let sets = part::sets(call.function, None, Some(first), self.vocabulary);
        of_parts(sets, bag.slot, Presence::One)
    }

    /// An equality of the only value of an attribute with a literal: False if it is another, and
    /// Indeterminate if there is none, or more than one (A.3.10).
    fn equality(&self, call: &PredicateCall) -> Option<Clause> {
        let function = self.vocabulary.functions.get(call.function.index())?;
        let (bag, literal) = match (&call.first, &call.second) {
            (Term::OneAndOnly(bag, _), Term::Literal(literal))
            | (Term::Literal(literal), Term::OneAndOnly(bag, _)) => (bag, literal),
            _ => return None,
        };
        let folded = function.meaning.equality_is_folded()?;
        let keys = key::keys(literal)?;
        let pair = Pair {
            slot: bag.slot,
            by: if folded { By::Folded } else { By::Exact },
            key: if folded { keys.folded } else { keys.exact },
            needs: Presence::One,
        };
        Some(Clause::from_elem(pair, 1))
    }
}

/// One for each set of pieces of which the values must have one.
fn of_parts(sets: Vec<part::Set>, slot: SlotId, needs: Presence) -> Vec<Clause> {
    let sets = sets.into_iter();
    sets.map(|set| distinct(set.pairs(slot, needs).collect()))
        .collect()
}
