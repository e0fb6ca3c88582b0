//! Tables → JSON, one item a line, so that the diff of two tables is readable.

use std::fmt::Write;

use serde::Serialize;

use super::item::{PackageId, RoleId};
use super::tables::{GrantRow, Tables};
use crate::altinn::json::Word;

pub(super) fn write(tables: &Tables) -> String {
    let items = &tables.items;
    let mut out = String::new();
    let _ = write!(
        out,
        "{{\n\"date\":{},\n\"description\":{}",
        json(&*items.date),
        json(&*items.description)
    );
    section(&mut out, "areas", &items.areas, |area| {
        ItemWriter::new()
            .text("urn", &area.urn)
            .text("name", &area.name)
            .optional("name_en", area.name_en.as_deref())
            .text("group", &area.group)
            .text("entity_type", area.entity_type.word())
            .text("uuid", &area.uuid)
    });
    section(&mut out, "legal_forms", &items.legal_forms, |form| {
        ItemWriter::new()
            .text("name", &form.name)
            .text("kind", form.kind.word())
            .text("uuid", &form.uuid)
    });
    section(&mut out, "packages", &items.packages, |package| {
        ItemWriter::new()
            .text("urn", &package.urn)
            .text("code", &package.code)
            .text("name", &package.name)
            .text("name_nn", &package.name_nn)
            .text("name_en", &package.name_en)
            .text("area", &package.area)
            .text("entity_type", package.entity_type.word())
            .text("provider", package.provider.word())
            .member("is_assignable", &package.is_assignable)
            .member("is_delegable", &package.is_delegable)
            .member(
                "is_available_for_service_owners",
                &package.is_available_for_service_owners,
            )
            .text("uuid", &package.uuid)
    });
    section(
        &mut out,
        "roles",
        (0..).map(RoleId).zip(&items.roles),
        |(id, role)| {
            let table = tables.role(id);
            ItemWriter::new()
                .text("urn", &role.urn)
                .text("code", &role.code)
                .optional("legacy_code", role.legacy_code.as_deref())
                .text("name", &role.name)
                .text("name_en", &role.name_en)
                .text("provider", role.provider.word())
                .text("entity_type", role.entity_type.word())
                .member("is_key_role", &role.is_key_role)
                .member("is_assignable", &role.is_assignable)
                .member(
                    "is_available_for_service_owners",
                    &role.is_available_for_service_owners,
                )
                .text("uuid", &role.uuid)
                .roles("implies", tables, &table.implies)
                .roles("may_delegate", tables, &table.delegable)
        },
    );
    section(&mut out, "grants", grants(tables), |(first, roles)| {
        ItemWriter::new()
            .text("package", tables.package_name(first.grant.package))
            .optional("legal_form", tables.form(&first))
            .roles("roles", tables, &roles)
            .member("has_access", &first.grant.has_access)
            .member("can_delegate", &first.grant.can_delegate)
            .member("can_assign", &first.grant.can_assign)
    });
    out.push_str("\n}\n");
    out
}

/// Groups the rows that differ only in the role; the order is by package, legal form and flags.
fn grants(tables: &Tables) -> Vec<(GrantRow, Vec<RoleId>)> {
    let what = |row: &GrantRow| {
        let grant = row.grant;
        // Grants that give access come first.
        let flags = (!grant.has_access, !grant.can_delegate, !grant.can_assign);
        (grant.package, row.form, flags)
    };
    let mut rows = tables.rows.clone();
    rows.sort_by_key(|row| (what(row), row.role));
    let alike = rows.chunk_by(|one, other| what(one) == what(other));
    alike
        .map(|rows| (rows[0], rows.iter().map(|row| row.role).collect()))
        .collect()
}

fn section<T>(
    out: &mut String,
    name: &str,
    items: impl IntoIterator<Item = T>,
    line: impl Fn(T) -> ItemWriter,
) {
    let _ = write!(out, ",\n\"{name}\":[");
    let mut separator = "\n";
    for item in items {
        let _ = write!(out, "{separator}{{{}}}", line(item).0);
        separator = ",\n";
    }
    out.push_str("\n]");
}

/// The members of one JSON object.
struct ItemWriter(String);

impl ItemWriter {
    fn new() -> Self {
        Self(String::new())
    }

    fn member(mut self, name: &str, value: &(impl Serialize + ?Sized)) -> Self {
        let separator = if self.0.is_empty() { "" } else { "," };
        let _ = write!(self.0, "{separator}\"{name}\":{}", json(value));
        self
    }

    fn text(self, name: &str, value: &str) -> Self {
        self.member(name, value)
    }

    fn optional(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Writes the names of roles; nothing if there are none.
    fn roles(self, name: &str, tables: &Tables, roles: &[RoleId]) -> Self {
        if roles.is_empty() {
            return self;
        }
        let names = roles.iter().map(|role| tables.role_name(*role));
        self.member(name, &names.collect::<Vec<_>>())
    }
}

impl Tables {
    /// Returns the role's code, or its URN where the code finds another role.
    pub(super) fn role_name(&self, id: RoleId) -> &str {
        let role = &self.items.roles[id.index()];
        match self.items.role_names.find(&role.code) {
            Some(found) if found == id.0 => &role.code,
            _ => &role.urn,
        }
    }

    /// Returns the package's code, or its URN where the code finds another package.
    pub(super) fn package_name(&self, id: PackageId) -> &str {
        let package = &self.items.packages[id.index()];
        match self.items.package_names.find(&package.code) {
            Some(found) if found == id.0 => &package.code,
            _ => &package.urn,
        }
    }
}

fn json(value: &(impl Serialize + ?Sized)) -> String {
    // Strings, flags and lists of strings always serialize.
    serde_json::to_string(value).unwrap_or_default()
}
