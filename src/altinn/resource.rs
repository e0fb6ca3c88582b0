//! Resources: what is asked for, and what is known about it.

use std::fmt;
use std::sync::Arc;

use super::party::PartyKey;

/// The name of a resource: an id of the resource registry, or an app's `app_{org}_{app}`.
///
/// Both spellings of an app are one name:
///
/// ```
/// use vedtak::altinn::ResourceId;
/// let id = ResourceId::new("app_ttd_signering_v2");
/// assert_eq!(id, ResourceId::app("ttd", "signering_v2"));
/// assert_eq!(id.as_app(), Some(("ttd", "signering_v2")));
/// assert_eq!(ResourceId::new("ttd-brev").as_app(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(Arc<str>);

impl ResourceId {
    /// By the id of the registry.
    pub fn new(id: impl Into<Arc<str>>) -> Self {
        Self(id.into())
    }

    /// An app by its owner and name.
    pub fn app(org: &str, app: &str) -> Self {
        Self(format!("app_{org}_{app}").into())
    }

    /// The id of the registry.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn shared(&self) -> &Arc<str> {
        &self.0
    }

    /// Owner and name, if this is an app. Owners have no underscore in their codes; names of apps
    /// may have any number.
    pub fn as_app(&self) -> Option<(&str, &str)> {
        let (org, app) = self.0.strip_prefix("app_")?.split_once('_')?;
        (!org.is_empty() && !app.is_empty()).then_some((org, app))
    }
}

impl std::borrow::Borrow<str> for ResourceId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

/// What the resource registry says of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resource {
    /// Its name.
    pub id: ResourceId,
    /// The code of the service owner, such as `skd`.
    pub owner: Arc<str>,
    /// What it is called.
    pub title: Arc<str>,
    /// Only parties on an access list that is connected to the resource may be served
    /// (`AccessListMode=Enabled`). Apps have no access lists.
    pub requires_access_list: bool,
    /// Only parties with a resource right may be served; for others it is hidden.
    pub requires_resource_right: bool,
    /// Rights to it may be delegated singly.
    pub is_delegable: bool,
}

impl Resource {
    /// A resource open to all parties, its rights delegable.
    pub fn new(id: ResourceId, owner: impl Into<Arc<str>>) -> Self {
        Self {
            title: id.0.clone(),
            id,
            owner: owner.into(),
            requires_access_list: false,
            requires_resource_right: false,
            is_delegable: true,
        }
    }

    /// The same resource with its title.
    #[must_use]
    pub fn titled(mut self, title: impl Into<Arc<str>>) -> Self {
        self.title = title.into();
        self
    }

    /// The same resource, only for parties on a connected access list.
    #[must_use]
    pub fn with_access_list(mut self) -> Self {
        self.requires_access_list = true;
        self
    }

    /// The same resource, only for parties with a resource right.
    #[must_use]
    pub fn with_resource_rights(mut self) -> Self {
        self.requires_resource_right = true;
        self
    }

    /// The same resource, its rights not delegable.
    #[must_use]
    pub fn not_delegable(mut self) -> Self {
        self.is_delegable = false;
        self
    }
}

/// An instance of a resource: one form, letter or dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Instance {
    /// What it is an instance of.
    pub resource: ResourceId,
    /// Whose it is.
    pub party: PartyKey,
    /// The task it is in, if it is an app's and under way. Where neither this nor `end_event` is
    /// given, its state is not known, and what a request says of it stands.
    pub task: Option<Arc<str>>,
    /// The event it ended with, if it is an app's and has ended.
    pub end_event: Option<Arc<str>>,
}

impl Instance {
    /// An instance whose state is not known.
    pub fn new(resource: ResourceId, party: PartyKey) -> Self {
        Self {
            resource,
            party,
            task: None,
            end_event: None,
        }
    }

    /// The same instance in a task.
    #[must_use]
    pub fn in_task(mut self, task: impl Into<Arc<str>>) -> Self {
        self.task = Some(task.into());
        self
    }

    /// The same instance, ended.
    #[must_use]
    pub fn ended(mut self, event: impl Into<Arc<str>>) -> Self {
        self.end_event = Some(event.into());
        self
    }
}

/// The name of an instance: its UUID, whatever stands before it (`50001/…`,
/// `urn:altinn:instance-id:50001/…`, `urn:altinn:correspondence-id:…`), in lower case. Names that
/// end in no UUID stay as they are.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceId(Arc<str>);

impl InstanceId {
    /// Of any spelling.
    pub fn new(text: &str) -> Self {
        const UUID: usize = 36;
        let end = text
            .len()
            .checked_sub(UUID)
            .and_then(|start| text.get(start..))
            .filter(|end| uuid::Uuid::try_parse(end).is_ok());
        Self(end.map_or_else(|| Arc::from(text), |uuid| uuid.to_lowercase().into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_has_one_name_however_it_is_spelt() {
        let plain = InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11");
        for spelling in [
            "50001/a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
            "urn:altinn:instance-id:50001/A3B1F0DE-5C0B-4F0E-9A8D-0D8F1D3E6C11",
            "urn:altinn:correspondence-id:a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
            "urn:altinn:dialog-id:a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c11",
        ] {
            assert_eq!(InstanceId::new(spelling), plain, "{spelling}");
        }
        assert_ne!(
            InstanceId::new("a3b1f0de-5c0b-4f0e-9a8d-0d8f1d3e6c12"),
            plain
        );
        assert_eq!(InstanceId::new("letter 7").as_str(), "letter 7");
    }
}
