//! The attributes of the programs that an answer is about, for their names in words.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::attribute::{Designator, ShortNames};
use crate::program::Slots;

/// The names of attributes in an answer. They are no part of it: answers differ in what they say.
#[derive(Clone, Default)]
pub(super) struct Named(Arc<NamedOf>);

#[derive(Default)]
struct NamedOf {
    slots: Vec<Arc<Slots>>,
    /// Made when an answer is first put in words.
    names: OnceLock<ShortNames>,
}

impl Named {
    /// The names of the attributes of programs.
    pub(super) fn of<'s>(slots: impl IntoIterator<Item = &'s Arc<Slots>>) -> Self {
        Self(Arc::new(NamedOf {
            slots: slots.into_iter().cloned().collect(),
            names: OnceLock::new(),
        }))
    }

    /// An attribute as no other of the programs is called: attributes of two categories often share an
    /// id, and ids often their end.
    pub(super) fn in_words(&self, attribute: &Designator) -> String {
        let names = self.0.names.get_or_init(|| {
            let slots = self.0.slots.iter().flat_map(|slots| slots.in_use());
            ShortNames::of(slots.map(|(_, slot)| &slot.designator))
        });
        names.in_words(attribute)
    }
}

impl PartialEq for Named {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Named")
    }
}
