//! A document → what is found at each of its parts.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::conjuncts::{conjuncts, stated, taken_alone};
use super::literals::Reason;
use super::names::{MisspeltName, is_name};
use super::parts::Required;
use super::together::{
    Attribute, Combination, Obstacle, Stated, ValueCount, attribute, combine, obstacle, two_values,
};
use super::{Beside, Code, Level, Lint, RuleFinding, combining, rules};
use crate::combining::Combined;
use crate::error::{Problem, Problems, Source, Visible, cut};
use crate::syntax::{
    AnyOf, AnyPolicy, AttributeDesignator, Document, Expression, Offset, Policy, PolicyChild,
    PolicySet, PolicySetChild, Rule, Target,
};
use crate::value::DataType;

/// A finding that has no line and column yet.
pub(super) struct Found {
    pub(super) code: Code,
    pub(super) problem: Problem,
    pub(super) cure: Option<String>,
}

pub(super) fn walk<'d>(
    lint: &'d Lint,
    documents: &[(&'d Document, bool)],
    source: &Source<'_>,
    (beside, about_rules): (&Beside<'d>, &AboutRules<'d>),
) -> Vec<Found> {
    let mut linter = LintWalk {
        lint,
        about_rules,
        misnamed: HashMap::new(),
        outside: HashMap::new(),
        repeated: Vec::new(),
        found: Problems::new(MOST),
        codes: Vec::new(),
        first_omitted: None,
    };
    for (document, is_root) in documents {
        linter.document(document, is_root.then_some(beside));
    }
    linter.repeated(source);
    let (found, first_omitted) = (linter.found, linter.first_omitted);
    let (code, offset) = first_omitted.unwrap_or((Code::DuplicateRuleId, Offset::default()));
    found.finish(|message| Found {
        code,
        problem: Problem {
            offset,
            path: String::new(),
            message,
        },
        cure: None,
    })
}

/// The findings of another analysis, by PolicyId, RuleId and the number of the rule with it.
pub(crate) struct AboutRules<'d>(HashMap<(&'d str, &'d str, u32), Vec<&'d RuleFinding>>);

impl<'d> AboutRules<'d> {
    pub(crate) fn new(findings: &'d [RuleFinding]) -> Self {
        let mut by_rule: HashMap<_, Vec<&RuleFinding>> = HashMap::new();
        for about in findings {
            let of_rule = by_rule.entry((&*about.policy, &*about.rule, about.nth));
            let of_rule = of_rule.or_default();
            // There are no more of one rule than codes.
            let is_known =
                |known: &&RuleFinding| known.code == about.code && known.version == about.version;
            if !of_rule.iter().any(is_known) {
                of_rule.push(about);
            }
        }
        Self(by_rule)
    }
}

/// The most findings of one text that are listed: each takes many times the text that it is about.
const MOST: usize = 10_000;

/// The part of a document in which something is found.
#[derive(Clone, Copy)]
pub(super) struct Place<'d> {
    /// The element and the id of the policy or policy set.
    of: (&'static str, &'d str),
    /// Those of a rule, a variable or an obligation in it.
    part: Option<(&'static str, &'d str)>,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((kind, id)) = self.part {
            write!(f, "{kind} `{}` of ", cut(id))?;
        }
        write!(f, "{} `{}`", self.of.0, cut(self.of.1))
    }
}

pub(super) struct LintWalk<'k, 'd> {
    pub(super) lint: &'d Lint,
    about_rules: &'k AboutRules<'d>,
    /// The mistakes in the names of each attribute: a policy reads the same ones again and again.
    pub(super) misnamed: HashMap<Attribute<'d>, Option<MisspeltName>>,
    /// The ends of messages about attributes that are not in the vocabulary.
    pub(super) outside: HashMap<Attribute<'d>, String>,
    /// The first place of a RuleId, and a further rule that has it.
    repeated: Vec<(Offset, &'d Rule, Place<'d>)>,
    found: Problems<Found>,
    /// The codes that were found in the rule, or in the Target of the policy, that is visited.
    pub(super) codes: Vec<Code>,
    /// The first finding that is not listed.
    first_omitted: Option<(Code, Offset)>,
}

/// The most matches of a policy's own target that are joined with those of each of its rules.
const MOST_OF_POLICY: usize = 16;

impl<'d> LintWalk<'_, 'd> {
    pub(super) fn add(
        &mut self,
        code: Code,
        at: Offset,
        place: Place<'d>,
        (message, cure): Reason,
    ) {
        if self.lint.level_of(code) == Level::Allow {
            return;
        }
        self.codes.push(code);
        if self.found.is_full() {
            self.first_omitted.get_or_insert((code, at));
        }
        self.found.add(|| Found {
            code,
            problem: Problem {
                offset: at,
                path: Visible(place).to_string(),
                message: Visible(message).to_string(),
            },
            cure: cure.map(|cure| Visible(cure).to_string()),
        });
    }

    /// Adds the rules with the id of an earlier one. The lines of those are found in one walk through
    /// the text.
    fn repeated(&mut self, source: &Source<'_>) {
        let mut repeated = std::mem::take(&mut self.repeated);
        repeated.sort_by_key(|(first, ..)| first.bytes());
        let lines = source.positions(repeated.iter().map(|(first, ..)| *first));
        for ((_, rule, place), first) in repeated.into_iter().zip(lines) {
            let message = format!(
                "the RuleId `{}` stands in this policy already, at line {}; both rules decide, but \
                 whoever reads a log takes one for the other",
                cut(&rule.id),
                first.line
            );
            let cure = Some("give this rule an id of its own".to_owned());
            self.add(Code::DuplicateRuleId, rule.offset, place, (message, cure));
        }
    }

    /// Finds mistakes in a document; and in how it stands `beside` others, if it decides by itself.
    fn document(&mut self, document: &'d Document, beside: Option<&Beside<'d>>) {
        let policy = AnyPolicy::from(document);
        let place = Place {
            of: (policy.element(), policy.id()),
            part: None,
        };
        let about = beside.map(|beside| beside.about(document));
        for (code, reason) in about.into_iter().flatten() {
            self.add(code, policy.offset(), place, reason);
        }
        match policy {
            AnyPolicy::Policy(policy) => self.policy(policy),
            AnyPolicy::Set(set) => self.policy_set(set),
        }
    }

    fn policy_set(&mut self, set: &'d PolicySet) {
        let place = Place {
            of: ("PolicySet", &set.id),
            part: None,
        };
        let has_children = combining::has_policies(set);
        let algorithm = &set.combining_algorithm;
        self.combining(
            (set.offset, algorithm),
            Combined::Policies,
            has_children,
            place,
        );
        let mut required = Required::new();
        self.own_target(&set.target, place, &mut required);
        self.required(required);
        for child in &set.children {
            match child {
                PolicySetChild::Policy(policy) => self.policy(policy),
                PolicySetChild::PolicySet(set) => self.policy_set(set),
                _ => {}
            }
        }
        self.assignments(&set.obligations, &set.advice, place);
    }

    fn policy(&mut self, policy: &'d Policy) {
        let place = Place {
            of: ("Policy", &policy.id),
            part: None,
        };
        let has_children = policy.rules().next().is_some();
        let algorithm = &policy.combining_algorithm;
        self.combining(
            (policy.offset, algorithm),
            Combined::Rules,
            has_children,
            place,
        );
        let mut required = Required::new();
        let own = self.own_target(&policy.target, place, &mut required);
        let idle = self.rules(policy, place);
        let about = self.about_rules(policy, &idle);
        let mut about = about.into_iter();
        for child in &policy.children {
            match child {
                PolicyChild::Rule(rule) => {
                    let about = about.next().unwrap_or_default();
                    self.rule(policy, rule, &about, own, &mut required);
                }
                PolicyChild::Variable(variable) => {
                    let part = Some(("VariableDefinition", &*variable.id));
                    self.expression(&variable.expression, Place { part, ..place });
                }
                _ => {}
            }
        }
        self.required(required);
        self.assignments(&policy.obligations, &policy.advice, place);
    }

    /// Finds mistakes in how a policy or a policy set combines its children.
    fn combining(
        &mut self,
        (at, algorithm): (Offset, &str),
        combined: Combined,
        has_children: bool,
        place: Place<'d>,
    ) {
        if let Some(reason) = combining::other_algorithm(algorithm, combined) {
            self.add(Code::OtherAlgorithm, at, place, reason);
        }
        if !has_children && let Some(reason) = combining::nothing_to_combine(algorithm, combined) {
            self.add(Code::NothingToCombine, at, place, reason);
        }
    }

    /// Finds mistakes in the Target of a policy or a policy set, and returns its `AnyOf`, which every
    /// rule must pass as well. None of them is returned if the Target is large, or if the mistake in it
    /// would be found in every rule again.
    fn own_target(
        &mut self,
        target: &'d Target,
        place: Place<'d>,
        required: &mut Required<'d>,
    ) -> &'d [AnyOf] {
        self.codes.clear();
        self.target(target, place, required);
        if self.is_explained() {
            return &[];
        }
        let count = |designator: &AttributeDesignator| self.count(designator);
        match obstacle(&target.any_of, &|_| None, &count) {
            Some(Obstacle::Never(reason)) => {
                let message = format!("no request matches this Target: {reason}");
                let cure = Some("remove one of the tests, or let either be enough".to_owned());
                self.add(Code::NeverTogether, target.offset, place, (message, cure));
                &[]
            }
            Some(Obstacle::TwoValues(reason)) => {
                self.two_values(&reason, target.offset, place);
                &[]
            }
            None if target.matches().nth(MOST_OF_POLICY).is_some() => &[],
            None => &target.any_of,
        }
    }

    /// Whether a part of the rule or the Target that is visited contradicts itself.
    fn is_explained(&self) -> bool {
        let known = [Code::NeverTogether, Code::TwoValues];
        self.codes.iter().any(|code| known.contains(code))
    }

    /// The findings of another analysis about each rule of a policy, in the order of the rules. Of the
    /// `idle` rules it is known why they change nothing.
    fn about_rules(&self, policy: &'d Policy, idle: &HashSet<usize>) -> Vec<Vec<&'d RuleFinding>> {
        if self.about_rules.0.is_empty() {
            return Vec::new();
        }
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let about = policy.rules().enumerate().map(|(place, rule)| {
            let nth = numbers.entry(&rule.id).or_default();
            *nth += 1;
            let about = self.about_rules.0.get(&(&*policy.id, &*rule.id, *nth));
            let about = about.into_iter().flatten().copied();
            about
                .filter(|about| about.version == policy.version)
                .filter(|about| !(idle.contains(&place) && about.code.is_of_idle_rule()))
                .collect()
        });
        about.collect()
    }

    /// Finds rules that change nothing beside the others of their policy, or share an id with one.
    /// Returns the places of the former.
    fn rules(&mut self, policy: &'d Policy, place: Place<'d>) -> HashSet<usize> {
        let of = |rule: &'d Rule| Place {
            part: Some(("Rule", &*rule.id)),
            ..place
        };
        let mut idle = HashSet::new();
        rules::without_effect(policy, &mut |(nth, rule), code, reason| {
            idle.insert(nth);
            self.add(code, rule.offset, of(rule), reason);
        });
        rules::never_returned(policy, &mut |at, rule, reason| {
            self.add(Code::NeverReturned, at, rule.map_or(place, of), reason);
        });
        for ((_, first), (_, rule)) in rules::repeated_ids(policy) {
            self.repeated.push((first.offset, rule, of(rule)));
        }
        idle
    }

    fn rule(
        &mut self,
        policy: &'d Policy,
        rule: &'d Rule,
        about: &[&RuleFinding],
        own: &'d [AnyOf],
        required: &mut Required<'d>,
    ) {
        let place = Place {
            of: ("Policy", &policy.id),
            part: Some(("Rule", &rule.id)),
        };
        self.codes.clear();
        if let Some(target) = &rule.target {
            self.target(target, place, required);
        }
        if let Some(condition) = &rule.condition {
            self.expression(condition, place);
        }
        self.assignments(&rule.obligations, &rule.advice, place);
        // The parts that contradict each other alone have been found.
        let obstacle = (!self.is_explained())
            .then(|| self.obstacle(rule, own))
            .flatten();
        let is_unreachable = matches!(obstacle, Some(Obstacle::Never(_)));
        for about in about {
            if !(is_unreachable && about.code.is_of_idle_rule()) {
                let reason = (about.message.clone(), about.cure.clone());
                self.add(about.code, rule.offset, place, reason);
            }
        }
        match obstacle {
            Some(Obstacle::Never(mut reason)) => {
                if self.lint.vocabulary.is_none() && !is_false(rule) {
                    reason += "; the Condition takes its only value";
                }
                let message = format!("no request makes this rule apply: {reason}");
                let cure = match rules::is_missed(policy, rule) {
                    true => {
                        "mend what it requires; without the rule, decisions that it makes \
                         Indeterminate become others"
                    }
                    false => "remove the rule, or mend what it requires",
                };
                let cure = Some(cure.to_owned());
                self.add(Code::UnreachableRule, rule.offset, place, (message, cure));
            }
            Some(Obstacle::TwoValues(reason)) => self.two_values(&reason, rule.offset, place),
            None => {}
        }
    }

    pub(super) fn two_values(&mut self, reason: &str, at: Offset, place: Place<'d>) {
        let message = format!("{reason}, so only a request that has both values matches");
        let cure = "if either is enough, give each an AllOf of its own, or join them by `or`";
        self.add(Code::TwoValues, at, place, (message, Some(cure.to_owned())));
    }

    /// The reason why Target and Condition of a rule, and the Target of its policy, hardly ever or
    /// never hold at once.
    fn obstacle(&self, rule: &'d Rule, own: &'d [AnyOf]) -> Option<Obstacle> {
        let conjuncts = rule.condition.as_deref().map_or_else(Vec::new, conjuncts);
        if is_false(rule) {
            return Some(Obstacle::Never("its Condition is false".to_owned()));
        }
        let ones = taken_alone(&conjuncts);
        let count = |designator: &AttributeDesignator| match ones.contains(&attribute(designator)) {
            true => ValueCount::One,
            false => self.count(designator),
        };
        let mut of_condition = Combination::default();
        for stated in conjuncts.iter().filter_map(|conjunct| stated(conjunct)) {
            // Those that contradict each other have been found.
            of_condition.add(&stated, number_of(&stated, &count)).ok()?;
        }
        let target = rule.target.as_ref();
        let any_of = own
            .iter()
            .chain(target.into_iter().flat_map(|target| &target.any_of));
        match combine(of_condition, any_of, &|_| None, &count) {
            Ok(combinations) => two_values(&combinations?).map(Obstacle::TwoValues),
            Err(reason) => Some(Obstacle::Never(reason)),
        }
    }

    /// The number of values of an attribute, as the vocabulary has it. Those that it does not have are
    /// names of which a request hardly has two, or any.
    pub(super) fn count(&self, designator: &AttributeDesignator) -> ValueCount {
        let vocabulary = self.lint.vocabulary.as_ref();
        match vocabulary.and_then(|vocabulary| vocabulary.is_single(designator)) {
            Some(true) => ValueCount::One,
            None if is_name(designator) => ValueCount::UsuallyOne,
            _ => ValueCount::Any,
        }
    }
}

/// Whether the Condition of a rule, or a part of it that must be true, is the literal `false`.
fn is_false(rule: &Rule) -> bool {
    let mut conjuncts = rule
        .condition
        .as_deref()
        .map_or_else(Vec::new, conjuncts)
        .into_iter();
    conjuncts.any(|conjunct| {
        matches!(conjunct, Expression::Value(value)
            if DataType::from_uri(&value.data_type) == Some(DataType::Boolean)
                && ["false", "0"].contains(&value.text.trim()))
    })
}

/// The number of values that a test is about.
pub(super) fn number_of(
    stated: &Stated<'_>,
    count: &dyn Fn(&AttributeDesignator) -> ValueCount,
) -> ValueCount {
    match stated.is_of_one {
        true => ValueCount::One,
        false => count(stated.designator),
    }
}
