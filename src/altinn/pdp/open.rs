//! A request → a case: its subject, party, resource and actions, with the policy that decides it.

use std::sync::Arc;

use super::complete;
use super::policy::ResourcePolicy;
use super::question::{RequestedAccess, RequestedSubject, Unclear};
use super::ruling::{Early, indeterminate};
use super::said;
use super::session::{PartyTrouble, Session, Sources};
use super::{Asking, PdpInner};
use crate::altinn::id::{self, AttributeKind};
use crate::altinn::language::{Words, texts};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::{Instance, InstanceId};
use crate::attribute::category;
use crate::decision::StatusCode;
use crate::report::cut;
use crate::request::Request;
use crate::value::DateTime;

/// A request that was understood, with the policy that decides it.
pub(super) struct Case<'r> {
    pub(super) asking: Asking<'r>,
    pub(super) policy: Arc<ResourcePolicy>,
    /// The index of subject and party in the session.
    pub(super) pair: usize,
    /// Whether the party is known from the instance alone: then the result names it.
    pub(super) party_of_instance: bool,
}

/// The one who asks.
enum Asker {
    /// An earlier request of the session has the same subject.
    Known(Arc<Party>),
    Named(RequestedSubject),
}

impl PdpInner {
    /// Reads a request, and finds its subject, party and policy.
    pub(super) fn open<'r>(
        &self,
        session: &mut Session,
        sources: &Sources<'_>,
        request: &'r Request,
        at: DateTime,
    ) -> Result<Case<'r>, Early> {
        let unclear = |reason| unclear(&reason);
        let asker = match session.asker(request) {
            Some(asker) => Asker::Known(asker),
            None => {
                let is_fact = |kind| complete::is_supplied_fact(sources, kind);
                Asker::Named(RequestedSubject::read(request, is_fact).map_err(unclear)?)
            }
        };
        let mut question = RequestedAccess::read(request).map_err(unclear)?;
        if let Asker::Named(subject) = &asker {
            subject.check().map_err(unclear)?;
        }
        let is_party_named = !question.party.is_empty();
        let instance = instance(sources, request, &mut question)?;
        let is_described = |(_, described): &(_, Option<_>)| described.is_some();
        let party_of_instance = !is_party_named && instance.as_ref().is_some_and(is_described);
        let Some(resource) = question.resource.take() else {
            let message = "the request does not say which resource it asks for";
            return Err(indeterminate(StatusCode::SyntaxError, message));
        };
        let Some(policy) = self.policy(&resource)? else {
            let message = format!(
                "there is no policy for the resource `{}`",
                cut(resource.as_str())
            );
            return Err(indeterminate(StatusCode::ProcessingError, message));
        };
        let asker = match asker {
            Asker::Known(asker) => asker,
            Asker::Named(subject) => {
                let asker = self.asker(session, sources, &subject)?;
                session.keep_asker(request, &asker);
                asker
            }
        };
        let party = party(session, sources, &question)?;
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

    /// The one who asks.
    fn asker(
        &self,
        session: &mut Session,
        sources: &Sources<'_>,
        subject: &RequestedSubject,
    ) -> Result<Arc<Party>, Early> {
        let asker = session.party(sources, &subject.keys);
        let asker = asker.map_err(|trouble| party_trouble(trouble, "the one who asks"))?;
        let asker = asker.unwrap_or_else(|| self.nobody.clone());
        if let Some(kind) = subject.kind
            && sources.parties.is_some()
            && asker.kind != kind
        {
            let message = format!(
                "the request calls the subject {}, but it is {}",
                kind.with_article(),
                asker.kind.with_article()
            );
            return Err(indeterminate(StatusCode::SyntaxError, message));
        }
        if asker.kind == PartyKind::SystemUser && subject.is_service_owner {
            let message = "a system user asks alone, not together with another subject";
            return Err(indeterminate(StatusCode::SyntaxError, message));
        }
        if asker.is_deleted {
            let message = Words::DISPLAY.say(texts::ASKER_GONE);
            return Err(indeterminate(StatusCode::ProcessingError, message));
        }
        // A user that belongs to an organisation ceases with it, whatever the sources say.
        let is_user = matches!(
            asker.kind,
            PartyKind::SystemUser | PartyKind::EnterpriseUser
        );
        if let Some(owner) = asker.parent.as_ref().filter(|_| is_user)
            && sources.parties.is_some()
        {
            let owner = session.party(sources, std::slice::from_ref(owner));
            let owner = owner.map_err(|trouble| party_trouble(trouble, "the asker's owner"))?;
            if owner.is_some_and(|owner| owner.is_deleted) {
                let message = Words::DISPLAY.say(texts::ASKERS_OWNER_GONE);
                return Err(indeterminate(StatusCode::ProcessingError, message));
            }
        }
        Ok(asker)
    }
}

/// The instance that a request names, if it names one, with its description if a source has one.
/// The question gets its resource and party.
fn instance(
    sources: &Sources<'_>,
    request: &Request,
    question: &mut RequestedAccess<'_>,
) -> Result<Option<(InstanceId, Option<Instance>)>, Early> {
    let Some(id) = question.instance.take() else {
        return Ok(None);
    };
    let Some(described) = sources.instances.ask(|source| source.instance(&id))? else {
        if question.resource.is_none() || question.party.is_empty() {
            let message = format!("the instance `{}` is not known", cut(id.as_str()));
            return Err(indeterminate(StatusCode::ProcessingError, message));
        }
        return Ok(Some((id, None)));
    };
    let stated = question
        .resource
        .get_or_insert_with(|| described.resource.clone());
    if *stated != described.resource {
        let message = format!(
            "the instance `{}` is one of `{}`, not of `{}`",
            cut(id.as_str()),
            cut(described.resource.as_str()),
            cut(stated.as_str())
        );
        return Err(indeterminate(StatusCode::SyntaxError, message));
    }
    if let Some(message) = differs(request, &id, &described).map_err(|reason| unclear(&reason))? {
        return Err(indeterminate(StatusCode::SyntaxError, message));
    }
    let same_kind = |key: &&PartyKey| {
        std::mem::discriminant::<PartyKey>(key) == std::mem::discriminant(&described.party)
    };
    let comparable = question.party.iter().find(same_kind);
    // Without a source of parties, keys of two kinds may belong to two parties.
    let is_own = match comparable {
        Some(key) => *key == described.party,
        None => question.party.is_empty() || sources.parties.is_some(),
    };
    if !is_own {
        let message = "the request and the instance it names give two different \
                       parties, or parties whose keys cannot be compared";
        return Err(indeterminate(StatusCode::SyntaxError, message));
    }
    if comparable.is_none() {
        question.party.push(described.party.clone());
    }
    Ok(Some((id, Some(described))))
}

/// The party asked for, if the request names one.
fn party(
    session: &mut Session,
    sources: &Sources<'_>,
    question: &RequestedAccess<'_>,
) -> Result<Option<Arc<Party>>, Early> {
    let party = session.party(sources, &question.party);
    let party = party.map_err(|trouble| party_trouble(trouble, "the party asked for"))?;
    if let Some(named) = question.instance_owner
        && party.as_ref().and_then(|party| party.id) != Some(named)
    {
        let message = match party.as_ref().and_then(|party| party.id) {
            Some(owner) => format!(
                "the instance is named as one of the party {named}, but the party asked for \
                 is {owner}"
            ),
            None => format!(
                "the instance is named as one of the party {named}, and nobody knows the \
                 party id of the party asked for"
            ),
        };
        return Err(indeterminate(StatusCode::SyntaxError, message));
    }
    Ok(party)
}

/// Returns the contradiction between a request and the state of its instance, if there is one. An
/// instance without task and end event contradicts nothing, as its source does not know the state.
fn differs(
    request: &Request,
    id: &InstanceId,
    instance: &Instance,
) -> Result<Option<String>, Unclear> {
    if instance.task.is_none() && instance.end_event.is_none() {
        return Ok(None);
    }
    for state in id::attributes_that(|kind| kind == AttributeKind::InstanceState) {
        let of = state.id;
        let current = instance.state(of).map(|current| &**current);
        let mut values = said::values(request, category::RESOURCE, of)?;
        let Some(other) = values.find(|value| value.as_str() != current) else {
            continue;
        };
        let is = current.map_or("has none".to_owned(), |current| {
            format!("is in `{}`", cut(current))
        });
        return Ok(Some(format!(
            "the request says `{of}` is `{}`, but the instance `{}` {is}",
            cut(&other.lexical()),
            cut(id.as_str())
        )));
    }
    Ok(None)
}

/// The early ruling on a request that cannot be answered.
pub(super) fn unclear(reason: &Unclear) -> Early {
    indeterminate(StatusCode::SyntaxError, reason.to_string())
}

fn party_trouble(trouble: PartyTrouble, what: &str) -> Early {
    match trouble {
        PartyTrouble::Source(failure) => failure.into(),
        PartyTrouble::Unknown(key) => {
            // The number is not shown, as statuses may be logged, even if no party has it.
            let message = format!("{what} is not known: no party has {key:?}");
            indeterminate(StatusCode::ProcessingError, message)
        }
        PartyTrouble::Differ => {
            let message = format!("the request gives two different parties as {what}");
            indeterminate(StatusCode::SyntaxError, message)
        }
    }
}
