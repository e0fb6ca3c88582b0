//! A provider that must answer in time, by the host's timer.

use std::future::poll_fn;
use std::task::Poll;

use super::{Answers, AsyncAttributeProvider, BoxFuture, Fetched, ProviderError, Query};
use crate::attribute::Designator;
use crate::request::Request;

/// A provider around another whose every fetch, of one answer or of many, ends when a timer of the
/// host does: an answer that is late is an error of that provider alone.
///
/// For the decision as a whole, see [`Call::until`](crate::Call::until).
///
/// ```
/// # use vedtak::attribute::Designator;
/// # use vedtak::provider::{AsyncAttributeProvider, BoxFuture, Fetched, ProviderError};
/// # use vedtak::Request;
/// # struct Roles;
/// # impl AsyncAttributeProvider for Roles {
/// #     fn name(&self) -> &str { "roles" }
/// #     fn supplies(&self, wanted: &Designator) -> bool { &*wanted.id == "urn:altinn:rolecode" }
/// #     fn fetch<'a>(&'a self, _: &'a Designator, _: &'a Request)
/// #         -> BoxFuture<'a, Result<Fetched, ProviderError>> {
/// #         Box::pin(std::future::pending())
/// #     }
/// # }
/// use std::time::Duration;
/// use vedtak::provider::TimeLimit;
/// let roles = TimeLimit::new(Roles, || tokio::time::sleep(Duration::from_millis(100)));
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// let pdp = vedtak::Pdp::builder().policy("policy.xml", policy).async_provider(roles).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TimeLimit<P, T> {
    provider: P,
    timer: T,
}

impl<P, F, T> TimeLimit<P, T>
where
    T: Fn() -> F + Send + Sync,
    F: Future<Output = ()> + Send,
{
    /// Limits each fetch of `provider` to the time of `timer`, which returns a future of the host's
    /// runtime when the fetch begins.
    pub fn new(provider: P, timer: T) -> Self {
        Self { provider, timer }
    }

    /// Returns the answer of a fetch, or an error if its timer ends first.
    async fn in_time<A>(
        &self,
        mut fetch: BoxFuture<'_, Result<A, ProviderError>>,
    ) -> Result<A, ProviderError> {
        let mut timer = std::pin::pin!((self.timer)());
        poll_fn(|context| match fetch.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(answer),
            Poll::Pending => timer
                .as_mut()
                .poll(context)
                .map(|()| Err(ProviderError::new("it took longer than it may"))),
        })
        .await
    }
}

impl<P, F, T> AsyncAttributeProvider for TimeLimit<P, T>
where
    P: AsyncAttributeProvider,
    T: Fn() -> F + Send + Sync,
    F: Future<Output = ()> + Send,
{
    super::like_inner!(|self| self.provider);

    fn fetch<'a>(
        &'a self,
        wanted: &'a Designator,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        Box::pin(async move { self.in_time(self.provider.fetch(wanted, request)).await })
    }

    fn fetch_many<'a>(&'a self, queries: &'a [Query<'a>]) -> BoxFuture<'a, Answers> {
        Box::pin(async move { self.in_time(self.provider.fetch_many(queries)).await })
    }
}
