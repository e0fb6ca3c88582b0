//! Altinn's metadata → areas, packages and roles, with what a catalogue knows of them besides.

use std::sync::Arc;

use super::{MetadataReader, some_items};
use crate::altinn::catalogue::item::{Area, EntityType, Package, Provider, Role};
use crate::altinn::catalogue::names::same;
use crate::altinn::catalogue::read::ROLECODE;
use crate::altinn::json::{self, Object, PlacedText, Report, Word};
use crate::json::JsonValue;
use crate::report::{cut, last_part};

/// The group and the area that packages stand in.
struct Place<'a> {
    group: &'a str,
    entity_type: EntityType,
    area: &'a str,
}

impl MetadataReader<'_> {
    /// Reads a file of groups of areas, or one of roles.
    pub(super) fn file<'a>(&mut self, whole: JsonValue<'a>, report: &'a Report) -> Option<()> {
        some_items(whole, report, |mut item| match item.has("areas") {
            true => self.group(item, report),
            false => {
                let role = self.role(item, report);
                self.roles.get_or_insert_default().extend(role);
            }
        })
    }

    fn group(&mut self, mut group: Object<'_>, report: &Report) {
        self.packages.get_or_insert_default();
        let name = group.text("name");
        let entity_type = entity_type(&mut group, report);
        let areas = group.items("areas").unwrap_or_default();
        let (Some(name), Some(entity_type)) = (name, entity_type) else {
            return;
        };
        for area in areas {
            let path = format!("area group `{}`", name.value);
            if let Some(area) = Object::read_foreign(area, path, report) {
                self.area(area, &name.value, entity_type, report);
            }
        }
    }

    fn area(&mut self, mut area: Object<'_>, group: &str, of: EntityType, report: &Report) {
        let Some(urn) = area.text("urn") else {
            return;
        };
        area.path = format!("area `{}`", urn.value);
        let (name, uuid) = (area.text("name"), area.text("id"));
        let packages = area.optional_items("packages").unwrap_or_default();
        self.taken.take("area", "urn", &urn, &area.path, report);
        let place = Place {
            group,
            entity_type: of,
            area: &urn.value,
        };
        for package in packages {
            if let Some(package) = Object::read_foreign(package, area.path.clone(), report) {
                let package = self.package(package, &place, report);
                self.packages.get_or_insert_default().extend(package);
            }
        }
        let (Some(name), Some(uuid)) = (name, uuid) else {
            return;
        };
        self.taken.take("area", "uuid", &uuid, &area.path, report);
        let known = self.base.area(&urn.value);
        self.areas.push(Area {
            name: name.value,
            name_nn: known.and_then(|known| known.name_nn.clone()),
            name_en: known.and_then(|known| known.name_en.clone()),
            group: group.into(),
            entity_type: of,
            uuid: uuid.value,
            urn: urn.value,
        });
    }

    fn package(
        &mut self,
        mut item: Object<'_>,
        place: &Place<'_>,
        report: &Report,
    ) -> Option<Package> {
        let urn = item.text("urn")?;
        item.path = format!("package `{}`", urn.value);
        let known = self.base.package(&urn.value);
        let known = known.map(|id| self.base.package_by_id(id));
        let known = known.filter(|known| same(&known.urn, &urn.value));
        let code = PlacedText {
            value: known.map_or_else(|| last_part(&urn.value).into(), |known| known.code.clone()),
            place: urn.place,
        };
        let (name, uuid) = (item.text("name"), item.text("id"));
        let description = item.optional_scalar("description").map(|text| text.value);
        let is_assignable = flag(&mut item, "isAssignable", known.map(|it| it.is_assignable));
        let is_delegable = flag(&mut item, "isDelegable", known.map(|it| it.is_delegable));
        let is_available = flag(
            &mut item,
            "isResourcePolicyAvailable",
            known.map(|it| it.is_available_for_service_owners),
        );
        let (name, uuid) = (name?.value, uuid?);
        self.taken.take("package", "urn", &urn, &item.path, report);
        self.taken
            .take("package", "code", &code, &item.path, report);
        self.taken
            .take("package", "uuid", &uuid, &item.path, report);
        // Guardianship is the civil rights authority's.
        let new = match same(place.group, "Vergemål") {
            true => Provider::CivilRightsAuthority,
            false => Provider::Altinn3,
        };
        Some(Package {
            name_nn: known.map_or_else(|| name.clone(), |known| known.name_nn.clone()),
            name_en: known.map_or_else(|| name.clone(), |known| known.name_en.clone()),
            description: description.or_else(|| known?.description.clone()),
            area: place.area.into(),
            entity_type: place.entity_type,
            provider: known.map_or(new, |known| known.provider),
            is_assignable: is_assignable?,
            is_delegable: is_delegable?,
            is_available_for_service_owners: is_available?,
            uuid: uuid.value,
            urn: urn.value,
            code: code.value,
            name,
        })
    }

    fn role(&mut self, mut item: Object<'_>, report: &Report) -> Option<Role> {
        let urn = item.text("urn")?;
        item.path = format!("role `{}`", urn.value);
        let known = self.base.role(&urn.value);
        let known = known.map(|id| self.base.role_by_id(id));
        let known = known.filter(|known| same(&known.urn, &urn.value));
        let provider = provider(&urn, &item);
        let (name, code, uuid) = (item.text("name"), item.text("code"), item.text("id"));
        let description = item.optional_scalar("description").map(|text| text.value);
        let legacy = item.optional_scalar("legacyRoleCode");
        let is_key_role = flag(&mut item, "isKeyRole", known.map(|it| it.is_key_role));
        let is_available = flag(
            &mut item,
            "isResourcePolicyAvailable",
            known.map(|it| it.is_available_for_service_owners),
        );
        let is_assignable = known.is_some_and(|known| known.is_assignable);
        let is_assignable = flag(&mut item, "isAssignable", Some(is_assignable));
        let (name, code, uuid) = (name?.value, code?, uuid?);
        // Letter case is no difference: the roles of Altinn II are spelt in both ways.
        let code = as_known(code, known.map(|known| &known.code));
        let legacy = legacy.filter(|legacy| !same(&legacy.value, &code.value));
        let legacy = legacy.map(|legacy| {
            let spelt = known.and_then(|known| known.legacy_code.as_ref());
            let mut legacy = as_known(legacy, spelt);
            if spelt.is_none() {
                legacy.value = legacy.value.to_lowercase().into();
            }
            legacy
        });
        let legacy_urn = legacy.as_ref().map(|legacy| PlacedText {
            value: format!("{ROLECODE}{}", legacy.value).into(),
            place: legacy.place,
        });
        let provider = provider?;
        for urn in [Some(&urn), legacy_urn.as_ref()].into_iter().flatten() {
            self.taken.take("role", "urn", urn, &item.path, report);
        }
        self.taken
            .take("role", provider.word(), &code, &item.path, report);
        self.taken.take("role", "uuid", &uuid, &item.path, report);
        let entity_type = match provider {
            Provider::CivilRightsAuthority => EntityType::Person,
            _ => EntityType::Organisation,
        };
        Some(Role {
            legacy_code: legacy.map(|legacy| legacy.value),
            legacy_urn: legacy_urn.map(|urn| urn.value),
            definition_id: known.and_then(|known| known.definition_id),
            name_nn: known.and_then(|known| known.name_nn.clone()),
            name_en: known.map_or_else(|| name.clone(), |known| known.name_en.clone()),
            description: description.or_else(|| known?.description.clone()),
            provider,
            is_key_role: is_key_role?,
            is_assignable: is_assignable?,
            is_available_for_service_owners: is_available?,
            entity_type: known.map_or(entity_type, |known| known.entity_type),
            uuid: uuid.value,
            urn: urn.value,
            code: code.value,
            name,
        })
    }
}

/// Returns a code as it is spelt already, if only letter case differs.
fn as_known(code: PlacedText, known: Option<&Arc<str>>) -> PlacedText {
    let known = known.filter(|known| same(known, &code.value));
    let value = known.cloned().unwrap_or(code.value);
    PlacedText {
        value,
        place: code.place,
    }
}

/// Reads a flag; without one, it is as known, or a problem.
fn flag(item: &mut Object<'_>, name: &'static str, known: Option<bool>) -> Option<bool> {
    match known {
        Some(known) if !item.has(name) => Some(known),
        _ => item.flag(name),
    }
}

/// Reads the kind of party of a group of areas: a word, or an object with a name.
fn entity_type(group: &mut Object<'_>, report: &Report) -> Option<EntityType> {
    let Some(value) = group.optional_value("type") else {
        group.problem(group.place, "member `type` is missing");
        return None;
    };
    let text = match value.as_str() {
        Some(_) => json::text(value, "type", &group.path, report)?,
        None => Object::read_foreign(value, group.path.clone(), report)?.text("name")?,
    };
    let words = EntityType::WORDS.iter();
    let mut known = words.filter(|(word, _)| same(word, &text.value));
    let known = known.next().map(|(_, kind)| *kind);
    if known.is_none() {
        let found = cut(&text.value);
        let message = format!("`type` is `Organisation` or `Person`, but found `{found}`");
        group.problem(text.place, message);
    }
    known
}

/// Returns the provider that the URN of a role tells.
fn provider(urn: &PlacedText, item: &Object<'_>) -> Option<Provider> {
    let prefixes = [
        (
            "urn:altinn:external-role:ccr:",
            Provider::CentralCoordinatingRegister,
        ),
        (
            "urn:altinn:external-role:cra:",
            Provider::CivilRightsAuthority,
        ),
        (ROLECODE, Provider::Altinn2),
        ("urn:altinn:role:", Provider::Altinn3),
    ];
    let mut known = prefixes.iter().filter(|(prefix, _)| {
        let start = urn.value.get(..prefix.len());
        start.is_some_and(|start| same(start, prefix))
    });
    let provider = known.next().map(|(_, provider)| *provider);
    if provider.is_none() {
        item.problem(
            urn.place,
            format!("`{}` is no URN of a role", cut(&urn.value)),
        );
    }
    provider
}
