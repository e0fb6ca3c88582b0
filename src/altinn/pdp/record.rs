//! A decision → the inputs it read, and a cache key made of them.

use std::fmt::Write as _;

use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Fact;
use crate::altinn::facts::{AccessListConnection, ResourceRight};
use crate::altinn::party::Party;
use crate::decision::Decision;
use crate::evaluate::Outcome;
use crate::response::ResponseResult;
use crate::syntax::Document;

/// The inputs of a decision, from the request, the sources and the policy (its id and version). No
/// other input affects the decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    inputs: Vec<Input>,
}

/// An input that a decision read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Input {
    /// The id of an attribute with its category, or the kind of fact.
    pub name: String,
    /// The values, sorted; an absent input has none.
    pub values: Vec<String>,
}

impl Record {
    /// The inputs, sorted by name.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Returns all inputs as one text, whatever the order of attributes in the request and of facts
    /// at the sources: two decisions of one PDP with the same key are equal, until the earlier
    /// [`valid_until`](super::Ruling::valid_until).
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
        self.outcome_where(outcome, "");
    }

    /// Adds what an evaluation read by the facts that a package alone makes.
    pub(super) fn outcome_of_package(&mut self, outcome: &Outcome<'_>, package: &str) {
        self.outcome_where(outcome, &format!(", with the package `{package}` alone"));
    }

    fn outcome_where(&mut self, outcome: &Outcome<'_>, by: &str) {
        for read in outcome.attributes_read() {
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
            // In the name, as a value could have the same text.
            let failed = if read.failed { ", which failed" } else { "" };
            let values = read.values.iter().map(crate::value::Value::lexical);
            self.add(name + failed + by, values);
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

    /// Adds the repeated attributes and the policies of a result, and the error of a request that
    /// cannot be answered: they change the response, if not the decision.
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
