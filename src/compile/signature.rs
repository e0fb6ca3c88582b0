//! A function and the types of arguments → whether it takes them, or the message that it does not.

use crate::error::last_part;
use crate::function::{Function, Signature, Type};
use crate::value::DataType;

/// The reason why a function does not take its arguments.
pub(super) struct Misfit {
    pub(super) message: String,
    /// The argument to blame, counted from 0; none if one is missing.
    pub(super) argument: Option<usize>,
}

/// Returns why a function does not take arguments of these types: their count, or each argument
/// of another type than the function takes. An argument of no type has a problem of its own, and
/// gets no second one.
pub(super) fn misfits(function: &Function, arguments: &[Option<Type>]) -> Vec<Misfit> {
    let name = || last_part(function.id());
    let Signature {
        parameters,
        repeated,
        ..
    } = &function.signature;
    let fits = match repeated {
        Some(_) => arguments.len() >= parameters.len(),
        None => arguments.len() == parameters.len(),
    };
    if !fits {
        let least = if repeated.is_some() { "at least " } else { "" };
        let plural = if parameters.len() == 1 { "" } else { "s" };
        let (takes, found) = (parameters.len(), arguments.len());
        return vec![Misfit {
            message: format!(
                "function `{}` takes {least}{takes} argument{plural}, found {found}",
                name()
            ),
            argument: (found > takes).then_some(takes),
        }];
    }
    let expected = parameters.iter().chain(repeated.iter().cycle());
    let mut misfits = Vec::new();
    for (i, (expected, found)) in expected.zip(arguments).enumerate() {
        let Some(found) = found.filter(|found| found != expected) else {
            continue;
        };
        let hint = hint(*expected, found);
        let (expected, found) = (with_article(*expected), with_article(found));
        misfits.push(Misfit {
            message: format!(
                "function `{}` takes {expected}, but argument {} is {found}{hint}",
                name(),
                i + 1
            ),
            argument: Some(i),
        });
    }
    misfits
}

/// The end of a message on a value in the place of a bag of its type, or the other way round: the
/// function that makes the one of the other.
pub(super) fn hint(expected: Type, found: Type) -> String {
    let of = found.data_type();
    let (name, does) = match (expected, found) {
        _ if expected.data_type() != of => return String::new(),
        (Type::One(_), Type::Bag(_)) => (
            "one-and-only",
            "gives the value of a bag that has exactly one",
        ),
        (Type::Bag(_), Type::One(_)) => ("bag", "makes a bag of values"),
        _ => return String::new(),
    };
    match of {
        // There are none for XPath expressions, and those of the host are called as it likes.
        DataType::XPathExpression | DataType::Extension(_) => String::new(),
        of => format!("; `{}-{name}` {does}", of.short_name()),
    }
}

/// `a string`, `an integer`.
pub(super) fn with_article(gives: Type) -> String {
    let text = gives.to_string();
    let article = if text.starts_with(['a', 'e', 'i', 'o', 'x']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{standard, standard_ids};

    /// A hint names a function of the standard that takes the given arguments and returns the
    /// expected type.
    #[test]
    fn a_hint_names_a_function_that_is_there() {
        for of in DataType::ALL.iter().copied() {
            for (expected, found) in [
                (Type::One(of), Type::Bag(of)),
                (Type::Bag(of), Type::One(of)),
            ] {
                let hint = hint(expected, found);
                let Some(name) = hint.split('`').nth(1) else {
                    assert_eq!(of, DataType::XPathExpression);
                    continue;
                };
                let mut ids = standard_ids().filter(|id| last_part(id) == name);
                let function = ids.next().and_then(standard).expect("is there");
                assert_eq!(function.signature.returns, expected);
                assert!(misfits(function, &[Some(found)]).is_empty());
            }
        }
    }
}
