//! The JSON of Altinn's own decision point and its clients.

use crate::json::JsonDialect;

impl JsonDialect {
    /// Altinn's dialect of the JSON Profile 1.0.
    ///
    /// In reading, names match in any letter case, `null` and empty arrays are absent members, the
    /// names `AssociateAdvice` and `StatusDetails` are accepted, and the extra members of .NET
    /// objects are ignored. A value without a `DataType` is a string; a number or a boolean there
    /// is refused, as in Altinn, because policies compare strings. In writing, values are strings
    /// beside their data types, details of a status are XML, and names are Altinn's.
    ///
    /// ```
    /// use vedtak::json::JsonDialect;
    /// use vedtak::{Limits, Request};
    /// let text = r#"{"request": {"xForwardedForHeader": null, "action": [{"attribute": [
    ///     {"attributeId": "urn:oasis:names:tc:xacml:1.0:action:action-id", "value": "read",
    ///      "dataType": "http://www.w3.org/2001/XMLSchema#string", "issuer": null}]}]}}"#;
    /// let limits = Limits::default();
    /// let request = Request::read_json_as("request", text, &limits, &JsonDialect::ALTINN)?;
    /// assert_eq!(request, Request::builder().action("read").build());
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub const ALTINN: Self = Self {
        any_case: true,
        ignores_unknown: false,
        empty_is_absent: true,
        strings_only: true,
        renamed: &[
            ("AssociateAdvice", "AssociatedAdvice"),
            ("StatusDetails", "StatusDetail"),
        ],
        ignored: &["XForwardedForHeader", "$type", "$id"],
    };
}
