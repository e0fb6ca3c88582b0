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
use crate::altinn::json::{self, Object, PlacedText, Report};
use crate::json::JsonValue;
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
        known: KnownUrns::default(),
        translated: TranslatedNames::default(),
        grants: Grants::default(),
    };
    // Names and grants are of the items, and grants for one legal form beside those for all.
    files.sort_by(|one, other| one.about.cmp(&other.about));
    let mut is_settled = false;
    let mut problems = Vec::new();
    if let Err(message) = is_day(date) {
        problems.push(Diagnostic::placeless("", message));
    }
    for file in files {
        if file.about != About::Items && !is_settled {
            reader.settle();
            is_settled = true;
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
    if !is_settled {
        reader.settle();
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
    /// The names of the items, once all are read.
    known: KnownUrns,
    /// The names in other languages than bokmål.
    translated: TranslatedNames,
    /// The grants: those of the base, and in their place those of the files.
    grants: Grants,
}

/// The items by their names, in small letters.
#[derive(Default)]
struct KnownUrns {
    /// The URNs of roles, by any of their names.
    roles: HashMap<String, Arc<str>>,
    packages: HashSet<String>,
    areas: HashSet<String>,
}

impl MetadataReader<'_> {
    /// Begins with the names and grants of the items, once all items are read.
    fn settle(&mut self) {
        let base = &self.base.0;
        let roles = self.roles.as_deref().unwrap_or(&base.items.roles);
        let packages = self.packages.as_deref();
        let packages = packages.unwrap_or(&base.items.packages);
        let areas = match &self.packages {
            Some(_) => &self.areas,
            None => &base.items.areas,
        };
        let small = |urn: &Arc<str>| urn.to_lowercase();
        self.known = KnownUrns::default();
        // A name that several roles have finds the one whose URN it is, or else the legacy one.
        let names: [link::NameOf<Role>; 4] = [
            |role| Some(&role.urn),
            |role| role.legacy_urn.as_ref(),
            |role| role.legacy_code.as_ref(),
            |role| Some(&role.code),
        ];
        for name in names {
            for role in roles {
                if let Some(name) = name(role) {
                    let urns = &mut self.known.roles;
                    urns.entry(small(name)).or_insert_with(|| role.urn.clone());
                }
            }
        }
        self.known.packages = packages.iter().map(|it| small(&it.urn)).collect();
        self.known.areas = areas.iter().map(|it| small(&it.urn)).collect();
        for row in &base.rows {
            let role = small(&base.items.roles[row.role.index()].urn);
            let package = small(&base.items.packages[row.grant.package.index()].urn);
            if self.known.roles.contains_key(&role) && self.known.packages.contains(&package) {
                let grant = row.grant;
                let flags = [grant.has_access, grant.can_delegate, grant.can_assign];
                let form = base.form(row).map(Arc::from);
                self.grants.add(role, form, package, flags);
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
        let grants = self.grants.into_rows().map(|row| DraftGrant {
            path: String::new(),
            package: placed(&row.package.into()),
            legal_form: row.form.as_ref().map(placed),
            roles: vec![placed(&row.role.into())],
            has_access: row.flags[0],
            can_delegate: row.flags[1],
            can_assign: row.flags[2],
        });
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

/// Reads the items of a file that has some: no kind of metadata is empty.
fn some_items<'a>(
    whole: JsonValue<'a>,
    report: &'a Report,
    each: impl FnMut(Object<'a>),
) -> Option<()> {
    if whole
        .items()
        .is_some_and(|mut items| items.next().is_none())
    {
        let message = "the metadata has no item";
        report.problem(whole.offset(), "", message);
    }
    each_item(whole, report, each)
}

/// Reads the items of a file, each an object; none, if it is no array.
fn each_item<'a>(
    whole: JsonValue<'a>,
    report: &'a Report,
    mut each: impl FnMut(Object<'a>),
) -> Option<()> {
    let Some(items) = whole.items() else {
        let message = "the metadata is an array, of groups of areas or of roles";
        report.problem(whole.offset(), "", message);
        return None;
    };
    for (number, item) in (1..).zip(items) {
        if let Some(item) = Object::read_foreign(item, format!("item {number}"), report) {
            each(item);
        }
    }
    Some(())
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
