//! The dialect of the JSON Profile that Altinn's decision point and its clients exchange.

use crate::json::JsonDialect;

/// Altinn's dialect of the JSON Profile 1.0.
///
/// Read: names in any letter case, `null` and empty arrays as absent members, the names
/// `AssociateAdvice` and `StatusDetails`, and the members that .NET adds (`$type`, `$id`). A
/// value without a `DataType` is a string; a number or a boolean there is refused, as Altinn
/// refuses it, because the policies compare strings. Written: values as strings beside their
/// data types, details of a status as XML, and Altinn's names.
///
/// ```
/// use vedtak::altinn::DIALECT;
/// use vedtak::{ReadOptions, Request};
/// let text = r#"{"request": {"xForwardedForHeader": null, "action": [{"attribute": [
///     {"attributeId": "urn:oasis:names:tc:xacml:1.0:action:action-id", "value": "read",
///      "dataType": "http://www.w3.org/2001/XMLSchema#string", "issuer": null}]}]}}"#;
/// let request = Request::read_json(text, ReadOptions::new().dialect(&DIALECT))?;
/// assert_eq!(request, Request::builder().action("read").build());
/// # Ok::<(), vedtak::Error>(())
/// ```
pub const DIALECT: JsonDialect = {
    let mut dialect = JsonDialect::PROFILE;
    dialect.any_case = true;
    dialect.empty_is_absent = true;
    dialect.strings_only = true;
    dialect.renamed = &[
        ("AssociateAdvice", "AssociatedAdvice"),
        ("StatusDetails", "StatusDetail"),
    ];
    dialect.ignored = &["XForwardedForHeader", "$type", "$id"];
    dialect
};
