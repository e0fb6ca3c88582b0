//! Values that many decisions share, with an index made once.

use std::fmt;
use std::sync::Arc;

use crate::value::key::{self, Keys, NO_KEYS};
use crate::value::{DataType, Value};

/// The values of an attribute, made once and given to many decisions: cheap to clone, and if they
/// are strings, looked up instead of compared one by one.
///
/// ```
/// use vedtak::provider::{Fetched, SharedValues};
/// let packages = SharedValues::new(["fiske", "jordbruk"].map(Into::into));
/// let fetched = Fetched::from(packages.clone());
/// assert_eq!(fetched.values().len(), 2);
/// ```
#[derive(Clone)]
pub struct SharedValues(Arc<Indexed>);

struct Indexed {
    values: Vec<Value>,
    keys: Vec<Keys>,
    summary: Summary,
    /// The places of the texts by their keys, in the order of the keys.
    exact: SharedPlaces,
    /// The places of the texts by the keys of their lower-case forms.
    folded: SharedPlaces,
}

/// The size of a bag and the data types of its values: what an answer of a provider is checked for.
#[derive(Clone, Copy)]
pub(crate) struct Summary {
    /// The sum of the sizes of the values.
    pub(crate) size: usize,
    /// The data type of the first value.
    first: Option<DataType>,
    /// The data type of the first value that has another one.
    second: Option<DataType>,
}

impl Summary {
    pub(crate) fn of(values: &[Value]) -> Self {
        let size = |sum: usize, value: &Value| sum.saturating_add(value.size());
        let first = values.first().map(Value::data_type);
        let mut data_types = values.iter().map(Value::data_type);
        Self {
            size: values.iter().fold(0, size),
            first,
            second: data_types.find(|data_type| Some(*data_type) != first),
        }
    }

    /// Returns the data type of the first value that is not of this one.
    pub(crate) fn other_than(self, wanted: DataType) -> Option<DataType> {
        let mut data_types = [self.first, self.second].into_iter().flatten();
        data_types.find(|found| *found != wanted)
    }
}

/// Bits of a table for each key: most stay empty, so that most keys that are not there are rejected.
const BITS_PER_KEY: usize = 16;

/// The word of a key among this many, by its lowest bits, and its bit there, by its highest.
#[inline(always)]
pub(crate) fn place_of_bit(key: u64, words: usize) -> (usize, u64) {
    // Cut to the number of words, which is a power of two.
    #[allow(clippy::cast_possible_truncation)]
    let word = key as usize & words.wrapping_sub(1);
    (word, 1 << (key >> 58))
}

/// Places by keys.
struct SharedPlaces {
    sorted: Vec<(u64, u32)>,
    /// The bits of the keys: a key without its bit is not there. The number of words is a power of
    /// two.
    bits: Box<[u64]>,
    /// By the highest bits of a key: where among the sorted the keys with these bits begin. There are
    /// about as many beginnings as keys, so that most keys are alone.
    starts: Vec<u32>,
    /// The number of the other bits.
    low_bits: u32,
}

impl SharedPlaces {
    fn new(keys: impl Iterator<Item = u64>) -> Self {
        let mut sorted: Vec<(u64, u32)> = keys.zip(0..).collect();
        sorted.sort_unstable();
        let buckets = sorted.len().next_power_of_two();
        let mut places = Self {
            bits: vec![0; (sorted.len() * BITS_PER_KEY / 64).next_power_of_two()].into(),
            starts: vec![0; buckets + 1],
            low_bits: u64::BITS - buckets.trailing_zeros(),
            sorted: Vec::new(),
        };
        for (key, _) in &sorted {
            let next = places.bucket(*key) + 1;
            places.starts[next] += 1;
            let (word, bit) = place_of_bit(*key, places.bits.len());
            places.bits[word] |= bit;
        }
        let mut before = 0;
        for start in &mut places.starts {
            before += *start;
            *start = before;
        }
        places.sorted = sorted;
        places
    }

    fn bucket(&self, key: u64) -> usize {
        key.checked_shr(self.low_bits).unwrap_or(0) as usize
    }

    #[inline]
    fn of(&self, key: u64) -> &[(u64, u32)] {
        let bucket = self.bucket(key);
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        let alike = &self.sorted[range];
        match alike {
            [] => &[],
            [(known, _)] if *known != key => &[],
            [_] => alike,
            _ => {
                let first = alike.partition_point(|(known, _)| *known < key);
                let rest = &alike[first..];
                &rest[..rest.partition_point(|(known, _)| *known == key)]
            }
        }
    }
}

impl SharedValues {
    /// Values of one attribute.
    pub fn new(values: impl IntoIterator<Item = Value>) -> Self {
        let values: Vec<Value> = values.into_iter().collect();
        let keys = values.iter().map(|v| key::keys(v).unwrap_or(NO_KEYS));
        let keys: Vec<Keys> = keys.collect();
        let exact = SharedPlaces::new(keys.iter().map(|keys| keys.exact));
        let folded = SharedPlaces::new(keys.iter().map(|keys| keys.folded));
        let summary = Summary::of(&values);
        Self(Arc::new(Indexed {
            summary,
            values,
            keys,
            exact,
            folded,
        }))
    }

    /// The values.
    pub fn values(&self) -> &[Value] {
        &self.0.values
    }

    pub(crate) fn keys(&self) -> &[Keys] {
        &self.0.keys
    }

    pub(crate) fn summary(&self) -> Summary {
        self.0.summary
    }

    fn places(&self, folded: bool) -> &SharedPlaces {
        match folded {
            true => &self.0.folded,
            false => &self.0.exact,
        }
    }

    /// The bits of the keys of the values, to be asked by [`place_of_bit`]: a key without its bit is
    /// not there.
    pub(crate) fn bits(&self, folded: bool) -> &[u64] {
        &self.places(folded).bits
    }

    /// The strings and URIs that have this key, or whose lower case has it.
    pub(crate) fn with_key(&self, folded: bool, key: u64) -> impl Iterator<Item = &str> {
        let same = self.places(folded).of(key).iter();
        same.filter_map(|(_, place)| match self.0.values.get(*place as usize) {
            Some(Value::String(text) | Value::AnyUri(text)) => Some(&**text),
            _ => None,
        })
    }
}

impl fmt::Debug for SharedValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.values.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::case::equal_ignoring_case;

    #[test]
    fn an_index_finds_what_comparing_finds() {
        let texts = [
            "dagl", "DAGL", "Ffør", "FFØR", "İ", "i̇", "ß", "SS", "K", "", "Σ", "ς",
        ];
        let values = SharedValues::new(texts.map(Value::from));
        for literal in texts.into_iter().chain(["k", "lede", "σ", "ss", "i"]) {
            let keys = key::keys(&Value::from(literal)).expect("strings have keys");
            let found: Vec<&str> = values.with_key(true, keys.folded).collect();
            assert_eq!(
                values
                    .with_key(false, keys.exact)
                    .any(|text| text == literal),
                texts.contains(&literal)
            );
            for (folded, key) in [(false, keys.exact), (true, keys.folded)] {
                let found = values.with_key(folded, key).next();
                let bits = values.bits(folded);
                let (word, bit) = place_of_bit(key, bits.len());
                assert!(found.is_none() || bits[word] & bit != 0);
            }
            let same = texts
                .into_iter()
                .filter(|text| equal_ignoring_case(text, literal));
            assert_eq!(found, same.collect::<Vec<_>>(), "{literal}");
        }
    }
}
