//! The XML declaration, references, line ends, names and characters (XML 1.0 §2, §4.1).

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2, memchr3};

use super::cut;
use super::reader::{Fault, fault};

pub(crate) const XML_NAMESPACE: &str = "http://www.w3.org/XML/1998/namespace";
pub(super) const XMLNS_NAMESPACE: &str = "http://www.w3.org/2000/xmlns/";

/// Checks the XML declaration. The text is decoded already, so the encoding only has to be one that
/// is read.
pub(super) fn declared(declaration: &str) -> Result<(), String> {
    let inside = declaration
        .strip_prefix("<?xml")
        .and_then(|inside| inside.strip_suffix("?>"));
    let mut rest = inside.unwrap_or(declaration);
    let version = claim(&mut rest, "version");
    let encoding = claim(&mut rest, "encoding");
    let standalone = claim(&mut rest, "standalone");
    let (true, Some(version), None | Some("yes" | "no")) = (is_blank(rest), version, standalone)
    else {
        return Err("the XML declaration is not well-formed".to_owned());
    };
    if version != "1.0" {
        return Err(format!(
            "XML version `{}` is not read, only 1.0 is",
            cut(version)
        ));
    }
    let known = ["utf-8", "utf-16", "utf-16le", "utf-16be", "us-ascii"];
    let is_known = |name: &&str| known.iter().any(|known| name.eq_ignore_ascii_case(known));
    if let Some(encoding) = encoding.filter(|name| !is_known(name)) {
        let encoding = cut(encoding);
        return Err(format!(
            "the encoding `{encoding}` is not read; UTF-8 and UTF-16 are"
        ));
    }
    Ok(())
}

/// Takes ` name="value"` from the beginning of `rest` and returns the value.
fn claim<'t>(rest: &mut &'t str, name: &str) -> Option<&'t str> {
    let after = trim_start(rest);
    if after.len() == rest.len() {
        return None;
    }
    let after = trim_start(after.strip_prefix(name)?);
    let after = trim_start(after.strip_prefix('=')?);
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, after) = after[1..].split_once(quote)?;
    *rest = after;
    Some(value)
}

/// Resolves character references and the five predefined entities; in attribute values white
/// space becomes blanks (XML 1.0 §3.3.3).
pub(super) fn references(raw: &str, at: usize, attribute: bool) -> Result<Cow<'_, str>, Fault> {
    let bytes = raw.as_bytes();
    let special = memchr2(b'&', b'\r', bytes).is_some()
        || (attribute && memchr3(b'<', b'\n', b'\t', bytes).is_some());
    if !special {
        return Ok(Cow::Borrowed(raw));
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(c) = rest.chars().next() {
        let here = at + (raw.len() - rest.len());
        rest = &rest[c.len_utf8()..];
        match c {
            '&' => {
                let Some((name, after)) = rest.split_once(';') else {
                    return Err(fault(here, "`&` begins a reference that has no `;`"));
                };
                let character = reference(name).map_err(|wrong| {
                    let name: String = name.chars().take(20).collect();
                    fault(here, format!("the reference `&{name};` {wrong}"))
                })?;
                out.push(character);
                rest = after;
            }
            '<' if attribute => {
                return Err(fault(here, "`<` is not allowed in an attribute value"));
            }
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                out.push(if attribute { ' ' } else { '\n' });
            }
            '\n' | '\t' if attribute => out.push(' '),
            c => out.push(c),
        }
    }
    Ok(Cow::Owned(out))
}

/// The character of the reference `&name;`, or the message that it is invalid.
fn reference(name: &str) -> Result<char, &'static str> {
    let number = match name {
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "amp" => return Ok('&'),
        "apos" => return Ok('\''),
        "quot" => return Ok('"'),
        _ => name.strip_prefix('#').ok_or("is not known")?,
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    // `from_str_radix` would take a sign.
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err("is not known; a character is written `&#230;` or `&#xE6;`");
    }
    u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
        .filter(|c| is_character(*c))
        .ok_or("names a character that XML does not allow")
}

/// The line ends `\r\n` and `\r` become `\n` (XML 1.0 §2.11).
pub(super) fn line_ends(raw: &str) -> Cow<'_, str> {
    if memchr(b'\r', raw.as_bytes()).is_some() {
        Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(raw)
    }
}

/// The byte offset of `]]>`, which text must not contain.
pub(super) fn end_of_section(raw: &str) -> Option<usize> {
    let bytes = raw.as_bytes();
    memchr_iter(b']', bytes).find(|at| bytes[*at..].starts_with(b"]]>"))
}

/// The first character that XML 1.0 does not allow anywhere.
pub(crate) fn forbidden_character(text: &str) -> Option<usize> {
    let suspicious = |b: u8| (b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r')) || b == 0xEF;
    // Whole blocks at a time, which a processor can look at side by side.
    let mut blocks = text.as_bytes().chunks(64);
    if !blocks.any(|block| block.iter().fold(false, |any, b| any | suspicious(*b))) {
        return None;
    }
    text.char_indices()
        .find(|(_, c)| !is_character(*c))
        .map(|(at, _)| at)
}

/// The text with U+FFFD for each character that XML cannot hold: for messages, which no program
/// compares.
pub(crate) fn legible(text: &str) -> Cow<'_, str> {
    match forbidden_character(text) {
        None => Cow::Borrowed(text),
        Some(_) => {
            let legible = |c| {
                if is_character(c) {
                    c
                } else {
                    char::REPLACEMENT_CHARACTER
                }
            };
            text.chars().map(legible).collect()
        }
    }
}

fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{FFFD}' | '\u{10000}'..)
}

/// Whether `xmlns:prefix="uri"` may be written (Namespaces in XML 1.0 §3).
pub(super) fn is_declarable(prefix: &str, uri: &str) -> bool {
    is_unprefixed_name(prefix)
        && !matches!(prefix, "xml" | "xmlns")
        && !matches!(uri, "" | XML_NAMESPACE | XMLNS_NAMESPACE)
}

/// The prefix of a name, if it has one, and its local part; none if it is no name (Namespaces in
/// XML 1.0 §4).
pub(super) fn split_name(name: &str) -> Option<(Option<&str>, &str)> {
    // Most are of letters without a colon.
    let mut bytes = name.bytes();
    let kind = |b: u8| ASCII[usize::from(b)];
    if bytes.next().is_some_and(|b| kind(b) == START) && bytes.all(|b| kind(b) & PLAIN != 0) {
        return Some((None, name));
    }
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, name),
    };
    (is_unprefixed_name(local) && prefix.is_none_or(is_unprefixed_name)).then_some((prefix, local))
}

/// Whether a text is a `Name` without a colon, as a prefix or a local part is (Namespaces in XML
/// 1.0 §4).
pub(crate) fn is_unprefixed_name(name: &str) -> bool {
    !name.contains(':') && is_name(name)
}

/// Whether an ASCII character may be in a name, at its beginning or not, colons included.
pub(super) fn is_ascii_of_name(byte: u8) -> bool {
    ASCII[usize::from(byte)] != 0
}

/// The classes of ASCII characters in a name; 0 for those that no name contains, and for bytes of
/// other characters.
static ASCII: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 128 {
        table[at as usize] = match at {
            b'_' | b'A'..=b'Z' | b'a'..=b'z' => START,
            b'-' | b'.' | b'0'..=b'9' => MORE,
            b':' => COLON,
            _ => 0,
        };
        at += 1;
    }
    table
};

/// The character may begin a name, and be elsewhere in it.
const START: u8 = 1;

/// The character may be in a name, but not begin it.
const MORE: u8 = 2;

/// Either, in a name without a colon.
const PLAIN: u8 = START | MORE;

const COLON: u8 = 4;

/// XML 1.0 (fifth edition) `Name`, colons included.
pub(super) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    let start = |c| c == ':' || is_name_start(c);
    chars.next().is_some_and(start) && chars.all(|c| c == ':' || is_name_character(c))
}

/// Whether a name may begin with this character, the colon excluded.
pub(crate) fn is_name_start(c: char) -> bool {
    matches!(c, '_' | 'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}'
        | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}'
        | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// Whether this character may follow in a name, the colon excluded.
pub(crate) fn is_name_character(c: char) -> bool {
    is_name_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}'
            | '\u{203F}'..='\u{2040}')
}

pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_blank_byte)
}

/// `text` without white space at its ends: XML's four characters, not Unicode's.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_white_space)
}

/// `text` without white space at its beginning: XML's four characters, not Unicode's.
pub(super) fn trim_start(text: &str) -> &str {
    text.trim_start_matches(is_white_space)
}

pub(super) fn is_blank_byte(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

pub(crate) fn is_white_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_are_split_as_they_would_be_without_a_table(name in "([a-zA-Z0-9:._é·-]|[ -~]){0,6}") {
            let (prefix, local) = match name.split_once(':') {
                Some((prefix, local)) => (Some(prefix), local),
                None => (None, name.as_str()),
            };
            let right = is_unprefixed_name(local) && prefix.is_none_or(is_unprefixed_name);
            prop_assert_eq!(split_name(&name), right.then_some((prefix, local)));
            let in_names = |b: &u8| b.is_ascii() && is_name(&format!("a{}", char::from(*b)));
            prop_assert!(name.bytes().all(|b| is_ascii_of_name(b) == in_names(&b)));
        }

        #[test]
        fn forbidden_characters_are_found_wherever_they_stand(
            before in "[ -~é]{0,200}",
            character in r"[\x00-\x20]|[\u{FFF0}-\u{FFFF}]|é",
        ) {
            let text = format!("{before}{character} ");
            let is_right = character.chars().all(is_character);
            let found = (!is_right).then_some(before.len());
            prop_assert_eq!(forbidden_character(&text), found);
            let text = format!("{before}]]]>");
            let first = text.find("]]>");
            prop_assert_eq!(end_of_section(&text), first);
        }
    }
}
