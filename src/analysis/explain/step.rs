//! A combining algorithm and the values of the children → the step that made the value of their
//! policy, in words (appendix C).

use super::tree::{Node, NodeRole};
use super::words;
use crate::combining::Algorithm;
use crate::decision::{Effect, ExtendedDecision};

/// The parent of the children.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum RootStep {
    /// A policy or a policy set.
    Policy,
    /// A store: its index has left out the policies that cannot apply.
    Store,
}

/// The step in words. `value` is that of the policy; none if it was not evaluated.
pub(super) fn step(
    algorithm: &Algorithm,
    value: Option<ExtendedDecision>,
    children: &[Node],
    root: RootStep,
) -> String {
    let Some(value) = value else {
        return "not evaluated".to_owned();
    };
    let none = match root {
        RootStep::Policy => "no child applies",
        RootStep::Store => "no policy of the store applies",
    };
    let applied = applied(children);
    let effect = value.effect();
    match algorithm {
        Algorithm::FirstApplicable => match effect {
            Some(_) => format!("the first child that applies decides{applied}"),
            None if value.is_indeterminate() => {
                format!("the first child that applies is Indeterminate{applied}")
            }
            None => none.to_owned(),
        },
        Algorithm::DenyOverrides | Algorithm::LegacyDenyOverridesRules => match effect {
            Some(Effect::Deny) => format!("one Deny outweighs every Permit{applied}"),
            Some(Effect::Permit) => format!("a child permits, and none denies{applied}"),
            None if value.is_indeterminate() => {
                format!("a child that is Indeterminate could have decided{applied}")
            }
            None => none.to_owned(),
        },
        Algorithm::PermitOverrides
        | Algorithm::LegacyPermitOverridesRules
        | Algorithm::LegacyPermitOverridesPolicies => match effect {
            Some(Effect::Permit) => format!("one Permit outweighs every Deny{applied}"),
            Some(Effect::Deny) => format!("a child denies, and none permits{applied}"),
            None if value.is_indeterminate() => {
                format!("a child that is Indeterminate could have decided{applied}")
            }
            None => none.to_owned(),
        },
        Algorithm::LegacyDenyOverridesPolicies => match effect {
            Some(Effect::Deny) => format!("a child denies, or is Indeterminate{applied}"),
            Some(Effect::Permit) => format!("a child permits, and none denies{applied}"),
            None => none.to_owned(),
        },
        Algorithm::DenyUnlessPermit => match effect {
            Some(Effect::Permit) => format!("a child permits{applied}"),
            _ => "no child permits, so it is Deny".to_owned(),
        },
        Algorithm::PermitUnlessDeny => match effect {
            Some(Effect::Deny) => format!("a child denies{applied}"),
            _ => "no child denies, so it is Permit".to_owned(),
        },
        Algorithm::OnlyOneApplicable => match effect {
            Some(_) => format!("one policy applies, and it decides{applied}"),
            None if value.is_indeterminate() => {
                "more than one policy applies, or one is Indeterminate".to_owned()
            }
            None => none.to_owned(),
        },
        Algorithm::OnPermitApplySecond => {
            "the second child decides if the first permits, otherwise the third".to_owned()
        }
        Algorithm::Host(_) => "the algorithm of the host made this of its children".to_owned(),
    }
}

/// The first child that has the value of the policy: ``: Rule `r` ``.
fn applied(children: &[Node]) -> String {
    let mut children = children.iter();
    match children.find(|child| child.role == NodeRole::Decides) {
        Some(child) => format!(": {}", words::name(child)),
        None => String::new(),
    }
}
