//! A diagram → the paths that some request takes, and such a request.
//!
//! A question of one attribute may rule out an outcome of another question of it: what has no value
//! has not the value `a`. Paths on which the outcomes of an attribute contradict one another are
//! not walked.

use foldhash::quality::RandomState;
use indexmap::IndexMap;

use super::node::{Branch, DiagramNode, Leaf, NodeId, Nodes, Truth};
use super::space::Space;
use super::variable::{Count, ValueClass, Variable, VariableKind};
use crate::analysis::Unanswered;
use crate::value::Value;

/// The outcome of a question on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::analysis) enum Outcomes {
    Is(u32),
    /// One of these, which are in order.
    Among(Vec<u32>),
    /// None of these, which are in order.
    None(Vec<u32>),
}

impl Outcomes {
    /// Whether an actual outcome is one of these.
    pub(in crate::analysis) fn is(&self, actual: u32) -> bool {
        match self {
            Self::Is(outcome) => *outcome == actual,
            Self::Among(some) => some.binary_search(&actual).is_ok(),
            Self::None(others) => others.binary_search(&actual).is_err(),
        }
    }

    /// Whether an outcome may be one of these and one of others as well.
    fn may_be(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Is(is), other) | (other, Self::Is(is)) => other.is(*is),
            (Self::Among(some), other) | (other, Self::Among(some)) => {
                some.iter().any(|outcome| other.is(*outcome))
            }
            (Self::None(_), Self::None(_)) => true,
        }
    }

    /// Whether each of these is one of others.
    pub(in crate::analysis) fn are_all(&self, others: &Self) -> bool {
        match (self, others) {
            (Self::Is(is), others) => others.is(*is),
            (Self::Among(some), others) => some.iter().all(|outcome| others.is(*outcome)),
            (Self::None(_), Self::None(others)) => others.iter().all(|other| !self.is(*other)),
            (Self::None(_), _) => false,
        }
    }
}

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::analysis) struct Turn {
    pub(in crate::analysis) variable: Variable,
    pub(in crate::analysis) outcome: Outcomes,
}

/// The values that an attribute may have on a path.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::analysis) enum Sampled {
    /// These, for example.
    Values(Vec<Value>),
    /// None are known, although there may be some.
    Unknown,
    /// The path is impossible.
    Impossible,
}

/// Finds a value in a gap that some tests have these truths of, if possible none of those that are
/// there.
type InGap<'s> = dyn Fn(ValueClass, &[(u32, Truth)], &[Value]) -> Option<Value> + 's;

/// The outcomes of the questions about one attribute.
struct AttributeOutcomes<'s> {
    in_gap: &'s InGap<'s>,
    value: Option<&'s Outcomes>,
    count: Option<&'s Outcomes>,
    has: Vec<(ValueClass, bool)>,
    passes: Vec<(u32, Truth)>,
}

impl Space {
    /// Values of an attribute with which the questions about it have the outcomes of a path. Values
    /// that are not named in a test are among those offered, if some are.
    pub(in crate::analysis) fn sample(
        &self,
        attribute: u32,
        path: &[Turn],
        offered: Option<&[Value]>,
    ) -> Sampled {
        let in_gap = |gap: ValueClass, passes: &[(u32, Truth)], there: &[Value]| {
            self.in_gap(attribute, gap, passes, offered, there)
        };
        self.sample_by(attribute, path, &in_gap)
    }

    /// Whether an attribute may have values with which a path is taken.
    pub(in crate::analysis) fn is_possible(&self, attribute: u32, path: &[Turn]) -> bool {
        // No path is impossible for want of a value that is known to be in a gap.
        let any = |_: ValueClass, _: &[(u32, Truth)], _: &[Value]| Some(Value::Boolean(true));
        self.sample_by(attribute, path, &any) != Sampled::Impossible
    }

    fn sample_by(&self, attribute: u32, path: &[Turn], in_gap: &InGap<'_>) -> Sampled {
        let mut outcome = AttributeOutcomes {
            in_gap,
            value: None,
            count: None,
            has: Vec::new(),
            passes: Vec::new(),
        };
        for step in path {
            let one = || step.outcome == Outcomes::Is(1);
            match step.variable.asks() {
                VariableKind::Value(of) if of == attribute => outcome.value = Some(&step.outcome),
                VariableKind::Count(of) if of == attribute => outcome.count = Some(&step.outcome),
                VariableKind::Has(of, class) if of == attribute => outcome.has.push((class, one())),
                VariableKind::Passes(of, test) if of == attribute => {
                    outcome.passes.push((test, truth_of(&step.outcome)));
                }
                _ => {}
            }
        }
        match self.tested(attribute).is_branch {
            true => self.sample_value(attribute, &outcome),
            false => self.sample_bag(attribute, &outcome),
        }
    }

    fn sample_value(&self, attribute: u32, outcome: &AttributeOutcomes<'_>) -> Sampled {
        let tested = self.tested(attribute);
        let allowed = |class: ValueClass| outcome.value.is_none_or(|is| is.is(class.0));
        let mut unknown = false;
        // Where some are asked for, the others are not looked at.
        let (some, all) = match outcome.value {
            Some(Outcomes::Is(is)) => (std::slice::from_ref(is), None),
            Some(Outcomes::Among(some)) => (&some[..], None),
            _ => (&[][..], Some(tested.classes())),
        };
        let some = some
            .iter()
            .filter_map(|class| tested.has_class(ValueClass(*class)));
        let classes = some.chain(all.into_iter().flatten());
        let classes = classes.filter(|class| !self.is_empty(attribute, *class));
        for class in classes.filter(|class| allowed(*class)) {
            match class.as_point() {
                // A test is only asked of what is no point.
                Some(_) if !outcome.passes.is_empty() => {}
                Some(point) => {
                    return Sampled::Values(vec![tested.points[point as usize].clone()]);
                }
                None => match (outcome.in_gap)(class, &outcome.passes, &[]) {
                    Some(value) => return Sampled::Values(vec![value]),
                    None => unknown = true,
                },
            }
        }
        match outcome.passes.is_empty() {
            true if allowed(ValueClass::ABSENT) => return Sampled::Values(Vec::new()),
            true if allowed(ValueClass::SEVERAL) && !tested.is_single => {
                let two = self.two(attribute, outcome.in_gap);
                return two.map_or(Sampled::Unknown, Sampled::Values);
            }
            _ => {}
        }
        match unknown {
            true => Sampled::Unknown,
            false => Sampled::Impossible,
        }
    }

    fn two(&self, attribute: u32, in_gap: &InGap<'_>) -> Option<Vec<Value>> {
        let mut points = self.tested(attribute).points.iter().cloned();
        let gap = |there: &[Value]| in_gap(ValueClass::gap(0), &[], there);
        let first = points.next().or_else(|| gap(&[]))?;
        let second = points.next();
        let second = second.or_else(|| gap(std::slice::from_ref(&first)));
        Some(vec![first.clone(), second.unwrap_or(first)])
    }

    fn sample_bag(&self, attribute: u32, outcome: &AttributeOutcomes<'_>) -> Sampled {
        let Some(count) = outcome.count else {
            return self.sample_bag_of(attribute, outcome, None);
        };
        let is_allowed = |number: &u32| count.is(*number);
        let mut sampled = Sampled::Impossible;
        let counts = [Count::ONE, Count::NONE, Count::SEVERAL];
        for number in counts.into_iter().filter(is_allowed) {
            match self.sample_bag_of(attribute, outcome, Some(number)) {
                Sampled::Values(values) => return Sampled::Values(values),
                Sampled::Unknown => sampled = Sampled::Unknown,
                Sampled::Impossible => {}
            }
        }
        sampled
    }

    /// Values of a bag, of which there are so many.
    fn sample_bag_of(
        &self,
        attribute: u32,
        outcome: &AttributeOutcomes<'_>,
        count: Option<u32>,
    ) -> Sampled {
        let tested = self.tested(attribute);
        let in_gap = outcome.in_gap;
        let known = |class: ValueClass| {
            let has = outcome.has.iter().find(|(of, _)| *of == class);
            has.map(|(_, has)| *has)
        };
        // Those of the path, and not all points: a step of each path comes here.
        let has = outcome.has.iter().filter(|(_, has)| *has);
        let mut points: Vec<u32> = has.filter_map(|(class, _)| class.as_point()).collect();
        points.sort_unstable();
        let points = points.into_iter();
        let points = points.map(|point| tested.points[point as usize].clone());
        let points: Vec<Value> = points.collect();
        let gaps = tested.gaps();
        let gaps = gaps.filter(|class| !self.is_empty(attribute, *class));
        let gaps: Vec<ValueClass> = gaps.collect();
        let has_gaps: Vec<ValueClass> = gaps
            .iter()
            .copied()
            .filter(|gap| known(*gap) == Some(true))
            .collect();
        let wanted_gaps = outcome
            .has
            .iter()
            .filter(|(of, has)| *has && of.as_gap().is_some());
        if wanted_gaps.count() != has_gaps.len() {
            // A gap that has no values.
            return Sampled::Impossible;
        }
        let open_gaps: Vec<ValueClass> = gaps
            .iter()
            .copied()
            .filter(|gap| known(*gap) != Some(false))
            .collect();
        let (yes, no): (Vec<_>, Vec<_>) = outcome
            .passes
            .iter()
            .copied()
            .partition(|(_, truth)| *truth != Truth::False);
        let needs_gap = !has_gaps.is_empty() || !yes.is_empty();
        let distinct = points.len() + usize::from(needs_gap);
        if (count == Some(Count::NONE) && distinct > 0)
            || (count == Some(Count::ONE) && (distinct > 1 || has_gaps.len() > 1))
            || (!yes.is_empty() && open_gaps.is_empty())
        {
            return Sampled::Impossible;
        }
        if count == Some(Count::NONE) {
            return Sampled::Values(Vec::new());
        }
        // No value is known with which a test fails.
        if yes.iter().any(|(_, truth)| *truth == Truth::Error) {
            return Sampled::Unknown;
        }
        let mut values = points;
        if needs_gap && count == Some(Count::ONE) {
            // One value is in the gap, and passes all of them.
            let of = has_gaps
                .first()
                .map_or(&open_gaps[..], std::slice::from_ref);
            let mut all = yes;
            all.extend(&no);
            let found = of.iter().find_map(|gap| in_gap(*gap, &all, &[]));
            return found.map_or(Sampled::Unknown, |value| Sampled::Values(vec![value]));
        }
        for gap in &has_gaps {
            match in_gap(*gap, &no, &values) {
                Some(value) => values.push(value),
                None => return Sampled::Unknown,
            }
        }
        for (test, truth) in yes {
            let passes = |value: &Value| self.truth_of(attribute, test, value) == truth;
            let is_there = values
                .iter()
                .any(|value| self.class(attribute, value).as_gap().is_some() && passes(value));
            if is_there {
                continue;
            }
            let mut all = no.clone();
            all.push((test, truth));
            let mut found = open_gaps.iter();
            let found = found.find_map(|gap| in_gap(*gap, &all, &values));
            match found {
                Some(value) => values.push(value),
                None => return Sampled::Unknown,
            }
        }
        let least = match count {
            Some(Count::SEVERAL) => 2,
            Some(_) => 1,
            None => 0,
        };
        if values.is_empty() && least > 0 {
            // Any value that is not ruled out.
            let point = tested
                .classes()
                .find(|class| class.as_point().is_some() && known(*class) != Some(false));
            let point = point.and_then(ValueClass::as_point);
            let point = point.map(|point| tested.points[point as usize].clone());
            let gap = || open_gaps.iter().find_map(|gap| in_gap(*gap, &no, &[]));
            match gap().or(point) {
                Some(value) => values.push(value),
                None if open_gaps.is_empty() => return Sampled::Impossible,
                None => return Sampled::Unknown,
            }
        }
        while values.len() < least {
            let mut another = open_gaps.iter();
            let another = another.find_map(|gap| in_gap(*gap, &no, &values));
            values.push(another.unwrap_or_else(|| values[0].clone()));
        }
        Sampled::Values(values)
    }
}

/// The outcome that the truth of an expression is.
pub(in crate::analysis) fn outcome_of(truth: Truth) -> u32 {
    match truth {
        Truth::False => 0,
        Truth::True => 1,
        Truth::Error => 2,
    }
}

/// The truth that an outcome is.
pub(in crate::analysis) fn truth_of(outcome: &Outcomes) -> Truth {
    match outcome {
        Outcomes::Is(1) => Truth::True,
        Outcomes::Is(2) => Truth::Error,
        _ => Truth::False,
    }
}

/// The attribute that a question is about.
pub(in crate::analysis) fn attribute_of(variable: Variable) -> Option<u32> {
    match variable.asks() {
        VariableKind::Value(attribute)
        | VariableKind::Count(attribute)
        | VariableKind::Has(attribute, _)
        | VariableKind::Passes(attribute, _) => Some(attribute),
        VariableKind::Whole(_) => None,
    }
}

/// The ways from a branch, each with its outcome; that of every other outcome last.
pub(in crate::analysis) fn ways_of(branch: &Branch) -> impl Iterator<Item = (Outcomes, NodeId)> {
    let ways = branch
        .ways
        .iter()
        .map(|(outcome, node)| (Outcomes::Is(*outcome), *node));
    let others = branch.ways.iter().map(|(outcome, _)| *outcome).collect();
    ways.chain([(Outcomes::None(others), branch.otherwise)])
}

/// The ways from a branch as [`ways_of`] has them; those of values that lead to one node together.
fn ways_together(branch: &Branch) -> Vec<(Outcomes, NodeId)> {
    if !matches!(branch.variable.asks(), VariableKind::Value(_)) {
        return ways_of(branch).collect();
    }
    let mut together: IndexMap<NodeId, Vec<u32>, RandomState> = IndexMap::default();
    for (outcome, node) in &branch.ways {
        together.entry(*node).or_default().push(*outcome);
    }
    let ways = together
        .into_iter()
        .map(|(node, outcomes)| match outcomes[..] {
            [only] => (Outcomes::Is(only), node),
            _ => (Outcomes::Among(outcomes), node),
        });
    let others = branch.ways.iter().map(|(outcome, _)| *outcome).collect();
    ways.chain([(Outcomes::None(others), branch.otherwise)])
        .collect()
}

/// Walks the possible paths from a node to leaves that are wanted, until `found` returns false.
/// Takes no more than `budget` steps, and takes those from it.
pub(in crate::analysis) fn walk<F: Clone + Eq + std::hash::Hash>(
    nodes: &Nodes<F>,
    space: &Space,
    root: NodeId,
    budget: &mut usize,
    is_wanted: &dyn Fn(Leaf) -> bool,
    found: &mut dyn FnMut(&[Turn], Leaf) -> bool,
) -> Result<(), Unanswered> {
    walk_within(nodes, space, (root, &[]), budget, is_wanted, found)
}

/// Walks the possible paths as [`walk`] does, but for those on which a question that is `given` has
/// another outcome. The paths begin with what is given.
pub(in crate::analysis) fn walk_within<F: Clone + Eq + std::hash::Hash>(
    nodes: &Nodes<F>,
    space: &Space,
    (root, given): (NodeId, &[Turn]),
    budget: &mut usize,
    is_wanted: &dyn Fn(Leaf) -> bool,
    found: &mut dyn FnMut(&[Turn], Leaf) -> bool,
) -> Result<(), Unanswered> {
    let leads = leads(nodes, root, is_wanted);
    let mut path: Vec<Turn> = given.to_vec();
    // The ways still to be walked, and how long the path to each is.
    let mut waiting: Vec<(usize, Option<Turn>, NodeId)> = vec![(path.len(), None, root)];
    while let Some((length, step, node)) = waiting.pop() {
        *budget = budget.checked_sub(1).ok_or(Unanswered::TooLarge)?;
        path.truncate(length);
        if let Some(step) = step {
            let attribute = attribute_of(step.variable);
            path.push(step);
            let is_possible = |attribute| space.is_possible(attribute, &path);
            if !attribute.is_none_or(is_possible) {
                continue;
            }
        }
        match nodes.node(node) {
            DiagramNode::Leaf(leaf) => {
                if is_wanted(*leaf) && !found(&path, *leaf) {
                    return Ok(());
                }
            }
            DiagramNode::Branch(branch) => {
                let length = path.len();
                let variable = branch.variable;
                let mut ways = ways_together(branch);
                ways.retain(|(_, node)| leads(*node));
                let given = given.iter().find(|of| of.variable == variable);
                if let Some(given) = given {
                    ways.retain(|(outcome, _)| outcome.may_be(&given.outcome));
                }
                let left = budget.checked_sub(ways.len());
                *budget = left.ok_or(Unanswered::TooLarge)?;
                // What is given is on the path already; of values, a way may say more.
                let is_said = given.is_some() && !matches!(variable.asks(), VariableKind::Value(_));
                // The first way is walked first.
                for (outcome, node) in ways.into_iter().rev() {
                    let turn = (!is_said).then_some(Turn { variable, outcome });
                    waiting.push((length, turn, node));
                }
            }
        }
    }
    Ok(())
}

/// Whether a wanted leaf is below a node.
pub(in crate::analysis) fn leads<F: Clone + Eq + std::hash::Hash>(
    nodes: &Nodes<F>,
    root: NodeId,
    is_wanted: &dyn Fn(Leaf) -> bool,
) -> impl Fn(NodeId) -> bool + use<F> {
    let mut leading = std::collections::HashSet::new();
    for id in nodes.below(root) {
        let leads = match nodes.node(id) {
            DiagramNode::Leaf(leaf) => is_wanted(*leaf),
            DiagramNode::Branch(branch) => branch.children().any(|child| leading.contains(&child)),
        };
        if leads {
            leading.insert(id);
        }
    }
    move |id| leading.contains(&id)
}
