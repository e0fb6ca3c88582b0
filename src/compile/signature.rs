//! Whether a function takes the arguments it is given, and how to say that it does not.

use crate::function::{Function, Signature, Type};

/// Whether a function takes arguments of these types, or what it takes instead.
pub(super) fn check(function: &Function, arguments: &[Type]) -> Result<(), String> {
    let name = last_part(function.id());
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
        return Err(format!(
            "function `{name}` takes {least}{} argument{plural}, found {}",
            parameters.len(),
            arguments.len()
        ));
    }
    let expected = parameters.iter().chain(repeated.iter().cycle());
    for (i, (expected, found)) in expected.zip(arguments).enumerate() {
        if expected == found {
            continue;
        }
        let hint = match (expected, found) {
            (Type::One(one), Type::Bag(bag)) if one == bag => {
                format!(
                    "; `{}-one-and-only` gives the value of a bag of one",
                    one.short_name()
                )
            }
            (Type::Bag(bag), Type::One(one)) if one == bag => {
                format!("; `{}-bag` makes a bag of values", one.short_name())
            }
            _ => String::new(),
        };
        return Err(format!(
            "function `{name}` takes {}, but argument {} is {}{hint}",
            with_article(*expected),
            i + 1,
            with_article(*found)
        ));
    }
    Ok(())
}

/// `a string`, `an integer`.
pub(super) fn with_article(gives: Type) -> String {
    let text = gives.to_string();
    let article = if text.starts_with(['a', 'i']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {text}")
}

/// The function's name in its URN.
pub(super) fn last_part(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}
