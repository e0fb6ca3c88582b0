//! What cannot be run yet → the reason, by the feature a case is tagged with.

use std::path::Path;

use crate::host;
use crate::manifest::Case;
use crate::run::Verdict;

/// The features that are not built. A tag leaves this table on the day its feature works.
const UNSUPPORTED: &[(&str, &str)] = &[
    (
        "not-runnable",
        "the source decides by steps outside of the policy",
    ),
    (
        "extension-attribute-provider",
        "no counterpart: a provider is asked with the request, and does not see the policy's variables",
    ),
    (
        "extension-datatype",
        "no counterpart: a value of the host's is a text or an element, and not XML attributes beside it",
    ),
    (
        "extension-function",
        "no counterpart: the function takes XML attributes and gives a status code of its own",
    ),
    (
        "extension-xpath-variables",
        "XPath expressions have no variables",
    ),
    ("xpath", "the feature `xpath` is off"),
    ("xpath2", "no XPath 2.0"),
];

/// A path that XACML 2.0 leads over the request itself, and not over the content of the resource.
const PATH_OVER_REQUEST: (&str, &str) = (
    "xpath of XACML 2.0",
    "the path leads over the request, and XACML 3.0 has paths over `Content` only (§5.30)",
);

/// What became clear only when the case was run: its policy has no counterpart in XACML 3.0.
pub(crate) fn found_missing(
    case: &Case,
    verdict: &Verdict,
) -> Option<(&'static str, &'static str)> {
    let difference = verdict.as_ref().err()?;
    let without_counterpart =
        difference.contains("the path `") && difference.contains("has no counterpart: it ");
    (case.xacml == "2.0" && case.has("xpath") && without_counterpart).then_some(PATH_OVER_REQUEST)
}

/// The features the case needs that are not built, with the reason; none if it can be run.
pub(crate) fn missing(case: &Case, folder: &Path) -> Vec<(&'static str, &'static str)> {
    UNSUPPORTED
        .iter()
        .copied()
        .filter(|&(tag, _)| needs(case, tag, folder))
        .collect()
}

fn needs(case: &Case, tag: &str, folder: &Path) -> bool {
    match tag {
        "not-runnable" => !case.runnable,
        "xpath" => case.has(tag) && !cfg!(feature = "xpath"),
        "extension-datatype" => case.has(tag) && !host::defines_data_types_of(case, folder),
        "extension-function" => case.has(tag) && !host::defines_functions_of(case),
        _ => case.has(tag),
    }
}
