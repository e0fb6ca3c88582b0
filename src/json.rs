//! Settings of the JSON Profile: how strictly JSON is read, and how it is written ([`JsonDialect`]); and
//! JSON of a host's own documents ([`JsonTree`]).
//!
//! Requests and responses in JSON themselves are read and written by
//! [`Request::from_json`](crate::Request::from_json) and
//! [`Response::to_json`](crate::Response::to_json); [`Pdp::decide_json`](crate::Pdp::decide_json) is
//! the way from text to text.

// JSON text (RFC 8259) → values at their places; and values → text.
//
// The reader is our own, and one pass over the text. It keeps the place of every value, the text
// of every number (`5` and `5.0` are two data types, and integers have no largest), and members
// that are given twice. A reader that returns numbers and maps loses all three. Of XACML, only
// `dialect` knows.

mod dialect;
mod document;
mod scan;
#[cfg(feature = "serde")]
pub(crate) mod serialized;
mod tree;
mod writer;

pub use dialect::JsonDialect;
pub use tree::{JsonTree, JsonValue};
pub use writer::write_string;

#[cfg(feature = "testing")]
pub(crate) use document::Origin;
pub(crate) use document::{Document, Item};
pub(crate) use scan::Kind;
pub(crate) use writer::Writer;
