//! The values that roles and packages of a catalogue have in a decision, and the attributes there
//! are.

use std::collections::HashMap;
use std::sync::Arc;

use crate::altinn::catalogue::{self, Catalogue, PackageId};
use crate::altinn::id::{PARTY_NAMES, resource, subject};
use crate::altinn::pdp::bags::{package_value, values_of};
use crate::attribute::category;
use crate::syntax::{AttributeReference, Match};

/// What a subject can have.
pub(super) struct Vocabulary {
    /// Each value under its attribute, and whether it is one of Altinn II's.
    roles: Vec<(&'static str, Arc<str>, bool)>,
    packages: HashMap<Arc<str>, PackageId>,
}

/// What a match asks of the subject.
pub(super) enum Known {
    /// Neither a role nor a package, or not by comparing names.
    NotAsked,
    Role,
    Package(PackageId),
    /// A role, but under this attribute.
    Elsewhere(&'static str),
    /// Nobody can have it; perhaps this was meant.
    Unknown(Option<String>),
}

impl Vocabulary {
    pub(super) fn of(catalogue: &Catalogue) -> Self {
        let roles = catalogue.roles().flat_map(|(_, role)| {
            let values = values_of(role).into_iter();
            values.map(|(id, value)| (id, value, role.is_altinn2()))
        });
        let packages = catalogue.packages();
        Self {
            roles: roles.collect(),
            packages: packages
                .map(|(id, package)| (package_value(&package.urn).into(), id))
                .collect(),
        }
    }

    pub(super) fn look_up(&self, matching: &Match) -> Known {
        let Some((id, same)) = asked(matching) else {
            return Known::NotAsked;
        };
        let value = &*matching.value.text;
        if id == subject::ACCESS_PACKAGE {
            let package = self.packages.iter().find(|(known, _)| same(known, value));
            return match package {
                Some((_, package)) => Known::Package(*package),
                None => Known::Unknown(similar(value, self.packages.keys())),
            };
        }
        let under = |wanted| self.roles.iter().filter(move |(id, ..)| *id == wanted);
        if under(id).any(|(_, known, _)| same(known, value)) {
            return Known::Role;
        }
        let elsewhere = self.roles.iter().find(|(_, known, _)| same(known, value));
        match elsewhere {
            Some((other, ..)) => Known::Elsewhere(other),
            None => Known::Unknown(similar(value, under(id).map(|(_, known, _)| known))),
        }
    }

    /// Whether somebody can have what a match asks for.
    pub(super) fn knows(&self, matching: &Match) -> bool {
        !matches!(
            self.look_up(matching),
            Known::Unknown(_) | Known::Elsewhere(_)
        )
    }

    /// Whether only a role of Altinn II has what a match asks for.
    pub(super) fn is_ending_role(&self, matching: &Match) -> bool {
        let Some((id, same)) = asked(matching) else {
            return false;
        };
        let value = &*matching.value.text;
        let roles = self.roles.iter();
        let mut all = roles
            .filter(|(known, name, _)| *known == id && same(name, value))
            .peekable();
        all.peek().is_some() && all.all(|(.., is_altinn2)| *is_altinn2)
    }
}

type Same = fn(&str, &str) -> bool;

/// The attribute of a role or a package that a match compares, and how.
fn asked(matching: &Match) -> Option<(&str, Same)> {
    let AttributeReference::Designator(designator) = &matching.attribute else {
        return None;
    };
    let of_catalogue = [
        subject::ROLE_CODE,
        subject::ROLE,
        subject::REGISTER_ROLE,
        subject::GUARDIAN_ROLE,
        subject::ACCESS_PACKAGE,
    ];
    let is_asked = designator.category == category::ACCESS_SUBJECT
        && designator.issuer.is_none()
        && of_catalogue.contains(&&*designator.id);
    let same: Same = match matching.function.rsplit(':').next()? {
        "string-equal" => |one, other| one == other,
        "string-equal-ignore-case" => |one, other| one.to_lowercase() == other.to_lowercase(),
        _ => return None,
    };
    is_asked.then_some((&*designator.id, same))
}

fn similar<'v>(value: &str, known: impl Iterator<Item = &'v Arc<str>> + Clone) -> Option<String> {
    catalogue::similar(value, known.map(|known| &**known)).map(str::to_owned)
}

/// The attributes of a category that Altinn gives a meaning; none of a category that it does not.
pub(super) fn ids(of: &str) -> Vec<&'static str> {
    let others: &[&str] = match of {
        category::ACCESS_SUBJECT => &[
            subject::SERVICE_OWNER,
            subject::ROLE_CODE,
            subject::ROLE,
            subject::REGISTER_ROLE,
            subject::GUARDIAN_ROLE,
            subject::ACCESS_PACKAGE,
            subject::ACCESS_GROUP,
            subject::ACCESS_LIST,
            subject::PARTY_TYPE,
            subject::ESTATE_ROLE,
        ],
        category::RESOURCE => &[
            resource::RESOURCE,
            resource::ORG,
            resource::APP,
            resource::INSTANCE_ID,
            resource::RESOURCE_INSTANCE_ID,
            resource::TASK,
            resource::END_EVENT,
            resource::APP_RESOURCE,
        ],
        _ => return Vec::new(),
    };
    PARTY_NAMES.iter().chain(others).copied().collect()
}
