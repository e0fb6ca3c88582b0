//! Text → `anyURI` (XML Schema 1.0 Part 2 §3.2.17).
//!
//! A text is an anyURI if it is a URI reference of RFC 2396 as RFC 2732 amends it, once the
//! characters that no URI may hold are escaped as by XLink 1.0 §5.4: all beyond ASCII, the control
//! characters, the blank and ``< > " { } | \ ^ ` ``. An escaped octet may be wherever a letter may,
//! except in a scheme. So these characters are never at fault themselves, and only `%`, `#`,
//! brackets and the place of a `:` are left to check.
//!
//! RFC 3986 came later and is another grammar: it has no text for `http://h:port/`, and has one for
//! `http:`.

use std::borrow::Cow;
use std::net::Ipv6Addr;

use super::{DataType, LexicalError, lexical};
use crate::error::cut;

/// The URI in a text, without the white space that `whiteSpace="collapse"` drops: at its ends, and
/// beyond one blank within.
pub(super) fn read(text: &str) -> Result<Cow<'_, str>, LexicalError> {
    let text = lexical::trim(text);
    lexical::limit(DataType::AnyUri, text)?;
    let text = collapsed(text);
    match check(&text) {
        Ok(()) => Ok(text),
        Err(reason) => Err(LexicalError::new(DataType::AnyUri, &text, reason)),
    }
}

/// The text with single blanks for all white space within. Nearly every URI has none.
fn collapsed(text: &str) -> Cow<'_, str> {
    let is_plain = |c: &u8| !matches!(c, b' ' | b'\t' | b'\r' | b'\n');
    if text.as_bytes().iter().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let words = text.split(lexical::is_white_space);
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    Cow::Owned(words.join(" "))
}

/// The reason why a text is no URI reference.
type Flaw = String;

/// `[ absoluteURI | relativeURI ] [ "#" fragment ]`
fn check(text: &str) -> Result<(), Flaw> {
    escapes(text)?;
    let (uri, fragment) = match text.split_once('#') {
        Some((uri, fragment)) => (uri, fragment),
        None => (text, ""),
    };
    if let Some(second) = fragment.find('#') {
        let at = place(text, uri.len() + 1 + second);
        return Err(format!(
            "it has a second `#`, at character {at}; in a fragment it is written `%23`"
        ));
    }
    // Up to the first of these is a scheme, or the first segment of a relative path.
    let Some(end) = uri.find([':', '/', '?']).filter(|end| is_colon(uri, *end)) else {
        return hierarchical(text, uri);
    };
    let (scheme, rest) = (&uri[..end], &uri[end + 1..]);
    if !is_scheme(scheme) {
        let (found, at) = (cut(scheme), place(text, end));
        if found.is_empty() {
            return Err(format!("nothing comes before the `:` at character {at}"));
        }
        return Err(format!(
            "before the `:` at character {at} stands `{found}`, which is no scheme such as `http`; \
             a relative path with a `:` begins with `./`"
        ));
    }
    match rest.as_bytes().first() {
        None => Err(format!("nothing follows the scheme `{}:`", cut(scheme))),
        Some(b'/') => hierarchical(text, rest),
        // `opaque_part`: its first character alone is limited.
        Some(b'[' | b']') => Err(bracket(text, end + 1)),
        Some(_) => Ok(()),
    }
}

/// `[ "//" authority ] path [ "?" query ]`. RFC 2396's rule `relativeURI` asks for a path where its
/// examples (C.1) have the reference `?y`; that is taken.
fn hierarchical(text: &str, rest: &str) -> Result<(), Flaw> {
    let begin = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let mut path = rest.split('?').next().unwrap_or(rest);
    if let Some(after) = path.strip_prefix("//") {
        let end = after.find('/').unwrap_or(after.len());
        let (authority, rest) = after.split_at(end);
        if authority.contains(['[', ']']) && !is_ipv6_server(authority) {
            let (found, at) = (cut(authority), place(text, begin(authority)));
            return Err(format!(
                "at character {at} stands `{found}`, which is no host: brackets hold an IPv6 \
                 address, as in `[::1]:80`"
            ));
        }
        path = rest;
    }
    match path.find(['[', ']']) {
        Some(at) => Err(bracket(text, begin(path) + at)),
        None => Ok(()),
    }
}

/// Whether an authority is `[ userinfo "@" ] "[" IPv6address "]" [ ":" port ]` (RFC 2732). One
/// without brackets is always valid: if it is no server, it is a `reg_name`.
fn is_ipv6_server(authority: &str) -> bool {
    let host = match authority.split_once('@') {
        Some((user, host)) if !user.contains(['[', ']']) => host,
        _ => authority,
    };
    let Some((address, port)) = host.strip_prefix('[').and_then(|host| host.split_once(']')) else {
        return false;
    };
    let is_port = |port: &str| port.bytes().all(|digit| digit.is_ascii_digit());
    address.parse::<Ipv6Addr>().is_ok()
        && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// `escaped`: two digits after each `%`.
fn escapes(text: &str) -> Result<(), Flaw> {
    for (at, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(at + 1..at + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            let at = place(text, at);
            return Err(format!(
                "the `%` at character {at} is not followed by two hexadecimal digits; `%` itself is \
                 written `%25`"
            ));
        }
    }
    Ok(())
}

/// `scheme`.
fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.'))
}

fn is_colon(text: &str, at: usize) -> bool {
    text.as_bytes().get(at) == Some(&b':')
}

fn bracket(text: &str, at: usize) -> Flaw {
    let (found, at) = (&text[at..=at], place(text, at));
    format!(
        "the `{found}` at character {at} may stand only around an IPv6 address, in a query or in a \
         fragment; elsewhere it is written `%5B` or `%5D`"
    )
}

/// The character at a byte, counted from 1.
fn place(text: &str, byte: usize) -> usize {
    text[..byte].chars().count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_taken() {
        for text in [
            "",
            "a",
            "a b",
            "<x>",
            "{",
            "a{b}",
            "|\\^`\"",
            "é",
            "\u{1}",
            "æ/ø?å#ñ",
            "%41",
            "a%7Fb",
            "http://a/b/c?d#e",
            "http://a",
            "HTTP://A:80/",
            "http://a:port/",
            "http://",
            "///a",
            "//",
            "//a",
            "//a:b@c:d",
            "/",
            "/a:b",
            "./a:b",
            "a/b:c",
            "a?b:c",
            "#",
            "#a:b",
            "#a[1]",
            "?",
            "?y",
            "a?b?c",
            "a?b[0]=c",
            "a#b?c/d",
            "urn:a",
            "urn:a:b:",
            "urn:a[b]",
            "urn:a/b//c",
            "a:?b",
            "a::",
            "a::b",
            "mailto:a@b.no",
            "x+y-1.z:a",
            "urn:æ ø",
            "file:///c:/a",
            "http://[::1]",
            "http://[::1]/",
            "http://[::1]:80?a",
            "http://a:b@[::FFFF:10.0.0.1]:/",
            "http://a/?[",
            "http://a/#]",
            "http://a b/",
            "http://a@b@c/",
            "-a",
            "a..b",
            "$,;",
            "(!*')",
        ] {
            assert_eq!(check(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "%",
            "%z",
            "%zz",
            "%4",
            "%4g",
            "a%",
            "a%%41",
            "http://a/%",
            "#%",
            "?%4",
            "%é0",
            "#a#b",
            "##",
            "a#b#",
            ":",
            "::",
            ":a",
            "1:2",
            "1a:b",
            "a_b:c",
            "a b:c",
            "é:a",
            "%41:a",
            "-a:b",
            "a:",
            "urn:",
            "http:#a",
            "a[b",
            "[",
            "]",
            "[::1]",
            "/[",
            "a/b]",
            "http://[",
            "http://]",
            "http://[]",
            "http://[::1",
            "http://::1]",
            "http://[::1]a",
            "http://[::1]:a",
            "http://[1]",
            "http://[10.0.0.1]",
            "http://a[::1]",
            "http://[::1]@b",
            "http://a@b@[::1]",
            "http://[::1]]",
            "http://[fe80::1%25eth0]",
            "http://a/[b]",
            "http://a[b]/",
            "urn:[",
            "a:]",
            "//[",
            "//a/]",
        ] {
            assert!(check(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn white_space_is_collapsed() {
        for (text, expected) in [
            (" a ", "a"),
            ("a \n b", "a b"),
            ("a\tb", "a b"),
            ("\r\n", ""),
            ("a\u{a0} b", "a\u{a0} b"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected));
        }
    }
}
