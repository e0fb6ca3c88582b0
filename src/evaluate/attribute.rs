//! Slots → their values, perhaps none, or the reason why these are not known (§7.3).

use super::Pass;
use super::bind::{Bag, Bound, SlotState};
use super::cause::{Cause, Stop};
use crate::function::FunctionError;
use crate::program::{AttributeBag, SlotId};
use crate::provider::SharedValues;
use crate::request::UnusableAttribute;
use crate::value::key::Keys;

impl<'e> Pass<'e> {
    /// Returns the state of a slot, and records that the decision read it.
    #[inline]
    pub(super) fn look_at(&self, slot: SlotId) -> &'e Bound {
        let bound = &self.slots[slot.index()];
        if !bound.read.replace(true) {
            self.notes.borrow_mut().reads.push(slot);
        }
        bound
    }

    /// The index of a bag, if it has one.
    pub(super) fn shared(&self, state: SlotState) -> Option<&'e SharedValues> {
        match state {
            SlotState::Shared(shared) => self.shared.get(shared as usize),
            _ => None,
        }
    }

    /// The bag of a slot (§7.3.5).
    pub(super) fn bag(&self, bag: AttributeBag) -> Result<Bag<'e>, Stop> {
        let AttributeBag {
            slot,
            must_be_present,
        } = bag;
        let state = self.state(slot)?;
        let bag = state.bag(self.request, self.pool, self.shared);
        if bag.values.is_empty() && must_be_present {
            return Err(Cause::Missing(slot).into());
        }
        Ok(bag)
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
        if !self.doubting.get() && !self.slots[slot.index()].met.replace(true) {
            self.notes.borrow_mut().needs.push(slot);
        }
        Err(Stop::Open)
    }

    /// The stop of an attribute of the request whose value cannot be used: it breaks the syntax of
    /// its data type, or of all (B.8).
    #[cold]
    pub(super) fn unusable(&self, category: u32, place: u32) -> Stop {
        let category = &self.request.categories()[category as usize];
        let UnusableAttribute { id, reason, .. } = &category.unusable()[place as usize];
        let category = &category.category;
        let message =
            format!("the attribute `{id}` of category `{category}` cannot be used: it {reason}");
        self.failed(None, FunctionError::syntax(message))
    }

    /// The keys of the values of a state.
    #[inline]
    pub(super) fn keys_of(&self, state: SlotState) -> &'e [Keys] {
        state.keys(self.request_keys, self.pool, self.shared)
    }

    /// The keys of a slot's values; nothing if they are not known, or not to be known.
    pub(super) fn keys(&self, slot: SlotId) -> Option<&'e [Keys]> {
        let bound = &self.slots[slot.index()];
        match bound.state {
            SlotState::Unbound if self.settings.provider(slot).is_some() => return None,
            SlotState::Failed(_) | SlotState::Unusable { .. } => return None,
            _ => {}
        }
        self.look_at(slot);
        Some(self.keys_of(bound.state))
    }
}
