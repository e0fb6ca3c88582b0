//! What the engines' own languages say alike: who asks, for what, to do what.

use crate::Policies;
use crate::workload::names::{ACTION_ID, PACKAGE, RESOURCE_URI, ROLE, SERVICE, SUBJECT_ID, Term};
use crate::workload::policy::Rule;
use crate::workload::question::Question;

/// All rules; none if there are conditions.
pub(crate) fn rules(policies: &Policies) -> Option<impl Iterator<Item = &Rule>> {
    match policies {
        Policies::Rules(policies) => Some(policies.iter().flat_map(|policy| &policy.rules)),
        Policies::Conditions(_) => None,
    }
}

/// The values alone.
pub(crate) fn values(terms: &[(Term, String)]) -> Vec<&str> {
    terms.iter().map(|(_, value)| value.as_str()).collect()
}

/// A question without its XACML.
pub(crate) struct Plain<'q> {
    /// Names, roles and packages.
    pub(crate) subjects: Vec<&'q str>,
    pub(crate) resource: &'q str,
    pub(crate) action: &'q str,
}

impl<'q> Plain<'q> {
    pub(crate) fn of(question: &'q Question) -> Self {
        let all = |terms: &[Term]| -> Vec<&'q str> {
            let values = terms.iter().flat_map(|term| question.values(*term));
            values.map(String::as_str).collect()
        };
        Self {
            subjects: all(&[SUBJECT_ID, ROLE, PACKAGE]),
            resource: all(&[RESOURCE_URI, SERVICE])[0],
            action: all(&[ACTION_ID])[0],
        }
    }
}
