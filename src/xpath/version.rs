//! A path → the part of it that may have another meaning in XPath 2.0 (XPath 2.0, appendix I).
//!
//! Paths are read as those of XPath 1.0. Most mean the same in both: steps, existence, text
//! compared for equality, positions. Only those known to mean the same are accepted; for any other
//! the part that may differ is named. So a path may be refused although it means the same, but none
//! is accepted that does not.
//!
//! Where 2.0 depends on its static context, that of 1.0 is used, as XACML defines no other: names
//! without a prefix are in no namespace, and nodes are untyped.

use super::call::gives;
use super::expression::{
    Expression, Kind, LocationStep, NodeTest, Operator, Path, Start, XPathAxis, XPathComparison,
    XPathFunction,
};

/// No number of nodes is larger, and 2.0 need not know larger numbers.
const LARGEST: f64 = 1e15;

impl Path {
    /// The part that means something else in XPath 2.0, or might; none if all means the same.
    pub(crate) fn differs_in_2(&self) -> Option<String> {
        same(self.expression()).err()
    }
}

type Same = Result<(), String>;

fn same(expression: &Expression) -> Same {
    match expression {
        // What is taken for a boolean is so in the same way: nodes if there are any, text if it is not
        // empty, numbers if they are not 0.
        Expression::Or(parts) | Expression::And(parts) | Expression::Union(parts) => all(parts),
        Expression::Compare(comparison, sides) => compared(*comparison, sides),
        Expression::Calculate(operator, _) => {
            differs(format!("the operator `{}`", sign(*operator)))
        }
        Expression::Negate(_) => differs("the operator `-`"),
        Expression::Path(start, steps) => {
            if let Start::Filter(inner, predicates) = start {
                same(inner)?;
                all(predicates)?;
            }
            steps.iter().try_for_each(|step| all(&step.predicates))
        }
        Expression::Number(number) if *number > LARGEST => differs("a number so large"),
        Expression::Text(_) | Expression::Number(_) => Ok(()),
        Expression::Call(function, arguments) => call(*function, arguments),
    }
}

fn all(parts: &[Expression]) -> Same {
    parts.iter().try_for_each(same)
}

fn differs(part: impl Into<String>) -> Same {
    Err(part.into())
}

/// Untyped nodes are compared as text in both, and as numbers and booleans each in its way.
fn compared(comparison: XPathComparison, sides: &[Expression; 2]) -> Same {
    all(sides)?;
    let is_equality = matches!(
        comparison,
        XPathComparison::Equal | XPathComparison::Unequal
    );
    let kinds = [kind(&sides[0]), kind(&sides[1])];
    let is_text = |kind: &Kind| matches!(kind, Kind::Nodes | Kind::Text);
    match kinds {
        [Kind::Number, Kind::Number] => Ok(()),
        [Kind::Boolean, Kind::Boolean] if is_equality => Ok(()),
        _ if is_equality && kinds.iter().all(is_text) => Ok(()),
        [a, b] => differs(format!(
            "`{}` of {} and {}",
            written(comparison),
            name(a),
            name(b)
        )),
    }
}

fn call(function: XPathFunction, arguments: &[Expression]) -> Same {
    use XPathFunction as F;
    all(arguments)?;
    let (name, taken): (_, fn(&Expression) -> bool) = match function {
        F::True | F::False | F::Last | F::Position | F::Boolean | F::Not | F::Count => {
            return Ok(());
        }
        // Of several nodes 1.0 takes the first, and 2.0 none.
        F::LocalName => ("local-name", only_node),
        F::Name => ("name", only_node),
        F::NamespaceUri => ("namespace-uri", only_node),
        F::String => ("string", as_text),
        F::Concat => ("concat", as_text),
        F::Contains => ("contains", as_text),
        F::StartsWith => ("starts-with", as_text),
        F::SubstringAfter => ("substring-after", as_text),
        F::SubstringBefore => ("substring-before", as_text),
        F::Translate => ("translate", as_text),
        F::NormalizeSpace => ("normalize-space", as_text),
        F::StringLength => ("string-length", as_text),
        F::Substring => ("substring", |argument| {
            as_text(argument) || kind(argument) == Kind::Number
        }),
        // What is no number is NaN in 1.0, and other texts are numbers.
        F::Number => return differs("the function `number`"),
        F::Sum => return differs("the function `sum`"),
        // Of decimals, which 2.0 has besides.
        F::Floor => return differs("the function `floor`"),
        F::Ceiling => return differs("the function `ceiling`"),
        F::Round => return differs("the function `round`"),
        F::Lang => return differs("the function `lang`"),
    };
    match arguments.iter().all(taken) {
        true => Ok(()),
        false => differs(format!(
            "the function `{name}` of something else than text or a single node"
        )),
    }
}

/// The kind of an expression's value.
fn kind(expression: &Expression) -> Kind {
    match expression {
        Expression::Or(_) | Expression::And(_) | Expression::Compare(..) => Kind::Boolean,
        Expression::Calculate(..) | Expression::Negate(_) | Expression::Number(_) => Kind::Number,
        Expression::Union(_) | Expression::Path(..) => Kind::Nodes,
        Expression::Text(_) => Kind::Text,
        Expression::Call(function, _) => gives(*function),
    }
}

fn as_text(argument: &Expression) -> bool {
    kind(argument) == Kind::Text || only_node(argument)
}

/// Whether an expression selects one node at most, in every document.
fn only_node(expression: &Expression) -> bool {
    let Expression::Path(Start::Document | Start::Context, steps) = expression else {
        return false;
    };
    steps
        .iter()
        .all(|LocationStep { axis, test, .. }| match axis {
            XPathAxis::Itself | XPathAxis::Parent => true,
            XPathAxis::Attribute => matches!(test, NodeTest::Name { .. }),
            _ => false,
        })
}

fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Nodes => "nodes",
        Kind::Boolean => "a boolean",
        Kind::Number => "a number",
        Kind::Text => "text",
    }
}

fn written(comparison: XPathComparison) -> &'static str {
    match comparison {
        XPathComparison::Equal => "=",
        XPathComparison::Unequal => "!=",
        XPathComparison::Less => "<",
        XPathComparison::LessOrEqual => "<=",
        XPathComparison::Greater => ">",
        XPathComparison::GreaterOrEqual => ">=",
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "-",
        Operator::Multiply => "*",
        Operator::Divide => "div",
        Operator::Modulo => "mod",
    }
}
