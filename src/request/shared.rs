//! A category that several requests have in common, and its keys, which are made once for all.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::Attributes;
use super::keys::CategoryKeys;

/// [`Attributes`] that several requests may share: a copy costs next to nothing, and their keys for
/// decisions are computed once for all copies.
///
/// ```
/// use vedtak::Request;
/// let asker = Request::builder().subject("urn:altinn:userid", 20000490).build();
/// let read = Request::builder().category(asker.categories()[0].clone()).action("read").build();
/// assert_eq!(read.categories()[0].attributes[0].values[0].lexical(), "20000490");
/// ```
#[derive(Clone)]
pub struct SharedAttributes(Arc<Kept>);

struct Kept {
    attributes: Attributes,
    unusable: Vec<UnusableAttribute>,
    keys: OnceLock<CategoryKeys>,
    /// The attributes that responses repeat, if these are only some of them.
    repeated: OnceLock<SharedAttributes>,
}

/// An attribute whose value cannot be used, such as a `null` of AuthZEN. Policies that do not ask
/// for it are not affected.
///
/// Where one asks for it, it is Indeterminate, even if the request has other values of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableAttribute {
    /// `AttributeId`.
    pub id: Arc<str>,
    /// `Issuer`.
    pub issuer: Option<Arc<str>>,
    /// The reason, after "it": `is null`.
    pub reason: Cow<'static, str>,
}

impl fmt::Display for UnusableAttribute {
    /// The status message of an expression that reads the attribute.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, reason) = (crate::error::cut(&self.id), &self.reason);
        write!(f, "the attribute `{id}` cannot be used: it {reason}")
    }
}

/// The number of attributes, those included whose values cannot be used.
#[cfg(feature = "json")]
pub(crate) fn attribute_count(categories: &[SharedAttributes]) -> usize {
    let count = |own: &SharedAttributes| own.attributes.len() + own.unusable().len();
    categories.iter().map(count).sum()
}

impl SharedAttributes {
    /// The attributes whose values cannot be used; see
    /// [`AttributeBuilder::unusable`](super::AttributeBuilder::unusable).
    pub fn unusable(&self) -> &[UnusableAttribute] {
        &self.0.unusable
    }

    /// These attributes, and those that cannot be used.
    pub(crate) fn with_unusable(attributes: Attributes, unusable: &[UnusableAttribute]) -> Self {
        let mut shared = Self::from(attributes);
        if !unusable.is_empty() {
            shared.unusable_mut().extend_from_slice(unusable);
        }
        shared
    }

    /// These attributes, whose keys are known.
    pub(super) fn with_keys(attributes: Attributes, keys: CategoryKeys) -> Self {
        Self(Arc::new(Kept {
            attributes,
            unusable: Vec::new(),
            keys: OnceLock::from(keys),
            repeated: OnceLock::new(),
        }))
    }

    /// The attributes whose values cannot be used, to be changed as by [`to_mut`](Self::to_mut).
    pub(crate) fn unusable_mut(&mut self) -> &mut Vec<UnusableAttribute> {
        let kept = Arc::make_mut(&mut self.0);
        kept.keys.take();
        &mut kept.unusable
    }

    /// The attributes, to be changed. They are copied first if another request shares them.
    pub fn to_mut(&mut self) -> &mut Attributes {
        let kept = Arc::make_mut(&mut self.0);
        kept.keys.take();
        kept.repeated.take();
        &mut kept.attributes
    }

    /// The attributes that a response repeats (`IncludeInResult`, §5.46); none if there is none.
    pub(crate) fn repeated(&self) -> Option<Self> {
        let all = || self.attributes.iter();
        let count = all()
            .filter(|attribute| attribute.include_in_result)
            .count();
        if count == 0 {
            return None;
        }
        let is_all = count == self.attributes.len() && self.unusable().is_empty();
        if is_all && self.xml_id.is_none() && self.content.is_none() {
            return Some(self.clone());
        }
        let repeated = self.0.repeated.get_or_init(|| {
            let own = all().filter(|attribute| attribute.include_in_result);
            Self::from(Attributes {
                category: self.category.clone(),
                xml_id: None,
                content: None,
                attributes: own.cloned().collect(),
            })
        });
        Some(repeated.clone())
    }

    /// Whether this is a copy of the other, and not only equal.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The keys, made at the first call.
    pub(super) fn keys(&self) -> &CategoryKeys {
        let kept = &*self.0;
        kept.keys
            .get_or_init(|| CategoryKeys::of(&kept.attributes, &kept.unusable))
    }

    /// The keys, if they are made.
    pub(super) fn known_keys(&self) -> Option<&CategoryKeys> {
        self.0.keys.get()
    }

    /// The keys, if they are made or another request will want them, too.
    pub(super) fn common_keys(&self) -> Option<&CategoryKeys> {
        match self.known_keys() {
            None if Arc::strong_count(&self.0) > 1 => Some(self.keys()),
            known => known,
        }
    }
}

impl From<Attributes> for SharedAttributes {
    fn from(attributes: Attributes) -> Self {
        Self(Arc::new(Kept {
            attributes,
            unusable: Vec::new(),
            keys: OnceLock::new(),
            repeated: OnceLock::new(),
        }))
    }
}

impl Deref for SharedAttributes {
    type Target = Attributes;

    fn deref(&self) -> &Attributes {
        &self.0.attributes
    }
}

impl Clone for Kept {
    fn clone(&self) -> Self {
        Self {
            attributes: self.attributes.clone(),
            unusable: self.unusable.clone(),
            // The copy is made to be changed.
            keys: OnceLock::new(),
            repeated: OnceLock::new(),
        }
    }
}

impl PartialEq for SharedAttributes {
    fn eq(&self, other: &Self) -> bool {
        self.is(other) || (**self == **other && self.unusable() == other.unusable())
    }
}

impl fmt::Debug for SharedAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.unusable().is_empty() {
            return (**self).fmt(f);
        }
        f.debug_struct("SharedAttributes")
            .field("attributes", &**self)
            .field("unusable", &self.unusable())
            .finish()
    }
}
