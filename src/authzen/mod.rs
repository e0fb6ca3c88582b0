//! AuthZEN Authorization API 1.0 ↔ requests and answers, as data: what a server needs but the
//! server.
//!
//! An evaluation asks whether a subject may do an action with a resource, in a context. Its members
//! become attributes by a [`Mapping`] that the host chooses; what a policy says to them is a
//! `decision`, true or false. **Only Permit is true.**
//!
//! ```
//! use vedtak::Pdp;
//! use vedtak::authzen::{Evaluation, Mapping};
//!
//! let pdp = Pdp::from_xml(include_str!("../../fixtures/authzen/records.xml"))?;
//! let evaluation = Evaluation::from_json(
//!     r#"{"subject":  {"type": "user", "id": "alice"},
//!         "action":   {"name": "read"},
//!         "resource": {"type": "record", "id": "record-1"}}"#,
//! )?;
//! let answer = evaluation.decide(&Mapping::default(), |request| pdp.decide(request))?;
//! assert_eq!(answer.to_json(), r#"{"decision":true}"#);
//! # Ok::<(), vedtak::Error>(())
//! ```
//!
//! An [`Error`] is what the API answers with status 400 and a text: what was asked cannot be read,
//! or has no place in the mapping. Everything else is status 200. Of the [`Evaluations`] of a
//! batch, a bad one is answered `false` alone. A [`Search`] is read and checked; who answers it is
//! up to the host.
//!
//! Members that the API does not know are ignored, as it demands; names given twice are refused.

mod answer;
mod batch;
mod mapping;
mod read;
mod search;

use std::sync::Arc;

pub use answer::{Answer, AnswerError};
pub use batch::{Answers, Evaluations, Semantic};
pub use mapping::{MappedAttribute, Mapping, MemberMapping, Obligations, Others};
pub use search::{Found, NextPage, Page, Question, Search, SearchAnswer, Sought};

use crate::error::Error;
use crate::request::Request;
use crate::response::Response;
use crate::value::Value;

/// The media type of requests and answers.
pub const MEDIA_TYPE: &str = "application/json";

/// The header that names a request, and that its answer repeats.
pub const REQUEST_ID_HEADER: &str = "X-Request-ID";

/// The paths of the calls, where a server's metadata names no others.
pub mod path {
    /// One [`Evaluation`](super::Evaluation).
    pub const EVALUATION: &str = "/access/v1/evaluation";
    /// Several [`Evaluations`](super::Evaluations).
    pub const EVALUATIONS: &str = "/access/v1/evaluations";
    /// A [`Search`](super::Search) for subjects.
    pub const SEARCH_SUBJECT: &str = "/access/v1/search/subject";
    /// A [`Search`](super::Search) for resources.
    pub const SEARCH_RESOURCE: &str = "/access/v1/search/resource";
    /// A [`Search`](super::Search) for actions.
    pub const SEARCH_ACTION: &str = "/access/v1/search/action";
    /// The metadata of a server.
    pub const CONFIGURATION: &str = "/.well-known/authzen-configuration";
}

/// A subject or a resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// `type`.
    pub kind: Arc<str>,
    /// `id`: its name among those of its type.
    pub id: Arc<str>,
    /// `properties`.
    pub properties: Vec<Property>,
}

impl Entity {
    /// One without properties.
    pub fn new(kind: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
            properties: Vec::new(),
        }
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// `name`.
    pub name: Arc<str>,
    /// `properties`.
    pub properties: Vec<Property>,
}

impl Action {
    /// One without properties.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            properties: Vec::new(),
        }
    }
}

/// A member of `properties` or of `context`.
///
/// The data type of its values follows from their text, as in the JSON Profile of XACML (1.1
/// §3.3.1): `5` is an integer, `5.0` and `5e0` are doubles, `"5"` is a string. An array is a bag.
/// The members of an object inside are properties of their own, with their way as their name:
/// `{"device": {"os": "x"}}` is the property `device.os`. What no bag can hold is refused: `null`,
/// values of several data types, objects or arrays in arrays.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its name.
    pub name: Arc<str>,
    /// Its values, of one data type.
    pub values: Vec<Value>,
}

/// Whether a subject may do an action with a resource.
///
/// Members are shared: those of a batch may be the same for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// `subject`.
    pub subject: Arc<Entity>,
    /// `action`.
    pub action: Arc<Action>,
    /// `resource`.
    pub resource: Arc<Entity>,
    /// `context`.
    pub context: Arc<[Property]>,
}

impl Evaluation {
    /// One without a context.
    pub fn new(
        subject: impl Into<Arc<Entity>>,
        action: impl Into<Arc<Action>>,
        resource: impl Into<Arc<Entity>>,
    ) -> Self {
        Self {
            subject: subject.into(),
            action: action.into(),
            resource: resource.into(),
            context: Arc::default(),
        }
    }

    /// The request that asks the same in XACML.
    ///
    /// # Errors
    ///
    /// The mapping has no place for a member, has one place for two of them, or has it for values
    /// of another data type.
    pub fn to_request(&self, mapping: &Mapping) -> Result<Request, Error> {
        mapping.request(self)
    }

    /// Asks `decide`, and answers as it does.
    ///
    /// # Errors
    ///
    /// As [`to_request`](Self::to_request): the answer owed is status 400.
    pub fn decide(
        &self,
        mapping: &Mapping,
        decide: impl FnOnce(&Request) -> Response,
    ) -> Result<Answer, Error> {
        let request = self.to_request(mapping)?;
        Ok(Answer::new(&decide(&request), mapping))
    }
}
