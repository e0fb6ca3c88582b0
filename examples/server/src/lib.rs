//! A policy decision point behind HTTP. Each module has one subject; [`routes`] is where they meet.

pub mod access;
pub mod altinn;
mod cut;
pub mod decision_log;
pub mod engine;
pub mod evaluation;
pub mod explain;
pub mod folder;
pub mod gate;
pub mod hidden;
pub mod listen;
pub mod options;
pub mod pages;
pub mod policies;
pub mod problem;
pub mod replay;
pub mod resources;
pub mod routes;
pub mod service;
mod strict;
pub mod telemetry;
pub mod trial;
pub mod xacml;

use serde_json::value::RawValue;

/// Why a server does not start, or cannot go on.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// JSON that the library has written, to be put into other JSON as it is.
fn raw(json: String) -> Box<RawValue> {
    // The library writes JSON; if it did not, a reader finds `null`, and no broken line.
    RawValue::from_string(json).unwrap_or_else(|_| RawValue::NULL.to_owned())
}
