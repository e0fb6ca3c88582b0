//! The outcome of a decision: the rules behind it, the attributes read, and what failed ([`Outcome`]).
//!
//! [`Pdp::decide_with`](crate::Pdp::decide_with) returns an [`Outcome`], in the scratch memory of a
//! [`Context`] that is used again. [`Evaluation`] is for hosts that fetch attributes themselves: the
//! steps of a decision, one by one. Most hosts need neither:
//! [`Pdp::decide`](crate::Pdp::decide) returns a
//! [`Response`](crate::Response).
//!
//! # What a decision depends on
//!
//! A decision depends on the attributes that it read, from the request, the providers and the clock,
//! and on the `Content` that XPath was followed in. Another request that gives these the same values
//! gets the same decision, obligations and advice; `IncludeInResult` and `ReturnPolicyIdList` concern
//! the response only. [`Outcome::attributes_read`] lists the attributes, [`Outcome::cache_key`] makes one text of
//! all of it, and [`Outcome::valid_until`] says how long their values hold. Each includes the
//! decisions that `access-permitted` asked for.

// Program + request → outcome, or the attributes needed for one (§7). No I/O; the clock it is given
// is read once at most, before the first pass. In a reused [`Context`], slots and lowered targets
// are evaluated without allocating. Does not know XML, `syntax` or `compile`.

mod access_permitted;
mod attribute;
mod bind;
mod cause;
mod content;
mod dynamic_attribute;
mod entity;
mod expression;
mod higher_order;
mod lowered;
mod near_miss;
mod obligation;
mod outcome;
mod partial;
mod policy;
mod recorded;
mod scope;
mod target;
mod trace;
mod troubles;

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;

pub use crate::request::budget::Budget;
pub(crate) use near_miss::near_misses;
pub use outcome::{AttributeRead, DecidingRule, Outcome};
pub(crate) use partial::{Known, PartialPass};
pub(crate) use recorded::{Recorded, Supplied};
pub(crate) use trace::{FailedTest, Trace, Traced, TracedDecision, TracedOrigin};

use crate::attribute::Designator;
use crate::decision::{Effect, ExtendedDecision};
use crate::function::Environment;
use crate::limits::Limits;
use crate::program::{PolicyId, Program, SlotId};
use crate::provider::{Fetched, Inputs, Need, ProviderError, SharedValues};
use crate::request::Request;
use crate::request::budget::Contents;
use crate::value::{DataTypes, DateTime, Value, Zone};
use access_permitted::{AccessQuestion, AccessQuestions, Inquiry};
use bind::{Bindings, Bound, Pool, SlotState};
use cause::{Cause, Failed, Failure, Indeterminate};
use scope::{VariableScope, VariableValue};
use troubles::Troubles;

/// Scratch memory of decisions. Reused, it makes a decision allocate nothing; it holds no answer
/// and may serve any PDP, one decision at a time.
#[derive(Default)]
pub struct Context {
    /// The slots; as many as the largest program so far had. INVARIANT: all but those touched and
    /// read have their defaults.
    slots: Vec<Bound>,
    /// Slots that the request, the clock or a provider filled.
    touched: Vec<SlotId>,
    pool: Pool,
    /// Some slot has an attribute of the request whose value cannot be used.
    has_unusable: bool,
    /// Values that a provider shares between decisions.
    shared: Vec<SharedValues>,
    /// The instant of the decision, if a slot took it.
    instant: Option<DateTime>,
    /// The instant of the decision, if its zone was the implicit zone and mattered.
    zone_read: Option<DateTime>,
    failures: Vec<Failure>,
    /// The instants from which providers may answer otherwise.
    ends: Vec<DateTime>,
    /// Attributes that have no slots.
    dynamic_attributes: dynamic_attribute::DynamicAttributes,
    contents: content::ContentTrees,
    /// Values of the variables of the policies that are being evaluated, met so far.
    variables: Vec<VariableValue>,
    notes: Notes,
    /// Children that may apply, of the policies that are being evaluated.
    candidates: Vec<u32>,
    /// Decisions that `access-permitted` asked for.
    inquiries: Vec<Inquiry>,
}

/// The records of a pass, each in the order in which evaluation made them.
#[derive(Default)]
struct Notes {
    /// Slots that evaluation read.
    reads: Vec<SlotId>,
    /// Slots that a provider can fill.
    needs: Vec<SlotId>,
    fired: Vec<Fired>,
    /// Values of assignments that fired, by the place of the assignment.
    assigned: Vec<(u32, Value)>,
    applied: Vec<PolicyId>,
    /// The errors of functions. A [`Cause::Function`] is the place of one.
    errors: Vec<Failed>,
    troubles: Troubles,
}

impl Notes {
    /// Clears the records of an earlier pass, but neither its reads nor the errors of functions:
    /// results that are kept between passes may depend on them.
    fn begin_pass(&mut self) {
        self.needs.clear();
        self.fired.clear();
        self.assigned.clear();
        self.applied.clear();
        self.troubles.clear();
    }
}

/// Prints nothing of the decision it was used for, so that no log repeats a request by accident.
impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl Context {
    /// Empty scratch memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Clears everything of the last decision, which the next must not see.
    fn clear(&mut self) {
        for slots in [&mut self.touched, &mut self.notes.reads] {
            for slot in &*slots {
                if let Some(bound) = self.slots.get_mut(slot.index()) {
                    *bound = Bound::default();
                }
            }
            slots.clear();
        }
        self.variables.clear();
        self.pool.clear();
        self.has_unusable = false;
        self.shared.clear();
        self.instant = None;
        self.zone_read = None;
        self.failures.clear();
        self.ends.clear();
        self.notes.errors.clear();
        self.notes.begin_pass();
        self.dynamic_attributes.clear();
        self.contents.clear();
        self.candidates.clear();
        self.inquiries.clear();
    }

    /// Whether all values came from the request, or from providers whose answers do not end.
    fn met_nothing_that_ends(&self) -> bool {
        self.ends.is_empty()
            && self.failures.is_empty()
            && self.instant.is_none()
            && self.zone_read.is_none()
            && self.dynamic_attributes.all.is_empty()
            && self.inquiries.is_empty()
    }

    /// The instant of the decision, if its zone mattered to it or to one that it asked for.
    fn zone_read_at_all(&self) -> Option<DateTime> {
        let of_inquiries = || self.inquiries.iter().find_map(Inquiry::zone_read);
        self.zone_read.or_else(of_inquiries)
    }

    /// Clears the results of an earlier pass of the same decision, but not the attributes and
    /// inquiries that it asked for.
    fn begin_pass(&mut self) {
        if !self.notes.needs.is_empty() {
            // The needs that an earlier pass met do not count as met in this one.
            for slot in &self.notes.reads {
                self.slots[slot.index()].met.set(false);
            }
            self.dynamic_attributes.begin_pass();
        }
        for inquiry in &self.inquiries {
            inquiry.doubted().set(false);
        }
        self.variables.clear();
        self.notes.begin_pass();
        self.candidates.clear();
    }
}

/// A rule, obligation or advice that fired with an effect (§7.18).
struct Fired {
    effect: Effect,
    what: FiredBy,
}

enum FiredBy {
    /// A rule that had its effect, by its policy and its place among the children.
    Rule(PolicyId, usize),
    /// A policy whose combining algorithm decided by itself, such as deny-unless-permit over rules
    /// that do not apply.
    Policy(PolicyId),
    /// An obligation or advice of a rule, or of the policy itself, by its place there; the values
    /// of its assignments that are no literals are those between `start` and `end`.
    Obligation {
        policy: PolicyId,
        rule: Option<usize>,
        obligation: usize,
        start: usize,
        end: usize,
    },
}

/// The settings of a PDP, common to all its decisions.
pub(crate) struct PdpSettings {
    pub(crate) limits: Limits,
    /// The data types of the values in a content given to `access-permitted`.
    pub(crate) data_types: DataTypes,
    pub(crate) implicit_zone: Zone,
    /// The names of the providers, taken once, so that every status has the same.
    pub(crate) provider_names: Vec<String>,
    /// A decision that met a trouble is Indeterminate, whatever its combining algorithms return.
    pub(crate) indeterminate_on_trouble: bool,
}

/// The providers of a program's slots.
#[derive(Clone)]
pub(crate) struct SlotProviders {
    /// The provider of each of the program's slots.
    pub(crate) providers: Vec<Option<usize>>,
    /// The parts of the request that the provider of each slot sees.
    pub(crate) inputs: Vec<Inputs>,
    /// Some policy applies `access-permitted`.
    pub(crate) inquires: bool,
}

/// The input of a decision besides program and request.
#[derive(Clone, Copy)]
pub(crate) struct DecisionSettings<'e> {
    pub(crate) pdp: &'e PdpSettings,
    pub(crate) slot_providers: &'e SlotProviders,
    /// The provider look-up for attributes without slots.
    pub(crate) finder: &'e dyn FindProvider,
    /// The zone of this decision, which may be that of its instant.
    pub(crate) implicit_zone: Zone,
    /// The instant of the decision, if it gave the implicit zone.
    pub(crate) zone_from: Option<DateTime>,
}

impl<'e> DecisionSettings<'e> {
    fn limits(&self) -> &'e Limits {
        &self.pdp.limits
    }

    /// The provider of a slot, by its place; none if no provider supplies it.
    fn provider(&self, slot: SlotId) -> Option<usize> {
        self.slot_providers
            .providers
            .get(slot.index())
            .copied()
            .flatten()
    }

    /// The failure of a provider to supply an attribute.
    fn failure(&self, provider: usize, attribute: &Designator, why: String) -> Failure {
        let name = self.pdp.provider_names.get(provider);
        Failure {
            provider: name.map_or("", String::as_str).into(),
            attribute: attribute.clone(),
            why,
        }
    }
}

/// Finds the provider of an attribute whose name a policy computes during evaluation.
pub(crate) trait FindProvider: Sync {
    /// The place of the first provider that supplies the attribute; none if none does.
    fn provider_of(&self, wanted: &Designator) -> Option<usize>;
}

/// A decision in steps, for hosts that fetch its attributes themselves.
///
/// [`Pdp::decide`](crate::Pdp::decide) runs this; a host that fetches in its own way
/// (asynchronously, in batches) runs it itself. It declares the attributes that it fetches when it
/// builds the PDP, with [`supplied_by_host`](crate::PdpBuilder::supplied_by_host); no others are needed.
///
/// ```
/// use vedtak::evaluate::{Context, Step};
/// use vedtak::{Decision, Pdp, Request};
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// let pdp = Pdp::builder()
///     .policy("policy.xml", policy)
///     .supplied_by_host("my registers", |wanted| &*wanted.id == "urn:altinn:rolecode")
///     .build()?;
/// let request = Request::builder()
///     .subject("urn:altinn:userid", 20000490)
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// let mut context = Context::new();
/// let mut evaluation = pdp.begin(&mut context, &request);
/// while let Step::Needs(needs) = evaluation.step() {
///     for need in needs {
///         let values = vec!["dagl".into()]; // fetch them in your own way
///         evaluation.supply(&need, Ok(values));
///     }
/// }
/// assert_eq!(evaluation.finish().decision(), Decision::Permit);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Evaluation<'e> {
    program: &'e Program,
    request: &'e Request,
    settings: DecisionSettings<'e>,
    context: &'e mut Context,
    /// The budget that all passes of the decision share.
    budget: Budget,
    inquiring: access_permitted::Inquiring,
    /// A pass was made: the next begins by clearing its results.
    has_passed: bool,
    decided: Option<(ExtendedDecision, Option<Indeterminate>)>,
}

impl fmt::Debug for Evaluation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decided = self.decided.as_ref().map(|(decision, _)| decision);
        f.debug_struct("Evaluation")
            .field("decided", &decided)
            .finish_non_exhaustive()
    }
}

/// The result of a step of an [`Evaluation`]: the decision, or the attributes to fetch for it.
#[derive(Debug)]
pub enum Step {
    /// The decision is made: [`Evaluation::finish`] returns it.
    Decided,
    /// The decision needs these attributes, at least one, to go on. Attributes that do not depend
    /// on one another are needed in one step.
    Needs(Vec<Need>),
}

impl<'e> Evaluation<'e> {
    #[inline]
    pub(crate) fn begin(
        program: &'e Program,
        request: &'e Request,
        settings: DecisionSettings<'e>,
        now: impl FnOnce() -> DateTime,
        context: &'e mut Context,
    ) -> Self {
        context.clear();
        let mut inquiring = access_permitted::Inquiring::new(&settings);
        let single = request.single();
        let decided = match single {
            None => {
                // §5.42: a PDP without the Multiple Decision Profile answers Indeterminate.
                let reason = Indeterminate::from(Cause::MultipleDecisions);
                context.notes.troubles.only(reason);
                Some((ExtendedDecision::IndeterminateDP, Some(reason)))
            }
            Some(request) => {
                let now = inquiring.remembering(&settings, now);
                bind::bind(context, program, request, now);
                None
            }
        };
        Self {
            program,
            request: single.unwrap_or(request),
            budget: Budget::new(settings.limits()),
            settings,
            inquiring,
            has_passed: false,
            context,
            decided,
        }
    }

    /// Evaluates from the top with the attributes supplied so far. After `Needs`, supply an answer
    /// to each with [`supply`](Self::supply) before the next step; a need without an answer is
    /// returned again.
    pub fn step(&mut self) -> Step {
        while self.decided.is_none() {
            let (verdict, question) = self.pass();
            if let policy::Verdict::Value(decision, reason) = verdict {
                let first = match self.settings.pdp.indeterminate_on_trouble {
                    true if !decision.is_indeterminate() => self.context.notes.troubles.first(),
                    _ => None,
                };
                self.decided = Some(match first {
                    Some(first) => (ExtendedDecision::IndeterminateDP, Some(first)),
                    None => (decision, reason),
                });
                break;
            }
            let mut needs = self.needs();
            let went_on = match self.inquiring.instant {
                Some(instant) => self.inquire(instant, question, &mut needs),
                None => false,
            };
            if !went_on || !needs.is_empty() {
                return Step::Needs(needs);
            }
        }
        Step::Decided
    }

    /// The needs of the last pass.
    fn needs(&self) -> Vec<Need> {
        let need = |slot: &SlotId| {
            let Some(known) = self.program.slots.get(slot.index()) else {
                return self.context.dynamic_attributes.need(self.program, *slot);
            };
            Some(Need {
                designator: known.designator.clone(),
                provider: self.settings.provider(*slot)?,
                slot: slot.0,
                inquiry: None,
                request: None,
            })
        };
        self.context.notes.needs.iter().filter_map(need).collect()
    }

    /// Takes a [`step`](Self::step) on a budget that other decisions share. If one of them exceeded
    /// it, this one is Indeterminate without being evaluated.
    pub fn step_within(&mut self, budget: &mut Budget) -> Step {
        if budget.is_spent && self.decided.is_none() {
            let reason = Indeterminate::from(Cause::NothingLeft);
            self.context.notes.troubles.only(reason);
            self.decided = Some((ExtendedDecision::IndeterminateDP, Some(reason)));
            return Step::Decided;
        }
        std::mem::swap(&mut self.budget, budget);
        let step = self.step();
        std::mem::swap(&mut self.budget, budget);
        step
    }

    /// Supplies the answer to a need of this evaluation. The first answer to a need counts. Answers
    /// to other needs are ignored.
    pub fn supply(&mut self, need: &Need, answer: Result<impl Into<Fetched>, ProviderError>) {
        let answer = answer.map(Into::into);
        if let Some(context) = access_permitted::context_of(self.context, need) {
            bind::supply(context, self.program, &self.settings, need, answer);
        }
    }

    /// Supplies attributes that the host has at hand, so that no step asks for them: a decision whose
    /// attributes are all in memory takes one step. Calls `at_hand` with each attribute that the
    /// policies name, a provider supplies and the request lacks, and with the place of its provider;
    /// where it returns none, the attribute is asked for if the decision needs it.
    ///
    /// The cost is in proportion to the attributes that the policies name. An attribute that the
    /// decision does not read changes nothing of it.
    ///
    /// ```
    /// use vedtak::evaluate::{Context, Step};
    /// use vedtak::provider::Fetched;
    /// use vedtak::{Decision, Pdp, Request};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let pdp = Pdp::builder()
    ///     .policy("policy.xml", policy)
    ///     .supplied_by_host("my registers", |wanted| &*wanted.id == "urn:altinn:rolecode")
    ///     .build()?;
    /// let request = Request::builder()
    ///     .subject("urn:altinn:userid", 20000490)
    ///     .resource("urn:altinn:resource", "vedtak-brev")
    ///     .action("read")
    ///     .build();
    /// let mut context = Context::new();
    /// let mut evaluation = pdp.begin(&mut context, &request);
    /// evaluation.supply_at_hand(|wanted, _| {
    ///     let is_role = &*wanted.id == "urn:altinn:rolecode";
    ///     is_role.then(|| Ok(Fetched::from(vec!["dagl".into()])))
    /// });
    /// assert!(matches!(evaluation.step(), Step::Decided));
    /// assert_eq!(evaluation.finish().decision(), Decision::Permit);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn supply_at_hand(
        &mut self,
        at_hand: impl FnMut(&Designator, usize) -> Option<Result<Fetched, ProviderError>>,
    ) {
        if self.decided.is_none() {
            bind::supply_at_hand(self.context, self.program, &self.settings, at_hand);
        }
    }

    /// The outcome. Before the evaluation is decided it is Indeterminate: `processing-error`.
    #[inline]
    pub fn finish(self) -> Outcome<'e> {
        let troubles = &mut self.context.notes.troubles;
        let unfinished = || {
            let reason = Indeterminate::from(Cause::Unfinished);
            troubles.only(reason);
            (ExtendedDecision::IndeterminateDP, Some(reason))
        };
        let (decision, reason) = self.decided.unwrap_or_else(unfinished);
        Outcome {
            decision,
            reason,
            program: self.program,
            request: self.request,
            context: self.context,
            obligations: OnceCell::new(),
        }
    }

    /// Makes one pass and returns its verdict, and the question for which it needs another
    /// decision.
    fn pass(&mut self) -> (policy::Verdict, Option<AccessQuestion>) {
        self.within_pass(|pass| {
            let verdict = pass.root();
            if !pass.environment.is_exhausted() {
                return verdict;
            }
            // The combining algorithms' value does not count: a sender that can make a decision too
            // expensive must not choose the decision by that.
            let reason = Indeterminate::from(Cause::Exhausted);
            pass.notes.borrow_mut().troubles.only(reason);
            policy::Verdict::Value(ExtendedDecision::IndeterminateDP, Some(reason))
        })
    }

    /// Evaluates with the attributes known so far, and keeps what it read and spent. Returns the
    /// result, and the question for which it needs another decision.
    #[inline(always)]
    fn within_pass<R>(
        &mut self,
        evaluate: impl FnOnce(&Pass<'_>) -> R,
    ) -> (R, Option<AccessQuestion>) {
        let context = &mut *self.context;
        if std::mem::replace(&mut self.has_passed, true) {
            context.begin_pass();
        }
        let pass = Pass::new(
            self.program,
            self.request,
            &self.settings,
            context,
            &mut self.budget,
        );
        let result = evaluate(&pass);
        let has_read_zone = pass.environment.has_read_zone();
        let (work, is_exhausted) = (
            pass.environment.work_left(),
            pass.environment.is_exhausted(),
        );
        let question = pass.into_question();
        if has_read_zone {
            context.zone_read = self.settings.zone_from;
        }
        self.budget.work = work;
        self.budget.is_spent |= is_exhausted;
        (result, question)
    }
}

/// One evaluation from the top, over the attributes known so far. Everything it keeps is in the
/// context at once, so that a panicking function of the host leaves nothing uncleared.
struct Pass<'e> {
    program: &'e Program,
    settings: &'e DecisionSettings<'e>,
    bindings: Bindings<'e>,
    contents: &'e content::ContentTrees,
    /// The Contents that the decisions of the call have read.
    contents_read: RefCell<&'e mut Contents>,
    dynamic_attributes: RefCell<&'e mut dynamic_attribute::DynamicAttributes>,
    scope: VariableScope<'e>,
    environment: Environment,
    /// Borrowed for as long as it takes to note something: no expression is evaluated meanwhile.
    notes: RefCell<&'e mut Notes>,
    candidates: RefCell<&'e mut Vec<u32>>,
    questions: AccessQuestions<'e>,
}

impl<'e> Pass<'e> {
    #[inline(always)]
    fn new(
        program: &'e Program,
        request: &'e Request,
        settings: &'e DecisionSettings<'e>,
        context: &'e mut Context,
        budget: &'e mut Budget,
    ) -> Self {
        Self {
            program,
            settings,
            bindings: Bindings {
                request,
                request_keys: &request.keys().values,
                slots: &context.slots,
                filled: &context.touched,
                pool: &context.pool,
                shared: &context.shared,
                has_unusable: context.has_unusable,
            },
            contents: &context.contents,
            contents_read: RefCell::new(&mut budget.contents),
            dynamic_attributes: RefCell::new(&mut context.dynamic_attributes),
            scope: VariableScope::new(&mut context.variables),
            environment: Environment::new(settings.implicit_zone, budget.work),
            notes: RefCell::new(&mut context.notes),
            candidates: RefCell::new(&mut context.candidates),
            questions: AccessQuestions {
                inquiries: &context.inquiries,
                ..AccessQuestions::default()
            },
        }
    }

    /// Ends the pass, with what it still asks.
    #[inline(always)]
    fn into_question(self) -> Option<AccessQuestion> {
        self.questions.question.into_inner()
    }
}

/// A flag that evaluation may set on data that it otherwise only reads.
type Flag = Cell<bool>;
