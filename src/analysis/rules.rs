//! Rules that make no difference: those that never apply, and those that never decide.

use std::fmt;
use std::sync::Arc;

use super::Unanswered;
use super::ask::Analysis;
use super::diagram::fold::fold;
use super::diagram::node::{Leaf, NodeId, Truth};
use super::diagram::path::walk;
use super::diagram::policy::{Detail, Diagrams, OpenChild, OpenPolicy, OpenRule};
use super::difference::Paired;
use super::residual::value_of;
use crate::decision::{Decision, Effect};
use crate::error::cut;

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

/// The rules that make no difference, by [`Analysis::idle_rules`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct IdleRules {
    /// The rules, in the order of the policies.
    pub rules: Vec<IdleRule>,
    /// The ids of the policies that would take more steps than the budget: of their rules nothing is
    /// said.
    pub left_out: Vec<Arc<str>>,
}

/// ``rule `r` of policy `p` never applies``, in words.
impl fmt::Display for IdleRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let effect = self.effect.as_str();
        write!(
            f,
            "rule `{}` of policy `{}` ",
            cut(&self.rule),
            cut(&self.policy)
        )?;
        match self.why {
            Idleness::NeverApplies => f.write_str("never applies"),
            Idleness::NeverDecides => {
                write!(
                    f,
                    "never decides: where it applies, the decision is not {effect}"
                )
            }
            Idleness::Redundant => {
                write!(
                    f,
                    "changes nothing: wherever the decision is {effect}, it is so without it"
                )
            }
        }
    }
}

impl Analysis<'_> {
    /// Finds the rules that make no difference to the decision of their policy, nor to its
    /// obligations and advice, whatever the open attributes are: for any request, leave all of them
    /// [open](Self::open). [`Pdp::lint`](crate::Pdp::lint) does, and has their positions.
    ///
    /// ```
    /// use vedtak::{Pdp, Request};
    /// # let policy = &std::fs::read_to_string("fixtures/lint/whole/redundant.xml")?;
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().build();
    /// let idle = pdp.analysis(&request).open(|_| true).idle_rules()?;
    /// assert_eq!(
    ///     idle.rules[0].to_string(),
    ///     "rule `clerks` of policy `archive` changes nothing: wherever the decision is Permit, it \
    ///      is so without it"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Reading the policies takes more steps than the budget.
    pub fn idle_rules(&self) -> Result<IdleRules, Unanswered> {
        self.read_each(Detail::Obligations, |all: &mut IdleRules, policy, open| {
            let found = open.and_then(|(open, space)| {
                let steps = self.budget as u64;
                let diagrams = Diagrams::new(space.into(), Detail::Obligations, steps);
                of_policy(diagrams, &open, self.budget)
            });
            match found {
                Ok(found) => all.rules.extend(found),
                Err(_) => all.left_out.push(policy.id.clone()),
            }
        })
    }
}

fn of_policy(
    mut diagrams: Diagrams,
    open: &OpenPolicy<'_>,
    mut left: usize,
) -> Result<Vec<IdleRule>, Unanswered> {
    let mut idle = Vec::new();
    let whole = diagrams.policy_of(open, &open.children)?;
    let target = diagrams.truths.formula(&open.target)?;
    for (place, child) in open.children.iter().enumerate() {
        let OpenChild::Rule(rule) = child else {
            continue;
        };
        if let Some(why) = of_rule(
            &mut diagrams,
            open,
            (place, rule),
            [whole, target],
            &mut left,
        )? {
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
    left: &mut usize,
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
    if is_possible(diagrams, changes, left, &|diagrams, leaf| {
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
    if !is_possible(diagrams, applied, left, &applies)? {
        return Ok(Some(Idleness::NeverApplies));
    }
    let together = fold(&mut diagrams.truths.nodes, &Paired, None, [whole, own])?;
    let decides = |diagrams: &Diagrams, leaf: Leaf| match pair(diagrams, leaf) {
        Some(both) => both.into_iter().all(has_effect),
        None => true,
    };
    match is_possible(diagrams, together, left, &decides)? {
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
    left: &mut usize,
    is_wanted: &dyn Fn(&Diagrams, Leaf) -> bool,
) -> Result<bool, Unanswered> {
    let mut found = false;
    let (nodes, space) = (&diagrams.truths.nodes, &*diagrams.truths.space);
    let wanted = |leaf: Leaf| is_wanted(diagrams, leaf);
    walk(nodes, space, root, left, &wanted, &mut |_, _| {
        found = true;
        false
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pdp;
    use crate::attribute::{Designator, category};
    use crate::combining::{policy, rule};
    use crate::function::id::STRING_EQUAL;
    use crate::request::Request;
    use crate::syntax::{AttributeDesignator, Match, Policy, Rule, Target};
    use crate::value::DataType;

    /// A step of a path asks for the values that are told apart.
    #[test]
    fn the_values_that_policies_tell_apart_grow_with_them() {
        let points = [20, 40, 80].map(|n| {
            let builder = Pdp::builder().root_combining(policy::DENY_OVERRIDES);
            let builder = (0..n).fold(builder, |builder, number| {
                let action = Designator::new(category::ACTION, "a", DataType::String);
                let action = Match::new(
                    STRING_EQUAL,
                    format!("a{number}"),
                    AttributeDesignator::from(&action),
                );
                let target = Target::new().any_of([action]);
                let policy = Policy::new(format!("p{number}"), rule::DENY_OVERRIDES);
                let policy = policy.target(target).rule(Rule::permit("r"));
                builder.document(policy)
            });
            let (pdp, request) = (builder.build().expect("compiles"), Request::default());
            let analysis = pdp.analysis(&request).open(|_| true);
            let points = analysis.read_each(Detail::Decision, |points: &mut usize, _, open| {
                let (_, space) = open.expect("is small");
                let of_each = space.attributes.iter().map(|tested| tested.points.len());
                *points += of_each.sum::<usize>();
            });
            points.expect("is answered")
        });
        assert_eq!(points, [20, 40, 80]);
    }
}
