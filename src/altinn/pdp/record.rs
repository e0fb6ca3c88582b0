//! What a decision read: the inputs that may change it, and the key they make.

use std::fmt::Write as _;

use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Fact;
use crate::altinn::party::Party;
use crate::altinn::source::{AccessListConnection, ResourceRight};
use crate::decision::Decision;
use crate::evaluate::Outcome;
use crate::response::ResponseResult;
use crate::syntax::Document;

/// What a decision read, and nothing else made a difference to it: of the request, of the sources,
/// and of the policy by its id and version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    inputs: Vec<Input>,
}

/// One thing a decision read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Input {
    /// What: the id of an attribute with its category, or the kind of fact.
    pub name: String,
    /// What it said, sorted; empty if there was nothing, which counts, too.
    pub values: Vec<String>,
}

impl Record {
    /// What was read, sorted by name.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// All of it as one text, the same however the request was put and in whatever order the
    /// sources answered: two decisions of one PDP with the same key are the same decision, until
    /// the earlier [`valid_until`](super::Ruling::valid_until).
    pub fn cache_key(&self) -> String {
        let mut key = String::new();
        for input in &self.inputs {
            for text in std::iter::once(&input.name).chain(&input.values) {
                // Writing to a String cannot fail.
                let _ = write!(key, "{}:{text}", text.len());
            }
            key.push(';');
        }
        key
    }

    pub(super) fn outcome(&mut self, outcome: &Outcome<'_>) {
        for read in outcome.read() {
            let wanted = read.designator;
            let issuer = wanted
                .issuer
                .as_deref()
                .map_or(String::new(), |i| format!(" from {i}"));
            let name = format!(
                "{} of {} as {}{issuer}",
                wanted.id,
                wanted.category,
                wanted.data_type.short_name()
            );
            // Not among the values, where the same word might stand.
            let failed = if read.failed { ", which failed" } else { "" };
            let values = read.values.iter().map(crate::value::Value::lexical);
            self.add(name + failed, values);
        }
    }

    pub(super) fn policy(&mut self, document: &Document) {
        let (id, version) = match document {
            Document::Policy(policy) => (&policy.id, &policy.version),
            Document::PolicySet(set) => (&set.id, &set.version),
        };
        self.add("policy", [id.clone(), version.to_string()]);
    }

    pub(super) fn party(&mut self, party: &Party) {
        let gone = party.is_deleted.then(|| "(deleted)".to_owned());
        self.add("party", [party.to_string()].into_iter().chain(gone));
    }

    /// What the result repeats of the request, and names, and what is wrong with a request that
    /// cannot be answered: it makes no other decision, but another response.
    pub(super) fn result(&mut self, result: &ResponseResult) {
        for category in &result.attributes {
            for attribute in &category.attributes {
                let issuer = attribute
                    .issuer
                    .iter()
                    .map(|issuer| format!("from {issuer}"));
                let values = attribute.values.iter();
                let values = values.map(|value| format!("{value:?}"));
                let name = format!("told: {} of {}", attribute.id, category.category);
                self.add(name, issuer.chain(values));
            }
        }
        if !result.policies.is_empty() {
            let named = result.policies.iter().map(|policy| format!("{policy:?}"));
            self.add("policies named", named);
        }
        if result.decision == Decision::Indeterminate {
            let status = result.status.iter().map(|status| format!("{status:?}"));
            self.add("trouble", status);
        }
    }

    pub(super) fn delegations<'d>(&mut self, used: impl Iterator<Item = &'d Delegation>) {
        self.add("delegations", used.map(|d| format!("{d:?}")));
    }

    pub(super) fn lists(&mut self, lists: &[Fact<AccessListConnection>]) {
        self.add(
            "access lists of the party",
            lists.iter().map(|fact| format!("{fact:?}")),
        );
    }

    pub(super) fn rights<'r>(&mut self, rights: impl Iterator<Item = &'r ResourceRight>) {
        self.add("resource rights", rights.map(|right| format!("{right:?}")));
    }

    pub(super) fn add(
        &mut self,
        name: impl Into<String>,
        values: impl IntoIterator<Item = String>,
    ) {
        let mut values: Vec<String> = values.into_iter().collect();
        values.sort_unstable();
        let input = Input {
            name: name.into(),
            values,
        };
        if let Err(place) = self.inputs.binary_search(&input) {
            self.inputs.insert(place, input);
        }
    }
}
