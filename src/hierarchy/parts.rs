//! A request → the requests for one decision each that it stands for. Every way to decide a request
//! comes through here.

use std::borrow::Cow;

use super::{Hierarchy, spread};
use crate::limits::Limits;
use crate::request::budget::Budget;
use crate::request::{PartError, Product, Request};

/// What a request stands for.
pub(crate) enum Parts<'r> {
    /// One decision, about this.
    One(&'r Request),
    /// Several, of which each is made when it is its turn.
    Product(Product<'r>),
    /// Several, some of them nodes of a hierarchy.
    Nodes(Vec<Result<Request, PartError>>),
    /// Nothing that is decided: they are too many.
    Refused(PartError),
}

impl<'r> Parts<'r> {
    /// What a request stands for where this hierarchy is known. Finding it out draws on the budget of
    /// the call.
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
        // Parts have what the request has.
        if !request.has_scope() {
            return Self::Product(product);
        }
        match spread(product.parts(), hierarchy, limits.decisions) {
            Ok(parts) => Self::Nodes(parts),
            Err(error) => Self::Refused(error),
        }
    }

    /// All of them, to keep.
    pub(crate) fn into_requests(self) -> Vec<Result<Cow<'r, Request>, PartError>> {
        let own = |part: Result<Request, PartError>| part.map(Cow::Owned);
        match self {
            Self::One(request) => vec![Ok(Cow::Borrowed(request))],
            Self::Product(product) => product.parts().into_iter().map(own).collect(),
            Self::Nodes(parts) => parts.into_iter().map(own).collect(),
            Self::Refused(error) => vec![Err(error)],
        }
    }
}
