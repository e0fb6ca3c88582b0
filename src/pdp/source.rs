//! A provider of either kind, and how one need is taken to it.

use std::borrow::Cow;

use super::Inner;
use crate::attribute::Designator;
use crate::evaluate::Supplier;
use crate::provider::{
    AsyncAttributeProvider, AttributeProvider, Fetched, Guarded, Inputs, Need, ProviderError,
    guarded,
};
use crate::request::Request;

/// A provider as the host added it.
pub(super) enum Source {
    Sync(Box<dyn AttributeProvider>),
    Async(Box<dyn AsyncAttributeProvider>),
}

impl Source {
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
}

pub(super) type Answer = Result<Fetched, ProviderError>;

/// A need with all that its answer may depend on.
pub(super) struct Question<'p> {
    pub(super) source: &'p Source,
    pub(super) wanted: Cow<'p, Designator>,
    /// What the provider is shown.
    pub(super) seen: Cow<'p, Request>,
}

impl Inner {
    /// What a need of a request asks, and whom.
    pub(super) fn question<'p>(
        &'p self,
        need: &Need,
        request: &'p Request,
    ) -> Result<Question<'p>, ProviderError> {
        // Providers see what is decided, by whatever way it came here.
        let request = request.single().unwrap_or(request);
        let place = need.slot as usize;
        if place >= self.program.slots.len() {
            return self.question_of_none(need, request);
        }
        let slot = self.program.slots.get(place);
        let own = slot.filter(|slot| slot.designator == need.designator);
        let supplied = self.seats.providers.get(place) == Some(&Some(need.provider));
        let (Some(slot), Some(source), Some(inputs), true) = (
            own,
            self.host.providers.get(need.provider),
            self.seats.inputs.get(place),
            supplied,
        ) else {
            return Err(ProviderError::new("this need is another PDP's"));
        };
        let seen = match need.request() {
            Some(own) => Cow::Owned(inputs.of(own).unwrap_or_else(|| own.clone())),
            None => inputs
                .of(request)
                .map_or(Cow::Borrowed(request), Cow::Owned),
        };
        Ok(Question {
            source,
            wanted: Cow::Borrowed(&slot.designator),
            seen,
        })
    }

    /// The same for an attribute that has no slot: its name was worked out in a decision.
    fn question_of_none<'p>(
        &'p self,
        need: &Need,
        request: &'p Request,
    ) -> Result<Question<'p>, ProviderError> {
        let wanted = &need.designator;
        let source = self.host.providers.get(need.provider);
        let Some(source) = source.filter(|_| self.host.provider_of(wanted) == Some(need.provider))
        else {
            return Err(ProviderError::new("this need is another PDP's"));
        };
        let inputs = guarded(|| Ok(source.inputs(wanted)))?;
        let seen = match need.request() {
            Some(own) => Cow::Owned(inputs.of(own).unwrap_or_else(|| own.clone())),
            None => inputs
                .of(request)
                .map_or(Cow::Borrowed(request), Cow::Owned),
        };
        Ok(Question {
            source,
            wanted: Cow::Owned(wanted.clone()),
            seen,
        })
    }
}

impl<'p> Question<'p> {
    /// Asks a provider that answers at once.
    pub(super) fn now(&self) -> Answer {
        match self.source {
            Source::Sync(provider) => guarded(|| provider.fetch(&self.wanted, &self.seen)),
            Source::Async(_) => Err(ProviderError::new(
                "it answers asynchronously, and this decision is not made that way",
            )),
        }
    }

    /// Asks a provider of either kind; one that answers at once has done so when this returns.
    pub(super) fn later(self) -> Asked<'p> {
        let Source::Async(provider) = self.source else {
            return Asked::Answered(self.now());
        };
        Asked::Waiting(Guarded::new(move || match (self.wanted, self.seen) {
            (Cow::Borrowed(wanted), Cow::Borrowed(seen)) => provider.fetch(wanted, seen),
            (wanted, seen) => Box::pin(async move { provider.fetch(&wanted, &seen).await }),
        }))
    }
}

/// A provider that was asked.
pub(super) enum Asked<'p> {
    Answered(Answer),
    Waiting(Guarded<'p>),
}
