//! The combining algorithms (appendix C) as folds over the values of children.
//!
//! A fold is fed one child's value after the other and says when it has heard enough; it knows
//! neither rules nor policies. The two algorithms that look at children in another way,
//! only-one-applicable and on-permit-apply-second, are carried out where children are evaluated.

mod host;

use std::fmt;
use std::sync::Arc;

pub use host::{Children, CombiningAlgorithm, Parameter};

use crate::decision::ExtendedDecision;

use ExtendedDecision::{
    Deny, IndeterminateD, IndeterminateDP, IndeterminateP, NotApplicable, Permit,
};

/// How the values of children become one.
#[derive(Clone)]
pub(crate) enum Algorithm {
    /// C.2 and C.3: children are always visited in document order, so the ordered form is the same.
    DenyOverrides,
    /// C.4 and C.5.
    PermitOverrides,
    /// C.6.
    DenyUnlessPermit,
    /// C.7.
    PermitUnlessDeny,
    /// C.8.
    FirstApplicable,
    /// C.9.
    OnlyOneApplicable,
    /// C.10 and C.11, for rules.
    LegacyDenyOverridesRules,
    /// C.10 and C.11, for policies.
    LegacyDenyOverridesPolicies,
    /// C.12 and C.13, for rules.
    LegacyPermitOverridesRules,
    /// C.12 and C.13, for policies.
    LegacyPermitOverridesPolicies,
    /// XACML 3.0 Additional Combining Algorithms Profile, §2.
    OnPermitApplySecond,
    /// An algorithm of the host.
    Host(Arc<dyn CombiningAlgorithm>),
}

impl fmt::Debug for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DenyOverrides => "DenyOverrides",
            Self::PermitOverrides => "PermitOverrides",
            Self::DenyUnlessPermit => "DenyUnlessPermit",
            Self::PermitUnlessDeny => "PermitUnlessDeny",
            Self::FirstApplicable => "FirstApplicable",
            Self::OnlyOneApplicable => "OnlyOneApplicable",
            Self::LegacyDenyOverridesRules => "LegacyDenyOverridesRules",
            Self::LegacyDenyOverridesPolicies => "LegacyDenyOverridesPolicies",
            Self::LegacyPermitOverridesRules => "LegacyPermitOverridesRules",
            Self::LegacyPermitOverridesPolicies => "LegacyPermitOverridesPolicies",
            Self::OnPermitApplySecond => "OnPermitApplySecond",
            Self::Host(_) => "Host",
        })
    }
}

const RULE_3: &str = "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:";
const POLICY_3: &str = "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:";
const RULE_1: &str = "urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:";
const POLICY_1: &str = "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:";
const RULE_1_1: &str = "urn:oasis:names:tc:xacml:1.1:rule-combining-algorithm:";
const POLICY_1_1: &str = "urn:oasis:names:tc:xacml:1.1:policy-combining-algorithm:";

/// The standard's algorithms: prefix, name, algorithm.
const STANDARD: &[(&str, &str, Algorithm)] = &[
    (RULE_3, "deny-overrides", Algorithm::DenyOverrides),
    (RULE_3, "ordered-deny-overrides", Algorithm::DenyOverrides),
    (RULE_3, "permit-overrides", Algorithm::PermitOverrides),
    (
        RULE_3,
        "ordered-permit-overrides",
        Algorithm::PermitOverrides,
    ),
    (RULE_3, "deny-unless-permit", Algorithm::DenyUnlessPermit),
    (RULE_3, "permit-unless-deny", Algorithm::PermitUnlessDeny),
    (RULE_1, "first-applicable", Algorithm::FirstApplicable),
    (POLICY_3, "deny-overrides", Algorithm::DenyOverrides),
    (POLICY_3, "ordered-deny-overrides", Algorithm::DenyOverrides),
    (POLICY_3, "permit-overrides", Algorithm::PermitOverrides),
    (
        POLICY_3,
        "ordered-permit-overrides",
        Algorithm::PermitOverrides,
    ),
    (POLICY_3, "deny-unless-permit", Algorithm::DenyUnlessPermit),
    (POLICY_3, "permit-unless-deny", Algorithm::PermitUnlessDeny),
    (POLICY_1, "first-applicable", Algorithm::FirstApplicable),
    (
        POLICY_1,
        "only-one-applicable",
        Algorithm::OnlyOneApplicable,
    ),
    (
        RULE_1,
        "deny-overrides",
        Algorithm::LegacyDenyOverridesRules,
    ),
    (
        RULE_1_1,
        "ordered-deny-overrides",
        Algorithm::LegacyDenyOverridesRules,
    ),
    (
        RULE_1,
        "permit-overrides",
        Algorithm::LegacyPermitOverridesRules,
    ),
    (
        RULE_1_1,
        "ordered-permit-overrides",
        Algorithm::LegacyPermitOverridesRules,
    ),
    (
        POLICY_1,
        "deny-overrides",
        Algorithm::LegacyDenyOverridesPolicies,
    ),
    (
        POLICY_1_1,
        "ordered-deny-overrides",
        Algorithm::LegacyDenyOverridesPolicies,
    ),
    (
        POLICY_1,
        "permit-overrides",
        Algorithm::LegacyPermitOverridesPolicies,
    ),
    (
        POLICY_1_1,
        "ordered-permit-overrides",
        Algorithm::LegacyPermitOverridesPolicies,
    ),
    (
        POLICY_3,
        "on-permit-apply-second",
        Algorithm::OnPermitApplySecond,
    ),
];

impl Algorithm {
    /// The standard's algorithm with this id. Rule- and policy-combining ids are accepted for
    /// rules and policies alike: policies found in the wild mix them.
    pub(crate) fn standard(id: &str) -> Option<Self> {
        STANDARD
            .iter()
            .find(|(prefix, name, _)| id.strip_prefix(prefix) == Some(name))
            .map(|(_, _, algorithm)| algorithm.clone())
    }

    /// The ids of the standard's algorithms.
    pub(crate) fn standard_ids() -> impl Iterator<Item = String> {
        STANDARD
            .iter()
            .map(|(prefix, name, _)| format!("{prefix}{name}"))
    }
}

/// The values heard so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    permit: bool,
    deny: bool,
    error_p: bool,
    error_d: bool,
    error_dp: bool,
}

impl Heard {
    fn note(&mut self, value: ExtendedDecision) {
        match value {
            Permit => self.permit = true,
            Deny => self.deny = true,
            IndeterminateP => self.error_p = true,
            IndeterminateD => self.error_d = true,
            IndeterminateDP => self.error_dp = true,
            NotApplicable => {}
        }
    }

    fn any_error(self) -> bool {
        self.error_p || self.error_d || self.error_dp
    }
}

impl Algorithm {
    /// Whether a child that is NotApplicable makes no difference.
    pub(crate) fn ignores_what_does_not_apply(&self) -> bool {
        !matches!(self, Self::OnPermitApplySecond | Self::Host(_))
    }

    /// Whether the value is NotApplicable if that of every child is.
    pub(crate) fn applies_only_through_children(&self) -> bool {
        let decides_anyway = matches!(self, Self::DenyUnlessPermit | Self::PermitUnlessDeny);
        self.ignores_what_does_not_apply() && !decides_anyway
    }

    /// Takes the value of the next child; `Some` ends the fold with that value.
    pub(crate) fn hear(
        &self,
        heard: &mut Heard,
        value: ExtendedDecision,
    ) -> Option<ExtendedDecision> {
        heard.note(value);
        match (self, value) {
            (
                Self::DenyOverrides | Self::LegacyDenyOverridesRules | Self::PermitUnlessDeny,
                Deny,
            ) => Some(Deny),
            (
                Self::PermitOverrides
                | Self::LegacyPermitOverridesRules
                | Self::LegacyPermitOverridesPolicies
                | Self::DenyUnlessPermit,
                Permit,
            ) => Some(Permit),
            (Self::LegacyDenyOverridesPolicies, Deny) => Some(Deny),
            // C.10: a policy that cannot be decided counts as one that denies.
            (Self::LegacyDenyOverridesPolicies, value) if value.is_indeterminate() => Some(Deny),
            (Self::FirstApplicable, Permit | Deny) => Some(value),
            // C.8 does not track what an Indeterminate could have been, so C.1 makes it {DP}.
            (Self::FirstApplicable, value) if value.is_indeterminate() => Some(IndeterminateDP),
            _ => None,
        }
    }

    /// The value when all children were heard.
    pub(crate) fn conclude(&self, heard: Heard) -> ExtendedDecision {
        let Heard {
            permit,
            deny,
            error_p,
            error_d,
            error_dp,
        } = heard;
        match self {
            Self::DenyOverrides => match () {
                () if error_dp || (error_d && (error_p || permit)) => IndeterminateDP,
                () if error_d => IndeterminateD,
                () if permit => Permit,
                () if error_p => IndeterminateP,
                () => NotApplicable,
            },
            Self::PermitOverrides => match () {
                () if error_dp || (error_p && (error_d || deny)) => IndeterminateDP,
                () if error_p => IndeterminateP,
                () if deny => Deny,
                () if error_d => IndeterminateD,
                () => NotApplicable,
            },
            Self::DenyUnlessPermit => Deny,
            Self::PermitUnlessDeny => Permit,
            // The legacy algorithms ask for the effect of an Indeterminate rule; that is what its
            // extended value says (§7.11), and it carries over to policies as children.
            Self::LegacyDenyOverridesRules => match () {
                () if error_d || error_dp => IndeterminateDP,
                () if permit => Permit,
                () if heard.any_error() => IndeterminateDP,
                () => NotApplicable,
            },
            Self::LegacyPermitOverridesRules => match () {
                () if error_p || error_dp => IndeterminateDP,
                () if deny => Deny,
                () if heard.any_error() => IndeterminateDP,
                () => NotApplicable,
            },
            Self::LegacyDenyOverridesPolicies if permit => Permit,
            Self::LegacyPermitOverridesPolicies => match () {
                () if deny => Deny,
                () if heard.any_error() => IndeterminateDP,
                () => NotApplicable,
            },
            Self::LegacyDenyOverridesPolicies
            | Self::FirstApplicable
            | Self::OnlyOneApplicable
            | Self::OnPermitApplySecond
            | Self::Host(_) => NotApplicable,
        }
    }
}

#[cfg(test)]
mod tests;
