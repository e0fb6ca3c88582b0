//! A missing attribute → the most similar attribute of the request, for the message.

use std::collections::HashSet;

use crate::attribute::Designator;
use crate::error::{LONGEST, cut, last_part, similar_name};
use crate::program::Slots;
use crate::request::{Attribute, Request};

/// The most attributes of a request that are compared: it may have very many, and a decision may
/// miss very many.
const LOOKED_AT: usize = 500;

/// The most letters of names that are compared for all attributes that a request lacks: more than it takes
/// for as many as are looked at, unless very many of the request are like none that policies ask for.
const MOST_LETTERS: usize = 2_000_000;

/// The work of looking for one: each name is compared as it is, in lower case, and letter by letter.
pub(super) fn cost(request: &Request) -> usize {
    let looked_at = attributes(request).take(LOOKED_AT);
    let names = looked_at.map(|(_, attribute)| attribute.id.len());
    names.map(|length| 1 + length.min(LONGEST) / 8).sum()
}

/// Describes the nearest attribute of the request: the wanted one with another data type, category
/// or issuer, or one whose name is spelt similarly or has the same last part. None if there is none.
/// An attribute that the policies ask for as it is, by one of these `slots`, is right where it is.
pub(super) fn near_miss(request: &Request, slots: &Slots, wanted: &Designator) -> Option<String> {
    nearest(&Unasked::all(request, slots), wanted)
}

/// An attribute of a request that no policy asks for as it is.
struct Unasked<'r> {
    category: &'r str,
    attribute: &'r Attribute,
    /// The name in small letters; none of a long one.
    folded: Option<String>,
    last_part: &'r str,
}

impl<'r> Unasked<'r> {
    fn all(request: &'r Request, slots: &Slots) -> Vec<Self> {
        let attributes: Vec<_> = attributes(request)
            .take(LOOKED_AT)
            .filter(|(_, attribute)| !attribute.values.is_empty())
            .collect();
        // Values of several data types may be in one attribute of the request, or in several.
        let asked_for: HashSet<_> = attributes
            .iter()
            .filter(|(category, attribute)| is_asked_for(slots, category, attribute))
            .map(|found| name(*found))
            .collect();
        let unasked = attributes.into_iter();
        unasked
            .filter(|found| !asked_for.contains(&name(*found)))
            .map(|(category, attribute)| Self {
                category,
                attribute,
                folded: folded(&attribute.id),
                last_part: last_part(&attribute.id),
            })
            .collect()
    }

    fn id(&self) -> &'r str {
        &self.attribute.id
    }
}

/// A name in small letters. A long one is hardly mistyped, and costs its length.
fn folded(id: &str) -> Option<String> {
    (id.len() <= LONGEST).then(|| id.trim().to_lowercase())
}

fn nearest(unasked: &[Unasked<'_>], wanted: &Designator) -> Option<String> {
    // Of several that are as near, the first of the request.
    let nearest = |is_meant: &dyn Fn(&Unasked<'_>) -> bool| {
        let meant = unasked.iter().filter(|found| is_meant(found));
        meant
            .map(|found| Differences::of(wanted, found.category, found.attribute))
            .min_by_key(Differences::count)
    };
    let id = folded(&wanted.id);
    // `role` for `urn:example:role`, or the other way round.
    let is_last_part = |found: &Unasked<'_>| {
        let (Some(id), Some(other)) = (id.as_deref(), found.folded.as_deref()) else {
            return false;
        };
        *found.category == *wanted.category && (last_part(id) == other || last_part(other) == id)
    };
    // A name without the beginning of the other is compared with its last part.
    let last = last_part(&wanted.id);
    let is_bare = |id: &str, last: &str| id.len() == last.len();
    let similar = || {
        let own = unasked
            .iter()
            .filter(|found| *found.category == *wanted.category);
        let (alike, others): (Vec<_>, Vec<_>) = own
            .partition(|found| is_bare(found.id(), found.last_part) == is_bare(&wanted.id, last));
        let alike = alike.into_iter().map(Unasked::id);
        let meant = similar_name(&wanted.id, alike).or_else(|| {
            similar_name(last, others.into_iter().map(OfLastPart)).map(|OfLastPart(one)| one.id())
        })?;
        nearest(&|found| *found.id() == *meant)
    };
    nearest(&|found| *found.id() == *wanted.id)
        .or_else(|| nearest(&|found| id.is_some() && found.folded == id))
        .or_else(|| nearest(&is_last_part))
        .or_else(similar)?
        .in_words()
}

/// An attribute that is compared by the last part of its name.
struct OfLastPart<'u, 'r>(&'u Unasked<'r>);

impl AsRef<str> for OfLastPart<'_, '_> {
    fn as_ref(&self) -> &str {
        self.0.last_part
    }
}

/// The attributes that policies read and a request has no value of, although it nearly has one: each with what
/// the request has, which no policy reads.
pub(crate) fn near_misses<'p>(
    request: &Request,
    slots: &'p Slots,
) -> Vec<(&'p Designator, String)> {
    let unasked = Unasked::all(request, slots);
    let letters = unasked.iter().map(|one| 1 + one.id().len().min(LONGEST));
    // There is something to compare.
    let Some(most) = MOST_LETTERS.checked_div(letters.sum()) else {
        return Vec::new();
    };
    let has: HashSet<_> = attributes(request)
        .flat_map(|(category, attribute)| {
            let types = attribute.values.iter().map(|value| value.data_type());
            types.map(move |data_type| (category, &*attribute.id, data_type))
        })
        .collect();
    let wanted = slots.in_use().map(|(_, slot)| &slot.designator);
    let lacking = wanted.filter(|of| !has.contains(&(&*of.category, &*of.id, of.data_type)));
    lacking
        .take(most.min(LOOKED_AT))
        .filter_map(|of| Some((of, nearest(&unasked, of)?)))
        .collect()
}

/// The attributes of a request, with their categories.
fn attributes(request: &Request) -> impl Iterator<Item = (&str, &Attribute)> {
    let categories = request.categories().iter();
    categories.flat_map(|category| {
        let attributes = category.attributes.iter();
        attributes.map(|attribute| (&*category.category, attribute))
    })
}

/// The name of an attribute of a request.
fn name<'r>(
    (category, attribute): (&'r str, &'r Attribute),
) -> (&'r str, &'r str, Option<&'r str>) {
    (category, &attribute.id, attribute.issuer.as_deref())
}

/// Whether the policies ask for an attribute of a request.
fn is_asked_for(slots: &Slots, category: &str, attribute: &Attribute) -> bool {
    let types = attribute.values.iter().map(|value| value.data_type());
    slots.are_for(category, &attribute.id, attribute.issuer.as_deref(), |of| {
        types.clone().any(|data_type| data_type == of)
    })
}

/// The differences between an attribute of a request and the wanted one.
struct Differences<'r> {
    name: Option<&'r str>,
    data_type: Option<&'static str>,
    category: Option<&'r str>,
    issuer: Option<Option<&'r str>>,
}

impl<'r> Differences<'r> {
    fn of(wanted: &Designator, category: &'r str, attribute: &'r Attribute) -> Self {
        let mut types = attribute.values.iter().map(|value| value.data_type());
        let first = types.clone().next();
        let has_type = types.any(|data_type| data_type == wanted.data_type);
        let of_issuer = wanted.issuer.is_none() || wanted.issuer == attribute.issuer;
        Self {
            name: (*attribute.id != *wanted.id).then_some(&*attribute.id),
            data_type: first.filter(|_| !has_type).map(|found| found.short_name()),
            category: (*category != *wanted.category).then_some(category),
            issuer: (!of_issuer).then_some(attribute.issuer.as_deref()),
        }
    }

    fn count(&self) -> usize {
        let Self {
            data_type,
            category,
            issuer,
            ..
        } = self;
        [data_type.is_some(), category.is_some(), issuer.is_some()]
            .into_iter()
            .filter(|differs| *differs)
            .count()
    }

    /// The differences in words; none if there are none.
    fn in_words(&self) -> Option<String> {
        let data_type = self.data_type.map(|found| format!(" as {found}"));
        let category = self
            .category
            .map(|found| format!(" in category `{}`", cut(found)));
        let issuer = self.issuer.map(|found| match found {
            Some(issuer) => format!(" from issuer `{}`", cut(issuer)),
            None => " without issuer".to_owned(),
        });
        let differences: String = [data_type, category, issuer]
            .into_iter()
            .flatten()
            .collect();
        match self.name {
            Some(name) => Some(format!("the request has `{}`{differences}", cut(name))),
            None if differences.is_empty() => None,
            None => Some(format!("the request has it{differences}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::category;
    use crate::program::Slot;
    use crate::value::DataType;

    /// The number of attributes that a request nearly has, if it nearly has all: each has a name of this length.
    fn found(count: usize, length: usize) -> usize {
        let name =
            |number: usize, end: &str| format!("{number:0>before$}{end}", before = length - 1);
        let mut slots = Slots::default();
        let mut request = Request::builder();
        for number in 0..count {
            let designator = Designator {
                category: category::RESOURCE.into(),
                id: name(number, "x").into(),
                data_type: DataType::String,
                issuer: None,
            };
            slots.add(Slot {
                designator,
                clock: None,
            });
            request = request.resource(name(number, "y"), "a");
        }
        near_misses(&request.build(), &slots).len()
    }

    #[test]
    fn letters_are_compared_up_to_a_bound() {
        for (count, length) in [(1, 250), (30, 120), (90, 200), (400, 11)] {
            assert_eq!(found(count, length), count, "of {length} letters");
        }
        for count in [125, 250, 500] {
            let compared = found(count, 200) * count * (1 + 200);
            let all = MOST_LETTERS - count * (1 + 200)..=MOST_LETTERS;
            assert!(all.contains(&compared), "{count}: {compared}");
        }
        assert_eq!(found(2000, 4), LOOKED_AT, "are looked at");
    }
}
