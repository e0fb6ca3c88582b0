//! Ranges of times of day → those that seem to be the whole day, and are not.
//!
//! `24:00:00` is `00:00:00` (XML Schema Part 2 §3.2.8), and the clock has fractions of a second.

use super::literals::Reason;
use super::together::{ComparedLiteral, ValueRelation};
use crate::error::cut;
use crate::function::id;
use crate::syntax::{Apply, Expression};
use crate::value::{Time, Value, Zone};

/// The reason why `time-in-range`, or a comparison with `24:00:00`, leaves out a part of the day.
pub(super) fn of_apply(apply: &Apply) -> Option<Reason> {
    match &apply.arguments[..] {
        [_, Expression::Value(first), Expression::Value(last)]
            if apply.function == id::TIME_IN_RANGE =>
        {
            range(&ComparedLiteral::of(first)?, &ComparedLiteral::of(last)?)
        }
        [a, b] => {
            let relation = ValueRelation::of_function(&apply.function)?;
            match (a, b) {
                (_, Expression::Value(literal)) => {
                    midnight(relation, &ComparedLiteral::of(literal)?)
                }
                (Expression::Value(literal), _) => {
                    midnight(relation.reversed(), &ComparedLiteral::of(literal)?)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The reason why times up to `24:00:00` are none, or one.
pub(super) fn midnight(relation: ValueRelation, literal: &ComparedLiteral<'_>) -> Option<Reason> {
    let is_upper = matches!(relation, ValueRelation::AtMost | ValueRelation::LessThan);
    let is_end = matches!(literal.value, Value::Time(_)) && literal.text.trim().starts_with("24:");
    let holds = match relation {
        ValueRelation::AtMost => "holds at that moment alone",
        _ => "never holds",
    };
    (is_upper && is_end).then(|| {
        let message = format!(
            "`{}` is the first moment of a day, not its end, so this test {holds}",
            cut(literal.text)
        );
        (message, Some(CURE.to_owned()))
    })
}

/// The reason why `time-in-range` with these bounds leaves out a part of the day.
fn range(first: &ComparedLiteral<'_>, last: &ComparedLiteral<'_>) -> Option<Reason> {
    let (Value::Time(from), Value::Time(to)) = (&first.value, &last.value) else {
        return None;
    };
    if from.zone() != to.zone() || to.compare(from, Zone::UTC).is_ne() {
        return up_to(first, last);
    }
    let (first, last) = (cut(first.text), cut(last.text));
    let message = format!("the range from `{first}` to `{last}` is one moment, not a day");
    Some((message, Some(CURE.to_owned())))
}

/// The reason why the times from the one to the other, both included, leave out the end of the day.
pub(super) fn up_to(first: &ComparedLiteral<'_>, last: &ComparedLiteral<'_>) -> Option<Reason> {
    let (Value::Time(from), Value::Time(to)) = (&first.value, &last.value) else {
        return None;
    };
    if from.zone() != to.zone() || !is_midnight(from) || !is_last_minute(to) {
        return None;
    }
    let rest = match to.second() {
        59 => "the last second",
        _ => "what is left of the last minute",
    };
    let (first, last) = (cut(first.text), cut(last.text));
    let message = format!("the range from `{first}` to `{last}` leaves out {rest} of the day");
    Some((message, Some(CURE.to_owned())))
}

const CURE: &str = "leave the test out if it is to hold all day";

fn is_midnight(time: &Time) -> bool {
    (time.hour(), time.minute(), time.second(), time.nanosecond()) == (0, 0, 0, 0)
}

/// Whether it is a whole second of the last minute; a fraction says that its author knows of them.
fn is_last_minute(time: &Time) -> bool {
    (time.hour(), time.minute(), time.nanosecond()) == (23, 59, 0)
}
