//! Random requests: what the policies ask for, often enough, and things that look like it.

use vedtak::Request;
use vedtak::request::AttributeBuilder;

use super::Wanted;
use super::expressions::SINGLE;
use super::literals;
use crate::choices::Choices;

/// A request about attributes that policies want.
pub(crate) fn request(choices: &mut Choices<'_>, wanted: &[Wanted]) -> Request {
    let mut builder = Request::builder();
    for Wanted { designator, values } in wanted {
        let weights = match &*designator.id {
            SINGLE => [2, 28, 2, 0],
            // The clock stands in for these.
            id if id.contains(":current-") => [12, 3, 1, 0],
            _ => [5, 12, 8, 4],
        };
        let count = choices.weighted(&weights);
        if count == 0 && choices.one_in(4) {
            // Named, but without a value.
            let (category, id) = (designator.category.clone(), designator.id.clone());
            builder = builder.with(AttributeBuilder::new(category, id));
        }
        if choices.one_in(60) {
            let (category, id) = (designator.category.clone(), designator.id.clone());
            let mut attribute = AttributeBuilder::new(category, id).unusable("is null");
            if let (Some(issuer), true) = (&designator.issuer, choices.one_in(2)) {
                attribute = attribute.issuer(issuer.clone());
            }
            builder = builder.with(attribute);
        }
        for _ in 0..count {
            let issuer = match choices.weighted(&[12, 2, 1]) {
                0 => designator.issuer.clone(),
                1 => None,
                _ => Some("i".into()),
            };
            let looked_for = if values.is_empty() { 0 } else { 12 };
            let value = match choices.weighted(&[10, 1, looked_for]) {
                0 => literals::value(choices, designator.data_type),
                1 => {
                    let other = literals::data_type(choices);
                    literals::value(choices, other)
                }
                _ => values[choices.below(values.len().min(256))].clone(),
            };
            let (category, id) = (designator.category.clone(), designator.id.clone());
            let mut attribute = AttributeBuilder::new(category, id).value(value);
            if let Some(issuer) = issuer {
                attribute = attribute.issuer(issuer);
            }
            builder = builder.with(attribute);
        }
    }
    builder.build()
}
