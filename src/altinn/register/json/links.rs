//! What records rest on, once all of a file is read: it must be there, not go round, give as much,
//! and hold at some time together with what rests on it.

use std::collections::{HashMap, HashSet};

use super::read::{OnFrom, Reader};
use crate::altinn::catalogue::{PackageId, RoleId};
use crate::altinn::fact::Window;
use crate::altinn::register::record::Gave;
use crate::altinn::register::refusal::rights as what_rights;
use crate::altinn::register::state::{ClientDelegation, PartyNo, RecordId, ResourceDelegation};
use crate::altinn::register::what::What;
use crate::altinn::resource::ResourceId;

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
            self.check_clients();
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

    /// An agent belongs to the provider, and the provider has some of what the agent may use for the
    /// client: a client delegation of which that is not true would never count. When they hold is
    /// not asked here: registers report other windows for the same roles.
    fn check_clients(&mut self) {
        let served = self.served();
        for (id, place, path) in std::mem::take(&mut self.clients) {
            let Some(record) = self.state.record(id) else {
                continue;
            };
            let Gave::Client(held) = record.gave else {
                continue;
            };
            let (agent, client) = (record.to, record.from);
            let message = if self.state.is_agent(agent, held.provider) {
                let lacking = served.lacking(self, held, client);
                lacking.map(|what| {
                    format!(
                        "it can never count: {} has not got {what} for {} as {}",
                        self.state.called(held.provider),
                        self.state.called(client),
                        self.state.role_name(held.role),
                    )
                })
            } else {
                let provider = self.state.called(held.provider);
                Some(format!(
                    "it can never count: {} is no agent of {provider}, which takes a role there, \
                     such as `agent`, and no access package, or being a system or enterprise user \
                     of {provider}",
                    self.state.called(agent),
                ))
            };
            if let Some(message) = message {
                self.report.problem(place, &path, message);
            }
        }
    }

    fn served(&self) -> Served {
        let mut served = Served::default();
        for ((to, from), connection) in self.state.connections.iter() {
            let packages = connection.packages.iter();
            served
                .packages
                .extend(packages.map(|held| (*to, *from, held.package)));
            let roles = connection.roles.iter();
            served
                .roles
                .extend(roles.map(|held| (*to, *from, held.role)));
        }
        for (_, delegated) in self.state.delegated.iter() {
            let whole = delegated.iter().filter(|held| held.instance.is_none());
            for held in whole {
                let place = (held.to, held.from, held.resource.clone());
                served
                    .resources
                    .entry(place)
                    .or_default()
                    .push(held.clone());
            }
        }
        served
    }
}

/// What parties have for others, by what is looked for.
#[derive(Default)]
struct Served {
    packages: HashSet<(PartyNo, PartyNo, PackageId)>,
    roles: HashSet<(PartyNo, PartyNo, RoleId)>,
    resources: HashMap<(PartyNo, PartyNo, ResourceId), Vec<std::sync::Arc<ResourceDelegation>>>,
}

impl Served {
    /// What a provider itself has not got for a client, if it has nothing of what it lets an agent
    /// use.
    fn lacking(
        &self,
        reader: &Reader<'_, '_>,
        held: &ClientDelegation,
        client: PartyNo,
    ) -> Option<What> {
        let state = &reader.state;
        let is_by_packages = Some(held.role) == state.known.right_holder;
        let mut lacking = None;
        for package in &held.packages {
            let given = || self.packages.contains(&(held.provider, client, *package));
            let serves = || {
                self.roles.contains(&(held.provider, client, held.role))
                    && state.role_gives(held.role, *package, client)
            };
            let has_it = if is_by_packages { given() } else { serves() };
            if has_it {
                return None;
            }
            lacking.get_or_insert_with(|| What::package(state.package_name(*package)));
        }
        for (resource, rights) in &held.resources {
            let place = (held.provider, client, resource.clone());
            let own = self.resources.get(&place);
            let own = own.map_or(&[][..], Vec::as_slice);
            if rights
                .iter()
                .any(|right| own.iter().any(|own| own.covers(right)))
            {
                return None;
            }
            lacking.get_or_insert_with(|| what_rights(resource, None, rights));
        }
        lacking
    }
}
