//! Expressions lowered: nodes that have the values they work on borrowed, and not gathered.

use super::{Expression, FunctionId, SlotId};
use crate::function::regexp::Regexp;
use crate::function::{OfValues, Predicate};
use crate::value::Value;

/// A function of two values that gives a boolean.
#[derive(Debug)]
pub(crate) struct PredicateCall {
    pub(crate) function: FunctionId,
    pub(crate) call: Predicate,
    pub(crate) first: Expression,
    pub(crate) second: Expression,
}

/// A function of single values that gives a single value.
#[derive(Debug)]
pub(crate) struct ValueCall {
    pub(crate) function: FunctionId,
    pub(crate) call: OfValues,
    pub(crate) arguments: Box<[Expression]>,
}

/// A `*-regexp-match` with an expression that is known.
#[derive(Debug)]
pub(crate) struct RegexpMatch {
    pub(crate) function: FunctionId,
    pub(crate) pattern: Regexp,
    pub(crate) text: Expression,
}

/// Whether an attribute has one of some values: by their keys first, and where one is the same, by
/// the values.
///
/// INVARIANT: all have keys, in ascending order and no two the same.
#[derive(Debug)]
pub(crate) struct IsIn {
    pub(crate) slot: SlotId,
    pub(crate) must_be_present: bool,
    /// Whether case makes no difference.
    pub(crate) folded: bool,
    pub(crate) keys: Box<[u64]>,
    /// The values of the keys, in their order.
    pub(crate) values: Box<[Value]>,
}
