//! A subject and a right → the parties for which it has the right, by deciding about each.

use std::collections::HashSet;
use std::sync::Arc;

use super::Pdp;
use super::listed::{Failures, ListedRights};
use super::rights::request;
use crate::altinn::delegation::Right;
use crate::altinn::facts::Parties;
use crate::altinn::party::{Party, PartyKey};
use crate::altinn::register::{AuthorizedParties, PartyQuery, Snapshot};
use crate::altinn::resource::ResourceId;
use crate::decision::Decision;
use crate::evaluate::Context;
use crate::request::Request;
use crate::response::Trouble;
use crate::value::DateTime;

impl Pdp {
    /// Returns the parties for which somebody has a right as of an instant: those parties to which
    /// any fact of the register leads from her, and for which the decision is Permit, whatever its
    /// obligations. The answer thus agrees with [`decide_at`](Self::decide_at) by policy,
    /// delegations, access lists and resource rights. The filters of the query apply besides.
    ///
    /// A party about which the register has no fact that leads from her is not decided about, even
    /// if a policy permits everybody. Without a register, there are no parties. One version of the
    /// register serves all, unless sources are asked by query. Deleted parties for which the decision
    /// would be Permit if they existed are listed as the query says. [`PartyQuery::without_sub_units`] and
    /// [`PartyQuery::without_key_roles`] leave out parties before any decision; those that remain
    /// are decided about by all facts. The failures that decisions without a Permit met are among the
    /// [`troubles`](AuthorizedParties::troubles): a party may be missing because of them.
    ///
    /// The rights that are listed with the parties are decided about, too, where their resource has a
    /// policy: [`Holding::decision`](crate::altinn::register::Holding::decision) tells those that were
    /// given and have no effect. A right to an instance is had for the party to which it belongs.
    ///
    /// ```
    /// use vedtak::altinn::register::PartyQuery;
    /// use vedtak::altinn::resource::ResourceId;
    /// use vedtak::altinn::{PartyKey, Pdp, Register};
    /// # let policy = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/policies/ttd-straffesak-brev.xml")?;
    /// # let file = &std::fs::read_to_string("fixtures/altinn/scenarios/01-letter-with-attachment/register.json")?;
    /// let register = Register::from_json("register.json", file.as_bytes())?;
    /// let letters = ResourceId::new("ttd-straffesak-brev");
    /// let pdp = Pdp::builder().policy(letters.as_str(), policy).register(&register).build()?;
    ///
    /// let now = "2026-03-02T09:00:00+01:00".parse()?;
    /// let dag = PartyKey::User(203);
    /// let may_read =
    ///     pdp.authorized_parties(&dag, &letters, &"read".into(), &PartyQuery::new(), now);
    /// let numbers: Vec<_> = may_read.parties.iter().map(|listed| listed.party.number.as_deref()).collect();
    /// assert!(numbers.contains(&Some("310000101")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn authorized_parties(
        &self,
        who: &PartyKey,
        resource: &ResourceId,
        right: &Right,
        query: &PartyQuery,
        at: DateTime,
    ) -> AuthorizedParties {
        let snapshot = self.snapshot();
        let Some(snapshot) = &snapshot else {
            return AuthorizedParties::default();
        };
        let Ok(Some(subject)) = snapshot.party(who) else {
            // It says that she is unknown.
            return snapshot.authorized_parties(who, query, at);
        };
        let mut failures = Failures::default();
        let owner = self.owner(snapshot, resource, right);
        let is_asked = |party: &Party| owner.as_ref().is_none_or(|owner| owner.is(party));
        let asked = |party: &Party| {
            let request = || request(&subject, party, resource, None, right);
            is_asked(party).then(request)?
        };
        if self.asks_many() {
            let parties = snapshot.candidate_parties(who, query);
            let requests = parties
                .iter()
                .filter_map(|party| Some((party, asked(party)?)));
            let (parties, requests): (Vec<_>, Vec<_>) = requests.unzip();
            let rulings = self.decide_all_at(&requests, at);
            let permitted = parties.iter().zip(rulings);
            let permitted = permitted.filter(|(_, ruling)| failures.permits(ruling));
            let keys = permitted.filter_map(|(party, _)| party.keys().next());
            let permitted: HashSet<PartyKey> = keys.collect();
            let listed = snapshot.authorized_parties_by(who, query, at, |supposed, party| {
                if let Some(supposed) = supposed {
                    let asked = asked(party);
                    return asked.is_some_and(|asked| self.would_permit(supposed, &asked, at));
                }
                let mut keys = party.keys();
                keys.next().is_some_and(|key| permitted.contains(&key))
            });
            return self.told_in(failures, listed, &subject, snapshot, at);
        }
        let sources = self.sources(Some(snapshot));
        let (mut session, mut context) = (self.inner.session(), Context::new());
        let listed = snapshot.authorized_parties_by(who, query, at, |supposed, party| {
            let Some(request) = asked(party) else {
                return false;
            };
            if let Some(supposed) = supposed {
                return self.would_permit(supposed, &request, at);
            }
            // Each decision has its own budget, as in a batch.
            session.budget = self.inner.budget();
            let ruling = self.one(&mut session, &mut context, &sources, &request, at, None);
            failures.permits(&ruling)
        });
        self.told_in(failures, listed, &subject, snapshot, at)
    }

    /// The one party to which the instance that a right names belongs, if that is known: no other has it.
    fn owner(
        &self,
        snapshot: &Snapshot,
        resource: &ResourceId,
        right: &Right,
    ) -> Option<Arc<Party>> {
        let instances = self.inner.instances(Some(snapshot))?;
        // A source that fails now does so in the decisions, too, and they tell it.
        let instance = instances.instance(&right.instance()?).ok().flatten()?;
        let owner = snapshot.party(&instance.party).ok().flatten();
        owner.filter(|_| instance.resource == *resource)
    }

    /// Whether a request would be permitted by facts that do not hold, which is nothing to audit.
    fn would_permit(&self, facts: &Snapshot, request: &Request, at: DateTime) -> bool {
        let quiet = self.without_audit();
        let sources = quiet.sources(Some(facts));
        let (mut session, mut context) = (quiet.inner.session(), Context::new());
        let ruling = quiet.one(&mut session, &mut context, &sources, request, at, None);
        ruling.decision() == Decision::Permit
    }

    /// Decides about the listed rights, and adds the failures to the list.
    fn told_in(
        &self,
        failures: Failures,
        mut listed: AuthorizedParties,
        who: &Party,
        snapshot: &Snapshot,
        at: DateTime,
    ) -> AuthorizedParties {
        for one in &mut listed.parties {
            self.end_listed(&mut one.roles, at);
        }
        let lists = listed.parties.iter_mut().flat_map(|one| {
            let of = &one.party;
            [&mut one.resources, &mut one.instances].map(|held| ListedRights {
                of: of.clone(),
                held,
            })
        });
        let met = self.decide_listed(who, lists.collect(), snapshot, at).0;
        let all = Trouble::joined(failures.0.iter().chain(&met));
        listed.troubles.extend(all);
        listed
    }
}
