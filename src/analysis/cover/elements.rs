//! Documents → the elements of a cover, before anything is decided.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Cover, CoveredElement};
use crate::analysis::explain::{Element, PlainPolicies, WrittenDocument};
use crate::decision::Effect;
use crate::error::Offset;
use crate::function::{self, Type};
use crate::syntax::{AnyPolicy, Expression, PolicyChild, Quantifier, Rule, Target};
use crate::value::DataType;

impl Cover {
    /// The cover of no decisions; without elements if the documents are not kept.
    pub(crate) fn new(policies: Option<&PlainPolicies>) -> Self {
        let mut cover = Self {
            decisions: 0,
            cut: 0,
            unplaced: 0,
            elements: Vec::new(),
            index: HashMap::new(),
            texts: Vec::new(),
        };
        let Some(policies) = policies else {
            return cover;
        };
        let mut first = 0;
        for (written, source, text) in policies.documents() {
            let before = cover.texts.last();
            // Several documents may be of one file.
            if before.is_none_or(|(before, _)| !Arc::ptr_eq(before, source)) {
                cover.texts.push((source.clone(), text.to_owned()));
                first = cover.elements.len();
            }
            let mut reading = Elements {
                cover: &mut cover,
                policies,
                written,
                first,
            };
            reading.policy(written.policy);
        }
        cover
    }
}

struct Elements<'c, 'd> {
    cover: &'c mut Cover,
    policies: &'d PlainPolicies,
    /// The document, for the places in it.
    written: WrittenDocument<'d>,
    /// The number of the first element of its text.
    first: usize,
}

impl<'d> Elements<'_, 'd> {
    fn policy(&mut self, policy: AnyPolicy<'d>) {
        let (element, children) = match policy {
            AnyPolicy::Policy(policy) => (Element::Policy, &policy.children[..]),
            AnyPolicy::Set(_) => (Element::PolicySet, &[][..]),
        };
        self.add(element, policy.id(), policy.offset(), None);
        self.target(policy.target());
        for child in children {
            match child {
                PolicyChild::Rule(rule) => self.rule(rule),
                PolicyChild::Variable(variable) => self.expression(&variable.expression),
                _ => {}
            }
        }
        policy.in_place().for_each(|within| self.policy(within));
    }

    fn rule(&mut self, rule: &Rule) {
        self.add(Element::Rule, &rule.id, rule.offset, Some(rule.effect));
        // The parts of a rule that is taken in from another file have its place, and none of their own.
        let is_own = |offset: Offset| offset.bytes() != rule.offset.bytes();
        if let Some(target) = rule.target.as_ref().filter(|target| is_own(target.offset)) {
            self.target(target);
        }
        let condition = rule.condition.as_ref();
        if let Some(condition) = condition.filter(|condition| is_own(condition.offset())) {
            self.add(Element::Condition, "", condition.offset(), None);
            self.expression(condition);
        }
    }

    /// A target that matches any request is no element.
    fn target(&mut self, target: &Target) {
        if target.any_of.is_empty() {
            return;
        }
        self.add(Element::Target, "", target.offset, None);
        let all_ofs = target.any_of.iter().flat_map(|any_of| &any_of.all_of);
        for one in all_ofs.flat_map(|all_of| &all_of.matches) {
            self.add(Element::Match, &one.function, one.offset, None);
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match expression {
            Expression::Apply(apply) => {
                if self.is_boolean(&apply.function) {
                    self.add(Element::Apply, &apply.function, apply.offset, None);
                }
                for argument in &apply.arguments {
                    self.expression(argument);
                }
            }
            Expression::Quantified(quantified) => {
                let quantifier = quantified.quantifier;
                if matches!(quantifier, Quantifier::ForAny | Quantifier::ForAll) {
                    let name = quantifier.as_str();
                    self.add(Element::Quantified, name, quantified.offset, None);
                }
                self.expression(&quantified.domain);
                self.expression(&quantified.iterant);
            }
            _ => {}
        }
    }

    /// Whether a function, of the standard or of the host, has a boolean result.
    fn is_boolean(&self, id: &str) -> bool {
        let own = self.policies.program.functions.iter();
        let mut own = own.map(|function| &**function);
        let function = own.find(|function| function.id() == id);
        let function = function.or_else(|| function::standard(id));
        function.is_some_and(|one| one.signature().returns == Type::One(DataType::Boolean))
    }

    fn add(&mut self, element: Element, name: &str, offset: Offset, effect: Option<Effect>) {
        let Some(place) = self.written.place(offset) else {
            return;
        };
        let number = self.cover.elements.len();
        let key = (element, place.clone());
        // The parts of a rule that several policies of a file take in are counted once.
        let known = self.cover.index.get(&key);
        if known.is_some_and(|known| *known >= self.first) {
            return;
        }
        self.cover.index.insert(key, number);
        self.cover.elements.push(CoveredElement {
            element,
            name: name.to_owned(),
            place,
            effect,
            reached: 0,
            was_true: 0,
            was_false: 0,
            indeterminate: 0,
            decided: 0,
            lost: 0,
            not_reached: 0,
            last: 0,
        });
    }
}
