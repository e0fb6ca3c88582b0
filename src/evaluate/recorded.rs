//! An outcome → the attributes that its decision read, each with its source, as a record needs
//! them.

use super::bind::SlotState;
use super::dynamic_attribute::HeldValues;
use super::{AttributeRead, FiredBy, Outcome};
use crate::attribute::Designator;
use crate::program::{Policy, PolicyId, Root};
use crate::request::Request;
use crate::value::DateTime;

/// An attribute that a decision read.
pub(crate) struct Recorded<'e> {
    pub(crate) read: AttributeRead<'e>,
    pub(crate) supplied: Supplied,
    /// The request contains the attribute.
    pub(crate) is_in_request: bool,
    /// Its value is that of the clock.
    pub(crate) is_clock: bool,
    /// The instant from which its provider may answer otherwise.
    pub(crate) ends: Option<DateTime>,
    /// The failure of its provider, if it failed.
    pub(crate) why: Option<&'e str>,
}

/// The source of an attribute that the request lacks.
#[derive(Clone, Copy)]
pub(crate) enum Supplied {
    /// The provider of a slot.
    Slot(usize),
    /// A provider by its place, of an attribute that has no slot.
    Provider(Option<usize>),
    /// It was read by another decision, which `access-permitted` asked for.
    Elsewhere,
}

impl Outcome<'_> {
    /// The attributes that the decision read, in the order of [`attributes_read`](Self::attributes_read).
    pub(crate) fn recorded(&self) -> impl Iterator<Item = Recorded<'_>> {
        let context = &*self.context;
        let failure = |number: usize| context.failures.get(number).map(|failure| &*failure.why);
        let slots = context.notes.reads.iter().map(move |slot| {
            let bound = &context.slots[slot.index()];
            let designator = &self.program.slots[slot.index()].designator;
            let (pool, shared) = (&context.pool, &context.shared);
            let is_clock = bound.is_clock();
            Recorded {
                read: AttributeRead {
                    designator,
                    values: bound.state.values(self.request, pool, shared),
                    failed: matches!(
                        bound.state,
                        SlotState::Failed(_) | SlotState::Unusable { .. }
                    ),
                },
                supplied: Supplied::Slot(slot.index()),
                is_in_request: match bound.state {
                    SlotState::Attribute { .. } | SlotState::Unusable { .. } => true,
                    SlotState::Pool { .. } => !is_clock && has(self.request, designator),
                    _ => false,
                },
                is_clock,
                ends: bound.ends(context),
                why: match bound.state {
                    SlotState::Failed(number) => failure(number as usize),
                    _ => None,
                },
            }
        });
        let unnamed = context
            .dynamic_attributes
            .all
            .values()
            .zip(context.dynamic_attributes.read(self.request));
        let unnamed = unnamed.map(move |(found, read)| Recorded {
            supplied: Supplied::Provider(found.provider),
            is_in_request: match &found.held {
                HeldValues::InRequest(..) | HeldValues::Unusable(..) => true,
                HeldValues::Values(values) => found.provider.is_none() && !values.is_empty(),
                HeldValues::Pending | HeldValues::Failed(_) => false,
            },
            is_clock: false,
            ends: found.valid_until,
            why: match found.held {
                HeldValues::Failed(number) => failure(number),
                _ => None,
            },
            read,
        });
        let inquiries = context.inquiries.iter();
        let by_others = inquiries.flat_map(|inquiry| inquiry.read().zip(inquiry.failures()));
        let by_others = by_others.map(|(read, why)| Recorded {
            supplied: Supplied::Elsewhere,
            is_in_request: false,
            is_clock: false,
            ends: None,
            why,
            read,
        });
        slots.chain(unnamed).chain(by_others)
    }

    /// The instant of the decision, if an attribute took it or the zone of it mattered.
    pub(crate) fn instant(&self) -> Option<DateTime> {
        let of_zone = || self.context.zone_read_at_all();
        self.context.instant.or_else(of_zone)
    }

    /// The policies of the rules, obligations and advice that fired, those whose combining algorithm
    /// decided by itself, and the root policy, each once.
    pub(crate) fn policies_behind(&self) -> impl Iterator<Item = &Policy> {
        let mut policies: Vec<PolicyId> = Vec::new();
        let fired = self.fired().map(|what| match what {
            FiredBy::Rule(policy, _)
            | FiredBy::Policy(policy)
            | FiredBy::Obligation { policy, .. } => *policy,
        });
        let root = match &self.program.root {
            Root::Policy(root) => Some(*root),
            Root::Store(_) => None,
        };
        for policy in fired.chain(root) {
            if !policies.contains(&policy) {
                policies.push(policy);
            }
        }
        let policies = policies.into_iter().map(|id| self.program.policy(id));
        // The nameless set of several roots is no policy of the host's.
        policies.filter(|policy| !policy.id.is_empty())
    }
}

/// Whether the request has a value of an attribute.
pub(super) fn has(request: &Request, wanted: &Designator) -> bool {
    let categories = request.categories().iter();
    let own = categories.filter(|attributes| attributes.category == wanted.category);
    let mut own = own.flat_map(|attributes| &attributes.attributes);
    own.any(|attribute| {
        attribute.id == wanted.id
            && (wanted.issuer.is_none() || attribute.issuer == wanted.issuer)
            && attribute
                .values
                .iter()
                .any(|v| v.data_type() == wanted.data_type)
    })
}
