//! Requests for several decisions (Multiple Decision Profile 1.0), put together as text from
//! requests for one each, so that what they stand for is known without the engine: references
//! (§2.4), repeated categories (§2.3), and one decision for all (§3).

use vedtak::decision::StatusCode;
use vedtak::{Decision, Pdp, Request, Response};

use crate::compare::difference;
use crate::evaluate::{Outcome, Verdict};

/// A request as XML in pieces: each `Attributes` element with its category.
struct Pieces(Vec<(String, String)>);

const NAMESPACE: &str = "urn:oasis:names:tc:xacml:3.0:core:schema:wd-17";

impl Pieces {
    fn of(request: &Request) -> Self {
        let text = request.to_xml();
        let pieces = text.split("<Attributes ").skip(1);
        let pieces = pieces.map(|rest| {
            let end = rest.find("</Attributes>").expect("has an end tag");
            let (_, category) = rest.split_once("Category=\"").expect("has a category");
            let (category, _) = category.split_once('"').expect("is quoted");
            (category.to_owned(), rest[..end].to_owned())
        });
        Self(pieces.collect())
    }

    /// The request of some pieces, each with the id that its place gives it.
    fn text(pieces: &[&(String, String)], combined: bool, references: &[Vec<usize>]) -> String {
        let mut text = format!(
            "<Request xmlns=\"{NAMESPACE}\" CombinedDecision=\"{combined}\" ReturnPolicyIdList=\"false\">"
        );
        for (place, (_, piece)) in pieces.iter().enumerate() {
            text += &format!("<Attributes xml:id=\"id{place}\" {piece}</Attributes>");
        }
        if !references.is_empty() {
            text += "<MultiRequests>";
            for reference in references {
                text += "<RequestReference>";
                for place in reference {
                    text += &format!("<AttributesReference ReferenceId=\"id{place}\"/>");
                }
                text += "</RequestReference>";
            }
            text += "</MultiRequests>";
        }
        text + "</Request>"
    }
}

/// What differs between the engine's answer to several of `requests` at once, and what `oracle` says
/// of each; nothing if all is as it must be.
pub(crate) fn check(
    pdp: &Pdp,
    requests: &[&Request],
    mut oracle: impl FnMut(&Request) -> Outcome,
) -> Result<u64, String> {
    let asked: Vec<Pieces> = requests.iter().map(|request| Pieces::of(request)).collect();

    // References: the pieces of all, and one reference for each request; one twice.
    let mut pieces = Vec::new();
    let mut references = Vec::new();
    for Pieces(own) in &asked {
        references.push((pieces.len()..pieces.len() + own.len()).collect::<Vec<_>>());
        pieces.extend(own);
    }
    references.push(references[0].clone());
    let mut expected: Vec<Outcome> = requests.iter().map(|request| oracle(request)).collect();
    expected.push(expected[0].clone());
    let mut decisions = compare(pdp, &expected, |combined| {
        Pieces::text(&pieces, combined, &references)
    })
    .map_err(|difference| format!("references: {difference}"))?;

    // Repeated categories: the pieces of two, and every choice of one for each category.
    let two: Vec<&(String, String)> = asked[..2].iter().flat_map(|Pieces(own)| own).collect();
    let mut categories: Vec<(&str, Vec<&(String, String)>)> = Vec::new();
    for piece in &two {
        match categories.iter_mut().find(|(known, _)| *known == piece.0) {
            Some((_, alternatives)) => alternatives.push(piece),
            None => categories.push((&piece.0, vec![piece])),
        }
    }
    let mut choices: Vec<Vec<&(String, String)>> = vec![Vec::new()];
    for (_, alternatives) in &categories {
        let longer = choices.iter().flat_map(|choice| {
            let more = alternatives.iter();
            more.map(move |piece| choice.iter().copied().chain([*piece]).collect())
        });
        choices = longer.collect();
    }
    let mut expected = Vec::new();
    for choice in &choices {
        let one = Request::from_xml(Pieces::text(choice, false, &[]));
        expected.push(oracle(&one.map_err(|error| error.to_string())?));
    }
    decisions += compare(pdp, &expected, |combined| Pieces::text(&two, combined, &[]))
        .map_err(|difference| format!("repeated categories: {difference}"))?;
    Ok(decisions)
}

/// Asks for each decision and for one of all, in XML and in JSON.
fn compare(pdp: &Pdp, expected: &[Outcome], text: impl Fn(bool) -> String) -> Result<u64, String> {
    let asked = text(false);
    let response = answer(pdp, &asked)?;
    if response.results.len() != expected.len() {
        let found = response.results.len();
        return Err(format!("{found} results and not {}", expected.len()));
    }
    for (place, (result, outcome)) in response.results.iter().zip(expected).enumerate() {
        let alone = Response::new(vec![result.clone()]);
        if let Some(difference) = difference(&alone, outcome) {
            return Err(format!("result {place}: {difference}\n{asked}"));
        }
    }
    let combined = answer(pdp, &text(true))?;
    let (decision, status) = all_in_one(expected);
    let found = combined.status().map(|status| status.code.clone());
    if (combined.decision(), found.as_ref()) != (decision, Some(&status)) {
        return Err(format!(
            "combined: {combined} and not {decision} ({status})"
        ));
    }
    Ok(expected.len() as u64)
}

fn answer(pdp: &Pdp, text: &str) -> Result<Response, String> {
    let request = Request::from_xml(text).map_err(|error| error.to_string())?;
    let xml = pdp.decide_xml(text);
    let json = pdp.decide_json(request.to_json());
    let xml = Response::from_xml(xml).map_err(|error| error.to_string())?;
    let json = Response::from_json(json).map_err(|error| error.to_string())?;
    match xml == json {
        true => Ok(xml),
        false => Err(format!("XML and JSON differ:\n{xml}\n{json}")),
    }
}

/// §3 of the profile: one decision, if it is the same for all and binds nobody to anything.
fn all_in_one(expected: &[Outcome]) -> (Decision, StatusCode) {
    let indeterminate = (Decision::Indeterminate, StatusCode::ProcessingError);
    let word = |outcome: &Outcome| match outcome.verdict {
        Verdict::Permit => Decision::Permit,
        Verdict::Deny => Decision::Deny,
        Verdict::NotApplicable => Decision::NotApplicable,
        Verdict::Indeterminate(..) => Decision::Indeterminate,
    };
    let binds = |outcome: &Outcome| !outcome.obligations.is_empty() || !outcome.advice.is_empty();
    if expected.iter().any(binds) {
        return indeterminate;
    }
    let first = word(&expected[0]);
    match first {
        Decision::Indeterminate => indeterminate,
        _ if expected.iter().any(|outcome| word(outcome) != first) => indeterminate,
        decision => (decision, StatusCode::Ok),
    }
}
