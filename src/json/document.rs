//! Parsed JSON → members of objects, items of arrays and texts, of the kinds that the caller
//! expects. Collects every problem with its place and its path.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use smallvec::SmallVec;

use super::JsonDialect;
use super::scan::{JsonFault, Kind, Node, scan, unescape};
use crate::error::{
    Diagnostic, Error, Offset, Problems, Source, cut, did_you_mean, list, similar_identifier,
};
use crate::limits::Limits;

/// The most problems of one document that are listed: each takes a walk through the document.
const MOST_PROBLEMS: usize = 100;

/// A document that is well-formed, and its problems so far.
pub(crate) struct Document<'a> {
    text: &'a str,
    origin: Origin<'a>,
    nodes: Vec<Node>,
    dialect: &'a JsonDialect,
    problems: Problems<Diagnostic>,
    /// Members whose names are misspelt in an object: the misspelling is a problem, so the absence
    /// of the member is none.
    misspelt: Vec<(Item, &'static str)>,
}

/// The text in which problems of a document have their places: its own, or the one that it was made
/// from.
pub(crate) struct Origin<'a> {
    pub(crate) source: Source<'a>,
    /// Of a document that was made from the text: for each of its values, in their order, where it begins
    /// in the document, and in the text. Empty if the document is the text.
    pub(crate) places: Vec<(u32, u32)>,
}

impl Origin<'_> {
    /// The place in the source of one in the document.
    fn offset(&self, at: usize) -> Offset {
        let next = self
            .places
            .partition_point(|(made, _)| *made as usize <= at);
        Offset::new(match next.checked_sub(1) {
            Some(place) => self.places[place].1 as usize,
            None => at,
        })
    }

    fn diagnostic(&self, at: usize, path: String, message: impl Into<String>) -> Diagnostic {
        self.source.diagnostic(self.offset(at), path, message)
    }
}

/// A value of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item(u32);

/// The values of an array.
#[derive(Clone, Copy)]
pub(crate) struct Items {
    at: u32,
    end: u32,
}

impl Items {
    /// The next value.
    pub(crate) fn next(&mut self, json: &Document<'_>) -> Option<Item> {
        if self.at >= self.end {
            return None;
        }
        let item = Item(self.at);
        self.at = json.node(item).next;
        Some(item)
    }
}

impl<'a> Document<'a> {
    /// Reads the whole text. Its length was checked by the caller.
    pub(crate) fn read<T>(
        name: &Arc<str>,
        text: &'a str,
        limits: &Limits,
        dialect: &'a JsonDialect,
        read: impl FnOnce(&mut Self, Item) -> T,
    ) -> Result<T, Error> {
        let source = Source {
            name: name.clone(),
            text,
        };
        let origin = Origin {
            source,
            places: Vec::new(),
        };
        Self::read_made(text, origin, limits, dialect, read)
    }

    /// Reads a text that was made from another one, in which its problems have their places.
    pub(crate) fn read_made<T>(
        text: &'a str,
        origin: Origin<'a>,
        limits: &Limits,
        dialect: &'a JsonDialect,
        read: impl FnOnce(&mut Self, Item) -> T,
    ) -> Result<T, Error> {
        let nodes = scan(text, limits).map_err(|fault| {
            let path = fault.path(text);
            Error::new(vec![origin.diagnostic(fault.at, path, fault.message)])
        })?;
        let mut document = Self {
            text,
            origin,
            nodes,
            dialect,
            problems: Problems::new(MOST_PROBLEMS),
            misspelt: Vec::new(),
        };
        let tree = read(&mut document, Item(0));
        if document.problems.is_empty() {
            return Ok(tree);
        }
        let problems = document.problems;
        let more = |message| {
            document
                .origin
                .diagnostic(text.len(), String::new(), message)
        };
        Err(Error::new(problems.finish(more)))
    }

    pub(crate) fn dialect(&self) -> &'a JsonDialect {
        self.dialect
    }

    pub(crate) fn kind(&self, item: Item) -> Kind {
        self.node(item).kind
    }

    /// The place where the item begins, in the text that the document was made from.
    #[cfg(feature = "testing")]
    pub(crate) fn offset(&self, item: Item) -> Offset {
        self.origin.offset(self.node(item).start as usize)
    }

    /// The item as written, quotes and brackets included.
    pub(crate) fn raw(&self, item: Item) -> &'a str {
        let Node { start, end, .. } = *self.node(item);
        &self.text[start as usize..end as usize]
    }

    /// The members of an object, in the order of `names`; absent ones are `None`. Reports other
    /// members, and members given twice. `None`, after a problem, if `item` is no object. Messages
    /// call it `what`.
    ///
    /// A member that is `null` is not there, as serialisers write those without a value; but one of
    /// the `required` is, and is then of the wrong kind.
    pub(crate) fn members<const N: usize>(
        &mut self,
        item: Item,
        what: &str,
        names: [&'static str; N],
        required: &[&str],
    ) -> Option<[Option<Item>; N]> {
        let mut found = [None; N];
        self.find_members(item, what, &names, required, &mut found)?;
        Some(found)
    }

    /// Finds the [`members`](Self::members) of an object whose names are not known before: one place of
    /// `found` for each of the `names`.
    pub(crate) fn find_members(
        &mut self,
        item: Item,
        what: &str,
        names: &[&'static str],
        required: &[&str],
        found: &mut [Option<Item>],
    ) -> Option<()> {
        if self.kind(item) != Kind::Object {
            self.expected(item, what, "an object");
            return None;
        }
        let mut seen: SmallVec<[bool; 16]> = smallvec::smallvec![false; names.len()];
        let mut others = HashSet::new();
        let mut members = self.inside(item);
        while let (Some(name), Some(value)) = (members.next(self), members.next(self)) {
            let text = self.text(name);
            let place = match self.dialect.original(&text) {
                Some(original) => names.iter().position(|known| *known == original),
                None => None,
            };
            let is = |known: &&str| self.dialect.same(known, &text);
            let place = place.or_else(|| names.iter().position(is));
            let first = match place {
                Some(place) => {
                    let is_given = self.kind(value) != Kind::Null
                        || (!self.dialect.empty_is_absent && required.contains(&names[place]));
                    if is_given && !seen[place] {
                        found[place] = Some(value);
                    }
                    !std::mem::replace(&mut seen[place], true)
                }
                None if self.ignores(&text) => {
                    self.ignore(value);
                    others.insert(text.clone())
                }
                None => {
                    self.unknown(item, name, what, &text, names);
                    true
                }
            };
            if !first {
                self.problem(
                    name,
                    format!("{what} has the member `{}` twice", cut(&text)),
                );
            }
        }
        Some(())
    }

    /// Whether `item` is an object with one of these members that is not `null`. Reports no
    /// problem.
    pub(crate) fn has_member(&self, item: Item, names: &[&'static str]) -> bool {
        if self.kind(item) != Kind::Object {
            return false;
        }
        let mut members = self.inside(item);
        while let (Some(name), Some(value)) = (members.next(self), members.next(self)) {
            if self.kind(value) == Kind::Null {
                continue;
            }
            let text = self.text(name);
            let original = self.dialect.original(&text);
            let is =
                |known: &&'static str| self.dialect.same(known, &text) || original == Some(*known);
            if names.iter().any(is) {
                return true;
            }
        }
        false
    }

    /// The members of an object, of any names: each name, then its value. `None`, after a problem,
    /// if `item` is no object. Messages call it `what`.
    pub(crate) fn entries(&mut self, item: Item, what: &str) -> Option<Items> {
        if self.kind(item) != Kind::Object {
            self.expected(item, what, "an object");
            return None;
        }
        Some(self.inside(item))
    }

    /// Returns the result of `read`, or the problems it finds, which the document then does not
    /// list. Once too many problems were described, further ones have no places.
    pub(crate) fn apart<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Result<T, Error> {
        let part = self.problems.of_part();
        let whole = std::mem::replace(&mut self.problems, part);
        let tree = read(self);
        let part = std::mem::replace(&mut self.problems, whole);
        self.problems.leave_to(&part);
        match part.is_empty() {
            true => Ok(tree),
            false => Err(part.into_error()),
        }
    }

    /// The member `name` of an object, which must be there.
    pub(crate) fn required(
        &mut self,
        object: Item,
        what: &str,
        found: Option<Item>,
        name: &'static str,
    ) -> Option<Item> {
        if found.is_none() && !self.misspelt.contains(&(object, name)) {
            self.problem(object, format!("{what} must have the member `{name}`"));
        }
        found
    }

    /// Whether an object has a member whose name was reported as a misspelling of this one.
    #[cfg(feature = "testing")]
    pub(crate) fn is_misspelt(&self, object: Item, name: &'static str) -> bool {
        self.misspelt.contains(&(object, name))
    }

    /// The values of an array; any other value is taken as an array of itself (§3.2.3 of the
    /// profile's version 1.0).
    pub(crate) fn items(&self, item: Item) -> Items {
        match self.kind(item) {
            Kind::Array => self.inside(item),
            _ => Items {
                at: item.0,
                end: self.node(item).next,
            },
        }
    }

    /// The capacity for the values of an array, each of which takes `least` bytes of the text: a
    /// growing vector would take three times the memory. 0 for so few that counting them is not
    /// worth it.
    pub(crate) fn room(&self, item: Item, least: usize) -> usize {
        const FEW: usize = 16;
        let most = self.raw(item).len() / least + 1;
        if most <= FEW {
            return 0;
        }
        let (mut items, mut count) = (self.items(item), 0);
        while count < most && items.next(self).is_some() {
            count += 1;
        }
        count
    }

    /// Whether the dialect takes an empty array for a member that is not there, and this is one.
    pub(crate) fn is_absent(&self, item: Item) -> bool {
        let items = self.items(item);
        self.dialect.empty_is_absent && items.at >= items.end
    }

    /// The [`items`](Self::items) of an array; an empty array is a problem.
    pub(crate) fn some_items(&mut self, item: Item, what: &str) -> Items {
        let items = self.items(item);
        if items.at >= items.end {
            self.problem(item, format!("{what} must not be empty"));
        }
        items
    }

    /// A string.
    pub(crate) fn string(&mut self, item: Item, what: &str) -> Option<Cow<'a, str>> {
        match self.kind(item) {
            Kind::String { .. } => Some(self.text(item)),
            _ => {
                self.expected(item, what, "a string");
                None
            }
        }
    }

    /// The characters of a string, or the text of anything else.
    pub(crate) fn scalar(&self, item: Item) -> Cow<'a, str> {
        match self.kind(item) {
            Kind::String { .. } => self.text(item),
            _ => Cow::Borrowed(self.raw(item)),
        }
    }

    /// A string that may be left out.
    pub(crate) fn optional(&mut self, item: Option<Item>, what: &str) -> Option<Cow<'a, str>> {
        item.and_then(|item| self.string(item, what))
    }

    /// A boolean that is false if it is left out.
    pub(crate) fn flag(&mut self, item: Option<Item>, what: &str) -> bool {
        let Some(item) = item else {
            return false;
        };
        match self.kind(item) {
            Kind::Boolean(value) => value,
            _ => {
                self.expected(item, what, "`true` or `false`");
                false
            }
        }
    }

    /// Reports that `item` is of another kind than expected.
    pub(crate) fn expected(&mut self, item: Item, what: &str, kind: &str) {
        let found = self.kind(item).name();
        self.problem(item, format!("{what} must be {kind}, found {found}"));
    }

    pub(crate) fn problem(&mut self, item: Item, message: impl Into<String>) {
        let start = self.node(item).start;
        self.problems.add(|| {
            let path = path(&self.nodes, self.text, item.0 as usize);
            self.origin.diagnostic(start as usize, path, message)
        });
    }

    /// The characters of a string.
    pub(crate) fn text(&self, item: Item) -> Cow<'a, str> {
        let raw = self.raw(item);
        let inside = raw.get(1..raw.len() - 1).unwrap_or_default();
        match self.kind(item) {
            Kind::String { escaped: true } => unescape(inside),
            _ => Cow::Borrowed(inside),
        }
    }

    fn ignores(&self, name: &str) -> bool {
        let mut ignored = self.dialect.ignored.iter();
        self.dialect.ignores_unknown || ignored.any(|known| self.dialect.same(known, name))
    }

    /// Checks for members given twice in a value that is not read otherwise.
    fn ignore(&mut self, item: Item) {
        let end = self.node(item).next;
        for inner in (item.0..end).map(Item) {
            if self.kind(inner) != Kind::Object {
                continue;
            }
            let mut names = HashSet::new();
            let mut members = self.inside(inner);
            while let (Some(name), Some(_)) = (members.next(self), members.next(self)) {
                let text = self.text(name);
                if !names.insert(text.clone()) {
                    let message = format!("the member `{}` is given twice", cut(&text));
                    self.problem(name, message);
                }
            }
        }
    }

    fn unknown(
        &mut self,
        object: Item,
        name: Item,
        what: &str,
        text: &str,
        names: &[&'static str],
    ) {
        let mut message = format!("{what} has no member `{}`", cut(text));
        let similar = match self.problems.is_full() {
            true => None,
            false => similar_identifier(text.trim(), names.iter().copied()),
        };
        message += &did_you_mean(similar);
        if let Some(meant) = similar {
            self.misspelt.push((object, meant));
        } else {
            message += &format!("; it may have {}", list(names.iter().copied()));
        }
        self.problem(name, message);
    }

    /// The items of an array, or the names of an object, each before its value.
    fn inside(&self, item: Item) -> Items {
        Items {
            at: item.0 + 1,
            end: self.node(item).next,
        }
    }

    /// INVARIANT: items come from this document.
    fn node(&self, item: Item) -> &Node {
        &self.nodes[item.0 as usize]
    }
}

/// The error of a text that is not JSON.
pub(super) fn malformed(source: &Source<'_>, fault: JsonFault) -> Error {
    let path = fault.path(source.text);
    let at = Offset::new(fault.at);
    Error::new(vec![source.diagnostic(at, path, fault.message)])
}

impl JsonFault {
    /// The way to the value that is at fault.
    fn path(&self, text: &str) -> String {
        path(&self.nodes, text, self.nodes.len().saturating_sub(1))
    }
}

/// The way from the document to a node, as in `Request.Category[0].Attribute[2]`; the name of a
/// member has the path of its value. Found from the top when there is a problem: most documents
/// have none.
fn path(nodes: &[Node], text: &str, target: usize) -> String {
    let mut path = String::new();
    let mut at = 0;
    // Of a document that is not well-formed, the containers that are open have no end yet.
    let end = |at: usize| match nodes.get(at).map_or(0, |node| node.next as usize) {
        0 => usize::MAX,
        next => next,
    };
    while at < target {
        let Some(container) = nodes.get(at) else {
            break;
        };
        let mut inner = at + 1;
        match container.kind {
            Kind::Object => {
                while target >= end(inner + 1) {
                    inner = end(inner + 1);
                }
                let Some(name) = nodes.get(inner) else {
                    break;
                };
                let name = unescape(&text[name.start as usize + 1..name.end as usize - 1]);
                let dot = if path.is_empty() { "" } else { "." };
                path.push_str(dot);
                path.push_str(&cut(&name));
                inner += 1;
            }
            Kind::Array => {
                let mut index = 0;
                while target >= end(inner) {
                    inner = end(inner);
                    index += 1;
                }
                path.push_str(&format!("[{index}]"));
            }
            _ => break,
        }
        at = inner;
    }
    path
}

#[cfg(test)]
mod tests;
