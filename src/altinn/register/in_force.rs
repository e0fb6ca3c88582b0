//! When records hold: the one place that says it.
//!
//! A record holds in its own window, while each record it was delegated on from holds, all the way
//! to the root, and never where a party that it depends on exists no longer: the giver, the
//! receiver, whoever gave it on, and the provider of a client. Whatever is derived from records is
//! derived from the windows given here.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use smallvec::SmallVec;

use super::record::{Gave, Record};
use super::state::{
    ClientDelegation, Grant, HeldPackage, HeldRole, PartyNo, RecordId, ResourceDelegation, State,
};
use crate::altinn::fact::Window;
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::resource::ResourceId;

/// Says when records hold, for one question to a state.
pub(super) struct InForce<'s> {
    pub(super) state: &'s State,
    /// When the records of long chains hold, once that is known: many records may rest on one
    /// chain, and each of its links is looked at twice at most for all of them.
    known: RefCell<HashMap<RecordId, Window>>,
    /// Whether there was a long chain already. What is asked about one only need not be kept.
    has_long: Cell<bool>,
    /// How many links were looked at.
    #[cfg(test)]
    pub(super) looked_at: Cell<usize>,
}

/// Shorter chains are gone along again, which costs less than remembering them.
const SHORT: usize = 8;

impl<'s> InForce<'s> {
    pub(super) fn of(state: &'s State) -> Self {
        Self {
            state,
            known: RefCell::default(),
            has_long: Cell::new(false),
            #[cfg(test)]
            looked_at: Cell::new(0),
        }
    }

    /// When a record holds.
    pub(super) fn record(&self, record: &Record<'_>) -> Window {
        match record.gave {
            Gave::Client(held) => self.client(record.to, record.from, held),
            _ => self.between(record.to, record.from, || {
                self.chained(record.stated, Some(record.grant))
            }),
        }
    }

    /// The roles that `to` has for `from`, and when.
    pub(super) fn roles(
        &self,
        to: PartyNo,
        from: PartyNo,
    ) -> impl Iterator<Item = (&'s HeldRole, Window)> {
        let known = self.state.connections.get(&(to, from));
        let known = known.filter(|known| !known.roles.is_empty() && self.exist(to, from));
        let roles = known.into_iter().flat_map(|known| &known.roles);
        roles.map(|held| (held, self.chained(held.stated, held.grant.as_deref())))
    }

    /// The packages that were delegated to `to` for `from`, and when they hold.
    pub(super) fn packages(
        &self,
        to: PartyNo,
        from: PartyNo,
    ) -> impl Iterator<Item = (&'s HeldPackage, Window)> {
        let known = self.state.connections.get(&(to, from));
        let known = known.filter(|known| !known.packages.is_empty() && self.exist(to, from));
        let packages = known.into_iter().flat_map(|known| &known.packages);
        packages.map(|held| (held, self.chained(held.stated, Some(&held.grant))))
    }

    /// When a delegation of a resource or an instance holds.
    pub(super) fn delegation(&self, held: &ResourceDelegation) -> Window {
        self.between(held.to, held.from, || {
            self.chained(held.stated, Some(&held.grant))
        })
    }

    /// What a party has delegated of a whole resource to another, and when.
    pub(super) fn given_to(
        &self,
        from: PartyNo,
        resource: &ResourceId,
        to: PartyNo,
    ) -> impl Iterator<Item = (&'s ResourceDelegation, Window)> {
        let given = self.state.given_to(from, resource, to);
        given.map(|held| (held, self.delegation(held)))
    }

    /// The client delegations of an agent, and when they hold as far as they themselves say: not
    /// yet whether the agent is one of the provider's, and the provider serves the client.
    pub(super) fn clients(
        &self,
        agent: PartyNo,
        client: PartyNo,
    ) -> impl Iterator<Item = (&'s ClientDelegation, Window)> {
        let known = self.state.clients.get(&(agent, client)).into_iter();
        let known = known.flat_map(|known| known.iter());
        known.map(move |held| (held, self.client(agent, client, held)))
    }

    fn client(&self, agent: PartyNo, client: PartyNo, held: &ClientDelegation) -> Window {
        if self.state.is_gone(held.provider) {
            return Window::NEVER;
        }
        self.between(agent, client, || {
            self.chained(held.stated, Some(&held.grant))
        })
    }

    /// When somebody is an agent of a provider, who may act for the provider's clients: while it
    /// has a role there, whichever that is, or always as a system or enterprise user of the
    /// provider's own. A package makes nobody an agent. Windows that do not touch, in order.
    pub(super) fn agent(&self, agent: PartyNo, provider: PartyNo) -> SmallVec<[Window; 2]> {
        if self.state.belongs_to(agent, provider) {
            let always = self.between(agent, provider, || Window::ALWAYS);
            return SmallVec::from_elem(always, usize::from(!always.is_empty()));
        }
        let mut windows: SmallVec<[Window; 2]> = SmallVec::new();
        windows.extend(self.roles(agent, provider).map(|(_, window)| window));
        windows.retain(|window| !window.is_empty());
        windows.sort_unstable_by_key(|window| window.from);
        windows.dedup_by(|next, last| {
            let touches = next.from <= last.until;
            if touches {
                last.until = last.until.max(next.until);
            }
            touches
        });
        windows
    }

    fn exist(&self, to: PartyNo, from: PartyNo) -> bool {
        !self.state.is_gone(to) && !self.state.is_gone(from)
    }

    fn between(&self, to: PartyNo, from: PartyNo, holds: impl FnOnce() -> Window) -> Window {
        if self.exist(to, from) {
            holds()
        } else {
            Window::NEVER
        }
    }

    /// The part of a window in which all holds that a grant was delegated on from.
    fn chained(&self, stated: Window, grant: Option<&Grant>) -> Window {
        match grant.and_then(|grant| grant.on_from) {
            Some(root) => stated.and(self.root(root)),
            None => stated,
        }
    }

    /// When a record holds that something was delegated on from.
    fn root(&self, root: RecordId) -> Window {
        let mut links: SmallVec<[(RecordId, Window); SHORT]> = SmallVec::new();
        let mut next = Some(root);
        let mut window = Window::ALWAYS;
        // INVARIANT: no grant is delegated on from itself; reading a file refuses it.
        while let Some(id) = next {
            #[cfg(test)]
            self.looked_at.set(self.looked_at.get() + 1);
            if let Some(known) = self.known.borrow().get(&id) {
                window = *known;
                break;
            }
            // Who received it gave it on. Its giver is that of all links, and is looked at with
            // what rests on them.
            let link = self.state.record(id);
            let Some(link) = link.filter(|link| !self.state.is_gone(link.to)) else {
                window = Window::NEVER;
                break;
            };
            links.push((id, link.stated));
            next = link.grant.on_from;
        }
        let is_long = links.len() > SHORT;
        let keeps = is_long && self.has_long.replace(true);
        while let Some((id, stated)) = links.pop() {
            window = window.and(stated);
            if keeps {
                self.known.borrow_mut().insert(id, window);
            }
        }
        window
    }
}

impl State {
    /// Whether a party acts for nobody and nobody for it: it exists no longer, or is a user of an
    /// organisation that exists no longer.
    pub(super) fn is_gone(&self, party: PartyNo) -> bool {
        self.party(party).is_none_or(|known| {
            let owner = self.owner_of(known).and_then(|owner| self.party(owner));
            known.is_deleted || owner.is_some_and(|owner| owner.is_deleted)
        })
    }

    /// Whose system or enterprise user a party is.
    pub(super) fn owner(&self, user: PartyNo) -> Option<PartyNo> {
        self.owner_of(self.party(user)?)
    }

    fn owner_of(&self, user: &Party) -> Option<PartyNo> {
        let is_user = matches!(user.kind, PartyKind::SystemUser | PartyKind::EnterpriseUser);
        self.number(user.parent.as_ref().filter(|_| is_user)?)
    }

    /// Whether a party is a system or enterprise user of a provider's own.
    pub(super) fn belongs_to(&self, user: PartyNo, provider: PartyNo) -> bool {
        self.owner(user) == Some(provider)
    }
}
