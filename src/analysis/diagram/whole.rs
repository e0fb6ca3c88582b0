//! Expressions that are taken whole: what they read.

use indexmap::IndexSet;

use super::part::ExpressionPart;
use crate::evaluate::PartialPass;
use crate::function::{Call, Meaning};
use crate::program::{
    AttributeBag, BagOf, Condition, Expression, FunctionId, Policy, Program, SelectorId, SlotId,
    Term, VariableId,
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

/// The reads of an expression of this policy, in its variables, too.
pub(in crate::analysis) fn reads<'e>(
    expression: impl Into<ExpressionPart<'e>>,
    policy: &Policy,
) -> Reads {
    let mut reads = Reads::default();
    reads.add(expression.into());
    let mut place = 0;
    while let Some(variable) = reads.variables.get_index(place) {
        reads.add((&policy.variables[variable.index()]).into());
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
    /// Adds what a part reads, itself and its parts.
    fn add(&mut self, part: ExpressionPart<'_>) {
        match part {
            ExpressionPart::Condition(_) | ExpressionPart::Term(_) => self.size += 1,
            ExpressionPart::Bag(bag) => {
                self.size += 1;
                self.reads_computed |= matches!(bag, BagOf::Entity(_));
            }
            ExpressionPart::Function(function) => {
                self.functions.insert(function);
            }
            ExpressionPart::Attribute(bag) => {
                self.slots.insert(bag.slot);
            }
            ExpressionPart::Selector { id, .. } => {
                self.selectors.insert(id);
            }
            ExpressionPart::Variable(variable) => {
                self.variables.insert(variable);
            }
            ExpressionPart::Value(_) | ExpressionPart::Pattern(_) | ExpressionPart::Name(_) => {}
        }
        for part in part.parts() {
            self.add(part);
        }
    }
}
