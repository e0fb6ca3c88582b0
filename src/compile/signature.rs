//! Whether a function takes the arguments it is given, and how to say that it does not.

use crate::function::{Function, Signature, Type};
use crate::value::DataType;

/// Why a function does not take the arguments it is given.
pub(super) struct Misfit {
    pub(super) message: String,
    /// The argument to blame, counted from 0; none if one is missing.
    pub(super) argument: Option<usize>,
}

/// Whether a function takes arguments of these types, or what it takes instead.
pub(super) fn check(function: &Function, arguments: &[Type]) -> Result<(), Misfit> {
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
        return Err(Misfit {
            message: format!(
                "function `{}` takes {least}{takes} argument{plural}, found {found}",
                name()
            ),
            argument: (found > takes).then_some(takes),
        });
    }
    let expected = parameters.iter().chain(repeated.iter().cycle());
    for (i, (expected, found)) in expected.zip(arguments).enumerate() {
        if expected == found {
            continue;
        }
        let hint = match (expected, found) {
            // What the host's functions are called is the host's to say.
            (Type::One(DataType::Extension(_)) | Type::Bag(DataType::Extension(_)), _) => {
                String::new()
            }
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
        let (expected, found) = (with_article(*expected), with_article(*found));
        return Err(Misfit {
            message: format!(
                "function `{}` takes {expected}, but argument {} is {found}{hint}",
                name(),
                i + 1
            ),
            argument: Some(i),
        });
    }
    Ok(())
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

/// The function's name in its URN.
pub(super) fn last_part(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}
