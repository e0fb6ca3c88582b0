//! Tests that random registers with all kinds of facts survive being written.

use std::collections::HashSet;
use std::sync::Arc;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::altinn::catalogue::Catalogue;
use crate::altinn::delegation::Right;
use crate::altinn::fact::{Moment, Window};
use crate::altinn::party::{Party, PartyKind};
use crate::altinn::register::state::{
    ClientDelegation, HeldRight, RecordId, RecordOrigin, RecordPlace, ResourceDelegation,
};
use crate::altinn::resource::{
    Instance, InstanceId, Resource, ResourceId, ResourceKind, ServiceEdition,
};

/// Names that are shared, look like something else, or need escapes.
const NAMES: [&str; 8] = [
    "FJELL AS",
    "FJELL AS",
    "fjell as",
    "",
    "urn:altinn:partyid:1",
    "Ærlig \"Åge\" \\ Ø\n\t\u{1}\u{1f600}",
    "A",
    "B",
];
const TEXTS: [&str; 6] = ["read", "a b", "\"", "urn:altinn:task", "æ\n", "x/y:z"];
const MIDNIGHT: i64 = 1_780_264_800_000;

/// Builds a state step by step. A step is a kind and numbers that select its details.
struct Builder {
    state: RegisterState,
    /// Each with what it gives: a record may be delegated on for the same only.
    grants: Vec<(RecordId, String)>,
    /// Acting parties, times and records that were delegated on: no two are alike, as a file has no fact twice.
    origins: HashSet<(PartyNo, Moment, Option<RecordId>)>,
}

type Step = (u8, [u16; 6]);

impl Builder {
    fn new(parties: &[Step]) -> Self {
        let mut state = RegisterState::new(Catalogue::standard());
        for (i, (kind, numbers)) in (1..).zip(parties) {
            let kinds = [
                PartyKind::Person,
                PartyKind::Organisation,
                PartyKind::SystemUser,
                PartyKind::EnterpriseUser,
                PartyKind::SelfIdentified,
            ];
            let kind = kinds[usize::from(*kind) % 5];
            let digits = if kind == PartyKind::Person { 11 } else { 9 };
            let has = |bit: u16| numbers[1] & bit != 0;
            let mut party = Party::new(PartyKey::Id(i), name(numbers[0])).of_kind(kind);
            party.number = has(1).then(|| format!("{i:0digits$}").into());
            if has(2) {
                party = party.key(PartyKey::Uuid(Uuid::from_u128(u128::from(i) << 60)));
            }
            if has(4) {
                party = party.key(PartyKey::User(i + 7));
            }
            if has(256) {
                party = party.key(PartyKey::email(&format!("P{i}@example.no")));
            }
            if has(512) {
                party = party.key(PartyKey::username(&format!("p{i}")));
            }
            if has(8) && party.keys().count() > 1 {
                party.id = None;
            }
            if has(16) {
                party = party.legal_form(["AS", "ENK", "IKS"][usize::from(numbers[2]) % 3]);
            }
            party.is_deleted = numbers[1] & 96 == 96;
            if has(128) && state.next_party().0 > 0 {
                let parent = PartyNo(u32::from(numbers[3]) % state.next_party().0);
                let keys = Vec::from_iter(state.party(parent).expect("is there").keys());
                party = party.part_of(keys[usize::from(numbers[4]) % keys.len()].clone());
            }
            state.put_party(party).expect("keys are its own");
        }
        Self {
            state,
            grants: Vec::new(),
            origins: HashSet::new(),
        }
    }

    fn party(&self, number: u16) -> PartyNo {
        PartyNo(u32::from(number) % self.state.next_party().0)
    }

    fn grant(&mut self, place: RecordPlace, numbers: &[u16; 6], what: String) -> RecordOrigin {
        let id = self.state.new_record(place).expect("has numbers");
        let mut same = self.grants.iter().filter(|(_, known)| *known == what);
        let on_from = same.next_back().map(|(root, _)| *root);
        let on_from = on_from.filter(|_| !numbers[5].is_multiple_of(3));
        self.state.put_on_from(id, on_from);
        self.grants.push((id, what));
        let (by, mut at) = (self.party(numbers[4]), moment(numbers[3], i64::MIN));
        while !self.origins.insert((by, at, on_from)) {
            at = Moment(MIDNIGHT + i64::from(u32::from(numbers[3])) + self.origins.len() as i64);
        }
        RecordOrigin {
            id,
            by,
            at,
            on_from,
        }
    }

    /// The part of a window in which the record that a grant was delegated on from holds, or else
    /// that record's window: a record that never holds is not read again.
    fn within(&self, grant: &RecordOrigin, window: Window) -> Window {
        let root = grant.on_from.and_then(|root| self.state.record(root));
        let root = root.map_or(Window::ALWAYS, |root| root.stated);
        match window.and(root) {
            both if both.is_empty() => root,
            both => both,
        }
    }

    /// Adds a party with a role at a provider, and lets it use a package or a resource that a
    /// client delegated to the provider.
    fn client(&mut self, n: &[u16; 6], window: Window) {
        let (agent, client, provider) = (self.party(n[0]), self.party(n[1]), self.party(n[2]));
        if agent == provider || client == provider {
            return;
        }
        let known = self.state.known;
        let (Some(agents), Some(role)) = (known.bare[1], known.right_holder) else {
            return;
        };
        let packages = self.state.catalogue.packages().len();
        let package = self
            .state
            .catalogue
            .packages()
            .nth(usize::from(n[4]) % packages);
        let package = package.expect("is one of them").0;
        let resource = ResourceId::new(["ttd-a", "app_ttd_b", "c d"][usize::from(n[5]) % 3]);
        let is_package = n[5].is_multiple_of(2) && self.state.package_fits(package, client).is_ok();
        self.state.put_role(agent, provider, agents, window, None);
        if is_package {
            let place = RecordPlace::Connection {
                to: provider,
                from: client,
            };
            let grant = self.grant(place, n, format!("of {n:?}"));
            self.state
                .put_package(provider, client, package, window, grant);
        } else {
            let place = RecordPlace::Delegation {
                from: client,
                resource: resource.clone(),
            };
            let grant = self.grant(place, n, format!("of {n:?}"));
            self.state.put_delegation(ResourceDelegation {
                resource: resource.clone(),
                instance: None,
                from: client,
                to: provider,
                rights: rights(n[3]),
                stated: window,
                grant,
                out_of: None,
            });
        }
        let given = ClientDelegation {
            provider,
            role,
            packages: vec![package; usize::from(is_package)],
            resources: vec![(resource, rights(n[3])); usize::from(!is_package)],
            stated: window,
            grant: self.grant(RecordPlace::Client { agent, client }, n, format!("{n:?}")),
        };
        self.state.put_client(agent, client, given);
    }

    fn step(&mut self, (kind, n): &Step) {
        let (to, from) = (self.party(n[0]), self.party(n[1]));
        let window = window(n[2], n[3]);
        let roles = self.state.catalogue.roles().len();
        let role = self.state.catalogue.roles().nth(usize::from(n[4]) % roles);
        let role = role.expect("is one of them").0;
        let packages = self.state.catalogue.packages().len();
        let package = self
            .state
            .catalogue
            .packages()
            .nth(usize::from(n[4]) % packages);
        let package = package.expect("is one of them").0;
        let resource = ResourceId::new(["ttd-a", "app_ttd_b", "c d"][usize::from(n[2]) % 3]);
        let text: Arc<str> = text(n[4]).into();
        match kind % 11 {
            // Nobody gives to itself.
            0..3 | 4 | 10 if to == from => {}
            0 | 1 if self.state.role_fits(role, from, to).is_err() => {}
            2 if self.state.package_fits(package, from).is_err() => {}
            0 => self.state.put_role(to, from, role, window, None),
            1 => {
                let what = format!("{role:?} {from:?}");
                let grant = self.grant(RecordPlace::Connection { to, from }, n, what);
                let window = self.within(&grant, window);
                self.state.put_role(to, from, role, window, Some(grant));
            }
            2 => {
                let what = format!("{package:?} {from:?}");
                let grant = self.grant(RecordPlace::Connection { to, from }, n, what);
                let window = self.within(&grant, window);
                self.state.put_package(to, from, package, window, grant);
            }
            3 => self.client(n, window),
            4 => {
                let place = RecordPlace::Delegation {
                    from,
                    resource: resource.clone(),
                };
                let instance = (n[4] % 2 == 0).then(|| InstanceId::new(&text));
                let what = format!("{from:?} {resource} {instance:?} {:?}", rights(n[5]));
                let grant = self.grant(place, n, what);
                let given = ResourceDelegation {
                    resource,
                    instance,
                    from,
                    to,
                    rights: rights(n[5]),
                    stated: self.within(&grant, window),
                    grant,
                    out_of: None,
                };
                self.state.put_delegation(given);
            }
            5 => {
                let place = RecordPlace::Right {
                    resource: resource.clone(),
                    party: to,
                };
                let right = HeldRight {
                    id: self.state.new_record(place).expect("has numbers"),
                    performed_by: (n[4] % 2 == 0).then_some(from),
                    rights_type: text,
                    rights_value: super::random::text(n[5]).into(),
                    window,
                };
                self.state.put_right(resource, to, right);
            }
            6 => {
                let subject = (n[5].is_multiple_of(2)).then_some(from);
                self.state.put_group_member(to, text, subject, window);
            }
            7 => self.state.put_list_member(&text, to, window),
            8 => {
                let actions = [None, Some(vec![]), Some(vec!["read".into(), "a b".into()])];
                let actions = actions[usize::from(n[5]) % 3].clone();
                self.state.put_list_connection(&text, resource, actions);
            }
            9 => {
                let mut known = Resource::new(resource, text);
                known.requires_access_list = n[0] % 2 == 0;
                known.requires_resource_right = n[1] % 2 == 0;
                known.is_delegable = n[3] % 2 == 0;
                known.kind = ResourceKind::ALL[usize::from(n[4]) % ResourceKind::ALL.len()];
                if n[5].is_multiple_of(2) {
                    known.title = "Tittel".into();
                    known.title_nn = n[0].is_multiple_of(3).then(|| "Tittelen".into());
                    known.title_en = n[1].is_multiple_of(3).then(|| "Title".into());
                }
                if n[2].is_multiple_of(4) {
                    known.altinn2_service = Some(ServiceEdition::new("1234", u32::from(n[3])));
                }
                self.state.put_resource(known);
            }
            _ => {
                let keys = Vec::from_iter(self.state.party(to).expect("is there").keys());
                let key = keys[usize::from(n[5]) % keys.len()].clone();
                let mut instance = Instance::new(resource, key);
                instance.task = (n[1] % 2 == 0).then(|| "Task_1".into());
                instance.end_event = (n[2] % 2 == 0).then(|| "End".into());
                self.state
                    .put_instance(InstanceId::new(&text), to, instance);
                let role = format!(
                    "urn:digitaltdodsbo:{}",
                    ["x", "a-b", "formuesfullmakt"][usize::from(n[3]) % 3]
                );
                self.state.put_estate_role(to, from, role.into(), window);
            }
        }
    }
}

fn name(number: u16) -> &'static str {
    NAMES[usize::from(number) % NAMES.len()]
}

fn text(number: u16) -> &'static str {
    TEXTS[usize::from(number) % TEXTS.len()]
}

fn rights(number: u16) -> Vec<Right> {
    let plain = Right::from(text(number));
    let on = |right: Right| right.on("urn:altinn:task", text(number)).on("æ", "1");
    let twice = |right: Right| right.on("a", "1").on("a", "2");
    match number % 4 {
        0 => vec![plain],
        1 => vec![on(plain.clone()), plain],
        2 => vec![twice(plain)],
        _ => vec![on(twice(plain))],
    }
}

/// Returns a whole day in Norwegian time, another instant, or `none`.
fn moment(number: u16, none: i64) -> Moment {
    let n = i64::from(number);
    Moment(match number % 4 {
        0 => none,
        1 => MIDNIGHT + (n - 30_000) * 86_400_000,
        2 => MIDNIGHT + (n - 30_000) * 3_600_000,
        _ => (n - 30_000) * 140_737_488_355_327,
    })
}

fn window(from: u16, until: u16) -> Window {
    let window = Window {
        from: moment(from, i64::MIN),
        until: moment(until, i64::MAX),
    };
    if window.is_empty() {
        Window::ALWAYS
    } else {
        window
    }
}

fn steps(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(any::<Step>(), count)
}

fn survives(parties: &[Step], steps: &[Step], gone: u64, stop: u16) {
    let mut builder = Builder::new(parties);
    for step in steps {
        builder.step(step);
    }
    let mut state = builder.state;
    state.next_record += gone;
    state.no_new_altinn2_roles = moment(stop, i64::MAX);
    round_trip(&Snapshot(Arc::new(state)));
}

#[test]
fn a_role_that_was_delegated_on_survives() {
    let steps = [(56, [0, 1, 0, 0, 0, 0]), (89, [0, 1, 0, 0, 1, 40_998])];
    survives(&[(0, [0; 6]), (0, [0; 6])], &steps, 0, 0);
}

proptest! {
    #[test]
    fn random_registers_survive_being_written(
        parties in steps(1..12),
        steps in steps(0..80),
        gone in 0u64..3,
        stop in any::<u16>(),
    ) {
        survives(&parties, &steps, gone, stop);
    }

    #[test]
    fn what_is_written_does_not_depend_on_the_order_of_facts(
        parties in steps(1..12),
        steps in steps(0..40),
    ) {
        // Only facts without numbers, which show the order of creation; and only one of several
        // facts of which the last would replace the others.
        let parties_count = u16::try_from(parties.len()).expect("is small");
        let mut seen = std::collections::HashSet::new();
        let mut facts = steps;
        facts.iter_mut().for_each(|(kind, _)| *kind = [0, 6, 7][usize::from(*kind) % 3]);
        facts.retain(|(kind, n)| {
            let (to, from) = (n[0] % parties_count, n[1] % parties_count);
            let what = usize::from(n[4]);
            seen.insert(match kind {
                0 => (0, to, from, what % 148),
                kind => (*kind, to, 0, what % TEXTS.len()),
            })
        });
        let mut forth = Builder::new(&parties);
        let mut back = Builder::new(&parties);
        facts.iter().for_each(|fact| forth.step(fact));
        facts.iter().rev().for_each(|fact| back.step(fact));
        let [forth, back] = [forth, back].map(|b| Snapshot(Arc::new(b.state)).to_json());
        prop_assert_eq!(forth, back);
    }
}
