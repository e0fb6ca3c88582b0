//! Lexical forms of `xs:double` ↔ `f64` (XML Schema Part 2 §3.2.5).

use std::fmt;

use super::{DataType, LexicalError, lexical};

/// Rust's own reader takes `inf`, `nan` and `+infinity` too; the standard's grammar comes first.
/// A number that is too large becomes an infinity, as IEEE 754 rounds it.
pub(super) fn parse(text: &str) -> Result<f64, LexicalError> {
    lexical::limit(DataType::Double, text)?;
    let error = |reason| LexicalError::new(DataType::Double, text, reason);
    match text {
        "INF" => return Ok(f64::INFINITY),
        "-INF" => return Ok(f64::NEG_INFINITY),
        "NaN" => return Ok(f64::NAN),
        _ => {}
    }
    if !is_number(text.as_bytes()) {
        return Err(error(
            "expected a number such as `5.2E0`, `INF`, `-INF` or `NaN`",
        ));
    }
    text.parse()
        .map_err(|_| error("expected a number such as `5.2E0`"))
}

/// The canonical form: a digit other than zero, a point, at least one digit, `E`, an exponent.
pub(super) fn write(value: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if value.is_nan() {
        return f.write_str("NaN");
    }
    if value.is_infinite() {
        return f.write_str(if value > 0.0 { "INF" } else { "-INF" });
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => {
            write!(f, "{mantissa}E{exponent}")
        }
        Some((mantissa, exponent)) => write!(f, "{mantissa}.0E{exponent}"),
        None => f.write_str(&text),
    }
}

fn is_number(text: &[u8]) -> bool {
    let text = without_sign(text);
    let (mantissa, exponent) = match text.iter().position(|c| matches!(c, b'e' | b'E')) {
        Some(at) => (&text[..at], Some(without_sign(&text[at + 1..]))),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.iter().position(|&c| c == b'.') {
        Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
        None => (mantissa, &mantissa[..0]),
    };
    let are_digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    are_digits(whole)
        && are_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && are_digits(exponent))
}

fn without_sign(text: &[u8]) -> &[u8] {
    match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    }
}
