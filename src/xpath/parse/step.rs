//! Location paths: steps, their axes, node tests and predicates (XPath 1.0 §2).

use std::sync::Arc;

use super::{Kind, Parsed, Parser, TypedOperand, error, must_be_nodes};
use crate::xml::XML_NAMESPACE;
use crate::xpath::expression::{Expression, LocationStep, NodeTest, Start, XPathAxis};
use crate::xpath::lex::XPathToken;

impl Parser<'_> {
    /// A location path, or a filter expression with what follows it (§2, §3.3).
    pub(super) fn path(&mut self) -> Parsed {
        let mut steps = Vec::new();
        let mut height = 1;
        let start = match self.peek() {
            XPathToken::Operator("/") => {
                self.next += 1;
                if self.begins_a_step() {
                    self.step(&mut steps, &mut height)?;
                }
                Start::Document
            }
            XPathToken::Operator("//") => {
                self.next += 1;
                self.step_below(&mut steps, &mut height)?;
                Start::Document
            }
            _ if self.begins_a_step() => {
                self.step(&mut steps, &mut height)?;
                Start::Context
            }
            _ => {
                let at = self.at();
                let filtered = self.primary()?;
                let goes_on = matches!(
                    self.peek(),
                    XPathToken::Mark("[") | XPathToken::Operator("/" | "//")
                );
                if !goes_on {
                    return Ok(filtered);
                }
                must_be_nodes(&filtered, at)?;
                height = filtered.height + 1;
                let predicates = self.predicates(&mut height)?.0;
                Start::Filter(Box::new(filtered.expression), predicates)
            }
        };
        loop {
            if self.take(XPathToken::Operator("/")) {
                self.step(&mut steps, &mut height)?;
            } else if self.take(XPathToken::Operator("//")) {
                self.step_below(&mut steps, &mut height)?;
            } else {
                break;
            }
        }
        self.check_height(height)?;
        Ok(TypedOperand {
            expression: Expression::Path(start, steps.into()),
            kind: Kind::Nodes,
            height,
        })
    }

    fn begins_a_step(&self) -> bool {
        match self.peek() {
            XPathToken::Mark(mark) => matches!(mark, "." | ".." | "@"),
            XPathToken::Name(_, name) => {
                !self.is_before("(")
                    || matches!(name, "node" | "text" | "comment")
                    || name == "processing-instruction"
            }
            _ => false,
        }
    }

    /// The step after `//`, which is short for `/descendant-or-self::node()/`.
    fn step_below(&mut self, steps: &mut Vec<LocationStep>, height: &mut usize) -> Parsed<()> {
        steps.push(LocationStep {
            axis: XPathAxis::DescendantOrSelf,
            test: NodeTest::Any,
            predicates: Box::new([]),
        });
        let asks_position = self.step(steps, height)?;
        // Every descendant is a child of one of these: one walk in place of two steps, unless the
        // place among the children matters.
        if let [.., above, step] = &mut steps[..]
            && step.axis == XPathAxis::Child
            && !asks_position
        {
            step.axis = XPathAxis::Descendant;
            std::mem::swap(above, step);
            steps.pop();
        }
        Ok(())
    }

    /// Reads one step (§2.1). Whether one of its predicates asks for the position.
    fn step(&mut self, steps: &mut Vec<LocationStep>, height: &mut usize) -> Parsed<bool> {
        let abbreviated = match self.peek() {
            XPathToken::Mark(".") => Some(XPathAxis::Itself),
            XPathToken::Mark("..") => Some(XPathAxis::Parent),
            _ => None,
        };
        if let Some(axis) = abbreviated {
            self.next += 1;
            steps.push(LocationStep {
                axis,
                test: NodeTest::Any,
                predicates: Box::new([]),
            });
            return Ok(false);
        }
        let axis = self.axis()?;
        let test = self.test()?;
        let (predicates, asks_position) = self.predicates(height)?;
        steps.push(LocationStep {
            axis,
            test,
            predicates,
        });
        Ok(asks_position)
    }

    fn axis(&mut self) -> Parsed<XPathAxis> {
        if self.take(XPathToken::Mark("@")) {
            return Ok(XPathAxis::Attribute);
        }
        let (XPathToken::Name(None, name), true) = (self.peek(), self.is_before("::")) else {
            return Ok(XPathAxis::Child);
        };
        let axis = match name {
            "ancestor" => XPathAxis::Ancestor,
            "ancestor-or-self" => XPathAxis::AncestorOrSelf,
            "attribute" => XPathAxis::Attribute,
            "child" => XPathAxis::Child,
            "descendant" => XPathAxis::Descendant,
            "descendant-or-self" => XPathAxis::DescendantOrSelf,
            "following" => XPathAxis::Following,
            "following-sibling" => XPathAxis::FollowingSibling,
            "parent" => XPathAxis::Parent,
            "preceding" => XPathAxis::Preceding,
            "preceding-sibling" => XPathAxis::PrecedingSibling,
            "self" => XPathAxis::Itself,
            "namespace" => {
                // XACML §7.3.7 lets the declarations be absent from the nodes.
                let message = "the axis `namespace` is not supported: declarations are no nodes";
                return Err(error(self.at(), message));
            }
            _ => return Err(error(self.at(), format!("there is no axis `{name}`"))),
        };
        self.next += 2;
        Ok(axis)
    }

    fn test(&mut self) -> Parsed<NodeTest> {
        let XPathToken::Name(prefix, name) = self.peek() else {
            return Err(self.unexpected("a name or a node test"));
        };
        let at = self.at();
        if prefix.is_none() && self.is_before("(") {
            self.next += 2;
            let test = match (name, self.peek()) {
                ("node", _) => NodeTest::Any,
                ("text", _) => NodeTest::Text,
                ("comment", _) => NodeTest::Comment,
                ("processing-instruction", XPathToken::Literal(target)) => {
                    self.next += 1;
                    NodeTest::Instruction(Some(target.into()))
                }
                ("processing-instruction", _) => NodeTest::Instruction(None),
                _ => return Err(error(at, format!("`{name}` is no node test"))),
            };
            self.expect(")")?;
            return Ok(test);
        }
        self.next += 1;
        let namespace = match prefix {
            Some(prefix) => Some(self.namespace(prefix, at)?),
            None => None,
        };
        Ok(match (namespace, name) {
            (None, "*") => NodeTest::Named,
            (Some(namespace), "*") => NodeTest::InNamespace(namespace),
            (namespace, local) => NodeTest::Name {
                namespace,
                local: local.into(),
            },
        })
    }

    fn namespace(&self, prefix: &str, at: usize) -> Parsed<Arc<str>> {
        let mut all = self.prefixes.iter();
        match all.find(|(known, _)| **known == *prefix) {
            Some((_, namespace)) => Ok(namespace.clone()),
            None if prefix == "xml" => Ok(XML_NAMESPACE.into()),
            None => Err(error(
                at,
                format!("the namespace prefix `{prefix}` is not declared"),
            )),
        }
    }

    /// All predicates at this place, and whether one of them depends on the position: it is a
    /// number, or calls `position` or `last`.
    fn predicates(&mut self, height: &mut usize) -> Parsed<(Box<[Expression]>, bool)> {
        let outside = std::mem::replace(&mut self.asks_position, false);
        let mut predicates = Vec::new();
        let mut asks_position = false;
        while self.take(XPathToken::Mark("[")) {
            let predicate = self.nested(|parser| parser.expression(0))?;
            self.expect("]")?;
            asks_position |= predicate.kind == Kind::Number;
            *height = (*height).max(predicate.height + 1);
            predicates.push(predicate.expression);
        }
        asks_position |= std::mem::replace(&mut self.asks_position, outside);
        Ok((predicates.into(), asks_position))
    }
}
