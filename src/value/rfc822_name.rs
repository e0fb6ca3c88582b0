//! `local@domain` → [`Rfc822Name`] (RFC 2821 §4.1.2 "Mailbox"), and `rfc822Name-match` (A.3.14).

use std::str::FromStr;

use super::case::equal_ignoring_case;
use super::{DataType, LexicalError};

/// `rfc822Name`: a mailbox. The case of the local part matters, that of the domain does not (A.3.1).
///
/// `==` compares as written; use [`equal`](Self::equal) for `rfc822Name-equal`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rfc822Name {
    text: Box<str>,
    /// The byte offset of the `@` between local part and domain.
    at: usize,
}

impl Rfc822Name {
    /// The part before the `@`, with its quotes if it has any.
    pub(crate) fn local_part(&self) -> &str {
        &self.text[..self.at]
    }

    /// The part after the `@`: a domain, or an address in brackets.
    pub(crate) fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The function `rfc822Name-equal` (A.3.1).
    pub fn equal(&self, other: &Self) -> bool {
        self.local_part() == other.local_part()
            && equal_ignoring_case(self.domain(), other.domain())
    }

    /// The function `rfc822Name-match` (A.3.14): `pattern` is a whole mailbox (`a@sun.com`), a
    /// domain (`sun.com`), or a domain with all those below it (`.sun.com`).
    pub fn matches(pattern: &str, name: &Self) -> bool {
        if let Some((local_part, domain)) = pattern.rsplit_once('@') {
            return name.local_part() == local_part && equal_ignoring_case(name.domain(), domain);
        }
        match pattern.strip_prefix('.') {
            Some(parent) => is_within(name.domain(), parent),
            None => equal_ignoring_case(name.domain(), pattern),
        }
    }
}

/// `local@domain`; the local part is words joined by dots or quoted, the domain labels joined by
/// dots or an address in brackets. At most 320 bytes (RFC 2821 §4.5.3.1: 64 + 1 + 255).
///
/// Letters beyond ASCII are let in, as RFC 6531 later did, and so is a domain of one label.
impl FromStr for Rfc822Name {
    type Err = LexicalError;

    fn from_str(text: &str) -> Result<Self, LexicalError> {
        let error = |reason| LexicalError::new(DataType::Rfc822Name, text, reason);
        if text.len() > MAX_LENGTH {
            return Err(error("it is longer than 320 bytes"));
        }
        // A quoted local part may hold an `@`, a domain may not.
        let at = text.rfind('@').ok_or_else(|| error("it has no `@`"))?;
        let (local_part, domain) = (&text[..at], &text[at + 1..]);
        if !is_dot_string(local_part) && !is_quoted_string(local_part) {
            return Err(error("what stands before the `@` is no local part"));
        }
        if !is_domain(domain) && !is_address_literal(domain) {
            return Err(error("what stands after the `@` is no domain"));
        }
        Ok(Self {
            text: text.into(),
            at,
        })
    }
}

crate::serialized::displayed! {
    /// Writes the name as it was written.
    Rfc822Name
}

fn is_within(domain: &str, parent: &str) -> bool {
    // An address is below no domain, though its last characters may look like one.
    if parent.is_empty() || domain.starts_with('[') {
        return false;
    }
    if !domain.is_ascii() || !parent.is_ascii() {
        let parent = parent.to_lowercase();
        let below = domain.to_lowercase();
        let head = below.strip_suffix(&*parent);
        return head.is_some_and(|head| head.is_empty() || head.ends_with('.'));
    }
    let Some(at) = domain.len().checked_sub(parent.len()) else {
        return false;
    };
    let (head, tail) = (&domain.as_bytes()[..at], &domain.as_bytes()[at..]);
    tail.eq_ignore_ascii_case(parent.as_bytes()) && (head.is_empty() || head.ends_with(b"."))
}

fn is_dot_string(text: &str) -> bool {
    let is_atom_character =
        |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_foreign(c);
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character))
}

fn is_quoted_string(text: &str) -> bool {
    let Some(content) = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return false;
    };
    let is_visible = |c: char| c == ' ' || c.is_ascii_graphic() || is_foreign(c);
    let mut characters = content.chars();
    while let Some(c) = characters.next() {
        let valid = match c {
            '"' => false,
            '\\' => characters.next().is_some_and(is_visible),
            _ => is_visible(c),
        };
        if !valid {
            return false;
        }
    }
    true
}

fn is_domain(text: &str) -> bool {
    text.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || is_foreign(c))
    })
}

fn is_address_literal(text: &str) -> bool {
    text.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|address| {
            !address.is_empty()
                && address
                    .bytes()
                    .all(|c| c.is_ascii_graphic() && !matches!(c, b'[' | b'\\' | b']'))
        })
}

/// A character beyond ASCII that shows.
fn is_foreign(c: char) -> bool {
    !c.is_ascii() && !c.is_control() && !c.is_whitespace()
}

const MAX_LENGTH: usize = 320;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mailboxes_are_read() {
        for (text, local_part, domain) in [
            ("Anderson@sun.com", "Anderson", "sun.com"),
            ("a.b+c@localhost", "a.b+c", "localhost"),
            (r#""a b@c"@sun.com"#, r#""a b@c""#, "sun.com"),
            (r#""a\"@\\"@sun.com"#, r#""a\"@\\""#, "sun.com"),
            (r#"""@sun.com"#, r#""""#, "sun.com"),
            ("a@[10.0.0.1]", "a", "[10.0.0.1]"),
            ("a@[IPv6:::1]", "a", "[IPv6:::1]"),
            ("kåre@blåbær.no", "kåre", "blåbær.no"),
        ] {
            let name = name(text);
            assert_eq!((name.local_part(), name.domain()), (local_part, domain));
            assert_eq!(name.to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "@",
            "sun.com",
            "@sun.com",
            "a@",
            "a@b@c",
            "a b@sun.com",
            "a@sun com",
            "a@sun.com ",
            " a@sun.com",
            ".a@sun.com",
            "a.@sun.com",
            "a..b@sun.com",
            "a@.sun.com",
            "a@sun.com.",
            "a@sun..com",
            "a@-sun.com",
            "a@sun-.com",
            "a@sun_x.com",
            "a@[]",
            "a@[10.0.0.1",
            "a@[a]b]",
            "a\u{0}@sun.com",
            "a\u{a0}@sun.com",
            "\"a\"b\"@sun.com",
            "\"a@sun.com",
            "\"a\\\"@sun.com",
            "\"@sun.com",
            "\"a\n\"@sun.com",
            "<a@sun.com>",
        ] {
            assert!(text.parse::<Rfc822Name>().is_err(), "{text:?}");
        }
        let long = format!("{}@sun.com", "a".repeat(313));
        assert!(long.parse::<Rfc822Name>().is_err());
        assert!(long[1..].parse::<Rfc822Name>().is_ok());
    }

    #[test]
    fn equality_minds_the_case_of_the_local_part_only() {
        assert!(name("Anderson@sun.com").equal(&name("Anderson@SUN.COM")));
        assert!(!name("Anderson@sun.com").equal(&name("anderson@sun.com")));
        assert!(!name("a@sun.com").equal(&name("a@east.sun.com")));
        assert!(name("å@BLÅBÆR.no").equal(&name("å@blåbær.no")));
        assert!(!name("Å@blåbær.no").equal(&name("å@blåbær.no")));
    }

    #[test]
    fn patterns_match_as_the_standard_shows() {
        for (pattern, text, expected) in [
            ("Anderson@sun.com", "Anderson@sun.com", true),
            ("Anderson@sun.com", "Anderson@SUN.COM", true),
            ("Anderson@sun.com", "Anne.Anderson@sun.com", false),
            ("Anderson@sun.com", "anderson@sun.com", false),
            ("Anderson@sun.com", "Anderson@east.sun.com", false),
            ("sun.com", "Anderson@sun.com", true),
            ("sun.com", "Baxter@SUN.COM", true),
            ("sun.com", "Anderson@east.sun.com", false),
            (".east.sun.com", "Anderson@east.sun.com", true),
            (".east.sun.com", "anne.anderson@ISRG.EAST.SUN.COM", true),
            (".east.sun.com", "Anderson@sun.com", false),
            (".sun.com", "a@mysun.com", false),
            (".com", "a@sun.com", true),
            (".ær.no", "a@blåbær.no", false),
            (".\u{a5}r.no", "a@blåbær.no", false),
            (".BLÅBÆR.no", "a@blåbær.NO", true),
            (".BLÅBÆR.no", "a@x.blåbær.no", true),
            ("BLÅBÆR.no", "a@blåbær.no", true),
            ("a@BLÅBÆR.no", "a@blåbær.no", true),
            ("", "a@sun.com", false),
            (".", "a@sun.com", false),
            ("@", "a@sun.com", false),
            ("@sun.com", "a@sun.com", false),
            ("a@", "a@sun.com", false),
            (".1]", "a@[10.0.0.1]", false),
            ("[10.0.0.1]", "a@[10.0.0.1]", true),
            ("\"@\"@sun.com", "\"@\"@sun.com", true),
        ] {
            let matched = Rfc822Name::matches(pattern, &name(text));
            assert_eq!(matched, expected, "{pattern} {text}");
        }
    }

    fn name(text: &str) -> Rfc822Name {
        text.parse().unwrap()
    }
}
