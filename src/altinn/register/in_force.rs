//! A record → the window in which it holds. No other module decides that.
//!
//! A record holds in its own window, while each record it was delegated on from holds, up to the
//! root, and never if a party that it depends on is deleted: the giver, the receiver, each party
//! that gave it on, and the provider of a client. Everything that is derived from records uses
//! these windows.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use smallvec::SmallVec;

use super::record::{DelegationRecord, Gave};
use super::state::{
    ClientDelegation, Connection, HeldPackage, HeldRole, PartyNo, RecordId, RecordOrigin,
    RegisterState, ResourceDelegation,
};
use crate::altinn::fact::Window;
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::resource::ResourceId;

/// Computes when records hold, for one question to a state.
pub(super) struct InForce<'s> {
    pub(super) state: &'s RegisterState,
    /// A deleted party that counts as if it still existed.
    as_if: Option<PartyNo>,
    /// The windows of the records of long chains, once computed: many records may be based on one
    /// chain, and each of its links is visited at most twice for all of them.
    windows: RefCell<HashMap<RecordId, Window>>,
    /// Whether there was a long chain before. The links of the first one are not kept.
    has_long: Cell<bool>,
    /// The number of links visited.
    #[cfg(test)]
    pub(super) looked_at: Cell<usize>,
}

/// The length up to which visiting a chain again costs less than keeping its windows.
const SHORT: usize = 8;

impl<'s> InForce<'s> {
    pub(super) fn of(state: &'s RegisterState) -> Self {
        Self {
            state,
            as_if: None,
            windows: RefCell::default(),
            has_long: Cell::new(false),
            #[cfg(test)]
            looked_at: Cell::new(0),
        }
    }

    /// Computes the windows that records would have if a party were not deleted.
    pub(super) fn as_if_existed(state: &'s RegisterState, party: PartyNo) -> Self {
        Self {
            as_if: Some(party),
            ..Self::of(state)
        }
    }

    /// Returns the window in which a record holds; empty if it never does.
    pub(super) fn record(&self, record: &DelegationRecord<'_>) -> Window {
        match record.gave {
            Gave::Client(delegation) => self.client(record.to, record.from, delegation),
            _ => self.between(record.to, record.from, || {
                self.chained(record.stated, Some(record.grant))
            }),
        }
    }

    /// Returns the roles that `to` has for `from`, each with the window in which it holds.
    pub(super) fn roles(
        &self,
        to: PartyNo,
        from: PartyNo,
    ) -> impl Iterator<Item = (&'s HeldRole, Window)> {
        let connection = self.connection(to, from).into_iter();
        connection.flat_map(|connection| self.roles_of(connection))
    }

    /// Returns the connection of two parties that exist.
    pub(super) fn connection(&self, to: PartyNo, from: PartyNo) -> Option<&'s Connection> {
        let connection = self.state.connections.get(&(to, from))?;
        self.exist(to, from).then_some(connection)
    }

    /// Returns the roles of a connection of parties that exist, as [`roles`](Self::roles) does.
    pub(super) fn roles_of(
        &self,
        connection: &'s Connection,
    ) -> impl Iterator<Item = (&'s HeldRole, Window)> {
        let roles = connection.roles.iter();
        roles.map(|role| (role, self.chained(role.stated, role.grant.as_deref())))
    }

    /// Returns the packages delegated to `to` for `from`, each with the window in which it holds.
    pub(super) fn packages(
        &self,
        to: PartyNo,
        from: PartyNo,
    ) -> impl Iterator<Item = (&'s HeldPackage, Window)> {
        let connection = self.connection(to, from).into_iter();
        connection.flat_map(|connection| self.packages_of(connection))
    }

    /// Returns the packages of a connection of parties that exist, as [`packages`](Self::packages) does.
    pub(super) fn packages_of(
        &self,
        connection: &'s Connection,
    ) -> impl Iterator<Item = (&'s HeldPackage, Window)> {
        let packages = connection.packages.iter();
        packages.map(|package| (package, self.chained(package.stated, Some(&package.grant))))
    }

    /// Returns the window in which a delegation of a resource or an instance holds.
    pub(super) fn delegation(&self, delegation: &ResourceDelegation) -> Window {
        self.between(delegation.to, delegation.from, || {
            self.chained(delegation.stated, Some(&delegation.grant))
        })
    }

    /// Returns the delegations of a whole resource from one party to another, each with its window.
    pub(super) fn given_to(
        &self,
        from: PartyNo,
        resource: &ResourceId,
        to: PartyNo,
    ) -> impl Iterator<Item = (&'s ResourceDelegation, Window)> {
        let delegations = self.state.given_to(from, resource, to);
        delegations.map(|delegation| (delegation, self.delegation(delegation)))
    }

    /// Returns the client delegations of an agent, each with its window by itself: whether the
    /// agent is the provider's and the provider serves the client is left to the caller.
    pub(super) fn clients(
        &self,
        agent: PartyNo,
        client: PartyNo,
    ) -> impl Iterator<Item = (&'s ClientDelegation, Window)> {
        let delegations = self.state.clients.get(&(agent, client)).into_iter();
        let delegations = delegations.flat_map(|delegations| delegations.iter());
        delegations.map(move |delegation| (delegation, self.client(agent, client, delegation)))
    }

    fn client(&self, agent: PartyNo, client: PartyNo, delegation: &ClientDelegation) -> Window {
        if self.state.is_gone(delegation.provider) {
            return Window::NEVER;
        }
        self.between(agent, client, || {
            self.chained(delegation.stated, Some(&delegation.grant))
        })
    }

    /// Returns the windows in which a party is an agent of a provider, and may act for its clients:
    /// while it has any role there that counts, or always as a system or enterprise user of the
    /// provider. A package makes no agent. The windows do not touch and are in order.
    pub(super) fn agent(&self, agent: PartyNo, provider: PartyNo) -> SmallVec<[Window; 2]> {
        if self.state.belongs_to(agent, provider) {
            let always = self.between(agent, provider, || Window::ALWAYS);
            return SmallVec::from_elem(always, usize::from(!always.is_empty()));
        }
        let mut windows: SmallVec<[Window; 2]> = SmallVec::new();
        let roles = self.roles(agent, provider);
        windows.extend(roles.map(|(role, window)| window.and(self.state.role_counts(role.role))));
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
        let exists = |party| self.as_if == Some(party) || !self.state.is_gone(party);
        exists(to) && exists(from)
    }

    fn between(&self, to: PartyNo, from: PartyNo, holds: impl FnOnce() -> Window) -> Window {
        if self.exist(to, from) {
            holds()
        } else {
            Window::NEVER
        }
    }

    /// The part of a window in which the record that a grant was delegated on from holds.
    fn chained(&self, stated: Window, grant: Option<&RecordOrigin>) -> Window {
        match grant.and_then(|grant| grant.on_from) {
            Some(root) => stated.and(self.root(root)),
            None => stated,
        }
    }

    /// Returns the window in which a record holds that others were delegated on from.
    fn root(&self, root: RecordId) -> Window {
        let mut links: SmallVec<[(RecordId, Window); SHORT]> = SmallVec::new();
        let mut next = Some(root);
        let mut window = Window::ALWAYS;
        // INVARIANT: no grant is delegated on from itself; reading a file refuses it.
        while let Some(id) = next {
            #[cfg(test)]
            self.looked_at.set(self.looked_at.get() + 1);
            let computed = self.windows.borrow().get(&id).copied();
            // Other questions have kept links of long chains only.
            let may_be_kept = links.len() >= SHORT;
            let kept = || may_be_kept.then(|| self.state.chains.get(id)).flatten();
            if let Some(computed) = computed.or_else(kept) {
                window = computed;
                break;
            }
            // The receiver of the link gave it on. Its giver is the same for all links, and the
            // caller checks it.
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
        for (_, of_link) in links.iter_mut().rev() {
            window = window.and(*of_link);
            *of_link = window;
        }
        if keeps {
            self.windows.borrow_mut().extend(links.iter().copied());
        }
        if is_long {
            self.state.chains.keep(&links);
        }
        window
    }
}

impl RegisterState {
    /// Whether a party takes no part in any access: it is deleted, or a user of a deleted
    /// organisation.
    pub(super) fn is_gone(&self, party: PartyNo) -> bool {
        self.party(party).is_none_or(|known| {
            let owner = self.owner_of(known).and_then(|owner| self.party(owner));
            known.is_deleted || owner.is_some_and(|owner| owner.is_deleted)
        })
    }

    /// Returns the organisation that a system or enterprise user belongs to; `None` for other
    /// parties.
    pub(super) fn owner(&self, user: PartyNo) -> Option<PartyNo> {
        self.owner_of(self.party(user)?)
    }

    fn owner_of(&self, user: &Party) -> Option<PartyNo> {
        let is_user = matches!(user.kind, PartyKind::SystemUser | PartyKind::EnterpriseUser);
        self.number(user.parent.as_ref().filter(|_| is_user)?)
    }

    /// Whether a party is a system or enterprise user of this provider.
    pub(super) fn belongs_to(&self, user: PartyNo, provider: PartyNo) -> bool {
        self.owner(user) == Some(provider)
    }
}
