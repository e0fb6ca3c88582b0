//! An expression → the tests of attributes that hold wherever it is true.

use std::collections::HashSet;

use super::together::{Attribute, ComparedLiteral, Stated, ValueRelation, attribute};
use crate::function::{Call, Meaning, standard};
use crate::syntax::{Apply, Expression};

pub(super) fn is_and(apply: &Apply) -> bool {
    standard(&apply.function).is_some_and(|function| matches!(function.call, Call::And))
}

/// The expressions that are all true where this one is: the arguments of an `and`, however deep.
pub(super) fn conjuncts(expression: &Expression) -> Vec<&Expression> {
    let mut all = Vec::new();
    let mut open = vec![expression];
    while let Some(next) = open.pop() {
        match next {
            Expression::Apply(apply) if is_and(apply) => open.extend(apply.arguments.iter().rev()),
            other => all.push(other),
        }
    }
    all
}

/// The attributes of which one of these expressions takes the only value: it is an error if there
/// are two, so where all are true there is one. Functions that need not evaluate all arguments are
/// passed over.
pub(super) fn taken_alone<'d>(conjuncts: &[&'d Expression]) -> HashSet<Attribute<'d>> {
    let mut attributes = HashSet::new();
    let mut open = conjuncts.to_vec();
    while let Some(next) = open.pop() {
        let Expression::Apply(apply) = next else {
            continue;
        };
        let Some(function) = standard(&apply.function) else {
            continue;
        };
        match (&function.call, &apply.arguments[..]) {
            (Call::And | Call::Or | Call::NOf | Call::AccessPermitted, _) => {}
            (_, [Expression::Designator(designator)])
                if function.meaning == Meaning::OneAndOnly =>
            {
                attributes.insert(attribute(designator));
            }
            (_, arguments) => open.extend(arguments),
        }
    }
    attributes
}

/// The test of an attribute that an expression is, if it is one.
pub(super) fn stated(expression: &Expression) -> Option<Stated<'_>> {
    let Expression::Apply(apply) = expression else {
        return None;
    };
    let function = standard(&apply.function)?;
    let offset = apply.offset;
    let of_bag = |literal, designator| {
        Some(Stated {
            designator,
            relation: ValueRelation::Equal,
            literal: ComparedLiteral::of(literal)?,
            offset,
            is_of_one: false,
        })
    };
    if function.meaning == Meaning::IsIn {
        return match &apply.arguments[..] {
            [
                Expression::Value(literal),
                Expression::Designator(designator),
            ] => of_bag(literal, designator),
            _ => None,
        };
    }
    let relation = ValueRelation::of_function(&apply.function)?;
    let (literal, other, relation) = match &apply.arguments[..] {
        [other, Expression::Value(literal)] => (literal, other, relation),
        [Expression::Value(literal), other] => (literal, other, relation.reversed()),
        _ => return None,
    };
    let Expression::Apply(inner) = other else {
        return None;
    };
    let is_one = standard(&inner.function)?.meaning == Meaning::OneAndOnly;
    match &inner.arguments[..] {
        [Expression::Designator(designator)] if is_one => Some(Stated {
            designator,
            relation,
            literal: ComparedLiteral::of(literal)?,
            offset,
            is_of_one: true,
        }),
        _ => None,
    }
}
