//! A request → keys: the numbers by which decisions find its attributes and compare their values.
//! They are made when the request is first decided, and used by every decision about it.
//!
//! **Benefit.** A decision hashes nothing of the request. Each name and each text is hashed once;
//! after that, finding the slots of an attribute is a look-up by a number, and comparing a value
//! with a thousand literals compares numbers.
//!
//! **Mechanism.** A key depends on the text alone and not on any policy (`value/key.rs`), so the
//! keys of one request serve every PDP. The keys of a category do not depend on the rest of the
//! request either, except for places. So a category that several requests share keeps its keys
//! ([`CategoryKeys`]), and a request that is refilled with other categories copies theirs.
//!
//! **Failure.** Keys have no secret, so a sender can find two texts with one key. Such texts cost a
//! comparison and change nothing.
//!
//! **Exactness.** Equal names and values have equal keys, so different keys rule out a slot or a
//! literal for certain. Equal keys prove nothing: `evaluate/bind.rs` then compares category, id and
//! issuer, and `evaluate/target.rs` the value.

use std::collections::HashSet;
use std::sync::OnceLock;

use super::scope::{self, Scope};
use super::{Attributes, Request, SharedAttributes, UnusableAttribute, nodes};
use crate::attribute::category;
use crate::limits::short;
use crate::value::key::{self, Keys, NO_KEYS};
use crate::value::{DataType, Value};

/// The keys of the names and values of a request.
#[derive(Debug)]
pub(crate) struct RequestKeys {
    /// The keys of all attributes, in the order of the request.
    pub(crate) attributes: Vec<AttributeKeys>,
    /// The keys of all values, those of one attribute after those of another.
    pub(crate) values: Vec<Keys>,
    /// The attributes whose values cannot be used; nearly always none.
    pub(crate) unusable: Vec<UnusableKey>,
}

/// The key and the place of an attribute whose value cannot be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnusableKey {
    /// The key of its category and its id.
    pub(crate) name: u64,
    pub(crate) category: u32,
    pub(crate) place: u32,
}

/// The keys of one category, which it has in every request.
#[derive(Debug)]
pub(crate) struct CategoryKeys {
    /// The attributes' keys, with the places they have if this category is the first of a request.
    attributes: Vec<AttributeKeys>,
    values: Vec<Keys>,
    unusable: Box<[UnusableKey]>,
    /// A request with this category may ask for several decisions, or for one without its `scope`.
    may_ask_more: bool,
}

/// The number of decisions that a request asks for.
#[derive(Debug)]
pub(crate) enum Asks {
    /// One, about the request as it is.
    One,
    /// One, about this request: the rest without a `scope` of `Immediate`.
    OneWithoutScope(Box<Request>),
    /// Several; or its `scope` cannot be understood.
    Several,
}

/// The keys of one attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttributeKeys {
    /// The key of its category and its id.
    pub(crate) name: u64,
    /// The place of its category in the request, and its own place in the category.
    pub(crate) category: u32,
    pub(crate) attribute: u32,
    /// The place of its first value among all values of the request.
    pub(crate) values: u32,
    pub(crate) count: u32,
    /// The data type of all its values; none if it has no value, or values of several data types.
    pub(crate) data_type: Option<DataType>,
}

impl Request {
    pub(crate) fn keys(&self) -> &RequestKeys {
        self.keys.keys.get_or_init(|| RequestKeys::of(self))
    }

    /// The number of attributes and values in these categories.
    pub(crate) fn values_in(&self, categories: impl Fn(&str) -> bool) -> usize {
        let own = self.categories.iter();
        let own = own.filter(|category| categories(&category.category));
        own.map(|category| category.keys().len()).sum()
    }

    fn asks(&self) -> &Asks {
        self.keys.asks.get_or_init(|| asks(self))
    }

    /// The request that is decided if this one asks for one decision: itself, or the rest of it
    /// without a `scope` of `Immediate`, which is no attribute of the resource (Multiple Decision
    /// Profile 1.0, §2.1). None if it asks for several.
    ///
    /// INVARIANT: every entry point that takes a request for one decision decides this one, so that
    /// all of them agree.
    pub(crate) fn single(&self) -> Option<&Self> {
        match self.asks() {
            Asks::One => Some(self),
            Asks::OneWithoutScope(rest) => Some(rest),
            Asks::Several => None,
        }
    }

    /// Replaces the categories of this request. Those equal to the ones it had, up to the first
    /// that differs, are kept, keys and all.
    ///
    /// INVARIANT: the keys are those that [`RequestKeys::of`] would compute for the new categories.
    /// Keys refer to values by place. As long as each new category has as many attributes and values
    /// as the one it replaces, no later place moves, and its keys are written over the old ones.
    /// From the first category with other numbers on, all keys are cut off and appended anew.
    pub(crate) fn refill<'c>(&mut self, categories: impl Iterator<Item = &'c SharedAttributes>) {
        let mut place = 0;
        // Whether it asks for one decision about all it says if and only if it did before.
        let mut is_alike = true;
        // Whether the keys from here on are elsewhere than before.
        let mut moved = false;
        let mut keys = self.keys.keys.get_mut();
        for category in categories {
            match self.categories.get_mut(place) {
                Some(known) if known.is(category) => {}
                Some(known) if known.category == category.category => {
                    is_alike &= !category.keys().may_ask_more;
                    if let Some(keys) = &mut keys
                        && !moved
                        && !keys.overwrite(place, known.keys(), category.keys())
                    {
                        keys.truncate(place);
                        moved = true;
                    }
                    *known = category.clone();
                }
                _ => {
                    is_alike = false;
                    self.categories.truncate(place);
                    self.categories.push(category.clone());
                    if let Some(keys) = &mut keys
                        && !moved
                    {
                        keys.truncate(place);
                        moved = true;
                    }
                }
            }
            if let Some(keys) = &mut keys
                && moved
            {
                keys.append(place, category.keys());
            }
            place += 1;
        }
        if let Some(keys) = keys
            && !moved
        {
            keys.truncate(place);
        }
        is_alike &=
            self.categories.len() == place && matches!(self.keys.asks.get(), Some(Asks::One));
        self.categories.truncate(place);
        if !is_alike {
            self.keys.asks.take();
        }
    }
}

impl RequestKeys {
    fn of(request: &Request) -> Self {
        let categories = request.categories.iter();
        let mut keys = Self {
            attributes: Vec::with_capacity(categories.map(|c| c.attributes.len()).sum()),
            values: Vec::new(),
            unusable: Vec::new(),
        };
        for (place, category) in request.categories.iter().enumerate() {
            match category.common_keys() {
                Some(known) => keys.append(place, known),
                None => {
                    add(place, category, &mut keys.attributes, &mut keys.values);
                    let unusable = category.unusable();
                    add_unusable(place, category, unusable, &mut keys.unusable);
                }
            }
        }
        keys
    }

    /// Adds the keys of the category at this place.
    fn append(&mut self, place: usize, of: &CategoryKeys) {
        let (category, start) = (short(place), short(self.values.len()));
        let attributes = of.attributes.iter();
        self.attributes
            .extend(attributes.map(|attribute| AttributeKeys {
                category,
                values: attribute.values.saturating_add(start),
                ..*attribute
            }));
        self.values.extend_from_slice(&of.values);
        let unusable = of.unusable.iter();
        self.unusable
            .extend(unusable.map(|key| UnusableKey { category, ..*key }));
    }

    /// Puts the keys of one category in place of those of another, if they are as many. Attributes
    /// that cannot be used are rare, and are left to [`append`](Self::append).
    fn overwrite(&mut self, place: usize, known: &CategoryKeys, of: &CategoryKeys) -> bool {
        let count = of.attributes.len();
        if known.attributes.len() != count
            || known.values.len() != of.values.len()
            || !known.unusable.is_empty()
            || !of.unusable.is_empty()
        {
            return false;
        }
        let start = self
            .attributes
            .partition_point(|attribute| (attribute.category as usize) < place);
        let own = &mut self.attributes[start..start + count];
        let Some(first) = own.first().map(|first| first.values) else {
            return true;
        };
        // The keys of a category count its values from 0; here they count from its first one.
        for (own, new) in own.iter_mut().zip(&of.attributes) {
            *own = AttributeKeys {
                category: own.category,
                values: new.values.saturating_add(first),
                ..*new
            };
        }
        let first = first as usize;
        self.values[first..first + of.values.len()].copy_from_slice(&of.values);
        true
    }

    /// Removes the categories from this place on.
    fn truncate(&mut self, place: usize) {
        self.unusable.retain(|key| (key.category as usize) < place);
        let kept = self
            .attributes
            .partition_point(|attribute| (attribute.category as usize) < place);
        if let Some(first) = self.attributes.get(kept) {
            self.values.truncate(first.values as usize);
            self.attributes.truncate(kept);
        }
    }
}

impl CategoryKeys {
    pub(super) fn of(category: &Attributes, unusable: &[UnusableAttribute]) -> Self {
        let mut attributes = Vec::with_capacity(category.attributes.len());
        let mut values = Vec::new();
        add(0, category, &mut attributes, &mut values);
        let mut unusable_keys = Vec::new();
        add_unusable(0, category, unusable, &mut unusable_keys);
        Self {
            unusable: unusable_keys.into(),
            attributes,
            values,
            may_ask_more: may_ask_more(category, unusable),
        }
    }

    /// The keys of a category that has these attributes and then those of another one, none of them
    /// an attribute of both.
    ///
    /// INVARIANT: no category of the three has a `Content` or an attribute that cannot be used, so
    /// the attributes alone say whether it may ask for more, one by one.
    pub(super) fn beside(&self, other: &Self) -> Self {
        let (places, start) = (short(self.attributes.len()), short(self.values.len()));
        let moved = other.attributes.iter().map(|attribute| AttributeKeys {
            attribute: attribute.attribute.saturating_add(places),
            values: attribute.values.saturating_add(start),
            ..*attribute
        });
        let mut attributes = Vec::with_capacity(self.attributes.len() + other.attributes.len());
        attributes.extend_from_slice(&self.attributes);
        attributes.extend(moved);
        Self {
            attributes,
            values: [&self.values[..], &other.values].concat(),
            unusable: Box::new([]),
            may_ask_more: self.may_ask_more || other.may_ask_more,
        }
    }

    /// The number of attributes and values of the category.
    pub(super) fn len(&self) -> usize {
        self.attributes.len() + self.values.len() + self.unusable.len()
    }
}

/// Adds the keys of the category at this place.
fn add(
    place: usize,
    category: &Attributes,
    attributes: &mut Vec<AttributeKeys>,
    values: &mut Vec<Keys>,
) {
    let in_category = key::text_key(&category.category);
    for (a, attribute) in category.attributes.iter().enumerate() {
        attributes.push(AttributeKeys {
            name: key::name_key(in_category, &attribute.id),
            category: short(place),
            attribute: short(a),
            values: short(values.len()),
            count: short(attribute.values.len()),
            data_type: data_type(&attribute.values),
        });
        let all = attribute.values.iter();
        values.extend(all.map(|value| key::keys(value).unwrap_or(NO_KEYS)));
    }
}

fn add_unusable(
    place: usize,
    category: &Attributes,
    unusable: &[UnusableAttribute],
    keys: &mut Vec<UnusableKey>,
) {
    if unusable.is_empty() {
        return;
    }
    let in_category = key::text_key(&category.category);
    keys.extend(
        unusable
            .iter()
            .enumerate()
            .map(|(at, attribute)| UnusableKey {
                name: key::name_key(in_category, &attribute.id),
                category: short(place),
                place: short(at),
            }),
    );
}

fn data_type(values: &[Value]) -> Option<DataType> {
    let (first, rest) = values.split_first()?;
    let data_type = first.data_type();
    let same = rest.iter().all(|value| value.data_type() == data_type);
    same.then_some(data_type)
}

fn asks(request: &Request) -> Asks {
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
    if repeated || request.combined_decision || !request.multi_requests.is_empty() {
        return Asks::Several;
    }
    let mut categories = request.categories.iter();
    if !categories.any(|category| match category.known_keys() {
        Some(keys) => keys.may_ask_more,
        None => may_ask_more(category, category.unusable()),
    }) {
        return Asks::One;
    }
    if request.unclear().is_some()
        || request
            .categories
            .iter()
            .any(|category| nodes::asks(category))
    {
        return Asks::Several;
    }
    match request.scope() {
        None => Asks::One,
        Some(Ok(Scope::Immediate)) => Asks::OneWithoutScope(Box::new(request.without_scope())),
        Some(_) => Asks::Several,
    }
}

/// Whether a category may make a request ask for several decisions, or for one without its `scope`.
fn may_ask_more(attributes: &Attributes, unusable: &[UnusableAttribute]) -> bool {
    *attributes.category == *category::RESOURCE && scope::has_scope(attributes)
        || unusable.iter().any(scope::is_question)
        || nodes::asks(attributes)
}

/// The keys of a request, once they were computed. They follow from the request and are not
/// compared.
#[derive(Debug, Default)]
pub(crate) struct Lazy {
    keys: OnceLock<RequestKeys>,
    asks: OnceLock<Asks>,
}

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
