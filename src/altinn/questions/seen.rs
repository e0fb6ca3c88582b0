//! The rest of a policy → the values that its tests name.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::analysis::{Answer, Change, Question, Residual, ResidualNode, Sufficient, ValueTest};
use crate::attribute::Designator;
use crate::decision::ExtendedDecision;
use crate::function::equality_ignores_case;
use crate::syntax::{AttributeReference, Document, Target};
use crate::value::Value;

/// The questions that a policy asks of the open attributes.
pub(in crate::altinn) struct QuestionsSeen {
    pub(in crate::altinn) nodes: Vec<ResidualNode>,
    /// The attributes whose values are compared in any letter case.
    folded: HashSet<Designator>,
    /// The texts of the policy for such attributes, by category, id and small letters.
    spellings: HashMap<(String, String, String), String>,
    /// The values that are named, as text.
    named: HashMap<Designator, HashSet<String>>,
    /// The attributes with tests that many values pass.
    ranged: HashSet<Designator>,
    /// The texts in small letters with which attributes are compared in any letter case, and with
    /// others exactly.
    in_any_case: HashMap<Designator, HashSet<String>>,
}

impl QuestionsSeen {
    pub(in crate::altinn) fn of(residual: &Residual, document: &Document) -> Self {
        let mut seen = Self {
            nodes: residual.nodes(),
            folded: HashSet::new(),
            spellings: HashMap::new(),
            named: HashMap::new(),
            ranged: HashSet::new(),
            in_any_case: HashMap::new(),
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
                Question::HasPassing(of, test) => match in_any_case(test) {
                    Some(text) => {
                        let known = seen.in_any_case.entry(of.clone()).or_default();
                        known.insert(text);
                    }
                    None => {
                        seen.ranged.insert(of.clone());
                    }
                },
                Question::HasBetween(of, between) if *between != Default::default() => {
                    seen.ranged.insert(of.clone());
                }
                _ => {}
            }
        }
        if !seen.folded.is_empty() || !seen.in_any_case.is_empty() {
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
    pub(in crate::altinn) fn spelt(&self, of: &Designator, value: &Value) -> String {
        self.spelling(of, &value.to_string())
    }

    fn spelling(&self, of: &Designator, text: &str) -> String {
        let passed = self.passed_in_any_case(of, text).is_some();
        if !self.ignores_case(of) && !passed {
            return text.to_owned();
        }
        let key = (
            of.category.to_string(),
            of.id.to_string(),
            text.to_lowercase(),
        );
        let spelt = self.spellings.get(&key);
        // Another question may name the spelling, with another answer.
        let spelt = spelt.filter(|spelt| !passed || !self.is_named(of, spelt));
        spelt.cloned().unwrap_or_else(|| text.to_owned())
    }

    /// Whether a question names a value, exactly.
    fn is_named(&self, of: &Designator, value: &str) -> bool {
        let named = self.named.get(of);
        named.is_some_and(|named| named.contains(value))
    }

    /// The text in small letters by which a value passes a test in any letter case, if no question
    /// names the value exactly.
    pub(in crate::altinn) fn passed_in_any_case(
        &self,
        of: &Designator,
        value: &str,
    ) -> Option<String> {
        let tested = self.in_any_case.get(of)?;
        let folded = value.to_lowercase();
        (tested.contains(&folded) && !self.is_named(of, value)).then_some(folded)
    }

    /// Leaves out sets that are others but for the letter case of values that no question names.
    pub(in crate::altinn) fn leave_out_other_spellings(&self, sets: &mut Vec<Sufficient>) {
        if self.in_any_case.is_empty() {
            return;
        }
        let key = |set: &Sufficient| {
            let (mut named, mut key) = (true, Vec::new());
            for (of, value) in added(set) {
                let text = value.to_string();
                let passed = self.passed_in_any_case(of, &text);
                named &= passed.is_none();
                let is_mixed = self.in_any_case.contains_key(of);
                let text = if is_mixed { text.to_lowercase() } else { text };
                key.push((of.category.clone(), of.id.clone(), of.issuer.clone(), text));
            }
            key.sort_unstable();
            let rests: Vec<String> = set.rests_on.iter().map(ToString::to_string).collect();
            (named, (key, rests))
        };
        let keys: Vec<_> = sets.iter().map(key).collect();
        let named: HashSet<_> = keys
            .iter()
            .filter(|(named, _)| *named)
            .map(|(_, key)| key)
            .collect();
        let mut stays = keys
            .iter()
            .map(|(is_named, key)| *is_named || !named.contains(key));
        sets.retain(|_| stays.next().unwrap_or(true));
    }

    /// Whether the values of an attribute are compared in any letter case.
    pub(in crate::altinn) fn ignores_case(&self, of: &Designator) -> bool {
        self.folded.contains(of)
    }

    /// Whether a value is only one of many that the policy does not name.
    pub(in crate::altinn) fn is_example(&self, of: &Designator, value: &Value) -> bool {
        self.ranged.contains(of) || self.is_any(of, value)
    }

    /// Whether a value passes no test of the policy: that there is one is enough.
    pub(in crate::altinn) fn is_any(&self, of: &Designator, value: &Value) -> bool {
        let text = value.to_string();
        !self.ranged.contains(of)
            && !self.is_named(of, &text)
            && self.passed_in_any_case(of, &text).is_none()
    }

    /// The values that are named, as text, each with its attribute.
    pub(in crate::altinn) fn named(&self) -> impl Iterator<Item = (&Designator, &str)> {
        let named = self.named.iter();
        named.flat_map(|(of, values)| values.iter().map(move |value| (of, &**value)))
    }

    /// The values of some attributes that are named, as the policy spells them, each once and in
    /// order.
    pub(in crate::altinn) fn spelt_values(
        &self,
        is_it: impl Fn(&Designator) -> bool,
    ) -> Vec<Arc<str>> {
        let named = self.named().filter(|(of, _)| is_it(of));
        let spelt: BTreeSet<String> = named.map(|(of, text)| self.spelling(of, text)).collect();
        spelt.into_iter().map(Arc::from).collect()
    }
}

/// The text in small letters of a test that compares with it in any letter case.
pub(in crate::altinn) fn in_any_case(test: &ValueTest) -> Option<String> {
    let is_it = equality_ignores_case(&test.function) == Some(true) && !test.fails;
    is_it.then(|| test.literal.to_string().to_lowercase())
}

/// The values that a set of changes adds, each with its attribute.
pub(in crate::altinn) fn added(set: &Sufficient) -> impl Iterator<Item = (&Designator, &Value)> {
    let changes = set.changes.iter();
    changes
        .flat_map(|Change { attribute, add, .. }| add.iter().map(move |value| (attribute, value)))
}

pub(in crate::altinn) fn is_permit(node: &ResidualNode) -> bool {
    matches!(
        node,
        ResidualNode::Decision {
            decision: ExtendedDecision::Permit,
            ..
        }
    )
}
