//! A policy → its rules, with the requirements of their targets on the subject.

use std::collections::HashMap;
use std::rc::Rc;

use super::Requirement;
use crate::altinn::answers::{Need, NeedKind};
use crate::altinn::catalogue::{Catalogue, RoleId};
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::pdp::policy::{for_anybody, is_subject, stripped_rule};
use crate::altinn::pdp::said;
use crate::altinn::resource::ResourceId;
use crate::altinn::transition::Transition;
use crate::attribute::category;
use crate::attribute::id::ACTION_ID;
use crate::combining::policy;
use crate::decision::XacmlVersion;
use crate::function::equality_ignores_case;
use crate::report::last_part;
use crate::request::Request;
use crate::syntax::{
    AllOf, AnyOf, AttributeDesignator, AttributeReference, Document, Effect, Match, Policy,
    PolicyChild, PolicySetChild, Rule, Target,
};
use crate::value::{DataType, Value};

/// A rule and its policy.
#[derive(Clone)]
pub(super) struct RuleOf<'d> {
    pub(super) rule: &'d Rule,
    /// The number of the rule among those of its id in the policy, from 1.
    pub(super) nth: u32,
    pub(super) within: &'d Policy,
    /// The targets of its policy and of the policy sets around that, the outermost first.
    pub(super) around: Rc<[&'d Target]>,
}

/// Returns all rules of a document, in their order.
pub(super) fn of(document: &Document) -> impl Iterator<Item = RuleOf<'_>> {
    policies(document).into_iter().flat_map(|(within, around)| {
        let mut known: HashMap<&str, u32> = HashMap::new();
        within.rules().map(move |rule| {
            let nth = known.entry(&rule.id).or_default();
            *nth += 1;
            RuleOf {
                rule,
                nth: *nth,
                within,
                around: around.clone(),
            }
        })
    })
}

/// Returns the policies of a document, each with the targets that a request must meet to come to it.
fn policies(document: &Document) -> Vec<(&Policy, Rc<[&Target]>)> {
    fn inside<'d>(around: &[&'d Target], target: &'d Target) -> Rc<[&'d Target]> {
        around.iter().copied().chain([target]).collect()
    }
    let mut open = match document {
        Document::Policy(policy) => return vec![(policy, inside(&[], &policy.target))],
        Document::PolicySet(set) => vec![(inside(&[], &set.target), set.children.iter())],
    };
    let mut found = Vec::new();
    while let Some((around, children)) = open.last_mut() {
        match children.next() {
            Some(PolicySetChild::Policy(policy)) => {
                found.push((policy, inside(around, &policy.target)));
            }
            Some(PolicySetChild::PolicySet(set)) => {
                let around = inside(around, &set.target);
                open.push((around, set.children.iter()));
            }
            Some(_) => {}
            None => drop(open.pop()),
        }
    }
    found
}

/// The requirements of one alternative of a rule on the subject, all of which must hold.
#[derive(Default)]
pub(super) struct SubjectAlternative<'d> {
    pub(super) all: Vec<Wanted<'d>>,
}

/// A value that an attribute of the subject, or of the circumstances, must have.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'d> {
    category: &'d str,
    /// The `AttributeId`, or the path into the subject's content.
    pub(super) id: &'d str,
    pub(super) value: &'d str,
    /// The required issuer; a fact of Altinn has none.
    issuer: Option<&'d str>,
    /// The match function, if it is not an equality.
    function: Option<&'d str>,
}

impl<'d> RuleOf<'d> {
    /// The `AnyOf` of the rule about the subject.
    pub(super) fn about_subject(&self) -> impl Iterator<Item = &'d AnyOf> {
        let target = self.rule.target.iter();
        let any_of = target.flat_map(|target| &target.any_of);
        any_of.filter(|any_of| {
            any_of
                .all_of
                .iter()
                .any(|one| one.matches.iter().any(is_subject))
        })
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
        let rule = stripped_rule(self.rule, |all_of| Some(for_anybody(all_of)))?;
        Some(self.policy_with(rule))
    }

    /// As [`alone`](Self::alone), with the matches of resource and action only and without the
    /// condition; none if that is the same.
    pub(super) fn in_any_circumstances(&self) -> Option<Document> {
        let depends = self.rule.condition.is_some()
            || self
                .rule
                .target
                .iter()
                .flat_map(Target::matches)
                .any(is_of_circumstances);
        let mut rule = stripped_rule(self.rule, |all_of| Some(of_question(all_of)))?;
        rule.condition = None;
        depends.then(|| self.policy_with(rule))
    }

    /// As [`alone`](Self::alone), with the condition only; none if there is none.
    pub(super) fn condition_alone(&self) -> Option<Document> {
        self.rule.condition.as_ref()?;
        let rule = Rule {
            target: None,
            ..self.rule.clone()
        };
        Some(self.policy_with(rule))
    }

    fn policy_with(&self, mut rule: Rule) -> Document {
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
        self.policy_of(children)
    }

    /// Returns a policy that permits if one of these alternatives of a target holds.
    pub(super) fn alternatives_alone(&self, any_of: impl IntoIterator<Item = AllOf>) -> Document {
        let rule = Rule::permit(&*self.rule.id).target(Target::new().any_of(any_of));
        self.policy_of(vec![PolicyChild::Rule(rule)])
    }

    /// Returns a policy in which each alternative is a rule, in their order.
    pub(super) fn each_alone(&self, all: &[AllOf]) -> Document {
        let rules = all.iter().map(|one| {
            let target = Target::new().any_of([one.clone()]);
            PolicyChild::Rule(Rule::permit(&*self.rule.id).target(target))
        });
        self.policy_of(rules.collect())
    }

    /// Whether the rule is about another resource, part or action than a request: some `AnyOf` compares
    /// texts that the request has with others, whatever else it asks.
    pub(super) fn is_of_another(&self, request: &Request) -> bool {
        let differs = |one: &Match| match &one.attribute {
            AttributeReference::Designator(known) => {
                let is_text = |of: &str| DataType::from_uri(of) == Some(DataType::String);
                let is_compared = known.issuer.is_none()
                    && !is_subject(one)
                    && !is_of_circumstances(one)
                    && equality_ignores_case(&one.function).is_some()
                    && is_text(&known.data_type)
                    && is_text(&one.value.data_type);
                is_compared && has_others(request, known, &one.value.text)
            }
            AttributeReference::Selector(_) => false,
        };
        // In 2.0 an `AnyOf` that fails counts beside one that is False.
        let is_of_3 = self.within.xacml == XacmlVersion::V3;
        let mut any_of = self.rule.target.iter().flat_map(|target| &target.any_of);
        is_of_3
            && any_of.any(|any_of| {
                let mut all_of = any_of.all_of.iter();
                !any_of.all_of.is_empty() && all_of.all(|one| one.matches.iter().any(differs))
            })
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

/// The most combinations of alternatives that are listed. Most policies have one `AnyOf` about the
/// subject; longer lists are cut.
pub(super) const MOST_TOGETHER: usize = 64;

/// Returns each combination of one alternative of every `AnyOf`, and whether these are all. An
/// alternative without requirements asks for nothing.
pub(super) fn together<'d>(
    any_of: impl IntoIterator<Item = Vec<Vec<Wanted<'d>>>>,
) -> (Vec<SubjectAlternative<'d>>, bool) {
    let mut together: Vec<SubjectAlternative<'d>> = Vec::new();
    let mut are_all = true;
    for alternatives in any_of {
        if alternatives.iter().all(Vec::is_empty) {
            continue;
        }
        if together.is_empty() {
            together.push(SubjectAlternative::default());
        }
        are_all &= together.len() * alternatives.len() <= MOST_TOGETHER;
        let longer = together.iter().flat_map(|known| {
            alternatives.iter().map(|more| SubjectAlternative {
                all: known.all.iter().chain(more).copied().collect(),
            })
        });
        together = longer.take(MOST_TOGETHER).collect();
    }
    together.retain(|alternative| !alternative.all.is_empty());
    (together, are_all)
}

/// Whether a request has texts of an attribute, all of them others than this, also in other letters.
fn has_others(request: &Request, of: &AttributeDesignator, text: &str) -> bool {
    let Ok(values) = said::values(request, &of.category, &of.id) else {
        return false;
    };
    let texts = values.filter(|value| value.data_type() == DataType::String);
    let mut texts = texts.filter_map(Value::as_str).peekable();
    let folded = |text: &str| text.trim().to_lowercase();
    let text = folded(text);
    texts.peek().is_some() && texts.all(|own| folded(own) != text)
}

fn category_of(matching: &Match) -> &str {
    match &matching.attribute {
        AttributeReference::Designator(known) => &known.category,
        AttributeReference::Selector(selector) => &selector.category,
    }
}

/// Whether a match is about neither the subject nor what is asked for: such as the environment.
pub(super) fn is_of_circumstances(matching: &Match) -> bool {
    let of = category_of(matching);
    ![
        category::ACCESS_SUBJECT,
        category::RESOURCE,
        category::ACTION,
    ]
    .contains(&of)
}

/// Returns the matches of an alternative with resource and action, which a question names.
pub(super) fn of_question(all_of: &AllOf) -> AllOf {
    let matches = all_of.matches.iter();
    let of_question = matches.filter(|one| !is_subject(one) && !is_of_circumstances(one));
    AllOf {
        matches: of_question.cloned().collect(),
        offset: all_of.offset,
    }
}

/// Returns the requirement of a match on the subject or the circumstances.
pub(super) fn wanted(matching: &Match) -> Wanted<'_> {
    let is_equality = equality_ignores_case(&matching.function).is_some();
    let (id, issuer, is_attribute) = match &matching.attribute {
        AttributeReference::Designator(known) => (&known.id, known.issuer.as_deref(), true),
        AttributeReference::Selector(selector) => (&selector.path, None, false),
    };
    Wanted {
        category: category_of(matching),
        id,
        value: &matching.value.text,
        issuer,
        function: (!is_equality || !is_attribute).then(|| last_part(&matching.function)),
    }
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
        id::kind(self.category, self.id)
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
                category: self.category.into(),
                id: self.id.into(),
                function: function.into(),
                value: self.value.into(),
            };
        }
        let wanted = [self.category, self.id, self.value];
        let mut need = Need::new(catalogue, transition, wanted);
        need.issuer = self.issuer.map(Into::into);
        let is_role = matches!(need.kind, NeedKind::Role(_)) && need.issuer.is_none();
        match ended && is_role && need.ends.is_some() {
            true => Requirement::Ended(need),
            false => Requirement::Need(need),
        }
    }
}
