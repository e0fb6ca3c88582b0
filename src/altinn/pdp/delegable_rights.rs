//! A policy → the rights that a delegation can give: the actions and resources of its Permit rules,
//! where a delegation can replace the subject.
//!
//! A right is refused only if no rule can ever permit it. A condition, or a match by another
//! function than equality, depends on the request and is taken to hold.

use std::sync::Arc;

use super::policy::{DelegationObject, without_subject};
use crate::altinn::delegation::Right;
use crate::altinn::resource::InstanceId;
use crate::attribute::category;
use crate::syntax::{
    AttributeReference, Document, Effect, Match, Policy, PolicyChild, PolicySet, PolicySetChild,
    Rule, Target,
};

const ACTION_ID: &str = "urn:oasis:names:tc:xacml:1.0:action:action-id";

/// Checks that a delegation of a right can permit something.
///
/// # Errors
///
/// The actions that a delegation can permit.
pub(super) fn check(
    document: &Document,
    instance: Option<&InstanceId>,
    right: &Right,
) -> Result<(), Vec<Arc<str>>> {
    let given = match instance {
        Some(_) => DelegationObject::Instance,
        None => DelegationObject::Resource,
    };
    let mut rules = Rules {
        permits: Vec::new(),
        is_open: false,
        given,
    };
    rules.of(document);
    let asked = WantedRight {
        right,
        ignores_case: instance.is_some(),
    };
    let can = rules.is_open
        || rules
            .permits
            .iter()
            .any(|rule| asked.may_be_of(&rule.target));
    if can {
        return Ok(());
    }
    Err(rules.actions())
}

/// The Permit rules of a policy, as they apply to a delegation.
struct Rules {
    permits: Vec<Rule>,
    /// Whether referenced policies may have others.
    is_open: bool,
    /// The kind of delegation.
    given: DelegationObject,
}

impl Rules {
    fn of(&mut self, document: &Document) {
        match document {
            Document::Policy(policy) => self.of_policy(policy),
            Document::PolicySet(set) => self.of_set(set),
        }
    }

    fn of_set(&mut self, set: &PolicySet) {
        for child in &set.children {
            match child {
                PolicySetChild::Policy(policy) => self.of_policy(policy),
                PolicySetChild::PolicySet(set) => self.of_set(set),
                _ => self.is_open = true,
            }
        }
    }

    fn of_policy(&mut self, policy: &Policy) {
        for child in &policy.children {
            if let PolicyChild::Rule(rule) = child
                && rule.effect == Effect::Permit
            {
                self.permits.extend(without_subject(rule, self.given));
            }
        }
    }

    /// Returns the actions of the rules, in their order and without duplicates.
    fn actions(&self) -> Vec<Arc<str>> {
        let mut actions: Vec<Arc<str>> = Vec::new();
        let targets = self.permits.iter().filter_map(|rule| rule.target.as_ref());
        let any_of = targets.flat_map(|target| &target.any_of);
        let matches = any_of.flat_map(|any_of| any_of.all_of.iter().flat_map(|all| &all.matches));
        for matching in matches {
            if attribute(matching) == Some((category::ACTION, ACTION_ID))
                && !actions.iter().any(|known| **known == *matching.value.text)
            {
                actions.push((*matching.value.text).into());
            }
        }
        actions
    }
}

struct WantedRight<'r> {
    right: &'r Right,
    /// Whether actions are compared without letter case, as those of delegated instances are.
    ignores_case: bool,
}

impl WantedRight<'_> {
    /// Whether a target may match for the right.
    fn may_be_of(&self, target: &Option<Target>) -> bool {
        let any_of = target.iter().flat_map(|target| &target.any_of);
        any_of.into_iter().all(|any_of| {
            let mut alternatives = any_of.all_of.iter();
            alternatives.any(|all| all.matches.iter().all(|matching| self.may_match(matching)))
        })
    }

    fn may_match(&self, matching: &Match) -> bool {
        let Some((category, id)) = attribute(matching) else {
            return true;
        };
        let wanted = &*matching.value.text;
        let function = matching.function.rsplit(':').next().unwrap_or("");
        let ignores_case = match function {
            "string-equal" | "anyURI-equal" => false,
            "string-equal-ignore-case" => true,
            _ => return true,
        };
        let is = |value: &str, ignores_case: bool| {
            value == wanted || ignores_case && value.to_lowercase() == wanted.to_lowercase()
        };
        if category == category::ACTION && id == ACTION_ID {
            return is(&self.right.action, ignores_case || self.ignores_case);
        }
        // An attribute of the resource that the right names as its part is compared; others depend
        // on the request.
        let part = self.right.part.iter();
        let mut part = part.filter(|(known, _)| category == category::RESOURCE && **known == *id);
        part.all(|(_, value)| is(value, ignores_case))
    }
}

/// Returns the category and id of the attribute of a match.
fn attribute(matching: &Match) -> Option<(&str, &str)> {
    match &matching.attribute {
        AttributeReference::Designator(designator) => {
            Some((&*designator.category, &*designator.id))
        }
        AttributeReference::Selector(_) => None,
    }
}
