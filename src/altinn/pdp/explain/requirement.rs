//! The requirements of a rule on the subject, and the actions of a policy, in words.

use std::fmt;
use std::sync::Arc;

use crate::altinn::answers::{Need, NeedKind};
use crate::altinn::language::{InWords, Say, Words, spoken, texts};
use crate::altinn::party::shown_value;
use crate::attribute::category;
use crate::report::{cut, last_part};

/// A requirement of a rule on its subject. `Display` says it in English.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// A role, an access package, or another value of an attribute, of the subject or of another
    /// category.
    Need(Need),
    /// A role of Altinn II, which no longer counts at the instant of the decision.
    Ended(Need),
    /// A test of an attribute by another function than equality.
    Test {
        /// The category of the attribute.
        category: Arc<str>,
        /// The `AttributeId`, or the path into the subject's content.
        id: Arc<str>,
        /// The last part of the function's identifier.
        function: Arc<str>,
        /// The value that the attribute is tested with.
        value: Arc<str>,
    },
    /// The condition of the rule.
    Condition,
}

impl Requirement {
    /// Whether it is about the circumstances of the request, and not about its subject.
    pub(super) fn is_of_circumstances(&self) -> bool {
        match self {
            Self::Need(Need { category: of, .. }) | Self::Test { category: of, .. } => {
                **of != *category::ACCESS_SUBJECT
            }
            Self::Condition => true,
            Self::Ended(_) => false,
        }
    }

    /// Whether it is for being somebody, and not for having something.
    pub(super) fn is_who_one_is(&self) -> bool {
        let kinds = [NeedKind::ServiceOwner, NeedKind::Party];
        matches!(self, Self::Need(need) if kinds.contains(&need.kind))
    }

    /// Whether it is a role in the estate of a deceased person.
    pub(super) fn is_of_estate(&self) -> bool {
        matches!(self, Self::Need(need) if need.kind == NeedKind::EstateRole)
    }

    /// Whether only somebody who acts for a party can meet it.
    pub(super) fn is_for_a_party(&self) -> bool {
        let (Self::Need(need) | Self::Ended(need)) = self else {
            return false;
        };
        matches!(
            need.kind,
            NeedKind::Role(_) | NeedKind::Package(_) | NeedKind::EstateRole
        )
    }
}

impl Say for Requirement {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        match self {
            Self::Need(need) => need.say(f, words),
            Self::Ended(need) => {
                let need = InWords(need, words);
                write!(f, "{}", texts::ENDED.with(words, &[&need]))
            }
            Self::Test {
                category: of,
                id,
                function,
                value,
            } => {
                let value = shown_value(of, id, value);
                let (id, function, value) = (cut(id), cut(function), cut(&value));
                let of_subject: [&dyn fmt::Display; 3] = [&id, &function, &value];
                if **of == *category::ACCESS_SUBJECT {
                    return write!(f, "{}", texts::TEST.with(words, &of_subject));
                }
                let of = cut(last_part(of));
                let of_other: [&dyn fmt::Display; 4] = [&id, &of, &function, &value];
                write!(f, "{}", texts::TEST_OF.with(words, &of_other))
            }
            Self::Condition => write!(f, "{}", texts::CONDITION.with(words, &[])),
        }
    }
}

spoken! {
    Requirement: "the requirement";
}

/// The actions of a policy that can be delegated, after a right that it does not have.
pub(in crate::altinn) struct KnownActions<'a>(pub(in crate::altinn) &'a [Arc<str>]);

impl Say for KnownActions<'_> {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        match self.0.is_empty() {
            true => write!(f, "{}", texts::KNOWS_NONE.with(words, &[])),
            false => write!(f, "{}", texts::KNOWS.with(words, &[&quoted(self.0)])),
        }
    }
}

/// Returns values in a row, each in quotes.
pub(super) fn quoted<T: fmt::Display>(values: &[T]) -> String {
    let values = values.iter().map(|value| cut(&value.to_string()));
    let values: Vec<String> = values.collect();
    format!("`{}`", values.join("`, `"))
}
