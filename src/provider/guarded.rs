//! A provider's panic → an error of that provider alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{BoxFuture, Fetched, ProviderError};

type Answer<T> = Result<T, ProviderError>;

/// Returns the result of `ask`, or an error if it panics: for a flow around a policy, which asks sources
/// of its host as a [`Pdp`](crate::Pdp) asks providers.
///
/// ```
/// use vedtak::provider::{ProviderError, guarded};
///
/// let ages = [17, 18];
/// let age = |of: usize| guarded(|| Ok::<u8, ProviderError>(ages[of]));
/// assert_eq!(age(1), Ok(18));
/// assert_eq!(age(2).unwrap_err().to_string(), "it panicked");
/// ```
///
/// # Errors
///
/// The error of `ask`; a panic.
// No state of the decision is changed while a provider runs, so none is left half changed; the
// provider's own state is its own concern.
pub fn guarded<T>(ask: impl FnOnce() -> Result<T, ProviderError>) -> Result<T, ProviderError> {
    catch_unwind(AssertUnwindSafe(ask)).unwrap_or_else(|_| Err(ProviderError::new("it panicked")))
}

/// A fetch under way that never panics, whether it is polled or dropped.
pub(crate) struct Guarded<'a, T = Fetched>(Option<BoxFuture<'a, Answer<T>>>);

impl<'a, T: Send + 'a> Guarded<'a, T> {
    /// The fetch that `begin` begins.
    pub(crate) fn new(begin: impl FnOnce() -> BoxFuture<'a, Answer<T>>) -> Self {
        let begun = guarded(|| Ok(begin()));
        Self(Some(begun.unwrap_or_else(|error| {
            Box::pin(std::future::ready(Err(error)))
        })))
    }
}

impl<T> Guarded<'_, T> {
    fn end(&mut self) {
        let future = self.0.take();
        // A panic while it is dropped: its answer, if any, was given.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
    }
}

impl<T> Future for Guarded<'_, T> {
    type Output = Answer<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer<T>> {
        let Some(future) = &mut self.0 else {
            // Asked again after its answer.
            return Poll::Ready(Err(ProviderError::new("it has answered already")));
        };
        let answer = match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(answer)) => answer,
            Err(_) => Err(ProviderError::new("it panicked")),
        };
        self.end();
        Poll::Ready(answer)
    }
}

impl<T> Drop for Guarded<'_, T> {
    fn drop(&mut self) {
        self.end();
    }
}
