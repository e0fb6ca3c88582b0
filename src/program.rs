//! What the machine runs: policies with every name a number. Types only; made by `compile`, read
//! by `evaluate`.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::attribute::Designator;
use crate::combining::{Algorithm, Parameter};
use crate::decision::Effect;
use crate::function::regexp::Regexp;
use crate::function::{Function, HigherOrder};
use crate::value::{DataType, Value, XPathExpression};
use crate::xpath::Path;

/// Compiled policies. Immutable, shared between threads.
///
/// INVARIANTS, established by `compile` and relied upon by `evaluate`: every id is in range; every
/// expression has the type its place asks for; expressions, variables and policies nest no deeper
/// than the limits and never in a circle.
#[derive(Debug)]
pub(crate) struct Program {
    /// The distinct designators.
    pub(crate) slots: Vec<Slot>,
    /// Category → attribute id → its slots.
    pub(crate) slots_by_name: HashMap<Arc<str>, SlotsById>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) variables: Vec<Expression>,
    /// The distinct functions applied, for what their errors are called.
    pub(crate) functions: Vec<Arc<Function>>,
    /// The distinct AttributeSelectors.
    pub(crate) selectors: Vec<Selector>,
    pub(crate) paths: LiteralPaths,
    /// Whether a decision may look at a Content.
    pub(crate) uses_xpath: bool,
    /// What a decision evaluates (§7.17): the root policy, or a nameless set of several.
    pub(crate) root: PolicyId,
}

/// The XPath expressions among the literals, compiled, by the address of the value: the value is
/// kept with its path, so no other can have that address.
pub(crate) type LiteralPaths = HashMap<usize, (Arc<XPathExpression>, Path)>;

/// Attribute id → its slots: several if it is asked for in several data types or by issuer.
pub(crate) type SlotsById = HashMap<Arc<str>, SmallVec<[SlotId; 2]>>;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            pub(crate) fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of what is about to be pushed to a vector of this length.
            pub(crate) fn next(length: usize) -> Self {
                // Documents are shorter than 4 GiB, and whatever has an id takes some bytes.
                Self(u32::try_from(length).unwrap_or(u32::MAX))
            }
        }
    )*};
}

ids! {
    /// An attribute the policies ask for.
    SlotId,
    /// A policy or policy set.
    PolicyId,
    /// A variable of some policy.
    VariableId,
    /// A function some expression applies.
    FunctionId,
    /// What an AttributeSelector selects.
    SelectorId
}

/// One distinct AttributeSelector (§5.30).
#[derive(Debug)]
pub(crate) struct Selector {
    pub(crate) category: Arc<str>,
    /// The attribute that says where the path begins; none for the document.
    pub(crate) context: Option<SlotId>,
    /// As written, for what its errors are called.
    pub(crate) text: Arc<str>,
    pub(crate) path: Path,
    pub(crate) data_type: DataType,
}

/// One distinct designator.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    pub(crate) designator: Designator,
    /// Which value of the clock it takes if the request says nothing (§7.3.6).
    pub(crate) clock: Option<Clock>,
}

/// The environment attributes that a clock supplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    Time,
    Date,
    DateTime,
}

/// A `Policy` or a `PolicySet`.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) id: Arc<str>,
    pub(crate) version: Arc<str>,
    pub(crate) is_set: bool,
    /// None: matches any request.
    pub(crate) target: Option<Expression>,
    pub(crate) algorithm: Algorithm,
    pub(crate) children: Box<[Child]>,
    pub(crate) duties: Box<[Duty]>,
    pub(crate) parameters: Box<[Parameter]>,
    /// Parameters of children, by their place.
    pub(crate) child_parameters: Box<[(usize, Box<[Parameter]>)]>,
}

/// Policies hold rules, policy sets hold policies; combining does not care.
#[derive(Debug)]
pub(crate) enum Child {
    Rule(Rule),
    /// In place or by reference: both are the same here.
    Policy(PolicyId),
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Arc<str>,
    pub(crate) effect: Effect,
    /// None: matches any request.
    pub(crate) target: Option<Expression>,
    /// None: true.
    pub(crate) condition: Option<Expression>,
    pub(crate) duties: Box<[Duty]>,
}

/// An obligation or advice expression.
#[derive(Debug)]
pub(crate) struct Duty {
    pub(crate) is_advice: bool,
    pub(crate) id: Arc<str>,
    pub(crate) on: Effect,
    pub(crate) assignments: Box<[Assignment]>,
}

#[derive(Debug)]
pub(crate) struct Assignment {
    pub(crate) id: Arc<str>,
    pub(crate) category: Option<Arc<str>>,
    pub(crate) issuer: Option<Arc<str>>,
    pub(crate) expression: Expression,
}

/// Targets and conditions are expressions of one kind: a Target is an `And` of its AnyOfs, an
/// AnyOf an `Or` of its AllOfs, an AllOf an `And` of its Matches. The tables of §7.7 and the rules
/// of `and` and `or` (A.3.5) are the same: one False, or one True, outweighs any error.
#[derive(Debug)]
pub(crate) enum Expression {
    Literal(Value),
    /// The bag of an attribute's values.
    Slot {
        slot: SlotId,
        must_be_present: bool,
    },
    /// The bag of what a path selects from a Content.
    Selector {
        selector: SelectorId,
        must_be_present: bool,
    },
    Variable(VariableId),
    And(Box<[Expression]>),
    Or(Box<[Expression]>),
    /// The number, then the booleans.
    NOf(Box<Expression>, Box<[Expression]>),
    /// A `Match`: True if the function holds between the value and some value of the slot (§7.6).
    Match(Box<Match>),
    Apply {
        applied: Applied,
        arguments: Box<[Expression]>,
    },
    HigherOrder {
        kind: HigherOrder,
        applied: Applied,
        arguments: Box<[Expression]>,
    },
}

#[derive(Debug)]
pub(crate) struct Match {
    pub(crate) applied: Applied,
    pub(crate) value: Value,
    /// The same, if the function is one of the two equalities of strings: most matches are, and
    /// they are decided without calling it.
    pub(crate) text: Option<TextMatch>,
    pub(crate) slot: SlotId,
    pub(crate) must_be_present: bool,
}

/// `string-equal` or `string-equal-ignore-case` with a literal.
#[derive(Debug)]
pub(crate) struct TextMatch {
    /// Whether only the lower-case forms must be the same.
    pub(crate) ignores_case: bool,
    pub(crate) literal: Arc<str>,
    /// In lower case.
    pub(crate) folded: Arc<str>,
}

/// A function where it is applied.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) function: FunctionId,
    /// The first argument's regular expression, if the function takes one and it is a literal.
    pub(crate) pattern: Option<Regexp>,
}
