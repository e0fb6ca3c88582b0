//! A missing attribute → the most similar attribute of the request, for the message.

use std::collections::HashSet;

use crate::attribute::Designator;
use crate::error::{LONGEST, cut, last_part, similar_name};
use crate::program::Slots;
use crate::request::{Attribute, Request};

/// The most attributes of a request that are compared: it may have very many, and a decision may
/// miss very many.
const LOOKED_AT: usize = 500;

/// The work of looking for one: each name is compared as it is, in lower case, and letter by letter.
pub(super) fn cost(request: &Request) -> usize {
    let categories = request.categories().iter();
    let attributes = categories.flat_map(|category| &category.attributes);
    let names = attributes
        .take(LOOKED_AT)
        .map(|attribute| attribute.id.len());
    names.map(|length| 1 + length.min(LONGEST) / 8).sum()
}

/// Describes the nearest attribute of the request: the wanted one with another data type, category
/// or issuer, or one whose name is spelt similarly or has the same last part. None if there is none.
/// An attribute that the policies ask for as it is, by one of these `slots`, is right where it is.
pub(super) fn near_miss(request: &Request, slots: &Slots, wanted: &Designator) -> Option<String> {
    let all = || {
        let categories = request.categories().iter();
        let attributes = categories.flat_map(|category| {
            let attributes = category.attributes.iter();
            attributes.map(|attribute| (&*category.category, attribute))
        });
        attributes
            .take(LOOKED_AT)
            .filter(|(_, attribute)| !attribute.values.is_empty())
    };
    // Values of several data types may be in one attribute of the request, or in several.
    let asked_for: HashSet<_> = all()
        .filter(|(category, attribute)| is_asked_for(slots, category, attribute))
        .map(name)
        .collect();
    // Of several that are as near, the first of the request.
    let nearest = |is_meant: &dyn Fn(&str, &str) -> bool| {
        let meant = all().filter(|(category, attribute)| is_meant(category, &attribute.id));
        meant
            .filter(|found| !asked_for.contains(&name(*found)))
            .map(|(category, attribute)| Differences::of(wanted, category, attribute))
            .min_by_key(Differences::count)
    };
    // A long name is hardly mistyped, and costs its length.
    let folded = |id: &str| (id.len() <= LONGEST).then(|| id.trim().to_lowercase());
    let id = folded(&wanted.id);
    // `role` for `urn:example:role`, or the other way round.
    let is_last_part = |category: &str, other: &str| {
        let other = folded(other);
        let (Some(id), Some(other)) = (id.as_deref(), other.as_deref()) else {
            return false;
        };
        *category == *wanted.category && (last_part(id) == other || last_part(other) == id)
    };
    // A name without the beginning of the other is compared with its last part.
    let is_bare = |id: &str| last_part(id) == id;
    let similar = || {
        let own = all()
            .filter(|found| *found.0 == *wanted.category && !asked_for.contains(&name(*found)));
        let own = own.map(|(_, attribute)| &*attribute.id);
        let (alike, others): (Vec<&str>, Vec<&str>) =
            own.partition(|id| is_bare(id) == is_bare(&wanted.id));
        let meant = similar_name(&wanted.id, alike).or_else(|| {
            let others = others.into_iter().map(OfLastPart);
            similar_name(last_part(&wanted.id), others).map(|OfLastPart(id)| id)
        })?;
        nearest(&|_, id| *id == *meant)
    };
    nearest(&|_, id| *id == *wanted.id)
        .or_else(|| nearest(&|_, other| id.is_some() && folded(other) == id))
        .or_else(|| nearest(&is_last_part))
        .or_else(similar)?
        .in_words()
}

/// An identifier that is compared by its last part.
struct OfLastPart<'r>(&'r str);

impl AsRef<str> for OfLastPart<'_> {
    fn as_ref(&self) -> &str {
        last_part(self.0)
    }
}

/// The attributes that policies read and a request has no value of, although it nearly has one: each with what
/// the request has, which no policy reads.
pub(crate) fn near_misses<'p>(
    request: &Request,
    slots: &'p Slots,
) -> Vec<(&'p Designator, String)> {
    let categories = request.categories().iter();
    let mut attributes = categories
        .flat_map(|category| {
            category
                .attributes
                .iter()
                .map(|one| (&*category.category, one))
        })
        .take(LOOKED_AT)
        .filter(|(_, attribute)| !attribute.values.is_empty());
    if attributes.all(|(category, attribute)| is_asked_for(slots, category, attribute)) {
        return Vec::new();
    }
    let has = |of: &Designator| {
        let mut values = request.values(&of.category, &of.id);
        values.any(|value| value.data_type() == of.data_type)
    };
    let wanted = slots.in_use().map(|(_, slot)| &slot.designator);
    let lacking = wanted.filter(|of| !has(of)).take(LOOKED_AT);
    lacking
        .filter_map(|of| Some((of, near_miss(request, slots, of)?)))
        .collect()
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
