//! Policies by resource: compiled twice, as written and as a delegation sees them.

use std::collections::HashMap;
use std::sync::Arc;

use super::complete;
use crate::altinn::id::{PARTY_NAMES, subject};
use crate::altinn::reading::{self, Reading};
use crate::altinn::resource::ResourceId;
use crate::altinn::source::Answer;
use crate::attribute::category;
use crate::error::Error;
use crate::limits::Limits;
use crate::provider::AttributeProvider;
use crate::syntax::{
    AllOf, AnyOf, AttributeReference, Document, Effect, Match, Policy, PolicyChild, PolicySet,
    PolicySetChild, Rule, Target,
};

/// Where policies come from.
///
/// ```
/// use std::sync::Arc;
/// use vedtak::altinn::{Answer, PolicySource, ResourceId, ResourcePolicy};
///
/// struct OneForAll(Arc<ResourcePolicy>);
///
/// impl PolicySource for OneForAll {
///     fn policy(&self, _: &ResourceId) -> Answer<Option<Arc<ResourcePolicy>>> {
///         Ok(Some(self.0.clone()))
///     }
/// }
/// # let xml = include_str!("../../../fixtures/altinn/resource-policy.xml");
/// let source = OneForAll(Arc::new(ResourcePolicy::compiler().compile("policy.xml", xml)?));
/// # let _ = source;
/// # Ok::<(), vedtak::Error>(())
/// ```
pub trait PolicySource: Send + Sync {
    /// The policy of a resource; none if it has none. Asked on every decision: answer from
    /// memory.
    fn policy(&self, resource: &ResourceId) -> Answer<Option<Arc<ResourcePolicy>>>;
}

impl PolicySource for HashMap<ResourceId, Arc<ResourcePolicy>> {
    fn policy(&self, resource: &ResourceId) -> Answer<Option<Arc<ResourcePolicy>>> {
        Ok(self.get(resource).cloned())
    }
}

/// The policy of one resource, compiled.
pub struct ResourcePolicy {
    pub(super) document: Document,
    /// As written.
    pub(super) pdp: crate::Pdp,
    /// With the subject left out of its Permit rules: what a delegation stands in for.
    pub(super) delegable: crate::Pdp,
    /// How many providers of the host come before the one that completes requests.
    pub(super) providers: usize,
    compiler: PolicyCompiler,
}

impl ResourcePolicy {
    /// To compile policies with other than the default settings.
    pub fn compiler() -> PolicyCompiler {
        PolicyCompiler::default()
    }

    /// The policy as written, in the reading it was compiled with.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// Compiles a part of the policy with the settings of the whole: for explanations.
    pub(super) fn compile_like(&self, part: Document) -> Result<crate::Pdp, Error> {
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
    limits: Limits,
    implicit_zone: crate::value::Zone,
    providers: Vec<Arc<dyn AttributeProvider>>,
    indeterminate_on_trouble: bool,
}

impl PolicyCompiler {
    /// How targets of rules are read. Default: as the standard says.
    #[must_use]
    pub fn reading(mut self, reading: Reading) -> Self {
        self.reading = reading;
        self
    }

    /// Bounds on documents and decisions.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The zone of dates and times that name none. Default UTC.
    #[must_use]
    pub fn implicit_zone(mut self, zone: crate::value::Zone) -> Self {
        self.implicit_zone = zone;
        self
    }

    /// Adds a source of attributes of the host's own, asked before the sources of Altinn's facts.
    #[must_use]
    pub fn provider(mut self, provider: impl AttributeProvider + 'static) -> Self {
        self.providers.push(Arc::new(provider));
        self
    }

    /// Makes every decision Indeterminate that met a failure, as
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
    /// Every problem of the document, as [`Pdp::from_xml`](crate::Pdp::from_xml) has them.
    pub fn compile(&self, source: &str, xml: impl AsRef<[u8]>) -> Result<ResourcePolicy, Error> {
        // Compiled as it stands first: its problems have positions in the text.
        let standard = self.builder().policy(source, xml.as_ref()).build()?;
        let document = Document::read_within(source, xml.as_ref(), &self.limits)?;
        let document = reading::read_as(&document, self.reading);
        let pdp = match self.reading {
            Reading::Standard => standard,
            _ => self.builder().document(document.clone()).build()?,
        };
        let delegable = self.builder().document(delegable(&document)).build()?;
        Ok(ResourcePolicy {
            document,
            pdp,
            delegable,
            providers: self.providers.len(),
            compiler: self.clone(),
        })
    }

    fn builder(&self) -> crate::PdpBuilder {
        let mut builder = crate::Pdp::builder()
            .limits(self.limits.clone())
            .implicit_zone(self.implicit_zone);
        for provider in &self.providers {
            builder = builder.provider(provider.clone());
        }
        if self.indeterminate_on_trouble {
            builder = builder.indeterminate_on_trouble();
        }
        builder.external("Altinn", complete::supplies)
    }
}

/// The policy as a delegation sees it: what a Permit rule says of the subject is left out, for the
/// delegation stands in for it, and nothing else is. Alternatives for service owners only are not
/// delegable.
fn delegable(document: &Document) -> Document {
    match document {
        Document::Policy(policy) => Document::Policy(delegable_policy(policy)),
        Document::PolicySet(set) => Document::PolicySet(delegable_set(set)),
    }
}

fn delegable_set(set: &PolicySet) -> PolicySet {
    let children = set.children.iter().map(|child| match child {
        PolicySetChild::Policy(policy) => PolicySetChild::Policy(delegable_policy(policy)),
        PolicySetChild::PolicySet(set) => PolicySetChild::PolicySet(delegable_set(set)),
        other => other.clone(),
    });
    PolicySet {
        children: children.collect(),
        ..set.clone()
    }
}

fn delegable_policy(policy: &Policy) -> Policy {
    let children = policy.children.iter().filter_map(|child| match child {
        PolicyChild::Rule(rule) if rule.effect == Effect::Permit => {
            without_subject(rule).map(PolicyChild::Rule)
        }
        other => Some(other.clone()),
    });
    Policy {
        children: children.collect(),
        ..policy.clone()
    }
}

/// The rule without what its target says of the subject; none if no delegation can stand in for
/// it.
pub(super) fn without_subject(rule: &Rule) -> Option<Rule> {
    stripped_rule(rule, stripped)
}

/// The rule without anything its target says of the subject, for whomever it is.
pub(super) fn for_anybody(rule: &Rule) -> Option<Rule> {
    stripped_rule(rule, |all_of| {
        let matches = all_of
            .matches
            .iter()
            .filter(|matching| !is_subject(matching));
        Some(AllOf {
            matches: matches.cloned().collect(),
            offset: all_of.offset,
        })
    })
}

fn stripped_rule(rule: &Rule, stripped: impl Fn(&AllOf) -> Option<AllOf>) -> Option<Rule> {
    let mut rule = rule.clone();
    if let Some(target) = &mut rule.target {
        let mut any_of = Vec::new();
        for alternatives in &target.any_of {
            let open: Vec<AllOf> = alternatives.all_of.iter().filter_map(&stripped).collect();
            if open.is_empty() {
                return None;
            }
            // An alternative of which nothing is left matches whatever the request says.
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

fn stripped(all_of: &AllOf) -> Option<AllOf> {
    let id = |matching: &Match| match &matching.attribute {
        AttributeReference::Designator(designator) if is_subject(matching) => {
            Some(designator.id.clone())
        }
        _ => None,
    };
    let mut ids = all_of.matches.iter().filter_map(id);
    if ids.any(|id| is_reserved(&id)) {
        return None;
    }
    let is_stood_in_for =
        |matching: &&Match| id(matching).is_some_and(|id| STOOD_IN_FOR.contains(&&*id));
    let matches = all_of.matches.iter();
    Some(AllOf {
        matches: matches.filter(|m| !is_stood_in_for(m)).cloned().collect(),
        offset: all_of.offset,
    })
}

/// What a delegation stands in for: being somebody for the party. Whatever else a rule asks of the
/// subject, such as a scope or an authentication level, must be there all the same.
const STOOD_IN_FOR: [&str; 6] = [
    subject::ROLE_CODE,
    subject::ROLE,
    subject::REGISTER_ROLE,
    subject::GUARDIAN_ROLE,
    subject::ACCESS_PACKAGE,
    subject::ACCESS_GROUP,
];

/// An alternative for somebody in particular is that somebody's, and not for others to be given.
fn is_reserved(id: &str) -> bool {
    let others = [
        subject::SERVICE_OWNER,
        subject::ACCESS_LIST,
        "urn:altinn:resource:delegation",
    ];
    PARTY_NAMES.contains(&id) || others.contains(&id)
}

pub(super) fn is_subject(matching: &Match) -> bool {
    let category = match &matching.attribute {
        AttributeReference::Designator(designator) => &designator.category,
        AttributeReference::Selector(selector) => &selector.category,
    };
    category == category::ACCESS_SUBJECT
}
