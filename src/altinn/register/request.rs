//! Requests for access: a person asks, and an administrator of the party approves or declines.

use std::sync::Arc;

use super::Snapshot;
use super::change::Change;
use super::delegation_order::DelegationOrder;
use super::grantable::Grantable;
use super::put::forget;
use super::refusal::{Refusal, rights as what_rights};
use super::state::{PartyNo, RecordId, RegisterState, RequestAnswer, StoredRequest};
use super::table::counted;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::PartyKey;
use crate::value::DateTime;

/// The number of open requests that a person may have to one party.
const MOST_OPEN: usize = 100;

/// A request of a person for access to the affairs of a party.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AccessRequest {
    /// The number of the request.
    pub id: RecordId,
    /// The person who asks.
    pub person: PartyKey,
    /// The party to whose affairs access is requested.
    pub party: PartyKey,
    /// The role, the package or the rights requested.
    pub what: Grantable,
    /// The instant at which it was made, if known.
    pub asked_at: Option<DateTime>,
    /// The state: open, or closed by an answer.
    pub state: RequestState,
}

/// The state of a request; each except `Open` is final.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RequestState {
    /// There is no answer yet.
    Open,
    /// An administrator has approved it by a delegation.
    Approved {
        /// The administrator.
        by: PartyKey,
        /// The instant of the approval, if known.
        at: Option<DateTime>,
        /// The delegation, which may have been revoked since.
        record: RecordId,
    },
    /// An administrator has declined it.
    Declined {
        /// The administrator.
        by: PartyKey,
        /// The instant of the answer, if known.
        at: Option<DateTime>,
    },
    /// The person has withdrawn it.
    Withdrawn {
        /// The instant of the withdrawal, if known.
        at: Option<DateTime>,
    },
}

impl Change<'_, '_> {
    /// Requests access to the affairs of a party; returns the number of the request.
    ///
    /// ```
    /// use vedtak::altinn::facts::Window;
    /// use vedtak::altinn::register::{Grantable, RequestState};
    /// use vedtak::altinn::{Party, PartyKey, Register};
    ///
    /// let register = Register::new();
    /// let fjell = PartyKey::organisation("910000001");
    /// let [kari, ola] = ["01017012345", "01017012346"].map(PartyKey::person);
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// register.update(|change| {
    ///     change.party(Party::new(fjell.clone(), "FJELL AS"))?;
    ///     change.party(Party::new(kari.clone(), "KARI"))?;
    ///     change.party(Party::new(ola.clone(), "OLA"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)
    /// })?;
    ///
    /// let farming = Grantable::package("jordbruk");
    /// let request = register.update(|change| change.ask_for(&ola, &fjell, &farming, now))?;
    /// assert_eq!(register.snapshot().open_requests(&fjell).len(), 1);
    ///
    /// register.update(|change| change.approve(&kari, request, Window::ALWAYS, now))?;
    /// let answered = register.snapshot().request(request).map(|request| request.state);
    /// assert!(matches!(answered, Some(RequestState::Approved { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No approval would be possible: a party, the role, the package or the resource is unknown or
    /// cannot be delegated. The person has it by a delegation that holds now and has no end. An equal
    /// request is open, or a hundred of this person to this party are.
    pub fn ask_for(
        &mut self,
        person: &PartyKey,
        party: &PartyKey,
        what: &Grantable,
        at: DateTime,
    ) -> Result<RecordId, Refusal> {
        let person = self.state.living(person)?;
        let party = self.state.living(party)?;
        if person == party {
            let name = self.state.called(person);
            return Err(Refusal::ToItself { name });
        }
        let what = self.can_be_asked((person, party), what, at)?;
        if let Some(record) = self.state.gives_without_end((person, party), &what, at) {
            return Err(Refusal::AlreadyDelegated { record, what });
        }
        let open = self.state.open_of(person, party);
        let mut known = open.iter().filter_map(|id| self.state.requests.get(id));
        if let Some(known) = known.find(|known| known.what == what) {
            return Err(Refusal::AlreadyAsked(known.id));
        }
        if open.len() >= MOST_OPEN {
            let name = self.state.called(person);
            return Err(Refusal::TooManyRequests {
                name,
                of: MOST_OPEN,
            });
        }
        let id = self.state.new_id()?;
        let request = StoredRequest {
            id,
            person,
            party,
            what,
            at: Moment::of(&at),
            answer: RequestAnswer::Open,
        };
        self.state.put_request(request);
        Ok(id)
    }

    /// Returns `what` by the catalogue's names; refuses a role, a package or rights that cannot be
    /// delegated.
    fn can_be_asked(
        &self,
        (to, of): (PartyNo, PartyNo),
        what: &Grantable,
        at: DateTime,
    ) -> Result<Grantable, Refusal> {
        match what {
            Grantable::Role(name) => {
                let role = self.rules().role(name, at)?;
                self.state.role_fits(role, of, to)?;
                Ok(Grantable::Role(
                    self.state.catalogue.role_by_id(role).urn.clone(),
                ))
            }
            Grantable::Package(name) => {
                let package = self.rules().package(name, false)?;
                let known = self.state.catalogue.package_by_id(package);
                self.state.package_fits(package, of)?;
                Ok(Grantable::Package(known.code.clone()))
            }
            Grantable::Resource {
                resource,
                instance,
                rights,
            } => {
                let instance = instance.as_ref();
                let (_, rights) = self.rules().resource(resource, instance, rights)?;
                self.rules().are_in_policy(resource, instance, &rights)?;
                Ok(what_rights(resource, instance, &rights))
            }
        }
    }

    /// Approves a request by a delegation under the usual rules, or by one that has been made since;
    /// returns the number of the delegation.
    ///
    /// # Errors
    ///
    /// There is no such open request; the delegation is refused, and the request stays open.
    pub fn approve(
        &mut self,
        by: &PartyKey,
        request: RecordId,
        window: Window,
        at: DateTime,
    ) -> Result<RecordId, Refusal> {
        let who = self.state.living(by)?;
        let asked = self.open_request(who, request, at)?;
        let (from, to) = (self.state.key(asked.party), self.state.key(asked.person));
        let order = DelegationOrder::new(by, &from, &to, at).during(window);
        // Who may delegate it and finds it delegated already has approved as well.
        let record = match self.delegate(&order, &asked.what) {
            Err(Refusal::AlreadyDelegated { record, .. }) => record,
            delegated => delegated?,
        };
        let at = Moment::of(&at);
        let by = who;
        self.state
            .close_request(request, RequestAnswer::Approved { by, at, record });
        Ok(record)
    }

    /// Declines a request.
    ///
    /// # Errors
    ///
    /// There is no such open request; `by` does not administer the party's access.
    pub fn decline(
        &mut self,
        by: &PartyKey,
        request: RecordId,
        at: DateTime,
    ) -> Result<(), Refusal> {
        let by = self.state.living(by)?;
        let asked = self.open_request(by, request, at)?;
        let at = Moment::of(&at);
        if !self.state.administers(by, asked.party, at) {
            return Err(self.state.not_administrator(by, asked.party));
        }
        self.state
            .close_request(request, RequestAnswer::Declined { by, at });
        Ok(())
    }

    /// Withdraws the person's own request.
    ///
    /// # Errors
    ///
    /// There is no such open request; another person made it.
    pub fn withdraw(
        &mut self,
        person: &PartyKey,
        request: RecordId,
        at: DateTime,
    ) -> Result<(), Refusal> {
        let person = self.state.existing(person)?;
        let asked = self.open_request(person, request, at)?;
        if person != asked.person {
            return Err(Refusal::NotTheAsker(request));
        }
        let at = Moment::of(&at);
        self.state
            .close_request(request, RequestAnswer::Withdrawn { at });
        Ok(())
    }

    /// Returns an open request that `by` made or may answer; who has no part in one does not learn
    /// whether there is one.
    fn open_request(
        &self,
        by: PartyNo,
        id: RecordId,
        at: DateTime,
    ) -> Result<Arc<StoredRequest>, Refusal> {
        let state = &*self.state;
        let request = state.requests.get(&id).filter(|request| {
            by == request.person || state.administers(by, request.party, Moment::of(&at))
        });
        match request {
            Some(request) if request.answer == RequestAnswer::Open => Ok(request.clone()),
            Some(_) => Err(Refusal::Closed(id)),
            None => Err(state.not_involved(by, id)),
        }
    }
}

impl RegisterState {
    /// Returns a delegation that gives this now and without an end.
    fn gives_without_end(
        &self,
        (to, from): (PartyNo, PartyNo),
        what: &Grantable,
        at: DateTime,
    ) -> Option<RecordId> {
        let connection = self.connections.get(&(to, from));
        let records = match what {
            Grantable::Role(name) => {
                let role = self.catalogue.role(name)?;
                let roles = connection?.roles.iter().filter(|held| held.role == role);
                let records = roles.filter_map(|held| Some((held.grant.as_deref()?, held.stated)));
                Vec::from_iter(records)
            }
            Grantable::Package(name) => {
                let package = self.catalogue.package(name)?;
                let packages = connection?.packages.iter();
                let packages = packages.filter(|held| held.package == package);
                Vec::from_iter(packages.map(|held| (&held.grant, held.stated)))
            }
            Grantable::Resource {
                resource,
                instance,
                rights,
            } => {
                let delegated = self.delegated.get(&(from, resource.clone()))?;
                let delegated = delegated.iter().filter(|held| {
                    let all = rights.iter().all(|right| held.covers(right));
                    held.to == to && held.instance == *instance && all
                });
                Vec::from_iter(delegated.map(|held| (&held.grant, held.stated)))
            }
        };
        let mut records = records.into_iter();
        let found = records.find(|(grant, window)| {
            grant.on_from.is_none() && window.contains(at) && window.until == Moment::FOREVER
        });
        found.map(|(grant, _)| grant.id)
    }

    /// Returns the open requests of a person to a party.
    fn open_of(&self, person: PartyNo, party: PartyNo) -> &[RecordId] {
        let open = self.open_by.get(&(person, party));
        let open: &[RecordId] = open.map_or(&[], |open| open);
        counted(open.len());
        open
    }

    /// Adds a request, open or closed.
    pub(super) fn put_request(&mut self, request: StoredRequest) {
        if request.answer == RequestAnswer::Open {
            Arc::make_mut(self.open_requests.entry(request.party)).push(request.id);
            let by = self.open_by.entry((request.person, request.party));
            Arc::make_mut(by).push(request.id);
        }
        Arc::make_mut(self.requests_of.entry(request.person)).push(request.id);
        self.requests.insert(request.id, Arc::new(request));
    }

    fn close_request(&mut self, id: RecordId, answer: RequestAnswer) {
        let Some(request) = self.requests.get(&id).cloned() else {
            return;
        };
        forget(&mut self.open_requests, request.party, &id);
        forget(&mut self.open_by, (request.person, request.party), &id);
        let closed = StoredRequest {
            answer,
            ..(*request).clone()
        };
        self.requests.insert(id, Arc::new(closed));
    }

    fn access_request(&self, request: &StoredRequest) -> AccessRequest {
        let state = match request.answer {
            RequestAnswer::Open => RequestState::Open,
            RequestAnswer::Approved { by, at, record } => RequestState::Approved {
                by: self.key(by),
                at: at.to_date_time(),
                record,
            },
            RequestAnswer::Declined { by, at } => RequestState::Declined {
                by: self.key(by),
                at: at.to_date_time(),
            },
            RequestAnswer::Withdrawn { at } => RequestState::Withdrawn {
                at: at.to_date_time(),
            },
        };
        AccessRequest {
            id: request.id,
            person: self.key(request.person),
            party: self.key(request.party),
            what: request.what.clone(),
            asked_at: request.at.to_date_time(),
            state,
        }
    }
}

impl Snapshot {
    /// Returns a request, open or closed; `None` if there is none of this number.
    /// [`request_for`](Self::request_for) returns it for an asker.
    pub fn request(&self, id: RecordId) -> Option<AccessRequest> {
        Some(self.0.access_request(self.0.requests.get(&id)?))
    }

    /// Returns a request, open or closed, for an asker: the person who made it, or an administrator of
    /// the party.
    ///
    /// # Errors
    ///
    /// There is no such request, or the asker has no part in it: the refusal does not say which. The
    /// asker is unknown or deleted.
    pub fn request_for(
        &self,
        by: &PartyKey,
        id: RecordId,
        at: DateTime,
    ) -> Result<AccessRequest, Refusal> {
        let state = &*self.0;
        let by = state.living(by)?;
        let request = state.requests.get(&id).filter(|request| {
            by == request.person || state.administers(by, request.party, Moment::of(&at))
        });
        let request = request.ok_or_else(|| state.not_involved(by, id))?;
        Ok(state.access_request(request))
    }

    /// Returns the requests that a person has made, open and closed, oldest first.
    pub fn requests_by(&self, person: &PartyKey) -> Vec<AccessRequest> {
        let state = &*self.0;
        let person = state.number(person);
        let made = person.and_then(|person| state.requests_of.get(&person));
        let mut made = made.map_or_else(Vec::new, |made| made.to_vec());
        made.sort_unstable();
        let made = made.iter().filter_map(|id| state.requests.get(id));
        made.map(|request| state.access_request(request)).collect()
    }

    /// Returns the open requests for access to a party's affairs, oldest first. There are none for
    /// a deleted party, or by a deleted person. [`open_requests_for`](Self::open_requests_for) returns
    /// them for an asker.
    pub fn open_requests(&self, party: &PartyKey) -> Vec<AccessRequest> {
        let state = &*self.0;
        let party = state.number(party).filter(|party| !state.is_gone(*party));
        let open = party.and_then(|party| state.open_requests.get(&party));
        let open = open.into_iter().flat_map(|open| open.iter());
        let open = open.filter_map(|id| state.requests.get(id));
        let open = open.filter(|request| !state.is_gone(request.person));
        open.map(|request| state.access_request(request)).collect()
    }

    /// Returns the open requests for access to a party's affairs, as
    /// [`open_requests`](Self::open_requests) does, for an asker.
    ///
    /// # Errors
    ///
    /// The asker administers no access of the party; one of them is unknown, or the asker deleted.
    pub fn open_requests_for(
        &self,
        by: &PartyKey,
        party: &PartyKey,
        at: DateTime,
    ) -> Result<Vec<AccessRequest>, Refusal> {
        let state = &*self.0;
        let (who, of) = (state.living(by)?, state.existing(party)?);
        if !state.administers(who, of, Moment::of(&at)) {
            return Err(state.not_administrator(who, of));
        }
        Ok(self.open_requests(party))
    }
}
