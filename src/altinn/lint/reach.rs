//! A Target → the reason why no request matches it, if there is one.

use crate::altinn::id::{self, AttributeKind};
use crate::altinn::language::messages::Message;
use crate::altinn::language::texts::lint as texts;
use crate::altinn::language::{InWords, Words};
use crate::altinn::resource::ResourceId;
use crate::analysis::lint::{self, Obstacle, ValueCount};
use crate::attribute::{category, id::ACTION_ID};
use crate::function::equality_ignores_case;
use crate::report::cut;
use crate::syntax::{AttributeDesignator, AttributeReference, Match, Rule, Target};
use crate::value::DataType;

/// Returns the reason why no usual request matches a target: each combination of its alternatives
/// requires a value that no subject has, two values at once, or another resource. None if one may
/// match.
pub(super) fn obstacle(
    target: &Target,
    of: Option<&ResourceId>,
    words: Words,
    knows: &dyn Fn(&Match) -> bool,
) -> Option<Obstacle> {
    let never = |matching: &Match| {
        if !knows(matching) {
            let value = cut(&matching.value.text);
            return Some(texts::NOBODY_HAS.with(words, &[&value]).to_string());
        }
        is_of_another(matching, of?, words)
    };
    let count = |designator: &AttributeDesignator| count(&designator.category, &designator.id);
    match lint::obstacle(&target.any_of, &never, &count)? {
        // Other reasons than those above are the engine's.
        Obstacle::Never(reason)
            if !target
                .matches()
                .any(|one| never(one).as_ref() == Some(&reason)) =>
        {
            let reason = InWords(&Message(&reason), words);
            let reason = texts::CONTRADICTION.with(words, &[&reason]).to_string();
            Some(Obstacle::Never(reason))
        }
        obstacle => Some(obstacle),
    }
}

/// Whether every way to match a target needs a match for which `needed` is true.
pub(super) fn only(target: &Target, needed: &dyn Fn(&Match) -> bool) -> bool {
    target.any_of.iter().any(|any_of| {
        let mut all_of = any_of.all_of.iter();
        !any_of.all_of.is_empty() && all_of.all(|all_of| all_of.matches.iter().any(needed))
    })
}

/// Whether some way to match a target has a match for which `wanted` is true, and none for which `avoided`
/// is.
pub(super) fn some_with(
    target: &Target,
    wanted: &dyn Fn(&Match) -> bool,
    avoided: &dyn Fn(&Match) -> bool,
) -> bool {
    let mut has_wanted = false;
    for any_of in &target.any_of {
        let all_of = any_of.all_of.iter();
        let left = all_of.filter(|all_of| !all_of.matches.iter().any(avoided));
        let mut left = left.peekable();
        if left.peek().is_none() {
            return false;
        }
        has_wanted |= left.any(|all_of| all_of.matches.iter().any(wanted));
    }
    has_wanted
}

/// The matches of a rule on attributes other than the subject's, and its condition; equal for rules
/// that differ only in spelling and order.
pub(super) fn about(rule: &Rule) -> Vec<String> {
    let any_of = rule.target.iter().flat_map(|target| &target.any_of);
    let mut about: Vec<String> = any_of
        .filter_map(|any_of| {
            let mut all_of: Vec<String> = any_of
                .all_of
                .iter()
                .map(|all_of| {
                    let mut matches: Vec<String> =
                        all_of.matches.iter().filter_map(demand).collect();
                    matches.sort_unstable();
                    matches.dedup();
                    format!("{matches:?}")
                })
                .filter(|demands| demands != "[]")
                .collect();
            all_of.sort_unstable();
            all_of.dedup();
            (!all_of.is_empty()).then(|| format!("{all_of:?}"))
        })
        .collect();
    about.sort_unstable();
    if let Some(condition) = &rule.condition {
        // Conditions of two rules never count as equal: they differ in position.
        about.push(format!("condition at {}", condition.offset().bytes()));
    }
    about
}

/// A match of another category than the subject, as text to compare.
fn demand(matching: &Match) -> Option<String> {
    match &matching.attribute {
        AttributeReference::Designator(known) if known.category == category::ACCESS_SUBJECT => None,
        AttributeReference::Designator(known) => Some(format!(
            "{:?}",
            (
                &known.category,
                &known.id,
                &known.issuer,
                matching.value.text.to_lowercase()
            )
        )),
        AttributeReference::Selector(selector) => Some(format!(
            "{:?}",
            (&selector.category, &selector.path, &matching.value.text)
        )),
    }
}

/// The number of values that an attribute has in any answered request.
pub(in crate::altinn) fn count(of: &str, id: &str) -> ValueCount {
    match id::kind(of, id) {
        Some(AttributeKind::InstanceState) => ValueCount::UsuallyOne,
        Some(
            AttributeKind::Party(..)
            | AttributeKind::DelegatingApp
            | AttributeKind::Resource
            | AttributeKind::AppOwner
            | AttributeKind::App,
        ) => ValueCount::One,
        Some(
            AttributeKind::Role(_)
            | AttributeKind::EstateRole
            | AttributeKind::AccessPackage
            | AttributeKind::AccessGroup
            | AttributeKind::AccessList
            | AttributeKind::PartyType
            | AttributeKind::ServiceOwner
            | AttributeKind::ResourceRight
            | AttributeKind::Instance
            | AttributeKind::AppPart,
        ) => ValueCount::Any,
        None if of == category::ACTION && id == ACTION_ID => ValueCount::One,
        None => ValueCount::Any,
    }
}

/// Returns the reason why a match is about another resource than the policy's, if it is.
fn is_of_another(matching: &Match, of: &ResourceId, words: Words) -> Option<String> {
    let AttributeReference::Designator(designator) = &matching.attribute else {
        return None;
    };
    let (category, id) = (&*designator.category, &*designator.id);
    let own = own_name(category, id, of)?;
    let value = &*matching.value.text;
    let is_own = match ignores_case(matching)? {
        true => own.is_some_and(|own| own.to_lowercase() == value.to_lowercase()),
        false => own == Some(value),
    };
    if is_own {
        return None;
    }
    let value = cut(value);
    let reason = match id::kind(category, id) {
        Some(AttributeKind::DelegatingApp) => {
            texts::OF_ANOTHER_APP.with(words, &[&value, of]).to_string()
        }
        _ => texts::OF_ANOTHER
            .with(words, &[&id, &value, of])
            .to_string(),
    };
    Some(reason)
}

/// Whether a match of texts ignores letter case; none if it does not ask for an equal text.
pub(super) fn ignores_case(matching: &Match) -> Option<bool> {
    let data_type = DataType::from_uri(&matching.value.data_type)?;
    let is_text = matches!(data_type, DataType::String | DataType::AnyUri);
    equality_ignores_case(&matching.function).filter(|_| is_text)
}

/// Returns the value of an attribute that names the resource, in every request for it. The outer
/// option is none for other attributes, the inner one if the resource has no such name.
pub(super) fn own_name<'r>(
    category: &str,
    id: &str,
    of: &'r ResourceId,
) -> Option<Option<&'r str>> {
    let app = of.as_app();
    match id::kind(category, id)? {
        AttributeKind::Resource | AttributeKind::DelegatingApp => Some(Some(of.as_str())),
        AttributeKind::AppOwner => Some(app.map(|(org, _)| org)),
        AttributeKind::App => Some(app.map(|(_, app)| app)),
        _ => None,
    }
}
