//! Responses → JSON (JSON Profile 1.1 §5).

use super::super::*;
use crate::json::{JsonDialect, Writer};
use crate::request::json::{category, value};

/// The response, if it is no longer than `most` bytes.
pub(super) fn response(response: &Response, dialect: &JsonDialect, most: usize) -> Option<String> {
    let mut writer = Writer::within(dialect, most);
    writer.object(|writer| {
        // An array also for one result (§5.2.1).
        writer.name("Response");
        writer.array(|writer| response.results.iter().for_each(|r| result(writer, r)));
    });
    writer.finish_within()
}

pub(super) fn result(writer: &mut Writer<'_>, result: &ResponseResult) {
    writer.object(|writer| {
        writer.string_member("Decision", result.decision.as_str());
        if let Some(status) = &result.status {
            writer.object_member("Status", |writer| self::status(writer, status));
        }
        let obligations = &result.obligations;
        writer.array_member("Obligations", obligations, |writer, obligation| {
            obligation_or_advice(writer, &obligation.id, &obligation.assignments);
        });
        writer.array_member("AssociatedAdvice", &result.advice, |writer, advice| {
            obligation_or_advice(writer, &advice.id, &advice.assignments);
        });
        writer.array_member("Category", &result.attributes, category::write);
        if !result.policies.is_empty() {
            writer.object_member("PolicyIdentifierList", |writer| {
                policies(writer, "PolicyIdReference", false, &result.policies);
                policies(writer, "PolicySetIdReference", true, &result.policies);
            });
        }
    });
}

pub(super) fn status(writer: &mut Writer<'_>, status: &Status) {
    status_code(writer, status.code.uri(), &status.minor_codes);
    writer.optional("StatusMessage", status.message.as_deref());
    if status.missing.is_empty() && status.detail.is_empty() {
        return;
    }
    writer.name("StatusDetail");
    writer.array(|writer| {
        for missing in &status.missing {
            missing_attribute(writer, missing);
        }
        for detail in &status.detail {
            writer.string(detail);
        }
    });
}

fn status_code(writer: &mut Writer<'_>, code: &str, minor_codes: &[String]) {
    writer.object_member("StatusCode", |writer| {
        writer.string_member("Value", code);
        if let [first, rest @ ..] = minor_codes {
            status_code(writer, first, rest);
        }
    });
}

/// Writes a missing attribute as an object (§5.2.4), or as XML where an object cannot hold it: in a
/// dialect of strings, and where a value has another data type than its attribute. Where XML cannot
/// hold it either, an object names the attribute alone.
fn missing_attribute(writer: &mut Writer<'_>, missing: &MissingAttribute) {
    let MissingAttribute { designator, values } = missing;
    let is_plain = |value: &Value| value.data_type() == designator.data_type;
    if (writer.dialect().strings_only || !values.iter().all(is_plain))
        && let Some(xml) = super::super::xml::missing_attribute_xml(missing)
    {
        return writer.string(&xml);
    }
    writer.object(|writer| {
        writer.string_member("Category", &designator.category);
        writer.string_member("AttributeId", &designator.id);
        writer.optional("Issuer", designator.issuer.as_deref());
        writer.string_member("DataType", designator.data_type.uri());
        let values = values.iter().filter(|value| is_plain(value));
        writer.array_member("Value", values, value::write_one);
    });
}

pub(super) fn obligation_or_advice(
    writer: &mut Writer<'_>,
    id: &str,
    assignments: &[AttributeAssignment],
) {
    writer.object(|writer| {
        writer.string_member("Id", id);
        writer.array_member("AttributeAssignment", assignments, |writer, assignment| {
            writer.object(|writer| {
                writer.string_member("AttributeId", &assignment.id);
                writer.optional("Category", assignment.category.as_deref());
                writer.optional("Issuer", assignment.issuer.as_deref());
                value::write(writer, std::slice::from_ref(&assignment.value));
            });
        });
    });
}

fn policies(writer: &mut Writer<'_>, name: &'static str, sets: bool, all: &[PolicyIdentifier]) {
    let some = all.iter().filter(|policy| policy.is_set == sets);
    writer.array_member(name, some, |writer, policy| {
        writer.object(|writer| {
            writer.string_member("Id", &policy.id);
            writer.optional("Version", policy.version.as_deref());
        });
    });
}
