//! Policies, sources and settings → a [`Pdp`].

mod sources;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::bags::Bags;
use super::{Audited, HostSources, Pdp, PdpInner, PolicyCompiler, PolicySource, ResourcePolicy};
use crate::Limits;
use crate::altinn::catalogue::Catalogue;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::reading::Reading;
use crate::altinn::register::Register;
use crate::altinn::resource::ResourceId;
use crate::altinn::transition::Transition;
use crate::clock;
use crate::provider::AttributeProvider;
use crate::response::StatusDisclosure;
use crate::value::{DateTime, Zone};
use crate::{Diagnostic, Error};

/// Policies, sources of facts and settings of a [`Pdp`].
pub struct PdpBuilder {
    documents: Vec<(ResourceId, String, Vec<u8>)>,
    source: Option<Arc<dyn PolicySource>>,
    compiler: PolicyCompiler,
    register: Option<Register>,
    host: HostSources,
    catalogue: Option<Catalogue>,
    transition: Transition,
    /// Default: the system's clock.
    clock: Option<Arc<dyn Fn() -> DateTime + Send + Sync>>,
    audit: Option<Box<super::Audit>>,
    limits: Limits,
    indeterminate_on_trouble: bool,
    status_disclosure: StatusDisclosure,
}

impl fmt::Debug for PdpBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let resources: Vec<_> = self.documents.iter().map(|(id, ..)| id).collect();
        f.debug_struct("PdpBuilder")
            .field("resources", &resources)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl PdpBuilder {
    pub(super) fn new() -> Self {
        Self {
            documents: Vec::new(),
            source: None,
            compiler: PolicyCompiler::default(),
            register: None,
            host: HostSources::default(),
            catalogue: None,
            transition: Transition::default(),
            clock: None,
            audit: None,
            limits: Limits::default(),
            indeterminate_on_trouble: false,
            status_disclosure: StatusDisclosure::default(),
        }
    }

    /// Adds the policy of a resource, in XML. An app's resource is `app_{org}_{app}`.
    #[must_use]
    pub fn policy(mut self, resource: &str, xml: impl AsRef<[u8]>) -> Self {
        let id = ResourceId::new(resource);
        self.documents
            .push((id, resource.to_owned(), xml.as_ref().to_vec()));
        self
    }

    /// Sets a source of policies; those added with [`policy`](Self::policy) take precedence.
    #[must_use]
    pub fn policies(mut self, source: impl PolicySource + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// Sets the register as the source of every kind of fact that has no other source.
    #[must_use]
    pub fn register(mut self, register: &Register) -> Self {
        self.register = Some(register.clone());
        self
    }

    /// Sets the catalogue. Default: the register's, or that of this crate.
    #[must_use]
    pub fn catalogue(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = Some(catalogue);
        self
    }

    /// Sets how targets of rules are read, in policies added with [`policy`](Self::policy).
    /// Default: as the standard says.
    #[must_use]
    pub fn reading(mut self, reading: Reading) -> Self {
        self.compiler = self.compiler.reading(reading);
        self
    }

    /// Adds a provider of other attributes, for policies added with [`policy`](Self::policy).
    #[must_use]
    pub fn provider(mut self, provider: impl AttributeProvider + 'static) -> Self {
        self.compiler = self.compiler.provider(provider);
        self
    }

    /// Sets the end of Altinn II roles.
    #[must_use]
    pub fn transition(mut self, transition: Transition) -> Self {
        self.transition = transition;
        self
    }

    /// Sets limits on documents and decisions.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.compiler = self.compiler.limits(limits.clone());
        self.limits = limits;
        self
    }

    /// Makes every decision with a failure Indeterminate, whatever its policy, delegations, access
    /// lists and resource rights decide. Default: the decision stays, and
    /// [`troubles`](crate::response::ResponseResult::troubles) list the failures.
    #[must_use]
    pub fn indeterminate_on_trouble(mut self) -> Self {
        self.compiler = self.compiler.indeterminate_on_trouble();
        self.indeterminate_on_trouble = true;
        self
    }

    /// Limits how much of a status [`decide_xml`](Pdp::decide_xml) and
    /// [`decide_json`](Pdp::decide_json) disclose. Default: its message.
    #[must_use]
    pub fn status_disclosure(mut self, disclosure: StatusDisclosure) -> Self {
        self.status_disclosure = disclosure;
        self
    }

    /// Sets the zone of dates and times without one in policies. Default UTC.
    #[must_use]
    pub fn implicit_zone(mut self, zone: Zone) -> Self {
        self.compiler = self.compiler.implicit_zone(zone);
        self
    }

    /// Sets the clock of decisions. Default: the system's clock, in UTC.
    #[must_use]
    pub fn clock(mut self, clock: impl Fn() -> DateTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Sets a callback for every decision, of whatever value and basis; in a batch, for every part.
    /// Requests that cannot be read, and parts that cannot be split off, are included.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use vedtak::altinn::Pdp;
    ///
    /// let log = Arc::new(Mutex::new(Vec::new()));
    /// let lines = log.clone();
    /// let pdp = Pdp::builder()
    ///     .audit(move |audited| {
    ///         let line = (audited.request.is_some(), audited.ruling.decision().to_string());
    ///         lines.lock().unwrap().push(line);
    ///     })
    ///     .build()?;
    /// pdp.decide_xml("<Request");
    /// assert_eq!(*log.lock().unwrap(), [(false, "Indeterminate".to_owned())]);
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    #[must_use]
    pub fn audit(mut self, audit: impl Fn(&Audited<'_>) + Send + Sync + 'static) -> Self {
        self.audit = Some(Box::new(audit));
        self
    }

    /// Compiles the policies.
    ///
    /// # Errors
    ///
    /// Every problem of every policy; two policies of one resource; a catalogue other than the
    /// register's.
    pub fn build(mut self) -> Result<Pdp, Error> {
        self.place_queried();
        let mut policies = PolicyTable::default();
        let mut problems = Vec::new();
        for (id, source, xml) in self.documents {
            let compiler = self.compiler.clone().of_resource(&source);
            match compiler.compile(&source, xml) {
                Ok(policy) => {
                    if policies.insert(id, Arc::new(policy)).is_some() {
                        let message = format!("the resource `{source}` has two policies");
                        problems.push(Diagnostic::placeless("", message));
                    }
                }
                Err(error) => problems.extend(error.into_diagnostics()),
            }
        }
        let own = self
            .register
            .as_ref()
            .map(|r| r.snapshot().catalogue().clone());
        if own.is_some() && self.catalogue.is_some() {
            let message = "a register brings its own catalogue; give it the one you want instead";
            problems.push(Diagnostic::placeless("", message));
        }
        if self.clock.is_none() && clock::system(Zone::UTC).is_none() {
            let message = "this platform has no clock: give one with `clock`";
            problems.push(Diagnostic::placeless("", message));
        }
        if !problems.is_empty() {
            return Err(Error::new(problems));
        }
        let catalogue = own.or(self.catalogue).unwrap_or_else(Catalogue::standard);
        let nobody = Party::new(PartyKey::Id(0), "");
        Ok(Pdp {
            inner: Arc::new(PdpInner {
                policies: match self.source {
                    Some(source) => Arc::new(Layered(policies, source)),
                    None => Arc::new(policies),
                },
                bags: Arc::new(Bags::new(&catalogue)),
                catalogue,
                register: self.register,
                host: self.host,
                transition: self.transition,
                clock: self.clock.unwrap_or_else(system_clock),
                audit: self.audit,
                limits: self.limits,
                indeterminate_on_trouble: self.indeterminate_on_trouble,
                status_disclosure: self.status_disclosure,
                nobody: Arc::new(Party { id: None, ..nobody }),
            }),
        })
    }
}

/// Returns the system's clock, which `build` found to exist.
fn system_clock() -> Arc<dyn Fn() -> DateTime + Send + Sync> {
    Arc::new(|| {
        clock::system(Zone::UTC).unwrap_or_else(|| {
            // The beginning of 1970 is in hardly any window.
            DateTime::from_unix(0, 0, Zone::UTC).expect("the epoch can be written")
        })
    })
}

/// The policies given to the builder. Their ids are looked up in every decision.
type PolicyTable = HashMap<ResourceId, Arc<ResourcePolicy>, foldhash::quality::RandomState>;

struct Layered(PolicyTable, Arc<dyn PolicySource>);

impl PolicySource for Layered {
    fn policy(
        &self,
        resource: &ResourceId,
    ) -> crate::altinn::facts::Answer<Option<Arc<ResourcePolicy>>> {
        match self.0.get(resource) {
            Some(policy) => Ok(Some(policy.clone())),
            None => self.1.policy(resource),
        }
    }
}
