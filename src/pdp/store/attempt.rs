//! Changes of the references of a store → the links they change, or the faults they cause:
//! documents are put and removed, names resolved again and sizes computed, and all of it can be
//! undone before a decision sees it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::graph::{DocumentNode, FaultPlace, Graph, GraphFault, Name, Versions};
use crate::compile::{Shape, kind_name};
use crate::error::did_you_mean;
use crate::limits::Limits;
use crate::program::PolicyId;

/// The number of unresolved references that get a hint from a comparison with all ids.
const MOST_HINTS: usize = 3;

/// The most versions and documents looked at, after all were looked at once, to find out which changes
/// can be made without the others.
const MOST_LOOKS: usize = 80_000_000;

/// The changes of a graph, with what is needed to undo them.
#[derive(Default)]
pub(super) struct Attempt {
    /// By place: the earlier document.
    before: BTreeMap<PolicyId, Option<DocumentNode>>,
    /// The root policies that only those that refer to them use from now on.
    demoted: BTreeSet<PolicyId>,
    /// By name: the places of documents that lost or gained it.
    names: HashMap<Name, Vec<PolicyId>>,
    /// The links of documents that were put.
    made: Vec<PolicyId>,
    /// The earlier targets of links that were resolved again.
    meant: BTreeMap<PolicyId, Option<PolicyId>>,
    /// Everything that changed or had a fault since the last round.
    touched: Touched,
    looks: usize,
    /// Those when all changes were looked at for the first time.
    looks_of_all: Option<usize>,
    hints: usize,
    /// The changed sizes of documents.
    wholes: Vec<(PolicyId, Shape)>,
    /// The number of other documents that refer to a changed one, directly or not.
    referring: usize,
}

#[derive(Default)]
struct Touched {
    names: BTreeSet<Name>,
    links: BTreeSet<PolicyId>,
    documents: BTreeSet<PolicyId>,
}

impl Touched {
    /// Marks a document that was put or removed, with its name and links.
    fn node(&mut self, place: PolicyId, node: &DocumentNode) {
        self.names.insert(node.name.clone());
        self.links.extend(node.refers.iter().map(|(link, _)| *link));
        self.documents.insert(place);
    }
}

/// The links of an attempt that was made final.
pub(super) struct Settled {
    /// The links whose target changed, or is another document now.
    pub(super) links: BTreeSet<PolicyId>,
    /// The links that no document uses any more.
    pub(super) unused: Vec<PolicyId>,
    pub(super) referring: usize,
}

impl Attempt {
    pub(super) fn is_edited(&self, place: PolicyId) -> bool {
        self.before.contains_key(&place)
    }

    /// The places that are changed.
    pub(super) fn edited(&self) -> Vec<PolicyId> {
        self.before.keys().copied().collect()
    }

    /// Puts a document in a place, free or not.
    pub(super) fn put(&mut self, graph: &mut Graph, place: PolicyId, node: DocumentNode) {
        self.take(graph, place);
        self.made.extend(node.refers.iter().map(|(link, _)| *link));
        self.note(place, &node);
        graph.insert(place, node);
    }

    /// Removes the document of a place, if there is one.
    pub(super) fn take(&mut self, graph: &mut Graph, place: PolicyId) {
        let before = graph.remove(place);
        before.iter().for_each(|node| self.note(place, node));
        self.before.entry(place).or_insert(before);
    }

    fn note(&mut self, place: PolicyId, node: &DocumentNode) {
        self.names.entry(node.name.clone()).or_default().push(place);
        self.touched.node(place, node);
    }

    /// Undoes the change of one place.
    pub(super) fn undo(&mut self, graph: &mut Graph, place: PolicyId) {
        if let Some(before) = self.before.remove(&place) {
            let put = graph.remove(place);
            put.iter().for_each(|node| self.touched.node(place, node));
            if let Some(node) = before {
                self.touched.node(place, &node);
                graph.insert(place, node);
            }
        }
    }

    /// Undoes the removal of a root policy, except that it decides by itself no more: what refers to
    /// it finds it as before, as references do not ask which documents are roots.
    pub(super) fn demote(&mut self, graph: &mut Graph, place: PolicyId) {
        self.undo(graph, place);
        if let Some(node) = graph.documents.get_mut(&place) {
            node.is_root = false;
            self.demoted.insert(place);
        }
    }

    /// Undoes [`demote`](Self::demote).
    pub(super) fn promote(&mut self, graph: &mut Graph, place: PolicyId) {
        let node = graph.documents.get_mut(&place);
        if let Some(node) = node.filter(|_| self.demoted.remove(&place)) {
            node.is_root = true;
            self.touched.documents.insert(place);
        }
    }

    /// Undoes everything. Returns the links that no document uses.
    pub(super) fn undo_all(mut self, graph: &mut Graph) -> Vec<PolicyId> {
        for place in self.demoted.clone() {
            self.promote(graph, place);
        }
        for place in self.edited() {
            self.undo(graph, place);
        }
        for (link, meant) in std::mem::take(&mut self.meant) {
            graph.aim(link, meant);
        }
        unused(graph, self.made.into_iter())
    }

    /// Whether the budget of [`settle`](Self::settle) is used up.
    pub(super) fn is_spent(&self) -> bool {
        self.looks - self.looks_of_all.unwrap_or(self.looks) >= MOST_LOOKS
    }

    /// Resolves and measures all that the changes may affect since the last round, so that undoing
    /// a chain of references one document at a time costs its length. Returns the faults.
    pub(super) fn settle(&mut self, graph: &mut Graph, limits: &Limits) -> Vec<GraphFault> {
        let mut faults = Vec::new();
        let Touched {
            names,
            mut links,
            mut documents,
        } = std::mem::take(&mut self.touched);
        for name in &names {
            links.extend(graph.links_to(name));
            documents.extend(graph.own_references_to(name));
        }
        let mut versions = Versions::new(graph);
        for name in &names {
            self.find_twins(&mut versions, name, &mut faults);
        }
        for document in documents {
            if versions.check_own(document, &mut faults) {
                self.touched.documents.insert(document);
            }
        }
        let is_used = |link: &PolicyId| {
            let known = graph.links.get(link);
            known.is_some_and(|known| !known.users.is_empty())
        };
        let mut aims = Vec::new();
        for link in links.into_iter().filter(is_used) {
            match versions.resolve(link) {
                Ok(target) => aims.push((link, target)),
                Err(message) => {
                    self.touched.links.insert(link);
                    let similar = match self.hints < MOST_HINTS {
                        true => graph.similar(link),
                        false => None,
                    };
                    self.hints += 1;
                    let hint = did_you_mean(similar);
                    let message = format!("{message}{hint}");
                    faults.push(GraphFault::new(FaultPlace::Link(link), message));
                }
            }
        }
        self.looks += versions.looks;
        self.looks_of_all.get_or_insert(self.looks);
        for (link, target) in aims {
            let before = graph.aim(link, Some(target));
            self.meant.entry(link).or_insert(before);
        }
        if faults.is_empty() {
            let mut seeds: BTreeSet<PolicyId> = self.before.keys().copied().collect();
            for (link, before) in &self.meant {
                let known = graph.links.get(link);
                if let Some(known) = known.filter(|known| known.target != *before) {
                    seeds.extend(&known.users);
                }
            }
            let documents = graph.upwards(seeds);
            let others = documents.iter().filter(|place| !self.is_edited(**place));
            self.referring = others.count();
            self.wholes = graph.measure(&documents, limits, &mut faults);
            if !faults.is_empty() {
                // All of them are measured again when the faulty changes are undone.
                self.looks += documents.len();
            }
        }
        faults
    }

    /// Finds documents of the same kind, id and version: a decision could not name which of them it
    /// used.
    fn find_twins(&self, versions: &mut Versions<'_>, name: &Name, faults: &mut Vec<GraphFault>) {
        let graph = versions.graph;
        let same = versions.of(name);
        for pair in same.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            for (place, other) in [(pair[0].1, pair[1].1), (pair[1].1, pair[0].1)] {
                let (node, twin) = (graph.documents.get(&place), graph.documents.get(&other));
                let (Some(node), Some(twin)) = (node, twin) else {
                    continue;
                };
                if !self.is_edited(place) {
                    continue;
                }
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
                faults.push(GraphFault::new(FaultPlace::Document(place), message));
            }
        }
    }

    /// Leaves one fault of each circle, at a document that is changed if one of them is on it. If
    /// the changes are made `partly`, one is left for each changed document, which is then refused
    /// for it.
    pub(super) fn tell_circles_once(&self, faults: &mut Vec<GraphFault>, partly: bool) {
        let changed = |fault: &GraphFault| match fault.place {
            FaultPlace::Circle(place, _) => self.is_edited(place),
            _ => true,
        };
        faults.sort_by_key(|fault| !changed(fault));
        let mut told: HashSet<Arc<[PolicyId]>> = HashSet::new();
        faults.retain(|fault| {
            let is_circle = matches!(fault.place, FaultPlace::Circle(..));
            let is_new = is_circle && told.insert(fault.circle.clone());
            is_new || !is_circle || partly && changed(fault)
        });
    }

    /// Returns the changes that a fault is due to; all of them if none can be singled out.
    pub(super) fn to_blame(&self, graph: &Graph, fault: &GraphFault) -> Vec<PolicyId> {
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
                    self.of_names(name)
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

    /// Returns the changes of documents that have, or had, a name of these links.
    fn named(&self, graph: &Graph, links: &[PolicyId]) -> Vec<PolicyId> {
        let links = links.iter().filter_map(|link| graph.links.get(link));
        let names = links.map(|link| (link.is_set, link.reference.id.as_str().into()));
        self.of_names(names.collect::<BTreeSet<Name>>())
    }

    fn of_names(&self, names: impl IntoIterator<Item = Name>) -> Vec<PolicyId> {
        let places = |name: Name| self.names.get(&name).into_iter().flatten().copied();
        let places = names.into_iter().flat_map(places);
        places.filter(|place| self.is_edited(*place)).collect()
    }

    /// Makes the changes final. INVARIANT: the last round found no fault.
    pub(super) fn finish(self, graph: &mut Graph) -> Settled {
        let mut links: BTreeSet<PolicyId> = BTreeSet::new();
        for (link, before) in &self.meant {
            let target = graph.links.get(link).and_then(|link| link.target);
            if target != *before {
                links.insert(*link);
            }
        }
        for place in self.before.keys() {
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
            links,
            unused,
            referring: self.referring,
        }
    }
}

/// Removes the links that no document uses, and returns them.
fn unused(graph: &mut Graph, links: impl Iterator<Item = PolicyId>) -> Vec<PolicyId> {
    let links: BTreeSet<PolicyId> = links.collect();
    links
        .into_iter()
        .filter(|link| graph.sweep(*link))
        .collect()
}

#[cfg(test)]
mod tests;
