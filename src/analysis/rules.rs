//! Rules that make no difference: those that never apply, and those that never decide.

use std::sync::Arc;

use super::Unanswered;
use super::ask::Analysis;
use super::diagram::fold::fold;
use super::diagram::node::{Leaf, NodeId, Truth};
use super::diagram::path::walk;
use super::diagram::policy::{Detail, Diagrams, OpenChild, OpenPolicy, OpenRoot, OpenRule};
use super::difference::Paired;
use super::residual::value_of;
use crate::decision::{Decision, Effect};

/// A rule that makes no difference to its policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdleRule {
    /// The id of its policy.
    pub policy: Arc<str>,
    /// The version of its policy.
    pub version: Arc<str>,
    /// The id of the rule.
    pub rule: Arc<str>,
    /// Its number, from 1, among the rules with this id in its policy.
    pub nth: u32,
    /// The effect of the rule.
    pub effect: Effect,
    /// Why it makes no difference.
    pub why: Idleness,
}

/// Why a rule makes no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idleness {
    /// No request is such that it applies.
    NeverApplies,
    /// It applies to some requests, and the decision of its policy is never its effect there: other
    /// rules outweigh it.
    NeverDecides,
    /// Wherever the decision is its effect, it is so without the rule.
    Redundant,
}

impl Analysis<'_> {
    /// Finds the rules that make no difference to the decision of their policy, nor to its
    /// obligations and advice, whatever the open attributes are. Policies that would take more
    /// steps than the budget are left out; their ids are returned, too.
    ///
    /// # Errors
    ///
    /// Reading the policies takes more steps than the budget.
    pub fn idle_rules(&self) -> Result<(Vec<IdleRule>, Vec<Arc<str>>), Unanswered> {
        self.read(Detail::Obligations, |root, mut space| {
            space.settle(self.budget)?;
            let space = Arc::new(space);
            let mut policies = Vec::new();
            match root {
                OpenRoot::Policy(policy) => collect(policy, &mut policies),
                OpenRoot::Store(_, members) => {
                    members
                        .iter()
                        .for_each(|member| collect_child(member, &mut policies));
                }
            }
            let (mut idle, mut left_out) = (Vec::new(), Vec::new());
            for open in policies {
                let diagrams =
                    Diagrams::new(space.clone(), Detail::Obligations, self.budget as u64);
                match of_policy(diagrams, open, self.budget) {
                    Ok(found) => idle.extend(found),
                    Err(_) => left_out.push(open.policy.id.clone()),
                }
            }
            Ok((idle, left_out))
        })
    }
}

/// The policies that have rules, each once.
fn collect<'o, 'e>(open: &'o OpenPolicy<'e>, policies: &mut Vec<&'o OpenPolicy<'e>>) {
    if policies
        .iter()
        .any(|known| std::ptr::eq(known.policy, open.policy))
    {
        return;
    }
    policies.push(open);
    for child in &open.children {
        collect_child(child, policies);
    }
}

fn collect_child<'o, 'e>(child: &'o OpenChild<'e>, policies: &mut Vec<&'o OpenPolicy<'e>>) {
    if let OpenChild::Policy(policy) = child {
        collect(policy, policies);
    }
}

fn of_policy(
    mut diagrams: Diagrams,
    open: &OpenPolicy<'_>,
    budget: usize,
) -> Result<Vec<IdleRule>, Unanswered> {
    let mut idle = Vec::new();
    let whole = diagrams.policy_of(open, &open.children)?;
    let target = diagrams.truths.formula(&open.target)?;
    for (place, child) in open.children.iter().enumerate() {
        let OpenChild::Rule(rule) = child else {
            continue;
        };
        if let Some(why) = of_rule(&mut diagrams, open, (place, rule), [whole, target], budget)? {
            let policy = open.policy;
            idle.push(IdleRule {
                policy: policy.id.clone(),
                version: policy.version.clone(),
                rule: rule.rule.id.clone(),
                nth: rule.rule.nth,
                effect: rule.rule.effect,
                why,
            });
        }
    }
    Ok(idle)
}

fn of_rule(
    diagrams: &mut Diagrams,
    open: &OpenPolicy<'_>,
    (place, rule): (usize, &OpenRule<'_>),
    [whole, target]: [NodeId; 2],
    budget: usize,
) -> Result<Option<Idleness>, Unanswered> {
    let others = open.children.iter().enumerate();
    let others = others
        .filter(|(other, _)| *other != place)
        .map(|(_, child)| child);
    let without = diagrams.policy_of(open, others)?;
    let own = diagrams.rule(rule)?;
    let changes = fold(&mut diagrams.truths.nodes, &Paired, None, [whole, without])?;
    let differs = |diagrams: &Diagrams, leaf: Leaf| match pair(diagrams, leaf) {
        Some([first, second]) => first != second,
        None => true,
    };
    if is_possible(diagrams, changes, budget, &|diagrams, leaf| {
        differs(diagrams, leaf)
    })? {
        return Ok(None);
    }
    let applied = fold(&mut diagrams.truths.nodes, &Paired, None, [target, own])?;
    let effect = Decision::from(crate::decision::ExtendedDecision::from(rule.rule.effect));
    let has_effect = |leaf: Leaf| Decision::from(value_of(leaf).value) == effect;
    // What may apply, or may be Indeterminate, is not said to be out of reach.
    let applies = |diagrams: &Diagrams, leaf: Leaf| match pair(diagrams, leaf) {
        Some([target, own]) => {
            target != Leaf::Truth(Truth::False)
                && Decision::from(value_of(own).value) != Decision::NotApplicable
        }
        None => true,
    };
    if !is_possible(diagrams, applied, budget, &applies)? {
        return Ok(Some(Idleness::NeverApplies));
    }
    let together = fold(&mut diagrams.truths.nodes, &Paired, None, [whole, own])?;
    let decides = |diagrams: &Diagrams, leaf: Leaf| match pair(diagrams, leaf) {
        Some(both) => both.into_iter().all(has_effect),
        None => true,
    };
    match is_possible(diagrams, together, budget, &decides)? {
        true => Ok(Some(Idleness::Redundant)),
        false => Ok(Some(Idleness::NeverDecides)),
    }
}

fn pair(diagrams: &Diagrams, leaf: Leaf) -> Option<[Leaf; 2]> {
    let Leaf::Pair(first, second) = leaf else {
        return None;
    };
    let nodes = &diagrams.truths.nodes;
    Some([nodes.as_leaf(first)?, nodes.as_leaf(second)?])
}

/// Whether some request comes to a leaf that is wanted.
fn is_possible(
    diagrams: &Diagrams,
    root: NodeId,
    budget: usize,
    is_wanted: &dyn Fn(&Diagrams, Leaf) -> bool,
) -> Result<bool, Unanswered> {
    let mut found = false;
    let (nodes, space) = (&diagrams.truths.nodes, &*diagrams.truths.space);
    let wanted = |leaf: Leaf| is_wanted(diagrams, leaf);
    walk(nodes, space, root, budget, &wanted, &mut |_, _| {
        found = true;
        false
    })?;
    Ok(found)
}
