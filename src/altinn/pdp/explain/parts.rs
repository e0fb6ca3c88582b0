//! A part of a policy → whether it permits the request by itself.

use std::collections::HashMap;

use super::Examination;
use super::rules::RuleOf;
use crate::decision::Decision;
use crate::syntax::{AllOf, AnyOf, Document};

/// The number of parts of a policy that are compiled for one explanation. Service owners' policies
/// have some dozens of rules.
const MOST_PARTS: usize = 1000;

/// Parts of one policy, each compiled by itself.
pub(super) struct ExaminedParts {
    /// The number that may still be compiled.
    left: usize,
    /// The alternatives of an `AnyOf`, each a rule of one policy, which are compared for each subject anew;
    /// none that do not compile.
    alternatives: HashMap<*const AnyOf, Option<crate::Pdp>>,
}

impl Default for ExaminedParts {
    fn default() -> Self {
        Self {
            left: MOST_PARTS,
            alternatives: HashMap::new(),
        }
    }
}

impl ExaminedParts {
    /// Takes some of those that may still be compiled; whether there were as many.
    pub(super) fn take(&mut self, number: usize) -> bool {
        let left = self.left.checked_sub(number);
        self.left = left.unwrap_or_default();
        left.is_some()
    }
}

impl Examination<'_, '_> {
    /// Whether a part of the policy, compiled by itself, permits the request. One that does not
    /// compile, because it refers to another, and one that cannot be decided, for want of work or of
    /// a fact, leave the explanation incomplete.
    pub(super) fn permits(&mut self, part: Document) -> bool {
        let pdp = self.compiled(part);
        self.is_permitted(pdp.as_ref())
    }

    /// Returns the alternatives of a rule's target that hold. They are compiled once, as the rules of one
    /// policy, so that its index finds those of a subject among very many.
    pub(super) fn holding<'d>(&mut self, rule: &RuleOf<'_>, any_of: &'d AnyOf) -> Vec<&'d AllOf> {
        let key = std::ptr::from_ref(any_of);
        if !self.parts.alternatives.contains_key(&key) {
            let may = self.parts.take(any_of.all_of.len());
            let compile = || {
                let each = rule.each_alone(&any_of.all_of);
                self.case.policy.compile_like(each).ok()
            };
            let compiled = may.then(compile).flatten();
            self.parts.alternatives.insert(key, compiled);
        }
        let Some(pdp) = self.parts.alternatives.get(&key).cloned().flatten() else {
            self.is_complete = false;
            return Vec::new();
        };
        let outcome =
            self.inner
                .evaluate(&pdp, self.session, self.context, self.sources, self.case);
        let is_decided =
            outcome.decision() != Decision::Indeterminate && outcome.troubles().is_empty();
        let places = outcome.rules().map(|rule| rule.nth as usize - 1);
        let holding = places
            .filter_map(|place| any_of.all_of.get(place))
            .collect();
        drop(outcome);
        self.is_complete &= is_decided;
        holding
    }

    fn compiled(&mut self, part: Document) -> Option<crate::Pdp> {
        let may = self.parts.take(1);
        may.then(|| self.case.policy.compile_like(part).ok())
            .flatten()
    }

    fn is_permitted(&mut self, pdp: Option<&crate::Pdp>) -> bool {
        let decision = pdp.map(|pdp| {
            let (inner, case) = (self.inner, self.case);
            inner
                .evaluate(pdp, self.session, self.context, self.sources, case)
                .decision()
        });
        self.is_complete &= !matches!(decision, None | Some(Decision::Indeterminate));
        decision == Some(Decision::Permit)
    }
}
