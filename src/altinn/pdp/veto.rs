//! A Permit + access lists and resource rights → the Permit, or a veto where the resource is not
//! for the party.

use std::sync::Arc;

use super::flow::{Early, earlier, failed, indeterminate};
use super::open::Case;
use super::record::Record;
use super::ruling::{Basis, Ruling, Veto};
use super::session::{Session, Sources};
use super::{Asking, PdpInner};
use crate::altinn::fact::Moment;
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::resource::Resource;
use crate::decision::{Decision, StatusCode};

impl PdpInner {
    /// Vetoes a Permit where the resource is not for the party.
    pub(super) fn veto(
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
                ruling.replace(*failed("resources", &error));
                return;
            }
        };
        // A faulty source: data of another resource does not concern this one.
        if let Some(other) = known.as_ref().filter(|known| known.id != asking.resource) {
            let (asked, other) = (&asking.resource, &other.id);
            let message =
                format!("the resource registry, asked for `{asked}`, answers about `{other}`");
            ruling.replace(*indeterminate(StatusCode::ProcessingError, message));
            return;
        }
        let Some(known) = known else {
            // An app needs no entry; for any other resource the registry must know which parties it
            // is for.
            if asking.resource.as_app().is_none() {
                let message = format!(
                    "the resource registry does not know `{}`, so nobody can say whom it is for",
                    asking.resource
                );
                ruling.replace(*indeterminate(StatusCode::ProcessingError, message));
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
                    ruling.replace(denied);
                    return;
                }
                Err(early) => {
                    ruling.replace(*early);
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
            record.party(party);
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

/// Whether a resource is for a party, and the instant at which that may change.
enum Checked {
    Open(Option<Moment>),
    Closed(Veto, Option<Moment>),
}
