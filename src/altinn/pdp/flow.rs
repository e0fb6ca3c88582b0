//! The steps of one decision: read the question, find resource, parties and policy, decide, ask
//! the delegations where the policy does not apply, and let access lists and resource rights take
//! a Permit back.
//!
//! Each step that fails ends in Indeterminate; no step turns a failure into an empty answer.

use std::sync::Arc;

use super::complete::{self, named};
use super::policy::ResourcePolicy;
use super::question::Question;
use super::record::Record;
use super::ruling::{Basis, Ruling, Veto};
use super::session::{PartyTrouble, Session, Sources};
use super::{Asking, Inner};
use crate::altinn::delegation::{Delegation, Right};
use crate::altinn::fact::Moment;
use crate::altinn::id::{resource, subject};
use crate::altinn::level::MinimumLevel;
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::{InstanceId, Resource};
use crate::altinn::source::Asked;
use crate::attribute::category;
use crate::decision::{Decision, StatusCode};
use crate::evaluate::{Context, Outcome, Step};
use crate::provider::ProviderError;
use crate::request::{Attribute, Attributes, Request};
use crate::value::{DateTime, Value, Zone};

/// A decision that ended before it was made.
type Early = Box<Ruling>;

fn indeterminate(code: StatusCode, message: impl Into<String>) -> Early {
    Box::new(Ruling::indeterminate(code, message))
}

fn failed(source: &str, error: &ProviderError) -> Early {
    indeterminate(
        StatusCode::ProcessingError,
        named(source, error).to_string(),
    )
}

/// A request that was understood, with the policy that decides it.
pub(super) struct Case<'r> {
    pub(super) asking: Asking<'r>,
    pub(super) policy: Arc<ResourcePolicy>,
    /// The place of asker and party in the session.
    pub(super) pair: usize,
    /// The party comes from the instance: the caller learns it.
    party_of_instance: bool,
}

impl Inner {
    /// Who asks for what, and the policy that says whether they may.
    pub(super) fn open<'r>(
        &self,
        session: &mut Session,
        sources: &Sources<'_>,
        request: &'r Request,
        at: DateTime,
    ) -> Result<Case<'r>, Early> {
        let is_fact = |id: &str| complete::is_supplied_fact(sources, id);
        let mut question = Question::read(request, is_fact)
            .map_err(|unclear| indeterminate(StatusCode::SyntaxError, unclear.to_string()))?;
        let mut instance = None;
        let mut party_of_instance = false;
        if let Some(id) = question.instance.take() {
            let known = match sources.instances {
                Some(instances) => instances
                    .instance(&id)
                    .map_err(|e| failed("instances", &e))?,
                None => None,
            };
            if let Some(known) = &known {
                let stated = question
                    .resource
                    .get_or_insert_with(|| known.resource.clone());
                if *stated != known.resource {
                    let (of, asked) = (&known.resource, &*stated);
                    let message = format!("the instance `{id}` is one of `{of}`, not of `{asked}`");
                    return Err(indeterminate(StatusCode::SyntaxError, message));
                }
                for (id, stated) in [
                    (resource::TASK, &known.task),
                    (resource::END_EVENT, &known.end_event),
                ] {
                    let mut values = request.values(category::RESOURCE, id);
                    if !values.all(|value| value.as_str() == stated.as_deref()) {
                        let message = format!("the request says another `{id}` than the instance");
                        return Err(indeterminate(StatusCode::SyntaxError, message));
                    }
                }
                party_of_instance = question.party.is_empty();
                let same_kind = |key: &&PartyKey| {
                    std::mem::discriminant::<PartyKey>(key) == std::mem::discriminant(&known.party)
                };
                let comparable = question.party.iter().find(same_kind);
                // Without a source of parties, keys of two kinds may be those of two parties.
                let is_own = match comparable {
                    Some(key) => *key == known.party,
                    None => question.party.is_empty() || sources.parties.is_some(),
                };
                if !is_own {
                    let message = "the request and the instance it names give two different \
                                   parties, or parties whose keys cannot be compared";
                    return Err(indeterminate(StatusCode::SyntaxError, message));
                }
                if comparable.is_none() {
                    question.party.push(known.party.clone());
                }
            } else if question.resource.is_none() || question.party.is_empty() {
                let message = format!("the instance `{id}` is not known");
                return Err(indeterminate(StatusCode::ProcessingError, message));
            }
            instance = Some((id, known));
        }
        let Some(resource) = question.resource.take() else {
            let message = "the request does not say which resource it asks for";
            return Err(indeterminate(StatusCode::SyntaxError, message));
        };
        let policy = self.policies.policy(&resource);
        let Some(policy) = policy.map_err(|error| failed("policies", &error))? else {
            let message = format!("there is no policy for the resource `{resource}`");
            return Err(indeterminate(StatusCode::ProcessingError, message));
        };
        let asker = session.party(sources, &question.subject);
        let asker = asker.map_err(|trouble| party_trouble(trouble, "the one who asks"))?;
        let asker = asker.unwrap_or_else(|| self.nobody.clone());
        if let Some(kind) = question.subject_kind
            && sources.parties.is_some()
            && asker.kind != kind
        {
            let (is, said) = (asker.kind.as_str(), kind.as_str());
            let message =
                format!("the request says {said} of the one who asks, but that is a {is}");
            return Err(indeterminate(StatusCode::SyntaxError, message));
        }
        if asker.kind == PartyKind::SystemUser && question.is_service_owner {
            let message = "a system user asks alone, not together with another subject";
            return Err(indeterminate(StatusCode::SyntaxError, message));
        }
        if asker.is_deleted {
            let message = "the one who asks exists no longer";
            return Err(indeterminate(StatusCode::ProcessingError, message));
        }
        let party = session.party(sources, &question.party);
        let party = party.map_err(|trouble| party_trouble(trouble, "the party asked for"))?;
        if let Some(named) = question.instance_owner
            && let Some(owner) = party.as_ref().and_then(|party| party.id)
            && named != owner
        {
            let message = format!(
                "the instance is named as one of the party {named}, but the party asked for is \
                 {owner}"
            );
            return Err(indeterminate(StatusCode::SyntaxError, message));
        }
        Ok(Case {
            asking: Asking {
                request,
                resource,
                instance,
                actions: question.actions,
                at,
            },
            policy,
            pair: session.pair(asker, party),
            party_of_instance,
        })
    }

    /// Decides one request.
    pub(super) fn decide(
        &self,
        session: &mut Session,
        context: &mut Context,
        sources: &Sources<'_>,
        request: &Request,
        at: DateTime,
        mut record: Option<&mut Record>,
    ) -> Ruling {
        let case = match self.open(session, sources, request, at) {
            Ok(case) => case,
            Err(early) => return *early,
        };
        let mut ruling = {
            let pdp = &case.policy.pdp;
            let outcome = self.evaluate(pdp, session, context, sources, &case);
            if let Some(record) = &mut record {
                record.policy(&case.policy.document);
                record.add("resource", [case.asking.resource.to_string()]);
                let actions = case.asking.actions.iter().map(ToString::to_string);
                record.add("action", actions);
                record.outcome(&outcome);
            }
            Ruling {
                level: MinimumLevel::of(outcome.obligations()),
                basis: Basis::Policy,
                valid_until: outcome.valid_until(),
                result: outcome.to_result(),
            }
        };
        if ruling.decision() == Decision::NotApplicable {
            let record = record.as_deref_mut();
            self.by_delegation(&mut ruling, session, context, sources, &case, record);
        }
        if ruling.decision() == Decision::Permit {
            self.veto(&mut ruling, session, sources, &case, record);
        }
        if case.party_of_instance
            && let Some(party) = &session.pairs[case.pair].party
        {
            tell_party(&mut ruling, party);
        }
        ruling
    }

    /// Runs the steps of an evaluation, its needs met by the sources.
    pub(super) fn evaluate<'e>(
        &self,
        pdp: &'e crate::Pdp,
        session: &mut Session,
        context: &'e mut Context,
        sources: &Sources<'_>,
        case: &'e Case<'_>,
    ) -> Outcome<'e> {
        let pair = &mut session.pairs[case.pair];
        let asking = &case.asking;
        let mut evaluation = pdp.begin_at(context, asking.request, asking.at);
        while let Step::Needs(needs) = evaluation.step() {
            if needs.is_empty() {
                break;
            }
            for need in needs {
                let answer = if need.provider < case.policy.providers {
                    pdp.fetch(&need, asking.request)
                } else {
                    complete::complete(self, sources, pair, asking, &need.designator)
                };
                evaluation.supply(&need, answer);
            }
        }
        evaluation.finish()
    }

    /// A delegation stands in for what the policy says of the subject, and for nothing else.
    fn by_delegation(
        &self,
        ruling: &mut Ruling,
        session: &mut Session,
        context: &mut Context,
        sources: &Sources<'_>,
        case: &Case<'_>,
        mut record: Option<&mut Record>,
    ) {
        let pair = &session.pairs[case.pair];
        let (Some(source), Some(party)) = (sources.delegations, pair.party.clone()) else {
            return;
        };
        let asking = &case.asking;
        let instance = asking.instance.as_ref().map(|(id, _)| id);
        let asked = Asked::new(&pair.subject, &party, asking.at);
        let on_file = match source.delegations(&asked, &asking.resource, instance) {
            Ok(on_file) => on_file,
            Err(error) => {
                *ruling = *failed("delegations", &error);
                return;
            }
        };
        let at = Moment::of(&asking.at);
        let main_unit = match main_unit(sources, &party, &on_file) {
            Ok(main_unit) => main_unit,
            Err(early) => {
                *ruling = *early;
                return;
            }
        };
        let from = |delegation: &Delegation| {
            let main_unit = main_unit.as_deref();
            party.has_key(&delegation.from)
                || main_unit.is_some_and(|unit| unit.has_key(&delegation.from))
        };
        let covering = |delegation: &&Delegation| {
            from(delegation) && asking.covers(delegation, &pair.subject, instance)
        };
        if let Some(record) = &mut record {
            record.delegations(on_file.iter().filter(covering));
        }
        let Some(used) = on_file.iter().filter(covering).find(|d| d.window.holds(at)) else {
            let covering = on_file.iter().filter(covering);
            let change = covering.map(|d| d.window.changes_after(at)).min();
            ruling.valid_until = earlier(ruling.valid_until, change);
            return;
        };
        let outcome = self.evaluate(&case.policy.delegable, session, context, sources, case);
        if let Some(record) = &mut record {
            record.outcome(&outcome);
        }
        match outcome.decision() {
            Decision::Permit | Decision::Indeterminate => {
                let change = Some(used.window.changes_after(at));
                *ruling = Ruling {
                    level: MinimumLevel::of(outcome.obligations()),
                    basis: Basis::Delegation {
                        id: used.id.clone(),
                        path: used.path.clone(),
                    },
                    valid_until: earlier(
                        earlier_of(ruling.valid_until, outcome.valid_until()),
                        change,
                    ),
                    result: outcome.to_result(),
                };
            }
            // The policy does not know such a right, or forbids it.
            Decision::Deny | Decision::NotApplicable => {
                ruling.valid_until = earlier_of(ruling.valid_until, outcome.valid_until());
            }
        }
    }

    /// Takes a Permit back where the service is not for this party.
    fn veto(
        &self,
        ruling: &mut Ruling,
        session: &Session,
        sources: &Sources<'_>,
        case: &Case<'_>,
        mut record: Option<&mut Record>,
    ) {
        let Some(resources) = sources.resources else {
            return;
        };
        let asking = &case.asking;
        let known = match resources.resource(&asking.resource) {
            Ok(known) => known,
            Err(error) => {
                *ruling = *failed("resources", &error);
                return;
            }
        };
        let Some(known) = known.filter(|known| known.id == asking.resource) else {
            // Apps may do without; of anything else it must be known whom it is for.
            if asking.resource.as_app().is_none() {
                let message = format!(
                    "the resource registry does not know `{}`, so nobody can say whom it is for",
                    asking.resource
                );
                *ruling = *indeterminate(StatusCode::ProcessingError, message);
            }
            return;
        };
        let party = session.pairs[case.pair].party.as_deref();
        if let Some(record) = &mut record {
            let flags = [known.requires_access_list, known.requires_resource_right];
            record.add("resource", [format!("{} {flags:?}", known.id)]);
        }
        for check in [Self::access_list, Self::resource_right] {
            let subject = &session.pairs[case.pair].subject;
            match check(
                sources,
                asking,
                &known,
                party,
                subject,
                record.as_deref_mut(),
            ) {
                Ok(Checked::Open(change)) => {
                    ruling.valid_until = earlier(ruling.valid_until, change);
                }
                Ok(Checked::Closed(veto, change)) => {
                    let until = earlier(ruling.valid_until, change);
                    let status = StatusCode::Ok;
                    let mut denied = Ruling::indeterminate(status, veto.to_string());
                    denied.result.decision = Decision::Deny;
                    denied.result.attributes = std::mem::take(&mut ruling.result.attributes);
                    denied.result.policies = std::mem::take(&mut ruling.result.policies);
                    denied.basis = Basis::Veto(veto);
                    denied.valid_until = until;
                    *ruling = denied;
                    return;
                }
                Err(early) => {
                    *ruling = *early;
                    return;
                }
            }
        }
    }

    fn access_list(
        sources: &Sources<'_>,
        asking: &Asking<'_>,
        known: &Resource,
        party: Option<&Party>,
        _: &Party,
        record: Option<&mut Record>,
    ) -> Result<Checked, Early> {
        if !known.requires_access_list || asking.resource.as_app().is_some() {
            return Ok(Checked::Open(None));
        }
        let Some(party) = party else {
            return Ok(Checked::Closed(Veto::NoParty, None));
        };
        if party.kind != PartyKind::Organisation || party.is_deleted {
            return Ok(Checked::Closed(Veto::NotAnOrganisation, None));
        }
        let connections = match sources.lists {
            Some(lists) => lists
                .connections(&asking.resource, party, asking.at)
                .map_err(|error| failed("access lists", &error))?,
            None => Vec::new(),
        };
        if let Some(record) = record {
            record.lists(&connections);
            record.add("party", [party.to_string()]);
        }
        let at = Moment::of(&asking.at);
        let opens = |actions: &Option<Vec<Arc<str>>>, action: &str| match actions {
            Some(actions) => actions.iter().any(|known| **known == *action),
            None => true,
        };
        let change = connections
            .iter()
            .map(|fact| fact.window.changes_after(at))
            .min();
        let holding = || connections.iter().filter(|fact| fact.window.holds(at));
        let closed = asking
            .actions
            .iter()
            .find(|action| !holding().any(|fact| opens(&fact.value.actions, action)));
        let any_action = holding().any(|fact| fact.value.actions.is_none());
        let nothing = asking.actions.is_empty() && !any_action;
        match closed.copied().or(nothing.then_some("")) {
            None => Ok(Checked::Open(change)),
            Some(action) => {
                let veto = Veto::AccessList {
                    party: party.to_string().into(),
                    action: action.into(),
                };
                Ok(Checked::Closed(veto, change))
            }
        }
    }

    fn resource_right(
        sources: &Sources<'_>,
        asking: &Asking<'_>,
        known: &Resource,
        party: Option<&Party>,
        subject: &Party,
        record: Option<&mut Record>,
    ) -> Result<Checked, Early> {
        if !known.requires_resource_right {
            return Ok(Checked::Open(None));
        }
        let Some(party) = party else {
            return Ok(Checked::Closed(Veto::NoParty, None));
        };
        let rights = match sources.rights {
            Some(rights) => rights
                .resource_rights(&asking.resource, party, asking.at)
                .map_err(|error| failed("resource rights", &error))?,
            None => Vec::new(),
        };
        let at = Moment::of(&asking.at);
        if let Some(record) = record {
            let usable = |right: &&_| asking.may_perform(right, party, subject);
            record.rights(rights.iter().filter(usable));
            record.add("party", [party.to_string()]);
        }
        let usable = || {
            rights
                .iter()
                .filter(|right| asking.may_perform(right, party, subject))
        };
        let change = usable().map(|right| right.window.changes_after(at)).min();
        if !party.is_deleted && usable().any(|right| right.window.holds(at)) {
            return Ok(Checked::Open(change));
        }
        let veto = Veto::ResourceRight {
            party: party.to_string().into(),
        };
        Ok(Checked::Closed(veto, change))
    }
}

/// Whether a service is for a party, and when that may change.
enum Checked {
    Open(Option<Moment>),
    Closed(Veto, Option<Moment>),
}

impl Asking<'_> {
    /// Whether a delegation is one of what is asked for, to the one who asks. Sources may return
    /// more than they were asked for.
    fn covers(
        &self,
        delegation: &Delegation,
        subject: &Party,
        instance: Option<&InstanceId>,
    ) -> bool {
        let to = subject.has_key(&delegation.to) || !delegation.path.steps().is_empty();
        let of = delegation.instance.is_none() || delegation.instance.as_ref() == instance;
        let is_instance = delegation.instance.is_some();
        let allows = |action: &str| {
            delegation.rights.iter().any(|right| {
                let same = if is_instance {
                    right.action.to_lowercase() == action.to_lowercase()
                } else {
                    *right.action == *action
                };
                same && self.has_part(right)
            })
        };
        to && of
            && delegation.resource == self.resource
            && !self.actions.is_empty()
            && self.actions.iter().all(|action| allows(action))
    }

    /// Whether the request is about the part of the resource that a right is for.
    fn has_part(&self, right: &Right) -> bool {
        right.part.iter().all(|(id, value)| {
            let known = self.instance.as_ref().and_then(|(_, known)| known.as_ref());
            let of_instance = known.and_then(|instance| match &**id {
                resource::TASK => instance.task.as_ref(),
                resource::END_EVENT => instance.end_event.as_ref(),
                _ => None,
            });
            let mut stated = self.request.values(category::RESOURCE, id).peekable();
            match stated.peek() {
                Some(_) => stated.all(|stated| stated.as_str() == Some(value)),
                None => of_instance == Some(value),
            }
        })
    }
}

/// The main unit of a sub-unit, if some delegation is not the sub-unit's own.
fn main_unit(
    sources: &Sources<'_>,
    party: &Party,
    delegations: &[Delegation],
) -> Result<Option<Arc<Party>>, Early> {
    let own = |delegation: &Delegation| party.has_key(&delegation.from);
    let is_unit = party.kind == PartyKind::Organisation;
    let (Some(parent), Some(parties)) = (&party.parent, sources.parties) else {
        return Ok(None);
    };
    if !is_unit || delegations.iter().all(own) {
        return Ok(None);
    }
    let found = parties
        .party(parent)
        .map_err(|error| failed("parties", &error))?;
    Ok(found.filter(|unit| unit.has_key(parent)))
}

fn party_trouble(trouble: PartyTrouble, what: &str) -> Early {
    match trouble {
        PartyTrouble::Source(error) => failed("parties", &error),
        PartyTrouble::Unknown(key) => {
            // Not the number: statuses end up in logs, and of those who do not exist, too.
            let message = format!("{what} is not known: no party has {key:?}");
            indeterminate(StatusCode::ProcessingError, message)
        }
        PartyTrouble::Differ => {
            let message = format!("the request gives two different parties as {what}");
            indeterminate(StatusCode::SyntaxError, message)
        }
    }
}

/// The caller asked about an instance; its result tells whose it is.
fn tell_party(ruling: &mut Ruling, party: &Party) {
    let Some(id) = party.id else {
        return;
    };
    let attribute = Attribute {
        id: subject::PARTY_ID.into(),
        issuer: None,
        include_in_result: true,
        values: vec![Value::from(id.to_string())],
    };
    let attributes = &mut ruling.result.attributes;
    match attributes
        .iter_mut()
        .find(|known| &*known.category == category::RESOURCE)
    {
        Some(known) => known.attributes.push(attribute),
        None => attributes.push(Attributes {
            category: category::RESOURCE.into(),
            xml_id: None,
            content: None,
            attributes: vec![attribute],
        }),
    }
}

fn earlier(known: Option<DateTime>, change: Option<Moment>) -> Option<DateTime> {
    earlier_of(known, change.and_then(Moment::to_date_time))
}

fn earlier_of(a: Option<DateTime>, b: Option<DateTime>) -> Option<DateTime> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a.compare(&b, Zone::UTC).is_le() {
            a
        } else {
            b
        }),
        (a, b) => a.or(b),
    }
}
