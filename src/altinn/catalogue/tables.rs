//! Items and rows of grants → tables that answer by role, without a search.

use std::ops::Range;
use std::sync::Arc;

use super::item::{Area, Grant, LegalForm, Package, PackageId, Role, RoleId};
use super::names::{NameIndex, same};

pub(super) struct Tables {
    pub(super) items: CatalogueItems,
    pub(super) key_roles: Vec<RoleId>,
    /// In the order of `GrantRow::key`.
    pub(super) rows: Vec<GrantRow>,
    /// By the index of the role.
    roles: Vec<RoleTable>,
}

/// The items of a catalogue, and the names that find them.
pub(super) struct CatalogueItems {
    pub(super) date: Arc<str>,
    pub(super) description: Arc<str>,
    pub(super) areas: Vec<Area>,
    pub(super) legal_forms: Vec<LegalForm>,
    pub(super) packages: Vec<Package>,
    pub(super) roles: Vec<Role>,
    pub(super) package_names: NameIndex,
    pub(super) role_names: NameIndex,
}

/// A grant to the holders of a role, for parties of all legal forms or of one.
#[derive(Clone, Copy)]
pub(super) struct GrantRow {
    pub(super) role: RoleId,
    pub(super) form: Option<u16>,
    pub(super) grant: Grant,
}

impl GrantRow {
    pub(super) fn key(&self) -> (RoleId, PackageId, Option<u16>) {
        (self.role, self.grant.package, self.form)
    }
}

/// The entries of one role: the roles it implies, those it may delegate, its rows and packages.
pub(super) struct RoleTable {
    /// The implied roles that the table lists; `implied` has all that follow from them as well.
    pub(super) implies: Vec<RoleId>,
    pub(super) implied: Vec<RoleId>,
    pub(super) delegable: Vec<RoleId>,
    rows: Range<usize>,
    /// The packages it gives access to for every legal form.
    packages: Vec<PackageId>,
    /// Those and the packages of one legal form, for every form that has rows with access.
    packages_by_form: Vec<(Arc<str>, Vec<PackageId>)>,
}

impl Tables {
    pub(super) fn new(
        items: CatalogueItems,
        mut rows: Vec<GrantRow>,
        implies: Vec<Vec<RoleId>>,
        delegable: Vec<Vec<RoleId>>,
    ) -> Self {
        rows.sort_unstable_by_key(GrantRow::key);
        let implied: Vec<_> = (0..implies.len())
            .map(|role| closure(role, &implies))
            .collect();
        let of_role = implies.into_iter().zip(implied).zip(delegable);
        let mut roles = Vec::with_capacity(items.roles.len());
        let mut start = 0;
        for (id, ((implies, implied), delegable)) in (0..).map(RoleId).zip(of_role) {
            let count = rows[start..].partition_point(|row| row.role == id);
            let own = &rows[start..start + count];
            roles.push(RoleTable {
                implies,
                implied,
                delegable,
                rows: start..start + count,
                packages: packages(own, None),
                packages_by_form: packages_by_form(own, &items.legal_forms),
            });
            start += count;
        }
        let numbered = (0..).map(RoleId).zip(&items.roles);
        let key_roles = numbered.filter(|(_, role)| role.is_key_role);
        Self {
            key_roles: key_roles.map(|(id, _)| id).collect(),
            items,
            rows,
            roles,
        }
    }

    pub(super) fn role(&self, role: RoleId) -> &RoleTable {
        &self.roles[role.index()]
    }

    pub(super) fn rows_of(&self, role: RoleId) -> &[GrantRow] {
        &self.rows[self.role(role).rows.clone()]
    }

    pub(super) fn packages_of(&self, role: RoleId, legal_form: Option<&str>) -> &[PackageId] {
        let table = self.role(role);
        let of_form = legal_form.and_then(|form| {
            let mut forms = table.packages_by_form.iter();
            forms.find(|(name, _)| same(name, form))
        });
        of_form.map_or(&table.packages, |(_, packages)| packages)
    }

    /// Returns the name of a row's legal form; `None`: all forms.
    pub(super) fn form(&self, row: &GrantRow) -> Option<&str> {
        let form = &self.items.legal_forms[usize::from(row.form?)];
        Some(&form.name)
    }
}

fn packages_by_form(rows: &[GrantRow], forms: &[LegalForm]) -> Vec<(Arc<str>, Vec<PackageId>)> {
    let mut named: Vec<u16> = rows
        .iter()
        .filter(|row| row.grant.has_access)
        .filter_map(|row| row.form)
        .collect();
    named.sort_unstable();
    named.dedup();
    let lists = named.into_iter().map(|form| {
        let name = forms[usize::from(form)].name.clone();
        (name, packages(rows, Some(form)))
    });
    lists.collect()
}

/// Returns the packages with access for a party of this legal form, in the order of the table.
fn packages(rows: &[GrantRow], form: Option<u16>) -> Vec<PackageId> {
    let mut packages: Vec<_> = rows
        .iter()
        .filter(|row| row.grant.has_access && (row.form.is_none() || row.form == form))
        .map(|row| row.grant.package)
        .collect();
    // INVARIANT: the rows of a role are in the order of packages.
    packages.dedup();
    packages
}

/// Returns all roles that `role` implies, directly or through others, without itself.
fn closure(role: usize, implies: &[Vec<RoleId>]) -> Vec<RoleId> {
    let mut reached = vec![false; implies.len()];
    reached[role] = true;
    let mut closure = Vec::new();
    let mut open = vec![role];
    while let Some(next) = open.pop() {
        for other in &implies[next] {
            if !std::mem::replace(&mut reached[other.index()], true) {
                closure.push(*other);
                open.push(other.index());
            }
        }
    }
    closure.sort_unstable();
    closure
}
