//! The AnyOfs of targets as conditions → rows of tests, which take less memory and time and can be
//! indexed.
//!
//! The meaning is the same: an AnyOf is an `Or` of its AllOfs, each an `And` of its Matches, and
//! one of these with a single part is that part.

use std::sync::Arc;

use super::Vocabulary;
use super::clause::may_fail;
use crate::decision::XacmlVersion;
use crate::function::Meaning;
use crate::limits::short;
use crate::program::{Comparison, Condition, Literal, Match, Target, Test};
use crate::value::Value;
use crate::value::key::{self, Keys, NO_KEYS};

/// The tests of one policy and its rules.
#[derive(Default)]
pub(super) struct Tests {
    pub(super) tests: Vec<Test>,
    pub(super) literals: Vec<Literal>,
}

impl Tests {
    /// The target of these AnyOfs, at least one, its tests added to the others.
    pub(super) fn lower(
        &mut self,
        any_ofs: Vec<Condition>,
        xacml: XacmlVersion,
        vocabulary: &mut Vocabulary,
    ) -> Target {
        let from = self.tests.len();
        for any_of in flattened(any_ofs, xacml) {
            for all_of in parts_of_or(any_of) {
                // Nearly always a single one: it is not worth a list.
                match all_of {
                    Condition::And(matches) => {
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
        let (start, end) = (short(from), short(self.tests.len()));
        // Where no part may be Indeterminate, targets of 2.0 are like those of 3.0.
        match xacml {
            XacmlVersion::V2
                if may_fail(&self.tests[from..], &self.literals[from..], vocabulary) =>
            {
                Target::Sections { start, end }
            }
            _ => Target::Tests { start, end },
        }
    }

    fn test(&mut self, condition: Condition, vocabulary: &mut Vocabulary) {
        let mut test = Test {
            key: 0,
            slot: crate::program::SlotId(0),
            comparison: Comparison::Other,
            must_be_present: false,
            ends_all_of: false,
            ends_any_of: false,
        };
        let mut text = None;
        if let Condition::Match(matching) = &condition {
            test.slot = matching.bag.slot;
            test.must_be_present = matching.bag.must_be_present;
            let keys = key::keys(&matching.value);
            (test.comparison, text) = comparison(matching, keys, vocabulary);
            let keys = keys.unwrap_or(NO_KEYS);
            test.key = match test.comparison {
                Comparison::Folded => keys.folded,
                Comparison::Exact | Comparison::Keyed => keys.exact,
                Comparison::Other => 0,
            };
        }
        self.tests.push(test);
        self.literals.push(match text {
            Some(text) => Literal::Text(text),
            None => Literal::Match(Box::new(condition)),
        });
    }
}

/// The comparison of a match with a value of these keys. The text is the one it compares with.
fn comparison(
    matching: &Match,
    keys: Option<Keys>,
    vocabulary: &mut Vocabulary,
) -> (Comparison, Option<Arc<str>>) {
    let function = vocabulary.functions.get(matching.applied.function.index());
    let meaning = function.map_or(Meaning::Other, |function| function.meaning);
    match (meaning, &matching.value) {
        (Meaning::Equal, Value::String(text) | Value::AnyUri(text)) => {
            (Comparison::Exact, Some(text.clone()))
        }
        (Meaning::EqualIgnoreCase, Value::String(text)) => (
            Comparison::Folded,
            Some(vocabulary.text(&text.to_lowercase())),
        ),
        (Meaning::Equal, _) if keys.is_some() => (Comparison::Keyed, None),
        _ => (Comparison::Other, None),
    }
}

/// A single AnyOf of a single AllOf as an AnyOf for each Match, of which the first that does not
/// hold ends the target. It is the same by the tables of §7.7, and is not in 2.0, where the parts
/// of a target are not joined as the Matches of one of them are (2.0 §7.5).
fn flattened(mut any_ofs: Vec<Condition>, xacml: XacmlVersion) -> Vec<Condition> {
    if let (XacmlVersion::V3, [Condition::And(matches)]) = (xacml, &mut any_ofs[..]) {
        return std::mem::take(matches).into_vec();
    }
    any_ofs
}

fn parts_of_or(condition: Condition) -> Vec<Condition> {
    match condition {
        Condition::Or(parts) => parts.into_vec(),
        single => vec![single],
    }
}
