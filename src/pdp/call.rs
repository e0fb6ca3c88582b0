//! One call of a host → its decisions: one instant, one budget, one fetch for each distinct need.

use std::fmt;
use std::future::pending;
use std::pin::Pin;
use std::time::Duration;

use super::Pdp;
use super::asynchronous::to_result;
use super::fetch::{Fetches, now};
use super::observer::Stopwatch;
use crate::decision::Decision;
use crate::evaluate::{Budget, Context, Evaluation, Outcome, Step};
use crate::hierarchy::Parts;
use crate::request::{Matrix, PartError, Request};
use crate::response::{Cell, MatrixResponse, Response, ResponseResult};
use crate::value::DateTime;

/// A call of a [`Pdp`] with settings of its own: the instant, a deadline, an observer. It decides one
/// request, many or a [`Matrix`]; make it with [`Pdp::call`].
///
/// [`Pdp::call`] begins one. All its decisions share one instant and what they fetch: a provider is
/// asked once for an attribute of all requests that agree in what it [may depend
/// on](crate::AttributeProvider::inputs). They also share one budget of [work and
/// bytes](crate::Limits), across all methods called below, unless each request has a [budget of its
/// own](Self::budget_each).
///
/// ```
/// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
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
pub struct Call<'c> {
    pub(super) pdp: &'c Pdp,
    pub(super) instant: Option<DateTime>,
    pub(super) budget: Budget,
    pub(super) has_budget_each: bool,
    context: Context,
    pub(super) known: Fetches,
    /// Whether to wait for asynchronous providers.
    pub(super) waits: bool,
    pub(super) observer: Option<OnDecided<'c>>,
    pub(super) deadline: Pin<Box<dyn Future<Output = ()> + Send + 'c>>,
    /// Whether the deadline has passed: its future must not be polled again.
    pub(super) is_over: bool,
}

pub(super) type OnDecided<'c> = Box<dyn FnMut(&Decided<'_>) + Send + 'c>;

/// A finished decision, as an [`Observer`](crate::observer::Observer) sees it or the closure of
/// [`Call::observe`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Decided<'a> {
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
    pub outcome: Result<&'a Outcome<'a>, &'a PartError>,
}

impl fmt::Debug for Call<'_> {
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
            budget: Budget::new(&self.inner.host.choices.limits),
            has_budget_each: false,
            context: Context::new(),
            known: Fetches::of_call(),
            waits: false,
            observer: None,
            deadline: Box::pin(pending()),
            is_over: false,
        }
    }
}

impl Pdp {
    /// Decides several requests, each by itself: an error in one does not affect the others. The
    /// responses come in the order of the requests.
    ///
    /// All decisions share one instant and what they fetch, as those of a [`Call`] do; each request
    /// has a budget of its own, as the requests may come from different clients. Their number is
    /// not limited: a host that takes them from a client counts them first, or gives them [one
    /// budget](Self::call).
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
    /// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    /// use vedtak::{Pdp, Request, request::Matrix};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let base = Request::builder().resource("urn:altinn:resource", "vedtak-brev").build();
    /// let matrix = Matrix::new(base)
    ///     .subjects("urn:altinn:rolecode", ["dagl", "regna"])
    ///     .actions(["read", "sign"]);
    /// let grid = pdp.decide_matrix(&matrix);
    /// let cell = matrix.request([0, 1]).expect("is inside");
    /// assert_eq!(grid.at([0, 1]), pdp.decide(&cell).results.first());
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn decide_matrix(&self, matrix: &Matrix) -> MatrixResponse<ResponseResult> {
        self.call().decide_matrix(matrix)
    }

    /// Decides a matrix as [`decide_matrix`](Self::decide_matrix) does, but returns decisions only:
    /// nothing is allocated for a cell but its place in the grid, unless a policy assigns values to
    /// obligations or asks for attributes.
    ///
    /// For lists of permitted actions, such as which buttons to show. Before acting on a Permit,
    /// check whether it [has obligations](Cell::has_obligations).
    ///
    /// ```
    /// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    /// use vedtak::{Decision, Pdp, Request, request::Matrix};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let base = Request::builder().resource("urn:altinn:resource", "vedtak-brev").build();
    /// let matrix = Matrix::new(base)
    ///     .subjects("urn:altinn:rolecode", ["dagl", "regna"])
    ///     .actions(["read", "sign"]);
    /// let grid = pdp.decide_matrix_briefly(&matrix);
    /// let cell = grid.at([0, 0]).expect("is inside");
    /// assert_eq!(cell.decision, Decision::Permit);
    /// assert!(cell.has_obligations);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn decide_matrix_briefly(&self, matrix: &Matrix) -> MatrixResponse<Cell> {
        self.call().decide_matrix_briefly(matrix)
    }
}

impl<'c> Call<'c> {
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
    pub fn observe(mut self, observer: impl FnMut(&Decided<'_>) + Send + 'c) -> Self {
        self.observer = Some(Box::new(observer));
        self
    }

    /// Sets a deadline for decisions that wait for providers ([`decide_async`](Self::decide_async)
    /// and its like): a future of the host's, such as a timer of its runtime. When it is done,
    /// every unfinished fetch fails, with the name of the provider, and decisions are made without
    /// it.
    pub fn until(mut self, deadline: impl Future<Output = ()> + Send + 'c) -> Self {
        self.deadline = Box::pin(deadline);
        self.is_over = false;
        self
    }

    /// Decides a request, as [`Pdp::decide`] does.
    pub fn decide(&mut self, request: &Request) -> Response {
        if self.asks_many() && request.is_multiple() {
            let mut responses = now(self.respond_to(vec![(0, request)]));
            let lost = || Response::of_parts(Vec::new(), request);
            return responses.pop().unwrap_or_else(lost);
        }
        self.respond(0, request)
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

    /// Decides a matrix, as [`Pdp::decide_matrix`] does.
    pub fn decide_matrix(&mut self, matrix: &Matrix) -> MatrixResponse<ResponseResult> {
        if self.asks_many() {
            let cells = self.pdp.cells_of(matrix);
            return now(self.decide_cells(cells, to_result, ResponseResult::refused));
        }
        let each = |call: &mut Self, number, cell: &Request| call.result(number, 0, cell);
        self.cells(matrix, each, ResponseResult::refused)
    }

    /// Decides a matrix without texts, as [`Pdp::decide_matrix_briefly`] does.
    pub fn decide_matrix_briefly(&mut self, matrix: &Matrix) -> MatrixResponse<Cell> {
        let to_cell = |outcome: &mut Outcome<'_>, _: &mut Budget| Cell {
            decision: outcome.decision(),
            has_obligations: outcome.has_obligations(),
            has_troubles: outcome.has_troubles(),
        };
        let refused = |_: &PartError| Cell {
            decision: Decision::Indeterminate,
            has_obligations: false,
            has_troubles: true,
        };
        if self.asks_many() {
            let cells = self.pdp.cells_of(matrix);
            return now(self.decide_cells(cells, to_cell, refused));
        }
        let each = |call: &mut Self, number, cell: &Request| {
            let mut state = CallState {
                pdp: call.pdp,
                instant: &mut call.instant,
                budget: &mut call.budget,
                known: &mut call.known,
            };
            let stopwatch = call.pdp.inner.host.stopwatch();
            let mut outcome = decided(&mut state, &mut call.context, cell);
            let place = (number, 0);
            show(
                call.pdp,
                &mut call.observer,
                place,
                cell,
                Ok(&outcome),
                stopwatch,
            );
            to_cell(&mut outcome, &mut call.budget)
        };
        self.cells(matrix, each, refused)
    }

    fn cells<T>(
        &mut self,
        matrix: &Matrix,
        mut each: impl FnMut(&mut Self, usize, &Request) -> T,
        refused: impl Fn(&PartError) -> T,
    ) -> MatrixResponse<T> {
        self.begin_request();
        let most = self.pdp.inner.host.choices.limits.decisions;
        let mut numbers = 0..;
        MatrixResponse::decide(matrix, most, |cell| match cell {
            Ok(cell) => {
                let number = numbers.next().unwrap_or_default();
                each(self, number, cell)
            }
            Err(error) => {
                self.show_error((0, 0), matrix.base(), error);
                refused(error)
            }
        })
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
        let mut one = |call: &mut Self, part: Result<&Request, &PartError>| {
            let part_number = results.len();
            results.push(match part {
                Ok(part) => call.result(number, part_number, part),
                Err(error) => call.no_decision((number, part_number), request, error),
            });
        };
        match self.pdp.parts(request, &mut self.budget) {
            Parts::One(single) => one(self, Ok(single)),
            Parts::Product(product) => product.each(|part| one(self, part)),
            // Each part is dropped as soon as it is decided.
            Parts::Nodes(parts) => parts.into_iter().for_each(|part| one(self, part.as_ref())),
            Parts::Refused(error) => {
                self.no_decision((number, 0), request, &error);
                return Response::new(vec![ResponseResult::refused(&error)]);
            }
        }
        Response::of_parts(results, request)
    }

    pub(super) fn begin_request(&mut self) {
        if self.has_budget_each {
            self.budget = Budget::new(&self.pdp.inner.host.choices.limits);
        }
    }

    /// Returns the result of a request for one decision.
    fn result(&mut self, number: usize, part_number: usize, request: &Request) -> ResponseResult {
        let mut state = CallState {
            pdp: self.pdp,
            instant: &mut self.instant,
            budget: &mut self.budget,
            known: &mut self.known,
        };
        let stopwatch = self.pdp.inner.host.stopwatch();
        let mut outcome = decided(&mut state, &mut self.context, request);
        let result = outcome.to_result_within(&mut self.budget);
        let place = (number, part_number);
        show(
            self.pdp,
            &mut self.observer,
            place,
            request,
            Ok(&outcome),
            stopwatch,
        );
        result
    }

    fn no_decision(
        &mut self,
        place: (usize, usize),
        request: &Request,
        error: &PartError,
    ) -> ResponseResult {
        self.show_error(place, request, error);
        ResponseResult::refused(error)
    }

    pub(super) fn show_error(
        &mut self,
        place: (usize, usize),
        request: &Request,
        error: &PartError,
    ) {
        let stopwatch = self.pdp.inner.host.stopwatch();
        show(
            self.pdp,
            &mut self.observer,
            place,
            request,
            Err(error),
            stopwatch,
        );
    }
}

/// The state that the decisions of a call share, except the observers.
struct CallState<'s, 'c> {
    pdp: &'c Pdp,
    instant: &'s mut Option<DateTime>,
    budget: &'s mut Budget,
    known: &'s mut Fetches,
}

/// Makes one decision, with synchronous providers.
fn decided<'e, 'c: 'e>(
    state: &mut CallState<'_, 'c>,
    context: &'e mut Context,
    request: &'e Request,
) -> Outcome<'e> {
    let CallState {
        pdp,
        instant,
        budget,
        known,
    } = state;
    let clock = || *instant.get_or_insert_with(|| (pdp.inner.host.clock)());
    let mut evaluation = pdp.begin_by(context, request, clock);
    evaluation.answer_inquiries();
    if let Step::Needs(needs) = evaluation.step_within(budget) {
        let step = |evaluation: &mut Evaluation<'_>| evaluation.step_within(budget);
        pdp.go_on_now(&mut evaluation, needs, request, known, step);
    }
    evaluation.finish()
}

/// Shows a decision to the call's observer and those of the PDP.
pub(super) fn show(
    pdp: &Pdp,
    observer: &mut Option<OnDecided<'_>>,
    (request_number, part_number): (usize, usize),
    request: &Request,
    outcome: Result<&Outcome<'_>, &PartError>,
    stopwatch: Stopwatch,
) {
    let host = &*pdp.inner.host;
    if observer.is_none() && host.observers.is_empty() {
        return;
    }
    let decided = Decided {
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
