//! Two catalogues → the packages, roles and grants that are new, gone or changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display as _};
use std::sync::Arc;

use super::Catalogue;
use super::item::{Package, Role};
use super::names::folded;
use crate::altinn::language::texts::answers as texts;
use crate::altinn::language::{InWords, Say, Text, Words, spoken};
use crate::report::Visible;

/// The items in which two catalogues differ. As text it has a line for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CatalogueDifference {
    /// The packages.
    pub packages: ItemDifference,
    /// The roles.
    pub roles: ItemDifference,
    /// The grants of packages to roles, in the order of their URNs.
    pub grants: Vec<ChangedGrant>,
}

/// The items of one kind in which two catalogues differ, in the order of their URNs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ItemDifference {
    /// The URNs that only the later catalogue has.
    pub added: Vec<Arc<str>>,
    /// The URNs that only the earlier catalogue has.
    pub gone: Vec<Arc<str>>,
    /// The fields of items of both.
    pub changed: Vec<ChangedField>,
}

/// A field of an item with another value in each of two catalogues.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangedField {
    /// The URN of the item in the earlier catalogue.
    pub urn: Arc<str>,
    /// The name of the field, as the catalogue's own JSON has it.
    pub field: &'static str,
    /// The value in the earlier catalogue; empty if it has none.
    pub before: String,
    /// The value in the later catalogue; empty if it has none.
    pub after: String,
}

/// A grant that two catalogues have with different flags, or only one of them has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangedGrant {
    /// The URN of the role in the catalogue that has the grant.
    pub role: Arc<str>,
    /// The URN of the package.
    pub package: Arc<str>,
    /// The legal form of the parties for which it is; none: all.
    pub legal_form: Option<Arc<str>>,
    /// The flags that hold in the earlier catalogue, by the names that the catalogue's own JSON has;
    /// empty if it has no such grant.
    pub before: Vec<&'static str>,
    /// The flags that hold in the later catalogue.
    pub after: Vec<&'static str>,
}

impl CatalogueDifference {
    /// Whether the two catalogues have the same packages, roles and grants.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.roles.is_empty() && self.grants.is_empty()
    }
}

impl Say for ChangedGrant {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let (role, package) = (Visible(&self.role), Visible(&self.package));
        write!(f, "{}", texts::GRANT.with(words, &[&role, &package]))?;
        if let Some(form) = &self.legal_form {
            write!(f, "{}", texts::FOR_FORM.with(words, &[&Visible(form)]))?;
        }
        let (before, after) = (self.before.join(", "), self.after.join(", "));
        match (self.before.is_empty(), self.after.is_empty()) {
            (true, _) => texts::GRANTED.with(words, &[&after]).fmt(f),
            (_, true) => texts::NOT_GRANTED.with(words, &[&before]).fmt(f),
            _ => texts::GRANTED_OTHERWISE
                .with(words, &[&before, &after])
                .fmt(f),
        }
    }
}

impl ItemDifference {
    /// Whether no item is new, gone or changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.gone.is_empty() && self.changed.is_empty()
    }

    fn write(&self, what: Text, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        let what = words.say(what);
        let added = self.added.iter().map(|urn| (texts::IS_NEW, urn));
        let gone = self.gone.iter().map(|urn| (texts::IS_GONE, urn));
        for (text, urn) in added.chain(gone) {
            writeln!(f, "{}", text.with(words, &[&what, &Visible(urn)]))?;
        }
        for changed in &self.changed {
            let (before, after) = (Visible(&changed.before), Visible(&changed.after));
            let urn = Visible(&changed.urn);
            let arguments: [&dyn fmt::Display; 5] = [&what, &urn, &changed.field, &before, &after];
            writeln!(f, "{}", texts::HAS_CHANGED.with(words, &arguments))?;
        }
        Ok(())
    }
}

impl Say for CatalogueDifference {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "{}", words.say(texts::NO_DIFFERENCE));
        }
        self.packages.write(texts::A_PACKAGE, f, words)?;
        self.roles.write(texts::A_ROLE, f, words)?;
        self.grants
            .iter()
            .try_for_each(|grant| writeln!(f, "{}", InWords(grant, words)))
    }
}

spoken! {
    ChangedGrant: "the grant with what has changed of it";
    CatalogueDifference: "the items that differ, a line for each,";
}

pub(super) fn between(earlier: &Catalogue, later: &Catalogue) -> CatalogueDifference {
    let packages = |of: &Catalogue| of.0.items.packages.iter().map(package).collect();
    let roles = |of: &Catalogue| of.0.items.roles.iter().map(role).collect();
    let packages = compare(packages(earlier), packages(later));
    let roles = compare(roles(earlier), roles(later));
    let gone = roles.gone.iter().chain(&packages.gone);
    let gone: BTreeSet<Vec<u8>> = gone.map(|urn| folded(urn).to_vec()).collect();
    CatalogueDifference {
        grants: grants(earlier, later, &gone),
        packages,
        roles,
    }
}

/// A grant's role, package and legal form; URNs are folded.
type GrantKey = (Vec<u8>, Vec<u8>, Option<Arc<str>>);

/// Returns the grants that differ, but for those of roles and packages that are gone.
fn grants(earlier: &Catalogue, later: &Catalogue, gone: &BTreeSet<Vec<u8>>) -> Vec<ChangedGrant> {
    let mut all: BTreeMap<GrantKey, ChangedGrant> = BTreeMap::new();
    for (catalogue, is_later) in [(earlier, false), (later, true)] {
        let tables = &catalogue.0;
        for row in &tables.rows {
            let role = &tables.items.roles[row.role.index()].urn;
            let package = &tables.items.packages[row.grant.package.index()].urn;
            let (of_role, of_package) = (folded(role).to_vec(), folded(package).to_vec());
            if gone.contains(&of_role) || gone.contains(&of_package) {
                continue;
            }
            let legal_form: Option<Arc<str>> = tables.form(row).map(Arc::from);
            let grant = row.grant;
            let flags = [
                ("has_access", grant.has_access),
                ("can_delegate", grant.can_delegate),
                ("can_assign", grant.can_assign),
            ];
            let flags = flags.into_iter().filter(|(_, holds)| *holds);
            let flags = flags.map(|(name, _)| name).collect();
            let key = (of_role, of_package, legal_form.clone());
            let changed = all.entry(key).or_insert_with(|| ChangedGrant {
                role: role.clone(),
                package: package.clone(),
                legal_form,
                before: Vec::new(),
                after: Vec::new(),
            });
            match is_later {
                false => changed.before = flags,
                true => changed.after = flags,
            }
        }
    }
    let all = all.into_values();
    all.filter(|grant| grant.before != grant.after).collect()
}

/// An item with its fields as text. `None`: a field that is not compared.
struct Item {
    urn: Arc<str>,
    fields: Vec<(&'static str, Option<String>)>,
}

fn compare(earlier: Vec<Item>, later: Vec<Item>) -> ItemDifference {
    let by_urn = |items: Vec<Item>| -> BTreeMap<Vec<u8>, Item> {
        let keyed = items.into_iter();
        keyed
            .map(|item| (folded(&item.urn).to_vec(), item))
            .collect()
    };
    let (earlier, mut later) = (by_urn(earlier), by_urn(later));
    let mut difference = ItemDifference::default();
    for (key, before) in earlier {
        let Some(after) = later.remove(&key) else {
            difference.gone.push(before.urn);
            continue;
        };
        for ((field, before_it), (_, after_it)) in before.fields.into_iter().zip(after.fields) {
            if let (Some(old), Some(new)) = (before_it, after_it)
                && old != new
            {
                difference.changed.push(ChangedField {
                    urn: before.urn.clone(),
                    field,
                    before: old,
                    after: new,
                });
            }
        }
    }
    difference.added = later.into_values().map(|item| item.urn).collect();
    difference
}

fn package(package: &Package) -> Item {
    let description = package.description.as_ref();
    Item {
        urn: package.urn.clone(),
        fields: vec![
            ("urn", Some(package.urn.to_string())),
            ("code", Some(package.code.to_string())),
            ("name", Some(package.name.to_string())),
            ("name_nn", Some(package.name_nn.to_string())),
            ("name_en", Some(package.name_en.to_string())),
            ("description", description.map(|text| text.to_string())),
            ("area", Some(package.area.to_string())),
            ("entity_type", Some(package.entity_type.to_string())),
            ("provider", Some(package.provider.to_string())),
            ("is_assignable", Some(package.is_assignable.to_string())),
            ("is_delegable", Some(package.is_delegable.to_string())),
            (
                "is_available_for_service_owners",
                Some(package.is_available_for_service_owners.to_string()),
            ),
            ("uuid", Some(package.uuid.to_string())),
        ],
    }
}

fn role(role: &Role) -> Item {
    let description = role.description.as_ref();
    let legacy_code = role.legacy_code.as_deref().unwrap_or_default();
    Item {
        urn: role.urn.clone(),
        fields: vec![
            ("urn", Some(role.urn.to_string())),
            ("code", Some(role.code.to_string())),
            ("legacy_code", Some(legacy_code.to_string())),
            ("definition_id", role.definition_id.map(|id| id.to_string())),
            ("name", Some(role.name.to_string())),
            (
                "name_nn",
                role.name_nn.as_ref().map(|name| name.to_string()),
            ),
            ("name_en", Some(role.name_en.to_string())),
            ("description", description.map(|text| text.to_string())),
            ("provider", Some(role.provider.to_string())),
            ("entity_type", Some(role.entity_type.to_string())),
            ("is_key_role", Some(role.is_key_role.to_string())),
            ("is_assignable", Some(role.is_assignable.to_string())),
            (
                "is_available_for_service_owners",
                Some(role.is_available_for_service_owners.to_string()),
            ),
            ("uuid", Some(role.uuid.to_string())),
        ],
    }
}
