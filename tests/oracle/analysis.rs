//! What is left of the policies when attributes are open, against the decision when they are not.

use vedtak::attribute::{Designator, category};
use vedtak::{Context, Pdp, Request};

use crate::choices::Noise;

/// The result of a check.
pub(crate) enum Checked {
    /// The residual decides as the policies do.
    Agrees,
    /// It depends on an expression that is taken whole.
    Whole,
    TooLarge,
}

/// Leaves some attributes of a request open, which `number` selects, and follows what is left with
/// the values that they have.
pub(crate) fn check(pdp: &Pdp, request: &Request, number: u64) -> Result<Checked, String> {
    let is_open = |designator: &Designator| {
        let clock = designator.category == category::ENVIRONMENT.into()
            && designator.id.contains(":environment:current-");
        !clock && !lot(designator, number).is_multiple_of(3)
    };
    // Some are declared to have one value at most, where that is so.
    let is_single = |designator: &Designator| {
        lot(designator, number).is_multiple_of(2) && values(request, designator) < 2
    };
    let analysis = pdp.analysis(request).open(is_open).single_valued(is_single);
    let Ok(residual) = analysis.budget(30_000).residual() else {
        return Ok(Checked::TooLarge);
    };
    let Some(followed) = residual.decide(request) else {
        return Ok(Checked::Whole);
    };
    let mut context = Context::new();
    let decided = pdp.decide_with(&mut context, request).extended_decision();
    match followed == decided {
        true => Ok(Checked::Agrees),
        false => Err(format!(
            "the residual is {followed:?}, the decision {decided:?}\n{residual:#?}"
        )),
    }
}

/// A number that depends on the attribute and nothing else.
fn lot(designator: &Designator, number: u64) -> u64 {
    let text = format!("{designator:?}");
    let sum = text.bytes().fold(number, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    let mut bytes = [0; 8];
    Noise(sum).fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn values(request: &Request, wanted: &Designator) -> usize {
    let values = request.values(&wanted.category, &wanted.id);
    values
        .filter(|value| value.data_type() == wanted.data_type)
        .count()
}
