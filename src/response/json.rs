//! Responses ↔ JSON (JSON Profile 1.1 §5).

#[cfg(feature = "serde")]
mod serialized;
mod write;

use std::sync::Arc;

use super::*;
use crate::error::Error;
use crate::json::{Document, Item, JsonDialect, Kind};
use crate::read_options::ReadOptions;
use crate::request::json::category::{self, identifier};
use crate::request::json::document;
use crate::request::json::value::JsonValues;

impl Response {
    /// Reads a response of the JSON Profile 1.1 (or 1.0) with the default [options](ReadOptions).
    ///
    /// ```
    /// use vedtak::{Decision, Response};
    /// let response = Response::from_json(r#"{"Response": [{"Decision": "Permit"}]}"#)?;
    /// assert_eq!(response.decision(), Decision::Permit);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The text is no JSON; or every problem found in one pass, values that are not of their data
    /// type included.
    pub fn from_json(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::read_json(bytes, ReadOptions::new())
    }

    /// Reads a response of the JSON Profile with [options](ReadOptions).
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        document("response", bytes.as_ref(), options, response)
    }

    /// Prints the response in the JSON Profile, in a form that reads back as an equal response,
    /// except that policies come before policy sets in its list of policies. Attributes are printed
    /// as by [`Request::to_json`](crate::Request::to_json).
    ///
    /// ```
    /// use vedtak::{Decision, Response, response::ResponseResult};
    /// let response = Response::new(vec![ResponseResult::new(Decision::Deny)]);
    /// assert_eq!(response.to_json(), r#"{"Response":[{"Decision":"Deny"}]}"#);
    /// ```
    pub fn to_json(&self) -> String {
        self.to_json_as(&JsonDialect::PROFILE)
    }

    /// Prints the response in a dialect of the JSON Profile.
    pub fn to_json_as(&self, dialect: &JsonDialect) -> String {
        write::response(self, dialect, usize::MAX).unwrap_or_default()
    }

    /// Writes the response as [`to_json_as`](Self::to_json_as) does; if that is longer than `most`
    /// bytes, an Indeterminate that says so.
    pub(crate) fn to_json_within(&self, dialect: &JsonDialect, most: usize) -> String {
        let text = write::response(self, dialect, most);
        text.unwrap_or_else(|| Self::too_long(most).to_json_as(dialect))
    }
}

fn response(json: &mut Document<'_>, root: Item, values: &mut JsonValues<'_>) -> Response {
    let mut response = Response {
        results: Vec::new(),
    };
    let Some([found]) = json.members(root, "the document", ["Response"], &["Response"]) else {
        return response;
    };
    let Some(found) = json.required(root, "the document", found, "Response") else {
        return response;
    };
    let least = r#"{"Decision":"Deny"}"#.len();
    response.results.reserve_exact(json.room(found, least));
    let mut items = json.items(found);
    while let Some(item) = items.next(json) {
        response.results.extend(result(json, item, values));
    }
    if json.items(found).next(json).is_none() {
        json.problem(found, "`Response` must have at least one result");
    }
    response
}

fn result(
    json: &mut Document<'_>,
    item: Item,
    values: &mut JsonValues<'_>,
) -> Option<ResponseResult> {
    let what = "a result";
    let names = [
        "Decision",
        "Status",
        "Obligations",
        "AssociatedAdvice",
        "Category",
        "PolicyIdentifierList",
    ];
    let [word, status, obligations, advice, categories, policies] =
        json.members(item, what, names, &["Decision"])?;
    let mut result = ResponseResult::new(Decision::Indeterminate);
    let word = json.required(item, what, word, "Decision");
    if let Some(word) = word {
        result.decision = decision(json, word);
    }
    result.status = status.and_then(|item| self::status(json, item, values));
    if let Some(item) = obligations.filter(|item| !json.is_absent(*item)) {
        let all = obligations_or_advice(json, item, "`Obligations`", values).into_iter();
        let all = all.map(|(id, assignments)| Obligation { id, assignments });
        result.obligations = all.collect();
    }
    if let Some(item) = advice.filter(|item| !json.is_absent(*item)) {
        let all = obligations_or_advice(json, item, "`AssociatedAdvice`", values).into_iter();
        let all = all.map(|(id, assignments)| Advice { id, assignments });
        result.advice = all.collect();
    }
    if let Some(item) = categories {
        let mut items = json.items(item);
        while let Some(item) = items.next(json) {
            let read = category::read(json, item, "`Category`", None, values);
            result.attributes.extend(read);
        }
    }
    if let Some(item) = policies {
        self::policies(json, item, &mut result.policies);
    }
    // One without a decision is not kept: it takes a hundred times its text.
    word.map(|_| result)
}

fn decision(json: &mut Document<'_>, item: Item) -> Decision {
    let Some(text) = json.string(item, "`Decision`") else {
        return Decision::Indeterminate;
    };
    Decision::from_name(&text).unwrap_or_else(|| {
        let message = format!(
            "`Decision` is `{}`, expected `Permit`, `Deny`, `Indeterminate` or `NotApplicable`",
            crate::error::cut(&text)
        );
        json.problem(item, message);
        Decision::Indeterminate
    })
}

fn status(json: &mut Document<'_>, item: Item, values: &mut JsonValues<'_>) -> Option<Status> {
    let names = ["StatusCode", "StatusMessage", "StatusDetail"];
    let [code, message, detail] = json.members(item, "`Status`", names, &[])?;
    let mut status = Status::ok();
    let mut codes = Vec::new();
    if let Some(item) = code {
        status_code(json, item, &mut codes);
    }
    let mut codes = codes.into_iter();
    if let Some(code) = codes.next() {
        status.code = StatusCode::from_uri(&code);
    }
    status.minor_codes = codes.collect();
    let message = json.optional(message, "`StatusMessage`");
    status.message = message.map(|message| message.into_owned());
    if let Some(item) = detail {
        let mut items = json.items(item);
        while let Some(item) = items.next(json) {
            match json.kind(item) {
                Kind::Object => status.missing.extend(missing_attribute(json, item, values)),
                _ => {
                    let elements = category::elements(json, item, "`StatusDetail`", values);
                    for element in elements.into_iter().flatten() {
                        let options = ReadOptions::new().limits(values.limits);
                        let options = options.data_types(values.data_types());
                        match super::xml::standing_missing_attribute(&element, options) {
                            Some(missing) => {
                                if values.count(json, item, missing.values.len()) {
                                    status.missing.push(missing);
                                }
                            }
                            None => status.detail.push(element),
                        }
                    }
                }
            }
        }
    }
    Some(status)
}

/// Reads a `StatusCode` and those nested in it, the outermost first. The depth of objects is
/// limited, so this recursion is.
fn status_code(json: &mut Document<'_>, item: Item, codes: &mut Vec<String>) {
    let what = "`StatusCode`";
    let Some([value, nested]) = json.members(item, what, ["Value", "StatusCode"], &["Value"])
    else {
        return;
    };
    codes.push(String::from(&*identifier(json, item, what, value, "Value")));
    if let Some(nested) = nested {
        status_code(json, nested, codes);
    }
}

/// Reads a missing attribute (§5.2.4). Some call its values `AttributeValue`, as XML does.
fn missing_attribute(
    json: &mut Document<'_>,
    item: Item,
    values: &mut JsonValues<'_>,
) -> Option<MissingAttribute> {
    let what = "`StatusDetail`";
    let names = [
        "Category",
        "AttributeId",
        "DataType",
        "Issuer",
        "Value",
        "AttributeValue",
    ];
    let [category, id, data_type, issuer, value, other] =
        json.members(item, what, names, &["Category", "AttributeId", "DataType"])?;
    let type_item = json.required(item, what, data_type, "DataType");
    let designator = Designator {
        category: identifier(json, item, what, category, "Category"),
        id: identifier(json, item, what, id, "AttributeId"),
        data_type: values.read_data_type(json, type_item?)?,
        issuer: json.optional(issuer, "`Issuer`").map(Arc::from),
    };
    let mut missing = MissingAttribute {
        designator,
        values: Vec::new(),
    };
    for value in [value, other].into_iter().flatten() {
        values.read(json, type_item, Some(value), &mut missing.values);
    }
    Some(missing)
}

type ObligationOrAdvice = (Arc<str>, Vec<AttributeAssignment>);

/// Reads obligations or advice, which have one form (§5.2.6, §5.2.7).
fn obligations_or_advice(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    values: &mut JsonValues<'_>,
) -> Vec<ObligationOrAdvice> {
    let mut all = Vec::new();
    let mut items = json.some_items(item, what);
    while let Some(item) = items.next(json) {
        all.extend(obligation_or_advice(json, item, what, values));
    }
    all
}

fn obligation_or_advice(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    values: &mut JsonValues<'_>,
) -> Option<ObligationOrAdvice> {
    let [id, assignments] = json.members(item, what, ["Id", "AttributeAssignment"], &["Id"])?;
    let mut read = (identifier(json, item, what, id, "Id"), Vec::new());
    if let Some(assignments) = assignments {
        let mut items = json.items(assignments);
        while let Some(item) = items.next(json) {
            assignment(json, item, values, &mut read.1);
        }
    }
    Some(read)
}

/// Reads an assignment. One of several values is as many assignments: in XACML an assignment has
/// one value (§5.36 of the standard).
fn assignment(
    json: &mut Document<'_>,
    item: Item,
    values: &mut JsonValues<'_>,
    all: &mut Vec<AttributeAssignment>,
) {
    let what = "`AttributeAssignment`";
    let names = ["AttributeId", "Category", "Issuer", "DataType", "Value"];
    let Some([id, category, issuer, data_type, value]) =
        json.members(item, what, names, &["AttributeId", "Value"])
    else {
        return;
    };
    let id = identifier(json, item, what, id, "AttributeId");
    let category: Option<Arc<str>> = json.optional(category, "`Category`").map(Arc::from);
    let issuer: Option<Arc<str>> = json.optional(issuer, "`Issuer`").map(Arc::from);
    let value = json.required(item, what, value, "Value");
    if let Some(value) = value {
        json.some_items(value, "`Value`");
    }
    let mut read = Vec::new();
    values.read(json, data_type, value, &mut read);
    all.extend(read.into_iter().map(|value| AttributeAssignment {
        id: id.clone(),
        category: category.clone(),
        issuer: issuer.clone(),
        value,
    }));
}

/// Reads `PolicyIdentifierList` (§5.2.10), whose members may be missing or empty.
fn policies(json: &mut Document<'_>, item: Item, all: &mut Vec<PolicyIdentifier>) {
    let names = ["PolicyIdReference", "PolicySetIdReference"];
    let Some(found) = json.members(item, "`PolicyIdentifierList`", names, &[]) else {
        return;
    };
    for (references, (name, is_set)) in found.into_iter().zip(names.into_iter().zip([false, true]))
    {
        let Some(references) = references else {
            continue;
        };
        let what = format!("`{name}`");
        let mut items = json.items(references);
        while let Some(item) = items.next(json) {
            let Some([id, version]) = json.members(item, &what, ["Id", "Version"], &["Id"]) else {
                continue;
            };
            let id = identifier(json, item, &what, id, "Id");
            let version = json.optional(version, "`Version`").map(Arc::from);
            all.push(PolicyIdentifier {
                is_set,
                id,
                version,
            });
        }
    }
}

#[cfg(test)]
mod tests;
