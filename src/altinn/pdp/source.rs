//! A source of facts → its answer, or its failure by name. A panic is a failure like any other.

use super::ruling::{Early, indeterminate};
use crate::altinn::facts::Answer;
use crate::decision::StatusCode;
use crate::provider::{ProviderError, guarded};

/// The source of one kind of fact, if there is one. Only [`ask`](Self::ask) reaches it, so no panic of
/// the host's code leaves a decision.
pub(super) struct FactSource<'a, S: ?Sized> {
    name: &'static str,
    source: Option<&'a S>,
}

impl<'a, S: ?Sized> FactSource<'a, S> {
    pub(super) fn new(name: &'static str, source: Option<&'a S>) -> Self {
        Self { name, source }
    }

    pub(super) fn is_none(&self) -> bool {
        self.source.is_none()
    }

    pub(super) fn is_some(&self) -> bool {
        self.source.is_some()
    }

    /// Returns the answer of the source; without one there are no facts.
    pub(super) fn ask<T: Default>(
        &self,
        ask: impl FnOnce(&S) -> Answer<T>,
    ) -> Result<T, SourceFailure> {
        let Some(source) = self.source else {
            return Ok(T::default());
        };
        guarded(|| ask(source)).map_err(|error| SourceFailure {
            name: self.name,
            error,
        })
    }
}

/// The failure of a source.
#[derive(Debug, thiserror::Error)]
#[error("the source of {name}: {error}")]
pub(super) struct SourceFailure {
    name: &'static str,
    error: ProviderError,
}

/// A failure of a fact that the policy reads.
impl From<SourceFailure> for ProviderError {
    fn from(failure: SourceFailure) -> Self {
        Self::new(failure.to_string())
    }
}

/// A failure of a fact that the flow itself reads.
impl From<SourceFailure> for Early {
    fn from(failure: SourceFailure) -> Self {
        let mut early = indeterminate(StatusCode::ProcessingError, failure.to_string());
        for trouble in &mut early.result.troubles {
            trouble.provider = Some(failure.name.into());
        }
        early
    }
}
