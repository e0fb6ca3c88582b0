//! Everything found by all routes → the roles and packages at an instant, for decisions.

use std::sync::Arc;

use smallvec::SmallVec;

use super::{Derived, Reached};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::fact::Moment;
use crate::altinn::party::Party;
use crate::altinn::register::state::RegisterState;

impl RegisterState {
    /// Returns the roles and packages that hold at an instant, without paths.
    pub(in crate::altinn::register) fn held(
        &self,
        subject: &Party,
        party: &Party,
        at: Moment,
    ) -> Held {
        let mut held = Held::default();
        self.reach(subject, party, |found| held.add(self, &found, at));
        held
    }
}

/// The roles and packages that a subject has for a party at an instant.
#[derive(Clone, Debug)]
pub(in crate::altinn) struct Held {
    /// Roles, without those that they imply.
    pub(in crate::altinn) roles: SmallVec<[RoleId; 4]>,
    /// Roles with the legal form of the party they are held for, which decides on their packages.
    pub(in crate::altinn) sources: SmallVec<[(RoleId, Option<Arc<str>>); 2]>,
    /// Delegated packages, once for each delegation.
    pub(in crate::altinn) packages: SmallVec<[PackageId; 8]>,
    /// Those that the subject has as the agent of an organisation, which an agent does not give on.
    pub(in crate::altinn::register) as_agent: SmallVec<[PackageId; 2]>,
    /// The next moment at which this may change.
    pub(in crate::altinn) changes: Moment,
}

impl Default for Held {
    fn default() -> Self {
        Self {
            roles: SmallVec::new(),
            sources: SmallVec::new(),
            packages: SmallVec::new(),
            as_agent: SmallVec::new(),
            changes: Moment::FOREVER,
        }
    }
}

impl Held {
    /// Adds what was found, if it holds at an instant.
    pub(in crate::altinn::register) fn add(
        &mut self,
        state: &RegisterState,
        found: &Derived<'_>,
        at: Moment,
    ) {
        self.changes = self.changes.min(found.window.changes_after(at));
        if !found.window.holds(at) {
            return;
        }
        let (role, from) = match &found.what {
            Reached::Role(role, from) => (role.role, Some(*from)),
            Reached::Oneself(role) => (*role, None),
            Reached::Package(package, _) => {
                self.packages.push(*package);
                let is_agent = found.route.client.is_some();
                self.as_agent.extend(is_agent.then_some(*package));
                return;
            }
            Reached::Client(..) => return,
        };
        if !self.roles.contains(&role) {
            self.roles.push(role);
        }
        let legal_form = from
            .and_then(|from| state.party(from))
            .and_then(|from| from.legal_form.clone());
        let source = (role, legal_form);
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
    }

    /// Whether a package was delegated to the subject, other than as an agent.
    pub(in crate::altinn::register) fn was_delegated(&self, package: PackageId) -> bool {
        let times = |packages: &[PackageId]| packages.iter().filter(|one| **one == package).count();
        times(&self.packages) > times(&self.as_agent)
    }

    /// Whether there is neither a role nor a package.
    pub(in crate::altinn) fn is_empty(&self) -> bool {
        self.roles.is_empty() && self.packages.is_empty()
    }
}
