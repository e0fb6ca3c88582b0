//! Requests + asynchronous sources → rulings: passes of the flow, between which all questions of a
//! pass are asked at the same time.

use std::future::pending;
use std::pin::pin;
use std::task::{Context as Poller, Poll, Waker};

use super::answers::{self, FactAnswers};
use super::{Pdp, Ruling, complete};
use crate::altinn::facts::{Answer, ByQuery, FactQuery, FactReply, Queried};
use crate::evaluate::{Budget, Context};
use crate::provider::{BoxFuture, Deadline, ProviderError, each_answer};
use crate::request::Request;
use crate::response::Response;
use crate::value::DateTime;

/// The number of passes of one batch. Each answers the questions of the one before, and no chain of
/// questions is nearly as long; it stops a source whose answers always lead to new questions.
const PASSES: usize = 100;

impl Pdp {
    /// Decides a request as of the clock's instant, with sources of either form; the ruling is that
    /// of [`decide`](Self::decide) for equal answers. Works on any runtime; the future may be sent
    /// to another thread, and dropped at any time.
    pub fn decide_async<'a>(
        &'a self,
        request: &'a Request,
    ) -> impl Future<Output = Ruling> + Send + use<'a> {
        let rulings = self.decide_all_async([request]);
        async move { only(rulings.await) }
    }

    /// Decides a request as [`decide_async`](Self::decide_async) does, with a deadline: a future of
    /// the host's, such as a timer of its runtime. When it is done, sources that have not answered
    /// fail, by name.
    pub fn decide_async_until<'a, D: Future<Output = ()> + Send + 'a>(
        &'a self,
        request: &'a Request,
        deadline: D,
    ) -> impl Future<Output = Ruling> + Send + use<'a, D> {
        let rulings = self.decide_all_async_until([request], deadline);
        async move { only(rulings.await) }
    }

    /// Decides several requests as [`decide_all`](Self::decide_all) does, with sources of either
    /// form. Each question is asked once for all requests.
    pub fn decide_all_async<'a>(
        &'a self,
        requests: impl IntoIterator<Item = &'a Request>,
    ) -> impl Future<Output = Vec<Ruling>> + Send {
        self.decide_all_async_until(requests, pending())
    }

    /// Decides several requests as [`decide_all_async`](Self::decide_all_async) does, with one
    /// deadline for all, as in [`decide_async_until`](Self::decide_async_until).
    pub fn decide_all_async_until<'a>(
        &'a self,
        requests: impl IntoIterator<Item = &'a Request>,
        deadline: impl Future<Output = ()> + Send + 'a,
    ) -> impl Future<Output = Vec<Ruling>> + Send {
        let requests: Vec<&Request> = requests.into_iter().collect();
        async move {
            let at = (self.inner.clock)();
            self.passes(&requests, None, at, true, deadline).await
        }
    }

    /// Responds as [`respond`](Self::respond) does, with sources of either form.
    pub fn respond_async<'a>(
        &'a self,
        request: &'a Request,
    ) -> impl Future<Output = Response> + Send + use<'a> {
        self.respond_async_until(request, pending())
    }

    /// Responds as [`respond_async`](Self::respond_async) does, with a deadline as in
    /// [`decide_async_until`](Self::decide_async_until).
    #[expect(clippy::manual_async_fn, reason = "the signature says that it is Send")]
    pub fn respond_async_until<'a, D: Future<Output = ()> + Send + 'a>(
        &'a self,
        request: &'a Request,
        deadline: D,
    ) -> impl Future<Output = Response> + Send + use<'a, D> {
        async move {
            let mut budget = self.inner.budget();
            let parts = match self.parts(request, &mut budget) {
                Ok(parts) => parts,
                Err(error) => {
                    let at = (self.inner.clock)();
                    return self.refused(request, &error, at).into_response();
                }
            };
            let of_parts: Vec<&Request> = parts.iter().flatten().map(|part| &**part).collect();
            let at = (self.inner.clock)();
            let passes = self.passes(&of_parts, Some(budget), at, true, deadline);
            self.responded(request, &parts, passes.await, at)
        }
    }

    /// Whether to make decisions side by side although none waits: some source takes many queries
    /// in one call.
    pub(super) fn asks_many(&self) -> bool {
        self.inner.host.queried.values().any(Queried::takes_many)
    }

    /// Returns the rulings, with synchronous sources.
    pub(super) fn passes_now(
        &self,
        requests: &[&Request],
        budget: Option<Budget>,
        at: DateTime,
    ) -> Vec<Ruling> {
        let passes = pin!(self.passes(requests, budget, at, false, pending()));
        match passes.poll(&mut Poller::from_waker(Waker::noop())) {
            Poll::Ready(rulings) => rulings,
            Poll::Pending => unreachable!("only what answers at once was asked"),
        }
    }

    /// Returns the rulings; without a common budget, each has its own. Every pass begins with the
    /// whole budget, as only the last one counts.
    async fn passes(
        &self,
        requests: &[&Request],
        budget: Option<Budget>,
        at: DateTime,
        waits: bool,
        deadline: impl Future<Output = ()> + Send,
    ) -> Vec<Ruling> {
        let deadline = pin!(deadline);
        let mut deadline = Deadline::new(deadline);
        // One version of the register, however long the other sources take.
        let snapshot = self.snapshot();
        let named: Vec<Option<Request>> = requests
            .iter()
            .map(|request| complete::with_instance_named(request))
            .collect();
        let answers = ByQuery(FactAnswers::default());
        let mut pass = 0;
        loop {
            let rulings: Vec<Ruling> = {
                let sources = self.sources_by(snapshot.as_ref(), Some(&answers));
                let (mut session, mut context) = (self.inner.session(), Context::new());
                if let Some(budget) = &budget {
                    session.budget.clone_from(budget);
                }
                let requests = requests.iter().zip(&named);
                let decide = |(request, named): (&&Request, &Option<Request>)| {
                    let request = named.as_ref().unwrap_or(request);
                    if budget.is_none() {
                        session.budget = self.inner.budget();
                    }
                    self.inner
                        .decide(&mut session, &mut context, &sources, request, at, None)
                };
                requests.map(decide).collect()
            };
            let missing = answers.0.missing();
            if missing.is_empty() {
                for (request, ruling) in requests.iter().zip(&rulings) {
                    self.audit(Some(request), ruling, at);
                }
                return rulings;
            }
            // INVARIANT: the rulings of a pass with missing answers are never read.
            drop(rulings);
            pass += 1;
            if pass > PASSES {
                let why = ProviderError::new("it was not asked: the questions do not end");
                for question in missing {
                    answers.0.tell(question, Err(why.clone()));
                }
                continue;
            }
            // One call for all questions of one source that takes many, and one for each other
            // question.
            let host = &self.inner.host;
            let mut groups: Vec<(Option<&Queried>, Vec<FactQuery>)> = Vec::new();
            for question in missing {
                let queried = host.queried.get(&question.kind());
                let same = queried.and_then(|queried| {
                    let mut groups = groups.iter_mut();
                    groups.find(|(of, _)| of.is_some_and(|of| of.is(queried)))
                });
                match same {
                    Some((_, own)) => own.push(question),
                    None => groups.push((queried, vec![question])),
                }
            }
            let fetches = groups.iter().map(|(queried, questions)| {
                let fetch: BoxFuture<'_, Answer<Vec<Answer<FactReply>>>> = Box::pin(async move {
                    Ok(match queried {
                        Some(queried) => queried.ask(questions, at, waits).await,
                        None => questions
                            .iter()
                            .map(|one| answers::answer(host, one, at))
                            .collect(),
                    })
                });
                fetch
            });
            let replies = deadline.ask(fetches).await;
            for ((_, questions), replies) in groups.into_iter().zip(replies) {
                let replies = each_answer(replies, questions.len());
                for (question, reply) in questions.into_iter().zip(replies) {
                    answers.0.tell(question, reply);
                }
            }
        }
    }
}

fn only(rulings: Vec<Ruling>) -> Ruling {
    rulings.into_iter().next().unwrap_or_else(Ruling::lost)
}
