//! Expressions + tree → values (XPath 1.0 §2, §3). The only error is a lack of work.

use std::borrow::Cow;

use super::axis::Resolved;
use super::expression::{Expression, LocationStep, NodeTest, Operator, Start, XPathAxis};
use super::{Budget, Exhausted, Node, Tree, number};

/// One evaluation.
#[derive(Clone, Copy)]
pub(super) struct XPathEvaluation<'t> {
    pub(super) tree: &'t Tree,
    pub(super) budget: &'t Budget,
}

/// The context node with its position among how many (§1).
#[derive(Clone, Copy)]
pub(super) struct XPathItem {
    pub(super) node: Node,
    pub(super) position: usize,
    pub(super) size: usize,
}

/// The value of an expression.
pub(super) enum XPathValue<'t> {
    /// In document order, none twice.
    Nodes(Vec<Node>),
    Boolean(bool),
    Number(f64),
    Text(Cow<'t, str>),
}

impl<'t> XPathEvaluation<'t> {
    /// The nodes that `expression` selects from `context`.
    pub(super) fn nodes(
        &self,
        expression: &'t Expression,
        context: Node,
    ) -> Result<Vec<Node>, Exhausted> {
        let item = XPathItem {
            node: context,
            position: 1,
            size: 1,
        };
        self.nodes_at(expression, item)
    }

    /// The nodes of an expression at an item, which has a position and a size; none for an
    /// expression of another kind, which the parser refuses.
    pub(super) fn nodes_at(
        &self,
        expression: &'t Expression,
        item: XPathItem,
    ) -> Result<Vec<Node>, Exhausted> {
        match self.value(expression, item)? {
            XPathValue::Nodes(nodes) => Ok(nodes),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) fn boolean(
        &self,
        expression: &'t Expression,
        item: XPathItem,
    ) -> Result<bool, Exhausted> {
        Ok(match self.value(expression, item)? {
            XPathValue::Nodes(nodes) => !nodes.is_empty(),
            XPathValue::Boolean(value) => value,
            XPathValue::Number(value) => value != 0.0 && !value.is_nan(),
            XPathValue::Text(text) => !text.is_empty(),
        })
    }

    pub(super) fn number(
        &self,
        expression: &'t Expression,
        item: XPathItem,
    ) -> Result<f64, Exhausted> {
        let text = match self.value(expression, item)? {
            XPathValue::Number(value) => return Ok(value),
            XPathValue::Boolean(value) => return Ok(f64::from(u8::from(value))),
            other => self.text_of(other),
        };
        self.number_of(&text)
    }

    /// §4.4, `number` of a text, for which work is taken: the one way from a text to a number.
    pub(super) fn number_of(&self, text: &str) -> Result<f64, Exhausted> {
        self.walk_through(text)?;
        Ok(number::parse(text))
    }

    pub(super) fn text(
        &self,
        expression: &'t Expression,
        item: XPathItem,
    ) -> Result<Cow<'t, str>, Exhausted> {
        let value = self.value(expression, item)?;
        Ok(self.text_of(value))
    }

    /// §4.2, `string`.
    fn text_of(&self, value: XPathValue<'t>) -> Cow<'t, str> {
        match value {
            XPathValue::Nodes(nodes) => match nodes.first() {
                Some(first) => Cow::Borrowed(self.tree.text(*first)),
                None => Cow::Borrowed(""),
            },
            XPathValue::Boolean(true) => Cow::Borrowed("true"),
            XPathValue::Boolean(false) => Cow::Borrowed("false"),
            XPathValue::Number(value) => Cow::Owned(number::text(value)),
            XPathValue::Text(text) => text,
        }
    }

    pub(super) fn value(
        &self,
        expression: &'t Expression,
        item: XPathItem,
    ) -> Result<XPathValue<'t>, Exhausted> {
        self.budget.charge(1)?;
        Ok(match expression {
            Expression::Or(parts) => XPathValue::Boolean(self.any(parts, item, true)?),
            Expression::And(parts) => XPathValue::Boolean(!self.any(parts, item, false)?),
            Expression::Compare(comparison, operands) => {
                let [left, right] = &**operands;
                let (left, right) = (self.value(left, item)?, self.value(right, item)?);
                XPathValue::Boolean(self.compare(*comparison, left, right)?)
            }
            Expression::Calculate(operator, operands) => {
                let [left, right] = &**operands;
                let (left, right) = (self.number(left, item)?, self.number(right, item)?);
                XPathValue::Number(match operator {
                    Operator::Add => left + right,
                    Operator::Subtract => left - right,
                    Operator::Multiply => left * right,
                    Operator::Divide => left / right,
                    Operator::Modulo => left % right,
                })
            }
            Expression::Negate(operand) => XPathValue::Number(-self.number(operand, item)?),
            Expression::Union(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(self.nodes_at(part, item)?);
                }
                XPathValue::Nodes(self.in_order(all)?)
            }
            Expression::Path(start, steps) => XPathValue::Nodes(self.path(start, steps, item)?),
            Expression::Text(text) => XPathValue::Text(Cow::Borrowed(text)),
            Expression::Number(number) => XPathValue::Number(*number),
            Expression::Call(function, arguments) => self.call(*function, arguments, item)?,
        })
    }

    /// Whether one of the parts is `wanted`; what comes after it is not evaluated (§3.4).
    fn any(
        &self,
        parts: &'t [Expression],
        item: XPathItem,
        wanted: bool,
    ) -> Result<bool, Exhausted> {
        for part in parts {
            if self.boolean(part, item)? == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn path(
        &self,
        start: &'t Start,
        steps: &'t [LocationStep],
        item: XPathItem,
    ) -> Result<Vec<Node>, Exhausted> {
        let mut nodes = match start {
            Start::Document => vec![Node::DOCUMENT],
            Start::Context => vec![item.node],
            Start::Filter(expression, predicates) => {
                let mut nodes = self.nodes_at(expression, item)?;
                for predicate in predicates {
                    nodes = self.filter(predicate, nodes)?;
                }
                nodes
            }
        };
        for step in steps {
            if nodes.is_empty() {
                break;
            }
            nodes = self.step(step, &nodes)?;
        }
        Ok(nodes)
    }

    /// §2.1: the nodes that the step selects from each of `contexts`, which are in document order.
    fn step(&self, step: &'t LocationStep, contexts: &[Node]) -> Result<Vec<Node>, Exhausted> {
        if let NodeTest::Name { namespace, local } = &step.test {
            // Looked up by its text.
            let length = local.len() + namespace.as_deref().map_or(0, str::len);
            self.budget.charge(length as u64 / 64)?;
        }
        let test = Resolved::new(&step.test, step.axis, self.tree);
        let mut all = Vec::new();
        if step.predicates.is_empty() {
            for context in self.needed(step.axis, contexts) {
                self.walk(step.axis, context, &test, &mut all)?;
            }
            return self.in_order(all);
        }
        for context in contexts {
            let mut nodes = Vec::new();
            self.walk(step.axis, *context, &test, &mut nodes)?;
            for predicate in &step.predicates {
                nodes = self.filter(predicate, nodes)?;
            }
            all.append(&mut nodes);
        }
        self.in_order(all)
    }

    /// The contexts without those from which nothing is selected that others do not give: walking
    /// below a node that is below another would visit the same nodes again.
    fn needed(&self, axis: XPathAxis, contexts: &[Node]) -> Vec<Node> {
        match axis {
            XPathAxis::Descendant | XPathAxis::DescendantOrSelf => {
                let mut end = Node::DOCUMENT;
                let outermost = contexts.iter().copied().filter(|context| {
                    if *context < end {
                        // An attribute is within its element, but not below it.
                        return axis == XPathAxis::DescendantOrSelf
                            && self.tree.is_attribute(*context);
                    }
                    end = self.tree.end(*context);
                    true
                });
                outermost.collect()
            }
            XPathAxis::Following => {
                let ends = contexts.iter().copied();
                ends.min_by_key(|context| self.tree.end(*context))
                    .into_iter()
                    .collect()
            }
            XPathAxis::Preceding => contexts.last().copied().into_iter().collect(),
            _ => contexts.to_vec(),
        }
    }

    /// §2.4: those of `nodes`, which are in the order of the axis, for which the predicate holds.
    fn filter(&self, predicate: &'t Expression, nodes: Vec<Node>) -> Result<Vec<Node>, Exhausted> {
        let size = nodes.len();
        if let Expression::Number(place) = predicate {
            self.budget.charge(1)?;
            let at = |(i, _): &(usize, Node)| (i + 1) as f64 == *place;
            let found = nodes.into_iter().enumerate().find(at);
            return Ok(found.map(|(_, node)| node).into_iter().collect());
        }
        let mut kept = Vec::new();
        for (i, node) in nodes.into_iter().enumerate() {
            let item = XPathItem {
                node,
                position: i + 1,
                size,
            };
            let holds = match self.value(predicate, item)? {
                XPathValue::Number(place) => item.position as f64 == place,
                XPathValue::Nodes(nodes) => !nodes.is_empty(),
                XPathValue::Boolean(holds) => holds,
                XPathValue::Text(text) => !text.is_empty(),
            };
            if holds {
                kept.push(node);
            }
        }
        Ok(kept)
    }

    /// Document order, and no node twice.
    fn in_order(&self, mut nodes: Vec<Node>) -> Result<Vec<Node>, Exhausted> {
        if !nodes.is_sorted_by(|a, b| a < b) {
            self.budget.charge(nodes.len() as u64)?;
            nodes.sort_unstable();
            nodes.dedup();
        }
        Ok(nodes)
    }

    /// Spends the work of reading a text.
    pub(super) fn walk_through(&self, text: &str) -> Result<(), Exhausted> {
        self.budget.charge(text.len() as u64 / 64)
    }

    /// Spends the work of making a text of this length.
    pub(super) fn copy(&self, text: &str) -> Result<(), Exhausted> {
        self.budget.charge(text.len() as u64 / 8)
    }
}
