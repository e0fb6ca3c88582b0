//! The rest of a policy → the values that its tests name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::analysis::{Answer, Question, Residual, ResidualNode};
use crate::attribute::Designator;
use crate::decision::ExtendedDecision;
use crate::syntax::{AttributeReference, Document, Target};
use crate::value::Value;

/// The questions that a policy asks of the open attributes.
pub(super) struct QuestionsSeen {
    pub(super) nodes: Vec<ResidualNode>,
    /// The attributes whose values are compared in any letter case.
    folded: HashSet<Designator>,
    /// The texts of the policy for such attributes, by category, id and small letters.
    spellings: HashMap<(String, String, String), String>,
    /// The values that are named, as text.
    named: HashMap<Designator, HashSet<String>>,
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
                known.insert(value.to_string());
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
        self.spelling(of, &value.to_string())
    }

    fn spelling(&self, of: &Designator, text: &str) -> String {
        if !self.ignores_case(of) {
            return text.to_owned();
        }
        let key = (
            of.category.to_string(),
            of.id.to_string(),
            text.to_lowercase(),
        );
        let spelt = self.spellings.get(&key).cloned();
        spelt.unwrap_or_else(|| text.to_owned())
    }

    /// Whether the values of an attribute are compared in any letter case.
    pub(super) fn ignores_case(&self, of: &Designator) -> bool {
        self.folded.contains(of)
    }

    /// Whether a value is only one of many that the policy does not name.
    pub(super) fn is_example(&self, of: &Designator, value: &Value) -> bool {
        let named = self.named.get(of);
        self.ranged.contains(of) || !named.is_some_and(|named| named.contains(&value.to_string()))
    }

    /// The values that are named, as text, each with its attribute.
    pub(super) fn named(&self) -> impl Iterator<Item = (&Designator, &str)> {
        let named = self.named.iter();
        named.flat_map(|(of, values)| values.iter().map(move |value| (of, &**value)))
    }

    /// The values of some attributes that are named, as the policy spells them, each once and in
    /// order.
    pub(super) fn spelt_values(&self, is_it: impl Fn(&Designator) -> bool) -> Vec<Arc<str>> {
        let named = self.named().filter(|(of, _)| is_it(of));
        let spelt: BTreeSet<String> = named.map(|(of, text)| self.spelling(of, text)).collect();
        spelt.into_iter().map(Arc::from).collect()
    }
}

pub(super) fn is_permit(node: &ResidualNode) -> bool {
    matches!(
        node,
        ResidualNode::Decision {
            decision: ExtendedDecision::Permit,
            ..
        }
    )
}
