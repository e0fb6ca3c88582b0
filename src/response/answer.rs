//! A request as text → the answer as text, with any way to decide between them.

use crate::error::Error;
#[cfg(feature = "json")]
use crate::json::JsonDialect;
use crate::limits::Limits;
use crate::request::Request;
use crate::response::Response;
use crate::value::DataTypes;

/// Answers a request in XML in the version of XACML that it is written in, as
/// [`Pdp::decide_xml`](crate::Pdp::decide_xml) does, but decided by the host.
///
/// `decide` is given the request, or the reason why it cannot be read. An answer longer than
/// [`Limits::response`] is replaced by one Indeterminate that says so.
///
/// ```
/// use vedtak::response::{ResponseResult, answer_xml};
/// use vedtak::value::DataTypes;
/// use vedtak::{Decision, Limits, Request, Response};
/// let text = Request::builder().action("read").build().to_xml();
/// let answer = answer_xml(&text, &Limits::default(), &DataTypes::STANDARD, |request| {
///     let decision = if request.is_ok() { Decision::Permit } else { Decision::Indeterminate };
///     Response::new(vec![ResponseResult::new(decision)])
/// });
/// assert_eq!(Response::from_xml(answer)?.decision(), Decision::Permit);
/// # Ok::<(), vedtak::Error>(())
/// ```
pub fn answer_xml(
    request: impl AsRef<[u8]>,
    limits: &Limits,
    data_types: &DataTypes,
    decide: impl FnOnce(Result<&Request, &Error>) -> Response,
) -> String {
    let bytes = request.as_ref();
    let read = Request::read_with("request", bytes, limits, data_types);
    let response = decide(read.as_ref());
    let xacml = match &read {
        Ok(request) => request.xacml(),
        Err(_) => Request::xacml_of(bytes, limits),
    };
    response.to_xml_within(xacml, read.as_ref().ok(), limits.response)
}

/// Answers a request in a dialect of the JSON Profile, as [`answer_xml`] does one in XML.
///
/// ```
/// use vedtak::json::JsonDialect;
/// use vedtak::response::{ResponseResult, answer_json};
/// use vedtak::value::DataTypes;
/// use vedtak::{Decision, Limits, Response};
/// let (limits, dialect, data_types) = (Limits::default(), JsonDialect::PROFILE, &DataTypes::STANDARD);
/// let answer = answer_json("{}", &limits, &dialect, data_types, |request| {
///     assert!(request.is_err());
///     Response::new(vec![ResponseResult::new(Decision::Indeterminate)])
/// });
/// assert_eq!(answer, r#"{"Response":[{"Decision":"Indeterminate"}]}"#);
/// ```
#[cfg(feature = "json")]
pub fn answer_json(
    request: impl AsRef<[u8]>,
    limits: &Limits,
    dialect: &JsonDialect,
    data_types: &DataTypes,
    decide: impl FnOnce(Result<&Request, &Error>) -> Response,
) -> String {
    let read = Request::read_json_with("request", request, limits, dialect, data_types);
    decide(read.as_ref()).to_json_within(dialect, limits.response)
}
