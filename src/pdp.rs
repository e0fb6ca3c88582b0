//! Policies + providers → decisions: the engine as a host holds it.

mod asynchronous;
#[cfg(feature = "json")]
mod authzen;
mod builder;
mod call;
mod documents;
mod examine;
mod explain;
mod fetch;
mod lint;
mod near_misses;
pub mod observer;
pub mod record;
#[cfg(feature = "json")]
mod search;
mod source;
pub(crate) mod store;

use std::borrow::Cow;
use std::sync::Arc;

pub use builder::PdpBuilder;
pub use call::{Call, DecisionEvent};
#[cfg(feature = "json")]
pub use search::SearchOutcome;

use crate::attribute::Designator;
use crate::decision::StatusCode;
use crate::error::Error;
use crate::evaluate::{
    Budget, Context, DecisionSettings, Evaluation, FindProvider, Outcome, PdpSettings,
    SlotProviders, Step,
};
use crate::function::Function;
use crate::hierarchy::{Hierarchy, Parts};
use crate::program::{Program, SlotId, Slots};
use crate::provider::{Fetched, Inputs, Need, ProviderError, guarded};
use crate::read_options::ReadOptions;
use crate::request::{IndividualRequestError, Request};
#[cfg(feature = "json")]
use crate::response::answer_json;
use crate::response::{Response, ResponseResult, Status, StatusDisclosure, answer_xml};
use crate::value::DateTime;
use fetch::Fetches;
use observer::{Observer, ProviderCall, Span, Stopwatch};
use source::HostProvider;

/// A policy decision point (PDP): compiled policies, ready to decide. Make one with
/// [`from_xml`](Self::from_xml) or [`builder`](Self::builder).
///
/// Immutable, cheap to clone, and shared between threads without locks.
///
/// ```
/// use vedtak::{Decision, Pdp, Request};
///
/// let pdp = Pdp::from_xml(std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?)?;
/// let request = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Pdp {
    inner: Arc<Inner>,
}

struct Inner {
    program: Program,
    host: Arc<Host>,
    slot_providers: Arc<SlotProviders>,
    /// The number of changes of its store so far; 0 without a store.
    version: u64,
    /// The documents, and the program that explanations go through; made for the first of them.
    explained: Arc<explain::Explained>,
}

/// Settings, providers and observers of the host; all versions of a store share them.
struct Host {
    settings: PdpSettings,
    clock: Box<Clock>,
    /// Converts an instant to the local time of a named zone.
    local: Option<Box<Local>>,
    /// Whether dates and times without a zone take the zone of the decision's instant.
    is_zone_of_instant: bool,
    hierarchy: Option<Box<dyn Hierarchy>>,
    status_disclosure: StatusDisclosure,
    providers: Vec<HostProvider>,
    /// The number of queries that each provider takes in one call.
    queries_at_once: Vec<usize>,
    observers: Vec<Box<dyn Observer>>,
}

type Clock = dyn Fn() -> DateTime + Send + Sync;
type Local = dyn Fn(DateTime) -> DateTime + Send + Sync;

impl Inner {
    fn new(program: Program, host: Arc<Host>) -> Self {
        Self {
            slot_providers: Arc::new(host.slot_providers(
                &program.slots,
                &program.functions,
                |_| true,
            )),
            program,
            host,
            version: 0,
            explained: Arc::default(),
        }
    }
}

impl Host {
    /// Returns the provider of each slot, and the attributes that its answer may depend on. A slot
    /// for which `may_be_supplied` is false has no provider.
    fn slot_providers(
        &self,
        slots: &Slots,
        functions: &[Arc<Function>],
        may_be_supplied: impl Fn(SlotId) -> bool,
    ) -> SlotProviders {
        let mut providers = vec![None; slots.len()];
        let mut inputs: Vec<Inputs> = slots.iter().map(|_| Inputs::nothing()).collect();
        for (id, slot) in slots.in_use().filter(|(id, _)| may_be_supplied(*id)) {
            let mut all = self.providers.iter();
            let provider = all.position(|provider| provider.supplies(&slot.designator));
            providers[id.index()] = provider;
            if let Some(provider) = provider {
                inputs[id.index()] = self.providers[provider].inputs(&slot.designator);
            }
        }
        SlotProviders {
            inputs,
            inquires: functions.iter().any(|f| f.is_access_permitted()),
            providers,
        }
    }
}

impl Host {
    /// Starts a stopwatch; it measures nothing without an observer.
    #[inline]
    fn stopwatch(&self) -> Stopwatch {
        Stopwatch::start(!self.observers.is_empty())
    }

    /// Calls every observer, in the order in which they were added.
    fn show(&self, show: impl Fn(&dyn Observer)) {
        self.observers.iter().for_each(|observer| show(&**observer));
    }

    /// Reports a finished call of a provider to the observers.
    fn show_call<'a>(
        &self,
        provider: usize,
        answers: impl IntoIterator<Item = &'a Result<Fetched, ProviderError>>,
        stopwatch: Stopwatch,
    ) {
        if self.observers.is_empty() {
            return;
        }
        let name = self.settings.provider_names.get(provider);
        let mut call = ProviderCall {
            provider: name.map_or("", String::as_str),
            queries: 0,
            failed: 0,
            from_cache: 0,
            elapsed: stopwatch.elapsed(),
        };
        for answer in answers {
            call.queries += 1;
            match answer {
                Ok(fetched) => call.from_cache += usize::from(fetched.is_from_cache),
                Err(_) => call.failed += 1,
            }
        }
        self.show(|observer| observer.fetched(&call));
    }

    /// Returns the tracing span for a call of a provider.
    fn span(&self, provider: usize, queries: usize) -> Span {
        let name = self.settings.provider_names.get(provider);
        Span::of(&self.observers, name.map_or("", String::as_str), queries)
    }
}

/// Called during a decision, so it must not panic: a provider whose `supplies` panics counts as the
/// supplier, and fails when it is asked for the attribute.
impl FindProvider for Host {
    fn provider_of(&self, wanted: &Designator) -> Option<usize> {
        let mut providers = self.providers.iter();
        providers.position(|provider| guarded(|| Ok(provider.supplies(wanted))).unwrap_or(true))
    }
}

impl Pdp {
    /// Compiles one policy document with the default settings.
    ///
    /// # Errors
    ///
    /// The document cannot be read, is no valid policy, or refers to another document. The error holds
    /// every problem, each with its position.
    pub fn from_xml(policy: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::builder().policy("policy", policy).build()
    }

    /// Begins a PDP of several documents, with providers, host functions and settings.
    pub fn builder() -> PdpBuilder {
        PdpBuilder::new()
    }

    /// Decides a request. Never fails: an error makes the decision Indeterminate, and its status
    /// says why.
    ///
    /// A request for several decisions (Multiple Decision Profile: `MultiRequests`, repeated
    /// categories, `scope`) gets a result for each, in their order; an error in one does not affect
    /// the others. `CombinedDecision` combines them into one. They share fetches, one instant and
    /// one budget of [work and bytes](crate::Limits). Beyond the limit of
    /// [`decisions`](crate::Limits::decisions) none is made, and the only result says so.
    ///
    /// For an instant, a deadline or a log of each decision, see [`call`](Self::call).
    pub fn decide(&self, request: &Request) -> Response {
        // Most requests are for one decision, which shares nothing with others.
        if request.is_multiple() {
            return self.call().decide(request);
        }
        let (mut context, limits) = (Context::new(), &self.inner.host.settings.limits);
        let stopwatch = self.inner.host.stopwatch();
        let mut outcome = self.decide_alone(&mut context, request);
        let result = outcome.to_result_within(&mut Budget::new(limits));
        self.show_alone(request, &outcome, stopwatch);
        Response {
            results: vec![result],
        }
    }

    /// Returns the individual decision requests of a request, in the order of the Multiple Decision
    /// Profile (1.0 §2): its references, the cross product of the categories of each, the nodes of
    /// the `scope` of each. An invalid one is an error in its place. Beyond the limit of
    /// [`decisions`](crate::Limits::decisions), the list is one error.
    ///
    /// [`decide`](Self::decide) does this itself. A host that runs the steps of each decision calls
    /// this, and gives them all one [`Budget`](crate::evaluate::Budget).
    pub fn individual_requests(
        &self,
        request: &Request,
    ) -> Vec<Result<Request, IndividualRequestError>> {
        let mut budget = Budget::new(&self.inner.host.settings.limits);
        let parts = self.parts(request, &mut budget).into_requests();
        let parts = parts.into_iter();
        parts.map(|part| part.map(Cow::into_owned)).collect()
    }

    /// Returns the individual decision requests of a request. Every way to decide calls this.
    fn parts<'r>(&self, request: &'r Request, budget: &mut Budget) -> Parts<'r> {
        let host = &*self.inner.host;
        Parts::of(
            request,
            host.hierarchy.as_deref(),
            &host.settings.limits,
            budget,
        )
    }

    /// Decides a request in scratch memory that is used again: a warm context makes a decision that
    /// fires no obligation without allocating.
    ///
    /// The request must be for one decision: a request for several is Indeterminate, and so is one
    /// with a `scope` of more than its resource. Decide its
    /// [`individual_requests`](Self::individual_requests) one by one.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Context, Decision, Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let mut context = Context::new();
    /// for (action, expected) in [("read", Decision::Permit), ("sign", Decision::NotApplicable)] {
    ///     let request = Request::builder()
    ///         .subject("urn:altinn:rolecode", "dagl")
    ///         .resource("urn:altinn:resource", "vedtak-brev")
    ///         .action(action)
    ///         .build();
    ///     let outcome = pdp.decide_with(&mut context, &request);
    ///     assert_eq!(outcome.decision(), expected);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide_with<'e>(
        &'e self,
        context: &'e mut Context,
        request: &'e Request,
    ) -> Outcome<'e> {
        let stopwatch = self.inner.host.stopwatch();
        let outcome = self.decide_alone(context, request);
        self.show_alone(request, &outcome, stopwatch);
        outcome
    }

    /// Makes one decision, without showing it to observers.
    #[inline(always)]
    fn decide_alone<'e>(&'e self, context: &'e mut Context, request: &'e Request) -> Outcome<'e> {
        let mut evaluation = self.begin(context, request);
        evaluation.allow_inquiries();
        if let Step::Needs(needs) = evaluation.step() {
            let known = &mut Fetches::of_decision();
            self.go_on_now(&mut evaluation, needs, request, known, Evaluation::step);
        }
        evaluation.finish()
    }

    /// Asks the provider of a need. For hosts that run the steps of an [`Evaluation`] themselves
    /// and answer only some needs on their own.
    ///
    /// # Errors
    ///
    /// The provider fails or answers asynchronously, or the need belongs to another PDP.
    pub fn fetch(&self, need: &Need, request: &Request) -> Result<Fetched, ProviderError> {
        let question = self.inner.question(need, request)?;
        let host = &*self.inner.host;
        let (stopwatch, span) = (host.stopwatch(), host.span(need.provider, 1));
        let answer = span.inside(|| question.now());
        host.show_call(need.provider, [&answer], stopwatch);
        answer
    }

    /// Asks the provider of a need, whether it answers at once or later. For hosts that run the
    /// steps of an [`Evaluation`] themselves.
    ///
    /// # Errors
    ///
    /// The provider fails, or the need belongs to another PDP.
    pub fn fetch_async<'a>(
        &'a self,
        need: &Need,
        request: &'a Request,
    ) -> impl Future<Output = Result<Fetched, ProviderError>> + Send + use<'a> {
        let question = self.inner.question(need, request);
        let (host, provider) = (&*self.inner.host, need.provider);
        async move {
            let question = question?;
            let stopwatch = host.stopwatch();
            let answer = question.later(host.span(provider, 1)).await;
            host.show_call(provider, [&answer], stopwatch);
            answer
        }
    }

    /// Returns the attributes that the policies may read, once for each data type and issuer they
    /// name; no other attribute of a request affects its decision. Left out are attributes whose
    /// names a policy computes (`attribute-designator`), and the `Content` that XPath reads.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// assert!(pdp.attributes().any(|wanted| &*wanted.id == "urn:altinn:accesspackage"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn attributes(&self) -> impl Iterator<Item = &Designator> {
        let slots = self.inner.program.slots.in_use();
        slots.map(|(_, slot)| &slot.designator)
    }

    /// Shows the ids of the policies, and of their rules, obligations and advice, each with the word for its
    /// kind.
    #[cfg(feature = "testing")]
    pub(crate) fn ids(&self, show: &mut dyn FnMut(&'static str, &str)) {
        for policy in self.inner.program.all() {
            show("policy", &policy.id);
            let rules = policy.children.iter().filter_map(|child| match child {
                crate::program::Child::Rule(rule) => Some(rule),
                crate::program::Child::Policy(_) => None,
            });
            let of_rules = rules.clone().flat_map(|rule| rule.obligations.iter());
            for obligation in policy.obligations.iter().chain(of_rules) {
                let kind = match obligation.is_advice {
                    true => "advice",
                    false => "obligation",
                };
                show(kind, &obligation.id);
            }
            rules.for_each(|rule| show("rule", &rule.id));
        }
    }

    /// The options with which this PDP reads requests: its limits, and its data types beside the
    /// standard's.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// use vedtak::{Pdp, Request};
    /// let pdp = Pdp::from_xml(policy)?;
    /// let error = Request::read_xml("<Request/>", pdp.read_options().source("body")).unwrap_err();
    /// assert!(error.to_string().starts_with("body:1:1: "));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_options(&self) -> ReadOptions<'_> {
        let settings = &self.inner.host.settings;
        let options = ReadOptions::new().limits(&settings.limits);
        options.data_types(&settings.data_types)
    }

    /// Decides a request in XML and answers in XML, in the version of XACML that it is written in
    /// ([`to_xml_for`](Response::to_xml_for)).
    ///
    /// A request that cannot be read is answered with Indeterminate, `syntax-error` and all of its
    /// problems in the status message. [`status_disclosure`](PdpBuilder::status_disclosure) limits
    /// how much of a status the answer holds.
    pub fn decide_xml(&self, request: impl AsRef<[u8]>) -> String {
        answer_xml(request, self.read_options(), |request| self.answer(request))
    }

    /// Decides a request in the JSON Profile and answers in the JSON Profile.
    ///
    /// A request that cannot be read is answered with Indeterminate, `syntax-error` and all of its
    /// problems in the status message. A server that must answer such a request otherwise, as the
    /// REST Profile says, reads it with [`Request::read_json`] first.
    /// [`status_disclosure`](PdpBuilder::status_disclosure) limits how much of a status the answer
    /// holds.
    ///
    /// ```
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// let answer = pdp.decide_json(r#"{"Request": {"Resource": {"Attribute": []}}}"#);
    /// assert!(answer.starts_with(r#"{"Response":[{"Decision":"NotApplicable""#));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "json")]
    pub fn decide_json(&self, request: impl AsRef<[u8]>) -> String {
        answer_json(request, self.read_options(), |request| self.answer(request))
    }

    /// Returns the answer to a request, or to the error of reading it.
    fn answer(&self, request: Result<&Request, &Error>) -> Response {
        let host = &self.inner.host;
        let response = match request {
            Ok(request) => self.decide(request),
            Err(error) => {
                host.show(|observer| observer.unreadable(error));
                let status = Status::new(StatusCode::SyntaxError, error.to_string());
                Response::new(vec![ResponseResult::indeterminate(status)])
            }
        };
        response.disclosing(host.status_disclosure)
    }

    /// The version of its [`Store`](crate::Store): the number of changes before this PDP was taken
    /// from it; 0 without a store.
    pub fn version(&self) -> u64 {
        self.inner.version
    }

    /// Begins a decision whose attributes the host fetches itself; see [`Evaluation`].
    pub fn begin<'e>(&'e self, context: &'e mut Context, request: &'e Request) -> Evaluation<'e> {
        self.begin_by(context, request, &self.inner.host.clock)
    }

    /// Begins a decision as [`begin`](Self::begin) does, at an instant of the host's choice instead
    /// of the clock's.
    pub fn begin_at<'e>(
        &'e self,
        context: &'e mut Context,
        request: &'e Request,
        instant: DateTime,
    ) -> Evaluation<'e> {
        self.begin_by(context, request, || instant)
    }

    #[inline]
    fn begin_by<'e>(
        &'e self,
        context: &'e mut Context,
        request: &'e Request,
        clock: impl FnOnce() -> DateTime,
    ) -> Evaluation<'e> {
        let inner = &*self.inner;
        let of = (&inner.program, &*inner.slot_providers);
        self.begin_with(of, context, request, clock)
    }

    /// Begins a decision with a program of the same policies, or with other providers of its slots.
    #[inline]
    fn begin_with<'e>(
        &'e self,
        (program, slot_providers): (&'e Program, &'e SlotProviders),
        context: &'e mut Context,
        request: &'e Request,
        clock: impl FnOnce() -> DateTime,
    ) -> Evaluation<'e> {
        let host = &*self.inner.host;
        let clock = || match &host.local {
            None => clock(),
            Some(local) => local(clock()),
        };
        let mut settings = DecisionSettings {
            pdp: &host.settings,
            slot_providers,
            finder: host,
            implicit_zone: host.settings.implicit_zone,
            zone_from: None,
        };
        if host.is_zone_of_instant {
            let instant = clock();
            settings.implicit_zone = instant.zone().unwrap_or(settings.implicit_zone);
            settings.zone_from = Some(instant);
            return Evaluation::begin(program, request, settings, || instant, context);
        }
        Evaluation::begin(program, request, settings, clock, context)
    }
}

impl std::fmt::Debug for Pdp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pdp")
            .field("attributes", &self.inner.program.slots.len())
            .field("providers", &self.inner.host.settings.provider_names)
            .finish_non_exhaustive()
    }
}
