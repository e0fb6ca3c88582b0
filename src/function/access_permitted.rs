//! The function that asks for another decision (A.3.16).

use super::table::{Table, takes};
use super::{Call, Type};
use crate::value::DataType;

/// A.3.16.
pub(super) fn access_permitted(table: &mut Table) {
    let parameters = [DataType::AnyUri, DataType::String].map(Type::One);
    let signature = takes(parameters, None, DataType::Boolean);
    table.row("3.0", "access-permitted", signature, Call::AccessPermitted);
}
