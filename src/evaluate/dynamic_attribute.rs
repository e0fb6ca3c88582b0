//! Attributes without slots, whose names policies compute during evaluation → their values, or
//! needs for them. They are kept here as a decision meets them. Those that the request lacks are
//! fetched from providers like any other attribute.
//!
//! Their needs carry numbers behind those of the program's slots, in the order in which they were
//! met.

use std::sync::Arc;

use indexmap::IndexMap;

use super::{AttributeRead, Context, DecisionSettings, Flag, bind};
use crate::attribute::Designator;
use crate::program::{Program, SlotId};
use crate::provider::{Fetched, Need, ProviderError};
use crate::request::Request;
use crate::value::{DateTime, Value, Zone};

/// The attributes of computed names that one decision has met, in order.
#[derive(Default)]
pub(super) struct DynamicAttributes {
    pub(super) all: IndexMap<Designator, DynamicAttribute>,
}

pub(super) struct DynamicAttribute {
    pub(super) held: HeldValues,
    pub(super) provider: Option<usize>,
    /// The attribute was pending and is among the needs.
    pub(super) met: Flag,
    /// The instant from which its provider may answer otherwise.
    pub(super) valid_until: Option<DateTime>,
}

/// The values of an attribute so far, or the reason why it has none.
#[derive(Clone)]
pub(super) enum HeldValues {
    /// All values of one attribute of the request, by the places of its category and of itself.
    InRequest(usize, usize),
    /// Values from several places of the request, or from a provider; perhaps none.
    Values(Arc<[Value]>),
    /// An attribute of the request whose value cannot be used, by the places of its category and of
    /// itself.
    Unusable(u32, u32),
    /// Its provider has not answered yet.
    Pending,
    /// Its provider failed, with the failure of this number in the context.
    Failed(usize),
}

impl DynamicAttributes {
    pub(super) fn clear(&mut self) {
        // Testing for an empty map is cheaper than clearing it.
        if !self.all.is_empty() {
            self.all.clear();
        }
    }

    /// Marks every attribute as not yet met in the new pass.
    pub(super) fn begin_pass(&mut self) {
        for found in self.all.values() {
            found.met.set(false);
        }
    }

    /// The attribute of a slot that is none of the program's.
    pub(super) fn designator(&self, program: &Program, slot: SlotId) -> Option<&Designator> {
        let place = slot.index().checked_sub(program.slots.len())?;
        Some(self.all.get_index(place)?.0)
    }

    /// The need of a slot that is none of the program's.
    pub(super) fn need(&self, program: &Program, slot: SlotId) -> Option<Need> {
        let place = slot.index().checked_sub(program.slots.len())?;
        let (designator, found) = self.all.get_index(place)?;
        Some(Need {
            designator: designator.clone(),
            provider: found.provider?,
            slot: slot.0,
            inquiry: None,
            request: None,
        })
    }
}

impl DynamicAttribute {
    pub(super) fn read<'r>(
        &'r self,
        designator: &'r Designator,
        request: &'r Request,
    ) -> AttributeRead<'r> {
        AttributeRead {
            designator,
            values: match &self.held {
                HeldValues::InRequest(category, attribute) => {
                    &request.categories()[*category].attributes[*attribute].values
                }
                HeldValues::Values(values) => values,
                HeldValues::Pending | HeldValues::Failed(_) | HeldValues::Unusable(..) => &[],
            },
            failed: matches!(self.held, HeldValues::Failed(_) | HeldValues::Unusable(..)),
        }
    }

    /// Whether the request contains the attribute.
    pub(super) fn is_in_request(&self) -> bool {
        match &self.held {
            HeldValues::InRequest(..) | HeldValues::Unusable(..) => true,
            HeldValues::Values(values) => self.provider.is_none() && !values.is_empty(),
            HeldValues::Pending | HeldValues::Failed(_) => false,
        }
    }

    /// The instant from which its provider may answer otherwise.
    pub(super) fn ends(&self) -> Option<DateTime> {
        match self.held {
            HeldValues::Failed(_) => DateTime::from_unix(0, 0, Zone::UTC),
            HeldValues::Values(_) => self.valid_until,
            HeldValues::InRequest(..) | HeldValues::Unusable(..) | HeldValues::Pending => None,
        }
    }
}

/// Binds the answer to the need of a slot that is none of the program's.
pub(super) fn supply(
    context: &mut Context,
    program: &Program,
    settings: &DecisionSettings<'_>,
    need: &Need,
    answer: Result<Fetched, ProviderError>,
) {
    let place = (need.slot as usize).checked_sub(program.slots.len());
    let known = place.and_then(|place| context.dynamic_attributes.all.get_index_mut(place));
    let Some((designator, found)) = known else {
        return;
    };
    if !matches!(found.held, HeldValues::Pending) || *designator != need.designator {
        return;
    }
    let most = settings.limits().attribute_values;
    let checked = answer.map_err(|error| error.to_string());
    let checked = checked.and_then(|fetched| {
        let why = bind::unfit(&fetched, designator, most);
        why.map_or(Ok(fetched), Err)
    });
    found.held = match checked {
        Ok(fetched) => {
            found.valid_until = fetched.valid_until();
            HeldValues::Values(fetched.values().into())
        }
        Err(why) => {
            let failure = settings.failure(need.provider, &need.designator, why);
            context.failures.push(failure);
            HeldValues::Failed(context.failures.len() - 1)
        }
    };
}
