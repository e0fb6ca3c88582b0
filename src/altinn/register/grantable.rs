//! The objects of requests, delegations, revocations and holdings: a role, a package or rights.

use std::fmt;
use std::sync::Arc;

use crate::altinn::catalogue::{Catalogue, Role};
use crate::altinn::delegation::Right;
use crate::altinn::language::texts::{PACKAGE, ROLE, answers as texts};
use crate::altinn::language::{InWords, Language, Say, Words, spoken, within_sentence};
use crate::altinn::resource::{InstanceId, Resource, ResourceId, TitledId};
use crate::report::{Visible, cut, last_part};

/// A role, a package or rights to a resource.
///
/// ```
/// use vedtak::altinn::register::Grantable;
/// use vedtak::altinn::resource::ResourceId;
/// let forms = Grantable::resource(ResourceId::app("ttd", "skjema"), ["read", "write"]);
/// assert_eq!(forms.to_string(), "read, write on `app_ttd_skjema`");
/// assert_eq!(Grantable::package("jordbruk").to_string(), "the package `jordbruk`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Grantable {
    /// A role by any of its names.
    Role(Arc<str>),
    /// A package by code or URN.
    Package(Arc<str>),
    /// Rights to a resource.
    Resource {
        /// The resource.
        resource: ResourceId,
        /// The instance; `None`: the resource and all its instances.
        instance: Option<InstanceId>,
        /// The rights; in a revocation, none means all.
        rights: Vec<Right>,
    },
}

impl Grantable {
    /// The resource, the instance and the rights, if these are rights.
    pub(in crate::altinn) fn as_rights(
        &self,
    ) -> Option<(&ResourceId, Option<&InstanceId>, &[Right])> {
        match self {
            Self::Resource {
                resource,
                instance,
                rights,
            } => Some((resource, instance.as_ref(), rights)),
            Self::Role(_) | Self::Package(_) => None,
        }
    }

    /// Creates a role from any of its names in the catalogue.
    pub fn role(name: impl Into<Arc<str>>) -> Self {
        Self::Role(name.into())
    }

    /// Creates a package from its code or URN.
    pub fn package(name: impl Into<Arc<str>>) -> Self {
        Self::Package(name.into())
    }

    /// Creates rights to a whole resource.
    pub fn resource<R: Into<Right>>(
        resource: ResourceId,
        rights: impl IntoIterator<Item = R>,
    ) -> Self {
        Self::Resource {
            resource,
            instance: None,
            rights: rights.into_iter().map(Into::into).collect(),
        }
    }

    /// Returns rights one by one, each by itself; a role, a package or no right as it is.
    pub(super) fn each(&self) -> Vec<Self> {
        match self {
            Self::Resource {
                resource,
                instance,
                rights,
            } if rights.len() > 1 => {
                let single = rights.iter().map(|right| Self::Resource {
                    resource: resource.clone(),
                    instance: instance.clone(),
                    rights: vec![right.clone()],
                });
                single.collect()
            }
            _ => vec![self.clone()],
        }
    }

    /// Adds the rights of another to these, which are to the same resource or instance.
    pub(super) fn also(&mut self, more: Self) {
        if let (Self::Resource { rights, .. }, Self::Resource { rights: more, .. }) = (self, more) {
            rights.extend(more);
        }
    }

    /// Creates rights to one instance of a resource.
    pub fn instance<R: Into<Right>>(
        resource: ResourceId,
        instance: InstanceId,
        rights: impl IntoIterator<Item = R>,
    ) -> Self {
        Self::Resource {
            resource,
            instance: Some(instance),
            rights: rights.into_iter().map(Into::into).collect(),
        }
    }
}

impl Grantable {
    /// Returns the role, the package or the rights in a language, or as `Display` says them: a role or a
    /// package with its name in the catalogue, rights with the title of their resource, if it is described.
    ///
    /// ```
    /// use vedtak::altinn::catalogue::Catalogue;
    /// use vedtak::altinn::explain::Language;
    /// use vedtak::altinn::register::Grantable;
    /// use vedtak::altinn::resource::{Resource, ResourceId};
    /// let catalogue = Catalogue::standard();
    /// let letters = Resource::new(ResourceId::new("ttd-brev"), "ttd").titled("Brev fra oss");
    /// let read = Grantable::resource(letters.id.clone(), ["read"]);
    /// let said = read.titled(&catalogue, Some(&letters), Some(Language::Bokmal));
    /// assert_eq!(said, "read på Brev fra oss (`ttd-brev`)");
    /// let farming = Grantable::package("jordbruk");
    /// let said = farming.titled(&catalogue, None, Some(Language::English));
    /// assert_eq!(said, "the access package Agriculture (jordbruk)");
    /// ```
    pub fn titled(
        &self,
        catalogue: &Catalogue,
        described: Option<&Resource>,
        language: Option<Language>,
    ) -> String {
        let words = language.map_or(Words::DISPLAY, Words::from);
        self.titled_in(Some(catalogue), described, words)
    }

    /// Returns the role, the package or the rights in words. Without a catalogue, a role or a package is
    /// named as it was given.
    pub(super) fn titled_in(
        &self,
        catalogue: Option<&Catalogue>,
        described: Option<&Resource>,
        words: Words,
    ) -> String {
        match self {
            Self::Role(name) => {
                let role = catalogue.and_then(|all| Some(all.role_by_id(all.role(name)?)));
                match role {
                    Some(role) => named_role(role, last_part(name), words),
                    None => texts::NAMED_ROLE.with(words, &[&cut(name)]).to_string(),
                }
            }
            Self::Package(name) => {
                let package = catalogue.and_then(|all| Some(all.package_by_id(all.package(name)?)));
                match package {
                    Some(package) => {
                        let called = Visible(words.name(&package.name, &package.name_en));
                        let arguments: [&dyn fmt::Display; 2] = [&called, &cut(&package.code)];
                        PACKAGE.with(words, &arguments).to_string()
                    }
                    None => texts::NAMED_PACKAGE.with(words, &[&cut(name)]).to_string(),
                }
            }
            Self::Resource {
                resource,
                instance,
                rights,
            } => {
                let rights: Vec<String> = rights.iter().map(Right::to_string).collect();
                let rights = match rights.is_empty() {
                    true => words.say(texts::ALL_RIGHTS).to_owned(),
                    false => rights.join(", "),
                };
                let named = TitledId(resource, described);
                let arguments: [&dyn fmt::Display; 2] = [&rights, &InWords(&named, words)];
                let rights = texts::RIGHTS_ON.with(words, &arguments).to_string();
                match instance {
                    Some(instance) => {
                        let arguments: [&dyn fmt::Display; 2] = [&rights, instance];
                        texts::OF_INSTANCE.with(words, &arguments).to_string()
                    }
                    None => rights,
                }
            }
        }
    }
}

/// Returns the words for a role, by its name in the catalogue and a code.
pub(super) fn named_role(role: &Role, code: &str, words: Words) -> String {
    let name = within_sentence(words.name(&role.name, &role.name_en));
    let arguments: [&dyn fmt::Display; 2] = [&Visible(name), &cut(code)];
    ROLE.with(words, &arguments).to_string()
}

impl Say for Grantable {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        f.write_str(&self.titled_in(None, None, words))
    }
}

spoken! {
    Grantable: "the role, the package or the rights";
}
