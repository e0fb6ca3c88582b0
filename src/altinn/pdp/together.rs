//! Requests → their rulings, a few at a time: each step is taken for all of them before the next one.
//!
//! A decision runs through more code than the first cache of a processor holds. Taken for several requests in
//! a row, each step of the [flow](super::flow) is loaded once for all of them; more than a few requests would
//! put one another out of the cache. Each ruling is the one of its request alone: what requests share is the
//! session, whatever their order.

use smallvec::SmallVec;

use super::Pdp;
use super::complete;
use super::ruling::Ruling;
use super::session::Sources;
use crate::evaluate::{Budget, Context};
use crate::request::Request;
use crate::value::DateTime;

/// The requests whose steps are taken together.
const TOGETHER: usize = 8;

impl Pdp {
    /// Decides requests that have no records of their own, each with a budget of its own.
    pub(super) fn decide_together<'r>(
        &self,
        sources: &Sources<'_>,
        requests: impl IntoIterator<Item = &'r Request>,
        at: DateTime,
    ) -> Vec<Ruling> {
        let inner = &self.inner;
        let (mut session, mut context) = (inner.session(), Context::new());
        let mut requests = requests.into_iter();
        let mut rulings = Vec::with_capacity(requests.size_hint().0);
        loop {
            let some: SmallVec<[&Request; TOGETHER]> = requests.by_ref().take(TOGETHER).collect();
            if some.is_empty() {
                return rulings;
            }
            let named = some
                .iter()
                .map(|request| complete::with_instance_named(request));
            let named: SmallVec<[Option<Request>; TOGETHER]> = named.collect();
            let mut cases = Vec::with_capacity(TOGETHER);
            for (request, named) in some.iter().zip(&named) {
                let request = named.as_ref().unwrap_or(request);
                cases.push(inner.open(&mut session, sources, request, at));
            }
            let start = rulings.len();
            let mut budgets: SmallVec<[Budget; TOGETHER]> = SmallVec::new();
            for case in &cases {
                // Requests may come from different clients.
                session.budget = inner.budget();
                rulings.push(match case {
                    Ok(case) => inner.by_policy(&mut session, &mut context, sources, case, None),
                    Err(early) => (**early).clone(),
                });
                budgets.push(std::mem::take(&mut session.budget));
            }
            let decided = rulings[start..].iter_mut().zip(budgets);
            for ((request, case), (ruling, budget)) in some.iter().zip(&cases).zip(decided) {
                if let Ok(case) = case {
                    session.budget = budget;
                    inner.conclude(ruling, &mut session, &mut context, sources, case, None);
                }
                self.audit(Some(request), ruling, at);
            }
        }
    }
}
