//! Test files for policies: YAML or JSON beside the policies, with cases that say what is asked and what is
//! expected.
//!
//! From `cargo test` it takes three lines:
//!
//! ```
//! # /*
//! #[test]
//! # */
//! fn policies_decide_as_their_tests_say() {
//!     vedtak::testing::assert("fixtures/testing/letters");
//! }
//! # policies_decide_as_their_tests_say();
//! ```
//!
//! A test file:
//!
//! ```yaml
#![doc = include_str!("../fixtures/testing/letters/letters.test.yaml")]
//! ```
//!
//! [`Runner`] gives the [`Report`] as data, with cover if it is asked for. [The chapter on
//! testing](crate::manual::testing) shows all that a test file may say.

mod case;
mod common;
mod compare;
mod engine;
mod expected;
mod files;
mod given;
mod kind;
mod names;
mod policies;
mod provided;
mod report;
mod runner;
mod suite;
mod table;
mod yaml;

#[cfg(test)]
mod tests;

use std::path::Path;

pub use files::NamedFile;
pub use kind::{Decided, Decider, Kind, KindFiles};
pub use report::{CaseReport, Failure, FileReport, Report};
pub use runner::Runner;

/// Runs the test files of a file or folder, for `cargo test`.
///
/// ```
/// vedtak::testing::assert("fixtures/testing/letters");
/// ```
///
/// # Panics
///
/// Something is not as expected: the message is the report.
#[track_caller]
pub fn assert(path: impl AsRef<Path>) {
    match Runner::new().run([path]) {
        Ok(report) if report.is_passed() => {}
        Ok(report) => panic!("{report}"),
        Err(error) => panic!("{error}"),
    }
}
