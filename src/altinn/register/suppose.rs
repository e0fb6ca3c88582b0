//! A role or a package as if somebody had it, whoever could give it, for answers to what would be
//! enough; and a deleted party as if it existed, for lists.

use std::sync::Arc;

use super::Snapshot;
use super::change::Change;
use super::refusal::Refusal;
use super::state::{RecordId, RecordOrigin, RegisterState};
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{Party, PartyKey};

impl Snapshot {
    /// Returns the facts as they would be if a party were not deleted, and the party.
    pub(super) fn supposing_it_exists(&self, party: &Arc<Party>) -> (Self, Arc<Party>) {
        let mut living = Party::clone(party);
        living.is_deleted = false;
        let mut state = RegisterState::clone(&self.0);
        let number = state.find(party);
        if let Some(number) = number {
            state.set_party(number, living.clone());
        }
        let known = number.and_then(|number| state.party(number)).cloned();
        let living = known.unwrap_or_else(|| Arc::new(living));
        (Self(Arc::new(state)), living)
    }
}

impl Change<'_, '_> {
    /// Adds a role that somebody would have, if she can have it at all.
    pub(in crate::altinn) fn suppose_role(
        &mut self,
        from: &PartyKey,
        to: &PartyKey,
        role: &str,
    ) -> Result<(), Refusal> {
        self.register_role(from, to, role, Window::ALWAYS)
            .or_else(|_| self.import_role(from, to, role, Window::ALWAYS))
    }

    /// Adds a package that somebody would have, if it is for the affairs of this party.
    pub(in crate::altinn) fn suppose_package(
        &mut self,
        from: &PartyKey,
        to: &PartyKey,
        package: &str,
    ) -> Result<(), Refusal> {
        let state = &mut *self.state;
        let (from, to) = (state.living(from)?, state.living(to)?);
        if from == to {
            let name = state.called(from);
            return Err(Refusal::ToItself { name });
        }
        let package = state.package_named(package)?;
        state.package_fits(package, from)?;
        let grant = RecordOrigin {
            id: RecordId(u64::MAX),
            by: from,
            at: Moment(i64::MIN),
            on_from: None,
        };
        state.put_package(to, from, package, Window::ALWAYS, grant);
        Ok(())
    }
}
