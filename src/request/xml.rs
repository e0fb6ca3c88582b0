//! Requests ↔ XML (§5.42 to §5.51).

mod v2;

use std::collections::HashMap;

use super::attributes::{self, Values};
use super::{Request, RequestReference};
use crate::decision::XacmlVersion;
use crate::error::{Error, Offset};
use crate::limits::Limits;
use crate::read_options::ReadOptions;
use crate::xml::{self, CONTEXT_2, Document, Element, Writer, many, one, optional};

impl Request {
    /// Reads a request in UTF-8 or UTF-16 with the default [options](ReadOptions).
    ///
    /// ```
    /// use vedtak::Request;
    /// let request = Request::from_xml(
    ///     r#"<Request xmlns="urn:oasis:names:tc:xacml:3.0:core:schema:wd-17"
    ///         ReturnPolicyIdList="false" CombinedDecision="false">
    ///       <Attributes Category="urn:oasis:names:tc:xacml:3.0:attribute-category:action">
    ///         <Attribute AttributeId="urn:oasis:names:tc:xacml:1.0:action:action-id"
    ///             IncludeInResult="false">
    ///           <AttributeValue DataType="http://www.w3.org/2001/XMLSchema#string">read</AttributeValue>
    ///         </Attribute>
    ///       </Attributes>
    ///     </Request>"#,
    /// )?;
    /// assert_eq!(request, Request::builder().action("read").build());
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem found in one pass, values that are not of their data type included.
    pub fn from_xml(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::read_xml(bytes, ReadOptions::new())
    }

    /// Reads a request with [options](ReadOptions). A request of XACML 2.0 is translated, see
    /// [the module](super#xacml-20).
    ///
    /// # Errors
    ///
    /// Every problem found in one pass, values that are not of their data type included.
    pub fn read_xml(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        let (source, limits) = (options.source_or("request"), options.limits);
        let text = xml::text(source, bytes.as_ref(), limits)?;
        let document = Document::new(&source.into(), &text, limits);
        document.read(&["Request"], &[CONTEXT_2], |xml, root| {
            read_element(xml, root, &mut Values::new(limits, options.data_types))
        })
    }

    /// The version of XACML of a document that cannot be read as a request: that of its document
    /// element, or 3.0 if it has none that can be read.
    pub(crate) fn xacml_of(bytes: &[u8], limits: &Limits) -> XacmlVersion {
        let text = xml::text("request", bytes, limits);
        match text.ok().and_then(|text| xml::namespace_of_root(&text)) {
            Some(namespace) if *namespace == *CONTEXT_2 => XacmlVersion::V2,
            _ => XacmlVersion::V3,
        }
    }

    /// Prints the request as an XML document that reads back as an equal request.
    ///
    /// The schema asks for at least one `Attributes`: a request without any is printed, but cannot
    /// be read back. Nor can one with characters that XML cannot hold, such as U+0001: they are
    /// printed as references that every reader refuses, so that it is not read as another request.
    /// Nor can one with attributes whose values [cannot be
    /// used](crate::request::UnusableAttribute): they are printed without a value, which every
    /// reader refuses, too, with the name of the attribute. `to_json` keeps them. An attribute
    /// without values is left out.
    ///
    /// ```
    /// use vedtak::Request;
    /// let request = Request::builder().action("<read>\n").build();
    /// assert_eq!(Request::from_xml(request.to_xml())?, request);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn to_xml(&self) -> String {
        let mut writer = Writer::new();
        writer.element("Request", |writer| write(writer, self));
        writer.finish()
    }
}

/// Reads a `Request` of the version whose schema is being read.
pub(crate) fn read_element<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    values: &mut Values,
) -> Request {
    match xml.is_version_2() {
        true => v2::request(xml, element, values),
        false => request(xml, element, values),
    }
}

fn request<'a>(xml: &mut Document<'a>, element: &Element<'a>, values: &mut Values) -> Request {
    xml.attributes(element, &["ReturnPolicyIdList", "CombinedDecision"]);
    let mut request = Request {
        return_policy_id_list: xml.boolean(element, "ReturnPolicyIdList", true),
        combined_decision: xml.boolean(element, "CombinedDecision", true),
        ..Request::default()
    };
    let particles = [
        optional(0, "RequestDefaults"),
        many(1, "Attributes").at_least_one(),
        optional(2, "MultiRequests"),
    ];
    let mut ids: HashMap<String, Offset> = HashMap::new();
    let mut references = Vec::new();
    xml.children(element, &particles, |xml, child| match child.name {
        "RequestDefaults" => request.xpath_version = Some(defaults(xml, &child)),
        "Attributes" => {
            let attributes = attributes::read(xml, &child, values);
            if let Some(id) = &attributes.xml_id {
                match ids.get(id).copied() {
                    Some(first) => {
                        let (id, first) = (xml::cut(id), xml.at(first));
                        let message =
                            format!("the `Attributes`{first} has the `xml:id` `{id}`, too");
                        xml.problem_with(&child, "xml:id", message);
                    }
                    None => {
                        ids.insert(id.clone(), child.offset);
                    }
                }
            }
            request.categories.push(attributes.into());
        }
        _ => request.multi_requests = multi_requests(xml, &child, &mut references),
    });
    for (id, offset) in references.iter().filter(|(id, _)| !ids.contains_key(id)) {
        let message = format!(
            "`ReferenceId` is `{}`, but no `Attributes` has this `xml:id`",
            xml::cut(id)
        );
        xml.problem(*offset, message);
    }
    request
}

fn defaults<'a>(xml: &mut Document<'a>, element: &Element<'a>) -> String {
    xml.attributes(element, &[]);
    let mut version = String::new();
    xml.children(element, &[one(0, "XPathVersion")], |xml, child| {
        xml.attributes(&child, &[]);
        version = xml::trim(&xml.text(&child)).to_owned();
    });
    version
}

/// Reads `MultiRequests` (§5.49), and notes where each id is referred to: whether it exists is
/// known at the end.
fn multi_requests<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    found: &mut Vec<(String, Offset)>,
) -> Vec<RequestReference> {
    xml.attributes(element, &[]);
    let mut all = Vec::new();
    let particles = [many(0, "RequestReference").at_least_one()];
    xml.children(element, &particles, |xml, child| {
        xml.attributes(&child, &[]);
        let mut reference = RequestReference::default();
        let particles = [many(0, "AttributesReference").at_least_one()];
        xml.children(&child, &particles, |xml, child| {
            xml.attributes(&child, &["ReferenceId"]);
            if let Some(id) = xml::attribute(&child, "ReferenceId") {
                let id = xml::trim(&id).to_owned();
                found.push((id.clone(), child.offset));
                reference.references.push(id);
            } else {
                xml.required(&child, "ReferenceId");
            }
            xml.empty(&child);
        });
        all.push(reference);
    });
    all
}

fn write(writer: &mut Writer, request: &Request) {
    writer.boolean("ReturnPolicyIdList", request.return_policy_id_list);
    writer.boolean("CombinedDecision", request.combined_decision);
    if let Some(version) = &request.xpath_version {
        writer.element("RequestDefaults", |writer| {
            writer.text_element("XPathVersion", version);
        });
    }
    for attributes in &request.categories {
        attributes::write(writer, attributes, attributes.unusable());
    }
    if request.multi_requests.is_empty() {
        return;
    }
    writer.element("MultiRequests", |writer| {
        for request in &request.multi_requests {
            writer.element("RequestReference", |writer| {
                for id in &request.references {
                    writer.element("AttributesReference", |writer| {
                        writer.attribute("ReferenceId", id);
                    });
                }
            });
        }
    });
}

#[cfg(test)]
pub(super) mod tests;
