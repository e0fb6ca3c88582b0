//! Altinn's metadata in another language → the names in it, by URN.

use std::collections::HashMap;
use std::sync::Arc;

use super::file::NamesIn;
use super::{MetadataReader, some_items};
use crate::altinn::catalogue::names::same;
use crate::altinn::json::{Object, Report};
use crate::json::JsonValue;
use crate::report::cut;

/// Names in other languages, by the URN in small letters.
#[derive(Default)]
pub(super) struct TranslatedNames(HashMap<(NamesIn, String), Arc<str>>);

impl TranslatedNames {
    /// Returns the name of an area, a package or a role in a language, if a file has it.
    pub(super) fn of(&self, urn: &str, language: NamesIn) -> Option<Arc<str>> {
        self.0.get(&(language, urn.to_lowercase())).cloned()
    }
}

impl MetadataReader<'_> {
    /// Reads the names of areas, packages and roles in a language.
    pub(super) fn names(
        &mut self,
        language: NamesIn,
        whole: JsonValue<'_>,
        report: &Report,
    ) -> Option<()> {
        some_items(whole, report, |mut item| match item.has("areas") {
            true => {
                for area in item.items("areas").unwrap_or_default() {
                    let Some(mut area) = Object::read_foreign(area, item.path.clone(), report)
                    else {
                        continue;
                    };
                    for package in area.optional_items("packages").unwrap_or_default() {
                        let path = area.path.clone();
                        if let Some(package) = Object::read_foreign(package, path, report) {
                            self.name(language, package);
                        }
                    }
                    self.name(language, area);
                }
            }
            false => self.name(language, item),
        })
    }

    fn name(&mut self, language: NamesIn, mut item: Object<'_>) {
        let (Some(urn), Some(name)) = (item.text("urn"), item.text("name")) else {
            return;
        };
        let small = urn.value.to_lowercase();
        let known = &self.known;
        let is_role = known
            .roles
            .get(&small)
            .is_some_and(|role| same(role, &urn.value));
        if !is_role && !known.packages.contains(&small) && !known.areas.contains(&small) {
            let message = format!("there is no area, package or role `{}`", cut(&urn.value));
            item.problem(urn.place, message);
            return;
        }
        self.translated.0.insert((language, small), name.value);
    }
}
