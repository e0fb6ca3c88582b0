//! A policy → warnings about what it lacks: limits of its rules, an authentication level, and the
//! actions that the service owner needs in an app.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::{Linter, WarningKind};
use crate::altinn::id::obligation::LEVEL;
use crate::altinn::id::{self, AttributeKind, resource, subject};
use crate::altinn::language::texts::lint as texts;
use crate::altinn::resource::ResourceId;
use crate::attribute::category;
use crate::combining::{policy, rule};
use crate::report::{cut, last_part};
use crate::syntax::{
    AttributeReference, Document, Effect, Match, ObligationExpression, Policy, Rule, Target,
};
use crate::{Decision, Pdp, Request};

/// The actions that the service owner of an app needs in each task.
const OF_OWNER: [&str; 3] = ["read", "write", "complete"];

impl Linter<'_> {
    /// Warns about a Permit rule that is for any subject, any resource or any action.
    pub(super) fn unlimited(&mut self, rule: &Rule, of_policy: &Target, path: &str) {
        if rule.effect != Effect::Permit {
            return;
        }
        let targets = [Some(of_policy), rule.target.as_ref()];
        let limits = |wanted: &str| {
            let mut any_of = targets.iter().flatten().flat_map(|target| &target.any_of);
            any_of.any(|any_of| {
                let mut all_of = any_of.all_of.iter();
                all_of.all(|all_of| all_of.matches.iter().any(|of| category_of(of) == wanted))
            })
        };
        let missing: Vec<&str> = [
            (category::ACCESS_SUBJECT, texts::ANY_SUBJECT),
            (category::RESOURCE, texts::ANY_RESOURCE),
            (category::ACTION, texts::ANY_ACTION),
        ]
        .into_iter()
        .filter(|(wanted, _)| !limits(wanted))
        .map(|(_, any)| self.words.say(any))
        .collect();
        if missing.is_empty() {
            return;
        }
        let condition = match &rule.condition {
            Some(_) => self.words.say(texts::LIMITED_BY_CONDITION),
            None => "",
        };
        let message = self.say(texts::UNLIMITED, &[&missing.join(", "), &condition]);
        self.warn(WarningKind::UnlimitedRule, rule.offset, path, message);
    }

    /// Warns about a policy that permits and requires no authentication level.
    pub(super) fn without_level(&mut self, policy: &Policy, path: &str) {
        let mut permits = policy.rules().filter(|rule| rule.effect == Effect::Permit);
        let all = policy.rules().flat_map(|rule| &rule.obligations);
        let mut all = policy.obligations.iter().chain(all);
        if permits.next().is_none() || all.any(is_of_level) {
            return;
        }
        let message = self.say(texts::NO_LEVEL, &[&LEVEL]);
        self.warn(WarningKind::NoLevel, policy.offset, path, message);
    }

    /// Warns about a rule that denies whomever no other rule of its policy permits.
    pub(super) fn denies_the_rest(&mut self, rule: &Rule, of: &Policy, path: &str) {
        // Where Deny overrides, it denies whoever is permitted, too: that may be meant.
        let algorithm = last_part(&of.combining_algorithm);
        let comes_after_permits =
            algorithm.ends_with("permit-overrides") || algorithm == "first-applicable";
        let mut matches = rule.target.iter().flat_map(Target::matches);
        let is_for_all = matches.all(|one| match &one.attribute {
            AttributeReference::Designator(known) => {
                [category::RESOURCE, category::ACTION].contains(&&*known.category)
            }
            AttributeReference::Selector(_) => false,
        });
        let denies = rule.effect == Effect::Deny && rule.condition.is_none();
        if denies && is_for_all && comes_after_permits {
            let message = self.say(texts::DENIES_THE_REST, &[]);
            self.warn(WarningKind::VoidsDelegations, rule.offset, path, message);
        }
    }

    /// Warns about a policy that never leaves a decision to delegations.
    pub(super) fn voids_delegations(&mut self, document: &Document) {
        let (element, algorithm, offset, id) = match document {
            Document::Policy(of) => ("Policy", &of.combining_algorithm, of.offset, &of.id),
            Document::PolicySet(of) => ("PolicySet", &of.combining_algorithm, of.offset, &of.id),
        };
        if [rule::DENY_UNLESS_PERMIT, policy::DENY_UNLESS_PERMIT].contains(&&**algorithm) {
            let message = self.say(texts::VOIDS_DELEGATIONS, &[]);
            let path = format!("{element} `{}`", cut(id));
            self.warn(WarningKind::VoidsDelegations, offset, &path, message);
        }
    }

    /// Warns about the policy of an app that does not let its service owner work.
    pub(super) fn service_owner(&mut self, document: &Document) {
        let Document::Policy(policy) = document else {
            return;
        };
        let Some(of) = self.lint.resource.clone() else {
            return;
        };
        let Some((owner, _)) = of.as_app() else {
            return;
        };
        // What does not compile is told of there.
        let Ok(pdp) = Pdp::builder().document(document.clone()).build() else {
            return;
        };
        let mut tasks: BTreeSet<Option<String>> = tasks(policy).into_iter().map(Some).collect();
        tasks.extend(self.lint.tasks.iter().cloned().map(Some));
        if tasks.is_empty() {
            tasks.insert(None);
        }
        for action in OF_OWNER {
            let refused = |task: &&Option<String>| {
                let request = by_owner(&of, task.as_deref(), action);
                pdp.decide(&request).decision() != Decision::Permit
            };
            let refused: Vec<String> = tasks
                .iter()
                .filter(refused)
                .map(|task| match task {
                    Some(task) => format!("`{}`", cut(task)),
                    None => self.words.say(texts::ANY_TASK).to_owned(),
                })
                .collect();
            if refused.is_empty() {
                continue;
            }
            const MOST: usize = 5;
            let more = match refused.len() > MOST {
                true => self.words.say(texts::AND_OTHERS),
                false => "",
            };
            let refused = refused[..refused.len().min(MOST)].join(", ");
            let arguments: [&dyn Display; 4] = [&cut(owner), &action, &refused, &more];
            let message = self.say(texts::OWNER_SHUT_OUT, &arguments);
            let path = format!("Policy `{}`", cut(&policy.id));
            self.warn(WarningKind::OwnerShutOut, policy.offset, &path, message);
        }
    }
}

fn category_of(matching: &Match) -> &str {
    match &matching.attribute {
        AttributeReference::Designator(known) => &known.category,
        AttributeReference::Selector(selector) => &selector.category,
    }
}

fn is_of_level(obligation: &ObligationExpression) -> bool {
    let mut categories = obligation.assignments.iter();
    categories.any(|of| of.category.as_deref() == Some(LEVEL))
}

/// The tasks that a policy names.
fn tasks(policy: &Policy) -> Vec<String> {
    let targets = policy.rules().filter_map(|rule| rule.target.as_ref());
    let matches = targets.flat_map(Target::matches);
    let tasks = matches.filter(|matching| match &matching.attribute {
        AttributeReference::Designator(known) => {
            known.id == resource::TASK
                && id::kind(&known.category, &known.id) == Some(AttributeKind::InstanceState)
        }
        AttributeReference::Selector(_) => false,
    });
    tasks.map(|task| task.value.text.clone()).collect()
}

/// The question whether the owner of an app may do something.
fn by_owner(of: &ResourceId, task: Option<&str>, action: &str) -> Request {
    let mut request = Request::builder().resource(resource::RESOURCE, of.as_str());
    if let Some((owner, app)) = of.as_app() {
        request = request
            .subject(subject::SERVICE_OWNER, owner)
            .resource(resource::ORG, owner)
            .resource(resource::APP, app);
    }
    if let Some(task) = task {
        request = request.resource(resource::TASK, task);
    }
    request.action(action).build()
}
