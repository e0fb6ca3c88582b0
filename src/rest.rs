//! The REST Profile of XACML 3.0, version 1.1, as data: media types, the language of an answer, and
//! the home document of a server.
//!
//! A request is the body of a `POST` to the PDP's resource. Every decision is status 200, Deny and
//! Indeterminate as well; 400 is for a body that is no request: read it with
//! [`Request::read_xml`](crate::Request::read_xml) or `Request::read_json`, which return that
//! as an error, before it is decided. 415 is for another media type, 406 for an `Accept` that names
//! none of these.
//!
//! ```
//! use vedtak::rest::{self, Representation};
//! let sent = rest::representation("application/xacml+json; charset=utf-8");
//! assert_eq!(sent, Some(Representation::Json)); // None: 415
//! let wanted = rest::accepted(Some("application/xml, */*;q=0.1"), Representation::Json);
//! assert_eq!(wanted, Some(Representation::Xml)); // None: 406
//! assert_eq!(Representation::Xml.media_type(), "application/xacml+xml");
//! ```

/// The media type of requests and responses in XML (RFC 7061).
pub const XML: &str = "application/xacml+xml";

/// The media type of requests and responses in the JSON Profile.
pub const JSON: &str = "application/xacml+json";

/// The link relation by which an entry point leads to the PDP.
pub const PDP_RELATION: &str = "http://docs.oasis-open.org/ns/xacml/relation/pdp";

/// The namespace of the home document that an entry point answers a `GET` with.
pub const HOME_NAMESPACE: &str = "http://ietf.org/ns/home-documents";

/// The identifiers of the profile's parts.
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

impl Representation {
    /// The media type of an answer in it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Xml => XML,
            Self::Json => JSON,
        }
    }
}

/// The language of the answer to a request that came in `sent`, as the `Accept` header of its
/// client wants it (RFC 9110, §12.5.1): the one of the highest weight, of two with the same the one
/// that was sent.
///
/// `None` if the client takes neither. Without the header, it is the one that was sent.
///
/// A named language counts more than a range such as `*/*` (`application/json;q=0, */*` excludes
/// JSON). A weight that cannot be read counts as 0.
pub fn accepted(accept: Option<&str>, sent: Representation) -> Option<Representation> {
    let Some(accept) = accept else {
        return Some(sent);
    };
    let other = match sent {
        Representation::Xml => Representation::Json,
        Representation::Json => Representation::Xml,
    };
    let weight = |of| {
        weight(accept, "application", |name| {
            representation(name) == Some(of)
        })
    };
    match (weight(sent), weight(other)) {
        (0, 0) => None,
        (of_sent, of_other) if of_sent >= of_other => Some(sent),
        _ => Some(other),
    }
}

/// Returns the media type of those `offered` that the `Accept` header of a client prefers (RFC 9110,
/// §12.5.1): the one of the highest weight, of several the first. Without the header, it is the first.
///
/// `None` if the client takes none of them: 406. Weights and ranges count as in [`accepted`].
///
/// ```
/// use vedtak::rest::preferred;
/// let offered = ["application/json", "text/plain", "image/svg+xml"];
/// assert_eq!(preferred(Some("text/*, */*;q=0.1"), &offered), Some("text/plain"));
/// assert_eq!(preferred(Some("*/*"), &offered), Some("application/json"));
/// assert_eq!(preferred(Some("text/html"), &offered), None);
/// ```
pub fn preferred<'o>(accept: Option<&str>, offered: &[&'o str]) -> Option<&'o str> {
    let Some(accept) = accept else {
        return offered.first().copied();
    };
    let mut best = (0, None);
    for media_type in offered {
        let kind = media_type.split('/').next().unwrap_or_default();
        let weight = weight(accept, kind, |name| name.eq_ignore_ascii_case(media_type));
        if weight > best.0 {
            best = (weight, Some(*media_type));
        }
    }
    best.1
}

/// The weight of a media type in an `Accept` header, in thousandths; 0 if it is not acceptable. `kind`
/// is its part before the slash, and `is` recognises its names.
fn weight(accept: &str, kind: &str, is: impl Fn(&str) -> bool) -> u32 {
    let (mut best, mut most_exact) = (0, 0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let of_kind = name.strip_suffix("/*");
        let exactness = match of_kind {
            Some("*") => 1,
            Some(range) if range.eq_ignore_ascii_case(kind) => 2,
            _ if is(name) => 3,
            _ => continue,
        };
        let weight = parts.find_map(|part| match part.split_once('=') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("q") => Some(value.trim()),
            _ => None,
        });
        let weight = weight.map_or(1_000, thousandths);
        if exactness > most_exact {
            (best, most_exact) = (weight, exactness);
        } else if exactness == most_exact {
            best = best.max(weight);
        }
    }
    best
}

/// A weight (RFC 9110, §12.4.2): `0` or `1`, with at most three digits behind the point.
fn thousandths(weight: &str) -> u32 {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let is_digits = part.bytes().all(|byte| byte.is_ascii_digit());
    if !matches!(whole, "0" | "1") || part.len() > 3 || !is_digits {
        return 0;
    }
    let part = part.bytes().chain(*b"000").take(3);
    let part = part.fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    match whole {
        "1" if part == 0 => 1_000,
        "0" => part,
        _ => 0,
    }
}

/// The home document of an entry point (§2.2.1), with the path or address of the PDP's resource.
/// Its media type is `application/xml`.
///
/// ```
/// let home = vedtak::rest::home("/pdp");
/// assert!(home.contains(r#"<link href="/pdp"/>"#));
/// ```
pub fn home(pdp: &str) -> String {
    let mut path = String::with_capacity(pdp.len());
    for character in pdp.chars() {
        match character {
            '&' => path += "&amp;",
            '<' => path += "&lt;",
            '"' => path += "&quot;",
            other => path.push(other),
        }
    }
    format!(
        r#"<resources xmlns="{HOME_NAMESPACE}"><resource rel="{PDP_RELATION}"><link href="{path}"/></resource></resources>"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use Representation::{Json, Xml};

    #[test]
    fn an_answer_is_written_as_its_reader_wants_it() {
        for (accept, sent, expected) in [
            (None, Xml, Some(Xml)),
            (None, Json, Some(Json)),
            (Some("*/*"), Json, Some(Json)),
            (Some("application/*"), Xml, Some(Xml)),
            (Some("application/xacml+json"), Xml, Some(Json)),
            (
                Some("application/xml;q=0.5, application/json;q=0.4"),
                Json,
                Some(Xml),
            ),
            (
                Some("application/xml ; Q=0.001 , text/plain"),
                Json,
                Some(Xml),
            ),
            (Some("application/json;q=0, */*"), Json, Some(Xml)),
            (Some("*/*, application/json;q=0"), Json, Some(Xml)),
            (Some("APPLICATION/JSON; charset=utf-8"), Xml, Some(Json)),
            (Some("application/json;q=0"), Json, None),
            (Some("text/html"), Xml, None),
            (Some(""), Xml, None),
            (Some("application/xml;q=2"), Xml, None),
            (Some("application/xml;q=0.0000"), Xml, None),
            (
                Some("application/xml;q=1.000, application/json"),
                Json,
                Some(Json),
            ),
            (Some("application/xml;q=1.5"), Xml, None),
        ] {
            assert_eq!(accepted(accept, sent), expected, "{accept:?} to {sent:?}");
        }
    }

    #[test]
    fn of_several_media_types_the_client_prefers_one() {
        let offered = ["application/json", "text/plain"];
        for (accept, expected) in [
            (None, Some("application/json")),
            (Some("TEXT/PLAIN;q=0.5"), Some("text/plain")),
            (
                Some("application/json;q=0.2, text/*;q=0.3"),
                Some("text/plain"),
            ),
            (Some("*/*, application/json;q=0"), Some("text/plain")),
            (Some("*/*;q=0"), None),
            (Some(""), None),
        ] {
            assert_eq!(preferred(accept, &offered), expected, "{accept:?}");
        }
    }

    #[test]
    fn a_home_document_holds_any_address() {
        assert!(home(r#"/a?b="c"&d=<e"#).contains("href=\"/a?b=&quot;c&quot;&amp;d=&lt;e\""));
    }
}
