//! Bytes in UTF-8 or UTF-16 → text.

use std::borrow::Cow;

/// Bytes that are no text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Undecodable {
    pub(crate) message: String,
    /// The text up to the end of the line at fault, each bad byte shown as U+FFFD.
    pub(crate) text: String,
    /// The byte offset of the fault in `text`.
    pub(crate) at: usize,
}

/// The document as text, without a byte order mark. UTF-16 is known by its mark or by how `<`
/// looks in it (XML 1.0 appendix F); everything else must be UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Undecodable> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Undecodable> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(Cow::Borrowed(text)),
        Err(error) => error,
    };
    // An unsupported encoding is reported at its declaration, wherever its first accent is.
    if let Some((declaration, message)) = declared_otherwise(bytes) {
        return Err(Undecodable {
            message,
            text: declaration.to_owned(),
            at: 0,
        });
    }
    let at = error.valid_up_to();
    let rest = &bytes[at..];
    let line = rest.iter().take(MOST_SHOWN).position(|b| *b == b'\n');
    let end = at + line.unwrap_or(rest.len().min(MOST_SHOWN));
    let bad = rest.first().copied().unwrap_or(0);
    Err(Undecodable {
        message: format!("the document is not UTF-8 (byte {bad:#04x}); UTF-8 and UTF-16 are read"),
        text: String::from_utf8_lossy(&bytes[..end]).into_owned(),
        at,
    })
}

/// The XML declaration, if it declares another encoding, and the message about it.
fn declared_otherwise(bytes: &[u8]) -> Option<(&str, String)> {
    let end = memchr::memmem::find(bytes.get(..bytes.len().min(MOST_SHOWN))?, b"?>")?;
    let declaration = std::str::from_utf8(bytes.get(..end + 2)?).ok()?;
    if !declaration.starts_with("<?xml") {
        return None;
    }
    let message = super::lexical::declared(declaration).err()?;
    Some((declaration, message))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, Undecodable> {
    let pairs = bytes.chunks_exact(2);
    let odd = !pairs.remainder().is_empty();
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut characters = char::decode_utf16(units);
    let error = characters.by_ref().find_map(|character| match character {
        Ok(character) => {
            text.push(character);
            None
        }
        Err(error) => Some(error.unpaired_surrogate()),
    });
    let message = match error {
        None if !odd => return Ok(Cow::Owned(text)),
        None => "the UTF-16 document ends inside a character".to_owned(),
        Some(unit) => format!("the UTF-16 document has a lone surrogate {unit:#06x}"),
    };
    let at = text.len();
    text.push(char::REPLACEMENT_CHARACTER);
    let rest = characters.map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER));
    text.extend(rest.take(MOST_SHOWN).take_while(|c| *c != '\n'));
    Err(Undecodable { message, text, at })
}

/// No more of the line than this after the fault: a binary file may be one line.
const MOST_SHOWN: usize = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_known_by_their_marks() {
        let le: Vec<u8> = "<æ/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "<æ/>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let with = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        for bytes in [
            "<æ/>".as_bytes().to_vec(),
            with(&[0xEF, 0xBB, 0xBF], "<æ/>".as_bytes()),
            with(&[0xFF, 0xFE], &le),
            with(&[0xFE, 0xFF], &be),
            le.clone(),
            be,
        ] {
            assert_eq!(decode(&bytes).as_deref(), Ok("<æ/>"), "{bytes:x?}");
        }
        assert!(decode(&le[..7]).is_err());
        assert!(decode(&[0xFF, 0xFE, 0x00, 0xD8]).is_err());
    }

    #[test]
    fn an_encoding_that_is_not_read_is_told_at_its_declaration() {
        let text = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<a>\n\xE6</a>";
        let error = decode(text).expect_err("it is Latin-1");
        assert_eq!(error.at, 0);
        assert_eq!(
            error.message,
            "the encoding `ISO-8859-1` is not read; UTF-8 and UTF-16 are"
        );
        let text = b"<?xml version='1.0' encoding='UTF-8'?>\n<a>\xE6</a>";
        let error = decode(text).expect_err("it is Latin-1");
        assert_eq!(error.at, 42);
        assert!(error.message.contains("not UTF-8"), "{}", error.message);
    }

    #[test]
    fn a_fault_is_shown_in_its_line() {
        let fault = |bytes: &[u8]| decode(bytes).map_err(|e| (e.text, e.at)).err();
        assert_eq!(
            fault(b"<a>\xE6</a>\n<b/>"),
            Some(("<a>\u{FFFD}</a>".into(), 3))
        );
        assert_eq!(
            fault(b"\xEF\xBB\xBF<a>\xE6"),
            Some(("<a>\u{FFFD}".into(), 3))
        );
        let lone = [b'<', 0, 0x00, 0xD8, b'>', 0, b'\n', 0, b'<', 0];
        assert_eq!(fault(&lone), Some(("<\u{FFFD}>".into(), 1)));
    }
}
