//! A question to a policy → the alternatives that the analysis finds, as roles, packages and rights.

use std::collections::HashMap;
use std::sync::Arc;

use super::PolicyAnswers;
use super::covered::{GivenBy, covered};
use super::need::{Need, NeedKind, is_of_catalogue};
use super::refused::{FactSet, Refusals};
use super::rights::Alternative;
use super::steps::Steps;
use crate::altinn::catalogue::RoleId;
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::pdp::bags::values_of;
use crate::altinn::questions::delegable::OtherParts;
use crate::altinn::questions::seen::{QuestionsSeen, added, in_any_case};
use crate::altinn::questions::{is_action, is_name, is_open_beside_right, is_single, names};
use crate::analysis::{
    Analysis, Answer, Costs, Question, Reply, Requirement, Sufficient, Unanswered,
};
use crate::attribute::id::{CURRENT_DATE, CURRENT_DATE_TIME, CURRENT_TIME};
use crate::attribute::{Designator, category};
use crate::request::{AttributeBuilder, Request, RequestBuilder};
use crate::value::Value;

/// The most alternatives in one answer.
const MOST: usize = 10_000;

/// The most alternatives that a rule denies of which it is asked whether more than these would do.
const MOST_TRIED: usize = 16;

impl PolicyAnswers {
    /// Whether a delegation of the right, whoever receives it, may permit.
    pub(super) fn permits_delegation(
        &self,
        action: Option<&str>,
        part: &[(Arc<str>, Arc<str>)],
        steps: &mut Steps,
    ) -> Result<bool, Unanswered> {
        let rights = self.policy.delegable_rights(None);
        let rights = rights.as_ref().map_err(Clone::clone)?;
        steps.take(rights.size())?;
        Ok(rights.can_be_given(&self.resource, action, part, OtherParts::None))
    }

    /// Begins the request for the resource, with the action and part of a right.
    pub(super) fn request(&self, right: Option<&Right>) -> RequestBuilder {
        let part = right.map_or(&[][..], |right| &right.part);
        let request = names(&self.resource, part);
        match right {
            Some(right) => request.action(&*right.action),
            None => request,
        }
    }

    /// Returns the alternatives by which a delegation of the whole resource gives a right to its receiver:
    /// what must hold besides the delegation, such as a resource right; none where the policy leaves nothing
    /// to delegations.
    pub(super) fn beside_delegation(&self, right: &Right) -> Result<Vec<Alternative>, Unanswered> {
        let mut steps = Steps::new(self.budget);
        let right = self.in_state(right).unwrap_or_else(|_| right.clone());
        if !self.permits_delegation(Some(&right.action), &right.part, &mut steps)? {
            return Ok(Vec::new());
        }
        let found = self.found(Some(&right), PolicyForm::Delegable, &mut steps)?;
        Ok(found.all.into_iter().map(|(.., one)| one).collect())
    }

    /// Returns the alternatives of the policy that give a right, or all rights.
    pub(super) fn found(
        &self,
        right: Option<&Right>,
        form: PolicyForm,
        steps: &mut Steps,
    ) -> Result<Alternatives, Unanswered> {
        let base = self.request(right);
        let request = base.clone().build();
        let is_open = |of: &Designator| right.is_none_or(|right| is_open_beside_right(right, of));
        let analysis = self.asked(&request, form, &is_open);
        let residual = analysis.clone().budget(steps.left()).residual()?;
        steps.walk(&residual)?;
        let seen = QuestionsSeen::of(&residual, self.policy.document());
        let add = |of: &Designator, value: &Value| self.cost(&seen, of, value);
        let analysis = analysis.budget(steps.left());
        let mut enough = analysis.enough(Costs::new(&add, &|_, _| None), MOST)?;
        let can_be_had = |set: &Sufficient| can_be_met(&set.rests_on) && is_of_one_subject(set);
        enough.sets.retain(can_be_had);
        seen.leave_out_other_spellings(&mut enough.sets);
        let facts: Vec<FactSet<'_>> = enough.sets.iter().map(|set| added(set).collect()).collect();
        // No request has a delegating app beside another subject.
        let is_possible = |of: &Designator, value: &Value| {
            !is_delegating_app(of) && self.cost(&seen, of, value).is_some()
        };
        let refused = Refusals::of(&seen, &is_possible).may_be_refused(&facts, steps)?;
        let lacking = self.lacking(right, form, steps)?;
        let mut found = Alternatives {
            all: Vec::new(),
            is_complete: enough.is_complete && lacking.is_empty(),
            lacking,
        };
        let mut tries = MOST_TRIED;
        for (set, may_be_refused) in enough.sets.iter().zip(refused) {
            let with_names = match form == PolicyForm::Delegable || !may_be_refused {
                true => None,
                false => self.with_all_names(&base, &seen, set, steps)?,
            };
            match with_names.filter(|request| !self.policy.permits(request, self.at)) {
                None => found.all.push(self.alternative(&seen, set, may_be_refused)),
                // Whoever has the role has its other names, too, with which a rule denies: perhaps not
                // with more than these.
                Some(request) if found.is_complete && tries > 0 => {
                    tries -= 1;
                    steps.take(1 + seen.nodes.len())?;
                    let analysis = self.asked(&request, form, &is_open);
                    let enough = analysis.budget(steps.left());
                    let enough = enough.enough(Costs::new(&add, &|_, _| None), 1);
                    found.is_complete =
                        enough.is_ok_and(|enough| enough.is_complete && enough.sets.is_empty());
                }
                Some(_) => found.is_complete = false,
            }
        }
        found.leave_out_covered(steps)?;
        Ok(found)
    }

    /// Returns the alternatives of the policy as it is written, and those beside them that hold only where
    /// a request says something of the environment. Finding these takes steps of their own; beyond them
    /// they are left out, as attributes are lacking then.
    pub(super) fn found_in_each_environment(
        &self,
        right: Option<&Right>,
        steps: &mut Steps,
        of_environment: &mut Steps,
    ) -> Result<Alternatives, Unanswered> {
        let mut found = self.found(right, PolicyForm::Written, steps)?;
        let is_of_environment = |of: &Designator| *of.category == *category::ENVIRONMENT;
        if !found.lacking.iter().any(is_of_environment) {
            return Ok(found);
        }
        let any = self.clone().in_any_environment();
        if let Ok(more) = any.found(right, PolicyForm::Written, of_environment) {
            let more = more.all.into_iter();
            let more = more.filter(|(.., one)| one.is_of_environment());
            found.all.extend(more);
        }
        Ok(found)
    }

    /// Returns the attributes of a request on which a delegation of a right depends as well, and that no
    /// question about it says.
    pub(super) fn lacking_when_delegated(
        &self,
        right: &Right,
    ) -> Result<Vec<Designator>, Unanswered> {
        let mut steps = Steps::new(self.budget);
        self.lacking(Some(right), PolicyForm::Delegable, &mut steps)
    }

    /// Returns the attributes of a request on which the answer depends as well, and that are not open
    /// in it.
    fn lacking(
        &self,
        right: Option<&Right>,
        form: PolicyForm,
        steps: &mut Steps,
    ) -> Result<Vec<Designator>, Unanswered> {
        use AttributeKind::{App, AppOwner, AppPart, InstanceState, Resource};
        let request = self.request(right).build();
        let is_open = |of: &Designator| right.is_none_or(|right| is_open_beside_right(right, of));
        let is_lacking = |of: &Designator| {
            let is_asked = match *of.category == *category::ENVIRONMENT {
                true => is_of_clock(of) || self.in_any_environment,
                false => is_open(of),
            };
            let is_said = || {
                let mut part = right.iter().flat_map(|right| &right.part);
                *of.category == *category::RESOURCE && part.any(|(id, _)| *id == of.id)
            };
            let is_of_right = || {
                *of.category == *category::RESOURCE
                    && matches!(
                        id::kind(&of.category, &of.id),
                        Some(Resource | AppOwner | App | AppPart | InstanceState)
                    )
            };
            !(is_asked || is_action(of) || is_said() || is_of_right())
        };
        if !self.policy.attributes().any(is_lacking) {
            return Ok(Vec::new());
        }
        // With the environment, which `asked` leaves closed.
        let analysis = self.asked(&request, form, &is_open).open(is_lacking);
        let residual = analysis.budget(steps.left()).residual()?;
        steps.walk(&residual)?;
        let mut read = residual.attributes();
        read.retain(is_lacking);
        Ok(read)
    }

    /// Begins the question which requests are permitted, with attributes open and one value of those
    /// that a right has once.
    fn asked<'a>(
        &'a self,
        request: &'a Request,
        form: PolicyForm,
        is_open: &'a dyn Fn(&Designator) -> bool,
    ) -> Analysis<'a> {
        let analysis = match form {
            PolicyForm::Written => self.policy.analysis(request),
            PolicyForm::Delegable => self.policy.delegable_analysis(request),
        };
        analysis
            .at(self.at)
            // What the request does not say is not so: it is about policies and no one's facts.
            .without_providers()
            .open(move |of| match *of.category == *category::ENVIRONMENT {
                true => self.in_any_environment && !is_of_clock(of),
                false => !is_name(of) && is_open(of),
            })
            .single_valued(is_single)
    }

    /// The cost of having a value; none if no request has it.
    fn cost(&self, seen: &QuestionsSeen, of: &Designator, value: &Value) -> Option<u64> {
        if *of.category == *category::RESOURCE || is_action(of) {
            return Some(1);
        }
        let need = self.need(seen, of, value);
        let is_fact = is_of_catalogue(&of.category, &of.id) && of.issuer.is_none();
        let passed = || seen.passed_in_any_case(of, &value.to_string());
        let ignores_case = seen.ignores_case(of) || passed().is_some();
        let is_possible = match need.kind {
            // An app delegates its own instances.
            NeedKind::DelegatingApp => match ignores_case {
                true => need.value.eq_ignore_ascii_case(self.resource.as_str()),
                false => *need.value == *self.resource.as_str(),
            },
            _ => !is_fact || need.is_possible(&self.catalogue, &self.at, ignores_case),
        };
        is_possible.then(|| need.cost())
    }

    /// Reads a set of changes as the action and part of a right, and what gives it.
    fn alternative(
        &self,
        seen: &QuestionsSeen,
        set: &Sufficient,
        may_be_refused: bool,
    ) -> FoundAlternative {
        let (mut action, mut part, mut needs) = (None, Vec::new(), Vec::<Need>::new());
        for (of, value) in added(set) {
            if is_action(of) && action.is_none() {
                action = Some(seen.spelt(of, value).into());
            } else if *of.category == *category::RESOURCE {
                part.push((of.id.clone(), seen.spelt(of, value).into()));
            } else {
                let need = self.need(seen, of, value);
                // Two names of one role are one need.
                if !needs.iter().any(|known| known.is(&need)) {
                    needs.push(need);
                }
            }
        }
        part.sort_unstable();
        needs.sort_by_key(|need| (need.cost(), need.value.clone()));
        let alternative = Alternative {
            needs,
            rests_on: set.rests_on.clone(),
            may_be_refused,
        };
        (action, part, alternative)
    }

    /// Returns a request with changes and the other values that come with their roles: other names of
    /// the same role, and the names of roles that it implies; none if they have no role.
    fn with_all_names(
        &self,
        request: &RequestBuilder,
        seen: &QuestionsSeen,
        set: &Sufficient,
        steps: &mut Steps,
    ) -> Result<Option<Request>, Unanswered> {
        let needs = added(set).map(|(of, value)| self.need(seen, of, value));
        let roles: Vec<RoleId> = needs
            .filter_map(|need| match need.kind {
                NeedKind::Role(role) => Some(role),
                _ => None,
            })
            .collect();
        if roles.is_empty() {
            return Ok(None);
        }
        // A decision looks at some part of the policy.
        steps.take(1 + seen.nodes.len() / 64)?;
        let mut with = request.clone();
        for (of, value) in added(set) {
            let mut attribute = AttributeBuilder::new(of.category.clone(), of.id.clone());
            if let Some(issuer) = &of.issuer {
                attribute = attribute.issuer(issuer.clone());
            }
            with = with.with(attribute.value(value.clone()));
        }
        let has_ended = |role: &RoleId| {
            self.catalogue.role_by_id(*role).is_altinn2()
                && Moment::of(&self.at) >= self.transition.end
        };
        for role in roles {
            let implied = self.catalogue.implied_roles(role).iter();
            let implied = implied.filter(|role| !has_ended(role));
            for role in std::iter::once(&role).chain(implied) {
                for (id, value) in values_of(self.catalogue.role_by_id(*role)) {
                    with = with.subject(id, value);
                }
            }
        }
        Ok(Some(with.build()))
    }

    fn need(&self, seen: &QuestionsSeen, of: &Designator, value: &Value) -> Need {
        let text = seen.spelt(of, value);
        let id = match of.issuer {
            None => [&*of.category, &*of.id, &text],
            // No fact of Altinn has an issuer.
            Some(_) => ["", &*of.id, &text],
        };
        let mut need = Need::new(&self.catalogue, self.transition, id);
        need.category = of.category.clone();
        need.issuer.clone_from(&of.issuer);
        need.is_example = seen.is_example(of, value);
        need.is_any = seen.is_any(of, value);
        need
    }
}

/// Whether an attribute names an app that delegates its own instances.
fn is_delegating_app(of: &Designator) -> bool {
    of.issuer.is_none() && id::kind(&of.category, &of.id) == Some(AttributeKind::DelegatingApp)
}

/// Whether a subject may have all that is added: an app that delegates has nothing else.
fn is_of_one_subject(set: &Sufficient) -> bool {
    let of_subject = added(set).filter(|(of, _)| *of.category == *category::ACCESS_SUBJECT);
    let of_subject: Vec<bool> = of_subject.map(|(of, _)| is_delegating_app(of)).collect();
    of_subject.len() < 2 || !of_subject.contains(&true)
}

/// Whether the clock says an attribute.
fn is_of_clock(of: &Designator) -> bool {
    [CURRENT_TIME, CURRENT_DATE, CURRENT_DATE_TIME].contains(&&*of.id)
}

/// Whether requirements of an attribute that has one value, such as the action, may hold together: it is
/// not two texts at once, and not one that it is said not to be.
fn can_be_met(requirements: &[Requirement]) -> bool {
    let text = |one: &Requirement| match (&one.question, &one.reply) {
        (Question::HasPassing(of, test), Reply::Is(Answer::Yes)) if is_single(of) => {
            Some((of.clone(), in_any_case(test)?))
        }
        (Question::HasIgnoringCase(of, value), Reply::Is(Answer::Yes)) if is_single(of) => {
            Some((of.clone(), value.to_string().to_lowercase()))
        }
        _ => None,
    };
    let mut texts: HashMap<Designator, String> = HashMap::new();
    for (of, text) in requirements.iter().filter_map(text) {
        let known = texts.entry(of).or_insert_with(|| text.clone());
        if *known != text {
            return false;
        }
    }
    requirements.iter().all(|one| match (&one.question, &one.reply) {
        (Question::Value(of), Reply::IsNot(others)) => texts.get(of).is_none_or(|text| {
            !others.iter().any(|other| {
                matches!(other, Answer::ValueIgnoringCase(value) if value.to_string().to_lowercase() == *text)
            })
        }),
        _ => true,
    })
}

/// The policy as it is written, or as it applies to a delegation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyForm {
    Written,
    Delegable,
}

/// The alternatives of a policy.
pub(super) struct Alternatives {
    pub(super) all: Vec<FoundAlternative>,
    /// The attributes of a request that the policy also reads.
    pub(super) lacking: Vec<Designator>,
    pub(super) is_complete: bool,
}

impl Alternatives {
    /// Leaves out alternatives that hold all of another, by another name of one of its roles.
    fn leave_out_covered(&mut self, steps: &mut Steps) -> Result<(), Unanswered> {
        let given: Vec<GivenBy<'_>> = self
            .all
            .iter()
            .map(|(action, part, alternative)| GivenBy {
                action: action.as_deref(),
                part,
                alternative,
            })
            .collect();
        let mut covered = covered(&given, steps)?.into_iter();
        self.all.retain(|_| !covered.next().unwrap_or(false));
        Ok(())
    }
}

/// An action and a part of the resource, with an alternative that gives the right to them.
pub(super) type FoundAlternative = (Option<Arc<str>>, Vec<(Arc<str>, Arc<str>)>, Alternative);
