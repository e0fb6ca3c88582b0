//! The rules of a policy, and what their targets ask of the subject, in words.

use crate::altinn::catalogue::{Catalogue, RoleId};
use crate::altinn::id::subject;
use crate::altinn::pdp::policy::{for_anybody, is_subject};
use crate::syntax::{
    AttributeReference, Document, Effect, Match, Policy, PolicyChild, PolicySet, PolicySetChild,
    Rule, Target,
};

/// A rule and the policy it stands in.
pub(super) struct RuleOf<'d> {
    pub(super) rule: &'d Rule,
    pub(super) policy: &'d str,
    within: &'d Policy,
}

/// All rules of a document, in order.
pub(super) fn of(document: &Document) -> Vec<RuleOf<'_>> {
    let mut rules = Vec::new();
    match document {
        Document::Policy(policy) => of_policy(policy, &mut rules),
        Document::PolicySet(set) => of_set(set, &mut rules),
    }
    rules
}

fn of_set<'d>(set: &'d PolicySet, rules: &mut Vec<RuleOf<'d>>) {
    for child in &set.children {
        match child {
            PolicySetChild::Policy(policy) => of_policy(policy, rules),
            PolicySetChild::PolicySet(set) => of_set(set, rules),
            _ => {}
        }
    }
}

fn of_policy<'d>(policy: &'d Policy, rules: &mut Vec<RuleOf<'d>>) {
    for child in &policy.children {
        if let PolicyChild::Rule(rule) = child {
            rules.push(RuleOf {
                rule,
                policy: &policy.id,
                within: policy,
            });
        }
    }
}

/// What one alternative of a rule asks of the subject: all of it.
#[derive(Default)]
pub(super) struct Alternative<'d> {
    pub(super) all: Vec<Wanted<'d>>,
}

/// A value that an attribute of the subject must have.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'d> {
    pub(super) id: &'d str,
    pub(super) value: &'d str,
    ignores_case: bool,
    /// Not an equality: told by its function.
    function: Option<&'d str>,
}

impl<'d> RuleOf<'d> {
    /// The alternatives for the subject; none if the rule asks nothing of it.
    pub(super) fn alternatives(&self) -> Vec<Alternative<'d>> {
        // Of every AnyOf that is about the subject one alternative must hold: of several, one of
        // each together. Policies have one; whoever wrote more than can be listed knows them.
        const MOST: usize = 64;
        let mut together: Vec<Alternative<'d>> = Vec::new();
        for any_of in self.rule.target.iter().flat_map(|target| &target.any_of) {
            let alternatives: Vec<Vec<Wanted<'d>>> = any_of
                .all_of
                .iter()
                .map(|all_of| all_of.matches.iter().filter_map(wanted).collect())
                .collect();
            if alternatives.iter().all(Vec::is_empty) {
                continue;
            }
            if together.is_empty() {
                together.push(Alternative::default());
            }
            let mut longer = Vec::new();
            for known in &together {
                for more in &alternatives {
                    let all = known.all.iter().chain(more).copied().collect();
                    longer.push(Alternative { all });
                }
            }
            longer.truncate(MOST);
            together = longer;
        }
        together.retain(|alternative| !alternative.all.is_empty());
        together
    }

    /// A policy of this rule alone, if it permits, without what its target says of the subject.
    pub(super) fn alone(&self) -> Option<Document> {
        if self.rule.effect != Effect::Permit {
            return None;
        }
        let mut rule = for_anybody(self.rule)?;
        rule.obligations.clear();
        rule.advice.clear();
        let variables = self.within.children.iter();
        let variables = variables.filter(|child| matches!(child, PolicyChild::Variable(_)));
        let children = variables
            .cloned()
            .chain([PolicyChild::Rule(rule)])
            .collect();
        Some(Document::Policy(Policy {
            children,
            target: Target::default(),
            obligations: Vec::new(),
            advice: Vec::new(),
            ..self.within.clone()
        }))
    }
}

/// What a match asks of the subject, if it does.
fn wanted(matching: &Match) -> Option<Wanted<'_>> {
    let AttributeReference::Designator(designator) = &matching.attribute else {
        return None;
    };
    if !is_subject(matching) {
        return None;
    }
    let name = matching.function.rsplit(':').next().unwrap_or("");
    let ignores_case = name == "string-equal-ignore-case";
    Some(Wanted {
        id: &designator.id,
        value: &matching.value.text,
        ignores_case,
        function: (!name.ends_with("-equal") && !ignores_case).then_some(name),
    })
}

impl Alternative<'_> {
    /// Each part in words. `ended`: roles of Altinn II no longer count.
    pub(super) fn words(&self, catalogue: &Catalogue, ended: bool) -> Vec<String> {
        let all = self.all.iter();
        all.map(|wanted| wanted.words(catalogue, ended)).collect()
    }
}

impl Wanted<'_> {
    /// Whether a value is the one asked for. What is no equality is taken to hold: the rule did.
    pub(super) fn is(&self, value: &str) -> bool {
        match (self.function, self.ignores_case) {
            (Some(_), _) => true,
            (None, true) => value.to_lowercase() == self.value.to_lowercase(),
            (None, false) => value == self.value,
        }
    }

    /// The role this asks for, if it asks for one.
    pub(super) fn role(&self, catalogue: &Catalogue) -> Option<RoleId> {
        match self.id {
            subject::ROLE_CODE
            | subject::ROLE
            | subject::REGISTER_ROLE
            | subject::GUARDIAN_ROLE => catalogue.role(&format!("{}:{}", self.id, self.value)),
            _ => None,
        }
    }

    /// `the role daglig leder (dagl)`, or what there is.
    fn words(&self, catalogue: &Catalogue, ended: bool) -> String {
        let value = self.value;
        if let Some(function) = self.function {
            return format!("`{}` for which {function} `{value}` holds", self.id);
        }
        if let Some(role) = self.role(catalogue) {
            let role = catalogue.role_by_id(role);
            let name = role.name.to_lowercase();
            let no_longer = match ended && role.is_altinn2() {
                true => ", a role of Altinn II, which no longer counts",
                false => "",
            };
            return format!("the role {name} ({value}){no_longer}");
        }
        match self.id {
            subject::ACCESS_PACKAGE => {
                let urn = format!("{}:{value}", subject::ACCESS_PACKAGE);
                match catalogue.package(&urn) {
                    Some(package) => {
                        let name = &catalogue.package_by_id(package).name;
                        format!("the access package {name} ({value})")
                    }
                    None => {
                        format!("the access package {value}, which the catalogue does not know")
                    }
                }
            }
            subject::ROLE_CODE | subject::ROLE => {
                format!("the role {value}, which the catalogue does not know")
            }
            subject::SERVICE_OWNER => format!("the service owner {value}"),
            subject::USER_ID => format!("the user {value}"),
            subject::ACCESS_GROUP => format!("the access group {value}"),
            subject::ACCESS_LIST => format!("a place on the access list {value}"),
            id if id.starts_with(subject::RESOURCE_RIGHT_PREFIX) => {
                format!("the resource right {value}")
            }
            id => format!("`{id}` = `{value}`"),
        }
    }
}
