//! Rules, policies and policy sets of XACML 2.0 (2.0 §7.5, §7.8, §7.10, §7.11 and appendix C), where
//! they differ from those of 3.0: targets, what a policy whose target is Indeterminate is, and the
//! combining algorithms that 2.0 has. Those of 3.0 are what 3.0 says.

use vedtak::syntax::{Effect, Target, XacmlVersion};

use super::policies::{Node, applies, evaluate, place};
use super::targets::{Applies, any_of};
use super::{Could, Failure, Outcome, Verdict, World};

/// Whether a node stands in a document of 2.0.
pub(crate) fn is_of_2(node: Node<'_>) -> bool {
    let xacml = match node {
        Node::Rule(_, policy) | Node::Policy(policy) => policy.xacml,
        Node::PolicySet(set) => set.xacml,
    };
    xacml == XacmlVersion::V2
}

/// The table of 2.0 §7.5, over the sections that are there.
pub(crate) fn target(world: &World<'_>, target: &Target) -> Applies {
    let mut value = Applies::Match;
    for section in &target.any_of {
        match (any_of(world, section), value) {
            (_, Applies::Indeterminate(_)) | (Applies::Match, _) => {}
            (other, _) => value = other,
        }
    }
    value
}

/// 2.0 knows one Indeterminate; what it could have been is told by nobody.
pub(crate) fn one_indeterminate(mut outcome: Outcome) -> Outcome {
    if let Verdict::Indeterminate(could, _) = &mut outcome.verdict {
        *could = Could::Both;
    }
    outcome
}

/// A child of a policy of 2.0. A rule has an effect, and a policy has none.
fn child(world: &World<'_>, node: Node<'_>) -> Outcome {
    match node {
        Node::Rule(..) => evaluate(world, node),
        Node::Policy(_) | Node::PolicySet(_) => one_indeterminate(evaluate(world, node)),
    }
}

/// The algorithms of 2.0 C; none if `algorithm` is one of 3.0. `place` is what is combined.
pub(crate) fn combine(
    world: &World<'_>,
    algorithm: &str,
    children: &[Node<'_>],
    place: &str,
) -> Option<Outcome> {
    let algorithm = algorithm.strip_prefix("urn:oasis:names:tc:xacml:1.")?;
    let (_, algorithm) = algorithm.split_once(':')?;
    let (what, name) = algorithm.split_once("-combining-algorithm:")?;
    Some(match (what, name.trim_start_matches("ordered-")) {
        ("rule", "deny-overrides") => overrides(world, children, Effect::Deny),
        ("rule", "permit-overrides") => overrides(world, children, Effect::Permit),
        ("policy", "deny-overrides") => policies_deny_overrides(world, children),
        ("policy", "permit-overrides") => policies_permit_overrides(world, children),
        (_, "first-applicable") => first_applicable(world, children),
        ("policy", "only-one-applicable") => only_one_applicable(world, children, place),
        other => panic!("no algorithm of 2.0: {other:?}"),
    })
}

/// 2.0 C.1 and C.2, over rules.
fn overrides(world: &World<'_>, children: &[Node<'_>], effect: Effect) -> Outcome {
    let (mut gathered, mut at_least_one_error, mut potential) = (Gathered::default(), None, None);
    for node in children {
        let outcome = child(world, *node);
        match outcome.verdict {
            Verdict::Indeterminate(_, failure) => {
                at_least_one_error = at_least_one_error.or(Some(failure));
                // Who lists policies under an algorithm for rules has no effect to look at.
                let of_effect = match node {
                    Node::Rule(rule, _) => rule.effect == effect,
                    Node::Policy(_) | Node::PolicySet(_) => true,
                };
                if of_effect {
                    potential = at_least_one_error;
                }
            }
            _ => gathered.add(outcome),
        }
        if gathered.of(effect).is_some() {
            return gathered.end(effect);
        }
    }
    let other = match effect {
        Effect::Permit => Effect::Deny,
        Effect::Deny => Effect::Permit,
    };
    match (potential, gathered.of(other), at_least_one_error) {
        (Some(failure), _, _) => indeterminate(failure),
        (None, Some(_), _) => gathered.end(other),
        (None, None, Some(failure)) => indeterminate(failure),
        (None, None, None) => Verdict::NotApplicable.into(),
    }
}

/// 2.0 C.1, over policies.
fn policies_deny_overrides(world: &World<'_>, children: &[Node<'_>]) -> Outcome {
    let mut gathered = Gathered::default();
    for node in children {
        let outcome = child(world, *node);
        match outcome.verdict {
            Verdict::Deny => {
                gathered.add(outcome);
                return gathered.end(Effect::Deny);
            }
            // "Deny", with nothing of the child that failed.
            Verdict::Indeterminate(..) => return gathered.end(Effect::Deny),
            Verdict::Permit | Verdict::NotApplicable => gathered.add(outcome),
        }
    }
    match gathered.of(Effect::Permit) {
        Some(_) => gathered.end(Effect::Permit),
        None => Verdict::NotApplicable.into(),
    }
}

/// 2.0 C.2, over policies.
fn policies_permit_overrides(world: &World<'_>, children: &[Node<'_>]) -> Outcome {
    let (mut gathered, mut error) = (Gathered::default(), None);
    for node in children {
        let outcome = child(world, *node);
        match outcome.verdict {
            Verdict::Permit => {
                gathered.add(outcome);
                return gathered.end(Effect::Permit);
            }
            Verdict::Indeterminate(_, failure) => error = error.or(Some(failure)),
            Verdict::Deny | Verdict::NotApplicable => gathered.add(outcome),
        }
    }
    match (gathered.of(Effect::Deny), error) {
        (Some(_), _) => gathered.end(Effect::Deny),
        (None, Some(failure)) => indeterminate(failure),
        (None, None) => Verdict::NotApplicable.into(),
    }
}

/// 2.0 C.3.
fn first_applicable(world: &World<'_>, children: &[Node<'_>]) -> Outcome {
    for node in children {
        let outcome = child(world, *node);
        if outcome.verdict != Verdict::NotApplicable {
            return one_indeterminate(outcome);
        }
    }
    Verdict::NotApplicable.into()
}

/// 2.0 C.4.
fn only_one_applicable(world: &World<'_>, children: &[Node<'_>], own: &str) -> Outcome {
    let mut selected = None;
    for node in children {
        match (applies(world, *node), selected) {
            (Applies::NoMatch, _) => {}
            (Applies::Indeterminate(failure), _) => {
                world.meet(failure, &place(*node));
                return indeterminate(failure);
            }
            (Applies::Match, Some(_)) => {
                world.meet(Failure::Processing, own);
                return indeterminate(Failure::Processing);
            }
            (Applies::Match, None) => selected = Some(*node),
        }
    }
    match selected {
        Some(node) => child(world, node),
        None => Verdict::NotApplicable.into(),
    }
}

fn indeterminate(failure: Failure) -> Outcome {
    Verdict::Indeterminate(Could::Both, failure).into()
}

/// Children that permit, and those that deny, with what they oblige to (2.0 §7.14).
#[derive(Default)]
struct Gathered {
    permit: Vec<Outcome>,
    deny: Vec<Outcome>,
}

impl Gathered {
    fn add(&mut self, outcome: Outcome) {
        match outcome.verdict {
            Verdict::Permit => self.permit.push(outcome),
            Verdict::Deny => self.deny.push(outcome),
            Verdict::NotApplicable | Verdict::Indeterminate(..) => {}
        }
    }

    fn of(&self, effect: Effect) -> Option<&Outcome> {
        match effect {
            Effect::Permit => self.permit.first(),
            Effect::Deny => self.deny.first(),
        }
    }

    fn end(self, effect: Effect) -> Outcome {
        let (verdict, children) = match effect {
            Effect::Permit => (Verdict::Permit, self.permit),
            Effect::Deny => (Verdict::Deny, self.deny),
        };
        let mut outcome = Outcome::from(verdict);
        for child in children {
            outcome.obligations.extend(child.obligations);
            outcome.advice.extend(child.advice);
        }
        outcome
    }
}
