//! The standard's functions by identifier, and how their rows are written.

use std::sync::{Arc, LazyLock};

use foldhash::quality::RandomState;
use indexmap::IndexMap;

use super::{
    Call, Environment, Function, FunctionError, HigherOrder, Meaning, OfValues, Predicate,
    Signature, Type,
};
use super::{
    access_permitted, arithmetic, bag, comparison, conversion, entity, logical, matching, nodes,
    set, string, temporal,
};
use crate::value::bulk::Bulk;
use crate::value::{DataType, Value};
use crate::xpath;

/// The standard function with this identifier, deprecated ones (10.2.9) included.
pub(crate) fn standard(id: &str) -> Option<&'static Function> {
    TABLE.get(id)
}

/// The identifiers that [`standard`] knows, in the order of appendix A.3.
pub(crate) fn standard_ids() -> impl Iterator<Item = &'static str> {
    TABLE.keys().map(|id| &**id)
}

/// Why a function of the standard is not in the table, if `id` is one that is not, or one that the
/// standard's other data types have and `entity` has not.
pub(crate) fn unsupported(id: &str) -> Option<&'static str> {
    let name = id
        .strip_prefix("urn:oasis:names:tc:xacml:1.0:function:")
        .or_else(|| id.strip_prefix("urn:oasis:names:tc:xacml:3.0:function:"))?;
    match name {
        "xpath-node-count" | "xpath-node-equal" | "xpath-node-match" if !xpath::SUPPORTED => {
            Some("it needs XPath, and this build is without the feature `xpath`")
        }
        "attribute-selector" if !xpath::SUPPORTED && id.contains(":3.0:") => {
            Some("it needs XPath, and this build is without the feature `xpath`")
        }
        "entity-equal"
        | "entity-is-in"
        | "entity-intersection"
        | "entity-at-least-one-member-of"
        | "entity-union"
        | "entity-subset"
        | "entity-set-equals" => {
            Some("entities have no equality; compare attributes of theirs instead")
        }
        _ => None,
    }
}

static TABLE: LazyLock<IndexMap<Arc<str>, Function, RandomState>> = LazyLock::new(|| {
    let mut table = Table::default();
    comparison::equality(&mut table);
    arithmetic::arithmetic(&mut table);
    string::normalization(&mut table);
    arithmetic::conversion(&mut table);
    logical::logical(&mut table);
    comparison::order(&mut table);
    temporal::temporal(&mut table);
    string::string(&mut table);
    conversion::conversion(&mut table);
    bag::bag(&mut table);
    set::set(&mut table);
    logical::higher_order(&mut table);
    matching::matching(&mut table);
    access_permitted::access_permitted(&mut table);
    nodes::nodes(&mut table);
    entity::entity(&mut table);
    table.finish()
});

/// The table while it is made.
#[derive(Default)]
pub(super) struct Table(IndexMap<Arc<str>, Function, RandomState>);

impl Table {
    /// A row; `version` is that of the XACML that first had the function under this identifier. Its
    /// meaning is `Other` unless the caller sets one.
    pub(super) fn row(
        &mut self,
        version: &str,
        name: &str,
        signature: Signature,
        call: Call,
    ) -> &mut Function {
        let id: Arc<str> = format!("urn:oasis:names:tc:xacml:{version}:function:{name}").into();
        self.add(Function {
            id,
            signature,
            call,
            meaning: Meaning::Other,
        })
    }

    /// A row that was made elsewhere.
    pub(super) fn add(&mut self, row: Function) -> &mut Function {
        debug_assert!(!self.0.contains_key(&row.id), "{row:?} has a second row");
        self.0.entry(row.id.clone()).or_insert(row)
    }

    /// A row of single values of XACML 3.0 that gives a boolean.
    pub(super) fn of_values(&mut self, name: &str, parameters: &[DataType], call: OfValues) {
        let signature = Signature {
            parameters: parameters.iter().copied().map(Type::One).collect(),
            repeated: None,
            returns: Type::One(DataType::Boolean),
        };
        self.row("3.0", name, signature, Call::OfValues(call));
    }

    pub(super) fn finish(self) -> IndexMap<Arc<str>, Function, RandomState> {
        self.0
    }

    /// A row of two values that gives a boolean.
    pub(super) fn predicate(
        &mut self,
        version: &str,
        name: &str,
        parameters: [DataType; 2],
        call: Predicate,
    ) -> &mut Function {
        let signature = takes(parameters.map(Type::One), None, DataType::Boolean);
        self.row(version, name, signature, Call::Predicate(call))
    }

    /// A row that takes a function. Its signature is a placeholder: the types of its arguments, and
    /// for `map` that of its result, follow from the function. The compiler derives both.
    pub(super) fn higher_order(&mut self, version: &str, name: &str, form: HigherOrder) {
        let signature = takes([], None, DataType::Boolean);
        self.row(version, name, signature, Call::HigherOrder(form));
    }
}

/// A signature that returns one value.
pub(super) fn takes<const N: usize>(
    parameters: [Type; N],
    repeated: Option<Type>,
    returns: DataType,
) -> Signature {
    Signature {
        parameters: parameters.into(),
        repeated,
        returns: Type::One(returns),
    }
}

/// Rows of single values, by the names of their data types, which `Value` and `DataType` share:
/// `1.0 "integer-subtract"(a: Integer, b: Integer) -> Integer = fits(a.checked_subtract(b));`
///
/// For functions of a fixed number of single values. Two values and a boolean result are
/// [`predicates!`] instead. Bags, repeated arguments and names made of a data type take
/// [`Table::row`] with [`Call::Plain`], [`Table::of_values`] or [`Table::predicate`].
///
/// A [`Meaning`] other than `Other` stands after the types: `-> Boolean, Not = …`.
///
/// The macro charges for reading the arguments and keeping the result; for data types whose values
/// are all small that is nothing. A row charges itself for work that grows faster, as that of long
/// numbers does.
macro_rules! rows {
    ($table:ident, $environment:ident => $(
        $($version:literal)|+ $name:literal ($($argument:ident: $type:ident),+) -> $returns:ident
            $(, $meaning:ident)? = $result:expr;
    )*) => {$(for version in [$(stringify!($version)),+] {
        $table.row(
            version,
            $name,
            $crate::function::table::takes(
                [$($crate::function::Type::One($crate::value::DataType::$type)),+],
                None,
                $crate::value::DataType::$returns,
            ),
            $crate::function::Call::OfValues(|$environment, arguments| {
                let [$($crate::value::Value::$type($argument)),+] = arguments else {
                    return Err($crate::function::table::ill_typed());
                };
                $crate::function::table::walk($environment, 0 $(+ $crate::value::bulk::Bulk::bulk($argument))+)?;
                let result: Result<_, $crate::function::FunctionError> = $result;
                $crate::function::table::keep($environment, result?)
            }),
        )$(.meaning = $crate::function::Meaning::$meaning)?;
    })*};
}

/// Rows of `Call::Predicate`: `3.0 "string-contains"(part: String, text: String), Contains = …;`
///
/// For every function of two values with a boolean result: a `Match` may name it (§7.6), and the
/// evaluator calls it without operands. The macro charges for nothing, unlike [`rows!`]: a row
/// spends the work of reading its arguments itself.
macro_rules! predicates {
    ($table:ident, $environment:pat => $(
        $version:literal $name:literal ($a:ident: $first:ident, $b:ident: $second:ident)
            $(, $meaning:ident)? = $result:expr;
    )*) => {$(
        $table.predicate(
            stringify!($version),
            $name,
            [$crate::value::DataType::$first, $crate::value::DataType::$second],
            |$environment, first, second| match (first, second) {
                ($crate::value::Value::$first($a), $crate::value::Value::$second($b)) => $result,
                _ => Err($crate::function::table::ill_typed()),
            },
        )$(.meaning = $crate::function::Meaning::$meaning)?;
    )*};
}

pub(super) use {predicates, rows};

/// Spends the work of reading arguments of so many bytes.
#[inline]
pub(super) fn walk(environment: &Environment, bulk: usize) -> Result<(), FunctionError> {
    environment.spend_on_reading(bulk)
}

/// The value, once the work of keeping it is paid.
#[inline]
pub(super) fn keep(
    environment: &Environment,
    value: impl Bulk + Into<Value>,
) -> Result<Value, FunctionError> {
    environment.spend_on_making(value.bulk())?;
    Ok(value.into())
}

/// The result of arithmetic with dates and times, if it has one.
pub(super) fn fits_calendar<T>(result: Option<T>) -> Result<T, FunctionError> {
    result.ok_or_else(|| {
        FunctionError::processing("the result is outside the range of dates and times")
    })
}

/// The error of a row whose arguments do not have the types of its signature. The compiler's type
/// check rules it out; a defect there makes one decision Indeterminate and does not end the
/// process.
#[cold]
pub(super) fn ill_typed() -> FunctionError {
    FunctionError::processing("the arguments are not of the types the function takes")
}
