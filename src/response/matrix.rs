//! The answers to a [`Matrix`](crate::request::Matrix), by place.

use crate::decision::Decision;
use crate::request::{IndividualRequestError, Matrix, Request};

/// The answers to a [`Matrix`](crate::request::Matrix), one for each cell.
///
/// A matrix may have more cells than a PDP decides at once
/// ([`Limits::decisions`](crate::Limits::decisions)), or cells with too many values together. Then
/// none of them is decided: all have the same answer, which is Indeterminate, and
/// [`refusal`](Self::refusal) returns the reason.
///
/// ```
/// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// use vedtak::{Decision, Pdp, Request, request::Matrix};
/// let pdp = Pdp::from_xml(policy)?;
/// let base = Request::builder().subject("urn:altinn:rolecode", "dagl").build();
/// let matrix = Matrix::new(base)
///     .resources("urn:altinn:resource", ["vedtak-brev", "another-letter"])
///     .actions(["read", "sign"]);
/// let grid = pdp.decide_matrix(&matrix);
/// assert!(grid.is_complete());
/// assert_eq!(grid.at([0, 0]).map(|result| result.decision), Some(Decision::Permit));
/// assert!(grid.at([2, 0]).is_none() && grid.at([0]).is_none());
/// // Row by row: the last axis varies fastest.
/// let permits = grid.cells().iter().filter(|result| result.decision == Decision::Permit);
/// assert_eq!(permits.count(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixResponse<T> {
    shape: Box<[usize]>,
    cells: Vec<T>,
    /// The reason why no cell was decided, and the answer that all of them then have.
    refusal: Option<(IndividualRequestError, T)>,
}

impl<T> MatrixResponse<T> {
    /// Answers each cell of a matrix with what `decide` returns for its request, for a host that
    /// decides by itself.
    ///
    /// If the matrix has more than `most` cells, or cells with too many values together, no cell is
    /// decided: `decide` is called once, with the reason, for the answer that all of them have.
    ///
    /// ```
    /// use vedtak::Request;
    /// use vedtak::request::Matrix;
    /// use vedtak::response::MatrixResponse;
    /// let matrix = Matrix::new(Request::default()).actions(["read", "sign"]);
    /// let sizes = MatrixResponse::decide(&matrix, 1_000, |cell| cell.map_or(0, |c| c.categories().len()));
    /// assert_eq!(sizes.cells(), [1, 1]);
    /// assert!(MatrixResponse::decide(&matrix, 1, |cell| cell.is_ok()).refusal().is_some());
    /// ```
    pub fn decide(
        matrix: &Matrix,
        most: usize,
        mut decide: impl FnMut(Result<&Request, &IndividualRequestError>) -> T,
    ) -> Self {
        let mut cells = Vec::with_capacity(matrix.len().min(most));
        let made = matrix.each_cell(most, |cell| cells.push(decide(Ok(cell))));
        let refusal = made.err().map(|error| {
            let answer = decide(Err(&error));
            (error, answer)
        });
        Self::new(matrix.shape(), cells, refusal)
    }

    /// INVARIANT: there are as many cells as the shape has, or none and a refusal.
    pub(crate) fn new(
        shape: Vec<usize>,
        cells: Vec<T>,
        refusal: Option<(IndividualRequestError, T)>,
    ) -> Self {
        Self {
            shape: shape.into(),
            cells,
            refusal,
        }
    }

    /// The answer at a place: the number of the alternative on each axis, from 0. None if the
    /// matrix has no such cell.
    pub fn at(&self, place: impl AsRef<[usize]>) -> Option<&T> {
        let place = place.as_ref();
        if place.len() != self.shape.len() {
            return None;
        }
        if place
            .iter()
            .zip(&self.shape)
            .any(|(at, length)| at >= length)
        {
            return None;
        }
        if let Some((_, answer)) = &self.refusal {
            return Some(answer);
        }
        let cell = place.iter().zip(&self.shape);
        self.cells
            .get(cell.fold(0, |cell, (at, length)| cell * length + at))
    }

    /// The number of alternatives on each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The answers of the cells that were decided, the last axis varying fastest.
    pub fn cells(&self) -> &[T] {
        &self.cells
    }

    /// Returns the answers of the cells that were decided, the last axis varying fastest.
    pub fn into_cells(self) -> Vec<T> {
        self.cells
    }

    /// The reason why no cell was decided; none if they were.
    pub fn refusal(&self) -> Option<&IndividualRequestError> {
        self.refusal.as_ref().map(|(error, _)| error)
    }

    /// Whether the cells were decided: all of them, or none.
    pub fn is_complete(&self) -> bool {
        self.refusal.is_none()
    }

    /// Returns the grid in which `with` has converted each answer, also that of a refusal.
    pub fn map<U>(self, mut with: impl FnMut(T) -> U) -> MatrixResponse<U> {
        MatrixResponse {
            shape: self.shape,
            cells: self.cells.into_iter().map(&mut with).collect(),
            refusal: self.refusal.map(|(error, answer)| (error, with(answer))),
        }
    }
}

/// The brief answer to one cell of a matrix, without status, obligations and advice
/// ([`Call::brief`](crate::Call::brief)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "PascalCase", deny_unknown_fields)
)]
#[non_exhaustive]
pub struct BriefResult {
    /// The decision.
    pub decision: Decision,
    /// The decision has obligations: a PEP that cannot meet them must not act on it (§7.2).
    /// [`Pdp::decide_matrix`](crate::Pdp::decide_matrix), or a request for this cell alone, returns
    /// them.
    pub has_obligations: bool,
    /// The decision met failures: an attribute that could not be fetched, or is not there and must
    /// be present. [`Pdp::decide_matrix`](crate::Pdp::decide_matrix) lists them.
    pub has_troubles: bool,
}
