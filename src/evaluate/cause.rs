//! The reason of an Indeterminate expression, rule or policy → its status code and message.

use std::fmt;
use std::sync::Arc;

use super::Pass;
use super::near_miss::near_miss;
use super::outcome::Texts;
use crate::attribute::Designator;
use crate::decision::StatusCode;
use crate::error::last_part;
use crate::function::{EMPTY_BAG, FunctionError};
use crate::limits::{WORK_EXCEEDED, short};
use crate::program::{BagOf, Child, Expression, FunctionId, PolicyId, Program, SelectorId, SlotId};
use crate::response::{PolicyIdentifier, TroublePlace};

/// The reason why an expression has no value. Small, as every step of an evaluation may end in one.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// It needs an attribute that is not fetched yet.
    Open,
    /// It is Indeterminate.
    Indeterminate(Indeterminate),
}

/// The reason of an Indeterminate. Most are made without allocating, for most troubles on the way
/// to a decision are outweighed and never reported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Indeterminate {
    pub(super) cause: Cause,
    /// The policy, and the rule by its place among the children; [`NOWHERE`] if not known yet.
    policy: PolicyId,
    rule: u32,
}

/// No policy, or no rule.
const NOWHERE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub(super) enum Cause {
    /// An attribute is not there and must be present.
    Missing(SlotId),
    /// A selector selects nothing and must.
    NothingSelected(SelectorId),
    /// An attribute that has no slot is not there and must be present.
    Absent(u32),
    /// A provider failed; the number is that of its failure.
    Provider(u32),
    /// A function has no result for its arguments; the number is that of its error.
    Function(u32),
    /// An expression has another type than the compiler proved: a fault of this library.
    IllTyped,
    /// only-one-applicable found a second child that applies.
    SeveralApplicable,
    /// on-permit-apply-second has another number of children than two or three.
    ChildCount(u32),
    /// A combining algorithm of the host returned Indeterminate.
    Combining,
    /// A combining algorithm of the host panicked.
    Panicked,
    /// The decision takes more work than the limit allows.
    Exhausted,
    /// Decisions of the same call took all the work there was.
    NothingLeft,
    /// The results of the call repeat more than the limit allows.
    TooLong,
    /// The decision calls `access-permitted` more often than the limit allows.
    Inquiries(u32),
    /// The request asks for several decisions.
    MultipleDecisions,
    /// The evaluation was finished before it was decided.
    Unfinished,
}

/// An error of a function.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Failed {
    /// The function, unless the error names it.
    pub(super) function: Option<FunctionId>,
    /// The source of the bag that is its only argument.
    source: Option<BagSource>,
    pub(super) error: FunctionError,
}

/// The source of a bag that has a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum BagSource {
    Attribute(SlotId),
    Selector(SelectorId),
}

impl BagSource {
    /// The source of the only argument of a function, if that is a bag that has one.
    fn of(arguments: &[Expression]) -> Option<Self> {
        match arguments {
            [Expression::Bag(BagOf::Attribute(bag))] => Some(Self::Attribute(bag.slot)),
            [Expression::Bag(BagOf::Selector { selector, .. })] => Some(Self::Selector(*selector)),
            _ => None,
        }
    }
}

/// The work of keeping an error: it covers memory more than time.
const KEPT: usize = 8;

/// The most errors of functions whose messages are kept. Later errors share two numbers: this one
/// if their status is `processing-error`, the next one if it is `syntax-error`. A status rarely
/// needs a message after the first ones.
const MOST_KEPT: usize = 1000;

impl Pass<'_> {
    /// Records the error of a function, until the next decision, and returns the stop that refers
    /// to it.
    #[cold]
    pub(super) fn failed(&self, function: Option<FunctionId>, error: FunctionError) -> Stop {
        self.failed_of(function, None, error)
    }

    /// Records the error of a function applied to these arguments, as [`failed`](Self::failed) does.
    #[cold]
    pub(super) fn failed_on(
        &self,
        function: FunctionId,
        arguments: &[Expression],
        error: FunctionError,
    ) -> Stop {
        self.failed_of(Some(function), BagSource::of(arguments), error)
    }

    /// Records the error of a function applied to a bag from this source, as [`failed`](Self::failed)
    /// does.
    #[cold]
    pub(super) fn failed_of(
        &self,
        function: Option<FunctionId>,
        source: Option<BagSource>,
        error: FunctionError,
    ) -> Stop {
        if let Err(stop) = self.spend_on(KEPT) {
            return stop;
        }
        let errors = &mut self.notes.borrow_mut().errors;
        if errors.len() == MOST_KEPT {
            return Cause::Function(short(
                MOST_KEPT + usize::from(error.code() == StatusCode::SyntaxError),
            ))
            .into();
        }
        let failed = Failed {
            function,
            source,
            error,
        };
        if errors.last() != Some(&failed) {
            errors.push(failed);
        }
        Cause::Function(short(errors.len() - 1)).into()
    }

    /// Records that an attribute or node without a slot, which must be present, is absent.
    #[cold]
    pub(super) fn absent(&self, message: String) -> Stop {
        match self.failed(None, FunctionError::processing(message)) {
            Stop::Indeterminate(Indeterminate {
                cause: Cause::Function(number),
                ..
            }) => Cause::Absent(number).into(),
            other => other,
        }
    }

    /// An error that is the function's, if it is of none yet.
    pub(super) fn in_function(&self, function: FunctionId, stop: Stop) -> Stop {
        let of_none = match stop {
            Stop::Indeterminate(Indeterminate {
                cause: Cause::Function(number),
                ..
            }) => match self.notes.borrow().errors.get(number as usize) {
                Some(failed) if failed.function.is_none() => Some(failed.error.clone()),
                _ => None,
            },
            _ => None,
        };
        of_none.map_or(stop, |error| self.failed(Some(function), error))
    }
}

impl Indeterminate {
    /// Returns the trouble with this place if it has none yet.
    pub(super) fn at(mut self, policy: PolicyId, rule: Option<usize>) -> Self {
        if self.policy.0 == NOWHERE {
            self.policy = policy;
            self.rule = rule.map_or(NOWHERE, short);
        }
        self
    }

    /// Whether another trouble is in this place, too.
    pub(super) fn is_at(&self, other: &Self) -> bool {
        (self.policy, self.rule) == (other.policy, other.rule)
    }

    /// The place, unless it is no policy of the host's.
    pub(super) fn place(&self, program: &Program) -> Option<TroublePlace> {
        if self.policy.0 == NOWHERE {
            return None;
        }
        let policy = program.policy(self.policy);
        let rule = match policy.children.get(self.rule as usize) {
            Some(Child::Rule(rule)) => Some((rule.id.clone(), rule.nth)),
            _ => None,
        };
        // The nameless set of several roots is none.
        let is_named = rule.is_some() || !policy.id.is_empty();
        is_named.then(|| TroublePlace {
            policy: PolicyIdentifier {
                is_set: policy.is_set,
                id: policy.id.clone(),
                version: Some(policy.version.clone()),
            },
            nth: rule.as_ref().map_or(0, |(_, nth)| *nth),
            rule: rule.map(|(id, _)| id),
        })
    }

    /// The trouble in words, with its place.
    pub(super) fn message(&self, texts: &Texts<'_>) -> String {
        let message = self.cause.message(texts);
        match self.place(texts.program) {
            Some(place) => format!("{message}; {place}"),
            None => message,
        }
    }
}

/// A provider that failed, the attribute, and the provider's message.
pub(super) struct Failure {
    pub(super) provider: Arc<str>,
    pub(super) attribute: Designator,
    pub(super) why: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            provider,
            attribute,
            why,
        } = self;
        let id = &attribute.id;
        write!(
            f,
            "the attribute provider `{provider}`, asked for `{id}`: {why}"
        )
    }
}

impl Failed {
    /// The attribute that it was applied to, if that has no value and one is asked for.
    fn empty_attribute(&self) -> Option<SlotId> {
        match self.source {
            Some(BagSource::Attribute(slot)) if self.error.message == EMPTY_BAG => Some(slot),
            _ => None,
        }
    }

    /// The error in words, with the function and the source of the bag that it was applied to.
    fn message(&self, texts: &Texts<'_>) -> String {
        let error = &self.error;
        let Some(function) = self.function else {
            return error.to_string();
        };
        let function = short_name(texts.program.functions[function.index()].id());
        let source = match self.source {
            Some(BagSource::Attribute(slot)) => texts.designator(slot).map(Designator::named),
            Some(BagSource::Selector(selector)) => {
                let selector = &texts.program.selectors[selector.index()];
                Some(format!(
                    "`{}` in the Content of category `{}`",
                    selector.text, selector.category
                ))
            }
            None => None,
        };
        let source = source.map_or_else(String::new, |source| format!(", applied to {source}"));
        let wanted = self.empty_attribute();
        let wanted = wanted.and_then(|slot| texts.designator(slot));
        let nearest = wanted.map_or_else(String::new, |wanted| nearest(texts, wanted));
        format!("function `{function}`{source}: {error}{nearest}")
    }
}

impl Cause {
    /// Whether both causes have the same message.
    pub(super) fn is(&self, other: &Self, errors: &[Failed]) -> bool {
        match (self, other) {
            (Self::Missing(a), Self::Missing(b)) => a == b,
            (Self::NothingSelected(a), Self::NothingSelected(b)) => a.index() == b.index(),
            (Self::Provider(a), Self::Provider(b)) => a == b,
            (Self::Function(a), Self::Function(b)) | (Self::Absent(a), Self::Absent(b)) => {
                let error = |number: &u32| errors.get(*number as usize);
                a == b || (error(a).is_some() && error(a) == error(b))
            }
            (Self::ChildCount(a), Self::ChildCount(b))
            | (Self::Inquiries(a), Self::Inquiries(b)) => a == b,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }

    pub(super) fn code(&self, errors: &[Failed]) -> StatusCode {
        match self {
            Self::Missing(_) | Self::NothingSelected(_) | Self::Absent(_) => {
                StatusCode::MissingAttribute
            }
            Self::Function(number) => match errors.get(*number as usize) {
                Some(failed) => failed.error.code(),
                None if *number as usize > MOST_KEPT => StatusCode::SyntaxError,
                None => StatusCode::ProcessingError,
            },
            _ => StatusCode::ProcessingError,
        }
    }

    /// Whether its message says what the attribute nearly is that it lacks.
    pub(super) fn has_near_miss(&self, errors: &[Failed]) -> bool {
        match self {
            Self::Missing(_) => true,
            Self::Function(number) => errors
                .get(*number as usize)
                .is_some_and(|failed| failed.empty_attribute().is_some()),
            _ => false,
        }
    }

    /// The attribute that is missing, is not one value or could not be fetched.
    pub(super) fn attribute<'t>(&self, texts: &Texts<'t>) -> Option<&'t Designator> {
        match self {
            Self::Provider(failure) => {
                let failure = texts.failures.get(*failure as usize)?;
                Some(&failure.attribute)
            }
            Self::Function(number) => {
                let failed = texts.errors.get(*number as usize)?;
                match failed.source {
                    Some(BagSource::Attribute(slot)) => texts.designator(slot),
                    _ => failed.error.missing_attributes().first(),
                }
            }
            _ => self.missing(texts).first(),
        }
    }

    /// The attributes that are missing: one, or those that a function of the host names.
    pub(super) fn missing<'t>(&self, texts: &Texts<'t>) -> &'t [Designator] {
        match self {
            Self::Missing(slot) => texts.designator(*slot).map_or(&[], std::slice::from_ref),
            Self::Function(number) => {
                let failed = texts.errors.get(*number as usize);
                failed.map_or(&[], |failed| failed.error.missing_attributes())
            }
            _ => &[],
        }
    }

    /// The provider that failed.
    pub(super) fn provider<'t>(&self, texts: &Texts<'t>) -> Option<&'t Arc<str>> {
        match self {
            Self::Provider(failure) => {
                let failure = texts.failures.get(*failure as usize)?;
                Some(&failure.provider)
            }
            _ => None,
        }
    }

    /// The cause in words.
    pub(super) fn message(&self, texts: &Texts<'_>) -> String {
        match self {
            Cause::Missing(slot) => match texts.designator(*slot) {
                Some(wanted) => missing(texts, wanted),
                None => String::new(),
            },
            Cause::NothingSelected(selector) => {
                let selector = &texts.program.selectors[selector.index()];
                format!(
                    "`{}` selects nothing in the Content of category `{}`, and the policy says it \
                     must be present",
                    selector.text, selector.category
                )
            }
            Cause::Absent(number) => match texts.errors.get(*number as usize) {
                Some(failed) => failed.error.to_string(),
                None => "a value is missing, and the policy says it must be present".to_owned(),
            },
            Cause::Provider(failure) => {
                let failure = texts.failures.get(*failure as usize);
                failure.map_or_else(String::new, Failure::to_string)
            }
            Cause::Function(number) => match texts.errors.get(*number as usize) {
                Some(failed) => failed.message(texts),
                None => "a function failed; its message was dropped because more than 1,000 errors were recorded".to_owned(),
            },
            Cause::IllTyped => {
                "internal error: an expression has another type than it was compiled with".to_owned()
            },
            Cause::SeveralApplicable => {
                "more than one policy applies, and only-one-applicable allows one".to_owned()
            }
            Cause::ChildCount(count) => {
                format!("on-permit-apply-second takes two or three children, not {count}")
            }
            Cause::Combining => "the host's combining algorithm returned Indeterminate".to_owned(),
            Cause::Panicked => "the host's combining algorithm panicked".to_owned(),
            Cause::Exhausted => WORK_EXCEEDED.to_owned(),
            Cause::NothingLeft => "other decisions of this call took more work than the limit \
                allows (`Limits::work`), and none is left for this one"
                .to_owned(),
            Cause::TooLong => "the results of this call repeat more bytes than the limit allows \
                (`Limits::response`)"
                .to_owned(),
            Cause::Inquiries(most) => format!(
                "the policies ask for more decisions with access-permitted than {most}, which is \
                 the limit: do they ask themselves in a circle?"
            ),
            Cause::MultipleDecisions => "the request asks for several decisions at once \
                (repeated categories, MultiRequests, CombinedDecision, a scope or nodes of a \
                Content), and only one is made here"
                .to_owned(),
            Cause::Unfinished => "attributes the decision needs were not supplied".to_owned(),
        }
    }
}

/// The message about an attribute that must be present and is not, with the most similar attribute
/// of the request.
fn missing(texts: &Texts<'_>, wanted: &Designator) -> String {
    let nearest = nearest(texts, wanted);
    format!(
        "the request has no value of type {} for {}, and the policy says it must be present{nearest}",
        wanted.data_type.short_name(),
        wanted.named()
    )
}

/// The attribute of the request that is most similar to one that it lacks, in parentheses.
fn nearest(texts: &Texts<'_>, wanted: &Designator) -> String {
    match near_miss(texts.request, &texts.program.slots, wanted) {
        Some(nearest) => format!(" ({nearest})"),
        None => String::new(),
    }
}

/// The last part of a standard id; the whole of any other.
fn short_name(id: &str) -> &str {
    match id.starts_with("urn:oasis:names:tc:xacml:") {
        true => last_part(id),
        false => id,
    }
}

impl Stop {
    /// A trouble in this place, if it has none yet.
    pub(super) fn at(self, policy: PolicyId, rule: Option<usize>) -> Self {
        match self {
            Self::Open => Self::Open,
            Self::Indeterminate(reason) => Self::Indeterminate(reason.at(policy, rule)),
        }
    }
}

impl From<Cause> for Indeterminate {
    fn from(cause: Cause) -> Self {
        Self {
            cause,
            policy: PolicyId(NOWHERE),
            rule: NOWHERE,
        }
    }
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Self {
        Self::Indeterminate(cause.into())
    }
}
