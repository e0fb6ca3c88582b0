//! Targets (§7.6 and the three tables of §7.7).

use vedtak::syntax::{AllOf, AnyOf, AttributeReference, Match, Target};

use super::datum::{Datum, Operand};
use super::expression::{data_type, designate};
use super::{Failure, World, functions};

/// Whether something applies to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applies {
    Match,
    NoMatch,
    Indeterminate(Failure),
}

/// Table 1.
pub(crate) fn target(world: &World<'_>, target: &Target) -> Applies {
    let values: Vec<Applies> = target
        .any_of
        .iter()
        .map(|part| any_of(world, part))
        .collect();
    if values.contains(&Applies::NoMatch) {
        return Applies::NoMatch;
    }
    first_indeterminate(&values).unwrap_or(Applies::Match)
}

/// Table 2; in 2.0, a section of a target.
pub(super) fn any_of(world: &World<'_>, any_of: &AnyOf) -> Applies {
    let values: Vec<Applies> = any_of
        .all_of
        .iter()
        .map(|part| all_of(world, part))
        .collect();
    if values.contains(&Applies::Match) {
        return Applies::Match;
    }
    first_indeterminate(&values).unwrap_or(Applies::NoMatch)
}

/// Table 3.
fn all_of(world: &World<'_>, all_of: &AllOf) -> Applies {
    let values: Vec<Applies> = all_of
        .matches
        .iter()
        .map(|part| matches(world, part))
        .collect();
    if values.contains(&Applies::NoMatch) {
        return Applies::NoMatch;
    }
    first_indeterminate(&values).unwrap_or(Applies::Match)
}

/// §7.6.
fn matches(world: &World<'_>, written: &Match) -> Applies {
    let AttributeReference::Designator(designator) = &written.attribute else {
        panic!("the generator makes no selectors");
    };
    let bag = match designate(world, designator) {
        Ok(bag) => bag,
        Err(failure) => return Applies::Indeterminate(failure),
    };
    let literal = Datum::parse(data_type(&written.value.data_type), &written.value.text);
    let literal = Operand::One(literal.expect("the generator writes literals well"));
    let mut first_error = None;
    for value in bag {
        let arguments = [literal.clone(), Operand::One(value)];
        match functions::call(&written.function, &arguments, world.zone) {
            Ok(result) if result.as_boolean() => return Applies::Match,
            Ok(_) => {}
            Err(failure) => first_error = first_error.or(Some(failure)),
        }
    }
    first_error.map_or(Applies::NoMatch, Applies::Indeterminate)
}

fn first_indeterminate(values: &[Applies]) -> Option<Applies> {
    let mut values = values.iter().copied();
    values.find(|value| matches!(value, Applies::Indeterminate(_)))
}
