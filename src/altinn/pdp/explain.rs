//! A decision → its explanation: what the subject may do and through which rule or right, or else
//! what would be enough.

mod lasting;
mod near;
mod openings;
mod parts;
mod requirement;
mod rules;
mod subject;
mod told;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexSet;

use super::complete;
use super::open::Case;
use super::policy::is_subject;
use super::record::Record;
use super::ruling::{Basis, Ruling};
use super::said;
use super::session::{Session, Sources};
use super::source::SourceFailure;
use super::{Pdp, PdpInner};
use crate::altinn::answers::{PolicyAnswers, PolicyRight, PolicyRights};
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Path, Window};
use crate::altinn::facts::Asked;
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::questions::delegable::{ActionOrder, OtherParts};
use crate::altinn::resource::{Resource, ResourceId};
use crate::attribute::category;
use crate::decision::Decision;
use crate::evaluate::Context;
use crate::request::Request;
use crate::syntax::Document;
use crate::value::DateTime;
pub use near::{NearDelegation, NearDifference};
use parts::ExaminedParts;
pub(in crate::altinn) use requirement::KnownActions;
pub use requirement::Requirement;
use rules::{RuleOf, SubjectAlternative, Wanted};
use subject::SubjectFacts;
pub(in crate::altinn) use told::{NearReasons, Reasons};

/// A decision with its reasons. `Display` writes them as English text, and
/// [`in_language`](Self::in_language) in another language, with times in Norwegian local time.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The decision.
    pub ruling: Ruling,
    /// The instant from which the decision, or the level that it requires, is another; none if nothing that
    /// is known changes it. [`Ruling::valid_until`] may be earlier: there a fact ends, perhaps one that
    /// makes no difference.
    pub valid_until: Option<DateTime>,
    /// The inputs that the decision read.
    pub record: Record,
    /// The access subject; none if the request was not understood, or only a service owner is its
    /// subject.
    pub subject: Option<Arc<Party>>,
    /// The service owners that the subject is, by their codes, perhaps beside a party: mostly one, or none.
    pub service_owners: Vec<Arc<str>>,
    /// The party that the subject acts for, if the request has one.
    pub party: Option<Arc<Party>>,
    /// The requested resource.
    pub resource: Option<ResourceId>,
    /// The requested resource as the resource registry describes it, with its titles; none if it does not
    /// know it, or does not answer.
    pub described: Option<Arc<Resource>>,
    /// The requested actions.
    pub actions: Vec<String>,
    /// The rules of the policy that permitted, or that denied, with the facts they rest on.
    pub through: Vec<Through>,
    /// If no rule of the policy permitted or denied: the Permit rules for this resource and action,
    /// with the subjects and the circumstances they are for.
    pub openings: Vec<Opening>,
    /// In the same case: rights to this resource that were delegated to the subject and permit
    /// nothing, as no rule of the policy has them.
    pub unknown_rights: Vec<UnknownRight>,
    /// If the policy does not apply: delegations to the subject that would permit the request but
    /// for one thing, such as their window.
    pub near: Vec<NearDelegation>,
    /// If the policy does not apply and no rule of it permits this to anyone now: the actions of its
    /// rights, and those that its other Permit rules name, which a condition or the end of a role closes.
    pub known_actions: Vec<Arc<str>>,
    /// In the same case: the rights of the policy with a requested action, on parts of the resource
    /// that the request does not name.
    pub on_parts: Vec<Right>,
    /// Whether all of the policy was examined. It is not if the limit of work or the number of parts
    /// is exceeded, a rule has too many alternatives, or a source fails: then there may be further
    /// rules and rights.
    pub is_complete: bool,
    /// The instant of the question.
    at: DateTime,
}

/// A delegated right that no rule of the policy has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownRight {
    /// The id of the delegation at its source.
    pub delegation: Arc<str>,
    /// The right.
    pub right: Right,
    /// The actions of the policy that can be delegated.
    pub known: Vec<Arc<str>>,
}

/// A rule that decided, with the fact by which it applies to the subject.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Through {
    /// The `RuleId`.
    pub rule: String,
    /// The number of the rule among those of this id in its policy, from 1.
    pub nth: u32,
    /// The requirements of the rule on the subject; empty if it has none.
    pub what: Vec<Requirement>,
    /// The path by which the subject meets them.
    pub path: Path,
    /// The window in which the subject meets them.
    pub window: Window,
}

/// A rule that would permit another subject, or in other circumstances.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opening {
    /// The `RuleId`.
    pub rule: String,
    /// The number of the rule among those of this id in its policy, from 1.
    pub nth: u32,
    /// The alternatives; one suffices, with all its parts: what the rule asks of the subject, and what
    /// the circumstances do not meet, such as a value of the environment or the rule's condition.
    pub any_of: Vec<Vec<Requirement>>,
}

impl Pdp {
    /// Decides a request as of the clock's instant, and explains the decision. It takes much longer
    /// than [`decide`](Self::decide): for people, not for every request.
    pub fn explain(&self, request: &Request) -> Explanation {
        self.explain_at(request, (self.inner.clock)())
    }

    /// Explains a decision as [`explain`](Self::explain) does, as of an instant.
    pub fn explain_at(&self, request: &Request, at: DateTime) -> Explanation {
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        let (mut session, mut context) = (self.inner.session(), Context::new());
        let mut record = Record::default();
        let recorded = Some(&mut record);
        let ruling = self.one(&mut session, &mut context, &sources, request, at, recorded);
        let mut explanation = Explanation {
            valid_until: self.changes_of(&[(request, &ruling)], at).pop().flatten(),
            ruling,
            record,
            subject: None,
            service_owners: Vec::new(),
            party: None,
            resource: None,
            described: None,
            actions: Vec::new(),
            through: Vec::new(),
            openings: Vec::new(),
            unknown_rights: Vec::new(),
            near: Vec::new(),
            known_actions: Vec::new(),
            on_parts: Vec::new(),
            is_complete: true,
            at,
        };
        // As it was decided: the plain id of an instance stands beside another spelling.
        let named = complete::with_instance_named(request);
        let request = named.as_ref().unwrap_or(request);
        // The decision has drawn on its budget; examining the policy has as much.
        session.budget = self.inner.budget();
        let Ok(case) = self.inner.open(&mut session, &sources, request, at) else {
            explanation.is_complete = false;
            return explanation;
        };
        let pair = &session.pairs[case.pair];
        let is_named = !Arc::ptr_eq(&pair.subject, &self.inner.nobody);
        explanation.subject = is_named.then(|| pair.subject.clone());
        explanation.service_owners = service_owners(request);
        explanation.party = pair.party.clone();
        let resource = &case.asking.resource;
        explanation.resource = Some(resource.clone());
        let described = sources.resources.ask(|source| source.resource(resource));
        explanation.described = described.ok().flatten();
        let actions = case.asking.actions.iter();
        explanation.actions = actions.map(ToString::to_string).collect();
        if explanation.ruling.basis != Basis::Policy {
            return explanation;
        }
        let decision = explanation.ruling.decision();
        let mut examination = Examination {
            inner: &self.inner,
            session: &mut session,
            context: &mut context,
            sources: &sources,
            case: &case,
            parts: &mut ExaminedParts::default(),
            is_complete: true,
        };
        if let Decision::Permit | Decision::Deny = decision {
            explanation.through = examination.through();
        }
        // Where a rule denies, meeting the requirements of another would not be enough.
        if let Decision::NotApplicable | Decision::Deny = decision
            && explanation.through.is_empty()
        {
            explanation.openings = examination.openings();
            if explanation.is_party_gone() {
                explanation.openings.retain_mut(Opening::is_for_heirs);
            }
            explanation.unknown_rights = examination.unknown_rights();
        }
        if decision == Decision::NotApplicable {
            explanation.near = examination.near(snapshot.as_ref());
        }
        if decision == Decision::NotApplicable && explanation.openings.is_empty() {
            // They take no more than is left of the work of the explanation.
            let left = usize::try_from(examination.session.budget.work_left());
            let steps = left.unwrap_or(usize::MAX).min(STEPS_FOR_RIGHTS);
            let answers = PolicyAnswers::of(case.policy.clone(), case.asking.resource.clone(), at)
                .catalogue(self.inner.catalogue.clone())
                .transition(self.inner.transition)
                .budget(steps);
            match answers.rights() {
                Ok(rights) => {
                    explanation.tell_rights(&rights, &case.asking.actions);
                    let document = case.policy.document();
                    explanation.tell_actions(document, &case.asking.resource);
                    let order = ActionOrder::of(document);
                    order.sort(&mut explanation.known_actions);
                }
                Err(_) => examination.is_complete = false,
            }
        }
        explanation.is_complete = examination.is_complete;
        explanation
    }
}

impl Pdp {
    /// Returns the rules that permit each of several requests, as [`explain_at`](Self::explain_at) does
    /// for one that is permitted; none where not all could be examined. What is compiled for one serves
    /// the others.
    pub(in crate::altinn) fn through_each<'r>(
        &self,
        requests: impl IntoIterator<Item = &'r Request>,
        at: DateTime,
    ) -> Vec<Vec<Through>> {
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        let (mut session, mut context) = (self.inner.session(), Context::new());
        let (mut parts, mut policy) = (ExaminedParts::default(), None);
        let through = |request| {
            session.budget = self.inner.budget();
            let Ok(case) = self.inner.open(&mut session, &sources, request, at) else {
                return Vec::new();
            };
            // A source of policies may have another now.
            if !policy
                .as_ref()
                .is_some_and(|known| Arc::ptr_eq(known, &case.policy))
            {
                (parts, policy) = (ExaminedParts::default(), Some(case.policy.clone()));
            }
            let mut examination = Examination {
                inner: &self.inner,
                session: &mut session,
                context: &mut context,
                sources: &sources,
                case: &case,
                parts: &mut parts,
                is_complete: true,
            };
            let through = examination.through();
            let is_complete = examination.is_complete;
            if is_complete { through } else { Vec::new() }
        };
        requests.into_iter().map(through).collect()
    }
}

impl Opening {
    /// Whether a role in an estate is among what it asks; keeps the alternatives with one.
    fn is_for_heirs(&mut self) -> bool {
        self.any_of
            .retain(|all| all.iter().any(Requirement::is_of_estate));
        !self.any_of.is_empty()
    }
}

/// The codes of the service owners that a request names as its subject.
fn service_owners(request: &Request) -> Vec<Arc<str>> {
    let of_owner = id::attributes_that(|kind| kind == AttributeKind::ServiceOwner);
    let named =
        of_owner.filter_map(|of| said::values(request, category::ACCESS_SUBJECT, of.id).ok());
    let codes = named.flatten().map(|code| code.lexical().into());
    codes.collect::<IndexSet<Arc<str>>>().into_iter().collect()
}

impl Explanation {
    /// The level of authentication that the one who asks needs, a service owner where it has a level of its
    /// own; none if none is required, and [`MinimumLevel::UNREADABLE`](crate::altinn::ruling::MinimumLevel::UNREADABLE) where nobody can have it.
    pub fn level(&self) -> Option<u8> {
        let of = |is_service_owner| self.ruling.level.of_asker(is_service_owner);
        let is_person = |who: &Arc<Party>| who.kind != PartyKind::Organisation;
        match (
            self.service_owners.is_empty(),
            self.subject.as_ref().is_some_and(is_person),
        ) {
            (true, _) => of(false),
            (false, false) => of(true),
            // A person beside a service owner is let in where both are.
            (false, true) => of(false).max(of(true)),
        }
    }

    /// Whether the party exists no longer, so that nobody acts for it but heirs.
    fn is_party_gone(&self) -> bool {
        self.party.as_ref().is_some_and(|party| party.is_deleted)
    }

    /// Tells the actions of a policy's rights, and those rights that are for requested actions.
    fn tell_rights(&mut self, rights: &PolicyRights, actions: &[&str]) {
        let rights = rights.rights.iter().filter(|right| right.is_somebodys());
        let rights = rights.filter_map(PolicyRight::right);
        let mut known = IndexSet::new();
        for right in rights {
            known.insert(right.action.clone());
            if actions.contains(&&*right.action) {
                self.on_parts.push(right);
            }
        }
        self.known_actions = known.into_iter().collect();
    }

    /// Tells the actions that the Permit rules for a resource name, whether or not they are open.
    fn tell_actions(&mut self, document: &Document, resource: &ResourceId) {
        for action in rules::of(document).flat_map(|rule| rule.actions(resource)) {
            let mut known = self.known_actions.iter();
            if !known.any(|known| known.to_lowercase() == action.to_lowercase()) {
                self.known_actions.push(action.into());
            }
        }
    }
}

/// The steps in which the rights of a policy are read for one explanation.
const STEPS_FOR_RIGHTS: usize = 200_000;

/// A case whose policy is examined part by part.
struct Examination<'a, 'r> {
    inner: &'a PdpInner,
    session: &'a mut Session,
    context: &'a mut Context,
    sources: &'a Sources<'a>,
    case: &'a Case<'r>,
    /// The parts that are compiled.
    parts: &'a mut ExaminedParts,
    /// Whether each part was examined, and each source has answered.
    is_complete: bool,
}

impl Examination<'_, '_> {
    /// Returns the rules that decided, with the facts by which they apply to the subject.
    fn through(&mut self) -> Vec<Through> {
        let case = self.case;
        let rules = rules::of(case.policy.document()).map(|rule| {
            let policy = (rule.within.id.as_str(), rule.within.version.as_str());
            ((policy, rule.rule.id.as_str(), rule.nth), rule)
        });
        let rules: HashMap<_, RuleOf<'_>> = rules.collect();
        let pdp = &case.policy.pdp;
        let outcome = self
            .inner
            .evaluate(pdp, self.session, self.context, self.sources, case);
        let deciding = outcome.rules().filter_map(|deciding| {
            let policy = (deciding.policy, deciding.version);
            rules.get(&(policy, deciding.rule, deciding.nth)).cloned()
        });
        let deciding: Vec<RuleOf<'_>> = deciding.collect();
        drop(outcome);
        let mut held: Vec<(RuleOf<'_>, SubjectAlternative<'_>)> = Vec::new();
        for rule in deciding {
            // The engine determines which alternatives hold: comparing the values here would repeat
            // the rules for categories, issuers, data types and functions.
            let mut any_of: Vec<Vec<Vec<Wanted<'_>>>> = Vec::new();
            for alternatives in rule.about_subject() {
                let holding = self.holding(&rule, alternatives).into_iter();
                let wanted = holding.map(|all_of| {
                    let matches = all_of.matches.iter().filter(|one| is_subject(one));
                    matches.map(rules::wanted).collect()
                });
                any_of.push(wanted.collect());
            }
            let (alternatives, are_all) = rules::together(any_of);
            self.is_complete &= are_all;
            match alternatives.is_empty() {
                true => held.push((rule, SubjectAlternative::default())),
                false => held.extend(alternatives.into_iter().map(|one| (rule.clone(), one))),
            }
        }
        let facts = self.subject_facts();
        let (catalogue, transition) = (&self.inner.catalogue, self.inner.transition);
        held.into_iter()
            .map(|(rule, alternative)| {
                let (path, window) = facts.how(catalogue, &alternative, case.asking.at);
                let mut what = alternative.requirements(catalogue, transition, false);
                if rule.rule.condition.is_some() {
                    what.push(Requirement::Condition);
                }
                Through {
                    rule: rule.rule.id.clone(),
                    nth: rule.nth,
                    what,
                    path,
                    window,
                }
            })
            .collect()
    }

    /// Returns the rights delegated to the subject that no rule of the policy has.
    fn unknown_rights(&mut self) -> Vec<UnknownRight> {
        let case = self.case;
        let instance = case.asking.instance.as_ref().map(|(id, _)| id);
        let on_file = self.ask(|sources, asked| {
            let resource = &case.asking.resource;
            sources
                .delegations
                .ask(|source| source.delegations(asked, resource, instance))
        });
        let on_file = on_file.into_iter().filter(|given| {
            given.resource == case.asking.resource && given.window.contains(case.asking.at)
        });
        let resource = &case.asking.resource;
        let mut unknown = Vec::new();
        // The rights of the resource, and of an instance, each looked up once; and their actions.
        let mut checked: [HashMap<Right, bool>; 2] = Default::default();
        let mut actions: [Option<Vec<Arc<str>>>; 2] = [None, None];
        for given in on_file {
            let place = usize::from(given.instance.is_some());
            let Ok(rights) = case.policy.delegable_rights(given.instance.as_ref()) else {
                self.is_complete = false;
                continue;
            };
            for right in given.rights {
                let is_known = *checked[place].entry(right.clone()).or_insert_with(|| {
                    let is_left = self.parts.take(1);
                    self.is_complete &= is_left;
                    let can_be_given = || {
                        rights.can_be_given(
                            resource,
                            Some(&right.action),
                            &right.part,
                            OtherParts::Any,
                        )
                    };
                    !is_left || can_be_given()
                });
                if !is_known {
                    let known = actions[place].get_or_insert_with(|| rights.actions(resource));
                    unknown.push(UnknownRight {
                        delegation: given.id.clone(),
                        right,
                        known: known.clone(),
                    });
                }
            }
        }
        unknown
    }

    fn subject_facts(&mut self) -> SubjectFacts {
        SubjectFacts {
            roles: self.ask(|sources, asked| sources.roles.ask(|source| source.roles(asked))),
            packages: self
                .ask(|sources, asked| sources.packages.ask(|source| source.access_packages(asked))),
        }
    }

    /// Asks a source about the subject and the party; there are no facts without a party. The
    /// decision is made, so a source that fails now only leaves the explanation incomplete.
    fn ask<T>(
        &mut self,
        ask: impl FnOnce(&Sources<'_>, &Asked<'_>) -> Result<Vec<T>, SourceFailure>,
    ) -> Vec<T> {
        let pair = &self.session.pairs[self.case.pair];
        let Some(party) = &pair.party else {
            return Vec::new();
        };
        let answer = ask(
            self.sources,
            &Asked::new(&pair.subject, party, self.case.asking.at),
        );
        self.is_complete &= answer.is_ok();
        answer.unwrap_or_default()
    }
}
