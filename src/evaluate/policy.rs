//! Rules, policies and policy sets → decisions, obligations and advice (§7.10 to §7.18).

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::cause::{Cause, Indeterminate, Stop};
use super::obligation::FIRED;
use super::target::Visited;
use super::{Fired, FiredBy, Pass};
use crate::combining::{Algorithm, Children, CombinerParameter, CombiningAlgorithm, Heard};
use crate::decision::{Effect, ExtendedDecision, XacmlVersion};
use crate::limits::short;
use crate::program::{Child, ChildSearch, Policy, PolicyId, Root, Rule};

use ExtendedDecision::{IndeterminateDP, IndeterminateP, NotApplicable, Permit};

/// The value of a rule or a policy.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The value, and the trouble behind an Indeterminate: that of the first child, part or
    /// argument that was Indeterminate.
    Value(ExtendedDecision, Option<Indeterminate>),
    /// It needs an attribute that is not fetched yet.
    Open,
}

impl Verdict {
    const fn of(value: ExtendedDecision) -> Self {
        Self::Value(value, None)
    }
}

impl<'e> Pass<'e> {
    /// §7.12, §7.13 and, for a target that is Indeterminate, §7.14; 2.0 §7.10 and §7.11.
    pub(super) fn policy(&self, id: PolicyId) -> Verdict {
        let policy = self.program.policy(id);
        // An expression refers to variables of its own policy alone (§7.8): without any, nothing in
        // it reads the frame.
        if policy.variables.is_empty() {
            return self.visit(id, policy);
        }
        self.scope.within(policy, || self.visit(id, policy))
    }

    fn visit(&self, id: PolicyId, policy: &'e Policy) -> Verdict {
        let mark = self.notes.borrow().fired.len();
        let matches = self.target(policy, &policy.target);
        // Nothing is evaluated again unless `access-permitted` gave a doubtful answer.
        self.doubt(|| self.target(policy, &policy.target));
        let mut verdict = match matches {
            Ok(true) => self.applicable(id, policy, mark),
            Ok(false) => return Verdict::of(NotApplicable),
            Err(Stop::Open) => return Verdict::Open,
            // Whatever the children are (2.0 §7.10, §7.11).
            Err(Stop::Indeterminate(reason)) if policy.xacml == XacmlVersion::V2 => {
                Verdict::Value(IndeterminateDP, Some(self.met(reason.at(id, None))))
            }
            Err(Stop::Indeterminate(reason)) => match self.combine(id, policy) {
                Verdict::Value(value, _) => match under_indeterminate_target(value) {
                    NotApplicable => Verdict::of(NotApplicable),
                    value => Verdict::Value(value, Some(self.met(reason.at(id, None)))),
                },
                Verdict::Open => Verdict::Open,
            },
        };
        let decided = match &verdict {
            Verdict::Value(value, _) => value.effect(),
            Verdict::Open => None,
        };
        if decided.is_none() {
            // §7.18: nothing is returned from a policy that is neither Permit nor Deny.
            self.notes.borrow_mut().fired.truncate(mark);
            if policy.xacml == XacmlVersion::V2 {
                verdict = untracked(verdict);
            }
        }
        let applied = match &verdict {
            Verdict::Value(NotApplicable, _) | Verdict::Open => false,
            Verdict::Value(..) => true,
        };
        if applied && self.bindings.request.return_policy_id_list() {
            self.notes.borrow_mut().applied.push(id);
        }
        verdict
    }

    /// The value of a policy whose target matches: that of its children combined, with its own
    /// obligations and advice.
    fn applicable(&self, id: PolicyId, policy: &'e Policy, mark: usize) -> Verdict {
        let verdict = self.combine(id, policy);
        let Verdict::Value(value, _) = &verdict else {
            return verdict;
        };
        let Some(effect) = value.effect() else {
            return verdict;
        };
        if keep(&mut self.notes.borrow_mut().fired, mark, effect) == mark {
            self.decided_by_itself(id, effect);
        }
        match self.obligations(id, None, &policy.obligations, effect) {
            Ok(()) => {
                self.doubt(|| self.assigned_by(&policy.obligations, effect));
                verdict
            }
            Err(Stop::Open) => Verdict::Open,
            Err(Stop::Indeterminate(reason)) => Verdict::Value(
                ExtendedDecision::indeterminate(effect),
                Some(self.met(reason.at(id, None))),
            ),
        }
    }

    /// Notes a policy without a rule or a policy of its effect.
    #[cold]
    fn decided_by_itself(&self, id: PolicyId, effect: Effect) {
        // Without work left the whole decision fails, whatever it came to.
        if self.spend_on(FIRED).is_ok() {
            let what = FiredBy::Policy(id);
            self.notes.borrow_mut().fired.push(Fired { effect, what });
        }
    }

    fn combine(&self, id: PolicyId, policy: &'e Policy) -> Verdict {
        match &policy.algorithm {
            Algorithm::OnlyOneApplicable => self.only_one_applicable(id, policy),
            Algorithm::OnPermitApplySecond => self.on_permit_apply_second(id, policy),
            Algorithm::Host(algorithm) => self.host_algorithm(id, policy, &**algorithm),
            fold @ (Algorithm::DenyOverrides
            | Algorithm::PermitOverrides
            | Algorithm::DenyUnlessPermit
            | Algorithm::PermitUnlessDeny
            | Algorithm::FirstApplicable
            | Algorithm::LegacyDenyOverridesRules
            | Algorithm::LegacyDenyOverridesPolicies
            | Algorithm::LegacyPermitOverridesRules
            | Algorithm::LegacyPermitOverridesPolicies) => self.fold(id, policy, fold),
        }
    }

    /// Evaluates the root: the only policy, or the applicable one of a store (§7.17).
    pub(super) fn root(&self) -> Verdict {
        let stored = match &self.program.root {
            Root::Policy(id) => return self.policy(*id),
            Root::Store(stored) => stored,
        };
        let mark = self.notes.borrow().fired.len();
        let mut visited = match self.members(stored) {
            Ok(visited) => visited,
            Err(stop) => return failed(stop),
        };
        let policy = |number: u32| match self.spend_on(1) {
            Ok(()) => self.policy(PolicyId(number)),
            Err(stop) => failed(stop),
        };
        let verdict = match &stored.algorithm {
            Algorithm::OnlyOneApplicable => {
                let applies = |number: u32| self.policy_applies(PolicyId(number));
                // The nameless set around the policies of a store is no place.
                self.only_one_of(&mut visited, |reason| reason, applies, policy)
            }
            // `StoreWriter::new` lets in nothing but folds besides.
            fold => self.fold_over(fold, &mut visited, policy),
        };
        self.forget(&visited);
        let effect = match &verdict {
            Verdict::Value(value, _) => value.effect(),
            Verdict::Open => None,
        };
        match effect {
            Some(effect) => {
                keep(&mut self.notes.borrow_mut().fired, mark, effect);
            }
            None => self.notes.borrow_mut().fired.truncate(mark),
        }
        verdict
    }

    /// Appendix C.2 to C.8 and C.10 to C.13.
    fn fold(&self, id: PolicyId, policy: &'e Policy, algorithm: &Algorithm) -> Verdict {
        let mut visited = match self.children(policy) {
            Ok(visited) => visited,
            Err(stop) => return failed(stop),
        };
        let proven = visited.proven();
        let child = |index: u32| {
            let is_proven = proven.checked_shr(index).is_some_and(|rest| rest & 1 == 1);
            if is_proven
                && let ChildSearch::Bitmap(bitmap) = &policy.search
                && let Some(effect) = bitmap.bare_effect(index)
                && self.spend_on(1 + FIRED).is_ok()
            {
                let what = FiredBy::Rule(id, index as usize);
                self.notes.borrow_mut().fired.push(Fired { effect, what });
                return Verdict::of(effect.into());
            }
            self.child_known(id, policy, index as usize, is_proven)
        };
        let verdict = self.fold_over(algorithm, &mut visited, child);
        self.forget(&visited);
        verdict
    }

    fn fold_over(
        &self,
        algorithm: &Algorithm,
        visited: &mut Visited,
        child: impl Fn(u32) -> Verdict,
    ) -> Verdict {
        let mut heard = Heard::default();
        let mut first = None;
        let mut open = false;
        while let Some(index) = self.next(visited) {
            match child(index) {
                Verdict::Open if matches!(algorithm, Algorithm::FirstApplicable) => {
                    // What comes after may never be looked at: ask for nothing it needs.
                    return Verdict::Open;
                }
                // The others are evaluated all the same, to ask for all they need at once.
                Verdict::Open => open = true,
                Verdict::Value(value, reason) => {
                    if first.is_none() {
                        first = reason;
                    }
                    if let Some(value) = algorithm.hear(&mut heard, value) {
                        // The open child may end the fold before this one, with other obligations.
                        return if open {
                            Verdict::Open
                        } else {
                            concluded(value, first)
                        };
                    }
                }
            }
        }
        if open {
            return Verdict::Open;
        }
        concluded(algorithm.conclude(heard), first)
    }

    pub(super) fn child(&self, id: PolicyId, policy: &'e Policy, index: usize) -> Verdict {
        self.child_known(id, policy, index, false)
    }

    /// A child of a policy; if it is a rule and `is_proven`, its target is known to match.
    #[inline(always)]
    fn child_known(
        &self,
        id: PolicyId,
        policy: &'e Policy,
        index: usize,
        is_proven: bool,
    ) -> Verdict {
        if let Err(Stop::Indeterminate(reason)) = self.spend_on(1) {
            // The decision fails; the rest of it is not worth the time.
            return Verdict::Value(IndeterminateDP, Some(reason));
        }
        match &policy.children[index] {
            Child::Rule(rule) => self.rule(rule, policy, (id, index), is_proven),
            Child::Policy(child) if policy.xacml == XacmlVersion::V2 => {
                untracked(self.policy(*child))
            }
            Child::Policy(child) => self.policy(*child),
        }
    }

    /// §7.11; 2.0 §7.8. An Indeterminate keeps the effect of the rule, which combining algorithms
    /// of 2.0 use (2.0 C.1 to C.3).
    #[inline(never)]
    fn rule(
        &self,
        rule: &'e Rule,
        policy: &'e Policy,
        (id, index): (PolicyId, usize),
        is_proven: bool,
    ) -> Verdict {
        let mark = self.notes.borrow().fired.len();
        let matches = match is_proven {
            true => Ok(true),
            false => self.target(policy, &rule.target),
        };
        let result = match matches {
            Ok(true) => match self.rule_condition(rule) {
                Ok(true) => self.spend_on(FIRED).and_then(|()| {
                    self.notes.borrow_mut().fired.push(Fired {
                        effect: rule.effect,
                        what: FiredBy::Rule(id, index),
                    });
                    self.obligations(id, Some(index), &rule.obligations, rule.effect)
                }),
                Ok(false) => {
                    self.doubt_rule(policy, rule);
                    return Verdict::of(NotApplicable);
                }
                Err(stop) => Err(stop),
            },
            Ok(false) => {
                self.doubt_rule(policy, rule);
                return Verdict::of(NotApplicable);
            }
            Err(stop) => Err(stop),
        };
        match result {
            Ok(()) => {
                self.doubt_rule(policy, rule);
                Verdict::of(rule.effect.into())
            }
            Err(Stop::Open) => {
                self.notes.borrow_mut().fired.truncate(mark);
                Verdict::Open
            }
            Err(Stop::Indeterminate(reason)) => {
                self.notes.borrow_mut().fired.truncate(mark);
                Verdict::Value(
                    ExtendedDecision::indeterminate(rule.effect),
                    Some(self.met(reason.at(id, Some(index)))),
                )
            }
        }
    }

    /// Notes whether the value of a rule rests on doubtful answers of `access-permitted`.
    #[inline]
    fn doubt_rule(&self, policy: &'e Policy, rule: &'e Rule) {
        self.doubt(|| {
            if self.target(policy, &rule.target)? && self.rule_condition(rule)? {
                self.assigned_by(&rule.obligations, rule.effect)?;
            }
            Ok(())
        });
    }

    /// §7.9: none is True.
    fn rule_condition(&self, rule: &'e Rule) -> Result<bool, Stop> {
        let condition = rule.condition.as_deref();
        condition.map_or(Ok(true), |condition| self.condition(condition))
    }

    /// Whether a child applies by its target alone (C.9).
    fn applies(&self, id: PolicyId, policy: &'e Policy, index: usize) -> Result<bool, Stop> {
        match &policy.children[index] {
            Child::Rule(rule) => {
                let matches = self.target(policy, &rule.target);
                matches.map_err(|stop| stop.at(id, Some(index)))
            }
            Child::Policy(child) => self.policy_applies(*child),
        }
    }

    fn policy_applies(&self, id: PolicyId) -> Result<bool, Stop> {
        let policy = self.program.policy(id);
        let matches = self.target(policy, &policy.target);
        matches.map_err(|stop| stop.at(id, None))
    }

    /// C.9.
    fn only_one_applicable(&self, id: PolicyId, policy: &'e Policy) -> Verdict {
        let mut visited = match self.children(policy) {
            Ok(visited) => visited,
            Err(stop) => return failed(stop),
        };
        let applies = |index: u32| self.applies(id, policy, index as usize);
        let child = |index: u32| self.child(id, policy, index as usize);
        let at = |reason: Indeterminate| reason.at(id, None);
        let verdict = self.only_one_of(&mut visited, at, applies, child);
        self.forget(&visited);
        verdict
    }

    /// C.9. Does not track the decisions that an Indeterminate could have been (C.1).
    fn only_one_of(
        &self,
        visited: &mut Visited,
        at: impl Fn(Indeterminate) -> Indeterminate,
        applies: impl Fn(u32) -> Result<bool, Stop>,
        child: impl Fn(u32) -> Verdict,
    ) -> Verdict {
        let mut selected = None;
        let mut open = false;
        while let Some(index) = self.next(visited) {
            match applies(index) {
                Ok(false) => {}
                Err(Stop::Open) => open = true,
                _ if open => {}
                Err(Stop::Indeterminate(reason)) => {
                    return Verdict::Value(IndeterminateDP, Some(self.met(reason)));
                }
                Ok(true) if selected.is_some() => {
                    let reason = Indeterminate::from(Cause::SeveralApplicable);
                    return Verdict::Value(IndeterminateDP, Some(self.met(at(reason))));
                }
                Ok(true) => selected = Some(index),
            }
        }
        match selected {
            _ if open => Verdict::Open,
            None => Verdict::of(NotApplicable),
            Some(index) => match child(index) {
                Verdict::Value(value, reason) if value.is_indeterminate() => {
                    Verdict::Value(IndeterminateDP, reason)
                }
                verdict => verdict,
            },
        }
    }

    /// Additional Combining Algorithms Profile, §2.
    fn on_permit_apply_second(&self, id: PolicyId, policy: &'e Policy) -> Verdict {
        let count = policy.children.len();
        if !(2..=3).contains(&count) {
            let reason = Indeterminate::from(Cause::ChildCount(short(count))).at(id, None);
            return Verdict::Value(IndeterminateDP, Some(self.met(reason)));
        }
        match self.child(id, policy, 0) {
            Verdict::Value(Permit, _) => self.child(id, policy, 1),
            Verdict::Value(IndeterminateP | IndeterminateDP, reason) => {
                Verdict::Value(IndeterminateDP, reason)
            }
            Verdict::Value(..) if count == 3 => self.child(id, policy, 2),
            Verdict::Value(..) => Verdict::of(NotApplicable),
            Verdict::Open => Verdict::Open,
        }
    }

    fn host_algorithm(
        &self,
        id: PolicyId,
        policy: &'e Policy,
        algorithm: &dyn CombiningAlgorithm,
    ) -> Verdict {
        let mut children = HostChildren {
            pass: self,
            id,
            policy,
            evaluated: vec![false; policy.children.len()],
            first: None,
            open: false,
        };
        // Whatever the children evaluate of a host's catches its panics itself, so this is one of the
        // algorithm between two children, when nothing is half done.
        let value = catch_unwind(AssertUnwindSafe(|| algorithm.combine(&mut children)));
        if children.open {
            // It combined an Indeterminate in place of a value that is still open: its result is
            // void.
            return Verdict::Open;
        }
        let Ok(value) = value else {
            let reason = Indeterminate::from(Cause::Panicked).at(id, None);
            return Verdict::Value(IndeterminateDP, Some(self.met(reason)));
        };
        let first = children.first;
        let by_itself = || self.met(Indeterminate::from(Cause::Combining).at(id, None));
        let reason = || first.unwrap_or_else(by_itself);
        match value {
            value if value.is_indeterminate() => Verdict::Value(value, Some(reason())),
            value => Verdict::of(value),
        }
    }
}

/// The verdict of a policy whose children cannot be found.
fn failed(stop: Stop) -> Verdict {
    match stop {
        Stop::Open => Verdict::Open,
        Stop::Indeterminate(reason) => Verdict::Value(IndeterminateDP, Some(reason)),
    }
}

/// The verdict with the one Indeterminate that 2.0 has: its policies do not track the decisions
/// that it could have been.
fn untracked(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Value(value, reason) if value.is_indeterminate() => {
            Verdict::Value(IndeterminateDP, reason)
        }
        other => other,
    }
}

/// Table 7.
fn under_indeterminate_target(value: ExtendedDecision) -> ExtendedDecision {
    match value.effect() {
        Some(effect) => ExtendedDecision::indeterminate(effect),
        None => value,
    }
}

fn concluded(value: ExtendedDecision, first: Option<Indeterminate>) -> Verdict {
    let reason = if value.is_indeterminate() {
        first
    } else {
        None
    };
    Verdict::Value(value, reason)
}

/// Drops the rules, policies and obligations after `mark` that fired for the other effect, keeping the order of
/// the rest (§7.18: only paths on which every level has the same result as the whole).
fn keep(fired: &mut Vec<Fired>, mark: usize, effect: Effect) -> usize {
    let mut kept = mark;
    for index in mark..fired.len() {
        if fired[index].effect == effect {
            // Nearly always all of them are kept.
            if kept < index {
                fired.swap(kept, index);
            }
            kept += 1;
        }
    }
    fired.truncate(kept);
    kept
}

/// Children as an algorithm of the host sees them.
struct HostChildren<'p, 'e> {
    pass: &'p Pass<'e>,
    id: PolicyId,
    policy: &'e Policy,
    evaluated: Vec<bool>,
    first: Option<Indeterminate>,
    open: bool,
}

impl Children for HostChildren<'_, '_> {
    fn len(&self) -> usize {
        self.policy.children.len()
    }

    fn evaluate(&mut self, child: usize) -> ExtendedDecision {
        // A second evaluation would fire the child's obligations twice.
        match self.evaluated.get_mut(child) {
            Some(evaluated @ false) => *evaluated = true,
            _ => return IndeterminateDP,
        }
        match self.pass.child(self.id, self.policy, child) {
            Verdict::Value(value, reason) => {
                if self.first.is_none() {
                    self.first = reason;
                }
                value
            }
            Verdict::Open => {
                self.open = true;
                IndeterminateDP
            }
        }
    }

    fn effect(&self, child: usize) -> Option<Effect> {
        self.policy.effect_of(child)
    }

    fn parameters(&self) -> &[CombinerParameter] {
        self.policy.own_parameters()
    }

    fn child_parameters(&self, child: usize) -> &[CombinerParameter] {
        self.policy.child_parameters(child)
    }
}
