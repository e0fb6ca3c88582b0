//! JSON text (RFC 8259) → values at their places; and values → text.
//!
//! The reader is our own, and one pass over the text: it must say where everything stands, what a
//! number looked like (`5` and `5.0` are two data types, and integers have no largest), and which
//! members stand twice. A reader that makes numbers and maps of them has forgotten all three.
//!
//! This room does not know XACML.

mod dialect;
mod document;
mod scan;
#[cfg(feature = "serde")]
pub(crate) mod serialized;
mod writer;

pub use dialect::JsonDialect;

pub(crate) use document::{Document, Item};
pub(crate) use scan::Kind;
pub(crate) use writer::Writer;
