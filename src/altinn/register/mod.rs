//! A register in memory: every kind of fact, the rules for changing them, and snapshots that
//! readers keep while a writer goes on.

mod change;
mod client;
mod derive;
mod feed;
mod giving;
mod grant;
mod in_force;
mod json;
mod list;
mod power;
mod put;
mod record;
mod refusal;
mod request;
mod revoke;
mod rights;
mod sources;
mod state;
mod table;
mod what;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use change::{Change, WhoMay};
pub use client::Serving;
pub(in crate::altinn) use derive::Held;
pub use giving::Giving;
pub use list::{Holding, Source};
pub use refusal::Refusal;
pub(in crate::altinn) use refusal::known_actions;
pub use request::{AccessRequest, RequestState};
pub use state::RecordId;
pub use what::What;

use super::catalogue::Catalogue;
use super::fact::Moment;
use super::party::Party;
use state::State;

/// 1 June 2026 in Norway: from then on Altinn II roles are no longer delegated.
pub(super) const NO_NEW_ALTINN2_ROLES: Moment = Moment(1_780_264_800_000);

/// Parties, roles, packages, delegations, resource rights, access lists, resources and instances,
/// in memory.
///
/// Cheap to clone: clones are the same register. Reading takes a [`Snapshot`], which never waits
/// for a change and never sees half of one. It implements every source trait, so that it can be
/// plugged in wherever one is asked for.
#[derive(Clone)]
pub struct Register {
    inner: Arc<Inner>,
}

struct Inner {
    /// Locked for writing only while one pointer is replaced by another.
    current: RwLock<Arc<State>>,
    /// Held by whoever changes the register, from reading the old state to putting the new one.
    changing: Mutex<()>,
}

impl Register {
    /// An empty register with the catalogue of this crate.
    pub fn new() -> Self {
        Self::with_catalogue(Catalogue::standard())
    }

    /// An empty register with a catalogue of the host's.
    pub fn with_catalogue(catalogue: Catalogue) -> Self {
        Self::of(State::new(catalogue))
    }

    fn of(state: State) -> Self {
        Self {
            inner: Arc::new(Inner {
                current: RwLock::new(Arc::new(state)),
                changing: Mutex::new(()),
            }),
        }
    }

    /// What the register says now. Later changes do not touch it.
    pub fn snapshot(&self) -> Snapshot {
        // A lock is poisoned only if a thread panicked while replacing a pointer: it is whole.
        let current = self.inner.current.read();
        Snapshot(current.unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Changes the register, wholly or not at all: when `change` returns an error, or panics, the
    /// register is as before. Readers see the old state until all is done.
    fn change<T, E>(&self, change: impl FnOnce(&mut State) -> Result<T, E>) -> Result<T, E> {
        let _alone = self
            .inner
            .changing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut state = (*self.snapshot().0).clone();
        let result = change(&mut state)?;
        let new = Arc::new(state);
        let mut current = self
            .inner
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, new);
        drop(current);
        // Freed after the lock is, should this be the last one to know it.
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

/// A register at one instant between two changes.
#[derive(Clone)]
pub struct Snapshot(Arc<State>);

impl Snapshot {
    /// The catalogue the register goes by.
    pub fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// Roles and packages at an instant, for the decision.
    pub(in crate::altinn) fn held(&self, subject: &Party, party: &Party, at: Moment) -> Held {
        self.0.held(subject, party, at)
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Register")
            .field("parties", &self.0.parties.len())
            .field("connections", &self.0.connections.len())
            .finish_non_exhaustive()
    }
}
