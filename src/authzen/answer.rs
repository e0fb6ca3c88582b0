//! Responses → answers: true for Permit and false for everything else.

use super::{Mapping, Obligations};
use crate::decision::Decision;
use crate::error::Error;
use crate::json::{JsonDialect, Writer};
use crate::request::json::value;
use crate::response::{Obligation, Response, StatusDisclosure};

/// The answer to an evaluation: true or false, with the reason for the host's log.
///
/// A host that decides in its own way makes answers itself:
///
/// ```
/// use vedtak::authzen::{Answer, AnswerError, Evaluation};
/// let mut closed = Answer::of(false);
/// closed.reason = Some("the archive is closed at night".to_owned());
/// assert_eq!(closed.to_json(), r#"{"decision":false}"#);
/// closed.tells_reason = true;
/// assert_eq!(
///     closed.to_json(),
///     r#"{"decision":false,"context":{"reason":"the archive is closed at night"}}"#
/// );
/// let error = Evaluation::from_json("{}").unwrap_err();
/// assert_eq!(Answer::bad_request(&error).error.map(|error| error.status), Some(400));
/// let gone = AnswerError { status: 404, message: "there is no such record".to_owned() };
/// assert_eq!(
///     Answer::failed(gone).to_json(),
///     r#"{"decision":false,"context":{"error":{"status":404,"message":"there is no such record"}}}"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// Whether access is granted.
    pub decision: bool,
    /// The reason of a `false`, and the failures that the decision met: for the host's log. A
    /// `true` has a reason only if something failed: under permit-unless-deny an outage may have
    /// caused the Permit. A PDP that is built with
    /// [`indeterminate_on_trouble`](crate::PdpBuilder::indeterminate_on_trouble) permits nothing
    /// then.
    pub reason: Option<String>,
    /// Whether the JSON of the answer contains the reason, as `context.reason`.
    pub tells_reason: bool,
    /// `context.error`: the error of an evaluation in a batch that has no decision.
    pub error: Option<AnswerError>,
    /// `context.obligations`: the PEP must fulfil them for the decision to hold. Empty except with
    /// [`Obligations::InContext`].
    pub obligations: Vec<Obligation>,
}

/// The error of an evaluation in a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerError {
    /// The status that it would have been answered with alone.
    pub status: u16,
    /// The problems of the evaluation.
    pub message: String,
}

impl Answer {
    /// A decision, without reason or obligations.
    pub fn of(decision: bool) -> Self {
        Self {
            decision,
            reason: None,
            tells_reason: false,
            error: None,
            obligations: Vec::new(),
        }
    }

    /// The answer, in a batch, to an evaluation that there is no decision about: `false`, and why.
    pub fn failed(error: AnswerError) -> Self {
        Self {
            error: Some(error),
            ..Self::of(false)
        }
    }

    /// The answer, in a batch, to an evaluation that cannot be read or mapped: `false`, status 400
    /// and its problems. Alone, such an evaluation is answered with status 400 and the problems as
    /// text.
    pub fn bad_request(error: &Error) -> Self {
        Self::failed(AnswerError {
            status: 400,
            message: error.to_string(),
        })
    }

    /// The answer for a response: true if it is one Permit, and false if it is anything else.
    ///
    /// ```
    /// use vedtak::{Decision, Response, response::ResponseResult};
    /// use vedtak::authzen::{Answer, Mapping};
    /// let response = Response::new(vec![ResponseResult::new(Decision::NotApplicable)]);
    /// let answer = Answer::new(&response, &Mapping::default());
    /// assert_eq!(answer.to_json(), r#"{"decision":false}"#);
    /// assert_eq!(answer.reason.as_deref(), Some("no policy applies"));
    /// ```
    pub fn new(response: &Response, mapping: &Mapping) -> Self {
        let mut answer = Self::of(false);
        answer.tells_reason = mapping.disclosure != StatusDisclosure::CodeOnly;
        let obligations = response.obligations();
        match response.decision() {
            Decision::Permit => match mapping.obligations {
                Obligations::Refused if !obligations.is_empty() => {
                    answer.reason = Some(
                        "access is granted under obligations, which this answer cannot carry"
                            .to_owned(),
                    );
                }
                _ => answer.decision = true,
            },
            Decision::Deny => {}
            Decision::NotApplicable => answer.reason = Some("no policy applies".to_owned()),
            Decision::Indeterminate => answer.reason = Some(why(response)),
        }
        answer.reason = with_troubles(answer.reason.take(), response);
        if mapping.obligations == Obligations::InContext {
            answer.obligations = obligations.to_vec();
        }
        answer
    }

    /// Prints the body of the answer.
    pub fn to_json(&self) -> String {
        let mut writer = Writer::new(&JsonDialect::PROFILE);
        self.write(&mut writer);
        writer.finish()
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        writer.object(|writer| {
            writer.name("decision");
            writer.literal(if self.decision { "true" } else { "false" });
            let reason = self.told_reason();
            if reason.is_some() || self.error.is_some() || !self.obligations.is_empty() {
                writer.object_member("context", |writer| self.write_context(writer));
            }
        });
    }

    fn told_reason(&self) -> Option<&str> {
        self.reason.as_deref().filter(|_| self.tells_reason)
    }

    fn write_context(&self, writer: &mut Writer<'_>) {
        writer.optional("reason", self.told_reason());
        if let Some(error) = &self.error {
            writer.object_member("error", |writer| {
                writer.name("status");
                writer.literal(&error.status.to_string());
                writer.string_member("message", &error.message);
            });
        }
        let all = self.obligations.iter().enumerate();
        writer.array_member("obligations", all, |writer, (place, obligation)| {
            writer.object(|writer| {
                // An obligation of XACML has no name of its own: its place tells it from others.
                writer.string_member("id", &(place + 1).to_string());
                writer.string_member("type", &obligation.id);
                write_properties(writer, obligation);
            });
        });
    }
}

/// Writes the assignments as properties: several values of one name, for whichever category and
/// issuer, as an array.
fn write_properties(writer: &mut Writer<'_>, obligation: &Obligation) {
    let mut properties = indexmap::IndexMap::<&str, Vec<_>>::new();
    for assignment in &obligation.assignments {
        let values = properties.entry(&*assignment.id).or_default();
        values.push(&assignment.value);
    }
    if properties.is_empty() {
        return;
    }
    writer.object_member("properties", |writer| {
        for (name, values) in properties {
            writer.key(name);
            match values.as_slice() {
                [only] => value::write_one(writer, only),
                values => writer.array(|writer| {
                    for value in values {
                        value::write_one(writer, value);
                    }
                }),
            }
        }
    });
}

/// The reason, and the failures that the decision met where they are not the reason: a Deny or a
/// Permit that an outage made looks like any other.
fn with_troubles(reason: Option<String>, response: &Response) -> Option<String> {
    let decision = response.decision();
    let mut troubles = response.troubles().map(ToString::to_string).peekable();
    if decision == Decision::Indeterminate || troubles.peek().is_none() {
        return reason;
    }
    let told: Vec<String> = reason.into_iter().chain(troubles.take(MOST_TOLD)).collect();
    Some(told.join("; "))
}

/// The most failures that a reason names; the response has all of them.
const MOST_TOLD: usize = 10;

fn why(response: &Response) -> String {
    if response.results.len() > 1 {
        return "the request has several decisions, and this answer is one".to_owned();
    }
    let status = response.status();
    match status.and_then(|status| status.message.as_deref()) {
        Some(message) => message.to_owned(),
        None => "the decision cannot be made".to_owned(),
    }
}
