//! A test file → its cases, and what decides them.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use indexmap::IndexMap;

use super::case::{Case, Cases, instant, strict_members};
use super::common::{declare, given, provisions, words_of};
use super::engine::Engine;
use super::files::{Files, NamedFile};
use super::given::{AttributeReader, members};
use super::kind::{Kind, KindFiles};
use super::names::AttributeNames;
use super::yaml;
use crate::authzen::Mapping;
use crate::error::{Diagnostic, Error, Offset, Source, cut};
use crate::folder;
use crate::json::{Document, Item, JsonDialect, Origin};
use crate::limits::Limits;
use crate::pdp::{Pdp, PdpBuilder};
use crate::read_options::ReadOptions;
use crate::request::json::value::JsonValues;
use crate::value::{DataTypes, DateTime};
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
    let is_written = ["yaml", "yml", "json"].map(|ending| folder::ends_in(&file.name, ending));
    let language = match folder::root(&text) {
        Some("Policy" | "PolicySet") => Some("XML"),
        _ if is_written.contains(&true) => None,
        _ => folder::is_alfa(Some(&file.path), &file.bytes).then_some("ALFA"),
    };
    if let Some(language) = language {
        let name = file.path.file_name().unwrap_or_default().to_string_lossy();
        let message = format!(
            "this is a policy in {language}, and no test file: one has `policies: [{}]`, and `cases`",
            cut(&name)
        );
        return Err(Error::new(vec![source.diagnostic(
            Offset::new(0),
            "",
            message,
        )]));
    }
    let is_json = file
        .path
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("json"));
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

/// The reader of one test file.
pub(super) struct Reading<'r> {
    limits: &'r Limits,
    pub(super) files: &'r mut Files,
    kinds: &'r [Box<dyn Kind>],
    pub(super) host: &'r Host,
    /// Whether every PDP so far could be built.
    pub(super) is_built: bool,
}

impl<'r> Reading<'r> {
    /// The reader of no test file.
    pub(super) fn of_host(limits: &'r Limits, files: &'r mut Files, host: &'r Host) -> Self {
        Self {
            limits,
            files,
            kinds: &[],
            host,
            is_built: true,
        }
    }
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
        if let (None, Some(own), true) = (kind, self.kinds.first(), self.files.policies.is_some()) {
            // The policies of a host that decides otherwise than by them alone.
            let member = own.member();
            json.problem(
                root,
                format!("what decides here has a `{member}`: the file names it"),
            );
            return None;
        }
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
        let of_policies = pdp.iter().flat_map(Pdp::attributes);
        let mapping = Mapping::for_attributes(of_policies.chain(&of_kind));
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
            let provided = provided.filter(|provided| !provided.provisions.is_empty());
            let pdp = match (&provided, &bare) {
                (Some(provided), Some(parts)) => self.build(parts, Some(provided)),
                _ => pdp,
            };
            let ids = OnceLock::new();
            engine = pdp.map(|pdp| Engine::Policies { pdp, ids });
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
            mapping,
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
        let (policies, _) = self.policies(json, root, found);
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
