//! The objects of requests, delegations, revocations and holdings: a role, a package or rights.

use std::fmt;
use std::sync::Arc;

use crate::altinn::delegation::Right;
use crate::altinn::resource::{InstanceId, ResourceId};
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

impl fmt::Display for Grantable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(role) => write!(f, "the role `{}`", cut(role)),
            Self::Package(package) => write!(f, "the package `{}`", cut(package)),
            Self::Resource {
                resource,
                instance,
                rights,
            } => {
                if rights.is_empty() {
                    f.write_str("all rights")?;
                }
                for (i, right) in rights.iter().enumerate() {
                    let comma = if i > 0 { ", " } else { "" };
                    write!(f, "{comma}{right}")?;
                }
                write!(f, " on `{resource}`")?;
                match instance {
                    Some(instance) => write!(f, ", instance `{instance}`"),
                    None => Ok(()),
                }
            }
        }
    }
}
