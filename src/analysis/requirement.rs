//! Questions with their answers, as the requirements that a class of requests meets.

use std::fmt::{self, Write};

use super::Between;
use super::diagram::path::{Outcomes, Turn};
use super::diagram::space::Space;
use super::residual::{Answer, Question, answer, question};
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
}

/// The answer that a [`Question`] must have.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// This one.
    Is(Answer),
    /// None of these.
    IsNot(Vec<Answer>),
}

/// The requirements that a path makes, in its order.
pub(super) fn requirements(space: &Space, path: &[Turn]) -> Vec<Requirement> {
    let steps = path.iter();
    let told = steps.map(|step| {
        let answer = |outcome: &u32| answer(space, step.variable, *outcome);
        Requirement {
            question: question(space, step.variable),
            reply: match &step.outcome {
                Outcomes::Is(outcome) => Reply::Is(answer(outcome)),
                Outcomes::None(others) => Reply::IsNot(others.iter().map(answer).collect()),
            },
        }
    });
    told.collect()
}

impl Requirement {
    /// The last part of the id of the attribute it is about, if it is about one.
    fn name(&self) -> &str {
        match &self.question {
            Question::Value(attribute)
            | Question::Count(attribute)
            | Question::Has(attribute, _)
            | Question::HasIgnoringCase(attribute, _)
            | Question::HasBetween(attribute, _)
            | Question::HasPassing(attribute, _) => last_part(&attribute.id),
            Question::Whole { text, .. } => text,
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = cut(self.name());
        let is_yes = self.reply == Reply::Is(Answer::Yes);
        let has = if is_yes { "has" } else { "does not have" };
        match (&self.question, &self.reply) {
            (Question::Value(_), Reply::Is(answer)) => match answer {
                Answer::None => write!(f, "there is no `{name}`"),
                Answer::Several => write!(f, "`{name}` has several values"),
                answer => write!(f, "`{name}` is {answer}"),
            },
            (Question::Value(_), Reply::IsNot(answers)) => {
                let is_there = !answers.contains(&Answer::None);
                let others = answers.iter();
                let others = others.filter(|a| !matches!(a, Answer::None | Answer::Several));
                let others: Vec<String> = others.map(ToString::to_string).collect();
                match (is_there, &others[..]) {
                    (true, []) => write!(f, "`{name}` may be anything"),
                    (false, []) => write!(f, "`{name}` is there"),
                    (true, others) => {
                        write!(f, "`{name}` is not {}, or there is none", listed(others))
                    }
                    (false, others) => {
                        write!(f, "`{name}` is there, and it is not {}", listed(others))
                    }
                }
            }
            (Question::Count(_), Reply::Is(Answer::None)) => write!(f, "there is no `{name}`"),
            (Question::Count(_), Reply::Is(_)) => write!(f, "`{name}` has several values"),
            (Question::Count(_), Reply::IsNot(answers)) => {
                match (
                    answers.contains(&Answer::None),
                    answers.contains(&Answer::Several),
                ) {
                    (true, false) => write!(f, "`{name}` is there"),
                    (false, true) => write!(f, "`{name}` has one value, or none"),
                    _ => write!(f, "`{name}` has one value"),
                }
            }
            (Question::Has(_, value), _) => write!(f, "`{name}` {has} the value {}", quoted(value)),
            (Question::HasIgnoringCase(_, value), _) => {
                write!(
                    f,
                    "`{name}` {has} the value {} in any spelling",
                    quoted(value)
                )
            }
            (Question::HasBetween(_, between), _) => write!(f, "`{name}` {has} {between}"),
            (Question::HasPassing(_, test), Reply::Is(Answer::Indeterminate)) => {
                let (function, literal) = (last_part(&test.function), quoted(&test.literal));
                let function = cut(function);
                write!(
                    f,
                    "`{function}` with {literal} is Indeterminate for a value of `{name}`"
                )
            }
            (Question::HasPassing(_, test), _) => {
                let (function, literal) = (last_part(&test.function), quoted(&test.literal));
                let (holds, function) = match test.fails {
                    true => ("fails", cut(function)),
                    false => ("holds", cut(function)),
                };
                write!(
                    f,
                    "`{name}` {has} a value for which `{function}` with {literal} {holds}"
                )
            }
            (Question::Whole { .. }, reply) => match reply {
                Reply::Is(Answer::Indeterminate) => write!(f, "`{name}` is Indeterminate"),
                Reply::Is(_) => write!(f, "`{name}` is True"),
                Reply::IsNot(_) => write!(f, "`{name}` is False"),
            },
        }
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

/// `a value after 1 and before 9`.
impl fmt::Display for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.after, &self.before) {
            (None, None) => f.write_str("another value"),
            (Some(after), None) => write!(f, "a value after {}", quoted(after)),
            (None, Some(before)) => write!(f, "a value before {}", quoted(before)),
            (Some(after), Some(before)) => {
                write!(
                    f,
                    "a value after {} and before {}",
                    quoted(after),
                    quoted(before)
                )
            }
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
