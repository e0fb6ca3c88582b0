//! Values that many decisions share, with an index made once.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::function::lower_case;
use crate::value::Value;

/// The values of an attribute, made once and given to many decisions: cheap to clone, and where
/// they are strings, looked up instead of compared one by one.
///
/// ```
/// use vedtak::provider::{Fetched, SharedValues};
/// let packages = SharedValues::new(["fiske", "jordbruk"].map(Into::into));
/// let fetched = Fetched::from(packages.clone());
/// assert_eq!(fetched.values().len(), 2);
/// ```
#[derive(Clone)]
pub struct SharedValues(Arc<Inner>);

struct Inner {
    values: Vec<Value>,
    /// The strings by their lower-case form. Other values are in no index: a match for strings
    /// cannot mean them.
    index: HashMap<Box<str>, SmallVec<[u32; 1]>>,
}

impl SharedValues {
    /// Values of one attribute.
    pub fn new(values: impl IntoIterator<Item = Value>) -> Self {
        let values: Vec<Value> = values.into_iter().collect();
        let mut index: HashMap<Box<str>, SmallVec<[u32; 1]>> = HashMap::new();
        for (value, place) in values.iter().zip(0..) {
            if let Value::String(text) = value {
                index
                    .entry(lower_case(text).into())
                    .or_default()
                    .push(place);
            }
        }
        Self(Arc::new(Inner { values, index }))
    }

    /// The values.
    pub fn values(&self) -> &[Value] {
        &self.0.values
    }

    /// Whether one of the strings is `literal`, or has the lower-case form `folded`.
    pub(crate) fn holds(&self, ignores_case: bool, literal: &str, folded: &str) -> bool {
        let Some(places) = self.0.index.get(folded) else {
            return false;
        };
        ignores_case
            || places.iter().any(|place| {
                matches!(self.0.values.get(*place as usize), Some(Value::String(text)) if **text == *literal)
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
    use crate::function::equal_ignoring_case;

    #[test]
    fn an_index_finds_what_comparing_finds() {
        let texts = [
            "dagl", "DAGL", "Ffør", "FFØR", "İ", "i̇", "ß", "SS", "K", "", "Σ", "ς",
        ];
        let values = SharedValues::new(texts.map(Value::from));
        for literal in texts.into_iter().chain(["k", "lede", "σ", "ss", "i"]) {
            let exact = texts.contains(&literal);
            let folded = texts.iter().any(|text| equal_ignoring_case(text, literal));
            let lower = lower_case(literal);
            assert_eq!(values.holds(false, literal, &lower), exact, "{literal}");
            assert_eq!(values.holds(true, literal, &lower), folded, "{literal}");
        }
    }
}
