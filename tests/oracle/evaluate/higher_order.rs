//! The higher-order bag functions (A.3.12), spelled out as the standard does: as `and`s and `or`s
//! of applications.

use vedtak::value::Zone;

use super::Failure;
use super::datum::{Datum, Operand};
use super::expression::one_of;
use super::functions;

/// `form` is the name of the higher-order function, `function` the identifier of its first
/// argument.
pub(crate) fn apply(
    form: &str,
    function: &str,
    arguments: &[Operand],
    zone: Zone,
) -> Result<Operand, Failure> {
    let apply = |values: &[Datum]| {
        let values: Vec<Operand> = values.iter().cloned().map(Operand::One).collect();
        functions::call(function, &values, zone)
    };
    let pair = |a: &Datum, b: &Datum| apply(&[a.clone(), b.clone()]);
    match form {
        // One bag among values is the cross product of that bag with bags of one.
        "any-of" | "any-of-any" => one_of(true, product(arguments).iter().map(|t| apply(t))),
        "all-of" => one_of(false, product(arguments).iter().map(|t| apply(t))),
        "map" => {
            let mut results = Vec::new();
            for tuple in product(arguments) {
                match apply(&tuple)? {
                    Operand::One(value) => results.push(value),
                    Operand::Bag(_) => panic!("map takes functions of one value"),
                }
            }
            Ok(Operand::Bag(results))
        }
        "all-of-any" | "any-of-all" | "all-of-all" => {
            let [first, second] = arguments else {
                panic!("{form} takes two bags");
            };
            let (first, second) = (first.values(), second.values());
            match form {
                "all-of-any" => one_of(
                    false,
                    first
                        .iter()
                        .map(|a| one_of(true, second.iter().map(|b| pair(a, b)))),
                ),
                "any-of-all" => one_of(
                    false,
                    second
                        .iter()
                        .map(|b| one_of(true, first.iter().map(|a| pair(a, b)))),
                ),
                _ => one_of(
                    false,
                    first
                        .iter()
                        .flat_map(|a| second.iter().map(move |b| pair(a, b))),
                ),
            }
        }
        _ => panic!("{form} is no higher-order function"),
    }
}

/// All tuples of one value of each argument, the first argument changing most slowly.
fn product(arguments: &[Operand]) -> Vec<Vec<Datum>> {
    let mut tuples = vec![Vec::new()];
    for argument in arguments {
        let longer = tuples.iter().flat_map(|tuple| {
            argument.values().iter().map(|value| {
                let mut tuple = tuple.clone();
                tuple.push(value.clone());
                tuple
            })
        });
        tuples = longer.collect();
    }
    tuples
}
