//! The catalogue: access packages, roles, and which role gives which package.
//!
//! ```
//! use vedtak::altinn::catalogue::Catalogue;
//!
//! let catalogue = Catalogue::standard();
//! let manager = catalogue.role("DAGL").expect("is in the table");
//! let farming = catalogue.package("urn:altinn:accesspackage:jordbruk").expect("is in the table");
//!
//! assert!(catalogue.packages_of(manager, Some("AS")).binary_search(&farming).is_ok());
//! assert_eq!(&*catalogue.package_by_id(farming).name_en, "Agriculture");
//! ```
//!
//! A host that has a newer table reads it with [`Catalogue::from_json`]. It has the shape that
//! [`Catalogue::to_json`] writes: one object with `date`, `description` and five arrays.
//!
//! - `areas`, `legal_forms` and `packages`: objects with the members of [`Area`], [`LegalForm`]
//!   and [`Package`].
//! - `roles`: the members of [`Role`] without `legacy_urn`, which follows from the legacy code;
//!   and two lists of roles, `implies` (who has the role has those, too) and `may_delegate` (who
//!   has the role may give those to others, and has none of them for that).
//! - `grants`: a `package`, the `roles` that give it, the `legal_form` of the parties for which
//!   they do (all if it is not there), and the flags of [`Grant`].
//!
//! Roles and packages are referred to by any name that finds them.

mod item;
mod link;
mod names;
mod read;
mod tables;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, LazyLock};

pub use item::{
    Area, EntityType, Grant, LegalForm, Package, PackageId, PartyKind, Provider, Role, RoleId,
};

use self::names::same;
pub(in crate::altinn) use self::names::similar;
use self::tables::{Row, Tables};
use crate::Error;
use crate::error::similar_name;

static STANDARD: &str = include_str!("catalogue/standard.json");

/// Packages, roles and legal forms at one date. Cheap to clone, immutable.
///
/// Roles and packages are found by name and then stand for themselves as small numbers, so that
/// what is asked on every decision, [`packages_of`](Self::packages_of) above all, neither compares
/// names nor allocates.
#[derive(Clone)]
pub struct Catalogue(Arc<Tables>);

impl Catalogue {
    /// The catalogue this version of the library comes with; its [`date`](Self::date) says how
    /// old it is.
    pub fn standard() -> Self {
        static PARSED: LazyLock<Catalogue> =
            LazyLock::new(
                || match Catalogue::from_json("standard.json", STANDARD.as_bytes()) {
                    Ok(catalogue) => catalogue,
                    Err(error) => unreachable!("a test reads the same bytes: {error}"),
                },
            );
        PARSED.clone()
    }

    /// Reads a table of the host's own, from JSON in the shape that the [module](self) describes.
    ///
    /// # Errors
    ///
    /// All problems with their places: members that are not known or missing, values of another
    /// type, empty and repeated names, references to what is not in the table.
    ///
    /// ```
    /// use vedtak::altinn::catalogue::Catalogue;
    ///
    /// let standard = Catalogue::standard().to_json();
    /// let table = standard.replace(r#""roles":["revisor"]"#, r#""roles":["revis"]"#);
    /// let error = Catalogue::from_json("table.json", table.as_bytes()).unwrap_err();
    /// assert_eq!(error.diagnostics()[0].message(), "there is no role `revis`");
    /// ```
    pub fn from_json(source_name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let tables = read::read(source_name, bytes)?;
        Ok(Self(Arc::new(tables)))
    }

    /// The table as JSON, one item a line; [`from_json`](Self::from_json) reads it back.
    pub fn to_json(&self) -> String {
        write::write(&self.0)
    }

    /// The day whose state the table shows: `2026-09-01`.
    pub fn date(&self) -> &str {
        &self.0.items.date
    }

    /// What the table says about itself.
    pub fn description(&self) -> &str {
        &self.0.items.description
    }

    /// The role of this name, in any letter case: its URN, its legacy URN, its code or its legacy
    /// code.
    ///
    /// A URN names one role: a table in which it does not is refused. A code may be in use for
    /// several; then it names the role that has it as legacy code or is an Altinn 2 role, because
    /// that is what a bare code stood for first, and otherwise the first one in the table. No two
    /// roles of the standard catalogue share a name.
    ///
    /// ```
    /// # let catalogue = vedtak::altinn::catalogue::Catalogue::standard();
    /// let role = catalogue.role("urn:altinn:external-role:ccr:daglig-leder");
    /// assert!(role.is_some());
    /// assert_eq!(catalogue.role("urn:altinn:rolecode:DAGL"), role);
    /// assert_eq!(catalogue.role("Daglig-Leder"), role);
    /// assert_eq!(catalogue.role("dagl"), role);
    /// ```
    pub fn role(&self, name: &str) -> Option<RoleId> {
        self.0.items.role_names.find(name).map(RoleId)
    }

    /// The package of this name, in any letter case: its URN or its code. A URN goes before a code.
    pub fn package(&self, name: &str) -> Option<PackageId> {
        self.0.items.package_names.find(name).map(PackageId)
    }

    /// The code of a role whose name this probably misspells.
    pub(in crate::altinn) fn similar_role(&self, name: &str) -> Option<&str> {
        let roles = self.0.items.roles.iter();
        let short = roles.clone().filter_map(|role| role.legacy_code.as_deref());
        similar(last_part(name), roles.map(|role| &*role.code).chain(short))
    }

    /// The code of a package whose name this probably misspells.
    pub(in crate::altinn) fn similar_package(&self, name: &str) -> Option<&str> {
        let packages = self.0.items.packages.iter();
        similar(last_part(name), packages.map(|package| &*package.code))
    }

    /// The legal form of this name, in any letter case; if there is none, the one that was
    /// probably meant.
    pub(in crate::altinn) fn legal_form(&self, name: &str) -> Result<&LegalForm, Option<&str>> {
        let known = self.legal_forms().find(|form| same(&form.name, name));
        known.ok_or_else(|| {
            let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            let by_letters = self.legal_forms().find(|form| same(&form.name, &letters));
            let names = || self.legal_forms().map(|form| &*form.name);
            by_letters.map_or_else(|| similar_name(name, names()), |form| Some(&*form.name))
        })
    }

    /// The area of this URN.
    pub fn area(&self, urn: &str) -> Option<&Area> {
        self.areas().find(|area| same(&area.urn, urn))
    }

    /// What is known of a role.
    pub fn role_by_id(&self, role: RoleId) -> &Role {
        &self.0.items.roles[role.index()]
    }

    /// A name that finds the role: its code, or its URN where the code finds another one.
    pub(in crate::altinn) fn name_of_role(&self, id: RoleId) -> &str {
        self.0.role_name(id)
    }

    /// A name that finds the package, as short as there is.
    pub(in crate::altinn) fn name_of_package(&self, id: PackageId) -> &str {
        self.0.package_name(id)
    }

    /// What is known of a package.
    pub fn package_by_id(&self, package: PackageId) -> &Package {
        &self.0.items.packages[package.index()]
    }

    /// All roles, in the order of their ids.
    pub fn roles(&self) -> impl ExactSizeIterator<Item = (RoleId, &Role)> {
        let roles = self.0.items.roles.iter().enumerate();
        // INVARIANT: the number of every item fits its id, here and below.
        roles.map(|(index, role)| (RoleId(index as u16), role))
    }

    /// All packages, in the order of their ids.
    pub fn packages(&self) -> impl ExactSizeIterator<Item = (PackageId, &Package)> {
        let packages = self.0.items.packages.iter().enumerate();
        packages.map(|(index, package)| (PackageId(index as u16), package))
    }

    /// All areas.
    pub fn areas(&self) -> impl ExactSizeIterator<Item = &Area> {
        self.0.items.areas.iter()
    }

    /// All legal forms.
    pub fn legal_forms(&self) -> impl ExactSizeIterator<Item = &LegalForm> {
        self.0.items.legal_forms.iter()
    }

    /// What a role gives with respect to a party of this legal form, by package: the grants for
    /// all parties and those for the form (in any letter case; `None` if it is not known). A
    /// package may come up in one of each.
    ///
    /// Not every grant gives access. What does is in [`packages_of`](Self::packages_of).
    pub fn grants(&self, role: RoleId, legal_form: Option<&str>) -> impl Iterator<Item = Grant> {
        let rows = self.0.rows_of(role).iter();
        let applies = move |row: &&Row| match (self.0.form(row), legal_form) {
            (None, _) => true,
            (Some(form), Some(wanted)) => same(form, wanted),
            (Some(_), None) => false,
        };
        rows.filter(applies).map(|row| row.grant)
    }

    /// The packages that a role gives access to with respect to a party of this legal form, in
    /// the order of their ids (so that `binary_search` finds one). Computed beforehand: asking
    /// costs no allocation.
    ///
    /// What the [implied roles](Self::implied_roles) give is not among them.
    pub fn packages_of(&self, role: RoleId, legal_form: Option<&str>) -> &[PackageId] {
        self.0.packages_of(role, legal_form)
    }

    /// The roles that the holder of a role has as well, in the order of their ids: what the table
    /// says, and what follows from those in turn. The role itself is not among them.
    ///
    /// ```
    /// # let catalogue = vedtak::altinn::catalogue::Catalogue::standard();
    /// let accountant = catalogue.role("regn").expect("is in the table");
    /// let implied = catalogue.implied_roles(accountant).iter();
    /// let codes: Vec<&str> = implied.map(|id| &*catalogue.role_by_id(*id).code).collect();
    /// assert_eq!(codes, ["a0239", "a0240", "a0241"]);
    /// ```
    pub fn implied_roles(&self, role: RoleId) -> &[RoleId] {
        &self.0.role(role).implied
    }

    /// The roles that the holder of a role may give to others without having them: those of the
    /// main administrator (`hovedadministrator`), in the standard catalogue. The counterpart for
    /// packages are grants with `can_delegate` and without `has_access`.
    pub fn delegable_roles(&self, role: RoleId) -> &[RoleId] {
        &self.0.role(role).delegable
    }

    /// The roles whose holders also hold what the organisation has received from others.
    pub fn key_roles(&self) -> &[RoleId] {
        &self.0.key_roles
    }

    /// The roles with a grant of a package, each with the legal form it is for (`None`: all) and
    /// the grant, which need not give access. For explanations: this one searches.
    pub fn roles_giving(
        &self,
        package: PackageId,
    ) -> impl Iterator<Item = (RoleId, Option<&str>, Grant)> {
        let rows = self.0.rows.iter();
        rows.filter(move |row| row.grant.package == package)
            .map(|row| (row.role, self.0.form(row), row.grant))
    }
}

/// A URN's code, or the code itself.
fn last_part(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue")
            .field("date", &self.date())
            .field("packages", &self.0.items.packages.len())
            .field("roles", &self.0.items.roles.len())
            .finish_non_exhaustive()
    }
}
