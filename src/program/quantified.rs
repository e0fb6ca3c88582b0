//! The expressions of the Related and Nested Entities Profile: quantified expressions and
//! attributes of entities.

use super::Expression;
use crate::function::EntityFunction;
use crate::value::DataType;

/// `ForAny`, `ForAll`, `Map` or `Select`.
#[derive(Debug)]
pub(crate) struct Quantified {
    pub(crate) quantifier: Quantifier,
    /// A bag.
    pub(crate) domain: Expression,
    /// Evaluated once for each of its values, which is then the innermost `Local`.
    pub(crate) iterant: Expression,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    ForAny,
    ForAll,
    Map,
    Select,
}

/// `attribute-designator` or `attribute-selector`, applied.
///
/// INVARIANT: the arguments are an entity or anyURI; then an anyURI, or an xpathExpression for a
/// selector; then perhaps a boolean; then perhaps a string, or an anyURI for a selector. They are
/// as written, without the data type.
#[derive(Debug)]
pub(crate) struct EntityExpression {
    pub(crate) of: EntityFunction,
    pub(crate) data_type: DataType,
    pub(crate) arguments: Box<[Expression]>,
}
