//! AuthZEN Authorization API 1.0: everything of a server except its HTTP. [`Evaluation`] and
//! [`Evaluations`] are what clients send, and [`Mapping`] the attributes that they become.
//!
//! An evaluation asks whether a subject may do an action with a resource, in a context. Its members
//! become attributes by a [`Mapping`] that the host chooses; the policies' decision becomes a
//! `decision`, true or false. **Only Permit is true.**
//!
//! ```
//! use vedtak::authzen::{Evaluation, Evaluations, Mapping, path};
//! use vedtak::{Error, Pdp};
//!
//! /// What a server calls for the body of a POST: the status and the body of the answer.
//! fn handle(pdp: &Pdp, mapping: &Mapping, path: &str, body: &[u8]) -> (u16, String) {
//!     let options = pdp.read_options();
//!     let answer = || -> Result<String, Error> {
//!         if path == path::EVALUATION {
//!             let evaluation = Evaluation::read_json(body, options)?;
//!             let answer = pdp.call().decide_evaluation(&evaluation, mapping)?;
//!             // The host's log; whoever asks is not told, unless `mapping.disclosure` says so.
//!             if let Some(reason) = &answer.reason {
//!                 eprintln!("{reason}");
//!             }
//!             return Ok(answer.to_json());
//!         }
//!         let evaluations = Evaluations::read_json(body, options)?;
//!         let answers = pdp.call().decide_evaluations(&evaluations, mapping)?;
//!         for reason in answers.answers.iter().filter_map(|answer| answer.reason.as_ref()) {
//!             eprintln!("{reason}");
//!         }
//!         Ok(answers.to_json())
//!     };
//!     match answer() {
//!         Ok(answer) => (200, answer),
//!         Err(error) => (400, error.to_string()),
//!     }
//! }
//!
//! let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/authzen/records.xml")?)?;
//! let mapping = Mapping::default();
//! let body = r#"{"subject":  {"type": "user", "id": "alice"},
//!                "action":   {"name": "read"},
//!                "resource": {"type": "record", "id": "record-1"}}"#;
//! let answer = handle(&pdp, &mapping, path::EVALUATION, body.as_bytes());
//! assert_eq!(answer, (200, r#"{"decision":true}"#.to_owned()));
//!
//! let body = r#"{"subject": {"type": "user", "id": "bob"}, "resource": {"type": "record", "id": "r"},
//!                "evaluations": [{"action": {"name": "read"}}, {"action": {"name": "write"}}]}"#;
//! let (status, answer) = handle(&pdp, &mapping, path::EVALUATIONS, body.as_bytes());
//! assert_eq!((status, &*answer), (200, r#"{"evaluations":[{"decision":true},{"decision":false}]}"#));
//!
//! let (status, text) = handle(&pdp, &mapping, path::EVALUATION, b"{\"subject\": {}}");
//! assert_eq!(status, 400);
//! assert!(text.contains("`subject` must have the member `type`"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! An [`Error`] is answered with status 400 and its text: the evaluation cannot be read, or has no
//! place in the mapping. Everything else is status 200. In a batch of [`Evaluations`], a bad one
//! alone is answered `false`, with its problems. A [`Search`] is answered for
//! [`Candidate`]s of the host by [`Call::search`](crate::Call::search), or with what the policies
//! name.
//!
//! Members that the API does not know are ignored, as it demands, and optional ones that are `null`
//! are not there; names given twice are refused.

mod answer;
mod attributes;
mod batch;
mod mapping;
mod paging;
mod read;
mod search;

use std::borrow::Cow;
use std::sync::Arc;

pub use answer::{Answer, AnswerError};
pub use batch::{Answers, Evaluations, EvaluationsSemantic};
pub use mapping::{MappedAttribute, Mapping, MemberMapping, Obligations, UnmappedProperties};
pub use paging::Candidate;
pub use search::{NextPage, Page, Search, SearchAnswer, SearchKind, SearchQuestion, SearchResult};

use attributes::Mapper;

use crate::error::Error;
use crate::json::{JsonDialect, Writer};
use crate::request::Request;
use crate::response::Response;
use crate::value::Value;

/// The media type of requests and answers.
pub const MEDIA_TYPE: &str = "application/json";

/// The header that names a request, and that its answer repeats.
pub const REQUEST_ID_HEADER: &str = "X-Request-ID";

/// The paths that a server listens on, unless its metadata names others.
pub mod path {
    /// The call with one [`Evaluation`](super::Evaluation).
    pub const EVALUATION: &str = "/access/v1/evaluation";
    /// The call with several [`Evaluations`](super::Evaluations).
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

/// The metadata of a server (§9), as JSON: where it is, and the addresses of the calls it answers,
/// those of [`path`] below its own.
///
/// ```
/// use vedtak::authzen::{metadata, path};
/// let text = metadata("https://pdp.example.com", &[path::EVALUATION, path::EVALUATIONS]);
/// assert_eq!(
///     text,
///     r#"{"policy_decision_point":"https://pdp.example.com","#.to_owned()
///         + r#""access_evaluation_endpoint":"https://pdp.example.com/access/v1/evaluation","#
///         + r#""access_evaluations_endpoint":"https://pdp.example.com/access/v1/evaluations"}"#
/// );
/// ```
pub fn metadata(server: &str, answered: &[&str]) -> String {
    let server = server.trim_end_matches('/');
    let mut writer = Writer::new(&JsonDialect::PROFILE);
    writer.object(|json| {
        json.name("policy_decision_point");
        json.string(server);
        for (member, path) in [
            ("access_evaluation_endpoint", path::EVALUATION),
            ("access_evaluations_endpoint", path::EVALUATIONS),
            ("search_subject_endpoint", path::SEARCH_SUBJECT),
            ("search_resource_endpoint", path::SEARCH_RESOURCE),
            ("search_action_endpoint", path::SEARCH_ACTION),
        ] {
            if answered.contains(&path) {
                json.name(member);
                json.string(&format!("{server}{path}"));
            }
        }
    });
    writer.finish()
}

/// A subject or a resource of an [`Evaluation`]: its type, id and properties.
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
    /// Makes an entity without properties.
    pub fn new(kind: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
            properties: Vec::new(),
        }
    }

    /// Adds a property.
    pub fn with(mut self, property: Property) -> Self {
        self.properties.push(property);
        self
    }
}

/// The `action` of an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// `name`.
    pub name: Arc<str>,
    /// `properties`.
    pub properties: Vec<Property>,
}

impl Action {
    /// Makes an action without properties.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            properties: Vec::new(),
        }
    }

    /// Adds a property.
    pub fn with(mut self, property: Property) -> Self {
        self.properties.push(property);
        self
    }
}

/// A member of `properties` or of `context`.
///
/// The data type of its values follows from their text, as in the JSON Profile of XACML (1.1
/// §3.3.1): `5` is an integer, `5.0` and `5e0` are doubles, `"5"` is a string. An array is a bag,
/// `[]` an empty one. The members of an object inside are properties of their own, with their way
/// as their name: `{"device": {"os": "x"}}` is the property `device.os`.
///
/// JSON that is not a bag makes a property that cannot be used: `null`, values of several data
/// types, objects or arrays in arrays, an object under its own name. Policies that do not ask for
/// the property are not affected. Where one does, the attribute is Indeterminate, and the status
/// says why.
///
/// ```
/// use vedtak::authzen::Evaluation;
/// let evaluation = Evaluation::from_json(
///     r#"{"subject":  {"type": "user", "id": "alice", "properties": {"manager": null, "level": 3}},
///         "action":   {"name": "read"},
///         "resource": {"type": "record", "id": "record-1"}}"#,
/// )?;
/// let [manager, level] = &evaluation.subject.properties[..] else { panic!() };
/// assert_eq!(manager.unusable.as_deref(), Some("is null"));
/// assert_eq!(level.values, [3.into()]);
/// # Ok::<(), vedtak::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Property {
    /// Its name.
    pub name: Arc<str>,
    /// Its values, of one data type.
    pub values: Vec<Value>,
    /// The reason if it cannot be used: the words that follow "it", such as `is null`.
    pub unusable: Option<Cow<'static, str>>,
}

impl Property {
    /// The reason why an object cannot be used.
    const OBJECT: &'static str = "is an object, whose members are attributes of their own";

    /// A property with values of one data type.
    pub fn new(name: impl Into<Arc<str>>, values: impl Into<Vec<Value>>) -> Self {
        Self {
            name: name.into(),
            values: values.into(),
            unusable: None,
        }
    }

    /// A property that cannot be used; `reason` is the words that follow "it", such as `is null`.
    pub fn unusable(name: impl Into<Arc<str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            values: Vec::new(),
            unusable: Some(reason.into()),
        }
    }

    /// Whether this is the object around other properties.
    fn is_object(&self) -> bool {
        self.unusable.as_deref() == Some(Self::OBJECT)
    }
}

/// An evaluation request: may this subject do this action with this resource?
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
    /// Makes an evaluation without a context.
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
        Mapper::new(mapping).request(self).cloned()
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
