//! Policies and a request of which some attributes are open → one decision diagram: every decision
//! there can be, each with the tests that lead to it.
//!
//! `policy` reads policies as `formula`s over the tests of a `space` of attributes; what is known
//! of the request decides its part at once, by the evaluator. `truth` and `combine` make diagrams
//! of them, as `fold`s over `node`s. `path` walks the possible paths of a diagram.

pub(super) mod combine;
pub(super) mod fold;
pub(super) mod formula;
pub(super) mod node;
pub(super) mod part;
pub(super) mod path;
pub(super) mod policy;
pub(super) mod sample;
pub(super) mod space;
pub(super) mod tell;
pub(super) mod truth;
pub(super) mod variable;
pub(super) mod whole;
