//! Questions with their answers, as the requirements that a class of requests meets.

use std::fmt::{self, Write};

use super::Between;
use super::class_set::{ClassBound, ClassValues, together};
use super::diagram::node::Truth;
use super::diagram::path::{Outcomes, Turn, attribute_of};
use super::diagram::space::Space;
use super::diagram::variable::{ValueClass, VariableKind};
use super::named::Named;
use super::residual::{Answer, Question, answer, class_answer, question};
use crate::attribute::Designator;
use crate::error::{cut, last_part};
use crate::value::Value;

/// A requirement of a class of requests: a question about an open attribute, and what its answer
/// must be. `Display` says it in words.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// The question.
    pub question: Question,
    /// The answer that it must have.
    pub reply: Reply,
    /// The attribute has one value at most, as is known or presumed.
    pub(super) is_single: bool,
    pub(super) named: Named,
}

/// The answer that a [`Question`] must have.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// This one.
    Is(Answer),
    /// One of these.
    IsOneOf(Vec<Answer>),
    /// None of these.
    IsNot(Vec<Answer>),
}

/// The requirements that a path makes, in its order.
pub(super) fn requirements(space: &Space, path: &[Turn]) -> Vec<Requirement> {
    let steps = path.iter();
    let told = steps.map(|step| {
        let answer = |outcome: &u32| answer(space, step.variable, *outcome);
        let is_single = |of| space.tested(of).is_single;
        Requirement {
            named: space.named.clone(),
            is_single: attribute_of(step.variable).is_some_and(is_single),
            question: question(space, step.variable),
            reply: match &step.outcome {
                Outcomes::Is(outcome) => Reply::Is(answer(outcome)),
                Outcomes::Among(some) => match step.variable.asks() {
                    VariableKind::Value(attribute) => {
                        Reply::IsOneOf(answers(space, attribute, some))
                    }
                    _ => Reply::IsOneOf(some.iter().map(answer).collect()),
                },
                Outcomes::None(others) => {
                    let mut others: Vec<Answer> = others.iter().map(answer).collect();
                    if let VariableKind::Whole(number) = step.variable.asks()
                        && space.whole[number as usize].never == Some(Truth::Error)
                    {
                        others.push(Answer::Indeterminate);
                    }
                    Reply::IsNot(others)
                }
            },
        }
    });
    told.collect()
}

/// Classes of values of an attribute, those side by side as one answer.
pub(super) fn answers(space: &Space, attribute: u32, classes: &[u32]) -> Vec<Answer> {
    let tested = space.tested(attribute);
    let answer = |class| class_answer(tested, class);
    let (classes, others): (Vec<ValueClass>, Vec<ValueClass>) = classes
        .iter()
        .map(|class| ValueClass(*class))
        .partition(|class| tested.has_class(*class).is_some());
    let others = others.into_iter().map(answer);
    if !tested.is_ordered {
        return classes.into_iter().map(answer).chain(others).collect();
    }
    let numbers: Vec<u32> = classes.iter().map(|class| class.0).collect();
    let ranges = together(space, attribute, &numbers).into_iter();
    let value = |bound: &ClassBound| tested.points.get(bound.point as usize).cloned();
    let ranges = ranges.flat_map(|range| match range {
        ClassValues::In(points) => {
            let points = points.into_iter();
            points
                .map(|point| answer(ValueClass::point(point)))
                .collect()
        }
        ClassValues::Between { after, before } => vec![Answer::Between(Between {
            with_after: after.as_ref().is_some_and(|bound| bound.is_included),
            with_before: before.as_ref().is_some_and(|bound| bound.is_included),
            after: after.as_ref().and_then(value),
            before: before.as_ref().and_then(value),
        })],
        // All values.
        ClassValues::NotIn(_) => vec![Answer::Between(Between::default())],
    });
    ranges.chain(others).collect()
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |of: &Designator| self.named.in_words(of);
        let is_yes = self.reply == Reply::Is(Answer::Yes);
        let has = if is_yes { "has" } else { "does not have" };
        match (&self.question, &self.reply) {
            (Question::Value(of), Reply::Is(answer)) => write!(f, "{} {}", name(of), is(answer)),
            (Question::Value(of) | Question::Count(of), Reply::IsOneOf(answers)) => {
                // That there are several has a verb of its own, and comes last.
                let (several, others): (Vec<&Answer>, Vec<&Answer>) = answers
                    .iter()
                    .partition(|answer| **answer == Answer::Several);
                let is: Vec<String> = others.into_iter().chain(several).map(is).collect();
                let mut text = is.first().cloned().unwrap_or_default();
                for next in is.iter().skip(1) {
                    let next = next.strip_prefix("is ").unwrap_or(next);
                    // Writing to a text does not fail.
                    let _ = write!(text, " or {next}");
                }
                write!(f, "{} {text}", name(of))
            }
            (Question::Value(of), Reply::IsNot(answers)) => {
                let is_there = answers.contains(&Answer::None);
                let is_one = answers.contains(&Answer::Several);
                let others = answers.iter();
                let others = others.filter(|a| !matches!(a, Answer::None | Answer::Several));
                let others: Vec<String> = others.map(ToString::to_string).collect();
                let not = listed(&others);
                let or_several = match self.is_single {
                    true => "",
                    false => ", or has several values",
                };
                f.write_str(&name(of))?;
                match (is_there, is_one, others.is_empty()) {
                    (false, false, true) => f.write_str(" may be anything"),
                    (false, false, false) => {
                        write!(f, " is not {not}, if it is there{or_several}")
                    }
                    (false, true, true) => f.write_str(" has one value at most"),
                    (false, true, false) => {
                        write!(f, " has one value at most, and that is not {not}")
                    }
                    (true, false, true) => f.write_str(" is there"),
                    (true, false, false) => {
                        write!(f, " is there, and is not {not}{or_several}")
                    }
                    (true, true, true) => f.write_str(" has one value"),
                    (true, true, false) => write!(f, " has one value, and that is not {not}"),
                }
            }
            (Question::Count(of), Reply::Is(answer)) => write!(f, "{} {}", name(of), is(answer)),
            (Question::Count(of), Reply::IsNot(answers)) => {
                let is_there = answers.contains(&Answer::None);
                let is_one = answers.contains(&Answer::Several);
                let count = match (is_there, is_one) {
                    (true, false) => "is there",
                    (false, true) => "has one value at most",
                    (true, true) => "has one value",
                    (false, false) => "may be anything",
                };
                write!(f, "{} {count}", name(of))
            }
            (Question::Has(of, value), _) => {
                write!(f, "{} {has} the value {}", name(of), quoted(value))
            }
            (Question::HasIgnoringCase(of, value), _) => write!(
                f,
                "{} {has} the value {} in any spelling",
                name(of),
                quoted(value)
            ),
            (Question::HasBetween(of, between), _) => match between {
                Between {
                    after: None,
                    before: None,
                    ..
                } => write!(f, "{} {has} another value", name(of)),
                between if between.with_after || between.with_before => {
                    write!(f, "{} {has} a value that is {between}", name(of))
                }
                between => write!(f, "{} {has} a value {between}", name(of)),
            },
            (Question::HasOneOf(of, answers), _) => {
                write!(f, "{} {has} {}", name(of), one_of(answers))
            }
            (Question::HasPassing(of, test), Reply::Is(Answer::Indeterminate)) => {
                let (function, literal) = (last_part(&test.function), quoted(&test.literal));
                write!(
                    f,
                    "`{}` with {literal} is Indeterminate for a value of {}",
                    cut(function),
                    name(of)
                )
            }
            (Question::HasPassing(of, test), reply) => {
                let (function, literal) = (last_part(&test.function), quoted(&test.literal));
                let is_total = matches!(reply, Reply::IsNot(others) if others.contains(&Answer::Indeterminate));
                let holds = match (test.fails, is_total) {
                    (true, false) => "fails",
                    (true, true) => "fails or is Indeterminate",
                    (false, false) => "holds",
                    (false, true) => "holds or is Indeterminate",
                };
                write!(
                    f,
                    "{} {has} a value for which `{}` with {literal} {holds}",
                    name(of),
                    cut(function)
                )
            }
            (Question::Whole { text, .. }, reply) => {
                write!(f, "{text} is {}", truths(reply))
            }
        }
    }
}

/// The truths of an expression that a reply leaves.
fn truths(reply: &Reply) -> &'static str {
    let (named, are_left) = match reply {
        Reply::Is(answer) => (std::slice::from_ref(answer), true),
        Reply::IsOneOf(some) => (&some[..], true),
        Reply::IsNot(others) => (&others[..], false),
    };
    // What is neither True nor Indeterminate is False, and no answer names it.
    let is_left = |answer| named.contains(&answer) == are_left;
    match [
        is_left(Answer::Yes),
        is_left(Answer::Indeterminate),
        !are_left,
    ] {
        [true, true, true] => "anything",
        [true, true, false] => "not False",
        [true, false, true] => "not Indeterminate",
        [true, false, false] => "True",
        [false, true, true] => "not True",
        [false, true, false] => "Indeterminate",
        [false, false, true] => "False",
        [false, false, false] => "nothing",
    }
}

/// `the value `a` or `b` or a value greater than 1`.
fn one_of(answers: &[Answer]) -> String {
    let mut text = String::new();
    let mut is_value = false;
    for answer in answers {
        let before = match (text.is_empty(), answer) {
            (true, Answer::Value(_) | Answer::ValueIgnoringCase(_)) => "the value ",
            (true, _) => "a value that is ",
            (false, Answer::Value(_) | Answer::ValueIgnoringCase(_)) if is_value => " or ",
            (false, Answer::Value(_) | Answer::ValueIgnoringCase(_)) => " or the value ",
            (false, _) if is_value => " or a value that is ",
            (false, _) => " or ",
        };
        is_value = matches!(answer, Answer::Value(_) | Answer::ValueIgnoringCase(_));
        // Writing to a text does not fail.
        let _ = write!(text, "{before}{answer}");
    }
    text
}

/// An answer with its verb.
fn is(answer: &Answer) -> String {
    match answer {
        Answer::Several => "has several values".to_owned(),
        answer => format!("is {answer}"),
    }
}

/// In an answer, after `is`.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("yes"),
            Self::Indeterminate => f.write_str("Indeterminate"),
            Self::Value(value) => f.write_str(&quoted(value)),
            Self::ValueIgnoringCase(value) => write!(f, "{} in any spelling", quoted(value)),
            Self::Between(between) => between.fmt(f),
            Self::None => f.write_str("absent"),
            Self::Several => f.write_str("several values"),
        }
    }
}

/// `greater than 1 and less than 9`; of times and texts, `after` and `before`.
impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = self.after.as_ref().or(self.before.as_ref());
        let is_number =
            bound.is_some_and(|value| value.as_integer().is_some() || value.as_double().is_some());
        let bound = |value: &Value, is_included, [strictly, from, or]: [&str; 3]| {
            let value = quoted(value);
            match (is_included, is_number) {
                (false, _) => format!("{strictly} {value}"),
                (true, true) => format!("{from} {value}"),
                (true, false) => format!("{value} or {or}"),
            }
        };
        let [greater, less] = match is_number {
            true => ["greater than", "less than"],
            false => ["after", "before"],
        };
        let after = self.after.as_ref();
        let after = after.map(|of| bound(of, self.with_after, [greater, "at least", "later"]));
        let before = self.before.as_ref();
        let before = before.map(|of| bound(of, self.with_before, [less, "at most", "earlier"]));
        match (after, before) {
            (None, None) => f.write_str("another value"),
            (Some(only), None) | (None, Some(only)) => f.write_str(&only),
            (Some(after), Some(before)) => write!(f, "{after} and {before}"),
        }
    }
}

fn quoted(value: &Value) -> String {
    format!("`{}`", cut(&value.to_string()))
}

/// `a, b or c`; a long list is cut.
fn listed(all: &[String]) -> String {
    const MOST: usize = 8;
    let mut text = String::new();
    let told = &all[..all.len().min(MOST)];
    for (place, one) in told.iter().enumerate() {
        let before = match place {
            0 => "",
            _ if place + 1 == all.len() => " or ",
            _ => ", ",
        };
        // Writing to a text does not fail.
        let _ = write!(text, "{before}{one}");
    }
    if all.len() > MOST {
        let _ = write!(text, " or {} others", all.len() - MOST);
    }
    text
}
