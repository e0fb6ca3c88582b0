//! Answers beyond the decision: what is left of the policies when only some attributes are known, what
//! would be enough for a Permit, who is permitted, which attributes matter, and what a change of
//! policies changes.
//!
//! An [`Analysis`] begins with a request of which some attributes are [open](Analysis::open). All
//! its answers come from one *decision diagram*, which has every decision that the open attributes
//! can lead to. They are exact: whatever an answer says of a class of requests, a decision of each
//! of them says. Where an answer would take more steps than its [budget](Analysis::budget), there is
//! none ([`Unanswered`]), and no guess.
//!
//! [`explain`] says why one decision is what it is. [`cover`] counts what many decisions reached.
//! [`lint`] reads policies alone, and finds probable mistakes in them.

mod alternatives;
mod ask;
mod class_set;
pub mod cover;
mod diagram;
mod difference;
mod enough;
pub mod explain;
#[cfg(feature = "json")]
mod json;
pub mod lint;
mod named;
mod permitted;
mod requirement;
mod residual;
mod rules;
mod sql;
mod xacml;

pub use ask::Analysis;
pub(crate) use ask::DecisionPoint;
pub use difference::{Decided, DecisionChange, Difference};
pub use enough::{Change, Costs, Enough, Sufficient};
pub use permitted::Permitted;
pub use requirement::{Reply, Requirement};
pub use residual::{Answer, Question, Residual, ResidualNode, ValueTest};
pub use rules::{IdleRule, IdleRules, Idleness};
pub use sql::{SqlCondition, SqlDialect, SqlError, SqlJoin, SqlMapping};
pub use xacml::ResidualPolicyError;

use crate::value::Value;

/// The reason why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unanswered {
    /// The answer takes more steps than its budget.
    #[error(
        "the answer takes more steps than its budget: leave fewer attributes open, or declare \
         those that have one value at most"
    )]
    TooLarge,
    /// The PDP is [indeterminate on trouble](crate::PdpBuilder::indeterminate_on_trouble): whether a
    /// decision meets a trouble is not among what is analysed.
    #[error("a PDP that is Indeterminate on every trouble cannot be analysed")]
    IndeterminateOnTrouble,
    /// The request is for several decisions:
    /// [`individual_requests`](crate::Pdp::individual_requests) returns them one by one.
    #[error("the request is for several decisions: ask about each of them")]
    SeveralDecisions,
    /// Dates and times without a zone have one zone on one side of a difference and another on the
    /// other.
    #[error("the two sides give dates and times without a zone different zones")]
    TwoZones,
    /// The decision, as things are, is Indeterminate as it takes more work than the
    /// [limit](crate::Limits::work) allows: what it would be otherwise is not known.
    #[error(
        "the decision takes more work than the limit allows (`Limits::work`): the limit decided, and what \
         would be enough is not known"
    )]
    WorkExceeded,
    /// An attribute that is not open comes from a provider that failed, or that answers
    /// asynchronously: the request may give it instead.
    #[error(
        "the attribute `{attribute}` is not known ({reason}): give it in the request, or leave it open"
    )]
    NotFetched {
        /// The `AttributeId`.
        attribute: String,
        /// The reason.
        reason: String,
    },
    /// The question is about an attribute that is not open.
    #[error("the attribute `{attribute}` is not open in this question")]
    NotOpen {
        /// The `AttributeId`.
        attribute: String,
    },
}

/// The values between two others, without them unless it says so; none: there is no bound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Between {
    /// The values are greater.
    pub after: Option<Value>,
    /// The values are less.
    pub before: Option<Value>,
    /// `after` is one of them.
    pub with_after: bool,
    /// `before` is one of them.
    pub with_before: bool,
}
