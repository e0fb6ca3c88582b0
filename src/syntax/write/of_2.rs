//! Policies of XACML 2.0 and 1.x, printed as those of 3.0 → comments where the print can decide
//! otherwise.
//!
//! Targets decide otherwise where they are Indeterminate. A policy shows where an attribute must be
//! present, or a path may select nothing, so these comments are at their places. A provider or a
//! function of the host can fail anywhere, which one comment says.

use super::*;

const DOCUMENT: &str = "Written for XACML 2.0 or earlier. Under 3.0 it can decide otherwise where a comment says so, \
    wherever a provider of attributes or a function of the host fails in a Target, and below a PolicySet \
    of 3.0, which learns what an Indeterminate could have been.";

const POLICY: &str = "XACML 2.0: where the next Target is Indeterminate, so is all this, whatever is in it. \
    3.0: NotApplicable, if all that is in it is (2.0 7.10 and 7.11; 3.0 7.14).";

const SECTIONS: &str = "XACML 2.0: the next Target is Indeterminate if an AnyOf is, even if another does not \
    match. 3.0: it does not match (2.0 7.5; 3.0 7.7).";

const COMBINING: &str = "XACML 2.0: a policy in here that is Indeterminate could have been Permit or Deny. \
    3.0: it says which of them (2.0 7.11; 3.0 7.10).";

pub(super) fn document(writer: &mut Writer, xacml: XacmlVersion) {
    if xacml == XacmlVersion::V2 {
        writer.comment(DOCUMENT);
    }
}

pub(super) fn policy(writer: &mut Writer, policy: &Policy) {
    policy_target(writer, &policy.target, policy.xacml);
}

pub(super) fn policy_set(writer: &mut Writer, set: &PolicySet) {
    // Those of 2.0 for policies do not use the decisions that an Indeterminate could have been.
    let known = ["1.0", "1.1"].iter().any(|version| {
        let prefix = format!("urn:oasis:names:tc:xacml:{version}:policy-combining-algorithm:");
        set.combining_algorithm.starts_with(&prefix)
    });
    if set.xacml == XacmlVersion::V2 && !known {
        writer.comment(COMBINING);
    }
    policy_target(writer, &set.target, set.xacml);
}

fn policy_target(writer: &mut Writer, target: &Target, xacml: XacmlVersion) {
    if xacml == XacmlVersion::V2 && may_fail(target) {
        writer.comment(POLICY);
    }
    sections(writer, target, xacml);
}

/// Writes the comment on a target of a policy or of a rule, if it may decide otherwise.
pub(super) fn sections(writer: &mut Writer, target: &Target, xacml: XacmlVersion) {
    if xacml == XacmlVersion::V2 && target.any_of.len() > 1 && may_fail(target) {
        writer.comment(SECTIONS);
    }
}

fn may_fail(target: &Target) -> bool {
    let all_ofs = target.any_of.iter().flat_map(|any_of| &any_of.all_of);
    let mut matches = all_ofs.flat_map(|all_of| &all_of.matches);
    matches.any(|matching| match &matching.attribute {
        AttributeReference::Designator(designator) => designator.must_be_present,
        AttributeReference::Selector(_) => true,
    })
}
