//! Delegations made elsewhere → records.

use crate::altinn::delegation::Delegation;
use crate::altinn::fact::Window;
use crate::altinn::level::MinimumLevel;
use crate::altinn::register::change::{Change, not_empty};
use crate::altinn::register::refusal::Refusal;
use crate::altinn::register::state::{RecordId, RecordOrigin, RecordPlace, ResourceDelegation};
use crate::altinn::register::valid;

impl Change<'_, '_> {
    /// Adds a delegation that was made elsewhere, such as one read by
    /// [`Delegation::from_policy`](crate::altinn::delegation::Delegation::from_policy); returns the
    /// number of the record. It replaces earlier ones of the resource, or of the same instance, by
    /// the same giver to the same receiver, that were added so; one without rights only removes
    /// them, and returns `None`. What was delegated on from them ends with them.
    ///
    /// The giver counts as the one who made it, at an unknown time. The register does not keep the
    /// identifier of the delegation.
    ///
    /// ```
    /// use vedtak::altinn::delegation::Delegation;
    /// use vedtak::altinn::resource::{Resource, ResourceId};
    /// use vedtak::altinn::{Party, PartyKey, Register};
    ///
    /// let register = Register::new();
    /// let (fjell, ola) = (PartyKey::Id(50001), PartyKey::User(201));
    /// let letters = ResourceId::new("ttd-brev");
    /// let given = Delegation::new("1", letters.clone(), fjell.clone(), ola.clone()).right("read");
    /// register.update(|change| {
    ///     change.party(Party::new(fjell.clone(), "FJELL AS"))?;
    ///     change.party(Party::new(ola.clone(), "OLA"))?;
    ///     change.resource(Resource::new(letters, "ttd"))?;
    ///     change.put_delegation(&given)
    /// })?;
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// assert_eq!(register.snapshot().rights_of(&ola, &fjell, now).len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A party or the resource is unknown; the giver is the receiver; the window is empty; the
    /// delegation requires an authentication level, or is one service out of a package, which the
    /// register would not keep.
    pub fn put_delegation(&mut self, delegation: &Delegation) -> Result<Option<RecordId>, Refusal> {
        let (from, to) = self.two(&delegation.from, &delegation.to)?;
        self.state.resource_named(&delegation.resource)?;
        let stated = not_empty(delegation.window)?;
        if delegation.level != MinimumLevel::default() {
            return Err(Refusal::DelegationWithLevel(delegation.id.clone()));
        }
        if delegation.out_of.is_some() {
            return Err(Refusal::DelegationOutOfPackage(delegation.id.clone()));
        }
        let rights = valid::rights(delegation.instance.as_ref(), &delegation.rights)?;
        let place = (from, delegation.resource.clone());
        let earlier = self.state.delegated.get(&place).into_iter();
        let earlier = earlier.flat_map(|earlier| earlier.iter());
        let unknown = Window::ALWAYS.from;
        let earlier = earlier.filter(|other| {
            let grant = &other.grant;
            let is_put = grant.by == from && grant.at == unknown && grant.on_from.is_none();
            other.to == to && other.instance == delegation.instance && is_put
        });
        for id in Vec::from_iter(earlier.map(|other| other.grant.id)) {
            self.state.take_record(id);
        }
        if rights.is_empty() {
            return Ok(None);
        }
        let (from, resource) = place;
        let id = self.state.new_record(RecordPlace::Delegation {
            from,
            resource: resource.clone(),
        })?;
        self.state.put_delegation(ResourceDelegation {
            resource,
            instance: delegation.instance.clone(),
            from,
            to,
            rights,
            stated,
            grant: RecordOrigin {
                id,
                by: from,
                at: unknown,
                on_from: None,
            },
            out_of: None,
        });
        Ok(Some(id))
    }
}
