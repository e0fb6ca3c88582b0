//! Several queries that are taken to a provider in one call.

use super::{Fetched, ProviderError};
use crate::attribute::Designator;
use crate::request::Request;

/// A query among several in one call of a provider: an attribute, and the parts that the provider
/// sees of the request that lacks it.
///
/// A query is answered by [`Fetched`], as a call of `fetch` is:
///
/// ```
/// use vedtak::attribute::{Designator, category};
/// use vedtak::provider::{
///     Answers, AttributeProvider, Fetched, Inputs, ProviderError, Query, single_answer,
/// };
/// use vedtak::Request;
///
/// struct Roles;
///
/// impl Roles {
///     /// The roles of some users, from one look at a table.
///     fn of_users(&self, users: &[String]) -> Result<Vec<Fetched>, ProviderError> {
///         Ok(users.iter().map(|_| vec!["dagl".into()].into()).collect())
///     }
/// }
///
/// impl AttributeProvider for Roles {
///     fn name(&self) -> &str {
///         "roles"
///     }
///     fn supplies(&self, wanted: &Designator) -> bool {
///         &*wanted.id == "urn:altinn:rolecode"
///     }
///     fn inputs(&self, _: &Designator) -> Inputs {
///         Inputs::nothing().attribute(category::ACCESS_SUBJECT, "urn:altinn:userid")
///     }
///     fn fetch(&self, wanted: &Designator, request: &Request) -> Result<Fetched, ProviderError> {
///         single_answer(self.fetch_many(&[Query { wanted, request }]))
///     }
///     fn queries_at_once(&self) -> usize {
///         1_000
///     }
///     fn fetch_many(&self, queries: &[Query<'_>]) -> Answers {
///         let user = |query: &Query<'_>| {
///             let mut users = query.request.values(category::ACCESS_SUBJECT, "urn:altinn:userid");
///             users.next().map(|user| user.to_string()).unwrap_or_default()
///         };
///         let users: Vec<String> = queries.iter().map(user).collect();
///         Ok(self.of_users(&users)?.into_iter().map(Ok).collect())
///     }
/// }
/// # let wanted = Designator::new("urn:c", "urn:a", vedtak::value::DataType::String);
/// # assert_eq!(Roles.fetch(&wanted, &Request::default()).unwrap().values().len(), 1);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The attribute.
    pub wanted: &'a Designator,
    /// The parts of the request that the answer may depend on
    /// ([`inputs`](super::AttributeProvider::inputs)).
    pub request: &'a Request,
}

/// The answers to several queries, in the order of the queries; or why none was answered.
pub type Answers = Result<Vec<Result<Fetched, ProviderError>>, ProviderError>;

/// The answer to each of `count` queries. With a list of another length all of them fail, for it is
/// not known which answer belongs to which query.
///
/// ```
/// use vedtak::provider::each_answer;
/// let answers = each_answer(Ok(vec![Ok("one")]), 2);
/// assert_eq!(answers.len(), 2);
/// assert_eq!(answers[0].as_ref().unwrap_err().to_string(), "it gave 1 answer to 2 queries");
/// ```
pub fn each_answer<T>(
    answers: Result<Vec<Result<T, ProviderError>>, ProviderError>,
    count: usize,
) -> Vec<Result<T, ProviderError>> {
    let why = match answers {
        Ok(answers) if answers.len() == count => return answers,
        Ok(answers) => {
            let found = answers.len();
            let answers = if found == 1 { "answer" } else { "answers" };
            let queries = if count == 1 { "query" } else { "queries" };
            ProviderError::new(format!("it gave {found} {answers} to {count} {queries}"))
        }
        Err(error) => error,
    };
    (0..count).map(|_| Err(why.clone())).collect()
}

/// The answer where there was only one query: for a `fetch` that is a `fetch_many` of one.
///
/// # Errors
///
/// The error of the call or of the answer, or that the number of answers is not one.
pub fn single_answer(answers: Answers) -> Result<Fetched, ProviderError> {
    let unanswered = || Err(ProviderError::new("it gave no answer"));
    each_answer(answers, 1).pop().unwrap_or_else(unanswered)
}
