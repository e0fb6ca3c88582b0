//! A residual → the classes of requests that get a decision, in few words.
//!
//! A path of the diagram says more than a class needs: that the subject is no `clerk`, on the way that
//! asks for a `manager` next. What makes no difference is left out, a class within one that was found
//! is passed over, and classes that differ in the values of one attribute are one.

use super::Unanswered;
use super::diagram::node::{Leaf, NodeId, Nodes};
use super::diagram::path::{Outcomes, Turn, walk, walk_within};
use super::diagram::space::Space;
use super::diagram::variable::VariableKind;
use super::requirement::{Reply, Requirement, answers, requirements};
use super::residual::{Answer, Diagram, Question, Residual, value_of};
use crate::decision::Decision;

/// The most classes of which a path is asked whether it is within them.
const MOST_COMPARED: usize = 256;

/// Whether a path is within one of the last classes of these.
pub(super) fn is_within<'c>(
    classes: impl DoubleEndedIterator<Item = &'c Vec<Turn>>,
    path: &[Turn],
) -> bool {
    let within = |class: &Vec<Turn>| class.iter().all(|turn| is_implied(turn, path));
    classes.rev().take(MOST_COMPARED).any(within)
}

/// The turns of a path without those that make no difference: without them, too, all paths lead where no
/// leaf is another. Takes steps from `spare`, of which one walk takes `size` at most; what is left when
/// they are used up is said in vain.
pub(super) fn least<F: Clone + Eq + std::hash::Hash>(
    nodes: &Nodes<F>,
    space: &Space,
    root: NodeId,
    path: &[Turn],
    is_other: &dyn Fn(Leaf) -> bool,
    (spare, size): (&mut usize, usize),
) -> Vec<Turn> {
    let mut class = path.to_vec();
    let is_test = |turn: &Turn| matches!(turn.variable.asks(), VariableKind::Passes(..));
    // What is not so is left out sooner than what is, and tests sooner than what they rest on.
    for (of_tests, is_negative) in [(true, true), (true, false), (false, true), (false, false)] {
        for place in (0..class.len()).rev() {
            let turn = &class[place];
            if is_test(turn) != of_tests
                || matches!(turn.outcome, Outcomes::None(_)) != is_negative
                || is_rested_on(turn, &class)
            {
                continue;
            }
            let mut without = class.clone();
            without.remove(place);
            let (mut is_always, given) = (true, (root, &without[..]));
            let mut budget = spare.saturating_sub(size);
            let walked = walk_within(nodes, space, given, &mut budget, is_other, &mut |_, _| {
                is_always = false;
                false
            });
            *spare = budget;
            match walked {
                Ok(()) if is_always => class = without,
                Ok(()) => {}
                Err(_) => return class,
            }
        }
    }
    class
}

/// A requirement of a class.
#[derive(Clone, PartialEq)]
enum Clause {
    Turn(Turn),
    /// An attribute has a value of one of these classes.
    Has(u32, Vec<u32>),
}

impl Residual {
    /// Finds the classes of requests that get a decision, each as its requirements; at most `most`.
    /// Together they are all such requests. A request may be in several.
    ///
    /// ```
    /// use vedtak::{Decision, Pdp, Request};
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let (pdp, nothing) = (Pdp::from_xml(policy)?, Request::default());
    /// let residual = pdp.analysis(&nothing).open(|_| true).single_valued(|_| true).residual()?;
    /// let permitted = residual.alternatives(Decision::Permit, 10, 1_000_000)?;
    /// let told: Vec<String> = permitted[0].iter().map(|requirement| requirement.to_string()).collect();
    /// assert_eq!(told[1], "`action-id` of the action is `list` or `read`");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The answer takes more steps than `budget`.
    pub fn alternatives(
        &self,
        decision: Decision,
        most: usize,
        budget: usize,
    ) -> Result<Vec<Vec<Requirement>>, Unanswered> {
        let Diagram { nodes, space } = &*self.diagram;
        let (mut found, mut merged): (Vec<Vec<Turn>>, Vec<Vec<Clause>>) = (Vec::new(), Vec::new());
        let wanted = |leaf: Leaf| Decision::from(value_of(leaf).value) == decision;
        // What classes say in vain is left out as far as it goes.
        let (mut left, mut spare, size) = (budget, budget, self.size());
        walk(
            nodes,
            space,
            self.root,
            &mut left,
            &wanted,
            &mut |path, _| {
                if is_within(found.iter(), path) {
                    return true;
                }
                let other = |leaf: Leaf| Decision::from(value_of(leaf).value) != decision;
                let class = least(nodes, space, self.root, path, &other, (&mut spare, size));
                let clauses =
                    class
                        .iter()
                        .map(|turn| match (turn.variable.asks(), &turn.outcome) {
                            (VariableKind::Has(attribute, class), Outcomes::Is(_)) => {
                                Clause::Has(attribute, vec![class.0])
                            }
                            _ => Clause::Turn(turn.clone()),
                        });
                merge(&mut merged, clauses.collect());
                found.push(class);
                merged.len() < most
            },
        )?;
        let told = merged.into_iter();
        Ok(told.map(|class| told_of(space, &class)).collect())
    }
}

/// Whether a test of a class is asked of what a turn leaves: values that nothing else names. Without the
/// turn, the test would be of all values.
fn is_rested_on(turn: &Turn, class: &[Turn]) -> bool {
    let (VariableKind::Value(attribute)
    | VariableKind::Count(attribute)
    | VariableKind::Has(attribute, _)) = turn.variable.asks()
    else {
        return false;
    };
    let of_attribute = |other: &Turn| matches!(other.variable.asks(), VariableKind::Passes(of, _) if of == attribute);
    class.iter().any(of_attribute)
}

/// Whether a path has a turn, or one that says more.
fn is_implied(turn: &Turn, path: &[Turn]) -> bool {
    let mut same = path.iter().filter(|of| of.variable == turn.variable);
    same.any(|of| of.outcome.are_all(&turn.outcome))
}

/// Adds a class, or makes one of it and another that differs from it in the values of one attribute.
fn merge(classes: &mut Vec<Vec<Clause>>, mut class: Vec<Clause>) {
    while let Some((place, one)) = classes
        .iter()
        .enumerate()
        .find_map(|(place, other)| Some((place, as_one(other, &class)?)))
    {
        classes.remove(place);
        class = one;
    }
    classes.push(class);
}

/// The class of two together, if they differ in the values of one attribute.
fn as_one(first: &[Clause], second: &[Clause]) -> Option<Vec<Clause>> {
    if first.len() != second.len() {
        return None;
    }
    let mut differing = first.iter().zip(second).enumerate();
    let mut differing = differing.by_ref().filter(|(_, (a, b))| a != b);
    let (place, (one, other)) = differing.next()?;
    if differing.next().is_some() {
        return None;
    }
    let both = |a: &[u32], b: &[u32]| {
        let mut all = [a, b].concat();
        all.sort_unstable();
        all.dedup();
        all
    };
    let clause = match (one, other) {
        (Clause::Has(of, a), Clause::Has(same, b)) if of == same => Clause::Has(*of, both(a, b)),
        (Clause::Turn(a), Clause::Turn(b)) if a.variable == b.variable => {
            let VariableKind::Value(_) = a.variable.asks() else {
                return None;
            };
            let some = both(some(&a.outcome)?, some(&b.outcome)?);
            Clause::Turn(Turn {
                variable: a.variable,
                outcome: Outcomes::Among(some),
            })
        }
        _ => return None,
    };
    let mut one = first.to_vec();
    one[place] = clause;
    Some(one)
}

fn some(outcome: &Outcomes) -> Option<&[u32]> {
    match outcome {
        Outcomes::Is(only) => Some(std::slice::from_ref(only)),
        Outcomes::Among(some) => Some(some),
        Outcomes::None(_) => None,
    }
}

fn told_of(space: &Space, class: &[Clause]) -> Vec<Requirement> {
    let told = class.iter().flat_map(|clause| match clause {
        Clause::Turn(turn) => requirements(space, std::slice::from_ref(turn)),
        Clause::Has(attribute, classes) => vec![has(space, *attribute, classes)],
    });
    told.collect()
}

/// The requirement that an attribute has a value of one of some classes.
fn has(space: &Space, attribute: u32, classes: &[u32]) -> Requirement {
    let of = space.tested(attribute).designator.clone();
    let mut answers = answers(space, attribute, classes);
    let question = match (answers.pop(), answers.is_empty()) {
        (Some(Answer::Value(value)), true) => Question::Has(of, value),
        (Some(Answer::ValueIgnoringCase(value)), true) => Question::HasIgnoringCase(of, value),
        (Some(Answer::Between(between)), true) => Question::HasBetween(of, between),
        (last, _) => {
            answers.extend(last);
            Question::HasOneOf(of, answers)
        }
    };
    Requirement {
        named: space.named.clone(),
        is_single: space.tested(attribute).is_single,
        question,
        reply: Reply::Is(Answer::Yes),
    }
}
