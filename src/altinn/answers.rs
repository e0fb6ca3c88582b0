//! A policy → what it opens, and to whom: its rights, the packages and roles that give them, and
//! what ends with the roles of Altinn II.
//!
//! Everything is read through the [analysis](crate::analysis) of the engine, from the same compiled
//! program that decides: targets, conditions, denies and combining count. An alternative that is
//! listed permits, as each was tried by deciding; what is not listed does not, if the answer says
//! that it [is complete](PolicyRight::is_complete).

mod change;
mod covered;
mod found;
mod holders;
mod holdings;
mod need;
mod needed;
mod parts;
mod refused;
mod report;
mod rights;
mod services;
mod steps;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

pub use change::{ChangeOutcome, PolicyChange, RightChange, Suggestion};
pub use holders::{Holder, HolderPage, NoAnswer, RightHolders};
pub use need::{Need, NeedKind};
pub use needed::{Needed, WayIn};
pub use report::{ChangeReport, PersonChange, ReportInLanguage, ServiceChange};
pub(in crate::altinn) use rights::attributes;
pub use rights::{Alternative, PolicyRight, PolicyRights};
pub use services::{OpenedService, OpeningPackage, Services};

use super::catalogue::Catalogue;
use super::delegation::Right;
use super::facts::Instances;
use super::id::{self, AttributeKind};
use super::pdp::{Pdp, ResourcePolicy};
use super::resource::{Resource, ResourceId};
use super::transition::Transition;
use crate::provider::ProviderError;
use crate::value::DateTime;

/// Answers about the policy of one resource, as of an instant: from [`Pdp::answers`], or of a policy
/// by itself.
#[derive(Clone, Debug)]
pub struct PolicyAnswers {
    policy: Arc<ResourcePolicy>,
    resource: ResourceId,
    at: DateTime,
    catalogue: Catalogue,
    transition: Transition,
    budget: usize,
    /// The resource as the resource registry describes it.
    described: Option<Arc<Resource>>,
    /// Whether the environment may be any. Otherwise a request says nothing of it, but for the clock.
    in_any_environment: bool,
    instances: KnownInstances,
}

/// The source that knows the state of an instance that a right names, if there is one.
#[derive(Clone, Default)]
struct KnownInstances(Option<Arc<dyn Instances>>);

impl fmt::Debug for KnownInstances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KnownInstances")
            .field(&self.0.is_some())
            .finish()
    }
}

/// The steps of an answer, unless it has a budget of its own: some tenths of a second.
const BUDGET: usize = 10_000_000;

impl PolicyAnswers {
    /// Returns the answers about the policy of a resource as of an instant, with the catalogue and
    /// the transition of this version of the crate.
    ///
    /// ```
    /// use vedtak::altinn::answers::PolicyAnswers;
    /// use vedtak::altinn::policy::ResourcePolicy;
    /// use vedtak::altinn::resource::ResourceId;
    /// # let xml = &std::fs::read_to_string("fixtures/altinn/first-service/policy.xml")?;
    ///
    /// let policy = ResourcePolicy::compiler().compile("policy.xml", xml)?;
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    /// let answers = PolicyAnswers::of(policy, ResourceId::new("ttd-brev"), now);
    /// assert_eq!(
    ///     answers.rights()?.to_string(),
    ///     "read\n  \
    ///        the access package Ordinær post til virksomheten (ordinaer-post-til-virksomheten)\n  \
    ///        or the role daglig leder (dagl)\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of(policy: impl Into<Arc<ResourcePolicy>>, resource: ResourceId, at: DateTime) -> Self {
        Self {
            policy: policy.into(),
            resource,
            at,
            catalogue: Catalogue::standard(),
            transition: Transition::default(),
            budget: BUDGET,
            described: None,
            in_any_environment: false,
            instances: KnownInstances::default(),
        }
    }

    /// Sets the catalogue that names roles and packages.
    #[must_use]
    pub fn catalogue(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = catalogue;
        self
    }

    /// Sets the end of Altinn II roles.
    #[must_use]
    pub fn transition(mut self, transition: Transition) -> Self {
        self.transition = transition;
        self
    }

    /// Sets the most steps that each answer may take.
    #[must_use]
    pub fn budget(mut self, steps: usize) -> Self {
        self.budget = steps;
        self
    }

    /// Returns the same answers as of another instant.
    #[must_use]
    pub fn at(mut self, at: DateTime) -> Self {
        self.at = at;
        self
    }

    /// Returns the answers in which values of the environment, but for the clock's, are needs as those of
    /// a subject are.
    fn in_any_environment(mut self) -> Self {
        self.in_any_environment = true;
        self
    }

    /// Whether single rights to the resource may be delegated, as far as is known.
    fn is_delegable(&self) -> bool {
        let described = self.described.as_ref();
        described.is_none_or(|known| known.may_be_delegated())
    }

    /// Returns a right with the state of the instance that it names, as a decision would have it: the task
    /// that it is in, where a source knows it.
    fn in_state(&self, right: &Right) -> Result<Right, ProviderError> {
        let mut stated = right.clone();
        let instance = match (right.instance(), &self.instances.0) {
            (Some(id), Some(known)) => known.instance(&id)?,
            _ => None,
        };
        let Some(instance) = instance.filter(|known| known.resource == self.resource) else {
            return Ok(stated);
        };
        for attribute in id::attributes_that(|kind| kind == AttributeKind::InstanceState) {
            let is_named = stated.part.iter().any(|(id, _)| **id == *attribute.id);
            if let Some(value) = instance.state(attribute.id).filter(|_| !is_named) {
                stated = stated.on(attribute.id, value.clone());
            }
        }
        Ok(stated)
    }

    /// The resource that the answers are about.
    pub fn resource(&self) -> &ResourceId {
        &self.resource
    }
}

impl Pdp {
    /// Returns the answers about the policy of a resource, as of an instant; none if it has no
    /// policy. What the resource registry requires of parties is told with each right.
    ///
    /// # Errors
    ///
    /// The source of policies, or of resources, cannot say.
    pub fn answers(
        &self,
        resource: &ResourceId,
        at: DateTime,
    ) -> Result<Option<PolicyAnswers>, ProviderError> {
        let Some(policy) = self.policy_of(resource)? else {
            return Ok(None);
        };
        let mut answers = PolicyAnswers::of(policy, resource.clone(), at)
            .catalogue(self.catalogue().clone())
            .transition(self.transition());
        answers.described = self.described(resource)?;
        answers.instances = KnownInstances(self.instances());
        Ok(Some(answers))
    }
}
