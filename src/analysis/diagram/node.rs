//! The nodes of a decision diagram, each made once.
//!
//! A branch asks one [`Variable`] and has a way for each of its outcomes; a leaf is the value of a
//! condition, a rule or a policy. Variables are asked in one order on every path, ways that lead
//! where the usual outcome leads are left out, and equal nodes are one. So two diagrams of the same
//! function are the same node.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use foldhash::quality::RandomState;

use super::variable::Variable;
use crate::analysis::Unanswered;
use crate::decision::ExtendedDecision;
use crate::limits::short;

/// A node, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::analysis) struct NodeId(u32);

impl NodeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// A value that an attribute test, a condition or a target has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::analysis) enum Truth {
    False,
    True,
    /// Indeterminate.
    Error,
}

/// The end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::analysis) enum Leaf {
    Truth(Truth),
    Value(LeafValue),
    /// The leaves of two diagrams that are walked together.
    Pair(NodeId, NodeId),
}

/// The value of a rule or a policy, and what fired with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::analysis) struct LeafValue {
    pub(in crate::analysis) value: ExtendedDecision,
    pub(in crate::analysis) fired: FiredList,
}

/// A list of what fired, by its number; 0 is the empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(in crate::analysis) struct FiredList(u32);

impl FiredList {
    pub(in crate::analysis) const NONE: Self = Self(0);
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::analysis) enum DiagramNode {
    Leaf(Leaf),
    Branch(Branch),
}

/// A question and the ways from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::analysis) struct Branch {
    pub(in crate::analysis) variable: Variable,
    /// The ways of single outcomes, in their order. None leads to `otherwise`, and none is of the
    /// [usual](Variable::USUAL) outcome.
    pub(in crate::analysis) ways: Box<[(u32, NodeId)]>,
    /// The way of every other outcome.
    pub(in crate::analysis) otherwise: NodeId,
}

impl Branch {
    /// The way of an outcome.
    pub(in crate::analysis) fn way(&self, outcome: u32) -> NodeId {
        let found = self.ways.binary_search_by_key(&outcome, |(way, _)| *way);
        found.map_or(self.otherwise, |place| self.ways[place].1)
    }

    /// Where the ways lead, that of every other outcome last.
    pub(in crate::analysis) fn children(&self) -> impl Iterator<Item = NodeId> {
        let ways = self.ways.iter().map(|(_, node)| *node);
        ways.chain([self.otherwise])
    }
}

/// All nodes of some diagrams.
///
/// INVARIANT: the children of a branch come before it.
pub(in crate::analysis) struct Nodes<F> {
    nodes: Vec<DiagramNode>,
    ids: HashMap<DiagramNode, NodeId, RandomState>,
    /// The lists of what fired.
    fired: Vec<Vec<F>>,
    fired_ids: HashMap<Vec<F>, FiredList, RandomState>,
    /// Steps that may still be taken.
    budget: u64,
}

impl<F: Clone + Eq + std::hash::Hash> Nodes<F> {
    /// No nodes yet, and so many steps to make them in.
    pub(in crate::analysis) fn new(budget: u64) -> Self {
        Self {
            nodes: Vec::new(),
            ids: HashMap::default(),
            fired: vec![Vec::new()],
            fired_ids: HashMap::from_iter([(Vec::new(), FiredList::NONE)]),
            budget,
        }
    }

    /// Takes so many steps.
    pub(in crate::analysis) fn spend(&mut self, steps: usize) -> Result<(), Unanswered> {
        let left = self.budget.checked_sub(steps as u64);
        self.budget = left.ok_or(Unanswered::TooLarge)?;
        Ok(())
    }

    pub(in crate::analysis) fn node(&self, id: NodeId) -> &DiagramNode {
        &self.nodes[id.0 as usize]
    }

    pub(in crate::analysis) fn as_leaf(&self, id: NodeId) -> Option<Leaf> {
        match self.node(id) {
            DiagramNode::Leaf(leaf) => Some(*leaf),
            DiagramNode::Branch(_) => None,
        }
    }

    pub(in crate::analysis) fn leaf(&mut self, leaf: Leaf) -> NodeId {
        self.add(DiagramNode::Leaf(leaf))
    }

    pub(in crate::analysis) fn truth(&mut self, truth: Truth) -> NodeId {
        self.leaf(Leaf::Truth(truth))
    }

    /// A branch, or the node that all its ways lead to. The outcomes are in order.
    pub(in crate::analysis) fn branch(
        &mut self,
        variable: Variable,
        mut ways: Vec<(u32, NodeId)>,
        otherwise: NodeId,
    ) -> Result<NodeId, Unanswered> {
        debug_assert!(ways.is_sorted_by(|(a, _), (b, _)| a < b));
        debug_assert!(ways.iter().all(|(way, _)| *way != Variable::USUAL));
        self.spend(1 + ways.len())?;
        ways.retain(|(_, node)| *node != otherwise);
        if ways.is_empty() {
            return Ok(otherwise);
        }
        let ways = ways.into();
        Ok(self.add(DiagramNode::Branch(Branch {
            variable,
            ways,
            otherwise,
        })))
    }

    fn add(&mut self, node: DiagramNode) -> NodeId {
        match self.ids.entry(node) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let id = NodeId(short(self.nodes.len()));
                self.nodes.push(place.key().clone());
                *place.insert(id)
            }
        }
    }

    /// The list of this number.
    pub(in crate::analysis) fn fired(&self, fired: FiredList) -> &[F] {
        &self.fired[fired.0 as usize]
    }

    /// The number of a list of what fired.
    pub(in crate::analysis) fn fire(&mut self, list: Vec<F>) -> Result<FiredList, Unanswered> {
        if list.is_empty() {
            return Ok(FiredList::NONE);
        }
        self.spend(list.len())?;
        Ok(match self.fired_ids.entry(list) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                let id = FiredList(short(self.fired.len()));
                self.fired.push(place.key().clone());
                *place.insert(id)
            }
        })
    }

    /// The number of branches and leaves below a node, itself among them.
    pub(in crate::analysis) fn size(&self, root: NodeId) -> usize {
        self.below(root).len()
    }

    /// The nodes below a node and itself, each once, children first.
    pub(in crate::analysis) fn below(&self, root: NodeId) -> Vec<NodeId> {
        // In proportion to what is below, and not to all nodes.
        let mut seen: HashSet<NodeId, RandomState> = HashSet::from_iter([root]);
        let mut waiting = vec![root];
        while let Some(id) = waiting.pop() {
            if let DiagramNode::Branch(branch) = self.node(id) {
                waiting.extend(branch.children().filter(|child| seen.insert(*child)));
            }
        }
        let mut all: Vec<NodeId> = seen.into_iter().collect();
        all.sort_unstable();
        all
    }

    /// Copies a node into others, without the branches whose outcomes are known.
    pub(in crate::analysis) fn restrict(
        &self,
        to: &mut Self,
        root: NodeId,
        outcome: &mut dyn FnMut(Variable) -> Option<u32>,
    ) -> NodeId {
        // By the numbers of the nodes: a residual has many, and is restricted for each question.
        let mut copies: Vec<Option<NodeId>> = vec![None; self.nodes.len()];
        let mut waiting = vec![root];
        while let Some(id) = waiting.last().copied() {
            if copies[id.index()].is_some() {
                waiting.pop();
                continue;
            }
            // What is known is followed to its end at once.
            let mut end = id;
            let branch = loop {
                match self.node(end) {
                    DiagramNode::Branch(branch) if copies[end.index()].is_none() => {
                        match outcome(branch.variable) {
                            Some(outcome) => end = branch.way(outcome),
                            None => break Some(branch),
                        }
                    }
                    _ => break None,
                }
            };
            let Some(branch) = branch else {
                let copy = copies[end.index()].unwrap_or_else(|| self.leaf_in(to, end));
                copies[end.index()] = Some(copy);
                copies[id.index()] = Some(copy);
                continue;
            };
            let before = waiting.len();
            let missing = |child: &NodeId| copies[child.index()].is_none();
            waiting.extend(branch.children().filter(missing));
            if waiting.len() > before {
                continue;
            }
            let copied = |child: NodeId| copies[child.index()].unwrap_or(child);
            let ways = branch.ways.iter();
            let ways = ways
                .map(|(outcome, child)| (*outcome, copied(*child)))
                .collect();
            let otherwise = copied(branch.otherwise);
            // It is no larger than what it is copied from.
            let copy = to.branch(branch.variable, ways, otherwise);
            let copy = copy.unwrap_or(otherwise);
            copies[end.index()] = Some(copy);
            copies[id.index()] = Some(copy);
        }
        copies[root.index()].unwrap_or(root)
    }

    /// Copies a leaf into other nodes.
    fn leaf_in(&self, to: &mut Self, id: NodeId) -> NodeId {
        let leaf = match self.node(id) {
            DiagramNode::Leaf(Leaf::Value(known)) => Leaf::Value(LeafValue {
                fired: to
                    .fire(self.fired(known.fired).to_vec())
                    .unwrap_or_default(),
                ..*known
            }),
            DiagramNode::Leaf(other) => *other,
            // INVARIANT: it is asked of leaves.
            DiagramNode::Branch(_) => Leaf::Truth(Truth::Error),
        };
        to.leaf(leaf)
    }
}
