//! Responses with characters that XML cannot hold → responses without them.
//!
//! Nothing is written as another value than it has.

use super::left_out::LeftOut;
use super::*;

/// The response without the parts that have characters that XML cannot hold.
pub(super) fn response(response: &Response) -> Response {
    Response {
        results: response.results.iter().map(result).collect(),
    }
}

fn result(result: &ResponseResult) -> ResponseResult {
    let mut lost = LeftOut::because("XML cannot hold characters of it");
    let mut kept = result.clone();
    kept.attributes.retain_mut(|shared| {
        let names = || Attributes {
            category: shared.category.clone(),
            xml_id: shared.xml_id.clone(),
            content: shared.content.clone(),
            attributes: Vec::new(),
        };
        if !Writer::can_hold(|writer| attributes::write(writer, &names(), &[])) {
            lost.add("the category", &shared.category);
            return false;
        }
        let is_held =
            |own: &Attribute| Writer::can_hold(|writer| attributes::write_attribute(writer, own));
        if !shared.attributes.iter().all(is_held) {
            shared
                .to_mut()
                .attributes
                .retain(|attribute| is_held(attribute) || lost.add("the attribute", &attribute.id));
        }
        true
    });
    kept.advice.retain(|advice| {
        Writer::can_hold(|writer| {
            write_one(writer, ADVICE, (&advice.id, &advice.assignments));
        }) || lost.add("the advice", &advice.id)
    });
    kept.policies.retain(|policy| {
        Writer::can_hold(|writer| write_policy(writer, policy))
            || lost.add("the reference to the policy", &policy.id)
    });
    if let Some(status) = &mut kept.status {
        let is_code = |code: &String| Writer::can_hold(|writer| writer.attribute("Value", code));
        if let Some(first) = status.minor_codes.iter().position(|code| !is_code(code)) {
            lost.add("the status code", &status.minor_codes[first]);
            status.minor_codes.truncate(first);
        }
        status.missing.retain(|missing| {
            Writer::can_hold(|writer| write_missing_attribute(writer, missing))
                || lost.add("the missing attribute", &missing.designator.id)
        });
        status.detail.retain(|detail| {
            Writer::can_hold(|writer| writer.raw(detail)) || lost.add("a status detail", "")
        });
    }
    let before = kept.obligations.len();
    kept.obligations.retain(|obligation| {
        Writer::can_hold(|writer| {
            write_one(
                writer,
                OBLIGATION,
                (&obligation.id, &obligation.assignments),
            );
        }) || lost.add("the obligation", &obligation.id)
    });
    let is_unfulfilled = kept.obligations.len() < before;
    lost.concluded(kept, is_unfulfilled)
}
