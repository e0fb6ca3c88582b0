//! Bounds on the size of documents and the work of decisions.

use std::fmt;

/// Bounds on the size of documents and the work of decisions; every field has a default that serves
/// ordinary use.
///
/// A document beyond a limit is refused with an error that gives the number and names the limit; a decision beyond
/// [`work`](Self::work), [`response`](Self::response) or
/// [`access_permitted`](Self::access_permitted) is Indeterminate with `processing-error`. Nothing
/// is cut off in silence.
///
/// `work` and `response` are the budget of one call: of one request with all its individual
/// decisions, or of one [`Matrix`](crate::request::Matrix) with all its cells. Requests that a host
/// passes to [`decide_all`](crate::Pdp::decide_all) have a budget each, as they may be from
/// different senders; those of a [`Call`](crate::Call) share one.
///
/// ```
/// let mut limits = vedtak::Limits::default();
/// limits.bytes = 16 * 1024;
/// let policy = vec![b' '; 17 * 1024];
/// let error = vedtak::Pdp::builder().limits(limits).policy("big.xml", policy).build().unwrap_err();
/// assert!(error.to_string().contains("the limit is 16384 bytes"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one document. Default 64 MiB; at most 4 GiB - 1 is honoured.
    pub bytes: usize,
    /// Nested XML elements, or JSON arrays and objects. Default 100; at most 200 is honoured.
    pub depth: usize,
    /// XML elements, or JSON values, in one document. Default 4,000,000.
    pub elements: usize,
    /// XML attributes on one element. Default 64.
    pub attributes: usize,
    /// `AttributeValue` elements, or JSON's `Value`s, in one request or response. Default 100,000.
    pub attribute_values: usize,
    /// Nested `Apply` elements, counted through `VariableReference`s. Default 60; at most 200 is
    /// honoured.
    pub apply_depth: usize,
    /// `VariableReference`s met one inside the definition of the other. Default 20; at most 200 is
    /// honoured.
    pub variable_depth: usize,
    /// Policy references met one inside the policy of the other. Default 20.
    pub reference_depth: usize,
    /// Policies and rules nested in one another, counted through references. Default 60; at most
    /// 200 is honoured.
    pub policy_depth: usize,
    /// Policies and rules one decision may visit, each counted as often as references lead to it.
    /// Default 20,000,000.
    pub visits: u64,
    /// The weight of the regular expressions of all policies together: about the nanoseconds it
    /// takes to compile them, divided by 30, and the bytes they keep, divided by 5. Default
    /// 50,000,000.
    pub patterns: u64,
    /// Bytes of one XPath expression, in policies and in requests. Default 8,192.
    pub xpath: usize,
    /// Decisions one request may ask for (Multiple Decision Profile), and cells of one
    /// [`Matrix`](crate::request::Matrix). If there are more, none of them is decided. Default
    /// 1,000.
    pub decisions: usize,
    /// Bytes that the results of one call may repeat: attributes (`IncludeInResult`), obligations
    /// and advice with their values, policies (`ReturnPolicyIdList`) and messages, before they are
    /// escaped. The result that exceeds it and all after it that repeat anything are Indeterminate.
    /// Also bytes of the text that `decide_xml` and `decide_json` return: a longer one is replaced
    /// by one Indeterminate that says so. Default 16 MiB.
    pub response: usize,
    /// Calls of `access-permitted` in one decision, those in the decisions they ask for included
    /// (A.3.16). Default 50; at most 200 is honoured.
    pub access_permitted: usize,
    /// Work of one call, all steps of all its decisions together. A unit is the visit of one rule,
    /// policy, expression or node, the comparison of two values, 16 bytes of XML read, or any step
    /// of the same time, up to about 100 nanoseconds; memory that is kept counts for more. The
    /// decision that exceeds it and those after it are Indeterminate, with every combining
    /// algorithm. Default 10,000,000: about a second.
    pub work: u64,
}

#[cfg(feature = "serde")]
crate::serialized::by_members! {
    Limits: "limits by their names",
    bytes depth elements attributes attribute_values apply_depth variable_depth reference_depth
    policy_depth visits patterns xpath decisions response access_permitted work
}

impl Limits {
    /// The default limits.
    pub(crate) const DEFAULT: Self = Self {
        bytes: 64 << 20,
        depth: 100,
        elements: 4_000_000,
        attributes: 64,
        attribute_values: 100_000,
        apply_depth: 60,
        variable_depth: 20,
        reference_depth: 20,
        policy_depth: 60,
        visits: 20_000_000,
        patterns: 50_000_000,
        xpath: 8_192,
        decisions: 1_000,
        response: 16 << 20,
        access_permitted: 50,
        work: 10_000_000,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The deepest nesting, whatever limit the host sets: the readers, the compiler and the evaluator
/// recurse once a level, and a thread of 2 MiB must suffice.
pub(crate) const DEEPEST: usize = 200;

/// The message about what exceeds a limit: the number that is in force, and the limit's name.
pub(crate) fn exceeded(what: &str, most: impl fmt::Display, name: &str) -> String {
    format!("{what}; the limit is {most} (`Limits::{name}`)")
}

/// The message about a decision that exceeds [`Limits::work`].
pub(crate) const WORK_EXCEEDED: &str =
    "the decision takes more work than the limit allows (`Limits::work`)";

/// A number of parts, or the place of one, as 32 bits. Documents and requests are shorter than
/// 4 GiB, and each of their parts takes some bytes; other parts take memory or work.
pub(crate) fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(all(test, feature = "serde"))]
mod tests {
    use super::*;

    #[test]
    fn settings_name_what_departs_from_the_default_and_nothing_unknown() {
        let read = serde_json::from_str::<Limits>(r#"{"bytes": 1024}"#).expect("is valid");
        let expected = Limits {
            bytes: 1024,
            ..Limits::default()
        };
        assert_eq!(read, expected);
        let text = serde_json::to_string(&read).expect("is written");
        assert_eq!(serde_json::from_str::<Limits>(&text).expect(&text), read);
        let error = serde_json::from_str::<Limits>(r#"{"byte": 1024}"#).expect_err("misspelt");
        assert!(error.to_string().contains("unknown field `byte`"));
        let whole = serde_json::to_value(Limits::default()).expect("is written");
        let mut others = whole.clone();
        for value in others.as_object_mut().expect("has names").values_mut() {
            *value = 7.into();
        }
        let read: Limits = serde_json::from_value(others.clone()).expect("each has its name");
        assert_eq!(serde_json::to_value(read).expect("is written"), others);
        for (text, expected) in [
            (
                "[]",
                "invalid type: sequence, expected limits by their names",
            ),
            ("[1, 2]", "invalid type: sequence"),
            (r#"{"bytes": 1, "bytes": 2}"#, "duplicate field `bytes`"),
            (r#"{"bytes": -1}"#, "invalid value"),
        ] {
            let error = serde_json::from_str::<Limits>(text).expect_err(text);
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
    }
}
