//! A question to the policies that the register itself cannot answer: who has a right.

use std::sync::Arc;

use super::grantable::Grantable;
use crate::altinn::delegation::Right;
use crate::altinn::facts::Answer;
use crate::altinn::party::Party;
use crate::altinn::resource::{InstanceId, ResourceId};

/// The reason why somebody has a right for her own use only, and may not give it on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnUse {
    /// She has it only as the agent of an organisation.
    AsAgent,
    /// A delegation would give it in these parts of the resource as well, in which she does not have it.
    NotInParts(Vec<Right>),
}

/// Answers from policies about rights, which the register itself does not have; see
/// [`Change::who_may`](super::Change::who_may).
///
/// [`Pdp::who_may`](crate::altinn::Pdp::who_may) answers both questions. A closure answers the
/// first only; every right then counts as one that can be delegated.
pub trait WhoMay {
    /// Whether a subject has a right for a party, to give on: not as the agent of an organisation.
    /// `instance` is `None` for the whole resource. A right to a whole app is had if it is had in each
    /// task and part for which a delegation can give it.
    ///
    /// # Errors
    ///
    /// It cannot be said now, as a source that the policy asks does not answer.
    fn may(
        &self,
        subject: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Answer<bool>;

    /// The reason why a right that a subject has for a party is for her own use only; none if
    /// [`may`](Self::may) is true, or she does not have it at all. The default is none.
    ///
    /// # Errors
    ///
    /// As of [`may`](Self::may).
    fn own_use(
        &self,
        subject: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Answer<Option<OwnUse>> {
        let _ = (subject, party, resource, instance, right);
        Ok(None)
    }

    /// Whether a delegation of a right can permit anything, whoever receives it.
    ///
    /// # Errors
    ///
    /// If it cannot: the actions of the resource's policy for which a delegation can.
    fn can_be_delegated(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Result<(), Vec<Arc<str>>> {
        let _ = (resource, instance, right);
        Ok(())
    }

    /// Returns the rights that a delegation of a right for a party opens to a receiver who has nothing else: itself;
    /// or, of a whole app, those in the tasks and parts for which the policy has it; none if the receiver
    /// must have something besides, such as a resource right. The default is the right itself.
    fn opened(
        &self,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Vec<Right> {
        let _ = (party, resource, instance);
        vec![right.clone()]
    }

    /// Whether a role or an access package alone, a role with those that it implies, gives its holder a
    /// right for a party. A role is named by its URN, a package by its code. The default is no: then a
    /// single service of a received package is not delegated on, and the check before a delegation names
    /// no role or package behind a right.
    fn gives_alone(
        &self,
        what: &Grantable,
        holder: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> bool {
        let _ = (what, holder, party, resource, instance, right);
        false
    }
}

impl<F> WhoMay for F
where
    F: Fn(&Party, &Party, &ResourceId, Option<&InstanceId>, &Right) -> bool,
{
    fn may(
        &self,
        subject: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Answer<bool> {
        Ok(self(subject, party, resource, instance, right))
    }
}
