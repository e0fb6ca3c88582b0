//! Location paths: steps, their axes, node tests and predicates (XPath 1.0 §2).

use std::sync::Arc;

use super::{Kind, Parsed, Parser, Typed, error, must_be_nodes};
use crate::xml::XML_NAMESPACE;
use crate::xpath::expression::{Axis, Expression, Start, Step, Test};
use crate::xpath::lex::Token;

impl Parser<'_> {
    /// A location path, or a filter expression with what follows it (§2, §3.3).
    pub(super) fn path(&mut self) -> Parsed {
        let mut steps = Vec::new();
        let mut height = 1;
        let start = match self.peek() {
            Token::Operator("/") => {
                self.next += 1;
                if self.begins_a_step() {
                    self.step(&mut steps, &mut height)?;
                }
                Start::Document
            }
            Token::Operator("//") => {
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
                let goes_on = matches!(self.peek(), Token::Mark("[") | Token::Operator("/" | "//"));
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
            if self.take(Token::Operator("/")) {
                self.step(&mut steps, &mut height)?;
            } else if self.take(Token::Operator("//")) {
                self.step_below(&mut steps, &mut height)?;
            } else {
                break;
            }
        }
        self.check_height(height)?;
        Ok(Typed {
            expression: Expression::Path(start, steps.into()),
            kind: Kind::Nodes,
            height,
        })
    }

    fn begins_a_step(&self) -> bool {
        match self.peek() {
            Token::Mark(mark) => matches!(mark, "." | ".." | "@"),
            Token::Name(_, name) => {
                !self.is_before("(")
                    || matches!(name, "node" | "text" | "comment")
                    || name == "processing-instruction"
            }
            _ => false,
        }
    }

    /// The step after `//`, which is short for `/descendant-or-self::node()/`.
    fn step_below(&mut self, steps: &mut Vec<Step>, height: &mut usize) -> Parsed<()> {
        steps.push(Step {
            axis: Axis::DescendantOrSelf,
            test: Test::Any,
            predicates: Box::new([]),
        });
        let asks_position = self.step(steps, height)?;
        // Every descendant is a child of one of these: one walk in place of two steps, unless the
        // place among the children matters.
        if let [.., above, step] = &mut steps[..]
            && step.axis == Axis::Child
            && !asks_position
        {
            step.axis = Axis::Descendant;
            std::mem::swap(above, step);
            steps.pop();
        }
        Ok(())
    }

    /// Reads one step (§2.1). Whether one of its predicates asks for the position.
    fn step(&mut self, steps: &mut Vec<Step>, height: &mut usize) -> Parsed<bool> {
        let abbreviated = match self.peek() {
            Token::Mark(".") => Some(Axis::Itself),
            Token::Mark("..") => Some(Axis::Parent),
            _ => None,
        };
        if let Some(axis) = abbreviated {
            self.next += 1;
            steps.push(Step {
                axis,
                test: Test::Any,
                predicates: Box::new([]),
            });
            return Ok(false);
        }
        let axis = self.axis()?;
        let test = self.test()?;
        let (predicates, asks_position) = self.predicates(height)?;
        steps.push(Step {
            axis,
            test,
            predicates,
        });
        Ok(asks_position)
    }

    fn axis(&mut self) -> Parsed<Axis> {
        if self.take(Token::Mark("@")) {
            return Ok(Axis::Attribute);
        }
        let (Token::Name(None, name), true) = (self.peek(), self.is_before("::")) else {
            return Ok(Axis::Child);
        };
        let axis = match name {
            "ancestor" => Axis::Ancestor,
            "ancestor-or-self" => Axis::AncestorOrSelf,
            "attribute" => Axis::Attribute,
            "child" => Axis::Child,
            "descendant" => Axis::Descendant,
            "descendant-or-self" => Axis::DescendantOrSelf,
            "following" => Axis::Following,
            "following-sibling" => Axis::FollowingSibling,
            "parent" => Axis::Parent,
            "preceding" => Axis::Preceding,
            "preceding-sibling" => Axis::PrecedingSibling,
            "self" => Axis::Itself,
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

    fn test(&mut self) -> Parsed<Test> {
        let Token::Name(prefix, name) = self.peek() else {
            return Err(self.unexpected("a name or a node test"));
        };
        let at = self.at();
        if prefix.is_none() && self.is_before("(") {
            self.next += 2;
            let test = match (name, self.peek()) {
                ("node", _) => Test::Any,
                ("text", _) => Test::Text,
                ("comment", _) => Test::Comment,
                ("processing-instruction", Token::Literal(target)) => {
                    self.next += 1;
                    Test::Instruction(Some(target.into()))
                }
                ("processing-instruction", _) => Test::Instruction(None),
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
            (None, "*") => Test::Named,
            (Some(namespace), "*") => Test::InNamespace(namespace),
            (namespace, local) => Test::Name {
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
        while self.take(Token::Mark("[")) {
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
