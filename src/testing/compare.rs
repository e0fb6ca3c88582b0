//! A decision and what a case expects of it → the differences.

use std::collections::BTreeSet;

use super::expected::{Expected, ExpectedObligation};
use super::kind::Decided;
use crate::attribute::{ambiguous, ends_with};
use crate::decision::StatusCode;
use crate::error::{cut, did_you_mean, last_part, similar_name};
use crate::pdp::Pdp;
use crate::response::{Advice, AttributeAssignment, Obligation, ResponseResult, Status};

/// The ids that a case may expect, by the word for their kind.
#[derive(Debug)]
pub(super) struct Ids(BTreeSet<(&'static str, String)>);

impl Ids {
    /// The ids of the policies of a PDP.
    pub(super) fn of(pdp: &Pdp) -> Self {
        let mut ids = BTreeSet::new();
        pdp.ids(&mut |kind, id| {
            ids.insert((kind, id.to_owned()));
        });
        Self(ids)
    }

    /// The end of a message about an id that was not found: whether it is none, and the one that is meant.
    fn hint(&self, kind: &str, name: &str) -> String {
        let known = || {
            let all = self.0.iter().filter(|(of, _)| *of == kind);
            all.map(|(_, id)| &**id)
        };
        if known().any(|id| is_named(id, name)) {
            return String::new();
        }
        let meant = did_you_mean(similar(name, known()));
        format!("; there is no such {kind}{meant}")
    }

    /// Says that a name may be several ids of a kind, if it is not one of them.
    fn ambiguous(&self, kind: &str, name: &str) -> Option<String> {
        let all = self.0.iter().filter(|(of, _)| *of == kind);
        several(name, all.map(|(_, id)| &**id))
    }
}

/// The ids, if they are known: those of another kind of file are not.
type KnownIds<'i> = &'i dyn Fn() -> Option<&'i Ids>;

/// Says that a name may be several of some ids, if it is not one of them.
fn several<'i>(name: &str, ids: impl Iterator<Item = &'i str>) -> Option<String> {
    let named: BTreeSet<&str> = ids.filter(|id| is_named(id, name)).collect();
    let is_several = named.len() > 1 && !named.contains(name);
    is_several.then(|| ambiguous(name, named.into_iter()))
}

/// Says that a name may be several ids, where one of those found is called so, and not by the whole.
fn ambiguity<'i>(
    ids: KnownIds<'_>,
    kind: &str,
    name: &str,
    mut found: impl Iterator<Item = &'i str>,
) -> Option<String> {
    let is_short = found.any(|id| id != name && is_named(id, name));
    // They are looked at for short names alone: there may be very many.
    is_short.then(|| ids()?.ambiguous(kind, name)).flatten()
}

/// The end of a message about an id that was not found.
fn hint(ids: KnownIds<'_>, kind: &str, name: &str) -> String {
    ids().map_or_else(String::new, |ids| ids.hint(kind, name))
}

/// The one of some ids that a name misspells: the whole of it, or its last part.
fn similar<'i>(name: &str, ids: impl Iterator<Item = &'i str> + Clone) -> Option<&'i str> {
    let whole = similar_name(name, ids.clone());
    whole.or_else(|| similar_name(name, ids.map(last_part)))
}

/// The differences between what is expected and what is found, in a sentence each.
pub(super) fn differences(
    expected: &Expected,
    found: &[Decided],
    ids: KnownIds<'_>,
) -> Vec<String> {
    let mut differences = Vec::new();
    let decisions = found.iter().map(|one| one.result.decision.as_str());
    let decisions = decisions.collect::<Vec<_>>().join(", ");
    let wanted = expected.decisions.iter().map(|one| one.as_str());
    let wanted = wanted.collect::<Vec<_>>().join(", ");
    if decisions != wanted {
        differences.push(format!("decision: expected {wanted}, found {decisions}"));
    }
    for one in found {
        of_one(expected, one, ids, &mut differences);
    }
    differences
}

fn of_one(expected: &Expected, found: &Decided, ids: KnownIds<'_>, differences: &mut Vec<String>) {
    let result = &found.result;
    if let Some(wanted) = &expected.obligations {
        let of: Vec<Fulfilled<'_>> = result.obligations.iter().map(Fulfilled::of).collect();
        fulfilled("obligation", wanted, &of, ids, differences);
    }
    if let Some(wanted) = &expected.advice {
        let of: Vec<Fulfilled<'_>> = result.advice.iter().map(Fulfilled::of_advice).collect();
        fulfilled("advice", wanted, &of, ids, differences);
    }
    let rules: Vec<&str> = found.rules.iter().map(|(rule, _)| &**rule).collect();
    let policies: Vec<&str> = found.rules.iter().map(|(_, policy)| &**policy).collect();
    for (what, wanted, found) in [
        ("rule", &expected.rules, rules),
        ("policy", &expected.policies, policies),
    ] {
        for wanted in wanted {
            if let Some(message) = ambiguity(ids, what, wanted, found.iter().copied()) {
                differences.push(format!("{what}: {message}"));
            } else if !found.iter().any(|id| is_named(id, wanted)) {
                let found = quoted(found.iter().copied());
                let hint = hint(ids, what, wanted);
                let wanted = cut(wanted);
                differences.push(format!("{what}: expected `{wanted}`, found {found}{hint}"));
            }
        }
    }
    if let Some(wanted) = &expected.status {
        let ok = Status::ok();
        let status = result.status.as_ref().unwrap_or(&ok);
        let codes = || {
            let minor = status.minor_codes.iter().map(String::as_str);
            [StatusCode::uri(&status.code)].into_iter().chain(minor)
        };
        if !codes().any(|code| is_named(code, wanted)) {
            let found = quoted(codes().map(last_part));
            let wanted = cut(wanted);
            differences.push(format!("status: expected `{wanted}`, found {found}"));
        }
    }
    if let Some(wanted) = &expected.says {
        let message = message(result);
        if !message.contains(&**wanted) {
            let found = cut(message);
            let wanted = cut(wanted);
            differences.push(format!(
                "status message: expected something with `{wanted}`, found `{found}`"
            ));
        }
    }
    for (word, wanted) in &expected.tells {
        let told = found.told.iter().filter(|(known, _)| known == word);
        let told: Vec<&str> = told.map(|(_, text)| &**text).collect();
        if !told.iter().any(|text| text.contains(&**wanted)) {
            let found = quoted(told.into_iter());
            let wanted = cut(wanted);
            differences.push(format!(
                "{word}: expected something with `{wanted}`, found {found}"
            ));
        }
    }
}

fn message(result: &ResponseResult) -> &str {
    let message = result
        .status
        .as_ref()
        .and_then(|status| status.message.as_deref());
    message.unwrap_or_default()
}

/// Whether an identifier is called so: in full or by its last parts.
fn is_named(id: &str, name: &str) -> bool {
    id == name || ends_with(id, name)
}

fn quoted<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let quoted: Vec<String> = texts.map(|text| format!("`{}`", cut(text))).collect();
    match quoted.is_empty() {
        true => "none".to_owned(),
        false => quoted.join(", "),
    }
}

/// An obligation or advice of a result.
struct Fulfilled<'r> {
    id: &'r str,
    assignments: &'r [AttributeAssignment],
}

impl<'r> Fulfilled<'r> {
    fn of(obligation: &'r Obligation) -> Self {
        Self {
            id: &obligation.id,
            assignments: &obligation.assignments,
        }
    }

    fn of_advice(advice: &'r Advice) -> Self {
        Self {
            id: &advice.id,
            assignments: &advice.assignments,
        }
    }

    /// The values that an attribute is assigned.
    fn values(&self, name: &str) -> Vec<String> {
        let own = self.assignments.iter();
        let own = own.filter(|assignment| is_named(&assignment.id, name));
        own.map(|assignment| assignment.value.lexical()).collect()
    }

    /// The first attribute whose values differ from those expected, and its values.
    fn difference<'w>(&self, wanted: &'w ExpectedObligation) -> Option<(&'w str, Vec<String>)> {
        let values = wanted.values.iter().flatten();
        let mut differing = values.filter_map(|(name, texts)| {
            let mut found = self.values(name);
            let mut texts = texts.clone();
            found.sort();
            texts.sort();
            (found != texts).then_some((&**name, found))
        });
        differing.next()
    }
}

/// Compares obligations in any order: each that is expected with one that is found.
fn fulfilled(
    what: &str,
    wanted: &[ExpectedObligation],
    found: &[Fulfilled<'_>],
    ids: KnownIds<'_>,
    differences: &mut Vec<String>,
) {
    let mut left: Vec<&Fulfilled<'_>> = found.iter().collect();
    for wanted in wanted {
        let named = || left.iter().filter(|one| is_named(one.id, &wanted.id));
        let assigned = || named().flat_map(|one| one.assignments.iter().map(|of| &*of.id));
        let mut names = wanted.values.iter().flatten().map(|(name, _)| name);
        let message = ambiguity(ids, what, &wanted.id, named().map(|one| one.id))
            .or_else(|| names.find_map(|name| several(name, assigned())));
        if let Some(message) = message {
            differences.push(format!("{what}: {message}"));
            left.retain(|one| !is_named(one.id, &wanted.id));
            continue;
        }
        let same = left
            .iter()
            .position(|one| is_named(one.id, &wanted.id) && one.difference(wanted).is_none());
        if let Some(same) = same {
            left.remove(same);
            continue;
        }
        let id = cut(&wanted.id);
        match named().next().and_then(|one| one.difference(wanted)) {
            Some((name, values)) => {
                let found = quoted(values.iter().map(String::as_str));
                let texts = wanted.values.iter().flatten();
                let texts = texts.filter(|(known, _)| known == name);
                let texts = quoted(texts.flat_map(|(_, texts)| texts).map(String::as_str));
                let hint = match values.is_empty() {
                    true => did_you_mean(similar(name, assigned())),
                    false => String::new(),
                };
                let name = cut(name);
                differences.push(format!(
                    "{what} `{id}`: expected {texts} for `{name}`, found {found}{hint}"
                ));
                let at = left.iter().position(|one| is_named(one.id, &wanted.id));
                if let Some(at) = at {
                    left.remove(at);
                }
            }
            None => {
                // Those of this name that are expected before it are found already.
                let times = found
                    .iter()
                    .filter(|one| is_named(one.id, &wanted.id))
                    .count();
                let hint = match times {
                    0 => hint(ids, what, &wanted.id),
                    1 => format!(": `{id}` once, and it is expected more often"),
                    times => format!(": `{id}` {times} times, and it is expected more often"),
                };
                let found = quoted(found.iter().map(|one| one.id));
                differences.push(format!("{what}: expected `{id}`, found {found}{hint}"));
            }
        }
    }
    for one in left {
        differences.push(format!("{what}: `{}` is not expected", cut(one.id)));
    }
}
