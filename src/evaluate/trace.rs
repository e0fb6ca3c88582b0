//! The parts of a program, one by one → the values that they have in a decision.
//!
//! An explanation looks at parts that a decision combined long ago. They are evaluated again, each by
//! the evaluator that made the decision, so there is no second set of rules to agree with it, and a
//! decision that nobody explains does none of this. The trace asks nobody: an attribute without an
//! answer stays open, and so does what depends on it.

use std::borrow::Cow;

use super::bind::SlotState;
use super::cause::{Failure, Indeterminate, Stop};
use super::near_miss;
use super::outcome::Texts;
use super::policy::Verdict;
use super::target::Visited;
use super::{Budget, Evaluation, Pass};
use crate::attribute::Designator;
use crate::decision::ExtendedDecision;
use crate::function::Operand;
use crate::function::id::STRING_EQUAL;
use crate::program::{
    AttributeBag, BagOf, Condition, Expression, Literal, Policy, PolicyId, Program, SlotId, Stored,
    Target, Term, Test,
};
use crate::value::{DateTime, Value};

/// The value of a part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Traced<T> {
    Known(T),
    /// It depends on an attribute that the decision did not ask for.
    Open,
    /// It is Indeterminate, with the reason in words.
    Failed(String),
}

impl<T> Traced<T> {
    pub(crate) fn known(self) -> Option<T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }
}

/// The value of a rule or policy, and the reason of an Indeterminate.
pub(crate) struct TracedDecision {
    /// None if it depends on an attribute that the decision did not ask for.
    pub(crate) value: Option<ExtendedDecision>,
    pub(crate) reason: Option<String>,
}

/// An attribute as a decision found it.
pub(crate) struct TracedAttribute<'s> {
    pub(crate) designator: &'s Designator,
    pub(crate) values: &'s [Value],
    pub(crate) origin: TracedOrigin,
    /// The instant from which its provider may answer otherwise.
    pub(crate) until: Option<DateTime>,
}

pub(crate) enum TracedOrigin {
    Request,
    Clock,
    Provider(String),
    /// A provider that the decision did not ask.
    NotAsked(String),
    /// The request lacks it, and no provider supplies it.
    Nowhere,
    /// It cannot be used, or its provider failed.
    Failed(String),
}

/// The tests of a target or a condition that fail and that hold. Of alternatives, those of the one that
/// lacks the fewest count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) failed: usize,
    pub(crate) held: usize,
}

impl Tally {
    fn one(holds: Option<bool>) -> Self {
        Self {
            failed: usize::from(holds == Some(false)),
            held: usize::from(holds == Some(true)),
        }
    }

    /// The tally of two that must both hold.
    fn and(self, other: Self) -> Self {
        Self {
            failed: self.failed + other.failed,
            held: self.held + other.held,
        }
    }

    /// The tally of two of which one must hold: the one that is nearer.
    fn or(self, other: Self) -> Self {
        let distance = |of: &Self| (of.failed, std::cmp::Reverse(of.held));
        std::cmp::min_by_key(self, other, distance)
    }
}

/// A test that failed: an attribute, the literal that it was compared with, and the function.
#[derive(Clone)]
pub(crate) struct FailedTest<'s> {
    pub(crate) bag: AttributeBag,
    pub(crate) wanted: Option<Value>,
    pub(crate) function: &'s str,
}

/// One pass over a program, whose parts are evaluated as they are asked for.
pub(crate) struct Trace<'s> {
    pass: Pass<'s>,
    failures: &'s [Failure],
    ends: &'s [DateTime],
}

impl Evaluation<'_> {
    /// Evaluates parts of the program with the attributes supplied so far, within a budget of its own.
    pub(crate) fn trace<T>(
        &mut self,
        budget: &mut Budget,
        look: impl FnOnce(&Trace<'_>) -> T,
    ) -> T {
        self.context.begin_pass();
        let failures = std::mem::take(&mut self.context.failures);
        let ends = std::mem::take(&mut self.context.ends);
        let pass = Pass::new(
            self.program,
            self.request,
            &self.settings,
            self.context,
            budget,
        );
        let trace = Trace {
            pass,
            failures: &failures,
            ends: &ends,
        };
        let seen = look(&trace);
        let (work, is_exhausted) = (
            trace.pass.environment.work_left(),
            trace.pass.environment.is_exhausted(),
        );
        drop(trace);
        budget.work = work;
        budget.is_spent |= is_exhausted;
        self.context.failures = failures;
        self.context.ends = ends;
        seen
    }
}

impl<'s> Trace<'s> {
    pub(crate) fn program(&self) -> &'s Program {
        self.pass.program
    }

    /// Spends work; false if there is none left.
    pub(crate) fn spend(&self, units: usize) -> bool {
        self.pass.spend_on(units).is_ok()
    }

    /// Whether the budget is used up: values from then on mean nothing.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.pass.environment.is_exhausted()
    }

    pub(crate) fn root(&self) -> TracedDecision {
        self.decision(|| self.pass.root())
    }

    pub(crate) fn policy(&self, id: PolicyId) -> TracedDecision {
        self.decision(|| self.pass.policy(id))
    }

    pub(crate) fn child(&self, id: PolicyId, policy: &'s Policy, index: usize) -> TracedDecision {
        self.decision(|| self.pass.child(id, policy, index))
    }

    fn decision(&self, evaluate: impl FnOnce() -> Verdict) -> TracedDecision {
        let verdict = evaluate();
        self.pass.notes.borrow_mut().begin_pass();
        let (value, reason) = match verdict {
            Verdict::Open => (None, None),
            Verdict::Value(value, reason) => (Some(value), reason),
        };
        TracedDecision {
            value,
            reason: reason.map(|reason| self.words(reason)),
        }
    }

    pub(crate) fn target(&self, policy: &'s Policy, target: &'s Target) -> Traced<bool> {
        self.traced(self.pass.target(policy, target))
    }

    pub(crate) fn condition(&self, condition: &'s Condition) -> Traced<bool> {
        self.traced(self.pass.condition(condition))
    }

    pub(crate) fn expression(&self, expression: &'s Expression) -> Traced<Vec<Value>> {
        let operand = self.pass.operand(expression);
        self.traced(operand.map(|operand| match operand {
            Operand::One(value) => vec![value.into_owned()],
            Operand::Bag(values) => values.into_owned(),
        }))
    }

    pub(crate) fn term(&self, term: &'s Term) -> Traced<Vec<Value>> {
        let value = self.pass.term(term);
        self.traced(value.map(|value| vec![value.into_owned()]))
    }

    pub(crate) fn bag(&self, bag: &'s BagOf) -> Traced<Vec<Value>> {
        let values = self.pass.values(bag);
        self.traced(values.map(Cow::into_owned))
    }

    /// Evaluates with the variables of a policy in scope.
    pub(crate) fn within<T>(&self, policy: &'s Policy, look: impl FnOnce() -> T) -> T {
        self.pass.scope.within(policy, look)
    }

    /// Evaluates with a value as the innermost local.
    pub(crate) fn at<T>(&self, value: Value, look: impl FnOnce() -> T) -> T {
        self.pass.scope.at(Cow::Owned(value), look).1
    }

    /// The policies of a store that may apply.
    pub(crate) fn members(&self, stored: &'s Stored) -> Vec<PolicyId> {
        let Ok(mut visited) = self.pass.members(stored) else {
            return Vec::new();
        };
        let mut members = Vec::new();
        while let Some(number) = self.pass.next(&mut visited) {
            members.push(PolicyId(number));
        }
        if let Visited::Candidates { .. } = visited {
            self.pass.forget(&visited);
        }
        members
    }

    /// An attribute, and its source.
    pub(crate) fn attribute(&self, slot: SlotId) -> TracedAttribute<'s> {
        let bindings = &self.pass.bindings;
        let bound = &bindings.slots[slot.index()];
        let designator = &self.pass.program.slots[slot.index()].designator;
        let settings = self.pass.settings;
        let name = || {
            let provider = settings.provider(slot)?;
            settings.pdp.provider_names.get(provider).cloned()
        };
        let of_request = || match name() {
            Some(name) if !super::recorded::has(bindings.request, designator) => {
                TracedOrigin::Provider(name)
            }
            _ => TracedOrigin::Request,
        };
        let origin = match bound.state {
            _ if bound.is_clock() => TracedOrigin::Clock,
            SlotState::Attribute { .. } => TracedOrigin::Request,
            SlotState::Pool { .. } | SlotState::Shared(_) => of_request(),
            SlotState::Failed(number) => {
                let failure = self.failures.get(number as usize);
                TracedOrigin::Failed(failure.map(Failure::to_string).unwrap_or_default())
            }
            SlotState::Unusable { category, place } => {
                let category = &bindings.request.categories()[category as usize];
                let unusable = &category.unusable()[place as usize];
                TracedOrigin::Failed(format!("that of the request {}", unusable.reason))
            }
            SlotState::Unbound => match name() {
                Some(name) => TracedOrigin::NotAsked(name),
                None => TracedOrigin::Nowhere,
            },
        };
        let until = match origin {
            TracedOrigin::Provider(_) => bound.answer_ends(self.ends),
            _ => None,
        };
        TracedAttribute {
            designator,
            values: bindings.values(bound.state),
            origin,
            until,
        }
    }

    /// The attribute of the request that is most similar to one that it lacks, in words.
    pub(crate) fn near_miss(&self, wanted: &Designator) -> Option<String> {
        let request = self.pass.bindings.request;
        match self.spend(near_miss::cost(request)) {
            true => near_miss::near_miss(request, &self.program().slots, wanted),
            false => None,
        }
    }

    /// The tests that failed of a target that does not match, for one that is lowered: of the first
    /// `AnyOf` of which no `AllOf` holds, the first of each of its `AllOf`s.
    pub(crate) fn failed_target(
        &self,
        policy: &'s Policy,
        target: &'s Target,
    ) -> Vec<FailedTest<'s>> {
        let (Target::Tests { start, end } | Target::Sections { start, end }) = target else {
            return Vec::new();
        };
        let range = *start as usize..*end as usize;
        let literals = &policy.literals[range.clone()];
        let mut tests = Vec::new();
        let (mut failed, mut matched) = (false, false);
        for (test, literal) in policy.tests[range].iter().zip(literals) {
            if !failed && !matched && self.pass.test(test, literal).is_ok_and(|holds| !holds) {
                failed = true;
                tests.push(self.failed_test(test, literal));
            }
            if test.ends_all_of {
                matched |= !failed;
                failed = false;
            }
            if test.ends_any_of {
                if !matched {
                    return tests;
                }
                tests.clear();
                matched = false;
            }
        }
        Vec::new()
    }

    /// The tests of a target that fail and that hold.
    pub(crate) fn tally(&self, policy: &'s Policy, target: &'s Target) -> Tally {
        let range = match target {
            Target::Any => return Tally::default(),
            Target::AnyOfs(any_ofs) => return self.tally_of_all(any_ofs),
            Target::Tests { start, end } | Target::Sections { start, end } => {
                *start as usize..*end as usize
            }
        };
        let literals = &policy.literals[range.clone()];
        let (mut all, mut any_of, mut all_of) = (Tally::default(), None, Tally::default());
        for (test, literal) in policy.tests[range].iter().zip(literals) {
            all_of = all_of.and(Tally::one(self.pass.test(test, literal).ok()));
            if test.ends_all_of {
                let own = std::mem::take(&mut all_of);
                any_of = Some(any_of.map_or(own, |other: Tally| other.or(own)));
            }
            if test.ends_any_of {
                all = all.and(any_of.take().unwrap_or_default());
            }
        }
        all
    }

    fn tally_of_all(&self, parts: &'s [Condition]) -> Tally {
        let parts = parts.iter().map(|part| self.tally_of(part));
        parts.fold(Tally::default(), Tally::and)
    }

    /// The parts of a condition that fail and that hold, as `and` and `or` join them.
    pub(crate) fn tally_of(&self, condition: &'s Condition) -> Tally {
        match condition {
            Condition::And(parts) => self.tally_of_all(parts),
            Condition::Or(parts) => {
                let parts = parts.iter().map(|part| self.tally_of(part));
                // Of no parts, none holds.
                parts.reduce(Tally::or).unwrap_or(Tally::one(Some(false)))
            }
            Condition::Term(Term::Condition(part)) => self.tally_of(part),
            other => Tally::one(self.pass.condition(other).ok()),
        }
    }

    fn failed_test(&self, test: &Test, literal: &Literal) -> FailedTest<'s> {
        let functions = &self.pass.program.functions;
        let (wanted, function) = match literal {
            Literal::Text(text) => (Some(Value::String(text.clone())), STRING_EQUAL),
            Literal::Match(matching) => match &**matching {
                Condition::Match(matching) => (
                    Some(matching.value.clone()),
                    functions[matching.applied.function.index()].id(),
                ),
                _ => (None, ""),
            },
        };
        FailedTest {
            bag: AttributeBag {
                slot: test.slot,
                must_be_present: test.must_be_present,
            },
            wanted,
            function,
        }
    }

    fn traced<T>(&self, result: Result<T, Stop>) -> Traced<T> {
        match result {
            Ok(value) => Traced::Known(value),
            Err(Stop::Open) => Traced::Open,
            Err(Stop::Indeterminate(reason)) => Traced::Failed(self.words(reason)),
        }
    }

    fn words(&self, reason: Indeterminate) -> String {
        let notes = self.pass.notes.borrow();
        if reason.cause.has_near_miss(&notes.errors) {
            // Without any left the tree is cut.
            self.spend(near_miss::cost(self.pass.bindings.request));
        }
        let dynamic_attributes = self.pass.dynamic_attributes.borrow();
        let texts = Texts {
            program: self.pass.program,
            request: self.pass.bindings.request,
            failures: self.failures,
            errors: &notes.errors,
            troubles: &notes.troubles,
            inquiries: self.pass.questions.inquiries,
            dynamic_attributes: &dynamic_attributes,
        };
        reason.cause.message(&texts)
    }
}
