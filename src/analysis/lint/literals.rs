//! A literal beside the expression that it is compared with → the reason why the comparison is never
//! true.

use super::together::ValueRelation;
use crate::error::{Visible, cut, last_part};
use crate::function::{Call, HigherOrder, Meaning, id, standard};
use crate::syntax::{Apply, AttributeValue, Expression};
use crate::value::{DataType, Value};

/// A reason, and the change that mends it.
pub(super) type Reason = (String, Option<String>);

/// The reason why a function that compares a literal with an expression is never true.
pub(super) fn never_true(apply: &Apply) -> Option<(&AttributeValue, Reason)> {
    // Whether any value of a bag is compared makes no difference.
    let compares = |id: &str| match standard(id)?.meaning {
        Meaning::IsIn => Some(ValueRelation::Equal),
        _ => ValueRelation::of_function(id)
            .filter(|relation| *relation != ValueRelation::EqualIgnoringCase),
    };
    let (relation, arguments) = match &apply.arguments[..] {
        [Expression::Function(function), arguments @ ..] => {
            let Call::HigherOrder(HigherOrder::AnyOf) = standard(&apply.function)?.call else {
                return None;
            };
            (compares(&function.id)?, arguments)
        }
        arguments => (compares(&apply.function)?, arguments),
    };
    let (literal, expression, relation) = match arguments {
        [Expression::Value(literal), Expression::Apply(expression)] => {
            (literal, expression, relation.reversed())
        }
        [Expression::Apply(expression), Expression::Value(literal)] => {
            (literal, expression, relation)
        }
        _ => return None,
    };
    let reason = Image::of(expression)?.excludes(relation, literal)?;
    Some((literal, reason))
}

/// The properties that every value of an expression has. A bag's are those of its values.
#[derive(Clone, Copy, Debug, Default)]
struct Image<'e> {
    /// The function that makes it lower case.
    lower_case_by: Option<&'e str>,
    /// The function that strips white space around it.
    trimmed_by: Option<&'e str>,
    /// The number of characters.
    length: Option<i64>,
    /// It is the canonical form of a value of this data type.
    written: Option<DataType>,
    /// The least and the greatest number.
    range: Option<(i64, i64)>,
    /// The function that gives the value, as messages name it.
    function: &'e str,
}

impl<'e> Image<'e> {
    fn of(apply: &'e Apply) -> Option<Self> {
        let function = standard(&apply.function)?;
        let inner = |argument: &'e Expression| match argument {
            Expression::Apply(inner) => Self::of(inner),
            _ => None,
        };
        match (&function.call, &apply.arguments[..]) {
            (Call::HigherOrder(HigherOrder::Map), [Expression::Function(function), bag]) => {
                Self::of_function(&function.id, inner(bag))
            }
            (_, [argument]) if function.meaning == Meaning::OneAndOnly => inner(argument),
            (_, [_]) if function.meaning == Meaning::BagSize => Some(Self {
                range: Some((0, i64::MAX)),
                ..Self::named(&apply.function)
            }),
            (_, [_, from, to]) if apply.function == id::STRING_SUBSTRING => {
                let (from, to) = (integer(from)?, integer(to)?);
                let length = to.checked_sub(from).filter(|_| from >= 0 && to >= from)?;
                Some(Self {
                    length: Some(length),
                    ..Self::named(&apply.function)
                })
            }
            (_, [_, divisor]) if apply.function == id::INTEGER_MOD => {
                let most = integer(divisor)?.checked_abs()?.checked_sub(1)?;
                Some(Self {
                    range: Some((-most, most)),
                    ..Self::named(&apply.function)
                })
            }
            (_, [argument]) => Self::of_function(&apply.function, inner(argument)),
            _ => None,
        }
    }

    fn named(function: &'e str) -> Self {
        Self {
            function: last_part(function),
            ..Self::default()
        }
    }

    /// The image of a function of one argument.
    fn of_function(function: &'e str, argument: Option<Self>) -> Option<Self> {
        standard(function)?;
        let named = Self::named(function);
        let argument = argument.unwrap_or(named);
        Some(match function {
            // Neither makes white space where there was none.
            id::STRING_NORMALIZE_TO_LOWER_CASE => Self {
                lower_case_by: Some(named.function),
                trimmed_by: argument.trimmed_by,
                ..named
            },
            id::STRING_NORMALIZE_SPACE => Self {
                trimmed_by: Some(named.function),
                lower_case_by: argument.lower_case_by,
                ..named
            },
            id::INTEGER_ABS => Self {
                range: Some((0, i64::MAX)),
                ..named
            },
            _ => Self {
                written: Some(written_by(named.function)?),
                ..named
            },
        })
    }

    /// The reason why no value of the expression stands in a relation to the literal.
    fn excludes(&self, relation: ValueRelation, literal: &AttributeValue) -> Option<Reason> {
        let text = &*literal.text;
        let shown = cut(&Visible(text).to_string());
        let because = |function: &str, what: &str, meant: Option<String>| {
            let message = format!("`{function}` gives {what}, and never `{shown}`");
            let cure = meant.map(|meant| format!("write `{}`", cut(&meant)));
            Some((message, cure))
        };
        match DataType::from_uri(&literal.data_type)? {
            DataType::String if relation == ValueRelation::Equal => {
                let lower = text.to_lowercase();
                if let Some(function) = self.lower_case_by
                    && lower != text
                {
                    return because(function, "a text in lower case", Some(lower));
                }
                let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
                if let Some(function) = self.trimmed_by
                    && trimmed != text
                {
                    let what = "a text without white space around it";
                    return because(function, what, Some(trimmed.to_owned()));
                }
                if let Some(length) = self.length {
                    let found = i64::try_from(text.chars().count()).ok()?;
                    let what = format!("{length} characters");
                    return (found != length).then(|| because(self.function, &what, None))?;
                }
                let data_type = self.written?;
                let canonical = Value::parse(data_type, text)
                    .ok()
                    .map(|value| value.to_string());
                let what = format!(
                    "the canonical form of a value of type {}",
                    data_type.short_name()
                );
                (canonical.as_deref() != Some(text))
                    .then(|| because(self.function, &what, canonical))?
            }
            DataType::Integer => {
                let value = Value::parse(DataType::Integer, text).ok()?;
                let (value, (least, most)) = (as_i64(&value)?, self.range?);
                let (is_never, than) = match relation {
                    ValueRelation::Equal => (value < least || value > most, ""),
                    ValueRelation::AtLeast => (most < value, "a number of at least "),
                    ValueRelation::GreaterThan => (most <= value, "a number greater than "),
                    ValueRelation::AtMost => (least > value, "a number of at most "),
                    ValueRelation::LessThan => (least >= value, "a number less than "),
                    ValueRelation::EqualIgnoringCase => return None,
                };
                let what = match most {
                    i64::MAX => format!("a number of at least {least}"),
                    most => format!("a number from {least} to {most}"),
                };
                let function = self.function;
                let message = format!("`{function}` gives {what}, and never {than}`{shown}`");
                is_never.then_some((message, None))
            }
            _ => None,
        }
    }
}

/// The data type whose values a function writes in their canonical form, by the last part of its
/// identifier. Names are written as they were read.
fn written_by(function: &str) -> Option<DataType> {
    let data_type = DataType::from_short_name(function.strip_prefix("string-from-")?)?;
    matches!(
        data_type,
        DataType::Boolean
            | DataType::Integer
            | DataType::Double
            | DataType::Time
            | DataType::Date
            | DataType::DateTime
            | DataType::DayTimeDuration
            | DataType::YearMonthDuration
    )
    .then_some(data_type)
}

fn integer(expression: &Expression) -> Option<i64> {
    let Expression::Value(value) = expression else {
        return None;
    };
    let value = Value::parse(DataType::from_uri(&value.data_type)?, &value.text).ok()?;
    as_i64(&value)
}

fn as_i64(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(integer) => integer.as_i64(),
        _ => None,
    }
}

/// Whether a function compares a string with white space and all.
pub(super) fn keeps_space(function: &str) -> bool {
    standard(function).is_some_and(|function| {
        matches!(function.call, Call::Regexp)
            || matches!(
                function.meaning,
                Meaning::Equal | Meaning::EqualIgnoreCase | Meaning::IsIn | Meaning::Bag
            )
    })
}

/// Whether a function takes a regular expression as its first argument.
pub(super) fn takes_pattern(function: &str) -> bool {
    standard(function).is_some_and(|function| matches!(function.call, Call::Regexp))
}

/// A string without the white space around it, if there is some.
pub(super) fn without_space(value: &AttributeValue) -> Option<&str> {
    let trimmed = value.text.trim();
    let is_string = DataType::from_uri(&value.data_type) == Some(DataType::String);
    (is_string && trimmed.len() < value.text.len()).then_some(trimmed)
}
