//! A subject, a party and a right → whether the policies permit it: the register's check before a
//! delegation.

use std::sync::Arc;

use super::{HostSources, Pdp, PdpInner};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::facts::{AccessPackages, Answer, Asked, Fact, Instances, Roles};
use crate::altinn::id::{AttributeKind, resource};
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{Grantable, Register, WhoMay};
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::altinn::transition::Transition;
use crate::attribute::category;
use crate::decision::Decision;
use crate::request::{Request, RequestBuilder};
use crate::value::DateTime;

impl Pdp {
    /// Returns the check whether a subject has a right for a party as of an instant, and whether a
    /// policy has the right, for [`Change::who_may`](crate::altinn::register::Change::who_may), which has an
    /// example.
    ///
    /// A subject has a right if the decision is Permit, whatever its obligations: they also bind
    /// receivers of the right. A party without a key has none; nor has an agent of an organisation
    /// what it may use for a client only as that.
    pub fn who_may(&self, at: DateTime) -> WhoMayByPolicy {
        WhoMayByPolicy {
            pdp: self.clone(),
            at,
        }
    }
}

/// The rights that the policies of a PDP give; from [`Pdp::who_may`].
#[derive(Clone, Debug)]
pub struct WhoMayByPolicy {
    pdp: Pdp,
    at: DateTime,
}

impl WhoMay for WhoMayByPolicy {
    fn may(
        &self,
        subject: &Party,
        party: &Party,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> bool {
        let request = request(subject, party, resource, instance, right);
        let permits = |pdp: &Pdp, request: &Request| {
            pdp.decide_at(request, self.at).decision() == Decision::Permit
        };
        request.is_some_and(|request| {
            // An agent does not give on what it has for a client.
            permits(&self.pdp, &request)
                && self
                    .pdp
                    .without_agents()
                    .is_none_or(|pdp| permits(&pdp, &request))
        })
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
        let request = request(holder, party, resource, instance, right);
        request.is_some_and(|request| self.permits_with(only, &request))
    }
}

impl WhoMayByPolicy {
    /// Whether a request is permitted if everybody has only what these sources say, for every party.
    fn permits_with(&self, only: HostSources, request: &Request) -> bool {
        let inner = &*self.pdp.inner;
        let register = inner.register.clone();
        let instances = register.map(|known| Arc::new(known) as Arc<dyn Instances>);
        let host = HostSources {
            instances: inner.host.instances.clone().or(instances),
            ..only
        };
        let pdp = self.pdp.with_facts(None, host);
        pdp.decide_at(request, self.at).decision() == Decision::Permit
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

    /// Returns a PDP by whose register nobody is an agent; `None` if nobody is by this one's.
    fn without_agents(&self) -> Option<Self> {
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
    let mut request = Request::builder()
        .resource(resource::RESOURCE, resource.as_str())
        .action(&*right.action);
    request = with_key(request, category::ACCESS_SUBJECT, &subject.keys().next()?);
    request = with_key(request, category::RESOURCE, &party.keys().next()?);
    if let Some(instance) = instance {
        request = request.resource(resource::RESOURCE_INSTANCE_ID, instance.as_str());
    }
    for (id, value) in &right.part {
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
