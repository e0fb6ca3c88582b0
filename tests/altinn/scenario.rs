//! The form of `scenario.json`. A member it does not know is an error: a check that is misspelt
//! would check nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use vedtak::value::DateTime;

/// One folder: a register, policies, and what is asked of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// For the reader of the file.
    #[allow(dead_code)]
    about: String,
    #[serde(default)]
    pub(crate) reading: Option<String>,
    /// When everything happens that does not say when.
    pub(crate) at: Instant,
    pub(crate) altinn2_roles_end: Option<Instant>,
    pub(crate) steps: Vec<Step>,
    #[serde(skip)]
    pub(crate) folder: PathBuf,
}

/// What is done, in order.
pub(crate) enum Step {
    Ask(Box<Ask>),
    Batch(Batch),
    /// A change of the register; its members depend on what is done.
    Change(Map<String, Value>),
    List(Map<String, Value>),
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Map::deserialize(deserializer)?;
        let says = |error| serde::de::Error::custom(format!("{error} in {members:?}"));
        let value = || Value::Object(members.clone());
        if members.contains_key("ask") {
            serde_json::from_value(value()).map(Self::Ask).map_err(says)
        } else if members.contains_key("batch") {
            serde_json::from_value(value())
                .map(Self::Batch)
                .map_err(says)
        } else if members.contains_key("do") {
            Ok(Self::Change(members))
        } else if members.contains_key("list") {
            Ok(Self::List(members))
        } else {
            let message = "a step has one of `ask`, `batch`, `do` and `list`";
            Err(serde::de::Error::custom(format!("{message}: {members:?}")))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Batch {
    pub(crate) batch: Vec<Ask>,
}

/// A request and what is expected of its decision. What is not given is not checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask {
    /// Why the case exists.
    pub(crate) ask: String,
    pub(crate) subject: BTreeMap<String, Given>,
    pub(crate) resource: BTreeMap<String, Given>,
    pub(crate) action: Given,
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, Given>,
    pub(crate) at: Option<Instant>,
    pub(crate) expect: String,
    /// What the decision rests on: `policy`, `delegation`, `access list` or `resource right`.
    pub(crate) basis: Option<String>,
    pub(crate) level: Option<Level>,
    /// Text of the path by which the asker has what let it in.
    pub(crate) path: Option<String>,
    /// Text of what let the asker in.
    pub(crate) through: Option<String>,
    /// Text of what would have been enough.
    pub(crate) opens: Option<String>,
    /// Text of the explanation as people read it.
    pub(crate) explained: Option<String>,
    /// Sentences of the explanation in a language: `nb` or `en`.
    #[serde(default)]
    pub(crate) tells_in: BTreeMap<String, Vec<String>>,
    /// What is told nowhere: a national identity number.
    #[serde(default)]
    pub(crate) hides: Vec<String>,
    /// Text of the status message.
    pub(crate) says: Option<String>,
    pub(crate) obligations: Option<usize>,
    /// Until when the answer holds; null: no end is known.
    #[serde(default, deserialize_with = "given")]
    pub(crate) valid_until: Option<Option<Instant>>,
    /// Attributes of the resource that the result tells.
    #[serde(default)]
    pub(crate) tells: BTreeMap<String, String>,
    pub(crate) enforce: Option<Enforce>,
}

/// A value of an attribute, or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Given {
    Several(Vec<Given>),
    Text(String),
    Number(i64),
    Issued { value: String, issuer: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Level {
    pub(crate) user: Option<u8>,
    pub(crate) service_owner: Option<u8>,
}

/// What an enforcement point comes to: `ok`, or text of why not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enforce {
    pub(crate) level: u8,
    #[serde(default)]
    pub(crate) service_owner: bool,
    pub(crate) expect: String,
}

/// An instant with its zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instant(pub(crate) DateTime);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let instant: Result<DateTime, _> = text.parse();
        match instant {
            Ok(instant) if instant.zone().is_some() => Ok(Self(instant)),
            _ => Err(serde::de::Error::custom(format!(
                "`{text}` is no instant with a zone"
            ))),
        }
    }
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Every scenario of a folder, by name; with a filter, those whose name contains it.
pub(crate) fn all(folder: &Path, only: Option<&str>) -> Vec<(String, Result<Scenario, String>)> {
    let entries = fs::read_dir(folder).expect("the folder of scenarios can be read");
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
        .into_iter()
        .map(|folder| {
            let name = folder
                .file_name()
                .expect("has a name")
                .to_string_lossy()
                .into_owned();
            (name, folder)
        })
        .filter(|(name, _)| only.is_none_or(|only| name.contains(only)))
        .map(|(name, folder)| {
            let scenario = read(&folder);
            (name, scenario)
        })
        .collect()
}

fn read(folder: &Path) -> Result<Scenario, String> {
    let text = fs::read_to_string(folder.join("scenario.json"))
        .map_err(|error| format!("scenario.json: {error}"))?;
    let mut scenario: Scenario =
        serde_json::from_str(&text).map_err(|error| format!("scenario.json: {error}"))?;
    scenario.folder = folder.to_owned();
    Ok(scenario)
}
