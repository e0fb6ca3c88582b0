//! A policy → the same policy in one of the two readings of a rule's Target.
//!
//! Altinn's own decision point reads the Target of a rule category by category, the standard reads
//! it `AnyOf` by `AnyOf`. For nearly all policies both decide alike; [`differences`] proves it for
//! a policy, or shows where they differ. The engine has only the standard's reading: Altinn's is a
//! policy rewritten by [`read_as`].

mod difference;
mod implicants;
mod numbers;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use indexmap::IndexMap;

use crate::syntax::{AllOf, AnyOf, AttributeReference, Document, Match, PolicyChild, Target};
use numbers::Numbers;

pub use difference::{Difference, Witness, differences};

/// The way the Target of a rule is read.
///
/// ```
/// use vedtak::altinn::reading::Reading;
/// assert_eq!("altinn".parse(), Ok(Reading::Altinn));
/// assert_eq!(Reading::default().to_string(), "standard");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reading {
    /// As the standard says (§7.7): every `AnyOf` holds, by an `AllOf` whose matches all hold.
    #[default]
    Standard,
    /// As Altinn does, category by category: for every category in the Target, the matches of it in
    /// some `AllOf`, of whichever `AnyOf`, all hold.
    ///
    /// Nothing else is read Altinn's way. Issuers, the environment, Deny rules, conditions,
    /// `MustBePresent` and the Target of a policy, which Altinn's engine ignores or treats
    /// differently, keep their meaning in the standard.
    Altinn,
}

impl Reading {
    /// The name of the reading.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Altinn => "altinn",
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Reading {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        [Self::Standard, Self::Altinn]
            .into_iter()
            .find(|reading| reading.as_str() == name)
            .ok_or_else(|| format!("`{name}` is no reading: expected `standard` or `altinn`"))
    }
}

/// Returns the policy whose standard reading is the given reading of `document`.
///
/// Only the Targets of rules change, in nested policies as well. References stay; rewrite the
/// documents they name, too.
///
/// ```
/// use vedtak::altinn::reading::{Reading, differences, read_as};
/// use vedtak::{Decision, Pdp, Request, syntax::Document};
///
/// let policy = Document::from_xml(std::fs::read_to_string("fixtures/altinn/two-resources.xml")?)?;
/// let request = Request::builder().resource("urn:altinn:org", "skd").action("read").build();
/// let decide = |reading| {
///     let pdp = Pdp::builder().document(read_as(&policy, reading)).build()?;
///     Ok::<_, vedtak::Error>(pdp.decide(&request).decision())
/// };
/// assert_eq!(decide(Reading::Standard)?, Decision::NotApplicable);
/// assert_eq!(decide(Reading::Altinn)?, Decision::Permit);
/// assert_eq!(differences(&policy).len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read_as(document: &Document, reading: Reading) -> Document {
    let mut document = document.clone();
    if reading == Reading::Altinn {
        for policy in document.policies_mut() {
            for child in &mut policy.children {
                if let PolicyChild::Rule(rule) = child
                    && let Some(target) = &mut rule.target
                {
                    *target = regroup(target);
                }
            }
        }
    }
    document
}

/// Returns a target with one `AnyOf` for each category, in the order in which the target first
/// names them; its alternatives are the matches of the category in each `AllOf`, in their order and
/// without duplicates.
fn regroup(target: &Target) -> Target {
    if !is_complete(target) {
        // A target that does not compile must not compile regrouped either: an empty `AnyOf` would
        // vanish with its error.
        return target.clone();
    }
    let mut numbers = Numbers::default();
    let mut groups: IndexMap<&str, Group> = IndexMap::new();
    for any_of in &target.any_of {
        for all_of in &any_of.all_of {
            let mut parts: IndexMap<&str, Vec<&Match>> = IndexMap::new();
            for matching in &all_of.matches {
                parts.entry(category(matching)).or_default().push(matching);
            }
            for (category, matches) in parts {
                let group = groups.entry(category).or_default();
                if group.all_of.is_empty() {
                    group.offset = any_of.offset;
                }
                let known = matches.iter().map(|matching| numbers.of(matching));
                if group.known.insert(known.collect()) {
                    group.all_of.push(AllOf {
                        matches: matches.into_iter().cloned().collect(),
                        offset: all_of.offset,
                    });
                }
            }
        }
    }
    let any_of = groups.into_values().map(|group| AnyOf {
        all_of: group.all_of,
        offset: group.offset,
    });
    Target {
        any_of: any_of.collect(),
        offset: target.offset,
    }
}

#[derive(Default)]
struct Group {
    all_of: Vec<AllOf>,
    known: HashSet<Vec<usize>>,
    offset: crate::syntax::Offset,
}

/// Whether every `AnyOf` has an `AllOf` and every `AllOf` a `Match`, as the schema requires.
fn is_complete(target: &Target) -> bool {
    target.any_of.iter().all(|any_of| {
        let mut all_of = any_of.all_of.iter();
        !any_of.all_of.is_empty() && all_of.all(|all_of| !all_of.matches.is_empty())
    })
}

/// The category of the attribute of a match.
fn category(matching: &Match) -> &str {
    match &matching.attribute {
        AttributeReference::Designator(designator) => &designator.category,
        AttributeReference::Selector(selector) => &selector.category,
    }
}
