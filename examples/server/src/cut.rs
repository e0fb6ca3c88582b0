//! A decision → the beginning of its values, for a log that would be too long.

use std::borrow::Cow;

use data_encoding::HEXLOWER;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};
use vedtak::attribute::category::{ACCESS_SUBJECT, ACTION, RESOURCE};
use vedtak::response::ResponseResult;
use vedtak::{Decision, Request};

/// The values that are told at most, of each category and in all.
const OF_EACH: usize = 10;
const IN_ALL: usize = 40;

/// The bytes of a text that is told as it is.
const SHORT: usize = 100;

/// Leaves the obligations and the advice their ids alone.
pub fn duties(result: &mut ResponseResult) {
    for obligation in &mut result.obligations {
        obligation.assignments.clear();
    }
    for advice in &mut result.advice {
        advice.assignments.clear();
    }
}

/// Tells a decision and the first values of its request, those of subject, resource and action before others,
/// and how many are left out.
pub fn decision(request: Option<&Request>, decision: Decision) -> Value {
    let categories = request.map_or(&[][..], Request::categories);
    let mut categories: Vec<_> = categories.iter().collect();
    let is_other = |category: &str| ![ACCESS_SUBJECT, RESOURCE, ACTION].contains(&category);
    categories.sort_by_key(|own| is_other(&own.category));
    let (mut told, mut all) = (Vec::new(), 0);
    for own in categories {
        let content = own.content.iter();
        let content = content.map(|content| ("Content", Cow::Borrowed(&**content)));
        let values = own.attributes.iter().flat_map(|attribute| {
            let values = attribute.values.iter();
            values.map(|value| {
                let text = value.as_str().map(Cow::Borrowed);
                let text = text.unwrap_or_else(|| value.lexical().into());
                (&*attribute.id, text)
            })
        });
        let room = OF_EACH.min(IN_ALL - told.len());
        told.extend(content.chain(values).take(room).map(|(id, text)| {
            json!({"Category": short(&own.category), "AttributeId": short(id), "Value": short(&text)})
        }));
        let attributes = own.attributes.iter();
        let values: usize = attributes.map(|attribute| attribute.values.len()).sum();
        all += values + usize::from(own.content.is_some());
    }
    let left_out = all - told.len();
    json!({"Decision": decision.as_str(), "Values": told, "LeftOut": left_out})
}

/// A text; of a long one its beginning, its length and its digest.
fn short(text: &str) -> Value {
    if text.len() <= SHORT {
        return text.into();
    }
    let end = (0..=SHORT).rev().find(|end| text.is_char_boundary(*end));
    let digest = HEXLOWER.encode(digest(&SHA256, text.as_bytes()).as_ref());
    json!({"Begin": &text[..end.unwrap_or(0)], "Bytes": text.len(), "Sha256": digest})
}
