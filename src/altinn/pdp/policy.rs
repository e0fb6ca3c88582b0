//! Policies by resource, each compiled as written and as it applies to a delegation.

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use crate::ReadOptions;
use crate::altinn::delegation::Right;
use crate::altinn::facts::Answer;
use crate::altinn::id::{self, AttributeKind, resource, subject};
use crate::altinn::placeholder;
use crate::altinn::questions::delegable::{Covered, DelegableRights, OtherParts, is_of_app};
use crate::altinn::reading::{self, Reading};
use crate::altinn::resource::{InstanceId, ResourceId};
use crate::analysis::{Analysis, Unanswered};
use crate::attribute::{Designator, category};
use crate::decision::Decision;
use crate::evaluate::{Context, Step};
use crate::provider::{AttributeProvider, Fetched};
use crate::request::Request;
use crate::syntax::{
    AllOf, AnyOf, AttributeDesignator, AttributeReference, Document, Effect, Match, Policy,
    PolicyChild, Rule, Target,
};
use crate::value::{DataType, DateTime, Zone};
use crate::{Error, Limits};

/// A source of policies by resource, for hosts that load them while they decide.
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::facts::Answer;
/// use vedtak::altinn::policy::{PolicySource, ResourcePolicy};
/// use vedtak::altinn::resource::ResourceId;
///
/// struct OneForAll(Arc<ResourcePolicy>);
///
/// impl PolicySource for OneForAll {
///     fn policy(&self, _: &ResourceId) -> Answer<Option<Arc<ResourcePolicy>>> {
///         Ok(Some(self.0.clone()))
///     }
/// }
/// # let xml = &std::fs::read_to_string("fixtures/altinn/resource-policy.xml")?;
/// let source = OneForAll(Arc::new(ResourcePolicy::compiler().compile("policy.xml", xml)?));
/// # let _ = source;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait PolicySource: Send + Sync {
    /// Returns the policy of a resource, if it has one. It is called for every decision, so it
    /// should answer from memory.
    ///
    /// # Errors
    ///
    /// The source cannot say whether the resource has a policy.
    fn policy(&self, resource: &ResourceId) -> Answer<Option<Arc<ResourcePolicy>>>;
}

impl<S: BuildHasher + Send + Sync> PolicySource for HashMap<ResourceId, Arc<ResourcePolicy>, S> {
    fn policy(&self, resource: &ResourceId) -> Answer<Option<Arc<ResourcePolicy>>> {
        Ok(self.get(resource).cloned())
    }
}

/// The compiled policy of one resource.
pub struct ResourcePolicy {
    pub(super) document: Document,
    /// The policy as written.
    pub(super) pdp: crate::Pdp,
    /// The policy without the subject in its Permit rules, for delegations.
    pub(super) delegable: crate::Pdp,
    /// As `delegable`, for delegations of an instance; none unless the policy lets the app delegate
    /// more.
    pub(super) delegable_by_app: Option<crate::Pdp>,
    /// The rights that delegations can give: of the resource, and of an instance. Read when they are
    /// first asked for.
    delegable_rights: [OnceLock<Result<DelegableRights, Unanswered>>; 2],
    /// The number of the host's providers before the one that completes requests.
    pub(super) providers: usize,
    compiler: PolicyCompiler,
}

impl ResourcePolicy {
    /// Returns a compiler of policies, to change its settings.
    pub fn compiler() -> PolicyCompiler {
        PolicyCompiler::default()
    }

    /// The policy in the reading that it was compiled with.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The attributes that the policy reads.
    pub(in crate::altinn) fn attributes(&self) -> impl Iterator<Item = &Designator> {
        self.pdp.attributes()
    }

    /// Whether the policy reads by what name requests know the party.
    pub(super) fn names_party(&self) -> bool {
        let kind = |of: &Designator| id::kind(&of.category, &of.id);
        self.pdp.attributes().any(|of| {
            *of.category == *category::RESOURCE
                && matches!(kind(of), Some(AttributeKind::Party(..)))
        })
    }

    /// Whether the policy reads parts of an app or the state of its instances.
    pub(super) fn names_parts(&self) -> bool {
        self.pdp.attributes().any(is_of_app)
    }

    /// Begins a question about the policy as written.
    pub(in crate::altinn) fn analysis<'p>(&'p self, request: &'p Request) -> Analysis<'p> {
        self.pdp.analysis(request)
    }

    /// Begins a question about the policy as it applies to a delegation of the whole resource.
    pub(in crate::altinn) fn delegable_analysis<'p>(
        &'p self,
        request: &'p Request,
    ) -> Analysis<'p> {
        self.delegable.analysis(request)
    }

    /// Returns the rights that delegations of the resource, or of an instance, can give.
    pub(in crate::altinn) fn delegable_rights(
        &self,
        instance: Option<&InstanceId>,
    ) -> &Result<DelegableRights, Unanswered> {
        let (place, object, policy) = match (instance, &self.delegable_by_app) {
            (None, _) => (0, DelegationObject::Resource, &self.delegable),
            (Some(_), None) => (1, DelegationObject::Instance, &self.delegable),
            (Some(_), Some(by_app)) => (1, DelegationObject::Instance, by_app),
        };
        self.delegable_rights[place].get_or_init(|| {
            let is_instance = object == DelegationObject::Instance;
            let read = |policy: &crate::Pdp, written: &crate::Pdp| {
                DelegableRights::read(policy, written, &self.document, is_instance)
            };
            if !self.compiler.indeterminate_on_trouble {
                return read(policy, &self.pdp);
            }
            // Troubles take Permits away, and give none.
            let mut compiler = self.compiler.clone();
            compiler.indeterminate_on_trouble = false;
            let compiled = |document: Document| compiler.builder().document(document).build();
            let policy = compiled(delegable(&self.document, object));
            match (policy, compiled(self.document.clone())) {
                (Ok(policy), Ok(written)) => read(&policy, &written),
                _ => Err(Unanswered::TooLarge),
            }
        })
    }

    /// Checks that a delegation of a right can permit something. A policy that takes too long to read
    /// forbids nothing.
    ///
    /// # Errors
    ///
    /// The actions that a delegation can permit.
    pub(super) fn check_right(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
    ) -> Result<(), Vec<Arc<str>>> {
        let Ok(rights) = self.delegable_rights(instance) else {
            return Ok(());
        };
        match rights.can_be_given(resource, Some(&right.action), &right.part, OtherParts::Any) {
            true => Ok(()),
            false => Err(rights.actions(resource)),
        }
    }

    /// Returns the rights to parts of the resource that a delegation of a right covers and can give; none
    /// if the policy takes too long to read.
    pub(super) fn covered(
        &self,
        resource: &ResourceId,
        instance: Option<&InstanceId>,
        right: &Right,
        others: OtherParts<'_>,
    ) -> Option<Covered> {
        let rights = self.delegable_rights(instance).as_ref().ok()?;
        Some(rights.covered(resource, right, others))
    }

    /// Whether the policy as written permits a request, by the attributes that it has and no others.
    pub(in crate::altinn) fn permits(&self, request: &Request, at: DateTime) -> bool {
        let mut context = Context::new();
        let mut evaluation = self.pdp.begin_at(&mut context, request, at);
        while let Step::Needs(needs) = evaluation.step() {
            for need in needs {
                evaluation.supply(&need, Ok(Fetched::from(Vec::new())));
            }
        }
        evaluation.finish().decision() == Decision::Permit
    }

    /// Compiles a part of the policy with the settings of the whole, for explanations.
    pub(in crate::altinn) fn compile_like(&self, part: Document) -> Result<crate::Pdp, Error> {
        self.compiler.builder().document(part).build()
    }
}

impl std::fmt::Debug for ResourcePolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ResourcePolicy").field(&self.pdp).finish()
    }
}

/// Compiles policies of resources.
#[derive(Clone, Default)]
pub struct PolicyCompiler {
    reading: Reading,
    resource: Option<ResourceId>,
    limits: Limits,
    implicit_zone: crate::value::Zone,
    providers: Vec<Arc<dyn AttributeProvider>>,
    indeterminate_on_trouble: bool,
}

impl fmt::Debug for PolicyCompiler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyCompiler")
            .field("resource", &self.resource)
            .field("limits", &self.limits)
            .field("implicit_zone", &self.implicit_zone)
            .finish_non_exhaustive()
    }
}

impl PolicyCompiler {
    /// Sets how targets of rules are read. Default: as the standard says.
    #[must_use]
    pub fn reading(mut self, reading: Reading) -> Self {
        self.reading = reading;
        self
    }

    /// Sets the resource of the policy. In the policy of an app, `app_{org}_{app}`, owner and app
    /// replace `[ORG]` and `[APP]` (or `[org]` and `[app]`), as when the app is deployed.
    ///
    /// ```
    /// use vedtak::altinn::policy::ResourcePolicy;
    /// use vedtak::syntax::Document;
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/25-placeholders-of-apps/policies/app_ttd_barnehage.xml")?;
    /// let compiler = ResourcePolicy::compiler().of_resource("app_ttd_barnehage");
    /// let policy = compiler.compile("policy.xml", policy)?;
    /// let Document::Policy(policy) = policy.document() else { panic!("is a policy") };
    /// assert_eq!(policy.id, "urn:altinn:resource:app_ttd_barnehage:policyid:1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn of_resource(mut self, resource: &str) -> Self {
        self.resource = Some(ResourceId::new(resource));
        self
    }

    /// Sets limits on documents and decisions.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the zone of dates and times without one. Default UTC.
    #[must_use]
    pub fn implicit_zone(mut self, zone: crate::value::Zone) -> Self {
        self.implicit_zone = zone;
        self
    }

    /// Adds a provider of the host's attributes, which is asked before the sources of Altinn's
    /// facts.
    #[must_use]
    pub fn provider(mut self, provider: impl AttributeProvider + 'static) -> Self {
        self.providers.push(Arc::new(provider));
        self
    }

    /// Makes every decision with a failure Indeterminate, as
    /// [`PdpBuilder::indeterminate_on_trouble`](crate::PdpBuilder::indeterminate_on_trouble) does.
    #[must_use]
    pub fn indeterminate_on_trouble(mut self) -> Self {
        self.indeterminate_on_trouble = true;
        self
    }

    /// Compiles a policy. `source` names it in problems, as a file name does.
    ///
    /// # Errors
    ///
    /// Every problem of the document, as of [`Pdp::from_xml`](crate::Pdp::from_xml).
    pub fn compile(&self, source: &str, xml: impl AsRef<[u8]>) -> Result<ResourcePolicy, Error> {
        // Compiled as written first, so that problems have positions in the text.
        let standard = self.builder().policy(source, xml.as_ref()).build()?;
        let options = ReadOptions::new().source(source).limits(&self.limits);
        let written = Document::read_xml(xml.as_ref(), options)?;
        let resource = self.resource.as_ref();
        let filled = resource.and_then(|resource| placeholder::filled(&written, resource));
        let is_as_written = filled.is_none() && self.reading == Reading::Standard;
        let document = reading::read_as(&filled.unwrap_or(written), self.reading);
        let pdp = match is_as_written {
            true => standard,
            false => self.builder().document(document.clone()).build()?,
        };
        let compiled = |document| self.builder().document(document).build();
        let delegable_by_app = match names_delegation_by_app(&document) {
            true => Some(compiled(delegable(&document, DelegationObject::Instance))?),
            false => None,
        };
        let delegable = compiled(delegable(&document, DelegationObject::Resource))?;
        Ok(ResourcePolicy {
            document,
            pdp,
            delegable,
            delegable_by_app,
            delegable_rights: [OnceLock::new(), OnceLock::new()],
            providers: self.providers.len(),
            compiler: self.clone(),
        })
    }

    fn builder(&self) -> crate::PdpBuilder {
        let mut builder = crate::Pdp::builder()
            .limits(self.limits.clone())
            .implicit_zone(self.implicit_zone)
            // Each decision is given its instant, so this clock is never read.
            .clock(|| DateTime::from_unix(0, 0, Zone::UTC).expect("the epoch can be written"));
        for provider in &self.providers {
            builder = builder.provider(provider.clone());
        }
        if self.indeterminate_on_trouble {
            builder = builder.indeterminate_on_trouble();
        }
        builder.supplied_by_host("Altinn", id::can_be_supplied)
    }
}

/// The object of a delegation: a resource with all its instances, or one instance.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum DelegationObject {
    Resource,
    Instance,
}

/// Returns the policy as it applies to a delegation: without the roles, packages and groups of the
/// subject in Permit rules, which the delegation replaces. Alternatives for service owners only cannot be
/// delegated, nor rules in which there is nothing to replace, but a party type, say.
fn delegable(document: &Document, object: DelegationObject) -> Document {
    let mut document = document.clone();
    for policy in document.policies_mut() {
        policy.children.retain_mut(|child| match child {
            PolicyChild::Rule(rule) if rule.effect == Effect::Permit => {
                let delegable = without_subject(rule, object);
                let is_delegable = delegable.is_some();
                *rule = delegable.unwrap_or_default();
                is_delegable
            }
            _ => true,
        });
    }
    document
}

/// Returns the rule without the matches of the subject in its target; none if no delegation can
/// replace them.
fn without_subject(rule: &Rule, object: DelegationObject) -> Option<Rule> {
    let matches = rule.target.iter().flat_map(Target::matches);
    let of_subject = matches.filter_map(of_subject);
    let (mut asks_besides, mut is_stood_for) = (false, false);
    for named in of_subject {
        use AttributeKind::{DelegatingApp, EstateRole, PartyType, ResourceRight};
        match id::kind(&named.category, &named.id) {
            Some(EstateRole | PartyType | ResourceRight) => asks_besides = true,
            Some(DelegatingApp) => is_stood_for = true,
            Some(kind) => is_stood_for |= kind.is_of_acting(),
            None => {}
        }
    }
    // It asks for nothing that a delegation stands for: whoever has the rest is permitted without one.
    if asks_besides && !is_stood_for {
        return None;
    }
    stripped_rule(rule, |all_of| stripped(all_of, object))
}

/// Whether some rule is for delegations by an app.
fn names_delegation_by_app(document: &Document) -> bool {
    let rules = document.policies().flat_map(Policy::rules);
    let mut matches = rules
        .filter_map(|rule| rule.target.as_ref())
        .flat_map(Target::matches);
    matches.any(|matching| {
        of_subject(matching).is_some_and(|known| known.id == subject::RESOURCE_DELEGATION)
    })
}

/// Returns the matches of an alternative without those of the subject.
pub(super) fn for_anybody(all_of: &AllOf) -> AllOf {
    let matches = all_of
        .matches
        .iter()
        .filter(|matching| !is_subject(matching));
    AllOf {
        matches: matches.cloned().collect(),
        offset: all_of.offset,
    }
}

/// Returns the rule with each alternative of its target stripped; none if some `AnyOf` has no
/// alternative left.
pub(super) fn stripped_rule(
    rule: &Rule,
    stripped: impl Fn(&AllOf) -> Option<AllOf>,
) -> Option<Rule> {
    let mut rule = rule.clone();
    if let Some(target) = &mut rule.target {
        let mut any_of = Vec::new();
        for alternatives in &target.any_of {
            let open: Vec<AllOf> = alternatives.all_of.iter().filter_map(&stripped).collect();
            if open.is_empty() {
                return None;
            }
            // An alternative without matches holds for every request.
            if open.iter().all(|all_of| !all_of.matches.is_empty()) {
                any_of.push(AnyOf {
                    all_of: open,
                    offset: alternatives.offset,
                });
            }
        }
        *target = Target {
            any_of,
            offset: target.offset,
        };
    }
    Some(rule)
}

/// Returns an alternative without the matches that a delegation replaces; none if it cannot be
/// delegated.
fn stripped(all_of: &AllOf, object: DelegationObject) -> Option<AllOf> {
    let mut matches = Vec::with_capacity(all_of.matches.len());
    for matching in &all_of.matches {
        let designator = of_subject(matching);
        let kind = designator.and_then(|known| id::kind(&known.category, &known.id));
        let (Some(designator), Some(kind)) = (designator, kind) else {
            matches.push(matching.clone());
            continue;
        };
        match kind {
            AttributeKind::DelegatingApp if is_altinns(designator) => {
                if object != DelegationObject::Instance {
                    return None;
                }
                matches.push(by_this_app(matching, designator));
            }
            // For particular subjects.
            AttributeKind::Party(..)
            | AttributeKind::ServiceOwner
            | AttributeKind::AccessList
            | AttributeKind::DelegatingApp => return None,
            // The delegation stands for these. Other attributes of the subject, such as a scope or
            // an authentication level, are still required.
            kind if kind.is_of_acting() && is_altinns(designator) => {}
            AttributeKind::Role(_)
            | AttributeKind::AccessPackage
            | AttributeKind::AccessGroup
            | AttributeKind::EstateRole
            | AttributeKind::PartyType
            | AttributeKind::ResourceRight
            | AttributeKind::Resource
            | AttributeKind::AppOwner
            | AttributeKind::App
            | AttributeKind::Instance
            | AttributeKind::InstanceState
            | AttributeKind::AppPart => matches.push(matching.clone()),
        }
    }
    Some(AllOf {
        matches,
        offset: all_of.offset,
    })
}

/// Returns the match that limits delegations to the requested app: an app delegates only instances
/// of its own.
fn by_this_app(matching: &Match, delegating: &AttributeDesignator) -> Match {
    let asked_for = AttributeDesignator {
        category: category::RESOURCE.to_owned(),
        id: resource::RESOURCE.to_owned(),
        ..delegating.clone()
    };
    Match {
        attribute: AttributeReference::Designator(asked_for),
        ..matching.clone()
    }
}

/// Whether an attribute is one that Altinn's sources supply: it has no issuer, and a data type that
/// they have.
fn is_altinns(designator: &AttributeDesignator) -> bool {
    designator.issuer.is_none()
        && DataType::from_uri(&designator.data_type).is_some_and(id::is_typed)
}

/// Returns the attribute of the subject in a match, if it has one.
fn of_subject(matching: &Match) -> Option<&AttributeDesignator> {
    match &matching.attribute {
        AttributeReference::Designator(known) if known.category == category::ACCESS_SUBJECT => {
            Some(known)
        }
        _ => None,
    }
}

pub(super) fn is_subject(matching: &Match) -> bool {
    let category = match &matching.attribute {
        AttributeReference::Designator(designator) => &designator.category,
        AttributeReference::Selector(selector) => &selector.category,
    };
    category == category::ACCESS_SUBJECT
}
