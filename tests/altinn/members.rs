//! The members of a step, taken one by one: what is left over in the end is a mistake.

use std::collections::HashMap;

use serde_json::{Map, Value};
use vedtak::altinn::PartyKey;
use vedtak::altinn::delegation::Right;
use vedtak::altinn::facts::{ResourceRight, Window};
use vedtak::altinn::register::{Grantable, RecordId};
use vedtak::altinn::resource::{InstanceId, ResourceId};
use vedtak::value::DateTime;

/// What names in a step stand for.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) parties: HashMap<String, PartyKey>,
    /// Of what earlier steps gave or asked for.
    pub(crate) records: HashMap<String, RecordId>,
}

pub(crate) struct Members<'n> {
    left: Map<String, Value>,
    pub(crate) names: &'n Names,
}

impl<'n> Members<'n> {
    pub(crate) fn of(step: &Map<String, Value>, names: &'n Names) -> Self {
        let left = step.clone();
        Self { left, names }
    }

    /// That nothing is left.
    pub(crate) fn end(self) -> Result<(), String> {
        match self.left.keys().next() {
            Some(name) => Err(format!("the member `{name}` is not known here")),
            None => Ok(()),
        }
    }

    pub(crate) fn optional(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.left.remove(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(format!("`{name}` is a text, but found {other}")),
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<String, String> {
        self.optional(name)?
            .ok_or_else(|| format!("`{name}` is missing"))
    }

    pub(crate) fn texts(&mut self, name: &str) -> Result<Vec<String>, String> {
        let each = self.items(name)?.into_iter();
        each.map(|one| match one {
            Value::String(text) => Ok(text),
            other => Err(format!("`{name}` are texts, but found {other}")),
        })
        .collect()
    }

    /// Whether there is a member of this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    fn items(&mut self, name: &str) -> Result<Vec<Value>, String> {
        match self.left.remove(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(format!("`{name}` is an array, but found {other}")),
        }
    }

    pub(crate) fn party(&mut self, name: &str) -> Result<PartyKey, String> {
        let text = self.text(name)?;
        self.find_party(&text)
    }

    pub(crate) fn parties(&mut self, name: &str) -> Result<Vec<PartyKey>, String> {
        let texts = self.texts(name)?;
        texts.iter().map(|text| self.find_party(text)).collect()
    }

    fn find_party(&self, text: &str) -> Result<PartyKey, String> {
        match text.parse::<PartyKey>() {
            Ok(key) => Ok(key),
            Err(_) => {
                let known = self.names.parties.get(text).cloned();
                known.ok_or_else(|| format!("there is no party `{text}`"))
            }
        }
    }

    pub(crate) fn record(&mut self, name: &str) -> Result<RecordId, String> {
        let text = self.text(name)?;
        self.find_record(&text)
    }

    pub(crate) fn optional_record(&mut self, name: &str) -> Result<Option<RecordId>, String> {
        let text = self.optional(name)?;
        text.map(|text| self.find_record(&text)).transpose()
    }

    fn find_record(&self, text: &str) -> Result<RecordId, String> {
        // By the name that a step gave it, or by its number in the register's file.
        let known = self.names.records.get(text).copied();
        let known = known.or_else(|| text.parse().ok().map(|number: u64| number.into()));
        known.ok_or_else(|| format!("no step before is called `{text}`"))
    }

    pub(crate) fn instant(&mut self, name: &str) -> Result<Option<DateTime>, String> {
        let text = self.optional(name)?;
        let read = |text: String| {
            let instant: Option<DateTime> = text.parse().ok();
            instant.ok_or_else(|| format!("`{text}` is no instant"))
        };
        text.map(read).transpose()
    }

    pub(crate) fn window(&mut self) -> Result<Window, String> {
        let (from, until) = (self.instant("valid_from")?, self.instant("valid_until")?);
        Ok(Window::new(from, until))
    }

    pub(crate) fn rights(&mut self) -> Result<Vec<Right>, String> {
        self.items("rights")?.into_iter().map(right).collect()
    }

    /// One right: `action`, and the part of the resource in `on`.
    pub(crate) fn right(&mut self) -> Result<Right, String> {
        let action = Value::String(self.text("action")?);
        let on = self.left.remove("on");
        let on = on.unwrap_or_else(|| Value::Object(Map::new()));
        let map = [("action".to_owned(), action), ("on".to_owned(), on)];
        right(Value::Object(map.into_iter().collect()))
    }

    /// A role, a package, or rights to a resource or instance.
    pub(crate) fn what(&mut self) -> Result<Grantable, String> {
        if let Some(role) = self.optional("role")? {
            return Ok(Grantable::role(role));
        }
        if let Some(package) = self.optional("package")? {
            return Ok(Grantable::package(package));
        }
        let resource = ResourceId::new(self.text("resource")?);
        let rights = self.rights()?;
        Ok(match self.optional("instance")? {
            Some(instance) => Grantable::instance(resource, InstanceId::new(&instance), rights),
            None => Grantable::resource(resource, rights),
        })
    }

    /// The resources of a client delegation.
    pub(crate) fn resources(&mut self) -> Result<Vec<(ResourceId, Vec<Right>)>, String> {
        let each = self.items("resources")?.into_iter();
        each.map(|one| {
            let Value::Object(map) = one else {
                return Err(format!("a resource is an object, but found {one}"));
            };
            let mut members = Members::of(&map, self.names);
            let resource = ResourceId::new(members.text("resource")?);
            let rights = members.rights()?;
            members.end()?;
            Ok((resource, rights))
        })
        .collect()
    }

    pub(crate) fn resource_right(&mut self) -> Result<ResourceRight, String> {
        let resource = ResourceId::new(self.text("resource")?);
        let party = self.party("party")?;
        let (kind, value) = (self.text("type")?, self.text("value")?);
        let mut right = ResourceRight::new(resource, party, kind, value).during(self.window()?);
        if self.has("performed_by") {
            right = right.performed_by(self.party("performed_by")?);
        }
        Ok(right)
    }
}

fn right(value: Value) -> Result<Right, String> {
    let mut map = match value {
        Value::String(action) => return Ok(Right::from(action)),
        Value::Object(map) => map,
        other => return Err(format!("a right is a text or an object, but found {other}")),
    };
    let action = map.remove("action");
    let on = map.remove("on");
    let (Some(Value::String(action)), Some(Value::Object(on)), true) = (action, on, map.is_empty())
    else {
        return Err("a right has `action` and `on`".to_owned());
    };
    let mut right = Right::from(action);
    for (id, value) in on {
        let value = value.as_str().ok_or_else(|| format!("`{id}` is a text"))?;
        right = right.on(id, value);
    }
    Ok(right)
}
