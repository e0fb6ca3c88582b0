//! A party → the delegations of its affairs, those to come and the expired ones too.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Snapshot;
use super::grantable::Grantable;
use super::in_force::InForce;
use super::record::{DelegationRecord, Gave};
use super::refusal::Refusal;
use super::state::{PartyNo, RecordId, RegisterState};
use crate::altinn::fact::{Moment, Window};
use crate::altinn::facts::WindowState;
use crate::altinn::party::{Party, PartyKey};
use crate::value::DateTime;

/// A delegation in a list, with its place in time, from [`Snapshot::given_for`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ListedDelegation {
    /// The number of the record.
    pub id: RecordId,
    /// The receiver.
    pub to: Arc<Party>,
    /// The provider that lets the receiver act for its client; `None` if this is no client delegation.
    pub provider: Option<Arc<Party>>,
    /// The roles by URN, the packages by code, and the rights: several of a client delegation, else
    /// one.
    pub what: Vec<Grantable>,
    /// The window in which the record holds, with those that it was delegated on from. It contains no
    /// instant if the record rests on nothing, or a party is deleted.
    pub window: Window,
    /// Whether it is to come, holds or has expired at the instant of the list.
    pub state: WindowState,
    /// The party that delegated it.
    pub given_by: PartyKey,
    /// The instant at which it was delegated, if known.
    pub given_at: Option<DateTime>,
    /// The record that it was delegated on from.
    pub on_from: Option<RecordId>,
}

impl Snapshot {
    /// Returns the delegations of a party's affairs, for an asker: those that hold at an instant, those
    /// to come and those that have expired and were not revoked, in the order of their numbers. Those
    /// that others gave on and those of providers to their agents are among them.
    ///
    /// ```
    /// use vedtak::altinn::facts::{Window, WindowState};
    /// use vedtak::altinn::register::DelegationOrder;
    /// use vedtak::altinn::{Party, PartyKey, Register};
    ///
    /// let register = Register::new();
    /// let fjell = PartyKey::organisation("910000001");
    /// let [kari, ola] = ["01017012345", "01017012346"].map(PartyKey::person);
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// let summer = Window::from("2026-07-01T00:00:00+02:00".parse()?);
    /// register.update(|change| {
    ///     change.party(Party::new(fjell.clone(), "FJELL AS").legal_form("AS"))?;
    ///     change.party(Party::new(kari.clone(), "KARI"))?;
    ///     change.party(Party::new(ola.clone(), "OLA"))?;
    ///     change.register_role(&fjell, &kari, "dagl", Window::ALWAYS)?;
    ///     let to_ola = DelegationOrder::new(&kari, &fjell, &ola, now).during(summer);
    ///     change.delegate_package(&to_ola, "jordbruk")
    /// })?;
    ///
    /// let given = register.snapshot().given_for(&kari, &fjell, now)?;
    /// assert_eq!(&*given[0].to.name, "OLA");
    /// assert_eq!((given[0].window, given[0].state), (summer, WindowState::Future));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The asker administers no access of the party; one of them is unknown, or the asker deleted.
    pub fn given_for(
        &self,
        by: &PartyKey,
        of: &PartyKey,
        at: DateTime,
    ) -> Result<Vec<ListedDelegation>, Refusal> {
        let state = &*self.0;
        let (who, of) = (state.living(by)?, state.existing(of)?);
        if !state.administers(who, of, Moment::of(&at)) {
            return Err(state.not_administrator(who, of));
        }
        let in_force = InForce::of(state);
        let records = state.records_about(of).into_iter();
        let records = records.filter_map(|id| Some((id, state.record(id)?)));
        let listed = records.filter_map(|(id, record)| {
            let window = in_force.record(&record);
            let provider = match record.gave {
                Gave::Client(held) => state.party(held.provider).cloned(),
                _ => None,
            };
            Some(ListedDelegation {
                id,
                to: state.party(record.to)?.clone(),
                provider,
                what: state.what_it_gives(&record),
                window,
                state: window.state(at),
                given_by: state.key(record.grant.by),
                given_at: record.grant.at.to_date_time(),
                on_from: record.grant.on_from,
            })
        });
        Ok(listed.collect())
    }
}

impl RegisterState {
    /// Returns the numbers of all delegations of a party's affairs.
    fn records_about(&self, of: PartyNo) -> BTreeSet<RecordId> {
        let mut records = BTreeSet::new();
        let mut receivers = BTreeSet::new();
        for to in self.given.get(&of).into_iter().flat_map(|to| to.iter()) {
            receivers.insert(*to);
            let connection = self.connections.get(&(*to, of)).into_iter();
            for connection in connection {
                let roles = connection.roles.iter();
                let roles = roles.filter_map(|held| Some(held.grant.as_ref()?.id));
                records.extend(roles);
                records.extend(connection.packages.iter().map(|held| held.grant.id));
            }
        }
        let resources = self.resources_given.get(&of).into_iter();
        for resource in resources.flat_map(|resources| resources.iter()) {
            let delegated = self.delegated.get(&(of, resource.clone())).into_iter();
            for delegation in delegated.flat_map(|delegated| delegated.iter()) {
                receivers.insert(delegation.to);
                records.insert(delegation.grant.id);
            }
        }
        // A provider has received something itself.
        for provider in receivers {
            let agents = self.agents.get(&(provider, of)).into_iter();
            for agent in agents.flat_map(|agents| agents.iter()) {
                let held = self.clients.get(&(*agent, of)).into_iter();
                let held = held.flat_map(|held| held.iter());
                let held = held.filter(|held| held.provider == provider);
                records.extend(held.map(|held| held.grant.id));
            }
        }
        records
    }

    /// Returns the roles, the packages and the rights that a record gives.
    fn what_it_gives(&self, record: &DelegationRecord<'_>) -> Vec<Grantable> {
        let package =
            |package| Grantable::Package(self.catalogue.package_by_id(package).code.clone());
        match record.gave {
            Gave::Role(held) => {
                vec![Grantable::Role(
                    self.catalogue.role_by_id(held.role).urn.clone(),
                )]
            }
            Gave::Package(held) => vec![package(held.package)],
            Gave::Resource(held) => vec![Grantable::Resource {
                resource: held.resource.clone(),
                instance: held.instance.clone(),
                rights: held.rights.clone(),
            }],
            Gave::Client(held) => {
                let packages = held.packages.iter().map(|one| package(*one));
                let resources = held.resources.iter();
                let resources = resources.map(|(resource, rights)| Grantable::Resource {
                    resource: resource.clone(),
                    instance: None,
                    rights: rights.clone(),
                });
                packages.chain(resources).collect()
            }
        }
    }
}
