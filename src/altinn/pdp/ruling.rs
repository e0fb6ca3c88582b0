//! Rulings: a decision with its basis and the time for which it is valid.

use std::fmt;
use std::sync::Arc;

use crate::altinn::fact::Path;
use crate::altinn::language::{InWords, Say, Words, spoken, texts};
use crate::altinn::level::MinimumLevel;
use crate::decision::{Decision, StatusCode};
use crate::report::{Visible, cut};
use crate::response::{Response, ResponseResult, Status, Trouble};
use crate::value::DateTime;

/// The answer to one request: the decision, its basis, the authentication level required, and how
/// long it is valid.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ruling {
    /// The XACML result: decision, status, obligations, advice, repeated attributes.
    pub result: ResponseResult,
    /// The minimum authentication levels that the obligations require.
    pub level: MinimumLevel,
    /// The basis of the decision.
    pub basis: Basis,
    /// The instant from which the same request may have another answer; none if no fact behind the
    /// decision begins or ends.
    pub valid_until: Option<DateTime>,
}

/// A ruling that ends the flow before the policy decides.
pub(super) type Early = Box<Ruling>;

pub(super) fn indeterminate(code: StatusCode, message: impl Into<String>) -> Early {
    Box::new(Ruling::indeterminate(code, message))
}

impl Ruling {
    /// The decision.
    pub fn decision(&self) -> Decision {
        self.result.decision
    }

    /// Returns a response with this one result.
    pub fn into_response(self) -> Response {
        Response::new(vec![self.result])
    }

    pub(super) fn indeterminate(code: StatusCode, message: impl Into<String>) -> Self {
        Self::of(ResponseResult::indeterminate(Status::new(code, message)))
    }

    /// A ruling in place of one that was not made.
    pub(super) fn lost() -> Self {
        Self::indeterminate(StatusCode::ProcessingError, "no decision was made")
    }

    /// Replaces this ruling with another, which keeps the earlier troubles after its own: the list
    /// has a limit, and the cause of its status is among its own.
    pub(super) fn replace(&mut self, with: Self) {
        let before = std::mem::take(&mut self.result.troubles);
        *self = with;
        let now = std::mem::take(&mut self.result.troubles);
        self.result.troubles = match before.is_empty() {
            true => now,
            false => Trouble::joined(now.iter().chain(&before)),
        };
    }

    /// Makes a ruling with troubles Indeterminate, with the status of the first one.
    pub(super) fn indeterminate_on_trouble(&mut self) {
        let Some(first) = self.result.troubles.first() else {
            return;
        };
        if self.decision() == Decision::Indeterminate {
            return;
        }
        self.result.decision = Decision::Indeterminate;
        self.result.status = Some(Status::new(first.code.clone(), first.to_string()));
        self.result.obligations = Vec::new();
        self.result.advice = Vec::new();
        self.level = MinimumLevel::default();
        // A Permit by a delegation, or one that was vetoed, is gone.
        self.basis = Basis::Policy;
    }

    /// Returns a ruling of the policy alone, without facts.
    pub(super) fn of(result: ResponseResult) -> Self {
        Self {
            result,
            level: MinimumLevel::default(),
            basis: Basis::Policy,
            valid_until: None,
        }
    }
}

/// The basis of a decision: the policy, a delegation, or a veto.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// The policy of the resource, whatever its decision.
    Policy,
    /// A Permit by a delegation of the resource or the instance, where the policy alone does not
    /// apply to the subject.
    Delegation {
        /// The id of the delegation at its source.
        id: Arc<str>,
        /// The path by which the subject may use it.
        path: Path,
    },
    /// A veto of a Permit.
    Veto(Veto),
}

/// The reason why a Permit of the policy is vetoed, such as an access list that the party is not on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Veto {
    /// The resource is for parties on an access list, and the party is on none that permits the
    /// action.
    AccessList {
        /// The party.
        party: Arc<str>,
        /// The requested action.
        action: Arc<str>,
    },
    /// The resource is for organisations on an access list, and the party is not an organisation.
    NotAnOrganisation,
    /// The party is dissolved or deceased, and the subject has no role in its estate; or the resource
    /// is for some parties only, and a deceased one is none of them.
    Deleted {
        /// The party.
        party: Arc<str>,
    },
    /// The resource is for parties with a resource right, and the party has none that the subject
    /// may use.
    ResourceRight {
        /// The party.
        party: Arc<str>,
    },
    /// The resource is for some parties only, and the request has no party.
    NoParty,
}

impl Say for Veto {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        match self {
            Self::AccessList { party, action } => {
                let arguments: [&dyn fmt::Display; 2] = [&Visible(party), &cut(action)];
                write!(f, "{}", texts::NOT_ON_LIST.with(words, &arguments))
            }
            Self::NotAnOrganisation => {
                write!(f, "{}", texts::NOT_AN_ORGANISATION.with(words, &[]))
            }
            Self::Deleted { party } => {
                let party = Visible(party);
                write!(f, "{}", texts::EXISTS_NO_LONGER.with(words, &[&party]))
            }
            Self::ResourceRight { party } => {
                let party = Visible(party);
                write!(f, "{}", texts::NO_RESOURCE_RIGHT.with(words, &[&party]))
            }
            Self::NoParty => write!(f, "{}", texts::NO_PARTY.with(words, &[])),
        }
    }
}

impl Say for Basis {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        match self {
            Self::Policy => write!(f, "{}", texts::POLICY.with(words, &[])),
            Self::Delegation { id, path } => {
                let arguments: [&dyn fmt::Display; 2] = [&cut(id), &InWords(path, words)];
                write!(f, "{}", texts::DELEGATION.with(words, &arguments))
            }
            Self::Veto(veto) => veto.say(f, words),
        }
    }
}

spoken! {
    Veto: "the reason of the veto";
    Basis: "the basis";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An Indeterminate is based neither on a delegation that permitted nor on a veto.
    #[test]
    fn an_indeterminate_rests_on_the_policy() {
        let delegation = Basis::Delegation {
            id: "d1".into(),
            path: Path::default(),
        };
        for basis in [delegation, Basis::Veto(Veto::NoParty)] {
            let mut ruling = Ruling::of(ResponseResult::new(Decision::Permit));
            ruling.basis = basis.clone();
            ruling.indeterminate_on_trouble();
            assert_eq!(
                (ruling.decision(), &ruling.basis),
                (Decision::Permit, &basis)
            );
            let trouble = Trouble::new(StatusCode::ProcessingError, "down");
            ruling.result.troubles.push(trouble);
            ruling.indeterminate_on_trouble();
            assert_eq!(ruling.decision(), Decision::Indeterminate);
            assert_eq!(ruling.basis, Basis::Policy);
        }
    }
}
