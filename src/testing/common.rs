//! The parts of a test file that its cases have in common: names of attributes, facts, and what a source
//! provides.

use std::sync::Arc;

use super::case::strict_members;
use super::engine::Engine;
use super::given::{AttributeReader, Given, Words, members};
use super::kind::Kind;
use super::names::{AttributeNames, CATEGORIES, Declared};
use super::provided::{Provided, Provision};
use crate::json::{Document, Item, Kind as JsonKind};
use crate::request::json::value::JsonValues;

/// The words of a kind of file, which what decides it knows.
pub(super) fn words_of<'r>(kind: Option<&dyn Kind>, engine: Option<&'r Engine>) -> Words<'r> {
    Words {
        names: kind.map_or(&[], |kind| kind.words()),
        decider: match engine {
            Some(Engine::Other { decider, .. }) => Some(&**decider),
            _ => None,
        },
    }
}

/// Reads attributes by category.
pub(super) fn given(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    reader: &mut AttributeReader<'_, '_>,
) -> Given {
    let mut given = Given::default();
    let mut names = CATEGORIES.map(|(word, ..)| word).to_vec();
    names.push("categories");
    names.extend(reader.words.names);
    let found = strict_members(json, item, what, &names, &[]);
    for (word, item) in found.into_iter().flatten() {
        match word {
            "categories" => reader.categories(json, item, &mut given),
            word => reader.category(json, word, item, &mut given),
        }
    }
    given
}

/// Reads names of the file's own for attributes.
pub(super) fn declare(
    json: &mut Document<'_>,
    item: Item,
    known: &mut AttributeNames,
    values: &JsonValues<'_>,
) {
    for (name, item) in members(json, item, "`attributes`") {
        let what = "an attribute";
        let id = match json.kind(item) {
            JsonKind::Object => {
                let names = ["id", "type", "issuer"];
                let Some([id, of_type, issuer]) = json.members(item, what, names, &["id"]) else {
                    continue;
                };
                let Some(id) = json.required(item, what, id, "id") else {
                    continue;
                };
                let data_type = of_type.and_then(|item| values.read_data_type(json, item));
                let issuer = json.optional(issuer, "`issuer`").map(Arc::from);
                json.string(id, "`id`").map(|id| Declared {
                    id: id.into(),
                    data_type,
                    issuer,
                })
            }
            _ => json.string(item, what).map(|id| Declared {
                id: id.into(),
                data_type: None,
                issuer: None,
            }),
        };
        if let Some(declared) = id {
            let name = json.text(name).into_owned();
            known.declare(&name, declared);
        }
    }
}

/// Reads attributes that a source provides, each list for the requests that have others.
pub(super) fn provisions(
    json: &mut Document<'_>,
    item: Item,
    known: &AttributeNames,
    values: &mut JsonValues<'_>,
) -> Provided {
    let mut provisions = Vec::new();
    let mut names = vec!["when"];
    names.extend(CATEGORIES.map(|(word, ..)| word));
    names.push("categories");
    let mut items = json.some_items(item, "`provided`");
    while let Some(item) = items.next(json) {
        let Some(found) = strict_members(json, item, "what is provided", &names, &[]) else {
            continue;
        };
        let mut provision = Provision::default();
        for (word, item) in found {
            let mut reader = AttributeReader {
                known,
                values: &mut *values,
                words: Words::default(),
                may_fail: word != "when",
            };
            match word {
                "when" => provision.when = given(json, item, "`when`", &mut reader),
                "categories" => reader.categories(json, item, &mut provision.given),
                word => reader.category(json, word, item, &mut provision.given),
            }
        }
        if provision.given.attributes.is_empty() {
            json.problem(item, "nothing is provided");
        }
        provisions.push(provision);
    }
    Provided {
        provisions: provisions.into(),
    }
}
