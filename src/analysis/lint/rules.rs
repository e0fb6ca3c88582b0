//! The rules of a policy → those that change nothing, as far as the text alone shows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Code;
use super::literals::Reason;
use crate::combining::Algorithm;
use crate::error::{cut, last_part};
use crate::syntax::{
    AdviceExpression, AnyOf, AttributeReference, Effect, Expression, ObligationExpression, Offset,
    Policy, Rule, Target,
};

/// A rule with its place among the rules of its policy.
pub(super) type Nth<'p> = (usize, &'p Rule);

/// The rules of a policy with the id of an earlier rule, each with the first rule of its id and the
/// places of both in [`Policy::rules`].
///
/// ```
/// use vedtak::analysis::lint::repeated_ids;
/// use vedtak::combining::rule;
/// use vedtak::syntax::{Policy, Rule};
///
/// let policy = Policy::new("p", rule::DENY_OVERRIDES);
/// let policy = policy.rule(Rule::permit("a")).rule(Rule::deny("b")).rule(Rule::deny("a"));
/// let places: Vec<_> = repeated_ids(&policy).map(|((a, _), (b, _))| (a, b)).collect();
/// assert_eq!(places, [(0, 2)]);
/// ```
pub fn repeated_ids(policy: &Policy) -> impl Iterator<Item = (Nth<'_>, Nth<'_>)> {
    let mut known: HashMap<&str, Nth<'_>> = HashMap::new();
    policy
        .rules()
        .enumerate()
        .filter_map(move |(nth, rule)| match known.entry(&rule.id) {
            Entry::Vacant(first) => {
                first.insert((nth, rule));
                None
            }
            Entry::Occupied(first) => Some((*first.get(), (nth, rule))),
        })
}

/// The parts of a rule on which its decision depends.
#[derive(PartialEq, Eq, Hash)]
struct Decides<'p>(Effect, &'p [AnyOf], Option<&'p Expression>);

/// Gives `add` the rules that change no decision under the algorithm of their policy.
pub(super) fn without_effect<'p>(policy: &'p Policy, add: &mut dyn FnMut(Nth<'p>, Code, Reason)) {
    let Some(algorithm) = Algorithm::standard(&policy.combining_algorithm) else {
        return;
    };
    let name = last_part(&policy.combining_algorithm);
    let mut add = |nth, code, message, cure: &str| add(nth, code, (message, Some(cure.to_owned())));
    // The effect that overrides the other, and the one of a policy in which no rule has it.
    let (overriding, otherwise) = match algorithm {
        Algorithm::DenyOverrides | Algorithm::LegacyDenyOverridesRules => {
            (Some(Effect::Deny), None)
        }
        Algorithm::PermitOverrides | Algorithm::LegacyPermitOverridesRules => {
            (Some(Effect::Permit), None)
        }
        Algorithm::DenyUnlessPermit => (Some(Effect::Permit), Some(Effect::Deny)),
        Algorithm::PermitUnlessDeny => (Some(Effect::Deny), Some(Effect::Permit)),
        Algorithm::FirstApplicable => (None, None),
        // For policies, or not the standard's.
        _ => return,
    };
    let mut always = policy
        .rules()
        .enumerate()
        .filter(|(_, rule)| is_always(rule));
    let always = always.find(|(_, rule)| overriding.is_none_or(|effect| rule.effect == effect));
    // The last rule of the overriding effect whose obligations are returned, unless an earlier one of that
    // effect applies and ends the evaluation.
    let last_that_says_more = policy.rules().enumerate().filter(|(nth, rule)| {
        let is_reached = always.is_none_or(|(decider, _)| *nth <= decider);
        is_reached && overriding == Some(rule.effect) && says_more(rule)
    });
    let last_that_says_more = last_that_says_more.last().map(|(nth, _)| nth);
    let mut seen: HashMap<Decides<'_>, &Rule> = HashMap::new();
    for (nth, rule) in policy.rules().enumerate() {
        let says_more = says_more(rule);
        if let Some((decider, by)) = always
            && nth != decider
        {
            let is_shadowed = match overriding {
                None => nth > decider,
                Some(effect) if rule.effect == effect => {
                    !says_more && last_that_says_more.is_none_or(|last| last < nth)
                }
                Some(_) => true,
            };
            if is_shadowed {
                let code = match (rule.effect, overriding) {
                    (Effect::Deny, Some(Effect::Permit)) => Code::DenyWithoutEffect,
                    _ => Code::ShadowedRule,
                };
                let message = match overriding {
                    None => format!(
                        "the rule `{}` before this one always applies, and {name} decides by the \
                         first that does, so this rule is never evaluated",
                        cut(&by.id)
                    ),
                    Some(effect) => format!(
                        "the rule `{}` always applies, so {name} always gives {}, and this rule \
                         changes no decision",
                        cut(&by.id),
                        effect.as_str()
                    ),
                };
                let cure = match overriding {
                    None => "move it before that rule, or remove it",
                    Some(_) => "give that rule a Target or a Condition, or choose first-applicable",
                };
                add((nth, rule), code, message, cure);
                continue;
            }
        }
        if otherwise == Some(rule.effect) && !says_more {
            let effect = rule.effect.as_str();
            let message = format!(
                "{name} gives {effect} wherever no rule says otherwise, so this rule changes no \
                 decision"
            );
            let code = match rule.effect {
                Effect::Deny => Code::DenyWithoutEffect,
                Effect::Permit => Code::RedundantRule,
            };
            let cure = "remove it, or choose another algorithm if it is to outweigh other rules";
            add((nth, rule), code, message, cure);
            continue;
        }
        let any_of = rule
            .target
            .as_ref()
            .map_or(&[][..], |target| &target.any_of);
        match seen.entry(Decides(rule.effect, any_of, rule.condition.as_deref())) {
            Entry::Vacant(first) => {
                first.insert(rule);
            }
            Entry::Occupied(first) if !says_more => {
                let message = format!(
                    "the rule `{}` before this one has the same effect, Target and Condition",
                    cut(&first.get().id)
                );
                add((nth, rule), Code::RedundantRule, message, "remove this one");
            }
            Entry::Occupied(_) => {}
        }
    }
}

/// Whether a rule has obligations or advice.
fn says_more(rule: &Rule) -> bool {
    !rule.obligations.is_empty() || !rule.advice.is_empty()
}

/// Whether a policy may decide otherwise without a rule that never applies: where an attribute is missing or a
/// function fails, the rule is Indeterminate.
pub(super) fn is_missed(policy: &Policy, rule: &Rule) -> bool {
    let counts_for_nothing = matches!(
        Algorithm::standard(&policy.combining_algorithm),
        Some(Algorithm::DenyUnlessPermit | Algorithm::PermitUnlessDeny)
    );
    let target = rule.target.as_ref();
    let mut matches = target.into_iter().flat_map(Target::matches);
    let has_required = matches.any(|test| match &test.attribute {
        AttributeReference::Designator(designator) => designator.must_be_present,
        AttributeReference::Selector(_) => true,
    });
    let condition = rule.condition.as_deref();
    let may_fail = condition.is_some_and(|it| !matches!(it, Expression::Value(_)));
    !counts_for_nothing && (has_required || may_fail)
}

/// Gives `add` the obligations and advice that are for an effect that their rule does not have, or that their
/// policy never decides.
pub(super) fn never_returned<'p>(
    policy: &'p Policy,
    add: &mut dyn FnMut(Offset, Option<&'p Rule>, Reason),
) {
    for rule in policy.rules() {
        for (kind, id, of, offset) in said(&rule.obligations, &rule.advice) {
            if of != rule.effect {
                let (of, effect) = (of.as_str(), rule.effect.as_str());
                let message = format!(
                    "the {kind} `{}` is for a {of}, and this rule has the effect {effect}, so it is never \
                     returned",
                    cut(id)
                );
                let cure = format!("have it returned on {effect}, or move it to the policy");
                add(offset, Some(rule), (message, Some(cure)));
            }
        }
    }
    let default = match Algorithm::standard(&policy.combining_algorithm) {
        Some(Algorithm::DenyUnlessPermit) => Some(Effect::Deny),
        Some(Algorithm::PermitUnlessDeny) => Some(Effect::Permit),
        Some(
            Algorithm::DenyOverrides
            | Algorithm::PermitOverrides
            | Algorithm::LegacyDenyOverridesRules
            | Algorithm::LegacyPermitOverridesRules
            | Algorithm::FirstApplicable,
        ) => None,
        // For policies, or the host's.
        _ => return,
    };
    let never = |of: Effect| default != Some(of) && policy.rules().all(|rule| rule.effect != of);
    let never = [Effect::Permit, Effect::Deny].map(|of| never(of).then_some(of));
    for (kind, id, of, offset) in said(&policy.obligations, &policy.advice) {
        if never.contains(&Some(of)) {
            let of = of.as_str();
            let message = format!(
                "the {kind} `{}` is for a {of}, which this policy never decides, so it is never returned",
                cut(id)
            );
            let cure = format!("move it to a policy that may decide {of}, or remove it");
            add(offset, None, (message, Some(cure)));
        }
    }
}

/// Obligations and advice, each as its kind, its id, the effect that it is for and its place.
fn said<'p>(
    obligations: &'p [ObligationExpression],
    advice: &'p [AdviceExpression],
) -> impl Iterator<Item = (&'static str, &'p str, Effect, Offset)> {
    let obligations = obligations
        .iter()
        .map(|it| ("obligation", &*it.id, it.fulfill_on, it.offset));
    let advice = advice
        .iter()
        .map(|it| ("advice", &*it.id, it.applies_to, it.offset));
    obligations.chain(advice)
}

/// Whether a rule applies to every request that its policy applies to, and cannot fail.
pub(super) fn is_always(rule: &Rule) -> bool {
    let target = rule.target.as_ref();
    rule.condition.is_none() && target.is_none_or(|target| target.any_of.is_empty())
}
