//! Slots → their values, perhaps none, or the reason why these are not known (§7.3).

use super::Pass;
use super::bind::{Bound, SlotState};
use super::cause::{Cause, Stop};
use crate::function::FunctionError;
use crate::program::{AttributeBag, SlotId};
use crate::request::UnusableAttribute;
use crate::value::Value;
use crate::value::key::Keys;

impl<'e> Pass<'e> {
    /// Returns the state of a slot, and records that the decision read it.
    #[inline]
    pub(super) fn look_at(&self, slot: SlotId) -> &'e Bound {
        let bound = &self.bindings.slots[slot.index()];
        if !bound.read.replace(true) {
            self.notes.borrow_mut().reads.push(slot);
        }
        bound
    }

    /// The values of an attribute (§7.3.5).
    pub(super) fn bag(&self, bag: AttributeBag) -> Result<&'e [Value], Stop> {
        let values = self.bindings.values(self.state(bag.slot)?);
        if values.is_empty() && bag.must_be_present {
            return Err(Cause::Missing(bag.slot).into());
        }
        Ok(values)
    }

    /// The state of an attribute's slot, and the keys of its values (§7.3.5).
    #[inline]
    pub(super) fn keyed(&self, bag: AttributeBag) -> Result<(SlotState, &'e [Keys]), Stop> {
        let state = self.state(bag.slot)?;
        let keys = self.bindings.keys(state);
        if keys.is_empty() && bag.must_be_present {
            return Err(Cause::Missing(bag.slot).into());
        }
        Ok((state, keys))
    }

    /// The state of a slot whose values, perhaps none, are known; an error if they are not, because
    /// the slot is open, failed or unusable.
    #[inline]
    pub(super) fn state(&self, slot: SlotId) -> Result<SlotState, Stop> {
        let bound = self.look_at(slot);
        match bound.state {
            known @ SlotState::Attribute { .. } => Ok(known),
            SlotState::Unbound => self.unbound(slot),
            SlotState::Failed(failure) => Err(Cause::Provider(failure).into()),
            SlotState::Unusable { category, place } => Err(self.unusable(category, place)),
            known => Ok(known),
        }
    }

    #[inline(never)]
    pub(super) fn unbound(&self, slot: SlotId) -> Result<SlotState, Stop> {
        if self.settings.provider(slot).is_none() {
            return Ok(SlotState::Unbound);
        }
        if !self.questions.doubting.get() && !self.bindings.slots[slot.index()].met.replace(true) {
            self.notes.borrow_mut().needs.push(slot);
        }
        Err(Stop::Open)
    }

    /// The stop of an attribute of the request whose value cannot be used: it breaks the syntax of
    /// its data type, or of all (B.8).
    #[cold]
    pub(super) fn unusable(&self, category: u32, place: u32) -> Stop {
        let category = &self.bindings.request.categories()[category as usize];
        let UnusableAttribute { id, reason, .. } = &category.unusable()[place as usize];
        let category = &category.category;
        let message =
            format!("the attribute `{id}` of category `{category}` cannot be used: it {reason}");
        self.failed(None, FunctionError::syntax(message))
    }

    /// The keys of a slot's values; nothing if they are not known, or not to be known.
    #[inline]
    pub(super) fn keys(&self, slot: SlotId) -> Option<&'e [Keys]> {
        let bound = &self.bindings.slots[slot.index()];
        match bound.state {
            SlotState::Unbound if self.settings.provider(slot).is_some() => return None,
            SlotState::Failed(_) | SlotState::Unusable { .. } => return None,
            _ => {}
        }
        self.look_at(slot);
        Some(self.bindings.keys(bound.state))
    }
}
