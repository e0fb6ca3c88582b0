//! The part that all delegations share: giver, receiver, window, and the record delegated on.

use super::change::{Change, not_over};
use super::giving::Giver;
use super::grantable::Grantable;
use super::in_force::InForce;
use super::record::{DelegationRecord, Gave};
use super::refusal::Refusal;
use super::state::{PartyNo, RecordId, RecordOrigin, RecordPlace, RegisterState};
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::value::DateTime;

/// An order to delegate: the acting party, the giver, the receiver, the window and the instant.
///
/// ```
/// use vedtak::altinn::facts::Window;
/// use vedtak::altinn::register::DelegationOrder;
/// use vedtak::altinn::PartyKey;
/// let (kari, fjell, ola) = (PartyKey::Id(1), PartyKey::Id(2), PartyKey::Id(3));
/// let now = "2026-03-01T12:00:00+01:00".parse()?;
/// let summer = Window::until("2026-09-01T00:00:00+02:00".parse()?);
/// let giving = DelegationOrder::new(&kari, &fjell, &ola, now).during(summer);
/// # let _ = giving;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct DelegationOrder {
    /// The acting party, an administrator of `from`, or of the receiver of the record delegated on.
    pub by: PartyKey,
    /// The giver: the party to whose affairs access is given.
    pub from: PartyKey,
    /// The receiver.
    pub to: PartyKey,
    /// The window in which the access holds.
    pub window: Window,
    /// The instant at which it is given.
    pub at: DateTime,
    /// The record that is delegated on: `from` gave it to an organisation that `by` administers.
    /// The new delegation ends when that record ends or is revoked.
    pub on_from: Option<RecordId>,
    /// The name by which the receiver must be known, beside its key; `None`: the key alone counts.
    pub to_called: Option<Box<str>>,
}

impl DelegationOrder {
    /// Creates an order by which `by` lets `to` act for `from`, for all time.
    pub fn new(by: &PartyKey, from: &PartyKey, to: &PartyKey, at: DateTime) -> Self {
        Self {
            by: by.clone(),
            from: from.clone(),
            to: to.clone(),
            window: Window::ALWAYS,
            at,
            on_from: None,
            to_called: None,
        }
    }

    /// Sets the window; the default is [`Window::ALWAYS`].
    #[must_use]
    pub fn during(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// Sets the name by which the receiver must be known: the last name of a person, after the
    /// others in the register, or the whole name of another party; of an enterprise user, also the
    /// number of its organisation. Letter case and blanks do not matter. If the key and the name are not those of one party, the delegation is refused, and
    /// the refusal does not say which of them is wrong.
    #[must_use]
    pub fn to_called(mut self, name: &str) -> Self {
        self.to_called = Some(name.into());
        self
    }

    /// Sets the record that is delegated on.
    #[must_use]
    pub fn on_from(mut self, record: RecordId) -> Self {
        self.on_from = Some(record);
        self
    }
}

/// A checked [`DelegationOrder`], except for what is given.
pub(super) struct CheckedOrder {
    pub(super) giver: Giver,
    pub(super) to: PartyNo,
    pub(super) window: Window,
}

impl Change<'_, '_> {
    /// Checks an order, except for what is given. `covers` checks that the record delegated on
    /// gives it; its error is the part that the record lacks.
    pub(super) fn given(
        &self,
        order: &DelegationOrder,
        covers: &dyn Fn(&DelegationRecord<'_>) -> Result<(), Grantable>,
    ) -> Result<CheckedOrder, Refusal> {
        let state = &*self.state;
        let by = state.living(&order.by)?;
        let from = state.living(&order.from)?;
        // Who may not delegate learns nothing about records and receivers.
        let root = order.on_from.map(|id| state.root(by, id, order.at));
        let root = root.transpose()?;
        let administered = root.as_ref().map_or(from, |root| root.to);
        let standing = state.standing(by, administered, Moment::of(&order.at));
        let Some(power) = standing.power else {
            return Err(state.not_administrator(by, administered));
        };
        let to = state.receiver(order)?;
        let to_itself = |party| {
            let name = state.called(party);
            Err(Refusal::ToItself { name })
        };
        if from == to {
            return to_itself(from);
        }
        let mut window = not_over(order.window, order.at)?;
        if let Some((root, id)) = root.zip(order.on_from) {
            if root.from != from {
                let party = state.called(from);
                return Err(Refusal::RecordFromAnother { record: id, party });
            }
            state.is_delegable_on(&root, id)?;
            if root.to == to {
                return to_itself(to);
            }
            covers(&root).map_err(|what| Refusal::RecordGivesLess { record: id, what })?;
            let holds = state.root_holds(&root, id)?;
            let both = window.and(holds);
            if both.is_empty() {
                return Err(Refusal::RecordHoldsOtherwise { record: id, holds });
            }
            window = not_over(both, order.at)?;
        }
        let giver = Giver {
            by,
            from,
            at: order.at,
            on_from: order.on_from,
            power,
        };
        Ok(CheckedOrder { giver, to, window })
    }

    pub(super) fn grant(
        &mut self,
        checked: &CheckedOrder,
        place: RecordPlace,
    ) -> Result<RecordOrigin, Refusal> {
        let giver = &checked.giver;
        let id = self.state.new_record(place)?;
        self.state.put_on_from(id, giver.on_from);
        Ok(RecordOrigin {
            id,
            by: giver.by,
            at: Moment::of(&giver.at),
            on_from: giver.on_from,
        })
    }
}

impl RegisterState {
    /// Returns the record to delegate on, in which `by` must have a part.
    pub(super) fn root(
        &self,
        by: PartyNo,
        id: RecordId,
        at: DateTime,
    ) -> Result<DelegationRecord<'_>, Refusal> {
        let at = Moment::of(&at);
        let root = self.record(id).filter(|root| {
            self.is_or_administers(by, root.to, at) || self.administers(by, root.from, at)
        });
        root.ok_or_else(|| self.not_involved(by, id))
    }

    /// Refuses a record that was not received by an organisation, or is a client delegation.
    pub(super) fn is_delegable_on(
        &self,
        root: &DelegationRecord<'_>,
        id: RecordId,
    ) -> Result<(), Refusal> {
        let receiver = self.party(root.to);
        let is_organisation =
            receiver.is_some_and(|receiver| receiver.kind == PartyKind::Organisation);
        match is_organisation && !matches!(root.gave, Gave::Client(_)) {
            true => Ok(()),
            false => Err(Refusal::NotDelegableOn(id)),
        }
    }

    /// Returns the window in which a record to delegate on holds.
    pub(super) fn root_holds(
        &self,
        root: &DelegationRecord<'_>,
        id: RecordId,
    ) -> Result<Window, Refusal> {
        let holds = InForce::of(self).record(root);
        match holds.is_empty() {
            true => Err(Refusal::RecordRestsOnNothing(id)),
            false => Ok(holds),
        }
    }

    /// Returns the receiver of an order, which must have the name that the order may state.
    fn receiver(&self, order: &DelegationOrder) -> Result<PartyNo, Refusal> {
        if let Some(name) = &order.to_called {
            let to = self.number(&order.to);
            let is_it = |to| {
                self.party(to).is_some_and(|party| is_called(party, name))
                    || self.is_account_of(to, name)
            };
            if !to.is_some_and(is_it) {
                return Err(Refusal::NoSuchReceiver);
            }
        }
        self.living(&order.to)
    }

    /// Whether a party is an enterprise user of the organisation with a number.
    fn is_account_of(&self, party: PartyNo, number: &str) -> bool {
        let is_account = |party: &Party| party.kind == PartyKind::EnterpriseUser;
        let owner = self.owner(party).and_then(|owner| self.party(owner));
        self.party(party).is_some_and(|party| is_account(party))
            && owner.is_some_and(|owner| owner.number.as_deref() == Some(number.trim()))
    }
}

/// Whether a party has a name: a person, as the last words of the whole name.
fn is_called(party: &Party, name: &str) -> bool {
    let words = |text: &str| Vec::from_iter(text.split_whitespace().map(str::to_lowercase));
    let (known, name) = (words(&party.name), words(name));
    !name.is_empty()
        && match party.kind {
            PartyKind::Person => known.ends_with(&name),
            _ => known == name,
        }
}

impl CheckedOrder {
    /// Refuses a delegation that exists already, for at least as long and from the same root:
    /// revoking one would leave the other unnoticed.
    pub(super) fn is_new<'g>(
        &self,
        what: impl FnOnce() -> Grantable,
        same: impl Iterator<Item = (&'g RecordOrigin, Window)>,
    ) -> Result<(), Refusal> {
        let same = same.filter(|(grant, _)| grant.on_from == self.giver.on_from);
        not_already(self.window, what, same)
    }
}

/// Refuses a delegation that one of these is already, for at least as long.
pub(super) fn not_already<'g>(
    during: Window,
    what: impl FnOnce() -> Grantable,
    mut same: impl Iterator<Item = (&'g RecordOrigin, Window)>,
) -> Result<(), Refusal> {
    let earlier = same.find(|(_, window)| window.and(during) == during);
    earlier.map_or(Ok(()), |(grant, _)| {
        Err(Refusal::AlreadyDelegated {
            record: grant.id,
            what: what(),
        })
    })
}
