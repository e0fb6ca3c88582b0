//! Delegations: what stands in for the subject of a policy that does not apply to the asker.

use std::sync::Arc;

use super::flow::{Early, earlier, earlier_of, failed};
use super::open::Case;
use super::record::Record;
use super::ruling::{Basis, Ruling};
use super::session::{Session, Sources};
use super::{Asking, Inner};
use crate::altinn::delegation::{Delegation, Right};
use crate::altinn::fact::Moment;
use crate::altinn::id::resource;
use crate::altinn::level::MinimumLevel;
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::resource::InstanceId;
use crate::altinn::source::Asked;
use crate::attribute::category;
use crate::decision::Decision;
use crate::evaluate::Context;
use crate::response::Trouble;

impl Inner {
    /// A delegation stands in for what the policy says of the subject, and for nothing else.
    pub(super) fn by_delegation(
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
        // Nobody acts for who is no more, whatever a source has on file.
        if party.is_deleted {
            return;
        }
        let asking = &case.asking;
        let instance = asking.instance.as_ref().map(|(id, _)| id);
        let asked = Asked::new(&pair.subject, &party, asking.at);
        let on_file = match source.delegations(&asked, &asking.resource, instance) {
            Ok(on_file) => on_file,
            Err(error) => {
                ruling.replace(*failed("delegations", &error));
                return;
            }
        };
        let at = Moment::of(&asking.at);
        let main_unit = match main_unit(sources, &party, &on_file) {
            Ok(main_unit) => main_unit,
            Err(early) => {
                ruling.replace(*early);
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
                let by_delegation = Ruling {
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
                ruling.replace(by_delegation);
            }
            // The policy does not know such a right, or forbids it.
            Decision::Deny | Decision::NotApplicable => {
                ruling.valid_until = earlier_of(ruling.valid_until, outcome.valid_until());
                let troubles = &mut ruling.result.troubles;
                *troubles = Trouble::joined(troubles.iter().chain(&outcome.troubles()));
            }
        }
    }
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
    Ok(found.filter(|unit| unit.has_key(parent) && !unit.is_deleted))
}
