//! Requests ↔ JSON (JSON Profile 1.1 §4).

pub(crate) mod category;
mod entity;
#[cfg(feature = "serde")]
pub(crate) mod serialized;
pub(crate) mod value;

use std::collections::HashSet;

use smallvec::SmallVec;

use super::{Request, RequestReference};
use crate::attribute::category as id;
use crate::error::{Error, cut};
use crate::json::{Document, Item, JsonDialect, Writer};
use crate::read_options::ReadOptions;
use crate::xml;
use value::JsonValues;

impl Request {
    /// Reads a request of the JSON Profile 1.1 (or 1.0) with the default [options](ReadOptions).
    ///
    /// ```
    /// use vedtak::Request;
    /// let request = Request::from_json(
    ///     r#"{"Request": {"Action": {"Attribute": [
    ///         {"AttributeId": "urn:oasis:names:tc:xacml:1.0:action:action-id", "Value": "read"}
    ///     ]}}}"#,
    /// )?;
    /// assert_eq!(request, Request::builder().action("read").build());
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

    /// Reads a request of the JSON Profile with [options](ReadOptions).
    ///
    /// ```
    /// use vedtak::{ReadOptions, Request};
    /// let text = r#"{"Request": {"Action": {"Attribute": {"AttributeId": "a", "Value": null}}}}"#;
    /// let error = Request::read_json(text, ReadOptions::new().source("r.json")).unwrap_err();
    /// assert!(error.to_string().starts_with("r.json:1:68: `Value` must be"));
    /// assert_eq!(error.diagnostics()[0].path(), "Request.Action.Attribute.Value");
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        document("request", bytes.as_ref(), options, request)
    }

    /// Prints the request in the JSON Profile, in a form that reads back as an equal request.
    ///
    /// In JSON the values of one attribute are of one data type: an attribute with values of
    /// several is printed as several attributes, which make the same bags. Integers beyond 2⁵³ are
    /// printed as strings beside their `DataType`, because many readers would round them.
    /// Attributes whose values [cannot be used](crate::request::UnusableAttribute) are printed as a
    /// member `Unusable` of their category, which the profile does not have: a reader that does not
    /// know it refuses the request.
    ///
    /// ```
    /// use vedtak::Request;
    /// let request = Request::builder().action("read").build();
    /// assert_eq!(
    ///     request.to_json(),
    ///     r#"{"Request":{"Category":[{"CategoryId":"urn:oasis:names:tc:xacml:3.0:attribute-category:action","Attribute":[{"AttributeId":"urn:oasis:names:tc:xacml:1.0:action:action-id","Value":"read"}]}]}}"#
    /// );
    /// ```
    pub fn to_json(&self) -> String {
        self.to_json_as(&JsonDialect::PROFILE)
    }

    /// Prints the request in a dialect of the JSON Profile.
    pub fn to_json_as(&self, dialect: &JsonDialect) -> String {
        let mut writer = Writer::new(dialect);
        writer.object(|writer| writer.object_member("Request", |writer| write(writer, self)));
        writer.finish()
    }
}

/// Reads a document that has values; without a source it is called by its kind.
pub(crate) fn document<T>(
    kind: &str,
    bytes: &[u8],
    options: ReadOptions<'_>,
    read: impl FnOnce(&mut Document<'_>, Item, &mut JsonValues<'_>) -> T,
) -> Result<T, Error> {
    let ReadOptions {
        limits,
        data_types,
        dialect,
        ..
    } = options;
    let source = options.source_or(kind);
    let text = xml::text(source, bytes, limits)?;
    Document::read(&source.into(), &text, limits, dialect, |json, root| {
        read(json, root, &mut JsonValues::new(limits, data_types))
    })
}

/// The categories that have a member of their own (§4.2.2), in the order in which [`request`] reads
/// them: the name of the member, its name in messages, the category.
const CATEGORIES: [(&str, &str, &str); 8] = [
    ("AccessSubject", "`AccessSubject`", id::ACCESS_SUBJECT),
    (
        "RecipientSubject",
        "`RecipientSubject`",
        "urn:oasis:names:tc:xacml:1.0:subject-category:recipient-subject",
    ),
    (
        "IntermediarySubject",
        "`IntermediarySubject`",
        "urn:oasis:names:tc:xacml:1.0:subject-category:intermediary-subject",
    ),
    (
        "Codebase",
        "`Codebase`",
        "urn:oasis:names:tc:xacml:1.0:subject-category:codebase",
    ),
    (
        "RequestingMachine",
        "`RequestingMachine`",
        "urn:oasis:names:tc:xacml:1.0:subject-category:requesting-machine",
    ),
    ("Resource", "`Resource`", id::RESOURCE),
    ("Action", "`Action`", id::ACTION),
    ("Environment", "`Environment`", id::ENVIRONMENT),
];

/// Reads a document of the profile, or a value of another document that has its form.
pub(crate) fn request(json: &mut Document<'_>, root: Item, values: &mut JsonValues<'_>) -> Request {
    let mut request = Request::default();
    let Some([found]) = json.members(root, "the document", ["Request"], &["Request"]) else {
        return request;
    };
    let Some(object) = json.required(root, "the document", found, "Request") else {
        return request;
    };
    let names = [
        "ReturnPolicyIdList",
        "CombinedDecision",
        "XPathVersion",
        "MultiRequests",
        "Category",
        CATEGORIES[0].0,
        CATEGORIES[1].0,
        CATEGORIES[2].0,
        CATEGORIES[3].0,
        CATEGORIES[4].0,
        CATEGORIES[5].0,
        CATEGORIES[6].0,
        CATEGORIES[7].0,
    ];
    let Some(found) = json.members(object, "`Request`", names, &[]) else {
        return request;
    };
    let [policies, combined, version, multiple, categories @ ..] = found;
    request.return_policy_id_list = json.flag(policies, "`ReturnPolicyIdList`");
    request.combined_decision = json.flag(combined, "`CombinedDecision`");
    let version = json.optional(version, "`XPathVersion`");
    request.xpath_version = version.map(|version| version.into_owned());

    // In the order in which they stand: where a category is repeated, so are the results.
    let kinds = [None].into_iter().chain(CATEGORIES.map(Some));
    let mut found: SmallVec<[_; 9]> = categories.into_iter().zip(kinds).collect();
    found.sort_unstable_by_key(|(item, _)| *item);
    let (mut ids, mut none) = (HashSet::new(), true);
    for (item, kind) in found {
        let Some(item) = item.filter(|item| !json.is_absent(*item)) else {
            continue;
        };
        none = false;
        let what = kind.map_or("`Category`", |(_, what, _)| what);
        let mut items = json.some_items(item, what);
        while let Some(item) = items.next(json) {
            let category = kind.map(|(_, _, category)| category);
            let read = category::read(json, item, what, category, values);
            let Some(attributes) = read else { continue };
            if let Some(id) = &attributes.xml_id
                && !ids.insert(id.clone())
            {
                let message = format!("a second category has the `Id` `{}`", cut(id));
                json.problem(item, message);
            }
            request.categories.push(attributes);
        }
    }
    if none {
        json.problem(object, "`Request` must have at least one category");
    }
    if let Some(item) = multiple {
        request.multi_requests = multi_requests(json, item, &ids);
    }
    request
}

/// Reads `MultiRequests` (§4.2.5), whose references must be to the `ids` of categories.
fn multi_requests(
    json: &mut Document<'_>,
    item: Item,
    ids: &HashSet<String>,
) -> Vec<RequestReference> {
    let mut all = Vec::new();
    let what = "`MultiRequests`";
    let Some([references]) = json.members(item, what, ["RequestReference"], &["RequestReference"])
    else {
        return all;
    };
    let Some(references) = json.required(item, what, references, "RequestReference") else {
        return all;
    };
    let what = "`RequestReference`";
    let mut items = json.some_items(references, what);
    while let Some(item) = items.next(json) {
        let Some([members]) = json.members(item, what, ["ReferenceId"], &["ReferenceId"]) else {
            continue;
        };
        let mut reference = RequestReference::default();
        if let Some(members) = json.required(item, what, members, "ReferenceId") {
            let mut members = json.some_items(members, "`ReferenceId`");
            while let Some(member) = members.next(json) {
                let Some(id) = json.string(member, "`ReferenceId`") else {
                    continue;
                };
                if !ids.contains(&*id) {
                    let message = format!(
                        "`ReferenceId` is `{}`, but no category has this `Id`",
                        cut(&id)
                    );
                    json.problem(member, message);
                }
                reference.references.push(id.into_owned());
            }
        }
        all.push(reference);
    }
    all
}

fn write(writer: &mut Writer<'_>, request: &Request) {
    writer.flag("ReturnPolicyIdList", request.return_policy_id_list);
    writer.flag("CombinedDecision", request.combined_decision);
    writer.optional("XPathVersion", request.xpath_version.as_deref());
    // Never by the members for single categories: they could not say in which order categories of
    // different kinds stand.
    writer.array_member("Category", &request.categories, category::write);
    if request.multi_requests.is_empty() {
        return;
    }
    writer.object_member("MultiRequests", |writer| {
        let references = &request.multi_requests;
        writer.array_member("RequestReference", references, |writer, reference| {
            writer.object(|writer| {
                writer.array_member("ReferenceId", &reference.references, |writer, id| {
                    writer.string(id);
                });
            });
        });
    });
}

#[cfg(test)]
mod tests;
