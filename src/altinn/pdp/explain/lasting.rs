//! Decisions → the instants at which they change, as far as is known.

use std::collections::BTreeMap;

use crate::altinn::{Pdp, Ruling};
use crate::request::Request;
use crate::value::{DateTime, Zone};

/// The number of facts that begin or end without changing a decision, after which the next one is taken to
/// change it.
const MOST: usize = 8;

impl Pdp {
    /// Returns the instant from which each of some decisions, or the level that it requires, is another;
    /// none if nothing that is known changes it.
    ///
    /// A ruling is valid until any fact that it read begins or ends, such as one of several roles. Here
    /// it is decided anew at that instant, and is taken on where it comes out alike.
    pub(in crate::altinn) fn changes_of(
        &self,
        decided: &[(&Request, &Ruling)],
        at: DateTime,
    ) -> Vec<Option<DateTime>> {
        let quiet = self.without_audit();
        let mut changes: Vec<_> = decided
            .iter()
            .map(|(_, ruling)| ruling.valid_until)
            .collect();
        let mut alike: Vec<usize> = (0..decided.len()).collect();
        for _ in 0..MOST {
            let mut by_instant: BTreeMap<_, Vec<usize>> = BTreeMap::new();
            for place in alike.drain(..) {
                let then = changes[place].map(|then| then.to_unix());
                // What depends on a failed source is valid for no time.
                if let Some(then) = then.filter(|then| *then > at.to_unix()) {
                    by_instant.entry(then).or_default().push(place);
                }
            }
            for ((seconds, nanoseconds), places) in by_instant {
                let zone = at.zone().unwrap_or(Zone::UTC);
                let Some(then) = DateTime::from_unix(seconds, nanoseconds, zone) else {
                    continue;
                };
                let asked = places.iter().map(|place| decided[*place].0);
                let rulings = quiet.decide_all_at(asked, then);
                for (place, ruling) in places.into_iter().zip(rulings) {
                    let (_, before) = decided[place];
                    let next = ruling.valid_until.map(|next| next.to_unix());
                    let goes_on = next.is_none_or(|next| next > (seconds, nanoseconds));
                    if goes_on
                        && ruling.decision() == before.decision()
                        && ruling.level == before.level
                    {
                        changes[place] = ruling.valid_until;
                        alike.push(place);
                    }
                }
            }
        }
        changes
    }
}
