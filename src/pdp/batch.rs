//! Several requests → their responses, with one fetch for all that ask the same.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::Pdp;
use super::source::{Answer, Question};
use crate::attribute::Designator;
use crate::evaluate::{Context, Step};
use crate::provider::{Need, canonical};
use crate::request::{PartError, Request};
use crate::response::{Response, ResponseResult, combined};
use crate::value::DateTime;

impl Pdp {
    /// Decides several requests, each by itself: what is wrong with one is wrong with that one. The
    /// responses come in the order of the requests.
    ///
    /// All decisions are as of one instant, and share what they fetch: a provider is asked once for
    /// an attribute of all requests that agree in what it
    /// [may depend on](crate::AttributeProvider::inputs).
    ///
    /// ```
    /// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    /// use vedtak::{Decision, Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let letter = Request::builder()
    ///     .subject("urn:altinn:rolecode", "dagl")
    ///     .resource("urn:altinn:resource", "vedtak-brev");
    /// let requests = ["read", "sign"].map(|action| letter.clone().action(action).build());
    /// let responses = pdp.decide_all(&requests);
    /// let decisions: Vec<Decision> = responses.iter().map(|response| response.decision()).collect();
    /// assert_eq!(decisions, [Decision::Permit, Decision::NotApplicable]);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn decide_all<'r>(&self, requests: impl IntoIterator<Item = &'r Request>) -> Vec<Response> {
        let batch = Batch::new(self, requests);
        let parts = batch.parts();
        let mut context = Context::new();
        let mut known: HashMap<Key, Answer> = HashMap::new();
        let decide = |part: &Request| {
            let evaluation = self.begin_by(&mut context, part, || batch.instant(self));
            let mut evaluation = evaluation.with_inquiries();
            while let Step::Needs(needs) = evaluation.step() {
                if needs.is_empty() {
                    // Cannot be; and if it were, asking again would never end.
                    break;
                }
                for need in needs {
                    let answer = self.inner.question(&need, part).and_then(|question| {
                        let known = known.entry(key(&need, &question));
                        known.or_insert_with(|| question.now()).clone()
                    });
                    evaluation.supply(&need, answer);
                }
            }
            evaluation.finish().to_result()
        };
        let results = parts.into_iter().map(decide).collect();
        batch.responses(results)
    }
}

/// What makes two fetches of a batch one: the attribute, which stands for its provider, too, and
/// what the provider is shown. The attribute is its slot, or itself if it has none: then its number is
/// one decision's own.
pub(super) type Key = (u32, Option<Designator>, String);

pub(super) fn key(need: &Need, question: &Question<'_>) -> Key {
    let (slot, unnamed) = match &question.wanted {
        Cow::Borrowed(_) => (need.slot, None),
        Cow::Owned(wanted) => (u32::MAX, Some(wanted.clone())),
    };
    (slot, unnamed, canonical(&question.seen))
}

/// Requests, taken apart into requests for one decision each.
pub(super) struct Batch<'r> {
    requests: Vec<Several<'r>>,
    instant: OnceLock<DateTime>,
}

struct Several<'r> {
    request: &'r Request,
    /// None: the request is its own only part.
    parts: Option<Vec<Result<Request, PartError>>>,
}

impl<'r> Batch<'r> {
    pub(super) fn new(pdp: &Pdp, requests: impl IntoIterator<Item = &'r Request>) -> Self {
        let apart = |request: &'r Request| Several {
            request,
            parts: (request.is_multiple() || request.has_scope())
                .then(|| pdp.individual_requests(request)),
        };
        Self {
            requests: requests.into_iter().map(apart).collect(),
            instant: OnceLock::new(),
        }
    }

    /// The requests that can be decided, in order.
    pub(super) fn parts(&self) -> Vec<&Request> {
        let mut all = Vec::with_capacity(self.requests.len());
        for several in &self.requests {
            match &several.parts {
                None => all.push(several.request),
                Some(parts) => all.extend(parts.iter().flatten()),
            }
        }
        all
    }

    /// The instant of all decisions.
    pub(super) fn instant(&self, pdp: &Pdp) -> DateTime {
        *self.instant.get_or_init(|| (pdp.inner.host.clock)())
    }

    /// The responses, from the results of [`parts`](Self::parts).
    pub(super) fn responses(&self, results: Vec<ResponseResult>) -> Vec<Response> {
        let mut results = results.into_iter();
        let mut next = || {
            let lost = || ResponseResult::new(crate::decision::Decision::Indeterminate);
            results.next().unwrap_or_else(lost)
        };
        let response = |several: &Several<'_>| {
            let Some(parts) = &several.parts else {
                return Response {
                    results: vec![next()],
                };
            };
            let results = parts.iter().map(|part| match part {
                Ok(_) => next(),
                Err(error) => ResponseResult::of_part(error),
            });
            let results: Vec<ResponseResult> = results.collect();
            Response {
                results: match several.request.combined_decision() {
                    true => vec![combined(&results)],
                    false => results,
                },
            }
        };
        self.requests.iter().map(response).collect()
    }
}
