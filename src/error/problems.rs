//! Problems as they are found → a list with a limit: a document can have as many as it has bytes.

use super::{Diagnostic, Error};

/// The problems found so far. Those beyond a limit are only counted.
#[derive(Clone)]
pub(crate) struct Problems<P> {
    listed: Vec<P>,
    omitted: usize,
    most: usize,
}

impl<P> Problems<P> {
    /// No problems yet, of which at most `most` are listed.
    pub(crate) const fn new(most: usize) -> Self {
        Self {
            listed: Vec::new(),
            omitted: 0,
            most,
        }
    }

    /// Adds the problem, which is only made if it is listed.
    pub(crate) fn add(&mut self, problem: impl FnOnce() -> P) {
        match self.is_full() {
            true => self.omitted += 1,
            false => self.listed.push(problem()),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// Whether further problems are only counted.
    pub(crate) fn is_full(&self) -> bool {
        self.listed.len() >= self.most
    }

    /// The number of all problems, those that are only counted included.
    pub(crate) fn count(&self) -> usize {
        self.listed.len() + self.omitted
    }

    pub(crate) fn omitted(&self) -> usize {
        self.omitted
    }

    /// The problems, and one that says how many are not listed, if there are such.
    pub(crate) fn finish(mut self, more: impl FnOnce(String) -> P) -> Vec<P> {
        if self.omitted > 0 {
            let message = format!("{} more problems are not listed", self.omitted);
            self.listed.push(more(message));
        }
        self.listed
    }
}

/// Problems of one part of a document, which share the limit of the whole.
#[allow(dead_code, reason = "only what is read from JSON has such parts")]
impl<P> Problems<P> {
    /// A list for a part: it lists as many problems as this one still would.
    pub(crate) fn of_part(&self) -> Self {
        Self::new(self.most.saturating_sub(self.listed.len()))
    }

    /// Lowers the limit by the problems listed for a part.
    pub(crate) fn leave_to(&mut self, part: &Self) {
        self.most = self.most.saturating_sub(part.listed.len());
    }

    /// Adds the problems of a part.
    pub(crate) fn join(&mut self, part: Self) {
        for problem in part.listed {
            self.add(|| problem);
        }
        self.omitted += part.omitted;
    }
}

#[allow(dead_code, reason = "only what is read from JSON has such parts")]
impl Problems<Diagnostic> {
    /// The error of a part that has problems.
    pub(crate) fn into_error(self) -> Error {
        if self.listed.is_empty() {
            let count = self.omitted;
            return Error::plain(format!("this has {count} problems, which are not listed"));
        }
        Error::new(self.finish(|message| Diagnostic::placeless("", message)))
    }
}
