//! Combining algorithms, and when to choose which: [`rule`] and [`policy`] have the identifiers of the
//! standard's, and [`CombiningAlgorithm`] is for those of a host.
//!
//! An algorithm makes one decision of those of the rules of a policy, or of the policies of a
//! policy set (appendix C). Policies name it;
//! [`PdpBuilder::root_combining`](crate::PdpBuilder::root_combining) sets it for several root
//! policies and for a [`Store`](crate::Store).
//!
//! | choose | when | if no child applies | if a child is Indeterminate |
//! |---|---|---|---|
//! | `deny-overrides` (C.2) | one Deny outweighs every Permit | NotApplicable | Deny if another child denies; Permit if another permits and this one could not have denied; otherwise Indeterminate |
//! | `permit-overrides` (C.4) | one Permit outweighs every Deny | NotApplicable | Permit if another child permits; Deny if another denies and this one could not have permitted; otherwise Indeterminate |
//! | `deny-unless-permit` (C.6) | access is closed unless a child opens it, and callers expect Permit or Deny | Deny | Permit if another child permits; otherwise Deny |
//! | `permit-unless-deny` (C.7) | access is open unless a child closes it | **Permit** | Deny if another child denies; otherwise **Permit**, also where this child would have denied |
//! | `first-applicable` (C.8) | exceptions stand before the general case, and the first child that applies decides | NotApplicable | Indeterminate, unless an earlier child decided |
//! | `only-one-applicable` (C.9), for policies | every request belongs to one policy, and two that apply are a mistake | NotApplicable | Indeterminate; so it is if the targets of two policies match, or one target that is evaluated is Indeterminate |
//! | `on-permit-apply-second`, for policies | the first child is a condition of the second; a third is the alternative (Additional Combining Algorithms Profile 1.0) | the decision of the third, or NotApplicable | Indeterminate if the first is and could have permitted; otherwise that of the child that it leads to |
//!
//! To grant access only where a policy does, choose `deny-unless-permit`. It makes failures look
//! like an honest Deny: [`Response::troubles`](crate::Response::troubles) lists them.
//! `deny-overrides` shows most of them as Indeterminate.
//!
//! Two of the identifiers begin with `1.0`; for policies, `rule` is `policy` in all of them:
//!
//! ```
//! use vedtak::combining::{policy, rule};
//!
//! for (constant, id) in [
//!     (rule::DENY_OVERRIDES, "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides"),
//!     (rule::PERMIT_OVERRIDES, "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-overrides"),
//!     (rule::DENY_UNLESS_PERMIT, "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-unless-permit"),
//!     (rule::PERMIT_UNLESS_DENY, "urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:permit-unless-deny"),
//!     (rule::FIRST_APPLICABLE, "urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable"),
//!     (policy::ONLY_ONE_APPLICABLE, "urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:only-one-applicable"),
//!     (policy::ON_PERMIT_APPLY_SECOND, "urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:on-permit-apply-second"),
//! ] {
//!     assert_eq!(constant, id);
//! }
//! ```
//!
//! The `ordered-` forms (C.3, C.5) decide as those without: children are always combined in
//! document order. The `LEGACY_` constants are the algorithms of XACML 1.x and 2.0 (C.10 to C.13),
//! for policies that name them; new policies take those of 3.0. They differ where a child is
//! Indeterminate. For policies, legacy `deny-overrides` makes a Deny of it, and under legacy
//! `permit-overrides` another child's Deny stands although this one could have permitted. For rules,
//! only the extended value differs ([`ExtendedDecision`]).

// A fold takes one child's value after the other and ends as soon as the result is certain; it
// knows neither rules nor policies. The two algorithms that visit children in another way,
// only-one-applicable and on-permit-apply-second, are carried out where children are evaluated.

mod host;

use std::sync::Arc;

pub use host::{Children, CombinerParameter, CombiningAlgorithm};

use crate::decision::ExtendedDecision;

use ExtendedDecision::{
    Deny, IndeterminateD, IndeterminateDP, IndeterminateP, NotApplicable, Permit,
};

/// A combining algorithm: the values of children → the value of their policy.
#[derive(Clone, Debug)]
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
    /// Identifiers of the standard's rule-combining algorithms (appendix C), for the rules of a
    /// policy.
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
    /// Identifiers of the standard's policy-combining algorithms (appendix C), for policy sets, root
    /// policies and stores; and of on-permit-apply-second.
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

    /// Its first identifier in the standard for what it combines; empty for an algorithm of the host.
    pub(crate) fn id(&self, combined: Combined) -> &'static str {
        let kind = std::mem::discriminant(self);
        let is_it = |id: &&str| {
            let found = Self::standard(id);
            found.is_some_and(|found| std::mem::discriminant(&found) == kind)
        };
        Self::standard_ids(combined).find(is_it).unwrap_or("")
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
    /// Whether a child that is NotApplicable makes no difference. The index leaves such children out
    /// only where this is so.
    pub(crate) fn ignores_what_does_not_apply(&self) -> bool {
        match self {
            Self::DenyOverrides
            | Self::PermitOverrides
            | Self::DenyUnlessPermit
            | Self::PermitUnlessDeny
            | Self::FirstApplicable
            | Self::OnlyOneApplicable
            | Self::LegacyDenyOverridesRules
            | Self::LegacyDenyOverridesPolicies
            | Self::LegacyPermitOverridesRules
            | Self::LegacyPermitOverridesPolicies => true,
            Self::OnPermitApplySecond | Self::Host(_) => false,
        }
    }

    /// Whether the value is NotApplicable if that of every child is. Only then may the index above
    /// leave out the policy for what its children ask for.
    pub(crate) fn applies_only_through_children(&self) -> bool {
        match self {
            Self::DenyOverrides
            | Self::PermitOverrides
            | Self::FirstApplicable
            | Self::OnlyOneApplicable
            | Self::LegacyDenyOverridesRules
            | Self::LegacyDenyOverridesPolicies
            | Self::LegacyPermitOverridesRules
            | Self::LegacyPermitOverridesPolicies => true,
            Self::DenyUnlessPermit
            | Self::PermitUnlessDeny
            | Self::OnPermitApplySecond
            | Self::Host(_) => false,
        }
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
