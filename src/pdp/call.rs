//! One call of a host → its decisions: one instant, one budget, one fetch for each distinct need.

use std::fmt;
use std::future::pending;
use std::marker::PhantomData;
use std::pin::Pin;
use std::time::Duration;

use super::Pdp;
use super::fetch::{Calls, Fetches, now};
use super::observer::Stopwatch;
use crate::decision::Decision;
use crate::evaluate::{Budget, Context, Evaluation, Outcome, Step};
use crate::hierarchy::Parts;
use crate::provider::Deadline;
use crate::request::{IndividualRequestError, Matrix, Request};
use crate::response::{BriefResult, MatrixResponse, Response, ResponseResult};
use crate::value::DateTime;

/// A call of a [`Pdp`] with settings of its own: the instant, a deadline, an observer. It decides one
/// request, many or a [`Matrix`]; make it with [`Pdp::call`].
///
/// All its decisions share one instant and what they fetch: a provider is
/// asked once for an attribute of all requests that agree in what it [may depend
/// on](crate::AttributeProvider::inputs). They also share one budget of [work and
/// bytes](crate::Limits), across all methods called below, unless each request has a [budget of its
/// own](Self::budget_each).
///
/// ```
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// use vedtak::{Pdp, Request};
/// let pdp = Pdp::from_xml(policy)?;
/// let letter = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev");
/// let requests = ["read", "sign"].map(|action| letter.clone().action(action).build());
///
/// let mut log = Vec::new();
/// let responses = pdp
///     .call()
///     .at("2026-03-02T09:00:00Z".parse()?)
///     .observe(|decided| {
///         let rules = decided.outcome.iter().flat_map(|outcome| outcome.rules());
///         let rules: Vec<String> = rules.map(|rule| rule.to_string()).collect();
///         log.push(format!("{}: {} by {rules:?}", decided.request_number, decided.decision));
///     })
///     .decide_all(&requests);
/// assert_eq!(responses.len(), 2);
/// assert!(log[0].starts_with("0: Permit by [\"Rule `"), "{}", log[0]);
/// assert_eq!(log[1], "1: NotApplicable by []");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a call decides nothing by itself"]
pub struct Call<'c, R = ResponseResult> {
    pub(super) pdp: &'c Pdp,
    pub(super) instant: Option<DateTime>,
    pub(super) budget: Budget,
    pub(super) has_budget_each: bool,
    context: Context,
    pub(super) known: Fetches,
    /// Whether to wait for asynchronous providers.
    pub(super) waits: bool,
    pub(super) observer: Option<OnDecisionEvent<'c>>,
    pub(super) deadline: Pin<Box<dyn Future<Output = ()> + Send + 'c>>,
    /// Whether the deadline has passed: its future must not be polled again.
    pub(super) is_over: bool,
    /// The type of the result of a cell.
    cell: PhantomData<fn() -> R>,
}

pub(super) type OnDecisionEvent<'c> = Box<dyn FnMut(&DecisionEvent<'_>) + Send + 'c>;

/// A finished decision, as an [`Observer`](crate::observer::Observer) sees it or the closure of
/// [`Call::observe`].
#[derive(Debug)]
#[non_exhaustive]
pub struct DecisionEvent<'a> {
    pub(super) pdp: &'a Pdp,
    /// The index of the request in the call, or of the cell in a matrix, from 0.
    pub request_number: usize,
    /// The index of the individual decision in its request, from 0: the place of its result, unless
    /// `CombinedDecision` combines them.
    pub part_number: usize,
    /// The individual decision request; the whole request if it could not be split.
    pub request: &'a Request,
    /// The decision in the response.
    pub decision: Decision,
    /// The version of the store that decided; 0 without a store.
    pub version: u64,
    /// The time from the decision's begin to its end, waiting and decisions made beside it
    /// included; none unless the PDP has an [observer](crate::PdpBuilder::observer).
    pub elapsed: Option<Duration>,
    /// The outcome with its rules and the attributes read, or why there was no decision to make.
    pub outcome: Result<&'a Outcome<'a>, &'a IndividualRequestError>,
}

impl<R> fmt::Debug for Call<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("instant", &self.instant)
            .field("budget", &self.budget)
            .field("has_budget_each", &self.has_budget_each)
            .finish_non_exhaustive()
    }
}

impl Pdp {
    /// Begins a [`Call`].
    pub fn call(&self) -> Call<'_> {
        Call {
            pdp: self,
            instant: None,
            budget: Budget::new(&self.inner.host.settings.limits),
            has_budget_each: false,
            context: Context::new(),
            known: Fetches::of_call(),
            waits: false,
            observer: None,
            deadline: Box::pin(pending()),
            is_over: false,
            cell: PhantomData,
        }
    }

    /// Begins a call for one decision, which keeps no answer for others.
    pub(super) fn call_of_one(&self) -> Call<'_> {
        Call {
            known: Fetches::of_decision(),
            ..self.call()
        }
    }

    /// Decides several requests, each by itself: an error in one does not affect the others. The
    /// responses come in the order of the requests.
    ///
    /// All decisions share one instant and what they fetch, as those of a [`Call`] do; each request
    /// has a budget of its own, as the requests may come from different clients. Their number is
    /// not limited: a host that takes them from a client counts them first, or gives them [one
    /// budget](Self::call).
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Decision, Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let letter = Request::builder()
    ///     .subject("urn:altinn:rolecode", "dagl")
    ///     .resource("urn:altinn:resource", "vedtak-brev");
    /// let requests = ["read", "sign"].map(|action| letter.clone().action(action).build());
    /// let responses = pdp.decide_all(&requests);
    /// let decisions: Vec<Decision> = responses.iter().map(|response| response.decision()).collect();
    /// assert_eq!(decisions, [Decision::Permit, Decision::NotApplicable]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_all<'r>(&self, requests: impl IntoIterator<Item = &'r Request>) -> Vec<Response> {
        self.call().budget_each().decide_all(requests)
    }

    /// Decides every cell of a [`Matrix`], each by itself: an error in one does not affect the
    /// others. All share one instant, one budget and what they fetch, as the decisions of one
    /// request do.
    ///
    /// Each cell is a request for one decision, as for [`decide_with`](Self::decide_with). None is
    /// decided, and the grid [says why](MatrixResponse::refusal), beyond the limit of
    /// [`decisions`](crate::Limits::decisions), or if building the cells takes more than 1,000,000
    /// attributes and values (those of categories that two axes, or an axis and the base, have in
    /// common).
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Pdp, Request, request::Matrix};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let base = Request::builder().resource("urn:altinn:resource", "vedtak-brev").build();
    /// let matrix = Matrix::new(base)
    ///     .subjects("urn:altinn:rolecode", ["dagl", "regna"])
    ///     .actions(["read", "sign"]);
    /// let grid = pdp.decide_matrix(&matrix);
    /// let cell = matrix.request([0, 1]).expect("is inside");
    /// assert_eq!(grid.at([0, 1]), pdp.decide(&cell).results.first());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_matrix(&self, matrix: &Matrix) -> MatrixResponse<ResponseResult> {
        self.call().decide_matrix(matrix)
    }
}

impl<'c> Call<'c> {
    /// Makes a matrix return decisions only: nothing is allocated for a cell but its place in the
    /// grid, unless a policy assigns values to obligations or asks for attributes.
    ///
    /// For lists of permitted actions, such as which buttons to show. Before acting on a Permit,
    /// check whether it [has obligations](BriefResult::has_obligations).
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Decision, Pdp, Request, request::Matrix};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let base = Request::builder().resource("urn:altinn:resource", "vedtak-brev").build();
    /// let matrix = Matrix::new(base)
    ///     .subjects("urn:altinn:rolecode", ["dagl", "regna"])
    ///     .actions(["read", "sign"]);
    /// let grid = pdp.call().brief().decide_matrix(&matrix);
    /// let cell = grid.at([0, 0]).expect("is inside");
    /// assert_eq!(cell.decision, Decision::Permit);
    /// assert!(cell.has_obligations);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn brief(self) -> Call<'c, BriefResult> {
        Call {
            pdp: self.pdp,
            instant: self.instant,
            budget: self.budget,
            has_budget_each: self.has_budget_each,
            context: self.context,
            known: self.known,
            waits: self.waits,
            observer: self.observer,
            deadline: self.deadline,
            is_over: self.is_over,
            cell: PhantomData,
        }
    }

    /// Decides a request, as [`Pdp::decide`] does.
    pub fn decide(&mut self, request: &Request) -> Response {
        if self.asks_many() && request.is_multiple() {
            return now(self.respond_to_one(request));
        }
        self.respond(0, request)
    }

    /// Decides a request, as [`Pdp::decide_async`] does.
    pub async fn decide_async(&mut self, request: &Request) -> Response {
        self.waits = true;
        if request.is_multiple() {
            return self.respond_to_one(request).await;
        }
        let stopwatch = self.pdp.inner.host.stopwatch();
        let mut context = Context::new();
        let mut outcome = self.wait_for(&mut context, request).await;
        let result = outcome.to_result_within(&mut self.budget);
        self.show((0, 0), request, Ok(&outcome), stopwatch);
        Response::new(vec![result])
    }

    /// Decides several requests, as [`Pdp::decide_all`] does, but with one budget for all requests,
    /// unless each is to have [its own](Self::budget_each).
    pub fn decide_all<'r>(
        &mut self,
        requests: impl IntoIterator<Item = &'r Request>,
    ) -> Vec<Response> {
        if self.asks_many() {
            return now(self.respond_to(requests.into_iter().enumerate().collect()));
        }
        let requests = requests.into_iter().enumerate();
        requests
            .map(|(number, request)| self.respond(number, request))
            .collect()
    }

    /// Decides several requests, as [`Pdp::decide_all_async`] does, but with one budget for all
    /// requests, unless each is to have [its own](Self::budget_each).
    pub fn decide_all_async<'r>(
        &mut self,
        requests: impl IntoIterator<Item = &'r Request>,
    ) -> impl Future<Output = Vec<Response>> + Send {
        let requests = requests.into_iter().enumerate().collect();
        self.waits = true;
        async move { self.respond_to(requests).await }
    }
}

impl<'c, R> Call<'c, R> {
    /// Decides as of this instant instead of the clock's.
    pub fn at(mut self, instant: DateTime) -> Self {
        self.instant = Some(instant);
        self
    }

    /// Gives each request a budget of its own, so that requests of different clients cannot exhaust
    /// each other's.
    pub fn budget_each(mut self) -> Self {
        self.has_budget_each = true;
        self
    }

    /// Shows every individual decision of this call, in the order of the requests and of the parts
    /// of each. An [`Observer`](crate::observer::Observer) of the PDP sees those of all calls.
    pub fn observe(mut self, observer: impl FnMut(&DecisionEvent<'_>) + Send + 'c) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Sets a deadline for decisions that wait for providers ([`decide_async`](Self::decide_async)
    /// and its like): a future of the host's, such as a timer of its runtime. When it is done,
    /// every unfinished fetch fails, with the name of the provider, and the decisions are made
    /// without it: Indeterminate, unless they do not depend on it.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use std::time::Duration;
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder().action("read").build();
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let deadline = tokio::time::sleep(Duration::from_millis(200));
    /// let response = pdp.call().until(deadline).decide_async(&request).await;
    /// # });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn until(mut self, deadline: impl Future<Output = ()> + Send + 'c) -> Self {
        self.deadline = Box::pin(deadline);
        self.is_over = false;
        self
    }

    /// Decides a request in scratch memory that is used again, as [`Pdp::decide_with`] does.
    pub fn decide_with<'e>(&mut self, context: &'e mut Context, request: &'e Request) -> Outcome<'e>
    where
        'c: 'e,
    {
        self.begin_request();
        let stopwatch = self.pdp.inner.host.stopwatch();
        let (pdp, instant, budget) = (self.pdp, &mut self.instant, &mut self.budget);
        let outcome = decided(pdp, instant, budget, &mut self.known, context, request);
        self.show((0, 0), request, Ok(&outcome), stopwatch);
        outcome
    }

    /// Decides a request as [`decide_with`](Self::decide_with) does, its attributes fetched from
    /// providers of either kind.
    pub async fn decide_with_async<'e>(
        &mut self,
        context: &'e mut Context,
        request: &'e Request,
    ) -> Outcome<'e>
    where
        'c: 'e,
    {
        let stopwatch = self.pdp.inner.host.stopwatch();
        let outcome = self.wait_for(context, request).await;
        self.show((0, 0), request, Ok(&outcome), stopwatch);
        outcome
    }

    /// Makes one decision, with providers of either kind.
    async fn wait_for<'e>(&mut self, context: &'e mut Context, request: &'e Request) -> Outcome<'e>
    where
        'c: 'e,
    {
        self.waits = true;
        self.begin_request();
        let (pdp, instant, budget) = (self.pdp, &mut self.instant, &mut self.budget);
        let clock = || *instant.get_or_insert_with(|| (pdp.inner.host.clock)());
        let mut evaluation = pdp.begin_by(context, request, clock).with_inquiries();
        if let Step::Needs(needs) = evaluation.step_within(budget) {
            let mut deadline = Deadline::new(self.deadline.as_mut());
            deadline.is_over = self.is_over;
            let mut calls = Calls::new(&pdp.inner, true, &mut deadline);
            let step = |evaluation: &mut Evaluation<'_>| evaluation.step_within(budget);
            let known = &mut self.known;
            pdp.go_on(&mut evaluation, needs, request, known, &mut calls, step)
                .await;
            self.is_over |= deadline.is_over;
        }
        evaluation.finish()
    }

    /// Whether to make decisions side by side although none waits: some provider takes several
    /// queries in one call.
    pub(super) fn asks_many(&mut self) -> bool {
        self.waits = false;
        let mut most = self.pdp.inner.host.queries_at_once.iter();
        most.any(|most| *most > 1)
    }

    /// Responds to a request for one decision or several.
    pub(super) fn respond(&mut self, number: usize, request: &Request) -> Response {
        self.begin_request();
        let mut results = Vec::new();
        let mut one = |call: &mut Self, part: Result<&Request, &IndividualRequestError>| {
            let place = (number, results.len());
            results.push(match part {
                Ok(part) => call.result(place, part),
                Err(error) => call.no_decision(place, request, error),
            });
        };
        match self.pdp.parts(request, &mut self.budget) {
            Parts::One(single) => one(self, Ok(single)),
            Parts::Product(product) => product.each(|part| one(self, part)),
            // Each part is dropped as soon as it is decided.
            Parts::Nodes(parts) => parts.into_iter().for_each(|part| one(self, part.as_ref())),
            Parts::Refused(error) => {
                return Response::new(vec![self.no_decision((number, 0), request, &error)]);
            }
        }
        Response::of_parts(results, request)
    }

    pub(super) fn begin_request(&mut self) {
        if self.has_budget_each {
            self.budget = Budget::new(&self.pdp.inner.host.settings.limits);
        }
    }

    /// Returns the result of a request for one decision.
    fn result<T: CellResult>(&mut self, place: (usize, usize), request: &Request) -> T {
        let (pdp, budget, known) = (self.pdp, &mut self.budget, &mut self.known);
        let stopwatch = pdp.inner.host.stopwatch();
        let instant = &mut self.instant;
        let mut outcome = decided(pdp, instant, budget, known, &mut self.context, request);
        let result = T::of(&mut outcome, budget);
        let observer = &mut self.observer;
        show(pdp, observer, place, request, Ok(&outcome), stopwatch);
        result
    }

    pub(super) fn no_decision<T: CellResult>(
        &mut self,
        place: (usize, usize),
        request: &Request,
        error: &IndividualRequestError,
    ) -> T {
        let stopwatch = self.pdp.inner.host.stopwatch();
        self.show(place, request, Err(error), stopwatch);
        T::refused(error)
    }

    fn show(
        &mut self,
        place: (usize, usize),
        request: &Request,
        outcome: Result<&Outcome<'_>, &IndividualRequestError>,
        stopwatch: Stopwatch,
    ) {
        show(
            self.pdp,
            &mut self.observer,
            place,
            request,
            outcome,
            stopwatch,
        );
    }
}

impl<R: CellResult> Call<'_, R> {
    /// Decides a matrix, as [`Pdp::decide_matrix`] does.
    pub fn decide_matrix(&mut self, matrix: &Matrix) -> MatrixResponse<R> {
        if self.asks_many() {
            return now(self.decide_cells(self.pdp.cells_of(matrix)));
        }
        self.begin_request();
        let most = self.pdp.inner.host.settings.limits.decisions;
        let mut numbers = 0..;
        MatrixResponse::decide(matrix, most, |cell| match cell {
            Ok(cell) => self.result((numbers.next().unwrap_or_default(), 0), cell),
            Err(error) => self.no_decision((0, 0), matrix.base(), error),
        })
    }

    /// Decides a matrix, as [`Pdp::decide_matrix_async`] does.
    pub async fn decide_matrix_async(&mut self, matrix: &Matrix) -> MatrixResponse<R> {
        self.waits = true;
        self.decide_cells(self.pdp.cells_of(matrix)).await
    }
}

/// The result of a cell of a [`Matrix`]: whole, or brief as [`Call::brief`] says.
pub trait CellResult: Send + Sized {
    /// Returns the result of an outcome; what it repeats draws on the budget.
    fn of(outcome: &mut Outcome<'_>, budget: &mut Budget) -> Self;

    /// Returns the result in place of a decision that cannot be made.
    fn refused(error: &IndividualRequestError) -> Self;
}

impl CellResult for ResponseResult {
    fn of(outcome: &mut Outcome<'_>, budget: &mut Budget) -> Self {
        outcome.to_result_within(budget)
    }

    fn refused(error: &IndividualRequestError) -> Self {
        Self::refused(error)
    }
}

impl CellResult for BriefResult {
    fn of(outcome: &mut Outcome<'_>, _: &mut Budget) -> Self {
        Self {
            decision: outcome.decision(),
            has_obligations: outcome.has_obligations(),
            has_troubles: outcome.has_troubles(),
        }
    }

    fn refused(_: &IndividualRequestError) -> Self {
        Self {
            decision: Decision::Indeterminate,
            has_obligations: false,
            has_troubles: true,
        }
    }
}

/// Makes one decision, with synchronous providers.
fn decided<'e>(
    pdp: &'e Pdp,
    instant: &mut Option<DateTime>,
    budget: &mut Budget,
    known: &mut Fetches,
    context: &'e mut Context,
    request: &'e Request,
) -> Outcome<'e> {
    let clock = || *instant.get_or_insert_with(|| (pdp.inner.host.clock)());
    let mut evaluation = pdp.begin_by(context, request, clock);
    evaluation.allow_inquiries();
    if let Step::Needs(needs) = evaluation.step_within(budget) {
        let step = |evaluation: &mut Evaluation<'_>| evaluation.step_within(budget);
        pdp.go_on_now(&mut evaluation, needs, request, known, step);
    }
    evaluation.finish()
}

/// Shows a decision to the call's observer and those of the PDP.
pub(super) fn show(
    pdp: &Pdp,
    observer: &mut Option<OnDecisionEvent<'_>>,
    (request_number, part_number): (usize, usize),
    request: &Request,
    outcome: Result<&Outcome<'_>, &IndividualRequestError>,
    stopwatch: Stopwatch,
) {
    let host = &*pdp.inner.host;
    if observer.is_none() && host.observers.is_empty() {
        return;
    }
    let decided = DecisionEvent {
        pdp,
        request_number,
        part_number,
        request,
        decision: outcome.map_or(Decision::Indeterminate, Outcome::decision),
        version: pdp.version(),
        elapsed: stopwatch.elapsed(),
        outcome,
    };
    host.show(|observer| observer.decided(&decided));
    if let Some(observer) = observer {
        observer(&decided);
    }
}

impl Pdp {
    /// Shows a decision that is not part of a call.
    #[inline]
    pub(super) fn show_alone(
        &self,
        request: &Request,
        outcome: &Outcome<'_>,
        stopwatch: Stopwatch,
    ) {
        if !self.inner.host.observers.is_empty() {
            show(self, &mut None, (0, 0), request, Ok(outcome), stopwatch);
        }
    }
}
