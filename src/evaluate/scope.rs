//! Variables (§7.8) and the values that quantified expressions are at → values.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};

use smallvec::SmallVec;

use super::Pass;
use super::cause::Stop;
use super::expression::COPY;
use crate::function::Operand;
use crate::program::{Expression, Policy, VariableId};
use crate::value::Value;

/// The value of a variable, if it was met in this visit of its policy.
pub(super) type VariableValue = Option<Result<Operand<'static>, Stop>>;

/// The names that an expression may refer to, and their values.
pub(super) struct VariableScope<'e> {
    /// The values that the quantified expressions around here are at, the innermost last.
    locals: RefCell<SmallVec<[Cow<'e, Value>; 4]>>,
    /// The variables of the innermost policy that has some, and where their values begin.
    definitions: Cell<&'e [Expression]>,
    frame: Cell<usize>,
    /// Values of variables met before: the value of a variable is the same throughout (§7.8), and
    /// evaluating it once a visit of its policy keeps variables of variables from growing without
    /// bound. One that waits for an attribute waits for the whole of this pass.
    values: RefCell<&'e mut Vec<VariableValue>>,
}

impl<'e> VariableScope<'e> {
    pub(super) fn new(values: &'e mut Vec<VariableValue>) -> Self {
        Self {
            locals: RefCell::default(),
            definitions: Cell::new(&[]),
            frame: Cell::new(0),
            values: RefCell::new(values),
        }
    }

    /// The value that a quantified expression around this one is at.
    pub(super) fn local(&self, number: u32) -> Cow<'e, Value> {
        let locals = self.locals.borrow();
        locals[locals.len() - 1 - number as usize].clone()
    }

    /// Evaluates with `value` as the innermost local, and gives it back.
    pub(super) fn at<T>(
        &self,
        value: Cow<'e, Value>,
        evaluate: impl FnOnce() -> T,
    ) -> (Cow<'e, Value>, T) {
        let place = self.locals.borrow().len();
        self.locals.borrow_mut().push(value);
        let result = evaluate();
        (self.locals.borrow_mut().remove(place), result)
    }

    /// Visits a policy, its variables being in scope.
    pub(super) fn within<T>(&self, policy: &'e Policy, visit: impl FnOnce() -> T) -> T {
        let outer = (self.definitions.get(), self.frame.get());
        let frame = self.values.borrow().len();
        let all = frame + policy.variables.len();
        self.values.borrow_mut().resize_with(all, || None);
        self.definitions.set(&policy.variables);
        self.frame.set(frame);
        let result = visit();
        self.values.borrow_mut().truncate(frame);
        self.definitions.set(outer.0);
        self.frame.set(outer.1);
        result
    }

    /// Evaluates as if no variable was met before.
    pub(super) fn anew<T>(&self, evaluate: impl FnOnce() -> T) -> T {
        let known = self.values.borrow().len();
        let mut values = Vec::new();
        values.resize_with(known, || None);
        std::mem::swap(&mut values, &mut **self.values.borrow_mut());
        let result = evaluate();
        std::mem::swap(&mut values, &mut **self.values.borrow_mut());
        result
    }
}

impl<'e> Pass<'e> {
    /// §7.8.
    pub(super) fn variable(&self, variable: VariableId) -> Result<Operand<'e>, Stop> {
        let place = self.scope.frame.get() + variable.index();
        if let Some(Some(known)) = self.scope.values.borrow().get(place) {
            let value = known.as_ref().map_err(|stop| *stop)?;
            self.spend_on(value.values().len().saturating_mul(COPY))?;
            return Ok(value.clone());
        }
        let definition = &self.scope.definitions.get()[variable.index()];
        let result = self.operand(definition).and_then(|value| {
            self.spend_on(value.values().len().saturating_mul(COPY))?;
            Ok(value.into_owned())
        });
        if let Some(known) = self.scope.values.borrow_mut().get_mut(place) {
            *known = Some(result.clone());
        }
        result
    }
}
