//! Problems of a host's own documents, reported as those of policies are: all of them, each with
//! line, column and a caret.
//!
//! ```
//! use vedtak::report::{Problem, Source, cut, similar_name};
//! use vedtak::syntax::Offset;
//!
//! let source = Source { name: "settings.conf".into(), text: "roles = dagl\nparites = all\n" };
//! let mut problems = Vec::new();
//! let mut at = 0;
//! for line in source.text.split_inclusive('\n') {
//!     let name = line.split('=').next().unwrap_or_default().trim();
//!     if !["roles", "parties"].contains(&name) {
//!         let meant = similar_name(name, ["roles", "parties"]).unwrap_or("roles");
//!         problems.push(Problem {
//!             offset: Offset::new(at),
//!             path: String::new(),
//!             message: format!("there is no setting `{}`; did you mean `{meant}`?", cut(name)),
//!         });
//!     }
//!     at += line.len();
//! }
//! let error = vedtak::Error::new(source.diagnostics(problems));
//! assert_eq!(
//!     error.to_string(),
//!     "settings.conf:2:1: there is no setting `parites`; did you mean `parties`?\n  \
//!      2 | parites = all\n    | ^"
//! );
//! ```

pub use crate::error::{
    Problem, Source, Visible, cut, did_you_mean, last_part, rule_name, similar_identifier,
    similar_name, without_long_numbers,
};
