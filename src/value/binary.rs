//! Lexical forms of `xs:hexBinary` and `xs:base64Binary` ↔ octets (XML Schema Part 2 §3.2.15-16).

use std::fmt;

use data_encoding::{BASE64, HEXUPPER, HEXUPPER_PERMISSIVE};

use super::{DataType, LexicalError, lexical};

pub(super) fn parse_hex(text: &str) -> Result<Vec<u8>, LexicalError> {
    HEXUPPER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| {
        LexicalError::new(
            DataType::HexBinary,
            text,
            "expected an even number of hexadecimal digits",
        )
    })
}

/// Reads base64. White space may be anywhere. Padding must be complete and the unused bits zero, so
/// that no two forms without white space mean the same octets.
pub(super) fn parse_base64(text: &str) -> Result<Vec<u8>, LexicalError> {
    let error = || {
        LexicalError::new(
            DataType::Base64Binary,
            text,
            "expected groups of four base64 digits, the last padded with `=`",
        )
    };
    let mut digits = Vec::with_capacity(text.len());
    digits.extend(text.bytes().filter(|&c| !lexical::is_white_space(c.into())));
    // The decoder would go on after padding, as if several texts stood one after the other.
    let padding = digits.iter().position(|&c| c == b'=');
    if padding.is_some_and(|at| digits.len() - at > 2) {
        return Err(error());
    }
    BASE64.decode(&digits).map_err(|_| error())
}

pub(super) fn write_hex(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}", HEXUPPER.encode_display(octets))
}

pub(super) fn write_base64(octets: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}", BASE64.encode_display(octets))
}
