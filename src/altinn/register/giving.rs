//! What all delegating has in common: who gives whom, when, and on from what.

use super::change::{Change, not_over};
use super::in_force::InForce;
use super::power::Power;
use super::record::{Gave, Record};
use super::refusal::Refusal;
use super::state::{Grant, PartyNo, Place, RecordId};
use super::what::What;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{PartyKey, PartyKind};
use crate::value::DateTime;

/// Who gives whom access for whom, when and for how long.
///
/// ```
/// use vedtak::altinn::{Giving, PartyKey, Window};
/// let (kari, fjell, ola) = (PartyKey::Id(1), PartyKey::Id(2), PartyKey::Id(3));
/// let now = "2026-03-01T12:00:00+01:00".parse()?;
/// let summer = Window::until("2026-09-01T00:00:00+02:00".parse()?);
/// let giving = Giving::new(&kari, &fjell, &ola, now).during(summer);
/// # let _ = giving;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Giving {
    /// Who does it.
    pub by: PartyKey,
    /// For whom access is given.
    pub from: PartyKey,
    /// Who receives it.
    pub to: PartyKey,
    /// When the access holds.
    pub window: Window,
    /// When it is given.
    pub at: DateTime,
    /// What `from` gave to an organisation that `by` administers, and that is delegated on. It
    /// ends with it: in time, and when it is taken back.
    pub on_from: Option<RecordId>,
}

impl Giving {
    /// `by` lets `to` act for `from`, for ever.
    pub fn new(by: &PartyKey, from: &PartyKey, to: &PartyKey, at: DateTime) -> Self {
        Self {
            by: by.clone(),
            from: from.clone(),
            to: to.clone(),
            window: Window::ALWAYS,
            at,
            on_from: None,
        }
    }

    /// The same in a window of time.
    #[must_use]
    pub fn during(mut self, window: Window) -> Self {
        self.window = window;
        self
    }

    /// The same, on from what was received.
    #[must_use]
    pub fn on_from(mut self, record: RecordId) -> Self {
        self.on_from = Some(record);
        self
    }
}

/// A [`Giving`] of which all is known that does not depend on what is given.
pub(super) struct Given {
    pub(super) by: PartyNo,
    pub(super) from: PartyNo,
    pub(super) to: PartyNo,
    pub(super) window: Window,
    pub(super) at: DateTime,
    pub(super) on_from: Option<RecordId>,
    /// For `from`, or, on from a record, at the organisation that received it.
    pub(super) power: Power,
}

impl Change<'_, '_> {
    /// Everything but what is given. `covers` says whether a record gives what is given on;
    /// if not, what it lacks.
    pub(super) fn given(
        &self,
        giving: &Giving,
        covers: &dyn Fn(&Record<'_>) -> Result<(), What>,
    ) -> Result<Given, Refusal> {
        let state = &*self.state;
        let by = state.living(&giving.by)?;
        let from = state.living(&giving.from)?;
        let to = state.living(&giving.to)?;
        let to_itself = |party| {
            let name = state.called(party);
            Err(Refusal::ToItself { name })
        };
        if from == to {
            return to_itself(from);
        }
        let mut window = not_over(giving.window, giving.at)?;
        let mut administered = from;
        if let Some(id) = giving.on_from {
            let root = state.record(id).ok_or(Refusal::NotFound(id))?;
            if root.from != from {
                let party = state.called(from);
                return Err(Refusal::RecordFromAnother { record: id, party });
            }
            let receiver = state.party(root.to);
            let is_organisation =
                receiver.is_some_and(|receiver| receiver.kind == PartyKind::Organisation);
            if !is_organisation || matches!(root.gave, Gave::Client(_)) {
                return Err(Refusal::NotDelegableOn(id));
            }
            if root.to == to {
                return to_itself(to);
            }
            covers(&root).map_err(|what| Refusal::RecordGivesLess { record: id, what })?;
            let holds = InForce::of(state).record(&root);
            if holds.is_empty() {
                return Err(Refusal::RecordRestsOnNothing(id));
            }
            let both = window.and(holds);
            if both.is_empty() {
                return Err(Refusal::RecordHoldsOtherwise { record: id, holds });
            }
            window = not_over(both, giving.at)?;
            administered = root.to;
        }
        let standing = state.standing(by, administered, Moment::of(&giving.at));
        let Some(power) = standing.power else {
            return Err(Refusal::NotAdministrator {
                by: state.called(by),
                of: state.called(administered),
            });
        };
        Ok(Given {
            by,
            from,
            to,
            window,
            at: giving.at,
            on_from: giving.on_from,
            power,
        })
    }

    pub(super) fn grant(&mut self, given: &Given, place: Place) -> Grant {
        let id = self.state.new_record(place);
        self.state.put_on_from(id, given.on_from);
        Grant {
            id,
            by: given.by,
            at: Moment::of(&given.at),
            on_from: given.on_from,
        }
    }

    pub(super) fn not_held(&self, given: &Given, what: What) -> Refusal {
        Refusal::NotHeld {
            by: self.state.called(given.by),
            what,
            of: self.state.called(given.from),
        }
    }

    pub(super) fn main_by_delegation(&self, given: &Given) -> Refusal {
        Refusal::MainAdministratorByDelegation {
            by: self.state.called(given.by),
            of: self.state.called(given.from),
        }
    }
}

impl Given {
    /// Refuses to give a second time what is there, for as long at least and from the same root:
    /// taking the one back would leave the other, unnoticed.
    pub(super) fn is_new<'g>(
        &self,
        mut same: impl Iterator<Item = (&'g Grant, Window)>,
    ) -> Result<(), Refusal> {
        let known = same.find(|(grant, window)| {
            grant.on_from == self.on_from && window.and(self.window) == self.window
        });
        known.map_or(Ok(()), |(grant, _)| {
            Err(Refusal::AlreadyDelegated(grant.id))
        })
    }
}
