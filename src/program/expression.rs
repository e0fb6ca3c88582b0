//! Compiled expressions, by what they give: a [`Condition`] True or False, a [`Term`] one value, a
//! [`BagOf`] a bag. What a place asks for is what it can hold, so evaluation meets nothing else.

use super::{FunctionId, SelectorId, SlotId, VariableId};
use crate::function::regexp::Regexp;
use crate::function::{EntityFunction, OfValues, Predicate};
use crate::value::{DataType, Value};

/// An expression where a value and a bag are both possible: an argument, an assignment, the
/// definition of a variable.
#[derive(Debug)]
pub(crate) enum Expression {
    Term(Term),
    Bag(BagOf),
}

/// An expression that is True or False. An AnyOf is an `Or` of its AllOfs, an AllOf an `And` of its
/// Matches: the tables of §7.7 and the rules of `and` and `or` (A.3.5) are the same. One False, or
/// one True, outweighs any error.
#[derive(Debug)]
pub(crate) enum Condition {
    And(Box<[Condition]>),
    Or(Box<[Condition]>),
    /// The number, then the booleans.
    NOf(Box<Term>, Box<[Condition]>),
    /// A `Match`: True if the function holds between the value and some value of the bag (§7.6).
    Match(Box<Match>),
    /// `any-of` or `any-of-any` (A.3.12).
    AnyOf(Products),
    /// `all-of` or `all-of-all`.
    AllOf(Products),
    AllOfAny(Box<AllOfAny>),
    ForAny(Box<Quantified<Condition>>),
    ForAll(Box<Quantified<Condition>>),
    RegexpMatch(Box<RegexpMatch>),
    /// A value of data type boolean.
    Term(Term),
    // What follows is only made where lowering is on.
    Not(Box<Condition>),
    Predicate(Box<PredicateCall>),
    IsIn(Box<IsIn>),
}

/// An expression of one value.
#[derive(Debug)]
pub(crate) enum Term {
    Literal(Value),
    Variable(VariableId),
    /// The current value of an enclosing quantified expression: 0 is the innermost, counted within
    /// the condition or variable that contains it.
    Local(u32),
    Apply(Apply),
    Condition(Box<Condition>),
    // What follows is only made where lowering is on.
    /// The only value of an attribute, by this `*-one-and-only`.
    OneAndOnly(AttributeBag, FunctionId),
    /// The number of values of an attribute.
    BagSize(AttributeBag),
    Call(Box<ValueCall>),
}

/// An expression of a bag.
#[derive(Debug)]
pub(crate) enum BagOf {
    Attribute(AttributeBag),
    /// The values that a path selects from a Content.
    Selector {
        selector: SelectorId,
        must_be_present: bool,
    },
    Variable(VariableId),
    Apply(Apply),
    /// The function `map` (A.3.12).
    Map(Box<Products>),
    /// The quantified expression `Map`.
    MapEach(Box<Quantified<Term>>),
    Select(Box<Quantified<Condition>>),
    /// Attributes of an entity, or of a category that an expression gives.
    Entity(Box<EntityExpression>),
    /// Made only where lowering is on.
    Literals(Box<[Value]>),
}

/// The bag of an attribute's values (§7.3.5).
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeBag {
    pub(crate) slot: SlotId,
    pub(crate) must_be_present: bool,
}

#[derive(Debug)]
pub(crate) struct Match {
    pub(crate) applied: Applied,
    pub(crate) value: Value,
    pub(crate) bag: AttributeBag,
}

/// A function that is applied to single values, again and again.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) function: FunctionId,
    /// The first argument's regular expression, if the function takes one and it is a literal.
    pub(crate) pattern: Option<Regexp>,
    /// Whether `any-of-any` or `all-of-all` applies it: with one bag, others mean the same. It is here as it
    /// takes no space beside the function.
    pub(crate) is_of_each: bool,
}

/// A function applied once.
#[derive(Debug)]
pub(crate) struct Apply {
    pub(crate) function: FunctionId,
    pub(crate) arguments: Box<[Expression]>,
}

/// A function over the cross product of its arguments, of which a value counts as a bag of one.
#[derive(Debug)]
pub(crate) struct Products {
    pub(crate) applied: Applied,
    pub(crate) arguments: Box<[Expression]>,
}

/// `all-of-any` (A.3.12): the function holds between each value of the first bag and some value of
/// the second. `any-of-all`: between each value of the second and some value of the first.
#[derive(Debug)]
pub(crate) struct AllOfAny {
    pub(crate) is_any_of_all: bool,
    pub(crate) applied: Applied,
    pub(crate) first: BagOf,
    pub(crate) second: BagOf,
}

/// A quantified expression (Related and Nested Entities Profile 1.0 §5).
#[derive(Debug)]
pub(crate) struct Quantified<T> {
    pub(crate) domain: BagOf,
    /// Evaluated once for each value of the domain, which is then the innermost `Local`.
    pub(crate) iterant: T,
}

/// `attribute-designator` or `attribute-selector`, applied (Related and Nested Entities Profile 1.0
/// §3).
#[derive(Debug)]
pub(crate) struct EntityExpression {
    pub(crate) of: EntityFunction,
    pub(crate) data_type: DataType,
    /// The entity, or the anyURI of a category.
    pub(crate) owner: Term,
    /// The anyURI that is the AttributeId, or the xpathExpression that is the path.
    pub(crate) attribute: Term,
    /// None: False.
    pub(crate) must_be_present: Option<Condition>,
    /// The string that is the Issuer, or the anyURI that is the ContextSelectorId.
    pub(crate) qualifier: Option<Term>,
}

/// A `*-regexp-match` with an expression that is known.
#[derive(Debug)]
pub(crate) struct RegexpMatch {
    pub(crate) function: FunctionId,
    pub(crate) pattern: Regexp,
    pub(crate) text: Term,
}

/// A function of two values that gives a boolean.
#[derive(Debug)]
pub(crate) struct PredicateCall {
    pub(crate) function: FunctionId,
    pub(crate) call: Predicate,
    pub(crate) first: Term,
    pub(crate) second: Term,
}

/// A function of single values that gives a single value.
#[derive(Debug)]
pub(crate) struct ValueCall {
    pub(crate) function: FunctionId,
    pub(crate) call: OfValues,
    pub(crate) arguments: Box<[Term]>,
}

/// Whether an attribute has one of some values: by their keys first, and where one is the same, by
/// the values.
///
/// INVARIANT: all have keys, in ascending order and no two the same, and are of one data type.
#[derive(Debug)]
pub(crate) struct IsIn {
    pub(crate) bag: AttributeBag,
    /// Whether case makes no difference.
    pub(crate) folded: bool,
    pub(crate) keys: Box<[u64]>,
    /// The values of the keys, in their order.
    pub(crate) values: Box<[Value]>,
}

impl From<Term> for Condition {
    fn from(term: Term) -> Self {
        match term {
            Term::Condition(condition) => *condition,
            term => Self::Term(term),
        }
    }
}

impl From<Condition> for Term {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Term(term) => term,
            condition => Self::Condition(Box::new(condition)),
        }
    }
}

impl From<Term> for Expression {
    fn from(term: Term) -> Self {
        Self::Term(term)
    }
}

impl From<Condition> for Expression {
    fn from(condition: Condition) -> Self {
        Self::Term(condition.into())
    }
}

impl From<BagOf> for Expression {
    fn from(bag: BagOf) -> Self {
        Self::Bag(bag)
    }
}

impl Expression {
    /// The term, if it is one.
    pub(crate) fn term(self) -> Option<Term> {
        match self {
            Self::Term(term) => Some(term),
            Self::Bag(_) => None,
        }
    }

    /// The condition, if it is a term.
    pub(crate) fn condition(self) -> Option<Condition> {
        self.term().map(Condition::from)
    }

    /// The bag, if it is one.
    pub(crate) fn bag(self) -> Option<BagOf> {
        match self {
            Self::Term(_) => None,
            Self::Bag(bag) => Some(bag),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_stay_small() {
        assert_eq!(size_of::<Term>(), size_of::<Value>());
        assert_eq!((size_of::<Condition>(), size_of::<Expression>()), (40, 40));
    }
}
