//! An outcome → the attributes that its decision read, each with its source, as a record needs
//! them.

use std::borrow::Cow;

use super::access_permitted::KeptRead;
use super::bind::{Bound, SlotState};
use super::dynamic_attribute::{DynamicAttribute, HeldValues};
use super::{AttributeRead, Context, FiredBy, Outcome};
use crate::attribute::Designator;
use crate::program::{Policy, PolicyId, Program, Root, SlotId};
use crate::request::Request;
use crate::value::DateTime;

/// An attribute that a decision read, and its source.
pub(crate) struct Recorded<'e> {
    pub(crate) read: AttributeRead<'e>,
    origin: Origin<'e>,
    context: &'e Context,
    request: &'e Request,
}

enum Origin<'e> {
    Slot(SlotId, &'e Bound),
    Dynamic(&'e DynamicAttribute),
    Inquiry(&'e KeptRead),
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

impl<'e> Recorded<'e> {
    pub(crate) fn supplied(&self) -> Supplied {
        match self.origin {
            Origin::Slot(slot, _) => Supplied::Slot(slot.index()),
            Origin::Dynamic(found) => Supplied::Provider(found.provider),
            Origin::Inquiry(_) => Supplied::Elsewhere,
        }
    }

    /// Whether the request contains the attribute.
    pub(crate) fn is_in_request(&self) -> bool {
        match self.origin {
            Origin::Slot(_, bound) => match bound.state {
                SlotState::Attribute { .. } | SlotState::Unusable { .. } => true,
                SlotState::Pool { .. } => {
                    !bound.is_clock() && has(self.request, self.read.designator)
                }
                _ => false,
            },
            Origin::Dynamic(found) => found.is_in_request(),
            Origin::Inquiry(_) => false,
        }
    }

    /// Whether its value is that of the clock.
    pub(crate) fn is_clock(&self) -> bool {
        matches!(self.origin, Origin::Slot(_, bound) if bound.is_clock())
    }

    /// The instant from which its provider may answer otherwise.
    pub(crate) fn ends(&self) -> Option<DateTime> {
        match self.origin {
            Origin::Slot(_, bound) => bound.ends(self.context),
            Origin::Dynamic(found) => found.ends(),
            Origin::Inquiry(kept) => kept.ends,
        }
    }

    /// Why it has no values, if its provider failed or the request's cannot be used.
    pub(crate) fn why(&self) -> Option<Cow<'e, str>> {
        let failure = |number: usize| {
            let failure = self.context.failures.get(number);
            failure.map(|failure| Cow::Borrowed(&*failure.why))
        };
        let unusable = |category: u32, place: u32| {
            let category = &self.request.categories()[category as usize];
            Some(Cow::Owned(category.unusable()[place as usize].to_string()))
        };
        match self.origin {
            Origin::Slot(_, bound) => match bound.state {
                SlotState::Failed(number) => failure(number as usize),
                SlotState::Unusable { category, place } => unusable(category, place),
                _ => None,
            },
            Origin::Dynamic(found) => match found.held {
                HeldValues::Failed(number) => failure(number),
                HeldValues::Unusable(category, place) => unusable(category, place),
                _ => None,
            },
            Origin::Inquiry(kept) => kept.failure.as_deref().map(Cow::Borrowed),
        }
    }
}

impl Context {
    /// The attributes that a decision on `request` read itself, not those of decisions that it
    /// asked for.
    pub(super) fn reads<'e>(
        &'e self,
        program: &'e Program,
        request: &'e Request,
    ) -> impl Iterator<Item = Recorded<'e>> {
        // A store is not searched by attributes that the request lacks; with them it would be. No
        // provider supplies these, or it would have been asked.
        let absent = program.asked_if_present();
        let absent = absent.filter(|slot| {
            let bound = self.slots.get(slot.index());
            bound.is_some_and(|bound| !bound.read.get())
        });
        let slots = self.notes.reads.iter().copied().chain(absent);
        let slots = slots.map(move |slot| {
            let bound = &self.slots[slot.index()];
            let read = AttributeRead {
                designator: &program.slots[slot.index()].designator,
                values: bound.state.values(request, &self.pool, &self.shared),
                failed: matches!(
                    bound.state,
                    SlotState::Failed(_) | SlotState::Unusable { .. }
                ),
            };
            (read, Origin::Slot(slot, bound))
        });
        let dynamic = self.dynamic_attributes.all.iter();
        let dynamic = dynamic.map(move |(designator, found)| {
            (found.read(designator, request), Origin::Dynamic(found))
        });
        slots.chain(dynamic).map(move |(read, origin)| Recorded {
            read,
            origin,
            context: self,
            request,
        })
    }
}

impl Outcome<'_> {
    /// The attributes that the decision read, those of decisions that it asked for included.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = Recorded<'_>> {
        let inquiries = self.context.inquiries.iter();
        let by_others = inquiries.flat_map(|inquiry| &inquiry.read);
        let by_others = by_others.map(|kept| Recorded {
            read: kept.read(),
            origin: Origin::Inquiry(kept),
            context: &*self.context,
            request: self.request,
        });
        let own = self.context.reads(self.program, self.request);
        own.chain(by_others)
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
