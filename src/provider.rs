//! Attribute providers (§7.3.5): the host's sources of attributes that a request lacks, such as a
//! database of roles.
//!
//! Implement [`AttributeProvider`], or [`AsyncAttributeProvider`] if the client of the source is
//! asynchronous, and put [`Cached`] or [`TimeLimit`] around it where needed.
//! [The chapter on attributes](crate::manual::attributes) shows all of them.

mod asynchronous;
mod cached;
mod fetching;
mod guarded;
mod inputs;
mod many;
mod shared;
mod time_limit;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

pub use asynchronous::{AsyncAttributeProvider, BoxFuture};
pub use cached::{CacheStatistics, Cached};
pub use fetching::Deadline;
pub(crate) use fetching::Fetching;
pub(crate) use guarded::Guarded;
pub use guarded::guarded;
pub use inputs::Inputs;
pub(crate) use inputs::canonical;
pub use many::{Answers, Query, each_answer, single_answer};
pub use shared::SharedValues;
pub(crate) use shared::{Summary, place_of_bit};
pub use time_limit::TimeLimit;

use crate::attribute::Designator;
use crate::request::Request;
use crate::value::{DateTime, Value};

/// A source of attributes, such as a database of roles: a policy information point (PIP).
///
/// It is called only for attributes that a policy needs and the request lacks, once per decision
/// and attribute, and once for all parts of a batch with equal [`inputs`](Self::inputs). Its answer
/// is fixed for the decision. A panic is an error like any other.
///
/// ```
/// use vedtak::attribute::Designator;
/// use vedtak::provider::{AttributeProvider, Fetched, ProviderError};
/// use vedtak::Request;
///
/// struct Roles;
///
/// impl AttributeProvider for Roles {
///     fn name(&self) -> &str {
///         "roles"
///     }
///     fn supplies(&self, wanted: &Designator) -> bool {
///         &*wanted.id == "urn:altinn:rolecode"
///     }
///     fn fetch(&self, _: &Designator, _: &Request) -> Result<Fetched, ProviderError> {
///         Ok(vec!["dagl".into()].into())
///     }
/// }
/// ```
pub trait AttributeProvider: Send + Sync {
    /// The provider's name in the status of a decision that it fails.
    fn name(&self) -> &str;

    /// Whether it can supply this attribute. Called once per attribute and policy, when the PDP is
    /// built; an attribute that no provider supplies is missing when the request lacks it. Of
    /// several providers that supply it the first is used. For attributes whose names a policy
    /// computes (`attribute-designator`) it is called during a decision: return quickly, and the
    /// same every time.
    fn supplies(&self, wanted: &Designator) -> bool;

    /// The parts of the request on which the answer may depend; called once per attribute and
    /// policy, when the PDP is built. The provider sees these parts only, and requests that have
    /// them in common share the answer within a batch. Default: everything.
    ///
    /// If an attribute among them cannot be used
    /// ([`unusable`](crate::request::AttributeBuilder::unusable)), the provider is not called and
    /// the attribute is Indeterminate. With fewer inputs, fewer unusable attributes have this
    /// effect.
    fn inputs(&self, wanted: &Designator) -> Inputs {
        let _ = wanted;
        Inputs::everything()
    }

    /// Fetches the values of the attribute for this request; an empty list if there are none, which
    /// is no error.
    ///
    /// # Errors
    ///
    /// The decision becomes Indeterminate with `processing-error`, the provider's name and the
    /// error's text, unless it can be made without the attribute. Values of another data type
    /// than the one asked for are an error, too.
    fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError>;

    /// The most queries in one call of [`fetch_many`](Self::fetch_many); called once, when the PDP
    /// is built. Default: 1, so that [`fetch`](Self::fetch) is called for each. A provider that
    /// implements `fetch_many` returns more: `usize::MAX`, or the limit of its source.
    fn queries_at_once(&self) -> usize {
        1
    }

    /// The answers to several queries, one for each and in their order. If
    /// [`queries_at_once`](Self::queries_at_once) is more than 1, this is called for all queries
    /// that wait for this provider: those of all its attributes, of all decisions of a
    /// [`Call`](crate::Call), no two of them the same. A single one is taken to
    /// [`fetch`](Self::fetch).
    ///
    /// Default: one by one.
    ///
    /// # Errors
    ///
    /// An error of the call is an error of each query. So is a number of answers that differs from
    /// that of the queries. An error among the answers is one of its query alone.
    fn fetch_many(&self, queries: &[Query<'_>]) -> Answers {
        let one = |query: &Query<'_>| guarded(|| self.fetch(query.wanted, query.request));
        Ok(queries.iter().map(one).collect())
    }
}

/// The methods that a provider around another leaves to that one: all but those that fetch.
macro_rules! like_inner {
    (|$self:ident| $inner:expr) => {
        fn name(&$self) -> &str {
            $inner.name()
        }

        fn supplies(&$self, wanted: &$crate::attribute::Designator) -> bool {
            $inner.supplies(wanted)
        }

        fn inputs(&$self, wanted: &$crate::attribute::Designator) -> $crate::provider::Inputs {
            $inner.inputs(wanted)
        }

        fn queries_at_once(&$self) -> usize {
            $inner.queries_at_once()
        }
    };
}
use like_inner;

impl<P: AttributeProvider + ?Sized> AttributeProvider for Arc<P> {
    like_inner!(|self| (**self));

    fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
        (**self).fetch(wanted, request)
    }

    fn fetch_many(&self, queries: &[Query<'_>]) -> Answers {
        (**self).fetch_many(queries)
    }
}

/// The answer of a provider: the values of one attribute, and until when they hold. A `Vec<Value>`
/// becomes one with `into()`.
///
/// Made from a `Vec<Value>`, or from [`SharedValues`] where many decisions get the same values and
/// copying them would be a waste. An answer may bring [other attributes](Self::with_attribute) along.
#[derive(Clone, Debug)]
pub struct Fetched {
    pub(crate) values: FetchedValues,
    pub(crate) valid_until: Option<DateTime>,
    /// The answers to other attributes, which have no further ones.
    also: Vec<(Designator, Fetched)>,
    /// A cache gave it.
    pub(crate) is_from_cache: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum FetchedValues {
    Owned(Vec<Value>),
    Shared(SharedValues),
}

impl Fetched {
    /// The instant from which the provider might answer otherwise: when one of the values
    /// no longer holds, or another begins to. A decision that read them holds until then, too; see
    /// [`Outcome::valid_until`](crate::evaluate::Outcome::valid_until).
    #[must_use]
    pub fn with_valid_until(mut self, instant: Option<DateTime>) -> Self {
        self.valid_until = instant;
        self
    }

    /// Adds the answer to another attribute of this provider, found on the same way: one row of a
    /// table that holds both, say. It is kept for the rest of the [`Call`](crate::Call) or
    /// decision, and by [`Cached`], and used wherever that attribute is needed with the same
    /// [`Inputs`] as this answer had. An attribute that is not needed costs nothing more.
    ///
    /// The whole answer is an error if it brings along an attribute that the provider does not
    /// [supply](AttributeProvider::supplies), or one twice.
    ///
    /// ```
    /// use vedtak::attribute::{Designator, category};
    /// use vedtak::provider::Fetched;
    /// use vedtak::value::{DataType, Value};
    ///
    /// let packages = Designator::new(
    ///     category::ACCESS_SUBJECT,
    ///     "urn:altinn:accesspackage",
    ///     DataType::String,
    /// );
    /// let roles = Fetched::from(vec!["dagl".into()]).with_attribute(packages, vec!["fiske".into()]);
    /// assert_eq!(roles.values(), [Value::from("dagl")]);
    /// ```
    #[must_use]
    pub fn with_attribute(mut self, attribute: Designator, answer: impl Into<Self>) -> Self {
        let mut answer: Self = answer.into();
        let more = std::mem::take(&mut answer.also);
        self.also.push((attribute, answer));
        self.also.extend(more);
        self
    }

    /// Checks that the answer to `wanted` brings along nothing but other attributes that its
    /// provider supplies, each once.
    pub(crate) fn check(
        &self,
        wanted: &Designator,
        supplies: impl Fn(&Designator) -> bool,
    ) -> Result<(), ProviderError> {
        if self.also.is_empty() {
            return Ok(());
        }
        let mut known: HashSet<&Designator> = HashSet::from([wanted]);
        for (other, _) in &self.also {
            let why = if !supplies(other) {
                "which it does not supply"
            } else if !known.insert(other) {
                "twice in one answer"
            } else {
                continue;
            };
            let message = format!("it answered for the attribute `{}`, {why}", other.id);
            return Err(ProviderError::new(message));
        }
        Ok(())
    }

    /// The answer without those to other attributes, and these.
    pub(crate) fn apart(mut self) -> (Self, Vec<(Designator, Self)>) {
        let also = std::mem::take(&mut self.also);
        (self, also)
    }

    /// The instant set with [`with_valid_until`](Self::with_valid_until).
    pub fn valid_until(&self) -> Option<DateTime> {
        self.valid_until
    }

    /// The values.
    pub fn values(&self) -> &[Value] {
        match &self.values {
            FetchedValues::Owned(values) => values,
            FetchedValues::Shared(values) => values.values(),
        }
    }

    /// The values as they are shared, if they are.
    fn shared(&self) -> Option<&SharedValues> {
        match &self.values {
            FetchedValues::Owned(_) => None,
            FetchedValues::Shared(values) => Some(values),
        }
    }
}

impl From<Vec<Value>> for Fetched {
    fn from(values: Vec<Value>) -> Self {
        Self {
            values: FetchedValues::Owned(values),
            valid_until: None,
            also: Vec::new(),
            is_from_cache: false,
        }
    }
}

impl From<SharedValues> for Fetched {
    fn from(values: SharedValues) -> Self {
        Self {
            values: FetchedValues::Shared(values),
            valid_until: None,
            also: Vec::new(),
            is_from_cache: false,
        }
    }
}

/// The reason why a provider has no answer.
///
/// The text is in the status message of the decision and in its
/// [troubles](crate::response::Trouble): for the host's log, and for the PEP unless
/// [`status_disclosure`](crate::PdpBuilder::status_disclosure) withholds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderError {
    message: String,
}

impl ProviderError {
    /// An error with this text, which the status message repeats.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ProviderError {}

/// An attribute that an [`Evaluation`](crate::evaluate::Evaluation) waits for.
#[derive(Clone, Debug)]
pub struct Need {
    /// The attribute.
    pub designator: Designator,
    /// The provider that supplies it, by its place in the order in which the PDP's providers were
    /// added.
    pub provider: usize,
    pub(crate) slot: u32,
    /// The number of the decision, asked for by `access-permitted`, that needs it; none for the
    /// evaluation's own.
    pub(crate) inquiry: Option<u32>,
    pub(crate) request: Option<Arc<Request>>,
}

impl Need {
    /// The request it is a need of, where that is not the evaluation's own: one that
    /// `access-permitted` asks about. Its attributes are to be fetched for this request and for no
    /// other.
    pub fn request(&self) -> Option<&Request> {
        self.request.as_deref()
    }
}

impl PartialEq for Need {
    fn eq(&self, other: &Self) -> bool {
        let key = |need: &Self| (need.provider, need.slot, need.inquiry);
        key(self) == key(other) && self.designator == other.designator
    }
}

impl Eq for Need {}
