//! Explanations → text, Markdown, JSON, Mermaid and SVG, each from the tree alone.

#[cfg(feature = "json")]
mod json;
mod markdown;
mod mermaid;
mod svg;
mod text;

pub(in crate::analysis) use svg::escaped;

use super::tree::{Explanation, Node, NodeRole, NodeValue};
use super::why;
use super::words;
use crate::decision::ExtendedDecision;
use crate::value::{DateTime, Zone};

/// A line about a node in parts, for every form of text.
struct Line {
    /// The value.
    result: String,
    /// The element and its name.
    name: String,
    /// `source:line:column`; may be empty.
    place: String,
    /// The rest; may be empty.
    details: String,
    /// The kind of its value, for its colour.
    tone: Tone,
    /// Whether its children are told by the line itself.
    is_folded: bool,
}

/// The colour of a value.
#[derive(Clone, Copy, PartialEq)]
enum Tone {
    Good,
    Bad,
    Failed,
    Faint,
    Plain,
}

impl Line {
    fn of(node: &Node) -> Self {
        let place = match &node.place {
            Some(place) => format!("{}:{}", words::shown(&place.source), place.position),
            None => String::new(),
        };
        let is_left_out = node.decision() == Some(ExtendedDecision::NotApplicable);
        let test = match &node.children[..] {
            [test] if is_left_out && words::is_false(test) => Some(test),
            _ => None,
        };
        let mut details = match test {
            Some(test) => why::failed_all(test),
            None => words::details(node),
        };
        let role = match node.role {
            NodeRole::Outweighed if is_failed(node) => "is outweighed",
            NodeRole::Outweighed => "applies, and is outweighed",
            NodeRole::Ignored if is_failed(node) => "counts for nothing",
            NodeRole::Ignored => "applies, and counts for nothing",
            NodeRole::Rival => "applies, where only one may",
            NodeRole::Chooses => "chooses the child that decides",
            NodeRole::Decides | NodeRole::LeftOut | NodeRole::None | NodeRole::NotReached => "",
        };
        if !role.is_empty() {
            details = match details.is_empty() {
                true => role.to_owned(),
                false => format!("{role}; {details}"),
            };
        }
        Self {
            result: words::result(node),
            name: words::name(node),
            place,
            details,
            tone: tone(node),
            // A line has no room for the definitions of variables.
            is_folded: test.is_some_and(|test| !words::has_definition(test)),
        }
    }

    /// All of it but the value.
    fn rest(&self) -> String {
        let place = match self.place.is_empty() {
            true => String::new(),
            false => format!(" ({})", self.place),
        };
        match self.details.is_empty() {
            true => format!("{}{place}", self.name),
            false => format!("{}{place} — {}", self.name, self.details),
        }
    }
}

fn is_failed(node: &Node) -> bool {
    node.decision()
        .is_some_and(ExtendedDecision::is_indeterminate)
}

fn tone(node: &Node) -> Tone {
    match &node.value {
        NodeValue::Decision(ExtendedDecision::Permit) => Tone::Good,
        NodeValue::Decision(ExtendedDecision::Deny) => Tone::Bad,
        NodeValue::Decision(ExtendedDecision::NotApplicable) | NodeValue::NotEvaluated => {
            Tone::Faint
        }
        NodeValue::Decision(_) | NodeValue::Indeterminate(_) => Tone::Failed,
        NodeValue::Boolean(true) => Tone::Good,
        NodeValue::Boolean(false) => Tone::Bad,
        NodeValue::Values(..) => Tone::Plain,
    }
}

/// The children of a node that have lines of their own.
fn own_lines(node: &Node, line: &Line) -> usize {
    if line.is_folded {
        0
    } else {
        node.children.len()
    }
}

/// The lines after the tree: obligations, troubles, how long it holds, remarks.
fn footer(explanation: &Explanation) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let assignments = |all: &[crate::response::AttributeAssignment]| {
        let all = all.iter().map(|assignment| {
            let value = words::value(&assignment.value);
            format!(" {} = {value}", words::short(&assignment.id))
        });
        all.collect::<Vec<_>>().join(",")
    };
    for obligation in &explanation.obligations {
        let id = words::shown(&obligation.id);
        let values = assignments(&obligation.assignments);
        lines.push(("obligation", format!("`{id}`{values}")));
    }
    for advice in &explanation.advice {
        let id = words::shown(&advice.id);
        let values = assignments(&advice.assignments);
        lines.push(("advice", format!("`{id}`{values}")));
    }
    for trouble in &explanation.troubles {
        lines.push(("trouble", words::message(trouble)));
    }
    if let Some(until) = explanation.valid_until {
        // It has no end but its beginning.
        let never = DateTime::from_unix(0, 0, Zone::UTC) == Some(until);
        let says = match explanation.instant {
            _ if never => "not to be kept, as something failed or a limit was reached".to_owned(),
            Some(instant) if instant == until => {
                format!("{until}, as it read the clock: it holds for this instant only")
            }
            _ => until.to_string(),
        };
        lines.push(("valid until", says));
    }
    for remark in &explanation.remarks {
        lines.push(("remark", words::message(remark)));
    }
    if let Some(value) = explanation.disagreement {
        lines.push((
            "DEFECT",
            format!(
                "this tree comes to {}, but the decision is {}: a function of the host answers otherwise \
                 each time, or else please report it with the policy and the request",
                words::decision(value),
                explanation.decision
            ),
        ));
    }
    lines
}
