//! A resource and a party → the rights to parts of the resource that delegations of the party give.

use std::collections::BTreeSet;

use super::Snapshot;
use super::in_force::InForce;
use super::state::{PartyNo, RegisterState};
use crate::altinn::delegation::Right;
use crate::altinn::fact::Moment;
use crate::altinn::party::PartyKey;
use crate::altinn::resource::ResourceId;
use crate::value::DateTime;

impl Snapshot {
    /// Returns the rights to parts of a resource, such as a task of an app, that delegations of a party give
    /// at an instant, its agents' among them, in order. A policy with rules for the whole resource need not
    /// name such a part, and somebody has the right to it alone. What was delegated of a single instance is
    /// not among them.
    ///
    /// ```
    /// use vedtak::altinn::{PartyKey, Register};
    /// use vedtak::altinn::resource::ResourceId;
    ///
    /// let register = Register::from_json("register.json", br#"{"format": "vedtak-register", "version": 1,
    ///   "parties": [{"kind": "organisation", "name": "FJELL AS", "number": "910000001"},
    ///               {"kind": "person", "name": "OLA", "user": 1}],
    ///   "resources": [{"id": "app_ttd_skjema", "owner": "ttd"}],
    ///   "delegations": [{"resource": "app_ttd_skjema", "from": "FJELL AS", "to": "OLA",
    ///     "rights": ["write", {"action": "read", "on": {"urn:altinn:task": "Task_2"}}]}]}"#)?;
    /// let (app, firm) = (ResourceId::app("ttd", "skjema"), PartyKey::organisation("910000001"));
    /// let now = "2026-03-01T12:00:00+01:00".parse()?;
    /// let parts = register.snapshot().delegated_parts(&app, &firm, now);
    /// assert_eq!(parts[0].to_string(), "read (urn:altinn:task Task_2)");
    /// assert_eq!(parts.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn delegated_parts(
        &self,
        resource: &ResourceId,
        of: &PartyKey,
        at: DateTime,
    ) -> Vec<Right> {
        let state = &*self.0;
        let Some(of) = state.number(of) else {
            return Vec::new();
        };
        let main_unit = state.party(of).and_then(|party| state.main_unit(party));
        let mut parts = BTreeSet::new();
        for from in [Some(of), main_unit].into_iter().flatten() {
            state.add_delegated_parts(resource, from, Moment::of(&at), &mut parts);
        }
        parts.into_iter().collect()
    }
}

impl RegisterState {
    fn add_delegated_parts(
        &self,
        resource: &ResourceId,
        from: PartyNo,
        at: Moment,
        parts: &mut BTreeSet<Right>,
    ) {
        let mut add = |rights: &[Right]| {
            let rights = rights.iter().filter(|right| !right.part.is_empty());
            let rights = rights.map(|right| {
                let mut right = right.clone().of_party();
                right.part.sort_unstable();
                right
            });
            parts.extend(rights.filter(|right| !right.part.is_empty()));
        };
        let in_force = InForce::of(self);
        let mut receivers = BTreeSet::new();
        let delegated = self.delegated.get(&(from, resource.clone())).into_iter();
        for delegation in delegated.flat_map(|delegated| delegated.iter()) {
            if delegation.instance.is_none() && in_force.delegation(delegation).holds(at) {
                add(&delegation.rights);
                receivers.insert(delegation.to);
            }
        }
        // An agent may have less of it than the organisation that serves the party.
        let agents = receivers.into_iter();
        let agents = agents.filter_map(|provider| self.agents.get(&(provider, from)));
        let agents: BTreeSet<PartyNo> = agents.flat_map(|agents| agents.iter().copied()).collect();
        for agent in agents {
            let clients = in_force.clients(agent, from);
            for (client, _) in clients.filter(|(_, window)| window.holds(at)) {
                let of_it = client
                    .resources
                    .iter()
                    .filter(|(known, _)| known == resource);
                of_it.for_each(|(_, rights)| add(rights));
            }
        }
    }
}
