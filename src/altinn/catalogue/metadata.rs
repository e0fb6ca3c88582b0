//! Altinn's public metadata, and a catalogue for what it does not tell → tables.

mod file;
mod grants;
mod items;
mod names;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

pub use self::file::MetadataFile;
use self::file::{About, NamesIn};
use self::grants::Grants;
use self::names::TranslatedNames;

use super::Catalogue;
use super::item::{Area, Package, Role, RoleId};
use super::link::{self, Draft, DraftGrant, DraftPackage, DraftRole, DraftSection};
use super::names::same;
use super::read::{TakenNames, is_day};
use super::tables::Tables;
use crate::altinn::json::{self, PlacedText, Report};
use crate::syntax::Offset;
use crate::{Diagnostic, Error};

pub(super) fn read(
    base: &Catalogue,
    date: &str,
    mut files: Vec<MetadataFile>,
) -> Result<Tables, Error> {
    let mut reader = MetadataReader {
        base,
        taken: TakenNames::default(),
        areas: Vec::new(),
        packages: None,
        roles: None,
        translated: TranslatedNames::default(),
        grants: Grants::default(),
    };
    // Names and grants are of the items, and grants for one legal form beside those for all.
    files.sort_by(|one, other| one.about.cmp(&other.about));
    let mut has_grants = false;
    let mut problems = Vec::new();
    if let Err(message) = is_day(date) {
        problems.push(Diagnostic::placeless("", message));
    }
    for file in files {
        if matches!(file.about, About::PackagesOf { .. }) && !has_grants {
            reader.keep_grants();
            has_grants = true;
        }
        let (_, found) = json::read_partly(
            &file.name,
            &file.bytes,
            "the metadata",
            |whole, report| match &file.about {
                About::Items => reader.file(whole, report),
                About::Names(language) => reader.names(*language, whole, report),
                About::PackagesOf { role, legal_form } => {
                    let (role, form) = (role.as_deref(), legal_form.as_deref());
                    reader.packages_of(role, form, whole, report)
                }
            },
        );
        problems.extend(found);
    }
    if !problems.is_empty() {
        return Err(Error::new(problems));
    }
    if !has_grants {
        reader.keep_grants();
    }
    let draft = reader.draft(date);
    let report = Report::default();
    match link::link(draft, &report) {
        Some(tables) if report.is_clean() => Ok(tables),
        _ => {
            let message = "the metadata has more items than a catalogue can have";
            Err(Error::new(vec![Diagnostic::placeless("", message)]))
        }
    }
}

struct MetadataReader<'b> {
    base: &'b Catalogue,
    taken: TakenNames,
    areas: Vec<Area>,
    /// `None`: no file has any.
    packages: Option<Vec<Package>>,
    roles: Option<Vec<Role>>,
    /// The names in other languages than bokmål.
    translated: TranslatedNames,
    /// The grants: those of the base, and in their place those of the files.
    grants: Grants,
}

impl MetadataReader<'_> {
    /// The roles: those of the files, or else the base's.
    fn all_roles(&self) -> &[Role] {
        let of_files = self.roles.as_deref();
        of_files.unwrap_or(&self.base.0.items.roles)
    }

    /// Returns the URN of the role of this name: its URN, its legacy URN, its code or its legacy code.
    fn role_named(&self, name: &str) -> Option<Arc<str>> {
        let is_it = |role: &&Role| {
            let names = [Some(&role.urn), role.legacy_urn.as_ref(), Some(&role.code)];
            let names = names
                .into_iter()
                .chain([role.legacy_code.as_ref()])
                .flatten();
            names.into_iter().any(|known| same(known, name))
        };
        let role = self.all_roles().iter().find(is_it);
        role.map(|role| role.urn.clone())
    }

    fn has_role(&self, small_urn: &str) -> bool {
        let mut roles = self.all_roles().iter();
        roles.any(|role| role.urn.to_lowercase() == small_urn)
    }

    fn has_package(&self, small_urn: &str) -> bool {
        let of_files = self.packages.as_deref();
        let packages = of_files.unwrap_or(&self.base.0.items.packages);
        packages
            .iter()
            .any(|package| package.urn.to_lowercase() == small_urn)
    }

    fn has_area(&self, small_urn: &str) -> bool {
        let areas = match &self.packages {
            Some(_) => &self.areas,
            None => &self.base.0.items.areas,
        };
        areas
            .iter()
            .any(|area| area.urn.to_lowercase() == small_urn)
    }

    /// Takes over the base's grants of the roles and packages that there are.
    fn keep_grants(&mut self) {
        let base = &self.base.0;
        let small = |urn: &Arc<str>| urn.to_lowercase();
        let roles: HashSet<String> = self.all_roles().iter().map(|it| small(&it.urn)).collect();
        let of_files = self.packages.as_deref();
        let packages = of_files.unwrap_or(&base.items.packages);
        let packages: HashSet<String> = packages.iter().map(|it| small(&it.urn)).collect();
        for row in &base.rows {
            let role = small(&base.items.roles[row.role.index()].urn);
            let package = small(&base.items.packages[row.grant.package.index()].urn);
            if roles.contains(&role) && packages.contains(&package) {
                let form = base.form(row).map(Arc::from);
                let grant = row.grant;
                let flags = [grant.has_access, grant.can_delegate, grant.can_assign];
                self.grants.0.insert((role, package, form), flags);
            }
        }
    }

    /// Returns the items of the metadata, with what the base says of them.
    fn draft(self, date: &str) -> Draft {
        let base = &self.base.0;
        let mut areas = match &self.packages {
            Some(_) => in_order(self.areas, &base.items.areas, |area| &area.urn),
            None => base.items.areas.clone(),
        };
        let mut packages = match self.packages {
            Some(packages) => in_order(packages, &base.items.packages, |it| &it.urn),
            None => base.items.packages.clone(),
        };
        let mut roles = match self.roles {
            Some(roles) => in_order(roles, &base.items.roles, |role| &role.urn),
            None => base.items.roles.clone(),
        };
        let nynorsk = |urn: &str| self.translated.of(urn, NamesIn::Nynorsk);
        let english = |urn: &str| self.translated.of(urn, NamesIn::English);
        for area in &mut areas {
            area.name_nn = nynorsk(&area.urn).or(area.name_nn.take());
            area.name_en = english(&area.urn).or(area.name_en.take());
        }
        for package in &mut packages {
            package.name_nn = nynorsk(&package.urn).unwrap_or(package.name_nn.clone());
            package.name_en = english(&package.urn).unwrap_or(package.name_en.clone());
        }
        for role in &mut roles {
            role.name_nn = nynorsk(&role.urn).or(role.name_nn.take());
            role.name_en = english(&role.urn).unwrap_or(role.name_en.clone());
        }
        let small = |urn: &Arc<str>| urn.to_lowercase();
        let role_urns: HashSet<_> = roles.iter().map(|role| small(&role.urn)).collect();
        let kept = base.items.roles.iter().map(|role| {
            let is_there = role_urns.contains(&small(&role.urn));
            is_there.then(|| placed(&role.urn))
        });
        let kept: Vec<Option<PlacedText>> = kept.collect();
        let grants = self.grants.0.into_iter();
        let grants = grants.map(
            |((role, package, form), [has_access, can_delegate, can_assign])| DraftGrant {
                path: String::new(),
                package: placed(&package.into()),
                legal_form: form.as_ref().map(placed),
                roles: vec![placed(&role.into())],
                has_access,
                can_delegate,
                can_assign,
            },
        );
        let grants = whole(grants.collect());
        let names = |ids: &[RoleId]| -> Vec<PlacedText> {
            let names = ids.iter().filter_map(|id| kept[id.index()].clone());
            names.collect()
        };
        let drafts = roles.into_iter().map(|role| {
            let known = self.base.role(&role.urn);
            let known = known.filter(|id| same(&self.base.role_by_id(*id).urn, &role.urn));
            let known = known.map(|id| base.role(id));
            DraftRole {
                path: String::new(),
                implies: known.map_or_else(Vec::new, |known| names(&known.implies)),
                may_delegate: known.map_or_else(Vec::new, |known| names(&known.delegable)),
                role,
            }
        });
        let roles = whole(drafts.collect());
        let packages = packages.into_iter().map(|package| DraftPackage {
            area: placed(&package.area),
            package,
        });
        Draft {
            date: date.into(),
            description: base.items.description.clone(),
            areas: whole(areas),
            legal_forms: whole(base.items.legal_forms.clone()),
            packages: whole(packages.collect()),
            roles,
            grants,
        }
    }
}

fn whole<T>(items: Vec<T>) -> DraftSection<T> {
    let is_whole = true;
    DraftSection { items, is_whole }
}

fn placed(text: &Arc<str>) -> PlacedText {
    PlacedText {
        value: text.clone(),
        place: Offset::default(),
    }
}

/// Sorts items in the order of those that are known; the others come after them.
fn in_order<T>(mut items: Vec<T>, known: &[T], urn: impl Fn(&T) -> &Arc<str>) -> Vec<T> {
    let ranks = known.iter().map(|item| urn(item).to_lowercase());
    let ranks: HashMap<String, usize> = ranks.zip(0..).collect();
    let rank = |item: &T| ranks.get(&urn(item).to_lowercase()).copied();
    items.sort_by_cached_key(|item| rank(item).unwrap_or(usize::MAX));
    items
}
