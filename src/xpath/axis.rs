//! A node and an axis → the nodes on it that pass a test (XPath 1.0 §2.2, §2.3).

use super::evaluate::XPathEvaluation;
use super::expression::{NodeTest, XPathAxis};
use super::tree::Sort;
use super::{Exhausted, Node, Tree};

/// A node test, its name looked up in the tree.
pub(super) enum Resolved<'t> {
    Any,
    Sort(Sort),
    Instruction(&'t str),
    Named(Sort),
    InNamespace(Sort, &'t str),
    Name(Sort, u32),
    /// A name that nothing in the tree has.
    Nothing,
}

impl<'t> Resolved<'t> {
    pub(super) fn new(test: &'t NodeTest, axis: XPathAxis, tree: &Tree) -> Self {
        // §2.3: names are those of the axis's principal node type.
        let sort = match axis {
            XPathAxis::Attribute => Sort::Attribute,
            _ => Sort::Element,
        };
        match test {
            NodeTest::Any => Self::Any,
            NodeTest::Text => Self::Sort(Sort::Text),
            NodeTest::Comment => Self::Sort(Sort::Comment),
            NodeTest::Instruction(None) => Self::Sort(Sort::Instruction),
            NodeTest::Instruction(Some(target)) => Self::Instruction(target),
            NodeTest::Named => Self::Named(sort),
            NodeTest::InNamespace(namespace) => Self::InNamespace(sort, namespace),
            NodeTest::Name { namespace, local } => {
                match tree.name_id(namespace.as_deref(), local) {
                    Some(name) => Self::Name(sort, name),
                    None => Self::Nothing,
                }
            }
        }
    }

    /// The work of testing one node: a namespace may be long, and is compared with that of each
    /// node.
    fn work(&self) -> u64 {
        match self {
            Self::InNamespace(_, namespace) => 1 + namespace.len() as u64 / 64,
            _ => 1,
        }
    }

    fn passes(&self, node: Node, tree: &Tree) -> bool {
        let sort = tree.sort(node);
        match *self {
            Self::Any => true,
            Self::Sort(wanted) | Self::Named(wanted) => sort == wanted,
            Self::Instruction(target) => {
                sort == Sort::Instruction && tree.local_name(node) == target
            }
            Self::InNamespace(wanted, namespace) => {
                sort == wanted && tree.namespace(node) == Some(namespace)
            }
            Self::Name(wanted, name) => sort == wanted && tree.name_of(node) == name,
            Self::Nothing => false,
        }
    }
}

impl XPathEvaluation<'_> {
    /// Adds the nodes of the axis that pass, in the order of the axis: the nearest first.
    pub(super) fn walk(
        &self,
        axis: XPathAxis,
        from: Node,
        test: &Resolved<'_>,
        found: &mut Vec<Node>,
    ) -> Result<(), Exhausted> {
        let tree = self.tree;
        let work = test.work();
        let mut visit = |node: Node| {
            if test.passes(node, tree) {
                found.push(node);
            }
        };
        let is_attribute = tree.is_attribute(from);
        let (start, end) = (from.0, tree.end(from).0);
        match axis {
            XPathAxis::Itself => {
                self.budget.charge(work)?;
                visit(from);
            }
            XPathAxis::Parent => {
                self.budget.charge(work)?;
                tree.parent(from).into_iter().for_each(visit);
            }
            XPathAxis::Ancestor | XPathAxis::AncestorOrSelf => {
                let mut next = match axis {
                    XPathAxis::Ancestor => tree.parent(from),
                    _ => Some(from),
                };
                while let Some(node) = next {
                    self.budget.charge(work)?;
                    visit(node);
                    next = tree.parent(node);
                }
            }
            XPathAxis::Attribute => {
                for node in tree.attributes(from) {
                    self.budget.charge(work)?;
                    visit(node);
                }
            }
            XPathAxis::Child => {
                self.pass_attributes(from)?;
                for node in tree.children(from) {
                    self.budget.charge(work)?;
                    visit(node);
                }
            }
            XPathAxis::Descendant | XPathAxis::DescendantOrSelf => {
                self.budget
                    .charge(u64::from(end - start).saturating_mul(work))?;
                if axis == XPathAxis::DescendantOrSelf {
                    visit(from);
                }
                let below = (start + 1..end).map(Node);
                below
                    .filter(|node| !tree.is_attribute(*node))
                    .for_each(visit);
            }
            XPathAxis::Following => {
                let last = tree.end(Node::DOCUMENT).0;
                self.budget
                    .charge(u64::from(last - end).saturating_mul(work))?;
                let after = (end..last).map(Node);
                after
                    .filter(|node| !tree.is_attribute(*node))
                    .for_each(visit);
            }
            XPathAxis::Preceding => {
                self.budget.charge(u64::from(start).saturating_mul(work))?;
                let before = (0..start).rev().map(Node);
                let ended = |node: &Node| !tree.is_attribute(*node) && tree.end(*node) <= from;
                before.filter(ended).for_each(visit);
            }
            XPathAxis::FollowingSibling | XPathAxis::PrecedingSibling if is_attribute => {}
            XPathAxis::FollowingSibling => {
                let parent = tree.parent(from);
                let last = parent.map_or(end, |parent| tree.end(parent).0);
                let mut next = end;
                while next < last {
                    self.budget.charge(work)?;
                    visit(Node(next));
                    next = tree.end(Node(next)).0;
                }
            }
            XPathAxis::PrecedingSibling => {
                let mut before = Vec::new();
                if let Some(parent) = tree.parent(from) {
                    self.pass_attributes(parent)?;
                }
                for node in tree.parent(from).into_iter().flat_map(|p| tree.children(p)) {
                    if node >= from {
                        break;
                    }
                    self.budget.charge(work)?;
                    before.push(node);
                }
                before.into_iter().rev().for_each(visit);
            }
        }
        Ok(())
    }

    /// Spends the work of passing the attributes of a node: an element may have very many.
    pub(super) fn pass_attributes(&self, node: Node) -> Result<(), Exhausted> {
        let after = self.tree.after_attributes(node);
        self.budget.charge(u64::from(after.0 - node.0) / 8)
    }
}
