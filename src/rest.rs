//! The REST Profile of XACML 3.0, version 1.1, as constants: what a server says of itself and of
//! what it sends.
//!
//! A request is the body of a `POST` to the PDP's resource. Every decision is status 200, Deny and
//! Indeterminate as well; 400 is for what is no request: read it with
//! [`Pdp::read_request`](crate::Pdp::read_request) or `Pdp::read_json_request`, whose errors that is,
//! before it is decided. 415 is for another media type, 406 for an `Accept` that names none of
//! these.
//!
//! ```
//! use vedtak::rest;
//! assert_eq!(rest::representation("application/xacml+json; charset=utf-8"), Some(rest::Representation::Json));
//! assert_eq!(rest::representation("text/plain"), None);
//! ```

/// The media type of requests and responses in XML (RFC 7061).
pub const XML: &str = "application/xacml+xml";

/// The media type of requests and responses in the JSON Profile.
pub const JSON: &str = "application/xacml+json";

/// The link relation by which an entry point leads to the PDP.
pub const PDP_RELATION: &str = "http://docs.oasis-open.org/ns/xacml/relation/pdp";

/// The namespace of the home document that an entry point answers a `GET` with.
pub const HOME_NAMESPACE: &str = "http://ietf.org/ns/home-documents";

/// What the profile calls its parts.
pub mod conformance {
    /// Requests and responses travel by HTTP.
    pub const HTTP: &str = "urn:oasis:names:tc:xacml:3.0:profile:rest:http";
    /// An entry point leads to the PDP.
    pub const HOME: &str = "urn:oasis:names:tc:xacml:3.0:profile:rest:home";
    /// The PDP's resource takes requests.
    pub const PDP: &str = "urn:oasis:names:tc:xacml:3.0:profile:rest:pdp";
}

/// A language that requests and responses are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Representation {
    /// XML.
    Xml,
    /// The JSON Profile.
    Json,
}

/// The language of a media type as a `Content-Type` names it, with or without parameters: those of
/// the profiles, and the plain `application/xml` and `application/json` that many clients send.
pub fn representation(media_type: &str) -> Option<Representation> {
    let name = media_type.split(';').next().unwrap_or_default().trim();
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is(XML) || is("application/xml") {
        Some(Representation::Xml)
    } else if is(JSON) || is("application/json") {
        Some(Representation::Json)
    } else {
        None
    }
}
