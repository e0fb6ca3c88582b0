//! The state of one walk through a program: what is evaluated, what is written, and what is left of the
//! budget.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;

use super::documents::PlainPolicies;
use super::tree::{AttributeFound, AttributeOrigin, Node, NodeValue};
use super::{names, words};
use crate::error::last_part;
use crate::evaluate::{Trace, Traced, TracedOrigin};
use crate::program::AttributeBag;
use crate::value::Value;

/// The most nodes of a tree.
pub(super) const MOST_NODES: usize = 5_000;

/// The most values of a bag that a node keeps.
const MOST_VALUES: usize = 20;

/// The parts of what was evaluated that a tree has.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Extent {
    /// Those that a reader needs: what does not apply has the first test that failed.
    Reason,
    /// All of them.
    Whole,
}

pub(super) struct Walk<'w, 's> {
    pub(super) trace: &'w Trace<'s>,
    /// The documents; none if they are not kept.
    pub(super) plain: Option<&'w PlainPolicies>,
    pub(super) is_whole: bool,
    /// Nodes that may still be made.
    left: Cell<usize>,
    /// Something was left out because nothing was left.
    pub(super) is_cut: Cell<bool>,
    /// The variables that are shown already, by the address of their definition.
    pub(super) shown: RefCell<HashSet<usize>>,
}

impl<'w, 's> Walk<'w, 's> {
    /// The root of the tree, and whether it is whole.
    pub(super) fn through(
        trace: &'w Trace<'s>,
        plain: Option<&'w PlainPolicies>,
        extent: Extent,
    ) -> (Option<Node>, bool) {
        let is_whole = extent == Extent::Whole;
        let walk = Self {
            trace,
            plain,
            is_whole,
            // Each node takes work: the budget bounds a whole tree.
            left: Cell::new(if is_whole { usize::MAX } else { MOST_NODES }),
            is_cut: Cell::new(false),
            shown: RefCell::default(),
        };
        let mut root = walk.root();
        if let (Some(root), false) = (&mut root, is_whole) {
            names::told_apart(root);
        }
        let is_cut = walk.is_cut.get() || trace.is_exhausted();
        (root, !is_cut)
    }

    /// Takes one node from those that may be made; false if none is left.
    pub(super) fn take(&self) -> bool {
        let left = self.left.get().checked_sub(1);
        self.left.set(left.unwrap_or(0));
        let has_one = left.is_some() && self.trace.spend(1);
        if !has_one {
            self.is_cut.set(true);
        }
        has_one
    }

    /// The values of an expression, the first ones if there are many.
    pub(super) fn values_of(&self, traced: Traced<Vec<Value>>) -> NodeValue {
        match traced {
            Traced::Known(mut values) => {
                let more = values.len().saturating_sub(MOST_VALUES);
                values.truncate(MOST_VALUES);
                NodeValue::Values(values, more)
            }
            Traced::Open => NodeValue::NotEvaluated,
            Traced::Failed(reason) => NodeValue::Indeterminate(reason),
        }
    }

    /// An attribute with its source, and with what it nearly is: `wanted` is the text that it should
    /// have had and has not.
    pub(super) fn attribute(&self, bag: AttributeBag, wanted: Option<&Value>) -> AttributeFound {
        let found = self.trace.attribute(bag.slot);
        let origin = match found.origin {
            TracedOrigin::Request => AttributeOrigin::Request,
            TracedOrigin::Clock => AttributeOrigin::Clock,
            TracedOrigin::Provider(name) => AttributeOrigin::Provider {
                name,
                until: found.until,
            },
            TracedOrigin::NotAsked(name) => AttributeOrigin::NotAskedFor(name),
            TracedOrigin::Nowhere => AttributeOrigin::Nobody,
            TracedOrigin::Failed(why) => AttributeOrigin::Failed(why),
        };
        let near_miss = match (&origin, wanted) {
            _ if self.is_whole => None,
            (AttributeOrigin::Nobody, _) => self.trace.near_miss(found.designator),
            (_, Some(wanted)) if self.trace.spend(found.values.len()) => {
                words::near_value(wanted, found.values)
            }
            _ => None,
        };
        let kept = found.values.len().min(MOST_VALUES);
        let id = &found.designator.id;
        let name = format!("`{}`", words::shown(last_part(id)));
        // What the request has may end so as well.
        let is_other = near_miss.as_ref().is_some_and(|near| near.contains(&name));
        let name = match is_other {
            true => format!("`{}`", words::shown(id)),
            false => name,
        };
        AttributeFound {
            designator: found.designator.clone(),
            name,
            values: found.values[..kept].to_vec(),
            more: found.values.len() - kept,
            must_be_present: bag.must_be_present,
            origin,
            near_miss,
        }
    }
}
