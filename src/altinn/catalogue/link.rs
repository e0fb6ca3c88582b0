//! Draft items, which refer by name → tables in which every reference is an id.

use std::collections::HashSet;
use std::sync::Arc;

use super::item::{Area, Grant, LegalForm, Package, PackageId, Role, RoleId};
use super::names::NameIndex;
use super::tables::{CatalogueItems, GrantRow, Tables};
use crate::altinn::json::{PlacedText, Report};
use crate::report::cut;
use crate::syntax::Offset;

/// The items of a table, with references still by name.
pub(super) struct Draft {
    pub(super) date: Arc<str>,
    pub(super) description: Arc<str>,
    pub(super) areas: DraftSection<Area>,
    pub(super) legal_forms: DraftSection<LegalForm>,
    pub(super) packages: DraftSection<DraftPackage>,
    pub(super) roles: DraftSection<DraftRole>,
    pub(super) grants: DraftSection<DraftGrant>,
}

/// The items of one kind that could be read.
pub(super) struct DraftSection<T> {
    pub(super) items: Vec<T>,
    /// Whether these are all of them. If not, an unknown name is not reported: it may be that of an
    /// unreadable item, which is reported already.
    pub(super) is_whole: bool,
}

pub(super) struct DraftPackage {
    pub(super) package: Package,
    pub(super) area: PlacedText,
}

pub(super) struct DraftRole {
    pub(super) role: Role,
    pub(super) path: String,
    pub(super) implies: Vec<PlacedText>,
    pub(super) may_delegate: Vec<PlacedText>,
}

pub(super) struct DraftGrant {
    pub(super) path: String,
    pub(super) package: PlacedText,
    pub(super) legal_form: Option<PlacedText>,
    pub(super) roles: Vec<PlacedText>,
    pub(super) has_access: bool,
    pub(super) can_delegate: bool,
    pub(super) can_assign: bool,
}

/// Returns the tables; `None` if there are too many items for their ids, which the report says.
pub(super) fn link(draft: Draft, report: &Report) -> Option<Tables> {
    let counts = [
        ("areas", draft.areas.items.len()),
        ("legal forms", draft.legal_forms.items.len()),
        ("packages", draft.packages.items.len()),
        ("roles", draft.roles.items.len()),
    ];
    for (what, count) in counts {
        // INVARIANT: the number of every item fits its id.
        if count > usize::from(u16::MAX) {
            let message = format!("there are {count} {what}, which is more than {}", u16::MAX);
            report.problem(Offset::default(), "", message);
            return None;
        }
    }
    let areas = ItemNames::new("area", &draft.areas, &[|area| Some(&area.urn)]);
    let forms = ItemNames::new("legal form", &draft.legal_forms, &[|form| Some(&form.name)]);
    let packages = ItemNames::new(
        "package",
        &draft.packages,
        &[
            |item| Some(&item.package.urn),
            |item| Some(&item.package.code),
        ],
    );
    let roles = ItemNames::new(
        "role",
        &draft.roles,
        &[
            |item| Some(&item.role.urn),
            |item| item.role.legacy_urn.as_ref(),
            |item| item.role.legacy_code.as_ref(),
            |item| item.role.is_altinn2().then_some(&item.role.code),
            |item| Some(&item.role.code),
        ],
    );

    let rows = rows(&draft.grants.items, &roles, &packages, &forms, report);
    let mut implied = Vec::new();
    let mut delegable = Vec::new();
    for (id, item) in (0..).map(RoleId).zip(&draft.roles.items) {
        implied.push(others(id, &item.implies, &item.path, &roles, report));
        delegable.push(others(id, &item.may_delegate, &item.path, &roles, report));
    }
    let mut linked = Vec::new();
    for DraftPackage { mut package, area } in draft.packages.items {
        let path = format!("package `{}`", package.urn);
        if let Some(id) = areas.find(&area, &path, report) {
            package.area = draft.areas.items[usize::from(id)].urn.clone();
        }
        linked.push(package);
    }
    let all = draft.roles.items.into_iter();
    let items = CatalogueItems {
        date: draft.date,
        description: draft.description,
        areas: draft.areas.items,
        legal_forms: draft.legal_forms.items,
        packages: linked,
        roles: all.map(|item| item.role).collect(),
        package_names: packages.names,
        role_names: roles.names,
    };
    Some(Tables::new(items, rows, implied, delegable))
}

/// Returns a row for each role of each grant; reports unknown names and repeated grants.
fn rows(
    grants: &[DraftGrant],
    roles: &ItemNames,
    packages: &ItemNames,
    forms: &ItemNames,
    report: &Report,
) -> Vec<GrantRow> {
    let mut rows = Vec::new();
    let mut granted = HashSet::new();
    for grant in grants {
        let path = &grant.path;
        let package = packages.find(&grant.package, path, report);
        // `None`: the name is unknown. `Some(None)`: the grant has no legal form.
        let form = match &grant.legal_form {
            Some(name) => forms.find(name, path, report).map(Some),
            None => Some(None),
        };
        for name in &grant.roles {
            let role = roles.find(name, path, report);
            let (Some(role), Some(package), Some(form)) = (role, package, form) else {
                continue;
            };
            let row = GrantRow {
                role: RoleId(role),
                form,
                grant: Grant {
                    package: PackageId(package),
                    has_access: grant.has_access,
                    can_delegate: grant.can_delegate,
                    can_assign: grant.can_assign,
                },
            };
            if granted.insert(row.key()) {
                rows.push(row);
            } else {
                let message = format!(
                    "role `{}` already has a grant of `{}`",
                    name.value, grant.package.value
                );
                report.problem(name.place, path, message);
            }
        }
    }
    rows
}

/// Returns the roles that a role refers to, in the order of the table.
fn others(
    role: RoleId,
    names: &[PlacedText],
    path: &str,
    roles: &ItemNames,
    report: &Report,
) -> Vec<RoleId> {
    let mut others = Vec::new();
    for name in names {
        let Some(other) = roles.find(name, path, report).map(RoleId) else {
            continue;
        };
        if other == role {
            let message = format!("`{}` is the role itself", name.value);
            report.problem(name.place, path, message);
        } else if others.contains(&other) {
            let message = format!("`{}` is named twice", name.value);
            report.problem(name.place, path, message);
        } else {
            others.push(other);
        }
    }
    others.sort_unstable();
    others
}

/// Returns an item's name of one kind, if it has one.
pub(super) type NameOf<T> = fn(&T) -> Option<&Arc<str>>;

/// The names of the items of one kind, to resolve references.
struct ItemNames {
    what: &'static str,
    names: NameIndex,
    is_whole: bool,
}

impl ItemNames {
    /// `kinds` are the kinds of names; a name that two items share finds the one of the earlier
    /// kind.
    fn new<T>(what: &'static str, section: &DraftSection<T>, kinds: &[NameOf<T>]) -> Self {
        let mut names = NameIndex::default();
        for kind in kinds {
            for (id, item) in (0..).zip(&section.items) {
                if let Some(name) = kind(item) {
                    names.add(name, id);
                }
            }
        }
        Self {
            what,
            names,
            is_whole: section.is_whole,
        }
    }

    fn find(&self, name: &PlacedText, path: &str, report: &Report) -> Option<u16> {
        let found = self.names.find(&name.value);
        if found.is_none() && self.is_whole {
            let message = format!("there is no {} `{}`", self.what, cut(&name.value));
            report.problem(name.place, path, message);
        }
        found
    }
}
