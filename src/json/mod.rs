//! JSON text (RFC 8259) → values at their places; and values → text.
//!
//! The reader is our own, and one pass over the text. It keeps the place of every value, the text
//! of every number (`5` and `5.0` are two data types, and integers have no largest), and members
//! that are given twice. A reader that returns numbers and maps loses all three.
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
