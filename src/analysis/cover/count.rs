//! The whole tree of a decision → the counts of its elements.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Cover, CoveredElement};
use crate::analysis::explain::{Element, Node, NodeRole, NodeValue};
use crate::decision::{Decision, ExtendedDecision};

/// The value of a node that has been evaluated.
#[derive(Clone, Copy)]
enum Counted {
    True,
    False,
    Indeterminate,
}

impl Cover {
    /// Adds a decision by its tree, which must have all that was evaluated; `is_whole`: it has.
    pub(crate) fn add(&mut self, decision: Decision, tree: Option<&Node>, is_whole: bool) {
        self.decisions += 1;
        let mut has_all = is_whole;
        if let Some(tree) = tree {
            let value = tree.decision();
            let decides = value.is_some_and(|value| Decision::from(value) == decision);
            self.node(tree, decides, &mut has_all);
        }
        self.cut += usize::from(!has_all);
        let now = self.decisions;
        for element in &mut self.elements {
            element.not_reached += usize::from(element.last != now);
        }
    }

    /// Adds the counts of another cover, such as that of other tests. Elements that only it has come after
    /// those here; one is the same if it stands in a document of the same name, at the same place.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let requests = ["clerk", "porter"].map(|role| Request::builder().subject("role", role).build());
    /// let mut cover = pdp.cover(&requests[..1]);
    /// cover.merge(pdp.cover(&requests[1..]));
    /// assert_eq!(cover.elements, pdp.cover(&requests).elements);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn merge(&mut self, other: Self) {
        let decisions = self.decisions;
        self.decisions += other.decisions;
        self.cut += other.cut;
        self.unplaced += other.unplaced;
        let names: HashSet<&Arc<str>> = self.texts.iter().map(|(name, _)| name).collect();
        let new = other.texts.iter().filter(|(name, _)| !names.contains(name));
        let new: Vec<_> = new.cloned().collect();
        self.texts.extend(new);
        let mut is_met = vec![false; self.elements.len()];
        for element in other.elements {
            let key = (element.element, element.place.clone());
            match self.index.get(&key) {
                Some(&number) => {
                    is_met[number] = true;
                    self.elements[number].add(&element, decisions);
                }
                None => {
                    self.index.insert(key, self.elements.len());
                    let mut element = element;
                    element.not_reached += decisions;
                    element.last += if element.last > 0 { decisions } else { 0 };
                    self.elements.push(element);
                    is_met.push(true);
                }
            }
        }
        for (element, is_met) in self.elements.iter_mut().zip(is_met) {
            element.not_reached += if is_met { 0 } else { other.decisions };
        }
    }

    /// Leaves out the documents of other names than these.
    #[cfg(feature = "testing")]
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.texts.retain(|(name, _)| is_kept(name));
        self.elements
            .retain(|element| is_kept(&element.place.source));
        let numbers = self.elements.iter().zip(0..);
        let numbers = numbers.map(|(one, number)| ((one.element, one.place.clone()), number));
        self.index = numbers.collect();
    }

    /// Counts a node and those within it. `decides`: the decision is that of this policy or rule.
    fn node(&mut self, node: &Node, decides: bool, has_all: &mut bool) {
        // A rule without a text around it counts what it cannot show of itself.
        *has_all &= node.not_shown == 0;
        if let (true, Some(value)) = (is_counted(node), counted(node)) {
            self.count(node, value, decides);
        }
        for child in &node.children {
            let is_same = node.element == Element::Reference;
            let decides = decides && (is_same || child.role == NodeRole::Decides);
            self.node(child, decides, has_all);
        }
    }

    fn count(&mut self, node: &Node, value: Counted, decides: bool) {
        let key = node.place.clone().map(|place| (node.element, place));
        let number = key.and_then(|key| self.index.get(&key).copied());
        let Some(number) = number else {
            // Functions that are not boolean are no elements; one without a text is not counted.
            let is_value = node.place.is_some() && node.element == Element::Apply;
            self.unplaced += usize::from(!is_value);
            return;
        };
        let element = &mut self.elements[number];
        element.last = self.decisions;
        element.reached += 1;
        match value {
            Counted::True => element.was_true += 1,
            Counted::False => element.was_false += 1,
            Counted::Indeterminate => element.indeterminate += 1,
        }
        if let (Counted::True, true) = (value, element.is_decision()) {
            match decides {
                true => element.decided += 1,
                false => element.lost += 1,
            }
        }
    }
}

impl CoveredElement {
    /// Adds the counts of the same element, of decisions after so many.
    fn add(&mut self, other: &Self, decisions: usize) {
        self.reached += other.reached;
        self.was_true += other.was_true;
        self.was_false += other.was_false;
        self.indeterminate += other.indeterminate;
        self.decided += other.decided;
        self.lost += other.lost;
        self.not_reached += other.not_reached;
        if other.last > 0 {
            self.last = decisions + other.last;
        }
    }
}

/// Whether a node is of a kind that is counted. A `Map` and a `Select` have values.
fn is_counted(node: &Node) -> bool {
    match node.element {
        Element::PolicySet
        | Element::Policy
        | Element::Rule
        | Element::Target
        | Element::Match
        | Element::Condition
        | Element::Apply => true,
        Element::Quantified => ["ForAny", "ForAll"].contains(&&*node.name),
        _ => false,
    }
}

/// The value; none if it was not evaluated, or is not boolean.
fn counted(node: &Node) -> Option<Counted> {
    let of_boolean = |value| match value {
        true => Counted::True,
        false => Counted::False,
    };
    match &node.value {
        _ if node.role == NodeRole::NotReached => None,
        NodeValue::Decision(ExtendedDecision::NotApplicable) => Some(Counted::False),
        NodeValue::Decision(value) if value.is_indeterminate() => Some(Counted::Indeterminate),
        NodeValue::Decision(_) => Some(Counted::True),
        NodeValue::Boolean(value) => Some(of_boolean(*value)),
        NodeValue::Values(values, 0) => match &values[..] {
            [only] => only.as_bool().map(of_boolean),
            _ => None,
        },
        NodeValue::Indeterminate(_) => Some(Counted::Indeterminate),
        NodeValue::Values(..) | NodeValue::NotEvaluated => None,
    }
}
