//! Results of XACML 2.0 → results (2.0 §6.10 to §6.16).

mod write;

use super::*;
use crate::attribute::{category, id};
use crate::request::{Attribute, Attributes};
use crate::xml::POLICY_2;
pub(super) use write::written;

/// Reads a `Result` (2.0 §6.10). A `MissingAttributeDetail` of 2.0 has no category, so it is one of
/// the things in `StatusDetail` that are kept as they are.
pub(super) fn result<'a>(
    xml: &mut Document<'a>,
    element: &Element<'a>,
    values: &mut Values,
) -> ResponseResult {
    xml.attributes(element, &["ResourceId"]);
    let mut result = ResponseResult::new(Decision::Indeterminate);
    result.attributes.extend(resource(element).map(Into::into));
    let particles = [
        one(0, "Decision"),
        optional(1, "Status"),
        optional(2, "Obligations").of(POLICY_2),
    ];
    xml.children(element, &particles, |xml, child| match child.name {
        "Decision" => result.decision = decision(xml, &child),
        "Status" => result.status = Some(status(xml, &child, values)),
        _ => {
            result.obligations = xml.in_namespace(POLICY_2, |xml| obligations(xml, &child, values));
        }
    });
    result
}

/// Reads the `ResourceId` of a result as the attribute `resource-id` that 3.0 repeats.
fn resource(element: &Element<'_>) -> Option<Attributes> {
    xml::attribute(element, "ResourceId").map(|id| named(&id))
}

fn named(resource: &str) -> Attributes {
    Attributes {
        category: category::RESOURCE.into(),
        xml_id: None,
        content: None,
        attributes: vec![Attribute {
            id: id::RESOURCE_ID.into(),
            issuer: None,
            include_in_result: true,
            values: vec![Value::from(resource)],
        }],
    }
}

#[cfg(feature = "saml")]
impl Response {
    /// Returns the response with the resource of the request as the attribute of its result, if
    /// both have one.
    pub(crate) fn about(&self, asked: &Request) -> Self {
        let mut response = self.clone();
        if let [only] = &mut response.results[..]
            && write::resource_id(&only.attributes).is_none()
            && let Some(id) = write::resource_id(asked.categories())
        {
            only.attributes.push(named(&id).into());
        }
        response
    }
}
