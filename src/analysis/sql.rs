//! Residuals → conditions of SQL, by which a database finds the rows that are permitted.

mod ask;
mod expression;

use std::collections::HashMap;

use super::residual::Residual;
use crate::attribute::Designator;
use crate::value::Value;

/// The database that a condition is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SqlDialect {
    /// SQLite: parameters are `?1`, `?2`, ….
    Sqlite,
    /// PostgreSQL: parameters are `$1`, `$2`, ….
    Postgres,
}

/// Where a database has the values of attributes.
///
/// Names of tables and columns, and conditions that join tables, come from the host's program, and are
/// written into the condition as they are given: nothing that a user has typed may be among them.
/// Values are parameters, without exception.
///
/// A column must have exactly the values that a request about its row would have:
///
/// | data type | SQLite | PostgreSQL |
/// |---|---|---|
/// | `string`, `anyURI` | `TEXT` without U+0000, in a database in UTF-8 (`PRAGMA encoding`) | `TEXT` or `VARCHAR`, of a deterministic collation, in UTF-8 |
/// | `integer` | `INTEGER` | `BIGINT` or smaller |
/// | `boolean` | `INTEGER`, 0 or 1 | `BOOLEAN` |
///
/// An attribute with and without an issuer is two attributes, as is one of two data types.
///
/// ```
/// use vedtak::analysis::{SqlDialect, SqlJoin, SqlMapping};
/// use vedtak::attribute::{Designator, category};
/// use vedtak::value::DataType;
/// let of_resource = |id: &str| Designator::new(category::RESOURCE, id, DataType::String);
/// let mapping = SqlMapping::new(SqlDialect::Sqlite)
///     .column(of_resource("owner"), "document.owner")
///     .join(of_resource("label"), SqlJoin {
///         table: "label".into(),
///         on: "label.document = document.id".into(),
///         value: "label.name".into(),
///     })
///     .absent(of_resource("parent"));
/// ```
#[derive(Clone, Debug)]
pub struct SqlMapping {
    dialect: SqlDialect,
    first_parameter: usize,
    sources: HashMap<Designator, SqlSource>,
}

#[derive(Clone, Debug)]
enum SqlSource {
    Column(String),
    Join(SqlJoin),
    Absent,
}

/// A table with the values of an attribute that has any number of them, one in each row.
#[derive(Clone, Debug)]
pub struct SqlJoin {
    /// The table, or a list of tables, as it stands after `FROM`.
    pub table: String,
    /// The condition of the rows that belong to the row that is asked about.
    pub on: String,
    /// The column of the value. A row in which it is NULL is no value.
    pub value: String,
}

impl SqlMapping {
    /// A mapping of no attributes.
    pub fn new(dialect: SqlDialect) -> Self {
        Self {
            dialect,
            first_parameter: 1,
            sources: HashMap::new(),
        }
    }

    /// Maps an attribute that has one value at most to a column; NULL is no value.
    pub fn column(self, attribute: Designator, column: impl Into<String>) -> Self {
        self.source(attribute, SqlSource::Column(column.into()))
    }

    /// Maps an attribute that may have several values to a table of them.
    pub fn join(self, attribute: Designator, join: SqlJoin) -> Self {
        self.source(attribute, SqlSource::Join(join))
    }

    /// Says that no row has a value of an attribute.
    pub fn absent(self, attribute: Designator) -> Self {
        self.source(attribute, SqlSource::Absent)
    }

    /// Sets the number of the first parameter; 1 by default. The parameters before it are the
    /// host's.
    pub fn first_parameter(mut self, number: usize) -> Self {
        self.first_parameter = number;
        self
    }

    fn source(mut self, attribute: Designator, source: SqlSource) -> Self {
        self.sources.insert(attribute, source);
        self
    }
}

/// A condition of SQL with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlCondition {
    /// The text, in parentheses where it must be: it can stand after `WHERE`, `AND` and `NOT`. It is
    /// True or False, and never NULL.
    pub text: String,
    /// The values of the parameters, in the order of their numbers: strings, URIs, booleans, and
    /// integers of 64 bits.
    pub parameters: Vec<Value>,
}

/// The reason why a residual is no condition of SQL.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// Attributes are asked for that the mapping does not have: all of these.
    #[error("the mapping does not say where the database has the {}", listed(.0))]
    Unmapped(Vec<Designator>),
    /// A test of an attribute that SQL cannot say exactly.
    #[error("no condition of SQL says exactly what is asked of the {attribute}: {test}")]
    Inexact {
        /// The attribute.
        attribute: Designator,
        /// The test, and why it cannot be said.
        test: String,
    },
    /// An expression that is taken [whole](super::Question::Whole).
    #[error("no condition of SQL is made of `{text}`, which is no test of one attribute")]
    Whole {
        /// The functions, and what they are applied to.
        text: String,
    },
    /// The condition is larger than its budget, or nested too deeply.
    #[error("the condition is larger than its budget: leave fewer attributes open")]
    TooLarge,
}

fn listed(attributes: &[Designator]) -> String {
    let told = attributes.iter().map(ToString::to_string);
    told.collect::<Vec<_>>().join(", nor the ")
}

impl Residual {
    /// Makes a condition of SQL that is True for exactly those rows whose attributes lead to a Permit.
    ///
    /// Obligations are not part of it. A policy that permits on obligations needs the decision of
    /// each row that was found.
    ///
    /// The text repeats what several answers lead to. It has no more parts than `budget`, of which
    /// each is a test or a parameter.
    ///
    /// ```
    /// use vedtak::analysis::{SqlDialect, SqlMapping};
    /// use vedtak::attribute::{Designator, category};
    /// use vedtak::value::DataType;
    /// use vedtak::{Pdp, Request};
    /// # use vedtak::function::id;
    /// # use vedtak::syntax::*;
    /// # let owner = Designator::new(category::RESOURCE, "owner", DataType::String);
    /// # let of = AttributeDesignator::from(&owner);
    /// # let target = Target::new().any_of([Match::new(id::STRING_EQUAL, "anna", of)]);
    /// # let rule = Rule::permit("own").target(target);
    /// # let policy = Policy::new("documents", vedtak::combining::rule::DENY_UNLESS_PERMIT).rule(rule);
    /// # let pdp = Pdp::builder().document(policy).build()?;
    /// let request = Request::builder().subject("user", "anna").build();
    /// let residual = pdp.analysis(&request).open_category(category::RESOURCE).residual()?;
    /// let owner = Designator::new(category::RESOURCE, "owner", DataType::String);
    /// let mapping = SqlMapping::new(SqlDialect::Postgres).column(owner, "document.owner");
    /// let condition = residual.to_sql(&mapping, 10_000)?;
    /// assert_eq!(condition.text, "(document.owner IS NOT NULL AND document.owner = $1)");
    /// assert_eq!(condition.parameters, ["anna".into()]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A question cannot be said in SQL exactly, or the mapping does not say where the database has
    /// an attribute, or the condition is too large.
    pub fn to_sql(&self, mapping: &SqlMapping, budget: usize) -> Result<SqlCondition, SqlError> {
        let expression = ask::condition(self, mapping, budget)?;
        Ok(expression.write(mapping.dialect, mapping.first_parameter))
    }
}
