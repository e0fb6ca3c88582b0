//! A test file → its cases, and what decides them.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::sync::Arc;

use indexmap::IndexMap;

use super::case::{Case, Cases, instant, strict_members};
use super::engine::Engine;
use super::files::{Files, NamedFile, is_policy, shown};
use super::given::{AttributeReader, Given, Words, members};
use super::kind::{Kind, KindFiles};
use super::names::{AttributeNames, CATEGORIES, Declared};
use super::provided::{Provided, Provision};
use super::yaml;
use crate::combining::Algorithm;
use crate::error::{Diagnostic, Error, Source, cut};
use crate::json::{Document, Item, JsonDialect, Origin};
use crate::limits::Limits;
use crate::pdp::{Pdp, PdpBuilder};
use crate::read_options::ReadOptions;
use crate::request::json::value::JsonValues;
use crate::value::{DataTypes, DateTime, Zone};
use crate::xml;

/// A setting of the host for the PDP of each file.
pub(super) type Host = dyn Fn(PdpBuilder) -> PdpBuilder + Send + Sync;

/// The most attributes and values that the cases of a file have together.
const MOST_VALUES: usize = 1_000_000;

/// A test file that was read.
pub(super) struct Suite {
    pub(super) engine: Engine,
    pub(super) cases: Vec<Case>,
}

/// Members of a test file; those of kinds come after them.
const MEMBERS: [&str; 10] = [
    "about",
    "policies",
    "libraries",
    "root",
    "combining",
    "zone",
    "at",
    "attributes",
    "facts",
    "provided",
];

/// Reads a test file and all that it names.
///
/// # Errors
///
/// All problems of the file, and of those that it names.
pub(super) fn read(
    file: &NamedFile,
    files: &mut Files,
    kinds: &[Box<dyn Kind>],
    host: &Host,
) -> Result<Suite, Error> {
    // Facts are copied into the cases that use them, so a file has more values than one request.
    let limits = Limits {
        attribute_values: MOST_VALUES,
        ..Limits::default()
    };
    let text = xml::text(&file.name, &file.bytes, &limits)?;
    let source = Source {
        name: file.name.as_str().into(),
        text: &text,
    };
    let is_json = file.path.extension().is_some_and(|end| end == "json");
    let converted = match is_json {
        true => yaml::Converted {
            text: text.clone().into_owned(),
            places: Vec::new(),
        },
        false => yaml::to_json(&source, &limits)?,
    };
    let origin = Origin {
        source,
        places: converted.places,
    };
    let dialect = JsonDialect::PROFILE;
    let read = Document::read_made(&converted.text, origin, &limits, &dialect, |json, root| {
        let mut reading = Reading {
            limits: &limits,
            files: &mut *files,
            kinds,
            host,
            is_built: true,
        };
        reading.file(json, root)
    });
    let mut problems = std::mem::take(&mut files.problems);
    match read {
        Err(error) => {
            // They were found in the order of reading, which is not that of the file.
            let mut own = error.into_diagnostics();
            own.sort_by_key(Diagnostic::position);
            problems.splice(0..0, own).for_each(drop);
        }
        Ok(Some(suite)) if problems.is_empty() => return Ok(suite),
        Ok(_) => {}
    }
    Err(Error::new(problems))
}

struct Reading<'r> {
    limits: &'r Limits,
    files: &'r mut Files,
    kinds: &'r [Box<dyn Kind>],
    host: &'r Host,
    is_built: bool,
}

impl Reading<'_> {
    fn file(&mut self, json: &mut Document<'_>, root: Item) -> Option<Suite> {
        let mut names = MEMBERS.to_vec();
        names.push("cases");
        for kind in self.kinds {
            names.push(kind.member());
            names.extend(kind.settings());
        }
        let found = strict_members(json, root, "the file", &names, &["cases"])?;
        let member = |name: &str| found.get(name).copied();
        if let Some(about) = member("about") {
            json.string(about, "`about`");
        }
        let at = member("at").and_then(|item| instant(json, item));
        let mut kinds = self.kinds.iter();
        let kind = kinds.find(|kind| found.contains_key(kind.member()));
        // The policies tell the names of attributes, which facts and provisions have; and what is provided
        // belongs to the PDP. So attributes are read with policies that are built without it.
        let mut engine = kind.and_then(|kind| self.of_kind(json, root, &**kind, &found, at));
        let bare = match kind {
            Some(_) => None,
            None => self.builder(json, root, &found),
        };
        let pdp = bare.as_ref().and_then(|parts| self.build(parts, None));
        let data_types = match &pdp {
            Some(pdp) => pdp.read_options().data_types.clone(),
            None => DataTypes::STANDARD,
        };
        let mut values = JsonValues::new(self.limits, &data_types);
        let of_kind = kind.map(|kind| kind.attributes()).unwrap_or_default();
        let of_policies = pdp.iter().flat_map(Pdp::attributes);
        let mut known = AttributeNames::of(of_policies.chain(&of_kind));
        known.takes_identifiers = kind.is_some();
        // Without policies, nothing is known of names: their own problems come first.
        known.is_open = of_kind.is_empty() && pdp.is_none();
        if let Some(item) = member("attributes") {
            declare(json, item, &mut known, &values);
        }
        let known = known;
        let own_words = words_of(kind.map(|kind| &**kind), engine.as_ref());
        let mut facts = BTreeMap::new();
        if let Some(item) = member("facts") {
            for (name, item) in members(json, item, "`facts`") {
                let mut reader = AttributeReader {
                    known: &known,
                    values: &mut values,
                    words: own_words,
                    may_fail: false,
                };
                let given = given(json, item, "facts", &mut reader);
                if given.attributes.is_empty() {
                    json.problem(item, "the facts have no attribute");
                }
                facts.insert(json.text(name).into_owned(), given);
            }
        }
        let provided = member("provided");
        let provided = provided.map(|item| provisions(json, item, &known, &mut values));
        if kind.is_none() {
            let provided = provided.unwrap_or_default();
            let is_provided = !provided.provisions.is_empty();
            let pdp = match (is_provided, &bare) {
                (true, Some(parts)) => self.build(parts, Some(&provided)),
                _ => pdp,
            };
            engine = pdp.map(|pdp| Engine::Policies { pdp, provided });
        }
        let words = words_of(kind.map(|kind| &**kind), engine.as_ref());
        let mut cases = Cases {
            known: &known,
            values: &mut values,
            files: self.files,
            facts: &facts,
            instant: at,
            others: kind.map_or(&[], |kind| kind.expectations()),
            words,
            is_of_kind: kind.is_some(),
            options: ReadOptions::new()
                .limits(self.limits)
                .data_types(&data_types),
            names: HashSet::new(),
            cases: Vec::new(),
        };
        let item = json.required(root, "the file", member("cases"), "cases")?;
        let mut items = json.some_items(item, "`cases`");
        while let Some(item) = items.next(json) {
            cases.read(json, item);
        }
        let cases = cases.cases;
        Some(Suite {
            engine: engine?,
            cases,
        })
    }

    /// Reads which policies are tested, and how they are combined.
    fn builder(
        &mut self,
        json: &mut Document<'_>,
        root: Item,
        found: &IndexMap<&'static str, Item>,
    ) -> Option<Parts> {
        let member = |name: &str| found.get(name).copied();
        let mut parts = Parts {
            policies: self.policies(json, root, found),
            ..Parts::default()
        };
        if let Some(item) = member("libraries") {
            let mut items = json.items(item);
            while let Some(item) = items.next(json) {
                let file = self.files.read(json, item, "a library");
                parts.libraries.extend(file);
            }
        }
        if let Some(item) = member("root") {
            parts.root = json.string(item, "`root`").map(Into::into);
        }
        if let Some(item) = member("combining") {
            let text = json.string(item, "`combining`");
            parts.combining = text.map(|text| combining(&text));
        }
        if let Some(item) = member("zone") {
            let text = json.string(item, "`zone`")?;
            match text.parse() {
                Ok(zone) => parts.zone = Some(zone),
                Err(_) => {
                    let message = format!(
                        "`zone` is a distance from UTC, such as `+01:00`, but found `{}`",
                        cut(&text)
                    );
                    json.problem(item, message);
                }
            }
        }
        (!parts.policies.is_empty()).then_some(parts)
    }

    /// Reads the policies: those that are named, or else all in the folder.
    fn policies(
        &mut self,
        json: &mut Document<'_>,
        root: Item,
        found: &IndexMap<&'static str, Item>,
    ) -> Vec<NamedFile> {
        let mut policies = Vec::new();
        if let Some(item) = found.get("policies") {
            let mut items = json.some_items(*item, "`policies`");
            while let Some(item) = items.next(json) {
                policies.extend(self.files.read(json, item, "a policy"));
            }
            return policies;
        }
        let folder = match self.files.folder.as_os_str().is_empty() {
            true => ".".into(),
            false => self.files.folder.clone(),
        };
        let entries = fs::read_dir(&folder).map(|entries| {
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            let mut paths: Vec<_> = paths
                .filter(|path| path.extension().is_some_and(|end| end == "xml"))
                .collect();
            paths.sort();
            paths
        });
        for path in entries.unwrap_or_default() {
            match self.files.open(&path) {
                Ok(file) if is_policy(&file.bytes) => policies.push(file),
                Ok(_) => {}
                Err(error) => {
                    let message = format!("{}: {error}", shown(&path));
                    self.files.problems.push(Diagnostic::placeless("", message));
                }
            }
        }
        if policies.is_empty() {
            let message = format!(
                "there is no policy in `{}`: name the `policies`",
                cut(&shown(&folder))
            );
            json.problem(root, message);
        }
        policies
    }

    fn build(&mut self, parts: &Parts, provided: Option<&Provided>) -> Option<Pdp> {
        let mut builder = Pdp::builder();
        for file in &parts.policies {
            builder = builder.policy(&file.name, &file.bytes);
        }
        for file in &parts.libraries {
            builder = builder.library(&file.name, &file.bytes);
        }
        if let Some(root) = &parts.root {
            builder = builder.root(root.clone());
        }
        if let Some(combining) = &parts.combining {
            builder = builder.root_combining(combining.clone());
        }
        if let Some(zone) = parts.zone {
            builder = builder.implicit_zone(zone);
        }
        if let Some(provided) = provided {
            builder = builder.provider(provided.clone());
        }
        match (self.host)(builder).build() {
            Ok(pdp) => Some(pdp),
            Err(error) => {
                // With and without a provider, the problems are the same.
                if std::mem::replace(&mut self.is_built, false) {
                    self.files.problems.extend(error.into_diagnostics());
                }
                None
            }
        }
    }

    fn of_kind(
        &mut self,
        json: &mut Document<'_>,
        root: Item,
        kind: &dyn Kind,
        found: &IndexMap<&'static str, Item>,
        at: Option<DateTime>,
    ) -> Option<Engine> {
        let item = *found.get(kind.member())?;
        let others = self.kinds.iter().map(|kind| kind.member());
        let others = others.filter(|other| *other != kind.member());
        let own = ["libraries", "root", "combining", "zone", "provided"];
        for name in own.into_iter().chain(others) {
            if let Some(item) = found.get(name) {
                let message = format!("a file with `{}` has no `{name}`", kind.member());
                json.problem(*item, message);
            }
        }
        if at.is_none() && !found.contains_key("at") {
            let message = format!(
                "a file with `{}` has `at`, the instant of its decisions, such as \
                 `at: 2026-11-29T10:00:00+01:00`",
                kind.member()
            );
            json.problem(item, message);
        }
        let facts = self.files.read(json, item, &format!("`{}`", kind.member()));
        let policies = self.policies(json, root, found);
        let settings = kind.settings().iter().filter_map(|name| {
            let text = json.string(*found.get(name)?, &format!("`{name}`"))?;
            Some((*name, text.into_owned()))
        });
        let settings = settings.collect();
        let opened = kind.open(KindFiles {
            facts: facts?,
            policies,
            settings,
        });
        match opened {
            Ok(decider) => Some(Engine::Other { decider, at: at? }),
            Err(error) => {
                self.files.problems.extend(error.into_diagnostics());
                None
            }
        }
    }
}

/// The parts of a PDP.
#[derive(Default)]
struct Parts {
    policies: Vec<NamedFile>,
    libraries: Vec<NamedFile>,
    root: Option<String>,
    combining: Option<String>,
    zone: Option<Zone>,
}

/// The identifier of a combining algorithm of policies: as given, or of the standard's with this last
/// part.
fn combining(text: &str) -> String {
    let ids = [3, 1]
        .map(|of| format!("urn:oasis:names:tc:xacml:{of}.0:policy-combining-algorithm:{text}"));
    let known = ids.into_iter().find(|id| Algorithm::standard(id).is_some());
    known.unwrap_or_else(|| text.to_owned())
}

/// The words of a kind of file, which what decides it knows.
fn words_of<'r>(kind: Option<&dyn Kind>, engine: Option<&'r Engine>) -> Words<'r> {
    Words {
        names: kind.map_or(&[], |kind| kind.words()),
        decider: match engine {
            Some(Engine::Other { decider, .. }) => Some(&**decider),
            _ => None,
        },
    }
}

/// Reads attributes by category.
fn given(
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
fn declare(
    json: &mut Document<'_>,
    item: Item,
    known: &mut AttributeNames,
    values: &JsonValues<'_>,
) {
    for (name, item) in members(json, item, "`attributes`") {
        let what = "an attribute";
        let id = match json.kind(item) {
            crate::json::Kind::Object => {
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
fn provisions(
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
