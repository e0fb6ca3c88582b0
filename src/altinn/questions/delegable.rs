//! A policy without the subjects that a delegation replaces → the rights that a delegation can give.
//!
//! A right is refused only if no request for it can be permitted, whatever else the request says: a
//! condition that the analysis cannot see through is taken to hold.

use std::collections::HashMap;
use std::sync::Arc;

use super::seen::{QuestionsSeen, is_permit};
use super::{is_action, is_open_beside_right, is_single, names};
use crate::altinn::delegation::Right;
use crate::altinn::id;
use crate::altinn::resource::ResourceId;
use crate::analysis::{Residual, Unanswered};
use crate::attribute::{Designator, category};
use crate::request::Request;
use crate::syntax::{AttributeReference, Document, Policy, Target};
use crate::value::DataType;

/// The rights of a policy that delegations can give: its decisions, with all of a request open.
pub(in crate::altinn) struct DelegableRights {
    residual: Residual,
    seen: QuestionsSeen,
    /// Whether actions and parts are compared without letter case, as those of delegated instances
    /// are.
    ignores_case: bool,
    order: ActionOrder,
}

/// The parts of a resource that a request for a right may name besides its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::altinn) enum OtherParts {
    /// Any: a delegation of the right covers them.
    Any,
    /// None, but for parties and instances.
    None,
}

/// The most spellings of a right that are tried; one with more counts as one that can be given.
const MOST_SPELLINGS: usize = 16;

impl DelegableRights {
    /// Reads a policy without subjects, which has the targets of a document.
    ///
    /// # Errors
    ///
    /// The policy takes too many steps.
    pub(in crate::altinn) fn read(
        policy: &crate::Pdp,
        document: &Document,
        ignores_case: bool,
    ) -> Result<Self, Unanswered> {
        let request = Request::builder().build();
        let analysis = policy.analysis(&request).without_providers();
        let analysis = analysis.open(|_| true).single_valued(is_single);
        let residual = analysis.residual()?;
        Ok(Self {
            seen: QuestionsSeen::of(&residual, document),
            residual,
            ignores_case,
            order: ActionOrder::of(document),
        })
    }

    /// The number of nodes that are walked to look up a right in one spelling.
    pub(in crate::altinn) fn size(&self) -> usize {
        self.seen.nodes.len()
    }

    /// Whether a delegation can give a right to a resource; none is a right to every action.
    pub(in crate::altinn) fn can_be_given(
        &self,
        resource: &ResourceId,
        action: Option<&str>,
        part: &[(Arc<str>, Arc<str>)],
        others: OtherParts,
    ) -> bool {
        let mut spellings: Vec<Right> = vec![Right::from(action.unwrap_or_default())];
        if let Some(action) = action {
            spellings = self.spelt(is_action, action).map(Right::from).collect();
        }
        for (id, value) in part {
            let is_it = |of: &Designator| *of.category == *category::RESOURCE && of.id == *id;
            let values: Vec<Arc<str>> = self.spelt(is_it, value).collect();
            spellings = spellings
                .iter()
                .flat_map(|right| {
                    values
                        .iter()
                        .map(|value| right.clone().on(id.clone(), value.clone()))
                })
                .take(MOST_SPELLINGS + 1)
                .collect();
        }
        if spellings.len() > MOST_SPELLINGS {
            return true;
        }
        let mut spellings = spellings.iter();
        spellings.any(|right| self.may_permit(resource, right, action.is_some(), others))
    }

    /// Whether some request for a right is permitted, in this spelling.
    fn may_permit(
        &self,
        resource: &ResourceId,
        right: &Right,
        has_action: bool,
        others: OtherParts,
    ) -> bool {
        let mut request = names(resource, &right.part);
        if has_action {
            request = request.action(&*right.action);
        }
        let request = request.build();
        let of_app: &[&str] = match resource.as_app() {
            Some(_) => &[id::resource::ORG, id::resource::APP],
            None => &[],
        };
        // What the right says; a request may say more, and by attributes of other types.
        let is_said = |of: &Designator| match (&*of.category, of.data_type) {
            (category::RESOURCE, DataType::String | DataType::AnyUri) => {
                let mut part = right.part.iter();
                *of.id == *id::resource::RESOURCE
                    || of_app.contains(&&*of.id)
                    || part.any(|(id, _)| *id == of.id)
            }
            (_, DataType::String) => has_action && is_action(of),
            _ => false,
        };
        let is_known = |of: &Designator| {
            let is_closed = others == OtherParts::None && has_action;
            of.issuer.is_none() && is_said(of) || is_closed && !is_open_beside_right(right, of)
        };
        let rest = self.residual.given(&request, is_known);
        rest.nodes().iter().any(is_permit)
    }

    /// The spellings of a value that policy and requests may have.
    fn spelt<'s>(
        &'s self,
        is_it: impl Fn(&Designator) -> bool + 's,
        value: &'s str,
    ) -> impl Iterator<Item = Arc<str>> + 's {
        let folded = value.to_lowercase();
        let named = self.seen.named().filter(move |(of, _)| is_it(of));
        let others = named.filter(move |(_, known)| {
            self.ignores_case && *known != value && known.to_lowercase() == folded
        });
        std::iter::once(value)
            .chain(others.map(|(_, known)| known))
            .map(Arc::from)
    }

    /// The actions for which a delegation can permit something, in the order of the policy.
    pub(in crate::altinn) fn actions(&self, resource: &ResourceId) -> Vec<Arc<str>> {
        let mut named = self.seen.spelt_values(is_action);
        named.retain(|action| self.can_be_given(resource, Some(action), &[], OtherParts::Any));
        self.order.sort(&mut named);
        named
    }
}

/// The order in which the targets of a policy name actions.
pub(in crate::altinn) struct ActionOrder(HashMap<String, usize>);

impl ActionOrder {
    pub(in crate::altinn) fn of(document: &Document) -> Self {
        let rules = document.policies().flat_map(Policy::rules);
        let targets = rules.filter_map(|rule| rule.target.as_ref());
        let mut order = HashMap::new();
        for matching in targets.flat_map(Target::matches) {
            if let AttributeReference::Designator(named) = &matching.attribute
                && named.category == category::ACTION
            {
                let next = order.len();
                order
                    .entry(matching.value.text.to_lowercase())
                    .or_insert(next);
            }
        }
        Self(order)
    }

    /// Sorts actions; those that no target names come last.
    pub(in crate::altinn) fn sort(&self, actions: &mut [Arc<str>]) {
        let place = |action: &Arc<str>| self.0.get(&action.to_lowercase()).copied();
        actions.sort_by_cached_key(|action| (place(action).unwrap_or(usize::MAX), action.clone()));
    }
}
