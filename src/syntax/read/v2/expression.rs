//! Expressions and obligations of XACML 2.0 and 1.x → those of 3.0 (2.0 §5.31 to §5.46).

use std::borrow::Cow;

use super::super::expression::{
    attribute_value, function, only, some, variable_reference, variable_with,
};
use super::super::*;
use super::path::{ReadPath, within_content};
use super::{FUNCTION_1, FUNCTION_3, data_type, function_id, known_function};
use crate::attribute::category;
use crate::xml::{CONTEXT_1, CONTEXT_2};

pub(super) fn variable<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<VariableDefinition> {
    variable_with(xml, element, only_expression)
}

/// Reads a `Condition` (2.0 §5.30). In 1.x it is an `Apply` by another name.
pub(super) fn condition<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<Expression> {
    if xml.is_version_1() {
        return Some(Expression::Apply(apply(xml, element)));
    }
    xml.attributes(element, &[]);
    only_expression(xml, element)
}

/// The last is not in 1.x.
const EXPRESSIONS: [Particle; 9] = [
    many(0, "Apply"),
    many(0, "SubjectAttributeDesignator"),
    many(0, "ResourceAttributeDesignator"),
    many(0, "ActionAttributeDesignator"),
    many(0, "EnvironmentAttributeDesignator"),
    many(0, "AttributeSelector"),
    many(0, "AttributeValue"),
    many(0, "Function"),
    many(0, "VariableReference"),
];

fn expressions(xml: &Xml<'_>) -> &'static [Particle] {
    match xml.is_version_1() {
        true => &EXPRESSIONS[..8],
        false => &EXPRESSIONS,
    }
}

fn only_expression<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<Expression> {
    only(xml, element, &EXPRESSIONS, expression)
}

/// Reads an expression; `None` after a problem with a part that has no counterpart.
fn expression<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<Expression> {
    Some(match element.name {
        "Apply" => Expression::Apply(apply(xml, element)),
        "AttributeSelector" => Expression::Selector(selector(xml, element)?),
        "AttributeValue" => Expression::Value(attribute_value(xml, element)),
        "Function" => Expression::Function(function_name(xml, element)),
        "VariableReference" => Expression::Variable(variable_reference(xml, element)),
        _ => Expression::Designator(designator(xml, element)),
    })
}

fn apply<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Apply {
    xml.attributes(element, &["FunctionId"]);
    let id = xml.uri(element, "FunctionId");
    known_function(xml, element, "FunctionId", &id);
    let of_paths = path_function(&id);
    let mut apply = Apply {
        function: match of_paths {
            Some(name) => format!("{FUNCTION_3}{name}"),
            None => function_id(&id, xml.is_version_1()).into_owned(),
        },
        description: None,
        arguments: Vec::new(),
        offset: element.offset,
    };
    let mut is_first = true;
    xml.children(element, expressions(xml), |xml, child| {
        let encloses = of_paths == Some("xpath-node-match") && is_first;
        is_first = false;
        apply.arguments.extend(match of_paths {
            None => expression(xml, &child),
            Some(_) => path_value(xml, &child, encloses).map(Expression::Value),
        });
    });
    apply
}

fn function_name<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> FunctionName {
    let function = function(xml, element);
    if path_function(&function.id).is_some() {
        let message = format!(
            "`{}` has no counterpart as an argument: its paths begin at the request, and those of \
             XACML 3.0 within the `Content` of a category",
            function.id
        );
        xml.problem_with(element, "FunctionId", message);
    }
    known_function(xml, element, "FunctionId", &function.id);
    FunctionName {
        id: function_id(&function.id, xml.is_version_1()).into_owned(),
        ..function
    }
}

/// The name of a function that takes paths as strings (2.0 A.3.15); none for other functions.
fn path_function(id: &str) -> Option<&'static str> {
    let name = id.strip_prefix(FUNCTION_1)?;
    ["xpath-node-count", "xpath-node-equal", "xpath-node-match"]
        .into_iter()
        .find(|known| *known == name)
}

/// Reads a string that is a path, as a value of the data type that paths have in 3.0 (3.0 A.3.15).
/// A string that is no literal is a problem, for its path is not known.
///
/// `encloses` marks a path whose nodes matter only for those inside them: the request and its
/// document enclose all of the content, as the document in `Content` does.
fn path_value<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    encloses: bool,
) -> Option<AttributeValue> {
    if element.name != "AttributeValue" {
        let message = format!(
            "a path that `{}` gives has no counterpart; only one written as an `AttributeValue` \
             can be translated",
            element.name
        );
        xml.problem(element.offset, message);
        xml.skip(element);
        return None;
    }
    // Asked for before the text is read: they are those of the start tag given last.
    let namespaces = xml.namespaces();
    let value = attribute_value(xml, element);
    if value.data_type != DataType::String.uri() {
        // The compiler says that it is of the wrong type.
        return Some(value);
    }
    let path = match xml::trim(&value.text) {
        "/" | "." if encloses => Ok(ReadPath {
            text: "/".to_owned(),
            namespaces: Vec::new(),
        }),
        _ => within_content(&value.text, namespaces, context(xml)),
    };
    match path {
        Ok(ReadPath { text, namespaces }) => Some(AttributeValue {
            data_type: DataType::XPathExpression.uri().to_owned(),
            text,
            xpath_category: Some(category::RESOURCE.to_owned()),
            namespaces,
            ..value
        }),
        Err(message) => {
            xml.problem(element.offset, message);
            None
        }
    }
}

/// The namespace of the requests that paths lead through.
fn context(xml: &Xml<'_>) -> &'static str {
    match xml.is_version_1() {
        true => CONTEXT_1,
        false => CONTEXT_2,
    }
}

/// Reads one of the four designators (2.0 §5.37 to §5.41). The element determines the category, and
/// for subjects `SubjectCategory` does (3.0 B.2).
pub(super) fn designator<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> AttributeDesignator {
    const ALL: [&str; 5] = [
        "SubjectCategory",
        "AttributeId",
        "DataType",
        "Issuer",
        "MustBePresent",
    ];
    let (category, attributes) = match element.name {
        "SubjectAttributeDesignator" => (category::ACCESS_SUBJECT, &ALL[..]),
        "ResourceAttributeDesignator" => (category::RESOURCE, &ALL[1..]),
        "ActionAttributeDesignator" => (category::ACTION, &ALL[1..]),
        _ => (category::ENVIRONMENT, &ALL[1..]),
    };
    xml.attributes(element, attributes);
    let subject = xml::uri_attribute(element, "SubjectCategory")
        .filter(|_| element.name == "SubjectAttributeDesignator");
    let designator = AttributeDesignator {
        category: subject.map_or_else(|| category.to_owned(), Cow::into_owned),
        id: xml.uri(element, "AttributeId").into_owned(),
        data_type: data_type(xml.uri(element, "DataType").into_owned()),
        issuer: xml::attribute(element, "Issuer").map(Cow::into_owned),
        must_be_present: xml.boolean(element, "MustBePresent", false),
        offset: element.offset,
    };
    xml.empty(element);
    designator
}

/// Reads an `AttributeSelector` (2.0 §5.42), whose path begins at the request. `None` after a
/// problem if it leads elsewhere than into the resource's content.
pub(super) fn selector<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<AttributeSelector> {
    xml.attributes(
        element,
        &["RequestContextPath", "DataType", "MustBePresent"],
    );
    let given = xml::attribute(element, "RequestContextPath");
    let path = xml.required(element, "RequestContextPath");
    let data_type = data_type(xml.uri(element, "DataType").into_owned());
    let must_be_present = xml.boolean(element, "MustBePresent", false);
    let namespaces = xml.namespaces();
    xml.empty(element);
    given?;
    match within_content(&path, namespaces, context(xml)) {
        Ok(ReadPath { text, namespaces }) => Some(AttributeSelector {
            category: category::RESOURCE.to_owned(),
            context_selector: None,
            path: text,
            data_type,
            must_be_present,
            namespaces,
            offset: element.offset,
        }),
        Err(message) => {
            xml.problem_with(element, "RequestContextPath", message);
            None
        }
    }
}

/// Reads `Obligations` (2.0 §5.44 to §5.46), whose assignments are literals.
pub(super) fn obligations<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
) -> Vec<ObligationExpression> {
    xml.attributes(element, &[]);
    let mut all = Vec::new();
    xml.children(element, &[some(0, "Obligation")], |xml, child| {
        xml.within(&child, "ObligationId", |xml| {
            xml.attributes(&child, &["ObligationId", "FulfillOn"]);
            let id = xml.uri(&child, "ObligationId").into_owned();
            let fulfill_on = effect(xml, &child, "FulfillOn");
            let mut assignments = Vec::new();
            xml.children(&child, &[many(0, "AttributeAssignment")], |xml, child| {
                assignments.push(assignment(xml, &child));
            });
            all.extend(fulfill_on.map(|fulfill_on| ObligationExpression {
                id,
                fulfill_on,
                assignments,
                offset: child.offset,
            }));
        });
    });
    all
}

/// An assignment is a value with an `AttributeId`.
fn assignment<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> AttributeAssignmentExpression {
    let id = xml.uri(element, "AttributeId").into_owned();
    let mut value = attribute_value(xml, element);
    value
        .other_attributes
        .retain(|other| other.namespace.is_some() || other.name != "AttributeId");
    AttributeAssignmentExpression {
        id,
        category: None,
        issuer: None,
        expression: Expression::Value(value),
        offset: element.offset,
    }
}
