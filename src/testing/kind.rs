//! Test files of other kinds than policies and requests: what a host gives to read and decide them.

use super::files::NamedFile;
use crate::attribute::Designator;
use crate::error::Error;
use crate::request::Request;
use crate::response::ResponseResult;
use crate::value::DateTime;

/// A kind of test file whose cases something else decides than the policies alone, such as a decision
/// point with facts of its own.
///
/// The file has the member that [`member`](Self::member) names, and all else that a test file has:
/// policies, shared facts, cases, tables.
pub trait Kind: Send + Sync {
    /// The member that makes a test file one of this kind. It names a file with facts.
    fn member(&self) -> &'static str;

    /// Further members of the file, each a text.
    fn settings(&self) -> &'static [&'static str] {
        &[]
    }

    /// What a case may expect beyond a decision, each a part of a text that [`Decided::told`] has.
    fn expectations(&self) -> &'static [&'static str] {
        &[]
    }

    /// The attributes that cases may name by the ends of their identifiers, and their data types. Beside
    /// these, any whole identifier is one.
    fn attributes(&self) -> Vec<Designator> {
        Vec::new()
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
