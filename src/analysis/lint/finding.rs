//! The results of linting: [`Finding`], and [`RuleFinding`] for those of another analysis.

use std::fmt;
use std::sync::Arc;

use super::{Code, Level};
use crate::analysis::{IdleRule, Idleness, Unanswered};
use crate::decision::Effect;
use crate::error::Diagnostic;
use crate::syntax::Version;

/// A probable mistake in a policy. `Display` shows it with its line and a caret, as errors are
/// shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The kind of mistake.
    pub code: Code,
    /// Its level in this linter; never [`Level::Allow`].
    pub level: Level,
    /// The message, its position, and the path to it.
    pub diagnostic: Diagnostic,
    /// The change that mends it, if there is one to suggest.
    pub cure: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  {}: {}", self.diagnostic, self.level, self.code)?;
        match &self.cure {
            Some(cure) => write!(f, "\n  cure: {cure}"),
            None => Ok(()),
        }
    }
}

/// The findings about the documents of a PDP, by [`Pdp::lint`](crate::Pdp::lint).
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Linted {
    /// The findings, in the order of the documents and of their texts.
    pub findings: Vec<Finding>,
    /// The ids of the policies whose rules were not all compared with each other: it would have taken
    /// more steps than the budget. Everything else was examined.
    pub left_out: Vec<Arc<str>>,
    /// Why no rules were compared with each other, if none were.
    pub unanswered: Option<Unanswered>,
}

/// A finding about a rule that another analysis made. The linter gives it its level and its
/// position. An [`IdleRule`] becomes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFinding {
    /// The `PolicyId` of the rule's policy.
    pub policy: String,
    /// The `Version` of the rule's policy.
    pub version: Version,
    /// The `RuleId`.
    pub rule: String,
    /// The number of the rule, from 1, among the rules with this id in its policy.
    pub nth: u32,
    /// The kind of mistake.
    pub code: Code,
    /// The mistake in one sentence.
    pub message: String,
    /// The change that mends it.
    pub cure: Option<String>,
}

impl From<IdleRule> for RuleFinding {
    fn from(idle: IdleRule) -> Self {
        let effect = idle.effect.as_str();
        let (code, message) = match (idle.why, idle.effect) {
            (Idleness::NeverApplies, _) => (
                Code::UnreachableRule,
                "no request makes this rule apply".to_owned(),
            ),
            (Idleness::NeverDecides, of) => {
                let code = match of {
                    Effect::Deny => Code::DenyWithoutEffect,
                    Effect::Permit => Code::ShadowedRule,
                };
                let message = format!(
                    "wherever this rule applies, others outweigh it: the decision of the policy is \
                     never {effect} there"
                );
                (code, message)
            }
            (Idleness::Redundant, _) => {
                let message =
                    format!("wherever the policy decides {effect}, it does without this rule");
                (Code::RedundantRule, message)
            }
        };
        // Two rules may each be idle because of the other.
        let cure = "remove it alone, and look again: others may be needed then";
        let cure = (code == Code::RedundantRule).then(|| cure.to_owned());
        Self {
            policy: idle.policy.to_string(),
            // It was read when the policy was loaded.
            version: idle.version.parse().unwrap_or_default(),
            rule: idle.rule.to_string(),
            nth: idle.nth,
            code,
            message,
            cure,
        }
    }
}
