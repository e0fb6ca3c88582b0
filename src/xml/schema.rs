//! The schemas that a document may follow, by their namespaces, and the message about a document
//! that follows none.

use super::Element;
use crate::error::list;

/// The namespace of XACML 3.0 policies, requests and responses.
pub(crate) const XACML: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";

/// The namespace of XACML 2.0 policies, and of the obligations in responses.
pub(crate) const POLICY_2: &str = "urn:oasis:names:tc:xacml:2.0:policy:schema:os";

/// The namespace of XACML 2.0 requests and responses.
pub(crate) const CONTEXT_2: &str = "urn:oasis:names:tc:xacml:2.0:context:schema:os";

/// The namespace of XACML 1.0 and 1.1 policies. Both have the one.
pub(crate) const POLICY_1: &str = "urn:oasis:names:tc:xacml:1.0:policy";

/// The namespace of XACML 1.0 and 1.1 requests, to which paths in policies lead.
pub(crate) const CONTEXT_1: &str = "urn:oasis:names:tc:xacml:1.0:context";

/// The schema that `root` follows, if `root` is one of `expected`: that of XACML 3.0 or one of
/// `older`, the first of which is that of 2.0. The error is the message about another element.
pub(super) fn of_root(
    root: &Element<'_>,
    expected: &[&str],
    older: &[&'static str],
) -> Result<&'static str, String> {
    let namespace = root.namespace.as_deref().unwrap_or("");
    let mut all = [XACML].into_iter().chain(older.iter().copied());
    let version_2 = older.first().copied().unwrap_or(XACML);
    let known = all.find(|known| *known == namespace);
    match known {
        Some(known) if expected.contains(&root.name) => Ok(known),
        Some(_) => Err(format!(
            "expected {}, found `{}`",
            list(expected.iter().copied()),
            root.name
        )),
        None => Err(in_no_schema(root.name, namespace, expected, version_2)),
    }
}

fn in_no_schema(name: &str, namespace: &str, expected: &[&str], version_2: &str) -> String {
    let wanted = list(expected.iter().copied());
    if ["1.0", "1.1"].into_iter().any(|version| {
        let rest = namespace.strip_prefix("urn:oasis:names:tc:xacml:");
        rest.and_then(|rest| rest.strip_prefix(version))
            .is_some_and(|rest| rest.starts_with(':'))
    }) {
        return of_1(name, namespace, expected, version_2);
    }
    let of_2 = version_2.strip_suffix("os").unwrap_or(version_2);
    if namespace.starts_with(of_2) && expected.contains(&name) {
        return format!(
            "`{name}` is in the namespace `{namespace}`, of a draft of XACML 2.0; the namespace \
             `{version_2}` of the standard in its place is enough"
        );
    }
    if let Some(envelope) = envelope(name, namespace) {
        return format!(
            "`{name}` is {envelope}, which is not read here; expected {wanted}, taken out of it"
        );
    }
    if namespace.is_empty() {
        return format!(
            "`{name}` is in no namespace; expected {wanted} in the namespace `{XACML}`"
        );
    }
    let mut message = format!(
        "`{name}` is in the namespace `{namespace}`; expected {wanted} in the namespace `{XACML}`"
    );
    // Its policies and requests have not the same.
    if namespace.contains("xacml") && namespace.contains("2.0") {
        message += &format!(" or, of XACML 2.0, `{version_2}`");
    }
    message
}

/// The message about a document of XACML 1.0 or 1.1, or in a namespace that resembles theirs: 1.1
/// has kept the namespaces of 1.0.
fn of_1(name: &str, namespace: &str, expected: &[&str], version_2: &str) -> String {
    let own = match version_2 {
        POLICY_2 => POLICY_1,
        _ => CONTEXT_1,
    };
    let is_known = [POLICY_1, CONTEXT_1].contains(&namespace);
    let in_2 = match is_known {
        true => "that namespace".to_owned(),
        false => format!("the namespace `{CONTEXT_2}`"),
    };
    let advice = match name {
        _ if !expected.contains(&name) => None,
        "Request" => Some(format!(
            "as a request of 2.0 it is in {in_2}, has an `Environment` after the `Action`, which may \
             be empty, and no `IssueInstant`"
        )),
        "Response" => Some(format!(
            "as a response of 2.0 it is in {in_2}, and its `Obligations` are in `{POLICY_2}`"
        )),
        _ => {
            let there = if is_known { "" } else { "in that namespace, " };
            Some(format!(
                "{there}`Document::migrate` and the command `vedtak migrate` make a policy of 3.0 of it"
            ))
        }
    };
    let advice = advice.map_or_else(String::new, |advice| format!("; {advice}"));
    match is_known {
        true => format!(
            "this is a document of XACML 1.0 or 1.1 (namespace `{namespace}`); XACML 3.0 is read, \
             whose namespace is `{XACML}`, and XACML 2.0, whose namespace is `{version_2}`{advice}"
        ),
        false => format!(
            "`{name}` is in the namespace `{namespace}`, which no version of XACML has; that of 1.0 \
             and 1.1 is `{own}`{advice}"
        ),
    }
}

/// Names the envelope that requests and responses of XACML travel in, if the element is one.
fn envelope(name: &str, namespace: &str) -> Option<&'static str> {
    let is_of = |beginning: &str| namespace.starts_with(beginning);
    match name {
        "Envelope"
            if is_of("http://schemas.xmlsoap.org/soap/envelope/")
                || is_of("http://www.w3.org/2003/05/soap-envelope") =>
        {
            Some("an envelope of SOAP")
        }
        _ if is_of("urn:oasis:names:tc:SAML:")
            || (is_of("urn:oasis:names:tc:xacml:") && namespace.contains(":profile:saml")) =>
        {
            Some("an element of SAML")
        }
        _ => None,
    }
}
