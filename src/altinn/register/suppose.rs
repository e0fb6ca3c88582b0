//! A role, a package or another fact as if it were there, whoever could give it, for answers to what
//! would be enough; and a deleted party as if it existed, for lists.

use std::sync::Arc;

use super::Snapshot;
use super::change::Change;
use super::refusal::Refusal;
use super::state::{HeldRight, RecordId, RecordOrigin, RegisterState};
use crate::altinn::fact::{Moment, Window};
use crate::altinn::id::ESTATE_PREFIX;
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::ResourceId;

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

    /// Adds a role that somebody would have in the estate of a person, if there is one of this name.
    pub(in crate::altinn) fn suppose_estate_role(
        &mut self,
        from: &PartyKey,
        to: &PartyKey,
        role: &str,
    ) -> Result<(), Refusal> {
        let of = self.state.existing(from)?;
        let is_person = |party: &Arc<Party>| party.kind == PartyKind::Person;
        // By another name it is a role of the catalogue, or none.
        if !role.starts_with(ESTATE_PREFIX) || !self.state.party(of).is_some_and(is_person) {
            return Err(Refusal::Nothing);
        }
        self.register_role(from, to, role, Window::ALWAYS)
    }

    /// Adds a resource right that a party would have, by its type and its value.
    pub(in crate::altinn) fn suppose_resource_right(
        &mut self,
        resource: &ResourceId,
        party: &PartyKey,
        (rights_type, rights_value): (&str, &str),
    ) -> Result<(), Refusal> {
        let party = self.state.living(party)?;
        let right = HeldRight {
            id: RecordId(u64::MAX),
            performed_by: None,
            rights_type: rights_type.into(),
            rights_value: rights_value.into(),
            window: Window::ALWAYS,
        };
        self.state.put_right(resource.clone(), party, right);
        Ok(())
    }
}
