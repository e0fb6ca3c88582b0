//! JSON → the members of evaluations and searches.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::{Action, Entity, Evaluation, Property};
use crate::error::{Error, cut};
use crate::json::{Document, Item, JsonDialect, Kind};
use crate::read_options::ReadOptions;
use crate::request::json::{
    self,
    value::{JsonValues, NoBag},
};

/// Members that the API does not know are ignored.
const DIALECT: JsonDialect = {
    let mut dialect = JsonDialect::PROFILE;
    dialect.ignores_unknown = true;
    dialect
};

impl Evaluation {
    /// Reads an evaluation with the default [options](ReadOptions).
    ///
    /// # Errors
    ///
    /// The text is no JSON; or every problem found in one pass.
    pub fn from_json(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::read_json(bytes, ReadOptions::new())
    }

    /// Reads an evaluation with [options](ReadOptions).
    ///
    /// ```
    /// use vedtak::{ReadOptions, authzen::Evaluation};
    /// let text = r#"{"subject": {"type": "user"}, "action": {"name": "read"}}"#;
    /// let error = Evaluation::read_json(text, ReadOptions::new().source("body")).unwrap_err();
    /// assert!(error.to_string().contains("`subject` must have the member `id`"));
    /// assert!(error.to_string().contains("the document must have the member `resource`"));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read_json(bytes: impl AsRef<[u8]>, options: ReadOptions<'_>) -> Result<Self, Error> {
        document(
            "evaluation",
            bytes.as_ref(),
            options,
            |json, root, values| {
                let names = ["subject", "action", "resource", "context"];
                let required = &["subject", "action", "resource"];
                let found = json.members(root, "the document", names, required)?;
                let given = Members::read(json, found, values);
                given.evaluation(json, root, found, "the document", &Members::default())
            },
        )
    }
}

/// Reads a document, in which unknown members are ignored; `read` returns `None` only after a problem.
pub(super) fn document<T>(
    kind: &str,
    bytes: &[u8],
    options: ReadOptions<'_>,
    read: impl FnOnce(&mut Document<'_>, Item, &mut JsonValues<'_>) -> Option<T>,
) -> Result<T, Error> {
    let tree = json::document(kind, bytes, options.dialect(&DIALECT), read)?;
    tree.ok_or_else(|| Error::plain("the document cannot be read"))
}

/// The members of an evaluation that are there and can be read.
#[derive(Default)]
pub(super) struct Members {
    subject: Option<Arc<Entity>>,
    action: Option<Arc<Action>>,
    resource: Option<Arc<Entity>>,
    context: Option<Arc<[Property]>>,
}

impl Members {
    /// Reads `subject`, `action`, `resource` and `context`.
    pub(super) fn read(
        json: &mut Document<'_>,
        found: [Option<Item>; 4],
        values: &mut JsonValues<'_>,
    ) -> Self {
        let [subject, action, resource, context] = found;
        Self {
            subject: subject.and_then(|item| entity(json, item, "`subject`", values).map(Arc::new)),
            action: action.and_then(|item| self::action(json, item, values).map(Arc::new)),
            resource: resource
                .and_then(|item| entity(json, item, "`resource`", values).map(Arc::new)),
            context: context
                .and_then(|item| properties(json, item, "`context`", values).map(Arc::from)),
        }
    }

    /// The evaluation of these members and, for those that `object` does not have, of `defaults`.
    /// A member that is present replaces the whole default, also if it cannot be read.
    pub(super) fn evaluation(
        self,
        json: &mut Document<'_>,
        object: Item,
        found: [Option<Item>; 4],
        what: &str,
        defaults: &Self,
    ) -> Option<Evaluation> {
        let mut is_there = |place: usize, has_default: bool, name| {
            if !has_default {
                json.required(object, what, found[place], name);
            }
        };
        is_there(0, defaults.subject.is_some(), "subject");
        is_there(1, defaults.action.is_some(), "action");
        is_there(2, defaults.resource.is_some(), "resource");
        let default = |place: usize| found[place].is_none();
        let context = match self.context {
            Some(context) => context,
            None if default(3) => defaults.context.clone().unwrap_or_default(),
            None => return None,
        };
        let or = |place, given: Option<Arc<Entity>>, other: &Option<Arc<Entity>>| {
            given.or_else(|| other.clone().filter(|_| default(place)))
        };
        let action = self.action;
        let action = action.or_else(|| defaults.action.clone().filter(|_| default(1)));
        Some(Evaluation {
            subject: or(0, self.subject, &defaults.subject)?,
            action: action?,
            resource: or(2, self.resource, &defaults.resource)?,
            context,
        })
    }
}

/// Reads a subject or a resource.
pub(super) fn entity(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    values: &mut JsonValues<'_>,
) -> Option<Entity> {
    let [kind, id, properties] =
        json.members(item, what, ["type", "id", "properties"], &["type", "id"])?;
    let kind = text(json, item, what, kind, "type");
    let id = text(json, item, what, id, "id");
    let properties = optional_properties(json, properties, values);
    Some(Entity {
        kind: kind?,
        id: id?,
        properties: properties?,
    })
}

/// Reads an action.
pub(super) fn action(
    json: &mut Document<'_>,
    item: Item,
    values: &mut JsonValues<'_>,
) -> Option<Action> {
    let what = "`action`";
    let [name, properties] = json.members(item, what, ["name", "properties"], &["name"])?;
    let name = text(json, item, what, name, "name");
    let properties = optional_properties(json, properties, values);
    Some(Action {
        name: name?,
        properties: properties?,
    })
}

/// Reads a string that must be there.
pub(super) fn text(
    json: &mut Document<'_>,
    object: Item,
    what: &str,
    found: Option<Item>,
    name: &'static str,
) -> Option<Arc<str>> {
    let found = json.required(object, what, found, name)?;
    json.string(found, &format!("`{name}`")).map(Arc::from)
}

/// Reads `properties`, of which there are none if the member is not there.
pub(super) fn optional_properties(
    json: &mut Document<'_>,
    found: Option<Item>,
    values: &mut JsonValues<'_>,
) -> Option<Vec<Property>> {
    match found {
        Some(item) => properties(json, item, "`properties`", values),
        None => Some(Vec::new()),
    }
}

/// Reads the members of an object as properties; `None` if there is too much of them.
pub(super) fn properties(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    values: &mut JsonValues<'_>,
) -> Option<Vec<Property>> {
    let mut properties = Properties {
        values,
        places: HashMap::new(),
        all: Vec::new(),
        room: json.raw(item).len().saturating_mul(4).max(LEAST_ROOM),
    };
    let is_good = properties.members(json, item, what, "");
    is_good.then_some(properties.all)
}

/// Properties on their way from one object.
struct Properties<'v, 'l> {
    values: &'v mut JsonValues<'l>,
    /// The place of each property by its name, and the object that contains it.
    places: HashMap<Arc<str>, (usize, Item)>,
    all: Vec<Property>,
    /// Bytes that are left for names of members of inner objects: each repeats the names of all
    /// objects around it, and the memory of a document must stay in proportion to it.
    room: usize,
}

impl Properties<'_, '_> {
    /// Reads the members of an object, and of those inside; `false` after a problem. The depth of a
    /// document is limited, and so is this recursion.
    fn members(&mut self, json: &mut Document<'_>, item: Item, what: &str, before: &str) -> bool {
        let Some(mut entries) = json.entries(item, what) else {
            return false;
        };
        let mut is_good = true;
        while let (Some(name), Some(value)) = (entries.next(json), entries.next(json)) {
            let own = json.text(name);
            let length = before.len() + own.len();
            if length > LONGEST_NAME {
                let message = format!(
                    "the name of a property is too long; the limit is {LONGEST_NAME} bytes with \
                     what it is in"
                );
                json.problem(value, message);
                is_good = false;
                continue;
            }
            let name: Arc<str> = match before {
                "" => Arc::from(own),
                before => format!("{before}.{own}").into(),
            };
            if !before.is_empty() {
                let Some(room) = self.room.checked_sub(length) else {
                    let message = "the names of the properties inside are too long together";
                    json.problem(value, message);
                    return false;
                };
                self.room = room;
            }
            is_good &= match self.places.entry(name.clone()) {
                Entry::Occupied(known) if known.get().1 == item => {
                    let message = format!("{what} has the member `{}` twice", cut(&name));
                    json.problem(value, message);
                    false
                }
                Entry::Occupied(known) => {
                    let known = known.get().0;
                    self.all[known] = Property::unusable(name.clone(), TWO);
                    true
                }
                Entry::Vacant(new) => {
                    new.insert((self.all.len(), item));
                    self.add(json, value, name.clone())
                }
            };
            if json.kind(value) == Kind::Object {
                let what = format!("`{}`", cut(&name));
                is_good &= self.members(json, value, &what, &name);
            }
        }
        is_good
    }

    /// Adds a property; `false` after saying that there are too many.
    fn add(&mut self, json: &mut Document<'_>, value: Item, name: Arc<str>) -> bool {
        let read = match json.kind(value) {
            Kind::Object if !self.values.count(json, value, 1) => Err(NoBag::TooMany),
            Kind::Object => Err(NoBag::Unusable(Property::OBJECT.into())),
            _ => self.values.read_inferred(json, value),
        };
        self.all.push(match read {
            Ok(values) => Property::new(name, values),
            Err(NoBag::Unusable(reason)) => Property::unusable(name, reason),
            Err(NoBag::TooMany) => return false,
        });
        true
    }
}

/// The reason why a property that is given twice cannot be used.
const TWO: &str = "is two properties: one by its name, and one in an object";

/// Bytes.
const LONGEST_NAME: usize = 1024;

/// Bytes that names of inner members may take of any document.
const LEAST_ROOM: usize = 64 * 1024;
