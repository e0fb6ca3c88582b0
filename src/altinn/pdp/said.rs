//! A request → the attributes that the flow reads: their values, or the reason why they are
//! unusable.
//!
//! The flow reads requests through this file alone. An unusable attribute does not count as absent:
//! a request with two parties, one of them unreadable, is not a request about the other.

use crate::attribute::category;
use crate::request::{Request, SharedAttributes, UnusableAttribute};
use crate::value::Value;

/// One attribute of a request.
#[derive(Clone, Copy)]
pub(super) struct Said<'r> {
    pub(super) id: &'r str,
    values: Result<&'r [Value], &'r UnusableAttribute>,
}

impl<'r> Said<'r> {
    /// Its values.
    ///
    /// # Errors
    ///
    /// They are unusable. Only code that needs the values calls this, as an unused attribute may be
    /// unusable.
    pub(super) fn values(self) -> Result<&'r [Value], &'r UnusableAttribute> {
        self.values
    }

    /// Whether it has usable values.
    pub(super) fn has_values(self) -> bool {
        self.values.is_ok_and(|values| !values.is_empty())
    }
}

/// Returns the subject of a request, with what of it cannot be used, if it has one.
pub(super) fn only_subject(request: &Request) -> Option<&SharedAttributes> {
    let categories = request.categories().iter();
    let mut subjects = categories.filter(|own| &*own.category == category::ACCESS_SUBJECT);
    let subject = subjects.next()?;
    subjects.next().is_none().then_some(subject)
}

/// Returns all attributes of a category.
pub(super) fn attributes<'r>(
    request: &'r Request,
    category: &'r str,
) -> impl Iterator<Item = Said<'r>> {
    let categories = request.categories().iter();
    let own = categories.filter(move |own| &*own.category == category);
    own.flat_map(|own| {
        let usable = own.attributes.iter().map(|attribute| Said {
            id: &attribute.id,
            values: Ok(&attribute.values),
        });
        let unusable = own.unusable().iter().map(|unusable| Said {
            id: &unusable.id,
            values: Err(unusable),
        });
        usable.chain(unusable)
    })
}

/// Returns the values of one attribute.
///
/// # Errors
///
/// Some are unusable.
pub(super) fn values<'r>(
    request: &'r Request,
    category: &'r str,
    id: &'r str,
) -> Result<impl Iterator<Item = &'r Value>, &'r UnusableAttribute> {
    let own = move || attributes(request, category).filter(move |said| said.id == id);
    own().try_for_each(|said| said.values().map(drop))?;
    Ok(own().filter_map(|said| said.values.ok()).flatten())
}
