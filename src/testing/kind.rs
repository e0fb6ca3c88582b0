//! Test files of other kinds than policies and requests: what a host gives to read and decide them.

use super::files::NamedFile;
use crate::analysis::cover::Cover;
use crate::attribute::Designator;
use crate::error::{Error, cut};
use crate::request::Request;
use crate::response::ResponseResult;
use crate::value::{DateTime, Value};

/// A kind of test file whose cases something else decides than the policies alone, such as a decision
/// point with facts of its own.
///
/// The file has the member that [`member`](Self::member) names, and all else that a test file has:
/// policies, shared facts, cases, tables.
///
/// ```
/// use vedtak::attribute::{category, id};
/// use vedtak::testing::{Decided, Decider, Kind, KindFiles};
/// use vedtak::response::ResponseResult;
/// use vedtak::value::DateTime;
/// use vedtak::{Decision, Error, Request};
///
/// /// Files with `members`: a file with a line for each, who may do anything.
/// struct Members;
///
/// impl Kind for Members {
///     fn member(&self) -> &'static str {
///         "members"
///     }
///     fn open(&self, files: KindFiles) -> Result<Box<dyn Decider>, Error> {
///         Ok(Box::new(Club(String::from_utf8_lossy(&files.facts.bytes).into_owned())))
///     }
/// }
///
/// struct Club(String);
///
/// impl Decider for Club {
///     fn decide(&self, request: &Request, _: DateTime) -> Decided {
///         let mut names = request.values(category::ACCESS_SUBJECT, id::SUBJECT_ID);
///         let is_member = names.any(|name| self.0.lines().any(|member| member == name.lexical()));
///         let decision = if is_member { Decision::Permit } else { Decision::Deny };
///         Decided::new(ResponseResult::new(decision))
///     }
/// }
///
/// let runner = vedtak::testing::Runner::new().kind(Members);
/// # let _ = runner;
/// ```
pub trait Kind: Send + Sync {
    /// The member that makes a test file one of this kind. It names a file with facts.
    fn member(&self) -> &'static str;

    /// Further members of the file, each a text.
    fn settings(&self) -> &'static [&'static str] {
        &[]
    }

    /// Words for all that a case may expect beyond a decision: each a part of a text in [`Decided::told`].
    fn expectations(&self) -> &'static [&'static str] {
        &[]
    }

    /// The attributes that cases may name by the ends of their identifiers, and their data types. Beside
    /// these, any whole identifier is one.
    fn attributes(&self) -> Vec<Designator> {
        Vec::new()
    }

    /// Members of a case, and of shared facts, whose texts stand for attributes, such as the name of a
    /// person: [`Decider::attributes_of`] knows which.
    fn words(&self) -> &'static [&'static str] {
        &[]
    }

    /// The cover of policies by no case, for those of a [host](super::Runner::policies) that no test file reads.
    /// None if nothing is counted.
    ///
    /// # Errors
    ///
    /// All problems of the policies.
    fn cover(&self, policies: &[NamedFile]) -> Result<Option<Cover>, Error> {
        let _ = policies;
        Ok(None)
    }

    /// Makes what decides the cases of a file.
    ///
    /// # Errors
    ///
    /// Problems of the facts, the policies or the settings, which the report shows.
    fn open(&self, files: KindFiles) -> Result<Box<dyn Decider>, Error>;
}

/// The parts of a test file that a [`Kind`] reads itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct KindFiles {
    /// The file that the kind's member names.
    pub facts: NamedFile,
    /// The policies.
    pub policies: Vec<NamedFile>,
    /// The settings that the test file has.
    pub settings: Vec<(&'static str, String)>,
}

/// The decision point of a test file of a [`Kind`].
pub trait Decider: Send + Sync {
    /// Decides the request of a case as of an instant.
    fn decide(&self, request: &Request, at: DateTime) -> Decided;

    /// The cover of no cases: all parts of the policies. None if nothing is counted.
    fn cover(&self) -> Option<Cover> {
        None
    }

    /// The cover of the request of a case alone.
    fn cover_of(&self, request: &Request, at: DateTime) -> Option<Cover> {
        let _ = (request, at);
        None
    }

    /// The attributes for which a text stands, under one of the [words](Kind::words) of the kind.
    ///
    /// # Errors
    ///
    /// A sentence without its full stop: there is nothing of that name.
    fn attributes_of(&self, word: &str, text: &str) -> Result<Vec<(Designator, Value)>, String> {
        let (word, text) = (cut(word), cut(text));
        Err(format!("`{word}` does not know `{text}`"))
    }
}

/// A decision, and what there is to say of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Decided {
    /// The result.
    pub result: ResponseResult,
    /// The rules behind it: the id of each and that of its policy.
    pub rules: Vec<(String, String)>,
    /// For each of the kind's expectations, the text of which a case expects a part.
    pub told: Vec<(&'static str, String)>,
    /// The explanation, for the report of a case that fails.
    pub explanation: String,
}

impl Decided {
    /// A decision of which nothing is said.
    pub fn new(result: ResponseResult) -> Self {
        Self {
            result,
            rules: Vec::new(),
            told: Vec::new(),
            explanation: String::new(),
        }
    }
}
