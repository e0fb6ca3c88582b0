//! A provider, synchronous or asynchronous, and the needs of decisions → its answers, one by one or
//! many in one call.

use std::borrow::Cow;

use super::Inner;
use super::observer::{Inside, Span};
use crate::attribute::Designator;
use crate::error::cut;
use crate::evaluate::FindProvider;
use crate::provider::{
    AsyncAttributeProvider, AttributeProvider, Fetched, Guarded, Inputs, Need, ProviderError,
    Query, canonical, each_answer, guarded,
};
use crate::request::Request;

/// A provider as the host added it.
pub(super) enum HostProvider {
    Sync(Box<dyn AttributeProvider>),
    Async(Box<dyn AsyncAttributeProvider>),
}

/// Whether one of the providers supplies an attribute.
pub(super) fn any_supplies(providers: &[HostProvider], wanted: &Designator) -> bool {
    providers.iter().any(|provider| provider.supplies(wanted))
}

impl HostProvider {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Sync(provider) => provider.name(),
            Self::Async(provider) => provider.name(),
        }
    }

    pub(super) fn supplies(&self, wanted: &Designator) -> bool {
        match self {
            Self::Sync(provider) => provider.supplies(wanted),
            Self::Async(provider) => provider.supplies(wanted),
        }
    }

    pub(super) fn inputs(&self, wanted: &Designator) -> Inputs {
        match self {
            Self::Sync(provider) => provider.inputs(wanted),
            Self::Async(provider) => provider.inputs(wanted),
        }
    }

    /// The number of queries it takes in one call, at least 1.
    pub(super) fn queries_at_once(&self) -> usize {
        match self {
            Self::Sync(provider) => provider.queries_at_once().max(1),
            Self::Async(provider) => provider.queries_at_once().max(1),
        }
    }

    /// Asks a synchronous provider, in one call. An asynchronous one fails.
    pub(super) fn now(&self, questions: &[ProviderQuestion<'_>]) -> Vec<Answered> {
        let Self::Sync(provider) = self else {
            let why = "it answers asynchronously, and this decision is not made that way";
            let failed = || Err(ProviderError::new(why));
            return self.checked(questions, questions.iter().map(|_| failed()).collect());
        };
        let answers = match questions {
            [one] => vec![guarded(|| provider.fetch(&one.wanted, &one.seen))],
            several => {
                let queries: Vec<Query<'_>> = several.iter().map(ProviderQuestion::query).collect();
                each_answer(guarded(|| provider.fetch_many(&queries)), queries.len())
            }
        };
        self.checked(questions, answers)
    }

    /// Whether the provider is asynchronous.
    pub(super) fn is_later(&self) -> bool {
        matches!(self, Self::Async(_))
    }

    /// Asks a provider of either kind, in one call; a synchronous one answers on the first poll.
    pub(super) fn later<'p>(
        &'p self,
        questions: Vec<ProviderQuestion<'p>>,
        span: Span,
    ) -> Guarded<'p, Vec<Answered>> {
        Guarded::new(move || {
            let future = Box::pin(async move {
                let Self::Async(provider) = self else {
                    return Ok(self.now(&questions));
                };
                let answers = match &questions[..] {
                    [one] => vec![provider.fetch(&one.wanted, &one.seen).await],
                    several => {
                        let queries: Vec<Query<'_>> =
                            several.iter().map(ProviderQuestion::query).collect();
                        each_answer(provider.fetch_many(&queries).await, queries.len())
                    }
                };
                Ok(self.checked(&questions, answers))
            });
            Box::pin(Inside { span, future })
        })
    }

    /// Checks the answers: each may bring along only other attributes of this provider, each once.
    fn checked(&self, questions: &[ProviderQuestion<'_>], answers: Vec<Answer>) -> Vec<Answered> {
        let checked = |(question, answer): (&ProviderQuestion<'_>, Answer)| {
            let supplies = |other: &Designator| self.supplies(other);
            let check = |fetched: &Fetched| guarded(|| fetched.check(&question.wanted, supplies));
            let checked = answer.and_then(|fetched| check(&fetched).map(|()| fetched.apart()));
            let (answer, also) = match checked {
                Ok((fetched, also)) => (Ok(fetched), also),
                Err(error) => (Err(error), Vec::new()),
            };
            let seen = || canonical(&question.seen);
            let also = (!also.is_empty()).then(|| Box::new((seen(), also)));
            Answered { answer, also }
        };
        questions.iter().zip(answers).map(checked).collect()
    }
}

pub(super) type Answer = Result<Fetched, ProviderError>;

/// Answers to other attributes that came with an answer.
pub(super) type Also = Vec<(Designator, Fetched)>;

/// The answer to one question.
pub(super) struct Answered {
    pub(super) answer: Answer,
    /// The answers it brought along, with the text of the request as the provider saw it.
    pub(super) also: Option<Box<(String, Also)>>,
}

/// A need with all that its answer may depend on.
pub(super) struct ProviderQuestion<'p> {
    /// The index of the provider.
    pub(super) provider: usize,
    pub(super) source: &'p HostProvider,
    pub(super) wanted: Cow<'p, Designator>,
    /// The part of the request that the provider may read.
    pub(super) seen: Cow<'p, Request>,
}

impl Inner {
    /// Returns the query for a need of a request, with its provider. Fails if the need belongs to
    /// another PDP.
    pub(super) fn question<'p>(
        &'p self,
        need: &Need,
        request: &'p Request,
    ) -> Result<ProviderQuestion<'p>, ProviderError> {
        // Providers see the individual decision request, whichever way it came here.
        let request = request.single().unwrap_or(request);
        let place = need.slot as usize;
        if place >= self.program.slots.len() {
            return self.question_of_none(need, request);
        }
        let slot = self.program.slots.get(place);
        let own = slot.filter(|slot| slot.designator == need.designator);
        let supplied = self.slot_providers.providers.get(place) == Some(&Some(need.provider));
        let (Some(slot), Some(source), Some(inputs), true) = (
            own,
            self.host.providers.get(need.provider),
            self.slot_providers.inputs.get(place),
            supplied,
        ) else {
            return Err(ProviderError::new("this need is another PDP's"));
        };
        Ok(ProviderQuestion {
            provider: need.provider,
            source,
            wanted: Cow::Borrowed(&slot.designator),
            seen: shown(inputs, need, request)?,
        })
    }

    /// Returns the query for an attribute without a slot: a policy computed its name in a decision.
    fn question_of_none<'p>(
        &'p self,
        need: &Need,
        request: &'p Request,
    ) -> Result<ProviderQuestion<'p>, ProviderError> {
        let wanted = &need.designator;
        let source = self.host.providers.get(need.provider);
        let Some(source) = source.filter(|_| self.host.provider_of(wanted) == Some(need.provider))
        else {
            return Err(ProviderError::new("this need is another PDP's"));
        };
        let inputs = guarded(|| Ok(source.inputs(wanted)))?;
        Ok(ProviderQuestion {
            provider: need.provider,
            source,
            wanted: Cow::Owned(wanted.clone()),
            seen: shown(&inputs, need, request)?,
        })
    }
}

/// Returns the part of the request that a provider may read. An unusable attribute in it fails the
/// need: the provider would take it for missing, and its answer would be wrong.
fn shown<'p>(
    inputs: &Inputs,
    need: &Need,
    request: &'p Request,
) -> Result<Cow<'p, Request>, ProviderError> {
    let seen = match need.request() {
        Some(own) => Cow::Owned(inputs.of(own).unwrap_or_else(|| own.clone())),
        None => inputs
            .of(request)
            .map_or(Cow::Borrowed(request), Cow::Owned),
    };
    let mut unusable = seen.categories().iter().flat_map(|own| own.unusable());
    match unusable.next() {
        None => Ok(seen),
        Some(unusable) => Err(ProviderError::new(format!(
            "its answer may depend on the attribute `{}` of the request, whose value cannot be used: \
             it {}",
            cut(&unusable.id),
            unusable.reason
        ))),
    }
}

impl ProviderQuestion<'_> {
    /// Returns the answer of a synchronous provider.
    pub(super) fn now(self) -> Answer {
        let source = self.source;
        the_only(source.now(&[self]))
    }

    /// Returns the answer of a provider of either kind.
    pub(super) async fn later(self, span: Span) -> Answer {
        let source = self.source;
        the_only(source.later(vec![self], span).await?)
    }

    fn query(&self) -> Query<'_> {
        Query {
            wanted: &self.wanted,
            request: &self.seen,
        }
    }
}

fn the_only(mut answered: Vec<Answered>) -> Answer {
    let unanswered = || Err(ProviderError::new("it gave no answer"));
    answered.pop().map_or_else(unanswered, |only| only.answer)
}
