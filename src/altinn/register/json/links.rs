//! What records rest on, once all of a file is read: it must be there, not go round, give as much,
//! and hold at some time together with what rests on it.

use std::collections::{HashMap, HashSet};

use super::read::{OnFrom, Reader};
use crate::altinn::fact::Window;
use crate::altinn::register::record::Gave;
use crate::altinn::register::state::RecordId;

/// Record → the record it was delegated on from, and where that is said.
type Links<'a> = HashMap<u64, (u64, &'a str, String)>;

impl<'a> Reader<'_, 'a> {
    /// Notes what was delegated on from what, and every record that can never hold.
    ///
    /// That a party exists no longer is no reason to refuse its records: they stay with it, and it
    /// may have been reported by mistake.
    pub(super) fn link_records(&mut self) {
        self.state.sort_records();
        let links = self.links();
        self.circles(&links);
        let mut ordered = Vec::from_iter(&links);
        ordered.sort_unstable_by_key(|(id, _)| **id);
        for (id, (root, place, path)) in ordered {
            let records = (
                self.state.record(RecordId(*id)),
                self.state.record(RecordId(*root)),
            );
            // Where one of them is missing, its own problem is told.
            if let (Some(record), Some(root_record)) = records
                && !record.rests_on(&root_record)
            {
                let message = format!("record {root} does not give what is delegated on from it");
                self.report.problem(place, path, message);
            }
        }
        // What follows from a part that could not be read would lead astray.
        if self.report.is_clean() {
            self.windows(&links);
            self.check_agents();
        }
    }

    /// The links to records that are there.
    fn links(&mut self) -> Links<'a> {
        let mut links = HashMap::new();
        for link in std::mem::take(&mut self.on_from) {
            let OnFrom {
                id,
                root,
                place,
                path,
            } = link;
            let message = match self.records.get(&root) {
                None => format!("there is no record {root}"),
                Some((_, false)) => format!("record {root} is nothing that is delegated on"),
                Some((_, true)) => {
                    links.insert(id.0, (root, place, path));
                    self.state.put_on_from(id, Some(RecordId(root)));
                    continue;
                }
            };
            self.report.problem(place, &path, message);
        }
        links
    }

    /// No record is delegated on from itself, by however many others.
    fn circles(&mut self, links: &Links<'a>) {
        let mut checked = HashSet::new();
        let mut way = HashSet::new();
        // In the order of numbers, so that the same file is told the same.
        let mut starts = Vec::from_iter(links.keys().copied());
        starts.sort_unstable();
        for start in starts {
            way.clear();
            let mut next = start;
            while let Some((root, place, path)) = links.get(&next) {
                if checked.contains(&next) {
                    break;
                }
                way.insert(next);
                if way.contains(root) {
                    let message = format!("record {next} is delegated on from itself");
                    self.report.problem(place, path, message);
                    break;
                }
                next = *root;
            }
            checked.extend(way.iter().copied());
        }
    }

    /// A record and all that it was delegated on from hold together at some time: windows of
    /// records never change, so that one of which that is not true would never hold.
    fn windows(&mut self, links: &Links<'a>) {
        let mut known: HashMap<u64, Window> = HashMap::new();
        let mut starts = Vec::from_iter(links.keys().copied());
        starts.sort_unstable();
        for start in starts {
            let mut way = Vec::new();
            let mut next = Some(start);
            let mut window = Window::ALWAYS;
            while let Some(id) = next {
                if let Some(known) = known.get(&id) {
                    window = *known;
                    break;
                }
                way.push(id);
                next = links.get(&id).map(|(root, ..)| *root);
            }
            for id in way.into_iter().rev() {
                let stated = self.state.record(RecordId(id));
                let stated = stated.map_or(Window::ALWAYS, |record| record.stated);
                let both = window.and(stated);
                if let Some((root, place, path)) = links.get(&id)
                    && both.is_empty()
                    && !window.is_empty()
                {
                    let message = format!(
                        "it can never hold: record {root}, which it was delegated on from, holds \
                         {window}"
                    );
                    self.report.problem(place, path, message);
                }
                window = both;
                known.insert(id, both);
            }
        }
    }

    /// Whoever acts for a provider's clients is the provider's agent: what is given to somebody else
    /// never counts. When they hold, and whether the provider has for the client what it gives, is
    /// not asked here: that comes from registers, which may report it yet.
    fn check_agents(&mut self) {
        for (id, place, path) in std::mem::take(&mut self.clients) {
            let Some(record) = self.state.record(id) else {
                continue;
            };
            let Gave::Client(held) = record.gave else {
                continue;
            };
            if self.state.is_agent(record.to, held.provider) {
                continue;
            }
            let provider = self.state.called(held.provider);
            let message = format!(
                "it can never count: {} is no agent of {provider}, which takes a role there, such \
                 as `agent`, and no access package, or being a system or enterprise user of \
                 {provider}",
                self.state.called(record.to),
            );
            self.report.problem(place, &path, message);
        }
    }
}
