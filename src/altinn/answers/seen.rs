//! The rest of a policy → the values that its tests name, and whether more facts may change a
//! Permit.

use std::collections::{HashMap, HashSet};

use crate::analysis::{Answer, Question, Residual, ResidualNode};
use crate::attribute::Designator;
use crate::decision::ExtendedDecision;
use crate::syntax::{AttributeReference, Document, Target};
use crate::value::Value;

/// The questions that a policy asks of the open attributes.
pub(super) struct QuestionsSeen {
    nodes: Vec<ResidualNode>,
    /// The attributes whose values are compared in any letter case.
    folded: HashSet<Designator>,
    /// The texts of the policy for such attributes, by category, id and small letters.
    spellings: HashMap<(String, String, String), String>,
    /// The values that are named.
    named: HashMap<Designator, Vec<Value>>,
    /// The attributes with tests that many values pass.
    ranged: HashSet<Designator>,
}

impl QuestionsSeen {
    pub(super) fn of(residual: &Residual, document: &Document) -> Self {
        let mut seen = Self {
            nodes: residual.nodes(),
            folded: HashSet::new(),
            spellings: HashMap::new(),
            named: HashMap::new(),
            ranged: HashSet::new(),
        };
        for node in &seen.nodes {
            let ResidualNode::Question {
                question, answers, ..
            } = node
            else {
                continue;
            };
            let mut name = |of: &Designator, value: &Value| {
                let known = seen.named.entry(of.clone()).or_default();
                if !known.contains(value) {
                    known.push(value.clone());
                }
            };
            match question {
                Question::Has(of, value) => name(of, value),
                Question::HasIgnoringCase(of, value) => {
                    name(of, value);
                    seen.folded.insert(of.clone());
                }
                Question::Value(of) => {
                    for (answer, _) in answers {
                        match answer {
                            Answer::Value(value) => name(of, value),
                            Answer::ValueIgnoringCase(value) => {
                                name(of, value);
                                seen.folded.insert(of.clone());
                            }
                            Answer::Between(between) if *between != Default::default() => {
                                seen.ranged.insert(of.clone());
                            }
                            _ => {}
                        }
                    }
                }
                Question::HasPassing(of, _) => {
                    seen.ranged.insert(of.clone());
                }
                Question::HasBetween(of, between) if *between != Default::default() => {
                    seen.ranged.insert(of.clone());
                }
                _ => {}
            }
        }
        if !seen.folded.is_empty() {
            seen.spell(document);
        }
        seen
    }

    /// Keeps the first spelling of each text that a target compares.
    fn spell(&mut self, document: &Document) {
        for policy in document.policies() {
            let rules = policy.rules().filter_map(|rule| rule.target.as_ref());
            let targets = std::iter::once(&policy.target).chain(rules);
            for matching in targets.flat_map(Target::matches) {
                if let AttributeReference::Designator(known) = &matching.attribute {
                    let text = &matching.value.text;
                    let key = (
                        known.category.clone(),
                        known.id.clone(),
                        text.to_lowercase(),
                    );
                    self.spellings.entry(key).or_insert_with(|| text.clone());
                }
            }
        }
    }

    /// Returns a value as the policy spells it. The analysis has those that are compared in any letter
    /// case in small letters.
    pub(super) fn spelt(&self, of: &Designator, value: &Value) -> String {
        let value = value.to_string();
        if !self.ignores_case(of) {
            return value;
        }
        let key = (
            of.category.to_string(),
            of.id.to_string(),
            value.to_lowercase(),
        );
        self.spellings.get(&key).cloned().unwrap_or(value)
    }

    /// Whether the values of an attribute are compared in any letter case.
    pub(super) fn ignores_case(&self, of: &Designator) -> bool {
        self.folded.contains(of)
    }

    /// Whether a value is only one of many that the policy does not name.
    pub(super) fn is_example(&self, of: &Designator, value: &Value) -> bool {
        let named = self.named.get(of);
        self.ranged.contains(of) || !named.is_some_and(|named| named.contains(value))
    }

    /// Whether some request is permitted. Expressions that are taken whole may have any value.
    pub(super) fn may_permit(&self) -> bool {
        self.nodes.iter().any(is_permit)
    }

    /// Whether a request with these facts may get another decision than Permit, with more facts.
    /// Expressions that are taken whole may have any value.
    pub(super) fn may_be_refused(&self, facts: &[(&Designator, &Value)]) -> bool {
        // A node stands after those that it leads to.
        let mut refuses: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let refused = match node {
                ResidualNode::Question {
                    question,
                    answers,
                    otherwise,
                } => match self.only_way(facts, question, answers, *otherwise) {
                    Some(way) => refuses[way],
                    None => refuses[*otherwise] || answers.iter().any(|(_, way)| refuses[*way]),
                },
                node => !is_permit(node),
            };
            refuses.push(refused);
        }
        refuses.last().copied().unwrap_or(true)
    }

    /// Returns the way that a question leads to whatever else is true, if the facts answer it.
    fn only_way(
        &self,
        facts: &[(&Designator, &Value)],
        question: &Question,
        answers: &[(Answer, usize)],
        otherwise: usize,
    ) -> Option<usize> {
        let way = |wanted: &dyn Fn(&Answer) -> bool| {
            let way = answers.iter().find(|(answer, _)| wanted(answer));
            way.map_or(otherwise, |(_, way)| *way)
        };
        match question {
            Question::Has(of, value) | Question::HasIgnoringCase(of, value) => {
                let mut held = facts.iter().filter(|(known, _)| *known == of);
                let has = held.any(|(_, held)| self.is_same(of, held, value));
                has.then(|| way(&|answer| *answer == Answer::Yes))
            }
            // It has no other value.
            Question::Value(of) => {
                let (_, held) = facts.iter().find(|(known, _)| *known == of)?;
                Some(way(&|answer| match answer {
                    Answer::Value(value) | Answer::ValueIgnoringCase(value) => {
                        self.is_same(of, held, value)
                    }
                    _ => false,
                }))
            }
            _ => None,
        }
    }

    fn is_same(&self, of: &Designator, one: &Value, other: &Value) -> bool {
        one == other
            || self.ignores_case(of)
                && one.to_string().to_lowercase() == other.to_string().to_lowercase()
    }
}

fn is_permit(node: &ResidualNode) -> bool {
    matches!(
        node,
        ResidualNode::Decision {
            decision: ExtendedDecision::Permit,
            ..
        }
    )
}
