//! The identifiers that policies and requests are made of.

pub(crate) const NAMESPACE: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";
pub(crate) const SUBJECT: &str = "urn:oasis:names:tc:xacml:1.0:subject-category:access-subject";
pub(crate) const RESOURCE: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:resource";
pub(crate) const ACTION: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:action";
pub(crate) const ENVIRONMENT: &str = "urn:oasis:names:tc:xacml:3.0:attribute-category:environment";
pub(crate) const EQUAL: &str = "urn:oasis:names:tc:xacml:1.0:function:string-equal";
pub(crate) const IGNORE_CASE: &str =
    "urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case";
pub(crate) const URI_EQUAL: &str = "urn:oasis:names:tc:xacml:1.0:function:anyURI-equal";
pub(crate) const REGEXP_MATCH: &str = "urn:oasis:names:tc:xacml:1.0:function:string-regexp-match";
pub(crate) const URI_REGEXP_MATCH: &str =
    "urn:oasis:names:tc:xacml:2.0:function:anyURI-regexp-match";

/// An attribute, and how it is compared with a value.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Term {
    pub(crate) category: &'static str,
    pub(crate) id: &'static str,
    /// Last part of the data type's id.
    pub(crate) data_type: &'static str,
    pub(crate) function: &'static str,
}

const fn string(category: &'static str, id: &'static str) -> Term {
    Term {
        category,
        id,
        data_type: "string",
        function: EQUAL,
    }
}

const fn typed(category: &'static str, id: &'static str, data_type: &'static str) -> Term {
    Term {
        category,
        id,
        data_type,
        function: "",
    }
}

pub(crate) const SUBJECT_ID: Term =
    string(SUBJECT, "urn:oasis:names:tc:xacml:1.0:subject:subject-id");
pub(crate) const USER: Term = string(SUBJECT, "urn:altinn:userid");
pub(crate) const ROLE: Term = string(SUBJECT, "urn:altinn:rolecode");
pub(crate) const PACKAGE: Term = string(SUBJECT, "urn:altinn:accesspackage");
pub(crate) const LEVEL: Term = typed(SUBJECT, "urn:altinn:authlevel", "integer");
pub(crate) const RESOURCE_URI: Term = Term {
    category: RESOURCE,
    id: "urn:oasis:names:tc:xacml:1.0:resource:resource-id",
    data_type: "anyURI",
    function: URI_EQUAL,
};
pub(crate) const INSTANCE: Term = string(RESOURCE, "urn:altinn:instance-id");
pub(crate) const PARTY: Term = string(RESOURCE, "urn:altinn:partyid");
pub(crate) const SERVICE: Term = string(RESOURCE, "urn:altinn:resource");
pub(crate) const TASK: Term = string(RESOURCE, "urn:altinn:task");
pub(crate) const SINCE: Term = typed(RESOURCE, "urn:altinn:delegation:valid-from", "dateTime");
pub(crate) const ACTION_ID: Term = string(ACTION, "urn:oasis:names:tc:xacml:1.0:action:action-id");
pub(crate) const TIME: Term = typed(
    ENVIRONMENT,
    "urn:oasis:names:tc:xacml:1.0:environment:current-time",
    "time",
);
pub(crate) const NOW: Term = typed(
    ENVIRONMENT,
    "urn:oasis:names:tc:xacml:1.0:environment:current-dateTime",
    "dateTime",
);

/// `string` → the id of the data type.
pub(crate) fn type_uri(data_type: &str) -> String {
    format!("http://www.w3.org/2001/XMLSchema#{data_type}")
}
