//! References of a document of a store → links, resolved later: the documents that they refer to
//! are compiled separately and change separately.

use super::Compiler;
use super::repository::Shape;
use crate::program::PolicyId;
use crate::syntax::{Reference, Version};

/// The id of a policy of another document until its place is known.
pub(super) const ELSEWHERE: PolicyId = PolicyId(u32::MAX);

/// A reference to another document, and how it is reached.
#[derive(Debug)]
pub(crate) struct Link {
    /// The policy set that contains it, among those of the unit, and its place among the children.
    pub(crate) policy: PolicyId,
    pub(crate) child: usize,
    pub(crate) is_set: bool,
    pub(crate) reference: Reference,
    /// The path of the element that contains it, for messages.
    pub(crate) path: String,
    pub(crate) way: Way,
}

/// The ways from the root of a document to a policy, taken together: references within a document
/// may lead to one policy more than once.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Way {
    /// Policies around it, at most.
    depth: usize,
    /// References followed, at most.
    references: usize,
    /// The number of ways.
    times: u64,
}

impl Way {
    /// Adds the document at the end of this way to the shape of the document that it begins in.
    pub(crate) fn extend(&self, shape: &mut Shape, target: Shape) {
        shape.height = shape.height.max(self.depth.saturating_add(target.height));
        let references = self.references.saturating_add(target.references);
        shape.references = shape.references.max(references);
        let visits = self.times.saturating_mul(target.visits);
        shape.visits = shape.visits.saturating_add(visits);
    }
}

/// A reference to a policy in place in its own document. It must mean that policy beside any other
/// documents.
#[derive(Clone, Debug)]
pub(crate) struct OwnReference {
    pub(crate) is_set: bool,
    pub(crate) reference: Reference,
    pub(crate) version: Version,
    pub(crate) path: String,
}

/// References of a document to others.
#[derive(Debug, Default)]
pub(crate) struct Links {
    pub(crate) elsewhere: Vec<Link>,
    pub(crate) own: Vec<OwnReference>,
}

/// Children of policy sets as they are met.
#[derive(Default)]
pub(super) struct Edges {
    links: Links,
    /// For each link the policy set that contains it, as an entry of the repository.
    parents: Vec<usize>,
    within: Vec<PolicyEdge>,
}

struct PolicyEdge {
    /// An entry of the repository.
    parent: usize,
    child: PolicyId,
    by_reference: bool,
}

impl<'a> Compiler<'a> {
    /// Notes a child of a policy set.
    pub(super) fn link(
        &mut self,
        parent: usize,
        place: usize,
        child: PolicyId,
        reference: Option<&'a Reference>,
        is_set: bool,
    ) {
        let path = match reference {
            Some(_) => super::problem::path_of(&self.path),
            None => String::new(),
        };
        let edges = &mut self.edges;
        match reference {
            Some(reference) if child == ELSEWHERE => {
                edges.parents.push(parent);
                edges.links.elsewhere.push(Link {
                    policy: ELSEWHERE,
                    child: place,
                    is_set,
                    reference: reference.clone(),
                    path,
                    way: Way::default(),
                });
                return;
            }
            Some(reference) => {
                let meant = self.policies.get(child.index());
                // It was read from a document.
                let version = meant.and_then(|policy| policy.version.parse().ok());
                edges.links.own.extend(version.map(|version| OwnReference {
                    is_set,
                    reference: reference.clone(),
                    version,
                    path,
                }));
            }
            None => {}
        }
        edges.within.push(PolicyEdge {
            parent,
            child,
            by_reference: reference.is_some(),
        });
    }

    /// References of the document to others, once all of it is compiled.
    pub(super) fn links(&mut self, root: PolicyId) -> Links {
        let Edges {
            mut links,
            parents,
            within,
        } = std::mem::take(&mut self.edges);
        if links.elsewhere.is_empty() {
            return links;
        }
        let id_of = |entry: usize| self.repository.compiled(entry).map(|(id, _)| id);
        let within = within.into_iter();
        let mut within: Vec<(PolicyId, PolicyEdge)> = within
            .filter_map(|edge| Some((id_of(edge.parent)?, edge)))
            .collect();
        // A policy has its id after all that it holds: from the last to the first, all ways to a
        // policy are known before those from it are looked at.
        within.sort_by_key(|(parent, _)| std::cmp::Reverse(*parent));
        let mut ways = vec![Way::default(); self.policies.len()];
        let to_root = Way {
            depth: 1,
            references: 0,
            times: 1,
        };
        if let Some(way) = ways.get_mut(root.index()) {
            *way = to_root;
        }
        for (parent, edge) in within {
            let Some(from) = ways.get(parent.index()).copied() else {
                continue;
            };
            if let Some(to) = ways.get_mut(edge.child.index()) {
                let references = from.references + usize::from(edge.by_reference);
                to.depth = to.depth.max(from.depth + 1);
                to.references = to.references.max(references);
                to.times = to.times.saturating_add(from.times);
            }
        }
        for (link, parent) in links.elsewhere.iter_mut().zip(parents) {
            link.policy = id_of(parent).unwrap_or(root);
            let way = ways.get(link.policy.index()).copied().unwrap_or(to_root);
            link.way = Way {
                references: way.references + 1,
                ..way
            };
        }
        links
    }
}
