//! XML → targets, conditions, expressions, obligations and advice (§5.6 to §5.9, §5.23 to §5.41).

use super::super::*;
use super::{Xml, content_and_attributes, effect, plain_text, push, v2};
use crate::xml::{self, Element, Particle, many, one, optional};

pub(super) fn target<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Target {
    xml.attributes(element, &[]);
    let mut target = Target {
        any_of: Vec::new(),
        offset: element.offset,
    };
    xml.children(element, &[many(0, "AnyOf")], |xml, child| {
        push(&mut target.any_of, any_of(xml, &child));
    });
    target
}

fn any_of<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> AnyOf {
    xml.attributes(element, &[]);
    let mut any_of = AnyOf {
        all_of: Vec::new(),
        offset: element.offset,
    };
    xml.children(element, &[some(0, "AllOf")], |xml, child| {
        push(&mut any_of.all_of, all_of(xml, &child));
    });
    any_of
}

fn all_of<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> AllOf {
    xml.attributes(element, &[]);
    let mut all_of = AllOf {
        matches: Vec::new(),
        offset: element.offset,
    };
    xml.children(element, &[some(0, "Match")], |xml, child| {
        if let Some(matched) = match_(xml, &child) {
            push(&mut all_of.matches, matched);
        }
    });
    all_of
}

/// One or more.
pub(super) const fn some(rank: u8, name: &'static str) -> Particle {
    many(rank, name).at_least_one()
}

fn match_<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<Match> {
    match_with(xml, element, "AttributeDesignator", |xml, child| {
        Some(match child.name {
            "AttributeSelector" => AttributeReference::Selector(selector(xml, child)),
            _ => AttributeReference::Designator(designator(xml, child)),
        })
    })
}

/// Reads a match whose designator has this name; `read` reads the designator, or the selector in
/// its place.
pub(super) fn match_with<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    designator: &'static str,
    read: impl Fn(&mut Xml<'a>, &Element<'a>) -> Option<AttributeReference>,
) -> Option<Match> {
    xml.attributes(element, &["MatchId"]);
    let function = xml.uri(element, "MatchId").into_owned();
    let mut value = None;
    let mut attribute = None;
    let particles = [
        one(0, "AttributeValue"),
        optional(1, designator),
        optional(1, "AttributeSelector"),
    ];
    let mut found = false;
    let mut second = None;
    let all_known = xml.children(element, &particles, |xml, child| {
        if child.name == "AttributeValue" {
            value = Some(attribute_value(xml, &child));
            return;
        }
        if std::mem::replace(&mut found, true) {
            second = Some(child.offset);
        }
        attribute = read(xml, &child);
    });
    let name = element.name;
    if let Some(second) = second {
        let message = format!("`{name}` compares its value with one attribute only");
        xml.problem(second, message);
    }
    if !found && all_known {
        let message = format!("`{name}` must have one `{designator}` or `AttributeSelector`");
        xml.problem(element.offset, message);
    }
    Some(Match {
        function,
        value: value?,
        attribute: attribute?,
        offset: element.offset,
    })
}

pub(super) fn variable<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<VariableDefinition> {
    variable_with(xml, element, only_expression)
}

/// Reads a `VariableDefinition` whose content `read` reads.
pub(super) fn variable_with<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    read: impl FnOnce(&mut Xml<'a>, &Element<'a>) -> Option<Expression>,
) -> Option<VariableDefinition> {
    xml.within(element, "VariableId", |xml| {
        xml.attributes(element, &["VariableId"]);
        let id = xml.required(element, "VariableId").into_owned();
        Some(VariableDefinition {
            id,
            expression: Box::new(read(xml, element)?),
            offset: element.offset,
        })
    })
}

pub(super) fn condition<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<Expression> {
    xml.attributes(element, &[]);
    only_expression(xml, element)
}

const EXPRESSIONS: [Particle; 10] = [
    many(1, "Apply"),
    many(1, "AttributeDesignator"),
    many(1, "AttributeSelector"),
    many(1, "AttributeValue"),
    many(1, "Function"),
    many(1, "VariableReference"),
    many(1, "ForAny"),
    many(1, "ForAll"),
    many(1, "Map"),
    many(1, "Select"),
];

fn only_expression<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<Expression> {
    only(xml, element, &EXPRESSIONS, |xml, child| {
        expression(xml, child)
    })
}

/// Reads the only child, which is one of `particles`.
pub(super) fn only<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    particles: &[Particle],
    read: impl Fn(&mut Xml<'a>, &Element<'a>) -> Option<Expression>,
) -> Option<Expression> {
    let mut only = None;
    let mut count = 0;
    let mut second = element.offset;
    let all_known = xml.children(element, particles, |xml, child| {
        count += 1;
        if count == 2 {
            second = child.offset;
        }
        only = read(xml, &child);
    });
    if count > 1 || (count == 0 && all_known) {
        let message = format!("`{}` must have one expression, found {count}", element.name);
        xml.problem(second, message);
    }
    only
}

/// An expression; `None` for one that has not the parts it must have.
fn expression<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Option<Expression> {
    let quantifier = Quantifier::ALL
        .into_iter()
        .find(|quantifier| quantifier.as_str() == element.name);
    if let Some(quantifier) = quantifier {
        return quantified(xml, element, quantifier).map(Expression::Quantified);
    }
    Some(match element.name {
        "Apply" => Expression::Apply(apply(xml, element)),
        "AttributeDesignator" => Expression::Designator(designator(xml, element)),
        "AttributeSelector" => Expression::Selector(selector(xml, element)),
        "AttributeValue" => Expression::Value(attribute_value(xml, element)),
        "Function" => Expression::Function(function(xml, element)),
        _ => Expression::Variable(variable_reference(xml, element)),
    })
}

fn quantified<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
    quantifier: Quantifier,
) -> Option<Quantified> {
    xml.attributes(element, &["VariableId"]);
    let variable = xml.required(element, "VariableId").into_owned();
    let mut parts = Vec::new();
    let (mut count, mut third) = (0, element.offset);
    let all_known = xml.children(element, &EXPRESSIONS, |xml, child| {
        count += 1;
        if count == 3 {
            third = child.offset;
        }
        parts.push(expression(xml, &child));
    });
    if count > 2 || (count < 2 && all_known) {
        let message = format!(
            "`{}` must have two expressions, the bag and what is asked of its values, found {count}",
            element.name
        );
        xml.problem(third, message);
    }
    let mut parts = parts.into_iter();
    Some(Quantified {
        quantifier,
        variable,
        domain: Box::new(parts.next()??),
        iterant: Box::new(parts.next()??),
        offset: element.offset,
    })
}

pub(super) fn function<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> FunctionName {
    xml.attributes(element, &["FunctionId"]);
    let id = xml.uri(element, "FunctionId").into_owned();
    xml.empty(element);
    FunctionName {
        id,
        offset: element.offset,
    }
}

pub(super) fn variable_reference<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
) -> VariableReference {
    xml.attributes(element, &["VariableId"]);
    let id = xml.required(element, "VariableId").into_owned();
    xml.empty(element);
    VariableReference {
        id,
        offset: element.offset,
    }
}

fn apply<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Apply {
    let [a, b, c, d, e, f, g, h, i, j] = EXPRESSIONS;
    let particles = [optional(0, "Description"), a, b, c, d, e, f, g, h, i, j];
    xml.attributes(element, &["FunctionId"]);
    let mut apply = Apply {
        function: xml.uri(element, "FunctionId").into_owned(),
        description: None,
        arguments: Vec::new(),
        offset: element.offset,
    };
    xml.children(element, &particles, |xml, child| match child.name {
        "Description" => apply.description = Some(plain_text(xml, &child)),
        _ => {
            if let Some(argument) = expression(xml, &child) {
                push(&mut apply.arguments, argument);
            }
        }
    });
    apply
}

fn designator<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> AttributeDesignator {
    xml.attributes(
        element,
        &[
            "Category",
            "AttributeId",
            "DataType",
            "Issuer",
            "MustBePresent",
        ],
    );
    let designator = AttributeDesignator {
        category: xml.uri(element, "Category").into_owned(),
        id: xml.uri(element, "AttributeId").into_owned(),
        data_type: xml.uri(element, "DataType").into_owned(),
        issuer: xml::attribute(element, "Issuer").map(|issuer| issuer.into_owned()),
        must_be_present: xml.boolean(element, "MustBePresent", true),
        offset: element.offset,
    };
    xml.empty(element);
    designator
}

fn selector<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> AttributeSelector {
    xml.attributes(
        element,
        &[
            "Category",
            "ContextSelectorId",
            "Path",
            "DataType",
            "MustBePresent",
        ],
    );
    let selector = AttributeSelector {
        category: xml.uri(element, "Category").into_owned(),
        context_selector: xml::uri_attribute(element, "ContextSelectorId")
            .map(|id| id.into_owned()),
        path: xml.required(element, "Path").into_owned(),
        data_type: xml.uri(element, "DataType").into_owned(),
        must_be_present: xml.boolean(element, "MustBePresent", true),
        namespaces: xml.namespaces(),
        offset: element.offset,
    };
    xml.empty(element);
    selector
}

pub(super) fn attribute_value<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> AttributeValue {
    let mut data_type = xml.uri(element, "DataType").into_owned();
    if xml.is_version_2() {
        data_type = v2::data_type(data_type);
    }
    let is_xpath = data_type == DataType::XPathExpression.uri();
    let xpath_category = xml::uri_attribute(element, "XPathCategory").map(|id| id.into_owned());
    // §5.31: unlike everywhere else, the schema allows any attribute here.
    let known = |a: &xml::Attribute<'_>| {
        a.namespace.is_none() && matches!(a.name, "DataType" | "XPathCategory")
    };
    let other_attributes = element
        .attributes
        .iter()
        .filter(|attribute| !known(attribute))
        .map(|attribute| OtherAttribute {
            namespace: attribute.namespace.as_deref().map(str::to_owned),
            name: attribute.name.to_owned(),
            value: attribute.value.clone().into_owned(),
        })
        .collect();
    // The deprecated functions (10.2.9) take XPath expressions as strings.
    let namespaces = if is_xpath || xpath_category.is_some() {
        xml.namespaces()
    } else {
        Vec::new()
    };
    let is_entity = data_type == DataType::Entity.uri() && !xml.is_version_2();
    let (mut inside, mut of_entity) = (None, None);
    let text = match DataType::from_uri(&data_type) {
        Some(_) if is_entity => {
            of_entity = Some(Box::new(entity(xml, element)));
            String::new()
        }
        Some(_) => xml.text(element).into_owned(),
        None => {
            let (text, only) = xml.text_or_element(element);
            inside = only;
            text
        }
    };
    AttributeValue {
        data_type,
        text,
        element: inside,
        entity: of_entity,
        xpath_category,
        other_attributes,
        namespaces,
        offset: element.offset,
    }
}

fn entity<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Entity {
    let (content, attributes) = content_and_attributes(xml, element, some(0, "AttributeValue"));
    Entity {
        content,
        attributes,
    }
}

pub(super) fn obligation_expressions<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
) -> Vec<ObligationExpression> {
    xml.attributes(element, &[]);
    let mut all = Vec::new();
    xml.children(element, &[some(0, "ObligationExpression")], |xml, child| {
        xml.within(&child, "ObligationId", |xml| {
            xml.attributes(&child, &["ObligationId", "FulfillOn"]);
            let id = xml.uri(&child, "ObligationId").into_owned();
            let fulfill_on = effect(xml, &child, "FulfillOn");
            let assignments = assignments(xml, &child);
            if let Some(fulfill_on) = fulfill_on {
                let one = ObligationExpression {
                    id,
                    fulfill_on,
                    assignments,
                    offset: child.offset,
                };
                push(&mut all, one);
            }
        });
    });
    all
}

pub(super) fn advice_expressions<'a>(
    xml: &mut Xml<'a>,
    element: &Element<'a>,
) -> Vec<AdviceExpression> {
    xml.attributes(element, &[]);
    let mut all = Vec::new();
    xml.children(element, &[some(0, "AdviceExpression")], |xml, child| {
        xml.within(&child, "AdviceId", |xml| {
            xml.attributes(&child, &["AdviceId", "AppliesTo"]);
            let id = xml.uri(&child, "AdviceId").into_owned();
            let applies_to = effect(xml, &child, "AppliesTo");
            let assignments = assignments(xml, &child);
            if let Some(applies_to) = applies_to {
                let one = AdviceExpression {
                    id,
                    applies_to,
                    assignments,
                    offset: child.offset,
                };
                push(&mut all, one);
            }
        });
    });
    all
}

fn assignments<'a>(xml: &mut Xml<'a>, element: &Element<'a>) -> Vec<AttributeAssignmentExpression> {
    let mut all = Vec::new();
    let particles = [many(0, "AttributeAssignmentExpression")];
    xml.children(element, &particles, |xml, child| {
        xml.attributes(&child, &["AttributeId", "Category", "Issuer"]);
        let id = xml.uri(&child, "AttributeId").into_owned();
        let category = xml::uri_attribute(&child, "Category").map(|id| id.into_owned());
        let issuer = xml::attribute(&child, "Issuer").map(|id| id.into_owned());
        if let Some(expression) = only_expression(xml, &child) {
            let one = AttributeAssignmentExpression {
                id,
                category,
                issuer,
                expression,
                offset: child.offset,
            };
            push(&mut all, one);
        }
    });
    all
}
