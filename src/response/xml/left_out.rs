//! The parts of a response that a document cannot hold → a response without them, whose status
//! names them.
//!
//! A Permit holds only with its obligations (§7.2), so one that loses any is Indeterminate. A Deny
//! stays a Deny: a PEP refuses with or without its obligations, but not every PEP refuses on
//! Indeterminate (§7.2.3).

use super::*;

/// The parts of a result that are left out.
pub(super) struct LeftOut {
    reason: &'static str,
    count: usize,
    named: Vec<String>,
}

/// The most parts that are named; more are only counted.
const MOST_NAMED: usize = 10;

impl LeftOut {
    /// No parts yet; `reason` is that of all that will be added.
    pub(super) fn because(reason: &'static str) -> Self {
        Self {
            reason,
            count: 0,
            named: Vec::new(),
        }
    }

    /// Notes a part that is left out and returns false, "not kept", for use in a filter.
    pub(super) fn add(&mut self, what: &str, id: &str) -> bool {
        self.count += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(match id {
                "" => what.to_owned(),
                id => format!("{what} `{}`", xml::cut(&xml::legible(id))),
            });
        }
        false
    }

    /// The result with the parts left out named in its status; `is_unfulfilled` if one was an
    /// obligation.
    pub(super) fn concluded(
        self,
        mut kept: ResponseResult,
        is_unfulfilled: bool,
    ) -> ResponseResult {
        if is_unfulfilled && kept.decision == Decision::Permit {
            kept.decision = Decision::Indeterminate;
            kept.obligations.clear();
            kept.advice.clear();
            let status = kept.status.get_or_insert_with(Status::ok);
            status.code = StatusCode::ProcessingError;
        }
        if self.count > 0 {
            let status = kept.status.get_or_insert_with(Status::ok);
            let told = self.message();
            status.message = Some(match status.message.take() {
                Some(message) => format!("{message}; {told}"),
                None => told,
            });
        }
        kept
    }

    fn message(&self) -> String {
        let mut message = format!("left out, as {}: {}", self.reason, self.named.join(", "));
        if self.count > self.named.len() {
            message += &format!(" and {} more", self.count - self.named.len());
        }
        message
    }
}
