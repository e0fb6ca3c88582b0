//! What one decision, or a batch of them, has learnt from the sources: each party and each fact is
//! asked for once.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Inner;
use super::complete::named;
use crate::altinn::fact::{Fact, Moment};
use crate::altinn::id::subject;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{Held, Snapshot};
use crate::altinn::source::{
    AccessGroups, AccessLists, AccessPackages, Answer, Asked, Delegations, Instances, Parties,
    ResourceRights, Resources, Roles,
};
use crate::evaluate::Budget;
use crate::provider::{Fetched, ProviderError, SharedValues};
use crate::value::{DateTime, Value};

/// The sources as one decision sees them: those of the register at one instant, and the host's.
pub(super) struct Sources<'a> {
    pub(super) register: Option<&'a Snapshot>,
    pub(super) roles: Option<&'a dyn Roles>,
    pub(super) packages: Option<&'a dyn AccessPackages>,
    pub(super) groups: Option<&'a dyn AccessGroups>,
    pub(super) rights: Option<&'a dyn ResourceRights>,
    pub(super) lists: Option<&'a dyn AccessLists>,
    pub(super) delegations: Option<&'a dyn Delegations>,
    pub(super) parties: Option<&'a dyn Parties>,
    pub(super) instances: Option<&'a dyn Instances>,
    pub(super) resources: Option<&'a dyn Resources>,
}

/// Someone acting for a party, and what is known of that.
pub(super) struct Pair {
    pub(super) subject: Arc<Party>,
    pub(super) party: Option<Arc<Party>>,
    /// From the register: roles and packages together.
    held: Option<Held>,
    /// What was asked for, by attribute: names of attributes are few.
    bags: SmallVec<[Bag; 4]>,
}

/// So many values are copied and compared faster than they are shared and indexed.
const FEW: usize = 8;

/// What one attribute was answered.
struct Bag {
    id: &'static str,
    answer: Answer<Fetched>,
    /// Its values are shared, or too few for it.
    is_shared: bool,
}

/// Facts that the parts of a batch share. The tables are hashed: a batch may be of as many askers
/// as it has requests.
pub(super) struct Session {
    parties: HashMap<PartyKey, Option<Arc<Party>>>,
    /// Parties that are what requests say, where no source knows better.
    stated: HashMap<Vec<PartyKey>, Arc<Party>>,
    pub(super) pairs: Vec<Pair>,
    /// Where each pair stands, by the addresses of asker and party: the pair keeps both, so nobody else
    /// comes to live there.
    places: HashMap<(usize, Option<usize>), usize>,
    /// What the decisions that are still to be made may take together.
    pub(super) budget: Budget,
}

impl Inner {
    /// What one call may take.
    pub(super) fn budget(&self) -> Budget {
        Budget::new(&self.limits)
    }

    /// Nothing learnt yet.
    pub(super) fn session(&self) -> Session {
        Session {
            parties: HashMap::new(),
            stated: HashMap::new(),
            pairs: Vec::new(),
            places: HashMap::new(),
            budget: self.budget(),
        }
    }
}

impl Session {
    /// The party behind some keys of a request: they must all be of one.
    pub(super) fn party(
        &mut self,
        sources: &Sources<'_>,
        keys: &[PartyKey],
    ) -> Result<Option<Arc<Party>>, PartyTrouble> {
        let Some((first, rest)) = keys.split_first() else {
            return Ok(None);
        };
        let Some(parties) = sources.parties else {
            // Nobody knows parties: it is what the request says it is, and the same one wherever a
            // batch says the same.
            if let Some(party) = self.stated.get(keys) {
                return Ok(Some(party.clone()));
            }
            let mut party = Party::new(first.clone(), "");
            for key in rest {
                party = party.key(key.clone());
            }
            let party = Arc::new(party);
            self.stated.insert(keys.into(), party.clone());
            return Ok(Some(party));
        };
        let mut found: Option<Arc<Party>> = None;
        for key in keys {
            let party = match self.parties.get(key) {
                Some(party) => party.clone(),
                None => {
                    let party = parties.party(key).map_err(PartyTrouble::Source)?;
                    // A lying source: not the party that was asked for.
                    let party = party.filter(|party| party.has_key(key));
                    self.parties.insert(key.clone(), party.clone());
                    party
                }
            };
            let party = party.ok_or_else(|| PartyTrouble::Unknown(key.clone()))?;
            match &found {
                Some(other) if !other.is(&party) => return Err(PartyTrouble::Differ),
                _ => found = Some(party),
            }
        }
        Ok(found)
    }

    /// The place of a pair among those known.
    pub(super) fn pair(&mut self, subject: Arc<Party>, party: Option<Arc<Party>>) -> usize {
        let address = |party: &Arc<Party>| Arc::as_ptr(party).addr();
        let of = (address(&subject), party.as_ref().map(address));
        *self.places.entry(of).or_insert_with(|| {
            self.pairs.push(Pair {
                subject,
                party,
                held: None,
                bags: SmallVec::new(),
            });
            self.pairs.len() - 1
        })
    }
}

/// Why a request's keys name no party.
pub(super) enum PartyTrouble {
    Source(ProviderError),
    Unknown(PartyKey),
    Differ,
}

impl Pair {
    /// The values of a fact attribute of the subject, asked for once.
    pub(super) fn fact(
        &mut self,
        inner: &Inner,
        sources: &Sources<'_>,
        id: &'static str,
        at: DateTime,
    ) -> Answer<Fetched> {
        if let Some(known) = self.bags.iter_mut().find(|known| known.id == id) {
            // Asked for a second time: the parts of a batch share the values from now on.
            if !known.is_shared
                && let Ok(fetched) = &mut known.answer
                && fetched.values().len() > FEW
            {
                let values = SharedValues::new(fetched.values().iter().cloned());
                *fetched = Fetched::from(values).valid_until(fetched.until());
            }
            known.is_shared = true;
            return known.answer.clone();
        }
        let answer = self.ask(inner, sources, id, at);
        self.bags.push(Bag {
            id,
            answer: answer.clone(),
            is_shared: false,
        });
        answer
    }

    /// Whether the asker acts for the party at all, by being it or by any role, package or group; and
    /// when that may change.
    pub(super) fn acts(
        &mut self,
        inner: &Inner,
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
        for id in [
            subject::ACCESS_PACKAGE,
            subject::ACCESS_GROUP,
            subject::ROLE_CODE,
            subject::REGISTER_ROLE,
            subject::GUARDIAN_ROLE,
            subject::ROLE,
        ] {
            let facts = self.fact(inner, sources, id, at)?;
            acts |= !facts.values().is_empty();
            let until = facts
                .until()
                .map_or(Moment::FOREVER, |until| Moment::of(&until));
            changes = changes.min(until);
        }
        Ok((acts, changes))
    }

    fn ask(
        &mut self,
        inner: &Inner,
        sources: &Sources<'_>,
        id: &'static str,
        at: DateTime,
    ) -> Answer<Fetched> {
        let moment = Moment::of(&at);
        if id == subject::ACCESS_LIST {
            let lists = sources
                .lists
                .map(|lists| lists.access_lists(&self.subject, at));
            return facts("access lists", lists).map(|facts| texts(&facts, moment));
        }
        // For nobody in particular, nobody has anything; of one who is no more, only heirs.
        let is_estate = id == subject::ESTATE_ROLE;
        let living = |party: &Arc<Party>| is_estate || !party.is_deleted;
        let Some(party) = self.party.clone().filter(living) else {
            return Ok(none());
        };
        if self.held.is_none()
            && let Some(register) = sources.register
        {
            self.held = Some(register.held(&self.subject, &party, moment));
        }
        let asked = Asked::new(&self.subject, &party, at);
        match (id, &self.held) {
            (subject::ACCESS_GROUP, _) => {
                let groups = sources.groups.map(|groups| groups.access_groups(&asked));
                facts("access groups", groups).map(|facts| texts(&facts, moment))
            }
            (subject::ACCESS_PACKAGE, Some(held)) if inner.host.packages.is_none() => {
                Ok(inner.bags.packages(&inner.catalogue, held))
            }
            (subject::ACCESS_PACKAGE, _) => {
                let packages = sources
                    .packages
                    .map(|source| source.access_packages(&asked));
                let facts = facts("access packages", packages)?;
                Ok(inner.bags.named_packages(&inner.catalogue, &facts, moment))
            }
            (subject::ESTATE_ROLE, Some(_)) if inner.host.roles.is_none() => {
                let register = sources
                    .register
                    .map(|register| register.estate_roles(&asked));
                Ok(texts(&register.unwrap_or_default(), moment))
            }
            (_, Some(held)) if inner.host.roles.is_none() => {
                if let [role] = held.roles[..]
                    && let Some((values, changes)) = inner.bags.alone(inner, id, role, moment)
                {
                    return Ok(until(values, held.changes.min(changes)));
                }
                let roles = inner.bags.roles(inner, id, &held.roles, moment);
                Ok(until(roles.0, held.changes.min(roles.1)))
            }
            _ => {
                let roles = sources.roles.map(|source| source.roles(&asked));
                let facts = facts("roles", roles)?;
                Ok(inner.bags.named_roles(inner, id, &facts, moment))
            }
        }
    }
}

/// What a source says: nothing if there is none; if it fails, with its name.
fn facts<T>(name: &str, answer: Option<Answer<Vec<T>>>) -> Answer<Vec<T>> {
    match answer {
        Some(answer) => answer.map_err(|error| named(name, &error)),
        None => Ok(Vec::new()),
    }
}

/// No values, for ever.
pub(super) fn none() -> Fetched {
    Fetched::from(Vec::new())
}

pub(super) fn until(fetched: impl Into<Fetched>, changes: Moment) -> Fetched {
    let fetched: Fetched = fetched.into();
    fetched.valid_until(changes.to_date_time())
}

fn texts(facts: &[Fact<Arc<str>>], at: Moment) -> Fetched {
    let holding = facts.iter().filter(|fact| fact.window.holds(at));
    let values: Vec<Value> = holding
        .map(|fact| Value::String(fact.value.clone()))
        .collect();
    until(values, next_change(facts, at))
}

/// When the first of some facts begins or ends.
pub(super) fn next_change<T>(facts: &[Fact<T>], at: Moment) -> Moment {
    let changes = facts.iter().map(|fact| fact.window.changes_after(at));
    changes.min().unwrap_or(Moment::FOREVER)
}
