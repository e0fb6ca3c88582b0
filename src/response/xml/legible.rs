//! Responses that XML cannot hold → what it can hold of them.
//!
//! Nothing is written as another value than it has. What is left out the status tells; and as a Permit
//! holds only with its obligations (§7.2), one that loses any is Indeterminate. A Deny stays a Deny:
//! whoever enforces it refuses with or without its obligations, but not every one refuses on
//! Indeterminate (§7.2.3).

use super::*;

/// The response without what has characters that XML cannot hold.
pub(super) fn response(response: &Response) -> Response {
    Response {
        results: response.results.iter().map(result).collect(),
    }
}

fn result(result: &ResponseResult) -> ResponseResult {
    let mut lost = Lost::default();
    let mut kept = result.clone();
    kept.attributes.retain_mut(|shared| {
        let names = || Attributes {
            category: shared.category.clone(),
            xml_id: shared.xml_id.clone(),
            content: shared.content.clone(),
            attributes: Vec::new(),
        };
        if !Writer::can_hold(|writer| attributes::write(writer, &names())) {
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
        Writer::can_hold(|writer| write_advice(writer, advice))
            || lost.add("the advice", &advice.id)
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
        Writer::can_hold(|writer| write_obligation(writer, obligation))
            || lost.add("the obligation", &obligation.id)
    });
    if kept.obligations.len() < before && kept.decision == Decision::Permit {
        kept.decision = Decision::Indeterminate;
        kept.obligations.clear();
        kept.advice.clear();
        let status = kept.status.get_or_insert_with(Status::ok);
        status.code = StatusCode::ProcessingError;
    }
    if lost.count > 0 {
        let status = kept.status.get_or_insert_with(Status::ok);
        let told = lost.message();
        status.message = Some(match status.message.take() {
            Some(message) => format!("{message}; {told}"),
            None => told,
        });
    }
    kept
}

/// What is left out.
#[derive(Default)]
struct Lost {
    count: usize,
    told: Vec<String>,
}

/// More than these are only counted.
const MOST_TOLD: usize = 10;

impl Lost {
    /// Notes a part that is not kept.
    fn add(&mut self, what: &str, id: &str) -> bool {
        self.count += 1;
        if self.told.len() < MOST_TOLD {
            self.told.push(match id {
                "" => what.to_owned(),
                id => format!("{what} `{}`", xml::cut(&xml::legible(id))),
            });
        }
        false
    }

    fn message(&self) -> String {
        let mut message = format!(
            "left out, as XML cannot hold characters of it: {}",
            self.told.join(", ")
        );
        if self.count > self.told.len() {
            message += &format!(" and {} more", self.count - self.told.len());
        }
        message
    }
}
