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
    /// Where the list goes on for every other outcome, by the places in it, without leaves that
    /// change nothing.
    rest: Vec<(usize, NodeId)>,
    /// Where parts of it go on for outcomes of their own: by outcome, then by place.
    given: Vec<(u32, usize, NodeId)>,
    /// The number of those whose outcomes are folded.
    done: usize,
    /// The way of every other outcome, once it is folded.
    otherwise: Option<NodeId>,
    ways: Vec<(u32, NodeId)>,
}

impl<S> Frame<S> {
    /// Those of the next outcome.
    fn next(&self) -> &[(u32, usize, NodeId)] {
        let left = &self.given[self.done..];
        let first = left.first().map(|(outcome, ..)| *outcome);
        let count = left
            .iter()
            .take_while(|(outcome, ..)| Some(*outcome) == first)
            .count();
        &left[..count]
    }

    /// Where the list goes on, with those of one outcome in their places. Costs as much as is left
    /// there, and not as the list: thousands of policies about a resource each have one list.
    fn with(&self, given: &[(u32, usize, NodeId)]) -> List {
        let mut given = given.iter().peekable();
        let mut list = List::with_capacity(self.rest.len() + given.len());
        for (place, node) in &self.rest {
            while let Some((_, _, before)) = given.next_if(|(_, given, _)| given < place) {
                list.push(*before);
            }
            let instead = given.next_if(|(_, given, _)| given == place);
            list.push(instead.map_or(*node, |(_, _, instead)| *instead));
        }
        list.extend(given.map(|(_, _, node)| *node));
        list
    }
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
                        let frame = frame(nodes, by, key.0, key.1)?;
                        next = (frame.state.clone(), frame.with(&[]));
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
            match (frame.otherwise, frame.next()) {
                (None, _) => frame.otherwise = Some(result),
                (Some(_), given) => {
                    let (outcome, count) =
                        (given.first().map(|(outcome, ..)| *outcome), given.len());
                    frame.ways.extend(outcome.map(|outcome| (outcome, result)));
                    frame.done += count;
                }
            }
            let given = frame.next();
            if !given.is_empty() {
                break (frame.state.clone(), frame.with(given));
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
fn frame<F: Clone + Eq + Hash, A: Fold<F>>(
    nodes: &mut Nodes<F>,
    by: &A,
    state: A::State,
    list: List,
) -> Result<Frame<A::State>, Unanswered> {
    let asked = |node: &NodeId| match nodes.node(*node) {
        DiagramNode::Branch(branch) => Some(branch.variable),
        DiagramNode::Leaf(_) => None,
    };
    // Some of the list is a branch: leaves alone would have been heard.
    let variable = list.iter().filter_map(asked).min();
    let variable = variable.unwrap_or(Variable::LAST);
    let (mut rest, mut given) = (Vec::new(), Vec::new());
    for (place, id) in list.iter().enumerate() {
        let way = match nodes.node(*id) {
            DiagramNode::Branch(branch) if branch.variable == variable => {
                let ways = branch.ways.iter();
                given.extend(ways.map(|(outcome, node)| (*outcome, place, *node)));
                branch.otherwise
            }
            _ => *id,
        };
        let changes_nothing = |leaf| by.ignores(leaf) && by.forced(leaf).is_none();
        if !nodes.as_leaf(way).is_some_and(changes_nothing) {
            rest.push((place, way));
        }
    }
    given.sort_unstable();
    nodes.spend(list.len() + given.len())?;
    Ok(Frame {
        state,
        list,
        variable,
        rest,
        given,
        done: 0,
        otherwise: None,
        ways: Vec::new(),
    })
}
