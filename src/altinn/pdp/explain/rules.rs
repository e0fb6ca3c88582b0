//! A policy → its rules, with the requirements of their targets on the subject.

use std::collections::HashMap;

use super::Requirement;
use crate::altinn::answers::{Need, NeedKind};
use crate::altinn::catalogue::{Catalogue, RoleId};
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::pdp::policy::{for_anybody, is_subject, stripped_rule};
use crate::altinn::resource::ResourceId;
use crate::altinn::transition::Transition;
use crate::attribute::category;
use crate::attribute::id::ACTION_ID;
use crate::combining::policy;
use crate::function::equality_ignores_case;
use crate::report::last_part;
use crate::syntax::{
    AllOf, AttributeReference, Document, Effect, Match, Policy, PolicyChild, Rule, Target,
};

/// A rule and its policy.
#[derive(Clone, Copy)]
pub(super) struct RuleOf<'d> {
    pub(super) rule: &'d Rule,
    /// The number of the rule among those of its id in the policy, from 1.
    pub(super) nth: u32,
    pub(super) within: &'d Policy,
}

/// Returns all rules of a document, in their order.
pub(super) fn of(document: &Document) -> impl Iterator<Item = RuleOf<'_>> {
    document.policies().flat_map(|within| {
        let mut known: HashMap<&str, u32> = HashMap::new();
        within.rules().map(move |rule| {
            let nth = known.entry(&rule.id).or_default();
            *nth += 1;
            let nth = *nth;
            RuleOf { rule, nth, within }
        })
    })
}

/// The requirements of one alternative of a rule on the subject, all of which must hold.
#[derive(Default)]
pub(super) struct SubjectAlternative<'d> {
    pub(super) all: Vec<Wanted<'d>>,
}

/// A value that an attribute of the subject must have.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'d> {
    /// The `AttributeId`, or the path into the subject's content.
    pub(super) id: &'d str,
    pub(super) value: &'d str,
    /// The required issuer; a fact of Altinn has none.
    issuer: Option<&'d str>,
    /// The match function, if it is not an equality.
    function: Option<&'d str>,
}

impl<'d> RuleOf<'d> {
    /// Returns the alternatives for the subject, among those for which `holds` is true, and whether
    /// these are all; none if the rule has no requirement on the subject.
    pub(super) fn alternatives(
        &self,
        mut holds: impl FnMut(&'d AllOf) -> bool,
    ) -> (Vec<SubjectAlternative<'d>>, bool) {
        // One alternative must hold of every AnyOf about the subject: for several AnyOf, each
        // combination of one of each. Most policies have one AnyOf; longer lists are cut.
        const MOST: usize = 64;
        let mut together: Vec<SubjectAlternative<'d>> = Vec::new();
        let mut are_all = true;
        for any_of in self.rule.target.iter().flat_map(|target| &target.any_of) {
            let about_subject = |all_of: &AllOf| all_of.matches.iter().any(is_subject);
            if !any_of.all_of.iter().any(about_subject) {
                continue;
            }
            let alternatives: Vec<Vec<Wanted<'d>>> = any_of
                .all_of
                .iter()
                .filter(|all_of| holds(all_of))
                .map(|all_of| all_of.matches.iter().filter_map(wanted).collect())
                .collect();
            if alternatives.iter().all(Vec::is_empty) {
                continue;
            }
            if together.is_empty() {
                together.push(SubjectAlternative::default());
            }
            are_all &= together.len() * alternatives.len() <= MOST;
            let longer = together.iter().flat_map(|known| {
                alternatives.iter().map(|more| SubjectAlternative {
                    all: known.all.iter().chain(more).copied().collect(),
                })
            });
            together = longer.take(MOST).collect();
        }
        together.retain(|alternative| !alternative.all.is_empty());
        (together, are_all)
    }

    /// Returns the actions that the target of a Permit rule names; none if it names other resources only.
    pub(super) fn actions(&self, resource: &ResourceId) -> Vec<&'d str> {
        let value = |one: &'d Match, of: &str, id: &str| match &one.attribute {
            AttributeReference::Designator(known)
                if known.category == of
                    && known.id == id
                    && equality_ignores_case(&one.function).is_some() =>
            {
                Some(&*one.value.text)
            }
            _ => None,
        };
        let target = self.rule.target.iter();
        let is_for_others = target.flat_map(|target| &target.any_of).any(|any_of| {
            any_of.all_of.iter().all(|all_of| {
                let mut matches = all_of.matches.iter();
                matches.any(|one| {
                    value(one, category::RESOURCE, id::resource::RESOURCE)
                        .is_some_and(|value| !value.eq_ignore_ascii_case(resource.as_str()))
                })
            })
        });
        if self.rule.effect != Effect::Permit || is_for_others {
            return Vec::new();
        }
        let matches = self.rule.target.iter().flat_map(Target::matches);
        matches
            .filter_map(|one| value(one, category::ACTION, ACTION_ID))
            .collect()
    }

    /// Returns a policy of this rule alone, without the matches of the subject in its target; none
    /// unless it permits.
    pub(super) fn alone(&self) -> Option<Document> {
        if self.rule.effect != Effect::Permit {
            return None;
        }
        let mut rule = stripped_rule(self.rule, |all_of| Some(for_anybody(all_of)))?;
        rule.obligations.clear();
        rule.advice.clear();
        // Only a condition can refer to variables.
        let condition = rule.condition.as_ref();
        let variables = condition.map(|_| {
            let children = self.within.children.iter();
            children.filter(|child| matches!(child, PolicyChild::Variable(_)))
        });
        let variables = variables.into_iter().flatten().cloned();
        let children = variables.chain([PolicyChild::Rule(rule.clone())]).collect();
        Some(self.policy_of(children))
    }

    /// Returns a policy that permits if one alternative of the rule's target holds.
    pub(super) fn alternative_alone(&self, all_of: AllOf) -> Document {
        let rule = Rule::permit(&*self.rule.id).target(Target::new().any_of([all_of]));
        self.policy_of(vec![PolicyChild::Rule(rule)])
    }

    fn policy_of(&self, children: Vec<PolicyChild>) -> Document {
        Document::Policy(Policy {
            xacml: self.within.xacml,
            version: self.within.version.clone(),
            xpath_version: self.within.xpath_version.clone(),
            children,
            ..Policy::new(&*self.within.id, policy::DENY_OVERRIDES)
        })
    }
}

/// Returns the requirement of a match on the subject, if it has one.
fn wanted(matching: &Match) -> Option<Wanted<'_>> {
    if !is_subject(matching) {
        return None;
    }
    let is_equality = equality_ignores_case(&matching.function).is_some();
    let (id, issuer, is_attribute) = match &matching.attribute {
        AttributeReference::Designator(known) => (&known.id, known.issuer.as_deref(), true),
        AttributeReference::Selector(selector) => (&selector.path, None, false),
    };
    Some(Wanted {
        id,
        value: &matching.value.text,
        issuer,
        function: (!is_equality || !is_attribute).then(|| last_part(&matching.function)),
    })
}

impl SubjectAlternative<'_> {
    /// Returns the requirements. `ended`: whether Altinn II roles have ended.
    pub(super) fn requirements(
        &self,
        catalogue: &Catalogue,
        transition: Transition,
        ended: bool,
    ) -> Vec<Requirement> {
        let all = self.all.iter();
        all.map(|wanted| wanted.requirement(catalogue, transition, ended))
            .collect()
    }
}

impl Wanted<'_> {
    /// The required role, if this requires one.
    pub(super) fn role(&self, catalogue: &Catalogue) -> Option<RoleId> {
        match self.kind() {
            Some(AttributeKind::Role(_)) if self.is_equality() => {
                catalogue.role(&format!("{}:{}", self.id, self.value))
            }
            _ => None,
        }
    }

    /// The required access package, if this requires one.
    pub(super) fn package(&self) -> Option<&str> {
        let is_package = self.kind() == Some(AttributeKind::AccessPackage);
        (is_package && self.is_equality()).then_some(self.value)
    }

    fn is_equality(&self) -> bool {
        self.issuer.is_none() && self.function.is_none()
    }

    fn kind(&self) -> Option<AttributeKind> {
        id::kind(category::ACCESS_SUBJECT, self.id)
    }

    /// Returns the requirement, such as the role `dagl`.
    fn requirement(
        &self,
        catalogue: &Catalogue,
        transition: Transition,
        ended: bool,
    ) -> Requirement {
        if let Some(function) = self.function {
            return Requirement::Test {
                id: self.id.into(),
                function: function.into(),
                value: self.value.into(),
            };
        }
        let wanted = [category::ACCESS_SUBJECT, self.id, self.value];
        let mut need = Need::new(catalogue, transition, wanted);
        need.issuer = self.issuer.map(Into::into);
        let is_role = matches!(need.kind, NeedKind::Role(_)) && need.issuer.is_none();
        match ended && is_role && need.ends.is_some() {
            true => Requirement::Ended(need),
            false => Requirement::Need(need),
        }
    }
}
