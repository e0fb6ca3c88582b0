//! A residual → an expression of SQL: the diagram from its end to its beginning.
//!
//! An answer to a question and what it leads to are joined by AND, the answers by OR. What is
//! joined is never NULL: each test of a column comes with `IS NULL` or `IS NOT NULL`, and a False
//! or True beside a NULL outweighs it.

use std::collections::HashMap;

use indexmap::IndexSet;

use super::expression::{Piece, Sql};
use super::{SqlDialect, SqlError, SqlJoin, SqlMapping, SqlSource};
use crate::analysis::class_set::{
    ClassBound, ClassValues, chain, classes, groups, is_all, together,
};
use crate::analysis::diagram::node::{DiagramNode, Leaf, NodeId, Nodes, Truth};
use crate::analysis::diagram::path::attribute_of;
use crate::analysis::diagram::policy::FiredItem;
use crate::analysis::diagram::space::{Space, UnaryTest};
use crate::analysis::diagram::variable::{Count, ValueClass, Variable, VariableKind};
use crate::analysis::residual::{Diagram, Residual, value_of};
use crate::attribute::Designator;
use crate::decision::ExtendedDecision;
use crate::function::id;
use crate::value::{DataType, Value};

/// An expression that is True if the decision is Permit.
pub(super) fn condition(
    residual: &Residual,
    mapping: &SqlMapping,
    budget: usize,
) -> Result<Sql, SqlError> {
    let Diagram { space, .. } = &*residual.diagram;
    let (nodes, root) = permits(residual, mapping);
    let asker = Asker { space, mapping };
    let unmapped = asker.unmapped(&nodes, root);
    if !unmapped.is_empty() {
        return Err(SqlError::Unmapped(unmapped));
    }
    let mut known: HashMap<NodeId, Sql> = HashMap::new();
    // What is nested is copied, and what is copied may be left out.
    let mut left = budget.saturating_mul(16);
    let mut spend = |steps: usize| {
        left = left.checked_sub(steps).ok_or(SqlError::TooLarge)?;
        Ok(())
    };
    let of = |known: &HashMap<NodeId, Sql>, id: &NodeId| {
        known.get(id).cloned().unwrap_or(Sql::Is(false))
    };
    for id in nodes.below(root) {
        let branch = match nodes.node(id) {
            DiagramNode::Leaf(leaf) => {
                known.insert(id, Sql::Is(*leaf == Leaf::Truth(Truth::True)));
                continue;
            }
            DiagramNode::Branch(branch) => branch,
        };
        // The answers, each with what it leads to.
        let answers = match chain(&nodes, branch) {
            Some(chain) => vec![
                (asker.has(chain.attribute, &chain.classes, true)?, chain.yes),
                (asker.has(chain.attribute, &chain.classes, false)?, chain.no),
            ],
            None => {
                let mut answers = Vec::new();
                for group in groups(space, branch) {
                    spend(group.outcomes.len())?;
                    answers.push((asker.answer(branch.variable, &group.outcomes)?, group.to));
                }
                answers
            }
        };
        let answers: Vec<(Sql, Sql)> = answers
            .into_iter()
            .map(|(answer, to)| (answer, of(&known, &to)))
            .collect();
        let expression = match &answers[..] {
            // Of two answers one is given: beside the one that suffices, the other need not be said.
            [(_, rest), (enough, Sql::Is(true))] | [(enough, Sql::Is(true)), (_, rest)]
                if !matches!(rest, Sql::Is(false)) =>
            {
                Sql::or([enough.clone(), rest.clone()])
            }
            _ => Sql::or(
                answers
                    .into_iter()
                    .map(|(answer, to)| Sql::and([answer, to])),
            ),
        };
        spend(expression.parts())?;
        known.insert(id, expression.within(budget)?);
    }
    Ok(of(&known, &root))
}

/// The diagram of whether the decision is Permit, without questions about attributes that no row
/// has.
fn permits(residual: &Residual, mapping: &SqlMapping) -> (Nodes<FiredItem>, NodeId) {
    let Diagram { nodes, space } = &*residual.diagram;
    let mut kept = Nodes::new(u64::MAX);
    let mut copies: HashMap<NodeId, NodeId> = HashMap::new();
    let mut root = kept.truth(Truth::False);
    for id in nodes.below(residual.root) {
        root = match nodes.node(id) {
            DiagramNode::Leaf(leaf) => kept.truth(match value_of(*leaf).value {
                ExtendedDecision::Permit => Truth::True,
                _ => Truth::False,
            }),
            DiagramNode::Branch(branch) => {
                let designator = attribute_of(branch.variable)
                    .map(|attribute| &space.tested(attribute).designator);
                let source = designator.and_then(|of| mapping.sources.get(of));
                match source {
                    Some(SqlSource::Absent) => {
                        let none = space.outcome(branch.variable, &[]);
                        copies[&branch.way(none.unwrap_or(Variable::USUAL))]
                    }
                    _ => {
                        let ways = branch.ways.iter();
                        let ways = ways.map(|(outcome, to)| (*outcome, copies[to])).collect();
                        let otherwise = copies[&branch.otherwise];
                        // It is no larger than what it is made of.
                        let made = kept.branch(branch.variable, ways, otherwise);
                        made.unwrap_or(otherwise)
                    }
                }
            }
        };
        copies.insert(id, root);
    }
    // The beginning is the last.
    (kept, root)
}

struct Asker<'a> {
    space: &'a Space,
    mapping: &'a SqlMapping,
}

impl Asker<'_> {
    fn source(&self, attribute: u32) -> Result<&SqlSource, SqlError> {
        let designator = &self.space.tested(attribute).designator;
        let source = self.mapping.sources.get(designator);
        source.ok_or_else(|| SqlError::Unmapped(vec![designator.clone()]))
    }

    /// The attributes that are asked for, and that the mapping does not have.
    fn unmapped(&self, nodes: &Nodes<FiredItem>, root: NodeId) -> Vec<Designator> {
        let mut asked = IndexSet::new();
        for id in nodes.below(root) {
            if let DiagramNode::Branch(branch) = nodes.node(id) {
                asked.extend(attribute_of(branch.variable));
            }
        }
        let designators = asked.into_iter();
        let designators = designators.map(|of| &self.space.tested(of).designator);
        let missing = designators.filter(|of| !self.mapping.sources.contains_key(*of));
        missing.cloned().collect()
    }

    fn inexact(&self, attribute: u32, test: impl Into<String>) -> SqlError {
        SqlError::Inexact {
            attribute: self.space.tested(attribute).designator.clone(),
            test: test.into(),
        }
    }

    /// Whether the answer to a question is one of these.
    fn answer(&self, variable: Variable, outcomes: &[u32]) -> Result<Sql, SqlError> {
        let is_one = |outcome: u32| outcomes.contains(&outcome);
        match variable.asks() {
            VariableKind::Value(attribute) => {
                let classes: Vec<u32> = outcomes
                    .iter()
                    .copied()
                    .filter(|class| ValueClass(*class) < ValueClass::SEVERAL)
                    .collect();
                let is_absent = is_one(ValueClass::ABSENT.0);
                match self.source(attribute)? {
                    SqlSource::Column(column) => {
                        self.of_column(attribute, column, &classes, is_absent)
                    }
                    SqlSource::Join(join) => {
                        let counts = [is_absent, false, is_one(ValueClass::SEVERAL.0)];
                        let one = match &classes[..] {
                            [] => Sql::Is(false),
                            classes => Sql::and([
                                count(join, [false, true, false]),
                                self.exists(attribute, join, classes)?,
                            ]),
                        };
                        Ok(match is_all(self.space, attribute, &classes) {
                            true => count(join, [counts[0], true, counts[2]]),
                            false => Sql::or([count(join, counts), one]),
                        })
                    }
                    SqlSource::Absent => Ok(Sql::Is(is_absent)),
                }
            }
            VariableKind::Count(attribute) => {
                let counts = [Count::NONE, Count::ONE, Count::SEVERAL].map(is_one);
                Ok(match (self.source(attribute)?, counts) {
                    (SqlSource::Column(_), [true, true, _]) => Sql::Is(true),
                    (SqlSource::Column(_), [false, false, _]) => Sql::Is(false),
                    (SqlSource::Column(column), [true, ..]) => {
                        Sql::text(format!("{column} IS NULL"))
                    }
                    (SqlSource::Column(column), _) => Sql::text(format!("{column} IS NOT NULL")),
                    (SqlSource::Join(join), counts) => count(join, counts),
                    (SqlSource::Absent, [is_none, ..]) => Sql::Is(is_none),
                })
            }
            VariableKind::Has(attribute, class) => match [is_one(1), is_one(0)] {
                [has, lacks] if has == lacks => Ok(Sql::Is(has)),
                [has, _] => self.has(attribute, &[class.0], has),
            },
            VariableKind::Passes(attribute, test) => match [is_one(1), is_one(0)] {
                [passes, fails] if passes == fails => Ok(Sql::Is(passes)),
                [passes, _] => self.passes(attribute, test, passes),
            },
            VariableKind::Whole(number) => {
                let whole = self.space.whole.get_index(number as usize);
                Err(SqlError::Whole {
                    text: whole
                        .map(|(_, whole)| whole.text.clone())
                        .unwrap_or_default(),
                })
            }
        }
    }

    /// Whether an attribute has a value of one of these classes, or has not.
    fn has(&self, attribute: u32, wanted: &[u32], has: bool) -> Result<Sql, SqlError> {
        match (self.source(attribute)?, has) {
            (SqlSource::Column(column), true) => self.of_column(attribute, column, wanted, false),
            (SqlSource::Column(column), false) => {
                let others = classes(self.space, attribute);
                let others: Vec<u32> = others
                    .into_iter()
                    .filter(|class| !wanted.contains(class))
                    .collect();
                self.of_column(attribute, column, &others, true)
            }
            (SqlSource::Join(join), _) => Ok(match (self.exists(attribute, join, wanted)?, has) {
                (Sql::Is(exists), _) => Sql::Is(exists == has),
                (exists, true) => exists,
                (exists, false) => not(&exists),
            }),
            (SqlSource::Absent, has) => Ok(Sql::Is(!has)),
        }
    }

    /// Whether a column has a value of these classes, or NULL if that is among what is asked for.
    fn of_column(
        &self,
        attribute: u32,
        column: &str,
        wanted: &[u32],
        is_absent: bool,
    ) -> Result<Sql, SqlError> {
        let null = || Sql::text(format!("{column} IS NULL"));
        let not_null = || Sql::text(format!("{column} IS NOT NULL"));
        Ok(match (is_all(self.space, attribute, wanted), is_absent) {
            (true, true) => Sql::Is(true),
            (true, false) => not_null(),
            (false, true) => {
                let tests = self.tests(attribute, column, wanted)?;
                Sql::or([vec![null()], tests].concat())
            }
            (false, false) => {
                let tests = self.tests(attribute, column, wanted)?;
                Sql::and([not_null(), Sql::or(tests)])
            }
        })
    }

    /// Whether a table has a value of these classes.
    fn exists(&self, attribute: u32, join: &SqlJoin, wanted: &[u32]) -> Result<Sql, SqlError> {
        if wanted.is_empty() {
            return Ok(Sql::Is(false));
        }
        let test = match is_all(self.space, attribute, wanted) {
            true => Sql::text(format!("{} IS NOT NULL", join.value)),
            false => Sql::or(self.tests(attribute, &join.value, wanted)?),
        };
        Ok(exists(join, &test))
    }

    /// Tests, of which one holds if a column has a value of these classes. NULL if it has none.
    fn tests(&self, attribute: u32, column: &str, wanted: &[u32]) -> Result<Vec<Sql>, SqlError> {
        let values = together(self.space, attribute, wanted).into_iter();
        let tests = values.map(|values| self.test(attribute, column, &values));
        tests.collect()
    }

    fn test(&self, attribute: u32, column: &str, values: &ClassValues) -> Result<Sql, SqlError> {
        Ok(match values {
            ClassValues::In(points) if points.is_empty() => Sql::Is(false),
            ClassValues::NotIn(points) if points.is_empty() => {
                Sql::text(format!("{column} IS NOT NULL"))
            }
            ClassValues::In(points) => self.member(attribute, column, points, "IN", "=")?,
            ClassValues::NotIn(points) => self.member(attribute, column, points, "NOT IN", "<>")?,
            ClassValues::Between { after, before } => {
                let bound = |bound: &Option<ClassBound>, sign: &str| match bound {
                    None => Ok(Sql::Is(true)),
                    Some(bound) => {
                        let equal = if bound.is_included { "=" } else { "" };
                        let ordered = self.ordered(attribute, column);
                        let value = self.point(attribute, bound.point)?;
                        Ok(Sql::test([
                            Piece::Text(format!("{ordered} {sign}{equal} ")),
                            Piece::Parameter(value),
                        ]))
                    }
                };
                Sql::and([bound(after, ">")?, bound(before, "<")?])
            }
        })
    }

    /// Whether the value of a column is among points.
    fn member(
        &self,
        attribute: u32,
        column: &str,
        points: &[u32],
        list: &str,
        single: &str,
    ) -> Result<Sql, SqlError> {
        let values = points.iter().map(|point| self.point(attribute, *point));
        let values: Vec<Value> = values.collect::<Result<_, _>>()?;
        let mut pieces = match self.space.tested(attribute).is_folded {
            true => self.folded(attribute, column, &values)?,
            false => vec![Piece::Text(self.binary(attribute, column))],
        };
        let is_list = values.len() > 1;
        for (place, value) in values.into_iter().enumerate() {
            pieces.push(Piece::Text(match (place, is_list) {
                (0, true) => format!(" {list} ("),
                (0, false) => format!(" {single} "),
                _ => ", ".to_owned(),
            }));
            pieces.push(Piece::Parameter(value));
        }
        if is_list {
            pieces.push(Piece::Text(")".to_owned()));
        }
        Ok(Sql::test(pieces))
    }

    /// A point as a parameter, if the database compares it as policies do.
    fn point(&self, attribute: u32, point: u32) -> Result<Value, SqlError> {
        let tested = self.space.tested(attribute);
        let value = tested.points[point as usize].clone();
        // Texts that are compared whatever their case are kept as strings.
        let data_type = tested.designator.data_type;
        let shown = || {
            format!(
                "it is compared with `{}`, ",
                crate::error::cut(&value.lexical())
            )
        };
        match (&value, data_type) {
            (Value::Integer(number), _) if number.as_i64().is_none() => {
                let why = "an integer beyond 64 bits";
                Err(self.inexact(attribute, shown() + why))
            }
            (Value::Integer(_) | Value::Boolean(_), _)
            | (Value::String(_) | Value::AnyUri(_), DataType::String | DataType::AnyUri) => {
                Ok(value)
            }
            (_, data_type) => {
                let why = format!("as a value of the type {}", data_type.short_name());
                Err(self.inexact(attribute, shown() + &why))
            }
        }
    }

    /// A column, as it is compared for equality. PostgreSQL's equality is that of the bytes
    /// whatever the collation, if it is deterministic; an index would be of no use if another
    /// collation were named.
    fn binary(&self, attribute: u32, column: &str) -> String {
        match (self.is_text(attribute), self.mapping.dialect) {
            (true, SqlDialect::Sqlite) => format!("{column} COLLATE BINARY"),
            _ => column.to_owned(),
        }
    }

    /// A column, as it is compared for order: by code points, which is by the bytes of UTF-8.
    fn ordered(&self, attribute: u32, column: &str) -> String {
        match (self.is_text(attribute), self.mapping.dialect) {
            (true, SqlDialect::Postgres) => format!("{column} COLLATE \"C\""),
            _ => self.binary(attribute, column),
        }
    }

    fn is_text(&self, attribute: u32) -> bool {
        let data_type = self.space.tested(attribute).designator.data_type;
        matches!(data_type, DataType::String | DataType::AnyUri)
    }

    /// A column in lower case, as far as these texts need it.
    ///
    /// Exact for texts of ASCII: of all other letters, the Kelvin sign alone is one of ASCII in
    /// lower case. SQLite's own `lower` maps the letters of ASCII, and so does PostgreSQL's under the
    /// collation C.
    fn folded(
        &self,
        attribute: u32,
        column: &str,
        texts: &[Value],
    ) -> Result<Vec<Piece>, SqlError> {
        let lower = match self.mapping.dialect {
            SqlDialect::Sqlite => format!("lower({column})"),
            SqlDialect::Postgres => format!("lower({column} COLLATE \"C\")"),
        };
        let mut has_k = false;
        for text in texts.iter().filter_map(Value::as_str) {
            if !text.is_ascii() {
                let shown = crate::error::cut(text);
                let test = format!(
                    "it is compared with `{shown}`, whatever the case of its letters, of which some are not of ASCII"
                );
                return Err(self.inexact(attribute, test));
            }
            has_k |= text.contains('k');
        }
        Ok(match has_k {
            false => vec![Piece::Text(lower)],
            true => vec![
                Piece::Text(format!("replace({lower}, ")),
                Piece::Parameter("\u{212a}".into()),
                Piece::Text(", 'k')".to_owned()),
            ],
        })
    }

    /// Whether an attribute has a value that is no point and passes a test, or has not.
    fn passes(&self, attribute: u32, number: u32, passes: bool) -> Result<Sql, SqlError> {
        let source = self.source(attribute)?;
        let column = match source {
            SqlSource::Column(column) => column,
            SqlSource::Join(join) => &join.value,
            SqlSource::Absent => return Ok(Sql::Is(!passes)),
        };
        let tested = self.space.tested(attribute);
        let points = crate::limits::short(tested.points.len());
        let others = ClassValues::NotIn((0..points).collect());
        let others = self.test(attribute, column, &others)?;
        let test = self.value_test(attribute, column, tested.test(number / 2))?;
        let test = match number % 2 {
            1 => not(&test),
            _ => test,
        };
        let test = Sql::and([others, test]);
        let holds = match source {
            SqlSource::Join(join) => exists(join, &test),
            _ => Sql::and([Sql::text(format!("{column} IS NOT NULL")), test]),
        };
        Ok(match passes {
            true => holds,
            false => not(&holds),
        })
    }

    /// Whether the value of a column passes a test. NULL if there is none.
    fn value_test(&self, attribute: u32, column: &str, test: &UnaryTest) -> Result<Sql, SqlError> {
        let text = |text: String| Piece::Text(text);
        let (holds, dialect) = match (test, self.mapping.dialect) {
            (UnaryTest::Holds(holds), dialect) => (holds, dialect),
            (UnaryTest::Folded(literal), _) => {
                let literal = Value::from(literal.clone());
                let mut pieces = self.folded(attribute, column, std::slice::from_ref(&literal))?;
                pieces.extend([text(" = ".to_owned()), Piece::Parameter(literal)]);
                return Ok(Sql::test(pieces));
            }
            (UnaryTest::Equal(value) | UnaryTest::Compared(_, value), _) => {
                let test = format!(
                    "a value of the type {} is compared",
                    value.data_type().short_name()
                );
                return Err(self.inexact(attribute, test));
            }
        };
        let literal = holds.literal.as_str().unwrap_or_default();
        let parameter = || Piece::Parameter(literal.into());
        let count = literal.chars().count();
        let function = holds.function.id();
        let is_known = self.is_text(attribute) && holds.is_literal_first;
        Ok(match function {
            id::STRING_STARTS_WITH
            | id::ANY_URI_STARTS_WITH
            | id::STRING_ENDS_WITH
            | id::ANY_URI_ENDS_WITH
            | id::STRING_CONTAINS
            | id::ANY_URI_CONTAINS
                if is_known && literal.is_empty() =>
            {
                Sql::text(format!("{column} IS NOT NULL"))
            }
            id::STRING_STARTS_WITH | id::ANY_URI_STARTS_WITH if is_known => Sql::test([
                text(format!("substr({column}, 1, {count}) = ")),
                parameter(),
            ]),
            id::STRING_ENDS_WITH | id::ANY_URI_ENDS_WITH if is_known => {
                let end = match dialect {
                    SqlDialect::Sqlite => format!("substr({column}, -{count}) = "),
                    SqlDialect::Postgres => format!("right({column}, {count}) = "),
                };
                Sql::test([text(end), parameter()])
            }
            id::STRING_CONTAINS | id::ANY_URI_CONTAINS if is_known => {
                let find = match dialect {
                    SqlDialect::Sqlite => "instr",
                    SqlDialect::Postgres => "strpos",
                };
                Sql::test([
                    text(format!("{find}({column}, ")),
                    parameter(),
                    text(") > 0".to_owned()),
                ])
            }
            _ => {
                let shown = holds.literal.lexical();
                let shown = crate::error::cut(&shown);
                return Err(self.inexact(attribute, format!("`{function}` with `{shown}`")));
            }
        })
    }
}

fn exists(join: &SqlJoin, test: &Sql) -> Sql {
    let SqlJoin { table, on, .. } = join;
    let mut pieces = vec![Piece::Text(format!(
        "EXISTS (SELECT 1 FROM {table} WHERE ({on}) AND "
    ))];
    test.pieces(&mut pieces);
    pieces.push(Piece::Text(")".to_owned()));
    Sql::test(pieces)
}

fn not(test: &Sql) -> Sql {
    let mut pieces = vec![Piece::Text("NOT (".to_owned())];
    test.pieces(&mut pieces);
    pieces.push(Piece::Text(")".to_owned()));
    Sql::test(pieces)
}

/// Whether a table has none, one or several values, if that is among what is asked for.
fn count(join: &SqlJoin, counts: [bool; 3]) -> Sql {
    let SqlJoin { table, on, value } = join;
    let is = match counts {
        [false, false, false] => return Sql::Is(false),
        [true, true, true] => return Sql::Is(true),
        [true, false, false] | [false, true, true] => {
            let any = exists(join, &Sql::text(format!("{value} IS NOT NULL")));
            return match counts[0] {
                true => not(&any),
                false => any,
            };
        }
        [true, true, false] => "< 2",
        [false, true, false] => "= 1",
        [true, false, true] => "<> 1",
        [false, false, true] => "> 1",
    };
    Sql::text(format!(
        "(SELECT COUNT({value}) FROM {table} WHERE {on}) {is}"
    ))
}
