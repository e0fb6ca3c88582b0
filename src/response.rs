//! Responses (§5.47 to §5.58): [`Response::enforce`] gives or refuses access by one, and
//! [`Response::to_xml`] and `Response::to_json` write it.
//!
//! # XACML 2.0
//!
//! A response in the namespace `urn:oasis:names:tc:xacml:2.0:context:schema:os` is read as one of
//! 3.0. The `ResourceId` of a result becomes the attribute `resource-id` that it repeats, as a
//! string. [`Response::to_xml`] writes it as one of 3.0.
//!
//! [`Response::to_xml_for`] and [`Pdp::decide_xml`](crate::Pdp::decide_xml) answer a request of 2.0
//! in 2.0:
//!
//! | 3.0 | 2.0 |
//! |---|---|
//! | the `resource-id` that a result repeats, or, if it is the only result, that of the request | `ResourceId`, if there is one value; without its data type |
//! | obligations | the same, with the decision as `FulfillOn` |
//! | `Category` and `Issuer` of an assignment | attributes of the same names, which 2.0 allows on any value |
//! | the data types of durations | those of the XQuery draft (10.2.9) |
//! | missing attributes | the same without their categories |
//! | status and decision | the same |
//! | advice, policy identifiers, other attributes to be repeated, values that are `xpathExpression` or `entity`, obligations of what is neither Permit nor Deny | none: left out, which the status message says; a Permit that loses an obligation is Indeterminate |

mod answer;
mod combined;
mod disclosure;
mod enforce;
#[cfg(feature = "json")]
mod json;
mod matrix;
mod size;
mod trouble;
mod xml;

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "json")]
pub use answer::answer_json;
pub use answer::answer_xml;
use combined::combined;
pub use disclosure::StatusDisclosure;
pub(crate) use enforce::enforce;
pub use enforce::{AccessRefused, DischargeResult, UndischargedObligation};
pub use matrix::{BriefResult, MatrixResponse};
pub use trouble::{Trouble, TroublePlace};
#[cfg(feature = "saml")]
pub(crate) use xml::read_element;

use crate::attribute::Designator;
use crate::decision::{Decision, StatusCode};
use crate::error::{Visible, last_part};
use crate::request::{IndividualRequestError, Request, SharedAttributes};
use crate::value::Value;

/// The answer to a request: one result, or one for each decision requested. Act on it with
/// [`enforce`](Self::enforce).
///
/// `Display` prints it for people; [`Response::to_xml`] prints it for machines.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// `Result`; at least one.
    pub results: Vec<ResponseResult>,
}

impl Response {
    /// A response of these results, of which there should be at least one.
    pub fn new(results: Vec<ResponseResult>) -> Self {
        Self { results }
    }

    /// The decision, if there is exactly one result; otherwise Indeterminate, so that several
    /// answers are never taken for one Permit.
    pub fn decision(&self) -> Decision {
        match self.results.as_slice() {
            [only] => only.decision,
            _ => Decision::Indeterminate,
        }
    }

    /// The only result's obligations; empty if there is not exactly one result.
    pub fn obligations(&self) -> &[Obligation] {
        match self.results.as_slice() {
            [only] => &only.obligations,
            _ => &[],
        }
    }

    /// The only result's advice; empty if there is not exactly one result.
    pub fn advice(&self) -> &[Advice] {
        match self.results.as_slice() {
            [only] => &only.advice,
            _ => &[],
        }
    }

    /// The only result's status; none if there is not exactly one result, or if it has none.
    pub fn status(&self) -> Option<&Status> {
        match self.results.as_slice() {
            [only] => only.status.as_ref(),
            _ => None,
        }
    }

    /// The failures that its decisions met, whatever the decisions are: for the host's log.
    pub fn troubles(&self) -> impl Iterator<Item = &Trouble> {
        self.results.iter().flat_map(|result| &result.troubles)
    }

    /// The response to a request for several decisions: the results of all its parts, or the one
    /// result of its `CombinedDecision`.
    ///
    /// ```
    /// use vedtak::response::ResponseResult;
    /// use vedtak::{Decision, Request, Response};
    /// let request = Request::builder().action("read").action("print").build();
    /// let results = vec![ResponseResult::new(Decision::Permit); 2];
    /// assert_eq!(Response::of_parts(results, &request).results.len(), 2);
    /// ```
    pub fn of_parts(results: Vec<ResponseResult>, request: &Request) -> Self {
        Self {
            results: match request.combined_decision() {
                true => vec![combined(&results)],
                false => results,
            },
        }
    }

    /// The response in place of one that is longer than `most` bytes when it is written.
    fn too_long(most: usize) -> Self {
        let message = format!(
            "the response is longer than {most} bytes, which is the limit (`Limits::response`)"
        );
        Self::indeterminate(Status::new(StatusCode::ProcessingError, message))
    }

    /// A response of one Indeterminate result.
    pub(crate) fn indeterminate(status: Status) -> Self {
        Self {
            results: vec![ResponseResult::indeterminate(status)],
        }
    }
}

/// `Result` (§5.48): a decision with its status, obligations, advice and troubles.
///
/// Two results are equal if XML and JSON write them alike; [`troubles`](Self::troubles) are not
/// compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResponseResult {
    /// `Decision`.
    pub decision: Decision,
    /// `Status`; none means ok.
    pub status: Option<Status>,
    /// `Obligations`: the PEP must fulfil them for the decision to hold.
    pub obligations: Vec<Obligation>,
    /// `AssociatedAdvice`: the PEP may follow it.
    pub advice: Vec<Advice>,
    /// `Attributes`: those the request asked to be repeated, shared with it where they can be.
    pub attributes: Vec<SharedAttributes>,
    /// `PolicyIdentifierList`: the policies that applied, if the request asked for them.
    pub policies: Vec<PolicyIdentifier>,
    /// The failures that the decision met, whatever it is: for the host's log. Neither XML nor JSON
    /// holds them; see [`Outcome::troubles`](crate::evaluate::Outcome::troubles).
    pub troubles: Vec<Trouble>,
}

impl PartialEq for ResponseResult {
    fn eq(&self, other: &Self) -> bool {
        let Self {
            decision,
            status,
            obligations,
            advice,
            attributes,
            policies,
            troubles: _,
        } = self;
        *decision == other.decision
            && *status == other.status
            && *obligations == other.obligations
            && *advice == other.advice
            && *attributes == other.attributes
            && *policies == other.policies
    }
}

impl ResponseResult {
    /// A result with nothing but a decision.
    pub fn new(decision: Decision) -> Self {
        Self {
            decision,
            status: None,
            obligations: Vec::new(),
            advice: Vec::new(),
            attributes: Vec::new(),
            policies: Vec::new(),
            troubles: Vec::new(),
        }
    }
}

impl ResponseResult {
    /// The result in place of a decision on a part of a request that cannot be told from the whole.
    ///
    /// ```
    /// use vedtak::decision::StatusCode;
    /// use vedtak::request::IndividualRequestError;
    /// use vedtak::response::ResponseResult;
    /// let result = ResponseResult::refused(&IndividualRequestError::TooMany(1_000));
    /// assert_eq!(result.status.map(|status| status.code), Some(StatusCode::ProcessingError));
    /// ```
    pub fn refused(error: &IndividualRequestError) -> Self {
        let code = match error {
            IndividualRequestError::UnknownReference(_)
            | IndividualRequestError::Scope(_)
            | IndividualRequestError::Unclear(_)
            | IndividualRequestError::NoResource
            | IndividualRequestError::Nodes(_) => StatusCode::SyntaxError,
            IndividualRequestError::TooMany(_)
            | IndividualRequestError::TooManyValues(_)
            | IndividualRequestError::NoHierarchy
            | IndividualRequestError::Hierarchy { .. }
            | IndividualRequestError::NodesTakeTooMuch => StatusCode::ProcessingError,
        };
        Self::indeterminate(Status::new(code, error.to_string()))
    }

    /// An Indeterminate with a failure that no rule or policy has to do with; it is the only one of
    /// the [troubles](Self::troubles).
    ///
    /// ```
    /// use vedtak::Decision;
    /// use vedtak::decision::StatusCode;
    /// use vedtak::response::{ResponseResult, Status};
    /// let status = Status::new(StatusCode::ProcessingError, "the register is down");
    /// let result = ResponseResult::indeterminate(status);
    /// assert_eq!(result.decision, Decision::Indeterminate);
    /// assert_eq!(result.troubles[0].to_string(), "the register is down");
    /// ```
    pub fn indeterminate(status: Status) -> Self {
        let message = status.message.clone().unwrap_or_default();
        Self {
            troubles: match status.code {
                StatusCode::Ok => Vec::new(),
                _ => vec![Trouble::new(status.code.clone(), message)],
            },
            status: Some(status),
            ..Self::new(Decision::Indeterminate)
        }
    }
}

/// `Status` (§5.54): whether something went wrong, and what.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// The outermost `StatusCode`: the standard's.
    pub code: StatusCode,
    /// Codes nested in the first one, outermost first.
    pub minor_codes: Vec<String>,
    /// `StatusMessage`.
    pub message: Option<String>,
    /// `MissingAttributeDetail` of `StatusDetail`.
    pub missing: Vec<MissingAttribute>,
    /// Other elements in `StatusDetail`, each as XML that declares its own namespaces.
    pub detail: Vec<String>,
}

impl Status {
    /// The status `ok`, without message or detail.
    pub fn ok() -> Self {
        Self {
            code: StatusCode::Ok,
            minor_codes: Vec::new(),
            message: None,
            missing: Vec::new(),
            detail: Vec::new(),
        }
    }

    /// A code and a message.
    pub fn new(code: StatusCode, message: impl Into<String>) -> Self {
        Self {
            code,
            minor_codes: Vec::new(),
            message: Some(message.into()),
            missing: Vec::new(),
            detail: Vec::new(),
        }
    }
}

/// `MissingAttributeDetail` (§5.58): an attribute that would have been needed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MissingAttribute {
    /// The attribute that is missing.
    pub designator: Designator,
    /// `AttributeValue`: values that would suffice, if the PDP names any.
    pub values: Vec<Value>,
}

impl MissingAttribute {
    /// A missing attribute without values that would suffice.
    pub fn new(designator: Designator) -> Self {
        Self {
            designator,
            values: Vec::new(),
        }
    }
}

/// `Obligation` (§5.34): an action that the caller must carry out with the decision (§7.2).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Obligation {
    /// `ObligationId`.
    pub id: Arc<str>,
    /// `AttributeAssignment`.
    pub assignments: Vec<AttributeAssignment>,
}

impl Obligation {
    /// An obligation with its assignments.
    pub fn new(id: impl Into<Arc<str>>, assignments: Vec<AttributeAssignment>) -> Self {
        let id = id.into();
        Self { id, assignments }
    }

    /// The values that are assigned to an attribute, of any category and issuer, in their order.
    ///
    /// ```
    /// use vedtak::attribute::category;
    /// use vedtak::response::{AttributeAssignment, Obligation};
    /// let whom = AttributeAssignment::new("mail-to", "kari@example.com");
    /// let obligation = Obligation::new("tell", vec![whom]);
    /// assert_eq!(obligation.values("mail-to").next().and_then(|to| to.as_str()), Some("kari@example.com"));
    /// ```
    pub fn values<'o>(&'o self, id: &'o str) -> impl Iterator<Item = &'o Value> {
        let own = self.assignments.iter().filter(move |own| &*own.id == id);
        own.map(|own| &own.value)
    }
}

/// `Advice` (§5.35): a notice that the caller may ignore.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Advice {
    /// `AdviceId`.
    pub id: Arc<str>,
    /// `AttributeAssignment`.
    pub assignments: Vec<AttributeAssignment>,
}

impl Advice {
    /// Advice with its assignments.
    pub fn new(id: impl Into<Arc<str>>, assignments: Vec<AttributeAssignment>) -> Self {
        let id = id.into();
        Self { id, assignments }
    }
}

/// `AttributeAssignment` (§5.36): a named value of an [`Obligation`] or [`Advice`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AttributeAssignment {
    /// `AttributeId`.
    pub id: Arc<str>,
    /// `Category`.
    pub category: Option<Arc<str>>,
    /// `Issuer`.
    pub issuer: Option<Arc<str>>,
    /// The value.
    pub value: Value,
}

impl AttributeAssignment {
    /// An assignment without a category and an issuer.
    pub fn new(id: impl Into<Arc<str>>, value: impl Into<Value>) -> Self {
        Self {
            id: id.into(),
            category: None,
            issuer: None,
            value: value.into(),
        }
    }
}

/// `PolicyIdReference` or `PolicySetIdReference` in a `PolicyIdentifierList` (§5.49).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(rename_all = "PascalCase", deny_unknown_fields)
)]
#[non_exhaustive]
pub struct PolicyIdentifier {
    /// Whether it names a policy set.
    #[cfg_attr(feature = "serde", serde(default))]
    pub is_set: bool,
    /// The id.
    pub id: Arc<str>,
    /// The version.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub version: Option<Arc<str>>,
}

impl PolicyIdentifier {
    /// A policy, without a version.
    pub fn policy(id: impl Into<Arc<str>>) -> Self {
        Self {
            is_set: false,
            id: id.into(),
            version: None,
        }
    }

    /// A policy set, without a version.
    pub fn policy_set(id: impl Into<Arc<str>>) -> Self {
        Self {
            is_set: true,
            ..Self::policy(id)
        }
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, result) in self.results.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            result.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for ResponseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.decision)?;
        if let Some(status) = &self.status
            && status.code != StatusCode::Ok
        {
            write!(f, " ({})", last_part(status.code.uri()))?;
            if let Some(message) = &status.message {
                write!(f, "\n  because: {}", Visible(message))?;
            }
            for missing in &status.missing {
                let Designator { id, category, .. } = &missing.designator;
                write!(f, "\n  missing: {} of {}", Visible(id), Visible(category))?;
            }
        }
        let obligations = self
            .obligations
            .iter()
            .map(|o| ("obligation", &o.id, &o.assignments));
        let advice = self
            .advice
            .iter()
            .map(|a| ("advice", &a.id, &a.assignments));
        for (kind, id, assignments) in obligations.chain(advice) {
            write!(f, "\n  {kind}: {}", Visible(id))?;
            for assignment in assignments {
                let value = assignment.value.lexical();
                write!(f, "\n    {} = {}", Visible(&assignment.id), Visible(&value))?;
                if let Some(category) = &assignment.category {
                    write!(f, " ({})", Visible(category))?;
                }
            }
        }
        let status = self.status.as_ref().and_then(|s| s.message.as_deref());
        for trouble in &self.troubles {
            let line = trouble.to_string();
            // The status message was printed above.
            if Some(&*line) != status {
                write!(f, "\n  trouble: {line}")?;
            }
        }
        for policy in &self.policies {
            let kind = if policy.is_set {
                "policy set"
            } else {
                "policy"
            };
            write!(f, "\n  {kind}: {}", Visible(&policy.id))?;
            if let Some(version) = &policy.version {
                write!(f, " version {}", Visible(version))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_forges_a_line() {
        let mut result = ResponseResult::new(Decision::Deny);
        let message = "down\nPermit\n  obligation: none\u{1b}[2K";
        result.status = Some(Status::new(StatusCode::ProcessingError, message));
        result.obligations.push(Obligation {
            id: "log\nPermit".into(),
            assignments: vec![AttributeAssignment {
                id: "a\r\n".into(),
                category: None,
                issuer: None,
                value: "kari\nPermit".into(),
            }],
        });
        result.policies.push(PolicyIdentifier {
            id: "p\nPermit".into(),
            version: Some("1\nPermit".into()),
            is_set: false,
        });
        let text = result.to_string();
        assert_eq!(text.lines().count(), 5, "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(text.lines().all(|line| !line.starts_with("Permit")));
    }
}
