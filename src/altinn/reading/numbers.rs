//! Matches → numbers, equal for equal matches.

use std::collections::HashMap;
use std::sync::Arc;

use crate::syntax::{
    AttributeDesignator, AttributeReference, AttributeSelector, AttributeValue, Entity, Match,
    OtherAttribute, Target,
};

/// The distinct matches so far.
#[derive(Default)]
pub(super) struct Numbers<'a> {
    known: HashMap<MatchKey<'a>, usize>,
    matches: Vec<&'a Match>,
}

impl<'a> Numbers<'a> {
    pub(super) fn of(&mut self, matching: &'a Match) -> usize {
        let next = self.matches.len();
        let number = *self.known.entry(MatchKey::of(matching)).or_insert(next);
        if number == next {
            self.matches.push(matching);
        }
        number
    }

    pub(super) fn matching(&self, number: usize) -> &'a Match {
        self.matches[number]
    }

    pub(super) fn len(&self) -> usize {
        self.matches.len()
    }

    /// Returns a target in numbers: a conjunction of disjunctions of conjunctions.
    pub(super) fn formula(&mut self, target: &'a Target) -> Vec<Vec<Vec<usize>>> {
        let all = target.any_of.iter().map(|any_of| {
            let some = any_of.all_of.iter().map(|all_of| {
                let all = all_of.matches.iter().map(|matching| self.of(matching));
                all.collect()
            });
            some.collect()
        });
        all.collect()
    }
}

type Namespaces = [(Arc<str>, Arc<str>)];

/// All that `==` of matches compares, as a hashable key, so that many nearly equal matches cost no
/// more than others. It destructures the types: a new field does not compile until it is added.
#[derive(PartialEq, Eq, Hash)]
struct MatchKey<'a> {
    function: &'a str,
    value: (
        &'a str,
        &'a str,
        Option<&'a str>,
        Option<&'a str>,
        &'a Namespaces,
    ),
    entity: Option<&'a Entity>,
    /// Nearly always empty, and then not allocated.
    other_attributes: Vec<(Option<&'a str>, &'a str, &'a str)>,
    attribute: AttributeKey<'a>,
}

#[derive(PartialEq, Eq, Hash)]
enum AttributeKey<'a> {
    Designator(&'a str, &'a str, &'a str, Option<&'a str>, bool),
    Selector(
        &'a str,
        Option<&'a str>,
        &'a str,
        &'a str,
        bool,
        &'a Namespaces,
    ),
}

impl<'a> MatchKey<'a> {
    fn of(matching: &'a Match) -> Self {
        let Match {
            function,
            value,
            attribute,
            offset: _,
        } = matching;
        let AttributeValue {
            data_type,
            text,
            element,
            entity,
            xpath_category,
            other_attributes,
            namespaces,
            offset: _,
        } = value;
        let other_attributes = other_attributes.iter().map(|other| {
            let OtherAttribute {
                namespace,
                name,
                value,
            } = other;
            (namespace.as_deref(), name.as_str(), value.as_str())
        });
        Self {
            function,
            value: (
                data_type,
                text,
                element.as_deref(),
                xpath_category.as_deref(),
                namespaces,
            ),
            entity: entity.as_deref(),
            other_attributes: other_attributes.collect(),
            attribute: match attribute {
                AttributeReference::Designator(designator) => {
                    let AttributeDesignator {
                        category,
                        id,
                        data_type,
                        issuer,
                        must_be_present,
                        offset: _,
                    } = designator;
                    let issuer = issuer.as_deref();
                    AttributeKey::Designator(category, id, data_type, issuer, *must_be_present)
                }
                AttributeReference::Selector(selector) => {
                    let AttributeSelector {
                        category,
                        context_selector,
                        path,
                        data_type,
                        must_be_present,
                        namespaces,
                        offset: _,
                    } = selector;
                    AttributeKey::Selector(
                        category,
                        context_selector.as_deref(),
                        path,
                        data_type,
                        *must_be_present,
                        namespaces,
                    )
                }
            },
        }
    }
}
