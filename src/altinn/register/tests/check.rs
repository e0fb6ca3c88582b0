//! The invariants of a register's tables between two changes.

use std::collections::BTreeSet;

use crate::altinn::register::record::Gave;
use crate::altinn::register::state::{RecordId, RecordOrigin, RecordPlace, RegisterState};

impl RegisterState {
    /// Panics where a table and an index disagree.
    pub(in crate::altinn::register) fn check(&self) {
        self.check_parties();
        self.check_connections();
        let mut places = self.check_delegations();
        self.check_clients(&mut places);
        self.check_rights(&mut places);
        for ((to, from), connection) in self.connections.iter() {
            let roles = connection
                .roles
                .iter()
                .filter_map(|held| held.grant.as_deref());
            let packages = connection.packages.iter().map(|held| &held.grant);
            for grant in roles.chain(packages) {
                let (to, from) = (*to, *from);
                assert_eq!(
                    self.places.get(&grant.id),
                    Some(&RecordPlace::Connection { to, from })
                );
                assert!(places.insert(grant.id), "no number is given twice");
            }
        }
        let known = BTreeSet::from_iter(self.places.iter().map(|(id, _)| *id));
        assert_eq!(
            known, places,
            "every place is of a record, every record has a place"
        );
        assert!(places.iter().all(|id| id.0 < self.next_record));
        self.check_roots();
        let open_by = self.open_by.iter();
        let mut by = Vec::from_iter(open_by.flat_map(|(_, open)| open.iter().copied()));
        let open = self.open_requests.iter();
        let mut open = Vec::from_iter(open.flat_map(|(_, open)| open.iter().copied()));
        by.sort_unstable();
        open.sort_unstable();
        assert_eq!(by, open);
        let made = self.requests_of.iter();
        same(
            made.flat_map(|(person, made)| made.iter().map(|id| (*id, *person))),
            &BTreeSet::from_iter(self.requests.iter().map(|(id, known)| (*id, known.person))),
        );
        for (party, open) in self.open_requests.iter() {
            assert!(!open.is_empty());
            for id in open.iter() {
                assert_eq!(self.requests.get(id).map(|known| known.party), Some(*party));
            }
        }
    }

    fn check_parties(&self) {
        for (key, number) in self.keys.iter() {
            assert!(
                self.party(*number).is_some_and(|party| party.has_key(key)),
                "{key:?}"
            );
        }
        for (number, party) in self.parties() {
            for key in party.keys() {
                assert_eq!(self.number(&key), Some(number));
            }
            if let Some(parent) = &party.parent {
                let parent = self.number(parent).expect("a parent is known");
                let parts = self.parts.get(&parent).expect("a parent has parts");
                assert_eq!(parts.iter().filter(|part| **part == number).count(), 1);
            }
        }
        for (parent, parts) in self.parts.iter() {
            for part in parts.iter() {
                let key = self.party(*part).and_then(|party| party.parent.clone());
                assert_eq!(key.and_then(|key| self.number(&key)), Some(*parent));
            }
        }
    }

    fn check_connections(&self) {
        let mut pairs = BTreeSet::new();
        for ((to, from), connection) in self.connections.iter() {
            assert!(!connection.roles.is_empty() || !connection.packages.is_empty());
            let number = |grant: Option<&RecordOrigin>| grant.map(|grant| grant.id);
            let roles = connection.roles.iter();
            let roles = Vec::from_iter(roles.map(|held| number(held.grant.as_deref())));
            assert!(roles.is_sorted(), "found by their numbers");
            let packages = connection.packages.iter();
            assert!(packages.is_sorted_by_key(|held| held.grant.id));
            pairs.insert((*to, *from));
            let has_key_role = connection
                .roles
                .iter()
                .any(|held| self.catalogue.role_by_id(held.role).is_key_role);
            let known = self.key_roles.get(to).into_iter().flatten();
            let times = known.filter(|organisation| *organisation == from).count();
            assert_eq!(times, usize::from(has_key_role));
            let runners = self.run_by.get(from).into_iter().flatten();
            let times = runners.filter(|runner| *runner == to).count();
            assert_eq!(times, usize::from(has_key_role));
        }
        let received = self.received.iter();
        let received = received.flat_map(|(to, from)| from.iter().map(|from| (*to, *from)));
        let given = self.given.iter();
        let given = given.flat_map(|(from, to)| to.iter().map(|to| (*to, *from)));
        same(received, &pairs);
        same(given, &pairs);
        for (to, organisations) in self.key_roles.iter() {
            assert!(
                organisations
                    .iter()
                    .all(|from| pairs.contains(&(*to, *from)))
            );
        }
        let estates = BTreeSet::from_iter(self.estates.iter().map(|(place, _)| *place));
        for (from, runners) in self.run_by.iter() {
            assert!(runners.iter().all(|to| pairs.contains(&(*to, *from))));
        }
        let inherits = self.inherits.iter();
        same(
            inherits.flat_map(|(to, from)| from.iter().map(|from| (*to, *from))),
            &estates,
        );
        let heirs = self.heirs.iter();
        same(
            heirs.flat_map(|(from, to)| to.iter().map(|to| (*to, *from))),
            &estates,
        );
    }

    fn check_delegations(&self) -> BTreeSet<RecordId> {
        let mut places = BTreeSet::new();
        let mut pairs = BTreeSet::new();
        for ((from, resource), delegated) in self.delegated.iter() {
            assert!(!delegated.is_empty());
            assert!(delegated.is_sorted_by_key(|held| held.grant.id));
            pairs.insert((*from, resource.clone()));
            for held in delegated.iter() {
                assert!(!held.rights.is_empty());
                assert_eq!((held.from, &held.resource), (*from, resource));
                let place = RecordPlace::Delegation {
                    from: *from,
                    resource: resource.clone(),
                };
                assert_eq!(self.places.get(&held.grant.id), Some(&place));
                assert!(places.insert(held.grant.id));
            }
        }
        let received = self.delegated_to.iter();
        let received = received.flat_map(|(to, ids)| ids.iter().map(|id| (*id, *to)));
        let receiver = |id: &RecordId| (*id, self.record(*id).expect("has a place").to);
        same(received, &places.iter().map(receiver).collect());
        let mut named = Vec::new();
        for (party, members) in self.groups.iter() {
            let subjects = members.keys().filter_map(|(member, _)| *member);
            named.extend(subjects.map(|subject| (subject, *party)));
        }
        let grouped = self.grouped.iter();
        let grouped = grouped.flat_map(|(subject, of)| of.iter().map(|of| (*subject, *of)));
        let mut grouped = Vec::from_iter(grouped);
        grouped.sort_unstable();
        named.sort_unstable();
        assert_eq!(grouped, named);
        let given = self.resources_given.iter();
        same(
            given.flat_map(|(from, of)| of.iter().map(|of| (*from, of.clone()))),
            &pairs,
        );
        let delegators = self.delegators.iter();
        same(
            delegators.flat_map(|(of, from)| from.iter().map(|from| (*from, of.clone()))),
            &pairs,
        );
        places
    }

    fn check_clients(&self, places: &mut BTreeSet<RecordId>) {
        let mut agents = BTreeSet::new();
        for ((agent, client), held) in self.clients.iter() {
            assert!(!held.is_empty());
            assert!(held.is_sorted_by_key(|held| held.grant.id));
            for held in held.iter() {
                agents.insert((held.provider, *client, *agent));
                let (agent, client) = (*agent, *client);
                assert_eq!(
                    self.places.get(&held.grant.id),
                    Some(&RecordPlace::Client { agent, client })
                );
                assert!(places.insert(held.grant.id));
                let resources = held.resources.iter();
                for (resource, rights) in resources {
                    let own = Vec::from_iter(self.given_to(client, resource, held.provider));
                    let has = |right| own.iter().any(|own| own.covers(right));
                    assert!(rights.iter().all(has), "rests on what the provider has");
                }
                let (packages, _) = self.still_served(client, held);
                assert_eq!(packages, held.packages, "rests on a relation");
                assert!(self.is_agent(agent, held.provider), "the agent is one");
            }
        }
        let known = self.agents.iter();
        let known = known.flat_map(|((provider, client), agents)| {
            agents.iter().map(|agent| (*provider, *client, *agent))
        });
        same(known, &agents);
        let served = self.served.iter();
        same(
            served.flat_map(|((agent, provider), clients)| {
                clients.iter().map(|client| (*provider, *client, *agent))
            }),
            &agents,
        );
    }

    fn check_rights(&self, places: &mut BTreeSet<RecordId>) {
        let mut pairs = BTreeSet::new();
        for ((resource, party), rights) in self.rights.iter() {
            assert!(!rights.is_empty());
            pairs.insert((*party, resource.clone()));
            for right in rights.iter() {
                let place = RecordPlace::Right {
                    resource: resource.clone(),
                    party: *party,
                };
                assert_eq!(self.places.get(&right.id), Some(&place));
                assert!(places.insert(right.id));
            }
        }
        let by_party = self.rights_by_party.iter();
        same(
            by_party.flat_map(|(party, of)| of.iter().map(|of| (*party, of.clone()))),
            &pairs,
        );
        let by_resource = self.rights_by_resource.iter();
        same(
            by_resource.flat_map(|(of, to)| to.iter().map(|to| (*to, of.clone()))),
            &pairs,
        );
    }

    /// Checks that every root exists and gives as much, for as long, as the record delegated on
    /// from it.
    fn check_roots(&self) {
        let mut expected = BTreeSet::new();
        for (id, place) in self.places.iter() {
            let Some(record) = self.record(*id) else {
                assert!(matches!(place, RecordPlace::Right { .. }));
                continue;
            };
            let Some(root) = record.grant.on_from else {
                continue;
            };
            expected.insert((root, *id));
            let root = self
                .record(root)
                .expect("a root that is gone takes its branches along");
            assert_eq!(root.from, record.from);
            if let Gave::Resource(held) = record.gave {
                assert_eq!(held.out_of, root.gave.package(), "knows its package");
            }
            assert_eq!(record.stated.and(root.stated), record.stated);
            match (root.gave, record.gave) {
                (Gave::Role(root), Gave::Role(held)) => assert_eq!(root.role, held.role),
                (Gave::Package(root), Gave::Package(held)) => {
                    assert_eq!(root.package, held.package)
                }
                (Gave::Resource(root), Gave::Resource(held)) => {
                    assert!(held.rights.iter().all(|right| root.covers(right)));
                    assert!(root.instance.is_none() || root.instance == held.instance);
                }
                (Gave::Package(_), Gave::Resource(_)) => {}
                _ => panic!("{id} gives something else than its root"),
            }
        }
        let known = self.delegated_on.iter();
        same(
            known.flat_map(|(root, on)| on.iter().map(|on| (*root, *on))),
            &expected,
        );
    }
}

fn same<T: Ord + std::fmt::Debug>(found: impl Iterator<Item = T>, expected: &BTreeSet<T>) {
    let found = Vec::from_iter(found);
    assert_eq!(found.len(), expected.len(), "nothing twice: {found:?}");
    assert_eq!(BTreeSet::from_iter(found), *expected);
}
