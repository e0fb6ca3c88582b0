//! Targets and expressions → what is found at each of their parts.

use std::collections::{HashMap, HashSet};

use super::conjuncts::{conjuncts, is_and, stated, taken_alone};
use super::together::{
    Attribute, Combination, ComparedLiteral, Stated, ValueCount, ValueRelation, attribute,
};
use super::vocabulary::is_of_clock;
use super::walk::{LintWalk, Place, number_of};
use super::{Code, literals, time};
use crate::error::{Visible, cut};
use crate::function::regexp::may_match_some_text;
use crate::syntax::{
    AdviceExpression, AllOf, Apply, AttributeDesignator, AttributeReference, AttributeValue,
    Expression, Match, ObligationExpression, Offset, Target,
};

/// The attributes that the targets of a policy require to be there, by category and id: the first
/// place of each, and the number of further ones.
pub(super) type Required<'d> = HashMap<(&'d str, &'d str), (Offset, Place<'d>, usize)>;

impl<'d> LintWalk<'_, 'd> {
    pub(super) fn target(
        &mut self,
        target: &'d Target,
        place: Place<'d>,
        required: &mut Required<'d>,
    ) {
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
        let mut days: HashMap<Attribute<'d>, [Option<&ComparedLiteral<'d>>; 2]> = HashMap::new();
        for test in tests {
            let count =
                |designator: &AttributeDesignator| match ones.contains(&attribute(designator)) {
                    true => ValueCount::One,
                    false => self.count(designator),
                };
            let had_two = combination.two_values.is_some();
            if let Err(mut message) = combination.add(test, number_of(test, &count)) {
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
            if !had_two && let Some(reason) = &combination.two_values {
                self.two_values(reason, test.offset, place);
            }
            let bounds = days.entry(attribute(test.designator)).or_default();
            match test.relation {
                ValueRelation::AtLeast => bounds[0] = Some(&test.literal),
                ValueRelation::AtMost | ValueRelation::LessThan => bounds[1] = Some(&test.literal),
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
    pub(super) fn required(&mut self, required: Required<'d>) {
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

    /// The expressions of obligations and advice.
    pub(super) fn assignments(
        &mut self,
        obligations: &'d [ObligationExpression],
        advice: &'d [AdviceExpression],
        place: Place<'d>,
    ) {
        let obligations = obligations.iter().flat_map(|it| &it.assignments);
        let advice = advice.iter().flat_map(|it| &it.assignments);
        for assignment in obligations.chain(advice) {
            self.expression(&assignment.expression, place);
        }
    }

    /// An expression and all in it.
    pub(super) fn expression(&mut self, expression: &'d Expression, place: Place<'d>) {
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
        let impossible = literals::never_true(apply);
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
            let cure = format!("write `{}`, without white space", cut(trimmed));
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
}
