//! Requests of XACML 2.0 → requests (2.0 §6.1 to §6.8; 3.0 B.2).

use std::collections::HashMap;
use std::sync::Arc;

use super::super::{Attribute, Attributes, Request};
use crate::attribute::{category, id};
use crate::decision::XacmlVersion;
use crate::request::attributes::Values;
use crate::value::DataType;
use crate::xml::{self, Document, Element, cut, many, one, optional};

/// Reads a `Request` (2.0 §6.1). Several `Resource`s ask for a decision each (Multiple resource
/// profile of XACML 2.0), as a repeated category does in 3.0.
pub(super) fn request<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    values: &mut Values,
) -> Request {
    xml.attributes(element, &[]);
    let mut request = Request {
        xacml: XacmlVersion::V2,
        ..Request::default()
    };
    let particles = [
        many(0, "Subject").at_least_one(),
        many(1, "Resource").at_least_one(),
        one(2, "Action"),
        one(3, "Environment"),
    ];
    // The place of the subject of each category.
    let mut subjects: HashMap<Arc<str>, usize> = HashMap::new();
    xml.children(element, &particles, |xml, child| {
        let section = match child.name {
            "Subject" => {
                let subject = subject(xml, &child, values);
                // Subjects of one category are one subject (2.0 §6.2).
                if let Some(same) = subjects.get(&subject.category) {
                    let same = request.categories[*same].to_mut();
                    same.attributes.extend(subject.attributes);
                    return;
                }
                subjects.insert(subject.category.clone(), request.categories.len());
                subject
            }
            "Resource" => section(xml, &child, category::RESOURCE, values),
            "Action" => section(xml, &child, category::ACTION, values),
            _ => section(xml, &child, category::ENVIRONMENT, values),
        };
        request.categories.push(section.into());
    });
    name_resources(&mut request);
    request
}

/// Marks `resource-id` to be repeated where a request has several resources: results of 2.0 name
/// their resource by `ResourceId` (2.0 §6.10), those of 3.0 only if they are asked to.
fn name_resources(request: &mut Request) {
    let categories = request.categories.iter_mut();
    let resources: Vec<_> = categories
        .filter(|attributes| &*attributes.category == category::RESOURCE)
        .collect();
    if resources.len() < 2 {
        return;
    }
    for attribute in resources
        .into_iter()
        .flat_map(|r| &mut r.to_mut().attributes)
    {
        attribute.include_in_result = &*attribute.id == id::RESOURCE_ID;
    }
}

fn subject<'a>(xml: &mut Document<'a>, element: &Element<'a>, values: &mut Values) -> Attributes {
    xml.within(element, "SubjectCategory", |xml| {
        xml.attributes(element, &["SubjectCategory"]);
        let category = xml::uri_attribute(element, "SubjectCategory");
        let category = category.map_or(category::ACCESS_SUBJECT.into(), Arc::from);
        content(xml, element, category, values)
    })
}

fn section<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    category: &'static str,
    values: &mut Values,
) -> Attributes {
    xml.within(element, "", |xml| {
        xml.attributes(element, &[]);
        content(xml, element, category.into(), values)
    })
}

fn content<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    category: Arc<str>,
    values: &mut Values,
) -> Attributes {
    let mut attributes = Attributes {
        category,
        xml_id: None,
        content: None,
        attributes: Vec::new(),
    };
    let particles = [optional(0, "ResourceContent"), many(1, "Attribute")];
    let particles = match element.name {
        "Resource" => &particles[..],
        _ => &particles[1..],
    };
    xml.children(element, particles, |xml, child| match child.name {
        "ResourceContent" => attributes.content = resource_content(xml, &child).map(Arc::from),
        _ => attributes.attributes.push(attribute(xml, &child, values)),
    });
    attributes
}

/// Reads `ResourceContent`, which may hold anything in 2.0 (§6.4), but one element in 3.0 (§5.45).
fn resource_content<'a>(xml: &mut Document<'a>, element: &Element<'a>) -> Option<String> {
    for attribute in &element.attributes {
        // `xsi` and `xml` say nothing about the resource.
        let namespace = attribute.namespace.as_deref().unwrap_or("");
        if !namespace.starts_with("http://www.w3.org/") {
            let message = format!(
                "the attribute `{}` of `ResourceContent` has no counterpart: `Content` of XACML \
                 3.0 has none",
                attribute.name
            );
            xml.problem(attribute.offset, message);
        }
    }
    let mut all = xml.any_children(element);
    if all.len() > 1 {
        let message = format!(
            "`ResourceContent` has {} elements; only one has a counterpart, for `Content` of XACML \
             3.0 holds no more",
            all.len()
        );
        xml.problem(element.offset, message);
    }
    all.pop()
}

/// Reads an `Attribute` (2.0 §6.7), which has the data type of its values.
fn attribute<'a>(xml: &mut Document<'a>, element: &Element<'a>, values: &mut Values) -> Attribute {
    xml.within(element, "AttributeId", |xml| {
        xml.attributes(element, &["AttributeId", "DataType", "Issuer"]);
        let mut attribute = Attribute {
            id: xml.uri(element, "AttributeId").into(),
            issuer: xml::attribute(element, "Issuer").map(Arc::from),
            include_in_result: false,
            values: Vec::new(),
        };
        let data_type = values.data_type(xml, element);
        let particles = [many(0, "AttributeValue").at_least_one()];
        xml.children(element, &particles, |xml, child| match data_type {
            Some(data_type) => {
                contradiction(xml, &child, data_type, values);
                attribute
                    .values
                    .extend(values.read_as(xml, &child, data_type));
            }
            None => xml.skip(&child),
        });
        attribute
    })
}

/// Reports a data type on a value that differs from that of its attribute. Many requests repeat the
/// data type on the value, where 2.0 allows anything and reads nothing (§6.8).
fn contradiction<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    data_type: DataType,
    values: &Values,
) {
    let Some(repeated) = xml::uri_attribute(element, "DataType") else {
        return;
    };
    if values.data_type_of(xml, &repeated) != Some(data_type) {
        let message = format!(
            "the `DataType` of this value is `{}`, but that of its `Attribute` is `{data_type}`",
            cut(&repeated)
        );
        xml.problem_with(element, "DataType", message);
    }
}
