//! What one decision, or a batch of them, has learnt from the sources: each party and each fact is
//! asked for once.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Inner;
use super::complete::named;
use crate::altinn::catalogue::{Catalogue, PackageId, Provider, RoleId};
use crate::altinn::fact::{Fact, Moment};
use crate::altinn::id::subject;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{Held, Snapshot};
use crate::altinn::source::{
    AccessGroups, AccessLists, AccessPackages, Answer, Asked, Delegations, Instances, Parties,
    ResourceRights, Resources, Roles,
};
use crate::provider::{Fetched, ProviderError};
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
    bags: SmallVec<[(&'static str, Answer<Fetched>); 4]>,
}

/// What is kept between the parts of a batch.
#[derive(Default)]
pub(super) struct Session {
    parties: Vec<(PartyKey, Option<Arc<Party>>)>,
    pub(super) pairs: Vec<Pair>,
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
            // Nobody knows parties: it is what the request says it is.
            let mut party = Party::new(first.clone(), "");
            for key in rest {
                party = party.key(key.clone());
            }
            return Ok(Some(Arc::new(party)));
        };
        let mut found: Option<Arc<Party>> = None;
        for key in keys {
            let known = self.parties.iter().find(|(known, _)| known == key);
            let party = match known {
                Some((_, party)) => party.clone(),
                None => {
                    let party = parties.party(key).map_err(PartyTrouble::Source)?;
                    // A lying source: not the party that was asked for.
                    let party = party.filter(|party| party.has_key(key));
                    self.parties.push((key.clone(), party.clone()));
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
        let same = |a: &Option<Arc<Party>>, b: &Option<Arc<Party>>| match (a, b) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        let known = self
            .pairs
            .iter()
            .position(|pair| Arc::ptr_eq(&pair.subject, &subject) && same(&pair.party, &party));
        known.unwrap_or_else(|| {
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
        if let Some((_, known)) = self.bags.iter().find(|(known, _)| *known == id) {
            return known.clone();
        }
        let answer = self.ask(inner, sources, id, at);
        self.bags.push((id, answer.clone()));
        answer
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
        let Some(party) = self.party.clone() else {
            // For nobody in particular, nobody has anything.
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

/// The value of the attribute `urn:altinn:accesspackage` that a package's URN stands for.
fn package_value(urn: &str) -> &str {
    let rest = urn.strip_prefix(subject::ACCESS_PACKAGE);
    rest.and_then(|rest| rest.strip_prefix(':')).unwrap_or(urn)
}

/// Values made once: those of every role and package of a catalogue.
pub(super) struct Bags {
    /// Of each role, its values under each attribute that may ask for it.
    roles: Vec<SmallVec<[(&'static str, Value); 3]>>,
    packages: Vec<Value>,
    /// The packages of a role held for a party whose legal form adds none: shared by decisions.
    of_role: Vec<Arc<[Value]>>,
}

impl Bags {
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        let roles = catalogue.roles().map(|(_, role)| {
            let mut values = SmallVec::new();
            let attribute = match role.provider {
                Provider::CentralCoordinatingRegister => Some(subject::REGISTER_ROLE),
                Provider::CivilRightsAuthority => Some(subject::GUARDIAN_ROLE),
                Provider::Altinn3 => Some(subject::ROLE),
                Provider::Altinn2 => None,
            };
            if let Some(attribute) = attribute {
                values.push((attribute, Value::String(role.code.clone())));
            }
            let short = match attribute {
                None => Some(&role.code),
                Some(_) => role.legacy_code.as_ref(),
            };
            if let Some(short) = short {
                // Policies spell short codes in capitals or not, and some compare letter by letter.
                for spelling in [short.to_lowercase(), short.to_uppercase()] {
                    values.push((subject::ROLE_CODE, Value::from(spelling)));
                }
            }
            values
        });
        // What policies match is the end of the URN, which for one package is not its code.
        let packages: Vec<Value> = catalogue
            .packages()
            .map(|(_, package)| Value::from(package_value(&package.urn)))
            .collect();
        let of_role = catalogue.roles().map(|(role, _)| {
            let of_role = catalogue.packages_of(role, None).iter();
            of_role
                .map(|package| packages[package.index()].clone())
                .collect()
        });
        Self {
            roles: roles.collect(),
            of_role: of_role.collect(),
            packages,
        }
    }

    /// The values under one attribute of some roles and of those they imply, and when the
    /// transition changes them.
    fn roles(&self, inner: &Inner, id: &str, held: &[RoleId], at: Moment) -> (Vec<Value>, Moment) {
        let mut all: SmallVec<[RoleId; 32]> = SmallVec::new();
        for role in held {
            let implied = inner.catalogue.implied_roles(*role);
            for role in std::iter::once(role).chain(implied) {
                if !all.contains(role) {
                    all.push(*role);
                }
            }
        }
        let end = inner.transition.end;
        let mut changes = Moment::FOREVER;
        let mut values = Vec::with_capacity(2 * all.len());
        for role in all {
            if inner.catalogue.role_by_id(role).is_altinn2() {
                if at >= end {
                    continue;
                }
                changes = end;
            }
            let named = self.roles[role.index()]
                .iter()
                .filter(|(known, _)| *known == id);
            values.extend(named.map(|(_, value)| value.clone()));
        }
        (values, changes)
    }

    /// As [`roles`](Self::roles), of roles by name. Names the catalogue does not know are values
    /// of the attribute their URN begins with.
    fn named_roles(
        &self,
        inner: &Inner,
        id: &'static str,
        facts: &[Fact<Arc<str>>],
        at: Moment,
    ) -> Fetched {
        let mut known: SmallVec<[RoleId; 8]> = SmallVec::new();
        let mut others = Vec::new();
        for fact in facts.iter().filter(|fact| fact.window.holds(at)) {
            match inner.catalogue.role(&fact.value) {
                Some(role) => known.push(role),
                None if id == subject::ESTATE_ROLE => {
                    if fact.value.starts_with("urn:digitaltdodsbo:") {
                        others.push(Value::String(fact.value.clone()));
                    }
                }
                // What nobody knows may be a role of Altinn II, too.
                None if id == subject::ROLE_CODE && at >= inner.transition.end => {}
                None => {
                    let code = fact
                        .value
                        .strip_prefix(id)
                        .and_then(|r| r.strip_prefix(':'));
                    others.extend(code.map(Value::from));
                }
            }
        }
        let (mut values, changes) = self.roles(inner, id, &known, at);
        values.extend(others);
        until(values, changes.min(next_change(facts, at)))
    }

    /// The packages of the register's roles and delegations.
    fn packages(&self, catalogue: &Catalogue, held: &Held) -> Fetched {
        if let ([(role, form)], []) = (&held.sources[..], &held.packages[..]) {
            let of_form = catalogue.packages_of(*role, form.as_deref());
            let shared = &self.of_role[role.index()];
            if of_form.len() == shared.len() {
                return until(shared.clone(), held.changes);
            }
        }
        let mut all: Vec<PackageId> = held.packages.to_vec();
        for (role, form) in &held.sources {
            all.extend(catalogue.packages_of(*role, form.as_deref()));
        }
        all.sort_unstable();
        all.dedup();
        let values: Vec<Value> = all
            .iter()
            .map(|p| self.packages[p.index()].clone())
            .collect();
        until(values, held.changes)
    }

    fn named_packages(
        &self,
        catalogue: &Catalogue,
        facts: &[Fact<Arc<str>>],
        at: Moment,
    ) -> Fetched {
        let holding = facts.iter().filter(|fact| fact.window.holds(at));
        let values: Vec<Value> = holding
            .map(|fact| match catalogue.package(&fact.value) {
                Some(package) => self.packages[package.index()].clone(),
                // Newer than the catalogue: as it is named.
                None => Value::from(package_value(&fact.value)),
            })
            .collect();
        until(values, next_change(facts, at))
    }
}
