//! The combining algorithms (appendix C) as folds over the values of children.
//!
//! A fold takes one child's value after the other and ends as soon as the result is certain; it
//! knows neither rules nor policies. The two algorithms that visit children in another way,
//! only-one-applicable and on-permit-apply-second, are carried out where children are evaluated.

mod host;

use std::fmt;
use std::sync::Arc;

pub use host::{Children, CombiningAlgorithm, Parameter};

use crate::decision::ExtendedDecision;

use ExtendedDecision::{
    Deny, IndeterminateD, IndeterminateDP, IndeterminateP, NotApplicable, Permit,
};

/// A combining algorithm: the values of children → the value of their policy.
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

/// The children that an algorithm combines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combined {
    Rules,
    Policies,
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

/// One table: the constants in `rule` and `policy`, and the rows behind [`Algorithm::standard`].
macro_rules! algorithms {
    ($($(#[$of:meta])* $module:ident: $kind:literal {
        $($name:ident = $version:literal $id:literal $algorithm:ident;)*
    })*) => {
        $(
            $(#[$of])*
            pub mod $module {
                $(
                    #[doc = concat!("`", $id, "`, of XACML ", $version)]
                    pub const $name: &str =
                        concat!("urn:oasis:names:tc:xacml:", $version, ":", $kind, $id);
                )*
            }
        )*

        /// The standard's algorithms.
        const STANDARD: &[(&str, Algorithm)] =
            &[$($(($module::$name, Algorithm::$algorithm)),*),*];
    };
}

algorithms! {
    /// Identifiers of the standard's rule-combining algorithms (appendix C).
    ///
    /// ```
    /// use vedtak::combining::rule;
    /// let id = "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit";
    /// assert_eq!(rule::DENY_UNLESS_PERMIT, id);
    /// ```
    rule: "rule-combining-algorithm:" {
        DENY_OVERRIDES = "3.0" "deny-overrides" DenyOverrides;
        ORDERED_DENY_OVERRIDES = "3.0" "ordered-deny-overrides" DenyOverrides;
        PERMIT_OVERRIDES = "3.0" "permit-overrides" PermitOverrides;
        ORDERED_PERMIT_OVERRIDES = "3.0" "ordered-permit-overrides" PermitOverrides;
        DENY_UNLESS_PERMIT = "3.0" "deny-unless-permit" DenyUnlessPermit;
        PERMIT_UNLESS_DENY = "3.0" "permit-unless-deny" PermitUnlessDeny;
        FIRST_APPLICABLE = "1.0" "first-applicable" FirstApplicable;
        LEGACY_DENY_OVERRIDES = "1.0" "deny-overrides" LegacyDenyOverridesRules;
        LEGACY_ORDERED_DENY_OVERRIDES = "1.1" "ordered-deny-overrides" LegacyDenyOverridesRules;
        LEGACY_PERMIT_OVERRIDES = "1.0" "permit-overrides" LegacyPermitOverridesRules;
        LEGACY_ORDERED_PERMIT_OVERRIDES =
            "1.1" "ordered-permit-overrides" LegacyPermitOverridesRules;
    }
    /// Identifiers of the standard's policy-combining algorithms (appendix C), and of
    /// on-permit-apply-second.
    policy: "policy-combining-algorithm:" {
        DENY_OVERRIDES = "3.0" "deny-overrides" DenyOverrides;
        ORDERED_DENY_OVERRIDES = "3.0" "ordered-deny-overrides" DenyOverrides;
        PERMIT_OVERRIDES = "3.0" "permit-overrides" PermitOverrides;
        ORDERED_PERMIT_OVERRIDES = "3.0" "ordered-permit-overrides" PermitOverrides;
        DENY_UNLESS_PERMIT = "3.0" "deny-unless-permit" DenyUnlessPermit;
        PERMIT_UNLESS_DENY = "3.0" "permit-unless-deny" PermitUnlessDeny;
        FIRST_APPLICABLE = "1.0" "first-applicable" FirstApplicable;
        ONLY_ONE_APPLICABLE = "1.0" "only-one-applicable" OnlyOneApplicable;
        LEGACY_DENY_OVERRIDES = "1.0" "deny-overrides" LegacyDenyOverridesPolicies;
        LEGACY_ORDERED_DENY_OVERRIDES = "1.1" "ordered-deny-overrides" LegacyDenyOverridesPolicies;
        LEGACY_PERMIT_OVERRIDES = "1.0" "permit-overrides" LegacyPermitOverridesPolicies;
        LEGACY_ORDERED_PERMIT_OVERRIDES =
            "1.1" "ordered-permit-overrides" LegacyPermitOverridesPolicies;
        ON_PERMIT_APPLY_SECOND = "3.0" "on-permit-apply-second" OnPermitApplySecond;
    }
}

impl Algorithm {
    /// The standard's algorithm with this id. Rule- and policy-combining ids are accepted for
    /// rules and policies alike: policies found in the wild mix them.
    pub(crate) fn standard(id: &str) -> Option<Self> {
        STANDARD
            .iter()
            .find(|(standard, _)| id == *standard)
            .map(|(_, algorithm)| algorithm.clone())
    }

    /// The ids of the standard's algorithms that are meant for rules, or for policies.
    pub(crate) fn standard_ids(combined: Combined) -> impl Iterator<Item = &'static str> {
        let kind = match combined {
            Combined::Rules => ":rule-combining-algorithm:",
            Combined::Policies => ":policy-combining-algorithm:",
        };
        let ids = STANDARD.iter().map(|(id, _)| *id);
        ids.filter(move |id| id.contains(kind))
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

    /// Adds the value of the next child; `Some` ends the fold with that value.
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
            // C.8 does not track the decisions that an Indeterminate could have been, so C.1 makes
            // it {DP}.
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
