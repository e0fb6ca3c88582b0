//! `=`, `!=`, `<`, `<=`, `>` and `>=` (XPath 1.0 §3.4): a set of nodes compares true if some node
//! in it does.

use std::collections::HashSet;

use super::evaluate::{Evaluation, Value};
use super::expression::Comparison;
use super::{Exhausted, Node};

impl<'t> Evaluation<'t> {
    pub(super) fn compare(
        &self,
        comparison: Comparison,
        left: Value<'t>,
        right: Value<'t>,
    ) -> Result<bool, Exhausted> {
        match (left, right) {
            (Value::Nodes(left), Value::Nodes(right)) => {
                self.compare_nodes(comparison, &left, &right)
            }
            (Value::Nodes(nodes), other) => self.compare_some(comparison, &nodes, other),
            (other, Value::Nodes(nodes)) => self.compare_some(flipped(comparison), &nodes, other),
            (left, right) => self.compare_single(comparison, left, right),
        }
    }

    /// Whether some pair of nodes compares true, without trying all pairs.
    fn compare_nodes(
        &self,
        comparison: Comparison,
        left: &[Node],
        right: &[Node],
    ) -> Result<bool, Exhausted> {
        let (Some(first), false) = (left.first(), right.is_empty()) else {
            return Ok(false);
        };
        match comparison {
            Comparison::Equal => {
                let mut texts = HashSet::with_capacity(left.len());
                for node in left {
                    texts.insert(self.seen(*node)?);
                }
                for node in right {
                    if texts.contains(self.seen(*node)?) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            // Some pair differs unless all are the same.
            Comparison::Unequal => {
                let first = self.seen(*first)?;
                for node in left.iter().chain(right) {
                    if self.seen(*node)? != first {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            // The least of one side and the greatest of the other decide.
            Comparison::Less | Comparison::LessOrEqual => {
                let least = self.extreme(left, f64::min)?;
                let greatest = self.extreme(right, f64::max)?;
                Ok(of_numbers(comparison, least, greatest))
            }
            Comparison::Greater | Comparison::GreaterOrEqual => {
                let greatest = self.extreme(left, f64::max)?;
                let least = self.extreme(right, f64::min)?;
                Ok(of_numbers(comparison, greatest, least))
            }
        }
    }

    /// The least or the greatest number among the nodes; NaN if none is a number.
    fn extreme(&self, nodes: &[Node], choose: fn(f64, f64) -> f64) -> Result<f64, Exhausted> {
        let mut extreme = f64::NAN;
        for node in nodes {
            // Both `min` and `max` pass over NaN.
            extreme = choose(extreme, self.number_seen(*node)?);
        }
        Ok(extreme)
    }

    /// Whether some node compares true with a value that is not a set of nodes.
    fn compare_some(
        &self,
        comparison: Comparison,
        nodes: &[Node],
        other: Value<'t>,
    ) -> Result<bool, Exhausted> {
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::Unequal);
        match other {
            Value::Boolean(_) => {
                let any = Value::Boolean(!nodes.is_empty());
                self.compare_single(comparison, any, other)
            }
            Value::Text(text) if is_equality => {
                let wanted = comparison == Comparison::Equal;
                for node in nodes {
                    if (self.seen(*node)? == text) == wanted {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            other => {
                let other = self.as_number(other)?;
                for node in nodes {
                    if of_numbers(comparison, self.number_seen(*node)?, other) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// Compares two values of which neither is a set of nodes.
    fn compare_single(
        &self,
        comparison: Comparison,
        left: Value<'t>,
        right: Value<'t>,
    ) -> Result<bool, Exhausted> {
        let wanted = match comparison {
            Comparison::Equal => true,
            Comparison::Unequal => false,
            _ => {
                let (left, right) = (self.as_number(left)?, self.as_number(right)?);
                return Ok(of_numbers(comparison, left, right));
            }
        };
        let same = match (left, right) {
            (Value::Boolean(a), b) | (b, Value::Boolean(a)) => a == as_boolean(&b),
            (Value::Text(a), Value::Text(b)) => {
                self.walk_through(&a)?;
                a == b
            }
            (a, b) => self.as_number(a)? == self.as_number(b)?,
        };
        Ok(same == wanted)
    }

    fn as_number(&self, value: Value<'t>) -> Result<f64, Exhausted> {
        Ok(match value {
            Value::Number(number) => number,
            Value::Boolean(value) => f64::from(u8::from(value)),
            Value::Text(text) => self.number_of(&text)?,
            Value::Nodes(_) => f64::NAN,
        })
    }

    fn number_seen(&self, node: Node) -> Result<f64, Exhausted> {
        self.budget.charge(1)?;
        self.number_of(self.tree.text(node))
    }

    /// The text of a node, for which work is taken.
    fn seen(&self, node: Node) -> Result<&'t str, Exhausted> {
        let text = self.tree.text(node);
        self.budget.charge(1)?;
        self.walk_through(text)?;
        Ok(text)
    }
}

fn as_boolean(value: &Value<'_>) -> bool {
    match value {
        Value::Boolean(value) => *value,
        Value::Number(number) => *number != 0.0 && !number.is_nan(),
        Value::Text(text) => !text.is_empty(),
        Value::Nodes(nodes) => !nodes.is_empty(),
    }
}

fn of_numbers(comparison: Comparison, left: f64, right: f64) -> bool {
    match comparison {
        Comparison::Equal => left == right,
        Comparison::Unequal => left != right,
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
    }
}

/// The comparison with its sides exchanged.
fn flipped(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}
