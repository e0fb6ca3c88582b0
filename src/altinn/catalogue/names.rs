//! Names in any letter case → ids.

use std::collections::HashMap;

use smallvec::SmallVec;

use crate::report::similar_name;

/// A map from names in any letter case to ids. The first id that is added for a name stays.
#[derive(Default)]
pub(super) struct NameIndex(HashMap<Box<[u8]>, u16>);

/// A name in small letters. The inline length fits nearly all URNs of the standard table.
pub(super) type Folded = SmallVec<[u8; 96]>;

impl NameIndex {
    pub(super) fn add(&mut self, name: &str, id: u16) {
        self.0.entry(folded(name).to_vec().into()).or_insert(id);
    }

    pub(super) fn find(&self, name: &str) -> Option<u16> {
        self.0.get(&*folded(name)).copied()
    }
}

/// Returns the one of `known` that a name probably misspells: some letters are wrong or, as happens
/// with short codes, the right letters are in another order.
pub(in crate::altinn) fn similar<'k>(
    name: &str,
    known: impl Iterator<Item = &'k str> + Clone,
) -> Option<&'k str> {
    let letters = |text: &str| {
        let mut letters = Vec::from_iter(text.to_lowercase().chars());
        letters.sort_unstable();
        letters
    };
    similar_name(name, known.clone()).or_else(|| {
        let wanted = letters(name);
        let mut known = known;
        known.find(|known| wanted.len() > 2 && letters(known) == wanted)
    })
}

/// Returns the name in lower case (Unicode, not only ASCII: `FFØR` is `ffør`).
pub(super) fn folded(name: &str) -> Folded {
    let mut folded = Folded::new();
    if name.is_ascii() {
        folded.extend_from_slice(name.as_bytes());
        folded.make_ascii_lowercase();
    } else {
        for c in name.chars().flat_map(char::to_lowercase) {
            folded.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    folded
}

/// Whether two names are equal apart from letter case.
pub(super) fn same(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    let small = |text| str::chars(text).flat_map(char::to_lowercase);
    small(one).eq(small(other))
}
