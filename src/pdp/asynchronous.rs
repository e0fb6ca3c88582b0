//! Requests + asynchronous providers → decisions. The fetches of one step of an evaluation run
//! concurrently. It needs no runtime: it polls futures, and passes wakers on.

use std::borrow::Cow;
use std::collections::HashMap;
use std::future::pending;
use std::pin::pin;

use super::Pdp;
use super::call::{Call, CellResult, show};
use super::fetch::{Calls, Fetches, Key, key, now};
use crate::evaluate::{Budget, Context, Evaluation, Step};
use crate::hierarchy::Parts;
use crate::provider::{Deadline, Fetched, Need};
use crate::request::{IndividualRequestError, Matrix, Request};
use crate::response::{MatrixResponse, Response, ResponseResult};

/// The number of slots that the decisions of a call may hold at the same time, of about a hundred
/// bytes each.
const SLOTS_AT_ONCE: usize = 400_000;

/// The number of decisions under way at the same time, at most and at least.
const DECISIONS_AT_ONCE: (usize, usize) = (1_000, 8);

/// The number of attributes and values of the requests of decisions under way; each has keys of its
/// own.
const VALUES_AT_ONCE: usize = 1_000_000;

impl Pdp {
    /// Decides a request, its attributes fetched from providers of either kind; those that one step
    /// of the decision needs are fetched concurrently. Works on any runtime. The future may be sent
    /// to another thread; dropping it cancels the fetches.
    ///
    /// Returns the decision that [`decide`](Self::decide) returns for equal answers. A synchronous
    /// provider (`PdpBuilder::provider`) is asked on the thread that polls.
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
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Decision, Pdp, Request};
    /// let pdp = Pdp::builder().policy("policy.xml", policy).async_provider(Roles).build()?;
    /// let request = Request::builder()
    ///     .subject("urn:altinn:userid", 20000490)
    ///     .resource("urn:altinn:resource", "vedtak-brev")
    ///     .action("read")
    ///     .build();
    /// let response = pollster::block_on(pdp.decide_async(&request));
    /// assert_eq!(response.decision(), Decision::Permit);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_async<'a>(
        &'a self,
        request: &'a Request,
    ) -> impl Future<Output = Response> + Send + use<'a> {
        let mut call = self.call_of_one();
        async move { call.decide_async(request).await }
    }

    /// Decides several requests as [`decide_all`](Self::decide_all) does, their attributes fetched
    /// from providers of either kind. The decisions run concurrently, and an attribute that several
    /// need is fetched once. Providers limit how many fetches run at the same time.
    pub fn decide_all_async<'a>(
        &'a self,
        requests: impl IntoIterator<Item = &'a Request>,
    ) -> impl Future<Output = Vec<Response>> + Send {
        let requests: Vec<&Request> = requests.into_iter().collect();
        let mut call = self.call().budget_each();
        async move { call.decide_all_async(requests).await }
    }

    /// Decides a matrix as [`decide_matrix`](Self::decide_matrix) does, its attributes fetched from
    /// providers of either kind, as in [`decide_all_async`](Self::decide_all_async).
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Pdp, Request, request::Matrix};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let base = Request::builder().subject("urn:altinn:rolecode", "dagl").build();
    /// let matrix = Matrix::new(base)
    ///     .resources("urn:altinn:resource", ["vedtak-brev", "another-letter"])
    ///     .actions(["read", "sign"]);
    /// let grid = pollster::block_on(pdp.decide_matrix_async(&matrix));
    /// assert_eq!(grid, pdp.decide_matrix(&matrix));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_matrix_async<'a>(
        &'a self,
        matrix: &Matrix,
    ) -> impl Future<Output = MatrixResponse<ResponseResult>> + Send + use<'a> {
        let (mut call, cells) = (self.call(), self.cells_of(matrix));
        call.waits = true;
        async move { call.decide_cells(cells).await }
    }

    /// Returns the requests of a matrix, or the error of one with too many cells.
    pub(super) fn cells_of(&self, matrix: &Matrix) -> Cells {
        let most = self.inner.host.settings.limits.decisions;
        let mut requests = Vec::with_capacity(matrix.len().min(most));
        let made = matrix.each_cell(most, |cell| requests.push(cell.clone()));
        Cells {
            shape: matrix.shape(),
            requests: made.map(|()| requests),
            base: matrix.base().clone(),
        }
    }

    /// Continues a decision that needs attributes, with synchronous providers.
    pub(super) fn go_on_now<'e>(
        &self,
        evaluation: &mut Evaluation<'e>,
        needs: Vec<Need>,
        request: &Request,
        known: &mut Fetches,
        step: impl FnMut(&mut Evaluation<'e>) -> Step,
    ) {
        let never = pin!(pending());
        let mut deadline = Deadline::new(never);
        let mut calls = Calls::new(&self.inner, false, &mut deadline);
        now(self.go_on(evaluation, needs, request, known, &mut calls, step));
    }

    /// Continues a decision that needs attributes, until it is made.
    pub(super) async fn go_on<'p, 'e, D: Future<Output = ()> + Send + ?Sized>(
        &'p self,
        evaluation: &mut Evaluation<'e>,
        mut needs: Vec<Need>,
        request: &'p Request,
        known: &mut Fetches,
        calls: &mut Calls<'p, '_, '_, D>,
        mut step: impl FnMut(&mut Evaluation<'e>) -> Step,
    ) {
        // Without needs, another step would return the same, without end.
        while !needs.is_empty() {
            // By question number: the key of the fetch, and the needs that wait for it.
            let mut waiting: Vec<(Option<Key>, Vec<Need>)> = Vec::new();
            for need in needs {
                let question = match self.inner.question(&need, request) {
                    Ok(question) => question,
                    Err(error) => {
                        evaluation.supply(&need, Err::<Fetched, _>(error));
                        continue;
                    }
                };
                let key = (known.may_have(&need)).then(|| key(&need, &question));
                if let Some(answer) = key.as_ref().and_then(|key| known.get(key)) {
                    evaluation.supply(&need, answer.clone());
                    continue;
                }
                let same = waiting
                    .iter_mut()
                    .find(|(of, _)| key.is_some() && *of == key);
                match same {
                    Some((_, same)) => same.push(need),
                    None => {
                        calls.add(waiting.len(), question);
                        waiting.push((key, vec![need]));
                    }
                }
            }
            while !calls.is_empty() {
                for (number, answer) in calls.answers(known).await {
                    let (key, waiting) = &mut waiting[number];
                    for need in waiting.drain(..) {
                        evaluation.supply(&need, answer.clone());
                    }
                    if let Some(key) = key.take() {
                        known.keep(key, answer);
                    }
                }
            }
            needs = match step(evaluation) {
                Step::Needs(needs) => needs,
                Step::Decided => break,
            };
        }
    }
}

impl Pdp {
    /// Runs decisions side by side, as far as their budgets go; the needs of all of them are
    /// fetched together.
    async fn together<'p, D: Future<Output = ()> + Send + ?Sized>(
        &'p self,
        parts: &'p [PartUnderWay<'_>],
        running: &mut [Option<Running<'_>>],
        budgets: &mut [Budget],
        known: &mut Fetches,
        calls: &mut Calls<'p, '_, '_, D>,
    ) {
        let mut ready: Vec<usize> = (0..parts.len()).rev().collect();
        // By question number: the key of the fetch, and the decisions and needs that wait for it.
        let mut asked: Vec<(Key, Vec<(usize, Need)>)> = Vec::new();
        let mut under_way: HashMap<Key, usize> = HashMap::new();
        loop {
            while let Some(place) = ready.pop() {
                let (Some(decision), Ok(part)) = (&mut running[place], &parts[place].request)
                else {
                    continue;
                };
                for need in decision.step(budgets) {
                    let question = match self.inner.question(&need, part) {
                        Ok(question) => question,
                        Err(error) => {
                            decision.evaluation.supply(&need, Err::<Fetched, _>(error));
                            continue;
                        }
                    };
                    let key = key(&need, &question);
                    if let Some(answer) = known.get(&key) {
                        decision.evaluation.supply(&need, answer.clone());
                        continue;
                    }
                    decision.waiting += 1;
                    if let Some(number) = under_way.get(&key) {
                        asked[*number].1.push((place, need));
                        continue;
                    }
                    calls.add(asked.len(), question);
                    under_way.insert(key.clone(), asked.len());
                    asked.push((key, vec![(place, need)]));
                }
                if decision.waiting == 0 && !decision.is_decided {
                    ready.push(place);
                }
            }
            if calls.is_empty() {
                return;
            }
            for (number, answer) in calls.answers(known).await {
                let (key, waiting) = &mut asked[number];
                for (place, need) in waiting.drain(..) {
                    let Some(decision) = &mut running[place] else {
                        continue;
                    };
                    decision.evaluation.supply(&need, answer.clone());
                    decision.waiting -= 1;
                    if decision.waiting == 0 {
                        ready.push(place);
                    }
                }
                under_way.remove(key);
                known.keep(std::mem::take(key), answer);
            }
            // In the order of the parts, whichever answer came first.
            ready.sort_unstable_by(|a, b| b.cmp(a));
        }
    }
}

/// The cells of a matrix, as requests.
pub(super) struct Cells {
    shape: Vec<usize>,
    requests: Result<Vec<Request>, IndividualRequestError>,
    base: Request,
}

impl<R> Call<'_, R> {
    /// Decides all cells of a matrix.
    pub(super) async fn decide_cells<T: CellResult>(&mut self, cells: Cells) -> MatrixResponse<T> {
        self.begin_request();
        let requests = match cells.requests {
            Ok(requests) => requests,
            Err(error) => {
                let refused = self.no_decision((0, 0), &cells.base, &error);
                return MatrixResponse::new(cells.shape, Vec::new(), Some((error, refused)));
            }
        };
        let parts = requests
            .into_iter()
            .enumerate()
            .map(|(number, cell)| PartUnderWay {
                place: (number, 0),
                request: Ok(Cow::Owned(cell)),
                whole: &cells.base,
                budget: 0,
            });
        let mut budgets = [self.budget.clone()];
        let results = self.decide_parts(parts.collect(), &mut budgets).await;
        [self.budget] = budgets;
        MatrixResponse::new(cells.shape, results, None)
    }

    pub(super) async fn respond_to_one(&mut self, request: &Request) -> Response {
        let mut responses = self.respond_to(vec![(0, request)]).await;
        let lost = || Response::of_parts(Vec::new(), request);
        responses.pop().unwrap_or_else(lost)
    }

    /// Returns the responses to requests, each given with its number, in their order.
    pub(super) async fn respond_to(&mut self, requests: Vec<(usize, &Request)>) -> Vec<Response> {
        let mut responses = Vec::with_capacity(requests.len());
        let mut next = 0;
        while next < requests.len() {
            // As many requests as may be under way, or one request for several decisions: it is
            // split after those before it are decided, as each draws on the budget.
            let mut parts: Vec<PartUnderWay<'_>> = Vec::new();
            let mut budgets = vec![self.budget.clone()];
            // The request, its number of results, and whether it is refused as a whole.
            let mut whole: Vec<(&Request, usize, bool)> = Vec::new();
            while let Some(&(number, request)) = requests.get(next) {
                let is_alone = request.is_multiple() && !self.has_budget_each;
                if !whole.is_empty() && (is_alone || parts.len() >= DECISIONS_AT_ONCE.0) {
                    break;
                }
                if self.has_budget_each {
                    budgets.push(Budget::new(&self.pdp.inner.host.settings.limits));
                }
                let budget = budgets.len() - 1;
                let found = self.pdp.parts(request, &mut budgets[budget]);
                let is_refused = matches!(found, Parts::Refused(_));
                let found = found.into_requests();
                whole.push((request, found.len(), is_refused));
                let found = found.into_iter().enumerate();
                parts.extend(found.map(|(part, found)| PartUnderWay {
                    place: (number, part),
                    request: found,
                    whole: request,
                    budget,
                }));
                next += 1;
                if is_alone {
                    break;
                }
            }
            let results = self.decide_parts(parts, &mut budgets).await;
            self.budget = budgets.pop().unwrap_or_default();
            let mut results = results.into_iter();
            responses.extend(whole.into_iter().map(|(request, count, is_refused)| {
                let results: Vec<ResponseResult> = results.by_ref().take(count).collect();
                match is_refused {
                    true => Response { results },
                    false => Response::of_parts(results, request),
                }
            }));
        }
        responses
    }

    /// Returns the results of all parts, in their order, whichever answer came first.
    async fn decide_parts<T: CellResult>(
        &mut self,
        parts: Vec<PartUnderWay<'_>>,
        budgets: &mut [Budget],
    ) -> Vec<T> {
        let mut results = Vec::with_capacity(parts.len());
        let slots = self.pdp.inner.program.slots.len().max(1);
        let (most, least) = DECISIONS_AT_ONCE;
        let at_once = (SLOTS_AT_ONCE / slots).clamp(least, most);
        let mut parts = parts.into_iter();
        loop {
            let mut chunk: Vec<PartUnderWay<'_>> = Vec::new();
            let mut values = 0;
            while chunk.len() < at_once
                && values < VALUES_AT_ONCE
                && let Some(part) = parts.next()
            {
                values += part.request.as_ref().map_or(0, |r| r.values_in(|_| true));
                chunk.push(part);
            }
            let (Some(first), Some(last)) = (chunk.first(), chunk.last()) else {
                return results;
            };
            let own = first.budget..=last.budget;
            let budgets = &mut budgets[own.clone()];
            for part in &mut chunk {
                part.budget -= own.start();
            }
            self.decide_chunk(&chunk, budgets, &mut results).await;
        }
    }

    /// Adds the results of parts that are under way together.
    ///
    /// They draw on their budget in the order in which answers arrive. While it lasts, the order
    /// makes no difference. If it runs out, the decisions that shared it are made once more, one
    /// after the other, with the fetched answers: so the same ones exceed it each time, and all
    /// together take at most twice the budget.
    async fn decide_chunk<T: CellResult>(
        &mut self,
        chunk: &[PartUnderWay<'_>],
        budgets: &mut [Budget],
        results: &mut Vec<T>,
    ) {
        let Self {
            pdp,
            instant,
            known,
            observer,
            waits,
            ..
        } = self;
        let pdp = *pdp;
        let stopwatch = pdp.inner.host.stopwatch();
        let mut deadline = Deadline::new(self.deadline.as_mut());
        // A deadline only ends waiting, so a decision that does not wait has none.
        deadline.is_over = self.is_over && *waits;
        let before = budgets.to_vec();
        let mut contexts: Vec<Context> = Vec::new();
        contexts.resize_with(chunk.len(), Context::new);
        let mut running: Vec<Option<Running<'_>>> = Vec::with_capacity(chunk.len());
        for (part, context) in chunk.iter().zip(&mut contexts) {
            running.push(part.request.as_deref().ok().map(|request| {
                let clock = || *instant.get_or_insert_with(|| (pdp.inner.host.clock)());
                Running {
                    evaluation: pdp.begin_by(context, request, clock).with_inquiries(),
                    budget: part.budget,
                    waiting: 0,
                    is_decided: false,
                }
            }));
        }
        let mut calls = Calls::new(&pdp.inner, *waits, &mut deadline);
        pdp.together(chunk, &mut running, budgets, known, &mut calls)
            .await;
        let is_redone: Vec<bool> = budgets.iter().map(Budget::is_spent).collect();
        for (place, budget) in budgets.iter_mut().enumerate() {
            if is_redone[place] {
                budget.clone_from(&before[place]);
            }
        }
        let mut again = Context::new();
        for (part, running) in chunk.iter().zip(running) {
            let budget = &mut budgets[part.budget];
            match (&part.request, running) {
                (Ok(request), Some(running)) => {
                    let mut outcome = if is_redone[part.budget] {
                        let clock = || *instant.get_or_insert_with(|| (pdp.inner.host.clock)());
                        let evaluation = pdp.begin_by(&mut again, request, clock);
                        let mut evaluation = evaluation.with_inquiries();
                        if let Step::Needs(needs) = evaluation.step_within(budget) {
                            let mut step = |e: &mut Evaluation<'_>| e.step_within(budget);
                            pdp.go_on(
                                &mut evaluation,
                                needs,
                                request,
                                known,
                                &mut calls,
                                &mut step,
                            )
                            .await;
                        }
                        evaluation.finish()
                    } else {
                        running.evaluation.finish()
                    };
                    results.push(T::of(&mut outcome, budget));
                    let outcome = Ok(&outcome);
                    show(pdp, observer, part.place, request, outcome, stopwatch);
                }
                (Ok(_), None) => unreachable!("what can be decided was begun"),
                (Err(error), _) => {
                    results.push(T::refused(error));
                    show(pdp, observer, part.place, part.whole, Err(error), stopwatch);
                }
            }
        }
        self.is_over |= deadline.is_over;
    }
}

/// A part of a request, to be decided.
struct PartUnderWay<'r> {
    /// The index of its request in the call, and of the part in that request.
    place: (usize, usize),
    request: Result<Cow<'r, Request>, IndividualRequestError>,
    /// The request that it is a part of.
    whole: &'r Request,
    /// The index of its budget.
    budget: usize,
}

/// A decision under way beside others.
struct Running<'e> {
    evaluation: Evaluation<'e>,
    budget: usize,
    /// The number of needs without an answer.
    waiting: usize,
    is_decided: bool,
}

impl Running<'_> {
    /// Runs the next step; returns no needs when the decision is made.
    fn step(&mut self, budgets: &mut [Budget]) -> Vec<Need> {
        match self.evaluation.step_within(&mut budgets[self.budget]) {
            Step::Needs(needs) if !needs.is_empty() => needs,
            _ => {
                self.is_decided = true;
                Vec::new()
            }
        }
    }
}
