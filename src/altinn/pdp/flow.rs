//! A request → a ruling, in steps: read the request, decide by the policy, try the delegations
//! where it does not apply, and let access lists and resource rights veto a Permit.
//!
//! A step that fails ends in Indeterminate; no step turns a failure into an empty answer.

use super::PdpInner;
use super::complete;
use super::open::Case;
use super::record::Record;
use super::ruling::{Basis, Ruling};
use super::session::{Session, Sources};
use crate::altinn::fact::Moment;
use crate::altinn::id::subject;
use crate::altinn::level::MinimumLevel;
use crate::altinn::party::Party;
use crate::attribute::category;
use crate::decision::Decision;
use crate::evaluate::{Context, Outcome, Step};
use crate::request::{Attribute, Attributes, Request};
use crate::value::{DateTime, Value, Zone};

impl PdpInner {
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
            Err(early) => {
                if let Some(record) = record {
                    record.result(&early.result);
                }
                return *early;
            }
        };
        let mut ruling = self.by_policy(session, context, sources, &case, record.as_deref_mut());
        self.conclude(&mut ruling, session, context, sources, &case, record);
        ruling
    }

    /// Decides an open case by its policy alone.
    pub(super) fn by_policy(
        &self,
        session: &mut Session,
        context: &mut Context,
        sources: &Sources<'_>,
        case: &Case<'_>,
        record: Option<&mut Record>,
    ) -> Ruling {
        let pdp = &case.policy.pdp;
        let mut outcome = self.evaluate(pdp, session, context, sources, case);
        let result = outcome.to_result_within(&mut session.budget);
        if let Some(record) = record {
            record.policy(&case.policy.document);
            record.add("resource", [case.asking.resource.to_string()]);
            let actions = case.asking.actions.iter().map(ToString::to_string);
            record.add("action", actions);
            record.outcome(&outcome);
        }
        Ruling {
            level: MinimumLevel::of(&result.obligations),
            basis: Basis::Policy,
            valid_until: outcome.valid_until(),
            result,
        }
    }

    /// Tries the delegations where the policy does not apply, and lets access lists and resource rights
    /// veto a Permit.
    pub(super) fn conclude(
        &self,
        ruling: &mut Ruling,
        session: &mut Session,
        context: &mut Context,
        sources: &Sources<'_>,
        case: &Case<'_>,
        mut record: Option<&mut Record>,
    ) {
        if ruling.decision() == Decision::NotApplicable {
            let record = record.as_deref_mut();
            self.by_delegation(ruling, session, context, sources, case, record);
        }
        if ruling.decision() == Decision::Permit {
            let record = record.as_deref_mut();
            self.veto(ruling, session, sources, case, record);
        }
        if self.indeterminate_on_trouble {
            ruling.indeterminate_on_trouble();
        }
        if case.party_of_instance
            && let Some(party) = &session.pairs[case.pair].party
        {
            tell_party(ruling, party);
        }
        if let Some(record) = record {
            record.result(&ruling.result);
        }
    }

    /// Runs the steps of an evaluation; the sources supply its needs.
    pub(super) fn evaluate<'e>(
        &self,
        pdp: &'e crate::Pdp,
        session: &mut Session,
        context: &'e mut Context,
        sources: &Sources<'_>,
        case: &'e Case<'_>,
    ) -> Outcome<'e> {
        self.evaluate_for(case.pair, pdp, session, context, sources, case)
    }

    /// Runs the steps of an evaluation for a pair of the session.
    pub(super) fn evaluate_for<'e>(
        &self,
        pair: usize,
        pdp: &'e crate::Pdp,
        session: &mut Session,
        context: &'e mut Context,
        sources: &Sources<'_>,
        case: &'e Case<'_>,
    ) -> Outcome<'e> {
        let pair = &mut session.pairs[pair];
        let asking = &case.asking;
        let mut evaluation = pdp.begin_at(context, asking.request, asking.at);
        evaluation.supply_at_hand(|wanted, provider| {
            let is_altinns = provider >= case.policy.providers;
            is_altinns.then(|| complete::at_hand(self, sources, pair, asking, wanted))?
        });
        while let Step::Needs(needs) = evaluation.step_within(&mut session.budget) {
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
}

/// Adds the party to the result of a request that names its instance only.
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
        Some(known) => known.to_mut().attributes.push(attribute),
        None => {
            let told = Attributes {
                category: category::RESOURCE.into(),
                xml_id: None,
                content: None,
                attributes: vec![attribute],
            };
            attributes.push(told.into());
        }
    }
}

pub(super) fn earlier(known: Option<DateTime>, change: Option<Moment>) -> Option<DateTime> {
    earlier_of(known, change.and_then(Moment::to_date_time))
}

pub(super) fn earlier_of(a: Option<DateTime>, b: Option<DateTime>) -> Option<DateTime> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if a.compare(&b, Zone::UTC).is_le() {
            a
        } else {
            b
        }),
        (a, b) => a.or(b),
    }
}
