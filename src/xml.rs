//! Bytes → elements with namespaces, offsets and limits; and elements → text.
//!
//! The only room that names quick-xml. What it accepts is well-formed XML 1.0 with namespaces and
//! without a DTD; everything quick-xml lets pass beyond that is refused here.

mod comments;
mod decode;
mod document;
mod lexical;
mod particle;
#[cfg(feature = "json")]
mod raw;
mod reader;
mod schema;
mod scope;
mod writer;

use std::borrow::Cow;

pub(crate) use comments::{Comment, Comments};
pub(crate) use document::{Document, attribute, uri_attribute, whole};
#[cfg(feature = "alfa")]
pub(crate) use lexical::forbidden_character;
#[cfg(feature = "saml")]
pub(crate) use lexical::is_unprefixed_name;
#[cfg(feature = "xpath")]
pub(crate) use lexical::{XML_NAMESPACE, is_name_character, is_name_start, is_white_space};
pub(crate) use lexical::{legible, trim};
pub(crate) use particle::{Particle, many, one, optional};
#[cfg(feature = "json")]
pub(crate) use raw::elements;
pub(crate) use reader::{Attribute, Element, content_offset, value_offset};
pub(crate) use reader::{Event, Fault, Markup, Reader};
pub(crate) use schema::{CONTEXT_1, CONTEXT_2, POLICY_1, POLICY_2, XACML};
#[cfg(feature = "saml")]
pub(crate) use writer::document_element;
pub(crate) use writer::{MarkupPlace, Writer};

pub(crate) use crate::error::cut;
use crate::error::{Error, Offset, Source};
use crate::limits::{Limits, exceeded};

/// The text of the document named `source`, if it is not longer than the limit.
pub(crate) fn text<'a>(
    source: &str,
    bytes: &'a [u8],
    limits: &Limits,
) -> Result<Cow<'a, str>, Error> {
    let refused = |message: String, text: &str, at: usize| {
        let source = Source {
            name: source.into(),
            text,
        };
        Error::new(vec![source.diagnostic(Offset::new(at), "", message)])
    };
    let most = limits.bytes.min(u32::MAX as usize);
    if bytes.len() > most {
        let what = format!("the document has {} bytes", bytes.len());
        let message = exceeded(&what, format_args!("{most} bytes"), "bytes");
        return Err(refused(message, "", 0));
    }
    decode::decode(bytes).map_err(|fault| refused(fault.message, &fault.text, fault.at))
}

/// The text of the document named `source`, as [`text`] returns it, in the memory of its bytes where
/// these are the text already.
pub(crate) fn owned_text(source: &str, bytes: Vec<u8>, limits: &Limits) -> Result<String, Error> {
    let decoded = match text(source, &bytes, limits)? {
        Cow::Borrowed(text) if text.len() == bytes.len() => None,
        decoded => Some(decoded.into_owned()),
    };
    let lossy = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let same = |bytes| String::from_utf8(bytes).unwrap_or_else(|error| lossy(error.into_bytes()));
    Ok(decoded.unwrap_or_else(|| same(bytes)))
}

/// The namespace of the document element; the text after its start tag is not read.
pub(crate) fn namespace_of_root(text: &str) -> Option<std::sync::Arc<str>> {
    let limits = Limits::default();
    let root = reader::Reader::new(text, &limits).ok()?.root().ok()?;
    root.namespace
}

/// Whether XML attributes of this namespace are about the document and not about its content.
pub(crate) fn says_nothing(namespace: &str) -> bool {
    matches!(
        namespace,
        "http://www.w3.org/2001/XMLSchema-instance" | "http://www.w3.org/XML/1998/namespace"
    )
}

/// Namespace declarations in scope, prefix and URI, without the default one.
pub(crate) type Namespaces = Vec<(std::sync::Arc<str>, std::sync::Arc<str>)>;
