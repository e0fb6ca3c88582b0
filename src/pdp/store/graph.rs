//! References of the documents of a store → the documents they lead to; compiled policies are not
//! read.
//!
//! **Benefit.** A document is compiled once and never again for a change of another. A hundred
//! thousand documents with the same reference to one base set share one link. When the base set is
//! replaced, or a later version is added, one place changes.
//!
//! **Mechanism.** Every distinct reference (kind, id and version patterns) has a *link*: a place of
//! its own among the policies, which holds the policy that the reference leads to. A compiled
//! reference is a child with the id of its link, so evaluation does not tell it from any other
//! child.
//!
//! **Failure.** A link without a target, a circle, or a document that is too large with all it refers
//! to is a fault. Each is found on this graph before anything that decides is changed
//! (`attempt.rs`), and the change is refused. Circles are found without recursion: [`Graph::measure`]
//! works upwards from documents whose references are measured, and what cannot be measured that way
//! is in a circle or refers to one.
//!
//! **Exactness.** The policy at the link and that at its own place are one allocation, so both
//! decide alike. Nothing by which a document is found may come from what it refers to, as that may
//! change: clauses end at a link, and a document that only its references distinguish is visited
//! always.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use foldhash::quality::RandomState;
use smallvec::SmallVec;

use crate::compile::{self, OwnReference, Shape, Way, kind_name};
use crate::error::similar_name;
use crate::limits::{DEEPEST, Limits};
use crate::program::PolicyId;
use crate::syntax::{Reference, Version};

type Map<K, V> = HashMap<K, V, RandomState>;

/// Whether it is a policy set, and its id.
pub(super) type Name = (bool, Arc<str>);

/// A document with its references.
#[derive(Debug)]
pub(super) struct DocumentNode {
    pub(super) name: Name,
    pub(super) version: Version,
    /// Whether it is a root policy, and not only evaluated where a reference leads to it.
    pub(super) is_root: bool,
    /// The links of its references to documents, with the nesting around each.
    pub(super) refers: Box<[(PolicyId, Way)]>,
    /// Its references to policies nested in it.
    pub(super) own: Box<[OwnReference]>,
    /// Its own size, without references.
    pub(super) shape: Shape,
    /// Its size with all that it refers to.
    pub(super) whole: Shape,
}

/// The target of one distinct reference, and the documents that use it.
#[derive(Debug)]
pub(super) struct GraphLink {
    pub(super) is_set: bool,
    pub(super) reference: Arc<Reference>,
    pub(super) target: Option<PolicyId>,
    pub(super) users: BTreeSet<PolicyId>,
}

#[derive(Default)]
pub(super) struct Graph {
    pub(super) documents: Map<PolicyId, DocumentNode>,
    pub(super) links: Map<PolicyId, GraphLink>,
    by_id: Map<Arc<str>, SmallVec<[PolicyId; 1]>>,
    link_of: Map<(bool, Arc<Reference>), PolicyId>,
    links_by_name: Map<Name, BTreeSet<PolicyId>>,
    /// The documents with a reference of this name to a policy nested in them.
    own_by_name: Map<Name, BTreeSet<PolicyId>>,
    /// By target: the links that lead to it.
    meant_by: Map<PolicyId, BTreeSet<PolicyId>>,
}

/// A fault of a document's references.
#[derive(Debug)]
pub(super) struct GraphFault {
    pub(super) place: FaultPlace,
    pub(super) message: String,
    /// The documents of the circle that the fault tells, in the order of their places; none if
    /// finding the way took too long.
    pub(super) circle: Arc<[PolicyId]>,
}

impl GraphFault {
    pub(super) fn new(place: FaultPlace, message: String) -> Self {
        Self {
            place,
            message,
            circle: Arc::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FaultPlace {
    /// A link without a target.
    Link(PolicyId),
    /// A reference of a document to a policy nested in it, by its number.
    Own(PolicyId, usize),
    /// A document, or all that it refers to.
    Document(PolicyId),
    /// A document that refers to itself, through this link.
    Circle(PolicyId, PolicyId),
}

/// The number of references that are followed to show the way of circles.
const CIRCLE_LOOKS: usize = 100_000;

impl Graph {
    /// Returns the link of a reference; `next` gives the place of a new one.
    pub(super) fn link(
        &mut self,
        is_set: bool,
        reference: &Reference,
        next: impl FnOnce() -> PolicyId,
    ) -> PolicyId {
        let reference = Arc::new(reference.clone());
        if let Some(known) = self.link_of.get(&(is_set, reference.clone())) {
            return *known;
        }
        let place = next();
        let name = (is_set, reference.id.as_str().into());
        self.links_by_name.entry(name).or_default().insert(place);
        self.link_of.insert((is_set, reference.clone()), place);
        let link = GraphLink {
            is_set,
            reference,
            target: None,
            users: BTreeSet::new(),
        };
        self.links.insert(place, link);
        place
    }

    /// Removes a link that no document uses; whether it did.
    pub(super) fn sweep(&mut self, place: PolicyId) -> bool {
        let is_used = |link: &GraphLink| !link.users.is_empty();
        if self.links.get(&place).is_none_or(is_used) {
            return false;
        }
        self.aim(place, None);
        if let Some(link) = self.links.remove(&place) {
            let name = (link.is_set, link.reference.id.as_str().into());
            take_from(&mut self.links_by_name, &name, place);
            self.link_of.remove(&(link.is_set, link.reference));
        }
        true
    }

    /// Puts a document in a free place.
    pub(super) fn insert(&mut self, place: PolicyId, node: DocumentNode) {
        let same = self.by_id.entry(node.name.1.clone()).or_default();
        same.push(place);
        for (link, _) in &node.refers {
            if let Some(link) = self.links.get_mut(link) {
                link.users.insert(place);
            }
        }
        for own in &node.own {
            let name = (own.is_set, own.reference.id.as_str().into());
            self.own_by_name.entry(name).or_default().insert(place);
        }
        self.documents.insert(place, node);
    }

    /// Removes a document. Links keep it as their target until they are resolved again.
    pub(super) fn remove(&mut self, place: PolicyId) -> Option<DocumentNode> {
        let node = self.documents.remove(&place)?;
        if let Some(same) = self.by_id.get_mut(&node.name.1) {
            same.retain(|known| *known != place);
            if same.is_empty() {
                self.by_id.remove(&node.name.1);
            }
        }
        for (link, _) in &node.refers {
            if let Some(link) = self.links.get_mut(link) {
                link.users.remove(&place);
            }
        }
        for own in &node.own {
            let name = (own.is_set, own.reference.id.as_str().into());
            take_from(&mut self.own_by_name, &name, place);
        }
        Some(node)
    }

    /// Sets the target of a link. Returns the earlier one.
    pub(super) fn aim(&mut self, place: PolicyId, target: Option<PolicyId>) -> Option<PolicyId> {
        let link = self.links.get_mut(&place)?;
        let before = std::mem::replace(&mut link.target, target);
        if before != target {
            if let Some(before) = before {
                take_from(&mut self.meant_by, &before, place);
            }
            if let Some(target) = target {
                self.meant_by.entry(target).or_default().insert(place);
            }
        }
        before
    }

    /// The documents of an id, of either kind and any version.
    pub(super) fn of_id(&self, id: &str) -> impl Iterator<Item = (PolicyId, &DocumentNode)> {
        let same = self.by_id.get(id).into_iter().flatten();
        same.filter_map(|place| Some((*place, self.documents.get(place)?)))
    }

    /// The links whose reference has this name.
    pub(super) fn links_to(&self, name: &Name) -> Vec<PolicyId> {
        let links = self.links_by_name.get(name).into_iter().flatten();
        links.copied().collect()
    }

    /// The documents with a reference of this name to a policy nested in them.
    pub(super) fn own_references_to(&self, name: &Name) -> Vec<PolicyId> {
        let documents = self.own_by_name.get(name).into_iter().flatten();
        documents.copied().collect()
    }

    /// The documents that refer to this one.
    pub(super) fn referring(&self, place: PolicyId) -> impl Iterator<Item = PolicyId> {
        let links = self.meant_by.get(&place).into_iter().flatten();
        let links = links.filter_map(|link| self.links.get(link));
        links.flat_map(|link| link.users.iter().copied())
    }

    /// The links that lead to this document.
    pub(super) fn links_at(&self, place: PolicyId) -> Vec<PolicyId> {
        let links = self.meant_by.get(&place).into_iter().flatten();
        links.copied().collect()
    }

    /// Returns the id that a link's reference seems to misspell, from a comparison with all ids.
    pub(super) fn similar(&self, link: PolicyId) -> Option<&str> {
        let link = self.links.get(&link)?;
        let id = link.reference.id.as_str();
        if self.by_id.contains_key(id) {
            return None;
        }
        let documents = self.documents.values().map(|node| &node.name);
        let of_kind = documents.filter(|(is_set, _)| *is_set == link.is_set);
        similar_name(id, of_kind.map(|(_, known)| &**known))
    }

    /// These documents and all that refer to them, directly or not.
    pub(super) fn upwards(&self, from: impl IntoIterator<Item = PolicyId>) -> Vec<PolicyId> {
        let mut met: HashSet<PolicyId, RandomState> = HashSet::default();
        let mut all: Vec<PolicyId> = Vec::new();
        let known = |place: &PolicyId| self.documents.contains_key(place);
        all.extend(
            from.into_iter()
                .filter(known)
                .filter(|place| met.insert(*place)),
        );
        let mut next = 0;
        while let Some(place) = all.get(next).copied() {
            next += 1;
            all.extend(self.referring(place).filter(|place| met.insert(*place)));
        }
        all
    }

    /// Computes the sizes of these documents with all that they refer to; the documents include all
    /// that refer to one of them. Returns the sizes that changed. It goes upwards from those that
    /// refer to none of them, so that nothing recurses and each reference is followed once.
    pub(super) fn measure(
        &self,
        documents: &[PolicyId],
        limits: &Limits,
        faults: &mut Vec<GraphFault>,
    ) -> Vec<(PolicyId, Shape)> {
        let mut waiting: Map<PolicyId, usize> = HashMap::default();
        waiting.extend(documents.iter().map(|place| (*place, 0)));
        for place in documents {
            for user in self.referring(*place) {
                if let Some(count) = waiting.get_mut(&user) {
                    *count += 1;
                }
            }
        }
        let mut measured: Map<PolicyId, Shape> = HashMap::default();
        let is_ready = |place: &PolicyId| waiting[place] == 0;
        let mut ready: Vec<PolicyId> = documents.iter().copied().filter(is_ready).collect();
        while let Some(place) = ready.pop() {
            waiting.remove(&place);
            if let Some(node) = self.documents.get(&place) {
                let whole = self.whole(node, &measured);
                faults.extend(too_large(place, node, whole, limits));
                measured.insert(place, whole);
            }
            for user in self.referring(place) {
                if let Some(count) = waiting.get_mut(&user) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(user);
                    }
                }
            }
        }
        if !waiting.is_empty() {
            self.circles(waiting, faults);
        }
        let measured = measured.into_iter();
        let is_new = |(place, whole): &(PolicyId, Shape)| {
            let node = self.documents.get(place);
            node.is_some_and(|node| node.whole != *whole)
        };
        measured.filter(is_new).collect()
    }

    fn whole(&self, node: &DocumentNode, measured: &Map<PolicyId, Shape>) -> Shape {
        let mut whole = node.shape;
        for (link, way) in &node.refers {
            let target = self.links.get(link).and_then(|link| link.target);
            let known = target.and_then(|target| measured.get(&target).copied());
            let stored = || Some(self.documents.get(&target?)?.whole);
            way.extend(&mut whole, known.or_else(stored).unwrap_or_default());
        }
        whole
    }

    /// Reports the circles among the documents that are left: each is in a circle or refers to one,
    /// directly or not. Those that no other refers to are removed step by step, as none of them is
    /// in a circle.
    fn circles(&self, mut left: Map<PolicyId, usize>, faults: &mut Vec<GraphFault>) {
        let users = |place: PolicyId, left: &Map<PolicyId, usize>| {
            let users = self.referring(place);
            users.filter(|user| left.contains_key(user)).count()
        };
        let mut count: Map<PolicyId, usize> = HashMap::default();
        count.extend(left.keys().map(|place| (*place, users(*place, &left))));
        let mut unused: Vec<PolicyId> = Vec::new();
        unused.extend(
            count
                .iter()
                .filter(|(_, count)| **count == 0)
                .map(|(place, _)| *place),
        );
        while let Some(place) = unused.pop() {
            left.remove(&place);
            let targets = self.documents.get(&place);
            let targets = targets.into_iter().flat_map(|node| self.targets(node));
            for target in targets {
                if let Some(count) = count.get_mut(&target).filter(|count| **count > 0) {
                    *count -= 1;
                    if *count == 0 {
                        unused.push(target);
                    }
                }
            }
        }
        let mut places: Vec<PolicyId> = left.keys().copied().collect();
        places.sort_unstable();
        let mut looks = CIRCLE_LOOKS;
        for place in places {
            let Some(node) = self.documents.get(&place) else {
                continue;
            };
            // A document between two circles is in neither.
            let Some(way) = self.way_back(place, &left, &mut looks) else {
                continue;
            };
            let closes = |(link, _): &&(PolicyId, Way)| {
                let target = self.links.get(link).and_then(|link| link.target);
                target.is_some_and(|target| match way.first() {
                    Some(first) => target == *first,
                    None => left.contains_key(&target),
                })
            };
            let Some((link, _)) = node.refers.iter().find(closes) else {
                continue;
            };
            let id = |place: &PolicyId| self.documents.get(place).map_or("", |node| &node.name.1);
            let steps = way.iter().map(|place| ("refers to", id(place)));
            let meant = self.links.get(link).map_or("", |link| &link.reference.id);
            let message = compile::circle("references", meant, &node.name.1, steps);
            let mut circle = way.clone();
            circle.sort_unstable();
            faults.push(GraphFault {
                circle: circle.into(),
                ..GraphFault::new(FaultPlace::Circle(place, *link), message)
            });
        }
    }

    /// Returns the shortest way from a document back to itself, through those that are left; no
    /// steps if the budget of looks is used up.
    fn way_back(
        &self,
        from: PolicyId,
        left: &Map<PolicyId, usize>,
        looks: &mut usize,
    ) -> Option<Vec<PolicyId>> {
        let mut reached_from: Map<PolicyId, PolicyId> = HashMap::default();
        let (mut places, mut next) = (vec![from], 0);
        while let Some(place) = places.get(next).copied() {
            next += 1;
            let Some(node) = self.documents.get(&place) else {
                continue;
            };
            match looks.checked_sub(1 + node.refers.len()) {
                Some(fewer) => *looks = fewer,
                None => return Some(Vec::new()),
            }
            for target in self.targets(node) {
                if target == from {
                    let mut way = vec![from, place];
                    while let Some(before) = way.last().and_then(|last| reached_from.get(last)) {
                        way.push(*before);
                    }
                    way.pop();
                    way.reverse();
                    return Some(way);
                }
                if left.contains_key(&target) && !reached_from.contains_key(&target) {
                    reached_from.insert(target, place);
                    places.push(target);
                }
            }
        }
        None
    }

    /// Returns the documents that one refers to, once for each distinct reference.
    fn targets(&self, node: &DocumentNode) -> Vec<PolicyId> {
        let mut links: Vec<PolicyId> = node.refers.iter().map(|(link, _)| *link).collect();
        links.sort_unstable();
        links.dedup();
        let target = |link: PolicyId| self.links.get(&link)?.target;
        links.into_iter().filter_map(target).collect()
    }

    /// Returns this document and all that it refers to, directly or not, and the links on the way.
    pub(super) fn downwards(&self, from: PolicyId) -> (Vec<PolicyId>, Vec<PolicyId>) {
        let mut met: HashSet<PolicyId, RandomState> = HashSet::default();
        let (mut documents, mut links) = (vec![from], Vec::new());
        let mut next = 0;
        while let Some(place) = documents.get(next).copied() {
            next += 1;
            let refers = self.documents.get(&place).map(|node| &node.refers[..]);
            for (link, _) in refers.unwrap_or_default() {
                links.push(*link);
                let target = self.links.get(link).and_then(|link| link.target);
                documents.extend(target.filter(|target| met.insert(*target)));
            }
        }
        (documents, links)
    }
}

/// The most versions examined for one reference. A bound of each by itself: whether a reference is
/// taken does not depend on what else is changed with it, so that a store that was saved can be
/// restored, and a change is never refused for the references of another.
const REFERENCE_LOOKS: usize = 10_000;

/// The versions of each name in their order, sorted once, and the number of those examined.
pub(super) struct Versions<'g> {
    pub(super) graph: &'g Graph,
    pub(super) looks: usize,
    sorted: Map<Name, Rc<[(&'g Version, PolicyId)]>>,
}

impl<'g> Versions<'g> {
    pub(super) fn new(graph: &'g Graph) -> Self {
        Self {
            graph,
            looks: 0,
            sorted: HashMap::default(),
        }
    }

    /// Returns the documents of a name, the latest last.
    pub(super) fn of(&mut self, name: &Name) -> Rc<[(&'g Version, PolicyId)]> {
        if let Some(known) = self.sorted.get(name) {
            return known.clone();
        }
        let same = self.graph.of_id(&name.1);
        let same = same.filter(|(_, node)| node.name.0 == name.0);
        let mut same: Vec<_> = same.map(|(place, node)| (&node.version, place)).collect();
        self.looks += same.len().saturating_sub(1);
        same.sort_unstable();
        let same: Rc<[_]> = same.into();
        self.sorted.insert(name.clone(), same.clone());
        same
    }

    /// Returns the document that a link leads to (§5.10, §5.11): the latest whose version fits.
    pub(super) fn resolve(&mut self, link: PolicyId) -> Result<PolicyId, String> {
        let Some(link) = self.graph.links.get(&link) else {
            return Err("the reference is gone".to_owned());
        };
        let name = (link.is_set, link.reference.id.as_str().into());
        if let Some(place) = self.latest(&name, &link.reference, None)? {
            return Ok(place);
        }
        let (kind, id) = (kind_name(link.is_set), &link.reference.id);
        let same = self.of(&name);
        Err(match same.is_empty() {
            true => {
                let mut others = self.graph.of_id(id);
                let is_other = others.any(|(_, node)| node.name.0 != link.is_set);
                compile::not_loaded(link.is_set, id, is_other)
            }
            false => compile::no_version(kind, id, same.iter().map(|(v, _)| *v)),
        })
    }

    /// Returns the latest document, not earlier than `from`, that fits a reference. Patterns
    /// without a `*` select a range of versions, which is found by binary search; the versions in
    /// it are examined one by one.
    fn latest(
        &mut self,
        name: &Name,
        reference: &Reference,
        from: Option<&Version>,
    ) -> Result<Option<PolicyId>, String> {
        let same = self.of(name);
        let end = same.partition_point(|(version, _)| !reference.is_before(version));
        let is_early = |version: &Version| {
            from.is_some_and(|from| version < from) || reference.is_after(version)
        };
        let start = same.partition_point(|(version, _)| is_early(version));
        let most = self.looks + REFERENCE_LOOKS;
        for (version, place) in same.get(start..end).unwrap_or_default().iter().rev() {
            self.looks += 1 + version.as_str().len() / 32;
            if self.looks > most {
                let (kind, id) = (kind_name(name.0), crate::xml::cut(&name.1));
                return Err(format!(
                    "the {kind} `{id}` is loaded in {} versions, too many to find the one that a `*` \
                     leads to: name the version, or give a range",
                    same.len()
                ));
            }
            if reference.accepts(version) {
                return Ok(Some(*place));
            }
        }
        Ok(None)
    }

    /// Checks that a document's references to policies nested in it resolve to those, as if all
    /// documents were compiled together: no other document of the name fits as well or better.
    /// Returns whether there is a fault.
    pub(super) fn check_own(&mut self, place: PolicyId, faults: &mut Vec<GraphFault>) -> bool {
        let before = faults.len();
        let own = self.graph.documents.get(&place).map(|node| &node.own[..]);
        for (number, own) in own.unwrap_or_default().iter().enumerate() {
            let name = (own.is_set, own.reference.id.as_str().into());
            let found = self.latest(&name, &own.reference, Some(&own.version));
            let other = |place| Some(&self.graph.documents.get(&place)?.version);
            let message = match found.map(|found| found.and_then(other)) {
                Ok(None) => continue,
                Ok(Some(other)) => {
                    let (kind, id) = (kind_name(own.is_set), &own.reference.id);
                    match *other == own.version {
                        true => compile::twice(kind, id, &own.version),
                        false => format!(
                            "the reference means the {kind} `{}` in this document, of version `{}`, \
                             and would mean the document of version `{other}` from then on: name the \
                             version",
                            crate::xml::cut(id),
                            own.version,
                        ),
                    }
                }
                Err(message) => message,
            };
            faults.push(GraphFault::new(FaultPlace::Own(place, number), message));
        }
        faults.len() > before
    }
}

/// Returns the fault of a document that exceeds a limit with all that it refers to.
fn too_large(
    place: PolicyId,
    node: &DocumentNode,
    whole: Shape,
    limits: &Limits,
) -> Option<GraphFault> {
    let (references, height) = (limits.reference_depth, limits.policy_depth.min(DEEPEST));
    let message = if whole.references > references {
        compile::references_too_deep(references)
    } else if whole.height > height {
        compile::policies_too_deep(height)
    } else if node.is_root {
        compile::too_many_visits(whole.visits, limits)?
    } else {
        return None;
    };
    Some(GraphFault::new(FaultPlace::Document(place), message))
}

fn take_from<K: std::hash::Hash + Eq>(
    sets: &mut Map<K, BTreeSet<PolicyId>>,
    key: &K,
    place: PolicyId,
) {
    if let Some(set) = sets.get_mut(key) {
        set.remove(&place);
        if set.is_empty() {
            sets.remove(key);
        }
    }
}
