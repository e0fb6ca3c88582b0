//! A party → everybody who may have something for it.
//!
//! The routes are those of `derive`, gone backwards. What providers and other organisations have
//! besides is never visited, so the cost grows with what was given of this party, and not with the
//! register.

use std::sync::Arc;

use indexmap::IndexSet;

use super::Snapshot;
use super::state::{PartyNo, RegisterState};
use crate::altinn::fact::Moment;
use crate::altinn::party::{Party, PartyKey, PartyKind};
use crate::altinn::resource::ResourceId;
use crate::value::DateTime;

impl Snapshot {
    /// Returns everybody who may have something for a party at an instant, or may use a right of the
    /// party to a resource: nobody else has. Not all of these need have anything.
    pub(in crate::altinn) fn acting_for(
        &self,
        of: &PartyKey,
        resource: &ResourceId,
        at: DateTime,
    ) -> Vec<Arc<Party>> {
        let state = &*self.0;
        let Some(of) = state.number(of) else {
            return Vec::new();
        };
        let acting = state.acting_for(of, resource, Moment::of(&at));
        let parties = acting.into_iter().filter_map(|one| state.party(one));
        parties.cloned().collect()
    }
}

impl RegisterState {
    fn acting_for(&self, of: PartyNo, resource: &ResourceId, at: Moment) -> IndexSet<PartyNo> {
        let party = self.party(of);
        // The parties whose connections count for this one: itself, the main unit of a sub-unit, and
        // the sole proprietorships of a person.
        let mut targets = vec![of];
        targets.extend(party.and_then(|party| self.main_unit(party)));
        if party.is_some_and(|party| party.kind == PartyKind::Person) {
            let run = self.key_roles.get(&of).into_iter().flatten();
            targets.extend(run.filter(|business| self.has_legal_form(**business, "ENK")));
        }
        let mut acting = IndexSet::new();
        for target in targets {
            acting.insert(target);
            // A PDP decides when roles of Altinn II end.
            acting.extend(self.holders_of(target, at, |_| true));
        }
        let members = self.groups.get(&of).into_iter();
        acting.extend(members.flat_map(|members| members.keys().filter_map(|(who, _)| *who)));
        let rights = self.rights.get(&(resource.clone(), of)).into_iter();
        acting.extend(rights.flat_map(|rights| rights.iter().filter_map(|held| held.performed_by)));
        // Those who run an organisation use what it has, and what a sub-unit of it has received.
        let mut runners: Vec<PartyNo> = Vec::new();
        for one in &acting {
            let main_unit = self.party(*one).and_then(|party| self.main_unit(party));
            for organisation in [Some(*one), main_unit].into_iter().flatten() {
                runners.extend(self.run_by.get(&organisation).into_iter().flatten());
            }
        }
        acting.extend(runners);
        acting.retain(|one| *one == of || !self.is_gone(*one));
        acting
    }
}
