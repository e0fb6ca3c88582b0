//! A byte for the data type, then a text: reading it does not panic, a value reads back from what
//! is written of it, and its canonical form is canonical.

#![no_main]

use libfuzzer_sys::fuzz_target;
use vedtak::value::{DataType, Value};

/// Lexical forms have limits, and escapes may make a long one too long to be read again.
const LONGEST: usize = 1000;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else {
        return;
    };
    let data_type = DataType::ALL[usize::from(*first) % DataType::ALL.len()];
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let Ok(value) = Value::parse(data_type, text) else {
        return;
    };
    if text.len() > LONGEST {
        return;
    }
    assert_eq!(value.data_type(), data_type);
    let written = value.lexical();
    assert_eq!(
        Value::parse(data_type, &written),
        Ok(value.clone()),
        "{written}"
    );
    let canonical = value.to_string();
    let again = Value::parse(data_type, &canonical).map(|value| value.to_string());
    assert_eq!(again, Ok(canonical));
});
