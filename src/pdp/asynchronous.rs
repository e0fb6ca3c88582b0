//! Decisions whose attributes come later: the steps of an evaluation, with all fetches of a step
//! under way at once. Knows no runtime: futures are polled, and wakers passed on.

use std::collections::HashMap;
use std::future::pending;
use std::pin::pin;

use super::Pdp;
use super::batch::{Batch, Key, key};
use super::source::{Answer, Asked};
use crate::evaluate::{Context, Evaluation, Outcome, Step};
use crate::provider::{Deadline, Fetching, Need};
use crate::request::Request;
use crate::response::{Response, ResponseResult, Status};

/// Slots that the decisions of a batch may hold at the same time: about a hundred bytes each.
const SLOTS_AT_ONCE: usize = 400_000;

/// Decisions that may be under way at the same time, at most and at least.
const DECISIONS_AT_ONCE: (usize, usize) = (1_000, 8);

impl Pdp {
    /// Decides a request, its attributes fetched from providers of either kind: all that a step of
    /// the decision needs at the same time. Works on any runtime; the future may be sent to another
    /// thread, and dropped at any time, which cancels what is under way.
    ///
    /// Gives the decision that [`decide`](Self::decide) gives where the providers answer alike. A
    /// provider that answers at once (`PdpBuilder::provider`) is asked on the thread that polls.
    ///
    /// ```
    /// # use vedtak::attribute::Designator;
    /// # use vedtak::provider::{AsyncAttributeProvider, BoxFuture, Fetched, ProviderError};
    /// # struct Roles;
    /// # impl AsyncAttributeProvider for Roles {
    /// #     fn name(&self) -> &str { "roles" }
    /// #     fn supplies(&self, wanted: &Designator) -> bool { &*wanted.id == "urn:altinn:rolecode" }
    /// #     fn fetch<'a>(&'a self, _: &'a Designator, _: &'a Request)
    /// #         -> BoxFuture<'a, Result<Fetched, ProviderError>> {
    /// #         Box::pin(async { Ok(vec!["dagl".into()].into()) })
    /// #     }
    /// # }
    /// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    /// use vedtak::{Decision, Pdp, Request};
    /// let pdp = Pdp::builder().policy("policy.xml", policy).async_provider(Roles).build()?;
    /// let request = Request::builder()
    ///     .subject("urn:altinn:userid", 20000490)
    ///     .resource("urn:altinn:resource", "vedtak-brev")
    ///     .action("read")
    ///     .build();
    /// let response = pollster::block_on(pdp.decide_async(&request));
    /// assert_eq!(response.decision(), Decision::Permit);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn decide_async<'a>(
        &'a self,
        request: &'a Request,
    ) -> impl Future<Output = Response> + Send + use<'a> {
        self.decide_async_until(request, pending())
    }

    /// As [`decide_async`](Self::decide_async), with a deadline: a future of the host's, such as a
    /// timer of its runtime. When it is done, what is not fetched yet fails, with the name of the
    /// provider, and the decision is made with what there is: Indeterminate, unless it can be made
    /// without the rest.
    ///
    /// ```
    /// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    /// use std::time::Duration;
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().action("read").build();
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let deadline = tokio::time::sleep(Duration::from_millis(200));
    /// let response = pdp.decide_async_until(&request, deadline).await;
    /// # });
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    #[expect(clippy::manual_async_fn, reason = "the signature says that it is Send")]
    pub fn decide_async_until<'a, D: Future<Output = ()> + Send + 'a>(
        &'a self,
        request: &'a Request,
        deadline: D,
    ) -> impl Future<Output = Response> + Send + use<'a, D> {
        async move {
            if !request.is_multiple() {
                let mut context = Context::new();
                let outcome = self.decide_async_with_until(&mut context, request, deadline);
                return outcome.await.to_response();
            }
            let mut responses = self.decide_all_async_until([request], deadline).await;
            responses
                .pop()
                .unwrap_or_else(|| Response::indeterminate(Status::ok()))
        }
    }

    /// As [`decide_with`](Self::decide_with), its attributes fetched from providers of either kind.
    /// One request, one decision.
    pub fn decide_async_with<'a>(
        &'a self,
        context: &'a mut Context,
        request: &'a Request,
    ) -> impl Future<Output = Outcome<'a>> + Send + use<'a> {
        self.decide_async_with_until(context, request, pending())
    }

    /// As [`decide_async_with`](Self::decide_async_with), with a deadline as in
    /// [`decide_async_until`](Self::decide_async_until).
    #[expect(clippy::manual_async_fn, reason = "the signature says that it is Send")]
    pub fn decide_async_with_until<'a, D: Future<Output = ()> + Send + 'a>(
        &'a self,
        context: &'a mut Context,
        request: &'a Request,
        deadline: D,
    ) -> impl Future<Output = Outcome<'a>> + Send + use<'a, D> {
        async move {
            let deadline = pin!(deadline);
            let mut deadline = Deadline::new(deadline);
            let mut evaluation = self.begin(context, request).with_inquiries();
            while let Step::Needs(needs) = evaluation.step() {
                if needs.is_empty() {
                    // Cannot be; and if it were, asking again would never end.
                    break;
                }
                let answers = self.round(&needs, request, &mut deadline).await;
                for (need, answer) in needs.iter().zip(answers) {
                    evaluation.supply(need, answer);
                }
            }
            evaluation.finish()
        }
    }

    /// As [`decide_all`](Self::decide_all), its attributes fetched from providers of either kind:
    /// the decisions are under way together, and what several of them need is fetched once. How
    /// many fetches run at the same time is for providers to bound.
    pub fn decide_all_async<'a>(
        &'a self,
        requests: impl IntoIterator<Item = &'a Request>,
    ) -> impl Future<Output = Vec<Response>> + Send {
        self.decide_all_async_until(requests, pending())
    }

    /// As [`decide_all_async`](Self::decide_all_async), with one deadline for all, as in
    /// [`decide_async_until`](Self::decide_async_until).
    pub fn decide_all_async_until<'a>(
        &'a self,
        requests: impl IntoIterator<Item = &'a Request>,
        deadline: impl Future<Output = ()> + Send + 'a,
    ) -> impl Future<Output = Vec<Response>> + Send {
        let batch = Batch::new(self, requests);
        async move {
            let results = self.decide_parts_until(&batch, deadline).await;
            batch.responses(results)
        }
    }

    /// The results of all parts of a batch, in their order.
    pub(super) async fn decide_parts_until(
        &self,
        batch: &Batch<'_>,
        deadline: impl Future<Output = ()> + Send,
    ) -> Vec<ResponseResult> {
        let deadline = pin!(deadline);
        let mut deadline = Deadline::new(deadline);
        let parts = batch.parts();
        let slots = self.inner.program.slots.len().max(1);
        let (most, least) = DECISIONS_AT_ONCE;
        let at_once = (SLOTS_AT_ONCE / slots).clamp(least, most);
        let mut shared = Shared::default();
        let mut results = Vec::with_capacity(parts.len());
        for parts in parts.chunks(at_once) {
            let decided = self.together(batch, parts, &mut shared, &mut deadline);
            results.extend(decided.await);
        }
        results
    }

    /// The answers to the needs of one step of one decision, in their order.
    async fn round<'a, D: Future<Output = ()> + Send>(
        &'a self,
        needs: &[Need],
        request: &'a Request,
        deadline: &mut Deadline<'_, D>,
    ) -> Vec<Answer> {
        let mut fetching = Fetching::default();
        let mut waiting = Vec::new();
        let mut answers = Vec::with_capacity(needs.len());
        for (place, need) in needs.iter().enumerate() {
            let asked = match self.inner.question(need, request) {
                _ if deadline.is_over => Asked::Answered(Err(deadline.not_asked())),
                Ok(question) => question.later(),
                Err(error) => Asked::Answered(Err(error)),
            };
            answers.push(match asked {
                Asked::Answered(answer) => answer,
                Asked::Waiting(fetch) => {
                    fetching.add(fetch);
                    waiting.push(place);
                    Err(deadline.not_answered())
                }
            });
        }
        while !fetching.is_empty() && !deadline.is_over {
            for (number, answer) in deadline.or(&mut fetching).await {
                answers[waiting[number]] = answer;
            }
        }
        answers
    }

    /// The results of some requests of a batch, decided together.
    async fn together<'a, D: Future<Output = ()> + Send>(
        &'a self,
        batch: &Batch<'a>,
        parts: &[&'a Request],
        shared: &mut Shared,
        deadline: &mut Deadline<'_, D>,
    ) -> Vec<ResponseResult> {
        let mut contexts: Vec<Context> = Vec::new();
        contexts.resize_with(parts.len(), Context::new);
        let begin = |(part, context): (&&'a Request, _)| {
            let evaluation = self.begin_by(context, part, || batch.instant(self));
            (*part, Running::new(evaluation.with_inquiries()))
        };
        let mut running: Vec<_> = parts.iter().zip(&mut contexts).map(begin).collect();
        let mut ready: Vec<usize> = (0..parts.len()).rev().collect();
        let mut fetching = Fetching::default();
        // By the number of the fetch: what it is for, and who waits for it.
        let mut fetches: Vec<(Key, Vec<(usize, Need)>)> = Vec::new();
        loop {
            while let Some(place) = ready.pop() {
                let (part, decision) = &mut running[place];
                let part: &'a Request = part;
                for need in decision.step() {
                    let question = match self.inner.question(&need, part) {
                        Ok(question) => question,
                        Err(error) => {
                            decision.supply(&need, Err(error));
                            continue;
                        }
                    };
                    let key = key(&need, &question);
                    match shared.get(&key) {
                        Some(Known::Answer(answer)) => decision.supply(&need, answer.clone()),
                        Some(Known::Fetch(number)) => {
                            decision.waiting += 1;
                            fetches[*number].1.push((place, need));
                        }
                        None if deadline.is_over => {
                            decision.supply(&need, Err(deadline.not_asked()));
                        }
                        None => match question.later() {
                            Asked::Answered(answer) => {
                                shared.insert(key, Known::Answer(answer.clone()));
                                decision.supply(&need, answer);
                            }
                            Asked::Waiting(fetch) => {
                                decision.waiting += 1;
                                let number = fetching.add(fetch);
                                shared.insert(key.clone(), Known::Fetch(number));
                                fetches.push((key, vec![(place, need)]));
                            }
                        },
                    }
                }
                if decision.waiting == 0 && decision.result.is_none() {
                    ready.push(place);
                }
            }
            if fetching.is_empty() {
                break;
            }
            let mut answers = deadline.or(&mut fetching).await;
            if deadline.is_over {
                let left = fetching.cancel().into_iter();
                answers.extend(left.map(|number| (number, Err(deadline.not_answered()))));
            }
            for (number, answer) in answers {
                let (key, waiting) = &mut fetches[number];
                for (place, need) in waiting.drain(..) {
                    let (_, decision) = &mut running[place];
                    decision.supply(&need, answer.clone());
                    decision.waiting -= 1;
                    if decision.waiting == 0 {
                        ready.push(place);
                    }
                }
                shared.insert(std::mem::take(key), Known::Answer(answer));
            }
            // As they were asked, whoever answered first.
            ready.sort_unstable_by(|a, b| b.cmp(a));
        }
        let results = running.into_iter();
        results.map(|(_, decision)| decision.finish()).collect()
    }
}

/// What a batch has fetched, or is fetching.
type Shared = HashMap<Key, Known>;

enum Known {
    Answer(Answer),
    Fetch(usize),
}

/// One decision of several under way.
struct Running<'e> {
    evaluation: Option<Evaluation<'e>>,
    /// Needs without an answer.
    waiting: usize,
    result: Option<ResponseResult>,
}

impl<'e> Running<'e> {
    fn new(evaluation: Evaluation<'e>) -> Self {
        Self {
            evaluation: Some(evaluation),
            waiting: 0,
            result: None,
        }
    }

    /// Goes on; none if it is decided.
    fn step(&mut self) -> Vec<Need> {
        if let Some(evaluation) = &mut self.evaluation
            && let Step::Needs(needs) = evaluation.step()
            && !needs.is_empty()
        {
            return needs;
        }
        if let Some(evaluation) = self.evaluation.take() {
            self.result = Some(evaluation.finish().to_result());
        }
        Vec::new()
    }

    fn supply(&mut self, need: &Need, answer: Answer) {
        if let Some(evaluation) = &mut self.evaluation {
            evaluation.supply(need, answer);
        }
    }

    fn finish(self) -> ResponseResult {
        let lost = || ResponseResult::new(crate::decision::Decision::Indeterminate);
        self.result.unwrap_or_else(lost)
    }
}
