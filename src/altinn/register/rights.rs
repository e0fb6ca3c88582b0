//! The resource rights registry: service owners give parties rights to their resources.

use std::sync::Arc;

use super::Snapshot;
use super::change::{Change, not_empty};
use super::refusal::Refusal;
use super::state::{HeldRight, PartyNo, RecordId, RecordPlace, RegisterState};
use super::valid;
use crate::altinn::fact::Moment;
use crate::altinn::facts::{ResourceRight, WindowState};
use crate::altinn::party::PartyKey;
use crate::altinn::resource::{Resource, ResourceId, ServiceEdition};
use crate::value::DateTime;

/// A resource right in a list, with its number and its place in time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ListedResourceRight {
    /// The number of the record.
    pub id: RecordId,
    /// The right.
    pub right: ResourceRight,
    /// Whether the right is to come, holds or has expired at the instant of the list.
    pub state: WindowState,
}

impl Change<'_, '_> {
    /// Gives a party a resource right; returns the number of the record.
    ///
    /// ```
    /// use vedtak::altinn::facts::ResourceRight;
    /// use vedtak::altinn::resource::{Resource, ResourceId};
    /// use vedtak::altinn::{Party, PartyKey, Register};
    ///
    /// let register = Register::new();
    /// let fishing = ResourceId::new("fdir-kvoter");
    /// let boat = PartyKey::organisation("910000001");
    /// let right =
    ///     ResourceRight::new(fishing.clone(), boat.clone(), "urn:resourceright:action", "read");
    /// register.update(|change| {
    ///     change.party(Party::new(boat.clone(), "HAVGULL AS"))?;
    ///     change.resource(Resource::new(fishing.clone(), "fdir").with_resource_rights())?;
    ///     change.add_resource_right("fdir", right)
    /// })?;
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// assert_eq!(register.snapshot().visible_resources(&boat, now).len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The resource is not the owner's; a party or the resource is unknown; the type or the value is
    /// blank; the window is empty.
    pub fn add_resource_right(
        &mut self,
        owner: &str,
        right: ResourceRight,
    ) -> Result<RecordId, Refusal> {
        let (party, held) = self.resource_right(owner, &right)?;
        let id = self.state.new_id()?;
        let held = HeldRight { id, ..held };
        self.state.put_right(right.resource, party, held);
        Ok(id)
    }

    /// Replaces a resource right by another, under the same number.
    ///
    /// # Errors
    ///
    /// The owner has given no right of this number; the new resource is not the owner's; a party or
    /// the resource is unknown; the window is empty.
    pub fn update_resource_right(
        &mut self,
        owner: &str,
        id: RecordId,
        right: ResourceRight,
    ) -> Result<(), Refusal> {
        self.owns_right(owner, id)?;
        let (party, held) = self.resource_right(owner, &right)?;
        self.state.take_right(id);
        let held = HeldRight { id, ..held };
        self.state.put_right(right.resource, party, held);
        Ok(())
    }

    /// Deletes a resource right.
    ///
    /// # Errors
    ///
    /// The owner has given no right of this number.
    pub fn delete_resource_right(&mut self, owner: &str, id: RecordId) -> Result<(), Refusal> {
        self.owns_right(owner, id)?;
        self.state.take_right(id);
        Ok(())
    }

    fn owns_right(&self, owner: &str, id: RecordId) -> Result<(), Refusal> {
        match self.state.places.get(&id) {
            Some(RecordPlace::Right { resource, .. }) if self.owns(owner, resource).is_ok() => {
                Ok(())
            }
            // Another owner does not learn whose it is.
            _ => Err(Refusal::NotFound(id)),
        }
    }

    fn owns(&self, owner: &str, resource: &ResourceId) -> Result<(), Refusal> {
        let known = self.state.resource_named(resource)?;
        if *known.owner != *owner {
            return Err(Refusal::NotOwner {
                resource: resource.clone(),
                owner: known.owner.clone(),
                by: owner.into(),
            });
        }
        Ok(())
    }

    /// Returns the right in the form of the register, with the number 0 until one is assigned.
    fn resource_right(
        &self,
        owner: &str,
        right: &ResourceRight,
    ) -> Result<(PartyNo, HeldRight), Refusal> {
        self.owns(owner, &right.resource)?;
        let party = self.state.existing(&right.party)?;
        let performed_by = right.performed_by.as_ref();
        let performed_by = performed_by
            .map(|person| self.state.existing(person))
            .transpose()?;
        valid::word("type of the right", &right.rights_type)?;
        valid::word("value of the right", &right.rights_value)?;
        let held = HeldRight {
            id: RecordId(0),
            performed_by,
            rights_type: right.rights_type.clone(),
            rights_value: right.rights_value.clone(),
            window: not_empty(right.window)?,
        };
        Ok((party, held))
    }
}

impl Snapshot {
    /// Returns the resource rights for a resource: those that hold at an instant, those to come and
    /// those that have expired. There are none of deleted parties.
    pub fn resource_rights_of(
        &self,
        resource: &ResourceId,
        at: DateTime,
    ) -> Vec<ListedResourceRight> {
        let parties = self.0.rights_by_resource.get(resource).into_iter();
        let mut rights = Vec::new();
        for party in parties.flat_map(|parties| parties.iter()) {
            rights.extend(self.0.rights_at(resource, *party, at));
        }
        rights
    }

    /// Returns the resource rights of a party: those that hold at an instant, those to come and
    /// those that have expired. A deleted party has none.
    pub fn resource_rights_for(&self, party: &PartyKey, at: DateTime) -> Vec<ListedResourceRight> {
        let Some(party) = self.0.number(party) else {
            return Vec::new();
        };
        let resources = self.0.rights_by_party.get(&party).into_iter();
        let mut rights = Vec::new();
        for resource in resources.flat_map(|resources| resources.iter()) {
            rights.extend(self.0.rights_at(resource, party, at));
        }
        rights
    }

    /// Returns the resources visible to a party at an instant, in the order of their ids: all but
    /// those that require a resource right of which it has none.
    pub fn visible_resources(&self, party: &PartyKey, at: DateTime) -> Vec<Arc<Resource>> {
        let number = self.0.number(party);
        let resources = self.0.resources.iter().map(|(_, resource)| resource);
        let mut visible = Vec::from_iter(resources.filter(|resource| {
            !resource.requires_resource_right
                || number.is_some_and(|party| self.0.has_resource_right(resource, party, at))
        }));
        visible.sort_by(|one, other| one.id.cmp(&other.id));
        visible.into_iter().cloned().collect()
    }

    /// Returns the resource that is an edition of a service of Altinn II, for orders that name it by its
    /// codes; `None` if the register has none. Of several it is the first by their ids.
    ///
    /// ```
    /// use vedtak::altinn::Register;
    /// use vedtak::altinn::resource::{Resource, ResourceId, ServiceEdition};
    /// let register = Register::new();
    /// let service = ServiceEdition::new("5123", 1);
    /// register.update(|change| {
    ///     change.resource(Resource::new(ResourceId::new("se_5123_2"), "ttd"))?;
    ///     change.resource(Resource::new(ResourceId::new("ttd-brev"), "ttd").of_altinn2(service.clone()))
    /// })?;
    /// let snapshot = register.snapshot();
    /// let found = snapshot.resource_of_service(&service).expect("is there");
    /// assert_eq!(found.id.as_str(), "ttd-brev");
    /// assert!(snapshot.resource_of_service(&ServiceEdition::new("5123", 2)).is_some());
    /// assert!(snapshot.resource_of_service(&ServiceEdition::new("5123", 3)).is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resource_of_service(&self, service: &ServiceEdition) -> Option<Arc<Resource>> {
        let resources = self.0.resources.iter().map(|(_, resource)| resource);
        let of_service = resources.filter(|one| one.altinn2_service.as_ref() == Some(service));
        of_service
            .min_by(|one, other| one.id.cmp(&other.id))
            .cloned()
    }
}

impl RegisterState {
    fn rights_at(
        &self,
        resource: &ResourceId,
        party: PartyNo,
        at: DateTime,
    ) -> impl Iterator<Item = ListedResourceRight> {
        let rights = self.rights.get(&(resource.clone(), party));
        let rights = rights.filter(|_| !self.is_gone(party)).into_iter();
        let rights = rights.flat_map(|rights| rights.iter());
        rights.map(move |held| ListedResourceRight {
            id: held.id,
            state: held.window.state(at),
            right: ResourceRight {
                resource: resource.clone(),
                party: self.key(party),
                performed_by: held.performed_by.map(|person| self.key(person)),
                rights_type: held.rights_type.clone(),
                rights_value: held.rights_value.clone(),
                window: held.window,
            },
        })
    }

    /// Whether a party has any right to a resource at an instant.
    pub(super) fn has_resource_right(
        &self,
        resource: &Resource,
        party: PartyNo,
        at: DateTime,
    ) -> bool {
        let at = Moment::of(&at);
        let rights = self.rights.get(&(resource.id.clone(), party));
        let has_one =
            rights.is_some_and(|rights| rights.iter().any(|right| right.window.holds(at)));
        has_one && !self.is_gone(party)
    }
}
