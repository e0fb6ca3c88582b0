//! The tree of a decision → the one sentence that answers why.

use std::cmp::Reverse;

use super::tree::{Element, Node, NodeRole, NodeValue};
use super::words;
use crate::combining::policy::ON_PERMIT_APPLY_SECOND;
use crate::decision::{Decision, Effect, ExtendedDecision};

/// The sentence. `rule` is the first rule behind the decision, for a tree that is cut before it; `status` is the message of an Indeterminate.
pub(super) fn why(
    decision: Decision,
    rule: Option<String>,
    status: Option<&str>,
    tree: Option<&Node>,
) -> String {
    let Some(tree) = tree else {
        let status = status.map(words::message);
        return match status {
            Some(status) => format!("{decision}: {status}"),
            None => format!("{decision}: there is no tree of what was evaluated"),
        };
    };
    match decision {
        Decision::Permit => of_effect(decision, Effect::Permit, rule, tree),
        Decision::Deny => of_effect(decision, Effect::Deny, rule, tree),
        Decision::NotApplicable => match nearest(tree, Effect::Permit) {
            Some((child, test)) => format!(
                "NotApplicable: nothing applies; {} does not, as it {test}",
                placed(child)
            ),
            None => "NotApplicable: there is no rule that could apply".to_owned(),
        },
        Decision::Indeterminate => {
            let place = status.and_then(|status| cause(tree, status)).map(place);
            let status = status.map_or_else(|| "something failed".to_owned(), words::message);
            format!("Indeterminate: {status}{}", place.unwrap_or_default())
        }
    }
}

fn verb(effect: Effect) -> &'static str {
    match effect {
        Effect::Permit => "permits",
        Effect::Deny => "denies",
    }
}

/// The place of a node in parentheses, after a space; empty if it has none.
fn place(node: &Node) -> String {
    match &node.place {
        Some(place) => format!(" ({}:{})", words::shown(&place.source), place.position),
        None => String::new(),
    }
}

/// The element, its name and its place.
fn placed(node: &Node) -> String {
    format!("{}{}", words::name(node), place(node))
}

fn of_effect(decision: Decision, effect: Effect, known: Option<String>, tree: &Node) -> String {
    let Some(path) = deciding(tree) else {
        return match known {
            Some(rule) => format!("{decision}: {rule} {}", verb(effect)),
            None => of_policy_itself(decision, tree),
        };
    };
    let rule = path[path.len() - 1];
    let mut policies = path[..path.len() - 1].iter().rev();
    let policy = policies.find(|around| around.element != Element::Reference);
    let of_policy = match policy {
        Some(policy) if policy.element != Element::Roots => format!(" of {}", words::name(policy)),
        _ => String::new(),
    };
    let mut why = format!(
        "{decision}: {}{of_policy}{} {}",
        words::name(rule),
        place(rule),
        verb(effect),
    );
    let loser = outweighed(&path);
    if let Some(loser) = loser {
        let own = loser.decision();
        let other = match own.and_then(ExtendedDecision::effect) {
            Some(own) if own != effect => verb(own).to_owned(),
            Some(own) => format!("{} as well", verb(own)),
            None => {
                let reason = reason(loser).map(|reason| format!(": {}", words::message(reason)));
                format!("is Indeterminate{}", reason.unwrap_or_default())
            }
        };
        why += &format!(" and outweighs {}, which {other}", words::name(loser));
    }
    if loser.is_none_or(|loser| !is_indeterminate(loser)) {
        why += &despite(decision, tree).unwrap_or_default();
    }
    why
}

/// The failure that a Permit was made despite, in words: it may be that of a Deny.
fn despite(decision: Decision, tree: &Node) -> Option<String> {
    let (failed, around) = failure(tree).filter(|_| decision == Decision::Permit)?;
    let (innermost, policy) = innermost_failure(failed, around);
    let of_policy = match policy {
        Some(policy) if innermost.element == Element::Rule => {
            format!(" of {}", words::name(policy))
        }
        _ => String::new(),
    };
    let counts = match failed.role {
        NodeRole::Ignored => "which counts for nothing",
        _ => "which is outweighed",
    };
    let reason = reason(failed).map(|reason| format!(": {}", words::message(reason)));
    Some(format!(
        "; {}{of_policy} is Indeterminate, {counts}{}",
        words::name(innermost),
        reason.unwrap_or_default()
    ))
}

/// The sentence about a policy that decides without a rule.
fn of_policy_itself(decision: Decision, tree: &Node) -> String {
    let policy = by_itself(tree);
    let name = placed(policy);
    let step = policy.combining.as_ref().map(|combining| &*combining.step);
    let step = words::message(step.unwrap_or("it decides by itself"));
    if let Some(child) = policy.children.iter().find(|child| is_indeterminate(child)) {
        let reason = words::message(reason(child).unwrap_or_default());
        let child = placed(child);
        return format!("{decision}: in {name} {step}; {child} is Indeterminate: {reason}");
    }
    let more = despite(decision, tree).or_else(|| {
        // A policy that permits unless denied waits for a Deny.
        let awaited = match decision {
            Decision::Permit => Effect::Deny,
            _ => Effect::Permit,
        };
        let (child, test) = nearest(policy, awaited)?;
        Some(format!("; {} does not apply, as it {test}", placed(child)))
    });
    format!("{decision}: in {name} {step}{}", more.unwrap_or_default())
}

fn is_indeterminate(node: &Node) -> bool {
    node.decision()
        .is_some_and(ExtendedDecision::is_indeterminate)
}

/// The reason of an Indeterminate, as the first node within it has it.
fn reason(node: &Node) -> Option<&str> {
    match &node.value {
        NodeValue::Indeterminate(reason) => Some(reason),
        _ => node.children.iter().find_map(reason),
    }
}

/// The innermost node that has the reason with which a message begins.
fn cause<'n>(node: &'n Node, message: &str) -> Option<&'n Node> {
    let within = node.children.iter().find_map(|child| cause(child, message));
    within.or_else(|| match &node.value {
        NodeValue::Indeterminate(reason)
            if !reason.is_empty() && message.starts_with(reason.as_str()) =>
        {
            Some(node)
        }
        _ => None,
    })
}

/// The way from the root to the first rule that decides.
fn deciding(node: &Node) -> Option<Vec<&Node>> {
    if node.element == Element::Rule {
        return Some(vec![node]);
    }
    let mut children = on_the_way(node);
    let mut path = children.find_map(deciding)?;
    path.insert(0, node);
    Some(path)
}

/// The children that have the value of a policy, the one that it has it from first.
fn on_the_way(node: &Node) -> impl Iterator<Item = &Node> {
    let is_reference = node.element == Element::Reference;
    let children = node.children.iter().filter(|child| {
        child.is_child_of_policy() && (is_reference || child.role == NodeRole::Decides)
    });
    let mut children: Vec<&Node> = children.collect();
    // The first child only chooses among the others.
    let combining = node.combining.as_ref();
    if combining.is_some_and(|combining| combining.algorithm == ON_PERMIT_APPLY_SECOND) {
        children.reverse();
    }
    children.into_iter()
}

/// The innermost policy that decides without a rule.
fn by_itself(node: &Node) -> &Node {
    let decides = on_the_way(node).find(|child| child.element != Element::Rule);
    decides.map_or(node, by_itself)
}

/// The first rule, or else policy, that applies and is outweighed on the way to the rule that decides.
fn outweighed<'n>(path: &[&'n Node]) -> Option<&'n Node> {
    let mut beside = path.iter().flat_map(|around| &around.children);
    beside.find(|child| child.role == NodeRole::Outweighed)
}

/// The first rule or policy that is Indeterminate and that a policy behind the decision ignored or
/// outweighed, and the policy.
fn failure(node: &Node) -> Option<(&Node, &Node)> {
    let mut children = node.children.iter();
    let failed = children.find(|child| {
        matches!(child.role, NodeRole::Ignored | NodeRole::Outweighed) && is_indeterminate(child)
    });
    let failed = failed.map(|child| (child, node));
    failed.or_else(|| on_the_way(node).find_map(failure))
}

/// The innermost rule or policy that made another Indeterminate, and its policy.
fn innermost_failure<'n>(node: &'n Node, around: &'n Node) -> (&'n Node, Option<&'n Node>) {
    let mut children = node.children.iter();
    match children.find(|child| child.is_child_of_policy() && is_indeterminate(child)) {
        Some(child) => {
            let around = if node.element == Element::Reference {
                around
            } else {
                node
            };
            innermost_failure(child, around)
        }
        None => (
            node,
            Some(around).filter(|around| around.element != Element::Roots),
        ),
    }
}

/// A rule or policy that does not apply.
struct LeftOut<'n> {
    child: &'n Node,
    /// The test that failed.
    test: &'n Node,
    /// The tests that hold, those of the policies around it among them.
    held: usize,
}

impl LeftOut<'_> {
    /// How far it is from applying with an effect: those of the other effect last, the fewest tests that
    /// fail first. Of several, one whose target matches, then one with a near miss, then the one of which the
    /// most tests hold, then one whose attribute has a value, if not the wanted one.
    fn distance(&self, awaited: Effect) -> impl Ord + use<> {
        let found = innermost(self.test).attribute.as_ref();
        (
            self.child.effect.is_some_and(|effect| effect != awaited),
            self.child.failed_tests,
            !self.child.is_target_met,
            found.is_none_or(|found| found.near_miss.is_none()),
            Reverse(self.held),
            found.is_none_or(|found| found.values.is_empty()),
        )
    }
}

/// The rule or policy that most nearly applies with an effect, and the test that failed; of several that are
/// as near, the first.
fn nearest(tree: &Node, awaited: Effect) -> Option<(&Node, String)> {
    let mut all = Vec::new();
    left_out(tree, 0, &mut all);
    let nearest = all.iter().min_by_key(|one| one.distance(awaited))?;
    Some((nearest.child, failed_all(nearest.test)))
}

fn left_out<'n>(node: &'n Node, around: usize, all: &mut Vec<LeftOut<'n>>) {
    let is_left_out = node.decision() == Some(ExtendedDecision::NotApplicable);
    let held = around + node.held_tests;
    for child in &node.children {
        if child.is_child_of_policy() {
            left_out(child, held, all);
        } else if is_left_out && words::is_false(child) {
            let (child, test) = (node, child);
            all.push(LeftOut { child, test, held });
        }
    }
}

/// Of an `AnyOf` the first test.
fn innermost(test: &Node) -> &Node {
    match (test.element, test.children.first()) {
        (Element::AnyOf | Element::AllOf | Element::Target, Some(first)) => innermost(first),
        _ => test,
    }
}

/// A test that failed in words, after "it": `wants "write" in …`.
pub(super) fn failed(test: &Node) -> String {
    match test.element {
        Element::Match => words::details(test),
        _ => words::failed_condition(test),
    }
}

/// An `AnyOf` of which no test holds, in words: the wanted values, by attribute.
pub(super) fn failed_all(test: &Node) -> String {
    let first = innermost(test);
    if test.element != Element::AnyOf {
        return failed(first);
    }
    let mut groups: Vec<(&Node, Vec<String>)> = Vec::new();
    let attribute = |test: &Node| {
        let found = test.attribute.as_ref().map(|found| &found.designator);
        found.map(|designator| (test.name.clone(), designator.clone()))
    };
    for test in test.children.iter().map(innermost) {
        let Some(wanted) = test.wanted.as_ref().map(words::value) else {
            continue;
        };
        let same = groups
            .iter_mut()
            .find(|(first, _)| attribute(first) == attribute(test));
        match same {
            Some((_, all)) => all.push(wanted),
            None => groups.push((test, vec![wanted])),
        }
    }
    if groups.is_empty() {
        return failed(first);
    }
    let more = groups.len().saturating_sub(MOST_GROUPS);
    let groups = groups.iter().take(MOST_GROUPS).map(|(test, wanted)| {
        let more = wanted.len().saturating_sub(MOST_WANTED);
        let mut wanted = wanted[..wanted.len() - more].join(" or ");
        if more > 0 {
            wanted += &format!(" or {more} others");
        }
        words::test_of(test, &wanted)
    });
    let mut words = groups.collect::<Vec<_>>().join("; or ");
    if more > 0 {
        words += &format!("; or {more} other attributes");
    }
    words
}

/// The most attributes, and values of each, that one line shows as wanted.
const MOST_GROUPS: usize = 3;
const MOST_WANTED: usize = 6;
