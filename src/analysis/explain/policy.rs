//! Policies, policy sets, references and rules → nodes, each with the step that made its value.

use super::expression::ExplainedScope;
use super::step::{RootStep, step};
use super::tree::{Combining, Element, Node, NodeRole, NodeValue};
use super::walk::Walk;
use crate::combining::{Algorithm, Combined, Heard};
use crate::decision::{Effect, ExtendedDecision};
use crate::error::Offset;
use crate::evaluate::{Traced, TracedDecision};
use crate::program::{self, Child, PolicyId, Root};
use crate::syntax::{self, AnyPolicy, PolicySetChild};

use ExtendedDecision::{IndeterminateDP, IndeterminateP, NotApplicable, Permit};

/// A child of a policy, as it is written.
#[derive(Clone, Copy)]
enum WrittenChild<'d> {
    Rule(&'d syntax::Rule),
    InPlace,
    Reference(&'d syntax::Reference),
}

/// A child of a policy: its node, or that it does not apply and is not shown.
enum Made {
    Shown(Box<Node>),
    LeftOut,
}

/// The most children of one policy that do not apply and are shown: those that apply come first.
const MOST_LEFT_OUT: usize = 200;

/// The place, target and obligations of a policy or a rule.
struct PolicyParts<'d> {
    offset: Offset,
    target: Option<&'d syntax::Target>,
    obligations: &'d [syntax::ObligationExpression],
    advice: &'d [syntax::AdviceExpression],
}

impl<'w, 's> Walk<'w, 's> {
    /// The root policy, or the policies of a store that may apply.
    pub(super) fn root(&self) -> Option<Node> {
        let stored = match &self.trace.program().root {
            Root::Policy(id) => return self.policy(*id, true).and_then(Made::node),
            Root::Store(stored) => stored,
        };
        let mut node = Node::new(Element::Roots, "", NodeValue::NotEvaluated);
        let members = self.trace.members(stored);
        let children = members
            .iter()
            .map(|id| move |walk: &Self, is_shown| walk.policy(*id, is_shown));
        let ended = self.combine(&stored.algorithm, children, &mut node);
        let value = self.trace.root().value;
        let value = value.or(ended.map(|(_, value)| value));
        let value = value.or_else(|| self.folded(&stored.algorithm, &node.children));
        self.finish(&mut node, Some(&stored.algorithm), (value, None), ended);
        node.combining = Some(Combining {
            algorithm: stored.algorithm.id(Combined::Policies).to_owned(),
            step: step(&stored.algorithm, value, &node.children, RootStep::Store),
        });
        Some(node)
    }

    /// None if nothing is left of the budget.
    fn policy(&self, id: PolicyId, is_shown: bool) -> Option<Made> {
        let policy = self.trace.program().policy(id);
        let written = self.plain.and_then(|plain| plain.written(id));
        let element = match (policy.is_set, policy.id.is_empty()) {
            (true, true) if written.is_none() => Element::Roots,
            (true, _) => Element::PolicySet,
            (false, _) => Element::Policy,
        };
        let decision = self.trace.policy(id);
        if let Some(made) = self.early(&decision, is_shown) {
            return made;
        }
        let mut node = Node::new(element, &*policy.id, NodeValue::NotEvaluated);
        if let Some(written) = written {
            node.place = written.place(written.policy.offset());
        }
        self.trace.within(policy, || {
            let scope = ExplainedScope { policy, written };
            self.inside_policy(id, scope, decision, &mut node);
        });
        Some(Made::Shown(Box::new(node)))
    }

    /// The result for a rule or a policy that gets no node: nothing is left of the budget, or
    /// it does not apply and is one of very many.
    #[expect(clippy::option_option, reason = "no node is not no answer")]
    fn early(&self, decision: &TracedDecision, is_shown: bool) -> Option<Option<Made>> {
        if self.trace.is_exhausted() {
            self.is_cut.set(true);
            return Some(None);
        }
        if !is_shown && decision.value == Some(NotApplicable) {
            return Some(self.trace.spend(1).then_some(Made::LeftOut));
        }
        (!self.take()).then_some(None)
    }

    fn inside_policy(
        &self,
        id: PolicyId,
        scope: ExplainedScope<'w, 's>,
        decision: TracedDecision,
        node: &mut Node,
    ) {
        let policy = scope.policy;
        let parts = scope.written.map(|written| parts_of_policy(written.policy));
        let target = self.trace.target(policy, &policy.target);
        let written_target = parts.as_ref().and_then(|parts| parts.target);
        if target == Traced::Known(false) {
            node.value = NodeValue::Decision(NotApplicable);
            self.failed_target(scope, &policy.target, written_target, node);
            return;
        }
        node.held_tests = self.trace.tally(policy, &policy.target).held;
        node.children
            .extend(self.target(scope, &policy.target, written_target, &target));
        let written = scope.written.map(|written| children_of(written.policy));
        let written = written.as_deref().unwrap_or_default();
        let children = 0..policy.children.len();
        let children = children.map(|index| {
            let written = written.get(index).copied();
            move |walk: &Self, is_shown| walk.child((id, index), scope, written, is_shown)
        });
        let ended = self.combine(&policy.algorithm, children, node);
        // Open if it waits for something that the decision found to make no difference.
        let of_children = || match target {
            Traced::Known(_) => {
                let folded = || self.folded(&policy.algorithm, &node.children);
                let value = ended.map(|(_, value)| value).or_else(folded);
                value.map(|value| self.with_obligations(policy, value))
            }
            _ => None,
        };
        let value = decision.value.or_else(of_children);
        let combined = ended.map(|(_, value)| value);
        let combined = combined.or_else(|| self.folded(&policy.algorithm, &node.children));
        self.finish(
            node,
            Some(&policy.algorithm),
            (value, decision.reason),
            ended,
        );
        let step = match (&target, value, combined) {
            (Traced::Failed(_), Some(value), _) if value.is_indeterminate() => {
                "its target is Indeterminate, and so is what would have applied (§7.14)".to_owned()
            }
            (_, Some(value), Some(combined))
                if value.is_indeterminate() && combined.effect().is_some() =>
            {
                "an obligation or advice of it has no value, so it is Indeterminate (§7.18)"
                    .to_owned()
            }
            _ => step(&policy.algorithm, value, &node.children, RootStep::Policy),
        };
        node.combining = Some(Combining {
            algorithm: match scope.written.map(|written| written.policy) {
                Some(policy) => policy.combining_algorithm().to_owned(),
                None => policy
                    .algorithm
                    .id(match policy.is_set {
                        true => Combined::Policies,
                        false => Combined::Rules,
                    })
                    .to_owned(),
            },
            step,
        });
        // One that has no value is the reason of an Indeterminate.
        let effect = value.and_then(|value| match value.is_indeterminate() {
            true => combined.and_then(ExtendedDecision::effect),
            false => value.effect(),
        });
        if let (Some(effect), Some(parts)) = (effect, &parts) {
            self.obligations(scope, &policy.obligations, parts.written(), effect, node);
            if value.is_some_and(ExtendedDecision::is_indeterminate) {
                only_failed_obligations(node);
            }
        }
    }

    /// Adds the children to a node, in order, until one of them ends the combining: then the place of
    /// that one among the children, and the value.
    fn combine<F: Fn(&Self, bool) -> Option<Made>>(
        &self,
        algorithm: &Algorithm,
        children: impl ExactSizeIterator<Item = F>,
        node: &mut Node,
    ) -> Option<(usize, ExtendedDecision)> {
        let mut heard = Heard::default();
        let mut ended = None;
        let mut first = None;
        let (count, mut left_out) = (children.len(), 0);
        for (index, make) in children.enumerate() {
            if ended.is_some() {
                node.not_reached = count - index;
                break;
            }
            if matches!(algorithm, Algorithm::OnPermitApplySecond)
                && !is_second_reached(first, index)
            {
                node.not_reached += 1;
                continue;
            }
            let child = match make(self, self.is_whole || left_out < MOST_LEFT_OUT) {
                Some(Made::Shown(child)) => *child,
                Some(Made::LeftOut) => {
                    node.not_shown += 1;
                    continue;
                }
                None => {
                    node.not_shown += count - index;
                    self.is_cut.set(true);
                    break;
                }
            };
            let value = decision_of(&child);
            left_out += usize::from(value == Some(NotApplicable));
            if index == 0 {
                first = value;
            }
            if let Some(value) = value
                && let Some(value) = algorithm.hear(&mut heard, value)
            {
                ended = Some((node.children.len(), value));
            }
            node.children.push(child);
        }
        ended
    }

    /// The value of a policy whose children do not end the combining before the last one; none for
    /// an algorithm that is no fold.
    fn folded(&self, algorithm: &Algorithm, children: &[Node]) -> Option<ExtendedDecision> {
        if matches!(
            algorithm,
            Algorithm::OnlyOneApplicable | Algorithm::OnPermitApplySecond | Algorithm::Host(_)
        ) {
            return None;
        }
        let mut heard = Heard::default();
        for value in children.iter().filter_map(decision_of) {
            if let Some(value) = algorithm.hear(&mut heard, value) {
                return Some(value);
            }
        }
        Some(algorithm.conclude(heard))
    }

    /// The decision of a policy by that of its children: Indeterminate if an obligation or advice that
    /// goes with it has no value (§7.18).
    fn with_obligations(
        &self,
        policy: &'s program::Policy,
        decision: ExtendedDecision,
    ) -> ExtendedDecision {
        let Some(effect) = decision.effect() else {
            return decision;
        };
        let own = policy.obligations.iter().filter(|one| one.on == effect);
        let mut assignments = own.flat_map(|one| &one.assignments);
        let is_failed = assignments.any(|assignment| {
            let value = self.trace.expression(&assignment.expression);
            matches!(value, Traced::Failed(_))
        });
        match is_failed {
            true => ExtendedDecision::indeterminate(effect),
            false => decision,
        }
    }

    /// Sets the value of a rule, or of a policy and the part of each of its children in it.
    fn finish(
        &self,
        node: &mut Node,
        algorithm: Option<&Algorithm>,
        (value, reason): (Option<ExtendedDecision>, Option<String>),
        ended: Option<(usize, ExtendedDecision)>,
    ) {
        node.value = match (value, reason) {
            (Some(value), _) => NodeValue::Decision(value),
            (None, Some(reason)) => NodeValue::Indeterminate(reason),
            (None, None) => NodeValue::NotEvaluated,
        };
        for child in &mut node.children {
            if !child.is_child_of_policy() || child.role == NodeRole::NotReached {
                continue;
            }
            child.role = match (decision_of(child), value) {
                (None, _) => NodeRole::NotReached,
                (Some(NotApplicable), _) => NodeRole::LeftOut,
                (Some(own), Some(value))
                    if own.effect() == value.effect()
                        && own.is_indeterminate() == value.is_indeterminate() =>
                {
                    NodeRole::Decides
                }
                (Some(own), _) => passed_over(algorithm, own, value),
            };
            if child.role != NodeRole::Decides {
                without_obligations(child);
            }
        }
        // It may be an Indeterminate that counts as a Deny (C.10).
        let last = ended.filter(|(_, own)| Some(*own) == value);
        if let Some(child) = last.and_then(|(place, _)| node.children.get_mut(place)) {
            child.role = NodeRole::Decides;
        }
    }

    fn child(
        &self,
        place: (PolicyId, usize),
        scope: ExplainedScope<'w, 's>,
        written: Option<WrittenChild<'w>>,
        is_shown: bool,
    ) -> Option<Made> {
        match (&scope.policy.children[place.1], written) {
            (Child::Rule(rule), Some(WrittenChild::Rule(written))) => {
                self.rule(place, scope, rule, Some(written), is_shown)
            }
            (Child::Rule(rule), _) => self.rule(place, scope, rule, None, is_shown),
            (Child::Policy(child), Some(WrittenChild::Reference(reference))) => {
                let Made::Shown(policy) = self.policy(*child, is_shown)? else {
                    return Some(Made::LeftOut);
                };
                let mut node = Node::new(Element::Reference, &*reference.id, policy.value.clone());
                node.place = scope.place(reference.offset);
                node.children.push(*policy);
                Some(Made::Shown(Box::new(node)))
            }
            (Child::Policy(child), _) => self.policy(*child, is_shown),
        }
    }

    fn rule(
        &self,
        (id, index): (PolicyId, usize),
        scope: ExplainedScope<'w, 's>,
        rule: &'s program::Rule,
        written: Option<&'w syntax::Rule>,
        is_shown: bool,
    ) -> Option<Made> {
        let decision = self.trace.child(id, scope.policy, index);
        if let Some(made) = self.early(&decision, is_shown) {
            return made;
        }
        let mut node = Node::new(Element::Rule, &*rule.id, NodeValue::NotEvaluated);
        node.effect = Some(rule.effect);
        let parts = written.map(parts_of_rule);
        if let (Some(written), Some(parts)) = (scope.written, &parts) {
            node.place = written.place(parts.offset);
        }
        let written_target = parts.as_ref().and_then(|parts| parts.target);
        let target = self.trace.target(scope.policy, &rule.target);
        if decision.value == Some(NotApplicable) {
            node.value = NodeValue::Decision(NotApplicable);
            match target {
                Traced::Known(false) => {
                    self.failed_target(scope, &rule.target, written_target, &mut node);
                }
                _ => {
                    let tally = self.trace.tally(scope.policy, &rule.target);
                    let condition = rule.condition.as_deref();
                    let condition = condition.map(|condition| self.trace.tally_of(condition));
                    let condition = condition.unwrap_or_default();
                    node.failed_tests = condition.failed.max(1);
                    node.held_tests = tally.held + condition.held;
                    node.is_target_met = tally.held > 0;
                    if self.is_whole {
                        let shown = self.target(scope, &rule.target, written_target, &target);
                        node.children.extend(shown);
                    }
                    node.children
                        .extend(self.failed_condition(scope, rule, written));
                }
            }
            node.not_shown = usize::from(node.children.is_empty());
            return Some(Made::Shown(Box::new(node)));
        }
        node.children
            .extend(self.target(scope, &rule.target, written_target, &target));
        if target == Traced::Known(true) {
            node.children
                .extend(self.rule_condition(scope, rule, written));
        }
        let is_failed = decision.reason.is_some();
        self.finish(&mut node, None, (decision.value, decision.reason), None);
        if let (Some(effect), Some(parts)) =
            (decision.value.and_then(ExtendedDecision::effect), &parts)
        {
            self.obligations(scope, &rule.obligations, parts.written(), effect, &mut node);
        } else if is_failed && let Some(parts) = &parts {
            // One of them may be the reason.
            self.obligations(
                scope,
                &rule.obligations,
                parts.written(),
                rule.effect,
                &mut node,
            );
            only_failed_obligations(&mut node);
        }
        Some(Made::Shown(Box::new(node)))
    }

    /// Adds the obligations and advice that go with an effect.
    fn obligations(
        &self,
        scope: ExplainedScope<'w, 's>,
        compiled: &'s [program::ObligationExpression],
        written: impl Iterator<Item = (Offset, &'w [syntax::AttributeAssignmentExpression])>,
        effect: Effect,
        node: &mut Node,
    ) {
        for (obligation, (offset, assignments)) in compiled.iter().zip(written) {
            if obligation.on != effect || !self.take() {
                continue;
            }
            let element = match obligation.is_advice {
                true => Element::Advice,
                false => Element::Obligation,
            };
            let mut own = Node::new(element, &*obligation.id, NodeValue::Boolean(true));
            own.place = scope.place(offset);
            for (assignment, written) in obligation.assignments.iter().zip(assignments) {
                if !self.take() {
                    break;
                }
                let value = self.values_of(self.trace.expression(&assignment.expression));
                if let NodeValue::Indeterminate(_) = value {
                    own.value = value.clone();
                }
                let mut of_assignment = Node::new(Element::Assignment, &*assignment.id, value);
                of_assignment.place = scope.place(written.offset);
                own.children.push(of_assignment);
            }
            node.children.push(own);
        }
    }
}

impl Made {
    fn node(self) -> Option<Node> {
        match self {
            Self::Shown(node) => Some(*node),
            Self::LeftOut => None,
        }
    }
}

impl<'d> PolicyParts<'d> {
    /// The places and assignments of the obligations, then of the advice, as they are compiled.
    fn written(
        &self,
    ) -> impl Iterator<Item = (Offset, &'d [syntax::AttributeAssignmentExpression])> + use<'d> {
        let obligations = self.obligations.iter();
        let obligations = obligations.map(|one| (one.offset, &one.assignments[..]));
        let advice = self.advice.iter();
        obligations.chain(advice.map(|one| (one.offset, &one.assignments[..])))
    }
}

/// The part of a child that applies or is Indeterminate, and has not the value of its policy.
fn passed_over(
    algorithm: Option<&Algorithm>,
    own: ExtendedDecision,
    value: Option<ExtendedDecision>,
) -> NodeRole {
    match (algorithm, value.and_then(ExtendedDecision::effect)) {
        // The value is there without any child that has it.
        (Some(Algorithm::DenyUnlessPermit), Some(Effect::Deny))
        | (Some(Algorithm::PermitUnlessDeny), Some(Effect::Permit))
        | (Some(Algorithm::Host(_)), _) => NodeRole::Ignored,
        (Some(Algorithm::OnPermitApplySecond), Some(_)) => NodeRole::Chooses,
        (Some(Algorithm::OnlyOneApplicable), None) if !own.is_indeterminate() => NodeRole::Rival,
        _ => NodeRole::Outweighed,
    }
}

/// Takes away the obligations and advice of a child that is outweighed: they are not returned (§7.18). One
/// without a value stays, as the reason of an Indeterminate.
fn without_obligations(node: &mut Node) {
    only_failed_obligations(node);
    node.children.iter_mut().for_each(without_obligations);
}

fn only_failed_obligations(node: &mut Node) {
    node.children.retain(|child| match child.element {
        Element::Obligation | Element::Advice => {
            matches!(child.value, NodeValue::Indeterminate(_))
        }
        _ => true,
    });
}

/// Whether on-permit-apply-second evaluates the child at a place: the second if the first permits, the
/// third if the first neither permits nor could have.
fn is_second_reached(first: Option<ExtendedDecision>, index: usize) -> bool {
    match (first, index) {
        (_, 0) => true,
        (Some(Permit), index) => index == 1,
        (Some(IndeterminateP | IndeterminateDP) | None, _) => false,
        (Some(_), index) => index == 2,
    }
}

/// The decision of a child; none if it was not evaluated.
pub(super) fn decision_of(child: &Node) -> Option<ExtendedDecision> {
    if !child.is_child_of_policy() && child.element != Element::Roots {
        return None;
    }
    match child.role {
        NodeRole::NotReached => None,
        _ => child.decision(),
    }
}

fn parts_of_policy(policy: AnyPolicy<'_>) -> PolicyParts<'_> {
    PolicyParts {
        offset: policy.offset(),
        target: Some(policy.target()),
        obligations: policy.obligations(),
        advice: policy.advice(),
    }
}

fn parts_of_rule(rule: &syntax::Rule) -> PolicyParts<'_> {
    PolicyParts {
        offset: rule.offset,
        target: rule.target.as_ref(),
        obligations: &rule.obligations,
        advice: &rule.advice,
    }
}

/// The children that are combined, in order.
fn children_of(policy: AnyPolicy<'_>) -> Vec<WrittenChild<'_>> {
    match policy {
        AnyPolicy::Policy(policy) => policy.rules().map(WrittenChild::Rule).collect(),
        AnyPolicy::Set(set) => {
            let children = set.children.iter().filter_map(|child| match child {
                PolicySetChild::Policy(_) | PolicySetChild::PolicySet(_) => {
                    Some(WrittenChild::InPlace)
                }
                PolicySetChild::PolicyReference(reference)
                | PolicySetChild::PolicySetReference(reference) => {
                    Some(WrittenChild::Reference(reference))
                }
                _ => None,
            });
            children.collect()
        }
    }
}
