//! Rules, policies and policy sets (§7.9 to §7.15), with their obligations and advice (§7.18).

use vedtak::syntax::{
    AttributeAssignmentExpression, Document, Effect, Policy, PolicyChild, PolicySet,
    PolicySetChild, Rule, VariableDefinition,
};

use super::datum::Operand;
use super::targets::{Applies, target};
use super::{
    Assignment, Could, Duty, Failure, Outcome, Verdict, World, combining, expression, references,
    version_2,
};

/// What combining algorithms combine.
#[derive(Clone, Copy)]
pub(crate) enum Node<'a> {
    /// A rule, and the policy whose variables it may use.
    Rule(&'a Rule, &'a Policy),
    Policy(&'a Policy),
    PolicySet(&'a PolicySet),
}

pub(crate) fn node(document: &Document) -> Node<'_> {
    match document {
        Document::Policy(policy) => Node::Policy(policy),
        Document::PolicySet(set) => Node::PolicySet(set),
    }
}

pub(crate) fn evaluate(world: &World<'_>, node: Node<'_>) -> Outcome {
    match node {
        Node::Rule(rule, policy) => evaluate_rule(world, rule, policy),
        Node::Policy(_) | Node::PolicySet(_) => evaluate_policy(world, node),
    }
}

/// Whether the target of a node applies: all that only-one-applicable looks at (C.9).
pub(crate) fn applies(world: &World<'_>, node: Node<'_>) -> Applies {
    let written = match node {
        Node::Rule(rule, _) => rule.target.as_ref(),
        Node::Policy(policy) => Some(&policy.target),
        Node::PolicySet(set) => Some(&set.target),
    };
    match written {
        Some(written) if version_2::is_of_2(node) => version_2::target(world, written),
        Some(written) => target(world, written),
        None => Applies::Match,
    }
}

/// Table 4.
fn evaluate_rule(world: &World<'_>, rule: &Rule, policy: &Policy) -> Outcome {
    let place = place(Node::Rule(rule, policy));
    let indeterminate = |failure| {
        world.meet(failure, &place);
        Verdict::Indeterminate(could_be(rule.effect), failure).into()
    };
    match applies(world, Node::Rule(rule, policy)) {
        Applies::Match => {}
        Applies::NoMatch => return Verdict::NotApplicable.into(),
        Applies::Indeterminate(failure) => return indeterminate(failure),
    }
    let variables = variables(policy);
    if let Some(condition) = &rule.condition {
        match expression::evaluate(world, &variables, condition) {
            Ok(value) if value.as_boolean() => {}
            Ok(_) => return Verdict::NotApplicable.into(),
            Err(failure) => return indeterminate(failure),
        }
    }
    let outcome = verdict(rule.effect).into();
    with_duties(world, Node::Rule(rule, policy), outcome)
}

/// Tables 5 and 6, and 7 for an Indeterminate target; in 2.0, those of 2.0 §7.10 and §7.11.
fn evaluate_policy(world: &World<'_>, node: Node<'_>) -> Outcome {
    let applies = applies(world, node);
    if applies == Applies::NoMatch {
        return Verdict::NotApplicable.into();
    }
    let of_2 = version_2::is_of_2(node);
    if let (true, Applies::Indeterminate(failure)) = (of_2, applies) {
        world.meet(failure, &place(node));
        return Verdict::Indeterminate(Could::Both, failure).into();
    }
    let own_place = place(node);
    let combine = |algorithm: &str, children: &[Node<'_>]| {
        let as_in_2 = of_2.then(|| version_2::combine(world, algorithm, children, &own_place));
        let outcome = as_in_2.flatten();
        outcome
            .unwrap_or_else(|| combining::combine(world, algorithm, children, (&own_place, of_2)))
    };
    let outcome = match node {
        Node::Policy(policy) => {
            let rules = policy.children.iter().filter_map(|child| match child {
                PolicyChild::Rule(rule) => Some(Node::Rule(rule, policy)),
                _ => None,
            });
            combine(&policy.combining_algorithm, &rules.collect::<Vec<_>>())
        }
        Node::PolicySet(set) => {
            let children = set.children.iter().filter_map(|child| match child {
                PolicySetChild::Policy(policy) => Some(Node::Policy(policy)),
                PolicySetChild::PolicySet(set) => Some(Node::PolicySet(set)),
                PolicySetChild::PolicyReference(reference) => {
                    Some(references::resolve(world, reference, false))
                }
                PolicySetChild::PolicySetReference(reference) => {
                    Some(references::resolve(world, reference, true))
                }
                _ => None,
            });
            combine(&set.combining_algorithm, &children.collect::<Vec<_>>())
        }
        Node::Rule(..) => unreachable!("a rule is no policy"),
    };
    if let Applies::Indeterminate(failure) = applies {
        let could = match outcome.verdict {
            Verdict::NotApplicable => return Verdict::NotApplicable.into(),
            Verdict::Permit => Could::Permit,
            Verdict::Deny => Could::Deny,
            Verdict::Indeterminate(could, _) => could,
        };
        world.meet(failure, &place(node));
        return Verdict::Indeterminate(could, failure).into();
    }
    let outcome = with_duties(world, node, outcome);
    match of_2 {
        true => version_2::one_indeterminate(outcome),
        false => outcome,
    }
}

/// The outcome with the node's own obligations and advice; without them an Indeterminate, if one
/// that applies cannot be made (§7.18).
fn with_duties(world: &World<'_>, node: Node<'_>, mut outcome: Outcome) -> Outcome {
    let effect = match outcome.verdict {
        Verdict::Permit => Effect::Permit,
        Verdict::Deny => Effect::Deny,
        Verdict::NotApplicable | Verdict::Indeterminate(..) => return outcome.verdict.into(),
    };
    let (obligations, advice, variables) = match node {
        Node::Rule(rule, policy) => (&rule.obligations, &rule.advice, variables(policy)),
        Node::Policy(policy) => (&policy.obligations, &policy.advice, variables(policy)),
        Node::PolicySet(set) => (&set.obligations, &set.advice, Vec::new()),
    };
    let duty = |id: &str, assignments: &[AttributeAssignmentExpression]| -> Result<Duty, Failure> {
        let mut made = Vec::new();
        for assignment in assignments {
            made.extend(assign(world, &variables, assignment)?);
        }
        Ok(Duty {
            id: id.to_owned(),
            assignments: made,
        })
    };
    let mut fulfil = || -> Result<(), Failure> {
        for written in obligations
            .iter()
            .filter(|written| written.fulfill_on == effect)
        {
            outcome
                .obligations
                .push(duty(&written.id, &written.assignments)?);
        }
        for written in advice.iter().filter(|written| written.applies_to == effect) {
            outcome
                .advice
                .push(duty(&written.id, &written.assignments)?);
        }
        Ok(())
    };
    match fulfil() {
        Ok(()) => outcome,
        Err(failure) => {
            world.meet(failure, &place(node));
            Verdict::Indeterminate(could_be(effect), failure).into()
        }
    }
}

/// A rule or a policy, by its ids.
pub(crate) fn place(node: Node<'_>) -> String {
    match node {
        Node::Rule(rule, policy) => format!("{}, {}", place(Node::Policy(policy)), rule.id),
        Node::Policy(policy) => format!("{} {}", policy.id, policy.version),
        Node::PolicySet(set) => format!("{} {}", set.id, set.version),
    }
}

/// One assignment per value (§5.41).
fn assign(
    world: &World<'_>,
    variables: &[&VariableDefinition],
    written: &AttributeAssignmentExpression,
) -> Result<Vec<Assignment>, Failure> {
    let values = match expression::evaluate(world, variables, &written.expression)? {
        Operand::One(value) => vec![value],
        Operand::Bag(values) => values,
    };
    let assignment = |value| Assignment {
        id: written.id.clone(),
        category: written.category.clone(),
        issuer: written.issuer.clone(),
        value,
    };
    Ok(values.into_iter().map(assignment).collect())
}

fn variables(policy: &Policy) -> Vec<&VariableDefinition> {
    let variables = policy.children.iter().filter_map(|child| match child {
        PolicyChild::Variable(variable) => Some(variable),
        _ => None,
    });
    variables.collect()
}

fn verdict(effect: Effect) -> Verdict {
    match effect {
        Effect::Permit => Verdict::Permit,
        Effect::Deny => Verdict::Deny,
    }
}

fn could_be(effect: Effect) -> Could {
    match effect {
        Effect::Permit => Could::Permit,
        Effect::Deny => Could::Deny,
    }
}
