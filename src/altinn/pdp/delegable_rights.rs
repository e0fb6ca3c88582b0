//! A policy → the rights that a delegation can give: the actions and resources of its Permit rules,
//! where a delegation can replace the subject.
//!
//! A right is refused only if no rule can ever permit it. A condition, or a match by another
//! function than equality, depends on the request and is taken to hold.

use std::sync::Arc;

use indexmap::IndexSet;

use super::policy::{DelegationObject, without_subject};
use crate::altinn::delegation::Right;
use crate::altinn::lint::ignores_case;
use crate::altinn::resource::InstanceId;
use crate::attribute::{category, id::ACTION_ID};
use crate::syntax::{
    AttributeReference, Document, Effect, Match, Policy, PolicySet, PolicySetChild, Rule, Target,
};

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
    let rules = document.policies().flat_map(Policy::rules);
    let permits = rules.filter(|rule| rule.effect == Effect::Permit);
    let permits: Vec<Rule> = permits
        .filter_map(|rule| without_subject(rule, given))
        .collect();
    let asked = WantedRight {
        right,
        ignores_case: instance.is_some(),
    };
    match refers(document) || permits.iter().any(|rule| asked.may_be_of(&rule.target)) {
        true => Ok(()),
        false => Err(actions(&permits)),
    }
}

/// Whether policies that the document refers to may have other rules.
fn refers(document: &Document) -> bool {
    fn in_set(set: &PolicySet) -> bool {
        set.children.iter().any(|child| match child {
            PolicySetChild::Policy(_) => false,
            PolicySetChild::PolicySet(set) => in_set(set),
            _ => true,
        })
    }
    matches!(document, Document::PolicySet(set) if in_set(set))
}

/// Returns the actions in the targets of the Permit rules of a policy, in their order and without
/// duplicates.
pub(super) fn of(document: &Document) -> Vec<Arc<str>> {
    let rules = document.policies().flat_map(Policy::rules);
    actions(rules.filter(|rule| rule.effect == Effect::Permit))
}

/// Returns the actions of rules, in their order and without duplicates.
fn actions<'r>(rules: impl IntoIterator<Item = &'r Rule>) -> Vec<Arc<str>> {
    let targets = rules.into_iter().filter_map(|rule| rule.target.as_ref());
    let of_action = targets
        .flat_map(Target::matches)
        .filter(|matching| attribute(matching) == Some((category::ACTION, ACTION_ID)));
    let actions: IndexSet<&str> = of_action.map(|matching| &*matching.value.text).collect();
    actions.into_iter().map(Arc::from).collect()
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
        let Some(ignores_case) = ignores_case(matching) else {
            return true;
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
