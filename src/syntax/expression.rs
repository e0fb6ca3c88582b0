//! Expressions (§5.25 to §5.31) as a document has them.

use std::sync::Arc;

use super::{IssuerAttribute, Offset};

/// An expression (§5.25): a function applied to others, an attribute, a literal or a variable.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expression {
    /// `Apply`.
    Apply(Apply),
    /// `AttributeDesignator`.
    Designator(AttributeDesignator),
    /// `AttributeSelector`.
    Selector(AttributeSelector),
    /// `AttributeValue`.
    Value(AttributeValue),
    /// `Function`: only as an argument of a higher-order function.
    Function(FunctionName),
    /// `VariableReference`.
    Variable(VariableReference),
    /// `ForAny`, `ForAll`, `Map` or `Select`.
    Quantified(Quantified),
}

impl Expression {
    /// The offset of its start tag; 0 in a tree built by hand.
    pub fn offset(&self) -> Offset {
        match self {
            Self::Apply(apply) => apply.offset,
            Self::Designator(designator) => designator.offset,
            Self::Selector(selector) => selector.offset,
            Self::Value(value) => value.offset,
            Self::Function(function) => function.offset,
            Self::Variable(variable) => variable.offset,
            Self::Quantified(quantified) => quantified.offset,
        }
    }
}

/// `Apply` (§5.27): a function applied to arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Apply {
    /// `FunctionId`.
    pub function: String,
    /// `Description`.
    pub description: Option<String>,
    /// The arguments, in order.
    pub arguments: Vec<Expression>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `Function` (§5.28): a function named as an argument.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FunctionName {
    /// `FunctionId`.
    pub id: String,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `VariableReference` (§5.26): the value of a `VariableDefinition` of the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VariableReference {
    /// `VariableId`.
    pub id: String,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// A quantified expression (Related and Nested Entities Profile 1.0): something about each value of
/// a bag.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Quantified {
    /// The name of the element.
    pub quantifier: Quantifier,
    /// `VariableId`: the name of the value in the iterant.
    pub variable: String,
    /// The first expression: the bag.
    pub domain: Box<Expression>,
    /// The second expression, which is evaluated for each value.
    pub iterant: Box<Expression>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// The kinds of [`Quantified`] expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// True if the iterant is for some value.
    ForAny,
    /// True if the iterant is for every value.
    ForAll,
    /// The bag of the iterant's values, one for each value of the domain.
    Map,
    /// The bag of the values for which the iterant is true.
    Select,
}

impl Quantifier {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ForAny, Self::ForAll, Self::Map, Self::Select];

    /// The name of the element.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForAny => "ForAny",
            Self::ForAll => "ForAll",
            Self::Map => "Map",
            Self::Select => "Select",
        }
    }
}

/// `AttributeDesignator` (§5.29): the bag of the request's values of one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AttributeDesignator {
    /// `Category`.
    pub category: String,
    /// `AttributeId`.
    pub id: String,
    /// `DataType`.
    pub data_type: String,
    /// `Issuer`; none matches values of any issuer.
    pub issuer: Option<String>,
    /// `MustBePresent`: an empty bag is an error.
    pub must_be_present: bool,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `AttributeSelector` (§5.30): values picked by XPath from the `Content` of a category.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AttributeSelector {
    /// `Category`.
    pub category: String,
    /// `ContextSelectorId`.
    pub context_selector: Option<String>,
    /// `Path`.
    pub path: String,
    /// `DataType`.
    pub data_type: String,
    /// `MustBePresent`: an empty bag is an error.
    pub must_be_present: bool,
    /// The prefixes in scope and their namespaces, the default one left out.
    pub namespaces: Vec<(Arc<str>, Arc<str>)>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// `AttributeValue` (§5.31): a literal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AttributeValue {
    /// `DataType`.
    pub data_type: String,
    /// The text, white space kept; empty for an entity.
    pub text: String,
    /// The XML element it holds instead of text, with all its namespaces declared: only where the
    /// data type is not the standard's.
    pub element: Option<String>,
    /// The entity it holds instead of text if the data type is `entity`.
    pub entity: Option<Box<Entity>>,
    /// `XPathCategory`, which values of type xpathExpression have.
    pub xpath_category: Option<String>,
    /// Attributes the schema lets anyone add here; the standard's data types have no use for them.
    pub other_attributes: Vec<OtherAttribute>,
    /// The prefixes in scope and their namespaces, for values of the data type xpathExpression or
    /// with an `XPathCategory`; empty for others.
    pub namespaces: Vec<(Arc<str>, Arc<str>)>,
    /// The offset of its start tag; 0 in a tree built by hand.
    pub offset: Offset,
}

/// An attribute that the standard does not define.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OtherAttribute {
    /// The namespace of its name, if it has a prefix.
    pub namespace: Option<String>,
    /// The name without its prefix.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The content of an `AttributeValue` of the data type `entity` (Related and Nested Entities
/// Profile 1.0).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entity {
    /// The child of `Content`, as XML that declares its own namespaces.
    pub content: Option<String>,
    /// `Attribute`.
    pub attributes: Vec<IssuerAttribute>,
}
