//! The rules of a policy → those that change nothing, as far as the text alone shows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Code;
use super::literals::Reason;
use crate::combining::Algorithm;
use crate::error::{cut, last_part};
use crate::syntax::{AnyOf, Effect, Expression, Policy, Rule};

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
    let mut seen: HashMap<Decides<'_>, &Rule> = HashMap::new();
    for (nth, rule) in policy.rules().enumerate() {
        let says_more = !rule.obligations.is_empty() || !rule.advice.is_empty();
        if let Some((decider, by)) = always
            && nth != decider
        {
            // A rule of the overriding effect may still be the one whose obligations are returned.
            let is_shadowed = match overriding {
                None => nth > decider,
                Some(effect) => rule.effect != effect || !says_more,
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
                add(
                    (nth, rule),
                    Code::RedundantRule,
                    message,
                    "remove one of them",
                );
            }
            Entry::Occupied(_) => {}
        }
    }
}

/// Whether a rule applies to every request that its policy applies to, and cannot fail.
pub(super) fn is_always(rule: &Rule) -> bool {
    let target = rule.target.as_ref();
    rule.condition.is_none() && target.is_none_or(|target| target.any_of.is_empty())
}
