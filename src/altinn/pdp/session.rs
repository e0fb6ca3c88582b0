//! The answers of the sources during one decision or batch; each party and each fact is requested
//! once.

use std::sync::Arc;

use smallvec::SmallVec;

use super::PdpInner;
use super::few::FewOrMany;
use super::rights::OnePackage;
use super::said;
use super::source::{FactSource, SourceFailure};
use crate::altinn::delegation::Delegation;
use crate::altinn::fact::{Fact, Moment};
use crate::altinn::facts::{
    AccessGroups, AccessLists, AccessPackages, Answer, Asked, Delegations, Instances, Parties,
    ResourceRights, Resources, Roles,
};
use crate::altinn::id::{self, AltinnAttribute, AttributeKind};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{Held, Snapshot};
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::evaluate::Budget;
use crate::provider::{Fetched, ProviderError, SharedValues};
use crate::request::{Request, SharedAttributes};
use crate::value::{DateTime, Value};

/// The sources of one decision: the register at one version, and the host's.
pub(super) struct Sources<'a> {
    pub(super) register: Option<&'a Snapshot>,
    pub(super) roles: FactSource<'a, dyn Roles>,
    pub(super) packages: FactSource<'a, dyn AccessPackages>,
    pub(super) groups: FactSource<'a, dyn AccessGroups>,
    pub(super) rights: FactSource<'a, dyn ResourceRights>,
    pub(super) lists: FactSource<'a, dyn AccessLists>,
    pub(super) delegations: FactSource<'a, dyn Delegations>,
    pub(super) parties: FactSource<'a, dyn Parties>,
    pub(super) instances: FactSource<'a, dyn Instances>,
    pub(super) resources: FactSource<'a, dyn Resources>,
}

impl<'a> Sources<'a> {
    /// Returns sources by which everybody has one package, and nothing else.
    pub(super) fn of_one_package(package: &'a OnePackage) -> Self {
        Self {
            register: None,
            roles: FactSource::new("roles", None),
            packages: FactSource::new("access packages", Some(package)),
            groups: FactSource::new("access groups", None),
            rights: FactSource::new("resource rights", None),
            lists: FactSource::new("access lists", None),
            delegations: FactSource::new("delegations", None),
            parties: FactSource::new("parties", None),
            instances: FactSource::new("instances", None),
            resources: FactSource::new("resources", None),
        }
    }
}

/// A subject acting for a party, with the facts about it.
pub(super) struct ActingSubject {
    pub(super) subject: Arc<Party>,
    pub(super) party: Option<Arc<Party>>,
    /// Roles and packages from the register, and the moment of the session.
    held: Option<(Moment, Held)>,
    /// The attributes so far; there are few, so they are searched.
    bags: SmallVec<[AttributeAnswer; 4]>,
}

/// The number of values up to which copying and comparing is faster than sharing and indexing.
const FEW: usize = 8;

/// The answer for one attribute.
struct AttributeAnswer {
    attribute: &'static AltinnAttribute,
    answer: Answer<Fetched>,
    /// Whether its values are shared, or too few to be.
    is_shared: bool,
}

/// A pair, by its index in the session, and the resource or instance that it asks for.
type OnFile = (usize, ResourceId, Option<InstanceId>);

/// Facts that the parts of a batch share.
pub(super) struct Session {
    parties: FewOrMany<PartyKey, Option<Arc<Party>>>,
    /// Parties made of the keys in requests, without a source of parties.
    stated: FewOrMany<Vec<PartyKey>, Arc<Party>>,
    /// The subject of the last request that was understood, and who that is.
    asker: Option<(SharedAttributes, Arc<Party>)>,
    pub(super) pairs: Vec<ActingSubject>,
    /// The delegations of the last resource or instance that they were looked up for, with its pair.
    on_file: Option<(OnFile, Arc<[Delegation]>)>,
    /// The index of each pair, by the addresses of subject and party: the pair keeps both alive, so
    /// addresses are not used again.
    places: FewOrMany<(usize, Option<usize>), usize>,
    /// The budget of the decisions that are still to be made.
    pub(super) budget: Budget,
}

impl PdpInner {
    /// Returns the budget of one call.
    pub(super) fn budget(&self) -> Budget {
        Budget::new(&self.limits)
    }

    /// Returns an empty session.
    pub(super) fn session(&self) -> Session {
        Session {
            parties: FewOrMany::default(),
            stated: FewOrMany::default(),
            asker: None,
            on_file: None,
            pairs: Vec::new(),
            places: FewOrMany::default(),
            budget: self.budget(),
        }
    }
}

impl Session {
    /// Returns the party with these keys of a request, or an error if they belong to several.
    pub(super) fn party(
        &mut self,
        sources: &Sources<'_>,
        keys: &[PartyKey],
    ) -> Result<Option<Arc<Party>>, PartyTrouble> {
        let Some((first, rest)) = keys.split_first() else {
            return Ok(None);
        };
        if sources.parties.is_none() {
            // Without a source of parties, the keys make the party, the same one for all requests
            // of a batch with these keys.
            if let Some(party) = self.stated.get(keys) {
                return Ok(Some(party.clone()));
            }
            let mut party = Party::new(first.clone(), "");
            for key in rest {
                party = party.key(key.clone());
            }
            let party = Arc::new(party);
            self.stated.add(keys.into(), party.clone());
            return Ok(Some(party));
        }
        let mut same: Option<Arc<Party>> = None;
        for key in keys {
            let party = match self.parties.get(key) {
                Some(party) => party.clone(),
                None => {
                    let party = sources.parties.ask(|parties| parties.party(key))?;
                    // A faulty source: this is not the requested party.
                    let party = party.filter(|party| party.has_key(key));
                    self.parties.add(key.clone(), party.clone());
                    party
                }
            };
            let party = party.ok_or_else(|| PartyTrouble::Unknown(key.clone()))?;
            match &same {
                Some(other) if !other.is(&party) => return Err(PartyTrouble::Differ),
                _ => same = Some(party),
            }
        }
        Ok(same)
    }

    /// Returns the one who asks, if the last request had the same subject.
    pub(super) fn asker(&self, request: &Request) -> Option<Arc<Party>> {
        let (subject, asker) = self.asker.as_ref()?;
        (said::only_subject(request)? == subject).then(|| asker.clone())
    }

    /// Keeps who it is that a request has as its subject.
    pub(super) fn keep_asker(&mut self, request: &Request, asker: &Arc<Party>) {
        let subject = said::only_subject(request).cloned();
        self.asker = subject.map(|subject| (subject, asker.clone()));
    }

    /// Returns the delegations that a pair may use for a resource or an instance; the source is asked once
    /// for all requests in a row that are about it.
    pub(super) fn delegations(
        &mut self,
        sources: &Sources<'_>,
        (pair, party): (usize, &Arc<Party>),
        (resource, instance): (&ResourceId, Option<&InstanceId>),
        at: DateTime,
    ) -> Result<Arc<[Delegation]>, SourceFailure> {
        if let Some(((known, of, about), on_file)) = &self.on_file
            && (*known, of, about.as_ref()) == (pair, resource, instance)
        {
            return Ok(on_file.clone());
        }
        let asked = Asked::new(&self.pairs[pair].subject, party, at);
        let found = sources
            .delegations
            .ask(|source| source.delegations(&asked, resource, instance))?;
        let found: Arc<[Delegation]> = found.into();
        let about = (pair, resource.clone(), instance.cloned());
        self.on_file = Some((about, found.clone()));
        Ok(found)
    }

    /// Calls `with` with a pair of the same subject and party as another, about which nothing is
    /// known yet, and forgets it.
    pub(super) fn anew<T>(&mut self, pair: usize, with: impl FnOnce(&mut Self, usize) -> T) -> T {
        let known = &self.pairs[pair];
        let (subject, party) = (known.subject.clone(), known.party.clone());
        self.pairs.push(ActingSubject {
            subject,
            party,
            held: None,
            bags: SmallVec::new(),
        });
        let last = self.pairs.len() - 1;
        let result = with(self, last);
        self.pairs.pop();
        result
    }

    /// Returns the index of a pair, which is added if it is new.
    pub(super) fn pair(&mut self, subject: Arc<Party>, party: Option<Arc<Party>>) -> usize {
        let address = |party: &Arc<Party>| Arc::as_ptr(party).addr();
        let of = (address(&subject), party.as_ref().map(address));
        if let Some(place) = self.places.get(&of) {
            return *place;
        }
        let place = self.pairs.len();
        if place == 0 {
            // Most decisions have one pair, and room for four is no small allocation.
            self.pairs.reserve_exact(1);
        }
        self.pairs.push(ActingSubject {
            subject,
            party,
            held: None,
            bags: SmallVec::new(),
        });
        self.places.add(of, place);
        place
    }
}

/// The reason why the keys of a request identify no party.
pub(super) enum PartyTrouble {
    Source(SourceFailure),
    Unknown(PartyKey),
    Differ,
}

impl From<SourceFailure> for PartyTrouble {
    fn from(failure: SourceFailure) -> Self {
        Self::Source(failure)
    }
}

impl ActingSubject {
    /// Returns the values of a fact attribute of the subject; the source is asked once.
    pub(super) fn fact(
        &mut self,
        inner: &PdpInner,
        sources: &Sources<'_>,
        wanted: &'static AltinnAttribute,
        at: DateTime,
    ) -> Answer<Fetched> {
        let mut known = self.bags.iter_mut();
        if let Some(cached) = known.find(|cached| std::ptr::eq(cached.attribute, wanted)) {
            // A second request: from now on the parts of a batch share the values.
            if !cached.is_shared
                && let Ok(fetched) = &mut cached.answer
                && fetched.values().len() > FEW
            {
                let values = SharedValues::new(fetched.values().iter().cloned());
                *fetched = Fetched::from(values).with_valid_until(fetched.valid_until());
            }
            cached.is_shared = true;
            return cached.answer.clone();
        }
        let answer = self.ask(inner, sources, wanted, at);
        let copy = answer.clone();
        self.bags.push(AttributeAnswer {
            attribute: wanted,
            answer,
            is_shared: false,
        });
        copy
    }

    /// Whether the subject acts for the party, by being it or by any role, package or group, and
    /// the instant at which that may change.
    pub(super) fn acts(
        &mut self,
        inner: &PdpInner,
        sources: &Sources<'_>,
        at: DateTime,
    ) -> Answer<(bool, Moment)> {
        let Some(party) = self.party.clone() else {
            return Ok((false, Moment::FOREVER));
        };
        if self.subject.is(&party) {
            return Ok((true, Moment::FOREVER));
        }
        let mut changes = Moment::FOREVER;
        let mut acts = false;
        for wanted in id::attributes_that(AttributeKind::is_of_acting) {
            let facts = self.fact(inner, sources, wanted, at)?;
            acts |= !facts.values().is_empty();
            let until = facts
                .valid_until()
                .map_or(Moment::FOREVER, |until| Moment::of(&until));
            changes = changes.min(until);
        }
        Ok((acts, changes))
    }

    fn ask(
        &mut self,
        inner: &PdpInner,
        sources: &Sources<'_>,
        wanted: &'static AltinnAttribute,
        at: DateTime,
    ) -> Answer<Fetched> {
        let moment = match &self.held {
            Some((moment, _)) => *moment,
            None => Moment::of(&at),
        };
        if wanted.kind == AttributeKind::AccessList {
            let lists = sources
                .lists
                .ask(|lists| lists.access_lists(&self.subject, at))?;
            return Ok(texts(&lists, moment));
        }
        // Without a party there are no facts; for a deceased or dissolved one, only roles in its
        // estate.
        let is_estate = wanted.kind == AttributeKind::EstateRole;
        let living = |party: &Arc<Party>| is_estate || !party.is_deleted;
        let Some(party) = self.party.clone().filter(living) else {
            return Ok(none());
        };
        if self.held.is_none()
            && let Some(register) = sources.register
        {
            self.held = Some((moment, register.held(&self.subject, &party, moment)));
        }
        let asked = Asked::new(&self.subject, &party, at);
        match (wanted.kind, &self.held) {
            (AttributeKind::AccessGroup, _) => {
                let groups = sources.groups.ask(|groups| groups.access_groups(&asked))?;
                Ok(texts(&groups, moment))
            }
            (AttributeKind::AccessPackage, Some((_, held))) if inner.host.packages.is_none() => {
                Ok(inner.bags.packages(&inner.catalogue, held))
            }
            (AttributeKind::AccessPackage, _) => {
                let packages = sources
                    .packages
                    .ask(|source| source.access_packages(&asked))?;
                Ok(inner
                    .bags
                    .named_packages(&inner.catalogue, &packages, moment))
            }
            (AttributeKind::EstateRole, Some(_)) if inner.host.roles.is_none() => {
                let register = sources
                    .register
                    .map(|register| register.estate_roles(&asked));
                Ok(texts(&register.unwrap_or_default(), moment))
            }
            (AttributeKind::Role(_), Some((_, held))) if inner.host.roles.is_none() => {
                if let [role] = held.roles[..]
                    && let AttributeKind::Role(provider) = wanted.kind
                    && let Some((values, changes)) = inner.bags.alone(inner, provider, role, moment)
                {
                    return Ok(until(values, held.changes.min(changes)));
                }
                let roles = inner.bags.roles(inner, wanted.id, &held.roles, moment);
                Ok(until(roles.0, held.changes.min(roles.1)))
            }
            (AttributeKind::Role(_) | AttributeKind::EstateRole, _) => {
                let roles = sources.roles.ask(|source| source.roles(&asked))?;
                Ok(inner.bags.named_roles(inner, wanted.id, &roles, moment))
            }
            (
                AttributeKind::Party(..)
                | AttributeKind::AccessList
                | AttributeKind::PartyType
                | AttributeKind::ServiceOwner
                | AttributeKind::DelegatingApp
                | AttributeKind::ResourceRight
                | AttributeKind::Resource
                | AttributeKind::AppOwner
                | AttributeKind::App
                | AttributeKind::Instance
                | AttributeKind::InstanceState
                | AttributeKind::AppPart,
                _,
            ) => Err(ProviderError::new(format!(
                "no source supplies `{}`",
                wanted.id
            ))),
        }
    }
}

/// Returns no values, valid for ever.
pub(super) fn none() -> Fetched {
    Fetched::from(Vec::new())
}

pub(super) fn until(fetched: impl Into<Fetched>, changes: Moment) -> Fetched {
    let fetched: Fetched = fetched.into();
    fetched.with_valid_until(changes.to_date_time())
}

fn texts(facts: &[Fact<Arc<str>>], at: Moment) -> Fetched {
    let holding = facts.iter().filter(|fact| fact.window.holds(at));
    let values: Vec<Value> = holding
        .map(|fact| Value::String(fact.value.clone()))
        .collect();
    until(values, next_change(facts, at))
}

/// Returns the instant at which the first of some facts begins or ends.
pub(super) fn next_change<T>(facts: &[Fact<T>], at: Moment) -> Moment {
    let changes = facts.iter().map(|fact| fact.window.changes_after(at));
    changes.min().unwrap_or(Moment::FOREVER)
}
