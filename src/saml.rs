//! The SAML 2.0 Profile of XACML as data (feature `saml`): the query for a decision, and the response
//! with it, read from XML and written.
//!
//! A PEP that speaks the profile sends an `XACMLAuthzDecisionQuery` around a `Request`, most often
//! in an envelope of SOAP, and expects an `Assertion` with an `XACMLAuthzDecisionStatement` around
//! a `Response`. [`AuthzDecisionQuery`] and [`AuthzDecisionResponse`] are these, read and written.
//!
//! The host does the rest: the envelope, signatures (they are over the bytes of a message, which
//! the host has; a message read here says only whether it has one), identifiers, instants, and
//! whether a message is addressed to it, new, and from a sender it trusts.
//!
//! ```
//! use vedtak::saml::{AuthzDecisionQuery, AuthzDecisionResponse};
//! use vedtak::{Pdp, ReadOptions};
//!
//! let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/xacml2/answers/policy.xml")?)?;
//! let message = std::fs::read_to_string("fixtures/saml/query.xml")?;
//! let query = AuthzDecisionQuery::read_xml(message, pdp.read_options())?;
//! // A query that demands more, such as to decide by policies of its own, is refused here.
//! let response = pdp.decide(query.request()?);
//! let answer = AuthzDecisionResponse {
//!     id: "_response-1".to_owned(),
//!     assertion_id: "_assertion-1".to_owned(),
//!     issuer: Some("https://pdp.example".to_owned()),
//!     ..query.answer(&response, "2026-01-01T00:00:01Z".parse()?)
//! };
//! assert_eq!(answer.in_response_to.as_deref(), Some("_query-1"));
//! let read = AuthzDecisionResponse::read_xml(answer.to_xml()?, ReadOptions::new())?;
//! assert_eq!(read.response.decision(), response.decision());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod query;
mod response;
mod writable;

pub use query::AuthzDecisionQuery;
pub use response::AuthzDecisionResponse;

use crate::decision::XacmlVersion;
use crate::error::cut;
use crate::value::{DateTime, Zone};
use crate::xml::{self, CONTEXT_2, Document, Element, POLICY_2, XACML};

/// The schema of the profile that a message follows: each version of the profile has its
/// namespaces, and for each version of XACML others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Schema {
    /// The profile of 2005, for XACML 2.0: `urn:oasis:names:tc:xacml:2.0:saml:protocol:schema:os`.
    V1,
    /// The profile of 2005, by the namespace in its schema documents:
    /// `urn:oasis:xacml:2.0:saml:protocol:schema:os`.
    V1Document,
    /// Version 2 for XACML 2.0: `urn:oasis:names:tc:xacml:2.0:profile:saml2.0:v2:schema:protocol`.
    V2Xacml2,
    /// Version 2 for XACML 3.0:
    /// `urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol:wd-14`.
    V2Xacml3,
    /// Version 2 for XACML 3.0, without the working draft in the name:
    /// `urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol`.
    V2Xacml3Plain,
}

impl Schema {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::V1,
        Self::V1Document,
        Self::V2Xacml2,
        Self::V2Xacml3,
        Self::V2Xacml3Plain,
    ];

    /// The namespace of the query.
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::V1 => "urn:oasis:names:tc:xacml:2.0:saml:protocol:schema:os",
            Self::V1Document => "urn:oasis:xacml:2.0:saml:protocol:schema:os",
            Self::V2Xacml2 => "urn:oasis:names:tc:xacml:2.0:profile:saml2.0:v2:schema:protocol",
            Self::V2Xacml3 => {
                "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol:wd-14"
            }
            Self::V2Xacml3Plain => {
                "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:protocol"
            }
        }
    }

    /// The namespace of the statement.
    pub const fn assertion(self) -> &'static str {
        match self {
            Self::V1 => "urn:oasis:names:tc:xacml:2.0:saml:assertion:schema:os",
            Self::V1Document => "urn:oasis:xacml:2.0:saml:assertion:schema:os",
            Self::V2Xacml2 => "urn:oasis:names:tc:xacml:2.0:profile:saml2.0:v2:schema:assertion",
            Self::V2Xacml3 => {
                "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:assertion:wd-14"
            }
            Self::V2Xacml3Plain => {
                "urn:oasis:names:tc:xacml:3.0:profile:saml2.0:v2:schema:assertion"
            }
        }
    }

    /// The version of XACML of the requests, responses and policies in it.
    pub const fn xacml(self) -> XacmlVersion {
        match self {
            Self::V1 | Self::V1Document | Self::V2Xacml2 => XacmlVersion::V2,
            Self::V2Xacml3 | Self::V2Xacml3Plain => XacmlVersion::V3,
        }
    }

    /// The namespace of requests and responses.
    const fn context(self) -> &'static str {
        match self.xacml() {
            XacmlVersion::V2 => CONTEXT_2,
            XacmlVersion::V3 => XACML,
        }
    }

    /// The namespace of policies.
    const fn policy(self) -> &'static str {
        match self.xacml() {
            XacmlVersion::V2 => POLICY_2,
            XacmlVersion::V3 => XACML,
        }
    }
}

/// The namespace of SAML's assertions.
const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// The namespace of SAML's requests and responses.
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";

/// The attributes that every message and assertion has; its version must be that of SAML here.
fn id_and_instant<'a>(xml: &mut Document<'a>, element: &Element<'a>) -> (String, DateTime) {
    xml.parsed(element, "Version", true, |version| match version {
        "2.0" => Ok(()),
        _ => Err("`2.0`".to_owned()),
    });
    let id = xml.parsed(element, "ID", true, identifier);
    let instant = instant(xml, element, "IssueInstant", true);
    // If there is none, that is a problem, and the result is not used.
    let nothing = || DateTime::from_unix(0, 0, Zone::UTC).expect("is within the limits");
    (id.unwrap_or_default(), instant.unwrap_or_else(nothing))
}

/// Reads an `ID` or a reference to one: an NCName, around which white space is no part of it.
fn identifier(text: &str) -> Result<String, String> {
    match xml::trim(text) {
        id if xml::is_unprefixed_name(id) => Ok(id.to_owned()),
        _ => Err(AN_NCNAME.to_owned()),
    }
}

const AN_NCNAME: &str = "an NCName: a letter or `_`, then letters, digits, `.`, `-` and `_`";

fn instant<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    name: &str,
    required: bool,
) -> Option<DateTime> {
    xml.parsed(element, name, required, |text| {
        let instant: Result<DateTime, _> = xml::trim(text).parse();
        instant.map_err(|_| "a dateTime".to_owned())
    })
}

/// Reads an `Issuer`, which is a name. Qualifiers are refused, for they would make it another name.
/// White space around it is part of it (SAML 2.0 §1.3.1: no one may depend on trimming), and it
/// must be more than that.
fn issuer<'a>(xml: &mut Document<'a>, element: &Element<'a>) -> String {
    xml.attributes(element, &["Format"]);
    xml.parsed(element, "Format", false, |format| match format {
        "urn:oasis:names:tc:SAML:2.0:nameid-format:entity" => Ok(()),
        _ => Err("that of an entity, which may be left out".to_owned()),
    });
    let name = xml.text(element).into_owned();
    if xml::trim(&name).is_empty() {
        xml.problem(element.offset, "the `Issuer` must be more than white space");
    }
    name
}

/// The message about a document element that is not one of these.
fn expected(name: &str, root: &Element<'_>, namespaces: &[&str]) -> String {
    let namespace = root.namespace.as_deref().unwrap_or("");
    let namespaces = namespaces
        .iter()
        .map(|namespace| format!("`{namespace}`"))
        .collect::<Vec<_>>()
        .join(", ");
    format!(
        "expected `{name}` of one of the namespaces {namespaces}, found `{}` of `{}`",
        root.name,
        cut(namespace)
    )
}
