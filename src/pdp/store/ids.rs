//! The places of policies in a store.

use crate::program::PolicyId;

/// The allocator of places for policies.
#[derive(Default)]
pub(super) struct Ids {
    /// The next id of a root policy. Root policies combine in the order of their ids, so a freed id
    /// is never given to another root policy: a new one comes last.
    pub(super) next: u32,
    /// Freed ids, for nested policies, library documents and links, whose order has no meaning.
    pub(super) free: Vec<PolicyId>,
}

impl Ids {
    /// Allocates an id after all others.
    pub(super) fn last(&mut self) -> PolicyId {
        let id = PolicyId(self.next);
        self.next = self.next.saturating_add(1);
        id
    }

    /// Allocates a freed id, or else a new one.
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
