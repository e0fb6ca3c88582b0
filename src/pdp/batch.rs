//! Several requests → their responses, with one fetch for all that ask the same.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use super::Pdp;
use super::source::{Answer, Question};
use crate::attribute::Designator;
use crate::evaluate::{Context, Outcome, Step};
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
        let mut run = Run::new(self);
        let requests = requests.into_iter();
        requests.map(|request| run.respond(request)).collect()
    }
}

/// Decisions one after the other, with one instant and what they fetched in common.
pub(super) struct Run<'p> {
    pdp: &'p Pdp,
    context: Context,
    known: HashMap<Key, Answer>,
    instant: Option<DateTime>,
}

impl<'p> Run<'p> {
    pub(super) fn new(pdp: &'p Pdp) -> Self {
        Self {
            pdp,
            context: Context::new(),
            known: HashMap::new(),
            instant: None,
        }
    }

    /// A request for one decision.
    pub(super) fn decide<'e>(&'e mut self, part: &'e Request) -> Outcome<'e> {
        let (pdp, instant) = (self.pdp, &mut self.instant);
        let clock = || *instant.get_or_insert_with(|| (pdp.inner.host.clock)());
        let mut evaluation = pdp
            .begin_by(&mut self.context, part, clock)
            .with_inquiries();
        while let Step::Needs(needs) = evaluation.step() {
            if needs.is_empty() {
                // Cannot be; and if it were, asking again would never end.
                break;
            }
            for need in needs {
                let answer = pdp.inner.question(&need, part).and_then(|question| {
                    let known = self.known.entry(key(&need, &question));
                    known.or_insert_with(|| question.now()).clone()
                });
                evaluation.supply(&need, answer);
            }
        }
        evaluation.finish()
    }

    /// A request for one decision or several.
    fn respond(&mut self, request: &Request) -> Response {
        if !asks_for_several(request) {
            return self.decide(request).to_response();
        }
        let pdp = self.pdp;
        let mut results = Vec::new();
        let mut each = |part: Result<&Request, &PartError>| {
            results.push(match part {
                Ok(part) => self.decide(part).to_result(),
                Err(error) => ResponseResult::of_part(error),
            });
        };
        if request.has_scope() {
            // Which parts there are the hierarchy says.
            let parts = pdp.individual_requests(request);
            parts.iter().for_each(|part| each(part.as_ref()));
        } else {
            request.each_part(&pdp.inner.host.limits, each);
        }
        Response {
            results: match request.combined_decision() {
                true => vec![combined(&results)],
                false => results,
            },
        }
    }
}

fn asks_for_several(request: &Request) -> bool {
    request.is_multiple() || request.has_scope()
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
            parts: asks_for_several(request).then(|| pdp.individual_requests(request)),
        };
        Self {
            requests: requests.into_iter().map(apart).collect(),
            instant: OnceLock::new(),
        }
    }

    /// Of requests for one decision each.
    pub(super) fn of_single(requests: &'r [Request]) -> Self {
        let single = |request| Several {
            request,
            parts: None,
        };
        Self {
            requests: requests.iter().map(single).collect(),
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
