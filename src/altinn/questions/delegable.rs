//! A policy without the subjects that a delegation replaces → the rights that a delegation can give.
//!
//! A right is refused only if no request for it can be permitted, whatever else the request says: a
//! condition that the analysis cannot see through is taken to hold.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::seen::{QuestionsSeen, is_permit};
use super::{is_action, is_open_beside_right, is_single, names};
use crate::altinn::delegation::Right;
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::resource::ResourceId;
use crate::analysis::{Residual, ResidualNode, Unanswered};
use crate::attribute::{Designator, category};
use crate::combining::rule::DENY_UNLESS_PERMIT;
use crate::decision::ExtendedDecision;
use crate::request::Request;
use crate::syntax::{AttributeReference, Document, Effect, Policy, Rule, Target};
use crate::value::{DataType, Value};

/// The rights of a policy that delegations can give: its decisions, with all of a request open.
pub(in crate::altinn) struct DelegableRights {
    residual: Residual,
    /// The decisions of the policy as written, if it may deny: a delegation is asked about only where that
    /// does not apply. None, too, if they take too long to read.
    written: Option<Residual>,
    seen: QuestionsSeen,
    /// Whether actions and parts are compared without letter case, as those of delegated instances
    /// are.
    ignores_case: bool,
    order: ActionOrder,
    /// The parts of an app that the policy names: each attribute with its values.
    parts: Vec<(&'static str, Vec<Arc<str>>)>,
}

/// The parts of a resource that a request for a right may name besides its own, and the receivers of
/// the right that may ask.
#[derive(Clone, Copy)]
pub(in crate::altinn) enum OtherParts<'a> {
    /// Any: a delegation of the right covers them.
    Any,
    /// None, but for parties and instances.
    None,
    /// None of an app, such as a task; what a host says besides may be anything.
    OfHost,
    /// As `OfHost`, for a receiver who has nothing but the delegation: no role, package, group or
    /// resource right; for the party with these keys.
    OfHostAlone(&'a [PartyName]),
}

/// An attribute by which requests name the party of a resource, and its key in that form, if it has one.
pub(in crate::altinn) type PartyName = (&'static str, Option<Arc<str>>);

/// The rights to parts of a resource that a delegation of a right covers and can give.
#[derive(Clone, Debug)]
pub(in crate::altinn) struct Covered {
    /// The right itself, if requests that name no other part can be permitted, and those on other parts.
    pub(in crate::altinn) rights: Vec<Right>,
    /// Whether all parts of the policy were looked at.
    pub(in crate::altinn) is_complete: bool,
}

/// The most parts in which a right is looked up.
const MOST_PARTS: usize = 256;

/// The most spellings of a right that are tried; one with more counts as one that can be given.
const MOST_SPELLINGS: usize = 16;

impl DelegableRights {
    /// Reads a policy without subjects, which is made of a document, and the policy as written.
    ///
    /// # Errors
    ///
    /// The policy takes too many steps.
    pub(in crate::altinn) fn read(
        policy: &crate::Pdp,
        written: &crate::Pdp,
        document: &Document,
        ignores_case: bool,
    ) -> Result<Self, Unanswered> {
        let request = Request::builder().build();
        let decisions = |policy: &crate::Pdp| {
            let analysis = policy.analysis(&request).without_providers();
            analysis.open(|_| true).single_valued(is_single).residual()
        };
        let residual = decisions(policy)?;
        let written = may_deny(document).then(|| decisions(written).ok());
        let seen = QuestionsSeen::of(&residual, document);
        let values = |part: &id::AltinnAttribute| {
            let is_it = |of: &Designator| *of.category == *category::RESOURCE && *of.id == *part.id;
            (part.id, seen.spelt_values(is_it))
        };
        let parts = id::attributes_that(is_part_of_app).map(values);
        let parts = parts.filter(|(_, values)| !values.is_empty()).collect();
        Ok(Self {
            seen,
            parts,
            residual,
            written: written.flatten(),
            ignores_case,
            order: ActionOrder::of(document),
        })
    }

    /// The number of nodes that are walked to look up a right in one spelling.
    pub(in crate::altinn) fn size(&self) -> usize {
        self.seen.nodes.len() + self.written.as_ref().map_or(0, Residual::size)
    }

    /// Whether a delegation can give a right to a resource; none is a right to every action.
    pub(in crate::altinn) fn can_be_given(
        &self,
        resource: &ResourceId,
        action: Option<&str>,
        part: &[(Arc<str>, Arc<str>)],
        others: OtherParts<'_>,
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

    /// Whether a delegation may permit some request for a right, in this spelling.
    fn may_permit(
        &self,
        resource: &ResourceId,
        right: &Right,
        has_action: bool,
        others: OtherParts<'_>,
    ) -> bool {
        let mut request = names(resource, &right.part);
        if has_action {
            request = request.action(&*right.action);
        }
        let is_of_right = |id: &str| right.part.iter().any(|(known, _)| **known == *id);
        let named = match others {
            OtherParts::OfHostAlone(named) => named,
            _ => &[],
        };
        for (id, key) in named {
            let Some(key) = key.as_deref().filter(|_| !is_of_right(id)) else {
                continue;
            };
            for data_type in NAME_TYPES {
                if let Ok(value) = Value::parse(data_type, key) {
                    request = request.resource(*id, value);
                }
            }
        }
        let request = request.build();
        let of_app: &[&str] = match resource.as_app() {
            Some(_) => &[id::resource::ORG, id::resource::APP],
            None => &[],
        };
        // What the right says; a request may say more, and by attributes of other types.
        let is_said = |of: &Designator| match (&*of.category, of.data_type) {
            (category::RESOURCE, DataType::String | DataType::AnyUri)
                if *of.id == *id::resource::RESOURCE
                    || of_app.contains(&&*of.id)
                    || is_of_right(&of.id) =>
            {
                true
            }
            (category::RESOURCE, data_type) if NAME_TYPES.contains(&data_type) => {
                !is_of_right(&of.id) && named.iter().any(|(id, _)| **id == *of.id)
            }
            (_, DataType::String) => has_action && is_action(of),
            _ => false,
        };
        let is_closed = |of: &Designator| match others {
            OtherParts::Any => false,
            OtherParts::None => has_action && !is_open_beside_right(right, of),
            OtherParts::OfHost => is_of_app(of),
            OtherParts::OfHostAlone(_) => is_of_app(of) || is_of_receiver(of),
        };
        let is_known = |of: &Designator| of.issuer.is_none() && is_said(of) || is_closed(of);
        let rest = self.residual.given(&request, is_known);
        if !rest.nodes().iter().any(is_permit) {
            return false;
        }
        // The policy is asked first, and a delegation only where it does not apply; what is permitted
        // anyhow needs none.
        self.written.as_ref().is_none_or(|written| {
            let nodes = written.given(&request, is_known).nodes();
            let decisions = nodes.iter().filter_map(|node| match node {
                ResidualNode::Decision { decision, .. } => Some(*decision),
                _ => None,
            });
            let (mut applies_not, mut is_permitted) = (false, true);
            for decision in decisions {
                applies_not |= decision == ExtendedDecision::NotApplicable;
                is_permitted &= decision == ExtendedDecision::Permit;
            }
            applies_not || is_permitted
        })
    }

    /// Returns the rights to parts of the resource that a delegation of a right covers and can give.
    pub(in crate::altinn) fn covered(
        &self,
        resource: &ResourceId,
        right: &Right,
        others: OtherParts<'_>,
    ) -> Covered {
        let can_be_given = |right: &Right, others| {
            self.can_be_given(resource, Some(&right.action), &right.part, others)
        };
        let mut covered = Covered {
            rights: Vec::new(),
            is_complete: true,
        };
        // Each part is made once: of attributes in their order.
        let mut next = VecDeque::from([(right.clone(), 0)]);
        let mut looked_up = 0;
        while let Some((right, from)) = next.pop_front() {
            looked_up += 1;
            if looked_up > MOST_PARTS {
                covered.is_complete = false;
                break;
            }
            if can_be_given(&right, others) {
                covered.rights.push(right.clone());
            }
            let left = self.parts.iter().enumerate().skip(from);
            let mut left = left
                .filter(|(_, (id, _))| !right.part.iter().any(|(known, _)| **known == **id))
                .peekable();
            if left.peek().is_none() || !can_be_given(&right, OtherParts::Any) {
                continue;
            }
            for (place, (id, values)) in left {
                let room = (MOST_PARTS + 1).saturating_sub(next.len());
                let on = |value: &Arc<str>| right.clone().on(*id, value.clone());
                next.extend(values.iter().take(room).map(|value| (on(value), place + 1)));
            }
        }
        covered
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

/// The data types in which policies compare the names of parties.
const NAME_TYPES: [DataType; 3] = [DataType::String, DataType::AnyUri, DataType::Integer];

/// Whether a policy may deny anything; a policy set counts as one that may.
fn may_deny(document: &Document) -> bool {
    let Document::Policy(policy) = document else {
        return true;
    };
    let denies = |rule: &Rule| rule.effect == Effect::Deny;
    policy.combining_algorithm == DENY_UNLESS_PERMIT || policy.rules().any(denies)
}

/// Whether an attribute names a part of an app or the state of its instance.
fn is_part_of_app(kind: AttributeKind) -> bool {
    matches!(kind, AttributeKind::InstanceState | AttributeKind::AppPart)
}

pub(in crate::altinn) fn is_of_app(of: &Designator) -> bool {
    *of.category == *category::RESOURCE
        && id::kind(&of.category, &of.id).is_some_and(is_part_of_app)
}

/// Whether an attribute is a fact that a receiver lacks who has nothing but a delegation.
fn is_of_receiver(of: &Designator) -> bool {
    let kind = match &*of.category {
        category::ACCESS_SUBJECT => id::kind(&of.category, &of.id),
        _ => None,
    };
    kind.is_some_and(|kind| {
        let is_besides = matches!(
            kind,
            AttributeKind::EstateRole | AttributeKind::ResourceRight
        );
        of.issuer.is_none() && (is_besides || kind.is_of_acting())
    })
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
