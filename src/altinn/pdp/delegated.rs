//! A ruling of a policy that does not apply to the subject + delegations → a Permit by a
//! delegation, if there is one.

use std::sync::Arc;

use smallvec::SmallVec;

use super::flow::{earlier, earlier_of};
use super::open::{Case, unclear};
use super::question::Unclear;
use super::record::Record;
use super::rights::OnePackage;
use super::ruling::{Basis, Early, Ruling};
use super::said;
use super::session::{Session, Sources};
use super::source::SourceFailure;
use super::{Asking, PdpInner};
use crate::altinn::delegation::{Delegation, Right};
use crate::altinn::fact::Moment;
use crate::altinn::level::MinimumLevel;
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::resource::InstanceId;
use crate::attribute::category;
use crate::decision::Decision;
use crate::evaluate::{Budget, Context, Outcome};
use crate::response::Trouble;

impl PdpInner {
    /// Tries the delegations: a Permit or Indeterminate by one replaces the ruling. A delegation
    /// replaces the roles, packages and groups that the policy asks of the subject, and nothing else.
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
        // No subject acts for a party that has ceased to exist, whatever delegations a source has.
        let party = pair.party.clone().filter(|party| !party.is_deleted);
        let Some(party) = party.filter(|_| sources.delegations.is_some()) else {
            return;
        };
        let asking = &case.asking;
        let instance = asking.instance.as_ref().map(|(id, _)| id);
        let subject = pair.subject.clone();
        let of = (&asking.resource, instance);
        let on_file = session.delegations(sources, (case.pair, &party), of, asking.at);
        let at = Moment::of(&asking.at);
        let on_file = match on_file {
            Ok(on_file) => on_file,
            Err(failure) => return ruling.replace(*Early::from(failure)),
        };
        let mut covering = match asking.covering(sources, &subject, &party, &on_file) {
            Ok(covering) => covering,
            Err(early) => return ruling.replace(*early),
        };
        if let Some(record) = &mut record {
            record.delegations(covering.iter().copied());
        }
        self.only_of_packages(
            ruling,
            &mut covering,
            (session, context),
            case,
            record.as_deref_mut(),
        );
        let tries = tries(case, &covering, at);
        if tries.iter().all(Option::is_none) {
            let changes = covering.iter().map(|d| d.window.changes_after(at));
            let change = changes.min();
            ruling.valid_until = earlier(ruling.valid_until, change);
            return;
        }
        for (used, pdp) in tries.into_iter().flatten() {
            let mut outcome = self.evaluate(pdp, session, context, sources, case);
            if let Some(record) = &mut record {
                record.outcome(&outcome);
            }
            let change = Some(used.window.changes_after(at));
            let until = earlier_of(ruling.valid_until, outcome.valid_until());
            match outcome.decision() {
                Decision::Permit | Decision::Indeterminate => {
                    let result = outcome.to_result_within(&mut session.budget);
                    let own = MinimumLevel::of(outcome.obligations());
                    let mut told = Ruling {
                        level: own,
                        basis: Basis::Delegation {
                            id: used.id.clone(),
                            path: used.path.clone(),
                        },
                        valid_until: earlier(until, change),
                        result,
                    };
                    let permits = told.decision() == Decision::Permit;
                    // Levels that the resource's policy requires already are not repeated.
                    if permits && !own.covers(&used.level) {
                        told.level = own.and(&used.level);
                        let more = told.level.beyond(&own);
                        told.result.obligations.extend(more.obligations());
                    }
                    ruling.replace(told);
                    if permits {
                        return;
                    }
                }
                // The policy has no such right, or forbids it.
                Decision::Deny | Decision::NotApplicable => {
                    ruling.valid_until = until;
                    let troubles = &mut ruling.result.troubles;
                    *troubles = Trouble::joined(troubles.iter().chain(&outcome.troubles()));
                }
            }
        }
    }
}

impl PdpInner {
    /// Keeps, of services given on out of a package, those that the policy still gives to the
    /// holder of the package alone. Each package is tried once, at the cost of the decision.
    fn only_of_packages(
        &self,
        ruling: &mut Ruling,
        covering: &mut SmallVec<[&Delegation; 4]>,
        (session, context): (&mut Session, &mut Context),
        case: &Case<'_>,
        mut record: Option<&mut Record>,
    ) {
        let at = Moment::of(&case.asking.at);
        let mut tried: Vec<(Arc<str>, bool)> = Vec::new();
        covering.retain(|delegation| {
            let of_package = delegation.out_of.as_ref();
            let Some(package) = of_package.filter(|_| delegation.window.holds(at)) else {
                return true;
            };
            if let Some((_, gives)) = tried.iter().find(|(known, _)| known == package) {
                return *gives;
            }
            let of = (&mut *session, &mut *context);
            let gives = self.with_package_alone(package, of, case, |mut outcome, budget| {
                if let Some(record) = &mut record {
                    record.outcome_of_package(&outcome, package);
                }
                let until = earlier_of(ruling.valid_until, outcome.valid_until());
                ruling.valid_until = until;
                if outcome.decision() == Decision::Indeterminate {
                    ruling.replace(Ruling {
                        level: MinimumLevel::default(),
                        basis: Basis::Policy,
                        valid_until: until,
                        result: outcome.to_result_within(budget),
                    });
                }
                outcome.decision() == Decision::Permit
            });
            tried.push((package.clone(), gives));
            gives
        });
    }

    /// Evaluates the policy for a subject who has one access package, by its code, and nothing else.
    pub(super) fn with_package_alone<T>(
        &self,
        package: &Arc<str>,
        (session, context): (&mut Session, &mut Context),
        case: &Case<'_>,
        with: impl FnOnce(Outcome<'_>, &mut Budget) -> T,
    ) -> T {
        let one = OnePackage(package.clone());
        let alone = Sources::of_one_package(&one);
        session.anew(case.pair, |session, pair| {
            let pdp = &case.policy.pdp;
            let outcome = self.evaluate_for(pair, pdp, session, context, &alone, case);
            with(outcome, &mut session.budget)
        })
    }
}

/// The delegations to try, each with the policy that it replaces the subjects of.
fn tries<'c>(
    case: &'c Case<'_>,
    covering: &[&'c Delegation],
    at: Moment,
) -> [Option<(&'c Delegation, &'c crate::Pdp)>; 2] {
    let holding = || {
        let covering = covering.iter().copied();
        covering.filter(|delegation| delegation.window.holds(at))
    };
    // An app may delegate more of an instance than others can: where the policy says so,
    // delegations of the instance are tried separately.
    let by_app = case.policy.delegable_by_app.as_ref();
    match by_app {
        None => [
            least(&mut holding()).map(|used| (used, &case.policy.delegable)),
            None,
        ],
        Some(by_app) => [
            least(&mut holding().filter(|used| used.instance.is_none())),
            least(&mut holding().filter(|used| used.instance.is_some())),
        ]
        .map(|used| {
            used.map(|used| match used.instance {
                Some(_) => (used, by_app),
                None => (used, &case.policy.delegable),
            })
        }),
    }
}

impl Asking<'_> {
    /// The delegations from a party, or its main unit, that cover the request.
    fn covering<'d>(
        &self,
        sources: &Sources<'_>,
        subject: &Party,
        party: &Party,
        on_file: &'d [Delegation],
    ) -> Result<SmallVec<[&'d Delegation; 4]>, Early> {
        let main_unit = main_unit(sources, party, on_file)?;
        let instance = self.instance.as_ref().map(|(id, _)| id);
        let mut covering = SmallVec::new();
        for delegation in on_file {
            let main_unit = main_unit.as_deref();
            let is_from = party.has_key(&delegation.from)
                || main_unit.is_some_and(|unit| unit.has_key(&delegation.from));
            let covers = || self.covers(delegation, subject, instance);
            if is_from && covers().map_err(|reason| unclear(&reason))? {
                covering.push(delegation);
            }
        }
        Ok(covering)
    }

    /// Whether a delegation covers the request, for this subject. Sources may return other
    /// delegations, too.
    ///
    /// # Errors
    ///
    /// An attribute of the part that a right is for is unusable.
    fn covers(
        &self,
        delegation: &Delegation,
        subject: &Party,
        instance: Option<&InstanceId>,
    ) -> Result<bool, Unclear> {
        let to = subject.has_key(&delegation.to) || !delegation.path.steps().is_empty();
        let of = delegation.instance.is_none() || delegation.instance.as_ref() == instance;
        let is_it = to && of && delegation.resource == self.resource;
        if !is_it || self.actions.is_empty() {
            return Ok(false);
        }
        self.allows(delegation)
    }

    /// Whether the rights of a delegation are for all actions of the request, on the part that it is
    /// about.
    ///
    /// # Errors
    ///
    /// As of [`covers`](Self::covers).
    pub(super) fn allows(&self, delegation: &Delegation) -> Result<bool, Unclear> {
        let is_instance = delegation.instance.is_some();
        for action in &self.actions {
            let of_action = delegation.rights.iter().filter(|right| match is_instance {
                true => right.action.to_lowercase() == action.to_lowercase(),
                false => *right.action == **action,
            });
            let mut allows = false;
            for right in of_action {
                allows |= self.has_part(right, is_instance)?;
            }
            if !allows {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the request is about the part of the resource that a right is for. Delegations of an
    /// instance are compared without letter case, as their policies are.
    fn has_part(&self, right: &Right, ignoring_case: bool) -> Result<bool, Unclear> {
        let is = |stated: Option<&str>, value: &str| match ignoring_case {
            true => stated.is_some_and(|stated| stated.to_lowercase() == value.to_lowercase()),
            false => stated == Some(value),
        };
        let mut has_all = true;
        for (id, value) in &right.part {
            let known = self.instance.as_ref().and_then(|(_, known)| known.as_ref());
            let of_instance = known.and_then(|instance| instance.state(id));
            let mut stated = said::values(self.request, category::RESOURCE, id)?.peekable();
            has_all &= match stated.peek() {
                Some(_) => stated.all(|stated| is(stated.as_str(), value)),
                None => is(of_instance.map(|known| &**known), value),
            };
        }
        Ok(has_all)
    }
}

/// Returns the main unit of a sub-unit, if some delegation is not from the sub-unit itself.
pub(super) fn main_unit(
    sources: &Sources<'_>,
    party: &Party,
    delegations: &[Delegation],
) -> Result<Option<Arc<Party>>, SourceFailure> {
    let own = |delegation: &Delegation| party.has_key(&delegation.from);
    let is_unit = party.kind == PartyKind::Organisation;
    let Some(parent) = &party.parent else {
        return Ok(None);
    };
    if !is_unit || delegations.iter().all(own) {
        return Ok(None);
    }
    let found = sources.parties.ask(|source| source.party(parent))?;
    Ok(found.filter(|unit| unit.has_key(parent) && !unit.is_deleted))
}

/// Returns the first delegation with the lowest required level.
fn least<'d>(all: &mut dyn Iterator<Item = &'d Delegation>) -> Option<&'d Delegation> {
    all.min_by_key(|delegation| delegation.level.for_asker(false))
}
