//! Targets lowered: a row of tests that lie side by side in memory.

use std::sync::Arc;

use super::{Condition, SlotId};

/// A target (§5.6) of a policy or of one of its rules.
#[derive(Debug)]
pub(crate) enum Target {
    /// Matches any request.
    Any,
    /// These tests of the policy: those of one `AllOf` after the other, the `AllOf`s of one `AnyOf`
    /// after the other, the `AnyOf`s after one another. At least one.
    Tests { start: u32, end: u32 },
    /// The tests of a target of XACML 2.0 of which some part may be Indeterminate; it then
    /// outweighs a part that does not match.
    Sections { start: u32, end: u32 },
    /// The `AnyOf`s as they were written, where lowering is off.
    AnyOfs(Box<[Condition]>),
}

/// A `Match` (§5.9).
///
/// INVARIANT: the last test of a target ends its `AllOf`, and its `AllOf` ends its `AnyOf`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Test {
    /// The key of the literal, exact or in lower case as the comparison is; 0 if it has none.
    pub(crate) key: u64,
    pub(crate) slot: SlotId,
    pub(crate) comparison: Comparison,
    pub(crate) must_be_present: bool,
    /// Whether it is the last of its `AllOf`.
    pub(crate) ends_all_of: bool,
    /// Whether its `AllOf` is the last of its `AnyOf`.
    pub(crate) ends_any_of: bool,
}

/// The comparison of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// `string-equal` or `anyURI-equal`: equal keys, then equal texts.
    Exact,
    /// `string-equal-ignore-case`: equal keys of the lower-case forms, then equal lower-case texts.
    Folded,
    /// Another equality whose values have keys: without an equal key, no value is equal.
    Keyed,
    /// Any other function.
    Other,
}

/// The literal that a test compares with.
#[derive(Debug)]
pub(crate) enum Literal {
    /// A text, in lower case if the test compares so.
    Text(Arc<str>),
    /// The whole `Match`.
    Match(Box<Condition>),
}
