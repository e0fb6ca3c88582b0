//! Values and names as numbers, made once and compared often.
//!
//! Equal values have equal keys. Values with equal keys are *nearly always* equal, so code that
//! finds equal keys compares the values, too, before it takes them for equal. The numbers are the
//! same for every request and every policy, so that a request that is hashed once may be decided
//! against any policy. Nothing here keeps a sender from finding two texts with one key: the result
//! is a comparison that fails.

use std::hash::{BuildHasher, Hasher};

use foldhash::quality::FixedState;

use super::Value;

/// The keys of a value: of the value itself, and of its lower-case form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    pub(crate) exact: u64,
    /// The key of the lower-case form of a string; for other values equal to `exact`.
    pub(crate) folded: u64,
}

/// The keys of a value under the equality function of its data type (A.3.1): `string-equal`,
/// `boolean-equal`, `integer-equal`, `anyURI-equal`, and that of the host's types. `None` for other
/// data types, whose values are compared themselves.
pub(crate) fn keys(value: &Value) -> Option<Keys> {
    let exact = match value {
        Value::String(text) => {
            return Some(Keys {
                exact: text_key(text),
                folded: folded_key(text),
            });
        }
        Value::AnyUri(text) => text_key(text),
        Value::Extension(value) => text_key(value.as_str()),
        Value::Boolean(value) => number_key(u64::from(*value)),
        Value::Integer(number) => match number.as_i64() {
            Some(small) => number_key(small.cast_unsigned()),
            // Rare, and costly to spell out: their size will do.
            None => name_key(number.bits(), ""),
        },
        _ => return None,
    };
    Some(Keys {
        exact,
        folded: exact,
    })
}

/// The keys of a value without keys, among those that have some; nothing is looked up by them.
pub(crate) const NO_KEYS: Keys = Keys {
    exact: 0,
    folded: 0,
};

/// The key of a text as it is.
pub(crate) fn text_key(text: &str) -> u64 {
    bytes_key(text.as_bytes())
}

/// The name of an attribute: its category and its id.
pub(crate) fn name_key(category: u64, id: &str) -> u64 {
    let mut hasher = STATE.build_hasher();
    hasher.write_u64(category);
    hasher.write(id.as_bytes());
    hasher.finish()
}

/// A text in lower case, as `fn:lower-case` has it.
fn folded_key(text: &str) -> u64 {
    if !text.is_ascii() {
        return text_key(&text.to_lowercase());
    }
    if !text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return text_key(text);
    }
    // Short ones, which are nearly all, are folded without allocating.
    let mut short = [0; 128];
    match short.get_mut(..text.len()) {
        Some(lower) => {
            lower.copy_from_slice(text.as_bytes());
            lower.make_ascii_lowercase();
            bytes_key(lower)
        }
        None => text_key(&text.to_ascii_lowercase()),
    }
}

fn number_key(number: u64) -> u64 {
    let mut hasher = STATE.build_hasher();
    hasher.write_u64(number);
    hasher.finish()
}

fn bytes_key(bytes: &[u8]) -> u64 {
    let mut hasher = STATE.build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

const STATE: FixedState = FixedState::with_seed(0);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn string(text: &str) -> Keys {
        keys(&Value::from(text)).expect("strings have keys")
    }

    proptest! {
        #[test]
        fn equal_in_lower_case_is_equal_in_folded_keys(a in "(.|[aΣσς' ]){0,8}", b in "(.|[aΣσς' ]){0,8}") {
            let upper = string(&a.to_uppercase());
            let equal = a.to_uppercase().to_lowercase() == a.to_lowercase();
            prop_assert_eq!(upper.folded == string(&a).folded, equal);
            prop_assert_eq!(string(&a).exact == string(&b).exact, a == b);
        }

        #[test]
        fn long_texts_fold_as_short_ones_do(text in "[a-zA-Z ]{0,300}") {
            prop_assert_eq!(string(&text).folded, string(&text.to_lowercase()).exact);
        }

        #[test]
        fn equal_integers_have_equal_keys(number in any::<i64>(), big in "[1-9][0-9]{20,40}") {
            let read = |text: &str| keys(&Value::parse(crate::value::DataType::Integer, text).unwrap());
            let text = number.to_string();
            prop_assert_eq!(read(&text), read(&text.replacen('-', "-00", 1)));
            prop_assert_eq!(read(&big), read(&format!("+0{big}")));
        }
    }
}
