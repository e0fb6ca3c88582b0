//! Decisions → access or the reason why not, as a policy enforcement point owes it (§7.2).

use std::fmt;
use std::sync::Arc;

use super::{Obligation, Response, ResponseResult, Visible};
use crate::decision::{Decision, StatusCode};

impl Response {
    /// Enforces the decision as a deny-biased policy enforcement point does (§7.2.2): access is
    /// permitted if the only result is a Permit and every obligation of it is discharged.
    ///
    /// `discharge` is called with one obligation after the other. It carries the obligation out and
    /// returns whether it did, as a `bool` or a `Result`; for an obligation that it does not
    /// understand it returns that it did not. After a Permit, the first that is not discharged ends
    /// the calls. A Deny stays a Deny with any result, so it is called for all of them. Advice is
    /// for the caller to follow or to ignore (§7.18).
    ///
    /// Where an obligation must not be carried out unless the others are understood, look at all of
    /// [`obligations`](Self::obligations) first.
    ///
    /// A permit-biased enforcement point (§7.2.3), which grants all but a Deny, is not offered.
    ///
    /// ```
    /// use vedtak::{Pdp, Request};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let pdp = Pdp::from_xml(policy)?;
    /// let request = Request::builder()
    ///     .subject("urn:altinn:rolecode", "dagl")
    ///     .resource("urn:altinn:resource", "vedtak-brev")
    ///     .action("read")
    ///     .build();
    /// let access = pdp.decide(&request).enforce(|obligation| match &*obligation.id {
    ///     "urn:altinn:obligation:authenticationLevel1" => true, // the asker is known well enough
    ///     _ => false,
    /// });
    /// assert_eq!(access, Ok(()));
    /// let refused = pdp.decide(&request).enforce(|_| false).unwrap_err();
    /// assert!(refused.to_string().contains("`urn:altinn:obligation:authenticationLevel1`"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The decision is no Permit, an obligation was not discharged, or there is not exactly one
    /// result: several are never one yes, and each is [enforced by
    /// itself](ResponseResult::enforce). No obligation of several results is shown.
    pub fn enforce<D: Into<DischargeResult>>(
        &self,
        discharge: impl FnMut(&Obligation) -> D,
    ) -> Result<(), AccessRefused> {
        match self.results.as_slice() {
            [only] => only.enforce(discharge),
            several => Err(AccessRefused::Results(several.len())),
        }
    }
}

impl ResponseResult {
    /// Enforces this result, as [`Response::enforce`] does the only one of a response.
    ///
    /// ```
    /// use vedtak::{Decision, Response, response::{AccessRefused, ResponseResult}};
    /// let results = [Decision::Permit, Decision::Deny].map(ResponseResult::new);
    /// let response = Response::new(results.into());
    /// let each = response.results.iter().map(|result| result.enforce(|_| false).is_ok());
    /// assert_eq!(each.collect::<Vec<bool>>(), [true, false]);
    /// assert_eq!(response.enforce(|_| false), Err(AccessRefused::Results(2)));
    /// ```
    ///
    /// # Errors
    ///
    /// The decision is no Permit, or an obligation was not discharged.
    pub fn enforce<D: Into<DischargeResult>>(
        &self,
        discharge: impl FnMut(&Obligation) -> D,
    ) -> Result<(), AccessRefused> {
        let code = || self.status.as_ref().map(|status| status.code.clone());
        enforce(self.decision, code, self.obligations.iter(), discharge)
    }
}

/// Enforces a decision with its obligations.
pub(crate) fn enforce<'o, D: Into<DischargeResult>>(
    decision: Decision,
    code: impl FnOnce() -> Option<StatusCode>,
    obligations: impl Iterator<Item = &'o Obligation>,
    mut discharge: impl FnMut(&Obligation) -> D,
) -> Result<(), AccessRefused> {
    let mut undone = obligations.filter_map(|obligation| {
        let DischargeResult(result) = discharge(obligation).into();
        let obligation = obligation.id.clone();
        result
            .err()
            .map(|reason| UndischargedObligation { obligation, reason })
    });
    match decision {
        Decision::Permit => match undone.next() {
            None => Ok(()),
            Some(undischarged) => Err(AccessRefused::Obligation(undischarged)),
        },
        // What does not apply, or is Indeterminate, has no obligations (§7.18).
        Decision::Indeterminate | Decision::NotApplicable => Err(AccessRefused::Decision {
            decision,
            code: code().filter(|code| *code != StatusCode::Ok),
            undischarged: Vec::new(),
        }),
        Decision::Deny => Err(AccessRefused::Decision {
            decision,
            code: None,
            undischarged: undone.collect(),
        }),
    }
}

/// Whether an obligation was discharged, and why not: made of a `bool`, or of a `Result` whose
/// error is the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct DischargeResult(Result<(), Option<String>>);

impl From<bool> for DischargeResult {
    /// True of an obligation that was understood and carried out.
    fn from(is_done: bool) -> Self {
        Self(if is_done { Ok(()) } else { Err(None) })
    }
}

impl<E: fmt::Display> From<Result<(), E>> for DischargeResult {
    fn from(result: Result<(), E>) -> Self {
        Self(result.map_err(|error| Some(error.to_string())))
    }
}

/// The reason why [`Response::enforce`] refuses access.
///
/// `Display` prints only the code of a status, and of an obligation its id and the reason why it
/// was not discharged. It is meant for a log; the response has the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessRefused {
    /// The decision is no Permit.
    #[non_exhaustive]
    Decision {
        /// The decision.
        decision: Decision,
        /// The status code of an Indeterminate.
        code: Option<StatusCode>,
        /// Obligations of a Deny that were not discharged. The access is refused all the same.
        undischarged: Vec<UndischargedObligation>,
    },
    /// The decision is Permit, and an obligation was not discharged.
    Obligation(UndischargedObligation),
    /// The response has this number of results, not one.
    Results(usize),
}

/// The obligation that was not discharged, and why ([`AccessRefused`]).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UndischargedObligation {
    /// `ObligationId`.
    pub obligation: Arc<str>,
    /// The reason, if one was given.
    pub reason: Option<String>,
}

impl fmt::Display for AccessRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decision {
                decision,
                code,
                undischarged,
            } => {
                write!(f, "access is refused: the decision is {decision}")?;
                if let Some(code) = code {
                    write!(f, " with the status `{}`", Visible(code.uri()))?;
                }
                for one in undischarged {
                    write!(f, "; {one}")?;
                }
                Ok(())
            }
            Self::Obligation(one) => {
                write!(
                    f,
                    "access is refused although the decision is Permit: {one}"
                )
            }
            Self::Results(0) => f.write_str("access is refused: the response has no result"),
            Self::Results(many) => write!(
                f,
                "access is refused: the response has {many} results, and each of them is to be \
                 enforced by itself"
            ),
        }
    }
}

impl fmt::Display for UndischargedObligation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = Visible(&self.obligation);
        match &self.reason {
            None => write!(
                f,
                "the obligation `{id}` was not understood or not carried out"
            ),
            Some(reason) => write!(
                f,
                "the obligation `{id}` was not carried out: {}",
                Visible(reason)
            ),
        }
    }
}

impl std::error::Error for AccessRefused {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::response::Status;

    fn result(decision: Decision, obligations: &[&str]) -> ResponseResult {
        let obligations = obligations.iter().map(|id| Obligation {
            id: Arc::from(*id),
            assignments: Vec::new(),
        });
        ResponseResult {
            obligations: obligations.collect(),
            ..ResponseResult::new(decision)
        }
    }

    /// Enforces with the obligations in `done`, and returns the ids that were shown.
    fn enforced(result: ResponseResult, done: &[&str]) -> (Vec<String>, String) {
        let mut shown = Vec::new();
        let access = result.enforce(|obligation| {
            shown.push(obligation.id.to_string());
            done.contains(&&*obligation.id)
        });
        (
            shown,
            access.map_or_else(|error| error.to_string(), |()| "in".to_owned()),
        )
    }

    #[test]
    fn only_a_permit_with_all_obligations_discharged_is_access() {
        use Decision::{Deny, Indeterminate, NotApplicable, Permit};
        let undone = |id| format!("the obligation `{id}` was not understood or not carried out");
        let permit = "access is refused although the decision is Permit: ";
        type Ids = &'static [&'static str];
        let cases: [(Decision, Ids, Ids, Ids, String); 10] = [
            (Permit, &[], &[], &[], "in".into()),
            (Permit, &["a", "b"], &["b", "a"], &["a", "b"], "in".into()),
            (
                Permit,
                &["a", "b"],
                &["b"],
                &["a"],
                permit.to_owned() + &undone("a"),
            ),
            (
                Permit,
                &["a", "b"],
                &["a"],
                &["a", "b"],
                permit.to_owned() + &undone("b"),
            ),
            (Permit, &["a", "a"], &["a"], &["a", "a"], "in".into()),
            (
                Deny,
                &[],
                &[],
                &[],
                "access is refused: the decision is Deny".into(),
            ),
            (
                Deny,
                &["a", "b"],
                &["a", "b"],
                &["a", "b"],
                "access is refused: the decision is Deny".into(),
            ),
            (
                Deny,
                &["a", "b", "c"],
                &["b"],
                &["a", "b", "c"],
                format!(
                    "access is refused: the decision is Deny; {}; {}",
                    undone("a"),
                    undone("c")
                ),
            ),
            (
                NotApplicable,
                &["a"],
                &["a"],
                &[],
                "access is refused: the decision is NotApplicable".into(),
            ),
            (
                Indeterminate,
                &["a"],
                &["a"],
                &[],
                "access is refused: the decision is Indeterminate".into(),
            ),
        ];
        for (decision, obligations, done, shown, said) in cases {
            let (asked, access) = enforced(result(decision, obligations), done);
            assert_eq!(access, said, "{decision} {obligations:?} {done:?}");
            assert_eq!(asked, shown, "{decision} {obligations:?} {done:?}");
        }
    }

    #[test]
    fn several_results_are_no_yes_and_none_is_none() {
        for count in [0, 2, 3] {
            let response = Response {
                results: vec![result(Decision::Permit, &["a"]); count],
            };
            let access = response.enforce(|_| -> bool { panic!("shows an obligation") });
            assert_eq!(access, Err(AccessRefused::Results(count)));
        }
    }

    #[test]
    fn a_refusal_says_the_reason_and_the_code_but_no_message() {
        let permit = result(Decision::Permit, &["log\nit"]);
        let refused = permit.enforce(|_| Err::<(), _>("disk\nfull")).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "access is refused although the decision is Permit: the obligation `log\\nit` was not \
             carried out: disk\\nfull"
        );
        assert_eq!(permit.enforce(|_| Ok::<(), String>(())), Ok(()));
        let mut failed = result(Decision::Indeterminate, &[]);
        failed.status = Some(Status::new(StatusCode::MissingAttribute, "of the database"));
        let refused = failed.enforce(|_| true).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "access is refused: the decision is Indeterminate with the status \
             `urn:oasis:names:tc:xacml:1.0:status:missing-attribute`"
        );
    }
}
