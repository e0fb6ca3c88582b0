//! Results → results of XACML 2.0 (2.0 §6.10 to §6.16, §5.34 to §5.36).

use std::borrow::Cow;

use super::super::left_out::LeftOut;
use super::*;
use crate::decision::Effect;
use crate::xml::CONTEXT_2;

/// The response in XACML 2.0; `asked` is the request, if there is one.
pub(in crate::response::xml) fn written(
    response: &Response,
    asked: Option<&Request>,
    most: usize,
) -> Writer<'static> {
    // Several results name their resources themselves; the request cannot.
    let asked = asked.filter(|_| response.results.len() == 1);
    let of_request = asked.and_then(|request| resource_id(request.categories()));
    let mut writer = Writer::within(most);
    writer.element_of(CONTEXT_2, "Response", |writer| {
        for result in &response.results {
            if writer.is_full() {
                break;
            }
            let own = resource_id(&result.attributes);
            let result = of_2(result, own.is_some());
            write_result(writer, &result, own.or(of_request.clone()).as_deref());
        }
    });
    writer
}

/// The one `resource-id` among attributes (2.0 §6.10).
pub(super) fn resource_id(categories: &[SharedAttributes]) -> Option<String> {
    let mut values = categories
        .iter()
        .flat_map(|category| {
            category
                .attributes
                .iter()
                .map(|own| (&category.category, own))
        })
        .filter(|(category, own)| is_resource_id(category, own))
        .flat_map(|(_, own)| &own.values);
    let only = values.next()?;
    match values.next() {
        None => Some(only.lexical()),
        Some(_) => None,
    }
}

fn is_resource_id(category: &str, attribute: &Attribute) -> bool {
    category == category::RESOURCE && &*attribute.id == id::RESOURCE_ID
}

/// The result without the parts that 2.0 cannot hold. With `has_id`, its `resource-id` is written
/// as `ResourceId`.
fn of_2(result: &ResponseResult, has_id: bool) -> Cow<'_, ResponseResult> {
    let is_held =
        |category: &str, attribute: &Attribute| has_id && is_resource_id(category, attribute);
    let all_held = |shared: &SharedAttributes| {
        let mut attributes = shared.attributes.iter();
        shared.content.is_none() && attributes.all(|own| is_held(&shared.category, own))
    };
    let effect = effect(result.decision);
    let has_counterpart = |obligation: &Obligation| {
        let mut values = obligation.assignments.iter().map(|own| &own.value);
        effect.is_some() && values.all(is_of_2)
    };
    let missing = result.status.iter().flat_map(|status| &status.missing);
    if result.advice.is_empty()
        && result.policies.is_empty()
        && result.attributes.iter().all(all_held)
        && result.obligations.iter().all(has_counterpart)
        && missing.clone().all(is_missing_of_2)
    {
        return Cow::Borrowed(result);
    }
    let mut left_out = LeftOut::because("XACML 2.0 has no words for it");
    let mut kept = result.clone();
    for shared in &result.attributes {
        let others = shared.attributes.iter();
        for other in others.filter(|own| !is_held(&shared.category, own)) {
            left_out.add("the attribute", &other.id);
        }
        if shared.content.is_some() {
            left_out.add("the content of", &shared.category);
        }
    }
    for advice in kept.advice.drain(..) {
        left_out.add("the advice", &advice.id);
    }
    for policy in kept.policies.drain(..) {
        left_out.add("the reference to the policy", &policy.id);
    }
    if let Some(status) = &mut kept.status {
        status.missing.retain(|missing| {
            is_missing_of_2(missing)
                || left_out.add("the missing attribute", &missing.designator.id)
        });
    }
    kept.obligations.retain(|obligation| {
        has_counterpart(obligation) || left_out.add("the obligation", &obligation.id)
    });
    let is_unfulfilled = kept.obligations.len() < result.obligations.len();
    Cow::Owned(left_out.concluded(kept, is_unfulfilled))
}

/// Whether 2.0 has the data type of a value, or the host added it (2.0 B.3).
fn is_of_2(value: &Value) -> bool {
    is_type_of_2(value.data_type())
}

fn is_type_of_2(data_type: DataType) -> bool {
    !matches!(data_type, DataType::XPathExpression | DataType::Entity)
}

fn is_missing_of_2(missing: &MissingAttribute) -> bool {
    is_type_of_2(missing.designator.data_type) && missing.values.iter().all(is_of_2)
}

/// The `FulfillOn` for a decision; none if it is neither Permit nor Deny.
fn effect(decision: Decision) -> Option<Effect> {
    match decision {
        Decision::Permit => Some(Effect::Permit),
        Decision::Deny => Some(Effect::Deny),
        Decision::Indeterminate | Decision::NotApplicable => None,
    }
}

fn write_result(writer: &mut Writer, result: &ResponseResult, resource_id: Option<&str>) {
    writer.element("Result", |writer| {
        writer.optional("ResourceId", resource_id);
        writer.text_element("Decision", result.decision.as_str());
        if let Some(status) = &result.status {
            write_status(writer, status, write_missing_attribute);
        }
        let Some(effect) = effect(result.decision).filter(|_| !result.obligations.is_empty())
        else {
            return;
        };
        writer.element_of(POLICY_2, "Obligations", |writer| {
            for obligation in &result.obligations {
                write_obligation(writer, obligation, effect);
            }
        });
    });
}

/// Writes a `MissingAttributeDetail` of 2.0 (2.0 §6.16), which has no category.
fn write_missing_attribute(writer: &mut Writer, missing: &MissingAttribute) {
    let MissingAttribute { designator, values } = missing;
    writer.element("MissingAttributeDetail", |writer| {
        writer.attribute("AttributeId", &designator.id);
        writer.attribute("DataType", designator.data_type.uri_in_2());
        writer.optional("Issuer", designator.issuer.as_deref());
        for value in values {
            writer.element("AttributeValue", |writer| {
                attributes::write_value_inside(writer, value);
            });
        }
    });
}

/// The category and the issuer of an assignment are attributes that 2.0 does not name, but allows
/// on every value (2.0 §5.31).
fn write_obligation(writer: &mut Writer, obligation: &Obligation, effect: Effect) {
    writer.element("Obligation", |writer| {
        writer.attribute("ObligationId", &obligation.id);
        writer.attribute("FulfillOn", effect.as_str());
        for assignment in &obligation.assignments {
            writer.element("AttributeAssignment", |writer| {
                writer.attribute("AttributeId", &assignment.id);
                writer.attribute("DataType", assignment.value.data_type().uri_in_2());
                writer.optional("Category", assignment.category.as_deref());
                writer.optional("Issuer", assignment.issuer.as_deref());
                attributes::write_value_inside(writer, &assignment.value);
            });
        }
    });
}

#[cfg(test)]
mod tests;
