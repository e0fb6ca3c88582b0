//! Delegations of all kinds: roles, packages, rights, what is received, and to clients.

use super::super::naive::{
    ACCESS_ADMINISTRATOR, ACCOUNTANT, AUDITOR, Day, FILLER, Gives, NaiveRecord, One, RIGHT_HOLDER,
};
use super::super::random::Random;
use super::{
    ACTIONS, ModelWorld, ORGANISATIONS, PACKAGES, PARTIES, administrator, instant, key, letter,
    resource, when, window,
};
use crate::altinn::register::{Change, ClientDelegationOrder, DelegationOrder, RecordId, Refusal};

impl ModelWorld {
    /// Delegates a role, a package or rights, mostly by a party that may.
    pub(super) fn give(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let from = if random.one_in(4) {
            random.below(PARTIES.len())
        } else {
            random.below(ORGANISATIONS)
        };
        self.give_from(random, change, from, None)
    }

    /// Delegates on from a record that an organisation has received.
    pub(super) fn give_on(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter().enumerate();
        let received = records.filter(|(_, record)| {
            record.id.is_some() && record.to < ORGANISATIONS && self.naive.stands(record)
        });
        let received = Vec::from_iter(received.map(|(place, _)| place));
        if received.is_empty() {
            return self.give(random, change);
        }
        let root = *random.pick(&received);
        let from = self.naive.records[root].from;
        self.give_from(random, change, from, Some(root))
    }

    pub(super) fn give_from(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
        from: One,
        root: Option<usize>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let administered = root.map_or(from, |root| self.naive.records[root].to);
        let by = administrator(random, administered);
        let to = if random.one_in(2) {
            random.below(ORGANISATIONS)
        } else {
            random.below(PARTIES.len())
        };
        let when = when(random);
        let mut gives = match root.map(|root| &self.naive.records[root].gives) {
            Some(given) if !random.one_in(8) => given.clone(),
            _ => match random.below(5) {
                0 => Gives::Role(random.pick::<&str>(&[FILLER, ACCESS_ADMINISTRATOR, FILLER])),
                1 | 2 => Gives::Package(random.pick::<&str>(&PACKAGES)),
                _ => Gives::Rights(random.one_in(3), vec![]),
            },
        };
        if let Gives::Client { .. } = gives {
            gives = Gives::Package("jordbruk");
        }
        if let Gives::Rights(_, actions) = &mut gives {
            let first = random.below(3);
            *actions = ACTIONS[first..=(first + random.below(2)).min(2)].to_vec();
        }
        let mut order = DelegationOrder::new(&key(by), &key(from), &key(to), instant(self.today));
        order = order.during(window(when));
        if let Some(root) = root {
            let id = self.naive.records[root].id.expect("was given");
            order = order.on_from(RecordId(id));
        }
        let kind = match (&gives, root) {
            (Gives::Role(_), None) => "a role",
            (Gives::Package(_), None) => "a package",
            (_, None) => "rights",
            (Gives::Role(_), _) => "a role, on",
            (Gives::Package(_), _) => "a package, on",
            (_, _) => "rights, on",
        };
        let what = format!("{by} gives {to} for {from} {gives:?} in {when:?}, on from {root:?}");
        let result = match &gives {
            Gives::Role(role) => change.delegate_role(&order, role),
            Gives::Package(package) => change.delegate_package(&order, package),
            Gives::Rights(is_instance, actions) => {
                let rights = Vec::from_iter(actions.iter().map(|action| (*action).into()));
                let letter = letter();
                let instance = is_instance.then_some(&letter);
                change.delegate_resource(&order, &resource(), instance, &rights)
            }
            Gives::Client { .. } => unreachable!("is another change"),
        };
        let result = self.took(by, administered, from, to, gives, when, root, result, &what);
        (kind, what, result)
    }

    /// Adds an accepted delegation to the model, and checks that the model agrees with its
    /// acceptance or refusal.
    #[expect(
        clippy::too_many_arguments,
        reason = "they are what there is to say of a delegation"
    )]
    pub(super) fn took(
        &mut self,
        by: One,
        administered: One,
        from: One,
        to: One,
        gives: Gives,
        when: (Day, Day),
        root: Option<usize>,
        result: Result<RecordId, Refusal>,
        what: &str,
    ) -> Result<(), Refusal> {
        let may = self.naive.administers(by, administered, self.today);
        match result {
            Ok(id) => {
                assert!(
                    may,
                    "{by} does not administer {administered}: {}",
                    self.story(what)
                );
                let record = NaiveRecord {
                    id: Some(id.number()),
                    from,
                    to,
                    gives,
                    begins: when.0,
                    ends: when.1,
                    root,
                    is_taken: false,
                };
                let counts = self.can_hold(&record);
                assert!(counts, "it can never hold: {}", self.story(what));
                self.naive.records.push(record);
                Ok(())
            }
            Err(refusal) => {
                let is_that = matches!(refusal, Refusal::NotAdministrator { .. });
                assert!(!(is_that && may), "{by} may: {}", self.story(what));
                Err(refusal)
            }
        }
    }

    /// Whether a record holds on any day from today on.
    pub(super) fn can_hold(&self, record: &NaiveRecord) -> bool {
        let mut edges = vec![self.today, record.begins];
        edges.extend(self.naive.records.iter().map(|record| record.begins));
        edges.retain(|day| *day >= self.today);
        edges.iter().any(|day| self.naive.holds(record, *day))
    }

    pub(super) fn give_client(
        &mut self,
        random: &mut Random,
        change: &mut Change<'_, '_>,
    ) -> (&'static str, String, Result<(), Refusal>) {
        let records = self.naive.records.iter();
        let served =
            records.filter(|record| record.to < ORGANISATIONS && self.naive.stands(record));
        let served = Vec::from_iter(served.map(|record| (record.from, record.to)));
        let (client, provider) = match random.one_in(6) || served.is_empty() {
            true => (random.below(PARTIES.len()), random.below(ORGANISATIONS)),
            false => *random.pick(&served),
        };
        let ties = self.naive.records.iter();
        let ties = ties.filter(|record| record.from == provider && self.naive.stands(record));
        let mut agents = Vec::from_iter(ties.map(|record| record.to));
        agents.extend([random.below(PARTIES.len()), 12]);
        let agent = *random.pick(&agents);
        let by = administrator(random, provider);
        let when = when(random);
        let mut serving = ClientDelegationOrder::new(
            &key(by),
            &key(provider),
            &key(client),
            &key(agent),
            instant(self.today),
        );
        serving = serving.during(window(when));
        let role = *random.pick(&[ACCOUNTANT, AUDITOR, RIGHT_HOLDER, RIGHT_HOLDER]);
        serving = serving.as_role(role);
        let mut packages = match role {
            ACCOUNTANT => vec!["regnskapsforer-lonn"],
            AUDITOR => vec!["ansvarlig-revisor"],
            _ => vec![*random.pick(&PACKAGES[..3])],
        };
        let mut actions = Vec::new();
        if random.one_in(3) {
            actions.push(*random.pick(&ACTIONS));
            if random.one_in(2) {
                packages.clear();
            }
        }
        for package in &packages {
            serving = serving.package(package);
        }
        if !actions.is_empty() {
            serving = serving.resource(resource(), actions.iter().copied());
        }
        let what = format!(
            "{by} lets {agent} of {provider} act for {client} as {role}, {packages:?} {actions:?} in {when:?}"
        );
        let result = change.delegate_client(&serving);
        let may = self.naive.administers_clients(by, provider, self.today);
        let is_agent = self.naive.is_agent(agent, provider, self.today);
        let is_given = self.naive.records.iter().any(|record| {
            let gives = match &record.gives {
                Gives::Client {
                    provider: by,
                    role: as_role,
                    packages: all,
                    actions: every,
                } => {
                    (*by, *as_role) == (provider, role)
                        && packages.iter().all(|package| all.contains(package))
                        && actions.iter().all(|action| every.contains(action))
                }
                _ => false,
            };
            let is_between = (record.from, record.to) == (client, agent) && !record.is_taken;
            is_between && gives && record.begins <= when.0 && record.ends >= when.1
        });
        let result = match result {
            Ok(id) => {
                assert!(may && is_agent && !is_given, "{}", self.story(&what));
                self.naive.records.push(NaiveRecord {
                    id: Some(id.number()),
                    from: client,
                    to: agent,
                    gives: Gives::Client {
                        provider,
                        role,
                        packages,
                        actions,
                    },
                    begins: when.0,
                    ends: when.1,
                    root: None,
                    is_taken: false,
                });
                let counts = self.client_counts();
                assert!(counts, "it can never count: {}", self.story(&what));
                Ok(())
            }
            Err(refusal) => {
                let wrong = match refusal {
                    Refusal::NotClientAdministrator { .. } => may,
                    Refusal::NoAgent { .. } => is_agent,
                    Refusal::AlreadyDelegated { .. } => !is_given,
                    _ => false,
                };
                assert!(!wrong, "{refusal}: {}", self.story(&what));
                Err(refusal)
            }
        };
        ("a client", what, result)
    }

    /// Whether the last client delegation gives something on any day from today on.
    pub(super) fn client_counts(&mut self) -> bool {
        let place = self.naive.records.len() - 1;
        let mut edges = vec![self.today];
        edges.extend(self.naive.records.iter().map(|record| record.begins));
        edges.retain(|day| *day >= self.today);
        edges
            .into_iter()
            .any(|day| self.naive.client_gives(place, day))
    }
}
