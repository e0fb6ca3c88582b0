//! Bytes in UTF-8 or UTF-16 → text.

use std::borrow::Cow;

/// The document as text, without a byte order mark. UTF-16 is known by its mark or by how `<`
/// looks in it (XML 1.0 appendix F); everything else must be UTF-8.
///
/// The error is the byte at fault and what is wrong with it.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, (usize, String)> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, (usize, String)> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|error| {
            let at = error.valid_up_to();
            let message = format!(
                "the document is not UTF-8 (byte {:#04x}); UTF-8 and UTF-16 are read",
                bytes.get(at).copied().unwrap_or(0)
            );
            (at, message)
        })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, (usize, String)> {
    let pairs = bytes.chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return Err((0, "the UTF-16 document ends inside a character".to_owned()));
    }
    let units = pairs.map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units)
        .collect::<Result<String, _>>()
        .map(Cow::Owned)
        .map_err(|error| {
            let message = format!(
                "the UTF-16 document has a lone surrogate {:#06x}",
                error.unpaired_surrogate()
            );
            (0, message)
        })
}

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
        assert_eq!(decode(b"<a>\xE6</a>").map_err(|e| e.0), Err(3));
    }
}
