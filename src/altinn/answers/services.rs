//! Many policies → the services of a package or a role, and the packages of a service.

use std::collections::HashMap;
use std::sync::Arc;

use super::need::NeedKind;
use super::rights::{PolicyRight, PolicyRights};
use super::{Need, PolicyAnswers};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::resource::{Resource, ResourceId};
use crate::analysis::Unanswered;

/// The rights of many services, by the packages and roles that give them. Immutable, cheap to clone.
///
/// ```
/// use vedtak::altinn::Pdp;
/// use vedtak::altinn::answers::Services;
/// use vedtak::altinn::catalogue::Catalogue;
/// use vedtak::altinn::resource::ResourceId;
/// # let begge = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-begge.xml")?;
/// # let brev = &std::fs::read_to_string("fixtures/altinn/first-service/policy.xml")?;
///
/// let pdp = Pdp::builder().policy("ttd-begge", begge).policy("ttd-brev", brev).build()?;
/// let now = "2026-03-02T09:00:00+01:00".parse()?;
/// let of = |id| pdp.answers(&ResourceId::new(id), now).map(|answers| answers.expect("has a policy"));
/// let services = Services::of([&of("ttd-begge")?, &of("ttd-brev")?])?;
///
/// let tax = Catalogue::standard().package("skatt-naering").expect("is in the table");
/// let opened = services.services_of(tax);
/// assert_eq!(opened.len(), 1);
/// assert_eq!(opened[0].resource.as_str(), "ttd-begge");
/// let packages = services.packages_of(&ResourceId::new("ttd-brev"));
/// assert_eq!(packages[0].need.urn(), "urn:altinn:accesspackage:ordinaer-post-til-virksomheten");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Services(Arc<ServiceTables>);

#[derive(Debug)]
struct ServiceTables {
    services: Vec<PolicyRights>,
    by_resource: HashMap<ResourceId, usize>,
    /// The services and rights that a package or a role gives, in their order.
    by_need: HashMap<NeedKind, Vec<(usize, usize)>>,
}

/// A service that a package or a role opens.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OpenedService {
    /// The resource.
    pub resource: ResourceId,
    /// The resource as the resource registry describes it, with its titles; none if it does not know it.
    pub described: Option<Arc<Resource>>,
    /// The rights for which the package or the role is among the needs of an alternative.
    pub rights: Vec<PolicyRight>,
    /// Whether it alone gives one of them.
    pub is_enough: bool,
}

/// A package that opens a service.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OpeningPackage {
    /// The package, with its names.
    pub need: Need,
    /// The rights for which it is among the needs of an alternative.
    pub rights: Vec<PolicyRight>,
    /// Whether it alone gives one of them.
    pub is_enough: bool,
}

impl Services {
    /// Reads the rights of services; a resource that occurs twice counts once, as the last.
    ///
    /// # Errors
    ///
    /// The answer about a policy takes more steps than its budget.
    pub fn of<'a>(
        answers: impl IntoIterator<Item = &'a PolicyAnswers>,
    ) -> Result<Self, Unanswered> {
        let rights = answers.into_iter().map(PolicyAnswers::rights);
        Ok(Self::of_rights(rights.collect::<Result<Vec<_>, _>>()?))
    }

    /// Sorts rights that were read already.
    pub fn of_rights(rights: impl IntoIterator<Item = PolicyRights>) -> Self {
        let mut tables = ServiceTables {
            services: Vec::new(),
            by_resource: HashMap::new(),
            by_need: HashMap::new(),
        };
        for rights in rights {
            match tables.by_resource.get(&rights.resource) {
                Some(place) => tables.services[*place] = rights,
                None => {
                    let place = tables.services.len();
                    tables.by_resource.insert(rights.resource.clone(), place);
                    tables.services.push(rights);
                }
            }
        }
        for (service, rights) in tables.services.iter().enumerate() {
            for (place, right) in rights.rights.iter().enumerate() {
                let needs = right.alternatives.iter().flat_map(|one| &one.needs);
                for need in needs {
                    if let NeedKind::Package(_) | NeedKind::Role(_) = need.kind {
                        let known = tables.by_need.entry(need.kind).or_default();
                        if known.last() != Some(&(service, place)) {
                            known.push((service, place));
                        }
                    }
                }
            }
        }
        Self(Arc::new(tables))
    }

    /// The rights of all services.
    pub fn rights(&self) -> &[PolicyRights] {
        &self.0.services
    }

    /// Returns the services that a package opens, alone or with more, in the order in which they were
    /// read.
    pub fn services_of(&self, package: PackageId) -> Vec<OpenedService> {
        self.opened_by(NeedKind::Package(package))
    }

    /// Returns the services that policies open to a role, alone or with more, in the order in which
    /// they were read: not those that its holder comes into by its packages and the roles that it
    /// implies.
    ///
    /// ```
    /// # use vedtak::altinn::Pdp;
    /// # use vedtak::altinn::answers::Services;
    /// # use vedtak::altinn::catalogue::Catalogue;
    /// # use vedtak::altinn::resource::ResourceId;
    /// # let begge = &std::fs::read_to_string("fixtures/altinn/scenarios/04-roles-and-packages/policies/ttd-begge.xml")?;
    /// # let pdp = Pdp::builder().policy("ttd-begge", begge).build()?;
    /// # let now = "2026-03-02T09:00:00+01:00".parse()?;
    /// # let answers = pdp.answers(&ResourceId::new("ttd-begge"), now)?.expect("has a policy");
    /// # let services = Services::of([&answers])?;
    /// let submitter = Catalogue::standard().role("utinn").expect("is in the table");
    /// let opened = services.services_of_role(submitter);
    /// assert_eq!(opened[0].resource.as_str(), "ttd-begge");
    /// assert_eq!(opened[0].rights.len(), 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn services_of_role(&self, role: RoleId) -> Vec<OpenedService> {
        self.opened_by(NeedKind::Role(role))
    }

    fn opened_by(&self, need: NeedKind) -> Vec<OpenedService> {
        let mut opened: Vec<OpenedService> = Vec::new();
        let mut last = None;
        for (service, place) in self.0.by_need.get(&need).into_iter().flatten() {
            let rights = &self.0.services[*service];
            let right = &rights.rights[*place];
            if last != Some(*service) {
                opened.push(OpenedService {
                    resource: rights.resource.clone(),
                    described: rights.described.clone(),
                    rights: Vec::new(),
                    is_enough: false,
                });
                last = Some(*service);
            }
            if let Some(opened) = opened.last_mut() {
                opened.rights.push(right.clone());
                opened.is_enough |= is_enough(right, need);
            }
        }
        opened
    }

    /// Returns the packages that open a service: those that are enough first, then by how many rights
    /// they give. Empty for a service that was not read.
    pub fn packages_of(&self, resource: &ResourceId) -> Vec<OpeningPackage> {
        let Some(service) = self.0.by_resource.get(resource) else {
            return Vec::new();
        };
        let mut packages: Vec<OpeningPackage> = Vec::new();
        for right in &self.0.services[*service].rights {
            for need in right.alternatives.iter().flat_map(|one| &one.needs) {
                let NeedKind::Package(_) = need.kind else {
                    continue;
                };
                let known = packages.iter().position(|known| known.need.is(need));
                let place = known.unwrap_or_else(|| {
                    packages.push(OpeningPackage {
                        need: need.clone(),
                        rights: Vec::new(),
                        is_enough: false,
                    });
                    packages.len() - 1
                });
                let known = &mut packages[place];
                if known.rights.last() != Some(right) {
                    known.rights.push(right.clone());
                    known.is_enough |= is_enough(right, need.kind);
                }
            }
        }
        packages.sort_by(|one, other| {
            let key = |package: &OpeningPackage| {
                let count = std::cmp::Reverse(package.rights.len());
                (!package.is_enough, count, package.need.name.clone())
            };
            key(one).cmp(&key(other))
        });
        packages
    }
}

/// Whether a package or a role alone gives a right.
fn is_enough(right: &PolicyRight, wanted: NeedKind) -> bool {
    right.alternatives.iter().any(|alternative| {
        alternative.rests_on.is_empty()
            && matches!(&alternative.needs[..], [need] if need.kind == wanted)
    })
}
