//! The Related and Nested Entities Profile 1.0: entities (§4), what looks into them (§3), and quantified
//! expressions (§5).

use vedtak::request::Attribute;
use vedtak::syntax::{AttributeDesignator, AttributeValue, Offset, Quantified, Quantifier};
use vedtak::value::{DataType, Entity, Value};

use super::datum::{Datum, Operand};
use super::expression::{Local, Scope, data_type, designate, evaluate_in, one_of};
use super::{Failure, World};

/// The value of a literal.
pub(crate) fn literal(written: &AttributeValue) -> Datum {
    match &written.entity {
        None => {
            let value = Datum::parse(data_type(&written.data_type), &written.text);
            value.expect("the generator writes literals well")
        }
        Some(_) => Datum::of(&entity(written)),
    }
}

fn entity(written: &AttributeValue) -> Value {
    let Some(entity) = &written.entity else {
        let data_type = data_type(&written.data_type);
        return Value::parse(data_type, &written.text).expect("a literal is written well");
    };
    let attributes = entity.attributes.iter().map(|attribute| Attribute {
        id: attribute.id.as_str().into(),
        issuer: attribute.issuer.as_deref().map(Into::into),
        include_in_result: attribute.include_in_result,
        values: attribute.values.iter().map(self::entity).collect(),
    });
    let entity = Entity::new(attributes.collect(), None);
    entity.expect("the generator makes small ones").into()
}

/// One evaluation of the iterant for each value of the domain, as long as somebody asks.
pub(crate) fn evaluate(
    world: &World<'_>,
    scope: Scope<'_>,
    written: &Quantified,
) -> Result<Operand, Failure> {
    let domain = evaluate_in(world, scope, &written.domain)?;
    let each = |value: &Datum| {
        let local = Local {
            id: &written.variable,
            value: value.clone(),
            outer: scope.local,
        };
        let variables = scope.variables;
        let local = Some(&local);
        evaluate_in(world, Scope { variables, local }, &written.iterant)
    };
    let values = domain.values().iter();
    match written.quantifier {
        Quantifier::ForAny => one_of(true, values.map(each)),
        Quantifier::ForAll => one_of(false, values.map(each)),
        Quantifier::Map => {
            let mut bag = Vec::new();
            for value in values {
                match each(value)? {
                    Operand::One(value) => bag.push(value),
                    Operand::Bag(_) => panic!("the generator maps to single values"),
                }
            }
            Ok(Operand::Bag(bag))
        }
        Quantifier::Select => {
            let mut bag = Vec::new();
            for value in values {
                if each(value)?.as_boolean() {
                    bag.push(value.clone());
                }
            }
            Ok(Operand::Bag(bag))
        }
    }
}

/// The function that stands for an `AttributeDesignator`, of an entity or of a category.
pub(crate) fn attribute_designator(
    world: &World<'_>,
    arguments: &[Operand],
) -> Result<Operand, Failure> {
    let [
        Operand::One(whose),
        Operand::One(Datum::AnyUri(id)),
        Operand::One(Datum::AnyUri(named)),
        rest @ ..,
    ] = arguments
    else {
        panic!("the generator gave {arguments:?}");
    };
    let must_be_present = rest.first().is_some_and(Operand::as_boolean);
    let issuer = rest.get(1).map(|issuer| match issuer {
        Operand::One(Datum::String(text)) => text.to_string(),
        other => panic!("an issuer is a text, not {other:?}"),
    });
    let bag = match whose {
        Datum::AnyUri(category) => {
            let designator = AttributeDesignator {
                category: category.to_string(),
                id: id.to_string(),
                data_type: named.to_string(),
                issuer,
                must_be_present,
                offset: Offset::default(),
            };
            designate(world, &designator)?
        }
        Datum::Other(Value::Entity(entity)) => {
            let wanted: DataType = data_type(named);
            let mut bag = Vec::new();
            for attribute in entity.attributes() {
                let issued = match &issuer {
                    Some(issuer) => attribute.issuer.as_deref() == Some(issuer),
                    None => true,
                };
                if *attribute.id == **id && issued {
                    let of_type = |value: &&Value| value.data_type() == wanted;
                    bag.extend(attribute.values.iter().filter(of_type).map(Datum::of));
                }
            }
            bag
        }
        other => panic!("the generator gave {other:?}"),
    };
    if bag.is_empty() && must_be_present {
        return Err(Failure::Missing);
    }
    Ok(Operand::Bag(bag))
}
