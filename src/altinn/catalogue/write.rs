//! Tables → JSON, one item a line, so that the diff of two tables is readable.

use super::item::{PackageId, RoleId};
use super::tables::{GrantRow, Tables};
use crate::altinn::json::{ObjectWriter, Word};
use crate::json::write_string;

pub(super) fn write(tables: &Tables) -> String {
    let items = &tables.items;
    let mut out = String::new();
    out.push_str("{\n\"date\":");
    write_string(&mut out, &items.date);
    out.push_str(",\n\"description\":");
    write_string(&mut out, &items.description);
    section(&mut out, "areas", &items.areas, |line, area| {
        line.text("urn", &area.urn);
        line.text("name", &area.name);
        line.optional("name_nn", area.name_nn.as_deref());
        line.optional("name_en", area.name_en.as_deref());
        line.text("group", &area.group);
        line.text("entity_type", area.entity_type.word());
        line.text("uuid", &area.uuid);
    });
    section(&mut out, "legal_forms", &items.legal_forms, |line, form| {
        line.text("name", &form.name);
        line.text("kind", form.kind.word());
        line.text("uuid", &form.uuid);
    });
    section(&mut out, "packages", &items.packages, |line, package| {
        line.text("urn", &package.urn);
        line.text("code", &package.code);
        line.text("name", &package.name);
        line.text("name_nn", &package.name_nn);
        line.text("name_en", &package.name_en);
        line.optional("description", package.description.as_deref());
        line.text("area", &package.area);
        line.text("entity_type", package.entity_type.word());
        line.text("provider", package.provider.word());
        line.flag("is_assignable", package.is_assignable);
        line.flag("is_delegable", package.is_delegable);
        line.flag(
            "is_available_for_service_owners",
            package.is_available_for_service_owners,
        );
        line.text("uuid", &package.uuid);
    });
    section(
        &mut out,
        "roles",
        (0..).map(RoleId).zip(&items.roles),
        |line, (id, role)| {
            let table = tables.role(id);
            line.text("urn", &role.urn);
            line.text("code", &role.code);
            line.optional("legacy_code", role.legacy_code.as_deref());
            line.optional_number("definition_id", role.definition_id.map(u64::from));
            line.text("name", &role.name);
            line.optional("name_nn", role.name_nn.as_deref());
            line.text("name_en", &role.name_en);
            line.optional("description", role.description.as_deref());
            line.text("provider", role.provider.word());
            line.text("entity_type", role.entity_type.word());
            line.flag("is_key_role", role.is_key_role);
            line.flag("is_assignable", role.is_assignable);
            line.flag(
                "is_available_for_service_owners",
                role.is_available_for_service_owners,
            );
            line.text("uuid", &role.uuid);
            roles_member(line, "implies", tables, &table.implies);
            roles_member(line, "may_delegate", tables, &table.delegable);
        },
    );
    section(
        &mut out,
        "grants",
        grants(tables),
        |line, (first, roles)| {
            line.text("package", tables.package_name(first.grant.package));
            line.optional("legal_form", tables.form(&first));
            roles_member(line, "roles", tables, &roles);
            line.flag("has_access", first.grant.has_access);
            line.flag("can_delegate", first.grant.can_delegate);
            line.flag("can_assign", first.grant.can_assign);
        },
    );
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
    write: impl Fn(&mut ObjectWriter<'_>, T),
) {
    out.push_str(&format!(",\n\"{name}\":["));
    let mut separator = "\n";
    for item in items {
        out.push_str(separator);
        separator = ",\n";
        let mut line = ObjectWriter::compact(out);
        write(&mut line, item);
        line.end();
    }
    out.push_str("\n]");
}

/// Writes the names of roles; nothing if there are none.
fn roles_member(line: &mut ObjectWriter<'_>, name: &str, tables: &Tables, roles: &[RoleId]) {
    if !roles.is_empty() {
        let names = roles.iter().map(|role| tables.role_name(*role));
        line.array(name, names, write_string);
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
