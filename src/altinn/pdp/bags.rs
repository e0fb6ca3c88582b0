//! A catalogue → the values of its roles and packages, made once and shared by all decisions.

use std::sync::Arc;

use smallvec::SmallVec;

use super::PdpInner;
use super::session::{next_change, until};
use crate::altinn::catalogue::{Catalogue, PackageId, Provider, Role, RoleId};
use crate::altinn::fact::{Fact, Moment};
use crate::altinn::id::{self, AttributeKind, ESTATE_PREFIX, subject};
use crate::altinn::register::Held;
use crate::provider::{Fetched, SharedValues};
use crate::value::Value;

/// Returns the value of the attribute `urn:altinn:accesspackage` for a package's URN.
pub(in crate::altinn) fn package_value(urn: &str) -> &str {
    let rest = urn.strip_prefix(subject::ACCESS_PACKAGE);
    rest.and_then(|rest| rest.strip_prefix(':')).unwrap_or(urn)
}

/// Returns the values of a role, each with its attribute.
pub(in crate::altinn) fn values_of(role: &Role) -> SmallVec<[(&'static str, Arc<str>); 3]> {
    let mut values = SmallVec::new();
    if role.provider != Provider::Altinn2
        && let Some(attribute) = id::of_kind(AttributeKind::Role(role.provider))
    {
        values.push((attribute, role.code.clone()));
    }
    let short = match role.provider {
        Provider::Altinn2 => Some(&role.code),
        _ => role.legacy_code.as_ref(),
    };
    if let Some(short) = short {
        // Policies spell short codes in upper or lower case, and some compare letter by letter.
        for spelling in [short.to_lowercase(), short.to_uppercase()] {
            values.push((subject::ROLE_CODE, spelling.into()));
        }
    }
    values
}

/// The values of every role and package of a catalogue.
pub(super) struct Bags {
    /// By role: its values, each with its attribute.
    roles: Vec<SmallVec<[(&'static str, Value); 3]>>,
    packages: Vec<Value>,
    /// By role: the packages that come with it for a party whose legal form adds none.
    of_role: Vec<SharedValues>,
    /// By role, with all that it implies: its values under the attribute of each of `PROVIDERS`,
    /// before the end of Altinn II roles and after it.
    alone: Vec<[[SharedValues; 2]; 4]>,
}

/// The providers of roles, each with an attribute of its own.
const PROVIDERS: [Provider; 4] = [
    Provider::Altinn2,
    Provider::Altinn3,
    Provider::CentralCoordinatingRegister,
    Provider::CivilRightsAuthority,
];

impl Bags {
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        let roles = catalogue.roles().map(|(_, role)| {
            let values = values_of(role).into_iter();
            values
                .map(|(id, value)| (id, Value::String(value)))
                .collect()
        });
        // Policies compare the end of the URN, which is not the code for one package.
        let packages: Vec<Value> = catalogue
            .packages()
            .map(|(_, package)| Value::from(package_value(&package.urn)))
            .collect();
        let of_role = catalogue.roles().map(|(role, _)| {
            let of_role = catalogue.packages_of(role, None).iter();
            SharedValues::new(of_role.map(|package| packages[package.index()].clone()))
        });
        let mut bags = Self {
            of_role: of_role.collect(),
            alone: Vec::new(),
            roles: roles.collect(),
            packages,
        };
        bags.alone = catalogue
            .roles()
            .map(|(role, _)| {
                PROVIDERS.map(|provider| {
                    let id = id::of_kind(AttributeKind::Role(provider)).unwrap_or_default();
                    [true, false].map(|altinn2| {
                        SharedValues::new(bags.values_of(catalogue, id, &[role], altinn2).0)
                    })
                })
            })
            .collect();
        bags
    }

    /// Returns the values under one provider's attribute of a role and of those it implies, and the
    /// instant at which the transition changes them.
    pub(super) fn alone(
        &self,
        inner: &PdpInner,
        provider: Provider,
        role: RoleId,
        at: Moment,
    ) -> Option<(SharedValues, Moment)> {
        let place = PROVIDERS.iter().position(|other| *other == provider)?;
        let end = inner.transition.end;
        let values = &self.alone.get(role.index())?[place][usize::from(at >= end)];
        let implied = inner.catalogue.implied_roles(role);
        let mut all = std::iter::once(&role).chain(implied);
        let ends = at < end && all.any(|role| inner.catalogue.role_by_id(*role).is_altinn2());
        Some((values.clone(), if ends { end } else { Moment::FOREVER }))
    }

    /// Returns the values under one attribute of roles and of those they imply, and the instant at
    /// which the transition changes them.
    pub(super) fn roles(
        &self,
        inner: &PdpInner,
        id: &str,
        held: &[RoleId],
        at: Moment,
    ) -> (Vec<Value>, Moment) {
        let end = inner.transition.end;
        let (values, ends) = self.values_of(&inner.catalogue, id, held, at < end);
        (values, if ends { end } else { Moment::FOREVER })
    }

    /// Returns the values under one attribute of roles and of those they imply, with or without
    /// those of Altinn II, and whether any of them is of Altinn II.
    fn values_of(
        &self,
        catalogue: &Catalogue,
        id: &str,
        held: &[RoleId],
        altinn2: bool,
    ) -> (Vec<Value>, bool) {
        let mut all: SmallVec<[RoleId; 32]> = SmallVec::new();
        for role in held {
            let implied = catalogue.implied_roles(*role);
            for role in std::iter::once(role).chain(implied) {
                if !all.contains(role) {
                    all.push(*role);
                }
            }
        }
        let mut ends = false;
        let mut values = Vec::with_capacity(2 * all.len());
        for role in all {
            if catalogue.role_by_id(role).is_altinn2() {
                if !altinn2 {
                    continue;
                }
                ends = true;
            }
            let named = self.roles[role.index()]
                .iter()
                .filter(|(known, _)| *known == id);
            values.extend(named.map(|(_, value)| value.clone()));
        }
        (values, ends)
    }

    /// As [`roles`](Self::roles), for roles by name. A name that is not in the catalogue is a value
    /// of the attribute that its URN begins with.
    pub(super) fn named_roles(
        &self,
        inner: &PdpInner,
        id: &'static str,
        facts: &[Fact<Arc<str>>],
        at: Moment,
    ) -> Fetched {
        let mut held: SmallVec<[RoleId; 8]> = SmallVec::new();
        let mut others = Vec::new();
        let mut ends = Moment::FOREVER;
        for fact in facts.iter().filter(|fact| fact.window.holds(at)) {
            match inner.catalogue.role(&fact.value) {
                Some(role) => held.push(role),
                None if id == subject::ESTATE_ROLE => {
                    if fact.value.starts_with(ESTATE_PREFIX) {
                        others.push(Value::String(fact.value.clone()));
                    }
                }
                // An unknown role code may belong to Altinn II, too.
                None if id == subject::ROLE_CODE && at >= inner.transition.end => {}
                None if id == subject::ROLE_CODE => {
                    let code = fact
                        .value
                        .strip_prefix(id)
                        .and_then(|r| r.strip_prefix(':'));
                    if let Some(code) = code {
                        others.push(Value::from(code));
                        ends = inner.transition.end;
                    }
                }
                None => {
                    let code = fact
                        .value
                        .strip_prefix(id)
                        .and_then(|r| r.strip_prefix(':'));
                    others.extend(code.map(Value::from));
                }
            }
        }
        let (mut values, changes) = self.roles(inner, id, &held, at);
        values.extend(others);
        until(values, changes.min(ends).min(next_change(facts, at)))
    }

    /// Returns the packages of the register's roles and delegations.
    pub(super) fn packages(&self, catalogue: &Catalogue, held: &Held) -> Fetched {
        if let ([(role, form)], []) = (&held.sources[..], &held.packages[..]) {
            let of_form = catalogue.packages_of(*role, form.as_deref());
            let shared = &self.of_role[role.index()];
            if of_form.len() == shared.values().len() {
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

    pub(super) fn named_packages(
        &self,
        catalogue: &Catalogue,
        facts: &[Fact<Arc<str>>],
        at: Moment,
    ) -> Fetched {
        let holding = facts.iter().filter(|fact| fact.window.holds(at));
        let values: Vec<Value> = holding
            .map(|fact| match catalogue.package(&fact.value) {
                Some(package) => self.packages[package.index()].clone(),
                // A package that the catalogue lacks, by its name.
                None => Value::from(package_value(&fact.value)),
            })
            .collect();
        until(values, next_change(facts, at))
    }
}
