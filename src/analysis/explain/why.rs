//! The tree of a decision → the one sentence that answers why.

use std::cmp::Reverse;

use super::tree::{Element, Node, NodeRole, NodeValue};
use super::words;
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
        Decision::NotApplicable => match nearest(tree) {
            Some((child, test)) => format!(
                "NotApplicable: nothing applies; {} does not, as it {test}",
                words::name(child)
            ),
            None => "NotApplicable: there is no rule that could apply".to_owned(),
        },
        Decision::Indeterminate => {
            let status = status.map_or_else(|| "something failed".to_owned(), words::message);
            format!("Indeterminate: {status}")
        }
    }
}

fn of_effect(decision: Decision, effect: Effect, known: Option<String>, tree: &Node) -> String {
    let verb = |effect: Effect| match effect {
        Effect::Permit => "permits",
        Effect::Deny => "denies",
    };
    let Some((policy, rule)) = deciding(tree, None) else {
        if let Some(rule) = known {
            return format!("{decision}: {rule} {}", verb(effect));
        }
        let policy = by_itself(tree);
        let name = words::name(policy);
        let step = policy.combining.as_ref().map(|combining| &*combining.step);
        let step = words::message(step.unwrap_or("it decides by itself"));
        let failed = policy.children.iter().find_map(|child| {
            let failed = child
                .decision()
                .is_some_and(ExtendedDecision::is_indeterminate);
            failed.then(|| (child, reason(child)))
        });
        if let Some((child, reason)) = failed {
            let reason = words::message(reason.unwrap_or_default());
            return format!(
                "{decision}: in {name} {step}; {} is Indeterminate: {reason}",
                words::name(child)
            );
        }
        let nearest = match nearest(policy) {
            Some((child, test)) => format!("; {} does not apply, as it {test}", words::name(child)),
            None => String::new(),
        };
        return format!("{decision}: in {name} {step}{nearest}");
    };
    let of_policy = match policy.element {
        Element::Roots => String::new(),
        _ => format!(" of {}", words::name(policy)),
    };
    let place = match &rule.place {
        Some(place) => format!(" ({}:{})", words::shown(&place.source), place.position),
        None => String::new(),
    };
    let loser = outweighed(tree).map(|loser| {
        let other = match loser.decision() {
            Some(value) if value.is_indeterminate() => "is Indeterminate".to_owned(),
            Some(value) => format!("{} as well", verb(value.effect().unwrap_or(effect))),
            None => String::new(),
        };
        let other = match loser.decision().and_then(ExtendedDecision::effect) {
            Some(own) if own != effect => verb(own).to_owned(),
            _ => other,
        };
        format!(" and outweighs {}, which {other}", words::name(loser))
    });
    format!(
        "{decision}: {}{of_policy}{place} {}{}",
        words::name(rule),
        verb(effect),
        loser.unwrap_or_default()
    )
}

/// The reason of an Indeterminate, as the first node within it has it.
fn reason(node: &Node) -> Option<&str> {
    match &node.value {
        NodeValue::Indeterminate(reason) => Some(reason),
        _ => node.children.iter().find_map(reason),
    }
}

/// The first rule that decides, and its policy.
fn deciding<'n>(node: &'n Node, policy: Option<&'n Node>) -> Option<(&'n Node, &'n Node)> {
    if node.element == Element::Rule {
        return policy.map(|policy| (policy, node));
    }
    let around = match node.element {
        Element::Reference => policy,
        _ => Some(node),
    };
    let children = node
        .children
        .iter()
        .filter(|child| child.role == NodeRole::Decides || (node.element == Element::Reference));
    children
        .filter(|child| child.is_child_of_policy())
        .find_map(|child| deciding(child, around))
}

/// The innermost policy that decides without a rule.
fn by_itself(node: &Node) -> &Node {
    let mut children = node.children.iter();
    let decides = children.find(|child| {
        child.is_child_of_policy()
            && child.element != Element::Rule
            && (child.role == NodeRole::Decides || node.element == Element::Reference)
    });
    decides.map_or(node, by_itself)
}

/// The first rule, or else policy, that applies and is outweighed.
fn outweighed(node: &Node) -> Option<&Node> {
    node.children.iter().find_map(|child| match child.role {
        NodeRole::Outweighed => Some(child),
        NodeRole::Decides => outweighed(child),
        _ if node.element == Element::Reference => outweighed(child),
        _ => None,
    })
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
    /// How far it is from applying, the fewest tests that fail first. Of several, one whose target
    /// matches, then one with a near miss, then the one of which the most tests hold, then one that
    /// would permit.
    fn distance(&self) -> impl Ord + use<> {
        let found = innermost(self.test).attribute.as_ref();
        let is_condition = !matches!(
            self.test.element,
            Element::Match | Element::AnyOf | Element::AllOf | Element::Target
        );
        (
            self.child.failed_tests,
            !(is_condition && self.child.held_tests > 0),
            found.is_none_or(|found| found.near_miss.is_none()),
            Reverse(self.held),
            self.child.effect == Some(Effect::Deny),
        )
    }
}

/// The rule or policy that most nearly applies, and the test that failed; of several that are as near,
/// the first.
fn nearest(tree: &Node) -> Option<(&Node, String)> {
    let mut all = Vec::new();
    left_out(tree, 0, &mut all);
    let nearest = all.iter().min_by_key(|one| one.distance())?;
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
