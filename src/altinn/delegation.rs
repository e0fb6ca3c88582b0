//! Delegations of single resources and instances: what one party lets another do.

mod policy;

use std::sync::Arc;

pub use policy::PolicyDetails;

use super::fact::{Path, Window};
use super::level::MinimumLevel;
use super::party::PartyKey;
use super::resource::{InstanceId, ResourceId};

/// A party lets another do something with one of its resources, or with one instance of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Delegation {
    /// What the source of delegations calls it.
    pub id: Arc<str>,
    /// Of what.
    pub resource: ResourceId,
    /// Of which instance; none: of the resource and all its instances.
    pub instance: Option<InstanceId>,
    /// Whose resource it is.
    pub from: PartyKey,
    /// Who may: a user, a party, a system user.
    pub to: PartyKey,
    /// What they may.
    pub rights: Vec<Right>,
    /// When.
    pub window: Window,
    /// How the asker comes to use it: empty if `to` is the asker.
    pub path: Path,
    /// The least authentication levels that it asks for itself. They count where the resource's
    /// policy asks for less.
    pub level: MinimumLevel,
}

impl Delegation {
    /// A delegation of a resource, always valid and without rights yet.
    pub fn new(
        id: impl Into<Arc<str>>,
        resource: ResourceId,
        from: PartyKey,
        to: PartyKey,
    ) -> Self {
        Self {
            id: id.into(),
            resource,
            instance: None,
            from,
            to,
            rights: Vec::new(),
            window: Window::ALWAYS,
            path: Path::default(),
            level: MinimumLevel::default(),
        }
    }

    /// The same delegation, of one instance only.
    #[must_use]
    pub fn of_instance(mut self, instance: InstanceId) -> Self {
        self.instance = Some(instance);
        self
    }

    /// The same delegation with one more right.
    #[must_use]
    pub fn right(mut self, right: impl Into<Right>) -> Self {
        self.rights.push(right.into());
        self
    }

    /// This delegation, used only at these levels or higher.
    #[must_use]
    pub fn at_level(mut self, level: MinimumLevel) -> Self {
        self.level = level;
        self
    }

    /// The same delegation in a window of time.
    #[must_use]
    pub fn during(mut self, window: Window) -> Self {
        self.window = window;
        self
    }
}

/// An action on a resource or on a part of it.
///
/// ```
/// use vedtak::altinn::Right;
/// let anywhere: Right = "read".into();
/// let in_a_task = Right::from("write").on("urn:altinn:task", "Task_1");
/// assert_eq!(in_a_task.part.len(), 1);
/// # let _ = anywhere;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Right {
    /// The action, as `action-id` says it.
    pub action: Arc<str>,
    /// Further attributes the resource must have, such as the task: id and value. The names of
    /// resource and instance are not among them.
    pub part: Vec<(Arc<str>, Arc<str>)>,
}

impl Right {
    /// Whether who has this right has the other one, too: the same action, wherever the other
    /// applies.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.action == other.action && self.part.iter().all(|part| other.part.contains(part))
    }

    /// The same right, only where the resource has this attribute.
    #[must_use]
    pub fn on(mut self, id: impl Into<Arc<str>>, value: impl Into<Arc<str>>) -> Self {
        self.part.push((id.into(), value.into()));
        self
    }
}

impl<T: Into<Arc<str>>> From<T> for Right {
    fn from(action: T) -> Self {
        Self {
            action: action.into(),
            part: Vec::new(),
        }
    }
}

impl std::fmt::Display for Right {
    /// The action, and where: `write (urn:altinn:task Task_1)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.action)?;
        for (i, (id, value)) in self.part.iter().enumerate() {
            let open = if i == 0 { " (" } else { ", " };
            write!(f, "{open}{id} {value}")?;
        }
        if self.part.is_empty() {
            Ok(())
        } else {
            f.write_str(")")
        }
    }
}
