//! Attributes of a request as the flow reads them: their values, or why they cannot be used.
//!
//! The flow reads requests through this file alone. An attribute that is there and cannot be used is
//! not one that is not there: a question about two parties, one of which cannot be read, is none about
//! the other.

use super::question::Unclear;
use crate::request::{Request, UnusableAttribute};
use crate::value::Value;

/// One attribute as a request has it.
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
    /// They cannot be used. So only who reads the attribute may ask: nobody minds one that nobody reads.
    pub(super) fn values(self) -> Result<&'r [Value], Unclear> {
        self.values
            .map_err(|unusable| Unclear::Unusable(unusable.clone()))
    }

    /// Whether it has values that can be used.
    pub(super) fn has_values(self) -> bool {
        self.values.is_ok_and(|values| !values.is_empty())
    }
}

/// All attributes of a category.
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

/// The values of one attribute.
///
/// # Errors
///
/// Some cannot be used.
pub(super) fn values<'r>(
    request: &'r Request,
    category: &'r str,
    id: &'r str,
) -> Result<impl Iterator<Item = &'r Value>, Unclear> {
    let own = move || attributes(request, category).filter(move |said| said.id == id);
    for said in own() {
        said.values()?;
    }
    Ok(own().filter_map(|said| said.values.ok()).flatten())
}
