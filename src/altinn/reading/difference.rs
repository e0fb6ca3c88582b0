//! A policy → the rules for which its two readings differ, or the proof that there are none.

use std::fmt;

use indexmap::IndexMap;

use super::implicants::{Implicant, TermBudget, holds, prime};
use super::numbers::Numbers;
use super::{category, is_complete, regroup};
use crate::Diagnostic;
use crate::altinn::language::texts::{AND, lint as texts};
use crate::altinn::language::{Say, Words};
use crate::attribute::category as categories;
use crate::combining::policy;
use crate::report::{Source, Visible, cut};
use crate::request::AttributeBuilder;
use crate::syntax::{AttributeReference, Document, Match, Offset, Policy, Rule, Target};
use crate::value::{DataType, Value};
use crate::{Decision, Pdp, Request};

/// A rule whose Target may differ between the two readings.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// The `PolicyId`.
    pub policy: String,
    /// The `RuleId`.
    pub rule: String,
    /// The offset of the first `AnyOf` that causes the difference.
    pub offset: Offset,
    /// The cause of the difference, as a message.
    pub reason: String,
    /// A request that the rule alone decides differently. Without one, the readings *may* differ.
    pub witness: Option<Witness>,
    causes: Vec<Cause>,
}

/// A form of a target for which the readings can differ.
#[derive(Clone, Debug)]
enum Cause {
    /// Several `AnyOf` ask for a category.
    Repeated(String, usize),
    /// The alternatives of one `AnyOf` mix categories: the last, and those before it.
    Mixed(String, String),
    TooLarge,
}

/// A request for which the two readings of a rule differ. Other rules may hide it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Witness {
    /// The matches of the rule that the request satisfies.
    pub holds: Vec<Match>,
    /// A request with the values of these matches and no others.
    pub request: Request,
    /// The decision of the rule without its condition, its Target read as the standard says.
    pub standard: Decision,
    /// The decision with its Target read as Altinn does.
    pub altinn: Decision,
}

impl Difference {
    /// Returns the difference as a problem at its position in the source text.
    ///
    /// ```
    /// use vedtak::altinn::reading::differences;
    /// use vedtak::syntax::Document;
    /// let text = std::fs::read_to_string("fixtures/altinn/two-resources.xml")?;
    /// let found = differences(&Document::from_xml(&text)?);
    /// let line = found[0].diagnostic("form.xml", &text).to_string();
    /// assert!(line.starts_with("form.xml:29:7: 2 `AnyOf` ask for the resource: Altinn takes"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diagnostic(&self, source: &str, text: &str) -> Diagnostic {
        let source = Source {
            name: source.into(),
            text,
        };
        source.diagnostic(self.offset, self.path(), self.to_string())
    }

    /// The rule and its policy, as problems name them.
    fn path(&self) -> String {
        let (rule, policy) = (cut(&self.rule), cut(&self.policy));
        format!("Rule `{rule}` of Policy `{policy}`")
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.say(f, Words::DISPLAY)
    }
}

impl Say for Difference {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let reason = reason(&self.causes, words);
        let reason = Visible(&reason);
        let Some(witness) = &self.witness else {
            return write!(f, "{}", texts::NO_CASE.with(words, &[&reason]));
        };
        let holds = witness.holds.iter().map(|matching| {
            let id = match &matching.attribute {
                AttributeReference::Designator(designator) => &designator.id,
                AttributeReference::Selector(selector) => &selector.path,
            };
            let category = name_of(category(matching));
            let (category, id) = (cut(category), cut(id));
            let value = cut(&matching.value.text);
            let held: [&dyn fmt::Display; 3] = [&category, &id, &value];
            texts::HELD.with(words, &held).to_string()
        });
        let holds = match witness.holds.is_empty() {
            true => words.say(texts::NO_ATTRIBUTES).to_owned(),
            false => holds.collect::<Vec<_>>().join(words.say(AND)),
        };
        let case: [&dyn fmt::Display; 4] = [&reason, &holds, &witness.altinn, &witness.standard];
        write!(f, "{}", texts::CASE.with(words, &case))
    }
}

/// The causes of a difference, in words.
fn reason(causes: &[Cause], words: Words) -> String {
    let mut reasons: Vec<String> = Vec::new();
    let mut is_too_large = false;
    for cause in causes {
        reasons.push(match cause {
            Cause::Repeated(category, count) => {
                let text = match count {
                    2 => texts::ASKED_TWICE,
                    _ => texts::ASKED_OFTEN,
                };
                text.with(words, &[count, category]).to_string()
            }
            Cause::Mixed(first, last) => texts::MIXED.with(words, &[first, last]).to_string(),
            Cause::TooLarge => {
                is_too_large = true;
                continue;
            }
        });
    }
    let reasons = reasons.join("; ");
    match is_too_large {
        true => texts::TOO_LARGE.with(words, &[&reasons]).to_string(),
        false => reasons,
    }
}

/// Returns the rules of a document whose two readings may differ; if empty, they agree for every
/// request.
///
/// Each rule is compared by itself: a difference in one may not affect the policy, such as when
/// another rule permits the same. Policies named by references are not examined, nor are Targets
/// that violate the schema, which no PDP accepts.
///
/// ```
/// use vedtak::altinn::reading::differences;
/// use vedtak::syntax::Document;
/// let text = std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// assert!(differences(&Document::from_xml(&text)?).is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn differences(document: &Document) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut budget = TermBudget::default();
    for policy in document.policies() {
        in_policy(policy, &mut budget, &mut found);
    }
    found
}

fn in_policy(policy: &Policy, budget: &mut TermBudget, found: &mut Vec<Difference>) {
    for rule in policy.rules() {
        let Some(target) = rule.target.as_ref().filter(|target| is_complete(target)) else {
            continue;
        };
        let oddities = Oddities::of(target);
        if oddities.is_empty() {
            continue;
        }
        let regrouped = regroup(target);
        let difference = |causes: Vec<Cause>, witness| Difference {
            policy: policy.id.clone(),
            rule: rule.id.clone(),
            offset: oddities.offset,
            reason: reason(&causes, Words::DISPLAY),
            witness,
            causes,
        };
        match compare(target, &regrouped, budget) {
            Compared::Same => {}
            Compared::Differ(cases) => {
                let witness = witness(rule, &regrouped, &cases);
                found.push(difference(oddities.causes(), witness));
            }
            Compared::TooLarge => {
                let mut causes = oddities.causes();
                causes.push(Cause::TooLarge);
                found.push(difference(causes, None));
            }
        }
    }
}

enum Compared<'a> {
    Same,
    /// Sets of matches for which only one of the two targets holds.
    Differ(Vec<Vec<&'a Match>>),
    TooLarge,
}

/// Whether two targets are the same function of their matches.
///
/// It suffices to compare them with every match true or false, although a match can be
/// Indeterminate. §7.7 makes No Match < Indeterminate < Match a chain on which `AllOf` and Target
/// take the least and `AnyOf` the greatest. Least and greatest commute with the tests "at least
/// Match" and "at least Indeterminate". So a target matches exactly when it is true with its
/// matching matches taken as true, and is at least Indeterminate exactly when it is true with the
/// Indeterminate ones taken as true as well: two targets that agree on true and false agree on all
/// three. Taking matches as independent, though some imply others, is safe: targets that agree on
/// all combinations agree on the possible ones. (Which of several failures the status of an
/// Indeterminate names may still depend on the reading.)
fn compare<'a>(target: &'a Target, regrouped: &'a Target, budget: &mut TermBudget) -> Compared<'a> {
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
    let only = |these: &[Implicant], others: &[Implicant]| {
        let cases = these.iter().filter(|term| !holds(others, term));
        let cases = cases.map(|term| term.numbers().map(|n| numbers.matching(n)).collect());
        cases.take(MOST_CASES).collect::<Vec<_>>()
    };
    let mut cases = only(&altinn, &standard);
    cases.extend(only(&standard, &altinn));
    Compared::Differ(cases)
}

/// The number of cases of a kind that are tried before the readings only *may* differ.
const MOST_CASES: usize = 32;

/// Returns a case that the engine confirms: matches may imply one another, and some functions do
/// not hold of their own argument.
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
    // Two matches that differ only in `MustBePresent` differ only when the attribute is missing.
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

/// Compiles a policy of only this rule, with this target and without its condition.
fn alone(rule: &Rule, target: Option<Target>) -> Option<Pdp> {
    let rule = Rule {
        effect: rule.effect,
        target,
        ..Rule::default()
    };
    let policy = Policy::new("urn:vedtak:one-rule", policy::DENY_OVERRIDES).rule(rule);
    Pdp::builder().document(policy).build().ok()
}

/// Returns a request with the literals of these matches as its values.
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

/// The forms of a target for which the readings can differ.
struct Oddities<'a> {
    /// The categories in several `AnyOf`, with the number of these.
    repeated: Vec<(&'a str, usize)>,
    /// The categories of an `AnyOf` with alternatives, some of which name several.
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
            // A single alternative requires all its categories in either reading.
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

    /// Whether the readings agree. Regrouping then returns the target, except that an `AnyOf` of
    /// one alternative becomes one for each category, which is the same conjunction.
    fn is_empty(&self) -> bool {
        self.repeated.is_empty() && self.mixed.is_none()
    }

    fn causes(&self) -> Vec<Cause> {
        let repeated = self.repeated.iter();
        let repeated = repeated.map(|(of, count)| Cause::Repeated(name_of(of).to_owned(), *count));
        let mixed = self.mixed.iter().map(|mixed| {
            let names: Vec<_> = mixed.iter().map(|category| name_of(category)).collect();
            let (last, first) = names.split_last().map_or(("", &[][..]), |(l, f)| (*l, f));
            Cause::Mixed(first.join(", "), last.to_owned())
        });
        repeated.chain(mixed).collect()
    }
}

/// The short name of a category.
fn name_of(category: &str) -> &str {
    match category {
        categories::ACCESS_SUBJECT => "subject",
        categories::RESOURCE => "resource",
        categories::ACTION => "action",
        categories::ENVIRONMENT => "environment",
        other => other,
    }
}
