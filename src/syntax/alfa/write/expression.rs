//! Expressions and matches → text.

use std::cmp::Ordering;

use super::*;
use crate::error::last_part;
use crate::function::{Type, id, standard};
use crate::syntax::alfa::names::{
    Operator, inverse_symbol, operator_between, operator_of, standard_name,
};
use crate::syntax::alfa::parse::expression::strength;
use crate::value::DataType;

impl<'d> Printer<'d> {
    /// The text of an expression; none after a problem.
    pub(super) fn expression(&mut self, expression: &'d Expression) -> Option<String> {
        let mut out = String::new();
        self.write(&mut out, expression, DEEPEST)?;
        Some(out)
    }

    /// Writes an expression, with its own place for problems.
    fn write(&mut self, out: &mut String, expression: &'d Expression, depth: usize) -> Option<()> {
        let at = expression.offset();
        self.at(at, |printer| printer.write_part(out, expression, depth))
    }

    /// Writes an expression that may be nested so deep. All problems of its parts are reported.
    fn write_part(
        &mut self,
        out: &mut String,
        expression: &'d Expression,
        depth: usize,
    ) -> Option<()> {
        match expression {
            Expression::Apply(apply) => {
                if depth == 0 {
                    self.cannot("expressions nested so deep");
                    return None;
                }
                return self.apply_function(out, apply, depth - 1);
            }
            Expression::Designator(designator) => out.push_str(&self.designator(designator)),
            Expression::Value(value) => out.push_str(&self.literal(value)?),
            Expression::Function(function) => {
                let name = self.declared.named(Sort::Function, &function.id);
                let _ = write!(out, "function[{name}]");
            }
            Expression::Selector(selector) => {
                self.selector(selector);
                return None;
            }
            Expression::Variable(variable) => {
                let id = cut(&variable.id);
                self.cannot(format!("the `VariableReference` `{id}`"));
                return None;
            }
            Expression::Quantified(quantified) => {
                self.cannot(format!("a `{}`", quantified.quantifier.as_str()));
                return None;
            }
        }
        Some(())
    }

    fn apply_function(&mut self, out: &mut String, apply: &'d Apply, depth: usize) -> Option<()> {
        let is_described = apply.description.is_some();
        self.cannot_if(is_described, "the `Description` of an `Apply`");
        let operation = operation(apply);
        let symbol = operation.as_ref().map(|(symbol, _)| *symbol);
        let (open, separator, close) = match symbol {
            Some(symbol) => (String::new(), format!(" {symbol} "), ""),
            None => {
                let name = self.declared.named(Sort::Function, &apply.function);
                (format!("{name}("), ", ".to_owned(), ")")
            }
        };
        out.push_str(&open);
        let mut is_whole = !is_described;
        let arguments = operation.map(|(_, sides)| sides);
        let arguments = arguments.unwrap_or_else(|| apply.arguments.iter().collect());
        for (at, argument) in arguments.into_iter().enumerate() {
            if at > 0 {
                out.push_str(&separator);
            }
            let inner = match argument {
                Expression::Apply(apply) => self::operation(apply).map(|(symbol, _)| symbol),
                _ => None,
            };
            let is_inner = symbol
                .zip(inner)
                .is_some_and(|(outer, inner)| has_parentheses(outer, inner, at == 0));
            if is_inner {
                out.push('(');
            }
            is_whole &= self.write(out, argument, depth).is_some();
            if is_inner {
                out.push(')');
            }
        }
        out.push_str(close);
        is_whole.then_some(())
    }

    fn designator(&mut self, designator: &'d AttributeDesignator) -> String {
        let category = Some(&*designator.category);
        let mut text = self
            .declared
            .attribute(category, &designator.id, &designator.data_type);
        let issuer = designator
            .issuer
            .as_deref()
            .map(|issuer| format!("issuer={}", quoted(issuer)));
        let present = designator
            .must_be_present
            .then(|| "mustbepresent".to_owned());
        let options: Vec<String> = present.into_iter().chain(issuer).collect();
        if !options.is_empty() {
            let _ = write!(text, "[{}]", options.join(" "));
        }
        text
    }

    fn selector(&mut self, selector: &AttributeSelector) {
        let what = format!("the `AttributeSelector` `{}`", cut(&selector.path));
        self.at(selector.offset, |printer| printer.cannot(what));
    }

    fn literal(&mut self, value: &'d AttributeValue) -> Option<String> {
        let AttributeValue {
            data_type,
            text,
            element,
            entity,
            xpath_category,
            other_attributes,
            namespaces,
            offset,
        } = value;
        let what = match () {
            () if element.is_some() => "an `AttributeValue` that holds an element",
            () if entity.is_some() => "an `AttributeValue` that is an entity",
            () if xpath_category.is_some() => "an `AttributeValue` with an `XPathCategory`",
            () if !namespaces.is_empty() => "an `AttributeValue` that is an XPath expression",
            () if !other_attributes.is_empty() => "an `AttributeValue` with further attributes",
            () => "",
        };
        if !what.is_empty() {
            self.at(*offset, |printer| printer.cannot(what));
            return None;
        }
        let is_plain = match DataType::from_uri(data_type).filter(|of| of.uri() == data_type) {
            Some(DataType::String) => return Some(quoted(text)),
            Some(DataType::Boolean) => text == "true" || text == "false",
            Some(DataType::Integer) => is_digits(text.strip_prefix('-').unwrap_or(text)),
            Some(DataType::Double) => {
                let text = text.strip_prefix('-').unwrap_or(text);
                text.split_once('.')
                    .is_some_and(|(whole, part)| is_digits(whole) && is_digits(part))
            }
            _ => false,
        };
        Some(match is_plain {
            true => text.clone(),
            false => {
                let name = self.declared.named(Sort::Type, data_type);
                format!("{}:{name}", quoted(text))
            }
        })
    }

    pub(super) fn matching(&mut self, matching: &'d Match) -> Option<String> {
        let value = self.literal(&matching.value);
        let designator = match &matching.attribute {
            AttributeReference::Designator(designator) => designator,
            AttributeReference::Selector(selector) => {
                self.selector(selector);
                return None;
            }
        };
        let attribute = self.designator(designator);
        let value = value?;
        Some(match turned(matching, designator) {
            Some(symbol) => format!("{attribute} {symbol} {value}"),
            None => {
                let name = self.declared.named(Sort::Function, &matching.function);
                format!("{name}({value}, {attribute})")
            }
        })
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The operator between the attribute and the value of a match, in this order.
fn turned(matching: &Match, designator: &AttributeDesignator) -> Option<&'static str> {
    let Operator {
        symbol,
        left,
        right,
        ..
    } = operator_of(&matching.function)?;
    let fits = left == matching.value.data_type && right == designator.data_type;
    let turned = inverse_symbol(symbol).filter(|_| fits)?;
    operator_between(turned, right, left).map(|_| turned)
}

/// The operator that an application is written with and what stands between, if these are of the types
/// by which it is read back.
fn operation(apply: &Apply) -> Option<(&'static str, Vec<&Expression>)> {
    let arguments = &apply.arguments[..];
    match (&*apply.function, arguments) {
        (id::AND, [_, _, ..]) => Some(("&&", arguments.iter().collect())),
        (id::OR, [_, _, ..]) => Some(("||", arguments.iter().collect())),
        // Whether some value of a bag compares so, and the other operators of single values.
        (id::ANY_OF, [Expression::Function(function), one, bag]) => {
            let operator = operator_of(&function.id)?;
            let is = typed(one) == Some((operator.left, false))
                && typed(bag) == Some((operator.right, true));
            let symbol = inverse_symbol(operator.symbol).filter(|_| is)?;
            operator_between(symbol, operator.right, operator.left)?;
            Some((symbol, vec![bag, one]))
        }
        (id::ANY_OF_ANY, [Expression::Function(function), left, right]) => {
            let operator = operator_of(&function.id)?;
            let is = typed(left) == Some((operator.left, true))
                && typed(right) == Some((operator.right, true));
            let compares = inverse_symbol(operator.symbol).is_some();
            (is && compares).then(|| (operator.symbol, vec![left, right]))
        }
        (function, [left, right]) => {
            let operator = operator_of(function)?;
            let is = typed(left) == Some((operator.left, false))
                && typed(right) == Some((operator.right, false));
            is.then(|| (operator.symbol, vec![left, right]))
        }
        _ => None,
    }
}

/// Whether an operator within another is in parentheses, on its left side or not.
fn has_parentheses(outer: &str, inner: &str, is_left: bool) -> bool {
    match strength(inner).cmp(&strength(outer)) {
        Ordering::Less => true,
        Ordering::Greater => false,
        // Several `&&` without parentheses are one function of many arguments.
        Ordering::Equal => !is_left || matches!(outer, "&&" | "||"),
    }
}

/// The type that the reader knows an expression by.
fn typed(expression: &Expression) -> Option<(&str, bool)> {
    match expression {
        Expression::Value(value) => Some((&value.data_type, false)),
        Expression::Designator(designator) => Some((&designator.data_type, true)),
        Expression::Apply(apply) => {
            let function = &*apply.function;
            standard_name(Sort::Function, function)?;
            if ["map", "attribute-designator", "attribute-selector"].contains(&last_part(function))
            {
                return None;
            }
            let returns = standard(function)?.signature.returns;
            Some((returns.data_type().uri(), matches!(returns, Type::Bag(_))))
        }
        _ => None,
    }
}

/// The data type of what an attribute is assigned; that of a text if it is not known.
pub(super) fn data_type(expression: &Expression) -> &str {
    typed(expression).map_or(DataType::String.uri(), |(of, _)| of)
}
