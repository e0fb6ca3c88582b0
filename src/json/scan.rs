//! Text → a flat list of values, well-formed and within limits.
//!
//! A container precedes its items, and the name of a member its value. Nothing recurses, so depth
//! costs no stack.

use std::borrow::Cow;

use crate::limits::{DEEPEST, Limits, exceeded, short};

/// The error of a text that is not JSON.
#[derive(Debug)]
pub(super) struct JsonFault {
    pub(super) at: usize,
    pub(super) message: String,
    /// The values read before the error.
    pub(super) nodes: Vec<Node>,
}

/// A value, or the name of a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The byte offset of its beginning.
    pub(super) start: u32,
    /// The byte offset of its end, quotes and brackets included.
    pub(super) end: u32,
    /// The index after the last node in it; 0 while it is being read.
    pub(super) next: u32,
    pub(super) kind: Kind,
}

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean(bool),
    Number,
    String { escaped: bool },
    Array,
    Object,
}

impl Kind {
    /// The name of the kind with its article, for a sentence.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "a boolean",
            Self::Number => "a number",
            Self::String { .. } => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// Reads the whole text, which is one value.
pub(super) fn scan(text: &str, limits: &Limits) -> Result<Vec<Node>, JsonFault> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        // Guessed low: a name and its value take about this much.
        nodes: Vec::with_capacity(text.len() / 24),
        open: Vec::new(),
        values: 0,
        limits,
    };
    let result = if u32::try_from(text.len()).is_err() {
        Err("the document is longer than 4 GiB".to_owned())
    } else {
        scanner.document()
    };
    match result {
        Ok(()) => Ok(scanner.nodes),
        Err(message) => Err(JsonFault {
            at: scanner.at,
            message: match text[scanner.at..].chars().next() {
                None if message.starts_with("expected") => {
                    format!("{message}, but the document ends here")
                }
                Some(found) if message.starts_with("expected") => {
                    let found = if found.is_control() { ' ' } else { found };
                    format!("{message}, found `{found}`")
                }
                _ => message,
            },
            nodes: scanner.nodes,
        }),
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The containers being read, the innermost last.
    open: Vec<usize>,
    values: usize,
    limits: &'a Limits,
}

/// The result of a step; to a message that begins with "expected" the text found is added.
type Scanned = Result<(), String>;

impl Scanner<'_> {
    fn document(&mut self) -> Scanned {
        'value: loop {
            self.blanks();
            match self.peek() {
                Some(b'{') => {
                    self.open(Kind::Object)?;
                    self.blanks();
                    if self.peek() == Some(b'}') {
                        self.close();
                    } else {
                        self.name()?;
                        continue 'value;
                    }
                }
                Some(b'[') => {
                    self.open(Kind::Array)?;
                    self.blanks();
                    if self.peek() == Some(b']') {
                        self.close();
                    } else {
                        continue 'value;
                    }
                }
                _ => self.scalar()?,
            }
            // A value is complete: its container determines what may follow.
            loop {
                self.blanks();
                let Some(&inside) = self.open.last() else {
                    break 'value;
                };
                let object = self.nodes[inside].kind == Kind::Object;
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        self.blanks();
                        if let Some(bracket @ (b'}' | b']')) = self.peek() {
                            let inside = if object { "member" } else { "value" };
                            let bracket = char::from(bracket);
                            return Err(format!(
                                "a comma stands before `{bracket}`; JSON has none after the last {inside}"
                            ));
                        }
                        if object {
                            self.name()?;
                        }
                        continue 'value;
                    }
                    Some(b'}') if object => self.close(),
                    Some(b']') if !object => self.close(),
                    _ if object => return Err("expected `,` or `}`".to_owned()),
                    _ => return Err("expected `,` or `]`".to_owned()),
                }
            }
        }
        match self.peek() {
            None => Ok(()),
            Some(_) => Err("expected the end of the document".to_owned()),
        }
    }

    fn open(&mut self, kind: Kind) -> Scanned {
        let most = self.limits.depth.min(DEEPEST);
        if self.open.len() >= most {
            return Err(exceeded(
                "arrays and objects are nested too deep",
                most,
                "depth",
            ));
        }
        self.count()?;
        self.open.push(self.nodes.len());
        self.push(self.at, kind);
        self.at += 1;
        Ok(())
    }

    /// Ends the innermost container at its closing bracket.
    fn close(&mut self) {
        self.at += 1;
        let next = short(self.nodes.len());
        if let Some(inside) = self.open.pop() {
            self.nodes[inside].end = short(self.at);
            self.nodes[inside].next = next;
        }
    }

    /// The name of a member, and the colon.
    fn name(&mut self) -> Scanned {
        if self.peek() != Some(b'"') {
            return Err("expected the name of a member in double quotes".to_owned());
        }
        self.string()?;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err("expected `:`".to_owned());
        }
        self.at += 1;
        Ok(())
    }

    fn scalar(&mut self) -> Scanned {
        self.count()?;
        let start = self.at;
        let rest = &self.bytes[start..];
        let word = [
            (&b"true"[..], Kind::Boolean(true)),
            (b"false", Kind::Boolean(false)),
            (b"null", Kind::Null),
        ];
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => match word.into_iter().find(|(word, _)| rest.starts_with(word)) {
                Some((word, kind)) => {
                    self.at += word.len();
                    self.push(start, kind);
                    Ok(())
                }
                None if self.nodes.is_empty() && self.peek() == Some(b'<') => {
                    Err("this is XML, where JSON is expected".to_owned())
                }
                None => Err("expected a value".to_owned()),
            },
        }
    }

    fn string(&mut self) -> Scanned {
        let start = self.at;
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at += plain(&self.bytes[self.at..]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(byte @ 0..0x20) => {
                    return Err(format!(
                        "the character U+{byte:04X} must be escaped in a string"
                    ));
                }
                // Not met: `plain` went past it.
                Some(_) => self.at += 1,
                None => {
                    self.at = start;
                    return Err("the string that begins here does not end".to_owned());
                }
            }
        }
        self.at += 1;
        self.push(start, Kind::String { escaped });
        Ok(())
    }

    /// Checks an escape. A half of a pair of surrogates is no character.
    fn escape(&mut self) -> Scanned {
        let unit = |at: usize| -> Option<u32> {
            let digits = self.bytes.get(at..at + 4)?;
            let mut value = 0;
            for &digit in digits {
                value = value * 16 + char::from(digit).to_digit(16)?;
            }
            Some(value)
        };
        let length = match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') => match unit(self.at + 2) {
                None => return Err("`\\u` needs four hexadecimal digits".to_owned()),
                Some(0xD800..=0xDBFF) => {
                    let follows = self.bytes[self.at + 6..].starts_with(b"\\u");
                    match unit(self.at + 8).filter(|_| follows) {
                        Some(0xDC00..=0xDFFF) => 12,
                        _ => return Err("this escape is half a character".to_owned()),
                    }
                }
                Some(0xDC00..=0xDFFF) => return Err("this escape is half a character".to_owned()),
                Some(_) => 6,
            },
            _ => return Err("`\\` begins an escape that JSON does not have".to_owned()),
        };
        self.at += length;
        Ok(())
    }

    fn number(&mut self) -> Scanned {
        let start = self.at;
        self.skip(b'-');
        if !self.skip(b'0') {
            self.digits()?;
        }
        if self.skip(b'.') {
            self.digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            let _ = self.skip(b'+') || self.skip(b'-');
            self.digits()?;
        }
        self.push(start, Kind::Number);
        Ok(())
    }

    fn digits(&mut self) -> Scanned {
        let rest = &self.bytes[self.at..];
        let count = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        match count {
            0 => Err("expected a digit".to_owned()),
            _ => Ok(()),
        }
    }

    /// Adds a node that ends where we are; a container's end is set when it closes.
    fn push(&mut self, start: usize, kind: Kind) {
        let next = match kind {
            Kind::Array | Kind::Object => 0,
            _ => short(self.nodes.len() + 1),
        };
        self.nodes.push(Node {
            start: short(start),
            end: short(self.at),
            next,
            kind,
        });
    }

    fn count(&mut self) -> Scanned {
        self.values += 1;
        if self.values > self.limits.elements {
            return Err(exceeded(
                "too many values",
                self.limits.elements,
                "elements",
            ));
        }
        Ok(())
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

/// The number of bytes before the first that a string cannot hold unescaped: a quote, a backslash
/// or a control character; all bytes if there is none.
pub(super) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The high bit of each byte that is zero, or of later ones: only the first is exact.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word;
    let (words, _) = bytes.as_chunks::<8>();
    for (word, number) in words.iter().zip(0..) {
        let word = u64::from_le_bytes(*word);
        let quotes = zeros(word ^ (ONES * u64::from(b'"')));
        let backslashes = zeros(word ^ (ONES * u64::from(b'\\')));
        let controls = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (quotes | backslashes | controls) & (ONES * 0x80);
        if found != 0 {
            return number * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let from = words.len() * 8;
    let special = |b: &u8| matches!(b, b'"' | b'\\' | 0..0x20);
    let rest = bytes[from..].iter().position(special);
    rest.map_or(bytes.len(), |at| from + at)
}

/// The characters between the quotes of a string that was checked.
pub(super) fn unescape(raw: &str) -> Cow<'_, str> {
    let mut rest = raw;
    let mut text = String::with_capacity(raw.len());
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = &rest[at + 1..];
        let unit = |at: usize| {
            let digits = escape.get(at..at + 4).unwrap_or_default();
            u32::from_str_radix(digits, 16).unwrap_or_default()
        };
        let (character, length) = match escape.as_bytes().first() {
            Some(b'b') => (Some('\u{8}'), 1),
            Some(b'f') => (Some('\u{C}'), 1),
            Some(b'n') => (Some('\n'), 1),
            Some(b'r') => (Some('\r'), 1),
            Some(b't') => (Some('\t'), 1),
            Some(b'u') => match unit(1) {
                high @ 0xD800..=0xDBFF => {
                    let low = unit(7) & 0x3FF;
                    (char::from_u32(0x10000 + ((high & 0x3FF) << 10) + low), 11)
                }
                unit => (char::from_u32(unit), 5),
            },
            other => (other.map(|&byte| byte.into()), 1),
        };
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = escape.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn plain_stops_at_the_first_special_byte_wherever_it_stands() {
        for length in 0..20 {
            for filler in [
                b' ', b'!', b'#', b'[', b']', b'\x7F', b'\x80', b'\xA2', b'\xDC', b'\xFF',
            ] {
                let text = vec![filler; length];
                assert_eq!(plain(&text), length);
                for at in 0..length {
                    for special in (0..0x20).chain([b'"', b'\\']) {
                        let mut text = text.clone();
                        text[at] = special;
                        assert_eq!(plain(&text), at, "{special:#x} after {filler:#x}");
                    }
                }
            }
        }
    }
}
