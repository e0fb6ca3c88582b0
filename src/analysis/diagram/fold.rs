//! Many diagrams → one, as a fold of their leaves.
//!
//! A fold hears one value after the other and ends as soon as its result is certain, as combining
//! algorithms do. Over diagrams it does so on every path: the first variable that some of them asks
//! is asked once, each goes on along its own way, and where all have come to leaves, those are
//! heard. What was folded once from the same state over the same nodes is not folded again.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::quality::RandomState;
use smallvec::SmallVec;

use super::node::{DiagramNode, Leaf, NodeId, Nodes};
use super::variable::Variable;
use crate::analysis::Unanswered;

/// The result of hearing a leaf.
pub(in crate::analysis) enum FoldStep<S> {
    /// It goes on.
    On(S),
    /// Its result, whatever comes after.
    Done(Leaf),
}

/// A fold of leaves.
pub(in crate::analysis) trait Fold<F> {
    /// Its memory of the leaves that it heard.
    type State: Clone + Eq + Hash;

    /// Hears the next leaf.
    fn hear(
        &self,
        nodes: &mut Nodes<F>,
        state: &Self::State,
        leaf: Leaf,
    ) -> Result<FoldStep<Self::State>, Unanswered>;

    /// Its result when all were heard.
    fn conclude(&self, nodes: &mut Nodes<F>, state: Self::State) -> Result<Leaf, Unanswered>;

    /// Whether a leaf changes nothing, wherever it stands.
    fn ignores(&self, _leaf: Leaf) -> bool {
        false
    }

    /// The result that a leaf forces, wherever it stands.
    fn forced(&self, _leaf: Leaf) -> Option<Leaf> {
        None
    }
}

type List = SmallVec<[NodeId; 8]>;

/// A branch of the result, of which some ways are folded.
struct Frame<S> {
    state: S,
    list: List,
    variable: Variable,
    outcomes: Vec<u32>,
    /// The way of every other outcome, once it is folded.
    otherwise: Option<NodeId>,
    ways: Vec<(u32, NodeId)>,
}

/// The fold of some diagrams, in their order.
pub(in crate::analysis) fn fold<F, A>(
    nodes: &mut Nodes<F>,
    by: &A,
    start: A::State,
    diagrams: impl IntoIterator<Item = NodeId>,
) -> Result<NodeId, Unanswered>
where
    F: Clone + Eq + Hash,
    A: Fold<F>,
{
    let mut known: HashMap<(A::State, List), NodeId, RandomState> = HashMap::default();
    let mut frames: Vec<Frame<A::State>> = Vec::new();
    let mut next = (start, diagrams.into_iter().collect::<List>());
    loop {
        nodes.spend(1 + next.1.len())?;
        let mut result = match heard(nodes, by, next)? {
            Ok(leaf) => nodes.leaf(leaf),
            Err((state, list)) => {
                let key = (state, list);
                match known.get(&key) {
                    Some(node) => *node,
                    None => {
                        let frame = frame(nodes, key.0, key.1)?;
                        next = (
                            frame.state.clone(),
                            ways(nodes, &frame.list, frame.variable, None),
                        );
                        frames.push(frame);
                        continue;
                    }
                }
            }
        };
        // Hands the result to the branches that wait for it.
        next = loop {
            let Some(frame) = frames.last_mut() else {
                return Ok(result);
            };
            match frame.otherwise {
                None => frame.otherwise = Some(result),
                Some(_) => frame.ways.push((frame.outcomes[frame.ways.len()], result)),
            }
            if let Some(outcome) = frame.outcomes.get(frame.ways.len()) {
                let list = ways(nodes, &frame.list, frame.variable, Some(*outcome));
                break (frame.state.clone(), list);
            }
            let Some(frame) = frames.pop() else {
                return Ok(result);
            };
            let otherwise = frame.otherwise.unwrap_or(result);
            result = nodes.branch(frame.variable, frame.ways, otherwise)?;
            known.insert((frame.state, frame.list), result);
        };
    }
}

/// Hears the leaves that the list begins with. The result, or what is left to be heard.
#[allow(clippy::type_complexity)]
fn heard<F, A>(
    nodes: &mut Nodes<F>,
    by: &A,
    (mut state, mut list): (A::State, List),
) -> Result<Result<Leaf, (A::State, List)>, Unanswered>
where
    F: Clone + Eq + Hash,
    A: Fold<F>,
{
    let mut forced = None;
    list.retain(|node| match nodes.as_leaf(*node) {
        Some(leaf) => {
            forced = forced.or_else(|| by.forced(leaf));
            !by.ignores(leaf)
        }
        None => true,
    });
    if let Some(leaf) = forced {
        return Ok(Ok(leaf));
    }
    let mut count = 0;
    for node in &list {
        let Some(leaf) = nodes.as_leaf(*node) else {
            break;
        };
        match by.hear(nodes, &state, leaf)? {
            FoldStep::On(next) => state = next,
            FoldStep::Done(leaf) => return Ok(Ok(leaf)),
        }
        count += 1;
    }
    list.drain(..count);
    match list.is_empty() {
        true => Ok(Ok(by.conclude(nodes, state)?)),
        false => Ok(Err((state, list))),
    }
}

/// The branch of the first variable that some of the list asks.
fn frame<F: Clone + Eq + Hash, S>(
    nodes: &mut Nodes<F>,
    state: S,
    list: List,
) -> Result<Frame<S>, Unanswered> {
    let asked = |node: &NodeId| match nodes.node(*node) {
        DiagramNode::Branch(branch) => Some(branch),
        DiagramNode::Leaf(_) => None,
    };
    let branches = || list.iter().filter_map(asked);
    let variable = branches().map(|branch| branch.variable).min();
    // Some of the list is a branch: leaves alone would have been heard.
    let variable = variable.unwrap_or(Variable::LAST);
    let same = branches().filter(|branch| branch.variable == variable);
    let mut outcomes: Vec<u32> = same
        .flat_map(|branch| branch.ways.iter().map(|(outcome, _)| *outcome))
        .collect();
    outcomes.sort_unstable();
    outcomes.dedup();
    nodes.spend(outcomes.len())?;
    Ok(Frame {
        state,
        list,
        variable,
        otherwise: None,
        ways: Vec::with_capacity(outcomes.len()),
        outcomes,
    })
}

/// Where each of the list goes on for an outcome, or for every other one.
fn ways<F: Clone + Eq + Hash>(
    nodes: &Nodes<F>,
    list: &List,
    variable: Variable,
    outcome: Option<u32>,
) -> List {
    let way = |id: &NodeId| match nodes.node(*id) {
        DiagramNode::Branch(branch) if branch.variable == variable => match outcome {
            Some(outcome) => branch.way(outcome),
            None => branch.otherwise,
        },
        _ => *id,
    };
    list.iter().map(way).collect()
}
