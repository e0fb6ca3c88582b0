//! An in-memory register: every kind of fact, the rules for changing them, and snapshots for
//! readers.

mod acting;
mod chains;
mod change;
mod check_reason;
mod client;
mod delegated_parts;
mod delegation_check;
mod delegation_order;
mod derive;
mod feed;
mod given;
mod giving;
mod grant;
mod grantable;
mod holding;
mod in_force;
mod inquiry;
mod json;
mod list;
mod local_test;
mod parties;
mod power;
mod put;
mod record;
mod refusal;
mod request;
mod revoke;
mod rights;
mod several;
mod sources;
mod state;
mod suppose;
mod table;
mod valid;
mod who_may;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use change::Change;
pub use check_reason::CheckReason;
pub use client::ClientDelegationOrder;
pub use delegation_check::CheckedGrantable;
pub use delegation_order::DelegationOrder;
pub(in crate::altinn) use derive::Held;
pub use given::ListedDelegation;
pub use grantable::Grantable;
pub use holding::{Holding, NotDelegable, RightSourceType, Source};
pub use inquiry::{Holdings, OtherRight};
pub use local_test::LocalTestSet;
pub use parties::{AuthorizedParties, AuthorizedParty, PartyQuery};
pub use refusal::Refusal;
pub use request::{AccessRequest, RequestState};
pub use rights::ListedResourceRight;
pub use state::RecordId;
pub use who_may::{OwnUse, WhoMay};

use super::catalogue::Catalogue;
use super::fact::Moment;
use super::party::Party;
use chains::ChainWindows;
use state::RegisterState;

/// 1 June 2026 in Norway: the first instant at which Altinn II roles can no longer be delegated.
pub(super) const NO_NEW_ALTINN2_ROLES: Moment = Moment(1_780_264_800_000);

/// A register in memory: parties, roles, packages, delegations, resource rights, access lists,
/// resources and instances.
///
/// Cheap to clone: clones share one register. Readers take a [`Snapshot`], which never waits for a
/// change and never shows half of one. The register implements every source trait, so it can serve
/// a PDP as the source of each kind of fact.
#[derive(Clone)]
pub struct Register {
    inner: Arc<SharedState>,
}

struct SharedState {
    /// Locked for writing only while the pointer is replaced.
    current: RwLock<Arc<RegisterState>>,
    /// Locked by a writer from reading the old state to storing the new one.
    changing: Mutex<()>,
}

impl Register {
    /// Creates an empty register with the catalogue of this crate.
    pub fn new() -> Self {
        Self::with_catalogue(Catalogue::standard())
    }

    /// Creates an empty register with a catalogue of the host's.
    pub fn with_catalogue(catalogue: Catalogue) -> Self {
        Self::of(RegisterState::new(catalogue))
    }

    /// Returns a register with the facts of this one, which changes by itself.
    pub(in crate::altinn) fn copy(&self) -> Self {
        Self::of(RegisterState::clone(&self.snapshot().0))
    }

    /// Returns a register with the facts of this one but for client delegations; `None` if it has
    /// none.
    pub(in crate::altinn) fn without_agents(&self) -> Option<Self> {
        let state = self.snapshot().0;
        let has_some = state.clients.len() > 0;
        has_some.then(|| Self::of(state.without_clients()))
    }

    fn of(mut state: RegisterState) -> Self {
        state.chains = ChainWindows::of_unchanging();
        Self {
            inner: Arc::new(SharedState {
                current: RwLock::new(Arc::new(state)),
                changing: Mutex::new(()),
            }),
        }
    }

    /// Returns the current state; later changes do not alter it.
    pub fn snapshot(&self) -> Snapshot {
        // The lock is poisoned only by a panic while a pointer is replaced, which leaves it whole.
        let current = self.inner.current.read();
        Snapshot(current.unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Changes the register atomically: if `change` returns an error or panics, the register stays
    /// as it was. Readers see the old state until the change is complete.
    fn change<T, E>(
        &self,
        change: impl FnOnce(&mut RegisterState) -> Result<T, E>,
    ) -> Result<T, E> {
        let _alone = self
            .inner
            .changing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut state = (*self.snapshot().0).clone();
        let result = change(&mut state)?;
        state.chains = ChainWindows::of_unchanging();
        let new = Arc::new(state);
        let mut current = self
            .inner
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, new);
        drop(current);
        // Freed after the lock is released, in case this is the last reference.
        drop(old);
        Ok(result)
    }
}

impl Default for Register {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Register {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.snapshot(), f)
    }
}

/// An immutable state of a register, between two changes.
#[derive(Clone)]
pub struct Snapshot(Arc<RegisterState>);

impl Snapshot {
    /// The catalogue of the register.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// Returns all parties, in the order in which they came.
    pub fn parties(&self) -> Vec<Arc<Party>> {
        let parties = self.0.parties();
        parties.map(|(_, party)| party.clone()).collect()
    }

    /// Returns the roles and packages that a subject has for a party at an instant, for decisions.
    pub(in crate::altinn) fn held(&self, subject: &Party, party: &Party, at: Moment) -> Held {
        self.0.held(subject, party, at)
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Register")
            .field("parties", &self.0.next_party().0)
            .field("connections", &self.0.connections.len())
            .finish_non_exhaustive()
    }
}
