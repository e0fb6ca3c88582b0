//! `access-permitted` (A.3.16): a category and a content → the decision about the request with that
//! content in the category.
//!
//! A pass that meets such a question without an answer stays open, as one that meets an attribute
//! does. Between two passes the question is evaluated: a decision of its own over the same program,
//! isolated in a context of its own, with the same instant. Its needs are needs of the initial
//! decision. So nothing recurses through expressions, and there is no I/O.
//!
//! A pass asks a question only where everything before it is known. Behind an open expression the
//! question might never be asked, such as one more turn of a recursion that a guard before it ends.
//! A pass asks only where the answer can matter: an `or` with a True argument does not wait for its
//! other questions.
//!
//! INVARIANTS: all decisions that belong to one initial decision share one budget of work and one
//! number of calls, at any depth. A policy that asks about itself without end runs out of calls,
//! and then the whole initial decision is Indeterminate. The standard makes only the first call so;
//! but the value of the recursion would then depend on the depth at which the calls run out, and a
//! combining algorithm could turn it into a Permit.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use super::bind;
use super::cause::{Cause, Indeterminate, Stop};
use super::expression::{text_of, typed};
use super::outcome::Texts;
use super::{AttributeRead, Context, DecisionSettings, Evaluation, Flag, Pass, Step, troubles};
use crate::attribute::Designator;
use crate::decision::{Decision, ExtendedDecision};
use crate::function::{FunctionError, Operand};
use crate::limits::{DEEPEST, short};
use crate::program::{FunctionId, Program};
use crate::provider::{Need, ProviderError};
use crate::request::Request;
use crate::response;
use crate::value::{DateTime, Value};

/// The work of copying a value into another request: it covers memory more than time.
const COPY: u64 = 16;

/// The arguments of `access-permitted`: the category, and the content that replaces it.
#[derive(Clone, PartialEq)]
pub(super) struct AccessQuestion {
    category: Arc<str>,
    content: Arc<str>,
}

/// A question, and its decision.
pub(super) struct Inquiry {
    question: AccessQuestion,
    number: u32,
    state: InquiryProgress,
    /// The attributes that its decision read, except those in the question.
    pub(super) read: Vec<KeptRead>,
    /// The Contents it followed paths in, as keys.
    contents: Vec<String>,
    /// The instant of the decision, if its zone mattered.
    zone_read: Option<DateTime>,
    /// The troubles that its decision met.
    troubles: Vec<response::Trouble>,
    /// A rule or policy rests on its answer, which its troubles make doubtful.
    doubted: Flag,
}

enum InquiryProgress {
    UnderWay(Box<InquiryUnderWay>),
    /// Whether it is a Permit, or why that is not known.
    Answered(Result<bool, FunctionError>),
}

struct InquiryUnderWay {
    request: Arc<Request>,
    context: Context,
    is_bound: bool,
}

/// An attribute that was read.
pub(super) struct KeptRead {
    designator: Designator,
    values: Vec<Value>,
    /// Why it has no values, if its provider failed or the request's cannot be used.
    pub(super) failure: Option<String>,
    pub(super) ends: Option<DateTime>,
}

impl KeptRead {
    pub(super) fn read(&self) -> AttributeRead<'_> {
        AttributeRead {
            designator: &self.designator,
            values: &self.values,
            failed: self.failure.is_some(),
        }
    }
}

/// The state shared by an initial decision and all decisions that it asks for.
#[derive(Clone, Copy)]
pub(super) struct Inquiring {
    calls_left: usize,
    most: usize,
    /// The needs of other requests are returned, too.
    is_allowed: bool,
    /// The instant of all decisions, if some policy may ask.
    pub(super) instant: Option<DateTime>,
}

impl Inquiring {
    pub(super) fn new(settings: &DecisionSettings<'_>) -> Self {
        let most = settings.limits().access_permitted.min(DEEPEST);
        Self {
            calls_left: most,
            most,
            is_allowed: false,
            instant: None,
        }
    }

    /// The clock, read now if another decision may need the same instant.
    pub(super) fn remembering(
        &mut self,
        settings: &DecisionSettings<'_>,
        now: impl FnOnce() -> DateTime,
    ) -> impl FnOnce() -> DateTime {
        let mut now = Some(now);
        if settings.slot_providers.inquires {
            self.instant = now.take().map(|now| now());
        }
        let instant = self.instant;
        move || match (instant, now) {
            (None, Some(now)) => now(),
            (Some(instant), _) => instant,
            (None, None) => unreachable!("the clock was asked, and its answer kept"),
        }
    }
}

/// The decisions that the passes before asked for, and what this one still asks.
#[derive(Default)]
pub(super) struct AccessQuestions<'e> {
    pub(super) inquiries: &'e [Inquiry],
    /// The pass met a question without an answer.
    pub(super) is_open: Flag,
    /// The first of them, if nothing before it was open.
    pub(super) question: RefCell<Option<AccessQuestion>>,
    /// The pass met an answer of a decision that met troubles.
    pub(super) met_doubt: Flag,
    /// Such an answer counts as not known: the evaluation only finds out whether it matters.
    pub(super) doubting: Flag,
    /// The numbers of those that were met so.
    pub(super) doubts: RefCell<Vec<u32>>,
}

impl<'e> Pass<'e> {
    /// The answer to a question, if it has one by now.
    pub(super) fn access_permitted(
        &self,
        function: FunctionId,
        category: &Operand<'_>,
        content: &Operand<'_>,
    ) -> Result<Operand<'static>, Stop> {
        let text = |operand: &Operand<'_>| typed(operand.as_value()).and_then(text_of).cloned();
        let question = AccessQuestion {
            category: text(category)?,
            content: text(content)?,
        };
        let AccessQuestions { inquiries, .. } = &self.questions;
        let known = inquiries.len();
        self.spend_on((1 + known).saturating_mul(1 + question.content.len() / 256))?;
        let inquiry = inquiries.iter().find(|i| i.question == question);
        match inquiry.map(|inquiry| &inquiry.state) {
            Some(InquiryProgress::Answered(Ok(is_permit))) => match inquiry {
                Some(inquiry) if inquiry.has_troubles() => self.doubtful(inquiry, *is_permit),
                _ => Ok(Operand::value(*is_permit)),
            },
            Some(InquiryProgress::Answered(Err(error))) => {
                Err(self.failed(Some(function), error.clone()))
            }
            _ if self.questions.doubting.get() => Err(Stop::Open),
            Some(InquiryProgress::UnderWay(_)) => {
                self.questions.is_open.set(true);
                Err(Stop::Open)
            }
            None => {
                if self.notes.borrow().needs.is_empty() && !self.questions.is_open.replace(true) {
                    self.questions.question.replace(Some(question));
                }
                Err(Stop::Open)
            }
        }
    }
}

impl<'e> Evaluation<'e> {
    /// Returns needs of other requests, too: those of decisions that policies ask for with
    /// `access-permitted` (A.3.16). [`Need::request`] is the request of such a need. Without this,
    /// an attribute that such a request lacks and a provider supplies counts as failed: a host that
    /// does not read the request of a need would give one request the attributes of another.
    #[must_use]
    pub fn with_inquiries(mut self) -> Self {
        self.allow_inquiries();
        self
    }

    pub(crate) fn allow_inquiries(&mut self) {
        self.inquiring.is_allowed = true;
    }

    /// Continues with the question under way, or with a new one; its needs are added to `needs`.
    /// Returns whether another pass may get further now, or only when the needs are met.
    pub(super) fn inquire(
        &mut self,
        instant: DateTime,
        question: Option<AccessQuestion>,
        needs: &mut Vec<Need>,
    ) -> bool {
        let mut inquiries = std::mem::take(&mut self.context.inquiries);
        let mut went_on = false;
        let result = question.into_iter().try_for_each(|question| {
            let inquiry = self.begin_inquiry(question)?;
            inquiries.push(inquiry);
            went_on = true;
            Ok(())
        });
        let result = result.and_then(|()| {
            inquiries.iter_mut().try_for_each(|inquiry| {
                went_on |= matches!(inquiry.state, InquiryProgress::UnderWay(_));
                self.go_on_with_inquiry(inquiry, instant, needs)
            })
        });
        self.context.inquiries = inquiries;
        if let Err(cause) = result {
            // Whatever was asked for; see the invariant above.
            self.context.notes.troubles.only(cause.into());
            self.decided = Some((ExtendedDecision::IndeterminateDP, Some(cause.into())));
            needs.clear();
            return true;
        }
        went_on
    }

    fn begin_inquiry(&mut self, question: AccessQuestion) -> Result<Inquiry, Cause> {
        let Inquiring { most, .. } = self.inquiring;
        let calls_left = self.inquiring.calls_left.checked_sub(1);
        self.inquiring.calls_left = calls_left.ok_or(Cause::Inquiries(short(most)))?;
        let attributes = self.request.categories().iter().flat_map(|c| &c.attributes);
        let values: usize = attributes.map(|attribute| 1 + attribute.values.len()).sum();
        self.spend(COPY.saturating_mul(values as u64))?;
        self.spend(question.content.len() as u64 / 4)?;
        let AccessQuestion { category, content } = &question;
        let (limits, data_types) = (self.settings.limits(), &self.settings.pdp.data_types);
        let request = self
            .request
            .with_content_of(category, content, limits, data_types);
        let state = match request {
            Ok(request) => InquiryProgress::UnderWay(Box::new(InquiryUnderWay {
                request: Arc::new(request),
                context: Context::new(),
                is_bound: false,
            })),
            Err(problem) => InquiryProgress::Answered(Err(FunctionError::syntax(format!(
                "argument 2 is no content of `Attributes`: {problem}"
            )))),
        };
        Ok(Inquiry {
            question,
            number: u32::try_from(most - self.inquiring.calls_left).unwrap_or(u32::MAX),
            state,
            read: Vec::new(),
            contents: Vec::new(),
            zone_read: None,
            troubles: Vec::new(),
            doubted: Flag::default(),
        })
    }

    fn go_on_with_inquiry(
        &mut self,
        inquiry: &mut Inquiry,
        instant: DateTime,
        needs: &mut Vec<Need>,
    ) -> Result<(), Cause> {
        let InquiryProgress::UnderWay(under_way) = &mut inquiry.state else {
            return Ok(());
        };
        let InquiryUnderWay {
            request,
            context,
            is_bound,
        } = &mut **under_way;
        let has_passed = std::mem::replace(is_bound, true);
        if !has_passed {
            bind::bind(context, self.program, request, || instant);
        }
        let mut inner = Evaluation {
            program: self.program,
            request,
            settings: self.settings,
            budget: std::mem::take(&mut self.budget),
            inquiring: self.inquiring,
            has_passed,
            context,
            decided: None,
        };
        let mut step = inner.step();
        while let Step::Needs(of_inner) = &step
            && !self.inquiring.is_allowed
            && !of_inner.is_empty()
        {
            for need in of_inner {
                let why = "the host does not supply attributes of requests that access-permitted \
                           asks about";
                inner.supply(need, Err::<Vec<Value>, _>(ProviderError::new(why)));
            }
            step = inner.step();
        }
        let (budget, calls_left) = (inner.budget, inner.inquiring.calls_left);
        let decided = inner.decided;
        self.budget = budget;
        self.inquiring.calls_left = calls_left;
        if let Step::Needs(of_inner) = step
            && !of_inner.is_empty()
        {
            needs.extend(of_inner.into_iter().map(|mut need| {
                if need.inquiry.is_none() {
                    need.inquiry = Some(inquiry.number);
                    need.request = Some(request.clone());
                }
                need
            }));
            return Ok(());
        }
        let (decision, reason) = decided.unwrap_or_else(|| {
            let reason = Indeterminate::from(Cause::Unfinished);
            context.notes.troubles.only(reason);
            (ExtendedDecision::IndeterminateDP, Some(reason))
        });
        if let Some(cause @ (Cause::Exhausted | Cause::Inquiries(_))) =
            reason.map(|reason| reason.cause)
        {
            return Err(cause);
        }
        let answer = match Decision::from(decision) {
            Decision::Permit => Ok(true),
            Decision::Deny | Decision::NotApplicable => Ok(false),
            // Not "Permit", so not True; and not False either, which `not` would make True.
            Decision::Indeterminate => Err(why(reason, self.program, request, context)),
        };
        inquiry.troubles = troubles::in_words(&Texts::new(self.program, request, context), reason);
        inquiry.read = kept(context, self.program, request, &inquiry.question.category);
        inquiry.zone_read = context.zone_read_at_all();
        inquiry.contents = context.contents.keys(request).collect();
        let further = context.inquiries.iter_mut();
        let further = further.flat_map(|inquiry| std::mem::take(&mut inquiry.contents));
        inquiry.contents.extend(further);
        inquiry.state = InquiryProgress::Answered(answer);
        let values: usize = inquiry.read.iter().map(|kept| 1 + kept.values.len()).sum();
        let bytes: usize = inquiry.contents.iter().map(String::len).sum();
        self.spend(
            COPY.saturating_mul((values + inquiry.troubles.len()) as u64)
                .saturating_add(bytes as u64 / 16),
        )
    }

    /// Spends work between two passes.
    fn spend(&mut self, units: u64) -> Result<(), Cause> {
        let is_left = self.budget.spend(units);
        is_left.then_some(()).ok_or(Cause::Exhausted)
    }
}

/// The reason of an Indeterminate of a decision that was asked for: the innermost one, at any depth
/// of `access-permitted`.
fn why(
    reason: Option<Indeterminate>,
    program: &Program,
    request: &Request,
    context: &Context,
) -> FunctionError {
    let error = match reason.map(|reason| reason.cause) {
        Some(Cause::Function(number)) => context.notes.errors.get(number as usize),
        _ => None,
    };
    match error {
        Some(failed)
            if failed
                .function
                .is_some_and(|id| program.functions[id.index()].is_access_permitted()) =>
        {
            FunctionError::processing(failed.error.message.clone())
        }
        _ => {
            let texts = Texts::new(program, request, context);
            let why = reason.map(|reason| reason.message(&texts));
            FunctionError::processing(format!(
                "the decision asked for is Indeterminate: {}",
                why.unwrap_or_default()
            ))
        }
    }
}

/// The attributes that a decision read, except those of the category in question.
fn kept(
    context: &mut Context,
    program: &Program,
    request: &Request,
    asked_about: &str,
) -> Vec<KeptRead> {
    let reads = context.reads(program, request);
    let of_others = reads.filter(|recorded| {
        *recorded.read.designator.category != *asked_about
            || recorded.read.values.is_empty()
            || !recorded.is_in_request()
    });
    let kept = of_others.map(|recorded| KeptRead {
        designator: recorded.read.designator.clone(),
        values: recorded.read.values.to_vec(),
        failure: recorded.why().map(Cow::into_owned),
        ends: recorded.ends(),
    });
    let mut all: Vec<KeptRead> = kept.collect();
    let further = context.inquiries.iter_mut();
    all.extend(further.flat_map(|inquiry| std::mem::take(&mut inquiry.read)));
    all
}

/// The context of the decision that has a need.
pub(super) fn context_of<'c>(context: &'c mut Context, need: &Need) -> Option<&'c mut Context> {
    let Some(number) = need.inquiry else {
        return Some(context);
    };
    context.inquiries.iter_mut().find_map(|inquiry| {
        let is_own = inquiry.number == number;
        match &mut inquiry.state {
            InquiryProgress::UnderWay(own) => match is_own {
                true => Some(&mut own.context),
                false => context_of(&mut own.context, need),
            },
            InquiryProgress::Answered(_) => None,
        }
    })
}

impl Inquiry {
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    pub(super) fn has_troubles(&self) -> bool {
        !self.troubles.is_empty()
    }

    /// The troubles of its decision, if a rule or policy rests on its answer.
    pub(super) fn doubts(&self) -> &[response::Trouble] {
        match self.doubted.get() {
            true => &self.troubles,
            false => &[],
        }
    }

    /// Whether a rule or policy rests on its answer.
    pub(super) fn doubted(&self) -> &Flag {
        &self.doubted
    }

    /// Whether it was answered with this error.
    pub(super) fn failed_with(&self, error: &FunctionError) -> bool {
        matches!(&self.state, InquiryProgress::Answered(Err(known)) if known == error)
    }

    /// The keys of the Contents its decision followed paths in.
    pub(super) fn contents(&self) -> impl Iterator<Item = &str> {
        self.contents.iter().map(String::as_str)
    }

    /// The instant of its decision, if the zone of it mattered.
    pub(super) fn zone_read(&self) -> Option<DateTime> {
        self.zone_read
    }

    /// The first instant from which one of its reads may have other values.
    pub(super) fn ends(&self) -> Option<DateTime> {
        let ends = self.read.iter().filter_map(|kept| kept.ends);
        ends.chain(self.zone_read)
            .min_by(|a, b| a.compare(b, crate::value::Zone::UTC))
    }
}
