//! A request of which some attributes are open → what the known ones decide.

use std::borrow::Cow;

use super::cause::Stop;
use super::expression::boolean;
use super::{Evaluation, Pass};
use crate::program::{
    Condition, Expression, Literal, Policy, Program, SelectorId, SlotId, Stored, Term, Test,
};
use crate::provider::Need;
use crate::value::Value;

/// The value of an expression, as far as the known attributes give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known<T> {
    /// The value, whatever the open attributes are.
    Value(T),
    /// Indeterminate, whatever the open attributes are.
    Indeterminate,
    /// It depends on an open attribute.
    Open,
}

impl<T> From<Result<T, Stop>> for Known<T> {
    fn from(result: Result<T, Stop>) -> Self {
        match result {
            Ok(value) => Self::Value(value),
            Err(Stop::Open) => Self::Open,
            Err(Stop::Indeterminate(_)) => Self::Indeterminate,
        }
    }
}

/// A look at a program with the attributes known so far.
pub(crate) struct PartialPass<'p, 'e>(&'p Pass<'e>);

impl Evaluation<'_> {
    /// Looks at the program with the attributes known so far, those of `open` not among them.
    /// Returns the needs that a provider may meet.
    pub(crate) fn partially<R>(
        &mut self,
        open: &[SlotId],
        look: impl FnOnce(PartialPass<'_, '_>) -> R,
    ) -> (R, Vec<Need>) {
        for slot in open {
            if let Some(bound) = self.context.slots.get_mut(slot.index()) {
                bound.state = super::SlotState::Unbound;
                // A store looks for policies by these alone.
                self.context.touched.push(*slot);
            }
        }
        let (result, ..) = self.within_pass(|pass| look(PartialPass(pass)));
        let needs = self.needs();
        let needs = needs.into_iter();
        let needs = needs.filter(|need| !open.contains(&SlotId(need.slot)));
        (result, needs.collect())
    }
}

impl<'e> PartialPass<'_, 'e> {
    pub(crate) fn program(&self) -> &'e Program {
        self.0.program
    }

    /// Whether the value of an attribute is open.
    pub(crate) fn is_open(&self, slot: SlotId) -> bool {
        matches!(self.0.state(slot), Err(Stop::Open))
    }

    pub(crate) fn condition(&self, condition: &'e Condition) -> Known<bool> {
        self.0.condition(condition).into()
    }

    /// The value of a term that is a boolean.
    pub(crate) fn boolean(&self, term: &'e Term) -> Known<bool> {
        boolean(self.0.term(term)).into()
    }

    /// The value of a term, if the known attributes give it.
    pub(crate) fn value(&self, term: &'e Term) -> Option<Value> {
        self.0.term(term).ok().map(Cow::into_owned)
    }

    /// The test of a target whose literal is a text.
    pub(crate) fn test(&self, test: &Test, literal: &'e Literal) -> Known<bool> {
        self.0.test(test, literal).into()
    }

    /// Whether an expression has a value: True, or Indeterminate.
    pub(crate) fn has_value(&self, expression: &'e Expression) -> Known<bool> {
        self.0.operand(expression).map(|_| true).into()
    }

    /// The values of an attribute; none where they are not known.
    pub(crate) fn values(&self, slot: SlotId) -> &'e [Value] {
        let state = self.0.state(slot);
        state.map_or(&[], |state| self.0.bindings.values(state))
    }

    /// Whether the value of an attribute is known, and can be used.
    pub(crate) fn is_usable(&self, slot: SlotId) -> bool {
        self.0.state(slot).is_ok()
    }

    /// The values that a selector selects; none where it is open or fails.
    pub(crate) fn selected(&self, id: SelectorId, must_be_present: bool) -> Option<&'e [Value]> {
        self.0.selected_bag(id, must_be_present).ok()
    }

    /// Looks at expressions of a policy, its variables being in scope.
    pub(crate) fn within<R>(&self, policy: &'e Policy, look: impl FnOnce() -> R) -> R {
        self.0.scope.within(policy, look)
    }

    /// The children of a policy that may apply, in the order of the document.
    pub(crate) fn children(&self, policy: &'e Policy) -> Vec<u32> {
        let Ok(mut visited) = self.0.children(policy) else {
            return Vec::new();
        };
        let children = std::iter::from_fn(|| self.0.next(&mut visited)).collect();
        self.0.forget(&visited);
        children
    }

    /// The policies of a store that may apply.
    pub(crate) fn members(&self, stored: &'e Stored) -> Vec<u32> {
        let Ok(mut visited) = self.0.members(stored) else {
            return Vec::new();
        };
        let members = std::iter::from_fn(|| self.0.next(&mut visited)).collect();
        self.0.forget(&visited);
        members
    }

    /// Whether the work of the decision is spent: then nothing that was seen counts.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.0.environment.is_exhausted()
    }
}
