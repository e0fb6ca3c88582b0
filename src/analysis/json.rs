//! Residuals → JSON.

use super::Between;
use super::residual::{Answer, Question, Residual, ResidualNode};
use crate::attribute::Designator;
use crate::decision::ExtendedDecision;
use crate::json::{JsonDialect, Writer};
use crate::value::Value;

impl Residual {
    /// The residual as JSON: its [nodes](Self::nodes), of which the last is the beginning.
    ///
    /// A node with `Decision` is an end: `Permit`, `Deny`, `NotApplicable`, `Indeterminate{P}`,
    /// `Indeterminate{D}` or `Indeterminate{DP}`, with the ids of its `Obligations` and `Advice`. Any
    /// other asks a `Question`: `Kind` is the name of the variant of [`Question`], `Attribute` what it is
    /// about, or `Attributes` and `Text` of an expression that is taken whole. Of its `Answers` each
    /// is a `Kind`, the name of the variant of [`Answer`], with the place of a node as `To`; the
    /// first place is 0. `Otherwise` is the place for any other answer. Values are their lexical form,
    /// of the data type of the attribute; a value between others is `After` or `Before` those.
    ///
    /// ```
    /// use vedtak::attribute::category;
    /// # let policy = &std::fs::read_to_string("fixtures/explain/letters.policy.xml")?;
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// let request = vedtak::Request::builder().subject("role", "clerk").build();
    /// let residual = pdp.analysis(&request).open_category(category::ACTION).residual()?;
    /// assert!(residual.to_json().starts_with(r#"{"Nodes":[{"Decision":"#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        let mut writer = Writer::new(&JsonDialect::PROFILE);
        writer.object(|writer| {
            writer.array_member("Nodes", self.nodes(), |writer, node| {
                writer.object(|writer| write_node(writer, &node));
            });
        });
        writer.finish()
    }
}

fn write_node(writer: &mut Writer<'_>, node: &ResidualNode) {
    match node {
        ResidualNode::Decision {
            decision,
            obligations,
            advice,
        } => {
            writer.string_member("Decision", decision_name(*decision));
            for (name, ids) in [("Obligations", obligations), ("Advice", advice)] {
                writer.array_member(name, ids, |writer, id| writer.string(id));
            }
        }
        ResidualNode::Question {
            question,
            answers,
            otherwise,
        } => {
            writer.object_member("Question", |writer| write_question(writer, question));
            writer.array_member("Answers", answers, |writer, (answer, to)| {
                writer.object(|writer| {
                    write_answer(writer, answer);
                    place(writer, "To", *to);
                });
            });
            place(writer, "Otherwise", *otherwise);
        }
    }
}

fn decision_name(decision: ExtendedDecision) -> &'static str {
    match decision {
        ExtendedDecision::Permit => "Permit",
        ExtendedDecision::Deny => "Deny",
        ExtendedDecision::NotApplicable => "NotApplicable",
        ExtendedDecision::IndeterminateP => "Indeterminate{P}",
        ExtendedDecision::IndeterminateD => "Indeterminate{D}",
        ExtendedDecision::IndeterminateDP => "Indeterminate{DP}",
    }
}

fn write_question(writer: &mut Writer<'_>, question: &Question) {
    let kind = match question {
        Question::Value(_) => "Value",
        Question::Count(_) => "Count",
        Question::Has(..) => "Has",
        Question::HasIgnoringCase(..) => "HasIgnoringCase",
        Question::HasBetween(..) => "HasBetween",
        Question::HasOneOf(..) => "HasOneOf",
        Question::HasPassing(..) => "HasPassing",
        Question::Whole { .. } => "Whole",
    };
    writer.string_member("Kind", kind);
    match question {
        Question::Value(of) | Question::Count(of) => attribute_member(writer, of),
        Question::Has(of, value) | Question::HasIgnoringCase(of, value) => {
            attribute_member(writer, of);
            value_member(writer, "Value", value);
        }
        Question::HasBetween(of, between) => {
            attribute_member(writer, of);
            write_between(writer, between);
        }
        Question::HasOneOf(of, answers) => {
            attribute_member(writer, of);
            writer.array_member("Values", answers, |writer, answer| {
                writer.object(|writer| write_answer(writer, answer));
            });
        }
        Question::HasPassing(of, test) => {
            attribute_member(writer, of);
            writer.string_member("Function", &test.function);
            value_member(writer, "Literal", &test.literal);
            // It may be of another data type than the attribute.
            writer.string_member("LiteralDataType", test.literal.data_type().uri());
            writer.flag("LiteralFirst", test.is_literal_first);
            writer.flag("Fails", test.fails);
        }
        Question::Whole { text, attributes } => {
            writer.string_member("Text", text);
            writer.array_member("Attributes", attributes, |writer, of| {
                writer.object(|writer| write_attribute(writer, of));
            });
        }
    }
}

fn write_answer(writer: &mut Writer<'_>, answer: &Answer) {
    let kind = match answer {
        Answer::Yes => "Yes",
        Answer::Indeterminate => "Indeterminate",
        Answer::Value(_) => "Value",
        Answer::ValueIgnoringCase(_) => "ValueIgnoringCase",
        Answer::Between(_) => "Between",
        Answer::None => "None",
        Answer::Several => "Several",
    };
    writer.string_member("Kind", kind);
    match answer {
        Answer::Value(value) | Answer::ValueIgnoringCase(value) => {
            value_member(writer, "Value", value);
        }
        Answer::Between(between) => write_between(writer, between),
        _ => {}
    }
}

fn attribute_member(writer: &mut Writer<'_>, of: &Designator) {
    writer.object_member("Attribute", |writer| write_attribute(writer, of));
}

fn write_attribute(writer: &mut Writer<'_>, of: &Designator) {
    writer.string_member("Category", &of.category);
    writer.string_member("AttributeId", &of.id);
    writer.string_member("DataType", of.data_type.uri());
    writer.optional("Issuer", of.issuer.as_deref());
}

fn write_between(writer: &mut Writer<'_>, between: &Between) {
    for (name, bound) in [("After", &between.after), ("Before", &between.before)] {
        if let Some(value) = bound {
            value_member(writer, name, value);
        }
    }
    writer.flag("WithAfter", between.with_after);
    writer.flag("WithBefore", between.with_before);
}

fn value_member(writer: &mut Writer<'_>, name: &'static str, value: &Value) {
    writer.string_member(name, &value.lexical());
}

fn place(writer: &mut Writer<'_>, name: &'static str, place: usize) {
    writer.name(name);
    writer.literal(&place.to_string());
}
