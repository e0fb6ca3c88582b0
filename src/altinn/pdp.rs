//! Requests + policies + facts → rulings, through policy, delegations and vetoes.

mod answers;
mod asynchronous;
pub(super) mod bags;
mod builder;
pub(super) mod complete;
mod cover;
mod delegated;
mod explain;
mod few;
mod flow;
pub(super) mod listed;
mod open;
mod parties;
mod policy;
mod question;
mod record;
pub(super) mod rights;
mod ruling;
mod said;
mod session;
mod source;
mod together;
mod veto;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

pub use builder::PdpBuilder;
pub use explain::{
    Explanation, NearDelegation, NearDifference, Opening, Requirement, Through, UnknownRight,
};
pub(super) use explain::{KnownActions, NearReasons, Reasons};
pub(super) use listed::Failures;
pub use policy::{PolicyCompiler, PolicySource, ResourcePolicy};
pub use record::{Input, Record};
pub use rights::WhoMayByPolicy;
pub use ruling::{Basis, Ruling, Veto};

use super::catalogue::Catalogue;
use super::dialect::DIALECT;
use super::facts::{
    AccessGroups, AccessLists, AccessPackages, ByQuery, Delegations, FactKind, Instances, Parties,
    Queried, ResourceRight, ResourceRights, Resources, Roles,
};
use super::party::Party;
use super::register::{Register, Snapshot};
use super::resource::{Instance, InstanceId, Resource, ResourceId};
use super::transition::Transition;
use crate::decision::StatusCode;
use crate::evaluate::{Budget, Context};
use crate::hierarchy::individual_requests;
use crate::provider::ProviderError;
use crate::request::{IndividualRequestError, Matrix, Request};
use crate::response::answer_json;
use crate::response::{MatrixResponse, Response, ResponseResult, StatusDisclosure, answer_xml};
use crate::value::DateTime;
use crate::{Error, ReadOptions};
use answers::FactAnswers;
use bags::Bags;
use session::{Session, Sources};
use source::{FactSource, SourceFailure};

/// A policy decision point for Altinn: policies by resource, and the sources of facts.
///
/// Immutable, cheap to clone, shared between threads. The register behind it may change at any
/// time; each decision, and each batch, uses one version of it.
#[derive(Clone)]
pub struct Pdp {
    inner: Arc<PdpInner>,
}

pub(super) struct PdpInner {
    policies: Arc<dyn PolicySource>,
    register: Option<Register>,
    host: HostSources,
    catalogue: Catalogue,
    bags: Arc<Bags>,
    transition: Transition,
    clock: Arc<dyn Fn() -> DateTime + Send + Sync>,
    audit: Option<Box<Audit>>,
    limits: crate::Limits,
    indeterminate_on_trouble: bool,
    status_disclosure: StatusDisclosure,
    /// The subject of requests without a party as subject: a service owner.
    nobody: Arc<Party>,
}

type Audit = dyn Fn(&Audited<'_>) + Send + Sync;

/// Sources of the host, each replacing the register's.
#[derive(Clone, Default)]
struct HostSources {
    roles: Option<Arc<dyn Roles>>,
    packages: Option<Arc<dyn AccessPackages>>,
    groups: Option<Arc<dyn AccessGroups>>,
    rights: Option<Arc<dyn ResourceRights>>,
    lists: Option<Arc<dyn AccessLists>>,
    delegations: Option<Arc<dyn Delegations>>,
    parties: Option<Arc<dyn Parties>>,
    instances: Option<Arc<dyn Instances>>,
    resources: Option<Arc<dyn Resources>>,
    /// Sources that are asked by query, by the kinds they supply.
    queried: HashMap<FactKind, Queried>,
}

impl PdpInner {
    /// Returns the policy of a resource, if it has one.
    fn policy(&self, of: &ResourceId) -> Result<Option<Arc<ResourcePolicy>>, SourceFailure> {
        FactSource::new("policies", Some(&*self.policies)).ask(|source| source.policy(of))
    }
}

/// A request that was read: its resource, instance and actions, and the instant.
pub(super) struct Asking<'r> {
    request: &'r Request,
    resource: ResourceId,
    instance: Option<(InstanceId, Option<Instance>)>,
    actions: SmallVec<[&'r str; 1]>,
    at: DateTime,
}

impl Asking<'_> {
    /// Whether a right is the party's to this resource and the subject may use it, at any time.
    fn may_perform(&self, right: &ResourceRight, party: &Party, subject: &Party) -> bool {
        right.resource == self.resource
            && party.has_key(&right.party)
            && right
                .performed_by
                .as_ref()
                .is_none_or(|only| subject.has_key(only))
    }
}

/// A finished decision, as the audit callback of [`PdpBuilder`] sees it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Audited<'a> {
    /// The request; of a request for several decisions, each individual one, or the whole if it
    /// could not be split. None if it could not be read: the status of the ruling has the reason.
    pub request: Option<&'a Request>,
    /// The ruling on it.
    pub ruling: &'a Ruling,
    /// The instant of the decision.
    pub at: DateTime,
}

impl Pdp {
    /// Begins a PDP with policies, sources and settings.
    pub fn builder() -> PdpBuilder {
        PdpBuilder::new()
    }

    /// Decides a request as of the clock's instant.
    pub fn decide(&self, request: &Request) -> Ruling {
        self.decide_at(request, (self.inner.clock)())
    }

    /// Decides a request as of an instant, by the register's current facts about that instant.
    pub fn decide_at(&self, request: &Request, at: DateTime) -> Ruling {
        let mut context = Context::new();
        self.decide_with(&mut context, request, at)
    }

    /// Decides a request as of an instant, in scratch memory that is used again.
    pub fn decide_with(&self, context: &mut Context, request: &Request, at: DateTime) -> Ruling {
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        let mut session = self.inner.session();
        self.one(&mut session, context, &sources, request, at, None)
    }

    /// Decides a request as of an instant, and returns all that the decision read: for hosts that
    /// cache decisions, or must document their grounds.
    pub fn decide_recorded(&self, request: &Request, at: DateTime) -> (Ruling, Record) {
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        let (mut session, mut context) = (self.inner.session(), Context::new());
        let mut record = Record::default();
        let recorded = Some(&mut record);
        let ruling = self.one(&mut session, &mut context, &sources, request, at, recorded);
        (ruling, record)
    }

    /// Decides several requests, in their order, each by itself: an error in one does not affect
    /// the others. They share one instant and the answers of the sources.
    ///
    /// ```
    /// use vedtak::Request;
    /// use vedtak::altinn::{Pdp, Register};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/policies/ttd-straffesak-brev.xml")?;
    /// # let register = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/register.json")?;
    /// let pdp = Pdp::builder()
    ///     .policy("ttd-straffesak-brev", policy)
    ///     .register(&Register::from_json("register.json", register.as_bytes())?)
    ///     .build()?;
    /// let requests = ["read", "confirm", "delete"].map(|action| {
    ///     Request::builder()
    ///         .subject("urn:altinn:userid", "201")
    ///         .resource("urn:altinn:resource", "ttd-straffesak-brev")
    ///         .resource("urn:altinn:organization:identifier-no", "310000101")
    ///         .action(action)
    ///         .build()
    /// });
    /// let rulings = pdp.decide_all_at(&requests, "2026-03-02T09:00:00+01:00".parse()?);
    /// let decisions: Vec<_> = rulings.iter().map(|ruling| ruling.decision().to_string()).collect();
    /// assert_eq!(decisions, ["Permit", "Permit", "NotApplicable"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_all<'r>(&self, requests: impl IntoIterator<Item = &'r Request>) -> Vec<Ruling> {
        self.decide_all_at(requests, (self.inner.clock)())
    }

    /// Decides several requests as [`decide_all`](Self::decide_all) does, as of an instant.
    pub fn decide_all_at<'r>(
        &self,
        requests: impl IntoIterator<Item = &'r Request>,
        at: DateTime,
    ) -> Vec<Ruling> {
        if self.asks_many() {
            let requests: Vec<&Request> = requests.into_iter().collect();
            return self.passes_now(&requests, None, at);
        }
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        self.decide_together(&sources, requests, at)
    }

    /// Decides every cell of a [`Matrix`] as of the clock's instant, each by itself, as
    /// [`decide_all`](Self::decide_all) decides requests, but with one budget for all. Beyond the
    /// limit of [`decisions`](crate::Limits::decisions), none is decided, and the grid [says
    /// why](MatrixResponse::refusal).
    ///
    /// ```
    /// use vedtak::request::Matrix;
    /// use vedtak::{Decision, Request};
    /// use vedtak::altinn::{Pdp, Register};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/policies/ttd-straffesak-brev.xml")?;
    /// # let register = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/register.json")?;
    /// let pdp = Pdp::builder()
    ///     .policy("ttd-straffesak-brev", policy)
    ///     .register(&Register::from_json("register.json", register.as_bytes())?)
    ///     .build()?;
    /// let party = Request::builder().resource("urn:altinn:organization:identifier-no", "310000101");
    /// let matrix = Matrix::new(party.build())
    ///     .subjects("urn:altinn:userid", ["201", "202"])
    ///     .resources("urn:altinn:resource", ["ttd-straffesak-brev"])
    ///     .actions(["read", "confirm", "delete"]);
    /// let grid = pdp.decide_matrix_at(&matrix, "2026-03-02T09:00:00+01:00".parse()?);
    /// let confirms = grid.at([0, 0, 1]).map(|ruling| ruling.decision());
    /// assert_eq!(confirms, Some(Decision::Permit));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_matrix(&self, matrix: &Matrix) -> MatrixResponse<Ruling> {
        self.decide_matrix_at(matrix, (self.inner.clock)())
    }

    /// Decides a matrix as [`decide_matrix`](Self::decide_matrix) does, as of an instant.
    pub fn decide_matrix_at(&self, matrix: &Matrix, at: DateTime) -> MatrixResponse<Ruling> {
        let most = self.inner.limits.decisions;
        let refused = |error: &IndividualRequestError| self.refused(matrix.base(), error, at);
        if self.asks_many() {
            let mut cells = Vec::new();
            let places =
                MatrixResponse::decide(matrix, most, |cell| cells.extend(cell.ok().cloned()));
            let cells: Vec<&Request> = cells.iter().collect();
            let rulings = match places.refusal() {
                None => self.passes_now(&cells, Some(self.inner.budget()), at),
                Some(error) => vec![refused(error)],
            };
            let mut rulings = rulings.into_iter();
            return places.map(|()| rulings.next().unwrap_or_else(Ruling::lost));
        }
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        let (mut session, mut context) = (self.inner.session(), Context::new());
        MatrixResponse::decide(matrix, most, |cell| match cell {
            Ok(cell) => self.one(&mut session, &mut context, &sources, cell, at, None),
            Err(error) => refused(error),
        })
    }

    /// Decides a request in XML and answers in XML, in the version of XACML that it is written in.
    ///
    /// A request that cannot be read is answered with Indeterminate, `syntax-error` and all of its
    /// problems in the status message.
    pub fn decide_xml(&self, request: impl AsRef<[u8]>) -> String {
        answer_xml(request, self.read_options(), |request| self.answer(request))
    }

    fn read_options(&self) -> ReadOptions<'_> {
        ReadOptions::new().limits(&self.inner.limits)
    }

    /// Returns the answer to a request, or to the error of reading it.
    fn answer(&self, request: Result<&Request, &Error>) -> Response {
        let response = match request {
            Ok(request) => self.respond(request),
            Err(error) => {
                let ruling = Ruling::indeterminate(StatusCode::SyntaxError, error.to_string());
                self.audit(None, &ruling, (self.inner.clock)());
                ruling.into_response()
            }
        };
        response.disclosing(self.inner.status_disclosure)
    }

    /// Decides a request as of the clock's instant, and returns the XACML response: a result for
    /// each individual decision (Multiple Decision Profile), in their order; one for all with
    /// `CombinedDecision`.
    pub fn respond(&self, request: &Request) -> Response {
        self.respond_at(request, (self.inner.clock)())
    }

    /// Responds as [`respond`](Self::respond) does, as of an instant.
    pub fn respond_at(&self, request: &Request, at: DateTime) -> Response {
        let (mut session, mut context) = (self.inner.session(), Context::new());
        let parts = match self.parts(request, &mut session.budget) {
            Ok(parts) => parts,
            Err(error) => return self.refused(request, &error, at).into_response(),
        };
        if self.asks_many() {
            let of_parts: Vec<&Request> = parts.iter().flatten().map(|part| &**part).collect();
            let rulings = self.passes_now(&of_parts, Some(session.budget), at);
            return self.responded(request, &parts, rulings, at);
        }
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        let of_parts = parts.iter().flatten();
        let rulings =
            of_parts.map(|part| self.one(&mut session, &mut context, &sources, part, at, None));
        let rulings = rulings.collect();
        self.responded(request, &parts, rulings, at)
    }

    /// Returns the individual decision requests of a request; there is no hierarchy of resources.
    fn parts<'r>(
        &self,
        request: &'r Request,
        budget: &mut Budget,
    ) -> Result<Vec<Result<Cow<'r, Request>, IndividualRequestError>>, IndividualRequestError> {
        individual_requests(request, None, &self.inner.limits, budget)
    }

    /// Returns the ruling in place of decisions on all of a request, or on a part of it.
    fn refused(&self, request: &Request, error: &IndividualRequestError, at: DateTime) -> Ruling {
        let ruling = Ruling::of(ResponseResult::refused(error));
        self.audit(Some(request), &ruling, at);
        ruling
    }

    /// Returns the response to a request for several decisions, from the rulings on its valid
    /// parts.
    fn responded(
        &self,
        request: &Request,
        parts: &[Result<Cow<'_, Request>, IndividualRequestError>],
        rulings: Vec<Ruling>,
        at: DateTime,
    ) -> Response {
        let mut rulings = rulings.into_iter();
        let results = parts.iter().map(|part| match part {
            Ok(_) => rulings.next().unwrap_or_else(Ruling::lost).result,
            Err(error) => self.refused(request, error, at).result,
        });
        Response::of_parts(results.collect(), request)
    }

    /// Decides a request in JSON and answers in JSON, both in Altinn's [`DIALECT`].
    ///
    /// A request that cannot be read is answered with Indeterminate, `syntax-error` and all of its
    /// problems in the status message.
    pub fn decide_json(&self, request: impl AsRef<[u8]>) -> String {
        let options = self.read_options().dialect(&DIALECT);
        answer_json(request, options, |request| self.answer(request))
    }

    fn one(
        &self,
        session: &mut Session,
        context: &mut Context,
        sources: &Sources<'_>,
        request: &Request,
        at: DateTime,
        record: Option<&mut Record>,
    ) -> Ruling {
        let named = complete::with_instance_named(request);
        let named = named.as_ref().unwrap_or(request);
        let ruling = self
            .inner
            .decide(session, context, sources, named, at, record);
        self.audit(Some(request), &ruling, at);
        ruling
    }

    fn audit(&self, request: Option<&Request>, ruling: &Ruling, at: DateTime) {
        if let Some(audit) = &self.inner.audit {
            audit(&Audited {
                request,
                ruling,
                at,
            });
        }
    }

    /// Returns the policy of a resource, if it has one.
    pub(super) fn policy_of(
        &self,
        resource: &ResourceId,
    ) -> Result<Option<Arc<ResourcePolicy>>, ProviderError> {
        Ok(self.inner.policy(resource)?)
    }

    /// Returns what the resource registry knows of a resource, if there is one and it knows it.
    pub(super) fn described(
        &self,
        resource: &ResourceId,
    ) -> Result<Option<Arc<Resource>>, ProviderError> {
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        Ok(sources.resources.ask(|source| source.resource(resource))?)
    }

    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.inner.catalogue
    }

    /// The register that it was built with, if it was: what is listed from there and what is decided
    /// rest on the same facts.
    pub fn register(&self) -> Option<&Register> {
        self.inner.register.as_ref()
    }

    pub(super) fn transition(&self) -> Transition {
        self.inner.transition
    }

    fn snapshot(&self) -> Option<Snapshot> {
        self.inner.register.as_ref().map(Register::snapshot)
    }

    fn sources<'a>(&'a self, register: Option<&'a Snapshot>) -> Sources<'a> {
        self.sources_by(register, None)
    }

    /// Returns the sources of a decision; those of the host are read through `answers`, if it is
    /// given.
    fn sources_by<'a>(
        &'a self,
        register: Option<&'a Snapshot>,
        answers: Option<&'a ByQuery<FactAnswers>>,
    ) -> Sources<'a> {
        let host = &self.inner.host;
        macro_rules! source {
            ($name:literal, $kind:ident, $trait:ident) => {{
                let own = host.$kind.as_deref();
                let own = own.map(|own| answers.map_or(own, |answers| answers as &dyn $trait));
                FactSource::new(
                    $name,
                    own.or(register.map(|register| register as &dyn $trait)),
                )
            }};
        }
        Sources {
            register,
            roles: source!("roles", roles, Roles),
            packages: source!("access packages", packages, AccessPackages),
            groups: source!("access groups", groups, AccessGroups),
            rights: source!("resource rights", rights, ResourceRights),
            lists: source!("access lists", lists, AccessLists),
            delegations: source!("delegations", delegations, Delegations),
            parties: source!("parties", parties, Parties),
            instances: source!("instances", instances, Instances),
            resources: source!("resources", resources, Resources),
        }
    }
}

impl std::fmt::Debug for Pdp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pdp")
            .field("register", &self.inner.register)
            .finish_non_exhaustive()
    }
}
