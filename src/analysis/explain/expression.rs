//! Targets, conditions and expressions → nodes: what the document says, beside what it is compiled to.

use super::documents::WrittenDocument;
use super::tree::{Element, Node, NodePlace, NodeValue};
use super::walk::Walk;
use crate::error::Offset;
use crate::evaluate::{FailedTest, Traced};
use crate::function::{self, Call};
use crate::program::{self, BagOf, Condition, Policy, Quantified, Term};
use crate::syntax::{self, AnyPolicy, AttributeReference, Expression, PolicyChild};
use crate::value::Value;

/// The most values of a bag that a quantified expression is shown for.
const MOST_TURNS: usize = 10;

/// The policy around an expression.
#[derive(Clone, Copy)]
pub(super) struct ExplainedScope<'w, 's> {
    pub(super) policy: &'s Policy,
    pub(super) written: Option<WrittenDocument<'w>>,
}

impl ExplainedScope<'_, '_> {
    pub(super) fn place(&self, offset: Offset) -> Option<NodePlace> {
        self.written?.place(offset)
    }
}

/// The compiled form of an expression.
#[derive(Clone, Copy)]
enum Part<'s> {
    Condition(&'s Condition),
    Term(&'s Term),
    Bag(&'s BagOf),
}

impl<'s> Part<'s> {
    /// The part by its only name: a term may be a condition, and a condition a term.
    fn plain(self) -> Self {
        match self {
            Self::Condition(Condition::Term(term)) => Self::Term(term).plain(),
            Self::Term(Term::Condition(condition)) => Self::Condition(condition).plain(),
            other => other,
        }
    }
}

impl<'s> From<&'s program::Expression> for Part<'s> {
    fn from(expression: &'s program::Expression) -> Self {
        match expression {
            program::Expression::Term(term) => Self::Term(term).plain(),
            program::Expression::Bag(bag) => Self::Bag(bag),
        }
    }
}

impl<'w, 's> Walk<'w, 's> {
    /// A target that matches or is Indeterminate. One that matches any request is no node.
    pub(super) fn target(
        &self,
        scope: ExplainedScope<'w, 's>,
        target: &'s program::Target,
        written: Option<&'w syntax::Target>,
        matches: &Traced<bool>,
    ) -> Option<Node> {
        if matches!(target, program::Target::Any) || !self.take() {
            return None;
        }
        let mut node = Node::new(Element::Target, "", boolean(matches.clone()));
        let (program::Target::AnyOfs(any_ofs), Some(written)) = (target, written) else {
            return Some(node);
        };
        node.place = scope.place(written.offset);
        for (any_of, written) in any_ofs.iter().zip(&written.any_of) {
            let child = self.any_of(scope, any_of, written);
            let is_last = self.ends_whole(child.as_ref());
            node.children.extend(child);
            if is_last {
                break;
            }
        }
        Some(node)
    }

    /// Adds the first `AnyOf` of a target that does not match to its rule or policy.
    pub(super) fn failed_target(
        &self,
        scope: ExplainedScope<'w, 's>,
        target: &'s program::Target,
        written: Option<&'w syntax::Target>,
        node: &mut Node,
    ) {
        if self.is_whole {
            let matches = Traced::Known(false);
            node.children
                .extend(self.target(scope, target, written, &matches));
            return;
        }
        let tally = self.trace.tally(scope.policy, target);
        (node.failed_tests, node.held_tests) = (tally.failed.max(1), tally.held);
        let (program::Target::AnyOfs(any_ofs), Some(written)) = (target, written) else {
            let failed = self.trace.failed_target(scope.policy, target);
            node.children.extend(self.failed_tests(failed));
            return;
        };
        let mut any_ofs = any_ofs.iter().zip(&written.any_of);
        let fails = |any_of| self.trace.condition(any_of) == Traced::Known(false);
        if let Some((any_of, written)) = any_ofs.find(|(any_of, _)| fails(any_of)) {
            node.children.extend(self.any_of(scope, any_of, written));
        }
    }

    /// The tests that failed of a target whose document is not kept, as the `AnyOf` they are of.
    fn failed_tests(&self, tests: Vec<FailedTest<'s>>) -> Option<Node> {
        if let [only] = &tests[..] {
            return self.failed_test(only);
        }
        if tests.is_empty() || !self.take() {
            return None;
        }
        let mut node = Node::new(Element::AnyOf, "", NodeValue::Boolean(false));
        node.children = tests
            .iter()
            .map_while(|test| self.failed_test(test))
            .collect();
        node.not_shown = tests.len() - node.children.len();
        Some(node)
    }

    fn failed_test(&self, test: &FailedTest<'s>) -> Option<Node> {
        if !self.take() {
            return None;
        }
        let mut node = Node::new(Element::Match, test.function, NodeValue::Boolean(false));
        node.attribute = Some(self.attribute(test.bag, test.wanted.as_ref()));
        node.wanted.clone_from(&test.wanted);
        Some(node)
    }

    fn any_of(
        &self,
        scope: ExplainedScope<'w, 's>,
        any_of: &'s Condition,
        written: &'w syntax::AnyOf,
    ) -> Option<Node> {
        if let [all_of] = &written.all_of[..] {
            return self.all_of(scope, any_of, all_of);
        }
        if !self.take() {
            return None;
        }
        let matches = self.trace.condition(any_of);
        let is_true = matches == Traced::Known(true);
        let mut node = Node::new(Element::AnyOf, "", boolean(matches));
        node.place = scope.place(written.offset);
        let Condition::Or(all_ofs) = any_of else {
            return Some(node);
        };
        for (all_of, written) in all_ofs.iter().zip(&written.all_of) {
            let holds = is_true && self.trace.condition(all_of) == Traced::Known(true);
            if is_true && !holds && !self.is_whole {
                node.not_shown += 1;
                continue;
            }
            match self.all_of(scope, all_of, written) {
                Some(child) => node.children.push(child),
                None => node.not_shown += 1,
            }
            if holds {
                break;
            }
        }
        if is_true && !self.is_whole {
            node.not_shown = written.all_of.len() - node.children.len();
        }
        Some(node)
    }

    fn all_of(
        &self,
        scope: ExplainedScope<'w, 's>,
        all_of: &'s Condition,
        written: &'w syntax::AllOf,
    ) -> Option<Node> {
        if let [matching] = &written.matches[..] {
            return self.matching(scope, all_of, matching);
        }
        let Condition::And(matches) = all_of else {
            return None;
        };
        let value = self.trace.condition(all_of);
        let is_false = value == Traced::Known(false);
        if is_false && !self.is_whole {
            // The first test that fails stands for all of it.
            let mut both = matches.iter().zip(&written.matches);
            let failed = both.find(|(one, _)| self.trace.condition(one) == Traced::Known(false));
            return failed.and_then(|(one, written)| self.matching(scope, one, written));
        }
        if !self.take() {
            return None;
        }
        let mut node = Node::new(Element::AllOf, "", boolean(value));
        node.place = scope.place(written.offset);
        for (one, written) in matches.iter().zip(&written.matches) {
            let child = self.matching(scope, one, written);
            let is_last = self.ends_whole(child.as_ref());
            node.children.extend(child);
            if is_last {
                break;
            }
        }
        Some(node)
    }

    /// Whether a whole tree ends with this part of a target: those after one that is false are not
    /// reached.
    fn ends_whole(&self, part: Option<&Node>) -> bool {
        self.is_whole && part.is_some_and(|part| is(&part.value, false))
    }

    fn matching(
        &self,
        scope: ExplainedScope<'w, 's>,
        condition: &'s Condition,
        written: &'w syntax::Match,
    ) -> Option<Node> {
        if !self.take() {
            return None;
        }
        let value = self.trace.condition(condition);
        let is_true = value == Traced::Known(true);
        let mut node = Node::new(Element::Match, &*written.function, boolean(value));
        node.place = scope.place(written.offset);
        match condition {
            Condition::Match(matching) => {
                let wanted = (!is_true).then_some(&matching.value);
                node.attribute = Some(self.attribute(matching.bag, wanted));
                node.wanted = Some(matching.value.clone());
            }
            Condition::AnyOf(products) => {
                if let [first, second] = &*products.arguments {
                    if let program::Expression::Term(Term::Literal(value)) = first {
                        node.wanted = Some(value.clone());
                    }
                    if let AttributeReference::Selector(selector) = &written.attribute {
                        node.children
                            .extend(self.selector(scope, second.into(), selector));
                    }
                }
            }
            _ => {}
        }
        Some(node)
    }

    fn selector(
        &self,
        scope: ExplainedScope<'w, 's>,
        part: Part<'s>,
        written: &'w syntax::AttributeSelector,
    ) -> Option<Node> {
        if !self.take() {
            return None;
        }
        let mut node = Node::new(
            Element::AttributeSelector,
            &*written.path,
            self.evaluated(part),
        );
        node.place = scope.place(written.offset);
        Some(node)
    }

    /// The condition of a rule whose target matches.
    pub(super) fn rule_condition(
        &self,
        scope: ExplainedScope<'w, 's>,
        rule: &'s program::Rule,
        written: Option<&'w syntax::Rule>,
    ) -> Option<Node> {
        let condition = rule.condition.as_deref()?;
        if !self.take() {
            return None;
        }
        let value = self.trace.condition(condition);
        let mut node = Node::new(Element::Condition, "", boolean(value));
        if let Some(written) = written.and_then(|rule| rule.condition.as_deref()) {
            node.place = scope.place(written.offset());
            let part = Part::Condition(condition);
            node.children.extend(self.expression(scope, written, part));
        }
        Some(node)
    }

    /// The part of a condition that makes it false.
    pub(super) fn failed_condition(
        &self,
        scope: ExplainedScope<'w, 's>,
        rule: &'s program::Rule,
        written: Option<&'w syntax::Rule>,
    ) -> Vec<Node> {
        if self.is_whole {
            return self
                .rule_condition(scope, rule, written)
                .into_iter()
                .collect();
        }
        let written = written.and_then(|rule| rule.condition.as_deref());
        let (Some(mut condition), Some(mut written)) = (rule.condition.as_deref(), written) else {
            return self.rule_condition(scope, rule, None).into_iter().collect();
        };
        while let Expression::Apply(apply) = written {
            if let Some(only) = only_argument(apply) {
                written = only;
                continue;
            }
            let Condition::And(parts) = condition else {
                break;
            };
            let mut both = parts.iter().zip(&apply.arguments);
            let failed = both.find(|(part, _)| self.trace.condition(part) == Traced::Known(false));
            let Some(failed) = failed else {
                break;
            };
            (condition, written) = failed;
        }
        let failed = self.expression(scope, written, Part::Condition(condition));
        failed.into_iter().collect()
    }

    /// An expression with those within it.
    fn expression(
        &self,
        scope: ExplainedScope<'w, 's>,
        written: &'w Expression,
        part: Part<'s>,
    ) -> Option<Node> {
        if !self.take() {
            return None;
        }
        let part = part.plain();
        let (element, name) = match written {
            Expression::Apply(apply) => (Element::Apply, &*apply.function),
            Expression::Designator(designator) => (Element::AttributeDesignator, &*designator.id),
            Expression::Selector(selector) => (Element::AttributeSelector, &*selector.path),
            Expression::Value(_) => (Element::AttributeValue, ""),
            Expression::Function(function) => (Element::Function, &*function.id),
            Expression::Variable(variable) => (Element::Variable, &*variable.id),
            Expression::Quantified(quantified) => {
                (Element::Quantified, quantified.quantifier.as_str())
            }
        };
        let mut node = Node::new(element, name, self.evaluated(part));
        node.place = scope.place(written.offset());
        if let Part::Bag(BagOf::Attribute(bag)) = part
            && element != Element::Variable
        {
            node.attribute = Some(self.attribute(*bag, None));
        }
        match written {
            Expression::Apply(apply) => self.arguments(scope, apply, part, &mut node),
            Expression::Variable(variable) => self.variable(scope, variable, part, &mut node),
            Expression::Quantified(quantified) => self.turns(scope, quantified, part, &mut node),
            _ => {}
        }
        Some(node)
    }

    /// The arguments of an `Apply`.
    fn arguments(
        &self,
        scope: ExplainedScope<'w, 's>,
        apply: &'w syntax::Apply,
        part: Part<'s>,
        node: &mut Node,
    ) {
        let all = &apply.arguments[..];
        let mut add =
            |written: &'w Expression, part: Part<'s>| match self.expression(scope, written, part) {
                Some(child) => node.children.push(child),
                None => node.not_shown += 1,
            };
        let mut each = |written: &'w [Expression], parts: &'s [program::Expression]| {
            for (written, part) in written.iter().zip(parts) {
                add(written, part.into());
            }
        };
        match (part, all) {
            (_, [only]) if only_argument(apply).is_some() => add(only, part),
            (Part::Condition(Condition::And(parts)), _) => {
                self.search(scope, all, parts, false, node);
            }
            (Part::Condition(Condition::Or(parts)), _) => {
                self.search(scope, all, parts, true, node);
            }
            (Part::Condition(Condition::NOf(count, parts)), [first, rest @ ..]) => {
                add(first, Part::Term(count));
                for (written, part) in rest.iter().zip(parts) {
                    add(written, Part::Condition(part));
                }
            }
            (Part::Term(Term::Apply(own)) | Part::Bag(BagOf::Apply(own)), _)
                if own.arguments.len() == all.len() =>
            {
                each(all, &own.arguments);
            }
            (
                Part::Condition(Condition::AnyOf(products) | Condition::AllOf(products)),
                [_, rest @ ..],
            ) => each(rest, &products.arguments),
            (Part::Bag(BagOf::Map(products)), [_, rest @ ..]) => each(rest, &products.arguments),
            (Part::Condition(Condition::AllOfAny(both)), [_, first, second]) => {
                add(first, Part::Bag(&both.first));
                add(second, Part::Bag(&both.second));
            }
            (Part::Condition(Condition::RegexpMatch(matching)), [_, text]) => {
                add(text, Part::Term(&matching.text));
            }
            (Part::Bag(BagOf::Entity(entity)), [owner, attribute, ..]) => {
                add(owner, Part::Term(&entity.owner));
                add(attribute, Part::Term(&entity.attribute));
            }
            // All arguments of the function are literals: it is a designator.
            (Part::Bag(BagOf::Attribute(_)), _) => {}
            _ => {}
        }
        let is_nested =
            |argument| matches!(argument, &Expression::Apply(_) | &Expression::Quantified(_));
        if self.is_whole && node.children.is_empty() {
            node.not_shown += all.iter().filter(|argument| is_nested(*argument)).count();
        }
        // What is written as a literal and not evaluated is still an argument.
        let literal = all.iter().position(|argument| {
            matches!(argument, Expression::Value(_) | Expression::Function(_))
        });
        if let (Some(place @ 0), true) = (literal, node.children.len() + 1 == all.len()) {
            let mut first = match &all[place] {
                Expression::Function(function) => Node::new(
                    Element::Function,
                    &*function.id,
                    NodeValue::Values(Vec::new(), 0),
                ),
                Expression::Value(value) => {
                    let text = Value::from(&*value.text);
                    Node::new(
                        Element::AttributeValue,
                        "",
                        NodeValue::Values(vec![text], 0),
                    )
                }
                _ => return,
            };
            first.place = scope.place(all[place].offset());
            node.children.insert(place, first);
        }
    }

    /// The arguments of an `and` or an `or`: those after one that outweighs the others are not
    /// evaluated.
    fn search(
        &self,
        scope: ExplainedScope<'w, 's>,
        written: &'w [Expression],
        parts: &'s [Condition],
        outweighs: bool,
        node: &mut Node,
    ) {
        for (place, (written, part)) in written.iter().zip(parts).enumerate() {
            let Some(child) = self.expression(scope, written, Part::Condition(part)) else {
                node.not_shown += parts.len() - place;
                return;
            };
            let is_last = is(&child.value, outweighs);
            node.children.push(child);
            if is_last {
                node.not_reached = parts.len() - place - 1;
                return;
            }
        }
    }

    fn variable(
        &self,
        scope: ExplainedScope<'w, 's>,
        reference: &'w syntax::VariableReference,
        part: Part<'s>,
        node: &mut Node,
    ) {
        let Some(AnyPolicy::Policy(policy)) = scope.written.map(|written| written.policy) else {
            return;
        };
        let mut definitions = policy.children.iter().filter_map(|child| match child {
            PolicyChild::Variable(definition) => Some(definition),
            _ => None,
        });
        let definition = definitions.find(|definition| definition.id == reference.id);
        let Some(definition) = definition else {
            return;
        };
        let part = match part {
            Part::Term(Term::Variable(id)) | Part::Bag(BagOf::Variable(id)) => {
                Part::from(&scope.policy.variables[id.index()])
            }
            Part::Bag(BagOf::Attribute(_)) => part,
            _ => return,
        };
        // Variables of variables could be shown without end.
        let address = std::ptr::from_ref(definition) as usize;
        if !self.shown.borrow_mut().insert(address) {
            return;
        }
        node.children
            .extend(self.expression(scope, &definition.expression, part));
    }

    /// The bag of a quantified expression, and the expression for each of its values.
    fn turns(
        &self,
        scope: ExplainedScope<'w, 's>,
        written: &'w syntax::Quantified,
        part: Part<'s>,
        node: &mut Node,
    ) {
        match part {
            Part::Condition(Condition::ForAny(quantified)) => {
                self.each_turn(
                    scope,
                    written,
                    quantified,
                    Some(true),
                    Part::Condition,
                    node,
                );
            }
            Part::Condition(Condition::ForAll(quantified)) => {
                self.each_turn(
                    scope,
                    written,
                    quantified,
                    Some(false),
                    Part::Condition,
                    node,
                );
            }
            Part::Bag(BagOf::Select(quantified)) => {
                self.each_turn(scope, written, quantified, None, Part::Condition, node);
            }
            Part::Bag(BagOf::MapEach(quantified)) => {
                self.each_turn(scope, written, quantified, None, Part::Term, node);
            }
            _ => {}
        }
    }

    fn each_turn<T>(
        &self,
        scope: ExplainedScope<'w, 's>,
        written: &'w syntax::Quantified,
        quantified: &'s Quantified<T>,
        outweighs: Option<bool>,
        iterant: fn(&'s T) -> Part<'s>,
        node: &mut Node,
    ) {
        let domain = Part::Bag(&quantified.domain);
        node.children
            .extend(self.expression(scope, &written.domain, domain));
        let values = self
            .trace
            .bag(&quantified.domain)
            .known()
            .unwrap_or_default();
        let count = values.len();
        for (place, value) in values.into_iter().enumerate() {
            if (place == MOST_TURNS && !self.is_whole) || !self.take() {
                node.not_shown = count - place;
                return;
            }
            let own = NodeValue::Values(vec![value.clone()], 0);
            let mut turn = Node::new(Element::Turn, &*written.variable, own);
            let part = iterant(&quantified.iterant);
            let inside = self
                .trace
                .at(value, || self.expression(scope, &written.iterant, part));
            let is_last = match (&inside, outweighs) {
                (Some(inside), Some(outweighs)) => is(&inside.value, outweighs),
                _ => false,
            };
            turn.children.extend(inside);
            node.children.push(turn);
            if is_last {
                node.not_reached = count - place - 1;
                return;
            }
        }
    }

    fn evaluated(&self, part: Part<'s>) -> NodeValue {
        match part {
            Part::Condition(condition) => boolean(self.trace.condition(condition)),
            Part::Term(term) => self.values_of(self.trace.term(term)),
            Part::Bag(bag) => self.values_of(self.trace.bag(bag)),
        }
    }
}

fn boolean(traced: Traced<bool>) -> NodeValue {
    match traced {
        Traced::Known(value) => NodeValue::Boolean(value),
        Traced::Open => NodeValue::NotEvaluated,
        Traced::Failed(reason) => NodeValue::Indeterminate(reason),
    }
}

/// The argument of an `and` or an `or` that has one, and is compiled to that.
fn only_argument(apply: &syntax::Apply) -> Option<&Expression> {
    let [only] = &apply.arguments[..] else {
        return None;
    };
    let function = function::standard(&apply.function)?;
    matches!(function.call, Call::And | Call::Or).then_some(only)
}

/// Whether a value is this boolean.
fn is(value: &NodeValue, wanted: bool) -> bool {
    match value {
        NodeValue::Boolean(value) => *value == wanted,
        NodeValue::Values(values, 0) => match &values[..] {
            [only] => only.as_bool() == Some(wanted),
            _ => false,
        },
        _ => false,
    }
}
