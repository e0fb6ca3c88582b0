//! Policies + providers → decisions: the engine as a host holds it.

mod builder;

use std::sync::Arc;

pub use builder::PdpBuilder;

use crate::attribute::Designator;
use crate::decision::StatusCode;
use crate::error::Error;
use crate::evaluate::{Context, Evaluation, Outcome, Settings, Step};
use crate::limits::Limits;
use crate::program::Program;
use crate::provider::{AttributeProvider, Fetched, Need, ProviderError};
use crate::request::Request;
use crate::response::{Response, ResponseResult, Status, combined};
use crate::value::{DateTime, Zone};

/// A policy decision point: compiled policies, ready to decide.
///
/// Immutable, cheap to clone, and shared between threads without locks.
///
/// ```
/// use vedtak::{Decision, Pdp, Request};
///
/// let pdp = Pdp::from_xml(include_str!("../fixtures/altinn/resource-policy.xml"))?;
/// let request = Request::builder()
///     .subject("urn:altinn:rolecode", "dagl")
///     .resource("urn:altinn:resource", "vedtak-brev")
///     .action("read")
///     .build();
/// assert_eq!(pdp.decide(&request).decision(), Decision::Permit);
/// # Ok::<(), vedtak::Error>(())
/// ```
#[derive(Clone)]
pub struct Pdp {
    inner: Arc<Inner>,
}

struct Inner {
    program: Program,
    limits: Limits,
    implicit_zone: Zone,
    clock: Box<dyn Fn() -> DateTime + Send + Sync>,
    providers: Vec<Box<dyn AttributeProvider>>,
    /// What they are called: asked once, so that every status names them alike.
    provider_names: Vec<String>,
    /// The provider of each of the program's slots.
    slot_providers: Vec<Option<usize>>,
}

impl Pdp {
    /// Compiles one policy document with the default settings.
    ///
    /// The error holds every problem of the document, each with its position.
    pub fn from_xml(policy: impl AsRef<[u8]>) -> Result<Self, Error> {
        Self::builder().policy("policy", policy).build()
    }

    /// For several documents, providers, host functions and other settings.
    pub fn builder() -> PdpBuilder {
        PdpBuilder::new()
    }

    /// Decides a request. Never fails: what goes wrong is Indeterminate, and its status says why.
    ///
    /// A request for several decisions (Multiple Decision Profile: `MultiRequests`, repeated
    /// categories) gets a result for each, in their order; what is wrong with one is wrong with
    /// that one. `CombinedDecision` makes them one.
    pub fn decide(&self, request: &Request) -> Response {
        let mut context = Context::new();
        if !request.is_multiple() {
            return self.decide_with(&mut context, request).to_response();
        }
        let parts = request.parts(&self.inner.limits);
        let results = parts.iter().map(|part| match part {
            Ok(part) => self.decide_with(&mut context, part).to_result(),
            Err(error) => ResponseResult::of_part(error),
        });
        let results: Vec<ResponseResult> = results.collect();
        Response {
            results: match request.combined_decision() {
                true => vec![combined(&results)],
                false => results,
            },
        }
    }

    /// Decides a request in scratch memory that is used again: a warm context makes a decision
    /// that fires no obligation without allocating.
    ///
    /// One request, one decision: a request for several is Indeterminate here; ask for its
    /// [`individual_requests`](Request::individual_requests) one by one.
    ///
    /// ```
    /// # let policy = include_str!("../fixtures/altinn/resource-policy.xml");
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
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn decide_with<'e>(
        &'e self,
        context: &'e mut Context,
        request: &'e Request,
    ) -> Outcome<'e> {
        let mut evaluation = self.begin(context, request);
        while let Step::Needs(needs) = evaluation.step() {
            if needs.is_empty() {
                // Cannot be; and if it were, asking again would never end.
                break;
            }
            for need in needs {
                evaluation.supply(&need, self.fetch(&need, request));
            }
        }
        evaluation.finish()
    }

    /// Asks the provider of a need: for hosts that run the steps of an [`Evaluation`] themselves and
    /// answer only some needs on their own.
    ///
    /// # Errors
    ///
    /// The provider's; or the need is another PDP's.
    pub fn fetch(&self, need: &Need, request: &Request) -> Result<Fetched, ProviderError> {
        let inner = &*self.inner;
        let slot = inner.program.slots.get(need.slot as usize);
        let own = slot.is_some_and(|slot| slot.designator == need.designator)
            && inner.slot_providers.get(need.slot as usize) == Some(&Some(need.provider));
        match inner.providers.get(need.provider) {
            Some(provider) if own => provider.fetch(&need.designator, request),
            _ => Err(ProviderError::new("this need is another PDP's")),
        }
    }

    /// The attributes that the policies may ask for, in every data type and from every issuer they
    /// ask for: whatever else a request says makes no difference to its decision.
    ///
    /// ```
    /// # let policy = include_str!("../fixtures/altinn/resource-policy.xml");
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// assert!(pdp.attributes().any(|wanted| &*wanted.id == "urn:altinn:accesspackage"));
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    pub fn attributes(&self) -> impl Iterator<Item = &Designator> {
        self.inner.program.slots.iter().map(|slot| &slot.designator)
    }

    /// Decides a request in XML and answers in XML.
    ///
    /// A request that cannot be read is answered with Indeterminate, `syntax-error` and all of
    /// its problems in the status message.
    pub fn decide_xml(&self, request: impl AsRef<[u8]>) -> String {
        match Request::read("request", request, &self.inner.limits) {
            Ok(request) => self.decide(&request),
            Err(error) => {
                let status = Status::new(StatusCode::SyntaxError, error.to_string());
                Response::indeterminate(status)
            }
        }
        .to_xml()
    }

    /// Decides a request in the JSON Profile and answers in the JSON Profile.
    ///
    /// A request that cannot be read is answered with Indeterminate, `syntax-error` and all of its
    /// problems in the status message. A server that owes such a request another answer, as the
    /// REST Profile does, reads it with [`Request::from_json`] first.
    ///
    /// ```
    /// # let policy = include_str!("../fixtures/altinn/resource-policy.xml");
    /// let pdp = vedtak::Pdp::from_xml(policy)?;
    /// let answer = pdp.decide_json(r#"{"Request": {"Resource": {"Attribute": []}}}"#);
    /// assert!(answer.starts_with(r#"{"Response":[{"Decision":"NotApplicable""#));
    /// # Ok::<(), vedtak::Error>(())
    /// ```
    #[cfg(feature = "json")]
    pub fn decide_json(&self, request: impl AsRef<[u8]>) -> String {
        match Request::read_json("request", request, &self.inner.limits) {
            Ok(request) => self.decide(&request),
            Err(error) => {
                let status = Status::new(StatusCode::SyntaxError, error.to_string());
                Response::indeterminate(status)
            }
        }
        .to_json()
    }

    /// Begins a decision whose attributes the host fetches itself; see [`Evaluation`].
    pub fn begin<'e>(&'e self, context: &'e mut Context, request: &'e Request) -> Evaluation<'e> {
        self.begin_by(context, request, &self.inner.clock)
    }

    /// As [`begin`](Self::begin), at an instant of the host's choice instead of the clock's.
    pub fn begin_at<'e>(
        &'e self,
        context: &'e mut Context,
        request: &'e Request,
        instant: DateTime,
    ) -> Evaluation<'e> {
        self.begin_by(context, request, || instant)
    }

    fn begin_by<'e>(
        &'e self,
        context: &'e mut Context,
        request: &'e Request,
        clock: impl FnOnce() -> DateTime,
    ) -> Evaluation<'e> {
        let inner = &*self.inner;
        let settings = Settings {
            implicit_zone: inner.implicit_zone,
            work: inner.limits.work,
            values: inner.limits.attribute_values,
            xpath: inner.limits.xpath,
            providers: &inner.slot_providers,
            provider_names: &inner.provider_names,
        };
        Evaluation::begin(&inner.program, request, settings, clock, context)
    }
}

impl std::fmt::Debug for Pdp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pdp")
            .field("policies", &self.inner.program.policies.len())
            .field("providers", &self.inner.provider_names)
            .finish_non_exhaustive()
    }
}
