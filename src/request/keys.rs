//! A request as numbers: made when it is first decided, and used by every decision about it.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::{Request, nodes};
use crate::value::key::{self, Keys, NO_KEYS};
use crate::value::{DataType, Value};

/// The keys of the names and values of a request.
#[derive(Debug)]
pub(crate) struct RequestKeys {
    pub(crate) is_multiple: bool,
    /// In the order of the request.
    pub(crate) attributes: Box<[AttributeKeys]>,
    /// Those of all attributes, one after the other.
    pub(crate) values: Box<[Keys]>,
}

/// The keys of one attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeKeys {
    /// Of its category and its id.
    pub(crate) name: u64,
    /// Where it stands.
    pub(crate) category: u32,
    pub(crate) attribute: u32,
    /// Where its values begin among all.
    pub(crate) values: u32,
    pub(crate) count: u32,
    /// What all its values are; nothing if it has none, or of several data types.
    pub(crate) data_type: Option<DataType>,
}

impl Request {
    pub(crate) fn keys(&self) -> &RequestKeys {
        self.keys.0.get_or_init(|| RequestKeys::of(self))
    }
}

impl RequestKeys {
    fn of(request: &Request) -> Self {
        // Requests are shorter than 4 GiB, and every attribute and value takes some bytes.
        let short = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let mut attributes = Vec::new();
        let mut values = Vec::new();
        for (c, category) in request.categories.iter().enumerate() {
            let in_category = key::text_key(&category.category);
            for (a, attribute) in category.attributes.iter().enumerate() {
                attributes.push(AttributeKeys {
                    name: key::name_key(in_category, &attribute.id),
                    category: short(c),
                    attribute: short(a),
                    values: short(values.len()),
                    count: short(attribute.values.len()),
                    data_type: data_type(&attribute.values),
                });
                let all = attribute.values.iter();
                values.extend(all.map(|value| key::keys(value).unwrap_or(NO_KEYS)));
            }
        }
        let mut known = HashSet::new();
        let repeated = match request.categories.as_slice() {
            // Most requests have four: comparing them beats hashing them.
            few if few.len() <= 8 => few.iter().enumerate().any(|(i, attributes)| {
                let mut earlier = few[..i].iter();
                earlier.any(|earlier| earlier.category == attributes.category)
            }),
            many => !many
                .iter()
                .all(|attributes| known.insert(&attributes.category)),
        };
        Self {
            is_multiple: repeated
                || request.combined_decision
                || !request.multi_requests.is_empty()
                || request.asks_below()
                || request.categories.iter().any(nodes::asks),
            attributes: attributes.into(),
            values: values.into(),
        }
    }
}

fn data_type(values: &[Value]) -> Option<DataType> {
    let (first, rest) = values.split_first()?;
    let data_type = first.data_type();
    let same = rest.iter().all(|value| value.data_type() == data_type);
    same.then_some(data_type)
}

/// Keys once somebody asked for them. They say nothing that the request does not say.
#[derive(Debug, Default)]
pub(crate) struct Lazy(OnceLock<RequestKeys>);

impl Clone for Lazy {
    fn clone(&self) -> Self {
        // The copy may be changed before it is decided.
        Self::default()
    }
}

impl PartialEq for Lazy {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
