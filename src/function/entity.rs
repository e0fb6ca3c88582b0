//! The rows of functions that read an entity or a category (Related and Nested Entities Profile
//! 1.0). They need a request, so the evaluator carries them out.

use super::table::{Table, takes};
use super::{Call, EntityFunction};
use crate::value::DataType;
use crate::xpath;

/// Their signatures are placeholders: one of their arguments names the data type of the result, and
/// another may be of two types. The compiler derives both.
pub(super) fn entity(table: &mut Table) {
    let mut row = |name: &str, of| {
        let signature = takes([], None, DataType::Boolean);
        table.row("3.0", name, signature, Call::Entity(of));
    };
    row("attribute-designator", EntityFunction::Designator);
    if xpath::SUPPORTED {
        row("attribute-selector", EntityFunction::Selector);
    }
}
