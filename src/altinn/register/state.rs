//! The tables of a register's state, which snapshots share.

use std::collections::BTreeMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::chains::ChainWindows;
use super::grantable::Grantable;
use super::refusal::Refusal;
use super::table::{ChunkedList, ShardedMap};
use crate::altinn::catalogue::{Catalogue, PackageId, RoleId};
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{Party, PartyKey, Place};
use crate::altinn::resource::{Instance, InstanceId, Resource, ResourceId};
use crate::altinn::transition::Transition;

/// The number of a party in one register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct PartyNo(pub(super) u32);

/// The number of a grant, a delegation or a request for access. No number is assigned twice, but
/// those of an [`update`](super::Register::update) that was refused, which names nothing by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub(super) u64);

impl RecordId {
    /// The number, for hosts to store.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl From<u64> for RecordId {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl std::fmt::Display for RecordId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Names, each with the window in which it holds.
pub(super) type Named = Vec<(Arc<str>, Window)>;

/// All facts of a register, between two changes.
#[derive(Clone)]
pub(super) struct RegisterState {
    pub(super) catalogue: Catalogue,
    pub(super) known: KnownRoles,
    /// By their numbers.
    parties: ChunkedList<Arc<Party>>,
    pub(super) keys: ShardedMap<PartyKey, PartyNo>,
    /// (to, from) → the roles and packages that `to` has for `from`.
    pub(super) connections: ShardedMap<(PartyNo, PartyNo), Arc<Connection>>,
    /// `to` → every `from`.
    pub(super) received: ShardedMap<PartyNo, Arc<Vec<PartyNo>>>,
    /// `from` → every `to`.
    pub(super) given: ShardedMap<PartyNo, Arc<Vec<PartyNo>>>,
    /// A party → the parties for which it has a key role, at any time.
    pub(super) key_roles: ShardedMap<PartyNo, SmallVec<[PartyNo; 2]>>,
    /// A party → the parties that have a key role for it, at any time.
    pub(super) run_by: ShardedMap<PartyNo, SmallVec<[PartyNo; 2]>>,
    /// An organisation → its sub-units, systems and enterprise users.
    pub(super) parts: ShardedMap<PartyNo, Arc<Vec<PartyNo>>>,
    /// (agent, client) → the client delegations to the agent.
    pub(super) clients: ShardedMap<(PartyNo, PartyNo), Arc<Vec<ClientDelegation>>>,
    /// (provider, client) → the agents with such delegations.
    pub(super) agents: ShardedMap<(PartyNo, PartyNo), Arc<Vec<PartyNo>>>,
    /// (agent, provider) → the clients of the provider with such delegations.
    pub(super) served: ShardedMap<(PartyNo, PartyNo), Arc<Vec<PartyNo>>>,
    /// (from, resource) → delegations of the resource and its instances.
    pub(super) delegated: ShardedMap<(PartyNo, ResourceId), Arc<Vec<Arc<ResourceDelegation>>>>,
    /// `from` → the resources it has delegated.
    pub(super) resources_given: ShardedMap<PartyNo, Arc<Vec<ResourceId>>>,
    /// `to` → the delegations of resources and instances that it has received.
    pub(super) delegated_to: ShardedMap<PartyNo, Arc<Vec<RecordId>>>,
    /// A resource → every `from` that has delegated it.
    pub(super) delegators: ShardedMap<ResourceId, Arc<Vec<PartyNo>>>,
    /// A record → the key of the table that has it.
    pub(super) places: ShardedMap<RecordId, RecordPlace>,
    /// A record → the records that were delegated on from it.
    pub(super) delegated_on: ShardedMap<RecordId, SmallVec<[RecordId; 2]>>,
    pub(super) rights: ShardedMap<(ResourceId, PartyNo), Arc<Vec<HeldRight>>>,
    /// A party that alone may use resource rights → the parties that have them, once for each right.
    pub(super) performs: ShardedMap<PartyNo, Arc<Vec<PartyNo>>>,
    pub(super) rights_by_party: ShardedMap<PartyNo, Arc<Vec<ResourceId>>>,
    pub(super) rights_by_resource: ShardedMap<ResourceId, Arc<Vec<PartyNo>>>,
    /// (to, from) → roles in the estate of `from`, by their URN.
    pub(super) estates: ShardedMap<(PartyNo, PartyNo), Arc<Named>>,
    /// The deceased → everyone with a role in the estate.
    pub(super) heirs: ShardedMap<PartyNo, Arc<Vec<PartyNo>>>,
    /// A party with a role in an estate → the deceased.
    pub(super) inherits: ShardedMap<PartyNo, Arc<Vec<PartyNo>>>,
    /// A party → the memberships of its access groups: the member (`None`: everyone who acts for the
    /// party) and the group.
    pub(super) groups: ShardedMap<PartyNo, Arc<GroupMembers>>,
    /// A member named in access groups → their party, once for each membership.
    pub(super) grouped: ShardedMap<PartyNo, Arc<Vec<PartyNo>>>,
    pub(super) lists: ShardedMap<Arc<str>, Arc<AccessList>>,
    /// A party → the lists it is a member of.
    pub(super) memberships: ShardedMap<PartyNo, Arc<Named>>,
    pub(super) resources: ShardedMap<ResourceId, Arc<Resource>>,
    /// An instance → its party, and its description.
    pub(super) instances: ShardedMap<InstanceId, (PartyNo, Arc<Instance>)>,
    /// Requests for access, open and closed. They are not in `places`, which has records that give
    /// access.
    pub(super) requests: ShardedMap<RecordId, Arc<StoredRequest>>,
    /// A person → all her requests.
    pub(super) requests_of: ShardedMap<PartyNo, Arc<Vec<RecordId>>>,
    /// A party → the open requests for access to it.
    pub(super) open_requests: ShardedMap<PartyNo, Arc<Vec<RecordId>>>,
    /// (person, party) → the open requests of the person.
    pub(super) open_by: ShardedMap<(PartyNo, PartyNo), Arc<Vec<RecordId>>>,
    pub(super) chains: ChainWindows,
    pub(super) next_record: u64,
    /// The transition after which roles of Altinn II make no administrators.
    pub(super) transition: Transition,
    /// The first instant at which roles of Altinn II cannot be delegated.
    pub(super) no_new_altinn2_roles: Moment,
}

/// The members of a party's access groups, each with the group (`None`: everyone who acts for the party),
/// and when they are in it.
pub(super) type GroupMembers = BTreeMap<(Option<PartyNo>, Arc<str>), Window>;

/// The roles and packages that one party has for another. `stated` is the window of a record by
/// itself, here and in delegations; [`InForce`](super::in_force::InForce) computes the one in which
/// it holds.
///
/// INVARIANT: roles and packages are in the order of their numbers, roles without a number first;
/// so are the records of [`RegisterState::clients`] and [`RegisterState::delegated`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Connection {
    pub(super) roles: SmallVec<[HeldRole; 1]>,
    pub(super) packages: Vec<HeldPackage>,
}

/// The origin of a record: its number, who gave it and when, and the record it was delegated on
/// from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RecordOrigin {
    pub(super) id: RecordId,
    pub(super) by: PartyNo,
    pub(super) at: Moment,
    pub(super) on_from: Option<RecordId>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct HeldRole {
    pub(super) role: RoleId,
    pub(super) stated: Window,
    /// `None`: a register or the host reported it.
    pub(super) grant: Option<Arc<RecordOrigin>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct HeldPackage {
    pub(super) package: PackageId,
    pub(super) stated: Window,
    pub(super) grant: RecordOrigin,
}

/// A delegation by a provider that lets an agent act for a client.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ClientDelegation {
    pub(super) provider: PartyNo,
    /// The provider's role for the client, such as accountant; `rettighetshaver` for packages that
    /// the client delegated.
    pub(super) role: RoleId,
    pub(super) packages: Vec<PackageId>,
    pub(super) resources: Vec<(ResourceId, Vec<Right>)>,
    pub(super) stated: Window,
    pub(super) grant: RecordOrigin,
}

/// A delegation by which a party lets another use one of its resources.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ResourceDelegation {
    pub(super) resource: ResourceId,
    pub(super) instance: Option<InstanceId>,
    pub(super) from: PartyNo,
    pub(super) to: PartyNo,
    pub(super) rights: Vec<Right>,
    pub(super) stated: Window,
    pub(super) grant: RecordOrigin,
    /// The package that it is one service of: a delegation of the package is among the records that
    /// it was delegated on from.
    pub(super) out_of: Option<PackageId>,
}

impl ResourceDelegation {
    /// Whether one of its rights includes this one.
    pub(super) fn covers(&self, right: &Right) -> bool {
        self.rights.iter().any(|held| held.covers(right))
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct HeldRight {
    pub(super) id: RecordId,
    pub(super) performed_by: Option<PartyNo>,
    pub(super) rights_type: Arc<str>,
    pub(super) rights_value: Arc<str>,
    pub(super) window: Window,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct AccessList {
    pub(super) name: Arc<str>,
    pub(super) members: BTreeMap<PartyNo, Window>,
    /// Resource → the actions for which it is open; `None`: all.
    pub(super) connections: BTreeMap<ResourceId, Option<Vec<Arc<str>>>>,
}

/// A request of a person for access.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StoredRequest {
    pub(super) id: RecordId,
    pub(super) person: PartyNo,
    pub(super) party: PartyNo,
    pub(super) what: Grantable,
    pub(super) at: Moment,
    pub(super) answer: RequestAnswer,
}

/// The answer to a request; `Open` if there is none.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RequestAnswer {
    Open,
    Approved {
        by: PartyNo,
        at: Moment,
        /// The delegation by which it was approved.
        record: RecordId,
    },
    Declined {
        by: PartyNo,
        at: Moment,
    },
    Withdrawn {
        at: Moment,
    },
}

/// The key of the table entry that has a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum RecordPlace {
    Connection {
        to: PartyNo,
        from: PartyNo,
    },
    Client {
        agent: PartyNo,
        client: PartyNo,
    },
    Delegation {
        from: PartyNo,
        resource: ResourceId,
    },
    Right {
        resource: ResourceId,
        party: PartyNo,
    },
}

/// Roles with a meaning in the rules of the domain; `None` if the catalogue lacks them.
#[derive(Clone, Copy, Debug)]
pub(super) struct KnownRoles {
    pub(super) private_person: Option<RoleId>,
    pub(super) self_registered: Option<RoleId>,
    pub(super) right_holder: Option<RoleId>,
    pub(super) main_administrator: Option<RoleId>,
    pub(super) old_main_administrator: Option<RoleId>,
    pub(super) access_administrator: Option<RoleId>,
    pub(super) client_administrator: Option<RoleId>,
    pub(super) accountant: Option<RoleId>,
    pub(super) auditor: Option<RoleId>,
    pub(super) business_manager: Option<RoleId>,
    pub(super) owner: Option<RoleId>,
    pub(super) shared_liability: Option<RoleId>,
    /// Relations that give no access by themselves.
    pub(super) bare: [Option<RoleId>; 4],
}

impl KnownRoles {
    fn of(catalogue: &Catalogue) -> Self {
        let role = |urn: &str| catalogue.role(urn);
        let right_holder = role("urn:altinn:role:rettighetshaver");
        let agent = role("urn:altinn:role:agent");
        Self {
            private_person: role("urn:altinn:role:privatperson"),
            self_registered: role("urn:altinn:role:selvregistrert"),
            right_holder,
            main_administrator: role("urn:altinn:role:hovedadministrator"),
            old_main_administrator: role("urn:altinn:rolecode:hadm"),
            access_administrator: role("urn:altinn:rolecode:admai"),
            client_administrator: role("urn:altinn:rolecode:kladm"),
            accountant: role("urn:altinn:external-role:ccr:regnskapsforer"),
            auditor: role("urn:altinn:external-role:ccr:revisor"),
            business_manager: role("urn:altinn:external-role:ccr:forretningsforer"),
            owner: role("urn:altinn:external-role:ccr:innehaver"),
            shared_liability: role("urn:altinn:external-role:ccr:deltaker-delt-ansvar"),
            bare: [
                right_holder,
                agent,
                role("urn:altinn:role:supplier"),
                role("urn:altinn:role:appstyrt-rettighetshaver"),
            ],
        }
    }
}

impl RegisterState {
    pub(super) fn new(catalogue: Catalogue) -> Self {
        Self {
            known: KnownRoles::of(&catalogue),
            catalogue,
            parties: ChunkedList::default(),
            keys: ShardedMap::default(),
            connections: ShardedMap::default(),
            received: ShardedMap::default(),
            given: ShardedMap::default(),
            key_roles: ShardedMap::default(),
            run_by: ShardedMap::default(),
            parts: ShardedMap::default(),
            clients: ShardedMap::default(),
            agents: ShardedMap::default(),
            served: ShardedMap::default(),
            delegated: ShardedMap::default(),
            resources_given: ShardedMap::default(),
            delegated_to: ShardedMap::default(),
            delegators: ShardedMap::default(),
            places: ShardedMap::default(),
            delegated_on: ShardedMap::default(),
            rights: ShardedMap::default(),
            rights_by_party: ShardedMap::default(),
            rights_by_resource: ShardedMap::default(),
            estates: ShardedMap::default(),
            heirs: ShardedMap::default(),
            inherits: ShardedMap::default(),
            groups: ShardedMap::default(),
            performs: ShardedMap::default(),
            grouped: ShardedMap::default(),
            lists: ShardedMap::default(),
            memberships: ShardedMap::default(),
            resources: ShardedMap::default(),
            instances: ShardedMap::default(),
            requests: ShardedMap::default(),
            requests_of: ShardedMap::default(),
            open_requests: ShardedMap::default(),
            open_by: ShardedMap::default(),
            chains: ChainWindows::default(),
            next_record: 1,
            transition: Transition::default(),
            no_new_altinn2_roles: super::NO_NEW_ALTINN2_ROLES,
        }
    }

    /// Returns a state without client delegations, to ask what parties have otherwise.
    pub(super) fn without_clients(&self) -> Self {
        Self {
            clients: ShardedMap::default(),
            ..self.clone()
        }
    }

    /// Returns the number of the party that has one of these keys.
    pub(super) fn find(&self, party: &Party) -> Option<PartyNo> {
        // One that the register gave is in its place. A copy is not, nor is one of another register.
        let number = PartyNo(party.place.0);
        if self
            .party(number)
            .is_some_and(|known| std::ptr::eq(&**known, party))
        {
            return Some(number);
        }
        // The first two of its keys, which most parties have and no text is copied for.
        let (uuid, id) = (party.uuid.map(PartyKey::Uuid), party.id.map(PartyKey::Id));
        let mut first = [uuid, id].into_iter().flatten();
        let known = first.find_map(|key| self.keys.get(&key));
        let known = known.or_else(|| party.keys().find_map(|key| self.keys.get(&key)));
        known.copied()
    }

    pub(super) fn number(&self, key: &PartyKey) -> Option<PartyNo> {
        self.keys.get(key).copied()
    }

    /// Returns the party of a number; `None` if the register has no such party.
    pub(super) fn party(&self, number: PartyNo) -> Option<&Arc<Party>> {
        self.parties.get(number.0 as usize)
    }

    /// Returns all parties, in the order of their numbers.
    pub(super) fn parties(&self) -> impl Iterator<Item = (PartyNo, &Arc<Party>)> {
        (0..).map(PartyNo).zip(self.parties.iter())
    }

    /// Returns the number of the party that is added next: that of parties, which are never removed.
    pub(super) fn next_party(&self) -> PartyNo {
        PartyNo(u32::try_from(self.parties.len()).unwrap_or(u32::MAX))
    }

    /// Puts a party in the place of another one, or at the end.
    pub(super) fn set_party(&mut self, number: PartyNo, mut party: Party) {
        party.place = Place(number.0);
        self.parties.put(number.0 as usize, Arc::new(party));
    }

    /// Returns the name of a party; empty if there is none.
    pub(super) fn name(&self, number: PartyNo) -> &str {
        self.party(number).map_or("", |party| &party.name)
    }

    /// Returns the main unit of a sub-unit; `None` for other parties.
    pub(super) fn main_unit(&self, party: &Party) -> Option<PartyNo> {
        let is_unit = party.kind == crate::altinn::party::PartyKind::Organisation;
        self.number(party.parent.as_ref().filter(|_| is_unit)?)
    }

    /// Whether a party is another one or part of it, directly or through others.
    pub(super) fn is_within(&self, part: PartyNo, whole: PartyNo) -> bool {
        // Whatever has no parts need not be looked for.
        let has_parts = self
            .parts
            .get(&whole)
            .is_some_and(|parts| !parts.is_empty());
        let of = |part: &PartyNo| self.number(self.party(*part)?.parent.as_ref()?);
        let mut wholes = std::iter::successors(Some(part).filter(|_| has_parts), of);
        part == whole || wholes.any(|one| one == whole)
    }

    pub(super) fn new_record(&mut self, place: RecordPlace) -> Result<RecordId, Refusal> {
        let id = self.new_id()?;
        self.places.insert(id, place);
        Ok(id)
    }
}
