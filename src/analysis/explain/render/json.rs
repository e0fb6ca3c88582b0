//! Explanations → JSON.

use std::borrow::Cow;

use super::super::tree::{AttributeFound, AttributeOrigin, Explanation, Node, NodeRole, NodeValue};
use super::super::words;
use crate::decision::Effect;
use crate::json::{JsonDialect, Writer};
use crate::response::AttributeAssignment;
use crate::value::Value;

impl Explanation {
    /// The explanation as JSON: the members are those of [`Explanation`] and [`Node`]. Names are whole, and
    /// values up to 1,000 characters. Empty members are left out.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// let request = vedtak::Request::builder().subject("role", "clerk").action("read").build();
    /// assert!(pdp.explain(&request)[0].to_json().starts_with(r#"{"Decision":"Permit","Why":"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        let mut writer = Writer::new(&JsonDialect::PROFILE);
        writer.object(|writer| {
            writer.string_member("Decision", self.decision.as_str());
            writer.string_member("Why", &self.why);
            if let Some(tree) = &self.tree {
                writer.name("Tree");
                node(writer, tree);
            }
            for (name, all) in [
                (
                    "Obligations",
                    self.obligations
                        .iter()
                        .map(|one| (&one.id, &one.assignments))
                        .collect::<Vec<_>>(),
                ),
                (
                    "Advice",
                    self.advice
                        .iter()
                        .map(|one| (&one.id, &one.assignments))
                        .collect(),
                ),
            ] {
                writer.array_member(name, all, |writer, (id, assignments)| {
                    writer.object(|writer| {
                        writer.string_member("Id", id);
                        writer.array_member("Assignments", assignments, assignment);
                    });
                });
            }
            writer.array_member("Troubles", &self.troubles, |writer, text| {
                writer.string(text)
            });
            let instant = self.instant.map(|instant| instant.to_string());
            writer.optional("Instant", instant.as_deref());
            let until = self.valid_until.map(|until| until.to_string());
            writer.optional("ValidUntil", until.as_deref());
            writer.array_member("Remarks", &self.remarks, |writer, text| writer.string(text));
            let differs = self.disagreement.map(words::decision);
            writer.optional("Disagreement", differs);
        });
        writer.finish()
    }
}

fn node(writer: &mut Writer<'_>, of: &Node) {
    writer.object(|writer| {
        writer.string_member("Element", of.element.as_str());
        if !of.name.is_empty() {
            writer.string_member("Name", &of.name);
        }
        if let Some(place) = &of.place {
            writer.string_member("Source", &place.source);
            number(writer, "Line", place.position.line);
            number(writer, "Column", place.position.column);
        }
        match &of.value {
            NodeValue::Decision(value) => writer.string_member("Value", words::decision(*value)),
            NodeValue::Boolean(value) => {
                writer.name("Value");
                writer.literal(if *value { "true" } else { "false" });
            }
            NodeValue::Values(all, more) => {
                values(writer, "Values", all);
                counted(writer, "MoreValues", *more);
            }
            NodeValue::Indeterminate(reason) => {
                writer.string_member("Value", "Indeterminate");
                writer.string_member("Reason", reason);
            }
            NodeValue::NotEvaluated => writer.string_member("Value", "not evaluated"),
        }
        let role = match of.role {
            NodeRole::None => None,
            NodeRole::Decides => Some("decides"),
            NodeRole::Outweighed => Some("outweighed"),
            NodeRole::Ignored => Some("ignored"),
            NodeRole::Rival => Some("rival"),
            NodeRole::Chooses => Some("chooses"),
            NodeRole::LeftOut => Some("left out"),
            NodeRole::NotReached => Some("not reached"),
        };
        writer.optional("Role", role);
        writer.optional("Effect", of.effect.map(Effect::as_str));
        counted(writer, "FailedTests", of.failed_tests);
        counted(writer, "HeldTests", of.held_tests);
        if let Some(combining) = &of.combining {
            writer.string_member("CombiningAlgorithm", &combining.algorithm);
            writer.string_member("Step", &combining.step);
        }
        if let Some(wanted) = &of.wanted {
            writer.string_member("Wanted", &text(wanted));
            writer.string_member("WantedDataType", wanted.data_type().uri());
        }
        if let Some(found) = &of.attribute {
            writer.object_member("Attribute", |writer| attribute(writer, found));
        }
        writer.array_member("Children", &of.children, node);
        counted(writer, "NotReached", of.not_reached);
        counted(writer, "NotShown", of.not_shown);
    });
}

fn attribute(writer: &mut Writer<'_>, found: &AttributeFound) {
    let designator = &found.designator;
    writer.string_member("Category", &designator.category);
    writer.string_member("AttributeId", &designator.id);
    writer.string_member("DataType", designator.data_type.uri());
    writer.optional("Issuer", designator.issuer.as_deref());
    values(writer, "Values", &found.values);
    counted(writer, "MoreValues", found.more);
    writer.flag("MustBePresent", found.must_be_present);
    let (origin, provider, until, failure) = match &found.origin {
        AttributeOrigin::Request => ("request", None, None, None),
        AttributeOrigin::Clock => ("clock", None, None, None),
        AttributeOrigin::Provider { name, until } => ("provider", Some(name), *until, None),
        AttributeOrigin::NotAskedFor(name) => ("not asked for", Some(name), None, None),
        AttributeOrigin::Nobody => ("nobody", None, None, None),
        AttributeOrigin::Failed(why) => ("failed", None, None, Some(why)),
    };
    writer.string_member("Origin", origin);
    writer.optional("Provider", provider.map(String::as_str));
    writer.optional("Until", until.map(|until| until.to_string()).as_deref());
    writer.optional("Failure", failure.map(String::as_str));
    writer.optional("NearMiss", found.near_miss.as_deref());
}

fn assignment(writer: &mut Writer<'_>, of: &AttributeAssignment) {
    writer.object(|writer| {
        writer.string_member("AttributeId", &of.id);
        writer.string_member("Value", &text(&of.value));
        writer.string_member("DataType", of.value.data_type().uri());
    });
}

fn values(writer: &mut Writer<'_>, name: &'static str, all: &[Value]) {
    writer.array_member(name, all, |writer, value| writer.string(&text(value)));
}

/// The most characters of a value: one that is as long as a request may be read by very many nodes.
const LONGEST: usize = 1_000;

fn text(value: &Value) -> Cow<'_, str> {
    let text = match value.as_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(words::beginning(value, LONGEST)),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => text,
    }
}

fn counted(writer: &mut Writer<'_>, name: &'static str, count: usize) {
    if count > 0 {
        number(writer, name, count);
    }
}

fn number(writer: &mut Writer<'_>, name: &'static str, number: usize) {
    writer.name(name);
    writer.literal(&number.to_string());
}
