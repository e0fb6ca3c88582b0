//! Expressions (§7.3 to §7.8): what stands in conditions, variables and assignments.

use num_bigint::BigInt;
use vedtak::syntax::{Apply, AttributeDesignator, Expression, VariableDefinition};
use vedtak::value::{DataType, Value};

use super::datum::{Datum, Operand};
use super::{Failure, World, functions, higher_order, permitted, quantified};

const ENVIRONMENT: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:environment";
const CURRENT: &str = "urn:oasis:names:tc:xacml:1.0:environment:current-";

/// What names mean where an expression stands.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// The variables of the policy around it.
    pub variables: &'a [&'a VariableDefinition],
    /// What the innermost quantified expression around it is at.
    pub local: Option<&'a Local<'a>>,
}

/// A value of a quantified expression, and those of the ones around it.
pub(crate) struct Local<'a> {
    pub id: &'a str,
    pub value: Datum,
    pub outer: Option<&'a Local<'a>>,
}

/// The value of an expression; `variables` are those of the policy around it.
pub(crate) fn evaluate(
    world: &World<'_>,
    variables: &[&VariableDefinition],
    expression: &Expression,
) -> Result<Operand, Failure> {
    let local = None;
    evaluate_in(world, Scope { variables, local }, expression)
}

pub(crate) fn evaluate_in(
    world: &World<'_>,
    scope: Scope<'_>,
    expression: &Expression,
) -> Result<Operand, Failure> {
    match expression {
        Expression::Value(literal) => Ok(Operand::One(quantified::literal(literal))),
        Expression::Designator(designator) => Ok(Operand::Bag(designate(world, designator)?)),
        Expression::Variable(reference) => {
            let mut local = scope.local;
            while let Some(known) = local {
                if known.id == reference.id {
                    return Ok(Operand::One(known.value.clone()));
                }
                local = known.outer;
            }
            // §7.8: as if the text of the definition stood here.
            let mut named = scope
                .variables
                .iter()
                .filter(|variable| variable.id == reference.id);
            let variable = named.next().expect("the generator defines its variables");
            evaluate(world, scope.variables, &variable.expression)
        }
        Expression::Apply(apply) => application(world, scope, apply),
        Expression::Quantified(written) => quantified::evaluate(world, scope, written),
        Expression::Function(_) | Expression::Selector(_) => {
            panic!("the generator makes neither selectors nor functions here")
        }
    }
}

/// The bag of a designator (§5.29, §7.3.4 to §7.3.6).
pub(crate) fn designate(
    world: &World<'_>,
    designator: &AttributeDesignator,
) -> Result<Vec<Datum>, Failure> {
    let data_type = data_type(&designator.data_type);
    let mut bag = Vec::new();
    for attributes in world.request.categories() {
        if *attributes.category != *designator.category {
            continue;
        }
        // B.8: a value that breaks the syntax; what else the request says of the attribute is no bag.
        let mut unusable = attributes.unusable().iter();
        if unusable.any(|unusable| {
            let issued = designator.issuer.is_none()
                || designator.issuer.as_deref() == unusable.issuer.as_deref();
            *unusable.id == *designator.id && issued
        }) {
            return Err(Failure::Syntax);
        }
        for attribute in &attributes.attributes {
            let issued = match &designator.issuer {
                Some(issuer) => attribute.issuer.as_deref() == Some(issuer),
                None => true,
            };
            if *attribute.id == *designator.id && issued {
                let of_type = |value: &&Value| value.data_type() == data_type;
                bag.extend(attribute.values.iter().filter(of_type).map(Datum::of));
            }
        }
    }
    if bag.is_empty()
        && designator.category == ENVIRONMENT
        && designator.issuer.is_none()
        && let Some(part) = designator.id.strip_prefix(CURRENT)
    {
        match (part, data_type) {
            ("time", DataType::Time) => bag.push(Datum::of(&Value::Time(world.now.time()))),
            ("date", DataType::Date) => bag.push(Datum::of(&Value::Date(world.now.date()))),
            ("dateTime", DataType::DateTime) => bag.push(Datum::of(&Value::DateTime(world.now))),
            _ => {}
        }
    }
    if bag.is_empty() && designator.must_be_present {
        return Err(Failure::Missing);
    }
    Ok(bag)
}

pub(crate) fn data_type(uri: &str) -> DataType {
    DataType::from_uri(uri).expect("the generator knows its data types")
}

fn application(world: &World<'_>, scope: Scope<'_>, apply: &Apply) -> Result<Operand, Failure> {
    let value = |expression: &Expression| evaluate_in(world, scope, expression);
    // The logical functions look at their arguments one by one (A.3.5).
    match functions::name(&apply.function) {
        "or" => return one_of(true, apply.arguments.iter().map(value)),
        "and" => return one_of(false, apply.arguments.iter().map(value)),
        "n-of" => return n_of(world, scope, &apply.arguments),
        _ => {}
    }
    let (function, expressions) = match apply.arguments.split_first() {
        Some((Expression::Function(function), rest)) => (Some(function), rest),
        _ => (None, apply.arguments.as_slice()),
    };
    let mut arguments = Vec::new();
    for expression in expressions {
        arguments.push(value(expression)?);
    }
    match function {
        Some(inner) => {
            let form = functions::name(&apply.function);
            higher_order::apply(form, &inner.id, &arguments, world.zone)
        }
        None if functions::name(&apply.function) == "access-permitted" => {
            permitted::access_permitted(world, &arguments)
        }
        None if functions::name(&apply.function) == "attribute-designator" => {
            quantified::attribute_designator(world, &arguments)
        }
        None => functions::call(&apply.function, &arguments, world.zone),
    }
}

/// `or`, whose `ending` is True, and `and`, whose `ending` is False (A.3.5): the first argument
/// with that value ends it; without one, an error is an error.
pub(crate) fn one_of(
    ending: bool,
    arguments: impl Iterator<Item = Result<Operand, Failure>>,
) -> Result<Operand, Failure> {
    let mut first_error = None;
    for argument in arguments {
        match argument {
            Ok(value) if value.as_boolean() == ending => return Ok(Operand::boolean(ending)),
            Ok(_) => {}
            Err(failure) => first_error = first_error.or(Some(failure)),
        }
    }
    match first_error {
        Some(failure) => Err(failure),
        None => Ok(Operand::boolean(!ending)),
    }
}

/// `n-of` (A.3.5).
fn n_of(world: &World<'_>, scope: Scope<'_>, arguments: &[Expression]) -> Result<Operand, Failure> {
    let (first, rest) = arguments.split_first().expect("n-of takes a number");
    let Operand::One(Datum::Integer(needed)) = evaluate_in(world, scope, first)? else {
        panic!("n-of takes an integer first");
    };
    if needed < BigInt::ZERO || needed > BigInt::from(rest.len()) {
        return Err(Failure::Processing);
    }
    let mut trues = BigInt::ZERO;
    let mut errors = Vec::new();
    for (i, argument) in rest.iter().enumerate() {
        if trues == needed {
            return Ok(Operand::boolean(true));
        }
        // What has failed could have been True: only with it out of reach is the answer False.
        if &trues + errors.len() + (rest.len() - i) < needed {
            return Ok(Operand::boolean(false));
        }
        match evaluate_in(world, scope, argument) {
            Ok(value) => trues += u8::from(value.as_boolean()),
            Err(failure) => errors.push(failure),
        }
    }
    if trues == needed {
        Ok(Operand::boolean(true))
    } else if &trues + errors.len() < needed {
        Ok(Operand::boolean(false))
    } else {
        Err(errors[0])
    }
}
