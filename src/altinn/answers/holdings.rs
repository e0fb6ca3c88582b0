//! The holdings of somebody at a party, with the rights that policies give to her roles and packages.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::holders::{party_of, until};
use super::need::NeedKind;
use super::rights::PolicyRights;
use super::{NoAnswer, Pdp, PolicyAnswers};
use crate::altinn::Ruling;
use crate::altinn::catalogue::Catalogue;
use crate::altinn::delegation::Right;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::pdp::listed::{Failures, ListedRights};
use crate::altinn::pdp::rights::{request, request_of};
use crate::altinn::register::{Grantable, Holding, Holdings, OtherRight, Snapshot};
use crate::altinn::resource::ResourceId;
use crate::attribute::Designator;
use crate::decision::Decision;
use crate::request::Request;
use crate::response::Trouble;
use crate::value::DateTime;

impl Pdp {
    /// Returns the roles, packages and rights that a holder has for a party at an instant, for an
    /// asker, as [`Snapshot::holdings_for`](crate::altinn::register::Snapshot::holdings_for) does;
    /// and beside the delegated rights those that the policies of these resources give to one of her
    /// roles or packages alone. What depends on more than one of them, or on a condition, is no right of a
    /// role: it is listed by itself, as [`Holdings::otherwise`]. Each of these rights was decided, so that
    /// none is listed that a rule denies her, or a list. Decisions that failed are among the
    /// [troubles](Holdings::troubles). Delegated rights are records, which she may give up and others may revoke, so they are
    /// listed whatever the policies make of them: [`Holding::decision`](crate::altinn::register::Holding::decision)
    /// tells that, where the resource has a policy.
    ///
    /// ```
    /// use vedtak::altinn::register::RightSourceType;
    /// use vedtak::altinn::resource::ResourceId;
    /// use vedtak::altinn::{PartyKey, Pdp, Register};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/policies/ttd-straffesak-brev.xml")?;
    /// # let file = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/register.json")?;
    ///
    /// let register = Register::from_json("register.json", file.as_bytes())?;
    /// let letters = ResourceId::new("ttd-straffesak-brev");
    /// let pdp = Pdp::builder().policy(letters.as_str(), policy).register(&register).build()?;
    /// let (dag, vera) = (PartyKey::User(203), PartyKey::User(201));
    /// let firm = PartyKey::organisation("310000101");
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    ///
    /// let of_vera = pdp.holdings_for(&dag, &vera, &firm, &[letters], now)?;
    /// let by_package = of_vera.rights.iter().find(|right| right.what.to_string().starts_with("read "));
    /// let by_package = by_package.expect("her package gives it");
    /// assert_eq!(by_package.right_source_type(), RightSourceType::Role);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The asker may not see the list; there is no register; or a policy cannot be read within the
    /// budget. A resource without a policy gives no rights.
    pub fn holdings_for(
        &self,
        by: &PartyKey,
        holder: &PartyKey,
        of: &PartyKey,
        resources: &[ResourceId],
        at: DateTime,
    ) -> Result<Holdings, NoAnswer> {
        let snapshot = self.register().ok_or(NoAnswer::NoRegister)?.snapshot();
        let mut holdings = snapshot.holdings_for(by, holder, of, at)?;
        self.end_listed(&mut holdings.roles, at);
        let (holder_party, of_party) = (party_of(&snapshot, holder)?, party_of(&snapshot, of)?);
        let (mut by_policy, mut policies) = (Vec::new(), Vec::new());
        for resource in resources {
            let Some(answers) = self.answers(resource, at)? else {
                continue;
            };
            let rights = answers.rights()?;
            let catalogue = snapshot.catalogue();
            let opens = |held: &Grantable| opened_by(&rights, held, catalogue);
            let more = snapshot.rights_by_policies(&holdings, opens);
            by_policy.extend(more);
            policies.push(rights);
        }
        let lists = [&mut holdings.rights, &mut by_policy].map(|held| ListedRights {
            of: of_party.clone(),
            held,
        });
        let mut failures = self.decide_listed(&holder_party, lists.into(), &snapshot, at);
        by_policy.retain(|right| right.decision == Some(Decision::Permit));
        let mut known = HashSet::new();
        by_policy.retain(|right| {
            let by = (right.what.clone(), right.source.clone());
            known.insert((by, right.path.clone(), right.window))
        });
        holdings.rights.extend(by_policy);
        if !snapshot.is_main_administrator(holder, of, at) {
            self.without_audit().tell_own_use(
                (&holder_party, &of_party),
                &mut holdings.rights,
                (&snapshot, at),
            );
        }
        let between = (&*holder_party, &*of_party);
        self.add_ends(between, &mut holdings.rights, at);
        self.add_lacking(&mut holdings.rights, at)?;
        holdings.otherwise = self.otherwise(
            between,
            &policies,
            &holdings,
            (&snapshot, at),
            &mut failures,
        );
        holdings.is_complete =
            failures.0.is_empty() && policies.iter().all(|rights| rights.is_complete);
        holdings.troubles = failures.0;
        Ok(holdings)
    }

    /// Says of rights with effect when that ends.
    fn add_ends(&self, (holder, of): (&Party, &Party), held: &mut [Holding], at: DateTime) {
        let (mut places, mut requests) = (Vec::new(), Vec::new());
        for (place, held) in held.iter().enumerate() {
            let Some((resource, instance, rights)) = held.what.as_rights() else {
                continue;
            };
            if held.decision != Some(Decision::Permit) {
                continue;
            }
            let rights = match &held.only_as[..] {
                [] => rights,
                only => only,
            };
            for right in rights {
                if let Some(request) = request(holder, of, resource, instance, right) {
                    places.push(place);
                    requests.push(request);
                }
            }
        }
        let quiet = self.without_audit();
        let rulings = quiet.decide_all_at(&requests, at);
        let decided: Vec<(&Request, &Ruling)> = requests.iter().zip(&rulings).collect();
        let changes = quiet.changes_of(&decided, at);
        for ((place, ruling), change) in places.into_iter().zip(&rulings).zip(changes) {
            // One to an instance may be permitted in another state of it.
            if ruling.decision() != Decision::Permit {
                continue;
            }
            let until = &mut held[place].decision_until;
            // What rests on the clock or on a failed source has no end that is known.
            let change = change.filter(|change| change.to_unix() > at.to_unix());
            *until = [*until, change]
                .into_iter()
                .flatten()
                .min_by_key(DateTime::to_unix);
        }
    }

    /// Says of rights without effect on what a request may say that depends.
    fn add_lacking(&self, held: &mut [Holding], at: DateTime) -> Result<(), NoAnswer> {
        let mut answers: HashMap<ResourceId, Option<PolicyAnswers>> = HashMap::new();
        for held in held {
            let Some((resource, _, rights)) = held.what.as_rights() else {
                continue;
            };
            if held.decision != Some(Decision::NotApplicable) {
                continue;
            }
            let answers = match answers.entry(resource.clone()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(self.answers(resource, at)?),
            };
            let mut lacking = Vec::new();
            for right in rights {
                let of_right = match answers {
                    Some(answers) => answers.lacking_when_delegated(right)?,
                    None => Vec::new(),
                };
                let others = of_right.into_iter().filter(|of| !lacking.contains(of));
                let others: Vec<Designator> = others.collect();
                lacking.extend(others);
            }
            held.lacking = lacking;
        }
        Ok(())
    }

    /// Returns the rights of policies that are permitted, and that no right among the holdings covers.
    fn otherwise(
        &self,
        (holder, of): (&Party, &Party),
        policies: &[PolicyRights],
        holdings: &Holdings,
        (snapshot, at): (&Snapshot, DateTime),
        failures: &mut Failures,
    ) -> Vec<OtherRight> {
        let mut listed: HashMap<(&ResourceId, &str), Vec<&Right>> = HashMap::new();
        for held in &holdings.rights {
            let is_permitted = held.decision == Some(Decision::Permit) && held.only_as.is_empty();
            if let Some((resource, None, rights)) = held.what.as_rights()
                && is_permitted
            {
                for right in rights {
                    let of_action = listed.entry((resource, &right.action)).or_default();
                    of_action.push(right);
                }
            }
        }
        let (mut asked, mut requests) = (Vec::new(), Vec::new());
        let mut known = HashSet::new();
        for right in policies.iter().flat_map(|rights| &rights.rights) {
            let asks_for = right.right_of_party();
            let is_listed = |asked: &Right| {
                let of_action = listed.get(&(&right.resource, &*asked.action));
                of_action.is_some_and(|listed| listed.iter().any(|held| held.covers(asked)))
            };
            if asks_for.as_ref().is_some_and(is_listed) {
                continue;
            }
            let (action, part) = match asks_for {
                Some(right) => (Some(right.action), right.part),
                None => (None, right.part.clone()),
            };
            let resource = &right.resource;
            let request = request_of(holder, of, resource, None, action.as_deref(), &part);
            if let Some(request) = request
                && known.insert((resource, action.clone(), part.clone()))
            {
                asked.push(OtherRight::new(resource.clone(), action, part));
                requests.push(request);
            }
        }
        let decided = self.decisions(requests.iter(), snapshot, at);
        let (mut permitted, mut examined) = (Vec::new(), Vec::new());
        let questions = asked.into_iter().zip(&requests);
        for ((right, request), (decision, troubles)) in questions.zip(decided) {
            failures.0.extend(troubles);
            if decision == Decision::Permit {
                permitted.push(right);
                examined.push(request);
            }
        }
        failures.0 = Trouble::joined(&failures.0);
        let quiet = self.without_audit();
        let rulings = quiet.decide_all_at(examined.iter().copied(), at);
        let decided = Vec::from_iter(examined.iter().copied().zip(&rulings));
        let changes = quiet.changes_of(&decided, at);
        let through = quiet.through_each(examined, at);
        for ((right, through), changes) in permitted.iter_mut().zip(through).zip(changes) {
            right.through = through;
            right.valid_until = until(changes, at);
        }
        permitted
    }
}

/// The rights that a role or a package alone gives.
fn opened_by(rights: &PolicyRights, held: &Grantable, catalogue: &Catalogue) -> Vec<Grantable> {
    let kind = match held {
        Grantable::Role(name) => catalogue.role(name).map(NeedKind::Role),
        Grantable::Package(name) => catalogue.package(name).map(NeedKind::Package),
        Grantable::Resource { .. } => None,
    };
    let Some(kind) = kind else {
        return Vec::new();
    };
    let is_enough = |right: &&super::PolicyRight| {
        right.alternatives.iter().any(|alternative| {
            alternative.rests_on.is_empty()
                && matches!(&alternative.needs[..], [need] if need.kind == kind)
        })
    };
    let opened = rights.rights.iter().filter(is_enough);
    opened
        .filter_map(|right| right.right_of_party())
        .map(|right| Grantable::resource(rights.resource.clone(), [right]))
        .collect()
}
