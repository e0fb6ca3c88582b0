//! A match → warnings about its attribute and its value.

use std::fmt::Display;

use super::reach::{ignores_case, own_name};
use super::vocabulary::{self, Misnamed, NameInCatalogue};
use super::{Linter, WarningKind};
use crate::altinn::id::{self, AttributeKind, subject};
use crate::altinn::language::texts::lint as texts;
use crate::altinn::language::texts::refusals::UNKNOWN_PACKAGE;
use crate::altinn::placeholder;
use crate::attribute::category;
use crate::report::{cut, last_part, similar_identifier};
use crate::syntax::Offset;
use crate::syntax::{AttributeDesignator, AttributeReference, Match};

/// A placeholder of the policy, its first position, and how many there are.
pub(super) struct Placeholder {
    text: &'static str,
    first: Offset,
    path: String,
    places: usize,
}

impl Linter<'_> {
    /// Warns about each placeholder once, however often it occurs, as it is one mistake.
    pub(super) fn placeholders(&mut self) {
        for placeholder in std::mem::take(&mut self.placeholders) {
            let Placeholder {
                text,
                first,
                path,
                places,
            } = placeholder;
            let places = match places {
                1 => String::new(),
                _ => self.say(texts::IN_PLACES, &[&places]),
            };
            let arguments: [&dyn Display; 3] = [&text, &"app_ttd_skjema", &places];
            let message = self.say(texts::PLACEHOLDER, &arguments);
            self.warn(WarningKind::Placeholder, first, &path, message);
        }
    }

    pub(super) fn matching(&mut self, matching: &Match, path: &str) {
        let AttributeReference::Designator(designator) = &matching.attribute else {
            return;
        };
        self.designator(designator, &matching.value.text, path);
        if let Some(placeholder) = placeholder::find(&matching.value.text) {
            let mut known = self.placeholders.iter_mut();
            match known.find(|known| known.text == placeholder) {
                Some(known) => known.places += 1,
                None => self.placeholders.push(Placeholder {
                    text: placeholder,
                    first: matching.value.offset,
                    path: path.to_owned(),
                    places: 1,
                }),
            }
            return;
        }
        if self.names_resource_otherwise(matching, designator, path)
            || designator.category != category::ACCESS_SUBJECT
        {
            return;
        }
        if designator.id == subject::ACCESS_LIST {
            self.access_list(matching, path);
            return;
        }
        self.role_or_package(matching, &designator.id, path);
    }

    /// Warns about the policy's own resource in a letter case that no request has.
    fn names_resource_otherwise(
        &mut self,
        matching: &Match,
        designator: &AttributeDesignator,
        path: &str,
    ) -> bool {
        let of = self.lint.resource.as_ref();
        let own = of.and_then(|of| own_name(&designator.category, &designator.id, of)?);
        let value = &*matching.value.text;
        let Some(own) = own.filter(|own| {
            ignores_case(matching) == Some(false)
                && *own != value
                && own.to_lowercase() == value.to_lowercase()
        }) else {
            return false;
        };
        let message = self.say(texts::RESOURCE_SPELT, &[&cut(value), &own]);
        self.warn(
            WarningKind::LetterCase,
            matching.value.offset,
            path,
            message,
        );
        true
    }

    fn role_or_package(&mut self, matching: &Match, id: &str, path: &str) {
        let (value, at) = (&*matching.value.text, matching.value.offset);
        let value = &*cut(value);
        match self.vocabulary.look_up(matching) {
            NameInCatalogue::NotAsked | NameInCatalogue::Role => {}
            NameInCatalogue::Unknown(similar) if id == subject::ACCESS_PACKAGE => {
                let hint = self.did_you_mean(similar);
                let message = self.say(UNKNOWN_PACKAGE, &[&value, &hint]);
                self.warn(WarningKind::UnknownPackage, at, path, message);
            }
            NameInCatalogue::Unknown(similar) => {
                let hint = self.did_you_mean(similar);
                let message = self.say(texts::UNKNOWN_ROLE, &[&value, &id, &hint]);
                self.warn(WarningKind::UnknownRole, at, path, message);
            }
            NameInCatalogue::Elsewhere(other) => {
                let message = self.say(texts::ROLE_ELSEWHERE, &[&value, &id, &other]);
                self.warn(WarningKind::UnknownRole, at, path, message);
            }
            NameInCatalogue::Misnamed(how, name) => {
                let (kind, message) = match how {
                    Misnamed::Urn => (
                        WarningKind::WholeUrn,
                        self.say(texts::WHOLE_URN, &[&id, &name]),
                    ),
                    Misnamed::DisplayName => (
                        WarningKind::DisplayName,
                        self.say(texts::DISPLAY_NAME, &[&value, &id, &name]),
                    ),
                    Misnamed::Spelling => (
                        WarningKind::LetterCase,
                        self.say(texts::SPELLING, &[&value, &id, &name]),
                    ),
                };
                self.warn(kind, at, path, message);
            }
            NameInCatalogue::Package(package) => {
                let catalogue = &self.lint.catalogue;
                let known = catalogue.package_by_id(package);
                let mut grants = catalogue.roles_giving(package);
                if !known.is_available_for_service_owners {
                    let message = self.say(texts::PACKAGE_NOT_FOR_POLICIES, &[&value]);
                    self.warn(WarningKind::PackageNotForPolicies, at, path, message);
                } else if !grants.any(|(_, _, grant)| grant.has_access) {
                    let text = match known.is_assignable {
                        true => texts::PACKAGE_TO_DELEGATE,
                        false => texts::PACKAGE_OF_AGENTS,
                    };
                    let message = self.say(text, &[&value]);
                    self.warn(WarningKind::PackageOfNoRole, at, path, message);
                }
            }
        }
    }

    /// Warns about an access list that is not `owner:list`.
    fn access_list(&mut self, matching: &Match, path: &str) {
        let (value, at) = (&*matching.value.text, matching.value.offset);
        let shown = cut(value);
        let rest = value.strip_prefix(subject::ACCESS_LIST);
        if let Some(rest) = rest.and_then(|rest| rest.strip_prefix(':')) {
            let message = self.say(texts::WHOLE_URN, &[&subject::ACCESS_LIST, &cut(rest)]);
            self.warn(WarningKind::WholeUrn, at, path, message);
            return;
        }
        let (owner, list) = value.split_once(':').unwrap_or(("", value));
        if owner.is_empty() || list.is_empty() {
            let [an_owner, a_list] = [texts::OWNER, texts::LIST].map(|text| self.words.say(text));
            let missing = if owner.is_empty() { an_owner } else { a_list };
            let example = match list {
                "" => format!("{}:{a_list}", cut(owner)),
                list => format!("{an_owner}:{}", cut(list)),
            };
            let message = self.say(texts::NO_ACCESS_LIST, &[&shown, &missing, &example]);
            self.warn(WarningKind::AccessListValue, at, path, message);
        }
    }

    fn designator(&mut self, designator: &AttributeDesignator, value: &str, path: &str) {
        let id = &*designator.id;
        let known = |of: &str| vocabulary::ids(of);
        let own = known(&designator.category);
        let others = [category::ACCESS_SUBJECT, category::RESOURCE];
        if own.is_empty() || own.contains(&id) || id.starts_with(subject::RESOURCE_RIGHT_PREFIX) {
            return;
        }
        let kind = WarningKind::MisspeltAttribute;
        let at = designator.offset;
        if let Some(other) = others
            .into_iter()
            .find(|other| *other != designator.category && known(other).contains(&id))
        {
            let (is, of) = (last_part(other), last_part(&designator.category));
            let message = self.say(texts::ATTRIBUTE_ELSEWHERE, &[&id, &is, &of]);
            self.warn(kind, at, path, message);
        } else if let Some((meant, rest)) = with_value(id, &own) {
            let value = match meant {
                subject::ACCESS_LIST => format!("{rest}:{value}"),
                _ => rest.to_owned(),
            };
            let (id, value) = (cut(id), cut(&value));
            let message = self.say(texts::NO_ATTRIBUTE_WITH_VALUE, &[&id, &meant, &value]);
            self.warn(kind, at, path, message);
        } else if id.starts_with("urn:altinn") || id.starts_with("urn:oasis") {
            // An id that resembles none of Altinn's is the service owner's own.
            let similar = similar_identifier(id, own.iter().copied());
            if let Some(similar) = similar.filter(|similar| similar.len().abs_diff(id.len()) < 4) {
                let message = self.say(texts::NO_ATTRIBUTE, &[&id, &similar]);
                self.warn(kind, at, path, message);
            }
        }
    }
}

/// Returns the attribute that an id begins with, and the rest, if the id contains a part of the
/// value, as `urn:altinn:accesslist:ttd` does. Punctuation is ignored.
fn with_value<'i>(id: &'i str, own: &[&'static str]) -> Option<(&'static str, &'i str)> {
    let letters = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    // Attributes whose values are names; other ids may be the service owner's own.
    let has_names = |own: &&str| {
        matches!(
            id::kind(category::ACCESS_SUBJECT, own),
            Some(
                AttributeKind::Role(_)
                    | AttributeKind::AccessPackage
                    | AttributeKind::AccessGroup
                    | AttributeKind::AccessList
            )
        )
    };
    let (start, rest) = id.rsplit_once(':')?;
    if id.len() > 250 || rest.is_empty() || !id.starts_with("urn:altinn:") {
        return None;
    }
    let start = letters(start);
    let mut meant = own.iter().copied().filter(has_names);
    meant
        .find(|meant| letters(meant) == start)
        .map(|meant| (meant, rest))
}
