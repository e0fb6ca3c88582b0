//! A policy or policy set → what is wrong with how it combines.

use super::literals::Reason;
use crate::combining::{Algorithm, Combined};
use crate::error::{cut, last_part};
use crate::syntax::{PolicySet, PolicySetChild};

/// The reason why a combining algorithm is hardly meant for what it combines: the standard has its
/// identifier for the other kind of children.
pub(super) fn other_algorithm(id: &str, combined: Combined) -> Option<Reason> {
    const RULES: &str = ":rule-combining-algorithm:";
    const POLICIES: &str = ":policy-combining-algorithm:";
    Algorithm::standard(id)?;
    let (element, own, other) = match combined {
        Combined::Rules => ("Policy", RULES, POLICIES),
        Combined::Policies => ("PolicySet", POLICIES, RULES),
    };
    if !id.contains(other) {
        return None;
    }
    let (combines, takes) = match combined {
        Combined::Rules => ("rules", "policies"),
        Combined::Policies => ("policies", "rules"),
    };
    let message = format!(
        "a {element} combines {combines}, and this `{}` is the one for {takes}; another decision point \
         may refuse it",
        last_part(id)
    );
    let meant = id.replacen(other, own, 1);
    let cure = Algorithm::standard(&meant).map(|_| format!("write `{}`", cut(&meant)));
    Some((message, cure))
}

/// The reason why a policy without children never applies; none under an algorithm that decides without
/// any, or that is the host's.
pub(super) fn nothing_to_combine(id: &str, combined: Combined) -> Option<Reason> {
    let decides = matches!(
        Algorithm::standard(id)?,
        Algorithm::DenyUnlessPermit
            | Algorithm::PermitUnlessDeny
            | Algorithm::OnPermitApplySecond
            | Algorithm::Host(_)
    );
    let (element, child) = match combined {
        Combined::Rules => ("Policy", "rule"),
        Combined::Policies => ("PolicySet", "policy"),
    };
    let message = format!("this {element} has no {child}, so it is NotApplicable to every request");
    let cure = format!("add a {child}, or remove the {element}");
    (!decides).then_some((message, Some(cure)))
}

/// Whether a policy set has a policy, in place or by reference.
pub(super) fn has_policies(set: &PolicySet) -> bool {
    set.children.iter().any(|child| match child {
        PolicySetChild::PolicySet(_)
        | PolicySetChild::Policy(_)
        | PolicySetChild::PolicySetReference(_)
        | PolicySetChild::PolicyReference(_) => true,
        PolicySetChild::Parameters(_)
        | PolicySetChild::PolicyParameters(..)
        | PolicySetChild::PolicySetParameters(..) => false,
    })
}
