//! Results of XACML 2.0 → results (2.0 §6.10 to §6.16).

use super::*;
use crate::attribute::{category, id};
use crate::request::{Attribute, Attributes};
use crate::xml::POLICY_2;

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

/// Which resource the result is about: in 3.0 the attribute that a request asks to be repeated.
fn resource(element: &Element<'_>) -> Option<Attributes> {
    let resource = xml::attribute(element, "ResourceId")?;
    Some(Attributes {
        category: category::RESOURCE.into(),
        xml_id: None,
        content: None,
        attributes: vec![Attribute {
            id: id::RESOURCE_ID.into(),
            issuer: None,
            include_in_result: true,
            values: vec![Value::from(&*resource)],
        }],
    })
}
