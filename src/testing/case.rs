//! The cases of a test file.

use std::collections::{BTreeMap, HashSet};

use indexmap::IndexMap;

use super::expected::Expected;
use super::files::Files;
use super::given::{AttributeReader, Given, Words};
use super::names::{AttributeNames, CATEGORIES};
use super::table::{self, Cell, Column};
use crate::attribute::category;
use crate::authzen::{Evaluation, Mapping};
use crate::error::{Error, Offset, cut, did_you_mean, similar_name};
use crate::json::{Document, Item, Kind};
use crate::read_options::ReadOptions;
use crate::request::Request;
use crate::request::json;
use crate::request::json::value::JsonValues;
use crate::value::DateTime;

/// A request, and what is expected of its decision.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) at: Offset,
    pub(super) request: Request,
    /// Whether the request is given as a whole, and not by names that policies read.
    pub(super) is_whole: bool,
    pub(super) instant: Option<DateTime>,
    pub(super) expected: Expected,
    /// The attributes of the request, and those that would be enough for a Permit in their place.
    pub(super) enough: Option<(Given, Given)>,
}

/// Members of a case beside those that a table may have as columns. Those that are expectations of another kind
/// of file come after them.
const MEMBERS: [&str; 10] = [
    "name",
    "about",
    "request",
    "categories",
    "enough",
    "columns",
    "rows",
    "down",
    "across",
    "table",
];

/// The most attributes and values that would be enough together.
const MOST_ENOUGH: usize = 200;

/// The reader of the cases of one file.
pub(super) struct Cases<'r, 'v> {
    pub(super) known: &'r AttributeNames,
    pub(super) values: &'r mut JsonValues<'v>,
    pub(super) files: &'r mut Files,
    pub(super) facts: &'r BTreeMap<String, Given>,
    /// The instant of cases without one.
    pub(super) instant: Option<DateTime>,
    /// Expectations and words of another kind of file.
    pub(super) others: &'static [&'static str],
    pub(super) words: Words<'r>,
    /// Whether the file is of another kind.
    pub(super) is_of_kind: bool,
    pub(super) options: ReadOptions<'r>,
    /// The attributes that the members of requests of AuthZEN become.
    pub(super) mapping: Mapping,
    pub(super) names: HashSet<String>,
    pub(super) cases: Vec<Case>,
}

/// The part of a case that all cells of its table have in common.
struct Base {
    name: String,
    request: Option<Request>,
    /// Whether the request is given, though perhaps not legibly.
    has_request: bool,
    used: Given,
    own: Given,
    instant: Option<DateTime>,
    /// Whether there is an instant, though perhaps not a legible one.
    has_instant: bool,
    expected: Expected,
    /// Whether there is a decision, though perhaps not a legible one; and whether something is asked.
    has_decision: bool,
    has_question: bool,
    enough: Option<Given>,
}

impl<'v> Cases<'_, 'v> {
    /// Reads a case, or all that its table has.
    pub(super) fn read(&mut self, json: &mut Document<'_>, item: Item) {
        let mut names = [&MEMBERS[..], &table::ASKED, &table::TOLD].concat();
        names.extend(self.others);
        names.extend(self.words.names);
        let Some(found) = strict_members(json, item, "a case", &names, &["name"]) else {
            return;
        };
        let Some(base) = self.base(json, item, &found) else {
            return;
        };
        let cells = table::cells(json, item, &found, self.others, self.words.names);
        match cells {
            None => self.finish(json, item, &base, None),
            Some(cells) => {
                // An expectation that no case has would never be checked.
                for (name, item) in found.iter().filter(|(name, _)| table::TOLD.contains(*name)) {
                    let own = Column::Member(name);
                    let has_own = |cell: &Cell| cell.columns.iter().any(|(of, _)| *of == own);
                    if !cells.is_empty() && cells.iter().all(has_own) {
                        let message =
                            format!("`{name}` is of no case: each in the table has its own");
                        json.problem(*item, message);
                    }
                }
                for cell in &cells {
                    self.finish(json, cell.at, &base, Some(cell));
                }
            }
        }
    }

    /// Members that are asked.
    fn asked(&self) -> impl Iterator<Item = &'static str> {
        let words = self.words.names.iter().copied();
        let own = table::ASKED.into_iter().filter(|member| *member != "at");
        own.chain(["categories"]).chain(words)
    }

    fn base(
        &mut self,
        json: &mut Document<'_>,
        item: Item,
        found: &IndexMap<&'static str, Item>,
    ) -> Option<Base> {
        let member = |name: &str| found.get(name).copied();
        let name = json.required(item, "a case", member("name"), "name");
        let name = name.and_then(|name| Some((name, json.string(name, "`name`")?)));
        if let Some((at, name)) = &name {
            if name.trim().is_empty() {
                json.problem(*at, "`name` is empty");
            } else if !self.names.insert(name.to_string()) {
                json.problem(*at, format!("a second case is called `{}`", cut(name)));
            }
        }
        let name = name.map(|(_, name)| name.into_owned()).unwrap_or_default();
        if let Some(about) = member("about") {
            json.string(about, "`about`");
        }
        let mut base = Base {
            name,
            request: None,
            has_request: member("request").is_some(),
            used: Given::default(),
            own: Given::default(),
            instant: self.instant,
            has_instant: member("at").is_some(),
            expected: Expected::default(),
            has_decision: member("expect").is_some() || json.is_misspelt(item, "expect"),
            has_question: self.asked().any(|name| member(name).is_some()),
            enough: None,
        };
        if let Some(item) = member("use") {
            self.used(json, item, &mut base.used);
        }
        if let Some(item) = member("at") {
            base.instant = instant(json, item);
        }
        let words = self.words.names.iter().copied();
        for word in CATEGORIES.map(|(word, ..)| word).into_iter().chain(words) {
            if let Some(item) = member(word) {
                self.reader().category(json, word, item, &mut base.own);
            }
        }
        if let Some(item) = member("categories") {
            self.reader().categories(json, item, &mut base.own);
        }
        for (&name, &item) in found {
            base.expected.read(json, name, item, self.others);
        }
        if let Some(item) = member("request") {
            if let Some(other) = self.asked().find(|name| member(name).is_some()) {
                let message = format!(
                    "`request` is the whole request: `{other}` would add to it, and cannot"
                );
                json.problem(item, message);
            }
            base.request = self.request(json, item);
        }
        if let Some(item) = member("enough") {
            base.enough = self.enough(json, item, &base);
        }
        Some(base)
    }

    /// Adds a case: that of a cell, or the only one.
    fn finish(&mut self, json: &mut Document<'_>, at: Item, base: &Base, cell: Option<&Cell>) {
        let mut expected = base.expected.clone();
        let (mut instant, mut has_instant) = (base.instant, base.has_instant);
        let mut has_decision = base.has_decision;
        let mut name = base.name.clone();
        let mut given = base.used.clone();
        let mut own = Given::default();
        if let Some(cell) = cell {
            name += &format!(" [{}]", cell.label.join(", "));
            for (column, item) in &cell.columns {
                let item = *item;
                match column {
                    Column::Attribute(category, name) => {
                        let name = (item, name.as_str());
                        self.reader().named(json, category, name, item, &mut own);
                    }
                    Column::Member("use") => self.used(json, item, &mut given),
                    Column::Member("at") => {
                        instant = self::instant(json, item);
                        has_instant = true;
                    }
                    Column::Member(word) => {
                        has_decision |= *word == "expect";
                        if !expected.read(json, word, item, self.others) {
                            self.reader().category(json, word, item, &mut own);
                        }
                    }
                }
            }
            if base.has_request {
                let message = "`request` is the whole request: a table has nothing to add to it";
                json.problem(at, message);
                return;
            }
        }
        given.put_all(&base.own);
        given.put_all(&own);
        // Facts are copied into each case that uses them.
        if !self.values.count(json, at, given.size()) {
            return;
        }
        let request = match (&base.request, base.has_request) {
            (Some(request), _) => request.clone(),
            (None, true) => return,
            (None, false) => given.request(),
        };
        let has_question = base.has_question || cell.is_some_and(|cell| !cell.label.is_empty());
        if request.categories().is_empty() && !has_question && !base.has_request {
            let message = "the case asks nothing: give `subject`, `resource`, `action` or \
                           `environment`, facts to `use`, or a `request`";
            json.problem(at, message);
            return;
        }
        if !has_decision {
            let message = "the case expects no decision: give `expect`, which is `Permit`, `Deny`, \
                           `NotApplicable` or `Indeterminate`";
            json.problem(at, message);
            return;
        }
        if instant.is_none() && !has_instant && self.needs_instant(&request) {
            let message = "the policies read the time: give the case or the file `at`, such as \
                           `at: 2026-11-29T10:00:00+01:00`";
            json.problem(at, message);
        }
        self.cases.push(Case {
            name,
            at: json.offset(at),
            request,
            is_whole: base.has_request,
            instant,
            expected,
            enough: base.enough.clone().map(|enough| (given, enough)),
        });
    }

    /// Whether the decision may depend on when it is made.
    fn needs_instant(&self, request: &Request) -> bool {
        let mut read = self.known.reads_clock();
        let is_lacking = |id| request.values(category::ENVIRONMENT, id).next().is_none();
        self.is_of_kind || read.any(is_lacking)
    }

    /// Adds the facts of a name, or of several.
    fn used(&mut self, json: &mut Document<'_>, item: Item, given: &mut Given) {
        let mut items = json.some_items(item, "`use`");
        while let Some(item) = items.next(json) {
            let Some(name) = json.string(item, "`use`") else {
                continue;
            };
            match self.facts.get(&*name) {
                Some(facts) => given.put_all(facts),
                None => {
                    let similar = similar_name(&name, self.facts.keys());
                    let hint = did_you_mean(similar);
                    json.problem(item, format!("there are no facts `{}`{hint}", cut(&name)));
                }
            }
        }
    }

    /// Reads a request: the path of a file, a request of the JSON Profile or one of AuthZEN.
    fn request(&mut self, json: &mut Document<'_>, item: Item) -> Option<Request> {
        if json.kind(item) == Kind::Object {
            if json.has_member(item, &["Request"]) {
                return Some(json::request(json, item, self.values));
            }
            let read = Evaluation::read_json(json.raw(item), self.options);
            let read = read.and_then(|asked| asked.to_request(&self.mapping));
            return match read {
                Ok(request) => Some(request),
                Err(error) => {
                    for problem in error.diagnostics() {
                        let message = format!("a request of AuthZEN: {}", problem.message());
                        json.problem(item, message);
                    }
                    None
                }
            };
        }
        let file = self.files.read(json, item, "`request`")?;
        let options = self.options.source(&file.name);
        match request_of_file(&file.bytes, options, &self.mapping) {
            Ok(request) => Some(request),
            Err(error) => {
                self.files.problems.extend(error.into_diagnostics());
                None
            }
        }
    }

    fn enough(&mut self, json: &mut Document<'_>, item: Item, base: &Base) -> Option<Given> {
        if base.has_request || self.is_of_kind {
            let message = "`enough` needs a request of attributes that are given one by one";
            json.problem(item, message);
            return None;
        }
        let names = CATEGORIES.map(|(word, ..)| word);
        let found = strict_members(json, item, "`enough`", &names, &[])?;
        let mut given = Given::default();
        for (word, item) in found {
            self.reader().category(json, word, item, &mut given);
        }
        if given.attributes.is_empty() {
            json.problem(item, "`enough` names no attribute");
        }
        // Each is tried by a decision of its own.
        if given.size() > MOST_ENOUGH {
            let message =
                format!("`enough` has more than {MOST_ENOUGH} attributes and values together");
            json.problem(item, message);
            return None;
        }
        Some(given)
    }

    fn reader(&mut self) -> AttributeReader<'_, 'v> {
        AttributeReader {
            known: self.known,
            values: self.values,
            words: self.words,
            may_fail: false,
        }
    }
}

/// Reads a request of a file: XML, or JSON of the profile or of AuthZEN.
fn request_of_file(
    bytes: &[u8],
    options: ReadOptions<'_>,
    mapping: &Mapping,
) -> Result<Request, Error> {
    let begins = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    if begins != Some(&b'{') {
        return Request::read_xml(bytes, options);
    }
    let is_profile = |text: &str| {
        let rest = text.trim_start().strip_prefix('{').unwrap_or(text);
        rest.trim_start().starts_with("\"Request\"")
    };
    if std::str::from_utf8(bytes).is_ok_and(|text| !is_profile(text))
        && let Ok(asked) = Evaluation::read_json(bytes, options)
    {
        return asked.to_request(mapping);
    }
    Request::read_json(bytes, options)
}

/// Reads an instant, which has a zone.
pub(super) fn instant(json: &mut Document<'_>, item: Item) -> Option<DateTime> {
    let text = json.string(item, "`at`")?;
    let instant = text.parse::<DateTime>().ok();
    let instant = instant.filter(|instant| instant.zone().is_some());
    if instant.is_none() {
        let message = format!(
            "`at` is an instant with its zone, such as `2026-11-29T10:00:00+01:00`, but found `{}`",
            cut(&text)
        );
        json.problem(item, message);
    }
    instant
}

/// The members of an object in their order. One without a value is a problem, and not as good as one that
/// is not there: it would be an expectation that is never checked.
pub(super) fn strict_members(
    json: &mut Document<'_>,
    item: Item,
    what: &str,
    names: &[&'static str],
    required: &[&str],
) -> Option<IndexMap<&'static str, Item>> {
    let mut found = vec![None; names.len()];
    json.find_members(item, what, names, required, &mut found)?;
    let mut entries = json.entries(item, what)?;
    while let (Some(name), Some(value)) = (entries.next(json), entries.next(json)) {
        if json.kind(value) == Kind::Null {
            let text = json.text(name);
            json.problem(name, format!("`{}` has no value", cut(&text)));
        }
    }
    let found = names.iter().copied().zip(found);
    let mut found: IndexMap<&'static str, Item> = found
        .filter_map(|(name, item)| Some((name, item?)))
        .collect();
    found.sort_by(|_, one, _, other| one.cmp(other));
    Some(found)
}
