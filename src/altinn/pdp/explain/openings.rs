//! A refused request → the rules that would permit it, with what they ask of subject and
//! circumstances.

use std::collections::HashMap;

use super::rules::{self, RuleOf, Wanted, is_of_circumstances};
use super::{Examination, Opening, Requirement};
use crate::altinn::fact::Moment;
use crate::altinn::pdp::policy::{for_anybody, is_subject};
use crate::syntax::AnyOf;

impl Examination<'_, '_> {
    /// Returns the Permit rules that apply to the request except for its subject and its
    /// circumstances, each with what they ask of both.
    pub(super) fn openings(&mut self) -> Vec<Opening> {
        let case = self.case;
        let ended = Moment::of(&case.asking.at) >= self.inner.transition.end;
        let mut openings = Vec::new();
        let mut around = HashMap::new();
        for rule in rules::of(case.policy.document()) {
            // Most rules of an app are about another of its tasks.
            if rule.is_of_another(case.asking.request) {
                continue;
            }
            let Some(alone) = rule.alone() else {
                continue;
            };
            let applies = self.permits(alone);
            if !applies {
                let bare = rule.in_any_circumstances();
                if !bare.is_some_and(|bare| self.permits(bare)) {
                    continue;
                }
            }
            let Some(any_of) = self.asked_by(&rule, applies, &mut around) else {
                continue;
            };
            let (alternatives, are_all) = rules::together(any_of);
            self.is_complete &= are_all;
            let condition = rule.condition_alone().filter(|_| !applies);
            let fails = condition.is_some_and(|condition| !self.permits(condition));
            let mut any_of: Vec<Vec<Requirement>> = alternatives
                .into_iter()
                .map(|all| all.requirements(&self.inner.catalogue, self.inner.transition, ended))
                .collect();
            if fails && any_of.is_empty() {
                any_of.push(Vec::new());
            }
            if fails {
                any_of
                    .iter_mut()
                    .for_each(|all| all.push(Requirement::Condition));
            }
            openings.push(Opening {
                rule: rule.rule.id.clone(),
                nth: rule.nth,
                any_of,
            });
        }
        openings
    }

    /// Returns what each `AnyOf` asks for before a rule applies, its own and those around it; none if
    /// one of them is about another resource or action. `around`: the answers that are known.
    fn asked_by<'d>(
        &mut self,
        rule: &RuleOf<'d>,
        applies: bool,
        around: &mut HashMap<*const AnyOf, Option<Vec<Vec<Wanted<'d>>>>>,
    ) -> Option<Vec<Vec<Vec<Wanted<'d>>>>> {
        let mut asked = Vec::new();
        for any_of in rule.rule.target.iter().flat_map(|target| &target.any_of) {
            let mut matches = any_of.all_of.iter().flat_map(|all_of| &all_of.matches);
            // The rest of the rule's target holds.
            let is_open =
                matches.any(|one| is_subject(one) || !applies && is_of_circumstances(one));
            if is_open {
                asked.push(self.asked_by_one(rule, any_of)?);
            }
        }
        for any_of in rule.around.iter().flat_map(|target| &target.any_of) {
            let known = match around.get(&std::ptr::from_ref(any_of)) {
                Some(known) => known.clone(),
                None => {
                    let found = self.asked_by_one(rule, any_of);
                    around.insert(any_of, found.clone());
                    found
                }
            };
            asked.push(known?);
        }
        Some(asked)
    }

    /// Returns what the alternatives of an `AnyOf` ask of subject and circumstances; none if all of
    /// them are about another resource or action.
    fn asked_by_one<'d>(
        &mut self,
        rule: &RuleOf<'d>,
        any_of: &'d AnyOf,
    ) -> Option<Vec<Vec<Wanted<'d>>>> {
        let mut alternatives = Vec::new();
        for all_of in &any_of.all_of {
            let others = for_anybody(all_of);
            let holds =
                others.matches.is_empty() || self.permits(rule.alternatives_alone([others]));
            if !holds {
                let asked = rules::of_question(all_of);
                let is_other = asked.matches.len() == for_anybody(all_of).matches.len()
                    || !asked.matches.is_empty() && !self.permits(rule.alternatives_alone([asked]));
                if is_other {
                    continue;
                }
            }
            let matches = all_of.matches.iter();
            let wanted =
                matches.filter(|one| is_subject(one) || !holds && is_of_circumstances(one));
            alternatives.push(wanted.map(rules::wanted).collect());
        }
        // What is more than can be told is not kept.
        alternatives.truncate(rules::MOST_TOGETHER + 1);
        (!alternatives.is_empty()).then_some(alternatives)
    }
}
