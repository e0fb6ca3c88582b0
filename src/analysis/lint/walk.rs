//! A document → what is found at each of its parts.

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::literals::{self, Reason};
use super::names::{self, Misnamed};
use super::together::{
    Attribute, Combination, Literal, Relation, Stated, ValueCount, attribute, combine,
};
use super::vocabulary::{Vocabulary, is_of_clock};
use super::{Code, Level, Lint, RuleFinding, rules, time};
use crate::error::{Problem, Problems, Source, Visible, cut, did_you_mean, last_part};
use crate::function::regexp::may_match_some_text;
use crate::function::{Call, Meaning, standard};
use crate::syntax::{
    AllOf, Apply, AttributeDesignator, AttributeReference, AttributeValue, Document, Expression,
    Match, Offset, Policy, PolicyChild, PolicySet, PolicySetChild, Rule, Target,
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
    document: &'d Document,
    source: &Source<'_>,
    about_rules: &'d [RuleFinding],
) -> Vec<Found> {
    let mut by_rule: HashMap<(&str, usize), Vec<&RuleFinding>> = HashMap::new();
    for about in about_rules {
        let of_rule = by_rule.entry((&about.policy, about.rule)).or_default();
        // There are no more of one rule than codes.
        if of_rule.iter().all(|known| known.code != about.code) {
            of_rule.push(about);
        }
    }
    let mut linter = Linter {
        lint,
        by_rule,
        misnamed: HashMap::new(),
        outside: HashMap::new(),
        repeated: Vec::new(),
        found: Problems::new(MOST),
        codes: Vec::new(),
        first_omitted: None,
    };
    match document {
        Document::Policy(policy) => linter.policy(policy),
        Document::PolicySet(set) => linter.policy_set(set),
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

/// The most findings of one document that are listed: each takes many times the text that it is about.
const MOST: usize = 10_000;

/// The part of a document in which something is found.
#[derive(Clone, Copy)]
struct Place<'d> {
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

struct Linter<'d> {
    lint: &'d Lint,
    by_rule: HashMap<(&'d str, usize), Vec<&'d RuleFinding>>,
    /// The mistakes in the names of each attribute: a policy reads the same ones again and again.
    misnamed: HashMap<Attribute<'d>, Option<Misnamed>>,
    /// The ends of messages about attributes that are not in the vocabulary.
    outside: HashMap<Attribute<'d>, String>,
    /// The first place of a RuleId, and a further rule that has it.
    repeated: Vec<(Offset, &'d Rule, Place<'d>)>,
    found: Problems<Found>,
    /// The codes that were found in the rule, or in the Target of the policy, that is visited.
    codes: Vec<Code>,
    /// The first finding that is not listed.
    first_omitted: Option<(Code, Offset)>,
}

/// The attributes that the targets of a policy require to be there, by category and id: the first
/// place of each, and the number of further ones.
type Required<'d> = HashMap<(&'d str, &'d str), (Offset, Place<'d>, usize)>;

/// The most suggestions for attributes outside a vocabulary: each is looked for in all of it.
const MOST_HINTS: usize = 100;

/// The most combinations of a policy's own target with which each of its rules is combined.
const MOST_OF_POLICY: usize = 16;

impl<'d> Linter<'d> {
    fn add(&mut self, code: Code, at: Offset, place: Place<'d>, (message, cure): Reason) {
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

    fn policy_set(&mut self, set: &'d PolicySet) {
        let place = Place {
            of: ("PolicySet", &set.id),
            part: None,
        };
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
        let obligations = set.obligations.iter().map(|it| (&*it.id, &it.assignments));
        let advice = set.advice.iter().map(|it| (&*it.id, &it.assignments));
        for (id, assignments) in obligations.chain(advice) {
            let part = Some(("Obligation", id));
            for assignment in assignments {
                self.expression(&assignment.expression, Place { part, ..place });
            }
        }
    }

    fn policy(&mut self, policy: &'d Policy) {
        let place = Place {
            of: ("Policy", &policy.id),
            part: None,
        };
        let mut required = Required::new();
        let own = self.own_target(&policy.target, place, &mut required);
        self.rules(policy, place);
        let mut nth = 0;
        for child in &policy.children {
            match child {
                PolicyChild::Rule(rule) => {
                    self.rule(policy, rule, nth, &own, &mut required);
                    nth += 1;
                }
                PolicyChild::Variable(variable) => {
                    let part = Some(("VariableDefinition", &*variable.id));
                    self.expression(&variable.expression, Place { part, ..place });
                }
                _ => {}
            }
        }
        self.required(required);
        let obligations = policy
            .obligations
            .iter()
            .map(|it| (&*it.id, &it.assignments));
        let advice = policy.advice.iter().map(|it| (&*it.id, &it.assignments));
        for (id, assignments) in obligations.chain(advice) {
            let part = Some(("Obligation", id));
            for assignment in assignments {
                self.expression(&assignment.expression, Place { part, ..place });
            }
        }
    }

    /// The Target of a policy or a policy set, and the few combinations of its tests, which are tests
    /// of every rule as well. None of them is returned if the rules need not be told of.
    fn own_target(
        &mut self,
        target: &'d Target,
        place: Place<'d>,
        required: &mut Required<'d>,
    ) -> Vec<Combination<'d>> {
        self.codes.clear();
        self.target(target, place, required);
        let any = vec![Combination::default()];
        if self.codes.contains(&Code::NeverTogether) {
            return any;
        }
        let count = |designator: &AttributeDesignator| self.count(designator);
        match combine(any.clone(), &target.any_of, &|_| None, &count) {
            Ok(Some(own)) if own.len() <= MOST_OF_POLICY => own,
            Ok(_) => any,
            Err(reason) => {
                let message = format!("no request matches this Target: {reason}");
                let cure = Some("remove one of the tests, or let either be enough".to_owned());
                self.add(Code::NeverTogether, target.offset, place, (message, cure));
                any
            }
        }
    }

    /// What follows from the rules of a policy beside one another.
    fn rules(&mut self, policy: &'d Policy, place: Place<'d>) {
        let of = |rule: &'d Rule| Place {
            part: Some(("Rule", &*rule.id)),
            ..place
        };
        let is_told = |linter: &Self, nth, code| {
            let about = linter.by_rule.get(&(&*policy.id, nth));
            about.is_some_and(|about| about.iter().any(|about| about.code == code))
        };
        rules::without_effect(policy, &mut |(nth, rule), code, reason| {
            if !is_told(self, nth, code) {
                self.add(code, rule.offset, of(rule), reason);
            }
        });
        for ((_, first), (nth, rule)) in rules::repeated_ids(policy) {
            if !is_told(self, nth, Code::DuplicateRuleId) {
                self.repeated.push((first.offset, rule, of(rule)));
            }
        }
    }

    fn rule(
        &mut self,
        policy: &'d Policy,
        rule: &'d Rule,
        nth: usize,
        own: &[Combination<'d>],
        required: &mut Required<'d>,
    ) {
        let place = Place {
            of: ("Policy", &policy.id),
            part: Some(("Rule", &rule.id)),
        };
        self.codes.clear();
        let about = self.by_rule.remove(&(&*policy.id, nth)).unwrap_or_default();
        for about in &about {
            let reason = (about.message.clone(), about.cure.clone());
            self.add(about.code, rule.offset, place, reason);
        }
        if let Some(target) = &rule.target {
            self.target(target, place, required);
        }
        if let Some(condition) = &rule.condition {
            self.expression(condition, place);
        }
        let obligations = rule.obligations.iter().map(|it| &it.assignments);
        let advice = rule.advice.iter().map(|it| &it.assignments);
        for assignment in obligations.chain(advice).flatten() {
            self.expression(&assignment.expression, place);
        }
        // The parts that contradict each other alone have been found.
        let known = [Code::NeverTogether, Code::UnreachableRule];
        if !self.codes.iter().any(|code| known.contains(code))
            && let Some(mut reason) = self.unreachable(rule, own)
        {
            if self.lint.vocabulary.is_none() && !is_false(rule) {
                reason += "; the Condition takes its only value";
            }
            let message = format!("no request makes this rule apply: {reason}");
            let cure = Some("remove the rule, or mend what it requires".to_owned());
            self.add(Code::UnreachableRule, rule.offset, place, (message, cure));
        }
    }

    /// The reason why Target and Condition of a rule, and the Target of its policy, never hold at
    /// once.
    fn unreachable(&self, rule: &'d Rule, own: &[Combination<'d>]) -> Option<String> {
        let conjuncts = rule.condition.as_deref().map_or_else(Vec::new, conjuncts);
        if is_false(rule) {
            return Some("its Condition is false".to_owned());
        }
        let ones = taken_alone(&conjuncts);
        let count = |designator: &AttributeDesignator| match ones.contains(&attribute(designator)) {
            true => ValueCount::One,
            false => self.count(designator),
        };
        let mut of_condition = Combination::default();
        for stated in conjuncts.iter().filter_map(|conjunct| stated(conjunct)) {
            // Those that contradict each other have been found.
            of_condition.add(&stated, of(&stated, &count)).ok()?;
        }
        let mut start = Vec::with_capacity(own.len());
        let mut first_reason = None;
        for own in own {
            let mut both = own.clone();
            match both.join(&of_condition) {
                Ok(()) => start.push(both),
                Err(reason) => {
                    first_reason.get_or_insert(reason);
                }
            }
        }
        if start.is_empty() {
            return first_reason;
        }
        let any_of = rule
            .target
            .as_ref()
            .map_or(&[][..], |target| &target.any_of);
        combine(start, any_of, &|_| None, &count).err()
    }

    fn count(&self, designator: &AttributeDesignator) -> ValueCount {
        let vocabulary = self.lint.vocabulary.as_ref();
        match vocabulary.is_some_and(|vocabulary| vocabulary.is_single(designator)) {
            true => ValueCount::One,
            false => ValueCount::Any,
        }
    }

    fn target(&mut self, target: &'d Target, place: Place<'d>, required: &mut Required<'d>) {
        for all_of in target.any_of.iter().flat_map(|any_of| &any_of.all_of) {
            for matching in &all_of.matches {
                self.matching(matching, place, required);
            }
            self.all_of(all_of, place);
        }
    }

    fn all_of(&mut self, all_of: &'d AllOf, place: Place<'d>) {
        let tests: Vec<_> = all_of.matches.iter().filter_map(Stated::of_match).collect();
        self.together(&tests, &HashSet::new(), place);
    }

    /// Finds tests that must all hold and cannot.
    fn together(&mut self, tests: &[Stated<'d>], ones: &HashSet<Attribute<'d>>, place: Place<'d>) {
        if tests.len() < 2 {
            return;
        }
        let mut combination = Combination::default();
        // The earlier bounds of each time: the lower and the upper one.
        let mut days: HashMap<Attribute<'d>, [Option<&Literal<'d>>; 2]> = HashMap::new();
        for test in tests {
            let count =
                |designator: &AttributeDesignator| match ones.contains(&attribute(designator)) {
                    true => ValueCount::One,
                    false => self.count(designator),
                };
            if let Err(mut message) = combination.add(test, of(test, &count)) {
                if !test.is_of_one {
                    message += match self.count(test.designator) {
                        ValueCount::One => "; the vocabulary declares that it has one value",
                        _ => "; the same `and` takes its only value",
                    };
                }
                let cure = "remove one of them, or let either be enough";
                let reason = (message, Some(cure.to_owned()));
                self.add(Code::NeverTogether, test.offset, place, reason);
                return;
            }
            let bounds = days.entry(attribute(test.designator)).or_default();
            match test.relation {
                Relation::AtLeast => bounds[0] = Some(&test.literal),
                Relation::AtMost | Relation::LessThan => bounds[1] = Some(&test.literal),
                _ => continue,
            }
            if let [Some(first), Some(last)] = *bounds
                && let Some(reason) = time::up_to(first, last)
            {
                self.add(Code::WholeDay, test.offset, place, reason);
            }
        }
    }

    fn matching(&mut self, matching: &'d Match, place: Place<'d>, required: &mut Required<'d>) {
        let (value, function) = (&matching.value, &*matching.function);
        let found = self.codes.len();
        if literals::keeps_space(function) {
            self.space(value, place);
        }
        // Blanks before `^` are found once.
        if self.codes.len() == found && literals::takes_pattern(function) {
            self.pattern(value, place);
        }
        if let Some(stated) = Stated::of_match(matching)
            && let Some(reason) = time::midnight(stated.relation, &stated.literal)
        {
            self.add(Code::WholeDay, value.offset, place, reason);
        }
        let (category, name, must_be_present, offset) = match &matching.attribute {
            AttributeReference::Designator(designator) => {
                self.designator(designator, place);
                let must_be_present = designator.must_be_present && !is_of_clock(designator);
                (
                    &designator.category,
                    &designator.id,
                    must_be_present,
                    designator.offset,
                )
            }
            AttributeReference::Selector(selector) => {
                self.category(&selector.category, selector.offset, place);
                (
                    &selector.category,
                    &selector.path,
                    selector.must_be_present,
                    selector.offset,
                )
            }
        };
        if must_be_present {
            let known = required.entry((category, name));
            let known = known.or_insert((offset, place, 0));
            known.2 += 1;
        }
    }

    /// Adds each attribute that targets of one policy require once, as it is one decision of its
    /// author.
    fn required(&mut self, required: Required<'d>) {
        let mut required: Vec<_> = required.into_iter().collect();
        required.sort_unstable_by_key(|(_, (at, ..))| at.bytes());
        for ((_, name), (at, place, places)) in required {
            let places = match places {
                1 => String::new(),
                _ => format!("; it is required in {places} places, and this is the first"),
            };
            let message = format!(
                "a request without `{}` can make this Target Indeterminate instead of false{places}",
                cut(name)
            );
            let cure =
                "write MustBePresent=`false`, or test it in a Condition if its absence is an error";
            let reason = (message, Some(cure.to_owned()));
            self.add(Code::MustBePresentInTarget, at, place, reason);
        }
    }

    /// An expression and all in it.
    fn expression(&mut self, expression: &'d Expression, place: Place<'d>) {
        self.conjuncts_of(expression, place);
        self.parts(expression, place);
    }

    /// Finds tests in an `and` that cannot all hold, and the times of day among them.
    fn conjuncts_of(&mut self, expression: &'d Expression, place: Place<'d>) {
        if !matches!(expression, Expression::Apply(apply) if is_and(apply)) {
            return;
        }
        let conjuncts = conjuncts(expression);
        let tests: Vec<_> = conjuncts
            .iter()
            .filter_map(|conjunct| stated(conjunct))
            .collect();
        self.together(&tests, &taken_alone(&conjuncts), place);
    }

    fn parts(&mut self, expression: &'d Expression, place: Place<'d>) {
        match expression {
            Expression::Apply(apply) => {
                self.apply(apply, place);
                let is_and = is_and(apply);
                for argument in &apply.arguments {
                    // The parts of an `and` within an `and` belong to the outer one.
                    match argument {
                        Expression::Apply(inner) if !(is_and && self::is_and(inner)) => {
                            self.expression(argument, place);
                        }
                        _ => self.parts(argument, place),
                    }
                }
            }
            Expression::Designator(designator) => self.designator(designator, place),
            Expression::Selector(selector) => {
                self.category(&selector.category, selector.offset, place);
            }
            Expression::Quantified(quantified) => {
                self.expression(&quantified.domain, place);
                self.expression(&quantified.iterant, place);
            }
            Expression::Value(_) | Expression::Function(_) | Expression::Variable(_) => {}
        }
    }

    fn apply(&mut self, apply: &'d Apply, place: Place<'d>) {
        let arguments = &apply.arguments[..];
        // A higher-order function compares by the function that it is given.
        let (function, arguments) = match arguments {
            [Expression::Function(function), arguments @ ..] => (&*function.id, arguments),
            arguments => (&*apply.function, arguments),
        };
        let found = self.codes.len();
        let impossible = literals::never_equal(apply);
        let explained = impossible
            .as_ref()
            .map(|(literal, _)| literal.offset.bytes());
        if literals::keeps_space(function) {
            for argument in arguments {
                if let Expression::Value(value) = argument
                    && explained != Some(value.offset.bytes())
                {
                    self.space(value, place);
                }
            }
        }
        if self.codes.len() == found
            && let [Expression::Value(pattern), ..] = arguments
            && literals::takes_pattern(function)
        {
            self.pattern(pattern, place);
        }
        if let Some((literal, reason)) = impossible {
            self.add(Code::NeverEqual, literal.offset, place, reason);
        }
        if let Some(reason) = time::of_apply(apply) {
            self.add(Code::WholeDay, apply.offset, place, reason);
        }
    }

    fn space(&mut self, value: &AttributeValue, place: Place<'d>) {
        if let Some(trimmed) = literals::without_space(value) {
            let shown = cut(&Visible(&value.text).to_string());
            let message = format!("`{shown}` is compared with the white space around it");
            let cure = format!("write `{}` without it", cut(trimmed));
            let reason = (message, Some(cure));
            self.add(Code::BlanksAroundValue, value.offset, place, reason);
        }
    }

    fn pattern(&mut self, value: &AttributeValue, place: Place<'d>) {
        if !may_match_some_text(&value.text) {
            let shown = cut(&Visible(&value.text).to_string());
            let message = format!("no text matches the pattern `{shown}`");
            let has_anchor = value.text.replace("[^", "").contains(['^', '$']);
            let cure = has_anchor.then(|| {
                "`^` is the beginning of the text and `$` its end; write `\\^` or `\\$` for the \
                 characters"
                    .to_owned()
            });
            let reason = (message, cure);
            self.add(Code::PatternWithoutMatch, value.offset, place, reason);
        }
    }

    fn category(&mut self, category: &str, at: Offset, place: Place<'d>) {
        if let Some(meant) = names::category_meant(category) {
            self.misspelt_category(category, meant, at, place);
        }
    }

    fn misspelt_category(&mut self, category: &str, meant: &str, at: Offset, place: Place<'d>) {
        let hint = did_you_mean(Some(meant));
        let message = format!("`{}` is no category of the standard{hint}", cut(category));
        let reason = (message, Some(format!("write Category=`{meant}`")));
        self.add(Code::MisspeltCategory, at, place, reason);
    }

    fn designator(&mut self, designator: &'d AttributeDesignator, place: Place<'d>) {
        let vocabulary = self.lint.vocabulary.as_ref();
        if vocabulary.is_some_and(|vocabulary| vocabulary.has(designator)) {
            return;
        }
        let (of, at) = (attribute(designator), designator.offset);
        let known = self.misnamed.entry(of);
        let misnamed = *known.or_insert_with(|| names::misnamed(designator));
        let id = cut(&designator.id);
        match misnamed {
            Some(Misnamed::Category(meant)) => {
                self.misspelt_category(&designator.category, meant, at, place);
            }
            Some(Misnamed::Attribute(meant)) => {
                let hint = did_you_mean(Some(meant));
                let message = format!("`{id}` is no attribute of the standard{hint}");
                let reason = (message, Some(format!("write AttributeId=`{meant}`")));
                self.add(Code::MisspeltAttribute, at, place, reason);
            }
            Some(Misnamed::Elsewhere(category)) => {
                let (is, of) = (last_part(category), last_part(&designator.category));
                let message = format!("`{id}` is an attribute of the {is}, not of the {of}");
                let reason = (message, Some(format!("write Category=`{category}`")));
                self.add(Code::OtherCategory, at, place, reason);
            }
            Some(Misnamed::Type(data_type)) => {
                let message = format!(
                    "`{id}` is of type {}, and the clock has none of type {}",
                    data_type.short_name(),
                    cut(last_part(&designator.data_type))
                );
                let reason = (message, Some(format!("write DataType=`{data_type}`")));
                self.add(Code::OtherType, at, place, reason);
            }
            None => {
                if let Some(vocabulary) = vocabulary
                    && !is_of_clock(designator)
                {
                    self.outside(vocabulary, designator, place);
                }
            }
        }
    }

    fn outside(
        &mut self,
        vocabulary: &Vocabulary,
        designator: &'d AttributeDesignator,
        place: Place<'d>,
    ) {
        let are_many = self.outside.len() >= MOST_HINTS;
        let hint = self.outside.entry(attribute(designator));
        let hint = hint.or_insert_with(|| match are_many {
            true => String::new(),
            false => vocabulary.hint(designator),
        });
        let message = format!(
            "the vocabulary has no `{}` of type {} in the category `{}`{hint}",
            cut(&designator.id),
            cut(last_part(&designator.data_type)),
            cut(last_part(&designator.category))
        );
        let reason = (message, None);
        self.add(Code::OutsideVocabulary, designator.offset, place, reason);
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
fn of(stated: &Stated<'_>, count: &dyn Fn(&AttributeDesignator) -> ValueCount) -> ValueCount {
    match stated.is_of_one {
        true => ValueCount::One,
        false => count(stated.designator),
    }
}

fn is_and(apply: &Apply) -> bool {
    standard(&apply.function).is_some_and(|function| matches!(function.call, Call::And))
}

/// The expressions that are all true where this one is: the arguments of an `and`, however deep.
fn conjuncts(expression: &Expression) -> Vec<&Expression> {
    let mut all = Vec::new();
    let mut open = vec![expression];
    while let Some(next) = open.pop() {
        match next {
            Expression::Apply(apply) if is_and(apply) => open.extend(apply.arguments.iter().rev()),
            other => all.push(other),
        }
    }
    all
}

/// The attributes of which one of these expressions takes the only value: it is an error if there
/// are two, so where all are true there is one. Functions that need not evaluate all arguments are
/// passed over.
fn taken_alone<'d>(conjuncts: &[&'d Expression]) -> HashSet<Attribute<'d>> {
    let mut attributes = HashSet::new();
    let mut open = conjuncts.to_vec();
    while let Some(next) = open.pop() {
        let Expression::Apply(apply) = next else {
            continue;
        };
        let Some(function) = standard(&apply.function) else {
            continue;
        };
        match (&function.call, &apply.arguments[..]) {
            (Call::And | Call::Or | Call::NOf | Call::AccessPermitted, _) => {}
            (_, [Expression::Designator(designator)])
                if function.meaning == Meaning::OneAndOnly =>
            {
                attributes.insert(attribute(designator));
            }
            (_, arguments) => open.extend(arguments),
        }
    }
    attributes
}

/// The test of an attribute that an expression is, if it is one.
fn stated(expression: &Expression) -> Option<Stated<'_>> {
    let Expression::Apply(apply) = expression else {
        return None;
    };
    let function = standard(&apply.function)?;
    let offset = apply.offset;
    let of_bag = |literal, designator| {
        Some(Stated {
            designator,
            relation: Relation::Equal,
            literal: Literal::of(literal)?,
            offset,
            is_of_one: false,
        })
    };
    if function.meaning == Meaning::IsIn {
        return match &apply.arguments[..] {
            [
                Expression::Value(literal),
                Expression::Designator(designator),
            ] => of_bag(literal, designator),
            _ => None,
        };
    }
    let relation = Relation::of_function(&apply.function)?;
    let (literal, other, relation) = match &apply.arguments[..] {
        [other, Expression::Value(literal)] => (literal, other, relation),
        [Expression::Value(literal), other] => (literal, other, relation.reversed()),
        _ => return None,
    };
    let Expression::Apply(inner) = other else {
        return None;
    };
    let is_one = standard(&inner.function)?.meaning == Meaning::OneAndOnly;
    match &inner.arguments[..] {
        [Expression::Designator(designator)] if is_one => Some(Stated {
            designator,
            relation,
            literal: Literal::of(literal)?,
            offset,
            is_of_one: true,
        }),
        _ => None,
    }
}
