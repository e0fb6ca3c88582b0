//! The decision that a case expects, and all that may be expected beside it.

use super::given::members;
use crate::decision::Decision;
use crate::error::{cut, did_you_mean, list, similar_identifier};
use crate::json::{Document, Item, Kind};

/// Expectations of a case. What is not given is not checked.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    /// One for each decision that the request asks for.
    pub(super) decisions: Vec<Decision>,
    pub(super) obligations: Option<Vec<ExpectedObligation>>,
    pub(super) advice: Option<Vec<ExpectedObligation>>,
    /// Each is among the rules behind the decision.
    pub(super) rules: Vec<String>,
    /// Each is a policy of a rule behind the decision.
    pub(super) policies: Vec<String>,
    pub(super) status: Option<String>,
    /// A part of the status message.
    pub(super) says: Option<String>,
    /// Words of another kind of file, and a part of what is told of each.
    pub(super) tells: Vec<(&'static str, String)>,
}

/// An obligation or advice: its id, and attributes that it assigns.
#[derive(Clone, Debug)]
pub(super) struct ExpectedObligation {
    pub(super) id: String,
    /// None: values are not checked.
    pub(super) values: Option<Vec<(String, Vec<String>)>>,
}

impl Expected {
    /// Reads one expectation; false if the member is none.
    pub(super) fn read(
        &mut self,
        json: &mut Document<'_>,
        member: &'static str,
        item: Item,
        others: &[&'static str],
    ) -> bool {
        let text = |json: &mut Document<'_>| {
            let text = json.string(item, &format!("`{member}`"))?;
            if text.trim().is_empty() {
                json.problem(
                    item,
                    format!("`{member}` is empty: it would expect nothing"),
                );
                return None;
            }
            Some(text.into_owned())
        };
        match member {
            "expect" => self.decisions = decisions(json, item),
            "obligations" => self.obligations = Some(obligations(json, item, "`obligations`")),
            "advice" => self.advice = Some(obligations(json, item, "`advice`")),
            "rule" => self.rules = texts(json, item, "`rule`"),
            "policy" => self.policies = texts(json, item, "`policy`"),
            "status" => self.status = text(json),
            "says" => self.says = text(json),
            other if others.contains(&other) => {
                self.tells.retain(|(word, _)| *word != other);
                let text = match json.kind(item) {
                    Kind::Number => Some(json.raw(item).to_owned()),
                    _ => text(json),
                };
                self.tells.extend(text.map(|text| (other, text)));
            }
            _ => return false,
        }
        true
    }
}

/// Reads a decision, or one for each decision that a request asks for.
fn decisions(json: &mut Document<'_>, item: Item) -> Vec<Decision> {
    let mut decisions = Vec::new();
    let mut items = json.some_items(item, "`expect`");
    while let Some(item) = items.next(json) {
        let Some(text) = json.string(item, "`expect`") else {
            continue;
        };
        match text.parse() {
            Ok(decision) => decisions.push(decision),
            Err(_) => {
                let known = ["Permit", "Deny", "NotApplicable", "Indeterminate"];
                let message = format!(
                    "`expect` is {}, but found `{}`{}",
                    list(known.into_iter()),
                    cut(&text),
                    did_you_mean(similar_identifier(&text, known))
                );
                json.problem(item, message);
            }
        }
    }
    decisions
}

/// Reads a text or several, none of them empty.
pub(super) fn texts(json: &mut Document<'_>, item: Item, what: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut items = json.some_items(item, what);
    while let Some(item) = items.next(json) {
        match json.string(item, what) {
            Some(text) if text.is_empty() => json.problem(item, format!("{what} is empty")),
            Some(text) => texts.push(text.into_owned()),
            None => {}
        }
    }
    texts
}

fn obligations(json: &mut Document<'_>, item: Item, what: &str) -> Vec<ExpectedObligation> {
    let mut all = Vec::new();
    let mut items = json.items(item);
    while let Some(item) = items.next(json) {
        if json.kind(item) != Kind::Object {
            if let Some(id) = json.string(item, what) {
                all.push(ExpectedObligation {
                    id: id.into_owned(),
                    values: None,
                });
            }
            continue;
        }
        let Some([id, values]) = json.members(item, what, ["id", "values"], &["id"]) else {
            continue;
        };
        let id = json.required(item, what, id, "id");
        let id = id.and_then(|id| json.string(id, "`id`"));
        let values = values.map(|values| {
            let assigned = members(json, values, "`values`");
            let assigned = assigned.into_iter().map(|(name, value)| {
                let mut texts = Vec::new();
                let mut items = json.items(value);
                while let Some(item) = items.next(json) {
                    match json.kind(item) {
                        Kind::Array | Kind::Object => {
                            json.expected(item, "an assigned value", "a text or a number");
                        }
                        _ => texts.push(json.scalar(item).into_owned()),
                    }
                }
                (json.text(name).into_owned(), texts)
            });
            assigned.collect()
        });
        if let Some(id) = id {
            all.push(ExpectedObligation {
                id: id.into_owned(),
                values,
            });
        }
    }
    all
}
