//! A part of a policy → whether it permits the request by itself.

use std::collections::HashMap;

use super::Examination;
use super::rules::RuleOf;
use crate::decision::Decision;
use crate::syntax::{AllOf, Document};

/// The number of parts of a policy that are compiled for one explanation. Service owners' policies
/// have some dozens of rules.
const MOST_PARTS: usize = 1000;

/// Parts of one policy, each compiled by itself.
pub(super) struct ExaminedParts {
    /// The number that may still be compiled.
    left: usize,
    /// Alternatives of targets, which are compared for each subject anew; none that do not compile.
    alternatives: HashMap<*const AllOf, Option<crate::Pdp>>,
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
    /// Takes one of those that may still be compiled; whether there was one.
    pub(super) fn take(&mut self) -> bool {
        let left = self.left.checked_sub(1);
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

    /// Whether an alternative of a rule's target holds; it is compiled once.
    pub(super) fn holds(&mut self, rule: &RuleOf<'_>, all_of: &AllOf) -> bool {
        let key = std::ptr::from_ref(all_of);
        if !self.parts.alternatives.contains_key(&key) {
            let compiled = self.compiled(rule.alternatives_alone([all_of.clone()]));
            self.parts.alternatives.insert(key, compiled);
        }
        let pdp = self.parts.alternatives.get(&key).cloned().flatten();
        self.is_permitted(pdp.as_ref())
    }

    fn compiled(&mut self, part: Document) -> Option<crate::Pdp> {
        let may = self.parts.take();
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
