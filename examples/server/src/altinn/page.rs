//! A list of parties, page by page: the text by which a page names its last party, and back.

use std::sync::Arc;

use vedtak::altinn::facts::Parties as _;
use vedtak::altinn::register::Snapshot;
use vedtak::altinn::{Party, PartyKey};

use super::asked::Asked;
use crate::problem::Problem;

/// The text for `after` of the next page: a key, or the place in the register of somebody who has none but
/// a national identity number or an address, which is not told.
pub fn next(last: Option<&Party>, snapshot: &Snapshot) -> Option<String> {
    let last = last?;
    let key = last.masked_key();
    let is_whole = |key: &String| {
        let key = key.parse::<PartyKey>();
        key.is_ok_and(|key| last.has_key(&key))
    };
    key.filter(is_whole).or_else(|| {
        let parties = snapshot.parties();
        let place = parties.iter().position(|party| party.is(last))?;
        Some((place + 1).to_string())
    })
}

impl Asked {
    /// The number of entries of a page, of which there are so many at most. Errors: 400, it is another.
    pub fn size(&self, most: usize) -> Result<usize, Problem> {
        let size = self.size.unwrap_or(most);
        let none = || Problem::bad(format!("`size` is from 1 to {most}"));
        (1..=most).contains(&size).then_some(size).ok_or_else(none)
    }

    /// The last party of the page before. Errors: 400, the register has none such.
    pub fn last_of_page(&self, snapshot: &Snapshot) -> Result<Option<Arc<Party>>, Problem> {
        let Some(after) = &self.after else {
            return Ok(None);
        };
        let last = match (after.parse::<PartyKey>(), after.parse::<usize>()) {
            (Ok(key), _) => snapshot.party(&key).ok().flatten(),
            (_, Ok(place)) => {
                let place = place.checked_sub(1);
                place.and_then(|place| snapshot.parties().into_iter().nth(place))
            }
            _ => None,
        };
        let none =
            || Problem::bad("`after` is none that an answer gave: the register has no such party");
        last.map(Some).ok_or_else(none)
    }
}
