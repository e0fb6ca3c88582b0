//! Expressions that are taken whole: what they read.

use indexmap::IndexSet;

use crate::evaluate::PartialPass;
use crate::function::{Call, Meaning};
use crate::program::{
    Applied, Apply, AttributeBag, BagOf, Condition, Expression, FunctionId, Policy, Program,
    Quantified, SelectorId, SlotId, Term, VariableId,
};

/// The attributes, functions and variables of an expression.
#[derive(Clone, Debug, Default)]
pub(in crate::analysis) struct Reads {
    /// The attributes.
    pub(in crate::analysis) slots: IndexSet<SlotId>,
    functions: IndexSet<FunctionId>,
    selectors: IndexSet<SelectorId>,
    variables: IndexSet<VariableId>,
    /// It reads entities, or attributes whose names it computes.
    reads_computed: bool,
    /// The number of its parts.
    pub(in crate::analysis) size: usize,
}

/// A part of an expression.
pub(in crate::analysis) trait ExpressionPart {
    /// Adds what it reads, itself and its parts.
    fn note(&self, reads: &mut Reads);
}

/// The reads of an expression of this policy, in its variables, too.
pub(in crate::analysis) fn reads(expression: &impl ExpressionPart, policy: &Policy) -> Reads {
    let mut reads = Reads::default();
    expression.note(&mut reads);
    let mut place = 0;
    while let Some(variable) = reads.variables.get_index(place) {
        policy.variables[variable.index()].note(&mut reads);
        place += 1;
    }
    reads
}

/// Whether a condition is never Indeterminate: it compares values of attributes that need not be there, as
/// two values are equal or are not.
pub(in crate::analysis) fn is_total(condition: &Condition, pass: &PartialPass<'_, '_>) -> bool {
    let meaning = |function: FunctionId| pass.program().functions[function.index()].meaning;
    let is_there = |bag: &AttributeBag| {
        !bag.must_be_present && (pass.is_open(bag.slot) || pass.is_usable(bag.slot))
    };
    let is_known_bag = |bag: &BagOf| match bag {
        BagOf::Literals(_) => true,
        BagOf::Attribute(bag) => is_there(bag),
        _ => false,
    };
    let is_known = |part: &Expression| match part {
        Expression::Term(Term::Literal(_)) => true,
        Expression::Term(_) => false,
        Expression::Bag(bag) => is_known_bag(bag),
    };
    let is_number = |term: &Term| match term {
        Term::Literal(_) => true,
        Term::BagSize(bag) => is_there(bag),
        _ => false,
    };
    let is_equality =
        |function| matches!(meaning(function), Meaning::Equal | Meaning::EqualIgnoreCase);
    match condition {
        Condition::AnyOf(products) | Condition::AllOf(products) => {
            is_equality(products.applied.function) && products.arguments.iter().all(is_known)
        }
        Condition::AllOfAny(both) => {
            let bags = [&both.first, &both.second];
            is_equality(both.applied.function) && bags.into_iter().all(is_known_bag)
        }
        Condition::Predicate(call) => {
            meaning(call.function) != Meaning::Other
                && [&call.first, &call.second].into_iter().all(is_number)
        }
        Condition::Term(Term::Apply(apply)) => {
            meaning(apply.function) == Meaning::IsIn && apply.arguments.iter().all(is_known)
        }
        _ => false,
    }
}

impl Reads {
    /// Whether its value depends on more than the attributes and on what is closed: on a Content
    /// that is open, on entities, or on another decision.
    pub(in crate::analysis) fn is_beyond_slots(
        &self,
        program: &Program,
        is_open: &dyn Fn(&str) -> bool,
    ) -> bool {
        let selects = |selector: &SelectorId| {
            let category = &program.selectors[selector.index()].category;
            is_open(category)
        };
        let asks = |function: &FunctionId| {
            let function = &program.functions[function.index()];
            matches!(function.call, Call::AccessPermitted | Call::Nodes(_))
        };
        self.reads_computed || self.selectors.iter().any(selects) || self.functions.iter().any(asks)
    }
}

impl Reads {
    fn function(&mut self, function: FunctionId) {
        self.functions.insert(function);
    }

    fn applied(&mut self, applied: &Applied) {
        self.function(applied.function);
    }
}

impl<T: ExpressionPart> ExpressionPart for [T] {
    fn note(&self, reads: &mut Reads) {
        self.iter().for_each(|part| part.note(reads));
    }
}

impl<T: ExpressionPart> ExpressionPart for Quantified<T> {
    fn note(&self, reads: &mut Reads) {
        self.domain.note(reads);
        self.iterant.note(reads);
    }
}

impl ExpressionPart for Apply {
    fn note(&self, reads: &mut Reads) {
        reads.function(self.function);
        self.arguments.note(reads);
    }
}

impl ExpressionPart for Expression {
    fn note(&self, reads: &mut Reads) {
        match self {
            Self::Term(term) => term.note(reads),
            Self::Bag(bag) => bag.note(reads),
        }
    }
}

impl ExpressionPart for Condition {
    fn note(&self, reads: &mut Reads) {
        reads.size += 1;
        match self {
            Self::And(parts) | Self::Or(parts) => parts.note(reads),
            Self::NOf(count, parts) => {
                count.note(reads);
                parts.note(reads);
            }
            Self::Match(matching) => {
                reads.applied(&matching.applied);
                reads.slots.insert(matching.bag.slot);
            }
            Self::AnyOf(products) | Self::AllOf(products) => {
                reads.applied(&products.applied);
                products.arguments.note(reads);
            }
            Self::AllOfAny(all_of_any) => {
                reads.applied(&all_of_any.applied);
                all_of_any.first.note(reads);
                all_of_any.second.note(reads);
            }
            Self::ForAny(quantified) | Self::ForAll(quantified) => quantified.note(reads),
            Self::RegexpMatch(matching) => {
                reads.function(matching.function);
                matching.text.note(reads);
            }
            Self::Term(term) => term.note(reads),
            Self::Not(part) => part.note(reads),
            Self::Predicate(call) => {
                reads.function(call.function);
                call.first.note(reads);
                call.second.note(reads);
            }
            Self::IsIn(is_in) => {
                reads.slots.insert(is_in.bag.slot);
            }
        }
    }
}

impl ExpressionPart for Term {
    fn note(&self, reads: &mut Reads) {
        reads.size += 1;
        match self {
            Self::Literal(_) | Self::Local(_) => {}
            Self::Variable(variable) => {
                reads.variables.insert(*variable);
            }
            Self::Apply(apply) => apply.note(reads),
            Self::Condition(condition) => condition.note(reads),
            Self::OneAndOnly(bag, _) | Self::BagSize(bag) => {
                reads.slots.insert(bag.slot);
            }
            Self::Call(call) => {
                reads.function(call.function);
                call.arguments.note(reads);
            }
        }
    }
}

impl ExpressionPart for BagOf {
    fn note(&self, reads: &mut Reads) {
        reads.size += 1;
        match self {
            Self::Attribute(bag) => {
                reads.slots.insert(bag.slot);
            }
            Self::Selector { selector, .. } => {
                reads.selectors.insert(*selector);
            }
            Self::Variable(variable) => {
                reads.variables.insert(*variable);
            }
            Self::Apply(apply) => apply.note(reads),
            Self::Map(products) => {
                reads.applied(&products.applied);
                products.arguments.note(reads);
            }
            Self::MapEach(quantified) => quantified.note(reads),
            Self::Select(quantified) => quantified.note(reads),
            Self::Entity(entity) => {
                reads.reads_computed = true;
                entity.owner.note(reads);
                entity.attribute.note(reads);
                if let Some(must_be_present) = &entity.must_be_present {
                    must_be_present.note(reads);
                }
                if let Some(qualifier) = &entity.qualifier {
                    qualifier.note(reads);
                }
            }
            Self::Literals(_) => {}
        }
    }
}
