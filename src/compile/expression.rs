//! Expressions and their leaves → typed, compiled expressions (§7.4).

use std::sync::Arc;

use super::Compiler;
use super::variable::Variables;
use super::vocabulary::Named;
use crate::error::Offset;
use crate::function::Type;
use crate::program::{AttributeBag, BagOf, Condition, Expression, Term};
use crate::syntax::{self, AttributeDesignator, AttributeValue};
use crate::value::{DataType, ExtensionDataType, Value, XPathExpression};
use crate::xml;

/// An expression with its type and its height.
pub(super) struct TypedExpression {
    pub(super) expression: Expression,
    pub(super) gives: Type,
    /// `Apply` elements nested in one another, through variables.
    pub(super) height: usize,
    /// Variables met one inside the definition of the other.
    pub(super) variables: usize,
}

impl TypedExpression {
    pub(super) fn leaf(expression: impl Into<Expression>, gives: Type) -> Self {
        Self {
            expression: expression.into(),
            gives,
            height: 0,
            variables: 0,
        }
    }
}

impl<'a> Compiler<'a> {
    /// Any expression, `depth` `Apply` elements down.
    pub(super) fn expression(
        &mut self,
        variables: &mut Variables<'a>,
        expression: &'a syntax::Expression,
        depth: usize,
    ) -> Option<TypedExpression> {
        match expression {
            syntax::Expression::Apply(apply) => self.apply(variables, apply, depth),
            syntax::Expression::Value(value) => {
                let value = self.literal(value)?;
                let gives = Type::One(value.data_type());
                Some(TypedExpression::leaf(Term::Literal(value), gives))
            }
            syntax::Expression::Designator(designator) => {
                let (bag, data_type) = self.designator(designator)?;
                let bag = BagOf::Attribute(bag);
                Some(TypedExpression::leaf(bag, Type::Bag(data_type)))
            }
            syntax::Expression::Selector(selector) => {
                let (bag, data_type) = self.selector(selector)?;
                Some(TypedExpression::leaf(bag, Type::Bag(data_type)))
            }
            syntax::Expression::Function(function) => {
                self.problem(
                    function.offset,
                    "a Function may only be the first argument of a function that takes one, such \
                     as any-of or map",
                );
                None
            }
            syntax::Expression::Variable(reference) => {
                self.variable(variables, &reference.id, reference.offset, depth)
            }
            syntax::Expression::Quantified(quantified) => {
                self.quantified(variables, quantified, depth)
            }
        }
    }

    /// The term, condition or bag that an expression is whose type was checked. None, the one case in
    /// which the expression is something else than its type says, is a fault of this library: it is
    /// reported, so that no such policy decides.
    pub(super) fn shaped<T>(&mut self, inside: Option<T>, at: Offset) -> Option<T> {
        if inside.is_none() {
            let message =
                "internal error: the expression is not of the type it was checked to have";
            self.problem(at, message);
        }
        inside
    }

    /// A literal, read as a value of its data type.
    pub(super) fn literal(&mut self, value: &'a AttributeValue) -> Option<Value> {
        let data_type = self.data_type(&value.data_type, value.offset)?;
        if data_type == DataType::String {
            // Any text is one; most were met before.
            return Some(Value::String(self.text(&value.text)));
        }
        if let DataType::Extension(extension) = data_type {
            return self.literal_of(value, extension);
        }
        if let (DataType::Entity, Some(entity)) = (data_type, &value.entity) {
            return self.entity(value.offset, entity);
        }
        match (Value::parse(data_type, &value.text), data_type) {
            (Ok(Value::XPathExpression(expression)), _) => {
                let Some(category) = &value.xpath_category else {
                    self.problem(
                        value.offset,
                        "an xpathExpression must have an `XPathCategory`",
                    );
                    return None;
                };
                Some(Value::XPathExpression(Arc::new(XPathExpression {
                    text: expression.text.clone(),
                    category: self.text(category),
                    namespaces: value.namespaces.clone().into(),
                })))
            }
            (Ok(Value::AnyUri(text)), _) => Some(Value::AnyUri(self.text(&text))),
            (Ok(value), _) => Some(value),
            (Err(error), _) => {
                self.problem_inside(value.offset, error.to_string());
                None
            }
        }
    }

    /// A literal of a data type of the host.
    fn literal_of(
        &mut self,
        value: &'a AttributeValue,
        extension: ExtensionDataType,
    ) -> Option<Value> {
        let mut others = value.other_attributes.iter().map(|other| &other.namespace);
        let said = others.any(|other| other.as_deref().is_none_or(|uri| !xml::says_nothing(uri)));
        let read = match &value.element {
            _ if said || value.xpath_category.is_some() => {
                Err("of its XML attributes a value of this data type has no use for all")
            }
            Some(element) if extension.is_xml() => Ok(element),
            None if !extension.is_xml() => Ok(&value.text),
            Some(_) => Err("a value of this data type is a text, found an element"),
            None => Err("a value of this data type is an XML element, found text"),
        };
        let read = read.map_err(str::to_owned).and_then(|text| {
            Value::parse(DataType::Extension(extension), text).map_err(|error| error.to_string())
        });
        match read {
            Ok(value) => Some(value),
            Err(message) => {
                self.problem_inside(value.offset, message);
                None
            }
        }
    }

    pub(super) fn designator(
        &mut self,
        designator: &'a AttributeDesignator,
    ) -> Option<(AttributeBag, DataType)> {
        let data_type = self.data_type(&designator.data_type, designator.offset)?;
        let named = Named {
            category: &designator.category,
            id: &designator.id,
            data_type,
            issuer: designator.issuer.as_deref(),
        };
        let bag = AttributeBag {
            slot: self.slot(&named),
            must_be_present: designator.must_be_present,
        };
        Some((bag, data_type))
    }

    pub(super) fn data_type(&mut self, uri: &str, element: Offset) -> Option<DataType> {
        let known = self.options.data_types.from_uri(uri);
        if known.is_none() {
            let message = self.unknown_data_type(uri);
            self.problem_with(element, "DataType", message);
        }
        known
    }

    /// The message about an unknown data type. An identifier that resembles no known one is most
    /// likely a data type of the host that was not added.
    pub(super) fn unknown_data_type(&self, uri: &str) -> String {
        let mut message = self.options.data_types.unknown(uri);
        if !message.ends_with('?') {
            message += "; one of the host is added with `PdpBuilder::data_type`";
        }
        message
    }
}

/// Joins the parts; a single part is returned as it is.
pub(super) fn single_or(
    mut parts: Vec<Condition>,
    join: fn(Box<[Condition]>) -> Condition,
) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts.into()),
    }
}
