//! `manifest.json` → what there is to test, and what each case expects.

use std::path::Path;
use std::{fmt, fs};

use serde::Deserialize;

/// One test case.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) xacml: String,
    pub(crate) features: Vec<String>,
    pub(crate) expected_decision: Option<OneOrMany>,
    pub(crate) expected_status: Option<OneOrMany>,
    pub(crate) files: Files,
    #[serde(default)]
    pub(crate) config: Config,
    #[serde(default)]
    pub(crate) alternative_outcome: bool,
    #[serde(default)]
    mandatory: bool,
    pub(crate) disputed: bool,
    #[serde(default)]
    pub(crate) dispute: String,
    #[serde(default = "yes")]
    pub(crate) runnable: bool,
    #[serde(default)]
    pub(crate) compare: Compare,
    #[serde(default)]
    pub(crate) schema_invalid: Vec<String>,
    pub(crate) functions: Vec<String>,
    #[serde(default)]
    note: String,
}

impl Case {
    pub(crate) fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|known| known == feature)
    }

    /// Whether the policy may be refused for a path in it: one that is no XPath makes every decision
    /// that comes to it Indeterminate (§7.3.7), and whoever loads the policy may say so at once.
    pub(crate) fn may_refuse_path(&self) -> bool {
        let expected = self.expected_decision.iter().flat_map(OneOrMany::as_slice);
        self.has("xpath")
            && expected
                .into_iter()
                .all(|decision| decision == "Indeterminate")
    }

    /// Whether the manifest says of this file that the schema does not allow it; a remark may
    /// follow the name there.
    pub(crate) fn is_schema_invalid(&self, file: &str) -> bool {
        self.schema_invalid
            .iter()
            .any(|known| known.split(' ').next() == Some(file))
    }
}

/// Marks as disputed the cases by which the suite contradicts itself: a policy that must be refused
/// for an unknown function, all of whose functions other undisputed, mandatory cases must apply.
/// No engine can satisfy both; the standard (10.2.8, 10.2.9) says which functions are known.
pub(crate) fn dispute_contradictions(cases: &mut [Case]) {
    let applied: std::collections::HashSet<String> = cases
        .iter()
        .filter(|case| case.kind == Kind::Decision && case.mandatory && !case.disputed)
        .flat_map(|case| case.functions.iter().cloned())
        .collect();
    for case in cases {
        if case.kind == Kind::PolicyMustBeRejected
            && case.note.starts_with("Unknown function")
            && case.functions.iter().all(|id| applied.contains(id))
        {
            case.disputed = true;
            case.dispute = "Expects a policy to be refused for an unknown function, but other \
                mandatory cases apply every function it uses, and the standard lists them all."
                .to_owned();
        }
    }
}

/// Marks as disputed the JSON requests that must be accepted with an object for a value that is no
/// XPath expression. The cases hold what the JSON schema of their source lets pass; in the profile
/// such an object is a value of no data type, and there is nothing to read it as.
pub(crate) fn dispute_values_of_no_type(cases: &mut [Case], folder: &Path) {
    for case in cases {
        let request = match &case.files.request {
            Some(file) if case.kind == Kind::RequestMustBeAccepted && file.ends_with(".json") => {
                fs::read(folder.join(&case.path).join(file)).unwrap_or_default()
            }
            _ => continue,
        };
        let read = serde_json::from_slice(&request).unwrap_or_default();
        if has_value_of_no_type(&read) {
            case.disputed = true;
            case.dispute =
                "Expects an object as a value that is no XPath expression (JSON Profile \
                3.3.3): a value of no data type. The source checks its JSON schema only."
                    .to_owned();
        }
    }
}

fn has_value_of_no_type(json: &serde_json::Value) -> bool {
    let untyped = |value: &serde_json::Value| match value {
        serde_json::Value::Array(all) => all
            .iter()
            .any(|one| one.is_object() && one.get("XPath").is_none()),
        one => one.is_object() && one.get("XPath").is_none(),
    };
    match json {
        serde_json::Value::Array(all) => all.iter().any(has_value_of_no_type),
        serde_json::Value::Object(members) => members.iter().any(|(name, value)| {
            (name == "Value" && untyped(value)) || has_value_of_no_type(value)
        }),
        _ => false,
    }
}

/// What a case expects.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Decision,
    PolicyMustBeRejected,
    RequestMustBeRejected,
    RequestMustBeAccepted,
    ResponseMustBeAccepted,
    ResponseMustBeRejected,
}

/// One text, or one for each of several results.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    pub(crate) fn as_slice(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl fmt::Display for OneOrMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_slice().join(", "))
    }
}

/// The files of a case, by their paths in its folder.
#[derive(Deserialize)]
pub(crate) struct Files {
    pub(crate) policy: Option<String>,
    #[serde(default)]
    pub(crate) policies: Vec<String>,
    pub(crate) request: Option<String>,
    pub(crate) response: Option<String>,
    pub(crate) pip: Option<String>,
}

/// What the engine must be told. A setting that is not listed here is an error: the case would
/// not be run as it asks to be.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) root_policies: Vec<String>,
    pub(crate) root_combining: Option<String>,
    /// A folder of further policies, beside the folder of the case.
    pub(crate) policies_dir: Option<String>,
    pub(crate) root_policy_id: Option<String>,
    /// Says which scheme a request with several decisions uses, which the request says as well.
    #[serde(rename = "multiple_decision")]
    _multiple_decision: Option<String>,
    pub(crate) max_policy_reference_depth: Option<usize>,
    pub(crate) max_variable_reference_depth: Option<usize>,
    pub(crate) max_element_depth: Option<usize>,
}

/// The parts of a response that are compared.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Compare {
    pub(crate) policy_identifiers: bool,
    pub(crate) attributes: bool,
    pub(crate) obligation_ids: bool,
    pub(crate) status_code: bool,
    pub(crate) result_order: bool,
}

impl Default for Compare {
    fn default() -> Self {
        Self {
            policy_identifiers: true,
            attributes: true,
            obligation_ids: true,
            status_code: true,
            result_order: true,
        }
    }
}

/// One attribute of `pip.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Supplied {
    pub(crate) category: String,
    pub(crate) attribute_id: String,
    pub(crate) data_type: String,
    pub(crate) values: Vec<String>,
}

fn yes() -> bool {
    true
}
