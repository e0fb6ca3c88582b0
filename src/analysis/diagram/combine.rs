//! Diagrams of rules and policies → the diagram of their combination (§7.11 to §7.14, appendix C).

use std::hash::Hash;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::fold::{Fold, FoldStep};
use super::node::{FiredList, Leaf, LeafValue, Nodes, Truth};
use crate::analysis::Unanswered;
use crate::combining::Heard as HeardValues;
use crate::combining::{Algorithm, Children, CombinerParameter, CombiningAlgorithm};
use crate::decision::{Effect, ExtendedDecision};
use crate::program::Policy;

use ExtendedDecision::{IndeterminateDP, IndeterminateP, NotApplicable, Permit};

/// Something that fires with an effect.
pub(in crate::analysis) trait Fires: Clone + Eq + Hash {
    fn effect(&self) -> Effect;
}

fn outcome(value: ExtendedDecision, fired: FiredList) -> Leaf {
    Leaf::Value(LeafValue { value, fired })
}

fn bare(value: ExtendedDecision) -> Leaf {
    outcome(value, FiredList::NONE)
}

fn value_of(leaf: Leaf) -> LeafValue {
    match leaf {
        Leaf::Value(outcome) => outcome,
        // A policy's diagram has no other leaves.
        _ => LeafValue {
            value: IndeterminateDP,
            fired: FiredList::NONE,
        },
    }
}

/// Joins what fired, in this order.
fn both<F: Fires>(
    nodes: &mut Nodes<F>,
    first: FiredList,
    second: FiredList,
) -> Result<FiredList, Unanswered> {
    match (first, second) {
        (FiredList::NONE, only) | (only, FiredList::NONE) => Ok(only),
        (first, second) => {
            let list = [nodes.fired(first), nodes.fired(second)].concat();
            nodes.fire(list)
        }
    }
}

/// The value with what fired for its effect; nothing fires with another value (§7.18).
fn kept<F: Fires>(
    nodes: &mut Nodes<F>,
    value: ExtendedDecision,
    fired: FiredList,
) -> Result<Leaf, Unanswered> {
    let Some(effect) = value.effect() else {
        return Ok(bare(value));
    };
    let list = nodes.fired(fired);
    if list.iter().all(|item| item.effect() == effect) {
        return Ok(outcome(value, fired));
    }
    let list = list.iter().filter(|item| item.effect() == effect);
    let list = list.cloned().collect();
    Ok(outcome(value, nodes.fire(list)?))
}

/// A rule (§7.11): its target, its condition, and whether its obligations have values. The first
/// that is not True decides.
pub(in crate::analysis) struct OfRule {
    pub(in crate::analysis) effect: Effect,
    pub(in crate::analysis) fired: FiredList,
}

impl<F> Fold<F> for OfRule {
    type State = ();

    fn hear(&self, _: &mut Nodes<F>, (): &(), leaf: Leaf) -> Result<FoldStep<()>, Unanswered> {
        Ok(match leaf {
            Leaf::Truth(Truth::True) => FoldStep::On(()),
            Leaf::Truth(Truth::False) => FoldStep::Done(bare(NotApplicable)),
            _ => FoldStep::Done(bare(ExtendedDecision::indeterminate(self.effect))),
        })
    }

    fn conclude(&self, _: &mut Nodes<F>, (): ()) -> Result<Leaf, Unanswered> {
        Ok(outcome(self.effect.into(), self.fired))
    }
}

/// A policy (§7.12 to §7.14): its target, the combination of its children, and whether its
/// obligations on Permit and on Deny have values.
pub(in crate::analysis) struct OfPolicy {
    /// It is of XACML 2.0: an Indeterminate target makes it Indeterminate (2.0 §7.10), and it does
    /// not track the decisions that an Indeterminate could have been.
    pub(in crate::analysis) is_of_2: bool,
    /// Its own obligations on Permit, and on Deny.
    pub(in crate::analysis) fires: [FiredList; 2],
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::analysis) enum Stage {
    Target,
    Matched,
    /// The target is Indeterminate.
    Doubtful,
    /// It has an effect, which fired these: its obligations on Permit are next.
    OnPermit(Effect, FiredList),
    OnDeny(Effect, FiredList),
}

impl<F: Fires> Fold<F> for OfPolicy {
    type State = Stage;

    fn hear(
        &self,
        nodes: &mut Nodes<F>,
        stage: &Stage,
        leaf: Leaf,
    ) -> Result<FoldStep<Stage>, Unanswered> {
        let untracked = |value: ExtendedDecision| match self.is_of_2 && value.is_indeterminate() {
            true => IndeterminateDP,
            false => value,
        };
        Ok(match stage {
            Stage::Target => match leaf {
                Leaf::Truth(Truth::True) => FoldStep::On(Stage::Matched),
                Leaf::Truth(Truth::False) => FoldStep::Done(bare(NotApplicable)),
                _ if self.is_of_2 => FoldStep::Done(bare(IndeterminateDP)),
                _ => FoldStep::On(Stage::Doubtful),
            },
            Stage::Matched => {
                let combined = value_of(leaf);
                match combined.value.effect() {
                    Some(effect) => FoldStep::On(Stage::OnPermit(effect, combined.fired)),
                    None => FoldStep::Done(bare(untracked(combined.value))),
                }
            }
            // Table 7.
            Stage::Doubtful => {
                let value = value_of(leaf).value;
                let effect = value.effect();
                FoldStep::Done(bare(effect.map_or(value, ExtendedDecision::indeterminate)))
            }
            Stage::OnPermit(effect, fired) | Stage::OnDeny(effect, fired) => {
                let is_own = matches!(
                    (stage, effect),
                    (Stage::OnPermit(..), Effect::Permit) | (Stage::OnDeny(..), Effect::Deny)
                );
                match (is_own, leaf) {
                    (false, _) => FoldStep::On(Stage::OnDeny(*effect, *fired)),
                    (true, Leaf::Truth(Truth::True)) => {
                        let own = self.fires[usize::from(*effect == Effect::Deny)];
                        let fired = both(nodes, *fired, own)?;
                        FoldStep::Done(outcome((*effect).into(), fired))
                    }
                    (true, _) => {
                        let value = ExtendedDecision::indeterminate(*effect);
                        FoldStep::Done(bare(untracked(value)))
                    }
                }
            }
        })
    }

    fn conclude(&self, _: &mut Nodes<F>, _: Stage) -> Result<Leaf, Unanswered> {
        // Four are heard, and one of them ends it.
        Ok(bare(IndeterminateDP))
    }
}

/// The value of a policy in a policy set of 2.0, which has one Indeterminate.
pub(in crate::analysis) struct Untracked;

impl<F> Fold<F> for Untracked {
    type State = ();

    fn hear(&self, _: &mut Nodes<F>, (): &(), leaf: Leaf) -> Result<FoldStep<()>, Unanswered> {
        Ok(FoldStep::Done(
            match value_of(leaf).value.is_indeterminate() {
                true => bare(IndeterminateDP),
                false => leaf,
            },
        ))
    }

    fn conclude(&self, _: &mut Nodes<F>, (): ()) -> Result<Leaf, Unanswered> {
        Ok(bare(IndeterminateDP))
    }
}

/// A combining algorithm that hears one child after the other (C.2 to C.8, C.10 to C.13).
pub(in crate::analysis) struct ByAlgorithm<'a> {
    pub(in crate::analysis) algorithm: &'a Algorithm,
    /// Nothing that fires is followed, so that the order of children matters less.
    pub(in crate::analysis) is_bare: bool,
}

impl<F: Fires> Fold<F> for ByAlgorithm<'_> {
    type State = (HeardValues, FiredList);

    fn hear(
        &self,
        nodes: &mut Nodes<F>,
        (heard, fired): &Self::State,
        leaf: Leaf,
    ) -> Result<FoldStep<Self::State>, Unanswered> {
        let child = value_of(leaf);
        let mut heard = *heard;
        let fired = both(nodes, *fired, child.fired)?;
        Ok(match self.algorithm.hear(&mut heard, child.value) {
            Some(value) => FoldStep::Done(kept(nodes, value, fired)?),
            None => FoldStep::On((heard, fired)),
        })
    }

    fn conclude(&self, nodes: &mut Nodes<F>, state: Self::State) -> Result<Leaf, Unanswered> {
        let (heard, fired) = state;
        kept(nodes, self.algorithm.conclude(heard), fired)
    }

    fn ignores(&self, leaf: Leaf) -> bool {
        // Each of these algorithms ignores what does not apply.
        value_of(leaf).value == NotApplicable
    }

    fn forced(&self, leaf: Leaf) -> Option<Leaf> {
        // First-applicable heeds what came before; the others end with a value that no other can.
        if !self.is_bare || matches!(self.algorithm, Algorithm::FirstApplicable) {
            return None;
        }
        let value = value_of(leaf).value;
        let ended = self.algorithm.hear(&mut HeardValues::default(), value);
        ended.map(bare)
    }
}

/// The value of a child, if its target matches: False and Indeterminate are those of the target.
pub(in crate::analysis) struct IfTarget;

impl<F> Fold<F> for IfTarget {
    /// Whether the target matched.
    type State = bool;

    fn hear(
        &self,
        _: &mut Nodes<F>,
        matched: &bool,
        leaf: Leaf,
    ) -> Result<FoldStep<bool>, Unanswered> {
        Ok(match leaf {
            Leaf::Truth(Truth::True) if !matched => FoldStep::On(true),
            other => FoldStep::Done(other),
        })
    }

    fn conclude(&self, _: &mut Nodes<F>, _: bool) -> Result<Leaf, Unanswered> {
        Ok(bare(IndeterminateDP))
    }
}

/// only-one-applicable (C.9), over children that are [`IfTarget`].
pub(in crate::analysis) struct OnlyOne;

impl<F: Fires> Fold<F> for OnlyOne {
    /// The only one so far.
    type State = Option<LeafValue>;

    fn hear(
        &self,
        _: &mut Nodes<F>,
        selected: &Self::State,
        leaf: Leaf,
    ) -> Result<FoldStep<Self::State>, Unanswered> {
        Ok(match leaf {
            Leaf::Value(value) if selected.is_none() => FoldStep::On(Some(value)),
            _ => FoldStep::Done(bare(IndeterminateDP)),
        })
    }

    fn conclude(&self, nodes: &mut Nodes<F>, selected: Self::State) -> Result<Leaf, Unanswered> {
        match selected {
            None => Ok(bare(NotApplicable)),
            Some(one) if one.value.is_indeterminate() => Ok(bare(IndeterminateDP)),
            Some(one) => kept(nodes, one.value, one.fired),
        }
    }

    fn ignores(&self, leaf: Leaf) -> bool {
        leaf == Leaf::Truth(Truth::False)
    }
}

/// on-permit-apply-second, over two or three children.
pub(in crate::analysis) struct PermitAppliesSecond {
    pub(in crate::analysis) has_third: bool,
}

/// The child that is next.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(in crate::analysis) enum Next {
    First,
    /// The second decides; the first, which permits, fired these.
    Second(FiredList),
    /// The second is passed over.
    Passed(FiredList),
    Third(FiredList),
}

impl<F: Fires> Fold<F> for PermitAppliesSecond {
    type State = Next;

    fn hear(
        &self,
        nodes: &mut Nodes<F>,
        next: &Next,
        leaf: Leaf,
    ) -> Result<FoldStep<Next>, Unanswered> {
        let child = value_of(leaf);
        Ok(match next {
            Next::First => match child.value {
                Permit => FoldStep::On(Next::Second(child.fired)),
                IndeterminateP | IndeterminateDP => FoldStep::Done(bare(IndeterminateDP)),
                _ if self.has_third => FoldStep::On(Next::Passed(child.fired)),
                _ => FoldStep::Done(bare(NotApplicable)),
            },
            Next::Passed(fired) => FoldStep::On(Next::Third(*fired)),
            Next::Second(fired) | Next::Third(fired) => {
                let fired = both(nodes, *fired, child.fired)?;
                FoldStep::Done(kept(nodes, child.value, fired)?)
            }
        })
    }

    fn conclude(&self, _: &mut Nodes<F>, _: Next) -> Result<Leaf, Unanswered> {
        Ok(bare(IndeterminateDP))
    }
}

/// An algorithm of the host, which is asked where all children have values.
pub(in crate::analysis) struct ByHost<'a> {
    pub(in crate::analysis) algorithm: &'a dyn CombiningAlgorithm,
    pub(in crate::analysis) policy: &'a Policy,
}

impl<F: Fires> Fold<F> for ByHost<'_> {
    type State = Vec<LeafValue>;

    fn hear(
        &self,
        _: &mut Nodes<F>,
        before: &Self::State,
        leaf: Leaf,
    ) -> Result<FoldStep<Self::State>, Unanswered> {
        let mut all = before.clone();
        all.push(value_of(leaf));
        Ok(FoldStep::On(all))
    }

    fn conclude(&self, nodes: &mut Nodes<F>, all: Self::State) -> Result<Leaf, Unanswered> {
        let mut children = KnownChildren {
            policy: self.policy,
            evaluated: Vec::new(),
            all,
        };
        let combined = AssertUnwindSafe(|| self.algorithm.combine(&mut children));
        let value = catch_unwind(combined).unwrap_or(IndeterminateDP);
        let mut fired = FiredList::NONE;
        for child in children.evaluated {
            fired = both(nodes, fired, children.all[child].fired)?;
        }
        kept(nodes, value, fired)
    }
}

/// Children whose values are known.
struct KnownChildren<'a> {
    policy: &'a Policy,
    all: Vec<LeafValue>,
    /// Those that the algorithm evaluated, in its order.
    evaluated: Vec<usize>,
}

impl Children for KnownChildren<'_> {
    fn len(&self) -> usize {
        self.policy.children.len()
    }

    fn evaluate(&mut self, child: usize) -> ExtendedDecision {
        match self.all.get(child) {
            Some(known) if !self.evaluated.contains(&child) => {
                self.evaluated.push(child);
                known.value
            }
            _ => IndeterminateDP,
        }
    }

    fn effect(&self, child: usize) -> Option<Effect> {
        self.policy.effect_of(child)
    }

    fn parameters(&self) -> &[CombinerParameter] {
        self.policy.own_parameters()
    }

    fn child_parameters(&self, child: usize) -> &[CombinerParameter] {
        self.policy.child_parameters(child)
    }
}
