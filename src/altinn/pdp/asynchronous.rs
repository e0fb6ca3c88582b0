//! Decisions whose sources answer later: passes of the flow, with all questions of a pass asked at
//! the same time in between.

use std::future::pending;
use std::pin::pin;

use super::recall::{self, Recall, Told};
use super::{Pdp, Ruling, complete};
use crate::evaluate::{Budget, Context};
use crate::provider::{Deadline, Fetching, Guarded, ProviderError};
use crate::request::Request;
use crate::response::Response;

/// Passes of one batch, at most. Each answers what the one before asked, and no chain of questions
/// is nearly as long; a source that says something new each time does not go on for ever.
const PASSES: usize = 100;

impl Pdp {
    /// Decides a request, now, with sources that answer at once or later: what it decides is what
    /// [`decide`](Self::decide) does where the sources say the same. Works on any runtime; the
    /// future may be sent to another thread, and dropped at any time.
    pub fn decide_async<'a>(
        &'a self,
        request: &'a Request,
    ) -> impl Future<Output = Ruling> + Send + use<'a> {
        let rulings = self.decide_all_async([request]);
        async move { only(rulings.await) }
    }

    /// As [`decide_async`](Self::decide_async), with a deadline: a future of the host's, such as a
    /// timer of its runtime. When it is done, sources that have not answered fail, by name.
    pub fn decide_async_until<'a, D: Future<Output = ()> + Send + 'a>(
        &'a self,
        request: &'a Request,
        deadline: D,
    ) -> impl Future<Output = Ruling> + Send + use<'a, D> {
        let rulings = self.decide_all_async_until([request], deadline);
        async move { only(rulings.await) }
    }

    /// As [`decide_all`](Self::decide_all), with sources that answer at once or later. Each question
    /// is asked once for all requests.
    pub fn decide_all_async<'a>(
        &'a self,
        requests: impl IntoIterator<Item = &'a Request>,
    ) -> impl Future<Output = Vec<Ruling>> + Send {
        self.decide_all_async_until(requests, pending())
    }

    /// As [`decide_all_async`](Self::decide_all_async), with one deadline for all, as in
    /// [`decide_async_until`](Self::decide_async_until).
    pub fn decide_all_async_until<'a>(
        &'a self,
        requests: impl IntoIterator<Item = &'a Request>,
        deadline: impl Future<Output = ()> + Send + 'a,
    ) -> impl Future<Output = Vec<Ruling>> + Send {
        let requests: Vec<&Request> = requests.into_iter().collect();
        async move { self.passes(&requests, None, deadline).await }
    }

    /// As [`respond`](Self::respond), with sources that answer at once or later.
    pub fn respond_async<'a>(
        &'a self,
        request: &'a Request,
    ) -> impl Future<Output = Response> + Send + use<'a> {
        self.respond_async_until(request, pending())
    }

    /// As [`respond_async`](Self::respond_async), with a deadline as in
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
                Err(error) => return self.refused(request, &error, (self.inner.clock)()),
            };
            let of_parts: Vec<&Request> = parts.iter().flatten().map(|part| &**part).collect();
            let rulings = self.passes(&of_parts, Some(budget), deadline).await;
            self.responded(request, &parts, rulings, (self.inner.clock)())
        }
    }

    /// The rulings, each with a budget of its own if there is none for all. Each pass has it anew: only
    /// what the last one came to is looked at.
    async fn passes(
        &self,
        requests: &[&Request],
        budget: Option<Budget>,
        deadline: impl Future<Output = ()> + Send,
    ) -> Vec<Ruling> {
        let deadline = pin!(deadline);
        let mut deadline = Deadline::new(deadline);
        let at = (self.inner.clock)();
        // One state of the register, however long the others take.
        let snapshot = self.snapshot();
        let named: Vec<Option<Request>> = requests
            .iter()
            .map(|request| complete::with_instance_named(request))
            .collect();
        let recall = Recall::default();
        for pass in 0.. {
            let rulings: Vec<Ruling> = {
                let sources = self.sources_by(snapshot.as_ref(), Some(&recall));
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
            let missing = recall.missing();
            if missing.is_empty() {
                for (request, ruling) in requests.iter().zip(&rulings) {
                    self.audit(Some(request), ruling, at);
                }
                return rulings;
            }
            // INVARIANT: what a pass with missing answers came to is not looked at.
            drop(rulings);
            if deadline.is_over || pass >= PASSES {
                let why = match deadline.is_over {
                    true => deadline.not_asked(),
                    false => ProviderError::new("it was not asked: the questions do not end"),
                };
                for question in missing {
                    recall.tell(question, Err(why.clone()));
                }
                continue;
            }
            let mut fetching: Fetching<'_, Told> = Fetching::default();
            for question in &missing {
                let host = &self.inner.host;
                fetching.add(Guarded::new(|| {
                    Box::pin(recall::answer(host, question, at))
                }));
            }
            let mut answers: Vec<Result<Told, ProviderError>> = Vec::new();
            answers.resize_with(missing.len(), || Err(deadline.not_answered()));
            while !fetching.is_empty() && !deadline.is_over {
                for (number, answer) in deadline.or(&mut fetching).await {
                    answers[number] = answer;
                }
            }
            drop(fetching);
            for (question, answer) in missing.into_iter().zip(answers) {
                recall.tell(question, answer);
            }
        }
        Vec::new()
    }
}

fn only(rulings: Vec<Ruling>) -> Ruling {
    let mut rulings = rulings.into_iter();
    rulings.next().unwrap_or_else(|| {
        let code = crate::decision::StatusCode::ProcessingError;
        Ruling::indeterminate(code, "no decision was made")
    })
}
