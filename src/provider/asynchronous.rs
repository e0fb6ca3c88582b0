//! Providers that answer later.

use std::pin::Pin;
use std::sync::Arc;

use super::{Answers, Fetched, Fetching, Guarded, Inputs, ProviderError, Query};
use crate::attribute::Designator;
use crate::request::Request;

/// A future on the heap, as a provider returns it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A source of attributes whose [`fetch`](Self::fetch) is a future; otherwise an
/// [`AttributeProvider`](super::AttributeProvider).
///
/// [`Pdp::decide_async`](crate::Pdp::decide_async) and its siblings call it, on any runtime.
///
/// ```
/// use vedtak::attribute::{Designator, category};
/// use vedtak::provider::{AsyncAttributeProvider, BoxFuture, Fetched, Inputs, ProviderError};
/// use vedtak::Request;
///
/// struct Roles;
///
/// impl AsyncAttributeProvider for Roles {
///     fn name(&self) -> &str {
///         "roles"
///     }
///     fn supplies(&self, wanted: &Designator) -> bool {
///         &*wanted.id == "urn:altinn:rolecode"
///     }
///     fn inputs(&self, _: &Designator) -> Inputs {
///         Inputs::nothing().attribute(category::ACCESS_SUBJECT, "urn:altinn:userid")
///     }
///     fn fetch<'a>(
///         &'a self,
///         _: &'a Designator,
///         _: &'a Request,
///     ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
///         Box::pin(async { Ok(vec!["dagl".into()].into()) })
///     }
/// }
/// ```
pub trait AsyncAttributeProvider: Send + Sync {
    /// The provider's name in the status of a decision that it fails.
    fn name(&self) -> &str;

    /// Whether it can supply this attribute; asked once per attribute, when the PDP is built.
    fn supplies(&self, wanted: &Designator) -> bool;

    /// The parts of the request on which the answer may depend; called once per attribute, when the
    /// PDP is built. The provider sees these parts only, and requests that have them in common
    /// share the answer within a batch. Default: everything.
    ///
    /// If an attribute among them cannot be used
    /// ([`unusable`](crate::request::AttributeBuilder::unusable)), the provider is not called and
    /// the attribute is Indeterminate. With fewer inputs, fewer unusable attributes have this
    /// effect.
    fn inputs(&self, wanted: &Designator) -> Inputs {
        let _ = wanted;
        Inputs::everything()
    }

    /// The values of the attribute for this request; none if it has none.
    ///
    /// The future is dropped unfinished when the decision is cancelled or its deadline passes. It
    /// should not block. A panic in it is an error of this provider alone.
    ///
    /// # Errors
    ///
    /// As [`AttributeProvider::fetch`](super::AttributeProvider::fetch).
    fn fetch<'a>(
        &'a self,
        wanted: &'a Designator,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>>;

    /// The most queries in one call of [`fetch_many`](Self::fetch_many); called once, when the PDP
    /// is built. Default: 1, so that [`fetch`](Self::fetch) is called for each, all at the same
    /// time.
    fn queries_at_once(&self) -> usize {
        1
    }

    /// The answers to several queries, one for each and in their order, as
    /// [`AttributeProvider::fetch_many`](super::AttributeProvider::fetch_many). They come together:
    /// decisions that wait for one of them wait for all.
    ///
    /// Default: [`fetch`](Self::fetch) for each, all at the same time.
    ///
    /// # Errors
    ///
    /// As [`AttributeProvider::fetch_many`](super::AttributeProvider::fetch_many).
    fn fetch_many<'a>(&'a self, queries: &'a [Query<'a>]) -> BoxFuture<'a, Answers> {
        let mut fetching = Fetching::default();
        for query in queries {
            fetching.add(Guarded::new(|| self.fetch(query.wanted, query.request)));
        }
        Box::pin(async move { Ok(fetching.all().await) })
    }
}

impl<P: AsyncAttributeProvider + ?Sized> AsyncAttributeProvider for Arc<P> {
    super::like_inner!(|self| (**self));

    fn fetch<'a>(
        &'a self,
        wanted: &'a Designator,
        request: &'a Request,
    ) -> BoxFuture<'a, Result<Fetched, ProviderError>> {
        (**self).fetch(wanted, request)
    }

    fn fetch_many<'a>(&'a self, queries: &'a [Query<'a>]) -> BoxFuture<'a, Answers> {
        (**self).fetch_many(queries)
    }
}
