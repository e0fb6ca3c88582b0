//! Delegations of single resources and instances, from one party to another, and their XACML
//! policies.

mod policy;

use std::sync::Arc;

pub use policy::PolicyDetails;

use super::fact::{Path, Window};
use super::id::{self, AttributeKind};
use super::level::MinimumLevel;
use super::party::{PartyKey, shown_value};
use super::resource::{InstanceId, ResourceId};
use crate::attribute::category;
use crate::report::Visible;

/// A delegation: `from` lets `to` use one of its resources, or one instance of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Delegation {
    /// The identifier at the source of delegations.
    pub id: Arc<str>,
    /// The resource.
    pub resource: ResourceId,
    /// The only instance covered; `None`: the resource and all its instances.
    pub instance: Option<InstanceId>,
    /// The party whose resource it is.
    pub from: PartyKey,
    /// The receiver: a user, a party or a system user.
    pub to: PartyKey,
    /// The rights that the receiver gets.
    pub rights: Vec<Right>,
    /// The window in which it holds.
    pub window: Window,
    /// The path from the subject to the receiver; empty if `to` is the subject.
    pub path: Path,
    /// The minimum authentication levels of the delegation itself. They apply where they exceed
    /// those of the resource's policy.
    pub level: MinimumLevel,
    /// The code of the access package that the rights were given on out of, one service of it by
    /// itself: it counts only while the policy gives them to the holder of this package alone.
    pub out_of: Option<Arc<str>>,
}

impl Delegation {
    /// Creates a delegation that always holds, of the whole resource, still without rights.
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
            out_of: None,
        }
    }

    /// Limits the delegation to one instance.
    #[must_use]
    pub fn of_instance(mut self, instance: InstanceId) -> Self {
        self.instance = Some(instance);
        self
    }

    /// Adds a right.
    #[must_use]
    pub fn right(mut self, right: impl Into<Right>) -> Self {
        self.rights.push(right.into());
        self
    }

    /// Requires at least these authentication levels.
    #[must_use]
    pub fn at_level(mut self, level: MinimumLevel) -> Self {
        self.level = level;
        self
    }

    /// Makes it one service out of an access package, which is named by its code.
    #[must_use]
    pub fn out_of(mut self, package: impl Into<Arc<str>>) -> Self {
        self.out_of = Some(package.into());
        self
    }

    /// Sets the window; the default is [`Window::ALWAYS`].
    #[must_use]
    pub fn during(mut self, window: Window) -> Self {
        self.window = window;
        self
    }
}

/// An action on a resource or on a part of it.
///
/// ```
/// use vedtak::altinn::delegation::Right;
/// let anywhere: Right = "read".into();
/// let in_a_task = Right::from("write").on("urn:altinn:task", "Task_1");
/// assert_eq!(in_a_task.part.len(), 1);
/// # let _ = anywhere;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Right {
    /// The action's `action-id`.
    pub action: Arc<str>,
    /// Further attributes that the resource must have, such as the task, as id and value. The
    /// attributes that identify the resource, the instance or the party are not allowed.
    pub part: Vec<(Arc<str>, Arc<str>)>,
}

impl Right {
    /// Whether this right includes the other: the action is equal, and every attribute required
    /// here is required there.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.action == other.action && self.part.iter().all(|part| other.part.contains(part))
    }

    /// Returns the right without the party and the instance that it is for, which a question about a party
    /// says itself.
    ///
    /// ```
    /// use vedtak::altinn::delegation::Right;
    /// let one = Right::from("write").on("urn:altinn:task", "Task_1").on("urn:altinn:partyid", "1");
    /// assert_eq!(one.of_party(), Right::from("write").on("urn:altinn:task", "Task_1"));
    /// ```
    #[must_use]
    pub fn of_party(mut self) -> Self {
        self.part.retain(|(id, _)| {
            !matches!(
                id::kind(category::RESOURCE, id),
                Some(AttributeKind::Party(..) | AttributeKind::Instance)
            )
        });
        self
    }

    /// The instance that a part of the right names.
    pub(in crate::altinn) fn instance(&self) -> Option<InstanceId> {
        let is_instance =
            |id: &str| id::kind(category::RESOURCE, id) == Some(AttributeKind::Instance);
        let mut parts = self.part.iter();
        let (_, named) = parts.find(|(id, _)| is_instance(id))?;
        Some(InstanceId::new(named))
    }

    /// Limits the right to resources that have this attribute. Repeated calls require all of them.
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

/// Returns the attributes of a part of a resource as anybody may see them: of a person's number and an e-mail
/// address only the beginning. `Display` of a [`Right`] and the keys of rights have them so.
///
/// ```
/// use vedtak::altinn::delegation::{Right, shown_part};
/// let of_person = Right::from("read").on("urn:altinn:person:identifier-no", "01017012345");
/// let shown: Vec<_> = shown_part(&of_person.part).collect();
/// assert_eq!(&*shown[0].1, "010170*****");
/// assert_eq!(of_person.to_string(), "read (urn:altinn:person:identifier-no 010170*****)");
/// ```
pub fn shown_part(part: &[(Arc<str>, Arc<str>)]) -> impl Iterator<Item = (&str, Arc<str>)> {
    let part = part.iter();
    part.map(|(id, value)| (&**id, shown_value(category::RESOURCE, id, value)))
}

impl std::fmt::Display for Right {
    /// The action, and where: `write (urn:altinn:task Task_1)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", Visible(&self.action))?;
        for (i, (id, value)) in shown_part(&self.part).enumerate() {
            let open = if i == 0 { " (" } else { ", " };
            write!(f, "{open}{} {}", Visible(id), Visible(&value))?;
        }
        if self.part.is_empty() {
            Ok(())
        } else {
            f.write_str(")")
        }
    }
}
