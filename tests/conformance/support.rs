//! What cannot be run yet → the reason, by the feature a case is tagged with.

use crate::host;
use crate::manifest::Case;

/// The features that are not built. A tag leaves this table on the day its feature works.
const UNSUPPORTED: &[(&str, &str)] = &[
    (
        "not-runnable",
        "the source decides by steps outside of the policy",
    ),
    (
        "extension-attribute-provider",
        "no definition: a provider is asked with the request, and does not see the policy's variables",
    ),
    ("extension-datatype", "data types are those of the standard"),
    (
        "extension-function",
        "no definition: the case names a function and does not say what it does",
    ),
    ("extension-xpath-variables", "no XPath"),
    ("xpath", "no XPath"),
    ("xpath2", "no XPath"),
];

/// The features the case needs that are not built, with the reason; none if it can be run.
pub(crate) fn missing(case: &Case) -> Vec<(&'static str, &'static str)> {
    UNSUPPORTED
        .iter()
        .copied()
        .filter(|&(tag, _)| needs(case, tag))
        .collect()
}

fn needs(case: &Case, tag: &str) -> bool {
    match tag {
        "not-runnable" => !case.runnable,
        "extension-function" => case.has(tag) && !host::defines_functions_of(case),
        _ => case.has(tag),
    }
}
