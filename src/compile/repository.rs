//! All policies that references may name, by kind, id and version (§5.10 to §5.13).

use std::cell::Cell;
use std::collections::{HashMap, hash_map};
use std::hash::Hash;

use indexmap::IndexMap;

use super::PolicyPath;
use crate::error::similar_name;
use crate::program::PolicyId;
use crate::syntax::{AnyPolicy, Document, Reference, Version};

/// One policy, and how far its compilation is.
pub(super) struct RepositoryEntry<'a> {
    pub(super) policy: AnyPolicy<'a>,
    pub(super) input: usize,
    /// Whether it is a whole document, and not in place in a policy set.
    is_document: bool,
    /// The policies in place among its children, in order.
    pub(super) nested: Vec<usize>,
    pub(super) state: Resolution,
    /// `XPathVersion` of its own defaults, or of the nearest policy set around it (§5.3).
    pub(super) xpath_version: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Resolution {
    New,
    /// Meeting it again means that references go in a circle.
    Begun,
    Compiled(PolicyId, Shape),
    /// Compiled with problems, which are reported.
    Failed,
}

/// The size of a policy when references are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shape {
    /// Policies and rules nested in one another.
    pub(crate) height: usize,
    /// References nested in one another.
    pub(crate) references: usize,
    /// Policies and rules, each as often as it is reached.
    pub(crate) visits: u64,
}

pub(super) struct Repository<'a> {
    entries: Vec<RepositoryEntry<'a>>,
    documents: Vec<usize>,
    by_name: IndexMap<(bool, &'a str), Vec<usize>>,
    /// The work left for resolving references, in versions of about 32 characters to compare.
    looks_left: Cell<usize>,
    /// Whether there are documents that could not be read, to which references may lead.
    pub(super) is_incomplete: bool,
    /// Whether the only document is one of a store: it is compiled without the others. References
    /// to other documents, and those to the whole of this one, are linked later.
    pub(super) is_of_store: bool,
}

/// The reason why a reference leads to no policy.
pub(super) enum Unresolved {
    /// None that is loaded is meant.
    Missing(String),
    /// The search was given up.
    TooMany(String),
}

impl Unresolved {
    pub(super) fn into_message(self) -> String {
        match self {
            Self::Missing(message) | Self::TooMany(message) => message,
        }
    }
}

/// The most versions compared: ten thousand references to as many versions of one policy are an
/// attack.
const LOOKS: usize = 10_000_000;

/// The most versions that a message lists where none of them matches.
const MOST_VERSIONS: usize = 20;

impl Default for Repository<'_> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            documents: Vec::new(),
            by_name: IndexMap::new(),
            looks_left: Cell::new(LOOKS),
            is_incomplete: false,
            is_of_store: false,
        }
    }
}

impl<'a> Repository<'a> {
    pub(super) fn add(&mut self, input: usize, document: &'a Document) {
        let entry = self.enter(input, document.into(), true, None);
        self.documents.push(entry);
    }

    fn enter(
        &mut self,
        input: usize,
        policy: AnyPolicy<'a>,
        is_document: bool,
        around: Option<&'a str>,
    ) -> usize {
        let index = self.entries.len();
        let xpath_version = policy.xpath_version().or(around);
        self.entries.push(RepositoryEntry {
            policy,
            input,
            is_document,
            nested: Vec::new(),
            state: Resolution::New,
            xpath_version,
        });
        let name = (policy.is_set(), policy.id());
        self.by_name.entry(name).or_default().push(index);
        for nested in policy.in_place() {
            let nested = self.enter(input, nested, false, xpath_version);
            self.entries[index].nested.push(nested);
        }
        index
    }

    /// The policies that are documents, in the order of the documents.
    pub(super) fn documents(&self) -> Vec<usize> {
        self.documents.clone()
    }

    pub(super) fn entry(&self, index: usize) -> &RepositoryEntry<'a> {
        &self.entries[index]
    }

    /// The way to each policy that is compiled.
    pub(super) fn paths(&self) -> Vec<(PolicyId, PolicyPath)> {
        let mut paths = Vec::new();
        let documents = self.documents.iter();
        let mut open: Vec<(usize, Vec<usize>)> = documents.map(|at| (*at, Vec::new())).collect();
        while let Some((at, steps)) = open.pop() {
            let entry = &self.entries[at];
            for (nth, nested) in entry.nested.iter().enumerate() {
                let further = steps.iter().copied().chain([nth]);
                open.push((*nested, further.collect()));
            }
            if let Resolution::Compiled(id, _) = entry.state {
                let document = entry.input;
                paths.push((id, PolicyPath { document, steps }));
            }
        }
        paths
    }

    pub(super) fn set_state(&mut self, index: usize, state: Resolution) {
        self.entries[index].state = state;
    }

    pub(super) fn compiled(&self, index: usize) -> Option<(PolicyId, Shape)> {
        match self.entries[index].state {
            Resolution::Compiled(id, shape) => Some((id, shape)),
            _ => None,
        }
    }

    /// Policies of the same kind, id and version as an earlier one in the same document, and
    /// documents of those of an earlier document: it would be unclear which of them decided.
    /// Different documents may hold the same policy in place, as two versions of one document do.
    /// Each is paired with the earlier one.
    pub(super) fn duplicates(&self) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for same in self.by_name.values().filter(|same| same.len() > 1) {
            let mut documents: HashMap<&Version, usize> = HashMap::new();
            let mut within: HashMap<(usize, &Version), usize> = HashMap::new();
            for index in same {
                let entry = &self.entries[*index];
                let version = entry.policy.version();
                let mut first = earlier(&mut within, (entry.input, version), *index);
                if first.is_none() && entry.is_document {
                    first = earlier(&mut documents, version, *index);
                }
                found.extend(first.map(|first| (*index, first)));
            }
        }
        found.sort_unstable();
        found
    }

    /// The documents that are the latest versions of the policy and of the policy set `id`, if there are
    /// such.
    pub(super) fn latest_documents(&self, id: &str) -> impl Iterator<Item = usize> {
        [false, true].into_iter().filter_map(move |is_set| {
            let documents = self.documents.iter().copied();
            let policy = |index: usize| self.entries[index].policy;
            documents
                .filter(|index| policy(*index).id() == id && policy(*index).is_set() == is_set)
                .max_by_key(|index| policy(*index).version())
        })
    }

    /// The policies of this kind and id that a reference in the document `input` may mean.
    fn visible(&self, input: usize, is_set: bool, id: &str) -> Vec<usize> {
        let same = self.by_name.get(&(is_set, id));
        let same = same.into_iter().flatten().copied();
        same.filter(|index| self.is_visible(input, *index))
            .collect()
    }

    fn is_visible(&self, input: usize, index: usize) -> bool {
        let entry = &self.entries[index];
        match self.is_of_store {
            true => !entry.is_document,
            false => entry.is_document || entry.input == input,
        }
    }

    /// The id that a reference in the document `input` seems to misspell, if it means nothing.
    pub(super) fn similar(&self, input: usize, is_set: bool, id: &str) -> Option<&'a str> {
        let is_known = |is_set| !self.visible(input, is_set, id).is_empty();
        if is_known(true) || is_known(false) {
            return None;
        }
        let of_kind = self.by_name.iter().filter(|((set, _), same)| {
            *set == is_set && same.iter().any(|index| self.is_visible(input, *index))
        });
        similar_name(id, of_kind.map(|((_, id), _)| *id))
    }

    /// The latest policy that a reference in the document `input` may mean (§5.10, §5.11), or the
    /// reason why there is none. It may mean a document, or a policy in place in its own document.
    pub(super) fn resolve(
        &self,
        input: usize,
        is_set: bool,
        reference: &Reference,
    ) -> Result<usize, Unresolved> {
        let kind = kind_name(is_set);
        let versions = self
            .by_name
            .get(&(is_set, reference.id.as_str()))
            .map_or(0, Vec::len);
        let too_many = || Unresolved::TooMany(too_many_references(kind, &reference.id, versions));
        // Even looking which of them can be seen takes as long as there are many.
        if versions > 1 && self.looks_left.get() == 0 {
            return Err(too_many());
        }
        let same = self.visible(input, is_set, &reference.id);
        if same.is_empty() {
            let other = self.visible(input, !is_set, &reference.id);
            let message = not_loaded(is_set, &reference.id, !other.is_empty());
            return Err(Unresolved::Missing(message));
        }
        let version_of = |index: &usize| self.entries[*index].policy.version();
        let looks = same
            .iter()
            .map(|index| 1 + version_of(index).as_str().len() / 32);
        match self.looks_left.get().checked_sub(looks.sum()) {
            Some(left) => self.looks_left.set(left),
            None => {
                self.looks_left.set(0);
                return Err(too_many());
            }
        }
        let fits = |index: &&usize| reference.accepts(version_of(index));
        let fitting = same
            .iter()
            .filter(fits)
            .max_by_key(|index| version_of(index));
        // Of two documents, or two policies in one, that are the same, it is told where they stand.
        let twins = |found: &&usize| {
            let is_document = |index: &usize| self.entries[*index].is_document;
            let version = version_of(found);
            let mut equal = same.iter().filter(|index| version_of(index) == version);
            equal.any(|index| is_document(index) != is_document(found))
        };
        if let Some(found) = fitting.filter(twins) {
            let version = version_of(found);
            return Err(Unresolved::Missing(twice(kind, &reference.id, version)));
        }
        fitting.copied().ok_or_else(|| {
            let versions = same.iter().map(version_of);
            Unresolved::Missing(no_version(kind, &reference.id, versions))
        })
    }
}

/// There is no policy of the kind and id of a reference.
pub(crate) fn not_loaded(is_set: bool, id: &str, is_of_other_kind: bool) -> String {
    let (kind, id) = (kind_name(is_set), crate::xml::cut(id));
    let hint = match (is_of_other_kind, is_set) {
        (false, _) => "",
        (true, true) => "; there is a Policy of that id, which a PolicyIdReference names",
        (true, false) => "; there is a PolicySet of that id, which a PolicySetIdReference names",
    };
    format!("no {kind} `{id}` is loaded{hint}")
}

/// A policy of the kind and id of a reference is there, but not in such a version.
pub(crate) fn no_version<'v>(
    kind: &str,
    id: &str,
    versions: impl Iterator<Item = &'v Version>,
) -> String {
    let mut versions: Vec<&Version> = versions.collect();
    versions.sort();
    let more = versions.len().saturating_sub(MOST_VERSIONS);
    let listed = versions.iter().rev().take(MOST_VERSIONS).rev();
    let listed: Vec<String> = listed.map(|version| format!("`{version}`")).collect();
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} earlier ones"),
    };
    format!(
        "no version of {kind} `{}` fits the reference; loaded: {}{more}",
        crate::xml::cut(id),
        listed.join(", ")
    )
}

/// The message about a reference that matches both a document and a policy in the document of the
/// reference.
pub(crate) fn twice(kind: &str, id: &str, version: &Version) -> String {
    let id = crate::xml::cut(id);
    format!(
        "the reference may mean two different ones: a {kind} `{id}` of version `{version}` is a \
         document of its own and stands in this document, too"
    )
}

/// The message that resolving all references would take too long.
fn too_many_references(kind: &str, id: &str, versions: usize) -> String {
    let id = crate::xml::cut(id);
    format!("too many references to {kind} `{id}`, which is loaded in {versions} versions")
}

/// The element that is a policy of this kind.
pub(crate) fn kind_name(is_set: bool) -> &'static str {
    if is_set { "PolicySet" } else { "Policy" }
}

/// The entry that was met under this key before; if there is none, it is this one from now on.
fn earlier<K: Hash + Eq>(met: &mut HashMap<K, usize>, key: K, index: usize) -> Option<usize> {
    match met.entry(key) {
        hash_map::Entry::Occupied(first) => Some(*first.get()),
        hash_map::Entry::Vacant(place) => {
            place.insert(index);
            None
        }
    }
}
