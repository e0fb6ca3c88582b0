//! A Permit + access lists and resource rights → the Permit, or a veto where the resource is not
//! for the party, or the party exists no longer.

use std::sync::Arc;

use super::flow::earlier;
use super::open::Case;
use super::record::Record;
use super::ruling::{Basis, Early, Ruling, Veto, indeterminate};
use super::session::{Session, Sources, next_change};
use super::{Asking, Pdp, PdpInner};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::facts::Asked;
use crate::altinn::id::{self, ESTATE_PREFIX};
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::{Resource, ResourceId};
use crate::attribute::category;
use crate::decision::{Decision, StatusCode};
use crate::report::cut;
use crate::request::Request;
use crate::response::{ResponseResult, Status};
use crate::value::DateTime;

impl Pdp {
    /// Returns the reason why no Permit of a right for a party stands, if there is one: for whoever has
    /// this key, or for somebody who has nothing for the party. The ruling is the one on a request that
    /// cannot be answered.
    pub(in crate::altinn) fn vetoed_for(
        &self,
        who: Option<&PartyKey>,
        of: &PartyKey,
        (resource, right): (&ResourceId, &Right),
        at: DateTime,
    ) -> Result<Option<Veto>, Box<Ruling>> {
        let mut request = Request::builder()
            .resource(id::resource::RESOURCE, resource.as_str())
            .action(&*right.action);
        // A service owner is no party.
        let nobody = || format!("{}:-", id::subject::SERVICE_OWNER);
        let who = who.map_or_else(nobody, ToString::to_string);
        for (category, text) in [
            (category::ACCESS_SUBJECT, who),
            (category::RESOURCE, of.to_string()),
        ] {
            // A key as text is an attribute's id and its value.
            let (id, value) = text.rsplit_once(':').unwrap_or((&text, ""));
            request = request.attribute(category, id, value);
        }
        for (id, value) in &right.part {
            request = request.resource(&**id, &**value);
        }
        let request = request.build();
        let snapshot = self.snapshot();
        let sources = self.sources(snapshot.as_ref());
        let mut session = self.inner.session();
        let case = self.inner.open(&mut session, &sources, &request, at)?;
        let inner = &self.inner;
        inner.vetoed(&mut None, &session, &sources, &case, None)
    }
}

impl PdpInner {
    /// Vetoes a Permit where the resource is not for the party, or the party exists no longer.
    pub(super) fn veto(
        &self,
        ruling: &mut Ruling,
        session: &Session,
        sources: &Sources<'_>,
        case: &Case<'_>,
        record: Option<&mut Record>,
    ) {
        let mut until = ruling.valid_until;
        match self.vetoed(&mut until, session, sources, case, record) {
            Ok(None) => ruling.valid_until = until,
            Ok(Some(veto)) => {
                let mut denied = Ruling::of(ResponseResult::new(Decision::Deny));
                denied.result.status = Some(Status::new(StatusCode::Ok, veto.to_string()));
                denied.result.attributes = std::mem::take(&mut ruling.result.attributes);
                denied.result.policies = std::mem::take(&mut ruling.result.policies);
                denied.basis = Basis::Veto(veto);
                denied.valid_until = until;
                ruling.replace(denied);
            }
            Err(early) => ruling.replace(*early),
        }
    }

    /// Returns the reason why a Permit does not stand, if there is one; `until` becomes the instant at
    /// which that may change.
    pub(super) fn vetoed(
        &self,
        until: &mut Option<DateTime>,
        session: &Session,
        sources: &Sources<'_>,
        case: &Case<'_>,
        mut record: Option<&mut Record>,
    ) -> Result<Option<Veto>, Early> {
        let (veto, change) = Self::existence(session, sources, case, record.as_deref_mut())?;
        *until = earlier(*until, change);
        if veto.is_some() || sources.resources.is_none() {
            return Ok(veto);
        }
        let asking = &case.asking;
        let known = sources
            .resources
            .ask(|source| source.resource(&asking.resource))?;
        let Some(known) = known else {
            // An app needs no entry; for any other resource the registry must know which parties it
            // is for.
            if asking.resource.as_app().is_some() {
                return Ok(None);
            }
            let message = format!(
                "the resource registry does not know `{}`, so nobody can say whom it is for",
                cut(asking.resource.as_str())
            );
            return Err(indeterminate(StatusCode::ProcessingError, message));
        };
        // A faulty source: data of another resource does not concern this one.
        if known.id != asking.resource {
            let message = format!(
                "the resource registry, asked for `{}`, answers about `{}`",
                cut(asking.resource.as_str()),
                cut(known.id.as_str())
            );
            return Err(indeterminate(StatusCode::ProcessingError, message));
        }
        if let Some(record) = &mut record {
            let flags = [known.requires_access_list, known.requires_resource_right];
            record.add("resource", [format!("{} {flags:?}", known.id.as_str())]);
        }
        let pair = &session.pairs[case.pair];
        let party = pair.party.as_deref();
        let (veto, change) =
            Self::access_list(sources, asking, &known, party, record.as_deref_mut())?;
        *until = earlier(*until, change);
        if veto.is_some() {
            return Ok(veto);
        }
        let (veto, change) =
            Self::resource_right(sources, asking, &known, party, &pair.subject, record)?;
        *until = earlier(*until, change);
        Ok(veto)
    }

    /// Nobody acts for a party that exists no longer, by whatever rule, but those with a role in its
    /// estate.
    fn existence(
        session: &Session,
        sources: &Sources<'_>,
        case: &Case<'_>,
        record: Option<&mut Record>,
    ) -> Result<Checked, Early> {
        let pair = &session.pairs[case.pair];
        let Some(party) = pair.party.as_deref().filter(|party| party.is_deleted) else {
            return Ok((None, None));
        };
        let at = case.asking.at;
        let mut roles = sources
            .roles
            .ask(|source| source.roles(&Asked::new(&pair.subject, party, at)))?;
        roles.retain(|role| role.value.starts_with(ESTATE_PREFIX));
        if let Some(record) = record {
            record.party(party);
            record.add("estate", roles.iter().map(|role| format!("{role:?}")));
        }
        let at = Moment::of(&at);
        let change = next_change(&roles, at);
        let veto = Veto::Deleted {
            party: party.to_string().into(),
        };
        let is_heir = roles.iter().any(|role| role.window.holds(at));
        Ok(((!is_heir).then_some(veto), Some(change)))
    }

    fn access_list(
        sources: &Sources<'_>,
        asking: &Asking<'_>,
        known: &Resource,
        party: Option<&Party>,
        record: Option<&mut Record>,
    ) -> Result<Checked, Early> {
        if !known.requires_access_list || asking.resource.as_app().is_some() {
            return Ok((None, None));
        }
        let Some(party) = party else {
            return Ok((Some(Veto::NoParty), None));
        };
        if party.kind != PartyKind::Organisation {
            return Ok((Some(Veto::NotAnOrganisation), None));
        }
        if party.is_deleted {
            let party = party.to_string().into();
            return Ok((Some(Veto::Deleted { party }), None));
        }
        let connections = sources
            .lists
            .ask(|source| source.connections(&asking.resource, party, asking.at))?;
        if let Some(record) = record {
            record.lists(&connections);
            record.party(party);
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
            None => Ok((None, change)),
            Some(action) => {
                let veto = Veto::AccessList {
                    party: party.to_string().into(),
                    action: action.into(),
                };
                Ok((Some(veto), change))
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
            return Ok((None, None));
        }
        let Some(party) = party else {
            return Ok((Some(Veto::NoParty), None));
        };
        let rights = sources
            .rights
            .ask(|source| source.resource_rights(&asking.resource, party, asking.at))?;
        let at = Moment::of(&asking.at);
        if let Some(record) = record {
            let usable = |right: &&_| asking.may_perform(right, party, subject);
            record.rights(rights.iter().filter(usable));
            record.party(party);
        }
        let usable = || {
            rights
                .iter()
                .filter(|right| asking.may_perform(right, party, subject))
        };
        let change = usable().map(|right| right.window.changes_after(at)).min();
        if party.is_deleted {
            let party = party.to_string().into();
            return Ok((Some(Veto::Deleted { party }), None));
        }
        if usable().any(|right| right.window.holds(at)) {
            return Ok((None, change));
        }
        let veto = Veto::ResourceRight {
            party: party.to_string().into(),
        };
        Ok((Some(veto), change))
    }
}

/// The reason why a resource is not for a party, if there is one, and the instant at which that may
/// change.
type Checked = (Option<Veto>, Option<Moment>);
