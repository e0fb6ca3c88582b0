// The README's links lead to files, as a clone has them. Markdown uses the first of two definitions of
// one name, so those here, before it, lead to chapters and to the repository.
#![cfg_attr(feature = "altinn", doc = "[the chapter on altinn]: manual::altinn")]
#![cfg_attr(
    feature = "json",
    doc = "[the chapter on conformance]: manual::conformance"
)]
//! [the chapter on altinn]: manual
//! [the chapter on architecture]: manual::architecture
//! [the chapter on attributes]: manual::attributes
//! [the chapter on conformance]: manual
//! [the chapter on errors]: manual::errors
//! [the chapter on extending]: manual::extending
//! [the chapter on observing]: manual::observing
//! [the chapter on stores]: manual::stores
//! [the README of the server]: https://github.com/vedtak/vedtak/blob/main/examples/server/README.md
//! [CHANGELOG.md]: https://github.com/vedtak/vedtak/blob/main/CHANGELOG.md
//! [CONTRIBUTING.md]: https://github.com/vedtak/vedtak/blob/main/CONTRIBUTING.md
//! [SECURITY.md]: https://github.com/vedtak/vedtak/blob/main/SECURITY.md
//!
#![doc = include_str!("../README.md")]
//!
//! # Where to begin
//!
//! | to | see |
//! |---|---|
//! | decide with fixed policies | [`Pdp`], [`PdpBuilder`] |
//! | decide while policies change | [`Store`], [`Reader`] |
//! | restart without reading their XML | [`PdpBuilder::saveable`], [`Store::save`], [`Store::restore`] |
//! | make a request in code, XML or JSON | [`Request`], [`Request::builder`] |
//! | enforce the response | [`Response::enforce`], [`Response`], [`Decision`], [`Outcome`](evaluate::Outcome) |
//! | decide many requests at once, such as subjects × resources × actions | [`Matrix`](request::Matrix), [`Pdp::decide_matrix`], [`Pdp::decide_all`], [`Call`] |
//! | log every decision with its rules, attributes and troubles; count and trace | [`observer`], [`Call::observe`], [`Decided`] |
//! | record a decision with all it read, and repeat it | [`record`], [`Pdp::decide_recorded`] |
//! | give a value attributes of its own | [`Entity`](value::Entity), [`manual::attributes`] |
//! | supply attributes that requests lack | [`AttributeProvider`], [`provider`], [`manual::attributes`] |
//! | handle errors | [`Error`], [`Diagnostic`], [`Status`](response::Status), [`manual::errors`] |
//! | limit the size of documents and the work of decisions | [`Limits`] |
//! | add data types, functions, combining algorithms, hierarchies | [`manual::extending`] |
//! | read, make and print policies, migrate those of XACML 2.0 | [`syntax`], [`function::id`], [`combining`] |
//! | decide by the time of a named zone | `PdpBuilder::time_zone` (feature `jiff`), [`PdpBuilder::clock`] |
//! | put decisions, limits and requests into logs and settings | `Serialize` and `Deserialize` (feature `serde`), [`manual::errors`] |
//! | serve AuthZEN or the REST Profile | `authzen` (feature `json`), [`rest`] |
//! | decide by the model of Altinn, check its policies | `altinn` (feature `altinn`) |
//! | work on the crate | [`manual::architecture`] |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
// Code that reads input must not panic; tests may.
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

#[cfg(feature = "altinn")]
pub mod altinn;
pub mod attribute;
#[cfg(feature = "json")]
pub mod authzen;
pub mod clock;
pub mod combining;
mod compile;
pub mod decision;
mod error;
pub mod evaluate;
pub mod function;
pub mod hierarchy;
#[cfg(feature = "json")]
pub mod json;
mod limits;
pub mod manual;
mod pdp;
mod program;
pub mod provider;
pub mod request;
pub mod response;
pub mod rest;
#[cfg(feature = "saml")]
pub mod saml;
mod serialized;
pub mod syntax;
pub mod value;
mod xml;
mod xpath;

pub use decision::Decision;
pub use error::{Diagnostic, Error, Position, UnknownName};
pub use evaluate::Context;
pub use limits::Limits;
pub use pdp::store::{Loading, Progress, Reader, Store};

/// Changes of a [`Store`], and the documents in it.
pub mod store {
    pub use crate::pdp::store::{
        Changed, Changes, Documents, OnRefusal, SharedReader, SourceDocument, StoredDocument,
    };
}
pub use pdp::{Call, Decided, Pdp, PdpBuilder, observer, record};
pub use provider::AttributeProvider;
pub use request::Request;
pub use response::Response;
