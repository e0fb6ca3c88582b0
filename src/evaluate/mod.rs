//! Program + request → outcome, or the attributes needed for one (§7). No I/O, no clock; nothing
//! is allocated before an obligation fires. Does not know XML, `syntax` or `compile`.

mod bind;
mod content;
mod expression;
mod outcome;
mod policy;
mod trouble;

use std::cell::{Cell, OnceCell, RefCell};

pub use outcome::{DecidingRule, Outcome, Read};

use crate::decision::{Effect, ExtendedDecision};
use crate::function::{Environment, Operand};
use crate::program::{PolicyId, Program, SlotId};
use crate::provider::{Fetched, Need, ProviderError, SharedValues};
use crate::request::Request;
use crate::response::{Advice, Obligation};
use crate::value::{DateTime, Value, Zone};
use bind::Bound;
use trouble::{Cause, Stop, Trouble};

/// Scratch memory of decisions. Reused, it makes a decision allocate nothing; it holds no answer
/// and may serve any PDP, one decision at a time.
#[derive(Default)]
pub struct Context {
    slots: Vec<Bound>,
    /// Values that are not one attribute of the request: joined, fetched or from the clock.
    pool: Vec<Value>,
    /// Values that a provider shares between decisions.
    shared: Vec<SharedValues>,
    /// The instant of the decision, if a slot took it.
    instant: Option<DateTime>,
    failures: Vec<String>,
    contents: content::Contents,
    variables: Vec<OnceCell<Result<Operand<'static>, Stop>>>,
    fired: Vec<Fired>,
    applied: Vec<PolicyId>,
    needs: Vec<SlotId>,
}

impl Context {
    /// Empty scratch memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets the decision before: nothing of it may be seen by the next.
    fn clear(&mut self) {
        self.slots.clear();
        self.pool.clear();
        self.shared.clear();
        self.instant = None;
        self.failures.clear();
        self.contents.clear();
        self.variables.clear();
        self.fired.clear();
        self.applied.clear();
        self.needs.clear();
    }
}

/// What stands behind a decision, as far as it was evaluated (§7.18).
struct Fired {
    effect: Effect,
    what: What,
}

enum What {
    /// A rule that had its effect, by its policy and its place among the children.
    Rule(PolicyId, usize),
    Obligation(Obligation),
    Advice(Advice),
}

/// What a decision takes besides program and request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings<'e> {
    pub(crate) implicit_zone: Zone,
    pub(crate) work: u64,
    /// Most values one provider may return for one attribute.
    pub(crate) values: usize,
    /// Bytes of an XPath expression.
    pub(crate) xpath: usize,
    /// The provider of each slot, if any.
    pub(crate) providers: &'e [Option<usize>],
    /// What the providers are called.
    pub(crate) provider_names: &'e [String],
}

/// One decision under way: steps until decided, with attributes fetched in between.
///
/// This is what [`Pdp::decide`](crate::Pdp::decide) runs; a host that fetches in its own way
/// (asynchronously, in batches) runs it itself. Which attributes it fetches it says when it builds
/// the PDP, with [`external`](crate::PdpBuilder::external); no other attribute is ever asked for.
///
/// ```
/// use vedtak::evaluate::{Context, Step};
/// use vedtak::{Decision, Pdp, Request};
/// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
/// let pdp = Pdp::builder()
///     .policy("policy.xml", policy)
///     .external("my registers", |wanted| &*wanted.id == "urn:altinn:rolecode")
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
/// # Ok::<(), vedtak::Error>(())
/// ```
pub struct Evaluation<'e> {
    program: &'e Program,
    request: &'e Request,
    settings: Settings<'e>,
    context: &'e mut Context,
    /// Of all passes together.
    work_left: u64,
    decided: Option<(ExtendedDecision, Option<Trouble>)>,
}

/// How far a decision is.
#[derive(Debug)]
pub enum Step {
    /// It is made: [`Evaluation::finish`] gives it.
    Decided,
    /// It takes these attributes, at least one, to go on. Attributes that do not depend on one
    /// another come in one step.
    Needs(Vec<Need>),
}

impl<'e> Evaluation<'e> {
    pub(crate) fn begin(
        program: &'e Program,
        request: &'e Request,
        settings: Settings<'e>,
        now: impl FnOnce() -> DateTime,
        context: &'e mut Context,
    ) -> Self {
        context.clear();
        let decided = if request.is_multiple() {
            // §5.42: a PDP without the Multiple Decision Profile answers Indeterminate.
            let trouble = Trouble::from(Cause::MultipleDecisions);
            Some((ExtendedDecision::IndeterminateDP, Some(trouble)))
        } else {
            bind::bind(context, program, request, &settings, now);
            None
        };
        Self {
            program,
            request,
            work_left: settings.work,
            settings,
            context,
            decided,
        }
    }

    /// Evaluates from the top with what is known. After `Needs`, give an answer to each with
    /// [`supply`](Self::supply) before the next step; one without an answer is asked for again.
    pub fn step(&mut self) -> Step {
        if self.decided.is_some() {
            return Step::Decided;
        }
        match self.pass() {
            policy::Verdict::Value(decision, trouble) => {
                self.decided = Some((decision, trouble));
                Step::Decided
            }
            policy::Verdict::Open => {
                let need = |slot: &SlotId| {
                    let provider = self.settings.providers.get(slot.index())?;
                    Some(Need {
                        designator: self.program.slots[slot.index()].designator.clone(),
                        provider: (*provider)?,
                        slot: slot.0,
                    })
                };
                Step::Needs(self.context.needs.iter().filter_map(need).collect())
            }
        }
    }

    /// The answer to a need of this evaluation. The first answer to a need stands; answers to
    /// anything else are dropped.
    pub fn supply(&mut self, need: &Need, answer: Result<impl Into<Fetched>, ProviderError>) {
        let answer = answer.map(Into::into);
        bind::supply(self.context, self.program, &self.settings, need, answer);
    }

    /// The outcome. Before the evaluation is decided it is Indeterminate: `processing-error`.
    pub fn finish(self) -> Outcome<'e> {
        let unfinished = || {
            let trouble = Trouble::from(Cause::Unfinished);
            (ExtendedDecision::IndeterminateDP, Some(trouble))
        };
        let (decision, trouble) = self.decided.unwrap_or_else(unfinished);
        Outcome {
            decision,
            trouble,
            program: self.program,
            request: self.request,
            context: self.context,
        }
    }

    fn pass(&mut self) -> policy::Verdict {
        let context = &mut *self.context;
        let mut fired = std::mem::take(&mut context.fired);
        let mut applied = std::mem::take(&mut context.applied);
        let mut needs = std::mem::take(&mut context.needs);
        if !needs.is_empty() {
            // What an earlier pass met says nothing about this one.
            for bound in &context.slots {
                bound.met.set(false);
                bound.missed.set(false);
            }
        }
        fired.clear();
        applied.clear();
        needs.clear();
        for variable in &mut context.variables {
            variable.take();
        }
        let pass = Pass {
            program: self.program,
            request: self.request,
            slots: &context.slots,
            pool: &context.pool,
            shared: &context.shared,
            contents: &context.contents,
            longest_xpath: self.settings.xpath,
            variables: &context.variables,
            environment: Environment::new(self.settings.implicit_zone, self.work_left),
            fired: RefCell::new(fired),
            applied: RefCell::new(applied),
            needs: RefCell::new(needs),
        };
        let mut verdict = pass.policy(self.program.root);
        if pass.environment.is_exhausted() {
            // Whatever the combining algorithms made of the errors that followed: who can make a
            // decision too expensive must not decide by that what it comes to.
            let trouble = Trouble::from(Cause::Exhausted);
            verdict = policy::Verdict::Value(ExtendedDecision::IndeterminateDP, Some(trouble));
        }
        self.work_left = pass.environment.work_left();
        (context.fired, context.applied, context.needs) = (
            pass.fired.into_inner(),
            pass.applied.into_inner(),
            pass.needs.into_inner(),
        );
        verdict
    }
}

/// One evaluation from the top over what is known.
struct Pass<'e> {
    program: &'e Program,
    request: &'e Request,
    slots: &'e [Bound],
    pool: &'e [Value],
    shared: &'e [SharedValues],
    contents: &'e content::Contents,
    longest_xpath: usize,
    /// Values of variables met before: the value of a variable is the same throughout (§7.8), and
    /// evaluating it once keeps variables of variables from growing without bound. One that waits
    /// for an attribute waits for the whole of this pass.
    variables: &'e [OnceCell<Result<Operand<'static>, Stop>>],
    environment: Environment,
    fired: RefCell<Vec<Fired>>,
    applied: RefCell<Vec<PolicyId>>,
    needs: RefCell<Vec<SlotId>>,
}

impl<'e> Pass<'e> {
    /// The index of a slot's bag, if it has one.
    fn index(&self, slot: SlotId) -> Option<&'e SharedValues> {
        match self.slots[slot.index()].state {
            bind::State::Shared(shared) => self.shared.get(shared),
            _ => None,
        }
    }

    /// The bag of a slot (§7.3.5).
    fn bag(&self, slot: SlotId, must_be_present: bool) -> Result<&'e [Value], Stop> {
        let bound = &self.slots[slot.index()];
        bound.read.set(true);
        let values = match bound.state {
            bind::State::Pending => {
                if !bound.met.replace(true) {
                    self.needs.borrow_mut().push(slot);
                }
                return Err(Stop::Open);
            }
            bind::State::Failed(failure) => return Err(Cause::Provider(failure).into()),
            known => known.values(self.request, self.pool, self.shared),
        };
        if values.is_empty() && must_be_present {
            bound.missed.set(true);
            return Err(Cause::Missing(slot).into());
        }
        Ok(values)
    }
}

/// A flag that evaluation may set on what it only reads otherwise.
type Flag = Cell<bool>;
