//! A request as text → the answer as text, with any way to decide between them.

use crate::error::Error;
use crate::read_options::ReadOptions;
use crate::request::Request;
use crate::response::Response;

/// Answers a request in XML in the version of XACML that it is written in, as
/// [`Pdp::decide_xml`](crate::Pdp::decide_xml) does, but decided by the host.
///
/// `decide` is given the request, or the reason why it cannot be read. An answer longer than
/// [`Limits::response`](crate::Limits::response) is replaced by one Indeterminate that says so.
///
/// ```
/// use vedtak::response::{ResponseResult, answer_xml};
/// use vedtak::{Decision, ReadOptions, Request, Response};
/// let text = Request::builder().action("read").build().to_xml();
/// let answer = answer_xml(&text, ReadOptions::new(), |request| {
///     let decision = if request.is_ok() { Decision::Permit } else { Decision::Indeterminate };
///     Response::new(vec![ResponseResult::new(decision)])
/// });
/// assert_eq!(Response::from_xml(answer)?.decision(), Decision::Permit);
/// # Ok::<(), vedtak::Error>(())
/// ```
pub fn answer_xml(
    request: impl AsRef<[u8]>,
    options: ReadOptions<'_>,
    decide: impl FnOnce(Result<&Request, &Error>) -> Response,
) -> String {
    let (bytes, limits) = (request.as_ref(), options.limits);
    let read = Request::read_xml(bytes, options);
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
/// use vedtak::response::{ResponseResult, answer_json};
/// use vedtak::{Decision, ReadOptions, Response};
/// let answer = answer_json("{}", ReadOptions::new(), |request| {
///     assert!(request.is_err());
///     Response::new(vec![ResponseResult::new(Decision::Indeterminate)])
/// });
/// assert_eq!(answer, r#"{"Response":[{"Decision":"Indeterminate"}]}"#);
/// ```
#[cfg(feature = "json")]
pub fn answer_json(
    request: impl AsRef<[u8]>,
    options: ReadOptions<'_>,
    decide: impl FnOnce(Result<&Request, &Error>) -> Response,
) -> String {
    let read = Request::read_json(request, options);
    decide(read.as_ref()).to_json_within(options.dialect, options.limits.response)
}
