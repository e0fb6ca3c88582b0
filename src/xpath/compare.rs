//! `=`, `!=`, `<`, `<=`, `>` and `>=` (XPath 1.0 §3.4): a set of nodes compares true if some node
//! in it does.

use std::collections::HashSet;

use super::evaluate::{XPathEvaluation, XPathValue};
use super::expression::XPathComparison;
use super::{Exhausted, Node};

impl<'t> XPathEvaluation<'t> {
    pub(super) fn compare(
        &self,
        comparison: XPathComparison,
        left: XPathValue<'t>,
        right: XPathValue<'t>,
    ) -> Result<bool, Exhausted> {
        match (left, right) {
            (XPathValue::Nodes(left), XPathValue::Nodes(right)) => {
                self.compare_nodes(comparison, &left, &right)
            }
            (XPathValue::Nodes(nodes), other) => self.compare_some(comparison, &nodes, other),
            (other, XPathValue::Nodes(nodes)) => {
                self.compare_some(flipped(comparison), &nodes, other)
            }
            (left, right) => self.compare_single(comparison, left, right),
        }
    }

    /// Whether some pair of nodes compares true, without trying all pairs.
    fn compare_nodes(
        &self,
        comparison: XPathComparison,
        left: &[Node],
        right: &[Node],
    ) -> Result<bool, Exhausted> {
        let (Some(first), false) = (left.first(), right.is_empty()) else {
            return Ok(false);
        };
        match comparison {
            XPathComparison::Equal => {
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
            XPathComparison::Unequal => {
                let first = self.seen(*first)?;
                for node in left.iter().chain(right) {
                    if self.seen(*node)? != first {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            // The least of one side and the greatest of the other decide.
            XPathComparison::Less | XPathComparison::LessOrEqual => {
                let least = self.extreme(left, f64::min)?;
                let greatest = self.extreme(right, f64::max)?;
                Ok(of_numbers(comparison, least, greatest))
            }
            XPathComparison::Greater | XPathComparison::GreaterOrEqual => {
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
        comparison: XPathComparison,
        nodes: &[Node],
        other: XPathValue<'t>,
    ) -> Result<bool, Exhausted> {
        let is_equality = matches!(
            comparison,
            XPathComparison::Equal | XPathComparison::Unequal
        );
        match other {
            XPathValue::Boolean(_) => {
                let any = XPathValue::Boolean(!nodes.is_empty());
                self.compare_single(comparison, any, other)
            }
            XPathValue::Text(text) if is_equality => {
                let wanted = comparison == XPathComparison::Equal;
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
        comparison: XPathComparison,
        left: XPathValue<'t>,
        right: XPathValue<'t>,
    ) -> Result<bool, Exhausted> {
        let wanted = match comparison {
            XPathComparison::Equal => true,
            XPathComparison::Unequal => false,
            _ => {
                let (left, right) = (self.as_number(left)?, self.as_number(right)?);
                return Ok(of_numbers(comparison, left, right));
            }
        };
        let same = match (left, right) {
            (XPathValue::Boolean(a), b) | (b, XPathValue::Boolean(a)) => a == as_boolean(&b),
            (XPathValue::Text(a), XPathValue::Text(b)) => {
                self.walk_through(&a)?;
                a == b
            }
            (a, b) => self.as_number(a)? == self.as_number(b)?,
        };
        Ok(same == wanted)
    }

    fn as_number(&self, value: XPathValue<'t>) -> Result<f64, Exhausted> {
        Ok(match value {
            XPathValue::Number(number) => number,
            XPathValue::Boolean(value) => f64::from(u8::from(value)),
            XPathValue::Text(text) => self.number_of(&text)?,
            XPathValue::Nodes(_) => f64::NAN,
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

fn as_boolean(value: &XPathValue<'_>) -> bool {
    match value {
        XPathValue::Boolean(value) => *value,
        XPathValue::Number(number) => *number != 0.0 && !number.is_nan(),
        XPathValue::Text(text) => !text.is_empty(),
        XPathValue::Nodes(nodes) => !nodes.is_empty(),
    }
}

fn of_numbers(comparison: XPathComparison, left: f64, right: f64) -> bool {
    match comparison {
        XPathComparison::Equal => left == right,
        XPathComparison::Unequal => left != right,
        XPathComparison::Less => left < right,
        XPathComparison::LessOrEqual => left <= right,
        XPathComparison::Greater => left > right,
        XPathComparison::GreaterOrEqual => left >= right,
    }
}

/// The comparison with its sides exchanged.
fn flipped(comparison: XPathComparison) -> XPathComparison {
    match comparison {
        XPathComparison::Less => XPathComparison::Greater,
        XPathComparison::LessOrEqual => XPathComparison::GreaterOrEqual,
        XPathComparison::Greater => XPathComparison::Less,
        XPathComparison::GreaterOrEqual => XPathComparison::LessOrEqual,
        same => same,
    }
}
