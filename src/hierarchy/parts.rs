//! A request → its individual requests, for one decision each. Every way to decide a request uses
//! this.

use std::borrow::Cow;

use super::{Hierarchy, spread};
use crate::limits::Limits;
use crate::request::budget::Budget;
use crate::request::{IndividualRequestError, Product, Request};

/// The individual requests of a request.
pub(crate) enum Parts<'r> {
    /// One decision, about this.
    One(&'r Request),
    /// Several, each of which is built at its turn.
    Product(Product<'r>),
    /// Several, some of them nodes of a hierarchy.
    Nodes(Vec<Result<Request, IndividualRequestError>>),
    /// None is decided: they are too many, or cannot be determined.
    Refused(IndividualRequestError),
}

/// Returns the individual decision requests of a request for one decision or several, as
/// [`Pdp::individual_requests`](crate::Pdp::individual_requests) does, for a host that decides by
/// itself. Finding them draws on the budget of the call.
///
/// ```
/// use vedtak::evaluate::Budget;
/// use vedtak::hierarchy::individual_requests;
/// use vedtak::{Limits, Request};
/// let reads = Request::builder().action("read").build();
/// let prints = Request::builder().action("print").build();
/// let both = Request::builder()
///     .category(reads.categories()[0].clone())
///     .category(prints.categories()[0].clone())
///     .build();
/// let limits = Limits::default();
/// let parts = individual_requests(&both, None, &limits, &mut Budget::new(&limits))?;
/// assert_eq!(parts.len(), 2);
/// # Ok::<(), vedtak::request::IndividualRequestError>(())
/// ```
///
/// # Errors
///
/// There are more than [`Limits::decisions`], or they cannot be determined: none is decided. An
/// error in the list is about one of them.
pub fn individual_requests<'r>(
    request: &'r Request,
    hierarchy: Option<&dyn Hierarchy>,
    limits: &Limits,
    budget: &mut Budget,
) -> Result<Vec<Result<Cow<'r, Request>, IndividualRequestError>>, IndividualRequestError> {
    match Parts::of(request, hierarchy, limits, budget) {
        Parts::Refused(error) => Err(error),
        parts => Ok(parts.into_requests()),
    }
}

impl<'r> Parts<'r> {
    /// The individual requests, with the nodes of this hierarchy if it is given. Finding them draws
    /// on the budget of the call.
    pub(crate) fn of(
        request: &'r Request,
        hierarchy: Option<&dyn Hierarchy>,
        limits: &Limits,
        budget: &mut Budget,
    ) -> Self {
        if let Some(single) = request.single() {
            return Self::One(single);
        }
        if let Some(error) = request.unclear() {
            return Self::Refused(error);
        }
        let product = match request.product(limits, budget) {
            Ok(product) => product,
            Err(error) => return Self::Refused(error),
        };
        // A part has a `scope` only if the request has one.
        if !request.has_scope() {
            return Self::Product(product);
        }
        match spread(product.parts(), hierarchy, limits.decisions) {
            Ok(parts) => Self::Nodes(parts),
            Err(error) => Self::Refused(error),
        }
    }

    /// Returns all requests, those of a product built now.
    pub(crate) fn into_requests(self) -> Vec<Result<Cow<'r, Request>, IndividualRequestError>> {
        let own = |part: Result<Request, IndividualRequestError>| part.map(Cow::Owned);
        match self {
            Self::One(request) => vec![Ok(Cow::Borrowed(request))],
            Self::Product(product) => product.parts().into_iter().map(own).collect(),
            Self::Nodes(parts) => parts.into_iter().map(own).collect(),
            Self::Refused(error) => vec![Err(error)],
        }
    }
}
