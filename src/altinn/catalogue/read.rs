//! The bytes of a JSON table → its items, each checked by itself, and all problems.

use std::collections::HashSet;
use std::sync::Arc;

use super::item::{Area, LegalForm, Package, Provider, Role};
use super::link::{self, Draft, DraftGrant, DraftPackage, DraftRole, DraftSection};
use super::names::{Folded, folded};
use super::tables::Tables;
use crate::Error;
use crate::altinn::json::{self, Object, PlacedText, Report, Word};
use crate::json::JsonValue;
use crate::report::cut;
use crate::value::{DataType, Value};

/// The prefix of the URNs of Altinn 2 roles, and of legacy URNs.
pub(super) const ROLECODE: &str = "urn:altinn:rolecode:";

pub(super) fn read(source_name: &str, bytes: &[u8]) -> Result<Tables, Error> {
    json::read(source_name, bytes, "the table", |whole, report| {
        let mut reader = CatalogueReader {
            report,
            taken: TakenNames::default(),
        };
        let draft = reader.table(whole)?;
        // References are checked even after other problems, so that all problems are reported.
        link::link(draft, report)
    })
}

/// Refuses a date that is no day.
pub(super) fn is_day(date: &str) -> Result<(), String> {
    let day = Value::parse(DataType::Date, date);
    day.map(|_| ()).map_err(|_| {
        format!(
            "`date` is a day such as `2026-09-01`, but found `{}`",
            cut(date)
        )
    })
}

struct CatalogueReader<'a> {
    report: &'a Report,
    taken: TakenNames,
}

/// The names in use, with the kind of item and the kind of name.
#[derive(Default)]
pub(super) struct TakenNames(HashSet<(&'static str, &'static str, Folded)>);

impl TakenNames {
    /// Records that a name is in use; reports it if it already was.
    pub(super) fn take(
        &mut self,
        what: &'static str,
        kind: &'static str,
        name: &PlacedText,
        path: &str,
        report: &Report,
    ) {
        if !self.0.insert((what, kind, folded(&name.value))) {
            let message = format!("`{}` already stands for another {what}", name.value);
            report.problem(name.place, path, message);
        }
    }
}

impl<'a> CatalogueReader<'a> {
    fn table(&mut self, whole: JsonValue<'a>) -> Option<Draft> {
        let mut table = Object::read(whole, String::new(), self.report)?;
        let date = table.text("date");
        if let Some(date) = &date
            && let Err(message) = is_day(&date.value)
        {
            self.report.problem(date.place, "", message);
        }
        let description = table.text("description");
        let areas = self.section(&mut table, "areas", Self::area);
        let legal_forms = self.section(&mut table, "legal_forms", Self::legal_form);
        let packages = self.section(&mut table, "packages", Self::package);
        let roles = self.section(&mut table, "roles", Self::role);
        let grants = self.section(&mut table, "grants", Self::grant);
        table.end();
        Some(Draft {
            // A table without these is refused at the end, together with its other problems.
            date: date.map_or_else(|| "".into(), |text| text.value),
            description: description.map_or_else(|| "".into(), |text| text.value),
            areas,
            legal_forms,
            packages,
            roles,
            grants,
        })
    }

    fn section<T>(
        &mut self,
        table: &mut Object<'a>,
        name: &'static str,
        item: impl Fn(&mut Self, JsonValue<'a>, usize) -> Option<T>,
    ) -> DraftSection<T> {
        let values = table.items(name);
        let count = values.as_ref().map(Vec::len);
        let numbered = (1..).zip(values.into_iter().flatten());
        let items: Vec<T> = numbered
            .filter_map(|(number, value)| item(self, value, number))
            .collect();
        let is_whole = count == Some(items.len());
        DraftSection { items, is_whole }
    }

    fn area(&mut self, value: JsonValue<'a>, number: usize) -> Option<Area> {
        let (mut area, urn) = self.open(value, "area", number, "urn")?;
        let name = area.text("name");
        let name_nn = area.optional_text("name_nn");
        let name_en = area.optional_text("name_en");
        let group = area.text("group");
        let entity_type = area.word("entity_type");
        let uuid = self.uuid(&mut area, "area");
        area.end();
        Some(Area {
            urn: urn?.value,
            name: name?.value,
            name_nn: name_nn.map(|text| text.value),
            name_en: name_en.map(|text| text.value),
            group: group?.value,
            entity_type: entity_type?,
            uuid: uuid?,
        })
    }

    fn legal_form(&mut self, value: JsonValue<'a>, number: usize) -> Option<LegalForm> {
        let (mut form, name) = self.open(value, "legal form", number, "name")?;
        let kind = form.word("kind");
        let uuid = self.uuid(&mut form, "legal form");
        form.end();
        Some(LegalForm {
            name: name?.value,
            kind: kind?,
            uuid: uuid?,
        })
    }

    fn package(&mut self, value: JsonValue<'a>, number: usize) -> Option<DraftPackage> {
        let (mut package, urn) = self.open(value, "package", number, "urn")?;
        let code = package.text("code");
        if let Some(code) = &code {
            self.take("package", "code", code, &package.path);
        }
        let name = package.text("name");
        let name_nn = package.text("name_nn");
        let name_en = package.text("name_en");
        let description = package.optional_text("description");
        let area = package.text("area");
        let entity_type = package.word("entity_type");
        let provider = package.word("provider");
        let is_assignable = package.flag("is_assignable");
        let is_delegable = package.flag("is_delegable");
        let is_available = package.flag("is_available_for_service_owners");
        let uuid = self.uuid(&mut package, "package");
        package.end();
        let area = area?;
        let package = Package {
            urn: urn?.value,
            code: code?.value,
            name: name?.value,
            name_nn: name_nn?.value,
            name_en: name_en?.value,
            description: description.map(|text| text.value),
            area: area.value.clone(),
            entity_type: entity_type?,
            provider: provider?,
            is_assignable: is_assignable?,
            is_delegable: is_delegable?,
            is_available_for_service_owners: is_available?,
            uuid: uuid?,
        };
        Some(DraftPackage { package, area })
    }

    fn role(&mut self, value: JsonValue<'a>, number: usize) -> Option<DraftRole> {
        let (mut role, urn) = self.open(value, "role", number, "urn")?;
        let code = role.text("code");
        let legacy = role.optional_text("legacy_code");
        let legacy_urn: Option<Arc<str>> = legacy
            .as_ref()
            .map(|code| format!("{ROLECODE}{}", code.value).into());
        if let (Some(code), Some(urn)) = (&legacy, &legacy_urn) {
            let (value, place) = (urn.clone(), code.place);
            self.take("role", "urn", &PlacedText { value, place }, &role.path);
        }
        let definition = role.optional_number("definition_id", 1..=u64::from(u32::MAX));
        if let Some((id, place)) = definition {
            let value = id.to_string().into();
            let name = PlacedText { value, place };
            self.take("role", "definition id", &name, &role.path);
        }
        // The range is that of the type.
        let definition_id = definition.and_then(|(id, _)| u32::try_from(id).ok());
        let name = role.text("name");
        let name_nn = role.optional_text("name_nn");
        let name_en = role.text("name_en");
        let description = role.optional_text("description");
        let provider: Option<Provider> = role.word("provider");
        if let (Some(code), Some(provider)) = (&code, provider) {
            // Registers choose the codes of roles independently: codes are distinct per provider.
            let kind = provider.word();
            self.take("role", kind, code, &role.path);
        }
        let entity_type = role.word("entity_type");
        let is_key_role = role.flag("is_key_role");
        let is_assignable = role.flag("is_assignable");
        let is_available = role.flag("is_available_for_service_owners");
        let uuid = self.uuid(&mut role, "role");
        let implies = role.optional_texts("implies");
        let may_delegate = role.optional_texts("may_delegate");
        let path = role.path.clone();
        role.end();
        let role = Role {
            urn: urn?.value,
            code: code?.value,
            legacy_code: legacy.map(|text| text.value),
            definition_id,
            legacy_urn,
            name: name?.value,
            name_nn: name_nn.map(|text| text.value),
            name_en: name_en?.value,
            description: description.map(|text| text.value),
            provider: provider?,
            is_key_role: is_key_role?,
            is_assignable: is_assignable?,
            is_available_for_service_owners: is_available?,
            entity_type: entity_type?,
            uuid: uuid?,
        };
        Some(DraftRole {
            role,
            path,
            implies,
            may_delegate,
        })
    }

    fn grant(&mut self, value: JsonValue<'a>, number: usize) -> Option<DraftGrant> {
        let path = format!("grant {number}");
        let mut grant = Object::read(value, path, self.report)?;
        let package = grant.text("package");
        let legal_form = grant.optional_text("legal_form");
        let roles = grant.texts("roles");
        let has_access = grant.flag("has_access");
        let can_delegate = grant.flag("can_delegate");
        let can_assign = grant.flag("can_assign");
        let path = grant.path.clone();
        grant.end();
        if [has_access, can_delegate, can_assign] == [Some(false); 3] {
            let message = "the grant gives nothing";
            self.report.problem(value.offset(), &path, message);
        }
        Some(DraftGrant {
            path,
            package: package?,
            legal_form,
            roles,
            has_access: has_access?,
            can_delegate: can_delegate?,
            can_assign: can_assign?,
        })
    }

    /// Opens an item and reads the member that names it.
    fn open(
        &mut self,
        value: JsonValue<'a>,
        what: &'static str,
        number: usize,
        key: &'static str,
    ) -> Option<(Object<'a>, Option<PlacedText>)> {
        let mut item = Object::read(value, format!("{what} {number}"), self.report)?;
        let name = item.text(key);
        if let Some(name) = &name {
            item.path = format!("{what} `{}`", name.value);
            self.take(what, key, name, &item.path);
        }
        Some((item, name))
    }

    fn uuid(&mut self, item: &mut Object<'_>, what: &'static str) -> Option<Arc<str>> {
        let uuid = item.text("uuid")?;
        self.take(what, "uuid", &uuid, &item.path);
        Some(uuid.value)
    }

    fn take(&mut self, what: &'static str, kind: &'static str, name: &PlacedText, path: &str) {
        self.taken.take(what, kind, name, path, self.report);
    }
}
