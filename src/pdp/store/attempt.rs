//! Changes to the references of a store that can be taken back: documents are put and taken out,
//! names resolved again, sizes worked out; and whatever is wrong then is told before anything that
//! decides has changed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use indexmap::IndexMap;

use super::graph::{Fault, FaultPlace, Graph, Name, Node};
use crate::compile::{self, LOOKS, Shape, kind_name};
use crate::limits::Limits;
use crate::program::PolicyId;

/// So many references that mean nothing are compared with the ids there are.
const MOST_HINTS: usize = 3;

/// What was changed in a graph, and what was there before.
#[derive(Default)]
pub(super) struct Attempt {
    /// By place, in the order of the changes: the document that was there.
    before: IndexMap<PolicyId, Option<Node>>,
    /// The names that documents lost or gained.
    names: HashSet<Name>,
    /// The links that were made.
    made: Vec<PolicyId>,
    /// What links meant before.
    meant: BTreeMap<PolicyId, Option<PolicyId>>,
    /// The sizes that come with the changes.
    wholes: Vec<(PolicyId, Shape)>,
    /// How many documents refer to what is changed, directly or not.
    referring: usize,
}

/// What is made final.
pub(super) struct Settled {
    pub(super) edited: Vec<PolicyId>,
    /// The links that mean another document, or another state of it.
    pub(super) links: BTreeSet<PolicyId>,
    /// The links that no document has any more.
    pub(super) unused: Vec<PolicyId>,
    pub(super) referring: usize,
}

impl Attempt {
    pub(super) fn is_edited(&self, place: PolicyId) -> bool {
        self.before.contains_key(&place)
    }

    /// The places that are changed, in the order of the changes.
    pub(super) fn edited(&self) -> Vec<PolicyId> {
        self.before.keys().copied().collect()
    }

    /// Puts a document in a place, whatever is there.
    pub(super) fn put(&mut self, graph: &mut Graph, place: PolicyId, node: Node) {
        self.take(graph, place);
        self.names.insert(node.name.clone());
        self.made.extend(node.refers.iter().map(|(link, _)| *link));
        graph.insert(place, node);
    }

    /// Takes out what is in a place.
    pub(super) fn take(&mut self, graph: &mut Graph, place: PolicyId) {
        let before = graph.remove(place);
        self.names
            .extend(before.iter().map(|node| node.name.clone()));
        self.before.entry(place).or_insert(before);
    }

    /// Takes the change in one place back.
    pub(super) fn undo(&mut self, graph: &mut Graph, place: PolicyId) {
        if let Some(before) = self.before.shift_remove(&place) {
            graph.remove(place);
            if let Some(node) = before {
                graph.insert(place, node);
            }
        }
    }

    /// Takes everything back. Gives the links that no document has.
    pub(super) fn undo_all(mut self, graph: &mut Graph) -> Vec<PolicyId> {
        for place in self.edited().into_iter().rev() {
            self.undo(graph, place);
        }
        for (link, meant) in std::mem::take(&mut self.meant) {
            graph.aim(link, meant);
        }
        unused(graph, self.made.into_iter())
    }

    /// Resolves and measures whatever the changes so far may have touched. Gives what is wrong.
    pub(super) fn settle(&mut self, graph: &mut Graph, limits: &Limits) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.find_twins(graph, &mut faults);
        let mut links: BTreeSet<PolicyId> = self.made.iter().copied().collect();
        let mut own: BTreeSet<PolicyId> = self.before.keys().copied().collect();
        for name in &self.names {
            links.extend(graph.links_to(name));
            own.extend(graph.own_references_to(name));
        }
        for document in own {
            graph.check_own(document, &mut faults);
        }
        let mut looks = LOOKS;
        let mut seeds: BTreeSet<PolicyId> = self.before.keys().copied().collect();
        for link in links {
            match graph.links.get(&link) {
                Some(known) if !known.users.is_empty() => {}
                _ => continue,
            }
            match graph.resolve(link, &mut looks) {
                Ok(target) => {
                    let before = graph.aim(link, Some(target));
                    self.meant.entry(link).or_insert(before);
                }
                Err(message) => {
                    let similar = match faults.len() < MOST_HINTS {
                        true => graph.similar(link),
                        false => None,
                    };
                    let hint = compile::did_you_mean(similar);
                    faults.push(Fault {
                        place: FaultPlace::Link(link),
                        message: format!("{message}{hint}"),
                    });
                }
            }
        }
        for (link, before) in &self.meant {
            let known = graph.links.get(link);
            if let Some(known) = known.filter(|known| known.target != *before) {
                seeds.extend(&known.users);
            }
        }
        if faults.is_empty() {
            let documents = graph.upwards(seeds);
            let others = documents.iter().filter(|place| !self.is_edited(**place));
            self.referring = others.count();
            self.wholes = graph.measure(&documents, limits, &mut faults);
        }
        faults
    }

    /// Documents of one kind, id and version: nobody could say which of them decided.
    fn find_twins(&self, graph: &Graph, faults: &mut Vec<Fault>) {
        for place in self.before.keys() {
            let Some(node) = graph.documents.get(place) else {
                continue;
            };
            let is_twin = |other: &Node| other.name == node.name && other.version == node.version;
            let mut others = graph.of_id(&node.name.1);
            let twin = others.find(|(other, node)| other != place && is_twin(node));
            if let Some((_, twin)) = twin {
                let (kind, id) = (kind_name(node.name.0), crate::xml::cut(&node.name.1));
                let version = &node.version;
                let message = match (twin.is_root, node.is_root) {
                    (false, true) => format!(
                        "the {kind} `{id}` of version `{version}` is in the library of the store, \
                         and cannot decide by itself as well"
                    ),
                    (true, false) => format!(
                        "the {kind} `{id}` of version `{version}` decides by itself, and cannot be \
                         in the library of the store as well"
                    ),
                    _ => {
                        format!("another {kind} has the id `{id}` and the version `{version}`, too")
                    }
                };
                faults.push(Fault {
                    place: FaultPlace::Document(*place),
                    message,
                });
            }
        }
    }

    /// The changes without which something would not be wrong, as far as that is known.
    pub(super) fn to_blame(&self, graph: &Graph, fault: &Fault) -> Vec<PolicyId> {
        let own = |document: PolicyId| self.is_edited(document).then_some(document);
        let blamed: Vec<PolicyId> = match fault.place {
            FaultPlace::Link(link) => {
                let users = graph
                    .links
                    .get(&link)
                    .map(|link| link.users.iter().copied());
                let users = users.into_iter().flatten().filter_map(own);
                match users.collect::<Vec<_>>() {
                    users if users.is_empty() => self.named(graph, &[link]),
                    users => users,
                }
            }
            FaultPlace::Own(document, number) => match own(document) {
                Some(document) => vec![document],
                None => {
                    let node = graph.documents.get(&document);
                    let own = node.and_then(|node| node.own.get(number));
                    let name = own.map(|own| (own.is_set, own.reference.id.as_str().into()));
                    name.map_or_else(Vec::new, |name| self.of_name(graph, |known| *known == name))
                }
            },
            FaultPlace::Circle(document, link) => match own(document) {
                Some(document) => vec![document],
                None => self.named(graph, &[link]),
            },
            FaultPlace::Document(document) => match own(document) {
                Some(document) => vec![document],
                None => {
                    let (documents, links) = graph.downwards(document);
                    let mut blamed: Vec<_> = documents.into_iter().filter_map(own).collect();
                    blamed.extend(self.named(graph, &links));
                    blamed
                }
            },
        };
        match blamed.is_empty() {
            true => self.edited(),
            false => blamed,
        }
    }

    /// The changes of documents that have, or had, a name that these links ask for.
    fn named(&self, graph: &Graph, links: &[PolicyId]) -> Vec<PolicyId> {
        let links = links.iter().filter_map(|link| graph.links.get(link));
        let names: HashSet<(bool, &str)> = links
            .map(|link| (link.is_set, link.reference.id.as_str()))
            .collect();
        self.of_name(graph, |name| names.contains(&(name.0, &*name.1)))
    }

    fn of_name(&self, graph: &Graph, is_meant: impl Fn(&Name) -> bool) -> Vec<PolicyId> {
        let had = |node: Option<&Node>| node.is_some_and(|node| is_meant(&node.name));
        let edits = self
            .before
            .iter()
            .filter(|(place, before)| had(before.as_ref()) || had(graph.documents.get(*place)));
        edits.map(|(place, _)| *place).collect()
    }

    /// Makes everything final. Nothing is wrong with it any more.
    pub(super) fn finish(self, graph: &mut Graph) -> Settled {
        let edited = self.edited();
        let mut links: BTreeSet<PolicyId> = BTreeSet::new();
        for (link, before) in &self.meant {
            let target = graph.links.get(link).and_then(|link| link.target);
            if target != *before {
                links.insert(*link);
            }
        }
        for place in &edited {
            links.extend(graph.links_at(*place));
        }
        for (place, whole) in self.wholes {
            if let Some(node) = graph.documents.get_mut(&place) {
                node.whole = whole;
            }
        }
        let before = self.before.values().flatten();
        let before = before.flat_map(|node| node.refers.iter().map(|(link, _)| *link));
        let unused = unused(graph, self.made.into_iter().chain(before));
        links.retain(|link| graph.links.contains_key(link));
        Settled {
            edited,
            links,
            unused,
            referring: self.referring,
        }
    }
}

/// Forgets those of the links that no document has.
fn unused(graph: &mut Graph, links: impl Iterator<Item = PolicyId>) -> Vec<PolicyId> {
    let links: BTreeSet<PolicyId> = links.collect();
    links
        .into_iter()
        .filter(|link| graph.sweep(*link))
        .collect()
}
