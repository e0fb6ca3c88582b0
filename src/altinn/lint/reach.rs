//! A Target → the reason why no request matches it, if there is one.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::altinn::id::{self, AttributeKind};
use crate::altinn::resource::ResourceId;
use crate::attribute::{category, id::ACTION_ID};
use crate::function::equality_ignores_case;
use crate::report::cut;
use crate::syntax::{AllOf, AttributeReference, Match, Rule, Target};
use crate::value::DataType;

/// The number of combinations of alternatives that are examined.
const MOST: usize = 256;

/// The reason why a Target hardly ever, or never, matches.
#[derive(Clone, Debug)]
pub(super) enum Obstacle {
    /// No request matches the target.
    Never(String),
    /// Only a request with two values of an attribute of the instance matches, but an instance has
    /// one.
    TwoStates(String),
}

/// Returns the reason why no usual request matches a target: each combination of its alternatives
/// requires a value that no subject has, two values at once, or another resource. None if one may
/// match.
///
/// Alternatives are reduced to their attributes with one value, so most are equal; the work grows
/// with the target and not with the number of combinations, of which at most [`MOST`] are kept.
pub(super) fn obstacle(
    target: &Target,
    of: Option<&ResourceId>,
    knows: &dyn Fn(&Match) -> bool,
) -> Option<Obstacle> {
    let mut combinations = vec![Combination::default()];
    for any_of in &target.any_of {
        let mut never = None;
        let mut seen: HashSet<Vec<Stated<'_>>> = HashSet::new();
        let mut alternatives = Vec::new();
        for all_of in &any_of.all_of {
            match settle(all_of, of, knows) {
                Ok(alternative) => {
                    if seen.insert(alternative.sorted()) {
                        alternatives.push(alternative);
                    }
                }
                Err(reason) => {
                    never.get_or_insert(reason);
                }
            }
        }
        if alternatives.is_empty() {
            return never.map(Obstacle::Never);
        }
        if combinations.len().saturating_mul(alternatives.len()) > MOST {
            return None;
        }
        let mut longer = Vec::with_capacity(combinations.len() * alternatives.len());
        let mut seen: HashSet<Vec<Stated<'_>>> = HashSet::new();
        for known in &combinations {
            for more in &alternatives {
                let mut both = known.clone();
                match both.join(more) {
                    Ok(()) if seen.insert(both.sorted()) => longer.push(both),
                    Ok(()) => {}
                    Err(reason) => {
                        never.get_or_insert(reason);
                    }
                }
            }
        }
        if longer.is_empty() {
            return never.map(Obstacle::Never);
        }
        combinations = longer;
    }
    let mut first = None;
    for combination in combinations {
        let two_states = combination.two_states?;
        first.get_or_insert(two_states);
    }
    first.map(Obstacle::TwoStates)
}

/// Whether every way to match a target needs a match for which `needed` is true.
pub(super) fn only(target: &Target, needed: &dyn Fn(&Match) -> bool) -> bool {
    target.any_of.iter().any(|any_of| {
        let mut all_of = any_of.all_of.iter();
        !any_of.all_of.is_empty() && all_of.all(|all_of| all_of.matches.iter().any(needed))
    })
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

/// Returns the single-valued attributes of an alternative, or the reason why no request matches it.
fn settle<'m>(
    all_of: &'m AllOf,
    of: Option<&ResourceId>,
    knows: &dyn Fn(&Match) -> bool,
) -> Result<Combination<'m>, String> {
    let mut combination = Combination::default();
    for matching in &all_of.matches {
        if !knows(matching) {
            let value = cut(&matching.value.text);
            return Err(format!(
                "nobody has `{value}`, as far as the catalogue knows"
            ));
        }
        if let Some(stated) = Stated::of(matching) {
            if let Some(reason) = of.and_then(|of| stated.is_of_another(of)) {
                return Err(reason);
            }
            combination.add(stated)?;
        }
    }
    Ok(combination)
}

/// The values that several matches together require of single-valued attributes.
#[derive(Clone, Default)]
struct Combination<'m> {
    /// The required value of each attribute: at most one compared letter by letter, and one
    /// compared without letter case.
    stated: HashMap<Attribute<'m>, BTreeSet<(bool, &'m str)>>,
    two_states: Option<String>,
}

type Attribute<'m> = (&'m str, &'m str, Option<&'m str>, &'m str);

impl<'m> Combination<'m> {
    fn add(&mut self, stated: Stated<'m>) -> Result<(), String> {
        let known = self.stated.entry(stated.attribute).or_default();
        let other =
            known.iter().find(
                |(ignores_case, value)| match *ignores_case || stated.ignores_case {
                    true => value.to_lowercase() != stated.value.to_lowercase(),
                    false => *value != stated.value,
                },
            );
        if let Some((_, other)) = other {
            let id = stated.attribute.1;
            let (value, other) = (cut(stated.value), cut(other));
            if id::kind(category::RESOURCE, id) == Some(AttributeKind::InstanceState) {
                self.two_states.get_or_insert_with(|| {
                    format!("`{id}` is to be `{other}` and `{value}` at once")
                });
                return Ok(());
            }
            return Err(format!("`{id}` cannot be `{other}` and `{value}` at once"));
        }
        if !known
            .iter()
            .any(|(ignores_case, _)| *ignores_case == stated.ignores_case)
        {
            known.insert((stated.ignores_case, stated.value));
        }
        Ok(())
    }

    fn join(&mut self, other: &Self) -> Result<(), String> {
        for stated in other.sorted() {
            self.add(stated)?;
        }
        if self.two_states.is_none() {
            self.two_states.clone_from(&other.two_states);
        }
        Ok(())
    }

    fn sorted(&self) -> Vec<Stated<'m>> {
        let all = self.stated.iter().flat_map(|(attribute, values)| {
            values.iter().map(|(ignores_case, value)| Stated {
                attribute: *attribute,
                value,
                ignores_case: *ignores_case,
            })
        });
        let mut all: Vec<_> = all.collect();
        all.sort_unstable();
        all
    }
}

/// An attribute with one value in any answered request, and the value that a match requires.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Stated<'m> {
    /// Category, id, issuer and data type.
    attribute: Attribute<'m>,
    value: &'m str,
    ignores_case: bool,
}

impl<'m> Stated<'m> {
    fn of(matching: &'m Match) -> Option<Self> {
        let AttributeReference::Designator(designator) = &matching.attribute else {
            return None;
        };
        let id = &*designator.id;
        let is_single = match id::kind(&designator.category, id) {
            Some(
                AttributeKind::Party(..)
                | AttributeKind::DelegatingApp
                | AttributeKind::Resource
                | AttributeKind::AppOwner
                | AttributeKind::App
                | AttributeKind::InstanceState,
            ) => true,
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
            ) => false,
            None => designator.category == category::ACTION && id == ACTION_ID,
        };
        let ignores_case = ignores_case(matching)?;
        is_single.then_some(Self {
            attribute: (
                &designator.category,
                id,
                designator.issuer.as_deref(),
                &designator.data_type,
            ),
            value: &matching.value.text,
            ignores_case,
        })
    }

    /// Returns the reason why this is another resource than the policy's, if it is.
    fn is_of_another(&self, of: &ResourceId) -> Option<String> {
        let (category, id, ..) = self.attribute;
        let own = own_name(category, id, of)?;
        let value = self.value;
        let is_own = match self.ignores_case {
            true => own.is_some_and(|own| own.to_lowercase() == value.to_lowercase()),
            false => own == Some(value),
        };
        if is_own {
            return None;
        }
        Some(match id::kind(category, id) {
            Some(AttributeKind::DelegatingApp) => {
                let value = cut(value);
                format!("only the app `{value}` delegates so, and the policy is of `{of}`")
            }
            _ => format!(
                "its `{id}` is `{}`, and the policy is of `{of}`",
                cut(value)
            ),
        })
    }
}

/// Whether a match of texts ignores letter case; none if it does not ask for an equal text.
pub(in crate::altinn) fn ignores_case(matching: &Match) -> Option<bool> {
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
