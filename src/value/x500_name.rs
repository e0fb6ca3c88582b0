//! RFC 2253 text → [`X500Name`], compared by `x500Name-equal` and `x500Name-match`.

use std::str::FromStr;

use super::{DataType, LexicalError, case, lexical};

/// `x500Name`: a distinguished name, made of relative ones (RDNs) from the leaf to the root.
///
/// `==` compares as written; use [`equal`](Self::equal) for `x500Name-equal`.
#[derive(Clone, Debug)]
pub struct X500Name {
    text: Box<str>,
    /// The form that is compared, one block of memory for all RDNs. Every RDN ends with
    /// [`END`]; its attributes are sorted, with [`PLUS`] between them. An attribute is its type in
    /// lower case, or its OID where no keyword is known, `=` and the value: in lower case, without
    /// blanks at its ends and with single ones within, or [`OCTETS`] and hexadecimal digits for a
    /// value that is no text. The three bytes occur in no UTF-8, and no type holds a `=`, so
    /// that equal names are equal bytes, and only they are.
    normal: Box<[u8]>,
}

const END: u8 = 0xff;
const PLUS: u8 = 0xfe;
const OCTETS: u8 = 0xfd;

impl X500Name {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The function `x500Name-equal` (A.3.1): the same RDNs in the same order.
    ///
    /// An RDN of several attributes is a set of them; types are compared without regard to case
    /// and to whether they are spelt as keyword or OID, values without regard to case and to how
    /// wide their blanks are (RFC 3280 §4.1.2.4).
    pub fn equal(&self, other: &Self) -> bool {
        self.normal == other.normal
    }

    /// The function `x500Name-match` (A.3.14): `self` is the last RDNs of `of`, or all of them.
    ///
    /// The empty name matches only itself. By definition no RDNs end every name, but a policy for
    /// everyone has no need of a pattern; an empty pattern is a value that went missing.
    pub(crate) fn matches_tail(&self, of: &Self) -> bool {
        match of.normal.strip_suffix(&*self.normal) {
            Some([]) => true,
            // An RDN of `of` ends where the tail begins.
            Some([.., END]) => !self.normal.is_empty(),
            _ => false,
        }
    }
}

/// RFC 2253, with what it asks readers to take from RFC 1779: `;` between RDNs, blanks around
/// separators, quoted values, `OID.` before OIDs. At most 4,096 bytes without the blanks at its
/// ends, which are dropped unless a `\` precedes one; the empty text is a name of no RDNs.
///
/// Unescaped `=` and `#` inside a value are let in, as RFC 4514 later did: they can mean nothing
/// else there.
impl FromStr for X500Name {
    type Err = LexicalError;

    fn from_str(text: &str) -> Result<Self, LexicalError> {
        let text = trimmed(text);
        lexical::limit(DataType::X500Name, text)?;
        let mut reader = NameReader {
            rest: text,
            normal: Vec::with_capacity(text.len() + 1),
        };
        match reader.read_name() {
            Ok(()) => Ok(Self {
                text: text.into(),
                normal: reader.normal.into(),
            }),
            Err(reason) => Err(LexicalError::new(DataType::X500Name, text, reason)),
        }
    }
}

crate::serialized::displayed! {
    /// Writes the name as it was written.
    X500Name
}

impl PartialEq for X500Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for X500Name {}

/// The text without blanks at its ends. One after an odd number of `\` is a character of the last
/// value (RFC 2253 §2.4).
fn trimmed(text: &str) -> &str {
    let text = text.trim_start_matches(lexical::is_white_space);
    let bare = text.trim_end_matches(lexical::is_white_space);
    let before_escapes = bare.trim_end_matches('\\');
    match text.get(..bare.len() + 1) {
        Some(longer) if (bare.len() - before_escapes.len()) % 2 == 1 => longer,
        _ => bare,
    }
}

/// The result of a step of the reader; the error is the reason alone.
type Read<T> = Result<T, &'static str>;

struct NameReader<'a> {
    rest: &'a str,
    /// The form of the RDNs read so far that [`X500Name`] compares.
    normal: Vec<u8>,
}

impl NameReader<'_> {
    fn read_name(&mut self) -> Read<()> {
        while !self.rest.is_empty() {
            self.read_rdn()?;
            if self.rest.is_empty() {
                break;
            }
            if !self.take(',') && !self.take(';') {
                return Err("expected `,`, `;` or `+` after a value");
            }
            if self.rest.is_empty() {
                return Err("expected an attribute type such as `CN`");
            }
        }
        Ok(())
    }

    fn read_rdn(&mut self) -> Read<()> {
        let start = self.normal.len();
        self.read_attribute()?;
        if !self.rest.starts_with('+') {
            self.normal.push(END);
            return Ok(());
        }
        while self.take('+') {
            self.normal.push(PLUS);
            self.read_attribute()?;
        }
        // A set: the order in which its attributes are written says nothing (A.3.1).
        let rdn = self.normal.split_off(start);
        let count = 1 + rdn.iter().filter(|byte| **byte == PLUS).count();
        let mut attributes: Vec<&[u8]> = Vec::with_capacity(count);
        attributes.extend(rdn.split(|byte| *byte == PLUS));
        attributes.sort_unstable();
        for attribute in attributes {
            self.normal.extend_from_slice(attribute);
            self.normal.push(PLUS);
        }
        self.normal.pop();
        self.normal.push(END);
        Ok(())
    }

    /// Leaves the reader at a separator or the end.
    fn read_attribute(&mut self) -> Read<()> {
        self.skip_blanks();
        self.read_type()?;
        self.skip_blanks();
        if !self.take('=') {
            return Err(
                "expected `=` after an attribute type, as in `CN=Kari Nordmann,O=Oslo kommune`",
            );
        }
        self.normal.push(b'=');
        self.skip_blanks();
        match self.rest.as_bytes().first() {
            Some(b'#') => self.read_hex()?,
            Some(b'"') => self.read_quoted()?,
            _ => self.read_string()?,
        }
        self.skip_blanks();
        Ok(())
    }

    fn read_type(&mut self) -> Read<()> {
        let is_type = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        let end = self.rest.find(|c| !is_type(c)).unwrap_or(self.rest.len());
        let (kind, rest) = self.rest.split_at(end);
        self.rest = rest;
        let kind = kind.to_ascii_lowercase();
        let oid = kind.strip_prefix("oid.").unwrap_or(&kind);
        if oid.starts_with(|c: char| c.is_ascii_digit()) {
            let is_arc = |arc: &str| {
                arc.bytes().all(|c| c.is_ascii_digit())
                    && (arc == "0" || !arc.starts_with('0'))
                    && !arc.is_empty()
            };
            if !oid.split('.').all(is_arc) {
                return Err("an attribute type is neither a keyword nor an OID");
            }
            let name = keyword(oid).unwrap_or(oid);
            self.normal.extend_from_slice(name.as_bytes());
            return Ok(());
        }
        if !kind.starts_with(|c: char| c.is_ascii_alphabetic()) || kind.contains('.') {
            return Err("expected an attribute type such as `CN`");
        }
        let name = match kind.as_str() {
            "emailaddress" => EMAIL_ADDRESS,
            name => name,
        };
        self.normal.extend_from_slice(name.as_bytes());
        Ok(())
    }

    /// `#` and pairs of hexadecimal digits: BER. A value of one of the usual string types is the
    /// same as that string.
    fn read_hex(&mut self) -> Read<()> {
        let digits = self.rest.strip_prefix('#').unwrap_or(self.rest);
        let end = digits
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(digits.len());
        let (digits, rest) = digits.split_at(end);
        self.rest = rest;
        if digits.is_empty() {
            return Err("expected hexadecimal digits after `#`");
        }
        let octets = data_encoding::HEXUPPER_PERMISSIVE
            .decode(digits.as_bytes())
            .map_err(|_| "expected an even number of hexadecimal digits after `#`")?;
        match ber_text(&octets) {
            Some(text) => self.push_text(text),
            None => {
                self.normal.push(OCTETS);
                let digits = digits.bytes().map(|digit| digit.to_ascii_lowercase());
                self.normal.extend(digits);
            }
        }
        Ok(())
    }

    fn read_quoted(&mut self) -> Read<()> {
        let mut octets = Vec::new();
        self.take('"');
        loop {
            match self.next() {
                None => return Err("a quoted value has no closing `\"`"),
                Some('"') => return self.push_octets(&octets),
                Some('\\') => octets.push(self.read_escaped()?),
                Some(c) => push(&mut octets, c),
            }
        }
    }

    fn read_string(&mut self) -> Read<()> {
        let mut octets = Vec::new();
        loop {
            match self.rest.chars().next() {
                None | Some(',' | ';' | '+') => return self.push_octets(&octets),
                Some('"' | '<' | '>') => {
                    return Err("a value holds `\"`, `<` or `>` without `\\` before it");
                }
                Some(c) => {
                    self.next();
                    if c == '\\' {
                        octets.push(self.read_escaped()?);
                    } else {
                        push(&mut octets, c);
                    }
                }
            }
        }
    }

    /// Reads an escape, after its `\`: a special character, or two hexadecimal digits for one octet
    /// of UTF-8.
    fn read_escaped(&mut self) -> Read<u8> {
        let error = "expected a special character or two hexadecimal digits after `\\`";
        let first = self.next().ok_or(error)?;
        if let Some(high) = first.to_digit(16) {
            let low = self.next().and_then(|c| c.to_digit(16)).ok_or(error)?;
            return u8::try_from(high * 16 + low).map_err(|_| error);
        }
        if !first.is_ascii() || !"\\\",=+<>#; ".contains(first) {
            return Err(error);
        }
        u8::try_from(first).map_err(|_| error)
    }

    fn push_octets(&mut self, octets: &[u8]) -> Read<()> {
        let text = std::str::from_utf8(octets);
        self.push_text(text.map_err(|_| "the octets of a value are not UTF-8")?);
        Ok(())
    }

    /// Adds a text in the form that is compared (RFC 3280 §4.1.2.4): without case, with single
    /// blanks, and without blanks at its ends, escaped or not. All forms of sigma are one letter.
    fn push_text(&mut self, text: &str) {
        let mut first = true;
        for word in text.split_whitespace() {
            if !first {
                self.normal.push(b' ');
            }
            first = false;
            for c in case::by_character(word) {
                push(&mut self.normal, c);
            }
        }
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(lexical::is_white_space);
    }

    fn take(&mut self, separator: char) -> bool {
        match self.rest.strip_prefix(separator) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }
}

fn push(octets: &mut Vec<u8>, character: char) {
    octets.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The text of a UTF8String, PrintableString or IA5String with a length of one octet.
fn ber_text(octets: &[u8]) -> Option<&str> {
    match octets {
        [0x0c | 0x13 | 0x16, length @ 0..=0x7f, text @ ..]
            if usize::from(*length) == text.len() =>
        {
            std::str::from_utf8(text).ok()
        }
        _ => None,
    }
}

/// The keywords of RFC 2253 §2.3, and one more in common use.
fn keyword(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "2.5.4.3" => "cn",
        "2.5.4.7" => "l",
        "2.5.4.8" => "st",
        "2.5.4.10" => "o",
        "2.5.4.11" => "ou",
        "2.5.4.6" => "c",
        "2.5.4.9" => "street",
        "0.9.2342.19200300.100.1.25" => "dc",
        "0.9.2342.19200300.100.1.1" => "uid",
        "1.2.840.113549.1.9.1" => EMAIL_ADDRESS,
        _ => return None,
    })
}

/// The shorter of its two keywords.
const EMAIL_ADDRESS: &str = "e";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names() {
        for (a, b) in [
            ("", ""),
            ("", "  "),
            (
                "cn=John Smith,o=Medico Corp, c=US",
                "CN=john  smith;O=MEDICO CORP ; C = us",
            ),
            ("CN=a+OU=b,O=c", "ou=B + cn=A,o=c"),
            ("CN=a+CN=b", "CN=b+CN=a"),
            ("2.5.4.3=a,OID.2.5.4.10=b", "CN=a,O=b"),
            ("1.2.840.113549.1.9.1=a@b.c", "E=A@B.C"),
            ("emailAddress=a@b.c", "e=a@b.c"),
            ("0.9.2342.19200300.100.1.25=com", "DC=com"),
            (r"CN=Smith\, John", "CN=\"Smith, John\""),
            (r"CN=Smith\2C John", r"CN=Smith\, John"),
            (r"CN=Lu\C4\8Di\C4\87", "CN=Lučić"),
            (r"CN=\ a\ ", "CN=a"),
            (r"CN=a\  ", "CN=a"),
            (r" CN=a\20 ", "CN=a"),
            (r"O=b,CN=\ ", "O=b,CN="),
            (r"CN=a\\ ", r"CN=a\5C"),
            (r"CN=a\\\ ", r"CN=a\\"),
            (r"CN=a\, ", "CN=\"a,\""),
            (r"CN=\ ,O=b", "CN=,O=b"),
            ("CN=\" a \" ", "CN=a"),
            ("CN=ΝΙΚΟΣ", "CN=Νικος"),
            ("CN=νικοσ", "CN=Νικος"),
            ("CN=a+O=b+CN=a,L=x", "O=b+CN=a+CN=a,L=x"),
            ("CN=#04AB+O=b", "O=b+CN=#04ab"),
            ("CN=a\tb\n c", "CN=a b c"),
            ("CN=\n  a,\n  O=b\n", "CN=a,O=b"),
            ("CN=#0C0161", "CN=A"),
            ("CN=#1303414243", "CN=abc"),
            ("1.3.6.1=#04024869", "1.3.6.1=#04024869"),
            ("1.3.6.1=#04ab", "1.3.6.1=#04AB"),
            ("CN=", "CN=\"\""),
            (r"CN=a\=b#c", "CN=a=b#c"),
            ("CN=ÆØÅ", "cn=æøå"),
            ("foo-1=a", "FOO-1=a"),
        ] {
            assert!(name(a).equal(&name(b)), "{a} {b}");
            assert!(name(b).equal(&name(a)), "{b} {a}");
            assert!(name(a).matches_tail(&name(b)), "{a} {b}");
        }
    }

    #[test]
    fn different_names() {
        for (a, b) in [
            ("", "CN="),
            ("CN=a", "CN=b"),
            ("CN=a", "O=a"),
            ("CN=a,O=b", "O=b,CN=a"),
            ("CN=a+O=b", "CN=a,O=b"),
            ("CN=a+O=b", "CN=a"),
            ("CN=a+CN=a", "CN=a"),
            ("CN=ab", "CN=a b"),
            (r"CN=\#0C0161", "CN=#0C0161"),
            (r"CN=\#0401", "CN=#0401"),
            (r"CN=a\+b", "CN=a+b="),
            (r"CN=a\\ ", "CN=a"),
            ("CN=a,CN=b", "CN=a+CN=b"),
            ("CN=#0402", "CN=#0401"),
            (r"CN=a\,O\=b", "CN=a,O=b"),
            ("2.5.4.33=a", "2.5.4.3=a"),
        ] {
            assert!(!name(a).equal(&name(b)), "{a} {b}");
        }
    }

    #[test]
    fn tails() {
        for (tail, of, expected) in [
            (
                "O=Medico Corp,C=US",
                "cn=John Smith,o=Medico Corp, c=US",
                true,
            ),
            ("c=US", "cn=John Smith,o=Medico Corp, c=US", true),
            ("o=Medico Corp", "cn=John Smith,o=Medico Corp, c=US", false),
            (
                "cn=John Smith,o=Medico Corp,c=US",
                "o=Medico Corp,c=US",
                false,
            ),
            ("O=b", "CN=a+O=b", false),
            ("CN=a+O=b", "C=c,O=b+CN=a", true),
            ("N=a", "CN=a", false),
            (r"O=b\ ", "CN=a,O=b", true),
            ("", "c=US", false),
            ("", "", true),
            ("c=US", "", false),
        ] {
            assert_eq!(name(tail).matches_tail(&name(of)), expected, "{tail} {of}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            ",",
            "CN",
            "=a",
            "CN=a,",
            ",CN=a",
            "CN=a,,O=b",
            "CN=a+",
            "CN=a+,O=b",
            "CN=a;",
            "C N=a",
            "C_N=a",
            "1a=b",
            "1.=b",
            ".1=b",
            "1..2=b",
            "01.2=b",
            "OID.=b",
            "a.b=c",
            "CN=a\"b",
            "CN=<a>",
            "CN=\"a",
            "CN=\"a\"b",
            "CN=\"a\\\"",
            r"CN=a\",
            "CN=a\\\t",
            "CN=a\\\n ",
            r"CN=a\\\",
            r"CN=a, ",
            r"CN=a\x",
            r"CN=a\4",
            r"CN=a\4g",
            r"CN=a\é",
            r"CN=\C4",
            r"CN=\FF",
            "CN=#",
            "CN=#0",
            "CN=#0g",
            "CN=#04 x",
            "ÆØ=a",
        ] {
            assert!(text.parse::<X500Name>().is_err(), "{text:?}");
        }
        let long = "CN=a,".repeat(1_000) + "CN=a";
        assert!(long.parse::<X500Name>().is_err());
    }

    #[test]
    fn names_are_kept_as_written() {
        let text = r"CN = Smith\, John ;O=Medico";
        assert_eq!(name(text).to_string(), text);
        assert_eq!(name(r" CN=a\  ").to_string(), r"CN=a\ ");
        assert_eq!(name("\nCN=a\\\\ ").to_string(), r"CN=a\\");
        assert_ne!(name("CN=a"), name("cn=a"));
    }

    fn name(text: &str) -> X500Name {
        text.parse().unwrap()
    }
}
