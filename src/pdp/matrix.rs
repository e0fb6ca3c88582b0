//! A matrix of questions → a grid of answers.

use std::future::pending;

use super::Pdp;
use super::batch::{Batch, Run};
use crate::decision::Decision;
use crate::request::{Matrix, PartError, Request};
use crate::response::{Cell, Grid, ResponseResult};

impl Pdp {
    /// Decides every cell of a [`Matrix`], each by itself: what is wrong with one is wrong with that
    /// one. As in [`decide_all`](Self::decide_all), all are as of one instant and share what they
    /// fetch.
    ///
    /// Each cell is a request for one decision, as for [`decide_with`](Self::decide_with). Cells
    /// beyond the limit of [`decisions`](crate::Limits::decisions) are Indeterminate. So are cells
    /// from the first on that takes more than 1,000,000 attributes and values to be put together
    /// anew, which are those of categories that two axes or an axis and the base speak of.
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
    pub fn decide_matrix(&self, matrix: &Matrix) -> Grid<ResponseResult> {
        let mut run = Run::new(self);
        self.cells(matrix, |cell| run.decide(cell).to_result())
            .with(ResponseResult::of_part)
    }

    /// As [`decide_matrix`](Self::decide_matrix), decisions only: nothing is allocated for a cell but
    /// its place in the grid, unless a policy assigns values to obligations or asks for attributes.
    ///
    /// For lists of what may be done, such as which buttons to show. To act on a Permit, look
    /// whether it [has obligations](Cell::has_obligations).
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
    pub fn decide_matrix_briefly(&self, matrix: &Matrix) -> Grid<Cell> {
        let mut run = Run::new(self);
        let decide = |cell: &Request| {
            let outcome = run.decide(cell);
            Cell {
                decision: outcome.decision(),
                has_obligations: outcome.has_obligations(),
                has_troubles: outcome.has_troubles(),
            }
        };
        self.cells(matrix, decide).with(|_| Cell {
            decision: Decision::Indeterminate,
            has_obligations: false,
            has_troubles: true,
        })
    }

    /// As [`decide_matrix`](Self::decide_matrix), its attributes fetched from providers of either
    /// kind, as in [`decide_all_async`](Self::decide_all_async).
    ///
    /// ```
    /// # let policy = include_str!("../../fixtures/altinn/resource-policy.xml");
    /// use vedtak::{Pdp, Request, request::Matrix};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let base = Request::builder().subject("urn:altinn:rolecode", "dagl").build();
    /// let matrix = Matrix::new(base)
    ///     .resources("urn:altinn:resource", ["vedtak-brev", "another-letter"])
    ///     .actions(["read", "sign"]);
    /// let grid = pollster::block_on(pdp.decide_matrix_async(&matrix));
    /// assert_eq!(grid, pdp.decide_matrix(&matrix));
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn decide_matrix_async<'a>(
        &'a self,
        matrix: &Matrix,
    ) -> impl Future<Output = Grid<ResponseResult>> + Send + use<'a> {
        self.decide_matrix_async_until(matrix, pending())
    }

    /// As [`decide_matrix_async`](Self::decide_matrix_async), with one deadline for all, as in
    /// [`decide_async_until`](Self::decide_async_until).
    pub fn decide_matrix_async_until<'a, D: Future<Output = ()> + Send + 'a>(
        &'a self,
        matrix: &Matrix,
        deadline: D,
    ) -> impl Future<Output = Grid<ResponseResult>> + Send + use<'a, D> {
        // The requests, and what the grid says of those that are not decided.
        let cells = self.cells(matrix, Request::clone);
        async move {
            let requests = cells.cells;
            let batch = Batch::of_single(&requests);
            let results = self.decide_parts_until(&batch, deadline).await;
            let beyond = ResponseResult::of_part(&cells.why_no_more);
            Grid::new(cells.shape, results, beyond)
        }
    }

    fn cells<T>(&self, matrix: &Matrix, mut each: impl FnMut(&Request) -> T) -> Cells<T> {
        let most = self.inner.host.limits.decisions;
        let mut cells = Vec::with_capacity(matrix.len().min(most).min(1024));
        let why_no_more = matrix.each_cell(most, |cell| cells.push(each(cell)));
        Cells {
            shape: matrix.shape(),
            cells,
            why_no_more,
        }
    }
}

/// What came of the cells within the limits.
struct Cells<T> {
    shape: Vec<usize>,
    cells: Vec<T>,
    /// What is wrong with those beyond.
    why_no_more: PartError,
}

impl<T> Cells<T> {
    fn with(self, beyond: impl FnOnce(&PartError) -> T) -> Grid<T> {
        let beyond = beyond(&self.why_no_more);
        Grid::new(self.shape, self.cells, beyond)
    }
}
