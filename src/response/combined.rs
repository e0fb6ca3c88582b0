//! Several results → one (Multiple Decision Profile 1.0, §3).

use super::{ResponseResult, Status, Trouble};
use crate::decision::{Decision, StatusCode};

/// The one result that `CombinedDecision` asks for: the decision that all results share, if none
/// of them has obligations or advice; otherwise Indeterminate. It has the troubles of all of them.
pub(crate) fn combined(results: &[ResponseResult]) -> ResponseResult {
    ResponseResult {
        troubles: Trouble::joined(results.iter().flat_map(|result| &result.troubles)),
        ..decided(results)
    }
}

fn decided(results: &[ResponseResult]) -> ResponseResult {
    let indeterminate = |message: &str| ResponseResult {
        status: Some(Status::new(StatusCode::ProcessingError, message)),
        ..ResponseResult::new(Decision::Indeterminate)
    };
    let obligations =
        |result: &ResponseResult| !result.obligations.is_empty() || !result.advice.is_empty();
    if results.iter().any(obligations) {
        return indeterminate(
            "the decisions cannot be combined into one: some have obligations or advice",
        );
    }
    let Some((first, rest)) = results.split_first() else {
        return indeterminate("there is no decision to combine");
    };
    if rest.iter().any(|result| result.decision != first.decision) {
        return indeterminate("the decisions cannot be combined into one: they differ");
    }
    match first.decision {
        Decision::Indeterminate => indeterminate("every single decision is Indeterminate"),
        decision => ResponseResult {
            status: Some(Status::ok()),
            ..ResponseResult::new(decision)
        },
    }
}
