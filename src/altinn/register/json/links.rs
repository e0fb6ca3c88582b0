//! The records of a whole file → problems of what they are based on: missing records, cycles,
//! records that give less or never hold together, and agents without a place at the provider.

use std::collections::{HashMap, HashSet};

use super::read::{OnFrom, RegisterReader};
use crate::altinn::fact::Window;
use crate::altinn::register::record::Gave;
use crate::altinn::register::state::RecordId;
use crate::syntax::Offset;

/// Record → the record it was delegated on from, with the place and the path of that member.
type Links = HashMap<u64, (u64, Offset, String)>;

impl RegisterReader<'_> {
    /// Records which record was delegated on from which, and reports those that can never hold.
    ///
    /// A deleted party is no reason to refuse its records: they stay with it, and the report of its
    /// deletion may have been a mistake.
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
            // A missing record is reported already.
            if let (Some(record), Some(root_record)) = records
                && !record.rests_on(&root_record)
            {
                let message = format!("record {root} does not give what is delegated on from it");
                self.report.problem(*place, path, message);
            }
        }
        // After other problems, these two would report consequences of them.
        if self.report.is_clean() {
            self.windows(&links);
            self.packages(&links);
            self.check_agents();
        }
    }

    /// Tells delegations that they are services out of a package; there are no circles.
    fn packages(&mut self, links: &Links) {
        let mut starts = Vec::from_iter(links.keys().copied());
        starts.sort_unstable();
        let mut known: HashSet<u64> = HashSet::new();
        for start in starts {
            let mut way = Vec::new();
            let mut next = start;
            while let Some((root, ..)) = links.get(&next).filter(|_| known.insert(next)) {
                way.push((next, *root));
                next = *root;
            }
            for (id, root) in way.into_iter().rev() {
                let root = self.state.record(RecordId(root));
                if let Some(package) = root.and_then(|root| root.gave.package()) {
                    self.state.put_out_of(RecordId(id), package);
                }
            }
        }
    }

    /// Returns the links to existing records; reports the others.
    fn links(&mut self) -> Links {
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

    /// Reports records that are delegated on from themselves, directly or through others.
    fn circles(&mut self, links: &Links) {
        let mut checked = HashSet::new();
        let mut way = HashSet::new();
        // In the order of numbers, so that a file always gets the same problems.
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
                    self.report.problem(*place, path, message);
                    break;
                }
                next = *root;
            }
            checked.extend(way.iter().copied());
        }
    }

    /// Reports a record that never holds together with those it was delegated on from: the windows
    /// of records never change, so it would never hold.
    fn windows(&mut self, links: &Links) {
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
                    self.report.problem(*place, path, message);
                }
                window = both;
                known.insert(id, both);
            }
        }
    }

    /// Reports client delegations to a party that is no agent of the provider, which never count.
    /// Whether they hold at the same time, and whether the provider has for the client what it
    /// gives, is not checked: it depends on registers, which may report it later.
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
