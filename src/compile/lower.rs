//! Targets as expressions → rows of tests, which take less memory and time and can be indexed.
//!
//! The meaning is the same: a target is an `And` of its AnyOfs, each an `Or` of its AllOfs, each an
//! `And` of its Matches, and where one of these has a single part the part stood for it. A target of
//! one AnyOf of one AllOf thus looks like one of several AnyOfs of one Match each, and is the same
//! by the tables of §7.7.

use std::sync::Arc;

use super::Vocabulary;
use crate::function::is_extension_equal;
use crate::program::{Comparison, Expression, Literal, Match, Target, Test};
use crate::value::Value;
use crate::value::key::{self, NO_KEYS};

/// The tests of one policy and its rules.
#[derive(Default)]
pub(super) struct Tests {
    pub(super) tests: Vec<Test>,
    pub(super) literals: Vec<Literal>,
}

impl Tests {
    /// The target, its tests added to the others.
    pub(super) fn lower(
        &mut self,
        target: Option<Expression>,
        vocabulary: &mut Vocabulary,
    ) -> Target {
        let Some(target) = target else {
            return Target::Any;
        };
        let start = self.tests.len();
        for any_of in parts_of_and(target) {
            for all_of in parts_of_or(any_of) {
                // Nearly always a single one: it is not worth a list.
                match all_of {
                    Expression::And(matches) => {
                        for matching in matches {
                            self.test(matching, vocabulary);
                        }
                    }
                    single => self.test(single, vocabulary),
                }
                if let Some(last) = self.tests.last_mut() {
                    last.ends_all_of = true;
                }
            }
            if let Some(last) = self.tests.last_mut() {
                last.ends_any_of = true;
            }
        }
        // Documents are shorter than 4 GiB, and every Match takes some bytes.
        let short = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        Target::Tests {
            start: short(start),
            end: short(self.tests.len()),
        }
    }

    fn test(&mut self, expression: Expression, vocabulary: &mut Vocabulary) {
        let mut test = Test {
            key: 0,
            slot: crate::program::SlotId(0),
            comparison: Comparison::Other,
            must_be_present: false,
            ends_all_of: false,
            ends_any_of: false,
        };
        let mut text = None;
        if let Expression::Match(matching) = &expression {
            test.slot = matching.slot;
            test.must_be_present = matching.must_be_present;
            (test.comparison, text) = comparison(matching, vocabulary);
            let keys = key::keys(&matching.value).unwrap_or(NO_KEYS);
            test.key = match test.comparison {
                Comparison::Folded => keys.folded,
                Comparison::Exact | Comparison::Keyed => keys.exact,
                Comparison::Other => 0,
            };
        }
        self.tests.push(test);
        self.literals.push(match text {
            Some(text) => Literal::Text(text),
            None => Literal::Match(Box::new(expression)),
        });
    }
}

/// How a match compares, by the id of its function: a host cannot give the standard's functions
/// another meaning. The texts are those it compares with.
fn comparison(matching: &Match, vocabulary: &mut Vocabulary) -> (Comparison, Option<Arc<str>>) {
    let function = vocabulary.functions.get(matching.applied.function.index());
    if function.is_some_and(|function| is_extension_equal(function)) {
        return (Comparison::Keyed, None);
    }
    let id = function.map_or("", |function| function.id());
    match (id, &matching.value) {
        ("urn:oasis:names:tc:xacml:1.0:function:string-equal", Value::String(text))
        | ("urn:oasis:names:tc:xacml:1.0:function:anyURI-equal", Value::AnyUri(text)) => {
            (Comparison::Exact, Some(text.clone()))
        }
        ("urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case", Value::String(text)) => {
            (
                Comparison::Folded,
                Some(vocabulary.text(&text.to_lowercase())),
            )
        }
        ("urn:oasis:names:tc:xacml:1.0:function:integer-equal", Value::Integer(_))
        | ("urn:oasis:names:tc:xacml:1.0:function:boolean-equal", Value::Boolean(_)) => {
            (Comparison::Keyed, None)
        }
        _ => (Comparison::Other, None),
    }
}

fn parts_of_and(expression: Expression) -> Vec<Expression> {
    match expression {
        Expression::And(parts) => parts.into_vec(),
        single => vec![single],
    }
}

fn parts_of_or(expression: Expression) -> Vec<Expression> {
    match expression {
        Expression::Or(parts) => parts.into_vec(),
        single => vec![single],
    }
}
