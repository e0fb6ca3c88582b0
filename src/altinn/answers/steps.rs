//! The steps of one answer: what it may still take, over all that it asks and compares.

use crate::analysis::{Residual, Unanswered};

/// The steps that are left of the budget of an answer.
#[derive(Debug)]
pub(super) struct Steps(usize);

impl Steps {
    pub(super) fn new(budget: usize) -> Self {
        Self(budget)
    }

    pub(super) fn left(&self) -> usize {
        self.0
    }

    /// Takes steps, or all that is left.
    ///
    /// # Errors
    ///
    /// There are fewer left.
    pub(super) fn take(&mut self, steps: usize) -> Result<(), Unanswered> {
        let left = self.0.checked_sub(steps);
        self.0 = left.unwrap_or(0);
        left.map(drop).ok_or(Unanswered::TooLarge)
    }

    /// Takes one step for each node of a residual, which is walked.
    ///
    /// # Errors
    ///
    /// As of [`take`](Self::take).
    pub(super) fn walk(&mut self, residual: &Residual) -> Result<(), Unanswered> {
        self.take(residual.size())
    }
}
