//! Functions of policies (appendix A.3): identifiers of the standard's in [`id`], and [`Function`] for
//! those of a host.
//!
//! [`PdpBuilder::function`](crate::PdpBuilder::function) adds one;
//! [the chapter on extending](crate::manual::extending#functions) shows it.

// The table of functions (appendix A.3): id → signature and implementation.
//
// A standard function is one row; families such as `*-bag-size` are one generic row times the data
// types. Types are checked against the row once, when a policy is compiled; a row may rely on
// arguments of the types in its signature. This room does not know policies, requests or XML.

mod access_permitted;
mod apply;
mod arithmetic;
mod bag;
mod comparison;
mod conversion;
mod entity;
mod environment;
mod extension;
mod logical;
mod matching;
mod meaning;
mod nodes;
mod profiles;
mod set;
mod string;
mod table;
mod temporal;
#[cfg(test)]
mod tests;

pub mod id;
pub mod regexp;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

pub(crate) use bag::{EMPTY_BAG, only_value};
pub use environment::Environment;
pub(crate) use extension::of_extension;
pub(crate) use logical::needed;
pub(crate) use matching::{regexp_match, text_matched};
pub(crate) use meaning::Meaning;
pub(crate) use profiles::{of_profile, profile_ids};
pub(crate) use table::{standard, standard_ids, unsupported};

use crate::attribute::Designator;
use crate::decision::StatusCode;
use crate::value::{DataType, Integer, Value};

/// Whether an equality of two values ignores their letter case; none for what is no equality (A.3.1), and
/// for functions of a host.
///
/// ```
/// use vedtak::function::{equality_ignores_case, id};
///
/// assert_eq!(equality_ignores_case(id::INTEGER_EQUAL), Some(false));
/// assert_eq!(equality_ignores_case(id::STRING_EQUAL_IGNORE_CASE), Some(true));
/// assert_eq!(equality_ignores_case(id::INTEGER_GREATER_THAN_OR_EQUAL), None);
/// ```
pub fn equality_ignores_case(id: &str) -> Option<bool> {
    let function = standard(id).or_else(|| of_profile(id))?;
    function.meaning.equality_is_folded()
}

/// The type of an expression: one value of a data type, or a bag of them (§7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Exactly one value.
    One(DataType),
    /// Any number of values, in no order.
    Bag(DataType),
}

impl Type {
    /// The data type of the value or of the bag's values.
    pub fn data_type(self) -> DataType {
        match self {
            Self::One(data_type) | Self::Bag(data_type) => data_type,
        }
    }
}

impl fmt::Display for Type {
    /// `string`, or `bag of string`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(data_type) => write!(f, "{}", data_type.short_name()),
            Self::Bag(data_type) => write!(f, "bag of {}", data_type.short_name()),
        }
    }
}

/// The types of a function's arguments and result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The arguments that must be there, in order.
    pub parameters: Vec<Type>,
    /// The type of further arguments, of which there may be any number; none: there are none.
    pub repeated: Option<Type>,
    /// The type of the result.
    pub returns: Type,
}

/// An argument or a result of a function: one value or a bag, borrowed where it can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand<'a> {
    /// Exactly one value.
    One(Cow<'a, Value>),
    /// A bag. INVARIANT: all values have the data type the signature promises.
    Bag(Cow<'a, [Value]>),
}

impl<'a> Operand<'a> {
    /// An owned single value.
    pub fn value(value: impl Into<Value>) -> Operand<'static> {
        Operand::One(Cow::Owned(value.into()))
    }

    /// An owned bag.
    pub fn bag(values: Vec<Value>) -> Operand<'static> {
        Operand::Bag(Cow::Owned(values))
    }

    /// The single value, if this is one.
    pub fn as_value(&self) -> Option<&Value> {
        match self {
            Self::One(value) => Some(value),
            Self::Bag(_) => None,
        }
    }

    /// The single value, if this is one, as it is owned or borrowed.
    pub(crate) fn into_value(self) -> Option<Cow<'a, Value>> {
        match self {
            Self::One(value) => Some(value),
            Self::Bag(_) => None,
        }
    }

    /// The values of the bag, if this is one.
    pub(crate) fn into_bag(self) -> Option<Cow<'a, [Value]>> {
        match self {
            Self::One(_) => None,
            Self::Bag(values) => Some(values),
        }
    }

    /// The bag's values, or the single value as a slice of one.
    pub fn values(&self) -> &[Value] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Bag(values) => values,
        }
    }

    /// Returns the operand with owned values; borrowed ones are cloned.
    pub fn into_owned(self) -> Operand<'static> {
        match self {
            Self::One(value) => Operand::One(Cow::Owned(value.into_owned())),
            Self::Bag(values) => Operand::Bag(Cow::Owned(values.into_owned())),
        }
    }
}

/// The reason why a function has no result: it makes the expression Indeterminate.
///
/// A function of the host may have a status code of its own, and name attributes that the PEP may
/// add to a new request (§7.19.3):
///
/// ```
/// use vedtak::attribute::{Designator, category};
/// use vedtak::decision::StatusCode;
/// use vedtak::function::FunctionError;
/// use vedtak::value::DataType;
///
/// let suspended = StatusCode::from_uri("urn:example:status:licence-suspended");
/// let error = FunctionError::status(suspended, "the licence is suspended");
/// assert_eq!(error.to_string(), "the licence is suspended");
///
/// let consent = Designator::new(category::RESOURCE, "urn:example:consent", DataType::String);
/// let error = FunctionError::missing([consent], "the record takes a consent");
/// assert_eq!(error.code(), StatusCode::MissingAttribute);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FunctionError {
    pub(crate) message: Cow<'static, str>,
    /// The status, unless it is `processing-error`. Boxed, as every call of a function makes room
    /// for an error.
    status: Option<Box<ErrorStatus>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct ErrorStatus {
    code: StatusCode,
    missing: Vec<Designator>,
}

impl FunctionError {
    /// Status `processing-error`: the arguments have no result, such as a division by zero.
    pub fn processing(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
            status: None,
        }
    }

    /// Status `syntax-error`: a text is not a lexical form of the data type asked for.
    pub fn syntax(message: impl Into<Cow<'static, str>>) -> Self {
        Self::of(StatusCode::SyntaxError, Vec::new(), message.into())
    }

    /// A status code of the host's own. `ok` is none for an error: it becomes `processing-error`.
    pub fn status(code: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        match code {
            StatusCode::ProcessingError | StatusCode::Ok => Self::processing(message),
            code => Self::of(code, Vec::new(), message.into()),
        }
    }

    /// Status `missing-attribute`, with attributes that would give the function a result.
    pub fn missing(
        attributes: impl IntoIterator<Item = Designator>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let missing = attributes.into_iter().collect();
        Self::of(StatusCode::MissingAttribute, missing, message.into())
    }

    fn of(code: StatusCode, missing: Vec<Designator>, message: Cow<'static, str>) -> Self {
        let status = Some(Box::new(ErrorStatus { code, missing }));
        Self { message, status }
    }

    /// The status code of a decision that is Indeterminate because of this.
    pub fn code(&self) -> StatusCode {
        let status = self.status.as_ref();
        status.map_or(StatusCode::ProcessingError, |status| status.code.clone())
    }

    /// The attributes that are missing.
    pub(crate) fn missing_attributes(&self) -> &[Designator] {
        let status = self.status.as_ref();
        status.map_or(&[], |status| &status.missing)
    }
}

/// A function: its identifier, its [`Signature`], and the Rust function that computes it.
#[derive(Clone, Debug)]
pub struct Function {
    pub(crate) id: Arc<str>,
    pub(crate) signature: Signature,
    pub(crate) call: Call,
    pub(crate) meaning: Meaning,
}

impl Function {
    /// A function of the host: `call` is given arguments of the types in `signature` and must
    /// return a value of the type `signature.returns`. A result of another type makes the
    /// expression Indeterminate, as does a panic. It must not block. The size of arguments and
    /// result is charged to the decision; work that grows faster must be charged with
    /// [`spend`](Environment::spend).
    pub fn new(
        id: impl Into<Arc<str>>,
        signature: Signature,
        call: impl Fn(&Environment, &[Operand<'_>]) -> Result<Operand<'static>, FunctionError>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            id: id.into(),
            signature,
            call: Call::Host(HostCall(Arc::new(call))),
            meaning: Meaning::Other,
        }
    }

    /// The function's identifier.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The types of its arguments and its result.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// Whether it asks for another decision (A.3.16).
    pub(crate) fn is_access_permitted(&self) -> bool {
        matches!(self.call, Call::AccessPermitted)
    }
}

/// A row of two values that returns a boolean, as `Match` and the higher-order functions apply.
pub(crate) type Predicate = fn(&Environment, &Value, &Value) -> Result<bool, FunctionError>;

/// A row of any number of single values that gives a single value.
pub(crate) type OfValues = fn(&Environment, &[&Value]) -> Result<Value, FunctionError>;

/// Any other row: takes evaluated arguments.
pub(crate) type Plain =
    for<'a> fn(&Environment, &[Operand<'a>]) -> Result<Operand<'a>, FunctionError>;

/// A number in a message. The digits of a long one would take more time than the call that fails.
pub(crate) fn shown(number: &Integer) -> String {
    match number.bits() {
        ..=256 => number.to_string(),
        bits => format!("a number of {bits} bits"),
    }
}

type HostFn =
    dyn Fn(&Environment, &[Operand<'_>]) -> Result<Operand<'static>, FunctionError> + Send + Sync;

#[derive(Clone)]
pub(crate) struct HostCall(pub(crate) Arc<HostFn>);

impl fmt::Debug for HostCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostCall")
    }
}

/// The implementation of a row.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    Predicate(Predicate),
    OfValues(OfValues),
    Plain(Plain),
    /// Regular expression (argument 1, a string) against the text of argument 2; compiled once
    /// where the expression is a literal.
    Regexp,
    /// `and`, `or`, `n-of`: evaluate their own arguments, left to right, and stop early (A.3.5).
    And,
    Or,
    NOf,
    /// Takes a `Function` as its first argument (A.3.12); the signature is derived, not declared.
    HigherOrder(HigherOrder),
    /// About the nodes that XPath expressions select, which the evaluator finds (A.3.15).
    Nodes(OfNodes),
    Host(HostCall),
    /// Needs a decision of its own (A.3.16): the evaluator carries it out.
    AccessPermitted,
    /// Reads an entity, or a category whose name an expression gives; the signature is derived, not
    /// declared. The evaluator carries it out.
    Entity(EntityFunction),
}

/// The functions of A.3.15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfNodes {
    Count,
    Equal,
    Match,
}

/// The functions of the Related and Nested Entities Profile that replace an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntityFunction {
    /// The function for an `AttributeDesignator`.
    Designator,
    /// The function for an `AttributeSelector`.
    Selector,
}

/// The higher-order bag functions of A.3.12, with their 1.0 forms where those take less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HigherOrder {
    /// Boolean function; exactly one bag among the arguments; joined with `or`.
    AnyOf,
    /// Boolean function; exactly one bag among the arguments; joined with `and`.
    AllOf,
    /// Boolean function; values and bags; `or` over the cross product.
    AnyOfAny,
    /// Two bags: for each of the first, the function holds with some of the second.
    AllOfAny,
    /// Two bags: for each of the second, the function holds with some of the first.
    AnyOfAll,
    /// Two bags: the function holds for every pair.
    AllOfAll,
    /// Exactly one bag among the arguments; the bag of the results.
    Map,
}
