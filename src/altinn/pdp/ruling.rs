//! What is answered: the decision, what it rests on, and until when it holds.

use std::fmt;
use std::sync::Arc;

use crate::altinn::fact::Path;
use crate::altinn::level::MinimumLevel;
use crate::decision::{Decision, StatusCode};
use crate::response::{Response, ResponseResult, Status, Trouble};
use crate::value::DateTime;

/// The answer to one request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Ruling {
    /// The result as XACML has it: decision, status, obligations, advice, repeated attributes.
    pub result: ResponseResult,
    /// The least authentication levels that the obligations ask for.
    pub level: MinimumLevel,
    /// What the decision rests on.
    pub basis: Basis,
    /// The instant from which the same request might get another answer; none if no fact it rests
    /// on ends or begins.
    pub valid_until: Option<DateTime>,
}

impl Ruling {
    /// The decision.
    pub fn decision(&self) -> Decision {
        self.result.decision
    }

    /// As a response of one result.
    pub fn into_response(self) -> Response {
        Response {
            results: vec![self.result],
        }
    }

    pub(super) fn indeterminate(code: StatusCode, message: impl Into<String>) -> Self {
        Self::of(ResponseResult::indeterminate(Status::new(code, message)))
    }

    /// Another ruling instead of this one, whose troubles it keeps.
    pub(super) fn replace(&mut self, with: Self) {
        let before = std::mem::take(&mut self.result.troubles);
        *self = with;
        let now = std::mem::take(&mut self.result.troubles);
        self.result.troubles = match before.is_empty() {
            true => now,
            false => Trouble::joined(before.iter().chain(&now)),
        };
    }

    /// Indeterminate, with the first of its troubles, if it has any and is not already.
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
        // No Permit is left that a delegation gave, or a veto took back.
        self.basis = Basis::Policy;
    }

    /// A result that no fact is behind.
    pub(super) fn of(result: ResponseResult) -> Self {
        Self {
            result,
            level: MinimumLevel::default(),
            basis: Basis::Policy,
            valid_until: None,
        }
    }
}

/// What a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Basis {
    /// The policy of the resource, whatever it came to.
    Policy,
    /// A Permit by a delegation of the resource or of the instance, where the policy alone does
    /// not apply to the asker.
    Delegation {
        /// What the source of delegations calls it.
        id: Arc<str>,
        /// How the asker comes to use it.
        path: Path,
    },
    /// A Permit that something else took back.
    Veto(Veto),
}

/// Why a Permit was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Veto {
    /// The resource is for parties on an access list, and the party is on none that opens it.
    AccessList {
        /// Who is on no such list.
        party: Arc<str>,
        /// What was asked for.
        action: Arc<str>,
    },
    /// The resource is for organisations on an access list, and the party is none.
    NotAnOrganisation,
    /// The resource is for parties with a resource right, and the party has none that the asker
    /// may use.
    ResourceRight {
        /// Who has no such right.
        party: Arc<str>,
    },
    /// The resource is for some parties only, and the request names none.
    NoParty,
}

impl fmt::Display for Veto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessList { party, action } => write!(
                f,
                "the service owner has not put {party} on an access list that opens this resource \
                 for `{action}`"
            ),
            Self::NotAnOrganisation => f.write_str(
                "this resource is for organisations on an access list, and the party asked for is \
                 no organisation",
            ),
            Self::ResourceRight { party } => write!(
                f,
                "this resource is for parties with a resource right, and {party} has none that the \
                 asker may use now"
            ),
            Self::NoParty => f.write_str(
                "this resource is for some parties only, and the request does not say which party \
                 it is about",
            ),
        }
    }
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Policy => f.write_str("the policy of the resource"),
            Self::Delegation { id, path } => write!(f, "the delegation `{id}`, {path}"),
            Self::Veto(veto) => veto.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither the delegation that gave a Permit nor the veto that took one back is behind an
    /// Indeterminate.
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
