//! The places of policies in a store.

use crate::program::PolicyId;

/// Where policies stand.
#[derive(Default)]
pub(super) struct Ids {
    /// The next id of a policy that decides by itself. These are not used again: their order is that
    /// of the policies.
    pub(super) next: u32,
    /// Ids that are given to what has an order of its own: policies in place, those of the library,
    /// and links. Of those that are gone.
    pub(super) free: Vec<PolicyId>,
}

impl Ids {
    /// One after all others.
    pub(super) fn last(&mut self) -> PolicyId {
        let id = PolicyId(self.next);
        self.next = self.next.saturating_add(1);
        id
    }

    /// Any one.
    pub(super) fn any(&mut self) -> PolicyId {
        self.free.pop().unwrap_or_else(|| self.last())
    }

    pub(super) fn give_back(&mut self, id: PolicyId) {
        match id.0.checked_add(1) == Some(self.next) {
            true => self.next = id.0,
            false => self.free.push(id),
        }
    }
}
