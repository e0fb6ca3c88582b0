//! Tokens → expressions, names resolved and types checked (XPath 1.0 §2, §3).

mod step;

use super::call::{self, Takes};
use super::expression::{Expression, Kind, Operator, XPathComparison, XPathFunction};
use super::lex::{XPathToken, tokens};
use super::{PathError, Prefixes};
use crate::error::{did_you_mean, similar_identifier};

/// Expressions nested in one another. Parsing, evaluating and dropping recurse once a level.
const DEEPEST: usize = 32;

/// The expression that `text` is, which must select nodes.
pub(super) fn path(text: &str, prefixes: &Prefixes) -> Result<Expression, PathError> {
    let mut parser = Parser {
        tokens: tokens(text)?,
        next: 0,
        prefixes,
        depth: 0,
        asks_position: false,
    };
    let typed = parser.expression(0)?;
    if parser.peek() != XPathToken::End {
        return Err(parser.unexpected("the end"));
    }
    match typed.kind {
        Kind::Nodes => Ok(typed.expression),
        Kind::Boolean => Err(error(0, "it gives a boolean, not nodes")),
        Kind::Number => Err(error(0, "it gives a number, not nodes")),
        Kind::Text => Err(error(0, "it gives a string, not nodes")),
    }
}

struct TypedOperand {
    expression: Expression,
    kind: Kind,
    /// The depth of its nesting.
    height: usize,
}

impl TypedOperand {
    fn leaf(expression: Expression, kind: Kind) -> Self {
        Self {
            expression,
            kind,
            height: 1,
        }
    }
}

struct Parser<'p> {
    tokens: Vec<(XPathToken<'p>, usize)>,
    next: usize,
    prefixes: &'p Prefixes,
    /// Brackets, parentheses and signs open.
    depth: usize,
    /// `position` or `last` was called in the innermost predicate so far.
    asks_position: bool,
}

/// An operator of two operands.
#[derive(Clone, Copy)]
enum Binary {
    Or,
    And,
    Compare(XPathComparison),
    Calculate(Operator),
}

fn binary(operator: &str) -> Option<(Binary, u8)> {
    Some(match operator {
        "or" => (Binary::Or, 1),
        "and" => (Binary::And, 2),
        "=" => (Binary::Compare(XPathComparison::Equal), 3),
        "!=" => (Binary::Compare(XPathComparison::Unequal), 3),
        "<" => (Binary::Compare(XPathComparison::Less), 4),
        "<=" => (Binary::Compare(XPathComparison::LessOrEqual), 4),
        ">" => (Binary::Compare(XPathComparison::Greater), 4),
        ">=" => (Binary::Compare(XPathComparison::GreaterOrEqual), 4),
        "+" => (Binary::Calculate(Operator::Add), 5),
        "-" => (Binary::Calculate(Operator::Subtract), 5),
        "*" => (Binary::Calculate(Operator::Multiply), 6),
        "div" => (Binary::Calculate(Operator::Divide), 6),
        "mod" => (Binary::Calculate(Operator::Modulo), 6),
        _ => return None,
    })
}

type Parsed<T = TypedOperand> = Result<T, PathError>;

impl<'p> Parser<'p> {
    fn peek(&self) -> XPathToken<'p> {
        self.tokens
            .get(self.next)
            .map_or(XPathToken::End, |(token, _)| *token)
    }

    fn at(&self) -> usize {
        let last = self.tokens.len().saturating_sub(1);
        self.tokens
            .get(self.next.min(last))
            .map_or(0, |(_, at)| *at)
    }

    fn take(&mut self, token: XPathToken<'_>) -> bool {
        let found = self.peek() == token;
        self.next += usize::from(found);
        found
    }

    /// Whether the token after the next one is this mark.
    fn is_before(&self, mark: &str) -> bool {
        let after = self.tokens.get(self.next + 1);
        after.is_some_and(|(token, _)| *token == XPathToken::Mark(mark))
    }

    fn expect(&mut self, mark: &'static str) -> Parsed<()> {
        if self.take(XPathToken::Mark(mark)) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{mark}`")))
    }

    fn unexpected(&self, expected: &str) -> PathError {
        let found = match self.peek() {
            XPathToken::End => "it ends".to_owned(),
            XPathToken::Operator(text) | XPathToken::Mark(text) | XPathToken::Name(None, text) => {
                format!("found `{text}`")
            }
            XPathToken::Name(Some(prefix), text) => format!("found `{prefix}:{text}`"),
            XPathToken::Literal(_) => "found a literal".to_owned(),
            XPathToken::Number(_) => "found a number".to_owned(),
        };
        error(self.at(), format!("expected {expected}, {found}"))
    }

    /// Does `inside` one bracket further in.
    fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.check_height(self.depth + 1)?;
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    fn check_height(&self, height: usize) -> Parsed<()> {
        if height <= DEEPEST {
            return Ok(());
        }
        Err(error(
            self.at(),
            format!("it is nested too deep; the limit is {DEEPEST}"),
        ))
    }

    /// Expressions joined by operators that bind more tightly than `loosest`; all group to the
    /// left.
    fn expression(&mut self, loosest: u8) -> Parsed {
        let mut left = self.signed()?;
        while let XPathToken::Operator(operator) = self.peek() {
            let Some((binary, binds)) = binary(operator).filter(|(_, binds)| *binds > loosest)
            else {
                break;
            };
            self.next += 1;
            let right = self.expression(binds)?;
            let height = left.height.max(right.height) + 1;
            let joined = match binary {
                // Long chains are one node each: they nest no deeper.
                Binary::Or | Binary::And => {
                    let mut parts = vec![left, right];
                    while self.take(XPathToken::Operator(operator)) {
                        parts.push(self.expression(binds)?);
                    }
                    let parts = several(parts);
                    let expression = match binary {
                        Binary::Or => Expression::Or(parts.0),
                        _ => Expression::And(parts.0),
                    };
                    TypedOperand {
                        expression,
                        kind: Kind::Boolean,
                        height: parts.1,
                    }
                }
                Binary::Compare(comparison) => {
                    let operands = Box::new([left.expression, right.expression]);
                    TypedOperand {
                        expression: Expression::Compare(comparison, operands),
                        kind: Kind::Boolean,
                        height,
                    }
                }
                Binary::Calculate(operator) => {
                    let operands = Box::new([left.expression, right.expression]);
                    TypedOperand {
                        expression: Expression::Calculate(operator, operands),
                        kind: Kind::Number,
                        height,
                    }
                }
            };
            self.check_height(joined.height)?;
            left = joined;
        }
        Ok(left)
    }

    fn signed(&mut self) -> Parsed {
        if self.take(XPathToken::Operator("-")) {
            let negated = self.nested(Self::signed)?;
            let height = negated.height + 1;
            self.check_height(height)?;
            return Ok(TypedOperand {
                expression: Expression::Negate(Box::new(negated.expression)),
                kind: Kind::Number,
                height,
            });
        }
        let at = self.at();
        let first = self.path()?;
        if self.peek() != XPathToken::Operator("|") {
            return Ok(first);
        }
        must_be_nodes(&first, at)?;
        let mut parts = vec![first];
        while self.take(XPathToken::Operator("|")) {
            let at = self.at();
            let part = self.path()?;
            must_be_nodes(&part, at)?;
            parts.push(part);
        }
        let (parts, height) = several(parts);
        self.check_height(height)?;
        Ok(TypedOperand {
            expression: Expression::Union(parts),
            kind: Kind::Nodes,
            height,
        })
    }

    fn primary(&mut self) -> Parsed {
        match self.peek() {
            XPathToken::Mark("(") => {
                self.next += 1;
                let inner = self.nested(|parser| parser.expression(0))?;
                self.expect(")")?;
                Ok(inner)
            }
            XPathToken::Literal(text) => {
                self.next += 1;
                Ok(TypedOperand::leaf(
                    Expression::Text(text.into()),
                    Kind::Text,
                ))
            }
            XPathToken::Number(number) => {
                self.next += 1;
                Ok(TypedOperand::leaf(Expression::Number(number), Kind::Number))
            }
            XPathToken::Name(prefix, name) if self.is_before("(") => self.call(prefix, name),
            _ => Err(self.unexpected("an expression")),
        }
    }

    fn call(&mut self, prefix: Option<&str>, name: &str) -> Parsed {
        let at = self.at();
        if let Some(prefix) = prefix {
            let message = format!("the function `{prefix}:{name}` is not known");
            return Err(error(at, message));
        }
        let Some(row) = call::row(name) else {
            return Err(error(at, unknown_function(name)));
        };
        self.next += 2;
        let mut arguments = Vec::new();
        if !self.take(XPathToken::Mark(")")) {
            loop {
                let at = self.at();
                let argument = self.nested(|parser| parser.expression(0))?;
                if row.takes == Takes::Nodes {
                    must_be_nodes(&argument, at)?;
                }
                arguments.push(argument);
                if !self.take(XPathToken::Mark(",")) {
                    break;
                }
            }
            self.expect(")")?;
        }
        if !row.arguments.contains(&arguments.len()) {
            let count = arguments.len();
            let message = format!("`{name}` does not take {count} arguments");
            return Err(error(at, message));
        }
        self.asks_position |= matches!(row.function, XPathFunction::Position | XPathFunction::Last);
        let (arguments, height) = several(arguments);
        self.check_height(height)?;
        Ok(TypedOperand {
            expression: Expression::Call(row.function, arguments),
            kind: row.gives,
            height,
        })
    }
}

fn unknown_function(name: &str) -> String {
    match name {
        // What is not in the core library of XPath would read other documents, or knows a host.
        "document" => {
            "the function `document` is not part of XPath, and no other document is read".to_owned()
        }
        "id" => {
            "the function `id` is not supported: without a DTD no attribute is an ID".to_owned()
        }
        _ => {
            let similar = similar_identifier(name, call::names().map(str::to_owned));
            let hint = did_you_mean(similar);
            format!("the function `{name}` is not known{hint}")
        }
    }
}

fn several(parts: Vec<TypedOperand>) -> (Box<[Expression]>, usize) {
    let height = 1 + parts.iter().map(|part| part.height).max().unwrap_or(0);
    let expressions = parts.into_iter().map(|part| part.expression);
    (expressions.collect(), height)
}

fn must_be_nodes(typed: &TypedOperand, at: usize) -> Parsed<()> {
    match typed.kind {
        Kind::Nodes => Ok(()),
        _ => Err(error(at, "expected an expression that selects nodes")),
    }
}

fn error(at: usize, message: impl Into<String>) -> PathError {
    PathError {
        at,
        message: message.into(),
    }
}
