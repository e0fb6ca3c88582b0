// The README's links lead to files, as a clone has them. Markdown uses the first of two definitions of
// one name, so those here, before it, lead to chapters and to the repository.
#![cfg_attr(feature = "altinn", doc = "[the chapter on altinn]: manual::altinn")]
#![cfg_attr(
    feature = "json",
    doc = "[the chapter on conformance]: manual::conformance"
)]
//! [`AsyncAttributeProvider`]: crate::AsyncAttributeProvider
//! [`AttributeProvider`]: crate::AttributeProvider
//! [`DecisionRecord`]: record::DecisionRecord
//! [`Observer`]: observer::Observer
//! [`Outcome`]: evaluate::Outcome
//! [`Pdp`]: crate::Pdp
//! [`Request`]: crate::Request
//! [`Response`]: crate::Response
//! [`Store`]: crate::Store
//! [The manual]: manual
//! [The policy]: https://github.com/vedtak/vedtak/blob/main/examples/letters.xml
//! [the chapter on altinn]: manual
//! [the chapter on architecture]: manual::architecture
//! [the chapter on asking]: manual::asking
//! [the chapter on attributes]: manual::attributes
//! [the chapter on conformance]: manual
//! [the chapter on the command]: manual::command
//! [the chapter on ALFA]: manual::alfa
//! [the chapter on testing]: manual::testing
//! [the chapter on errors]: manual::errors
//! [the chapter on explaining]: manual::explaining
//! [the chapter on extending]: manual::extending
//! [the chapter on linting]: manual::linting
//! [the chapter on observing]: manual::observing
//! [the chapter on stores]: manual::stores
//! [the README of the server]: https://github.com/vedtak/vedtak/blob/main/examples/server/README.md
//! [CHANGELOG.md]: https://github.com/vedtak/vedtak/blob/main/CHANGELOG.md
//! [CONTRIBUTING.md]: https://github.com/vedtak/vedtak/blob/main/CONTRIBUTING.md
//! [SECURITY.md]: https://github.com/vedtak/vedtak/blob/main/SECURITY.md
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
// Code that reads input must not panic; tests may.
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

#[cfg(feature = "altinn")]
pub mod altinn;
pub mod analysis;
pub mod attribute;
#[cfg(feature = "json")]
pub mod authzen;
pub mod clock;
pub mod combining;
mod compile;
pub mod decision;
mod error;
pub mod evaluate;
#[doc(hidden)]
pub mod folder;
pub mod function;
pub mod hierarchy;
#[cfg(feature = "json")]
pub mod json;
mod limits;
pub mod manual;
mod pdp;
mod program;
pub mod provider;
mod read_options;
pub mod report;
pub mod request;
pub mod response;
pub mod rest;
#[cfg(feature = "saml")]
pub mod saml;
mod serialized;
pub mod syntax;
#[cfg(feature = "testing")]
pub mod testing;
pub mod value;
mod xml;
mod xpath;

pub use decision::Decision;
pub use error::{Diagnostic, Error, Position, UnknownName};
pub use evaluate::Context;
pub use limits::Limits;
pub use pdp::store::Store;

/// Types around a [`Store`]: changes of several documents, lists of what is there, results of loading.
pub mod store {
    pub use crate::pdp::store::{
        ChangeSet, ChangeSummary, Documents, LoadProgress, LoadSummary, OnRefusal, Reader,
        SharedReader, SourceDocument, StoredDocument,
    };
}
#[cfg(feature = "json")]
pub use pdp::SearchOutcome;
pub use pdp::{Call, DecisionEvent, Pdp, PdpBuilder, observer, record};
pub use provider::{AsyncAttributeProvider, AttributeProvider};
pub use read_options::ReadOptions;
pub use request::Request;
pub use response::Response;
