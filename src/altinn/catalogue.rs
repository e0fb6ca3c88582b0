//! The catalogue: access packages, roles, legal forms, and the grants of packages to roles.
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
//! - `roles`: the members of [`Role`] without `legacy_urn`, which follows from the legacy code; and
//!   two lists of roles, `implies` (those that a holder also has) and `may_delegate` (those that a
//!   holder may give to others without having them).
//! - `grants`: a `package`, the `roles` that give it, the `legal_form` of the parties for which
//!   they do (all if absent), and the flags of [`Grant`].
//!
//! A role or a package is referred to by any name that [`Catalogue::role`] or
//! [`Catalogue::package`] finds.

mod difference;
mod item;
mod link;
mod metadata;
mod names;
mod read;
mod search;
mod tables;
mod write;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, LazyLock};

pub use difference::{CatalogueDifference, ChangedField, ChangedGrant, ItemDifference};
pub use metadata::MetadataFile;

pub use item::{
    Area, EntityType, FormKind, Grant, LegalForm, Package, PackageId, Provider, Role, RoleId,
};

pub use search::{FoundIn, FoundPackage};

use self::names::same;
pub(in crate::altinn) use self::names::similar;
use self::tables::{GrantRow, Tables};
use crate::Error;
use crate::report::{last_part, similar_name};

static STANDARD: &str = include_str!("catalogue/standard.json");

/// Packages, roles and legal forms at one date. Cheap to clone, immutable.
///
/// A role or a package is found by name once and is then a small number, so that lookups for every
/// decision, such as [`packages_of`](Self::packages_of), neither compare their names nor allocate.
#[derive(Clone)]
pub struct Catalogue(Arc<Tables>);

impl Catalogue {
    /// Returns the catalogue of this version of the crate; its [`date`](Self::date) says how old it
    /// is.
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

    /// Reads the host's own table from JSON in the shape that the [module](self) describes.
    ///
    /// # Errors
    ///
    /// All problems with their places: unknown or missing members, values of another type, empty
    /// and repeated names, references to items that the table does not have.
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

    /// Returns this catalogue with the areas, packages and roles of Altinn's public metadata: the
    /// files of `…/meta/info/accesspackages/export` and `…/meta/info/roles`, each by its name and
    /// bytes, in any order. `date` is the day on which they were fetched. A [`MetadataFile`] may be
    /// these in nynorsk or English, for the names, or the packages of a role
    /// (`…/meta/info/roles/packages?role=…&variant=…`).
    ///
    /// The metadata does not tell all. This catalogue has the rest: legal forms, the packages of
    /// roles of which there is no file, which roles imply others, and names in other languages. What
    /// neither has is a cautious guess: a new role or package is given by no role and has one name
    /// for all languages; a new role cannot be assigned. A new grant has what all grants of its role
    /// have in common, as the metadata does not tell who may only give a package on. Without a file
    /// of packages they stay as they are, and so do roles. [`difference`](Self::difference) shows
    /// what is new.
    ///
    /// ```
    /// use vedtak::altinn::catalogue::Catalogue;
    ///
    /// let roles = r#"[{
    ///     "id": "0b9b0d5c-6f9a-4a48-9f0f-5d7c1f7a3f10", "name": "Tilsynsfører", "code": "tilsyn",
    ///     "urn": "urn:altinn:external-role:ccr:tilsyn", "isKeyRole": false,
    ///     "isResourcePolicyAvailable": true, "legacyRoleCode": null
    /// }]"#;
    /// let standard = Catalogue::standard();
    /// let fetched = standard.with_metadata("2026-11-01", [("roles.json", roles)])?;
    /// assert!(fetched.role("tilsyn").is_some());
    /// let difference = standard.difference(&fetched);
    /// assert_eq!(&*difference.roles.added[0], "urn:altinn:external-role:ccr:tilsyn");
    /// assert_eq!(difference.roles.gone.len(), standard.roles().len());
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// All problems with file, line and column: missing members, values of another type, repeated
    /// names; names and grants of items that there are not; and a date that is no day.
    pub fn with_metadata<F: Into<MetadataFile>>(
        &self,
        date: &str,
        files: impl IntoIterator<Item = F>,
    ) -> Result<Self, Error> {
        let files = files.into_iter().map(Into::into).collect();
        let tables = metadata::read(self, date, files)?;
        Ok(Self(Arc::new(tables)))
    }

    /// Returns the packages and roles that a later catalogue has and this one has not, those that
    /// are gone in it, those of which a field has changed, and the grants of one to the other that
    /// differ. Grants of what is gone are not told, nor are descriptions and names in nynorsk of
    /// which one catalogue has none.
    pub fn difference(&self, later: &Self) -> CatalogueDifference {
        difference::between(self, later)
    }

    /// Returns the table as JSON, one item a line; [`from_json`](Self::from_json) reads it back.
    pub fn to_json(&self) -> String {
        write::write(&self.0)
    }

    /// The day whose state the table shows: `2026-09-01`.
    pub fn date(&self) -> &str {
        &self.0.items.date
    }

    /// The description in the table, as free text.
    pub fn description(&self) -> &str {
        &self.0.items.description
    }

    /// Returns the role of this name, in any letter case: its URN, its legacy URN, its code or its
    /// legacy code.
    ///
    /// A URN names one role: a table that repeats one is refused. A code that several roles have
    /// finds the role with that legacy code, else the Altinn 2 role, because a bare code first
    /// meant those, else the first one in the table. No two roles of the standard catalogue share a
    /// name.
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

    /// Returns the role that interfaces of Altinn 2 name by this `RoleDefinitionId`.
    ///
    /// ```
    /// # let catalogue = vedtak::altinn::catalogue::Catalogue::standard();
    /// assert_eq!(catalogue.role_of_definition(8), catalogue.role("siskd"));
    /// assert_eq!(catalogue.role_of_definition(9), None);
    /// ```
    pub fn role_of_definition(&self, id: u32) -> Option<RoleId> {
        let mut roles = self.roles();
        let found = roles.find(|(_, role)| role.definition_id == Some(id));
        found.map(|(role, _)| role)
    }

    /// Returns the package of this name, in any letter case: its URN or its code. A URN goes before
    /// a code.
    pub fn package(&self, name: &str) -> Option<PackageId> {
        self.0.items.package_names.find(name).map(PackageId)
    }

    /// Returns the code of the role whose name this probably misspells.
    pub(in crate::altinn) fn similar_role(&self, name: &str) -> Option<&str> {
        let roles = self.0.items.roles.iter();
        let short = roles.clone().filter_map(|role| role.legacy_code.as_deref());
        similar(last_part(name), roles.map(|role| &*role.code).chain(short))
    }

    /// Returns the code of the package whose name this probably misspells.
    pub(in crate::altinn) fn similar_package(&self, name: &str) -> Option<&str> {
        let packages = self.0.items.packages.iter();
        similar(last_part(name), packages.map(|package| &*package.code))
    }

    /// Returns the legal form of this name, in any letter case. The error is the name that it
    /// probably misspells.
    pub(in crate::altinn) fn legal_form(&self, name: &str) -> Result<&LegalForm, Option<&str>> {
        let known = self.legal_forms().find(|form| same(&form.name, name));
        known.ok_or_else(|| {
            let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
            let by_letters = self.legal_forms().find(|form| same(&form.name, &letters));
            let names = || self.legal_forms().map(|form| &*form.name);
            by_letters.map_or_else(|| similar_name(name, names()), |form| Some(&*form.name))
        })
    }

    /// Returns the area of this URN, in any letter case.
    pub fn area(&self, urn: &str) -> Option<&Area> {
        self.areas().find(|area| same(&area.urn, urn))
    }

    /// Returns the entry of a role. Panics if this table has no such id.
    pub fn role_by_id(&self, role: RoleId) -> &Role {
        &self.0.items.roles[role.index()]
    }

    /// Returns the role's code, or its URN where the code finds another role.
    pub(in crate::altinn) fn name_of_role(&self, id: RoleId) -> &str {
        self.0.role_name(id)
    }

    /// Returns the package's code, or its URN where the code finds another package.
    pub(in crate::altinn) fn name_of_package(&self, id: PackageId) -> &str {
        self.0.package_name(id)
    }

    /// Returns the entry of a package. Panics if this table has no such id.
    pub fn package_by_id(&self, package: PackageId) -> &Package {
        &self.0.items.packages[package.index()]
    }

    /// All roles, in the order of their ids.
    pub fn roles(&self) -> impl ExactSizeIterator<Item = (RoleId, &Role)> {
        let roles = self.0.items.roles.iter().enumerate();
        // INVARIANT: the index of every item fits its id, here and below.
        roles.map(|(index, role)| (RoleId(index as u16), role))
    }

    /// All packages, in the order of their ids.
    pub fn packages(&self) -> impl ExactSizeIterator<Item = (PackageId, &Package)> {
        let packages = self.0.items.packages.iter().enumerate();
        packages.map(|(index, package)| (PackageId(index as u16), package))
    }

    /// All areas, in the order of the table.
    pub fn areas(&self) -> impl ExactSizeIterator<Item = &Area> {
        self.0.items.areas.iter()
    }

    /// All legal forms, in the order of the table.
    pub fn legal_forms(&self) -> impl ExactSizeIterator<Item = &LegalForm> {
        self.0.items.legal_forms.iter()
    }

    /// Returns a role's grants for a party of this legal form, by package: those for all forms and
    /// those for this one (in any letter case; `None` if it is unknown). A package may occur in one
    /// of each.
    ///
    /// Not every grant gives access; [`packages_of`](Self::packages_of) returns the packages of
    /// those that do.
    pub fn grants(&self, role: RoleId, legal_form: Option<&str>) -> impl Iterator<Item = Grant> {
        let rows = self.0.rows_of(role).iter();
        let applies = move |row: &&GrantRow| match (self.0.form(row), legal_form) {
            (None, _) => true,
            (Some(form), Some(wanted)) => same(form, wanted),
            (Some(_), None) => false,
        };
        rows.filter(applies).map(|row| row.grant)
    }

    /// Returns the packages that a role gives access to for a party of this legal form, in the
    /// order of their ids, so that `binary_search` finds one. They are computed in advance: a call
    /// allocates nothing.
    ///
    /// Packages of [implied roles](Self::implied_roles) are not included.
    pub fn packages_of(&self, role: RoleId, legal_form: Option<&str>) -> &[PackageId] {
        self.0.packages_of(role, legal_form)
    }

    /// Returns the roles that the holder of a role also has, in the order of their ids: those the
    /// table lists, and all that follow from them. The role itself is not included.
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

    /// Returns the roles that the holder of a role may give to others without having them; in the
    /// standard catalogue, the main administrator (`hovedadministrator`) may give some. The
    /// counterpart for packages is a grant with `can_delegate` and without `has_access`.
    pub fn delegable_roles(&self, role: RoleId) -> &[RoleId] {
        &self.0.role(role).delegable
    }

    /// The key roles: their holders also have what the organisation has received from others.
    pub fn key_roles(&self) -> &[RoleId] {
        &self.0.key_roles
    }

    /// Returns the roles with a grant of a package, each with the grant's legal form (`None`: all)
    /// and the grant, which need not give access. Searches all grants, for explanations.
    pub fn roles_giving(
        &self,
        package: PackageId,
    ) -> impl Iterator<Item = (RoleId, Option<&str>, Grant)> {
        let rows = self.0.rows.iter();
        rows.filter(move |row| row.grant.package == package)
            .map(|row| (row.role, self.0.form(row), row.grant))
    }
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
