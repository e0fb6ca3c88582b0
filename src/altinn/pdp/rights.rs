//! A subject, a party and a right → whether the policies permit it: the register's check before a
//! delegation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::policy::ResourcePolicy;
use super::{HostSources, Pdp, PdpInner, complete};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::facts::{AccessPackages, Answer, Asked, Fact, Instances, Parties, Roles};
use crate::altinn::id::{AttributeKind, resource};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::questions::delegable::{Covered, OtherParts, PartyName};
use crate::altinn::register::{Grantable, OwnUse, Register, Snapshot, WhoMay};
use crate::altinn::resource::{Instance, InstanceId, ResourceId};
use crate::altinn::transition::Transition;
use crate::attribute::category;
use crate::decision::Decision;
use crate::provider::ProviderError;
use crate::request::{Request, RequestBuilder};
use crate::value::DateTime;

impl Pdp {
    /// Returns the check whether a subject has a right for a party as of an instant, and whether a
    /// policy has the right, for [`Change::who_may`](crate::altinn::register::Change::who_may), which has an
    /// example.
    ///
    /// A subject has a right if the decision is Permit, whatever its obligations: they also bind
    /// receivers of the right. She has a right to a whole app, or to an instance in any task, if it is
    /// Permit in each task and part for which a delegation can give it. A party without a key has none;
    /// nor has an agent of an organisation what it may use for a client only as that. A decision that
    /// failed says neither.
    pub fn who_may(&self, at: DateTime) -> WhoMayByPolicy {
        WhoMayByPolicy {
            pdp: self.clone(),
            at,
            known: Arc::default(),
            alone: Arc::default(),
        }
    }
}

/// The rights that the policies of a PDP give; from [`Pdp::who_may`].
#[derive(Clone, Debug)]
pub struct WhoMayByPolicy {
    pdp: Pdp,
    at: DateTime,
    known: Arc<Mutex<HashMap<RightKey, Known>>>,
    alone: Arc<Mutex<HashMap<AloneKey, Alone>>>,
}

/// A right, and the names of its party if the policy asks for them.
type AloneKey = (RightKey, Option<Vec<PartyName>>);

/// A policy, and the rights that a delegation of a right opens by it to a receiver who has nothing else;
/// none if it takes too long to read.
type Alone = (Arc<ResourcePolicy>, Option<Arc<Covered>>);

/// A right to a resource, or to some instance of it.
type RightKey = (ResourceId, bool, Right);

/// The parts of a policy in which a right is covered.
#[derive(Clone, Debug)]
struct Known {
    policy: Arc<ResourcePolicy>,
    /// For some receiver; none if the policy takes too long to read.
    by_any: Option<Arc<Covered>>,
}

impl WhoMay for WhoMayByPolicy {
    fn may(
        &self,
        subject: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Answer<bool> {
        // Without a policy, nobody has a right.
        if self.pdp.policy_of(resource)?.is_none() {
            return Ok(false);
        }
        let parts = self.parts(resource, instance, right)?;
        let pdp = self.pdp_for(instance);
        // An agent does not give on what it has for a client.
        let without_agents = pdp.without_agents();
        for pdp in std::iter::once(&pdp).chain(&without_agents) {
            for part in &parts {
                let request = request(subject, party, resource, instance, part);
                let Some(request) = request else {
                    return Ok(false);
                };
                if !self.permits(pdp, &request)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    fn own_use(
        &self,
        subject: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Answer<Option<OwnUse>> {
        if self.pdp.policy_of(resource)?.is_none() {
            return Ok(None);
        }
        let permits = |pdp: &Pdp, part: &Right| {
            let request = request(subject, party, resource, instance, part);
            request.map_or(Ok(false), |request| self.permits(pdp, &request))
        };
        let parts = self.parts(resource, instance, right)?;
        let pdp = self.pdp_for(instance);
        let mut lacking = Vec::new();
        for part in &parts {
            if !permits(&pdp, part)? {
                lacking.push(part.clone());
            }
        }
        if !lacking.is_empty() {
            // As a question for it has it, she may have it although no part of the policy is this one.
            let has_it = lacking.len() < parts.len() || permits(&self.pdp, right)?;
            return Ok(has_it.then_some(OwnUse::NotInParts(lacking)));
        }
        let Some(pdp) = pdp.without_agents() else {
            return Ok(None);
        };
        for part in &parts {
            if !permits(&pdp, part)? {
                return Ok(Some(OwnUse::AsAgent));
            }
        }
        Ok(None)
    }

    fn can_be_delegated(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Result<(), Vec<Arc<str>>> {
        // A missing policy, or one that its source cannot supply now, forbids nothing.
        match self.pdp.inner.policy(resource) {
            Ok(Some(policy)) => policy.check_right(resource, instance, right),
            _ => Ok(()),
        }
    }

    fn opened(
        &self,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Vec<Right> {
        let alone = self.opened_alone(party, resource, instance, right);
        match alone {
            Some(covered) => match covered.rights.contains(right) {
                true => vec![right.clone()],
                false => covered.rights.clone(),
            },
            // As in `can_be_delegated`.
            None => vec![right.clone()],
        }
    }

    fn gives_alone(
        &self,
        what: &Grantable,
        holder: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> bool {
        let mut only = HostSources::default();
        match what {
            Grantable::Role(role) => only.roles = Some(Arc::new(OneRole(role.clone()))),
            Grantable::Package(package) => {
                only.packages = Some(Arc::new(OnePackage(package.clone())));
            }
            Grantable::Resource { .. } => return false,
        }
        let pdp = self.pdp_with(only);
        let parts = self.parts(resource, instance, right).unwrap_or_default();
        let permits = |part: &Right| {
            let request = request(holder, party, resource, instance, part);
            request.is_some_and(|request| self.permits(&pdp, &request).unwrap_or(false))
        };
        !parts.is_empty() && parts.iter().all(permits)
    }
}

impl WhoMayByPolicy {
    /// Whether a request is permitted.
    ///
    /// # Errors
    ///
    /// A failure that the decision met, if it is no Permit.
    fn permits(&self, pdp: &Pdp, request: &Request) -> Answer<bool> {
        let ruling = pdp.decide_at(request, self.at);
        let permits = ruling.decision() == Decision::Permit;
        match ruling.result.troubles.first() {
            Some(trouble) if !permits => Err(ProviderError::new(trouble.message.clone())),
            _ => Ok(permits),
        }
    }

    /// The rights in each of which a right must be had, so that no more is given than is had.
    ///
    /// # Errors
    ///
    /// The policy has too many parts to tell.
    pub(super) fn parts(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Answer<Vec<Right>> {
        let Some(known) = self.known(resource, instance, right) else {
            return Ok(vec![right.clone()]);
        };
        match known.by_any {
            Some(covered) if covered.is_complete && covered.rights.is_empty() => {
                Ok(vec![right.clone()])
            }
            Some(covered) if covered.is_complete => Ok(covered.rights.clone()),
            None if !known.policy.names_parts() => Ok(vec![right.clone()]),
            _ => Err(ProviderError::new(
                "the policy has too many parts to look into each",
            )),
        }
    }

    /// Looks up where the policy of a resource covers a right; none without a policy, or if its source
    /// cannot supply it now.
    fn known(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Option<Known> {
        let policy = self.pdp.policy_of(resource).ok()??;
        let key = (resource.clone(), instance.is_some(), right.clone());
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.get(&key);
        if let Some(known) = known.filter(|known| Arc::ptr_eq(&known.policy, &policy)) {
            return Some(known.clone());
        }
        let by_any = policy.covered(resource, instance, right, OtherParts::OfHost);
        let known = Known {
            by_any: by_any.map(Arc::new),
            policy,
        };
        all.insert(key, known.clone());
        Some(known)
    }

    /// Looks up which rights a delegation opens for a party to a receiver who has nothing else; none
    /// without a policy, if its source cannot supply it now, or if it takes too long to read.
    fn opened_alone(
        &self,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Option<Arc<Covered>> {
        let policy = self.pdp.policy_of(resource).ok()??;
        let named = policy.names_party().then(|| complete::names_of(party));
        let key = ((resource.clone(), instance.is_some(), right.clone()), named);
        let mut all = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, covered)) = all.get(&key)
            && Arc::ptr_eq(known, &policy)
        {
            return covered.clone();
        }
        let others = OtherParts::OfHostAlone(key.1.as_deref().unwrap_or_default());
        let covered = policy.covered(resource, instance, right, others);
        let covered = covered.map(Arc::new);
        all.insert(key, (policy, covered.clone()));
        covered
    }

    /// The rights to parts of the resource that a delegation of a right covers and can give.
    pub(super) fn covered(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Vec<Right> {
        let known = self.known(resource, instance, right);
        let covered = known.and_then(|known| known.by_any);
        covered.map_or_else(Vec::new, |covered| covered.rights.clone())
    }

    /// The PDP that decides about rights to an instance in any state, or else to the whole resource.
    fn pdp_for(&self, instance: Option<&InstanceId>) -> Pdp {
        match instance {
            Some(_) => self.pdp.in_any_state(None),
            None => self.pdp.clone(),
        }
    }

    /// The PDP by which everybody has only what these sources say, for every party.
    fn pdp_with(&self, only: HostSources) -> Pdp {
        let inner = &*self.pdp.inner;
        let register = inner.register.clone();
        let parties = register.map(|known| Arc::new(known) as Arc<dyn Parties>);
        let host = HostSources {
            instances: inner.in_any_state(None),
            parties: inner.host.parties.clone().or(parties),
            ..only
        };
        self.pdp.with_facts(None, host)
    }
}

impl PdpInner {
    /// The instances of the host, or else of a register, in no state, so that the one in a request counts.
    fn in_any_state(&self, snapshot: Option<&Snapshot>) -> Option<Arc<dyn Instances>> {
        Some(Arc::new(InAnyState(self.instances(snapshot)?)))
    }

    /// The instances of the host, or else of a register.
    pub(super) fn instances(&self, snapshot: Option<&Snapshot>) -> Option<Arc<dyn Instances>> {
        let of_snapshot = || Some(Arc::new(snapshot?.clone()) as Arc<dyn Instances>);
        let of_register = || Some(Arc::new(self.register.clone()?) as Arc<dyn Instances>);
        let known = self.host.instances.clone();
        known.or_else(of_snapshot).or_else(of_register)
    }
}

/// Instances of which nobody knows the state.
struct InAnyState(Arc<dyn Instances>);

impl Instances for InAnyState {
    fn instance(&self, id: &InstanceId) -> Answer<Option<Instance>> {
        let known = self.0.instance(id)?;
        Ok(known.map(|known| Instance::new(known.resource, known.party)))
    }
}

impl Pdp {
    /// Returns a PDP for which the roles of Altinn II hold at every instant as they do at this one.
    pub(in crate::altinn) fn with_altinn2_as_of(&self, at: DateTime) -> Self {
        let inner = &*self.inner;
        let has_ended = Moment::of(&at) >= inner.transition.end;
        let transition = Transition {
            end: if has_ended {
                Moment(i64::MIN)
            } else {
                Moment::FOREVER
            },
        };
        let mut changed = self.with_facts(inner.register.clone(), inner.host.clone());
        if let Some(inner) = Arc::get_mut(&mut changed.inner) {
            inner.transition = transition;
        }
        changed
    }

    /// The instances of the host, or else of the register.
    pub(in crate::altinn) fn instances(&self) -> Option<Arc<dyn Instances>> {
        self.inner.instances(None)
    }

    /// Returns a PDP that takes the state of an instance from the request, and audits nothing.
    pub(super) fn in_any_state(&self, snapshot: Option<&Snapshot>) -> Self {
        let inner = &*self.inner;
        let host = HostSources {
            instances: inner.in_any_state(snapshot),
            ..inner.host.clone()
        };
        self.with_facts(inner.register.clone(), host)
    }

    /// Returns a PDP by whose register nobody is an agent; `None` if nobody is by this one's.
    pub(super) fn without_agents(&self) -> Option<Self> {
        let register = self.inner.register.as_ref()?.without_agents()?;
        Some(self.with_register(register))
    }

    /// Returns a PDP that decides alike and audits nothing.
    pub(in crate::altinn) fn without_audit(&self) -> Self {
        self.with_facts(self.inner.register.clone(), self.inner.host.clone())
    }

    /// Returns a PDP with the facts of another register, and those of the host's sources.
    pub(in crate::altinn) fn with_register(&self, register: Register) -> Self {
        self.with_facts(Some(register), self.inner.host.clone())
    }

    /// Whether a source of the host's, and not the register, has the values of such an attribute.
    pub(in crate::altinn) fn has_source_of(&self, kind: AttributeKind) -> bool {
        let host = &self.inner.host;
        match kind {
            AttributeKind::Role(_) | AttributeKind::EstateRole => host.roles.is_some(),
            AttributeKind::AccessPackage => host.packages.is_some(),
            AttributeKind::AccessGroup => host.groups.is_some(),
            AttributeKind::AccessList => host.lists.is_some(),
            AttributeKind::ResourceRight => host.rights.is_some(),
            _ => false,
        }
    }

    fn with_facts(&self, register: Option<Register>, host: HostSources) -> Self {
        let inner = &*self.inner;
        Self {
            inner: Arc::new(PdpInner {
                policies: inner.policies.clone(),
                register,
                host,
                bags: inner.bags.clone(),
                catalogue: inner.catalogue.clone(),
                transition: inner.transition,
                clock: inner.clock.clone(),
                audit: None,
                limits: inner.limits.clone(),
                indeterminate_on_trouble: inner.indeterminate_on_trouble,
                status_disclosure: inner.status_disclosure,
                nobody: inner.nobody.clone(),
            }),
        }
    }
}

/// A source by which everybody has one package, by its code.
pub(super) struct OnePackage(pub(super) Arc<str>);

impl AccessPackages for OnePackage {
    fn access_packages(&self, _asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        Ok(vec![Fact::new(self.0.clone())])
    }
}

/// A source by which everybody has one role, by its URN.
struct OneRole(Arc<str>);

impl Roles for OneRole {
    fn roles(&self, _asked: &Asked<'_>) -> Answer<Vec<Fact<Arc<str>>>> {
        Ok(vec![Fact::new(self.0.clone())])
    }
}

/// Returns the request for a right of a subject for a party; `None` if one of them has no key.
pub(in crate::altinn) fn request(
    subject: &Party,
    party: &Party,
    resource: &ResourceId,
    instance: Option<&InstanceId>,
    right: &Right,
) -> Option<Request> {
    let action = Some(&*right.action);
    request_of(subject, party, resource, instance, action, &right.part)
}

/// Returns the request for an action on a part of a resource, or for no action in particular; `None` if
/// the subject or the party has no key.
pub(in crate::altinn) fn request_of(
    subject: &Party,
    party: &Party,
    resource: &ResourceId,
    instance: Option<&InstanceId>,
    action: Option<&str>,
    part: &[(Arc<str>, Arc<str>)],
) -> Option<Request> {
    let mut request = Request::builder().resource(resource::RESOURCE, resource.as_str());
    if let Some(action) = action {
        request = request.action(action);
    }
    request = with_key(request, category::ACCESS_SUBJECT, &subject.keys().next()?);
    request = with_key(request, category::RESOURCE, &party.keys().next()?);
    if let Some(instance) = instance {
        request = request.resource(resource::RESOURCE_INSTANCE_ID, instance.as_str());
    }
    for (id, value) in part {
        request = request.resource(&**id, &**value);
    }
    Some(request.build())
}

fn with_key(request: RequestBuilder, category: &str, key: &PartyKey) -> RequestBuilder {
    let text = key.to_string();
    // A key as text is an attribute's id and its value.
    let (id, value) = text.rsplit_once(':').unwrap_or((&text, ""));
    request.attribute(category, id, value)
}
