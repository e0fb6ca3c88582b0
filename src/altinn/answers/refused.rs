//! The rest of a policy, and facts that give Permit → whether more facts may take the Permit away.

use std::collections::HashMap;

use super::steps::Steps;
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::questions::seen::{QuestionsSeen, in_any_case, is_permit};
use crate::analysis::{Answer, Question, ResidualNode, Unanswered};
use crate::attribute::{Designator, category};
use crate::value::Value;

/// The sets of facts that are looked at together: one bit each.
const AT_ONCE: usize = u64::BITS as usize;

/// The nodes of a residual, by the facts that answer their questions.
pub(super) struct Refusals<'s> {
    seen: &'s QuestionsSeen,
    /// An attribute → its number.
    attributes: HashMap<&'s Designator, usize>,
    /// The number of an attribute and a value as text → the number of the fact.
    facts: HashMap<(usize, String), usize>,
    /// Facts of values that are compared in any letter case where others are compared exactly, by the
    /// value in small letters.
    in_any_case: HashMap<(usize, String), usize>,
    /// A node stands after those that it leads to.
    nodes: Vec<RefusalNode>,
}

enum RefusalNode {
    /// A decision, and whether it is another one than Permit.
    Decision(bool),
    /// Whether a fact is there; where yes, anything else and all but yes lead; and whether a service owner
    /// may have it.
    Has {
        fact: usize,
        yes: usize,
        others: Vec<usize>,
        no: Vec<usize>,
        of_owner: bool,
    },
    /// The one value of an attribute, with the facts that its answers are.
    Value {
        attribute: usize,
        answers: Vec<(Option<usize>, usize)>,
        otherwise: usize,
    },
    /// A question that no fact answers.
    Any(Vec<usize>),
}

/// A set of facts, each an attribute and its value.
pub(super) type FactSet<'f> = Vec<(&'f Designator, &'f Value)>;

impl<'s> Refusals<'s> {
    /// `is_possible`: whether a subject can have a value; a role that has ended refuses nothing.
    pub(super) fn of(
        seen: &'s QuestionsSeen,
        is_possible: &dyn Fn(&Designator, &Value) -> bool,
    ) -> Self {
        let mut refusals = Self {
            seen,
            attributes: HashMap::new(),
            facts: HashMap::new(),
            in_any_case: HashMap::new(),
            nodes: Vec::new(),
        };
        for node in &seen.nodes {
            let node = refusals.node(node, is_possible);
            refusals.nodes.push(node);
        }
        refusals
    }

    fn node(
        &mut self,
        node: &'s ResidualNode,
        is_possible: &dyn Fn(&Designator, &Value) -> bool,
    ) -> RefusalNode {
        let ResidualNode::Question {
            question,
            answers,
            otherwise,
        } = node
        else {
            return RefusalNode::Decision(!is_permit(node));
        };
        let ways = || {
            let ways = answers.iter().map(|(_, way)| *way);
            ways.chain([*otherwise]).collect()
        };
        let no = || {
            let no = answers.iter().filter(|(answer, _)| *answer != Answer::Yes);
            no.map(|(_, way)| *way).chain([*otherwise]).collect()
        };
        let yes = || {
            let yes = answers.iter().find(|(answer, _)| *answer == Answer::Yes);
            yes.map_or(*otherwise, |(_, way)| *way)
        };
        match question {
            Question::Has(of, value) | Question::HasIgnoringCase(of, value)
                if !is_possible(of, value) =>
            {
                RefusalNode::Any(no())
            }
            Question::Has(of, value) | Question::HasIgnoringCase(of, value) => RefusalNode::Has {
                fact: self.fact(of, value),
                yes: yes(),
                others: ways(),
                no: no(),
                of_owner: is_of_owner(of),
            },
            Question::HasPassing(of, test) => match in_any_case(test) {
                Some(text) => RefusalNode::Has {
                    fact: self.fact_in_any_case(of, text),
                    yes: yes(),
                    others: ways(),
                    no: no(),
                    of_owner: is_of_owner(of),
                },
                None => RefusalNode::Any(ways()),
            },
            Question::Value(of) => {
                let answers = answers.iter().map(|(answer, way)| match answer {
                    Answer::Value(value) | Answer::ValueIgnoringCase(value) => {
                        (Some(self.fact(of, value)), *way)
                    }
                    _ => (None, *way),
                });
                let answers = answers.collect();
                RefusalNode::Value {
                    attribute: self.attribute(of),
                    answers,
                    otherwise: *otherwise,
                }
            }
            _ => RefusalNode::Any(ways()),
        }
    }

    fn attribute(&mut self, of: &'s Designator) -> usize {
        let next = self.attributes.len();
        *self.attributes.entry(of).or_insert(next)
    }

    fn fact(&mut self, of: &'s Designator, value: &Value) -> usize {
        let key = (self.attribute(of), self.text(of, value));
        let next = self.number_of_facts();
        *self.facts.entry(key).or_insert(next)
    }

    fn fact_in_any_case(&mut self, of: &'s Designator, text: String) -> usize {
        let key = (self.attribute(of), text);
        let next = self.number_of_facts();
        *self.in_any_case.entry(key).or_insert(next)
    }

    fn number_of_facts(&self) -> usize {
        self.facts.len() + self.in_any_case.len()
    }

    /// A value as it is compared.
    fn text(&self, of: &Designator, value: &Value) -> String {
        let text = value.to_string();
        match self.seen.ignores_case(of) {
            true => text.to_lowercase(),
            false => text,
        }
    }

    /// Whether a request with the facts of a set may get another decision than Permit, with more
    /// facts: for each set. Expressions that are taken whole may have any value.
    ///
    /// # Errors
    ///
    /// It takes more steps than are left: one for each node and 64 sets.
    pub(super) fn may_be_refused(
        &self,
        sets: &[FactSet<'_>],
        steps: &mut Steps,
    ) -> Result<Vec<bool>, Unanswered> {
        let mut refused = Vec::with_capacity(sets.len());
        for sets in sets.chunks(AT_ONCE) {
            steps.take(self.nodes.len())?;
            let bits = self.refused(sets);
            refused.extend((0..sets.len()).map(|place| bits & (1 << place) != 0));
        }
        Ok(refused)
    }

    /// The sets that may be refused, as bits.
    fn refused(&self, sets: &[FactSet<'_>]) -> u64 {
        let mut have = vec![0_u64; self.number_of_facts()];
        let mut have_some = vec![0_u64; self.attributes.len()];
        // A service owner is no party, so that it has none of a party's roles, packages and other facts.
        let mut owners = 0_u64;
        for (place, set) in sets.iter().enumerate() {
            for (of, value) in set {
                if kind_of_subject(of) == Some(AttributeKind::ServiceOwner) {
                    owners |= 1 << place;
                }
                let Some(attribute) = self.attributes.get(of) else {
                    continue;
                };
                have_some[*attribute] |= 1 << place;
                if let Some(fact) = self.facts.get(&(*attribute, self.text(of, value))) {
                    have[*fact] |= 1 << place;
                }
                let passed = self.seen.passed_in_any_case(of, &value.to_string());
                let fact = passed.and_then(|text| self.in_any_case.get(&(*attribute, text)));
                if let Some(fact) = fact {
                    have[*fact] |= 1 << place;
                }
            }
        }
        let mut refuses: Vec<u64> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let any =
                |ways: &mut dyn Iterator<Item = usize>| ways.fold(0, |all, way| all | refuses[way]);
            let refused = match node {
                RefusalNode::Decision(refuses) => match refuses {
                    true => u64::MAX,
                    false => 0,
                },
                RefusalNode::Has {
                    fact,
                    yes,
                    others,
                    no,
                    of_owner,
                } => {
                    let have = have[*fact];
                    let never = if *of_owner { 0 } else { owners & !have };
                    have & refuses[*yes]
                        | never & any(&mut no.iter().copied())
                        | !have & !never & any(&mut others.iter().copied())
                }
                RefusalNode::Value {
                    attribute,
                    answers,
                    otherwise,
                } => {
                    // It has no other value.
                    let known = have_some[*attribute];
                    let mut answered = 0;
                    let mut refused = 0;
                    for (fact, way) in answers {
                        let is_it = fact.map_or(0, |fact| have[fact]) & !answered;
                        answered |= is_it;
                        refused |= is_it & refuses[*way];
                    }
                    let ways = answers.iter().map(|(_, way)| *way);
                    refused
                        | known & !answered & refuses[*otherwise]
                        | !known & any(&mut ways.chain([*otherwise]))
                }
                RefusalNode::Any(ways) => any(&mut ways.iter().copied()),
            };
            refuses.push(refused);
        }
        refuses.last().copied().unwrap_or(u64::MAX)
    }
}

/// The kind of Altinn's attribute of the subject.
fn kind_of_subject(of: &Designator) -> Option<AttributeKind> {
    let is_of_subject = *of.category == *category::ACCESS_SUBJECT && of.issuer.is_none();
    is_of_subject
        .then(|| id::kind(&of.category, &of.id))
        .flatten()
}

/// Whether a service owner may have an attribute, or it is none of the subject's facts.
fn is_of_owner(of: &Designator) -> bool {
    matches!(
        kind_of_subject(of),
        None | Some(AttributeKind::ServiceOwner)
    )
}
