//! The ways from a branch → the classes of values that each is taken with, and few tests that say them.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::diagram::node::{Branch, DiagramNode, NodeId, Nodes};
use super::diagram::space::Space;
use super::diagram::variable::{Count, ValueClass, VariableKind};

/// Outcomes of a question that lead to one node.
pub(super) struct ClassGroup {
    pub(super) outcomes: Vec<u32>,
    pub(super) to: NodeId,
}

/// A test of a value that several classes pass together. Points are given by their places.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ClassValues {
    /// It is one of these points.
    In(Vec<u32>),
    /// It is none of these points.
    NotIn(Vec<u32>),
    /// It is between two points.
    Between {
        after: Option<ClassBound>,
        before: Option<ClassBound>,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct ClassBound {
    pub(super) point: u32,
    pub(super) is_included: bool,
}

/// The outcomes of a branch, those together that lead to the same node. An outcome that no request
/// has is with those that lead where the others do.
pub(super) fn groups(space: &Space, branch: &Branch) -> Vec<ClassGroup> {
    let outcomes: Vec<u32> = match branch.variable.asks() {
        VariableKind::Value(attribute) => {
            let classes = classes(space, attribute).into_iter();
            classes
                .chain([ValueClass::ABSENT.0, ValueClass::SEVERAL.0])
                .collect()
        }
        VariableKind::Count(_) => vec![Count::ONE, Count::NONE, Count::SEVERAL],
        VariableKind::Has(..) => vec![0, 1],
        VariableKind::Passes(..) | VariableKind::Whole(_) => vec![0, 1, 2],
    };
    let mut groups: IndexMap<NodeId, Vec<u32>> = IndexMap::new();
    for outcome in outcomes {
        groups.entry(branch.way(outcome)).or_default().push(outcome);
    }
    let groups = groups.into_iter();
    groups
        .map(|(to, outcomes)| ClassGroup { outcomes, to })
        .collect()
}

/// Branches that ask one after the other whether an attribute has a value of some class, and lead to
/// the same node if it has: one question with all of their classes.
pub(super) struct Chain {
    pub(super) attribute: u32,
    pub(super) classes: Vec<u32>,
    pub(super) yes: NodeId,
    pub(super) no: NodeId,
}

/// The chain that begins with a branch, if that asks for a class of values.
pub(super) fn chain<F: Clone + Eq + std::hash::Hash>(
    nodes: &Nodes<F>,
    branch: &Branch,
) -> Option<Chain> {
    let VariableKind::Has(attribute, class) = branch.variable.asks() else {
        return None;
    };
    let mut chain = Chain {
        attribute,
        classes: vec![class.0],
        yes: branch.way(1),
        no: branch.otherwise,
    };
    while let DiagramNode::Branch(next) = nodes.node(chain.no)
        && let VariableKind::Has(of, class) = next.variable.asks()
        && of == attribute
        && next.way(1) == chain.yes
    {
        chain.classes.push(class.0);
        chain.no = next.otherwise;
    }
    Some(chain)
}

/// The classes of an attribute that have values, in their order.
pub(super) fn classes(space: &Space, attribute: u32) -> Vec<u32> {
    let classes = space.tested(attribute).classes();
    let classes = classes.filter(|class| !space.is_empty(attribute, *class));
    classes.map(|class| class.0).collect()
}

/// Whether every value is of one of these classes.
pub(super) fn is_all(space: &Space, attribute: u32, wanted: &[u32]) -> bool {
    let wanted: HashSet<u32> = wanted.iter().copied().collect();
    let mut all = classes(space, attribute).into_iter();
    all.all(|class| wanted.contains(&class))
}

/// Tests of a value, of which one holds if the value is of one of these classes, and none otherwise.
pub(super) fn together(space: &Space, attribute: u32, wanted: &[u32]) -> Vec<ClassValues> {
    let tested = space.tested(attribute);
    let all = classes(space, attribute);
    let wanted: HashSet<u32> = wanted.iter().copied().collect();
    let is_wanted = |class: &u32| wanted.contains(class);
    let point = |class: &u32| ValueClass(*class).as_point();
    if all.iter().all(is_wanted) {
        return vec![ClassValues::NotIn(Vec::new())];
    }
    if !tested.is_ordered {
        let gap = ValueClass::gap(0).0;
        return vec![match is_wanted(&gap) {
            true => {
                let others = all.iter().filter(|class| !is_wanted(class));
                ClassValues::NotIn(others.filter_map(point).collect())
            }
            false => ClassValues::In(
                all.iter()
                    .filter(|class| is_wanted(class))
                    .filter_map(point)
                    .collect(),
            ),
        }];
    }
    // Classes side by side are one range.
    let (mut single, mut ranges) = (Vec::new(), Vec::new());
    let runs = all.chunk_by(|a, b| is_wanted(a) == is_wanted(b));
    let last = all.last().copied();
    for run in runs.filter(|run| run.iter().all(is_wanted)) {
        let [Some(from), Some(to)] = [run.first(), run.last()] else {
            continue;
        };
        if let ([_], Some(point)) = (run, point(from)) {
            single.push(point);
            continue;
        }
        let after = match point(from) {
            Some(point) => Some(ClassBound {
                point,
                is_included: true,
            }),
            // The gap with number n is after the point before it.
            None => (from / 2).checked_sub(1).map(|point| ClassBound {
                point,
                is_included: false,
            }),
        };
        let before = match point(to) {
            Some(point) => Some(ClassBound {
                point,
                is_included: true,
            }),
            None => (Some(*to) != last).then_some(ClassBound {
                point: to / 2,
                is_included: false,
            }),
        };
        ranges.push(ClassValues::Between { after, before });
    }
    if !single.is_empty() {
        ranges.push(ClassValues::In(single));
    }
    ranges
}
