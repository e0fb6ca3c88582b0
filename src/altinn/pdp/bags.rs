//! Values of roles and packages, made once for a catalogue and shared by all decisions.

use std::sync::Arc;

use smallvec::SmallVec;

use super::Inner;
use super::session::{next_change, until};
use crate::altinn::catalogue::{Catalogue, PackageId, Provider, Role, RoleId};
use crate::altinn::fact::{Fact, Moment};
use crate::altinn::id::subject;
use crate::altinn::register::Held;
use crate::provider::{Fetched, SharedValues};
use crate::value::Value;

/// The value of the attribute `urn:altinn:accesspackage` that a package's URN stands for.
pub(in crate::altinn) fn package_value(urn: &str) -> &str {
    let rest = urn.strip_prefix(subject::ACCESS_PACKAGE);
    rest.and_then(|rest| rest.strip_prefix(':')).unwrap_or(urn)
}

/// The attributes that a role is a value of, and its values there.
pub(in crate::altinn) fn values_of(role: &Role) -> SmallVec<[(&'static str, Arc<str>); 3]> {
    let mut values = SmallVec::new();
    let attribute = match role.provider {
        Provider::CentralCoordinatingRegister => Some(subject::REGISTER_ROLE),
        Provider::CivilRightsAuthority => Some(subject::GUARDIAN_ROLE),
        Provider::Altinn3 => Some(subject::ROLE),
        Provider::Altinn2 => None,
    };
    if let Some(attribute) = attribute {
        values.push((attribute, role.code.clone()));
    }
    let short = match attribute {
        None => Some(&role.code),
        Some(_) => role.legacy_code.as_ref(),
    };
    if let Some(short) = short {
        // Policies spell short codes in capitals or not, and some compare letter by letter.
        for spelling in [short.to_lowercase(), short.to_uppercase()] {
            values.push((subject::ROLE_CODE, spelling.into()));
        }
    }
    values
}

/// Values made once: those of every role and package of a catalogue.
pub(super) struct Bags {
    /// Of each role, its values under each attribute that may ask for it.
    roles: Vec<SmallVec<[(&'static str, Value); 3]>>,
    packages: Vec<Value>,
    /// The packages of a role held for a party whose legal form adds none.
    of_role: Vec<SharedValues>,
    /// Of each role with all it implies, its values under each attribute in the order of
    /// `ROLE_ATTRIBUTES`: while roles of Altinn II count, and after.
    alone: Vec<[[SharedValues; 2]; 4]>,
}

/// The attributes that roles are values of.
const ROLE_ATTRIBUTES: [&str; 4] = [
    subject::ROLE_CODE,
    subject::ROLE,
    subject::REGISTER_ROLE,
    subject::GUARDIAN_ROLE,
];

impl Bags {
    pub(super) fn new(catalogue: &Catalogue) -> Self {
        let roles = catalogue.roles().map(|(_, role)| {
            let values = values_of(role).into_iter();
            values
                .map(|(id, value)| (id, Value::String(value)))
                .collect()
        });
        // What policies match is the end of the URN, which for one package is not its code.
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
                ROLE_ATTRIBUTES.map(|id| {
                    [true, false].map(|altinn2| {
                        SharedValues::new(bags.values_of(catalogue, id, &[role], altinn2).0)
                    })
                })
            })
            .collect();
        bags
    }

    /// The values under one attribute of one role and of those it implies, and when the transition
    /// changes them.
    pub(super) fn alone(
        &self,
        inner: &Inner,
        id: &str,
        role: RoleId,
        at: Moment,
    ) -> Option<(SharedValues, Moment)> {
        let place = ROLE_ATTRIBUTES.iter().position(|known| *known == id)?;
        let end = inner.transition.end;
        let values = &self.alone.get(role.index())?[place][usize::from(at >= end)];
        let implied = inner.catalogue.implied_roles(role);
        let mut all = std::iter::once(&role).chain(implied);
        let ends = at < end && all.any(|role| inner.catalogue.role_by_id(*role).is_altinn2());
        Some((values.clone(), if ends { end } else { Moment::FOREVER }))
    }

    /// The values under one attribute of some roles and of those they imply, and when the
    /// transition changes them.
    pub(super) fn roles(
        &self,
        inner: &Inner,
        id: &str,
        held: &[RoleId],
        at: Moment,
    ) -> (Vec<Value>, Moment) {
        let end = inner.transition.end;
        let (values, ends) = self.values_of(&inner.catalogue, id, held, at < end);
        (values, if ends { end } else { Moment::FOREVER })
    }

    /// The values under one attribute of some roles and of those they imply, with or without
    /// those of Altinn II; and whether there are any of these.
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

    /// As [`roles`](Self::roles), of roles by name. Names the catalogue does not know are values
    /// of the attribute their URN begins with.
    pub(super) fn named_roles(
        &self,
        inner: &Inner,
        id: &'static str,
        facts: &[Fact<Arc<str>>],
        at: Moment,
    ) -> Fetched {
        let mut known: SmallVec<[RoleId; 8]> = SmallVec::new();
        let mut others = Vec::new();
        let mut ends = Moment::FOREVER;
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
        let (mut values, changes) = self.roles(inner, id, &known, at);
        values.extend(others);
        until(values, changes.min(ends).min(next_change(facts, at)))
    }

    /// The packages of the register's roles and delegations.
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
                // Newer than the catalogue: as it is named.
                None => Value::from(package_value(&fact.value)),
            })
            .collect();
        until(values, next_change(facts, at))
    }
}
