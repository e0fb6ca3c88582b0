//! Several delegations or revocations in one call: all or none.

use super::change::Change;
use super::delegation_order::DelegationOrder;
use super::grantable::Grantable;
use super::refusal::Refusal;
use super::state::RecordId;
use crate::altinn::party::PartyKey;
use crate::value::DateTime;

impl Change<'_, '_> {
    /// Delegates a role, a package or rights; returns the number of the record.
    ///
    /// # Errors
    ///
    /// Those of [`delegate_role`](Self::delegate_role),
    /// [`delegate_package`](Self::delegate_package) or
    /// [`delegate_resource`](Self::delegate_resource).
    pub fn delegate(
        &mut self,
        order: &DelegationOrder,
        what: &Grantable,
    ) -> Result<RecordId, Refusal> {
        match what {
            Grantable::Role(role) => self.delegate_role(order, role),
            Grantable::Package(package) => self.delegate_package(order, package),
            Grantable::Resource {
                resource,
                instance,
                rights,
            } => self.delegate_resource(order, resource, instance.as_ref(), rights),
        }
    }

    /// Delegates several roles, packages and rights to one receiver, all or none; returns the
    /// numbers of the records, in the order of `what`.
    ///
    /// ```
    /// use vedtak::altinn::facts::Window;
    /// use vedtak::altinn::register::{DelegationOrder, Grantable, Refusal};
    /// use vedtak::altinn::{Party, PartyKey, Register};
    ///
    /// let register = Register::new();
    /// let fjell = PartyKey::organisation("910000001");
    /// let [kari, ola] = ["01017012345", "01017012346"].map(PartyKey::person);
    /// register.update(|change| {
    ///     change.party(Party::new(fjell.clone(), "FJELL AS").legal_form("AS"))?;
    ///     change.party(Party::new(kari.clone(), "KARI NORDMANN"))?;
    ///     change.party(Party::new(ola.clone(), "OLA NORDMANN"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)
    /// })?;
    ///
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// let to_ola = DelegationOrder::new(&kari, &fjell, &ola, now).to_called("Nordmann");
    /// let what = [Grantable::role("utinn"), Grantable::package("jordbruk")];
    /// let records = register.update(|change| change.delegate_all(&to_ola, &what))?;
    /// assert_eq!(records.len(), 2);
    ///
    /// let to_another = DelegationOrder::new(&kari, &fjell, &ola, now).to_called("Hansen");
    /// let refused = register.update(|change| change.delegate_all(&to_another, &what));
    /// assert_eq!(refused, Err(Refusal::NoSuchReceiver));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The refusal of the first that is refused; one is named twice; nothing is named.
    pub fn delegate_all(
        &mut self,
        order: &DelegationOrder,
        what: &[Grantable],
    ) -> Result<Vec<RecordId>, Refusal> {
        if what.is_empty() {
            return Err(Refusal::Nothing);
        }
        let first = RecordId(self.state.next_record);
        let given =
            self.all_or_none(|change| what.iter().map(|one| change.delegate(order, one)).collect());
        given.map_err(|refusal| match refusal {
            // There is no such record: it would have been one of these.
            Refusal::AlreadyDelegated { record, what } if record >= first => {
                Refusal::NamedTwice { what }
            }
            refusal => refusal,
        })
    }

    /// Gives up roles, packages and rights that were delegated to the holder for a party, all or
    /// none. Everything that was delegated on from them ends too.
    ///
    /// # Errors
    ///
    /// Those of [`revoke_held`](Self::revoke_held): the holder has one of them from a register,
    /// through a role, or not at all. Nothing is named.
    pub fn give_up(
        &mut self,
        holder: &PartyKey,
        of: &PartyKey,
        what: &[Grantable],
        at: DateTime,
    ) -> Result<(), Refusal> {
        if what.is_empty() {
            return Err(Refusal::Nothing);
        }
        self.all_or_none(|change| {
            let mut what = what.iter();
            what.try_for_each(|one| change.revoke_held(holder, of, holder, one, at))
        })
    }

    /// Makes changes; if one is refused, the register under change is as it was before them, but for
    /// the numbers that were assigned, which are not assigned again.
    fn all_or_none<T>(
        &mut self,
        changes: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let before = self.state.clone();
        let result = changes(self);
        if result.is_err() {
            let next_record = self.state.next_record;
            *self.state = before;
            self.state.next_record = next_record;
        }
        result
    }
}
