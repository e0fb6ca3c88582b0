//! Conditions → clauses: tests of attributes without which a condition is False.
//!
//! A rule whose condition is False is NotApplicable (§7.11) only if its target is not
//! Indeterminate: a target that is Indeterminate makes the rule Indeterminate with any condition.
//! So the clauses of a condition count only where the target cannot be Indeterminate.

use super::{Clause, MOST_CLAUSES, Pair, distinct, may_fail, part};
use crate::compile::Vocabulary;
use crate::function::HigherOrder;
use crate::program::{
    Applied, By, Expression, Policy, PredicateCall, Presence, Rule, SlotId, Target, VariableId,
};
use crate::value::Value;
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
        Target::Sections { .. } | Target::Expressions(_) => true,
    }
}

struct Conditions<'c> {
    variables: &'c [Expression],
    vocabulary: &'c mut Vocabulary,
    left: usize,
}

impl Conditions<'_> {
    /// Each of them: if no alternative holds, the expression is False.
    fn clauses(&mut self, expression: &Expression) -> Vec<Clause> {
        let Some(left) = self.left.checked_sub(1) else {
            return Vec::new();
        };
        self.left = left;
        match expression {
            // One False outweighs whatever the others are (A.3.5).
            Expression::And(parts) => parts.iter().flat_map(|part| self.clauses(part)).collect(),
            // All must be False.
            Expression::Or(parts) => {
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
            Expression::Variable(VariableId(variable)) => {
                match self.variables.get(*variable as usize) {
                    Some(definition) => self.clauses(definition),
                    None => Vec::new(),
                }
            }
            // Without literals there is no key to wait for, and yet the attribute may be missing, or
            // its provider may fail.
            Expression::IsIn(is_in) if is_in.keys.is_empty() => Vec::new(),
            Expression::IsIn(is_in) => {
                let pair = |key: &u64| Pair {
                    slot: is_in.slot,
                    by: if is_in.folded { By::Folded } else { By::Exact },
                    key: *key,
                    needs: Presence::of(is_in.must_be_present),
                };
                vec![is_in.keys.iter().map(pair).collect()]
            }
            Expression::Predicate(compared) => match self.equality(compared) {
                Some(clause) => vec![clause],
                None => self.containing(compared),
            },
            Expression::RegexpMatch(fits) => match &fits.text {
                Expression::OneAndOnly { slot, .. } => {
                    let applied = Applied {
                        function: fits.function,
                        pattern: Some(fits.pattern.clone()),
                    };
                    self.parts(&applied, None, *slot, Presence::One)
                }
                _ => Vec::new(),
            },
            // §A.3.12: False if the function is False of every value.
            Expression::HigherOrder {
                kind: HigherOrder::AnyOf | HigherOrder::AnyOfAny,
                applied,
                arguments,
            } => match &**arguments {
                [
                    Expression::Literal(first),
                    Expression::Slot {
                        slot,
                        must_be_present,
                    },
                ] => {
                    let needs = Presence::of(*must_be_present);
                    self.parts(applied, Some(first), *slot, needs)
                }
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// A function that looks for a literal in the only value of an attribute.
    fn containing(&mut self, compared: &PredicateCall) -> Vec<Clause> {
        let (Expression::Literal(first), Expression::OneAndOnly { slot, .. }) =
            (&compared.first, &compared.second)
        else {
            return Vec::new();
        };
        let applied = Applied {
            function: compared.function,
            pattern: None,
        };
        self.parts(&applied, Some(first), *slot, Presence::One)
    }

    /// One for each piece that the values must have.
    fn parts(
        &mut self,
        applied: &Applied,
        first: Option<&Value>,
        slot: SlotId,
        needs: Presence,
    ) -> Vec<Clause> {
        let sets = part::sets(applied, first, self.vocabulary).into_iter();
        sets.map(|set| distinct(set.pairs(slot, needs).collect()))
            .collect()
    }

    /// An equality of the only value of an attribute with a literal: False if it is another, and
    /// Indeterminate if there is none, or more than one (A.3.10).
    fn equality(&self, compared: &PredicateCall) -> Option<Clause> {
        let function = self.vocabulary.functions.get(compared.function.index())?;
        let (slot, literal): (&SlotId, &Value) = match (&compared.first, &compared.second) {
            (Expression::OneAndOnly { slot, .. }, Expression::Literal(literal))
            | (Expression::Literal(literal), Expression::OneAndOnly { slot, .. }) => {
                (slot, literal)
            }
            _ => return None,
        };
        let folded = function.meaning.equality_is_folded()?;
        let keys = key::keys(literal)?;
        let pair = Pair {
            slot: *slot,
            by: if folded { By::Folded } else { By::Exact },
            key: if folded { keys.folded } else { keys.exact },
            needs: Presence::One,
        };
        Some(Clause::from_elem(pair, 1))
    }
}
