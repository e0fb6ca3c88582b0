//! A catalogue → the values of its roles and packages in decisions, and the ids of Altinn's
//! attributes.

use std::collections::HashMap;
use std::sync::Arc;

use super::reach::ignores_case;
use crate::altinn::catalogue::{self, Catalogue, PackageId};
use crate::altinn::id::{self, AttributeKind, subject};
use crate::altinn::pdp::bags::{package_value, values_of};
use crate::syntax::{AttributeReference, Match};

/// The roles and packages that a subject can have.
pub(super) struct CatalogueVocabulary<'c> {
    catalogue: &'c Catalogue,
    /// The values of roles, by their lower-case form.
    roles: HashMap<String, Vec<RoleValue>>,
    packages: HashMap<String, (Arc<str>, PackageId)>,
}

/// A value of a role: its attribute, its spelling, and whether the role is one of Altinn II.
type RoleValue = (&'static str, Arc<str>, bool);

/// The role or package that a match requires of the subject.
pub(super) enum NameInCatalogue {
    /// Neither a role nor a package, or not compared by name.
    NotAsked,
    Role,
    Package(PackageId),
    /// A role of this other attribute.
    Elsewhere(&'static str),
    /// A role or package in another form than in decisions, with the right one.
    Misnamed(Misnamed, Arc<str>),
    /// A name that no role or package has, with a similar one.
    Unknown(Option<String>),
}

/// The way in which a name is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misnamed {
    /// The whole URN, where the attribute is already its beginning.
    Urn,
    /// The display name.
    DisplayName,
    /// Another letter case, in a comparison letter by letter, or another of its codes.
    Spelling,
}

impl<'c> CatalogueVocabulary<'c> {
    pub(super) fn of(catalogue: &'c Catalogue) -> Self {
        let mut roles: HashMap<String, Vec<_>> = HashMap::new();
        for (_, role) in catalogue.roles() {
            for (id, value) in values_of(role) {
                let known = roles.entry(value.to_lowercase()).or_default();
                known.push((id, value, role.is_altinn2()));
            }
        }
        let packages = catalogue.packages().map(|(id, package)| {
            let value: Arc<str> = package_value(&package.urn).into();
            (value.to_lowercase(), (value, id))
        });
        Self {
            catalogue,
            roles,
            packages: packages.collect(),
        }
    }

    pub(super) fn look_up(&self, matching: &Match) -> NameInCatalogue {
        let Some((id, ignores_case)) = asked(matching) else {
            return NameInCatalogue::NotAsked;
        };
        let value = &*matching.value.text;
        if id == subject::ACCESS_PACKAGE {
            return self.package(value, ignores_case);
        }
        if self.named(id, value, ignores_case).next().is_some() {
            return NameInCatalogue::Role;
        }
        let bare = value.trim();
        if bare != value
            && let Some((_, spelt, _)) = self.named(id, bare, true).next()
        {
            return NameInCatalogue::Unknown(Some(spelt.to_string()));
        }
        let elsewhere = self.spelt(value, ignores_case).next();
        if let Some((other, ..)) = elsewhere {
            return NameInCatalogue::Elsewhere(other);
        }
        let is_urn = value.starts_with("urn:");
        let by_name = || {
            let mut roles = self.catalogue.roles();
            roles.find(|(_, role)| is_named(&role.name, value))
        };
        let (role, how) = match self.catalogue.role(value) {
            Some(role) if is_urn => (Some(role), Misnamed::Urn),
            Some(role) => (Some(role), Misnamed::Spelling),
            None => (by_name().map(|(role, _)| role), Misnamed::DisplayName),
        };
        let values = role.map(|role| values_of(self.catalogue.role_by_id(role)));
        if let Some(values) = values {
            let own = values.iter().find(|(under, _)| *under == id);
            return match (own, values.first()) {
                (Some((_, own)), _) => NameInCatalogue::Misnamed(how, own.clone()),
                (None, Some((other, _))) => NameInCatalogue::Elsewhere(other),
                (None, None) => NameInCatalogue::Unknown(None),
            };
        }
        let under = self.roles.values().flatten();
        let under = under.filter(|(known, ..)| *known == id);
        NameInCatalogue::Unknown(similar(value, under.map(|(_, known, _)| known)))
    }

    fn package(&self, value: &str, ignores_case: bool) -> NameInCatalogue {
        let known = self.packages.get(&value.to_lowercase());
        if let Some((spelt, package)) = known {
            return match ignores_case || **spelt == *value {
                true => NameInCatalogue::Package(*package),
                false => NameInCatalogue::Misnamed(Misnamed::Spelling, spelt.clone()),
            };
        }
        let bare = value.trim();
        if bare != value
            && let Some((spelt, _)) = self.packages.get(&bare.to_lowercase())
        {
            return NameInCatalogue::Unknown(Some(spelt.to_string()));
        }
        let by_name = || {
            let mut packages = self.catalogue.packages();
            packages.find(|(_, package)| is_named(&package.name, value))
        };
        let (package, how) = match self.catalogue.package(value) {
            Some(package) if value.starts_with("urn:") => (Some(package), Misnamed::Urn),
            Some(package) => (Some(package), Misnamed::Spelling),
            None => (by_name().map(|(package, _)| package), Misnamed::DisplayName),
        };
        match package {
            Some(package) => {
                let urn = &self.catalogue.package_by_id(package).urn;
                NameInCatalogue::Misnamed(how, package_value(urn).into())
            }
            None => {
                NameInCatalogue::Unknown(similar(value, self.packages.values().map(|(v, _)| v)))
            }
        }
    }

    /// Whether a subject can have the value that a match requires.
    pub(super) fn knows(&self, matching: &Match) -> bool {
        matches!(
            self.look_up(matching),
            NameInCatalogue::NotAsked | NameInCatalogue::Role | NameInCatalogue::Package(_)
        )
    }

    /// Whether only roles of Altinn II have the value that a match requires.
    pub(super) fn is_ending_role(&self, matching: &Match) -> bool {
        let Some((id, ignores_case)) = asked(matching) else {
            return false;
        };
        let mut all = self
            .named(id, &matching.value.text, ignores_case)
            .peekable();
        all.peek().is_some() && all.all(|(.., is_altinn2)| *is_altinn2)
    }

    /// The roles with a value, under any attribute.
    fn spelt<'v>(
        &'v self,
        value: &'v str,
        ignores_case: bool,
    ) -> impl Iterator<Item = &'v RoleValue> {
        let known = self.roles.get(&value.to_lowercase()).into_iter().flatten();
        known.filter(move |(_, spelt, _)| ignores_case || **spelt == *value)
    }

    fn named<'v>(
        &'v self,
        id: &'v str,
        value: &'v str,
        ignores_case: bool,
    ) -> impl Iterator<Item = &'v RoleValue> {
        let spelt = self.spelt(value, ignores_case);
        spelt.filter(move |(known, ..)| *known == id)
    }
}

/// Whether a match requires an access package, known to the catalogue or not.
pub(super) fn is_package(matching: &Match) -> bool {
    asked(matching).is_some_and(|(id, _)| id == subject::ACCESS_PACKAGE)
}

/// Whether a text is a display name, in any letter case.
fn is_named(name: &str, text: &str) -> bool {
    name.to_lowercase() == text.trim().to_lowercase()
}

/// Returns the attribute of a role or a package that a match compares, and whether it ignores
/// letter case.
fn asked(matching: &Match) -> Option<(&str, bool)> {
    let AttributeReference::Designator(designator) = &matching.attribute else {
        return None;
    };
    let is_of_catalogue = matches!(
        id::kind(&designator.category, &designator.id),
        Some(AttributeKind::Role(_) | AttributeKind::AccessPackage)
    );
    let is_asked = is_of_catalogue && designator.issuer.is_none();
    let ignores_case = ignores_case(matching)?;
    is_asked.then_some((&*designator.id, ignores_case))
}

fn similar<'v>(value: &str, known: impl Iterator<Item = &'v Arc<str>>) -> Option<String> {
    // In a fixed order, so that of two equally near names the same one is always suggested: an
    // upper-case one for an upper-case value, and `dagl` for `dalg`.
    let in_capitals = |text: &str| !text.chars().any(char::is_lowercase);
    let mut known: Vec<&str> = known.map(|known| &**known).collect();
    known.sort_unstable_by_key(|known| (in_capitals(known) != in_capitals(value), *known));
    catalogue::similar(value, known.into_iter()).map(str::to_owned)
}

/// The ids of Altinn's attributes in a category, without resource rights; empty for other
/// categories.
pub(super) fn ids(of: &str) -> Vec<&'static str> {
    id::attributes_of(of)
        .filter(|attribute| attribute.kind != AttributeKind::ResourceRight)
        .map(|attribute| attribute.id)
        .collect()
}
