//! JSON → the members of evaluations and searches.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Action, Entity, Evaluation, Property};
use crate::error::{Error, cut};
use crate::json::{Document, Item, JsonDialect, Kind};
use crate::limits::Limits;
use crate::request::json::{self, value::Values};
use crate::value::DataTypes;

/// Members that the API does not know are ignored.
const DIALECT: JsonDialect = {
    let mut dialect = JsonDialect::PROFILE;
    dialect.ignores_unknown = true;
    dialect
};

impl Evaluation {
    /// Reads an evaluation within the default [`Limits`].
    ///
    /// # Errors
    ///
    /// The text is no JSON; or every problem found in one pass.
    pub fn from_json(bytes: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::read("evaluation", bytes, &Limits::default())
    }

    /// Reads an evaluation within `limits`. `source` is the name that problems are reported under.
    ///
    /// ```
    /// use vedtak::{Limits, authzen::Evaluation};
    /// let text = r#"{"subject": {"type": "user"}, "action": {"name": "read"}}"#;
    /// let error = Evaluation::read("body", text, &Limits::default()).unwrap_err();
    /// assert!(error.to_string().contains("`subject` must have the member `id`"));
    /// assert!(error.to_string().contains("the document must have the member `resource`"));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn read(source: &str, bytes: impl AsRef<[u8]>, limits: &Limits) -> Result<Self, Error> {
        document(source, bytes.as_ref(), limits, |json, root, values| {
            let names = ["subject", "action", "resource", "context"];
            let found = json.members(root, "the document", names)?;
            let given = Members::read(json, found, values);
            given.evaluation(json, root, found, "the document", &Members::default())
        })
    }
}

/// Reads a document that is `None` only after `read` has said why.
pub(super) fn document<T>(
    source: &str,
    bytes: &[u8],
    limits: &Limits,
    read: impl FnOnce(&mut Document<'_>, Item, &mut Values<'_>) -> Option<T>,
) -> Result<T, Error> {
    let tree = json::document(source, bytes, limits, &DIALECT, &DataTypes::STANDARD, read)?;
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
        values: &mut Values<'_>,
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
    /// A member that is there stands instead of the whole default, also if it cannot be read.
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
    values: &mut Values<'_>,
) -> Option<Entity> {
    let [kind, id, properties] = json.members(item, what, ["type", "id", "properties"])?;
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
    values: &mut Values<'_>,
) -> Option<Action> {
    let what = "`action`";
    let [name, properties] = json.members(item, what, ["name", "properties"])?;
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
    values: &mut Values<'_>,
) -> Option<Vec<Property>> {
    match found {
        Some(item) => properties(json, item, "`properties`", values),
        None => Some(Vec::new()),
    }
}

/// Reads the members of an object as properties; `None` if one of them cannot be read.
pub(super) fn properties(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    values: &mut Values<'_>,
) -> Option<Vec<Property>> {
    let mut all = Vec::new();
    let mut names = HashSet::new();
    members(json, item, what, "", values, &mut names, &mut all).then_some(all)
}

/// Reads the members of an object, and of those inside. The depth of a document is limited, so this
/// recursion is; names are cut short with it, because each is as long as all it is in.
fn members(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    before: &str,
    values: &mut Values<'_>,
    names: &mut HashSet<Arc<str>>,
    all: &mut Vec<Property>,
) -> bool {
    let Some(entries) = json.entries(item, what) else {
        return false;
    };
    let mut good = true;
    for (name, value) in entries {
        let name: Arc<str> = match before {
            "" => Arc::from(name),
            before => format!("{before}.{name}").into(),
        };
        if name.len() > LONGEST_NAME {
            let message = format!(
                "the name of a property is too long; the limit is {LONGEST_NAME} bytes with what \
                 it is in"
            );
            json.problem(value, message);
            good = false;
            continue;
        }
        let what = format!("`{}`", cut(&name));
        if json.kind(value) == Kind::Object {
            good &= members(json, value, &what, &name, values, names, all);
            continue;
        }
        if !names.insert(name.clone()) {
            json.problem(value, format!("{what} is the name of two properties"));
            good = false;
            continue;
        }
        let mut property = Property {
            name,
            values: Vec::new(),
        };
        good &= values.read_inferred(json, value, &what, &mut property.values);
        all.push(property);
    }
    good
}

/// Bytes.
const LONGEST_NAME: usize = 1024;
