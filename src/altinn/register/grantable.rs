//! The objects of requests, delegations, revocations and holdings: a role, a package or rights.

use std::fmt;
use std::sync::Arc;

use crate::altinn::delegation::Right;
use crate::altinn::language::texts::answers as texts;
use crate::altinn::language::{InWords, Language, Say, Words, spoken};
use crate::altinn::resource::{InstanceId, Resource, ResourceId, TitledId};
use crate::report::cut;

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
    /// Returns the role, the package or the rights for display in a language, rights with the title of
    /// their resource, if it is described.
    ///
    /// ```
    /// use vedtak::altinn::explain::Language;
    /// use vedtak::altinn::register::Grantable;
    /// use vedtak::altinn::resource::{Resource, ResourceId};
    /// let letters = Resource::new(ResourceId::new("ttd-brev"), "ttd").titled("Brev fra oss");
    /// let read = Grantable::resource(letters.id.clone(), ["read"]);
    /// let said = read.titled_in_language(Some(&letters), Language::Bokmal).to_string();
    /// assert_eq!(said, "read på Brev fra oss (`ttd-brev`)");
    /// ```
    pub fn titled_in_language<'g>(
        &'g self,
        described: Option<&'g Resource>,
        language: Language,
    ) -> impl fmt::Display + 'g {
        struct TitledGrantable<'g>(&'g Grantable, Option<&'g Resource>, Words);
        impl fmt::Display for TitledGrantable<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.say_titled(f, self.1, self.2)
            }
        }
        TitledGrantable(self, described, language.into())
    }

    /// Says the role, the package or the rights, with the title of a resource that is described.
    pub(super) fn say_titled(
        &self,
        f: &mut fmt::Formatter<'_>,
        described: Option<&Resource>,
        words: Words,
    ) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "{}", texts::NAMED_ROLE.with(words, &[&cut(role)])),
            Self::Package(package) => {
                write!(f, "{}", texts::NAMED_PACKAGE.with(words, &[&cut(package)]))
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
                let rights = texts::RIGHTS_ON.with(words, &arguments);
                match instance {
                    Some(instance) => {
                        let arguments: [&dyn fmt::Display; 2] = [&rights, instance];
                        write!(f, "{}", texts::OF_INSTANCE.with(words, &arguments))
                    }
                    None => write!(f, "{rights}"),
                }
            }
        }
    }
}

impl Say for Grantable {
    fn say(&self, f: &mut fmt::Formatter<'_>, words: Words) -> fmt::Result {
        self.say_titled(f, None, words)
    }
}

spoken! {
    Grantable: "the role, the package or the rights";
}
