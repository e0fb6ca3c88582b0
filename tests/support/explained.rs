//! What holds for the explanation of any decision: its tree has the decision, and each parent follows
//! from its children by its table of the standard.

use vedtak::Decision;
use vedtak::analysis::explain::{Element, Explanation, Node, NodeRole, NodeValue};
use vedtak::decision::ExtendedDecision;

use ExtendedDecision::{
    Deny, IndeterminateD, IndeterminateDP, IndeterminateP, NotApplicable, Permit,
};

/// Whether an explanation is consistent, or what is not.
pub(crate) fn check(explanation: &Explanation, decision: Decision) -> Result<(), String> {
    if explanation.decision != decision {
        return Err(format!(
            "{} is explained, {decision} decided",
            explanation.decision
        ));
    }
    if let Some(value) = explanation.disagreement {
        return Err(format!(
            "the tree has {value:?}, but {decision} was decided"
        ));
    }
    let first = format!("{decision}: ");
    if !explanation.why.starts_with(&first) || explanation.why.contains('\n') {
        return Err(format!("why is not one sentence: {}", explanation.why));
    }
    let Some(tree) = &explanation.tree else {
        return Ok(());
    };
    // Then a limit or the setting of the host decides instead.
    let mut remarks = explanation.remarks.iter();
    let is_of_policies = !remarks.any(|remark| remark.starts_with("the policies come to "));
    match tree.decision() {
        Some(value) if is_of_policies && Decision::from(value) != decision => {
            return Err(format!(
                "the tree has {value:?}, but {decision} was decided"
            ));
        }
        None if is_of_policies && explanation.remarks.is_empty() => {
            return Err(format!("the tree has no value: {:?}", tree.value));
        }
        _ => {}
    }
    check_node(tree)
}

fn check_node(node: &Node) -> Result<(), String> {
    match follows(node) {
        true => node.children.iter().try_for_each(check_node),
        false => {
            let found: String = format!("{node:?}").chars().take(2_000).collect();
            Err(format!(
                "this does not follow from what is within it: {found}"
            ))
        }
    }
}

fn follows(node: &Node) -> bool {
    let truths: Vec<bool> = node.children.iter().filter_map(truth).collect();
    let is_whole = truths.len() == node.children.len() && node.not_shown == 0;
    match (&node.element, &node.value) {
        // One that is false outweighs the others (§7.7, tables 1 to 3).
        (Element::Target | Element::AllOf, NodeValue::Boolean(true)) => {
            truths.iter().all(|truth| *truth)
        }
        (Element::Target | Element::AllOf, NodeValue::Boolean(false)) if is_whole => {
            truths.contains(&false)
        }
        (Element::AnyOf, NodeValue::Boolean(true)) => truths.contains(&true),
        (Element::AnyOf, NodeValue::Boolean(false)) => !truths.contains(&true),
        (Element::Condition, NodeValue::Boolean(value)) if is_whole && !truths.is_empty() => {
            truths == [*value]
        }
        (Element::Apply, NodeValue::Boolean(value)) if is_whole && node.name.ends_with(":and") => {
            *value != truths.contains(&false)
        }
        (Element::Apply, NodeValue::Boolean(value)) if is_whole && node.name.ends_with(":or") => {
            *value == truths.contains(&true)
        }
        (Element::Apply, NodeValue::Boolean(value)) if is_whole && node.name.ends_with(":not") => {
            truths == [!value]
        }
        (Element::Rule, NodeValue::Decision(NotApplicable)) => {
            truths.contains(&false) || node.not_shown > 0
        }
        (Element::Rule, NodeValue::Decision(Permit | Deny)) => {
            let mut tests = node
                .children
                .iter()
                .filter(|child| matches!(child.element, Element::Target | Element::Condition));
            tests.all(|test| truth(test) == Some(true))
        }
        (Element::Reference, value) => node.children.iter().all(|child| child.value == *value),
        (Element::Policy | Element::PolicySet | Element::Roots, NodeValue::Decision(value)) => {
            policy_follows(node, *value)
        }
        _ => true,
    }
}

fn truth(node: &Node) -> Option<bool> {
    match &node.value {
        NodeValue::Boolean(value) => Some(*value),
        NodeValue::Values(all, 0) if all.len() == 1 => all[0].as_bool(),
        _ => None,
    }
}

fn policy_follows(node: &Node, value: ExtendedDecision) -> bool {
    let children: Vec<&Node> = node
        .children
        .iter()
        .filter(|child| child.is_child_of_policy())
        .collect();
    let is_left_out = |child: &&&Node| child.role == NodeRole::LeftOut;
    if !children
        .iter()
        .filter(is_left_out)
        .all(|child| child.decision() == Some(NotApplicable))
    {
        return false;
    }
    let is_failed = |child: &Node| {
        !child.is_child_of_policy() && matches!(child.value, NodeValue::Indeterminate(_))
    };
    let target_is_false = node
        .children
        .iter()
        .any(|child| !child.is_child_of_policy() && truth(child) == Some(false));
    let open = children.iter().any(|child| child.decision().is_none());
    if target_is_false || open || node.not_shown > 0 || node.children.iter().any(is_failed) {
        return !target_is_false || value == NotApplicable;
    }
    let values: Vec<ExtendedDecision> = children
        .iter()
        .filter_map(|child| child.decision())
        .collect();
    let combining = node.combining.as_ref();
    // Where no documents are kept, the tree does not have what is inside an obligation.
    if combining.is_some_and(|of| {
        of.step
            .starts_with("an obligation or advice of it has no value")
    }) {
        return Decision::from(value) == Decision::Indeterminate;
    }
    let algorithm = combining.map_or("", |combining| &combining.algorithm);
    match combined(algorithm, &values) {
        Some(expected) => Decision::from(expected) == Decision::from(value),
        None => true,
    }
}

/// Appendix C, as far as the values of the children are enough. The legacy algorithms (C.10 to C.13) are
/// told from the others by their identifiers, and left to the oracle.
fn combined(algorithm: &str, values: &[ExtendedDecision]) -> Option<ExtendedDecision> {
    let has = |wanted: ExtendedDecision| values.contains(&wanted);
    let name = algorithm.rsplit(':').next().unwrap_or_default();
    let is_legacy = algorithm.contains(":xacml:1.") && !name.ends_with("applicable");
    if is_legacy {
        return None;
    }
    let permit = || has(Permit);
    Some(match name.trim_start_matches("ordered-") {
        "deny-overrides" if has(Deny) => Deny,
        "deny-overrides" if has(IndeterminateDP) => IndeterminateDP,
        "deny-overrides" if has(IndeterminateD) && (has(IndeterminateP) || permit()) => {
            IndeterminateDP
        }
        "deny-overrides" if has(IndeterminateD) => IndeterminateD,
        "deny-overrides" if permit() => Permit,
        "deny-overrides" if has(IndeterminateP) => IndeterminateP,
        "permit-overrides" if permit() => Permit,
        "permit-overrides" if has(IndeterminateDP) => IndeterminateDP,
        "permit-overrides" if has(IndeterminateP) && (has(IndeterminateD) || has(Deny)) => {
            IndeterminateDP
        }
        "permit-overrides" if has(IndeterminateP) => IndeterminateP,
        "permit-overrides" if has(Deny) => Deny,
        "permit-overrides" if has(IndeterminateD) => IndeterminateD,
        "deny-overrides" | "permit-overrides" => NotApplicable,
        "deny-unless-permit" if permit() => Permit,
        "deny-unless-permit" => Deny,
        "permit-unless-deny" if has(Deny) => Deny,
        "permit-unless-deny" => Permit,
        "first-applicable" => {
            let mut values = values.iter().copied();
            values
                .find(|value| *value != NotApplicable)
                .unwrap_or(NotApplicable)
        }
        _ => return None,
    })
}
