//! The compiled form of an XPath expression, and the path that selects nodes by it.

use std::sync::Arc;

use super::evaluate::XPathEvaluation;
use super::{Budget, Exhausted, Node, PathError, Prefixes, Tree, parse};
use crate::limits::exceeded;

/// A compiled expression that selects nodes.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    expression: Arc<Expression>,
}

impl Path {
    /// Compiles an expression of at most `longest` bytes. Prefixes mean what `prefixes` say;
    /// unprefixed names are in no namespace, whatever the default one is (XPath 1.0 §2.3).
    pub(crate) fn compile(
        text: &str,
        prefixes: &Prefixes,
        longest: usize,
    ) -> Result<Self, PathError> {
        if text.len() > longest {
            return Err(PathError {
                at: 0,
                message: exceeded(&format!("it has {} bytes", text.len()), longest, "xpath"),
            });
        }
        let expression = Arc::new(parse::path(text, prefixes)?);
        Ok(Self { expression })
    }

    pub(super) fn expression(&self) -> &Expression {
        &self.expression
    }

    /// The nodes selected from `context`, in document order.
    pub(crate) fn select(
        &self,
        tree: &Tree,
        context: Node,
        budget: &Budget,
    ) -> Result<Vec<Node>, Exhausted> {
        XPathEvaluation { tree, budget }.nodes(&self.expression, context)
    }
}

/// The kind of an expression's value. XPath 1.0 without variables has static types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Nodes,
    Boolean,
    Number,
    Text,
}

/// INVARIANT, established by `parse`: where nodes are asked for there is an expression of
/// [`Kind::Nodes`]; expressions nest no deeper than its limit.
#[derive(Debug)]
pub(super) enum Expression {
    Or(Box<[Expression]>),
    And(Box<[Expression]>),
    Compare(XPathComparison, Box<[Expression; 2]>),
    Calculate(Operator, Box<[Expression; 2]>),
    Negate(Box<Expression>),
    Union(Box<[Expression]>),
    Path(Start, Box<[LocationStep]>),
    Text(Box<str>),
    Number(f64),
    Call(XPathFunction, Box<[Expression]>),
}

/// The node from which a location path begins.
#[derive(Debug)]
pub(super) enum Start {
    Document,
    Context,
    /// A filter expression (§3.3).
    Filter(Box<Expression>, Box<[Expression]>),
}

#[derive(Debug)]
pub(super) struct LocationStep {
    pub(super) axis: XPathAxis,
    pub(super) test: NodeTest,
    pub(super) predicates: Box<[Expression]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum XPathAxis {
    Ancestor,
    AncestorOrSelf,
    Attribute,
    Child,
    Descendant,
    DescendantOrSelf,
    Following,
    FollowingSibling,
    Parent,
    Preceding,
    PrecedingSibling,
    Itself,
}

#[derive(Debug)]
pub(super) enum NodeTest {
    /// `node()`
    Any,
    Text,
    Comment,
    /// A processing instruction with this target, or with any.
    Instruction(Option<Box<str>>),
    /// `*`: elements, or attributes on their axis.
    Named,
    /// `prefix:*`
    InNamespace(Arc<str>),
    Name {
        namespace: Option<Arc<str>>,
        local: Box<str>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum XPathComparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// The core functions (§4), but `id`, for which there is no DTD to declare one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum XPathFunction {
    Boolean,
    Ceiling,
    Concat,
    Contains,
    Count,
    False,
    Floor,
    Lang,
    Last,
    LocalName,
    Name,
    NamespaceUri,
    NormalizeSpace,
    Not,
    Number,
    Position,
    Round,
    StartsWith,
    String,
    StringLength,
    Substring,
    SubstringAfter,
    SubstringBefore,
    Sum,
    Translate,
    True,
}
