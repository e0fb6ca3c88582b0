//! A policy → where its two readings differ, or the proof that they cannot.

use std::fmt;

use indexmap::IndexMap;

use super::implicants::{Budget, Term, holds, prime};
use super::numbers::Numbers;
use super::{category, is_complete, regroup};
use crate::altinn::id::algorithm;
use crate::attribute::category as categories;
use crate::error::{Diagnostic, Source};
use crate::request::AttributeBuilder;
use crate::syntax::{
    AttributeReference, Document, Match, Offset, Policy, PolicyChild, PolicySet, PolicySetChild,
    Rule, Target, XacmlVersion,
};
use crate::value::{DataType, Value};
use crate::{Decision, Pdp, Request};

/// A rule whose Target the two readings do not take alike.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// The policy.
    pub policy: String,
    /// The rule.
    pub rule: String,
    /// Where: the `AnyOf` it comes from.
    pub offset: Offset,
    /// What the readings make of it, in words.
    pub reason: String,
    /// A request that the rule alone decides differently; none if none was found, and then the
    /// readings *may* differ.
    pub witness: Option<Witness>,
}

/// A case in which the two readings of a rule differ. Other rules may hide it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Witness {
    /// The matches of the rule that the request is made to satisfy.
    pub holds: Vec<Match>,
    /// A request with their values and no others.
    pub request: Request,
    /// What the rule, its Target read as the standard says and its condition left out, decides.
    pub standard: Decision,
    /// What it decides with its Target read as Altinn does.
    pub altinn: Decision,
}

impl Difference {
    /// The difference at its place in the text it was read from.
    ///
    /// ```
    /// use vedtak::altinn::differences;
    /// use vedtak::syntax::Document;
    /// let text = include_str!("../../../fixtures/altinn/two-resources.xml");
    /// let found = differences(&Document::read("form.xml", text)?);
    /// let line = found[0].diagnostic("form.xml", text).to_string();
    /// assert!(line.starts_with("form.xml:29:7: 2 `AnyOf` ask for the resource: Altinn takes"));
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn diagnostic(&self, source: &str, text: &str) -> Diagnostic {
        let source = Source {
            name: source.into(),
            text,
        };
        let path = format!("Rule `{}` of Policy `{}`", self.rule, self.policy);
        source.diagnostic(self.offset, path, self.to_string())
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        let Some(witness) = &self.witness else {
            return f.write_str("; no case was found, but the readings may differ");
        };
        let Witness {
            standard, altinn, ..
        } = witness;
        f.write_str("; with ")?;
        if witness.holds.is_empty() {
            f.write_str("none of the attributes")?;
        }
        for (i, matching) in witness.holds.iter().enumerate() {
            let comma = if i > 0 { " and " } else { "" };
            let id = match &matching.attribute {
                AttributeReference::Designator(designator) => &designator.id,
                AttributeReference::Selector(selector) => &selector.path,
            };
            let category = name_of(category(matching));
            let value = &matching.value.text;
            write!(f, "{comma}the {category}'s `{id}` = `{value}`")?;
        }
        write!(
            f,
            " the rule is {altinn} for Altinn, {standard} by the standard"
        )
    }
}

/// Where the two readings of a document's rules can differ. Empty: they cannot, for no request.
///
/// Each rule is looked at by itself: what differs in one may make no difference to the policy,
/// such as when another rule permits the same. Policies named by references are not looked at;
/// a Target that the schema does not allow, and that no PDP takes, is not either.
///
/// ```
/// use vedtak::altinn::differences;
/// use vedtak::syntax::Document;
/// let text = include_str!("../../../fixtures/altinn/resource-policy.xml");
/// assert!(differences(&Document::read("letters.xml", text)?).is_empty());
/// # Ok::<(), vedtak::Error>(())
/// ```
pub fn differences(document: &Document) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut budget = Budget::default();
    match document {
        Document::Policy(policy) => in_policy(policy, &mut budget, &mut found),
        Document::PolicySet(set) => in_set(set, &mut budget, &mut found),
    }
    found
}

fn in_set(set: &PolicySet, budget: &mut Budget, found: &mut Vec<Difference>) {
    for child in &set.children {
        match child {
            PolicySetChild::Policy(policy) => in_policy(policy, budget, found),
            PolicySetChild::PolicySet(set) => in_set(set, budget, found),
            _ => {}
        }
    }
}

fn in_policy(policy: &Policy, budget: &mut Budget, found: &mut Vec<Difference>) {
    for child in &policy.children {
        let PolicyChild::Rule(rule) = child else {
            continue;
        };
        let Some(target) = rule.target.as_ref().filter(|target| is_complete(target)) else {
            continue;
        };
        let oddities = Oddities::of(target);
        if oddities.is_empty() {
            continue;
        }
        let regrouped = regroup(target);
        let difference = |reason, witness| Difference {
            policy: policy.id.clone(),
            rule: rule.id.clone(),
            offset: oddities.offset,
            reason,
            witness,
        };
        match compare(target, &regrouped, budget) {
            Compared::Same => {}
            Compared::Differ(cases) => {
                let witness = witness(rule, &regrouped, &cases);
                found.push(difference(oddities.reason(), witness));
            }
            Compared::TooLarge => {
                let reason = format!("{} (too large to prove)", oddities.reason());
                found.push(difference(reason, None));
            }
        }
    }
}

enum Compared<'a> {
    Same,
    /// Sets of matches for which just one of the two holds.
    Differ(Vec<Vec<&'a Match>>),
    TooLarge,
}

/// Whether two targets are the same function of their matches.
///
/// It is enough to compare them with every match true or false, also where a match can be
/// Indeterminate. §7.7 makes No Match < Indeterminate < Match a chain on which `AllOf` and Target
/// take the least and `AnyOf` the greatest. Least and greatest commute with asking "is it at least
/// Match?" and "is it at least Indeterminate?". So a target matches just when it is true with all
/// its matching matches taken as true, and is at least Indeterminate just when it is true with the
/// Indeterminate ones taken as true as well: two targets that agree on true and false agree on
/// all three. That matches are taken as independent, though some imply others, errs to the
/// safe side: what agrees on all combinations agrees on those that exist. (Which of several
/// troubles the status of an Indeterminate tells may still depend on the reading.)
fn compare<'a>(target: &'a Target, regrouped: &'a Target, budget: &mut Budget) -> Compared<'a> {
    let mut numbers = Numbers::default();
    let formulas = [numbers.formula(target), numbers.formula(regrouped)];
    let variables = numbers.len();
    let [standard, altinn] = formulas.map(|formula| prime(&formula, variables, budget));
    let (Some(standard), Some(altinn)) = (standard, altinn) else {
        return Compared::TooLarge;
    };
    if standard == altinn {
        return Compared::Same;
    }
    let only = |these: &[Term], others: &[Term]| {
        let cases = these.iter().filter(|term| !holds(others, term));
        let cases = cases.map(|term| term.numbers().map(|n| numbers.matching(n)).collect());
        cases.take(MOST_CASES).collect::<Vec<_>>()
    };
    let mut cases = only(&altinn, &standard);
    cases.extend(only(&standard, &altinn));
    Compared::Differ(cases)
}

/// How many cases of a kind are tried before the readings are said to differ only perhaps.
const MOST_CASES: usize = 32;

/// A case that the engine confirms: matches may imply one another, and not every function holds
/// of its own argument.
fn witness(rule: &Rule, regrouped: &Target, cases: &[Vec<&Match>]) -> Option<Witness> {
    let standard = alone(rule, rule.target.clone())?;
    let altinn = alone(rule, Some(regrouped.clone()))?;
    let confirm = |holds: Vec<&Match>| {
        let request = request(&holds)?;
        let standard = standard.decide(&request).decision();
        let altinn = altinn.decide(&request).decision();
        (standard != altinn).then(|| Witness {
            holds: holds.into_iter().cloned().collect(),
            request,
            standard,
            altinn,
        })
    };
    let confirmed = cases.iter().find_map(|case| confirm(case.clone()));
    // Two matches that differ in `MustBePresent` only part ways when the attribute is missing.
    confirmed.or_else(|| {
        cases.iter().find_map(|case| {
            let demanding = |matching: &&Match| match &matching.attribute {
                AttributeReference::Designator(designator) => designator.must_be_present,
                AttributeReference::Selector(selector) => selector.must_be_present,
            };
            confirm(case.iter().copied().filter(|m| !demanding(m)).collect())
        })
    })
}

/// A policy of nothing but this rule, with this target and without its condition.
fn alone(rule: &Rule, target: Option<Target>) -> Option<Pdp> {
    let rule = Rule {
        id: "rule".to_owned(),
        effect: rule.effect,
        description: None,
        target,
        condition: None,
        obligations: Vec::new(),
        advice: Vec::new(),
        offset: rule.offset,
    };
    let policy = Policy {
        xacml: XacmlVersion::V3,
        id: "urn:vedtak:one-rule".to_owned(),
        version: "1.0".parse().ok()?,
        combining_algorithm: algorithm::DENY_OVERRIDES.to_owned(),
        max_delegation_depth: None,
        description: None,
        issuer: None,
        xpath_version: None,
        target: Target::default(),
        children: vec![PolicyChild::Rule(rule)],
        obligations: Vec::new(),
        advice: Vec::new(),
        offset: Offset::default(),
    };
    Pdp::builder()
        .document(Document::Policy(policy))
        .build()
        .ok()
}

/// A request with the literals of these matches as its values.
fn request(holds: &[&Match]) -> Option<Request> {
    let mut request = Request::builder();
    for matching in holds {
        let AttributeReference::Designator(designator) = &matching.attribute else {
            return None;
        };
        let data_type = DataType::from_uri(&designator.data_type)?;
        let value = Value::parse(data_type, &matching.value.text).ok()?;
        let attribute = AttributeBuilder::new(&*designator.category, &*designator.id);
        let attribute = match &designator.issuer {
            Some(issuer) => attribute.issuer(issuer.as_str()),
            None => attribute,
        };
        request = request.with(attribute.value(value));
    }
    Some(request.build())
}

/// The shapes of a target on which the readings can part.
struct Oddities<'a> {
    /// Categories in several `AnyOf`, and in how many.
    repeated: Vec<(&'a str, usize)>,
    /// The categories of an `AnyOf` whose alternatives are about several.
    mixed: Option<Vec<&'a str>>,
    /// The first `AnyOf` that repeats a category or is mixed.
    offset: Offset,
}

impl<'a> Oddities<'a> {
    fn of(target: &'a Target) -> Self {
        let mut counts: IndexMap<&str, usize> = IndexMap::new();
        let mut mixed = None;
        let mut offset = None;
        for any_of in &target.any_of {
            let matches = any_of.all_of.iter().flat_map(|all_of| &all_of.matches);
            let here: IndexMap<&str, ()> = matches.map(|m| (category(m), ())).collect();
            let mut is_odd = false;
            for category in here.keys() {
                let count = counts.entry(category).or_default();
                *count += 1;
                is_odd |= *count > 1;
            }
            // An only alternative demands all it names, whichever way it is read.
            if here.len() > 1 && any_of.all_of.len() > 1 {
                is_odd = true;
                mixed.get_or_insert_with(|| here.into_keys().collect());
            }
            if is_odd {
                offset.get_or_insert(any_of.offset);
            }
        }
        counts.retain(|_, count| *count > 1);
        Self {
            repeated: counts.into_iter().collect(),
            mixed,
            offset: offset.unwrap_or(target.offset),
        }
    }

    /// Then the readings agree: regrouping gives the target back, but for an `AnyOf` of one
    /// alternative cut into one for each category, and that is a conjunction either way.
    fn is_empty(&self) -> bool {
        self.repeated.is_empty() && self.mixed.is_none()
    }

    fn reason(&self) -> String {
        let mut reasons = Vec::new();
        for (category, count) in &self.repeated {
            let category = name_of(category);
            let (some, all) = match count {
                2 => ("either", "both"),
                _ => ("any of them", "all of them"),
            };
            reasons.push(format!(
                "{count} `AnyOf` ask for the {category}: Altinn takes {some}, the standard \
                 demands {all}"
            ));
        }
        if let Some(mixed) = &self.mixed {
            let names: Vec<_> = mixed.iter().map(|category| name_of(category)).collect();
            let (last, first) = names.split_last().map_or(("", &[][..]), |(l, f)| (*l, f));
            let first = first.join(", ");
            reasons.push(format!(
                "the alternatives of one `AnyOf` mix {first} and {last}: the standard takes one \
                 alternative as a whole, Altinn the {first} of one with the {last} of another"
            ));
        }
        reasons.join("; ")
    }
}

/// A category in one word.
fn name_of(category: &str) -> &str {
    match category {
        categories::ACCESS_SUBJECT => "subject",
        categories::RESOURCE => "resource",
        categories::ACTION => "action",
        categories::ENVIRONMENT => "environment",
        other => other,
    }
}
